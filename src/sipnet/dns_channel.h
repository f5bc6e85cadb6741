/*
 * c-ares on the signalling loop: a question to the DNS servers goes out, the message that answers
 * it comes back, or the reason why none does. Never blocking, each question bounded.
 */
#ifndef ZV_SIPNET_DNS_CHANNEL_H
#define ZV_SIPNET_DNS_CHANNEL_H

#include "base/attr.h"
#include "base/str.h"
#include "sip/dns_record.h"

typedef struct uv_loop_s uv_loop_t;

struct zv_dns_channel;

struct zv_dns_channel_cfg {
    uv_loop_t *loop;
    char *const *servers; /* see struct zv_dns_cfg */
    size_t server_count;
    int64_t timeout_us;
    int tries;
};

/* ZV_E_NOMEM, ZV_E_INVAL (a server), ZV_E_IO. */
int zv_dns_channel_new(struct zv_dns_channel **ret_channel,
                       const struct zv_dns_channel_cfg *cfg) ZV_MUST_CHECK;
/* Pending questions are answered with ZV_E_GONE first. Its handles close on the loop's next turns.
 */
struct zv_dns_channel *zv_dns_channel_free(struct zv_dns_channel *channel);

/* err: 0 and a message, which may deny; ZV_E_NOTFOUND (no name can be like that); ZV_E_TIMEOUT;
 * ZV_E_GONE; ZV_E_IO (there is no server, or all fail or refuse); ZV_E_NOMEM. */
typedef void zv_dns_channel_fn(void *arg, int err, struct zv_str message);

/* The callback may run before this returns. */
void zv_dns_channel_ask(struct zv_dns_channel *channel, const char *name, enum zv_dns_type type,
                        zv_dns_channel_fn *done_fn, void *arg);

#endif
