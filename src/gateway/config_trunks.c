/* The section `trunks`: entries by name, and what call control gets of them. */
#include "base/alloc.h"
#include "base/err.h"
#include "call/trunk.h"
#include "gateway/config_int.h"

#include <assert.h>
#include <string.h>

static_assert(ZV_CONFIG_TRUNK_KEY_COUNT <= 32, "one bit of `is_set` for each");

const struct zv_config_key zv_config_trunk_keys[ZV_CONFIG_TRUNK_KEY_COUNT] = {
#define X(name_, type_, form_, general_, help_)                                                    \
    {.section = "trunks",                                                                          \
     .name = #name_,                                                                               \
     .type = ZV_CONFIG_##type_,                                                                    \
     .form = form_,                                                                                \
     .dflt = general_,                                                                             \
     .reload = ZV_CONFIG_RELOAD,                                                                   \
     .help = help_,                                                                                \
     .offset = offsetof(struct zv_config_trunk, name_)},
#include "gateway/trunk_keys.h"
#undef X
};

const struct zv_config_key *zv_config_find_trunk_key(struct zv_str name)
{
    for (size_t i = 0; i < ZV_CONFIG_TRUNK_KEY_COUNT; i++) {
        if (zv_str_is(name, zv_config_trunk_keys[i].name))
            return &zv_config_trunk_keys[i];
    }
    return NULL;
}

/* ---- entries ---- */

/* Hosts without case, users as they are. */
static bool is_same_name(struct zv_str a, struct zv_str b)
{
    struct zv_str user_a, host_a, user_b, host_b;
    if (zv_trunk_parse_name(a, &user_a, &host_a) || zv_trunk_parse_name(b, &user_b, &host_b))
        return false;
    return zv_str_eq(user_a, user_b) && zv_str_eqi(host_a, host_b);
}

static int append(struct zv_config_trunks *trunks, struct zv_str name)
{
    if (trunks->count == ZV_CONFIG_MAX_TRUNKS)
        return ZV_E_LIMIT;
    struct zv_config_trunk *items = zv_realloc(trunks->items, (trunks->count + 1) * sizeof(*items));
    if (!items)
        return ZV_E_NOMEM;
    trunks->items = items;
    items[trunks->count] = (struct zv_config_trunk){.name = zv_strndup(name.p, name.len)};
    if (!items[trunks->count].name)
        return ZV_E_NOMEM;
    trunks->count++;
    return 0;
}

int zv_config_open_trunk(struct zv_config_trunks *trunks, struct zv_str name, size_t *ret_index)
{
    struct zv_str user, host;
    if (zv_trunk_parse_name(name, &user, &host))
        return ZV_E_PARSE;
    size_t index = 0;
    while (index < trunks->count && !is_same_name(name, zv_str(trunks->items[index].name)))
        index++;
    int err = index < trunks->count ? 0 : append(trunks, name);
    if (!err)
        *ret_index = index;
    return err;
}

void zv_config_trunks_clear(struct zv_config_trunks *trunks)
{
    for (size_t i = 0; i < trunks->count; i++) {
        zv_free(trunks->items[i].name);
        zv_free(trunks->items[i].ca);
    }
    trunks->items = zv_free(trunks->items);
    trunks->count = 0;
}

/* ---- for call control ---- */

static struct zv_trunk trunk_of(const struct zv_config_trunk *item)
{
    struct zv_trunk trunk = {
        .has_strict = item->is_set >> ZV_CONFIG_TRUNK_ROW_strict & 1,
        .strict = item->strict,
        .has_srtp = item->is_set >> ZV_CONFIG_TRUNK_ROW_srtp & 1,
        .srtp = item->srtp,
        .has_transport = item->is_set >> ZV_CONFIG_TRUNK_ROW_transport & 1,
        .transport = item->transport,
        .ca = zv_str(item->ca ? item->ca : ""),
    };
    int err = zv_trunk_parse_name(zv_str(item->name), &trunk.user, &trunk.host);
    assert(!err); /* zv_config_open_trunk has read it */
    (void)err;
    return trunk;
}

int zv_config_list_trunks(const struct zv_config *config, struct zv_trunk **ret_entries,
                          struct zv_trunks *ret_trunks)
{
    struct zv_trunk *entries = NULL;
    if (config->trunks.count) {
        entries = zv_zalloc(config->trunks.count * sizeof(*entries));
        if (!entries)
            return ZV_E_NOMEM;
    }
    for (size_t i = 0; i < config->trunks.count; i++)
        entries[i] = trunk_of(&config->trunks.items[i]);
    *ret_entries = entries;
    *ret_trunks = (struct zv_trunks){
        .entries = entries,
        .count = config->trunks.count,
        .defaults = {.strict = config->media_strict,
                     .srtp = config->media_srtp,
                     .transport = config->sip_transport},
    };
    return 0;
}
