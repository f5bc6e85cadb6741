#include "http/turn.h"

#include "base/time.h"

void zv_turn_make_login(const struct zv_turn_cfg *cfg, struct zv_str name, int64_t wall_us,
                        struct zv_turn_login *ret_login)
{
    uint8_t mac[ZV_SHA1_BYTES];
    struct zv_buf username = zv_buf(ret_login->username, sizeof(ret_login->username));
    struct zv_buf credential = zv_buf(ret_login->credential, sizeof(ret_login->credential));
    struct zv_wire_ice_server *wire = &ret_login->wire;
    zv_buf_printf(&username, "%lld:%.*s", (long long)((wall_us + cfg->ttl_us) / ZV_US_PER_S),
                  ZV_STR_ARG(name));
    zv_hmac_sha1(cfg->secret.p, cfg->secret.len, username.p, username.len, mac);
    zv_base64_write(&credential, mac, sizeof(mac));
    *wire = (struct zv_wire_ice_server){.username = zv_buf_str(&username),
                                        .credential = zv_buf_str(&credential)};
    for (size_t i = 0; i < cfg->url_count && i < ZV_ARRAY_LEN(wire->urls.line); i++)
        wire->urls.line[wire->urls.count++] = zv_str(cfg->urls[i]);
}
