/*
 * Before the gateway stops: no new calls and clients, while the calls that there are go on. A
 * client with a call may lose its connection and return to it; the others are sent away at once,
 * so that they and their SIP server find another gateway, or this one again after its restart.
 */
#ifndef ZV_CALL_DRAIN_H
#define ZV_CALL_DRAIN_H

#include "call/session_int.h"

/* A second one only changes the time that is left. */
void zv_drain_begin(struct zv_switch *sw, const struct zv_in_drain *in);
void zv_drain_cancel(struct zv_switch *sw);
/* The next client is told; false: none is left. */
bool zv_drain_step(struct zv_switch *sw);
/* One of a session's calls is gone from the tables: with the last of them its client may go. */
void zv_drain_call_gone(struct zv_switch *sw, zv_session_id session);

#endif
