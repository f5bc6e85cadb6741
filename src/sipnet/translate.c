/* The stack's events as inputs of call control, and call control's commands as calls of the stack.
 */
#define _GNU_SOURCE
#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "io/clock.h"
#include "sip/media_control.h"
#include "sip/uri.h"
#include "sipnet/sipnet_int.h"

#include <string.h>

/* ---- events ---- */

static enum zv_sip_end end_of(const struct zv_sip_out *out)
{
    switch (out->cause) {
    case ZV_SIP_CAUSE_REMOTE_BYE:
        return ZV_SIP_END_BYE;
    case ZV_SIP_CAUSE_REMOTE_CANCEL:
        return ZV_SIP_END_CANCEL;
    case ZV_SIP_CAUSE_REJECTED:
        return ZV_SIP_END_REJECTED;
    case ZV_SIP_CAUSE_AUTH:
        return ZV_SIP_END_AUTH;
    case ZV_SIP_CAUSE_TIMEOUT: /* of an incoming leg only the first ACK or a PRACK can be missing */
        return out->leg & ZV_SIP_LEG_INCOMING ? ZV_SIP_END_NO_ACK : ZV_SIP_END_TIMEOUT;
    case ZV_SIP_CAUSE_RESOLVE_FAILED:
        return ZV_SIP_END_UNKNOWN_DOMAIN;
    case ZV_SIP_CAUSE_DENIED:
        return ZV_SIP_END_DENIED;
    case ZV_SIP_CAUSE_TRANSPORT:
        return ZV_SIP_END_UNREACHABLE;
    case ZV_SIP_CAUSE_UNTRUSTED:
        return ZV_SIP_END_UNTRUSTED;
    case ZV_SIP_CAUSE_DIALOG_GONE:
        return ZV_SIP_END_LOST;
    case ZV_SIP_CAUSE_PROTOCOL:
        return ZV_SIP_END_PROTOCOL;
    case ZV_SIP_CAUSE_NONE:
    case ZV_SIP_CAUSE_LOCAL:
    case ZV_SIP_CAUSE_INTERNAL:
        break;
    }
    return ZV_SIP_END_INTERNAL;
}

/* What else a media control document may hold changes nothing here. */
static bool asks_for_keyframe(const struct zv_sip_out *out)
{
    bool wants_picture;
    return !zv_sip_media_control_parse(out->body, &wants_picture) && wants_picture;
}

static enum zv_call_in_kind in_kind_of(const struct zv_sip_out *out)
{
    switch (out->kind) {
    case ZV_SIP_OUT_REGISTERED:
        return ZV_CALL_IN_SIP_REGISTERED;
    case ZV_SIP_OUT_REGISTER_FAILED: /* while the stack goes on trying, the session is not over */
        return out->retrying ? ZV_CALL_IN_NONE : ZV_CALL_IN_SIP_REGISTER_FAILED;
    case ZV_SIP_OUT_INCOMING:
        return ZV_CALL_IN_SIP_INCOMING;
    case ZV_SIP_OUT_PROGRESS:
        return ZV_CALL_IN_SIP_PROGRESS;
    case ZV_SIP_OUT_ANSWERED:
        return ZV_CALL_IN_SIP_ANSWERED;
    case ZV_SIP_OUT_CONFIRMED:
        return ZV_CALL_IN_SIP_CONFIRMED;
    case ZV_SIP_OUT_OFFER:
        return ZV_CALL_IN_SIP_OFFER;
    case ZV_SIP_OUT_OFFER_GONE:
        return ZV_CALL_IN_SIP_OFFER_WITHDRAWN;
    case ZV_SIP_OUT_OFFER_RESULT:
        return ZV_CALL_IN_SIP_REOFFER_DONE;
    case ZV_SIP_OUT_REFRESHED:
        return ZV_CALL_IN_SIP_REFRESHED;
    case ZV_SIP_OUT_INFO:
        if (out->info != ZV_SIP_INFO_MEDIA_CONTROL)
            return ZV_CALL_IN_SIP_DIGIT;
        return asks_for_keyframe(out) ? ZV_CALL_IN_SIP_KEYFRAME : ZV_CALL_IN_NONE;
    case ZV_SIP_OUT_DIGITS_REFUSED:
        return ZV_CALL_IN_SIP_DIGITS_REFUSED;
    case ZV_SIP_OUT_ENDED:
        return ZV_CALL_IN_SIP_ENDED;
    default:
        return ZV_CALL_IN_NONE;
    }
}

static struct zv_str or_absent(struct zv_str text)
{
    return text.len ? text : (struct zv_str){0};
}

/* "in 2 minutes" is what people wait; a server's word is taken as it stands otherwise. */
static void put_time(struct zv_buf *text, uint32_t time_s)
{
    if (time_s < 120)
        zv_buf_printf(text, "%u s", time_s);
    else
        zv_buf_printf(text, "%u minutes", time_s / 60 + (time_s % 60 != 0));
}

/* What can be done about this end in particular. For a target that the policy refused: "the
 * operator can add it to zvonok.yaml …"; for a server that TLS refused: what is wrong with its
 * certificate, and what to do; for one that says when to come again: the time. */
static struct zv_str remedy_of(const struct zv_sipnet *net, const struct zv_sip_out *out,
                               struct zv_buf *text)
{
    const struct zv_sipnet_account *account = zv_sipnet_find_account(net, out->account);
    const char *trouble = NULL;
    if (account && out->cause == ZV_SIP_CAUSE_DENIED) {
        struct zv_str host = out->host.len ? out->host : zv_str(account->host);
        zv_buf_printf(text, "the operator can add it to zvonok.yaml: sip: {allow: [%.*s]}",
                      ZV_STR_ARG(host));
    } else if (account && out->cause == ZV_SIP_CAUSE_UNTRUSTED) {
        trouble = zv_streams_trouble(net->streams, zv_str(account->host));
    } else if (out->cause == ZV_SIP_CAUSE_REJECTED && out->retry_after_s) {
        zv_buf_put_text(text, "try again in ");
        put_time(text, out->retry_after_s);
        zv_buf_printf(text, ": the SIP side asks for it (SIP status %u)", out->status);
    }
    return trouble ? zv_str(trouble) : or_absent(zv_buf_str(text));
}

static void deliver(struct zv_sipnet *net, enum zv_call_in_kind kind, const struct zv_in_sip *sip)
{
    struct zv_call_in in = {.kind = kind, .u.sip = *sip};
    net->cfg.on_input_fn(net->cfg.arg, &in);
}

/* The Call-ID, by which the SIP server's log names the call; the line of the call that it becomes
 * has it too. */
static void log_incoming(const struct zv_sip_out *out, const char *session)
{
    char mask[ZV_LOG_MASK_CAP], from[ZV_ADDR_TEXT_CAP];
    struct zv_str caller = zv_log_number(out->caller, mask);
    struct zv_str call_id = zv_log_sip_call_id(out->call_id);
    const struct zv_log_field fields[] = {
        zv_log_text("session", session),
        zv_log_str("sipCallId", call_id),
        zv_log_str("caller", caller),
        zv_log_text("address", zv_log_addr(&out->flow.remote, from)),
    };
    zv_log_line(ZV_LOG_ABOUT(ZV_LOG_SIP, ZV_LOG_INFO, session, fields),
                "INVITE from %.*s at %s, Call-ID %.*s", ZV_STR_ARG(caller), from,
                ZV_STR_ARG(call_id));
}

static void log_refresh_failed(const struct zv_sip_out *out, const char *session)
{
    struct zv_str reason = zv_log_foreign(out->reason);
    const struct zv_log_field fields[] = {
        zv_log_text("session", session),
        zv_log_text("sipCause", zv_sip_cause_name(out->cause)),
        zv_log_int_or_absent("sipStatus", out->status),
        zv_log_str("reason", reason),
    };
    zv_log_line(ZV_LOG_ABOUT(ZV_LOG_SIP, ZV_LOG_WARN, session, fields),
                "the registration could not be refreshed (%s, SIP status %u %.*s); trying again",
                zv_sip_cause_name(out->cause), out->status, ZV_STR_ARG(reason));
}

/* From here on its picture can only be mended by itself, or digits do not arrive: whoever looks for
 * the reason finds it here, once a call. */
static void log_info_refused(const struct zv_sipnet *net, const struct zv_sip_out *out,
                             const char *session)
{
    struct zv_str call_id = zv_log_sip_call_id(zv_sip_leg_call_id(net->sip, out->leg));
    struct zv_str reason = zv_log_foreign(out->reason);
    const struct zv_log_field fields[] = {
        zv_log_text("session", session),
        zv_log_str("sipCallId", call_id),
        zv_log_text("sipCause", zv_sip_cause_name(out->cause)),
        zv_log_int_or_absent("sipStatus", out->status),
        zv_log_str("reason", reason),
    };
    zv_log_line(ZV_LOG_ABOUT(ZV_LOG_SIP, ZV_LOG_WARN, session, fields),
                "the SIP side takes no INFO with %s (%s, SIP status %u %.*s), Call-ID %.*s; "
                "none is sent any more in this call",
                zv_sip_info_media_type(out->info), zv_sip_cause_name(out->cause), out->status,
                ZV_STR_ARG(reason), ZV_STR_ARG(call_id));
}

/* Once for each time, not for each request: until its time ends nobody asks it first. */
static void log_target_down(const struct zv_sip_out *out)
{
    char target[ZV_ADDR_TEXT_CAP];
    struct zv_str reason = zv_log_foreign(out->reason);
    const struct zv_log_field fields[] = {
        zv_log_text("address", zv_log_addr(&out->flow.remote, target)),
        zv_log_text("sipCause", zv_sip_cause_name(out->cause)),
        zv_log_int_or_absent("sipStatus", out->status),
        zv_log_str("reason", reason),
    };
    zv_log_line(ZV_LOG_ABOUT(ZV_LOG_SIP, ZV_LOG_WARN, NULL, fields),
                "SIP server %s by %s cannot be used (%s, SIP status %u %.*s); for %u s the others "
                "of its domain are tried before it",
                target, zv_sip_transport_name(out->flow.transport), zv_sip_cause_name(out->cause),
                out->status, ZV_STR_ARG(reason), out->expires_s);
}

/* What only the SIP side knows. */
static void log_out(const struct zv_sipnet *net, const struct zv_sip_out *out)
{
    char session[ZV_ID_TEXT_CAP];
    zv_session_id_write((zv_session_id){out->account}, session);
    if (out->kind == ZV_SIP_OUT_INCOMING)
        log_incoming(out, session);
    else if (out->kind == ZV_SIP_OUT_REGISTER_FAILED && out->retrying)
        log_refresh_failed(out, session);
    else if (out->kind == ZV_SIP_OUT_INFO_REFUSED)
        log_info_refused(net, out, session);
    else if (out->kind == ZV_SIP_OUT_TARGET_DOWN)
        log_target_down(out);
}

/* Bodies that hold no key (a flash, nonsense) were answered, and mean nothing. */
static bool take_press(const struct zv_sip_out *out, char *digit, struct zv_in_sip *sip)
{
    if (zv_sip_dtmf_parse(out->body, digit, &sip->press.duration_ms))
        return false;
    sip->press.digit = zv_str_n(digit, 1);
    return true;
}

void zv_sipnet_deliver(struct zv_sipnet *net, const struct zv_sip_out *out)
{
    char digit;
    char memory[ZV_MAX_SIP_HOST_BYTES + 80];
    struct zv_buf remedy = zv_buf(memory, sizeof(memory));
    enum zv_call_in_kind kind = in_kind_of(out);
    uint64_t session = out->account;
    zv_sipnet_account_note(net, out);
    if (out->kind == ZV_SIP_OUT_UNREGISTERED)
        zv_sipnet_account_left(net, session);
    log_out(net, out);
    if (kind == ZV_CALL_IN_NONE)
        return;
    struct zv_in_sip sip = {
        .session = {session},
        .leg = out->leg,
        .status = out->status,
        .end = end_of(out),
        .reason = or_absent(out->reason),
        .sdp = or_absent(out->sdp),
        .refusal = {.warning = out->refusal.warning,
                    .refuses_sdp = out->refusal.refuses_sdp,
                    .again = or_absent(out->refusal.again)},
        .caller = or_absent(out->caller),
        .display = or_absent(out->caller_display),
        .callee = or_absent(out->callee),
        .sip_call_id = or_absent(out->call_id),
    };
    sip.remedy = remedy_of(net, out, &remedy);
    if (kind == ZV_CALL_IN_SIP_DIGIT && !take_press(out, &digit, &sip))
        return;
    deliver(net, kind, &sip);
}

void zv_sipnet_fail(struct zv_sipnet *net, enum zv_call_in_kind kind, uint64_t session,
                    uint64_t leg, enum zv_sip_end end)
{
    struct zv_sipnet_failure *failure = zv_zalloc(sizeof(*failure));
    if (!failure)
        return; /* call control's own deadline ends it */
    failure->kind = kind;
    failure->session = session;
    failure->leg = leg;
    failure->end = end;
    zv_list_append(&net->failures, &failure->node);
}

void zv_sipnet_deliver_failures(struct zv_sipnet *net)
{
    struct zv_list_node *node;
    while ((node = zv_list_pop(&net->failures))) {
        struct zv_sipnet_failure failure = *ZV_CONTAINER_OF(node, struct zv_sipnet_failure, node);
        zv_free(ZV_CONTAINER_OF(node, struct zv_sipnet_failure, node));
        struct zv_in_sip sip = {
            .session = {failure.session}, .leg = failure.leg, .end = failure.end, .status = 500};
        deliver(net, failure.kind, &sip);
    }
}

/* ---- commands ---- */

static void log_invite(const struct zv_cmd_invite *cmd, struct zv_str sip_call_id)
{
    char call[ZV_ID_TEXT_CAP], session[ZV_ID_TEXT_CAP];
    zv_call_id_write((zv_call_id){cmd->leg}, call);
    zv_session_id_write(cmd->session, session);
    const struct zv_log_field fields[] = {
        zv_log_text("call", call),
        zv_log_text("session", session),
        zv_log_str("sipCallId", sip_call_id),
    };
    zv_log_line(ZV_LOG_ABOUT(ZV_LOG_SIP, ZV_LOG_INFO, call, fields), "%s INVITE, Call-ID %.*s",
                session, ZV_STR_ARG(sip_call_id));
}

static int invite(struct zv_sipnet *net, const struct zv_cmd_invite *cmd, int64_t now_us)
{
    char text[ZV_MAX_CALLEE_BYTES + 1];
    struct zv_buf callee = zv_buf(text, sizeof(text));
    struct zv_sip_extra_header extra[ZV_MAX_CALL_HEADERS];
    size_t extra_count = ZV_MIN(cmd->header_count, (size_t)ZV_MAX_CALL_HEADERS);
    int err = zv_sip_user_unescape(cmd->callee_user, &callee);
    if (err || callee.overflow)
        return err ? err : ZV_E_LIMIT;
    for (size_t i = 0; i < extra_count; i++)
        extra[i] = (struct zv_sip_extra_header){cmd->headers[i].name, cmd->headers[i].value};
    struct zv_sip_invite_cfg cfg = {
        .account = cmd->session.v,
        .callee = zv_buf_str(&callee),
        .display = cmd->display,
        .sdp = cmd->sdp,
        .again = cmd->again,
        .extra = extra,
        .extra_count = extra_count,
    };
    err = zv_sip_invite(net->sip, cmd->leg, &cfg, now_us);
    if (!err) {
        struct zv_str call_id = zv_sip_leg_call_id(net->sip, cmd->leg);
        log_invite(cmd, call_id);
        if (net->cfg.on_leg_fn)
            net->cfg.on_leg_fn(net->cfg.arg, cmd->leg, call_id);
    }
    return err;
}

static void unregister(struct zv_sipnet *net, uint64_t session, int64_t now_us)
{
    struct zv_sipnet_account *account = zv_sipnet_find_account(net, session);
    if (account && zv_sip_unregister(net->sip, session, now_us) == 0)
        account->is_unregistering = true;
}

/* Whoever wants a key frame asks again; what stands against it now needs no line each time. */
static int ask_keyframe(struct zv_sipnet *net, uint64_t leg, int64_t now_us)
{
    int err = zv_sip_info(net->sip, leg, ZV_SIP_INFO_MEDIA_CONTROL,
                          zv_sip_media_control_fast_update(), now_us);
    return err == ZV_E_AGAIN || err == ZV_E_UNSUPPORTED || err == ZV_E_STATE ? 0 : err;
}

static void send_digits(struct zv_sipnet *net, const struct zv_cmd_digits *cmd, int64_t now_us)
{
    static const enum zv_sip_digit_mode modes[] = {
        [ZV_DTMF_AUTO] = ZV_SIP_DIGIT_ANY,
        [ZV_DTMF_INFO] = ZV_SIP_DIGIT_DTMF,
        [ZV_DTMF_INFO_RELAY] = ZV_SIP_DIGIT_RELAY,
    };
    int err = zv_sip_send_digits(net->sip, cmd->leg, modes[cmd->mode], cmd->digits, now_us);
    if (err && err != ZV_E_GONE)
        zv_sipnet_fail(net, ZV_CALL_IN_SIP_DIGITS_REFUSED, 0, cmd->leg, ZV_SIP_END_INTERNAL);
}

static int execute_on_leg(struct zv_sipnet *net, enum zv_call_cmd_kind kind,
                          const struct zv_cmd_sip *cmd, int64_t now_us)
{
    switch (kind) {
    case ZV_CALL_CMD_SIP_RING:
        return zv_sip_ring(net->sip, cmd->leg, 180, zv_str(""), now_us);
    case ZV_CALL_CMD_SIP_ACCEPT:
        return zv_sip_accept(net->sip, cmd->leg, cmd->sdp, now_us);
    case ZV_CALL_CMD_SIP_REJECT:
        return zv_sip_reject(net->sip, cmd->leg, (uint16_t)cmd->status, now_us);
    case ZV_CALL_CMD_SIP_HANGUP:
        return zv_sip_hangup(net->sip, cmd->leg, now_us);
    case ZV_CALL_CMD_SIP_REPLY_OFFER:
        return zv_sip_reply_offer(net->sip, cmd->leg, (uint16_t)cmd->status, cmd->sdp, now_us);
    case ZV_CALL_CMD_SIP_ASK_KEYFRAME:
        return ask_keyframe(net, cmd->leg, now_us);
    default:
        return zv_sip_reoffer(net->sip, cmd->leg, cmd->sdp, now_us);
    }
}

static void log_refused(const struct zv_sipnet *net, const struct zv_call_cmd *cmd, int err)
{
    char session[ZV_ID_TEXT_CAP];
    struct zv_str call_id = zv_log_sip_call_id(zv_sip_leg_call_id(net->sip, cmd->u.sip.leg));
    zv_log(ZV_LOG_SIP, ZV_LOG_WARN, zv_session_id_write(cmd->u.sip.session, session),
           "%s, Call-ID %.*s: %s", zv_call_cmd_name(cmd->kind), ZV_STR_ARG(call_id),
           zv_err_text(err));
}

void zv_sipnet_execute(struct zv_sipnet *net, const struct zv_call_cmd *cmd)
{
    int64_t now_us = zv_clock_now_us();
    int err = 0;
    switch (cmd->kind) {
    case ZV_CALL_CMD_SIP_ACCOUNT_ADD:
        zv_sipnet_account_add(net, &cmd->u.account);
        return;
    case ZV_CALL_CMD_SIP_ACCOUNT_REMOVE:
        zv_sipnet_account_leave(net, cmd->u.sip.session.v);
        return;
    case ZV_CALL_CMD_SIP_UNREGISTER:
        unregister(net, cmd->u.sip.session.v, now_us);
        return;
    case ZV_CALL_CMD_SIP_REGISTER:
        if (zv_sip_register(net->sip, cmd->u.sip.session.v, now_us))
            zv_sipnet_fail(net, ZV_CALL_IN_SIP_REGISTER_FAILED, cmd->u.sip.session.v, 0,
                           ZV_SIP_END_INTERNAL);
        return;
    case ZV_CALL_CMD_SIP_INVITE:
        if (invite(net, &cmd->u.invite, now_us))
            zv_sipnet_fail(net, ZV_CALL_IN_SIP_ENDED, cmd->u.invite.session.v, cmd->u.invite.leg,
                           ZV_SIP_END_INTERNAL);
        return;
    case ZV_CALL_CMD_SIP_SEND_DIGITS:
        send_digits(net, &cmd->u.digits, now_us);
        return;
    default:
        err = execute_on_leg(net, cmd->kind, &cmd->u.sip, now_us);
    }
    if (err && err != ZV_E_GONE) /* a leg that ended meanwhile has told so */
        log_refused(net, cmd, err);
    if (err && cmd->kind == ZV_CALL_CMD_SIP_REOFFER)
        zv_sipnet_fail(net, ZV_CALL_IN_SIP_REOFFER_DONE, 0, cmd->u.sip.leg, ZV_SIP_END_INTERNAL);
}
