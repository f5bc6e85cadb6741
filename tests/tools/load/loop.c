#define _GNU_SOURCE
#include "tools/load/loop.h"

#include "base/err.h"
#include "io/clock.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define BATCH 256
/* How much later than asked the kernel may wake us (prctl(2)); 50 us by default. */
#define TIMER_SLACK_NS 1000

static volatile sig_atomic_t was_told_to_stop;

static void note_signal(int number)
{
    (void)number;
    was_told_to_stop = 1;
}

/* Blocked but while the loop waits, so that none comes between a look and the wait. */
static void take_signals(void)
{
    struct sigaction action = {.sa_handler = note_signal};
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGINT);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

int zv_load_loop_init(struct zv_load_loop *loop, size_t timers)
{
    *loop = (struct zv_load_loop){.epoll_fd = epoll_create1(EPOLL_CLOEXEC)};
    zv_timers_init(&loop->timers);
    take_signals();
    prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS);
    if (loop->epoll_fd < 0)
        return ZV_E_IO;
    return zv_timers_reserve(&loop->timers, timers);
}

void zv_load_loop_fini(struct zv_load_loop *loop)
{
    if (loop->epoll_fd >= 0)
        close(loop->epoll_fd);
    loop->epoll_fd = -1;
    zv_timers_fini(&loop->timers);
}

int zv_load_loop_watch(struct zv_load_loop *loop, int fd, uint32_t events,
                       struct zv_load_watch *watch)
{
    struct epoll_event event = {.events = events, .data.ptr = watch};
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0)
        return 0;
    if (errno == EEXIST && epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, fd, &event) == 0)
        return 0;
    return ZV_E_IO;
}

void zv_load_loop_unwatch(struct zv_load_loop *loop, int fd)
{
    (void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

void zv_load_loop_arm(struct zv_load_loop *loop, struct zv_load_timer *timer, int64_t at_us)
{
    zv_timer_arm(&loop->timers, &timer->timer, at_us);
}

static int wait(struct zv_load_loop *loop, struct epoll_event *events)
{
    int64_t at_us = zv_timers_next_us(&loop->timers);
    int64_t left_us = at_us - zv_clock_now_us();
    struct timespec left = {0};
    sigset_t none;
    sigemptyset(&none);
    if (left_us > 0) {
        left.tv_sec = left_us / ZV_US_PER_S;
        left.tv_nsec = left_us % ZV_US_PER_S * 1000;
    }
    return epoll_pwait2(loop->epoll_fd, events, BATCH, at_us == ZV_TIME_NEVER ? NULL : &left,
                        &none);
}

static int turn(struct zv_load_loop *loop)
{
    struct epoll_event events[BATCH];
    struct zv_timer *due;
    int count = wait(loop, events);
    if (count < 0 && errno != EINTR)
        return ZV_E_IO;
    int64_t now_us = zv_clock_now_us();
    for (int i = 0; i < count; i++) {
        struct zv_load_watch *watch = events[i].data.ptr;
        watch->fn(watch->arg, now_us);
    }
    while ((due = zv_timers_pop_due(&loop->timers, now_us))) {
        struct zv_load_timer *timer = ZV_CONTAINER_OF(due, struct zv_load_timer, timer);
        timer->fn(timer->arg, now_us);
    }
    if (loop->after_turn_fn)
        loop->after_turn_fn(loop->arg);
    return 0;
}

int zv_load_loop_run(struct zv_load_loop *loop)
{
    int err = 0;
    while (!err && !loop->is_stopped && !was_told_to_stop)
        err = turn(loop);
    return err;
}
