#define _GNU_SOURCE
#include "tools/load/usage.h"

#include "base/err.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* /proc/PID/stat has the same in ticks of 10 ms. */
static int read_cpu(pid_t pid, int64_t *ret_us)
{
    clockid_t clock;
    struct timespec spent;
    if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &spent))
        return ZV_E_GONE;
    *ret_us = (int64_t)spent.tv_sec * 1000000 + spent.tv_nsec / 1000;
    return 0;
}

static int read_rss(pid_t pid, int64_t *ret_kb)
{
    char path[64];
    long whole_pages, resident_pages;
    snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return ZV_E_GONE;
    int found = fscanf(file, "%ld %ld", &whole_pages, &resident_pages);
    fclose(file);
    if (found != 2)
        return ZV_E_GONE;
    *ret_kb = (int64_t)resident_pages * (sysconf(_SC_PAGESIZE) / 1024);
    return 0;
}

int zv_load_usage_read(pid_t pid, struct zv_load_usage *ret_usage)
{
    struct zv_load_usage usage;
    int err = read_cpu(pid, &usage.cpu_us);
    if (!err)
        err = read_rss(pid, &usage.rss_kb);
    if (!err)
        *ret_usage = usage;
    return err;
}
