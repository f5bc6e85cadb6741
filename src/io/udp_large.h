/*
 * One datagram at a time, of any size, on a zv_udp_socket: for signalling, where a message may have
 * 64 KiB and the reason why one could not be delivered matters.
 */
#ifndef ZV_IO_UDP_LARGE_H
#define ZV_IO_UDP_LARGE_H

#include "base/attr.h"
#include "base/dgram.h"
#include "io/udp.h"

#include <stdbool.h>

/* Asks the kernel to report ICMP errors by zv_udp_read_error (ip(7), IP_RECVERR). ZV_E_IO. */
int zv_udp_enable_errors(const struct zv_udp_socket *socket) ZV_MUST_CHECK;
/* Lets routers of IPv4 cut what is too large for their next link, where the kernel would have them
 * drop it and say so: who sends one datagram and waits for its answer loses time by that. ZV_E_IO.
 */
int zv_udp_allow_fragments(const struct zv_udp_socket *socket) ZV_MUST_CHECK;
/*
 * Reads one datagram into dgram->data, which has `cap` bytes; sets len, local (with the socket's
 * port) and remote. ZV_E_AGAIN: none waits; ZV_E_LIMIT: it was longer and is dropped.
 */
int zv_udp_receive_large(const struct zv_udp_socket *socket, struct zv_dgram *dgram,
                         size_t cap) ZV_MUST_CHECK;
/* Sends from dgram->local (its port is the socket's) to dgram->remote. ZV_E_IO: the kernel refused;
 * ZV_E_AGAIN: full. */
int zv_udp_send_large(const struct zv_udp_socket *socket,
                      const struct zv_dgram *dgram) ZV_MUST_CHECK;

struct zv_udp_error {
    struct zv_addr remote; /* where the datagram was to go */
    /* Nobody takes it there (RFC 3261 §18.4). False: it was too large for the way, which the kernel
     * knows from now on, or it went in a circle; the next one may arrive. */
    bool is_unreachable;
};
/* Takes one reported error; false: none waits. */
bool zv_udp_read_error(const struct zv_udp_socket *socket, struct zv_udp_error *ret_error);

#endif
