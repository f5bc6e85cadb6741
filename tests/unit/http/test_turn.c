/* Credentials as coturn's use-auth-secret computes them. */
#include "support/test.h"

#include "base/time.h"
#include "http/turn.h"

static const char *const urls[] = {"turn:turn.example.org:3478?transport=udp",
                                   "turns:turn.example.org:5349?transport=tcp"};

static void a_login_names_its_end_and_is_signed_by_the_secret(void **state)
{
    (void)state;
    struct zv_turn_login login;
    const struct zv_turn_cfg cfg = {
        .urls = urls, .url_count = 2, .secret = zv_str("north-wind"), .ttl_us = ZV_SECONDS(86400)};
    int64_t wall_us = ZV_SECONDS(1796083200 - 86400) + 999999;
    zv_turn_make_login(&cfg, zv_str("s-81f2"), wall_us, &login);
    assert_true(zv_str_is(login.wire.username, "1796083200:s-81f2"));
    /* printf 1796083200:s-81f2 | openssl dgst -sha1 -hmac north-wind -binary | base64 */
    assert_true(zv_str_is(login.wire.credential, "JitkoQ0QVRSRWM4xt2MPPG7Zabc="));
    assert_int_equal(login.wire.urls.count, 2);
    assert_true(zv_str_is(login.wire.urls.line[1], urls[1]));
}

static void the_longest_name_fits(void **state)
{
    (void)state;
    struct zv_turn_login login;
    char name[ZV_ID_TEXT_CAP];
    const struct zv_turn_cfg cfg = {
        .urls = urls, .url_count = 1, .secret = zv_str("x"), .ttl_us = ZV_SECONDS(1)};
    for (size_t i = 0; i < sizeof(name) - 1; i++)
        name[i] = 's';
    name[sizeof(name) - 1] = '\0';
    zv_turn_make_login(&cfg, zv_str(name), INT64_MAX / 2, &login);
    assert_true(zv_str_is(
        zv_str_tail(login.wire.username, login.wire.username.len - (sizeof(name) - 1)), name));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_login_names_its_end_and_is_signed_by_the_secret),
    cmocka_unit_test(the_longest_name_fits),
};
ZV_TEST_MAIN(tests)
