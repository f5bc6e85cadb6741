/*
 * The BIO between OpenSSL and a connection: one record in at a time, whole datagrams out.
 * (BIO_s_mem is a stream: it would merge datagrams.)
 *
 * OpenSSL tells its BIO when it sets and stops its retransmission timer. That is how the timer gets
 * into our own time.
 */
#include "base/buf.h"
#include "base/err.h"
#include "rtc/dtls/dtls_int.h"

#include <openssl/bio.h>
#include <string.h>
#include <sys/time.h> /* struct timeval, which BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT carries */

/*
 * Plaintext records get new numbers on the way in too: OpenSSL drops what it takes for a replay,
 * and one forged record with a high number would make it take all that the peer sends for one.
 * What comes twice is told by the numbers of the messages (RFC 6347 section 4.2.2).
 */
static void renumber(struct zv_dtls *dtls, uint8_t *record, size_t len)
{
    if (len >= ZV_DTLS_RECORD_HEADER_BYTES && !zv_get_u16(record + 3))
        zv_dtls_set_sequence(record, dtls->plain_sequence_in++);
}

static int on_read(BIO *bio, char *data, int cap)
{
    struct zv_dtls *dtls = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (!dtls->in_len || cap <= 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    int len = (int)ZV_MIN(dtls->in_len, (size_t)cap);
    memcpy(data, dtls->in, (size_t)len);
    renumber(dtls, (uint8_t *)data, (size_t)len);
    dtls->in_len = 0;
    return len;
}

/*
 * Plaintext alerts stay here: what made OpenSSL give up may have been forged, and the alert would
 * end the handshake of the honest peer. A datagram for which there is no memory is one that the
 * network lost. Plaintext records are numbered here and not by OpenSSL, so that a stored flight can
 * go out again with numbers that fit in.
 */
static int on_write(BIO *bio, const char *data, int len)
{
    struct zv_dtls *dtls = BIO_get_data(bio);
    const uint8_t *p = (const uint8_t *)data;
    size_t left = len > 0 ? (size_t)len : 0;
    struct zv_dtls_record record;
    BIO_clear_retry_flags(bio);
    if (dtls->sink == &dtls->flight && dtls->is_flight_old) {
        zv_dtls_flight_clear(&dtls->flight);
        dtls->is_flight_old = false;
    }
    size_t from = dtls->sink->used;
    while (zv_dtls_next_record(&p, &left, &record)) {
        if (zv_dtls_is_plain_alert(&record))
            continue;
        if (zv_dtls_flight_put(dtls->sink, record.data, record.len) != 0)
            break;
    }
    zv_dtls_flight_renumber(dtls->sink, from, &dtls->plain_sequence);
    zv_dtls_flight_end(dtls->sink);
    return len;
}

static void on_timer(struct zv_dtls *dtls, const struct timeval *at)
{
    bool is_stopped = !at->tv_sec && !at->tv_usec;
    dtls->retransmit_at_us = is_stopped ? ZV_TIME_NEVER : dtls->now_us + dtls->rto_us;
    dtls->clock_retries = 0;
}

static long on_ctrl(BIO *bio, int command, long number, void *ptr)
{
    (void)number;
    switch (command) {
    case BIO_CTRL_FLUSH:
        return 1;
    case BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT:
        on_timer(BIO_get_data(bio), ptr);
        return 1;
    case BIO_CTRL_DGRAM_GET_MTU_OVERHEAD:
        return 0; /* ZV_DTLS_MTU_BYTES is payload */
    }
    return 0;
}

BIO_METHOD *zv_dtls_bio_method_new(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "zv_dtls");
    if (!method)
        return NULL;
    BIO_meth_set_read(method, on_read);
    BIO_meth_set_write(method, on_write);
    BIO_meth_set_ctrl(method, on_ctrl);
    return method;
}

BIO *zv_dtls_bio_new(struct zv_dtls *dtls)
{
    BIO *bio = BIO_new(dtls->ctx->bio_method);
    if (!bio)
        return NULL;
    BIO_set_data(bio, dtls);
    BIO_set_init(bio, 1);
    return bio;
}
