/*
 * Budgets by the virtual scheduling of ATM's GCRA (ITU-T I.371): of each budget only the time is
 * kept at which it will be whole again. A message moves that time on by its share of a second, and
 * is refused while the time lies more than the burst ahead. What a token bucket says with a count
 * and a time of its last change, in one number.
 *
 * Tables are arrays of small sets; a hash with a secret seed names the set, so a search looks at
 * four places at most, however full the table.
 */
#include "sipnet/sources.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/map.h"
#include "base/time.h"

#include <string.h>

#define KEY_BYTES     9 /* family, then the bytes of the address or of the /64 */
#define WAYS          4
#define STRANGER_SETS 1024
#define SERVER_SETS   256
#define BURST_US      ZV_SECONDS(2)
#define SERVER_FOR_US ZV_SECONDS(24 * 3600)

struct budget {
    int64_t whole_us; /* when it is whole again; a time that is gone: it is */
};

struct source {
    uint8_t key[KEY_BYTES]; /* all 0: a free place */
    bool is_trusted;
    int64_t server_until_us;
    struct budget messages;
    struct budget invites;
};

struct zv_sources {
    struct zv_sources_cfg cfg;
    struct zv_sources_counts counts;
    struct budget all; /* of strangers */
    struct source strangers[STRANGER_SETS][WAYS];
    struct source servers[SERVER_SETS][WAYS];
};

int zv_sources_new(struct zv_sources **ret_sources, const struct zv_sources_cfg *cfg)
{
    if (!cfg->messages_per_s || !cfg->invites_per_s)
        return ZV_E_INVAL;
    struct zv_sources *sources = zv_zalloc(sizeof(*sources));
    if (!sources)
        return ZV_E_NOMEM;
    sources->cfg = *cfg;
    *ret_sources = sources;
    return 0;
}

struct zv_sources *zv_sources_free(struct zv_sources *sources)
{
    return zv_free(sources);
}

static void write_key(const struct zv_addr *addr, uint8_t key[KEY_BYTES])
{
    struct zv_addr plain = *addr;
    zv_addr_unmap(&plain);
    memset(key, 0, KEY_BYTES);
    key[0] = (uint8_t)plain.family;
    memcpy(key + 1, plain.ip, plain.family == ZV_ADDR_IPV4 ? 4 : 8);
}

bool zv_sources_is_same(const struct zv_addr *a, const struct zv_addr *b)
{
    uint8_t keys[2][KEY_BYTES];
    write_key(a, keys[0]);
    write_key(b, keys[1]);
    return memcmp(keys[0], keys[1], KEY_BYTES) == 0;
}

static size_t set_of(const struct zv_sources *sources, const uint8_t key[KEY_BYTES],
                     size_t set_count)
{
    return (size_t)(zv_siphash(sources->cfg.seed, key, KEY_BYTES) % set_count);
}

static struct source *find(struct source *set, const uint8_t key[KEY_BYTES])
{
    for (size_t i = 0; i < WAYS; i++) {
        if (memcmp(set[i].key, key, KEY_BYTES) == 0)
            return &set[i];
    }
    return NULL;
}

/* The last time that means anything; the smaller, the less is lost by forgetting it. */
static int64_t weight(const struct source *source)
{
    return source->key[0] ? ZV_MAX(source->server_until_us,
                                   ZV_MAX(source->messages.whole_us, source->invites.whole_us))
                          : INT64_MIN;
}

/* The place of that source, taken from the one that is missed least where it has none yet. */
static struct source *find_or_take(struct source *set, const uint8_t key[KEY_BYTES])
{
    struct source *source = find(set, key);
    if (source)
        return source;
    source = &set[0];
    for (size_t i = 1; i < WAYS; i++) {
        if (weight(&set[i]) < weight(source))
            source = &set[i];
    }
    *source = (struct source){0};
    memcpy(source->key, key, KEY_BYTES);
    return source;
}

static struct source *server_set(struct zv_sources *sources, const uint8_t key[KEY_BYTES])
{
    return sources->servers[set_of(sources, key, SERVER_SETS)];
}

void zv_sources_learn(struct zv_sources *sources, const struct zv_addr *addr, bool is_trusted,
                      int64_t now_us)
{
    uint8_t key[KEY_BYTES];
    write_key(addr, key);
    struct source *source = find_or_take(server_set(sources, key), key);
    source->is_trusted = is_trusted || (source->is_trusted && source->server_until_us > now_us);
    source->server_until_us = now_us + SERVER_FOR_US;
}

enum zv_source_kind zv_sources_kind(const struct zv_sources *sources, const struct zv_addr *addr,
                                    int64_t now_us)
{
    uint8_t key[KEY_BYTES];
    write_key(addr, key);
    const struct source *set = sources->servers[set_of(sources, key, SERVER_SETS)];
    for (size_t i = 0; i < WAYS; i++) {
        if (memcmp(set[i].key, key, KEY_BYTES) == 0 && set[i].server_until_us > now_us)
            return set[i].is_trusted ? ZV_SOURCE_TRUSTED : ZV_SOURCE_SERVER;
    }
    return ZV_SOURCE_STRANGER;
}

static bool has_left(const struct budget *budget, int64_t now_us)
{
    return budget->whole_us - now_us < BURST_US;
}

static void spend(struct budget *budget, uint32_t per_s, int64_t now_us)
{
    budget->whole_us = ZV_MAX(budget->whole_us, now_us) + ZV_US_PER_S / per_s;
}

enum zv_source_verdict zv_sources_admit(struct zv_sources *sources, const struct zv_addr *addr,
                                        enum zv_source_kind kind, bool is_invite, int64_t now_us)
{
    uint8_t key[KEY_BYTES];
    bool is_stranger = kind == ZV_SOURCE_STRANGER;
    uint32_t factor = is_stranger ? 1 : ZV_SOURCES_SERVER_FACTOR;
    if (kind == ZV_SOURCE_TRUSTED)
        return ZV_SOURCE_TAKE;
    write_key(addr, key);
    struct source *source =
        find_or_take(is_stranger ? sources->strangers[set_of(sources, key, STRANGER_SETS)]
                                 : server_set(sources, key),
                     key);
    if (!has_left(&source->messages, now_us)) {
        sources->counts.over_rate++;
        return ZV_SOURCE_OVER_RATE;
    }
    if (is_invite && !has_left(&source->invites, now_us)) {
        sources->counts.over_invites++;
        return ZV_SOURCE_OVER_INVITES;
    }
    if (is_stranger && !has_left(&sources->all, now_us)) {
        sources->counts.over_all++;
        return ZV_SOURCE_OVER_ALL;
    }
    spend(&source->messages, factor * sources->cfg.messages_per_s, now_us);
    if (is_invite)
        spend(&source->invites, factor * sources->cfg.invites_per_s, now_us);
    if (is_stranger)
        spend(&sources->all, ZV_SOURCES_SERVER_FACTOR * sources->cfg.messages_per_s, now_us);
    return ZV_SOURCE_TAKE;
}

void zv_sources_counts(const struct zv_sources *sources, struct zv_sources_counts *ret_counts)
{
    *ret_counts = sources->counts;
}
