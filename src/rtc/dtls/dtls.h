/*
 * DTLS 1.2 for DTLS-SRTP (RFC 5763, 5764, 6347) as a machine round OpenSSL: datagrams and time in,
 * datagrams, keys and a deadline out.
 *
 * - The caller passes only datagrams of a 5-tuple that an authenticated ICE check validated; hence
 *   no cookie exchange.
 * - Nobody is trusted by a certificate authority: the handshake accepts any certificate, requires
 *   one, and the peer counts as who it says only when the fingerprint of the session description
 *   (RFC 8122) matches. Keys leave this module not before that. The fingerprint may come later than
 *   the handshake's end.
 * - What anybody can forge changes nothing: plaintext alerts are noted and ignored, malformed
 *   records dropped, and a handshake that was led astray by a forged message begins anew. So a
 *   handshake fails for good only by its time limit, by a wrong fingerprint or for want of a common
 *   SRTP profile.
 * - After the end of the handshake a ClientHello is ignored; when the peer repeats its last flight,
 *   ours is sent again from stored bytes, ZV_DTLS_MAX_ANSWERS times at most.
 *
 * OpenSSL's retransmission timer reads gettimeofday. The deadline here is our own (monotonic); a
 * wall clock that steps costs a superfluous or a delayed retransmission; only where it goes back by
 * more than the time limit, while we are the client and the server's very last datagram is lost, it
 * can cost the handshake.
 */
#ifndef ZV_RTC_DTLS_DTLS_H
#define ZV_RTC_DTLS_DTLS_H

#include "base/attr.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Largest datagram sent, bytes of UDP payload. */
#define ZV_DTLS_MTU_BYTES 1200
/* Answers to late retransmissions after the handshake, and the least distance between two. */
#define ZV_DTLS_MAX_ANSWERS         8
#define ZV_DTLS_ANSWER_INTERVAL_US  20000
#define ZV_DTLS_HANDSHAKE_LIMIT_US  15000000
#define ZV_DTLS_FIRST_RETRANSMIT_US 100000
#define ZV_DTLS_LAST_RETRANSMIT_US  2000000
/* Datagrams kept that came before zv_dtls_start. */
#define ZV_DTLS_MAX_EARLY_DATAGRAMS 4

#define ZV_DTLS_MAX_KEY_BYTES  32
#define ZV_DTLS_MAX_SALT_BYTES 14

/* ---- The certificate: one per process, immutable, shared by all threads ---- */

struct zv_dtls_ctx;

struct zv_dtls_ctx_cfg {
    int64_t now_unix_s; /* wall clock, for the certificate's dates: valid from a day before */
};

/* Makes an ECDSA P-256 key and a self-signed certificate. ZV_E_NOMEM, ZV_E_CRYPTO. */
int zv_dtls_ctx_new(struct zv_dtls_ctx **ret_ctx, const struct zv_dtls_ctx_cfg *cfg) ZV_MUST_CHECK;
/* Reference counts are atomic. Returns its argument. */
struct zv_dtls_ctx *zv_dtls_ctx_ref(struct zv_dtls_ctx *ctx);
/* NULL is allowed; returns NULL. */
struct zv_dtls_ctx *zv_dtls_ctx_unref(struct zv_dtls_ctx *ctx);
/* The value of a=fingerprint: "sha-256 AB:CD:…" (RFC 8122), NUL-terminated, as long as `ctx`. */
const char *zv_dtls_ctx_fingerprint(const struct zv_dtls_ctx *ctx);

/* ---- One connection ---- */

enum zv_dtls_role {
    ZV_DTLS_ROLE_NONE,   /* not started */
    ZV_DTLS_ROLE_SERVER, /* a=setup:passive on our side */
    ZV_DTLS_ROLE_CLIENT, /* a=setup:active on our side */
};

enum zv_dtls_state {
    ZV_DTLS_NEW, /* before zv_dtls_start; early datagrams are kept */
    ZV_DTLS_HANDSHAKING,
    ZV_DTLS_UNVERIFIED, /* handshake done, the remote fingerprint is not known yet */
    ZV_DTLS_CONNECTED,  /* keys were handed out */
    ZV_DTLS_CLOSED,     /* by either side after CONNECTED */
    ZV_DTLS_FAILED,     /* see zv_dtls_out.failure */
};

enum zv_dtls_failure {
    ZV_DTLS_FAIL_NONE,
    ZV_DTLS_FAIL_TIMEOUT,              /* the time limit passed; nothing else was noticed */
    ZV_DTLS_FAIL_ALERT,                /* the time limit passed; the peer had sent `alert` */
    ZV_DTLS_FAIL_REFUSED,              /* the time limit passed; we had refused, see `detail` */
    ZV_DTLS_FAIL_FINGERPRINT_MISMATCH, /* the certificate is not the announced one */
    ZV_DTLS_FAIL_FINGERPRINT_MISSING,  /* the time limit passed without a remote fingerprint */
    ZV_DTLS_FAIL_NO_SRTP_PROFILE,      /* none in common */
    ZV_DTLS_FAIL_INTERNAL,             /* no memory, or the library refused */
};

const char *zv_dtls_state_name(enum zv_dtls_state state);
const char *zv_dtls_failure_name(enum zv_dtls_failure failure);

struct zv_dtls;

struct zv_dtls_cfg {
    struct zv_dtls_ctx *ctx;    /* a reference is taken */
    int64_t handshake_limit_us; /* from zv_dtls_start; 0: ZV_DTLS_HANDSHAKE_LIMIT_US */
};

/* ZV_E_NOMEM. */
int zv_dtls_new(struct zv_dtls **ret_dtls, const struct zv_dtls_cfg *cfg) ZV_MUST_CHECK;
/* Sends nothing (zv_dtls_close does). Wipes the keys. NULL is allowed; returns NULL. */
struct zv_dtls *zv_dtls_free(struct zv_dtls *dtls);

/*
 * The role by RFC 8842 is known: a client sends its ClientHello, a server takes the datagrams that
 * came early. The time limit begins here. ZV_E_STATE when started before, ZV_E_INVAL for no role,
 * ZV_E_NOMEM.
 */
int zv_dtls_start(struct zv_dtls *dtls, enum zv_dtls_role role, int64_t now_us) ZV_MUST_CHECK;
/*
 * The value of the peer's a=fingerprint ("sha-256 AB:…", case-insensitive; sha-384 and sha-512
 * too), at any time. ZV_E_PARSE; ZV_E_UNSUPPORTED for md5, sha-1, sha-224 and unknown functions;
 * ZV_E_STATE when it differs from the one that was already verified (RFC 8842: that takes a new
 * association, so a new object) or after a failure.
 */
int zv_dtls_set_remote_fingerprint(struct zv_dtls *dtls, struct zv_str value,
                                   int64_t now_us) ZV_MUST_CHECK;

/* ---- Input; after each, poll until NONE ---- */

/* One datagram of the validated 5-tuple (first byte 20 to 63, RFC 7983). Never an error for what
 * the network does; ZV_E_NOMEM when this datagram could not be handled (the peer will repeat it).
 */
int zv_dtls_on_datagram(struct zv_dtls *dtls, const uint8_t *data, size_t len, int64_t now_us);
void zv_dtls_on_timeout(struct zv_dtls *dtls, int64_t now_us);
/* ZV_TIME_NEVER: none. */
int64_t zv_dtls_deadline_us(const struct zv_dtls *dtls);
/*
 * CONNECTED and the first authenticated SRTP or SRTCP packet came: frees OpenSSL's connection
 * (about 50 kB). A close_notify is kept for zv_dtls_close; one of the peer is no longer understood.
 * In other states nothing happens.
 */
void zv_dtls_release(struct zv_dtls *dtls);
/* Ends the connection: queues a close_notify when there is one to send (poll for it); no event. */
void zv_dtls_close(struct zv_dtls *dtls);

/* ---- Output ---- */

/* Of one direction: what rtc/srtp takes. */
struct zv_dtls_key {
    uint8_t key[ZV_DTLS_MAX_KEY_BYTES];
    uint8_t salt[ZV_DTLS_MAX_SALT_BYTES];
};

struct zv_dtls_keys {
    uint16_t profile;          /* protection profile: 1, 7 or 8 (RFC 5764, RFC 7714 section 14.2) */
    uint8_t key_len;           /* bytes */
    uint8_t salt_len;          /* bytes */
    struct zv_dtls_key local;  /* protects what we send */
    struct zv_dtls_key remote; /* protects what we receive */
};

enum zv_dtls_out_kind {
    ZV_DTLS_OUT_NONE,
    ZV_DTLS_OUT_SEND,      /* data, len */
    ZV_DTLS_OUT_CONNECTED, /* keys; at most once */
    ZV_DTLS_OUT_FAILED,    /* failure, alert, detail; at most once */
    ZV_DTLS_OUT_CLOSED, /* the peer's close_notify, encrypted; at most once; may come unverified */
};

struct zv_dtls_out {
    const uint8_t *data;      /* borrowed until the next input */
    size_t len;               /* bytes, at most ZV_DTLS_MTU_BYTES */
    struct zv_dtls_keys keys; /* the caller wipes them when used (zv_wipe) */
    enum zv_dtls_failure failure;
    uint8_t alert;      /* last alert description that the peer sent in plain text; 0: none */
    const char *detail; /* OpenSSL's words for our last refusal, static storage; or NULL */
};

enum zv_dtls_out_kind zv_dtls_poll(struct zv_dtls *dtls, struct zv_dtls_out *ret_out);

/* ---- Queries ---- */

struct zv_dtls_stats {
    uint32_t datagrams_in;
    uint32_t datagrams_out;
    uint32_t malformed;       /* datagrams with a broken record: that and the rest dropped */
    uint32_t alerts_ignored;  /* plaintext alerts */
    uint32_t hellos_ignored;  /* ClientHellos to a connection that is past its handshake */
    uint32_t restarts;        /* handshakes begun anew after a fatal message */
    uint32_t retransmits;     /* flights sent again by time */
    uint32_t answers;         /* last flights sent again after the handshake */
    uint32_t clock_fallbacks; /* flights repeated without OpenSSL: the wall clock went back */
};

enum zv_dtls_state zv_dtls_state(const struct zv_dtls *dtls);
enum zv_dtls_role zv_dtls_role(const struct zv_dtls *dtls);
const struct zv_dtls_stats *zv_dtls_stats(const struct zv_dtls *dtls);
/* One line of text, no keys; NUL-terminated; returns its length. */
size_t zv_dtls_dump(const struct zv_dtls *dtls, char *buf, size_t cap);

#endif
