/*
 * RFC 3263 without a network: what is asked, in which order, and what is tried, for zones that are
 * tables.
 */
#include "support/test.h"

#include "base/buf.h"
#include "base/err.h"
#include "sip/locate.h"

#include <string.h>
#include <strings.h>

#define UDP  ZV_SIP_TRANSPORT_BIT(ZV_SIP_UDP)
#define TCP  ZV_SIP_TRANSPORT_BIT(ZV_SIP_TCP)
#define TLS  ZV_SIP_TRANSPORT_BIT(ZV_SIP_TLS)
#define ALL  (UDP | TCP | TLS)
#define BOTH 99

struct record {
    const char *name;
    enum zv_dns_type type;
    const char *value;            /* address, SRV target, NAPTR replacement */
    uint16_t first, second, port; /* priority and weight; order and preference */
    const char *service;          /* NAPTR */
    const char *flags;            /* NAPTR; NULL: "s" */
    int err;                      /* instead of an answer */
};

struct scene {
    const struct record *zone;
    size_t count;
    const char *host;
    uint16_t port;
    enum zv_sip_transport transport;
    unsigned transports; /* 0: UDP */
    int family;          /* 0: IPv4; BOTH */
    uint64_t seed;
    char asked_memory[2048], found_memory[2048];
    struct zv_buf asked, found; /* "NAPTR sip.test, SRV …"; "UDP 192.0.2.1:5060, …" */
    int err;
};

#define ZONE(...)                                                                                  \
    .zone = (const struct record[]){__VA_ARGS__},                                                  \
    .count = ZV_ARRAY_LEN(((const struct record[]){__VA_ARGS__}))

static const char *type_name(enum zv_dns_type type)
{
    return type == ZV_DNS_A      ? "A"
           : type == ZV_DNS_AAAA ? "AAAA"
           : type == ZV_DNS_SRV  ? "SRV"
                                 : "NAPTR";
}

static void put_record(const struct record *record, struct zv_dns_answer *answer)
{
    size_t at = answer->count++;
    assert_true(at < ZV_DNS_MAX_RECORDS);
    if (record->type == ZV_DNS_SRV) {
        struct zv_dns_srv *srv = &answer->of.srv[at];
        strcpy(srv->target, record->value);
        srv->priority = record->first;
        srv->weight = record->second;
        srv->port = record->port;
    } else if (record->type == ZV_DNS_NAPTR) {
        struct zv_dns_naptr *naptr = &answer->of.naptr[at];
        strcpy(naptr->replacement, record->value);
        strcpy(naptr->service, record->service);
        strcpy(naptr->flags, record->flags ? record->flags : "s");
        naptr->order = record->first;
        naptr->preference = record->second;
    } else {
        assert_int_equal(zv_addr_parse_ip(zv_str(record->value), &answer->of.addrs[at]), 0);
    }
}

static struct zv_dns_answer answer_to(const struct scene *scene, enum zv_dns_type type,
                                      const char *name)
{
    struct zv_dns_answer answer = {.type = type};
    for (size_t i = 0; i < scene->count; i++) {
        const struct record *record = &scene->zone[i];
        if (record->type != type || strcasecmp(record->name, name) != 0)
            continue;
        answer.err = record->err;
        if (!record->err)
            put_record(record, &answer);
    }
    if (!answer.err && !answer.count)
        answer.err = ZV_E_NOTFOUND;
    return answer;
}

static const char *comma(const struct zv_buf *buf)
{
    return buf->len ? ", " : "";
}

static void run(struct scene *scene)
{
    struct zv_rand_seeded seeded = {.state = scene->seed};
    struct zv_sip_locate locate;
    struct zv_sip_locate_out out;
    char text[ZV_ADDR_TEXT_CAP];
    const struct zv_sip_locate_cfg cfg = {
        .host = zv_str(scene->host),
        .port = scene->port,
        .transport = scene->transport,
        .transports = scene->transports ? scene->transports : UDP,
        .family =
            scene->family == BOTH ? ZV_ADDR_NONE : (scene->family ? scene->family : ZV_ADDR_IPV4),
        .rand = zv_rand_seeded_source(&seeded)};
    scene->asked = zv_buf(scene->asked_memory, sizeof(scene->asked_memory));
    scene->found = zv_buf(scene->found_memory, sizeof(scene->found_memory));
    scene->err = zv_sip_locate_init(&locate, &cfg);
    if (scene->err)
        return;
    for (int i = 0; i < 200; i++) {
        switch (zv_sip_locate_poll(&locate, &out)) {
        case ZV_SIP_LOCATE_ASK: {
            zv_buf_printf(&scene->asked, "%s%s %s", comma(&scene->asked), type_name(out.type),
                          out.name);
            struct zv_dns_answer answer = answer_to(scene, out.type, out.name);
            struct zv_sip_locate_out none;
            assert_int_equal(zv_sip_locate_poll(&locate, &none), ZV_SIP_LOCATE_WAIT);
            zv_sip_locate_on_answer(&locate, &answer);
            break;
        }
        case ZV_SIP_LOCATE_FOUND:
            zv_buf_printf(&scene->found, "%s%s %s", comma(&scene->found),
                          zv_sip_transport_name(out.transport), zv_addr_write(&out.addr, text));
            break;
        case ZV_SIP_LOCATE_DONE:
            scene->err = out.err;
            return;
        case ZV_SIP_LOCATE_WAIT:
            fail_msg("it waits for nothing");
        }
    }
    fail_msg("the search has no end");
}

#define ASSERT_ASKED(scene, text) assert_string_equal(zv_buf_cstr(&(scene)->asked), (text))
#define ASSERT_FOUND(scene, text) assert_string_equal(zv_buf_cstr(&(scene)->found), (text))

static void an_address_needs_no_question(void **state)
{
    (void)state;
    struct scene scene = {.host = "192.0.2.1", .transports = ALL};
    run(&scene);
    ASSERT_ASKED(&scene, "");
    ASSERT_FOUND(&scene, "UDP 192.0.2.1:5060");
    scene.transport = ZV_SIP_TLS;
    run(&scene);
    ASSERT_FOUND(&scene, "TLS 192.0.2.1:5061");
    scene.host = "2001:db8::1";
    scene.port = 9;
    run(&scene);
    ASSERT_FOUND(&scene, "TLS [2001:db8::1]:9");
}

static void a_port_beside_the_name_leaves_only_addresses(void **state)
{
    (void)state;
    struct scene scene = {
        ZONE({"sip.test", ZV_DNS_A, "192.0.2.1"}, {"sip.test", ZV_DNS_AAAA, "2001:db8::1"}),
        .host = "sip.test", .port = 5070, .transports = ALL, .family = BOTH};
    run(&scene);
    ASSERT_ASKED(&scene, "A sip.test, AAAA sip.test");
    ASSERT_FOUND(&scene, "UDP 192.0.2.1:5070, UDP [2001:db8::1]:5070");
    scene.transport = ZV_SIP_TCP;
    run(&scene);
    ASSERT_FOUND(&scene, "TCP 192.0.2.1:5070, TCP [2001:db8::1]:5070");
}

/* RFC 3263 §4.1, the example. */
static void naptr_counts_by_order_and_preference_and_leads_to_srv(void **state)
{
    (void)state;
    struct scene scene = {
        ZONE({"example.com", ZV_DNS_NAPTR, "_sip._udp.example.com", 90, 50, .service = "SIP+D2U"},
             {"example.com", ZV_DNS_NAPTR, "_sip._tcp.example.com", 90, 10, .service = "SIP+D2T"},
             {"example.com", ZV_DNS_NAPTR, "_sips._tcp.example.com", 50, 50, .service = "SIPS+D2T"},
             {"_sips._tcp.example.com", ZV_DNS_SRV, "server1.example.com", 0, 1, 5061},
             {"_sip._tcp.example.com", ZV_DNS_SRV, "server2.example.com", 0, 1, 5060},
             {"_sip._udp.example.com", ZV_DNS_SRV, "server2.example.com", 0, 1, 5060},
             {"server1.example.com", ZV_DNS_A, "192.0.2.1"},
             {"server2.example.com", ZV_DNS_A, "192.0.2.2"}),
        .host = "example.com", .transports = ALL};
    run(&scene);
    ASSERT_FOUND(&scene, "TLS 192.0.2.1:5061, TCP 192.0.2.2:5060, UDP 192.0.2.2:5060");
    scene.transports = UDP | TCP;
    run(&scene);
    ASSERT_FOUND(&scene, "TCP 192.0.2.2:5060, UDP 192.0.2.2:5060");
    scene.transports = UDP;
    run(&scene);
    ASSERT_ASKED(&scene, "NAPTR example.com, SRV _sip._udp.example.com, A server2.example.com");
    ASSERT_FOUND(&scene, "UDP 192.0.2.2:5060");
}

static void naptr_may_lead_to_another_domain_and_is_read_whatever_its_case(void **state)
{
    (void)state;
    struct scene scene = {ZONE({"sip.test", ZV_DNS_NAPTR, "_sip._udp.carrier.test", 1, 1,
                                .service = "sip+d2u", .flags = "S"},
                               {"_sip._udp.carrier.test", ZV_DNS_SRV, "a.carrier.test", 1, 1, 5066},
                               {"a.carrier.test", ZV_DNS_A, "192.0.2.6"}),
                          .host = "sip.test"};
    run(&scene);
    ASSERT_FOUND(&scene, "UDP 192.0.2.6:5066");
}

static void naptr_without_a_service_of_ours_counts_as_none(void **state)
{
    (void)state;
    struct scene scene = {
        ZONE({"sip.test", ZV_DNS_NAPTR, "_sip._sctp.sip.test", 1, 1, .service = "SIP+D2S"},
             {"sip.test", ZV_DNS_NAPTR, "sip.test", 1, 1, .service = "E2U+sip", .flags = "u"},
             {"sip.test", ZV_DNS_NAPTR, "a.sip.test", 1, 1, .service = "SIP+D2U", .flags = "a"},
             {"sip.test", ZV_DNS_NAPTR, ".", 1, 1, .service = "SIP+D2U"},
             {"_sip._udp.sip.test", ZV_DNS_SRV, "b.sip.test", 1, 1, 5061},
             {"b.sip.test", ZV_DNS_A, "192.0.2.2"}),
        .host = "sip.test"};
    run(&scene);
    ASSERT_FOUND(&scene, "UDP 192.0.2.2:5061");
}

static void naptr_that_is_not_answered_leaves_srv(void **state)
{
    (void)state;
    static const int errs[] = {ZV_E_TIMEOUT, ZV_E_IO};
    for (size_t i = 0; i < ZV_ARRAY_LEN(errs); i++) {
        struct scene scene = {ZONE({"sip.test", ZV_DNS_NAPTR, .err = errs[i]},
                                   {"_sip._udp.sip.test", ZV_DNS_SRV, "b.test", 1, 1, 5061},
                                   {"b.test", ZV_DNS_A, "192.0.2.2"}),
                              .host = "sip.test"};
        run(&scene);
        ASSERT_FOUND(&scene, "UDP 192.0.2.2:5061");
        assert_int_equal(scene.err, ZV_E_NOTFOUND);
    }
}

static void without_naptr_the_first_transport_with_srv_is_used_alone(void **state)
{
    (void)state;
    struct scene scene = {ZONE({"_sip._tcp.sip.test", ZV_DNS_SRV, "t.test", 1, 1, 5062},
                               {"_sips._tcp.sip.test", ZV_DNS_SRV, "s.test", 1, 1, 5063},
                               {"t.test", ZV_DNS_A, "192.0.2.2"},
                               {"s.test", ZV_DNS_A, "192.0.2.3"}),
                          .host = "sip.test", .transports = ALL};
    run(&scene);
    ASSERT_ASKED(&scene,
                 "NAPTR sip.test, SRV _sip._udp.sip.test, SRV _sip._tcp.sip.test, A t.test");
    ASSERT_FOUND(&scene, "TCP 192.0.2.2:5062");
}

static void a_transport_whose_hosts_have_no_address_leaves_the_next(void **state)
{
    (void)state;
    struct scene scene = {ZONE({"_sip._udp.sip.test", ZV_DNS_SRV, "gone.test", 1, 1, 5062},
                               {"_sip._tcp.sip.test", ZV_DNS_SRV, "t.test", 1, 1, 5063},
                               {"t.test", ZV_DNS_A, "192.0.2.2"}),
                          .host = "sip.test", .transports = ALL};
    run(&scene);
    ASSERT_FOUND(&scene, "TCP 192.0.2.2:5063");
}

static void a_transport_that_is_named_skips_naptr(void **state)
{
    (void)state;
    struct scene scene = {
        ZONE({"sip.test", ZV_DNS_NAPTR, "_sip._udp.sip.test", 1, 1, .service = "SIP+D2U"},
             {"_sips._tcp.sip.test", ZV_DNS_SRV, "s.test", 1, 1, 5065},
             {"s.test", ZV_DNS_A, "192.0.2.3"}),
        .host = "sip.test", .transport = ZV_SIP_TLS, .transports = ALL};
    run(&scene);
    ASSERT_ASKED(&scene, "SRV _sips._tcp.sip.test, A s.test");
    ASSERT_FOUND(&scene, "TLS 192.0.2.3:5065");
}

static void without_naptr_and_srv_the_name_itself_is_the_host(void **state)
{
    (void)state;
    struct scene scene = {ZONE({"sip.test", ZV_DNS_A, "192.0.2.1"}), .host = "sip.test",
                          .transports = ALL};
    run(&scene);
    ASSERT_ASKED(&scene, "NAPTR sip.test, SRV _sip._udp.sip.test, SRV _sip._tcp.sip.test, "
                         "SRV _sips._tcp.sip.test, A sip.test");
    ASSERT_FOUND(&scene, "UDP 192.0.2.1:5060");
    scene.transport = ZV_SIP_TLS;
    run(&scene);
    ASSERT_FOUND(&scene, "TLS 192.0.2.1:5061");
    scene.transport = ZV_SIP_ANY;
    scene.transports = TCP;
    run(&scene);
    ASSERT_FOUND(&scene, "TCP 192.0.2.1:5060");
}

static void a_service_that_is_denied_or_not_answered_rules_the_bare_name_out(void **state)
{
    (void)state;
    struct scene denied = {
        ZONE({"_sip._udp.sip.test", ZV_DNS_SRV, "."}, {"sip.test", ZV_DNS_A, "192.0.2.1"}),
        .host = "sip.test"};
    run(&denied);
    ASSERT_FOUND(&denied, "");
    assert_int_equal(denied.err, ZV_E_NOTFOUND);
    struct scene silent = {ZONE({"_sip._udp.sip.test", ZV_DNS_SRV, .err = ZV_E_TIMEOUT},
                                {"sip.test", ZV_DNS_A, "192.0.2.1"}),
                           .host = "sip.test"};
    run(&silent);
    ASSERT_FOUND(&silent, "");
    assert_int_equal(silent.err, ZV_E_TIMEOUT);
}

static void hosts_come_by_priority_each_with_both_families(void **state)
{
    (void)state;
    struct scene scene = {
        ZONE({"_sip._udp.sip.test", ZV_DNS_SRV, "c.test", 30, 0, 5063},
             {"_sip._udp.sip.test", ZV_DNS_SRV, "a.test", 10, 0, 5061},
             {"_sip._udp.sip.test", ZV_DNS_SRV, "192.0.2.7", 20, 0, 5062},
             {"a.test", ZV_DNS_AAAA, "2001:db8::1"}, {"a.test", ZV_DNS_A, "192.0.2.1"},
             {"c.test", ZV_DNS_A, .err = ZV_E_TIMEOUT}, {"c.test", ZV_DNS_AAAA, "2001:db8::3"}),
        .host = "sip.test", .family = BOTH};
    run(&scene);
    ASSERT_ASKED(&scene, "NAPTR sip.test, SRV _sip._udp.sip.test, A a.test, AAAA a.test, A c.test");
    ASSERT_FOUND(&scene, "UDP 192.0.2.1:5061, UDP [2001:db8::1]:5061, UDP 192.0.2.7:5062");
    assert_int_equal(scene.err, ZV_E_TIMEOUT); /* there might have been more */
    scene.family = ZV_ADDR_IPV6;
    run(&scene);
    ASSERT_FOUND(&scene, "UDP [2001:db8::1]:5061, UDP 192.0.2.7:5062, UDP [2001:db8::3]:5063");
}

/* RFC 2782: of 10 and 30 in one priority the first comes first in a quarter of the draws. */
static void within_a_priority_the_weights_draw_the_first(void **state)
{
    (void)state;
    int first = 0;
    for (uint64_t seed = 0; seed < 1000; seed++) {
        struct zv_rand_seeded seeded = {.state = seed};
        struct zv_rand rand = zv_rand_seeded_source(&seeded);
        struct zv_dns_srv records[] = {
            {"last", 1, 2, 100}, {"light", 1, 1, 9}, {"heavy", 1, 1, 29}, {"last", 1, 2, 0}};
        zv_dns_srv_order(records, ZV_ARRAY_LEN(records), &rand);
        first += strcmp(records[0].target, "light") == 0;
        assert_string_equal(records[2].target, "last");
        assert_string_equal(records[3].target, "last");
        assert_string_not_equal(records[0].target, records[1].target);
    }
    assert_in_range(first, 200, 300);
}

static void a_transport_that_we_lack_is_unsupported(void **state)
{
    (void)state;
    struct scene scene = {.host = "sip.test", .transport = ZV_SIP_TLS, .transports = UDP | TCP};
    run(&scene);
    assert_int_equal(scene.err, ZV_E_UNSUPPORTED);
    scene.host = "192.0.2.1";
    run(&scene);
    assert_int_equal(scene.err, ZV_E_UNSUPPORTED);
}

static void a_name_without_room_for_its_service_is_the_host_itself(void **state)
{
    (void)state;
    char name[ZV_MAX_SIP_HOST_BYTES + 2];
    memset(name, 'a', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    struct scene scene = {.host = name};
    run(&scene);
    assert_int_equal(scene.err, ZV_E_NOTFOUND); /* longer than a name can be */
    name[ZV_MAX_SIP_HOST_BYTES] = '\0';
    run(&scene);
    assert_int_equal(scene.err, ZV_E_NOTFOUND);
    assert_null(strstr(scene.asked_memory, "SRV"));
}

static void an_answer_that_nobody_asked_for_changes_nothing(void **state)
{
    (void)state;
    struct zv_sip_locate locate;
    struct zv_sip_locate_out out;
    struct zv_dns_answer stray = {.type = ZV_DNS_A, .count = 1};
    struct zv_sip_locate_cfg cfg = {.host = zv_str("192.0.2.1"), .transports = UDP};
    assert_int_equal(zv_sip_locate_init(&locate, &cfg), 0);
    zv_sip_locate_on_answer(&locate, &stray);
    assert_int_equal(zv_sip_locate_poll(&locate, &out), ZV_SIP_LOCATE_FOUND);
    assert_int_equal(zv_sip_locate_poll(&locate, &out), ZV_SIP_LOCATE_DONE);
    assert_int_equal(zv_sip_locate_poll(&locate, &out), ZV_SIP_LOCATE_DONE);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_address_needs_no_question),
    cmocka_unit_test(a_port_beside_the_name_leaves_only_addresses),
    cmocka_unit_test(naptr_counts_by_order_and_preference_and_leads_to_srv),
    cmocka_unit_test(naptr_may_lead_to_another_domain_and_is_read_whatever_its_case),
    cmocka_unit_test(naptr_without_a_service_of_ours_counts_as_none),
    cmocka_unit_test(naptr_that_is_not_answered_leaves_srv),
    cmocka_unit_test(without_naptr_the_first_transport_with_srv_is_used_alone),
    cmocka_unit_test(a_transport_whose_hosts_have_no_address_leaves_the_next),
    cmocka_unit_test(a_transport_that_is_named_skips_naptr),
    cmocka_unit_test(without_naptr_and_srv_the_name_itself_is_the_host),
    cmocka_unit_test(a_service_that_is_denied_or_not_answered_rules_the_bare_name_out),
    cmocka_unit_test(hosts_come_by_priority_each_with_both_families),
    cmocka_unit_test(within_a_priority_the_weights_draw_the_first),
    cmocka_unit_test(a_transport_that_we_lack_is_unsupported),
    cmocka_unit_test(a_name_without_room_for_its_service_is_the_host_itself),
    cmocka_unit_test(an_answer_that_nobody_asked_for_changes_nothing),
};

ZV_TEST_MAIN(tests)
