/*
 * The keys that signalling gives an RTP leg (SDES), and how one key follows another without a gap:
 * the far end learns of ours when it gets our answer, so what it sends until then is under its key
 * of before.
 */
#include "rtc/peer/peer_int.h"

#include "base/alloc.h"
#include "base/err.h"

#include <string.h>

/* *ret_srtp NULL: plain RTP. */
static int open_srtp(const struct zv_crypto_key *key, struct zv_srtp **ret_srtp)
{
    enum zv_crypto_suite suite = (enum zv_crypto_suite)key->suite;
    size_t key_len = zv_crypto_key_bytes(suite);
    const struct zv_srtp_cfg cfg = {
        .profile = (enum zv_srtp_profile)suite, /* numbered alike */
        .key = key->bytes,
        .key_len = key_len,
        .salt = key->bytes + key_len,
        .salt_len = zv_crypto_salt_bytes(suite),
    };
    *ret_srtp = NULL;
    return suite == ZV_CRYPTO_NONE ? 0 : zv_srtp_new(ret_srtp, &cfg);
}

/*
 * The key of before is agreed on again, as at the end of a hold: a context made anew would not know
 * what its packets have been, and take recorded ones for genuine.
 */
static bool is_back(const struct zv_peer *peer, const struct zv_crypto_key *key)
{
    return peer->rtp.srtp_before && zv_crypto_is_same_key(key, &peer->rtp.before_key);
}

/* The context of before serves on for a while, unless plain RTP follows it or preceded it. */
static void replace_in(struct zv_peer *peer, struct zv_srtp *srtp, int64_t now_us)
{
    struct zv_peer_rtp *rtp = &peer->rtp;
    if (srtp != rtp->srtp_before)
        zv_srtp_free(rtp->srtp_before);
    rtp->srtp_before = srtp ? peer->srtp_in : zv_srtp_free(peer->srtp_in);
    rtp->before_key = rtp->remote.rx_key;
    rtp->before_until_us = now_us + ZV_PEER_OLD_KEY_US;
    peer->srtp_in = srtp;
}

/* A new SSRC: under a new key the far end's roll-over counter starts at 0, and so must ours. */
static void replace_out(struct zv_peer *peer, struct zv_srtp *srtp)
{
    zv_srtp_free(peer->srtp_out);
    peer->srtp_out = srtp;
    struct zv_rtp_out *out = &zv_peer_main(peer)->out;
    if (srtp)
        zv_rtp_out_init(out, out->clock_hz, &peer->rand);
    zv_peer_forget_sent(peer);
}

int zv_peer_take_rtp_keys(struct zv_peer *peer, const struct zv_peer_rtp_remote *remote,
                          int64_t now_us)
{
    const struct zv_peer_rtp_remote *before = &peer->rtp.remote;
    bool is_new_in = !zv_crypto_is_same_key(&remote->rx_key, &before->rx_key);
    bool is_new_out = !zv_crypto_is_same_key(&remote->tx_key, &before->tx_key);
    bool is_old_in = is_new_in && is_back(peer, &remote->rx_key);
    struct zv_srtp *in = is_old_in ? peer->rtp.srtp_before : NULL, *out = NULL;
    if (!remote->rx_key.suite != !remote->tx_key.suite)
        return ZV_E_INVAL;
    int err = is_new_in && !is_old_in ? open_srtp(&remote->rx_key, &in) : 0;
    if (!err && is_new_out)
        err = open_srtp(&remote->tx_key, &out);
    if (err) {
        if (!is_old_in)
            zv_srtp_free(in);
        return err;
    }
    if (is_new_in)
        replace_in(peer, in, now_us);
    if (is_new_out)
        replace_out(peer, out);
    return 0;
}

static enum zv_srtp_verdict unprotect(struct zv_srtp *srtp, const struct zv_dgram *in, bool is_rtcp,
                                      size_t *ret_len)
{
    return is_rtcp ? zv_srtp_unprotect_rtcp(srtp, in->data, in->len, ret_len)
                   : zv_srtp_unprotect_rtp(srtp, in->data, in->len, ret_len);
}

enum zv_srtp_verdict zv_peer_unprotect(struct zv_peer *peer, const struct zv_dgram *in,
                                       bool is_rtcp, int64_t now_us,
                                       struct zv_peer_unprotected *ret_plain)
{
    struct zv_peer_rtp *rtp = &peer->rtp;
    uint8_t copy[ZV_MAX_MEDIA_DGRAM_BYTES];
    bool has_before = rtp->srtp_before && now_us < rtp->before_until_us && in->len <= sizeof(copy);
    *ret_plain = (struct zv_peer_unprotected){0};
    if (has_before) /* what fails may be spoiled */
        memcpy(copy, in->data, in->len);
    enum zv_srtp_verdict verdict = unprotect(peer->srtp_in, in, is_rtcp, &ret_plain->len);
    if (verdict == ZV_SRTP_PASS)
        rtp->before_until_us = 0;
    if (verdict != ZV_SRTP_DROP_AUTH || !has_before)
        return verdict;
    memcpy(in->data, copy, in->len);
    ret_plain->is_before = true;
    return unprotect(rtp->srtp_before, in, is_rtcp, &ret_plain->len);
}
