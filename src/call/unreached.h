/*
 * The end of a call whose client never had media: by timers.ice ICE or DTLS had not come up, or
 * DTLS failed before. The worker is asked what has come by then, and the sentence says which of the
 * two it was, from where checks came, and what to open. Only for the files of call/.
 */
#ifndef ZV_CALL_UNREACHED_H
#define ZV_CALL_UNREACHED_H

#include "call/switch_int.h"

/* How long the worker has for its answer; without one the call ends with the cause's own words. */
#define ZV_CALL_PATH_WAIT_US ZV_MS(500)

/* timers.ice is over, or the wait for the answer is. */
void zv_call_on_ice_timer(struct zv_switch *sw, struct zv_call *call);
/* The handshake failed for another reason than the fingerprint. */
void zv_call_on_dtls_failed(struct zv_switch *sw, struct zv_call *call);
/* The worker's answer. */
void zv_call_on_media_path(struct zv_switch *sw, struct zv_call *call,
                           const struct zv_in_media_path *path);

#endif
