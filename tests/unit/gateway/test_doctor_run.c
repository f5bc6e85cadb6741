/* A whole examination by a gateway that runs, against a DNS and a SIP server of the test's own. */
#define _GNU_SOURCE
#include "../sipnet/dns_server.h"
#include "../sipnet/sip_server.h"

#include "base/err.h"
#include "base/log.h"
#include "gateway/config.h"
#include "gateway/doctor.h"
#include "gateway/gateway_int.h"

/* A test that waits longer has failed. */
#define GUARD_MS 20000
#define DOMAIN   "sip.example.test"

struct world {
    uv_loop_t loop;
    uv_timer_t guard;
    struct dns_server dns;
    struct sip_server server;
    struct dns_record records[2];
    struct zv_config config;
    struct zv_gateway *gateway;
    struct zv_finding findings[ZV_DOCTOR_MAX_FINDINGS];
    size_t count;
    int answers; /* examinations that ended */
};

static void on_guard(uv_timer_t *timer)
{
    (void)timer;
    fail_msg("nothing happened within %d ms", GUARD_MS);
}

static void set(struct world *world, const char *key, const char *value)
{
    char error[ZV_CONFIG_ERROR_CAP];
    if (zv_config_set(&world->config, key, value, error))
        fail_msg("%s", error);
}

/* The name's SRV record leads to the server; no port of the host is fixed. */
static void configure(struct world *world)
{
    char servers[ZV_ADDR_TEXT_CAP + 8];
    world->records[0] = (struct dns_record){.name = "_sip._udp." DOMAIN,
                                            .type = DNS_SRV,
                                            .value = "one." DOMAIN,
                                            .port = world->server.socket.local.port};
    world->records[1] =
        (struct dns_record){.name = "one." DOMAIN, .type = DNS_A, .value = "127.0.0.1"};
    assert_int_equal(zv_config_init(&world->config), 0);
    snprintf(servers, sizeof(servers), "[\"%s\"]", world->dns.text);
    set(world, "dns.servers", servers);
    set(world, "sip.listen", "\"127.0.0.1:0\"");
    set(world, "sip.allow", "[" DOMAIN ", 127.0.0.0/8]");
    set(world, "http.wss_listen", "[]");
    set(world, "http.https_listen", "[]");
    set(world, "http.ws_listen", "[]");
    set(world, "media.web_port", "0");
    set(world, "media.workers", "1");
}

static void open_world(struct world *world, sip_handler_fn *handler_fn, const char *key,
                       const char *value)
{
    char error[ZV_GATEWAY_ERROR_CAP];
    memset(world, 0, sizeof(*world));
    assert_int_equal(uv_loop_init(&world->loop), 0);
    uv_timer_init(&world->loop, &world->guard);
    uv_timer_start(&world->guard, on_guard, GUARD_MS, 0);
    dns_server_open(&world->dns, &world->loop, world->records, ZV_ARRAY_LEN(world->records));
    sip_server_open(&world->server, &world->loop, handler_fn);
    configure(world);
    if (key)
        set(world, key, value);
    if (zv_gateway_new(&world->gateway, &world->loop, &world->config, error))
        fail_msg("%s", error);
}

static void close_world(struct world *world)
{
    zv_gateway_stop(world->gateway);
    dns_server_close(&world->dns);
    sip_server_close(&world->server);
    uv_close((uv_handle_t *)&world->guard, NULL);
    uv_run(&world->loop, UV_RUN_DEFAULT);
    zv_gateway_free(world->gateway);
    uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&world->loop), 0);
    zv_config_fini(&world->config);
}

static void on_findings(void *arg, const struct zv_finding *findings, size_t count)
{
    struct world *world = arg;
    assert_true(count <= ZV_DOCTOR_MAX_FINDINGS);
    memcpy(world->findings, findings, count * sizeof(*findings));
    world->count = count;
    world->answers++;
}

static void run_until(struct world *world, int answers)
{
    while (world->answers < answers)
        uv_run(&world->loop, UV_RUN_ONCE);
}

static void examine(struct world *world)
{
    assert_int_equal(zv_doctor_start(world->gateway, on_findings, world), 0);
    assert_int_equal(world->answers, 0); /* never from within the start */
    run_until(world, 1);
}

static const struct zv_finding *find(const struct world *world, const char *check)
{
    for (size_t i = 0; i < world->count; i++) {
        if (strcmp(world->findings[i].check, check) == 0)
            return &world->findings[i];
    }
    return NULL;
}

static void assert_found(const struct world *world, const char *check, enum zv_severity severity,
                         const char *value)
{
    const struct zv_finding *finding = find(world, check);
    assert_non_null(finding);
    if (finding->severity != severity || !strstr(finding->text, value))
        fail_msg("%s, %s: %s", check, zv_severity_name(finding->severity), finding->text);
    if (severity >= ZV_SEVERITY_WARN)
        assert_true(finding->remedy[0] != 0);
}

static void answer_200(struct sip_server *server, const struct sip_request *request)
{
    sip_reply(server, request, "200 OK", NULL, NULL);
}

/* Without TLS what a certificate holds is not examined; everything else yields a finding. */
static bool is_of_a_certificate(const char *check)
{
    return strncmp(check, "certificate_", strlen("certificate_")) == 0 ||
           strcmp(check, "private_key") == 0;
}

static void every_check_reports_in_the_order_of_the_list(void **state)
{
    struct world world;
    size_t at = 0;
    (void)state;
    open_world(&world, answer_200, NULL, NULL);
    examine(&world);
    for (size_t i = 0; i < zv_doctor_check_count; i++) {
        if (is_of_a_certificate(zv_doctor_checks[i]))
            continue;
        assert_true(at < world.count);
        assert_string_equal(world.findings[at++].check, zv_doctor_checks[i]);
    }
    assert_int_equal(at, world.count);
    close_world(&world);
}

static void a_listed_domain_is_resolved_and_asked(void **state)
{
    char port[16];
    struct world world;
    (void)state;
    open_world(&world, answer_200, NULL, NULL);
    snprintf(port, sizeof(port), ":%u", world.server.socket.local.port);
    examine(&world);
    assert_found(&world, "dns", ZV_SEVERITY_OK, "127.0.0.1");
    assert_found(&world, "sip_server", ZV_SEVERITY_OK, port);
    assert_found(&world, "sip_server", ZV_SEVERITY_OK, "with 200");
    assert_int_equal(world.server.requests, 1);
    close_world(&world);
}

static void a_server_that_swallows_everything_fails(void **state)
{
    struct world world;
    (void)state;
    open_world(&world, NULL, NULL, NULL);
    examine(&world);
    assert_found(&world, "sip_server", ZV_SEVERITY_FAIL, DOMAIN);
    close_world(&world);
}

static void a_domain_that_is_not_there_fails(void **state)
{
    struct world world;
    (void)state;
    open_world(&world, NULL, "sip.allow", "[nowhere.example.test]");
    examine(&world);
    assert_found(&world, "dns", ZV_SEVERITY_FAIL, "nowhere.example.test");
    assert_found(&world, "sip_server", ZV_SEVERITY_NOTE, "No SIP server was asked");
    assert_int_equal(world.server.requests, 0);
    close_world(&world);
}

static void networks_alone_leave_nobody_to_ask(void **state)
{
    struct world world;
    (void)state;
    open_world(&world, answer_200, "sip.allow", "[192.0.2.0/24, public]");
    examine(&world);
    assert_found(&world, "sip_server", ZV_SEVERITY_NOTE, "sip.allow");
    assert_int_equal(world.server.requests, 0);
    close_world(&world);
}

/* What call control says when a client logs in without registration, and when it leaves. */
static void add_account(struct world *world, uint64_t session, const char *host, uint16_t port)
{
    struct zv_call_cmd cmd = {.kind = ZV_CALL_CMD_SIP_ACCOUNT_ADD,
                              .u.account = {.session = {session},
                                            .user = zv_str("1001"),
                                            .auth_name = zv_str("1001"),
                                            .password = zv_str("secret"),
                                            .domain = zv_str(host),
                                            .proxy_host = zv_str(host),
                                            .proxy_port = port}};
    zv_sipnet_execute(world->gateway->sipnet, &cmd);
}

static void remove_account(struct world *world, uint64_t session)
{
    struct zv_call_cmd cmd = {.kind = ZV_CALL_CMD_SIP_ACCOUNT_REMOVE,
                              .u.sip = {.session = {session}}};
    zv_sipnet_execute(world->gateway->sipnet, &cmd);
}

static void servers_that_clients_use_are_asked_once_each(void **state)
{
    char port[16];
    struct world world;
    (void)state;
    open_world(&world, answer_200, NULL, NULL);
    snprintf(port, sizeof(port), ":%u", world.server.socket.local.port);
    add_account(&world, 1, "127.0.0.1", world.server.socket.local.port);
    add_account(&world, 2, "127.0.0.1", world.server.socket.local.port);
    add_account(&world, 3, DOMAIN, 0); /* which sip.allow has */
    examine(&world);
    assert_int_equal(world.server.requests, 2);
    assert_string_equal(world.findings[world.count - 1].check, "sip_server");
    assert_non_null(strstr(world.findings[world.count - 1].text, port));
    for (uint64_t session = 1; session <= 3; session++)
        remove_account(&world, session);
    close_world(&world);
}

static void more_domains_than_are_asked_are_counted(void **state)
{
    char value[512];
    struct zv_buf out = zv_buf(value, sizeof(value));
    struct world world;
    size_t dns = 0;
    (void)state;
    for (int i = 0; i < 11; i++)
        zv_buf_printf(&out, "%sd%d.example.test", i ? ", " : "[", i);
    zv_buf_put_text(&out, "]");
    assert_non_null(zv_buf_cstr(&out));
    open_world(&world, answer_200, "sip.allow", value);
    examine(&world);
    for (size_t i = 0; i < world.count; i++)
        dns += strcmp(world.findings[i].check, "dns") == 0;
    assert_int_equal(dns, 8);
    assert_string_equal(world.findings[world.count - 1].check, "sip_server");
    assert_non_null(strstr(world.findings[world.count - 1].text, "3 further domains"));
    close_world(&world);
}

static void two_at_once_and_no_third(void **state)
{
    struct world world;
    (void)state;
    open_world(&world, answer_200, NULL, NULL);
    assert_int_equal(zv_doctor_start(world.gateway, on_findings, &world), 0);
    assert_int_equal(zv_doctor_start(world.gateway, on_findings, &world), 0);
    assert_int_equal(zv_doctor_start(world.gateway, on_findings, &world), ZV_E_LIMIT);
    run_until(&world, 2);
    assert_int_equal(zv_doctor_start(world.gateway, on_findings, &world), 0);
    run_until(&world, 3);
    close_world(&world);
}

static void a_cancelled_examination_is_not_heard_of_again(void **state)
{
    struct world world;
    (void)state;
    open_world(&world, NULL, NULL, NULL);
    assert_int_equal(zv_doctor_start(world.gateway, on_findings, &world), 0);
    zv_doctor_cancel(world.gateway, &world);
    close_world(&world);
    assert_int_equal(world.answers, 0);
}

static void a_gateway_that_stops_ends_it_without_a_word(void **state)
{
    struct world world;
    (void)state;
    open_world(&world, NULL, NULL, NULL);
    assert_int_equal(zv_doctor_start(world.gateway, on_findings, &world), 0);
    zv_gateway_stop(world.gateway);
    zv_gateway_stop(world.gateway); /* does not wait */
    assert_int_equal(zv_doctor_start(world.gateway, on_findings, &world), ZV_E_STATE);
    close_world(&world);
    assert_int_equal(world.answers, 0);
}

static char log_text[65536];

static void note_line(const struct zv_log_line *line)
{
    size_t len = strlen(log_text);
    snprintf(log_text + len, sizeof(log_text) - len, "%s %s\n", zv_log_level_name(line->level),
             line->text);
}

static void the_start_logs_what_needs_no_network(void **state)
{
    struct world world;
    (void)state;
    log_text[0] = 0;
    zv_log_set_sink(note_line);
    open_world(&world, answer_200, "http.allowed_origins", "[\"https://*.example.org\"]");
    zv_log_set_sink(NULL);
    assert_non_null(strstr(log_text, "warn allowed_origins: http.allowed_origins has "
                                     "\"https://*.example.org\""));
    assert_non_null(strstr(log_text, "What to do: name each origin whole"));
    assert_null(strstr(log_text, "ws_listen:")); /* what is well is not said */
    assert_int_equal(world.server.requests, 0);
    close_world(&world);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_check_reports_in_the_order_of_the_list),
    cmocka_unit_test(a_listed_domain_is_resolved_and_asked),
    cmocka_unit_test(a_server_that_swallows_everything_fails),
    cmocka_unit_test(a_domain_that_is_not_there_fails),
    cmocka_unit_test(networks_alone_leave_nobody_to_ask),
    cmocka_unit_test(servers_that_clients_use_are_asked_once_each),
    cmocka_unit_test(more_domains_than_are_asked_are_counted),
    cmocka_unit_test(two_at_once_and_no_third),
    cmocka_unit_test(a_cancelled_examination_is_not_heard_of_again),
    cmocka_unit_test(a_gateway_that_stops_ends_it_without_a_word),
    cmocka_unit_test(the_start_logs_what_needs_no_network),
};
ZV_TEST_MAIN(tests)
