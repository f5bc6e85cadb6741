/*
 * What the text ladder and the Mermaid diagram have in common: which events are shown, how time is
 * written, and texts that are fit to be shown. A trace may come from a file, so nothing that the
 * recorder promises about its texts is taken for granted here.
 */
#ifndef ZV_TRACE_PICTURE_INT_H
#define ZV_TRACE_PICTURE_INT_H

#include "base/buf.h"
#include "base/str.h"
#include "trace/trace.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- events ---- */

/* The event after `event` (NULL: the first) that a picture shows: not hidden, not the repetition of
 * a SIP message. NULL: the end. */
const struct zv_trace_event *zv_picture_next(const struct zv_trace *trace,
                                             const struct zv_trace_event *event);
/* How often the message of this event was on the wire; 1 for all that is no SIP message. */
unsigned zv_picture_times(const struct zv_trace *trace, const struct zv_trace_event *event);
/* Events left out between the one shown before `event` and itself. */
uint32_t zv_picture_gap(const struct zv_trace *trace, const struct zv_trace_event *event);
/* Lanes out of range count as the gateway's. */
enum zv_trace_lane zv_picture_lane(uint8_t lane);

/* ---- times ---- */

struct zv_picture_clock {
    int64_t zero_us;
    bool in_seconds; /* a long call; else milliseconds */
};
struct zv_picture_clock zv_picture_clock(const struct zv_trace *trace);
/* "12.3" (ms) or "4000.123" (s). */
void zv_picture_put_time(struct zv_buf *out, struct zv_picture_clock clock, int64_t at_us);
/* "12.3 ms" or "2.345 s", whichever reads better. */
void zv_picture_put_span(struct zv_buf *out, int64_t span_us);

/* ---- texts ---- */

#define ZV_PICTURE_TEXT_BYTES 512

struct zv_picture_text {
    char bytes[ZV_PICTURE_TEXT_BYTES];
};
/*
 * `text` on one line, as UTF-8, without controls and marks that turn the direction of writing, at
 * most ZV_PICTURE_TEXT_BYTES ("..": cut), and without addresses and ports where the style wants
 * that. The view is into `room`.
 */
struct zv_str zv_picture_clean(struct zv_str text, const struct zv_trace_style *style,
                               struct zv_picture_text *room);
/* Writes `text` with each IP address as "[address]" and without ports. */
void zv_picture_hide_addresses(struct zv_str text, struct zv_buf *out);
/* Takes a code point off well-formed UTF-8 that is not empty. */
uint32_t zv_picture_take_code(struct zv_str *rest);
/* Code points: the columns that a text takes, wide scripts apart. */
size_t zv_picture_columns(struct zv_str text);
/* The first `columns` code points. */
struct zv_str zv_picture_head(struct zv_str text, size_t columns);
/* Takes the words off `*rest` that fit into `columns`; a word that is longer is broken. */
struct zv_str zv_picture_take_line(struct zv_str *rest, size_t columns);

/* ---- text pictures ---- */

/* Columns that the style allows. */
size_t zv_picture_width(const struct zv_trace_style *style);

/* Who, when, how it ended and what to do about it; no line about what is unknown. */
void zv_picture_write_heading(const struct zv_trace *trace, const struct zv_trace_style *style,
                              struct zv_buf *out);

#endif
