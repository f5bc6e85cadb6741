/*
 * How many connections peers may have: all together, so that our own ways to servers find a place
 * whatever comes in, and each, an IPv6 /64 being one. Where all places are taken, those that were
 * silent for longest are asked for before their time; a few only, since asking looks at every
 * account and leg.
 */
#define _GNU_SOURCE
#include "sipnet/sources.h"
#include "sipnet/streams_int.h"

/* Asked before one more peer is refused. */
#define MAX_ASKED 4

/* A quarter of the table is for our own. */
static size_t max_of_peers(const struct zv_streams *streams)
{
    size_t max = streams->cfg.max_streams;
    return ZV_MAX(max - (max + 3) / 4, (size_t)1);
}

/* Of one peer; NULL: of all. */
static size_t count_of(const struct zv_streams *streams, const struct zv_addr *remote)
{
    size_t count = 0;
    for (struct zv_map_node *node = NULL; (node = zv_map_next(&streams->by_id, node));) {
        const struct zv_stream *stream = ZV_CONTAINER_OF(node, struct zv_stream, by_id);
        count += stream->is_peers && (!remote || zv_sources_is_same(&stream->flow.remote, remote));
    }
    return count;
}

const char *zv_streams_refuse_peer(const struct zv_streams *streams, const struct zv_addr *remote)
{
    if (count_of(streams, remote) >= streams->cfg.max_per_address)
        return "too many from that address (sip.max_connections_per_address)";
    return count_of(streams, NULL) >= max_of_peers(streams)
               ? "there are too many (sip.max_connections)"
               : NULL;
}

static struct zv_stream *find_quietest(const struct zv_streams *streams)
{
    struct zv_stream *quietest = NULL;
    for (struct zv_map_node *node = NULL; (node = zv_map_next(&streams->by_id, node));) {
        struct zv_stream *stream = ZV_CONTAINER_OF(node, struct zv_stream, by_id);
        if (stream->is_accepted && (!quietest || stream->check_us < quietest->check_us))
            quietest = stream;
    }
    return quietest;
}

void zv_streams_make_room(struct zv_streams *streams, const struct zv_addr *remote, int64_t now_us)
{
    struct zv_stream *quietest;
    if (count_of(streams, remote) >= streams->cfg.max_per_address)
        return;
    for (int i = 0; i < MAX_ASKED && count_of(streams, NULL) >= max_of_peers(streams); i++) {
        if ((quietest = find_quietest(streams)))
            zv_stream_check(quietest, now_us);
    }
}
