/*
 * Whose is a datagram? All clients share the web sockets and what they connect to by TCP. A Binding
 * request names our ufrag; once it was authenticated, everything from its 5-tuple belongs to that
 * leg. All else is a stranger's.
 */
#include "worker/worker_int.h"

#include <assert.h>
#include <string.h>

static_assert(sizeof(struct zv_worker_tuple_key) == 40, "no padding: the bytes are the key");

void zv_worker_make_key(struct zv_worker_tuple_key *key, const struct zv_addr *local,
                        const struct zv_addr *remote)
{
    *key = (struct zv_worker_tuple_key){
        .local_port = local->port,
        .remote_port = remote->port,
        .local_family = local->family,
        .remote_family = remote->family,
        .transport = remote->transport,
    };
    memcpy(key->local_ip, local->ip, sizeof(key->local_ip));
    memcpy(key->remote_ip, remote->ip, sizeof(key->remote_ip));
}

/* ---- ufrags ---- */

static void drop_ufrag(struct zv_worker *worker, struct zv_worker_ufrag *ufrag)
{
    if (ufrag->leg)
        zv_map_remove(&worker->ufrags, &ufrag->node);
    ufrag->leg = NULL;
}

static int put_ufrag(struct zv_worker *worker, struct zv_worker_leg *leg, size_t place,
                     struct zv_str text)
{
    struct zv_worker_ufrag *ufrag = &leg->ufrags[place];
    int err = zv_str_copy(text, ufrag->text, sizeof(ufrag->text));
    if (!err)
        err = zv_map_insert(&worker->ufrags, zv_str(ufrag->text), &ufrag->node);
    if (!err)
        ufrag->leg = leg;
    return err;
}

int zv_worker_note_ufrags(struct zv_worker *worker, struct zv_worker_leg *leg)
{
    struct zv_peer_local local;
    zv_peer_local(leg->peer, &local);
    for (size_t i = 0; i < ZV_ARRAY_LEN(leg->ufrags); i++)
        drop_ufrag(worker, &leg->ufrags[i]);
    /* The one in use first, whose place has just become free. */
    int err = local.old_ufrag.len ? put_ufrag(worker, leg, 1, local.old_ufrag) : 0;
    return err ? err : put_ufrag(worker, leg, 0, local.ufrag);
}

static struct zv_worker_leg *find_by_ufrag(struct zv_worker *worker, struct zv_str text)
{
    struct zv_map_node *node = zv_map_find(&worker->ufrags, text);
    return node ? ZV_CONTAINER_OF(node, struct zv_worker_ufrag, node)->leg : NULL;
}

/* ---- 5-tuples ---- */

static struct zv_worker_tuple *find_tuple(struct zv_worker *worker, const struct zv_dgram *in)
{
    struct zv_worker_tuple_key key;
    zv_worker_make_key(&key, &in->local, &in->remote);
    struct zv_map_node *node = zv_map_find(&worker->tuples, ZV_MAP_KEY_OF(key));
    return node ? ZV_CONTAINER_OF(node, struct zv_worker_tuple, node) : NULL;
}

static void drop_tuple(struct zv_worker *worker, struct zv_worker_tuple *tuple)
{
    if (!tuple->leg)
        return;
    zv_map_remove(&worker->tuples, &tuple->node);
    tuple->leg = NULL;
    ZV_WORKER_COUNT(worker, tuples, -1);
}

/* A free place, else one whose pair the peer has forgotten: it remembers as many as there are. */
static struct zv_worker_tuple *vacate(struct zv_worker *worker, struct zv_worker_leg *leg)
{
    for (size_t i = 0; i < ZV_ARRAY_LEN(leg->tuples); i++) {
        if (!leg->tuples[i].leg)
            return &leg->tuples[i];
    }
    for (size_t i = 0; i < ZV_ARRAY_LEN(leg->tuples); i++) {
        struct zv_worker_tuple *tuple = &leg->tuples[i];
        if (!zv_peer_has_pair(leg->peer, &tuple->local, &tuple->remote)) {
            zv_worker_condemn_path(worker, &tuple->key);
            drop_tuple(worker, tuple);
            return tuple;
        }
    }
    return NULL;
}

void zv_worker_note_tuple(struct zv_worker *worker, struct zv_worker_leg *leg,
                          const struct zv_dgram *in)
{
    struct zv_worker_tuple *known = find_tuple(worker, in);
    if ((known && known->leg == leg) || !zv_peer_has_pair(leg->peer, &in->local, &in->remote))
        return;
    /*
     * A client that has a call of its own could name another's address as its source: a 5-tuple
     * that is checked stays. One that is not was left, by a NAT or by a client that calls again.
     */
    if (known && zv_peer_uses_pair(known->leg->peer, &in->local, &in->remote, worker->now_us))
        return;
    if (known)
        drop_tuple(worker, known);
    struct zv_worker_tuple *tuple = vacate(worker, leg);
    if (!tuple)
        return;
    zv_worker_make_key(&tuple->key, &in->local, &in->remote);
    tuple->local = in->local;
    tuple->remote = in->remote;
    if (zv_map_insert(&worker->tuples, ZV_MAP_KEY_OF(tuple->key), &tuple->node))
        return; /* no memory: the next check tries again */
    tuple->leg = leg;
    ZV_WORKER_COUNT(worker, tuples, 1);
}

void zv_worker_forget_tuples(struct zv_worker *worker, struct zv_worker_leg *leg)
{
    for (size_t i = 0; i < ZV_ARRAY_LEN(leg->tuples); i++) {
        if (leg->tuples[i].leg)
            zv_worker_condemn_path(worker, &leg->tuples[i].key);
        drop_tuple(worker, &leg->tuples[i]);
    }
}

void zv_worker_forget_leg(struct zv_worker *worker, struct zv_worker_leg *leg)
{
    zv_worker_forget_tuples(worker, leg);
    for (size_t i = 0; i < ZV_ARRAY_LEN(leg->ufrags); i++)
        drop_ufrag(worker, &leg->ufrags[i]);
}

void zv_worker_forget_path(struct zv_worker *worker, const struct zv_worker_tuple_key *key)
{
    struct zv_map_node *node = zv_map_find(&worker->tuples, ZV_MAP_KEY_OF(*key));
    if (node)
        drop_tuple(worker, ZV_CONTAINER_OF(node, struct zv_worker_tuple, node));
}

struct zv_worker_leg *zv_worker_find_leg(struct zv_worker *worker, const struct zv_dgram *in,
                                         bool *ret_is_check)
{
    struct zv_str ufrag;
    *ret_is_check = zv_rtp_demux(in->data, in->len) == ZV_RTP_KIND_STUN &&
                    !zv_ice_ufrag_of(in->data, in->len, &ufrag);
    if (*ret_is_check)
        return find_by_ufrag(worker, ufrag);
    struct zv_worker_tuple *tuple = find_tuple(worker, in);
    return tuple ? tuple->leg : NULL;
}
