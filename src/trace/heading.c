/* What stands above the ladder: whose call it was, when, and why it ended. */
#include "trace/picture_int.h"

#include <string.h>

struct heading {
    const struct zv_trace *trace;
    const struct zv_trace_style *style;
    struct zv_buf *out;
    char memory[4 * ZV_PICTURE_TEXT_BYTES];
    struct zv_buf line; /* composed piece by piece in `memory`, then wrapped */
};

static void begin(struct heading *heading, const char *text)
{
    heading->line = zv_buf(heading->memory, sizeof heading->memory);
    zv_buf_put_text(&heading->line, text);
}

static void put_clean(struct heading *heading, const char *text)
{
    struct zv_picture_text room;
    zv_buf_put_str(&heading->line, zv_picture_clean(zv_str(text), heading->style, &room));
}

static void end(struct heading *heading)
{
    static const char indent[] = "  ";
    struct zv_str text = zv_buf_str(&heading->line);
    size_t width = zv_picture_width(heading->style);
    zv_buf_put_str(heading->out, zv_picture_take_line(&text, width));
    while (text.len) {
        zv_buf_printf(heading->out, "\n%s", indent);
        zv_buf_put_str(heading->out, zv_picture_take_line(&text, width - strlen(indent)));
    }
    zv_buf_put_char(heading->out, '\n');
}

static void write_who(struct heading *heading)
{
    const struct zv_trace *trace = heading->trace;
    begin(heading, "Call ");
    put_clean(heading, trace->name);
    zv_buf_put_text(&heading->line, trace->incoming ? ", incoming: " : ", outgoing: ");
    put_clean(heading, trace->caller[0] ? trace->caller : "unknown");
    zv_buf_put_text(&heading->line, " -> ");
    put_clean(heading, trace->callee[0] ? trace->callee : "unknown");
    end(heading);
}

static void write_ids(struct heading *heading)
{
    const struct {
        const char *title, *value;
    } ids[] = {{"session", heading->trace->session},
               {"callId", heading->trace->call_id},
               {"SIP Call-ID", heading->trace->sip_call_id}};
    begin(heading, "Known as ");
    size_t empty = heading->line.len;
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        if (!ids[i].value[0])
            continue;
        const char *comma = heading->line.len > empty ? ", " : "";
        zv_buf_printf(&heading->line, "%s%s ", comma, ids[i].title);
        put_clean(heading, ids[i].value);
    }
    if (heading->line.len > empty)
        end(heading);
}

static void write_times(struct heading *heading)
{
    const struct zv_trace *trace = heading->trace;
    begin(heading, "Began at ");
    zv_trace_write_time(trace->created_wall_us, &heading->line);
    if (trace->answered_us) {
        zv_buf_put_text(&heading->line, ", answered after ");
        zv_picture_put_span(&heading->line, trace->answered_us - trace->created_us);
    } else {
        zv_buf_put_text(&heading->line, ", not answered");
    }
    if (trace->ended_us) {
        int64_t from_us = trace->answered_us ? trace->answered_us : trace->created_us;
        zv_buf_put_text(&heading->line, trace->answered_us ? ", talked for " : ", over after ");
        zv_picture_put_span(&heading->line, trace->ended_us - from_us);
    }
    if (trace->codec[0]) {
        zv_buf_put_text(&heading->line, ", codec ");
        put_clean(heading, trace->codec);
    }
    if (trace->video[0] || trace->no_video[0]) {
        zv_buf_put_text(&heading->line, trace->video[0] ? ", video " : ", no video: ");
        put_clean(heading, trace->video[0] ? trace->video : trace->no_video);
    }
    end(heading);
}

static void write_end(struct heading *heading)
{
    const struct zv_trace *trace = heading->trace;
    const struct zv_cause_info *info = zv_cause_info(trace->cause);
    if (trace->is_live) {
        begin(heading, "The call is still going on.");
        end(heading);
        return;
    }
    begin(heading, "Ended: ");
    put_clean(heading, trace->text[0] ? trace->text : info->text);
    zv_buf_printf(&heading->line, " (cause %s", info->name);
    const char *hop = zv_cause_hop_name_of(trace->cause, trace->hop);
    if (hop[0])
        zv_buf_printf(&heading->line, ", hop %s", hop);
    if (trace->sip_status)
        zv_buf_printf(&heading->line, ", SIP status %d", trace->sip_status);
    zv_buf_put_char(&heading->line, ')');
    end(heading);
    const char *remedy = trace->remedy[0] ? trace->remedy : info->remedy;
    if (!remedy[0])
        return;
    begin(heading, "Remedy: ");
    put_clean(heading, remedy);
    end(heading);
}

void zv_picture_write_heading(const struct zv_trace *trace, const struct zv_trace_style *style,
                              struct zv_buf *out)
{
    struct heading heading = {.trace = trace, .style = style, .out = out};
    write_who(&heading);
    write_ids(&heading);
    write_times(&heading);
    write_end(&heading);
    if (!trace->events_dropped)
        return;
    begin(&heading, "");
    zv_buf_printf(&heading.line, "%u event%s left out of the middle, for want of room.",
                  trace->events_dropped, trace->events_dropped == 1 ? " was" : "s were");
    end(&heading);
}
