#include "worker/streams.h"

#include "base/alloc.h"
#include "base/err.h"
#include "io/random.h"
#include "worker/worker_int.h"

#include <string.h>

/* Above every tag of a UDP socket (zv_worker_tag_of). */
#define LISTENER_TAG (UINT64_C(1) << 48)
#define STREAM_TAG   (UINT64_C(1) << 49)

/* ---- The table ---- */

static uint32_t or_default(uint32_t value, uint32_t otherwise)
{
    return value ? value : otherwise;
}

static int64_t or_default_us(int64_t value_us, int64_t otherwise_us)
{
    return value_us ? value_us : otherwise_us;
}

static void fill_cfg(struct zv_worker_tcp_cfg *cfg)
{
    cfg->max_streams = or_default(cfg->max_streams, ZV_WORKER_MAX_STREAMS);
    cfg->max_per_source = or_default(cfg->max_per_source, ZV_WORKER_MAX_STREAMS_PER_SOURCE);
    cfg->first_check_us = or_default_us(cfg->first_check_us, ZV_WORKER_FIRST_CHECK_US);
    cfg->idle_us = or_default_us(cfg->idle_us, ZV_WORKER_STREAM_IDLE_US);
    cfg->stall_us = or_default_us(cfg->stall_us, ZV_WORKER_STREAM_STALL_US);
}

int zv_worker_init_streams(struct zv_worker *worker)
{
    struct zv_worker_streams *streams = &worker->streams;
    uint64_t seed[2] = {zv_rand_u64(zv_rand_os()), zv_rand_u64(zv_rand_os())};
    streams->cfg = worker->cfg.tcp;
    fill_cfg(&streams->cfg);
    streams->source_seed[0] = zv_rand_u64(zv_rand_os());
    streams->source_seed[1] = zv_rand_u64(zv_rand_os());
    zv_map_init(&streams->by_tuple, streams->cfg.max_streams, seed);
    zv_timers_init(&streams->timers);
    zv_list_init(&streams->dirty);
    zv_list_init(&streams->unchecked);
    if (!streams->cfg.is_enabled)
        return 0;
    streams->places = zv_calloc(streams->cfg.max_streams, sizeof(struct zv_worker_stream *));
    streams->sources = zv_calloc(streams->cfg.max_streams, sizeof(*streams->sources));
    streams->scratch = zv_zalloc(ZV_WORKER_STREAM_READ_BYTES);
    return streams->places && streams->sources && streams->scratch ? 0 : ZV_E_NOMEM;
}

void zv_worker_fini_streams(struct zv_worker *worker)
{
    struct zv_worker_streams *streams = &worker->streams;
    zv_free(streams->places);
    zv_free(streams->sources);
    zv_free(streams->scratch);
    zv_timers_fini(&streams->timers);
    zv_map_fini(&streams->by_tuple);
}

static struct zv_worker_stream *find_stream(const struct zv_worker *worker,
                                            const struct zv_worker_tuple_key *key)
{
    struct zv_map_node *node = zv_map_find(&worker->streams.by_tuple, ZV_MAP_KEY_OF(*key));
    return node ? ZV_CONTAINER_OF(node, struct zv_worker_stream, node) : NULL;
}

/* ---- Deadlines ---- */

static int64_t deadline_us(const struct zv_worker *worker, const struct zv_worker_stream *stream)
{
    const struct zv_worker_tcp_cfg *cfg = &worker->streams.cfg;
    int64_t at_us = stream->alive_us + (stream->is_checked ? cfg->idle_us : cfg->first_check_us);
    if (stream->amid_us != ZV_TIME_NEVER)
        at_us = zv_time_min(at_us, stream->amid_us + cfg->stall_us);
    if (stream->stuck_us != ZV_TIME_NEVER)
        at_us = zv_time_min(at_us, stream->stuck_us + cfg->stall_us);
    return stream->is_condemned ? worker->now_us : at_us;
}

static void arm(struct zv_worker *worker, struct zv_worker_stream *stream)
{
    zv_timer_arm(&worker->streams.timers, &stream->timer, deadline_us(worker, stream));
}

/* Closed when the timers run, so that nobody loses it underfoot. */
static void condemn(struct zv_worker *worker, struct zv_worker_stream *stream)
{
    stream->is_condemned = true;
    arm(worker, stream);
}

static void leave_unchecked(struct zv_worker_streams *streams, struct zv_worker_stream *stream)
{
    if (!zv_list_has(&stream->unchecked))
        return;
    zv_list_remove(&stream->unchecked);
    streams->unchecked_count--;
}

static void close_stream(struct zv_worker *worker, struct zv_worker_stream *stream)
{
    struct zv_worker_streams *streams = &worker->streams;
    zv_worker_forget_path(worker, &stream->key);
    zv_poller_remove(worker->poller, stream->tcp.fd);
    zv_tcp_close(&stream->tcp);
    zv_list_remove(&stream->dirty);
    zv_timer_disarm(&streams->timers, &stream->timer);
    zv_map_remove(&streams->by_tuple, &stream->node);
    leave_unchecked(streams, stream);
    streams->places[stream->place] = NULL;
    streams->sources[stream->place] = 0;
    streams->count--;
    ZV_WORKER_COUNT(worker, streams, -1);
    zv_free(stream);
}

/* ---- Listeners ---- */

int zv_worker_listen(struct zv_worker *worker, const struct zv_addr *bind)
{
    struct zv_worker_streams *streams = &worker->streams;
    struct zv_worker_listener *listener = &streams->listeners[streams->listener_count];
    *listener = (struct zv_worker_listener){.resume_us = ZV_TIME_NEVER};
    int err = zv_tcp_listen(&listener->tcp, bind);
    if (err)
        return err;
    err = zv_poller_add(worker->poller, listener->tcp.fd, LISTENER_TAG | streams->listener_count);
    if (err) {
        zv_tcp_close(&listener->tcp);
        return err;
    }
    streams->listener_count++;
    return 0;
}

void zv_worker_close_listeners(struct zv_worker *worker)
{
    struct zv_worker_streams *streams = &worker->streams;
    while (streams->listener_count) {
        struct zv_worker_listener *listener = &streams->listeners[--streams->listener_count];
        zv_poller_remove(worker->poller, listener->tcp.fd);
        zv_tcp_close(&listener->tcp);
    }
}

/* Without descriptors the one who waits goes on waiting, and so would the poller's word of it. */
static void pause_listener(struct zv_worker *worker, struct zv_worker_listener *listener)
{
    int64_t longer_us = ZV_MAX(listener->pause_us * 2, ZV_WORKER_MIN_PAUSE_US);
    listener->pause_us = ZV_MIN(longer_us, ZV_WORKER_MAX_PAUSE_US);
    listener->resume_us = worker->now_us + listener->pause_us;
    zv_poller_remove(worker->poller, listener->tcp.fd);
    ZV_WORKER_COUNT(worker, streams_paused, 1);
}

static void resume_listeners(struct zv_worker *worker)
{
    struct zv_worker_streams *streams = &worker->streams;
    for (size_t i = 0; i < streams->listener_count; i++) {
        struct zv_worker_listener *listener = &streams->listeners[i];
        if (listener->resume_us > worker->now_us)
            continue;
        listener->resume_us = ZV_TIME_NEVER;
        if (zv_poller_add(worker->poller, listener->tcp.fd, LISTENER_TAG | i))
            listener->resume_us = worker->now_us + ZV_WORKER_MAX_PAUSE_US;
    }
}

/* ---- Accepting ---- */

/* Of IPv6 the /64: who has one address there has them all. */
static uint64_t source_of(const struct zv_worker_streams *streams, const struct zv_addr *remote)
{
    size_t len = remote->family == ZV_ADDR_IPV6 ? 8 : 4;
    return zv_siphash(streams->source_seed, remote->ip, len) | 1; /* 0 is a free place's */
}

static bool has_its_share(const struct zv_worker_streams *streams, uint64_t source)
{
    uint32_t same = 0;
    for (uint32_t i = 0; i < streams->cfg.max_streams; i++)
        same += streams->sources[i] == source;
    return same >= streams->cfg.max_per_source;
}

/* cfg.max_streams: none is free. */
static uint32_t find_place(const struct zv_worker_streams *streams)
{
    uint32_t place = 0;
    while (place < streams->cfg.max_streams && streams->places[place])
        place++;
    return place;
}

static struct zv_worker_stream *make_stream(struct zv_worker *worker,
                                            const struct zv_tcp_socket *tcp, uint32_t place)
{
    struct zv_worker_streams *streams = &worker->streams;
    if (zv_timers_reserve(&streams->timers, (size_t)streams->count + 1))
        return NULL;
    struct zv_worker_stream *stream = zv_zalloc(sizeof(*stream));
    if (!stream)
        return NULL;
    stream->tcp = *tcp;
    stream->place = place;
    stream->alive_us = worker->now_us;
    stream->amid_us = stream->stuck_us = ZV_TIME_NEVER;
    zv_worker_make_key(&stream->key, &tcp->local, &tcp->remote);
    if (zv_map_insert(&streams->by_tuple, ZV_MAP_KEY_OF(stream->key), &stream->node))
        return zv_free(stream);
    if (zv_poller_add(worker->poller, tcp->fd, STREAM_TAG | place)) {
        zv_map_remove(&streams->by_tuple, &stream->node);
        return zv_free(stream);
    }
    return stream;
}

static void make_room(struct zv_worker *worker)
{
    struct zv_worker_streams *streams = &worker->streams;
    if (streams->unchecked_count < (streams->cfg.max_streams + 1) / 2)
        return;
    struct zv_list_node *oldest = zv_list_first(&streams->unchecked);
    close_stream(worker, ZV_CONTAINER_OF(oldest, struct zv_worker_stream, unchecked));
    ZV_WORKER_COUNT(worker, streams_refused, 1);
}

/* NULL: refused. */
static struct zv_worker_stream *admit(struct zv_worker *worker, const struct zv_tcp_socket *tcp)
{
    struct zv_worker_streams *streams = &worker->streams;
    uint64_t source = source_of(streams, &tcp->remote);
    if (has_its_share(streams, source))
        return NULL;
    make_room(worker);
    uint32_t place = find_place(streams);
    struct zv_worker_stream *stream =
        place < streams->cfg.max_streams ? make_stream(worker, tcp, place) : NULL;
    if (!stream)
        return NULL;
    streams->places[place] = stream;
    streams->sources[place] = source;
    streams->count++;
    streams->unchecked_count++;
    zv_list_append(&streams->unchecked, &stream->unchecked);
    ZV_WORKER_COUNT(worker, streams, 1);
    arm(worker, stream);
    return stream;
}

static void accept_some(struct zv_worker *worker, struct zv_worker_listener *listener)
{
    for (int i = 0; i < ZV_WORKER_MAX_ACCEPTS; i++) {
        struct zv_tcp_socket tcp;
        switch (zv_tcp_accept(&listener->tcp, &tcp)) {
        case 0:
            listener->pause_us = 0;
            if (!admit(worker, &tcp)) {
                zv_tcp_close(&tcp);
                ZV_WORKER_COUNT(worker, streams_refused, 1);
            }
            break;
        case ZV_E_AGAIN:
            return;
        case ZV_E_LIMIT:
            pause_listener(worker, listener);
            return;
        default:
            break;
        }
    }
}

/* ---- In ---- */

static void take_frame(struct zv_worker *worker, const struct zv_worker_stream *stream)
{
    struct zv_udp_packet *packet = zv_worker_take_packet(worker);
    ZV_WORKER_COUNT(worker, rx_datagrams, 1);
    if (!packet)
        return; /* lost, as on any network */
    memcpy(packet->bytes, stream->in.bytes, stream->in.len);
    packet->dgram = (struct zv_dgram){.data = packet->bytes,
                                      .len = stream->in.len,
                                      .local = stream->tcp.local,
                                      .remote = stream->tcp.remote};
    zv_worker_receive_web(worker, packet);
}

static void take_bytes(struct zv_worker *worker, struct zv_worker_stream *stream,
                       const uint8_t *data, size_t len)
{
    bool was_amid = zv_rtp_framer_is_amid(&stream->in), has_frame = false;
    while (len && !stream->is_condemned) {
        size_t used;
        enum zv_rtp_framing framing = zv_rtp_framer_take(&stream->in, data, len, &used);
        data += used;
        len -= used;
        has_frame |= framing == ZV_RTP_FRAMING_FRAME;
        if (framing == ZV_RTP_FRAMING_FRAME)
            take_frame(worker, stream);
        else if (framing == ZV_RTP_FRAMING_TOO_LONG)
            ZV_WORKER_COUNT(worker, dropped_size, 1);
    }
    if (!zv_rtp_framer_is_amid(&stream->in))
        stream->amid_us = ZV_TIME_NEVER;
    else if (has_frame || !was_amid)
        stream->amid_us = worker->now_us;
    arm(worker, stream);
}

static void flush_stream(struct zv_worker *worker, struct zv_worker_stream *stream);

static void read_stream(struct zv_worker *worker, struct zv_worker_stream *stream)
{
    size_t len;
    if (stream->wants_write)
        flush_stream(worker, stream);
    if (stream->is_condemned)
        return;
    int err = zv_tcp_read(&stream->tcp, worker->streams.scratch, ZV_WORKER_STREAM_READ_BYTES, &len);
    if (!err)
        take_bytes(worker, stream, worker->streams.scratch, len);
    else if (err != ZV_E_AGAIN)
        condemn(worker, stream);
}

bool zv_worker_read_tcp(struct zv_worker *worker, uint64_t tag)
{
    struct zv_worker_streams *streams = &worker->streams;
    if (tag & LISTENER_TAG) {
        accept_some(worker, &streams->listeners[tag & ~LISTENER_TAG]);
        return true;
    }
    if (!(tag & STREAM_TAG))
        return false;
    struct zv_worker_stream *stream = streams->places[tag & ~STREAM_TAG];
    if (stream)
        read_stream(worker, stream);
    return true;
}

void zv_worker_note_stream_check(struct zv_worker *worker, const struct zv_dgram *in)
{
    struct zv_worker_tuple_key key;
    zv_worker_make_key(&key, &in->local, &in->remote);
    struct zv_worker_stream *stream = find_stream(worker, &key);
    if (!stream)
        return;
    leave_unchecked(&worker->streams, stream);
    stream->is_checked = true;
    stream->alive_us = worker->now_us;
    arm(worker, stream);
}

/* ---- Out ---- */

void zv_worker_send_framed(struct zv_worker *worker, const struct zv_dgram *dgram)
{
    struct zv_worker_tuple_key key;
    uint8_t head[ZV_RTP_FRAME_HEAD_BYTES];
    zv_worker_make_key(&key, &dgram->local, &dgram->remote);
    zv_rtp_write_frame_head(head, dgram->len);
    struct zv_worker_stream *stream = find_stream(worker, &key);
    if (!stream || !stream->is_checked || stream->is_condemned ||
        zv_tcp_queue_put(&stream->out, head, sizeof(head), dgram->data, dgram->len)) {
        ZV_WORKER_COUNT(worker, stream_drops, 1);
        return;
    }
    ZV_WORKER_COUNT(worker, tx_datagrams, 1);
    if (!zv_list_has(&stream->dirty))
        zv_list_append(&worker->streams.dirty, &stream->dirty);
}

static void flush_stream(struct zv_worker *worker, struct zv_worker_stream *stream)
{
    size_t before = stream->out.count;
    int err = stream->is_condemned ? 0 : zv_tcp_queue_flush(&stream->out, &stream->tcp);
    bool is_full = err == ZV_E_AGAIN;
    if (err && !is_full) {
        condemn(worker, stream);
        return;
    }
    if (!is_full)
        stream->stuck_us = ZV_TIME_NEVER;
    else if (stream->stuck_us == ZV_TIME_NEVER || stream->out.count < before)
        stream->stuck_us = worker->now_us;
    if (is_full != stream->wants_write &&
        zv_poller_want_write(worker->poller, stream->tcp.fd, STREAM_TAG | stream->place, is_full))
        condemn(worker, stream);
    stream->wants_write = is_full;
    arm(worker, stream);
}

void zv_worker_flush_streams(struct zv_worker *worker)
{
    struct zv_list_node *node;
    while ((node = zv_list_pop(&worker->streams.dirty)))
        flush_stream(worker, ZV_CONTAINER_OF(node, struct zv_worker_stream, dirty));
}

/* ---- The end ---- */

void zv_worker_condemn_path(struct zv_worker *worker, const struct zv_worker_tuple_key *key)
{
    struct zv_worker_stream *stream =
        key->transport == ZV_ADDR_TCP ? find_stream(worker, key) : NULL;
    if (stream)
        condemn(worker, stream);
}

void zv_worker_run_stream_timers(struct zv_worker *worker)
{
    struct zv_timer *timer;
    while ((timer = zv_timers_pop_due(&worker->streams.timers, worker->now_us))) {
        struct zv_worker_stream *stream = ZV_CONTAINER_OF(timer, struct zv_worker_stream, timer);
        ZV_WORKER_COUNT(worker, streams_expired, !stream->is_condemned);
        close_stream(worker, stream);
    }
    resume_listeners(worker);
}

int64_t zv_worker_streams_deadline_us(const struct zv_worker *worker)
{
    int64_t at_us = zv_timers_next_us(&worker->streams.timers);
    for (size_t i = 0; i < worker->streams.listener_count; i++)
        at_us = zv_time_min(at_us, worker->streams.listeners[i].resume_us);
    return at_us;
}

void zv_worker_close_streams(struct zv_worker *worker)
{
    struct zv_worker_streams *streams = &worker->streams;
    zv_worker_close_listeners(worker);
    for (uint32_t i = 0; streams->count && i < streams->cfg.max_streams; i++) {
        if (streams->places[i])
            close_stream(worker, streams->places[i]);
    }
}
