#define _GNU_SOURCE
#include "admin/socket.h"

#include "base/err.h"

#include <errno.h>
#include <grp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 16
/* Of the text of one group with its members. */
#define GROUP_BYTES 16384

struct complaint {
    char *text;
    size_t cap;
};

static int complain(const struct complaint *complaint, int err, const char *format, ...)
    ZV_PRINTF(3, 4);

static int complain(const struct complaint *complaint, int err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(complaint->text, complaint->cap, format, args);
    va_end(args);
    return err;
}

static struct sockaddr_un name_of(const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    memcpy(name.sun_path, path, strlen(path)); /* the length was checked */
    return name;
}

static int find_group(const char *name, gid_t *ret_gid, const struct complaint *complaint)
{
    struct group group, *found = NULL;
    char memory[GROUP_BYTES];
    int number = getgrnam_r(name, &group, memory, sizeof(memory), &found);
    if (found) {
        *ret_gid = group.gr_gid;
        return 0;
    }
    if (number) /* who is asked for groups does not answer yet, for one */
        return complain(complaint, ZV_E_NOTFOUND, "admin.group: %s cannot be looked up (%s)", name,
                        strerror(number));
    return complain(complaint, ZV_E_INVAL,
                    "admin.group: there is no group %s; make it with: groupadd --system %s", name,
                    name);
}

/* Only the last part: a path of which more is missing is more likely a slip. */
static int make_folder(const char *path, const struct complaint *complaint)
{
    char folder[ZV_ADMIN_MAX_PATH_BYTES + 1];
    snprintf(folder, sizeof(folder), "%s", path);
    char *slash = strrchr(folder, '/');
    if (!slash || slash == folder)
        return 0;
    *slash = 0;
    /* Whatever the umask: the group must reach the socket. */
    if ((mkdir(folder, 0755) == 0 && chmod(folder, 0755) == 0) || errno == EEXIST)
        return 0;
    return complain(complaint, ZV_E_IO,
                    "admin.socket: the folder %s cannot be made (%s); make it and give it to the "
                    "user that zvonokd runs as, or set another path",
                    folder, strerror(errno));
}

/* Does somebody listen there? */
static bool is_answered(const char *path)
{
    struct sockaddr_un name = name_of(path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return true; /* not known: keep off */
    /* EAGAIN: its backlog is full, so somebody has one. */
    bool is_refused = connect(fd, (struct sockaddr *)&name, sizeof(name)) && errno == ECONNREFUSED;
    close(fd);
    return !is_refused;
}

static int remove_stale(const char *path, const struct complaint *complaint)
{
    struct stat info;
    if (lstat(path, &info))
        return errno == ENOENT
                   ? 0
                   : complain(complaint, ZV_E_IO, "admin.socket: %s: %s", path, strerror(errno));
    if (!S_ISSOCK(info.st_mode))
        return complain(complaint, ZV_E_EXISTS,
                        "admin.socket: %s is there and is no socket; remove it, or set another "
                        "path",
                        path);
    if (is_answered(path))
        return complain(complaint, ZV_E_INUSE,
                        "admin.socket: a gateway answers at %s already; stop it, or set another "
                        "path",
                        path);
    if (unlink(path) == 0)
        return 0;
    return complain(complaint, ZV_E_IO, "admin.socket: %s is left over and cannot be removed (%s)",
                    path, strerror(errno));
}

/*
 * The mode of a socket before bind is that of its file: nobody else can connect in between. The
 * group is let in once it is the file's.
 */
static int bind_closed(struct zv_admin_socket *opened, const struct complaint *complaint)
{
    struct sockaddr_un name = name_of(opened->path);
    struct stat info;
    opened->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (opened->fd >= 0 && fchmod(opened->fd, 0600) == 0 &&
        bind(opened->fd, (struct sockaddr *)&name, sizeof(name)) == 0 &&
        lstat(opened->path, &info) == 0) {
        opened->device = info.st_dev;
        opened->inode = info.st_ino;
        return 0;
    }
    return complain(complaint, ZV_E_IO,
                    "admin.socket: %s cannot be made (%s); give its folder to the user that "
                    "zvonokd runs as, or set another path",
                    opened->path, strerror(errno));
}

static int let_group_in(const struct zv_admin_socket *opened, const char *group, gid_t gid,
                        const struct complaint *complaint)
{
    if (chown(opened->path, (uid_t)-1, gid) == 0 && chmod(opened->path, 0660) == 0)
        return 0;
    return complain(complaint, ZV_E_INVAL,
                    "admin.group: %s cannot be given to group %s (%s); the user that zvonokd runs "
                    "as must belong to it",
                    opened->path, group, strerror(errno));
}

int zv_admin_socket_open(struct zv_admin_socket *ret_socket, const char *path, const char *group,
                         char *ret_error, size_t cap)
{
    struct complaint complaint = {ret_error, cap};
    struct zv_admin_socket opened = {.fd = -1};
    gid_t gid = 0;
    if (strlen(path) > ZV_ADMIN_MAX_PATH_BYTES || path[0] != '/')
        return complain(&complaint, ZV_E_INVAL,
                        "admin.socket: %s: must be a path from / on of at most %d bytes", path,
                        ZV_ADMIN_MAX_PATH_BYTES);
    snprintf(opened.path, sizeof(opened.path), "%s", path);
    int err = group[0] ? find_group(group, &gid, &complaint) : 0;
    if (!err)
        err = make_folder(path, &complaint);
    if (!err)
        err = remove_stale(path, &complaint);
    if (err)
        return err;
    err = bind_closed(&opened, &complaint);
    if (!err && group[0])
        err = let_group_in(&opened, group, gid, &complaint);
    if (!err && listen(opened.fd, BACKLOG))
        err = complain(&complaint, ZV_E_IO, "admin.socket: %s: %s", path, strerror(errno));
    if (err) {
        zv_admin_socket_close(&opened);
        return err;
    }
    *ret_socket = opened;
    return 0;
}

void zv_admin_socket_close(struct zv_admin_socket *socket)
{
    struct stat info;
    if (socket->fd < 0)
        return;
    close(socket->fd);
    socket->fd = -1;
    if (lstat(socket->path, &info) == 0 && info.st_dev == socket->device &&
        info.st_ino == socket->inode)
        unlink(socket->path);
}
