#define _GNU_SOURCE
#include "gateway/secrets.h"

#include "base/alloc.h"
#include "base/err.h"
#include "gateway/secret_file.h"

#include <stdio.h>
#include <string.h>

struct zv_secrets {
    size_t len;
    char text[ZV_SECRETS_MAX_BYTES + 1]; /* the file; one byte more shows that it is too long */
};

bool zv_secrets_is_name(struct zv_str name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (name.p[i] != '_' && !(zv_is_alnum(name.p[i]) && (i || !zv_is_digit(name.p[i]))))
            return false;
    }
    return name.len > 0 && name.len <= ZV_SECRETS_MAX_NAME_BYTES;
}

/* The next line that says something. */
static bool next_line(struct zv_str *rest, struct zv_str *ret_line, size_t *ret_number)
{
    while (rest->len) {
        size_t end = 0;
        while (end < rest->len && rest->p[end] != '\n')
            end++;
        *ret_line = zv_str_head(*rest, end);
        *rest = zv_str_tail(*rest, end < rest->len ? end + 1 : end);
        ++*ret_number;
        if (ret_line->len && ret_line->p[0] != '#')
            return true;
    }
    return false;
}

/* A file that somebody is writing, whose last value may be a part of it. */
static bool is_cut(const struct zv_secrets *secrets)
{
    return secrets->len > 0 && secrets->text[secrets->len - 1] != '\n';
}

static size_t count_lines(const struct zv_secrets *secrets)
{
    size_t count = is_cut(secrets);
    for (size_t i = 0; i < secrets->len; i++)
        count += secrets->text[i] == '\n';
    return count;
}

static bool split(struct zv_str line, struct zv_str *ret_name, struct zv_str *ret_value)
{
    ptrdiff_t equals = zv_str_find(line, '=');
    if (equals < 0 || !zv_secrets_is_name(zv_str_head(line, (size_t)equals)))
        return false;
    *ret_name = zv_str_head(line, (size_t)equals);
    *ret_value = zv_str_tail(line, (size_t)equals + 1);
    return true;
}

/* Whether there is an entry of that name above the one that begins with `name`. */
static bool stands_above(const struct zv_secrets *secrets, struct zv_str name)
{
    const char *at = secrets->text, *end = name.p;
    size_t len = name.len + 1; /* with its = */
    while ((at = memmem(at, (size_t)(end - at), name.p, len))) {
        if (at == secrets->text || at[-1] == '\n')
            return true;
        at++;
    }
    return false;
}

/* 0: none; else the number of the first line that is wrong, and why. */
static size_t find_fault(const struct zv_secrets *secrets, const char **ret_why)
{
    struct zv_str rest = zv_str_n(secrets->text, secrets->len), line, name, value;
    size_t number = 0;
    while (next_line(&rest, &line, &number)) {
        *ret_why = "not NAME=VALUE with a name of letters, digits and _";
        if (!split(line, &name, &value) || !zv_str_is_utf8(value) || zv_str_find(value, '\0') >= 0)
            return number;
        *ret_why = "this name stands in a line above as well; keep one of them";
        if (stands_above(secrets, name))
            return number;
    }
    return 0;
}

bool zv_secrets_find(const struct zv_secrets *secrets, struct zv_str name, struct zv_str *ret_value)
{
    struct zv_str rest, line, found, value;
    size_t number = 0;
    if (!secrets)
        return false;
    rest = zv_str_n(secrets->text, secrets->len);
    while (next_line(&rest, &line, &number)) {
        if (split(line, &found, &value) && zv_str_eq(found, name)) {
            *ret_value = value;
            return true;
        }
    }
    return false;
}

int zv_secrets_load(struct zv_secrets **ret_secrets, const char *path,
                    char ret_error[ZV_SECRETS_ERROR_CAP])
{
    const char *why = zv_err_text(ZV_E_NOMEM);
    size_t line;
    struct zv_secrets *secrets = zv_zalloc(sizeof(*secrets));
    int err = secrets ? zv_secret_file_read(path, secrets->text, sizeof(secrets->text),
                                            &secrets->len, &why)
                      : ZV_E_NOMEM;
    if (err) {
        snprintf(ret_error, ZV_SECRETS_ERROR_CAP, "%s: %s", path, why);
    } else if (secrets->len > ZV_SECRETS_MAX_BYTES) {
        snprintf(ret_error, ZV_SECRETS_ERROR_CAP, "%s: larger than 64 KiB", path);
        err = ZV_E_LIMIT;
    } else if ((line = find_fault(secrets, &why))) {
        snprintf(ret_error, ZV_SECRETS_ERROR_CAP, "%s:%zu: %s", path, line, why);
        err = ZV_E_PARSE;
    } else if (is_cut(secrets)) {
        snprintf(ret_error, ZV_SECRETS_ERROR_CAP,
                 "%s:%zu: the line has no end, as in a half-written file; end it with a newline",
                 path, count_lines(secrets));
        err = ZV_E_PARSE;
    }
    if (err) {
        zv_secrets_free(secrets);
        return err;
    }
    *ret_secrets = secrets;
    return 0;
}

struct zv_secrets *zv_secrets_free(struct zv_secrets *secrets)
{
    return zv_free_secret(secrets, sizeof(*secrets));
}
