#include "ctl/trace_read.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/time.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#define VERSION 1
/* A year: beyond it a time is a mistake, and a sum of times might overflow. */
#define MAX_SINCE_US (ZV_SECONDS(86400) * 366)
#define MAX_WALL_US  (ZV_SECONDS(1) * 253402300799)
#define MAX_STEP     99

/* An object of the text, and where it stands in it. */
struct place {
    json_t *object;
    const char *name; /* "call", "events" */
    int index;        /* in a list; -1: in none */
    struct zv_ctl_trace_error *error;
};

/* ---- complaints ---- */

static int complain(const struct place *place, const char *member, int err, const char *text)
{
    struct zv_buf out = zv_buf(place->error->sentence, sizeof place->error->sentence);
    zv_buf_put_text(&out, place->name);
    if (place->index >= 0)
        zv_buf_printf(&out, "[%d]", place->index);
    if (member)
        zv_buf_printf(&out, "%s%s", place->name[0] ? "." : "", member);
    zv_buf_printf(&out, ": %s", text);
    (void)zv_buf_cstr(&out);
    return err;
}

static int say(struct zv_ctl_trace_error *error, int err, const char *text)
{
    struct zv_buf out = zv_buf(error->sentence, sizeof error->sentence);
    zv_buf_put_text(&out, text);
    (void)zv_buf_cstr(&out);
    return err;
}

/* ---- members ---- */

static bool is_one_line(struct zv_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.p[i] < 0x20 || text.p[i] == 0x7f)
            return false;
    }
    return true;
}

/* A text that may be absent: empty then. */
static int read_line(const struct place *place, const char *member, struct zv_str *ret_text)
{
    const json_t *value = json_object_get(place->object, member);
    *ret_text = ZV_STR_LIT("");
    if (!value)
        return 0;
    if (!json_is_string(value))
        return complain(place, member, ZV_E_PARSE, "a text is expected");
    struct zv_str text = zv_str_n(json_string_value(value), json_string_length(value));
    if (!is_one_line(text))
        return complain(place, member, ZV_E_PARSE, "the text has more than one line or a control");
    *ret_text = text;
    return 0;
}

static int read_text(const struct place *place, const char *member, char *dst, size_t cap)
{
    struct zv_str text;
    int err = read_line(place, member, &text);
    if (err)
        return err;
    if (zv_str_copy(text, dst, cap) != 0)
        return complain(place, member, ZV_E_PARSE, "the text is too long");
    return 0;
}

/* A whole number from 0 to `max`; absent: 0. */
static int read_count(const struct place *place, const char *member, int64_t max,
                      int64_t *ret_value)
{
    const json_t *value = json_object_get(place->object, member);
    *ret_value = 0;
    if (!value)
        return 0;
    if (!json_is_integer(value) || json_integer_value(value) < 0 || json_integer_value(value) > max)
        return complain(place, member, ZV_E_PARSE, "a whole number in its range is expected");
    *ret_value = json_integer_value(value);
    return 0;
}

static int read_bool(const struct place *place, const char *member, bool *ret_value)
{
    const json_t *value = json_object_get(place->object, member);
    if (!json_is_boolean(value))
        return complain(place, member, ZV_E_PARSE, "true or false is expected");
    *ret_value = json_is_true(value);
    return 0;
}

/* Milliseconds since the call was created as microseconds of its clock. */
static int read_time(const struct place *place, const char *member, int64_t created_us,
                     int64_t *ret_us)
{
    const json_t *value = json_object_get(place->object, member);
    double since_us = json_is_number(value) ? json_number_value(value) * 1000 : NAN;
    if (!(fabs(since_us) <= (double)MAX_SINCE_US))
        return complain(place, member, ZV_E_PARSE, "milliseconds, less than a year, are expected");
    *ret_us = created_us + (int64_t)(since_us < 0 ? since_us - 0.5 : since_us + 0.5);
    return 0;
}

/* The same of something that may never have happened: 0 then. */
static int read_time_if_any(const struct place *place, const char *member, int64_t created_us,
                            int64_t *ret_us)
{
    *ret_us = 0;
    return json_object_get(place->object, member) ? read_time(place, member, created_us, ret_us)
                                                  : 0;
}

/* One of the names of an enumeration. */
static int read_name(const struct place *place, const char *member,
                     const char *(*name_of)(unsigned), unsigned count, unsigned *ret_value)
{
    const char *text = json_string_value(json_object_get(place->object, member));
    for (unsigned value = 0; text && value < count; value++) {
        if (strcmp(text, name_of(value)) == 0) {
            *ret_value = value;
            return 0;
        }
    }
    char memory[120];
    struct zv_buf sentence = zv_buf(memory, sizeof memory);
    zv_buf_put_text(&sentence, "one of these is expected:");
    for (unsigned value = 0; value < count; value++) {
        size_t before = sentence.len;
        zv_buf_printf(&sentence, " %s", name_of(value));
        if (sentence.overflow) /* causes are many */
            sentence.len = before;
    }
    memory[sentence.len] = '\0';
    return complain(place, member, ZV_E_PARSE, memory);
}

static const char *lane_name(unsigned lane)
{
    return zv_trace_lane_name((enum zv_trace_lane)lane);
}

static const char *kind_name(unsigned kind)
{
    return zv_trace_kind_name((enum zv_trace_kind)kind);
}

static const char *cause_name(unsigned cause)
{
    return zv_cause_name((enum zv_cause)cause);
}

static const char *hop_name(unsigned hop)
{
    return zv_cause_hop_name((enum zv_cause_hop)hop);
}

static const char *direction_name(unsigned incoming)
{
    return incoming ? "incoming" : "outgoing";
}

/* ---- the call ---- */

static int read_who(const struct place *place, struct zv_trace *trace)
{
    const struct {
        const char *member;
        char *dst;
        size_t cap;
    } texts[] = {
        {"name", trace->name, sizeof trace->name},
        {"session", trace->session, sizeof trace->session},
        {"callId", trace->call_id, sizeof trace->call_id},
        {"sipCallId", trace->sip_call_id, sizeof trace->sip_call_id},
        {"caller", trace->caller, sizeof trace->caller},
        {"callee", trace->callee, sizeof trace->callee},
        {"text", trace->text, sizeof trace->text},
        {"remedy", trace->remedy, sizeof trace->remedy},
        {"codec", trace->codec, sizeof trace->codec},
        {"video", trace->video, sizeof trace->video},
        {"noVideo", trace->no_video, sizeof trace->no_video},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int err = read_text(place, texts[i].member, texts[i].dst, texts[i].cap);
        if (err)
            return err;
    }
    if (!trace->name[0])
        return complain(place, "name", ZV_E_PARSE, "the call's name is missing");
    return 0;
}

static int read_times(const struct place *place, struct zv_trace *trace)
{
    int err = read_count(place, "createdWallUs", MAX_WALL_US, &trace->created_wall_us);
    if (err)
        return err;
    if (!trace->created_wall_us)
        return complain(place, "createdWallUs", ZV_E_PARSE, "the time of creation is missing");
    trace->created_us = trace->created_wall_us;
    err = read_time_if_any(place, "answeredMs", trace->created_us, &trace->answered_us);
    return err ? err : read_time_if_any(place, "endedMs", trace->created_us, &trace->ended_us);
}

static int read_end(const struct place *place, struct zv_trace *trace)
{
    unsigned cause = ZV_CAUSE_NONE, hop = ZV_HOP_NONE;
    int64_t status, dropped;
    int err = read_bool(place, "live", &trace->is_live);
    if (!err && (!trace->is_live || json_object_get(place->object, "cause")))
        err = read_name(place, "cause", cause_name, ZV_CAUSE_COUNT, &cause);
    if (!err && json_object_get(place->object, "hop"))
        err = read_name(place, "hop", hop_name, ZV_HOP_COUNT, &hop);
    if (!err)
        err = read_count(place, "sipStatus", 699, &status);
    if (!err)
        err = read_count(place, "eventsDropped", UINT32_MAX, &dropped);
    if (err)
        return err;
    trace->cause = (enum zv_cause)cause;
    trace->hop = (enum zv_cause_hop)hop;
    trace->sip_status = (int)status;
    trace->events_dropped = (uint32_t)dropped;
    return 0;
}

static int read_call(const struct place *place, struct zv_trace *trace)
{
    if (!json_is_object(place->object))
        return complain(place, NULL, ZV_E_PARSE, "an object is expected");
    unsigned incoming = 0;
    int err = read_who(place, trace);
    if (!err)
        err = read_name(place, "direction", direction_name, 2, &incoming);
    if (!err)
        err = read_times(place, trace);
    if (!err)
        err = read_end(place, trace);
    trace->incoming = incoming == 1;
    return err;
}

/* ---- events ---- */

/* The bytes on the wire, or JSON as text; `*ret_owned` is to be freed. */
static int read_data(const struct place *place, unsigned kind, struct zv_str *ret_data,
                     char **ret_owned)
{
    const json_t *value = json_object_get(place->object, "data");
    *ret_data = ZV_STR_LIT("");
    if (!value)
        return 0;
    if (kind == ZV_TRACE_KIND_SIP) {
        if (!json_is_string(value))
            return complain(place, "data", ZV_E_PARSE, "a SIP message as text is expected");
        *ret_data = zv_str_n(json_string_value(value), json_string_length(value));
        return 0;
    }
    if (!json_is_object(value))
        return complain(place, "data", ZV_E_PARSE, "an object is expected");
    size_t len = json_dumpb(value, NULL, 0, JSON_COMPACT);
    char *text = len ? zv_zalloc(len) : NULL;
    if (!text)
        return complain(place, "data", ZV_E_NOMEM, "out of memory");
    *ret_data = zv_str_n(text, json_dumpb(value, text, len, JSON_COMPACT));
    *ret_owned = text;
    return 0;
}

static struct zv_str keep(char **memory, struct zv_str text)
{
    struct zv_str kept = zv_str_n(*memory, text.len);
    if (text.len)
        memcpy(*memory, text.p, text.len);
    *memory += text.len;
    return kept;
}

/* One block for the event and its texts. */
static int append(const struct place *place, struct zv_trace *trace,
                  const struct zv_trace_event *event)
{
    size_t texts = event->label.len + event->detail.len + event->data.len;
    struct zv_trace_event *copy = zv_zalloc(sizeof *copy + texts);
    if (!copy)
        return complain(place, NULL, ZV_E_NOMEM, "out of memory");
    char *memory = (char *)(copy + 1);
    *copy = *event;
    copy->label = keep(&memory, event->label);
    copy->detail = keep(&memory, event->detail);
    copy->data = keep(&memory, event->data);
    zv_list_append(&trace->events, &copy->node);
    trace->event_count++;
    return 0;
}

static int read_event(const struct place *place, struct zv_trace *trace)
{
    if (!json_is_object(place->object))
        return complain(place, NULL, ZV_E_PARSE, "an object is expected");
    struct zv_trace_event event = {0};
    unsigned kind = 0, from = 0, to = 0;
    int64_t step = 0, dropped = 0;
    int err = read_time(place, "atMs", trace->created_us, &event.at_us);
    if (!err)
        err = read_name(place, "kind", kind_name, ZV_TRACE_KIND_COUNT, &kind);
    if (!err)
        err = read_name(place, "from", lane_name, ZV_TRACE_LANE_COUNT, &from);
    if (!err)
        err = read_name(place, "to", lane_name, ZV_TRACE_LANE_COUNT, &to);
    if (!err)
        err = read_line(place, "label", &event.label);
    if (!err)
        err = read_line(place, "detail", &event.detail);
    if (!err)
        err = read_count(place, "step", MAX_STEP, &step);
    if (!err)
        err = read_count(place, "droppedBefore", UINT32_MAX, &dropped);
    char *owned = NULL;
    if (!err)
        err = read_data(place, kind, &event.data, &owned);
    if (err)
        return err;
    event.kind = (uint8_t)kind;
    event.from = (uint8_t)from;
    event.to = (uint8_t)to;
    event.step = (uint8_t)step;
    event.dropped_before = (uint32_t)dropped;
    err = append(place, trace, &event);
    zv_free(owned);
    return err;
}

static int read_events(const struct place *root, struct zv_trace *trace)
{
    json_t *list = json_object_get(root->object, "events");
    if (!json_is_array(list))
        return complain(root, "events", ZV_E_PARSE, "a list is expected");
    if (json_array_size(list) > ZV_CTL_MAX_TRACE_EVENTS)
        return complain(root, "events", ZV_E_LIMIT, "more events than a trace may have");
    struct place place = {.name = "events", .error = root->error};
    for (size_t i = 0; i < json_array_size(list); i++) {
        place.object = json_array_get(list, i);
        place.index = (int)i;
        int err = read_event(&place, trace);
        if (err)
            return err;
    }
    return 0;
}

/* ---- the whole ---- */

static int read_root(json_t *tree, struct zv_trace *trace, struct zv_ctl_trace_error *error)
{
    struct place root = {.object = tree, .name = "", .index = -1, .error = error};
    const json_t *version = json_object_get(tree, "version");
    if (!json_is_integer(version) || json_integer_value(version) != VERSION)
        return complain(&root, "version", ZV_E_PARSE, "only version 1 is known");
    struct place call = {
        .object = json_object_get(tree, "call"), .name = "call", .index = -1, .error = error};
    int err = read_call(&call, trace);
    return err ? err : read_events(&root, trace);
}

static int load(struct zv_str text, json_t **ret_tree, struct zv_ctl_trace_error *error)
{
    if (text.len > ZV_CTL_MAX_TRACE_BYTES)
        return say(error, ZV_E_LIMIT, "the text is larger than a trace may be (8 MiB)");
    json_error_t complaint;
    *ret_tree = json_loadb(text.len ? text.p : "", text.len,
                           JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &complaint);
    if (*ret_tree)
        return 0;
    char sentence[128];
    struct zv_buf out = zv_buf(sentence, sizeof sentence);
    zv_buf_printf(&out, "line %d, column %d: this is not the JSON of a trace", complaint.line,
                  complaint.column);
    (void)zv_buf_cstr(&out);
    return say(error, ZV_E_PARSE, sentence);
}

int zv_ctl_read_trace(struct zv_str json, struct zv_trace **ret_trace,
                      struct zv_ctl_trace_error *ret_error)
{
    json_t *tree = NULL;
    int err = load(json, &tree, ret_error);
    if (err)
        return err;
    struct zv_trace *trace = zv_zalloc(sizeof *trace);
    if (trace) {
        zv_list_init(&trace->events);
        err = read_root(tree, trace, ret_error);
    } else {
        err = say(ret_error, ZV_E_NOMEM, "out of memory");
    }
    json_decref(tree);
    if (err) {
        zv_ctl_free_trace(trace);
        return err;
    }
    *ret_trace = trace;
    return 0;
}

struct zv_trace *zv_ctl_free_trace(struct zv_trace *trace)
{
    if (!trace)
        return NULL;
    ZV_LIST_EACH (node, &trace->events)
        zv_free(ZV_CONTAINER_OF(node, struct zv_trace_event, node));
    return zv_free(trace);
}
