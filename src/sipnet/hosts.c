/* The machine's own table of names: see hosts.h and hosts(5). */
#define _GNU_SOURCE
#include "sipnet/hosts.h"

#include "base/alloc.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

void zv_hosts_init(struct zv_hosts *hosts, const char *path)
{
    *hosts = (struct zv_hosts){.path = path, .size_bytes = -1};
}

void zv_hosts_fini(struct zv_hosts *hosts)
{
    hosts->text = zv_free(hosts->text);
    hosts->len = 0;
}

/* False: no memory. */
static bool read_text(struct zv_hosts *hosts, int fd, size_t size)
{
    ssize_t got;
    zv_hosts_fini(hosts);
    if (!size || size > ZV_HOSTS_MAX_BYTES)
        return true;
    hosts->text = zv_zalloc(size);
    if (!hosts->text)
        return false;
    while (hosts->len < size && (got = read(fd, hosts->text + hosts->len, size - hosts->len)) > 0)
        hosts->len += (size_t)got;
    return true;
}

static bool is_same(const struct zv_hosts *hosts, const struct stat *info, int64_t changed_ns)
{
    return hosts->size_bytes == info->st_size && hosts->inode == (uint64_t)info->st_ino &&
           hosts->changed_ns == changed_ns;
}

bool zv_hosts_refresh(struct zv_hosts *hosts)
{
    struct stat info = {0};
    int64_t changed_ns = 0;
    int fd = -1;
    if (stat(hosts->path, &info) == 0 && S_ISREG(info.st_mode))
        changed_ns = (int64_t)info.st_mtim.tv_sec * INT64_C(1000000000) + info.st_mtim.tv_nsec;
    else
        info = (struct stat){0}; /* no file: no names */
    if (is_same(hosts, &info, changed_ns))
        return false;
    if (info.st_size)
        fd = open(hosts->path, O_RDONLY | O_CLOEXEC);
    bool is_read = read_text(hosts, fd, fd < 0 ? 0 : (size_t)info.st_size);
    if (fd >= 0)
        close(fd);
    hosts->size_bytes = is_read ? info.st_size : -1; /* -1: once more at the next look */
    hosts->inode = (uint64_t)info.st_ino;
    hosts->changed_ns = changed_ns;
    return true;
}

/* The next word of a line, up to a blank or a comment. */
static struct zv_str next_word(struct zv_str *rest)
{
    size_t at = 0, end;
    while (at < rest->len && (rest->p[at] == ' ' || rest->p[at] == '\t'))
        at++;
    for (end = at; end < rest->len; end++) {
        char c = rest->p[end];
        if (c == ' ' || c == '\t' || c == '#')
            break;
    }
    struct zv_str word = zv_str_n(rest->p + at, end - at);
    *rest = end < rest->len && rest->p[end] == '#' ? zv_str("") : zv_str_tail(*rest, end);
    return word;
}

static bool names(struct zv_str line, struct zv_str name)
{
    for (struct zv_str word; (word = next_word(&line)).len;) {
        if (zv_str_eqi(word, name))
            return true;
    }
    return false;
}

size_t zv_hosts_find(const struct zv_hosts *hosts, const char *name, int family,
                     struct zv_addr *ret_addrs, size_t cap)
{
    struct zv_str rest = zv_str_n(hosts->text, hosts->len), line;
    size_t count = 0;
    while (count < cap && hosts->text && zv_str_line(&rest, &line)) {
        struct zv_addr addr;
        if (zv_addr_parse_ip(next_word(&line), &addr) == 0 && addr.family == family &&
            names(line, zv_str(name)))
            ret_addrs[count++] = addr;
    }
    return count;
}
