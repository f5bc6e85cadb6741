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
/* Takes one reported error: true and the remote that is unreachable, or false. */
bool zv_udp_read_error(const struct zv_udp_socket *socket, struct zv_addr *ret_remote);

#endif
