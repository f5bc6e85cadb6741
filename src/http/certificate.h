/*
 * A certificate with its chain and key, read whole into memory, so that a listener can change to it
 * while it listens: new handshakes use it, connections that stand do not notice.
 */
#ifndef ZV_HTTP_CERTIFICATE_H
#define ZV_HTTP_CERTIFICATE_H

#include "base/attr.h"

#define ZV_HTTP_CERTIFICATE_ERROR_CAP 256

struct zv_http_certificate;

/* PEM, leaf first, and the key of the leaf; a key with a passphrase is refused. On failure
 * ret_error says which file is wrong and why. ZV_E_CRYPTO, ZV_E_NOMEM. */
int zv_http_certificate_read(struct zv_http_certificate **ret_certificate, const char *cert_path,
                             const char *key_path,
                             char ret_error[ZV_HTTP_CERTIFICATE_ERROR_CAP]) ZV_MUST_CHECK;
/* NULL is allowed; returns NULL. */
struct zv_http_certificate *zv_http_certificate_free(struct zv_http_certificate *certificate);

/* Sets `ssl_ctx` (SSL_CTX *) up to ask *place at each handshake; while that is NULL, what ssl_ctx
 * was given before holds. `place` is borrowed and outlives it. */
void zv_http_certificate_follow(void *ssl_ctx, struct zv_http_certificate **place);

#endif
