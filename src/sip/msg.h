/*
 * The SIP message parser (RFC 3261 §7, §18.3, §25.1): a parsed view over the caller's bytes, which
 * it neither changes nor copies and which must outlive the view. Strict, as everything that comes
 * from the network is hostile: no control characters but CR LF and TAB where the grammar has them,
 * no bare CR or LF, mandatory headers present and sound, single ones once, sizes bounded.
 *
 * A request that is broken but whose Via, From, To, Call-ID and CSeq were found is answered (400,
 * 505, 513); whatever else is broken is dropped. The parser says which: see `answer`.
 */
#ifndef ZV_SIP_MSG_H
#define ZV_SIP_MSG_H

#include "base/attr.h"
#include "base/limits.h"
#include "base/str.h"
#include "sip/header.h"
#include "sip/uri.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Largest CSeq number (RFC 3261 §8.1.1.5). */
#define ZV_SIP_MAX_CSEQ 0x7fffffffu
/* Start of a branch that is unique by itself (RFC 3261 §8.1.1.7). */
#define ZV_SIP_BRANCH_COOKIE "z9hG4bK"

struct zv_sip_field {
    enum zv_sip_header id;
    struct zv_str name;  /* as written */
    struct zv_str value; /* trimmed; folds inside stay */
};

struct zv_sip_via {
    struct zv_str transport; /* "UDP", as written */
    struct zv_str host;      /* sent-by; an IPv6 address stands without brackets */
    bool host_is_ipv6;
    uint16_t port;          /* of sent-by; 0: none was written */
    struct zv_str branch;   /* empty when absent */
    struct zv_str received; /* empty when absent; an IPv6 address stands without brackets */
    bool has_rport;
    uint16_t rport;       /* 0: requested, without a value (RFC 3581) */
    struct zv_str params; /* all of them, after the first ';' */
};

struct zv_sip_msg {
    struct zv_str text; /* what was given, leading CRLFs skipped */
    bool is_request;
    enum zv_sip_method method; /* of the request line; in a response that of CSeq */
    struct zv_str method_name;
    struct zv_sip_uri uri; /* request */
    uint16_t status;       /* response: 100-699; request: 0 */
    struct zv_str reason;  /* response; may be empty */
    struct zv_sip_via via; /* the topmost */
    struct zv_sip_name_addr from;
    struct zv_sip_name_addr to;
    struct zv_str from_tag; /* a token; never empty in a message that was taken */
    struct zv_str to_tag;   /* empty when absent */
    struct zv_str call_id;
    uint32_t cseq;
    int max_forwards;           /* 0-255; -1 when absent */
    struct zv_str content_type; /* "application/sdp", without parameters; empty when absent */
    struct zv_str body;         /* cut to Content-Length where one stands */
    /* Why it was refused, a sentence without full stop; NULL when it was not. Static storage. */
    const char *problem;
    /* Refused request: the status that answers it (400, 505, 513), with the fields that
     * zv_sip_build_reply needs found. 0: drop it without a word. */
    uint16_t answer;
    size_t field_count;
    struct zv_sip_field fields[ZV_MAX_SIP_HEADERS];
};

/*
 * Parses one datagram, or one message that zv_sip_frame cut out of a stream. 0; ZV_E_AGAIN: only
 * CRLFs, a keepalive (RFC 5626 §3.5.1), or nothing; ZV_E_LIMIT: oversize or too many headers;
 * ZV_E_PARSE. On ZV_E_LIMIT and ZV_E_PARSE `problem` and `answer` of *ret_msg are set and the rest
 * as far as it was read: good for zv_sip_build_reply when `answer` is not 0, for nothing else.
 */
int zv_sip_msg_parse(const void *data, size_t len, struct zv_sip_msg *ret_msg) ZV_MUST_CHECK;

/* How far a stream's next message is understood. Zeroed at the start of a stream. */
struct zv_sip_framing {
    size_t searched; /* no head ends before this */
    size_t len;      /* of the message; 0: its head is not there yet */
    size_t surplus;  /* bytes behind the message before that belong to it, and that nobody wants */
};
/*
 * Where the next message in a byte stream ends (RFC 3261 §18.3): 0, *ret_skip bytes of CRLF
 * keepalive before it and *ret_len bytes of message behind them; ZV_E_AGAIN: more bytes are needed
 * (*ret_skip is set, so that a keepalive can be answered and taken off); ZV_E_PARSE: no
 * Content-Length or a broken one; ZV_E_LIMIT: its head is larger than ZV_MAX_SIP_MESSAGE_BYTES, or
 * the whole than ZV_MAX_SIP_PASSED_BYTES. After the last two the connection is of no use any more.
 *
 * A message that is too large, but not that large, is as long as zv_sip_msg_parse needs it to say
 * so, which is a byte more than ZV_MAX_SIP_MESSAGE_BYTES; the rest of it is the surplus, which
 * zv_sip_frame_pass has to take off before the next call. So one sender's mistake does not cost
 * others the connection that brings the messages of them all.
 *
 * Each call gets all since the last message, without the keepalive that the calls before told of,
 * and looks at no byte twice, so that who sends slowly costs no more than who does not.
 */
int zv_sip_frame(struct zv_sip_framing *framing, struct zv_str bytes, size_t *ret_skip,
                 size_t *ret_len) ZV_MUST_CHECK;
/* How many of the `len` bytes that come next are surplus, which is that much less from now on. */
size_t zv_sip_frame_pass(struct zv_sip_framing *framing, size_t len);

/* The first header of this id, or NULL. */
const struct zv_sip_field *zv_sip_msg_find(const struct zv_sip_msg *msg, enum zv_sip_header id);
/* The next one of the same id behind `field`, or NULL. */
const struct zv_sip_field *zv_sip_msg_find_next(const struct zv_sip_msg *msg,
                                                const struct zv_sip_field *field);
/* The first header of that name, known or not, or NULL. */
const struct zv_sip_field *zv_sip_msg_find_name(const struct zv_sip_msg *msg, struct zv_str name);
/* Raw value of the first header of this id; p is NULL when absent. */
struct zv_str zv_sip_msg_value(const struct zv_sip_msg *msg, enum zv_sip_header id);
/*
 * The number with which a header starts: Expires, Min-Expires, Retry-After, Session-Expires,
 * Min-SE, RSeq; parameters or a comment may follow. ZV_E_NOTFOUND when absent; ZV_E_PARSE when it
 * is no number; values above UINT32_MAX read as UINT32_MAX (RFC 3261 §20.19: up to 2^32-1).
 */
int zv_sip_msg_u32(const struct zv_sip_msg *msg, enum zv_sip_header id,
                   uint32_t *ret_value) ZV_MUST_CHECK;
/* Retry-After of a response, in seconds; 0: none. `msg` may be NULL. */
uint32_t zv_sip_msg_retry_after_s(const struct zv_sip_msg *msg);
/* RAck (RFC 3262 §7.2): the RSeq and the CSeq that it acknowledges. ZV_E_NOTFOUND, ZV_E_PARSE. */
struct zv_sip_rack {
    uint32_t rseq;
    uint32_t cseq;
    struct zv_str method_name;
};
int zv_sip_msg_rack(const struct zv_sip_msg *msg, struct zv_sip_rack *ret_rack) ZV_MUST_CHECK;
/* One of the comma separated tokens of the headers of this id (Require, Supported, Allow) is
 * `token`, whatever its case. */
bool zv_sip_msg_has_token(const struct zv_sip_msg *msg, enum zv_sip_header id, const char *token);

/* Walks the comma separated elements of all headers of one id, in order. */
struct zv_sip_iter {
    const struct zv_sip_msg *msg; /* borrowed */
    const struct zv_sip_field *field;
    struct zv_str rest;
};
struct zv_sip_iter zv_sip_iter(const struct zv_sip_msg *msg, enum zv_sip_header id);
/* The next element as raw trimmed text; false at the end. */
bool zv_sip_iter_text(struct zv_sip_iter *iter, struct zv_str *ret_element);
/*
 * The next element of Contact, Route, Record-Route, Path, Service-Route, P-Asserted-Identity …: 0;
 * ZV_E_NOTFOUND at the end; ZV_E_PARSE for a malformed one, which is skipped: the caller may go on.
 * In a request that was parsed, Contact, Route and Record-Route hold no malformed one.
 */
int zv_sip_iter_addr(struct zv_sip_iter *iter, struct zv_sip_name_addr *ret_addr) ZV_MUST_CHECK;
/* The next Via, results as zv_sip_iter_addr. */
int zv_sip_iter_via(struct zv_sip_iter *iter, struct zv_sip_via *ret_via) ZV_MUST_CHECK;

/* One Via element. ZV_E_PARSE. */
int zv_sip_via_parse(struct zv_str text, struct zv_sip_via *ret_via) ZV_MUST_CHECK;
/* The branch starts with the cookie and is longer than it: it names the transaction by itself. */
bool zv_sip_via_has_cookie(const struct zv_sip_via *via);

/*
 * The body of that media type ("application/sdp"), whatever its case: the whole body when
 * Content-Type says so, or the first such part of a multipart body (RFC 2046 §5.1, one level, at
 * most 16 parts). 0; ZV_E_NOTFOUND when there is none or the part is encoded; ZV_E_PARSE for a
 * broken multipart.
 */
int zv_sip_msg_body(const struct zv_sip_msg *msg, const char *media_type,
                    struct zv_str *ret_body) ZV_MUST_CHECK;

#endif
