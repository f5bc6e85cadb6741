/*
 * The admin socket in the file system: made with its permissions from the first moment on, taken
 * over from a gateway that died, never from one that lives; removed by who made it.
 */
#ifndef ZV_ADMIN_SOCKET_H
#define ZV_ADMIN_SOCKET_H

#include "base/attr.h"

#include <stddef.h>
#include <sys/types.h>

/* Of sockaddr_un.sun_path, without its NUL. */
#define ZV_ADMIN_MAX_PATH_BYTES 107

struct zv_admin_socket {
    int fd; /* listening, not blocking; -1: none */
    char path[ZV_ADMIN_MAX_PATH_BYTES + 1];
    dev_t device; /* of the file that we made */
    ino_t inode;
};

/*
 * Listens at `path`; its folder is made when only that is missing. `group` "" leaves it to the
 * owner (0600), else the group may connect (0660). On failure ret_error holds a sentence with its
 * remedy. Of the path: ZV_E_INUSE (a gateway answers there), ZV_E_EXISTS (something else is there),
 * ZV_E_IO. Of what the configuration says: ZV_E_INVAL (path too long, no such group, or we are not
 * in it), ZV_E_NOTFOUND (groups cannot be looked up just now).
 */
int zv_admin_socket_open(struct zv_admin_socket *ret_socket, const char *path, const char *group,
                         char *ret_error, size_t cap) ZV_MUST_CHECK;
/* Removes the file unless another one stands there by now. */
void zv_admin_socket_close(struct zv_admin_socket *socket);

#endif
