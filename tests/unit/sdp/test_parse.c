/* The parser against descriptions of browsers and phones, and against what nobody should write. */
#include "vectors.h"

#include "base/err.h"

#include <string.h>

static struct vector vector;
static struct zv_sdp sdp;

static int parse(const char *text)
{
    return zv_sdp_parse(zv_str(text), &sdp);
}

static void a_chrome_offer_is_read(void **state)
{
    (void)state;
    load_sdp(&vector, "chrome_video.web.sdp", &sdp);
    assert_int_equal(sdp.media_count, 2);
    assert_true(zv_str_is(sdp.bundle, "0 1"));
    const struct zv_sdp_media *audio = zv_sdp_audio(&sdp);
    assert_ptr_equal(audio, &sdp.media[0]);
    assert_int_equal(audio->port, 9);
    assert_true(zv_str_is(audio->proto, "UDP/TLS/RTP/SAVPF"));
    assert_true(zv_str_is(audio->ufrag, "8hhY"));
    assert_true(zv_str_is(audio->mid, "0"));
    assert_true(audio->rtcp_mux);
    assert_int_equal(audio->setup, ZV_SDP_SETUP_ACTPASS);
    assert_int_equal(audio->direction, ZV_SDP_SENDRECV);
    assert_int_equal(audio->fingerprint_count, 1);
    assert_int_equal(audio->candidate_count, 0);
    assert_int_equal(audio->codec_count, 8);
    const struct zv_sdp_codec *opus = zv_sdp_codec_at(&sdp, audio, 0);
    assert_int_equal(opus->pt, 111);
    assert_int_equal(opus->kind, ZV_CODEC_OPUS);
    assert_int_equal(opus->clock_hz, 48000);
    assert_int_equal(opus->channels, 2);
    assert_int_equal(opus->feedback, ZV_VIDEO_TRANSPORT_CC);
    assert_true(zv_str_is(opus->fmtp, "minptime=10;useinbandfec=1"));
    assert_int_equal(zv_sdp_codec_at(&sdp, audio, 1)->kind, ZV_CODEC_NONE); /* red */
    assert_int_equal(zv_sdp_codec_at(&sdp, audio, 6)->clock_hz, 48000);
    assert_int_equal(sdp.media[1].kind, ZV_SDP_VIDEO);
    assert_int_equal(sdp.media[1].codec_count, 4);
}

static void session_values_are_inherited_and_replaced(void **state)
{
    (void)state;
    load_sdp(&vector, "firefox_audio.web.sdp", &sdp);
    assert_int_equal(sdp.media[0].fingerprint_count, 1);
    assert_int_equal(parse("v=0\r\nc=IN IP4 192.0.2.1\r\na=sendonly\r\na=ice-ufrag:sess\r\n"
                           "a=fingerprint:sha-256 AA\r\na=setup:passive\r\n"
                           "m=audio 4000 RTP/AVP 0\r\n"
                           "m=audio 4002 RTP/AVP 8\r\nc=IN IP6 2001:db8::2\r\na=recvonly\r\n"
                           "a=ice-ufrag:media\r\na=fingerprint:sha-1 BB\r\n"
                           "a=fingerprint:sha-256 CC\r\n"),
                     0);
    char ip[ZV_ADDR_TEXT_CAP];
    assert_string_equal(zv_addr_write_ip(&sdp.media[0].addr, ip), "192.0.2.1");
    assert_string_equal(zv_addr_write_ip(&sdp.media[1].addr, ip), "2001:db8::2");
    assert_int_equal(sdp.media[0].direction, ZV_SDP_SENDONLY);
    assert_int_equal(sdp.media[1].direction, ZV_SDP_RECVONLY);
    assert_true(zv_str_is(sdp.media[0].ufrag, "sess"));
    assert_true(zv_str_is(sdp.media[1].ufrag, "media"));
    assert_int_equal(sdp.media[1].setup, ZV_SDP_SETUP_PASSIVE);
    assert_int_equal(sdp.media[1].fingerprint_count, 2);
    assert_true(zv_str_is(sdp.media[1].fingerprints[0], "sha-1 BB"));
}

static void mixed_line_ends_and_trailing_blanks_are_taken(void **state)
{
    (void)state;
    load_sdp(&vector, "stripped_codecs.web.sdp", &sdp);
    const struct zv_sdp_media *audio = zv_sdp_audio(&sdp);
    assert_int_equal(audio->codec_count, 3);
    assert_int_equal(zv_sdp_codec_at(&sdp, audio, 2)->kind, ZV_CODEC_TELEPHONE_EVENT);
    assert_int_equal(parse("v=0\nm=audio 4000 RTP/AVP 0 8 \t\r\r\na=rtcp-mux \r\n\r\n"), 0);
    assert_int_equal(sdp.media[0].codec_count, 2);
    assert_true(sdp.media[0].rtcp_mux);
}

static void static_types_need_no_rtpmap_and_yield_to_one(void **state)
{
    (void)state;
    assert_int_equal(parse("v=0\r\nm=audio 4000 RTP/AVP 0 8 9 13 18\r\n"
                           "a=rtpmap:9 L16/44100/2\r\n"),
                     0);
    static const uint8_t kinds[] = {ZV_CODEC_PCMU, ZV_CODEC_PCMA, ZV_CODEC_NONE, ZV_CODEC_CN,
                                    ZV_CODEC_NONE};
    for (uint16_t i = 0; i < 5; i++)
        assert_int_equal(zv_sdp_codec_at(&sdp, &sdp.media[0], i)->kind, kinds[i]);
}

static void details_of_the_sip_side_are_read(void **state)
{
    (void)state;
    assert_int_equal(parse("v=0\r\nm=audio 4000/2 RTP/SAVP 8 8 200 x\r\nc=IN IP4 224.2.1.1/127\r\n"
                           "a=rtcp:5000 IN IP4 192.0.2.9\r\nb=AS:64\r\na=ptime:30\r\n"
                           "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc\r\n"
                           "a=candidate:1 1 udp 1 192.0.2.1 5 typ host\r\na=bundle-only\r\n"),
                     0);
    const struct zv_sdp_media *media = &sdp.media[0];
    assert_int_equal(media->port, 4000);
    assert_int_equal(media->codec_count, 1);
    assert_int_equal(media->addr.ip[0], 224);
    assert_int_equal(media->rtcp_port, 5000);
    assert_int_equal(media->rtcp_addr.ip[3], 9);
    assert_int_equal(media->bandwidth_kbps, 64);
    assert_int_equal(media->ptime_ms, 30);
    assert_int_equal(media->crypto_count, 1);
    assert_int_equal(media->candidate_count, 1);
    assert_true(media->is_bundle_only);
    assert_int_equal(parse("v=0\r\nc=IN IP4 pbx.example.org\r\nm=audio 1 RTP/AVP 0\r\n"), 0);
    assert_int_equal(sdp.media[0].addr.family, ZV_ADDR_NONE);
    assert_true(zv_str_is(sdp.media[0].host, "pbx.example.org"));
}

static const struct zv_sdp_codec *video_codec(uint16_t i)
{
    assert_non_null(zv_sdp_video(&sdp));
    return zv_sdp_codec_at(&sdp, zv_sdp_video(&sdp), i);
}

static void a_chromium_offer_of_video_is_read(void **state)
{
    (void)state;
    load_sdp(&vector, "chromium_video.web.sdp", &sdp);
    const struct zv_sdp_media *video = zv_sdp_video(&sdp);
    assert_int_equal(video->codec_count, 23);
    assert_int_equal(video->cc_id, 3);
    assert_int_equal(video->orientation_id, 13);
    assert_int_equal(zv_sdp_bundle_place(&sdp, zv_sdp_audio(&sdp)), 0);
    assert_int_equal(zv_sdp_bundle_place(&sdp, video), 1);
    assert_int_equal(video_codec(0)->kind, ZV_CODEC_VP8);
    assert_int_equal(video_codec(0)->feedback, ZV_VIDEO_REMB | ZV_VIDEO_TRANSPORT_CC |
                                                   ZV_VIDEO_FIR | ZV_VIDEO_NACK | ZV_VIDEO_PLI);
    assert_int_equal(video_codec(1)->kind, ZV_CODEC_RTX);
    assert_int_equal(video_codec(1)->apt, 96);
    assert_int_equal(video_codec(1)->feedback, 0);
    assert_int_equal(video_codec(2)->kind, ZV_CODEC_H264);
    assert_int_equal(video_codec(2)->profile_level_id, 0x42001f);
    assert_int_equal(video_codec(2)->packetization_mode, 1);
    assert_true(video_codec(2)->level_asymmetry);
    assert_int_equal(video_codec(4)->packetization_mode, 0);
    assert_int_equal(video_codec(14)->kind, ZV_CODEC_NONE); /* AV1 */
}

/* In any order, spaced and written as devices do it; or not at all. */
static void parameters_of_video_are_read(void **state)
{
    (void)state;
    assert_int_equal(parse("v=0\r\nb=AS:500\r\na=group:BUNDLE x y\r\n"
                           "m=video 4002 RTP/AVP 99 100 101 102 103 104\r\nb=TIAS:256000\r\n"
                           "a=fmtp:99 Profile-Level-ID = 42C00B ; PACKETIZATION-MODE=1;x\r\n"
                           "a=rtpmap:99 h264/90000\r\na=rtpmap:100 H264/90000\r\n"
                           "a=rtpmap:101 H264/90000\r\na=fmtp:101 packetization-mode=2\r\n"
                           "a=rtpmap:102 H264/90000\r\na=fmtp:102 profile-level-id=42e01\r\n"
                           "a=rtpmap:103 rtx/90000\r\na=fmtp:103 apt=128\r\n"
                           "a=rtpmap:104 H264/8000\r\n"
                           "a=rtcp-fb:* nack\r\na=rtcp-fb:99 CCM fir\r\na=rtcp-fb:100 nack sli\r\n"
                           "a=rtcp-fb:99 ccm tmmbr smaxpr=120\r\n"
                           "a=extmap:15 urn:3gpp:video-orientation\r\n"
                           "a=extmap:7/sendonly urn:3gpp:video-orientation\r\n"
                           "a=extmap:0 urn:3gpp:video-orientation\r\na=ssrc:1 cname:x\r\n"
                           "m=video 4004 RTP/AVP 99\r\n"),
                     0);
    const struct zv_sdp_media *video = zv_sdp_video(&sdp);
    assert_ptr_equal(video, &sdp.media[0]);
    assert_int_equal(video->bandwidth_kbps, 500);
    assert_int_equal(video->bandwidth_bps, 256000);
    assert_int_equal(video->orientation_id, 7);
    assert_int_equal(video->cc_id, 0);
    assert_int_equal(zv_sdp_bundle_place(&sdp, video), -1);
    assert_int_equal(video_codec(0)->profile_level_id, 0x42c00b);
    assert_int_equal(video_codec(0)->packetization_mode, 1);
    assert_false(video_codec(0)->level_asymmetry);
    assert_int_equal(video_codec(0)->feedback, ZV_VIDEO_NACK | ZV_VIDEO_FIR | ZV_VIDEO_TMMBR);
    assert_int_equal(video_codec(1)->profile_level_id, 0x42000a);
    assert_int_equal(video_codec(1)->packetization_mode, 0);
    assert_int_equal(video_codec(1)->feedback, ZV_VIDEO_NACK);
    assert_int_equal(video_codec(2)->packetization_mode, UINT8_MAX); /* interleaved */
    assert_int_equal(video_codec(3)->packetization_mode, UINT8_MAX); /* not a profile */
    assert_int_equal(video_codec(4)->apt, ZV_PT_NONE);
    assert_int_equal(video_codec(5)->kind, ZV_CODEC_NONE);
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    assert_int_equal(parse(""), ZV_E_PARSE);
    assert_int_equal(parse("hello"), ZV_E_PARSE);
    assert_int_equal(parse("v=1\r\nm=audio 1 RTP/AVP 0\r\n"), ZV_E_PARSE);
    assert_int_equal(parse("v=0\r\nm=audio\r\n"), ZV_E_PARSE);
    assert_int_equal(parse("v=0\r\nm=audio 65536 RTP/AVP 0\r\n"), ZV_E_PARSE);
    assert_int_equal(parse("v=0\r\nm=audio -1 RTP/AVP 0\r\n"), ZV_E_PARSE);
    assert_int_equal(zv_sdp_parse(zv_str_n("v=0\r\ns=\0\r\n", 11), &sdp), ZV_E_PARSE);
    assert_int_equal(parse("v=0\r\ns=a\x1b[2J\r\n"), ZV_E_PARSE);
    assert_int_equal(parse("v=0\r\ns=a\rm=audio 1 RTP/AVP 0\r\n"), ZV_E_PARSE); /* smuggled line */
}

static void limits_hold(void **state)
{
    (void)state;
    static char text[ZV_MAX_SDP_BYTES + 2];
    struct zv_buf buf = zv_buf(text, sizeof(text));
    zv_buf_put_text(&buf, "v=0\r\n");
    for (int i = 0; i < ZV_MAX_SDP_MEDIA; i++)
        zv_buf_put_text(&buf, "m=audio 1 RTP/AVP 0\r\n");
    assert_int_equal(zv_sdp_parse(zv_buf_str(&buf), &sdp), 0);
    zv_buf_put_text(&buf, "m=audio 1 RTP/AVP 0\r\n");
    assert_int_equal(zv_sdp_parse(zv_buf_str(&buf), &sdp), ZV_E_LIMIT);
    buf = zv_buf(text, sizeof(text));
    zv_buf_put_text(&buf, "v=0\r\nm=audio 1 RTP/AVP");
    for (int i = 0; i < 128; i++)
        zv_buf_printf(&buf, " %d", i);
    assert_int_equal(zv_sdp_parse(zv_buf_str(&buf), &sdp), 0);
    assert_int_equal(sdp.media[0].codec_count, ZV_MAX_SDP_CODECS);
    assert_int_equal(sdp.codecs_left_out, 64);
    memset(text, 'x', sizeof(text));
    assert_int_equal(zv_sdp_parse(zv_str_n(text, ZV_MAX_SDP_BYTES + 1), &sdp), ZV_E_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chrome_offer_is_read),
        cmocka_unit_test(session_values_are_inherited_and_replaced),
        cmocka_unit_test(mixed_line_ends_and_trailing_blanks_are_taken),
        cmocka_unit_test(static_types_need_no_rtpmap_and_yield_to_one),
        cmocka_unit_test(details_of_the_sip_side_are_read),
        cmocka_unit_test(a_chromium_offer_of_video_is_read),
        cmocka_unit_test(parameters_of_video_are_read),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(limits_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
