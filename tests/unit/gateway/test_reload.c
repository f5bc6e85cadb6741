/* A gateway that runs reads its configuration again: all of it holds, or nothing has changed. */
#define _GNU_SOURCE
#include "support/test.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/log.h"
#include "gateway/cert.h"
#include "gateway/gateway_int.h"
#include "gateway/reload.h"
#include "sipnet/sipnet_int.h"

#include <ctype.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#define HEAD                                                                                       \
    "sip: {listen: '127.0.0.1:0', allow: [a.example, 127.0.0.0/8]}\n"                              \
    "http: {wss_listen: [], https_listen: [], ws_listen: [], admin_listen: []}\n"                  \
    "media: {web_port: 0, workers: 1}\n"                                                           \
    "admin: {socket: ''}\n"
#define DOMAIN "a.example"

struct world {
    uv_loop_t loop;
    char file[32], secrets[32];
    struct zv_config_source source;
    struct zv_config config;
    struct zv_gateway *gateway;
    struct zv_reload reload;
};

static struct world world;

static void write_file(const char *path, const char *text, size_t len)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void make_file(char path[32])
{
    strcpy(path, "/tmp/zvonok-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
}

static void open_world(const char *text)
{
    static const char *const settings[] = {"limits.calls=7"};
    char error[ZV_GATEWAY_ERROR_CAP];
    memset(&world, 0, sizeof(world));
    make_file(world.file);
    make_file(world.secrets);
    write_file(world.secrets, "ZV_TEST_SECRET=one\n", 19);
    world.source = (struct zv_config_source){.file = world.file,
                                             .settings = settings,
                                             .setting_count = 1,
                                             .secrets_file = world.secrets};
    write_file(world.file, text, strlen(text));
    assert_int_equal(uv_loop_init(&world.loop), 0);
    if (zv_config_source_read(&world.source, &world.config, error) ||
        zv_gateway_new(&world.gateway, &world.loop, &world.config, error))
        fail_msg("%s", error);
    zv_gateway_allow_reload(world.gateway, &world.source, &world.config);
}

static int close_world(void **state)
{
    (void)state;
    zv_gateway_stop(world.gateway);
    zv_gateway_stop(world.gateway);
    uv_run(&world.loop, UV_RUN_DEFAULT);
    zv_gateway_free(world.gateway);
    uv_run(&world.loop, UV_RUN_DEFAULT);
    zv_config_fini(&world.config);
    zv_reload_fini(&world.reload);
    unlink(world.file);
    unlink(world.secrets);
    return uv_loop_close(&world.loop);
}

static int reload_bytes(const char *text, size_t len)
{
    write_file(world.file, text, len);
    zv_reload_fini(&world.reload);
    return zv_gateway_reload(world.gateway, &world.reload);
}

static int reload(const char *text)
{
    return reload_bytes(text, strlen(text));
}

/* "a, b" */
static const char *names(const bool *marks)
{
    static char text[512];
    char name[ZV_RELOAD_NAME_CAP];
    text[0] = '\0';
    for (size_t i = 0; i <= zv_config_key_count; i++) {
        if (!marks[i])
            continue;
        strcat(text, text[0] ? ", " : "");
        strcat(text, zv_reload_name(i, name));
    }
    return text;
}

static enum zv_sip_transport transport(void)
{
    return zv_sipnet_transport_to(world.gateway->sipnet, zv_str(DOMAIN));
}

static void a_change_holds_and_is_named(void **state)
{
    (void)state;
    open_world(HEAD);
    assert_int_equal(transport(), ZV_SIP_ANY);
    assert_int_equal(reload(HEAD "trunks: {a.example: {transport: tcp}}\n"), 0);
    assert_string_equal(world.reload.error, "");
    assert_string_equal(names(world.reload.is_changed), "trunks");
    assert_string_equal(names(world.reload.needs_restart), "");
    assert_int_equal(transport(), ZV_SIP_TCP);
    assert_int_equal(reload(HEAD "trunks: {a.example: {transport: udp, srtp: required}}\n"
                                 "log: {level: warn, levels: [sip=debug]}\n"),
                     0);
    assert_string_equal(names(world.reload.is_changed), "log.level, log.levels, trunks");
    assert_int_equal(transport(), ZV_SIP_UDP);
    assert_int_equal(zv_log_level(ZV_LOG_SIP), ZV_LOG_DEBUG);
    assert_int_equal(zv_log_level(ZV_LOG_CALL), ZV_LOG_WARN);
    assert_int_equal(reload(HEAD), 0);
    assert_string_equal(names(world.reload.is_changed), "log.level, log.levels, trunks");
    assert_int_equal(transport(), ZV_SIP_ANY);
    assert_int_equal(zv_log_level(ZV_LOG_SIP), ZV_LOG_INFO);
    assert_int_equal(reload(HEAD), 0);
    assert_string_equal(names(world.reload.is_changed), "");
}

static void what_needs_a_restart_is_named_each_time_and_keeps_its_value(void **state)
{
    (void)state;
    open_world(HEAD);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(reload(HEAD "timers: {ice: 3s}\nlimits: {calls: 8, clients: 9}\n"), 0);
        assert_string_equal(names(world.reload.is_changed), "");
        /* limits.calls: the command line stands over the file */
        assert_string_equal(names(world.reload.needs_restart), "timers.ice, limits.clients");
        assert_true(world.config.timers_ice == ZV_SECONDS(15));
        assert_true(world.config.limits_clients == 5000 && world.config.limits_calls == 7);
    }
}

static void check_refused(const char *text, const char *sentence)
{
    assert_int_not_equal(reload(text), 0);
    if (!strstr(world.reload.error, sentence))
        fail_msg("\"%s\" is not in \"%s\"", sentence, world.reload.error);
    assert_int_equal(transport(), ZV_SIP_TCP);
    assert_int_equal(world.config.trunks.count, 1);
}

static void a_bad_file_is_refused_with_its_place_and_changes_nothing(void **state)
{
    (void)state;
    open_world(HEAD "trunks: {a.example: {transport: tcp}}\n");
    check_refused(HEAD "trunks: {a.example: {transport: udp}\n", ":6:1: not YAML: ");
    check_refused(HEAD "trunk: {}\n", ":5:1: there is no section trunk");
    check_refused(HEAD "log: {leve: warn}\n", ":5:7: there is no key log.leve; did you mean");
    check_refused(HEAD "timers: {ice: soon}\n", ":5:15: timers.ice wants a time");
    check_refused(HEAD "log: {level: loud}\n", "log.level: loud: must be error");
    check_refused(HEAD "trunks: {b.example: {ca: /nonexistent.pem}}\n",
                  "trunks: ca: /nonexistent.pem: ");
    check_refused(HEAD "turn: {urls: ['turn:t.example'], secret_file: /nonexistent}\n",
                  "turn.secret_file: /nonexistent: No such file");
    check_refused(HEAD "turn: {urls: ['turn:t.example'], secret: '${ZV_NOWHERE}'}\n",
                  ":5:42: ${ZV_NOWHERE} is set neither");
    check_refused("", "sip.allow: say where");
    check_refused(HEAD "log: {level: warn}", ":5:19: the file ends in the middle of a line");
    check_refused(HEAD "# \xc3\xa9", ":5:4: the file ends in the middle of a line");
    assert_int_equal(unlink(world.file), 0);
    zv_reload_fini(&world.reload);
    assert_int_equal(zv_gateway_reload(world.gateway, &world.reload), ZV_E_IO);
    assert_non_null(strstr(world.reload.error, "cannot be opened"));
}

static void a_file_with_an_end_mark_is_refused_wherever_it_is_cut(void **state)
{
    (void)state;
    static const char whole[] = HEAD "log:\n  level: warn\ntrunks:\n  a.example:\n"
                                     "    transport: tcp\n  b.example: {strict: true}\n...\n";
    open_world(whole);
    for (size_t len = 0; len < sizeof(whole) - 1; len++) {
        assert_int_not_equal(reload_bytes(whole, len), 0);
        assert_int_equal(world.config.trunks.count, 2);
        assert_int_equal(transport(), ZV_SIP_TCP);
    }
    assert_int_not_equal(reload_bytes(whole, sizeof(whole) - 1 - strlen("...\n")), 0);
    assert_non_null(strstr(world.reload.error, ":11:1: the line ... at its end is missing"));
    assert_int_equal(reload(whole), 0);
    assert_string_equal(names(world.reload.is_changed), "");
}

static void a_secret_follows_the_secrets_file(void **state)
{
    (void)state;
    static const char text[] =
        HEAD "turn: {urls: ['turn:t.example'], secret: '${ZV_TEST_SECRET}'}\n";
    open_world(text);
    assert_string_equal(world.gateway->turn_secret, "one");
    write_file(world.secrets, "ZV_TEST_SECRET=two\n", 19);
    assert_int_equal(reload(text), 0);
    assert_string_equal(names(world.reload.is_changed), "turn.secret");
    assert_string_equal(world.gateway->turn_secret, "two");
    assert_int_equal(reload(HEAD), 0);
    assert_string_equal(names(world.reload.is_changed), "turn.urls, turn.secret");
    assert_string_equal(world.gateway->turn_secret, "");
}

static char certs[32];

static void make_certificate(void)
{
    char error[ZV_CERT_ERROR_CAP];
    strcpy(certs, "/tmp/zvonok-XXXXXX");
    assert_non_null(mkdtemp(certs));
    assert_int_equal(zv_cert_make(&(struct zv_cert_cfg){.dir = certs}, error), 0);
}

static void remove_certificate(void)
{
    static const char *const files[] = {"ca.crt", "ca.key", "server.crt", "server.key"};
    char path[64];
    for (size_t i = 0; i < ZV_ARRAY_LEN(files); i++) {
        snprintf(path, sizeof(path), "%s/%s", certs, files[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(certs), 0);
}

static int warnings;

static void count_warning(const struct zv_log_line *line)
{
    warnings += line->level == ZV_LOG_WARN && (strstr(line->text, "no line ... at its end") ||
                                               strstr(line->text, "has no end, and a reload"));
}

static void a_start_with_a_file_that_may_be_half_written_says_so_once(void **state)
{
    static char text[512];
    char path[64];
    (void)state;
    warnings = 0;
    zv_log_set_sink(count_warning);
    open_world(HEAD);
    assert_int_equal(warnings, 1);
    assert_int_equal(reload(HEAD), 0);
    assert_int_equal(warnings, 1);
    close_world(NULL);
    open_world(HEAD "...\n");
    assert_int_equal(warnings, 1);
    close_world(NULL);
    open_world(HEAD "..."); /* which a reload would refuse */
    assert_int_equal(warnings, 2);
    assert_int_not_equal(reload(HEAD "..."), 0);
    close_world(NULL);
    make_certificate();
    snprintf(path, sizeof(path), "%s/ca.crt", certs);
    FILE *file = fopen(path, "a");
    assert_true(file && fputs("-----BEGIN CERT", file) > 0 && fclose(file) == 0);
    snprintf(text, sizeof(text), HEAD "trunks: {a.example: {ca: %s}}\n...\n", path);
    open_world(text);
    assert_int_equal(warnings, 3);
    assert_int_not_equal(reload(text), 0);
    remove_certificate();
    zv_log_set_sink(NULL);
}

static void write_tls_config(char *text, size_t cap, bool serves_tls)
{
    char pair[128] = "", sip[192] = "";
    if (serves_tls) {
        snprintf(pair, sizeof(pair), ", certificate: %s/server.crt, private_key: %s/server.key",
                 certs, certs);
        snprintf(sip, sizeof(sip),
                 ", tls_listen: '127.0.0.1:0', tls_certificate: %s/server.crt, "
                 "tls_private_key: %s/server.key",
                 certs, certs);
    }
    snprintf(text, cap,
             "sip: {listen: '127.0.0.1:0', allow: [a.example]%s}\n"
             "http: {wss_listen: [%s], https_listen: [], ws_listen: [], admin_listen: []%s}\n"
             "media: {web_port: 0, workers: 1}\nadmin: {socket: ''}\n",
             sip, serves_tls ? "'127.0.0.1:0'" : "", pair);
}

/* Of those that connect to us by TLS. */
static bool has_sip_certificate(void)
{
    SSL *ssl = NULL;
    int err = zv_tls_answer(world.gateway->sipnet->tls, 0, &ssl);
    SSL_free(ssl);
    return !err;
}

static void
a_certificate_that_goes_with_its_listeners_stays_with_them_until_the_restart(void **state)
{
    (void)state;
    static char with[512], without[512];
    make_certificate();
    write_tls_config(with, sizeof(with), true);
    write_tls_config(without, sizeof(without), false);
    open_world(with);
    for (int i = 0; i < 2; i++) {
        if (reload(without))
            fail_msg("%s", world.reload.error);
        assert_string_equal(names(world.reload.is_changed), "");
        assert_string_equal(names(world.reload.needs_restart),
                            "sip.tls_listen, sip.tls_certificate, sip.tls_private_key, "
                            "http.wss_listen, http.certificate, http.private_key");
        assert_true(strlen(world.config.http_certificate) > 0);
        assert_true(strlen(world.config.sip_tls_certificate) > 0 && has_sip_certificate());
    }
    assert_int_equal(reload(with), 0);
    assert_string_equal(names(world.reload.needs_restart), "");
    remove_certificate();
    assert_int_equal(reload(without), 0); /* the files are not needed for it */
    assert_true(has_sip_certificate());
}

static void check_cut(const char *config, const char *path, const char *chain, size_t len,
                      const char *more, bool is_taken)
{
    char text[8192];
    snprintf(text, sizeof(text), "%.*s%s", (int)len, chain, more);
    write_file(path, text, strlen(text));
    assert_int_equal(reload(config) == 0, is_taken);
    if (!is_taken && !strstr(world.reload.error, "the file ends in the middle of a line"))
        fail_msg("%s", world.reload.error);
}

/* But where it is cut between two entries, which nobody can see. */
static void a_chain_that_is_cut_behind_the_first_certificate_is_refused(void **state)
{
    (void)state;
    static char config[512], chain[8192];
    char path[64];
    make_certificate();
    write_tls_config(config, sizeof(config), true);
    open_world(config);
    snprintf(path, sizeof(path), "%s/server.crt", certs);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t len = fread(chain, 1, sizeof(chain) - 1, file);
    fclose(file);
    size_t leaf = (size_t)(strstr(chain + 1, "-----BEGIN") - chain);
    check_cut(config, path, chain, leaf + 1, "", false);
    check_cut(config, path, chain, leaf + strlen("-----BEGIN"), "", false);
    check_cut(config, path, chain, leaf, "subject=CN", false);
    check_cut(config, path, chain, leaf + 100, "", false);
    check_cut(config, path, chain, len, "-----END", false);
    /* An entry's last line says by itself that it is whole. */
    check_cut(config, path, chain, leaf - 1, "", true);
    check_cut(config, path, chain, len - 1, "", true);
    check_cut(config, path, chain, len - 1, " \n \t", true);
    check_cut(config, path, chain, len, "", true);
    remove_certificate();
}

/* Which file of src/gateway has a reloaded value take effect: it hands it on, as reload.c does, or
 * reads it when it is needed. A key that nobody hands on would be named as changed, and the old
 * value hold. */
static const struct {
    const char *key, *file;
} taken_by[] = {
    {"sip.allow", "reload.c"},
    {"sip.transport", "config_trunks.c"},
    {"sip.tls_ca", "reload.c"},
    {"sip.tls_certificate", "reload.c"},
    {"sip.tls_private_key", "reload.c"},
    {"http.certificate", "reload.c"},
    {"http.private_key", "reload.c"},
    {"http.allowed_origins", "reload.c"},
    {"media.strict", "config_trunks.c"},
    {"media.srtp", "config_trunks.c"},
    {"turn.urls", "turn.c"},
    {"turn.secret_file", "turn.c"},
    {"turn.secret", "turn.c"},
    {"turn.ttl", "turn.c"},
    {"limits.calls_per_client", "reload.c"},
    {"drain.timeout", "drain.c"}, /* when a drain begins */
    {"accounts.allow_space_in_auth_name", "reload.c"},
    {"calls.send_busy_when_on_call", "reload.c"},
    {"log.level", "logging.c"},
    {"log.levels", "logging.c"},
    {"log.numbers", "logging.c"},
    {"log.addresses", "logging.c"},
};

static const char *taker_of(const char *name)
{
    for (size_t i = 0; i < ZV_ARRAY_LEN(taken_by); i++) {
        if (strcmp(taken_by[i].key, name) == 0)
            return taken_by[i].file;
    }
    return NULL;
}

/* Whether it has "config->section_name". */
static bool reads_key(const char *file_name, const struct zv_config_key *key)
{
    static char text[65536];
    char path[512], field[128];
    snprintf(path, sizeof(path), "%s/src/gateway/%s", ZV_SOURCE_DIR, file_name);
    int len = snprintf(field, sizeof(field), "config->%s_%s", key->section, key->name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    for (const char *at = text; (at = strstr(at, field)); at += len) {
        if (at[len] != '_' && !isalnum((unsigned char)at[len]))
            return true;
    }
    return false;
}

static void every_key_that_is_reloaded_has_somebody_who_takes_it(void **state)
{
    (void)state;
    size_t found = 0;
    for (size_t i = 0; i < zv_config_key_count; i++) {
        char name[ZV_RELOAD_NAME_CAP];
        if (zv_config_keys[i].reload != ZV_CONFIG_RELOAD)
            continue;
        const char *file = taker_of(zv_reload_name(i, name));
        if (!file)
            fail_msg("%s is of class RELOAD: hand it on in reload.c, and add it to taken_by", name);
        else if (!reads_key(file, &zv_config_keys[i]))
            fail_msg("%s does not take %s", file, name);
        found++;
    }
    assert_int_equal(found, ZV_ARRAY_LEN(taken_by));
}

/* Whatever allocation fails: the old or the new, never a part. */
static void want_of_memory_leaves_the_old_or_the_new(void **state)
{
    (void)state;
    static const char *const texts[] = {HEAD "trunks: {a.example: {transport: tcp}}\n",
                                        HEAD "log: {level: error}\n"};
    int refused = 0;
    open_world(texts[0]);
    for (int64_t n = 0;; n++) {
        write_file(world.file, texts[1], strlen(texts[1]));
        zv_reload_fini(&world.reload);
        zv_alloc_fail_after(n);
        int err = zv_gateway_reload(world.gateway, &world.reload);
        zv_alloc_fail_after(-1);
        bool is_new = world.config.trunks.count == 0;
        assert_int_equal(is_new, transport() == ZV_SIP_ANY);
        assert_int_equal(is_new, strcmp(world.config.log_level, "error") == 0);
        assert_int_equal(is_new, err == 0);
        if (!err)
            break;
        refused++;
    }
    assert_true(refused > 10);
}

static void without_a_source_nothing_is_read(void **state)
{
    (void)state;
    open_world(HEAD);
    zv_gateway_allow_reload(world.gateway, NULL, NULL);
    assert_int_equal(reload(HEAD), ZV_E_STATE);
}

#define TEST(name) cmocka_unit_test_teardown(name, close_world)
static const struct CMUnitTest tests[] = {
    TEST(a_change_holds_and_is_named),
    TEST(what_needs_a_restart_is_named_each_time_and_keeps_its_value),
    TEST(a_bad_file_is_refused_with_its_place_and_changes_nothing),
    TEST(a_file_with_an_end_mark_is_refused_wherever_it_is_cut),
    TEST(a_start_with_a_file_that_may_be_half_written_says_so_once),
    TEST(a_secret_follows_the_secrets_file),
    TEST(a_certificate_that_goes_with_its_listeners_stays_with_them_until_the_restart),
    TEST(a_chain_that_is_cut_behind_the_first_certificate_is_refused),
    TEST(want_of_memory_leaves_the_old_or_the_new),
    TEST(without_a_source_nothing_is_read),
    cmocka_unit_test(every_key_that_is_reloaded_has_somebody_who_takes_it),
};
ZV_TEST_MAIN(tests)
