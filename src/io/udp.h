/*
 * UDP sockets and batches of datagrams in buffers that this module owns, so that another path below
 * (AF_XDP) can take the sockets' place without a change above.
 *
 * A zv_udp_pool is one thread's: fixed number of packets, allocated once. Receive fills packets of
 * the pool from a socket (recvmmsg), send hands packets to a socket (sendmmsg). Every received
 * packet says the local address it came to (IP_PKTINFO), and every sent one names the address it
 * leaves from: a reply comes from where the question went, on hosts with many addresses too.
 */
#ifndef ZV_IO_UDP_H
#define ZV_IO_UDP_H

#include "base/addr.h"
#include "base/attr.h"
#include "base/dgram.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room in a packet: a media datagram plus what SRTP adds. */
#define ZV_UDP_PACKET_BYTES 1600
/* Datagrams per system call. */
#define ZV_UDP_BATCH 32

struct zv_udp_cfg {
    struct zv_addr bind; /* port 0: the system's choice; address unspecified: any */
    bool dual_stack;     /* "::" takes IPv4 as well; else IPv6 sockets are IPv6 only */
    int buffer_bytes;    /* SO_RCVBUF and SO_SNDBUF, as far as we may; 0: the system's default */
};

/* Open for plain use; the fd is for pollers. */
struct zv_udp_socket {
    int fd;               /* owned; -1: closed */
    int family;           /* AF_INET, AF_INET6 */
    struct zv_addr local; /* bound address and real port */
    bool any;             /* bound to an unspecified address: sends name their source */
};

/* Non-blocking. ZV_E_INUSE, ZV_E_INVAL, ZV_E_IO (no such address, no more descriptors). */
int zv_udp_open(struct zv_udp_socket *ret_socket, const struct zv_udp_cfg *cfg) ZV_MUST_CHECK;
/* A closed one may be closed again. */
void zv_udp_close(struct zv_udp_socket *socket);

struct zv_udp_packet {
    struct zv_dgram dgram;      /* data points to `bytes` when received */
    struct zv_udp_packet *next; /* free list, or the owner's queue */
    uint8_t bytes[ZV_UDP_PACKET_BYTES];
};

struct zv_udp_pool;

/* ZV_E_NOMEM. `count` at least ZV_UDP_BATCH. */
int zv_udp_pool_new(struct zv_udp_pool **ret_pool, size_t count) ZV_MUST_CHECK;
struct zv_udp_pool *zv_udp_pool_free(struct zv_udp_pool *pool);
/* NULL: all are out. */
struct zv_udp_packet *zv_udp_pool_take(struct zv_udp_pool *pool);
void zv_udp_pool_give(struct zv_udp_pool *pool, struct zv_udp_packet *packet);
size_t zv_udp_pool_available(const struct zv_udp_pool *pool);

/*
 * Reads up to `max` (at most ZV_UDP_BATCH) waiting datagrams into packets of the pool, which the
 * caller gives back or sends. Returns how many; 0: none wait, or the pool is empty. Datagrams that
 * are empty or longer than ZV_MAX_MEDIA_DGRAM_BYTES are dropped and counted in *ret_dropped
 * (added).
 */
size_t zv_udp_receive(struct zv_udp_pool *pool, const struct zv_udp_socket *socket,
                      struct zv_udp_packet **ret_packets, size_t max, uint64_t *ret_dropped);
/*
 * Sends `count` (any number) packets from dgram.local to dgram.remote and gives them back to the
 * pool. Returns how many the kernel took; what it refuses (full buffer, no route) is dropped.
 */
size_t zv_udp_send(struct zv_udp_pool *pool, const struct zv_udp_socket *socket,
                   struct zv_udp_packet *const *packets, size_t count);

#endif
