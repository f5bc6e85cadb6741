/* What the operator should know at start: each warning names the line that mends it. */
#define _GNU_SOURCE
#include "base/log.h"
#include "gateway/gateway_int.h"

#include <stdio.h>

static void warn_of_private_addresses(const struct zv_switch_cfg *cfg)
{
    if (cfg->public_address.family != ZV_ADDR_NONE)
        return;
    for (size_t i = 0; i < cfg->media_address_count; i++) {
        if (!zv_addr_is_private(&cfg->media_addresses[i]))
            return;
    }
    zv_log(ZV_LOG_MAIN, ZV_LOG_WARN, NULL,
           "every address of this machine is private: clients outside this network will not hear "
           "anything; behind a "
           "1:1 NAT add to zvonok.yaml: media: {public_address: THE.PUBLIC.ADDRESS}");
}

static void warn_of_port_range(const struct zv_config *config)
{
    int first, last;
    FILE *file = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
    if (!file)
        return;
    int found = fscanf(file, "%d %d", &first, &last);
    fclose(file);
    if (found != 2 || config->media_port_to < first || config->media_port_from > last)
        return;
    zv_log(
        ZV_LOG_MAIN, ZV_LOG_WARN, NULL,
        "media.port_from to media.port_to (%lld-%lld) overlaps the ports that the kernel gives to "
        "other programs "
        "(net.ipv4.ip_local_port_range %d-%d): choose another range, or set that one with sysctl",
        (long long)config->media_port_from, (long long)config->media_port_to, first, last);
}

void zv_gateway_warn_of_machine(const struct zv_config *config, const struct zv_switch_cfg *sw_cfg)
{
    warn_of_private_addresses(sw_cfg);
    warn_of_port_range(config);
}
