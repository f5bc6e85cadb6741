/*
 * Captures: SIP and both legs' RTP of one call, as a pcapng file, while the call goes on.
 *
 * The file is a descriptor that somebody else opened (zvonokctl, which hands it over): no path is
 * opened here. What is said stays out of it unless capture.media is true: then workers cut RTP
 * packets behind their headers before they come here (worker/tap.h). SIP comes redacted: whoever
 * gives messages to zv_capture_sip has taken keys, passwords and, without consent, texts out of
 * them.
 *
 * The loop never waits for the file. Blocks gather in a buffer of fixed size while another one is
 * written by libuv's threads; what finds no room is dropped and counted, and the counts are in the
 * file (interface statistics) and in the log. A capture ends when it is asked to, when its call has
 * ended, at capture.max_bytes, or when the file cannot be written; each end is one log line and one
 * call of ended_fn. All on the signalling thread.
 */
#ifndef ZV_GATEWAY_CAPTURE_H
#define ZV_GATEWAY_CAPTURE_H

#include "base/addr.h"
#include "base/attr.h"
#include "base/id.h"
#include "base/str.h"
#include "worker/tap.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct uv_loop_s;

/* Bytes that wait for the file, and as many that are being written: 1 MiB for each capture. */
#define ZV_CAPTURE_BUFFER_BYTES ((size_t)512 << 10)

struct zv_captures;

struct zv_captures_cfg {
    struct uv_loop_s *loop; /* borrowed, as all pointers below */
    bool has_media;         /* capture.media: consent to write what is said */
    size_t max;             /* captures at once */
    uint64_t max_bytes;     /* of one file */
    /* To the worker of `call`. ZV_E_LIMIT: no room for the command, asked again later. */
    int (*set_tap_fn)(void *arg, zv_call_id call, enum zv_worker_tap tap);
    /* The next packet that a worker copied; false: none waits. */
    bool (*drain_fn)(void *arg, struct zv_worker_tapped *ret_packet);
    void *arg;
};

/* ZV_E_NOMEM. */
int zv_captures_new(struct zv_captures **ret_captures,
                    const struct zv_captures_cfg *cfg) ZV_MUST_CHECK;
/*
 * Ends and reports every capture; functions of cfg are not called any more. What waits is still
 * written as far as the files take it at once: the loop must run until that is done. NULL is
 * allowed; returns NULL.
 */
struct zv_captures *zv_captures_close(struct zv_captures *captures);
/* At each bell of the workers; while captures run it also happens by itself. */
void zv_captures_drain(struct zv_captures *captures);

/* ---- One capture ---- */

#define ZV_CAPTURE_REASON_LIST(X)                                                                  \
    X(STOPPED, "stopped as asked")                                                                 \
    X(CALL_ENDED, "the call ended")                                                                \
    X(FULL, "capture.max_bytes is reached")                                                        \
    X(FAILED, "the file could not be written") /* end.error says why */                            \
    X(CLOSING, "zvonokd stops")

enum zv_capture_reason {
#define X(name, text) ZV_CAPTURE_##name,
    ZV_CAPTURE_REASON_LIST(X)
#undef X
};
const char *zv_capture_reason_text(enum zv_capture_reason reason);

struct zv_capture_end {
    zv_call_id call;
    enum zv_capture_reason reason;
    const char *error; /* FAILED: the system's words, static; else NULL */
    uint64_t packets;  /* in the file */
    uint64_t dropped;  /* that should be */
    uint64_t bytes;    /* written */
};
typedef void zv_capture_ended_fn(void *arg, const struct zv_capture_end *end);

/*
 * Starts a capture of `call`, which exists. `fd` is taken in any case, and made non-blocking for
 * all who share its description. `ended_fn` (may be NULL) is called once, later, when the file is
 * closed. ZV_E_LIMIT (capture.max), ZV_E_EXISTS (one is running), ZV_E_INVAL (fd is not open for
 * writing), ZV_E_STATE (they are being closed), ZV_E_NOMEM.
 */
int zv_capture_start(struct zv_captures *captures, zv_call_id call, int fd,
                     zv_capture_ended_fn *ended_fn, void *arg) ZV_MUST_CHECK;
/* ZV_E_NOTFOUND: none of that call is running. */
int zv_capture_stop(struct zv_captures *captures, zv_call_id call) ZV_MUST_CHECK;
bool zv_capture_is_running(const struct zv_captures *captures, zv_call_id call);

/* ---- What a call does; of calls that are not captured nothing happens ---- */

struct zv_capture_message {
    zv_call_id call;
    bool is_outbound;
    struct zv_addr local; /* of the flow */
    struct zv_addr remote;
    int64_t wall_us;
    struct zv_str text; /* already redacted */
};
/* A SIP message, also one of before the capture. */
void zv_capture_sip(struct zv_captures *captures, const struct zv_capture_message *message);
/* Its media exists: a tap that came too early for the worker is set now. */
void zv_capture_on_media(struct zv_captures *captures, zv_call_id call);
/* Call control is done with it. The last messages (the answer to a BYE) are waited for a second. */
void zv_capture_on_ended(struct zv_captures *captures, zv_call_id call);

#endif
