#define _GNU_SOURCE
#include "sipnet/streams.h"

#include "base/alloc.h"
#include "base/err.h"
#include "io/clock.h"
#include "sip/msg.h"
#include "sipnet/streams_int.h"

#include <stdio.h>
#include <string.h>

#define DEFAULT_CONNECT_US      ZV_SECONDS(4)
#define DEFAULT_HANDSHAKE_US    ZV_SECONDS(5)
#define DEFAULT_HALF_MESSAGE_US ZV_SECONDS(10)
#define DEFAULT_IDLE_US         ZV_SECONDS(60)
#define DEFAULT_STUCK_US        ZV_SECONDS(20)
#define DEFAULT_PONG_US         ZV_SECONDS(10)
#define DEFAULT_HALF_BYTES      ((size_t)64 << 20)

/* ---- the table ---- */

void zv_stream_rearm(struct zv_stream *stream)
{
    int64_t at_us = stream->check_us;
    if (stream->state == ZV_STREAM_CONNECTING || stream->state == ZV_STREAM_HANDSHAKE)
        at_us = zv_time_min(at_us, stream->connect_by_us);
    at_us = zv_time_min(at_us, stream->half_by_us);
    at_us = zv_time_min(at_us, stream->stuck_by_us);
    at_us = zv_time_min(at_us, stream->pong_by_us);
    zv_timer_arm(&stream->owner->timers, &stream->timer, at_us);
}

/* Who only remembers that nobody takes TCP there makes room for who wants to speak. */
static void make_room(struct zv_streams *streams)
{
    for (struct zv_map_node *node = NULL; (node = zv_map_next(&streams->by_key, node));) {
        struct zv_stream *stream = ZV_CONTAINER_OF(node, struct zv_stream, by_key);
        if (stream->state != ZV_STREAM_CLOSED || !stream->is_hasty)
            continue;
        zv_stream_drop(stream);
        return;
    }
}

static void stream_free(struct zv_stream *stream)
{
    zv_stream_forget_half(stream);
    zv_stream_bytes_fini(&stream->out);
    zv_free(stream->key);
    zv_free(stream->server_name);
    zv_free(stream->trouble);
    zv_free(stream);
}

struct zv_stream *zv_stream_new(struct zv_streams *streams, const struct zv_sip_flow *flow,
                                const char *key)
{
    struct zv_stream *stream;
    if (streams->by_id.count >= streams->cfg.max_streams)
        make_room(streams);
    if (streams->by_id.count >= streams->cfg.max_streams ||
        zv_timers_reserve(&streams->timers, streams->by_id.count + 1) ||
        !(stream = zv_zalloc(sizeof(*stream))))
        return NULL;
    stream->owner = streams;
    stream->id = ++streams->last_id;
    stream->flow = *flow;
    stream->flow.conn = stream->id;
    stream->socket.fd = -1;
    stream->half_by_us = stream->stuck_by_us = stream->pong_by_us = ZV_TIME_NEVER;
    stream->check_us = zv_clock_now_us() + streams->cfg.idle_us;
    stream->key = zv_strndup(key, strlen(key));
    if (!stream->key || zv_map_insert(&streams->by_id, ZV_MAP_KEY_OF(stream->id), &stream->by_id)) {
        stream_free(stream);
        return NULL;
    }
    if (key[0] && zv_map_insert(&streams->by_key, zv_str(stream->key), &stream->by_key)) {
        zv_map_remove(&streams->by_id, &stream->by_id);
        stream_free(stream);
        return NULL;
    }
    zv_stream_rearm(stream);
    return stream;
}

void zv_stream_drop(struct zv_stream *stream)
{
    struct zv_streams *streams = stream->owner;
    if (stream->is_dropped)
        return;
    stream->is_dropped = true;
    zv_timer_disarm(&streams->timers, &stream->timer);
    zv_map_remove(&streams->by_id, &stream->by_id);
    zv_map_remove(&streams->by_key, &stream->by_key);
    zv_list_append(&streams->dead, &stream->dead);
}

static struct zv_stream *find(const struct zv_streams *streams, uint64_t id)
{
    struct zv_map_node *node = zv_map_find(&streams->by_id, ZV_MAP_KEY_OF(id));
    return node ? ZV_CONTAINER_OF(node, struct zv_stream, by_id) : NULL;
}

static void free_dead(struct zv_streams *streams)
{
    for (struct zv_list_node *node; (node = zv_list_pop(&streams->dead));)
        stream_free(ZV_CONTAINER_OF(node, struct zv_stream, dead));
}

/* What died is freed when no caller can still hold it: at the end of a turn, if need be of the
 * next. */
static void arm(struct zv_streams *streams)
{
    int64_t next_us =
        zv_time_min(zv_timers_next_us(&streams->timers), zv_streams_resume_us(streams));
    zv_loop_timer_arm(streams->timer,
                      zv_list_is_empty(&streams->dead) ? next_us : zv_clock_now_us());
}

void zv_streams_settle(struct zv_streams *streams)
{
    free_dead(streams);
    arm(streams);
}

static void on_due(void *arg, int64_t now_us)
{
    struct zv_streams *streams = arg;
    for (struct zv_timer *due; (due = zv_timers_pop_due(&streams->timers, now_us));)
        zv_stream_on_due(ZV_CONTAINER_OF(due, struct zv_stream, timer), now_us);
    zv_streams_resume_listening(streams, now_us);
    zv_streams_settle(streams);
}

/* ---- opening ---- */

static void set_defaults(struct zv_streams_cfg *cfg)
{
#define DEFAULT(field, value)                                                                      \
    if (!cfg->field)                                                                               \
    cfg->field = (value)
    DEFAULT(connect_us, DEFAULT_CONNECT_US);
    DEFAULT(handshake_us, DEFAULT_HANDSHAKE_US);
    DEFAULT(half_message_us, DEFAULT_HALF_MESSAGE_US);
    DEFAULT(idle_us, DEFAULT_IDLE_US);
    DEFAULT(stuck_us, DEFAULT_STUCK_US);
    DEFAULT(pong_us, DEFAULT_PONG_US);
    DEFAULT(max_half_bytes, DEFAULT_HALF_BYTES);
#undef DEFAULT
}

int zv_streams_new(struct zv_streams **ret_streams, const struct zv_streams_cfg *cfg)
{
    struct zv_streams *streams = zv_zalloc(sizeof(*streams));
    if (!streams)
        return ZV_E_NOMEM;
    streams->cfg = *cfg;
    set_defaults(&streams->cfg);
    zv_list_init(&streams->dead);
    zv_timers_init(&streams->timers);
    for (int i = 0; i < 2; i++) {
        uint64_t seed[2] = {zv_rand_u64(&cfg->rand), zv_rand_u64(&cfg->rand)};
        zv_map_init(i ? &streams->by_key : &streams->by_id, cfg->max_streams, seed);
    }
    int err = zv_loop_timer_open(&streams->timer, cfg->loop, on_due, streams);
    if (!err && cfg->tcp_listen.family != ZV_ADDR_NONE)
        err = zv_streams_listen(streams, ZV_SIP_TCP, &cfg->tcp_listen);
    if (!err && cfg->tls_listen.family != ZV_ADDR_NONE)
        err = zv_streams_listen(streams, ZV_SIP_TLS, &cfg->tls_listen);
    if (err) {
        zv_streams_free(streams);
        return err;
    }
    *ret_streams = streams;
    return 0;
}

struct zv_streams *zv_streams_free(struct zv_streams *streams)
{
    if (!streams)
        return NULL;
    zv_streams_stop_listening(streams);
    for (struct zv_map_node *node; (node = zv_map_next(&streams->by_id, NULL));) {
        struct zv_stream *stream = ZV_CONTAINER_OF(node, struct zv_stream, by_id);
        bool leaves_by_itself = stream->is_accepted;
        zv_stream_close(stream);
        if (!leaves_by_itself)
            zv_stream_drop(stream);
    }
    free_dead(streams);
    streams->timer = zv_loop_timer_close(streams->timer);
    zv_timers_fini(&streams->timers);
    zv_map_fini(&streams->by_id);
    zv_map_fini(&streams->by_key);
    return zv_free(streams);
}

/* ---- ways out ---- */

static void write_key(const struct zv_stream_target *target, char key[ZV_STREAM_KEY_CAP])
{
    char remote[ZV_ADDR_TEXT_CAP];
    zv_addr_write(&target->remote, remote);
    if (target->transport == ZV_SIP_TLS)
        snprintf(key, ZV_STREAM_KEY_CAP, "TLS %s %.*s %p", remote, ZV_STR_ARG(target->server_name),
                 (const void *)target->ca.p);
    else
        snprintf(key, ZV_STREAM_KEY_CAP, "TCP %s", remote);
}

static int open_way(struct zv_streams *streams, const struct zv_stream_target *target,
                    const char *key, bool is_peers, struct zv_stream **ret_stream)
{
    struct zv_sip_flow flow = {
        .transport = target->transport, .local = target->local, .remote = target->remote};
    flow.local.port = zv_streams_port(streams, target->transport);
    struct zv_stream *stream = zv_stream_new(streams, &flow, key);
    if (!stream)
        return ZV_E_LIMIT;
    stream->ca = target->ca;
    stream->is_peers = is_peers;
    if (target->server_name.len)
        stream->server_name = zv_strndup(target->server_name.p, target->server_name.len);
    if (target->server_name.len && !stream->server_name) {
        zv_stream_drop(stream);
        return ZV_E_NOMEM;
    }
    stream->is_hasty = true; /* until somebody says that it is the way to go */
    *ret_stream = stream;
    return 0;
}

static int find_stream(struct zv_streams *streams, const struct zv_stream_target *wanted,
                       bool is_peers, struct zv_stream **ret_stream)
{
    struct zv_stream_target target = *wanted;
    char key[ZV_STREAM_KEY_CAP], ip[ZV_ADDR_TEXT_CAP];
    bool is_tls = target.transport == ZV_SIP_TLS;
    if (!(is_tls ? streams->cfg.tls != NULL : target.transport == ZV_SIP_TCP))
        return ZV_E_UNSUPPORTED;
    if (target.server_name.len > ZV_MAX_SIP_HOST_BYTES)
        return ZV_E_INVAL;
    if (!is_tls)
        target.server_name = (struct zv_str){0};
    else if (!target.server_name.len)
        target.server_name = zv_str(zv_addr_write_ip(&target.remote, ip));
    write_key(&target, key);
    struct zv_map_node *node = zv_map_find(&streams->by_key, zv_str(key));
    if (!node) {
        if (is_peers && zv_streams_refuse_peer(streams, &target.remote))
            return ZV_E_LIMIT;
        return open_way(streams, &target, key, is_peers, ret_stream);
    }
    *ret_stream = ZV_CONTAINER_OF(node, struct zv_stream, by_key);
    return 0;
}

int zv_streams_find_flow(struct zv_streams *streams, const struct zv_stream_target *target,
                         struct zv_sip_flow *ret_flow)
{
    struct zv_stream *stream;
    int err = find_stream(streams, target, false, &stream);
    if (!err && !zv_streams_port(streams, target->transport))
        err = zv_stream_open_socket(stream);
    if (err)
        return err;
    if (stream->is_hasty)
        stream->retry_us = 0;
    stream->is_hasty = stream->is_peers = false;
    stream->check_us = ZV_MAX(stream->check_us, zv_clock_now_us() + streams->cfg.idle_us);
    zv_stream_rearm(stream);
    *ret_flow = stream->flow;
    arm(streams);
    return 0;
}

/* A response goes to where its sender listens, at the address that its request came from. */
static int find_way_back(struct zv_streams *streams, const struct zv_sip_flow *flow,
                         struct zv_str message, struct zv_stream **ret_stream)
{
    struct zv_sip_msg msg;
    struct zv_stream_target target = {
        .transport = flow->transport, .local = flow->local, .remote = flow->remote};
    if (zv_sip_msg_parse(message.p, message.len, &msg) || msg.is_request)
        return ZV_E_GONE;
    target.server_name = msg.via.host;
    target.remote.port = flow->transport == ZV_SIP_TLS ? 5061 : 5060;
    if (msg.via.port)
        target.remote.port = msg.via.port;
    return find_stream(streams, &target, true, ret_stream);
}

static int find_for(struct zv_streams *streams, const struct zv_sip_flow *flow,
                    struct zv_str message, struct zv_stream **ret_stream)
{
    *ret_stream = find(streams, flow->conn);
    if (*ret_stream)
        return 0;
    if (flow->conn)
        return find_way_back(streams, flow, message, ret_stream);
    struct zv_stream_target target = {
        .transport = flow->transport, .local = flow->local, .remote = flow->remote};
    return find_stream(streams, &target, false, ret_stream);
}

int zv_streams_send(struct zv_streams *streams, const struct zv_sip_flow *flow,
                    struct zv_str message)
{
    struct zv_stream *stream;
    int64_t now_us = zv_clock_now_us();
    int err = find_for(streams, flow, message, &stream);
    if (!err && stream->state == ZV_STREAM_CLOSED)
        err = zv_stream_connect(stream, now_us);
    if (!err && (err = zv_stream_write(stream, message, now_us)) != 0 && err != ZV_E_AGAIN)
        zv_stream_close(stream);
    if (!err) {
        stream->check_us = now_us + streams->cfg.idle_us;
        zv_stream_rearm(stream);
    }
    arm(streams);
    return err;
}

/* ---- trouble ---- */

const char *zv_streams_trouble(const struct zv_streams *streams, struct zv_str server_name)
{
    for (struct zv_map_node *node = NULL; (node = zv_map_next(&streams->by_key, node));) {
        const struct zv_stream *stream = ZV_CONTAINER_OF(node, struct zv_stream, by_key);
        if (stream->is_untrusted && stream->trouble && stream->server_name &&
            zv_str_eqi(server_name, zv_str(stream->server_name)))
            return stream->trouble;
    }
    return NULL;
}

void zv_streams_forgive(struct zv_streams *streams)
{
    for (struct zv_map_node *node = NULL; (node = zv_map_next(&streams->by_key, node));) {
        struct zv_stream *stream = ZV_CONTAINER_OF(node, struct zv_stream, by_key);
        if (stream->flow.transport == ZV_SIP_TLS)
            stream->retry_us = 0;
    }
}

/* ---- counts ---- */

void zv_streams_counts(const struct zv_streams *streams, struct zv_streams_counts *ret_counts)
{
    *ret_counts = streams->counts;
    ret_counts->streams = streams->by_id.count;
    for (struct zv_map_node *node = NULL; (node = zv_map_next(&streams->by_id, node));) {
        const struct zv_stream *stream = ZV_CONTAINER_OF(node, struct zv_stream, by_id);
        ret_counts->open += stream->state == ZV_STREAM_OPEN;
        ret_counts->accepted += stream->is_accepted;
        ret_counts->accepted_open += stream->is_accepted && stream->state == ZV_STREAM_OPEN;
    }
}

uint16_t zv_streams_port(const struct zv_streams *streams, enum zv_sip_transport transport)
{
    for (size_t i = 0; i < streams->listener_count; i++) {
        if (streams->listeners[i].transport == transport)
            return streams->listeners[i].socket.local.port;
    }
    return 0;
}
