/* Workers' events as inputs of call control. */
#define _GNU_SOURCE
#include "base/err.h"
#include "base/log.h"
#include "gateway/gateway_int.h"

#include <string.h>

_Static_assert(ZV_CALL_LEG_WEB == ZV_WORKER_LEG_WEB && ZV_CALL_LEG_SIP == ZV_WORKER_LEG_SIP &&
                   ZV_CALL_LEG_VIDEO == ZV_WORKER_LEG_VIDEO && ZV_CALL_LEG_COUNT == ZV_WORKER_LEGS,
               "the legs of call control are the worker's");

static enum zv_media_failure failure_of(const struct zv_worker_event *event)
{
    switch (event->failed.what) {
    case ZV_WORKER_WHAT_PORTS:
        return ZV_MEDIA_FAILURE_NO_PORTS;
    case ZV_WORKER_WHAT_SLOT:
        return ZV_MEDIA_FAILURE_LIMIT;
    default:
        return ZV_MEDIA_FAILURE_INTERNAL;
    }
}

static enum zv_media_failure dtls_failure_of(const struct zv_worker_event *event)
{
    bool is_fingerprint = event->dtls.reason && strstr(event->dtls.reason, "fingerprint");
    return is_fingerprint ? ZV_MEDIA_FAILURE_FINGERPRINT : ZV_MEDIA_FAILURE_HANDSHAKE;
}

static void fill_ready(const struct zv_gateway *gateway, const struct zv_worker_event *event,
                       struct zv_in_media_ready *ready)
{
    static const struct zv_addr any_ipv4 = {.family = ZV_ADDR_IPV4},
                                any_ipv6 = {.family = ZV_ADDR_IPV6};
    const struct zv_worker_leg_ready *web = &event->ready.legs[ZV_WORKER_LEG_WEB];
    const struct zv_addr *video = &event->ready.legs[ZV_WORKER_LEG_VIDEO].rtp;
    const struct zv_worker *worker = gateway->workers[zv_call_id_worker(event->call)];
    uint16_t port = zv_worker_web_port(worker);
    *ready = (struct zv_in_media_ready){
        .web_ufrag = zv_str(web->ufrag),
        .web_pwd = zv_str(web->pwd),
        .web_fingerprint = zv_str(zv_dtls_ctx_fingerprint(gateway->dtls)),
        .web_cname = zv_str(web->cname),
        .web_ssrc = web->ssrc,
        .video_ssrc = video->family ? web->video_ssrc : 0,
        .video_rtx_ssrc = video->family ? web->video_rtx_ssrc : 0,
        .web_port_ipv4 = zv_worker_serves(worker, &any_ipv4) ? port : 0,
        .web_port_ipv6 = zv_worker_serves(worker, &any_ipv6) ? port : 0,
        .web_tcp = zv_worker_has_tcp(worker),
        .sip_rtp = event->ready.legs[ZV_WORKER_LEG_SIP].rtp,
        .sip_video = *video,
    };
}

static void fill_counters(const struct zv_peer_counters *from, struct zv_leg_counters *to)
{
    *to = (struct zv_leg_counters){
        .rx_packets = from->rx_packets,
        .rx_bytes = from->rx_bytes,
        .tx_packets = from->tx_packets,
        .tx_bytes = from->tx_bytes,
        .rx_lost = from->lost,
        .rx_dropped = from->rx_dropped,
    };
}

/* The web leg's are of both media; the SIP side has a leg for each. */
static void fill_all_counters(const struct zv_worker_stats *stats,
                              struct zv_leg_counters to[ZV_CALL_LEG_COUNT])
{
    const struct zv_peer_video_counters *video = &stats->video[0];
    struct zv_leg_counters *web = &to[ZV_CALL_LEG_WEB];
    for (size_t leg = 0; leg < ZV_CALL_LEG_COUNT; leg++)
        fill_counters(&stats->legs[leg], &to[leg]);
    web->rx_packets += video->rx_packets;
    web->rx_bytes += video->rx_bytes;
    web->tx_packets += video->tx_packets;
    web->tx_bytes += video->tx_bytes;
    web->rx_lost += video->lost;
}

static enum zv_call_in_kind kind_of_failure(const struct zv_worker_event *event)
{
    switch (event->failed.cmd) {
    case ZV_WORKER_CREATE:
        return ZV_CALL_IN_MEDIA_FAILED;
    case ZV_WORKER_RESTART_ICE:
    case ZV_WORKER_RENEW_WEB:
    case ZV_WORKER_OPEN_VIDEO:
        return ZV_CALL_IN_MEDIA_UPDATE_FAILED;
    case ZV_WORKER_SEND_DIGITS:
        return ZV_CALL_IN_MEDIA_DIGITS_REFUSED;
    default:
        return ZV_CALL_IN_NONE;
    }
}

static int64_t age_us(int64_t then_us, int64_t now_us)
{
    return then_us ? now_us - then_us : 0;
}

static void fill_path(const struct zv_worker_event *event, struct zv_in_media_path *to)
{
    const struct zv_peer_path *from = &event->path.is;
    *to = (struct zv_in_media_path){
        .checks = from->checks,
        .refused = from->refused,
        .checked_by = from->checked_by,
        .refused_by = from->refused_by,
        .checked_age_us = age_us(from->checked_us, event->path.at_us),
        .refused_age_us = age_us(from->refused_us, event->path.at_us),
        .nominated = from->nominated,
        .dtls_in = from->dtls_in,
        .dtls_out = from->dtls_out,
        .dtls_failure = from->dtls_failure ? zv_str(from->dtls_failure) : (struct zv_str){0},
    };
}

static enum zv_call_in_kind in_kind_of(const struct zv_worker_event *event)
{
    switch (event->kind) {
    case ZV_WORKER_READY:
        return ZV_CALL_IN_MEDIA_READY;
    case ZV_WORKER_FAILED: /* only a failed CREATE means that there is no media */
        return kind_of_failure(event);
    case ZV_WORKER_ICE_CONNECTED:
        return ZV_CALL_IN_MEDIA_ICE_CONNECTED;
    case ZV_WORKER_DTLS_CONNECTED:
        return ZV_CALL_IN_MEDIA_DTLS_CONNECTED;
    case ZV_WORKER_DTLS_FAILED:
        return ZV_CALL_IN_MEDIA_DTLS_FAILED;
    case ZV_WORKER_CONSENT_LOST:
        return ZV_CALL_IN_MEDIA_CONSENT_LOST;
    case ZV_WORKER_CONSENT_BACK:
        return ZV_CALL_IN_MEDIA_CONSENT_BACK;
    case ZV_WORKER_FIRST_MEDIA:
        return ZV_CALL_IN_MEDIA_FIRST;
    case ZV_WORKER_SILENT:
        return ZV_CALL_IN_MEDIA_SILENT;
    case ZV_WORKER_RESUMED:
        return ZV_CALL_IN_MEDIA_RESUMED;
    case ZV_WORKER_KEYFRAME_WANTED:
        return ZV_CALL_IN_MEDIA_KEYFRAME_WANTED;
    case ZV_WORKER_DIGIT:
        return ZV_CALL_IN_MEDIA_DIGIT;
    case ZV_WORKER_PATH:
        return ZV_CALL_IN_MEDIA_PATH;
    case ZV_WORKER_CLOSED:
        return ZV_CALL_IN_MEDIA_CLOSED;
    default:
        return ZV_CALL_IN_NONE;
    }
}

static void log_pair(const struct zv_worker_event *event, const char *call, const char *leg)
{
    char local[ZV_ADDR_TEXT_CAP], remote[ZV_ADDR_TEXT_CAP];
    const char *name = zv_worker_event_name(event->kind);
    const struct zv_log_field fields[] = {
        zv_log_text("call", call),
        zv_log_text("leg", leg),
        zv_log_text("event", name),
        zv_log_text("local", zv_addr_write(&event->pair.local, local)),
        zv_log_text("remote", zv_log_addr(&event->pair.remote, remote)),
    };
    zv_log_line(ZV_LOG_ABOUT(ZV_LOG_MEDIA, ZV_LOG_INFO, call, fields), "%s %s: %s from %s", leg,
                name, local, remote);
}

static const char *leg_name(uint8_t leg)
{
    static const char *const names[ZV_WORKER_LEGS] = {"web", "sip", "video"};
    return names[leg];
}

static void log_event(const struct zv_worker_event *event)
{
    char correlation[ZV_ID_TEXT_CAP];
    const char *name = zv_worker_event_name(event->kind);
    const char *leg = leg_name(event->leg);
    const struct zv_log_field fields[] = {
        zv_log_text("call", zv_call_id_write(event->call, correlation)),
        zv_log_text("leg", leg),
        zv_log_text("event", name),
    };
    switch (event->kind) {
    case ZV_WORKER_ICE_CONNECTED:
    case ZV_WORKER_FIRST_MEDIA:
    case ZV_WORKER_LATCHED:
        log_pair(event, correlation, leg);
        break;
    case ZV_WORKER_DTLS_FAILED:
        zv_log_line(ZV_LOG_ABOUT(ZV_LOG_MEDIA, ZV_LOG_WARN, correlation, fields), "%s %s: %s", leg,
                    name, event->dtls.reason ? event->dtls.reason : "no reason given");
        break;
    case ZV_WORKER_DTLS_CONNECTED:
        zv_log_line(ZV_LOG_ABOUT(ZV_LOG_MEDIA, ZV_LOG_INFO, correlation, fields),
                    "%s %s: SRTP profile %u", leg, name, event->dtls.profile);
        break;
    case ZV_WORKER_FAILED:
        zv_log_line(ZV_LOG_ABOUT(ZV_LOG_MEDIA, ZV_LOG_WARN, correlation, fields),
                    "worker refused: %s (%s)", zv_worker_what_name(event->failed.what),
                    zv_err_text(event->failed.err));
        break;
    case ZV_WORKER_CONSENT_LOST:
    case ZV_WORKER_CONSENT_BACK:
    case ZV_WORKER_SILENT:
    case ZV_WORKER_RESUMED:
        zv_log_line(ZV_LOG_ABOUT(ZV_LOG_MEDIA, ZV_LOG_INFO, correlation, fields), "%s %s", leg,
                    name);
        break;
    default:
        break;
    }
}

void zv_gateway_deliver_event(struct zv_gateway *gateway, const struct zv_worker_event *event)
{
    struct zv_call_in in = {.kind = in_kind_of(event)};
    log_event(event);
    zv_gateway_record_media(gateway, event);
    if (event->kind == ZV_WORKER_READY)
        zv_capture_on_media(gateway->captures, event->call);
    zv_gateway_admin_event(gateway, event);
    zv_truth_on_event(gateway, event);
    if (in.kind == ZV_CALL_IN_NONE)
        return;
    in.u.media.call = event->call;
    in.u.media.leg = (enum zv_call_leg)event->leg;
    if (event->kind == ZV_WORKER_READY)
        fill_ready(gateway, event, &in.u.media.ready);
    else if (event->kind == ZV_WORKER_FAILED)
        in.u.media.failure = failure_of(event);
    else if (event->kind == ZV_WORKER_DTLS_FAILED)
        in.u.media.failure = dtls_failure_of(event);
    else if (event->kind == ZV_WORKER_SILENT)
        in.u.media.since_us = event->since_us;
    else if (event->kind == ZV_WORKER_PATH)
        fill_path(event, &in.u.media.path);
    else if (event->kind == ZV_WORKER_DIGIT)
        in.u.media.press = (struct zv_in_press){.digit = zv_str_n(&event->press.digit, 1),
                                                .duration_ms = event->press.duration_ms};
    if (event->kind == ZV_WORKER_CLOSED) {
        zv_metrics_note_media(&gateway->metrics, &event->stats);
        fill_all_counters(&event->stats, in.u.media.counters);
    }
    zv_gateway_input(gateway, &in);
}
