/*
 * How long a session stands without a word (RFC 4028): asked for, agreed on, run out. A timer finds
 * calls whose far end has vanished while nothing is to be heard anyhow, on hold.
 *
 * What a far end asks for is honoured whether or not we ask for it ourselves. Where the choice is
 * ours we refresh: then a call does not end because the other side forgets to. A 2xx without
 * Session-Expires means that the far end knows no timer; media that fail to come end such a call.
 */
#include "base/alloc.h"
#include "base/err.h"
#include "sip/leg.h"

/* §4: of Session-Expires and Min-SE, for everybody. */
#define MIN_SE_S ZV_SIP_MIN_SE_S
/* What a 422 may ask for, and how often in a row. */
#define MAX_MIN_SE_S 86400u
#define MAX_ROUNDS   2

bool zv_sip_session_is_too_short(const struct zv_sip_msg *request)
{
    uint32_t expires_s;
    return zv_sip_msg_has_token(request, ZV_SIP_HEADER_SUPPORTED, "timer") &&
           !zv_sip_msg_u32(request, ZV_SIP_HEADER_SESSION_EXPIRES, &expires_s) &&
           expires_s < MIN_SE_S;
}

/* Empty: it says nothing about that. */
static struct zv_str refresher_of(const struct zv_sip_msg *msg)
{
    struct zv_str params = zv_sip_msg_value(msg, ZV_SIP_HEADER_SESSION_EXPIRES), seconds;
    struct zv_str refresher = {0};
    if (zv_sip_split(&params, ';', &seconds))
        zv_sip_param_find(params, "refresher", &refresher);
    return refresher;
}

/* ---- asking ---- */

static uint32_t to_ask_s(const struct zv_sip_leg *leg)
{
    uint32_t expires_s =
        leg->dialog ? leg->dialog->value.session_expires_s : leg->sip->cfg.session_expires_s;
    return ZV_MAX(expires_s, leg->session.min_se_s);
}

void zv_sip_leg_build_update(struct zv_sip_leg *leg, struct zv_sip_request *req,
                             struct zv_sip_auths *auths, struct zv_sip_builder *b)
{
    struct zv_sip_leg_dialog *dialog = leg->dialog;
    struct zv_str target = zv_str(dialog->value.remote_target);
    zv_sip_request_head(req, b, target);
    zv_sip_dialog_build(&dialog->value, b, req->method,
                        zv_sip_request_next_cseq(req, &dialog->value.local_cseq));
    zv_sip_leg_dialog_build_contact(dialog, &req->flow, b);
    zv_sip_build_text(b, ZV_SIP_HEADER_ALLOW, ZV_STR_LIT(ZV_SIP_ALLOW));
    zv_sip_leg_write_session(leg, b);
    if (leg->account)
        zv_sip_account_write_auth(leg->account, auths, req, b, target);
    zv_sip_build_user_agent(req->sip, b, ZV_SIP_HEADER_USER_AGENT);
}

/* A first INVITE leaves to the far end who refreshes (§7.1), and alone has provisionals that we
 * would acknowledge (prack.c): 100rel in a re-INVITE would bring some that nobody does. */
void zv_sip_leg_write_session(const struct zv_sip_leg *leg, struct zv_sip_builder *b)
{
    char memory[40];
    struct zv_buf text = zv_buf(memory, sizeof(memory));
    uint32_t expires_s = to_ask_s(leg);
    zv_sip_build_text(b, ZV_SIP_HEADER_SUPPORTED,
                      leg->dialog ? ZV_STR_LIT("timer") : ZV_STR_LIT(ZV_SIP_SUPPORTED));
    if (!expires_s)
        return;
    zv_buf_printf(&text, "%u", (unsigned)expires_s);
    if (leg->dialog)
        zv_buf_printf(&text, ";refresher=%s", leg->dialog->value.is_refresher ? "uac" : "uas");
    zv_sip_build_text(b, ZV_SIP_HEADER_SESSION_EXPIRES, zv_buf_str(&text));
    if (leg->session.min_se_s)
        zv_sip_build_u32(b, ZV_SIP_HEADER_MIN_SE, leg->session.min_se_s);
}

bool zv_sip_leg_raise_session(struct zv_sip_leg *leg, const struct zv_sip_msg *msg)
{
    uint32_t min_se_s;
    if (leg->session.rounds == MAX_ROUNDS || zv_sip_msg_u32(msg, ZV_SIP_HEADER_MIN_SE, &min_se_s) ||
        min_se_s > MAX_MIN_SE_S || min_se_s <= to_ask_s(leg))
        return false;
    leg->session.rounds++;
    leg->session.min_se_s = min_se_s;
    return true;
}

/* ---- running ---- */

static void run(struct zv_sip_leg *leg, int64_t now_us)
{
    struct zv_sip_leg_session *session = &leg->session;
    int64_t expires_us = ZV_SECONDS((int64_t)leg->dialog->value.session_expires_s);
    if (!expires_us) {
        zv_sip_timer_stop(leg->sip, &session->timer);
        return;
    }
    /* §10 */
    session->bye_us = now_us + expires_us - ZV_MIN(ZV_SECONDS(32), expires_us / 3);
    zv_sip_timer_arm(leg->sip, &session->timer,
                     leg->dialog->value.is_refresher ? now_us + expires_us / 2 : session->bye_us);
}

void zv_sip_leg_take_session(struct zv_sip_leg *leg, const struct zv_sip_msg *msg, int64_t now_us)
{
    struct zv_sip_dialog *dialog = &leg->dialog->value;
    uint32_t expires_s;
    dialog->session_expires_s = 0;
    if (!zv_sip_msg_u32(msg, ZV_SIP_HEADER_SESSION_EXPIRES, &expires_s)) {
        dialog->session_expires_s = ZV_MAX(expires_s, MIN_SE_S);
        dialog->is_refresher = !zv_str_is_i(refresher_of(msg), "uas");
    }
    run(leg, now_us);
}

/* Nobody knows how much of it has passed, but that less than half of it has: it was refreshed. */
void zv_sip_leg_resume_session(struct zv_sip_leg *leg, int64_t now_us)
{
    run(leg, now_us);
    if (leg->dialog->value.session_expires_s && leg->dialog->value.is_refresher)
        zv_sip_timer_arm(leg->sip, &leg->session.timer,
                         now_us + ZV_SECONDS((int64_t)leg->dialog->value.session_expires_s) / 4);
}

void zv_sip_leg_stop_session(struct zv_sip_leg *leg)
{
    zv_sip_timer_stop(leg->sip, &leg->session.timer);
    leg->session.update = zv_sip_request_drop(leg->session.update);
}

void zv_sip_leg_keep_session(struct zv_sip_leg *leg, struct zv_str sdp)
{
    struct zv_sip_leg_session *session = &leg->session;
    if (!sdp.len)
        return;
    zv_free(session->sdp);
    session->sdp = zv_strndup(sdp.p, sdp.len); /* without memory it is refreshed by UPDATE only */
    session->sdp_len = session->sdp ? sdp.len : 0;
}

/* ---- answering ---- */

void zv_sip_session_answer(const struct zv_sip *sip, const struct zv_sip_dialog *dialog,
                           const struct zv_sip_msg *request, struct zv_sip_reply *reply)
{
    uint32_t expires_s, min_se_s;
    bool is_known = zv_sip_msg_has_token(request, ZV_SIP_HEADER_SUPPORTED, "timer") ||
                    zv_sip_msg_has_token(request, ZV_SIP_HEADER_REQUIRE, "timer");
    bool is_asked = !zv_sip_msg_u32(request, ZV_SIP_HEADER_SESSION_EXPIRES, &expires_s);
    struct zv_str refresher = refresher_of(request);
    if (!is_known && !is_asked)
        return;
    if (!is_asked)
        expires_s =
            dialog->session_expires_s ? dialog->session_expires_s : sip->cfg.session_expires_s;
    if (!expires_s)
        return;
    if (zv_sip_msg_u32(request, ZV_SIP_HEADER_MIN_SE, &min_se_s))
        min_se_s = MIN_SE_S;
    reply->session_expires_s = ZV_MAX(expires_s, is_asked ? MIN_SE_S : ZV_MAX(min_se_s, MIN_SE_S));
    reply->requires_timer = is_known;
    if (!is_known) /* a proxy asked (§9) */
        reply->is_refresher_uac = false;
    else if (refresher.len)
        reply->is_refresher_uac = zv_str_is_i(refresher, "uac");
    else
        reply->is_refresher_uac = dialog->session_expires_s && !dialog->is_refresher;
}

void zv_sip_leg_set_session(struct zv_sip_leg *leg, const struct zv_sip_reply *reply,
                            int64_t now_us)
{
    leg->dialog->value.session_expires_s = reply->session_expires_s;
    leg->dialog->value.is_refresher = !reply->is_refresher_uac;
    run(leg, now_us);
}
