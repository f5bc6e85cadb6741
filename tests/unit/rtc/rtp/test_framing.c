/* RFC 4571: a stream comes apart into the same frames, however its bytes were cut. */
#include "support/test.h"

#include "base/attr.h"
#include "rtc/rtp/framing.h"

#include <string.h>

#define LONGEST ZV_MAX_MEDIA_DGRAM_BYTES

static uint8_t stream[70000];
static size_t stream_len;

static void put_frame(size_t len, uint8_t fill)
{
    zv_rtp_write_frame_head(stream + stream_len, len);
    memset(stream + stream_len + ZV_RTP_FRAME_HEAD_BYTES, fill, len);
    stream_len += ZV_RTP_FRAME_HEAD_BYTES + len;
}

/* What came out: the lengths of frames in order; 0 for one that was too long. */
struct seen {
    size_t lens[16];
    size_t count;
};

static void take_chunk(struct zv_rtp_framer *framer, size_t from, size_t len, struct seen *seen)
{
    while (len) {
        size_t used = 0;
        enum zv_rtp_framing framing = zv_rtp_framer_take(framer, stream + from, len, &used);
        assert_true(used > 0 && used <= len);
        from += used;
        len -= used;
        if (framing == ZV_RTP_FRAMING_MORE)
            assert_int_equal(len, 0);
        else
            seen->lens[seen->count++] = framing == ZV_RTP_FRAMING_FRAME ? framer->len : 0;
        if (framing == ZV_RTP_FRAMING_FRAME)
            assert_memory_equal(framer->bytes, stream + from - framer->len, framer->len);
    }
}

static void check_cut_into(size_t chunk, const size_t *lens, size_t count)
{
    static struct zv_rtp_framer framer;
    struct seen seen = {.count = 0};
    memset(&framer, 0, sizeof(framer));
    for (size_t at = 0; at < stream_len; at += chunk)
        take_chunk(&framer, at, ZV_MIN(chunk, stream_len - at), &seen);
    assert_int_equal(seen.count, count);
    assert_memory_equal(seen.lens, lens, count * sizeof(*lens));
    assert_false(zv_rtp_framer_is_amid(&framer));
}

static void frames_come_out_however_the_stream_was_cut(void **state)
{
    (void)state;
    static const size_t lens[] = {1, 172, LONGEST, 3};
    stream_len = 0;
    for (size_t i = 0; i < ZV_ARRAY_LEN(lens); i++)
        put_frame(lens[i], (uint8_t)(i + 1));
    for (size_t chunk = 1; chunk <= stream_len; chunk++)
        check_cut_into(chunk, lens, ZV_ARRAY_LEN(lens));
}

static void empty_frames_are_passed_over(void **state)
{
    (void)state;
    static const size_t lens[] = {5};
    stream_len = 0;
    put_frame(0, 0);
    put_frame(0, 0);
    put_frame(5, 7);
    put_frame(0, 0);
    for (size_t chunk = 1; chunk <= stream_len; chunk++)
        check_cut_into(chunk, lens, ZV_ARRAY_LEN(lens));
}

static void a_frame_too_long_is_told_once_and_skipped(void **state)
{
    (void)state;
    static const size_t lens[] = {4, 0, 6, 0, 8};
    static const size_t chunks[] = {1, 2, 3, 7, 1500, 1502, 65535, 70000};
    stream_len = 0;
    put_frame(4, 1);
    put_frame(LONGEST + 1, 2);
    put_frame(6, 3);
    put_frame(65535, 4);
    put_frame(8, 5);
    for (size_t i = 0; i < ZV_ARRAY_LEN(chunks); i++)
        check_cut_into(chunks[i], lens, ZV_ARRAY_LEN(lens));
}

static void half_a_frame_is_known_as_one(void **state)
{
    (void)state;
    static struct zv_rtp_framer framer;
    size_t used;
    memset(&framer, 0, sizeof(framer));
    stream_len = 0;
    put_frame(3, 9);
    for (size_t i = 0; i + 1 < stream_len; i++) {
        assert_int_equal(zv_rtp_framer_take(&framer, stream + i, 1, &used), ZV_RTP_FRAMING_MORE);
        assert_true(zv_rtp_framer_is_amid(&framer));
    }
    assert_int_equal(zv_rtp_framer_take(&framer, stream + stream_len - 1, 1, &used),
                     ZV_RTP_FRAMING_FRAME);
    assert_false(zv_rtp_framer_is_amid(&framer));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(frames_come_out_however_the_stream_was_cut),
    cmocka_unit_test(empty_frames_are_passed_over),
    cmocka_unit_test(a_frame_too_long_is_told_once_and_skipped),
    cmocka_unit_test(half_a_frame_is_known_as_one),
};

ZV_TEST_MAIN(tests)
