/* Values from elsewhere: ${NAME}, the secrets file, and what is refused without showing a value. */
#define _GNU_SOURCE
#include "support/test.h"

#include "base/err.h"
#include "gateway/config_source.h"
#include "gateway/secrets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CANARY "north-wind"
#define BASE                                                                                       \
    "sip: {allow: [public]}\nhttp: {wss_listen: [], https_listen: []}\n"                           \
    "turn: {urls: ['turn:t.example'], secret: "

static char error[ZV_CONFIG_ERROR_CAP];
static char folder[32], config_path[64], secrets_path[64];

static int open_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/zvonok-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(config_path, sizeof(config_path), "%s/c.yaml", folder);
    snprintf(secrets_path, sizeof(secrets_path), "%s/secrets", folder);
    unsetenv("CREDENTIALS_DIRECTORY");
    return 0;
}

static int close_folder(void **state)
{
    (void)state;
    unlink(config_path);
    unlink(secrets_path);
    return rmdir(folder);
}

static void write_file(const char *path, const char *text, size_t len, mode_t mode)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static int read_config(struct zv_config *config, const char *text, const char *secrets)
{
    struct zv_config_source source = {.file = config_path,
                                      .secrets_file = secrets ? secrets_path : NULL};
    write_file(config_path, text, strlen(text), 0644);
    if (secrets)
        write_file(secrets_path, secrets, strlen(secrets), 0600);
    return zv_config_source_read(&source, config, error);
}

static void check_secret(const char *text, const char *secrets, const char *expected)
{
    struct zv_config config;
    assert_int_equal(read_config(&config, text, secrets), 0);
    assert_string_equal(config.turn_secret, expected);
    zv_config_fini(&config);
}

/* `expected` follows the name of a file. */
static void check_refused(const char *text, const char *secrets, const char *expected)
{
    struct zv_config config;
    assert_int_not_equal(read_config(&config, text, secrets), 0);
    zv_config_fini(&config);
    assert_non_null(strstr(error, expected));
    assert_null(strstr(error, CANARY));
}

static void a_name_stands_for_an_entry_of_the_secrets_file_else_of_the_environment(void **state)
{
    (void)state;
    setenv("ZV_A", "of-env", true);
    setenv("ZV_B", "of-env", true);
    check_secret(BASE "'${ZV_A}'}\n", "# a comment\n\nZV_A=" CANARY "=\n", CANARY "=");
    check_secret(BASE "'${ZV_B}'}\n", "ZV_A=" CANARY "\n", "of-env");
    check_secret(BASE "\"<${ZV_A}-${ZV_A}>\"}\n", "ZV_A=x\n", "<x-x>");
    check_secret(BASE "'${ZV_A}'}\n", NULL, "of-env");
}

static void what_was_put_in_is_not_looked_at_again(void **state)
{
    (void)state;
    check_secret(BASE "'${ZV_A}'}\n", "ZV_A=${ZV_B},\"#\nZV_B=x\n", "${ZV_B},\"#");
    check_secret(BASE "'$${ZV_A}$$x$'}\n", NULL, "${ZV_A}$$x$");
}

static void items_of_lists_and_values_of_trunks_are_values(void **state)
{
    (void)state;
    struct zv_config config;
    setenv("ZV_DOMAIN", "sip.example.org", true);
    assert_int_equal(read_config(&config,
                                 "sip: {allow: ['${ZV_DOMAIN}', 'b.${ZV_DOMAIN}']}\n"
                                 "http: {wss_listen: [], https_listen: []}\n"
                                 "trunks: {a.example: {ca: '/etc/${ZV_DOMAIN}.pem'}}\n",
                                 NULL),
                     0);
    assert_string_equal(config.sip_allow.items[0], "sip.example.org");
    assert_string_equal(config.sip_allow.items[1], "b.sip.example.org");
    assert_string_equal(config.trunks.items[0].ca, "/etc/sip.example.org.pem");
    zv_config_fini(&config);
}

static void a_name_that_is_set_nowhere_is_an_error_at_its_value(void **state)
{
    (void)state;
    unsetenv("ZV_NONE");
    check_refused("sip:\n  allow: [public]\n  user_agent: \"${ZV_NONE}\"\n", NULL,
                  "/c.yaml:3:15: ${ZV_NONE} is set neither in the secrets file nor in the "
                  "environment");
    check_refused(BASE "'" CANARY "${" CANARY "'}\n", NULL, "/c.yaml:3:42: ${ without its }");
    check_refused(BASE "'${" CANARY "}'}\n", NULL, "/c.yaml:3:42: there is no name between");
    check_refused(BASE "'${}'}\n", NULL, "there is no name between");
}

static void a_secret_goes_into_no_key_that_is_shown(void **state)
{
    (void)state;
    check_refused("sip: {allow: ['${ZV_A}']}\n", "ZV_A=" CANARY "\n",
                  "/c.yaml:1:15: ${ZV_A} is of the secrets file, and this key is shown in logs");
}

static void errors_hold_no_value(void **state)
{
    (void)state;
    check_refused(BASE "'${ZV_A}'}\n", "ZV_A=" CANARY " \n",
                  "turn.secret: must be 1 to 256 printable characters");
    check_refused(BASE "'${ZV_A}', secret_file: /x}\n", "ZV_A=" CANARY "\n",
                  "turn.secret: stands beside turn.secret_file");
    check_refused("sip: {allow: [public]}\n" BASE "x}\n", "ZV_A=x\n" CANARY "\n",
                  "/secrets:2: not NAME=VALUE");
    check_refused(BASE "x}\n", "1A=" CANARY "\n", "/secrets:1: not NAME=VALUE");
    check_refused(BASE "x}\n", "A=" CANARY "\xff\n", "/secrets:1: not NAME=VALUE");
}

static void a_name_stands_once_in_the_secrets_file(void **state)
{
    (void)state;
    check_refused(BASE "'${ZV_A}'}\n", "ZV_A=" CANARY "\n\nZV_B=x\nZV_A=y\n",
                  "/secrets:4: this name stands in a line above as well");
    check_refused(BASE "'${ZV_A}'}\n", "# a comment\nZV_A=x\nZV_A=x\n", "/secrets:3: this name ");
    check_secret(BASE "'${ZV_A}'}\n", "ZV_A=ZV_B=\nZV_AZV_B=\n#ZV_B=\nZV_B=x\nV_A=\n", "ZV_B=");
}

static void a_secrets_file_is_refused_wherever_it_is_cut_within_a_line(void **state)
{
    (void)state;
    static const char whole[] = "# of the TURN server\n\nZV_A=" CANARY "\nZV_B=x\n";
    for (size_t len = 0; len < sizeof(whole) - 1; len++) {
        struct zv_secrets *secrets = NULL;
        bool is_cut = len > 0 && whole[len - 1] != '\n';
        write_file(secrets_path, whole, len, 0600);
        assert_int_equal(zv_secrets_load(&secrets, secrets_path, error), is_cut ? ZV_E_PARSE : 0);
        zv_secrets_free(secrets);
    }
    check_refused(BASE "x}\n", "# a comment\n\nA=" CANARY,
                  "/secrets:3: the line has no end, as in a half-written file");
}

static void a_secret_stands_on_no_command_line(void **state)
{
    (void)state;
    struct zv_config config;
    assert_int_equal(zv_config_init(&config), 0);
    setenv("ZV_A", CANARY, true);
    assert_int_equal(zv_config_set(&config, "turn.secret", CANARY, error), ZV_E_DENIED);
    assert_non_null(strstr(error, "--set: turn.secret would stand in the list of processes"));
    assert_null(strstr(error, CANARY));
    assert_string_equal(config.turn_secret, "");
    assert_int_equal(zv_config_set(&config, "turn.secret", "\"${ZV_A}\"", error), 0);
    assert_string_equal(config.turn_secret, CANARY);
    assert_int_equal(zv_config_set(&config, "turn.secret", "", error), 0);
    zv_config_fini(&config);
}

static void check_set(struct zv_config *config, const char *key, const char *value)
{
    if (zv_config_set(config, key, value, error))
        fail_msg("%s=%s: %s", key, value, error);
}

static void a_name_on_the_command_line_needs_no_quotes(void **state)
{
    (void)state;
    struct zv_config config;
    assert_int_equal(zv_config_init(&config), 0);
    setenv("ZV_A", CANARY, true);
    setenv("ZV_NUMBER", "7", true);
    check_set(&config, "turn.secret", "${ZV_A}");
    assert_string_equal(config.turn_secret, CANARY);
    assert_null(config.plain_secret); /* it stands nowhere */
    check_set(&config, "turn.secret", "it's <${ZV_A}>, $${x");
    assert_string_equal(config.turn_secret, "it's <" CANARY ">, ${x");
    check_set(&config, "limits.calls", "${ZV_NUMBER}");
    assert_true(config.limits_calls == 7);
    check_set(&config, "trunks.a.example.ca", "/etc/${ZV_A}.pem");
    assert_string_equal(config.trunks.items[0].ca, "/etc/" CANARY ".pem");
    check_set(&config, "turn.secret", "'${ZV_A}'");
    assert_string_equal(config.turn_secret, CANARY);
    check_set(&config, "sip.allow", "['${ZV_A}', b.example]");
    assert_string_equal(config.sip_allow.items[0], CANARY);
    zv_config_fini(&config);
}

static void check_file_refused(size_t len, mode_t mode, int expected, const char *sentence)
{
    static char text[ZV_SECRETS_MAX_BYTES + 2];
    struct zv_secrets *secrets = NULL;
    memset(text, '\n', sizeof(text));
    write_file(secrets_path, text, len, mode);
    assert_int_equal(zv_secrets_load(&secrets, secrets_path, error), expected);
    assert_null(secrets);
    assert_non_null(strstr(error, sentence));
}

static void a_secrets_file_is_small_and_nobody_elses(void **state)
{
    (void)state;
    struct zv_secrets *secrets = NULL;
    check_file_refused(1, 0640, ZV_E_DENIED, "others may read it; chmod 600 it");
    check_file_refused(1, 0604, ZV_E_DENIED, "others may read it; chmod 600 it");
    check_file_refused(ZV_SECRETS_MAX_BYTES + 1, 0600, ZV_E_LIMIT, "larger than 64 KiB");
    assert_int_equal(zv_secrets_load(&secrets, folder, error), ZV_E_DENIED);
    assert_non_null(strstr(error, "not a file"));
    assert_int_equal(zv_secrets_load(&secrets, "/nonexistent/x", error), ZV_E_IO);
    assert_string_equal(error, "/nonexistent/x: No such file or directory");
    if (geteuid() != 0)
        return;
    write_file(secrets_path, "A=x", 3, 0600);
    assert_int_equal(chown(secrets_path, 65534, 65534), 0);
    assert_int_equal(zv_secrets_load(&secrets, secrets_path, error), ZV_E_DENIED);
    assert_non_null(strstr(error, "its owner must be root or the user"));
}

/* Its group bits are an access list's mask. */
static void what_systemd_gives_is_found_and_taken(void **state)
{
    (void)state;
    struct zv_config config;
    struct zv_config_source source = {.file = config_path};
    setenv("CREDENTIALS_DIRECTORY", folder, true);
    write_file(config_path, BASE "'${ZV_CREDENTIAL}'}\n", strlen(BASE "'${ZV_CREDENTIAL}'}\n"),
               0644);
    write_file(secrets_path, "ZV_CREDENTIAL=x\n", 16, 0440);
    assert_int_equal(zv_config_source_read(&source, &config, error), 0);
    assert_string_equal(config.turn_secret, "x");
    zv_config_fini(&config);
    write_file(secrets_path, "ZV_CREDENTIAL=x\n", 16, 0444);
    assert_int_equal(zv_config_source_read(&source, &config, error), ZV_E_DENIED);
    zv_config_fini(&config);
}

static void no_secrets_file_is_one_that_is_not_there(void **state)
{
    (void)state;
    struct zv_config config;
    struct zv_config_source source = {.file = config_path};
    write_file(config_path, "", 0, 0644);
    setenv("CREDENTIALS_DIRECTORY", folder, true);
    assert_int_equal(zv_config_source_read_values(&source, &config, error), 0);
    zv_config_fini(&config);
    setenv("CREDENTIALS_DIRECTORY", config_path, true); /* as one that cannot be entered */
    assert_int_equal(zv_config_source_read_values(&source, &config, error), ZV_E_IO);
    assert_non_null(strstr(error, "/c.yaml/secrets: Not a directory"));
    zv_config_fini(&config);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_folder, close_folder)
static const struct CMUnitTest tests[] = {
    TEST(a_name_stands_for_an_entry_of_the_secrets_file_else_of_the_environment),
    TEST(what_was_put_in_is_not_looked_at_again),
    TEST(items_of_lists_and_values_of_trunks_are_values),
    TEST(a_name_that_is_set_nowhere_is_an_error_at_its_value),
    TEST(a_secret_goes_into_no_key_that_is_shown),
    TEST(errors_hold_no_value),
    TEST(a_secret_stands_on_no_command_line),
    TEST(a_name_on_the_command_line_needs_no_quotes),
    TEST(a_name_stands_once_in_the_secrets_file),
    TEST(a_secrets_file_is_refused_wherever_it_is_cut_within_a_line),
    TEST(a_secrets_file_is_small_and_nobody_elses),
    TEST(what_systemd_gives_is_found_and_taken),
    TEST(no_secrets_file_is_one_that_is_not_there),
};
ZV_TEST_MAIN(tests)
