#include "tools/webclient/client_int.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/time.h"
#include "rtc/dtls/dtls.h"

#include <stdio.h>
#include <string.h>

int zv_wc_client_new(struct zv_wc_client **ret_client, const struct zv_wc_client_cfg *cfg,
                     int64_t now_us)
{
    const struct zv_wc_ws_cfg ws = {.url = cfg->url, .rand = cfg->rand};
    struct zv_wc_client *client = zv_zalloc(sizeof(*client));
    if (!client)
        return ZV_E_NOMEM;
    client->cfg = *cfg;
    client->started_us = now_us;
    client->give_up_us = now_us + cfg->timeout_us;
    client->hangup_us = ZV_TIME_NEVER;
    client->cut_us = client->return_us = ZV_TIME_NEVER;
    client->last_seq = -1;
    int err = zv_wc_ws_new(&client->ws, &ws);
    if (err) {
        zv_free(client);
        return err;
    }
    *ret_client = client;
    return 0;
}

struct zv_wc_client *zv_wc_client_free(struct zv_wc_client *client)
{
    if (!client)
        return NULL;
    zv_wc_ws_free(client->ws);
    zv_wc_ws_free(client->mute_ws);
    zv_wc_media_free(client->media);
    zv_dtls_ctx_unref(client->own_dtls_ctx);
    json_decref(client->offer);
    return zv_free(client);
}

/* ---- Media ---- */

static void note_once(int64_t *milestone_us, int64_t now_us)
{
    if (!*milestone_us)
        *milestone_us = now_us;
}

static void on_peer_event(void *arg, const struct zv_peer_event *event, int64_t now_us)
{
    struct zv_wc_client *client = arg;
    if (event->kind == ZV_PEER_EVENT_ICE_NOMINATED)
        note_once(&client->ice_us, now_us);
    if (event->kind == ZV_PEER_EVENT_DTLS_CONNECTED)
        note_once(&client->dtls_us, now_us);
    if (event->kind == ZV_PEER_EVENT_FIRST_MEDIA)
        note_once(&client->heard_us, now_us);
    zv_wc_report_peer_event(client, event, now_us);
    if (event->kind == ZV_PEER_EVENT_ICE_NOMINATED)
        zv_wc_client_reach(client, ZV_WC_POINT_ICE, now_us);
    if (event->kind == ZV_PEER_EVENT_DTLS_CONNECTED)
        zv_wc_client_reach(client, ZV_WC_POINT_DTLS, now_us);
    if (event->kind == ZV_PEER_EVENT_FIRST_MEDIA)
        zv_wc_client_reach(client, ZV_WC_POINT_HEARD, now_us);
}

static void on_presence(void *arg, const struct zv_wc_presence *presence, int64_t now_us)
{
    zv_wc_report_presence(arg, presence, now_us);
}

bool zv_wc_client_open_media(struct zv_wc_client *client, int64_t now_us)
{
    const struct zv_wc_media_cfg cfg = {.rand = client->cfg.rand,
                                        .dtls_ctx = client->cfg.dtls_ctx,
                                        .tone_hz = client->cfg.tone_hz,
                                        .hear_hz = client->cfg.hear_hz,
                                        .voice = client->cfg.voice,
                                        .picture = client->cfg.picture,
                                        .is_in_step = client->cfg.is_in_step,
                                        .follows_host = client->cfg.follows_host,
                                        .on_event_fn = on_peer_event,
                                        .on_presence_fn =
                                            client->cfg.tells_presence ? on_presence : NULL,
                                        .arg = client};
    int err = zv_wc_media_new(&client->media, &cfg, now_us);
    if (err)
        zv_wc_client_end(client, zv_err_text(err), now_us);
    return !err;
}

/* ---- The end ---- */

static bool was_heard(const struct zv_wc_client *client)
{
    struct zv_wc_media_stats stats;
    if (!client->media)
        return false;
    zv_wc_media_stats(client->media, &stats);
    if (client->cfg.hear_hz > 0 && !client->listens)
        return stats.heard.purity >= ZV_WC_EAR_PURITY;
    return !client->cfg.needs_media || (client->dtls_us && stats.peer.rx_packets > 0);
}

static bool is_reached(const struct zv_wc_client *client)
{
    switch (client->cfg.goal) {
    case ZV_WC_REGISTER:
        return client->registered_us || !client->cfg.is_registering;
    case ZV_WC_CALL:
    case ZV_WC_WAIT_CALL:
        return client->has_finish && client->answered_us && was_heard(client);
    case ZV_WC_CANCEL:
    case ZV_WC_WAIT_DECLINE:
        return client->has_finish && client->is_hung_up && !client->answered_us;
    }
    return false;
}

void zv_wc_client_end(struct zv_wc_client *client, const char *cause, int64_t now_us)
{
    if (client->state == ZV_WC_DONE)
        return;
    if (cause && !client->cause[0])
        snprintf(client->cause, sizeof(client->cause), "%s", cause);
    client->state = ZV_WC_DONE;
    client->is_ok = !cause && is_reached(client);
    if (client->media)
        zv_wc_media_close(client->media, now_us);
    if (client->ws)
        zv_wc_ws_close(client->ws);
    zv_wc_report_result(client, now_us);
}

bool zv_wc_client_is_talking(const struct zv_wc_client *client)
{
    return client->state == ZV_WC_TALKING;
}

void zv_wc_client_stats(const struct zv_wc_client *client, struct zv_wc_media_stats *ret_stats)
{
    *ret_stats = (struct zv_wc_media_stats){0};
    if (client->media)
        zv_wc_media_stats(client->media, ret_stats);
}

bool zv_wc_client_is_done(const struct zv_wc_client *client)
{
    return client->state == ZV_WC_DONE;
}

bool zv_wc_client_is_ok(const struct zv_wc_client *client)
{
    return client->is_ok;
}

/* ---- Machine ---- */

size_t zv_wc_client_fds(const struct zv_wc_client *client,
                        struct pollfd ret_fds[ZV_WC_CLIENT_MAX_FDS])
{
    size_t count = 0;
    if (client->ws && zv_wc_ws_fd(client->ws) >= 0)
        ret_fds[count++] =
            (struct pollfd){.fd = zv_wc_ws_fd(client->ws), .events = zv_wc_ws_events(client->ws)};
    if (client->media)
        count += zv_wc_media_fds(client->media, ret_fds + count);
    return count;
}

int64_t zv_wc_client_deadline_us(const struct zv_wc_client *client)
{
    int64_t at_us = zv_time_min(zv_time_min(client->give_up_us, client->hangup_us),
                                zv_wc_client_cut_deadline_us(client));
    if (client->state == ZV_WC_DONE)
        return ZV_TIME_NEVER;
    return client->media ? zv_time_min(at_us, zv_wc_media_deadline_us(client->media)) : at_us;
}

static void on_closed(struct zv_wc_client *client, int64_t now_us)
{
    const char *reason = zv_wc_ws_close_reason(client->ws);
    zv_wc_report(client, "closed",
                 json_pack("{s:i, s:s}", "code", zv_wc_ws_close_code(client->ws), "reason", reason),
                 now_us);
    zv_wc_client_end(client, "disconnected", now_us);
}

static void read_messages(struct zv_wc_client *client, int64_t now_us)
{
    struct zv_str text;
    while (client->state != ZV_WC_DONE && client->ws && client->cut_us > now_us) {
        switch (zv_wc_ws_poll(client->ws, &text)) {
        case ZV_WC_WS_OPENED:
            zv_wc_client_on_open(client, now_us);
            break;
        case ZV_WC_WS_TEXT:
            zv_wc_client_on_text(client, text, now_us);
            break;
        case ZV_WC_WS_CLOSED:
            on_closed(client, now_us);
            return;
        case ZV_WC_WS_NONE:
            return;
        }
    }
}

void zv_wc_client_run_media(struct zv_wc_client *client, int64_t now_us)
{
    if (client->media)
        zv_wc_media_run(client->media, now_us);
}

void zv_wc_client_run(struct zv_wc_client *client, int64_t now_us)
{
    read_messages(client, now_us);
    zv_wc_client_run_media(client, now_us);
    zv_wc_client_tell_heard(client, now_us);
    zv_wc_client_run_cut(client, now_us);
    if (client->hangup_us <= now_us && (!client->was_cut || client->resumed_us))
        zv_wc_client_hang_up(client, now_us);
    if (client->give_up_us <= now_us)
        zv_wc_client_end(client, "timeout", now_us);
}
