#include "rtc/peer/peer_int.h"

#include <assert.h>

static_assert(ZV_PEER_EVENT_COUNT <= 32, "one bit of `pending` for each");

/* The event that makes a waiting one of this kind pointless: the owner never heard of it. */
static enum zv_peer_event_kind opposite_of(enum zv_peer_event_kind kind)
{
    switch (kind) {
    case ZV_PEER_EVENT_CONSENT_LOST:
        return ZV_PEER_EVENT_CONSENT_BACK;
    case ZV_PEER_EVENT_CONSENT_BACK:
        return ZV_PEER_EVENT_CONSENT_LOST;
    case ZV_PEER_EVENT_SILENT:
        return ZV_PEER_EVENT_RESUMED;
    case ZV_PEER_EVENT_RESUMED:
        return ZV_PEER_EVENT_SILENT;
    default:
        return ZV_PEER_EVENT_NONE;
    }
}

struct zv_peer_event *zv_peer_emit(struct zv_peer *peer, enum zv_peer_event_kind kind)
{
    enum zv_peer_event_kind opposite = opposite_of(kind);
    if (opposite != ZV_PEER_EVENT_NONE && (peer->pending & (UINT32_C(1) << opposite)))
        peer->pending &= ~(UINT32_C(1) << opposite);
    else
        peer->pending |= UINT32_C(1) << kind;
    peer->events[kind] = (struct zv_peer_event){.kind = kind};
    return &peer->events[kind];
}

void zv_peer_emit_pair(struct zv_peer *peer, enum zv_peer_event_kind kind,
                       const struct zv_addr *local, const struct zv_addr *remote)
{
    struct zv_peer_event *event = zv_peer_emit(peer, kind);
    event->local = *local;
    event->remote = *remote;
}

bool zv_peer_has_event(const struct zv_peer *peer)
{
    return peer->pending != 0 || peer->listener.count;
}

bool zv_peer_poll_event(struct zv_peer *peer, struct zv_peer_event *ret_event)
{
    if (!peer->pending)
        return false;
    unsigned kind = 0;
    while (!(peer->pending & (UINT32_C(1) << kind)))
        kind++;
    peer->pending &= ~(UINT32_C(1) << kind);
    *ret_event = peer->events[kind];
    return true;
}

const char *zv_peer_event_name(enum zv_peer_event_kind kind)
{
    static const char *const names[] = {[ZV_PEER_EVENT_NONE] = "none",
#define X(name, text) [ZV_PEER_EVENT_##name] = text,
                                        ZV_PEER_EVENT_LIST(X)
#undef X
    };
    return kind < ZV_PEER_EVENT_COUNT ? names[kind] : "unknown";
}

const char *zv_peer_drop_name(enum zv_peer_drop drop)
{
    static const char *const names[] = {
#define X(name, text) [ZV_PEER_DROP_##name] = text,
        ZV_PEER_DROP_LIST(X)
#undef X
    };
    return drop < ZV_PEER_DROP_COUNT ? names[drop] : "unknown";
}
