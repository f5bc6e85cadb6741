/* Requests from addresses that nobody knows: what concerns somebody here is taken, the rest is
 * counted and answered or dropped. */
#include "victim.h"

#include "sip/stranger.h"

static const char *const manners[] = {"answered", "dropped"};

/* Whether it was for somebody here. */
static bool feed(struct rig *rig, const char *text, bool drops)
{
    struct zv_sip_flow flow = rig_flow("203.0.113.9:5060");
    bool is_somebodys = zv_sip_on_stranger(rig->sip, &flow, zv_str(text), drops, rig->now_us);
    rig_drain(rig);
    return is_somebodys;
}

static void write_request(char text[2048], const char *method, const char *uri, const char *to_tag,
                          const char *call_id, unsigned cseq)
{
    snprintf(
        text, 2048,
        "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bKs%u;rport\r\n"
        "From: <sip:x@y>;tag=b\r\nTo: <sip:z@y>%s%s\r\nCall-ID: %s\r\nCSeq: %u %s\r\n" RIG_CONTACT
        "Max-Forwards: 70\r\nUser-Agent: a phone\r\n"
        "Content-Length: 0\r\n\r\n",
        method, uri, cseq, to_tag ? ";tag=" : "", to_tag ? to_tag : "", call_id, cseq, method);
}

/* 1: an answer came, as it should. */
static void expect(struct victim *v, const char *text, bool drops, const char *start)
{
    uint64_t before = rig_counts(&v->rig).strangers;
    assert_false(feed(&v->rig, text, drops));
    if (drops)
        rig_no_more_sent(&v->rig);
    else
        rig_next_sent(&v->rig, start);
    rig_no_more_events(&v->rig);
    assert_int_equal(rig_counts(&v->rig).strangers, before + 1);
}

static void requests_for_nobody_are_answered_or_dropped(void **state)
{
    (void)state;
    for (int drops = 0; drops < 2; drops++) {
        struct victim v;
        char text[2048];
        print_message("%s\n", manners[drops]);
        victim_init(&v);
        write_request(text, "INVITE", "sip:1001@192.0.2.1", NULL, "c", 1);
        expect(&v, text, drops, "SIP/2.0 404 ");
        write_request(text, "OPTIONS", "sip:192.0.2.1", NULL, "c", 2);
        expect(&v, text, drops, "SIP/2.0 200 ");
        write_request(text, "REGISTER", "sip:192.0.2.1", NULL, "c", 3);
        expect(&v, text, drops, "SIP/2.0 405 ");
        write_request(text, "BYE", "sip:192.0.2.1", "t", "c", 4);
        expect(&v, text, drops, "SIP/2.0 481 ");
        write_request(text, "CANCEL", "sip:192.0.2.1", NULL, "c", 5);
        expect(&v, text, drops, "SIP/2.0 481 ");
        victim_fini(&v);
    }
}

/* Such as those who look for amplifiers send. */
static void no_answer_is_longer_than_its_request(void **state)
{
    static const char *const starts[] = {"OPTIONS sip:192.0.2.1", "INVITE sip:1001@192.0.2.1",
                                         "REGISTER sip:192.0.2.1", "BYE sip:192.0.2.1"};
    struct victim v;
    (void)state;
    victim_init(&v);
    for (size_t i = 0; i < 2 * ZV_ARRAY_LEN(starts); i++) {
        char text[2048];
        const char *start = starts[i / 2];
        bool is_long = i % 2;
        snprintf(text, sizeof(text),
                 "%s SIP/2.0\r\nv: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK%zu\r\nf: <sip:a@b>;tag=1"
                 "\r\nt: <sip:a@b>\r\ni: %zu\r\nCSeq: 1 %.*s\r\n%s\r\n",
                 start, i, i, (int)strcspn(start, " "), start,
                 is_long ? "Contact: <sip:somebody@203.0.113.9>\r\nMax-Forwards: 70\r\n"
                           "User-Agent: a phone of some make\r\n"
                         : "");
        feed(&v.rig, text, false);
        assert_int_equal(v.rig.sent_count, is_long);
        if (is_long)
            assert_true(v.rig.sent[0].len <= strlen(text));
        forget(&v.rig);
    }
    assert_int_equal(rig_counts(&v.rig).strangers, 2 * ZV_ARRAY_LEN(starts));
    victim_fini(&v);
}

static void broken_requests_are_answered_or_dropped(void **state)
{
    (void)state;
    for (int drops = 0; drops < 2; drops++) {
        struct victim v;
        char text[2048];
        victim_init(&v);
        write_request(text, "OPTIONS", "<sip:192.0.2.1>", NULL, "c", 1);
        feed(&v.rig, text, drops);
        if (drops)
            rig_no_more_sent(&v.rig);
        else
            rig_next_sent(&v.rig, "SIP/2.0 400 ");
        assert_int_equal(rig_counts(&v.rig).malformed, 1);
        victim_fini(&v);
    }
}

/* By the Contact that the registrar alone was told. */
static void a_call_to_an_accounts_contact_is_taken_from_anywhere(void **state)
{
    struct victim v;
    char text[2048], contact[256];
    (void)state;
    victim_init(&v);
    rig_advance_until_sent(&v.rig);
    const struct rig_sent *refresh = rig_next_sent(&v.rig, "REGISTER ");
    rig_header(refresh, ZV_SIP_HEADER_CONTACT, contact, sizeof(contact));
    char *end = strchr(contact, '>');
    assert_non_null(end);
    *end = '\0';
    rig_answer(&v.rig, refresh, &(struct rig_reply){.status = 200, .extra = "Expires: 300\r\n"});
    rig_next_event(&v.rig, ZV_SIP_OUT_REGISTERED);
    write_request(text, "INVITE", contact + 1, NULL, "incoming", 1);
    feed(&v.rig, text, true);
    rig_next_sent(&v.rig, "SIP/2.0 100 ");
    rig_next_event(&v.rig, ZV_SIP_OUT_INCOMING);
    feed(&v.rig, text, true); /* again */
    rig_next_sent(&v.rig, "SIP/2.0 100 ");
    write_request(text, "CANCEL", contact + 1, NULL, "incoming", 1);
    feed(&v.rig, text, true);
    rig_next_sent(&v.rig, "SIP/2.0 200 ");
    rig_next_sent(&v.rig, "SIP/2.0 487 ");
    rig_ended(&v.rig, ZV_SIP_CAUSE_REMOTE_CANCEL);
    assert_int_equal(rig_counts(&v.rig).strangers, 0);
    victim_fini(&v);
}

static void a_far_end_that_moved_can_still_hang_up(void **state)
{
    struct victim v;
    char text[2048];
    (void)state;
    victim_init(&v);
    write_request(text, "BYE", "sip:192.0.2.1", v.our_tag, v.call_id, 9);
    feed(&v.rig, text, true);
    rig_next_sent(&v.rig, "SIP/2.0 200 ");
    rig_ended(&v.rig, ZV_SIP_CAUSE_REMOTE_BYE);
    assert_int_equal(rig_counts(&v.rig).strangers, 0);
    rig_assert_empty(&v.rig);
    rig_fini(&v.rig);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(requests_for_nobody_are_answered_or_dropped),
    cmocka_unit_test(no_answer_is_longer_than_its_request),
    cmocka_unit_test(broken_requests_are_answered_or_dropped),
    cmocka_unit_test(a_call_to_an_accounts_contact_is_taken_from_anywhere),
    cmocka_unit_test(a_far_end_that_moved_can_still_hang_up),
};
ZV_TEST_MAIN(tests)
