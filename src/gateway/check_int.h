/* What the files of --check-config share. */
#ifndef ZV_GATEWAY_CHECK_INT_H
#define ZV_GATEWAY_CHECK_INT_H

#include "gateway/check.h"

#define ZV_CHECK_TEXT_CAP 640

struct zv_check {
    const struct zv_config *config;
    zv_check_tell_fn *tell_fn;
    void *arg;
    struct zv_check_counts counts;
};

void zv_check_tell(struct zv_check *check, enum zv_severity severity, const char *remedy,
                   const char *format, ...) ZV_PRINTF(4, 5);

/* check_files.c: certificates and CAs of SIP, the chain of http.certificate, the TURN server's
 * secret, the admin socket. */
void zv_check_files(struct zv_check *check);
/* The last of them; `default_path` is ZV_ADMIN_DEFAULT_SOCKET but in tests. */
void zv_check_socket(struct zv_check *check, const char *default_path);
/* check_ports.c: listeners that get in each other's way, and whether each can be bound. */
void zv_check_ports(struct zv_check *check);

/* check_root.c: what root can read and the service's user cannot, if root asks. */
void zv_check_readers(struct zv_check *check, const struct zv_config_source *source);
/* Whether nobody but root can read it, or get there. False as well: it is not there. */
bool zv_check_is_roots_alone(const char *path);

#endif
