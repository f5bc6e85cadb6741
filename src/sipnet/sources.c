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

#define KEY_BYTES     17 /* family, then the bytes of the address or of the /64 */
#define WAYS          4
#define STRANGER_SETS 1024
#define SERVER_SETS   256
#define BURST_US      ZV_SECONDS(2)
#define SERVER_FOR_US ZV_SECONDS(24 * 3600)

struct budget {
    int64_t whole_us; /* when it is whole again; a time that is gone: it is */
};

/* By datagrams, and over connections. */
enum { MANNERS = 2 };

struct source {
    uint8_t key[KEY_BYTES]; /* all 0: a free place */
    bool is_trusted;
    int64_t server_until_us;
    struct budget messages[MANNERS];
    struct budget invites[MANNERS];
    struct budget handshakes;
};

struct zv_sources {
    struct zv_sources_cfg cfg;
    struct zv_sources_counts counts;
    struct budget all[MANNERS]; /* of strangers */
    struct budget all_handshakes;
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

static void write_key(const struct zv_addr *addr, size_t ipv6_bytes, uint8_t key[KEY_BYTES])
{
    struct zv_addr plain = *addr;
    zv_addr_unmap(&plain);
    memset(key, 0, KEY_BYTES);
    key[0] = (uint8_t)plain.family;
    memcpy(key + 1, plain.ip, plain.family == ZV_ADDR_IPV4 ? 4 : ipv6_bytes);
}

/* A subscriber has as many addresses as he likes. */
static void write_stranger_key(const struct zv_addr *addr, uint8_t key[KEY_BYTES])
{
    write_key(addr, 8, key);
}

/* A server has one, and neighbours who are nothing to us: a hoster's customers share a /64. */
static void write_server_key(const struct zv_addr *addr, uint8_t key[KEY_BYTES])
{
    write_key(addr, 16, key);
}

bool zv_sources_is_same(const struct zv_addr *a, const struct zv_addr *b)
{
    uint8_t keys[2][KEY_BYTES];
    write_stranger_key(a, keys[0]);
    write_stranger_key(b, keys[1]);
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
    int64_t last_us = ZV_MAX(source->server_until_us, source->handshakes.whole_us);
    for (int i = 0; i < MANNERS; i++) {
        last_us = ZV_MAX(last_us, source->messages[i].whole_us);
        last_us = ZV_MAX(last_us, source->invites[i].whole_us);
    }
    return source->key[0] ? last_us : INT64_MIN;
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
    write_server_key(addr, key);
    struct source *source = find_or_take(server_set(sources, key), key);
    source->is_trusted = is_trusted || (source->is_trusted && source->server_until_us > now_us);
    source->server_until_us = now_us + SERVER_FOR_US;
}

void zv_sources_forget_trust(struct zv_sources *sources)
{
    for (size_t i = 0; i < SERVER_SETS; i++) {
        for (size_t j = 0; j < WAYS; j++)
            sources->servers[i][j].is_trusted = false;
    }
}

enum zv_source_kind zv_sources_kind(const struct zv_sources *sources, const struct zv_addr *addr,
                                    int64_t now_us)
{
    uint8_t key[KEY_BYTES];
    write_server_key(addr, key);
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

static struct source *source_of(struct zv_sources *sources, const struct zv_source_event *event)
{
    uint8_t key[KEY_BYTES];
    if (event->kind != ZV_SOURCE_STRANGER) {
        write_server_key(&event->addr, key);
        return find_or_take(server_set(sources, key), key);
    }
    write_stranger_key(&event->addr, key);
    return find_or_take(sources->strangers[set_of(sources, key, STRANGER_SETS)], key);
}

static enum zv_source_verdict admit_message(struct zv_sources *sources, struct source *source,
                                            const struct zv_source_event *event, int64_t now_us)
{
    const struct zv_sources_cfg *cfg = &sources->cfg;
    bool is_stranger = event->kind == ZV_SOURCE_STRANGER;
    bool is_invite = event->what == ZV_SOURCE_INVITE;
    uint32_t factor = is_stranger ? 1 : ZV_SOURCES_SERVER_FACTOR;
    if (!has_left(&source->messages[event->is_stream], now_us))
        return ZV_SOURCE_OVER_RATE;
    if (is_invite && !has_left(&source->invites[event->is_stream], now_us))
        return ZV_SOURCE_OVER_INVITES;
    if (is_stranger && !has_left(&sources->all[event->is_stream], now_us))
        return ZV_SOURCE_OVER_ALL;
    spend(&source->messages[event->is_stream], factor * cfg->messages_per_s, now_us);
    if (is_invite)
        spend(&source->invites[event->is_stream], factor * cfg->invites_per_s, now_us);
    if (is_stranger)
        spend(&sources->all[event->is_stream], ZV_SOURCES_SERVER_FACTOR * cfg->messages_per_s,
              now_us);
    return ZV_SOURCE_TAKE;
}

static enum zv_source_verdict admit_handshake(struct zv_sources *sources, struct source *source,
                                              bool is_stranger, int64_t now_us)
{
    uint32_t all_per_s = ZV_SOURCES_SERVER_FACTOR * sources->cfg.invites_per_s;
    if (!has_left(&source->handshakes, now_us) ||
        (is_stranger && !has_left(&sources->all_handshakes, now_us)))
        return ZV_SOURCE_OVER_HANDSHAKES;
    spend(&source->handshakes, is_stranger ? sources->cfg.invites_per_s : all_per_s, now_us);
    if (is_stranger)
        spend(&sources->all_handshakes, all_per_s, now_us);
    return ZV_SOURCE_TAKE;
}

enum zv_source_verdict zv_sources_admit(struct zv_sources *sources,
                                        const struct zv_source_event *event, int64_t now_us)
{
    if (event->kind == ZV_SOURCE_TRUSTED)
        return ZV_SOURCE_TAKE;
    struct source *source = source_of(sources, event);
    if (event->what == ZV_SOURCE_HANDSHAKE)
        return admit_handshake(sources, source, event->kind == ZV_SOURCE_STRANGER, now_us);
    enum zv_source_verdict verdict = admit_message(sources, source, event, now_us);
    sources->counts.over_rate += verdict == ZV_SOURCE_OVER_RATE;
    sources->counts.over_invites += verdict == ZV_SOURCE_OVER_INVITES;
    sources->counts.over_all += verdict == ZV_SOURCE_OVER_ALL;
    return verdict;
}

void zv_sources_counts(const struct zv_sources *sources, struct zv_sources_counts *ret_counts)
{
    *ret_counts = sources->counts;
}
