/* turn.secret_file: a secret is taken from a file that nobody else may read, or the start refused.
 */
#define _GNU_SOURCE
#include "support/test.h"

#include "base/alloc.h"
#include "base/err.h"
#include "gateway/gateway_int.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char error[ZV_GATEWAY_ERROR_CAP];
static char path[64];

static void write_file(const char *text, mode_t mode)
{
    strcpy(path, "/tmp/zvonok-turn-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

/* What zv_turn_read_secret makes of the file at `path`; the secret is left in *ret_secret. */
static int open_turn(char ret_secret[ZV_GATEWAY_SECRET_CAP])
{
    struct zv_config config;
    memset(ret_secret, 0, ZV_GATEWAY_SECRET_CAP);
    assert_int_equal(zv_config_init(&config), 0);
    assert_int_equal(zv_config_set(&config, "turn.urls", "['turn:t.example']", error), 0);
    assert_int_equal(zv_config_set(&config, "turn.secret_file", path, error), 0);
    int err = zv_turn_read_secret(&config, ret_secret, error);
    zv_config_fini(&config);
    unlink(path);
    return err;
}

static void the_first_line_is_the_secret(void **state)
{
    (void)state;
    char secret[ZV_GATEWAY_SECRET_CAP];
    write_file("north-wind\nsecond line\n", 0600);
    assert_int_equal(open_turn(secret), 0);
    assert_string_equal(secret, "north-wind");
    write_file("no-newline", 0400);
    assert_int_equal(open_turn(secret), 0);
    assert_string_equal(secret, "no-newline");
}

static void check_refused(const char *text, mode_t mode, const char *sentence)
{
    char secret[ZV_GATEWAY_SECRET_CAP];
    write_file(text, mode);
    assert_int_equal(open_turn(secret), ZV_E_INVAL);
    assert_memory_equal(error, "turn.secret_file: /tmp/", 23);
    assert_non_null(strstr(error, sentence));
    assert_null(strstr(error, "north"));
    assert_string_equal(secret, "");
}

static void a_file_that_others_may_read_or_that_holds_no_secret_is_refused(void **state)
{
    (void)state;
    char longest[300];
    memset(longest, 'a', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    check_refused("north-wind\n", 0640, "others may read it; chmod 600 it");
    check_refused("north-wind\n", 0604, "others may read it; chmod 600 it");
    check_refused("", 0600, "its first line must be the secret");
    check_refused("\nnorth-wind\n", 0600, "its first line must be the secret");
    check_refused("north wind\n", 0600, "its first line must be the secret");
    check_refused(longest, 0600, "its first line must be the secret");
}

static void a_file_that_is_not_there_is_refused_by_name(void **state)
{
    (void)state;
    char secret[ZV_GATEWAY_SECRET_CAP];
    strcpy(path, "/nonexistent/secret");
    assert_int_equal(open_turn(secret), ZV_E_INVAL);
    assert_string_equal(error, "turn.secret_file: /nonexistent/secret: No such file or directory");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_first_line_is_the_secret),
    cmocka_unit_test(a_file_that_others_may_read_or_that_holds_no_secret_is_refused),
    cmocka_unit_test(a_file_that_is_not_there_is_refused_by_name),
};
ZV_TEST_MAIN(tests)
