/* Settings of the edge change under accounts that live: all of them or none. */
#include "world.h"

#include "io/clock.h"
#include "tls_peer.h"

static char dir[32];
static struct tls_identity one, two;

static int make_files(void **state)
{
    (void)state;
    strcpy(dir, "/tmp/zvonok-XXXXXX");
    assert_non_null(mkdtemp(dir));
    one = tls_make(dir, (struct tls_wish){.file = "one", .until_s = 3600});
    two = tls_make(dir, (struct tls_wish){.file = "two", .until_s = 3600});
    return 0;
}

static int remove_files(void **state)
{
    (void)state;
    tls_discard(&one);
    tls_discard(&two);
    return rmdir(dir);
}

static struct zv_str ca_of(struct world *world, uint64_t session)
{
    const struct zv_sipnet_account *account = zv_sipnet_find_account(world->net, session);
    assert_non_null(account);
    return zv_sipnet_ca_of(world->net, account, zv_str("a.test"));
}

static int reload(struct world *world, const struct zv_trunk *entries, size_t count,
                  const char *allow, char *ret_error)
{
    struct zv_trunks trunks = {.entries = entries, .count = count};
    char *list[] = {(char *)(uintptr_t)allow};
    struct zv_sipnet_settings settings = {.trunks = &trunks, .allow = list, .allow_count = 1};
    return zv_sipnet_reload(world->net, &settings, ret_error);
}

static void what_an_account_trusts_follows_its_trunk(void **state)
{
    struct world world;
    char error[ZV_TLS_ERROR_CAP];
    SSL *ssl = NULL;
    const struct zv_trunk before[] = {
        {.host = zv_str("a.test"), .ca = zv_str(one.cert_path)},
        {.user = zv_str("1001"), .host = zv_str("b.test"), .ca = zv_str(one.cert_path)}};
    const struct zv_trunk after[] = {
        {.host = zv_str("a.test"), .ca = zv_str(two.cert_path)},
        {.user = zv_str("1002"), .host = zv_str("b.test"), .ca = zv_str(two.cert_path)}};
    struct zv_trunks trunks = {.entries = before, .count = 2};
    (void)state;
    open_world(&world, &(struct options){.trunks = &trunks});
    struct zv_cmd_account a = account_at(1, "a.test", 5061), b = account_at(2, "b.test", 5061);
    add(&world, &a);
    add(&world, &b);
    assert_true(zv_str_is(ca_of(&world, 1), one.cert_path));
    assert_true(zv_str_is(ca_of(&world, 2), one.cert_path));
    assert_int_equal(reload(&world, after, 2, "a.test", error), 0);
    assert_true(zv_str_is(ca_of(&world, 1), two.cert_path));
    assert_int_equal(ca_of(&world, 2).len, 0);
    /* A connection that begins with what is gone trusts nobody instead of the system. */
    assert_int_equal(zv_tls_call(world.net->tls, zv_str("a.test"), zv_str(one.cert_path), 0, &ssl),
                     ZV_E_CRYPTO);
    assert_null(ssl);
    close_world(&world);
}

static void where_clients_may_send_follows(void **state)
{
    struct world world;
    char error[ZV_TLS_ERROR_CAP];
    (void)state;
    open_world(&world, &(struct options){.allow = "a.test"});
    assert_true(zv_policy_has_domain(&world.net->policy, zv_str("a.test")));
    assert_int_equal(reload(&world, NULL, 0, "b.test", error), 0);
    assert_false(zv_policy_has_domain(&world.net->policy, zv_str("a.test")));
    assert_true(zv_policy_has_domain(&world.net->policy, zv_str("b.test")));
    close_world(&world);
}

static enum zv_source_kind kind_of(const struct world *world, const struct zv_target *server)
{
    return zv_sources_kind(world->net->sources, &server->addr, zv_clock_now_us());
}

static void a_server_of_a_domain_that_is_taken_out_is_a_listed_one_no_more(void **state)
{
    struct world world;
    char error[ZV_TLS_ERROR_CAP];
    struct zv_target server = {0};
    (void)state;
    open_world(&world, &(struct options){.allow = "a.test"});
    assert_int_equal(zv_addr_parse(zv_str("192.0.2.9:5060"), &server.addr), 0);
    zv_sipnet_learn_servers(world.net, &server, 1, true);
    assert_int_equal(kind_of(&world, &server), ZV_SOURCE_TRUSTED);
    assert_int_equal(reload(&world, NULL, 0, "a/b", error), ZV_E_PARSE);
    assert_int_equal(kind_of(&world, &server), ZV_SOURCE_TRUSTED);
    assert_int_equal(reload(&world, NULL, 0, "b.test", error), 0);
    assert_int_equal(kind_of(&world, &server), ZV_SOURCE_SERVER);
    close_world(&world);
}

static void a_file_that_cannot_be_used_changes_nothing(void **state)
{
    struct world world;
    char error[ZV_TLS_ERROR_CAP];
    const struct zv_trunk before[] = {{.host = zv_str("a.test"), .ca = zv_str(one.cert_path)}};
    const struct zv_trunk after[] = {
        {.host = zv_str("a.test"), .ca = zv_str(two.cert_path), .has_strict = true},
        {.host = zv_str("b.test"), .ca = zv_str("/nonexistent.pem")}};
    struct zv_trunks trunks = {.entries = before, .count = 1};
    (void)state;
    open_world(&world, &(struct options){.trunks = &trunks, .allow = "a.test"});
    struct zv_cmd_account account = account_at(1, "a.test", 5061);
    add(&world, &account);
    assert_int_equal(reload(&world, after, 2, "b.test", error), ZV_E_CRYPTO);
    assert_non_null(strstr(error, "trunks: ca: /nonexistent.pem: "));
    assert_true(zv_str_is(ca_of(&world, 1), one.cert_path));
    assert_int_equal(world.net->trunks.count, 1);
    assert_true(zv_policy_has_domain(&world.net->policy, zv_str("a.test")));
    assert_int_equal(reload(&world, before, 1, "a/b", error), ZV_E_PARSE);
    assert_true(zv_policy_has_domain(&world.net->policy, zv_str("a.test")));
    close_world(&world);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_an_account_trusts_follows_its_trunk),
    cmocka_unit_test(where_clients_may_send_follows),
    cmocka_unit_test(a_server_of_a_domain_that_is_taken_out_is_a_listed_one_no_more),
    cmocka_unit_test(a_file_that_cannot_be_used_changes_nothing),
};
int main(void)
{
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
