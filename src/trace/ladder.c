/*
 * A trace as text: a heading, then a ladder that goes down with time.
 *
 *      step  time    lanes, one line down each                       detail
 *       1     0.0      |------- call -------->|                  |   to 1002
 *             3.1      |                      |---- INVITE ----->|
 *            80.4      |== ICE connected =====|                  |
 *            80.5      |       (TRYING -> ACTIVE)                |
 *
 * Each line is composed in a row of code points and then written, so that a caller's name in any
 * script keeps the columns; only wide scripts (a column is a code point) shift what is to the right
 * of them. The structure is ASCII: it goes through any terminal, log and mail.
 */
#include "trace/picture_int.h"

#include "base/attr.h"

#include <string.h>

#define STEP_END      2  /* columns of the margin */
#define TIME_END      13 /* the last column of a time is before this */
#define FIRST_AXIS    17 /* "client" is centred on it */
#define GAP_MIN       14 /* between two axes: titles must not touch */
#define GAP_MAX       26
#define DETAIL_OFFSET 3  /* from the last axis */
#define DETAIL_MIN    24 /* columns, however many lanes there are */
#define DETAIL_LINES  4
#define ROW_CAP       160 /* all lanes at GAP_MAX and DETAIL_MIN fit */

_Static_assert(FIRST_AXIS + (ZV_TRACE_LANE_COUNT - 1) * GAP_MAX + DETAIL_OFFSET + DETAIL_MIN <=
                   ROW_CAP,
               "a row holds every lane and the detail");

struct row {
    uint32_t cells[ROW_CAP];
};

struct ladder {
    const struct zv_trace *trace;
    const struct zv_trace_style *style;
    struct zv_buf *out;
    struct zv_picture_clock clock;
    bool has_lane[ZV_TRACE_LANE_COUNT];
    size_t axis[ZV_TRACE_LANE_COUNT]; /* column */
    size_t detail;                    /* column */
    size_t detail_width;
    struct row row;
};

/* ---- rows ---- */

static void clear(struct row *row)
{
    for (size_t i = 0; i < ROW_CAP; i++)
        row->cells[i] = ' ';
}

static void put_at(struct row *row, size_t column, struct zv_str text)
{
    while (text.len && column < ROW_CAP)
        row->cells[column++] = zv_picture_take_code(&text);
}

static void fill(struct row *row, size_t from, size_t to, char c)
{
    for (size_t i = from; i < to && i < ROW_CAP; i++)
        row->cells[i] = (unsigned char)c;
}

static void put_code(struct zv_buf *out, uint32_t code)
{
    if (code < 0x80) {
        zv_buf_put_char(out, (char)code);
        return;
    }
    char bytes[4];
    size_t len = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i; i--, code >>= 6)
        bytes[i] = (char)(0x80 | (code & 0x3f));
    bytes[0] = (char)((0xf00u >> len) | code);
    zv_buf_put(out, bytes, len);
}

static void write_row(const struct row *row, struct zv_buf *out)
{
    size_t len = ROW_CAP;
    while (len && row->cells[len - 1] == ' ')
        len--;
    for (size_t i = 0; i < len; i++)
        put_code(out, row->cells[i]);
    zv_buf_put_char(out, '\n');
}

static void draw_axes(struct ladder *ladder, char line)
{
    clear(&ladder->row);
    for (size_t lane = 0; lane < ZV_TRACE_LANE_COUNT; lane++) {
        if (ladder->has_lane[lane])
            ladder->row.cells[ladder->axis[lane]] = (unsigned char)line;
    }
}

/* ---- columns ---- */

/* The label, with the number of times that the message was on the wire. */
static struct zv_str label_of(const struct ladder *ladder, const struct zv_trace_event *event,
                              struct zv_picture_text *room)
{
    struct zv_str label = zv_picture_clean(event->label, ladder->style, room);
    unsigned times = zv_picture_times(ladder->trace, event);
    if (times == 1)
        return label;
    struct zv_buf out = zv_buf(room->bytes, sizeof room->bytes);
    out.len = label.len;
    zv_buf_printf(&out, " (x%u)", times);
    return zv_buf_str(&out);
}

static void find_lanes(struct ladder *ladder)
{
    const struct zv_trace_event *event = NULL;
    while ((event = zv_picture_next(ladder->trace, event))) {
        ladder->has_lane[zv_picture_lane(event->from)] = true;
        ladder->has_lane[zv_picture_lane(event->to)] = true;
    }
}

/* The lane to the right of `lane` that occurs; ZV_TRACE_LANE_COUNT: none. */
static size_t next_lane(const struct ladder *ladder, size_t lane)
{
    do
        lane++;
    while (lane < ZV_TRACE_LANE_COUNT && !ladder->has_lane[lane]);
    return lane;
}

/* How far apart neighbours may be, so that a narrow terminal has all lanes and the detail. */
static size_t widest_gap(const struct ladder *ladder)
{
    size_t gaps = 0, room = zv_picture_width(ladder->style);
    size_t taken = FIRST_AXIS + DETAIL_OFFSET + DETAIL_MIN;
    for (size_t lane = 0; lane < ZV_TRACE_LANE_COUNT; lane++)
        gaps += ladder->has_lane[lane];
    if (!ladder->style->columns || gaps < 2)
        return GAP_MAX;
    size_t gap = room > taken ? (room - taken) / (gaps - 1) : 0;
    return ZV_MAX(GAP_MIN, ZV_MIN(gap, GAP_MAX));
}

/* How far apart two neighbours are: room for the longest label between them. */
static size_t gap_between(const struct ladder *ladder, size_t left, size_t right)
{
    size_t gap = GAP_MIN;
    const struct zv_trace_event *event = NULL;
    while ((event = zv_picture_next(ladder->trace, event))) {
        size_t from = zv_picture_lane(event->from), to = zv_picture_lane(event->to);
        if ((from != left || to != right) && (from != right || to != left))
            continue;
        struct zv_picture_text room;
        size_t wanted = zv_picture_columns(label_of(ladder, event, &room)) + 6;
        if (wanted > gap)
            gap = wanted;
    }
    return ZV_MIN(gap, widest_gap(ladder));
}

static void place_columns(struct ladder *ladder)
{
    find_lanes(ladder);
    size_t column = FIRST_AXIS;
    size_t lane = ladder->has_lane[0] ? 0 : next_lane(ladder, 0);
    while (lane < ZV_TRACE_LANE_COUNT) {
        ladder->axis[lane] = column;
        size_t next = next_lane(ladder, lane);
        if (next < ZV_TRACE_LANE_COUNT)
            column += gap_between(ladder, lane, next);
        lane = next;
    }
    bool is_alone = column == FIRST_AXIS; /* then notes need room to its right */
    ladder->detail = column + (is_alone ? GAP_MAX : DETAIL_OFFSET);
    size_t width = zv_picture_width(ladder->style);
    ladder->detail_width =
        ladder->detail + DETAIL_MIN < width ? width - ladder->detail : DETAIL_MIN;
}

static void write_titles(struct ladder *ladder)
{
    clear(&ladder->row);
    put_at(&ladder->row, TIME_END - 2, zv_str(ladder->clock.in_seconds ? " s" : "ms"));
    for (size_t lane = 0; lane < ZV_TRACE_LANE_COUNT; lane++) {
        struct zv_str title = zv_str(zv_trace_lane_title((enum zv_trace_lane)lane));
        if (ladder->has_lane[lane])
            put_at(&ladder->row, ladder->axis[lane] - title.len / 2, title);
    }
    write_row(&ladder->row, ladder->out);
    draw_axes(ladder, '|');
    write_row(&ladder->row, ladder->out);
}

/* ---- events ---- */

/* `label` as it fits into `columns`; false: it had to be cut. */
static bool fit(struct zv_str *label, size_t columns)
{
    if (zv_picture_columns(*label) <= columns)
        return true;
    *label = zv_picture_head(*label, columns > 2 ? columns - 2 : 0);
    return false;
}

/* From one axis to the other: a line of `stroke`, the label in its middle, a head if it is a
 * message. Returns whether the whole label is there. */
static bool draw_arrow(struct ladder *ladder, size_t from, size_t to, struct zv_str label,
                       bool is_media)
{
    size_t left = (from < to ? from : to) + 1, right = from < to ? to : from;
    fill(&ladder->row, left, right, is_media ? '=' : '-');
    if (!is_media)
        ladder->row.cells[from < to ? right - 1 : left] = (unsigned char)(from < to ? '>' : '<');
    size_t room = right - left - (is_media ? 4 : 5); /* strokes and blanks, a head */
    bool is_whole = fit(&label, room);
    size_t columns = zv_picture_columns(label) + (is_whole ? 0 : 2);
    size_t start = left + 1 + (from > to && !is_media) + (room - columns) / 2;
    fill(&ladder->row, start, start + columns + 2, ' ');
    put_at(&ladder->row, start + 1, label);
    if (!is_whole)
        put_at(&ladder->row, start + 1 + zv_picture_columns(label), ZV_STR_LIT(".."));
    return is_whole;
}

/* Around one axis, between its neighbours. */
static bool draw_note(struct ladder *ladder, size_t lane, struct zv_str label, bool is_state)
{
    size_t next = next_lane(ladder, lane), previous = lane;
    while (previous && !ladder->has_lane[previous - 1])
        previous--;
    size_t left = previous ? ladder->axis[previous - 1] + 1 : TIME_END + 1;
    size_t right = next < ZV_TRACE_LANE_COUNT ? ladder->axis[next] : ladder->detail - 1;
    bool is_whole = fit(&label, right - left - 2);
    size_t columns = zv_picture_columns(label) + (is_whole ? 2 : 4), half = columns / 2;
    size_t start = ladder->axis[lane] > left + half ? ladder->axis[lane] - half : left;
    if (start + columns > right)
        start = right - columns;
    fill(&ladder->row, start, start + columns, '.'); /* two are seen where the label was cut */
    put_at(&ladder->row, start, zv_str(is_state ? "(" : "["));
    put_at(&ladder->row, start + 1, label);
    put_at(&ladder->row, start + columns - 1, zv_str(is_state ? ")" : "]"));
    return is_whole;
}

static void write_gap(struct ladder *ladder, uint32_t dropped)
{
    if (!dropped)
        return;
    char memory[64];
    struct zv_buf text = zv_buf(memory, sizeof memory);
    zv_buf_printf(&text, "... %u event%s left out", dropped, dropped == 1 ? "" : "s");
    draw_axes(ladder, ':');
    put_at(&ladder->row, ladder->detail, zv_buf_str(&text));
    write_row(&ladder->row, ladder->out);
}

static void put_margin(struct ladder *ladder, const struct zv_trace_event *event)
{
    char memory[32];
    struct zv_buf text = zv_buf(memory, sizeof memory);
    if (event->step) {
        zv_buf_printf(&text, "%*u", STEP_END, event->step);
        put_at(&ladder->row, 0, zv_buf_str(&text));
        text.len = 0;
    }
    zv_picture_put_time(&text, ladder->clock, event->at_us);
    put_at(&ladder->row, text.len < TIME_END ? TIME_END - text.len : 0, zv_buf_str(&text));
}

/* The first line of the detail goes beside the arrow, the others below it. */
static void write_detail(struct ladder *ladder, struct zv_str detail)
{
    put_at(&ladder->row, ladder->detail, zv_picture_take_line(&detail, ladder->detail_width));
    write_row(&ladder->row, ladder->out);
    for (size_t lines = 1; detail.len && lines < DETAIL_LINES; lines++) {
        draw_axes(ladder, '|');
        put_at(&ladder->row, ladder->detail, zv_picture_take_line(&detail, ladder->detail_width));
        if (detail.len && lines + 1 == DETAIL_LINES)
            put_at(&ladder->row, ladder->detail + ladder->detail_width - 2, ZV_STR_LIT(".."));
        write_row(&ladder->row, ladder->out);
    }
}

static void write_event(struct ladder *ladder, const struct zv_trace_event *event)
{
    struct zv_picture_text label_room, detail_room;
    struct zv_str label = label_of(ladder, event, &label_room);
    size_t from = zv_picture_lane(event->from), to = zv_picture_lane(event->to);
    draw_axes(ladder, '|');
    bool is_whole = from == to ? draw_note(ladder, from, label, event->kind == ZV_TRACE_KIND_STATE)
                               : draw_arrow(ladder, ladder->axis[from], ladder->axis[to], label,
                                            event->kind == ZV_TRACE_KIND_MEDIA);
    put_margin(ladder, event);
    char memory[2 * ZV_PICTURE_TEXT_BYTES + 2];
    struct zv_buf detail = zv_buf(memory, sizeof memory);
    if (!is_whole) {
        zv_buf_put_str(&detail, label);
        zv_buf_put_text(&detail, event->detail.len ? ": " : "");
    }
    zv_buf_put_str(&detail, zv_picture_clean(event->detail, ladder->style, &detail_room));
    write_detail(ladder, zv_buf_str(&detail));
}

void zv_trace_write_ladder(const struct zv_trace *trace, const struct zv_trace_style *style,
                           struct zv_buf *out)
{
    struct ladder ladder = {
        .trace = trace, .style = style, .out = out, .clock = zv_picture_clock(trace)};
    zv_picture_write_heading(trace, style, out);
    const struct zv_trace_event *event = zv_picture_next(trace, NULL);
    if (!event)
        return;
    zv_buf_put_char(out, '\n');
    place_columns(&ladder);
    write_titles(&ladder);
    for (; event && !out->overflow; event = zv_picture_next(trace, event)) {
        write_gap(&ladder, zv_picture_gap(trace, event));
        write_event(&ladder, event);
    }
}
