/*
 * What systemd hears of the gateway (io/service.h): that it is ready, how it is in one line, that
 * it was told to stop and needs time, that it stops; and signs of life for the watchdog, as long as
 * the signalling loop and every media worker move.
 *
 * A manager that does not read is told again at the next look what it has missed.
 *
 * Whether a worker moves costs its packets nothing: it counts its turns anyway. It is woken now and
 * then, and has to have made a turn until the next time.
 */
#ifndef ZV_GATEWAY_LIFELINE_H
#define ZV_GATEWAY_LIFELINE_H

#include "gateway/gateway.h"
#include "io/service.h"

#include <stddef.h>

struct zv_lifeline;

/* The environment's service manager; one whose socket cannot be used is not told, and a sentence
 * for standard error says so. */
void zv_lifeline_open_service(struct zv_service *ret_service);
/* Begins with READY=1. `service` and `gateway` are borrowed. ZV_E_NOMEM. */
int zv_lifeline_new(struct zv_lifeline **ret_lifeline, const struct zv_service *service,
                    struct zv_gateway *gateway, uv_loop_t *loop) ZV_MUST_CHECK;
/* Tells what has changed, without waiting for the next look. NULL is allowed. */
void zv_lifeline_look(struct zv_lifeline *lifeline);
/* After the loop has ended, before the gateway is freed; its handles close with the loop's next
 * turns. NULL is allowed; returns NULL. */
struct zv_lifeline *zv_lifeline_close(struct zv_lifeline *lifeline);
/* Around a reload. NULL is allowed. */
void zv_lifeline_begin_reload(struct zv_lifeline *lifeline);
void zv_lifeline_end_reload(struct zv_lifeline *lifeline);
/* Why the gateway does not start, in one line. */
void zv_lifeline_refuse(const struct zv_service *service, const char *sentence);
/* Why it stops in order without having been there; exit status 0 is to follow. False: there is no
 * service manager, or it does not hear. */
bool zv_lifeline_stay_stopped(const struct zv_service *service, const char *sentence);

#endif
