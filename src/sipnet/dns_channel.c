/* c-ares on the loop: see dns_channel.h. */
#define _GNU_SOURCE
#include "sipnet/dns_channel.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/list.h"
#include "base/time.h"

#include <ares.h>
#include <string.h>
#include <uv.h>

/* One socket of c-ares, watched on the loop. Freed in its close callback. */
struct watch {
    struct zv_list_node node;
    uv_poll_t poll;
    ares_socket_t fd;
    int events;                     /* UV_READABLE, UV_WRITABLE: what c-ares waits for */
    struct zv_dns_channel *channel; /* NULL once it is closed */
};

struct zv_dns_channel {
    ares_channel ares;
    uv_loop_t *loop;
    uv_timer_t *timer; /* own allocation: it outlives us by its close callback */
    struct zv_list watches;
};

/* What a question carries to its answer. */
struct question {
    zv_dns_channel_fn *done_fn;
    void *arg;
};

static int err_of(int status)
{
    switch (status) {
    case ARES_SUCCESS:
    case ARES_ENOTFOUND: /* the message says so, and for how long */
    case ARES_ENODATA:
        return 0;
    case ARES_EBADNAME:
        return ZV_E_NOTFOUND;
    case ARES_ETIMEOUT:
        return ZV_E_TIMEOUT;
    case ARES_EDESTRUCTION:
    case ARES_ECANCELLED:
        return ZV_E_GONE;
    case ARES_ENOMEM:
        return ZV_E_NOMEM;
    default:
        return ZV_E_IO; /* SERVFAIL, REFUSED, no server, an answer that is none */
    }
}

static void rearm(struct zv_dns_channel *channel);

static void on_timer(uv_timer_t *timer)
{
    struct zv_dns_channel *channel = timer->data;
    if (!channel)
        return;
    ares_process_fd(channel->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    rearm(channel);
}

static void rearm(struct zv_dns_channel *channel)
{
    struct timeval buffer, *next = ares_timeout(channel->ares, NULL, &buffer);
    if (!next) {
        uv_timer_stop(channel->timer);
        return;
    }
    uint64_t ms = (uint64_t)next->tv_sec * 1000 + (uint64_t)next->tv_usec / 1000 + 1;
    uv_timer_start(channel->timer, on_timer, ms, 0);
}

static void on_ready(uv_poll_t *poll, int status, int events);

static void start_watch(struct watch *watch)
{
    uv_poll_start(&watch->poll, watch->events, on_ready);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct watch *watch = poll->data;
    struct zv_dns_channel *channel = watch->channel;
    ares_socket_t fd = watch->fd;
    if (!channel)
        return;
    bool is_readable = status < 0 || (events & UV_READABLE);
    bool is_writable = status < 0 || (events & UV_WRITABLE);
    ares_process_fd(channel->ares, is_readable ? fd : ARES_SOCKET_BAD,
                    is_writable ? fd : ARES_SOCKET_BAD);
    if (status < 0 && watch->channel) /* libuv has stopped watching a socket with an error */
        start_watch(watch);
    rearm(channel);
}

static struct watch *find_watch(struct zv_dns_channel *channel, ares_socket_t fd)
{
    ZV_LIST_EACH (node, &channel->watches) {
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
    watch->channel = NULL;
    uv_poll_stop(&watch->poll);
    uv_close((uv_handle_t *)&watch->poll, on_watch_closed);
}

static struct watch *new_watch(struct zv_dns_channel *channel, ares_socket_t fd)
{
    struct watch *watch = zv_zalloc(sizeof(*watch));
    if (!watch)
        return NULL;
    if (uv_poll_init_socket(channel->loop, &watch->poll, fd) < 0) {
        zv_free(watch);
        return NULL;
    }
    watch->poll.data = watch;
    watch->fd = fd;
    watch->channel = channel;
    zv_list_append(&channel->watches, &watch->node);
    return watch;
}

static void on_socket_state(void *arg, ares_socket_t fd, int readable, int writable)
{
    struct zv_dns_channel *channel = arg;
    struct watch *watch = find_watch(channel, fd);
    if (!readable && !writable) {
        if (watch)
            close_watch(watch);
        return;
    }
    if (!watch)
        watch = new_watch(channel, fd);
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

static int set_servers(struct zv_dns_channel *channel, char *const *servers, size_t count)
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
    if (!list || ares_set_servers_ports_csv(channel->ares, list) != ARES_SUCCESS)
        return ZV_E_INVAL;
    return 0;
}

static void on_timer_closed(uv_handle_t *handle)
{
    zv_free(handle);
}

static int init_channel(struct zv_dns_channel *channel, const struct zv_dns_channel_cfg *cfg)
{
    struct ares_options options = {
        .flags = ARES_FLAG_NOALIASES,
        /* No search domains: completed by one, a listed name could lead elsewhere. */
        .ndomains = 0,
        .timeout = (int)(cfg->timeout_us / ZV_US_PER_MS),
        .tries = cfg->tries,
        .sock_state_cb = on_socket_state,
        .sock_state_cb_data = channel,
    };
    int mask = ARES_OPT_FLAGS | ARES_OPT_DOMAINS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
               ARES_OPT_SOCK_STATE_CB;
    if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
        return ZV_E_IO;
    if (ares_init_options(&channel->ares, &options, mask) != ARES_SUCCESS) {
        ares_library_cleanup();
        return ZV_E_IO;
    }
    return set_servers(channel, cfg->servers, cfg->server_count);
}

int zv_dns_channel_new(struct zv_dns_channel **ret_channel, const struct zv_dns_channel_cfg *cfg)
{
    struct zv_dns_channel *channel = zv_zalloc(sizeof(*channel));
    if (!channel)
        return ZV_E_NOMEM;
    channel->loop = cfg->loop;
    zv_list_init(&channel->watches);
    channel->timer = zv_zalloc(sizeof(*channel->timer));
    if (!channel->timer) {
        zv_free(channel);
        return ZV_E_NOMEM;
    }
    uv_timer_init(channel->loop, channel->timer);
    channel->timer->data = channel;
    int err = init_channel(channel, cfg);
    if (err) {
        zv_dns_channel_free(channel);
        return err;
    }
    *ret_channel = channel;
    return 0;
}

struct zv_dns_channel *zv_dns_channel_free(struct zv_dns_channel *channel)
{
    if (!channel)
        return NULL;
    if (channel->ares) {
        ares_destroy(channel->ares);
        ares_library_cleanup();
    }
    ZV_LIST_EACH (node, &channel->watches)
        close_watch(ZV_CONTAINER_OF(node, struct watch, node));
    channel->timer->data = NULL;
    uv_close((uv_handle_t *)channel->timer, on_timer_closed);
    return zv_free(channel);
}

static void on_answer(void *arg, int status, int timeouts, unsigned char *answer, int len)
{
    struct question question = *(struct question *)arg;
    struct zv_str message = {0};
    int err = err_of(status);
    (void)timeouts;
    zv_free(arg);
    if (!err && answer && len > 0)
        message = zv_str_n((const char *)answer, (size_t)len);
    else if (!err)
        err = ZV_E_IO;
    question.done_fn(question.arg, err, message);
}

void zv_dns_channel_ask(struct zv_dns_channel *channel, const char *name, enum zv_dns_type type,
                        zv_dns_channel_fn *done_fn, void *arg)
{
    struct question *question = zv_zalloc(sizeof(*question));
    if (!question) {
        done_fn(arg, ZV_E_NOMEM, (struct zv_str){0});
        return;
    }
    *question = (struct question){.done_fn = done_fn, .arg = arg};
    ares_query(channel->ares, name, 1 /* IN, RFC 1035 §3.2.4 */, (int)type, on_answer, question);
    rearm(channel);
}
