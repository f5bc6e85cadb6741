/*
 * The SIP edge as the switchboard sees it, against a scripted server, with real sockets in one
 * thread.
 */
#include "world.h"

static void refuse_with_500(struct sip_server *server, const struct sip_request *request)
{
    sip_reply(server, request, "500 Database Is Gone", NULL, NULL);
}

static void refuse_all_passwords(struct sip_server *server, const struct sip_request *request)
{
    sip_reply(server, request, "401 Unauthorized", challenge, NULL);
}

/* ---- Registration ---- */

static void a_challenge_is_answered_and_the_session_is_registered(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, &(struct options){.handler_fn = ask_for_password});
    begin(&world, 1);
    const struct news *news = wait_news(&world, ZV_CALL_IN_SIP_REGISTERED, 1);
    assert_int_equal(news->status, 200);
    assert_int_equal(world.count, 1);
    assert_int_equal(world.server.requests, 2);
    close_world(&world);
}

static void the_authentication_name_may_differ_from_the_login(void **state)
{
    (void)state;
    struct world world;
    char from[256];
    open_world(&world, &(struct options){.handler_fn = ask_for_password});
    struct zv_cmd_account account = account_at(1, "127.0.0.1", world.server.socket.local.port);
    account.user = zv_str("a%20b");
    account.auth_name = zv_str("a b@example.org");
    wanted_name = "a b@example.org";
    add(&world, &account);
    execute(&world, ZV_CALL_CMD_SIP_REGISTER, 1);
    zv_sipnet_flush(world.net);
    wait_news(&world, ZV_CALL_IN_SIP_REGISTERED, 1);
    wanted_name = "1001";
    assert_true(sip_field(world.server.last, "From", from, sizeof(from)));
    assert_non_null(strstr(from, "<sip:a%20b@127.0.0.1>"));
    close_world(&world);
}

static void a_refused_password_is_told_as_such(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, &(struct options){.handler_fn = refuse_all_passwords});
    begin(&world, 1);
    const struct news *news = wait_news(&world, ZV_CALL_IN_SIP_REGISTER_FAILED, 1);
    assert_int_equal(news->end, ZV_SIP_END_AUTH);
    assert_int_equal(news->status, 401);
    assert_in_range(world.server.requests, 2, 3);
    close_world(&world);
}

static void what_a_client_says_of_its_contact_reaches_the_registrar(void **state)
{
    (void)state;
    struct world world;
    char contact[512], expires[64];
    open_world(&world, &(struct options){.handler_fn = ask_for_password});
    struct zv_cmd_account account = account_at(1, "127.0.0.1", world.server.socket.local.port);
    account.contact_params = zv_str("pn-provider=fcm;ob");
    account.expires_s = 77;
    add(&world, &account);
    execute(&world, ZV_CALL_CMD_SIP_REGISTER, 1);
    zv_sipnet_flush(world.net);
    wait_news(&world, ZV_CALL_IN_SIP_REGISTERED, 1);
    assert_true(sip_field(world.server.last, "Contact", contact, sizeof(contact)));
    assert_non_null(strstr(contact, ">;pn-provider=fcm;ob"));
    assert_true(sip_field(world.server.last, "Expires", expires, sizeof(expires)));
    assert_string_equal(expires, "77");
    close_world(&world);
}

static void refuse_until_later(struct sip_server *server, const struct sip_request *request)
{
    sip_reply(server, request, "503 Service Unavailable",
              server->step++ ? "Retry-After: 100\r\n" : "Retry-After: 3000\r\n", NULL);
}

static void a_server_that_is_busy_says_when_to_try_again(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, &(struct options){.handler_fn = refuse_until_later});
    begin(&world, 1);
    const struct news *news = wait_news(&world, ZV_CALL_IN_SIP_REGISTER_FAILED, 1);
    assert_int_equal(news->status, 503);
    assert_string_equal(news->remedy,
                        "try again in 50 minutes: the SIP side asks for it (SIP status 503)");
    call(&world, 5, "1002");
    zv_sipnet_flush(world.net);
    news = wait_news(&world, ZV_CALL_IN_SIP_ENDED, 1);
    assert_int_equal(news->end, ZV_SIP_END_REJECTED);
    assert_string_equal(news->remedy,
                        "try again in 100 s: the SIP side asks for it (SIP status 503)");
    close_world(&world);
}

static void any_other_refusal_comes_with_status_and_reason(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, &(struct options){.handler_fn = refuse_with_500});
    begin(&world, 1);
    const struct news *news = wait_news(&world, ZV_CALL_IN_SIP_REGISTER_FAILED, 1);
    assert_int_equal(news->end, ZV_SIP_END_REJECTED);
    assert_int_equal(news->status, 500);
    assert_string_equal(news->reason, "Database Is Gone");
    close_world(&world);
}

static void silence_ends_in_the_time_limit(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, &(struct options){.register_timeout_us = ZV_MS(100)});
    begin(&world, 1);
    const struct news *news = wait_news(&world, ZV_CALL_IN_SIP_REGISTER_FAILED, 1);
    assert_int_equal(news->end, ZV_SIP_END_TIMEOUT);
    close_world(&world);
}

/* A port that was ours a moment ago. */
static uint16_t dead_port(void)
{
    struct zv_udp_socket socket;
    struct zv_udp_cfg cfg = {0};
    assert_int_equal(zv_addr_parse_ip(zv_str("127.0.0.1"), &cfg.bind), 0);
    assert_int_equal(zv_udp_open(&socket, &cfg), 0);
    zv_udp_close(&socket);
    return socket.local.port;
}

static void a_port_where_nobody_listens_is_unreachable_long_before_the_time_limit(void **state)
{
    (void)state;
    static const char *const listens[] = {"127.0.0.1:0", "0.0.0.0:0"};
    for (size_t i = 0; i < ZV_ARRAY_LEN(listens); i++) {
        struct world world;
        open_world(&world, &(struct options){.listen = listens[i]});
        begin_at(&world, "127.0.0.1", dead_port());
        const struct news *news = wait_news(&world, ZV_CALL_IN_SIP_REGISTER_FAILED, 1);
        assert_int_equal(news->end, ZV_SIP_END_UNREACHABLE);
        close_world(&world);
    }
}

static void an_unreachable_server_does_no_harm_to_the_others(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, &(struct options){.handler_fn = ask_for_password});
    for (int i = 0; i < 20; i++) {
        struct zv_cmd_account account = account_at(7, "127.0.0.1", dead_port());
        world.count = 0;
        add(&world, &account);
        execute(&world, ZV_CALL_CMD_SIP_REGISTER, 7);
        zv_sipnet_flush(world.net);
        begin(&world, 1);
        wait_news(&world, ZV_CALL_IN_SIP_REGISTERED, 1);
        assert_int_equal(wait_news(&world, ZV_CALL_IN_SIP_REGISTER_FAILED, 7)->end,
                         ZV_SIP_END_UNREACHABLE);
        assert_null(find_news(&world, ZV_CALL_IN_SIP_REGISTER_FAILED, 1));
        execute(&world, ZV_CALL_CMD_SIP_ACCOUNT_REMOVE, 1);
        execute(&world, ZV_CALL_CMD_SIP_ACCOUNT_REMOVE, 7);
    }
    close_world(&world);
}

static void an_unknown_domain_is_told_as_such(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, &(struct options){.handler_fn = accept_all});
    begin_at(&world, "nowhere.test", 0);
    const struct news *news = wait_news(&world, ZV_CALL_IN_SIP_REGISTER_FAILED, 1);
    assert_int_equal(news->end, ZV_SIP_END_UNKNOWN_DOMAIN);
    assert_int_equal(world.server.requests, 0);
    close_world(&world);
}

static void a_denied_target_is_told_with_the_line_to_add_and_nothing_is_sent(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, &(struct options){.handler_fn = accept_all, .allow = "sip.example.org"});
    begin(&world, 1);
    const struct news *news = wait_news(&world, ZV_CALL_IN_SIP_REGISTER_FAILED, 1);
    assert_int_equal(news->end, ZV_SIP_END_DENIED);
    assert_non_null(strstr(news->remedy, "allow: [127.0.0.1]"));
    assert_int_equal(world.server.requests, 0);
    assert_int_equal(world.dns.asked_count, 0);
    close_world(&world);
}

static void srv_records_lead_to_the_server(void **state)
{
    (void)state;
    struct world world;
    struct dns_record records[] = {
        {"_sip._udp.zvonok.test", DNS_SRV, "edge.test", 1, 1, 0},
        {"edge.test", DNS_A, "127.0.0.1"},
    };
    open_world(&world, &(struct options){.handler_fn = ask_for_password,
                                         .records = records,
                                         .record_count = ZV_ARRAY_LEN(records)});
    records[0].port = world.server.socket.local.port;
    begin_at(&world, "zvonok.test", 0);
    wait_news(&world, ZV_CALL_IN_SIP_REGISTERED, 1);
    close_world(&world);
}

static void of_two_servers_the_living_one_is_used(void **state)
{
    (void)state;
    struct world world;
    struct dns_record records[] = {
        {"_sip._udp.zvonok.test", DNS_SRV, "edge.test", 1, 1, 0},
        {"_sip._udp.zvonok.test", DNS_SRV, "edge.test", 2, 1, 0},
        {"edge.test", DNS_A, "127.0.0.1"},
    };
    open_world(&world, &(struct options){.handler_fn = ask_for_password,
                                         .records = records,
                                         .record_count = ZV_ARRAY_LEN(records)});
    records[0].port = dead_port();
    records[1].port = world.server.socket.local.port;
    begin_at(&world, "zvonok.test", 0);
    wait_news(&world, ZV_CALL_IN_SIP_REGISTERED, 1);
    assert_null(find_news(&world, ZV_CALL_IN_SIP_REGISTER_FAILED, 1));
    close_world(&world);
}

static void a_socket_of_both_families_reaches_an_ipv4_server(void **state)
{
    (void)state;
    struct world world;
    static const struct dns_record records[] = {{"four.test", DNS_A, "127.0.0.1"}};
    const struct options options = {
        .handler_fn = ask_for_password, .records = records, .record_count = 1, .listen = "[::]:0"};
    open_stage(&world, &options);
    int err = open_net(&world, &options);
    if (err) { /* a host without IPv6 */
        assert_int_equal(err, ZV_E_IO);
        close_world(&world);
        skip();
    }
    begin_at(&world, "four.test", world.server.socket.local.port);
    wait_news(&world, ZV_CALL_IN_SIP_REGISTERED, 1);
    assert_non_null(strstr(world.server.contact, "@127.0.0.1:"));
    close_world(&world);
}

/* ---- Leaving ---- */

static void an_account_leaves_when_the_registrar_has_let_it_go(void **state)
{
    (void)state;
    struct world world;
    char expires[16];
    open_world(&world, &(struct options){.handler_fn = accept_all});
    begin(&world, 1);
    wait_news(&world, ZV_CALL_IN_SIP_REGISTERED, 1);
    execute(&world, ZV_CALL_CMD_SIP_UNREGISTER, 1);
    execute(&world, ZV_CALL_CMD_SIP_ACCOUNT_REMOVE, 1);
    zv_sipnet_flush(world.net);
    assert_int_equal(counts_of(&world).accounts, 1);
    while (counts_of(&world).accounts)
        uv_run(&world.loop, UV_RUN_ONCE);
    assert_true(sip_field(world.server.last, "Expires", expires, sizeof(expires)) ||
                strstr(world.server.last, "expires=0"));
    assert_int_equal(world.count, 1);
    close_world(&world);
}

static void a_registrar_that_says_nothing_cannot_keep_an_account(void **state)
{
    (void)state;
    struct world world;
    open_world(&world,
               &(struct options){.handler_fn = accept_all, .register_timeout_us = ZV_MS(100)});
    begin(&world, 1);
    wait_news(&world, ZV_CALL_IN_SIP_REGISTERED, 1);
    world.server.handler_fn = NULL;
    execute(&world, ZV_CALL_CMD_SIP_UNREGISTER, 1);
    execute(&world, ZV_CALL_CMD_SIP_ACCOUNT_REMOVE, 1);
    zv_sipnet_flush(world.net);
    while (counts_of(&world).accounts)
        uv_run(&world.loop, UV_RUN_ONCE);
    close_world(&world);
}

static void expect_registrations(const struct world *world, size_t registered, size_t failing,
                                 size_t timeouts)
{
    struct zv_sipnet_registrations sum;
    zv_sipnet_registrations(world->net, &sum);
    assert_int_equal(sum.registered, registered);
    assert_int_equal(sum.failing, failing);
    assert_int_equal(sum.failing_by_cause[ZV_SIP_CAUSE_TIMEOUT], timeouts);
}

/* A refresh comes after minutes: here its end is told by hand. */
static void registrations_and_failing_refreshes_are_counted(void **state)
{
    struct world world;
    struct zv_sip_out out = {.kind = ZV_SIP_OUT_REGISTER_FAILED,
                             .account = 1,
                             .cause = ZV_SIP_CAUSE_TIMEOUT,
                             .retrying = true};
    (void)state;
    open_world(&world, &(struct options){.handler_fn = accept_all});
    expect_registrations(&world, 0, 0, 0);
    begin(&world, 1);
    begin(&world, 2);
    wait_news(&world, ZV_CALL_IN_SIP_REGISTERED, 1);
    wait_news(&world, ZV_CALL_IN_SIP_REGISTERED, 2);
    expect_registrations(&world, 2, 0, 0);
    zv_sipnet_account_note(world.net, &out);
    expect_registrations(&world, 1, 1, 1);
    zv_sipnet_account_note(world.net,
                           &(struct zv_sip_out){.kind = ZV_SIP_OUT_REGISTERED, .account = 1});
    expect_registrations(&world, 2, 0, 0);
    close_world(&world);
}

static void each_server_of_accounts_is_listed_once(void **state)
{
    struct world world;
    struct zv_sipnet_server servers[3];
    (void)state;
    open_world(&world, &(struct options){.handler_fn = accept_all});
    const struct zv_cmd_account accounts[] = {
        account_at(1, "a.example.test", 0),
        account_at(2, "A.example.test", 0),
        account_at(3, "a.example.test", 5070),
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(accounts); i++)
        add(&world, &accounts[i]);
    assert_int_equal(zv_sipnet_servers(world.net, servers, 3), 2);
    assert_int_equal(servers[0].port + servers[1].port, 5070);
    assert_int_equal(zv_sipnet_servers(world.net, servers, 1), 1);
    close_world(&world);
}

static void an_account_that_is_not_registered_leaves_at_once(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, &(struct options){0});
    begin(&world, 1);
    execute(&world, ZV_CALL_CMD_SIP_ACCOUNT_REMOVE, 1);
    assert_int_equal(counts_of(&world).accounts, 0);
    execute(&world, ZV_CALL_CMD_SIP_ACCOUNT_REMOVE, 1);
    execute(&world, ZV_CALL_CMD_SIP_ACCOUNT_REMOVE, 99);
    execute(&world, ZV_CALL_CMD_SIP_UNREGISTER, 99);
    zv_sipnet_flush(world.net);
    assert_int_equal(world.count, 0);
    close_world(&world);
}

static void giving_up_a_registration_that_is_asked_for_leaves_nothing(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, &(struct options){.register_timeout_us = ZV_MS(200)});
    begin(&world, 1);
    wait_requests(&world, 1);
    execute(&world, ZV_CALL_CMD_SIP_UNREGISTER, 1);
    execute(&world, ZV_CALL_CMD_SIP_ACCOUNT_REMOVE, 1);
    zv_sipnet_flush(world.net);
    while (counts_of(&world).accounts)
        uv_run(&world.loop, UV_RUN_ONCE);
    assert_int_equal(world.count, 0);
    close_world(&world);
}

static void more_accounts_than_the_limit_are_refused_and_places_come_back(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, &(struct options){.handler_fn = accept_all});
    for (uint64_t session = 1; session <= 9; session++) { /* twice max_sessions, and one more */
        struct zv_cmd_account account = account_at(session, "127.0.0.1", 9);
        add(&world, &account);
    }
    zv_sipnet_flush(world.net);
    assert_int_equal(world.count, 1);
    assert_int_equal(world.news[0].kind, ZV_CALL_IN_SIP_REGISTER_FAILED);
    assert_int_equal(world.news[0].session, 9);
    assert_int_equal(world.news[0].end, ZV_SIP_END_INTERNAL);
    execute(&world, ZV_CALL_CMD_SIP_ACCOUNT_REMOVE, 3);
    begin(&world, 9);
    wait_news(&world, ZV_CALL_IN_SIP_REGISTERED, 9);
    close_world(&world);
}

static void an_account_that_cannot_stand_in_sip_fails_with_the_next_flush(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, &(struct options){.handler_fn = accept_all});
    struct zv_cmd_account account = account_at(1, "bad domain", 0);
    add(&world, &account);
    assert_int_equal(world.count, 0);
    zv_sipnet_flush(world.net);
    assert_int_equal(world.count, 1);
    assert_int_equal(world.news[0].kind, ZV_CALL_IN_SIP_REGISTER_FAILED);
    assert_int_equal(counts_of(&world).accounts, 0);
    begin(&world, 1); /* its place is free again */
    wait_news(&world, ZV_CALL_IN_SIP_REGISTERED, 1);
    close_world(&world);
}

/* ---- The way to the server ---- */

static void the_address_towards_the_server_becomes_known(void **state)
{
    (void)state;
    struct world world;
    struct zv_addr addr;
    char text[ZV_ADDR_TEXT_CAP];
    open_world(&world, &(struct options){.listen = "0.0.0.0:0"});
    struct zv_cmd_account account = account_at(1, "127.0.0.1", 5060);
    assert_int_equal(zv_sipnet_media_address(world.net, (zv_session_id){1}, &addr), ZV_E_GONE);
    add(&world, &account);
    assert_int_equal(zv_sipnet_media_address(world.net, (zv_session_id){1}, &addr), ZV_E_AGAIN);
    zv_sipnet_find_way(world.net, (zv_session_id){1});
    while (world.address_of != 1)
        uv_run(&world.loop, UV_RUN_ONCE);
    assert_int_equal(zv_sipnet_media_address(world.net, (zv_session_id){1}, &addr), 0);
    assert_string_equal(zv_addr_write(&addr, text), "127.0.0.1:0");
    close_world(&world);
}

static void a_server_without_address_has_no_way(void **state)
{
    (void)state;
    struct world world;
    struct zv_addr addr;
    open_world(&world, &(struct options){0});
    struct zv_cmd_account account = account_at(1, "nowhere.test", 0);
    add(&world, &account);
    zv_sipnet_find_way(world.net, (zv_session_id){1});
    zv_sipnet_find_way(world.net, (zv_session_id){1});
    zv_sipnet_find_way(world.net, (zv_session_id){2});
    while (world.address_of != 1)
        uv_run(&world.loop, UV_RUN_ONCE);
    assert_int_equal(zv_sipnet_media_address(world.net, (zv_session_id){1}, &addr), ZV_E_NOTFOUND);
    assert_int_equal(world.dns.asked_count, 5); /* NAPTR, SRV by each transport, A */
    close_world(&world);
}

static void a_registration_makes_the_way_known_without_asking(void **state)
{
    (void)state;
    struct world world;
    struct zv_addr addr;
    open_world(&world, &(struct options){.handler_fn = accept_all});
    begin(&world, 1);
    wait_news(&world, ZV_CALL_IN_SIP_REGISTERED, 1);
    assert_int_equal(zv_sipnet_media_address(world.net, (zv_session_id){1}, &addr), 0);
    assert_int_equal(world.address_of, 0);
    close_world(&world);
}

static void an_account_may_leave_while_its_way_is_looked_for(void **state)
{
    (void)state;
    struct world world;
    static const struct dns_record records[] = {{"late.test", DNS_A, "127.0.0.1"}};
    open_world(&world, &(struct options){.records = records, .record_count = 1});
    struct zv_cmd_account account = account_at(1, "late.test", 5060);
    add(&world, &account);
    zv_sipnet_find_way(world.net, (zv_session_id){1});
    execute(&world, ZV_CALL_CMD_SIP_ACCOUNT_REMOVE, 1);
    struct zv_sip_counts counts;
    size_t lookups = 1;
    while (lookups) {
        uv_run(&world.loop, UV_RUN_ONCE);
        zv_sipnet_counts(world.net, &counts, &lookups);
    }
    assert_int_equal(world.address_of, 0);
    close_world(&world);
}

/* ---- What strays to the port ---- */

static void what_is_no_sip_is_dropped_before_the_stack(void **state)
{
    (void)state;
    static const uint8_t stun[20] = {0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42};
    static const uint8_t rtp[172] = {0x80};
    struct world world;
    open_world(&world, &(struct options){.handler_fn = accept_all});
    struct zv_addr to = zv_sipnet_local(world.net);
    struct zv_dgram out = {.local = world.server.socket.local, .remote = to};
    const struct {
        const void *data;
        size_t len;
    } strays[] = {{"\r\n\r\n", 4}, {"", 0}, {stun, sizeof(stun)}, {rtp, sizeof(rtp)}, {"hello", 5}};
    for (size_t i = 0; i < ZV_ARRAY_LEN(strays); i++) {
        out.data = (uint8_t *)(uintptr_t)strays[i].data;
        out.len = strays[i].len;
        assert_int_equal(zv_udp_send_large(&world.server.socket, &out), 0);
    }
    begin(&world, 1);
    wait_news(&world, ZV_CALL_IN_SIP_REGISTERED, 1);
    assert_int_equal(counts_of(&world).received, 1);
    assert_int_equal(world.server.requests, 1);
    close_world(&world);
}

static void the_longest_message_is_read_whole(void **state)
{
    (void)state;
    struct world world;
    enum { LONG = 60000 };
    char *text = calloc(1, LONG + 1);
    open_world(&world, &(struct options){.handler_fn = accept_all});
    struct zv_addr to = zv_sipnet_local(world.net);
    int len = snprintf(text, LONG,
                       "OPTIONS sip:127.0.0.1 SIP/2.0\r\n"
                       "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bKlong\r\nMax-Forwards: 70\r\n"
                       "From: <sip:a@zvonok.test>;tag=a\r\nTo: <sip:b@zvonok.test>\r\n"
                       "Call-ID: long\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\nX-Long: ",
                       world.server.socket.local.port);
    memset(text + len, 'x', (size_t)(LONG - len - 4));
    memcpy(text + LONG - 4, "\r\n\r\n", 4);
    sip_say(&world.server, &to, text);
    wait_requests(&world, 1);
    assert_int_equal(strncmp(world.server.last, "SIP/2.0 ", 8), 0);
    free(text);
    close_world(&world);
}

/* ---- Beginning and end ---- */

static void what_is_wrong_with_the_configuration_is_told(void **state)
{
    (void)state;
    struct world world;
    char *wrong_server[] = {(char *)(uintptr_t) "nonsense"};
    char *good_server[] = {(char *)(uintptr_t) "127.0.0.1:9"};
    char *wrong_net[] = {(char *)(uintptr_t) "10.0.0.0/99"};
    char *good_net[] = {(char *)(uintptr_t) "10.0.0.0/8"};
    struct zv_sipnet *other;
    open_world(&world, &(struct options){0});
    struct zv_sipnet_cfg cfg = make_cfg(&world, &(struct options){0}, wrong_server, good_net);
    assert_int_equal(zv_sipnet_new(&other, &cfg), ZV_E_INVAL);
    cfg = make_cfg(&world, &(struct options){0}, good_server, wrong_net);
    assert_int_equal(zv_sipnet_new(&other, &cfg), ZV_E_PARSE);
    cfg = make_cfg(&world, &(struct options){0}, good_server, good_net);
    cfg.listen = zv_sipnet_local(world.net);
    assert_int_equal(zv_sipnet_new(&other, &cfg), ZV_E_INUSE);
    assert_int_equal(zv_addr_parse(zv_str("192.0.2.1:5060"), &cfg.listen), 0);
    assert_int_equal(zv_sipnet_new(&other, &cfg), ZV_E_IO);
    close_world(&world);
}

static void it_goes_with_everything_under_way(void **state)
{
    (void)state;
    static const struct dns_record records[] = {{"mute.test", DNS_A, .is_silent = true}};
    struct world world;
    int64_t live = zv_alloc_live();
    open_world(&world, &(struct options){.records = records, .record_count = 1});
    begin(&world, 1); /* a transaction without answer */
    struct zv_cmd_account account = account_at(2, "mute.test", 5060);
    add(&world, &account);
    execute(&world, ZV_CALL_CMD_SIP_REGISTER, 2); /* a name without answer */
    call(&world, 5, "1002");                      /* a call without answer */
    zv_sipnet_flush(world.net);
    zv_sipnet_find_way(world.net, (zv_session_id){2});
    execute(&world, ZV_CALL_CMD_SIP_REGISTER, 99); /* a failure that was not told */
    wait_requests(&world, 2);
    close_world(&world);
    assert_int_equal(zv_alloc_live(), live);
}

static void without_memory_it_does_not_begin_and_leaves_nothing(void **state)
{
    (void)state;
    int err = ZV_E_NOMEM, rungs = 0;
    int64_t live = zv_alloc_live();
    for (; err; rungs++) {
        struct world world;
        assert_true(rungs < 100);
        open_stage(&world, &(struct options){0});
        zv_alloc_fail_after(rungs);
        err = open_net(&world, &(struct options){0});
        zv_alloc_fail_after(-1);
        if (err)
            assert_int_equal(err, ZV_E_NOMEM);
        close_world(&world);
        assert_int_equal(zv_alloc_live(), live);
    }
    assert_true(rungs > 5);
}

/* Each allocation of a registration fails once; what was not told then is the switchboard's to give
 * up. */
static void without_memory_a_registration_ends_and_leaks_nothing(void **state)
{
    (void)state;
    int64_t live = zv_alloc_live();
    bool has_failed = true;
    for (int rung = 0; has_failed; rung++) {
        struct world world;
        assert_true(rung < 300);
        open_world(&world, &(struct options){.handler_fn = ask_for_password,
                                             .register_timeout_us = ZV_MS(50)});
        zv_alloc_fail_after(rung);
        begin(&world, 1);
        while (counts_of(&world).accounts && !world.count)
            uv_run(&world.loop, UV_RUN_ONCE);
        void *probe = zv_zalloc(1);
        has_failed = probe != NULL; /* else the failure was still to come: the end of the ladder */
        zv_free(probe);
        zv_alloc_fail_after(-1);
        close_world(&world);
        assert_int_equal(zv_alloc_live(), live);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_challenge_is_answered_and_the_session_is_registered),
    cmocka_unit_test(the_authentication_name_may_differ_from_the_login),
    cmocka_unit_test(a_refused_password_is_told_as_such),
    cmocka_unit_test(what_a_client_says_of_its_contact_reaches_the_registrar),
    cmocka_unit_test(a_server_that_is_busy_says_when_to_try_again),
    cmocka_unit_test(any_other_refusal_comes_with_status_and_reason),
    cmocka_unit_test(silence_ends_in_the_time_limit),
    cmocka_unit_test(a_port_where_nobody_listens_is_unreachable_long_before_the_time_limit),
    cmocka_unit_test(an_unreachable_server_does_no_harm_to_the_others),
    cmocka_unit_test(an_unknown_domain_is_told_as_such),
    cmocka_unit_test(a_denied_target_is_told_with_the_line_to_add_and_nothing_is_sent),
    cmocka_unit_test(srv_records_lead_to_the_server),
    cmocka_unit_test(of_two_servers_the_living_one_is_used),
    cmocka_unit_test(a_socket_of_both_families_reaches_an_ipv4_server),
    cmocka_unit_test(an_account_leaves_when_the_registrar_has_let_it_go),
    cmocka_unit_test(a_registrar_that_says_nothing_cannot_keep_an_account),
    cmocka_unit_test(registrations_and_failing_refreshes_are_counted),
    cmocka_unit_test(each_server_of_accounts_is_listed_once),
    cmocka_unit_test(an_account_that_is_not_registered_leaves_at_once),
    cmocka_unit_test(giving_up_a_registration_that_is_asked_for_leaves_nothing),
    cmocka_unit_test(more_accounts_than_the_limit_are_refused_and_places_come_back),
    cmocka_unit_test(an_account_that_cannot_stand_in_sip_fails_with_the_next_flush),
    cmocka_unit_test(the_address_towards_the_server_becomes_known),
    cmocka_unit_test(a_server_without_address_has_no_way),
    cmocka_unit_test(a_registration_makes_the_way_known_without_asking),
    cmocka_unit_test(an_account_may_leave_while_its_way_is_looked_for),
    cmocka_unit_test(what_is_no_sip_is_dropped_before_the_stack),
    cmocka_unit_test(the_longest_message_is_read_whole),
    cmocka_unit_test(what_is_wrong_with_the_configuration_is_told),
    cmocka_unit_test(it_goes_with_everything_under_way),
    cmocka_unit_test(without_memory_it_does_not_begin_and_leaves_nothing),
    cmocka_unit_test(without_memory_a_registration_ends_and_leaks_nothing),
};

ZV_TEST_MAIN(tests)
