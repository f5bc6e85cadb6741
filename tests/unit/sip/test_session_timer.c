/* How long a session stands (RFC 4028): who asks, who refreshes and by what, and the end of a call
 * that nobody refreshes. */
#include "called.h"

#define ALLOWS_UPDATE "Allow: INVITE, ACK, BYE, CANCEL, UPDATE\r\n"

static void open_timed(struct rig *rig, uint32_t expires_s)
{
    rig_init_cfg(rig, (struct zv_sip_cfg){.session_expires_s = expires_s});
    rig_add_account(rig);
}

static const char *session_of(const struct rig_sent *sent)
{
    static char text[64];
    return rig_header(sent, ZV_SIP_HEADER_SESSION_EXPIRES, text, sizeof(text));
}

/* Our call is answered so. */
static void talk(struct rig *rig, const char *extra)
{
    rig_answer(rig, rig_invite(rig),
               &(struct rig_reply){.status = 200, .tag = "b", .extra = extra, .sdp = SDP_B});
    rig_next_sent(rig, "ACK ");
    rig_next_event(rig, ZV_SIP_OUT_ANSWERED);
}

static void we_ask_and_refresh_by_update(void **state)
{
    struct rig rig;
    (void)state;
    open_timed(&rig, 1800);
    const struct rig_sent *invite = rig_invite(&rig);
    assert_string_equal(session_of(invite), "1800"); /* theirs is the choice of who refreshes */
    assert_true(rig_has(invite, "Supported: 100rel, timer\r\n"));
    assert_false(rig_has(invite, "Min-SE"));
    rig_answer(&rig, invite,
               &(struct rig_reply){.status = 200,
                                   .tag = "b",
                                   .extra = RIG_CONTACT ALLOWS_UPDATE
                                   "Require: timer\r\nSession-Expires: 600;refresher=uac\r\n",
                                   .sdp = SDP_B});
    rig_next_sent(&rig, "ACK ");
    rig_next_event(&rig, ZV_SIP_OUT_ANSWERED);
    for (int i = 0; i < 3; i++) {
        rig_advance(&rig, ZV_SECONDS(300) - 1);
        rig_no_more_sent(&rig);
        rig_advance(&rig, 1);
        const struct rig_sent *update = rig_next_sent(&rig, "UPDATE sip:1002@192.0.2.9:5060 ");
        assert_string_equal(session_of(update), "600;refresher=uac");
        assert_true(rig_has(update, "Content-Length: 0\r\n"));
        assert_true(rig_has(update, "Contact: <sip:"));
        assert_true(rig_has(update, "Supported: timer\r\n"));
        rig_answer(&rig, update,
                   &(struct rig_reply){.status = 200,
                                       .tag = "b",
                                       .extra = "Session-Expires: 600;refresher=uac\r\n"});
    }
    rig_no_more_events(&rig);
    assert_int_equal(zv_sip_hangup(rig.sip, RIG_CALL, rig.now_us), 0);
    rig_drain(&rig);
    rig_answer_status(&rig, rig_next_sent(&rig, "BYE "), 200, "b");
    rig_ended(&rig, ZV_SIP_CAUSE_LOCAL);
    rig_advance(&rig, ZV_SECONDS(700));
    rig_no_more_sent(&rig);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void without_update_the_same_offer_refreshes(void **state)
{
    struct rig rig;
    (void)state;
    open_timed(&rig, 0);
    assert_string_equal(session_of(rig_invite(&rig)), ""); /* we do not ask */
    rig.sent_seen--;
    rig_answer(&rig, rig_next_sent(&rig, "INVITE "),
               &(struct rig_reply){.status = 200,
                                   .tag = "b",
                                   .extra = RIG_CONTACT "Session-Expires: 90;refresher=uac\r\n",
                                   .sdp = SDP_B});
    rig_next_sent(&rig, "ACK ");
    rig_next_event(&rig, ZV_SIP_OUT_ANSWERED);
    rig_advance(&rig, ZV_SECONDS(45));
    const struct rig_sent *refresh = rig_next_sent(&rig, "INVITE sip:1002@192.0.2.9:5060 ");
    assert_string_equal(session_of(refresh), "90;refresher=uac");
    assert_true(rig_has(refresh, "\r\n\r\n" SDP_A));
    /* A hold meanwhile follows it. */
    assert_int_equal(zv_sip_reoffer(rig.sip, RIG_CALL, zv_str(SDP_B), rig.now_us), 0);
    assert_int_equal(zv_sip_reoffer(rig.sip, RIG_CALL, zv_str(SDP_B), rig.now_us), ZV_E_STATE);
    rig_drain(&rig);
    rig_no_more_sent(&rig);
    rig_answer(&rig, refresh,
               &(struct rig_reply){.status = 200,
                                   .tag = "b",
                                   .extra = RIG_CONTACT "Session-Expires: 90;refresher=uac\r\n",
                                   .sdp = SDP_B});
    rig_next_sent(&rig, "ACK ");
    assert_true(zv_str_is(rig_next_event(&rig, ZV_SIP_OUT_REFRESHED)->sdp, SDP_B));
    const struct rig_sent *hold = rig_next_sent(&rig, "INVITE ");
    assert_true(rig_has(hold, "\r\n\r\n" SDP_B));
    rig_answer(&rig, hold,
               &(struct rig_reply){.status = 200,
                                   .tag = "b",
                                   .extra = RIG_CONTACT "Session-Expires: 90;refresher=uac\r\n",
                                   .sdp = SDP_A});
    rig_next_sent(&rig, "ACK ");
    rig_next_event(&rig, ZV_SIP_OUT_OFFER_RESULT);
    rig_advance(&rig, ZV_SECONDS(45));
    assert_true(rig_has(rig_next_sent(&rig, "INVITE "), "\r\n\r\n" SDP_B)); /* what stands now */
    rig_fini(&rig);
}

static void call_ends_when_the_far_end_does_not_refresh(void **state)
{
    struct rig rig;
    (void)state;
    open_timed(&rig, 1800);
    talk(&rig, RIG_CONTACT "Session-Expires: 1800;refresher=uas\r\n");
    rig_advance(&rig, ZV_SECONDS(1800 - 32) - 1);
    rig_no_more_sent(&rig);
    rig_advance(&rig, 1);
    rig_next_sent(&rig, "BYE ");
    rig_ended(&rig, ZV_SIP_CAUSE_DIALOG_GONE);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void a_far_end_without_timer_is_left_alone(void **state)
{
    struct rig rig;
    (void)state;
    open_timed(&rig, 90);
    talk(&rig, RIG_CONTACT);
    rig_advance(&rig, ZV_SECONDS(1000));
    rig_no_more_sent(&rig);
    rig_no_more_events(&rig);
    rig_fini(&rig);
}

static void refused_refresh_is_tried_again_until_time_is_over(void **state)
{
    struct rig rig;
    (void)state;
    open_timed(&rig, 90);
    talk(&rig, RIG_CONTACT ALLOWS_UPDATE "Session-Expires: 90;refresher=uac\r\n");
    int64_t start_us = rig.now_us;
    static const int64_t at_ms[] = {45000, 52500, 56500};
    for (size_t i = 0; i < ZV_ARRAY_LEN(at_ms); i++) {
        rig_advance_until_sent(&rig);
        assert_int_equal(rig.now_us - start_us, ZV_MS(at_ms[i]));
        rig_answer_status(&rig, rig_next_sent(&rig, "UPDATE "), 503, "b");
    }
    rig_advance_until_sent(&rig);
    assert_int_equal(rig.now_us - start_us, ZV_SECONDS(60));
    rig_next_sent(&rig, "BYE ");
    rig_ended(&rig, ZV_SIP_CAUSE_DIALOG_GONE);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

/* Only 408, 481 and silence mean that the dialog is gone (RFC 4028 §10). */
static void update_that_is_refused_twice_becomes_invite(void **state)
{
    static const uint16_t statuses[] = {403, 415, 420, 488, 500};
    static const char answer[] = RIG_CONTACT ALLOWS_UPDATE "Session-Expires: 90;refresher=uac\r\n";
    struct rig rig;
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(statuses); i++) {
        open_timed(&rig, 90);
        talk(&rig, answer);
        /* Its Allow still has UPDATE, so that each refresh begins with one. */
        for (int refusals = 2; refusals >= 1; refusals--) {
            for (int n = 0; n < refusals; n++) {
                rig_advance_until_sent(&rig);
                rig_answer_status(&rig, rig_next_sent(&rig, "UPDATE "), statuses[i], "b");
            }
            rig_advance(&rig, 0);
            const struct rig_sent *refresh = rig_next_sent(&rig, "INVITE ");
            assert_true(rig_has(refresh, "\r\n\r\n" SDP_A));
            rig_answer(
                &rig, refresh,
                &(struct rig_reply){.status = 200, .tag = "b", .extra = answer, .sdp = SDP_B});
            rig_next_sent(&rig, "ACK ");
            rig_next_event(&rig, ZV_SIP_OUT_REFRESHED);
        }
        rig_no_more_events(&rig);
        rig_fini(&rig);
    }
}

/* One ICMP error is not the end of a call that is heard. */
static void refresh_that_does_not_get_there_is_tried_again(void **state)
{
    static const char *const sessions[] = {
        RIG_CONTACT ALLOWS_UPDATE "Session-Expires: 600;refresher=uac\r\n",
        RIG_CONTACT "Session-Expires: 600;refresher=uac\r\n",
    };
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(sessions); i++) {
        struct rig rig;
        const char *method = i ? "INVITE " : "UPDATE ";
        open_timed(&rig, 600);
        talk(&rig, sessions[i]);
        rig_advance(&rig, ZV_SECONDS(300));
        zv_sip_on_flow_failed(rig.sip, &rig_next_sent(&rig, method)->flow, rig.now_us);
        rig_drain(&rig);
        rig_no_more_sent(&rig);
        rig_no_more_events(&rig);
        rig_advance_until_sent(&rig);
        rig_answer(&rig, rig_next_sent(&rig, method),
                   &(struct rig_reply){.status = 200, .tag = "b", .extra = sessions[i]});
        if (i)
            rig_next_sent(&rig, "ACK ");
        rig_no_more_events(&rig);
        rig_fini(&rig);
    }
}

static void update_that_is_unknown_after_all_becomes_invite(void **state)
{
    struct rig rig;
    (void)state;
    open_timed(&rig, 90);
    talk(&rig, RIG_CONTACT ALLOWS_UPDATE "Session-Expires: 90;refresher=uac\r\n");
    rig_advance(&rig, ZV_SECONDS(45));
    rig_answer_status(&rig, rig_next_sent(&rig, "UPDATE "), 501, "b");
    rig_advance(&rig, 0);
    rig_next_sent(&rig, "INVITE ");
    rig_fini(&rig);
}

static void refresh_of_a_lost_dialog_ends_the_call(void **state)
{
    static const uint16_t statuses[] = {481, 408};
    struct rig rig;
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(statuses); i++) {
        open_timed(&rig, 90);
        talk(&rig, RIG_CONTACT ALLOWS_UPDATE "Session-Expires: 90;refresher=uac\r\n");
        rig_advance(&rig, ZV_SECONDS(45));
        rig_answer_status(&rig, rig_next_sent(&rig, "UPDATE "), statuses[i], "b");
        rig_next_sent(&rig, "BYE ");
        rig_ended(&rig, ZV_SIP_CAUSE_DIALOG_GONE);
        rig_assert_empty(&rig);
        rig_fini(&rig);
    }
}

static void reply_422(struct rig *rig, const struct rig_sent *request, const char *min_se)
{
    rig_answer(rig, request, &(struct rig_reply){.status = 422, .tag = "b", .extra = min_se});
}

static void interval_that_is_too_small_is_raised(void **state)
{
    struct rig rig;
    (void)state;
    open_timed(&rig, 90);
    reply_422(&rig, rig_invite(&rig), "Min-SE: 300\r\n");
    rig_next_sent(&rig, "ACK ");
    const struct rig_sent *invite = rig_next_sent(&rig, "INVITE ");
    assert_string_equal(session_of(invite), "300");
    assert_true(rig_has(invite, "Min-SE: 300\r\n"));
    assert_true(rig_has(invite, "CSeq: 2 INVITE\r\n"));
    reply_422(&rig, invite, "Min-SE: 500\r\n"); /* the next proxy */
    rig_next_sent(&rig, "ACK ");
    invite = rig_next_sent(&rig, "INVITE ");
    assert_string_equal(session_of(invite), "500");
    rig_answer(&rig, invite,
               &(struct rig_reply){.status = 200,
                                   .tag = "b",
                                   .extra = RIG_CONTACT ALLOWS_UPDATE
                                   "Session-Expires: 500;refresher=uac"
                                   "\r\n",
                                   .sdp = SDP_B});
    rig_next_sent(&rig, "ACK ");
    rig_next_event(&rig, ZV_SIP_OUT_ANSWERED);
    rig_advance(&rig, ZV_SECONDS(250));
    const struct rig_sent *update = rig_next_sent(&rig, "UPDATE ");
    assert_string_equal(session_of(update), "500;refresher=uac");
    reply_422(&rig, update, "Min-SE: 900\r\n");
    update = rig_next_sent(&rig, "UPDATE ");
    assert_string_equal(session_of(update), "900;refresher=uac");
    rig_fini(&rig);
}

static void endless_422_is_given_up(void **state)
{
    static const char *const broken[] = {"", "Min-SE: x\r\n", "Min-SE: 90\r\n",
                                         "Min-SE: 86401\r\n"};
    struct rig rig;
    (void)state;
    open_timed(&rig, 90);
    const struct rig_sent *invite = rig_invite(&rig);
    for (int i = 0; i < 2; i++) {
        char min_se[32];
        snprintf(min_se, sizeof(min_se), "Min-SE: %d\r\n", 100 + i);
        reply_422(&rig, invite, min_se);
        rig_next_sent(&rig, "ACK ");
        invite = rig_next_sent(&rig, "INVITE ");
    }
    reply_422(&rig, invite, "Min-SE: 200\r\n");
    rig_next_sent(&rig, "ACK ");
    assert_int_equal(rig_ended(&rig, ZV_SIP_CAUSE_REJECTED)->status, 422);
    rig_no_more_sent(&rig);
    rig_fini(&rig);
    for (size_t i = 0; i < ZV_ARRAY_LEN(broken); i++) {
        open_timed(&rig, 90);
        reply_422(&rig, rig_invite(&rig), broken[i]);
        rig_next_sent(&rig, "ACK ");
        rig_ended(&rig, ZV_SIP_CAUSE_REJECTED);
        rig_no_more_sent(&rig);
        rig_fini(&rig);
    }
}

/* ---- they ask ---- */

/* What our 200 says to an INVITE with these headers. */
struct asked {
    const char *extra;
    const char *session; /* of our 200; "": none */
    bool is_required;
};

static void our_answer_follows_the_table_of_the_rfc(void **state)
{
    static const struct asked cases[] = {
        {"", "", false},
        {"Supported: timer\r\n", "1800;refresher=uas", true},
        {"Supported: timer\r\nMin-SE: 2000\r\n", "2000;refresher=uas", true},
        {"Supported: timer\r\nSession-Expires: 600\r\n", "600;refresher=uas", true},
        {"Supported: timer\r\nSession-Expires: 600;refresher=uac\r\n", "600;refresher=uac", true},
        {"k: timer\r\nx: 600 ; refresher=uas\r\n", "600;refresher=uas", true},
        {"Require: timer\r\nSession-Expires: 600\r\n", "600;refresher=uas", true},
        {"Session-Expires: 600\r\n", "600;refresher=uas", false}, /* of a proxy */
        {"Session-Expires: 60\r\n", "90;refresher=uas", false},
    };
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++) {
        struct rig rig;
        char extra[256];
        open_rig_cfg(&rig, (struct zv_sip_cfg){.session_expires_s = 1800});
        snprintf(extra, sizeof(extra), "%s%s", RIG_CONTACT, cases[i].extra);
        struct rig_request invite = an_invite();
        invite.extra = extra;
        rig_request(&rig, &invite);
        rig_next_sent(&rig, "SIP/2.0 100 ");
        uint64_t leg = rig_next_event(&rig, ZV_SIP_OUT_INCOMING)->leg;
        assert_int_equal(zv_sip_accept(rig.sip, leg, zv_str(SDP_A), rig.now_us), 0);
        rig_drain(&rig);
        const struct rig_sent *ok = rig_next_sent(&rig, "SIP/2.0 200 ");
        if (strcmp(session_of(ok), cases[i].session) ||
            rig_has(ok, "Require: timer\r\n") != cases[i].is_required)
            fail_msg("case %zu: %s", i, ok->text);
        rig_fini(&rig);
    }
}

static void too_short_an_interval_is_refused(void **state)
{
    struct rig rig;
    char tag[64];
    (void)state;
    open_rig(&rig);
    struct rig_request invite = an_invite();
    invite.extra = RIG_CONTACT "Supported: timer\r\nSession-Expires: 89\r\n";
    rig_request(&rig, &invite);
    assert_true(rig_has(rig_next_sent(&rig, "SIP/2.0 422 "), "Min-SE: 90\r\n"));
    rig_no_more_events(&rig);
    rig_fini(&rig);
    open_rig(&rig);
    talk_in(&rig, tag);
    struct rig_request update = within("UPDATE", "u1", 11, tag);
    update.extra = "Supported: timer\r\nSession-Expires: 89\r\n";
    rig_request(&rig, &update);
    assert_true(rig_has(rig_next_sent(&rig, "SIP/2.0 422 "), "Min-SE: 90\r\n"));
    rig_fini(&rig);
}

/* The caller refreshes, by either method; then it stops. */
static void their_refreshes_keep_the_call(void **state)
{
#define TIMER "Supported: timer\r\nSession-Expires: 90;refresher=uac\r\n"
    struct rig rig;
    char tag[64];
    (void)state;
    open_rig(&rig);
    struct rig_request invite = an_invite();
    invite.extra = RIG_CONTACT TIMER;
    rig_request(&rig, &invite);
    rig_next_sent(&rig, "SIP/2.0 100 ");
    uint64_t leg = rig_next_event(&rig, ZV_SIP_OUT_INCOMING)->leg;
    assert_int_equal(zv_sip_accept(rig.sip, leg, zv_str(SDP_A), rig.now_us), 0);
    rig_drain(&rig);
    rig_next_sent(&rig, "SIP/2.0 200 ");
    snprintf(tag, sizeof(tag), "%s", our_tag(&rig));
    struct rig_request ack = within("ACK", "ack1", 10, tag);
    rig_request(&rig, &ack);
    rig_next_event(&rig, ZV_SIP_OUT_CONFIRMED);
    rig_advance(&rig, ZV_SECONDS(59));
    struct rig_request update = within("UPDATE", "u1", 11, tag);
    update.extra = TIMER;
    rig_request(&rig, &update);
    assert_string_equal(session_of(rig_next_sent(&rig, "SIP/2.0 200 ")), "90;refresher=uac");
    rig_advance(&rig, ZV_SECONDS(59));
    struct rig_request offer = within("INVITE", "o1", 12, tag);
    offer.extra = RIG_CONTACT TIMER;
    offer.sdp = SDP_B;
    rig_request(&rig, &offer);
    rig_next_sent(&rig, "SIP/2.0 100 ");
    rig_next_event(&rig, ZV_SIP_OUT_OFFER);
    assert_int_equal(zv_sip_reply_offer(rig.sip, leg, 200, zv_str(SDP_A), rig.now_us), 0);
    rig_drain(&rig);
    assert_string_equal(session_of(rig_next_sent(&rig, "SIP/2.0 200 ")), "90;refresher=uac");
    ack = within("ACK", "ack2", 12, tag);
    rig_request(&rig, &ack);
    rig_next_event(&rig, ZV_SIP_OUT_CONFIRMED);
    rig_advance(&rig, ZV_SECONDS(60) - 1);
    rig_no_more_sent(&rig);
    rig_advance(&rig, 1);
    rig_answer_status(&rig, rig_next_sent(&rig, "BYE "), 200, NULL);
    rig_ended(&rig, ZV_SIP_CAUSE_DIALOG_GONE);
    assert_int_equal(rig_counts(&rig).dialogs, 0);
    rig_fini(&rig);
}

/* Whoever called is as lost as whoever was called; that the ACK had failed would be another fault.
 */
static void silence_to_our_refresh_of_an_incoming_call_means_that_it_is_lost(void **state)
{
    struct rig rig;
    char tag[64];
    (void)state;
    open_rig_cfg(&rig, (struct zv_sip_cfg){0});
    struct rig_request invite = an_invite();
    invite.extra = RIG_CONTACT ALLOWS_UPDATE "Supported: timer\r\n"
                                             "Session-Expires: 300;refresher=uas\r\n";
    rig_request(&rig, &invite);
    uint64_t leg = rig_next_event(&rig, ZV_SIP_OUT_INCOMING)->leg;
    assert_int_equal(zv_sip_accept(rig.sip, leg, zv_str(SDP_A), rig.now_us), 0);
    rig_drain(&rig);
    snprintf(tag, sizeof(tag), "%s", our_tag(&rig));
    struct rig_request ack = within("ACK", "ack1", 10, tag);
    rig_request(&rig, &ack);
    rig_next_event(&rig, ZV_SIP_OUT_CONFIRMED);
    rig_advance(&rig, ZV_SECONDS(150 + 32)); /* long before the session ends by itself */
    rig_ended(&rig, ZV_SIP_CAUSE_DIALOG_GONE);
    rig_fini(&rig);
}

/* A call that goes on in another process is refreshed there. */
static void restored_call_is_refreshed(void **state)
{
    char text[ZV_SIP_DIALOG_TEXT_CAP];
    struct zv_sip_dialog dialog, back;
    struct rig rig;
    (void)state;
    open_timed(&rig, 1800);
    talk(&rig, RIG_CONTACT ALLOWS_UPDATE "Session-Expires: 400;refresher=uac\r\n");
    assert_int_equal(zv_sip_leg_dialog(rig.sip, RIG_CALL, &dialog), 0);
    struct zv_buf buf = zv_buf(text, sizeof(text));
    zv_sip_dialog_write(&dialog, &buf);
    rig_fini(&rig);
    rig_init(&rig);
    assert_int_equal(zv_sip_dialog_read(zv_buf_str(&buf), &back), 0);
    assert_int_equal(back.session_expires_s, 400);
    assert_true(back.is_refresher);
    assert_int_equal(zv_sip_restore_leg(rig.sip, 77, 0, &back, rig.now_us), 0);
    rig_advance(&rig, ZV_SECONDS(100)); /* half of it may have passed there */
    assert_string_equal(session_of(rig_next_sent(&rig, "UPDATE ")), "400;refresher=uac");
    rig_fini(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(we_ask_and_refresh_by_update),
        cmocka_unit_test(without_update_the_same_offer_refreshes),
        cmocka_unit_test(call_ends_when_the_far_end_does_not_refresh),
        cmocka_unit_test(a_far_end_without_timer_is_left_alone),
        cmocka_unit_test(refused_refresh_is_tried_again_until_time_is_over),
        cmocka_unit_test(refresh_that_does_not_get_there_is_tried_again),
        cmocka_unit_test(update_that_is_unknown_after_all_becomes_invite),
        cmocka_unit_test(update_that_is_refused_twice_becomes_invite),
        cmocka_unit_test(refresh_of_a_lost_dialog_ends_the_call),
        cmocka_unit_test(interval_that_is_too_small_is_raised),
        cmocka_unit_test(endless_422_is_given_up),
        cmocka_unit_test(our_answer_follows_the_table_of_the_rfc),
        cmocka_unit_test(too_short_an_interval_is_refused),
        cmocka_unit_test(their_refreshes_keep_the_call),
        cmocka_unit_test(silence_to_our_refresh_of_an_incoming_call_means_that_it_is_lost),
        cmocka_unit_test(restored_call_is_refreshed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
