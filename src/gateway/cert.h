/*
 * `zvonokd --make-cert DIR`: a local certificate authority and a certificate of it for this host,
 * so that browsers can be told to trust one file. Made once and kept: files that are there are not
 * touched.
 */
#ifndef ZV_GATEWAY_CERT_H
#define ZV_GATEWAY_CERT_H

#include "base/attr.h"

#include <stddef.h>

#define ZV_CERT_ERROR_CAP 256
/* Of the names together, each with its kind and a comma. */
#define ZV_CERT_MAX_NAMES_BYTES 16384

struct zv_cert_cfg {
    const char *dir; /* created when missing, mode 0700 */
    const char *const
        *names; /* host names and IP addresses for the certificate, beside those found */
    size_t name_count;
};

/*
 * Writes ca.crt, ca.key, server.crt (with the CA behind it), server.key. Names: localhost,
 * 127.0.0.1, ::1, cfg->names, this host's name and addresses. ECDSA P-256; the CA 10 years, the
 * leaf 1 year; keys mode 0600. On success ret_error is empty, or says how many of what was found
 * had no room; on failure it holds a sentence. ZV_E_EXISTS: both certificates are there already and
 * still valid for a month (nothing was changed); ZV_E_DENIED: ca.crt is, but not its key; ZV_E_IO,
 * ZV_E_CRYPTO, ZV_E_INVAL.
 */
int zv_cert_make(const struct zv_cert_cfg *cfg, char ret_error[ZV_CERT_ERROR_CAP]) ZV_MUST_CHECK;

#endif
