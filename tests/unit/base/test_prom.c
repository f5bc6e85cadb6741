/* Prometheus' text format: families, labels, decimals, histograms. */
#include "support/test.h"

#include "base/prom.h"

static char memory[2048];

static struct zv_buf fresh(void)
{
    return zv_buf(memory, sizeof(memory));
}

static void a_family_has_help_type_and_samples(void **state)
{
    (void)state;
    struct zv_buf out = fresh();
    struct zv_prom prom = zv_prom(&out);
    zv_prom_family(&prom, "x_calls", ZV_PROM_GAUGE, "Calls \"now\",\nby C:\\state.");
    zv_prom_uint(&prom, ZV_PROM_NO_LABELS, UINT64_MAX);
    zv_prom_uint(&prom, ZV_PROM_LABELS({"a", "1"}, {"b", "2"}), 0);
    assert_string_equal(zv_buf_cstr(&out), "# HELP x_calls Calls \"now\",\\nby C:\\\\state.\n"
                                           "# TYPE x_calls gauge\n"
                                           "x_calls 18446744073709551615\n"
                                           "x_calls{a=\"1\",b=\"2\"} 0\n");
}

static void a_value_of_a_label_cannot_end_its_line(void **state)
{
    (void)state;
    struct zv_buf out = fresh();
    struct zv_prom prom = {.out = &out, .family = "x"};
    zv_prom_uint(&prom, ZV_PROM_LABELS({"a", "\"} 1\ny 2\\"}), 3);
    assert_string_equal(zv_buf_cstr(&out), "x{a=\"\\\"} 1\\ny 2\\\\\"} 3\n");
}

static void decimals_are_exact_and_short(void **state)
{
    (void)state;
    static const struct {
        uint64_t value;
        unsigned decimals;
        const char *text;
    } cases[] = {
        {0, 6, "x 0\n"},
        {1, 6, "x 0.000001\n"},
        {1500000, 6, "x 1.5\n"},
        {60000000, 6, "x 60\n"},
        {1050, 3, "x 1.05\n"},
        {100, 0, "x 100\n"},
        {UINT64_MAX, 6, "x 18446744073709.551615\n"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct zv_buf out = fresh();
        struct zv_prom prom = {.out = &out, .family = "x"};
        zv_prom_decimal(&prom, ZV_PROM_NO_LABELS, cases[i].value, cases[i].decimals);
        assert_string_equal(zv_buf_cstr(&out), cases[i].text);
    }
}

static const struct zv_histogram_scale scale = {
    .decimals = 6, .count = 3, .bounds = {0, 1000, 2500000}};

static void a_value_belongs_to_the_bound_that_it_does_not_exceed(void **state)
{
    (void)state;
    assert_int_equal(zv_histogram_place(&scale, 0), 0);
    assert_int_equal(zv_histogram_place(&scale, 1), 1);
    assert_int_equal(zv_histogram_place(&scale, 1000), 1);
    assert_int_equal(zv_histogram_place(&scale, 1001), 2);
    assert_int_equal(zv_histogram_place(&scale, INT64_MAX), 3);
    struct zv_histogram histogram = zv_histogram(&scale);
    zv_histogram_note(&histogram, -5);
    assert_int_equal(histogram.counts[0], 1);
    assert_int_equal(histogram.sum, 0);
}

static void a_histogram_is_cumulative(void **state)
{
    (void)state;
    struct zv_histogram histogram = zv_histogram(&scale);
    static const int64_t values[] = {0, 400, 600, 3000000};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        zv_histogram_note(&histogram, values[i]);
    assert_int_equal(zv_histogram_total(&histogram), 4);
    struct zv_buf out = fresh();
    struct zv_prom prom = zv_prom(&out);
    zv_prom_family(&prom, "x_seconds", ZV_PROM_HISTOGRAM, "Time.");
    zv_prom_histogram(&prom, ZV_PROM_LABELS({"leg", "web"}), &histogram);
    assert_string_equal(zv_buf_cstr(&out), "# HELP x_seconds Time.\n"
                                           "# TYPE x_seconds histogram\n"
                                           "x_seconds_bucket{leg=\"web\",le=\"0\"} 1\n"
                                           "x_seconds_bucket{leg=\"web\",le=\"0.001\"} 3\n"
                                           "x_seconds_bucket{leg=\"web\",le=\"2.5\"} 3\n"
                                           "x_seconds_bucket{leg=\"web\",le=\"+Inf\"} 4\n"
                                           "x_seconds_sum{leg=\"web\"} 3.001\n"
                                           "x_seconds_count{leg=\"web\"} 4\n");
}

static void what_does_not_fit_is_known(void **state)
{
    (void)state;
    struct zv_buf out = zv_buf(memory, 20);
    struct zv_prom prom = zv_prom(&out);
    zv_prom_family(&prom, "x_calls", ZV_PROM_GAUGE, "Calls.");
    zv_prom_uint(&prom, ZV_PROM_NO_LABELS, 1);
    assert_true(out.overflow);
    assert_true(out.len <= 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_family_has_help_type_and_samples),
        cmocka_unit_test(a_value_of_a_label_cannot_end_its_line),
        cmocka_unit_test(decimals_are_exact_and_short),
        cmocka_unit_test(a_value_belongs_to_the_bound_that_it_does_not_exceed),
        cmocka_unit_test(a_histogram_is_cumulative),
        cmocka_unit_test(what_does_not_fit_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
