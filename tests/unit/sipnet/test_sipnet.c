/*
 * The SIP edge as the switchboard sees it, against a scripted server, with real sockets in one
 * thread.
 */
#define _GNU_SOURCE
#include "dns_server.h"
#include "sip_server.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/rand.h"
#include "base/time.h"
#include "sip/sip.h"
#include "sipnet/sipnet_int.h"

#include <stdlib.h>

/* A test that waits longer has failed; below the 32 s of a transaction. */
#define GUARD_MS 20000
#define MAX_NEWS 32
#define REALM    "zvonok.test"

static const char offer[] = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\n"
                            "t=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
static const char challenge[] =
    "WWW-Authenticate: Digest realm=\"" REALM "\", nonce=\"n1\", qop=\"auth\", algorithm=MD5\r\n";

/* What call control was told, copied. */
struct news {
    enum zv_call_in_kind kind;
    uint64_t session, leg;
    int status;
    enum zv_sip_end end;
    char digit; /* '\0': none */
    char reason[64], remedy[256], sdp[512], caller[64], callee[64];
};

struct world {
    uv_loop_t loop;
    uv_timer_t guard;
    struct zv_rand_seeded seeded;
    struct dns_server dns;
    struct sip_server server;
    struct zv_sipnet *net;
    struct news news[MAX_NEWS];
    size_t count;
    uint64_t address_of; /* the latest session whose address became known */
    /* Runs when something is told, from within the edge, as the switchboard does. */
    void (*reaction_fn)(struct world *world, const struct news *news);
};

struct options {
    sip_handler_fn *handler_fn;
    const struct dns_record *records;
    size_t record_count;
    const char *listen; /* NULL: 127.0.0.1:0 */
    const char *allow;  /* NULL: 127.0.0.0/8 */
    int64_t register_timeout_us;
};

static void on_guard(uv_timer_t *timer)
{
    (void)timer;
    fail_msg("nothing happened within %d ms", GUARD_MS);
}

static void copy_text(struct zv_str text, char *dst, size_t cap)
{
    assert_int_equal(zv_str_copy(text, dst, cap), 0);
}

static void on_input(void *arg, const struct zv_call_in *in)
{
    struct world *world = arg;
    const struct zv_in_sip *sip = &in->u.sip;
    assert_true(world->count < MAX_NEWS);
    struct news *news = &world->news[world->count++];
    *news = (struct news){.kind = in->kind,
                          .session = sip->session.v,
                          .leg = sip->leg,
                          .status = sip->status,
                          .end = sip->end,
                          .digit = sip->press.digit.len ? sip->press.digit.p[0] : '\0'};
    copy_text(sip->reason, news->reason, sizeof(news->reason));
    copy_text(sip->remedy, news->remedy, sizeof(news->remedy));
    copy_text(sip->sdp, news->sdp, sizeof(news->sdp));
    copy_text(sip->caller, news->caller, sizeof(news->caller));
    copy_text(sip->callee, news->callee, sizeof(news->callee));
    if (world->reaction_fn)
        world->reaction_fn(world, news);
}

static void on_address(void *arg, zv_session_id session)
{
    struct world *world = arg;
    world->address_of = session.v;
}

static struct zv_sipnet_cfg make_cfg(struct world *world, const struct options *options,
                                     char *const *servers, char *const *allow)
{
    struct zv_sipnet_cfg cfg = {
        .loop = &world->loop,
        .rand = zv_rand_seeded_source(&world->seeded),
        .user_agent = "test",
        .register_expires_us = ZV_SECONDS(300),
        .register_timeout_us =
            options->register_timeout_us ? options->register_timeout_us : ZV_SECONDS(32),
        .max_sessions = 4,
        .max_calls = 4,
        .allow = allow,
        .allow_count = 1,
        .dns_servers = servers,
        .dns_server_count = 1,
        .dns_timeout_us = ZV_SECONDS(10),
        .dns_tries = 2,
        .dns_total_us = ZV_SECONDS(15),
        .on_input_fn = on_input,
        .on_address_fn = on_address,
        .arg = world,
    };
    const char *listen = options->listen ? options->listen : "127.0.0.1:0";
    assert_int_equal(zv_addr_parse(zv_str(listen), &cfg.listen), 0);
    return cfg;
}

static void open_stage(struct world *world, const struct options *options)
{
    memset(world, 0, sizeof(*world));
    world->seeded.state = 1;
    assert_int_equal(uv_loop_init(&world->loop), 0);
    uv_timer_init(&world->loop, &world->guard);
    uv_timer_start(&world->guard, on_guard, GUARD_MS, 0);
    dns_server_open(&world->dns, &world->loop, options->records, options->record_count);
    sip_server_open(&world->server, &world->loop, options->handler_fn);
    world->server.arg = world;
}

static int open_net(struct world *world, const struct options *options)
{
    char *servers[] = {world->dns.text};
    char *allow[] = {(char *)(uintptr_t)(options->allow ? options->allow : "127.0.0.0/8")};
    struct zv_sipnet_cfg cfg = make_cfg(world, options, servers, allow);
    return zv_sipnet_new(&world->net, &cfg);
}

static void open_world(struct world *world, const struct options *options)
{
    open_stage(world, options);
    assert_int_equal(open_net(world, options), 0);
}

/* The edge goes with whatever is under way; the loop holds nothing afterwards. */
static void close_world(struct world *world)
{
    world->net = zv_sipnet_free(world->net);
    sip_server_close(&world->server);
    dns_server_close(&world->dns);
    uv_close((uv_handle_t *)&world->guard, NULL);
    assert_int_equal(uv_run(&world->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&world->loop), 0);
}

static const struct news *find_news(const struct world *world, enum zv_call_in_kind kind,
                                    uint64_t session)
{
    for (size_t i = 0; i < world->count; i++) {
        if (world->news[i].kind == kind && world->news[i].session == session)
            return &world->news[i];
    }
    return NULL;
}

static const struct news *wait_news(struct world *world, enum zv_call_in_kind kind,
                                    uint64_t session)
{
    const struct news *news;
    while (!(news = find_news(world, kind, session)))
        uv_run(&world->loop, UV_RUN_ONCE);
    return news;
}

static struct zv_sip_counts counts_of(const struct world *world)
{
    struct zv_sip_counts counts;
    size_t lookups;
    zv_sipnet_counts(world->net, &counts, &lookups);
    return counts;
}

static void wait_requests(struct world *world, int count)
{
    while (world->server.requests < count)
        uv_run(&world->loop, UV_RUN_ONCE);
}

/* ---- Commands ---- */

static void execute(struct world *world, enum zv_call_cmd_kind kind, uint64_t session)
{
    const struct zv_call_cmd cmd = {.kind = kind, .u.sip.session = {session}};
    zv_sipnet_execute(world->net, &cmd);
}

static struct zv_cmd_account account_at(uint64_t session, const char *host, uint16_t port)
{
    return (struct zv_cmd_account){.session = {session},
                                   .user = zv_str("1001"),
                                   .auth_name = zv_str("1001"),
                                   .password = zv_str("secret"),
                                   .domain = zv_str(host),
                                   .proxy_host = zv_str(host),
                                   .proxy_port = port};
}

static void add(struct world *world, const struct zv_cmd_account *account)
{
    const struct zv_call_cmd cmd = {.kind = ZV_CALL_CMD_SIP_ACCOUNT_ADD, .u.account = *account};
    zv_sipnet_execute(world->net, &cmd);
}

/* An account at the scripted server, and its registration. */
static void begin(struct world *world, uint64_t session)
{
    struct zv_cmd_account account =
        account_at(session, "127.0.0.1", world->server.socket.local.port);
    add(world, &account);
    execute(world, ZV_CALL_CMD_SIP_REGISTER, session);
    zv_sipnet_flush(world->net);
}

static void begin_at(struct world *world, const char *host, uint16_t port)
{
    struct zv_cmd_account account = account_at(1, host, port);
    add(world, &account);
    execute(world, ZV_CALL_CMD_SIP_REGISTER, 1);
    zv_sipnet_flush(world->net);
}

static void on_leg(struct world *world, enum zv_call_cmd_kind kind, uint64_t leg, int status,
                   const char *sdp)
{
    const struct zv_call_cmd cmd = {.kind = kind,
                                    .u.sip = {.leg = leg, .status = status, .sdp = zv_str(sdp)}};
    zv_sipnet_execute(world->net, &cmd);
    zv_sipnet_flush(world->net);
}

static void call(struct world *world, uint64_t leg, const char *callee)
{
    const struct zv_call_cmd cmd = {.kind = ZV_CALL_CMD_SIP_INVITE,
                                    .u.invite = {.leg = leg,
                                                 .session = {1},
                                                 .callee_user = zv_str(callee),
                                                 .callee_host = zv_str("127.0.0.1"),
                                                 .sdp = zv_str(offer)}};
    zv_sipnet_execute(world->net, &cmd);
}

/* ---- Handlers ---- */

static void accept_all(struct sip_server *server, const struct sip_request *request)
{
    char contact[300];
    if (strcmp(request->method, "REGISTER") != 0)
        return;
    snprintf(contact, sizeof(contact), "Contact: <%s>;expires=300\r\n", server->contact);
    sip_reply(server, request, "200 OK", contact, NULL);
}

/* Whose credentials ask_for_password takes, with the password "secret". */
static const char *wanted_name = "1001";

static void ask_for_password(struct sip_server *server, const struct sip_request *request)
{
    if (strcmp(request->method, "REGISTER") != 0)
        return;
    if (!strcasestr(request->text, "\r\nAuthorization:"))
        sip_reply(server, request, "401 Unauthorized", challenge, NULL);
    else if (sip_is_authorized(request, wanted_name, REALM, "secret"))
        accept_all(server, request);
    else
        sip_reply(server, request, "403 Forbidden", NULL, NULL);
}

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
    assert_int_equal(world.dns.asked_count, 2);
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

/* ---- Calls ---- */

/* Answers an INVITE with 100, 180 and 200, and whatever ends a call with 200. */
static void answer_calls(struct sip_server *server, const struct sip_request *request)
{
    char contact[128], own[ZV_ADDR_TEXT_CAP];
    accept_all(server, request);
    snprintf(contact, sizeof(contact), "Contact: <sip:1002@%s>\r\n",
             zv_addr_write(&server->socket.local, own));
    if (strcmp(request->method, "INVITE") == 0) {
        sip_reply(server, request, "100 Trying", NULL, NULL);
        sip_reply(server, request, "180 Ringing", contact, NULL);
        sip_reply(server, request, "200 OK", contact, offer);
    } else if (strcmp(request->method, "BYE") == 0) {
        sip_reply(server, request, "200 OK", NULL, NULL);
    }
}

static void a_call_is_placed_answered_and_hung_up(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, &(struct options){.handler_fn = answer_calls});
    begin(&world, 1);
    wait_news(&world, ZV_CALL_IN_SIP_REGISTERED, 1);
    call(&world, 5, "1002");
    zv_sipnet_flush(world.net);
    const struct news *news = wait_news(&world, ZV_CALL_IN_SIP_ANSWERED, 1);
    assert_int_equal(news->leg, 5);
    assert_int_equal(news->status, 200);
    assert_string_equal(news->sdp, offer);
    assert_int_equal(find_news(&world, ZV_CALL_IN_SIP_PROGRESS, 1)->leg, 5);
    on_leg(&world, ZV_CALL_CMD_SIP_HANGUP, 5, 0, NULL);
    wait_news(&world, ZV_CALL_IN_SIP_ENDED, 1);
    assert_int_equal(strncmp(world.server.last, "BYE ", 4), 0);
    assert_int_equal(counts_of(&world).legs, 0);
    on_leg(&world, ZV_CALL_CMD_SIP_HANGUP, 5, 0, NULL); /* crossed with its end: nothing happens */
    close_world(&world);
}

static void wait_message(struct world *world, const char *start)
{
    while (strncmp(world->server.last, start, strlen(start)) != 0)
        uv_run(&world->loop, UV_RUN_ONCE);
}

/* An INFO of the far end within the call that the last message belongs to. */
static void say_info(struct world *world, unsigned cseq, const char *type, const char *body)
{
    char memory[4096], from[512], to[512], call_id[256], own[ZV_ADDR_TEXT_CAP];
    struct zv_buf text = zv_buf(memory, sizeof(memory));
    assert_true(sip_field(world->server.last, "From", to, sizeof(to)));
    assert_true(sip_field(world->server.last, "To", from, sizeof(from)));
    assert_true(sip_field(world->server.last, "Call-ID", call_id, sizeof(call_id)));
    zv_buf_printf(&text,
                  "INFO %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKinfo%u\r\nFrom: %s\r\n"
                  "To: %s\r\nCall-ID: %s\r\nCSeq: %u INFO\r\n"
                  "Content-Type: application/%s\r\nContent-Length: %zu\r\n\r\n%s",
                  world->server.contact, zv_addr_write(&world->server.socket.local, own), cseq,
                  from, to, call_id, cseq, type, strlen(body), body);
    assert_non_null(zv_buf_cstr(&text));
    sip_say(&world->server, &world->server.client, memory);
}

static void key_frames_are_asked_for_by_info_both_ways(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, &(struct options){.handler_fn = answer_calls});
    begin(&world, 1);
    wait_news(&world, ZV_CALL_IN_SIP_REGISTERED, 1);
    on_leg(&world, ZV_CALL_CMD_SIP_ASK_KEYFRAME, 5, 0, NULL); /* no such leg: nothing */
    call(&world, 5, "1002");
    on_leg(&world, ZV_CALL_CMD_SIP_ASK_KEYFRAME, 5, 0, NULL); /* not answered yet */
    wait_news(&world, ZV_CALL_IN_SIP_ANSWERED, 1);
    int before = world.server.requests;
    on_leg(&world, ZV_CALL_CMD_SIP_ASK_KEYFRAME, 5, 0, NULL);
    on_leg(&world, ZV_CALL_CMD_SIP_ASK_KEYFRAME, 5, 0, NULL); /* one at a time */
    wait_message(&world, "INFO ");
    assert_non_null(strstr(world.server.last, "<picture_fast_update/>"));
    assert_true(world.server.requests <= before + 2); /* the ACK, and one INFO */
    say_info(&world, 1, "media_control+xml",
             "<media_control><general_error>no</general_error></media_control>");
    say_info(&world, 2, "media_control+xml", "hello");
    say_info(&world, 3, "media_control+xml",
             "<media_control><picture_fast_update/></media_control>");
    assert_int_equal(wait_news(&world, ZV_CALL_IN_SIP_KEYFRAME, 1)->leg, 5);
    assert_int_equal(world.news[world.count - 2].kind, ZV_CALL_IN_SIP_ANSWERED);
    close_world(&world);
}

static void digits_go_and_come_by_info(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, &(struct options){.handler_fn = answer_calls});
    begin(&world, 1);
    wait_news(&world, ZV_CALL_IN_SIP_REGISTERED, 1);
    call(&world, 5, "1002");
    zv_sipnet_flush(world.net);
    wait_news(&world, ZV_CALL_IN_SIP_ANSWERED, 1);
    struct zv_call_cmd cmd = {
        .kind = ZV_CALL_CMD_SIP_SEND_DIGITS,
        .u.digits = {.leg = 5, .session = {1}, .mode = ZV_DTMF_INFO, .digits = zv_str("7")}};
    zv_sipnet_execute(world.net, &cmd);
    zv_sipnet_flush(world.net);
    wait_message(&world, "INFO ");
    assert_non_null(strstr(world.server.last, "Content-Type: application/dtmf\r\n"));
    assert_non_null(strstr(world.server.last, "\r\n\r\n7"));
    say_info(&world, 1, "dtmf-relay", "Signal=16\r\nDuration=100\r\n"); /* a flash is no key */
    say_info(&world, 2, "dtmf-relay", "Signal=*\r\nDuration=100\r\n");
    const struct news *news = wait_news(&world, ZV_CALL_IN_SIP_DIGIT, 1);
    assert_int_equal(news->leg, 5);
    assert_int_equal(news->digit, '*');
    cmd.u.digits.mode = ZV_DTMF_INFO_RELAY;
    char many[130];
    memset(many, '7', sizeof(many));
    cmd.u.digits.digits = zv_str_n(many, sizeof(many));
    zv_sipnet_execute(world.net, &cmd);
    zv_sipnet_flush(world.net);
    assert_non_null(find_news(&world, ZV_CALL_IN_SIP_DIGITS_REFUSED, 0)); /* too many */
    close_world(&world);
}

static void a_call_to_a_number_that_cannot_be_fails_with_the_next_flush(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, &(struct options){.handler_fn = answer_calls});
    begin(&world, 1);
    wait_news(&world, ZV_CALL_IN_SIP_REGISTERED, 1);
    call(&world, 5, "");
    assert_null(find_news(&world, ZV_CALL_IN_SIP_ENDED, 1));
    zv_sipnet_flush(world.net);
    const struct news *news = find_news(&world, ZV_CALL_IN_SIP_ENDED, 1);
    assert_non_null(news);
    assert_int_equal(news->leg, 5);
    assert_int_equal(news->end, ZV_SIP_END_INTERNAL);
    assert_int_equal(counts_of(&world).legs, 0);
    close_world(&world);
}

static void call_on_registered(struct world *world, const struct news *news)
{
    if (news->kind == ZV_CALL_IN_SIP_REGISTERED) {
        call(world, 5, "1002");
        zv_sipnet_flush(world->net); /* within a flush: the outer one goes on */
    }
}

static void commands_may_be_given_from_within_an_input(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, &(struct options){.handler_fn = answer_calls});
    world.reaction_fn = call_on_registered;
    begin(&world, 1);
    wait_news(&world, ZV_CALL_IN_SIP_ANSWERED, 1);
    close_world(&world);
}

/* An INVITE of the server to the contact that was registered. */
static void invite(struct world *world)
{
    char text[2048], own[ZV_ADDR_TEXT_CAP];
    zv_addr_write(&world->server.socket.local, own);
    snprintf(text, sizeof(text),
             "INVITE %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKtheirs\r\n"
             "Max-Forwards: 70\r\nFrom: \"Bob\" <sip:1002@zvonok.test>;tag=bob\r\n"
             "To: <sip:1001@zvonok.test>\r\nCall-ID: theirs\r\nCSeq: 1 INVITE\r\n"
             "Contact: <sip:1002@%s>\r\nContent-Type: application/sdp\r\n"
             "Content-Length: %zu\r\n\r\n%s",
             world->server.contact, own, own, strlen(offer), offer);
    sip_say(&world->server, &world->server.client, text);
}

/* ACK or BYE within the call that `invite` began; the To of our 200 has the tag. */
static void follow_up(struct world *world, const char *method, int cseq)
{
    char text[2048], own[ZV_ADDR_TEXT_CAP], to[256];
    assert_true(sip_field(world->server.last, "To", to, sizeof(to)));
    zv_addr_write(&world->server.socket.local, own);
    snprintf(text, sizeof(text),
             "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s\r\nMax-Forwards: 70\r\n"
             "From: \"Bob\" <sip:1002@zvonok.test>;tag=bob\r\nTo: %s\r\nCall-ID: theirs\r\n"
             "CSeq: %d %s\r\nContent-Length: 0\r\n\r\n",
             method, world->server.contact, own, method, to, cseq, method);
    sip_say(&world->server, &world->server.client, text);
}

static void wait_status(struct world *world, const char *status)
{
    char wanted[32];
    snprintf(wanted, sizeof(wanted), "SIP/2.0 %s", status);
    while (strncmp(world->server.last, wanted, strlen(wanted)) != 0)
        uv_run(&world->loop, UV_RUN_ONCE);
}

static void a_call_comes_in_and_the_far_end_hangs_up(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, &(struct options){.handler_fn = accept_all});
    begin(&world, 1);
    wait_news(&world, ZV_CALL_IN_SIP_REGISTERED, 1);
    invite(&world);
    const struct news *news = wait_news(&world, ZV_CALL_IN_SIP_INCOMING, 1);
    uint64_t leg = news->leg;
    assert_true(leg & ZV_SIP_LEG_INCOMING);
    assert_string_equal(news->caller, "1002");
    assert_string_equal(news->callee, "1001");
    assert_string_equal(news->sdp, offer);
    on_leg(&world, ZV_CALL_CMD_SIP_RING, leg, 0, NULL);
    wait_status(&world, "180");
    on_leg(&world, ZV_CALL_CMD_SIP_ACCEPT, leg, 200, offer);
    wait_status(&world, "200");
    follow_up(&world, "ACK", 1);
    assert_int_equal(wait_news(&world, ZV_CALL_IN_SIP_CONFIRMED, 1)->leg, leg);
    follow_up(&world, "BYE", 2);
    news = wait_news(&world, ZV_CALL_IN_SIP_ENDED, 1);
    assert_int_equal(news->end, ZV_SIP_END_BYE);
    assert_int_equal(counts_of(&world).legs, 0);
    close_world(&world);
}

static void a_call_that_is_declined_gets_its_status(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, &(struct options){.handler_fn = accept_all});
    begin(&world, 1);
    wait_news(&world, ZV_CALL_IN_SIP_REGISTERED, 1);
    invite(&world);
    uint64_t leg = wait_news(&world, ZV_CALL_IN_SIP_INCOMING, 1)->leg;
    on_leg(&world, ZV_CALL_CMD_SIP_REJECT, leg, 603, NULL);
    wait_status(&world, "603");
    follow_up(&world, "ACK", 1);
    wait_news(&world, ZV_CALL_IN_SIP_ENDED, 1);
    close_world(&world);
}

static void a_reoffer_on_a_leg_that_is_gone_comes_back_as_failed(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, &(struct options){0});
    on_leg(&world, ZV_CALL_CMD_SIP_REOFFER, 5, 0, offer);
    assert_int_equal(world.count, 1);
    assert_int_equal(world.news[0].kind, ZV_CALL_IN_SIP_REOFFER_DONE);
    assert_int_equal(world.news[0].leg, 5);
    assert_true(world.news[0].status >= 300);
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
    cmocka_unit_test(a_call_is_placed_answered_and_hung_up),
    cmocka_unit_test(key_frames_are_asked_for_by_info_both_ways),
    cmocka_unit_test(a_call_to_a_number_that_cannot_be_fails_with_the_next_flush),
    cmocka_unit_test(commands_may_be_given_from_within_an_input),
    cmocka_unit_test(a_call_comes_in_and_the_far_end_hangs_up),
    cmocka_unit_test(a_call_that_is_declined_gets_its_status),
    cmocka_unit_test(a_reoffer_on_a_leg_that_is_gone_comes_back_as_failed),
    cmocka_unit_test(what_is_no_sip_is_dropped_before_the_stack),
    cmocka_unit_test(the_longest_message_is_read_whole),
    cmocka_unit_test(digits_go_and_come_by_info),
    cmocka_unit_test(what_is_wrong_with_the_configuration_is_told),
    cmocka_unit_test(it_goes_with_everything_under_way),
    cmocka_unit_test(without_memory_it_does_not_begin_and_leaves_nothing),
    cmocka_unit_test(without_memory_a_registration_ends_and_leaks_nothing),
};

ZV_TEST_MAIN(tests)
