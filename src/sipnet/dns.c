#define _GNU_SOURCE
#include "sipnet/dns.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/list.h"
#include "base/time.h"

#include <ares.h>
#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>
#include <uv.h>

/* One socket of c-ares, watched on the loop. Freed in its close callback. */
struct watch {
    struct zv_list_node node;
    uv_poll_t poll;
    ares_socket_t fd;
    int events;         /* UV_READABLE, UV_WRITABLE: what c-ares waits for */
    struct zv_dns *dns; /* NULL once it is closed */
};

struct zv_dns {
    ares_channel channel;
    uv_loop_t *loop;
    uv_timer_t *timer; /* own allocation: it outlives us by its close callback */
    struct zv_list watches;
};

/* What a question carries to its answer. */
struct question {
    zv_dns_addresses_fn *addresses_fn;
    zv_dns_srv_fn *srv_fn;
    void *arg;
};

static int err_of(int status)
{
    switch (status) {
    case ARES_SUCCESS:
        return 0;
    case ARES_ENOTFOUND:
    case ARES_ENODATA:
    case ARES_EBADNAME:
        return ZV_E_NOTFOUND;
    case ARES_ETIMEOUT:
        return ZV_E_TIMEOUT;
    case ARES_EDESTRUCTION:
    case ARES_ECANCELLED:
        return ZV_E_GONE;
    default:
        return ZV_E_IO; /* SERVFAIL, refused connection, no server */
    }
}

static void rearm(struct zv_dns *dns);

static void on_timer(uv_timer_t *timer)
{
    struct zv_dns *dns = timer->data;
    if (!dns)
        return;
    ares_process_fd(dns->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    rearm(dns);
}

static void rearm(struct zv_dns *dns)
{
    struct timeval buffer, *next = ares_timeout(dns->channel, NULL, &buffer);
    if (!next) {
        uv_timer_stop(dns->timer);
        return;
    }
    uint64_t ms = (uint64_t)next->tv_sec * 1000 + (uint64_t)next->tv_usec / 1000 + 1;
    uv_timer_start(dns->timer, on_timer, ms, 0);
}

static void on_ready(uv_poll_t *poll, int status, int events);

static void start_watch(struct watch *watch)
{
    uv_poll_start(&watch->poll, watch->events, on_ready);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct watch *watch = poll->data;
    struct zv_dns *dns = watch->dns;
    ares_socket_t fd = watch->fd;
    if (!dns)
        return;
    bool is_readable = status < 0 || (events & UV_READABLE);
    bool is_writable = status < 0 || (events & UV_WRITABLE);
    ares_process_fd(dns->channel, is_readable ? fd : ARES_SOCKET_BAD,
                    is_writable ? fd : ARES_SOCKET_BAD);
    if (status < 0 && watch->dns) /* libuv has stopped watching a socket with an error */
        start_watch(watch);
    rearm(dns);
}

static struct watch *find_watch(struct zv_dns *dns, ares_socket_t fd)
{
    ZV_LIST_EACH (node, &dns->watches) {
        struct watch *watch = ZV_CONTAINER_OF(node, struct watch, node);
        if (watch->fd == fd)
            return watch;
    }
    return NULL;
}

static void on_watch_closed(uv_handle_t *handle)
{
    zv_free(handle->data);
}

static void close_watch(struct watch *watch)
{
    zv_list_remove(&watch->node);
    watch->dns = NULL;
    uv_poll_stop(&watch->poll);
    uv_close((uv_handle_t *)&watch->poll, on_watch_closed);
}

static struct watch *new_watch(struct zv_dns *dns, ares_socket_t fd)
{
    struct watch *watch = zv_zalloc(sizeof(*watch));
    if (!watch)
        return NULL;
    if (uv_poll_init_socket(dns->loop, &watch->poll, fd) < 0) {
        zv_free(watch);
        return NULL;
    }
    watch->poll.data = watch;
    watch->fd = fd;
    watch->dns = dns;
    zv_list_append(&dns->watches, &watch->node);
    return watch;
}

static void on_socket_state(void *arg, ares_socket_t fd, int readable, int writable)
{
    struct zv_dns *dns = arg;
    struct watch *watch = find_watch(dns, fd);
    if (!readable && !writable) {
        if (watch)
            close_watch(watch);
        return;
    }
    if (!watch)
        watch = new_watch(dns, fd);
    if (!watch) /* without memory the question runs into its time-out */
        return;
    watch->events = (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0);
    start_watch(watch);
}

/* "192.0.2.1", "192.0.2.1:53", "2001:db8::1" or "[2001:db8::1]:53". c-ares would take less. */
static bool is_server(const char *text)
{
    struct zv_addr addr;
    return zv_addr_parse_ip(zv_str(text), &addr) == 0 || zv_addr_parse(zv_str(text), &addr) == 0;
}

static int set_servers(struct zv_dns *dns, char *const *servers, size_t count)
{
    char text[4096];
    struct zv_buf csv = zv_buf(text, sizeof(text));
    if (count == 0)
        return 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_server(servers[i]))
            return ZV_E_INVAL;
        zv_buf_printf(&csv, "%s%s", i ? "," : "", servers[i]);
    }
    const char *list = zv_buf_cstr(&csv);
    if (!list || ares_set_servers_ports_csv(dns->channel, list) != ARES_SUCCESS)
        return ZV_E_INVAL;
    return 0;
}

static void on_timer_closed(uv_handle_t *handle)
{
    zv_free(handle);
}

static int init_channel(struct zv_dns *dns, const struct zv_dns_cfg *cfg)
{
    struct ares_options options = {
        .flags = ARES_FLAG_NOALIASES,
        /* No search domains: completed by one, a listed name could lead elsewhere. (The flag
         * NOSEARCH does not reach ares_gethostbyname.) */
        .ndomains = 0,
        .timeout = (int)(cfg->timeout_us / ZV_US_PER_MS),
        .tries = cfg->tries,
        .sock_state_cb = on_socket_state,
        .sock_state_cb_data = dns,
        .lookups = (char *)"fb",
    };
    int mask = ARES_OPT_FLAGS | ARES_OPT_DOMAINS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
               ARES_OPT_SOCK_STATE_CB | ARES_OPT_LOOKUPS;
    if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
        return ZV_E_IO;
    if (ares_init_options(&dns->channel, &options, mask) != ARES_SUCCESS) {
        ares_library_cleanup();
        return ZV_E_IO;
    }
    return set_servers(dns, cfg->servers, cfg->server_count);
}

int zv_dns_new(struct zv_dns **ret_dns, const struct zv_dns_cfg *cfg)
{
    struct zv_dns *dns = zv_zalloc(sizeof(*dns));
    if (!dns)
        return ZV_E_NOMEM;
    dns->loop = cfg->loop;
    zv_list_init(&dns->watches);
    dns->timer = zv_zalloc(sizeof(*dns->timer));
    if (!dns->timer) {
        zv_free(dns);
        return ZV_E_NOMEM;
    }
    uv_timer_init(dns->loop, dns->timer);
    dns->timer->data = dns;
    int err = init_channel(dns, cfg);
    if (err) {
        zv_dns_free(dns);
        return err;
    }
    *ret_dns = dns;
    return 0;
}

struct zv_dns *zv_dns_free(struct zv_dns *dns)
{
    if (!dns)
        return NULL;
    if (dns->channel) {
        ares_destroy(dns->channel);
        ares_library_cleanup();
    }
    ZV_LIST_EACH (node, &dns->watches)
        close_watch(ZV_CONTAINER_OF(node, struct watch, node));
    dns->timer->data = NULL;
    uv_close((uv_handle_t *)dns->timer, on_timer_closed);
    return zv_free(dns);
}

static size_t copy_addresses(const struct hostent *host, struct zv_addr addrs[ZV_DNS_MAX_ADDRESSES])
{
    size_t count = 0;
    for (char **entry = host->h_addr_list; *entry && count < ZV_DNS_MAX_ADDRESSES; entry++) {
        struct zv_addr *addr = &addrs[count++];
        *addr =
            (struct zv_addr){.family = host->h_addrtype == AF_INET6 ? ZV_ADDR_IPV6 : ZV_ADDR_IPV4};
        memcpy(addr->ip, *entry, host->h_addrtype == AF_INET6 ? 16 : 4);
    }
    return count;
}

static void on_addresses(void *arg, int status, int timeouts, struct hostent *host)
{
    struct question question = *(struct question *)arg;
    struct zv_addr addrs[ZV_DNS_MAX_ADDRESSES];
    (void)timeouts;
    zv_free(arg);
    size_t count = status == ARES_SUCCESS && host ? copy_addresses(host, addrs) : 0;
    int err = err_of(status);
    question.addresses_fn(question.arg, !err && count == 0 ? ZV_E_NOTFOUND : err, addrs, count);
}

static size_t copy_srv(struct ares_srv_reply *reply, struct zv_dns_srv records[ZV_DNS_MAX_SRV])
{
    size_t count = 0;
    for (; reply && count < ZV_DNS_MAX_SRV; reply = reply->next) {
        struct zv_dns_srv *record = &records[count];
        const char *target = reply->host[0] ? reply->host : "."; /* c-ares writes the root as "" */
        if (zv_str_copy(zv_str(target), record->target, sizeof(record->target)))
            continue;
        record->port = reply->port;
        record->priority = reply->priority;
        record->weight = reply->weight;
        count++;
    }
    return count;
}

static void on_srv(void *arg, int status, int timeouts, unsigned char *answer, int len)
{
    struct question question = *(struct question *)arg;
    struct zv_dns_srv records[ZV_DNS_MAX_SRV];
    struct ares_srv_reply *reply = NULL;
    (void)timeouts;
    zv_free(arg);
    if (status == ARES_SUCCESS)
        status = ares_parse_srv_reply(answer, len, &reply);
    size_t count = copy_srv(reply, records);
    if (reply)
        ares_free_data(reply);
    int err = err_of(status);
    question.srv_fn(question.arg, !err && count == 0 ? ZV_E_NOTFOUND : err, records, count);
}

static struct question *new_question(const struct question *template)
{
    struct question *question = zv_zalloc(sizeof(*question));
    if (question)
        *question = *template;
    return question;
}

void zv_dns_addresses(struct zv_dns *dns, const char *name, int family, zv_dns_addresses_fn *done,
                      void *arg)
{
    struct question *question = new_question(&(struct question){.addresses_fn = done, .arg = arg});
    if (!question) {
        done(arg, ZV_E_NOMEM, NULL, 0);
        return;
    }
    ares_gethostbyname(dns->channel, name, family == ZV_ADDR_IPV6 ? AF_INET6 : AF_INET,
                       on_addresses, question);
    rearm(dns);
}

void zv_dns_srv(struct zv_dns *dns, const char *name, zv_dns_srv_fn *done, void *arg)
{
    struct question *question = new_question(&(struct question){.srv_fn = done, .arg = arg});
    if (!question) {
        done(arg, ZV_E_NOMEM, NULL, 0);
        return;
    }
    ares_query(dns->channel, name, 1 /* IN */, 33 /* SRV, RFC 2782 */, on_srv, question);
    rearm(dns);
}
