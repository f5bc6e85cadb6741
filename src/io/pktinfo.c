#define _GNU_SOURCE
#include "io/pktinfo.h"

#include "io/sockaddr.h"

#include <assert.h>
#include <string.h>

static_assert(ZV_PKTINFO_CONTROL_BYTES >= CMSG_SPACE(sizeof(struct in6_pktinfo)), "either family");

void zv_pktinfo_read(struct msghdr *header, struct zv_addr *local)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(c), sizeof(info));
            local->family = ZV_ADDR_IPV4;
            memset(local->ip, 0, sizeof(local->ip));
            memcpy(local->ip, &info.ipi_addr, 4);
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo info;
            memcpy(&info, CMSG_DATA(c), sizeof(info));
            local->family = ZV_ADDR_IPV6;
            memcpy(local->ip, &info.ipi6_addr, 16);
            zv_addr_unmap(local);
        }
    }
}

void zv_pktinfo_write(struct msghdr *header, int socket_family, const struct zv_addr *local)
{
    struct sockaddr_storage name;
    if (!zv_sockaddr_write(local, socket_family, &name))
        return;
    struct cmsghdr *c = CMSG_FIRSTHDR(header);
    if (socket_family == AF_INET) {
        struct in_pktinfo info = {.ipi_spec_dst = ((struct sockaddr_in *)&name)->sin_addr};
        header->msg_controllen = CMSG_SPACE(sizeof(info));
        *c = (struct cmsghdr){
            .cmsg_len = CMSG_LEN(sizeof(info)), .cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO};
        memcpy(CMSG_DATA(c), &info, sizeof(info));
    } else {
        struct in6_pktinfo info = {.ipi6_addr = ((struct sockaddr_in6 *)&name)->sin6_addr};
        header->msg_controllen = CMSG_SPACE(sizeof(info));
        *c = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(info)),
                              .cmsg_level = IPPROTO_IPV6,
                              .cmsg_type = IPV6_PKTINFO};
        memcpy(CMSG_DATA(c), &info, sizeof(info));
    }
}
