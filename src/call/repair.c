/*
 * The SIP side refuses what our INVITE offers (415, 488, 606): the call is tried once more with an
 * offer that leaves out what was refused, as far as that can be known and the trunk's policy lets
 * us (sdp/repair.c decides; docs/decisions/017-an-offer-that-is-refused.md). Whoever is refused
 * again is told which part it was.
 *
 * Not once the client has its description, which came with early media and cannot be taken back.
 */
#include "base/alloc.h"
#include "call/phases.h"

/* False: nothing that was known of the offer helps. */
static bool judge(struct zv_call *call, const struct zv_in_sip *in, struct zv_plan_cut *ret_cut)
{
    struct zv_sdp ours, theirs;
    struct zv_plan_refusal refusal = {.warning = (uint16_t)in->refusal.warning};
    if (in->refusal.refuses_sdp || zv_sdp_parse(zv_text_str(call->sip_local), &ours))
        return false;
    if (in->sdp.len && zv_sdp_parse(in->sdp, &theirs) == 0)
        refusal.theirs = &theirs;
    return zv_plan_repair(&ours, &refusal, &call->sip, &call->refused_parts, ret_cut);
}

bool zv_call_repair_offer(struct zv_switch *sw, struct zv_call *call, const struct zv_in_sip *in)
{
    struct zv_plan_cut cut;
    call->refused_parts = 0;
    bool has_chance = judge(call, in, &cut);
    if (!has_chance || call->is_repaired || call->is_sdp_sent || !zv_outgoing_is_waiting(call))
        return false;
    call->is_repaired = true;
    call->sip.cut = cut;
    call->sip.version++;
    zv_outgoing_invite_again(sw, call, in->refusal.again);
    return true;
}

/* "the far end refused a part of what was offered: the video, the bandwidth (SIP Warning 370)" */
static void say_parts(struct zv_call *call, const struct zv_in_sip *in)
{
    char memory[256];
    struct zv_buf text = zv_buf(memory, sizeof(memory));
    const char *before = "the far end refused a part of what was offered: ";
    for (int i = 0; i < ZV_PLAN_PART_COUNT; i++) {
        if (!(call->refused_parts & 1 << i))
            continue;
        zv_buf_printf(&text, "%s%s", before, zv_plan_part_name((enum zv_plan_part)(1 << i)));
        before = ", ";
    }
    if (in->refusal.warning)
        zv_buf_printf(&text, " (SIP Warning %d)", in->refusal.warning);
    call->text = zv_text_new(zv_buf_str(&text)); /* NULL: the cause's own does */
}

enum zv_cause zv_call_refusal_cause(struct zv_switch *sw, struct zv_call *call,
                                    const struct zv_in_sip *in)
{
    bool is_srtp = (call->refused_parts & ZV_PLAN_PART_SRTP) != 0;
    zv_switch_drop_text(sw, &call->text);
    if (in->refusal.refuses_sdp) {
        call->text = zv_text_new(zv_str("the far end takes no session description of any kind"));
        return ZV_CAUSE_OFFER_REFUSED;
    }
    if (is_srtp && call->trunk.srtp == ZV_SRTP_POLICY_REQUIRED)
        return ZV_CAUSE_SRTP_REQUIRED;
    if (is_srtp && call->trunk.srtp == ZV_SRTP_POLICY_OFF)
        return ZV_CAUSE_SRTP_OFF;
    if (!(call->refused_parts & ~ZV_PLAN_PART_CODECS)) /* nothing else, or nothing is known */
        return ZV_CAUSE_NO_COMMON_CODEC;
    say_parts(call, in);
    return ZV_CAUSE_OFFER_REFUSED;
}
