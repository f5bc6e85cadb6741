/*
 * SRTP and SRTCP (RFC 3711; AES-256 counter mode: RFC 6188; AEAD: RFC 7714) as transforms for the
 * packet path: in place, no queue, no allocation per packet. What happened to a packet is a
 * verdict, and every verdict is counted.
 *
 * A `struct zv_srtp` is one direction of one master key. Roll-over counters and replay windows
 * belong to (master key, SSRC): whoever keeps the keys (ICE restart, hold, a re-INVITE that repeats
 * its a=crypto) keeps the object; new keys mean a new object, which begins with roll-over counter
 * 0. A sender with new keys takes a new SSRC and a first sequence number below 32768, so that the
 * loss of its first packets cannot put the receiver into the wrong roll-over period.
 *
 * Not supported, on purpose: MKI (RFC 3711 section 9.3), key derivation rates other than 0,
 * encrypted header extensions (RFC 6904), NULL ciphers, unencrypted SRTCP (E = 0).
 *
 * One thread at a time.
 */
#ifndef ZV_RTC_SRTP_SRTP_H
#define ZV_RTC_SRTP_SRTP_H

#include "base/attr.h"

#include <stddef.h>
#include <stdint.h>

/* Most synchronisation sources of one context; packets of one more are dropped. */
#define ZV_SRTP_MAX_STREAMS 16
/* The widest of all profiles: AES-256 keys; salts of RFC 3711 section 8.2 (112 bits). */
#define ZV_SRTP_MAX_KEY_BYTES  32
#define ZV_SRTP_MAX_SALT_BYTES 14
/* What protection adds at most: an AEAD tag; for RTCP the index word too (RFC 7714 section 9). */
#define ZV_SRTP_MAX_RTP_TRAILER_BYTES  16
#define ZV_SRTP_MAX_RTCP_TRAILER_BYTES 20

/*
 * Up to 0xffff: the numbers of the DTLS-SRTP protection profiles (RFC 5764 section 4.1.2, RFC 7714
 * section 14.2), as rtc/dtls reports them. Above: known to SDES only (RFC 6188). The _32 profiles
 * shorten the tag of RTP; SRTCP has 80 bits always (RFC 5764 section 4.1.2, RFC 4568 section 6.2).
 */
enum zv_srtp_profile {
    ZV_SRTP_AES_CM_128_HMAC_SHA1_80 = 0x0001,
    ZV_SRTP_AES_CM_128_HMAC_SHA1_32 = 0x0002,
    ZV_SRTP_AEAD_AES_128_GCM = 0x0007,
    ZV_SRTP_AEAD_AES_256_GCM = 0x0008,
    ZV_SRTP_AES_256_CM_HMAC_SHA1_80 = 0x10001,
    ZV_SRTP_AES_256_CM_HMAC_SHA1_32 = 0x10002,
};

/* The crypto-suite name of SDES ("AEAD_AES_128_GCM"); "unknown" for other numbers. */
const char *zv_srtp_profile_name(enum zv_srtp_profile profile);
/* Bytes of master key and master salt; 0 for an unknown profile. */
size_t zv_srtp_key_bytes(enum zv_srtp_profile profile);
size_t zv_srtp_salt_bytes(enum zv_srtp_profile profile);

enum zv_srtp_verdict {
    ZV_SRTP_PASS = 0,
    ZV_SRTP_DROP_MALFORMED, /* no RTP or RTCP: version, header or trailer longer than the packet */
    ZV_SRTP_DROP_AUTH,      /* the tag is wrong */
    ZV_SRTP_DROP_REPLAYED,  /* this index was seen before */
    ZV_SRTP_DROP_TOO_OLD,   /* the index lies before the replay window */
    ZV_SRTP_DROP_STREAM_LIMIT,  /* one more SSRC than the table holds */
    ZV_SRTP_DROP_NOT_ENCRYPTED, /* SRTCP with E = 0 */
    ZV_SRTP_DROP_NO_ROOM,       /* protect: the trailer does not fit into `cap` */
    ZV_SRTP_DROP_EXHAUSTED, /* 2^48 RTP or 2^31 RTCP packets: the key is used up (section 9.2) */
    ZV_SRTP_DROP_INTERNAL,  /* the cryptographic library refused */
    ZV_SRTP_VERDICT_COUNT,
};

const char *zv_srtp_verdict_name(enum zv_srtp_verdict verdict);

struct zv_srtp;

struct zv_srtp_cfg {
    enum zv_srtp_profile profile;
    const uint8_t *key; /* borrowed for the call; master key */
    size_t key_len;     /* bytes: zv_srtp_key_bytes(profile), else ZV_E_INVAL */
    const uint8_t *salt;
    size_t salt_len; /* bytes: zv_srtp_salt_bytes(profile), else ZV_E_INVAL */
};

/* ZV_E_INVAL, ZV_E_NOMEM, ZV_E_CRYPTO. All allocations of the object's life happen here. */
int zv_srtp_new(struct zv_srtp **ret_srtp, const struct zv_srtp_cfg *cfg) ZV_MUST_CHECK;
/* Wipes the keys. NULL is allowed; returns NULL. */
struct zv_srtp *zv_srtp_free(struct zv_srtp *srtp);

/*
 * Each works on `packet` in place and sets *ret_len only with ZV_SRTP_PASS. After any other verdict
 * the state of the context is as before; the bytes of the packet may be spoiled and are of no use.
 *
 * A context serves one direction: protect or unprotect, never both.
 *
 * protect: `len` bytes of plain packet in a buffer of `cap` bytes. An index that was protected
 * before is refused (REPLAYED, TOO_OLD), since a second packet under one key stream would betray
 * both: retransmissions send the protected bytes again.
 */
enum zv_srtp_verdict zv_srtp_protect_rtp(struct zv_srtp *srtp, uint8_t *packet, size_t len,
                                         size_t cap, size_t *ret_len) ZV_MUST_CHECK;
enum zv_srtp_verdict zv_srtp_unprotect_rtp(struct zv_srtp *srtp, uint8_t *packet, size_t len,
                                           size_t *ret_len) ZV_MUST_CHECK;
enum zv_srtp_verdict zv_srtp_protect_rtcp(struct zv_srtp *srtp, uint8_t *packet, size_t len,
                                          size_t cap, size_t *ret_len) ZV_MUST_CHECK;
enum zv_srtp_verdict zv_srtp_unprotect_rtcp(struct zv_srtp *srtp, uint8_t *packet, size_t len,
                                            size_t *ret_len) ZV_MUST_CHECK;

/* How many RTP / RTCP packets had this verdict since zv_srtp_new. */
uint64_t zv_srtp_count_rtp(const struct zv_srtp *srtp, enum zv_srtp_verdict verdict);
uint64_t zv_srtp_count_rtcp(const struct zv_srtp *srtp, enum zv_srtp_verdict verdict);
enum zv_srtp_profile zv_srtp_profile(const struct zv_srtp *srtp);

/* One line of text per stream and one of counters, no keys; NUL-terminated; returns its length. */
size_t zv_srtp_dump(const struct zv_srtp *srtp, char *buf, size_t cap);

#endif
