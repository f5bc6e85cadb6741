/*
 * Registration (RFC 3261 §10): one binding per account, with a random user part in Contact so that
 * only the registrar can call us, refreshed at 80-90 % of the granted time, tried again with
 * growing pauses when a refresh fails, taken off with Expires 0.
 *
 * A registrar that is busy and says until when (Retry-After, RFC 3261 §20.33) is not asked before
 * then: a refresh that failed waits at least so long, and a first attempt that has the time waits
 * and asks again before it is given up. Waits are longer by up to a fifth, by lot, since the
 * registrar has told all of its clients the same.
 *
 * Every refresh resolves its target anew (the edge has the cache), with the server that answered
 * last in front: that one holds the binding.
 */
#include "sip/account.h"

#include "base/alloc.h"
#include "base/err.h"

/* 423 answers followed in one attempt, and the longest interval that we let a registrar impose. */
#define MAX_INTERVAL_ROUNDS 2
#define MAX_EXPIRES_S       86400u
/* Pauses between failed refreshes: 1, 2, 4 … 60 s, each ±30 % (reliability: a registrar that comes
 * back must not be flooded by all its clients at once). */
#define MAX_RETRY_S 60u
/* What a registrar may ask for, and how often within one attempt. */
#define MAX_RETRY_AFTER_S 600u
#define MAX_BUSY_ROUNDS   3
/* What must be left of an attempt for one more request, in T1. */
#define MIN_ATTEMPT_T1 8
/* A registrar that grants next to nothing is not asked more often than that. */
#define MIN_REFRESH_US ZV_SECONDS(10)

static void attempt_over(struct zv_sip_account *account)
{
    account->req = zv_sip_request_drop(account->req);
}

static void push_result(struct zv_sip_account *account, enum zv_sip_out_kind kind)
{
    account->result->out.kind = kind;
    account->result->out.account = account->id;
    zv_sip_out_push(account->sip, account->result);
    account->result = NULL;
}

/* 100 to 120 % of what the registrar asked for. */
static int64_t retry_after_us(const struct zv_sip_account *account, uint32_t retry_after_s)
{
    int64_t percent = 100 + (int64_t)(zv_rand_u32(&account->sip->cfg.rand) % 21);
    return ZV_SECONDS(ZV_MIN(retry_after_s, MAX_RETRY_AFTER_S)) * percent / 100;
}

static void arm_retry(struct zv_sip_account *account, uint32_t retry_after_s, int64_t now_us)
{
    uint32_t pause_s = account->failures < 6 ? 1u << account->failures : MAX_RETRY_S;
    int64_t percent = 70 + (int64_t)(zv_rand_u32(&account->sip->cfg.rand) % 61);
    int64_t pause_us = ZV_SECONDS(pause_s) * percent / 100;
    int64_t least_us = retry_after_us(account, retry_after_s);
    account->failures += account->failures < 6;
    account->state = ZV_SIP_ACCOUNT_RETRYING;
    zv_sip_timer_arm(account->sip, &account->timer, now_us + ZV_MAX(pause_us, least_us));
}

/* The end of an attempt that did not succeed. `msg` may be NULL. */
static void failed(struct zv_sip_account *account, enum zv_sip_cause cause,
                   const struct zv_sip_msg *msg, int64_t now_us)
{
    uint32_t retry_after_s = zv_sip_msg_retry_after_s(msg);
    bool is_leaving = account->state == ZV_SIP_ACCOUNT_UNREGISTERING;
    attempt_over(account);
    /* The second Contact may be what it was silent about. */
    account->names_old_contact &= cause != ZV_SIP_CAUSE_TIMEOUT;
    if (msg)
        zv_sip_out_set_status(account->result, msg);
    account->result->out.retry_after_s = retry_after_s;
    if (!is_leaving && account->was_registered && cause != ZV_SIP_CAUSE_AUTH) {
        account->result->out.retrying = true;
        arm_retry(account, retry_after_s, now_us);
    } else {
        account->state = ZV_SIP_ACCOUNT_IDLE;
        account->was_registered = false;
        zv_sip_account_forget_routes(account);
        zv_sip_account_unpublish(account);
    }
    account->result->out.cause = cause;
    push_result(account, is_leaving ? ZV_SIP_OUT_UNREGISTERED : ZV_SIP_OUT_REGISTER_FAILED);
}

/* A first attempt waits for a busy registrar as long as it has time; a refresh has its own pauses.
 */
static bool wait_for_registrar(struct zv_sip_account *account, const struct zv_sip_msg *msg,
                               int64_t now_us)
{
    struct zv_sip *sip = account->sip;
    uint32_t retry_after_s = zv_sip_msg_retry_after_s(msg);
    int64_t again_us = now_us + retry_after_us(account, retry_after_s);
    if (account->state != ZV_SIP_ACCOUNT_REGISTERING || !retry_after_s ||
        account->busy_rounds >= MAX_BUSY_ROUNDS ||
        again_us + MIN_ATTEMPT_T1 * sip->cfg.t1_us > account->give_up_us)
        return false;
    account->busy_rounds++;
    attempt_over(account);
    zv_sip_timer_arm(sip, &account->timer, again_us);
    return true;
}

/* What the registrar granted to our binding (§10.3 step 8): its Contact, else Expires, else what we
 * asked for. Of several that are ours, as after a change of address, the one that lasts longest.
 * 0: none, which is also what a list of others' Contacts says; no list at all says nothing. */
static uint32_t granted_s(const struct zv_sip_account *account, const struct zv_sip_msg *msg)
{
    struct zv_sip_iter iter = zv_sip_iter(msg, ZV_SIP_HEADER_CONTACT);
    struct zv_sip_name_addr contact;
    struct zv_str text;
    uint32_t expires_s, longest_s = 0;
    bool is_listed = false, is_timed = false, has_others = false;
    for (int err; (err = zv_sip_iter_addr(&iter, &contact)) != ZV_E_NOTFOUND;) {
        bool is_ours = !err && zv_str_is(contact.uri.user, account->contact_user);
        is_listed |= is_ours;
        has_others |= !err && !is_ours;
        if (is_ours && zv_sip_name_addr_param(&contact, "expires", &text) &&
            !zv_str_to_u32(text, &expires_s)) {
            is_timed = true;
            longest_s = ZV_MAX(longest_s, expires_s);
        }
    }
    if (is_timed || (has_others && !is_listed))
        return longest_s;
    if (!zv_sip_msg_u32(msg, ZV_SIP_HEADER_EXPIRES, &expires_s))
        return expires_s;
    return account->expires_s;
}

static bool is_behind_nat(const struct zv_sip_msg *msg, const struct zv_sip_flow *flow)
{
    struct zv_addr seen;
    /* Of a stream the port says nothing: Via names the one that we listen on. */
    if (msg->via.rport && msg->via.rport != flow->local.port && !zv_sip_flow_is_reliable(flow))
        return true;
    return msg->via.received.len && !zv_addr_parse_ip(msg->via.received, &seen) &&
           !zv_addr_ip_eq(&seen, &flow->local);
}

/* A 2xx that grants no time. */
static void not_kept(struct zv_sip_account *account, const struct zv_sip_msg *msg, int64_t now_us)
{
    account->result->out.status = msg->status;
    account->result->out.reason = ZV_STR_LIT("The registrar keeps no registration");
    failed(account, ZV_SIP_CAUSE_REJECTED, NULL, now_us);
}

static void registered(struct zv_sip_account *account, const struct zv_sip_msg *msg, int64_t now_us)
{
    struct zv_sip *sip = account->sip;
    uint32_t expires_s = ZV_MIN(granted_s(account, msg), MAX_EXPIRES_S);
    int64_t percent = 80 + (int64_t)(zv_rand_u32(&sip->cfg.rand) % 11);
    int64_t refresh_us = ZV_MAX(ZV_SECONDS((int64_t)expires_s) * percent / 100, MIN_REFRESH_US);
    if (!expires_s) {
        not_kept(account, msg, now_us);
        return;
    }
    zv_sip_register_take_flow(account, &account->req->flow, now_us);
    zv_sip_account_learn_routes(account, msg);
    account->result->out.is_behind_nat = is_behind_nat(msg, &account->flow);
    account->result->out.expires_s = expires_s;
    zv_sip_out_set_status(account->result, msg);
    attempt_over(account);
    zv_sip_account_publish(account);
    account->state = ZV_SIP_ACCOUNT_REGISTERED;
    account->was_registered = true;
    account->failures = 0;
    zv_sip_timer_arm(sip, &account->timer, now_us + refresh_us);
    push_result(account, ZV_SIP_OUT_REGISTERED);
}

static void challenged(struct zv_sip_account *account, const struct zv_sip_msg *msg, int64_t now_us)
{
    int err = zv_sip_account_take_challenge(account, &account->auths, account->req, msg, false);
    if (err)
        failed(account, zv_sip_account_auth_cause(err), msg, now_us);
    else
        zv_sip_request_again(account->req, now_us);
}

/* 423 (§10.2.8). */
static void interval_too_brief(struct zv_sip_account *account, const struct zv_sip_msg *msg,
                               int64_t now_us)
{
    uint32_t min_s;
    if (zv_sip_msg_u32(msg, ZV_SIP_HEADER_MIN_EXPIRES, &min_s) || min_s <= account->expires_s ||
        min_s > MAX_EXPIRES_S || account->interval_rounds++ >= MAX_INTERVAL_ROUNDS) {
        failed(account, ZV_SIP_CAUSE_REJECTED, msg, now_us);
        return;
    }
    account->expires_s = min_s;
    zv_sip_request_again(account->req, now_us);
}

/* Which may be a refusal of the second Contact, as not every registrar takes one. A 503 says
 * nothing of that. */
static bool asks_with_one_contact(struct zv_sip_account *account, const struct zv_sip_msg *msg,
                                  int64_t now_us)
{
    if (msg->status < 400 || msg->status == 503 ||
        !zv_sip_register_leaves_contact(account, &account->req->flow))
        return false;
    account->names_old_contact = false;
    zv_sip_request_again(account->req, now_us);
    return true;
}

static void on_response(struct zv_sip_request *req, const struct zv_sip_msg *msg, int64_t now_us)
{
    struct zv_sip_account *account = req->owner;
    bool is_leaving = account->state == ZV_SIP_ACCOUNT_UNREGISTERING;
    if (msg->status < 200)
        return;
    if (msg->status == 401 || msg->status == 407)
        challenged(account, msg, now_us);
    else if (msg->status == 423 && !is_leaving)
        interval_too_brief(account, msg, now_us);
    else if (msg->status < 300 && !is_leaving)
        registered(account, msg, now_us);
    else if (asks_with_one_contact(account, msg, now_us))
        return;
    else if (msg->status == 403 && req->auth_rounds > 0)
        failed(account, ZV_SIP_CAUSE_AUTH, msg, now_us);
    else if (msg->status < 300 || !wait_for_registrar(account, msg, now_us))
        failed(account, msg->status < 300 ? ZV_SIP_CAUSE_NONE : ZV_SIP_CAUSE_REJECTED, msg, now_us);
}

static void on_failed(struct zv_sip_request *req, enum zv_sip_cause cause, int64_t now_us)
{
    failed(req->owner, cause, NULL, now_us);
}

static void build(struct zv_sip_request *req, struct zv_sip_builder *b, struct zv_str *ret_body)
{
    struct zv_sip_account *account = req->owner;
    bool is_leaving = account->state == ZV_SIP_ACCOUNT_UNREGISTERING;
    struct zv_sip_build_addr to = {.display = account->display, .uri = account->aor};
    struct zv_sip_build_addr from = to;
    from.tag = zv_str(account->from_tag);
    zv_sip_request_head(req, b, account->registrar);
    if (account->route.len)
        zv_sip_build_addr_text(b, ZV_SIP_HEADER_ROUTE, account->route);
    zv_sip_build_addr(b, ZV_SIP_HEADER_FROM, &from);
    zv_sip_build_addr(b, ZV_SIP_HEADER_TO, &to);
    zv_sip_build_call_id(b, zv_str(account->call_id));
    zv_sip_build_cseq(b, zv_sip_request_next_cseq(req, &account->cseq), ZV_STR_LIT("REGISTER"));
    zv_sip_register_build_contacts(account, &req->flow, b);
    zv_sip_build_u32(b, ZV_SIP_HEADER_EXPIRES, is_leaving ? 0 : account->expires_s);
    zv_sip_build_text(b, ZV_SIP_HEADER_ALLOW, ZV_STR_LIT(ZV_SIP_ALLOW));
    /* RFC 3327 §5.1: proxies on the way may ask to be on the way of calls to us. */
    zv_sip_build_text(b, ZV_SIP_HEADER_SUPPORTED, ZV_STR_LIT("path"));
    zv_sip_account_write_auth(account, &account->auths, req, b, account->registrar);
    zv_sip_build_user_agent(req->sip, b, ZV_SIP_HEADER_USER_AGENT);
    *ret_body = (struct zv_str){0};
}

static const struct zv_sip_request_ops ops = {
    .build = build,
    .on_response = on_response,
    .on_failed = on_failed,
};

/* On an error nothing has changed. */
static int attempt_until(struct zv_sip_account *account, enum zv_sip_account_state state,
                         int64_t give_up_us, int64_t now_us)
{
    struct zv_sip *sip = account->sip;
    struct zv_sip_hop hop = zv_sip_account_hop(account);
    struct zv_sip_request *req = zv_sip_request_new(sip, &ops, account, ZV_SIP_METHOD_REGISTER);
    struct zv_sip_out_node *result =
        zv_sip_out_node_new(ZV_SIP_OUT_REGISTER_FAILED, ZV_SIP_MAX_REASON_BYTES);
    int err = ZV_E_NOMEM;
    if (!req || !result)
        goto fail;
    req->account = account->id;
    err = zv_sip_request_start(req, &hop, give_up_us, now_us);
    if (err)
        goto fail;
    attempt_over(account);
    zv_sip_timer_stop(sip, &account->timer);
    zv_sip_out_node_free(account->result);
    account->req = req;
    account->result = result;
    account->interval_rounds = 0;
    account->give_up_us = give_up_us;
    account->state = state;
    return 0;
fail:
    zv_sip_request_drop(req);
    zv_sip_out_node_free(result);
    return err;
}

static int attempt(struct zv_sip_account *account, enum zv_sip_account_state state, int64_t now_us)
{
    account->busy_rounds = 0;
    return attempt_until(account, state, now_us + account->sip->cfg.register_timeout_us, now_us);
}

static void on_timer(struct zv_sip *sip, struct zv_sip_timer *timer, int64_t now_us)
{
    struct zv_sip_account *account = ZV_CONTAINER_OF(timer, struct zv_sip_account, timer);
    (void)sip;
    if (account->state == ZV_SIP_ACCOUNT_REGISTERING) {
        if (attempt_until(account, account->state, account->give_up_us, now_us))
            failed(account, ZV_SIP_CAUSE_INTERNAL, NULL, now_us);
    } else if (attempt(account, ZV_SIP_ACCOUNT_REFRESHING, now_us)) {
        arm_retry(account, 0, now_us);
    }
}

int zv_sip_register_open(struct zv_sip_account *account)
{
    const struct zv_rand *rand = &account->sip->cfg.rand;
    zv_rand_token(rand, account->call_id, ZV_SIP_CALL_ID_BYTES);
    zv_rand_token(rand, account->from_tag, ZV_SIP_TAG_BYTES);
    return zv_sip_timer_open(account->sip, &account->timer, on_timer);
}

void zv_sip_register_stop(struct zv_sip_account *account)
{
    attempt_over(account);
    account->result = zv_sip_out_node_free(account->result);
    zv_sip_timer_close(account->sip, &account->timer);
    account->state = ZV_SIP_ACCOUNT_IDLE;
}

int zv_sip_register(struct zv_sip *sip, uint64_t id, int64_t now_us)
{
    struct zv_sip_account *account = zv_sip_account_find(sip, id);
    if (!account)
        return ZV_E_GONE;
    if (account->state != ZV_SIP_ACCOUNT_IDLE)
        return ZV_E_STATE;
    int err = attempt(account, ZV_SIP_ACCOUNT_REGISTERING, now_us);
    zv_sip_sweep(sip);
    return err;
}

/* With nothing at the registrar there is nothing to take off, nor a name to ask for. */
static int leave_at_once(struct zv_sip_account *account)
{
    struct zv_sip_out_node *result = zv_sip_out_node_new(ZV_SIP_OUT_UNREGISTERED, 0);
    if (!result)
        return ZV_E_NOMEM;
    attempt_over(account);
    zv_sip_timer_stop(account->sip, &account->timer);
    zv_sip_out_node_free(account->result);
    account->result = result;
    account->state = ZV_SIP_ACCOUNT_IDLE;
    push_result(account, ZV_SIP_OUT_UNREGISTERED);
    return 0;
}

int zv_sip_unregister(struct zv_sip *sip, uint64_t id, int64_t now_us)
{
    struct zv_sip_account *account = zv_sip_account_find(sip, id);
    if (!account)
        return ZV_E_GONE;
    if (account->state == ZV_SIP_ACCOUNT_UNREGISTERING)
        return 0;
    bool is_unsent = account->state == ZV_SIP_ACCOUNT_REGISTERING && !account->cseq;
    int err = account->state == ZV_SIP_ACCOUNT_IDLE || is_unsent
                  ? leave_at_once(account)
                  : attempt(account, ZV_SIP_ACCOUNT_UNREGISTERING, now_us);
    zv_sip_sweep(sip);
    return err;
}
