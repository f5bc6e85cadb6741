/* The secret that we share with the TURN server: read once, from the configuration or from a file
 * that nobody else may read. */
#define _GNU_SOURCE
#include "base/alloc.h"
#include "base/err.h"
#include "gateway/config_int.h"
#include "gateway/gateway_int.h"
#include "gateway/secret_file.h"

#include <stdio.h>
#include <string.h>

static int refuse(const struct zv_gateway *gateway, const char *sentence, char *ret_error)
{
    snprintf(ret_error, ZV_GATEWAY_ERROR_CAP, "turn.secret_file: %s: %s",
             gateway->config->turn_secret_file, sentence);
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

static int read_file(struct zv_gateway *gateway, char *ret_error)
{
    const char *why;
    char text[2 * ZV_GATEWAY_SECRET_CAP];
    size_t len = 0;
    struct zv_str rest, line = {0};
    if (zv_secret_file_read(gateway->config->turn_secret_file, text, sizeof(text), &len, &why))
        return refuse(gateway, why, ret_error);
    rest = zv_str_n(text, len);
    (void)zv_str_line(&rest, &line);
    bool is_taken = zv_turn_is_secret(line) &&
                    zv_str_copy(line, gateway->turn_secret, sizeof(gateway->turn_secret)) == 0;
    zv_wipe(text, sizeof(text));
    return is_taken ? 0
                    : refuse(gateway,
                             "its first line must be the secret, of 1 to 256 printable characters",
                             ret_error);
}

int zv_gateway_open_turn(struct zv_gateway *gateway, char ret_error[ZV_GATEWAY_ERROR_CAP])
{
    const struct zv_config *config = gateway->config;
    if (!config->turn_urls.count)
        return 0;
    if (!config->turn_secret[0])
        return read_file(gateway, ret_error);
    return zv_str_copy(zv_str(config->turn_secret), gateway->turn_secret,
                       sizeof(gateway->turn_secret));
}
