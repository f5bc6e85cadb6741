/* Which events a picture shows, and when they were. */
#include "trace/picture_int.h"

#include "base/attr.h"
#include "base/time.h"

#include <string.h>

#define WIDTH 100 /* columns, unless the style says */

size_t zv_picture_width(const struct zv_trace_style *style)
{
    return style->columns ? style->columns : WIDTH;
}

/* From here on times are in seconds: five digits of milliseconds are hard to read. */
#define LONG_CALL_US ZV_SECONDS(100)

static const struct zv_trace_event *event_of(const struct zv_list_node *node)
{
    return ZV_CONTAINER_OF(node, const struct zv_trace_event, node);
}

/* The same bytes on the same way: a retransmission. */
static bool is_same_message(const struct zv_trace_event *a, const struct zv_trace_event *b)
{
    return a->kind == ZV_TRACE_KIND_SIP && b->kind == ZV_TRACE_KIND_SIP && a->from == b->from &&
           a->to == b->to && a->data.len && zv_str_eq(a->data, b->data);
}

static bool is_repetition(const struct zv_trace *trace, const struct zv_trace_event *event)
{
    if (event->kind != ZV_TRACE_KIND_SIP || !event->data.len)
        return false;
    for (const struct zv_list_node *node = event->node.prev; node != &trace->events.head;
         node = node->prev) {
        if (is_same_message(event_of(node), event))
            return true;
    }
    return false;
}

const struct zv_trace_event *zv_picture_next(const struct zv_trace *trace,
                                             const struct zv_trace_event *event)
{
    const struct zv_list_node *node = event ? event->node.next : trace->events.head.next;
    for (; node != &trace->events.head; node = node->next) {
        const struct zv_trace_event *next = event_of(node);
        if (!zv_trace_kind_is_hidden(next->kind) && !is_repetition(trace, next))
            return next;
    }
    return NULL;
}

unsigned zv_picture_times(const struct zv_trace *trace, const struct zv_trace_event *event)
{
    unsigned times = 1;
    for (const struct zv_list_node *node = event->node.next; node != &trace->events.head;
         node = node->next)
        times += is_same_message(event_of(node), event);
    return times;
}

uint32_t zv_picture_gap(const struct zv_trace *trace, const struct zv_trace_event *event)
{
    uint32_t gap = event->dropped_before;
    for (const struct zv_list_node *node = event->node.prev; node != &trace->events.head;
         node = node->prev) {
        const struct zv_trace_event *before = event_of(node);
        if (!zv_trace_kind_is_hidden(before->kind) && !is_repetition(trace, before))
            break;
        gap += before->dropped_before;
    }
    return gap;
}

enum zv_trace_lane zv_picture_lane(uint8_t lane)
{
    return lane < ZV_TRACE_LANE_COUNT ? (enum zv_trace_lane)lane : ZV_TRACE_LANE_GATEWAY;
}

struct zv_picture_clock zv_picture_clock(const struct zv_trace *trace)
{
    struct zv_picture_clock clock = {.zero_us = trace->created_us};
    if (!clock.zero_us && !zv_list_is_empty(&trace->events))
        clock.zero_us = event_of(trace->events.head.next)->at_us;
    const struct zv_trace_event *event = NULL;
    while ((event = zv_picture_next(trace, event)))
        clock.in_seconds |= event->at_us - clock.zero_us >= LONG_CALL_US;
    return clock;
}

static void put_fixed(struct zv_buf *out, int64_t value, int64_t unit, int decimals)
{
    if (value < 0)
        zv_buf_put_char(out, '-');
    uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    uint64_t whole = size / (uint64_t)unit, rest = size % (uint64_t)unit;
    zv_buf_printf(out, "%llu.%0*llu", (unsigned long long)whole, decimals,
                  (unsigned long long)rest);
}

void zv_picture_put_time(struct zv_buf *out, struct zv_picture_clock clock, int64_t at_us)
{
    int64_t since_us = at_us - clock.zero_us;
    if (clock.in_seconds)
        put_fixed(out, since_us / ZV_US_PER_MS, 1000, 3);
    else
        put_fixed(out, since_us / 100, 10, 1);
}

void zv_picture_put_span(struct zv_buf *out, int64_t span_us)
{
    if (span_us >= ZV_US_PER_S) {
        put_fixed(out, span_us / ZV_US_PER_MS, 1000, 3);
        zv_buf_put_text(out, " s");
    } else {
        put_fixed(out, span_us / 100, 10, 1);
        zv_buf_put_text(out, " ms");
    }
}
