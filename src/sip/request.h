/*
 * A request of ours on its way to its final answer: name resolution, then one client transaction
 * per target until one answers (RFC 3261 §8.1.2, RFC 3263 §4.3), within one time for all. One that
 * is too large for a datagram goes by TCP to targets that take it (§18.1.1).
 *
 * The user of a request writes its message (again for each target, since Via and Contact name the
 * local address) and gets exactly one end: on_response with a final status, on_failed, or, for an
 * ACK, on_sent. After it the request may be sent again (another round of authentication) or
 * dropped; an INVITE answered with 2xx goes on handing up 2xx until on_over.
 */
#ifndef ZV_SIP_REQUEST_H
#define ZV_SIP_REQUEST_H

#include "sip/transaction.h"

struct zv_sip_request;

struct zv_sip_request_ops {
    /* Everything from the request line to before Content-Type; req->flow and req->branch are set.
     * *ret_body is borrowed until the message is finished; it is of req->body_type, or empty. */
    void (*build)(struct zv_sip_request *req, struct zv_sip_builder *b, struct zv_str *ret_body);
    /* Provisional and final responses. */
    void (*on_response)(struct zv_sip_request *req, const struct zv_sip_msg *msg, int64_t now_us);
    void (*on_failed)(struct zv_sip_request *req, enum zv_sip_cause cause, int64_t now_us);
    /* It is about to go to another target, which knows nothing of what the one before had said. It
     * goes nowhere if the user drops it now. May be NULL. */
    void (*on_next_target)(struct zv_sip_request *req, int64_t now_us);
    void (*on_over)(struct zv_sip_request *req, int64_t now_us); /* INVITE only; may be NULL */
    void (*on_sent)(struct zv_sip_request *req, struct zv_sip_packet *packet); /* ACK only */
};

struct zv_sip_request {
    struct zv_sip_grave grave;
    struct zv_sip *sip;                   /* borrowed */
    const struct zv_sip_request_ops *ops; /* static */
    void *owner;                          /* borrowed */
    enum zv_sip_method method;
    const char *body_type; /* "application/sdp" unless the user sets another */
    uint64_t account;      /* for ZV_SIP_OUT_RESOLVE */
    uint64_t leg;
    struct zv_sip_client *client; /* NULL: resolving, or over */
    struct zv_sip_flow flow;      /* of the present target */
    char branch[ZV_SIP_BRANCH_BYTES + 1];
    struct zv_sip_flow targets[ZV_SIP_MAX_TARGETS];
    uint8_t target_count;
    uint8_t next_target;
    bool is_answered;    /* by the present target, with whatever */
    int64_t sent_us;     /* to the present target, first */
    uint8_t auth_rounds; /* counted by zv_sip_account_take_challenge */
    bool no_failover;    /* set by the user: the next target must not be tried any more */
    bool is_moved;       /* it was too large for UDP and goes to this target by TCP */
    bool stays_udp;      /* the target takes no TCP */
    bool is_rewritten;   /* it is written for another transport: its CSeq stays */
    uint32_t cseq;       /* as written last */
    bool has_known;
    bool known_only_on_error; /* see struct zv_sip_hop */
    struct zv_sip_flow known;
    struct zv_sip_flow failed;
    enum zv_sip_cause failed_cause; /* NONE: there is no `failed` */
    int64_t give_up_us;
    uint64_t resolve_id;
    struct zv_map_node resolve; /* in zv_sip.requests while resolving */
    bool is_resolving;
    struct zv_sip_timer timer; /* the end of resolving */
};

/* Where a request goes. */
struct zv_sip_hop {
    struct zv_str host; /* borrowed for the call */
    uint16_t port;      /* 0: by RFC 3263 */
    enum zv_sip_transport transport;
    enum zv_sip_purpose purpose;
    /* A flow that worked before, or NULL. For an account: tried first when it is among the targets,
     * or when resolving fails but for policy. For a dialog: used when resolving fails at all. */
    const struct zv_sip_flow *known;
    /* Where it has failed already, or NULL: left out of the targets. If that leaves none, the
     * request fails of `failed_cause`. */
    const struct zv_sip_flow *failed;
    enum zv_sip_cause failed_cause;
};

/* NULL: no memory. */
struct zv_sip_request *zv_sip_request_new(struct zv_sip *sip, const struct zv_sip_request_ops *ops,
                                          void *owner, enum zv_sip_method method);
/* Asks for addresses, then sends. */
int zv_sip_request_start(struct zv_sip_request *req, const struct zv_sip_hop *hop,
                         int64_t give_up_us, int64_t now_us) ZV_MUST_CHECK;
/* Sends to a flow that is known. Failures come through on_failed. */
void zv_sip_request_start_at(struct zv_sip_request *req, const struct zv_sip_flow *flow,
                             int64_t give_up_us, int64_t now_us);
/* Once more to the target that just answered, with what the user now writes. An INVITE has a whole
 * Timer B again (§17.1.1.2); how often it is sent again is for the user to bound. */
void zv_sip_request_again(struct zv_sip_request *req, int64_t now_us);
/* Writes request line, Via and Max-Forwards. */
void zv_sip_request_head(const struct zv_sip_request *req, struct zv_sip_builder *b,
                         struct zv_str uri);
/* The CSeq of the message being written, counted in *cseq: the next, but the same as before when
 * merely the transport is another and no other request has taken a number since. */
uint32_t zv_sip_request_next_cseq(struct zv_sip_request *req, uint32_t *cseq);
/* Nothing of it comes any more. NULL is allowed; returns NULL. */
struct zv_sip_request *zv_sip_request_drop(struct zv_sip_request *req);
/* The same, but an INVITE's refusal is ACKed when it comes. */
struct zv_sip_request *zv_sip_request_leave(struct zv_sip_request *req, int64_t now_us);
/* Is in a state in which late 2xx are still handed up. */
bool zv_sip_request_is_accepted(const struct zv_sip_request *req);

#endif
