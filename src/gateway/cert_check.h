/*
 * What a certificate file and its key file hold, for those who must say what is wrong with them.
 * Reads only; nothing that is asked of it prompts for a passphrase.
 */
#ifndef ZV_GATEWAY_CERT_CHECK_H
#define ZV_GATEWAY_CERT_CHECK_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zv_cert_view;

struct zv_cert_facts {
    int64_t not_before_s, not_after_s; /* since 1970 */
    int key_err;          /* 0; ZV_E_IO: not readable; ZV_E_PARSE: no key in PEM without a
                             passphrase; ZV_E_CRYPTO: the key of another certificate */
    bool is_self_signed;  /* the server's own certificate */
    bool is_trusted;      /* its chain ends in an authority that this machine's store knows; dates
                             are left aside */
    bool has_public_name; /* some DNS name with a dot, as a public authority signs */
    size_t name_count;    /* subjectAltName: DNS and IP entries */
    char names[256];      /* "a.example.org, 192.0.2.1", cut with … */
    char issuer[128];     /* common name, or the whole name */
};

/* ZV_E_IO: the certificate's file cannot be read; ZV_E_PARSE: no certificate in PEM; ZV_E_NOMEM. */
int zv_cert_view_open(struct zv_cert_view **ret_view, const char *cert_path,
                      const char *key_path) ZV_MUST_CHECK;
struct zv_cert_view *zv_cert_view_free(struct zv_cert_view *view);
const struct zv_cert_facts *zv_cert_view_facts(const struct zv_cert_view *view);
/* A browser that was told `name`, a host name or an address, finds it in the certificate. */
bool zv_cert_view_covers(const struct zv_cert_view *view, const char *name);

#endif
