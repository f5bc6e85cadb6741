#include "http/readers.h"

#include "base/alloc.h"
#include "wire/wire.h"

void zv_readers_init(struct zv_readers *readers, size_t max_count, const uint64_t seed[2])
{
    zv_map_init(&readers->map, max_count, seed);
}

static void free_outbox(struct zv_reader *reader)
{
    if (reader->outbox)
        zv_outbox_fini(reader->outbox);
    reader->outbox = zv_free(reader->outbox);
}

static void remove_reader(struct zv_readers *readers, struct zv_reader *reader)
{
    zv_map_remove(&readers->map, &reader->node);
    free_outbox(reader);
    (void)zv_free(reader);
}

void zv_readers_fini(struct zv_readers *readers)
{
    struct zv_map_node *node;
    while ((node = zv_map_next(&readers->map, NULL)))
        remove_reader(readers, ZV_CONTAINER_OF(node, struct zv_reader, node));
    zv_map_fini(&readers->map);
}

struct zv_reader *zv_readers_find(const struct zv_readers *readers, zv_session_id session)
{
    struct zv_map_node *node = zv_map_find(&readers->map, ZV_MAP_KEY_OF(session.v));
    return node ? ZV_CONTAINER_OF(node, struct zv_reader, node) : NULL;
}

static struct zv_reader *add(struct zv_readers *readers, zv_session_id session)
{
    struct zv_reader *reader = zv_zalloc(sizeof(*reader));
    if (!reader)
        return NULL;
    reader->session = session;
    if (zv_map_insert(&readers->map, ZV_MAP_KEY_OF(reader->session.v), &reader->node))
        return zv_free(reader);
    return reader;
}

/* A client that comes back as one that cannot resume starts without numbers. */
static bool set_features(struct zv_reader *reader, unsigned features)
{
    reader->features = features;
    if (!(features & ZV_WIRE_FEATURE_RESUME))
        free_outbox(reader);
    else if (!reader->outbox)
        reader->outbox = zv_zalloc(sizeof(*reader->outbox));
    return reader->outbox || !(features & ZV_WIRE_FEATURE_RESUME);
}

struct zv_reader *zv_readers_attach(struct zv_readers *readers, zv_session_id session,
                                    zv_conn_id conn, unsigned features)
{
    struct zv_reader *reader = zv_readers_find(readers, session);
    if (!reader)
        reader = add(readers, session);
    if (!reader || !set_features(reader, features))
        return NULL;
    reader->conn = conn;
    reader->knows_all = false;
    return reader;
}

void zv_readers_detach(struct zv_readers *readers, zv_session_id session, zv_conn_id conn)
{
    struct zv_reader *reader = zv_readers_find(readers, session);
    if (reader && reader->conn.v == conn.v)
        reader->conn = (zv_conn_id){0};
}

void zv_readers_forget(struct zv_readers *readers, zv_session_id session)
{
    struct zv_reader *reader = zv_readers_find(readers, session);
    if (reader)
        remove_reader(readers, reader);
}
