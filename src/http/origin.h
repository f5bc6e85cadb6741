/*
 * Which pages may open a WebSocket here (RFC 6454, RFC 6455 §10.2). Pure.
 *
 * No cookie carries authority, so an absent Origin (a native client: no browser omits it) is let
 * in; one that is present must be the host that the client asked for, on any port, or be listed.
 */
#ifndef ZV_HTTP_ORIGIN_H
#define ZV_HTTP_ORIGIN_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * `origin`: the header's value, p == NULL when it is absent. `host`: the value of Host. `allowed`:
 * whole origins ("https://phone.example", with the port where it is not the scheme's).
 */
bool zv_origin_is_allowed(struct zv_str origin, struct zv_str host, const char *const *allowed,
                          size_t allowed_count);

#endif
