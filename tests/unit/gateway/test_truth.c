/* From what call control and a worker know to the facts of a verdict; and what a look costs. */
#include "support/test.h"

#include "base/alloc.h"
#include "gateway/truth.h"
#include "io/clock.h"

#include <string.h>

static struct zv_media_plan plan = {
    .pairs =
        {{.kind = ZV_CODEC_PCMU, .web_pt = 0, .sip_tx_pt = 0, .sip_rx_pt = 0, .clock_hz = 8000},
         {.kind = ZV_CODEC_OPUS,
          .web_pt = 111,
          .sip_tx_pt = 107,
          .sip_rx_pt = 96,
          .clock_hz = 48000},
         {.kind = ZV_CODEC_TELEPHONE_EVENT,
          .web_pt = 126,
          .sip_tx_pt = 101,
          .sip_rx_pt = 101,
          .clock_hz = 8000}},
    .pair_count = 3,
    .committed = 0,
};

static struct zv_addr addr(const char *text)
{
    struct zv_addr parsed;
    assert_int_equal(zv_addr_parse(zv_str(text), &parsed), 0);
    return parsed;
}

static struct zv_call_view make_view(void)
{
    return (struct zv_call_view){.conn = {7},
                                 .plan = &plan,
                                 .due_us = {ZV_SECONDS(10), ZV_SECONDS(10)},
                                 .sip_remote = addr("192.0.2.1:9000")};
}

static struct zv_verdict_facts facts_of(const struct zv_call_view *view,
                                        const struct zv_worker_stats *stats)
{
    struct zv_verdict_facts facts;
    const struct zv_truth_sources sources = {
        .view = view, .stats = stats, .ice_up_us = ZV_SECONDS(9), .web_port = 3478};
    zv_truth_facts(&sources, &facts);
    return facts;
}

static void counters_become_figures_of_their_leg(void **state)
{
    (void)state;
    struct zv_call_view view = make_view();
    struct zv_worker_stats stats = {.at_us = ZV_SECONDS(20)};
    struct zv_peer_counters *sip = &stats.legs[ZV_WORKER_LEG_SIP];
    *sip = (struct zv_peer_counters){.rx_packets = 500,
                                     .rx_bytes = 86000,
                                     .rx_rtcp = 2,
                                     .lost = 4,
                                     .jitter_us = 2500,
                                     .rtt_us = 18000,
                                     .last_rtp_us = ZV_SECONDS(19),
                                     .remote_report_us = ZV_SECONDS(18),
                                     .remote_fraction = 5,
                                     .remote_jitter_us = 700,
                                     .unknown_pt = 18,
                                     .last_rejected = addr("10.0.0.7:4000")};
    sip->drops[ZV_PEER_DROP_AUTH] = 1;
    sip->drops[ZV_PEER_DROP_SOURCE] = 2;
    sip->drops[ZV_PEER_DROP_UNKNOWN_PT] = 3;
    struct zv_verdict_facts facts = facts_of(&view, &stats);
    const struct zv_verdict_leg_facts *leg = &facts.legs[ZV_VERDICT_SIP];
    assert_int_equal(facts.now_us, ZV_SECONDS(20));
    assert_int_equal(facts.port, 3478);
    assert_true(facts.is_client_here);
    assert_int_equal(leg->figures.packets, 500);
    assert_int_equal(leg->figures.bytes, 86000);
    assert_int_equal(leg->figures.rtcp, 2);
    assert_int_equal(leg->figures.lost, 4);
    assert_int_equal(leg->figures.jitter_us, 2500);
    assert_int_equal(leg->figures.rtt_us, 18000);
    assert_int_equal(leg->figures.last_rtp_us, ZV_SECONDS(19));
    assert_int_equal(leg->figures.report_us, ZV_SECONDS(18));
    assert_int_equal(leg->figures.report_fraction, 5);
    assert_int_equal(leg->figures.report_jitter_us, 700);
    assert_int_equal(leg->figures.auth_failures, 1);
    assert_int_equal(leg->figures.rejected, 2);
    assert_int_equal(leg->figures.unknown_format, 3);
    assert_int_equal(leg->unknown_pt, 18);
    assert_true(zv_addr_eq(&leg->rejected, &sip->last_rejected));
    assert_true(zv_addr_eq(&leg->described, &view.sip_remote));
    assert_int_equal(facts.legs[ZV_VERDICT_CLIENT].figures.packets, 0);
}

static void why_a_source_is_refused_depends_on_the_leg_and_its_description(void **state)
{
    (void)state;
    struct zv_call_view view = make_view();
    struct zv_worker_stats stats = {0};
    assert_int_equal(facts_of(&view, &stats).legs[ZV_VERDICT_SIP].rule, ZV_VERDICT_RULE_PUBLIC);
    view.sip_remote = addr("10.1.2.3:9000");
    assert_int_equal(facts_of(&view, &stats).legs[ZV_VERDICT_SIP].rule, ZV_VERDICT_RULE_LOCKED);
    stats.legs[ZV_WORKER_LEG_SIP].is_strict = true;
    assert_int_equal(facts_of(&view, &stats).legs[ZV_VERDICT_SIP].rule, ZV_VERDICT_RULE_STRICT);
}

static void the_codec_in_use_is_that_of_the_last_packet_of_audio(void **state)
{
    (void)state;
    struct zv_call_view view = make_view();
    struct zv_worker_stats stats = {0};
    struct zv_bridge_counters *sip = &stats.bridge[ZV_WORKER_LEG_SIP];
    assert_int_equal(facts_of(&view, &stats).legs[ZV_VERDICT_SIP].used, ZV_CODEC_NONE);
    *sip = (struct zv_bridge_counters){.forwarded = 3, .telephone_events = 2, .comfort_noise = 1};
    assert_int_equal(facts_of(&view, &stats).legs[ZV_VERDICT_SIP].used, ZV_CODEC_NONE);
    sip->forwarded = 4;
    assert_int_equal(facts_of(&view, &stats).legs[ZV_VERDICT_SIP].used, ZV_CODEC_PCMU);
    sip->audio_pt = 96;
    assert_int_equal(facts_of(&view, &stats).legs[ZV_VERDICT_SIP].used, ZV_CODEC_OPUS);
    stats.bridge[ZV_WORKER_LEG_WEB] = (struct zv_bridge_counters){.forwarded = 1, .audio_pt = 111};
    assert_int_equal(facts_of(&view, &stats).legs[ZV_VERDICT_CLIENT].used, ZV_CODEC_OPUS);
    assert_int_equal(facts_of(&view, &stats).legs[ZV_VERDICT_CLIENT].agreed, ZV_CODEC_PCMU);
}

static void while_ice_is_waited_for_sound_of_the_client_is_not(void **state)
{
    (void)state;
    struct zv_call_view view = make_view();
    struct zv_worker_stats stats = {0};
    view.ice_wanted_us = ZV_SECONDS(10);
    struct zv_verdict_facts facts = facts_of(&view, &stats);
    assert_int_equal(facts.legs[ZV_VERDICT_CLIENT].due_us, 0);
    assert_int_equal(facts.legs[ZV_VERDICT_SIP].due_us, ZV_SECONDS(10));
    assert_int_equal(facts.ice_wanted_us, ZV_SECONDS(10));
}

static void counters_of_video_become_figures_of_their_leg(void **state)
{
    (void)state;
    struct zv_call_view view = make_view();
    struct zv_worker_stats stats = {.at_us = ZV_SECONDS(20)};
    stats.video[ZV_WORKER_LEG_SIP] = (struct zv_peer_video_counters){
        .rx_packets = 900,
        .rx_bytes = 700000,
        .frames = 150,
        .keyframes = 3,
        .freezes = 1,
        .keyframe_requests_out = 4,
        .last_rtp_us = ZV_SECONDS(19),
        .keyframe_us = ZV_SECONDS(17),
        .width = 320,
        .height = 240,
    };
    stats.legs[ZV_WORKER_LEG_VIDEO].rx_rtcp = 6;
    stats.legs[ZV_WORKER_LEG_WEB].rx_rtcp = 9;
    struct zv_verdict_facts facts = facts_of(&view, &stats);
    const struct zv_video_figures *video = &facts.legs[ZV_VERDICT_SIP].figures.video;
    assert_int_equal(video->packets, 900);
    assert_int_equal(video->bytes, 700000);
    assert_int_equal(video->rtcp, 6);
    assert_int_equal(video->frames, 150);
    assert_int_equal(video->keyframes, 3);
    assert_int_equal(video->freezes, 1);
    assert_int_equal(video->requests, 4);
    assert_int_equal(video->last_rtp_us, ZV_SECONDS(19));
    assert_int_equal(video->keyframe_us, ZV_SECONDS(17));
    assert_int_equal(video->width, 320);
    assert_int_equal(video->height, 240);
    assert_int_equal(facts.legs[ZV_VERDICT_CLIENT].figures.video.packets, 0);
    assert_int_equal(facts.legs[ZV_VERDICT_CLIENT].figures.video.rtcp, 0);
}

static struct zv_media_plan video_plan(uint8_t direction)
{
    struct zv_media_plan with = plan;
    with.video = (struct zv_video_plan){
        .pairs = {{.kind = ZV_CODEC_VP8, .web_pt = 96, .sip_tx_pt = 99, .sip_rx_pt = 99}},
        .pair_count = 1,
        .committed = 0,
        .direction = direction,
    };
    return with;
}

static void video_is_due_where_the_descriptions_let_it_flow(void **state)
{
    (void)state;
    struct zv_call_view view = make_view();
    struct zv_media_plan both = video_plan(ZV_SDP_SENDRECV), to_sip = video_plan(ZV_SDP_SENDONLY);
    assert_false(zv_truth_wants_video(&view, ZV_WORKER_LEG_WEB)); /* audio alone */
    view.plan = &both;
    assert_true(zv_truth_wants_video(&view, ZV_WORKER_LEG_WEB));
    assert_true(zv_truth_wants_video(&view, ZV_WORKER_LEG_SIP));
    view.plan = &to_sip;
    assert_true(zv_truth_wants_video(&view, ZV_WORKER_LEG_WEB));
    assert_false(zv_truth_wants_video(&view, ZV_WORKER_LEG_SIP));
    view.ice_wanted_us = ZV_SECONDS(10);
    assert_false(zv_truth_wants_video(&view, ZV_WORKER_LEG_WEB));
    view.plan = &both;
    view.due_us[ZV_WORKER_LEG_SIP] = 0; /* on hold */
    assert_false(zv_truth_wants_video(&view, ZV_WORKER_LEG_SIP));
}

static void why_there_is_no_video_is_known_once_the_call_is_answered(void **state)
{
    (void)state;
    struct zv_call_view view = make_view();
    struct zv_worker_stats stats = {0};
    struct zv_media_plan without = plan, with = video_plan(ZV_SDP_SENDRECV);
    without.video.reason = ZV_VIDEO_REASON_PROFILE_MISMATCH;
    view.plan = &without;
    assert_int_equal(facts_of(&view, &stats).no_video, ZV_VIDEO_REASON_NONE);
    view.answered_us = ZV_SECONDS(10);
    assert_int_equal(facts_of(&view, &stats).no_video, ZV_VIDEO_REASON_PROFILE_MISMATCH);
    with.video.reason = ZV_VIDEO_REASON_REFUSED; /* of an earlier description */
    view.plan = &with;
    assert_int_equal(facts_of(&view, &stats).no_video, ZV_VIDEO_REASON_NONE);
}

/* 1000 calls, each looked at eight times, as in 20 s: the figure is told, not asserted. */
static void a_look_is_cheap(void **state)
{
    (void)state;
    enum { CALLS = 1000, LOOKS = 8 };
    struct zv_verdict_watch *watches = zv_calloc(CALLS, sizeof(*watches));
    struct zv_call_view view = make_view();
    struct zv_leg_quality quality;
    assert_non_null(watches);
    int64_t begun_ns = zv_clock_thread_cpu_ns();
    for (int look = 1; look <= LOOKS; look++) {
        struct zv_worker_stats stats = {.at_us = ZV_SECONDS(10) + look * ZV_VERDICT_LOOK_US};
        for (int leg = 0; leg < 2; leg++) {
            stats.legs[leg].rx_packets = (uint64_t)look * 125;
            stats.legs[leg].last_rtp_us = stats.at_us - ZV_MS(10);
        }
        for (int call = 0; call < CALLS; call++) {
            struct zv_verdict_facts facts = facts_of(&view, &stats);
            assert_int_equal(zv_verdict_look(&watches[call], &facts), 0);
            zv_quality_of(&watches[call].legs[0].seen[1], &facts.legs[0].figures, ZV_CODEC_PCMU,
                          &quality);
        }
    }
    int64_t spent_ns = zv_clock_thread_cpu_ns() - begun_ns;
    print_message("# a look costs %.2f us; at 1000 calls %.3f %% of one core; a call holds %zu "
                  "bytes for it\n",
                  (double)spent_ns / (CALLS * LOOKS) / 1000,
                  (double)spent_ns / LOOKS / (double)(ZV_VERDICT_LOOK_US * 1000) * 100,
                  sizeof(*watches));
    zv_free(watches);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(counters_become_figures_of_their_leg),
    cmocka_unit_test(why_a_source_is_refused_depends_on_the_leg_and_its_description),
    cmocka_unit_test(the_codec_in_use_is_that_of_the_last_packet_of_audio),
    cmocka_unit_test(while_ice_is_waited_for_sound_of_the_client_is_not),
    cmocka_unit_test(counters_of_video_become_figures_of_their_leg),
    cmocka_unit_test(video_is_due_where_the_descriptions_let_it_flow),
    cmocka_unit_test(why_there_is_no_video_is_known_once_the_call_is_answered),
    cmocka_unit_test(a_look_is_cheap),
};
ZV_TEST_MAIN(tests)
