/*
 * Which challenges are answered. A digest given to a stranger can be attacked at leisure, and with
 * a nonce of his choice, so an account's credentials answer only its own registrar or proxy: the
 * realm must be the account's, and within a dialog, where the far end decides where requests go,
 * the request must have gone to the address that the account's own requests go to, or that its last
 * call was proved to: of a farm's servers, and by Service-Route, that need not be the registrar's.
 */
#include "base/alloc.h"
#include "base/err.h"
#include "sip/account.h"

void zv_sip_auths_fini(struct zv_sip_auths *auths)
{
    for (size_t i = 0; i < ZV_ARRAY_LEN(auths->of); i++)
        auths->of[i] = zv_free(auths->of[i]);
}

/* The realm that may challenge; empty: whoever comes first. */
static int trusted_realm(const struct zv_sip_account *account, const struct zv_sip_request *req,
                         bool in_dialog, struct zv_str *ret_realm)
{
    const struct zv_addr *remote = &req->flow.remote;
    bool is_ours = (account->has_flow && zv_addr_eq(&account->flow.remote, remote)) ||
                   (account->has_call_flow && zv_addr_eq(&account->call_flow.remote, remote));
    if (in_dialog && (!account->realm || !is_ours))
        return ZV_E_DENIED;
    bool may_change = req->method == ZV_SIP_METHOD_REGISTER && !account->realm_is_fixed;
    *ret_realm = may_change ? (struct zv_str){0} : zv_str(account->realm);
    return 0;
}

static int learn(struct zv_sip_account *account, const struct zv_sip_request *req,
                 struct zv_str realm)
{
    if (!account->realm || !zv_str_is(realm, account->realm)) {
        char *copy = zv_strndup(realm.p, realm.len);
        if (!copy)
            return ZV_E_NOMEM;
        zv_free(account->realm);
        account->realm = copy;
    }
    if (!account->has_flow) {
        account->has_flow = true;
        account->flow = req->flow;
    }
    return 0;
}

static int take(struct zv_sip_account *account, struct zv_sip_auths *auths,
                struct zv_sip_request *req, const struct zv_sip_challenge *challenge)
{
    struct zv_sip_auth **auth = &auths->of[challenge->proxy ? 1 : 0];
    /* What an earlier request was asked for says nothing about this one; a REGISTER, though, has
     * sent it along. */
    if (req->auth_rounds == 0 && req->method != ZV_SIP_METHOD_REGISTER)
        zv_sip_auths_fini(auths);
    if (*auth && zv_sip_auth_is_refused(*auth, challenge))
        return ZV_E_AUTH;
    int err = learn(account, req, challenge->realm);
    if (err)
        return err;
    if (!*auth)
        *auth = zv_zalloc(sizeof(**auth));
    if (!*auth)
        return ZV_E_NOMEM;
    zv_sip_auth_set(*auth, challenge);
    req->auth_rounds++;
    return 0;
}

int zv_sip_account_take_challenge(struct zv_sip_account *account, struct zv_sip_auths *auths,
                                  struct zv_sip_request *req, const struct zv_sip_msg *msg,
                                  bool in_dialog)
{
    struct zv_sip_challenge challenge;
    struct zv_str realm;
    if (!account)
        return ZV_E_DENIED;
    if (req->auth_rounds >= ZV_SIP_MAX_AUTH_ROUNDS)
        return ZV_E_AUTH;
    int err = trusted_realm(account, req, in_dialog, &realm);
    if (!err)
        err = zv_sip_challenge_best(msg, realm, &challenge);
    if (!err)
        err = take(account, auths, req, &challenge);
    if (!err && !in_dialog && req->method == ZV_SIP_METHOD_INVITE) {
        account->has_call_flow = true;
        account->call_flow = req->flow;
    }
    if (err == ZV_E_NOTFOUND)
        err = ZV_E_DENIED;
    if (err == ZV_E_DENIED)
        account->sip->counts.foreign_realm++;
    return err;
}

enum zv_sip_cause zv_sip_account_auth_cause(int err)
{
    switch (err) {
    case ZV_E_AUTH:
        return ZV_SIP_CAUSE_AUTH;
    case ZV_E_DENIED:
        return ZV_SIP_CAUSE_REJECTED;
    case ZV_E_UNSUPPORTED:
        return ZV_SIP_CAUSE_PROTOCOL;
    default:
        return ZV_SIP_CAUSE_INTERNAL;
    }
}

void zv_sip_account_write_auth(const struct zv_sip_account *account, struct zv_sip_auths *auths,
                               const struct zv_sip_request *req, struct zv_sip_builder *b,
                               struct zv_str uri)
{
    struct zv_sip_credentials cred = {
        .username = account->auth_name,
        .password = account->password,
    };
    struct zv_sip_auth_request request = {
        .cred = &cred,
        .method = zv_str(zv_sip_method_name(req->method)),
        .uri = uri,
        .rand = &account->sip->cfg.rand,
    };
    if (req->auth_rounds == 0 && req->method != ZV_SIP_METHOD_REGISTER)
        return;
    for (size_t i = 0; i < ZV_ARRAY_LEN(auths->of); i++) {
        char memory[4096];
        struct zv_buf value = zv_buf(memory, sizeof(memory));
        if (!auths->of[i])
            continue;
        int err = zv_sip_auth_write(auths->of[i], &request, &value);
        if (!err && value.overflow)
            err = ZV_E_TRUNCATED;
        if (err && !b->err)
            b->err = err;
        zv_sip_build_text(b, zv_sip_auth_header(auths->of[i]), zv_buf_str(&value));
    }
}
