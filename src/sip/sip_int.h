/*
 * What the files of this folder share: the stack itself, packets, timers, the output queue, and
 * how objects die.
 *
 * Death is deferred. A response may end a leg in the middle of the transaction that carries it, so
 * nothing is freed where it ends: objects are taken out of their tables at once, buried, and freed
 * by zv_sip_sweep when the public function returns. Until then pointers to them stay valid.
 */
#ifndef ZV_SIP_SIP_INT_H
#define ZV_SIP_SIP_INT_H

#include "base/list.h"
#include "base/map.h"
#include "base/timers.h"
#include "sip/build.h"
#include "sip/msg.h"
#include "sip/outage.h"
#include "sip/sip.h"

/* Random texts: at 5.95 bits a character 95, 95, 143 and 119 bits. */
#define ZV_SIP_TAG_BYTES          16
#define ZV_SIP_CONTACT_USER_BYTES 16
#define ZV_SIP_CALL_ID_BYTES      24
#define ZV_SIP_BRANCH_BYTES       (sizeof(ZV_SIP_BRANCH_COOKIE) - 1 + 20)
/* What a peer may choose and we must keep to recognise it again: Call-ID, tags, branch together. */
#define ZV_SIP_MAX_KEY_BYTES 1024
/* Reason phrase and Reason header handed up. */
#define ZV_SIP_MAX_REASON_BYTES        128
#define ZV_SIP_MAX_REASON_HEADER_BYTES 256

/* What who is full, or about to stop, tells its callers to wait. */
#define ZV_SIP_RETRY_AFTER_S 10
/* RFC 4028 §4: no session's time is shorter. */
#define ZV_SIP_MIN_SE_S 90u
/* RFC 3261 §8.1.1.6 */
#define ZV_SIP_MAX_FORWARDS 70

#define ZV_SIP_ALLOW     "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO"
#define ZV_SIP_SUPPORTED "100rel, timer"
#define ZV_SIP_ACCEPT    "application/sdp"

/* ---- objects that die ---- */

struct zv_sip_grave {
    struct zv_list_node node;
    void (*free_fn)(struct zv_sip *sip, struct zv_sip_grave *grave);
};
/* Once per object; a second burial does nothing. */
void zv_sip_bury(struct zv_sip *sip, struct zv_sip_grave *grave,
                 void (*free_fn)(struct zv_sip *, struct zv_sip_grave *));
static inline bool zv_sip_is_buried(const struct zv_sip_grave *grave)
{
    return grave->free_fn != NULL;
}
void zv_sip_sweep(struct zv_sip *sip);

/* ---- packets: immutable bytes that a transaction and the output queue share ---- */

struct zv_sip_packet {
    uint32_t refs;
    size_t len;
    char bytes[];
};
/* NULL: no memory. */
struct zv_sip_packet *zv_sip_packet_new(struct zv_str bytes);
struct zv_sip_packet *zv_sip_packet_ref(struct zv_sip_packet *packet);
/* NULL is allowed; returns NULL. */
struct zv_sip_packet *zv_sip_packet_unref(struct zv_sip_packet *packet);

/* ---- timers ---- */

struct zv_sip_timer;
typedef void zv_sip_timer_fn(struct zv_sip *sip, struct zv_sip_timer *timer, int64_t now_us);
struct zv_sip_timer {
    struct zv_timer timer;
    zv_sip_timer_fn *fn; /* NULL: no room was taken */
};
/* Takes the room in the heap, so that arming cannot fail. ZV_E_NOMEM. */
int zv_sip_timer_open(struct zv_sip *sip, struct zv_sip_timer *timer,
                      zv_sip_timer_fn *fn) ZV_MUST_CHECK;
/* Disarms and gives the room back. */
void zv_sip_timer_close(struct zv_sip *sip, struct zv_sip_timer *timer);
void zv_sip_timer_arm(struct zv_sip *sip, struct zv_sip_timer *timer, int64_t at_us);
void zv_sip_timer_stop(struct zv_sip *sip, struct zv_sip_timer *timer);

/* ---- output ---- */

struct zv_sip_out_node {
    struct zv_list_node node;
    struct zv_sip_out out;
    struct zv_sip_packet *packet; /* owned reference; NULL: none */
    struct zv_buf text;           /* over memory[] */
    char memory[];
};
/* NULL: no memory. Events that must not be lost are made when their object is. */
struct zv_sip_out_node *zv_sip_out_node_new(enum zv_sip_out_kind kind, size_t text_cap);
struct zv_sip_out_node *zv_sip_out_node_free(struct zv_sip_out_node *node);
/* A copy of text in the node; what does not fit is cut to nothing. */
struct zv_str zv_sip_out_node_text(struct zv_sip_out_node *node, struct zv_str text);
/* Queues; the queue owns it then. */
void zv_sip_out_push(struct zv_sip *sip, struct zv_sip_out_node *node);
/* Without memory the message is not sent, as if the network had lost it, and counted. */
void zv_sip_send(struct zv_sip *sip, const struct zv_sip_flow *flow, struct zv_sip_packet *packet);
/* Status and reason phrase of a response, clean and cut to ZV_SIP_MAX_REASON_BYTES. */
void zv_sip_out_set_status(struct zv_sip_out_node *node, const struct zv_sip_msg *msg);

/* ---- the stack ---- */

struct zv_sip {
    struct zv_sip_cfg cfg; /* defaults filled in; user_agent is owned */
    struct zv_timers timers;
    size_t timer_room; /* reserved in timers */
    struct zv_list out;
    struct zv_sip_out_node *polled; /* owned: what the last poll handed out */
    struct zv_list graves;
    struct zv_map clients; /* struct zv_sip_client, by branch and method */
    struct zv_map servers; /* struct zv_sip_server, by RFC 3261 §17.2.3 */
    struct zv_map
        merges; /* struct zv_sip_server of INVITEs outside dialogs, by account and §8.2.2.2 */
    struct zv_map requests; /* struct zv_sip_request that wait for addresses, by resolve id */
    struct zv_map accounts; /* struct zv_sip_account, by id */
    struct zv_map contacts; /* the same, by Contact user */
    struct zv_map aors;     /* the same, by user and registrar's address */
    struct zv_map legs;     /* struct zv_sip_leg, by id */
    struct zv_map leg_keys; /* the same, by Call-ID and local tag; ended ones linger here */
    struct zv_sip_outages outages;
    uint64_t last_resolve_id;
    uint64_t last_incoming;
    uint64_t tag_seed[2]; /* of stateless To tags */
    size_t answer_max;    /* bytes of an answer without state, to a stranger; 0: no bound */
    struct zv_sip_counts counts;
    char scratch[ZV_MAX_SIP_MESSAGE_BYTES]; /* one message being written */
};

/* Starts a message in the scratch memory. */
void zv_sip_scratch(struct zv_sip *sip, struct zv_sip_builder *builder);
/* Finishes it as a packet; the builder's error, or ZV_E_NOMEM. */
int zv_sip_scratch_packet(struct zv_sip *sip, struct zv_sip_builder *builder,
                          struct zv_str content_type, struct zv_str body,
                          struct zv_sip_packet **ret_packet) ZV_MUST_CHECK;
static inline struct zv_str zv_sip_sdp_type(struct zv_str sdp)
{
    return sdp.len ? ZV_STR_LIT("application/sdp") : ZV_STR_LIT("");
}
/* User-Agent or Server, as configured. */
void zv_sip_build_user_agent(const struct zv_sip *sip, struct zv_sip_builder *builder,
                             enum zv_sip_header id);
/* Our end of a flow as a URI with the transport parameter that the transport needs, appended:
 * "sip:user@192.0.2.1:5060", "sip:user@[2001:db8::1]:5060;transport=tcp". `is_sips`: the other side
 * of the dialog wants sips (RFC 3261 §8.1.1.8, §12.1.1). */
void zv_sip_write_contact(struct zv_buf *buf, struct zv_str user, const struct zv_sip_flow *flow,
                          bool is_sips);
static inline bool zv_sip_flow_is_reliable(const struct zv_sip_flow *flow)
{
    return flow->transport == ZV_SIP_TCP || flow->transport == ZV_SIP_TLS;
}
/* flow.c: the flow's far end is to be tried last for a while, and that is told. `msg`: its answer,
 * or NULL. */
void zv_sip_note_outage(struct zv_sip *sip, const struct zv_sip_flow *flow, enum zv_sip_cause cause,
                        const struct zv_sip_msg *msg, int64_t now_us);
/* The SDP of a message, empty when it has none. ZV_E_UNSUPPORTED: a body of another kind;
 * ZV_E_LIMIT: longer than ZV_MAX_SDP_BYTES; ZV_E_PARSE. */
int zv_sip_msg_sdp(const struct zv_sip_msg *msg, struct zv_str *ret_sdp) ZV_MUST_CHECK;

#endif
