/* The rows about video of `zvonokctl call`, from the gateway's JSON. */
#define _GNU_SOURCE
#include "support/test.h"

#include "ctl/show_video.h"
#include "ctl/verbs.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define LEG                                                                                        \
    "{\"video\":{\"codec\":\"H264\",\"width\":320,\"height\":240,\"fps\":14.9,\"kbps\":512,"       \
    "\"frames\":150,\"keyFrames\":4,\"freezes\":1,\"rxPackets\":900,\"rxLost\":3,"                 \
    "\"txPackets\":880,\"nacksIn\":5,\"nacksOut\":6,\"retransmitted\":7,"                          \
    "\"keyFrameRequestsIn\":8,\"keyFrameRequestsOut\":9}}"

static const char *said(void (*write_fn)(const json_t *, struct zv_buf *), const char *json)
{
    static char memory[256];
    struct zv_buf out = zv_buf(memory, sizeof(memory) - 1);
    json_t *tree = json_loads(json, 0, NULL);
    assert_non_null(tree);
    write_fn(tree, &out);
    assert_false(out.overflow);
    memory[out.len] = '\0';
    json_decref(tree);
    return memory;
}

static void a_leg_says_what_comes_and_how_it_is_kept_whole(void **state)
{
    (void)state;
    assert_string_equal(said(zv_ctl_write_picture, LEG), "H264 320x240, 14.9 fps, 512 kbit/s");
    assert_string_equal(said(zv_ctl_write_frames, LEG), "150, key frames 4, freezes 1");
    assert_string_equal(said(zv_ctl_write_video_packets, LEG), "900 in, 3 lost, 880 out");
    assert_string_equal(said(zv_ctl_write_repairs, LEG), "NACKs 5 in, 6 out; 7 sent again");
    assert_string_equal(said(zv_ctl_write_requests, LEG), "8 by that end, 9 of it");
}

static void a_leg_without_video_says_nothing_of_it(void **state)
{
    (void)state;
    assert_string_equal(said(zv_ctl_write_picture, "{}"), "");
    assert_string_equal(said(zv_ctl_write_frames, "{}"), "");
    assert_string_equal(said(zv_ctl_write_video_packets, "{}"), "");
    assert_string_equal(said(zv_ctl_write_repairs, "{}"), "");
    assert_string_equal(said(zv_ctl_write_requests, "{}"), "");
    assert_string_equal(said(zv_ctl_write_picture, "{\"video\":{\"rxPackets\":0}}"),
                        "nothing came");
}

static void a_call_says_what_was_agreed_on_or_why_nothing_was(void **state)
{
    (void)state;
    assert_string_equal(
        said(zv_ctl_write_video,
             "{\"agreed\":true,\"codec\":\"H264\",\"profile\":\"42e01f\",\"packetizationMode\":1,"
             "\"clientPt\":102,\"sipTxPt\":96,\"sipRxPt\":97,\"direction\":\"sendrecv\"}"),
        "H264 profile 42e01f, packetization mode 1, payload types: client 102, to SIP 96, from "
        "SIP 97; both ways");
    assert_string_equal(said(zv_ctl_write_video,
                             "{\"agreed\":true,\"codec\":\"VP8\",\"clientPt\":96,\"sipTxPt\":99,"
                             "\"direction\":\"inactive\"}"),
                        "VP8, payload types: client 96, to SIP 99, from SIP none; held");
    assert_string_equal(
        said(zv_ctl_write_video, "{\"agreed\":false,\"reason\":\"profile_mismatch\"}"),
        "none: profile_mismatch");
}

/* The whole answer, printed. */
static void the_rows_stand_in_the_call(void **state)
{
    (void)state;
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    json_t *answer = json_loads("{\"call\":{\"name\":\"c-0.0.1\",\"live\":true,\"codecs\":[],"
                                "\"video\":{\"agreed\":false,\"reason\":\"refused\"},"
                                "\"legs\":{\"client\":" LEG ",\"sip\":{}}}}",
                                0, NULL);
    assert_non_null(out);
    assert_non_null(answer);
    zv_ctl_show_call(answer, out);
    fclose(out);
    assert_non_null(strstr(text, "none: refused"));
    assert_non_null(strstr(text, "H264 320x240, 14.9 fps, 512 kbit/s"));
    assert_non_null(strstr(text, "key frames asked"));
    json_decref(answer);
    free(text);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_leg_says_what_comes_and_how_it_is_kept_whole),
    cmocka_unit_test(a_leg_without_video_says_nothing_of_it),
    cmocka_unit_test(a_call_says_what_was_agreed_on_or_why_nothing_was),
    cmocka_unit_test(the_rows_stand_in_the_call),
};
ZV_TEST_MAIN(tests)
