/*
 * The edge of SIP: sockets, DNS and policy under the pure stack of sip/, and the translation
 * between its events and call control's. On the signalling thread's loop.
 *
 * Inputs for call control come through on_input_fn, never from within zv_sipnet_execute: the owner
 * executes all commands of a drain, then calls zv_sipnet_flush, which sends what the stack wants
 * sent and delivers what it reports.
 */
#ifndef ZV_SIPNET_SIPNET_H
#define ZV_SIPNET_SIPNET_H

#include "base/addr.h"
#include "base/attr.h"
#include "base/limits.h"
#include "base/rand.h"
#include "call/command.h"
#include "call/input.h"
#include "call/trunk.h"
#include "sip/flow.h"
#include "sipnet/tls.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct uv_loop_s uv_loop_t;

struct zv_sipnet;

/* A message as it went over the wire, for those who watch. */
struct zv_sipnet_message {
    bool is_sent; /* by us */
    struct zv_addr local;
    struct zv_addr remote;
    struct zv_str bytes; /* borrowed */
};
/* Room for every enum zv_sip_cause. */
#define ZV_SIPNET_CAUSES 16

struct zv_sipnet_cfg {
    uv_loop_t *loop;
    struct zv_rand rand;
    struct zv_addr listen;          /* UDP; port 0: a free one */
    bool listens_tcp;               /* there too */
    struct zv_addr tls_listen;      /* family NONE: none */
    struct zv_tls_cfg tls;          /* all but its trunks */
    char *tls_error;                /* ZV_TLS_ERROR_CAP bytes for what is wrong there, or NULL */
    const struct zv_trunks *trunks; /* who uses which transport; NULL: none. As in _settings */
    size_t max_streams;             /* connections in all */
    size_t max_streams_per_address; /* of peers */
    const char *user_agent;
    size_t udp_max_request_bytes; /* 0: none is too large; see sip/sip.h */
    int64_t register_expires_us;
    int64_t session_expires_us; /* RFC 4028: 0 (none), or at least 90 s */
    bool follows_redirects;     /* 3xx to a call, as far as sip.allow reaches */
    int64_t t1_us;              /* RFC 3261 §17.1.1.1; 0: its value */
    int64_t register_timeout_us;
    int64_t max_ringing_us; /* the stack's own end of ringing: beyond call control's deadlines */
    size_t max_sessions;
    size_t max_calls;
    char *const *allow; /* sip.allow */
    size_t allow_count;
    uint32_t messages_per_s; /* of one source (sources.h); 0: 100 */
    uint32_t invites_per_s;  /* 0: 10 */
    bool drops_strangers; /* what concerns nobody here is not answered when a stranger sends it */
    char *const *dns_servers;
    size_t dns_server_count;
    int64_t dns_timeout_us;
    int dns_tries;
    int64_t dns_total_us;
    /* Borrowed texts, valid during the call. */
    void (*on_input_fn)(void *arg, const struct zv_call_in *in);
    /* The local address towards a session's SIP server became known, or was found to be unknowable.
     */
    void (*on_address_fn)(void *arg, zv_session_id session);
    /* Every message, before it is sent or taken in; may be NULL. */
    void (*on_message_fn)(void *arg, const struct zv_sipnet_message *message);
    /* The Call-ID of a leg that calls out, before its first message; may be NULL. */
    void (*on_leg_fn)(void *arg, uint64_t leg, struct zv_str call_id);
    void *arg;
};

/* ZV_E_NOMEM, ZV_E_INUSE or ZV_E_IO (sip.listen, sip.tls_listen), ZV_E_PARSE (sip.allow),
 * ZV_E_INVAL (dns.servers), ZV_E_CRYPTO (tls_error tells). */
int zv_sipnet_new(struct zv_sipnet **ret_net, const struct zv_sipnet_cfg *cfg) ZV_MUST_CHECK;
/* Drops everything without a word to anyone; its handles close on the loop's next turns. */
struct zv_sipnet *zv_sipnet_free(struct zv_sipnet *net);

/* One of the ZV_CALL_CMD_SIP_ commands. Failures come back as inputs with the next flush. */
void zv_sipnet_execute(struct zv_sipnet *net, const struct zv_call_cmd *cmd);
/* Sends and delivers all there is. Nested calls, from on_input_fn, return at once: the outer one
 * goes on. */
void zv_sipnet_flush(struct zv_sipnet *net);

/*
 * The local address for media towards the session's SIP server (port 0). ZV_E_AGAIN: not known,
 * zv_sipnet_find_way finds it; ZV_E_GONE: no such session; ZV_E_NOTFOUND: its server has no
 * address.
 */
int zv_sipnet_media_address(const struct zv_sipnet *net, zv_session_id session,
                            struct zv_addr *ret_addr) ZV_MUST_CHECK;
/* Looks for that address; on_address_fn tells when zv_sipnet_media_address knows more, maybe before
 * this returns. */
void zv_sipnet_find_way(struct zv_sipnet *net, zv_session_id session);
/* The bound address with its port. */
struct zv_addr zv_sipnet_local(const struct zv_sipnet *net);

/* Messages that came faster than their sources may send, and were dropped unread. */
struct zv_sipnet_dropped {
    uint64_t over_rate;
    uint64_t over_invites;
    uint64_t over_all; /* strangers together */
};
void zv_sipnet_dropped(const struct zv_sipnet *net, struct zv_sipnet_dropped *ret_dropped);

/* Of the accounts there are; those that never registered count nowhere. */
struct zv_sipnet_registrations {
    size_t registered;
    size_t failing; /* a refresh failed and is tried again */
    size_t failing_by_cause[ZV_SIPNET_CAUSES];
};
void zv_sipnet_registrations(const struct zv_sipnet *net,
                             struct zv_sipnet_registrations *ret_registrations);

/* What SIP goes by to accounts of a domain, as far as the operator says nothing of single ones. */
enum zv_sip_transport zv_sipnet_transport_to(const struct zv_sipnet *net, struct zv_str domain);

/* Where accounts send their requests. */
struct zv_sipnet_server {
    char host[ZV_MAX_SIP_HOST_BYTES + 1];
    uint16_t port; /* 0: by RFC 3263 */
    enum zv_sip_transport transport;
};
/* Each server once; returns how many, at most `cap`. */
size_t zv_sipnet_servers(const struct zv_sipnet *net, struct zv_sipnet_server *ret_servers,
                         size_t cap);

struct zv_sip_counts;
/* Of the stack (sip/sip.h); `ret_lookups`: names being resolved. */
void zv_sipnet_counts(const struct zv_sipnet *net, struct zv_sip_counts *ret_counts,
                      size_t *ret_lookups);
/* What may change while accounts and calls live, as in zv_sipnet_cfg. */
struct zv_sipnet_settings {
    struct zv_tls_cfg tls;
    bool keeps_certificate;         /* ours and its key stay those that are in use */
    const struct zv_trunks *trunks; /* its entries are borrowed, texts of `ca` to the end */
    char *const *allow;
    size_t allow_count;
};
/* Takes them and reads all certificates anew, or leaves everything as it was, and ret_error says
 * what is wrong. A transport holds for accounts that are added from now on. ZV_E_CRYPTO,
 * ZV_E_PARSE, ZV_E_NOMEM. */
int zv_sipnet_reload(struct zv_sipnet *net, const struct zv_sipnet_settings *settings,
                     char ret_error[ZV_TLS_ERROR_CAP]) ZV_MUST_CHECK;

struct zv_streams_counts;
/* Of the connections (sipnet/streams.h). */
void zv_sipnet_stream_counts(const struct zv_sipnet *net, struct zv_streams_counts *ret_counts);
struct zv_dns_counts;
/* Of the resolver (sipnet/dns.h). */
void zv_sipnet_dns_counts(const struct zv_sipnet *net, struct zv_dns_counts *ret_counts);

#endif
