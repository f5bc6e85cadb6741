/*
 * The local address of one datagram, in and out, on a socket bound to any address: IP_PKTINFO
 * (ip(7)) and IPV6_PKTINFO (RFC 3542). A reply leaves from the address that the question came to,
 * on hosts with many addresses too.
 */
#ifndef ZV_IO_PKTINFO_H
#define ZV_IO_PKTINFO_H

#include "base/addr.h"

#include <netinet/in.h>
#include <sys/socket.h>

/* struct in6_pktinfo of netinet/in.h needs _GNU_SOURCE: its size is fixed by RFC 3542. */
#define ZV_PKTINFO_CONTROL_BYTES CMSG_SPACE(20)

/* The address that a received datagram came to; `local` keeps its value when the kernel did not
 * say. */
void zv_pktinfo_read(struct msghdr *header, struct zv_addr *local);
/*
 * Names the source address of a datagram to send; header->msg_control holds
 * ZV_PKTINFO_CONTROL_BYTES. Does nothing when the address does not fit the socket's family.
 */
void zv_pktinfo_write(struct msghdr *header, int socket_family, const struct zv_addr *local);

#endif
