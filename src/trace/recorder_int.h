/*
 * What the files of the recorder share:
 *   recorder.c  the traces, their bounds, who finds them
 *   record.c    inputs, commands and milestones as events
 *   wire.c      whose a SIP message is
 */
#ifndef ZV_TRACE_RECORDER_INT_H
#define ZV_TRACE_RECORDER_INT_H

#include "base/limits.h"
#include "base/map.h"
#include "trace/recorder.h"
#include "trace/sip_head.h"

/* Refused calls have traces too, and as many messages as this wait for a call to claim them. */
#define ZV_RECORDER_MAX_ORPHANS 8

struct zv_recorder_entry {
    struct zv_trace trace;
    struct zv_list_node node;    /* in zv_recorder.live or .finished, the youngest last */
    struct zv_list_node refused; /* in zv_recorder.refused as well */
    struct zv_list_node alike;   /* in the list of entries with the same SIP Call-ID */
    struct zv_map_node by_id;
    zv_call_id id; /* 0: was refused */
    zv_session_id session;
    zv_conn_id conn;
    struct zv_recorder_sip_id *sip_id; /* borrowed; NULL: no Call-ID is known */
    char local_tag[65];                /* ours in the SIP dialog, once it is known */
    uint64_t branch;                   /* of the INVITE that made it, hashed; 0: it called out */
    uint32_t bytes;                    /* of all events */
    uint32_t first_kept;               /* events at the start that are never dropped */
    int64_t timer_us;                  /* of the last TIMER event */
};

/* A Call-ID and its legs: several when a call comes back to this gateway through a proxy, or when a
 * proxy forks it to several accounts of this gateway. */
struct zv_recorder_sip_id {
    struct zv_map_node node;
    struct zv_list entries; /* by zv_recorder_entry.alike */
    char text[129];
};

struct zv_recorder_orphan {
    struct zv_trace_event *event; /* owned; NULL: free */
    char sip_call_id[129];
    uint64_t branch; /* hashed */
};

struct zv_recorder {
    struct zv_recorder_cfg cfg;
    struct zv_list live;
    struct zv_list finished;
    struct zv_list refused; /* those of `finished` that never were calls */
    uint32_t live_count;
    uint32_t finished_count;
    uint32_t refused_kept;
    struct zv_map by_id;               /* -> entry */
    struct zv_map by_sip_id;           /* -> zv_recorder_sip_id */
    struct zv_recorder_entry *current; /* the refused call that commands about no call belong to */
    struct zv_recorder_entry *ended;   /* by the last command */
    bool is_timeout;                   /* what follows comes from due deadlines */
    uint64_t refused_count;
    struct zv_recorder_orphan orphans[ZV_RECORDER_MAX_ORPHANS];
    size_t orphan_next;
    struct zv_recorder_stats stats;
    /* While an event is composed. */
    char label[128];
    char detail[320];
    char data[2 * ZV_MAX_SIP_MESSAGE_BYTES];
    char scratch[ZV_MAX_SIP_MESSAGE_BYTES + 1];
};

struct zv_recorder_draft {
    enum zv_trace_kind kind;
    enum zv_trace_lane from;
    enum zv_trace_lane to;
    struct zv_str label;
    struct zv_str detail;
    struct zv_str data;
    struct zv_addr local;
    struct zv_addr remote;
};

/* recorder.c */
struct zv_recorder_entry *zv_recorder_entry_of(const struct zv_recorder *recorder, zv_call_id id);
/* NULL: no room or memory. `id` 0: a call that was refused. */
struct zv_recorder_entry *zv_recorder_open(struct zv_recorder *recorder, zv_call_id id,
                                           struct zv_recorder_now now);
void zv_recorder_finish(struct zv_recorder *recorder, struct zv_recorder_entry *entry,
                        struct zv_recorder_now now);
/* A heap copy of the draft; NULL: no memory. */
struct zv_trace_event *zv_recorder_event_new(const struct zv_recorder_draft *draft, int64_t at_us);
void zv_recorder_append(struct zv_recorder *recorder, struct zv_recorder_entry *entry,
                        struct zv_trace_event *event);
/* NULL: no memory. */
struct zv_trace_event *zv_recorder_add(struct zv_recorder *recorder,
                                       struct zv_recorder_entry *entry,
                                       const struct zv_recorder_draft *draft, int64_t at_us);
/* One line of valid UTF-8 without controls, cut at a character. */
void zv_recorder_clean(struct zv_str text, char *dst, size_t cap);

/* wire.c */
void zv_recorder_bind_entry(struct zv_recorder *recorder, struct zv_recorder_entry *entry,
                            struct zv_str sip_call_id);
void zv_recorder_unbind(struct zv_recorder *recorder, struct zv_recorder_entry *entry);
void zv_recorder_drop_orphans(struct zv_recorder *recorder);

#endif
