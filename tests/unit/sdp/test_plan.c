/* Offer/answer planning: pairs of real descriptions with what must come out, and each rule. */
#define _GNU_SOURCE
#include "vectors.h"

#include <string.h>

static struct vector web_text, sip_text;
static struct zv_sdp web, sip;
static char memory[ZV_MAX_SDP_BYTES];

static struct zv_buf fresh_body(void)
{
    return zv_buf(memory, sizeof(memory));
}

/* What nobody reads of a description without video. */
static const struct zv_plan_sip_remote audio_alone;

static enum zv_plan_verdict web_answer(const struct zv_plan_web *local, struct zv_media_plan *plan,
                                       struct zv_buf *body)
{
    const struct zv_plan_web_answer in = {
        .web_offer = &web, .sip_answer = &sip, .remote = &audio_alone, .local = local};
    return zv_plan_web_answer(&in, plan, body);
}

static int web_pt_of(const struct zv_media_plan *plan, int i)
{
    return plan->pairs[i].web_pt;
}

static void outgoing(const char *web_name, const char *sip_name, const char *offer_name,
                     const char *answer_name, struct zv_media_plan *ret_plan)
{
    struct zv_plan_sip sip_local = test_sip();
    struct zv_plan_web web_local = test_web();
    struct zv_buf body = fresh_body();
    load_sdp(&web_text, web_name, &web);
    assert_int_equal(zv_plan_sip_offer(&web, &sip_local, ret_plan, &body), ZV_PLAN_OK);
    assert_int_equal(ret_plan->committed, -1);
    assert_golden(&body, offer_name);
    load_sdp(&sip_text, sip_name, &sip);
    body = fresh_body();
    assert_int_equal(web_answer(&web_local, ret_plan, &body), ZV_PLAN_OK);
    assert_golden(&body, answer_name);
}

static void an_answer_lists_all_codecs_with_the_sip_sides_first(void **state)
{
    (void)state;
    struct zv_media_plan plan;
    outgoing("chrome_audio.web.sdp", "pcma.sip.sdp", "chrome_audio.offer.expected.sdp",
             "chrome_audio_pcma.answer.expected.sdp", &plan);
    const struct zv_codec_pair *committed = zv_media_plan_committed(&plan);
    assert_int_equal(committed->kind, ZV_CODEC_PCMA);
    assert_int_equal(committed->sip_tx_pt, 8);
    assert_int_equal(plan.pair_count, 6); /* 4 voice, 2 telephone-event, no red, no CN */
    assert_int_equal(web_pt_of(&plan, 0), 8);
    assert_int_equal(web_pt_of(&plan, 1), 111);
    assert_int_equal(plan.pairs[1].sip_tx_pt, ZV_PT_NONE);
    assert_int_equal(web_pt_of(&plan, 4), 126); /* the agreed telephone-event first */
    assert_int_equal(plan.pairs[4].sip_tx_pt, 101);
}

static void payload_types_differ_per_leg(void **state)
{
    (void)state;
    struct zv_media_plan plan;
    outgoing("firefox_audio.web.sdp", "baresip.sip.sdp", "firefox_audio.offer.expected.sdp",
             "firefox_audio_baresip.answer.expected.sdp", &plan);
    const struct zv_codec_pair *opus = zv_media_plan_committed(&plan);
    assert_int_equal(opus->kind, ZV_CODEC_OPUS);
    assert_int_equal(opus->web_pt, 109);
    assert_int_equal(opus->sip_rx_pt, 109); /* what our offer said */
    assert_int_equal(opus->sip_tx_pt, 96);  /* what their answer says */
}

static void video_is_refused_in_its_place(void **state)
{
    (void)state;
    struct zv_media_plan plan;
    outgoing("chrome_video.web.sdp", "pcma.sip.sdp", "chrome_audio.offer.expected.sdp",
             "chrome_video_pcma.answer.expected.sdp", &plan);
}

static void what_strip_codecs_leaves_is_enough(void **state)
{
    (void)state;
    struct zv_media_plan plan;
    outgoing("stripped_codecs.web.sdp", "pcma.sip.sdp", "stripped_codecs.offer.expected.sdp",
             "stripped_codecs_pcma.answer.expected.sdp", &plan);
    assert_int_equal(plan.pair_count, 3);
}

static void incoming(const char *sip_name, const char *offer_name, const char *web_name,
                     const char *answer_name, struct zv_media_plan *ret_plan)
{
    struct zv_plan_sip sip_local = test_sip();
    struct zv_plan_web web_local = test_web();
    struct zv_buf body = fresh_body();
    struct zv_plan_sip_remote remote;
    load_sdp(&sip_text, sip_name, &sip);
    assert_int_equal(zv_plan_read_sip(&sip, false, &sip_local, &remote), ZV_PLAN_OK);
    zv_plan_answer_srtp(&(struct zv_plan_sip_remote){0}, NULL, &sip_local, &remote);
    assert_int_equal(zv_plan_web_offer(&sip, &remote, &web_local, ret_plan, &body), ZV_PLAN_OK);
    assert_golden(&body, offer_name);
    load_sdp(&web_text, web_name, &web);
    body = fresh_body();
    assert_int_equal(zv_plan_sip_answer(&sip, &web, &sip_local, ret_plan, &body), ZV_PLAN_OK);
    assert_golden(&body, answer_name);
}

static void an_incoming_offer_keeps_the_callers_order(void **state)
{
    (void)state;
    struct zv_media_plan plan;
    incoming("baresip.sip.sdp", "baresip.web_offer.expected.sdp", "chrome_to_baresip.answer.sdp",
             "baresip.sip_answer.expected.sdp", &plan);
    const struct zv_codec_pair *opus = zv_media_plan_committed(&plan);
    assert_int_equal(opus->kind, ZV_CODEC_OPUS);
    assert_int_equal(opus->sip_tx_pt, 96);
    assert_int_equal(opus->sip_rx_pt, 96);
    assert_int_equal(plan.pair_count, 2); /* with telephone-event/8000, the only one there is */
}

static void comfort_noise_mux_and_video_of_the_caller(void **state)
{
    (void)state;
    struct zv_media_plan plan;
    incoming("phone_with_cn_and_video.sip.sdp", "phone.web_offer.expected.sdp",
             "chrome_to_phone.answer.sdp", "phone.sip_answer.expected.sdp", &plan);
    assert_int_equal(plan.pair_count, 3); /* PCMU, telephone-event, CN */
    struct zv_plan_sip_remote remote;
    struct zv_plan_sip local = test_sip();
    assert_int_equal(zv_plan_read_sip(&sip, false, &local, &remote), ZV_PLAN_OK);
    assert_true(remote.audio.rtcp_mux);
    assert_int_equal(zv_plan_read_sip(&sip, true, &local, &remote), ZV_PLAN_OK);
    assert_false(remote.audio.rtcp_mux); /* our offers do not begin with it */
    local.audio.rtcp_mux = true;         /* the answer to theirs did, and is offered again */
    assert_int_equal(zv_plan_read_sip(&sip, true, &local, &remote), ZV_PLAN_OK);
    assert_true(remote.audio.rtcp_mux);
    assert_int_equal(remote.audio.rtp.port, 5004);
    assert_int_equal(remote.audio.rtcp.port, 5005);
}

static void no_common_codec_is_a_verdict_and_changes_nothing(void **state)
{
    (void)state;
    struct zv_plan_sip sip_local = test_sip();
    struct zv_plan_web web_local = test_web();
    struct zv_media_plan plan = {.committed = -1}, before;
    struct zv_buf body = fresh_body();
    load_sdp(&sip_text, "g729_only.sip.sdp", &sip);
    assert_int_equal(zv_plan_web_offer(&sip, &audio_alone, &web_local, &plan, &body),
                     ZV_PLAN_NO_COMMON_CODEC);
    load_sdp(&web_text, "chrome_audio.web.sdp", &web);
    assert_int_equal(zv_plan_sip_offer(&web, &sip_local, &plan, &body), ZV_PLAN_OK);
    before = plan;
    body = fresh_body();
    assert_int_equal(web_answer(&web_local, &plan, &body), ZV_PLAN_NO_COMMON_CODEC);
    assert_memory_equal(&plan, &before, sizeof(plan));
    body = zv_buf(memory, 100);
    assert_int_equal(zv_plan_sip_offer(&web, &sip_local, &plan, &body), ZV_PLAN_TOO_LARGE);
}

static void a_web_description_without_a_transport_is_unusable(void **state)
{
    (void)state;
    static const char *const spoilt[][2] = {
        {"a=ice-ufrag:8hhY", "a=ice-ufrag:8h"},
        {"a=ice-pwd:asd88fds9s8d7f6g5h4j3k2l", "a=ice-pwd:short"},
        {"a=ice-pwd:asd88fds9s8d7f6g5h4j3k2l", "a=ice-pwd:asd88fds9s8d7f6g5h4j3<2l"},
        {"a=fingerprint:sha-256 AA:", "a=fingerprint:sha-256 GG:"},
        {"a=fingerprint:sha-256 AA:", "a=fingerprint:sha-1 AA:"},
        {"a=setup:actpass", "a=setup:holdconn"},
        {"a=rtcp-mux", "a=rtcp-mix"},
    };
    struct zv_plan_web_remote remote;
    for (size_t i = 0; i < ZV_ARRAY_LEN(spoilt); i++) {
        char text[ZV_MAX_SDP_BYTES];
        struct zv_str whole = load(&web_text, "chrome_audio.web.sdp");
        whole.p = memcpy(text, whole.p, whole.len);
        text[whole.len] = 0;
        char *at = strstr(text, spoilt[i][0]);
        assert_non_null(at);
        struct zv_str tail = zv_str(at + strlen(spoilt[i][0]));
        char rebuilt[ZV_MAX_SDP_BYTES];
        struct zv_buf buf = zv_buf(rebuilt, sizeof(rebuilt));
        zv_buf_put(&buf, text, (size_t)(at - text));
        zv_buf_put_text(&buf, spoilt[i][1]);
        zv_buf_put_str(&buf, tail);
        assert_int_equal(zv_sdp_parse(zv_buf_str(&buf), &web), 0);
        assert_int_equal(zv_plan_read_web(&web, &remote), ZV_PLAN_UNUSABLE);
    }
    load_sdp(&web_text, "chrome_audio.web.sdp", &web);
    assert_int_equal(zv_plan_read_web(&web, &remote), ZV_PLAN_OK);
    assert_false(remote.is_dtls_client);
    web.media[0].setup = ZV_SDP_SETUP_PASSIVE;
    assert_int_equal(zv_plan_read_web(&web, &remote), ZV_PLAN_OK);
    assert_true(remote.is_dtls_client);
    web.media[0].port = 0;
    assert_int_equal(zv_plan_read_web(&web, &remote), ZV_PLAN_NO_AUDIO);
}

static void a_sip_address_must_be_one_host(void **state)
{
    (void)state;
    static const char *const unusable[] = {
        "c=IN IP4 224.1.2.3",
        "c=IN IP4 255.255.255.255",
        "c=IN IP6 ff02::1",
        "c=IN IP4 host.example.org",
        "c=IN",
        "x=none",
    };
    struct zv_plan_sip local = test_sip();
    struct zv_plan_sip_remote remote;
    for (size_t i = 0; i < ZV_ARRAY_LEN(unusable); i++) {
        char text[256];
        snprintf(text, sizeof(text), "v=0\r\n%s\r\nm=audio 4000 RTP/AVP 0\r\n", unusable[i]);
        assert_int_equal(zv_sdp_parse(zv_str(text), &sip), 0);
        assert_int_equal(zv_plan_read_sip(&sip, true, &local, &remote), ZV_PLAN_UNUSABLE);
    }
    assert_int_equal(zv_sdp_parse(zv_str("v=0\r\nc=IN IP4 192.0.2.1\r\n"
                                         "m=audio 4000 UDP/TLS/RTP/SAVP 0\r\n"),
                                  &sip),
                     0);
    assert_int_equal(zv_plan_read_sip(&sip, true, &local, &remote), ZV_PLAN_UNUSABLE);
    load_sdp(&sip_text, "hold.sip.sdp", &sip);
    assert_int_equal(zv_plan_read_sip(&sip, true, &local, &remote), ZV_PLAN_OK);
    assert_int_equal(remote.audio.rtp.family, ZV_ADDR_NONE); /* 0.0.0.0: send nothing */
    assert_int_equal(zv_sdp_parse(zv_str("v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 65535 RTP/AVP 0\r\n"
                                         "a=rtcp:99 IN IP4 224.0.0.1\r\n"),
                                  &sip),
                     0);
    assert_int_equal(zv_plan_read_sip(&sip, true, &local, &remote), ZV_PLAN_OK);
    assert_int_equal(remote.audio.rtcp.port, 99);
    assert_int_equal(remote.audio.rtcp.ip[0], 192); /* not the group */
}

static void plan_a_pcma_call(struct zv_media_plan *plan)
{
    struct zv_plan_sip sip_local = test_sip();
    struct zv_plan_web web_local = test_web();
    struct zv_buf body = fresh_body();
    load_sdp(&web_text, "chrome_audio.web.sdp", &web);
    load_sdp(&sip_text, "pcma.sip.sdp", &sip);
    assert_int_equal(zv_plan_sip_offer(&web, &sip_local, plan, &body), ZV_PLAN_OK);
    body = fresh_body();
    assert_int_equal(web_answer(&web_local, plan, &body), ZV_PLAN_OK);
}

static enum zv_plan_verdict follow(const char *formats, struct zv_media_plan *plan)
{
    char text[256];
    struct zv_sdp answer;
    snprintf(text, sizeof(text), "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP %s\r\n",
             formats);
    assert_int_equal(zv_sdp_parse(zv_str(text), &answer), 0);
    return zv_plan_follow_answer(&answer, &audio_alone, plan);
}

static void a_later_answer_keeps_the_committed_codec_or_is_another(void **state)
{
    (void)state;
    struct zv_media_plan plan;
    plan_a_pcma_call(&plan);
    assert_int_equal(follow("0 8", &plan), ZV_PLAN_OK); /* theirs first is another: we keep ours */
    assert_int_equal(zv_media_plan_committed(&plan)->kind, ZV_CODEC_PCMA);
    assert_int_equal(follow("0", &plan), ZV_PLAN_OTHER_CODEC);
    assert_int_equal(follow("18", &plan), ZV_PLAN_NO_COMMON_CODEC);
    assert_int_equal(zv_media_plan_committed(&plan)->sip_tx_pt, 8);
    struct zv_plan_sip local = test_sip();
    struct zv_buf body = fresh_body();
    local.version = 2;
    assert_int_equal(zv_plan_committed_offer(&plan, &sip, &local, &body), ZV_PLAN_OK);
    assert_golden(&body, "committed_pcma.offer.expected.sdp");
}

static void what_our_side_holds_back_is_left_out(void **state)
{
    (void)state;
    static const struct {
        uint8_t withheld;
        const char *ours;     /* in an offer */
        const char *theirs;   /* in an offer of theirs */
        const char *answered; /* by us */
    } rows[] = {
        {0, "a=sendrecv\r\n", "sendonly", "a=recvonly\r\n"},
        {ZV_SDP_RECVONLY, "a=sendonly\r\n", "sendrecv", "a=sendonly\r\n"},
        {ZV_SDP_RECVONLY, "a=sendonly\r\n", "recvonly", "a=sendonly\r\n"},
        {ZV_SDP_RECVONLY, "a=sendonly\r\n", "sendonly", "a=inactive\r\n"},
        {ZV_SDP_SENDRECV, "a=inactive\r\n", "sendrecv", "a=inactive\r\n"},
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(rows); i++) {
        char text[256];
        struct zv_media_plan plan;
        struct zv_sdp theirs;
        struct zv_plan_sip local = test_sip();
        plan_a_pcma_call(&plan);
        local.withheld = rows[i].withheld;
        struct zv_buf body = fresh_body();
        assert_int_equal(zv_plan_committed_offer(&plan, &sip, &local, &body), ZV_PLAN_OK);
        assert_non_null(strstr(zv_buf_cstr(&body), rows[i].ours));
        snprintf(text, sizeof(text),
                 "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 8\r\na=%s\r\n", rows[i].theirs);
        assert_int_equal(zv_sdp_parse(zv_str(text), &theirs), 0);
        body = fresh_body();
        assert_int_equal(zv_plan_answer_again(&theirs, &audio_alone, &local, &plan, &body),
                         ZV_PLAN_OK);
        assert_non_null(strstr(zv_buf_cstr(&body), rows[i].answered));
    }
}

static enum zv_plan_verdict again(const char *text, struct zv_media_plan *plan)
{
    struct zv_plan_sip local = test_sip();
    struct zv_buf body = fresh_body();
    struct zv_sdp offer;
    assert_int_equal(zv_sdp_parse(zv_str(text), &offer), 0);
    return zv_plan_answer_again(&offer, &audio_alone, &local, plan, &body);
}

#define SIP_HEAD "v=0\r\no=- 3845 3846 IN IP4 192.0.2.21\r\ns=-\r\nc=IN IP4 192.0.2.21\r\nt=0 0\r\n"

/* The same client with other numbers, and what it no longer offers. */
#define LATER_OFFER(formats)                                                                       \
    "v=0\r\no=- 1 3 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF " formats      \
    "\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=rtcp-mux\r\na=rtpmap:96 opus/48000/2\r\n"                \
    "a=rtpmap:97 telephone-event/8000\r\na=setup:actpass\r\n"

static void a_later_offer_of_the_client_keeps_the_committed_codec(void **state)
{
    (void)state;
    struct zv_media_plan plan, before;
    struct zv_sdp offer;
    struct zv_plan_web web_local = test_web();
    struct zv_buf body = fresh_body();
    plan_a_pcma_call(&plan);
    before = plan;
    assert_int_equal(zv_sdp_parse(zv_str(LATER_OFFER("96 0 97")), &offer), 0);
    assert_int_equal(zv_plan_rejoin(&offer, &plan), ZV_PLAN_OTHER_CODEC);
    assert_int_equal(zv_sdp_parse(zv_str(LATER_OFFER("18 97")), &offer), 0);
    assert_int_equal(zv_plan_rejoin(&offer, &plan), ZV_PLAN_NO_COMMON_CODEC);
    assert_int_equal(zv_sdp_parse(zv_str("v=0\r\n"), &offer), 0);
    assert_int_equal(zv_plan_rejoin(&offer, &plan), ZV_PLAN_NO_AUDIO);
    assert_memory_equal(&plan, &before, sizeof(plan)); /* no verdict but OK changes it */
    assert_int_equal(zv_sdp_parse(zv_str(LATER_OFFER("96 0 8 97")), &offer), 0);
    web_local.changes = 1;
    const struct zv_plan_web_update update = {
        .web_offer = &offer, .local = &web_local, .is_dtls_client = true};
    assert_int_equal(zv_plan_web_update(&update, &plan, &body), ZV_PLAN_OK);
    assert_int_equal(zv_media_plan_committed(&plan)->kind, ZV_CODEC_PCMA);
    assert_non_null(zv_buf_cstr(&body));
    assert_non_null(strstr(memory, "UDP/TLS/RTP/SAVPF 8 ")); /* the committed one first */
    assert_non_null(strstr(memory, "a=rtpmap:96 opus/48000/2\r\n"));
    assert_non_null(strstr(memory, "a=rtpmap:97 telephone-event/8000\r\n"));
    assert_non_null(strstr(memory, "a=setup:active\r\n")); /* the role that we have */
    assert_non_null(strstr(memory, " 2 IN IP4 "));         /* the second description */
}

static void a_later_offer_may_move_and_hold_the_media(void **state)
{
    (void)state;
    struct zv_media_plan plan;
    plan_a_pcma_call(&plan);
    assert_int_equal(again(SIP_HEAD "m=audio 30000 RTP/AVP 0 8 96\r\n"
                                    "a=rtpmap:96 telephone-event/8000\r\n",
                           &plan),
                     ZV_PLAN_OK);
    assert_int_equal(plan.pairs[4].sip_rx_pt, 96); /* telephone-event was renumbered */
    assert_int_equal(again(SIP_HEAD "m=audio 30000 RTP/AVP 0\r\n", &plan), ZV_PLAN_OTHER_CODEC);
    assert_int_equal(again(SIP_HEAD "m=audio 30000 RTP/AVP 18\r\n", &plan),
                     ZV_PLAN_NO_COMMON_CODEC);
    assert_int_equal(again(SIP_HEAD "m=audio 0 RTP/AVP 8\r\n", &plan), ZV_PLAN_NO_AUDIO);
    assert_int_equal(again("v=0\r\nc=IN IP4 0.0.0.0\r\nm=audio 3 RTP/AVP 8\r\n", &plan),
                     ZV_PLAN_OK);
    assert_int_equal(again(SIP_HEAD "m=audio 30000 RTP/AVP 8\r\na=sendonly\r\n", &plan),
                     ZV_PLAN_OK);
    assert_non_null(memmem(memory, sizeof(memory), "a=recvonly\r\n", 12));
    /* A video description beside the audio is refused in the answer, not a reason for 488. */
    struct zv_plan_sip local = test_sip();
    struct zv_buf body = fresh_body();
    struct zv_sdp offer;
    assert_int_equal(zv_sdp_parse(zv_str(SIP_HEAD "m=video 7000 RTP/AVP 97\r\n"
                                                  "m=audio 30000 RTP/AVP 8\r\n"),
                                  &offer),
                     0);
    assert_int_equal(zv_plan_answer_again(&offer, &audio_alone, &local, &plan, &body), ZV_PLAN_OK);
    struct zv_str text = zv_buf_str(&body);
    const char *video = memmem(text.p, text.len, "m=video 0 RTP/AVP 97", 20);
    const char *audio = memmem(text.p, text.len, "m=audio 12000 RTP/AVP 8", 23);
    assert_true(video && audio && video < audio);
}

static void the_web_leg_answers_the_direction_that_was_offered(void **state)
{
    (void)state;
    struct zv_plan_sip sip_local = test_sip();
    struct zv_plan_web web_local = test_web();
    struct zv_media_plan plan;
    struct zv_buf body = fresh_body();
    load_sdp(&web_text, "chrome_audio.web.sdp", &web);
    load_sdp(&sip_text, "pcma.sip.sdp", &sip);
    web.media[0].direction = ZV_SDP_RECVONLY;
    web.media[0].setup = ZV_SDP_SETUP_PASSIVE;
    assert_int_equal(zv_plan_sip_offer(&web, &sip_local, &plan, &body), ZV_PLAN_OK);
    body = fresh_body();
    assert_int_equal(web_answer(&web_local, &plan, &body), ZV_PLAN_OK);
    assert_non_null(memmem(body.p, body.len, "a=sendonly\r\n", 12));
    assert_non_null(memmem(body.p, body.len, "a=setup:active\r\n", 16));
}

static void hostile_parameters_do_not_pass_from_leg_to_leg(void **state)
{
    (void)state;
    struct zv_plan_sip sip_local = test_sip();
    struct zv_media_plan plan;
    struct zv_buf body = fresh_body();
    load_sdp(&web_text, "chrome_audio.web.sdp", &web);
    web.codecs[0].fmtp = zv_str("x=\xd0\xb6");
    assert_int_equal(zv_plan_sip_offer(&web, &sip_local, &plan, &body), ZV_PLAN_OK);
    assert_null(memmem(body.p, body.len, "\xd0\xb6", 2));
    static char longest[300];
    memset(longest, 'a', sizeof(longest) - 1);
    web.codecs[0].fmtp = zv_str(longest);
    body = fresh_body();
    assert_int_equal(zv_plan_sip_offer(&web, &sip_local, &plan, &body), ZV_PLAN_OK);
    assert_non_null(memmem(body.p, body.len, "minptime=10;useinbandfec=1", 26));
}

/* ---- candidates ---- */

static void assert_candidates(const struct zv_plan_addresses *in, const char *want)
{
    struct zv_addr candidates[ZV_MAX_CANDIDATES];
    char text[512], one[ZV_ADDR_TEXT_CAP];
    struct zv_buf buf = zv_buf(text, sizeof(text));
    uint8_t count = zv_plan_candidates(in, candidates);
    for (uint8_t i = 0; i < count; i++)
        zv_buf_printf(&buf, "%s%s", i ? " " : "", zv_addr_write(&candidates[i], one));
    assert_string_equal(zv_buf_cstr(&buf), want);
}

static void candidates_come_in_the_order_of_what_works(void **state)
{
    (void)state;
    const struct zv_addr addresses[] = {addr_of("10.0.0.5:0"), addr_of("[2001:db8::5]:0"),
                                        addr_of("192.168.1.5:0")};
    struct zv_plan_addresses in = {
        .public_addresses = {addr_of("203.0.113.1:0")},
        .ws_local = addr_of("[::ffff:192.168.1.5]:8443"),
        .addresses = addresses,
        .address_count = 3,
        .port_ipv4 = 30000,
        .port_ipv6 = 30000,
    };
    assert_candidates(&in, "203.0.113.1:30000 192.168.1.5:30000 10.0.0.5:30000 "
                           "[2001:db8::5]:30000");
    in.is_proxied = true;
    assert_candidates(&in, "203.0.113.1:30000 10.0.0.5:30000 [2001:db8::5]:30000 "
                           "192.168.1.5:30000");
    in.is_proxied = false;
    in.port_ipv6 = 0; /* no socket of that family */
    in.public_addresses[0] = (struct zv_addr){0};
    assert_candidates(&in, "192.168.1.5:30000 10.0.0.5:30000");
}

static void each_family_has_its_public_address_and_link_local_ones_are_left_out(void **state)
{
    (void)state;
    const struct zv_addr addresses[] = {addr_of("[fe80::5]:0"), addr_of("10.0.0.5:0"),
                                        addr_of("[fd00::5]:0")};
    struct zv_plan_addresses in = {
        .public_addresses = {addr_of("203.0.113.1:0"), addr_of("[2001:db8::1]:0")},
        .ws_local = addr_of("[fd00::5]:8443"),
        .addresses = addresses,
        .address_count = 3,
        .port_ipv4 = 30000,
        .port_ipv6 = 30002,
    };
    assert_candidates(&in, "203.0.113.1:30000 [2001:db8::1]:30002 [fd00::5]:30002 10.0.0.5:30000");
    in.port_ipv4 = 0; /* a machine of IPv6 alone */
    assert_candidates(&in, "[2001:db8::1]:30002 [fd00::5]:30002");
    in.ws_local = addr_of("[fe80::5]:8443");
    in.public_addresses[1] = (struct zv_addr){0};
    assert_candidates(&in, "[fd00::5]:30002");
}

static void tcp_candidates_follow_those_of_udp_and_come_below_them(void **state)
{
    (void)state;
    struct zv_plan_sip sip_local = test_sip();
    struct zv_plan_web web_local = test_web();
    struct zv_media_plan plan;
    struct zv_buf body = fresh_body();
    web_local.candidates[0] = addr_of("203.0.113.1:30000");
    web_local.candidates[1] = addr_of("[2001:db8::1]:30000");
    web_local.candidate_count = 2;
    web_local.has_tcp = true;
    load_sdp(&web_text, "chrome_audio.web.sdp", &web);
    load_sdp(&sip_text, "pcma.sip.sdp", &sip);
    assert_int_equal(zv_plan_sip_offer(&web, &sip_local, &plan, &body), ZV_PLAN_OK);
    body = fresh_body();
    assert_int_equal(web_answer(&web_local, &plan, &body), ZV_PLAN_OK);
    static const char lines[] =
        "a=candidate:1 1 udp 2130706431 203.0.113.1 30000 typ host\r\n"
        "a=candidate:2 1 udp 2130706175 2001:db8::1 30000 typ host\r\n"
        "a=candidate:3 1 tcp 1520435199 203.0.113.1 30000 typ host tcptype passive\r\n"
        "a=candidate:4 1 tcp 1520434943 2001:db8::1 30000 typ host tcptype passive\r\n"
        "a=end-of-candidates\r\n";
    assert_non_null(memmem(body.p, body.len, lines, sizeof(lines) - 1));
}

static void a_websocket_over_loopback_names_loopback_first(void **state)
{
    (void)state;
    const struct zv_addr addresses[] = {addr_of("10.0.0.5:0")};
    struct zv_plan_addresses in = {
        .public_addresses = {addr_of("203.0.113.1:0")},
        .ws_local = addr_of("[::1]:8443"),
        .addresses = addresses,
        .address_count = 1,
        .port_ipv4 = 30000,
        .port_ipv6 = 30001,
    };
    assert_candidates(&in, "127.0.0.1:30000 10.0.0.5:30000 [::1]:30001");
    in.port_ipv6 = 0;
    in.ws_local = addr_of("[::ffff:127.0.0.1]:8443");
    assert_candidates(&in, "127.0.0.1:30000 10.0.0.5:30000");
    in.is_proxied = true; /* the proxy's loopback says nothing about the client */
    assert_candidates(&in, "203.0.113.1:30000 10.0.0.5:30000");
}

static void there_are_at_most_eight_candidates_and_room_for_the_last_loopback(void **state)
{
    (void)state;
    struct zv_addr addresses[10];
    for (int i = 0; i < 10; i++) {
        addresses[i] = addr_of("10.0.0.1:0");
        addresses[i].ip[3] = (uint8_t)(i + 1);
    }
    struct zv_plan_addresses in = {
        .ws_local = addr_of("127.0.0.1:8443"),
        .addresses = addresses,
        .address_count = 10,
        .port_ipv4 = 3,
        .port_ipv6 = 3,
    };
    assert_candidates(&in, "127.0.0.1:3 10.0.0.1:3 10.0.0.2:3 10.0.0.3:3 10.0.0.4:3 10.0.0.5:3 "
                           "10.0.0.6:3 [::1]:3");
    in.ws_local = addr_of("10.0.0.9:8443");
    assert_candidates(&in, "10.0.0.9:3 10.0.0.1:3 10.0.0.2:3 10.0.0.3:3 10.0.0.4:3 10.0.0.5:3 "
                           "10.0.0.6:3 10.0.0.7:3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_lists_all_codecs_with_the_sip_sides_first),
        cmocka_unit_test(payload_types_differ_per_leg),
        cmocka_unit_test(video_is_refused_in_its_place),
        cmocka_unit_test(what_strip_codecs_leaves_is_enough),
        cmocka_unit_test(an_incoming_offer_keeps_the_callers_order),
        cmocka_unit_test(comfort_noise_mux_and_video_of_the_caller),
        cmocka_unit_test(no_common_codec_is_a_verdict_and_changes_nothing),
        cmocka_unit_test(a_web_description_without_a_transport_is_unusable),
        cmocka_unit_test(a_sip_address_must_be_one_host),
        cmocka_unit_test(a_later_answer_keeps_the_committed_codec_or_is_another),
        cmocka_unit_test(what_our_side_holds_back_is_left_out),
        cmocka_unit_test(a_later_offer_of_the_client_keeps_the_committed_codec),
        cmocka_unit_test(a_later_offer_may_move_and_hold_the_media),
        cmocka_unit_test(the_web_leg_answers_the_direction_that_was_offered),
        cmocka_unit_test(hostile_parameters_do_not_pass_from_leg_to_leg),
        cmocka_unit_test(candidates_come_in_the_order_of_what_works),
        cmocka_unit_test(each_family_has_its_public_address_and_link_local_ones_are_left_out),
        cmocka_unit_test(tcp_candidates_follow_those_of_udp_and_come_below_them),
        cmocka_unit_test(a_websocket_over_loopback_names_loopback_first),
        cmocka_unit_test(there_are_at_most_eight_candidates_and_room_for_the_last_loopback),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
