/*
 * Video of calls: three legs, opened with the call or later, and what passes between them.
 */
#include "support/test.h"

#include "base/err.h"
#include "unit/worker/pictures.h"

static void open_test(struct world *world)
{
    open_world(world, "127.0.0.1", make_ports(20, 0));
}

static const struct zv_worker_stats *stats_of(struct world *world)
{
    const struct zv_worker_cmd ask = {.kind = ZV_WORKER_GET_STATS, .call = call_1};
    int before = world->seen[ZV_WORKER_STATS];
    post(world, &ask);
    wait_for(world, &world->seen[ZV_WORKER_STATS], before + 1);
    return &world->last[ZV_WORKER_STATS].stats;
}

static void show_each_other(struct world *world, struct end *client, struct end *camera, int count)
{
    uint64_t at_client = client->pictures, at_camera = camera->pictures;
    for (int i = 0; i < count; i++) {
        show(world, client, VP8_WEB, i == 0);
        show(world, camera, VP8_SIP, i == 0);
        wait_for_pictures(world, camera, at_camera + (uint64_t)i + 1);
        wait_for_pictures(world, client, at_client + (uint64_t)i + 1);
    }
}

static void sound_and_picture_pass_side_by_side(void **state)
{
    (void)state;
    struct world world;
    struct end client, far, camera;
    const struct zv_worker_cmd video = video_cmd(call_1);
    open_test(&world);
    connect_video_call(&world, &client, &far, &camera, &video);
    const struct zv_worker_leg_ready *web = &world.ready.ready.legs[ZV_WORKER_LEG_WEB];
    assert_int_not_equal(world.ready.ready.legs[ZV_WORKER_LEG_VIDEO].rtp.port,
                         world.ready.ready.legs[ZV_WORKER_LEG_SIP].rtp.port);
    show_each_other(&world, &client, &camera, 50);
    assert_int_equal(client.last.header.pt, VP8_WEB);
    assert_int_equal(client.last.header.ssrc, web->video_ssrc);
    assert_true(client.last.header.marker);
    assert_int_equal(camera.last.header.pt, VP8_SIP);
    assert_int_equal(camera.last.header.payload_len, PICTURE);
    converse(&world, &client, &far, 50);
    const struct zv_worker_stats *stats = stats_of(&world);
    assert_int_equal(stats->legs[ZV_WORKER_LEG_WEB].rx_packets, 50);
    assert_int_equal(stats->legs[ZV_WORKER_LEG_SIP].rx_packets, 50);
    assert_int_equal(stats->legs[ZV_WORKER_LEG_VIDEO].rx_packets, 50);
    for (int side = 0; side < 2; side++) {
        assert_int_equal(stats->video[side].codec, ZV_VIDEO_VP8);
        assert_int_equal(stats->video[side].frames, 50);
        assert_int_equal(stats->video[side].keyframes, 1);
        assert_int_equal(stats->video[side].width, 320);
        assert_int_equal(stats->video[side].height, 240);
        assert_int_equal(stats->video[side].tx_packets, 50);
        assert_int_equal(stats->video_bridge[side].forwarded, 50);
    }
    close_world(&world);
}

static void a_video_port_opens_in_a_running_call_once(void **state)
{
    (void)state;
    struct world world;
    struct end client, far, camera;
    const struct zv_worker_cmd video = video_cmd(call_1);
    const struct zv_worker_cmd open = {
        .kind = ZV_WORKER_OPEN_VIDEO,
        .leg = ZV_WORKER_LEG_VIDEO,
        .call = call_1,
        .open_video = {.kind = ZV_LEG_KIND_RTP, .local = ip("127.0.0.1")}};
    open_test(&world);
    connect_call(&world, call_1, &client, &far, "127.0.0.1");
    converse(&world, &client, &far, 10);
    uint16_t sip_port = world.ready.ready.legs[ZV_WORKER_LEG_SIP].rtp.port;
    assert_int_equal(world.ready.ready.legs[ZV_WORKER_LEG_VIDEO].rtp.family, ZV_ADDR_NONE);
    post(&world, &open);
    wait_for(&world, &world.seen[ZV_WORKER_READY], 2);
    assert_int_equal(world.ready.ready.cmd, ZV_WORKER_OPEN_VIDEO);
    assert_int_equal(world.ready.ready.legs[ZV_WORKER_LEG_SIP].rtp.port, sip_port);
    begin_video(&world, &video, &client, &camera);
    (void)stats_of(&world); /* answered once the worker has done what was posted before */
    show_each_other(&world, &client, &camera, 10);
    converse(&world, &client, &far, 10);
    post(&world, &open);
    wait_for(&world, &world.seen[ZV_WORKER_FAILED], 1);
    assert_int_equal(world.last[ZV_WORKER_FAILED].failed.err, ZV_E_EXISTS);
    assert_int_equal(world.last[ZV_WORKER_FAILED].failed.cmd, ZV_WORKER_OPEN_VIDEO);
    show_each_other(&world, &client, &camera, 10);
    close_world(&world);
}

static void video_without_a_port_for_it_is_refused_and_the_call_stays(void **state)
{
    (void)state;
    struct world world;
    struct end client, far;
    const struct zv_worker_cmd video = video_cmd(call_1);
    open_test(&world);
    connect_call(&world, call_1, &client, &far, "127.0.0.1");
    post(&world, &video);
    wait_for(&world, &world.seen[ZV_WORKER_FAILED], 1);
    assert_int_equal(world.last[ZV_WORKER_FAILED].failed.err, ZV_E_STATE);
    assert_int_equal(world.last[ZV_WORKER_FAILED].failed.cmd, ZV_WORKER_SET_VIDEO);
    converse(&world, &client, &far, 10);
    close_world(&world);
}

static void what_is_on_hold_or_over_does_not_pass(void **state)
{
    (void)state;
    struct world world;
    struct end client, far, camera;
    struct zv_worker_cmd video = video_cmd(call_1);
    struct zv_worker_cmd flow = {.kind = ZV_WORKER_SET_FLOW, .call = call_1};
    open_test(&world);
    connect_video_call(&world, &client, &far, &camera, &video);
    show_each_other(&world, &client, &camera, 5);
    flow.flow.from[0] = flow.flow.from[1] = flow.flow.video_from[0] = true;
    post(&world, &flow);
    (void)stats_of(&world);
    uint64_t before = client.pictures;
    show(&world, &camera, VP8_SIP, false);
    while (stats_of(&world)->video_bridge[1].held < 1) {
    }
    show(&world, &client, VP8_WEB, false);
    wait_for_pictures(&world, &camera, 6);
    assert_int_equal(client.pictures, before);
    video.video[0].codec = video.video[1].codec = ZV_VIDEO_NONE;
    post(&world, &video);
    (void)stats_of(&world);
    show(&world, &client, VP8_WEB, false);
    while (stats_of(&world)->legs[ZV_WORKER_LEG_WEB].drops[ZV_PEER_DROP_UNKNOWN_PT] < 1) {
    }
    converse(&world, &client, &far, 10);
    assert_int_equal(world.last[ZV_WORKER_STATS].stats.video[0].codec, ZV_VIDEO_NONE);
    close_world(&world);
}

/* ---- Key frames ---- */

static void a_clients_request_goes_to_the_camera_by_rtcp(void **state)
{
    (void)state;
    struct world world;
    struct end client, far, camera;
    const struct zv_worker_cmd video = video_cmd(call_1);
    open_test(&world);
    connect_video_call(&world, &client, &far, &camera, &video);
    show(&world, &camera, VP8_SIP, false); /* no key frame: the client's own peer asks for one */
    wait_for_pictures(&world, &client, 1);
    wait_for(&world, &camera.keyframe_wishes, 1);
    show(&world, &camera, VP8_SIP, true);
    wait_for_pictures(&world, &client, 2);
    assert_int_equal(world.seen[ZV_WORKER_KEYFRAME_WANTED], 0);
    close_world(&world);
}

static void a_camera_that_knows_no_request_is_asked_by_signalling(void **state)
{
    (void)state;
    struct world world;
    struct end client, far, camera;
    struct zv_worker_cmd video = video_cmd(call_1);
    video.video[1].feedback = 0;
    open_test(&world);
    connect_video_call(&world, &client, &far, &camera, &video);
    const struct zv_worker_cmd ask = {
        .kind = ZV_WORKER_ASK_KEYFRAME, .leg = ZV_WORKER_LEG_VIDEO, .call = call_1};
    post(&world, &ask);
    wait_for(&world, &world.seen[ZV_WORKER_KEYFRAME_WANTED], 1);
    assert_int_equal(world.last[ZV_WORKER_KEYFRAME_WANTED].leg, ZV_WORKER_LEG_VIDEO);
    assert_int_equal(stats_of(&world)->video[1].keyframe_requests_out, 1);
    close_world(&world);
}

static void signalling_asks_the_client(void **state)
{
    (void)state;
    struct world world;
    struct end client, far, camera;
    const struct zv_worker_cmd video = video_cmd(call_1);
    const struct zv_worker_cmd ask = {
        .kind = ZV_WORKER_ASK_KEYFRAME, .leg = ZV_WORKER_LEG_WEB, .call = call_1};
    open_test(&world);
    connect_video_call(&world, &client, &far, &camera, &video);
    show(&world, &client, VP8_WEB, true);
    wait_for_pictures(&world, &camera, 1);
    post(&world, &ask);
    wait_for(&world, &client.keyframe_wishes, 1);
    close_world(&world);
}

/* ---- Repairs ---- */

static void what_a_client_lost_on_the_way_in_comes_again_by_rtx(void **state)
{
    (void)state;
    struct world world;
    struct end client, far, camera;
    const struct zv_worker_cmd video = video_cmd(call_1);
    open_test(&world);
    connect_video_call(&world, &client, &far, &camera, &video);
    for (int i = 0; i < 10; i++)
        show_or_lose(&world, &client, VP8_WEB, i == 0, i == 5);
    wait_for_pictures(&world, &camera, 10);
    const struct zv_worker_stats *stats = stats_of(&world);
    assert_int_equal(stats->video[0].recovered, 1);
    assert_true(stats->video[0].nacks_out >= 1);
    assert_int_equal(stats->video[0].rtx_in, 1);
    assert_int_equal(stats->legs[ZV_WORKER_LEG_VIDEO].tx_packets, 10);
    close_world(&world);
}

static void what_a_camera_lost_on_the_way_in_comes_again_as_it_was(void **state)
{
    (void)state;
    struct world world;
    struct end client, far, camera;
    const struct zv_worker_cmd video = video_cmd(call_1);
    open_test(&world);
    connect_video_call(&world, &client, &far, &camera, &video);
    for (int i = 0; i < 10; i++)
        show_or_lose(&world, &camera, VP8_SIP, i == 0, i == 5);
    wait_for_pictures(&world, &client, 10);
    const struct zv_worker_stats *stats = stats_of(&world);
    assert_int_equal(stats->video[1].recovered, 1);
    assert_int_equal(stats->video[1].rtx_in, 0);
    close_world(&world);
}

/* ---- A client that returns ---- */

static void a_client_that_returns_gets_video_anew(void **state)
{
    (void)state;
    struct world world;
    struct end client, far, camera, again;
    const struct zv_worker_cmd video = video_cmd(call_1);
    const struct zv_worker_cmd renew = {
        .kind = ZV_WORKER_RENEW_WEB, .leg = ZV_WORKER_LEG_WEB, .call = call_1};
    open_test(&world);
    connect_video_call(&world, &client, &far, &camera, &video);
    show_each_other(&world, &client, &camera, 5);
    uint32_t ssrc = world.ready.ready.legs[ZV_WORKER_LEG_WEB].video_ssrc;
    uint16_t seq = camera.last.header.seq;
    uint32_t camera_ssrc = camera.last.header.ssrc;
    post(&world, &renew);
    wait_for(&world, &world.seen[ZV_WORKER_READY], 2);
    assert_int_not_equal(world.ready.ready.legs[ZV_WORKER_LEG_WEB].video_ssrc, ssrc);
    set_codecs(&world, call_1, OPUS_WEB, OPUS_SIP);
    post(&world, &video);
    open_end(&world, &again, ZV_PEER_WEB, OPUS_WEB);
    agree(&again, &video.video[0]);
    join_web(&world, call_1, ZV_WORKER_LEG_WEB, &again, "127.0.0.1");
    wait_for(&world, &world.seen[ZV_WORKER_DTLS_CONNECTED], 2);
    wait_for(&world, &again.seen[ZV_PEER_EVENT_DTLS_CONNECTED], 1);
    int asked = camera.keyframe_wishes;
    show(&world, &camera, VP8_SIP, false);
    wait_for_pictures(&world, &again, 1);
    wait_for(&world, &camera.keyframe_wishes, asked + 1); /* a newcomer cannot begin amid */
    show(&world, &again, VP8_WEB, true);
    wait_for_pictures(&world, &camera, 6);
    assert_int_equal(camera.last.header.ssrc, camera_ssrc);
    assert_int_equal(camera.last.header.seq, (uint16_t)(seq + 1));
    assert_int_equal(stats_of(&world)->video[0].frames, 6); /* of both clients */
    close_world(&world);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(sound_and_picture_pass_side_by_side),
    cmocka_unit_test(a_video_port_opens_in_a_running_call_once),
    cmocka_unit_test(video_without_a_port_for_it_is_refused_and_the_call_stays),
    cmocka_unit_test(what_is_on_hold_or_over_does_not_pass),
    cmocka_unit_test(a_clients_request_goes_to_the_camera_by_rtcp),
    cmocka_unit_test(a_camera_that_knows_no_request_is_asked_by_signalling),
    cmocka_unit_test(signalling_asks_the_client),
    cmocka_unit_test(what_a_client_lost_on_the_way_in_comes_again_by_rtx),
    cmocka_unit_test(what_a_camera_lost_on_the_way_in_comes_again_as_it_was),
    cmocka_unit_test(a_client_that_returns_gets_video_anew),
};

ZV_TEST_MAIN(tests)
