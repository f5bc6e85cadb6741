/*
 * What the files of the gateway's wiring share.
 */
#ifndef ZV_GATEWAY_GATEWAY_INT_H
#define ZV_GATEWAY_GATEWAY_INT_H

#include "base/id.h"
#include "base/limits.h"
#include "base/list.h"
#include "call/call.h"
#include "gateway/admin.h"
#include "gateway/capture.h"
#include "gateway/gateway.h"
#include "gateway/metrics.h"
#include "gateway/truth.h"
#include "http/http.h"
#include "io/loop.h"
#include "rtc/dtls/dtls.h"
#include "sipnet/sipnet.h"
#include "trace/recorder.h"
#include "worker/ports.h"
#include "worker/worker.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

/* A call whose media waits for the local address towards its SIP server. */
struct zv_parked_create {
    struct zv_list_node node;
    struct zv_cmd_media_create cmd;
};

/* A command to a worker that could not be posted; told to call control after the drain. */
struct zv_media_refusal {
    struct zv_list_node node;
    zv_call_id call;
};

/* The longest secret of a TURN server, and a NUL. */
#define ZV_GATEWAY_SECRET_CAP 257

struct zv_gateway_names {
    char **items; /* owned */
    size_t count;
};

enum zv_gateway_phase {
    ZV_GATEWAY_RUNNING,
    ZV_GATEWAY_DRAINING, /* no new calls; stops with the last one, or when its time is over */
    ZV_GATEWAY_ENDING,   /* waiting for BYE and REGISTER to be answered */
    ZV_GATEWAY_STOPPED,  /* handles are closing */
};

struct zv_gateway {
    const struct zv_config *config;        /* borrowed; of the signalling thread alone */
    const struct zv_config_source *source; /* borrowed; reload.h. NULL: it does not change */
    struct zv_config *living;              /* borrowed; `config`, to be changed */
    uv_loop_t *loop;                       /* borrowed */
    enum zv_gateway_phase phase;
    bool has_to_stop; /* SIGTERM has come: there is no way back */
    struct zv_switch *sw;
    struct zv_trunk *trunks; /* owned: the switchboard and SIP's edge look at them */
    struct zv_gateway_names ca_names;
    struct zv_http *http;
    struct zv_sipnet *sipnet;
    struct zv_ports *ports;
    struct zv_dtls_ctx *dtls;
    struct zv_captures *captures;
    struct zv_worker *workers[ZV_MAX_WORKERS];
    uint32_t worker_count;
    struct zv_loop_bell *bell;   /* workers ring it */
    struct zv_loop_timer *timer; /* the switchboard's deadline */
    struct zv_loop_timer *ending;
    struct zv_loop_timer *draining;
    int64_t drained_us;           /* DRAINING: when calls that are not over are ended */
    struct zv_recorder *recorder; /* owned; NULL: trace.record is false */
    struct zv_loop_timer *expiry; /* of finished traces */
    int64_t recording_ns;         /* of CPU, spent by the recorder */
    int64_t clock_ns;             /* of CPU, for one reading of the clock that measures it */
    uint32_t recording_lot;       /* whether the next recording is measured */
    struct zv_list parked;        /* struct zv_parked_create */
    struct zv_list refusals;      /* struct zv_media_refusal */
    int64_t media_silence_us;
    struct zv_addr media_addresses[ZV_MAX_MEDIA_ADDRESSES]; /* offered to clients */
    size_t media_address_count;
    struct zv_addr public_addresses[ZV_MAX_PUBLIC_ADDRESSES]; /* offered first; NONE: none */
    struct zv_list doctor_runs;                               /* doctor.c */
    int64_t started_us;
    struct zv_gateway_admin admin;
    struct zv_metrics metrics;
    struct zv_truth truth;
    char turn_secret[ZV_GATEWAY_SECRET_CAP];    /* "": no TURN server */
    struct zv_cidr proxies[ZV_CONFIG_MAX_LIST]; /* http.trusted_proxies */
    struct zv_loop_timer *pulse;                /* by which the loop's lag is measured */
    int64_t pulse_us;                           /* when it is due */
    uv_timer_t idle_check;                      /* while ENDING */
};

/* gateway.c: one input, then everything that follows from it. */
void zv_gateway_input(struct zv_gateway *gateway, const struct zv_call_in *in);

/* drain.c: part of the loop's life. */
int zv_gateway_open_drain(struct zv_gateway *gateway) ZV_MUST_CHECK;
void zv_gateway_close_drain(struct zv_gateway *gateway);
/* DRAINING and the last call is over: stops. Call it now and then. */
void zv_gateway_watch_drain(struct zv_gateway *gateway);

/* media.c: call control's media commands to workers, workers' events to call control. */
int zv_gateway_open_media(struct zv_gateway *gateway, struct zv_switch_cfg *sw_cfg,
                          char ret_error[ZV_GATEWAY_ERROR_CAP]) ZV_MUST_CHECK;
/* Which addresses clients are offered, and how many workers there are, by the configuration and
 * this machine. */
void zv_gateway_choose_addresses(const struct zv_config *config, struct zv_switch_cfg *sw_cfg);
uint32_t zv_gateway_worker_count(const struct zv_config *config);
int zv_gateway_start_media(struct zv_gateway *gateway) ZV_MUST_CHECK;
void zv_gateway_close_media(struct zv_gateway *gateway);
void zv_gateway_execute_media(struct zv_gateway *gateway, const struct zv_call_cmd *cmd);
/* The local address of a session became known. */
void zv_gateway_unpark(struct zv_gateway *gateway, zv_session_id session);
void zv_gateway_deliver_refusals(struct zv_gateway *gateway);

/* turn.c: takes turn.secret, or reads turn.secret_file; "" where there is no TURN server.
 * ZV_E_INVAL. */
int zv_turn_read_secret(const struct zv_config *config, char ret_secret[ZV_GATEWAY_SECRET_CAP],
                        char ret_error[ZV_GATEWAY_ERROR_CAP]) ZV_MUST_CHECK;
struct zv_turn_cfg zv_gateway_turn_cfg(const struct zv_gateway *gateway);

/* ca_names.c: makes the views `ca` of the entries such to names that are kept. ZV_E_LIMIT,
 * ZV_E_NOMEM. */
int zv_gateway_keep_ca_names(struct zv_gateway *gateway, struct zv_trunk *entries,
                             size_t count) ZV_MUST_CHECK;
void zv_gateway_free_ca_names(struct zv_gateway *gateway);

/* taps.c: captures' way to the workers. */
int zv_gateway_open_captures(struct zv_gateway *gateway) ZV_MUST_CHECK;

/* events.c */
void zv_gateway_deliver_event(struct zv_gateway *gateway, const struct zv_worker_event *event);

/* recording.c: the flight recorder. */
int zv_gateway_open_recorder(struct zv_gateway *gateway) ZV_MUST_CHECK;
/* After call control took it, before its commands. */
void zv_gateway_record_input(struct zv_gateway *gateway, const struct zv_call_in *in);
void zv_gateway_record_timeout(struct zv_gateway *gateway);
void zv_gateway_record_command(struct zv_gateway *gateway, const struct zv_call_cmd *cmd);
void zv_gateway_record_media(struct zv_gateway *gateway, const struct zv_worker_event *event);
/* The first of the video from a leg. */
void zv_gateway_record_keyframe(struct zv_gateway *gateway, zv_call_id call, int leg,
                                const struct zv_peer_video_counters *video);
void zv_gateway_record_verdict(struct zv_gateway *gateway, zv_call_id call,
                               const struct zv_verdict *verdict, const char *text);
/* The SIP messages of the call so far go into its capture. */
void zv_gateway_capture_recorded(struct zv_gateway *gateway, zv_call_id call);
/* Callbacks of sipnet/; `arg` is the gateway. */
void zv_gateway_on_sip_message(void *arg, const struct zv_sipnet_message *message);
void zv_gateway_on_sip_leg(void *arg, uint64_t leg, struct zv_str sip_call_id);

/* journal.c: commands that are log lines. `trace`: of a call that has ended; NULL: it has none. */
void zv_gateway_log(const struct zv_call_cmd *cmd, const struct zv_trace *trace);

/* doctor.c: the checks that ask nobody. ZV_E_NOMEM. */
struct zv_findings;
int zv_gateway_examine(const struct zv_gateway *gateway,
                       struct zv_findings *findings) ZV_MUST_CHECK;
/* Ends every examination without a word; before sipnet goes. */
void zv_gateway_cancel_doctor(struct zv_gateway *gateway);

/* metrics_write.c */
void zv_gateway_write_metrics(const struct zv_gateway *gateway, struct zv_buf *out);

/* operator.c: zv_http_cfg.on_admin_fn; `arg` is the gateway. */
void zv_gateway_answer_operator(void *arg, struct zv_str path, struct zv_buf *body,
                                struct zv_http_admin_answer *ret_answer);

/* startup.c: warnings about the machine and the configuration. */
void zv_gateway_warn_of_machine(const struct zv_gateway *gateway);

#endif
