#define _GNU_SOURCE
#include "gateway/capture.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/list.h"
#include "base/log.h"
#include "base/time.h"
#include "io/clock.h"
#include "io/loop.h"
#include "pcap/pcapng.h"
#include "worker/worker.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

/* Taps are drained, and files that took nothing tried again, this often. */
#define TICK_US ZV_MS(50)
/* After its call a capture waits this long for the last messages. */
#define LINGER_US ZV_SECONDS(1)
/* A reader that takes nothing for this long after the end loses the rest. */
#define FLUSH_US ZV_SECONDS(2)
/* Packets taken in one turn of the loop; the next tick takes more. */
#define MAX_DRAINED 4096
/* Room for the statistics of all interfaces, kept free until the end. */
#define RESERVE_BYTES 256

enum interface { INTERFACE_SIP, INTERFACE_RTP_SIP, INTERFACE_RTP_WEB, INTERFACE_COUNT };

enum phase {
    PHASE_RUNNING,
    PHASE_LINGERING, /* the call ended; until deadline_us */
    PHASE_ENDING,    /* takes nothing more, writes what it has; until deadline_us */
    PHASE_CLOSING,   /* the descriptor is being closed, then it is freed */
};

struct capture {
    struct zv_list_node node; /* in captures.list */
    struct zv_captures *captures;
    zv_call_id call;
    int fd; /* owned */
    enum phase phase;
    int64_t deadline_us;
    int64_t wall_offset_us; /* of the start, so that time does not jump inside a file */
    enum zv_worker_tap tap; /* wanted */
    bool is_tap_set;        /* the worker took the command */
    struct zv_buf filling;
    struct zv_buf writing; /* from `written` on still to be written */
    size_t written;
    bool is_busy; /* `request` is under way */
    uv_fs_t request;
    uint64_t bytes; /* written or waiting */
    uint64_t taken[INTERFACE_COUNT];
    uint64_t dropped[INTERFACE_COUNT]; /* no room in `filling` */
    uint64_t lost[INTERFACE_COUNT];    /* before they came here */
    struct zv_capture_end end;
    bool is_reported;
    zv_capture_ended_fn *ended_fn; /* NULL: nobody waits */
    void *arg;
};

struct zv_captures {
    struct zv_captures_cfg cfg;
    struct zv_loop_timer *timer; /* armed while `list` holds something */
    struct zv_list list;
    size_t count;
    bool is_closing;
};

static const char nobody_reads[] = "nobody reads it";

static void advance(struct capture *capture);

/* ---- The end ---- */

const char *zv_capture_reason_text(enum zv_capture_reason reason)
{
    static const char *const texts[] = {
#define X(name, text) [ZV_CAPTURE_##name] = text,
        ZV_CAPTURE_REASON_LIST(X)
#undef X
    };
    return texts[reason];
}

static void log_end(const struct zv_capture_end *end)
{
    char name[ZV_ID_TEXT_CAP];
    bool is_fault = end->reason == ZV_CAPTURE_FAILED;
    zv_log(ZV_LOG_MEDIA, is_fault ? ZV_LOG_WARN : ZV_LOG_INFO, zv_call_id_write(end->call, name),
           "capture ended: %s%s%s, %llu packets, %llu dropped, %llu bytes",
           zv_capture_reason_text(end->reason), is_fault ? ": " : "", is_fault ? end->error : "",
           (unsigned long long)end->packets, (unsigned long long)end->dropped,
           (unsigned long long)end->bytes);
}

/* Once. */
static void report(struct capture *capture)
{
    struct zv_capture_end *end = &capture->end;
    if (capture->is_reported)
        return;
    capture->is_reported = true;
    for (size_t i = 0; i < INTERFACE_COUNT; i++) {
        end->packets += capture->taken[i];
        end->dropped += capture->dropped[i] + capture->lost[i];
    }
    end->bytes = capture->bytes;
    log_end(end);
    if (capture->ended_fn)
        capture->ended_fn(capture->arg, end);
}

static void free_captures(struct zv_captures *captures)
{
    if (captures->is_closing && zv_list_is_empty(&captures->list))
        zv_free(captures);
}

static void free_capture(struct capture *capture)
{
    zv_free(capture->filling.p);
    zv_free(capture->writing.p);
    zv_free(capture);
}

static void on_closed(uv_fs_t *request)
{
    struct capture *capture = request->data;
    struct zv_captures *captures = capture->captures;
    if (request->result < 0 && capture->end.reason != ZV_CAPTURE_FAILED) {
        capture->end.reason = ZV_CAPTURE_FAILED;
        capture->end.error = uv_strerror((int)request->result);
    }
    uv_fs_req_cleanup(request);
    zv_list_remove(&capture->node);
    captures->count--;
    report(capture);
    free_capture(capture);
    free_captures(captures);
}

static void close_file(struct capture *capture)
{
    capture->phase = PHASE_CLOSING;
    capture->request.data = capture;
    (void)uv_fs_close(capture->captures->cfg.loop, &capture->request, capture->fd, on_closed);
}

/* What waits is thrown away. */
static void fail(struct capture *capture, const char *error)
{
    capture->end.reason = ZV_CAPTURE_FAILED;
    capture->end.error = error;
    capture->bytes -= capture->filling.len + capture->writing.len - capture->written;
    capture->filling.len = capture->writing.len = capture->written = 0;
    capture->tap = ZV_WORKER_TAP_OFF;
    capture->is_tap_set = false;
    capture->phase = PHASE_ENDING;
    advance(capture);
}

static void put_statistics(struct capture *capture)
{
    size_t before = capture->filling.len;
    for (uint32_t i = 0; i < INTERFACE_COUNT; i++) {
        const struct zv_pcapng_statistics statistics = {
            .interface = i,
            .wall_us = zv_clock_now_us() + capture->wall_offset_us,
            .received = capture->taken[i] + capture->dropped[i] + capture->lost[i],
            .dropped = capture->dropped[i] + capture->lost[i],
        };
        int err = zv_pcapng_write_statistics(&capture->filling, &statistics);
        (void)err; /* RESERVE_BYTES are kept for this */
    }
    capture->bytes += capture->filling.len - before;
}

static void end(struct capture *capture, enum zv_capture_reason reason)
{
    if (capture->phase >= PHASE_ENDING)
        return;
    capture->end.reason = reason;
    capture->phase = PHASE_ENDING;
    capture->deadline_us = zv_clock_now_us() + FLUSH_US;
    capture->tap = ZV_WORKER_TAP_OFF;
    capture->is_tap_set = false;
    put_statistics(capture);
    advance(capture);
}

/* ---- The file ---- */

static void on_written(uv_fs_t *request)
{
    struct capture *capture = request->data;
    ssize_t result = request->result;
    uv_fs_req_cleanup(request);
    capture->is_busy = false;
    if (result < 0 && result != UV_EAGAIN && result != UV_EINTR) {
        fail(capture, uv_strerror((int)result));
        return;
    }
    if (result > 0) {
        capture->written += (size_t)result;
        advance(capture);
    } else if (capture->captures->is_closing) {
        fail(capture, nobody_reads);
    } /* else the next tick tries again */
}

static void write_some(struct capture *capture)
{
    uv_buf_t piece = uv_buf_init(capture->writing.p + capture->written,
                                 (unsigned)(capture->writing.len - capture->written));
    capture->is_busy = true;
    capture->request.data = capture;
    (void)uv_fs_write(capture->captures->cfg.loop, &capture->request, capture->fd, &piece, 1, -1,
                      on_written); /* fails only without a callback */
}

/* The written buffer becomes the one to fill. */
static void turn_over(struct capture *capture)
{
    struct zv_buf empty = capture->writing;
    empty.len = 0;
    capture->writing = capture->filling;
    capture->filling = empty;
    capture->written = 0;
}

static void set_tap(struct capture *capture)
{
    struct zv_captures *captures = capture->captures;
    if (capture->is_tap_set)
        return;
    capture->is_tap_set =
        captures->is_closing ||
        captures->cfg.set_tap_fn(captures->cfg.arg, capture->call, capture->tap) != ZV_E_LIMIT;
}

/* Whatever can be done now: the tap, the next piece of the file, its end. */
static void advance(struct capture *capture)
{
    if (capture->phase == PHASE_CLOSING)
        return;
    set_tap(capture);
    if (capture->is_busy)
        return;
    if (capture->written == capture->writing.len && capture->filling.len)
        turn_over(capture);
    if (capture->written < capture->writing.len)
        write_some(capture);
    else if (capture->phase == PHASE_ENDING && capture->is_tap_set)
        close_file(capture);
}

/* ---- Time ---- */

static void check_deadline(struct capture *capture, int64_t now_us)
{
    if (capture->phase == PHASE_LINGERING && now_us >= capture->deadline_us)
        end(capture, ZV_CAPTURE_CALL_ENDED);
    else if (capture->phase == PHASE_ENDING && now_us >= capture->deadline_us &&
             !capture->is_busy && capture->written < capture->writing.len)
        fail(capture, nobody_reads);
    else
        advance(capture);
}

static void on_tick(void *arg, int64_t now_us)
{
    struct zv_captures *captures = arg;
    zv_captures_drain(captures);
    ZV_LIST_EACH (node, &captures->list)
        check_deadline(ZV_CONTAINER_OF(node, struct capture, node), now_us);
    if (!zv_list_is_empty(&captures->list))
        zv_loop_timer_arm(captures->timer, now_us + TICK_US);
}

/* ---- Packets ---- */

static struct capture *find(const struct zv_captures *captures, zv_call_id call)
{
    if (!captures)
        return NULL;
    ZV_LIST_EACH (node, &captures->list) {
        struct capture *capture = ZV_CONTAINER_OF(node, struct capture, node);
        if (zv_call_id_eq(capture->call, call))
            return capture;
    }
    return NULL;
}

static struct capture *find_taking(const struct zv_captures *captures, zv_call_id call)
{
    struct capture *capture = find(captures, call);
    return capture && capture->phase < PHASE_ENDING ? capture : NULL;
}

static void take(struct capture *capture, const struct zv_pcapng_packet *packet)
{
    struct zv_buf out = capture->filling;
    out.cap -= RESERVE_BYTES;
    if (zv_pcapng_write_packet(&out, packet)) {
        capture->dropped[packet->interface]++;
        return;
    }
    size_t block_bytes = out.len - capture->filling.len;
    if (capture->bytes + block_bytes + RESERVE_BYTES > capture->captures->cfg.max_bytes) {
        end(capture, ZV_CAPTURE_FULL);
        return;
    }
    capture->filling.len = out.len;
    capture->bytes += block_bytes;
    capture->taken[packet->interface]++;
}

static void take_rtp(struct capture *capture, const struct zv_worker_tapped *tapped)
{
    const struct zv_pcapng_packet packet = {
        .interface = tapped->leg == ZV_WORKER_LEG_WEB ? INTERFACE_RTP_WEB : INTERFACE_RTP_SIP,
        .is_outbound = tapped->is_outbound,
        .wall_us = tapped->at_us + capture->wall_offset_us,
        .local = tapped->local,
        .remote = tapped->remote,
        .payload = tapped->rtp,
        .captured_len = tapped->captured_len,
        .original_len = tapped->original_len,
    };
    capture->lost[packet.interface] = tapped->lost;
    take(capture, &packet);
}

void zv_captures_drain(struct zv_captures *captures)
{
    struct zv_worker_tapped tapped;
    if (!captures || zv_list_is_empty(&captures->list))
        return;
    for (int i = 0; i < MAX_DRAINED && captures->cfg.drain_fn(captures->cfg.arg, &tapped); i++) {
        struct capture *capture = find_taking(captures, tapped.call);
        if (capture)
            take_rtp(capture, &tapped);
    }
    ZV_LIST_EACH (node, &captures->list)
        advance(ZV_CONTAINER_OF(node, struct capture, node));
}

void zv_capture_sip(struct zv_captures *captures, const struct zv_capture_message *message)
{
    char text[ZV_ID_TEXT_CAP + 8];
    char name[ZV_ID_TEXT_CAP];
    struct zv_buf comment = zv_buf(text, sizeof(text));
    if (!find(captures, message->call))
        return;
    zv_captures_drain(captures); /* so that packets are nearly in the order of their times */
    struct capture *capture = find_taking(captures, message->call);
    if (!capture)
        return;
    zv_buf_printf(&comment, "call %s", zv_call_id_write(message->call, name));
    const struct zv_pcapng_packet packet = {
        .interface = INTERFACE_SIP,
        .is_outbound = message->is_outbound,
        .wall_us = message->wall_us,
        .local = message->local,
        .remote = message->remote,
        .payload = (const uint8_t *)message->text.p,
        .captured_len = message->text.len,
        .original_len = message->text.len,
        .comment = zv_buf_str(&comment),
    };
    take(capture, &packet);
    advance(capture);
}

/* ---- Start and stop ---- */

static int put_head(struct capture *capture)
{
    char text[128];
    char name[ZV_ID_TEXT_CAP];
    bool has_media = capture->captures->cfg.has_media;
    struct zv_buf comment = zv_buf(text, sizeof(text));
    struct zv_buf *out = &capture->filling;
    zv_buf_printf(&comment, "call %s", zv_call_id_write(capture->call, name));
    struct zv_str call = zv_buf_str(&comment);
    int err = zv_pcapng_write_section(out, ZV_STR_LIT("Zvonok " ZV_VERSION), call);
    if (!err)
        err = zv_pcapng_write_interface(out, ZV_STR_LIT("sip"), call);
    zv_buf_put_text(&comment, has_media ? ", whole RTP packets, not encrypted" : ", RTP headers");
    if (!err)
        err = zv_pcapng_write_interface(out, ZV_STR_LIT("rtp-sip"), zv_buf_str(&comment));
    if (!err)
        err = zv_pcapng_write_interface(out, ZV_STR_LIT("rtp-web"), zv_buf_str(&comment));
    capture->bytes = out->len;
    return err;
}

static int make_ready(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
        return ZV_E_INVAL;
    return fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? ZV_E_INVAL : 0;
}

static int open_capture(struct zv_captures *captures, zv_call_id call, struct capture **ret_capture)
{
    struct capture *capture = zv_zalloc(sizeof(*capture));
    if (!capture)
        return ZV_E_NOMEM;
    capture->captures = captures;
    capture->call = capture->end.call = call;
    capture->wall_offset_us = zv_clock_wall_offset_us();
    capture->tap = captures->cfg.has_media ? ZV_WORKER_TAP_WHOLE : ZV_WORKER_TAP_HEADERS;
    capture->filling = zv_buf(zv_zalloc(ZV_CAPTURE_BUFFER_BYTES), ZV_CAPTURE_BUFFER_BYTES);
    capture->writing = zv_buf(zv_zalloc(ZV_CAPTURE_BUFFER_BYTES), ZV_CAPTURE_BUFFER_BYTES);
    int err = capture->filling.p && capture->writing.p ? put_head(capture) : ZV_E_NOMEM;
    if (err) {
        zv_free(capture->filling.p);
        zv_free(capture->writing.p);
        zv_free(capture);
        return err;
    }
    *ret_capture = capture;
    return 0;
}

int zv_capture_start(struct zv_captures *captures, zv_call_id call, int fd,
                     zv_capture_ended_fn *ended_fn, void *arg)
{
    char name[ZV_ID_TEXT_CAP];
    struct capture *capture = NULL;
    int err = captures->is_closing ? ZV_E_STATE : 0;
    if (!err && find(captures, call))
        err = ZV_E_EXISTS;
    if (!err && captures->count >= captures->cfg.max)
        err = ZV_E_LIMIT;
    if (!err)
        err = make_ready(fd);
    if (!err)
        err = open_capture(captures, call, &capture);
    if (err) {
        close(fd);
        return err;
    }
    capture->fd = fd;
    capture->ended_fn = ended_fn;
    capture->arg = arg;
    zv_list_append(&captures->list, &capture->node);
    captures->count++;
    zv_log(ZV_LOG_MEDIA, ZV_LOG_INFO, zv_call_id_write(call, name), "capture started: SIP and %s",
           captures->cfg.has_media ? "whole RTP packets" : "RTP headers");
    zv_loop_timer_arm(captures->timer, zv_clock_now_us() + TICK_US);
    advance(capture);
    return 0;
}

int zv_capture_stop(struct zv_captures *captures, zv_call_id call)
{
    struct capture *capture = find_taking(captures, call);
    if (!capture)
        return ZV_E_NOTFOUND;
    zv_captures_drain(captures);
    end(capture, ZV_CAPTURE_STOPPED);
    return 0;
}

bool zv_capture_is_running(const struct zv_captures *captures, zv_call_id call)
{
    return find_taking(captures, call) != NULL;
}

void zv_capture_on_media(struct zv_captures *captures, zv_call_id call)
{
    struct capture *capture = find_taking(captures, call);
    if (!capture)
        return;
    capture->is_tap_set = false;
    advance(capture);
}

void zv_capture_on_ended(struct zv_captures *captures, zv_call_id call)
{
    struct capture *capture = find(captures, call);
    if (!capture || capture->phase != PHASE_RUNNING)
        return;
    capture->phase = PHASE_LINGERING;
    capture->deadline_us = zv_clock_now_us() + LINGER_US;
}

/* ---- All of them ---- */

int zv_captures_new(struct zv_captures **ret_captures, const struct zv_captures_cfg *cfg)
{
    struct zv_captures *captures = zv_zalloc(sizeof(*captures));
    if (!captures)
        return ZV_E_NOMEM;
    captures->cfg = *cfg;
    zv_list_init(&captures->list);
    int err = zv_loop_timer_open(&captures->timer, cfg->loop, on_tick, captures);
    if (err) {
        zv_free(captures);
        return err;
    }
    *ret_captures = captures;
    return 0;
}

struct zv_captures *zv_captures_close(struct zv_captures *captures)
{
    if (!captures)
        return NULL;
    zv_captures_drain(captures);
    captures->timer = zv_loop_timer_close(captures->timer);
    captures->is_closing = true;
    ZV_LIST_EACH (node, &captures->list) {
        struct capture *capture = ZV_CONTAINER_OF(node, struct capture, node);
        end(capture, ZV_CAPTURE_CLOSING);
        report(capture);
        advance(capture); /* no tick comes any more */
    }
    free_captures(captures);
    return NULL;
}
