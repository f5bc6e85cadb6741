#include "sipnet/tls.h"

#include "base/addr.h"
#include "base/alloc.h"
#include "base/err.h"
#include "base/limits.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

/* RFC 9325 §4.2: forward secrecy and AEAD. TLS 1.3 has no others. */
#define CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20"

/* Connections to servers, by what is trusted there. The first is for all. */
struct context {
    const char *ca; /* borrowed; "": the system's */
    size_t ca_len;
    SSL_CTX *ctx; /* owned */
};

struct contexts {
    struct context *out; /* owned */
    size_t count;
    SSL_CTX *in; /* owned; NULL: no certificate of ours */
};

struct zv_tls {
    struct contexts contexts;
};

/* ---- reading ---- */

static int refuse(char *ret_error, const char *key, const char *file)
{
    char why[160] = "it cannot be read";
    unsigned long code = ERR_peek_error();
    if (code)
        ERR_error_string_n(code, why, sizeof(why));
    ERR_clear_error();
    snprintf(ret_error, ZV_TLS_ERROR_CAP, "%s: %s: %s; it must be a PEM file that zvonokd may read",
             key, file, why);
    return ZV_E_CRYPTO;
}

static bool is_set(const char *text)
{
    return text && text[0];
}

static SSL_CTX *new_context(const SSL_METHOD *method)
{
    SSL_CTX *ctx = SSL_CTX_new(method);
    if (!ctx)
        return NULL;
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                              SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    if (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(ctx, CIPHERS) != 1) {
        SSL_CTX_free(ctx);
        return NULL;
    }
    return ctx;
}

/* A key with a password is refused: nobody sits at our terminal to be asked. */
static int know_no_password(char *buf, int cap, int is_writing, void *arg)
{
    (void)buf;
    (void)cap;
    (void)is_writing;
    (void)arg;
    return 0;
}

/* What shows the certificate and key that are taken over; NULL: the files are read. */
static SSL_CTX *taken_over(const struct zv_tls_cfg *cfg)
{
    return cfg->own_of ? cfg->own_of->contexts.in : NULL;
}

static int copy_own(SSL_CTX *from, SSL_CTX *ctx)
{
    STACK_OF(X509) *chain = NULL;
    SSL_CTX_get0_chain_certs(from, &chain);
    return SSL_CTX_use_cert_and_key(ctx, SSL_CTX_get0_certificate(from),
                                    SSL_CTX_get0_privatekey(from), chain, 1) == 1
               ? 0
               : ZV_E_NOMEM; /* it was taken before */
}

static int load_own(const struct zv_tls_cfg *cfg, SSL_CTX *ctx, char *ret_error)
{
    if (taken_over(cfg))
        return copy_own(taken_over(cfg), ctx);
    if (!is_set(cfg->certificate))
        return 0;
    SSL_CTX_set_default_passwd_cb(ctx, know_no_password);
    if (SSL_CTX_use_certificate_chain_file(ctx, cfg->certificate) != 1)
        return refuse(ret_error, "sip.tls_certificate", cfg->certificate);
    if (SSL_CTX_use_PrivateKey_file(ctx, cfg->private_key, SSL_FILETYPE_PEM) != 1)
        return refuse(ret_error, "sip.tls_private_key", cfg->private_key);
    return 0;
}

static int open_out(const struct zv_tls_cfg *cfg, struct zv_str ca, const char *key,
                    struct contexts *contexts, char *ret_error)
{
    struct context *grown =
        zv_realloc(contexts->out, (contexts->count + 1) * sizeof(*contexts->out));
    if (!grown)
        return ZV_E_NOMEM;
    contexts->out = grown;
    struct context *context = &grown[contexts->count];
    *context =
        (struct context){.ca = ca.p, .ca_len = ca.len, .ctx = new_context(TLS_client_method())};
    if (!context->ctx)
        return ZV_E_NOMEM;
    contexts->count++;
    SSL_CTX_set_verify(context->ctx, SSL_VERIFY_PEER, NULL);
    if (!ca.len)
        (void)SSL_CTX_set_default_verify_paths(context->ctx);
    else if (SSL_CTX_load_verify_file(context->ctx, ca.p) != 1)
        return refuse(ret_error, key, ca.p);
    return load_own(cfg, context->ctx, ret_error);
}

/* NULL: nothing was read of this file, or a reload has taken it away. */
static const struct context *find_out(const struct contexts *contexts, struct zv_str ca)
{
    if (!ca.len)
        return &contexts->out[0];
    for (size_t i = 1; i < contexts->count; i++) {
        if (zv_str_eq(ca, zv_str_n(contexts->out[i].ca, contexts->out[i].ca_len)))
            return &contexts->out[i];
    }
    return NULL;
}

static int open_trunks(const struct zv_tls_cfg *cfg, struct contexts *contexts, char *ret_error)
{
    for (size_t i = 0; cfg->trunks && i < cfg->trunks->count; i++) {
        struct zv_str ca = cfg->trunks->entries[i].ca;
        if (!ca.len || find_out(contexts, ca))
            continue;
        int err = open_out(cfg, ca, "trunks: ca", contexts, ret_error);
        if (err)
            return err;
    }
    return 0;
}

static int open_in(const struct zv_tls_cfg *cfg, struct contexts *contexts, char *ret_error)
{
    if (!is_set(cfg->certificate) && !taken_over(cfg))
        return 0;
    contexts->in = new_context(TLS_server_method());
    return contexts->in ? load_own(cfg, contexts->in, ret_error) : ZV_E_NOMEM;
}

static void fini(struct contexts *contexts)
{
    for (size_t i = 0; i < contexts->count; i++)
        SSL_CTX_free(contexts->out[i].ctx);
    zv_free(contexts->out);
    SSL_CTX_free(contexts->in);
    *contexts = (struct contexts){0};
}

static int open_all(const struct zv_tls_cfg *cfg, struct contexts *ret_contexts, char *ret_error)
{
    struct contexts contexts = {0};
    snprintf(ret_error, ZV_TLS_ERROR_CAP, "%s", zv_err_text(ZV_E_NOMEM));
    int err = open_out(cfg, zv_str(cfg->ca ? cfg->ca : ""), "sip.tls_ca", &contexts, ret_error);
    if (!err)
        err = open_trunks(cfg, &contexts, ret_error);
    if (!err)
        err = open_in(cfg, &contexts, ret_error);
    if (err) {
        fini(&contexts);
        return err;
    }
    *ret_contexts = contexts;
    ret_error[0] = '\0';
    return 0;
}

int zv_tls_new(struct zv_tls **ret_tls, const struct zv_tls_cfg *cfg,
               char ret_error[ZV_TLS_ERROR_CAP])
{
    struct zv_tls *tls = zv_zalloc(sizeof(*tls));
    if (!tls)
        return ZV_E_NOMEM;
    int err = open_all(cfg, &tls->contexts, ret_error);
    if (err) {
        zv_free(tls);
        return err;
    }
    *ret_tls = tls;
    return 0;
}

struct zv_tls *zv_tls_free(struct zv_tls *tls)
{
    if (tls)
        fini(&tls->contexts);
    return zv_free(tls);
}

int zv_tls_reload(struct zv_tls *tls, const struct zv_tls_cfg *cfg,
                  char ret_error[ZV_TLS_ERROR_CAP])
{
    struct contexts fresh;
    int err = open_all(cfg, &fresh, ret_error);
    if (err)
        return err;
    fini(&tls->contexts);
    tls->contexts = fresh;
    return 0;
}

/* ---- connections ---- */

/* What the certificate must be for. An address has no SNI (RFC 6066 §3). */
static int set_name(SSL *ssl, const char *name)
{
    struct zv_addr addr;
    if (!zv_addr_parse_ip(zv_str(name), &addr))
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) == 1 ? 0 : ZV_E_CRYPTO;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(ssl, name) == 1 && SSL_set_tlsext_host_name(ssl, name) == 1 ? 0
                                                                                     : ZV_E_CRYPTO;
}

int zv_tls_call(const struct zv_tls *tls, struct zv_str server_name, struct zv_str ca, int fd,
                SSL **ret_ssl)
{
    char name[ZV_MAX_SIP_HOST_BYTES + 1];
    while (server_name.len && server_name.p[server_name.len - 1] == '.')
        server_name.len--;
    if (!server_name.len || zv_str_copy(server_name, name, sizeof(name)))
        return ZV_E_CRYPTO;
    const struct context *context = find_out(&tls->contexts, ca);
    if (!context) /* never with the trust of others */
        return ZV_E_CRYPTO;
    SSL *ssl = SSL_new(context->ctx);
    if (!ssl)
        return ZV_E_NOMEM;
    int err = SSL_set_fd(ssl, fd) == 1 ? set_name(ssl, name) : ZV_E_NOMEM;
    if (err) {
        SSL_free(ssl);
        return err;
    }
    SSL_set_connect_state(ssl);
    *ret_ssl = ssl;
    return 0;
}

int zv_tls_answer(const struct zv_tls *tls, int fd, SSL **ret_ssl)
{
    if (!tls->contexts.in)
        return ZV_E_STATE;
    SSL *ssl = SSL_new(tls->contexts.in);
    if (!ssl || SSL_set_fd(ssl, fd) != 1) {
        SSL_free(ssl);
        return ZV_E_NOMEM;
    }
    SSL_set_accept_state(ssl);
    *ret_ssl = ssl;
    return 0;
}

int zv_tls_shake_hands(SSL *ssl, bool *ret_wants_write)
{
    ERR_clear_error();
    int result = SSL_do_handshake(ssl);
    if (result == 1)
        return 0;
    int why = SSL_get_error(ssl, result);
    *ret_wants_write = why == SSL_ERROR_WANT_WRITE;
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE)
        return ZV_E_AGAIN;
    return !SSL_is_server(ssl) && SSL_get_verify_result(ssl) != X509_V_OK ? ZV_E_DENIED
                                                                          : ZV_E_CRYPTO;
}

/* The end of the other side's bytes without its goodbye is an end too: SIP frames by length. */
static int io_err(SSL *ssl, int result)
{
    switch (SSL_get_error(ssl, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return ZV_E_AGAIN;
    case SSL_ERROR_ZERO_RETURN:
        return ZV_E_GONE;
    default:
        ERR_clear_error();
        SSL_set_quiet_shutdown(ssl, 1); /* after an error nothing may be sent any more */
        return ZV_E_IO;
    }
}

int zv_tls_read(SSL *ssl, void *data, size_t cap, size_t *ret_len)
{
    ERR_clear_error();
    int result = SSL_read_ex(ssl, data, cap, ret_len);
    return result == 1 ? 0 : io_err(ssl, result);
}

int zv_tls_write(SSL *ssl, const void *data, size_t len, size_t *ret_len)
{
    ERR_clear_error();
    int result = SSL_write_ex(ssl, data, len, ret_len);
    return result == 1 ? 0 : io_err(ssl, result);
}

SSL *zv_tls_close(SSL *ssl)
{
    if (ssl && SSL_is_init_finished(ssl))
        (void)SSL_shutdown(ssl);
    SSL_free(ssl);
    ERR_clear_error();
    return NULL;
}

/* ---- words ---- */

static const char *remedy_of(long verdict)
{
    switch (verdict) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return "have the server renew it";
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return "set the clocks of both machines";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return "name the server as its certificate does (sipDomain, sipOutboundProxy), or have the "
               "certificate made for that name";
    default:
        return "name the CA that signed it in sip.tls_ca, or in trunks: {DOMAIN: {ca: FILE}}";
    }
}

void zv_tls_reason(const SSL *ssl, int err, struct zv_str server_name,
                   char ret_reason[ZV_TLS_REASON_CAP])
{
    long verdict = SSL_get_verify_result(ssl);
    unsigned long code = ERR_peek_error();
    const char *why = code ? ERR_reason_error_string(code) : NULL;
    if (err == ZV_E_DENIED)
        snprintf(ret_reason, ZV_TLS_REASON_CAP, "the certificate of %.*s is not trusted (%s); %s",
                 (int)ZV_MIN(server_name.len, (size_t)64), server_name.p,
                 X509_verify_cert_error_string(verdict), remedy_of(verdict));
    else
        snprintf(ret_reason, ZV_TLS_REASON_CAP, "the TLS handshake failed (%s)",
                 why ? why : "the other side closed the connection");
    ERR_clear_error();
}
