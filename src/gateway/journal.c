/* Call control's log commands as lines: one per event, named by session and call. */
#define _GNU_SOURCE
#include "base/buf.h"
#include "base/log.h"
#include "gateway/gateway_int.h"

#include <stdio.h>

static const char *name_client(zv_conn_id conn, char dst[ZV_ID_TEXT_CAP])
{
    struct zv_buf out = zv_buf(dst, ZV_ID_TEXT_CAP);
    if (conn.v)
        zv_buf_printf(&out, "w-%llu", (unsigned long long)conn.v);
    return zv_buf_cstr(&out);
}

static const char *cause_name(enum zv_cause cause)
{
    return cause == ZV_CAUSE_NONE ? "" : zv_cause_name(cause);
}

static const char *hop_name(enum zv_cause cause)
{
    return zv_cause_hop_name(zv_cause_info(cause)->hop);
}

/* ---- sessions ---- */

/* A session without an account costs a stranger one message: those may repeat. */
static void log_session(const struct zv_cmd_session_log *log)
{
    char name[ZV_ID_TEXT_CAP] = "", client[ZV_ID_TEXT_CAP], mask[ZV_LOG_MASK_CAP];
    char network[ZV_ADDR_TEXT_CAP], status[24] = "";
    bool is_fault = log->cause != ZV_CAUSE_NONE && log->cause != ZV_CAUSE_NORMAL;
    struct zv_str login = zv_log_number(log->sip_login, mask);
    struct zv_str domain = zv_log_host(log->sip_domain, network);
    if (log->session.v)
        zv_session_id_write(log->session, name);
    if (log->sip_status)
        snprintf(status, sizeof(status), ", SIP status %d", log->sip_status);
    name_client(log->conn, client);
    const struct zv_log_field fields[] = {
        zv_log_text("session", name),
        zv_log_text("client", client),
        zv_log_str("event", log->what),
        zv_log_str("login", login),
        zv_log_str("domain", domain),
        zv_log_text("cause", cause_name(log->cause)),
        zv_log_text("hop", hop_name(log->cause)),
        zv_log_int_or_absent("sipStatus", log->sip_status),
        zv_log_str("detail", log->detail),
    };
    zv_log_line(ZV_LOG_ABOUT_REPEATING(ZV_LOG_CALL, is_fault ? ZV_LOG_WARN : ZV_LOG_INFO,
                                       name[0] ? name : client, fields, !log->sip_login.len),
                "session %.*s%s%.*s%s%.*s%s%s%s%s%s%s%.*s", ZV_STR_ARG(log->what),
                login.len ? ": " : "", ZV_STR_ARG(login), domain.len ? "@" : "", ZV_STR_ARG(domain),
                client[0] ? ", client " : "", client, is_fault ? ", cause " : "",
                is_fault ? zv_cause_name(log->cause) : "", status, log->detail.len ? ": " : "",
                ZV_STR_ARG(log->detail));
}

/* ---- calls ---- */

/* What the lines of a call share. */
struct call_names {
    char call[ZV_ID_TEXT_CAP];
    char session[ZV_ID_TEXT_CAP];
    char client[ZV_ID_TEXT_CAP];
    char caller_mask[ZV_LOG_MASK_CAP];
    char callee_mask[ZV_LOG_MASK_CAP];
    struct zv_str caller;
    struct zv_str callee;
    struct zv_str sip_call_id;
};

/* The first line of a call has all its names: whoever has one finds the others by it. */
static void log_begin(const struct zv_cmd_call_log *log, const struct call_names *names)
{
    const char *direction = log->incoming ? "incoming" : "outgoing";
    const struct zv_log_field fields[] = {
        zv_log_text("call", names->call),
        zv_log_text("session", names->session),
        zv_log_text("client", names->client),
        zv_log_str("callId", log->call_id),
        zv_log_str("sipCallId", names->sip_call_id),
        zv_log_text("direction", direction),
        zv_log_str("caller", names->caller),
        zv_log_str("callee", names->callee),
        zv_log_str("state", log->new_state),
    };
    zv_log_line(ZV_LOG_ABOUT(ZV_LOG_CALL, ZV_LOG_INFO, names->call, fields),
                "%s %.*s: %s call %.*s -> %.*s, client %s%s%.*s: %.*s", names->session,
                ZV_STR_ARG(log->call_id), direction, ZV_STR_ARG(names->caller),
                ZV_STR_ARG(names->callee), names->client,
                names->sip_call_id.len ? ", Call-ID " : "", ZV_STR_ARG(names->sip_call_id),
                ZV_STR_ARG(log->new_state));
}

static void log_change(const struct zv_cmd_call_log *log, const struct call_names *names)
{
    const struct zv_log_field fields[] = {
        zv_log_text("call", names->call),         zv_log_text("session", names->session),
        zv_log_str("callId", log->call_id),       zv_log_str("oldState", log->old_state),
        zv_log_str("state", log->new_state),      zv_log_text("cause", cause_name(log->cause)),
        zv_log_text("hop", hop_name(log->cause)),
    };
    bool has_cause = log->cause != ZV_CAUSE_NONE;
    zv_log_line(ZV_LOG_ABOUT(ZV_LOG_CALL, ZV_LOG_INFO, names->call, fields),
                "%s %.*s: %.*s -> %.*s%s%s", names->session, ZV_STR_ARG(log->call_id),
                ZV_STR_ARG(log->old_state), ZV_STR_ARG(log->new_state), has_cause ? ", cause " : "",
                cause_name(log->cause));
}

static void log_state(const struct zv_cmd_call_log *log)
{
    struct call_names names = {.sip_call_id = zv_log_sip_call_id(log->sip_call_id)};
    zv_call_id_write(log->call, names.call);
    zv_session_id_write(log->session, names.session);
    name_client(log->conn, names.client);
    names.caller = zv_log_number(log->caller, names.caller_mask);
    names.callee = zv_log_number(log->callee, names.callee_mask);
    if (zv_str_eq(log->old_state, log->new_state))
        log_begin(log, &names);
    else
        log_change(log, &names);
}

static int64_t span_us(int64_t from_us, int64_t to_us)
{
    return from_us && to_us > from_us ? to_us - from_us : 0;
}

static double seconds(int64_t us)
{
    return (double)us / (double)ZV_US_PER_S;
}

/* A call that was refused before it had an id costs a stranger one message: those may repeat. It
 * has the name of its trace, which its client was told. */
static void log_ended(const struct zv_cmd_call_ended *ended, const struct zv_trace *trace)
{
    struct call_names names = {.sip_call_id = zv_log_sip_call_id(ended->sip_call_id)};
    const struct zv_leg_counters *web = &ended->counters[ZV_CALL_LEG_WEB],
                                 *sip = &ended->counters[ZV_CALL_LEG_SIP];
    int64_t set_up_us = span_us(ended->created_us, ended->answered_us);
    int64_t lasted_us = span_us(ended->answered_us, ended->ended_us);
    const char *hop = zv_cause_hop_name_of(ended->cause, ended->hop);
    const char *no_video = ended->no_video ? ended->no_video : "";
    const char *video = ended->video ? zv_codec_name(ended->video) : no_video;
    if (ended->call.v || !trace)
        zv_call_id_write(ended->call, names.call);
    else
        snprintf(names.call, sizeof(names.call), "%s", trace->name);
    if (ended->session.v)
        zv_session_id_write(ended->session, names.session);
    names.caller = zv_log_number(ended->caller, names.caller_mask);
    names.callee = zv_log_number(ended->callee, names.callee_mask);
    const struct zv_log_field fields[] = {
        zv_log_text("call", names.call),
        zv_log_text("session", names.session),
        zv_log_str("callId", ended->call_id),
        zv_log_str("sipCallId", names.sip_call_id),
        zv_log_text("direction", ended->incoming ? "incoming" : "outgoing"),
        zv_log_str("caller", names.caller),
        zv_log_str("callee", names.callee),
        zv_log_text("cause", zv_cause_name(ended->cause)),
        zv_log_text("hop", hop),
        zv_log_int_or_absent("sipStatus", ended->sip_status),
        zv_log_text("codec", ended->codec ? zv_codec_name(ended->codec) : ""),
        zv_log_text("video", ended->video ? zv_codec_name(ended->video) : ""),
        zv_log_text("noVideo", no_video),
        zv_log_seconds("setUpSeconds", set_up_us),
        zv_log_seconds("talkSeconds", lasted_us),
        zv_log_int("clientPackets", (int64_t)web->rx_packets),
        zv_log_int("clientLost", (int64_t)web->rx_lost),
        zv_log_int("sipPackets", (int64_t)sip->rx_packets),
        zv_log_int("sipLost", (int64_t)sip->rx_lost),
    };
    zv_log_line(
        ZV_LOG_ABOUT_REPEATING(ZV_LOG_CALL, ZV_LOG_INFO, names.call, fields, !ended->call.v),
        "ended: %s call %.*s -> %.*s, cause %s%s%s%s, SIP status %d, codec %s%s%s, "
        "set up in %.3f s, lasted %.1f s, "
        "packets from client %llu (lost %llu), from SIP %llu (lost %llu)%s%s%s%.*s%s%.*s",
        ended->incoming ? "incoming" : "outgoing", ZV_STR_ARG(names.caller),
        ZV_STR_ARG(names.callee), zv_cause_name(ended->cause), hop[0] ? " (" : "", hop,
        hop[0] ? ")" : "", ended->sip_status, zv_codec_name(ended->codec),
        ended->video      ? ", video "
        : ended->no_video ? ", no video: "
                          : "",
        video, seconds(set_up_us), seconds(lasted_us), (unsigned long long)web->rx_packets,
        (unsigned long long)web->rx_lost, (unsigned long long)sip->rx_packets,
        (unsigned long long)sip->rx_lost, names.session[0] ? ", " : "", names.session,
        ended->call_id.len ? " " : "", ZV_STR_ARG(ended->call_id),
        names.sip_call_id.len ? ", Call-ID " : "", ZV_STR_ARG(names.sip_call_id));
}

/* The sentence that is particular to this end: with the address of the client, so not where the log
 * has none. */
static void log_reason(const struct zv_cmd_call_ended *ended)
{
    char call[ZV_ID_TEXT_CAP];
    const char *cause = zv_cause_name(ended->cause);
    if (!ended->call.v || !ended->text.len || !zv_log_shows_addresses())
        return;
    const struct zv_log_field fields[] = {
        zv_log_text("call", zv_call_id_write(ended->call, call)),
        zv_log_text("cause", cause),
        zv_log_str("text", ended->text),
        zv_log_str("remedy", ended->remedy),
    };
    zv_log_line(ZV_LOG_ABOUT(ZV_LOG_CALL, ZV_LOG_WARN, call, fields), "%s: %.*s%s%.*s", cause,
                ZV_STR_ARG(ended->text), ended->remedy.len ? "; " : "", ZV_STR_ARG(ended->remedy));
}

void zv_gateway_log(const struct zv_call_cmd *cmd, const struct zv_trace *trace)
{
    if (cmd->kind == ZV_CALL_CMD_SESSION_LOG)
        log_session(&cmd->u.session_log);
    else if (cmd->kind == ZV_CALL_CMD_CALL_LOG)
        log_state(&cmd->u.call_log);
    else {
        log_ended(&cmd->u.ended, trace);
        log_reason(&cmd->u.ended);
    }
}
