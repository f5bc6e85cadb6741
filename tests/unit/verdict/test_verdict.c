/*
 * The table of verdicts: for each a story of looks that provokes it and one that does not, and the
 * rule that nothing flaps.
 */
#include "story.h"

/* ---- nothing is wrong ---- */

static void a_good_call_has_no_verdict_ever(void **state)
{
    (void)state;
    struct story story = begin();
    talk(&story, 100);
    ASSERT_SAYS(&story, ZV_VERDICT_CLIENT, OK);
    ASSERT_SAYS(&story, ZV_VERDICT_SIP, OK);
    assert_int_equal(story.changes, 0);
}

static void before_the_answer_what_does_not_come_is_not_missed(void **state)
{
    (void)state;
    struct story story = begin();
    for (int i = 0; i < ZV_VERDICT_LEGS; i++)
        story.facts.legs[i].due_us = 0;
    for (int i = 0; i < 20; i++)
        look(&story);
    assert_int_equal(story.changes, 0);
}

/* ---- ICE and DTLS ---- */

static void without_a_check_the_way_in_is_blocked(void **state)
{
    (void)state;
    struct story story = begin();
    story.facts.legs[ZV_VERDICT_CLIENT].due_us = 0;
    story.facts.ice_wanted_us = ANSWERED;
    hear(&story, ZV_VERDICT_SIP, PER_LOOK);
    look(&story);
    ASSERT_SAYS(&story, ZV_VERDICT_CLIENT, OK); /* not yet two seconds */
    hear(&story, ZV_VERDICT_SIP, PER_LOOK);
    look(&story);
    assert_true(story.facts.now_us - ANSWERED < ZV_SECONDS(5));
    ASSERT_SAYS(&story, ZV_VERDICT_CLIENT, ICE_NO_CHECKS);
    ASSERT_SAYS(&story, ZV_VERDICT_SIP, OK);
    assert_string_equal(text_of(&story, ZV_VERDICT_CLIENT),
                        "no audio from the client: none of its connectivity checks has reached UDP "
                        "port 3478 of the gateway");
    assert_true(story.watch.legs[ZV_VERDICT_CLIENT].said.since_us == ANSWERED);
}

static void checks_without_an_end_mean_that_the_answers_are_lost(void **state)
{
    (void)state;
    struct story story = begin();
    story.facts.ice_wanted_us = ANSWERED;
    story.facts.legs[ZV_VERDICT_CLIENT].due_us = 0;
    figures(&story, ZV_VERDICT_CLIENT)->checks = 12;
    look(&story);
    look(&story);
    ASSERT_SAYS(&story, ZV_VERDICT_CLIENT, ICE_UNCONFIRMED);
    assert_non_null(strstr(text_of(&story, ZV_VERDICT_CLIENT), "12 connectivity checks"));
}

static void a_way_without_keys_means_that_dtls_is_blocked(void **state)
{
    (void)state;
    struct story story = begin();
    story.facts.legs[ZV_VERDICT_CLIENT].due_us = 0;
    story.facts.ice_wanted_us = ANSWERED;
    story.facts.ice_up_us = ANSWERED + ZV_MS(80);
    figures(&story, ZV_VERDICT_CLIENT)->checks = 4;
    look(&story);
    look(&story);
    ASSERT_SAYS(&story, ZV_VERDICT_CLIENT, DTLS_BLOCKED);
    assert_non_null(strstr(remedy_of(&story, ZV_VERDICT_CLIENT), "1500"));
    /* It is up at last. */
    story.facts.ice_wanted_us = 0;
    story.facts.legs[ZV_VERDICT_CLIENT].due_us = story.facts.now_us;
    talk(&story, 2);
    ASSERT_SAYS(&story, ZV_VERDICT_CLIENT, OK);
}

/* ---- packets come and none is taken ---- */

static void the_wrong_source_is_named_beside_the_right_one(void **state)
{
    (void)state;
    struct story story = begin();
    struct zv_verdict_leg_facts *sip = &story.facts.legs[ZV_VERDICT_SIP];
    sip->rejected = addr("10.0.0.7:4000");
    sip->rule = ZV_VERDICT_RULE_STRICT;
    for (int i = 0; i < 2; i++) {
        figures(&story, ZV_VERDICT_SIP)->rejected += PER_LOOK;
        hear(&story, ZV_VERDICT_CLIENT, PER_LOOK);
        look(&story);
    }
    assert_true(story.facts.now_us - ANSWERED < ZV_SECONDS(5));
    assert_int_equal(story.changed, 1 << ZV_VERDICT_SIP);
    ASSERT_SAYS(&story, ZV_VERDICT_SIP, WRONG_SOURCE);
    assert_string_equal(text_of(&story, ZV_VERDICT_SIP),
                        "no audio from the SIP side: packets come from 10.0.0.7:4000, the SDP says "
                        "192.0.2.1:9000, the trunk is strict");
    sip->rule = ZV_VERDICT_RULE_PUBLIC;
    figures(&story, ZV_VERDICT_SIP)->rejected++;
    hear(&story, ZV_VERDICT_CLIENT, PER_LOOK);
    look(&story);
    assert_int_equal(story.changed, 0);
    assert_non_null(strstr(text_of(&story, ZV_VERDICT_SIP), "no other host is taken"));
}

static void strangers_beside_a_voice_are_no_verdict(void **state)
{
    (void)state;
    struct story story = begin();
    for (int i = 0; i < 10; i++) {
        figures(&story, ZV_VERDICT_SIP)->rejected += 50000;
        figures(&story, ZV_VERDICT_CLIENT)->auth_failures += 50000;
        figures(&story, ZV_VERDICT_SIP)->unknown_format += 7;
        talk(&story, 1);
    }
    assert_int_equal(story.changes, 0);
}

static void packets_that_all_fail_authentication_have_other_keys(void **state)
{
    (void)state;
    for (int leg = 0; leg < ZV_VERDICT_LEGS; leg++) {
        struct story story = begin();
        for (int i = 0; i < 2; i++) {
            figures(&story, leg)->auth_failures += PER_LOOK;
            hear(&story, !leg, PER_LOOK);
            look(&story);
        }
        ASSERT_SAYS(&story, leg, SRTP_KEY_MISMATCH);
        ASSERT_SAYS(&story, !leg, OK);
        assert_non_null(strstr(text_of(&story, leg), leg ? "the SIP side" : "the client"));
        assert_string_not_equal(remedy_of(&story, leg), "");
    }
}

static void an_unknown_payload_type_alone_is_named(void **state)
{
    (void)state;
    struct story story = begin();
    story.facts.legs[ZV_VERDICT_SIP].unknown_pt = 18;
    for (int i = 0; i < 2; i++) {
        figures(&story, ZV_VERDICT_SIP)->unknown_format += PER_LOOK;
        hear(&story, ZV_VERDICT_CLIENT, PER_LOOK);
        look(&story);
    }
    ASSERT_SAYS(&story, ZV_VERDICT_SIP, UNKNOWN_FORMAT);
    assert_non_null(strstr(text_of(&story, ZV_VERDICT_SIP), "payload type 18"));
}

/* ---- nothing comes ---- */

static void a_side_that_was_never_heard_is_told_from_one_that_stopped(void **state)
{
    (void)state;
    struct story story = begin();
    for (int i = 0; i < 2; i++) {
        hear(&story, ZV_VERDICT_CLIENT, PER_LOOK);
        look(&story);
    }
    ASSERT_SAYS(&story, ZV_VERDICT_SIP, NOTHING_CAME);
    assert_non_null(strstr(text_of(&story, ZV_VERDICT_SIP), "no packet has come for 4 s"));
    assert_true(story.watch.legs[ZV_VERDICT_SIP].said.since_us == ANSWERED);
    /* It comes, and the client stops. */
    for (int i = 0; i < 2; i++) {
        hear(&story, ZV_VERDICT_SIP, PER_LOOK);
        look(&story);
    }
    ASSERT_SAYS(&story, ZV_VERDICT_SIP, OK);
    ASSERT_SAYS(&story, ZV_VERDICT_CLIENT, STOPPED);
    assert_true(story.facts.now_us - figures(&story, ZV_VERDICT_CLIENT)->last_rtp_us <=
                ZV_SECONDS(6));
}

static void reports_alone_are_silence_and_no_fault(void **state)
{
    (void)state;
    struct story story = begin();
    for (int i = 0; i < 20; i++) {
        figures(&story, ZV_VERDICT_SIP)->rtcp += i % 2 == 0; /* every 5 s */
        hear(&story, ZV_VERDICT_CLIENT, PER_LOOK);
        look(&story);
    }
    ASSERT_SAYS(&story, ZV_VERDICT_SIP, SILENT);
    assert_string_equal(text_of(&story, ZV_VERDICT_SIP),
                        "the SIP side sends no sound, only reports (RTCP)");
    assert_int_equal(zv_verdict_severity(ZV_VERDICT_SILENT), ZV_VERDICT_INFO);
    assert_int_equal(story.changes, 1);
}

static void a_side_that_stops_and_goes_on_to_report_turns_from_stopped_to_silent(void **state)
{
    (void)state;
    struct story story = begin();
    talk(&story, 4);
    for (int i = 0; i < 20; i++) {
        figures(&story, ZV_VERDICT_SIP)->rtcp += i % 2;
        hear(&story, ZV_VERDICT_CLIENT, PER_LOOK);
        look(&story);
        if (i == 1)
            ASSERT_SAYS(&story, ZV_VERDICT_SIP, STOPPED);
    }
    ASSERT_SAYS(&story, ZV_VERDICT_SIP, SILENT);
    assert_int_equal(story.changes, 2);
}

static void comfort_noise_alone_is_silence(void **state)
{
    (void)state;
    struct story story = begin();
    talk(&story, 2);
    hear(&story, ZV_VERDICT_CLIENT, PER_LOOK);
    hear(&story, ZV_VERDICT_SIP, 12);
    figures(&story, ZV_VERDICT_SIP)->comfort_noise += 12;
    look(&story);
    ASSERT_SAYS(&story, ZV_VERDICT_SIP, SILENT);
    assert_non_null(strstr(text_of(&story, ZV_VERDICT_SIP), "comfort noise"));
}

static void hold_has_no_verdict_and_its_end_begins_anew(void **state)
{
    (void)state;
    struct story story = begin();
    talk(&story, 3);
    for (int i = 0; i < ZV_VERDICT_LEGS; i++)
        story.facts.legs[i].due_us = 0;
    for (int i = 0; i < 40; i++)
        look(&story);
    assert_int_equal(story.changes, 0);
    int64_t back_us = story.facts.now_us + ZV_MS(600);
    for (int i = 0; i < ZV_VERDICT_LEGS; i++)
        story.facts.legs[i].due_us = back_us;
    hear(&story, ZV_VERDICT_CLIENT, PER_LOOK);
    look(&story); /* 1.9 s after it: too early */
    assert_int_equal(story.changes, 0);
    hear(&story, ZV_VERDICT_CLIENT, PER_LOOK);
    look(&story);
    ASSERT_SAYS(&story, ZV_VERDICT_SIP, STOPPED);
    assert_true(story.watch.legs[ZV_VERDICT_SIP].said.since_us == back_us);
}

static void a_verdict_ends_with_the_hold(void **state)
{
    (void)state;
    struct story story = begin();
    look(&story);
    look(&story);
    ASSERT_SAYS(&story, ZV_VERDICT_SIP, NOTHING_CAME);
    story.facts.legs[ZV_VERDICT_SIP].due_us = 0;
    look(&story);
    look(&story);
    ASSERT_SAYS(&story, ZV_VERDICT_SIP, OK);
}

/* ---- heard badly ---- */

/* A look in which `lost` of PER_LOOK packets from `leg` are missing. */
static void lose(struct story *story, int leg, unsigned lost)
{
    figures(story, leg)->lost += lost;
    hear(story, leg, PER_LOOK - lost);
    hear(story, !leg, PER_LOOK);
    look(story);
}

static void loss_has_one_limit_to_be_said_and_another_to_be_taken_back(void **state)
{
    (void)state;
    struct story story = begin();
    talk(&story, 4);
    for (int i = 0; i < 2; i++)
        lose(&story, ZV_VERDICT_CLIENT, 10); /* 8 % */
    ASSERT_SAYS(&story, ZV_VERDICT_CLIENT, LOSS);
    ASSERT_SAYS(&story, ZV_VERDICT_SIP, OK);
    for (int i = 0; i < 10; i++)
        lose(&story, ZV_VERDICT_CLIENT, 4); /* 3.2 %: less, and still too much */
    ASSERT_SAYS(&story, ZV_VERDICT_CLIENT, LOSS);
    assert_string_equal(text_of(&story, ZV_VERDICT_CLIENT),
                        "3 % of the packets from the client are lost");
    for (int i = 0; i < 4; i++)
        lose(&story, ZV_VERDICT_CLIENT, 1);
    ASSERT_SAYS(&story, ZV_VERDICT_CLIENT, OK);
    for (int i = 0; i < 10; i++)
        lose(&story, ZV_VERDICT_CLIENT, 4);
    ASSERT_SAYS(&story, ZV_VERDICT_CLIENT, OK);
    assert_int_equal(story.changes, 2);
}

static void what_was_lost_on_hold_is_not_counted(void **state)
{
    (void)state;
    struct story story = begin();
    talk(&story, 4);
    story.facts.legs[ZV_VERDICT_SIP].due_us = 0;
    lose(&story, ZV_VERDICT_SIP, 100);
    story.facts.legs[ZV_VERDICT_SIP].due_us = story.facts.now_us;
    talk(&story, 5);
    assert_int_equal(story.changes, 0);
}

static void jitter_is_said_with_its_figure(void **state)
{
    (void)state;
    struct story story = begin();
    talk(&story, 2);
    figures(&story, ZV_VERDICT_SIP)->jitter_us = 49900;
    talk(&story, 2);
    ASSERT_SAYS(&story, ZV_VERDICT_SIP, OK);
    figures(&story, ZV_VERDICT_SIP)->jitter_us = 64300;
    talk(&story, 1);
    ASSERT_SAYS(&story, ZV_VERDICT_SIP, JITTER);
    assert_non_null(strstr(text_of(&story, ZV_VERDICT_SIP), "64 ms"));
    figures(&story, ZV_VERDICT_SIP)->jitter_us = 31000;
    talk(&story, 5);
    ASSERT_SAYS(&story, ZV_VERDICT_SIP, JITTER);
    figures(&story, ZV_VERDICT_SIP)->jitter_us = 8000;
    talk(&story, 2);
    ASSERT_SAYS(&story, ZV_VERDICT_SIP, OK);
}

static void loss_on_the_way_out_is_what_the_other_end_reports(void **state)
{
    (void)state;
    struct story story = begin();
    talk(&story, 2);
    figures(&story, ZV_VERDICT_CLIENT)->report_us = story.facts.now_us;
    figures(&story, ZV_VERDICT_CLIENT)->report_fraction = 51;
    talk(&story, 1);
    ASSERT_SAYS(&story, ZV_VERDICT_CLIENT, LOSS_REPORTED);
    assert_string_equal(text_of(&story, ZV_VERDICT_CLIENT),
                        "the client reports that 20 % of what the gateway sends is lost");
    talk(&story, 10); /* no report for long: it says nothing any more */
    ASSERT_SAYS(&story, ZV_VERDICT_CLIENT, OK);
}

/* ---- worth knowing ---- */

static void another_codec_than_the_agreed_one_is_told(void **state)
{
    (void)state;
    struct story story = begin();
    talk(&story, 1);
    hear(&story, ZV_VERDICT_CLIENT, PER_LOOK);
    hear(&story, ZV_VERDICT_SIP, PER_LOOK);
    story.facts.legs[ZV_VERDICT_SIP].used = ZV_CODEC_PCMA;
    look(&story);
    ASSERT_SAYS(&story, ZV_VERDICT_SIP, CODEC_CHANGED);
    assert_string_equal(text_of(&story, ZV_VERDICT_SIP),
                        "the SIP side sends PCMA, PCMU was agreed on first");
    assert_string_equal(remedy_of(&story, ZV_VERDICT_SIP), "");
}

static void a_client_that_is_away_is_told_of_its_leg_alone(void **state)
{
    (void)state;
    struct story story = begin();
    talk(&story, 2);
    story.facts.is_client_here = false;
    talk(&story, 2);
    ASSERT_SAYS(&story, ZV_VERDICT_CLIENT, CLIENT_AWAY);
    ASSERT_SAYS(&story, ZV_VERDICT_SIP, OK);
    hear(&story, ZV_VERDICT_SIP, PER_LOOK);
    look(&story);
    ASSERT_SAYS(&story, ZV_VERDICT_CLIENT, STOPPED); /* worse: it is not heard either */
}

/* ---- over time ---- */

static void what_comes_and_goes_does_not_flap(void **state)
{
    (void)state;
    struct story story = begin();
    talk(&story, 2);
    for (int i = 0; i < 60; i++) {
        hear(&story, ZV_VERDICT_CLIENT, PER_LOOK);
        hear(&story, ZV_VERDICT_SIP, i % 3 == 2 ? 3 : 0);
        look(&story);
    }
    ASSERT_SAYS(&story, ZV_VERDICT_SIP, STOPPED);
    assert_int_equal(story.changes, 1);
    talk(&story, 2);
    assert_int_equal(story.changes, 2);
}

static void a_leg_that_is_made_anew_is_judged_by_what_comes_then(void **state)
{
    (void)state;
    struct story story = begin();
    talk(&story, 10);
    *figures(&story, ZV_VERDICT_CLIENT) = (struct zv_leg_figures){0};
    figures(&story, ZV_VERDICT_CLIENT)->lost = 3;
    talk(&story, 10);
    assert_int_equal(story.changes, 0);
}

/* ---- the table ---- */

static bool is_sentence(const char *text)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++)
        if (text[i] < ' ' || text[i] > '~' || strchr("{}", text[i]))
            return false;
    return len && !(text[0] >= 'A' && text[0] <= 'Z') && !strchr(" .!?", text[len - 1]);
}

static void every_verdict_is_a_sentence_with_all_its_words(void **state)
{
    (void)state;
    struct zv_addr longest = addr("[2001:db8:1111:2222:3333:4444:5555:6666]:65535");
    for (int code = 0; code < ZV_VERDICT_COUNT; code++) {
        for (int leg = 0; leg < ZV_VERDICT_LEGS; leg++) {
            struct story story = {0};
            story.watch.legs[leg].said = (struct zv_verdict){
                .code = (enum zv_verdict_code)code,
                .leg = (enum zv_verdict_leg_index)leg,
                .source = longest,
                .described = longest,
                .rule = ZV_VERDICT_RULE_PUBLIC,
            };
            if (!is_sentence(text_of(&story, leg)))
                fail_msg("%s: \"%s\"", zv_verdict_name((enum zv_verdict_code)code),
                         text_of(&story, leg));
            const char *remedy = remedy_of(&story, leg);
            if (*remedy && !is_sentence(remedy))
                fail_msg("%s: \"%s\"", zv_verdict_name((enum zv_verdict_code)code), remedy);
        }
    }
    assert_string_equal(zv_verdict_name((enum zv_verdict_code)1000), "ok");
    assert_string_equal(zv_verdict_severity_name(ZV_VERDICT_WARNING), "warning");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_good_call_has_no_verdict_ever),
    cmocka_unit_test(before_the_answer_what_does_not_come_is_not_missed),
    cmocka_unit_test(without_a_check_the_way_in_is_blocked),
    cmocka_unit_test(checks_without_an_end_mean_that_the_answers_are_lost),
    cmocka_unit_test(a_way_without_keys_means_that_dtls_is_blocked),
    cmocka_unit_test(the_wrong_source_is_named_beside_the_right_one),
    cmocka_unit_test(strangers_beside_a_voice_are_no_verdict),
    cmocka_unit_test(packets_that_all_fail_authentication_have_other_keys),
    cmocka_unit_test(an_unknown_payload_type_alone_is_named),
    cmocka_unit_test(a_side_that_was_never_heard_is_told_from_one_that_stopped),
    cmocka_unit_test(reports_alone_are_silence_and_no_fault),
    cmocka_unit_test(a_side_that_stops_and_goes_on_to_report_turns_from_stopped_to_silent),
    cmocka_unit_test(comfort_noise_alone_is_silence),
    cmocka_unit_test(hold_has_no_verdict_and_its_end_begins_anew),
    cmocka_unit_test(a_verdict_ends_with_the_hold),
    cmocka_unit_test(loss_has_one_limit_to_be_said_and_another_to_be_taken_back),
    cmocka_unit_test(what_was_lost_on_hold_is_not_counted),
    cmocka_unit_test(jitter_is_said_with_its_figure),
    cmocka_unit_test(loss_on_the_way_out_is_what_the_other_end_reports),
    cmocka_unit_test(another_codec_than_the_agreed_one_is_told),
    cmocka_unit_test(a_client_that_is_away_is_told_of_its_leg_alone),
    cmocka_unit_test(what_comes_and_goes_does_not_flap),
    cmocka_unit_test(a_leg_that_is_made_anew_is_judged_by_what_comes_then),
    cmocka_unit_test(every_verdict_is_a_sentence_with_all_its_words),
};
ZV_TEST_MAIN(tests)
