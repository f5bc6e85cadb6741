/* The message parser: RFC 4475's and RFC 5118's torture tests with our verdicts, access to headers,
 * bodies, framing. */
#include "torture.h"

#include "base/buf.h"
#include "base/err.h"
#include "sip/build.h"
#include "sip/msg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char text[1 << 17];
static struct zv_sip_msg msg;

static size_t load(const char *name)
{
    return torture_load(name, text, sizeof(text));
}

/* Of bytes that came all at once. */
static int frame_anew(struct zv_str bytes, size_t *ret_skip, size_t *ret_len)
{
    return zv_sip_frame(&(struct zv_sip_framing){0}, bytes, ret_skip, ret_len);
}

/* `answer` and `problem` of what is refused; NULL: taken. */
static const struct {
    const char *name;
    uint16_t answer;
    const char *problem;
} torture[] = {
    {"rfc4475/wsinv", 0, NULL},
    {"intmeth_text", 0, NULL},
    {"rfc4475/esc01", 0, NULL},
    {"rfc4475/escnull", 0, NULL},
    {"rfc4475/esc02", 0, NULL},
    {"rfc4475/lwsdisp", 0, NULL},
    {"rfc4475/longreq", 0, NULL},
    {"rfc4475/dblreq", 0, NULL},
    {"rfc4475/semiuri", 0, NULL},
    {"rfc4475/transports", 0, NULL},
    {"rfc4475/mpart01", 0, NULL},
    {"rfc4475/unreason", 0, NULL},
    {"rfc4475/noreason", 0, NULL},
    {"rfc4475/badbranch", 0, NULL},
    {"rfc4475/unkscm", 0, NULL},
    {"rfc4475/novelsc", 0, NULL},
    {"rfc4475/unksm2", 0, NULL},
    {"rfc4475/bext01", 0, NULL},
    {"rfc4475/invut", 0, NULL},
    {"rfc4475/regaut01", 0, NULL},
    {"rfc4475/bcast", 0, NULL},
    {"rfc4475/zeromf", 0, NULL},
    {"rfc4475/cparam01", 0, NULL},
    {"rfc4475/cparam02", 0, NULL},
    {"rfc4475/regescrt", 0, NULL},
    {"rfc4475/sdp01", 0, NULL},
    {"rfc4475/baddate", 0, NULL}, /* nobody here reads Date */
    {"rfc4475/clerr", 400, "Content-Length is larger than the body"},
    {"rfc4475/ncl", 400, "Content-Length is no number"},
    {"rfc4475/scalar02", 400, "the CSeq number is 2^31 or more"},
    {"rfc4475/quotbal", 400, "To is malformed"},
    {"rfc4475/ltgtruri", 400, "the request URI is malformed"},
    {"rfc4475/lwsruri", 400, "single spaces"},
    {"rfc4475/lwsstart", 400, "single spaces"},
    {"rfc4475/trws", 400, "single spaces"},
    {"rfc4475/escruri", 400, "the request URI carries headers"},
    {"rfc4475/regbadct", 400, "Contact is malformed"},
    {"rfc4475/badaspec", 400, "To is malformed"},
    {"rfc4475/baddn", 400, "From is malformed"},
    {"rfc4475/badvers", 505, "the SIP version is not 2.0"},
    {"rfc4475/mismatch01", 400, "CSeq names another method"},
    {"rfc4475/mismatch02", 400, "CSeq names another method"},
    {"rfc4475/multi01", 400, "stands twice"},
    {"rfc4475/mcl01", 400, "stands twice"},
    {"rfc4475/scalarlg", 0, "the CSeq number is 2^31 or more"},
    {"rfc4475/bigcode", 0, "the status line is malformed"},
    {"rfc4475/insuf", 0, "From is missing"},
    /* A Via that cannot be read cannot be answered along. */
    {"rfc4475/badinv01", 0, "Via is malformed"},
    /* Stricter than the RFC on purpose: no control character, not even quoted (reliability: nothing
     * of the kind passes on to anybody), and no caller without a tag (RFC 2543). The former is not
     * answered, since the answer would carry it back. */
    {"rfc4475/intmeth", 0, "control character"},
    {"rfc4475/inv2543", 400, "From has no tag"},
    {"rfc5118/ipv6-good", 0, NULL},
    {"rfc5118/ipv6-bad", 400, "the request URI is malformed"},
    {"rfc5118/port-ambiguous", 0, NULL},
    {"rfc5118/port-unambiguous", 0, NULL},
    {"rfc5118/via-received-param-with-delim", 0, NULL},
    {"rfc5118/via-received-param-no-delim", 0, NULL},
    {"rfc5118/ipv6-in-sdp", 0, NULL},
    {"rfc5118/mult-ip-in-header", 0, NULL},
    {"rfc5118/mult-ip-in-sdp", 0, NULL},
    {"rfc5118/ipv4-mapped-ipv6", 0, NULL},
    /* The grammar of RFC 3261 lets it pass by mistake; RFC 4291 knows no such address. */
    {"rfc5118/ipv6-bug-abnf-3-colons", 400, "the request URI is malformed"},
    {"rfc5118/ipv6-correct-abnf-2-colons", 0, NULL},
};

static void torture_tests_meet_their_verdicts(void **state)
{
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(torture); i++) {
        int err = zv_sip_msg_parse(text, load(torture[i].name), &msg);
        const char *problem = err ? msg.problem : NULL;
        if (!torture[i].problem && err)
            fail_msg("%s: refused: %s", torture[i].name, problem);
        if (torture[i].problem && (!err || !strstr(problem, torture[i].problem)))
            fail_msg("%s: %s", torture[i].name, err ? problem : "taken");
        if (msg.answer != torture[i].answer)
            fail_msg("%s: answered %u", torture[i].name, (unsigned)msg.answer);
    }
}

/* The refusals that are to be answered can be, and the answer reads well wherever To and From do.
 */
static void refused_requests_can_be_answered(void **state)
{
    (void)state;
    static char memory[1 << 17];
    static struct zv_sip_msg response;
    for (size_t i = 0; i < ZV_ARRAY_LEN(torture); i++) {
        struct zv_sip_builder b;
        struct zv_str out;
        if (torture[i].answer == 0)
            continue;
        assert_int_not_equal(zv_sip_msg_parse(text, load(torture[i].name), &msg), 0);
        zv_sip_build_init(&b, memory, sizeof(memory));
        zv_sip_build_reply(&b, &(struct zv_sip_build_reply){.request = &msg,
                                                            .status = msg.answer,
                                                            .to_tag = ZV_STR_LIT("t1")});
        assert_int_equal(zv_sip_build_finish(&b, zv_str(NULL), zv_str(NULL), &out), 0);
        int err = zv_sip_msg_parse(out.p, out.len, &response);
        bool is_sound = msg.to.uri.text.len && msg.from_tag.len && msg.cseq <= ZV_SIP_MAX_CSEQ;
        if (err && is_sound)
            fail_msg("%s: %s", torture[i].name, response.problem);
    }
}

static void the_short_torturous_invite_is_read_in_full(void **state)
{
    (void)state;
    struct zv_sip_via via;
    struct zv_sip_name_addr addr;
    struct zv_str body, value;
    assert_int_equal(zv_sip_msg_parse(text, load("rfc4475/wsinv"), &msg), 0);
    assert_true(msg.is_request && msg.method == ZV_SIP_METHOD_INVITE);
    assert_true(zv_sip_uri_param(&msg.uri, "unknownparam", NULL));
    assert_true(zv_str_is(msg.to_tag, "1918181833n"));
    assert_true(zv_str_is(msg.from_tag, "98asjd8"));
    assert_true(zv_str_is(msg.from.display, "J Rosenberg \\\\\\\""));
    assert_int_equal(msg.max_forwards, 68);
    assert_int_equal(msg.cseq, 9);
    assert_true(zv_str_is(msg.call_id, "wsinv.ndaksdj@192.0.2.1"));
    assert_true(zv_str_is(msg.via.transport, "UDP") && zv_str_is(msg.via.host, "192.0.2.2"));
    assert_true(zv_str_is(msg.via.branch, "390skdjuw"));
    assert_false(zv_sip_via_has_cookie(&msg.via));
    struct zv_sip_iter vias = zv_sip_iter(&msg, ZV_SIP_HEADER_VIA);
    assert_int_equal(zv_sip_iter_via(&vias, &via), 0);
    assert_int_equal(zv_sip_iter_via(&vias, &via), 0);
    assert_true(zv_str_is(via.transport, "TCP") && zv_str_is(via.host, "spindle.example.com"));
    assert_true(zv_str_is(via.branch, "z9hG4bK9ikj8") && zv_sip_via_has_cookie(&via));
    assert_int_equal(zv_sip_iter_via(&vias, &via), 0);
    assert_true(zv_str_is(via.branch, "z9hG4bK30239"));
    assert_int_equal(zv_sip_iter_via(&vias, &via), ZV_E_NOTFOUND);
    struct zv_sip_iter contacts = zv_sip_iter(&msg, ZV_SIP_HEADER_CONTACT);
    assert_int_equal(zv_sip_iter_addr(&contacts, &addr), 0);
    assert_true(zv_sip_name_addr_param(&addr, "newparam", &value) && zv_str_is(value, "newvalue"));
    assert_true(zv_sip_name_addr_param(&addr, "q", &value) && zv_str_is(value, "0.33"));
    assert_int_equal(zv_sip_msg_value(&msg, ZV_SIP_HEADER_SUBJECT).len, 0);
    assert_non_null(zv_sip_msg_find_name(&msg, zv_str("newfangledheader")));
    assert_int_equal(zv_sip_msg_body(&msg, "application/sdp", &body), 0);
    assert_true(zv_str_has_prefix(body, "v=0\r\n"));
}

static void escapes_do_not_change_what_a_message_is(void **state)
{
    (void)state;
    assert_int_equal(zv_sip_msg_parse(text, load("rfc4475/esc02"), &msg), 0);
    assert_int_equal(msg.method, ZV_SIP_METHOD_OTHER);
    assert_true(zv_str_is(msg.method_name, "RE%47IST%45R"));
    struct zv_sip_iter contacts = zv_sip_iter(&msg, ZV_SIP_HEADER_CONTACT);
    struct zv_sip_name_addr addr;
    assert_int_equal(zv_sip_iter_addr(&contacts, &addr), 0);
    assert_int_equal(zv_sip_iter_addr(&contacts, &addr), 0);
    assert_true(zv_str_is(addr.uri.user, "alias3"));
    assert_int_equal(zv_sip_iter_addr(&contacts, &addr), ZV_E_NOTFOUND);
    assert_int_equal(zv_sip_msg_parse(text, load("rfc4475/semiuri"), &msg), 0);
    assert_true(zv_str_is(msg.uri.user, "user;par=u%40example.net"));
    assert_int_equal(zv_sip_msg_parse(text, load("rfc4475/unkscm"), &msg), 0);
    assert_int_equal(msg.uri.scheme, ZV_SIP_SCHEME_OTHER);
    assert_int_equal(zv_sip_msg_parse(text, load("rfc4475/badbranch"), &msg), 0);
    assert_false(zv_sip_via_has_cookie(&msg.via));
}

static void what_stands_behind_content_length_is_cut_off(void **state)
{
    (void)state;
    assert_int_equal(zv_sip_msg_parse(text, load("rfc4475/dblreq"), &msg), 0);
    assert_int_equal(msg.body.len, 0);
}

#define START   "OPTIONS sip:bob@example.com SIP/2.0\r\n"
#define VIA     "Via: SIP/2.0/UDP [2001:db8::1]:5062;branch=z9hG4bKx;rport;received=[2001:db8::2]\r\n"
#define PARTIES "From: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.com>\r\n"
#define REST    "Call-ID: x@y\r\nCSeq: 7 OPTIONS\r\n"
#define WHOLE   START VIA PARTIES REST

#define INVITE                                                                                     \
    "INVITE sip:bob@example.com SIP/2.0\r\n" VIA PARTIES "Call-ID: x@y\r\nCSeq: 7 INVITE\r\n"

static int parse(const char *message)
{
    return zv_sip_msg_parse(message, strlen(message), &msg);
}

static void a_plain_request_is_read(void **state)
{
    (void)state;
    assert_int_equal(parse("\r\n\r\n" WHOLE "\r\nbody"), 0);
    assert_true(zv_str_is(msg.via.host, "2001:db8::1") && msg.via.host_is_ipv6);
    assert_int_equal(msg.via.port, 5062);
    assert_true(msg.via.has_rport && msg.via.rport == 0);
    assert_true(zv_str_is(msg.via.received, "2001:db8::2"));
    assert_int_equal(msg.max_forwards, -1);
    assert_int_equal(msg.to_tag.len, 0);
    assert_true(zv_str_is(msg.body, "body"));
    assert_null(msg.problem);
    assert_int_equal(parse(WHOLE "l: 2\r\n\r\nbody"), 0);
    assert_true(zv_str_is(msg.body, "bo"));
}

static void a_plain_response_is_read(void **state)
{
    (void)state;
    assert_int_equal(parse("sip/2.0 486 Busy Here\r\n" VIA PARTIES REST "\r\n"), 0);
    assert_false(msg.is_request);
    assert_int_equal(msg.status, 486);
    assert_true(zv_str_is(msg.reason, "Busy Here"));
    assert_int_equal(msg.method, ZV_SIP_METHOD_OPTIONS);
}

static void keepalives_are_no_messages(void **state)
{
    (void)state;
    assert_int_equal(parse(""), ZV_E_AGAIN);
    assert_int_equal(parse("\r\n"), ZV_E_AGAIN);
    assert_int_equal(parse("\r\n\r\n"), ZV_E_AGAIN);
    assert_int_equal(zv_sip_msg_parse(NULL, 0, &msg), ZV_E_AGAIN);
}

static void broken_messages_are_refused_and_answered_where_they_can_be(void **state)
{
    (void)state;
    static const struct {
        const char *message;
        uint16_t answer;
        const char *problem;
    } bad[] = {
        {WHOLE, 400, "no empty line"},
        {WHOLE "X\r\n\r\n", 400, "header line"},
        {WHOLE ": x\r\n\r\n", 400, "header line"},
        {WHOLE "X Y: z\r\n\r\n", 400, "header line"},
        {START " X: y\r\n" VIA PARTIES REST "\r\n", 400, "header line"},
        {WHOLE "X: a\rb\r\n\r\n", 400, "control"},
        {WHOLE "X: a\nb\r\n\r\n", 400, "control"},
        {WHOLE "X: a\x01\r\n\r\n", 400, "control"},
        {WHOLE "X: a\x7f\r\n\r\n", 400, "control"},
        {WHOLE "Max-Forwards: 256\r\n\r\n", 400, "Max-Forwards"},
        {WHOLE "Max-Forwards: -1\r\n\r\n", 400, "Max-Forwards"},
        {WHOLE "Content-Type: sdp\r\n\r\n", 400, "Content-Type"},
        {WHOLE "Content-Length:\r\n\r\n", 400, "Content-Length"},
        {WHOLE "Content-Length: 1\r\n\r\n", 400, "Content-Length"},
        {WHOLE "Content-Length: 0\r\nl: 0\r\n\r\n", 400, "twice"},
        {WHOLE "i: x@y\r\n\r\n", 400, "twice"},
        {INVITE "Contact: <sip:a@h\r\n\r\n", 400, "Contact"},
        {INVITE "Contact:\r\n\r\n", 400, "Contact"},
        {WHOLE "Route: *\r\n\r\n", 400, "Route"},
        {WHOLE "Record-Route: <sip:a>,\r\n\r\n", 400, "Record-Route"},
        {START "Via: SIP/2.0/UDP\r\n" VIA PARTIES REST "\r\n", 0, "Via"},
        {START "Via: SIP/2.0/UDP[::1];branch=z9hG4bK1\r\n" PARTIES REST "\r\n", 0, "Via"},
        {START PARTIES REST "\r\n", 0, "Via is missing"},
        {START VIA REST "\r\n", 0, "From is missing"},
        {START VIA PARTIES "CSeq: 7 OPTIONS\r\n\r\n", 0, "Call-ID is missing"},
        {START VIA PARTIES "Call-ID: x\r\n\r\n", 0, "CSeq is missing"},
        {START VIA PARTIES "Call-ID: x y\r\nCSeq: 7 OPTIONS\r\n\r\n", 400, "Call-ID"},
        {START VIA PARTIES "Call-ID: x\r\nCSeq: 7OPTIONS\r\n\r\n", 400, "CSeq"},
        {START VIA PARTIES "Call-ID: x\r\nCSeq: OPTIONS\r\n\r\n", 400, "CSeq"},
        {START VIA PARTIES "Call-ID: x\r\nCSeq: 7 options\r\n\r\n", 400, "CSeq"},
        {START VIA PARTIES "Call-ID: x\r\nCSeq: 2147483648 OPTIONS\r\n\r\n", 400, "2^31"},
        {START VIA "From: <sip:a@h>;tag=\r\nTo: <sip:b@h>\r\n" REST "\r\n", 400, "From"},
        {START VIA "From: *\r\nTo: <sip:b@h>\r\n" REST "\r\n", 400, "From"},
        {"OPTIONS sip:b@h SIP/2.0x\r\n" VIA PARTIES REST "\r\n", 400, "request line"},
        {"OPTIONS sip:b@h\r\n" VIA PARTIES REST "\r\n", 400, "request line"},
        {"OPTIONS sip:b@h SIP/3.0\r\n" VIA PARTIES REST "\r\n", 505, "version"},
        {"OPT<IONS sip:b@h SIP/2.0\r\n" VIA PARTIES REST "\r\n", 0, "start line"},
        {"ACK sip:b@h SIP/3.0\r\n" VIA PARTIES "Call-ID: x\r\nCSeq: 1 ACK\r\n\r\n", 0, "version"},
        {"SIP/2.0 200\r\n" VIA PARTIES REST "\r\n", 0, "status line"},
        {"SIP/2.0 099 x\r\n" VIA PARTIES REST "\r\n", 0, "status line"},
        {"SIP/2.0 700 x\r\n" VIA PARTIES REST "\r\n", 0, "status line"},
        {"SIP/2.0 20x x\r\n" VIA PARTIES REST "\r\n", 0, "status line"},
        {"SIP/3.0 200 OK\r\n" VIA PARTIES REST "\r\n", 0, "version"},
        {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 0, "request line"},
        {"\x16\x03\x01", 0, "control"},
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(bad); i++) {
        int err = parse(bad[i].message);
        if (err != ZV_E_PARSE || !strstr(msg.problem, bad[i].problem) ||
            msg.answer != bad[i].answer)
            fail_msg("%s%s, answer %u", bad[i].message, err ? msg.problem : "taken",
                     (unsigned)msg.answer);
    }
    static const char nul[] = WHOLE "X: a\0b\r\n\r\n";
    assert_int_equal(zv_sip_msg_parse(nul, sizeof(nul) - 1, &msg), ZV_E_PARSE);
}

/* It costs nobody his call. */
static void what_nobody_goes_by_is_not_judged(void **state)
{
    (void)state;
    static const char *const good[] = {
        WHOLE "Contact: <sip:a@my_pbx:5060>\r\n\r\n",
        WHOLE "Contact: \";transport=udp;>\r\n\r\n",
        WHOLE "Via: SIP/2.0/UDP my_pbx;branch=z9hG4bK1\r\n\r\n",
        WHOLE "Via: SIP/2.0/UDP h;branch=ab==\r\nVia: \"\r\n\r\n",
        START "Via: SIP/2.0/UDP h;branch=z9hG4bKx, SIP/2.0/UDP my_pbx, \"\r\n" PARTIES REST "\r\n",
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(good); i++) {
        if (parse(good[i]))
            fail_msg("%s%s", good[i], msg.problem);
        assert_true(zv_str_is(msg.via.branch, "z9hG4bKx"));
    }
}

static void sizes_are_bounded(void **state)
{
    (void)state;
    struct zv_buf buf = zv_buf(text, sizeof(text));
    zv_buf_put_text(&buf, WHOLE);
    for (int i = 5; i < ZV_MAX_SIP_HEADERS; i++)
        zv_buf_put_text(&buf, "X-A: y\r\n");
    size_t at_limit = buf.len;
    zv_buf_put_text(&buf, "\r\n");
    assert_int_equal(zv_sip_msg_parse(text, buf.len, &msg), 0);
    assert_int_equal(msg.field_count, ZV_MAX_SIP_HEADERS);
    buf.len = at_limit;
    zv_buf_put_text(&buf, "X-A: y\r\n\r\n");
    assert_int_equal(zv_sip_msg_parse(text, buf.len, &msg), ZV_E_LIMIT);
    assert_int_equal(msg.answer, 400);

    buf = zv_buf(text, sizeof(text));
    zv_buf_put_text(&buf, WHOLE "\r\n");
    memset(text + buf.len, 'x', sizeof(text) - buf.len);
    assert_int_equal(zv_sip_msg_parse(text, ZV_MAX_SIP_MESSAGE_BYTES, &msg), 0);
    assert_int_equal(zv_sip_msg_parse(text, ZV_MAX_SIP_MESSAGE_BYTES + 1, &msg), ZV_E_LIMIT);
    assert_int_equal(msg.answer, 513);
}

/* Each copy ends where its prefix does, so that a sanitizer sees a read past it. */
static void every_prefix_is_judged_without_reading_past_it(void **state)
{
    (void)state;
    static const char *const names[] = {"rfc4475/wsinv", "intmeth_text", "rfc4475/transports",
                                        "rfc4475/esc01"};
    for (size_t n = 0; n < ZV_ARRAY_LEN(names); n++) {
        size_t len = load(names[n]);
        for (size_t i = 0; i < len; i++) {
            char *exact = malloc(i ? i : 1);
            assert_non_null(exact);
            memcpy(exact, text, i);
            int err = zv_sip_msg_parse(exact, i, &msg);
            /* With Content-Length, nothing short of the whole is a message. */
            assert_int_not_equal(err, 0);
            free(exact);
        }
    }
}

static void numbers_are_read_from_headers(void **state)
{
    (void)state;
    uint32_t value = 5;
    struct zv_sip_rack rack;
    assert_int_equal(parse(WHOLE "Expires: 3600\r\nMin-Expires: x\r\nRetry-After: 18 (busy);d=1\r\n"
                                 "x: 99999999999;refresher=uac\r\nMin-SE: 9 0\r\n"
                                 "RAck: 776656 1 INVITE\r\n\r\n"),
                     0);
    assert_int_equal(zv_sip_msg_u32(&msg, ZV_SIP_HEADER_EXPIRES, &value), 0);
    assert_int_equal(value, 3600);
    assert_int_equal(zv_sip_msg_u32(&msg, ZV_SIP_HEADER_RETRY_AFTER, &value), 0);
    assert_int_equal(value, 18);
    assert_int_equal(zv_sip_msg_u32(&msg, ZV_SIP_HEADER_SESSION_EXPIRES, &value), 0);
    assert_int_equal(value, UINT32_MAX);
    assert_int_equal(zv_sip_msg_u32(&msg, ZV_SIP_HEADER_MIN_EXPIRES, &value), ZV_E_PARSE);
    assert_int_equal(zv_sip_msg_u32(&msg, ZV_SIP_HEADER_MIN_SE, &value), ZV_E_PARSE);
    assert_int_equal(zv_sip_msg_u32(&msg, ZV_SIP_HEADER_RSEQ, &value), ZV_E_NOTFOUND);
    assert_int_equal(zv_sip_msg_rack(&msg, &rack), 0);
    assert_int_equal(rack.rseq, 776656);
    assert_int_equal(rack.cseq, 1);
    assert_true(zv_str_is(rack.method_name, "INVITE"));
    assert_int_equal(parse(WHOLE "RAck: 1 1INVITE\r\n\r\n"), 0);
    assert_int_equal(zv_sip_msg_rack(&msg, &rack), ZV_E_PARSE);
}

static void lists_span_headers(void **state)
{
    (void)state;
    struct zv_sip_name_addr addr;
    assert_int_equal(parse(WHOLE "k: timer, 100REL\r\nSupported:\r\nSupported: path\r\n"
                                 "Record-Route: <sip:p1;lr>, <sip:p2;lr>\r\nX: y\r\n"
                                 "Record-Route: <sip:p3;lr>\r\n\r\n"),
                     0);
    assert_true(zv_sip_msg_has_token(&msg, ZV_SIP_HEADER_SUPPORTED, "100rel"));
    assert_true(zv_sip_msg_has_token(&msg, ZV_SIP_HEADER_SUPPORTED, "path"));
    assert_false(zv_sip_msg_has_token(&msg, ZV_SIP_HEADER_SUPPORTED, "100"));
    assert_false(zv_sip_msg_has_token(&msg, ZV_SIP_HEADER_REQUIRE, "path"));
    struct zv_sip_iter routes = zv_sip_iter(&msg, ZV_SIP_HEADER_RECORD_ROUTE);
    static const char *const hosts[] = {"p1", "p2", "p3"};
    for (size_t i = 0; i < ZV_ARRAY_LEN(hosts); i++) {
        assert_int_equal(zv_sip_iter_addr(&routes, &addr), 0);
        assert_true(zv_str_is(addr.uri.host, hosts[i]));
    }
    assert_int_equal(zv_sip_iter_addr(&routes, &addr), ZV_E_NOTFOUND);
}

static void a_strange_contact_in_a_response_does_not_hide_the_others(void **state)
{
    (void)state;
    struct zv_sip_name_addr addr;
    assert_int_equal(parse("SIP/2.0 200 OK\r\n" VIA PARTIES REST
                           "Contact: <sip:a b@h>;expires=1, <sip:me@h>;expires=60\r\n\r\n"),
                     0);
    struct zv_sip_iter contacts = zv_sip_iter(&msg, ZV_SIP_HEADER_CONTACT);
    assert_int_equal(zv_sip_iter_addr(&contacts, &addr), ZV_E_PARSE);
    assert_int_equal(zv_sip_iter_addr(&contacts, &addr), 0);
    assert_true(zv_str_is(addr.uri.user, "me"));
}

#define MULTI(boundary) WHOLE "Content-Type: multipart/mixed;boundary=" boundary "\r\n\r\n"

static int sdp_of(const char *message, struct zv_str *ret_body)
{
    if (parse(message))
        fail_msg("%s", msg.problem);
    return zv_sip_msg_body(&msg, "application/sdp", ret_body);
}

static void the_session_description_is_found_in_a_multipart_body(void **state)
{
    (void)state;
    struct zv_str body;
    assert_int_equal(
        sdp_of(MULTI("\"b 1\"") "preamble\r\n--b 1\r\nContent-Type: text/plain\r\n\r\n"
                                "hi\r\n--b 1 \r\nc: Application / SDP;x=1\r\n\r\nv=0\r\n"
                                "\r\n--b 1--\r\nepilogue",
               &body),
        0);
    assert_true(zv_str_is(body, "v=0\r\n"));
    assert_int_equal(
        sdp_of(MULTI("b") "--b\r\nContent-Type: application/sdp\r\n\r\n\r\n--b--", &body), 0);
    assert_int_equal(body.len, 0);
}

static void other_bodies_hold_no_session_description(void **state)
{
    (void)state;
    struct zv_str body = {NULL, 0};
    static const struct {
        const char *message;
        int err;
    } cases[] = {
        {WHOLE "\r\nv=0", ZV_E_NOTFOUND},
        {WHOLE "Content-Type: application/sdp\r\n\r\n", ZV_E_NOTFOUND},
        {WHOLE "Content-Type: text/plain\r\n\r\nv=0", ZV_E_NOTFOUND},
        {WHOLE "Content-Type: application/sdp\r\ne: gzip\r\n\r\nv=0", ZV_E_NOTFOUND},
        {WHOLE "Content-Type: multipart/mixed\r\n\r\n--b\r\n", ZV_E_PARSE},
        {MULTI("b") "no delimiter", ZV_E_PARSE},
        {MULTI("b") "--b", ZV_E_PARSE},
        {MULTI("b") "--b\r\nContent-Type: application/sdp\r\n\r\nv=0", ZV_E_PARSE},
        {MULTI("b") "--b\r\nContent-Type: application/sdp\r\nv=0\r\n--b--", ZV_E_PARSE},
        {MULTI("b") "--b\r\nbroken\r\n\r\nv=0\r\n--b--", ZV_E_PARSE},
        {MULTI("b") "--b\r\n\r\nv=0\r\n--b--", ZV_E_NOTFOUND},
        {MULTI("b") "--b--", ZV_E_NOTFOUND},
        {MULTI("b") "--b\r\nContent-Type: application/sdp\r\nContent-Transfer-Encoding: base64\r\n"
                    "\r\ndj0w\r\n--b--",
         ZV_E_NOTFOUND},
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++) {
        int err = sdp_of(cases[i].message, &body);
        if (err != cases[i].err)
            fail_msg("%d for %s", err, cases[i].message);
    }
    assert_null(body.p);
}

static void a_stream_is_cut_into_messages(void **state)
{
    (void)state;
    static const char stream[] = "\r\n\r\n" WHOLE "L : 4\r\n\r\nbodyOPTIONS";
    const size_t whole_len = sizeof(stream) - 1 - 4 - 7;
    size_t skip = 0, len = 0;
    for (size_t i = 0; i < 4 + whole_len; i++) {
        assert_int_equal(frame_anew(zv_str_n(stream, i), &skip, &len), ZV_E_AGAIN);
        assert_int_equal(skip, i >= 4 ? 4 : i / 2 * 2);
    }
    for (size_t i = 4 + whole_len; i < sizeof(stream); i++) {
        assert_int_equal(frame_anew(zv_str_n(stream, i), &skip, &len), 0);
        assert_int_equal(skip, 4);
        assert_int_equal(len, whole_len);
    }
    assert_int_equal(zv_sip_msg_parse(stream + skip, len, &msg), 0);
    assert_true(zv_str_is(msg.body, "body"));
}

#define TOO_LARGE                                                                                  \
    "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1\r\n"                    \
    "From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n"                  \
    "Content-Length: "

static void a_stream_that_cannot_be_cut_is_given_up(void **state)
{
    (void)state;
    size_t skip, len;
    assert_int_equal(frame_anew(zv_str(WHOLE "\r\n"), &skip, &len), ZV_E_PARSE);
    assert_int_equal(frame_anew(zv_str(WHOLE "l: 1\r\nl: 2\r\n\r\nab"), &skip, &len), ZV_E_PARSE);
    assert_int_equal(frame_anew(zv_str(WHOLE "l: -1\r\n\r\n"), &skip, &len), ZV_E_PARSE);
    assert_int_equal(frame_anew(zv_str(WHOLE "l: 1048576\r\n\r\n"), &skip, &len), ZV_E_LIMIT);
    assert_int_equal(frame_anew(zv_str(WHOLE "l: 18446744073709551615\r\n\r\n"), &skip, &len),
                     ZV_E_LIMIT);
    memset(text, 'a', sizeof(text));
    assert_int_equal(frame_anew(zv_str_n(text, ZV_MAX_SIP_MESSAGE_BYTES - 1), &skip, &len),
                     ZV_E_AGAIN);
    assert_int_equal(frame_anew(zv_str_n(text, ZV_MAX_SIP_MESSAGE_BYTES), &skip, &len), ZV_E_LIMIT);
}

/* One that may be as large as in a datagram, one that is a byte too large for that, and one more.
 */
static void what_is_too_large_is_cut_where_the_parser_sees_it_and_the_rest_is_passed(void **state)
{
    static const size_t sizes[] = {ZV_MAX_SIP_MESSAGE_BYTES, ZV_MAX_SIP_MESSAGE_BYTES + 1, 200000};
    const size_t most = ZV_MAX_SIP_MESSAGE_BYTES + 1;
    static char bytes[200000];
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(sizes); i++) {
        struct zv_sip_framing framing = {0};
        size_t skip, len = 0, size = sizes[i], head_len = sizeof(TOO_LARGE) - 1 + 6 + 4;
        memset(bytes, 'x', sizeof(bytes));
        snprintf(bytes, sizeof(bytes), TOO_LARGE "%06zu\r\n\r\n", size - head_len);
        bytes[head_len] = 'x';
        assert_int_equal(zv_sip_frame(&framing, zv_str_n(bytes, size), &skip, &len), 0);
        assert_int_equal(len, ZV_MIN(size, most));
        assert_int_equal(zv_sip_msg_parse(bytes, len, &msg), size >= most ? ZV_E_LIMIT : 0);
        assert_int_equal(msg.answer, size >= most ? 513 : 0);
        size_t passed = zv_sip_frame_pass(&framing, 1000);
        assert_int_equal(passed, size > most ? 1000 : 0);
        assert_int_equal(zv_sip_frame_pass(&framing, SIZE_MAX), size - len - passed);
        assert_int_equal(framing.surplus, 0);
    }
}

/* What was looked at is made nonsense of, which only who looks again can see. */
static void a_stream_is_looked_at_once_however_slowly_it_comes(void **state)
{
    static const char message[] = "\r\n" WHOLE "L: 4\r\n\r\nbody";
    const size_t whole_len = sizeof(message) - 1 - 2, head_len = whole_len - 4;
    struct zv_sip_framing framing = {0};
    size_t skip, len = 0;
    char bytes[sizeof(message)];
    (void)state;
    memcpy(bytes, message, sizeof(bytes));
    assert_int_equal(zv_sip_frame(&framing, zv_str_n(bytes, 2), &skip, &len), ZV_E_AGAIN);
    assert_int_equal(skip, 2);
    const struct zv_str whole = zv_str_n(bytes + 2, whole_len);
    for (size_t i = 1; i < whole_len; i++) {
        assert_int_equal(zv_sip_frame(&framing, zv_str_head(whole, i), &skip, &len), ZV_E_AGAIN);
        assert_int_equal(skip, 0);
        assert_int_equal(framing.searched, i < 3 ? 0 : ZV_MIN(i, head_len - 1) - 3);
        assert_int_equal(framing.len, i < head_len ? 0 : whole_len);
        if (i == head_len)
            memset(bytes + 2, 'x', head_len);
    }
    assert_int_equal(zv_sip_frame(&framing, whole, &skip, &len), 0);
    assert_int_equal(len, whole_len);
    assert_int_equal(framing.searched + framing.len, 0); /* the next one begins */
}

static void header_names_are_known_in_both_forms(void **state)
{
    (void)state;
    assert_int_equal(zv_sip_header_find(zv_str("cAlL-iD")), ZV_SIP_HEADER_CALL_ID);
    assert_int_equal(zv_sip_header_find(zv_str("I")), ZV_SIP_HEADER_CALL_ID);
    assert_int_equal(zv_sip_header_find(zv_str("z")), ZV_SIP_HEADER_OTHER);
    assert_int_equal(zv_sip_header_find(zv_str("")), ZV_SIP_HEADER_OTHER);
    assert_string_equal(zv_sip_header_name(ZV_SIP_HEADER_WWW_AUTHENTICATE), "WWW-Authenticate");
    assert_int_equal(zv_sip_method_find(zv_str("PRACK")), ZV_SIP_METHOD_PRACK);
    assert_int_equal(zv_sip_method_find(zv_str("prack")), ZV_SIP_METHOD_OTHER);
    assert_string_equal(zv_sip_method_name(ZV_SIP_METHOD_BYE), "BYE");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(torture_tests_meet_their_verdicts),
    cmocka_unit_test(refused_requests_can_be_answered),
    cmocka_unit_test(the_short_torturous_invite_is_read_in_full),
    cmocka_unit_test(escapes_do_not_change_what_a_message_is),
    cmocka_unit_test(what_stands_behind_content_length_is_cut_off),
    cmocka_unit_test(a_plain_request_is_read),
    cmocka_unit_test(a_plain_response_is_read),
    cmocka_unit_test(keepalives_are_no_messages),
    cmocka_unit_test(broken_messages_are_refused_and_answered_where_they_can_be),
    cmocka_unit_test(what_nobody_goes_by_is_not_judged),
    cmocka_unit_test(sizes_are_bounded),
    cmocka_unit_test(every_prefix_is_judged_without_reading_past_it),
    cmocka_unit_test(numbers_are_read_from_headers),
    cmocka_unit_test(lists_span_headers),
    cmocka_unit_test(a_strange_contact_in_a_response_does_not_hide_the_others),
    cmocka_unit_test(the_session_description_is_found_in_a_multipart_body),
    cmocka_unit_test(other_bodies_hold_no_session_description),
    cmocka_unit_test(a_stream_is_cut_into_messages),
    cmocka_unit_test(a_stream_that_cannot_be_cut_is_given_up),
    cmocka_unit_test(what_is_too_large_is_cut_where_the_parser_sees_it_and_the_rest_is_passed),
    cmocka_unit_test(a_stream_is_looked_at_once_however_slowly_it_comes),
    cmocka_unit_test(header_names_are_known_in_both_forms),
};
ZV_TEST_MAIN(tests)
