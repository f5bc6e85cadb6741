#define _GNU_SOURCE
#include "gateway/config_source.h"

#include "base/err.h"
#include "base/str.h"
#include "gateway/secrets.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The file that systemd puts there for LoadCredential=secrets:FILE. NULL: none. */
static const char *find_credential(char path[PATH_MAX])
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    if (!folder || folder[0] != '/' || strlen(folder) + sizeof("/secrets") > PATH_MAX)
        return NULL;
    snprintf(path, PATH_MAX, "%s/secrets", folder);
    return access(path, F_OK) == 0 ? path : NULL;
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

int zv_config_source_read(const struct zv_config_source *source, struct zv_config *config,
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
    return err ? err : zv_config_check(config, ret_error);
}

/* Passes faults on and knows that there were some. */
struct faults {
    zv_config_fault_fn *fault_fn;
    void *arg;
    size_t count;
};

static void pass_on(void *arg, const char *text)
{
    struct faults *faults = arg;
    faults->count++;
    faults->fault_fn(faults->arg, text);
}

int zv_config_source_read_all(const struct zv_config_source *source, struct zv_config *config,
                              zv_config_fault_fn *fault_fn, void *arg)
{
    struct faults faults = {.fault_fn = fault_fn, .arg = arg};
    struct zv_secrets *secrets = NULL;
    char error[ZV_CONFIG_ERROR_CAP];
    int err = zv_config_init(config);
    if (err) {
        fault_fn(arg, zv_err_text(err));
        return err;
    }
    if (load_secrets(source, &secrets, error))
        pass_on(&faults, error);
    config->fault_fn = pass_on;
    config->fault_arg = &faults;
    size_t before = faults.count;
    err = read_values(source, config, secrets, error);
    if (err && faults.count == before)
        pass_on(&faults, error); /* no text at fault: the file, memory, a setting */
    config->fault_fn = NULL;
    zv_secrets_free(secrets);
    if (err && err != ZV_E_PARSE)
        return err;
    (void)zv_config_check_all(config, pass_on, &faults);
    return 0;
}
