/*
 * The gateway as a whole: the switchboard between its edges (http, sipnet, workers), on one loop.
 */
#ifndef ZV_GATEWAY_GATEWAY_H
#define ZV_GATEWAY_GATEWAY_H

#include "base/attr.h"
#include "gateway/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct uv_loop_s uv_loop_t;

struct zv_gateway;

#define ZV_GATEWAY_ERROR_CAP 512

/*
 * Opens everything that `config` (borrowed, checked) names and starts the workers. On failure
 * ret_error holds a sentence that names the key and the remedy. ZV_E_INVAL: what the configuration
 * names is wrong, and another start would find it so; all else may be gone by then.
 */
int zv_gateway_new(struct zv_gateway **ret_gateway, uv_loop_t *loop, const struct zv_config *config,
                   char ret_error[ZV_GATEWAY_ERROR_CAP]) ZV_MUST_CHECK;
/*
 * Ends calls with BYE, takes registrations off, then closes everything; the loop runs out of
 * handles when done. A second call does not wait for the SIP side.
 */
void zv_gateway_stop(struct zv_gateway *gateway);
/*
 * Takes no new calls and clients from now on; those that live have drain.timeout to end, and then,
 * or with the last of them, it stops as by zv_gateway_stop. False: it drains or stops already.
 */
bool zv_gateway_drain(struct zv_gateway *gateway);
/*
 * SIGTERM: the first drains, and changes nothing where zvonokctl began that already; the next
 * stops, as by zv_gateway_stop. Who sent it counts on the end: the drain cannot be cancelled from
 * now on.
 */
void zv_gateway_take_sigterm(struct zv_gateway *gateway);
/* Takes calls and clients again. False: it does not drain (any more), or SIGTERM has come. */
bool zv_gateway_cancel_drain(struct zv_gateway *gateway);
/* Until calls that are not over are ended; 0 where it does not drain. */
int64_t zv_gateway_drain_left_us(const struct zv_gateway *gateway);
/* After the loop has ended. NULL is allowed; returns NULL. */
struct zv_gateway *zv_gateway_free(struct zv_gateway *gateway);

/* Writes what is counted as one line of "name=value" pairs, NUL-terminated; returns its length. */
size_t zv_gateway_write_counts(const struct zv_gateway *gateway, char *buf, size_t cap);

#endif
