/*
 * Listeners and port ranges: which of them want the same, and whether this machine and this user
 * can have each. A socket is bound for a moment and never listens. That a port is taken is a
 * warning: it may be a zvonokd that runs, whose next configuration this is.
 */
#define _GNU_SOURCE
#include "base/addr.h"
#include "base/alloc.h"
#include "gateway/check_int.h"
#include "gateway/gateway_int.h"
#include "io/sockaddr.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_PLACES (4 * ZV_CONFIG_MAX_LIST + 2 * ZV_MAX_WORKERS + 3)

struct place {
    const char *key;
    struct zv_addr addr;
    int type; /* SOCK_STREAM, SOCK_DGRAM */
};

struct places {
    size_t count;
    struct place list[MAX_PLACES];
};

/* ---- the list ---- */

static void add(struct places *places, const char *key, const struct zv_addr *addr, int type)
{
    if (places->count < MAX_PLACES && addr->port)
        places->list[places->count++] = (struct place){.key = key, .addr = *addr, .type = type};
}

/* What does not parse has been told. */
static void add_text(struct places *places, const char *key, const char *text, int type)
{
    struct zv_addr addr;
    if (text[0] && zv_addr_parse(zv_str(text), &addr) == 0)
        add(places, key, &addr, type);
}

static void add_list(struct places *places, const char *key, const struct zv_config_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        add_text(places, key, list->items[i], SOCK_STREAM);
}

static void add_media(struct places *places, const struct zv_config *config)
{
    uint32_t workers = zv_gateway_worker_count(config);
    for (uint32_t i = 0; config->media_web_port && i < workers; i++) {
        struct zv_addr any = {.family = ZV_ADDR_IPV4,
                              .port = (uint16_t)(config->media_web_port + i)};
        add(places, "media.web_port", &any, SOCK_DGRAM);
        if (config->media_tcp)
            add(places, "media.web_port", &any, SOCK_STREAM);
    }
}

static void list_places(const struct zv_config *config, struct places *places)
{
    add_text(places, "sip.listen", config->sip_listen, SOCK_DGRAM);
    if (config->sip_tcp)
        add_text(places, "sip.listen", config->sip_listen, SOCK_STREAM);
    add_text(places, "sip.tls_listen", config->sip_tls_listen, SOCK_STREAM);
    add_list(places, "http.wss_listen", &config->http_wss_listen);
    add_list(places, "http.https_listen", &config->http_https_listen);
    add_list(places, "http.ws_listen", &config->http_ws_listen);
    add_list(places, "http.admin_listen", &config->http_admin_listen);
    add_media(places, config);
}

/* ---- against each other ---- */

/* [::] takes IPv4 as well. */
static bool covers(const struct zv_addr *wide, const struct zv_addr *addr)
{
    return zv_addr_is_unspecified(wide) &&
           (wide->family == ZV_ADDR_IPV6 || addr->family == ZV_ADDR_IPV4);
}

static bool collide(const struct place *a, const struct place *b)
{
    return a->type == b->type && a->addr.port == b->addr.port &&
           (zv_addr_ip_eq(&a->addr, &b->addr) || covers(&a->addr, &b->addr) ||
            covers(&b->addr, &a->addr));
}

static const char *transport_of(const struct place *place)
{
    return place->type == SOCK_DGRAM ? "UDP" : "TCP";
}

static const struct place *find_collision(const struct places *places, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (collide(&places->list[i], &places->list[index]))
            return &places->list[i];
    }
    return NULL;
}

static void check_range(struct zv_check *check, const struct place *place)
{
    const struct zv_config *config = check->config;
    bool is_told = place->addr.port == config->media_web_port; /* by zv_config_check */
    if (place->type == SOCK_DGRAM && !is_told && place->addr.port >= config->media_port_from &&
        place->addr.port <= config->media_port_to)
        zv_check_tell(check, ZV_SEVERITY_FAIL, "choose another port, or another range",
                      "%s: UDP port %u lies in media.port_from to media.port_to (%lld-%lld)",
                      place->key, place->addr.port, (long long)config->media_port_from,
                      (long long)config->media_port_to);
}

/* ---- on this machine ---- */

static int try_bind(const struct place *place)
{
    struct sockaddr_storage sockaddr;
    int family = zv_sockaddr_family(&place->addr), failure = 0;
    socklen_t len = zv_sockaddr_write(&place->addr, family, &sockaddr);
    int fd = socket(family, place->type | SOCK_CLOEXEC, 0);
    if (fd < 0) /* [::] on a machine without IPv6 takes IPv4 alone */
        return zv_addr_is_unspecified(&place->addr) ? 0 : errno;
    if (place->type == SOCK_STREAM)
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(fd, (struct sockaddr *)&sockaddr, len))
        failure = errno;
    close(fd);
    return failure;
}

static void check_bind(struct zv_check *check, const struct place *place)
{
    char addr[ZV_ADDR_TEXT_CAP], remedy[160];
    int failure = try_bind(place);
    const char *transport = transport_of(place);
    zv_addr_write(&place->addr, addr);
    if (failure == EADDRINUSE) {
        snprintf(remedy, sizeof(remedy),
                 "if it is not zvonokd itself, `ss -ltunp 'sport = :%u'` names it",
                 place->addr.port);
        zv_check_tell(check, ZV_SEVERITY_WARN, remedy, "%s: %s %s is in use now", place->key,
                      transport, addr);
    } else if (failure == EACCES || failure == EPERM) {
        zv_check_tell(check, ZV_SEVERITY_FAIL,
                      "choose a port from 1024 on, or give zvonokd CAP_NET_BIND_SERVICE "
                      "(AmbientCapabilities= in its unit)",
                      "%s: this user may not have %s %s", place->key, transport, addr);
    } else if (failure == EADDRNOTAVAIL) {
        zv_check_tell(check, ZV_SEVERITY_FAIL, "`ip address` lists those that it has",
                      "%s: this machine has no address for %s %s", place->key, transport, addr);
    } else if (failure) {
        zv_check_tell(check, ZV_SEVERITY_FAIL, "", "%s: %s %s: %s", place->key, transport, addr,
                      strerrordesc_np(failure));
    }
}

void zv_check_ports(struct zv_check *check)
{
    struct places *places = zv_zalloc(sizeof(*places));
    if (!places)
        return;
    list_places(check->config, places);
    for (size_t i = 0; i < places->count; i++) {
        const struct place *place = &places->list[i], *other = find_collision(places, i);
        check_range(check, place);
        if (other)
            zv_check_tell(check, ZV_SEVERITY_FAIL, "give one of them another port",
                          "%s: %s port %u is that of %s, too", place->key, transport_of(place),
                          place->addr.port, other->key);
        else
            check_bind(check, place);
    }
    zv_free(places);
}
