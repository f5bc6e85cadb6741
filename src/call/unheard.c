#include "call/unheard.h"

#include "call/notify.h"

/* Without memory the cause's own words do. */
static struct zv_text *keep(struct zv_str text)
{
    return text.len ? zv_text_new(text) : NULL;
}

void zv_call_on_verdict(struct zv_switch *sw, struct zv_call *call, enum zv_call_leg leg,
                        const struct zv_in_verdict *verdict)
{
    if ((unsigned)leg > ZV_CALL_LEG_SIP) {
        sw->stats.stale_inputs++;
        return;
    }
    zv_switch_drop_text(sw, &call->verdict_text[leg]);
    zv_switch_drop_text(sw, &call->verdict_remedy[leg]);
    if (verdict->is_wrong) {
        call->verdict_text[leg] = keep(verdict->text);
        call->verdict_remedy[leg] = keep(verdict->remedy);
    }
    zv_notify_verdict(sw, call, leg, verdict);
}

/* The words become those of the end. */
static void take(struct zv_text **from, struct zv_text **to)
{
    if (*to || !*from)
        return;
    *to = *from;
    *from = NULL;
}

void zv_call_end_unheard(struct zv_switch *sw, struct zv_call *call, enum zv_call_leg leg)
{
    bool is_web = leg == ZV_CALL_LEG_WEB;
    take(&call->verdict_text[leg], &call->text);
    take(&call->verdict_remedy[leg], &call->remedy);
    if (!call->text)
        call->text =
            zv_text_new(zv_str(is_web ? "no sound arrived from the client for too long"
                                      : "no sound arrived from the SIP side for too long"));
    call->hop = is_web ? ZV_HOP_CLIENT : ZV_HOP_FAR_END;
    zv_call_end(sw, call, ZV_CAUSE_NO_MEDIA);
}
