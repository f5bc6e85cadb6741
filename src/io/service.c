#define _GNU_SOURCE
#include "io/service.h"

#include "base/err.h"
#include "base/str.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_TEXT_BYTES 1024

/* unix(7): an abstract name begins with a NUL, which "@" stands for here, and has none at its end.
 */
static int set_name(struct zv_service *service, const char *text)
{
    size_t len = strlen(text);
    if ((text[0] != '/' && text[0] != '@') || len < 2 || len >= sizeof(service->name.sun_path))
        return ZV_E_INVAL;
    service->name = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(service->name.sun_path, text, len);
    if (text[0] == '@')
        service->name.sun_path[0] = 0;
    service->name_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    return 0;
}

static int64_t watchdog_of(const struct zv_service_cfg *cfg)
{
    uint64_t us, pid;
    if (!cfg->watchdog_usec || zv_str_to_u64(zv_str(cfg->watchdog_usec), &us) || us > INT64_MAX)
        return 0;
    bool is_for_us = !cfg->watchdog_pid || (zv_str_to_u64(zv_str(cfg->watchdog_pid), &pid) == 0 &&
                                            pid == (uint64_t)getpid());
    return is_for_us ? (int64_t)us : 0;
}

int zv_service_open(struct zv_service *service, const struct zv_service_cfg *cfg)
{
    *service = (struct zv_service){.fd = -1};
    if (!cfg->socket || !cfg->socket[0])
        return 0;
    int err = set_name(service, cfg->socket);
    if (err)
        return err;
    service->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (service->fd < 0)
        return ZV_E_IO;
    service->watchdog_us = watchdog_of(cfg);
    return 0;
}

void zv_service_close(struct zv_service *service)
{
    if (service->fd >= 0)
        close(service->fd);
    service->fd = -1;
}

bool zv_service_tell(const struct zv_service *service, const char *format, ...)
{
    char text[MAX_TEXT_BYTES];
    va_list args;
    if (service->fd < 0)
        return true;
    va_start(args, format);
    int len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (len <= 0)
        return false;
    size_t sent = ZV_MIN((size_t)len, sizeof(text) - 1);
    return sendto(service->fd, text, sent, MSG_NOSIGNAL, (const struct sockaddr *)&service->name,
                  service->name_len) == (ssize_t)sent;
}
