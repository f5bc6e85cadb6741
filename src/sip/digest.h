/*
 * HTTP digest authentication as SIP uses it, client side (RFC 3261 §22, RFC 7616, RFC 8760, RFC
 * 2617 for servers without qop): reads challenges, picks the strongest that we can answer, computes
 * the response, writes the Authorization or Proxy-Authorization value, counts the uses of a nonce.
 *
 * Not supported, on purpose: qop=auth-int (bodies change on the way), the -sess variants (their HA1
 * depends on the nonce, so a stored HA1 is of no use), userhash. A challenge that asks for nothing
 * else is skipped like one of an unknown algorithm.
 */
#ifndef ZV_SIP_DIGEST_H
#define ZV_SIP_DIGEST_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/rand.h"
#include "base/str.h"
#include "sip/msg.h"

#include <stdbool.h>
#include <stdint.h>

/* In order of strength: a larger value is preferred (RFC 8760 §2.4). */
enum zv_sip_digest_algorithm {
    ZV_SIP_DIGEST_MD5,
    ZV_SIP_DIGEST_SHA256,
    ZV_SIP_DIGEST_SHA512_256,
    ZV_SIP_DIGEST_COUNT,
};

/* Hexadecimal digits of the longest hash, without a NUL. */
#define ZV_SIP_DIGEST_HEX_BYTES 64
/* Longest that we keep and send back; a challenge beyond is refused. */
#define ZV_SIP_MAX_REALM_BYTES  128
#define ZV_SIP_MAX_NONCE_BYTES  384
#define ZV_SIP_MAX_OPAQUE_BYTES 256

/* Views into the header's value. */
struct zv_sip_challenge {
    enum zv_sip_digest_algorithm algorithm;
    struct zv_str realm; /* between the quotes, escapes stay: as it is hashed and sent back */
    struct zv_str nonce;
    struct zv_str opaque; /* see has_opaque */
    bool has_opaque;
    bool stale;    /* the credentials were right, only the nonce is old: try again at once */
    bool qop_auth; /* false: the server knows no qop at all (RFC 2069 form) */
    bool proxy;    /* from Proxy-Authenticate */
};

/* "MD5", "SHA-256", "SHA-512-256". Static storage. */
const char *zv_sip_digest_algorithm_name(enum zv_sip_digest_algorithm algorithm);

/* One header's value. ZV_E_UNSUPPORTED: another scheme, algorithm or qop; ZV_E_LIMIT: too long a
 * field; ZV_E_PARSE. */
int zv_sip_challenge_parse(struct zv_str value,
                           struct zv_sip_challenge *ret_challenge) ZV_MUST_CHECK;
/*
 * The strongest challenge of a 401 or 407 that we can answer (the first among equals). `realm` not
 * empty: only of that realm (a peer's own challenges must not get at an account's credentials).
 * ZV_E_NOTFOUND: there is no challenge (of that realm); ZV_E_UNSUPPORTED: there are, none that we
 * can answer.
 */
int zv_sip_challenge_best(const struct zv_sip_msg *response, struct zv_str realm,
                          struct zv_sip_challenge *ret_challenge) ZV_MUST_CHECK;

struct zv_sip_credentials {
    struct zv_str username; /* text without controls, `"` and `\` */
    struct zv_str password; /* may be empty text */
    /* Lower-case hexadecimal HA1 per algorithm, used in the password's stead where not empty. */
    struct zv_str ha1[ZV_SIP_DIGEST_COUNT];
};

/* HA1 = H(username:realm:password) in hexadecimal with a NUL. ZV_E_LIMIT, ZV_E_CRYPTO. */
int zv_sip_digest_ha1(enum zv_sip_digest_algorithm algorithm, const struct zv_sip_credentials *cred,
                      struct zv_str realm, char ret_ha1[ZV_SIP_DIGEST_HEX_BYTES + 1]) ZV_MUST_CHECK;

struct zv_sip_digest_input {
    enum zv_sip_digest_algorithm algorithm;
    struct zv_str ha1; /* hexadecimal */
    struct zv_str method;
    struct zv_str uri; /* of the request line */
    struct zv_str nonce;
    bool qop_auth; /* false: nc and cnonce are not used */
    uint32_t nc;   /* 1 for the first use of a nonce */
    struct zv_str cnonce;
};
/* The response in hexadecimal with a NUL (RFC 7616 §3.4.1). A server's side computes the same from
 * what it was sent and compares. ZV_E_LIMIT, ZV_E_CRYPTO. */
int zv_sip_digest_response(const struct zv_sip_digest_input *in,
                           char ret_response[ZV_SIP_DIGEST_HEX_BYTES + 1]) ZV_MUST_CHECK;

/* The state of being authenticated at one server: a plain value that can be stored. All zero: none.
 */
struct zv_sip_auth {
    bool is_set;
    bool proxy; /* the header to write is Proxy-Authorization */
    bool qop_auth;
    bool has_opaque;
    enum zv_sip_digest_algorithm algorithm;
    uint32_t nc; /* uses of the nonce so far */
    char realm[ZV_SIP_MAX_REALM_BYTES + 1];
    char nonce[ZV_SIP_MAX_NONCE_BYTES + 1];
    char opaque[ZV_SIP_MAX_OPAQUE_BYTES + 1];
};

/* Takes a challenge over; the count of uses starts anew. */
void zv_sip_auth_set(struct zv_sip_auth *auth, const struct zv_sip_challenge *challenge);
/* The challenge is for the nonce that `auth` used last, and not stale: the credentials are wrong,
 * and trying again would be endless (reliability: at most 2 rounds per request). */
bool zv_sip_auth_is_refused(const struct zv_sip_auth *auth,
                            const struct zv_sip_challenge *challenge);

struct zv_sip_auth_request {
    const struct zv_sip_credentials *cred;
    struct zv_str method;
    struct zv_str uri;          /* the request line's, exactly */
    const struct zv_rand *rand; /* for cnonce */
};
/* Header to write: Authorization or Proxy-Authorization. */
enum zv_sip_header zv_sip_auth_header(const struct zv_sip_auth *auth);
/*
 * Appends the header's value and counts one more use of the nonce. ZV_E_STATE: no challenge taken;
 * ZV_E_INVAL: username or URI unfit to be quoted; ZV_E_LIMIT, ZV_E_CRYPTO. Too little room shows as
 * buf->overflow.
 */
int zv_sip_auth_write(struct zv_sip_auth *auth, const struct zv_sip_auth_request *request,
                      struct zv_buf *buf) ZV_MUST_CHECK;

#endif
