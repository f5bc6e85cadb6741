/* --check-config: everything that is wrong is told, and nothing else. */
#define _GNU_SOURCE
#include "support/test.h"

#include "base/err.h"
#include "gateway/cert.h"
#include "gateway/check_int.h"
#include "io/tcp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define QUIET                                                                                      \
    "media: {web_port: 0, workers: 1, public_address: 192.0.2.1}\n"                                \
    "admin: {socket: ''}\n"
#define NO_HTTP "http: {wss_listen: [], https_listen: [], ws_listen: [], admin_listen: []}\n"

static char folder[32], other[32], config_path[64];
static char failures[16384], warnings[16384], remedies[16384];
static struct zv_check_counts counts;

static int make_folders(void **state)
{
    char error[ZV_CERT_ERROR_CAP];
    (void)state;
    strcpy(folder, "/tmp/zvonok-XXXXXX");
    strcpy(other, "/tmp/zvonok-XXXXXX");
    assert_non_null(mkdtemp(folder));
    assert_non_null(mkdtemp(other));
    snprintf(config_path, sizeof(config_path), "%s/c.yaml", folder);
    assert_int_equal(zv_cert_make(&(struct zv_cert_cfg){.dir = folder}, error), 0);
    assert_int_equal(zv_cert_make(&(struct zv_cert_cfg){.dir = other}, error), 0);
    return 0;
}

static int remove_folders(void **state)
{
    static const char *const names[] = {"ca.crt", "ca.key", "server.crt", "server.key", "c.yaml"};
    char path[64];
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        unlink(path);
        snprintf(path, sizeof(path), "%s/%s", other, names[i]);
        unlink(path);
    }
    return rmdir(folder) || rmdir(other);
}

static void note(void *arg, enum zv_severity severity, const char *text, const char *remedy)
{
    char *notes = severity >= ZV_SEVERITY_FAIL ? failures : warnings;
    (void)arg;
    assert_true(strlen(notes) + strlen(text) + 2 < sizeof(failures));
    assert_true(strlen(remedies) + strlen(remedy) + 2 < sizeof(remedies));
    strcat(notes, text);
    strcat(notes, "\n");
    strcat(remedies, remedy);
    strcat(remedies, "\n");
}

static void check(const char *text)
{
    struct zv_config_source source = {.file = config_path};
    FILE *file = fopen(config_path, "wb");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    failures[0] = warnings[0] = remedies[0] = '\0';
    zv_check_configuration(&source, note, NULL, &counts);
}

static void assert_fails(const char *sentence)
{
    if (!strstr(failures, sentence))
        fail_msg("\"%s\" is not in:\n%s", sentence, failures);
}

static void assert_failures(size_t count)
{
    if (counts.failures != count)
        fail_msg("%zu and not %zu:\n%s", counts.failures, count, failures);
}

static size_t lines_of(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += *text == '\n';
    return count;
}

static void what_is_right_fails_in_nothing(void **state)
{
    char text[1024];
    (void)state;
    snprintf(
        text, sizeof(text),
        "sip: {allow: [a.example], listen: '127.0.0.1:0', tls_listen: '127.0.0.1:0',\n"
        "  tls_ca: %s/ca.crt, tls_certificate: %s/server.crt, tls_private_key: %s/server.key}\n"
        "http: {certificate: %s/server.crt, private_key: %s/server.key, ws_listen: [],\n"
        "  wss_listen: ['127.0.0.1:0'], https_listen: ['[::]:0'], admin_listen: []}\n"
        "trunks: {a.example: {ca: %s/ca.crt}}\n" QUIET,
        folder, folder, folder, folder, folder, other);
    check(text);
    assert_string_equal(failures, "");
    assert_failures(0);
    assert_int_equal(counts.warnings, lines_of(warnings));
}

static void every_fault_of_the_file_is_told_with_its_place(void **state)
{
    (void)state;
    check("sip: {alow: [{x: y}], t1: 5, listen: '127.0.0.1:0'}\n"
          "nosuch:\n  a: [b, {c: d}]\n  e: f\n"
          "dns: [1]\n" NO_HTTP "trunks: {a.example: {srtp: on}, b b: {x: y}, c.example: {strict: "
          "true, strict: false}}\n"
          "log: {level: loud, format: xml, levels: [x, y=debug]}\n" QUIET);
    assert_fails("c.yaml:1:7: there is no key sip.alow");
    assert_fails("c.yaml:1:27: sip.t1 wants a time");
    assert_fails("c.yaml:2:1: there is no section nosuch");
    assert_fails("c.yaml:5:6: a section holds keys");
    assert_fails("c.yaml:7:28: trunks.srtp wants");
    assert_fails("c.yaml:7:33: a trunk is a SIP domain");
    assert_fails("c.yaml:7:72: this key stands twice");
    assert_fails("sip.allow: say where");
    assert_fails("log.level: loud: ");
    assert_fails("log.format: xml: ");
    assert_fails("log.levels: x: ");
    assert_fails("log.levels: y=debug: ");
    assert_failures(12);
}

#define QUIET_ALL "sip: {allow: [a.example], listen: '127.0.0.1:0'}\n" NO_HTTP QUIET

static bool warns(const char *sentence)
{
    return strstr(warnings, sentence) != NULL;
}

static void a_file_that_a_reload_would_refuse_or_not_know_is_warned_of(void **state)
{
    const char *cut = "the last line has no end, so a reload ";
    (void)state;
    check(QUIET_ALL);
    assert_true(warns("c.yaml:5:1: without the line ... at its end a reload cannot tell"));
    assert_failures(0);
    assert_false(warns(cut));
    check(QUIET_ALL "...\n");
    assert_false(warns("...") || warns(cut));
    check(QUIET_ALL "...");
    assert_true(warns("c.yaml:5:4: the last line has no end, so a reload "));
    assert_false(warns("without the line ..."));
    assert_failures(0);
    check(QUIET_ALL "log: {level: info}");
    assert_true(warns(cut) && warns("without the line ..."));
    check(QUIET_ALL "log: {level: x}\n"); /* first things first */
    assert_false(warns("..."));
}

static void a_chain_that_a_reload_would_refuse_is_warned_of(void **state)
{
    char text[512], path[64];
    (void)state;
    snprintf(path, sizeof(path), "%s/ca.crt", other);
    snprintf(text, sizeof(text), QUIET_ALL "trunks: {a.example: {ca: %s}}\n...\n", path);
    check(text);
    assert_false(warns("no end"));
    struct stat whole;
    assert_int_equal(stat(path, &whole), 0);
    FILE *file = fopen(path, "a");
    assert_true(file && fputs("-----BEG", file) > 0 && fclose(file) == 0);
    check(text);
    assert_true(warns("trunks: ca: ") && warns("ca.crt: the last line has no end, so a reload "));
    assert_failures(0);
    assert_int_equal(truncate(path, whole.st_size), 0);
}

static void a_chain_that_a_start_would_refuse_is_an_error(void **state)
{
    char text[512], path[64], chain[8192];
    (void)state;
    snprintf(path, sizeof(path), "%s/server.crt", folder);
    snprintf(text, sizeof(text),
             "sip: {allow: [a.example], listen: '127.0.0.1:0'}\n"
             "http: {wss_listen: ['127.0.0.1:0'], https_listen: [], ws_listen: [],\n"
             "  admin_listen: [], certificate: %s, private_key: %s/server.key}\n" QUIET,
             path, folder);
    check(text);
    assert_failures(0);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    size_t len = fread(chain, 1, sizeof(chain), file);
    assert_true(len > 0 && chain[len - 1] == '\n');
    size_t cut = len - strlen("-----END CERTIFICATE-----\n"); /* it has no unfinished line */
    assert_int_equal(ftruncate(fileno(file), (off_t)cut), 0);
    check(text);
    rewind(file);
    assert_int_equal(fwrite(chain, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
    assert_fails("http.certificate: /tmp/zvonok-");
    assert_fails("server.crt: holds no certificate in PEM, or not the whole of one");
    assert_failures(1);
}

/* With what was told about secrets. */
static void check_secret(const char *text, mode_t mode)
{
    check(text); /* which makes the file */
    assert_int_equal(chmod(config_path, mode), 0);
    check(text);
    assert_false(warns("north-wind") || strstr(failures, "north-wind"));
}

#define TURN "turn: {urls: ['turn:t.example'], secret: "

static void a_secret_that_others_may_read_is_warned_of(void **state)
{
    (void)state;
    const char *sentence = "turn.secret: stands in ";
    setenv("ZV_TEST_SECRET", "north-wind", true);
    check_secret(QUIET_ALL TURN "north-wind}\n", 0644);
    assert_true(warns(sentence));
    /* So that the service goes on to be able to. */
    assert_non_null(strstr(remedies, "`chgrp zvonok /tmp/zvonok-"));
    assert_non_null(strstr(remedies, "/c.yaml && chmod 640 /tmp/zvonok-"));
    check_secret(QUIET_ALL TURN "'$${north-wind'}\n", 0644);
    assert_true(warns(sentence));
    check_secret(QUIET_ALL TURN "north-wind}\n", 0640);
    assert_false(warns(sentence));
    check_secret(QUIET_ALL TURN "'$x${ZV_TEST_SECRET}'}\n", 0644);
    assert_false(warns(sentence));
    assert_int_equal(unlink(config_path), 0);
}

static void what_root_alone_can_read_is_warned_of(void **state)
{
    (void)state;
    char text[512], path[64], link[64];
    snprintf(path, sizeof(path), "%s/server.key", folder);
    snprintf(link, sizeof(link), "%s/ca.key", other);
    snprintf(text, sizeof(text),
             "sip: {allow: [a.example], listen: '127.0.0.1:0'}\n"
             "http: {wss_listen: [], https_listen: [], ws_listen: [], admin_listen: [],\n"
             "  certificate: %s/server.crt, private_key: %s}\n" QUIET,
             folder, path);
    if (geteuid() != 0) {
        check(text);
        assert_false(warns("root alone can read"));
        skip();
    }
    assert_int_equal(chmod(folder, 0711), 0);
    check(text);
    assert_true(warns("http.private_key: root alone can read "));
    assert_false(warns("http.certificate: root alone"));
    assert_false(warns("--config: root alone"));
    assert_int_equal(chown(path, 0, 12345), 0);
    assert_int_equal(chmod(path, 0640), 0);
    check(text);
    assert_false(warns("root alone"));
    assert_int_equal(chmod(folder, 0700), 0);
    check(text);
    assert_true(warns("http.certificate: root alone can read "));
    assert_int_equal(unlink(link), 0); /* where it points to counts */
    assert_int_equal(symlink(path, link), 0);
    assert_int_equal(chmod(other, 0711), 0);
    assert_true(zv_check_is_roots_alone(link));
    assert_int_equal(chmod(folder, 0711), 0);
    assert_false(zv_check_is_roots_alone(link));
    assert_false(zv_check_is_roots_alone("/nonexistent/a"));
    assert_int_equal(chown(path, 0, 0), 0);
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(chmod(folder, 0700), 0);
}

static void what_is_no_yaml_ends_it_there(void **state)
{
    (void)state;
    check("sip: {alow: x}\nlog: [\n");
    assert_fails("c.yaml:1:7: there is no key sip.alow");
    assert_fails("c.yaml:3:1: not YAML: ");
    assert_failures(3);
    check("\"");
    assert_fails("c.yaml:1:2: not YAML: ");
    assert_failures(1);
    assert_int_equal(counts.warnings, 0);
    /* What stands behind it is not missing. */
    check(
        "log: {level:\tinfo\nsip: {allow: [a.example]}\nhttp: {certificate: a, private_key: b}\n");
    assert_fails("c.yaml:2:4: not YAML: ");
    assert_failures(1);
    check("log: {level: \"info}\nsip: {allow: [a.example]}\n");
    assert_fails("not YAML: ");
    assert_failures(1);
}

static void files_that_cannot_be_used_are_told_each(void **state)
{
    char text[1024];
    (void)state;
    snprintf(text, sizeof(text),
             "sip: {allow: [a.example], listen: '127.0.0.1:0', tls_ca: /nonexistent1,\n"
             "  tls_certificate: %s/server.crt, tls_private_key: %s/server.key}\n"
             "http: {certificate: %s/server.crt, private_key: %s/server.key, wss_listen: [],\n"
             "  https_listen: [], ws_listen: [], admin_listen: []}\n"
             "turn: {urls: ['turn:a.example'], secret_file: /nonexistent2}\n"
             "trunks: {a.example: {ca: /nonexistent3}, b.example: {ca: /nonexistent4}}\n"
             "admin: {socket: /nonexistent5/b/a.sock, group: zvonok-nobody}\n"
             "media: {web_port: 0, workers: 1, public_address: 192.0.2.1}\n",
             folder, other, folder, other);
    check(text);
    assert_fails("sip.tls_private_key: ");
    assert_fails("sip.tls_ca: /nonexistent1: ");
    assert_fails("turn.secret_file: /nonexistent2: No such file");
    assert_fails("trunks: ca: /nonexistent3: ");
    assert_fails("trunks: ca: /nonexistent4: ");
    assert_fails("admin.socket: /nonexistent5/b/a.sock: nothing can be made in /nonexistent5");
    assert_fails("admin.group: there is no group zvonok-nobody");
    assert_fails("http.private_key ");
    assert_failures(8);
}

static void
the_default_place_of_the_socket_may_be_missing_while_the_service_is_stopped(void **state)
{
    (void)state;
    struct zv_config config;
    struct zv_check socket_check = {.config = &config, .tell_fn = note};
    char error[ZV_CONFIG_ERROR_CAP];
    assert_int_equal(zv_config_init(&config), 0);
    assert_int_equal(zv_config_set(&config, "admin.socket", "/nonexistent/b/a.sock", error), 0);
    failures[0] = warnings[0] = remedies[0] = '\0';
    zv_check_socket(&socket_check, "/nonexistent/b/a.sock");
    assert_int_equal(socket_check.counts.warnings + socket_check.counts.failures, 0);
    zv_check_socket(&socket_check, "/elsewhere/a.sock");
    assert_fails("admin.socket: /nonexistent/b/a.sock: nothing can be made in /nonexistent");
    zv_config_fini(&config);
}

static void listeners_that_want_one_port_are_told(void **state)
{
    (void)state;
    check("sip: {allow: [a.example], listen: '127.0.0.1:10002'}\n"
          "http: {wss_listen: [], https_listen: [], ws_listen: ['127.0.0.1:10002', '[::]:10003'],\n"
          "  admin_listen: ['127.0.0.1:10003']}\n"
          "media: {web_port: 9999, workers: 2, public_address: 192.0.2.1}\nadmin: {socket: ''}\n");
    assert_fails("sip.listen: UDP port 10002 lies in media.port_from to media.port_to");
    assert_fails("http.ws_listen: TCP port 10002 is that of sip.listen, too");
    assert_fails("http.admin_listen: TCP port 10003 is that of http.ws_listen, too");
    assert_fails("media.web_port: UDP port 10000 lies in media.port_from to media.port_to");
    assert_failures(4);
}

static void addresses_are_tried_on_this_machine(void **state)
{
    struct zv_tcp_socket taken;
    struct zv_addr loopback;
    char text[512];
    (void)state;
    assert_int_equal(zv_addr_parse(zv_str("127.0.0.1:0"), &loopback), 0);
    assert_int_equal(zv_tcp_listen(&taken, &loopback), 0);
    snprintf(text, sizeof(text),
             "sip: {allow: [a.example], listen: '192.0.2.77:9'}\n"
             "http: {wss_listen: [], https_listen: [], admin_listen: [], ws_listen: "
             "['127.0.0.1:%u']}\n" QUIET,
             taken.local.port);
    check(text);
    close(taken.fd);
    assert_fails("sip.listen: this machine has no address for UDP 192.0.2.77:9");
    assert_fails("sip.listen: this machine has no address for TCP 192.0.2.77:9");
    assert_failures(2);
    assert_non_null(strstr(warnings, "http.ws_listen: TCP "));
    assert_non_null(strstr(warnings, " is in use now"));
}

/* ---- fresh ---- */

static char sample[65536];

static void add_to_sample(void *arg, const char *text)
{
    (void)arg;
    assert_true(strlen(sample) + strlen(text) < sizeof(sample));
    strcat(sample, text);
}

static bool is_fresh(const char *text, size_t len, const char *setting)
{
    struct zv_config_source source = {
        .file = config_path, .settings = &setting, .setting_count = setting ? 1 : 0};
    FILE *file = fopen(config_path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
    return zv_check_is_fresh(&source);
}

static void what_is_as_it_was_installed_is_fresh(void **state)
{
    static const char end[] = "\n...\n";
    static const char *const set_up[] = {"sip.allow=[a.example]", "log.level=debug",
                                         "trunks.a.example.strict=true"};
    char packaged[256], changed[sizeof(sample)];
    (void)state;
    sample[0] = '\0';
    zv_config_write_sample(add_to_sample, NULL);
    size_t len = strlen(sample);
    assert_true(is_fresh(sample, len, NULL));
    snprintf(packaged, sizeof(packaged), "http: {certificate: /a/b.crt, private_key: /a/b.key}%s",
             end);
    assert_true(is_fresh(packaged, strlen(packaged), NULL));
    assert_true(is_fresh(sample, len, "sip.t1=500ms")); /* its default */
    for (size_t i = 0; i < ZV_ARRAY_LEN(set_up); i++)
        assert_false(is_fresh(sample, len, set_up[i]));
    snprintf(changed, sizeof(changed), "%.*swrong: 1%s", (int)(len - 4), sample, end);
    assert_false(is_fresh(changed, strlen(changed), NULL));
}

static void what_somebody_has_emptied_or_cut_is_not_fresh(void **state)
{
    (void)state;
    sample[0] = '\0';
    zv_config_write_sample(add_to_sample, NULL);
    size_t len = strlen(sample);
    for (size_t cut = 0; cut < len; cut = cut + 97 < len - 6 ? cut + 97 : cut + 1) {
        if (is_fresh(sample, cut, NULL))
            fail_msg("cut to %zu of %zu bytes it counts as fresh", cut, len);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_right_fails_in_nothing),
    cmocka_unit_test(every_fault_of_the_file_is_told_with_its_place),
    cmocka_unit_test(a_file_that_a_reload_would_refuse_or_not_know_is_warned_of),
    cmocka_unit_test(a_chain_that_a_start_would_refuse_is_an_error),
    cmocka_unit_test(a_chain_that_a_reload_would_refuse_is_warned_of),
    cmocka_unit_test(a_secret_that_others_may_read_is_warned_of),
    cmocka_unit_test(what_root_alone_can_read_is_warned_of),
    cmocka_unit_test(what_is_no_yaml_ends_it_there),
    cmocka_unit_test(files_that_cannot_be_used_are_told_each),
    cmocka_unit_test(the_default_place_of_the_socket_may_be_missing_while_the_service_is_stopped),
    cmocka_unit_test(listeners_that_want_one_port_are_told),
    cmocka_unit_test(addresses_are_tried_on_this_machine),
    cmocka_unit_test(what_is_as_it_was_installed_is_fresh),
    cmocka_unit_test(what_somebody_has_emptied_or_cut_is_not_fresh),
};
int main(void)
{
    return cmocka_run_group_tests(tests, make_folders, remove_folders);
}
