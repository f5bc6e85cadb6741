/* The secret that we share with the TURN server: read once, from a file that nobody else may read.
 */
#define _GNU_SOURCE
#include "base/alloc.h"
#include "base/err.h"
#include "gateway/gateway_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int refuse(const struct zv_gateway *gateway, const char *sentence, char *ret_error)
{
    snprintf(ret_error, ZV_GATEWAY_ERROR_CAP, "turn.secret_file: %s: %s",
             gateway->config->turn_secret_file, sentence);
    return ZV_E_INVAL;
}

/* The first line, of printable characters: what coturn's static-auth-secret can hold. */
static bool take_line(struct zv_gateway *gateway, struct zv_str text)
{
    struct zv_str line = {0};
    (void)zv_str_line(&text, &line);
    for (size_t i = 0; i < line.len; i++) {
        if (line.p[i] <= ' ' || line.p[i] == 0x7f)
            return false;
    }
    return line.len && zv_str_copy(line, gateway->turn_secret, sizeof(gateway->turn_secret)) == 0;
}

static int read_secret(struct zv_gateway *gateway, int fd, char *ret_error)
{
    struct stat status;
    char text[2 * ZV_GATEWAY_SECRET_CAP];
    if (fstat(fd, &status) || !S_ISREG(status.st_mode))
        return refuse(gateway, "not a file", ret_error);
    if (status.st_mode & 077)
        return refuse(gateway, "others may read it; chmod 600 it", ret_error);
    ssize_t got = read(fd, text, sizeof(text));
    bool is_taken = got > 0 && take_line(gateway, zv_str_n(text, (size_t)got));
    zv_wipe(text, sizeof(text));
    return is_taken ? 0
                    : refuse(gateway,
                             "its first line must be the secret, of 1 to 256 printable characters",
                             ret_error);
}

int zv_gateway_open_turn(struct zv_gateway *gateway, char ret_error[ZV_GATEWAY_ERROR_CAP])
{
    if (!gateway->config->turn_urls.count)
        return 0;
    int fd = open(gateway->config->turn_secret_file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return refuse(gateway, strerror(errno), ret_error);
    int err = read_secret(gateway, fd, ret_error);
    close(fd);
    return err;
}
