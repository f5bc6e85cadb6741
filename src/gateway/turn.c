/* The secret that we share with the TURN server: from the configuration or from a file that
 * nobody else may read. */
#define _GNU_SOURCE
#include "base/alloc.h"
#include "base/err.h"
#include "gateway/config_int.h"
#include "gateway/gateway_int.h"
#include "gateway/secret_file.h"

#include <stdio.h>
#include <string.h>

static int refuse(const struct zv_config *config, const char *sentence, char *ret_error)
{
    snprintf(ret_error, ZV_GATEWAY_ERROR_CAP, "turn.secret_file: %s: %s", config->turn_secret_file,
             sentence);
    return ZV_E_INVAL;
}

/* What coturn's static-auth-secret can hold. */
bool zv_turn_is_secret(struct zv_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.p[i] <= ' ' || text.p[i] == 0x7f)
            return false;
    }
    return text.len > 0 && text.len < ZV_GATEWAY_SECRET_CAP;
}

static int read_file(const struct zv_config *config, char ret_secret[ZV_GATEWAY_SECRET_CAP],
                     char *ret_error)
{
    const char *why;
    char text[2 * ZV_GATEWAY_SECRET_CAP];
    size_t len = 0;
    struct zv_str rest, line = {0};
    if (zv_secret_file_read(config->turn_secret_file, text, sizeof(text), &len, &why))
        return refuse(config, why, ret_error);
    rest = zv_str_n(text, len);
    (void)zv_str_line(&rest, &line);
    bool is_taken =
        zv_turn_is_secret(line) && zv_str_copy(line, ret_secret, ZV_GATEWAY_SECRET_CAP) == 0;
    zv_wipe(text, sizeof(text));
    return is_taken ? 0
                    : refuse(config,
                             "its first line must be the secret, of 1 to 256 printable characters",
                             ret_error);
}

int zv_turn_read_secret(const struct zv_config *config, char ret_secret[ZV_GATEWAY_SECRET_CAP],
                        char ret_error[ZV_GATEWAY_ERROR_CAP])
{
    if (config->turn_urls.count && !config->turn_secret[0])
        return read_file(config, ret_secret, ret_error);
    return zv_str_copy(zv_str(config->turn_secret), ret_secret, ZV_GATEWAY_SECRET_CAP);
}

struct zv_turn_cfg zv_gateway_turn_cfg(const struct zv_gateway *gateway)
{
    const struct zv_config *config = gateway->config;
    return (struct zv_turn_cfg){.urls = (const char *const *)config->turn_urls.items,
                                .url_count = config->turn_urls.count,
                                .secret = zv_str(gateway->turn_secret),
                                .ttl_us = config->turn_ttl};
}
