/* How many sessions and calls there are in each phase: counted when asked, which is as often as
 * somebody looks, instead of kept right at every change of state. */
#include "call/switch_int.h"

static enum zv_call_phase phase_of(enum zv_call_state state)
{
    switch (state) {
    case ZV_CALL_OUT_SETUP:
    case ZV_CALL_IN_SETUP:
        return ZV_PHASE_SETUP;
    case ZV_CALL_OUT_TRYING:
        return ZV_PHASE_TRYING;
    case ZV_CALL_OUT_RINGING:
    case ZV_CALL_IN_RINGING:
        return ZV_PHASE_RINGING;
    case ZV_CALL_IN_ANSWERING:
    case ZV_CALL_IN_CONFIRMING:
    case ZV_CALL_REOFFERING:
        return ZV_PHASE_ANSWERING;
    case ZV_CALL_ACTIVE:
        return ZV_PHASE_ACTIVE;
    default:
        return ZV_PHASE_CLOSING;
    }
}

static void count_session(const struct zv_session *session, struct zv_switch_gauges *gauges)
{
    gauges->sessions++;
    gauges->sessions_away += !session->conn.v;
    if (!session->register_required)
        return;
    if (session->is_failed)
        gauges->registrations_failed++;
    else if (session->is_registered)
        gauges->registrations_registered++;
    else
        gauges->registrations_registering++;
}

void zv_switch_gauges(const struct zv_switch *sw, struct zv_switch_gauges *ret_gauges)
{
    struct zv_switch_gauges gauges = {0};
    ZV_LIST_EACH (node, &sw->sessions) {
        count_session(ZV_CONTAINER_OF(node, struct zv_session, node), &gauges);
    }
    ZV_LIST_EACH (node, &sw->calls) {
        const struct zv_call *call = ZV_CONTAINER_OF(node, struct zv_call, node);
        gauges.calls[call->incoming][phase_of(call->state)]++;
    }
    *ret_gauges = gauges;
}

const char *zv_call_phase_name(enum zv_call_phase phase)
{
    static const char *const names[] = {
#define X(id, name) [ZV_PHASE_##id] = name,
        ZV_CALL_PHASE_LIST(X)
#undef X
    };
    return (unsigned)phase < ZV_PHASE_COUNT ? names[phase] : "unknown";
}
