/*
 * What the files of sipnet/ share.
 */
#ifndef ZV_SIPNET_SIPNET_INT_H
#define ZV_SIPNET_SIPNET_INT_H

#include "base/limits.h"
#include "base/list.h"
#include "base/map.h"
#include "io/loop.h"
#include "io/udp.h"
#include "sip/sip.h"
#include "sipnet/sipnet.h"
#include "sipnet/sources.h"
#include "sipnet/streams.h"
#include "sipnet/target.h"

#include <assert.h>
#include <stdbool.h>
#include <uv.h>

/* What is known of the way to an account's server. */
enum zv_way {
    ZV_WAY_UNKNOWN,
    ZV_WAY_ASKING,
    ZV_WAY_KNOWN,
    ZV_WAY_NONE,
};

static_assert(ZV_SIP_CAUSE_INTERNAL < ZV_SIPNET_CAUSES, "a cause has no counter");

/* One session's account. Lives until it was removed and, if it was registered, taken off the
 * registrar. */
struct zv_sipnet_account {
    struct zv_map_node node; /* key: session */
    uint64_t session;
    char host[ZV_MAX_SIP_HOST_BYTES + 1]; /* where its requests go: proxy or domain */
    uint16_t port;
    enum zv_sip_transport transport;
    struct zv_trunk_account whose; /* views into `names` */
    char *names;                   /* owned */
    struct zv_str ca;              /* borrowed from the trunks; empty: the one for all */
    enum zv_way way;
    struct zv_addr local;  /* KNOWN: our address towards the server, port 0 */
    bool is_unregistering; /* UNREGISTERED will come */
    bool is_leaving;       /* remove as soon as it is off the registrar */
    bool is_registered;
    enum zv_sip_cause refresh_cause; /* why the latest refresh failed, while it is retried */
};

/* A command that failed at once; told with the next flush. */
struct zv_sipnet_failure {
    struct zv_list_node node;
    enum zv_call_in_kind kind;
    uint64_t session;
    uint64_t leg;
    enum zv_sip_end end;
};

struct zv_sipnet {
    struct zv_sipnet_cfg cfg;
    struct zv_sip *sip;
    struct zv_policy policy;
    struct zv_trunks trunks;
    struct zv_sources *sources;
    int64_t next_drop_log_us; /* admission.c */
    struct zv_dns *dns;
    struct zv_targets *targets;
    struct zv_udp_socket udp;
    uv_poll_t *poll; /* own allocation: it outlives us by its close callback */
    struct zv_tls *tls;
    struct zv_streams *streams;
    struct zv_loop_timer *timer;
    struct zv_map accounts;
    struct zv_list failures;
    struct zv_list questions; /* of the stack, being resolved */
    struct zv_list probes;    /* probe.c */
    size_t probe_count;
    bool is_flushing;
    uint8_t rx[ZV_MAX_SIP_MESSAGE_BYTES + 1];
};

/* account.c */
struct zv_sipnet_account *zv_sipnet_find_account(const struct zv_sipnet *net, uint64_t session);
void zv_sipnet_account_add(struct zv_sipnet *net, const struct zv_cmd_account *cmd);
void zv_sipnet_account_leave(struct zv_sipnet *net, uint64_t session);
/* The file of the CAs that are trusted for it; `account` NULL: by the server's name alone, which is
 * how a probe goes. */
struct zv_str zv_sipnet_ca_of(const struct zv_sipnet *net, const struct zv_sipnet_account *account,
                              struct zv_str host);
/* The trunks have changed. */
void zv_sipnet_accounts_revise(struct zv_sipnet *net);
/* After UNREGISTERED. */
void zv_sipnet_account_left(struct zv_sipnet *net, uint64_t session);
void zv_sipnet_accounts_fini(struct zv_sipnet *net);
/* A resolution for the account ended. */
void zv_sipnet_account_resolved(struct zv_sipnet *net, uint64_t session,
                                const struct zv_sip_flow *flow);

/* What REGISTERED, REGISTER_FAILED and UNREGISTERED say of the account. */
void zv_sipnet_account_note(struct zv_sipnet *net, const struct zv_sip_out *out);

/* admission.c: a message came from there: whether it is taken. One that is not is counted, and told
 * by a line of the log each second. */
bool zv_sipnet_admit(struct zv_sipnet *net, const struct zv_sip_flow *flow, struct zv_str bytes,
                     enum zv_source_kind *ret_kind);
/* Who connected for TLS may begin. */
bool zv_sipnet_admit_handshake(struct zv_sipnet *net, const struct zv_addr *remote);
/* Gives it to the stack; zv_sipnet_flush is to follow. Tells whether it meant anything there. */
bool zv_sipnet_take_message(struct zv_sipnet *net, const struct zv_sip_flow *flow,
                            struct zv_str bytes, enum zv_source_kind kind);
/* The addresses of an account's server; trusted: its name is listed in sip.allow. */
void zv_sipnet_learn_servers(struct zv_sipnet *net, const struct zv_target *targets, size_t count,
                             bool is_trusted);
/* sipnet.c: sip.allow has changed, so no server is a listed one until it is resolved again. */
void zv_sipnet_forget_trust(struct zv_sipnet *net);

/* probe.c: true: it was the answer to a probe, which the stack need not see. */
bool zv_probe_on_message(struct zv_sipnet *net, const void *data, size_t len);
/* Nobody is there, say ICMP or the stream's end. */
void zv_probe_on_unreachable(struct zv_sipnet *net, const struct zv_sip_flow *flow);
/* After the resolver's end. */
void zv_probe_fini(struct zv_sipnet *net);

/* translate.c */
void zv_sipnet_fail(struct zv_sipnet *net, enum zv_call_in_kind kind, uint64_t session,
                    uint64_t leg, enum zv_sip_end end);
/* Delivers one event of the stack to call control. */
void zv_sipnet_deliver(struct zv_sipnet *net, const struct zv_sip_out *out);
void zv_sipnet_deliver_failures(struct zv_sipnet *net);

/* ---- transport.c ---- */

/* Our end of UDP towards `remote`. ZV_E_IO: no route. */
int zv_sipnet_flow_to(const struct zv_sipnet *net, const struct zv_addr *remote,
                      struct zv_sip_flow *ret_flow) ZV_MUST_CHECK;
/* The flow to a target. `account`: whose way it is; 0: nobody's. ZV_E_IO: no route; ZV_E_LIMIT: too
 * many streams. */
int zv_sipnet_find_flow(struct zv_sipnet *net, uint64_t account, const struct zv_target *target,
                        struct zv_sip_flow *ret_flow) ZV_MUST_CHECK;
/* Errors of zv_streams_send; of UDP ZV_E_IO: no route. */
int zv_sipnet_send(struct zv_sipnet *net, const struct zv_sip_flow *flow,
                   struct zv_str bytes) ZV_MUST_CHECK;
/* Tells the stack that nothing can be sent there: what zv_sipnet_send said. */
void zv_sipnet_on_flow_failed(struct zv_sipnet *net, const struct zv_sip_flow *flow, int err);
/* Sends what the stack wants sent, and tells it when that is not possible. */
void zv_sipnet_send_message(struct zv_sipnet *net, const struct zv_sip_flow *flow,
                            struct zv_str bytes);
/* Takes a datagram, or a message of a stream. Tells whether it was admitted and meant anything. */
bool zv_sipnet_on_message(struct zv_sipnet *net, const struct zv_sip_flow *flow,
                          struct zv_str bytes);
int zv_sipnet_open_streams(struct zv_sipnet *net) ZV_MUST_CHECK;
int zv_sipnet_open_tls(struct zv_sipnet *net) ZV_MUST_CHECK;

#endif
