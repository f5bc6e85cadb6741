/* Keys as telephone-events: the packets of what is sent, presses of what is heard. */
#include "support/test.h"

#include "base/buf.h"
#include "base/err.h"
#include "rtc/dtmf/digit.h"
#include "rtc/dtmf/listener.h"
#include "rtc/dtmf/sender.h"

#include <string.h>

#define NOW ZV_SECONDS(1000)

static void keys_and_their_codes_are_sixteen(void **state)
{
    (void)state;
    const char *keys = "0123456789*#ABCD";
    for (uint8_t code = 0; code < ZV_DTMF_CODES; code++) {
        assert_int_equal(zv_dtmf_digit_of(code), keys[code]);
        assert_int_equal(zv_dtmf_code_of(keys[code]), code);
    }
    assert_int_equal(zv_dtmf_code_of('d'), 15);
    assert_int_equal(zv_dtmf_code_of('e'), -1);
    assert_int_equal(zv_dtmf_code_of('\0'), -1);
    assert_int_equal(zv_dtmf_digit_of(16), '\0');
}

static void a_key_is_as_long_in_another_clock(void **state)
{
    (void)state;
    uint8_t payload[] = {5, 0x8a, 0x16, 0x80}; /* 5760 at 48000: 120 ms */
    zv_dtmf_convert(payload, sizeof(payload), 48000, 8000);
    assert_memory_equal(payload, ((uint8_t[]){5, 0x8a, 0x03, 0xc0}), 4); /* 960 */
    zv_dtmf_convert(payload, sizeof(payload), 8000, 48000);
    assert_memory_equal(payload, ((uint8_t[]){5, 0x8a, 0x16, 0x80}), 4);
    payload[2] = payload[3] = 0xff;
    zv_dtmf_convert(payload, sizeof(payload), 8000, 48000); /* no more than it can say */
    assert_memory_equal(payload, ((uint8_t[]){5, 0x8a, 0xff, 0xff}), 4);
    zv_dtmf_convert(payload, 3, 8000, 48000);
}

/* ---- sending ---- */

/* "5@0:20 5@20:40 … 5@120:120e": key, time since NOW, duration; ! begins, e ends. */
static void run(struct zv_dtmf_sender *sender, int64_t until_us, struct zv_buf *log)
{
    struct zv_dtmf_packet packet;
    int64_t at_us;
    while ((at_us = zv_dtmf_sender_deadline_us(sender)) <= until_us) {
        assert_false(zv_dtmf_sender_poll(sender, at_us - 1, &packet));
        while (zv_dtmf_sender_poll(sender, at_us, &packet))
            zv_buf_printf(log, "%c%c@%d:%u%s ", zv_dtmf_digit_of(packet.code),
                          packet.begins ? '!' : ' ', (int)((at_us - NOW) / 1000),
                          (unsigned)packet.duration_ms, packet.is_end ? "e" : "");
    }
}

static void a_key_is_told_every_20_ms_and_its_end_three_times(void **state)
{
    (void)state;
    char memory[2048];
    struct zv_buf log = zv_buf(memory, sizeof(memory));
    struct zv_dtmf_sender sender = {0};
    assert_true(zv_dtmf_sender_deadline_us(&sender) == ZV_TIME_NEVER);
    assert_int_equal(zv_dtmf_sender_add(&sender, zv_str("5#"), NOW), 0);
    assert_false(zv_dtmf_sender_sounds(&sender));
    run(&sender, NOW + ZV_MS(150), &log);
    assert_true(zv_dtmf_sender_sounds(&sender));
    run(&sender, NOW + ZV_MS(199), &log);
    assert_false(zv_dtmf_sender_sounds(&sender)); /* the pause between two */
    run(&sender, NOW + ZV_SECONDS(1), &log);
    assert_string_equal(zv_buf_cstr(&log),
                        "5!@0:20 5 @20:40 5 @40:60 5 @60:80 5 @80:100 5 @100:120 5 @120:120e "
                        "5 @140:120e 5 @160:120e #!@200:20 # @220:40 # @240:60 # @260:80 "
                        "# @280:100 # @300:120 # @320:120e # @340:120e # @360:120e ");
    assert_true(zv_dtmf_sender_deadline_us(&sender) == ZV_TIME_NEVER);
}

static void a_key_behind_another_waits_for_the_pause(void **state)
{
    (void)state;
    char memory[2048];
    struct zv_buf log = zv_buf(memory, sizeof(memory));
    struct zv_dtmf_sender sender = {0};
    assert_int_equal(zv_dtmf_sender_add(&sender, zv_str("1"), NOW), 0);
    run(&sender, NOW + ZV_MS(160), &log);
    assert_int_equal(zv_dtmf_sender_add(&sender, zv_str("2"), NOW + ZV_MS(170)), 0);
    assert_true(zv_dtmf_sender_deadline_us(&sender) == NOW + ZV_MS(200));
}

static void a_timer_that_comes_late_loses_no_packet_and_keeps_the_pause(void **state)
{
    (void)state;
    struct zv_dtmf_sender sender = {0};
    struct zv_dtmf_packet packet;
    int packets = 0, ends = 0;
    assert_int_equal(zv_dtmf_sender_add(&sender, zv_str("12"), NOW), 0);
    assert_true(zv_dtmf_sender_poll(&sender, NOW, &packet));
    while (zv_dtmf_sender_poll(&sender, NOW + ZV_SECONDS(2), &packet)) {
        packets++;
        ends += packet.is_end;
    }
    assert_int_equal(packets, 8);
    assert_int_equal(ends, 3);
    assert_true(zv_dtmf_sender_deadline_us(&sender) == NOW + ZV_SECONDS(2) + ZV_MS(40));
}

static void what_does_not_fit_or_is_no_key_is_refused_whole(void **state)
{
    (void)state;
    struct zv_dtmf_sender sender = {0};
    char digits[ZV_DTMF_MAX_WAITING];
    memset(digits, '7', sizeof(digits));
    assert_int_equal(zv_dtmf_sender_add(&sender, zv_str("12x"), NOW), ZV_E_INVAL);
    assert_int_equal(sender.count, 0);
    assert_int_equal(zv_dtmf_sender_add(&sender, zv_str_n(digits, sizeof(digits)), NOW), 0);
    assert_int_equal(zv_dtmf_sender_add(&sender, zv_str("1"), NOW), ZV_E_LIMIT);
    struct zv_dtmf_packet packet;
    int keys = 0;
    for (int64_t at_us; (at_us = zv_dtmf_sender_deadline_us(&sender)) != ZV_TIME_NEVER;) {
        assert_true(zv_dtmf_sender_poll(&sender, at_us, &packet));
        keys += packet.begins;
    }
    assert_int_equal(keys, ZV_DTMF_MAX_WAITING);
}

/* ---- hearing ---- */

struct ear {
    struct zv_dtmf_listener listener;
    int64_t now_us;
    char memory[512];
    struct zv_buf heard; /* "5:120 " */
};

static void open_ear(struct ear *ear)
{
    *ear = (struct ear){.now_us = NOW};
    ear->heard = zv_buf(ear->memory, sizeof(ear->memory));
}

static void fetch(struct ear *ear)
{
    struct zv_dtmf_press press;
    while (zv_dtmf_listener_poll(&ear->listener, &press))
        zv_buf_printf(&ear->heard, "%c:%u ", press.digit, (unsigned)press.duration_ms);
}

/* One packet; `flags`: m marker, e end. */
static void hear(struct ear *ear, uint8_t code, uint32_t ts, uint16_t duration_ts,
                 const char *flags)
{
    uint8_t payload[ZV_RTP_EVENT_BYTES];
    const struct zv_rtp_event event = {
        .code = code, .is_end = strchr(flags, 'e') != NULL, .duration_ts = duration_ts};
    const struct zv_rtp_header header = {
        .ssrc = 9, .ts = ts, .marker = strchr(flags, 'm') != NULL, .payload_len = sizeof(payload)};
    zv_rtp_write_event(payload, &event);
    zv_dtmf_listener_on_packet(&ear->listener, &header, payload, 8000, ear->now_us);
    ear->now_us += ZV_MS(20);
    fetch(ear);
}

#define HEARD(ear, text)                                                                           \
    do {                                                                                           \
        assert_string_equal(zv_buf_cstr(&(ear)->heard), text);                                     \
        (ear)->heard.len = 0;                                                                      \
    } while (0)

static void a_press_is_told_once_at_its_end(void **state)
{
    (void)state;
    struct ear ear;
    open_ear(&ear);
    hear(&ear, 5, 1000, 160, "m");
    hear(&ear, 5, 1000, 320, "");
    HEARD(&ear, "");
    for (int i = 0; i < 3; i++)
        hear(&ear, 5, 1000, 960, "e");
    HEARD(&ear, "5:120 ");
    hear(&ear, 5, 1000, 320, ""); /* reordered, behind its end */
    ear.now_us += ZV_SECONDS(3);
    zv_dtmf_listener_on_timeout(&ear.listener, ear.now_us);
    fetch(&ear);
    HEARD(&ear, "");
    hear(&ear, 5, 3000, 160, ""); /* the same key again, by a sender without markers */
    hear(&ear, 5, 3000, 800, "e");
    HEARD(&ear, "5:100 ");
}

static void a_press_of_which_one_packet_came_is_one_too(void **state)
{
    (void)state;
    struct ear ear;
    open_ear(&ear);
    hear(&ear, 11, 1000, 960, "e");
    HEARD(&ear, "#:120 ");
    hear(&ear, 1, 5000, 160, "m");
    ear.now_us = ear.now_us - ZV_MS(20) + ZV_DTMF_SILENCE_US;
    assert_true(zv_dtmf_listener_deadline_us(&ear.listener) == ear.now_us);
    zv_dtmf_listener_on_timeout(&ear.listener, ear.now_us - 1);
    fetch(&ear);
    HEARD(&ear, "");
    zv_dtmf_listener_on_timeout(&ear.listener, ear.now_us);
    fetch(&ear);
    HEARD(&ear, "1:20 ");
    hear(&ear, 1, 5000, 960, "e"); /* its end comes after all */
    HEARD(&ear, "");
}

static void the_next_press_ends_one_whose_end_was_lost(void **state)
{
    (void)state;
    struct ear ear;
    open_ear(&ear);
    hear(&ear, 1, 1000, 160, "m");
    hear(&ear, 1, 1000, 800, "");
    hear(&ear, 1, 3000, 160, "m");
    HEARD(&ear, "1:100 ");
    hear(&ear, 1, 1000, 960, "e"); /* late */
    hear(&ear, 1, 3000, 480, "e");
    HEARD(&ear, "1:60 ");
}

static void a_long_press_goes_on_in_another_segment(void **state)
{
    (void)state;
    struct ear ear;
    open_ear(&ear);
    hear(&ear, 9, 1000, 160, "m");
    hear(&ear, 9, 1000, 65535, "");
    hear(&ear, 9, 1000 + 65535, 160, "");
    hear(&ear, 9, 1000 + 65535, 1600, "e");
    HEARD(&ear, "9:8391 ");
}

static void a_sender_that_moves_the_timestamp_with_each_packet_is_understood(void **state)
{
    (void)state;
    struct ear ear;
    open_ear(&ear);
    hear(&ear, 3, 1000, 160, "m");
    hear(&ear, 3, 1160, 320, "");
    hear(&ear, 3, 1320, 480, "e");
    hear(&ear, 3, 1480, 480, "e");
    hear(&ear, 3, 1640, 480, "e");
    HEARD(&ear, "3:60 ");
}

static void a_source_that_begins_anew_is_another(void **state)
{
    (void)state;
    struct ear ear;
    open_ear(&ear);
    hear(&ear, 3, 800000, 480, "me");
    hear(&ear, 3, 1000, 480, "me"); /* far behind: not late */
    HEARD(&ear, "3:60 3:60 ");
}

static void what_is_no_key_or_too_short_is_nothing(void **state)
{
    (void)state;
    struct ear ear;
    open_ear(&ear);
    hear(&ear, 16, 1000, 480, "me"); /* flash */
    hear(&ear, 200, 2000, 480, "me");
    const struct zv_rtp_header brief = {.ssrc = 9, .ts = 3000, .payload_len = 3};
    zv_dtmf_listener_on_packet(&ear.listener, &brief, (const uint8_t *)"\0\0\0", 8000, NOW);
    fetch(&ear);
    HEARD(&ear, "");
    assert_true(zv_dtmf_listener_deadline_us(&ear.listener) == ZV_TIME_NEVER);
}

static void presses_that_nobody_fetches_are_bounded_and_counted(void **state)
{
    (void)state;
    struct zv_dtmf_listener listener = {0};
    const uint8_t payload[] = {4, 0x80, 1, 0};
    for (uint32_t i = 0; i < ZV_DTMF_MAX_PRESSES + 3; i++) {
        const struct zv_rtp_header header = {
            .ssrc = 1, .ts = i * 1600, .marker = true, .payload_len = sizeof(payload)};
        zv_dtmf_listener_on_packet(&listener, &header, payload, 8000, NOW);
    }
    assert_int_equal(listener.count, ZV_DTMF_MAX_PRESSES);
    assert_int_equal(listener.lost, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_and_their_codes_are_sixteen),
        cmocka_unit_test(a_key_is_as_long_in_another_clock),
        cmocka_unit_test(a_key_is_told_every_20_ms_and_its_end_three_times),
        cmocka_unit_test(a_key_behind_another_waits_for_the_pause),
        cmocka_unit_test(a_timer_that_comes_late_loses_no_packet_and_keeps_the_pause),
        cmocka_unit_test(what_does_not_fit_or_is_no_key_is_refused_whole),
        cmocka_unit_test(a_press_is_told_once_at_its_end),
        cmocka_unit_test(a_press_of_which_one_packet_came_is_one_too),
        cmocka_unit_test(the_next_press_ends_one_whose_end_was_lost),
        cmocka_unit_test(a_long_press_goes_on_in_another_segment),
        cmocka_unit_test(a_sender_that_moves_the_timestamp_with_each_packet_is_understood),
        cmocka_unit_test(a_source_that_begins_anew_is_another),
        cmocka_unit_test(what_is_no_key_or_too_short_is_nothing),
        cmocka_unit_test(presses_that_nobody_fetches_are_bounded_and_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
