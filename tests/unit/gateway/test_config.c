/* The configuration: defaults, values, and errors that point at the text. */
#define _GNU_SOURCE
#include "support/test.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/time.h"
#include "call/trunk.h"
#include "gateway/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char error[ZV_CONFIG_ERROR_CAP];

static int parse(struct zv_config *config, const char *text)
{
    error[0] = 0;
    assert_int_equal(zv_config_init(config), 0);
    return zv_config_parse(config, "t.yaml", text, strlen(text), error);
}

static void check_error(const char *text, const char *expected)
{
    struct zv_config config;
    assert_int_equal(parse(&config, text), ZV_E_PARSE);
    assert_string_equal(error, expected);
    zv_config_fini(&config);
}

static void defaults_are_those_of_the_table(void **state)
{
    (void)state;
    struct zv_config config;
    assert_int_equal(parse(&config, ""), 0);
    assert_true(config.timers_ringing_out == ZV_SECONDS(180));
    assert_true(config.timers_dtls_wait == ZV_MS(1500));
    assert_int_equal(config.http_wss_listen.count, 1);
    assert_string_equal(config.http_wss_listen.items[0], "[::]:8443");
    assert_false(config.media_strict);
    zv_config_fini(&config);
}

static void values_replace_defaults(void **state)
{
    (void)state;
    struct zv_config config;
    assert_int_equal(parse(&config,
                           "sip:\n  allow: [a.example, 10.0.0.0/8]\n  register_expires: 2m\n"
                           "http:\n  ws_listen: []\nmedia:\n  strict: true\n"),
                     0);
    assert_int_equal(config.sip_allow.count, 2);
    assert_string_equal(config.sip_allow.items[1], "10.0.0.0/8");
    assert_true(config.sip_register_expires == ZV_SECONDS(120));
    assert_int_equal(config.http_ws_listen.count, 0);
    assert_true(config.media_strict);
    zv_config_fini(&config);
}

static void errors_name_file_line_and_column(void **state)
{
    (void)state;
    check_error("sip:\n  alow: [x]\n",
                "t.yaml:2:3: there is no key sip.alow; did you mean sip.allow?");
    check_error("sips:\n  allow: [x]\n",
                "t.yaml:1:1: there is no section sips; zvonokd --print-config lists all");
    check_error("dns:\n  tries: 9\n", "t.yaml:2:10: dns.tries wants a whole number from 1 to 5");
    check_error("dns:\n  tries: two\n", "t.yaml:2:10: dns.tries wants a whole number from 1 to 5");
    check_error("timers:\n  ice: 15\n",
                "t.yaml:2:8: timers.ice wants a time such as 1500ms, 32s or 4h, from 1s to 24h");
    check_error("media:\n  strict: yes\n", "t.yaml:2:11: media.strict wants true or false");
    check_error("sip:\n  allow: x\n",
                "t.yaml:2:10: sip.allow wants a list, such as [sip.example.org, "
                "192.0.2.0/24]");
    check_error("dns:\n  tries: 2\n  tries: 2\n", "t.yaml:3:3: this key stands twice in the file");
    check_error("- a\n", "t.yaml:1:1: the file holds sections, such as sip:");
}

static void broken_yaml_is_an_error_with_a_line(void **state)
{
    (void)state;
    struct zv_config config;
    assert_int_equal(parse(&config, "sip:\n  allow: [a\nhttp:\n"), ZV_E_PARSE);
    assert_memory_equal(error, "t.yaml:3:", 9);
    zv_config_fini(&config);
}

static void check_refused(const char *text, const char *expected_start)
{
    struct zv_config config;
    assert_int_equal(parse(&config, text), 0);
    assert_int_equal(zv_config_check(&config, error), ZV_E_INVAL);
    assert_memory_equal(error, expected_start, strlen(expected_start));
    zv_config_fini(&config);
}

static void check_right(const char *text)
{
    struct zv_config config;
    assert_int_equal(parse(&config, text), 0);
    assert_int_equal(zv_config_check(&config, error), 0);
    zv_config_fini(&config);
}

static void checks_that_need_the_whole(void **state)
{
    (void)state;
#define ALLOW "sip: {allow: [public.example]}\n"
#define TLS   "http: {certificate: a, private_key: b}\n"
#define FOUR  "'[::]:1', '[::]:2', '[::]:3', '[::]:4'"
#define EIGHT FOUR ", " FOUR
    check_refused("", "sip.allow: say where clients may send SIP");
    check_refused("sip: {allow: ['a b']}\n", "sip.allow: a b: neither a domain nor a network");
    check_refused("sip: {allow: [public.example], session_expires: 89s}\n",
                  "sip.session_expires: must be 90s or longer, or 0s for none");
    check_refused(ALLOW, "http.certificate: missing; `zvonokd --make-cert DIR`");
    check_refused(ALLOW "http: {certificate: a, private_key: b, trusted_proxies: [lb.example]}\n",
                  "http.trusted_proxies: lb.example: neither an address nor a network");
    check_refused(ALLOW "http: {certificate: a, private_key: b, trusted_proxies: ['::/0']}\n",
                  "http.trusted_proxies: ::/0: trusts everybody");
    check_refused(ALLOW "http: {certificate: a, private_key: b, ws_listen: ['8080']}\n",
                  "http.ws_listen: 8080: not address:port");
    check_refused(ALLOW "http: {certificate: a, private_key: b, admin_listen: ['0.0.0.0:8081']}\n",
                  "http.admin_listen: 0.0.0.0:8081: must be a loopback address");
    check_refused(ALLOW "http: {certificate: a, private_key: b, admin_listen: ['[::]:8081']}\n",
                  "http.admin_listen: [::]:8081: must be a loopback address");
    check_refused(
        ALLOW "http: {certificate: a, private_key: b, ws_listen: [" EIGHT ", '[::]:9']}\n",
        "http.wss_listen: with http.https_listen, ws_listen and admin_listen these are 12 "
        "addresses, and at most 8 ");
    check_right(ALLOW "http: {ws_listen: [" EIGHT
                      "], wss_listen: [], https_listen: [], admin_listen: []}\n");
    check_refused(ALLOW "http: {certificate: a, private_key: b, admin_listen: ['8081']}\n",
                  "http.admin_listen: 8081: not address:port");
    check_refused(ALLOW TLS "turn: {urls: ['turn:t.example']}\n",
                  "turn.secret_file: goes with turn.urls: give both");
    check_refused(ALLOW TLS "turn: {secret_file: /etc/secret}\n",
                  "turn.secret_file: goes with turn.urls: give both");
    check_refused(ALLOW TLS "turn: {urls: ['stun:t.example'], secret_file: x}\n",
                  "turn.urls: stun:t.example: not the address of a TURN server");
    check_refused(ALLOW TLS "turn: {urls: ['turn:t.example, x'], secret_file: x}\n",
                  "turn.urls: turn:t.example, x: not the address of a TURN server");
    check_refused(ALLOW TLS "turn: {urls: [a, a, a, a, a, a, a, a, a], secret_file: x}\n",
                  "turn.urls: at most 8");
    check_refused(ALLOW TLS "media: {public_address: 'nat.example.org'}\n",
                  "media.public_address: nat.example.org: not an IP address");
    check_refused(ALLOW TLS "media: {public_address: '203.0.113.5, 203.0.113.6'}\n",
                  "media.public_address: 203.0.113.5, 203.0.113.6: not an IP address");
    check_refused(ALLOW TLS "media: {public_address: '203.0.113.5,'}\n",
                  "media.public_address: 203.0.113.5,: not an IP address");
    check_refused(
        ALLOW "http: {certificate: a, private_key: b}\nmedia: {port_from: 5000, port_to: 4000}\n",
        "media.port_to: must be greater");
    check_refused(ALLOW "http: {certificate: a, private_key: b}\nlog: {level: loud}\n",
                  "log.level: loud: must be");
#define WHOLE ALLOW "http: {certificate: a, private_key: b}\n"
    check_refused(WHOLE "log: {format: xml}\n", "log.format: xml: must be text or json");
    check_refused(WHOLE "log: {levels: [sip=debug, rtp=debug]}\n",
                  "log.levels: rtp=debug: no such module; there are main, http, call, sip, media, "
                  "dns, and all");
    check_refused(WHOLE "log: {levels: [sip]}\n", "log.levels: sip: not MODULE=LEVEL");
    check_refused(WHOLE "log: {levels: ['sip=loud']}\n", "log.levels: sip=loud: not MODULE=LEVEL");
    check_refused("sip:\n  allow: [public]\n  user_agent: \"a\\rb\"\n", "sip.user_agent: ");
    check_refused("sip: {allow: [public], unknown_sources: refuse}\n",
                  "sip.unknown_sources: refuse: must be answer or drop");
}

static void one_key_can_be_set_from_the_command_line(void **state)
{
    (void)state;
    struct zv_config config;
    assert_int_equal(zv_config_init(&config), 0);
    assert_int_equal(zv_config_set(&config, "timers.ice", "2s", error), 0);
    assert_true(config.timers_ice == ZV_SECONDS(2));
    assert_int_equal(zv_config_set(&config, "timers.nice", "2s", error), ZV_E_NOTFOUND);
    assert_int_equal(zv_config_set(&config, "sip.allow", "[a.example]", error), 0);
    assert_int_equal(config.sip_allow.count, 1);
    zv_config_fini(&config);
}

static void a_public_address_may_be_one_of_each_family(void **state)
{
    (void)state;
    struct zv_config config;
    struct zv_addr addrs[ZV_MAX_PUBLIC_ADDRESSES];
    char text[ZV_ADDR_TEXT_CAP];
    assert_int_equal(parse(&config, "media: {public_address: '2001:db8::5 , 203.0.113.5'}\n"), 0);
    assert_int_equal(zv_config_read_public(&config, addrs), 0);
    assert_string_equal(zv_addr_write_ip(&addrs[0], text), "2001:db8::5");
    assert_string_equal(zv_addr_write_ip(&addrs[1], text), "203.0.113.5");
    zv_config_fini(&config);
    assert_int_equal(parse(&config, "media: {public_address: 203.0.113.5}\n"), 0);
    assert_int_equal(zv_config_read_public(&config, addrs), 0);
    assert_string_equal(zv_addr_write_ip(&addrs[0], text), "203.0.113.5");
    assert_int_equal(addrs[1].family, ZV_ADDR_NONE);
    zv_config_fini(&config);
    assert_int_equal(parse(&config, ""), 0);
    assert_int_equal(zv_config_read_public(&config, addrs), 0);
    assert_int_equal(addrs[0].family, ZV_ADDR_NONE);
    zv_config_fini(&config);
}

static void trunks_are_entries_with_keys_of_their_own(void **state)
{
    (void)state;
    struct zv_config config;
    struct zv_trunk *entries;
    struct zv_trunks trunks;
    assert_int_equal(parse(&config, "media: {strict: true}\n"
                                    "trunks:\n"
                                    "  sip.example.org: {strict: false}\n"
                                    "  \"1001@pbx.example\":\n"
                                    "    strict: true\n"
                                    "    srtp: optional\n"
                                    "  192.0.2.7: {}\n"),
                     0);
    assert_int_equal(zv_config_set(&config, "trunks.SIP.example.org.strict", "true", error), 0);
    assert_int_equal(zv_config_list_trunks(&config, &entries, &trunks), 0);
    assert_true(trunks.defaults.strict);
    assert_int_equal(trunks.count, 3);
    assert_true(zv_str_is(entries[0].host, "sip.example.org"));
    assert_true(!entries[0].user.len && entries[0].has_strict && entries[0].strict);
    assert_true(zv_str_is(entries[1].user, "1001") && zv_str_is(entries[1].host, "pbx.example"));
    assert_true(entries[1].has_srtp && entries[1].srtp == ZV_SRTP_POLICY_OPTIONAL);
    assert_false(entries[2].has_strict || entries[2].has_srtp);
    assert_int_equal(trunks.defaults.srtp, ZV_SRTP_POLICY_OFF);
    zv_free(entries);
    assert_int_equal(zv_config_set(&config, "trunks.a.example.strikt", "true", error),
                     ZV_E_NOTFOUND);
    assert_int_equal(zv_config_set(&config, "trunks.strict", "true", error), ZV_E_NOTFOUND);
    zv_config_fini(&config);
    assert_int_equal(parse(&config, "trunks:\n"), 0);
    assert_int_equal(config.trunks.count, 0);
    zv_config_fini(&config);
}

static void errors_in_trunks_name_line_and_column(void **state)
{
    (void)state;
    check_error(
        "trunks:\n  a.example: {strikt: true}\n",
        "t.yaml:2:15: a trunk has no key strikt; what it may have: strict, srtp, transport, ca");
    check_error("trunks:\n  a.example: {srtp: on}\n",
                "t.yaml:2:21: trunks.srtp wants off, optional or required");
    check_error("media:\n  srtp: true\n", "t.yaml:2:9: media.srtp wants off, optional or required");
    check_error("trunks:\n  a.example: {strict: yes}\n",
                "t.yaml:2:23: trunks.strict wants true or false");
    check_error("trunks:\n  a b.example: {}\n",
                "t.yaml:2:3: a trunk is a SIP domain, or an account as user@domain");
    check_error("trunks:\n  a.example: {}\n  A.Example: {}\n",
                "t.yaml:3:3: this key stands twice in the file");
    check_error("trunks:\n  a.example: {strict: true, strict: true}\n",
                "t.yaml:2:29: this key stands twice in the file");
    check_error("trunks: [a.example]\n",
                "t.yaml:1:9: trunks holds entries, such as sip.example.org: {strict: true}");
    check_error("trunks:\n  a.example: strict\n",
                "t.yaml:2:14: a trunk holds keys, such as {strict: true}");
    check_error("trunks: {}\ntrunks: {}\n", "t.yaml:2:1: this key stands twice in the file");
}

static void check_unread(const char *path, const char *expected)
{
    struct zv_config config;
    assert_int_equal(zv_config_init(&config), 0);
    assert_int_equal(zv_config_load(&config, path, error), ZV_E_IO);
    assert_string_equal(error, expected);
    zv_config_fini(&config);
}

static void a_file_that_cannot_be_read_says_why(void **state)
{
    (void)state;
    check_unread("/nonexistent.yaml", "/nonexistent.yaml: cannot be opened: No such file or "
                                      "directory; name it with --config FILE");
    check_unread("/dev/null/x", "/dev/null/x: cannot be opened: Not a directory");
    check_unread("/", "/: cannot be read: Is a directory");
    check_unread("/dev/zero", "/dev/zero: larger than 1 MiB");
    if (geteuid() != 0)
        return;
    char path[] = "/tmp/zvonok-XXXXXX", expected[128];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    snprintf(expected, sizeof(expected),
             "%s: cannot be opened: Permission denied; the user that zvonokd runs as has to be "
             "able to read it",
             path);
    assert_int_equal(seteuid(65534), 0);
    check_unread(path, expected);
    assert_int_equal(seteuid(0), 0);
    unlink(path);
}

static char sample[65536];

static void append(void *arg, const char *text)
{
    (void)arg;
    assert_true(strlen(sample) + strlen(text) < sizeof(sample));
    strcat(sample, text);
}

static void the_sample_file_in_deploy_is_current(void **state)
{
    (void)state;
    static char on_disk[65536];
    sample[0] = 0;
    zv_config_write_sample(append, NULL);
    FILE *file = fopen(ZV_SOURCE_DIR "/deploy/zvonok.yaml", "rb");
    assert_non_null(file);
    size_t len = fread(on_disk, 1, sizeof(on_disk) - 1, file);
    fclose(file);
    on_disk[len] = 0;
    /* After a change of the table: zvonokd --print-config >deploy/zvonok.yaml */
    assert_string_equal(on_disk, sample);
    struct zv_config config;
    assert_int_equal(parse(&config, sample), 0);
    zv_config_fini(&config);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(defaults_are_those_of_the_table),
    cmocka_unit_test(values_replace_defaults),
    cmocka_unit_test(errors_name_file_line_and_column),
    cmocka_unit_test(broken_yaml_is_an_error_with_a_line),
    cmocka_unit_test(checks_that_need_the_whole),
    cmocka_unit_test(one_key_can_be_set_from_the_command_line),
    cmocka_unit_test(a_public_address_may_be_one_of_each_family),
    cmocka_unit_test(trunks_are_entries_with_keys_of_their_own),
    cmocka_unit_test(errors_in_trunks_name_line_and_column),
    cmocka_unit_test(a_file_that_cannot_be_read_says_why),
    cmocka_unit_test(the_sample_file_in_deploy_is_current),
};
ZV_TEST_MAIN(tests)
