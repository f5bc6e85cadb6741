/*
 * Where a configuration comes from: a file, the settings of the command line over it, and what its
 * ${NAME} stand for. Each reading begins anew, so that it can be done while the one before is in
 * use.
 */
#ifndef ZV_GATEWAY_CONFIG_SOURCE_H
#define ZV_GATEWAY_CONFIG_SOURCE_H

#include "gateway/config.h"

/* All borrowed. */
struct zv_config_source {
    const char *file;
    const char *const *settings; /* "key=value" */
    size_t setting_count;
    const char *secrets_file; /* NULL: $CREDENTIALS_DIRECTORY/secrets, where there is one */
};

/* Fills `config` and checks it, which zv_config_fini is then due for in any case. ret_error as that
 * of zv_config_parse and zv_config_check, and their errors. */
int zv_config_source_read(const struct zv_config_source *source, struct zv_config *config,
                          char ret_error[ZV_CONFIG_ERROR_CAP]) ZV_MUST_CHECK;
/* The same without the check. */
int zv_config_source_read_values(const struct zv_config_source *source, struct zv_config *config,
                                 char ret_error[ZV_CONFIG_ERROR_CAP]) ZV_MUST_CHECK;
/* As the first, but tells all that is wrong, and 0 if there is something to look at further: no
 * text that could not be read to its end. */
int zv_config_source_read_all(const struct zv_config_source *source, struct zv_config *config,
                              struct zv_config_faults *faults) ZV_MUST_CHECK;

#endif
