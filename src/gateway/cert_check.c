#define _GNU_SOURCE
#include "gateway/cert_check.h"

#include "base/addr.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Certificates behind the first that are read. */
#define MAX_CHAIN 10

struct zv_cert_view {
    X509 *leaf;             /* owned */
    STACK_OF(X509) * chain; /* owned; those behind it */
    struct zv_cert_facts facts;
};

static int refuse_passphrase(char *buf, int size, int rwflag, void *arg)
{
    (void)buf;
    (void)size;
    (void)rwflag;
    (void)arg;
    return -1;
}

static int read_certs(struct zv_cert_view *view, const char *path)
{
    FILE *file = fopen(path, "re");
    X509 *cert;
    if (!file)
        return ZV_E_IO;
    view->leaf = PEM_read_X509(file, NULL, refuse_passphrase, NULL);
    while (view->leaf && sk_X509_num(view->chain) < MAX_CHAIN &&
           (cert = PEM_read_X509(file, NULL, refuse_passphrase, NULL))) {
        if (!sk_X509_push(view->chain, cert))
            X509_free(cert);
    }
    fclose(file);
    return view->leaf ? 0 : ZV_E_PARSE;
}

static int check_key(X509 *leaf, const char *path)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return ZV_E_IO;
    EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, refuse_passphrase, NULL);
    fclose(file);
    if (!key)
        return ZV_E_PARSE;
    bool is_its = X509_check_private_key(leaf, key) == 1;
    EVP_PKEY_free(key);
    return is_its ? 0 : ZV_E_CRYPTO;
}

static int64_t seconds_of(const ASN1_TIME *time)
{
    struct tm tm;
    return ASN1_TIME_to_tm(time, &tm) == 1 ? (int64_t)timegm(&tm) : 0;
}

/*
 * The machine's authorities by the folder of hashed names (/etc/ssl/certs), of which only the file
 * in question is opened. The bundle beside it takes 25 ms to read, which the signalling loop has
 * not.
 */
static bool add_authorities(X509_STORE *store)
{
    X509_LOOKUP *lookup = X509_STORE_add_lookup(store, X509_LOOKUP_hash_dir());
    return lookup && X509_LOOKUP_add_dir(lookup, NULL, X509_FILETYPE_DEFAULT) == 1;
}

static bool is_trusted(const struct zv_cert_view *view)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    bool is_good = store && ctx && add_authorities(store) &&
                   X509_STORE_CTX_init(ctx, store, view->leaf, view->chain) == 1;
    if (is_good) {
        X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_NO_CHECK_TIME);
        X509_STORE_CTX_set_default(ctx, "ssl_server");
        is_good = X509_verify_cert(ctx) == 1;
    }
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    return is_good;
}

/* The text of a DNS or IP entry; false: another kind. */
static bool entry_text(const GENERAL_NAME *entry, char *text, size_t cap)
{
    struct zv_addr addr = {0};
    char ip[ZV_ADDR_TEXT_CAP];
    const ASN1_STRING *value = GENERAL_NAME_get0_value(entry, NULL);
    const unsigned char *data = ASN1_STRING_get0_data(value);
    size_t len = (size_t)ASN1_STRING_length(value);
    if (entry->type == GEN_DNS)
        return zv_str_copy(zv_str_n((const char *)data, len), text, cap) == 0;
    if (entry->type != GEN_IPADD || (len != 4 && len != 16))
        return false;
    addr.family = len == 4 ? ZV_ADDR_IPV4 : ZV_ADDR_IPV6;
    memcpy(addr.ip, data, len);
    return zv_str_copy(zv_str(zv_addr_write_ip(&addr, ip)), text, cap) == 0;
}

static void note_names(struct zv_cert_view *view)
{
    struct zv_cert_facts *facts = &view->facts;
    /* Room for the mark of what was cut and a NUL. */
    struct zv_buf names = zv_buf(facts->names, sizeof(facts->names) - 8);
    GENERAL_NAMES *list = X509_get_ext_d2i(view->leaf, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(list); i++) {
        const GENERAL_NAME *entry = sk_GENERAL_NAME_value(list, i);
        char text[256];
        if ((entry->type != GEN_DNS && entry->type != GEN_IPADD) ||
            !entry_text(entry, text, sizeof(text)))
            continue;
        zv_buf_printf(&names, "%s%s", facts->name_count ? ", " : "", text);
        facts->name_count++;
        facts->has_public_name |= entry->type == GEN_DNS && strchr(text, '.');
    }
    snprintf(facts->names + names.len, sizeof(facts->names) - names.len, "%s",
             names.overflow ? ", …" : "");
    GENERAL_NAMES_free(list);
}

static void note_issuer(struct zv_cert_view *view)
{
    const X509_NAME *issuer = X509_get_issuer_name(view->leaf);
    char *text = view->facts.issuer;
    int cap = (int)sizeof(view->facts.issuer);
    if (X509_NAME_get_text_by_NID((X509_NAME *)(uintptr_t)issuer, NID_commonName, text, cap) < 0)
        X509_NAME_oneline(issuer, text, cap);
}

static void note_facts(struct zv_cert_view *view, const char *key_path)
{
    struct zv_cert_facts *facts = &view->facts;
    facts->not_before_s = seconds_of(X509_get0_notBefore(view->leaf));
    facts->not_after_s = seconds_of(X509_get0_notAfter(view->leaf));
    facts->key_err = check_key(view->leaf, key_path);
    facts->is_self_signed = X509_self_signed(view->leaf, 0) == 1;
    facts->is_trusted = is_trusted(view);
    note_names(view);
    note_issuer(view);
}

int zv_cert_view_open(struct zv_cert_view **ret_view, const char *cert_path, const char *key_path)
{
    struct zv_cert_view *view = zv_zalloc(sizeof(*view));
    if (!view)
        return ZV_E_NOMEM;
    view->chain = sk_X509_new_null();
    int err = view->chain ? read_certs(view, cert_path) : ZV_E_NOMEM;
    if (!err)
        note_facts(view, key_path);
    ERR_clear_error(); /* the end of a PEM file is one */
    if (err) {
        zv_cert_view_free(view);
        return err;
    }
    *ret_view = view;
    return 0;
}

struct zv_cert_view *zv_cert_view_free(struct zv_cert_view *view)
{
    if (!view)
        return NULL;
    X509_free(view->leaf);
    sk_X509_pop_free(view->chain, X509_free);
    return zv_free(view);
}

const struct zv_cert_facts *zv_cert_view_facts(const struct zv_cert_view *view)
{
    return &view->facts;
}

bool zv_cert_view_covers(const struct zv_cert_view *view, const char *name)
{
    struct zv_addr addr;
    if (zv_addr_parse_ip(zv_str(name), &addr) == 0)
        return X509_check_ip_asc(view->leaf, name, 0) == 1;
    /* Browsers have not looked at the common name for years. */
    return X509_check_host(view->leaf, name, 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL) == 1;
}
