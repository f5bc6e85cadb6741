/*
 * From a SIP domain to the transports and addresses to try, in order: RFC 3263 §4 as a pure
 * machine. It says what to ask DNS, is told the answers, and hands out addresses one by one; who
 * may be sent to, caches and time are the edge's.
 *
 * An address, or a port beside the name, skips NAPTR and SRV; a transport that is named skips
 * NAPTR. NAPTR records count by order and preference, SRV records by priority and, within one, by
 * a draw with their weights (RFC 2782). Of each name IPv4 addresses come before IPv6 ones.
 *
 * Where the RFC leaves a choice: without NAPTR the first transport, in the order UDP, TCP, TLS, of
 * which SRV records lead to an address is used alone; a domain that says by NAPTR what it has is
 * tried by all of it. NAPTR that is not answered, or that names nothing we speak, counts as none:
 * SRV may know more. SRV that is not answered does not count as none: the domain's bare address may
 * be another machine.
 */
#ifndef ZV_SIP_LOCATE_H
#define ZV_SIP_LOCATE_H

#include "base/attr.h"
#include "base/limits.h"
#include "base/rand.h"
#include "base/str.h"
#include "sip/dns_record.h"
#include "sip/flow.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Transports of one domain that are tried, those of NAPTR included. */
#define ZV_SIP_MAX_SERVICES 8

/* A set of transports. */
#define ZV_SIP_TRANSPORT_BIT(transport) (1u << (transport))

struct zv_sip_locate_cfg {
    struct zv_str host; /* a name, or an address without brackets; copied */
    uint16_t port;      /* 0: none */
    enum zv_sip_transport transport;
    unsigned transports; /* that we have: ZV_SIP_TRANSPORT_BIT of each */
    int family; /* whose addresses are of use: ZV_ADDR_IPV4, ZV_ADDR_IPV6; ZV_ADDR_NONE: both */
    struct zv_rand rand;
};

enum zv_sip_locate_out_kind {
    ZV_SIP_LOCATE_WAIT,  /* for the answer to what was asked */
    ZV_SIP_LOCATE_ASK,   /* type, name: zv_sip_locate_on_answer is to follow */
    ZV_SIP_LOCATE_FOUND, /* addr with its port, transport */
    ZV_SIP_LOCATE_DONE,  /* err: why there may be too few; ZV_E_NOTFOUND: that was all there is */
};

struct zv_sip_locate_out {
    enum zv_sip_locate_out_kind kind;
    enum zv_dns_type type;
    const char *name; /* borrowed, until the answer */
    struct zv_addr addr;
    enum zv_sip_transport transport;
    int err;
};

struct zv_sip_service {
    char name[ZV_DNS_NAME_CAP]; /* that SRV is asked for */
    enum zv_sip_transport transport;
};

enum zv_sip_locate_step {
    ZV_SIP_LOCATE_STEP_NAPTR,
    ZV_SIP_LOCATE_STEP_SRV,
    ZV_SIP_LOCATE_STEP_ADDRESS,
    ZV_SIP_LOCATE_STEP_END,
};

/* A plain value; the fields are the machine's own. */
struct zv_sip_locate {
    struct zv_sip_locate_cfg cfg;
    char host[ZV_MAX_SIP_HOST_BYTES + 1];
    enum zv_sip_locate_step step;
    bool was_asked;   /* the step's question is out */
    bool by_naptr;    /* the services are the domain's own word */
    bool has_srv;     /* some SRV record was there, or could have been: the bare name is out */
    bool has_found;   /* of the present service */
    bool is_v6_asked; /* of the present host */
    int err;          /* of a question that failed; 0: none did */
    enum zv_sip_transport transport; /* of `hosts` */
    struct zv_sip_service services[ZV_SIP_MAX_SERVICES];
    size_t service_count, service_next;
    struct zv_dns_srv hosts[ZV_DNS_MAX_RECORDS]; /* of the present service, in order */
    size_t host_count, host_next;
    struct zv_addr addrs[ZV_DNS_MAX_RECORDS]; /* of the present host, to be handed out */
    size_t addr_count, addr_next;
};

/* ZV_E_UNSUPPORTED: none of the transports is one of ours; ZV_E_NOTFOUND: no name is that long. */
int zv_sip_locate_init(struct zv_sip_locate *locate,
                       const struct zv_sip_locate_cfg *cfg) ZV_MUST_CHECK;
/* The answer to the question that came out last. */
void zv_sip_locate_on_answer(struct zv_sip_locate *locate, const struct zv_dns_answer *answer);
/* Until WAIT or DONE; ASK is followed by WAIT unless the answer came meanwhile. */
enum zv_sip_locate_out_kind zv_sip_locate_poll(struct zv_sip_locate *locate,
                                               struct zv_sip_locate_out *ret_out);

/* Puts SRV records in the order to try: RFC 2782, each record's share being its weight plus one, so
 * that one of weight 0 gets its turn. */
void zv_dns_srv_order(struct zv_dns_srv *records, size_t count, const struct zv_rand *rand);

#endif
