#include "base/json.h"
#include "base/time.h"
#include "trace/trace.h"

/* Days since 1970-01-01 as a date of the proleptic Gregorian calendar. */
static void date_of(int64_t days, int *ret_year, int *ret_month, int *ret_day)
{
    int64_t shifted = days + 719468; /* since 0000-03-01 */
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t day_of_era = shifted - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153; /* 0: March */
    *ret_day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    *ret_month = (int)(month < 10 ? month + 3 : month - 9);
    *ret_year = (int)(year_of_era + era * 400 + (*ret_month <= 2));
}

void zv_trace_write_time(int64_t wall_us, struct zv_buf *out)
{
    int year, month, day;
    int64_t seconds = wall_us / ZV_US_PER_S;
    int64_t in_day = seconds % 86400;
    date_of(seconds / 86400, &year, &month, &day);
    zv_buf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", year, month, day,
                  (int)(in_day / 3600), (int)(in_day / 60 % 60), (int)(in_day % 60),
                  (int)(wall_us % ZV_US_PER_S));
}

/* Milliseconds since the call began. */
static void write_ms(struct zv_json *json, const char *key, const struct zv_trace *trace,
                     int64_t at_us)
{
    zv_json_number(json, key, (double)(at_us - trace->created_us) / (double)ZV_US_PER_MS, 3);
}

static void write_times(struct zv_json *json, const struct zv_trace *trace)
{
    char memory[40];
    struct zv_buf text = zv_buf(memory, sizeof(memory));
    zv_trace_write_time(trace->created_wall_us, &text);
    zv_json_str(json, "createdAt", zv_buf_str(&text));
    zv_json_int(json, "createdWallUs", trace->created_wall_us);
    if (trace->answered_us)
        write_ms(json, "answeredMs", trace, trace->answered_us);
    if (trace->ended_us)
        write_ms(json, "endedMs", trace, trace->ended_us);
}

static void write_end(struct zv_json *json, const struct zv_trace *trace)
{
    const struct zv_cause_info *cause = zv_cause_info(trace->cause);
    zv_json_text(json, "cause", cause->name);
    zv_json_text(json, "text", trace->text[0] ? trace->text : cause->text);
    zv_json_text(json, "remedy", trace->remedy[0] ? trace->remedy : cause->remedy);
    zv_json_text(json, "hop", zv_cause_hop_name_of(trace->cause, trace->hop));
    if (trace->sip_status)
        zv_json_int(json, "sipStatus", trace->sip_status);
}

void zv_trace_write_head(const struct zv_trace *trace, struct zv_json *json)
{
    zv_json_text(json, "name", trace->name);
    zv_json_text(json, "session", trace->session);
    zv_json_text(json, "callId", trace->call_id);
    zv_json_text(json, "sipCallId", trace->sip_call_id);
    zv_json_text(json, "caller", trace->caller);
    zv_json_text(json, "callee", trace->callee);
    zv_json_text(json, "direction", trace->incoming ? "incoming" : "outgoing");
    zv_json_bool(json, "live", trace->is_live);
    if (!trace->is_live)
        write_end(json, trace);
    zv_json_text(json, "codec", trace->codec);
    if (trace->video[0])
        zv_json_text(json, "video", trace->video);
    if (trace->no_video[0])
        zv_json_text(json, "noVideo", trace->no_video);
    write_times(json, trace);
    zv_json_uint(json, "eventsDropped", trace->events_dropped);
}

static void write_event(struct zv_json *json, const struct zv_trace *trace,
                        const struct zv_trace_event *event)
{
    zv_json_open_object(json, NULL);
    write_ms(json, "atMs", trace, event->at_us);
    zv_json_text(json, "kind", zv_trace_kind_name((enum zv_trace_kind)event->kind));
    zv_json_text(json, "from", zv_trace_lane_name((enum zv_trace_lane)event->from));
    zv_json_text(json, "to", zv_trace_lane_name((enum zv_trace_lane)event->to));
    if (event->step)
        zv_json_uint(json, "step", event->step);
    if (event->dropped_before)
        zv_json_uint(json, "droppedBefore", event->dropped_before);
    zv_json_str(json, "label", event->label);
    if (event->detail.len)
        zv_json_str(json, "detail", event->detail);
    if (event->data.len && event->kind == ZV_TRACE_KIND_SIP)
        zv_json_str(json, "data", event->data);
    else if (event->data.len)
        zv_json_raw(json, "data", event->data);
    zv_json_close_object(json);
}

void zv_trace_write_json(const struct zv_trace *trace, struct zv_buf *out)
{
    struct zv_json json = zv_json(out);
    zv_json_open_object(&json, NULL);
    zv_json_int(&json, "version", 1);
    zv_json_open_object(&json, "call");
    zv_trace_write_head(trace, &json);
    zv_json_close_object(&json);
    zv_json_open_list(&json, "events");
    ZV_LIST_EACH (node, &trace->events) {
        write_event(&json, trace, ZV_CONTAINER_OF(node, struct zv_trace_event, node));
    }
    zv_json_close_list(&json);
    zv_json_close_object(&json);
}
