/*
 * What the machine says of itself, read once into plain values: the kernel's settings and tables
 * below /proc, the clock, the host's name and addresses. The checks of the doctor look at this
 * struct alone, so that a test hands them any machine it likes.
 */
#ifndef ZV_GATEWAY_MACHINE_H
#define ZV_GATEWAY_MACHINE_H

#include "base/attr.h"
#include "io/sockaddr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A number that could not be read: no such file (containers hide some), or no number in it. */
#define ZV_MACHINE_UNKNOWN INT64_C(-1)

/* A set of ports, a bit each. */
struct zv_port_set {
    uint8_t bits[65536 / 8];
};

static inline bool zv_port_set_has(const struct zv_port_set *set, uint32_t port)
{
    return set->bits[port >> 3 & 0x1fff] & 1u << (port & 7);
}

static inline void zv_port_set_add(struct zv_port_set *set, uint32_t port)
{
    set->bits[port >> 3 & 0x1fff] |= (uint8_t)(1u << (port & 7));
}

struct zv_machine {
    /* Ports that the kernel gives to sockets without one: ip_local_port_range less those of
     * ip_local_reserved_ports. */
    int64_t local_port_first, local_port_last;
    struct zv_port_set reserved_ports;
    struct zv_port_set foreign_udp;           /* ports of UDP sockets that are not ours */
    int64_t open_files_soft, open_files_hard; /* INT64_MAX: unlimited */
    int64_t rmem_max, wmem_max;               /* net.core, bytes */
    bool has_sip_alg;                         /* the module nf_conntrack_sip is loaded */
    bool is_clock_known;
    bool is_clock_synchronised; /* adjtimex(2): somebody disciplines it */
    int64_t wall_s;             /* seconds since 1970 */
    char host_name[256];
    struct zv_local_addr addrs[ZV_LOCAL_ADDRS_MAX]; /* of every interface that is up */
    size_t addr_count;
};

/*
 * Reads everything; what cannot be read is marked so. `root` stands before "/proc/…": "" or a
 * test's folder. Some hundred microseconds, and a microsecond for each descriptor open.
 */
void zv_machine_read(struct zv_machine *ret_machine, const char *root);

#endif
