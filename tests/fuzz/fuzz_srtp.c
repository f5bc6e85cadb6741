/*
 * SRTP and SRTCP: the input is a list of packets, each with an order what to do with it. Whatever
 * is protected must come back unchanged, and whatever else is opened may only be dropped.
 */
#include "rtc/srtp/srtp.h"

#include <stdlib.h>
#include <string.h>

#define PACKET_CAP 2048

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const enum zv_srtp_profile profiles[] = {
    ZV_SRTP_AES_CM_128_HMAC_SHA1_80, ZV_SRTP_AES_CM_128_HMAC_SHA1_32,
    ZV_SRTP_AES_256_CM_HMAC_SHA1_80, ZV_SRTP_AEAD_AES_128_GCM,
    ZV_SRTP_AEAD_AES_256_GCM,
};

typedef enum zv_srtp_verdict protect_fn(struct zv_srtp *, uint8_t *, size_t, size_t, size_t *);
typedef enum zv_srtp_verdict unprotect_fn(struct zv_srtp *, uint8_t *, size_t, size_t *);

static struct zv_srtp *new_context(enum zv_srtp_profile profile)
{
    static const uint8_t master[ZV_SRTP_MAX_KEY_BYTES + ZV_SRTP_MAX_SALT_BYTES] = {1, 2, 3};
    struct zv_srtp *srtp = NULL;
    const struct zv_srtp_cfg cfg = {
        .profile = profile,
        .key = master,
        .key_len = zv_srtp_key_bytes(profile),
        .salt = master + ZV_SRTP_MAX_KEY_BYTES,
        .salt_len = zv_srtp_salt_bytes(profile),
    };
    if (zv_srtp_new(&srtp, &cfg) != 0)
        abort();
    return srtp;
}

static void there_and_back(struct zv_srtp *out, struct zv_srtp *in, const uint8_t *plain,
                           size_t len, protect_fn *protect, unprotect_fn *unprotect)
{
    uint8_t packet[PACKET_CAP];
    size_t got = 0;
    memcpy(packet, plain, len);
    if (protect(out, packet, len, sizeof(packet), &got) != ZV_SRTP_PASS)
        return;
    enum zv_srtp_verdict verdict = unprotect(in, packet, got, &got);
    if (verdict == ZV_SRTP_DROP_STREAM_LIMIT || verdict == ZV_SRTP_DROP_REPLAYED)
        return; /* `in` saw the index in an exact copy before */
    if (verdict != ZV_SRTP_PASS || got != len || memcmp(packet, plain, len) != 0)
        abort();
}

/* A whole allocation of its own, so that a read beyond the end is noticed. */
static void open_foreign(struct zv_srtp *in, const uint8_t *data, size_t len,
                         unprotect_fn *unprotect)
{
    uint8_t *copy = malloc(len ? len : 1);
    size_t got = SIZE_MAX;
    if (!copy)
        return;
    memcpy(copy, data, len);
    if (unprotect(in, copy, len, &got) == ZV_SRTP_PASS ? got >= len : got != SIZE_MAX)
        abort();
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    enum zv_srtp_profile profile = profiles[data[0] % (sizeof(profiles) / sizeof(profiles[0]))];
    struct zv_srtp *out = new_context(profile), *in = new_context(profile);
    for (data++, size--; size >= 3;) {
        uint8_t order = data[0] & 3;
        size_t len = (size_t)data[1] | (size_t)(data[2] & 3) << 8;
        data += 3;
        size -= 3;
        len = len < size ? len : size;
        if (order == 0)
            there_and_back(out, in, data, len, zv_srtp_protect_rtp, zv_srtp_unprotect_rtp);
        else if (order == 1)
            there_and_back(out, in, data, len, zv_srtp_protect_rtcp, zv_srtp_unprotect_rtcp);
        else
            open_foreign(in, data, len,
                         order == 2 ? zv_srtp_unprotect_rtp : zv_srtp_unprotect_rtcp);
        data += len;
        size -= len;
    }
    char text[64];
    (void)zv_srtp_dump(in, text, sizeof(text));
    zv_srtp_free(out);
    zv_srtp_free(in);
    return 0;
}
