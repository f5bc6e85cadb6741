/* What differs between two configurations, and the change from one to the other. */
#include "gateway/config_int.h"

#include <string.h>

static const void *field_of(const struct zv_config *config, const struct zv_config_key *key)
{
    return (const char *)config + key->offset;
}

static size_t size_of(enum zv_config_type type)
{
    switch (type) {
    case ZV_CONFIG_BOOL:
        return sizeof(bool);
    case ZV_CONFIG_INT:
    case ZV_CONFIG_DURATION:
        return sizeof(int64_t);
    case ZV_CONFIG_TEXT:
    case ZV_CONFIG_SECRET:
        return sizeof(char *);
    case ZV_CONFIG_SRTP:
        return sizeof(enum zv_srtp_policy);
    case ZV_CONFIG_TRANSPORT:
        return sizeof(enum zv_trunk_transport);
    case ZV_CONFIG_LIST:
        return sizeof(struct zv_config_list);
    }
    return 0;
}

static bool is_same_list(const struct zv_config_list *a, const struct zv_config_list *b)
{
    bool is_same = a->count == b->count;
    for (size_t i = 0; i < a->count && is_same; i++)
        is_same = strcmp(a->items[i], b->items[i]) == 0;
    return is_same;
}

bool zv_config_is_same(const struct zv_config *a, const struct zv_config *b,
                       const struct zv_config_key *key)
{
    const void *of_a = field_of(a, key), *of_b = field_of(b, key);
    if (key->type == ZV_CONFIG_LIST)
        return is_same_list(of_a, of_b);
    if (key->type == ZV_CONFIG_TEXT || key->type == ZV_CONFIG_SECRET)
        return strcmp(*(char *const *)of_a, *(char *const *)of_b) == 0;
    return memcmp(of_a, of_b, size_of(key->type)) == 0;
}

static bool is_same_trunk(const struct zv_config_trunk *a, const struct zv_config_trunk *b)
{
    const char *ca_a = a->ca ? a->ca : "", *ca_b = b->ca ? b->ca : "";
    return strcmp(a->name, b->name) == 0 && a->is_set == b->is_set && a->strict == b->strict &&
           a->srtp == b->srtp && a->transport == b->transport && strcmp(ca_a, ca_b) == 0;
}

bool zv_config_has_same_trunks(const struct zv_config *a, const struct zv_config *b)
{
    bool is_same = a->trunks.count == b->trunks.count;
    for (size_t i = 0; i < a->trunks.count && is_same; i++)
        is_same = is_same_trunk(&a->trunks.items[i], &b->trunks.items[i]);
    return is_same;
}

/* Memory that belongs to a value changes its owner with it. */
static void swap(void *a, void *b, size_t size)
{
    char kept[sizeof(struct zv_config_list) + sizeof(int64_t)];
    memcpy(kept, a, size);
    memcpy(a, b, size);
    memcpy(b, kept, size);
}

void zv_config_adopt(struct zv_config *config, struct zv_config *fresh, const bool *is_taken)
{
    for (size_t i = 0; i < zv_config_key_count; i++) {
        const struct zv_config_key *key = &zv_config_keys[i];
        if (is_taken[i])
            swap((char *)config + key->offset, (char *)fresh + key->offset, size_of(key->type));
    }
    config->has_end = fresh->has_end;
    struct zv_config_trunks trunks = config->trunks;
    config->trunks = fresh->trunks;
    fresh->trunks = trunks;
}
