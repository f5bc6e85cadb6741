/* The E-model against what is published of it. */
#include "support/test.h"

#include "base/time.h"
#include "verdict/mos.h"
#include "verdict/quality.h"

static void assert_near(double found, double expected, double tolerance)
{
    if (found < expected - tolerance || found > expected + tolerance)
        fail_msg("%.4f is not %.4f", found, expected);
}

/* ITU-T G.107 table B.1, and the recommendation's default rating. */
static void ratings_become_the_published_scores(void **state)
{
    (void)state;
    static const struct {
        double rating, mos;
    } points[] = {{93.2, 4.41}, {90, 4.34}, {80, 4.03}, {70, 3.60}, {60, 3.10}, {50, 2.58}};
    for (size_t i = 0; i < ZV_ARRAY_LEN(points); i++)
        assert_near(zv_mos_of_rating(points[i].rating), points[i].mos, 0.01);
    assert_near(zv_mos_of_rating(100), 4.5, 0);
    assert_near(zv_mos_of_rating(120), 4.5, 0);
    assert_near(zv_mos_of_rating(0), 1, 0);
    assert_near(zv_mos_of_rating(-3), 1, 0);
}

static void scores_rise_with_the_rating_and_never_leave_the_scale(void **state)
{
    (void)state;
    double last = 1;
    for (int tenths = 0; tenths <= 1000; tenths++) {
        double mos = zv_mos_of_rating(tenths / 10.0);
        assert_true(mos >= last && mos <= 4.5);
        last = mos;
    }
}

/* Ie,eff of G.711 with concealment by G.113 appendix I, at 1, 5 and 20 % of random loss. */
static void loss_costs_what_the_robustness_of_the_codec_says(void **state)
{
    (void)state;
    static const struct {
        double percent, impairment;
    } points[] = {{1, 3.64}, {5, 15.78}, {20, 42.13}};
    const struct zv_mos_in clean = {.codec = ZV_CODEC_PCMU};
    for (size_t i = 0; i < ZV_ARRAY_LEN(points); i++) {
        const struct zv_mos_in lossy = {.codec = ZV_CODEC_PCMU, .loss_percent = points[i].percent};
        assert_near(zv_mos_rate(&clean) - zv_mos_rate(&lossy), points[i].impairment, 0.01);
    }
}

/* Cole and Rosenbluth: 0.024 d, and 0.11 for each millisecond beyond 177.3. */
static void delay_costs_little_up_to_177_ms_and_much_beyond(void **state)
{
    (void)state;
    const struct zv_mos_in near = {.codec = ZV_CODEC_OPUS};               /* 40 ms in the ends */
    const struct zv_mos_in far = {.codec = ZV_CODEC_OPUS, .rtt_ms = 720}; /* 400 ms one way */
    assert_near(zv_mos_rate(&near), 93.2 - 0.024 * 40, 1e-9);
    assert_near(zv_mos_rate(&far), 93.2 - (0.024 * 400 + 0.11 * 222.7), 1e-9);
    const struct zv_mos_in uneven = {.codec = ZV_CODEC_OPUS, .jitter_ms = 60};
    assert_near(zv_mos_rate(&uneven), 93.2 - 0.024 * 140, 1e-9);
}

static void a_hopeless_leg_is_rated_zero_and_an_unknown_codec_as_g711(void **state)
{
    (void)state;
    const struct zv_mos_in hopeless = {.loss_percent = 90, .rtt_ms = 1500};
    assert_near(zv_mos_rate(&hopeless), 0, 0);
    const struct zv_mos_in unknown = {.codec = (enum zv_codec_kind)99, .loss_percent = 3};
    const struct zv_mos_in g711 = {.codec = ZV_CODEC_PCMA, .loss_percent = 3};
    assert_near(zv_mos_rate(&unknown), zv_mos_rate(&g711), 0);
}

/* ---- figures of an interval ---- */

static void an_interval_is_rated_by_what_came_in_it(void **state)
{
    (void)state;
    const struct zv_leg_figures before = {
        .at_us = ZV_SECONDS(10), .packets = 1000, .bytes = 172000, .lost = 500};
    const struct zv_leg_figures now = {.at_us = ZV_SECONDS(15),
                                       .packets = 1240,
                                       .bytes = 172000 + 240 * 172,
                                       .lost = 510,
                                       .jitter_us = 3500,
                                       .rtt_us = 40000,
                                       .report_us = ZV_SECONDS(12),
                                       .report_fraction = 64,
                                       .report_jitter_us = 2000};
    struct zv_leg_quality quality;
    zv_quality_of(&before, &now, ZV_CODEC_PCMU, &quality);
    assert_true(quality.heard.is_known);
    assert_near(quality.heard.loss_percent, 4, 1e-9);
    assert_near(quality.heard.jitter_ms, 3.5, 1e-9);
    assert_near(quality.rtt_ms, 40, 1e-9);
    assert_near(quality.kbps, 240 * 172 * 8 / 5e3, 1e-9);
    assert_near(quality.heard.mos, zv_mos_of_rating(93.2 - 0.024 * 60 - 95 * 4 / 29.1), 1e-9);
    assert_true(quality.reported.is_known);
    assert_near(quality.reported.loss_percent, 25, 1e-9);
    assert_true(quality.reported.mos < quality.heard.mos);
}

static void what_is_not_known_is_not_rated(void **state)
{
    (void)state;
    struct zv_leg_figures before = {.at_us = ZV_SECONDS(10), .packets = 100, .lost = 7};
    struct zv_leg_figures now = {.at_us = ZV_SECONDS(30), .packets = 100, .lost = 7};
    struct zv_leg_quality quality;
    now.report_us = ZV_SECONDS(14); /* too long ago */
    zv_quality_of(&before, &now, ZV_CODEC_PCMU, &quality);
    assert_false(quality.heard.is_known);
    assert_false(quality.reported.is_known);
    assert_near(quality.kbps, 0, 0);
    now.packets = 150;
    now.lost = 3; /* four of those that were missed have come */
    zv_quality_of(&before, &now, ZV_CODEC_PCMU, &quality);
    assert_near(quality.heard.loss_percent, 0, 0);
    before.packets = 500; /* of a leg that was made anew since */
    zv_quality_of(&before, &now, ZV_CODEC_PCMU, &quality);
    assert_true(quality.heard.is_known);
    assert_near(quality.heard.loss_percent, 100.0 * 3 / 153, 1e-9);
}

static void the_picture_of_an_interval_has_size_rate_and_freezes(void **state)
{
    (void)state;
    const struct zv_leg_figures before = {
        .at_us = ZV_SECONDS(10),
        .video = {.packets = 100, .bytes = 90000, .frames = 30, .freezes = 2}};
    struct zv_leg_figures now = {.at_us = ZV_SECONDS(15),
                                 .video = {.packets = 400,
                                           .bytes = 402500,
                                           .frames = 105,
                                           .freezes = 3,
                                           .width = 320,
                                           .height = 240}};
    struct zv_leg_quality quality;
    zv_quality_of(&before, &now, ZV_CODEC_PCMU, &quality);
    assert_true(quality.video.is_known);
    assert_int_equal(quality.video.width, 320);
    assert_int_equal(quality.video.height, 240);
    assert_near(quality.video.fps, 15, 1e-9);
    assert_near(quality.video.kbps, 500, 1e-9);
    assert_int_equal(quality.video.freezes, 1);
    assert_false(quality.heard.is_known);
    zv_quality_of(&now, &now, ZV_CODEC_PCMU, &quality);
    assert_false(quality.video.is_known);
    now.video.packets = 40; /* of a leg that was made anew since */
    now.video.frames = 10;
    now.video.freezes = 0;
    zv_quality_of(&before, &now, ZV_CODEC_PCMU, &quality);
    assert_near(quality.video.fps, 2, 1e-9);
    assert_int_equal(quality.video.freezes, 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(ratings_become_the_published_scores),
    cmocka_unit_test(scores_rise_with_the_rating_and_never_leave_the_scale),
    cmocka_unit_test(loss_costs_what_the_robustness_of_the_codec_says),
    cmocka_unit_test(delay_costs_little_up_to_177_ms_and_much_beyond),
    cmocka_unit_test(a_hopeless_leg_is_rated_zero_and_an_unknown_codec_as_g711),
    cmocka_unit_test(an_interval_is_rated_by_what_came_in_it),
    cmocka_unit_test(what_is_not_known_is_not_rated),
    cmocka_unit_test(the_picture_of_an_interval_has_size_rate_and_freezes),
};
ZV_TEST_MAIN(tests)
