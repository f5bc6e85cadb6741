/*
 * /etc/hosts: names that the machine's administrator gave addresses, which DNS is not asked for.
 * Kept in memory and read again when the file has changed.
 */
#ifndef ZV_SIPNET_HOSTS_H
#define ZV_SIPNET_HOSTS_H

#include "base/addr.h"
#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZV_HOSTS_PATH "/etc/hosts"
/* A larger file counts as empty. */
#define ZV_HOSTS_MAX_BYTES (1u << 20)

struct zv_hosts {
    const char *path; /* borrowed */
    char *text;       /* owned; NULL: empty, or not readable */
    size_t len;
    int64_t size_bytes, changed_ns; /* of the file that was read */
    uint64_t inode;
};

void zv_hosts_init(struct zv_hosts *hosts, const char *path);
void zv_hosts_fini(struct zv_hosts *hosts);
/* Looks at the file; true: it is another one than at the last look. */
bool zv_hosts_refresh(struct zv_hosts *hosts);
/* Addresses of that family (ZV_ADDR_IPV4, _IPV6), in the file's order; returns how many. The name's
 * case does not matter. */
size_t zv_hosts_find(const struct zv_hosts *hosts, const char *name, int family,
                     struct zv_addr *ret_addrs, size_t cap);

#endif
