#include "http/admit.h"

#include "base/alloc.h"
#include "base/err.h"

#include <string.h>

/* Room for sockets beside the WebSockets: pages, handshakes, refusals. */
#define SPARE_SOCKETS             256
#define SPARE_SOCKETS_PER_ADDRESS 32

void zv_admit_init(struct zv_admit *admit, uint32_t max_connections, uint32_t max_per_address,
                   const uint64_t seed[2])
{
    *admit = (struct zv_admit){
        .max_connections = max_connections,
        .max_per_address = max_per_address,
    };
    zv_map_init(&admit->by_address, (size_t)max_connections + SPARE_SOCKETS, seed);
}

void zv_admit_fini(struct zv_admit *admit)
{
    zv_map_fini(&admit->by_address);
}

static void write_key(const struct zv_addr *peer, uint8_t key[17])
{
    memset(key, 0, 17);
    key[0] = peer->family;
    memcpy(key + 1, peer->ip, peer->family == ZV_ADDR_IPV6 ? 8 : 4);
}

static int entry_of(struct zv_admit *admit, const struct zv_addr *peer,
                    struct zv_admit_entry **ret_entry)
{
    uint8_t key[17];
    write_key(peer, key);
    struct zv_map_node *node =
        zv_map_find(&admit->by_address, zv_str_n((const char *)key, sizeof key));
    if (node) {
        *ret_entry = ZV_CONTAINER_OF(node, struct zv_admit_entry, node);
        return 0;
    }
    struct zv_admit_entry *entry = zv_zalloc(sizeof *entry);
    if (!entry)
        return ZV_E_NOMEM;
    memcpy(entry->key, key, sizeof key);
    int err = zv_map_insert(&admit->by_address,
                            zv_str_n((const char *)entry->key, sizeof entry->key), &entry->node);
    if (err) {
        (void)zv_free(entry);
        return err;
    }
    *ret_entry = entry;
    return 0;
}

int zv_admit_socket(struct zv_admit *admit, const struct zv_addr *peer,
                    struct zv_admit_entry **ret_entry)
{
    int err = zv_admit_proxied(admit);
    if (err)
        return err;
    err = zv_admit_name(admit, peer, ret_entry);
    if (err)
        zv_admit_socket_gone(admit, NULL);
    return err;
}

int zv_admit_proxied(struct zv_admit *admit)
{
    if (admit->sockets >= admit->max_connections + SPARE_SOCKETS)
        return ZV_E_LIMIT;
    admit->sockets++;
    return 0;
}

int zv_admit_name(struct zv_admit *admit, const struct zv_addr *client,
                  struct zv_admit_entry **ret_entry)
{
    struct zv_admit_entry *entry;
    int err = entry_of(admit, client, &entry);
    if (err)
        return err;
    if (entry->sockets >= admit->max_per_address + SPARE_SOCKETS_PER_ADDRESS)
        return ZV_E_LIMIT;
    entry->sockets++;
    *ret_entry = entry;
    return 0;
}

void zv_admit_socket_gone(struct zv_admit *admit, struct zv_admit_entry *entry)
{
    admit->sockets--;
    if (!entry || --entry->sockets)
        return;
    zv_map_remove(&admit->by_address, &entry->node);
    (void)zv_free(entry);
}

enum zv_admission zv_admit_connection(struct zv_admit *admit, struct zv_admit_entry *entry)
{
    if (admit->connections >= admit->max_connections)
        return ZV_ADMISSION_FULL;
    if (entry->connections >= admit->max_per_address)
        return ZV_ADMISSION_ADDRESS_FULL;
    admit->connections++;
    entry->connections++;
    return ZV_ADMISSION_GRANTED;
}

void zv_admit_connection_gone(struct zv_admit *admit, struct zv_admit_entry *entry)
{
    admit->connections--;
    entry->connections--;
}
