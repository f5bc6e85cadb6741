/*
 * zvonokd's command line.
 */
#ifndef ZV_GATEWAY_OPTIONS_H
#define ZV_GATEWAY_OPTIONS_H

#include "base/attr.h"
#include "gateway/config_source.h"

#include <stdbool.h>
#include <stddef.h>

#define ZV_OPTIONS_MAX_SETTINGS 64
#define ZV_OPTIONS_MAX_NAMES    32

/* Texts are views of argv. */
struct zv_options {
    const char *config_file; /* NULL: the default */
    const char *secrets_file;
    const char *cert_dir;
    const char *settings[ZV_OPTIONS_MAX_SETTINGS]; /* "key=value" */
    size_t setting_count;
    const char *names[ZV_OPTIONS_MAX_NAMES];
    size_t name_count;
    bool wants_check;
    bool wants_print;
    bool wants_help;
    bool wants_version;
};

extern const char zv_options_help[];

/* What is wrong is told on standard error. ZV_E_INVAL. */
int zv_options_parse(struct zv_options *ret_options, int argc, char **argv) ZV_MUST_CHECK;
/* Where the configuration comes from by them; borrows `options`. */
struct zv_config_source zv_options_source(const struct zv_options *options);

#endif
