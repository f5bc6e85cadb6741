#define _GNU_SOURCE
#include "gateway/secret_file.h"

#include "base/err.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* systemd gives a service its credentials as files of root, readable by an access list of which the
 * group's bits show the mask: 0440 there says nothing about a group. */
static bool is_credential(const char *path)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    return folder && folder[0] == '/' && zv_str_has_prefix(zv_str(path), folder) &&
           path[strlen(folder)] == '/';
}

static const char *fault_of(const char *path, const struct stat *status)
{
    mode_t allowed = is_credential(path) ? 0640 : 0600;
    if (!S_ISREG(status->st_mode))
        return "not a file";
    if (status->st_uid != 0 && status->st_uid != geteuid())
        return "its owner must be root or the user that zvonokd runs as; chown it";
    return status->st_mode & 0777 & ~allowed ? "others may read it; chmod 600 it" : NULL;
}

static int read_all(int fd, char *buf, size_t cap, size_t *ret_len)
{
    size_t len = 0;
    while (len < cap) {
        ssize_t got = read(fd, buf + len, cap - len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return ZV_E_IO;
        if (got == 0)
            break;
        len += (size_t)got;
    }
    *ret_len = len;
    return 0;
}

int zv_secret_file_read(const char *path, char *buf, size_t cap, size_t *ret_len,
                        const char **ret_why)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe keeps nobody waiting */
    int err = fd < 0 || fstat(fd, &status) ? ZV_E_IO : 0;
    const char *why = err ? strerrordesc_np(errno) : fault_of(path, &status);
    if (!err && why)
        err = ZV_E_DENIED;
    if (!err) {
        err = read_all(fd, buf, cap, ret_len);
        why = "cannot be read";
    }
    if (fd >= 0)
        close(fd);
    if (err)
        *ret_why = why;
    return err;
}
