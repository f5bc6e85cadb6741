#define _GNU_SOURCE
#include "gateway/config_source.h"

#include "base/err.h"
#include "base/str.h"
#include "gateway/secrets.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The file that systemd puts there for LoadCredential=secrets:FILE. NULL: none; where that cannot
 * be seen, reading it says why. */
static const char *find_credential(char path[PATH_MAX])
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    if (!folder || folder[0] != '/' || strlen(folder) + sizeof("/secrets") > PATH_MAX)
        return NULL;
    snprintf(path, PATH_MAX, "%s/secrets", folder);
    return access(path, F_OK) == 0 || errno != ENOENT ? path : NULL;
}

static int load_secrets(const struct zv_config_source *source, struct zv_secrets **ret_secrets,
                        char *ret_error)
{
    char found[PATH_MAX];
    const char *path = source->secrets_file ? source->secrets_file : find_credential(found);
    return path ? zv_secrets_load(ret_secrets, path, ret_error) : 0;
}

static int apply_settings(const struct zv_config_source *source, struct zv_config *config,
                          char *ret_error)
{
    for (size_t i = 0; i < source->setting_count; i++) {
        char key[128];
        struct zv_str setting = zv_str(source->settings[i]);
        ptrdiff_t equals = zv_str_find(setting, '=');
        if (equals < 0 || zv_str_copy(zv_str_head(setting, (size_t)equals), key, sizeof(key))) {
            snprintf(ret_error, ZV_CONFIG_ERROR_CAP, "--set: an argument is not KEY=VALUE");
            return ZV_E_INVAL;
        }
        int err = zv_config_set(config, key, setting.p + equals + 1, ret_error);
        if (err)
            return err;
    }
    return 0;
}

static int read_values(const struct zv_config_source *source, struct zv_config *config,
                       const struct zv_secrets *secrets, char *ret_error)
{
    config->secrets = secrets;
    int err = zv_config_load(config, source->file, ret_error);
    if (!err)
        err = apply_settings(source, config, ret_error);
    config->secrets = NULL;
    return err;
}

int zv_config_source_read_values(const struct zv_config_source *source, struct zv_config *config,
                                 char ret_error[ZV_CONFIG_ERROR_CAP])
{
    struct zv_secrets *secrets = NULL;
    snprintf(ret_error, ZV_CONFIG_ERROR_CAP, "%s", zv_err_text(ZV_E_NOMEM));
    int err = zv_config_init(config);
    if (!err)
        err = load_secrets(source, &secrets, ret_error);
    if (!err)
        err = read_values(source, config, secrets, ret_error);
    zv_secrets_free(secrets);
    return err;
}

int zv_config_source_read(const struct zv_config_source *source, struct zv_config *config,
                          char ret_error[ZV_CONFIG_ERROR_CAP])
{
    int err = zv_config_source_read_values(source, config, ret_error);
    return err ? err : zv_config_check(config, ret_error);
}

static void tell(struct zv_config_faults *faults, const char *text)
{
    faults->fault_fn(faults->arg, text);
    faults->count++;
}

int zv_config_source_read_all(const struct zv_config_source *source, struct zv_config *config,
                              struct zv_config_faults *faults)
{
    struct zv_secrets *secrets = NULL;
    char error[ZV_CONFIG_ERROR_CAP];
    int err = zv_config_init(config);
    if (err) {
        tell(faults, zv_err_text(err));
        return err;
    }
    if (load_secrets(source, &secrets, error))
        tell(faults, error);
    size_t before = faults->count;
    config->faults = faults;
    err = read_values(source, config, secrets, error);
    config->faults = NULL;
    zv_secrets_free(secrets);
    if (err && faults->count == before) /* no text at fault: the file, memory, a setting */
        tell(faults, error);
    if (err && (err != ZV_E_PARSE || faults->is_partial))
        return err;
    zv_config_check_all(config, faults);
    return 0;
}
