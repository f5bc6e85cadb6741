/*
 * Messages from an address that is no account's server and that no operator listed.
 *
 * What is for an account's Contact, which is as random as a key, or for a transaction or a dialog
 * is taken from anywhere. Any other request is counted (`strangers`) and answered with the same
 * status as everybody's, or, where strangers are to be dropped, not; nor is then one that cannot be
 * read. The answer has the headers that it must have and no others, and is not sent when it would
 * be longer than the request: the address in a datagram may be a victim's.
 */
#ifndef ZV_SIP_STRANGER_H
#define ZV_SIP_STRANGER_H

#include "base/str.h"
#include "sip/flow.h"

#include <stdbool.h>
#include <stdint.h>

struct zv_sip;

/* As zv_sip_on_message; true of a request only where it is for somebody here. */
bool zv_sip_on_stranger(struct zv_sip *sip, const struct zv_sip_flow *flow, struct zv_str bytes,
                        bool drops, int64_t now_us);

#endif
