#define _GNU_SOURCE
#include "io/loop.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/time.h"
#include "io/clock.h"

#include <uv.h>

struct zv_loop_timer {
    uv_timer_t handle; /* data: this struct */
    int64_t deadline_us;
    void (*due_fn)(void *arg, int64_t now_us);
    void *arg;
};

struct zv_loop_bell {
    uv_async_t handle;
    void (*rung_fn)(void *arg);
    void *arg;
};

static void free_handle(uv_handle_t *handle)
{
    zv_free(handle->data);
}

/* ---- A deadline ---- */

int zv_loop_timer_open(struct zv_loop_timer **ret_timer, struct uv_loop_s *loop,
                       void (*due_fn)(void *arg, int64_t now_us), void *arg)
{
    struct zv_loop_timer *timer = zv_zalloc(sizeof(*timer));
    if (!timer)
        return ZV_E_NOMEM;
    (void)uv_timer_init(loop, &timer->handle); /* cannot fail */
    timer->handle.data = timer;
    timer->deadline_us = ZV_TIME_NEVER;
    timer->due_fn = due_fn;
    timer->arg = arg;
    *ret_timer = timer;
    return 0;
}

struct zv_loop_timer *zv_loop_timer_close(struct zv_loop_timer *timer)
{
    if (timer)
        uv_close((uv_handle_t *)&timer->handle, free_handle);
    return NULL;
}

static void start(struct zv_loop_timer *timer);

/* libuv counts milliseconds from its own cached time, so a timer may come up to one early. */
static void on_due(uv_timer_t *handle)
{
    struct zv_loop_timer *timer = handle->data;
    int64_t now_us = zv_clock_now_us();
    if (now_us < timer->deadline_us) {
        start(timer);
        return;
    }
    timer->deadline_us = ZV_TIME_NEVER;
    timer->due_fn(timer->arg, now_us);
}

static void start(struct zv_loop_timer *timer)
{
    int64_t left_us = timer->deadline_us - zv_clock_now_us();
    uint64_t ms = left_us > 0 ? (uint64_t)((left_us + ZV_US_PER_MS - 1) / ZV_US_PER_MS) : 0;
    uv_update_time(timer->handle.loop);
    (void)uv_timer_start(&timer->handle, on_due, ms, 0); /* fails only when closing */
}

void zv_loop_timer_arm(struct zv_loop_timer *timer, int64_t deadline_us)
{
    if (deadline_us == timer->deadline_us)
        return;
    timer->deadline_us = deadline_us;
    if (deadline_us == ZV_TIME_NEVER)
        uv_timer_stop(&timer->handle);
    else
        start(timer);
}

/* ---- A doorbell ---- */

static void on_rung(uv_async_t *handle)
{
    struct zv_loop_bell *bell = handle->data;
    bell->rung_fn(bell->arg);
}

int zv_loop_bell_open(struct zv_loop_bell **ret_bell, struct uv_loop_s *loop,
                      void (*rung_fn)(void *arg), void *arg)
{
    struct zv_loop_bell *bell = zv_zalloc(sizeof(*bell));
    if (!bell)
        return ZV_E_NOMEM;
    if (uv_async_init(loop, &bell->handle, on_rung)) {
        zv_free(bell);
        return ZV_E_IO;
    }
    bell->handle.data = bell;
    bell->rung_fn = rung_fn;
    bell->arg = arg;
    *ret_bell = bell;
    return 0;
}

struct zv_loop_bell *zv_loop_bell_close(struct zv_loop_bell *bell)
{
    if (bell)
        uv_close((uv_handle_t *)&bell->handle, free_handle);
    return NULL;
}

void zv_loop_bell_ring(void *bell_)
{
    struct zv_loop_bell *bell = bell_;
    (void)uv_async_send(&bell->handle);
}
