/*
 * A recorded trace is a test: played to call control it yields what it yielded then. The files of
 * tests/vectors/traces are such traces, of real calls; a bug of the field becomes one more.
 */
#include "unit/call/video.h"
#include "unit/trace/replay.h"

#include <glob.h>

static json_t *export_youngest(const struct recorded *recorded)
{
    static char memory[1 << 17];
    struct zv_buf out = zv_buf(memory, sizeof(memory));
    json_error_t error;
    zv_trace_write_json(zv_recorder_next(recorded->recorder, NULL), &out);
    assert_false(out.overflow);
    json_t *root = json_loadb(out.p, out.len, 0, &error);
    if (!root)
        fail_msg("not JSON: %s at %d", error.text, error.position);
    return root;
}

static void a_call_from_ring_to_hang_up_plays_again(void **state)
{
    struct recorded recorded;
    (void)state;
    recorded_open(&recorded);
    desk_active(&recorded.desk);
    desk_wait(&recorded.desk, ZV_SECONDS(2));
    desk_client(&recorded.desk, ZV_CALL_IN_CLIENT_HANGUP, "c1", "");
    desk_media(&recorded.desk, ZV_CALL_IN_MEDIA_CLOSED);
    json_t *root = export_youngest(&recorded);
    recorded_close(&recorded);
    replay_run(root);
}

static void a_call_that_a_deadline_ended_plays_again(void **state)
{
    struct recorded recorded;
    (void)state;
    recorded_open(&recorded);
    desk_answering(&recorded.desk); /* DTLS never comes up: 200 after 1.5 s, no ACK */
    desk_wait(&recorded.desk, ZV_SECONDS(20));
    desk_media(&recorded.desk, ZV_CALL_IN_MEDIA_CLOSED);
    json_t *root = export_youngest(&recorded);
    assert_string_equal(json_string_value(json_object_get(json_object_get(root, "call"), "cause")),
                        "no_ack");
    recorded_close(&recorded);
    replay_run(root);
}

static void an_encrypted_call_plays_again_without_its_keys(void **state)
{
    static const char line[] = "a=crypto:1 AEAD_AES_128_GCM "
                               "inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw==\r\n";
    struct recorded recorded;
    char answer[512];
    (void)state;
    recorded_open(&recorded);
    recorded_set(&recorded,
                 (struct zv_switch_cfg){.trunks.defaults.srtp = ZV_SRTP_POLICY_OPTIONAL});
    desk_ringing_out(&recorded.desk);
    snprintf(answer, sizeof(answer), "%s%s", DESK_SIP_PCMA, line);
    desk_sip(&recorded.desk, ZV_CALL_IN_SIP_ANSWERED,
             (struct zv_in_sip){.status = 200, .sdp = zv_str(answer)});
    assert_non_null(recorded.desk.sip_remote.srtp);
    desk_client(&recorded.desk, ZV_CALL_IN_CLIENT_HANGUP, "c1", "");
    desk_media(&recorded.desk, ZV_CALL_IN_MEDIA_CLOSED);
    json_t *root = export_youngest(&recorded);
    char *text = json_dumps(root, 0);
    assert_non_null(strstr(text, "inline:xxxx"));
    assert_null(strstr(text, "AAECAwQF"));
    free(text);
    recorded_close(&recorded);
    replay_run(root);
}

static void a_call_whose_client_went_away_plays_again(void **state)
{
    struct recorded recorded;
    (void)state;
    recorded_open(&recorded);
    desk_active(&recorded.desk);
    desk_lost(&recorded.desk);
    desk_wait(&recorded.desk, ZV_SECONDS(20));
    desk_media(&recorded.desk, ZV_CALL_IN_MEDIA_CLOSED);
    json_t *root = export_youngest(&recorded);
    assert_string_equal(json_string_value(json_object_get(json_object_get(root, "call"), "cause")),
                        "client_gone");
    recorded_close(&recorded);
    replay_run(root);
}

static void a_call_whose_client_returned_plays_again(void **state)
{
    struct recorded recorded;
    (void)state;
    recorded_open(&recorded);
    recorded.desk.can_resume = true;
    desk_active(&recorded.desk);
    desk_lost(&recorded.desk);
    desk_wait(&recorded.desk, ZV_SECONDS(20));
    desk_return(&recorded.desk, 3);
    desk_update(&recorded.desk, "c1", DESK_WEB_OFFER, false);
    desk_media(&recorded.desk, ZV_CALL_IN_MEDIA_READY);
    desk_client(&recorded.desk, ZV_CALL_IN_CLIENT_HANGUP, "c1", NULL);
    desk_media(&recorded.desk, ZV_CALL_IN_MEDIA_CLOSED);
    json_t *root = export_youngest(&recorded);
    recorded_close(&recorded);
    replay_run(root);
}

static void a_call_to_which_video_was_added_plays_again(void **state)
{
    struct recorded recorded;
    struct desk *at = &recorded.desk;
    (void)state;
    recorded_open(&recorded);
    recorded_set(&recorded, (struct zv_switch_cfg){.has_video = true});
    at->can_reoffer = true;
    desk_active(at);
    video_reinvite(at, VIDEO_SIP("2", "20020"));
    desk_media(at, ZV_CALL_IN_MEDIA_READY);
    desk_client(at, ZV_CALL_IN_CLIENT_UPDATE_ANSWER, "c1", VIDEO_WEB_ANSWER);
    desk_media(at, ZV_CALL_IN_MEDIA_KEYFRAME_WANTED);
    desk_client(at, ZV_CALL_IN_CLIENT_HANGUP, "c1", "");
    desk_media(at, ZV_CALL_IN_MEDIA_CLOSED);
    json_t *root = export_youngest(&recorded);
    const json_t *call = json_object_get(root, "call");
    assert_string_equal(json_string_value(json_object_get(call, "video")), "H264");
    recorded_close(&recorded);
    replay_run(root);
}

static void a_call_whose_video_was_refused_says_why(void **state)
{
    struct recorded recorded;
    (void)state;
    recorded_open(&recorded);
    recorded_set(&recorded, (struct zv_switch_cfg){.has_video = true});
    video_trying(&recorded.desk);
    desk_sip(&recorded.desk, ZV_CALL_IN_SIP_ANSWERED,
             (struct zv_in_sip){.status = 200, .sdp = zv_str(VIDEO_SIP_REFUSED("1"))});
    desk_client(&recorded.desk, ZV_CALL_IN_CLIENT_HANGUP, "c1", "");
    desk_media(&recorded.desk, ZV_CALL_IN_MEDIA_CLOSED);
    json_t *root = export_youngest(&recorded);
    const json_t *call = json_object_get(root, "call");
    assert_null(json_object_get(call, "video"));
    assert_string_equal(json_string_value(json_object_get(call, "noVideo")),
                        "one side refused video");
    recorded_close(&recorded);
    replay_run(root);
}

/* An extension that a trace forgot would not be told of when it is played. */
static void a_call_whose_client_has_every_extension_plays_again(void **state)
{
    static const char *const asked[] = {"can_resume", "can_reoffer", "wants_verdicts",
                                        "wants_digits", "wants_drain"};
    struct recorded recorded;
    struct desk *at = &recorded.desk;
    (void)state;
    recorded_open(&recorded);
    at->can_resume = at->can_reoffer = true;
    at->wants_verdicts = at->wants_digits = at->wants_drain = true;
    desk_active(at);
    desk_sip(at, ZV_CALL_IN_SIP_DIGIT,
             (struct zv_in_sip){.press = {.digit = zv_str("5"), .duration_ms = 160}});
    desk_input(
        at, &(struct zv_call_in){.kind = ZV_CALL_IN_DRAIN, .u.drain = {.left_us = ZV_SECONDS(30)}});
    desk_client(at, ZV_CALL_IN_CLIENT_HANGUP, "c1", "");
    desk_media(at, ZV_CALL_IN_MEDIA_CLOSED);
    json_t *root = export_youngest(&recorded);
    json_t *events = json_object_get(root, "events");
    const json_t *connect = json_object_get(json_array_get(events, 0), "data");
    for (size_t i = 0; i < ZV_ARRAY_LEN(asked); i++) {
        if (!json_is_true(json_object_get(connect, asked[i])))
            fail_msg("the trace does not carry %s", asked[i]);
    }
    recorded_close(&recorded);
    replay_run(root);
}

static void a_refused_call_plays_again(void **state)
{
    struct recorded recorded;
    (void)state;
    recorded_open(&recorded);
    desk_connect(&recorded.desk);
    desk_call(&recorded.desk, "c1", "sip:1002@elsewhere.example");
    json_t *root = export_youngest(&recorded);
    recorded_close(&recorded);
    replay_run(root);
}

/* Changing what was heard changes what is said: the comparison can fail. */
static void another_input_is_another_call(void **state)
{
    struct recorded recorded;
    static char then_memory[65536], now_memory[65536];
    struct zv_buf then = zv_buf(then_memory, sizeof(then_memory));
    struct zv_buf now = zv_buf(now_memory, sizeof(now_memory));
    (void)state;
    recorded_open(&recorded);
    desk_ringing_out(&recorded.desk);
    desk_sip(&recorded.desk, ZV_CALL_IN_SIP_ENDED,
             (struct zv_in_sip){.end = ZV_SIP_END_REJECTED, .status = 486});
    desk_media(&recorded.desk, ZV_CALL_IN_MEDIA_CLOSED);
    struct replay replay = {.root = export_youngest(&recorded), .conn = DESK_CONN};
    recorded_close(&recorded);
    recorded_open(&replay.recorded);
    replay.begun_us = replay.recorded.desk.now_us;
    size_t i;
    json_t *event;
    json_array_foreach(json_object_get(replay.root, "events"), i, event)
    {
        json_t *data = json_object_get(event, "data");
        if (zv_str_is(replay_text(json_object_get(data, "input")), "SIP_ENDED"))
            json_object_set_new(data, "status", json_integer(404));
        replay_event(&replay, event);
    }
    replay_said_then(&replay, &then);
    replay_said_now(&replay, &now);
    assert_string_not_equal(now.p, then.p);
    recorded_close(&replay.recorded);
    json_decref(replay.root);
}

static void traces_of_real_calls_play_again(void **state)
{
    const char *pattern = getenv("ZV_TRACES"); /* of the end-to-end test, fresh ones */
    glob_t files;
    (void)state;
    if (!pattern)
        pattern = ZV_TEST_DIR "/vectors/traces/real/*.json";
    if (glob(pattern, 0, NULL, &files))
        fail_msg("there is no trace at %s", pattern);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        print_message("playing %s\n", files.gl_pathv[i]);
        replay_file(files.gl_pathv[i]);
    }
    globfree(&files);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_call_from_ring_to_hang_up_plays_again),
    cmocka_unit_test(a_call_that_a_deadline_ended_plays_again),
    cmocka_unit_test(an_encrypted_call_plays_again_without_its_keys),
    cmocka_unit_test(a_call_whose_client_went_away_plays_again),
    cmocka_unit_test(a_call_whose_client_returned_plays_again),
    cmocka_unit_test(a_call_to_which_video_was_added_plays_again),
    cmocka_unit_test(a_call_whose_video_was_refused_says_why),
    cmocka_unit_test(a_call_whose_client_has_every_extension_plays_again),
    cmocka_unit_test(a_refused_call_plays_again),
    cmocka_unit_test(another_input_is_another_call),
    cmocka_unit_test(traces_of_real_calls_play_again),
};
ZV_TEST_MAIN(tests)
