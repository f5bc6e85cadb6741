/*
 * What the service manager is told, by the protocol of sd_notify(3): one datagram of lines to the
 * socket that $NOTIFY_SOCKET names. systemd documents that protocol as stable; libsystemd would
 * bring a library and its dependencies for one call of sendto (decision 019).
 *
 * Without a service manager nothing is sent and nothing is wrong.
 */
#ifndef ZV_IO_SERVICE_H
#define ZV_IO_SERVICE_H

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

/* Open, since it is one plain value of its owner. */
struct zv_service {
    int fd; /* -1: nobody is told */
    struct sockaddr_un name;
    socklen_t name_len;
    int64_t watchdog_us; /* the manager wants a sign of life this often; 0: it wants none */
};

/* Its three variables of the environment; each may be NULL. */
struct zv_service_cfg {
    const char *socket;        /* NOTIFY_SOCKET: a path, or "@" and an abstract name */
    const char *watchdog_usec; /* WATCHDOG_USEC */
    const char *watchdog_pid;  /* WATCHDOG_PID: who is meant; absent: whoever reads it */
};

/* ZV_E_INVAL: the socket's name is not one; nobody is told then. */
int zv_service_open(struct zv_service *service, const struct zv_service_cfg *cfg) ZV_MUST_CHECK;
void zv_service_close(struct zv_service *service);
/* "READY=1\nSTATUS=…"; false: it could not be sent, since the manager is gone or does not read. */
bool zv_service_tell(const struct zv_service *service, const char *format, ...) ZV_PRINTF(2, 3);

#endif
