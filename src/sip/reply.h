/*
 * Responses of ours: written from the request that they answer, sent by its transaction or, where
 * there is none, without state.
 */
#ifndef ZV_SIP_REPLY_H
#define ZV_SIP_REPLY_H

#include "sip/transaction.h"

struct zv_sip_reply {
    uint16_t status;
    struct zv_str to_tag;       /* added where the request has none; empty: 100 */
    struct zv_str contact_user; /* not empty: the response makes or refreshes a dialog: Contact, and
                                   Record-Route */
    struct zv_str unsupported;  /* 420: the option tags; empty: none */
    uint32_t retry_after_s;     /* 0: none */
    uint32_t session_expires_s; /* 2xx to INVITE and UPDATE (RFC 4028); 0: none */
    bool is_refresher_uac;      /* of the session */
    bool requires_timer;        /* the far end knows it */
    uint32_t rseq;              /* a reliable provisional's number (RFC 3262); 0: it is none */
    struct zv_str sdp;
};

/* Through the transaction, from the request kept there. After a final status the transaction must
 * be forgotten. On an error nothing has happened. *ret_packet (may be NULL) is borrowed from the
 * transaction. */
int zv_sip_reply_send(struct zv_sip *sip, struct zv_sip_server *server,
                      const struct zv_sip_reply *reply, int64_t now_us,
                      struct zv_sip_packet **ret_packet) ZV_MUST_CHECK;
/* The same, for good: what cannot be written is not said, and the transaction is gone. The peer
 * repeats its request, and in the end times out. */
void zv_sip_reply_final(struct zv_sip *sip, struct zv_sip_server *server, uint16_t status,
                        struct zv_str to_tag, int64_t now_us);
/*
 * Without a transaction (§8.2.7): the same request always gets the same To tag, so that a
 * repetition is answered alike; reply->to_tag goes before it. Counts as refused when the status
 * says so.
 */
void zv_sip_reply_stateless(struct zv_sip *sip, const struct zv_sip_msg *msg,
                            const struct zv_sip_flow *flow, const struct zv_sip_reply *reply);
void zv_sip_refuse(struct zv_sip *sip, const struct zv_sip_msg *msg, const struct zv_sip_flow *flow,
                   uint16_t status);

#endif
