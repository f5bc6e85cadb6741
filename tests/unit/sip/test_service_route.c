/* The way that a registrar wants later requests to take: Path and Service-Route (RFC 3327, 3608).
 */
#include "rig.h"

#define ROUTES                                                                                     \
    "Service-Route: <sip:p2.zvonok.test:5070;lr>, \"P3\" <sip:p3.zvonok.test;lr>;x=y\r\n"          \
    "Service-Route: <sip:[2001:db8::9];lr>\r\n"

static void add_account(struct rig *rig, struct zv_sip_account_cfg cfg)
{
    cfg.user = ZV_STR_LIT("1001");
    cfg.password = ZV_STR_LIT("secret1001");
    cfg.domain = ZV_STR_LIT("zvonok.test");
    assert_int_equal(zv_sip_account_add(rig->sip, RIG_ACCOUNT, &cfg), 0);
}

static void register_with(struct rig *rig, const char *extra)
{
    assert_int_equal(zv_sip_register(rig->sip, RIG_ACCOUNT, rig->now_us), 0);
    rig_drain(rig);
    rig_answer(rig, rig_next_sent(rig, "REGISTER "),
               &(struct rig_reply){.status = 200, .tag = "r", .extra = extra});
    rig_next_event(rig, ZV_SIP_OUT_REGISTERED);
}

static void refresh_with(struct rig *rig, const char *extra)
{
    rig_advance_until_sent(rig);
    rig_answer(rig, rig_next_sent(rig, "REGISTER "),
               &(struct rig_reply){.status = 200, .tag = "r", .extra = extra});
    rig_next_event(rig, ZV_SIP_OUT_REGISTERED);
}

static const struct rig_sent *call(struct rig *rig, uint64_t leg)
{
    struct zv_sip_invite_cfg cfg = {
        .account = RIG_ACCOUNT, .callee = ZV_STR_LIT("1002"), .sdp = ZV_STR_LIT(SDP_A)};
    assert_int_equal(zv_sip_invite(rig->sip, leg, &cfg, rig->now_us), 0);
    rig_drain(rig);
    return rig_next_sent(rig, "INVITE sip:1002@zvonok.test SIP/2.0");
}

static void refuse(struct rig *rig, const struct rig_sent *invite)
{
    rig_answer_status(rig, invite, 486, "b");
    rig_next_sent(rig, "ACK ");
    assert_int_equal(rig_next_event(rig, ZV_SIP_OUT_ENDED)->status, 486);
}

static void register_says_that_path_is_understood(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    add_account(&rig, (struct zv_sip_account_cfg){0});
    assert_int_equal(zv_sip_register(rig.sip, RIG_ACCOUNT, rig.now_us), 0);
    rig_drain(&rig);
    const struct rig_sent *request = rig_next_sent(&rig, "REGISTER ");
    assert_true(rig_has(request, "Supported: path\r\n"));
    rig_answer(&rig, request,
               &(struct rig_reply){
                   .status = 200, .tag = "r", .extra = "Path: <sip:edge.zvonok.test;lr>\r\n"});
    rig_next_event(&rig, ZV_SIP_OUT_REGISTERED);
    const struct rig_sent *invite = call(&rig, 1);
    assert_false(rig_has(invite, "Route:")); /* Path is the way to us, not from us */
    refuse(&rig, invite);
    rig_fini(&rig);
}

static void calls_take_the_service_route_and_its_first_hop(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    add_account(&rig, (struct zv_sip_account_cfg){0});
    register_with(&rig, ROUTES);
    const struct rig_sent *invite = call(&rig, 1);
    assert_true(rig_has(invite, "Route: <sip:p2.zvonok.test:5070;lr>\r\n"
                                "Route: <sip:p3.zvonok.test;lr>\r\n"
                                "Route: <sip:[2001:db8::9];lr>\r\n"));
    assert_string_equal(rig.resolve_host, "p2.zvonok.test");
    assert_int_equal(rig.resolve.port, 5070);
    assert_int_equal(rig.resolve.purpose, ZV_SIP_FOR_DIALOG); /* the registrar named it */
    refuse(&rig, invite);
    rig_advance_until_sent(&rig); /* the refresh itself goes to the registrar */
    const struct rig_sent *refresh = rig_next_sent(&rig, "REGISTER ");
    assert_false(rig_has(refresh, "Route:"));
    assert_string_equal(rig.resolve_host, "zvonok.test");
    rig_fini(&rig);
}

static void an_outbound_proxy_stays_the_first_hop(void **state)
{
    struct rig rig;
    (void)state;
    for (int with_route = 0; with_route <= 1; with_route++) {
        rig_init(&rig);
        add_account(&rig, (struct zv_sip_account_cfg){.proxy = ZV_STR_LIT("proxy.zvonok.test"),
                                                      .proxy_route = with_route});
        register_with(&rig, ROUTES);
        const struct rig_sent *invite = call(&rig, 1);
        assert_true(rig_has(invite, with_route ? "Route: <sip:proxy.zvonok.test;lr>\r\n"
                                                 "Route: <sip:p2.zvonok.test:5070;lr>\r\n"
                                               : "Route: <sip:p2.zvonok.test:5070;lr>\r\n"));
        assert_string_equal(rig.resolve_host, "proxy.zvonok.test");
        assert_int_equal(rig.resolve.purpose, ZV_SIP_FOR_ACCOUNT);
        refuse(&rig, invite);
        rig_fini(&rig);
    }
}

static void a_route_that_cannot_be_resolved_leaves_the_registrar(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    add_account(&rig, (struct zv_sip_account_cfg){0});
    register_with(&rig, ROUTES);
    rig.resolve_err = ZV_E_DENIED; /* by the edge's policy, for one */
    const struct rig_sent *invite = call(&rig, 1);
    assert_int_equal(invite->flow.remote.ip[3], 9);
    refuse(&rig, invite);
    rig_fini(&rig);
}

/* A registrar may say by the way where, but not that keys and credentials go there in clear. */
static void where_the_operator_wants_tls_no_route_leads_around_it(void **state)
{
    static const struct {
        enum zv_sip_transport wanted;
        const char *route;
        enum zv_sip_transport expected;
    } cases[] = {
        {ZV_SIP_TLS, "<sip:edge.test;lr>", ZV_SIP_TLS},
        {ZV_SIP_TLS, "<sip:edge.test;lr;transport=udp>", ZV_SIP_TLS},
        {ZV_SIP_TCP, "<sip:edge.test;lr>", ZV_SIP_TCP},
        {ZV_SIP_TCP, "<sip:edge.test;lr;transport=udp>", ZV_SIP_UDP},
        {ZV_SIP_ANY, "<sip:edge.test;lr>", ZV_SIP_ANY},
        {ZV_SIP_UDP, "<sips:edge.test;lr>", ZV_SIP_TLS},
    };
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++) {
        struct rig rig;
        char header[128];
        rig_init(&rig);
        add_account(&rig, (struct zv_sip_account_cfg){.transport = cases[i].wanted});
        snprintf(header, sizeof(header), "Service-Route: %s\r\n", cases[i].route);
        register_with(&rig, header);
        refuse(&rig, call(&rig, 1));
        assert_string_equal(rig.resolve_host, "edge.test");
        assert_int_equal(rig.resolve.transport, cases[i].expected);
        rig_fini(&rig);
    }
}

static void each_registration_brings_its_route_anew_or_takes_it_away(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    add_account(&rig, (struct zv_sip_account_cfg){0});
    register_with(&rig, ROUTES);
    refresh_with(&rig, "Service-Route: <sip:other.zvonok.test;lr;transport=tcp>\r\n");
    const struct rig_sent *invite = call(&rig, 1);
    assert_true(rig_has(invite, "Route: <sip:other.zvonok.test;lr;transport=tcp>\r\n"));
    assert_false(rig_has(invite, "p2.zvonok.test"));
    assert_int_equal(rig.resolve.transport, ZV_SIP_TCP);
    refuse(&rig, invite);
    refresh_with(&rig, NULL);
    invite = call(&rig, 2);
    assert_false(rig_has(invite, "Route:"));
    assert_string_equal(rig.resolve_host, "zvonok.test");
    refuse(&rig, invite);
    refresh_with(&rig, ROUTES);
    assert_int_equal(zv_sip_unregister(rig.sip, RIG_ACCOUNT, rig.now_us), 0);
    rig_drain(&rig);
    rig_answer_status(&rig, rig_next_sent(&rig, "REGISTER "), 200, "r");
    rig_next_event(&rig, ZV_SIP_OUT_UNREGISTERED);
    invite = call(&rig, 3);
    assert_false(rig_has(invite, "Route:"));
    refuse(&rig, invite);
    rig_fini(&rig);
}

static void a_list_that_cannot_be_used_counts_as_none(void **state)
{
    (void)state;
    char many[2048] = "Service-Route: <sip:p.test;lr>", longer[3000];
    for (int i = 0; i < 8; i++)
        strcat(many, ", <sip:p.test;lr>");
    strcat(many, "\r\n");
    memset(longer, 'a', sizeof(longer));
    memcpy(longer, "Service-Route: <sip:", 20);
    strcpy(longer + 1800, "@p.test;lr>\r\n");
    const char *const lists[] = {
        "Service-Route: <sip:p.test;lr\r\n",
        "Service-Route: <tel:+123>\r\n",
        "Service-Route: *\r\n",
        "Service-Route: <sip:p.test;lr?Route=x>\r\n",
        "Service-Route: \r\n",
        "Service-Route: <sip:p.test;lr>, nonsense\r\n",
        many,
        longer,
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(lists); i++) {
        struct rig rig;
        rig_init(&rig);
        add_account(&rig, (struct zv_sip_account_cfg){0});
        register_with(&rig, lists[i]);
        const struct rig_sent *invite = call(&rig, 1);
        if (rig_has(invite, "Route:"))
            fail_msg("taken: %.40s", lists[i]);
        refuse(&rig, invite);
        rig_fini(&rig);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(register_says_that_path_is_understood),
    cmocka_unit_test(calls_take_the_service_route_and_its_first_hop),
    cmocka_unit_test(an_outbound_proxy_stays_the_first_hop),
    cmocka_unit_test(a_route_that_cannot_be_resolved_leaves_the_registrar),
    cmocka_unit_test(where_the_operator_wants_tls_no_route_leads_around_it),
    cmocka_unit_test(each_registration_brings_its_route_anew_or_takes_it_away),
    cmocka_unit_test(a_list_that_cannot_be_used_counts_as_none),
};

ZV_TEST_MAIN(tests)
