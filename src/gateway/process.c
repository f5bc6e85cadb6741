/*
 * The kernel's and the allocator's figures. jemalloc is looked for at run time by a weak symbol, so
 * that the same object serves builds with it and without it (sanitizers bring an allocator of their
 * own).
 */
#define _GNU_SOURCE
#include "gateway/process.h"

#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* jemalloc(3); NULL where it is not linked. */
extern int mallctl(const char *name, void *old, size_t *old_len, void *new_value, size_t new_len)
    __attribute__((weak));

/* ---- the kernel ---- */

static uint64_t us_of(struct timeval time)
{
    return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_usec;
}

/* Linux 6.2 has the number as the folder's size; before, with thousands of clients, counting takes
 * milliseconds of the loop for everybody on this machine who asks for metrics. */
static uint64_t count_fds(void)
{
    struct stat info;
    uint64_t count = 0;
    if (stat("/proc/self/fd", &info) == 0 && info.st_size > 0)
        return (uint64_t)info.st_size;
    DIR *dir = opendir("/proc/self/fd");
    if (!dir)
        return 0;
    while (readdir(dir))
        count++;
    closedir(dir);
    return count > 3 ? count - 3 : 0; /* without ".", ".." and the directory itself */
}

static uint64_t read_resident_bytes(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file)
        return 0;
    if (fscanf(file, "%*s %lu", &pages) != 1)
        pages = 0;
    fclose(file);
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

void zv_process_usage(struct zv_process_usage *ret_usage)
{
    struct rusage usage = {0};
    struct rlimit limit = {0};
    (void)getrusage(RUSAGE_SELF, &usage);
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    *ret_usage = (struct zv_process_usage){
        .cpu_us = us_of(usage.ru_utime) + us_of(usage.ru_stime),
        .resident_bytes = read_resident_bytes(),
        .open_fds = count_fds(),
        .max_fds = limit.rlim_cur == RLIM_INFINITY ? 0 : limit.rlim_cur,
    };
}

/* ---- the allocator ---- */

static uint64_t ask_jemalloc(const char *name)
{
    size_t value = 0, len = sizeof(value);
    return mallctl(name, &value, &len, NULL, 0) == 0 ? value : 0;
}

static void ask_all_of_jemalloc(struct zv_allocator_usage *usage)
{
    uint64_t epoch = 1; /* writing it refreshes the figures */
    (void)mallctl("epoch", NULL, NULL, &epoch, sizeof(epoch));
    usage->allocated_bytes = ask_jemalloc("stats.allocated");
    usage->resident_bytes = ask_jemalloc("stats.resident");
    usage->mapped_bytes = ask_jemalloc("stats.mapped");
}

void zv_allocator_usage(struct zv_allocator_usage *ret_usage)
{
    *ret_usage = (struct zv_allocator_usage){0};
    if (mallctl) {
        ask_all_of_jemalloc(ret_usage);
        return;
    }
    struct mallinfo2 info = mallinfo2();
    ret_usage->allocated_bytes = info.uordblks + info.hblkhd;
    ret_usage->mapped_bytes = info.arena + info.hblkhd;
}

const char *zv_allocator_name(void)
{
    return mallctl ? "jemalloc" : "glibc";
}
