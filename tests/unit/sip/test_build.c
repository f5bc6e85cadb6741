/* The message writer: what it writes is read back as meant, and nothing hostile gets through it. */
#include "support/test.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/rand.h"
#include "sip/build.h"

#include <string.h>

static char memory[1 << 16];
static struct zv_sip_msg msg;
static const struct zv_str none = {NULL, 0};

/* What a request is made of here. Each text may be hostile. */
struct texts {
    struct zv_str method, host, user, display, uri_params, tag, branch, call_id, route;
    struct zv_str name, value, agent, contact_params, type, body;
};

static const struct texts plain = {
    .method = ZV_STR_LIT("INVITE"),
    .host = ZV_STR_LIT("example.com"),
    .user = ZV_STR_LIT("bob"),
    .display = ZV_STR_LIT("Bob"),
    .uri_params = ZV_STR_LIT("transport=udp"),
    .tag = ZV_STR_LIT("t1"),
    .branch = ZV_STR_LIT("z9hG4bK1"),
    .call_id = ZV_STR_LIT("c1@h"),
    .route = ZV_STR_LIT("<sip:p1.example.com;lr>"),
    .name = ZV_STR_LIT("X-Note"),
    .value = ZV_STR_LIT("hello"),
    .agent = ZV_STR_LIT("zvonok"),
    .contact_params = ZV_STR_LIT("expires=60;q=\"0.5\""),
    .type = ZV_STR_LIT("application/sdp;charset=utf-8"),
    .body = ZV_STR_LIT("v=0\r\n"),
};

static int build(const struct texts *t, struct zv_str *ret_message)
{
    char uri_memory[1024];
    struct zv_buf uri_buf = zv_buf(uri_memory, sizeof(uri_memory));
    struct zv_sip_builder b;
    int err = zv_sip_write_uri(
        &(struct zv_sip_build_uri){.user = t->user, .host = t->host, .params = t->uri_params},
        &uri_buf);
    if (err)
        return err;
    struct zv_str uri = zv_buf_str(&uri_buf);
    zv_sip_build_init(&b, memory, sizeof(memory));
    zv_sip_build_request(&b, t->method, uri);
    zv_sip_build_via(&b, &(struct zv_sip_build_via){.transport = ZV_STR_LIT("UDP"),
                                                    .host = t->host,
                                                    .port = 5070,
                                                    .branch = t->branch,
                                                    .rport = true});
    zv_sip_build_u32(&b, ZV_SIP_HEADER_MAX_FORWARDS, 70);
    zv_sip_build_addr_text(&b, ZV_SIP_HEADER_ROUTE, t->route);
    zv_sip_build_addr(
        &b, ZV_SIP_HEADER_FROM,
        &(struct zv_sip_build_addr){.display = t->display, .uri = uri, .tag = t->tag});
    zv_sip_build_addr(&b, ZV_SIP_HEADER_TO, &(struct zv_sip_build_addr){.uri = uri});
    zv_sip_build_call_id(&b, t->call_id);
    zv_sip_build_cseq(&b, 1, t->method);
    zv_sip_build_addr(&b, ZV_SIP_HEADER_CONTACT,
                      &(struct zv_sip_build_addr){.uri = uri, .params = t->contact_params});
    zv_sip_build_text(&b, ZV_SIP_HEADER_USER_AGENT, t->agent);
    zv_sip_build_extension(&b, t->name, t->value);
    return zv_sip_build_finish(&b, t->type, t->body, ret_message);
}

static void expect_header(enum zv_sip_header id, const char *expected)
{
    struct zv_str value = zv_sip_msg_value(&msg, id);
    if (!zv_str_is(value, expected))
        fail_msg("%.*s instead of %s", ZV_STR_ARG(value), expected);
}

static void a_request_reads_back_as_written(void **state)
{
    (void)state;
    struct zv_str out;
    assert_int_equal(build(&plain, &out), 0);
    assert_int_equal(zv_sip_msg_parse(out.p, out.len, &msg), 0);
    assert_true(zv_str_is(msg.uri.text, "sip:bob@example.com;transport=udp"));
    expect_header(ZV_SIP_HEADER_VIA, "SIP/2.0/UDP example.com:5070;branch=z9hG4bK1;rport");
    expect_header(ZV_SIP_HEADER_FROM, "\"Bob\" <sip:bob@example.com;transport=udp>;tag=t1");
    expect_header(ZV_SIP_HEADER_TO, "<sip:bob@example.com;transport=udp>");
    expect_header(ZV_SIP_HEADER_ROUTE, "<sip:p1.example.com;lr>");
    expect_header(ZV_SIP_HEADER_CONTACT,
                  "<sip:bob@example.com;transport=udp>;expires=60;q=\"0.5\"");
    expect_header(ZV_SIP_HEADER_CSEQ, "1 INVITE");
    expect_header(ZV_SIP_HEADER_CONTENT_LENGTH, "5");
    assert_true(zv_str_is(msg.content_type, "application/sdp"));
    assert_true(zv_str_is(msg.body, "v=0\r\n"));
}

static void display_names_are_any_text_without_controls(void **state)
{
    (void)state;
    static const char *const names[] = {
        "\"",      "\\", "a \"b\" \\ c", "<sip:evil@h>;tag=x", "\xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd",
        "a, b; c", " "};
    for (size_t i = 0; i < ZV_ARRAY_LEN(names); i++) {
        char back[256];
        struct zv_buf buf = zv_buf(back, sizeof(back));
        struct texts t = plain;
        struct zv_str out;
        t.display = zv_str(names[i]);
        assert_int_equal(build(&t, &out), 0);
        assert_int_equal(zv_sip_msg_parse(out.p, out.len, &msg), 0);
        assert_int_equal(zv_sip_name_addr_display(&msg.from, &buf), 0);
        assert_string_equal(zv_buf_cstr(&buf), names[i]);
        assert_true(zv_str_is(msg.from_tag, "t1"));
    }
}

static void ipv6_hosts_are_written_in_brackets(void **state)
{
    (void)state;
    struct texts t = plain;
    struct zv_str out;
    t.host = ZV_STR_LIT("2001:db8::1");
    assert_int_equal(build(&t, &out), 0);
    assert_int_equal(zv_sip_msg_parse(out.p, out.len, &msg), 0);
    assert_true(zv_str_is(msg.uri.text, "sip:bob@[2001:db8::1];transport=udp"));
    assert_true(msg.via.host_is_ipv6 && zv_str_is(msg.via.host, "2001:db8::1"));
    t.host = ZV_STR_LIT("[2001:db8::1]");
    assert_int_equal(build(&t, &out), 0);
    assert_int_equal(zv_sip_msg_parse(out.p, out.len, &msg), 0);
    assert_true(zv_str_is(msg.via.host, "2001:db8::1"));
}

static void each_field_refuses_what_would_leave_it(void **state)
{
    (void)state;
    static const struct {
        size_t field;
        const char *text;
    } bad[] = {
        {offsetof(struct texts, method), "INV ITE"},
        {offsetof(struct texts, method), ""},
        {offsetof(struct texts, host), "h\r\nX: y"},
        {offsetof(struct texts, host), "h;maddr=1.2.3.4"},
        {offsetof(struct texts, host), "h:5060"},
        {offsetof(struct texts, host), ""},
        {offsetof(struct texts, user), "a\r\nb"},
        {offsetof(struct texts, display), "a\r\nX: y"},
        {offsetof(struct texts, display), "a\tb"},
        {offsetof(struct texts, display), "\xff"},
        {offsetof(struct texts, uri_params), "lr?X=y"},
        {offsetof(struct texts, uri_params), "lr>"},
        {offsetof(struct texts, uri_params), "lr;lr"},
        {offsetof(struct texts, uri_params), "lr lr"},
        {offsetof(struct texts, tag), "a;b"},
        {offsetof(struct texts, tag), "a\r\nX: y"},
        {offsetof(struct texts, tag), ""},
        {offsetof(struct texts, contact_params), "tag=1"},
        {offsetof(struct texts, branch), "a b"},
        {offsetof(struct texts, branch), ""},
        {offsetof(struct texts, call_id), "a b"},
        {offsetof(struct texts, call_id), "a@b@c"},
        {offsetof(struct texts, call_id), ""},
        {offsetof(struct texts, route), "*"},
        {offsetof(struct texts, route), "<sip:a>, <sip:b>"},
        {offsetof(struct texts, route), "<sip:a?Route=x>"},
        {offsetof(struct texts, route), "\"a\r\n b\" <sip:a>"},
        {offsetof(struct texts, name), "X"},
        {offsetof(struct texts, name), "z"},
        {offsetof(struct texts, name), "X Y"},
        {offsetof(struct texts, name), "X:"},
        {offsetof(struct texts, name), ""},
        {offsetof(struct texts, name), "Route"},
        {offsetof(struct texts, name), "p-asserted-identity"},
        {offsetof(struct texts, name), "Content-Length"},
        {offsetof(struct texts, name), "Content-Length "},
        {offsetof(struct texts, name), "i"},
        {offsetof(struct texts, value), "a\r\n b"},
        {offsetof(struct texts, value), "a\nVia: x"},
        {offsetof(struct texts, value), "a\x01"},
        {offsetof(struct texts, agent), "\r\n\r\n"},
        {offsetof(struct texts, contact_params), "a=\"b"},
        {offsetof(struct texts, contact_params), "a;;b"},
        {offsetof(struct texts, contact_params), "a=\"\r\n b\""},
        {offsetof(struct texts, type), "sdp"},
        {offsetof(struct texts, type), "a/b\r\nX: y"},
        {offsetof(struct texts, type), ""},
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(bad); i++) {
        struct texts t = plain;
        struct zv_str out = none;
        *(struct zv_str *)((char *)&t + bad[i].field) = zv_str(bad[i].text);
        if (build(&t, &out) != ZV_E_INVAL)
            fail_msg("taken: %s", bad[i].text);
        assert_null(out.p);
    }
}

static void headers_with_a_writer_of_their_own_are_written_by_no_other(void **state)
{
    (void)state;
    static const enum zv_sip_header own[] = {ZV_SIP_HEADER_VIA,     ZV_SIP_HEADER_FROM,
                                             ZV_SIP_HEADER_CONTACT, ZV_SIP_HEADER_ROUTE,
                                             ZV_SIP_HEADER_CSEQ,    ZV_SIP_HEADER_CONTENT_LENGTH};
    for (size_t i = 0; i < ZV_ARRAY_LEN(own); i++) {
        struct zv_sip_builder b;
        zv_sip_build_init(&b, memory, sizeof(memory));
        zv_sip_build_response(&b, 200, none);
        zv_sip_build_text(&b, own[i], ZV_STR_LIT("x"));
        assert_int_equal(b.err, ZV_E_INVAL);
    }
}

static void a_message_is_written_in_order_and_once(void **state)
{
    (void)state;
    struct zv_sip_builder b;
    struct zv_str out;
    zv_sip_build_init(&b, memory, sizeof(memory));
    zv_sip_build_u32(&b, ZV_SIP_HEADER_EXPIRES, 1);
    assert_int_equal(b.err, ZV_E_STATE);
    zv_sip_build_init(&b, memory, sizeof(memory));
    zv_sip_build_response(&b, 200, none);
    zv_sip_build_response(&b, 200, none);
    assert_int_equal(b.err, ZV_E_STATE);
    zv_sip_build_init(&b, memory, sizeof(memory));
    zv_sip_build_response(&b, 200, none);
    zv_sip_build_u32(&b, ZV_SIP_HEADER_EXPIRES, 1);
    zv_sip_build_u32(&b, ZV_SIP_HEADER_EXPIRES, 1);
    assert_int_equal(zv_sip_build_finish(&b, none, none, &out), ZV_E_STATE);
    zv_sip_build_init(&b, memory, sizeof(memory));
    zv_sip_build_response(&b, 700, none);
    assert_int_equal(b.err, ZV_E_INVAL);
    zv_sip_build_init(&b, memory, sizeof(memory));
    zv_sip_build_request(&b, ZV_STR_LIT("BYE"), ZV_STR_LIT("sip:a@h?X=y"));
    assert_int_equal(b.err, ZV_E_INVAL);
}

static void too_little_room_never_leaves_half_a_header(void **state)
{
    (void)state;
    char small[256];
    for (size_t cap = 0; cap < sizeof(small); cap++) {
        struct zv_sip_builder b;
        struct zv_str out;
        zv_sip_build_init(&b, small, cap);
        zv_sip_build_request(&b, ZV_STR_LIT("BYE"), ZV_STR_LIT("sip:bob@example.com"));
        zv_sip_build_via(&b, &(struct zv_sip_build_via){.transport = ZV_STR_LIT("UDP"),
                                                        .host = ZV_STR_LIT("h"),
                                                        .branch = ZV_STR_LIT("z9hG4bK1")});
        zv_sip_build_addr(&b, ZV_SIP_HEADER_TO,
                          &(struct zv_sip_build_addr){.display = ZV_STR_LIT("B \"o\" b"),
                                                      .uri = ZV_STR_LIT("sip:bob@h")});
        zv_sip_build_cseq(&b, 1, ZV_STR_LIT("BYE"));
        assert_true(b.buf.len == 0 || memcmp(small + b.buf.len - 2, "\r\n", 2) == 0);
        int err = zv_sip_build_finish(&b, none, none, &out);
        assert_true(err == 0 || err == ZV_E_TRUNCATED);
        assert_true(err == 0 || cap < 160);
    }
}

static const char request_text[] =
    "INVITE sip:us@192.0.2.9 SIP/2.0\r\n"
    "v: SIP/2.0/UDP 10.0.0.1:5062 ;branch=z9hG4bK7 ;\r\n rport;received=6.6.6.6;x=\"a;b\" ,\r\n"
    " SIP/2.0/TCP p2;branch=z9hG4bK8\r\n"
    "Via: SIP/2.0/UDP p3;branch=z9hG4bK9;rport\r\n"
    "f: \"A \r\n B\" <sip:a@h>;tag=1\r\n"
    "To: sip:us@h\r\n"
    "i: c1\r\n"
    "CSeq: 5 INVITE\r\n"
    "Timestamp: 54\r\n"
    "Record-Route: <sip:p2;lr>,\r\n\t<sip:p3;lr>\r\n"
    "Record-Route: <sip:p4;lr>\r\n"
    "Content-Length: 0\r\n\r\n";

static struct zv_sip_msg request;

static void reply(const struct zv_sip_build_reply *how)
{
    struct zv_sip_builder b;
    struct zv_str out;
    struct zv_sip_build_reply r = *how;
    assert_int_equal(zv_sip_msg_parse(request_text, sizeof(request_text) - 1, &request), 0);
    r.request = &request;
    zv_sip_build_init(&b, memory, sizeof(memory));
    zv_sip_build_reply(&b, &r);
    assert_int_equal(zv_sip_build_finish(&b, none, none, &out), 0);
    if (zv_sip_msg_parse(out.p, out.len, &msg))
        fail_msg("%s: %.*s", msg.problem, ZV_STR_ARG(out));
}

static void a_response_carries_what_the_request_brought(void **state)
{
    (void)state;
    reply(&(struct zv_sip_build_reply){
        .status = 180, .to_tag = ZV_STR_LIT("mine"), .record_route = true});
    assert_int_equal(msg.status, 180);
    assert_true(zv_str_is(msg.reason, "Ringing"));
    assert_true(zv_str_is(msg.from_tag, "1"));
    assert_true(zv_str_is(msg.from.display, "A B"));
    assert_true(zv_str_is(msg.to_tag, "mine"));
    expect_header(ZV_SIP_HEADER_TO, "sip:us@h;tag=mine");
    assert_true(zv_str_is(msg.call_id, "c1"));
    assert_int_equal(msg.cseq, 5);
    assert_int_equal(msg.method, ZV_SIP_METHOD_INVITE);
    assert_null(zv_sip_msg_find(&msg, ZV_SIP_HEADER_TIMESTAMP));
    struct zv_sip_iter routes = zv_sip_iter(&msg, ZV_SIP_HEADER_RECORD_ROUTE);
    static const char *const hosts[] = {"p2", "p3", "p4"};
    struct zv_sip_name_addr addr;
    for (size_t i = 0; i < ZV_ARRAY_LEN(hosts); i++) {
        assert_int_equal(zv_sip_iter_addr(&routes, &addr), 0);
        assert_true(zv_str_is(addr.uri.host, hosts[i]));
    }
    assert_int_equal(zv_sip_iter_addr(&routes, &addr), ZV_E_NOTFOUND);
}

static void the_top_via_says_where_the_request_came_from(void **state)
{
    (void)state;
    static const char *const hosts[] = {"10.0.0.1", "p2", "p3"};
    struct zv_sip_via via;
    reply(&(struct zv_sip_build_reply){
        .status = 100, .received = ZV_STR_LIT("192.0.2.1"), .rport = 40000});
    expect_header(ZV_SIP_HEADER_TIMESTAMP, "54");
    assert_int_equal(msg.to_tag.len, 0);
    assert_true(zv_str_is(msg.via.received, "192.0.2.1"));
    assert_int_equal(msg.via.rport, 40000);
    assert_true(zv_str_is(msg.via.branch, "z9hG4bK7"));
    struct zv_str x;
    assert_true(zv_sip_param_find(msg.via.params, "x", &x) && zv_str_is(x, "a;b"));
    struct zv_sip_iter vias = zv_sip_iter(&msg, ZV_SIP_HEADER_VIA);
    for (size_t i = 0; i < ZV_ARRAY_LEN(hosts); i++) {
        assert_int_equal(zv_sip_iter_via(&vias, &via), 0);
        assert_true(zv_str_is(via.host, hosts[i]));
    }
    assert_true(via.has_rport && via.rport == 0);
    assert_int_equal(zv_sip_iter_via(&vias, &via), ZV_E_NOTFOUND);
}

static void a_tag_that_the_request_has_is_kept(void **state)
{
    (void)state;
    static const char with_tag[] = "BYE sip:us@h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"
                                   "From: <sip:a@h>;tag=1\r\nTo: <sip:us@h>;tag=theirs\r\n"
                                   "Call-ID: c\r\nCSeq: 6 BYE\r\n\r\n";
    struct zv_sip_builder b;
    struct zv_str out;
    assert_int_equal(zv_sip_msg_parse(with_tag, sizeof(with_tag) - 1, &request), 0);
    zv_sip_build_init(&b, memory, sizeof(memory));
    zv_sip_build_reply(&b, &(struct zv_sip_build_reply){.request = &request,
                                                        .status = 481,
                                                        .to_tag = ZV_STR_LIT("mine"),
                                                        .received = ZV_STR_LIT("2001:db8::7")});
    assert_int_equal(zv_sip_build_finish(&b, none, none, &out), 0);
    assert_int_equal(zv_sip_msg_parse(out.p, out.len, &msg), 0);
    assert_true(zv_str_is(msg.to_tag, "theirs"));
    assert_true(zv_str_is(msg.via.received, "2001:db8::7"));
    assert_false(msg.via.has_rport);
}

/* --- The property: no text, however hostile, adds or changes a header. */

static struct zv_str hostile(const struct zv_rand *rand, char *room, size_t cap)
{
    static const struct zv_str pieces[] = {
        ZV_STR_LIT("\r\n"),      ZV_STR_LIT("\n"),      ZV_STR_LIT("\r"),
        ZV_STR_LIT("\0"),        ZV_STR_LIT("\t"),      ZV_STR_LIT(" "),
        ZV_STR_LIT("\""),        ZV_STR_LIT("\\"),      ZV_STR_LIT("<"),
        ZV_STR_LIT(">"),         ZV_STR_LIT(";"),       ZV_STR_LIT(","),
        ZV_STR_LIT(":"),         ZV_STR_LIT("@"),       ZV_STR_LIT("="),
        ZV_STR_LIT("?"),         ZV_STR_LIT("%0d%0a"),  ZV_STR_LIT("%"),
        ZV_STR_LIT("\x7f"),      ZV_STR_LIT("\xff"),    ZV_STR_LIT("\xd0\xb6"),
        ZV_STR_LIT("a"),         ZV_STR_LIT("Zz9"),     ZV_STR_LIT("X-Evil: 1"),
        ZV_STR_LIT("tag=x"),     ZV_STR_LIT("sip:e@h"), ZV_STR_LIT("\r\n\r\n"),
        ZV_STR_LIT("[::1]"),     ZV_STR_LIT("1.2.3.4"), ZV_STR_LIT("."),
        ZV_STR_LIT("\r\n \r\n"), ZV_STR_LIT("Route"),   ZV_STR_LIT("*"),
        ZV_STR_LIT("\xc2\x85"),  ZV_STR_LIT("/"),       ZV_STR_LIT("l"),
    };
    struct zv_buf buf = zv_buf(room, cap);
    for (uint32_t n = zv_rand_u32(rand) % 6; n > 0; n--)
        zv_buf_put_str(&buf, pieces[zv_rand_u32(rand) % ZV_ARRAY_LEN(pieces)]);
    return zv_buf_str(&buf);
}

static void expect_the_intended_headers(const struct texts *t)
{
    static const enum zv_sip_header ids[] = {
        ZV_SIP_HEADER_VIA,   ZV_SIP_HEADER_MAX_FORWARDS, ZV_SIP_HEADER_ROUTE,
        ZV_SIP_HEADER_FROM,  ZV_SIP_HEADER_TO,           ZV_SIP_HEADER_CALL_ID,
        ZV_SIP_HEADER_CSEQ,  ZV_SIP_HEADER_CONTACT,      ZV_SIP_HEADER_USER_AGENT,
        ZV_SIP_HEADER_OTHER, ZV_SIP_HEADER_CONTENT_TYPE, ZV_SIP_HEADER_CONTENT_LENGTH,
    };
    char back[512];
    struct zv_buf buf = zv_buf(back, sizeof(back));
    size_t want = 0;
    for (size_t i = 0; i < ZV_ARRAY_LEN(ids); i++) {
        if (ids[i] == ZV_SIP_HEADER_CONTENT_TYPE && t->body.len == 0)
            continue;
        assert_true(want < msg.field_count);
        assert_int_equal(msg.fields[want].id, ids[i]);
        want++;
    }
    assert_int_equal(msg.field_count, want);
    assert_true(zv_str_eq(msg.method_name, t->method));
    assert_true(zv_str_eq(msg.from_tag, t->tag));
    assert_true(zv_str_eq(msg.via.branch, t->branch));
    assert_true(zv_str_eq(msg.call_id, t->call_id));
    assert_true(zv_str_eq(msg.uri.params, t->uri_params));
    assert_true(zv_str_eq(msg.body, t->body));
    const struct zv_sip_field *field = zv_sip_msg_find_name(&msg, t->name);
    assert_true(field && zv_str_eq(field->value, zv_str_trim(t->value)));
    assert_int_equal(zv_sip_name_addr_display(&msg.from, &buf), 0);
    assert_true(zv_str_eq(zv_buf_str(&buf), t->display));
    buf.len = 0;
    assert_int_equal(zv_sip_user_unescape(msg.uri.user, &buf), 0);
    assert_true(zv_str_eq(zv_buf_str(&buf), t->user));
}

static void no_hostile_text_adds_or_changes_a_header(void **state)
{
    (void)state;
    const size_t field_count = sizeof(struct texts) / sizeof(struct zv_str);
    struct zv_rand_seeded seeded = {20240607};
    struct zv_rand rand = zv_rand_seeded_source(&seeded);
    char room[2][128];
    size_t built = 0;
    for (int i = 0; i < 200000; i++) {
        struct texts t = plain;
        struct zv_str out;
        for (int n = 0; n < 2; n++) {
            struct zv_str *field = (struct zv_str *)&t + zv_rand_u32(&rand) % field_count;
            *field = hostile(&rand, room[n], sizeof(room[n]));
        }
        if (build(&t, &out))
            continue;
        built++;
        if (zv_sip_msg_parse(out.p, out.len, &msg))
            fail_msg("round %d: %s: %.*s", i, msg.problem, ZV_STR_ARG(out));
        expect_the_intended_headers(&t);
    }
    assert_true(built > 10000);
    assert_true(built < 190000);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_request_reads_back_as_written),
    cmocka_unit_test(display_names_are_any_text_without_controls),
    cmocka_unit_test(ipv6_hosts_are_written_in_brackets),
    cmocka_unit_test(each_field_refuses_what_would_leave_it),
    cmocka_unit_test(headers_with_a_writer_of_their_own_are_written_by_no_other),
    cmocka_unit_test(a_message_is_written_in_order_and_once),
    cmocka_unit_test(too_little_room_never_leaves_half_a_header),
    cmocka_unit_test(a_response_carries_what_the_request_brought),
    cmocka_unit_test(the_top_via_says_where_the_request_came_from),
    cmocka_unit_test(a_tag_that_the_request_has_is_kept),
    cmocka_unit_test(no_hostile_text_adds_or_changes_a_header),
};
ZV_TEST_MAIN(tests)
