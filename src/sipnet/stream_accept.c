/*
 * Listeners. Who is beyond a limit is closed at once. Where no descriptor is left, nobody is taken
 * for a while, so that the loop does not spin.
 */
#define _GNU_SOURCE
#include "base/alloc.h"
#include "base/err.h"
#include "base/log.h"
#include "io/clock.h"
#include "sipnet/streams_int.h"

#include <string.h>

/* Without a descriptor to be had, or when watching fails. */
#define PAUSE_US ZV_SECONDS(1)
/* Taken in one turn. */
#define ACCEPTS_PER_TURN 16

static void refuse(struct zv_streams *streams, struct zv_tcp_socket *socket, const char *why)
{
    char remote[ZV_ADDR_TEXT_CAP];
    const struct zv_log_field fields[] = {
        zv_log_text("address", zv_log_addr(&socket->remote, remote)),
        zv_log_text("reason", why),
    };
    zv_log_line(ZV_LOG_STRANGER(ZV_LOG_SIP, ZV_LOG_WARN, NULL, fields),
                "a SIP connection from %s was refused: %s", remote, why);
    streams->counts.refused++;
    zv_tcp_close(socket);
}

/* A listener of "::" tells the address that was called. Addresses in flows are of no protocol. */
static struct zv_sip_flow flow_of(const struct zv_stream_listener *listener,
                                  const struct zv_tcp_socket *socket)
{
    struct zv_sip_flow flow = {
        .transport = listener->transport, .local = socket->local, .remote = socket->remote};
    flow.local.transport = flow.remote.transport = ZV_ADDR_UDP;
    return flow;
}

static bool may_begin(const struct zv_stream_listener *listener, const struct zv_addr *remote)
{
    const struct zv_streams_cfg *cfg = &listener->owner->cfg;
    return listener->transport != ZV_SIP_TLS || !cfg->may_shake_hands_fn ||
           cfg->may_shake_hands_fn(cfg->arg, remote);
}

static void take(struct zv_stream_listener *listener, struct zv_tcp_socket *socket)
{
    struct zv_streams *streams = listener->owner;
    struct zv_sip_flow flow = flow_of(listener, socket);
    int64_t now_us = zv_clock_now_us();
    if (!may_begin(listener, &flow.remote)) {
        refuse(streams, socket, "its TLS handshakes come too fast (sip.invites_per_source)");
        return;
    }
    zv_streams_make_room(streams, &flow.remote, now_us);
    const char *why = zv_streams_refuse_peer(streams, &flow.remote);
    struct zv_stream *stream = why ? NULL : zv_stream_new(streams, &flow, "");
    if (!stream) {
        refuse(streams, socket, why ? why : "there is no room for it (sip.max_connections)");
        return;
    }
    if (zv_stream_adopt(stream, socket, now_us))
        zv_stream_close(stream);
}

static void pause_listening(struct zv_stream_listener *listener)
{
    uv_poll_stop(listener->poll);
    listener->resume_us = zv_clock_now_us() + PAUSE_US;
}

static void on_waiting(uv_poll_t *poll, int status, int events)
{
    struct zv_stream_listener *listener = poll->data;
    (void)events;
    if (!listener)
        return;
    if (status < 0) /* libuv watches it no more */
        pause_listening(listener);
    for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
        struct zv_tcp_socket socket;
        int err = zv_tcp_accept(&listener->socket, &socket);
        if (err == ZV_E_AGAIN)
            break;
        if (err == ZV_E_LIMIT) {
            pause_listening(listener);
            zv_log(ZV_LOG_SIP, ZV_LOG_WARN, NULL,
                   "no descriptor is left for SIP connections: raise LimitNOFILE");
            break;
        }
        if (!err)
            take(listener, &socket);
    }
    zv_streams_settle(listener->owner);
}

void zv_streams_resume_listening(struct zv_streams *streams, int64_t now_us)
{
    for (size_t i = 0; i < streams->listener_count; i++) {
        struct zv_stream_listener *listener = &streams->listeners[i];
        if (now_us < listener->resume_us)
            continue;
        int err = uv_poll_start(listener->poll, UV_READABLE, on_waiting);
        listener->resume_us = err < 0 ? now_us + PAUSE_US : ZV_TIME_NEVER;
    }
}

int64_t zv_streams_resume_us(const struct zv_streams *streams)
{
    int64_t first_us = ZV_TIME_NEVER;
    for (size_t i = 0; i < streams->listener_count; i++)
        first_us = zv_time_min(first_us, streams->listeners[i].resume_us);
    return first_us;
}

static int watch(struct zv_stream_listener *listener)
{
    listener->poll = zv_zalloc(sizeof(*listener->poll));
    if (!listener->poll)
        return ZV_E_NOMEM;
    if (uv_poll_init(listener->owner->cfg.loop, listener->poll, listener->socket.fd) < 0) {
        listener->poll = zv_free(listener->poll);
        return ZV_E_IO;
    }
    listener->poll->data = listener;
    return uv_poll_start(listener->poll, UV_READABLE, on_waiting) < 0 ? ZV_E_IO : 0;
}

static int listen_at(struct zv_streams *streams, enum zv_sip_transport transport,
                     const struct zv_addr *addr)
{
    struct zv_stream_listener *listener = &streams->listeners[streams->listener_count];
    if (streams->listener_count == ZV_STREAM_MAX_LISTENERS)
        return ZV_E_LIMIT;
    *listener = (struct zv_stream_listener){
        .owner = streams, .transport = transport, .resume_us = ZV_TIME_NEVER};
    int err = zv_tcp_listen(&listener->socket, addr);
    if (err)
        return err;
    streams->listener_count++;
    return watch(listener);
}

int zv_streams_listen(struct zv_streams *streams, enum zv_sip_transport transport,
                      const struct zv_addr *addr)
{
    size_t first = streams->listener_count;
    int err = listen_at(streams, transport, addr);
    if (err || addr->family != ZV_ADDR_IPV6 || !zv_addr_is_unspecified(addr))
        return err;
    /* "::" takes IPv4 as well, as the UDP socket does. */
    struct zv_addr also = {.family = ZV_ADDR_IPV4,
                           .port = streams->listeners[first].socket.local.port};
    return listen_at(streams, transport, &also);
}

static void on_poll_closed(uv_handle_t *handle)
{
    zv_free(handle);
}

void zv_streams_stop_listening(struct zv_streams *streams)
{
    for (size_t i = 0; i < streams->listener_count; i++) {
        struct zv_stream_listener *listener = &streams->listeners[i];
        if (listener->poll) {
            listener->poll->data = NULL;
            uv_poll_stop(listener->poll);
            uv_close((uv_handle_t *)listener->poll, on_poll_closed);
        }
        zv_tcp_close(&listener->socket);
    }
    streams->listener_count = 0;
}
