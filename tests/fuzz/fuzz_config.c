/*
 * Any bytes as a configuration file. Reading to the first fault and reading to the end agree on
 * whether there is one; a configuration that was read is the same as itself, adopts itself, and is
 * checked without a fall.
 */
#include "base/err.h"
#include "gateway/config_int.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void note(void *arg, const char *text)
{
    size_t *count = arg;
    if (!text[0] || strlen(text) >= ZV_CONFIG_ERROR_CAP)
        abort();
    ++*count;
}

static void check_same(const struct zv_config *a, const struct zv_config *b)
{
    for (size_t i = 0; i < zv_config_key_count; i++) {
        if (!zv_config_is_same(a, b, &zv_config_keys[i]))
            abort();
    }
    if (!zv_config_has_same_trunks(a, b))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zv_config first, all;
    char error[ZV_CONFIG_ERROR_CAP] = "", again[ZV_CONFIG_ERROR_CAP];
    size_t noted = 0;
    bool is_taken[ZV_CONFIG_KEY_COUNT];
    struct zv_config_faults faults = {.fault_fn = note, .arg = &noted};
    if (zv_config_init(&first) || zv_config_init(&all))
        abort();
    all.faults = &faults;
    int err = zv_config_parse(&first, "f", (const char *)data, size, error);
    int err_all = zv_config_parse(&all, "f", (const char *)data, size, again);
    all.faults = NULL;
    if (noted != faults.count || !err != !err_all || (err == ZV_E_PARSE) != (noted > 0))
        abort();
    if (err == ZV_E_PARSE && strncmp(error, "f:", 2) != 0)
        abort();
    if (!err) {
        check_same(&first, &all);
        for (size_t i = 0; i < ZV_CONFIG_KEY_COUNT; i++)
            is_taken[i] = zv_config_keys[i].reload == ZV_CONFIG_RELOAD;
        zv_config_adopt(&first, &all, is_taken);
        check_same(&first, &all);
    }
    faults.count = 0;
    zv_config_check_all(&all, &faults);
    if (!zv_config_check(&all, error) != !faults.count)
        abort();
    zv_config_fini(&first);
    zv_config_fini(&all);
    return 0;
}
