/*
 * struct zv_addr <-> struct sockaddr, and what the kernel knows about this host's addresses.
 */
#ifndef ZV_IO_SOCKADDR_H
#define ZV_IO_SOCKADDR_H

#include "base/addr.h"
#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

/*
 * Writes `addr` for a socket of `socket_family` (AF_INET, AF_INET6); returns the length, or 0 when
 * the family does not fit. An IPv4 address for an AF_INET6 socket is written v4-mapped.
 */
socklen_t zv_sockaddr_write(const struct zv_addr *addr, int socket_family,
                            struct sockaddr_storage *ret_sockaddr);
/* v4-mapped forms become IPv4. ZV_E_UNSUPPORTED for other families than AF_INET and AF_INET6. */
int zv_sockaddr_read(const struct sockaddr *sockaddr, struct zv_addr *ret_addr) ZV_MUST_CHECK;
/* AF_INET, AF_INET6 or AF_UNSPEC. */
int zv_sockaddr_family(const struct zv_addr *addr);

/* Most addresses that zv_local_addrs looks at. */
#define ZV_LOCAL_ADDRS_MAX 64

struct zv_local_addr {
    struct zv_addr addr; /* port 0 */
    char ifname[16];
};
/*
 * Addresses of interfaces that are up, IPv4 first, in the kernel's order; loopback and link-local
 * ones left out unless `all`. Returns how many (at most cap), or ZV_E_IO.
 */
int zv_local_addrs(struct zv_local_addr *ret_addrs, size_t cap, bool all) ZV_MUST_CHECK;
/*
 * The source address that the kernel would use towards `remote` (port 0 is taken as 9). Sends
 * nothing. ZV_E_IO: no route.
 */
int zv_local_addr_towards(const struct zv_addr *remote, struct zv_addr *ret_local) ZV_MUST_CHECK;

#endif
