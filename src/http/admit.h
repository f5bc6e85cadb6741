/*
 * Who may still come in: sockets and WebSockets, in all and per address. Pure.
 *
 * An IPv6 host owns a whole /64, so that is what one address means there. Sockets that are no
 * WebSocket (yet) have room of their own above the WebSockets' caps, so that somebody who has all
 * the connections that he may have is told so in words. Sockets of a proxy count in all alone until
 * one is somebody's, for whom it is to become a WebSocket.
 */
#ifndef ZV_HTTP_ADMIT_H
#define ZV_HTTP_ADMIT_H

#include "base/addr.h"
#include "base/attr.h"
#include "base/map.h"

#include <stdint.h>

struct zv_admit {
    struct zv_map by_address;
    uint32_t max_connections;
    uint32_t max_per_address;
    uint32_t sockets;
    uint32_t connections;
};

/* One address with sockets; owned by the zv_admit, lives while `sockets` is not 0. */
struct zv_admit_entry {
    struct zv_map_node node;
    uint8_t key[17];
    uint32_t sockets;
    uint32_t connections;
};

void zv_admit_init(struct zv_admit *admit, uint32_t max_connections, uint32_t max_per_address,
                   const uint64_t seed[2]);
void zv_admit_fini(struct zv_admit *admit);

/* A socket was accepted. ZV_E_LIMIT, ZV_E_NOMEM. */
int zv_admit_socket(struct zv_admit *admit, const struct zv_addr *peer,
                    struct zv_admit_entry **ret_entry) ZV_MUST_CHECK;
/* The same, of a proxy: whose it is will be known later. ZV_E_LIMIT. */
int zv_admit_proxied(struct zv_admit *admit) ZV_MUST_CHECK;
/* Now it is: the socket counts for this client, too. ZV_E_LIMIT, ZV_E_NOMEM: it still does not. */
int zv_admit_name(struct zv_admit *admit, const struct zv_addr *client,
                  struct zv_admit_entry **ret_entry) ZV_MUST_CHECK;
/* `entry` NULL: of a proxy, and never named. */
void zv_admit_socket_gone(struct zv_admit *admit, struct zv_admit_entry *entry);

enum zv_admission {
    ZV_ADMISSION_GRANTED,
    ZV_ADMISSION_FULL,         /* in all */
    ZV_ADMISSION_ADDRESS_FULL, /* of this address */
};
/* A socket wants to become a WebSocket; when granted it counts as one. */
enum zv_admission zv_admit_connection(struct zv_admit *admit, struct zv_admit_entry *entry);
void zv_admit_connection_gone(struct zv_admit *admit, struct zv_admit_entry *entry);

#endif
