/*
 * INFO within a dialog (RFC 6086, its legacy usage: bodies of known types, no packages). Part of
 * the interface of sip/sip.h.
 */
#ifndef ZV_SIP_INFO_H
#define ZV_SIP_INFO_H

#include "base/attr.h"
#include "base/str.h"

#include <stdint.h>

struct zv_sip;

/* Longest body sent, and taken (413). A media control document has some 200 bytes. */
#define ZV_SIP_MAX_INFO_BYTES 2048

/* Bodies that are sent and taken; all others are answered 415, their packages 469. */
#define ZV_SIP_INFO_LIST(X)                                                                        \
    X(MEDIA_CONTROL, "application/media_control+xml") /* RFC 5168 */                               \
    X(DTMF_RELAY, "application/dtmf-relay")           /* sip/dtmf.h, as the next */                \
    X(DTMF, "application/dtmf")

enum zv_sip_info_type {
#define X(id, media_type) ZV_SIP_INFO_##id,
    ZV_SIP_INFO_LIST(X)
#undef X
        ZV_SIP_INFO_COUNT,
};
/* "application/media_control+xml". Static storage. */
const char *zv_sip_info_media_type(enum zv_sip_info_type type);

/*
 * Sends an INFO to the far end of a confirmed leg. Nothing is told of one that was taken; the first
 * that is refused, or that nobody answers, brings ZV_SIP_OUT_INFO_REFUSED, and no other of that
 * type is sent in this dialog. One that could not be sent is no refusal, and nothing is told of it
 * either. A 481 says that the far end has no such call, and ends the leg; any other refusal, and
 * silence, leave it alone: no phone must take INFO. ZV_E_GONE; ZV_E_STATE: not confirmed;
 * ZV_E_AGAIN: the last is not answered yet; ZV_E_UNSUPPORTED: one was refused; ZV_E_INVAL: no body,
 * or too long; ZV_E_LIMIT, ZV_E_NOMEM.
 */
int zv_sip_info(struct zv_sip *sip, uint64_t leg, enum zv_sip_info_type type, struct zv_str body,
                int64_t now_us) ZV_MUST_CHECK;

#endif
