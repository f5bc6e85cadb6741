/*
 * zvonokd as a process: its signals, its loop, its log's turns, and the gateway on them until it
 * stops.
 */
#ifndef ZV_GATEWAY_DAEMON_H
#define ZV_GATEWAY_DAEMON_H

#include "base/attr.h"
#include "gateway/config_source.h"
#include "io/service.h"

/*
 * Before the configuration is read. Until the loop runs SIGHUP and SIGUSR1 wait for it, so that a
 * change which was written meanwhile is taken; SIGTERM and SIGINT end the process at once with
 * status 0, since nobody can lose anything yet.
 */
void zv_daemon_hold_signals(void);
/*
 * Returns when the gateway has stopped. `config` was read from `source`, and changes with reloads;
 * all are borrowed. What went wrong is logged. ZV_E_NOMEM, and the errors of zv_gateway_new.
 */
int zv_daemon_run(const struct zv_config_source *source, const struct zv_service *service,
                  struct zv_config *config) ZV_MUST_CHECK;

#endif
