#define _GNU_SOURCE
#include "gateway/reload.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/log.h"
#include "gateway/config_int.h"
#include "gateway/gateway_int.h"
#include "gateway/logging.h"
#include "http/certificate.h"

#include <stdio.h>
#include <string.h>

/* Names in one line of the log. */
#define LINE_CAP 1024

/* What the new configuration names, opened before anything of the old is let go. */
struct candidate {
    struct zv_config config;
    struct zv_trunk *entries; /* owned, until they are the gateway's */
    struct zv_trunks trunks;
    struct zv_http_certificate *certificate; /* likewise; NULL: nobody listens by TLS, or who does
                                                keeps the one there is */
    char turn_secret[ZV_GATEWAY_SECRET_CAP];
};

/* ---- what differs ---- */

const char *zv_reload_name(size_t row, char text[ZV_RELOAD_NAME_CAP])
{
    if (row < zv_config_key_count)
        snprintf(text, ZV_RELOAD_NAME_CAP, "%s.%s", zv_config_keys[row].section,
                 zv_config_keys[row].name);
    else
        snprintf(text, ZV_RELOAD_NAME_CAP, "trunks");
    return text;
}

static bool serves_tls(const struct zv_config *config)
{
    return config->http_wss_listen.count || config->http_https_listen.count;
}

/* Taken away together with the listeners that show it, which live on until the restart, with the
 * certificate that they have. */
static bool keeps_http_pair(const struct zv_config *config, const struct zv_config *fresh)
{
    return serves_tls(config) && !fresh->http_certificate[0];
}

static bool keeps_sip_pair(const struct zv_config *config, const struct zv_config *fresh)
{
    return config->sip_tls_listen[0] && !fresh->sip_tls_certificate[0];
}

static void compare(const struct zv_config *config, const struct zv_config *fresh,
                    struct zv_reload *reload)
{
    bool keeps_http = keeps_http_pair(config, fresh), keeps_sip = keeps_sip_pair(config, fresh);
    for (size_t i = 0; i < zv_config_key_count; i++) {
        bool is_kept =
            (keeps_http && zv_config_is_http_pair(i)) || (keeps_sip && zv_config_is_sip_pair(i));
        bool is_taken = zv_config_keys[i].reload == ZV_CONFIG_RELOAD && !is_kept;
        bool *marks = is_taken ? reload->is_changed : reload->needs_restart;
        marks[i] = !zv_config_is_same(config, fresh, &zv_config_keys[i]);
    }
    reload->is_changed[zv_config_key_count] = !zv_config_has_same_trunks(config, fresh);
}

/*
 * A file that somebody is writing. What is missing at its end are keys that would fall back to
 * their defaults, so a file that had an end mark must have it again. At a start nothing is at
 * stake, and there is no file before to compare with.
 */
static int check_whole(const struct zv_gateway *gateway, const struct zv_config *fresh,
                       char *ret_error)
{
    const char *why = NULL;
    if (fresh->is_cut)
        why = "the file ends in the middle of a line, as a half-written file does; end it with a "
              "newline";
    else if (gateway->living->has_end && !fresh->has_end)
        why = "the line ... at its end is missing, as in a half-written file; to do without it, "
              "restart";
    if (why)
        snprintf(ret_error, ZV_RELOAD_ERROR_CAP, "%s:%zu:%zu: %s", gateway->source->file,
                 fresh->end_line, fresh->end_column, why);
    return why ? ZV_E_PARSE : 0;
}

/* The same of certificates: a chain that is cut would be a shorter one. */
static int check_whole_files(const struct zv_config *fresh, char *ret_error)
{
    struct zv_config_file file;
    size_t number = 0;
    if (!zv_config_next_cut_file(fresh, &number, &file))
        return 0;
    snprintf(ret_error, ZV_RELOAD_ERROR_CAP,
             "%s: %s: the file ends in the middle of a line, as a half-written file does; write "
             "the rest of it, or end the line",
             file.key, file.path);
    return ZV_E_PARSE;
}

/* ---- opening ---- */

static int read_certificate(const struct zv_gateway *gateway, struct candidate *candidate,
                            char *ret_error)
{
    char why[ZV_HTTP_CERTIFICATE_ERROR_CAP];
    const struct zv_config *config = &candidate->config;
    if (!serves_tls(gateway->config) || keeps_http_pair(gateway->config, config))
        return 0;
    int err = zv_http_certificate_read(&candidate->certificate, config->http_certificate,
                                       config->http_private_key, why);
    if (err)
        snprintf(ret_error, ZV_RELOAD_ERROR_CAP, "http.certificate: %s", why);
    return err;
}

static int open_all(struct zv_gateway *gateway, struct candidate *candidate, char *ret_error)
{
    const struct zv_config *config = &candidate->config;
    snprintf(ret_error, ZV_RELOAD_ERROR_CAP, "%s", zv_err_text(ZV_E_NOMEM));
    int err = zv_config_list_trunks(config, &candidate->entries, &candidate->trunks);
    if (!err)
        err = zv_gateway_keep_ca_names(gateway, candidate->entries, candidate->trunks.count);
    if (err == ZV_E_LIMIT)
        snprintf(ret_error, ZV_RELOAD_ERROR_CAP,
                 "trunks: too many files were named as `ca` since the start; restart zvonokd");
    if (!err)
        err = zv_turn_read_secret(config, candidate->turn_secret, ret_error);
    if (!err)
        err = read_certificate(gateway, candidate, ret_error);
    return err;
}

/* ---- the change ---- */

/* The last step that can fail, and the first that changes something: it does both or neither. */
static int change_sip(struct zv_gateway *gateway, const struct candidate *candidate,
                      char *ret_error)
{
    const struct zv_config *config = &candidate->config;
    struct zv_sipnet_settings settings = {
        .tls = {.ca = config->sip_tls_ca,
                .certificate = config->sip_tls_certificate,
                .private_key = config->sip_tls_private_key},
        .keeps_certificate = keeps_sip_pair(gateway->config, config),
        .trunks = &candidate->trunks,
        .allow = config->sip_allow.items,
        .allow_count = config->sip_allow.count,
    };
    return zv_sipnet_reload(gateway->sipnet, &settings, ret_error);
}

/* `living` has the new values. */
static void change_rest(struct zv_gateway *gateway, struct candidate *candidate)
{
    const struct zv_config *config = gateway->living;
    struct zv_switch_settings calls = {
        .max_calls_per_client = (uint32_t)config->limits_calls_per_client,
        .send_busy_when_on_call = config->calls_send_busy_when_on_call,
        .allow_space_in_auth_name = config->accounts_allow_space_in_auth_name,
        .trunks = candidate->trunks,
    };
    zv_switch_set(gateway->sw, &calls);
    zv_free(gateway->trunks);
    gateway->trunks = candidate->entries;
    candidate->entries = NULL;
    memcpy(gateway->turn_secret, candidate->turn_secret, sizeof(gateway->turn_secret));
    struct zv_http_settings http = {
        .allowed_origins = (const char *const *)config->http_allowed_origins.items,
        .allowed_origin_count = config->http_allowed_origins.count,
        .has_turn = gateway->turn_secret[0] != '\0',
        .turn = zv_gateway_turn_cfg(gateway),
    };
    zv_http_set(gateway->http, &http);
    if (candidate->certificate)
        zv_http_use_certificate(gateway->http, candidate->certificate);
    candidate->certificate = NULL;
    zv_gateway_set_log(config);
}

static int change(struct zv_gateway *gateway, struct candidate *candidate, struct zv_reload *reload)
{
    struct zv_config *fresh = &candidate->config;
    int err = zv_config_source_read(gateway->source, fresh, reload->error);
    if (!err)
        err = check_whole(gateway, fresh, reload->error);
    if (!err)
        err = check_whole_files(fresh, reload->error);
    if (!err)
        err = open_all(gateway, candidate, reload->error);
    if (!err)
        err = change_sip(gateway, candidate, reload->error);
    if (err)
        return err;
    reload->error[0] = '\0';
    compare(gateway->living, fresh, reload);
    zv_config_adopt(gateway->living, fresh, reload->is_changed);
    change_rest(gateway, candidate);
    return 0;
}

/* ---- telling ---- */

static void log_names(enum zv_log_level level, const char *sentence, const bool *marks)
{
    char line[LINE_CAP], name[ZV_RELOAD_NAME_CAP];
    struct zv_buf out = zv_buf(line, sizeof(line));
    for (size_t i = 0; i <= zv_config_key_count; i++) {
        if (marks[i])
            zv_buf_printf(&out, "%s%s", out.len ? ", " : "", zv_reload_name(i, name));
    }
    if (out.len)
        zv_log(ZV_LOG_MAIN, level, NULL, "%s: %.*s", sentence, ZV_STR_ARG(zv_buf_str(&out)));
}

static void tell(const struct zv_reload *reload)
{
    if (reload->error[0]) {
        zv_log(ZV_LOG_MAIN, ZV_LOG_ERROR, NULL, "nothing was read anew, the old values hold: %s",
               reload->error);
        return;
    }
    zv_log(ZV_LOG_MAIN, ZV_LOG_INFO, NULL, "the configuration was read anew");
    zv_log(ZV_LOG_MAIN, ZV_LOG_INFO, NULL, "certificates for SIP were read anew");
    log_names(ZV_LOG_INFO, "changed", reload->is_changed);
    log_names(ZV_LOG_WARN, "changed in the file, and needs a restart", reload->needs_restart);
}

static void warn_of_end(const char *key, const char *path)
{
    zv_log(ZV_LOG_MAIN, ZV_LOG_WARN, NULL,
           "%s: the last line of %s has no end, and a reload refuses it as half-written; end it "
           "with a newline",
           key, path);
}

/* A start takes what a reload would refuse: nothing is lost by it there. */
static void warn_of_ends(const struct zv_config_source *source, const struct zv_config *config)
{
    struct zv_config_file file;
    if (config->is_cut)
        warn_of_end("--config", source->file);
    if (zv_config_lacks_end(config))
        zv_log(ZV_LOG_MAIN, ZV_LOG_WARN, NULL,
               "%s has no line ... at its end, without which a reload cannot tell it from a "
               "half-written file; write one",
               source->file);
    for (size_t number = 0; zv_config_next_cut_file(config, &number, &file);)
        warn_of_end(file.key, file.path);
}

void zv_gateway_allow_reload(struct zv_gateway *gateway, const struct zv_config_source *source,
                             struct zv_config *config)
{
    gateway->source = source;
    gateway->living = config;
    if (config)
        warn_of_ends(source, config);
}

int zv_gateway_reload(struct zv_gateway *gateway, struct zv_reload *ret_reload)
{
    struct candidate *candidate = zv_zalloc(sizeof(*candidate));
    *ret_reload = (struct zv_reload){
        .is_changed = zv_calloc(zv_config_key_count + 1, sizeof(bool)),
        .needs_restart = zv_calloc(zv_config_key_count + 1, sizeof(bool)),
    };
    bool has_memory = candidate && ret_reload->is_changed && ret_reload->needs_restart;
    int err = has_memory ? 0 : ZV_E_NOMEM;
    if (!err && (!gateway->source || gateway->phase == ZV_GATEWAY_STOPPED))
        err = ZV_E_STATE;
    snprintf(ret_reload->error, sizeof(ret_reload->error), "%s", zv_err_text(err));
    if (!err)
        err = change(gateway, candidate, ret_reload);
    tell(ret_reload);
    if (candidate) {
        zv_config_fini(&candidate->config);
        zv_http_certificate_free(candidate->certificate);
        zv_free(candidate->entries);
    }
    zv_free_secret(candidate, candidate ? sizeof(*candidate) : 0);
    return err;
}

void zv_reload_fini(struct zv_reload *reload)
{
    reload->is_changed = zv_free(reload->is_changed);
    reload->needs_restart = zv_free(reload->needs_restart);
}
