/*
 * What the files of rtc/dtls share: records, stored datagrams, fingerprints and the connection.
 */
#ifndef ZV_RTC_DTLS_DTLS_INT_H
#define ZV_RTC_DTLS_DTLS_INT_H

#include "base/limits.h"
#include "base/time.h"
#include "rtc/dtls/dtls.h"

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <stdatomic.h>

/* Datagrams of one flight: the largest, a server's with a chain of 4 kB, takes five. */
#define ZV_DTLS_MAX_FLIGHT_DATAGRAMS 8
/* Largest handshake message accepted; certificates of phones and browsers are below 2 kB. */
#define ZV_DTLS_MAX_MESSAGE_BYTES 16384
/* Records of epoch 1 handed over before the keys for them exist: OpenSSL keeps 16 kB for each. */
#define ZV_DTLS_MAX_EARLY_RECORDS 8
/* Before a handshake that was led astray begins anew. */
#define ZV_DTLS_RESTART_INTERVAL_US 10000
/* The library found that its time had not come, by a wall clock: ask again, and how often. */
#define ZV_DTLS_CLOCK_RETRY_US    5000
#define ZV_DTLS_MAX_CLOCK_RETRIES 4
/* "sha-256 " and 32 pairs with colons. */
#define ZV_DTLS_FINGERPRINT_TEXT_CAP 112

struct zv_dtls_ctx {
    atomic_uint refs;
    SSL_CTX *ssl;           /* owned */
    BIO_METHOD *bio_method; /* owned */
    char fingerprint[ZV_DTLS_FINGERPRINT_TEXT_CAP];
};

/* ---- record.c: RFC 6347 sections 4.1 and 4.2.2, and RFC 5246 for the numbers ---- */

enum zv_dtls_content {
    ZV_DTLS_CONTENT_CHANGE_CIPHER_SPEC = 20,
    ZV_DTLS_CONTENT_ALERT = 21,
    ZV_DTLS_CONTENT_HANDSHAKE = 22,
};

enum zv_dtls_message {
    ZV_DTLS_CLIENT_HELLO = 1,
    ZV_DTLS_SERVER_HELLO = 2,
    ZV_DTLS_HELLO_VERIFY_REQUEST = 3,
    ZV_DTLS_CERTIFICATE = 11,
    ZV_DTLS_SERVER_KEY_EXCHANGE = 12,
    ZV_DTLS_CERTIFICATE_REQUEST = 13,
    ZV_DTLS_SERVER_HELLO_DONE = 14,
    ZV_DTLS_CERTIFICATE_VERIFY = 15,
    ZV_DTLS_CLIENT_KEY_EXCHANGE = 16,
};

struct zv_dtls_record {
    const uint8_t *data; /* with its header */
    size_t len;
    const uint8_t *body;
    size_t body_len;
    uint8_t content;
    uint16_t epoch;
};

/* RFC 6347 section 4.1 */
#define ZV_DTLS_RECORD_HEADER_BYTES 13

/* Takes the next record off (*data, *len). False: no whole record is left. */
bool zv_dtls_next_record(const uint8_t **data, size_t *len, struct zv_dtls_record *ret_record);
/* What the other side of `role` may send: anything encrypted but a second change of keys, and
 * well-formed handshake fragments of its own in plain text. */
bool zv_dtls_is_plausible(const struct zv_dtls_record *record, enum zv_dtls_role role);
/* Encrypted, and too short for a message of one byte; NULL: the cipher is not agreed on yet. */
bool zv_dtls_is_undersized(const struct zv_dtls_record *record, const SSL_CIPHER *cipher);
bool zv_dtls_is_plain_alert(const struct zv_dtls_record *record);
bool zv_dtls_is_client_hello(const struct zv_dtls_record *record);
/* The number in a record's header, without the epoch. */
void zv_dtls_set_sequence(uint8_t *record, uint64_t sequence);

/* ---- flight.c: datagrams kept as bytes ---- */

struct zv_dtls_flight {
    uint8_t *bytes; /* owned */
    size_t used;
    size_t cap;
    size_t ends[ZV_DTLS_MAX_FLIGHT_DATAGRAMS]; /* where each datagram ends in bytes */
    size_t count;                              /* datagrams */
    size_t next;                               /* the one to send next; count: none */
};

void zv_dtls_flight_fini(struct zv_dtls_flight *flight);
void zv_dtls_flight_clear(struct zv_dtls_flight *flight);
/* Appends to the datagram under construction. ZV_E_NOMEM. */
int zv_dtls_flight_put(struct zv_dtls_flight *flight, const uint8_t *data,
                       size_t len) ZV_MUST_CHECK;
/* Ends the datagram. One more than fits, or an empty one, is dropped. */
void zv_dtls_flight_end(struct zv_dtls_flight *flight);
/*
 * Gives the plaintext records from byte `from` on new sequence numbers, beginning with *sequence.
 * Their numbers are not authenticated; a number used before would be taken for a replay.
 */
void zv_dtls_flight_renumber(struct zv_dtls_flight *flight, size_t from, uint64_t *sequence);
bool zv_dtls_flight_next(struct zv_dtls_flight *flight, const uint8_t **ret_data, size_t *ret_len);

/* ---- fingerprint.c: RFC 8122 ---- */

struct zv_dtls_fingerprint {
    const EVP_MD *md; /* NULL: none */
    size_t len;       /* bytes */
    uint8_t digest[EVP_MAX_MD_SIZE];
};

/* ZV_E_PARSE, ZV_E_UNSUPPORTED. */
int zv_dtls_fingerprint_parse(struct zv_str value,
                              struct zv_dtls_fingerprint *ret_fingerprint) ZV_MUST_CHECK;
bool zv_dtls_fingerprint_eq(const struct zv_dtls_fingerprint *a,
                            const struct zv_dtls_fingerprint *b);
bool zv_dtls_fingerprint_is_of(const struct zv_dtls_fingerprint *fingerprint, const X509 *cert);

/* ---- The connection ---- */

struct zv_dtls {
    struct zv_dtls_ctx *ctx; /* a reference */
    enum zv_dtls_role role;
    enum zv_dtls_state state;
    SSL *ssl;       /* owned; NULL: not begun, led astray, or released */
    int64_t now_us; /* of the present input */

    const uint8_t *in; /* the record that OpenSSL may read, borrowed for the call */
    size_t in_len;
    struct zv_dtls_flight early;    /* datagrams before the start */
    struct zv_dtls_flight flight;   /* our last one */
    struct zv_dtls_flight farewell; /* close_notify */
    struct zv_dtls_flight *sink;    /* where OpenSSL's datagrams go */
    bool is_flight_old;             /* the next datagram begins a flight */
    uint64_t plain_sequence;        /* of the next plaintext record sent */
    uint64_t plain_sequence_in;     /* of the next one that OpenSSL reads */
    bool is_farewell_due;

    int64_t handshake_limit_us;
    int64_t limit_at_us;      /* the end of patience */
    int64_t retransmit_at_us; /* by OpenSSL's timer, in our time */
    int64_t restart_at_us;    /* ssl is NULL until then */
    int64_t rto_us;           /* as told to OpenSSL last */
    int64_t answer_at_us;     /* no answer before */
    uint32_t clock_retries;
    uint32_t early_records; /* of epoch 1 */

    struct zv_dtls_fingerprint remote;
    struct zv_dtls_keys keys; /* until polled */
    enum zv_dtls_failure failure;
    uint8_t alert;
    const char *detail;
    bool has_refused;
    bool is_drained;
    enum zv_dtls_out_kind event; /* CONNECTED, FAILED or CLOSED waiting for poll; or NONE */
    struct zv_dtls_stats stats;
};

/* bio.c: the datagram BIO between OpenSSL and a connection. */
BIO_METHOD *zv_dtls_bio_method_new(void);
BIO *zv_dtls_bio_new(struct zv_dtls *dtls);

/* handshake.c */
int zv_dtls_handshake_open(struct zv_dtls *dtls) ZV_MUST_CHECK;
/* Lets OpenSSL go on as far as it gets with dtls->in. */
void zv_dtls_handshake_step(struct zv_dtls *dtls);
/* Its deadline passed: repeats the flight. */
void zv_dtls_handshake_repeat(struct zv_dtls *dtls);
/* UNVERIFIED: compares the fingerprints once both are there. */
void zv_dtls_handshake_verify(struct zv_dtls *dtls);
/* Puts a close_notify into the farewell and frees OpenSSL's connection. */
void zv_dtls_handshake_close(struct zv_dtls *dtls);
void zv_dtls_fail(struct zv_dtls *dtls, enum zv_dtls_failure failure);
/* Puts the last flight on the way once more, without OpenSSL. */
void zv_dtls_repeat_flight(struct zv_dtls *dtls);

#endif
