#define _GNU_SOURCE
#include "gateway/report.h"

#include "call/cause.h"
#include "gateway/gateway_int.h"

static struct zv_str or_absent(const char *text)
{
    return *text ? zv_str(text) : (struct zv_str){0};
}

static struct zv_str first_of(struct zv_str text, const char *otherwise)
{
    return text.len ? text : or_absent(otherwise);
}

/* The operator's `zvonokctl trace` and the log know the call by it. */
static struct zv_str number_of(const struct zv_cmd_call_ended *ended, const struct zv_trace *trace,
                               char memory[ZV_ID_TEXT_CAP])
{
    if (trace)
        return zv_str(trace->name);
    return ended->call.v ? zv_str(zv_call_id_write(ended->call, memory)) : (struct zv_str){0};
}

static struct zv_str draw(const struct zv_trace *trace, struct zv_buf *out)
{
    const struct zv_trace_style style = {.without_addresses = true};
    zv_trace_write_ladder(trace, &style, out);
    if (!out->overflow)
        return zv_buf_str(out);
    *out = zv_buf(out->p, out->cap);
    zv_buf_printf(out,
                  "The ladder of this call is too long for a message. The gateway's operator sees "
                  "it with: zvonokctl trace %s\n",
                  trace->name);
    return zv_buf_str(out);
}

void zv_report_compose(const struct zv_cmd_call_ended *ended, const struct zv_trace *trace,
                       struct zv_report *ret_report)
{
    const struct zv_cause_info *cause = zv_cause_info(ended->cause);
    struct zv_buf ladder = zv_buf(ret_report->ladder, sizeof(ret_report->ladder));
    ret_report->wire = (struct zv_wire_report){
        .call_id = ended->call_id,
        .trace_id = number_of(ended, trace, ret_report->trace_id),
        .reason = {.cause = zv_str(cause->name),
                   .text = first_of(ended->text, cause->text),
                   .remedy = first_of(ended->remedy, cause->remedy),
                   .hop = or_absent(zv_cause_hop_name_of(ended->cause, ended->hop))},
        .sip_status = ended->sip_status,
    };
    if (trace)
        ret_report->wire.ladder = draw(trace, &ladder);
}

void zv_gateway_report(struct zv_gateway *gateway, const struct zv_cmd_call_ended *ended)
{
    struct zv_report report;
    if (!ended->is_told ||
        !zv_http_has_feature(gateway->http, ended->session, ZV_WIRE_FEATURE_REPORT))
        return;
    const struct zv_trace *trace = gateway->recorder ? zv_recorder_ended(gateway->recorder) : NULL;
    zv_report_compose(ended, trace, &report);
    zv_http_send_report(gateway->http, ended->session, &report.wire);
}
