/* INFO within a dialog, both ways: what is sent, how often, what a refusal means, what is taken. */
#include "rig.h"

#include "sip/media_control.h"

#define XML  "application/media_control+xml"
#define BODY "<media_control/>"

static int ask(struct rig *rig)
{
    int err = zv_sip_info(rig->sip, RIG_CALL, ZV_SIP_INFO_MEDIA_CONTROL,
                          zv_sip_media_control_fast_update(), rig->now_us);
    rig_drain(rig);
    return err;
}

static const struct rig_sent *asked(struct rig *rig)
{
    assert_int_equal(ask(rig), 0);
    return rig_next_sent(rig, "INFO sip:1002@192.0.2.9:5060 SIP/2.0");
}

static void open_call(struct rig *rig)
{
    rig_init(rig);
    rig_register(rig);
    rig_talk(rig);
}

static void info_is_sent_in_the_dialog(void **state)
{
    struct rig rig;
    char body[512];
    (void)state;
    open_call(&rig);
    const struct rig_sent *info = asked(&rig);
    snprintf(body, sizeof(body), "\r\n\r\n%.*s", ZV_STR_ARG(zv_sip_media_control_fast_update()));
    assert_true(rig_has(info, body));
    assert_true(rig_has(info, "CSeq: 2 INFO\r\n"));
    assert_true(rig_has(info, "Content-Type: " XML "\r\n"));
    assert_true(rig_has(info, ">;tag=b\r\n"));
    assert_false(rig_has(info, "\r\nContact:")); /* RFC 6086 §4.2.2: an INFO moves no target */
    rig_answer_status(&rig, info, 200, "b");
    rig_no_more_events(&rig);
    assert_true(rig_has(asked(&rig), "CSeq: 3 INFO\r\n"));
    rig_fini(&rig);
}

static void one_info_is_under_way_at_a_time(void **state)
{
    struct rig rig;
    (void)state;
    open_call(&rig);
    const struct rig_sent *info = asked(&rig);
    assert_int_equal(ask(&rig), ZV_E_AGAIN);
    rig_answer_status(&rig, info, 100, "b");
    assert_int_equal(ask(&rig), ZV_E_AGAIN);
    rig_no_more_sent(&rig);
    rig_answer_status(&rig, info, 200, "b");
    asked(&rig);
    rig_fini(&rig);
}

static void refused_info_is_told_once_and_not_sent_again(void **state)
{
    static const uint16_t statuses[] = {302, 403, 405, 408, 415, 469, 488, 501, 603};
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(statuses); i++) {
        struct rig rig;
        open_call(&rig);
        rig_answer_status(&rig, asked(&rig), statuses[i], "b");
        const struct zv_sip_out *out = rig_next_event(&rig, ZV_SIP_OUT_INFO_REFUSED);
        assert_int_equal(out->leg, RIG_CALL);
        assert_int_equal(out->status, statuses[i]);
        assert_int_equal(out->info, ZV_SIP_INFO_MEDIA_CONTROL);
        assert_int_equal(ask(&rig), ZV_E_UNSUPPORTED);
        rig_no_more_sent(&rig);
        rig_no_more_events(&rig);
        assert_int_equal(rig_counts(&rig).legs, 1); /* the call stays */
        rig_fini(&rig);
    }
}

static void refusal_of_the_moment_lets_the_next_one_be_sent(void **state)
{
    static const uint16_t statuses[] = {491, 500, 503};
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(statuses); i++) {
        struct rig rig;
        open_call(&rig);
        rig_answer_status(&rig, asked(&rig), statuses[i], "b");
        rig_no_more_events(&rig);
        assert_int_equal(ask(&rig), 0);
        rig_fini(&rig);
    }
}

static void silence_to_info_leaves_the_call(void **state)
{
    struct rig rig;
    (void)state;
    open_call(&rig);
    asked(&rig);
    rig_advance(&rig, ZV_SECONDS(33));
    const struct zv_sip_out *out = rig_next_event(&rig, ZV_SIP_OUT_INFO_REFUSED);
    assert_int_equal(out->status, 0);
    assert_int_equal(out->cause, ZV_SIP_CAUSE_TIMEOUT);
    assert_int_equal(ask(&rig), ZV_E_UNSUPPORTED);
    rig_no_more_events(&rig);
    assert_int_equal(rig_counts(&rig).legs, 1);
    rig_fini(&rig);
}

static void info_that_does_not_get_there_is_no_refusal(void **state)
{
    struct rig rig;
    (void)state;
    open_call(&rig);
    zv_sip_on_flow_failed(rig.sip, &asked(&rig)->flow, rig.now_us);
    rig_drain(&rig);
    rig_no_more_sent(&rig);
    rig_no_more_events(&rig);
    assert_int_equal(ask(&rig), 0);
    rig_fini(&rig);
}

static void info_to_a_dialog_that_is_lost_ends_the_call(void **state)
{
    struct rig rig;
    (void)state;
    open_call(&rig);
    rig_answer_status(&rig, asked(&rig), 481, "b");
    assert_int_equal(rig_ended(&rig, ZV_SIP_CAUSE_DIALOG_GONE)->status, 481);
    rig_answer_status(&rig, rig_next_sent(&rig, "BYE "), 481, "b");
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void challenged_info_is_sent_with_credentials(void **state)
{
    struct rig rig;
    (void)state;
    open_call(&rig);
    for (int round = 0; round < 2; round++) {
        rig_answer(&rig, asked(&rig),
                   &(struct rig_reply){
                       .status = 407,
                       .tag = "b",
                       .extra = RIG_CHALLENGE("Proxy-Authenticate", "zvonok.test", "n7", "")});
        const struct rig_sent *again = rig_next_sent(&rig, "INFO ");
        assert_true(rig_has(again, "Proxy-Authorization: Digest "));
        assert_true(rig_has(again, "nonce=\"n7\""));
        assert_true(rig_has(again, "<picture_fast_update/>"));
        rig_answer_status(&rig, again, 200, "b");
    }
    rig_no_more_events(&rig);
    rig_fini(&rig);
}

static void challenge_of_a_stranger_counts_as_a_refusal(void **state)
{
    struct rig rig;
    (void)state;
    open_call(&rig);
    rig_answer(
        &rig, asked(&rig),
        &(struct rig_reply){.status = 401,
                            .tag = "b",
                            .extra = RIG_CHALLENGE("WWW-Authenticate", "evil.test", "n", "")});
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_INFO_REFUSED)->status, 401);
    rig_no_more_sent(&rig);
    rig_fini(&rig);
}

/* Both are challenged, crosswise: neither takes the other's nonce for its own. */
static void challenges_of_info_and_reoffer_do_not_mix(void **state)
{
    struct rig rig;
    (void)state;
    open_call(&rig);
    const struct rig_sent *info = asked(&rig);
    assert_int_equal(zv_sip_reoffer(rig.sip, RIG_CALL, zv_str(SDP_B), rig.now_us), 0);
    rig_drain(&rig);
    const struct rig_sent *offer = rig_next_sent(&rig, "INVITE ");
    struct rig_reply first = {.status = 407,
                              .tag = "b",
                              .extra =
                                  RIG_CHALLENGE("Proxy-Authenticate", "zvonok.test", "i1", "")};
    struct rig_reply second = {.status = 407,
                               .tag = "b",
                               .extra =
                                   RIG_CHALLENGE("Proxy-Authenticate", "zvonok.test", "o1", "")};
    rig_answer(&rig, info, &first);
    const struct rig_sent *info_again = rig_next_sent(&rig, "INFO ");
    rig_answer(&rig, offer, &second);
    rig_next_sent(&rig, "ACK ");
    assert_true(rig_has(rig_next_sent(&rig, "INVITE "), "nonce=\"o1\""));
    first.extra = RIG_CHALLENGE("Proxy-Authenticate", "zvonok.test", "i2", ", stale=true");
    rig_answer(&rig, info_again, &first);
    assert_true(rig_has(rig_next_sent(&rig, "INFO "), "nonce=\"i2\""));
    rig_fini(&rig);
}

static void info_under_way_ends_with_its_call(void **state)
{
    struct rig rig;
    (void)state;
    open_call(&rig);
    const struct rig_sent *info = asked(&rig);
    assert_int_equal(zv_sip_hangup(rig.sip, RIG_CALL, rig.now_us), 0);
    rig_drain(&rig);
    const struct rig_sent *bye = rig_next_sent(&rig, "BYE ");
    assert_int_equal(ask(&rig), ZV_E_STATE);
    rig_answer_status(&rig, info, 403, "b"); /* nobody waits for it any more */
    rig_answer_status(&rig, bye, 200, "b");
    rig_ended(&rig, ZV_SIP_CAUSE_LOCAL);
    assert_int_equal(ask(&rig), ZV_E_GONE);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void info_needs_a_call_and_a_body(void **state)
{
    static char longer[ZV_SIP_MAX_INFO_BYTES + 1];
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_register(&rig);
    assert_int_equal(ask(&rig), ZV_E_GONE);
    const struct rig_sent *invite = rig_invite(&rig);
    assert_int_equal(ask(&rig), ZV_E_STATE);
    rig_answer(&rig, invite,
               &(struct rig_reply){.status = 200, .tag = "b", .extra = RIG_CONTACT, .sdp = SDP_B});
    rig_next_sent(&rig, "ACK ");
    memset(longer, 'x', sizeof(longer));
    assert_int_equal(
        zv_sip_info(rig.sip, RIG_CALL, ZV_SIP_INFO_MEDIA_CONTROL, (struct zv_str){0}, rig.now_us),
        ZV_E_INVAL);
    assert_int_equal(zv_sip_info(rig.sip, RIG_CALL, ZV_SIP_INFO_MEDIA_CONTROL,
                                 zv_str_n(longer, sizeof(longer)), rig.now_us),
                     ZV_E_INVAL);
    asked(&rig);
    rig_fini(&rig);
}

/* ---- theirs ---- */

struct far_end {
    char tag[64];
    char call_id[64];
    unsigned cseq;
};

static struct far_end far_end_of(const struct rig_sent *invite)
{
    struct far_end far = {.cseq = 1};
    struct zv_sip_msg msg;
    assert_int_equal(zv_sip_msg_parse(invite->text, invite->len, &msg), 0);
    snprintf(far.tag, sizeof(far.tag), "%.*s", ZV_STR_ARG(msg.from_tag));
    snprintf(far.call_id, sizeof(far.call_id), "%.*s", ZV_STR_ARG(msg.call_id));
    return far;
}

static const struct rig_sent *info_from(struct rig *rig, struct far_end *far, const char *type,
                                        const char *body, const char *extra, const char *answer)
{
    static char branch[16];
    snprintf(branch, sizeof(branch), "i%u", far->cseq);
    struct rig_request r = {.method = "INFO",
                            .uri = "sip:1001@192.0.2.1",
                            .branch = branch,
                            .from_tag = "b",
                            .to_tag = far->tag,
                            .call_id = far->call_id,
                            .cseq = far->cseq++,
                            .extra = extra,
                            .sdp = body,
                            .body_type = type};
    rig_request(rig, &r);
    return rig_next_sent(rig, answer);
}

static void body_that_is_known_is_handed_up(void **state)
{
    static const char multipart[] = "--x\r\nContent-Type: text/plain\r\n\r\nhello\r\n"
                                    "--x\r\nContent-Type: " XML "\r\n\r\n" BODY "\r\n--x--\r\n";
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_register(&rig);
    struct far_end far = far_end_of(rig_talk(&rig));
    info_from(&rig, &far, XML "; charset=utf-8", BODY, NULL, "SIP/2.0 200 ");
    const struct zv_sip_out *out = rig_next_event(&rig, ZV_SIP_OUT_INFO);
    assert_int_equal(out->leg, RIG_CALL);
    assert_int_equal(out->info, ZV_SIP_INFO_MEDIA_CONTROL);
    assert_true(zv_str_is(out->body, BODY));
    info_from(&rig, &far, "multipart/mixed;boundary=x", multipart, NULL, "SIP/2.0 200 ");
    assert_true(zv_str_is(rig_next_event(&rig, ZV_SIP_OUT_INFO)->body, BODY));
    rig_no_more_events(&rig);
    rig_fini(&rig);
}

static void body_that_is_unknown_is_refused_with_what_is_taken(void **state)
{
    static char longer[ZV_SIP_MAX_INFO_BYTES + 2];
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_register(&rig);
    struct far_end far = far_end_of(rig_talk(&rig));
    const struct rig_sent *answer = info_from(&rig, &far, "application/vnd.nortelnetworks.digits",
                                              "p=Digit-Collection", NULL, "SIP/2.0 415 ");
    assert_true(
        rig_has(answer, "\r\nAccept: " XML ", application/dtmf-relay, application/dtmf\r\n"));
    info_from(&rig, &far, XML, BODY, "Content-Encoding: gzip\r\n", "SIP/2.0 415 ");
    answer =
        info_from(&rig, &far, XML, BODY, "Info-Package: x\r\n", "SIP/2.0 469 Bad Info Package");
    assert_true(rig_has(answer, "\r\nRecv-Info: \r\n"));
    memset(longer, 'x', sizeof(longer) - 1);
    info_from(&rig, &far, XML, longer, NULL, "SIP/2.0 413 ");
    info_from(&rig, &far, "multipart/mixed", BODY, NULL, "SIP/2.0 400 ");
    info_from(&rig, &far, NULL, NULL, NULL, "SIP/2.0 200 "); /* are we alive? */
    rig_no_more_events(&rig);
    rig_fini(&rig);
}

static void info_outside_a_session_changes_nothing(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_register(&rig);
    const struct rig_sent *invite = rig_invite(&rig);
    struct far_end far = far_end_of(invite);
    info_from(&rig, &far, XML, BODY, NULL, "SIP/2.0 481 "); /* no dialog yet */
    rig_answer(&rig, invite, &(struct rig_reply){.status = 180, .tag = "b", .extra = RIG_CONTACT});
    rig_next_event(&rig, ZV_SIP_OUT_PROGRESS);
    info_from(&rig, &far, XML, BODY, NULL, "SIP/2.0 200 "); /* early: nothing to do */
    rig_no_more_events(&rig);
    rig_answer(&rig, invite,
               &(struct rig_reply){.status = 200, .tag = "b", .extra = RIG_CONTACT, .sdp = SDP_B});
    rig_next_sent(&rig, "ACK ");
    rig_next_event(&rig, ZV_SIP_OUT_ANSWERED);
    assert_int_equal(zv_sip_hangup(rig.sip, RIG_CALL, rig.now_us), 0);
    rig_drain(&rig);
    const struct rig_sent *bye = rig_next_sent(&rig, "BYE ");
    info_from(&rig, &far, XML, BODY, NULL, "SIP/2.0 481 ");
    rig_answer_status(&rig, bye, 200, "b");
    rig_ended(&rig, ZV_SIP_CAUSE_LOCAL);
    rig_fini(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(info_is_sent_in_the_dialog),
        cmocka_unit_test(one_info_is_under_way_at_a_time),
        cmocka_unit_test(refused_info_is_told_once_and_not_sent_again),
        cmocka_unit_test(refusal_of_the_moment_lets_the_next_one_be_sent),
        cmocka_unit_test(silence_to_info_leaves_the_call),
        cmocka_unit_test(info_that_does_not_get_there_is_no_refusal),
        cmocka_unit_test(info_to_a_dialog_that_is_lost_ends_the_call),
        cmocka_unit_test(challenged_info_is_sent_with_credentials),
        cmocka_unit_test(challenge_of_a_stranger_counts_as_a_refusal),
        cmocka_unit_test(challenges_of_info_and_reoffer_do_not_mix),
        cmocka_unit_test(info_under_way_ends_with_its_call),
        cmocka_unit_test(info_needs_a_call_and_a_body),
        cmocka_unit_test(body_that_is_known_is_handed_up),
        cmocka_unit_test(body_that_is_unknown_is_refused_with_what_is_taken),
        cmocka_unit_test(info_outside_a_session_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
