/*
 * What payloads are told to be. Parameter sets and key frames are those of x264 and libvpx; sets
 * that those do not write are made by a writer of bits here.
 */
#include "support/test.h"

#include "base/attr.h"
#include "base/buf.h"
#include "rtc/video/payload.h"

#include <string.h>

static struct zv_video_payload inspect(enum zv_video_codec codec, const void *data, size_t len)
{
    struct zv_video_payload payload;
    assert_true(zv_video_inspect(codec, data, len, &payload));
    return payload;
}

static void assert_malformed(enum zv_video_codec codec, const void *data, size_t len)
{
    struct zv_video_payload payload;
    memset(&payload, 0xff, sizeof(payload));
    assert_false(zv_video_inspect(codec, data, len, &payload));
    assert_false(payload.is_frame_start || payload.is_keyframe_start || payload.is_aggregate ||
                 payload.is_fragment || payload.width);
}

/* ---- VP8 ---- */

#define VP8_KEY "\xb0\x5a\x00\x9d\x01\x2a\x40\x01\xf0\x00\x00\x07" /* 320x240, of libvpx */

static void a_vp8_key_frame_has_a_size(void **state)
{
    (void)state;
    struct zv_video_payload payload = inspect(ZV_VIDEO_VP8, "\x10" VP8_KEY, 13);
    assert_true(payload.is_frame_start && payload.is_keyframe_start);
    assert_int_equal(payload.width, 320);
    assert_int_equal(payload.height, 240);
    assert_false(payload.is_aggregate || payload.is_fragment);
    /* The upper two bits of each side say how to scale it. */
    payload = inspect(ZV_VIDEO_VP8, "\x10\xb0\x5a\x00\x9d\x01\x2a\x40\x41\xf0\xc0", 11);
    assert_int_equal(payload.width, 320);
    assert_int_equal(payload.height, 240);
    payload = inspect(ZV_VIDEO_VP8, "\x10\xb0\x5a\x00\x9d\x01\x2a\x40\x01\xf0", 10);
    assert_true(payload.is_keyframe_start && !payload.width);
    assert_malformed(ZV_VIDEO_VP8, "\x10\xb0\x5a\x00\x9d\x01\x2b\x40\x01\xf0\x00", 11);
}

static void vp8_descriptors_of_each_length_are_stepped_over(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
    } rows[] = {
        {"\x10", 1},                     /* none */
        {"\x90\x00", 2},                 /* extended, of nothing */
        {"\x90\x80\x11", 3},             /* 7 bits of picture id */
        {"\x90\x80\x91\x22", 4},         /* 15 bits */
        {"\x90\x40\x05", 3},             /* TL0PICIDX */
        {"\x90\x20\x05", 3},             /* TID */
        {"\x90\x10\x05", 3},             /* KEYIDX */
        {"\x90\x30\x05", 3},             /* both in one byte */
        {"\xb0\xf0\x91\x22\x05\x45", 6}, /* all, and N */
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(rows); i++) {
        uint8_t bytes[32];
        memcpy(bytes, rows[i].bytes, rows[i].len);
        memcpy(bytes + rows[i].len, VP8_KEY, 12);
        assert_int_equal(inspect(ZV_VIDEO_VP8, bytes, rows[i].len + 12).width, 320);
        for (size_t len = 0; len <= rows[i].len; len++)
            assert_malformed(ZV_VIDEO_VP8, bytes, len); /* nothing behind it, or not all of it */
    }
}

static void vp8_continuations_and_interframes_are_no_key_frames(void **state)
{
    (void)state;
    struct zv_video_payload payload = inspect(ZV_VIDEO_VP8, "\x10\x91\x08\x00\x07", 5);
    assert_true(payload.is_frame_start && !payload.is_keyframe_start);
    payload = inspect(ZV_VIDEO_VP8, "\x00" VP8_KEY, 13); /* S is not set */
    assert_false(payload.is_frame_start || payload.is_keyframe_start);
    payload = inspect(ZV_VIDEO_VP8, "\x11" VP8_KEY, 13); /* the second partition begins */
    assert_false(payload.is_frame_start || payload.is_keyframe_start);
}

/* ---- H.264 ---- */

static size_t from_hex(const char *hex, uint8_t *dst)
{
    size_t len = strlen(hex) / 2;
    for (size_t i = 0; i < 2 * len; i++) {
        unsigned digit = hex[i] <= '9' ? (unsigned)(hex[i] - '0') : (unsigned)(hex[i] - 'a') + 10;
        dst[i / 2] = (uint8_t)(dst[i / 2] << 4 | digit);
    }
    return len;
}

static void sizes_of_x264_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        uint32_t profile_level_id;
        uint16_t width, height;
    } rows[] = {
        {"6742c00dd90141fb0110000003001000000301e0f142a480", 0x42c00d, 320, 240},
        {"6764001eacd940a02ff970110000030001000003003c0f162d96", 0x64001e, 640, 360},
        {"674d4028eca03c0113f2e022000003000200000300781e30632c", 0x4d4028, 1920, 1080},
        /* interlaced: the map units are fields */
        {"67640028acd94078044fde0220000003002000000783e2c5b2c0", 0x640028, 1920, 1080},
        /* 4:2:2 and 4:4:4, cropped by units of their own; one plane */
        {"677a000cbcd9415087888fc044000003000400000300783c50a658", 0x7a000c, 322, 242},
        {"67f4000a919b28589f558088000003000800000300f078912cb0", 0xf4000a, 175, 143},
        {"6764000af3650b13b016c8000003000800000300f078912cb0", 0x64000a, 176, 144},
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(rows); i++) {
        uint8_t nal[64];
        struct zv_video_payload payload = inspect(ZV_VIDEO_H264, nal, from_hex(rows[i].hex, nal));
        assert_true(payload.is_frame_start && payload.is_keyframe_start);
        assert_int_equal(payload.profile_level_id, rows[i].profile_level_id);
        assert_int_equal(payload.width, rows[i].width);
        assert_int_equal(payload.height, rows[i].height);
    }
}

/* Writes bits, and the bytes that prevent start codes (H.264 section 7.4.1.1). */
struct writer {
    uint8_t bytes[512];
    size_t len;
    unsigned byte;
    unsigned used;
};

static void put_byte(struct writer *writer, uint8_t byte)
{
    size_t n = writer->len;
    if (n >= 2 && !writer->bytes[n - 1] && !writer->bytes[n - 2] && byte <= 3)
        writer->bytes[writer->len++] = 3;
    writer->bytes[writer->len++] = byte;
}

static void put_bits(struct writer *writer, unsigned count, uint32_t value)
{
    for (unsigned i = count; i-- > 0;) {
        writer->byte = writer->byte << 1 | ((value >> i) & 1);
        if (++writer->used == 8) {
            put_byte(writer, (uint8_t)writer->byte);
            writer->byte = writer->used = 0;
        }
    }
}

static void put_ue(struct writer *writer, uint32_t value)
{
    unsigned bits = 0;
    while ((value + UINT64_C(1)) >> (bits + 1))
        bits++;
    put_bits(writer, bits, 0);
    put_bits(writer, 1, 1);
    put_bits(writer, bits, (uint32_t)(value + 1 - (UINT32_C(1) << bits)));
}

static void put_se(struct writer *writer, int32_t value)
{
    put_ue(writer, value > 0 ? 2 * (uint32_t)value - 1 : 2 * (uint32_t)-value);
}

static struct writer begin_sps(uint8_t profile_idc)
{
    struct writer writer = {.bytes = {0x67, profile_idc, 0, 31}, .len = 4};
    put_ue(&writer, 0); /* seq_parameter_set_id */
    return writer;
}

static struct zv_video_payload end_sps(struct writer *writer)
{
    put_bits(writer, 8, 0x80);
    return inspect(ZV_VIDEO_H264, writer->bytes, writer->len);
}

/* From max_num_ref_frames to the cropping: 1280x720 less 8 columns. */
static void put_size(struct writer *writer)
{
    put_ue(writer, 4);
    put_bits(writer, 1, 0);
    put_ue(writer, 79);
    put_ue(writer, 44);
    put_bits(writer, 2, 3); /* frames only, direct 8x8 */
    put_bits(writer, 1, 1);
    put_ue(writer, 1);
    put_ue(writer, 3);
    put_ue(writer, 0);
    put_ue(writer, 0);
    put_bits(writer, 1, 0);
}

static void scaling_lists_and_picture_order_cycles_are_stepped_over(void **state)
{
    (void)state;
    struct writer writer = begin_sps(100);
    put_ue(&writer, 1); /* 4:2:0 */
    put_ue(&writer, 0);
    put_ue(&writer, 0);
    put_bits(&writer, 1, 0);
    put_bits(&writer, 1, 1); /* lists: one of 16 in full, one of 64 that ends, the others not */
    for (unsigned list = 0; list < 8; list++) {
        put_bits(&writer, 1, list == 0 || list == 7);
        for (unsigned i = 0; list == 0 && i < 16; i++)
            put_se(&writer, i % 2 ? -100 : 120);
        if (list == 7) {
            put_se(&writer, 5);
            put_se(&writer, -13); /* 8 + 5 - 13: no more follow */
        }
    }
    put_ue(&writer, 12);
    put_ue(&writer, 1); /* picture order count by a cycle */
    put_bits(&writer, 1, 0);
    put_se(&writer, -2);
    put_se(&writer, INT32_MAX);
    put_ue(&writer, 255);
    for (unsigned i = 0; i < 255; i++)
        put_se(&writer, i % 3 ? 0 : -1);
    put_size(&writer);
    struct zv_video_payload payload = end_sps(&writer);
    assert_int_equal(payload.width, 1272);
    assert_int_equal(payload.height, 720);
}

static void a_set_that_says_the_impossible_tells_no_size(void **state)
{
    (void)state;
    for (unsigned bad = 0; bad < 5; bad++) {
        struct writer writer = begin_sps(66);
        put_ue(&writer, bad == 1 ? 13 : 0);
        put_ue(&writer, bad == 2 ? 3 : 2); /* the type of picture order count */
        put_ue(&writer, bad == 3 ? 17 : 1);
        put_bits(&writer, 1, 0);
        put_ue(&writer, bad == 4 ? 1024 : 19);
        put_ue(&writer, 14);
        put_bits(&writer, 3, 6); /* frames only, direct 8x8, no cropping */
        put_bits(&writer, 1, 0);
        struct zv_video_payload payload = end_sps(&writer);
        assert_int_equal(payload.width, bad ? 0 : 320);
        assert_true(payload.is_keyframe_start);
        assert_int_equal(payload.profile_level_id, 0x42001f);
    }
}

static void a_cut_set_tells_no_size(void **state)
{
    (void)state;
    uint8_t nal[64];
    size_t whole = from_hex("6742c00dd90141fb0110000003001000000301e0f142a480", nal);
    size_t told = 0;
    for (size_t len = 1; len <= whole; len++) {
        uint8_t *copy = test_malloc(len); /* so that a sanitizer sees the end */
        memcpy(copy, nal, len);
        struct zv_video_payload payload = inspect(ZV_VIDEO_H264, copy, len);
        assert_true(payload.width == 0 || payload.width == 320);
        assert_int_equal(payload.profile_level_id, len < 4 ? 0 : 0x42c00d);
        told += payload.width != 0;
        test_free(copy);
    }
    assert_in_range(told, 1, whole - 5);
    static const uint8_t zeros[64] = {0x67, 66, 0, 31}; /* a code that never ends */
    assert_int_equal(inspect(ZV_VIDEO_H264, zeros, sizeof(zeros)).width, 0);
}

static void cropping_all_of_the_picture_is_no_picture(void **state)
{
    (void)state;
    struct writer writer = begin_sps(66);
    put_ue(&writer, 0);
    put_ue(&writer, 2);
    put_ue(&writer, 1);
    put_bits(&writer, 1, 0);
    put_ue(&writer, 0);
    put_ue(&writer, 0);
    put_bits(&writer, 3, 7);
    put_ue(&writer, 4); /* 2 * (4 + 4) of 16 */
    put_ue(&writer, 4);
    put_ue(&writer, 0);
    put_ue(&writer, 0);
    assert_int_equal(end_sps(&writer).width, 0);
}

static void nal_units_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[4];
        bool is_frame_start, is_keyframe_start;
    } rows[] = {
        {{0x65, 0x88, 0x84, 0}, true, true},   /* IDR, its first slice */
        {{0x65, 0x40, 0x84, 0}, false, false}, /* IDR, another slice of it */
        {{0x41, 0x9a, 0x21, 0}, true, false},  /* slice, the first */
        {{0x01, 0x52, 0x21, 0}, false, false}, /* slice, another, no reference */
        {{0x68, 0xcb, 0x83, 0}, true, false},  /* picture parameters */
        {{0x06, 0x05, 0x01, 0}, true, false},  /* SEI */
        {{0x09, 0x10, 0x00, 0}, true, false},  /* delimiter */
        {{0x0c, 0xff, 0x80, 0}, false, false}, /* filler */
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(rows); i++) {
        struct zv_video_payload payload = inspect(ZV_VIDEO_H264, rows[i].bytes, 4);
        assert_int_equal(payload.is_frame_start, rows[i].is_frame_start);
        assert_int_equal(payload.is_keyframe_start, rows[i].is_keyframe_start);
        assert_true(zv_video_fits_mode_0(&payload));
    }
    assert_malformed(ZV_VIDEO_H264, "", 0);
    assert_malformed(ZV_VIDEO_H264, "\xe5\x88", 2); /* forbidden bit */
    assert_malformed(ZV_VIDEO_H264, "\x60\x88", 2); /* types that mean nothing */
    assert_malformed(ZV_VIDEO_H264, "\x7e\x88", 2);
    assert_malformed(ZV_VIDEO_H264, "\x7f\x88", 2);
}

static void an_aggregate_is_what_it_holds(void **state)
{
    (void)state;
    uint8_t bytes[64] = {0x78, 0, 24};
    from_hex("6742c00dd90141fb0110000003001000000301e0f142a480", bytes + 3);
    memcpy(bytes + 27, "\0\2\x68\xcb\0\3\x65\x88\x84", 9);
    struct zv_video_payload payload = inspect(ZV_VIDEO_H264, bytes, 36);
    assert_true(payload.is_aggregate && !payload.is_fragment && !zv_video_fits_mode_0(&payload));
    assert_true(payload.is_frame_start && payload.is_keyframe_start);
    assert_int_equal(payload.width, 320);
    payload = inspect(ZV_VIDEO_H264, "\x58\0\2\x41\x9a\0\1\x0c", 8);
    assert_true(payload.is_aggregate && payload.is_frame_start && !payload.is_keyframe_start);
    for (size_t len = 1; len < 36; len++) {
        if (len != 27 && len != 31) /* where one of them ends */
            assert_malformed(ZV_VIDEO_H264, bytes, len);
    }
    assert_malformed(ZV_VIDEO_H264, "\x78\0\0\0", 4);
    assert_malformed(ZV_VIDEO_H264, "\x78\0\2\x7c\x85", 5); /* a fragment inside */
    assert_malformed(ZV_VIDEO_H264, "\x78\0\2\x78\x05", 5); /* an aggregate inside */
}

static void a_fragment_tells_by_its_first_part(void **state)
{
    (void)state;
    struct zv_video_payload payload = inspect(ZV_VIDEO_H264, "\x7c\x85\x88\x84", 4);
    assert_true(payload.is_fragment && !payload.is_aggregate && !zv_video_fits_mode_0(&payload));
    assert_true(payload.is_frame_start && payload.is_keyframe_start);
    payload = inspect(ZV_VIDEO_H264, "\x7c\x05\x88\x84", 4); /* the middle */
    assert_true(payload.is_fragment && !payload.is_frame_start && !payload.is_keyframe_start);
    payload = inspect(ZV_VIDEO_H264, "\x7c\x45\x88\x84", 4); /* the end */
    assert_true(payload.is_fragment && !payload.is_keyframe_start);
    payload = inspect(ZV_VIDEO_H264, "\x5c\x81\x9a\x21", 4); /* of a slice */
    assert_true(payload.is_frame_start && !payload.is_keyframe_start);
    payload = inspect(ZV_VIDEO_H264, "\x7c\x85", 2); /* empty, which is allowed */
    assert_true(payload.is_fragment && !payload.is_keyframe_start);
    assert_malformed(ZV_VIDEO_H264, "\x7c", 1);
    assert_malformed(ZV_VIDEO_H264, "\x7c\xc5\x88", 3); /* first and last at once */
}

static void the_interleaved_mode_is_known_for_what_it_is(void **state)
{
    (void)state;
    static const uint8_t aggregates[] = {25, 26, 27};
    for (size_t i = 0; i < sizeof(aggregates); i++) {
        struct zv_video_payload payload = inspect(ZV_VIDEO_H264, &aggregates[i], 1);
        assert_true(payload.is_aggregate && !payload.is_keyframe_start);
    }
    assert_true(inspect(ZV_VIDEO_H264, "\x1d", 1).is_fragment);
}

static void a_codec_that_is_not_known_tells_nothing(void **state)
{
    (void)state;
    assert_malformed(ZV_VIDEO_NONE, "\x65\x88", 2);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_vp8_key_frame_has_a_size),
    cmocka_unit_test(vp8_descriptors_of_each_length_are_stepped_over),
    cmocka_unit_test(vp8_continuations_and_interframes_are_no_key_frames),
    cmocka_unit_test(sizes_of_x264_are_read),
    cmocka_unit_test(scaling_lists_and_picture_order_cycles_are_stepped_over),
    cmocka_unit_test(a_set_that_says_the_impossible_tells_no_size),
    cmocka_unit_test(a_cut_set_tells_no_size),
    cmocka_unit_test(cropping_all_of_the_picture_is_no_picture),
    cmocka_unit_test(nal_units_are_told_apart),
    cmocka_unit_test(an_aggregate_is_what_it_holds),
    cmocka_unit_test(a_fragment_tells_by_its_first_part),
    cmocka_unit_test(the_interleaved_mode_is_known_for_what_it_is),
    cmocka_unit_test(a_codec_that_is_not_known_tells_nothing),
};
ZV_TEST_MAIN(tests)
