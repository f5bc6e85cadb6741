/*
 * call ID: what call control knows at once, and what the worker counts, which has to be asked for.
 * The answer waits for that a second; then it goes without.
 */
#define _GNU_SOURCE
#include "base/alloc.h"
#include "gateway/admin.h"
#include "gateway/admin_video.h"
#include "gateway/gateway_int.h"
#include "io/clock.h"

#define FIGURES_US ZV_SECONDS(1)

struct wait {
    struct zv_list_node node; /* in zv_gateway_admin.waits, the first due first */
    zv_admin_id id;
    zv_call_id call;
    int64_t deadline_us;
};

/* ---- the answer ---- */

struct portrait {
    const struct zv_gateway *gateway;
    const struct zv_call_view *view;
    const struct zv_worker_stats *stats; /* NULL: not known */
    int64_t now_us;
};

static void write_pt(struct zv_json *json, const char *key, int pt)
{
    if (pt == ZV_PT_NONE)
        zv_json_null(json, key);
    else
        zv_json_int(json, key, pt);
}

static void write_codecs(struct zv_json *json, const struct zv_media_plan *plan)
{
    zv_json_open_list(json, "codecs");
    for (int i = 0; i < plan->pair_count; i++) {
        const struct zv_codec_pair *pair = &plan->pairs[i];
        zv_json_open_object(json, NULL);
        zv_json_text(json, "name", zv_codec_name((enum zv_codec_kind)pair->kind));
        zv_json_uint(json, "clockHz", pair->clock_hz);
        write_pt(json, "clientPt", pair->web_pt);
        write_pt(json, "sipTxPt", pair->sip_tx_pt);
        write_pt(json, "sipRxPt", pair->sip_rx_pt);
        zv_json_bool(json, "agreed", i == plan->committed);
        zv_json_close_object(json);
    }
    zv_json_close_list(json);
}

static void write_addr(struct zv_json *json, const char *key, const struct zv_addr *addr)
{
    char text[ZV_ADDR_TEXT_CAP];
    if (addr->family == ZV_ADDR_NONE)
        zv_json_null(json, key);
    else
        zv_json_text(json, key, zv_addr_write(addr, text));
}

static void write_drops(struct zv_json *json, const struct zv_peer_counters *counters)
{
    zv_json_open_object(json, "drops");
    for (int drop = 0; drop < ZV_PEER_DROP_COUNT; drop++) {
        if (counters->drops[drop])
            zv_json_uint(json, zv_peer_drop_name((enum zv_peer_drop)drop), counters->drops[drop]);
    }
    zv_json_close_object(json);
}

static double percent_lost(const struct zv_peer_counters *counters)
{
    uint64_t expected = counters->rx_packets + counters->lost;
    return expected ? 100.0 * (double)counters->lost / (double)expected : 0;
}

static void write_received(struct zv_json *json, const struct zv_peer_counters *counters,
                           int64_t at_us)
{
    zv_json_uint(json, "rxPackets", counters->rx_packets);
    zv_json_uint(json, "rxBytes", counters->rx_bytes);
    zv_json_uint(json, "rxLost", counters->lost);
    zv_json_number(json, "rxLossPercent", percent_lost(counters), 2);
    zv_json_uint(json, "rxReordered", counters->reordered);
    zv_json_number(json, "rxJitterMs", counters->jitter_us / 1000.0, 1);
    zv_json_uint(json, "rxDropped", counters->rx_dropped);
    zv_json_uint(json, "rxSsrc", counters->rx_ssrc);
    if (counters->last_rx_us)
        zv_admin_write_ms(json, "lastRxAgoMs", counters->last_rx_us, at_us);
    else
        zv_json_null(json, "lastRxAgoMs");
}

static void write_sent(struct zv_json *json, const struct zv_peer_counters *counters)
{
    zv_json_uint(json, "txPackets", counters->tx_packets);
    zv_json_uint(json, "txBytes", counters->tx_bytes);
    zv_json_uint(json, "txSsrc", counters->tx_ssrc);
    zv_json_uint(json, "remoteLost", counters->remote_lost);
    zv_json_number(json, "remoteJitterMs", counters->remote_jitter_us / 1000.0, 1);
    if (counters->rtt_us)
        zv_json_number(json, "rttMs", counters->rtt_us / 1000.0, 1);
    else
        zv_json_null(json, "rttMs");
}

static void write_bridge(struct zv_json *json, const struct zv_bridge_counters *counters)
{
    zv_json_uint(json, "forwarded", counters->forwarded);
    zv_json_uint(json, "held", counters->held);
    zv_json_uint(json, "unknownPt", counters->unknown_pt);
    zv_json_uint(json, "telephoneEvents", counters->telephone_events);
}

static void write_figures(struct zv_json *json, const struct zv_worker_stats *stats, int leg)
{
    const struct zv_peer_counters *counters = &stats->legs[leg];
    write_addr(json, "remote", &counters->remote);
    if (counters->last_rejected.family != ZV_ADDR_NONE)
        write_addr(json, "lastRejected", &counters->last_rejected);
    if (counters->srtp)
        zv_json_text(json, "srtp", zv_crypto_suite_name((enum zv_crypto_suite)counters->srtp));
    write_received(json, counters, stats->at_us);
    write_sent(json, counters);
    write_bridge(json, &stats->bridge[leg]);
    zv_json_uint(json, "rtcpReceived", counters->rx_rtcp);
    zv_json_uint(json, "rtcpSent", counters->tx_rtcp);
    zv_json_uint(json, "moves", counters->moves);
    if (leg == ZV_WORKER_LEG_WEB)
        zv_json_uint(json, "iceChecks", counters->checks);
    zv_admin_write_leg_video(json, &stats->video[leg]);
    write_drops(json, counters);
}

/* ---- what is true of a leg ---- */

static void write_verdict(struct zv_json *json, const struct zv_verdict *verdict, int64_t now_us)
{
    char memory[ZV_VERDICT_TEXT_CAP];
    struct zv_buf text = zv_buf(memory, sizeof(memory));
    zv_json_open_object(json, "verdict");
    zv_json_text(json, "code", zv_verdict_name(verdict->code));
    zv_json_text(json, "severity", zv_verdict_severity_name(zv_verdict_severity(verdict->code)));
    zv_verdict_write_text(verdict, zv_addr_write, &text);
    zv_json_str(json, "text", zv_buf_str(&text));
    text = zv_buf(memory, sizeof(memory));
    zv_verdict_write_remedy(verdict, zv_addr_write, &text);
    zv_json_str(json, "remedy", zv_buf_str(&text));
    if (verdict->since_us)
        zv_admin_write_ms(json, "sinceMs", verdict->since_us, now_us);
    zv_json_close_object(json);
}

static void write_way(struct zv_json *json, const struct zv_quality_way *way)
{
    zv_json_number(json, "mos", way->mos, 2);
    zv_json_number(json, "lossPercent", way->loss_percent, 2);
    zv_json_number(json, "jitterMs", way->jitter_ms, 1);
}

static void write_quality(struct zv_json *json, const struct zv_leg_quality *quality)
{
    zv_json_open_object(json, "quality");
    if (quality->heard.is_known)
        write_way(json, &quality->heard);
    zv_json_number(json, "kbps", quality->kbps, 1);
    if (quality->reported.is_known) {
        zv_json_open_object(json, "reported");
        write_way(json, &quality->reported);
        zv_json_close_object(json);
    }
    zv_json_close_object(json);
}

static void write_truth(struct zv_json *json, const struct portrait *portrait, int leg)
{
    struct zv_truth_view truth;
    if (!zv_truth_view(portrait->gateway, portrait->view->id, &truth))
        return;
    write_verdict(json, truth.verdicts[leg], portrait->now_us);
    if (truth.has_quality)
        write_quality(json, &truth.quality[leg]);
}

static void write_leg(struct zv_json *json, const struct portrait *portrait, int leg)
{
    const struct zv_call_view *view = portrait->view;
    uint32_t worker = zv_call_id_worker(view->id);
    bool is_web = leg == ZV_CALL_LEG_WEB;
    zv_json_open_object(json, is_web ? "client" : "sip");
    if (is_web)
        zv_json_uint(json, "localPort", zv_worker_web_port(portrait->gateway->workers[worker]));
    else
        write_addr(json, "local", &view->sip_local);
    if (!is_web)
        write_addr(json, "described", &view->sip_remote);
    zv_json_bool(json, "heard", view->is_heard[leg]);
    if (view->is_silent[leg])
        zv_admin_write_ms(json, "silentMs", view->silent_since_us[leg], portrait->now_us);
    write_truth(json, portrait, leg);
    if (portrait->stats)
        write_figures(json, portrait->stats, leg);
    zv_json_close_object(json);
}

static void write_sip_call_id(struct zv_json *json, const struct portrait *portrait)
{
    char name[ZV_ID_TEXT_CAP];
    const struct zv_trace *trace =
        zv_admin_find_trace(portrait->gateway, zv_str(zv_call_id_write(portrait->view->id, name)));
    if (trace)
        zv_json_text(json, "sipCallId", trace->sip_call_id);
}

static void write_portrait(const void *arg, struct zv_json *json)
{
    const struct portrait *portrait = arg;
    zv_json_open_object(json, "call");
    zv_admin_write_call(json, portrait->view, portrait->now_us);
    write_sip_call_id(json, portrait);
    zv_json_uint(json, "worker", zv_call_id_worker(portrait->view->id));
    if (portrait->view->sip_status)
        zv_json_int(json, "sipStatus", portrait->view->sip_status);
    write_codecs(json, portrait->view->plan);
    zv_admin_write_video(json, &portrait->view->plan->video);
    zv_json_bool(json, "hasFigures", portrait->stats != NULL);
    zv_json_open_object(json, "legs");
    write_leg(json, portrait, ZV_CALL_LEG_WEB);
    write_leg(json, portrait, ZV_CALL_LEG_SIP);
    zv_json_close_object(json);
    zv_json_close_object(json);
}

/* ---- waiting ---- */

static void rearm(struct zv_gateway *gateway)
{
    struct zv_list_node *node = zv_list_first(&gateway->admin.waits);
    zv_loop_timer_arm(gateway->admin.timer,
                      node ? ZV_CONTAINER_OF(node, struct wait, node)->deadline_us : ZV_TIME_NEVER);
}

static void finish(struct zv_gateway *gateway, struct wait *wait,
                   const struct zv_worker_stats *stats)
{
    struct zv_call_view view;
    struct portrait portrait = {
        .gateway = gateway, .view = &view, .stats = stats, .now_us = zv_clock_now_us()};
    static const struct zv_admin_refusal ended = {
        .error = "call_ended",
        .text = "the call ended while it was looked at",
        .remedy = "ask again for what is left of it",
    };
    zv_admin_id id = wait->id;
    bool is_there = zv_switch_view_call(gateway->sw, wait->call, &view);
    zv_list_remove(&wait->node);
    zv_free(wait);
    if (is_there)
        zv_admin_answer(gateway->admin.server, id, write_portrait, &portrait);
    else
        zv_admin_refuse(gateway->admin.server, id, &ended);
}

static void on_due(void *arg, int64_t now_us)
{
    struct zv_gateway *gateway = arg;
    ZV_LIST_EACH (node, &gateway->admin.waits) {
        struct wait *wait = ZV_CONTAINER_OF(node, struct wait, node);
        if (wait->deadline_us <= now_us)
            finish(gateway, wait, NULL);
    }
    rearm(gateway);
}

void zv_gateway_admin_event(struct zv_gateway *gateway, const struct zv_worker_event *event)
{
    bool is_late = event->kind == ZV_WORKER_GONE && event->failed.cmd == ZV_WORKER_GET_STATS;
    if ((event->kind != ZV_WORKER_STATS && !is_late) || zv_list_is_empty(&gateway->admin.waits))
        return;
    ZV_LIST_EACH (node, &gateway->admin.waits) {
        struct wait *wait = ZV_CONTAINER_OF(node, struct wait, node);
        if (zv_call_id_eq(wait->call, event->call))
            finish(gateway, wait, is_late ? NULL : &event->stats);
    }
    rearm(gateway);
}

static bool ask_worker(struct zv_gateway *gateway, zv_call_id call)
{
    struct zv_worker_cmd cmd = {.kind = ZV_WORKER_GET_STATS, .call = call};
    uint32_t worker = zv_call_id_worker(call);
    return worker < gateway->worker_count && zv_worker_post(gateway->workers[worker], &cmd) == 0;
}

static bool has_timer(struct zv_gateway *gateway)
{
    return gateway->admin.timer ||
           zv_loop_timer_open(&gateway->admin.timer, gateway->loop, on_due, gateway) == 0;
}

/* ---- the verb ---- */

static void write_finished(const void *arg, struct zv_json *json)
{
    const struct zv_trace *trace = arg;
    zv_json_open_object(json, "call");
    zv_trace_write_head(trace, json);
    zv_admin_write_ms(json, "ageMs", trace->created_us, zv_clock_now_us());
    if (trace->answered_us)
        zv_admin_write_ms(json, "talkMs", trace->answered_us, trace->ended_us);
    zv_json_close_object(json);
}

static void answer_finished(struct zv_gateway *gateway, const struct zv_admin_query *query)
{
    const struct zv_trace *trace = zv_admin_find_trace(gateway, zv_str(query->request->id));
    if (trace)
        zv_admin_answer(gateway->admin.server, query->id, write_finished, trace);
    else
        zv_admin_refuse_unknown(gateway, query);
}

void zv_admin_call(struct zv_gateway *gateway, const struct zv_admin_query *query)
{
    struct zv_call_view view;
    if (!zv_admin_find_live(gateway, zv_str(query->request->id), &view)) {
        answer_finished(gateway, query);
        return;
    }
    struct wait *wait = has_timer(gateway) ? zv_zalloc(sizeof(*wait)) : NULL;
    if (wait && ask_worker(gateway, view.id)) {
        wait->id = query->id;
        wait->call = view.id;
        wait->deadline_us = zv_clock_now_us() + FIGURES_US;
        zv_list_append(&gateway->admin.waits, &wait->node);
        rearm(gateway);
        return;
    }
    struct portrait portrait = {.gateway = gateway, .view = &view, .now_us = zv_clock_now_us()};
    zv_free(wait);
    zv_admin_answer(gateway->admin.server, query->id, write_portrait, &portrait);
}

void zv_admin_forget_wait(struct zv_gateway *gateway, zv_admin_id id)
{
    ZV_LIST_EACH (node, &gateway->admin.waits) {
        struct wait *wait = ZV_CONTAINER_OF(node, struct wait, node);
        if (wait->id.v != id.v)
            continue;
        zv_list_remove(node);
        zv_free(wait);
    }
}

void zv_admin_close_waits(struct zv_gateway *gateway)
{
    struct zv_list_node *node;
    while ((node = zv_list_pop(&gateway->admin.waits)))
        zv_free(ZV_CONTAINER_OF(node, struct wait, node));
    gateway->admin.timer = zv_loop_timer_close(gateway->admin.timer);
}
