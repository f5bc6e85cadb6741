/* The four transaction machines as a table, and their timers with the fake clock (RFC 3261 §17, RFC
 * 6026). */
#include "rig.h"

#include "sip/transaction.h"

struct row {
    enum zv_sip_tx_kind kind;
    enum zv_sip_tx_state state;
    enum zv_sip_tx_event event;
    int next; /* -1: the event means nothing */
    unsigned actions;
};

#define IC ZV_SIP_TX_INVITE_CLIENT
#define NC ZV_SIP_TX_CLIENT
#define IS ZV_SIP_TX_INVITE_SERVER
#define NS ZV_SIP_TX_SERVER

static const struct row rows[] = {
    {IC, ZV_SIP_TX_TRYING, ZV_SIP_TX_1XX, ZV_SIP_TX_PROCEEDING, ZV_SIP_TX_PASS},
    {IC, ZV_SIP_TX_TRYING, ZV_SIP_TX_2XX, ZV_SIP_TX_ACCEPTED, ZV_SIP_TX_PASS},
    {IC, ZV_SIP_TX_TRYING, ZV_SIP_TX_FINAL, ZV_SIP_TX_COMPLETED,
     ZV_SIP_TX_PASS | ZV_SIP_TX_SEND_ACK},
    {IC, ZV_SIP_TX_TRYING, ZV_SIP_TX_RETRANSMIT, ZV_SIP_TX_TRYING, ZV_SIP_TX_RESEND},
    {IC, ZV_SIP_TX_TRYING, ZV_SIP_TX_END, ZV_SIP_TX_TERMINATED, ZV_SIP_TX_FAIL},
    {IC, ZV_SIP_TX_TRYING, ZV_SIP_TX_TRANSPORT, ZV_SIP_TX_TERMINATED, ZV_SIP_TX_FAIL},
    {IC, ZV_SIP_TX_PROCEEDING, ZV_SIP_TX_1XX, ZV_SIP_TX_PROCEEDING, ZV_SIP_TX_PASS},
    {IC, ZV_SIP_TX_PROCEEDING, ZV_SIP_TX_2XX, ZV_SIP_TX_ACCEPTED, ZV_SIP_TX_PASS},
    {IC, ZV_SIP_TX_PROCEEDING, ZV_SIP_TX_TRANSPORT, -1, 0},
    {IC, ZV_SIP_TX_COMPLETED, ZV_SIP_TX_FINAL, ZV_SIP_TX_COMPLETED, ZV_SIP_TX_SEND_ACK},
    {IC, ZV_SIP_TX_COMPLETED, ZV_SIP_TX_2XX, -1, 0},
    {IC, ZV_SIP_TX_COMPLETED, ZV_SIP_TX_1XX, -1, 0},
    {IC, ZV_SIP_TX_ACCEPTED, ZV_SIP_TX_2XX, ZV_SIP_TX_ACCEPTED, ZV_SIP_TX_PASS},
    {IC, ZV_SIP_TX_ACCEPTED, ZV_SIP_TX_FINAL, -1, 0},
    {NC, ZV_SIP_TX_TRYING, ZV_SIP_TX_1XX, ZV_SIP_TX_PROCEEDING, ZV_SIP_TX_PASS},
    {NC, ZV_SIP_TX_PROCEEDING, ZV_SIP_TX_RETRANSMIT, ZV_SIP_TX_PROCEEDING, ZV_SIP_TX_RESEND},
    {NC, ZV_SIP_TX_PROCEEDING, ZV_SIP_TX_FINAL, ZV_SIP_TX_COMPLETED, ZV_SIP_TX_PASS},
    {NC, ZV_SIP_TX_COMPLETED, ZV_SIP_TX_2XX, -1, 0},
    {IS, ZV_SIP_TX_PROCEEDING, ZV_SIP_TX_REQUEST, ZV_SIP_TX_PROCEEDING, ZV_SIP_TX_RESEND},
    {IS, ZV_SIP_TX_PROCEEDING, ZV_SIP_TX_2XX, ZV_SIP_TX_ACCEPTED, ZV_SIP_TX_SEND},
    {IS, ZV_SIP_TX_PROCEEDING, ZV_SIP_TX_FINAL, ZV_SIP_TX_COMPLETED, ZV_SIP_TX_SEND},
    {IS, ZV_SIP_TX_COMPLETED, ZV_SIP_TX_ACK, ZV_SIP_TX_CONFIRMED, 0},
    {IS, ZV_SIP_TX_COMPLETED, ZV_SIP_TX_END, ZV_SIP_TX_TERMINATED, ZV_SIP_TX_FAIL},
    {IS, ZV_SIP_TX_CONFIRMED, ZV_SIP_TX_ACK, ZV_SIP_TX_CONFIRMED, 0},
    {IS, ZV_SIP_TX_ACCEPTED, ZV_SIP_TX_REQUEST, ZV_SIP_TX_ACCEPTED, 0},
    {IS, ZV_SIP_TX_ACCEPTED, ZV_SIP_TX_ACK, ZV_SIP_TX_ACCEPTED, ZV_SIP_TX_PASS},
    {NS, ZV_SIP_TX_TRYING, ZV_SIP_TX_REQUEST, ZV_SIP_TX_TRYING, 0},
    {NS, ZV_SIP_TX_TRYING, ZV_SIP_TX_2XX, ZV_SIP_TX_COMPLETED, ZV_SIP_TX_SEND},
    {NS, ZV_SIP_TX_COMPLETED, ZV_SIP_TX_REQUEST, ZV_SIP_TX_COMPLETED, ZV_SIP_TX_RESEND},
    {NS, ZV_SIP_TX_COMPLETED, ZV_SIP_TX_2XX, -1, 0},
};

static void machines_follow_the_rfcs_figures(void **state)
{
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(rows); i++) {
        struct zv_sip_tx_step step = zv_sip_tx_step(rows[i].kind, rows[i].state, rows[i].event);
        bool is_right = rows[i].next < 0 ? !step.is_defined
                                         : step.is_defined && step.next == rows[i].next &&
                                               step.actions == rows[i].actions;
        if (!is_right)
            fail_msg("row %zu: next %d, actions %x", i, step.next, step.actions);
    }
}

static void every_state_has_a_way_out(void **state)
{
    (void)state;
    /* An INVITE in Proceeding is the user's to end: a client's by CANCEL, a server's by answering.
     */
    for (int kind = 0; kind < ZV_SIP_TX_KIND_COUNT; kind++) {
        for (int s = 0; s < ZV_SIP_TX_STATE_COUNT; s++) {
            bool is_used = false;
            for (int e = 0; e < ZV_SIP_TX_EVENT_COUNT; e++)
                is_used |= zv_sip_tx_step((enum zv_sip_tx_kind)kind, (enum zv_sip_tx_state)s,
                                          (enum zv_sip_tx_event)e)
                               .is_defined;
            bool has_end =
                zv_sip_tx_step((enum zv_sip_tx_kind)kind, (enum zv_sip_tx_state)s, ZV_SIP_TX_END)
                    .next == ZV_SIP_TX_TERMINATED;
            bool is_users = s == ZV_SIP_TX_PROCEEDING || kind == NS;
            if (is_used && !has_end && !is_users)
                fail_msg("kind %d state %d never ends", kind, s);
        }
    }
}

static void assert_times(const struct rig *rig, size_t from, const int64_t *ms, size_t count)
{
    int64_t start_us = rig->sent[from].at_us;
    assert_int_equal(rig->sent_count - from, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal((rig->sent[from + i].at_us - start_us) / 1000, ms[i]);
}

static void invite_is_repeated_by_timer_a_and_ends_after_32_s(void **state)
{
    static const int64_t ms[] = {0, 500, 1500, 3500, 7500, 15500, 31500};
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    int64_t start_us = rig.now_us;
    rig_invite(&rig);
    rig_advance(&rig, ZV_SECONDS(40));
    assert_times(&rig, 0, ms, ZV_ARRAY_LEN(ms));
    rig_ended(&rig, ZV_SIP_CAUSE_TIMEOUT);
    assert_int_equal(rig.events[0].at_us - start_us, ZV_SECONDS(32));
    rig_fini(&rig);
}

static void register_is_repeated_by_timer_e_and_ends_after_32_s(void **state)
{
    static const int64_t ms[] = {0,     500,   1500,  3500,  7500, 11500,
                                 15500, 19500, 23500, 27500, 31500};
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    int64_t start_us = rig.now_us;
    assert_int_equal(zv_sip_register(rig.sip, RIG_ACCOUNT, rig.now_us), 0);
    rig_drain(&rig);
    rig_advance(&rig, ZV_SECONDS(40));
    assert_times(&rig, 0, ms, ZV_ARRAY_LEN(ms));
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_REGISTER_FAILED)->cause, ZV_SIP_CAUSE_TIMEOUT);
    assert_int_equal(rig.events[0].at_us - start_us, ZV_SECONDS(32));
    rig_fini(&rig);
}

static void request_in_proceeding_is_repeated_every_4_s(void **state)
{
    static const int64_t ms[] = {0, 500, 1500, 5500, 9500};
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    assert_int_equal(zv_sip_register(rig.sip, RIG_ACCOUNT, rig.now_us), 0);
    rig_drain(&rig);
    rig_advance(&rig, ZV_MS(600));
    rig_answer_status(&rig, &rig.sent[0], 100, NULL);
    rig_advance(&rig, ZV_SECONDS(10));
    assert_times(&rig, 0, ms, ZV_ARRAY_LEN(ms));
    rig_fini(&rig);
}

static void ack_to_a_refusal_is_repeated_for_32_s(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    const struct rig_sent *invite = rig_invite(&rig);
    char via[256], ack_via[256];
    rig_answer_status(&rig, invite, 486, "b");
    const struct rig_sent *ack = rig_next_sent(&rig, "ACK sip:1002@zvonok.test SIP/2.0");
    rig_header(invite, ZV_SIP_HEADER_VIA, via, sizeof(via));
    assert_string_equal(rig_header(ack, ZV_SIP_HEADER_VIA, ack_via, sizeof(ack_via)), via);
    assert_true(rig_has(ack, "CSeq: 1 ACK"));
    assert_true(rig_has(ack, ";tag=b\r\n"));
    rig_ended(&rig, ZV_SIP_CAUSE_REJECTED);
    rig_advance(&rig, ZV_SECONDS(31));
    rig_answer_status(&rig, invite, 486, "b");
    rig_next_sent(&rig, "ACK ");
    assert_int_equal(rig_counts(&rig).client_transactions, 1);
    rig_advance(&rig, ZV_SECONDS(1));
    assert_int_equal(rig_counts(&rig).client_transactions, 0);
    rig_answer_status(&rig, invite, 486, "b");
    rig_no_more_sent(&rig);
    assert_int_equal(rig_counts(&rig).unmatched, 1);
    rig_fini(&rig);
}

static void stream_needs_no_repetition(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    rig.targets[0].transport = ZV_SIP_TCP;
    const struct rig_sent *invite = rig_invite(&rig);
    assert_true(rig_has(invite, "Via: SIP/2.0/TCP 192.0.2.1:5060"));
    assert_true(rig_has(invite, ";transport=tcp>"));
    rig_advance(&rig, ZV_SECONDS(31));
    rig_no_more_sent(&rig);
    rig_answer_status(&rig, invite, 486, "b");
    rig_next_sent(&rig, "ACK ");
    rig_ended(&rig, ZV_SIP_CAUSE_REJECTED);
    rig_advance(&rig, 0);
    assert_int_equal(rig_counts(&rig).client_transactions, 0);
    rig_fini(&rig);
}

static void refusal_of_ours_is_repeated_by_timer_g_until_its_ack(void **state)
{
    static const int64_t ms[] = {0,     500,   1500,  3500,  7500, 11500,
                                 15500, 19500, 23500, 27500, 31500};
    char uri[128];
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_register(&rig);
    rig_header(&rig.sent[0], ZV_SIP_HEADER_CONTACT, uri, sizeof(uri));
    *strchr(uri, '>') = '\0';
    struct rig_request invite = {.method = "INVITE",
                                 .uri = uri + 1,
                                 .branch = "i1",
                                 .from_tag = "f",
                                 .call_id = "c1",
                                 .cseq = 1,
                                 .extra = RIG_CONTACT,
                                 .sdp = SDP_B};
    rig_request(&rig, &invite);
    rig_next_sent(&rig, "SIP/2.0 100 ");
    uint64_t leg = rig_next_event(&rig, ZV_SIP_OUT_INCOMING)->leg;
    size_t from = rig.sent_count;
    assert_int_equal(zv_sip_reject(rig.sip, leg, 486, rig.now_us), 0);
    rig_drain(&rig);
    rig_ended(&rig, ZV_SIP_CAUSE_LOCAL);
    rig_advance(&rig, ZV_SECONDS(33));
    assert_times(&rig, from, ms, ZV_ARRAY_LEN(ms));
    assert_int_equal(rig_counts(&rig).server_transactions, 0);

    invite.branch = "i2";
    invite.cseq = 2;
    rig_request(&rig, &invite);
    rig.sent_seen = rig.sent_count - 1;
    rig_next_sent(&rig, "SIP/2.0 100 ");
    leg = rig_next_event(&rig, ZV_SIP_OUT_INCOMING)->leg;
    assert_int_equal(zv_sip_reject(rig.sip, leg, 603, rig.now_us), 0);
    rig_drain(&rig);
    rig_next_sent(&rig, "SIP/2.0 603 ");
    struct rig_request ack = invite;
    ack.method = "ACK";
    ack.sdp = NULL;
    ack.to_tag = "x";
    rig_request(&rig, &ack);
    rig_advance(&rig, ZV_SECONDS(4));
    rig_no_more_sent(&rig);
    assert_int_equal(rig_counts(&rig).server_transactions, 1); /* Confirmed: Timer I, 5 s */
    rig_advance(&rig, ZV_SECONDS(1));
    assert_int_equal(rig_counts(&rig).server_transactions, 0);
    rig_fini(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(machines_follow_the_rfcs_figures),
        cmocka_unit_test(every_state_has_a_way_out),
        cmocka_unit_test(invite_is_repeated_by_timer_a_and_ends_after_32_s),
        cmocka_unit_test(register_is_repeated_by_timer_e_and_ends_after_32_s),
        cmocka_unit_test(request_in_proceeding_is_repeated_every_4_s),
        cmocka_unit_test(ack_to_a_refusal_is_repeated_for_32_s),
        cmocka_unit_test(stream_needs_no_repetition),
        cmocka_unit_test(refusal_of_ours_is_repeated_by_timer_g_until_its_ack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
