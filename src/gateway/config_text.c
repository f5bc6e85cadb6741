/* The sample file from the table. */
#include "gateway/config_int.h"

#include <stdio.h>
#include <string.h>

static void write_help(zv_config_write_fn *write, void *arg, const char *help)
{
    struct zv_str rest = zv_str(help), line;
    while (zv_str_line(&rest, &line)) {
        char text[256];
        snprintf(text, sizeof(text), "  # %.*s\n", ZV_STR_ARG(line));
        write(arg, text);
    }
}

static void write_key(zv_config_write_fn *write, void *arg, const struct zv_config_key *key)
{
    char allowed[320], text[640];
    struct zv_buf out = zv_buf(allowed, sizeof(allowed));
    zv_config_describe(key, &out);
    write_help(write, arg, key->help);
    bool is_quoted = key->type == ZV_CONFIG_TEXT || key->type == ZV_CONFIG_SECRET;
    const char *dflt = key->type == ZV_CONFIG_LIST && !key->dflt[0] ? "[]" : key->dflt;
    snprintf(text, sizeof(text), "  # (%s%s)\n  #%s: %s%s%s\n\n", zv_buf_cstr(&out),
             key->reload == ZV_CONFIG_RELOAD ? "; reload" : "", key->name, is_quoted ? "\"" : "",
             dflt, is_quoted ? "\"" : "");
    write(arg, text);
}

static void write_trunks(zv_config_write_fn *write, void *arg)
{
    write(arg,
          "trunks:\n"
          "  # Settings of single SIP domains or accounts. An entry is named by the domain or the "
          "outbound\n"
          "  # proxy of an account, or by user@domain. What an entry does not set holds from the "
          "next one:\n"
          "  # user@domain, user@proxy, domain, proxy, then the key for all.\n"
          "  #sip.example.org: {strict: true, srtp: required}\n\n");
    for (size_t i = 0; i < ZV_CONFIG_TRUNK_KEY_COUNT; i++) {
        const struct zv_config_key *key = &zv_config_trunk_keys[i];
        char allowed[320], text[640];
        struct zv_buf out = zv_buf(allowed, sizeof(allowed));
        zv_config_describe(key, &out);
        snprintf(text, sizeof(text), "  # %s (%s; where it is not set: %s)\n", key->name,
                 zv_buf_cstr(&out), key->dflt);
        write(arg, text);
        write_help(write, arg, key->help);
    }
}

void zv_config_write_sample(zv_config_write_fn *write, void *arg)
{
    const char *section = "";
    write(arg,
          "# Configuration of zvonokd: every key, with its default. Take the # away in front "
          "of a key to change it.\n"
          "# \"reload\": a change takes effect with `zvonokctl reload`, others need a restart.\n"
          "# Written by `zvonokd --print-config`.\n\n");
    for (size_t i = 0; i < zv_config_key_count; i++) {
        const struct zv_config_key *key = &zv_config_keys[i];
        if (strcmp(section, key->section) != 0) {
            char text[80];
            snprintf(text, sizeof(text), "%s:\n", key->section);
            write(arg, text);
            section = key->section;
        }
        write_key(write, arg, key);
    }
    write_trunks(write, arg);
    write(arg,
          "\n# A reload refuses a file that has lost this line: somebody is still writing it.\n"
          "...\n");
}
