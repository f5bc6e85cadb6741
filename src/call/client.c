/* What a client says about a call that it has, and what of it cannot be done yet. */
#include "call/notify.h"
#include "call/phases.h"
#include "call/switch_int.h"

static enum zv_cause hangup_cause(const struct zv_call *call)
{
    switch (call->state) {
    case ZV_CALL_OUT_SETUP:
    case ZV_CALL_OUT_TRYING:
    case ZV_CALL_OUT_RINGING:
        return ZV_CAUSE_CANCELLED;
    case ZV_CALL_IN_RINGING:
        return ZV_CAUSE_DECLINED;
    default:
        return ZV_CAUSE_NORMAL;
    }
}

/* Not "CallStatusEvent": old clients end a call whose id stands in one. */
static void refuse(struct zv_switch *sw, const struct zv_in_client *in, const struct zv_call *call,
                   const char *api_method, enum zv_cause cause)
{
    struct zv_fail fail = {.api_method = api_method, .cause = cause};
    fail.id = call ? zv_str(call->name)
                   : zv_switch_print(sw, "%.*s",
                                     ZV_STR_ARG(zv_str_head(in->call_id, ZV_MAX_CALL_ID_BYTES)));
    zv_notify_fail(sw, in->conn, &fail);
}

static void on_call(struct zv_switch *sw, enum zv_call_in_kind kind, const struct zv_in_client *in,
                    struct zv_call *call)
{
    switch (kind) {
    case ZV_CALL_IN_CLIENT_ANSWER:
        zv_incoming_on_answer(sw, call, in);
        break;
    case ZV_CALL_IN_CLIENT_HANGUP:
        zv_call_end(sw, call, hangup_cause(call));
        break;
    case ZV_CALL_IN_CLIENT_UPDATE:
        zv_call_on_client_update(sw, call, in);
        break;
    case ZV_CALL_IN_CLIENT_UPDATE_ANSWER:
        zv_video_on_answer(sw, call, in);
        break;
    case ZV_CALL_IN_CLIENT_HOLD:
    case ZV_CALL_IN_CLIENT_UNHOLD:
        zv_hold_on_client(sw, call, kind == ZV_CALL_IN_CLIENT_HOLD);
        break;
    case ZV_CALL_IN_CLIENT_DTMF:
        zv_dtmf_on_client(sw, call, in);
        break;
    case ZV_CALL_IN_CLIENT_TRANSFER:
        refuse(sw, in, call, "TransferStatusEvent", ZV_CAUSE_NOT_SUPPORTED);
        break;
    default:
        refuse(sw, in, call, "ErrorStatusEvent", ZV_CAUSE_NOT_SUPPORTED);
    }
}

void zv_call_on_client(struct zv_switch *sw, const struct zv_call_in *in)
{
    const struct zv_in_client *client = &in->u.client;
    struct zv_session *session = zv_session_by_conn(sw, client->conn);
    struct zv_call *call = session ? zv_call_by_name(session, client->call_id) : NULL;
    if (call && call->is_announced) {
        sw->subject = call->id;
        on_call(sw, in->kind, client, call);
        return;
    }
    sw->stats.stale_inputs++;
    if (in->kind == ZV_CALL_IN_CLIENT_HANGUP) /* stale pages hang up what is long over */
        return;
    refuse(sw, client, NULL, "ErrorStatusEvent",
           session ? ZV_CAUSE_NO_SUCH_CALL : ZV_CAUSE_NOT_CONNECTED);
}
