/* A remedy that names a configuration key must name one that exists. */
#include "support/test.h"

#include "base/str.h"
#include "call/cause.h"
#include "gateway/config.h"

#include <stdio.h>

static bool is_word(char c)
{
    return zv_is_alnum(c) || c == '_' || c == '.';
}

static bool has_key(struct zv_str word)
{
    char name[128];
    for (size_t i = 0; i < zv_config_key_count; i++) {
        snprintf(name, sizeof(name), "%s.%s", zv_config_keys[i].section, zv_config_keys[i].name);
        if (zv_str_is(word, name))
            return true;
    }
    return false;
}

static bool starts_with_section(struct zv_str word)
{
    ptrdiff_t dot = zv_str_find(word, '.');
    for (size_t i = 0; dot > 0 && i < zv_config_key_count; i++) {
        if (zv_str_is(zv_str_head(word, (size_t)dot), zv_config_keys[i].section))
            return true;
    }
    return false;
}

static size_t check_remedy(const char *cause, const char *remedy)
{
    size_t found = 0;
    for (const char *p = remedy; *p;) {
        size_t len = 0;
        while (is_word(p[len]))
            len++;
        struct zv_str word = zv_str_n(p, len);
        if (starts_with_section(word)) {
            if (!has_key(word))
                fail_msg("%s: the remedy names %.*s, which is no configuration key", cause,
                         ZV_STR_ARG(word));
            found++;
        }
        p += len ? len : 1;
    }
    return found;
}

static void every_key_in_a_remedy_exists(void **state)
{
    (void)state;
    size_t found = 0;
    for (int cause = 0; cause < ZV_CAUSE_COUNT; cause++) {
        const struct zv_cause_info *info = zv_cause_info((enum zv_cause)cause);
        found += check_remedy(info->name, info->remedy);
    }
    assert_true(found >= 5);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_key_in_a_remedy_exists),
};
ZV_TEST_MAIN(tests)
