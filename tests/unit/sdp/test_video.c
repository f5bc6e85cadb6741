/* The video of both legs: round trips with real descriptions, and each rule. */
#define _GNU_SOURCE
#include "vectors.h"

#include <stdlib.h>
#include <string.h>

static struct vector web_text, sip_text;
static struct zv_sdp web, sip;
static char memory[ZV_MAX_SDP_BYTES];

static void outgoing(const char *web_name, const char *sip_name, const char *offer_name,
                     const char *answer_name, struct zv_media_plan *ret_plan)
{
    struct zv_plan_sip local = video_sip();
    struct zv_plan_web web_local = video_web();
    struct zv_plan_sip_remote remote;
    struct zv_buf body = zv_buf(memory, sizeof(memory));
    load_sdp(&web_text, web_name, &web);
    assert_int_equal(zv_plan_sip_offer(&web, &local, ret_plan, &body), ZV_PLAN_OK);
    assert_golden(&body, offer_name);
    load_sdp(&sip_text, sip_name, &sip);
    assert_int_equal(zv_plan_read_sip(&sip, true, &local, &remote), ZV_PLAN_OK);
    const struct zv_plan_web_answer in = {
        .web_offer = &web, .sip_answer = &sip, .remote = &remote, .local = &web_local};
    body = zv_buf(memory, sizeof(memory));
    assert_int_equal(zv_plan_web_answer(&in, ret_plan, &body), ZV_PLAN_OK);
    assert_golden(&body, answer_name);
}

static void incoming(const char *sip_name, const char *offer_name, const char *web_name,
                     const char *answer_name, struct zv_media_plan *ret_plan)
{
    struct zv_plan_sip local = video_sip();
    struct zv_plan_web web_local = video_web();
    struct zv_plan_sip_remote remote;
    struct zv_buf body = zv_buf(memory, sizeof(memory));
    load_sdp(&sip_text, sip_name, &sip);
    assert_int_equal(zv_plan_read_sip(&sip, false, &local, &remote), ZV_PLAN_OK);
    assert_true(remote.has_video);
    zv_plan_answer_srtp(&(struct zv_plan_sip_remote){0}, NULL, &local, &remote);
    assert_int_equal(zv_plan_web_offer(&sip, &remote, &web_local, ret_plan, &body), ZV_PLAN_OK);
    assert_golden(&body, offer_name);
    load_sdp(&web_text, web_name, &web);
    body = zv_buf(memory, sizeof(memory));
    assert_int_equal(zv_plan_sip_answer(&sip, &web, &local, ret_plan, &body), ZV_PLAN_OK);
    assert_golden(&body, answer_name);
}

static void a_mode_0_phone_gets_the_browsers_mode_0_number_and_no_other(void **state)
{
    (void)state;
    struct zv_media_plan plan;
    outgoing("chromium_video.web.sdp", "baresip_video.sip.sdp", "chromium_video.offer.expected.sdp",
             "chromium_video_baresip.answer.expected.sdp", &plan);
    const struct zv_video_pair *pair = zv_video_plan_committed(&plan.video);
    assert_non_null(pair);
    assert_true(zv_video_plan_is_agreed(&plan.video));
    assert_int_equal(plan.video.pair_count, 1);
    assert_int_equal(pair->kind, ZV_CODEC_H264);
    assert_int_equal(pair->packetization_mode, 0);
    assert_int_equal(pair->profile_level_id, 0x42e01f);
    assert_int_equal(pair->web_pt, 114);
    assert_int_equal(pair->web_rtx_pt, 115);
    assert_int_equal(pair->sip_rx_pt, 114);
    assert_int_equal(pair->sip_tx_pt, 97);
    assert_int_equal(pair->sip_also_pt, 104); /* 42001f in mode 0 */
    assert_int_equal(plan.video.web_feedback, ZV_VIDEO_NACK | ZV_VIDEO_PLI | ZV_VIDEO_FIR |
                                                  ZV_VIDEO_REMB | ZV_VIDEO_TRANSPORT_CC);
    assert_int_equal(plan.video.sip_feedback, ZV_VIDEO_PLI);
    assert_int_equal(plan.video.web_cc_id, 3);
    assert_int_equal(plan.video.web_orientation_id, 0); /* baresip does not have it */
    assert_int_equal(plan.video.sip_orientation_id, 0);
    assert_int_equal(plan.video.web_kbps, 512);
    assert_int_equal(plan.video.sip_kbps, 2000);
    assert_int_equal(plan.video.direction, ZV_SDP_SENDRECV);
}

static void m_lines_in_another_order_and_orientation_on_both_legs(void **state)
{
    (void)state;
    struct zv_media_plan plan;
    incoming("linphone_video.sip.sdp", "linphone_video.web_offer.expected.sdp",
             "chromium_to_linphone.answer.sdp", "linphone_video.sip_answer.expected.sdp", &plan);
    const struct zv_video_pair *pair = zv_video_plan_committed(&plan.video);
    assert_non_null(pair);
    assert_int_equal(pair->kind, ZV_CODEC_VP8);
    assert_int_equal(pair->sip_tx_pt, 99);
    assert_int_equal(pair->sip_rx_pt, 99);
    assert_int_equal(plan.video.sip_feedback, ZV_VIDEO_PLI | ZV_VIDEO_FIR | ZV_VIDEO_TMMBR);
    assert_int_equal(plan.video.sip_orientation_id, 2);
    assert_int_equal(plan.video.web_orientation_id, 4);
    assert_int_equal(plan.video.web_kbps, 380);
}

/* ---- rules, with descriptions of a few lines ---- */

#define WEB_HEAD                                                                                   \
    "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n"                    \
    "m=audio 9 UDP/TLS/RTP/SAVPF 8 126\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=rtcp-mux\r\n"           \
    "a=ice-ufrag:8hhY\r\na=ice-pwd:asd88fds9s8d7f6g5h4j3k2l\r\na=setup:actpass\r\n"                \
    "a=rtpmap:126 telephone-event/8000\r\n"
#define WEB_VIDEO(formats)   "m=video 9 UDP/TLS/RTP/SAVPF " formats "\r\na=mid:1\r\na=rtcp-mux\r\n"
#define VP8_96               "a=rtpmap:96 VP8/90000\r\n"
#define H264(pt, parameters) "a=rtpmap:" #pt " H264/90000\r\na=fmtp:" #pt " " parameters "\r\n"
#define SIP_HEAD             "v=0\r\no=- 3845 3846 IN IP4 192.0.2.21\r\ns=-\r\nc=IN IP4 192.0.2.21\r\nt=0 0\r\n"
#define SIP_AUDIO            "m=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"

/* A call from a client, as far as it goes. */
struct call {
    struct zv_media_plan plan;
    struct zv_sdp web, sip;
    struct zv_plan_sip local;
    struct zv_plan_web web_local;
    struct zv_plan_sip_remote remote;
    struct zv_buf offer, answer; /* what we wrote towards SIP, and to the client */
    char offer_memory[ZV_MAX_SDP_BYTES];
    char answer_memory[ZV_MAX_SDP_BYTES];
};
static struct call call;

static void begin_call(void)
{
    call.local = video_sip();
    call.web_local = video_web();
    call.offer = zv_buf(call.offer_memory, sizeof(call.offer_memory));
    call.answer = zv_buf(call.answer_memory, sizeof(call.answer_memory));
}

static bool says(const struct zv_buf *body, const char *text)
{
    return memmem(body->p, body->len, text, strlen(text)) != NULL;
}

static void offer_to_sip(const char *web_offer)
{
    begin_call();
    assert_int_equal(zv_sdp_parse(zv_str(web_offer), &call.web), 0);
    assert_int_equal(zv_plan_sip_offer(&call.web, &call.local, &call.plan, &call.offer),
                     ZV_PLAN_OK);
}

static void answered_by_sip(const char *sip_answer)
{
    assert_int_equal(zv_sdp_parse(zv_str(sip_answer), &call.sip), 0);
    assert_int_equal(zv_plan_read_sip(&call.sip, true, &call.local, &call.remote), ZV_PLAN_OK);
    const struct zv_plan_web_answer in = {.web_offer = &call.web,
                                          .sip_answer = &call.sip,
                                          .remote = &call.remote,
                                          .local = &call.web_local};
    assert_int_equal(zv_plan_web_answer(&in, &call.plan, &call.answer), ZV_PLAN_OK);
}

/* An audio call came of it, whatever the video. */
static void assert_audio_call(void)
{
    assert_int_equal(zv_media_plan_committed(&call.plan)->kind, ZV_CODEC_PCMA);
    assert_true(says(&call.answer, "m=audio 30000 UDP/TLS/RTP/SAVPF 8 126\r\n"));
}

static void the_first_answer_decides_about_video(void **state)
{
    (void)state;
    static const struct {
        const char *web_video;
        const char *sip_answer;
        enum zv_video_reason reason; /* NONE: there is video */
        const char *web_line;
    } cases[] = {
        /* The phone's numbers, ours and the browser's differ. */
        {WEB_VIDEO("96 97") VP8_96 "a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n",
         SIP_HEAD SIP_AUDIO "m=video 5000 RTP/AVP 120\r\na=rtpmap:120 VP8/90000\r\n",
         ZV_VIDEO_REASON_NONE, "m=video 30000 UDP/TLS/RTP/SAVPF 96 97\r\n"},
        {WEB_VIDEO("96") VP8_96, SIP_HEAD SIP_AUDIO "m=video 0 RTP/AVP 96\r\n",
         ZV_VIDEO_REASON_REFUSED, "m=video 0 UDP/TLS/RTP/SAVPF 96\r\n"},
        {WEB_VIDEO("96") VP8_96, SIP_HEAD SIP_AUDIO, ZV_VIDEO_REASON_REFUSED,
         "m=video 0 UDP/TLS/RTP/SAVPF 96\r\n"},
        {WEB_VIDEO("96") VP8_96,
         SIP_HEAD SIP_AUDIO "m=video 5000 RTP/AVP 34\r\na=rtpmap:34 H263/90000\r\n",
         ZV_VIDEO_REASON_NO_COMMON_CODEC, "m=video 0 UDP/TLS/RTP/SAVPF 96\r\n"},
        {WEB_VIDEO("96") VP8_96,
         SIP_HEAD SIP_AUDIO "m=video 5000 RTP/AVP 96\r\nc=IN IP4 224.1.1.1\r\n" VP8_96,
         ZV_VIDEO_REASON_UNUSABLE, "m=video 0 UDP/TLS/RTP/SAVPF 96\r\n"},
        {WEB_VIDEO("96") VP8_96, SIP_HEAD SIP_AUDIO "m=video 5000 RTP/SAVP 96\r\n" VP8_96,
         ZV_VIDEO_REASON_SRTP, "m=video 0 UDP/TLS/RTP/SAVPF 96\r\n"},
        /* One profile, both modes: the answer's mode counts. */
        {WEB_VIDEO("102 104") H264(102, "packetization-mode=1;profile-level-id=42e01f")
             H264(104, "packetization-mode=0;profile-level-id=42e01f"),
         SIP_HEAD SIP_AUDIO "m=video 5000 RTP/AVP 99\r\n" H264(99, "profile-level-id=42C01E"),
         ZV_VIDEO_REASON_NONE, "m=video 30000 UDP/TLS/RTP/SAVPF 104\r\n"},
        /* FU-A would come to who said mode 0. */
        {WEB_VIDEO("102") H264(102, "packetization-mode=1;profile-level-id=42e01f"),
         SIP_HEAD SIP_AUDIO "m=video 5000 RTP/AVP 99\r\n" H264(99, "profile-level-id=42e01f"),
         ZV_VIDEO_REASON_PROFILE_MISMATCH, "m=video 0 UDP/TLS/RTP/SAVPF 102\r\n"},
        {WEB_VIDEO("102") H264(102, "packetization-mode=1;profile-level-id=42e01f"),
         SIP_HEAD SIP_AUDIO
         "m=video 5000 RTP/AVP 99\r\n" H264(99, "packetization-mode=1;profile-level-id=64001f"),
         ZV_VIDEO_REASON_PROFILE_MISMATCH, "m=video 0 UDP/TLS/RTP/SAVPF 102\r\n"},
        /* No parameters mean baseline in mode 0. */
        {WEB_VIDEO("104") H264(104, "packetization-mode=0;profile-level-id=42001f"),
         SIP_HEAD SIP_AUDIO "m=video 5000 RTP/AVP 99\r\na=rtpmap:99 H264/90000\r\n",
         ZV_VIDEO_REASON_NONE, "m=video 30000 UDP/TLS/RTP/SAVPF 104\r\n"},
        {WEB_VIDEO("104") H264(104, "packetization-mode=0;profile-level-id=42001f"),
         SIP_HEAD SIP_AUDIO "m=video 5000 RTP/AVP 99\r\n" H264(99, "profile-level-id=42x01f"),
         ZV_VIDEO_REASON_PROFILE_MISMATCH, "m=video 0 UDP/TLS/RTP/SAVPF 104\r\n"},
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++) {
        char text[4096];
        snprintf(text, sizeof(text), "%s%s", WEB_HEAD, cases[i].web_video);
        offer_to_sip(text);
        answered_by_sip(cases[i].sip_answer);
        assert_audio_call();
        assert_int_equal(call.plan.video.reason, cases[i].reason);
        assert_int_equal(zv_video_plan_is_agreed(&call.plan.video),
                         cases[i].reason == ZV_VIDEO_REASON_NONE);
        assert_int_equal(call.plan.video.pair_count, cases[i].reason == ZV_VIDEO_REASON_NONE);
        assert_true(says(&call.answer, cases[i].web_line));
        bool is_grouped = says(&call.answer, "a=group:BUNDLE 0 1\r\n");
        assert_int_equal(is_grouped, cases[i].reason == ZV_VIDEO_REASON_NONE);
    }
}

static void a_clients_video_that_cannot_be_offered_is_left_out(void **state)
{
    (void)state;
    static const struct {
        const char *web_video;
        enum zv_video_reason reason;
    } cases[] = {
        {"", ZV_VIDEO_REASON_NONE},
        {"m=video 0 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n" VP8_96, ZV_VIDEO_REASON_NONE},
        {WEB_VIDEO("45 98") "a=rtpmap:45 AV1/90000\r\na=rtpmap:98 VP9/90000\r\n",
         ZV_VIDEO_REASON_NO_COMMON_CODEC},
        {WEB_VIDEO("108") H264(108, "packetization-mode=1;profile-level-id=64001f"),
         ZV_VIDEO_REASON_NO_COMMON_CODEC},
        {WEB_VIDEO("108") H264(108, "packetization-mode=2;profile-level-id=42e01f"),
         ZV_VIDEO_REASON_NO_COMMON_CODEC},
        {WEB_VIDEO("96") "a=inactive\r\n" VP8_96, ZV_VIDEO_REASON_INACTIVE},
        {"m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:2\r\n" VP8_96, ZV_VIDEO_REASON_UNUSABLE},
        {"m=video 9 UDP/TLS/RTP/SAVPF 96\r\n" VP8_96, ZV_VIDEO_REASON_UNUSABLE},
        /* The number of the audio's telephone-event: nobody could tell them apart. */
        {WEB_VIDEO("126") "a=rtpmap:126 VP8/90000\r\n", ZV_VIDEO_REASON_UNUSABLE},
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++) {
        char text[4096];
        snprintf(text, sizeof(text), "%s%s", WEB_HEAD, cases[i].web_video);
        offer_to_sip(text);
        assert_int_equal(call.plan.video.reason, cases[i].reason);
        assert_int_equal(call.plan.video.pair_count, 0);
        assert_false(says(&call.offer, "m=video"));
        answered_by_sip(SIP_HEAD SIP_AUDIO);
        assert_audio_call();
        assert_int_equal(call.plan.video.reason, cases[i].reason);
    }
    begin_call();
    call.local.video.rtp = (struct zv_addr){0}; /* video is switched off, or no port was left */
    load_sdp(&web_text, "chromium_video.web.sdp", &call.web);
    assert_int_equal(zv_plan_sip_offer(&call.web, &call.local, &call.plan, &call.offer),
                     ZV_PLAN_OK);
    assert_int_equal(call.plan.video.reason, ZV_VIDEO_REASON_OFF);
    assert_false(says(&call.offer, "m=video"));
}

/* RFC 9143 §7.3.1: the first of the group speaks for all; bundle-only has port 0 (§6). */
static void a_bundled_video_has_the_transport_of_the_audio(void **state)
{
    (void)state;
    offer_to_sip(WEB_HEAD WEB_VIDEO("96") VP8_96 "a=ice-ufrag:othr\r\n");
    assert_int_equal(call.plan.video.pair_count, 1);
    offer_to_sip(WEB_HEAD "m=video 0 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=bundle-only\r\n" VP8_96);
    assert_int_equal(call.plan.video.pair_count, 1);
    offer_to_sip("v=0\r\na=group:BUNDLE v a\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:v\r\n"
                 "a=ice-ufrag:othr\r\n" VP8_96 "m=audio 9 UDP/TLS/RTP/SAVPF 8\r\na=mid:a\r\n"
                 "a=ice-ufrag:8hhY\r\n");
    assert_int_equal(call.plan.video.reason, ZV_VIDEO_REASON_UNUSABLE);
    offer_to_sip("v=0\r\na=ice-ufrag:8hhY\r\na=group:BUNDLE v a\r\n"
                 "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:v\r\n" VP8_96
                 "m=audio 9 UDP/TLS/RTP/SAVPF 8\r\na=mid:a\r\n");
    answered_by_sip(SIP_HEAD SIP_AUDIO "m=video 5000 RTP/AVP 96\r\n" VP8_96);
    assert_true(says(&call.answer, "a=group:BUNDLE v a\r\n"));
    assert_non_null(zv_buf_cstr(&call.answer));
    const char *video = strstr(call.answer_memory, "m=video 30000");
    const char *candidate = strstr(call.answer_memory, "a=candidate:1 ");
    const char *audio = strstr(call.answer_memory, "m=audio 30000");
    assert_true(video && audio && video < candidate && candidate < audio);
    assert_null(strstr(audio, "a=candidate:")); /* of the first of the group alone */
}

static void a_level_is_that_of_the_far_receiver_or_the_lower_one(void **state)
{
    (void)state;
    offer_to_sip(WEB_HEAD WEB_VIDEO("102")
                     H264(102, "level-asymmetry-allowed=1;packetization-mode=1;"
                               "profile-level-id=42e01f"));
    answered_by_sip(SIP_HEAD SIP_AUDIO "m=video 5000 RTP/AVP 102\r\n" H264(
        102, "packetization-mode=1;profile-level-id=42e028;sprop-parameter-sets=Z0LgH9oBQ,aM4="));
    assert_true(says(&call.answer, "a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;"
                                   "profile-level-id=42e028;sprop-parameter-sets=Z0LgH9oBQ,aM4="));
    offer_to_sip(WEB_HEAD WEB_VIDEO("102")
                     H264(102, "packetization-mode=1;profile-level-id=42e01f"));
    answered_by_sip(SIP_HEAD SIP_AUDIO "m=video 5000 RTP/AVP 102\r\n" H264(
        102, "packetization-mode=1;profile-level-id=42e028"));
    assert_true(says(&call.answer, "a=fmtp:102 packetization-mode=1;profile-level-id=42e01f\r\n"));
    answered_by_sip(SIP_HEAD SIP_AUDIO "m=video 5000 RTP/AVP 102\r\n" H264(
        102, "packetization-mode=1;profile-level-id=42f00b")); /* 1b */
    assert_true(says(&call.answer, "a=fmtp:102 packetization-mode=1;profile-level-id=42e00a\r\n"));
}

static void limits_are_the_lowest_of_those_that_are_said(void **state)
{
    (void)state;
    begin_call();
    call.local.session_kbps = 700;
    call.local.session_bps = 640000;
    assert_int_equal(
        zv_sdp_parse(zv_str(WEB_HEAD WEB_VIDEO("96") "b=AS:900\r\n" VP8_96), &call.web), 0);
    assert_int_equal(zv_plan_sip_offer(&call.web, &call.local, &call.plan, &call.offer),
                     ZV_PLAN_OK);
    assert_true(says(&call.offer, "b=AS:700\r\nb=TIAS:640000\r\nt=0 0\r\n"));
    assert_true(says(&call.offer, "m=video 12002 RTP/AVP 96\r\nb=AS:900\r\nb=TIAS:900000\r\n"));
    answered_by_sip(SIP_HEAD SIP_AUDIO
                    "m=video 5000 RTP/AVP 96\r\nb=AS:4000000000\r\nb=TIAS:300001\r\n" VP8_96);
    assert_int_equal(call.plan.video.web_kbps, 301);
    assert_int_equal(call.plan.video.sip_kbps, 900);
    answered_by_sip(SIP_HEAD SIP_AUDIO "m=video 5000 RTP/AVP 96\r\nb=AS:4000000000\r\n" VP8_96);
    assert_int_equal(call.plan.video.web_kbps, 2000); /* ours */
    call.plan.video.max_kbps = 0;
    answered_by_sip(SIP_HEAD SIP_AUDIO "m=video 5000 RTP/AVP 96\r\nb=AS:4000000000\r\n" VP8_96);
    assert_int_equal(call.plan.video.web_kbps, 1000000);
}

/* ---- later descriptions of the SIP side ---- */

static void establish(void)
{
    offer_to_sip(WEB_HEAD WEB_VIDEO("96") "a=extmap:3 " ZV_SDP_URI_TRANSPORT_CC "\r\n"
                                          "a=rtcp-fb:96 transport-cc\r\n" VP8_96);
    answered_by_sip(SIP_HEAD SIP_AUDIO "m=video 5000 RTP/AVP 120\r\na=rtpmap:120 VP8/90000\r\n");
    assert_true(zv_video_plan_is_agreed(&call.plan.video));
}

static void reinvited(const char *sip_offer)
{
    assert_int_equal(zv_sdp_parse(zv_str(sip_offer), &call.sip), 0);
    assert_int_equal(zv_plan_read_sip(&call.sip, false, &call.local, &call.remote), ZV_PLAN_OK);
    zv_plan_answer_srtp(&(struct zv_plan_sip_remote){0}, NULL, &call.local, &call.remote);
    call.offer = zv_buf(call.offer_memory, sizeof(call.offer_memory));
    assert_int_equal(
        zv_plan_answer_again(&call.sip, &call.remote, &call.local, &call.plan, &call.offer),
        ZV_PLAN_OK);
}

#define SIP_VIDEO(direction)                                                                       \
    "m=video 6000 RTP/AVPF 110\r\na=rtpmap:110 VP8/90000\r\na=" direction "\r\n"

static void a_reinvite_holds_moves_drops_and_brings_back_video(void **state)
{
    (void)state;
    establish();
    reinvited(SIP_HEAD "a=sendonly\r\n" SIP_AUDIO SIP_VIDEO("sendonly"));
    assert_true(says(&call.offer, "m=video 12002 RTP/AVPF 110\r\n"));
    assert_int_equal(call.plan.video.direction, ZV_SDP_RECVONLY);
    assert_int_equal(call.plan.video.pairs[0].sip_tx_pt, 110);
    assert_int_equal(call.plan.video.pairs[0].sip_rx_pt, 110);
    reinvited(SIP_HEAD SIP_AUDIO SIP_VIDEO("inactive"));
    assert_true(zv_video_plan_is_agreed(&call.plan.video)); /* held is not gone */
    assert_int_equal(call.plan.video.direction, ZV_SDP_INACTIVE);
    assert_true(says(&call.offer, "a=inactive\r\n"));
    reinvited(SIP_HEAD SIP_AUDIO "m=video 6000 RTP/AVP 110\r\nc=IN IP4 0.0.0.0\r\n"
                                 "a=rtpmap:110 VP8/90000\r\n");
    assert_int_equal(call.plan.video.direction, ZV_SDP_RECVONLY);
    reinvited(SIP_HEAD SIP_AUDIO "m=video 0 RTP/AVP 110\r\n");
    assert_false(zv_video_plan_is_agreed(&call.plan.video));
    assert_int_equal(call.plan.video.reason, ZV_VIDEO_REASON_REFUSED);
    assert_int_equal(call.plan.video.direction, ZV_SDP_INACTIVE);
    assert_true(says(&call.offer, "m=video 0 RTP/AVP 110\r\n"));
    assert_int_equal(zv_plan_video_change(&call.sip, &call.remote, &call.plan),
                     ZV_VIDEO_CHANGE_DROP);
    reinvited(SIP_HEAD SIP_VIDEO("sendrecv") SIP_AUDIO); /* the client's m-line is there still */
    assert_true(zv_video_plan_is_agreed(&call.plan.video));
    assert_int_equal(call.plan.video.reason, ZV_VIDEO_REASON_NONE);
    assert_int_equal(call.plan.video.direction, ZV_SDP_SENDRECV);
    assert_non_null(zv_buf_cstr(&call.offer));
    assert_true(strstr(call.offer_memory, "m=video 12002") <
                strstr(call.offer_memory, "m=audio 12000"));
    assert_int_equal(zv_plan_video_change(&call.sip, &call.remote, &call.plan),
                     ZV_VIDEO_CHANGE_NONE);
    reinvited(SIP_HEAD SIP_AUDIO "m=video 6000 RTP/AVP 99\r\n" H264(99, "profile-level-id=42e01f"));
    assert_int_equal(call.plan.video.reason, ZV_VIDEO_REASON_NO_COMMON_CODEC);
    assert_true(says(&call.offer, "m=video 0 RTP/AVP 99\r\n"));
}

static enum zv_plan_verdict followed(const char *sip_answer)
{
    assert_int_equal(zv_sdp_parse(zv_str(sip_answer), &call.sip), 0);
    assert_int_equal(zv_plan_read_sip(&call.sip, true, &call.local, &call.remote), ZV_PLAN_OK);
    return zv_plan_follow_answer(&call.sip, &call.remote, &call.plan);
}

static void another_branch_may_have_video_or_not(void **state)
{
    (void)state;
    establish();
    assert_int_equal(followed(SIP_HEAD SIP_AUDIO "m=video 0 RTP/AVP 96\r\n"), ZV_PLAN_OK);
    assert_int_equal(call.plan.video.reason, ZV_VIDEO_REASON_REFUSED);
    assert_false(zv_video_plan_is_agreed(&call.plan.video));
    assert_int_equal(followed(SIP_HEAD SIP_AUDIO "m=video 5002 RTP/AVP 96\r\n" VP8_96), ZV_PLAN_OK);
    assert_true(zv_video_plan_is_agreed(&call.plan.video));
    assert_int_equal(call.plan.video.pairs[0].sip_tx_pt, 96);
    assert_int_equal(call.plan.video.pairs[0].sip_rx_pt, 96); /* of our INVITE */
}

static void our_reinvite_keeps_places_and_video(void **state)
{
    (void)state;
    struct zv_sdp before;
    establish();
    reinvited(SIP_HEAD SIP_VIDEO("sendrecv") "m=application 9 UDP/BFCP *\r\n" SIP_AUDIO);
    char ours[ZV_MAX_SDP_BYTES];
    memcpy(ours, call.offer.p, call.offer.len);
    assert_int_equal(zv_sdp_parse(zv_str_n(ours, call.offer.len), &before), 0);
    call.offer = zv_buf(call.offer_memory, sizeof(call.offer_memory));
    assert_int_equal(zv_plan_committed_offer(&call.plan, &before, &call.local, &call.offer),
                     ZV_PLAN_OK);
    assert_non_null(zv_buf_cstr(&call.offer));
    const char *video = strstr(call.offer_memory, "m=video 12002 RTP/AVP 110\r\n");
    const char *other = strstr(call.offer_memory, "m=application 0 UDP/BFCP *\r\n");
    const char *audio = strstr(call.offer_memory, "m=audio 12000 RTP/AVP 8 101\r\n");
    assert_true(video && video < other && other < audio);
    call.plan.video = (struct zv_video_plan){.committed = -1}; /* the client dropped it */
    call.offer = zv_buf(call.offer_memory, sizeof(call.offer_memory));
    assert_int_equal(zv_plan_committed_offer(&call.plan, &before, &call.local, &call.offer),
                     ZV_PLAN_OK);
    assert_true(says(&call.offer, "m=video 0 RTP/AVPF 110\r\n"));
}

/* ---- later descriptions of the client ---- */

static enum zv_plan_verdict updated(const char *web_offer)
{
    assert_int_equal(zv_sdp_parse(zv_str(web_offer), &call.web), 0);
    const struct zv_plan_web_update in = {
        .web_offer = &call.web, .sip = &call.sip, .local = &call.web_local};
    call.answer = zv_buf(call.answer_memory, sizeof(call.answer_memory));
    return zv_plan_web_update(&in, &call.plan, &call.answer);
}

static void a_client_that_returns_keeps_its_codec_or_loses_video(void **state)
{
    (void)state;
    establish();
    assert_int_equal(
        updated(WEB_HEAD WEB_VIDEO("100 101 102") "a=rtpmap:101 VP8/90000\r\na=recvonly\r\n" H264(
            100, "packetization-mode=1;profile-level-id=42e01f")),
        ZV_PLAN_OK);
    assert_int_equal(call.plan.video.pairs[0].web_pt, 101);
    assert_int_equal(call.plan.video.direction, ZV_SDP_RECVONLY);
    assert_int_equal(call.plan.video.web_cc_id, 0); /* not offered again */
    assert_true(says(&call.answer, "m=video 30000 UDP/TLS/RTP/SAVPF 101\r\n"));
    assert_int_equal(updated(WEB_HEAD WEB_VIDEO("96") "a=inactive\r\n" VP8_96), ZV_PLAN_OK);
    assert_int_equal(call.plan.video.direction, ZV_SDP_INACTIVE);
    assert_int_equal(updated(WEB_HEAD WEB_VIDEO("96") VP8_96), ZV_PLAN_OK);
    assert_int_equal(call.plan.video.direction, ZV_SDP_SENDRECV);
    assert_int_equal(updated(WEB_HEAD WEB_VIDEO("102")
                                 H264(102, "packetization-mode=1;profile-level-id=42e01f")),
                     ZV_PLAN_OK);
    assert_int_equal(call.plan.video.pair_count, 0);
    assert_int_equal(call.plan.video.reason, ZV_VIDEO_REASON_NO_COMMON_CODEC);
    assert_true(says(&call.answer, "m=video 0 UDP/TLS/RTP/SAVPF 102\r\n"));
    establish();
    assert_int_equal(updated(WEB_HEAD), ZV_PLAN_OK);
    assert_int_equal(call.plan.video.reason, ZV_VIDEO_REASON_REFUSED);
    assert_int_equal(updated(WEB_HEAD WEB_VIDEO("96") VP8_96), ZV_PLAN_OK); /* not added so */
    assert_true(says(&call.answer, "m=video 0 UDP/TLS/RTP/SAVPF 96\r\n"));
}

static void before_the_answer_a_client_may_come_with_other_numbers(void **state)
{
    (void)state;
    offer_to_sip(WEB_HEAD WEB_VIDEO("96 102")
                     VP8_96 H264(102, "packetization-mode=1;profile-level-id=42e01f"));
    assert_int_equal(
        zv_sdp_parse(zv_str(WEB_HEAD WEB_VIDEO("120") "a=rtpmap:120 VP8/90000\r\n"), &call.web), 0);
    assert_int_equal(zv_plan_rejoin(&call.web, &call.plan), ZV_PLAN_OK);
    assert_int_equal(call.plan.video.pair_count, 1);
    answered_by_sip(SIP_HEAD SIP_AUDIO "m=video 5000 RTP/AVP 96\r\n" VP8_96);
    assert_true(says(&call.answer, "m=video 30000 UDP/TLS/RTP/SAVPF 120\r\n"));
    assert_int_equal(call.plan.video.pairs[0].sip_rx_pt, 96);
}

/* ---- video that comes and goes in a call ---- */

static void offer_video(const struct zv_sdp *before)
{
    const struct zv_plan_web_video_offer in = {
        .sip_offer = &call.sip, .remote = &call.remote, .before = before, .local = &call.web_local};
    call.web_local.changes++;
    call.answer = zv_buf(call.answer_memory, sizeof(call.answer_memory));
    assert_int_equal(zv_plan_web_video_offer(&in, &call.plan, &call.answer), ZV_PLAN_OK);
}

static void video_is_added_for_the_sip_side_and_dropped_again(void **state)
{
    (void)state;
    struct zv_sdp before, answer;
    char ours[ZV_MAX_SDP_BYTES];
    offer_to_sip(WEB_HEAD);
    answered_by_sip(SIP_HEAD SIP_AUDIO);
    memcpy(ours, call.answer.p, call.answer.len);
    assert_int_equal(zv_sdp_parse(zv_str_n(ours, call.answer.len), &before), 0);
    /* Nobody follows: refused in its place. */
    reinvited(SIP_HEAD SIP_AUDIO SIP_VIDEO("sendrecv"));
    assert_true(says(&call.offer, "m=video 0 RTP/AVPF 110\r\n"));
    assert_int_equal(call.plan.video.reason, ZV_VIDEO_REASON_REFUSED);
    assert_int_equal(zv_plan_video_change(&call.sip, &call.remote, &call.plan),
                     ZV_VIDEO_CHANGE_ADD);
    /* The client follows. */
    offer_video(&before);
    assert_true(says(&call.answer, "a=group:BUNDLE 0 v1\r\n"));
    assert_true(says(&call.answer, "m=video 30000 UDP/TLS/RTP/SAVPF 110 111\r\n"));
    assert_true(says(&call.answer, "a=mid:v1\r\na=sendrecv\r\n"));
    assert_true(says(&call.answer, "a=setup:actpass\r\n"));
    assert_null(zv_video_plan_committed(&call.plan.video));
    assert_int_equal(
        zv_sdp_parse(zv_str("v=0\r\na=group:BUNDLE 0 v1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 8 126\r\n"
                            "a=mid:0\r\na=rtpmap:126 telephone-event/8000\r\n"
                            "m=video 9 UDP/TLS/RTP/SAVPF 110\r\na=mid:v1\r\n"
                            "a=rtpmap:110 VP8/90000\r\na=recvonly\r\n"),
                     &answer),
        0);
    assert_int_equal(zv_plan_web_video_answer(&call.sip, &answer, &call.plan), ZV_PLAN_OK);
    assert_int_equal(zv_media_plan_committed(&call.plan)->kind, ZV_CODEC_PCMA);
    reinvited(SIP_HEAD SIP_AUDIO SIP_VIDEO("sendrecv"));
    assert_true(says(&call.offer, "m=video 12002 RTP/AVPF 110\r\n"));
    assert_true(says(&call.offer, "a=recvonly\r\n"));
    assert_int_equal(call.plan.video.pairs[0].web_rtx_pt, ZV_PT_NONE); /* not in the answer */
    /* And it goes. */
    memcpy(ours, call.answer.p, call.answer.len);
    assert_int_equal(zv_sdp_parse(zv_str_n(ours, call.answer.len), &before), 0);
    reinvited(SIP_HEAD SIP_AUDIO "m=video 0 RTP/AVP 110\r\n");
    assert_int_equal(zv_plan_video_change(&call.sip, &call.remote, &call.plan),
                     ZV_VIDEO_CHANGE_DROP);
    offer_video(&before);
    assert_true(says(&call.answer, "m=video 0 UDP/TLS/RTP/SAVPF 110 111\r\n"));
    assert_true(says(&call.answer, "a=group:BUNDLE 0\r\n"));
    assert_int_equal(call.plan.video.pair_count, 0);
    /* A refused place is taken again under another name (RFC 8829 §5.2.2). */
    memcpy(ours, call.answer.p, call.answer.len);
    assert_int_equal(zv_sdp_parse(zv_str_n(ours, call.answer.len), &before), 0);
    reinvited(SIP_HEAD SIP_AUDIO SIP_VIDEO("sendonly"));
    offer_video(&before);
    assert_true(says(&call.answer, "a=group:BUNDLE 0 v3\r\n"));
    assert_true(says(&call.answer, "a=mid:v3\r\na=sendonly\r\n"));
    assert_false(says(&call.answer, "m=video 0"));
}

/* ---- incoming ---- */

static void invited(const char *sip_offer)
{
    begin_call();
    assert_int_equal(zv_sdp_parse(zv_str(sip_offer), &call.sip), 0);
    assert_int_equal(zv_plan_read_sip(&call.sip, false, &call.local, &call.remote), ZV_PLAN_OK);
    assert_int_equal(
        zv_plan_web_offer(&call.sip, &call.remote, &call.web_local, &call.plan, &call.answer),
        ZV_PLAN_OK);
}

static void answered_by_client(const char *web_answer)
{
    assert_int_equal(zv_sdp_parse(zv_str(web_answer), &call.web), 0);
    assert_int_equal(zv_plan_sip_answer(&call.sip, &call.web, &call.local, &call.plan, &call.offer),
                     ZV_PLAN_OK);
}

static void a_door_station_opens_no_camera(void **state)
{
    (void)state;
    invited(SIP_HEAD SIP_AUDIO SIP_VIDEO("sendonly"));
    assert_true(says(&call.answer, "a=mid:1\r\na=sendonly\r\n"));
    answered_by_client(WEB_HEAD WEB_VIDEO("110") "a=recvonly\r\na=rtpmap:110 VP8/90000\r\n");
    assert_true(says(&call.offer, "m=video 12002 RTP/AVPF 110\r\n"));
    assert_int_equal(call.plan.video.direction, ZV_SDP_RECVONLY);
    invited(SIP_HEAD SIP_AUDIO SIP_VIDEO("inactive"));
    assert_false(says(&call.answer, "m=video"));
    assert_int_equal(call.plan.video.reason, ZV_VIDEO_REASON_INACTIVE);
}

static void a_client_may_refuse_the_callers_video(void **state)
{
    (void)state;
    static const struct {
        const char *web_answer;
        enum zv_video_reason reason;
    } cases[] = {
        {WEB_HEAD "m=video 0 UDP/TLS/RTP/SAVPF 110\r\na=mid:1\r\n", ZV_VIDEO_REASON_REFUSED},
        {WEB_HEAD, ZV_VIDEO_REASON_REFUSED},
        {WEB_HEAD WEB_VIDEO("110") "a=inactive\r\na=rtpmap:110 VP8/90000\r\n",
         ZV_VIDEO_REASON_REFUSED},
        {WEB_HEAD WEB_VIDEO("96") "a=rtpmap:96 VP9/90000\r\n", ZV_VIDEO_REASON_NO_COMMON_CODEC},
        {WEB_HEAD WEB_VIDEO("110") "a=ice-ufrag:othr\r\na=rtpmap:110 VP8/90000\r\n",
         ZV_VIDEO_REASON_UNUSABLE},
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++) {
        invited(SIP_HEAD SIP_AUDIO SIP_VIDEO("sendrecv"));
        answered_by_client(cases[i].web_answer);
        assert_int_equal(call.plan.video.reason, cases[i].reason);
        assert_int_equal(call.plan.video.pair_count, 0);
        assert_true(says(&call.offer, "m=audio 12000 RTP/AVP 8 101\r\n"));
        assert_true(says(&call.offer, "m=video 0 RTP/AVPF 110\r\n"));
    }
    invited(SIP_HEAD SIP_AUDIO "m=video 6000 RTP/AVP 34\r\na=rtpmap:34 H263/90000\r\n");
    assert_int_equal(call.plan.video.reason, ZV_VIDEO_REASON_NO_COMMON_CODEC);
    assert_false(says(&call.answer, "m=video"));
    answered_by_client(WEB_HEAD);
    assert_true(says(&call.offer, "m=video 0 RTP/AVP 34\r\n"));
}

/* More than one video: the first is it. */
static void a_second_video_is_refused(void **state)
{
    (void)state;
    invited(SIP_HEAD SIP_AUDIO SIP_VIDEO("sendrecv") "m=video 6002 RTP/AVP 111\r\n"
                                                     "a=rtpmap:111 VP8/90000\r\n");
    answered_by_client(WEB_HEAD WEB_VIDEO("110") "a=rtpmap:110 VP8/90000\r\n");
    assert_true(says(&call.offer, "m=video 12002 RTP/AVPF 110\r\n"));
    assert_true(says(&call.offer, "m=video 0 RTP/AVP 111\r\n"));
}

/* ---- keys ---- */

static void video_has_keys_of_its_own(void **state)
{
    (void)state;
    struct zv_rand_seeded seed = {.state = 7};
    struct zv_rand rand = zv_rand_seeded_source(&seed);
    begin_call();
    call.local.srtp = ZV_SRTP_POLICY_REQUIRED;
    zv_plan_offer_srtp(&rand, &call.local);
    assert_false(
        zv_crypto_is_same_key(&call.local.audio.crypto[0].key, &call.local.video.crypto[0].key));
    assert_int_equal(zv_sdp_parse(zv_str(WEB_HEAD WEB_VIDEO("96") VP8_96), &call.web), 0);
    assert_int_equal(zv_plan_sip_offer(&call.web, &call.local, &call.plan, &call.offer),
                     ZV_PLAN_OK);
    assert_true(says(&call.offer, "m=video 12002 RTP/SAVP 96\r\n"));
#define CRYPTO_LINE                                                                                \
    "a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n"
    answered_by_sip(SIP_HEAD "m=audio 4000 RTP/SAVP 8\r\n" CRYPTO_LINE
                             "m=video 5000 RTP/SAVP 96\r\n" VP8_96 CRYPTO_LINE);
    assert_true(call.remote.has_video);
    assert_int_equal(call.remote.video.srtp.tag, 3);
    assert_true(zv_crypto_is_same_key(&call.remote.video.srtp.tx, &call.local.video.crypto[2].key));
    /* Plain video beside encrypted audio is no video where SRTP is required. */
    assert_int_equal(followed(SIP_HEAD "m=audio 4000 RTP/SAVP 8\r\n" CRYPTO_LINE
                                       "m=video 5000 RTP/AVP 96\r\n" VP8_96),
                     ZV_PLAN_OK);
    assert_int_equal(call.plan.video.reason, ZV_VIDEO_REASON_SRTP);
}

static void reasons_have_names(void **state)
{
    (void)state;
    assert_string_equal(zv_video_reason_name(ZV_VIDEO_REASON_NONE), "none");
    assert_string_equal(zv_video_reason_name(ZV_VIDEO_REASON_PROFILE_MISMATCH), "profile_mismatch");
    assert_string_equal(zv_video_reason_name(ZV_VIDEO_REASON_INACTIVE), "inactive");
    assert_string_equal(zv_video_reason_name((enum zv_video_reason)99), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mode_0_phone_gets_the_browsers_mode_0_number_and_no_other),
        cmocka_unit_test(m_lines_in_another_order_and_orientation_on_both_legs),
        cmocka_unit_test(the_first_answer_decides_about_video),
        cmocka_unit_test(a_clients_video_that_cannot_be_offered_is_left_out),
        cmocka_unit_test(a_bundled_video_has_the_transport_of_the_audio),
        cmocka_unit_test(a_level_is_that_of_the_far_receiver_or_the_lower_one),
        cmocka_unit_test(limits_are_the_lowest_of_those_that_are_said),
        cmocka_unit_test(a_reinvite_holds_moves_drops_and_brings_back_video),
        cmocka_unit_test(another_branch_may_have_video_or_not),
        cmocka_unit_test(our_reinvite_keeps_places_and_video),
        cmocka_unit_test(a_client_that_returns_keeps_its_codec_or_loses_video),
        cmocka_unit_test(before_the_answer_a_client_may_come_with_other_numbers),
        cmocka_unit_test(video_is_added_for_the_sip_side_and_dropped_again),
        cmocka_unit_test(a_door_station_opens_no_camera),
        cmocka_unit_test(a_client_may_refuse_the_callers_video),
        cmocka_unit_test(a_second_video_is_refused),
        cmocka_unit_test(video_has_keys_of_its_own),
        cmocka_unit_test(reasons_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
