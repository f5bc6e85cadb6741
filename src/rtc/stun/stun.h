/*
 * STUN messages (RFC 8489, and RFC 5389 on the wire) with the attributes that ICE uses (RFC 8445
 * §16.1): bytes <-> struct, nothing else. The parser copies nothing; the writer appends to a
 * zv_buf.
 *
 * Not supported, on purpose: long-term credentials, MESSAGE-INTEGRITY-SHA256 (no ICE agent sends
 * it; after MESSAGE-INTEGRITY it is ignored as RFC 8489 §14.5 allows), the classic STUN of RFC 3489
 * (no magic cookie).
 */
#ifndef ZV_RTC_STUN_STUN_H
#define ZV_RTC_STUN_STUN_H

#include "base/addr.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZV_STUN_HEADER_BYTES 20                   /* RFC 8489 §5 */
#define ZV_STUN_TX_ID_BYTES  12                   /* RFC 8489 §5 */
#define ZV_STUN_MAGIC_COOKIE UINT32_C(0x2112a442) /* RFC 8489 §5 */
#define ZV_STUN_MAX_BYTES    1500                 /* longer messages are refused */
#define ZV_STUN_MAX_ATTRS    32                   /* more attributes: refused */
#define ZV_STUN_MAX_UNKNOWN  8                    /* of the unknown ones, so many are listed */
#define ZV_STUN_MAX_USERNAME 513 /* two ufrags of 256 and a colon (RFC 8445 §7.2.2) */

/* RFC 8489 §5: the two class bits of the message type. */
enum zv_stun_class {
    ZV_STUN_REQUEST = 0,
    ZV_STUN_INDICATION = 1,
    ZV_STUN_SUCCESS = 2,
    ZV_STUN_ERROR = 3,
};

#define ZV_STUN_BINDING 0x001 /* the only method of ICE */

/* RFC 8489 §18.3 and RFC 8445 §16.1. From 0x8000 on, an unknown attribute is ignored. */
enum zv_stun_attr {
    ZV_STUN_ATTR_USERNAME = 0x0006,
    ZV_STUN_ATTR_INTEGRITY = 0x0008,
    ZV_STUN_ATTR_ERROR_CODE = 0x0009,
    ZV_STUN_ATTR_UNKNOWN_ATTRS = 0x000a,
    ZV_STUN_ATTR_XOR_MAPPED = 0x0020,
    ZV_STUN_ATTR_PRIORITY = 0x0024,
    ZV_STUN_ATTR_USE_CANDIDATE = 0x0025,
    ZV_STUN_ATTR_SOFTWARE = 0x8022,
    ZV_STUN_ATTR_FINGERPRINT = 0x8028,
    ZV_STUN_ATTR_CONTROLLED = 0x8029,
    ZV_STUN_ATTR_CONTROLLING = 0x802a,
};

/* A parsed message: views into the bytes, which must stay alive and unchanged. */
struct zv_stun_msg {
    const uint8_t *data;
    size_t len; /* bytes, header included */
    enum zv_stun_class cls;
    uint16_t method;        /* 12 bits */
    const uint8_t *tx_id;   /* ZV_STUN_TX_ID_BYTES */
    struct zv_str username; /* p NULL: absent */
    struct zv_str software; /* p NULL: absent */
    size_t integrity_at;    /* offset of MESSAGE-INTEGRITY; 0: absent */
    bool has_fingerprint;   /* and it was right: a wrong one is ZV_E_PARSE */
    bool has_priority;
    bool use_candidate;
    bool is_controlling;   /* ICE-CONTROLLING is present */
    bool is_controlled;    /* ICE-CONTROLLED is present */
    uint32_t priority;     /* RFC 8445 §5.1.2 */
    uint64_t tie_breaker;  /* of ICE-CONTROLLING or ICE-CONTROLLED */
    struct zv_addr mapped; /* XOR-MAPPED-ADDRESS; family ZV_ADDR_NONE: absent */
    uint16_t error_code;   /* 300..699; 0: absent */
    struct zv_str reason;  /* of ERROR-CODE; UTF-8 is not checked */
    size_t unknown_count;  /* comprehension-required attributes that are unknown, all of them */
    uint16_t unknown[ZV_STUN_MAX_UNKNOWN]; /* the first of those */
};

/*
 * True when the bytes can only be STUN (RFC 7983 §7 and RFC 8489 §6.3): first byte 0..3, magic
 * cookie, a length that is a multiple of 4 and is that of the datagram.
 */
bool zv_stun_is_message(const uint8_t *data, size_t len);
/*
 * Parses one datagram. Attributes behind MESSAGE-INTEGRITY are ignored (FINGERPRINT excepted, which
 * must be last and right), and of a repeated attribute all but the first (RFC 8489 §14).
 * ZV_E_PARSE: malformed. ZV_E_LIMIT: too long or too many attributes.
 */
int zv_stun_parse(const uint8_t *data, size_t len, struct zv_stun_msg *ret_msg) ZV_MUST_CHECK;
/* MESSAGE-INTEGRITY is present and made with this password (short-term, RFC 8489 §9.1). */
bool zv_stun_is_authentic(const struct zv_stun_msg *msg, struct zv_str password);

/*
 * Writer. The message starts at the first byte of an empty `buf`; each call keeps its length field
 * right. What does not fit sets buf->overflow. INTEGRITY and then FINGERPRINT come last.
 */
void zv_stun_write_header(struct zv_buf *buf, enum zv_stun_class cls, uint16_t method,
                          const uint8_t tx_id[ZV_STUN_TX_ID_BYTES]);
/* Any attribute; padded with zeros. */
void zv_stun_write_attr(struct zv_buf *buf, enum zv_stun_attr type, const void *value, size_t len);
void zv_stun_write_u32(struct zv_buf *buf, enum zv_stun_attr type, uint32_t value);
void zv_stun_write_u64(struct zv_buf *buf, enum zv_stun_attr type, uint64_t value);
/* XOR-MAPPED-ADDRESS (RFC 8489 §14.2); `addr` must be IPv4 or IPv6. */
void zv_stun_write_mapped(struct zv_buf *buf, const struct zv_addr *addr);
/* ERROR-CODE; `code` is 300..699. */
void zv_stun_write_error(struct zv_buf *buf, uint16_t code, const char *reason);
/* UNKNOWN-ATTRIBUTES, for a 420. */
void zv_stun_write_unknown(struct zv_buf *buf, const uint16_t *types, size_t count);
void zv_stun_write_integrity(struct zv_buf *buf, struct zv_str password);
void zv_stun_write_fingerprint(struct zv_buf *buf);

#endif
