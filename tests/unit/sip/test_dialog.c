/* Dialogs as values: made, refreshed, written down and read back; a call that goes on in another
 * stack. And our own re-INVITE. */
#include "rig.h"
#include "support/flow.h"

static struct zv_sip_dialog a_dialog(void)
{
    struct zv_sip_dialog dialog = {.is_outgoing = true,
                                   .local_cseq = 4,
                                   .remote_cseq = 0,
                                   .has_remote_cseq = true,
                                   .allows_update = true,
                                   .is_refresher = true,
                                   .session_expires_s = 1800,
                                   .flow = rig_flow("192.0.2.9:5060"),
                                   .call_id = "call@host",
                                   .local_tag = "lt",
                                   .remote_tag = "rt",
                                   .local_uri = "sip:1001@zvonok.test",
                                   .remote_uri = "sip:1002@zvonok.test",
                                   .remote_target = "sip:1002@192.0.2.44:5070;x=y",
                                   .contact_user = "token",
                                   .routes = "<sip:192.0.2.9;lr>,<sip:[2001:db8::1]:5090;lr>"};
    return dialog;
}

static void dialog_survives_being_written_down(void **state)
{
    char text[ZV_SIP_DIALOG_TEXT_CAP], again[ZV_SIP_DIALOG_TEXT_CAP];
    struct zv_sip_dialog dialog = a_dialog(), back;
    (void)state;
    struct zv_buf buf = zv_buf(text, sizeof(text));
    zv_sip_dialog_write(&dialog, &buf);
    assert_false(buf.overflow);
    assert_int_equal(zv_sip_dialog_read(zv_buf_str(&buf), &back), 0);
    struct zv_buf buf2 = zv_buf(again, sizeof(again));
    zv_sip_dialog_write(&back, &buf2);
    assert_true(zv_str_eq(zv_buf_str(&buf), zv_buf_str(&buf2)));
    assert_string_equal(back.routes, dialog.routes);
    assert_true(flow_eq(&back.flow, &dialog.flow));
    assert_true(back.has_remote_cseq);
    assert_true(back.allows_update);
    assert_true(back.is_refresher);
    assert_int_equal(back.session_expires_s, 1800);
}

static void longest_dialog_fits_its_cap(void **state)
{
    char text[ZV_SIP_DIALOG_TEXT_CAP];
    struct zv_sip_dialog d = a_dialog();
    (void)state;
    memset(d.call_id, 'c', sizeof(d.call_id) - 1);
    memset(d.local_tag, 't', sizeof(d.local_tag) - 1);
    memset(d.remote_tag, 't', sizeof(d.remote_tag) - 1);
    memset(d.local_uri, 'u', sizeof(d.local_uri) - 1);
    memset(d.remote_uri, 'u', sizeof(d.remote_uri) - 1);
    memset(d.remote_target, 'u', sizeof(d.remote_target) - 1);
    memset(d.contact_user, 'u', sizeof(d.contact_user) - 1);
    memset(d.routes, 'r', sizeof(d.routes) - 1);
    d.local_cseq = d.remote_cseq = d.session_expires_s = UINT32_MAX;
    d.is_refresher = false;
    struct zv_buf buf = zv_buf(text, sizeof(text));
    zv_sip_dialog_write(&d, &buf);
    assert_false(buf.overflow);
}

static void damaged_text_is_refused(void **state)
{
    static const struct {
        const char *find, *replace;
    } damages[] = {
        {"zvonok-dialog 1", "zvonok-dialog 2"},
        {"direction out", "direction up"},
        {"local-cseq 4", "local-cseq 4294967296"},
        {"local-cseq 4", "local-cseq 2147483648"},
        {"flow UDP", "flow XXX"},
        {"192.0.2.1:5060", "192.0.2.1"},
        {"call-id call@host", "call-id call host"},
        {"local-tag lt", "local-tag l t"},
        {"remote-target sip:", "remote-target tel:"},
        {"remote-target sip:1002@", "remote-target sip:1002 @"},
        {"contact-user token", "contact-user to>ken"},
        {"routes <sip:192.0.2.9;lr>", "routes <sip:192.0.2.9;lr"},
        {"routes ", "roots "},
        {"local-uri sip:1001@zvonok.test\n", "\n"},
        {"allows UPDATE", "allows REFER"},
        {"session-expires 1800 ours", "session-expires 1800 his"},
        {"session-expires 1800 ours", "session-expires 1800"},
        {"session-expires 1800 ours", "session-expires 89 ours"},
        {"session-expires 1800 ours", "session-expires 1800 ours or theirs"},
    };
    char text[ZV_SIP_DIALOG_TEXT_CAP];
    struct zv_sip_dialog dialog = a_dialog(), back;
    (void)state;
    struct zv_buf buf = zv_buf(text, sizeof(text));
    zv_sip_dialog_write(&dialog, &buf);
    assert_non_null(zv_buf_cstr(&buf));
    for (size_t i = 0; i < ZV_ARRAY_LEN(damages); i++) {
        char damaged[ZV_SIP_DIALOG_TEXT_CAP + 64];
        char *at = strstr(text, damages[i].find);
        assert_non_null(at);
        snprintf(damaged, sizeof(damaged), "%.*s%s%s", (int)(at - text), text, damages[i].replace,
                 at + strlen(damages[i].find));
        if (zv_sip_dialog_read(zv_str(damaged), &back) != ZV_E_PARSE)
            fail_msg("accepted: %s", damages[i].replace);
    }
    /* Cut anywhere, it reads or it does not, but never beyond its end. */
    for (size_t len = 0; len < buf.len; len++) {
        char *part = malloc(len ? len : 1);
        memcpy(part, text, len);
        int err = zv_sip_dialog_read(zv_str_n(part, len), &back);
        assert_true(err == 0 || err == ZV_E_PARSE);
        free(part);
    }
}

static void next_hop_is_the_first_route_or_the_target(void **state)
{
    struct zv_sip_dialog dialog = a_dialog();
    struct zv_sip_dialog_hop hop;
    (void)state;
    assert_int_equal(zv_sip_dialog_next_hop(&dialog, &hop), 0);
    assert_true(hop.is_flow);
    strcpy(dialog.routes, "<sip:192.0.2.9:5061;lr>");
    assert_int_equal(zv_sip_dialog_next_hop(&dialog, &hop), 0);
    assert_false(hop.is_flow);
    strcpy(dialog.routes, "<sip:192.0.2.9;transport=tcp;lr>");
    assert_int_equal(zv_sip_dialog_next_hop(&dialog, &hop), 0);
    assert_false(hop.is_flow);
    assert_int_equal(hop.transport, ZV_SIP_TCP);
    dialog.routes[0] = '\0';
    assert_int_equal(zv_sip_dialog_next_hop(&dialog, &hop), 0);
    assert_true(zv_str_is(hop.host, "192.0.2.44"));
    assert_int_equal(hop.port, 5070);
}

static void a_dialog_that_began_by_tls_goes_on_by_tls(void **state)
{
    static const struct {
        const char *route;
        enum zv_sip_transport transport;
    } cases[] = {{"<sip:192.0.2.9:5081;lr>", ZV_SIP_TLS},
                 {"<sip:proxy.example;lr>", ZV_SIP_TLS},
                 {"<sips:proxy.example;lr>", ZV_SIP_TLS},
                 {"<sip:proxy.example;transport=tcp;lr>", ZV_SIP_TCP}}; /* it says so itself */
    struct zv_sip_dialog dialog = a_dialog();
    struct zv_sip_dialog_hop hop;
    (void)state;
    dialog.flow.transport = ZV_SIP_TLS;
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++) {
        strcpy(dialog.routes, cases[i].route);
        assert_int_equal(zv_sip_dialog_next_hop(&dialog, &hop), 0);
        assert_int_equal(hop.transport, cases[i].transport);
    }
}

/* The call is set up in one stack and ended by another that knows nothing but the text. */
static void call_is_ended_by_another_process(void **state)
{
    char text[ZV_SIP_DIALOG_TEXT_CAP];
    struct zv_sip_dialog dialog, back;
    struct rig first, second;
    (void)state;
    rig_init(&first);
    rig_add_account(&first);
    assert_int_equal(zv_sip_leg_dialog(first.sip, RIG_CALL, &dialog), ZV_E_GONE);
    const struct rig_sent *invite = rig_invite(&first);
    assert_int_equal(zv_sip_leg_dialog(first.sip, RIG_CALL, &dialog), ZV_E_STATE);
    rig_answer(&first, invite,
               &(struct rig_reply){.status = 200,
                                   .tag = "b",
                                   .extra = "Record-Route: <sip:192.0.2.9;lr>\r\n" RIG_CONTACT,
                                   .sdp = SDP_B});
    char call_id[64], from[128];
    rig_header(invite, ZV_SIP_HEADER_CALL_ID, call_id, sizeof(call_id));
    rig_header(invite, ZV_SIP_HEADER_FROM, from, sizeof(from));
    assert_int_equal(zv_sip_leg_dialog(first.sip, RIG_CALL, &dialog), 0);
    struct zv_buf buf = zv_buf(text, sizeof(text));
    zv_sip_dialog_write(&dialog, &buf);
    rig_fini(&first);

    rig_init(&second);
    assert_int_equal(zv_sip_dialog_read(zv_buf_str(&buf), &back), 0);
    assert_int_equal(zv_sip_restore_leg(second.sip, 77, 99, &back, second.now_us), ZV_E_GONE);
    assert_int_equal(zv_sip_restore_leg(second.sip, 77, 0, &back, second.now_us), 0);
    assert_int_equal(zv_sip_restore_leg(second.sip, 78, 0, &back, second.now_us), ZV_E_EXISTS);
    struct rig_request options = {.method = "OPTIONS",
                                  .uri = "sip:x@192.0.2.1",
                                  .branch = "o",
                                  .from_tag = "b",
                                  .to_tag = strstr(from, "tag=") + 4,
                                  .call_id = call_id,
                                  .cseq = 1};
    rig_request(&second, &options);
    rig_next_sent(&second, "SIP/2.0 200 OK");
    assert_int_equal(zv_sip_hangup(second.sip, 77, second.now_us), 0);
    rig_drain(&second);
    const struct rig_sent *bye = rig_next_sent(&second, "BYE sip:1002@192.0.2.9:5060 SIP/2.0");
    assert_true(rig_has(bye, "Route: <sip:192.0.2.9;lr>"));
    assert_true(rig_has(bye, "CSeq: 2 BYE"));
    assert_true(rig_has(bye, call_id));
    assert_true(rig_has(bye, strstr(from, "<sip:1001@")));
    rig_answer_status(&second, bye, 200, "b");
    rig_ended(&second, ZV_SIP_CAUSE_LOCAL);
    rig_assert_empty(&second);
    rig_fini(&second);
}

static const struct rig_sent *reoffer(struct rig *rig)
{
    assert_int_equal(zv_sip_reoffer(rig->sip, RIG_CALL, zv_str(SDP_B), rig->now_us), 0);
    assert_int_equal(zv_sip_reoffer(rig->sip, RIG_CALL, zv_str(SDP_B), rig->now_us), ZV_E_STATE);
    rig_drain(rig);
    const struct rig_sent *sent = rig_next_sent(rig, "INVITE sip:1002@192.0.2.9:5060 SIP/2.0");
    assert_true(rig_has(sent, "\r\n\r\n" SDP_B));
    assert_true(rig_has(sent, "Contact: <sip:"));
    assert_true(rig_has(sent, "Supported: timer\r\n")); /* no 100rel: nobody would PRACK */
    return sent;
}

static void our_offer_is_answered_and_acked(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    rig_talk(&rig);
    const struct rig_sent *offer = reoffer(&rig);
    struct rig_reply ok = {
        .status = 200, .tag = "b", .extra = "Contact: <sip:1002@192.0.2.9:5062>\r\n", .sdp = SDP_A};
    rig_answer(&rig, offer, &ok);
    const struct rig_sent *ack = rig_next_sent(&rig, "ACK sip:1002@192.0.2.9:5062 ");
    assert_true(rig_has(ack, "CSeq: 2 ACK"));
    const struct zv_sip_out *out = rig_next_event(&rig, ZV_SIP_OUT_OFFER_RESULT);
    assert_int_equal(out->status, 200);
    assert_true(zv_str_is(out->sdp, SDP_A));
    rig_answer(&rig, offer, &ok);
    assert_string_equal(rig_next_sent(&rig, "ACK ")->text, ack->text);
    rig_no_more_events(&rig);
    rig_fini(&rig);
}

static void late_first_answer_disturbs_no_later_offer(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    const struct rig_sent *invite = rig_talk(&rig);
    rig_answer(&rig, reoffer(&rig),
               &(struct rig_reply){.status = 200, .tag = "b", .extra = RIG_CONTACT, .sdp = SDP_A});
    rig_next_sent(&rig, "ACK ");
    rig_next_event(&rig, ZV_SIP_OUT_OFFER_RESULT);
    rig_answer(&rig, invite,
               &(struct rig_reply){.status = 200, .tag = "b", .extra = RIG_CONTACT, .sdp = SDP_B});
    rig_no_more_sent(&rig);
    rig_no_more_events(&rig);
    assert_int_equal(rig_counts(&rig).dialogs, 1);
    rig_fini(&rig);
}

static void refused_offer_leaves_the_call(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    rig_talk(&rig);
    rig_answer_status(&rig, reoffer(&rig), 488, "b");
    rig_next_sent(&rig, "ACK ");
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_OFFER_RESULT)->status, 488);
    assert_int_equal(rig_counts(&rig).legs, 1);
    rig_answer_status(&rig, reoffer(&rig), 200, "b");
    rig_fini(&rig);
}

static void glare_is_repeated_after_its_pause(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    rig_talk(&rig);
    rig_answer_status(&rig, reoffer(&rig), 491, "b");
    rig_next_sent(&rig, "ACK ");
    rig_advance(&rig, ZV_MS(2099)); /* 2.1-4 s: the Call-ID is ours (§14.1) */
    rig_no_more_sent(&rig);
    int64_t longest_us = rig.now_us + ZV_MS(1901);
    rig_advance_until_sent(&rig);
    assert_true(rig.now_us <= longest_us);
    rig_answer(&rig, rig_next_sent(&rig, "INVITE "),
               &(struct rig_reply){.status = 200, .tag = "b", .extra = RIG_CONTACT, .sdp = SDP_A});
    rig_next_sent(&rig, "ACK ");
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_OFFER_RESULT)->status, 200);
    rig_no_more_events(&rig);
    rig_fini(&rig);
}

static void endless_glare_is_handed_up(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    rig_talk(&rig);
    rig_answer_status(&rig, reoffer(&rig), 491, "b");
    for (int i = 0; i < 4; i++) {
        rig_next_sent(&rig, "ACK ");
        rig_advance_until_sent(&rig);
        rig_answer_status(&rig, rig_next_sent(&rig, "INVITE "), 491, "b");
    }
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_OFFER_RESULT)->status, 491);
    rig_no_more_events(&rig);
    rig_fini(&rig);
}

static void their_offer_meets_ours(void **state)
{
    struct rig rig;
    char call_id[64], from[128];
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    const struct rig_sent *invite = rig_talk(&rig);
    rig_header(invite, ZV_SIP_HEADER_CALL_ID, call_id, sizeof(call_id));
    rig_header(invite, ZV_SIP_HEADER_FROM, from, sizeof(from));
    const struct rig_sent *ours = reoffer(&rig);
    struct rig_request theirs = {.method = "INVITE",
                                 .uri = "sip:x@192.0.2.1",
                                 .branch = "g1",
                                 .from_tag = "b",
                                 .to_tag = strstr(from, "tag=") + 4,
                                 .call_id = call_id,
                                 .cseq = 1,
                                 .extra = RIG_CONTACT,
                                 .sdp = SDP_A};
    rig_request(&rig, &theirs);
    rig_next_sent(&rig, "SIP/2.0 491 ");
    rig_answer_status(&rig, ours, 491, "b");
    rig_next_sent(&rig, "ACK ");
    theirs.branch = "g2";
    theirs.cseq = 2;
    rig_request(&rig, &theirs); /* theirs comes first */
    rig_next_event(&rig, ZV_SIP_OUT_OFFER);
    rig_next_sent(&rig, "SIP/2.0 100 ");
    assert_int_equal(zv_sip_reply_offer(rig.sip, RIG_CALL, 200, zv_str(SDP_B), rig.now_us), 0);
    rig_drain(&rig);
    rig_next_sent(&rig, "SIP/2.0 200 ");
    struct rig_request ack = theirs;
    ack.method = "ACK";
    ack.branch = "g3";
    ack.sdp = NULL;
    rig_request(&rig, &ack);
    rig_next_event(&rig, ZV_SIP_OUT_CONFIRMED);
    do {
        rig_advance_until_sent(&rig); /* the 491 of before is repeated: nobody ACKed it */
    } while (rig_has(&rig.sent[rig.sent_seen], "SIP/2.0 491") && ++rig.sent_seen);
    rig_answer_status(&rig, rig_next_sent(&rig, "INVITE "), 200, "b");
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_OFFER_RESULT)->status, 200);
    rig_fini(&rig);
}

static void lost_dialog_ends_the_call(void **state)
{
    static const uint16_t statuses[] = {481, 408};
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(statuses); i++) {
        struct rig rig;
        rig_init(&rig);
        rig_add_account(&rig);
        rig_talk(&rig);
        rig_answer_status(&rig, reoffer(&rig), statuses[i], "b");
        rig_next_sent(&rig, "ACK ");
        assert_int_equal(rig_ended(&rig, ZV_SIP_CAUSE_DIALOG_GONE)->status, statuses[i]);
        rig_answer_status(&rig, rig_next_sent(&rig, "BYE "), 481, "b");
        rig_assert_empty(&rig);
        rig_fini(&rig);
    }
}

static void offer_without_an_answer_ends_the_call(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    rig_talk(&rig);
    int64_t start_us = rig.now_us;
    reoffer(&rig);
    rig_advance(&rig, ZV_SECONDS(33));
    rig_ended(&rig, ZV_SIP_CAUSE_DIALOG_GONE);
    assert_int_equal(rig.events[rig.event_count - 1].at_us - start_us, ZV_SECONDS(32));
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void offer_that_does_not_get_there_leaves_the_call(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    rig_talk(&rig);
    zv_sip_on_flow_failed(rig.sip, &reoffer(&rig)->flow, rig.now_us);
    rig_drain(&rig);
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_OFFER_RESULT)->status, 503);
    rig_no_more_sent(&rig);
    rig_no_more_events(&rig);
    reoffer(&rig);
    rig_fini(&rig);
}

static void offer_stuck_in_proceeding_is_cancelled(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    rig_talk(&rig);
    const struct rig_sent *offer = reoffer(&rig);
    rig_answer_status(&rig, offer, 100, NULL);
    rig_advance(&rig, ZV_SECONDS(32));
    rig_answer_status(&rig, rig_next_sent(&rig, "CANCEL "), 200, "b");
    rig_answer_status(&rig, offer, 487, "b");
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_OFFER_RESULT)->status, 487);
    rig_no_more_events(&rig);
    assert_int_equal(rig_counts(&rig).legs, 1);
    rig_fini(&rig);
}

static void hangup_during_our_offer(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    rig_talk(&rig);
    reoffer(&rig);
    assert_int_equal(zv_sip_hangup(rig.sip, RIG_CALL, rig.now_us), 0);
    rig_drain(&rig);
    rig_answer_status(&rig, rig_next_sent(&rig, "BYE "), 200, "b");
    rig_ended(&rig, ZV_SIP_CAUSE_LOCAL);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

/* The far end refuses what was open when its BYE came, or went (§15.1.2), until the ACK. */
static void refusal_of_our_offer_is_acked_behind_a_bye(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct rig rig;
        bool is_theirs = i & 1, has_provisional = i & 2;
        char call_id[64], tag[64];
        rig_init(&rig);
        rig_add_account(&rig);
        rig_talk(&rig);
        const struct rig_sent *offer = reoffer(&rig);
        rig_header(offer, ZV_SIP_HEADER_CALL_ID, call_id, sizeof(call_id));
        rig_header(offer, ZV_SIP_HEADER_FROM, tag, sizeof(tag));
        struct rig_request bye = {.method = "BYE",
                                  .uri = "sip:us@192.0.2.1",
                                  .branch = "y",
                                  .from_tag = "b",
                                  .to_tag = strstr(tag, ";tag=") + 5,
                                  .call_id = call_id,
                                  .cseq = 1};
        if (has_provisional)
            rig_answer_status(&rig, offer, 100, NULL);
        if (is_theirs)
            rig_request(&rig, &bye);
        else
            assert_int_equal(zv_sip_hangup(rig.sip, RIG_CALL, rig.now_us), 0);
        rig_drain(&rig);
        if (is_theirs)
            rig_next_sent(&rig, "SIP/2.0 200 ");
        else
            rig_answer_status(&rig, rig_next_sent(&rig, "BYE "), 200, "b");
        rig_ended(&rig, is_theirs ? ZV_SIP_CAUSE_REMOTE_BYE : ZV_SIP_CAUSE_LOCAL);
        rig_advance(&rig, ZV_SECONDS(1));
        rig_answer_status(&rig, offer, 100, NULL); /* overtaken */
        for (int again = 0; again < 2; again++) {
            rig_answer_status(&rig, offer, 487, "b");
            rig_next_sent(&rig, "ACK ");
        }
        rig_no_more_sent(&rig);
        rig_no_more_events(&rig);
        rig_assert_empty(&rig);
        rig_fini(&rig);
    }
}

/* Nor is it waited for without end. */
static void offer_that_was_left_behind_a_bye_goes_after_32_s(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    rig_talk(&rig);
    rig_advance(&rig, ZV_SECONDS(32)); /* the first INVITE's transaction is over */
    const struct rig_sent *offer = reoffer(&rig);
    assert_int_equal(zv_sip_hangup(rig.sip, RIG_CALL, rig.now_us), 0);
    rig_drain(&rig);
    rig_answer_status(&rig, rig_next_sent(&rig, "BYE "), 200, "b");
    rig_answer_status(&rig, offer, 100, NULL);
    rig_advance(&rig, ZV_SECONDS(32) - 1);
    assert_int_equal(rig_counts(&rig).client_transactions, 1);
    rig_advance(&rig, 1);
    assert_int_equal(rig_counts(&rig).client_transactions, 0);
    rig_no_more_sent(&rig);
    rig_fini(&rig);
}

static void ack_of_a_reoffer_that_cannot_be_sent_ends_the_call(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    rig_talk(&rig);
    const struct rig_sent *offer = reoffer(&rig);
    rig.holds_resolve = true;
    rig_answer(
        &rig, offer,
        &(struct rig_reply){
            .status = 200, .tag = "b", .extra = "Contact: <sip:1002@far.test>\r\n", .sdp = SDP_B});
    rig_next_event(&rig, ZV_SIP_OUT_OFFER_RESULT);
    rig_advance(&rig, ZV_SECONDS(32));
    rig_ended(&rig, ZV_SIP_CAUSE_TIMEOUT);
    rig_no_more_sent(&rig);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dialog_survives_being_written_down),
        cmocka_unit_test(longest_dialog_fits_its_cap),
        cmocka_unit_test(damaged_text_is_refused),
        cmocka_unit_test(next_hop_is_the_first_route_or_the_target),
        cmocka_unit_test(a_dialog_that_began_by_tls_goes_on_by_tls),
        cmocka_unit_test(call_is_ended_by_another_process),
        cmocka_unit_test(our_offer_is_answered_and_acked),
        cmocka_unit_test(late_first_answer_disturbs_no_later_offer),
        cmocka_unit_test(refused_offer_leaves_the_call),
        cmocka_unit_test(glare_is_repeated_after_its_pause),
        cmocka_unit_test(endless_glare_is_handed_up),
        cmocka_unit_test(their_offer_meets_ours),
        cmocka_unit_test(lost_dialog_ends_the_call),
        cmocka_unit_test(offer_without_an_answer_ends_the_call),
        cmocka_unit_test(offer_that_does_not_get_there_leaves_the_call),
        cmocka_unit_test(offer_stuck_in_proceeding_is_cancelled),
        cmocka_unit_test(hangup_during_our_offer),
        cmocka_unit_test(refusal_of_our_offer_is_acked_behind_a_bye),
        cmocka_unit_test(offer_that_was_left_behind_a_bye_goes_after_32_s),
        cmocka_unit_test(ack_of_a_reoffer_that_cannot_be_sent_ends_the_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
