#include "gateway/metrics.h"

/* Microseconds. A tone is expected within 1 s, and nobody waits longer than a minute. */
static const struct zv_histogram_scale setup_scale = {
    .decimals = 6,
    .count = 12,
    .bounds = {100000, 250000, 500000, 1000000, 2000000, 3000000, 5000000, 10000000, 20000000,
               30000000, 60000000, 180000000},
};
static const struct zv_histogram_scale duration_scale = {
    .decimals = 6,
    .count = 11,
    .bounds = {1000000, 5000000, 15000000, 30000000, 60000000, 120000000, 300000000, 600000000,
               1800000000, 3600000000, 14400000000},
};
/* Millionths. Beyond 1 % it is heard with G.711, beyond 5 % with anything. */
static const struct zv_histogram_scale loss_scale = {
    .decimals = 6,
    .count = 9,
    .bounds = {0, 1000, 5000, 10000, 20000, 50000, 100000, 200000, 500000},
};
static const struct zv_histogram_scale jitter_scale = {
    .decimals = 6,
    .count = 10,
    .bounds = {500, 1000, 2500, 5000, 10000, 20000, 30000, 50000, 100000, 200000},
};
/* ITU-T G.114: up to 150 ms one way, 300 ms both, nobody minds. */
static const struct zv_histogram_scale round_trip_scale = {
    .decimals = 6,
    .count = 10,
    .bounds = {1000, 5000, 10000, 25000, 50000, 100000, 200000, 300000, 500000, 1000000},
};
/* Hundredths of the opinion score: R = 50, 60, 70, 80 and 90 of ITU-T G.107 between them. */
static const struct zv_histogram_scale mos_scale = {
    .decimals = 2,
    .count = 7,
    .bounds = {200, 258, 310, 360, 403, 434, 450},
};
/* libuv's timers come up to 1 ms late when nothing is wrong. */
static const struct zv_histogram_scale lag_scale = {
    .decimals = 6,
    .count = 10,
    .bounds = {1000, 2000, 5000, 10000, 20000, 50000, 100000, 250000, 500000, 1000000},
};

void zv_metrics_init(struct zv_metrics *metrics, int64_t wall_us)
{
    *metrics = (struct zv_metrics){
        .started_wall_us = wall_us,
        .call_duration = zv_histogram(&duration_scale),
        .loop_lag = zv_histogram(&lag_scale),
    };
    for (size_t i = 0; i < 2; i++) {
        metrics->call_setup[i] = zv_histogram(&setup_scale);
        metrics->mos[i] = zv_histogram(&mos_scale);
        metrics->loss[i] = zv_histogram(&loss_scale);
        metrics->jitter[i] = zv_histogram(&jitter_scale);
        metrics->round_trip[i] = zv_histogram(&round_trip_scale);
    }
}

static void note_ended(struct zv_metrics *metrics, const struct zv_cmd_call_ended *ended)
{
    metrics->calls_ended[ended->incoming][ended->cause]++;
    if (!ended->answered_us)
        return;
    zv_histogram_note(&metrics->call_setup[ended->incoming],
                      ended->answered_us - ended->created_us);
    zv_histogram_note(&metrics->call_duration, ended->ended_us - ended->answered_us);
}

void zv_metrics_note_command(struct zv_metrics *metrics, const struct zv_call_cmd *cmd)
{
    if (cmd->kind == ZV_CALL_CMD_CALL_ENDED)
        note_ended(metrics, &cmd->u.ended);
    else if (cmd->kind == ZV_CALL_CMD_SESSION_LOG && cmd->u.session_log.is_last)
        metrics->sessions_ended[cmd->u.session_log.cause]++;
}

static void note_leg(struct zv_metrics *metrics, size_t leg,
                     const struct zv_peer_counters *counters)
{
    if (!counters->rx_packets) /* neither good nor bad: nothing was heard */
        return;
    uint64_t sent = counters->rx_packets + counters->lost;
    metrics->lost[leg] += counters->lost;
    zv_histogram_note(&metrics->loss[leg], (int64_t)(counters->lost * 1000000 / sent));
    zv_histogram_note(&metrics->jitter[leg], counters->jitter_us);
    if (counters->rtt_us) /* 0: no report said */
        zv_histogram_note(&metrics->round_trip[leg], counters->rtt_us);
}

void zv_metrics_note_media(struct zv_metrics *metrics, const struct zv_worker_stats *stats)
{
    for (size_t leg = 0; leg < 2; leg++)
        note_leg(metrics, leg, &stats->legs[leg]);
}

void zv_metrics_note_verdict(struct zv_metrics *metrics, const struct zv_verdict *verdict)
{
    metrics->verdicts[verdict->leg][verdict->code]++;
}

void zv_metrics_note_quality(struct zv_metrics *metrics, int leg,
                             const struct zv_leg_quality *quality)
{
    if (quality->heard.is_known)
        zv_histogram_note(&metrics->mos[leg], (int64_t)(quality->heard.mos * 100 + 0.5));
}

void zv_metrics_note_video(struct zv_metrics *metrics, int leg,
                           const struct zv_peer_video_counters *now, struct zv_video_tally *counted)
{
    struct zv_video_tally *total = &metrics->video[leg];
    bool is_new = now->frames < counted->frames;
#define X(name)                                                                                    \
    total->name += now->name - (is_new || now->name < counted->name ? 0 : counted->name);          \
    counted->name = now->name;
    ZV_VIDEO_TALLY_LIST(X)
#undef X
}

void zv_metrics_note_lag(struct zv_metrics *metrics, int64_t lag_us)
{
    zv_histogram_note(&metrics->loop_lag, lag_us);
}
