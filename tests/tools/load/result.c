#include "tools/load/crowd_int.h"

#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>

/* ---- Set-up times ---- */

static int compare(const void *a, const void *b)
{
    json_int_t left = *(const json_int_t *)a, right = *(const json_int_t *)b;
    return (left > right) - (left < right);
}

/* p50, p99 and the longest of what the clients measured themselves, in milliseconds. */
static json_t *times_of(const struct zv_load_crowd *crowd, const char *key)
{
    json_int_t *times = zv_calloc(crowd->cfg.calls, sizeof(*times));
    size_t count = 0;
    for (unsigned i = 0; times && i < crowd->cfg.calls; i++) {
        const json_t *time = json_object_get(crowd->members[i].result, key);
        if (json_is_integer(time))
            times[count++] = json_integer_value(time);
    }
    json_t *fields = json_null();
    if (count) {
        qsort(times, count, sizeof(*times), compare);
        fields = json_pack("{s:I, s:I, s:I}", "p50", times[count / 2], "p99",
                           times[count * 99 / 100], "max", times[count - 1]);
    }
    zv_free(times);
    return fields;
}

/* ---- The gateway ---- */

static double rounded(double value)
{
    return round(value * 1000) / 1000;
}

static json_t *usage_of(const struct zv_load_crowd *crowd)
{
    double seconds = (double)(crowd->window_ended_us - crowd->window_began_us) / ZV_US_PER_S;
    double cpu_ms = (double)(crowd->at_end.cpu_us - crowd->at_begin.cpu_us) / ZV_US_PER_MS;
    double rss_kb = (double)(crowd->at_end.rss_kb - crowd->before.rss_kb);
    double calls = crowd->cfg.calls;
    if (!crowd->cfg.gateway || seconds <= 0)
        return json_null();
    return json_pack("{s:f, s:f, s:f, s:f, s:I}", "cpuMsPerCallSecond",
                     rounded(cpu_ms / seconds / calls), "cores", rounded(cpu_ms / seconds / 1000),
                     "windowSeconds", rounded(seconds), "rssKbPerCall", rounded(rss_kb / calls),
                     "rssKb", (json_int_t)crowd->at_end.rss_kb);
}

/* ---- All of it ---- */

static void report_wrong(const struct zv_load_member *member)
{
    const struct zv_load_ear *ear = &member->voice.ear;
    json_t *fields = json_pack("{s:i, s:f, s:i, s:i, s:f, s:f, s:i}", "call", (int)member->number,
                               "hz", ear->hz, "right", (int)ear->right, "wrong", (int)ear->wrong,
                               "worstPurity", ear->worst_purity, "worstForeign", ear->worst_foreign,
                               "foreign", (int)member->voice.probe.foreign);
    if (member->result)
        json_object_set(fields, "result", member->result);
    zv_load_print("wrong", fields);
}

struct tally {
    unsigned ok;
    uint64_t rtp_rx; /* of whole calls, as RTP counts them, and so all below */
    uint64_t rtp_lost;
    uint64_t rx_other;
    uint64_t rx_dropped;
    uint64_t late;
    int64_t latest_us;
    struct zv_load_sum sum;
    struct zv_load_sum video;
    unsigned seen; /* calls whose video came */
};

static void count(struct tally *tally, const struct zv_load_member *member)
{
    struct zv_wc_media_stats stats = {0};
    bool is_ok = member->client && zv_wc_client_is_ok(member->client);
    if (member->client)
        zv_wc_client_stats(member->client, &stats);
    tally->ok += is_ok;
    tally->rtp_rx += stats.peer.rx_packets;
    tally->rtp_lost += stats.peer.lost;
    tally->rx_other += stats.rx_other;
    tally->rx_dropped += stats.peer.rx_dropped;
    tally->late += stats.late;
    tally->latest_us = ZV_MAX(tally->latest_us, stats.latest_us);
    zv_load_sum_add(&tally->sum, &member->voice);
    zv_load_sum_add_probe(&tally->video, &member->video);
    tally->seen += member->video.rx > 0;
    if (!is_ok || member->voice.ear.wrong || member->voice.probe.foreign || member->video.foreign)
        report_wrong(member);
}

bool zv_load_crowd_report(struct zv_load_crowd *crowd)
{
    struct tally tally = {.sum.worst_purity = 1};
    unsigned calls = crowd->cfg.calls;
    for (unsigned i = 0; i < calls; i++)
        count(&tally, &crowd->members[i]);
    bool is_ok = !crowd->was_cut_short && tally.ok == calls && !tally.sum.wrong &&
                 !tally.sum.foreign && !tally.video.foreign &&
                 (!crowd->cfg.has_video || tally.seen == calls) &&
                 (crowd->cfg.mode == ZV_LOAD_PROBES || tally.sum.ears == calls);
    json_t *fields = json_pack(
        "{s:b, s:i, s:i, s:i, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "ok", is_ok,
        "calls", (int)calls, "talked", (int)crowd->talking, "callsOk", (int)tally.ok, "setupMs",
        times_of(crowd, "setupMs"), "dtlsMs", times_of(crowd, "dtlsMs"), "firstMediaMs",
        times_of(crowd, "firstMediaMs"), "rtpReceived", (json_int_t)tally.rtp_rx, "rtpLost",
        (json_int_t)tally.rtp_lost, "rxOther", (json_int_t)tally.rx_other, "rxDropped",
        (json_int_t)tally.rx_dropped, "late", (json_int_t)tally.late, "latestUs",
        (json_int_t)tally.latest_us, "gateway", usage_of(crowd));
    json_object_update_new(fields, zv_load_sum_report(&tally.sum, crowd->cfg.mode, crowd->delays));
    if (crowd->cfg.has_video)
        json_object_set_new(fields, "video",
                            zv_load_sum_report(&tally.video, ZV_LOAD_PROBES, crowd->video_delays));
    zv_load_print("result", fields);
    return is_ok;
}
