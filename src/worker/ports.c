#include "worker/ports.h"

#include "base/alloc.h"
#include "base/err.h"
#include "io/queue.h"

#include <stdbool.h>

/* One waiting pair. */
struct resting {
    uint16_t port;   /* the even one */
    int64_t free_us; /* may be taken from then on */
};

struct zv_ports {
    struct zv_queue *queue; /* owned; of struct resting, ordered by free_us */
    size_t pairs;
    int64_t rest_us;
};

static int fill_shuffled(struct zv_ports *ports, const struct zv_ports_cfg *cfg, uint16_t first)
{
    uint16_t *order = zv_calloc(ports->pairs, sizeof(*order));
    int err = 0;
    if (!order)
        return ZV_E_NOMEM;
    for (size_t i = 0; i < ports->pairs; i++) { /* Fisher-Yates, inside out */
        size_t j = zv_rand_u64(cfg->rand) % (i + 1);
        order[i] = order[j];
        order[j] = (uint16_t)(first + 2 * i);
    }
    for (size_t i = 0; i < ports->pairs && !err; i++)
        err =
            zv_queue_push(ports->queue, &(struct resting){.port = order[i], .free_us = INT64_MIN});
    zv_free(order);
    return err;
}

int zv_ports_new(struct zv_ports **ret_ports, const struct zv_ports_cfg *cfg)
{
    uint32_t first = (cfg->first + 1u) & ~1u; /* the even port of the first whole pair */
    if (!cfg->first || first >= cfg->last)
        return ZV_E_INVAL;
    struct zv_ports *ports = zv_zalloc(sizeof(*ports));
    if (!ports)
        return ZV_E_NOMEM;
    ports->pairs = (cfg->last - first + 1) / 2;
    ports->rest_us = cfg->rest_us < 0 ? ZV_PORTS_REST_US : cfg->rest_us;
    struct zv_queue_cfg queue_cfg = {.item_bytes = sizeof(struct resting), .cap = ports->pairs};
    int err = zv_queue_new(&ports->queue, &queue_cfg);
    if (!err)
        err = fill_shuffled(ports, cfg, (uint16_t)first);
    if (err) {
        zv_ports_free(ports);
        return err;
    }
    *ret_ports = ports;
    return 0;
}

struct zv_ports *zv_ports_free(struct zv_ports *ports)
{
    if (ports)
        zv_queue_free(ports->queue);
    return zv_free(ports);
}

static bool has_rested(const void *item, void *now_us)
{
    return ((const struct resting *)item)->free_us <= *(const int64_t *)now_us;
}

int zv_ports_take(struct zv_ports *ports, int64_t now_us, uint16_t *ret_port)
{
    struct resting found;
    if (!zv_queue_pop_if(ports->queue, has_rested, &now_us, &found))
        return ZV_E_LIMIT;
    *ret_port = found.port;
    return 0;
}

void zv_ports_give(struct zv_ports *ports, uint16_t port, int64_t now_us)
{
    struct resting item = {.port = port, .free_us = now_us + ports->rest_us};
    /* The queue has room for every pair: only a port given back twice could fail. */
    int err = zv_queue_push(ports->queue, &item);
    (void)err;
}

void zv_ports_gauges(struct zv_ports *ports, int64_t now_us, struct zv_ports_gauges *ret_gauges)
{
    size_t rested = zv_queue_count_while(ports->queue, has_rested, &now_us);
    size_t waiting = zv_queue_count(ports->queue);
    *ret_gauges = (struct zv_ports_gauges){
        .pairs = ports->pairs,
        .used = ports->pairs - waiting,
        .resting = waiting - ZV_MIN(rested, waiting),
    };
}
