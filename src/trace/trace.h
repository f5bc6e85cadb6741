/*
 * What is known of one call: who, when, why it ended, and the events between client, gateway and
 * SIP side in the order in which they happened. A plain value, filled by the recorder
 * (trace/recorder.h) or read back from JSON, and written as JSON, as an aligned text ladder, or as
 * a Mermaid sequence diagram.
 *
 * Events of the kinds INPUT, COMMAND and TIMER are what call control was told and what it ordered
 * beside the messages that the ladder shows. No ladder shows them; with them a trace can be played
 * to call control again (tests/support/replay.h).
 *
 * No secret is in a trace: passwords and tokens never enter it, keys and digest responses in SIP
 * messages and descriptions are blanked (trace/redact.h).
 */
#ifndef ZV_TRACE_TRACE_H
#define ZV_TRACE_TRACE_H

#include "base/addr.h"
#include "base/buf.h"
#include "base/id.h"
#include "base/json.h"
#include "base/list.h"
#include "base/str.h"
#include "call/cause.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* From left to right. PHONE: beyond the SIP server, which the gateway does not see; only in traces
 * that were merged with what another observer saw. */
#define ZV_TRACE_LANE_LIST(X)                                                                      \
    X(CLIENT, "client", "client")                                                                  \
    X(GATEWAY, "gateway", "gateway")                                                               \
    X(SIP, "sip", "SIP server")                                                                    \
    X(PHONE, "phone", "SIP phone")

enum zv_trace_lane {
#define X(id, name, title) ZV_TRACE_LANE_##id,
    ZV_TRACE_LANE_LIST(X)
#undef X
        ZV_TRACE_LANE_COUNT,
};

#define ZV_TRACE_KIND_LIST(X)                                                                      \
    X(CLIENT, "client")   /* a message of the client's protocol */                                 \
    X(SIP, "sip")         /* a SIP message as it went over the wire, redacted */                   \
    X(MEDIA, "media")     /* ICE, DTLS, first packets, silence */                                  \
    X(STATE, "state")     /* of call control: "old -> new" */                                      \
    X(END, "end")         /* the cause; the last word on the call, stragglers may follow */        \
    X(INPUT, "input")     /* hidden: told to call control, beside the above */                     \
    X(COMMAND, "command") /* hidden: ordered by call control, beside the above */                  \
    X(TIMER, "timer")     /* hidden: a deadline of the call was due */

enum zv_trace_kind {
#define X(id, name) ZV_TRACE_KIND_##id,
    ZV_TRACE_KIND_LIST(X)
#undef X
        ZV_TRACE_KIND_COUNT,
};

const char *zv_trace_lane_name(enum zv_trace_lane lane);
const char *zv_trace_lane_title(enum zv_trace_lane lane);
const char *zv_trace_kind_name(enum zv_trace_kind kind);
static inline bool zv_trace_kind_is_hidden(enum zv_trace_kind kind)
{
    return kind >= ZV_TRACE_KIND_INPUT;
}

struct zv_trace_event {
    struct zv_list_node node; /* in zv_trace.events */
    int64_t at_us;            /* same clock as zv_trace.created_us */
    uint8_t kind;             /* enum zv_trace_kind */
    uint8_t from;             /* enum zv_trace_lane; equal to `to`: a note there */
    uint8_t to;
    uint8_t step;            /* of a described flow, 0: none; set by those who merge */
    uint32_t dropped_before; /* events left out between the one before and this, for want of room */
    struct zv_str label;     /* short: "call", "INVITE", "180 Ringing", "ACTIVE -> CLOSING" */
    struct zv_str detail;    /* one line: "to 1002", addresses, a sentence; may be empty */
    struct zv_addr local;    /* of a SIP message: our end; else family NONE */
    struct zv_addr remote;   /* likewise: the other end */
    struct zv_str data; /* a SIP message; JSON of a client message, input or command; or empty */
};

/* All texts are clean: one line, UTF-8, no controls (`data` of SIP apart). */
struct zv_trace {
    char name[ZV_ID_TEXT_CAP];    /* "c-0.12.3"; "r-7": refused before it was a call */
    char session[ZV_ID_TEXT_CAP]; /* "s-5.1", or "" */
    char call_id[65];             /* the client's callId, or "" */
    char sip_call_id[129];        /* Call-ID of the SIP leg, or "" (cut when longer) */
    char caller[257];
    char callee[257];
    bool incoming;
    bool is_live;
    enum zv_cause cause;   /* once it is not live */
    enum zv_cause_hop hop; /* particular to this end; NONE: the cause's */
    char text[257];        /* particular to this end, or "": the cause's */
    char remedy[257];      /* particular to this end, or "": the cause's */
    int sip_status;        /* of the end; 0: none */
    char codec[17];        /* "" while none is agreed on */
    char video[17];        /* its codec, likewise */
    char no_video[97];     /* why there is none, where one side wanted it; "" */
    int64_t created_us;    /* monotonic; 0 in all of these: never happened */
    int64_t answered_us;
    int64_t ended_us;
    int64_t created_wall_us; /* Unix time */
    struct zv_list events;   /* struct zv_trace_event, oldest first */
    uint32_t event_count;
    uint32_t events_dropped; /* from the middle, for want of room */
};

/* "2026-11-26T20:59:04.123456Z". */
void zv_trace_write_time(int64_t wall_us, struct zv_buf *out);
/* The members of "call" below, into an object that is open. */
void zv_trace_write_head(const struct zv_trace *trace, struct zv_json *json);
/* {"version":1,"call":{…},"events":[…]}. `out` overflows when it is too small. */
void zv_trace_write_json(const struct zv_trace *trace, struct zv_buf *out);

struct zv_trace_style {
    bool without_addresses; /* no IP address and port: what a client may see */
    size_t columns;         /* of the ladder; 0: 100, where three lanes or fewer allow it */
};
/* Heading, cause, remedy, and one line for each event that is not hidden. */
void zv_trace_write_ladder(const struct zv_trace *trace, const struct zv_trace_style *style,
                           struct zv_buf *out);
/* A `sequenceDiagram` of https://mermaid.js.org, without a fence. */
void zv_trace_write_mermaid(const struct zv_trace *trace, const struct zv_trace_style *style,
                            struct zv_buf *out);

#endif
