/*
 * The resolver of SIP's edge, on the signalling loop: /etc/hosts, then a cache of our own, then the
 * DNS servers by c-ares. Never blocking; a question that is under way already is not asked again.
 * Names are complete: search domains of the system do not apply.
 */
#ifndef ZV_SIPNET_DNS_H
#define ZV_SIPNET_DNS_H

#include "base/attr.h"
#include "base/rand.h"
#include "sip/dns_record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct uv_loop_s uv_loop_t;

/* Answers that are kept; about 5 KiB each. */
#define ZV_DNS_MAX_CACHED 512

struct zv_dns;

struct zv_dns_cfg {
    uv_loop_t *loop;
    char *const *servers; /* "192.0.2.1", "192.0.2.1:53", "[2001:db8::1]:53"; none: the system's */
    size_t server_count;
    int64_t timeout_us;     /* one try */
    int tries;              /* per server */
    const char *hosts_path; /* NULL: ZV_HOSTS_PATH; borrowed */
    struct zv_rand rand;    /* seeds tables */
};

/* ZV_E_NOMEM, ZV_E_INVAL (a server), ZV_E_IO. */
int zv_dns_new(struct zv_dns **ret_dns, const struct zv_dns_cfg *cfg) ZV_MUST_CHECK;
/* Pending questions are answered with ZV_E_GONE first. Its handles close on the loop's next turns.
 */
struct zv_dns *zv_dns_free(struct zv_dns *dns);

/* `answer` is good during the call. */
typedef void zv_dns_fn(void *arg, const struct zv_dns_answer *answer);
/* The callback may run before this returns. */
void zv_dns_ask(struct zv_dns *dns, enum zv_dns_type type, const char *name, zv_dns_fn *done_fn,
                void *arg);

/* Since the start; the first four together are the questions that were asked. */
struct zv_dns_counts {
    uint64_t hits;   /* answered from the cache with records */
    uint64_t denied; /* answered from the cache: there is none, or the servers were silent */
    uint64_t joined; /* waited for the answer to the same question */
    uint64_t misses; /* asked of /etc/hosts and the servers */
    uint64_t failed; /* of those, without an answer */
    uint64_t evicted;
    size_t cached; /* now */
};
void zv_dns_counts(const struct zv_dns *dns, struct zv_dns_counts *ret_counts);

#endif
