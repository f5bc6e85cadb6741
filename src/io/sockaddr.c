#define _GNU_SOURCE
#include "io/sockaddr.h"

#include "base/err.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

int zv_sockaddr_family(const struct zv_addr *addr)
{
    switch (addr->family) {
    case ZV_ADDR_IPV4:
        return AF_INET;
    case ZV_ADDR_IPV6:
        return AF_INET6;
    default:
        return AF_UNSPEC;
    }
}

static socklen_t write_v4(const struct zv_addr *addr, struct sockaddr_storage *ret_sockaddr)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(addr->port)};
    memcpy(&v4.sin_addr, addr->ip, 4);
    memcpy(ret_sockaddr, &v4, sizeof(v4));
    return sizeof(v4);
}

static socklen_t write_v6(const struct zv_addr *addr, struct sockaddr_storage *ret_sockaddr)
{
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(addr->port)};
    if (addr->family == ZV_ADDR_IPV4) {
        v6.sin6_addr.s6_addr[10] = v6.sin6_addr.s6_addr[11] = 0xff;
        memcpy(v6.sin6_addr.s6_addr + 12, addr->ip, 4);
    } else {
        memcpy(&v6.sin6_addr, addr->ip, 16);
    }
    memcpy(ret_sockaddr, &v6, sizeof(v6));
    return sizeof(v6);
}

socklen_t zv_sockaddr_write(const struct zv_addr *addr, int socket_family,
                            struct sockaddr_storage *ret_sockaddr)
{
    if (addr->family == ZV_ADDR_NONE)
        return 0;
    if (socket_family == AF_INET)
        return addr->family == ZV_ADDR_IPV4 ? write_v4(addr, ret_sockaddr) : 0;
    return socket_family == AF_INET6 ? write_v6(addr, ret_sockaddr) : 0;
}

int zv_sockaddr_read(const struct sockaddr *sockaddr, struct zv_addr *ret_addr)
{
    struct zv_addr addr = {0};
    if (sockaddr->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, sockaddr, sizeof(v4));
        addr.family = ZV_ADDR_IPV4;
        addr.port = ntohs(v4.sin_port);
        memcpy(addr.ip, &v4.sin_addr, 4);
    } else if (sockaddr->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, sockaddr, sizeof(v6));
        addr.family = ZV_ADDR_IPV6;
        addr.port = ntohs(v6.sin6_port);
        memcpy(addr.ip, &v6.sin6_addr, 16);
        zv_addr_unmap(&addr);
    } else {
        return ZV_E_UNSUPPORTED;
    }
    *ret_addr = addr;
    return 0;
}

static bool is_wanted(const struct ifaddrs *entry, bool all, struct zv_addr *ret_addr)
{
    if (!entry->ifa_addr || !(entry->ifa_flags & IFF_UP))
        return false;
    if (zv_sockaddr_read(entry->ifa_addr, ret_addr))
        return false;
    ret_addr->port = 0;
    return all || (!zv_addr_is_loopback(ret_addr) && !zv_addr_is_link_local(ret_addr));
}

int zv_local_addrs(struct zv_local_addr *ret_addrs, size_t cap, bool all)
{
    static const enum zv_addr_family order[] = {ZV_ADDR_IPV4, ZV_ADDR_IPV6};
    struct ifaddrs *list;
    size_t count = 0;
    if (getifaddrs(&list))
        return ZV_E_IO;
    for (size_t pass = 0; pass < ZV_ARRAY_LEN(order); pass++) {
        for (struct ifaddrs *entry = list; entry && count < cap; entry = entry->ifa_next) {
            struct zv_local_addr found = {0};
            if (!is_wanted(entry, all, &found.addr) || found.addr.family != order[pass])
                continue;
            size_t len = strnlen(entry->ifa_name, sizeof(found.ifname) - 1);
            memcpy(found.ifname, entry->ifa_name, len);
            ret_addrs[count++] = found;
        }
    }
    freeifaddrs(list);
    return (int)count;
}

int zv_local_addr_towards(const struct zv_addr *remote, struct zv_addr *ret_local)
{
    struct sockaddr_storage to, from;
    socklen_t from_len = sizeof(from);
    struct zv_addr target = *remote;
    int err = ZV_E_IO;
    if (!target.port)
        target.port = 9; /* discard: a port is needed, nothing is sent */
    int family = zv_sockaddr_family(&target);
    socklen_t len = zv_sockaddr_write(&target, family, &to);
    int fd = len ? socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;
    if (fd < 0)
        return ZV_E_IO;
    if (!connect(fd, (struct sockaddr *)&to, len) &&
        !getsockname(fd, (struct sockaddr *)&from, &from_len)) {
        err = zv_sockaddr_read((struct sockaddr *)&from, ret_local);
        if (!err)
            ret_local->port = 0;
    }
    close(fd);
    return err;
}
