/*
 * Digits by INFO: one each, in the two bodies that phones and PBXs agree on without any standard,
 * application/dtmf-relay and application/dtmf. Part of the interface of sip/sip.h. What is sent and
 * taken may be a PIN.
 */
#ifndef ZV_SIP_DTMF_H
#define ZV_SIP_DTMF_H

#include "base/attr.h"
#include "base/buf.h"
#include "sip/info.h"

#include <stddef.h>
#include <stdint.h>

/* Digits that may wait in a leg. */
#define ZV_SIP_MAX_DIGITS 128

enum zv_sip_digit_mode {
    ZV_SIP_DIGIT_ANY, /* dtmf-relay, and once that is refused dtmf */
    ZV_SIP_DIGIT_DTMF,
    ZV_SIP_DIGIT_RELAY,
};

/*
 * Sends them to the far end of a confirmed leg, each when the one before was answered. Nothing is
 * told of those that were taken. A refusal of the moment (491, 500, 503) is tried again for a
 * while; the first other one, and silence, bring ZV_SIP_OUT_DIGITS_REFUSED, and what waits is
 * dropped. ZV_E_GONE; ZV_E_STATE: not confirmed; ZV_E_UNSUPPORTED: such a body was refused before;
 * ZV_E_LIMIT: not all of them can wait, and none is sent.
 */
int zv_sip_send_digits(struct zv_sip *sip, uint64_t leg, enum zv_sip_digit_mode mode,
                       struct zv_str digits, int64_t now_us) ZV_MUST_CHECK;

/* The body for a digit: "Signal=5", "Duration=250" or "5". `type` is one of the two. */
void zv_sip_dtmf_write(enum zv_sip_info_type type, char digit, struct zv_buf *body);
/*
 * Reads such a body as it is met: "Signal= 5" with a blank, event numbers (10 for *) in place of
 * keys, either form under either type. *ret_duration_ms 0: not said. ZV_E_PARSE: no key (a flash,
 * anything else).
 */
int zv_sip_dtmf_parse(struct zv_str body, char *ret_digit, uint32_t *ret_duration_ms) ZV_MUST_CHECK;

#endif
