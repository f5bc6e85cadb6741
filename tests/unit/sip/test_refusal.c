/* Why a far end refuses an offer of ours, as far as it says, and the INVITE that offers something
 * else: the same call (RFC 3261 §8.1.3.5). */
#include "rig.h"

static const struct zv_sip_out *refused(struct rig *rig, const struct rig_reply *reply)
{
    rig_answer(rig, rig_invite(rig), reply);
    rig_next_sent(rig, "ACK ");
    return rig_ended(rig, ZV_SIP_CAUSE_REJECTED);
}

static void a_refusal_says_why(void **state)
{
    static const struct {
        struct rig_reply reply;
        uint16_t warning;
        bool refuses_sdp;
        const char *sdp;
    } rows[] = {
        {{.status = 488}, 0, false, ""},
        {{.status = 488, .extra = "Warning: 304 far.test \"no video, please\"\r\n", .sdp = SDP_B},
         304,
         false,
         SDP_B},
        {{.status = 606, .extra = "Warning: 199 a \"x\", 370 b \"304 c\"\r\n"}, 370, false, ""},
        {{.status = 488, .extra = "Warning: 3044 a \"x\"\r\nWarning: nonsense\r\n"}, 0, false, ""},
        {{.status = 415, .extra = "Accept: text/plain, application/sdp;level=1\r\n"}, 0, false, ""},
        {{.status = 415, .extra = "Accept: */*\r\n"}, 0, false, ""},
        {{.status = 415, .extra = "Accept: text/plain\r\n"}, 0, true, ""},
        {{.status = 415}, 0, false, ""},
        {{.status = 488, .extra = "Accept: text/plain\r\n"}, 0, false, ""},
        {{.status = 486, .extra = "Warning: 304 a \"x\"\r\n", .sdp = SDP_B}, 0, false, ""},
    };
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(rows); i++) {
        struct rig rig;
        rig_init(&rig);
        rig_add_account(&rig);
        struct rig_reply reply = rows[i].reply;
        reply.tag = "b";
        const struct zv_sip_out *out = refused(&rig, &reply);
        if (out->refusal.warning != rows[i].warning ||
            out->refusal.refuses_sdp != rows[i].refuses_sdp || !zv_str_is(out->sdp, rows[i].sdp))
            fail_msg("row %zu: %u %d '%.*s'", i, out->refusal.warning, out->refusal.refuses_sdp,
                     ZV_STR_ARG(out->sdp));
        rig_assert_empty(&rig);
        rig_fini(&rig);
    }
}

static int invite_again(struct rig *rig, struct zv_str again)
{
    struct zv_sip_invite_cfg cfg = {.account = RIG_ACCOUNT,
                                    .callee = ZV_STR_LIT("1002"),
                                    .sdp = ZV_STR_LIT(SDP_B),
                                    .again = again};
    int err = zv_sip_invite(rig->sip, RIG_CALL, &cfg, rig->now_us);
    rig_drain(rig);
    return err;
}

static void another_offer_is_the_same_call(void **state)
{
    static const enum zv_sip_header same[] = {ZV_SIP_HEADER_CALL_ID, ZV_SIP_HEADER_FROM,
                                              ZV_SIP_HEADER_TO, ZV_SIP_HEADER_CONTACT};
    char first[256], second[256];
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    const struct rig_sent *invite = rig_invite(&rig);
    rig_answer_status(&rig, invite, 488, "b");
    rig_next_sent(&rig, "ACK ");
    const struct zv_sip_out *out = rig_ended(&rig, ZV_SIP_CAUSE_REJECTED);
    assert_true(out->refusal.again.len > 0);
    assert_int_equal(invite_again(&rig, out->refusal.again), 0);
    const struct rig_sent *again = rig_next_sent(&rig, "INVITE sip:1002@zvonok.test SIP/2.0");
    for (size_t i = 0; i < ZV_ARRAY_LEN(same); i++)
        assert_string_equal(rig_header(again, same[i], second, sizeof(second)),
                            rig_header(invite, same[i], first, sizeof(first)));
    assert_true(rig_has(again, "CSeq: 2 INVITE\r\n"));
    assert_true(rig_has(again, "\r\n\r\n" SDP_B));
    assert_string_not_equal(rig_header(again, ZV_SIP_HEADER_VIA, second, sizeof(second)),
                            rig_header(invite, ZV_SIP_HEADER_VIA, first, sizeof(first)));
    /* The first one's late 488 is of a transaction of its own, and is ACKed once more. */
    rig_answer_status(&rig, invite, 488, "b");
    assert_true(rig_has(rig_next_sent(&rig, "ACK "), "CSeq: 1 ACK"));
    rig_answer(&rig, again,
               &(struct rig_reply){.status = 200, .tag = "c", .extra = RIG_CONTACT, .sdp = SDP_B});
    assert_true(rig_has(rig_next_sent(&rig, "ACK "), "CSeq: 2 ACK"));
    rig_next_event(&rig, ZV_SIP_OUT_ANSWERED);
    assert_int_equal(zv_sip_hangup(rig.sip, RIG_CALL, rig.now_us), 0);
    rig_drain(&rig);
    rig_answer_status(&rig, rig_next_sent(&rig, "BYE "), 200, "c");
    rig_ended(&rig, ZV_SIP_CAUSE_LOCAL);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void what_was_not_told_is_not_repeated(void **state)
{
    static const char *const wrong[] = {"a", "a b", "a b c", "a b@ 1", " b 1", "a b 99999999999"};
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    for (size_t i = 0; i < ZV_ARRAY_LEN(wrong); i++)
        assert_int_equal(invite_again(&rig, zv_str(wrong[i])), ZV_E_INVAL);
    rig_no_more_sent(&rig);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_refusal_says_why),
    cmocka_unit_test(another_offer_is_the_same_call),
    cmocka_unit_test(what_was_not_told_is_not_repeated),
};
ZV_TEST_MAIN(tests)
