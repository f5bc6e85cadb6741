/*
 * SIP transactions (RFC 3261 §17, corrected by RFC 6026).
 *
 * The four machines are one pure table: zv_sip_tx_step says, for a machine, its state and an event,
 * what the next state is, what to do and how the two timers run. The objects below it carry that
 * out: a client transaction sends one request to one flow and hands up its responses; a server
 * transaction absorbs repetitions of one request and repeats its response.
 */
#ifndef ZV_SIP_TRANSACTION_H
#define ZV_SIP_TRANSACTION_H

#include "sip/sip_int.h"

/* ---- the machines ---- */

enum zv_sip_tx_kind {
    ZV_SIP_TX_INVITE_CLIENT, /* figure 5 of RFC 6026's correction */
    ZV_SIP_TX_CLIENT,        /* RFC 3261 figure 6 */
    ZV_SIP_TX_INVITE_SERVER, /* figure 7 of RFC 6026's correction */
    ZV_SIP_TX_SERVER,        /* RFC 3261 figure 8 */
    ZV_SIP_TX_KIND_COUNT,
};

enum zv_sip_tx_state {
    ZV_SIP_TX_TRYING, /* "Calling" of an INVITE client */
    ZV_SIP_TX_PROCEEDING,
    ZV_SIP_TX_COMPLETED,
    ZV_SIP_TX_CONFIRMED,
    ZV_SIP_TX_ACCEPTED,
    ZV_SIP_TX_TERMINATED,
    ZV_SIP_TX_STATE_COUNT = ZV_SIP_TX_TERMINATED, /* without it: nothing happens there */
};

enum zv_sip_tx_event {
    ZV_SIP_TX_1XX, /* a response: received by a client, sent by a server's user */
    ZV_SIP_TX_2XX,
    ZV_SIP_TX_FINAL,      /* 300-699 */
    ZV_SIP_TX_REQUEST,    /* server: the request came again */
    ZV_SIP_TX_ACK,        /* INVITE server */
    ZV_SIP_TX_RETRANSMIT, /* Timer A, E, G */
    ZV_SIP_TX_END,        /* Timer B, D, F, H, I, J, K, L, M */
    ZV_SIP_TX_TRANSPORT,  /* the flow failed */
    ZV_SIP_TX_EVENT_COUNT,
};

/* What to do, in this order. */
#define ZV_SIP_TX_SEND     0x01u /* server: the response just given */
#define ZV_SIP_TX_RESEND   0x02u /* the request, or the last response */
#define ZV_SIP_TX_SEND_ACK 0x04u
#define ZV_SIP_TX_PASS     0x08u /* to the user */
#define ZV_SIP_TX_FAIL     0x10u /* to the user: timed out, or transport failure by the event */

enum zv_sip_tx_repeat { /* of the timer for retransmissions */
                        ZV_SIP_TX_REPEAT_KEEP,
                        ZV_SIP_TX_REPEAT_STOP,
                        ZV_SIP_TX_REPEAT_START,  /* T1 */
                        ZV_SIP_TX_REPEAT_DOUBLE, /* without bound: Timer A */
                        ZV_SIP_TX_REPEAT_CAPPED, /* doubled up to T2: Timers E, G */
                        ZV_SIP_TX_REPEAT_T2,     /* Timer E while proceeding */
};

enum zv_sip_tx_end { /* of the timer that ends the state */
                     ZV_SIP_TX_END_KEEP,
                     ZV_SIP_TX_END_STOP,
                     ZV_SIP_TX_END_64T1,            /* Timers H, L, M: whatever the transport */
                     ZV_SIP_TX_END_64T1_UNRELIABLE, /* Timers D, J: 0 over a reliable transport */
                     ZV_SIP_TX_END_T4_UNRELIABLE,   /* Timers I, K */
};

struct zv_sip_tx_step {
    bool is_defined; /* false: the event means nothing in this state */
    uint8_t next;    /* enum zv_sip_tx_state */
    uint8_t actions;
    uint8_t repeat; /* enum zv_sip_tx_repeat */
    uint8_t end;    /* enum zv_sip_tx_end */
};

struct zv_sip_tx_step zv_sip_tx_step(enum zv_sip_tx_kind kind, enum zv_sip_tx_state state,
                                     enum zv_sip_tx_event event);
/* Class of a status: 1XX, 2XX, FINAL. */
enum zv_sip_tx_event zv_sip_tx_event_of(uint16_t status);

/* State, timers and packet, the same in all four. */
struct zv_sip_tx {
    enum zv_sip_tx_kind kind;
    enum zv_sip_tx_state state;
    struct zv_sip_flow flow;
    struct zv_sip_packet *packet; /* owned: the request, or the last response; may be NULL */
    int64_t interval_us;          /* of the retransmission timer as it runs */
    struct zv_sip_timer repeat;
    struct zv_sip_timer end;
};

/* Timers as the step says. `timeout_us` is not part of a step: Timers B and F run from the start.
 */
void zv_sip_tx_set_timers(struct zv_sip *sip, struct zv_sip_tx *tx,
                          const struct zv_sip_tx_step *step, int64_t now_us);
/* Sends tx->packet once more. */
void zv_sip_tx_resend(struct zv_sip *sip, struct zv_sip_tx *tx);
void zv_sip_tx_fini(struct zv_sip *sip, struct zv_sip_tx *tx);

/* ---- client ---- */

struct zv_sip_client_ops {
    void (*on_response)(void *user, const struct zv_sip_msg *msg, int64_t now_us);
    /* TIMEOUT or TRANSPORT; the transaction is over. */
    void (*on_failed)(void *user, enum zv_sip_cause cause, int64_t now_us);
    /* The transaction is over in every other way: no late 2xx comes any more. */
    void (*on_over)(void *user, int64_t now_us);
};

struct zv_sip_client {
    struct zv_sip_grave grave;
    struct zv_map_node node; /* in zv_sip.clients */
    struct zv_sip_tx tx;
    struct zv_list_node failing;  /* while zv_sip_on_flow_failed goes round */
    enum zv_sip_cause flow_cause; /* why its flow failed */
    const struct zv_sip_client_ops *ops;
    void *user;                /* borrowed; NULL: nobody is interested any more */
    struct zv_sip_packet *ack; /* INVITE: for a final response other than 2xx */
    size_t key_len;
    char key[64]; /* "INVITE z9hG4bK…" */
};

struct zv_sip_client_cfg {
    enum zv_sip_method method; /* not ACK */
    struct zv_str branch;      /* ours, of at most ZV_SIP_BRANCH_BYTES */
    struct zv_sip_flow flow;
    struct zv_sip_packet *packet;        /* a reference is taken */
    int64_t timeout_us;                  /* Timer B or F */
    const struct zv_sip_client_ops *ops; /* NULL: answers and failures do not matter */
    void *user;
};

/* Sends the request. ZV_E_LIMIT, ZV_E_NOMEM; nothing is sent then. */
int zv_sip_client_new(struct zv_sip *sip, const struct zv_sip_client_cfg *cfg, int64_t now_us,
                      struct zv_sip_client **ret_client) ZV_MUST_CHECK;
/* The transaction that a response belongs to, or NULL. */
struct zv_sip_client *zv_sip_client_find(struct zv_sip *sip, const struct zv_sip_msg *msg);
void zv_sip_client_on_response(struct zv_sip *sip, struct zv_sip_client *client,
                               const struct zv_sip_msg *msg, int64_t now_us);
/* The user leaves. What the protocol still owes (the ACK to a repeated 486) goes on without it;
 * anything else stops at once. */
void zv_sip_client_abandon(struct zv_sip *sip, struct zv_sip_client *client);
/* The same, but an INVITE that has no final answer yet waits for it, for 64*T1 at most, to ACK it:
 * a BYE that overtakes a re-INVITE has the far end refuse that (§15.1.2). It is not sent again. */
void zv_sip_client_leave(struct zv_sip *sip, struct zv_sip_client *client, int64_t now_us);
/* Every transaction over this flow has lost it. */
void zv_sip_clients_fail(struct zv_sip *sip, const struct zv_sip_flow *flow,
                         enum zv_sip_cause cause, int64_t now_us);
/* The transaction stops at once whatever it owes. */
void zv_sip_client_kill(struct zv_sip *sip, struct zv_sip_client *client);

/* ---- server ---- */

struct zv_sip_server {
    struct zv_sip_grave grave;
    struct zv_map_node node;  /* in zv_sip.servers */
    struct zv_map_node merge; /* in zv_sip.merges, until it is refused */
    bool is_merge_key;
    struct zv_sip_tx tx;
    struct zv_sip_packet *request; /* owned: as received, until the final response */
    struct zv_sip_flow source;     /* as received */
    void *user;                    /* borrowed: the leg that owes a final response; NULL: nobody */
    char keys[];                   /* both keys */
};

/* A transaction for a request that zv_sip_server_find did not know. tx.flow is where responses go
 * (§18.2.2, RFC 3581). `account`: whose an INVITE from outside any dialog is. ZV_E_LIMIT,
 * ZV_E_NOMEM, ZV_E_PARSE: a key beyond ZV_SIP_MAX_KEY_BYTES. */
int zv_sip_server_new(struct zv_sip *sip, const struct zv_sip_msg *msg,
                      const struct zv_sip_flow *flow, uint64_t account,
                      struct zv_sip_server **ret_server) ZV_MUST_CHECK;
/* The transaction that a request repeats, or that an ACK belongs to, or NULL. For a CANCEL: the one
 * of the INVITE that it cancels (§9.2); a CANCEL itself is answered without a transaction. */
struct zv_sip_server *zv_sip_server_find(struct zv_sip *sip, const struct zv_sip_msg *msg);
/* Another INVITE for this account with this Call-ID, From tag and CSeq, which has not been refused,
 * came by another way (§8.2.2.2). */
bool zv_sip_server_is_merged(struct zv_sip *sip, const struct zv_sip_msg *msg, uint64_t account);
/* Repetition, ACK. */
void zv_sip_server_on_event(struct zv_sip *sip, struct zv_sip_server *server,
                            enum zv_sip_tx_event event, int64_t now_us);
/* Sends a response of that status; after a final one the user must forget the transaction. */
void zv_sip_server_respond(struct zv_sip *sip, struct zv_sip_server *server, uint16_t status,
                           struct zv_sip_packet *packet, int64_t now_us);
void zv_sip_server_kill(struct zv_sip *sip, struct zv_sip_server *server);
/* Where a response to a request goes. */
struct zv_sip_flow zv_sip_response_flow(const struct zv_sip_msg *msg,
                                        const struct zv_sip_flow *source);

#endif
