/*
 * The verbs of the admin socket: what zvonokctl asks of a running gateway. One file for each group
 * of them (admin_*.c), their table in admin.c.
 */
#ifndef ZV_GATEWAY_ADMIN_H
#define ZV_GATEWAY_ADMIN_H

#include "admin/admin.h"
#include "base/attr.h"
#include "base/json.h"
#include "base/list.h"
#include "call/view.h"
#include "gateway/gateway.h"
#include "trace/trace.h"

struct zv_loop_timer;
struct zv_worker_event;

/* In struct zv_gateway. */
struct zv_gateway_admin {
    struct zv_admin *server;     /* NULL: turned off, or its default path cannot be used */
    struct zv_list waits;        /* admin_call.c: requests that wait for a worker's figures */
    struct zv_loop_timer *timer; /* of the first of them */
    struct zv_list visits;       /* admin_doctor.c: requests that wait for an examination */
    struct zv_list watches;      /* admin_pcap.c: captures that were asked for */
};

/* Before anything else of it; afterwards it may be closed. */
void zv_gateway_init_admin(struct zv_gateway *gateway);
/*
 * A path and a group that the configuration names must work; where the default path does not, the
 * gateway goes on without, and a warning says so.
 */
int zv_gateway_open_admin(struct zv_gateway *gateway,
                          char ret_error[ZV_GATEWAY_ERROR_CAP]) ZV_MUST_CHECK;
void zv_gateway_close_admin(struct zv_gateway *gateway);
/* Figures that a request waits for; others are passed over. */
void zv_gateway_admin_event(struct zv_gateway *gateway, const struct zv_worker_event *event);

/* ---- verbs: each answers query->id, now or later ---- */

typedef void zv_admin_verb_fn(struct zv_gateway *gateway, const struct zv_admin_query *query);

zv_admin_verb_fn zv_admin_status;   /* admin_status.c */
zv_admin_verb_fn zv_admin_calls;    /* admin_lists.c */
zv_admin_verb_fn zv_admin_sessions; /* likewise */
zv_admin_verb_fn zv_admin_call;     /* admin_call.c */
zv_admin_verb_fn zv_admin_trace;    /* admin_trace.c */
zv_admin_verb_fn zv_admin_loglevel; /* admin_loglevel.c */
zv_admin_verb_fn zv_admin_doctor;   /* admin_doctor.c */
zv_admin_verb_fn zv_admin_reload;   /* admin_reload.c */
zv_admin_verb_fn zv_admin_pcap;     /* admin_pcap.c */
zv_admin_verb_fn zv_admin_hangup;   /* admin_hangup.c */
zv_admin_verb_fn zv_admin_drain;    /* admin_drain.c */

/* Who asked went away: figures, an examination, a capture are not wanted any more. */
void zv_admin_forget_wait(struct zv_gateway *gateway, zv_admin_id id);  /* admin_call.c */
void zv_admin_forget_visit(struct zv_gateway *gateway, zv_admin_id id); /* admin_doctor.c */
void zv_admin_forget_watch(struct zv_gateway *gateway, zv_admin_id id); /* admin_pcap.c */
void zv_admin_close_waits(struct zv_gateway *gateway);
void zv_admin_close_visits(struct zv_gateway *gateway);

/* ---- shared by the verbs ---- */

/* admin_find.c: by "c-0.12.3", else by the client's callId or the SIP Call-ID; the youngest of
 * equals. */
bool zv_admin_find_live(const struct zv_gateway *gateway, struct zv_str id,
                        struct zv_call_view *ret_view);
/* Of a live or a finished call. NULL: none, or nothing is recorded. */
const struct zv_trace *zv_admin_find_trace(const struct zv_gateway *gateway, struct zv_str id);
/* Answers that the call is over, or that there is none. */
void zv_admin_refuse_not_live(struct zv_gateway *gateway, const struct zv_admin_query *query);
/* Answers that trace.record is false. */
void zv_admin_refuse_unrecorded(struct zv_gateway *gateway, const struct zv_admin_query *query);
/* Answers that there is no such call. */
void zv_admin_refuse_unknown(struct zv_gateway *gateway, const struct zv_admin_query *query);

/* admin_lists.c: the members of a call, in an object that the caller opened. */
void zv_admin_write_call(struct zv_json *json, const struct zv_call_view *view, int64_t now_us);

/* admin_status.c: "running", "draining", "stopping". */
const char *zv_admin_phase_name(const struct zv_gateway *gateway);

/* Whole milliseconds. */
void zv_admin_write_ms(struct zv_json *json, const char *key, int64_t from_us, int64_t to_us);

#endif
