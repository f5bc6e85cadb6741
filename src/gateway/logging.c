#define _GNU_SOURCE
#include "gateway/logging.h"

#include "base/log.h"
#include "io/logsink.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void zv_gateway_set_log(const struct zv_config *config)
{
    enum zv_log_level level = ZV_LOG_INFO;
    zv_log_show(config->log_numbers, config->log_addresses);
    int err = zv_log_parse_level(zv_str(config->log_level), &level);
    for (int module = 0; module < ZV_LOG_MODULE_COUNT; module++)
        zv_log_set_level((enum zv_log_module)module, level);
    for (size_t i = 0; i < config->log_levels.count && !err; i++)
        err = zv_log_set_levels(zv_str(config->log_levels.items[i]));
    assert(!err); /* zv_config_check has read them */
    (void)err;
}

void zv_gateway_open_log(const struct zv_config *config)
{
    zv_logsink_open(&(struct zv_logsink_cfg){
        .is_json = strcmp(config->log_format, "json") == 0,
        .is_journal = zv_logsink_is_journal(getenv("JOURNAL_STREAM")),
        .repeats = (uint32_t)config->log_repeats,
    });
    zv_gateway_set_log(config);
}
