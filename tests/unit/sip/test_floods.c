/*
 * Requests to harm: floods of every method, repetitions without end, things too large. Each is
 * answered from no state or from bounded state, is counted, and leaves another call as it was. How
 * many of them reach the stack at all is for the edge: tests/unit/sipnet/test_sources.c.
 */
#include "victim.h"

static char big[1 << 18];

/* ---- repetitions ---- */

static struct rig_request new_call(const char *branch, const char *call_id)
{
    return (struct rig_request){.method = "INVITE",
                                .uri = "sip:1001@192.0.2.1",
                                .branch = branch,
                                .from_tag = "caller",
                                .call_id = call_id,
                                .cseq = 1,
                                .extra = RIG_CONTACT,
                                .sdp = SDP_B};
}

static void repeated_invites_are_one_call(void **state)
{
    struct victim v;
    (void)state;
    victim_init(&v);
    struct rig_request invite = new_call("again", "storm");
    for (int i = 0; i < FLOOD; i++) {
        rig_request(&v.rig, &invite);
        assert_int_equal(v.rig.sent_count - v.rig.sent_seen, 1);
        if (i == 0)
            rig_next_event(&v.rig, ZV_SIP_OUT_INCOMING);
        rig_no_more_events(&v.rig);
        forget(&v.rig);
    }
    assert_int_equal(rig_counts(&v.rig).legs, 2);
    assert_int_equal(rig_counts(&v.rig).server_transactions, 1);
    rig_advance(&v.rig, MAX_RINGING);
    rig_ended(&v.rig, ZV_SIP_CAUSE_TIMEOUT);
    victim_fini(&v);
}

/* ---- floods ---- */

static void requests_from_outside_leave_nothing(void **state)
{
    static const char *const methods[] = {"NOTIFY",   "MESSAGE", "OPTIONS", "SUBSCRIBE", "REFER",
                                          "PUBLISH",  "INFO",    "UPDATE",  "BYE",       "CANCEL",
                                          "REGISTER", "PRACK",   "FOOBAR"};
    struct victim v;
    char branch[32], call_id[32];
    (void)state;
    victim_init(&v);
    struct zv_sip_counts before = rig_counts(&v.rig);
    for (int i = 0; i < FLOOD; i++) {
        struct rig_request request = {.method = methods[(size_t)i % ZV_ARRAY_LEN(methods)],
                                      .uri = i % 3 ? "sip:nobody@192.0.2.1" : "sip:192.0.2.1",
                                      .branch = numbered(branch, "n", i),
                                      .from_tag = "f",
                                      .to_tag = i % 5 ? NULL : "gone",
                                      .call_id = numbered(call_id, "flood", i),
                                      .cseq = 1,
                                      .from = "203.0.113.9:5060"};
        rig_request(&v.rig, &request);
        assert_int_equal(v.rig.sent_count, 1 + v.rig.sent_seen);
        rig_next_sent(&v.rig, "SIP/2.0 ");
        rig_no_more_events(&v.rig);
        forget(&v.rig);
    }
    struct zv_sip_counts after = rig_counts(&v.rig);
    assert_int_equal(after.server_transactions, before.server_transactions);
    assert_int_equal(after.legs, before.legs);
    assert_true(after.refused - before.refused > FLOOD / 2);
    victim_fini(&v);
}

static void acknowledgements_of_nobody_are_dropped(void **state)
{
    struct victim v;
    char branch[32], tag[32];
    (void)state;
    victim_init(&v);
    struct zv_sip_counts before = rig_counts(&v.rig);
    for (int i = 0; i < FLOOD; i++) {
        struct rig_request ack = within_call(&v, "ACK", (unsigned)i);
        ack.branch = numbered(branch, "a", i);
        if (i % 2)
            ack.to_tag = numbered(tag, "t", i);
        rig_request(&v.rig, &ack);
        rig_no_more_sent(&v.rig);
        rig_no_more_events(&v.rig);
    }
    assert_int_equal(rig_counts(&v.rig).unmatched - before.unmatched, FLOOD);
    victim_fini(&v);
}

/* Our own registrar, or who has our Contact, calls without end. */
static void calls_without_end_meet_a_full_table(void **state)
{
    enum { LEGS = 50 };
    struct victim v;
    char branch[32], call_id[32];
    size_t taken = 0;
    (void)state;
    victim_init_cfg(&v, (struct zv_sip_cfg){.max_legs = LEGS, .max_ringing_us = MAX_RINGING});
    for (int i = 0; i < FLOOD; i++) {
        struct rig_request invite =
            new_call(numbered(branch, "i", i), numbered(call_id, "flood", i));
        rig_request(&v.rig, &invite);
        assert_int_equal(v.rig.sent_count, 1);
        taken += v.rig.event_count;
        if (taken == LEGS - 1 && !v.rig.event_count) {
            const struct rig_sent *busy = rig_next_sent(&v.rig, "SIP/2.0 503 ");
            assert_true(rig_has(busy, "Retry-After: "));
        }
        forget(&v.rig);
    }
    assert_int_equal(taken, LEGS - 1);
    assert_int_equal(rig_counts(&v.rig).legs, LEGS);
    assert_int_equal(rig_counts(&v.rig).server_transactions, LEGS - 1);
    rest(&v.rig, 70);
    victim_fini(&v);
}

/* The far end of one call asks within it without end: the other calls' transactions have room. */
static void requests_within_one_call_leave_room_for_others(void **state)
{
    static const char *const methods[] = {"OPTIONS", "INFO",    "UPDATE",
                                          "NOTIFY",  "MESSAGE", "INVITE"};
    struct victim v;
    char branch[32];
    (void)state;
    victim_init(&v);
    uint64_t refused = rig_counts(&v.rig).refused;
    for (int i = 0; i < FLOOD; i++) {
        struct rig_request request =
            within_call(&v, methods[(size_t)i % ZV_ARRAY_LEN(methods)], 10 + (unsigned)i);
        request.branch = numbered(branch, "d", i);
        rig_request(&v.rig, &request);
        forget(&v.rig);
    }
    assert_in_range(rig_counts(&v.rig).server_transactions, 1, 400);
    assert_true(rig_counts(&v.rig).refused - refused > FLOOD - 400);
    /* After that the call is served as before. */
    rest(&v.rig, 40);
    struct rig_request options = within_call(&v, "OPTIONS", 10 + FLOOD);
    options.branch = "later";
    rig_request(&v.rig, &options);
    rig_next_sent(&v.rig, "SIP/2.0 200 ");
    victim_fini(&v);
}

/* ---- sizes ---- */

static void put(struct zv_buf *buf, const char *text, size_t times)
{
    for (size_t i = 0; i < times; i++)
        zv_buf_put_text(buf, text);
}

#define HEAD                                                                                       \
    "INVITE sip:1001@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKbig\r\n"   \
    "Max-Forwards: 70\r\nFrom: <sip:x@y>;tag=f\r\nTo: <sip:1001@zvonok.test>\r\n"                  \
    "Call-ID: big\r\nCSeq: 1 INVITE\r\n" RIG_CONTACT

struct answer {
    size_t count;
    uint16_t status;
    size_t len;
};

/* Feeds it as it is; what is answered may be as large. */
static struct answer feed_large(struct rig *rig, struct zv_str text)
{
    struct zv_sip_flow flow = rig_flow("192.0.2.9:5060");
    struct zv_sip_out out;
    struct answer answer = {0};
    zv_sip_on_message(rig->sip, &flow, text.p, text.len, rig->now_us);
    while (zv_sip_poll(rig->sip, &out) != ZV_SIP_OUT_NONE) {
        assert_int_equal(out.kind, ZV_SIP_OUT_SEND);
        uint32_t status = 0;
        assert_int_equal(zv_str_to_u32(zv_str_n(out.data.p + 8, 3), &status), 0);
        answer.count++;
        answer.status = (uint16_t)status;
        answer.len = out.data.len;
    }
    return answer;
}

static void requests_that_are_too_large_are_answered_in_brief(void **state)
{
    static const struct {
        const char *filler; /* repeated behind HEAD */
        size_t times;
        uint16_t status;
    } cases[] = {
        {"X-Filler: 0123456789\r\n", 200, 400},
        {"X-Filler: 0123456789\r\n", 5000, 513},
        {"Subject: "
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n ",
         900, 513}, /* one header that never ends */
    };
    struct victim v;
    (void)state;
    victim_init(&v);
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++) {
        struct zv_buf buf = zv_buf(big, sizeof(big));
        put(&buf, HEAD, 1);
        put(&buf, cases[i].filler, cases[i].times);
        put(&buf, "\r\n\r\n", 1);
        assert_false(buf.overflow);
        struct answer answer = feed_large(&v.rig, zv_buf_str(&buf));
        assert_int_equal(answer.count, 1);
        assert_int_equal(answer.status, cases[i].status);
        assert_in_range(answer.len, 1, 600);
    }
    victim_fini(&v);
}

static void bodies_that_are_too_large_are_refused(void **state)
{
    struct victim v;
    (void)state;
    victim_init(&v);
    struct zv_buf buf = zv_buf(big, sizeof(big));
    put(&buf, HEAD "Content-Type: application/sdp\r\n\r\n", 1);
    put(&buf, "a=0123456789\r\n", 4500);
    struct answer answer = feed_large(&v.rig, zv_buf_str(&buf));
    assert_int_equal(answer.count, 1);
    assert_int_equal(answer.status, 413);
    assert_in_range(answer.len, 1, 600);
    victim_fini(&v);
}

/* As many as a datagram holds are answered along, as they must be; more are not. */
static void ten_thousand_vias_are_bounded(void **state)
{
    static const size_t counts[] = {2, 100, 3000, 10000, 10000};
    struct victim v;
    (void)state;
    victim_init(&v);
    for (size_t i = 0; i < ZV_ARRAY_LEN(counts); i++) {
        bool is_response = i == ZV_ARRAY_LEN(counts) - 1;
        struct zv_buf buf = zv_buf(big, sizeof(big));
        put(&buf, is_response ? "SIP/2.0 200 OK\r\n" : "OPTIONS sip:192.0.2.1 SIP/2.0\r\n", 1);
        put(&buf,
            "From: <sip:x@y>;tag=f\r\nTo: <sip:y@z>\r\nCall-ID: v\r\nCSeq: 1 OPTIONS\r\n"
            "Via: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKv",
            1);
        put(&buf, ",SIP/2.0/UDP h", counts[i]);
        put(&buf, "\r\n\r\n", 1);
        assert_false(buf.overflow);
        struct answer answer = feed_large(&v.rig, zv_buf_str(&buf));
        assert_in_range(answer.count, 0, 1);
        assert_true(answer.len <= buf.len + 256);
        if (buf.len <= ZV_MAX_SIP_MESSAGE_BYTES / 2)
            assert_int_equal(answer.status, 200);
        else if (buf.len > ZV_MAX_SIP_MESSAGE_BYTES)
            assert_int_equal(answer.count, 0);
    }
    victim_fini(&v);
}

/* The answer to our INVITE brings more than a session description may be. */
static void a_huge_answer_ends_only_its_own_call(void **state)
{
    struct victim v;
    struct zv_sip_msg msg;
    char copies[1024];
    (void)state;
    victim_init(&v);
    struct rig_sent invite = *second_invite(&v.rig, 12);
    assert_int_equal(zv_sip_msg_parse(invite.text, invite.len, &msg), 0);
    snprintf(copies, sizeof(copies),
             "SIP/2.0 200 OK\r\nVia: %.*s\r\nFrom: %.*s\r\nTo: <sip:1003@zvonok.test>;tag=b\r\n"
             "Call-ID: %.*s\r\nCSeq: %u INVITE\r\n" RIG_CONTACT
             "Content-Type: application/sdp\r\n\r\n",
             ZV_STR_ARG(zv_sip_msg_value(&msg, ZV_SIP_HEADER_VIA)),
             ZV_STR_ARG(zv_sip_msg_value(&msg, ZV_SIP_HEADER_FROM)), ZV_STR_ARG(msg.call_id),
             (unsigned)msg.cseq);
    struct zv_buf buf = zv_buf(big, sizeof(big));
    put(&buf, copies, 1);
    put(&buf, "a=0123456789\r\n", 4500);
    struct zv_sip_flow flow = rig_flow("192.0.2.9:5060");
    zv_sip_on_message(v.rig.sip, &flow, buf.p, buf.len, v.rig.now_us);
    rig_drain(&v.rig);
    rig_next_sent(&v.rig, "ACK ");
    rig_answer_status(&v.rig, rig_next_sent(&v.rig, "BYE "), 200, "b");
    rig_ended(&v.rig, ZV_SIP_CAUSE_PROTOCOL);
    victim_fini(&v);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(repeated_invites_are_one_call),
    cmocka_unit_test(requests_from_outside_leave_nothing),
    cmocka_unit_test(acknowledgements_of_nobody_are_dropped),
    cmocka_unit_test(calls_without_end_meet_a_full_table),
    cmocka_unit_test(requests_within_one_call_leave_room_for_others),
    cmocka_unit_test(requests_that_are_too_large_are_answered_in_brief),
    cmocka_unit_test(bodies_that_are_too_large_are_refused),
    cmocka_unit_test(ten_thousand_vias_are_bounded),
    cmocka_unit_test(a_huge_answer_ends_only_its_own_call),
};
ZV_TEST_MAIN(tests)
