/*
 * Certificate fingerprints of session descriptions (RFC 8122 section 5). MD5, SHA-1 and SHA-224 are
 * refused: a forged certificate with the same digest is within reach or soon will be.
 */
#include "base/err.h"
#include "rtc/dtls/dtls_int.h"

#include <openssl/x509.h>
#include <string.h>

static const EVP_MD *find_md(struct zv_str name)
{
    if (zv_str_is_i(name, "sha-256"))
        return EVP_sha256();
    if (zv_str_is_i(name, "sha-384"))
        return EVP_sha384();
    if (zv_str_is_i(name, "sha-512"))
        return EVP_sha512();
    return NULL;
}

int zv_dtls_fingerprint_parse(struct zv_str value, struct zv_dtls_fingerprint *ret_fingerprint)
{
    value = zv_str_trim(value);
    ptrdiff_t blank = zv_str_find(value, ' ');
    if (blank <= 0)
        return ZV_E_PARSE;
    struct zv_dtls_fingerprint parsed = {.md = find_md(zv_str_head(value, (size_t)blank))};
    if (!parsed.md)
        return ZV_E_UNSUPPORTED;
    struct zv_str rest = zv_str_trim(zv_str_tail(value, (size_t)blank)), pair;
    size_t wanted = (size_t)EVP_MD_get_size(parsed.md);
    while (zv_str_split(&rest, ':', &pair)) {
        int high = pair.len == 2 ? zv_hex_value(pair.p[0]) : -1;
        int low = pair.len == 2 ? zv_hex_value(pair.p[1]) : -1;
        if (high < 0 || low < 0 || parsed.len == wanted)
            return ZV_E_PARSE;
        parsed.digest[parsed.len++] = (uint8_t)(high << 4 | low);
    }
    if (parsed.len != wanted)
        return ZV_E_PARSE;
    *ret_fingerprint = parsed;
    return 0;
}

bool zv_dtls_fingerprint_eq(const struct zv_dtls_fingerprint *a,
                            const struct zv_dtls_fingerprint *b)
{
    return a->md == b->md && a->len == b->len && !memcmp(a->digest, b->digest, a->len);
}

bool zv_dtls_fingerprint_is_of(const struct zv_dtls_fingerprint *fingerprint, const X509 *cert)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    return fingerprint->md && X509_digest(cert, fingerprint->md, digest, &len) == 1 &&
           len == fingerprint->len && !memcmp(digest, fingerprint->digest, len);
}
