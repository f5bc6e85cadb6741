/*
 * Lip sync: sound and picture are taken at one moment; they are encoded, sent and delayed each in
 * its own way. The timestamps that our reports give to one moment must be those of that one moment.
 */
#include "support/test.h"

#include "rtc/rtcp/session.h"

#include <string.h>

#define NOW      ZV_SECONDS(500)
#define AUDIO    0
#define VIDEO    1
#define AUDIO_HZ 48000
#define VIDEO_HZ 90000
/* A far end whose wall clock is years off, and whose timestamps began where they did. */
#define FAR_WALL INT64_C(1234567890123456)
#define AUDIO_TS 0xfffff000
#define VIDEO_TS 0x12345678

static uint64_t ntp_of(int64_t us)
{
    uint64_t all = (uint64_t)us;
    return (all / 1000000) << 32 | ((all % 1000000) << 32) / 1000000;
}

static uint32_t hz_of(size_t stream)
{
    return stream == AUDIO ? AUDIO_HZ : VIDEO_HZ;
}

/* The media clock of the far end at `at_us` of our time. */
static uint32_t true_ts(size_t stream, int64_t at_us)
{
    uint32_t base = stream == AUDIO ? AUDIO_TS : VIDEO_TS;
    return base + (uint32_t)((at_us - NOW) * hz_of(stream) / ZV_US_PER_S);
}

/* A report made at `at_us`, that took `delay_us`; the far end's wall clock is `step_us` further. */
static void report(struct zv_rtcp_clock *clock, size_t stream, int64_t at_us, int64_t delay_us,
                   int64_t step_us)
{
    const struct zv_rtcp_sender sender = {
        .ssrc = 100 + (uint32_t)stream,
        .ntp = ntp_of(FAR_WALL + at_us + step_us),
        .ts = true_ts(stream, at_us),
    };
    zv_rtcp_clock_on_sender(clock, stream, &sender, hz_of(stream), at_us + delay_us);
}

/* How far ahead of the picture the sound is in what the clock says of one moment; microseconds. */
static int64_t skew_us(const struct zv_rtcp_clock *clock, int64_t at_us)
{
    uint32_t audio, video;
    assert_true(zv_rtcp_clock_ts_at(clock, AUDIO, 100, at_us, &audio));
    assert_true(zv_rtcp_clock_ts_at(clock, VIDEO, 101, at_us, &video));
    int64_t audio_us = (int64_t)(int32_t)(audio - true_ts(AUDIO, at_us)) * ZV_US_PER_S / AUDIO_HZ;
    int64_t video_us = (int64_t)(int32_t)(video - true_ts(VIDEO, at_us)) * ZV_US_PER_S / VIDEO_HZ;
    return audio_us - video_us;
}

static void assert_in_sync(const struct zv_rtcp_clock *clock, int64_t at_us, int64_t most_us)
{
    int64_t skew = skew_us(clock, at_us);
    assert_true(skew <= most_us && skew >= -most_us);
}

static void one_moment_is_one_moment_whatever_the_delays(void **state)
{
    (void)state;
    struct zv_rtcp_clock clock;
    uint32_t random = 7;
    zv_rtcp_clock_init(&clock);
    for (int i = 0; i < 200; i++) {
        int64_t at_us = NOW + i * ZV_SECONDS(1);
        random = random * 1664525 + 1013904223;
        report(&clock, AUDIO, at_us, ZV_MS(5 + (random >> 26)), 0);
        report(&clock, VIDEO, at_us + ZV_MS(300), ZV_MS(60 + (random >> 20) % 64), 0);
        assert_in_sync(&clock, at_us + ZV_MS(600), 50); /* rounding alone */
    }
    assert_int_equal(clock.steps, 0);
}

static void a_stream_without_reports_is_not_known(void **state)
{
    (void)state;
    struct zv_rtcp_clock clock;
    uint32_t ts;
    zv_rtcp_clock_init(&clock);
    assert_false(zv_rtcp_clock_ts_at(&clock, AUDIO, 0, NOW, &ts));
    report(&clock, AUDIO, NOW, ZV_MS(10), 0);
    assert_true(zv_rtcp_clock_ts_at(&clock, AUDIO, 100, NOW, &ts));
    assert_false(zv_rtcp_clock_ts_at(&clock, AUDIO, 99, NOW, &ts)); /* another source */
    assert_false(zv_rtcp_clock_ts_at(&clock, VIDEO, 101, NOW, &ts));
    assert_true(zv_rtcp_clock_ts_at(&clock, AUDIO, 100, NOW + ZV_RTCP_CLOCK_KEPT_US, &ts));
    assert_false(zv_rtcp_clock_ts_at(&clock, AUDIO, 100, NOW + 2 * ZV_RTCP_CLOCK_KEPT_US, &ts));
    const struct zv_rtcp_sender no_clock = {.ssrc = 101, .ntp = 0, .ts = 5};
    zv_rtcp_clock_on_sender(&clock, VIDEO, &no_clock, VIDEO_HZ, NOW);
    assert_false(zv_rtcp_clock_ts_at(&clock, VIDEO, 101, NOW, &ts));
}

static void a_step_of_the_far_clock_is_followed(void **state)
{
    (void)state;
    static const int64_t steps_us[] = {ZV_SECONDS(3600), -ZV_SECONDS(2), ZV_MS(400)};
    for (size_t n = 0; n < 3; n++) {
        struct zv_rtcp_clock clock;
        zv_rtcp_clock_init(&clock);
        for (int i = 0; i < 20; i++) {
            int64_t at_us = NOW + i * ZV_SECONDS(5), step_us = i < 10 ? 0 : steps_us[n];
            report(&clock, AUDIO, at_us, ZV_MS(20), step_us);
            assert_true(i == 0 || skew_us(&clock, at_us + ZV_MS(30)) < ZV_MS(21));
            report(&clock, VIDEO, at_us + ZV_SECONDS(2), ZV_MS(40), step_us);
            assert_in_sync(&clock, at_us + ZV_SECONDS(3), ZV_MS(21));
        }
        assert_in_range(clock.steps, 1, 2);
        assert_in_sync(&clock, NOW + ZV_SECONDS(100), 50); /* one offset again */
    }
}

static void one_report_that_was_held_up_changes_nothing(void **state)
{
    (void)state;
    struct zv_rtcp_clock clock;
    zv_rtcp_clock_init(&clock);
    for (int i = 0; i < 20; i++) {
        int64_t at_us = NOW + i * ZV_SECONDS(5);
        report(&clock, AUDIO, at_us, i % 3 == 1 ? ZV_MS(700) : ZV_MS(10), 0);
        report(&clock, VIDEO, at_us + ZV_MS(900), ZV_MS(10), 0);
        assert_in_sync(&clock, at_us + ZV_SECONDS(2), 50);
    }
    assert_int_equal(clock.steps, 0);
}

/* Sound and picture of two machines: nothing says how they belong together, but each goes on. */
static void two_clocks_behind_one_call_have_an_offset_each(void **state)
{
    (void)state;
    struct zv_rtcp_clock clock;
    zv_rtcp_clock_init(&clock);
    for (int i = 0; i < 30; i++) {
        int64_t at_us = NOW + i * ZV_SECONDS(5);
        report(&clock, AUDIO, at_us, ZV_MS(10), 0);
        report(&clock, VIDEO, at_us + ZV_MS(900), ZV_MS(10), ZV_SECONDS(77));
        if (i)
            assert_in_sync(&clock, at_us + ZV_SECONDS(2), ZV_MS(2));
    }
    assert_true(clock.steps <= 1);
}

static void a_drift_is_followed(void **state)
{
    (void)state;
    struct zv_rtcp_clock clock;
    zv_rtcp_clock_init(&clock);
    for (int i = 0; i < 2000; i++) { /* 100 ppm for hours: a second in all */
        int64_t at_us = NOW + i * ZV_SECONDS(5), drift_us = (at_us - NOW) / 10000;
        report(&clock, AUDIO, at_us, ZV_MS(10), drift_us);
        report(&clock, VIDEO, at_us + ZV_SECONDS(2), ZV_MS(30), drift_us);
        assert_in_sync(&clock, at_us + ZV_SECONDS(3), 500);
    }
    assert_int_equal(clock.steps, 0);
}

/* ---- through sessions: the far end of one leg, heard by the other leg's reports ---- */

static struct zv_rand_seeded seeded = {77};

struct stream {
    struct zv_rtp_in in;          /* of the leg that the media comes from */
    struct zv_rtp_out unused_out; /* and goes out on the other: */
    struct zv_rtp_in unused_in;
    struct zv_rtp_out out;
    struct zv_rtcp_session *hearing;
    struct zv_rtcp_session *telling;
    uint16_t seq;
};

static struct zv_rtcp_session *open_session(const struct zv_rtp_out *out, struct zv_rtp_in *in,
                                            size_t number, struct zv_rtcp_clock *heard,
                                            const struct zv_rtcp_clock *source)
{
    struct zv_rtcp_session *session = NULL;
    const struct zv_rtcp_session_cfg cfg = {.out = out,
                                            .in = in,
                                            .cname = ZV_STR_LIT("me"),
                                            .rand = zv_rand_seeded_source(&seeded),
                                            .now_us = NOW,
                                            .interval_us = ZV_MS(500),
                                            .is_video = number == VIDEO,
                                            .stream = (uint8_t)number,
                                            .heard = heard,
                                            .source = source};
    assert_int_equal(zv_rtcp_session_new(&session, &cfg), 0);
    return session;
}

static void open_stream(struct stream *stream, size_t number, struct zv_rtcp_clock *clock)
{
    struct zv_rand rand = zv_rand_seeded_source(&seeded);
    *stream = (struct stream){0};
    zv_rtp_in_init(&stream->in, hz_of(number));
    zv_rtp_in_init(&stream->unused_in, hz_of(number));
    zv_rtp_out_init(&stream->out, hz_of(number), &rand);
    zv_rtp_out_init(&stream->unused_out, hz_of(number), &rand);
    stream->hearing = open_session(&stream->unused_out, &stream->in, number, clock, NULL);
    stream->telling = open_session(&stream->out, &stream->unused_in, number, NULL, clock);
}

/* A packet taken at `at_us`, that comes to us `delay_us` later and goes out. */
static void relay(struct stream *stream, size_t number, int64_t at_us, int64_t delay_us)
{
    const struct zv_rtp_header header = {.ssrc = 100 + (uint32_t)number,
                                         .seq = stream->seq++,
                                         .ts = true_ts(number, at_us),
                                         .payload_len = 100};
    const struct zv_rtp_source source = {header.ssrc, header.seq, header.ts, false, 100};
    struct zv_rtp_rewrite rewrite;
    assert_int_equal(zv_rtp_in_update(&stream->in, &header, at_us + delay_us), ZV_RTP_PASS);
    assert_int_equal(zv_rtp_out_map(&stream->out, &source, at_us + delay_us, &rewrite),
                     ZV_RTP_PASS);
}

static void hear_report(struct stream *stream, size_t number, int64_t at_us, int64_t delay_us,
                        uint32_t ts_off)
{
    uint8_t bytes[64];
    struct zv_buf buf = zv_buf(bytes, sizeof(bytes));
    struct zv_rtcp_out out;
    const struct zv_rtcp_sender sender = {.ssrc = 100 + (uint32_t)number,
                                          .ntp = ntp_of(FAR_WALL + at_us),
                                          .ts = true_ts(number, at_us) + ts_off};
    zv_rtcp_write_sr(&buf, &sender, NULL, 0);
    assert_int_equal(zv_rtcp_session_on_datagram(stream->hearing, bytes, buf.len, at_us + delay_us),
                     ZV_RTP_PASS);
    while (zv_rtcp_session_poll(stream->hearing, &out) != ZV_RTCP_OUT_NONE)
        ;
}

/* When the sample was taken that our report tells for the moment of the report: its age. */
static int64_t age_in_report(struct stream *stream, size_t number)
{
    struct zv_rtcp_out out;
    struct zv_rtcp_packet packet;
    struct zv_rtcp_sender sender;
    int64_t at_us = zv_rtcp_session_deadline_us(stream->telling);
    zv_rtcp_session_on_timeout(stream->telling, at_us);
    assert_int_equal(zv_rtcp_session_poll(stream->telling, &out), ZV_RTCP_OUT_SEND);
    struct zv_rtcp_cursor cursor = zv_rtcp_cursor(out.data, out.len);
    assert_true(zv_rtcp_next(&cursor, &packet) && zv_rtcp_parse_sender(&packet, &sender));
    uint32_t source_ts = sender.ts - stream->out.ts_offset;
    while (zv_rtcp_session_poll(stream->telling, &out) != ZV_RTCP_OUT_NONE)
        ;
    return (int64_t)(int32_t)(true_ts(number, at_us) - source_ts) * ZV_US_PER_S / hz_of(number);
}

static void close_stream(struct stream *stream)
{
    zv_rtcp_session_free(stream->hearing);
    zv_rtcp_session_free(stream->telling);
}

/* Sound comes after 20 ms, the picture after 200: reports by arrival alone would be 180 ms apart.
 */
static void run_relay(bool has_reports, uint32_t ts_off, int64_t ret_age_us[2])
{
    struct zv_rtcp_clock clock;
    struct stream streams[2];
    static const int64_t delay_us[] = {ZV_MS(20), ZV_MS(200)};
    zv_rtcp_clock_init(&clock);
    for (size_t n = 0; n < 2; n++) {
        open_stream(&streams[n], n, &clock);
        for (int64_t at_us = NOW; at_us <= NOW + ZV_MS(120); at_us += ZV_MS(40))
            relay(&streams[n], n, at_us, delay_us[n]);
        if (has_reports)
            hear_report(&streams[n], n, NOW + ZV_MS(100), ZV_MS(10), ts_off);
    }
    for (size_t n = 0; n < 2; n++) {
        ret_age_us[n] = age_in_report(&streams[n], n);
        close_stream(&streams[n]);
    }
}

static void our_reports_keep_the_distance_of_sound_and_picture(void **state)
{
    (void)state;
    int64_t age_us[2];
    run_relay(true, 0, age_us);
    assert_true(age_us[AUDIO] - age_us[VIDEO] < 100 && age_us[VIDEO] - age_us[AUDIO] < 100);
    run_relay(false, 0, age_us); /* without reports: by arrival, as before */
    assert_in_range(age_us[VIDEO] - age_us[AUDIO], ZV_MS(179), ZV_MS(181));
}

static void a_report_that_names_another_time_than_its_packets_is_of_no_use(void **state)
{
    (void)state;
    int64_t age_us[2];
    run_relay(true, 100 * VIDEO_HZ, age_us);
    assert_in_range(age_us[VIDEO] - age_us[AUDIO], ZV_MS(179), ZV_MS(181));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(one_moment_is_one_moment_whatever_the_delays),
    cmocka_unit_test(a_stream_without_reports_is_not_known),
    cmocka_unit_test(a_step_of_the_far_clock_is_followed),
    cmocka_unit_test(one_report_that_was_held_up_changes_nothing),
    cmocka_unit_test(two_clocks_behind_one_call_have_an_offset_each),
    cmocka_unit_test(a_drift_is_followed),
    cmocka_unit_test(our_reports_keep_the_distance_of_sound_and_picture),
    cmocka_unit_test(a_report_that_names_another_time_than_its_packets_is_of_no_use),
};
ZV_TEST_MAIN(tests)
