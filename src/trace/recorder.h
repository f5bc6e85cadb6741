/*
 * The flight recorder: for each call a bounded trace, while it lives and for a while after. Fed by
 * the gateway's loop with what call control is told, what it orders, the SIP messages on the wire
 * and the media's milestones. Pure; on the signalling thread only.
 *
 * Bounds: bytes per call (the first half of them keeps the call's beginning for good, the rest its
 * last events), finished calls by number and age. Out of memory a trace has a gap, counted.
 */
#ifndef ZV_TRACE_RECORDER_H
#define ZV_TRACE_RECORDER_H

#include "base/addr.h"
#include "base/attr.h"
#include "call/call.h"
#include "call/command.h"
#include "call/input.h"
#include "trace/trace.h"

struct zv_recorder;

struct zv_recorder_cfg {
    uint64_t seed[2];        /* random: hashing of ids */
    uint32_t bytes_per_call; /* of events; at least 4096 */
    uint32_t max_live;       /* calls at once */
    uint32_t max_finished;   /* finished calls kept, the oldest go first, of those that were refused
                                at most a quarter; 0: none */
    int64_t keep_us;         /* a finished call is kept this long */
};

/* ZV_E_NOMEM, ZV_E_INVAL. */
int zv_recorder_new(struct zv_recorder **ret_recorder,
                    const struct zv_recorder_cfg *cfg) ZV_MUST_CHECK;
/* NULL allowed, returns NULL. */
struct zv_recorder *zv_recorder_free(struct zv_recorder *recorder);

/* ---- what happens ---- */

struct zv_recorder_now {
    int64_t us;      /* monotonic */
    int64_t wall_us; /* Unix time */
};

/*
 * An input that call control has just taken, before its commands. `about`: zv_switch_subject; 0
 * where it was about no call (any more). `session`: zv_switch_connect_of it, or NULL; used when the
 * call begins and when its client returns.
 */
void zv_recorder_input(struct zv_recorder *recorder, const struct zv_call_in *in, zv_call_id about,
                       const struct zv_switch_connect *session, struct zv_recorder_now now);
/* What follows are commands of due deadlines. */
void zv_recorder_timeout(struct zv_recorder *recorder);
void zv_recorder_command(struct zv_recorder *recorder, const struct zv_call_cmd *cmd,
                         struct zv_recorder_now now);

struct zv_recorder_sip {
    bool is_sent; /* by us */
    struct zv_addr local;
    struct zv_addr remote;
    struct zv_str bytes; /* the whole message */
};
/*
 * A message on the wire, of any call or none: found by its Call-ID. Returns the event that it
 * became, valid until the next call of any function here, and whose it is (0: of a refused call);
 * NULL: of no call that is known.
 */
const struct zv_trace_event *zv_recorder_sip(struct zv_recorder *recorder,
                                             const struct zv_recorder_sip *message,
                                             struct zv_recorder_now now, zv_call_id *ret_call);
/* The SIP leg of an outgoing call has this Call-ID; before its first message. */
void zv_recorder_bind(struct zv_recorder *recorder, zv_call_id call, struct zv_str sip_call_id);
/* A milestone of the media: `leg` is enum zv_call_leg; `detail` one line or empty. */
void zv_recorder_media(struct zv_recorder *recorder, zv_call_id call, enum zv_call_leg leg,
                       const char *label, struct zv_str detail, struct zv_recorder_now now);

/* Finished calls that were kept long enough go. */
void zv_recorder_on_timeout(struct zv_recorder *recorder, int64_t now_us);
/* ZV_TIME_NEVER: none. */
int64_t zv_recorder_deadline_us(const struct zv_recorder *recorder);

/* ---- who asks ---- */

/* By "c-0.12.3", else by the client's callId or the SIP Call-ID; the youngest of equals. NULL:
 * none. Valid until the next call of a function above. */
const struct zv_trace *zv_recorder_find(const struct zv_recorder *recorder, struct zv_str id);
/* The call that the last zv_recorder_command ended, likewise; NULL: none, or it was not kept. */
const struct zv_trace *zv_recorder_ended(const struct zv_recorder *recorder);
/* Walks from the youngest to the oldest: start with NULL; NULL: the end. */
const struct zv_trace *zv_recorder_next(const struct zv_recorder *recorder,
                                        const struct zv_trace *trace);

struct zv_recorder_stats {
    uint32_t live;
    uint32_t finished;
    uint64_t bytes;   /* of events, now */
    uint64_t events;  /* recorded, ever */
    uint64_t dropped; /* for want of room or memory, ever */
};
void zv_recorder_stats(const struct zv_recorder *recorder, struct zv_recorder_stats *ret_stats);

#endif
