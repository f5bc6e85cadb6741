#define _GNU_SOURCE
#include "io/udp_large.h"

#include "base/err.h"
#include "io/pktinfo.h"
#include "io/sockaddr.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <string.h>
#include <sys/socket.h>

union control {
    struct cmsghdr align;
    uint8_t bytes[512]; /* an extended error carries an address besides */
};

int zv_udp_enable_errors(const struct zv_udp_socket *socket_)
{
    int on = 1;
    bool is_ipv6 = socket_->family == AF_INET6;
    if (is_ipv6 && setsockopt(socket_->fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on)) != 0)
        return ZV_E_IO;
    /* A dual-stack socket gets the errors of its IPv4 traffic by the IPv4 option. */
    if (setsockopt(socket_->fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on)) != 0 && !is_ipv6)
        return ZV_E_IO;
    return 0;
}

int zv_udp_allow_fragments(const struct zv_udp_socket *socket_)
{
    int never = IP_PMTUDISC_DONT;
    int err = setsockopt(socket_->fd, IPPROTO_IP, IP_MTU_DISCOVER, &never, sizeof(never));
    /* As above; and in IPv6, which has no routers that cut, the kernel does it alone. */
    return err && socket_->family == AF_INET ? ZV_E_IO : 0;
}

int zv_udp_receive_large(const struct zv_udp_socket *socket_, struct zv_dgram *dgram, size_t cap)
{
    struct sockaddr_storage name;
    union control control;
    struct iovec iov = {.iov_base = dgram->data, .iov_len = cap};
    struct msghdr header = {.msg_name = &name,
                            .msg_namelen = sizeof(name),
                            .msg_iov = &iov,
                            .msg_iovlen = 1,
                            .msg_control = control.bytes,
                            .msg_controllen = sizeof(control.bytes)};
    ssize_t len;
    do {
        len = recvmsg(socket_->fd, &header, MSG_DONTWAIT);
    } while (len < 0 && errno == EINTR);
    if (len < 0)
        return ZV_E_AGAIN;
    if (header.msg_flags & MSG_TRUNC)
        return ZV_E_LIMIT;
    struct zv_addr remote;
    if (zv_sockaddr_read((struct sockaddr *)&name, &remote))
        return ZV_E_LIMIT;
    dgram->len = (size_t)len;
    dgram->remote = remote;
    dgram->local = socket_->local;
    if (socket_->any)
        zv_pktinfo_read(&header, &dgram->local);
    dgram->local.port = socket_->local.port;
    return 0;
}

int zv_udp_send_large(const struct zv_udp_socket *socket_, const struct zv_dgram *dgram)
{
    struct sockaddr_storage name;
    union control control = {0};
    struct iovec iov = {.iov_base = dgram->data, .iov_len = dgram->len};
    struct msghdr header = {.msg_name = &name, .msg_iov = &iov, .msg_iovlen = 1};
    header.msg_namelen = zv_sockaddr_write(&dgram->remote, socket_->family, &name);
    if (!header.msg_namelen)
        return ZV_E_IO;
    if (socket_->any && !zv_addr_is_unspecified(&dgram->local)) {
        header.msg_control = control.bytes;
        header.msg_controllen = ZV_PKTINFO_CONTROL_BYTES;
        zv_pktinfo_write(&header, socket_->family, &dgram->local);
    }
    ssize_t len;
    /* An ICMP error that came before, of whatever target, is told by the next call, which then
     * sends nothing: once more. */
    for (int i = 0; i < 3; i++) {
        len = sendmsg(socket_->fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (len >= 0)
            return 0;
        if (errno == EAGAIN || errno == ENOBUFS)
            break;
    }
    return errno == EAGAIN || errno == ENOBUFS ? ZV_E_AGAIN : ZV_E_IO;
}

static bool is_unreachable(const struct sock_extended_err *err)
{
    if (err->ee_origin == SO_EE_ORIGIN_ICMP && err->ee_type == ICMP_TIME_EXCEEDED)
        return false;
    if (err->ee_origin == SO_EE_ORIGIN_ICMP6 && err->ee_type == ICMP6_TIME_EXCEEDED)
        return false;
    return err->ee_errno != EMSGSIZE;
}

/* What the kernel says beside the datagram's beginning. */
static bool tells_unreachable(struct msghdr *header)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
        struct sock_extended_err err;
        if ((c->cmsg_level != IPPROTO_IP || c->cmsg_type != IP_RECVERR) &&
            (c->cmsg_level != IPPROTO_IPV6 || c->cmsg_type != IPV6_RECVERR))
            continue;
        memcpy(&err, CMSG_DATA(c), sizeof(err));
        return is_unreachable(&err);
    }
    return false;
}

bool zv_udp_read_error(const struct zv_udp_socket *socket_, struct zv_udp_error *ret_error)
{
    struct sockaddr_storage name;
    union control control;
    uint8_t start[1];
    struct iovec iov = {.iov_base = start, .iov_len = sizeof(start)};
    struct msghdr header = {.msg_name = &name,
                            .msg_namelen = sizeof(name),
                            .msg_iov = &iov,
                            .msg_iovlen = 1,
                            .msg_control = control.bytes,
                            .msg_controllen = sizeof(control.bytes)};
    if (recvmsg(socket_->fd, &header, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
        return false;
    struct zv_udp_error error = {0};
    error.is_unreachable =
        !zv_sockaddr_read((struct sockaddr *)&name, &error.remote) && tells_unreachable(&header);
    *ret_error = error;
    return true;
}
