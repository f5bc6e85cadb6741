/* What the section `log` says, put into force. */
#ifndef ZV_GATEWAY_LOGGING_H
#define ZV_GATEWAY_LOGGING_H

#include "gateway/config.h"

/* At the start: where lines go, and all below. */
void zv_gateway_open_log(const struct zv_config *config);
/* What may change later: levels and masks. Levels that zvonokctl has set are set back. */
void zv_gateway_set_log(const struct zv_config *config);

#endif
