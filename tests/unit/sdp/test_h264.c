/* profile-level-id: the many names of a profile (RFC 6184, table 5), and levels. */
#include "support/test.h"

#include "base/attr.h"
#include "sdp/h264.h"

static void names_of_one_profile_are_one(void **state)
{
    (void)state;
    static const uint32_t constrained[] = {0x42e01f, 0x42c01e, 0x42400b,
                                           0x4d801f, 0x4de01f, 0x58c01f};
    static const uint32_t baseline[] = {0x42001f, 0x42801f, 0x42a00d, 0x42101f, 0x58801f};
    for (size_t i = 0; i < ZV_ARRAY_LEN(constrained); i++) {
        assert_int_equal(zv_h264_profile(constrained[i]), zv_h264_profile(0x42e01f));
        assert_true(zv_h264_is_baseline(constrained[i]));
    }
    for (size_t i = 0; i < ZV_ARRAY_LEN(baseline); i++) {
        assert_int_equal(zv_h264_profile(baseline[i]), zv_h264_profile(0x42001f));
        assert_true(zv_h264_is_baseline(baseline[i]));
    }
}

static void other_profiles_are_others(void **state)
{
    (void)state;
    static const uint32_t others[] = {0x42e01f, 0x42001f, 0x4d001f, 0x58001f,
                                      0x64001f, 0x640c1f, 0xf4001f, 0x42011f};
    for (size_t i = 0; i < ZV_ARRAY_LEN(others); i++) {
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(zv_h264_profile(others[i]), zv_h264_profile(others[j]));
        assert_int_equal(zv_h264_is_baseline(others[i]), i < 2);
    }
}

static void levels_are_read_and_written(void **state)
{
    (void)state;
    assert_int_equal(zv_h264_level(0x42e01f), 31);
    assert_int_equal(zv_h264_level(0x42e00b), 11);
    assert_int_equal(zv_h264_level(0x42f00b), 10); /* 1b, by constraint_set3 */
    assert_int_equal(zv_h264_level(0x640009), 10); /* 1b, by its number */
    assert_int_equal(zv_h264_at_level(0x42e01f, 13), 0x42e00d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_one_profile_are_one),
        cmocka_unit_test(other_profiles_are_others),
        cmocka_unit_test(levels_are_read_and_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
