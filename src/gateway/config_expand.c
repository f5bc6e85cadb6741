/*
 * ${NAME} in values. It stands for an entry of the secrets file where the key holds a secret, else
 * for a variable of the environment. This comes after YAML has read the file: it happens in values
 * alone, whatever their quotes, and what is put in is neither YAML nor looked at again. $${ is ${.
 */
#define _GNU_SOURCE
#include "base/err.h"
#include "gateway/config_int.h"
#include "gateway/secrets.h"

#include <stdio.h>
#include <stdlib.h>

#define NAMES "a name is letters, digits and _, at most 64; $${ is ${ itself"

static int refuse(char *ret_sentence, const char *sentence)
{
    snprintf(ret_sentence, ZV_CONFIG_SENTENCE_CAP, "%s", sentence);
    return ZV_E_PARSE;
}

static int refuse_name(char *ret_sentence, const char *name, const char *sentence)
{
    snprintf(ret_sentence, ZV_CONFIG_SENTENCE_CAP, "${%s} is %s", name, sentence);
    return ZV_E_PARSE;
}

static int find(const struct zv_config *config, bool is_secret, struct zv_str name,
                struct zv_str *ret_value, char *ret_sentence)
{
    char text[ZV_SECRETS_MAX_NAME_BYTES + 1];
    const char *value;
    if (!zv_secrets_is_name(name) || zv_str_copy(name, text, sizeof(text)))
        return refuse(ret_sentence, "there is no name between ${ and }: " NAMES);
    if (zv_secrets_find(config->secrets, name, ret_value))
        return is_secret ? 0
                         : refuse_name(ret_sentence, text,
                                       "of the secrets file, and this key is shown in logs: set it "
                                       "in the environment under another name");
    value = getenv(text);
    if (!value)
        return refuse_name(ret_sentence, text,
                           "set neither in the secrets file nor in the environment");
    *ret_value = zv_str(value);
    return 0;
}

/* What stands at `$` of `rest`, which is taken from it. */
static int take(const struct zv_config *config, bool is_secret, struct zv_str *rest,
                struct zv_buf *out, char *ret_sentence)
{
    struct zv_str value;
    if (zv_str_has_prefix(*rest, "$${")) {
        zv_buf_put_text(out, "${");
        *rest = zv_str_tail(*rest, 3);
        return 0;
    }
    if (!zv_str_has_prefix(*rest, "${")) {
        zv_buf_put_char(out, '$');
        *rest = zv_str_tail(*rest, 1);
        return 0;
    }
    ptrdiff_t end = zv_str_find(*rest, '}');
    if (end < 0)
        return refuse(ret_sentence, "${ without its }: " NAMES);
    int err = find(config, is_secret, zv_str_tail(zv_str_head(*rest, (size_t)end), 2), &value,
                   ret_sentence);
    if (err)
        return err;
    zv_buf_put(out, value.p, value.len);
    *rest = zv_str_tail(*rest, (size_t)end + 1);
    return 0;
}

bool zv_config_has_name(struct zv_str value)
{
    for (; value.len; value = zv_str_tail(value, zv_str_has_prefix(value, "$${") ? 3 : 1)) {
        if (zv_str_has_prefix(value, "${"))
            return true;
    }
    return false;
}

int zv_config_expand(const struct zv_config *config, bool is_secret, struct zv_str value,
                     struct zv_buf *out, char ret_sentence[ZV_CONFIG_SENTENCE_CAP])
{
    int err = 0;
    while (value.len && !err) {
        if (value.p[0] == '$') {
            err = take(config, is_secret, &value, out, ret_sentence);
        } else {
            zv_buf_put_char(out, value.p[0]);
            value = zv_str_tail(value, 1);
        }
    }
    if (!err && out->overflow) {
        snprintf(ret_sentence, ZV_CONFIG_SENTENCE_CAP, "the value is longer than %d bytes",
                 ZV_CONFIG_MAX_TEXT);
        err = ZV_E_PARSE;
    }
    return err;
}
