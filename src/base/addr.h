/*
 * Transport addresses (RFC 8445 section 4) as plain values: family, address, port, and which
 * protocol's port it is. No socket headers; io/ converts to sockaddr.
 */
#ifndef ZV_BASE_ADDR_H
#define ZV_BASE_ADDR_H

#include "base/attr.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum zv_addr_family {
    ZV_ADDR_NONE = 0,
    ZV_ADDR_IPV4 = 4,
    ZV_ADDR_IPV6 = 6,
};

/* Whose port number it is. Most of what has an address here is UDP, or of no protocol at all: 0. */
enum zv_addr_transport {
    ZV_ADDR_UDP = 0,
    ZV_ADDR_TCP = 1, /* client's media in frames of RFC 4571 */
};

struct zv_addr {
    uint8_t family;    /* enum zv_addr_family */
    uint8_t ip[16];    /* network order; IPv4 in the first four, the rest 0 */
    uint8_t transport; /* enum zv_addr_transport */
    uint16_t port;     /* host order; 0: none */
};

/* Room for "[ffff:…:255.255.255.255]:65535/tcp" and a NUL. */
#define ZV_ADDR_TEXT_CAP 64

/* "192.0.2.1" or "2001:db8::1" (no brackets, no zone, no port); port becomes 0. ZV_E_PARSE. */
int zv_addr_parse_ip(struct zv_str text, struct zv_addr *ret_addr) ZV_MUST_CHECK;
/* "192.0.2.1:5060" or "[2001:db8::1]:5060". ZV_E_PARSE. */
int zv_addr_parse(struct zv_str text, struct zv_addr *ret_addr) ZV_MUST_CHECK;
/* Writes the address without port ("2001:db8::1", RFC 5952), NUL-terminated; returns `dst`. */
const char *zv_addr_write_ip(const struct zv_addr *addr, char dst[ZV_ADDR_TEXT_CAP]);
/* Writes "address:port" ("[…]:port" for IPv6; "/tcp" behind it for TCP), NUL-terminated; returns
 * `dst`. */
const char *zv_addr_write(const struct zv_addr *addr, char dst[ZV_ADDR_TEXT_CAP]);

bool zv_addr_eq(const struct zv_addr *a, const struct zv_addr *b);    /* address, port, transport */
bool zv_addr_ip_eq(const struct zv_addr *a, const struct zv_addr *b); /* address only */
/* A v4-mapped IPv6 address (::ffff:192.0.2.1) becomes IPv4; others stay. */
void zv_addr_unmap(struct zv_addr *addr);

bool zv_addr_is_loopback(const struct zv_addr *addr);
bool zv_addr_is_link_local(const struct zv_addr *addr);
bool zv_addr_is_unspecified(const struct zv_addr *addr);
/* RFC 1918, 100.64/10, loopback, link-local, ULA: addresses that do not name one host of the
 * Internet. */
bool zv_addr_is_private(const struct zv_addr *addr);
/*
 * An address that a stranger may name as a target on the public Internet: not private, unspecified,
 * multicast, broadcast, 0/8; no v4-mapped, NAT64 (64:ff9b::/96) or 6to4 form that hides such an
 * address.
 */
bool zv_addr_is_public(const struct zv_addr *addr);

/* A network: "10.0.0.0/8", "2001:db8::/32"; a bare address is the host itself. */
struct zv_cidr {
    struct zv_addr net;
    uint8_t prefix_bits;
};
int zv_cidr_parse(struct zv_str text, struct zv_cidr *ret_cidr) ZV_MUST_CHECK;
bool zv_cidr_has(const struct zv_cidr *cidr, const struct zv_addr *addr);

#endif
