/* What call control planned of video, as the worker is told it. */
#include "support/test.h"

#include "gateway/media_plan.h"

static struct zv_video_plan h264_plan(void)
{
    return (struct zv_video_plan){
        .pairs = {{.kind = ZV_CODEC_VP8,
                   .web_pt = 96,
                   .web_rtx_pt = 97,
                   .sip_tx_pt = 96,
                   .sip_rx_pt = 96},
                  {.kind = ZV_CODEC_H264,
                   .packetization_mode = 1,
                   .web_pt = 102,
                   .web_rtx_pt = 103,
                   .sip_tx_pt = 99,
                   .sip_rx_pt = 100}},
        .pair_count = 2,
        .committed = 1,
        .web_feedback = ZV_VIDEO_NACK | ZV_VIDEO_TRANSPORT_CC,
        .sip_feedback = ZV_VIDEO_PLI,
        .web_cc_id = 3,
        .web_orientation_id = 4,
        .sip_orientation_id = 1,
        .web_kbps = 1500,
        .sip_kbps = 800,
    };
}

static void the_committed_codec_goes_to_both_sides_with_what_each_agreed_on(void **state)
{
    (void)state;
    const struct zv_video_plan plan = h264_plan();
    struct zv_worker_cmd cmd = {0};
    zv_media_join_video(&plan, &cmd);
    const struct zv_peer_video_cfg *web = &cmd.video[0], *sip = &cmd.video[1];
    assert_int_equal(web->codec, ZV_VIDEO_H264);
    assert_int_equal(sip->codec, ZV_VIDEO_H264);
    assert_true(web->packetization_mode == 1 && sip->packetization_mode == 1);
    assert_true(web->tx_pt == 102 && web->rx_pt == 102 && web->rtx_pt == 103);
    assert_true(sip->tx_pt == 99 && sip->rx_pt == 100 && sip->rtx_pt == ZV_PT_NONE);
    assert_int_equal(web->feedback, ZV_VIDEO_NACK | ZV_VIDEO_TRANSPORT_CC);
    assert_int_equal(sip->feedback, ZV_VIDEO_PLI);
    assert_true(web->cc_id == 3 && sip->cc_id == 0);
    assert_true(web->orientation_id == 4 && sip->orientation_id == 1);
    assert_true(web->max_kbps == 1500 && sip->max_kbps == 800);
}

static void a_phone_may_send_the_number_of_the_other_baseline_where_its_own_is_ours(void **state)
{
    (void)state;
    struct zv_video_plan plan = h264_plan();
    struct zv_worker_cmd cmd = {0};
    plan.pairs[1].sip_also_pt = 104;
    zv_media_join_video(&plan, &cmd);
    assert_true(cmd.video[1].tx_pt == 99 && cmd.video[1].rx_pt == 100);
    plan.pairs[1].sip_tx_pt = 100;
    zv_media_join_video(&plan, &cmd);
    assert_true(cmd.video[1].tx_pt == 100 && cmd.video[1].rx_pt == 104);
}

static void a_plan_without_a_codec_is_no_video(void **state)
{
    (void)state;
    struct zv_video_plan none = {.committed = -1}, undecided = h264_plan(), one_sided = h264_plan();
    const struct zv_video_plan *const plans[] = {&none, &undecided, &one_sided};
    undecided.committed = -1;
    one_sided.pairs[1].sip_tx_pt = one_sided.pairs[1].sip_rx_pt = ZV_PT_NONE;
    for (size_t i = 0; i < ZV_ARRAY_LEN(plans); i++) {
        struct zv_worker_cmd cmd = {.video = {{.codec = ZV_VIDEO_VP8}, {.codec = ZV_VIDEO_VP8}}};
        zv_media_join_video(plans[i], &cmd);
        assert_int_equal(cmd.video[0].codec, ZV_VIDEO_NONE);
        assert_int_equal(cmd.video[1].codec, ZV_VIDEO_NONE);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_committed_codec_goes_to_both_sides_with_what_each_agreed_on),
    cmocka_unit_test(a_phone_may_send_the_number_of_the_other_baseline_where_its_own_is_ours),
    cmocka_unit_test(a_plan_without_a_codec_is_no_video),
};

ZV_TEST_MAIN(tests)
