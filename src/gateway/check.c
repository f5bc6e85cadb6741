#define _GNU_SOURCE
#include "gateway/check.h"

#include "base/alloc.h"
#include "base/err.h"
#include "gateway/check_int.h"
#include "gateway/config_int.h"
#include "gateway/doctor_int.h"
#include "gateway/gateway_int.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void tell(struct zv_check *check, enum zv_severity severity, const char *text,
                 const char *remedy)
{
    if (severity >= ZV_SEVERITY_FAIL)
        check->counts.failures++;
    else
        check->counts.warnings++;
    check->tell_fn(check->arg, severity, text, remedy);
}

void zv_check_tell(struct zv_check *check, enum zv_severity severity, const char *remedy,
                   const char *format, ...)
{
    char text[ZV_CHECK_TEXT_CAP];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    tell(check, severity, text, remedy);
}

static void on_fault(void *arg, const char *text)
{
    tell(arg, ZV_SEVERITY_FAIL, text, "");
}

/* Where the file could be read to its end: otherwise that is what to mend first. */
static void check_ends(struct zv_check *check, const struct zv_config_source *source)
{
    const struct zv_config *config = check->config;
    struct zv_config_file file;
    if (check->counts.failures)
        return;
    if (config->is_cut)
        zv_check_tell(check, ZV_SEVERITY_WARN, "end the file with a newline",
                      "%s:%zu:%zu: the last line has no end, so a reload takes the file for a "
                      "half-written one and refuses it",
                      source->file, config->end_line, config->end_column);
    for (size_t number = 0; zv_config_next_cut_file(config, &number, &file);)
        zv_check_tell(check, ZV_SEVERITY_WARN, "end the file with a newline",
                      "%s: %s: the last line has no end, so a reload takes the file for a "
                      "half-written one and refuses it",
                      file.key, file.path);
    if (zv_config_lacks_end(config))
        zv_check_tell(check, ZV_SEVERITY_WARN, "write ... as its last line",
                      "%s:%zu:%zu: without the line ... at its end a reload cannot tell the file "
                      "from a half-written one",
                      source->file, config->end_line, config->end_column);
}

static void check_plain_secret(struct zv_check *check, const struct zv_config_source *source)
{
    struct stat status;
    char remedy[ZV_CHECK_TEXT_CAP];
    const struct zv_config_key *key = check->config->plain_secret;
    if (!key || stat(source->file, &status) || !(status.st_mode & S_IROTH))
        return;
    snprintf(remedy, sizeof(remedy),
             "`chgrp zvonok %s && chmod 640 %s`, with the group of the user that zvonokd runs as, "
             "who still has to read it; or write ${NAME} and put the value into the secrets file",
             source->file, source->file);
    zv_check_tell(check, ZV_SEVERITY_WARN, remedy,
                  "%s.%s: stands in %s, which every user of this machine may read", key->section,
                  key->name, source->file);
}

/* What the doctor sees of a gateway before there is one. Limits of this process are not those of
 * the service: they are left to the start. */
static void examine(struct zv_check *check)
{
    const struct zv_config *config = check->config;
    struct zv_switch_cfg chosen = {0};
    struct zv_machine *machine = zv_zalloc(sizeof(*machine));
    struct zv_findings *findings = zv_zalloc(sizeof(*findings));
    if (machine && findings) {
        zv_machine_read(machine, "");
        zv_gateway_choose_addresses(config, &chosen);
        struct zv_examination examination = {.config = config,
                                             .machine = machine,
                                             .offered = chosen.media_addresses,
                                             .offered_count = chosen.media_address_count};
        memcpy(examination.public_addresses, chosen.public_addresses,
               sizeof(examination.public_addresses));
        zv_examine_media(&examination, findings);
        zv_examine_trunks(&examination, findings);
        if (!config->http_certificate[0] == !config->http_private_key[0])
            zv_examine_http(&examination, findings);
    }
    for (size_t i = 0; findings && i < findings->count; i++) {
        const struct zv_finding *finding = &findings->list[i];
        if (finding->severity >= ZV_SEVERITY_WARN)
            tell(check, finding->severity, finding->text, finding->remedy);
    }
    zv_free(machine);
    zv_free(findings);
}

void zv_check_configuration(const struct zv_config_source *source, zv_check_tell_fn *tell_fn,
                            void *arg, struct zv_check_counts *ret_counts)
{
    struct zv_config config;
    struct zv_check check = {.config = &config, .tell_fn = tell_fn, .arg = arg};
    struct zv_config_faults faults = {.fault_fn = on_fault, .arg = &check};
    int err = zv_config_source_read_all(source, &config, &faults);
    if (!err) {
        check_ends(&check, source);
        check_plain_secret(&check, source);
        zv_check_files(&check);
        zv_check_readers(&check, source);
        zv_check_ports(&check);
        examine(&check);
    }
    zv_config_fini(&config);
    *ret_counts = check.counts;
}

/* But for the certificate, which the package sets itself. */
static bool is_untouched(const struct zv_config *config, const struct zv_config *defaults)
{
    bool is_same = zv_config_has_same_trunks(config, defaults);
    for (size_t i = 0; i < zv_config_key_count && is_same; i++)
        is_same =
            zv_config_is_http_pair(i) || zv_config_is_same(config, defaults, &zv_config_keys[i]);
    return is_same;
}

bool zv_check_is_fresh(const struct zv_config_source *source)
{
    struct zv_config config, defaults;
    char error[ZV_CONFIG_ERROR_CAP];
    bool is_fresh = zv_config_init(&defaults) == 0;
    int err = zv_config_source_read_values(source, &config, error);
    is_fresh =
        is_fresh && !err && !config.is_cut && config.has_end && is_untouched(&config, &defaults);
    zv_config_fini(&config);
    zv_config_fini(&defaults);
    return is_fresh;
}
