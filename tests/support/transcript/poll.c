/* Outputs of a stack, taken and written down: each field that says something, whatever the kind. */
#include "support/transcript/act.h"

static void put_ending(struct transcript *transcript, const struct zv_sip_out *out)
{
    if (out->cause != ZV_SIP_CAUSE_NONE)
        transcript_put_str(transcript, "cause", zv_str(zv_sip_cause_name(out->cause)));
    transcript_put_uint(transcript, "status", out->status);
    transcript_put_str(transcript, "reason", out->reason);
    transcript_put_str(transcript, "reason_header", out->reason_header);
    transcript_put_uint(transcript, "q850", out->q850_cause);
    transcript_put_uint(transcript, "warning", out->refusal.warning);
    transcript_put_uint(transcript, "refuses_sdp", out->refusal.refuses_sdp);
    transcript_put_str(transcript, "again", out->refusal.again);
    transcript_put_uint(transcript, "retry_after", out->retry_after_s);
    transcript_put_uint(transcript, "retrying", out->retrying);
}

static void put_question(struct transcript *transcript, const struct zv_sip_out *out)
{
    transcript_put_id(transcript, "resolve", out->resolve_id);
    transcript_put_str(transcript, "host", out->host);
    transcript_put_uint(transcript, "port", out->port);
    transcript_put_str(transcript, "transport", zv_str(zv_sip_transport_name(out->transport)));
    transcript_put_uint(transcript, "purpose", (uint64_t)out->purpose);
}

static void put_call(struct transcript *transcript, const struct zv_sip_out *out)
{
    transcript_put_str(transcript, "caller", out->caller);
    transcript_put_str(transcript, "caller_display", out->caller_display);
    transcript_put_str(transcript, "callee", out->callee);
    transcript_put_str(transcript, "call_id", out->call_id);
    transcript_put_uint(transcript, "info", (uint64_t)out->info);
    transcript_put_uint(transcript, "by_update", out->by_update);
    transcript_put_uint(transcript, "expires", out->expires_s);
    transcript_put_uint(transcript, "is_behind_nat", out->is_behind_nat);
}

enum zv_sip_out_kind transcript_poll(struct transcript *transcript, struct zv_sip *sip,
                                     struct zv_sip_out *ret_out)
{
    struct zv_sip_out out;
    enum zv_sip_out_kind kind = zv_sip_poll(sip, &out);
    *ret_out = out;
    if (kind == ZV_SIP_OUT_NONE)
        return kind;
    transcript_begin(transcript, "- ");
    transcript_begin(transcript, zv_sip_out_kind_name(kind));
    transcript_put_id(transcript, "account", out.account);
    transcript_put_id(transcript, "leg", out.leg);
    if (out.flow.transport != ZV_SIP_ANY)
        transcript_put_flow(transcript, "flow", &out.flow);
    put_question(transcript, &out);
    put_ending(transcript, &out);
    put_call(transcript, &out);
    transcript_end(transcript);
    transcript_put_lines(transcript, "data", out.data);
    transcript_put_lines(transcript, "sdp", out.sdp);
    transcript_put_lines(transcript, "body", out.body);
    return kind;
}
