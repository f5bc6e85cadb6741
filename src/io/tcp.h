/*
 * TCP: listeners, connections, and a bounded queue of what waits to leave. Never blocks. Addresses
 * carry ZV_ADDR_TCP.
 *
 * The queue is for media: what is late is worth little, so little of it waits: the kernel holds at
 * most ZV_TCP_UNSENT_BYTES that the network has not taken yet, the queue ZV_TCP_QUEUE_BYTES more,
 * and what comes beyond has no room.
 */
#ifndef ZV_IO_TCP_H
#define ZV_IO_TCP_H

#include "base/addr.h"
#include "base/attr.h"

#include <stddef.h>
#include <stdint.h>

#define ZV_TCP_QUEUE_BYTES  8192
#define ZV_TCP_UNSENT_BYTES 8192

struct zv_tcp_socket {
    int fd;                /* owned; -1: closed */
    struct zv_addr local;  /* of a listener: bound address and real port */
    struct zv_addr remote; /* of a connection */
};

/* IPv6 listeners are IPv6 only. ZV_E_INUSE, ZV_E_INVAL, ZV_E_LIMIT (descriptors), ZV_E_IO. */
int zv_tcp_listen(struct zv_tcp_socket *ret_listener, const struct zv_addr *bind) ZV_MUST_CHECK;
/*
 * ZV_E_AGAIN: nobody waits; ZV_E_LIMIT: no descriptor or memory is left: whoever waits goes on
 * waiting, so leave the listener alone for a while; ZV_E_IO: this one has gone, try the next.
 */
int zv_tcp_accept(const struct zv_tcp_socket *listener,
                  struct zv_tcp_socket *ret_socket) ZV_MUST_CHECK;
/*
 * A socket that will connect from `local` (its port 0: a free one, known at once). ZV_E_INVAL,
 * ZV_E_INUSE, ZV_E_LIMIT (descriptors), ZV_E_IO.
 */
int zv_tcp_open(struct zv_tcp_socket *ret_socket, const struct zv_addr *local) ZV_MUST_CHECK;
/* Begins; when the socket can be written to, zv_tcp_finish_connect tells the end. ZV_E_NOROUTE,
 * ZV_E_IO (refused at once). */
int zv_tcp_connect(struct zv_tcp_socket *socket, const struct zv_addr *remote) ZV_MUST_CHECK;
/* 0: it is connected; ZV_E_NOROUTE, ZV_E_TIMEOUT, ZV_E_IO (refused). */
int zv_tcp_finish_connect(const struct zv_tcp_socket *socket) ZV_MUST_CHECK;
/* A connection whose data nobody has acknowledged for this long is broken. */
void zv_tcp_set_patience(const struct zv_tcp_socket *socket, int64_t patience_us);
/* A closed one may be closed again. */
void zv_tcp_close(struct zv_tcp_socket *socket);
/* What has come, at most `cap`: *ret_len, not 0. ZV_E_AGAIN: nothing; ZV_E_GONE: the other end
 * closed; ZV_E_IO: the connection is broken. */
int zv_tcp_read(const struct zv_tcp_socket *socket, uint8_t *data, size_t cap,
                size_t *ret_len) ZV_MUST_CHECK;

/* Writes what the kernel takes of it: *ret_len, not 0. ZV_E_AGAIN: nothing now; ZV_E_IO. */
int zv_tcp_write(const struct zv_tcp_socket *socket, const uint8_t *data, size_t len,
                 size_t *ret_len) ZV_MUST_CHECK;

/* A ring; zeroed it is empty. */
struct zv_tcp_queue {
    size_t first;
    size_t count;
    uint8_t bytes[ZV_TCP_QUEUE_BYTES];
};

/* All or nothing. ZV_E_LIMIT. */
int zv_tcp_queue_put(struct zv_tcp_queue *queue, const void *head, size_t head_len,
                     const void *data, size_t len) ZV_MUST_CHECK;
/* Writes what the kernel takes. 0: the queue is empty; ZV_E_AGAIN: something is left; ZV_E_IO. */
int zv_tcp_queue_flush(struct zv_tcp_queue *queue,
                       const struct zv_tcp_socket *socket) ZV_MUST_CHECK;

#endif
