/*
 * What root can read and the user of the service cannot: --check-config by root would call it
 * right. Modes alone are looked at, of the file and of the folders above it, since the user is not
 * known here. The secrets file is left out: where systemd hands it over it is root's, as it should
 * be.
 */
#define _GNU_SOURCE
#include "base/str.h"
#include "gateway/check_int.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whether nobody but root has the right, which is S_IROTH or S_IXOTH. */
static bool is_roots_alone(const char *path, mode_t right)
{
    struct stat status;
    if (stat(path, &status) || status.st_uid != 0)
        return false;
    bool has_group = status.st_gid != 0 && status.st_mode & right << 3;
    return !has_group && !(status.st_mode & right);
}

bool zv_check_is_roots_alone(const char *path)
{
    char real[PATH_MAX];
    if (!realpath(path, real))
        return false; /* which has been told */
    bool is_alone = is_roots_alone(real, S_IROTH);
    for (char *slash = strrchr(real, '/'); slash && slash != real && !is_alone;
         slash = strrchr(real, '/')) {
        *slash = '\0';
        is_alone = is_roots_alone(real, S_IXOTH);
    }
    return is_alone;
}

/* systemd reads those as root and hands them to the service. */
static bool is_credential(const char *path)
{
    return zv_str_has_prefix(zv_str(path), "/run/credentials/");
}

static void check_path(struct zv_check *check, const char *key, const char *path)
{
    if (path && path[0] && !is_credential(path) && zv_check_is_roots_alone(path))
        zv_check_tell(check, ZV_SEVERITY_WARN,
                      "`runuser -u zvonok -- zvonokd --check-config` looks as the service does",
                      "%s: root alone can read %s, so a service that runs as another user does not "
                      "start",
                      key, path);
}

void zv_check_readers(struct zv_check *check, const struct zv_config_source *source)
{
    const struct zv_config *config = check->config;
    if (geteuid() != 0)
        return;
    check_path(check, "--config", source->file);
    check_path(check, "sip.tls_certificate", config->sip_tls_certificate);
    check_path(check, "sip.tls_private_key", config->sip_tls_private_key);
    check_path(check, "sip.tls_ca", config->sip_tls_ca);
    check_path(check, "http.certificate", config->http_certificate);
    check_path(check, "http.private_key", config->http_private_key);
    check_path(check, "turn.secret_file", config->turn_secret_file);
    for (size_t i = 0; i < config->trunks.count; i++)
        check_path(check, "trunks: ca", config->trunks.items[i].ca);
}
