#define _GNU_SOURCE
#include "io/udp.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/limits.h"
#include "io/pktinfo.h"
#include "io/sockaddr.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static_assert(ZV_UDP_PACKET_BYTES > ZV_MAX_MEDIA_DGRAM_BYTES, "an oversize datagram must show");

/* What recvmmsg and sendmmsg need beside the bytes. */
struct slots {
    struct mmsghdr headers[ZV_UDP_BATCH];
    struct iovec iov[ZV_UDP_BATCH];
    struct sockaddr_storage names[ZV_UDP_BATCH];
    union {
        struct cmsghdr align;
        uint8_t bytes[ZV_PKTINFO_CONTROL_BYTES];
    } control[ZV_UDP_BATCH];
};

struct zv_udp_pool {
    struct zv_udp_packet *free_list;
    size_t available;
    struct slots slots;
    struct zv_udp_packet *packets; /* owned, one array */
};

/* ---- Sockets ---- */

static int set_int(int fd, int level, int option, int value)
{
    return setsockopt(fd, level, option, &value, sizeof(value));
}

/* Who may not pass the limit (net.core.rmem_max, wmem_max; it takes CAP_NET_ADMIN) gets what it
 * allows: not an error. */
static void ask_for_buffer(int fd, int beyond_limit, int within_limit, int bytes)
{
    if (set_int(fd, SOL_SOCKET, beyond_limit, bytes))
        (void)set_int(fd, SOL_SOCKET, within_limit, bytes);
}

static int set_options(const struct zv_udp_socket *socket_, const struct zv_udp_cfg *cfg)
{
    int fd = socket_->fd;
    if (socket_->family == AF_INET6) {
        if (set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, !cfg->dual_stack) ||
            set_int(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, socket_->any))
            return ZV_E_IO;
    } else if (set_int(fd, IPPROTO_IP, IP_PKTINFO, socket_->any)) {
        return ZV_E_IO;
    }
    if (cfg->buffer_bytes) {
        ask_for_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, cfg->buffer_bytes);
        ask_for_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, cfg->buffer_bytes);
    }
    return 0;
}

static int bind_socket(struct zv_udp_socket *socket_, const struct zv_addr *addr)
{
    struct sockaddr_storage name;
    socklen_t len = zv_sockaddr_write(addr, socket_->family, &name);
    if (bind(socket_->fd, (struct sockaddr *)&name, len))
        return errno == EADDRINUSE ? ZV_E_INUSE : ZV_E_IO;
    len = sizeof(name);
    if (getsockname(socket_->fd, (struct sockaddr *)&name, &len))
        return ZV_E_IO;
    return zv_sockaddr_read((struct sockaddr *)&name, &socket_->local);
}

int zv_udp_open(struct zv_udp_socket *ret_socket, const struct zv_udp_cfg *cfg)
{
    struct zv_udp_socket opened = {.fd = -1, .family = zv_sockaddr_family(&cfg->bind)};
    if (opened.family == AF_UNSPEC)
        return ZV_E_INVAL;
    opened.any = zv_addr_is_unspecified(&cfg->bind);
    opened.fd = socket(opened.family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (opened.fd < 0)
        return ZV_E_IO;
    int err = set_options(&opened, cfg);
    if (!err)
        err = bind_socket(&opened, &cfg->bind);
    if (err) {
        zv_udp_close(&opened);
        return err;
    }
    *ret_socket = opened;
    return 0;
}

void zv_udp_close(struct zv_udp_socket *socket_)
{
    if (socket_->fd >= 0)
        close(socket_->fd);
    socket_->fd = -1;
}

/* ---- Packets ---- */

int zv_udp_pool_new(struct zv_udp_pool **ret_pool, size_t count)
{
    if (count < ZV_UDP_BATCH)
        return ZV_E_INVAL;
    struct zv_udp_pool *pool = zv_zalloc(sizeof(*pool));
    if (!pool)
        return ZV_E_NOMEM;
    pool->packets = zv_calloc(count, sizeof(*pool->packets));
    if (!pool->packets) {
        zv_free(pool);
        return ZV_E_NOMEM;
    }
    for (size_t i = 0; i < count; i++)
        zv_udp_pool_give(pool, &pool->packets[i]);
    *ret_pool = pool;
    return 0;
}

struct zv_udp_pool *zv_udp_pool_free(struct zv_udp_pool *pool)
{
    if (pool)
        zv_free(pool->packets);
    return zv_free(pool);
}

struct zv_udp_packet *zv_udp_pool_take(struct zv_udp_pool *pool)
{
    struct zv_udp_packet *packet = pool->free_list;
    if (!packet)
        return NULL;
    pool->free_list = packet->next;
    pool->available--;
    packet->next = NULL;
    packet->dgram.data = packet->bytes;
    packet->dgram.len = 0;
    return packet;
}

void zv_udp_pool_give(struct zv_udp_pool *pool, struct zv_udp_packet *packet)
{
    packet->next = pool->free_list;
    pool->free_list = packet;
    pool->available++;
}

size_t zv_udp_pool_available(const struct zv_udp_pool *pool)
{
    return pool->available;
}

/* ---- Receive ---- */

static void prepare_receive(struct slots *slots, size_t i, struct zv_udp_packet *packet)
{
    slots->iov[i] = (struct iovec){.iov_base = packet->bytes, .iov_len = sizeof(packet->bytes)};
    slots->headers[i].msg_hdr = (struct msghdr){
        .msg_name = &slots->names[i],
        .msg_namelen = sizeof(slots->names[i]),
        .msg_iov = &slots->iov[i],
        .msg_iovlen = 1,
        .msg_control = slots->control[i].bytes,
        .msg_controllen = sizeof(slots->control[i].bytes),
    };
}

static bool read_packet(struct slots *slots, size_t i, const struct zv_udp_socket *socket_,
                        struct zv_udp_packet *packet)
{
    struct msghdr *header = &slots->headers[i].msg_hdr;
    size_t len = slots->headers[i].msg_len;
    if (!len || len > ZV_MAX_MEDIA_DGRAM_BYTES || (header->msg_flags & MSG_TRUNC))
        return false;
    packet->dgram.len = len;
    packet->dgram.local = socket_->local;
    if (socket_->any)
        zv_pktinfo_read(header, &packet->dgram.local);
    return !zv_sockaddr_read((struct sockaddr *)&slots->names[i], &packet->dgram.remote);
}

static int receive_batch(const struct zv_udp_socket *socket_, struct slots *slots, size_t count)
{
    int got;
    do {
        got = recvmmsg(socket_->fd, slots->headers, (unsigned)count, MSG_DONTWAIT, NULL);
    } while (got < 0 && errno == EINTR);
    return got < 0 ? 0 : got;
}

size_t zv_udp_receive(struct zv_udp_pool *pool, const struct zv_udp_socket *socket_,
                      struct zv_udp_packet **ret_packets, size_t max, uint64_t *ret_dropped)
{
    struct zv_udp_packet *taken[ZV_UDP_BATCH];
    size_t count = 0, good = 0;
    max = ZV_MIN(max, (size_t)ZV_UDP_BATCH);
    while (count < max && (taken[count] = zv_udp_pool_take(pool))) {
        prepare_receive(&pool->slots, count, taken[count]);
        count++;
    }
    size_t got = count ? (size_t)receive_batch(socket_, &pool->slots, count) : 0;
    for (size_t i = 0; i < count; i++) {
        if (i < got && read_packet(&pool->slots, i, socket_, taken[i])) {
            ret_packets[good++] = taken[i];
            continue;
        }
        *ret_dropped += i < got;
        zv_udp_pool_give(pool, taken[i]);
    }
    return good;
}

/* ---- Send ---- */

static bool prepare_send(struct slots *slots, size_t i, const struct zv_udp_socket *socket_,
                         const struct zv_dgram *dgram)
{
    struct msghdr *header = &slots->headers[i].msg_hdr;
    socklen_t len = zv_sockaddr_write(&dgram->remote, socket_->family, &slots->names[i]);
    if (!len)
        return false;
    slots->iov[i] = (struct iovec){.iov_base = dgram->data, .iov_len = dgram->len};
    *header = (struct msghdr){.msg_name = &slots->names[i],
                              .msg_namelen = len,
                              .msg_iov = &slots->iov[i],
                              .msg_iovlen = 1};
    if (socket_->any && dgram->local.family && !zv_addr_is_unspecified(&dgram->local)) {
        header->msg_control = slots->control[i].bytes;
        header->msg_controllen = sizeof(slots->control[i].bytes);
        zv_pktinfo_write(header, socket_->family, &dgram->local);
    }
    return true;
}

/* A datagram that the kernel refuses must not hold up those behind it. */
static size_t send_batch(const struct zv_udp_socket *socket_, struct slots *slots, size_t count)
{
    size_t at = 0, sent = 0;
    while (at < count) {
        int n = sendmmsg(socket_->fd, slots->headers + at, (unsigned)(count - at), MSG_DONTWAIT);
        if (n > 0) {
            sent += (size_t)n;
            at += (size_t)n;
        } else if (errno != EINTR) {
            at++;
        }
    }
    return sent;
}

size_t zv_udp_send(struct zv_udp_pool *pool, const struct zv_udp_socket *socket_,
                   struct zv_udp_packet *const *packets, size_t count)
{
    size_t sent = 0;
    for (size_t start = 0; start < count; start += ZV_UDP_BATCH) {
        size_t end = ZV_MIN(start + ZV_UDP_BATCH, count), ready = 0;
        for (size_t i = start; i < end; i++)
            ready += prepare_send(&pool->slots, ready, socket_, &packets[i]->dgram);
        sent += send_batch(socket_, &pool->slots, ready);
        for (size_t i = start; i < end; i++)
            zv_udp_pool_give(pool, packets[i]);
    }
    return sent;
}
