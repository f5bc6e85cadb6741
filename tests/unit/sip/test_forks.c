/* Forks of our INVITE and their early media: whose description counts, and what a fork may change
 * before it answers (RFC 3261 §13.2.2.4, RFC 3311). */
#include "rig.h"

#define SDP_C    "v=0\r\no=- 3 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n"
#define RELIABLE RIG_CONTACT "Require: 100rel\r\nRSeq: 1\r\n"

static const struct rig_sent *open_call(struct rig *rig)
{
    rig_init(rig);
    rig_add_account(rig);
    return rig_invite(rig);
}

static void answer(struct rig *rig, const struct rig_sent *invite, uint16_t status, const char *tag,
                   const char *sdp)
{
    rig_answer(rig, invite,
               &(struct rig_reply){.status = status, .tag = tag, .extra = RIG_CONTACT, .sdp = sdp});
}

static void progress_says(struct rig *rig, const char *sdp)
{
    const struct zv_sip_out *out = rig_next_event(rig, ZV_SIP_OUT_PROGRESS);
    if (sdp ? !zv_str_is(out->sdp, sdp) : out->sdp.len != 0)
        fail_msg("expected %s, got %.*s", sdp ? sdp : "nothing", ZV_STR_ARG(out->sdp));
}

static void the_newest_fork_is_heard_and_repetitions_are_not(void **state)
{
    struct rig rig;
    (void)state;
    const struct rig_sent *invite = open_call(&rig);
    answer(&rig, invite, 183, "b", SDP_B);
    progress_says(&rig, SDP_B);
    answer(&rig, invite, 183, "c", SDP_C);
    progress_says(&rig, SDP_C);
    answer(&rig, invite, 183, "b", SDP_B); /* each minute again (§13.3.1.1) */
    progress_says(&rig, NULL);
    answer(&rig, invite, 180, "c", NULL);
    progress_says(&rig, NULL);
    answer(&rig, invite, 183, "b", SDP_A); /* another announcement */
    progress_says(&rig, SDP_A);
    rig_fini(&rig);
}

/* 183 of two forks, and whoever answers says no more than 200. */
static void the_fork_that_answers_is_heard(void **state)
{
    struct rig rig;
    (void)state;
    const struct rig_sent *invite = open_call(&rig);
    answer(&rig, invite, 183, "b", SDP_B);
    answer(&rig, invite, 183, "c", SDP_C);
    rig_next_event(&rig, ZV_SIP_OUT_PROGRESS);
    rig_next_event(&rig, ZV_SIP_OUT_PROGRESS);
    answer(&rig, invite, 200, "b", NULL);
    rig_next_sent(&rig, "ACK ");
    assert_true(zv_str_is(rig_next_event(&rig, ZV_SIP_OUT_ANSWERED)->sdp, SDP_B));
    assert_int_equal(rig_counts(&rig).dialogs, 1);
    rig_fini(&rig);
}

/* A dialog that went when another fork answered comes back with a 200: our numbers go on in it. */
static void a_fork_that_answers_late_hears_no_number_twice(void **state)
{
    struct rig rig;
    (void)state;
    const struct rig_sent *invite = open_call(&rig);
    rig_answer(&rig, invite, &(struct rig_reply){.status = 183, .tag = "b", .extra = RELIABLE});
    const struct rig_sent *prack = rig_next_sent(&rig, "PRACK ");
    assert_true(rig_has(prack, "CSeq: 2 PRACK\r\n"));
    answer(&rig, invite, 200, "c", SDP_C);
    rig_next_sent(&rig, "ACK ");
    answer(&rig, invite, 200, "b", SDP_B);
    rig_next_sent(&rig, "ACK ");
    assert_true(rig_has(rig_next_sent(&rig, "BYE "), "CSeq: 3 BYE\r\n"));
    rig_fini(&rig);
}

static void an_answer_of_its_own_counts_more(void **state)
{
    struct rig rig;
    (void)state;
    const struct rig_sent *invite = open_call(&rig);
    answer(&rig, invite, 183, "b", SDP_B);
    rig_next_event(&rig, ZV_SIP_OUT_PROGRESS);
    answer(&rig, invite, 200, "b", SDP_C);
    assert_true(zv_str_is(rig_next_event(&rig, ZV_SIP_OUT_ANSWERED)->sdp, SDP_C));
    rig_fini(&rig);
}

/* Its media would go to whoever was heard before. */
static void a_fork_that_answers_without_a_word_is_left(void **state)
{
    struct rig rig;
    (void)state;
    const struct rig_sent *invite = open_call(&rig);
    answer(&rig, invite, 183, "b", SDP_B);
    rig_next_event(&rig, ZV_SIP_OUT_PROGRESS);
    answer(&rig, invite, 200, "c", NULL);
    rig_next_sent(&rig, "ACK ");
    rig_answer_status(&rig, rig_next_sent(&rig, "BYE "), 200, "c");
    rig_ended(&rig, ZV_SIP_CAUSE_PROTOCOL);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

/* Nobody has said anything: what becomes of such a call is call control's matter. */
static void an_answer_without_a_description_is_handed_up(void **state)
{
    struct rig rig;
    (void)state;
    const struct rig_sent *invite = open_call(&rig);
    answer(&rig, invite, 180, "b", NULL);
    progress_says(&rig, NULL);
    answer(&rig, invite, 200, "c", NULL);
    rig_next_sent(&rig, "ACK ");
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_ANSWERED)->sdp.len, 0);
    rig_fini(&rig);
}

/* It was the answer to our offer; what comes after it can only be an offer (RFC 6337 §3.1.1). */
static void a_reliable_answer_counts_more_than_the_2xx(void **state)
{
    static const char *const sdps[] = {NULL, SDP_B, SDP_C};
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(sdps); i++) {
        struct rig rig;
        const struct rig_sent *invite = open_call(&rig);
        rig_answer(&rig, invite,
                   &(struct rig_reply){.status = 183, .tag = "b", .extra = RELIABLE, .sdp = SDP_B});
        rig_answer_status(&rig, rig_next_sent(&rig, "PRACK "), 200, "b");
        rig_next_event(&rig, ZV_SIP_OUT_PROGRESS);
        answer(&rig, invite, 200, "b", sdps[i]);
        assert_true(zv_str_is(rig_next_event(&rig, ZV_SIP_OUT_ANSWERED)->sdp, SDP_B));
        rig_fini(&rig);
    }
}

/* ---- before the answer ---- */

static struct rig_request early(const struct rig_sent *invite, const char *method,
                                const char *branch, unsigned cseq)
{
    static char call_id[64], from[160];
    rig_header(invite, ZV_SIP_HEADER_CALL_ID, call_id, sizeof(call_id));
    rig_header(invite, ZV_SIP_HEADER_FROM, from, sizeof(from));
    return (struct rig_request){.method = method,
                                .uri = "sip:x@192.0.2.1",
                                .branch = branch,
                                .from_tag = "b",
                                .to_tag = strstr(from, "tag=") + 4,
                                .call_id = call_id,
                                .cseq = cseq,
                                .extra = RIG_CONTACT,
                                .sdp = SDP_C};
}

static void update_moves_early_media_of_the_fork_that_is_heard(void **state)
{
    struct rig rig;
    (void)state;
    const struct rig_sent *invite = open_call(&rig);
    answer(&rig, invite, 183, "b", SDP_B); /* not reliable: our offer has no answer yet */
    struct rig_request update = early(invite, "UPDATE", "u1", 1);
    rig_request(&rig, &update);
    rig_next_sent(&rig, "SIP/2.0 491 ");
    rig_answer(&rig, invite,
               &(struct rig_reply){.status = 183, .tag = "b", .extra = RELIABLE, .sdp = SDP_B});
    const struct rig_sent *prack = rig_next_sent(&rig, "PRACK ");
    rig_next_event(&rig, ZV_SIP_OUT_PROGRESS);
    rig_next_event(&rig, ZV_SIP_OUT_PROGRESS);
    update = early(invite, "UPDATE", "u2", 2);
    rig_request(&rig, &update);
    rig_next_sent(&rig, "SIP/2.0 491 "); /* its PRACK is under way */
    rig_answer_status(&rig, prack, 200, "b");
    update = early(invite, "UPDATE", "u3", 3);
    rig_request(&rig, &update);
    const struct zv_sip_out *out = rig_next_event(&rig, ZV_SIP_OUT_OFFER);
    assert_true(out->by_update);
    assert_true(zv_str_is(out->sdp, SDP_C));
    update = early(invite, "UPDATE", "u4", 4);
    rig_request(&rig, &update);
    assert_true(rig_has(rig_next_sent(&rig, "SIP/2.0 500 "), "Retry-After: "));
    assert_int_equal(zv_sip_reply_offer(rig.sip, RIG_CALL, 200, zv_str(SDP_A), rig.now_us), 0);
    rig_drain(&rig);
    const struct rig_sent *ok = rig_next_sent(&rig, "SIP/2.0 200 ");
    assert_true(rig_has(ok, "CSeq: 3 UPDATE"));
    assert_true(rig_has(ok, "\r\n\r\n" SDP_A));
    answer(&rig, invite, 200, "b", SDP_B); /* its first answer again, or a copy that is as old */
    rig_next_sent(&rig, "ACK ");
    assert_true(zv_str_is(rig_next_event(&rig, ZV_SIP_OUT_ANSWERED)->sdp, SDP_C)); /* as updated */
    rig_fini(&rig);
}

/* A refresh that went back to our offer would take the session back (RFC 4028 §7.4). */
static void what_an_early_update_was_answered_is_what_a_refresh_says(void **state)
{
    struct rig rig;
    (void)state;
    const struct rig_sent *invite = open_call(&rig);
    rig_answer(&rig, invite,
               &(struct rig_reply){.status = 183, .tag = "b", .extra = RELIABLE, .sdp = SDP_B});
    rig_answer_status(&rig, rig_next_sent(&rig, "PRACK "), 200, "b");
    struct rig_request update = early(invite, "UPDATE", "u1", 1);
    rig_request(&rig, &update);
    assert_int_equal(zv_sip_reply_offer(rig.sip, RIG_CALL, 200, zv_str(SDP_C), rig.now_us), 0);
    rig_drain(&rig);
    rig_next_sent(&rig, "SIP/2.0 200 ");
    rig_answer(&rig, invite,
               &(struct rig_reply){.status = 200,
                                   .tag = "b",
                                   .extra = RIG_CONTACT "Session-Expires: 90;refresher=uac\r\n"});
    rig_next_sent(&rig, "ACK ");
    rig_advance(&rig, ZV_SECONDS(45));
    assert_true(rig_has(rig_next_sent(&rig, "INVITE "), "\r\n\r\n" SDP_C));
    rig_fini(&rig);
}

static void offer_of_a_fork_ends_when_another_answers(void **state)
{
    struct rig rig;
    (void)state;
    const struct rig_sent *invite = open_call(&rig);
    rig_answer(&rig, invite,
               &(struct rig_reply){.status = 183, .tag = "b", .extra = RELIABLE, .sdp = SDP_B});
    rig_answer_status(&rig, rig_next_sent(&rig, "PRACK "), 200, "b");
    rig_next_event(&rig, ZV_SIP_OUT_PROGRESS);
    struct rig_request update = early(invite, "UPDATE", "u1", 1);
    rig_request(&rig, &update);
    rig_next_event(&rig, ZV_SIP_OUT_OFFER);
    answer(&rig, invite, 200, "c", SDP_C);
    rig_next_sent(&rig, "SIP/2.0 481 ");
    rig_next_sent(&rig, "ACK ");
    rig_next_event(&rig, ZV_SIP_OUT_OFFER_GONE);
    rig_next_event(&rig, ZV_SIP_OUT_ANSWERED);
    assert_int_equal(zv_sip_reply_offer(rig.sip, RIG_CALL, 200, zv_str(SDP_A), rig.now_us),
                     ZV_E_STATE);
    rig_fini(&rig);
}

/* The network changed the order of its 200 and its re-INVITE (RFC 5407). */
static void offer_that_overtakes_the_answer_is_asked_to_come_again(void **state)
{
    struct rig rig;
    (void)state;
    const struct rig_sent *invite = open_call(&rig);
    struct rig_request reinvite = early(invite, "INVITE", "r1", 1);
    rig_request(&rig, &reinvite);
    rig_next_sent(&rig, "SIP/2.0 491 ");
    struct rig_request bye = early(invite, "BYE", "y1", 2);
    bye.sdp = NULL;
    rig_request(&rig, &bye);
    rig_next_sent(&rig, "SIP/2.0 481 ");
    answer(&rig, invite, 200, "b", SDP_B);
    rig_next_sent(&rig, "ACK ");
    rig_next_event(&rig, ZV_SIP_OUT_ANSWERED);
    reinvite = early(invite, "INVITE", "r2", 3);
    rig_request(&rig, &reinvite);
    rig_next_sent(&rig, "SIP/2.0 100 ");
    assert_true(zv_str_is(rig_next_event(&rig, ZV_SIP_OUT_OFFER)->sdp, SDP_C));
    rig_fini(&rig);
}

/* Right behind the 200, while our ACK waits for an address. */
static void offer_that_comes_before_our_ack_is_taken(void **state)
{
    struct rig rig;
    (void)state;
    const struct rig_sent *invite = open_call(&rig);
    rig.holds_resolve = true;
    rig_answer(
        &rig, invite,
        &(struct rig_reply){
            .status = 200, .tag = "b", .extra = "Contact: <sip:1002@far.test>\r\n", .sdp = SDP_B});
    rig_next_event(&rig, ZV_SIP_OUT_ANSWERED);
    rig_no_more_sent(&rig);
    struct rig_request reinvite = early(invite, "INVITE", "r1", 1);
    rig_request(&rig, &reinvite);
    rig_next_sent(&rig, "SIP/2.0 100 ");
    rig_next_event(&rig, ZV_SIP_OUT_OFFER);
    rig_resolve(&rig, 0);
    rig_next_sent(&rig, "ACK ");
    assert_int_equal(zv_sip_reply_offer(rig.sip, RIG_CALL, 200, zv_str(SDP_A), rig.now_us), 0);
    rig_drain(&rig);
    rig_next_sent(&rig, "SIP/2.0 200 ");
    rig_fini(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_fork_is_heard_and_repetitions_are_not),
        cmocka_unit_test(the_fork_that_answers_is_heard),
        cmocka_unit_test(a_fork_that_answers_late_hears_no_number_twice),
        cmocka_unit_test(an_answer_of_its_own_counts_more),
        cmocka_unit_test(a_fork_that_answers_without_a_word_is_left),
        cmocka_unit_test(an_answer_without_a_description_is_handed_up),
        cmocka_unit_test(a_reliable_answer_counts_more_than_the_2xx),
        cmocka_unit_test(update_moves_early_media_of_the_fork_that_is_heard),
        cmocka_unit_test(what_an_early_update_was_answered_is_what_a_refresh_says),
        cmocka_unit_test(offer_of_a_fork_ends_when_another_answers),
        cmocka_unit_test(offer_that_overtakes_the_answer_is_asked_to_come_again),
        cmocka_unit_test(offer_that_comes_before_our_ack_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
