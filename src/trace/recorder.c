#include "trace/recorder.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/time.h"
#include "trace/recorder_int.h"

#include <string.h>

#define MIN_BYTES 4096

/* ---- lifecycle ---- */

int zv_recorder_new(struct zv_recorder **ret_recorder, const struct zv_recorder_cfg *cfg)
{
    if (cfg->bytes_per_call < MIN_BYTES || !cfg->max_live)
        return ZV_E_INVAL;
    struct zv_recorder *recorder = zv_zalloc(sizeof(*recorder));
    if (!recorder)
        return ZV_E_NOMEM;
    recorder->cfg = *cfg;
    size_t most = (size_t)cfg->max_live + cfg->max_finished + 1;
    zv_list_init(&recorder->live);
    zv_list_init(&recorder->finished);
    zv_list_init(&recorder->refused);
    zv_map_init(&recorder->by_id, most, cfg->seed);
    zv_map_init(&recorder->by_sip_id, most, cfg->seed);
    *ret_recorder = recorder;
    return 0;
}

static void free_events(struct zv_recorder *recorder, struct zv_recorder_entry *entry)
{
    struct zv_list_node *node;
    while ((node = zv_list_pop(&entry->trace.events)))
        zv_free(ZV_CONTAINER_OF(node, struct zv_trace_event, node));
    recorder->stats.bytes -= entry->bytes;
}

static void free_entry(struct zv_recorder *recorder, struct zv_recorder_entry *entry)
{
    if (recorder->current == entry)
        recorder->current = NULL;
    if (recorder->ended == entry)
        recorder->ended = NULL;
    free_events(recorder, entry);
    zv_recorder_unbind(recorder, entry);
    if (entry->id.v)
        zv_map_remove(&recorder->by_id, &entry->by_id);
    zv_list_remove(&entry->node);
    if (zv_list_has(&entry->refused))
        recorder->refused_kept--;
    zv_list_remove(&entry->refused);
    if (entry->trace.is_live)
        recorder->live_count--;
    else
        recorder->finished_count--;
    zv_free(entry);
}

static struct zv_recorder_entry *first_of(const struct zv_list *list)
{
    struct zv_list_node *node = zv_list_first(list);
    return node ? ZV_CONTAINER_OF(node, struct zv_recorder_entry, node) : NULL;
}

struct zv_recorder *zv_recorder_free(struct zv_recorder *recorder)
{
    struct zv_recorder_entry *entry;
    if (!recorder)
        return NULL;
    while ((entry = first_of(&recorder->live)) || (entry = first_of(&recorder->finished)))
        free_entry(recorder, entry);
    zv_recorder_drop_orphans(recorder);
    zv_map_fini(&recorder->by_id);
    zv_map_fini(&recorder->by_sip_id);
    return zv_free(recorder);
}

/* ---- texts ---- */

void zv_recorder_clean(struct zv_str text, char *dst, size_t cap)
{
    size_t len = ZV_MIN(text.len, cap - 1);
    while (len && len < text.len && ((unsigned char)text.p[len] & 0xc0) == 0x80)
        len--;
    unsigned char seen = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text.p[i];
        dst[i] = c < 0x20 || c == 0x7f ? ' ' : (char)c;
        seen |= c;
    }
    dst[len] = 0;
    if (seen < 0x80 || zv_str_is_utf8(zv_str(dst)))
        return;
    for (size_t i = 0; i < len; i++)
        dst[i] = (unsigned char)dst[i] < 0x80 ? dst[i] : '?';
}

/* ---- events and their bounds ---- */

static uint32_t bytes_of(const struct zv_trace_event *event)
{
    return (uint32_t)(sizeof(*event) + event->label.len + event->detail.len + event->data.len);
}

static struct zv_str place(char **at, struct zv_str text)
{
    struct zv_str placed = {*at, text.len};
    if (text.len)
        memcpy(*at, text.p, text.len);
    *at += text.len;
    return placed;
}

struct zv_trace_event *zv_recorder_event_new(const struct zv_recorder_draft *draft, int64_t at_us)
{
    size_t texts = draft->label.len + draft->detail.len + draft->data.len;
    struct zv_trace_event *event = zv_zalloc(sizeof(*event) + texts);
    if (!event)
        return NULL;
    char *at = (char *)(event + 1);
    event->at_us = at_us;
    event->kind = (uint8_t)draft->kind;
    event->from = (uint8_t)draft->from;
    event->to = (uint8_t)draft->to;
    event->local = draft->local;
    event->remote = draft->remote;
    event->label = place(&at, draft->label);
    event->detail = place(&at, draft->detail);
    event->data = place(&at, draft->data);
    return event;
}

/* The oldest of those that may go; NULL: there is none. */
static struct zv_trace_event *dispensable(struct zv_recorder_entry *entry)
{
    uint32_t index = 0;
    ZV_LIST_EACH (node, &entry->trace.events) {
        if (index++ >= entry->first_kept)
            return ZV_CONTAINER_OF(node, struct zv_trace_event, node);
    }
    return NULL;
}

/* `coming` is appended next: the gap is before it when nothing else follows. */
static void drop_event(struct zv_recorder *recorder, struct zv_recorder_entry *entry,
                       struct zv_trace_event *event, struct zv_trace_event *coming)
{
    uint32_t bytes = bytes_of(event);
    struct zv_list_node *next = event->node.next;
    bool is_last = next == &entry->trace.events.head;
    struct zv_trace_event *after =
        is_last ? coming : ZV_CONTAINER_OF(next, struct zv_trace_event, node);
    after->dropped_before += event->dropped_before + 1;
    zv_list_remove(&event->node);
    zv_free(event);
    entry->bytes -= bytes;
    entry->trace.event_count--;
    entry->trace.events_dropped++;
    recorder->stats.bytes -= bytes;
    recorder->stats.dropped++;
}

void zv_recorder_append(struct zv_recorder *recorder, struct zv_recorder_entry *entry,
                        struct zv_trace_event *event)
{
    uint32_t bytes = bytes_of(event);
    struct zv_trace_event *old;
    while (entry->bytes + bytes > recorder->cfg.bytes_per_call && (old = dispensable(entry)))
        drop_event(recorder, entry, old, event);
    zv_list_append(&entry->trace.events, &event->node);
    entry->bytes += bytes;
    entry->trace.event_count++;
    if (entry->bytes <= recorder->cfg.bytes_per_call / 2 && !entry->trace.events_dropped)
        entry->first_kept = entry->trace.event_count;
    recorder->stats.bytes += bytes;
    recorder->stats.events++;
}

struct zv_trace_event *zv_recorder_add(struct zv_recorder *recorder,
                                       struct zv_recorder_entry *entry,
                                       const struct zv_recorder_draft *draft, int64_t at_us)
{
    struct zv_recorder_draft fitting = *draft;
    if (fitting.data.len > recorder->cfg.bytes_per_call / 4)
        fitting.data = (struct zv_str){0}; /* half of a message or of JSON would mislead */
    struct zv_trace_event *event = zv_recorder_event_new(&fitting, at_us);
    if (event) {
        zv_recorder_append(recorder, entry, event);
    } else {
        entry->trace.events_dropped++;
        recorder->stats.dropped++;
    }
    return event;
}

/* ---- traces ---- */

struct zv_recorder_entry *zv_recorder_entry_of(const struct zv_recorder *recorder, zv_call_id id)
{
    struct zv_map_node *node = id.v ? zv_map_find(&recorder->by_id, ZV_MAP_KEY_OF(id)) : NULL;
    return node ? ZV_CONTAINER_OF(node, struct zv_recorder_entry, by_id) : NULL;
}

struct zv_recorder_entry *zv_recorder_open(struct zv_recorder *recorder, zv_call_id id,
                                           struct zv_recorder_now now)
{
    struct zv_recorder_entry *entry;
    if (recorder->live_count >= recorder->cfg.max_live || !(entry = zv_zalloc(sizeof(*entry)))) {
        recorder->stats.dropped++;
        return NULL;
    }
    entry->id = id;
    if (id.v && zv_map_insert(&recorder->by_id, ZV_MAP_KEY_OF(entry->id), &entry->by_id)) {
        recorder->stats.dropped++;
        return zv_free(entry);
    }
    struct zv_buf name = zv_buf(entry->trace.name, sizeof(entry->trace.name) - 1);
    if (id.v)
        zv_call_id_write(id, entry->trace.name);
    else
        zv_buf_printf(&name, "r-%llu", (unsigned long long)++recorder->refused_count);
    zv_list_init(&entry->trace.events);
    entry->trace.is_live = true;
    entry->trace.created_us = now.us;
    entry->trace.created_wall_us = now.wall_us;
    zv_list_append(&recorder->live, &entry->node);
    recorder->live_count++;
    return entry;
}

/* A refused call costs a stranger one message: those push out one another, not the calls. */
static void expire_refused(struct zv_recorder *recorder)
{
    uint32_t most = (recorder->cfg.max_finished + 3) / 4;
    while (recorder->refused_kept > most)
        free_entry(recorder, ZV_CONTAINER_OF(zv_list_first(&recorder->refused),
                                             struct zv_recorder_entry, refused));
}

static void expire(struct zv_recorder *recorder, int64_t now_us)
{
    struct zv_recorder_entry *entry;
    expire_refused(recorder);
    while ((entry = first_of(&recorder->finished)) &&
           (recorder->finished_count > recorder->cfg.max_finished ||
            entry->trace.ended_us + recorder->cfg.keep_us <= now_us))
        free_entry(recorder, entry);
}

void zv_recorder_finish(struct zv_recorder *recorder, struct zv_recorder_entry *entry,
                        struct zv_recorder_now now)
{
    entry->trace.is_live = false;
    if (!entry->trace.ended_us)
        entry->trace.ended_us = now.us;
    zv_list_remove(&entry->node);
    recorder->live_count--;
    zv_list_append(&recorder->finished, &entry->node);
    recorder->finished_count++;
    if (!entry->id.v) {
        zv_list_append(&recorder->refused, &entry->refused);
        recorder->refused_kept++;
    }
    recorder->ended = entry;
    expire(recorder, now.us);
}

void zv_recorder_on_timeout(struct zv_recorder *recorder, int64_t now_us)
{
    expire(recorder, now_us);
}

int64_t zv_recorder_deadline_us(const struct zv_recorder *recorder)
{
    const struct zv_recorder_entry *entry = first_of(&recorder->finished);
    return entry ? entry->trace.ended_us + recorder->cfg.keep_us : ZV_TIME_NEVER;
}

/* ---- queries ---- */

static const struct zv_trace *last_of(const struct zv_list *list)
{
    if (zv_list_is_empty(list))
        return NULL;
    return &ZV_CONTAINER_OF(list->head.prev, struct zv_recorder_entry, node)->trace;
}

const struct zv_trace *zv_recorder_next(const struct zv_recorder *recorder,
                                        const struct zv_trace *trace)
{
    if (!trace) {
        const struct zv_trace *live = last_of(&recorder->live);
        return live ? live : last_of(&recorder->finished);
    }
    const struct zv_recorder_entry *entry = ZV_CONTAINER_OF(trace, struct zv_recorder_entry, trace);
    const struct zv_list *list = trace->is_live ? &recorder->live : &recorder->finished;
    if (entry->node.prev != &list->head)
        return &ZV_CONTAINER_OF(entry->node.prev, struct zv_recorder_entry, node)->trace;
    return trace->is_live ? last_of(&recorder->finished) : NULL;
}

/* Names are ours; the other two a client or a caller chose, who may choose another call's name. */
static bool is_found(const struct zv_trace *trace, struct zv_str id, bool by_name)
{
    if (by_name)
        return zv_str_is(id, trace->name);
    return zv_str_is(id, trace->call_id) || zv_str_is(id, trace->sip_call_id);
}

static const struct zv_trace *find_youngest(const struct zv_recorder *recorder, struct zv_str id,
                                            bool by_name)
{
    const struct zv_trace *trace = NULL;
    while ((trace = zv_recorder_next(recorder, trace))) {
        if (is_found(trace, id, by_name))
            return trace;
    }
    return NULL;
}

const struct zv_trace *zv_recorder_find(const struct zv_recorder *recorder, struct zv_str id)
{
    if (!id.len)
        return NULL;
    const struct zv_trace *named = find_youngest(recorder, id, true);
    return named ? named : find_youngest(recorder, id, false);
}

const struct zv_trace *zv_recorder_ended(const struct zv_recorder *recorder)
{
    return recorder->ended ? &recorder->ended->trace : NULL;
}

void zv_recorder_stats(const struct zv_recorder *recorder, struct zv_recorder_stats *ret_stats)
{
    *ret_stats = recorder->stats;
    ret_stats->live = recorder->live_count;
    ret_stats->finished = recorder->finished_count;
}
