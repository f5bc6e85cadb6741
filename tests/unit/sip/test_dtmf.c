/* Digits by INFO: the bodies, and the queue of a leg. */
#include "rig.h"

#include "sip/dtmf.h"

/* ---- bodies ---- */

static void bodies_are_written_as_they_are_agreed_on(void **state)
{
    char memory[64];
    (void)state;
    struct zv_buf body = zv_buf(memory, sizeof(memory));
    zv_sip_dtmf_write(ZV_SIP_INFO_DTMF_RELAY, '#', &body);
    assert_string_equal(zv_buf_cstr(&body), "Signal=#\r\nDuration=250\r\n");
    body = zv_buf(memory, sizeof(memory));
    zv_sip_dtmf_write(ZV_SIP_INFO_DTMF, '5', &body);
    assert_string_equal(zv_buf_cstr(&body), "5");
}

static void bodies_are_read_as_they_are_met(void **state)
{
    static const struct {
        const char *body;
        char digit; /* '\0': none */
        uint32_t duration_ms;
    } rows[] = {
        {"Signal=5\r\nDuration=250\r\n", '5', 250},
        {"Signal= 5\r\nDuration= 160\r\n", '5', 160},
        {"signal=*\nduration=100", '*', 100},
        {"Duration=80\r\nSignal=d\r\n", 'D', 80},
        {"Signal=11\r\n", '#', 0},
        {"Signal=1\r\nDuration=junk\r\n", '1', 0},
        {"Signal=1\r\nDuration=99999999999999999999\r\n", '1', 0},
        {"5", '5', 0},
        {" 10\r\n", '*', 0},
        {"Signal=16\r\nDuration=250\r\n", '\0', 0}, /* flash */
        {"Signal=\r\n", '\0', 0},
        {"hookflash", '\0', 0},
        {"55", '\0', 0},
        {"", '\0', 0},
    };
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(rows); i++) {
        char digit = '?';
        uint32_t duration_ms = 7;
        int err = zv_sip_dtmf_parse(zv_str(rows[i].body), &digit, &duration_ms);
        assert_int_equal(err, rows[i].digit ? 0 : ZV_E_PARSE);
        if (!rows[i].digit)
            continue;
        assert_int_equal(digit, rows[i].digit);
        assert_int_equal(duration_ms, rows[i].duration_ms);
    }
}

/* ---- sending ---- */

static void open_call(struct rig *rig)
{
    rig_init(rig);
    rig_register(rig);
    rig_talk(rig);
}

static int dial(struct rig *rig, enum zv_sip_digit_mode mode, const char *digits)
{
    int err = zv_sip_send_digits(rig->sip, RIG_CALL, mode, zv_str(digits), rig->now_us);
    rig_drain(rig);
    return err;
}

static const struct rig_sent *expect(struct rig *rig, const char *type, const char *body)
{
    char text[128];
    const struct rig_sent *info = rig_next_sent(rig, "INFO ");
    snprintf(text, sizeof(text), "Content-Type: application/%s\r\n", type);
    assert_true(rig_has(info, text));
    snprintf(text, sizeof(text), "\r\n\r\n%s", body);
    assert_true(rig_has(info, text));
    return info;
}

static void digits_go_one_after_the_other(void **state)
{
    struct rig rig;
    (void)state;
    open_call(&rig);
    assert_int_equal(dial(&rig, ZV_SIP_DIGIT_RELAY, "1#"), 0);
    const struct rig_sent *first = expect(&rig, "dtmf-relay", "Signal=1\r\nDuration=250\r\n");
    assert_int_equal(dial(&rig, ZV_SIP_DIGIT_DTMF, "2"), 0);
    rig_no_more_sent(&rig);
    rig_answer_status(&rig, first, 200, "b");
    rig_answer_status(&rig, expect(&rig, "dtmf-relay", "Signal=#\r\n"), 200, "b");
    rig_answer_status(&rig, expect(&rig, "dtmf", "2"), 200, "b");
    rig_no_more_sent(&rig);
    rig_no_more_events(&rig);
    rig_fini(&rig);
}

static void a_refusal_of_the_moment_is_tried_again(void **state)
{
    struct rig rig;
    (void)state;
    open_call(&rig);
    assert_int_equal(dial(&rig, ZV_SIP_DIGIT_RELAY, "12"), 0);
    rig_answer_status(&rig, expect(&rig, "dtmf-relay", "Signal=1"), 500, "b");
    assert_int_equal(dial(&rig, ZV_SIP_DIGIT_RELAY, "3"), 0); /* overtakes nothing */
    rig_no_more_sent(&rig);
    rig_advance(&rig, ZV_MS(500));
    rig_answer_status(&rig, expect(&rig, "dtmf-relay", "Signal=1"), 200, "b");
    rig_answer_status(&rig, expect(&rig, "dtmf-relay", "Signal=2"), 200, "b");
    rig_answer_status(&rig, expect(&rig, "dtmf-relay", "Signal=3"), 200, "b");
    rig_no_more_events(&rig);
    rig_fini(&rig);
}

static void endless_refusals_of_the_moment_are_told(void **state)
{
    struct rig rig;
    (void)state;
    open_call(&rig);
    assert_int_equal(dial(&rig, ZV_SIP_DIGIT_RELAY, "12"), 0);
    for (int i = 0; i < 6; i++) {
        rig_answer_status(&rig, expect(&rig, "dtmf-relay", "Signal=1"), 503, "b");
        rig_advance(&rig, ZV_MS(500));
    }
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_DIGITS_REFUSED)->status, 503);
    rig_no_more_sent(&rig);
    assert_int_equal(dial(&rig, ZV_SIP_DIGIT_RELAY, "3"), 0); /* the next may be taken */
    expect(&rig, "dtmf-relay", "Signal=3");
    rig_fini(&rig);
}

static void a_refused_body_is_not_sent_again_and_what_waits_is_dropped(void **state)
{
    struct rig rig;
    (void)state;
    open_call(&rig);
    assert_int_equal(dial(&rig, ZV_SIP_DIGIT_RELAY, "12"), 0);
    rig_answer_status(&rig, expect(&rig, "dtmf-relay", "Signal=1"), 415, "b");
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_INFO_REFUSED)->status, 415);
    const struct zv_sip_out *out = rig_next_event(&rig, ZV_SIP_OUT_DIGITS_REFUSED);
    assert_int_equal(out->leg, RIG_CALL);
    assert_int_equal(out->status, 415);
    rig_no_more_sent(&rig);
    assert_int_equal(dial(&rig, ZV_SIP_DIGIT_RELAY, "3"), ZV_E_UNSUPPORTED);
    assert_int_equal(rig_counts(&rig).legs, 1); /* the call stays */
    rig_fini(&rig);
}

static void who_does_not_care_gets_the_body_that_is_taken(void **state)
{
    struct rig rig;
    (void)state;
    open_call(&rig);
    assert_int_equal(dial(&rig, ZV_SIP_DIGIT_ANY, "12"), 0);
    rig_answer_status(&rig, expect(&rig, "dtmf-relay", "Signal=1"), 415, "b");
    rig_next_event(&rig, ZV_SIP_OUT_INFO_REFUSED);
    rig_answer_status(&rig, expect(&rig, "dtmf", "1"), 200, "b"); /* the same digit: none is lost */
    rig_answer_status(&rig, expect(&rig, "dtmf", "2"), 405, "b");
    rig_next_event(&rig, ZV_SIP_OUT_INFO_REFUSED);
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_DIGITS_REFUSED)->status, 405);
    assert_int_equal(dial(&rig, ZV_SIP_DIGIT_ANY, "3"), ZV_E_UNSUPPORTED);
    rig_fini(&rig);
}

static void silence_is_a_refusal(void **state)
{
    struct rig rig;
    (void)state;
    open_call(&rig);
    assert_int_equal(dial(&rig, ZV_SIP_DIGIT_DTMF, "12"), 0);
    rig_advance(&rig, ZV_SECONDS(33));
    rig_next_event(&rig, ZV_SIP_OUT_INFO_REFUSED);
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_DIGITS_REFUSED)->status, 0);
    assert_int_equal(rig_counts(&rig).legs, 1);
    rig_fini(&rig);
}

static void a_key_frame_and_digits_share_the_dialog(void **state)
{
    struct rig rig;
    (void)state;
    open_call(&rig);
    assert_int_equal(
        zv_sip_info(rig.sip, RIG_CALL, ZV_SIP_INFO_MEDIA_CONTROL, zv_str("<x/>"), rig.now_us), 0);
    assert_int_equal(dial(&rig, ZV_SIP_DIGIT_DTMF, "1"), 0);
    rig_answer_status(&rig, expect(&rig, "media_control+xml", "<x/>"), 415, "b");
    rig_next_event(&rig, ZV_SIP_OUT_INFO_REFUSED);
    rig_answer_status(&rig, expect(&rig, "dtmf", "1"), 200, "b");
    rig_no_more_events(&rig);
    rig_fini(&rig);
}

static void the_queue_has_an_end(void **state)
{
    struct rig rig;
    char digits[ZV_SIP_MAX_DIGITS];
    (void)state;
    open_call(&rig);
    memset(digits, '7', sizeof(digits));
    assert_int_equal(zv_sip_send_digits(rig.sip, RIG_CALL, ZV_SIP_DIGIT_DTMF,
                                        zv_str_n(digits, sizeof(digits)), rig.now_us),
                     0);
    assert_int_equal(dial(&rig, ZV_SIP_DIGIT_DTMF, "1"), ZV_E_LIMIT);
    assert_int_equal(zv_sip_send_digits(rig.sip, 12345, ZV_SIP_DIGIT_DTMF, zv_str("1"), rig.now_us),
                     ZV_E_GONE);
    rig_next_sent(&rig, "INFO ");
    assert_int_equal(zv_sip_hangup(rig.sip, RIG_CALL, rig.now_us), 0); /* drops what waits */
    rig_drain(&rig);
    rig_next_sent(&rig, "BYE ");
    rig_fini(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_are_written_as_they_are_agreed_on),
        cmocka_unit_test(bodies_are_read_as_they_are_met),
        cmocka_unit_test(digits_go_one_after_the_other),
        cmocka_unit_test(a_refusal_of_the_moment_is_tried_again),
        cmocka_unit_test(endless_refusals_of_the_moment_are_told),
        cmocka_unit_test(a_refused_body_is_not_sent_again_and_what_waits_is_dropped),
        cmocka_unit_test(who_does_not_care_gets_the_body_that_is_taken),
        cmocka_unit_test(silence_is_a_refusal),
        cmocka_unit_test(a_key_frame_and_digits_share_the_dialog),
        cmocka_unit_test(the_queue_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
