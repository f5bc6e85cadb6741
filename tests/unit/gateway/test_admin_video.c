/* What `zvonokctl call` says of video: from plan and counters to JSON. */
#define _GNU_SOURCE
#include "support/test.h"

#include "gateway/admin_video.h"
#include "sdp/sdp.h"

#include <jansson.h>
#include <string.h>

static char memory[4096];

static struct zv_json open_json(struct zv_buf *out)
{
    *out = zv_buf(memory, sizeof(memory));
    struct zv_json json = zv_json(out);
    zv_json_open_object(&json, NULL);
    return json;
}

static json_t *close_json(struct zv_json *json, struct zv_buf *out)
{
    zv_json_close_object(json);
    json_t *tree = json_loadb(memory, out->len, 0, NULL);
    assert_non_null(tree);
    return tree;
}

static json_t *write_plan(const struct zv_video_plan *video)
{
    struct zv_buf out;
    struct zv_json json = open_json(&out);
    zv_admin_write_video(&json, video);
    return close_json(&json, &out);
}

static json_t *write_leg(const struct zv_peer_video_counters *counters)
{
    struct zv_buf out;
    struct zv_json json = open_json(&out);
    zv_admin_write_leg_video(&json, counters);
    return close_json(&json, &out);
}

static const char *text(const json_t *tree, const char *key)
{
    return json_string_value(json_object_get(json_object_get(tree, "video"), key));
}

static json_int_t number(const json_t *tree, const char *key)
{
    const json_t *value = json_object_get(json_object_get(tree, "video"), key);
    assert_non_null(value);
    return (json_int_t)json_number_value(value);
}

static void what_was_agreed_on_is_told(void **state)
{
    (void)state;
    struct zv_video_plan plan = {
        .pairs = {{.kind = ZV_CODEC_H264,
                   .packetization_mode = 1,
                   .profile_level_id = 0x42e01f,
                   .web_pt = 102,
                   .web_rtx_pt = ZV_PT_NONE,
                   .sip_tx_pt = 96,
                   .sip_rx_pt = 96}},
        .pair_count = 1,
        .direction = ZV_SDP_SENDONLY,
    };
    json_t *tree = write_plan(&plan);
    assert_string_equal(text(tree, "codec"), "H264");
    assert_string_equal(text(tree, "profile"), "42e01f");
    assert_string_equal(text(tree, "direction"), "sendonly");
    assert_int_equal(number(tree, "packetizationMode"), 1);
    assert_int_equal(number(tree, "clientPt"), 102);
    assert_null(json_object_get(json_object_get(tree, "video"), "clientRtxPt"));
    json_decref(tree);
    plan.pairs[0].kind = ZV_CODEC_VP8;
    tree = write_plan(&plan);
    assert_string_equal(text(tree, "codec"), "VP8");
    assert_null(text(tree, "profile"));
    json_decref(tree);
}

static void why_there_is_none_is_told_to_those_who_wanted_it(void **state)
{
    (void)state;
    struct zv_video_plan plan = {.committed = -1, .reason = ZV_VIDEO_REASON_PROFILE_MISMATCH};
    json_t *tree = write_plan(&plan);
    assert_string_equal(text(tree, "reason"), "profile_mismatch");
    json_decref(tree);
    plan.reason = ZV_VIDEO_REASON_NONE;
    tree = write_plan(&plan);
    assert_int_equal(json_object_size(tree), 0);
    json_decref(tree);
}

static void counters_of_a_leg_are_told_where_it_has_video(void **state)
{
    (void)state;
    struct zv_peer_video_counters counters = {0};
    json_t *tree = write_leg(&counters);
    assert_int_equal(json_object_size(tree), 0);
    json_decref(tree);
    counters = (struct zv_peer_video_counters){
        .codec = ZV_VIDEO_H264,
        .rx_packets = 900,
        .lost = 3,
        .frames = 150,
        .keyframes = 4,
        .freezes = 1,
        .fps_x10 = 149,
        .kbps = 512,
        .width = 320,
        .height = 240,
        .profile_level_id = 0x42000d,
        .nacks_in = 5,
        .nacks_out = 6,
        .retransmitted = 7,
        .keyframe_requests_in = 8,
        .keyframe_requests_out = 9,
    };
    tree = write_leg(&counters);
    assert_string_equal(text(tree, "codec"), "H264");
    assert_string_equal(text(tree, "profile"), "42000d");
    assert_int_equal(number(tree, "rxPackets"), 900);
    assert_int_equal(number(tree, "rxLost"), 3);
    assert_int_equal(number(tree, "frames"), 150);
    assert_int_equal(number(tree, "keyFrames"), 4);
    assert_int_equal(number(tree, "freezes"), 1);
    assert_int_equal(number(tree, "fps"), 14);
    assert_int_equal(number(tree, "kbps"), 512);
    assert_int_equal(number(tree, "width"), 320);
    assert_int_equal(number(tree, "nacksIn"), 5);
    assert_int_equal(number(tree, "nacksOut"), 6);
    assert_int_equal(number(tree, "retransmitted"), 7);
    assert_int_equal(number(tree, "keyFrameRequestsIn"), 8);
    assert_int_equal(number(tree, "keyFrameRequestsOut"), 9);
    json_decref(tree);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_was_agreed_on_is_told),
    cmocka_unit_test(why_there_is_none_is_told_to_those_who_wanted_it),
    cmocka_unit_test(counters_of_a_leg_are_told_where_it_has_video),
};
ZV_TEST_MAIN(tests)
