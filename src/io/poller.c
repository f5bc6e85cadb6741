#define _GNU_SOURCE
#include "io/poller.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/time.h"

#include <limits.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* The doorbell's tag; the owner's tags are anything else. */
#define BELL_TAG UINT64_MAX

struct zv_poller {
    int epoll_fd;
    int bell_fd;
};

int zv_poller_new(struct zv_poller **ret_poller)
{
    struct zv_poller *poller = zv_zalloc(sizeof(*poller));
    if (!poller)
        return ZV_E_NOMEM;
    poller->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    poller->bell_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (poller->epoll_fd < 0 || poller->bell_fd < 0 ||
        zv_poller_add(poller, poller->bell_fd, BELL_TAG)) {
        zv_poller_free(poller);
        return ZV_E_IO;
    }
    *ret_poller = poller;
    return 0;
}

struct zv_poller *zv_poller_free(struct zv_poller *poller)
{
    if (!poller)
        return NULL;
    if (poller->bell_fd >= 0)
        close(poller->bell_fd);
    if (poller->epoll_fd >= 0)
        close(poller->epoll_fd);
    return zv_free(poller);
}

int zv_poller_add(struct zv_poller *poller, int fd, uint64_t tag)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = tag};
    return epoll_ctl(poller->epoll_fd, EPOLL_CTL_ADD, fd, &event) ? ZV_E_IO : 0;
}

int zv_poller_want_write(struct zv_poller *poller, int fd, uint64_t tag, bool is_wanted)
{
    struct epoll_event event = {.events = EPOLLIN | (is_wanted ? (uint32_t)EPOLLOUT : 0),
                                .data.u64 = tag};
    return epoll_ctl(poller->epoll_fd, EPOLL_CTL_MOD, fd, &event) ? ZV_E_IO : 0;
}

void zv_poller_remove(struct zv_poller *poller, int fd)
{
    (void)epoll_ctl(poller->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

static int timeout_ms(int64_t now_us, int64_t deadline_us)
{
    if (deadline_us == ZV_TIME_NEVER)
        return -1;
    if (deadline_us <= now_us)
        return 0;
    int64_t ms = (deadline_us - now_us + ZV_US_PER_MS - 1) / ZV_US_PER_MS;
    return ms > INT_MAX ? INT_MAX : (int)ms;
}

size_t zv_poller_wait(struct zv_poller *poller, int64_t now_us, int64_t deadline_us,
                      uint64_t ret_tags[ZV_POLLER_BATCH])
{
    struct epoll_event events[ZV_POLLER_BATCH];
    size_t count = 0;
    int got =
        epoll_wait(poller->epoll_fd, events, ZV_POLLER_BATCH, timeout_ms(now_us, deadline_us));
    for (int i = 0; i < got; i++) {
        if (events[i].data.u64 == BELL_TAG) {
            uint64_t rings;
            ssize_t ignored = read(poller->bell_fd, &rings, sizeof(rings));
            (void)ignored;
        } else {
            ret_tags[count++] = events[i].data.u64;
        }
    }
    return count;
}

void zv_poller_ring(void *poller_)
{
    struct zv_poller *poller = poller_;
    uint64_t one = 1;
    ssize_t ignored = write(poller->bell_fd, &one, sizeof(one)); /* full counter: it rings anyway */
    (void)ignored;
}
