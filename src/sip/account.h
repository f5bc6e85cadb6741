/*
 * Accounts: who we are towards a registrar or proxy, how we prove it, where we are found.
 *
 * An account is one allocation for its texts and one for itself; what an attempt to register needs
 * comes and goes with the attempt.
 */
#ifndef ZV_SIP_ACCOUNT_H
#define ZV_SIP_ACCOUNT_H

#include "sip/digest.h"
#include "sip/request.h"

/* Rounds of authentication per request (RFC 3261 §22 leaves it open; a hostile server would go on
 * for ever). */
#define ZV_SIP_MAX_AUTH_ROUNDS 2

/* Answers to challenges, one for servers (401) and one for proxies (407). */
struct zv_sip_auths {
    struct zv_sip_auth *of[2]; /* owned; by zv_sip_auth.proxy; NULL: not challenged */
};
void zv_sip_auths_fini(struct zv_sip_auths *auths);

enum zv_sip_account_state {
    ZV_SIP_ACCOUNT_IDLE,
    ZV_SIP_ACCOUNT_REGISTERING, /* or waits to do so again, as a busy registrar wants it */
    ZV_SIP_ACCOUNT_REGISTERED,  /* waits for the refresh */
    ZV_SIP_ACCOUNT_REFRESHING,
    ZV_SIP_ACCOUNT_RETRYING, /* a refresh failed: waits for the next try */
    ZV_SIP_ACCOUNT_UNREGISTERING,
};

struct zv_sip_account {
    struct zv_sip_grave grave;
    struct zv_sip *sip; /* borrowed */
    uint64_t id;
    struct zv_map_node by_id;      /* in zv_sip.accounts, until removed */
    struct zv_map_node by_contact; /* in zv_sip.contacts, until removed */
    struct zv_map_node by_aor;     /* in zv_sip.aors while registered and the first of its key */
    char *aor_key;                 /* owned; NULL: not there */
    bool is_removed;               /* lives on for its legs */
    size_t legs;

    void *texts; /* owned, wiped: what the views below point into */
    size_t texts_size;
    struct zv_str user; /* escaped */
    struct zv_str auth_name;
    struct zv_str password;
    struct zv_str domain; /* without brackets */
    struct zv_str proxy;  /* empty: none */
    struct zv_str display;
    struct zv_str contact_params;
    struct zv_str aor;       /* "sip:1001@example.com" */
    struct zv_str registrar; /* "sip:example.com:5070" */
    struct zv_str route;     /* "<sip:proxy.example.com;lr>" or empty */
    uint16_t port;           /* of whom requests are sent to */
    uint16_t domain_port;    /* stands in request URIs; 0: none */
    enum zv_sip_transport transport;
    char contact_user[ZV_SIP_CONTACT_USER_BYTES + 1];

    char *realm;         /* owned; NULL: not known yet */
    bool realm_is_fixed; /* configured, not learnt */
    bool has_flow;
    struct zv_sip_flow flow; /* of the registrar or proxy that answered last */
    bool has_call_flow;
    struct zv_sip_flow call_flow; /* where an INVITE of ours was challenged last, and proved it */

    char *service_routes; /* owned; name-addrs by commas; NULL: none */

    /* register.c */
    enum zv_sip_account_state state;
    bool was_registered;     /* at least once since zv_sip_register: refreshes go on */
    uint8_t failures;        /* refreshes that failed in a row */
    uint8_t interval_rounds; /* 423s answered in this attempt */
    uint8_t busy_rounds;     /* waits for a busy registrar in this attempt */
    int64_t give_up_us;      /* of this attempt */
    uint32_t expires_s;      /* to ask for */
    uint32_t cseq;
    char call_id[ZV_SIP_CALL_ID_BYTES + 1];
    char from_tag[ZV_SIP_TAG_BYTES + 1];
    struct zv_sip_request *req;     /* owned; the attempt under way */
    struct zv_sip_out_node *result; /* owned; made with the attempt, so that it can be told */
    struct zv_sip_auths auths;
    struct zv_sip_timer timer; /* refresh, retry */

    /* register_flow.c */
    int64_t flow_since_us;  /* registered over `flow` and not lost since; 0: it was lost */
    uint8_t brief_flows;    /* that were lost soon, in a row */
    bool names_old_contact; /* where it has become another */
};

/* NULL: no such account. */
struct zv_sip_account *zv_sip_account_find(const struct zv_sip *sip, uint64_t id);
/* Whom a request from outside any dialog is for: by our random Contact user, or by the user of an
 * account whose registrar it comes from. NULL: nobody. */
struct zv_sip_account *zv_sip_account_match(const struct zv_sip *sip, const struct zv_sip_msg *msg,
                                            const struct zv_sip_flow *flow);
/* A leg more, a leg less. */
void zv_sip_account_ref(struct zv_sip_account *account);
void zv_sip_account_unref(struct zv_sip_account *account);
/* Where its REGISTER goes. */
struct zv_sip_hop zv_sip_account_hop(const struct zv_sip_account *account);
/* Makes it found by its user from the present flow; no matter if it cannot be. */
void zv_sip_account_publish(struct zv_sip_account *account);
void zv_sip_account_unpublish(struct zv_sip_account *account);

/*
 * Takes the challenge of a 401 or 407 to a request: 0: send again; ZV_E_AUTH: the credentials were
 * refused, or enough rounds; ZV_E_DENIED: not our realm, or the request had not gone to our
 * registrar or proxy; ZV_E_UNSUPPORTED: no challenge that can be answered; ZV_E_NOMEM.
 * `in_dialog`: the far end may have led the request astray, so nothing new is learnt from it.
 */
int zv_sip_account_take_challenge(struct zv_sip_account *account, struct zv_sip_auths *auths,
                                  struct zv_sip_request *req, const struct zv_sip_msg *msg,
                                  bool in_dialog) ZV_MUST_CHECK;
/* What went wrong there, as an event says it. */
enum zv_sip_cause zv_sip_account_auth_cause(int err);
/* Authorization and Proxy-Authorization, once the request was challenged; a REGISTER sends them
 * along unasked, as it goes to nobody but the registrar. `uri`: of the request line. */
void zv_sip_account_write_auth(const struct zv_sip_account *account, struct zv_sip_auths *auths,
                               const struct zv_sip_request *req, struct zv_sip_builder *b,
                               struct zv_str uri);

/* service_route.c: what a 2xx to a REGISTER says of the way of later requests. */
void zv_sip_account_learn_routes(struct zv_sip_account *account, const struct zv_sip_msg *msg);
void zv_sip_account_forget_routes(struct zv_sip_account *account);
/* Route of a request outside any dialog that is no REGISTER, and where it goes. */
void zv_sip_account_build_routes(const struct zv_sip_account *account, struct zv_sip_builder *b);
struct zv_sip_hop zv_sip_account_call_hop(const struct zv_sip_account *account);
/* What a request outside any dialog goes by to that URI, which somebody else has named. */
enum zv_sip_transport zv_sip_account_transport_to(const struct zv_sip_account *account,
                                                  const struct zv_sip_uri *uri);

/* register.c: no more of it, without a word. */
void zv_sip_register_stop(struct zv_sip_account *account);
int zv_sip_register_open(struct zv_sip_account *account) ZV_MUST_CHECK;
/* register_flow.c: a REGISTER by that flow takes off the binding that names the flow before. */
bool zv_sip_register_leaves_contact(const struct zv_sip_account *account,
                                    const struct zv_sip_flow *flow);
/* Contact of a REGISTER that goes by that flow, and of the binding that it takes off. */
void zv_sip_register_build_contacts(const struct zv_sip_account *account,
                                    const struct zv_sip_flow *flow, struct zv_sip_builder *b);
/* It was registered over that flow. */
void zv_sip_register_take_flow(struct zv_sip_account *account, const struct zv_sip_flow *flow,
                               int64_t now_us);
/* The registrar has no way to us any more: a refresh is due, by lot, since `sharing` accounts have
 * lost that way together. */
void zv_sip_register_flow_lost(struct zv_sip_account *account, size_t sharing, int64_t now_us);

#endif
