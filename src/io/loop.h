/*
 * Helpers of the signalling thread's libuv loop: a timer that follows a machine's deadline, and a
 * doorbell that other threads ring.
 *
 * Both close in two steps, as libuv wants: close, then the loop must run until the handle is gone;
 * the memory is freed by then.
 */
#ifndef ZV_IO_LOOP_H
#define ZV_IO_LOOP_H

#include "base/attr.h"

#include <stdint.h>

struct uv_loop_s;

/* ---- A deadline ---- */

struct zv_loop_timer;

/* Calls `due_fn` on the loop once the armed time has come; then it is disarmed. ZV_E_NOMEM. */
int zv_loop_timer_open(struct zv_loop_timer **ret_timer, struct uv_loop_s *loop,
                       void (*due_fn)(void *arg, int64_t now_us), void *arg) ZV_MUST_CHECK;
/* NULL is allowed; returns NULL. `due_fn` is not called any more. */
struct zv_loop_timer *zv_loop_timer_close(struct zv_loop_timer *timer);
/*
 * Follows `deadline_us` (ZV_TIME_NEVER: disarmed; past: the next turn). Cheap when unchanged: call
 * it after each input to the machine.
 */
void zv_loop_timer_arm(struct zv_loop_timer *timer, int64_t deadline_us);

/* ---- A doorbell ---- */

struct zv_loop_bell;

/* Calls `rung_fn` on the loop after one or more rings. ZV_E_NOMEM, ZV_E_IO. */
int zv_loop_bell_open(struct zv_loop_bell **ret_bell, struct uv_loop_s *loop,
                      void (*rung_fn)(void *arg), void *arg) ZV_MUST_CHECK;
/* After the threads that ring have ended. NULL is allowed; returns NULL. */
struct zv_loop_bell *zv_loop_bell_close(struct zv_loop_bell *bell);
/* From any thread; `bell` as void * to fit wake callbacks. */
void zv_loop_bell_ring(void *bell);

#endif
