/*
 * Reload: the configuration is read again while everything lives (SIGHUP, `zvonokctl reload`).
 *
 * All or nothing: the file is read whole into a configuration of its own, checked, and all that it
 * names is opened; only when nothing is wrong with any of it do the keys of class RELOAD change, on
 * the signalling thread, between two of its turns. Workers have copies of what they need and look
 * at no configuration. Keys of class RESTART keep their value; that they differ is said.
 */
#ifndef ZV_GATEWAY_RELOAD_H
#define ZV_GATEWAY_RELOAD_H

#include "gateway/config_source.h"
#include "gateway/gateway.h"

#define ZV_RELOAD_ERROR_CAP 512

/* `trunks` has the place behind the last row of the table. */
struct zv_reload {
    char error[ZV_RELOAD_ERROR_CAP]; /* what is wrong; "": nothing, and the new values hold */
    bool *is_changed;                /* owned; by row of zv_config_keys: has another value now */
    bool *needs_restart;             /* owned; likewise: the file has another value than we use */
};

/* From now on zvonokd's configuration may change: `config` is what zv_gateway_new got. Both are
 * borrowed until the gateway is freed. Logs if a reload would take the file for a half-written one,
 * or could not tell the two. */
void zv_gateway_allow_reload(struct zv_gateway *gateway, const struct zv_config_source *source,
                             struct zv_config *config);
/* Logs what came of it. Call zv_reload_fini afterwards in any case. ZV_E_INVAL, ZV_E_PARSE, ZV_E_IO
 * and the like: nothing has changed; ZV_E_STATE: there is nothing to read again, or the gateway has
 * stopped. */
int zv_gateway_reload(struct zv_gateway *gateway, struct zv_reload *ret_reload) ZV_MUST_CHECK;
void zv_reload_fini(struct zv_reload *reload);

/* "log.level", of a row of the table or the place behind it. */
#define ZV_RELOAD_NAME_CAP 96
const char *zv_reload_name(size_t row, char text[ZV_RELOAD_NAME_CAP]);

#endif
