/*
 * A trace as a sequence diagram of https://mermaid.js.org: arrows for messages (dashed for SIP
 * responses and for events to the client), notes for states and media.
 *
 * Mermaid's grammar gives meaning to many characters inside a text (`;` ends it, `#` starts an
 * entity, `%%` a comment or a directive, `$$` a formula, `<` HTML, `\n` a line), and to more with
 * each version. So the plain ones are listed, and all other ASCII is written as an entity.
 */
#include "trace/picture_int.h"

#include <string.h>

#define DETAIL_COLUMNS 48
#define SEPARATOR      " \xc2\xb7 "   /* a middle dot */
#define ARROW          "\xe2\x86\x92" /* to the right */

static bool is_plain(char c)
{
    return (unsigned char)c >= 0x80 || zv_is_alnum(c) || (c && strchr(" .,-_()/@+=?!'*", c));
}

static void put_escaped(struct zv_buf *out, struct zv_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (zv_str_has_prefix(zv_str_tail(text, i), "->")) {
            zv_buf_put_text(out, ARROW);
            i++;
        } else if (is_plain(text.p[i])) {
            zv_buf_put_char(out, text.p[i]);
        } else {
            zv_buf_printf(out, "#%u;", (unsigned char)text.p[i]);
        }
    }
}

static void put_text(struct zv_buf *out, struct zv_str text, const struct zv_trace_style *style,
                     size_t columns)
{
    struct zv_picture_text room;
    struct zv_str clean = zv_picture_clean(text, style, &room);
    bool is_cut = zv_picture_columns(clean) > columns;
    put_escaped(out, is_cut ? zv_picture_head(clean, columns) : clean);
    zv_buf_put_text(out, is_cut ? ".." : "");
}

static void write_title(const struct zv_trace *trace, const struct zv_trace_style *style,
                        struct zv_buf *out)
{
    zv_buf_printf(out, "    title %s call ", trace->incoming ? "Incoming" : "Outgoing");
    put_text(out, zv_str(trace->name), style, DETAIL_COLUMNS);
    zv_buf_put_text(out, ", ");
    put_text(out, zv_str(trace->caller[0] ? trace->caller : "unknown"), style, DETAIL_COLUMNS);
    zv_buf_put_text(out, " " ARROW " ");
    put_text(out, zv_str(trace->callee[0] ? trace->callee : "unknown"), style, DETAIL_COLUMNS);
    zv_buf_put_char(out, '\n');
}

static void write_participants(const struct zv_trace *trace, struct zv_buf *out)
{
    bool has_lane[ZV_TRACE_LANE_COUNT] = {false};
    const struct zv_trace_event *event = NULL;
    while ((event = zv_picture_next(trace, event)))
        has_lane[zv_picture_lane(event->from)] = has_lane[zv_picture_lane(event->to)] = true;
    for (unsigned lane = 0; lane < ZV_TRACE_LANE_COUNT; lane++) {
        if (has_lane[lane])
            zv_buf_printf(out, "    participant %s as %s\n", zv_trace_lane_name(lane),
                          zv_trace_lane_title(lane));
    }
}

/* A response, or an event to the client: what follows from something. */
static bool is_answer(const struct zv_trace_event *event)
{
    if (event->kind == ZV_TRACE_KIND_CLIENT)
        return event->to == ZV_TRACE_LANE_CLIENT;
    return event->kind == ZV_TRACE_KIND_SIP && event->label.len && zv_is_digit(event->label.p[0]);
}

static void write_way(const struct zv_trace_event *event, struct zv_buf *out)
{
    const char *from = zv_trace_lane_name(zv_picture_lane(event->from));
    const char *to = zv_trace_lane_name(zv_picture_lane(event->to));
    if (event->from == event->to)
        zv_buf_printf(out, "    Note over %s: ", from);
    else if (event->kind == ZV_TRACE_KIND_MEDIA)
        zv_buf_printf(out, "    Note over %s,%s: ", from, to);
    else
        zv_buf_printf(out, "    %s%s%s: ", from, is_answer(event) ? "--)" : "->>", to);
}

static void write_event(const struct zv_trace *trace, const struct zv_trace_event *event,
                        struct zv_picture_clock clock, const struct zv_trace_style *style,
                        struct zv_buf *out)
{
    write_way(event, out);
    if (event->step)
        zv_buf_printf(out, "%u" SEPARATOR, event->step);
    put_text(out, event->label, style, DETAIL_COLUMNS);
    unsigned times = zv_picture_times(trace, event);
    if (times > 1)
        zv_buf_printf(out, " (x%u)", times);
    zv_buf_put_text(out, SEPARATOR);
    zv_picture_put_time(out, clock, event->at_us);
    zv_buf_put_text(out, clock.in_seconds ? " s" : " ms");
    bool is_told = event->kind == ZV_TRACE_KIND_CLIENT || event->kind == ZV_TRACE_KIND_END;
    if (is_told && event->detail.len) { /* the ladder has the details of the others */
        zv_buf_put_text(out, "<br/>");
        put_text(out, event->detail, style, DETAIL_COLUMNS);
    }
    zv_buf_put_char(out, '\n');
}

void zv_trace_write_mermaid(const struct zv_trace *trace, const struct zv_trace_style *style,
                            struct zv_buf *out)
{
    struct zv_picture_clock clock = zv_picture_clock(trace);
    zv_buf_put_text(out, "sequenceDiagram\n");
    write_title(trace, style, out);
    write_participants(trace, out);
    const struct zv_trace_event *event = NULL;
    while ((event = zv_picture_next(trace, event))) {
        uint32_t gap = zv_picture_gap(trace, event);
        if (gap)
            zv_buf_printf(out, "    Note over %s: %u event%s left out\n",
                          zv_trace_lane_name(ZV_TRACE_LANE_GATEWAY), gap, gap == 1 ? "" : "s");
        write_event(trace, event, clock, style, out);
    }
}
