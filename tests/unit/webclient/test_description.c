/*
 * What the client writes as a browser does, and what it reads of a gateway's description.
 */
#include "support/test.h"

#include "base/err.h"
#include "sdp/plan.h"
#include "tools/webclient/description.h"

#include <stdio.h>
#include <string.h>

static const char head[] = "v=0\r\no=- 1 1 IN IP4 192.0.2.5\r\ns=-\r\nt=0 0\r\na=ice-lite\r\n";
static const char transport[] =
    "c=IN IP4 192.0.2.5\r\na=rtcp-mux\r\na=ice-ufrag:abcd\r\n"
    "a=ice-pwd:0123456789abcdefghijklmn\r\n"
    "a=fingerprint:sha-256 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:"
    "17:18:19:1A:1B:1C:1D:1E:1F\r\n";

static int read_text(const char *media, const char *more, const char *codec,
                     struct zv_wc_remote *ret_remote)
{
    static char text[4096];
    struct zv_wc_codecs codecs;
    assert_int_equal(zv_wc_codecs_of(codec, &codecs), 0);
    snprintf(text, sizeof(text), "%s%s%s%s", head, media, transport, more);
    return zv_wc_read_description(zv_str(text), &codecs, ret_remote);
}

static struct zv_peer_local local_end(void)
{
    return (struct zv_peer_local){
        .ufrag = zv_str("wxyz"),
        .pwd = zv_str("abcdefghijklmnopqrstuvwx"),
        .fingerprint = zv_str(strstr(transport, "sha-256")),
        .cname = zv_str("cname"),
        .ssrc = 4711,
    };
}

static void an_offer_looks_like_a_browsers_and_can_be_planned(void **state)
{
    (void)state;
    static struct zv_sdp sdp;
    char memory[4096], body_memory[4096];
    struct zv_buf text = zv_buf(memory, sizeof(memory));
    struct zv_buf body = zv_buf(body_memory, sizeof(body_memory));
    struct zv_wc_local local = {.peer = local_end(), .session_id = 1};
    struct zv_media_plan plan;
    struct zv_plan_sip sip = {.session_id = 1};
    local.peer.fingerprint.len -= 2; /* its line's end */
    assert_int_equal(zv_wc_codecs_of(NULL, &local.codecs), 0);
    zv_wc_write_description(&local, &text);
    assert_non_null(zv_buf_cstr(&text));
    assert_int_equal(zv_sdp_parse(zv_buf_str(&text), &sdp), 0);
    const struct zv_sdp_media *audio = zv_sdp_audio(&sdp);
    assert_int_equal(audio->candidate_count, 0);
    assert_int_equal(audio->setup, ZV_SDP_SETUP_ACTPASS);
    assert_int_equal(audio->codec_count, 3);
    assert_true(audio->rtcp_mux);
    assert_non_null(strstr(memory, "m=audio 9 UDP/TLS/RTP/SAVPF 0 8 126\r\nc=IN IP4 0.0.0.0\r\n"));
    assert_int_equal(zv_addr_parse(zv_str("192.0.2.1:4000"), &sip.audio.rtp), 0);
    assert_int_equal(zv_plan_sip_offer(&sdp, &sip, &plan, &body), ZV_PLAN_OK);
}

static void an_offer_of_video_can_be_planned(void **state)
{
    (void)state;
    static struct zv_sdp sdp;
    char memory[4096], body_memory[4096];
    struct zv_buf text = zv_buf(memory, sizeof(memory));
    struct zv_buf body = zv_buf(body_memory, sizeof(body_memory));
    struct zv_wc_local local = {.peer = local_end(), .session_id = 1, .has_video = true};
    struct zv_media_plan plan;
    struct zv_plan_sip sip = {.session_id = 1};
    local.peer.fingerprint.len -= 2; /* its line's end */
    assert_int_equal(zv_wc_codecs_of(NULL, &local.codecs), 0);
    zv_wc_write_description(&local, &text);
    assert_non_null(zv_buf_cstr(&text));
    assert_int_equal(zv_sdp_parse(zv_buf_str(&text), &sdp), 0);
    assert_int_equal(zv_addr_parse(zv_str("192.0.2.1:4000"), &sip.audio.rtp), 0);
    assert_int_equal(zv_addr_parse(zv_str("192.0.2.1:4002"), &sip.video.rtp), 0);
    assert_int_equal(zv_plan_sip_offer(&sdp, &sip, &plan, &body), ZV_PLAN_OK);
    assert_int_equal(plan.video.pair_count, 1);
    assert_int_equal(plan.video.pairs[0].kind, ZV_CODEC_VP8);
    assert_int_equal(plan.video.pairs[0].web_pt, 96);
    assert_int_equal(plan.video.pairs[0].web_rtx_pt, 97);
}

static void video_that_was_answered_is_read(void **state)
{
    struct zv_wc_remote remote;
    (void)state;
    assert_int_equal(read_text("m=audio 9000 UDP/TLS/RTP/SAVPF 0\r\n",
                               "a=setup:passive\r\nm=video 9000 UDP/TLS/RTP/SAVPF 96 97\r\n"
                               "a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack\r\n"
                               "a=rtcp-fb:96 goog-remb\r\na=rtpmap:97 rtx/90000\r\n"
                               "a=fmtp:97 apt=96\r\n",
                               NULL, &remote),
                     0);
    assert_int_equal(remote.video_pt, 96);
    assert_int_equal(remote.rtx_pt, 97);
    assert_int_equal(remote.video_feedback, ZV_VIDEO_NACK);
    assert_int_equal(read_text("m=audio 9000 UDP/TLS/RTP/SAVPF 0\r\n",
                               "a=setup:passive\r\nm=video 0 UDP/TLS/RTP/SAVPF 96\r\n"
                               "a=rtpmap:96 VP8/90000\r\n",
                               NULL, &remote),
                     0);
    assert_int_equal(remote.video_pt, ZV_WC_NO_PT);
}

static void an_answer_names_one_codec_by_the_offers_numbers(void **state)
{
    (void)state;
    char memory[4096];
    struct zv_buf text = zv_buf(memory, sizeof(memory));
    struct zv_wc_local local = {.peer = local_end()};
    struct zv_wc_remote remote;
    assert_int_equal(read_text("m=audio 9000 UDP/TLS/RTP/SAVPF 111 97 8 101\r\n",
                               "a=mid:audio0\r\na=setup:actpass\r\na=rtpmap:111 opus/48000/2\r\n"
                               "a=rtpmap:97 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n",
                               NULL, &remote),
                     0);
    local.remote = &remote;
    zv_wc_write_description(&local, &text);
    assert_non_null(zv_buf_cstr(&text));
    assert_non_null(strstr(memory, "m=audio 9 UDP/TLS/RTP/SAVPF 97 101\r\n"));
    assert_non_null(strstr(memory, "a=rtpmap:97 PCMU/8000\r\n"));
    assert_non_null(strstr(memory, "a=setup:active\r\n"));
    assert_non_null(strstr(memory, "a=mid:audio0\r\n"));
    assert_non_null(strstr(memory, "a=group:BUNDLE audio0\r\n"));
}

static void the_role_in_dtls_follows_theirs(void **state)
{
    (void)state;
    static const struct {
        const char *setup;
        bool is_client;
    } table[] = {{"a=setup:passive\r\n", true},
                 {"a=setup:actpass\r\n", true},
                 {"a=setup:active\r\n", false}};
    for (size_t i = 0; i < ZV_ARRAY_LEN(table); i++) {
        struct zv_wc_remote remote;
        assert_int_equal(
            read_text("m=audio 9000 UDP/TLS/RTP/SAVPF 0\r\n", table[i].setup, NULL, &remote), 0);
        assert_int_equal(remote.web.dtls_client, table[i].is_client);
    }
}

static void only_host_candidates_over_udp_are_taken(void **state)
{
    (void)state;
    struct zv_wc_remote remote;
    char text[ZV_ADDR_TEXT_CAP];
    assert_int_equal(
        read_text("m=audio 9000 UDP/TLS/RTP/SAVPF 0\r\n",
                  "a=setup:passive\r\n"
                  "a=candidate:1 1 udp 2130706431 192.0.2.5 31002 typ host\r\n"
                  "a=candidate:2 1 UDP 2130706175 2001:db8::5 31002 typ host generation 0\r\n"
                  "a=candidate:3 2 udp 1 192.0.2.5 31003 typ host\r\n"
                  "a=candidate:4 1 tcp 1 192.0.2.5 9 typ host tcptype active\r\n"
                  "a=candidate:5 1 udp 1 192.0.2.6 31002 typ srflx raddr 0.0.0.0 rport 0\r\n"
                  "a=candidate:6 1 udp 1 a-name.local 31002 typ host\r\n"
                  "a=candidate:7 1 udp 1 192.0.2.7 0 typ host\r\n"
                  "a=candidate:8 1 udp 4294967296 192.0.2.7 5 typ host\r\n"
                  "a=candidate:9 1 udp\r\n"
                  "a=candidate:\r\n"
                  "a=end-of-candidates\r\n",
                  NULL, &remote),
        0);
    assert_int_equal(remote.candidate_count, 2);
    assert_int_equal(remote.candidates[0].priority, 2130706431);
    assert_string_equal(zv_addr_write(&remote.candidates[0].addr, text), "192.0.2.5:31002");
    assert_string_equal(zv_addr_write(&remote.candidates[1].addr, text), "[2001:db8::5]:31002");
}

static void more_candidates_than_there_is_room_for_are_left_out(void **state)
{
    (void)state;
    struct zv_wc_remote remote;
    char memory[2048];
    struct zv_buf text = zv_buf(memory, sizeof(memory));
    zv_buf_put_text(&text, "a=setup:passive\r\n");
    for (int i = 0; i < 20; i++)
        zv_buf_printf(&text, "a=candidate:%d 1 udp %d 192.0.2.%d 9 typ host\r\n", i, i + 1, i + 1);
    assert_non_null(zv_buf_cstr(&text));
    assert_int_equal(read_text("m=audio 9000 UDP/TLS/RTP/SAVPF 0\r\n", memory, NULL, &remote), 0);
    assert_int_equal(remote.candidate_count, ZV_WC_MAX_CANDIDATES);
}

static void the_codec_is_theirs_first_one_among_ours(void **state)
{
    (void)state;
    static const struct {
        const char *ours;
        const char *media;
        enum zv_codec_kind codec;
    } table[] = {
        {NULL, "m=audio 9 UDP/TLS/RTP/SAVPF 9 8 0\r\n", ZV_CODEC_PCMA},
        {NULL, "m=audio 9 UDP/TLS/RTP/SAVPF 0 8\r\n", ZV_CODEC_PCMU},
        {"PCMU", "m=audio 9 UDP/TLS/RTP/SAVPF 8 0\r\n", ZV_CODEC_PCMU},
        {"pcma", "m=audio 9 UDP/TLS/RTP/SAVPF 0 8\r\n", ZV_CODEC_PCMA},
        {"PCMA", "m=audio 9 UDP/TLS/RTP/SAVPF 0 9\r\n", ZV_CODEC_NONE},
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(table); i++) {
        struct zv_wc_remote remote;
        assert_int_equal(read_text(table[i].media, "a=setup:passive\r\n", table[i].ours, &remote),
                         0);
        assert_int_equal(remote.codec, table[i].codec);
        assert_int_equal(remote.event_pt, ZV_WC_NO_PT);
    }
}

static void what_is_no_description_of_a_web_leg_is_refused(void **state)
{
    (void)state;
    struct zv_wc_remote remote;
    struct zv_wc_codecs codecs;
    static const char video_alone[] = "v=0\r\no=- 1 1 IN IP4 192.0.2.5\r\ns=-\r\nt=0 0\r\n"
                                      "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n";
    static const char plain_rtp[] = "v=0\r\no=- 1 1 IN IP4 192.0.2.5\r\ns=-\r\nt=0 0\r\n"
                                    "m=audio 9 RTP/AVP 0\r\n";
    static const char *const texts[] = {"", "hello", "v=0\r\n", plain_rtp, video_alone};
    assert_int_equal(zv_wc_codecs_of(NULL, &codecs), 0);
    for (size_t i = 0; i < ZV_ARRAY_LEN(texts); i++)
        assert_true(zv_wc_read_description(zv_str(texts[i]), &codecs, &remote) < 0);
    assert_int_equal(zv_wc_codecs_of("opus", &codecs), ZV_E_UNSUPPORTED);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_offer_looks_like_a_browsers_and_can_be_planned),
    cmocka_unit_test(an_offer_of_video_can_be_planned),
    cmocka_unit_test(video_that_was_answered_is_read),
    cmocka_unit_test(an_answer_names_one_codec_by_the_offers_numbers),
    cmocka_unit_test(the_role_in_dtls_follows_theirs),
    cmocka_unit_test(only_host_candidates_over_udp_are_taken),
    cmocka_unit_test(more_candidates_than_there_is_room_for_are_left_out),
    cmocka_unit_test(the_codec_is_theirs_first_one_among_ours),
    cmocka_unit_test(what_is_no_description_of_a_web_leg_is_refused),
};

ZV_TEST_MAIN(tests)
