#include "http/journal.h"

#include "base/log.h"

void zv_journal_open(const char *name, const struct zv_addr *peer)
{
    char address[ZV_ADDR_TEXT_CAP];
    const struct zv_log_field fields[] = {
        zv_log_text("client", name),
        zv_log_text("address", zv_log_addr(peer, address)),
    };
    zv_log_line(ZV_LOG_STRANGER(ZV_LOG_HTTP, ZV_LOG_INFO, name, fields), "WebSocket open from %s",
                address);
}

void zv_journal_closing(const char *name, uint16_t code, const char *reason)
{
    const struct zv_log_field fields[] = {
        zv_log_text("client", name),
        zv_log_int("code", code),
    };
    zv_log_line(ZV_LOG_STRANGER(ZV_LOG_HTTP, ZV_LOG_INFO, name, fields), "closing, code %u: %s",
                code, reason);
}

void zv_journal_closed(const char *name)
{
    const struct zv_log_field fields[] = {zv_log_text("client", name)};
    zv_log_line(ZV_LOG_STRANGER(ZV_LOG_HTTP, ZV_LOG_INFO, name, fields), "closed");
}

void zv_journal_unnamed(const struct zv_addr *proxy)
{
    char address[ZV_ADDR_TEXT_CAP];
    const struct zv_log_field fields[] = {
        zv_log_text("address", zv_log_addr(proxy, address)),
    };
    zv_log_line(ZV_LOG_STRANGER(ZV_LOG_HTTP, ZV_LOG_WARN, NULL, fields),
                "%s is in http.trusted_proxies and names no client in X-Forwarded-For: its clients "
                "count as one address",
                address);
}

void zv_journal_upgrade_refused(const struct zv_addr *peer, int status, const char *sentence)
{
    char address[ZV_ADDR_TEXT_CAP];
    struct zv_str rest = zv_str(sentence), line = {0};
    (void)zv_str_line(&rest, &line); /* without the newline that the page has */
    const struct zv_log_field fields[] = {
        zv_log_text("address", zv_log_addr(peer, address)),
        zv_log_int("status", status),
    };
    zv_log_line(ZV_LOG_STRANGER(ZV_LOG_HTTP, ZV_LOG_INFO, NULL, fields),
                "WebSocket from %s refused, %d: %.*s", address, status, ZV_STR_ARG(line));
}

static struct zv_str call_id_of(const struct zv_wire_msg *msg)
{
    switch (msg->kind) {
    case ZV_WIRE_CALL:
        return msg->call.call_id;
    case ZV_WIRE_ANSWER:
        return msg->answer.call_id;
    case ZV_WIRE_HANGUP:
    case ZV_WIRE_HOLD:
    case ZV_WIRE_UNHOLD:
        return msg->call_ref.call_id;
    case ZV_WIRE_SEND_DTMF:
        return msg->dtmf.call_id;
    case ZV_WIRE_TRANSFER:
        return msg->transfer.call_id;
    case ZV_WIRE_UPDATE:
        return msg->update.call_id;
    case ZV_WIRE_UNKNOWN:
    case ZV_WIRE_CONNECTION:
    case ZV_WIRE_PING:
    case ZV_WIRE_PONG:
    case ZV_WIRE_SEND_DATA:
    case ZV_WIRE_SESSION_DEBUG:
    case ZV_WIRE_BUG_REPORT:
    case ZV_WIRE_PUSH_LOGS:
    case ZV_WIRE_STREAM:
    case ZV_WIRE_KIND_COUNT:
        break;
    }
    return (struct zv_str){0};
}

void zv_journal_message(const char *name, const struct zv_wire_msg *msg)
{
    struct zv_str call_id = zv_str_head(call_id_of(msg), ZV_MAX_CALL_ID_BYTES);
    const struct zv_log_field fields[] = {
        zv_log_text("client", name),
        zv_log_text("message", zv_wire_kind_name(msg->kind)),
        zv_log_str("callId", call_id),
    };
    zv_log_line(ZV_LOG_ABOUT(ZV_LOG_HTTP, ZV_LOG_DEBUG, name, fields), "message %s%s%.*s",
                zv_wire_kind_name(msg->kind), call_id.len ? ", callId " : "", ZV_STR_ARG(call_id));
}

void zv_journal_message_refused(const char *name, const struct zv_wire_error *error)
{
    const struct zv_log_field fields[] = {
        zv_log_text("client", name),
        zv_log_text("message", error->message),
        zv_log_text("field", error->field),
        zv_log_text("callId", error->call_id),
    };
    zv_log_line(ZV_LOG_STRANGER(ZV_LOG_HTTP, ZV_LOG_INFO, name, fields), "refused%s%s: %s",
                error->call_id[0] ? ", callId " : "", error->call_id, error->sentence);
}
