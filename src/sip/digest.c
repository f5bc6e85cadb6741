/*
 * Digest authentication (RFC 7616 §3.3-§3.4, RFC 8760, RFC 2617 §3.2, RFC 3261 §22.4).
 *
 * Realm, nonce and opaque are hashed and sent back as they stood between the quotes, escapes
 * included: that is what "unq" of RFC 7616 §3.4 means, and the only reading on which both sides
 * agree.
 */
#include "sip/digest.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/hash.h"
#include "sip/build.h"

#include <assert.h>
#include <string.h>

/* Longest URI of a request line that we authenticate, and the longest text that is hashed at once.
 */
#define MAX_URI_BYTES  1024
#define MAX_HASH_BYTES 1536
#define CNONCE_BYTES   22
#define NC_DIGITS      8

static const struct {
    const char *name;
    enum zv_hash_kind hash;
} algorithms[] = {
    [ZV_SIP_DIGEST_MD5] = {"MD5", ZV_HASH_MD5},
    [ZV_SIP_DIGEST_SHA256] = {"SHA-256", ZV_HASH_SHA256},
    [ZV_SIP_DIGEST_SHA512_256] = {"SHA-512-256", ZV_HASH_SHA512_256},
};
static_assert(ZV_ARRAY_LEN(algorithms) == ZV_SIP_DIGEST_COUNT, "one entry per algorithm");

const char *zv_sip_digest_algorithm_name(enum zv_sip_digest_algorithm algorithm)
{
    return algorithms[algorithm].name;
}

/* auth-param of a challenge, between commas. Names that are not known are passed over (§3.3). */
static int read_param(struct zv_str param, struct zv_sip_challenge *c, struct zv_str *ret_algorithm,
                      struct zv_str *ret_qop)
{
    ptrdiff_t at = zv_str_find(param, '=');
    if (at <= 0)
        return ZV_E_PARSE;
    struct zv_str name = zv_sip_trim(zv_str_head(param, (size_t)at));
    struct zv_str value = zv_sip_trim(zv_str_tail(param, (size_t)at + 1));
    bool is_quoted = zv_sip_unquote(value, &value) == 0;
    if (!zv_sip_is_token(name) || (!is_quoted && !zv_sip_is_token(value)))
        return ZV_E_PARSE;
    if (zv_str_is_i(name, "realm"))
        c->realm = value;
    else if (zv_str_is_i(name, "nonce"))
        c->nonce = value;
    else if (zv_str_is_i(name, "algorithm"))
        *ret_algorithm = value;
    else if (zv_str_is_i(name, "qop"))
        *ret_qop = value;
    else if (zv_str_is_i(name, "stale"))
        c->stale = zv_str_is_i(value, "true");
    else if (zv_str_is_i(name, "opaque")) {
        c->opaque = value;
        c->has_opaque = true;
    }
    return 0;
}

static int read_algorithm(struct zv_str name, enum zv_sip_digest_algorithm *ret_algorithm)
{
    if (!name.p) {
        *ret_algorithm = ZV_SIP_DIGEST_MD5; /* RFC 7616 §3.3 */
        return 0;
    }
    for (size_t i = 0; i < ZV_ARRAY_LEN(algorithms); i++) {
        if (zv_str_is_i(name, algorithms[i].name)) {
            *ret_algorithm = (enum zv_sip_digest_algorithm)i;
            return 0;
        }
    }
    return ZV_E_UNSUPPORTED;
}

/* qop-options: a list in one quoted string; absent: the form of RFC 2069. */
static int read_qop(struct zv_str list, bool *ret_auth)
{
    struct zv_str option;
    *ret_auth = false;
    if (!list.p)
        return 0;
    while (zv_str_split(&list, ',', &option)) {
        if (zv_str_is_i(zv_sip_trim(option), "auth")) {
            *ret_auth = true;
            return 0;
        }
    }
    return ZV_E_UNSUPPORTED;
}

int zv_sip_challenge_parse(struct zv_str value, struct zv_sip_challenge *ret_challenge)
{
    struct zv_sip_challenge c = {0};
    struct zv_str rest = zv_sip_trim(value), param, algorithm = {NULL, 0}, qop = {NULL, 0};
    size_t scheme_len = 0;
    while (scheme_len < rest.len && zv_sip_is_token(zv_str_n(rest.p + scheme_len, 1)))
        scheme_len++;
    if (!zv_str_is_i(zv_str_head(rest, scheme_len), "Digest"))
        return scheme_len ? ZV_E_UNSUPPORTED : ZV_E_PARSE;
    rest = zv_str_tail(rest, scheme_len);
    while (zv_sip_split(&rest, ',', &param)) {
        if (read_param(param, &c, &algorithm, &qop))
            return ZV_E_PARSE;
    }
    /* We shall send these back between quotes: a fold or a control must not come along. */
    if (!c.realm.p || !c.nonce.p || !zv_sip_is_text(c.realm) || !zv_sip_is_text(c.nonce) ||
        !zv_sip_is_text(c.opaque))
        return ZV_E_PARSE;
    if (c.realm.len > ZV_SIP_MAX_REALM_BYTES || c.nonce.len > ZV_SIP_MAX_NONCE_BYTES ||
        c.opaque.len > ZV_SIP_MAX_OPAQUE_BYTES)
        return ZV_E_LIMIT;
    int err = read_algorithm(algorithm, &c.algorithm);
    if (!err)
        err = read_qop(qop, &c.qop_auth);
    if (!err)
        *ret_challenge = c;
    return err;
}

int zv_sip_challenge_best(const struct zv_sip_msg *response, struct zv_str realm,
                          struct zv_sip_challenge *ret_challenge)
{
    bool proxy = response->status == 407;
    enum zv_sip_header id =
        proxy ? ZV_SIP_HEADER_PROXY_AUTHENTICATE : ZV_SIP_HEADER_WWW_AUTHENTICATE;
    const struct zv_sip_field *field = zv_sip_msg_find(response, id);
    struct zv_sip_challenge best, next;
    bool has_best = false, has_unsupported = false;
    for (; field; field = zv_sip_msg_find_next(response, field)) {
        int err = zv_sip_challenge_parse(field->value, &next);
        has_unsupported |= err != 0;
        if (err || (realm.len && !zv_str_eq(next.realm, realm)) ||
            (has_best && next.algorithm <= best.algorithm))
            continue;
        best = next;
        has_best = true;
    }
    if (!has_best)
        return has_unsupported ? ZV_E_UNSUPPORTED : ZV_E_NOTFOUND;
    best.proxy = proxy;
    *ret_challenge = best;
    return 0;
}

/* The hash of what stands in `in`, in hexadecimal with a NUL; `in` is wiped. */
static int hash_hex(enum zv_sip_digest_algorithm algorithm, struct zv_buf *in,
                    char ret_hex[ZV_SIP_DIGEST_HEX_BYTES + 1])
{
    uint8_t digest[ZV_HASH_MAX_BYTES];
    char hex[ZV_SIP_DIGEST_HEX_BYTES + 1];
    enum zv_hash_kind kind = algorithms[algorithm].hash;
    int err = in->overflow ? ZV_E_LIMIT : zv_hash(kind, in->p, in->len, digest);
    zv_wipe(in->p, in->len);
    if (err)
        return err;
    struct zv_buf out = zv_buf(hex, sizeof(hex));
    zv_buf_put_hex(&out, digest, zv_hash_size(kind));
    zv_buf_put_char(&out, 0);
    memcpy(ret_hex, hex, out.len);
    zv_wipe(digest, sizeof(digest));
    zv_wipe(hex, sizeof(hex));
    return 0;
}

static void put_joined(struct zv_buf *buf, struct zv_str text)
{
    zv_buf_put_char(buf, ':');
    zv_buf_put_str(buf, text);
}

int zv_sip_digest_ha1(enum zv_sip_digest_algorithm algorithm, const struct zv_sip_credentials *cred,
                      struct zv_str realm, char ret_ha1[ZV_SIP_DIGEST_HEX_BYTES + 1])
{
    char memory[MAX_HASH_BYTES];
    struct zv_buf in = zv_buf(memory, sizeof(memory));
    zv_buf_put_str(&in, cred->username);
    put_joined(&in, realm);
    put_joined(&in, cred->password);
    return hash_hex(algorithm, &in, ret_ha1);
}

static void put_nc(struct zv_buf *buf, uint32_t nc)
{
    uint8_t bytes[NC_DIGITS / 2];
    zv_set_u32(bytes, nc);
    zv_buf_put_hex(buf, bytes, sizeof(bytes));
}

int zv_sip_digest_response(const struct zv_sip_digest_input *input,
                           char ret_response[ZV_SIP_DIGEST_HEX_BYTES + 1])
{
    char memory[MAX_HASH_BYTES], ha2[ZV_SIP_DIGEST_HEX_BYTES + 1];
    struct zv_buf in = zv_buf(memory, sizeof(memory));
    zv_buf_put_str(&in, input->method);
    put_joined(&in, input->uri);
    int err = hash_hex(input->algorithm, &in, ha2);
    if (err)
        return err;
    in = zv_buf(memory, sizeof(memory));
    zv_buf_put_str(&in, input->ha1);
    put_joined(&in, input->nonce);
    if (input->qop_auth) {
        zv_buf_put_char(&in, ':');
        put_nc(&in, input->nc);
        put_joined(&in, input->cnonce);
        put_joined(&in, ZV_STR_LIT("auth"));
    }
    put_joined(&in, zv_str(ha2));
    return hash_hex(input->algorithm, &in, ret_response);
}

/* The challenge's fields were bounded when it was read. */
static void keep_text(char *dst, size_t cap, struct zv_str text)
{
    size_t len = ZV_MIN(text.len, cap - 1);
    if (len)
        memcpy(dst, text.p, len);
    dst[len] = 0;
}

void zv_sip_auth_set(struct zv_sip_auth *auth, const struct zv_sip_challenge *challenge)
{
    *auth = (struct zv_sip_auth){
        .is_set = true,
        .proxy = challenge->proxy,
        .qop_auth = challenge->qop_auth,
        .has_opaque = challenge->has_opaque,
        .algorithm = challenge->algorithm,
    };
    keep_text(auth->realm, sizeof(auth->realm), challenge->realm);
    keep_text(auth->nonce, sizeof(auth->nonce), challenge->nonce);
    keep_text(auth->opaque, sizeof(auth->opaque), challenge->opaque);
}

bool zv_sip_auth_is_refused(const struct zv_sip_auth *auth,
                            const struct zv_sip_challenge *challenge)
{
    return auth->is_set && auth->nc > 0 && !challenge->stale &&
           zv_str_is(challenge->nonce, auth->nonce) && auth->algorithm == challenge->algorithm;
}

enum zv_sip_header zv_sip_auth_header(const struct zv_sip_auth *auth)
{
    return auth->proxy ? ZV_SIP_HEADER_PROXY_AUTHORIZATION : ZV_SIP_HEADER_AUTHORIZATION;
}

/* Fit to stand between quotes as it is. */
static bool is_quotable(struct zv_str text)
{
    return zv_sip_is_text(text) && zv_str_find(text, '"') < 0 && zv_str_find(text, '\\') < 0;
}

static void put_quoted_param(struct zv_buf *buf, const char *name, struct zv_str value)
{
    zv_buf_put_text(buf, name);
    zv_buf_put_text(buf, "=\"");
    zv_buf_put_str(buf, value);
    zv_buf_put_char(buf, '"');
}

static void put_credentials(const struct zv_sip_auth *auth, const struct zv_sip_digest_input *in,
                            const struct zv_sip_credentials *cred, const char *response,
                            struct zv_buf *buf)
{
    put_quoted_param(buf, "Digest username", cred->username);
    put_quoted_param(buf, ", realm", zv_str(auth->realm));
    put_quoted_param(buf, ", nonce", in->nonce);
    put_quoted_param(buf, ", uri", in->uri);
    put_quoted_param(buf, ", response", zv_str(response));
    zv_buf_put_text(buf, ", algorithm=");
    zv_buf_put_text(buf, zv_sip_digest_algorithm_name(auth->algorithm));
    if (in->qop_auth) {
        zv_buf_put_text(buf, ", qop=auth, nc=");
        put_nc(buf, in->nc);
        put_quoted_param(buf, ", cnonce", in->cnonce);
    }
    if (auth->has_opaque)
        put_quoted_param(buf, ", opaque", zv_str(auth->opaque));
}

int zv_sip_auth_write(struct zv_sip_auth *auth, const struct zv_sip_auth_request *request,
                      struct zv_buf *buf)
{
    const struct zv_sip_credentials *cred = request->cred;
    char ha1[ZV_SIP_DIGEST_HEX_BYTES + 1], response[ZV_SIP_DIGEST_HEX_BYTES + 1];
    char cnonce[CNONCE_BYTES + 1];
    if (!auth->is_set)
        return ZV_E_STATE;
    if (!is_quotable(cred->username) || !is_quotable(request->uri))
        return ZV_E_INVAL;
    if (request->uri.len > MAX_URI_BYTES || auth->nc == UINT32_MAX)
        return ZV_E_LIMIT;
    struct zv_str stored = cred->ha1[auth->algorithm];
    int err = stored.len ? zv_str_copy(stored, ha1, sizeof(ha1))
                         : zv_sip_digest_ha1(auth->algorithm, cred, zv_str(auth->realm), ha1);
    if (err)
        return err;
    zv_rand_token(request->rand, cnonce, CNONCE_BYTES);
    const struct zv_sip_digest_input in = {
        .algorithm = auth->algorithm,
        .ha1 = zv_str(ha1),
        .method = request->method,
        .uri = request->uri,
        .nonce = zv_str(auth->nonce),
        .qop_auth = auth->qop_auth,
        .nc = auth->nc + 1,
        .cnonce = zv_str(cnonce),
    };
    err = zv_sip_digest_response(&in, response);
    zv_wipe(ha1, sizeof(ha1));
    if (err)
        return err;
    put_credentials(auth, &in, cred, response, buf);
    auth->nc++;
    return 0;
}
