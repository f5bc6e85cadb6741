/*
 * The SIP message writer: requests and responses into memory of the caller, header by header.
 *
 * Every function here checks its text and writes either one whole, well-formed header or nothing;
 * the first failure is remembered, later calls do nothing, and zv_sip_build_finish returns it. So
 * nothing that came from a client or from another SIP element can end a line, add a header or leave
 * its quotes: what zv_sip_msg_parse reads back is exactly what was asked for.
 *
 * Failures: ZV_E_INVAL (a control character, no token, no URI …), ZV_E_TRUNCATED (no room),
 * ZV_E_STATE (start line missing or written twice, a
 * header repeated that may stand once only).
 *
 *     struct zv_sip_builder b;
 *     zv_sip_build_init(&b, memory, sizeof(memory));
 *     zv_sip_build_request(&b, ZV_STR_LIT("OPTIONS"), target);
 *     zv_sip_build_via(&b, &via);
 *     …
 *     err = zv_sip_build_finish(&b, ZV_STR_LIT("application/sdp"), sdp, &message);
 */
#ifndef ZV_SIP_BUILD_H
#define ZV_SIP_BUILD_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"
#include "sip/header.h"
#include "sip/msg.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zv_sip_builder {
    struct zv_buf buf; /* read freely; written only by these functions */
    int err;           /* the first failure, or 0 */
    bool has_start;
    bool seen[ZV_SIP_HEADER_COUNT]; /* a header that may stand once only is not written twice */
};

void zv_sip_build_init(struct zv_sip_builder *builder, void *memory, size_t cap);
/* `method` is a token; `uri` parses as a URI and has no headers part. */
void zv_sip_build_request(struct zv_sip_builder *builder, struct zv_str method, struct zv_str uri);
/* `status` 100-699. `reason` empty: the phrase of zv_sip_reason. */
void zv_sip_build_response(struct zv_sip_builder *builder, uint16_t status, struct zv_str reason);

struct zv_sip_build_via {
    struct zv_str transport; /* "UDP" */
    struct zv_str host;      /* hostname, IPv4, or IPv6 with or without brackets */
    uint16_t port;           /* 0: none is written */
    struct zv_str branch;
    bool rport; /* ask for it (RFC 3581) */
};
void zv_sip_build_via(struct zv_sip_builder *builder, const struct zv_sip_build_via *via);

struct zv_sip_build_addr {
    struct zv_str display; /* UTF-8 text without controls, or empty; written in quotes */
    struct zv_str uri;     /* parses as a URI; written in < > */
    struct zv_str tag;     /* a token; may be empty but for From */
    struct zv_str params;  /* others than tag, "expires=60;+sip.instance=…"; may be empty */
};
/* From, To, Contact, Route, Record-Route, Refer-To, Referred-By, P-Asserted-Identity … */
void zv_sip_build_addr(struct zv_sip_builder *builder, enum zv_sip_header id,
                       const struct zv_sip_build_addr *addr);
/* One Route header from the raw text of a name-addr, "<sip:p1.example.com;lr>", checked. Works for
 * any id of zv_sip_build_addr. */
void zv_sip_build_addr_text(struct zv_sip_builder *builder, enum zv_sip_header id,
                            struct zv_str name_addr);
void zv_sip_build_call_id(struct zv_sip_builder *builder, struct zv_str call_id);
/* `number` at most ZV_SIP_MAX_CSEQ. */
void zv_sip_build_cseq(struct zv_sip_builder *builder, uint32_t number, struct zv_str method);
/* Max-Forwards, Expires, Min-Expires, Retry-After, Min-SE, RSeq … */
void zv_sip_build_u32(struct zv_sip_builder *builder, enum zv_sip_header id, uint32_t value);
/* Any other known header whose value we composed ourselves: Allow, Supported, User-Agent,
 * Session-Expires, Authorization … Text without controls. Refused (ZV_E_INVAL) for Via, From, To,
 * Call-ID, CSeq, Max-Forwards, Contact, Route, Record-Route, Content-Length and Content-Type, which
 * have writers of their own. */
void zv_sip_build_text(struct zv_sip_builder *builder, enum zv_sip_header id, struct zv_str value);
/* A header whose name somebody else chose: a token, longer than one letter and not in
 * ZV_SIP_HEADER_LIST (nothing that steers a call can be written so). Which names are allowed at all
 * is for the caller to decide. */
void zv_sip_build_extension(struct zv_sip_builder *builder, struct zv_str name,
                            struct zv_str value);
/* Every header of this id from a message that was received, in order, unfolded: Via or Record-Route
 * into a response. Refused for Content-Length and Content-Type. */
void zv_sip_build_copy(struct zv_sip_builder *builder, const struct zv_sip_msg *from,
                       enum zv_sip_header id);

struct zv_sip_build_reply {
    const struct zv_sip_msg *request; /* parsed, or refused with `answer` != 0 */
    uint16_t status;
    struct zv_str reason; /* empty: zv_sip_reason */
    struct zv_str to_tag; /* added when the request's To has none; empty: none is added (100) */
    bool record_route;    /* copy Record-Route: responses that create a dialog (§12.1.1) */
    struct zv_str
        received;   /* the packet's source address, written into the top Via where it differs
                       from sent-by or rport was asked for (§18.2.1); empty: not written */
    uint16_t rport; /* the packet's source port, written when rport was asked for (RFC 3581) */
};
/* Status line, Via list, From, To, Call-ID, CSeq and Record-Route of a response; the caller adds
 * its own headers and finishes. Also Timestamp into a 100 (§8.2.6.1). */
void zv_sip_build_reply(struct zv_sip_builder *builder, const struct zv_sip_build_reply *reply);

/* Content-Type (none when the body is empty), Content-Length, the empty line, the body. Returns the
 * first failure, or 0 and the whole message, which lies in the caller's memory. `content_type` is
 * type/subtype with parameters. */
int zv_sip_build_finish(struct zv_sip_builder *builder, struct zv_str content_type,
                        struct zv_str body, struct zv_str *ret_message) ZV_MUST_CHECK;

/* The usual phrase of a status ("Busy Here"); "Unknown" for one without. Static storage. */
const char *zv_sip_reason(uint16_t status);

/* Appends text as a quoted string with `"` and `\` escaped. ZV_E_INVAL (nothing is written) for a
 * control character or text that is not UTF-8; too little room shows as buf->overflow. */
int zv_sip_write_quoted(struct zv_str text, struct zv_buf *buf) ZV_MUST_CHECK;

/* Appends "host:port", an IPv6 address in brackets, `:port` only where it is not 0. ZV_E_INVAL
 * (nothing is written): `host` is no hostname, IPv4 or IPv6 address. */
int zv_sip_write_hostport(struct zv_str host, uint16_t port, struct zv_buf *buf) ZV_MUST_CHECK;

struct zv_sip_build_uri {
    bool sips;
    struct zv_str user;   /* raw, escaped on writing; empty: none */
    struct zv_str host;   /* hostname, IPv4, or IPv6 with or without brackets */
    uint16_t port;        /* 0: none is written */
    struct zv_str params; /* "transport=tcp;lr"; may be empty */
};
/* Appends a URI. ZV_E_INVAL (nothing is written); too little room shows as buf->overflow. */
int zv_sip_write_uri(const struct zv_sip_build_uri *uri, struct zv_buf *buf) ZV_MUST_CHECK;

#endif
