/*
 * Errors of ICMP as a router would send them, forged on the loopback of a network namespace that is
 * the test program's own: the kernel remembers what "fragmentation needed" says.
 */
#ifndef ZV_TEST_SUPPORT_ICMP_H
#define ZV_TEST_SUPPORT_ICMP_H

#define _GNU_SOURCE
#include "support/test.h"

#include "base/buf.h"
#include "io/sockaddr.h"

#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define ICMP_HEAD_BYTES 8
#define UDP_HEAD_BYTES  8

/* As on the wire. */
struct icmp_error {
    uint8_t type, code;
    uint32_t rest; /* of its head: the MTU, where there is one */
};

/* False: nobody lets us have a namespace here, so the test is to be skipped. */
static inline bool enter_own_network(void)
{
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    if (unshare(CLONE_NEWNET) && unshare(CLONE_NEWUSER | CLONE_NEWNET))
        return false;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &request), 0);
    close(fd);
    return true;
}

static inline uint16_t icmp_checksum(const uint8_t *bytes, size_t len)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < len; i += 2)
        sum += zv_get_u16(bytes + i);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t) ~((sum & 0xffff) + (sum >> 16));
}

/* The head of the datagram that is complained of; returns its length. */
static inline size_t write_cited(uint8_t *at, int family, const struct zv_addr *from,
                                 const struct zv_addr *to)
{
    size_t ip_len = family == AF_INET ? 20 : 40;
    memset(at, 0, ip_len + UDP_HEAD_BYTES);
    if (family == AF_INET) {
        at[0] = 0x45;
        zv_set_u16(at + 2, 1400);
        at[9] = IPPROTO_UDP;
        memcpy(at + 12, from->ip, 4);
        memcpy(at + 16, to->ip, 4);
    } else {
        at[0] = 0x60;
        zv_set_u16(at + 4, 1400);
        at[6] = IPPROTO_UDP;
        memcpy(at + 8, from->ip, 16);
        memcpy(at + 24, to->ip, 16);
    }
    zv_set_u16(at + ip_len, from->port);
    zv_set_u16(at + ip_len + 2, to->port);
    return ip_len + UDP_HEAD_BYTES;
}

/* Sends it to who sent a datagram from `from` to `to`, both of them addresses of the loopback. */
static inline void send_icmp_error(const struct icmp_error *error, const struct zv_addr *from,
                                   const struct zv_addr *to)
{
    uint8_t bytes[ICMP_HEAD_BYTES + 40 + UDP_HEAD_BYTES] = {error->type, error->code};
    struct sockaddr_storage name;
    int family = zv_sockaddr_family(from);
    struct zv_addr portless = *from;
    portless.port = 0;
    zv_set_u32(bytes + 4, error->rest);
    size_t len = ICMP_HEAD_BYTES + write_cited(bytes + ICMP_HEAD_BYTES, family, from, to);
    if (family == AF_INET) /* the kernel writes that of IPv6 */
        zv_set_u16(bytes + 2, icmp_checksum(bytes, len));
    int fd =
        socket(family, SOCK_RAW | SOCK_CLOEXEC, family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6);
    assert_true(fd >= 0);
    socklen_t name_len = zv_sockaddr_write(&portless, family, &name);
    assert_int_equal(sendto(fd, bytes, len, 0, (struct sockaddr *)&name, name_len), (ssize_t)len);
    close(fd);
}

#endif
