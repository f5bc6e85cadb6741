/*
 * The cut, the way back, and how long until there is sound again. The session is taken up with the
 * token; media goes on by an ICE restart, or by a new peer connection after a reload.
 */
#define _GNU_SOURCE
#include "tools/webclient/client_int.h"

#include "base/err.h"
#include "base/time.h"
#include "rtc/dtls/dtls.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* TALKING is so long after HEARD. */
#define TALKING_US ZV_SECONDS(1)

int zv_wc_point_of(const char *name, enum zv_wc_point *ret_point)
{
    static const char *const names[] = {
#define X(id, text) text,
        ZV_WC_POINT_LIST(X)
#undef X
    };
    for (int i = 0; i < ZV_WC_POINT_COUNT; i++) {
        if (strcmp(name, names[i]) != 0)
            continue;
        *ret_point = (enum zv_wc_point)i;
        return 0;
    }
    return ZV_E_NOTFOUND;
}

int zv_wc_loss_of(const char *name, enum zv_wc_loss *ret_loss)
{
    static const char *const names[] = {"reset", "silence", "reload"};
    for (size_t i = 0; i < ZV_ARRAY_LEN(names); i++) {
        if (strcmp(name, names[i]) != 0)
            continue;
        *ret_loss = (enum zv_wc_loss)i;
        return 0;
    }
    return ZV_E_NOTFOUND;
}

bool zv_wc_client_may_return(const struct zv_wc_client *client)
{
    return client->cfg.cut.point != ZV_WC_POINT_NEVER;
}

bool zv_wc_client_reach(struct zv_wc_client *client, enum zv_wc_point point, int64_t now_us)
{
    if (point == ZV_WC_POINT_HEARD && client->cfg.cut.point == ZV_WC_POINT_TALKING &&
        client->cut_us == ZV_TIME_NEVER && !client->was_cut)
        client->cut_us = now_us + TALKING_US;
    if (point != client->cfg.cut.point || client->was_cut)
        return false;
    client->cut_us = now_us;
    return true;
}

/* ---- the cut ---- */

static void reset_socket(struct zv_wc_client *client)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    (void)setsockopt(zv_wc_ws_fd(client->ws), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    client->ws = zv_wc_ws_free(client->ws);
}

/* As a page that is reloaded: its peer connection says good-bye, and its certificate is gone. */
static void reload(struct zv_wc_client *client, int64_t now_us)
{
    const struct zv_dtls_ctx_cfg dtls = {.now_unix_s = client->cfg.now_unix_s};
    zv_wc_ws_leave(client->ws, 1001);
    client->ws = zv_wc_ws_free(client->ws);
    if (client->media)
        zv_wc_media_close(client->media, now_us);
    client->media = zv_wc_media_free(client->media);
    zv_dtls_ctx_unref(client->own_dtls_ctx);
    client->own_dtls_ctx = NULL;
    if (zv_dtls_ctx_new(&client->own_dtls_ctx, &dtls))
        zv_wc_client_end(client, "no_certificate", now_us);
    client->cfg.dtls_ctx = client->own_dtls_ctx;
    client->last_seq = -1;
    json_decref(client->offer);
    client->offer = NULL;
}

static void cut(struct zv_wc_client *client, int64_t now_us)
{
    client->cut_us = ZV_TIME_NEVER;
    client->was_cut = true;
    client->return_us = now_us + client->cfg.cut.away_us;
    zv_wc_report(client, "cut", NULL, now_us);
    if (client->cfg.cut.loss == ZV_WC_LOSS_RESET) {
        reset_socket(client);
    } else if (client->cfg.cut.loss == ZV_WC_LOSS_RELOAD) {
        reload(client, now_us);
    } else {
        client->mute_ws = client->ws;
        client->ws = NULL;
    }
}

static void come_back(struct zv_wc_client *client, int64_t now_us)
{
    const struct zv_wc_ws_cfg ws = {.url = client->cfg.url, .rand = client->cfg.rand};
    client->return_us = ZV_TIME_NEVER;
    int err = zv_wc_ws_new(&client->ws, &ws);
    if (err)
        zv_wc_client_end(client, zv_err_text(err), now_us);
}

int64_t zv_wc_client_cut_deadline_us(const struct zv_wc_client *client)
{
    return zv_time_min(client->cut_us, client->return_us);
}

void zv_wc_client_run_cut(struct zv_wc_client *client, int64_t now_us)
{
    struct zv_wc_media_stats stats;
    if (client->state != ZV_WC_DONE && client->cut_us <= now_us)
        cut(client, now_us);
    if (client->state != ZV_WC_DONE && client->return_us <= now_us)
        come_back(client, now_us);
    if (!client->resumed_us || client->sound_us || !client->media)
        return;
    zv_wc_media_stats(client->media, &stats);
    if (stats.peer.rx_packets <= client->packets_before)
        return;
    client->sound_us = now_us;
    zv_wc_report(
        client, "sound",
        json_pack("{s:f}", "afterMs", (double)(now_us - client->resumed_us) / ZV_US_PER_MS),
        now_us);
}

/* ---- the return ---- */

static json_t *find_call(const struct zv_wc_client *client, json_t *calls)
{
    size_t i;
    json_t *call;
    json_array_foreach(calls, i, call)
    {
        const char *id = json_string_value(json_object_get(call, "callId"));
        if (id && strcmp(id, client->call_id) == 0)
            return call;
    }
    return NULL;
}

/* The client's own new offer; false: none is needed. */
static bool renew_media(struct zv_wc_client *client, int64_t now_us)
{
    if (client->cfg.cut.loss == ZV_WC_LOSS_RELOAD)
        return zv_wc_client_open_media(client, now_us);
    return client->media && zv_wc_media_has_remote(client->media) &&
           zv_wc_media_restart(client->media, now_us) == 0;
}

static void take_up(struct zv_wc_client *client, const char *status, bool rings, int64_t now_us)
{
    bool is_reload = client->cfg.cut.loss == ZV_WC_LOSS_RELOAD;
    if (rings && is_reload) { /* it is announced again */
        client->state = ZV_WC_WAITING;
        client->ringing_us = 0;
        client->call_id[0] = '\0';
        return;
    }
    if (rings) {
        client->ringing_us = 0;
        zv_wc_client_on_ring(client, now_us);
    } else if (renew_media(client, now_us)) {
        zv_wc_client_offer_again(client, now_us);
    }
    if (is_reload && status && strcmp(status, "ESTABLISHED") == 0)
        zv_wc_client_on_talk(client, now_us); /* it may have been told before */
}

void zv_wc_client_on_resumed(struct zv_wc_client *client, json_t *data, int64_t now_us)
{
    json_t *resumed = json_array_get(data, 0);
    json_t *call = find_call(client, json_object_get(resumed, "calls"));
    const char *status = json_string_value(json_object_get(call, "status"));
    bool rings =
        json_is_true(json_object_get(call, "incoming")) && status && strcmp(status, "RING") == 0;
    struct zv_wc_media_stats stats = {0};
    client->resumed_us = now_us;
    if (client->media)
        zv_wc_media_stats(client->media, &stats);
    client->packets_before = client->cfg.cut.loss == ZV_WC_LOSS_RELOAD ? 0 : stats.peer.rx_packets;
    zv_wc_report(client, "resumed",
                 json_pack("{s:s, s:O, s:O}", "status", status ? status : "none", "replayed",
                           json_object_get(resumed, "replayed"), "complete",
                           json_object_get(resumed, "complete")),
                 now_us);
    if (call)
        take_up(client, status, rings, now_us);
    else if (client->cfg.cut.point <= ZV_WC_POINT_CALLED) /* `call` may have been lost, too */
        zv_wc_client_go_on(client, now_us);
    else if (!json_integer_value(json_object_get(resumed, "replayed")))
        zv_wc_client_end(client, "call_lost", now_us);
}
