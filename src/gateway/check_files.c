/* Files that the configuration names, read as a start would read them. */
#define _GNU_SOURCE
#include "admin/protocol.h"
#include "base/alloc.h"
#include "base/err.h"
#include "base/str.h"
#include "gateway/cert_check.h"
#include "gateway/check_int.h"
#include "gateway/gateway_int.h"
#include "http/certificate.h"
#include "io/clock.h"
#include "sipnet/tls.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DAY_S      INT64_C(86400)
#define RENEW_DAYS 21 /* as the doctor has it for http.certificate */

/* ---- SIP over TLS ---- */

static void try_tls(struct zv_check *check, const struct zv_tls_cfg *cfg)
{
    char error[ZV_TLS_ERROR_CAP];
    struct zv_tls *tls = NULL;
    if (zv_tls_new(&tls, cfg, error))
        zv_check_tell(check, ZV_SEVERITY_FAIL, "", "%s", error); /* with what to do */
    zv_tls_free(tls);
}

static void check_dates(struct zv_check *check, const char *path, const struct zv_cert_facts *facts)
{
    int64_t now_s = zv_clock_wall_us() / ZV_US_PER_S;
    long long days = (long long)((facts->not_after_s - now_s) / DAY_S);
    const char *remedy = "renew it, then zvonokctl reload";
    if (now_s < facts->not_before_s)
        zv_check_tell(check, ZV_SEVERITY_FAIL, "look at the clock with `date -u`",
                      "sip.tls_certificate: %s is not valid yet", path);
    else if (now_s >= facts->not_after_s)
        zv_check_tell(check, ZV_SEVERITY_FAIL, remedy, "sip.tls_certificate: %s has expired", path);
    else if (days < RENEW_DAYS)
        zv_check_tell(check, ZV_SEVERITY_WARN, remedy,
                      "sip.tls_certificate: %s expires in %lld days", path, days);
}

static void check_sip_certificate(struct zv_check *check)
{
    const struct zv_config *config = check->config;
    const char *path = config->sip_tls_certificate;
    struct zv_cert_view *view = NULL;
    if (!path[0] || !config->sip_tls_private_key[0])
        return;
    try_tls(check,
            &(struct zv_tls_cfg){.certificate = path, .private_key = config->sip_tls_private_key});
    if (zv_cert_view_open(&view, path, config->sip_tls_private_key))
        return; /* which has been told */
    check_dates(check, path, zv_cert_view_facts(view));
    zv_cert_view_free(view);
}

/* Each by itself, so that one that is wrong hides no other. */
static void check_authorities(struct zv_check *check)
{
    const struct zv_config *config = check->config;
    struct zv_trunk *entries = NULL;
    struct zv_trunks trunks = {0};
    if (config->sip_tls_ca[0])
        try_tls(check, &(struct zv_tls_cfg){.ca = config->sip_tls_ca});
    if (zv_config_list_trunks(config, &entries, &trunks))
        return;
    for (size_t i = 0; i < trunks.count; i++) {
        struct zv_trunks one = {.entries = &entries[i], .count = 1};
        if (entries[i].ca.len)
            try_tls(check, &(struct zv_tls_cfg){.trunks = &one});
    }
    zv_free(entries);
}

/* ---- the others ---- */

/* What the doctor does not see, who looks at the first certificate and its key: a chain that a
 * start and a reload refuse. */
static void check_http_chain(struct zv_check *check)
{
    const struct zv_config *config = check->config;
    const char *path = config->http_certificate, *key_path = config->http_private_key;
    char error[ZV_HTTP_CERTIFICATE_ERROR_CAP];
    struct zv_http_certificate *certificate = NULL;
    struct zv_cert_view *view = NULL;
    bool serves_tls = config->http_wss_listen.count || config->http_https_listen.count;
    if (!serves_tls || !path[0] || !key_path[0] || zv_cert_view_open(&view, path, key_path))
        return;
    bool is_pair = !zv_cert_view_facts(view)->key_err;
    zv_cert_view_free(view);
    if (is_pair && zv_http_certificate_read(&certificate, path, key_path, error))
        zv_check_tell(check, ZV_SEVERITY_FAIL, "put its whole chain there, each from BEGIN to END",
                      "http.certificate: %s", error);
    zv_http_certificate_free(certificate);
}

static void check_turn(struct zv_check *check)
{
    char secret[ZV_GATEWAY_SECRET_CAP] = "", error[ZV_GATEWAY_ERROR_CAP];
    if (check->config->turn_secret_file[0] && zv_turn_read_secret(check->config, secret, error))
        zv_check_tell(check, ZV_SEVERITY_FAIL, "", "%s", error);
    zv_wipe(secret, sizeof(secret));
}

/* "/run" of "/run/zvonok"; false: there is none, or no room. */
static bool take_folder(const char *path, char folder[PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    if (!slash || (size_t)(slash - path) + 1 >= PATH_MAX)
        return false;
    snprintf(folder, PATH_MAX, "%.*s", slash == path ? 1 : (int)(slash - path), path);
    return true;
}

static void check_group(struct zv_check *check)
{
    const char *group = check->config->admin_group;
    if (group[0] && !getgrnam(group))
        zv_check_tell(check, ZV_SEVERITY_FAIL, "groupadd --system, or name another one",
                      "admin.group: there is no group %s", group);
}

/* The start makes the socket's folder, if the one above is there; and at the default place it goes
 * on without a socket. There the unit's RuntimeDirectory= makes the folder, and takes it away with
 * the service: that it is missing now says nothing. */
void zv_check_socket(struct zv_check *check, const char *default_path)
{
    char folder[PATH_MAX], above[PATH_MAX];
    const char *path = check->config->admin_socket, *place = folder;
    bool is_default = strcmp(path, default_path) == 0;
    if (!take_folder(path, folder))
        return;
    if (access(folder, F_OK) && errno == ENOENT) {
        if (is_default)
            return;
        if (take_folder(folder, above))
            place = above;
    }
    if (access(place, W_OK | X_OK))
        zv_check_tell(check, is_default ? ZV_SEVERITY_WARN : ZV_SEVERITY_FAIL,
                      "give the folder to the user that zvonokd runs as, or set another path",
                      "admin.socket: %s: nothing can be made in %s (%s)", path, place,
                      strerrordesc_np(errno));
}

void zv_check_files(struct zv_check *check)
{
    check_sip_certificate(check);
    check_authorities(check);
    check_http_chain(check);
    check_turn(check);
    check_group(check);
    zv_check_socket(check, ZV_ADMIN_DEFAULT_SOCKET);
}
