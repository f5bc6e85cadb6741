/*
 * Reads the answer of a DNS server (RFC 1035 §4): the records of one question with the time that
 * they may be kept, which c-ares 1.18 does not tell of SRV and NAPTR. Everything in the message is
 * hostile: names are bounded, compression only points back, what is no host name is left out.
 */
#ifndef ZV_SIPNET_DNS_MESSAGE_H
#define ZV_SIPNET_DNS_MESSAGE_H

#include "base/attr.h"
#include "base/str.h"
#include "sip/dns_record.h"

/* Aliases that are followed from the name that was asked for. */
#define ZV_DNS_MAX_ALIASES 8
/* Records of an answer that are looked at. */
#define ZV_DNS_MAX_SEEN 64

/*
 * `name` as it was asked for, in lower case and without a dot at its end. 0, and in *ret_answer err
 * 0 or ZV_E_NOTFOUND (no such name, or no such record) with ttl_s: the shortest of those that led
 * to it; of a denial that of its SOA (RFC 2308 §5), 0 without one. ZV_E_PARSE: it is no answer;
 * ZV_E_IO: the server failed or refused. Then *ret_answer is not touched.
 */
int zv_dns_message_read(struct zv_str message, const char *name, enum zv_dns_type type,
                        struct zv_dns_answer *ret_answer) ZV_MUST_CHECK;

/* Letters, digits, '-' and '_' in labels of 1 to 63, 253 in all; a dot at the end is fine. */
bool zv_dns_is_name(struct zv_str name);

#endif
