/* Call control's log commands as lines: one per event, named by session and call. */
#define _GNU_SOURCE
#include "base/log.h"
#include "gateway/gateway_int.h"

#include <stdio.h>

static void log_session(const struct zv_cmd_session_log *log)
{
    char name[ZV_ID_TEXT_CAP], client[ZV_ID_TEXT_CAP];
    bool is_fault = log->cause != ZV_CAUSE_NONE && log->cause != ZV_CAUSE_NORMAL;
    snprintf(client, sizeof(client), "w-%llu", (unsigned long long)log->conn.v);
    zv_log(ZV_LOG_CALL, is_fault ? ZV_LOG_WARN : ZV_LOG_INFO,
           log->session.v ? zv_session_id_write(log->session, name) : client,
           "session %.*s%s%.*s%s%.*s%s%s%s%s%s%.*s", ZV_STR_ARG(log->what),
           log->sip_login.len ? ": " : "", ZV_STR_ARG(log->sip_login),
           log->sip_domain.len ? "@" : "", ZV_STR_ARG(log->sip_domain),
           log->conn.v ? ", client " : "", log->conn.v ? client : "", is_fault ? ", cause " : "",
           is_fault ? zv_cause_name(log->cause) : "", log->detail.len ? ": " : "",
           ZV_STR_ARG(log->detail));
}

static void log_state(const struct zv_cmd_call_log *log)
{
    char name[ZV_ID_TEXT_CAP], session[ZV_ID_TEXT_CAP];
    bool has_cause = log->cause != ZV_CAUSE_NONE;
    zv_log(ZV_LOG_CALL, ZV_LOG_INFO, zv_call_id_write(log->call, name), "%s %.*s: %.*s -> %.*s%s%s",
           zv_session_id_write(log->session, session), ZV_STR_ARG(log->call_id),
           ZV_STR_ARG(log->old_state), ZV_STR_ARG(log->new_state), has_cause ? ", cause " : "",
           has_cause ? zv_cause_name(log->cause) : "");
}

static double seconds(int64_t from_us, int64_t to_us)
{
    return from_us && to_us > from_us ? (double)(to_us - from_us) / (double)ZV_US_PER_S : 0;
}

static void log_ended(const struct zv_cmd_call_ended *ended)
{
    char name[ZV_ID_TEXT_CAP];
    const struct zv_leg_counters *web = &ended->counters[ZV_CALL_LEG_WEB],
                                 *sip = &ended->counters[ZV_CALL_LEG_SIP];
    zv_log(ZV_LOG_CALL, ZV_LOG_INFO, zv_call_id_write(ended->call, name),
           "ended: %s call %.*s -> %.*s, cause %s, SIP status %d, codec %s, set up in %.3f s, "
           "lasted %.1f s, "
           "packets from client %llu (lost %llu), from SIP %llu (lost %llu)",
           ended->incoming ? "incoming" : "outgoing", ZV_STR_ARG(ended->caller),
           ZV_STR_ARG(ended->callee), zv_cause_name(ended->cause), ended->sip_status,
           zv_codec_name(ended->codec), seconds(ended->created_us, ended->answered_us),
           seconds(ended->answered_us, ended->ended_us), (unsigned long long)web->rx_packets,
           (unsigned long long)web->rx_lost, (unsigned long long)sip->rx_packets,
           (unsigned long long)sip->rx_lost);
}

void zv_gateway_log(const struct zv_call_cmd *cmd)
{
    if (cmd->kind == ZV_CALL_CMD_SESSION_LOG)
        log_session(&cmd->u.session_log);
    else if (cmd->kind == ZV_CALL_CMD_CALL_LOG)
        log_state(&cmd->u.call_log);
    else
        log_ended(&cmd->u.ended);
}
