#include "rtc/dtmf/listener.h"
#include "worker/worker_int.h"

/* One CLOSED for each call, one STOPPED: these must always find room. */
static size_t reserve_of(const struct zv_worker *worker)
{
    return (size_t)worker->cfg.max_calls + 1;
}

bool zv_worker_has_room(struct zv_worker *worker)
{
    return zv_queue_room(worker->events) > reserve_of(worker) + 1;
}

void zv_worker_emit(struct zv_worker *worker, const struct zv_worker_event *event)
{
    int err = zv_queue_push(worker->events, event);
    (void)err; /* callers ask for room first, or have it reserved */
}

void zv_worker_note_events(struct zv_worker *worker, struct zv_worker_leg *leg)
{
    if (zv_list_has(&leg->noisy) || !zv_peer_has_event(leg->peer))
        return;
    zv_list_append(&worker->noisy, &leg->noisy);
}

/* Which event of the worker an event of a peer is; STOPPED: none. */
static enum zv_worker_event_kind kind_of(enum zv_peer_event_kind kind)
{
    static const uint8_t kinds[ZV_PEER_EVENT_COUNT] = {
        [ZV_PEER_EVENT_NONE] = ZV_WORKER_STOPPED,
        [ZV_PEER_EVENT_ICE_VALIDATED] = ZV_WORKER_STOPPED,
        [ZV_PEER_EVENT_ICE_NOMINATED] = ZV_WORKER_ICE_CONNECTED,
        [ZV_PEER_EVENT_DTLS_CONNECTED] = ZV_WORKER_DTLS_CONNECTED,
        [ZV_PEER_EVENT_DTLS_FAILED] = ZV_WORKER_DTLS_FAILED,
        [ZV_PEER_EVENT_DTLS_CLOSED] = ZV_WORKER_DTLS_CLOSED,
        [ZV_PEER_EVENT_ICE_RESTARTED] = ZV_WORKER_STOPPED,
        [ZV_PEER_EVENT_CONSENT_LOST] = ZV_WORKER_CONSENT_LOST,
        [ZV_PEER_EVENT_CONSENT_BACK] = ZV_WORKER_CONSENT_BACK,
        [ZV_PEER_EVENT_FIRST_MEDIA] = ZV_WORKER_FIRST_MEDIA,
        [ZV_PEER_EVENT_LATCHED] = ZV_WORKER_LATCHED,
        [ZV_PEER_EVENT_SILENT] = ZV_WORKER_SILENT,
        [ZV_PEER_EVENT_RESUMED] = ZV_WORKER_RESUMED,
        [ZV_PEER_EVENT_RTCP_BYE] = ZV_WORKER_STOPPED,
        [ZV_PEER_EVENT_KEYFRAME_WANTED] = ZV_WORKER_KEYFRAME_WANTED,
    };
    return (enum zv_worker_event_kind)kinds[kind];
}

static void fill(struct zv_worker_event *event, const struct zv_peer_event *from)
{
    switch (event->kind) {
    case ZV_WORKER_ICE_CONNECTED:
    case ZV_WORKER_FIRST_MEDIA:
    case ZV_WORKER_LATCHED:
        event->pair.local = from->local;
        event->pair.remote = from->remote;
        break;
    case ZV_WORKER_DTLS_CONNECTED:
    case ZV_WORKER_DTLS_FAILED:
        event->dtls.profile = from->profile;
        event->dtls.alert = from->alert;
        event->dtls.reason = from->reason;
        break;
    default:
        event->since_us = from->since_us;
        break;
    }
}

static void report(struct zv_worker *worker, struct zv_worker_leg *leg,
                   const struct zv_peer_event *from)
{
    struct zv_worker_event event = {
        .kind = (uint8_t)kind_of(from->kind), .leg = leg->index, .call = leg->call->id};
    if (from->kind == ZV_PEER_EVENT_ICE_RESTARTED) {
        int err = zv_worker_note_ufrags(worker, leg); /* fewer than before */
        (void)err;
    }
    if (event.kind == ZV_WORKER_STOPPED)
        return;
    fill(&event, from);
    zv_worker_emit(worker, &event);
}

/* True: there was something to tell. */
static bool report_next(struct zv_worker *worker, struct zv_worker_leg *leg)
{
    struct zv_peer_event from;
    struct zv_dtmf_press press;
    if (zv_peer_poll_event(leg->peer, &from)) {
        report(worker, leg, &from);
        return true;
    }
    if (!zv_peer_poll_press(leg->peer, &press))
        return false;
    const struct zv_worker_event event = {
        .kind = ZV_WORKER_DIGIT,
        .leg = leg->index,
        .call = leg->call->id,
        .press = {.digit = press.digit, .duration_ms = press.duration_ms},
    };
    zv_worker_emit(worker, &event);
    return true;
}

void zv_worker_collect_events(struct zv_worker *worker)
{
    ZV_LIST_EACH (node, &worker->noisy) {
        struct zv_worker_leg *leg = ZV_CONTAINER_OF(node, struct zv_worker_leg, noisy);
        bool has_room;
        while ((has_room = zv_worker_has_room(worker)) && report_next(worker, leg)) {
        }
        if (!has_room)
            return;
        zv_list_remove(node);
    }
}

const char *zv_worker_event_name(enum zv_worker_event_kind kind)
{
    static const char *const names[] = {
#define X(name, text) [ZV_WORKER_##name] = text,
        ZV_WORKER_EVENT_LIST(X)
#undef X
    };
    return kind < ZV_WORKER_EVENT_COUNT ? names[kind] : "unknown";
}

const char *zv_worker_what_name(enum zv_worker_what what)
{
    static const char *const names[] = {
        [ZV_WORKER_WHAT_COMMAND] = "command", [ZV_WORKER_WHAT_SLOT] = "slot",
        [ZV_WORKER_WHAT_PORTS] = "ports",     [ZV_WORKER_WHAT_SOCKET] = "socket",
        [ZV_WORKER_WHAT_MEMORY] = "memory",
    };
    return what < ZV_ARRAY_LEN(names) ? names[what] : "unknown";
}
