/*
 * A network in a box for simulations: delay, jitter, loss, duplication, reordering, full queues,
 * NATs, all from one seed and a fake clock. It has no threads and never sleeps: send puts a
 * datagram in, poll takes out what has arrived at `now_us`, the deadline says when the next one
 * will.
 *
 * Links are one-way and named by the addresses (without ports) of their ends, as the receiver sees
 * them; the rule added last that fits counts, else the default. Jitter keeps the order; what is to
 * be out of order says so.
 */
#ifndef ZV_TESTS_SUPPORT_NETEM_H
#define ZV_TESTS_SUPPORT_NETEM_H

#include "base/addr.h"
#include "base/dgram.h"
#include "base/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZV_NETEM_ALWAYS    1000000 /* ppm */
#define ZV_NETEM_MAX_RULES 32
#define ZV_NETEM_MAX_NATS  64
#define ZV_NETEM_MAX_BYTES 2048 /* of one datagram; larger ones are lost */

struct zv_netem_link {
    int64_t delay_us;
    int64_t jitter_us; /* up to so much more, evenly spread */
    uint32_t loss_ppm;
    uint32_t duplicate_ppm;
    uint32_t reorder_ppm; /* held back by reorder_us, so that others overtake */
    int64_t reorder_us;
    int64_t bits_per_s; /* 0: unlimited */
    size_t queue_max;   /* datagrams under way; 0: unlimited */
};

struct zv_netem_counters {
    uint64_t sent;
    uint64_t bytes_sent;
    uint64_t delivered;
    uint64_t lost;
    uint64_t duplicated;
    uint64_t reordered;
    uint64_t overflowed;
    uint64_t unmapped; /* to a NAT address that no longer stands for anybody */
};

struct zv_netem;

/* Never fails: without memory the test ends. */
struct zv_netem *zv_netem_new(uint64_t seed, const struct zv_netem_link *link);
struct zv_netem *zv_netem_free(struct zv_netem *net);
/* `from`, `to`: NULL stands for any. Replaces a rule with the same ends. */
void zv_netem_set_link(struct zv_netem *net, const struct zv_addr *from, const struct zv_addr *to,
                       const struct zv_netem_link *link);
/*
 * What is sent from `inside` appears to come from `outside`, and what is sent there arrives at
 * `inside`. Called again for the same inside, it is a rebinding: the old outside leads nowhere.
 */
void zv_netem_set_nat(struct zv_netem *net, const struct zv_addr *inside,
                      const struct zv_addr *outside);
/* dgram->local sends to dgram->remote. The bytes are copied. */
void zv_netem_send(struct zv_netem *net, const struct zv_dgram *dgram, int64_t now_us);
/*
 * What has arrived: local is the receiver, remote the sender as the receiver sees it. The bytes may
 * be changed and live until the next call.
 */
bool zv_netem_poll(struct zv_netem *net, int64_t now_us, struct zv_dgram *ret_dgram);
int64_t zv_netem_deadline_us(const struct zv_netem *net);
const struct zv_netem_counters *zv_netem_counters(const struct zv_netem *net);

#endif
