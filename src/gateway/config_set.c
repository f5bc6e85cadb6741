/* One key over the file: --set KEY=VALUE, written as the line of YAML that it stands for. */
#include "base/buf.h"
#include "base/err.h"
#include "gateway/config_int.h"

#include <stdio.h>
#include <string.h>

/* The braces of ${NAME} would end a mapping on one line, unless there are quotes around it. A list
 * has brackets of its own, and its quotes within them. */
static void put_value(struct zv_buf *yaml, const struct zv_config_key *row, const char *value)
{
    bool has_quotes = value[0] == '"' || value[0] == '\'';
    if (row->type == ZV_CONFIG_LIST || has_quotes || !strstr(value, "${")) {
        zv_buf_put_text(yaml, value);
        return;
    }
    zv_buf_put_char(yaml, '\'');
    for (; *value; value++)
        zv_buf_printf(yaml, "%s%c", *value == '\'' ? "'" : "", *value);
    zv_buf_put_char(yaml, '\'');
}

/* "trunks.sip.example.org.strict": the name of an entry has dots of its own. */
static bool write_trunk_setting(struct zv_str path, const char *value, struct zv_buf *yaml)
{
    size_t dot = path.len;
    while (dot > 0 && path.p[dot - 1] != '.')
        dot--;
    const struct zv_config_key *row = zv_config_find_trunk_key(zv_str_tail(path, dot));
    if (!row || dot < 2 || zv_str_find(path, '"') >= 0 || zv_str_find(path, '\\') >= 0)
        return false;
    zv_buf_printf(yaml, "trunks: {\"%.*s\": {%s: ", (int)(dot - 1), path.p, row->name);
    put_value(yaml, row, value);
    zv_buf_put_text(yaml, "}}\n");
    return true;
}

/* The line of the file that `--set path=value` stands for. False: there is no such key. */
static bool write_setting(struct zv_str path, const char *value, struct zv_buf *yaml)
{
    ptrdiff_t dot = zv_str_find(path, '.');
    if (dot < 0)
        return false;
    struct zv_str section = zv_str_head(path, (size_t)dot);
    struct zv_str name = zv_str_tail(path, (size_t)dot + 1);
    if (zv_str_is(section, "trunks"))
        return write_trunk_setting(name, value, yaml);
    const struct zv_config_key *row = zv_config_find(section, name);
    if (!row)
        return false;
    zv_buf_printf(yaml, "%s: {%s: ", row->section, row->name);
    put_value(yaml, row, value);
    zv_buf_put_text(yaml, "}\n");
    return true;
}

/* Every user of the machine sees the command lines of all. */
static bool shows_secret(const char *path, const char *value)
{
    struct zv_str rest = zv_str(path), section;
    if (!zv_str_split(&rest, '.', &section))
        return false;
    const struct zv_config_key *row = zv_config_find(section, rest);
    return row && row->type == ZV_CONFIG_SECRET && value[0] && !zv_config_has_name(zv_str(value));
}

int zv_config_set(struct zv_config *config, const char *key, const char *value,
                  char ret_error[ZV_CONFIG_ERROR_CAP])
{
    char text[2 * ZV_CONFIG_MAX_TEXT];
    struct zv_buf yaml = zv_buf(text, sizeof(text));
    if (!write_setting(zv_str(key), value, &yaml)) {
        snprintf(ret_error, ZV_CONFIG_ERROR_CAP, "--set: there is no key %s", key);
        return ZV_E_NOTFOUND;
    }
    if (shows_secret(key, value)) {
        snprintf(ret_error, ZV_CONFIG_ERROR_CAP,
                 "--set: %s would stand in the list of processes; put it into the secrets file as "
                 "NAME=VALUE and write ${NAME} in the configuration",
                 key);
        return ZV_E_DENIED;
    }
    if (yaml.overflow) {
        snprintf(ret_error, ZV_CONFIG_ERROR_CAP, "--set: the value of %s is too long", key);
        return ZV_E_PARSE;
    }
    return zv_config_parse(config, "--set", yaml.p, yaml.len, ret_error);
}
