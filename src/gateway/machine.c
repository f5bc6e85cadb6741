#define _GNU_SOURCE
#include "gateway/machine.h"

#include "base/alloc.h"
#include "base/str.h"
#include "base/time.h"
#include "io/clock.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>
#include <unistd.h>

#define MAX_PATH_BYTES 512
#define MAX_LINE_BYTES 1024
/* The kernel walks its table from the start for each read, and gives a page at most. */
#define TABLE_BUFFER_BYTES 4096
/* Own sockets told apart from others'; beyond, a socket of ours may count as another's. */
#define MAX_OWN_SOCKETS (1u << 20)

/* ---- lines and numbers ---- */

static FILE *open_file(const char *root, const char *name)
{
    char path[MAX_PATH_BYTES];
    int len = snprintf(path, sizeof(path), "%s%s", root, name);
    return len > 0 && (size_t)len < sizeof(path) ? fopen(path, "re") : NULL;
}

/* The next word of a line. */
static bool next_word(struct zv_str *rest, struct zv_str *ret_word)
{
    while (rest->len && strchr(" \t\n", rest->p[0]))
        *rest = zv_str_tail(*rest, 1);
    size_t len = 0;
    while (len < rest->len && !strchr(" \t\n", rest->p[len]))
        len++;
    *ret_word = zv_str_head(*rest, len);
    *rest = zv_str_tail(*rest, len);
    return len > 0;
}

static int64_t number_of(struct zv_str word)
{
    uint64_t value;
    if (zv_str_is(word, "unlimited"))
        return INT64_MAX;
    return zv_str_to_u64(word, &value) == 0 && value <= INT64_MAX ? (int64_t)value
                                                                  : ZV_MACHINE_UNKNOWN;
}

static int64_t next_number(struct zv_str *rest)
{
    struct zv_str word;
    return next_word(rest, &word) ? number_of(word) : ZV_MACHINE_UNKNOWN;
}

/* The first line of a file, or empty. */
static struct zv_str read_line(const char *root, const char *name, char *line, size_t cap)
{
    FILE *file = open_file(root, name);
    if (!file)
        return zv_str("");
    bool has_line = fgets(line, (int)cap, file) != NULL;
    fclose(file);
    return zv_str_trim(has_line ? zv_str_n(line, strcspn(line, "\n")) : zv_str(""));
}

static int64_t read_number(const char *root, const char *name)
{
    char line[MAX_LINE_BYTES];
    struct zv_str rest = read_line(root, name, line, sizeof(line));
    return next_number(&rest);
}

/* ---- ports ---- */

static void read_local_ports(struct zv_machine *machine, const char *root)
{
    char line[MAX_LINE_BYTES];
    struct zv_str rest =
        read_line(root, "/proc/sys/net/ipv4/ip_local_port_range", line, sizeof(line));
    machine->local_port_first = next_number(&rest);
    machine->local_port_last = next_number(&rest);
}

/* "8080,9000-9100" */
static void read_reserved_ports(struct zv_machine *machine, const char *root)
{
    char line[16 * MAX_LINE_BYTES];
    struct zv_str item;
    struct zv_str rest =
        read_line(root, "/proc/sys/net/ipv4/ip_local_reserved_ports", line, sizeof(line));
    while (rest.len && zv_str_split(&rest, ',', &item)) {
        uint32_t first, last;
        ptrdiff_t dash = zv_str_find(item, '-');
        struct zv_str from = dash < 0 ? item : zv_str_head(item, (size_t)dash);
        struct zv_str to = dash < 0 ? item : zv_str_tail(item, (size_t)dash + 1);
        if (zv_str_to_u32(from, &first) || zv_str_to_u32(to, &last) || last > 65535)
            continue;
        for (uint32_t port = first; port <= last; port++)
            zv_port_set_add(&machine->reserved_ports, port);
    }
}

/* Inodes of our own sockets, sorted. */
struct inodes {
    uint64_t *list; /* owned */
    size_t count, cap;
};

static bool grow(struct inodes *inodes)
{
    size_t cap = inodes->cap ? 2 * inodes->cap : 256;
    uint64_t *list = inodes->cap < MAX_OWN_SOCKETS ? zv_calloc(cap, sizeof(*list)) : NULL;
    if (!list)
        return false;
    if (inodes->count)
        memcpy(list, inodes->list, inodes->count * sizeof(*list));
    zv_free(inodes->list);
    inodes->list = list;
    inodes->cap = cap;
    return true;
}

static int compare(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

/* A descriptor's link: "socket:[12345]". */
static bool inode_of(const char *folder, const char *name, uint64_t *ret_inode)
{
    char path[MAX_PATH_BYTES + 256], target[64];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    ssize_t len = readlink(path, target, sizeof(target));
    struct zv_str text = zv_str_n(target, len > 0 ? (size_t)len : 0);
    if (!zv_str_has_prefix(text, "socket:[") || text.p[text.len - 1] != ']')
        return false;
    text = zv_str_tail(zv_str_head(text, text.len - 1), strlen("socket:["));
    return zv_str_to_u64(text, ret_inode) == 0;
}

static void read_own_sockets(struct inodes *inodes, const char *root)
{
    char folder[MAX_PATH_BYTES];
    const struct dirent *entry;
    uint64_t inode;
    snprintf(folder, sizeof(folder), "%s/proc/self/fd", root);
    DIR *dir = opendir(folder);
    if (!dir)
        return;
    while ((entry = readdir(dir))) {
        if (!inode_of(folder, entry->d_name, &inode))
            continue;
        if (inodes->count == inodes->cap && !grow(inodes))
            break;
        inodes->list[inodes->count++] = inode;
    }
    closedir(dir);
    if (inodes->count)
        qsort(inodes->list, inodes->count, sizeof(*inodes->list), compare);
}

/* "0100007F:13C4": the address has no meaning here. */
static bool port_of(struct zv_str local, uint32_t *ret_port)
{
    ptrdiff_t colon = zv_str_find(local, ':');
    uint32_t port = 0;
    if (colon < 0)
        return false;
    struct zv_str digits = zv_str_tail(local, (size_t)colon + 1);
    for (size_t i = 0; i < digits.len; i++) {
        int digit = zv_hex_value(digits.p[i]);
        if (digit < 0)
            return false;
        port = (port << 4 | (uint32_t)digit) & 0xffff;
    }
    *ret_port = port;
    return digits.len > 0;
}

/* proc(5): "sl local rem st queues tr:tm retrnsmt uid timeout inode …", one line a socket. */
static void add_foreign_socket(struct zv_machine *machine, const struct inodes *own,
                               const char *line)
{
    enum { LOCAL = 1, INODE = 9 };
    struct zv_str rest = zv_str(line), word;
    uint32_t port = 0;
    uint64_t inode = 0;
    for (int column = 0; column <= INODE; column++) {
        if (!next_word(&rest, &word))
            return;
        if (column == LOCAL && !port_of(word, &port))
            return;
        if (column == INODE && zv_str_to_u64(word, &inode))
            return;
    }
    bool is_own =
        own->count && bsearch(&inode, own->list, own->count, sizeof(*own->list), compare) != NULL;
    if (!is_own)
        zv_port_set_add(&machine->foreign_udp, port);
}

static void read_udp_table(struct zv_machine *machine, const struct inodes *own, const char *root,
                           const char *name)
{
    char line[MAX_LINE_BYTES], buffer[TABLE_BUFFER_BYTES];
    FILE *file = open_file(root, name);
    if (!file)
        return;
    setvbuf(file, buffer, _IOFBF, sizeof(buffer));
    while (fgets(line, sizeof(line), file))
        add_foreign_socket(machine, own, line);
    fclose(file);
}

static void read_udp_sockets(struct zv_machine *machine, const char *root)
{
    struct inodes own = {0};
    read_own_sockets(&own, root);
    read_udp_table(machine, &own, root, "/proc/net/udp");
    read_udp_table(machine, &own, root, "/proc/net/udp6");
    zv_free(own.list);
}

/* ---- limits, modules, clock ---- */

static void read_open_files(struct zv_machine *machine, const char *root)
{
    static const char title[] = "Max open files";
    char line[MAX_LINE_BYTES];
    FILE *file = open_file(root, "/proc/self/limits");
    machine->open_files_soft = machine->open_files_hard = ZV_MACHINE_UNKNOWN;
    if (!file)
        return;
    while (fgets(line, sizeof(line), file)) {
        struct zv_str rest = zv_str(line);
        if (!zv_str_has_prefix(rest, title))
            continue;
        rest = zv_str_tail(rest, strlen(title));
        machine->open_files_soft = next_number(&rest);
        machine->open_files_hard = next_number(&rest);
    }
    fclose(file);
}

static void read_modules(struct zv_machine *machine, const char *root)
{
    char line[MAX_LINE_BYTES];
    FILE *file = open_file(root, "/proc/modules");
    if (!file)
        return;
    while (fgets(line, sizeof(line), file)) {
        struct zv_str rest = zv_str(line), word;
        if (next_word(&rest, &word) && zv_str_is(word, "nf_conntrack_sip"))
            machine->has_sip_alg = true;
    }
    fclose(file);
}

static void read_clock(struct zv_machine *machine)
{
    struct timex timex = {0}; /* modes 0: only asks */
    int state = adjtimex(&timex);
    machine->is_clock_known = state >= 0;
    machine->is_clock_synchronised = state >= 0 && !(timex.status & STA_UNSYNC);
    machine->wall_s = zv_clock_wall_us() / ZV_US_PER_S;
}

void zv_machine_read(struct zv_machine *ret_machine, const char *root)
{
    struct zv_machine *machine = ret_machine;
    memset(machine, 0, sizeof(*machine));
    read_local_ports(machine, root);
    read_reserved_ports(machine, root);
    read_udp_sockets(machine, root);
    read_open_files(machine, root);
    machine->rmem_max = read_number(root, "/proc/sys/net/core/rmem_max");
    machine->wmem_max = read_number(root, "/proc/sys/net/core/wmem_max");
    read_modules(machine, root);
    read_clock(machine);
    if (gethostname(machine->host_name, sizeof(machine->host_name) - 1))
        machine->host_name[0] = 0;
    int count = zv_local_addrs(machine->addrs, ZV_LOCAL_ADDRS_MAX, true);
    machine->addr_count = count > 0 ? (size_t)count : 0;
}
