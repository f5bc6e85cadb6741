/*
 * What the stack counts: objects that live now, and messages since the start.
 */
#ifndef ZV_SIP_COUNTS_H
#define ZV_SIP_COUNTS_H

#include <stddef.h>
#include <stdint.h>

struct zv_sip;

struct zv_sip_counts {
    size_t accounts; /* as they are now; all of these return to 0 */
    size_t legs;
    size_t dialogs;
    size_t client_transactions;
    size_t server_transactions;
    size_t resolutions; /* asked, not answered */
    uint64_t received;  /* messages, since the start … */
    uint64_t sent;
    uint64_t malformed;       /* not parseable, dropped or answered 400 */
    uint64_t unmatched;       /* responses and ACKs that nobody waits for */
    uint64_t refused;         /* requests answered 404, 405, 420, 481, 482, 503 … by the stack */
    uint64_t strangers;       /* requests of strangers that concern nobody here */
    uint64_t foreign_realm;   /* challenges that were not answered */
    uint64_t retransmissions; /* sent */
    uint64_t failovers;       /* requests that went on to their next target */
    uint64_t no_memory;       /* messages not sent for want of memory */
};
void zv_sip_counts(const struct zv_sip *sip, struct zv_sip_counts *ret_counts);

#endif
