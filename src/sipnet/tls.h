/*
 * TLS of SIP's streams (OpenSSL): whom we trust, who we are, and what was wrong in words.
 *
 * Towards a server: TLS 1.2 at least, its name sent (SNI) and its certificate verified against the
 * CAs of the trunk, of sip.tls_ca, or of the system, and against the name that the operator's users
 * wrote (RFC 5922 §7: the domain, not what DNS made of it). There is no switch to leave that out.
 * Towards peers that connect: our certificate; theirs is not asked for.
 *
 * A reload reads all files anew; connections that stand keep what they began with.
 */
#ifndef ZV_SIPNET_TLS_H
#define ZV_SIPNET_TLS_H

#include "base/attr.h"
#include "base/str.h"
#include "call/trunk.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct ssl_st SSL;

struct zv_tls;

#define ZV_TLS_ERROR_CAP 512

/* File names are borrowed, those of the trunks until the next reload; NULL and "" are none. */
struct zv_tls_cfg {
    const char *ca;          /* PEM: the CAs that are trusted; none: the system's */
    const char *certificate; /* PEM: ours, then its chain; with it we can be connected to */
    const char *private_key;
    const struct zv_trunks *trunks; /* whose `ca` are read too; NULL: none */
    const struct zv_tls *own_of;    /* whose certificate and key are ours, in place of files; may be
                                       the one that is reloaded; NULL: none */
};

/* Reads everything. On failure ret_error names the key, the file and what is wrong with it.
 * ZV_E_NOMEM, ZV_E_CRYPTO. */
int zv_tls_new(struct zv_tls **ret_tls, const struct zv_tls_cfg *cfg,
               char ret_error[ZV_TLS_ERROR_CAP]) ZV_MUST_CHECK;
struct zv_tls *zv_tls_free(struct zv_tls *tls);
/* All or nothing: on failure what was read before goes on to hold. Errors as zv_tls_new. */
int zv_tls_reload(struct zv_tls *tls, const struct zv_tls_cfg *cfg,
                  char ret_error[ZV_TLS_ERROR_CAP]) ZV_MUST_CHECK;

/* Ours to a server: `server_name` a name, or an address without brackets; `ca` a trunk's file, or
 * empty. The descriptor stays the caller's. ZV_E_NOMEM; ZV_E_CRYPTO: also where a reload has taken
 * the file away. */
int zv_tls_call(const struct zv_tls *tls, struct zv_str server_name, struct zv_str ca, int fd,
                SSL **ret_ssl) ZV_MUST_CHECK;
/* A peer's to us. ZV_E_STATE: there is no certificate. */
int zv_tls_answer(const struct zv_tls *tls, int fd, SSL **ret_ssl) ZV_MUST_CHECK;

/* 0: done; ZV_E_AGAIN: when the socket can be read, or written where *ret_wants_write. ZV_E_DENIED:
 * the server's certificate is not to be trusted; ZV_E_CRYPTO: any other failure. */
int zv_tls_shake_hands(SSL *ssl, bool *ret_wants_write) ZV_MUST_CHECK;
/* As zv_tcp_read and zv_tcp_write. */
int zv_tls_read(SSL *ssl, void *data, size_t cap, size_t *ret_len) ZV_MUST_CHECK;
int zv_tls_write(SSL *ssl, const void *data, size_t len, size_t *ret_len) ZV_MUST_CHECK;
/* Says goodbye where that is possible, and frees. NULL is allowed. */
SSL *zv_tls_close(SSL *ssl);

/* Room for a reason and a remedy. */
#define ZV_TLS_REASON_CAP 256
/* Why zv_tls_shake_hands failed, for people; ZV_E_DENIED: with the remedy behind a semicolon. */
void zv_tls_reason(const SSL *ssl, int err, struct zv_str server_name,
                   char ret_reason[ZV_TLS_REASON_CAP]);

#endif
