#include "support/netem.h"

#include "base/rand.h"

#include <stdlib.h>
#include <string.h>

struct packet {
    struct packet *next;
    int64_t at_us;
    size_t rule; /* index of the link it is on */
    struct zv_addr from;
    struct zv_addr to;
    size_t len;
    uint8_t data[ZV_NETEM_MAX_BYTES];
};

struct rule {
    struct zv_addr from; /* family ZV_ADDR_NONE: any */
    struct zv_addr to;
    struct zv_netem_link link;
    size_t queued;
    int64_t last_us; /* arrival of the latest in order */
    int64_t free_us; /* the wire is free again, where a rate is given */
};

struct nat {
    struct zv_addr inside;
    struct zv_addr outside;
    bool is_active;
};

struct zv_netem {
    struct zv_rand_seeded seeded;
    struct zv_rand rand;
    struct rule rules[ZV_NETEM_MAX_RULES]; /* the first is the default */
    size_t rule_count;
    struct nat nats[ZV_NETEM_MAX_NATS];
    size_t nat_count;
    struct packet *first; /* by arrival, then by sending */
    struct packet *taken; /* given out by the latest poll */
    struct zv_netem_counters counters;
};

static void *must(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

struct zv_netem *zv_netem_new(uint64_t seed, const struct zv_netem_link *link)
{
    struct zv_netem *net = must(calloc(1, sizeof(*net)));
    net->seeded.state = seed;
    net->rand = zv_rand_seeded_source(&net->seeded);
    net->rules[0].link = *link;
    net->rule_count = 1;
    return net;
}

struct zv_netem *zv_netem_free(struct zv_netem *net)
{
    if (!net)
        return NULL;
    for (struct packet *packet = net->first, *next; packet; packet = next) {
        next = packet->next;
        free(packet);
    }
    free(net->taken);
    free(net);
    return NULL;
}

static bool is_end(const struct zv_addr *rule, const struct zv_addr *addr)
{
    return rule->family == ZV_ADDR_NONE || zv_addr_ip_eq(rule, addr);
}

static bool is_same_end(const struct zv_addr *a, const struct zv_addr *b)
{
    return a->family == b->family && (a->family == ZV_ADDR_NONE || zv_addr_ip_eq(a, b));
}

void zv_netem_set_link(struct zv_netem *net, const struct zv_addr *from, const struct zv_addr *to,
                       const struct zv_netem_link *link)
{
    struct rule wanted = {.link = *link};
    if (from)
        wanted.from = *from;
    if (to)
        wanted.to = *to;
    for (size_t i = 0; i < net->rule_count; i++) {
        struct rule *rule = &net->rules[i];
        if (is_same_end(&rule->from, &wanted.from) && is_same_end(&rule->to, &wanted.to)) {
            rule->link = *link;
            return;
        }
    }
    if (net->rule_count == ZV_NETEM_MAX_RULES)
        abort();
    net->rules[net->rule_count++] = wanted;
}

static size_t find_rule(const struct zv_netem *net, const struct zv_addr *from,
                        const struct zv_addr *to)
{
    for (size_t i = net->rule_count; i-- > 1;) {
        if (is_end(&net->rules[i].from, from) && is_end(&net->rules[i].to, to))
            return i;
    }
    return 0;
}

void zv_netem_set_nat(struct zv_netem *net, const struct zv_addr *inside,
                      const struct zv_addr *outside)
{
    struct nat *mapping = NULL;
    for (size_t i = 0; i < net->nat_count; i++) {
        struct nat *nat = &net->nats[i];
        if (zv_addr_eq(&nat->inside, inside))
            nat->is_active = false;
        if (zv_addr_eq(&nat->outside, outside))
            mapping = nat;
    }
    if (!mapping && net->nat_count == ZV_NETEM_MAX_NATS)
        abort();
    if (!mapping)
        mapping = &net->nats[net->nat_count++];
    *mapping = (struct nat){*inside, *outside, true};
}

static void translate_source(const struct zv_netem *net, struct zv_addr *addr)
{
    for (size_t i = 0; i < net->nat_count; i++) {
        if (net->nats[i].is_active && zv_addr_eq(&net->nats[i].inside, addr)) {
            *addr = net->nats[i].outside;
            return;
        }
    }
}

/* False: a mapping that is no more. */
static bool translate_target(const struct zv_netem *net, struct zv_addr *addr)
{
    for (size_t i = 0; i < net->nat_count; i++) {
        if (zv_addr_eq(&net->nats[i].outside, addr)) {
            *addr = net->nats[i].inside;
            return net->nats[i].is_active;
        }
    }
    return true;
}

static bool happens(struct zv_netem *net, uint32_t ppm)
{
    return zv_rand_u32(&net->rand) % ZV_NETEM_ALWAYS < ppm;
}

static void insert(struct zv_netem *net, struct packet *packet)
{
    struct packet **at = &net->first;
    while (*at && (*at)->at_us <= packet->at_us)
        at = &(*at)->next;
    packet->next = *at;
    *at = packet;
}

/* When a datagram sent now arrives. */
static int64_t arrival_us(struct zv_netem *net, struct rule *rule, size_t len, int64_t now_us)
{
    const struct zv_netem_link *link = &rule->link;
    int64_t at_us = now_us;
    if (link->bits_per_s) {
        rule->free_us = (rule->free_us > now_us ? rule->free_us : now_us) +
                        (int64_t)len * 8 * ZV_US_PER_S / link->bits_per_s;
        at_us = rule->free_us;
    }
    at_us += link->delay_us;
    if (link->jitter_us)
        at_us += (int64_t)(zv_rand_u64(&net->rand) % (uint64_t)link->jitter_us);
    if (happens(net, link->reorder_ppm)) {
        net->counters.reordered++;
        return at_us + link->reorder_us;
    }
    if (at_us < rule->last_us)
        at_us = rule->last_us;
    rule->last_us = at_us;
    return at_us;
}

static void enqueue(struct zv_netem *net, const struct zv_dgram *dgram, const struct zv_addr *from,
                    const struct zv_addr *to, int64_t now_us)
{
    size_t index = find_rule(net, from, to);
    struct rule *rule = &net->rules[index];
    if (happens(net, rule->link.loss_ppm)) {
        net->counters.lost++;
        return;
    }
    if (rule->link.queue_max && rule->queued >= rule->link.queue_max) {
        net->counters.overflowed++;
        return;
    }
    struct packet *packet = must(calloc(1, sizeof(*packet)));
    packet->at_us = arrival_us(net, rule, dgram->len, now_us);
    packet->rule = index;
    packet->from = *from;
    packet->to = *to;
    packet->len = dgram->len;
    memcpy(packet->data, dgram->data, dgram->len);
    rule->queued++;
    insert(net, packet);
}

void zv_netem_send(struct zv_netem *net, const struct zv_dgram *dgram, int64_t now_us)
{
    struct zv_addr from = dgram->local, to = dgram->remote;
    net->counters.sent++;
    net->counters.bytes_sent += dgram->len;
    if (dgram->len > ZV_NETEM_MAX_BYTES) {
        net->counters.lost++;
        return;
    }
    translate_source(net, &from);
    enqueue(net, dgram, &from, &to, now_us);
    if (happens(net, net->rules[find_rule(net, &from, &to)].link.duplicate_ppm)) {
        net->counters.duplicated++;
        enqueue(net, dgram, &from, &to, now_us);
    }
}

/* A NAT is on the receiver's side: what it stands for counts when the datagram gets there. */
bool zv_netem_poll(struct zv_netem *net, int64_t now_us, struct zv_dgram *ret_dgram)
{
    while (net->first && net->first->at_us <= now_us) {
        struct packet *packet = net->first;
        net->first = packet->next;
        net->rules[packet->rule].queued--;
        free(net->taken);
        net->taken = packet;
        if (!translate_target(net, &packet->to)) {
            net->counters.unmapped++;
            continue;
        }
        net->counters.delivered++;
        *ret_dgram = (struct zv_dgram){packet->data, packet->len, packet->to, packet->from};
        return true;
    }
    return false;
}

int64_t zv_netem_deadline_us(const struct zv_netem *net)
{
    return net->first ? net->first->at_us : ZV_TIME_NEVER;
}

const struct zv_netem_counters *zv_netem_counters(const struct zv_netem *net)
{
    return &net->counters;
}
