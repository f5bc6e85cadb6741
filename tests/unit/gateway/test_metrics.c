/* What is remembered of calls and sessions that ended. */
#define _GNU_SOURCE
#include "support/test.h"

#include "base/time.h"
#include "gateway/metrics.h"

static struct zv_metrics metrics;

static int fresh(void **state)
{
    (void)state;
    zv_metrics_init(&metrics, 0);
    return 0;
}

static struct zv_call_cmd ended(bool incoming, enum zv_cause cause)
{
    return (struct zv_call_cmd){
        .kind = ZV_CALL_CMD_CALL_ENDED,
        .u.ended = {.incoming = incoming,
                    .cause = cause,
                    .created_us = ZV_SECONDS(100),
                    .ended_us = ZV_SECONDS(103)},
    };
}

static void a_call_is_counted_by_direction_and_cause(void **state)
{
    (void)state;
    struct zv_call_cmd cmd = ended(true, ZV_CAUSE_BUSY);
    zv_metrics_note_command(&metrics, &cmd);
    assert_int_equal(metrics.calls_ended[1][ZV_CAUSE_BUSY], 1);
    assert_int_equal(metrics.calls_ended[0][ZV_CAUSE_BUSY], 0);
}

static void only_an_answered_call_has_a_setup_time_and_a_length(void **state)
{
    (void)state;
    struct zv_call_cmd cmd = ended(false, ZV_CAUSE_NORMAL);
    zv_metrics_note_command(&metrics, &cmd);
    assert_int_equal(zv_histogram_total(&metrics.call_setup[0]), 0);
    assert_int_equal(zv_histogram_total(&metrics.call_duration), 0);
    cmd.u.ended.answered_us = ZV_SECONDS(101);
    zv_metrics_note_command(&metrics, &cmd);
    assert_int_equal(metrics.call_setup[0].sum, ZV_SECONDS(1));
    assert_int_equal(metrics.call_duration.sum, ZV_SECONDS(2));
    assert_int_equal(zv_histogram_total(&metrics.call_setup[1]), 0);
}

static void a_session_is_counted_when_it_ends_or_is_refused(void **state)
{
    (void)state;
    struct zv_call_cmd cmd = {.kind = ZV_CALL_CMD_SESSION_LOG,
                              .u.session_log = {.what = zv_str("established")}};
    zv_metrics_note_command(&metrics, &cmd);
    cmd.u.session_log = (struct zv_cmd_session_log){.what = zv_str("not registered"),
                                                    .cause = ZV_CAUSE_BAD_ACCOUNT};
    zv_metrics_note_command(&metrics, &cmd);
    cmd.u.session_log = (struct zv_cmd_session_log){
        .what = zv_str("refused"), .is_last = true, .cause = ZV_CAUSE_BAD_ACCOUNT};
    zv_metrics_note_command(&metrics, &cmd);
    assert_int_equal(metrics.sessions_ended[ZV_CAUSE_BAD_ACCOUNT], 1);
    for (int cause = 0; cause < ZV_CAUSE_COUNT; cause++)
        assert_int_equal(metrics.sessions_ended[cause], cause == ZV_CAUSE_BAD_ACCOUNT);
}

static void other_commands_are_not_counted(void **state)
{
    (void)state;
    struct zv_metrics untouched = metrics;
    for (int kind = 0; kind < ZV_CALL_CMD_COUNT; kind++) {
        struct zv_call_cmd cmd = {.kind = (enum zv_call_cmd_kind)kind};
        if (kind != ZV_CALL_CMD_SESSION_LOG && kind != ZV_CALL_CMD_CALL_ENDED)
            zv_metrics_note_command(&metrics, &cmd);
    }
    assert_memory_equal(&metrics, &untouched, sizeof(metrics));
}

static void the_quality_of_a_call_is_that_of_each_leg(void **state)
{
    (void)state;
    const struct zv_worker_stats stats = {
        .legs = {[ZV_WORKER_LEG_WEB] = {.rx_packets = 95, .lost = 5, .jitter_us = 1200},
                 [ZV_WORKER_LEG_SIP] = {.rx_packets = 100, .jitter_us = 300, .rtt_us = 4000}},
    };
    zv_metrics_note_media(&metrics, &stats);
    assert_int_equal(metrics.lost[ZV_WORKER_LEG_WEB], 5);
    assert_int_equal(metrics.loss[ZV_WORKER_LEG_WEB].sum, 50000); /* 5 % in millionths */
    assert_int_equal(metrics.loss[ZV_WORKER_LEG_SIP].counts[0], 1);
    assert_int_equal(metrics.jitter[ZV_WORKER_LEG_WEB].sum, 1200);
    assert_int_equal(zv_histogram_total(&metrics.round_trip[ZV_WORKER_LEG_WEB]), 0);
    assert_int_equal(metrics.round_trip[ZV_WORKER_LEG_SIP].sum, 4000);
}

static void a_leg_that_heard_nothing_is_neither_good_nor_bad(void **state)
{
    (void)state;
    const struct zv_worker_stats stats = {.legs = {{.rtt_us = 1}, {.tx_packets = 9}}};
    zv_metrics_note_media(&metrics, &stats);
    for (size_t leg = 0; leg < 2; leg++) {
        assert_int_equal(zv_histogram_total(&metrics.loss[leg]), 0);
        assert_int_equal(zv_histogram_total(&metrics.jitter[leg]), 0);
    }
}

static void video_is_counted_while_its_call_goes_on(void **state)
{
    (void)state;
    struct zv_video_tally counted = {0};
    struct zv_peer_video_counters now = {.frames = 30, .keyframes = 2, .nacks_out = 5};
    zv_metrics_note_video(&metrics, ZV_WORKER_LEG_SIP, &now, &counted);
    zv_metrics_note_video(&metrics, ZV_WORKER_LEG_SIP, &now, &counted);
    now.frames = 45;
    now.keyframe_requests_in = 3;
    zv_metrics_note_video(&metrics, ZV_WORKER_LEG_SIP, &now, &counted);
    assert_int_equal(metrics.video[ZV_WORKER_LEG_SIP].frames, 45);
    assert_int_equal(metrics.video[ZV_WORKER_LEG_SIP].keyframes, 2);
    assert_int_equal(metrics.video[ZV_WORKER_LEG_SIP].nacks_out, 5);
    assert_int_equal(metrics.video[ZV_WORKER_LEG_SIP].keyframe_requests_in, 3);
    now = (struct zv_peer_video_counters){.frames = 10, .keyframes = 4}; /* the leg began anew */
    zv_metrics_note_video(&metrics, ZV_WORKER_LEG_SIP, &now, &counted);
    assert_int_equal(metrics.video[ZV_WORKER_LEG_SIP].frames, 55);
    assert_int_equal(metrics.video[ZV_WORKER_LEG_SIP].keyframes, 6);
    assert_int_equal(metrics.video[ZV_WORKER_LEG_WEB].frames, 0);
}

static void a_loop_that_is_early_is_not_late(void **state)
{
    (void)state;
    zv_metrics_note_lag(&metrics, -1);
    zv_metrics_note_lag(&metrics, ZV_SECONDS(2));
    assert_int_equal(metrics.loop_lag.counts[0], 1);
    assert_int_equal(metrics.loop_lag.counts[metrics.loop_lag.scale->count], 1);
    assert_int_equal(metrics.loop_lag.sum, ZV_SECONDS(2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_call_is_counted_by_direction_and_cause, fresh),
        cmocka_unit_test_setup(only_an_answered_call_has_a_setup_time_and_a_length, fresh),
        cmocka_unit_test_setup(a_session_is_counted_when_it_ends_or_is_refused, fresh),
        cmocka_unit_test_setup(other_commands_are_not_counted, fresh),
        cmocka_unit_test_setup(the_quality_of_a_call_is_that_of_each_leg, fresh),
        cmocka_unit_test_setup(a_leg_that_heard_nothing_is_neither_good_nor_bad, fresh),
        cmocka_unit_test_setup(video_is_counted_while_its_call_goes_on, fresh),
        cmocka_unit_test_setup(a_loop_that_is_early_is_not_late, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
