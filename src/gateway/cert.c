#define _GNU_SOURCE
#include "gateway/cert.h"

#include "base/addr.h"
#include "base/buf.h"
#include "base/err.h"

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CA_DAYS        3650
#define LEAF_DAYS      365
#define RENEW_SECONDS  (30 * 86400) /* a certificate with less left is made anew */
#define MAX_PATH_BYTES 4096

struct pair {
    X509 *cert;
    EVP_PKEY *key;
};

static void pair_fini(struct pair *pair)
{
    X509_free(pair->cert);
    EVP_PKEY_free(pair->key);
    *pair = (struct pair){0};
}

static int sentence(char *error, int err, const char *format, const char *detail)
{
    snprintf(error, ZV_CERT_ERROR_CAP, "%s%s", format, detail);
    return err;
}

static int add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    if (!extension)
        return ZV_E_CRYPTO;
    int ok = X509_add_ext(cert, extension, -1);
    X509_EXTENSION_free(extension);
    return ok == 1 ? 0 : ZV_E_CRYPTO;
}

static int set_random_serial(X509 *cert)
{
    unsigned char serial[16];
    if (RAND_bytes(serial, sizeof(serial)) != 1)
        return ZV_E_CRYPTO;
    serial[0] &= 0x7f;
    BIGNUM *number = BN_bin2bn(serial, sizeof(serial), NULL);
    int ok = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert));
    BN_free(number);
    return ok ? 0 : ZV_E_CRYPTO;
}

static int set_names(X509 *cert, const char *common_name, X509 *issuer)
{
    X509_NAME *name = X509_get_subject_name(cert);
    int ok = X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                        (const unsigned char *)common_name, -1, -1, 0);
    ok = ok && X509_set_issuer_name(cert, issuer ? X509_get_subject_name(issuer) : name);
    return ok ? 0 : ZV_E_CRYPTO;
}

/* A new key and certificate, not yet extended nor signed. */
static int new_pair(struct pair *pair, const char *common_name, int days, const struct pair *issuer)
{
    pair->key = EVP_EC_gen("P-256");
    pair->cert = X509_new();
    if (!pair->key || !pair->cert || !X509_set_version(pair->cert, 2))
        return ZV_E_CRYPTO;
    X509_gmtime_adj(X509_getm_notBefore(pair->cert), -3600);
    X509_gmtime_adj(X509_getm_notAfter(pair->cert), (long)days * 86400);
    if (!X509_set_pubkey(pair->cert, pair->key) || set_random_serial(pair->cert))
        return ZV_E_CRYPTO;
    return set_names(pair->cert, common_name, issuer ? issuer->cert : NULL);
}

static int make_ca(struct pair *ca)
{
    int err = new_pair(ca, "Zvonok local CA", CA_DAYS, NULL);
    if (!err)
        err =
            add_extension(ca->cert, ca->cert, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    if (!err)
        err = add_extension(ca->cert, ca->cert, NID_key_usage, "critical,keyCertSign,cRLSign");
    if (!err)
        err = add_extension(ca->cert, ca->cert, NID_subject_key_identifier, "hash");
    return !err && X509_sign(ca->cert, ca->key, EVP_sha256()) ? 0 : ZV_E_CRYPTO;
}

static int make_leaf(struct pair *leaf, const struct pair *ca, const char *names)
{
    int err = new_pair(leaf, "Zvonok gateway", LEAF_DAYS, ca);
    if (!err)
        err = add_extension(leaf->cert, ca->cert, NID_basic_constraints, "critical,CA:FALSE");
    if (!err)
        err = add_extension(leaf->cert, ca->cert, NID_key_usage, "critical,digitalSignature");
    if (!err)
        err = add_extension(leaf->cert, ca->cert, NID_ext_key_usage, "serverAuth");
    if (!err)
        err = add_extension(leaf->cert, ca->cert, NID_authority_key_identifier, "keyid");
    if (!err)
        err = add_extension(leaf->cert, ca->cert, NID_subject_alt_name, names);
    return !err && X509_sign(leaf->cert, ca->key, EVP_sha256()) ? 0 : ZV_E_CRYPTO;
}

/* What the certificate is for. */
struct names {
    struct zv_buf text; /* "DNS:localhost,IP:127.0.0.1", as OpenSSL takes it */
    size_t left_out;
};

static bool add_name(struct names *names, const char *name)
{
    struct zv_addr addr;
    bool is_address = zv_addr_parse_ip(zv_str(name), &addr) == 0;
    const char *kind = is_address ? "IP" : "DNS";
    size_t len = strlen(kind) + strlen(name) + 2; /* with comma and colon */
    if (names->text.len + len >= ZV_CERT_MAX_NAMES_BYTES)
        return false;
    zv_buf_printf(&names->text, "%s%s:%s", names->text.len ? "," : "", kind, name);
    return true;
}

/* A machine may have any number of addresses; those that are found make way for those asked for. */
static void add_found(struct names *names, const char *name)
{
    if (!add_name(names, name))
        names->left_out++;
}

static void add_interface(struct names *names, const struct ifaddrs *entry)
{
    struct zv_addr addr = {0};
    char text[ZV_ADDR_TEXT_CAP];
    if (!entry->ifa_addr)
        return;
    if (entry->ifa_addr->sa_family == AF_INET) {
        addr.family = ZV_ADDR_IPV4;
        memcpy(addr.ip, &((const struct sockaddr_in *)(const void *)entry->ifa_addr)->sin_addr, 4);
    } else if (entry->ifa_addr->sa_family == AF_INET6) {
        addr.family = ZV_ADDR_IPV6;
        memcpy(addr.ip, &((const struct sockaddr_in6 *)(const void *)entry->ifa_addr)->sin6_addr,
               16);
    }
    if (addr.family != ZV_ADDR_NONE && !zv_addr_is_loopback(&addr) && !zv_addr_is_link_local(&addr))
        add_found(names, zv_addr_write_ip(&addr, text));
}

static int add_wanted(const struct zv_cert_cfg *cfg, struct names *names)
{
    for (size_t i = 0; i < cfg->name_count; i++) {
        if (strpbrk(cfg->names[i], ",\n ") || !cfg->names[i][0] || !add_name(names, cfg->names[i]))
            return ZV_E_INVAL;
    }
    return 0;
}

/* subjectAltName of everything that a browser could call this host. */
static int collect_names(const struct zv_cert_cfg *cfg, struct names *names)
{
    char host[256] = "";
    struct ifaddrs *list = NULL;
    (void)add_name(names, "localhost"); /* for these there is room */
    (void)add_name(names, "127.0.0.1");
    (void)add_name(names, "::1");
    int err = add_wanted(cfg, names);
    if (err)
        return err;
    if (gethostname(host, sizeof(host) - 1) == 0 && host[0] && strcmp(host, "localhost") != 0)
        add_found(names, host);
    if (getifaddrs(&list) == 0) {
        for (const struct ifaddrs *entry = list; entry; entry = entry->ifa_next)
            add_interface(names, entry);
        freeifaddrs(list);
    }
    return zv_buf_cstr(&names->text) ? 0 : ZV_E_INVAL;
}

static const char *join(const char *dir, const char *name, char path[MAX_PATH_BYTES])
{
    struct zv_buf out = zv_buf(path, MAX_PATH_BYTES);
    zv_buf_printf(&out, "%s/%s", dir, name);
    return zv_buf_cstr(&out);
}

/* A file that was not there has this mode, whatever the umask: the service has to read what a
 * careful root made. One that is written anew keeps what its owner gave it. */
static int open_fd(const char *path, mode_t mode)
{
    const int flags = O_WRONLY | O_CLOEXEC | O_NOFOLLOW;
    int fd = open(path, flags | O_CREAT | O_EXCL, mode);
    if (fd < 0)
        return errno == EEXIST ? open(path, flags | O_TRUNC) : -1;
    (void)fchmod(fd, mode); /* without it there are fewer rights, not more */
    return fd;
}

static FILE *open_new(const char *path, mode_t mode)
{
    int fd = path ? open_fd(path, mode) : -1;
    if (fd < 0)
        return NULL;
    FILE *file = fdopen(fd, "w");
    if (!file)
        close(fd);
    return file;
}

static int write_key(const char *dir, const char *name, EVP_PKEY *key)
{
    char path[MAX_PATH_BYTES];
    FILE *file = open_new(join(dir, name, path), 0600);
    if (!file)
        return ZV_E_IO;
    int ok = PEM_write_PKCS8PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
    return fclose(file) == 0 && ok ? 0 : ZV_E_IO;
}

static int write_certs(const char *dir, const char *name, X509 *first, X509 *second)
{
    char path[MAX_PATH_BYTES];
    FILE *file = open_new(join(dir, name, path), 0644);
    if (!file)
        return ZV_E_IO;
    int ok = PEM_write_X509(file, first) && (!second || PEM_write_X509(file, second));
    return fclose(file) == 0 && ok ? 0 : ZV_E_IO;
}

static X509 *read_cert(const char *dir, const char *name)
{
    char path[MAX_PATH_BYTES];
    FILE *file = join(dir, name, path) ? fopen(path, "re") : NULL;
    if (!file)
        return NULL;
    X509 *cert = PEM_read_X509(file, NULL, NULL, NULL);
    fclose(file);
    return cert;
}

static EVP_PKEY *read_key(const char *dir, const char *name)
{
    char path[MAX_PATH_BYTES];
    FILE *file = join(dir, name, path) ? fopen(path, "re") : NULL;
    if (!file)
        return NULL;
    EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    fclose(file);
    return key;
}

static bool is_fresh(const X509 *cert)
{
    time_t limit = time(NULL) + RENEW_SECONDS;
    return X509_cmp_time(X509_get0_notAfter(cert), &limit) > 0;
}

/* Every name wanted is in the certificate. */
static bool has_names(X509 *cert, const char *names)
{
    struct zv_str rest = zv_str(names), entry;
    while (zv_str_split(&rest, ',', &entry)) {
        char name[256];
        bool is_address = zv_str_has_prefix(entry, "IP:");
        if (zv_str_copy(zv_str_tail(entry, is_address ? 3 : 4), name, sizeof(name)))
            return false;
        if ((is_address ? X509_check_ip_asc(cert, name, 0)
                        : X509_check_host(cert, name, 0, 0, NULL)) != 1)
            return false;
    }
    return true;
}

static bool is_current(const struct zv_cert_cfg *cfg, X509 *ca, const char *names)
{
    X509 *leaf = read_cert(cfg->dir, "server.crt");
    EVP_PKEY *key = read_key(cfg->dir, "server.key");
    bool ok = leaf && key && X509_check_private_key(leaf, key) == 1 && is_fresh(leaf) &&
              X509_verify(leaf, X509_get0_pubkey(ca)) == 1 && has_names(leaf, names);
    X509_free(leaf);
    EVP_PKEY_free(key);
    return ok;
}

/* The CA of the folder, or a new one that is written there. One that devices may trust already is
 * not replaced in silence. */
static int open_ca(const struct zv_cert_cfg *cfg, struct pair *ca, char *ret_error)
{
    bool is_good = ca->cert && is_fresh(ca->cert);
    ca->key = read_key(cfg->dir, "ca.key");
    if (is_good && ca->key && X509_check_private_key(ca->cert, ca->key) == 1)
        return 0;
    if (is_good)
        return sentence(ret_error, ZV_E_DENIED,
                        "ca.crt is there without its ca.key: put the key back, or for a new "
                        "authority, which all devices have to trust anew, remove ca.crt from ",
                        cfg->dir);
    pair_fini(ca);
    int err = make_ca(ca);
    if (!err)
        err = write_key(cfg->dir, "ca.key", ca->key);
    return err ? err : write_certs(cfg->dir, "ca.crt", ca->cert, NULL);
}

/* The folder, which others may not enter, and those above it that are missing. */
static int make_dir(const char *dir)
{
    char path[MAX_PATH_BYTES] = "";
    struct zv_str name = zv_str(dir);
    while (name.len > 1 && name.p[name.len - 1] == '/')
        name.len--;
    if (zv_str_copy(name, path, sizeof(path)))
        return ZV_E_INVAL;
    for (char *slash = path; (slash = strchr(slash + 1, '/'));) {
        *slash = '\0';
        if (mkdir(path, 0755) != 0 && errno != EEXIST)
            return ZV_E_IO;
        *slash = '/';
    }
    return mkdir(path, 0700) == 0 || errno == EEXIST ? 0 : ZV_E_IO;
}

/* The pair for these names, unless it is there. */
static int make_pair(const struct zv_cert_cfg *cfg, const char *names, char *ret_error)
{
    struct pair ca = {.cert = read_cert(cfg->dir, "ca.crt")}, leaf = {0};
    int err = 0;
    if (ca.cert && is_fresh(ca.cert) && is_current(cfg, ca.cert, names))
        err = sentence(ret_error, ZV_E_EXISTS, "the certificate is current: ", cfg->dir);
    if (!err)
        err = open_ca(cfg, &ca, ret_error);
    if (!err)
        err = make_leaf(&leaf, &ca, names);
    if (!err)
        err = write_key(cfg->dir, "server.key", leaf.key);
    if (!err)
        err = write_certs(cfg->dir, "server.crt", leaf.cert, ca.cert);
    if (err == ZV_E_IO)
        sentence(ret_error, err, "a file cannot be written in ", cfg->dir);
    else if (err == ZV_E_CRYPTO)
        sentence(ret_error, err, "OpenSSL could not make the certificate for ", names);
    pair_fini(&leaf);
    pair_fini(&ca);
    return err;
}

int zv_cert_make(const struct zv_cert_cfg *cfg, char ret_error[ZV_CERT_ERROR_CAP])
{
    char text[ZV_CERT_MAX_NAMES_BYTES];
    struct names names = {.text = zv_buf(text, sizeof(text))};
    ret_error[0] = '\0';
    if (make_dir(cfg->dir))
        return sentence(ret_error, ZV_E_IO, "the folder cannot be made: ", cfg->dir);
    int err = collect_names(cfg, &names);
    if (err)
        return sentence(ret_error, err,
                        "a name for the certificate is empty, too long or has a blank or comma",
                        "");
    err = make_pair(cfg, text, ret_error);
    if (!err && names.left_out)
        snprintf(ret_error, ZV_CERT_ERROR_CAP,
                 "%zu of this host's names and addresses have no room in it and were left out; "
                 "give those that clients use as --name",
                 names.left_out);
    return err;
}
