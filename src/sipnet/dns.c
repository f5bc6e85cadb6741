/* The resolver: see dns.h. Who asks what is under way joins those who wait for it. */
#define _GNU_SOURCE
#include "sipnet/dns.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/list.h"
#include "base/map.h"
#include "base/time.h"
#include "io/clock.h"
#include "sipnet/dns_cache.h"
#include "sipnet/dns_channel.h"
#include "sipnet/dns_message.h"
#include "sipnet/hosts.h"

#include <string.h>

/* Different questions under way at once. */
#define MAX_INQUIRIES 4096

struct zv_dns {
    struct zv_dns_channel *channel; /* owned */
    struct zv_hosts hosts;
    struct zv_dns_cache cache;
    struct zv_map inquiries; /* struct inquiry, by type and name */
    struct zv_dns_counts counts;
    int64_t silent_until_us; /* the servers did not answer just now */
};

/* A question that the servers were asked. */
struct inquiry {
    struct zv_map_node node;
    struct zv_dns *dns;
    enum zv_dns_type type;
    char key[2 + ZV_DNS_NAME_CAP]; /* the type, then the name with its NUL */
    struct zv_list waiters;        /* owned struct waiter */
};

struct waiter {
    struct zv_list_node node;
    zv_dns_fn *done_fn;
    void *arg;
};

int zv_dns_new(struct zv_dns **ret_dns, const struct zv_dns_cfg *cfg)
{
    const struct zv_dns_channel_cfg channel = {.loop = cfg->loop,
                                               .servers = cfg->servers,
                                               .server_count = cfg->server_count,
                                               .timeout_us = cfg->timeout_us,
                                               .tries = cfg->tries};
    struct zv_dns *dns = zv_zalloc(sizeof(*dns));
    if (!dns)
        return ZV_E_NOMEM;
    int err = zv_dns_channel_new(&dns->channel, &channel);
    if (err) {
        zv_free(dns);
        return err;
    }
    const uint64_t seeds[2][2] = {{zv_rand_u64(&cfg->rand), zv_rand_u64(&cfg->rand)},
                                  {zv_rand_u64(&cfg->rand), zv_rand_u64(&cfg->rand)}};
    zv_dns_cache_init(&dns->cache, ZV_DNS_MAX_CACHED, seeds[0]);
    zv_map_init(&dns->inquiries, MAX_INQUIRIES, seeds[1]);
    zv_hosts_init(&dns->hosts, cfg->hosts_path ? cfg->hosts_path : ZV_HOSTS_PATH);
    *ret_dns = dns;
    return 0;
}

struct zv_dns *zv_dns_free(struct zv_dns *dns)
{
    if (!dns)
        return NULL;
    dns->channel = zv_dns_channel_free(dns->channel); /* which answers every inquiry */
    zv_map_fini(&dns->inquiries);
    zv_dns_cache_fini(&dns->cache);
    zv_hosts_fini(&dns->hosts);
    return zv_free(dns);
}

void zv_dns_counts(const struct zv_dns *dns, struct zv_dns_counts *ret_counts)
{
    *ret_counts = dns->counts;
    ret_counts->cached = dns->cache.map.count;
    ret_counts->evicted = dns->cache.evicted;
}

static void tell(zv_dns_fn *done_fn, void *arg, enum zv_dns_type type, int err)
{
    const struct zv_dns_answer answer = {.type = type, .err = err};
    done_fn(arg, &answer);
}

/* ---- what this machine knows itself ---- */

/* RFC 6761 §6.3: whatever a server would say of it. */
static bool is_localhost(struct zv_str name)
{
    struct zv_str top = ZV_STR_LIT(".localhost");
    return zv_str_is(name, "localhost") ||
           (name.len > top.len && zv_str_eq(zv_str_tail(name, name.len - top.len), top));
}

static size_t find_local(const struct zv_dns *dns, const char *name, int family,
                         struct zv_addr *ret_addrs)
{
    size_t count = zv_hosts_find(&dns->hosts, name, family, ret_addrs, ZV_DNS_MAX_RECORDS);
    struct zv_str loopback = zv_str(family == ZV_ADDR_IPV6 ? "::1" : "127.0.0.1");
    if (!count && is_localhost(zv_str(name)) && zv_addr_parse_ip(loopback, ret_addrs) == 0)
        count = 1;
    return count;
}

/* The name itself, or the domain of "_sip._udp.example.org". */
static bool is_in_hosts(const struct zv_dns *dns, const char *name)
{
    struct zv_addr addr;
    while (*name == '_' && strchr(name, '.'))
        name = strchr(name, '.') + 1;
    return zv_hosts_find(&dns->hosts, name, ZV_ADDR_IPV4, &addr, 1) > 0 ||
           zv_hosts_find(&dns->hosts, name, ZV_ADDR_IPV6, &addr, 1) > 0;
}

/*
 * Where DNS is out of order, or there is none, a name of /etc/hosts is what stands there and has no
 * records besides: a machine without DNS is a machine like any other. NAPTR is not asked of such a
 * name at all, so that the time goes to SRV.
 */
static bool is_hosts_alone(const struct zv_dns *dns, enum zv_dns_type type, const char *name,
                           int64_t now_us)
{
    return (type == ZV_DNS_NAPTR || (type == ZV_DNS_SRV && now_us < dns->silent_until_us)) &&
           is_in_hosts(dns, name);
}

/* Kept like an answer of DNS: a change of the file empties the cache. Of localhost the servers are
 * asked nothing at all. */
static bool answer_locally(const struct zv_dns *dns, enum zv_dns_type type, const char *name,
                           int64_t now_us, struct zv_dns_answer *answer)
{
    bool is_address = type == ZV_DNS_A || type == ZV_DNS_AAAA;
    int family = type == ZV_DNS_AAAA ? ZV_ADDR_IPV6 : ZV_ADDR_IPV4;
    *answer = (struct zv_dns_answer){.type = type, .ttl_s = ZV_DNS_MAX_KEPT_S};
    if (is_address)
        answer->count = find_local(dns, name, family, answer->of.addrs);
    if (answer->count || is_localhost(zv_str(name))) {
        answer->err = answer->count ? 0 : ZV_E_NOTFOUND;
        return true;
    }
    answer->err = ZV_E_NOTFOUND;
    answer->ttl_s = ZV_DNS_MAX_SILENT_S;
    return is_hosts_alone(dns, type, name, now_us);
}

/* ---- the servers ---- */

/* Silence, which cost seconds, is not waited for again at once; an error comes at once anyway. */
static void read_answer(const struct inquiry *inquiry, int err, struct zv_str message,
                        struct zv_dns_answer *answer)
{
    const char *name = inquiry->key + 2;
    if (!err)
        err = zv_dns_message_read(message, name, inquiry->type, answer);
    if (!err)
        return;
    *answer = (struct zv_dns_answer){.type = inquiry->type, .err = err};
    if (err == ZV_E_TIMEOUT)
        answer->ttl_s = ZV_DNS_MAX_SILENT_S;
    if (err == ZV_E_PARSE)
        answer->err = ZV_E_IO;
    if ((err == ZV_E_TIMEOUT || err == ZV_E_IO) && inquiry->type == ZV_DNS_SRV &&
        is_in_hosts(inquiry->dns, name))
        answer->err = ZV_E_NOTFOUND;
}

static void on_message(void *arg, int err, struct zv_str message)
{
    struct inquiry *inquiry = arg;
    struct zv_dns *dns = inquiry->dns;
    struct zv_dns_answer answer;
    int64_t now_us = zv_clock_now_us();
    read_answer(inquiry, err, message, &answer);
    dns->counts.failed += err && err != ZV_E_NOTFOUND;
    dns->silent_until_us = err == ZV_E_TIMEOUT ? now_us + ZV_SECONDS(ZV_DNS_MAX_SILENT_S) : 0;
    zv_dns_cache_put(&dns->cache, inquiry->key + 2, &answer, now_us);
    zv_map_remove(&dns->inquiries, &inquiry->node);
    for (struct zv_list_node *node; (node = zv_list_pop(&inquiry->waiters));) {
        struct waiter waiter = *ZV_CONTAINER_OF(node, struct waiter, node);
        zv_free(ZV_CONTAINER_OF(node, struct waiter, node));
        waiter.done_fn(waiter.arg, &answer);
    }
    zv_free(inquiry);
}

static int inquire(struct zv_dns *dns, enum zv_dns_type type, struct zv_str key,
                   struct inquiry **ret_inquiry)
{
    struct inquiry *inquiry = zv_zalloc(sizeof(*inquiry));
    if (!inquiry)
        return ZV_E_NOMEM;
    inquiry->dns = dns;
    inquiry->type = type;
    memcpy(inquiry->key, key.p, key.len);
    zv_list_init(&inquiry->waiters);
    int err = zv_map_insert(&dns->inquiries, zv_str_n(inquiry->key, key.len), &inquiry->node);
    if (err) {
        zv_free(inquiry);
        return err;
    }
    *ret_inquiry = inquiry;
    return 0;
}

static void ask_servers(struct zv_dns *dns, enum zv_dns_type type, struct zv_str key,
                        zv_dns_fn *done_fn, void *arg)
{
    struct zv_map_node *node = zv_map_find(&dns->inquiries, key);
    struct inquiry *inquiry = node ? ZV_CONTAINER_OF(node, struct inquiry, node) : NULL;
    struct waiter *waiter = zv_zalloc(sizeof(*waiter));
    int err = waiter ? 0 : ZV_E_NOMEM;
    if (!err && !inquiry)
        err = inquire(dns, type, key, &inquiry);
    if (err) {
        zv_free(waiter);
        tell(done_fn, arg, type, err);
        return;
    }
    waiter->done_fn = done_fn;
    waiter->arg = arg;
    zv_list_append(&inquiry->waiters, &waiter->node);
    if (node)
        dns->counts.joined++;
    else
        zv_dns_channel_ask(dns->channel, inquiry->key + 2, type, on_message, inquiry);
}

/* ---- a question ---- */

/* The type, then the name in lower case, without a dot at its end, with its NUL. */
static struct zv_str write_key(enum zv_dns_type type, struct zv_str name, struct zv_buf *buf)
{
    zv_buf_put_u16(buf, (uint16_t)type);
    if (name.len && name.p[name.len - 1] == '.')
        name.len--;
    for (size_t i = 0; i < name.len; i++)
        zv_buf_put_char(buf, zv_ascii_lower(name.p[i]));
    zv_buf_put_char(buf, '\0');
    return zv_buf_str(buf);
}

void zv_dns_ask(struct zv_dns *dns, enum zv_dns_type type, const char *name, zv_dns_fn *done_fn,
                void *arg)
{
    char memory[2 + ZV_DNS_NAME_CAP];
    struct zv_buf buf = zv_buf(memory, sizeof(memory));
    struct zv_dns_answer local;
    if (!zv_dns_is_name(zv_str(name))) {
        tell(done_fn, arg, type, ZV_E_NOTFOUND);
        return;
    }
    struct zv_str key = write_key(type, zv_str(name), &buf);
    int64_t now_us = zv_clock_now_us();
    if (zv_hosts_refresh(&dns->hosts))
        zv_dns_cache_clear(&dns->cache);
    const struct zv_dns_answer *cached = zv_dns_cache_find(&dns->cache, type, memory + 2, now_us);
    dns->counts.hits += cached && !cached->err;
    dns->counts.denied += cached && cached->err;
    if (cached) {
        local = *cached; /* whoever is told may ask, and thereby change the cache */
        done_fn(arg, &local);
    } else if (answer_locally(dns, type, memory + 2, now_us, &local)) {
        dns->counts.misses++;
        zv_dns_cache_put(&dns->cache, memory + 2, &local, now_us);
        done_fn(arg, &local);
    } else {
        dns->counts.misses += !zv_map_find(&dns->inquiries, key);
        ask_servers(dns, type, key, done_fn, arg);
    }
}
