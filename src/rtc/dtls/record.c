/*
 * Records and handshake headers, read before OpenSSL sees them: OpenSSL takes many a malformed
 * plaintext message for the end of the connection, which would hand every forger that end.
 */
#include "base/buf.h"
#include "rtc/dtls/dtls_int.h"

#define MESSAGE_HEADER_BYTES 12 /* RFC 6347 section 4.2.2 */
#define VERSION_MAJOR        0xfe
/* What encryption adds: RFC 5288 section 3, RFC 7905 section 2. */
#define TAG_BYTES       16
#define GCM_NONCE_BYTES 8

bool zv_dtls_next_record(const uint8_t **data, size_t *len, struct zv_dtls_record *ret_record)
{
    const uint8_t *p = *data;
    if (*len < ZV_DTLS_RECORD_HEADER_BYTES || p[1] != VERSION_MAJOR)
        return false;
    size_t body_len = zv_get_u16(p + 11);
    if (body_len > *len - ZV_DTLS_RECORD_HEADER_BYTES)
        return false;
    *ret_record = (struct zv_dtls_record){
        .data = p,
        .len = ZV_DTLS_RECORD_HEADER_BYTES + body_len,
        .body = p + ZV_DTLS_RECORD_HEADER_BYTES,
        .body_len = body_len,
        .content = p[0],
        .epoch = zv_get_u16(p + 3),
    };
    *data += ret_record->len;
    *len -= ret_record->len;
    return true;
}

static bool may_send(enum zv_dtls_role receiver, uint8_t message)
{
    switch (message) {
    case ZV_DTLS_CERTIFICATE:
        return true;
    case ZV_DTLS_CLIENT_HELLO:
    case ZV_DTLS_CERTIFICATE_VERIFY:
    case ZV_DTLS_CLIENT_KEY_EXCHANGE:
        return receiver == ZV_DTLS_ROLE_SERVER;
    case ZV_DTLS_SERVER_HELLO:
    case ZV_DTLS_HELLO_VERIFY_REQUEST:
    case ZV_DTLS_SERVER_KEY_EXCHANGE:
    case ZV_DTLS_CERTIFICATE_REQUEST:
    case ZV_DTLS_SERVER_HELLO_DONE:
        return receiver == ZV_DTLS_ROLE_CLIENT;
    }
    return false;
}

static bool are_messages_plausible(const uint8_t *p, size_t len, enum zv_dtls_role role)
{
    do {
        if (len < MESSAGE_HEADER_BYTES || !may_send(role, p[0]))
            return false;
        size_t message = zv_get_u24(p + 1), offset = zv_get_u24(p + 6);
        size_t fragment = zv_get_u24(p + 9);
        if (message > ZV_DTLS_MAX_MESSAGE_BYTES || offset + fragment > message ||
            fragment > len - MESSAGE_HEADER_BYTES || (!fragment && message))
            return false;
        p += MESSAGE_HEADER_BYTES + fragment;
        len -= MESSAGE_HEADER_BYTES + fragment;
    } while (len);
    return true;
}

bool zv_dtls_is_plausible(const struct zv_dtls_record *record, enum zv_dtls_role role)
{
    /* Only a renegotiation leads to a second change of keys. */
    if (record->epoch > (record->content == ZV_DTLS_CONTENT_CHANGE_CIPHER_SPEC ? 0 : 1))
        return false;
    switch (record->content) {
    case ZV_DTLS_CONTENT_HANDSHAKE:
        return record->epoch || are_messages_plausible(record->body, record->body_len, role);
    case ZV_DTLS_CONTENT_CHANGE_CIPHER_SPEC:
        return record->body_len == 1 && record->body[0] == 1;
    case ZV_DTLS_CONTENT_ALERT:
        return record->epoch || record->body_len == 2;
    }
    return false; /* application data: nothing of ours runs over DTLS */
}

/*
 * A cipher that is handed less than its nonce and tag reports an error of its own, which OpenSSL
 * takes for the end of the connection (before the fix of CVE-2026-75806), and it sends the
 * peer an encrypted alert. Before the cipher is known the larger measure holds: OpenSSL keeps such
 * records for later, and no honest peer encrypts before both know the cipher.
 */
bool zv_dtls_is_undersized(const struct zv_dtls_record *record, const SSL_CIPHER *cipher)
{
    bool has_nonce = !cipher || SSL_CIPHER_get_cipher_nid(cipher) != NID_chacha20_poly1305;
    return record->epoch && record->body_len <= TAG_BYTES + (has_nonce ? GCM_NONCE_BYTES : 0);
}

void zv_dtls_set_sequence(uint8_t *record, uint64_t sequence)
{
    zv_set_u16(record + 5, (uint16_t)(sequence >> 32)); /* RFC 6347 section 4.1 */
    zv_set_u32(record + 7, (uint32_t)sequence);
}

bool zv_dtls_is_plain_alert(const struct zv_dtls_record *record)
{
    return record->content == ZV_DTLS_CONTENT_ALERT && !record->epoch;
}

bool zv_dtls_is_client_hello(const struct zv_dtls_record *record)
{
    return record->content == ZV_DTLS_CONTENT_HANDSHAKE && !record->epoch && record->body_len &&
           record->body[0] == ZV_DTLS_CLIENT_HELLO;
}
