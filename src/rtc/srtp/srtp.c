/*
 * The packets: where header, cipher text, tag and index lie, and in which order they are checked.
 *
 * Receiving: structure, index and replay, tag, and only then state (RFC 3711 section 3.3). A packet
 * that fails leaves no trace but a count, so that nobody without the key can move a window, enter a
 * stream or end a call.
 */
#include "rtc/srtp/srtp.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "rtc/srtp/srtp_int.h"

#include <string.h>

#define RTP_HEADER_BYTES  12
#define RTCP_HEADER_BYTES 8
#define INDEX_WORD_BYTES  4
#define ENCRYPTED_FLAG    UINT32_C(0x80000000) /* E, RFC 3711 section 3.4 */
#define MAX_PACKET_BYTES  UINT16_MAX

const char *zv_srtp_verdict_name(enum zv_srtp_verdict verdict)
{
    static const char *const names[ZV_SRTP_VERDICT_COUNT] = {
        [ZV_SRTP_PASS] = "pass",
        [ZV_SRTP_DROP_MALFORMED] = "malformed",
        [ZV_SRTP_DROP_AUTH] = "auth",
        [ZV_SRTP_DROP_REPLAYED] = "replayed",
        [ZV_SRTP_DROP_TOO_OLD] = "too_old",
        [ZV_SRTP_DROP_STREAM_LIMIT] = "stream_limit",
        [ZV_SRTP_DROP_NOT_ENCRYPTED] = "not_encrypted",
        [ZV_SRTP_DROP_NO_ROOM] = "no_room",
        [ZV_SRTP_DROP_EXHAUSTED] = "exhausted",
        [ZV_SRTP_DROP_INTERNAL] = "internal",
    };
    return (unsigned)verdict < ZV_SRTP_VERDICT_COUNT ? names[verdict] : "unknown";
}

int zv_srtp_new(struct zv_srtp **ret_srtp, const struct zv_srtp_cfg *cfg)
{
    const struct zv_srtp_suite *suite = zv_srtp_find_suite(cfg->profile);
    if (!suite || cfg->key_len != suite->key_bytes || cfg->salt_len != suite->salt_bytes)
        return ZV_E_INVAL;
    struct zv_srtp *srtp = zv_zalloc(sizeof(*srtp));
    if (!srtp)
        return ZV_E_NOMEM;
    srtp->suite = suite;
    struct zv_srtp_prf prf;
    int err = zv_srtp_prf_init(&prf, suite, cfg);
    if (!err)
        err = zv_srtp_session_init(&srtp->rtp, suite, &prf, ZV_SRTP_LABEL_RTP_KEY);
    if (!err)
        err = zv_srtp_session_init(&srtp->rtcp, suite, &prf, ZV_SRTP_LABEL_RTCP_KEY);
    zv_srtp_prf_fini(&prf);
    if (err) {
        zv_srtp_free(srtp);
        return err;
    }
    *ret_srtp = srtp;
    return 0;
}

struct zv_srtp *zv_srtp_free(struct zv_srtp *srtp)
{
    if (!srtp)
        return NULL;
    zv_srtp_session_fini(&srtp->rtp);
    zv_srtp_session_fini(&srtp->rtcp);
    return zv_free_secret(srtp, sizeof(*srtp));
}

/* Bytes up to the payload: fixed header, contributing sources, extension. 0: not RTP. */
static size_t rtp_header_len(const uint8_t *packet, size_t len)
{
    if (len < RTP_HEADER_BYTES || len > MAX_PACKET_BYTES || packet[0] >> 6 != 2)
        return 0;
    size_t header = RTP_HEADER_BYTES + 4 * (size_t)(packet[0] & 0x0f);
    if (packet[0] & 0x10) {
        if (len < header + 4)
            return 0;
        header += 4 + 4 * (size_t)zv_get_u16(packet + header + 2);
    }
    return header <= len ? header : 0;
}

static bool is_rtcp(const uint8_t *packet, size_t len)
{
    return len >= RTCP_HEADER_BYTES && len <= MAX_PACKET_BYTES && packet[0] >> 6 == 2;
}

static struct zv_str view(const uint8_t *data, size_t len)
{
    return zv_str_n((const char *)data, len);
}

/* The tag of an RTP packet covers it and the roll-over counter, which is not sent. */
static void sign_rtp(const struct zv_srtp *srtp, const uint8_t *packet, size_t len, uint64_t index,
                     uint8_t ret_mac[SHA_DIGEST_LENGTH])
{
    uint8_t period[4];
    zv_set_u32(period, (uint32_t)(index >> 16));
    zv_srtp_hmac_sign(&srtp->rtp.hmac, view(packet, len), view(period, sizeof(period)), ret_mac);
}

static bool is_same_tag(const uint8_t *a, const uint8_t *b, size_t len)
{
    return zv_str_eq_const_time(view(a, len), view(b, len));
}

/* ---- RTP ---- */

static bool seal_rtp(struct zv_srtp *srtp, uint8_t *packet, size_t len, size_t header,
                     struct zv_srtp_nonce nonce)
{
    if (srtp->suite->is_aead) {
        const struct zv_str aad[2] = {view(packet, header)};
        return zv_srtp_aead_seal(&srtp->rtp, nonce, aad, packet + header, len - header,
                                 packet + len);
    }
    uint8_t mac[SHA_DIGEST_LENGTH];
    if (!zv_srtp_cm_crypt(&srtp->rtp, nonce, packet + header, len - header))
        return false;
    sign_rtp(srtp, packet, len, nonce.index, mac);
    memcpy(packet + len, mac, srtp->suite->rtp_tag_bytes);
    return true;
}

/* `len` is without the tag, which follows. */
static bool open_rtp(struct zv_srtp *srtp, uint8_t *packet, size_t len, size_t header,
                     struct zv_srtp_nonce nonce)
{
    if (srtp->suite->is_aead) {
        const struct zv_str aad[2] = {view(packet, header)};
        return zv_srtp_aead_open(&srtp->rtp, nonce, aad, packet + header, len - header,
                                 packet + len);
    }
    uint8_t mac[SHA_DIGEST_LENGTH];
    sign_rtp(srtp, packet, len, nonce.index, mac);
    return is_same_tag(mac, packet + len, srtp->suite->rtp_tag_bytes) &&
           zv_srtp_cm_crypt(&srtp->rtp, nonce, packet + header, len - header);
}

/* Finds the stream and the index of an RTP packet, and whether the index may be used. */
static enum zv_srtp_verdict place_rtp(struct zv_srtp *srtp, const uint8_t *packet,
                                      struct zv_srtp_stream *fresh,
                                      struct zv_srtp_stream **ret_stream,
                                      struct zv_srtp_nonce *ret_nonce)
{
    uint32_t ssrc = zv_get_u32(packet + 8);
    struct zv_srtp_stream *stream = zv_srtp_find_stream(srtp, ssrc, fresh);
    if (!stream)
        return ZV_SRTP_DROP_STREAM_LIMIT;
    uint64_t index = zv_srtp_window_guess(&stream->rtp, zv_get_u16(packet + 2));
    if (index >= ZV_SRTP_RTP_INDEX_LIMIT ||
        srtp->rtp_counts[ZV_SRTP_PASS] >= ZV_SRTP_RTP_INDEX_LIMIT)
        return ZV_SRTP_DROP_EXHAUSTED;
    *ret_stream = stream;
    *ret_nonce = (struct zv_srtp_nonce){.ssrc = ssrc, .index = index};
    return zv_srtp_window_check(&stream->rtp, index);
}

static enum zv_srtp_verdict protect_rtp(struct zv_srtp *srtp, uint8_t *packet, size_t len,
                                        size_t cap, size_t *ret_len)
{
    size_t header = rtp_header_len(packet, len), tag = srtp->suite->rtp_tag_bytes;
    struct zv_srtp_stream fresh, *stream;
    struct zv_srtp_nonce nonce;
    if (!header)
        return ZV_SRTP_DROP_MALFORMED;
    if (cap < len || cap - len < tag)
        return ZV_SRTP_DROP_NO_ROOM;
    enum zv_srtp_verdict verdict = place_rtp(srtp, packet, &fresh, &stream, &nonce);
    if (verdict != ZV_SRTP_PASS)
        return verdict;
    if (!seal_rtp(srtp, packet, len, header, nonce))
        return ZV_SRTP_DROP_INTERNAL;
    zv_srtp_window_add(&stream->rtp, nonce.index);
    zv_srtp_keep_stream(srtp, stream);
    *ret_len = len + tag;
    return ZV_SRTP_PASS;
}

static enum zv_srtp_verdict unprotect_rtp(struct zv_srtp *srtp, uint8_t *packet, size_t len,
                                          size_t *ret_len)
{
    size_t tag = srtp->suite->rtp_tag_bytes;
    size_t header = len > tag ? rtp_header_len(packet, len - tag) : 0;
    struct zv_srtp_stream fresh, *stream;
    struct zv_srtp_nonce nonce;
    if (!header)
        return ZV_SRTP_DROP_MALFORMED;
    enum zv_srtp_verdict verdict = place_rtp(srtp, packet, &fresh, &stream, &nonce);
    if (verdict != ZV_SRTP_PASS)
        return verdict;
    if (!open_rtp(srtp, packet, len - tag, header, nonce))
        return ZV_SRTP_DROP_AUTH;
    zv_srtp_window_add(&stream->rtp, nonce.index);
    zv_srtp_keep_stream(srtp, stream);
    *ret_len = len - tag;
    return ZV_SRTP_PASS;
}

/* ---- RTCP: AES-CM has the index word before the tag, AEAD after it (RFC 7714 section 9) ---- */

static size_t rtcp_index_at(const struct zv_srtp *srtp, size_t plain_len)
{
    return plain_len + (srtp->suite->is_aead ? ZV_SRTP_AEAD_TAG_BYTES : 0);
}

static bool seal_rtcp(struct zv_srtp *srtp, uint8_t *packet, size_t len, struct zv_srtp_nonce nonce)
{
    uint8_t *text = packet + RTCP_HEADER_BYTES;
    uint8_t *word = packet + rtcp_index_at(srtp, len);
    size_t text_len = len - RTCP_HEADER_BYTES;
    zv_set_u32(word, ENCRYPTED_FLAG | (uint32_t)nonce.index);
    if (srtp->suite->is_aead) {
        const struct zv_str aad[2] = {view(packet, RTCP_HEADER_BYTES),
                                      view(word, INDEX_WORD_BYTES)};
        return zv_srtp_aead_seal(&srtp->rtcp, nonce, aad, text, text_len, packet + len);
    }
    uint8_t mac[SHA_DIGEST_LENGTH];
    if (!zv_srtp_cm_crypt(&srtp->rtcp, nonce, text, text_len))
        return false;
    zv_srtp_hmac_sign(&srtp->rtcp.hmac, view(packet, len + INDEX_WORD_BYTES), view(NULL, 0), mac);
    memcpy(word + INDEX_WORD_BYTES, mac, srtp->suite->rtcp_tag_bytes);
    return true;
}

/* `len` is without index word and tag. */
static bool open_rtcp(struct zv_srtp *srtp, uint8_t *packet, size_t len, struct zv_srtp_nonce nonce)
{
    uint8_t *text = packet + RTCP_HEADER_BYTES;
    const uint8_t *word = packet + rtcp_index_at(srtp, len);
    size_t text_len = len - RTCP_HEADER_BYTES;
    if (srtp->suite->is_aead) {
        const struct zv_str aad[2] = {view(packet, RTCP_HEADER_BYTES),
                                      view(word, INDEX_WORD_BYTES)};
        return zv_srtp_aead_open(&srtp->rtcp, nonce, aad, text, text_len, packet + len);
    }
    uint8_t mac[SHA_DIGEST_LENGTH];
    zv_srtp_hmac_sign(&srtp->rtcp.hmac, view(packet, len + INDEX_WORD_BYTES), view(NULL, 0), mac);
    return is_same_tag(mac, word + INDEX_WORD_BYTES, srtp->suite->rtcp_tag_bytes) &&
           zv_srtp_cm_crypt(&srtp->rtcp, nonce, text, text_len);
}

static enum zv_srtp_verdict protect_rtcp(struct zv_srtp *srtp, uint8_t *packet, size_t len,
                                         size_t cap, size_t *ret_len)
{
    size_t trailer = INDEX_WORD_BYTES + srtp->suite->rtcp_tag_bytes;
    struct zv_srtp_stream fresh;
    if (!is_rtcp(packet, len))
        return ZV_SRTP_DROP_MALFORMED;
    if (cap < len || cap - len < trailer)
        return ZV_SRTP_DROP_NO_ROOM;
    struct zv_srtp_nonce nonce = {.ssrc = zv_get_u32(packet + 4)};
    struct zv_srtp_stream *stream = zv_srtp_find_stream(srtp, nonce.ssrc, &fresh);
    if (!stream)
        return ZV_SRTP_DROP_STREAM_LIMIT;
    nonce.index = stream->rtcp.is_used ? stream->rtcp.highest + 1 : 0;
    if (nonce.index >= ZV_SRTP_RTCP_INDEX_LIMIT ||
        srtp->rtcp_counts[ZV_SRTP_PASS] >= ZV_SRTP_RTCP_INDEX_LIMIT)
        return ZV_SRTP_DROP_EXHAUSTED;
    if (!seal_rtcp(srtp, packet, len, nonce))
        return ZV_SRTP_DROP_INTERNAL;
    zv_srtp_window_add(&stream->rtcp, nonce.index);
    zv_srtp_keep_stream(srtp, stream);
    *ret_len = len + trailer;
    return ZV_SRTP_PASS;
}

static enum zv_srtp_verdict unprotect_rtcp(struct zv_srtp *srtp, uint8_t *packet, size_t len,
                                           size_t *ret_len)
{
    size_t trailer = INDEX_WORD_BYTES + srtp->suite->rtcp_tag_bytes;
    struct zv_srtp_stream fresh;
    if (len < trailer || !is_rtcp(packet, len - trailer))
        return ZV_SRTP_DROP_MALFORMED;
    size_t plain_len = len - trailer;
    uint32_t word = zv_get_u32(packet + rtcp_index_at(srtp, plain_len));
    if (!(word & ENCRYPTED_FLAG))
        return ZV_SRTP_DROP_NOT_ENCRYPTED;
    struct zv_srtp_nonce nonce = {.ssrc = zv_get_u32(packet + 4), .index = word & ~ENCRYPTED_FLAG};
    struct zv_srtp_stream *stream = zv_srtp_find_stream(srtp, nonce.ssrc, &fresh);
    if (!stream)
        return ZV_SRTP_DROP_STREAM_LIMIT;
    enum zv_srtp_verdict verdict = zv_srtp_window_check(&stream->rtcp, nonce.index);
    if (verdict != ZV_SRTP_PASS)
        return verdict;
    if (!open_rtcp(srtp, packet, plain_len, nonce))
        return ZV_SRTP_DROP_AUTH;
    zv_srtp_window_add(&stream->rtcp, nonce.index);
    zv_srtp_keep_stream(srtp, stream);
    *ret_len = plain_len;
    return ZV_SRTP_PASS;
}

/* ---- The public four, which count ---- */

enum zv_srtp_verdict zv_srtp_protect_rtp(struct zv_srtp *srtp, uint8_t *packet, size_t len,
                                         size_t cap, size_t *ret_len)
{
    enum zv_srtp_verdict verdict = protect_rtp(srtp, packet, len, cap, ret_len);
    srtp->rtp_counts[verdict]++;
    return verdict;
}

enum zv_srtp_verdict zv_srtp_unprotect_rtp(struct zv_srtp *srtp, uint8_t *packet, size_t len,
                                           size_t *ret_len)
{
    enum zv_srtp_verdict verdict = unprotect_rtp(srtp, packet, len, ret_len);
    srtp->rtp_counts[verdict]++;
    return verdict;
}

enum zv_srtp_verdict zv_srtp_protect_rtcp(struct zv_srtp *srtp, uint8_t *packet, size_t len,
                                          size_t cap, size_t *ret_len)
{
    enum zv_srtp_verdict verdict = protect_rtcp(srtp, packet, len, cap, ret_len);
    srtp->rtcp_counts[verdict]++;
    return verdict;
}

enum zv_srtp_verdict zv_srtp_unprotect_rtcp(struct zv_srtp *srtp, uint8_t *packet, size_t len,
                                            size_t *ret_len)
{
    enum zv_srtp_verdict verdict = unprotect_rtcp(srtp, packet, len, ret_len);
    srtp->rtcp_counts[verdict]++;
    return verdict;
}

uint64_t zv_srtp_count_rtp(const struct zv_srtp *srtp, enum zv_srtp_verdict verdict)
{
    return (unsigned)verdict < ZV_SRTP_VERDICT_COUNT ? srtp->rtp_counts[verdict] : 0;
}

uint64_t zv_srtp_count_rtcp(const struct zv_srtp *srtp, enum zv_srtp_verdict verdict)
{
    return (unsigned)verdict < ZV_SRTP_VERDICT_COUNT ? srtp->rtcp_counts[verdict] : 0;
}

enum zv_srtp_profile zv_srtp_profile(const struct zv_srtp *srtp)
{
    return srtp->suite->profile;
}

size_t zv_srtp_dump(const struct zv_srtp *srtp, char *buf, size_t cap)
{
    struct zv_buf out = zv_buf(buf, cap ? cap - 1 : 0);
    zv_buf_printf(&out, "srtp %s", srtp->suite->name);
    for (int i = 0; i < ZV_SRTP_VERDICT_COUNT; i++) {
        if (srtp->rtp_counts[i] || srtp->rtcp_counts[i])
            zv_buf_printf(&out, " %s=%llu/%llu", zv_srtp_verdict_name(i),
                          (unsigned long long)srtp->rtp_counts[i],
                          (unsigned long long)srtp->rtcp_counts[i]);
    }
    zv_buf_put_char(&out, '\n');
    for (size_t i = 0; i < srtp->stream_count; i++) {
        const struct zv_srtp_stream *stream = &srtp->streams[i];
        zv_buf_printf(&out, " ssrc=%08x roc=%u seq=%u rtcp=%u\n", stream->ssrc,
                      (unsigned)(stream->rtp.highest >> 16),
                      (unsigned)(stream->rtp.highest & 0xffff), (unsigned)stream->rtcp.highest);
    }
    if (cap)
        buf[out.len] = '\0';
    return out.len;
}
