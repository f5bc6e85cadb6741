/*
 * RFC 4475's and RFC 5118's torture messages through the whole stack, each as the first word of a
 * peer that is our registrar: accepted, answered with the status that the RFC asks for, or dropped.
 * Where we do otherwise the row says why. Nothing of any of them stays but the call that was taken.
 */
#include "rig.h"

#include "torture.h"

enum outcome { DROPPED, ANSWERED, TAKEN };

struct torture {
    const char *file; /* in tests/vectors/sip/torture, without .sip */
    enum outcome outcome;
    uint16_t status;    /* ANSWERED */
    const char *header; /* in the answer; NULL: of no interest */
};

static const struct torture cases[] = {
    /* RFC 4475 §3.1.1. We are no registrar: REGISTER is 405; a request within a dialog that is not
     * there is 481; a user that is nobody's is 404. */
    {"rfc4475/wsinv", ANSWERED, 481, NULL},
    /* Not as the RFC has it: valid, and to be answered 501. Control characters, even quoted ones,
     * pass through us to nobody, and an answer would carry them back. */
    {"rfc4475/intmeth", DROPPED, 0, NULL},
    {"intmeth_text", ANSWERED, 501, "Allow: "},
    {"rfc4475/esc01", ANSWERED, 404, NULL},
    {"rfc4475/escnull", ANSWERED, 405, "Allow: "},
    {"rfc4475/esc02", ANSWERED, 501, "Allow: "},
    {"rfc4475/lwsdisp", ANSWERED, 200, NULL},
    {"rfc4475/longreq", TAKEN, 0, NULL},
    {"rfc4475/dblreq", ANSWERED, 405, NULL},
    {"rfc4475/semiuri", ANSWERED, 404, NULL},
    {"rfc4475/transports", ANSWERED, 200, NULL},
    {"rfc4475/mpart01", ANSWERED, 405, "Allow: "},
    {"rfc4475/unreason", DROPPED, 0, NULL}, /* responses to nothing of ours */
    {"rfc4475/noreason", DROPPED, 0, NULL},
    /* §3.1.2. Not as the RFC has it ("should respond with a 400"): the answer's Via would have to
     * be a copy of one that cannot be read. */
    {"rfc4475/badinv01", DROPPED, 0, NULL},
    {"rfc4475/clerr", ANSWERED, 400, NULL},
    {"rfc4475/ncl", ANSWERED, 400, NULL},
    {"rfc4475/scalar02", ANSWERED, 400, NULL},
    {"rfc4475/scalarlg", DROPPED, 0, NULL},
    {"rfc4475/quotbal", ANSWERED, 400, NULL},
    {"rfc4475/ltgtruri", ANSWERED, 400, NULL},
    {"rfc4475/lwsruri", ANSWERED, 400, NULL},
    {"rfc4475/lwsstart", ANSWERED, 400, NULL},
    {"rfc4475/trws", ANSWERED, 400, NULL},
    {"rfc4475/escruri", ANSWERED, 400, NULL},
    {"rfc4475/baddate", TAKEN, 0, NULL}, /* either will do for the RFC; nobody here reads Date */
    {"rfc4475/regbadct", ANSWERED, 400, NULL},
    {"rfc4475/badaspec", ANSWERED, 400, NULL},
    {"rfc4475/baddn", ANSWERED, 400, NULL},
    {"rfc4475/badvers", ANSWERED, 505, NULL},
    {"rfc4475/mismatch01", ANSWERED, 400, NULL},
    {"rfc4475/mismatch02", ANSWERED, 400, NULL}, /* the RFC: 501, or 400 */
    {"rfc4475/bigcode", DROPPED, 0, NULL},
    /* §3.2: as from RFC 2543, the branch being worth nothing. */
    {"rfc4475/badbranch", ANSWERED, 200, NULL},
    /* §3.3. Not as the RFC has it ("ideally" 400): without From, To and Call-ID nobody could match
     * an answer. */
    {"rfc4475/insuf", DROPPED, 0, NULL},
    {"rfc4475/unkscm", ANSWERED, 416, NULL},
    {"rfc4475/novelsc", ANSWERED, 416, NULL},
    {"rfc4475/unksm2", ANSWERED, 405, NULL},
    {"rfc4475/bext01", ANSWERED, 420,
     "Unsupported: nothingSupportsThis, nothingSupportsThisEither\r\n"},
    {"rfc4475/invut", ANSWERED, 415, "Accept: application/sdp"},
    {"rfc4475/regaut01", ANSWERED, 405, NULL},
    {"rfc4475/multi01", ANSWERED, 400, NULL},
    {"rfc4475/mcl01", ANSWERED, 400, NULL},
    {"rfc4475/bcast", DROPPED, 0, NULL},
    {"rfc4475/zeromf", ANSWERED, 200, NULL}, /* it is for us: nobody forwards it */
    {"rfc4475/cparam01", ANSWERED, 405, NULL},
    {"rfc4475/cparam02", ANSWERED, 405, NULL},
    {"rfc4475/regescrt", ANSWERED, 405, NULL},
    {"rfc4475/sdp01", ANSWERED, 406, NULL},
    /* §3.4. Not as the RFC has it (to be accepted): a caller without a tag has no dialog that could
     * be told from another's, and RFC 3261 has asked for one since 2002. */
    {"rfc4475/inv2543", ANSWERED, 400, NULL},
    /* RFC 5118. */
    {"rfc5118/ipv6-good", ANSWERED, 405, NULL},
    {"rfc5118/ipv6-bad", ANSWERED, 400, NULL},
    {"rfc5118/port-ambiguous", ANSWERED, 405, NULL},
    {"rfc5118/port-unambiguous", ANSWERED, 405, NULL},
    {"rfc5118/via-received-param-with-delim", ANSWERED, 481, NULL},
    {"rfc5118/via-received-param-no-delim", ANSWERED, 200, NULL},
    {"rfc5118/ipv6-in-sdp", TAKEN, 0, NULL},
    {"rfc5118/mult-ip-in-header", ANSWERED, 481, NULL},
    {"rfc5118/mult-ip-in-sdp", TAKEN, 0, NULL},
    {"rfc5118/ipv4-mapped-ipv6", TAKEN, 0, NULL},
    {"rfc5118/ipv6-bug-abnf-3-colons", ANSWERED, 400, NULL},
    {"rfc5118/ipv6-correct-abnf-2-colons", ANSWERED, 200, NULL},
};

static char text[1 << 16];

static size_t load(const char *name)
{
    return torture_load(name, text, sizeof(text));
}

/* sip:user@example.com, the callee of most of them, is registered where they come from. */
static void register_user(struct rig *rig)
{
    struct zv_sip_account_cfg cfg = {.user = ZV_STR_LIT("user"),
                                     .domain = ZV_STR_LIT("example.com")};
    assert_int_equal(zv_sip_account_add(rig->sip, RIG_ACCOUNT, &cfg), 0);
    assert_int_equal(zv_sip_register(rig->sip, RIG_ACCOUNT, rig->now_us), 0);
    rig_drain(rig);
    rig_answer(rig, rig_next_sent(rig, "REGISTER "),
               &(struct rig_reply){.status = 200, .tag = "r", .extra = "Expires: 3600\r\n"});
    rig_next_event(rig, ZV_SIP_OUT_REGISTERED);
}

struct result {
    size_t answers;
    uint16_t status; /* of the last */
    bool is_taken;
    char answer[8192];
};

/* An answer carries what was wrong with its request, so that it need not be readable. */
static void collect(struct rig *rig, struct result *result)
{
    struct zv_sip_out out;
    *result = (struct result){0};
    while (zv_sip_poll(rig->sip, &out) != ZV_SIP_OUT_NONE) {
        if (out.kind == ZV_SIP_OUT_INCOMING)
            result->is_taken = true;
        if (out.kind != ZV_SIP_OUT_SEND)
            continue;
        assert_true(zv_str_has_prefix(out.data, "SIP/2.0 "));
        assert_true(out.data.len < sizeof(result->answer));
        snprintf(result->answer, sizeof(result->answer), "%.*s", ZV_STR_ARG(out.data));
        result->status = (uint16_t)strtoul(result->answer + 8, NULL, 10);
        result->answers++;
    }
}

static void check(const struct torture *t, const struct result *result)
{
    bool is_right = t->outcome == DROPPED ? result->answers == 0 && !result->is_taken
                    : t->outcome == TAKEN
                        ? result->answers == 1 && result->status == 100 && result->is_taken
                        : result->answers == 1 && result->status == t->status && !result->is_taken;
    if (!is_right)
        fail_msg("%s: %zu answers, the last %u, %s", t->file, result->answers,
                 (unsigned)result->status, result->is_taken ? "taken" : "not taken");
    if (t->header && !strstr(result->answer, t->header))
        fail_msg("%s: no %s in %s", t->file, t->header, result->answer);
}

static void torture_messages_are_taken_answered_or_dropped(void **state)
{
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++) {
        struct rig rig;
        struct result result;
        struct zv_sip_flow flow = rig_flow("192.0.2.9:5060");
        size_t len = load(cases[i].file);
        rig_init(&rig);
        register_user(&rig);
        zv_sip_on_message(rig.sip, &flow, text, len, rig.now_us);
        collect(&rig, &result);
        check(&cases[i], &result);
        struct zv_sip_counts counts = rig_counts(&rig);
        assert_int_equal(counts.legs, cases[i].outcome == TAKEN);
        assert_int_equal(counts.server_transactions, cases[i].outcome == TAKEN);
        rig_fini(&rig);
    }
}

/* Dropped or answered, it is counted: nothing vanishes. */
static void torture_messages_are_counted(void **state)
{
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++) {
        struct rig rig;
        struct result result;
        struct zv_sip_flow flow = rig_flow("192.0.2.9:5060");
        size_t len = load(cases[i].file);
        rig_init(&rig);
        register_user(&rig);
        struct zv_sip_counts before = rig_counts(&rig);
        zv_sip_on_message(rig.sip, &flow, text, len, rig.now_us);
        collect(&rig, &result);
        struct zv_sip_counts after = rig_counts(&rig);
        assert_int_equal(after.received, before.received + 1);
        uint64_t told = after.malformed - before.malformed + after.unmatched - before.unmatched +
                        after.refused - before.refused;
        bool is_good = cases[i].outcome == TAKEN || cases[i].status == 200;
        if (!told != is_good)
            fail_msg("%s: counted %u times", cases[i].file, (unsigned)told);
        rig_fini(&rig);
    }
}

/* One after another at the same stack: none of them spoils it for the next. */
static void torture_messages_leave_a_sound_stack(void **state)
{
    struct rig rig;
    struct result result;
    (void)state;
    rig_init(&rig);
    register_user(&rig);
    struct zv_sip_flow flow = rig_flow("192.0.2.9:5060");
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++) {
        size_t len = load(cases[i].file);
        zv_sip_on_message(rig.sip, &flow, text, len, rig.now_us);
        collect(&rig, &result);
        len = load("rfc4475/lwsdisp");
        zv_sip_on_message(rig.sip, &flow, text, len, rig.now_us);
        collect(&rig, &result);
        assert_int_equal(result.status, 200);
    }
    rig_fini(&rig);
}

static void callers_that_could_not_read_our_answer_are_told(void **state)
{
    static const struct {
        const char *accept;
        bool is_taken;
    } accepts[] = {
        {"", true},
        {"Accept: text/plain, Application/SDP;level=1\r\n", true},
        {"Accept: application/*;q=0.5\r\n", true},
        {"Accept: text/plain\r\nAccept: */*\r\n", true},
        {"Accept:\r\n", false},
        {"Accept: application/sdpx, multipart/mixed\r\n", false},
    };
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(accepts); i++) {
        struct rig rig;
        char extra[256];
        rig_init(&rig);
        register_user(&rig);
        snprintf(extra, sizeof(extra), RIG_CONTACT "%s", accepts[i].accept);
        struct rig_request invite = {.method = "INVITE",
                                     .uri = "sip:user@192.0.2.1",
                                     .branch = "a",
                                     .from_tag = "f",
                                     .call_id = "c",
                                     .cseq = 1,
                                     .extra = extra,
                                     .sdp = SDP_B};
        rig_request(&rig, &invite);
        rig_next_sent(&rig, accepts[i].is_taken ? "SIP/2.0 100 " : "SIP/2.0 406 ");
        rig_no_more_sent(&rig);
        rig_fini(&rig);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(torture_messages_are_taken_answered_or_dropped),
    cmocka_unit_test(torture_messages_are_counted),
    cmocka_unit_test(torture_messages_leave_a_sound_stack),
    cmocka_unit_test(callers_that_could_not_read_our_answer_are_told),
};
ZV_TEST_MAIN(tests)
