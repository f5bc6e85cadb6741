/* Calls that come in, against a scripted far end: who is found, what is refused, accepting with its
 * ACK, cancelling, and the ends. */
#include "called.h"
#include "support/flow.h"

static void incoming_call_is_rung_accepted_and_ended(void **state)
{
    struct rig rig;
    char tag[64];
    (void)state;
    open_rig(&rig);
    struct rig_request invite = an_invite();
    rig_request(&rig, &invite);
    const struct rig_sent *trying = rig_next_sent(&rig, "SIP/2.0 100 Trying");
    assert_false(rig_has(trying, "To: <sip:1001@zvonok.test>;tag"));
    assert_true(rig_has(trying, "rport=5060"));
    const struct zv_sip_out *out = rig_next_event(&rig, ZV_SIP_OUT_INCOMING);
    uint64_t leg = out->leg;
    assert_true(leg & ZV_SIP_LEG_INCOMING);
    assert_int_equal(out->account, RIG_ACCOUNT);
    assert_true(zv_str_is(out->caller, "1002"));
    assert_true(zv_str_is(out->caller_display, "B\"ob"));
    assert_true(zv_str_is(out->callee, "1001"));
    assert_true(zv_str_is(out->call_id, "call-1@host"));
    assert_true(zv_str_is(out->sdp, SDP_B));
    assert_int_equal(zv_sip_ring(rig.sip, leg, 180, (struct zv_str){0}, rig.now_us), 0);
    rig_drain(&rig);
    const struct rig_sent *ringing = rig_next_sent(&rig, "SIP/2.0 180 Ringing");
    assert_true(rig_has(ringing, "Contact: <sip:"));
    rig_request(&rig, &invite); /* repeated: the latest provisional again */
    assert_string_equal(rig_next_sent(&rig, "SIP/2.0 180 ")->text, ringing->text);
    rig_no_more_events(&rig);
    assert_int_equal(zv_sip_accept(rig.sip, leg, zv_str(SDP_A), rig.now_us), 0);
    assert_int_equal(zv_sip_accept(rig.sip, leg, zv_str(SDP_A), rig.now_us), ZV_E_STATE);
    rig_drain(&rig);
    const struct rig_sent *ok = rig_next_sent(&rig, "SIP/2.0 200 OK");
    assert_true(rig_has(ok, "\r\n\r\n" SDP_A));
    assert_true(rig_has(ok, "Allow: INVITE"));
    assert_true(rig_has(ok, "Contact: <sip:"));
    snprintf(tag, sizeof(tag), "%s", our_tag(&rig));
    rig_request(&rig, &invite); /* absorbed (RFC 6026) */
    rig_no_more_sent(&rig);
    struct rig_request ack = within("ACK", "ack1", 10, tag);
    rig_request(&rig, &ack);
    rig_next_event(&rig, ZV_SIP_OUT_CONFIRMED);
    rig_request(&rig, &ack);
    rig_advance(&rig, ZV_SECONDS(40));
    rig_no_more_events(&rig);
    rig_no_more_sent(&rig);
    assert_int_equal(zv_sip_hangup(rig.sip, leg, rig.now_us), 0);
    rig_drain(&rig);
    const struct rig_sent *bye = rig_next_sent(&rig, "BYE sip:1002@192.0.2.9:5060 SIP/2.0");
    assert_true(rig_has(bye, "From: <sip:1001@zvonok.test>;tag="));
    assert_true(rig_has(bye, "To: <sip:1002@zvonok.test>;tag=f\r\n"));
    rig_answer_status(&rig, bye, 200, NULL);
    rig_ended(&rig, ZV_SIP_CAUSE_LOCAL);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void a_call_to_sips_comes_by_tls_or_not_at_all(void **state)
{
    char uri[200], text[1024];
    struct rig rig;
    (void)state;
    open_rig(&rig);
    snprintf(uri, sizeof(uri), "sips:%s", strchr(contact_uri, ':') + 1);
    int len = snprintf(text, sizeof(text),
                       "INVITE %s SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.9;branch=z9hG4bKs;rport\r\n"
                       "From: <sips:1002@zvonok.test>;tag=f\r\nTo: <sips:1001@zvonok.test>\r\n"
                       "Call-ID: s@host\r\nCSeq: 1 INVITE\r\nContact: <sips:1002@192.0.2.9>\r\n"
                       "Content-Length: 0\r\n\r\n",
                       uri);
    rig_feed(&rig, text);
    rig_next_sent(&rig, "SIP/2.0 480 ");
    rig_no_more_events(&rig);
    struct zv_sip_flow flow = rig_flow("192.0.2.9:5061");
    flow.transport = ZV_SIP_TLS;
    flow.conn = 3;
    zv_sip_on_message(rig.sip, &flow, text, (size_t)len, rig.now_us);
    rig_drain(&rig);
    rig_next_sent(&rig, "SIP/2.0 100 ");
    uint64_t leg = rig_next_event(&rig, ZV_SIP_OUT_INCOMING)->leg;
    assert_int_equal(zv_sip_ring(rig.sip, leg, 180, (struct zv_str){0}, rig.now_us), 0);
    rig_drain(&rig);
    const struct rig_sent *ringing = rig_next_sent(&rig, "SIP/2.0 180 ");
    assert_true(rig_has(ringing, "Contact: <sips:"));
    assert_true(flow_eq(&ringing->flow, &flow));
    assert_int_equal(zv_sip_flow_use(rig.sip, &flow), ZV_SIP_FLOW_OF_LEG);
    rig_fini(&rig);
}

static void answer_is_repeated_until_32_s_and_then_ended(void **state)
{
    static const int64_t ms[] = {0,     500,   1500,  3500,  7500, 11500,
                                 15500, 19500, 23500, 27500, 31500};
    struct rig rig;
    (void)state;
    open_rig(&rig);
    uint64_t leg = ring_in(&rig);
    int64_t start_us = rig.now_us;
    size_t from = rig.sent_count;
    assert_int_equal(zv_sip_accept(rig.sip, leg, zv_str(SDP_A), rig.now_us), 0);
    rig_drain(&rig);
    rig_advance(&rig, ZV_SECONDS(32) - 1);
    assert_int_equal(rig.sent_count - from, ZV_ARRAY_LEN(ms));
    for (size_t i = 0; i < ZV_ARRAY_LEN(ms); i++) {
        assert_int_equal(rig.sent[from + i].at_us - start_us, ZV_MS(ms[i]));
        rig_next_sent(&rig, "SIP/2.0 200 ");
    }
    rig_advance(&rig, 1);
    rig_ended(&rig, ZV_SIP_CAUSE_TIMEOUT);
    const struct rig_sent *bye = rig_next_sent(&rig, "BYE ");
    rig_answer_status(&rig, bye, 200, NULL);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void hangup_before_the_ack_waits_for_it(void **state)
{
    struct rig rig;
    (void)state;
    open_rig(&rig);
    uint64_t leg = ring_in(&rig);
    assert_int_equal(zv_sip_accept(rig.sip, leg, zv_str(SDP_A), rig.now_us), 0);
    assert_int_equal(zv_sip_hangup(rig.sip, leg, rig.now_us), 0);
    rig_drain(&rig);
    rig_next_sent(&rig, "SIP/2.0 200 ");
    rig_no_more_sent(&rig);
    struct rig_request ack = within("ACK", "ack1", 10, our_tag(&rig));
    rig_request(&rig, &ack);
    rig_answer_status(&rig, rig_next_sent(&rig, "BYE "), 200, NULL);
    rig_ended(&rig, ZV_SIP_CAUSE_LOCAL);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void caller_cancels(void **state)
{
    struct rig rig;
    (void)state;
    open_rig(&rig);
    uint64_t leg = ring_in(&rig);
    assert_int_equal(zv_sip_ring(rig.sip, leg, 180, (struct zv_str){0}, rig.now_us), 0);
    rig_drain(&rig);
    rig_next_sent(&rig, "SIP/2.0 180 ");
    struct rig_request cancel = an_invite();
    cancel.method = "CANCEL";
    cancel.sdp = NULL;
    cancel.extra = "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n";
    rig_request(&rig, &cancel);
    assert_true(rig_has(rig_next_sent(&rig, "SIP/2.0 200 "), "CSeq: 10 CANCEL"));
    const struct rig_sent *terminated = rig_next_sent(&rig, "SIP/2.0 487 ");
    assert_true(rig_has(terminated, "CSeq: 10 INVITE"));
    const struct zv_sip_out *out = rig_ended(&rig, ZV_SIP_CAUSE_REMOTE_CANCEL);
    assert_true(zv_str_has_prefix(out->reason_header, "SIP;cause=200"));
    assert_int_equal(zv_sip_accept(rig.sip, leg, zv_str(SDP_A), rig.now_us), ZV_E_GONE);
    rig_request(&rig, &cancel);
    rig_next_sent(&rig, "SIP/2.0 200 ");
    rig_assert_empty(&rig);
    rig.sent_seen = rig.sent_count;
    rig_request(&rig, &cancel);
    rig_next_sent(&rig, "SIP/2.0 481 ");
    rig_fini(&rig);
}

static void cancel_after_the_answer_changes_nothing(void **state)
{
    struct rig rig;
    (void)state;
    open_rig(&rig);
    uint64_t leg = ring_in(&rig);
    assert_int_equal(zv_sip_accept(rig.sip, leg, zv_str(SDP_A), rig.now_us), 0);
    rig_drain(&rig);
    rig_next_sent(&rig, "SIP/2.0 200 ");
    char tag[64];
    snprintf(tag, sizeof(tag), "%s", our_tag(&rig));
    struct rig_request cancel = an_invite();
    cancel.method = "CANCEL";
    cancel.sdp = NULL;
    rig_request(&rig, &cancel);
    rig_next_sent(&rig, "SIP/2.0 200 ");
    rig_no_more_events(&rig);
    struct rig_request ack = within("ACK", "ack1", 10, tag);
    rig_request(&rig, &ack);
    rig_next_event(&rig, ZV_SIP_OUT_CONFIRMED);
    rig_fini(&rig);
}

/* The first ACK had come: it is not that the call was never confirmed. */
static void a_reinvite_whose_answer_nobody_acknowledges_means_that_the_call_is_lost(void **state)
{
    struct rig rig;
    char tag[64];
    (void)state;
    open_rig(&rig);
    uint64_t leg = talk_in(&rig, tag);
    struct rig_request reinvite = within("INVITE", "re1", 11, tag);
    reinvite.extra = RIG_CONTACT;
    reinvite.sdp = SDP_B;
    rig_request(&rig, &reinvite);
    rig_next_event(&rig, ZV_SIP_OUT_OFFER);
    assert_int_equal(zv_sip_reply_offer(rig.sip, leg, 200, zv_str(SDP_A), rig.now_us), 0);
    rig_drain(&rig);
    rig_advance(&rig, ZV_SECONDS(32));
    rig_ended(&rig, ZV_SIP_CAUSE_DIALOG_GONE);
    rig_fini(&rig);
}

static void nobody_answers_within_the_bound(void **state)
{
    struct rig rig;
    (void)state;
    open_rig(&rig);
    ring_in(&rig);
    rig_advance(&rig, ZV_SECONDS(239));
    rig_no_more_events(&rig);
    rig_advance(&rig, ZV_SECONDS(1));
    rig_next_sent(&rig, "SIP/2.0 480 ");
    rig_ended(&rig, ZV_SIP_CAUSE_TIMEOUT);
    rig_fini(&rig);
}

static void bye_instead_of_cancel_ends_the_ringing(void **state)
{
    struct rig rig;
    (void)state;
    open_rig(&rig);
    uint64_t leg = ring_in(&rig);
    assert_int_equal(zv_sip_ring(rig.sip, leg, 180, (struct zv_str){0}, rig.now_us), 0);
    rig_drain(&rig);
    rig_next_sent(&rig, "SIP/2.0 180 ");
    struct rig_request bye = within("BYE", "bye1", 11, our_tag(&rig));
    rig_request(&rig, &bye);
    assert_true(rig_has(rig_next_sent(&rig, "SIP/2.0 200 "), "CSeq: 11 BYE"));
    rig_next_sent(&rig, "SIP/2.0 487 ");
    rig_ended(&rig, ZV_SIP_CAUSE_REMOTE_CANCEL);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

/* What is sent to us: the status that answers it, and nothing kept. */
struct refusal {
    const char *method;
    const char *uri; /* NULL: our Contact */
    const char *extra;
    const char *sdp;
    const char *from; /* NULL: the registrar */
    const char *to_tag;
    const char *answer;
    const char *header; /* in the answer; NULL: any */
};

static void what_is_not_for_us_is_refused_without_state(void **state)
{
    static const struct refusal refusals[] = {
        {"INVITE", "sip:nobody@192.0.2.1", RIG_CONTACT, SDP_B, NULL, NULL, "404", NULL},
        {"INVITE", "sip:1001@192.0.2.1", RIG_CONTACT, SDP_B, "198.51.100.1:5060", NULL, "404",
         NULL},
        {"INVITE", "sip:1001@192.0.2.1", RIG_CONTACT, SDP_B, "192.0.2.9:5061", NULL, "404", NULL},
        {"INVITE", "tel:+123", RIG_CONTACT, SDP_B, NULL, NULL, "416", NULL},
        {"INVITE", NULL, RIG_CONTACT "Require: 100rel, foo, bar\r\n", SDP_B, NULL, NULL, "420",
         "Unsupported: foo, bar\r\n"},
        {"INVITE", NULL, "", SDP_B, NULL, NULL, "400", NULL},
        {"INVITE", NULL, RIG_CONTACT "Content-Encoding: gzip\r\n", SDP_B, NULL, NULL, "415",
         "Accept: application/sdp\r\n"},
        {"OPTIONS", NULL, NULL, NULL, NULL, NULL, "200", "Allow: INVITE"},
        {"OPTIONS", "sip:192.0.2.1", NULL, NULL, NULL, NULL, "200",
         "Accept: application/sdp, application/media_control+xml, application/dtmf-relay, "
         "application/dtmf\r\n"},
        {"OPTIONS", "sip:nobody@192.0.2.1", NULL, NULL, NULL, NULL, "404", NULL},
        {"OPTIONS", "sip:192.0.2.1", "Require: foo\r\n", NULL, NULL, NULL, "420",
         "Unsupported: foo\r\n"},
        {"MESSAGE", NULL, NULL, NULL, NULL, NULL, "405", "Allow: INVITE"},
        {"SUBSCRIBE", NULL, NULL, NULL, NULL, NULL, "405", NULL},
        {"NOTIFY", NULL, NULL, NULL, NULL, NULL, "405", NULL},
        {"REFER", NULL, NULL, NULL, NULL, NULL, "405", NULL},
        {"REGISTER", "sip:192.0.2.1", NULL, NULL, NULL, NULL, "405", NULL},
        {"FROBNICATE", NULL, NULL, NULL, NULL, NULL, "501", "Allow: INVITE"},
        {"BYE", NULL, NULL, NULL, NULL, NULL, "481", NULL},
        {"BYE", NULL, NULL, NULL, NULL, "unknown", "481", NULL},
        {"INVITE", NULL, RIG_CONTACT, SDP_B, NULL, "unknown", "481", NULL},
        {"CANCEL", NULL, NULL, NULL, NULL, NULL, "481", NULL},
    };
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(refusals); i++) {
        const struct refusal *c = &refusals[i];
        char start[32];
        struct rig rig;
        open_rig(&rig);
        struct rig_request r = {.method = c->method,
                                .uri = c->uri ? c->uri : contact_uri,
                                .branch = "x",
                                .from_tag = "f",
                                .to_tag = c->to_tag,
                                .call_id = "c",
                                .cseq = 1,
                                .extra = c->extra,
                                .sdp = c->sdp,
                                .from = c->from};
        rig_request(&rig, &r);
        snprintf(start, sizeof(start), "SIP/2.0 %s ", c->answer);
        const struct rig_sent *answer = rig_next_sent(&rig, start);
        if (c->header && !rig_has(answer, c->header))
            fail_msg("%s: no %s in %s", c->method, c->header, answer->text);
        rig_no_more_events(&rig);
        assert_int_equal(rig_counts(&rig).server_transactions, 0);
        assert_int_equal(rig_counts(&rig).dialogs, 0);
        rig_request(&rig, &r); /* the same again: the same answer, To tag and all */
        assert_string_equal(rig_next_sent(&rig, start)->text, answer->text);
        rig_fini(&rig);
    }
}

static void account_is_found_by_its_user_from_its_registrar(void **state)
{
    struct rig rig;
    (void)state;
    open_rig(&rig);
    struct rig_request invite = an_invite();
    invite.uri = "sip:1001@192.0.2.1:5060";
    rig_request(&rig, &invite);
    rig_next_sent(&rig, "SIP/2.0 100 ");
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_INCOMING)->account, RIG_ACCOUNT);
    rig_fini(&rig);
}

static void broken_requests_are_answered_where_they_can_be(void **state)
{
    struct rig rig;
    (void)state;
    open_rig(&rig);
    rig_feed(&rig,
             "INVITE sip:x@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKq\r\n"
             "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: q\r\nCSeq: 1 INVITE\r\n"
             "Content-Length: 99\r\n\r\nshort");
    rig_next_sent(&rig, "SIP/2.0 400 ");
    rig_feed(&rig, "complete rubbish\r\n\r\n");
    rig_feed(&rig, "\r\n\r\n");
    rig_feed(&rig,
             "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKstray\r\n"
             "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\nCall-ID: q\r\nCSeq: 1 INVITE\r\n"
             "Content-Length: 0\r\n\r\n");
    rig_no_more_sent(&rig);
    rig_no_more_events(&rig);
    assert_int_equal(rig_counts(&rig).malformed, 2);
    assert_int_equal(rig_counts(&rig).unmatched, 1);
    rig_fini(&rig);
}

static void merged_request_is_refused(void **state)
{
    struct rig rig;
    (void)state;
    open_rig(&rig);
    ring_in(&rig);
    struct rig_request again = an_invite();
    again.branch = "i2";
    rig_request(&rig, &again);
    rig_next_sent(&rig, "SIP/2.0 482 ");
    rig_no_more_events(&rig);
    rig_fini(&rig);
}

/* Nobody needs the Contact of an ACK or a BYE, nor a Via that another proxy wrote for itself. */
static void what_cannot_be_read_and_is_not_needed_costs_no_call(void **state)
{
    static const char strange[] = "Contact: <sip:1002@my_pbx:5060>\r\n"
                                  "Via: SIP/2.0/UDP my_pbx;branch=ab==, \"\r\n";
    struct rig rig;
    char tag[64];
    (void)state;
    open_rig(&rig);
    struct rig_request invite = an_invite();
    invite.extra = RIG_CONTACT "Via: SIP/2.0/UDP my_pbx;branch=ab==, \"\r\n";
    rig_request(&rig, &invite);
    assert_true(rig_has(rig_next_sent(&rig, "SIP/2.0 100 "), "\r\nVia: SIP/2.0/UDP my_pbx;"));
    uint64_t leg = rig_next_event(&rig, ZV_SIP_OUT_INCOMING)->leg;
    assert_int_equal(zv_sip_accept(rig.sip, leg, zv_str(SDP_A), rig.now_us), 0);
    rig_drain(&rig);
    rig_next_sent(&rig, "SIP/2.0 200 ");
    snprintf(tag, sizeof(tag), "%s", our_tag(&rig));
    struct rig_request ack = within("ACK", "ack1", 10, tag), bye = within("BYE", "b1", 11, tag);
    ack.extra = bye.extra = strange;
    rig_request(&rig, &ack);
    rig_next_event(&rig, ZV_SIP_OUT_CONFIRMED);
    rig_request(&rig, &bye);
    assert_true(rig_has(rig_next_sent(&rig, "SIP/2.0 200 "), ";branch=ab==, \"\r\n"));
    rig_ended(&rig, ZV_SIP_CAUSE_REMOTE_BYE);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

/* A second account of the same gateway at the same registrar; returns its Contact. */
static const char *add_second_account(struct rig *rig)
{
    static char uri[160];
    char contact[160];
    struct zv_sip_account_cfg cfg = {.user = ZV_STR_LIT("1003"),
                                     .password = ZV_STR_LIT("secret1003"),
                                     .domain = ZV_STR_LIT("zvonok.test")};
    assert_int_equal(zv_sip_account_add(rig->sip, RIG_ACCOUNT + 1, &cfg), 0);
    assert_int_equal(zv_sip_register(rig->sip, RIG_ACCOUNT + 1, rig->now_us), 0);
    rig_drain(rig);
    const struct rig_sent *sent = rig_next_sent(rig, "REGISTER ");
    rig_answer(rig, sent,
               &(struct rig_reply){.status = 200, .tag = "r", .extra = "Expires: 300\r\n"});
    rig_next_event(rig, ZV_SIP_OUT_REGISTERED);
    rig_header(sent, ZV_SIP_HEADER_CONTACT, contact, sizeof(contact));
    snprintf(uri, sizeof(uri), "%.*s", (int)strcspn(contact + 1, ">"), contact + 1);
    return uri;
}

/* A proxy forks one INVITE to two accounts: Call-ID, From tag and CSeq are the same in both. */
static void two_accounts_that_are_called_at_once_both_ring(void **state)
{
    struct rig rig;
    char tag[64];
    (void)state;
    open_rig(&rig);
    struct rig_request fork = an_invite();
    fork.uri = add_second_account(&rig);
    fork.branch = "i2";
    uint64_t first = ring_in(&rig);
    rig_request(&rig, &fork);
    rig_next_sent(&rig, "SIP/2.0 100 Trying");
    const struct zv_sip_out *incoming = rig_next_event(&rig, ZV_SIP_OUT_INCOMING);
    uint64_t second = incoming->leg;
    assert_int_equal(incoming->account, RIG_ACCOUNT + 1);
    fork.branch = "i3"; /* each of them by another way once more */
    rig_request(&rig, &fork);
    rig_next_sent(&rig, "SIP/2.0 482 ");
    fork.uri = contact_uri;
    fork.branch = "i4";
    rig_request(&rig, &fork);
    rig_next_sent(&rig, "SIP/2.0 482 ");
    assert_int_equal(zv_sip_accept(rig.sip, second, zv_str(SDP_A), rig.now_us), 0);
    rig_drain(&rig);
    rig_next_sent(&rig, "SIP/2.0 200 ");
    snprintf(tag, sizeof(tag), "%s", our_tag(&rig));
    struct rig_request cancel = an_invite(), ack = within("ACK", "ack2", 10, tag);
    cancel.method = "CANCEL";
    cancel.sdp = NULL;
    rig_request(&rig, &cancel);
    assert_int_equal(rig_ended(&rig, ZV_SIP_CAUSE_REMOTE_CANCEL)->leg, first);
    rig_request(&rig, &ack);
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_CONFIRMED)->leg, second);
    rig_fini(&rig);
}

/* What was refused may be tried again: forwarded on busy, or with a plainer offer after a 488. */
static void a_proxy_may_try_again_what_was_refused(void **state)
{
    struct rig rig;
    (void)state;
    open_rig(&rig);
    struct rig_request again = an_invite();
    again.branch = "i2";
    assert_int_equal(zv_sip_reject(rig.sip, ring_in(&rig), 488, rig.now_us), 0);
    rig_drain(&rig);
    rig_next_sent(&rig, "SIP/2.0 488 ");
    rig_ended(&rig, ZV_SIP_CAUSE_LOCAL);
    rig_request(&rig, &again);
    rig_next_sent(&rig, "SIP/2.0 100 Trying");
    uint64_t leg = rig_next_event(&rig, ZV_SIP_OUT_INCOMING)->leg;
    again.branch = "i3";
    rig_request(&rig, &again);
    rig_next_sent(&rig, "SIP/2.0 482 ");
    assert_int_equal(zv_sip_reject(rig.sip, leg, 486, rig.now_us), 0);
    rig_drain(&rig);
    rig_next_sent(&rig, "SIP/2.0 486 ");
    rig_ended(&rig, ZV_SIP_CAUSE_LOCAL);
    again.branch = "i4";
    again.uri = add_second_account(&rig);
    rig_request(&rig, &again);
    rig_next_sent(&rig, "SIP/2.0 100 Trying");
    rig_fini(&rig);
}

static void full_table_says_when_to_come_again(void **state)
{
    struct rig rig;
    (void)state;
    rig_init_cfg(&rig, (struct zv_sip_cfg){.max_legs = 1});
    rig_register(&rig);
    char contact[160];
    rig_header(&rig.sent[0], ZV_SIP_HEADER_CONTACT, contact, sizeof(contact));
    snprintf(contact_uri, sizeof(contact_uri), "%.*s", (int)strcspn(contact + 1, ">"), contact + 1);
    ring_in(&rig);
    struct rig_request second = an_invite();
    second.branch = "i2";
    second.call_id = "call-2";
    rig_request(&rig, &second);
    assert_true(rig_has(rig_next_sent(&rig, "SIP/2.0 503 "), "Retry-After: 10\r\n"));
    rig_no_more_events(&rig);
    assert_int_equal(rig_counts(&rig).server_transactions, 1);
    struct zv_sip_invite_cfg cfg = {
        .account = RIG_ACCOUNT, .sdp = ZV_STR_LIT(SDP_A), .callee = ZV_STR_LIT("1002")};
    assert_int_equal(zv_sip_invite(rig.sip, RIG_CALL, &cfg, rig.now_us), ZV_E_LIMIT);
    rig_fini(&rig);
}

static void responses_go_where_via_says(void **state)
{
    struct rig rig;
    (void)state;
    open_rig(&rig);
    rig_feed_from(&rig, "198.51.100.4:33333",
                  "OPTIONS sip:192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
                  "10.0.0.4:5062;branch=z9hG4bKq\r\n"
                  "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: q\r\nCSeq: 1 OPTIONS\r\n"
                  "Content-Length: 0\r\n\r\n");
    const struct rig_sent *sent = rig_next_sent(&rig, "SIP/2.0 200 ");
    char text[ZV_ADDR_TEXT_CAP];
    assert_string_equal(zv_addr_write(&sent->flow.remote, text), "198.51.100.4:5062");
    assert_true(rig_has(sent, "received=198.51.100.4"));
    rig_feed_from(&rig, "198.51.100.4:33333",
                  "OPTIONS sip:192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
                  "10.0.0.4:5062;rport;branch=z9hG4bKr\r\n"
                  "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: q\r\nCSeq: 2 OPTIONS\r\n"
                  "Content-Length: 0\r\n\r\n");
    sent = rig_next_sent(&rig, "SIP/2.0 200 ");
    assert_string_equal(zv_addr_write(&sent->flow.remote, text), "198.51.100.4:33333");
    assert_true(rig_has(sent, "rport=33333"));
    rig_fini(&rig);
}

static void requests_in_the_dialog_are_answered(void **state)
{
    static const struct {
        const char *method, *answer, *body;
    } cases[] = {
        {"OPTIONS", "SIP/2.0 200 ", NULL},    {"INFO", "SIP/2.0 200 ", NULL},
        {"INFO", "SIP/2.0 415 ", SDP_B},      {"NOTIFY", "SIP/2.0 405 ", NULL},
        {"REFER", "SIP/2.0 405 ", NULL},      {"PRACK", "SIP/2.0 400 ", NULL},
        {"FROBNICATE", "SIP/2.0 501 ", NULL}, {"UPDATE", "SIP/2.0 200 ", NULL},
    };
    struct rig rig;
    char tag[64], branch[16];
    (void)state;
    open_rig(&rig);
    talk_in(&rig, tag);
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++) {
        snprintf(branch, sizeof(branch), "d%zu", i);
        struct rig_request r = within(cases[i].method, branch, 11 + (unsigned)i, tag);
        r.sdp = cases[i].body;
        rig_request(&rig, &r);
        const struct rig_sent *answer = rig_next_sent(&rig, cases[i].answer);
        rig_request(&rig, &r);
        assert_string_equal(rig_next_sent(&rig, cases[i].answer)->text, answer->text);
    }
    struct rig_request late = within("OPTIONS", "late", 11, tag);
    rig_request(&rig, &late);
    rig_next_sent(&rig, "SIP/2.0 500 "); /* CSeq out of order (§12.2.2) */
    struct rig_request stranger = within("BYE", "evil", 99, tag);
    stranger.from_tag = "other";
    rig_request(&rig, &stranger);
    rig_next_sent(&rig, "SIP/2.0 481 ");
    rig_no_more_events(&rig);
    rig_fini(&rig);
}

static void their_offer_is_handed_up_and_answered(void **state)
{
    struct rig rig;
    char tag[64];
    (void)state;
    open_rig(&rig);
    uint64_t leg = talk_in(&rig, tag);
    struct rig_request offer = within("INVITE", "o1", 11, tag);
    offer.extra = "Contact: <sip:1002@192.0.2.44:5060>\r\n";
    offer.sdp = SDP_B;
    rig_request(&rig, &offer);
    rig_next_sent(&rig, "SIP/2.0 100 ");
    const struct zv_sip_out *out = rig_next_event(&rig, ZV_SIP_OUT_OFFER);
    assert_int_equal(out->leg, leg);
    assert_false(out->by_update);
    assert_true(zv_str_is(out->sdp, SDP_B));
    struct rig_request second = within("INVITE", "o2", 12, tag);
    second.extra = RIG_CONTACT;
    rig_request(&rig, &second); /* while the first waits */
    assert_true(rig_has(rig_next_sent(&rig, "SIP/2.0 500 "), "Retry-After: "));
    assert_int_equal(zv_sip_reply_offer(rig.sip, leg, 200, zv_str(SDP_A), rig.now_us), 0);
    assert_int_equal(zv_sip_reply_offer(rig.sip, leg, 200, zv_str(SDP_A), rig.now_us), ZV_E_STATE);
    rig_drain(&rig);
    const struct rig_sent *ok = rig_next_sent(&rig, "SIP/2.0 200 ");
    assert_true(rig_has(ok, "CSeq: 11 INVITE"));
    assert_true(rig_has(ok, "\r\n\r\n" SDP_A));
    struct rig_request third = within("INVITE", "o3", 13, tag);
    third.extra = RIG_CONTACT;
    rig_request(&rig, &third); /* before the ACK */
    rig_next_sent(&rig, "SIP/2.0 491 ");
    struct rig_request refused = within("ACK", "o2", 12, tag);
    rig_request(&rig, &refused);
    refused = within("ACK", "o3", 13, tag);
    rig_request(&rig, &refused);
    rig_advance(&rig, ZV_MS(500));
    rig_next_sent(&rig, "SIP/2.0 200 "); /* repeated until its ACK */
    rig_no_more_sent(&rig);
    struct rig_request ack = within("ACK", "oa", 11, tag);
    rig_request(&rig, &ack);
    rig_next_event(&rig, ZV_SIP_OUT_CONFIRMED);
    rig_advance(&rig, ZV_SECONDS(40));
    rig_no_more_sent(&rig);
    assert_int_equal(zv_sip_hangup(rig.sip, leg, rig.now_us), 0);
    rig_drain(&rig);
    rig_next_sent(&rig, "BYE sip:1002@192.0.2.44:5060 "); /* the new Contact */
    rig_fini(&rig);
}

static void an_offer_of_ours_waits_for_the_end_of_theirs_and_may_be_replaced(void **state)
{
    struct rig rig;
    char tag[64];
    (void)state;
    open_rig(&rig);
    uint64_t leg = talk_in(&rig, tag);
    struct rig_request offer = within("INVITE", "o1", 11, tag);
    offer.extra = RIG_CONTACT;
    offer.sdp = SDP_B;
    rig_request(&rig, &offer);
    rig_next_sent(&rig, "SIP/2.0 100 ");
    rig_next_event(&rig, ZV_SIP_OUT_OFFER);
    assert_int_equal(zv_sip_reoffer(rig.sip, leg, zv_str(SDP_A), rig.now_us), 0);
    assert_int_equal(zv_sip_reply_offer(rig.sip, leg, 200, zv_str(SDP_A), rig.now_us), 0);
    assert_int_equal(zv_sip_reoffer(rig.sip, leg, zv_str(SDP_B), rig.now_us), 0);
    rig_drain(&rig);
    rig_next_sent(&rig, "SIP/2.0 200 ");
    for (int i = 0; i < 3; i++) { /* our 2xx is repeated, and nothing else is said before its ACK */
        rig_advance_until_sent(&rig);
        rig_next_sent(&rig, "SIP/2.0 200 ");
    }
    struct rig_request ack = within("ACK", "oa", 11, tag);
    rig_request(&rig, &ack);
    rig_next_event(&rig, ZV_SIP_OUT_CONFIRMED);
    rig_advance_until_sent(&rig);
    const struct rig_sent *ours = rig_next_sent(&rig, "INVITE ");
    assert_true(rig_has(ours, "\r\n\r\n" SDP_B)); /* the one that was meant last */
    assert_int_equal(zv_sip_reoffer(rig.sip, leg, zv_str(SDP_B), rig.now_us), ZV_E_STATE);
    rig_answer_status(&rig, ours, 200, "b");
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_OFFER_RESULT)->status, 200);
    rig_fini(&rig);
}

static void update_is_an_offer_without_ack(void **state)
{
    struct rig rig;
    char tag[64];
    (void)state;
    open_rig(&rig);
    uint64_t leg = talk_in(&rig, tag);
    struct rig_request offer = within("UPDATE", "u1", 11, tag);
    offer.extra = RIG_CONTACT;
    offer.sdp = SDP_B;
    rig_request(&rig, &offer);
    assert_true(rig_next_event(&rig, ZV_SIP_OUT_OFFER)->by_update);
    rig_no_more_sent(&rig);
    assert_int_equal(zv_sip_reply_offer(rig.sip, leg, 488, (struct zv_str){0}, rig.now_us), 0);
    rig_drain(&rig);
    rig_next_sent(&rig, "SIP/2.0 488 ");
    offer.branch = "u2";
    offer.cseq = 12;
    rig_request(&rig, &offer);
    rig_next_event(&rig, ZV_SIP_OUT_OFFER);
    assert_int_equal(zv_sip_reply_offer(rig.sip, leg, 200, zv_str(SDP_A), rig.now_us), 0);
    rig_drain(&rig);
    assert_true(rig_has(rig_next_sent(&rig, "SIP/2.0 200 "), "\r\n\r\n" SDP_A));
    rig_advance(&rig, ZV_SECONDS(40));
    rig_no_more_sent(&rig);
    rig_no_more_events(&rig);
    rig_fini(&rig);
}

static void offer_that_nobody_answers_is_refused_after_20_s(void **state)
{
    static const struct {
        const char *method, *answer;
    } cases[] = {{"INVITE", "SIP/2.0 500 "}, {"UPDATE", "SIP/2.0 504 "}};
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++) {
        struct rig rig;
        char tag[64];
        open_rig(&rig);
        uint64_t leg = talk_in(&rig, tag);
        struct rig_request offer = within(cases[i].method, "u1", 11, tag);
        offer.extra = RIG_CONTACT;
        offer.sdp = SDP_B;
        rig_request(&rig, &offer);
        rig_next_event(&rig, ZV_SIP_OUT_OFFER);
        rig.sent_seen = rig.sent_count;
        rig_advance(&rig, ZV_SECONDS(20));
        rig_next_sent(&rig, cases[i].answer);
        assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_OFFER_GONE)->leg, leg);
        assert_int_equal(zv_sip_reply_offer(rig.sip, leg, 200, zv_str(SDP_A), rig.now_us),
                         ZV_E_STATE);
        rig_no_more_events(&rig);
        rig_fini(&rig);
    }
}

static void cancelled_offer_leaves_the_call(void **state)
{
    struct rig rig;
    char tag[64];
    (void)state;
    open_rig(&rig);
    uint64_t leg = talk_in(&rig, tag);
    struct rig_request offer = within("INVITE", "o1", 11, tag);
    offer.extra = RIG_CONTACT;
    offer.sdp = SDP_B;
    rig_request(&rig, &offer);
    rig_next_event(&rig, ZV_SIP_OUT_OFFER);
    rig_next_sent(&rig, "SIP/2.0 100 ");
    struct rig_request cancel = within("CANCEL", "o1", 11, tag);
    rig_request(&rig, &cancel);
    rig_next_sent(&rig, "SIP/2.0 200 ");
    rig_next_sent(&rig, "SIP/2.0 487 ");
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_OFFER_GONE)->leg, leg);
    assert_int_equal(zv_sip_reply_offer(rig.sip, leg, 200, zv_str(SDP_A), rig.now_us), ZV_E_STATE);
    rig_no_more_events(&rig);
    assert_int_equal(rig_counts(&rig).legs, 1);
    rig_fini(&rig);
}

static void bye_during_their_offer_answers_both(void **state)
{
    struct rig rig;
    char tag[64];
    (void)state;
    open_rig(&rig);
    talk_in(&rig, tag);
    struct rig_request offer = within("INVITE", "o1", 11, tag);
    offer.extra = RIG_CONTACT;
    offer.sdp = SDP_B;
    rig_request(&rig, &offer);
    rig_next_event(&rig, ZV_SIP_OUT_OFFER);
    rig_next_sent(&rig, "SIP/2.0 100 ");
    struct rig_request bye = within("BYE", "b1", 12, tag);
    rig_request(&rig, &bye);
    rig_next_sent(&rig, "SIP/2.0 200 ");
    rig_next_sent(&rig, "SIP/2.0 487 ");
    rig_ended(&rig, ZV_SIP_CAUSE_REMOTE_BYE);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void offerless_call_gets_our_offer_and_an_answer_in_ack(void **state)
{
    struct rig rig;
    (void)state;
    open_rig(&rig);
    struct rig_request invite = an_invite();
    invite.sdp = NULL;
    rig_request(&rig, &invite);
    rig_next_sent(&rig, "SIP/2.0 100 ");
    const struct zv_sip_out *out = rig_next_event(&rig, ZV_SIP_OUT_INCOMING);
    assert_int_equal(out->sdp.len, 0);
    assert_int_equal(zv_sip_accept(rig.sip, out->leg, zv_str(SDP_A), rig.now_us), 0);
    rig_drain(&rig);
    rig_next_sent(&rig, "SIP/2.0 200 ");
    struct rig_request ack = within("ACK", "ack1", 10, our_tag(&rig));
    ack.sdp = SDP_B;
    rig_request(&rig, &ack);
    assert_true(zv_str_is(rig_next_event(&rig, ZV_SIP_OUT_CONFIRMED)->sdp, SDP_B));
    rig_fini(&rig);
}

static void record_route_comes_back_and_is_used(void **state)
{
    struct rig rig;
    (void)state;
    open_rig(&rig);
    struct rig_request invite = an_invite();
    invite.extra =
        "Record-Route: <sip:192.0.2.9;lr>\r\nRecord-Route: <sip:far.test;lr>\r\n" RIG_CONTACT;
    rig_request(&rig, &invite);
    rig_next_sent(&rig, "SIP/2.0 100 ");
    uint64_t leg = rig_next_event(&rig, ZV_SIP_OUT_INCOMING)->leg;
    assert_int_equal(zv_sip_accept(rig.sip, leg, zv_str(SDP_A), rig.now_us), 0);
    rig_drain(&rig);
    assert_true(rig_has(rig_next_sent(&rig, "SIP/2.0 200 "),
                        "Record-Route: <sip:192.0.2.9;lr>\r\nRecord-Route: <sip:far.test;lr>\r\n"));
    struct rig_request ack = within("ACK", "ack1", 10, our_tag(&rig));
    rig_request(&rig, &ack);
    rig_next_event(&rig, ZV_SIP_OUT_CONFIRMED);
    size_t asked = rig.resolve_count;
    assert_int_equal(zv_sip_hangup(rig.sip, leg, rig.now_us), 0);
    rig_drain(&rig);
    assert_int_equal(rig.resolve_count, asked); /* the next hop is where the INVITE came from */
    assert_true(rig_has(rig_next_sent(&rig, "BYE sip:1002@192.0.2.9:5060 "),
                        "Route: <sip:192.0.2.9;lr>\r\nRoute: <sip:far.test;lr>\r\n"));
    rig_fini(&rig);
}

static void commands_that_do_not_fit_are_refused(void **state)
{
    struct rig rig;
    (void)state;
    open_rig(&rig);
    uint64_t leg = ring_in(&rig);
    struct zv_str none = {0};
    assert_int_equal(zv_sip_ring(rig.sip, leg, 200, none, rig.now_us), ZV_E_INVAL);
    assert_int_equal(zv_sip_reject(rig.sip, leg, 200, rig.now_us), ZV_E_INVAL);
    assert_int_equal(zv_sip_reoffer(rig.sip, leg, zv_str(SDP_A), rig.now_us), ZV_E_STATE);
    assert_int_equal(zv_sip_reply_offer(rig.sip, leg, 200, none, rig.now_us), ZV_E_STATE);
    assert_int_equal(zv_sip_ring(rig.sip, 12345, 180, none, rig.now_us), ZV_E_GONE);
    assert_int_equal(zv_sip_accept(rig.sip, 12345, none, rig.now_us), ZV_E_GONE);
    assert_int_equal(zv_sip_reject(rig.sip, 12345, 486, rig.now_us), ZV_E_GONE);
    assert_int_equal(zv_sip_hangup(rig.sip, 12345, rig.now_us), ZV_E_GONE);
    assert_int_equal(zv_sip_hangup(rig.sip, leg, rig.now_us), 0);
    rig_drain(&rig);
    rig_next_sent(&rig, "SIP/2.0 480 ");
    rig_ended(&rig, ZV_SIP_CAUSE_LOCAL);
    rig_fini(&rig);
}

/* Whoever was talked to learns the Contact of that dialog, not the address of the account. */
static void the_contact_of_a_call_reaches_nobody_else(void **state)
{
    struct rig rig;
    char registered[160], contact[160], uri[160];
    (void)state;
    open_rig(&rig);
    snprintf(registered, sizeof(registered), "%s", contact_uri);
    uint64_t leg = ring_in(&rig);
    assert_int_equal(zv_sip_ring(rig.sip, leg, 180, zv_str(""), rig.now_us), 0);
    rig_drain(&rig);
    const struct rig_sent *ringing = rig_next_sent(&rig, "SIP/2.0 180 ");
    rig_header(ringing, ZV_SIP_HEADER_CONTACT, contact, sizeof(contact));
    snprintf(uri, sizeof(uri), "%.*s", (int)strcspn(contact + 1, ">"), contact + 1);
    assert_string_not_equal(uri, registered);
    struct rig_request second = an_invite();
    second.uri = uri;
    second.branch = "i2";
    second.call_id = "call-2@host";
    rig_request(&rig, &second);
    rig_next_sent(&rig, "SIP/2.0 404 ");
    rig_no_more_events(&rig);
    rig_fini(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_contact_of_a_call_reaches_nobody_else),
        cmocka_unit_test(incoming_call_is_rung_accepted_and_ended),
        cmocka_unit_test(a_call_to_sips_comes_by_tls_or_not_at_all),
        cmocka_unit_test(answer_is_repeated_until_32_s_and_then_ended),
        cmocka_unit_test(hangup_before_the_ack_waits_for_it),
        cmocka_unit_test(caller_cancels),
        cmocka_unit_test(cancel_after_the_answer_changes_nothing),
        cmocka_unit_test(a_reinvite_whose_answer_nobody_acknowledges_means_that_the_call_is_lost),
        cmocka_unit_test(nobody_answers_within_the_bound),
        cmocka_unit_test(bye_instead_of_cancel_ends_the_ringing),
        cmocka_unit_test(what_is_not_for_us_is_refused_without_state),
        cmocka_unit_test(account_is_found_by_its_user_from_its_registrar),
        cmocka_unit_test(broken_requests_are_answered_where_they_can_be),
        cmocka_unit_test(what_cannot_be_read_and_is_not_needed_costs_no_call),
        cmocka_unit_test(merged_request_is_refused),
        cmocka_unit_test(two_accounts_that_are_called_at_once_both_ring),
        cmocka_unit_test(a_proxy_may_try_again_what_was_refused),
        cmocka_unit_test(full_table_says_when_to_come_again),
        cmocka_unit_test(responses_go_where_via_says),
        cmocka_unit_test(requests_in_the_dialog_are_answered),
        cmocka_unit_test(their_offer_is_handed_up_and_answered),
        cmocka_unit_test(an_offer_of_ours_waits_for_the_end_of_theirs_and_may_be_replaced),
        cmocka_unit_test(update_is_an_offer_without_ack),
        cmocka_unit_test(offer_that_nobody_answers_is_refused_after_20_s),
        cmocka_unit_test(cancelled_offer_leaves_the_call),
        cmocka_unit_test(bye_during_their_offer_answers_both),
        cmocka_unit_test(offerless_call_gets_our_offer_and_an_answer_in_ack),
        cmocka_unit_test(record_route_comes_back_and_is_used),
        cmocka_unit_test(commands_that_do_not_fit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
