/*
 * The messages: an object {"message": name, "data": […]} each. What decides about a call is its
 * `status`, the name only says when it comes (as in the web SDK).
 */
#define _GNU_SOURCE
#include "tools/webclient/client_int.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/time.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DESCRIPTION 4096

/* ---- Said ---- */

/* Takes over `argument`. */
static void say(struct zv_wc_client *client, const char *message, json_t *argument, int64_t now_us)
{
    json_t *envelope = json_pack("{s:s, s:[o]}", "message", message, "data", argument);
    char *text = json_dumps(envelope, JSON_COMPACT);
    int err = text ? zv_wc_ws_send(client->ws, zv_str(text)) : ZV_E_NOMEM;
    free(text);
    json_decref(envelope);
    if (strcmp(message, "pong") != 0)
        zv_wc_report(client, "sent", json_pack("{s:s}", "message", message), now_us);
    if (err)
        zv_wc_client_end(client, "send_failed", now_us);
}

static void set_text(json_t *object, const char *key, const char *text)
{
    if (text)
        json_object_set_new(object, key, json_string(text));
}

/* Without SIP fields: the session has them. */
static void greet_again(struct zv_wc_client *client, int64_t now_us)
{
    json_t *account =
        json_pack("{s:s, s:[s], s:[s], s:s}", "appKey", "defaultApp", "mediaProviders", "WebRTC",
                  "features", "resume", "authToken", client->token);
    if (client->last_seq >= 0)
        json_object_set_new(account, "lastSeq", json_integer(client->last_seq));
    say(client, "connection", account, now_us);
}

void zv_wc_client_on_open(struct zv_wc_client *client, int64_t now_us)
{
    const struct zv_wc_client_cfg *cfg = &client->cfg;
    if (client->was_cut) {
        greet_again(client, now_us);
        return;
    }
    json_t *account = json_pack("{s:s, s:[s], s:s, s:s, s:{}}", "appKey", "defaultApp",
                                "mediaProviders", "WebRTC", "clientVersion", "2.0",
                                "clientBrowserVersion", "webclient", "clientInfo");
    set_text(account, "sipLogin", cfg->login);
    set_text(account, "sipAuthenticationName", cfg->auth_name);
    set_text(account, "sipPassword", cfg->password);
    set_text(account, "sipDomain", cfg->domain);
    set_text(account, "sipOutboundProxy", cfg->proxy);
    if (cfg->port)
        json_object_set_new(account, "sipPort", json_integer(cfg->port));
    json_object_set_new(account, "sipRegisterRequired", json_boolean(cfg->is_registering));
    json_t *features = json_array();
    if (zv_wc_client_may_return(client))
        json_array_append_new(features, json_string("resume"));
    if (cfg->wants_digits)
        json_array_append_new(features, json_string("dtmf"));
    if (json_array_size(features) > 0)
        json_object_set(account, "features", features);
    json_decref(features);
    client->state = ZV_WC_GREETING;
    say(client, "connection", account, now_us);
}

/* The description of our end as a JSON string, or NULL when the client ended. */
static json_t *describe(struct zv_wc_client *client, const struct zv_wc_remote *remote,
                        int64_t now_us)
{
    char memory[MAX_DESCRIPTION];
    struct zv_buf text = zv_buf(memory, sizeof(memory));
    struct zv_wc_local local = {.codecs = client->cfg.codecs,
                                .session_id = zv_rand_u64(client->cfg.rand) >> 2,
                                .has_video = client->cfg.picture && !remote,
                                .remote = remote};
    zv_wc_media_local(client->media, &local.peer);
    zv_wc_write_description(&local, &text);
    if (!text.overflow)
        return json_stringn(text.p, text.len);
    zv_wc_client_end(client, "description_too_long", now_us);
    return NULL;
}

/* A random UUID (RFC 9562 §5.4). */
static void make_call_id(struct zv_wc_client *client)
{
    uint64_t high = zv_rand_u64(client->cfg.rand), low = zv_rand_u64(client->cfg.rand);
    snprintf(client->call_id, sizeof(client->call_id),
             "%08" PRIx64 "-%04" PRIx64 "-4%03" PRIx64 "-%04" PRIx64 "-%012" PRIx64, high >> 32,
             high >> 16 & 0xffff, high & 0xfff, (low >> 48 & 0x3fff) | 0x8000,
             low & UINT64_C(0xffffffffffff));
}

static json_t *make_call(const struct zv_wc_client *client, bool incoming, json_t *description)
{
    return json_pack("{s:s, s:b, s:b, s:b, s:s, s:s, s:o}", "callId", client->call_id, "incoming",
                     incoming, "hasVideo", client->cfg.picture && !incoming, "hasAudio", 1,
                     "status", "PENDING", "mediaProvider", "WebRTC", "sdp", description);
}

static void place_call(struct zv_wc_client *client, int64_t now_us)
{
    make_call_id(client);
    client->media = zv_wc_media_free(client->media); /* of one that never arrived */
    json_t *description =
        zv_wc_client_open_media(client, now_us) ? describe(client, NULL, now_us) : NULL;
    if (!description)
        return;
    json_t *call = make_call(client, false, description);
    set_text(call, "caller", client->caller);
    set_text(call, "callee", client->cfg.callee);
    set_text(call, "visibleName", client->caller);
    client->called_us = now_us;
    client->state = ZV_WC_CALLING;
    say(client, "call", call, now_us);
    zv_wc_client_reach(client, ZV_WC_POINT_CALLED, now_us);
}

void zv_wc_client_offer_again(struct zv_wc_client *client, int64_t now_us)
{
    bool is_reload = client->cfg.cut.loss == ZV_WC_LOSS_RELOAD;
    json_t *description = describe(client, NULL, now_us);
    if (description)
        say(client, "zvUpdate",
            json_pack("{s:s, s:s, s:o, s:s}", "callId", client->call_id, "type", "offer", "sdp",
                      description, "reason", is_reload ? "reload" : "restart"),
            now_us);
}

void zv_wc_client_hang_up(struct zv_wc_client *client, int64_t now_us)
{
    client->hangup_us = ZV_TIME_NEVER;
    if (client->state != ZV_WC_CALLING && client->state != ZV_WC_TALKING)
        return;
    client->is_hung_up = true;
    client->state = ZV_WC_ENDING;
    if (client->media) /* a browser closes its connection at once */
        zv_wc_media_close(client->media, now_us);
    say(client, "hangup", json_pack("{s:s}", "callId", client->call_id), now_us);
}

void zv_wc_client_order(struct zv_wc_client *client, const char *message, json_t *argument,
                        int64_t now_us)
{
    if (strcmp(message, "hangup") == 0) {
        json_decref(argument);
        zv_wc_client_hang_up(client, now_us);
        return;
    }
    if (strcmp(message, "listen") == 0) {
        zv_wc_client_listen(client, json_number_value(json_object_get(argument, "hz")));
        json_decref(argument);
        return;
    }
    argument = argument ? argument : json_object();
    json_object_set_new(argument, "callId", json_string(client->call_id));
    say(client, message, argument, now_us);
}

/* ---- Heard ---- */

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static bool is_ours(const struct zv_wc_client *client, const json_t *call)
{
    return client->call_id[0] && strcmp(text_of(call, "callId"), client->call_id) == 0;
}

static void take_cause(struct zv_wc_client *client, const json_t *object)
{
    if (text_of(object, "cause")[0])
        snprintf(client->cause, sizeof(client->cause), "%s", text_of(object, "cause"));
    if (text_of(object, "info")[0])
        snprintf(client->info, sizeof(client->info), "%s", text_of(object, "info"));
    if (json_integer_value(json_object_get(object, "sipStatus")))
        client->sip_status = (int)json_integer_value(json_object_get(object, "sipStatus"));
}

/* Registered, or registration was not asked for. */
static void go_for_goal(struct zv_wc_client *client, int64_t now_us)
{
    switch (client->cfg.goal) {
    case ZV_WC_REGISTER:
        zv_wc_client_end(client, NULL, now_us);
        break;
    case ZV_WC_CALL:
    case ZV_WC_CANCEL:
        place_call(client, now_us);
        break;
    default:
        client->state = ZV_WC_WAITING;
    }
}

void zv_wc_client_go_on(struct zv_wc_client *client, int64_t now_us)
{
    go_for_goal(client, now_us);
}

static void on_user_data(struct zv_wc_client *client, json_t *data, int64_t now_us)
{
    snprintf(client->token, sizeof(client->token), "%s",
             text_of(json_array_get(data, 0), "authToken"));
    if (client->state != ZV_WC_GREETING)
        return;
    snprintf(client->caller, sizeof(client->caller), "%s",
             text_of(json_array_get(data, 0), "sipLogin"));
    client->state = ZV_WC_REGISTERING;
    if (!client->cfg.is_registering)
        go_for_goal(client, now_us);
}

static void on_registered(struct zv_wc_client *client, json_t *data, int64_t now_us)
{
    (void)data;
    if (client->state != ZV_WC_REGISTERING || client->was_cut) /* zvResumed says how to go on */
        return;
    client->registered_us = now_us;
    if (!zv_wc_client_reach(client, ZV_WC_POINT_REGISTERED, now_us))
        go_for_goal(client, now_us);
}

/* The answer to our offer. */
static void take_answer(struct zv_wc_client *client, const char *sdp, int64_t now_us)
{
    struct zv_wc_remote remote;
    int err = zv_wc_read_description(zv_str(sdp), &client->cfg.codecs, &remote);
    if (!err)
        err = zv_wc_media_set_remote(client->media, &remote, now_us);
    if (err) {
        snprintf(client->info, sizeof(client->info), "%s", zv_err_text(err));
        zv_wc_client_end(client, err == ZV_E_STATE ? "second_description" : "bad_description",
                         now_us);
        return;
    }
    client->codec = remote.codec;
}

static void on_remote_sdp(struct zv_wc_client *client, json_t *data, int64_t now_us)
{
    const char *id = json_string_value(json_array_get(data, 0));
    json_t *sdp = json_array_get(data, 1);
    if (!id || !json_is_string(sdp) || !json_is_boolean(json_array_get(data, 2))) {
        zv_wc_client_end(client, "bad_message", now_us);
        return;
    }
    if (client->state == ZV_WC_WAITING && !client->offer) { /* comes before its call */
        client->offer = json_incref(sdp);
        if (zv_str_copy(zv_str(id), client->call_id, sizeof(client->call_id)))
            zv_wc_client_end(client, "bad_message", now_us);
    } else if (client->state != ZV_WC_ENDING && client->media &&
               strcmp(id, client->call_id) == 0) { /* a second one is refused there */
        take_answer(client, json_string_value(sdp), now_us);
        zv_wc_client_reach(client, ZV_WC_POINT_DESCRIBED, now_us);
    }
}

/* The answer to our offer in mid-call. */
static void on_update(struct zv_wc_client *client, json_t *data, int64_t now_us)
{
    const json_t *update = json_array_get(data, 0);
    if (client->media && is_ours(client, update))
        take_answer(client, text_of(update, "sdp"), now_us);
}

static void on_incoming_call(struct zv_wc_client *client, json_t *data, int64_t now_us)
{
    const json_t *call = json_array_get(data, 0);
    if (client->state != ZV_WC_WAITING)
        return;
    if (!is_ours(client, call)) {
        zv_wc_client_end(client, "call_without_description", now_us);
        return;
    }
    client->called_us = now_us;
    client->state = ZV_WC_CALLING;
}

static void answer(struct zv_wc_client *client, int64_t now_us)
{
    struct zv_wc_remote remote;
    bool is_first = !client->media; /* else the answer was lost on its way */
    if (is_first && !zv_wc_client_open_media(client, now_us))
        return;
    int err = zv_wc_read_description(zv_str(json_string_value(client->offer)), &client->cfg.codecs,
                                     &remote);
    if (!err && is_first)
        err = zv_wc_media_set_remote(client->media, &remote, now_us);
    json_t *description = err ? NULL : describe(client, &remote, now_us);
    if (!description) {
        zv_wc_client_end(client, "bad_description", now_us);
        return;
    }
    client->codec = remote.codec;
    say(client, "answer", make_call(client, true, description), now_us);
    zv_wc_client_reach(client, ZV_WC_POINT_ACCEPTED, now_us);
}

static bool is_waiting_goal(const struct zv_wc_client *client)
{
    return client->cfg.goal == ZV_WC_WAIT_CALL || client->cfg.goal == ZV_WC_WAIT_DECLINE;
}

void zv_wc_client_on_ring(struct zv_wc_client *client, int64_t now_us)
{
    bool is_first = !client->ringing_us;
    if (client->state != ZV_WC_CALLING || !is_first)
        return;
    client->ringing_us = now_us;
    if (zv_wc_client_reach(client, ZV_WC_POINT_RINGING, now_us)) {
        client->ringing_us = 0; /* looked at again after the return */
        return;
    }
    if (client->cfg.goal == ZV_WC_CANCEL || client->cfg.goal == ZV_WC_WAIT_DECLINE)
        zv_wc_client_hang_up(client, now_us);
    else if (is_waiting_goal(client))
        answer(client, now_us);
}

static void on_ring(struct zv_wc_client *client, const json_t *call, int64_t now_us)
{
    (void)call;
    zv_wc_client_on_ring(client, now_us);
}

void zv_wc_client_on_talk(struct zv_wc_client *client, int64_t now_us)
{
    if (client->state != ZV_WC_CALLING)
        return;
    client->answered_us = now_us;
    client->state = ZV_WC_TALKING;
    if (client->cfg.talk_us != ZV_TIME_NEVER)
        client->hangup_us = now_us + client->cfg.talk_us;
    zv_wc_client_reach(client, ZV_WC_POINT_ANSWERED, now_us);
}

static void on_talk(struct zv_wc_client *client, const json_t *call, int64_t now_us)
{
    (void)call;
    zv_wc_client_on_talk(client, now_us);
}

static void on_trying(struct zv_wc_client *client, const json_t *call, int64_t now_us)
{
    (void)call;
    zv_wc_client_reach(client, ZV_WC_POINT_TRYING, now_us);
}

static void on_finish(struct zv_wc_client *client, const json_t *call, int64_t now_us)
{
    take_cause(client, call);
    client->has_finish = true;
    zv_wc_client_end(client, NULL, now_us);
}

static void on_call_status(struct zv_wc_client *client, json_t *data, int64_t now_us)
{
    static const struct {
        const char *status;
        void (*fn)(struct zv_wc_client *client, const json_t *call, int64_t now_us);
    } table[] = {
        {"TRYING", on_trying},   {"RING", on_ring},        {"SESSION_PROGRESS", on_ring},
        {"RING_MEDIA", on_ring}, {"ESTABLISHED", on_talk}, {"FINISH", on_finish},
        {"FAILED", on_finish},
    };
    const json_t *call = json_array_get(data, 0);
    if (!is_ours(client, call))
        return;
    for (size_t i = 0; i < ZV_ARRAY_LEN(table); i++) {
        if (strcmp(text_of(call, "status"), table[i].status) == 0)
            table[i].fn(client, call, now_us);
    }
}

static void on_busy(struct zv_wc_client *client, json_t *data, int64_t now_us)
{
    (void)now_us;
    if (is_ours(client, json_array_get(data, 0)))
        take_cause(client, json_array_get(data, 0));
}

/* The reason; the close of the socket, or `finish`, follows. */
static void on_fail(struct zv_wc_client *client, json_t *data, int64_t now_us)
{
    (void)now_us;
    take_cause(client, json_array_get(data, 0));
}

static void on_ping(struct zv_wc_client *client, json_t *data, int64_t now_us)
{
    (void)data;
    say(client, "pong", json_null(), now_us);
}

static void report_received(struct zv_wc_client *client, const char *message, const json_t *data,
                            int64_t now_us)
{
    static const char *const keys[] = {"callId", "status", "sipStatus",  "cause",     "text",
                                       "remedy", "info",   "field",      "apiMethod", "visibleName",
                                       "caller", "digit",  "durationMs", "via"};
    json_t *argument = json_array_get(data, 0);
    json_t *fields = json_pack("{s:s}", "message", message);
    for (size_t i = 0; i < ZV_ARRAY_LEN(keys); i++) {
        if (json_object_get(argument, keys[i]))
            json_object_set(fields, keys[i], json_object_get(argument, keys[i]));
    }
    if (strcmp(message, "setRemoteSDP") == 0) {
        json_object_set(fields, "callId", argument);
        json_object_set(fields, "sdp", json_array_get(data, 1));
        json_object_set(fields, "isInitiator", json_array_get(data, 2));
    }
    zv_wc_report(client, "received", fields, now_us);
}

static void dispatch(struct zv_wc_client *client, const char *message, json_t *data, int64_t now_us)
{
    static const struct {
        const char *message;
        void (*fn)(struct zv_wc_client *client, json_t *data, int64_t now_us);
    } table[] = {
        {"ping", on_ping},
        {"getUserData", on_user_data},
        {"registered", on_registered},
        {"setRemoteSDP", on_remote_sdp},
        {"notifyIncomingCall", on_incoming_call},
        {"notifyTryingResponse", on_call_status},
        {"ring", on_call_status},
        {"talk", on_call_status},
        {"hold", on_call_status},
        {"finish", on_call_status},
        {"busy", on_busy},
        {"fail", on_fail},
        {"zvUpdate", on_update},
        {"zvResumed", zv_wc_client_on_resumed},
    };
    if (strcmp(message, "ping") != 0)
        report_received(client, message, data, now_us);
    for (size_t i = 0; i < ZV_ARRAY_LEN(table); i++) {
        if (strcmp(message, table[i].message) == 0)
            table[i].fn(client, data, now_us);
    }
}

void zv_wc_client_on_text(struct zv_wc_client *client, struct zv_str text, int64_t now_us)
{
    json_t *envelope = json_loadb(text.p, text.len, JSON_REJECT_DUPLICATES, NULL);
    const char *message = json_string_value(json_object_get(envelope, "message"));
    json_t *data = json_object_get(envelope, "data");
    if (json_is_integer(json_object_get(envelope, "seq")))
        client->last_seq = json_integer_value(json_object_get(envelope, "seq"));
    if (message && json_is_array(data)) /* web SDKs lose a message whose data is no array */
        dispatch(client, message, data, now_us);
    else
        zv_wc_client_end(client, "bad_message", now_us);
    json_decref(envelope);
}
