/*
 * A SIP dialog (RFC 3261 §12) as a plain value: everything that another process needs to go on with
 * the call, bounded, without a pointer. It can be copied, written down as text and read back.
 */
#ifndef ZV_SIP_DIALOG_H
#define ZV_SIP_DIALOG_H

#include "base/attr.h"
#include "base/buf.h"
#include "sip/build.h"
#include "sip/flow.h"
#include "sip/msg.h"

struct zv_sip;

/* What does not fit makes a dialog unusable: the request that would create it is refused. */
#define ZV_SIP_MAX_DIALOG_CALL_ID_BYTES 256
#define ZV_SIP_MAX_DIALOG_TAG_BYTES     256
#define ZV_SIP_MAX_DIALOG_URI_BYTES     512
#define ZV_SIP_MAX_DIALOG_ROUTES_BYTES  1536
#define ZV_SIP_MAX_DIALOG_USER_BYTES    32
/* Room for any dialog as text. */
#define ZV_SIP_DIALOG_TEXT_CAP 5120

struct zv_sip_dialog {
    bool is_outgoing; /* we sent the INVITE */
    uint32_t local_cseq;
    uint32_t remote_cseq; /* meaningless without has_remote_cseq */
    bool has_remote_cseq;
    bool allows_update;         /* the far end takes UPDATE (RFC 3311) */
    bool is_refresher;          /* we refresh the session (RFC 4028) */
    uint32_t session_expires_s; /* 0: it needs no refresh */
    /* The flow that the last usable message came or went by: for requests whose next hop cannot be
     * resolved; its local end stands in Via and Contact. */
    struct zv_sip_flow flow;
    char call_id[ZV_SIP_MAX_DIALOG_CALL_ID_BYTES + 1];
    char local_tag[ZV_SIP_MAX_DIALOG_TAG_BYTES + 1];
    char remote_tag[ZV_SIP_MAX_DIALOG_TAG_BYTES + 1];    /* empty: an RFC 2543 peer */
    char local_uri[ZV_SIP_MAX_DIALOG_URI_BYTES + 1];     /* of From in our requests */
    char remote_uri[ZV_SIP_MAX_DIALOG_URI_BYTES + 1];    /* of To in our requests */
    char remote_target[ZV_SIP_MAX_DIALOG_URI_BYTES + 1]; /* their Contact */
    char contact_user[ZV_SIP_MAX_DIALOG_USER_BYTES + 1]; /* of our Contact */
    char routes[ZV_SIP_MAX_DIALOG_ROUTES_BYTES + 1];     /* name-addrs in order of use, by commas */
};

struct zv_sip_dialog_start {
    struct zv_str contact_user;
    struct zv_str local_tag;        /* incoming only: ours */
    const struct zv_sip_flow *flow; /* the request went or came by */
};
/* The dialog that a response with a To tag (or a 2xx without) to our INVITE makes (§12.1.2).
 * Without a Contact the INVITE's own target stays. ZV_E_LIMIT: a field is too long; ZV_E_PARSE. */
int zv_sip_dialog_from_response(const struct zv_sip_msg *response,
                                const struct zv_sip_dialog_start *start,
                                struct zv_sip_dialog *ret_dialog) ZV_MUST_CHECK;
/* The dialog that our answer to an INVITE makes (§12.1.1). ZV_E_LIMIT; ZV_E_PARSE: no Contact. */
int zv_sip_dialog_from_request(const struct zv_sip_msg *invite,
                               const struct zv_sip_dialog_start *start,
                               struct zv_sip_dialog *ret_dialog) ZV_MUST_CHECK;
/* Takes over what a request or 2xx says: a new Contact (target refresh, §12.2), Allow. False: there
 * is no Contact, or the same. */
bool zv_sip_dialog_refresh(struct zv_sip_dialog *dialog, const struct zv_sip_msg *msg);

/* Next hop of a request in the dialog (loose routing, §12.2.1.1; a strict router's URI is treated
 * as a loose one's). Views into the dialog. */
struct zv_sip_dialog_hop {
    struct zv_str host;
    uint16_t port; /* 0: by RFC 3263 */
    enum zv_sip_transport transport;
    bool is_flow; /* it is the remote end of dialog->flow: nothing to resolve */
};
int zv_sip_dialog_next_hop(const struct zv_sip_dialog *dialog,
                           struct zv_sip_dialog_hop *ret_hop) ZV_MUST_CHECK;
/* Route, From, To, Call-ID, CSeq of a request in the dialog; not the request line. */
void zv_sip_dialog_build(const struct zv_sip_dialog *dialog, struct zv_sip_builder *b,
                         enum zv_sip_method method, uint32_t cseq);

/* Appends "zvonok-dialog 1" and a line per field; too little room shows as buf->overflow. The
 * flow's connection is not written: it means nothing elsewhere. */
void zv_sip_dialog_write(const struct zv_sip_dialog *dialog, struct zv_buf *buf);
/* Reads it back and checks every field as if it came from the network. ZV_E_PARSE. */
int zv_sip_dialog_read(struct zv_str text, struct zv_sip_dialog *ret_dialog) ZV_MUST_CHECK;

/* The leg's confirmed dialog as a value, to be written down. ZV_E_GONE; ZV_E_STATE: it has none
 * yet, or none any more. */
int zv_sip_leg_dialog(const struct zv_sip *sip, uint64_t leg,
                      struct zv_sip_dialog *ret_dialog) ZV_MUST_CHECK;
/* Takes up a call that another process set up: the leg stands confirmed. `account` answers
 * challenges; 0: none. The id is the caller's choice, top bit clear, whoever had called. A far end
 * without UPDATE is refreshed only once zv_sip_reoffer has said here what the session is.
 * ZV_E_EXISTS, ZV_E_GONE (account), ZV_E_INVAL, ZV_E_LIMIT, ZV_E_NOMEM. */
int zv_sip_restore_leg(struct zv_sip *sip, uint64_t leg, uint64_t account,
                       const struct zv_sip_dialog *dialog, int64_t now_us) ZV_MUST_CHECK;

#endif
