/* What a trace holds after a call, what it never holds, and that it stays within its bounds. */
#include "unit/trace/recorded.h"

#include "base/alloc.h"

#define LINES_CAP 16384

static const struct zv_trace *youngest(const struct recorded *recorded)
{
    return zv_recorder_next(recorded->recorder, NULL);
}

static void expect_lines(const struct zv_trace *trace, const char *expected)
{
    char memory[LINES_CAP];
    assert_non_null(trace);
    assert_string_equal(recorded_lines(trace, false, memory, sizeof(memory)), expected);
}

static const char *json_of(const struct zv_trace *trace, char *memory, size_t cap)
{
    struct zv_buf out = zv_buf(memory, cap);
    zv_trace_write_json(trace, &out);
    const char *text = zv_buf_cstr(&out);
    assert_non_null(text);
    return text;
}

/* ---- what it holds ---- */

static void an_outgoing_call_is_told_in_order(void **state)
{
    struct recorded recorded;
    (void)state;
    recorded_open(&recorded);
    desk_active(&recorded.desk);
    desk_wait(&recorded.desk, ZV_SECONDS(3));
    desk_sip(&recorded.desk, ZV_CALL_IN_SIP_ENDED, (struct zv_in_sip){.end = ZV_SIP_END_BYE});
    desk_media(&recorded.desk, ZV_CALL_IN_MEDIA_CLOSED);
    const struct zv_trace *trace = youngest(&recorded);
    expect_lines(trace, "client > call, to 1002\n"
                        "client < notifyTryingResponse, TRYING\n"
                        "state * OUT_SETUP\n"
                        "state * OUT_SETUP -> OUT_TRYING\n"
                        "state * OUT_TRYING -> OUT_RINGING\n"
                        "client < ring, RING (SIP 180)\n"
                        "client < setRemoteSDP, answer\n"
                        "state * OUT_RINGING -> ACTIVE\n"
                        "client < talk, ESTABLISHED (SIP 200)\n"
                        "client < finish, FINISH: normal (SIP 200)\n"
                        "state * ACTIVE -> CLOSING, cause normal\n"
                        "end * normal, the call was hung up\n");
    assert_string_equal(trace->name, "c-0.0.1");
    assert_string_equal(trace->call_id, "c1");
    assert_string_equal(trace->caller, "1001");
    assert_string_equal(trace->callee, "1002");
    assert_string_equal(trace->codec, "PCMA");
    assert_false(trace->incoming);
    assert_false(trace->is_live);
    assert_int_equal(trace->cause, ZV_CAUSE_NORMAL);
    assert_int_equal(trace->ended_us - trace->answered_us, ZV_SECONDS(3));
    assert_true(trace->created_wall_us > RECORDED_WALL_US);
    recorded_close(&recorded);
}

static void an_incoming_call_that_nobody_answers_ends_by_its_deadline(void **state)
{
    struct recorded recorded;
    char memory[LINES_CAP];
    (void)state;
    recorded_open(&recorded);
    desk_ringing_in(&recorded.desk);
    desk_wait(&recorded.desk, ZV_SECONDS(61));
    desk_media(&recorded.desk, ZV_CALL_IN_MEDIA_CLOSED);
    const struct zv_trace *trace = youngest(&recorded);
    assert_true(trace->incoming);
    assert_int_equal(trace->cause, ZV_CAUSE_NO_ANSWER);
    assert_string_equal(trace->caller, "2000");
    const char *lines = recorded_lines(trace, true, memory, sizeof(memory));
    assert_non_null(strstr(lines, "timer * deadline\ncommand * SIP_REJECT, 480\nclient < finish"));
    assert_non_null(strstr(lines, "input * CLIENT_CONNECT\ninput * SIP_REGISTERED\n"));
    recorded_close(&recorded);
}

static void a_call_that_was_refused_has_a_trace(void **state)
{
    struct recorded recorded;
    (void)state;
    recorded_open(&recorded);
    desk_connect(&recorded.desk);
    desk_call(&recorded.desk, "bad", "sip:1002@elsewhere.example");
    const struct zv_trace *trace = youngest(&recorded);
    assert_string_equal(trace->name, "r-1");
    assert_string_equal(trace->call_id, "bad");
    assert_false(trace->is_live);
    assert_int_equal(trace->cause, ZV_CAUSE_BAD_CALLEE);
    assert_ptr_equal(zv_recorder_find(recorded.recorder, zv_str("bad")), trace);
    assert_null(zv_recorder_find(recorded.recorder, zv_str("nobody")));
    assert_null(zv_recorder_find(recorded.recorder, zv_str("")));
    recorded_close(&recorded);
}

static void a_call_that_the_door_refused_has_a_trace(void **state)
{
    struct recorded recorded;
    char memory[LINES_CAP];
    (void)state;
    recorded_open(&recorded);
    desk_connect(&recorded.desk);
    desk_input(&recorded.desk, &(struct zv_call_in){.kind = ZV_CALL_IN_CLIENT_REFUSED,
                                                    .u.refused = {.conn = {DESK_CONN},
                                                                  .call_id = zv_str("chat"),
                                                                  .callee = zv_str("1002"),
                                                                  .cause = ZV_CAUSE_NOT_SUPPORTED,
                                                                  .field = zv_str("isMsrp"),
                                                                  .text = zv_str("no chats")}});
    const struct zv_trace *trace = youngest(&recorded);
    assert_string_equal(trace->call_id, "chat");
    assert_string_equal(trace->callee, "1002");
    assert_int_equal(trace->cause, ZV_CAUSE_NOT_SUPPORTED);
    assert_string_equal(recorded_lines(trace, false, memory, sizeof(memory)),
                        "client > call, refused: no chats\n"
                        "client < fail, CallStatusEvent FAILED: not_supported, isMsrp\n"
                        "client < finish, FAILED: not_supported, isMsrp\n"
                        "end * not_supported, no chats\n");
    recorded_close(&recorded);
}

/* A callId and a Call-ID are chosen by others, who can guess a name. */
static void nobody_takes_the_name_of_anothers_call(void **state)
{
    struct recorded recorded;
    (void)state;
    recorded_open(&recorded);
    desk_active(&recorded.desk);
    const struct zv_trace *trace = youngest(&recorded);
    assert_string_equal(trace->name, "c-0.0.1");
    desk_call(&recorded.desk, "c-0.0.1", "1003");
    assert_string_equal(youngest(&recorded)->call_id, "c-0.0.1");
    assert_ptr_equal(zv_recorder_find(recorded.recorder, zv_str("c-0.0.1")), trace);
    zv_recorder_bind(recorded.recorder, recorded.desk.call, zv_str("c-9.9.9"));
    assert_ptr_equal(zv_recorder_find(recorded.recorder, zv_str("c-9.9.9")), youngest(&recorded));
    desk_media(&recorded.desk, ZV_CALL_IN_MEDIA_READY);
    recorded_close(&recorded);
}

static void a_client_that_is_lost_and_returns_is_in_its_calls(void **state)
{
    struct recorded recorded;
    char memory[LINES_CAP];
    (void)state;
    recorded_open(&recorded);
    recorded.desk.can_resume = true;
    desk_active(&recorded.desk);
    desk_close_frame(&recorded.desk, DESK_CONN, 1001);
    desk_return(&recorded.desk, 5);
    desk_update(&recorded.desk, "c1", DESK_WEB_OFFER, false);
    desk_media(&recorded.desk, ZV_CALL_IN_MEDIA_READY);
    desk_lost(&recorded.desk);
    desk_return(&recorded.desk, -1);
    desk_update(&recorded.desk, "c1", DESK_WEB_OFFER, true);
    desk_media(&recorded.desk, ZV_CALL_IN_MEDIA_READY);
    const char *lines = recorded_lines(youngest(&recorded), false, memory, sizeof(memory));
    const char *lost = strstr(lines, "client > client lost, closed its socket, code 1001\n"
                                     "client > client returned\n"
                                     "client > zvUpdate, offer\n"
                                     "client < zvUpdate, answer, ICE restart\n"
                                     "client > client lost, its socket is gone\n"
                                     "client > client returned\n"
                                     "client > zvUpdate, offer, after a reload\n"
                                     "client < zvUpdate, answer, new peer connection\n");
    if (!lost)
        fail_msg("%s", lines);
    recorded_close(&recorded);
}

static void a_client_that_leaves_is_in_its_calls(void **state)
{
    struct recorded recorded;
    char memory[LINES_CAP];
    (void)state;
    recorded_open(&recorded);
    desk_active(&recorded.desk);
    desk_closed(&recorded.desk);
    const char *lines = recorded_lines(youngest(&recorded), false, memory, sizeof(memory));
    assert_non_null(strstr(lines, "client > client left, closed its socket, code 1005\n"));
    recorded_close(&recorded);
}

static void secrets_are_in_no_trace(void **state)
{
    static const char *const secrets[] = {"secret-of-1001", "asd88fds9s8d7f6g5h4j3k2l",
                                          "gatewaypasswordgateway12"};
    struct recorded recorded;
    char memory[65536];
    (void)state;
    recorded_open(&recorded);
    desk_active(&recorded.desk);
    const char *json = json_of(youngest(&recorded), memory, sizeof(memory));
    for (size_t i = 0; i < ZV_ARRAY_LEN(secrets); i++)
        assert_null(strstr(json, secrets[i]));
    assert_null(strstr(json, recorded.desk.token));
    assert_non_null(
        strstr(json, "a=ice-pwd:xxxxxxxxxxxxxxxxxxxxxxxx\\r\\n")); /* the test can fail */
    recorded_close(&recorded);
}

static void digits_of_dtmf_are_not_kept(void **state)
{
    struct recorded recorded;
    char memory[65536];
    (void)state;
    recorded_open(&recorded);
    desk_active(&recorded.desk);
    desk_input(&recorded.desk, &(struct zv_call_in){.kind = ZV_CALL_IN_CLIENT_DTMF,
                                                    .u.client = {.conn = {DESK_CONN},
                                                                 .call_id = zv_str("c1"),
                                                                 .text = zv_str("98765432")}});
    const char *json = json_of(youngest(&recorded), memory, sizeof(memory));
    assert_non_null(strstr(json, "sendDtmf"));
    assert_null(strstr(json, "98765432"));
    recorded_close(&recorded);
}

/* ---- bounds ---- */

static void a_long_call_keeps_its_beginning_and_its_end(void **state)
{
    struct recorded recorded;
    char memory[LINES_CAP];
    (void)state;
    recorded_open_with(&recorded, (struct zv_recorder_cfg){.seed = {1, 2},
                                                           .bytes_per_call = 16384,
                                                           .max_live = 10,
                                                           .max_finished = 10,
                                                           .keep_us = ZV_SECONDS(3600)});
    desk_active(&recorded.desk);
    for (int i = 0; i < 1000; i++) {
        char label[32];
        snprintf(label, sizeof(label), "milestone %d", i);
        zv_recorder_media(recorded.recorder, recorded.desk.call, ZV_CALL_LEG_SIP, label,
                          (struct zv_str){0}, recorded_now(&recorded));
    }
    const struct zv_trace *trace = youngest(&recorded);
    struct zv_recorder_stats stats;
    zv_recorder_stats(recorded.recorder, &stats);
    assert_true(stats.bytes <= 16384);
    assert_true(trace->events_dropped > 0);
    assert_int_equal(stats.events, trace->event_count + trace->events_dropped);
    uint32_t gaps = 0;
    ZV_LIST_EACH (node, &trace->events) {
        const struct zv_trace_event *event = ZV_CONTAINER_OF(node, struct zv_trace_event, node);
        gaps += event->dropped_before > 0;
        assert_true(event->dropped_before == 0 || event->dropped_before == trace->events_dropped);
    }
    assert_int_equal(gaps, 1);
    const char *lines = recorded_lines(trace, false, memory, sizeof(memory));
    assert_non_null(strstr(lines, "client > call, to 1002\n"));
    assert_non_null(strstr(lines, "milestone 999\n"));
    recorded_close(&recorded);
}

static void call_and_decline(struct recorded *recorded)
{
    struct desk *desk = &recorded->desk;
    desk_incoming(desk, DESK_SIP_BOTH);
    desk_media(desk, ZV_CALL_IN_MEDIA_READY);
    desk_client(desk, ZV_CALL_IN_CLIENT_HANGUP, desk->call_id, "");
    desk_media(desk, ZV_CALL_IN_MEDIA_CLOSED);
    desk_forget(desk);
}

static void finished_calls_are_kept_by_number_and_age(void **state)
{
    struct recorded recorded;
    struct zv_recorder_stats stats;
    (void)state;
    recorded_open_with(&recorded, (struct zv_recorder_cfg){.seed = {1, 2},
                                                           .bytes_per_call = 65536,
                                                           .max_live = 10,
                                                           .max_finished = 3,
                                                           .keep_us = ZV_SECONDS(60)});
    desk_connect(&recorded.desk);
    for (int i = 0; i < 5; i++) {
        call_and_decline(&recorded);
        desk_wait(&recorded.desk, ZV_SECONDS(10));
    }
    zv_recorder_stats(recorded.recorder, &stats);
    assert_int_equal(stats.finished, 3);
    assert_int_equal(stats.live, 0);
    const struct zv_trace *trace = youngest(&recorded);
    const struct zv_trace *next = zv_recorder_next(recorded.recorder, trace);
    assert_true(trace->created_us > next->created_us);
    int64_t deadline_us = zv_recorder_deadline_us(recorded.recorder);
    assert_true(deadline_us < ZV_TIME_NEVER);
    zv_recorder_on_timeout(recorded.recorder, deadline_us);
    zv_recorder_stats(recorded.recorder, &stats);
    assert_int_equal(stats.finished, 2);
    zv_recorder_on_timeout(recorded.recorder, deadline_us + ZV_SECONDS(60));
    zv_recorder_stats(recorded.recorder, &stats);
    assert_int_equal(stats.finished, 0);
    assert_int_equal(stats.bytes, 0);
    assert_true(zv_recorder_deadline_us(recorded.recorder) == ZV_TIME_NEVER);
    recorded_close(&recorded);
}

static void refused_calls_do_not_push_out_calls(void **state)
{
    struct recorded recorded;
    struct zv_recorder_stats stats;
    (void)state;
    recorded_open(&recorded);
    desk_connect(&recorded.desk);
    call_and_decline(&recorded);
    for (int i = 0; i < 50; i++)
        desk_call(&recorded.desk, "bad", "a b");
    desk_forget(&recorded.desk);
    zv_recorder_stats(recorded.recorder, &stats);
    assert_int_equal(stats.finished, 1 + 3); /* a quarter of 10 */
    assert_string_equal(youngest(&recorded)->name, "r-50");
    assert_non_null(zv_recorder_find(recorded.recorder, zv_str("c-0.0.1")));
    assert_null(zv_recorder_find(recorded.recorder, zv_str("r-47")));
    for (int i = 0; i < 12; i++)
        call_and_decline(&recorded);
    zv_recorder_stats(recorded.recorder, &stats);
    assert_int_equal(stats.finished, 10);
    assert_null(zv_recorder_find(recorded.recorder, zv_str("bad")));
    recorded_close(&recorded);
}

static void no_room_for_finished_calls_is_no_trouble(void **state)
{
    struct recorded recorded;
    (void)state;
    recorded_open_with(
        &recorded, (struct zv_recorder_cfg){.seed = {1, 2}, .bytes_per_call = 4096, .max_live = 1});
    desk_connect(&recorded.desk);
    call_and_decline(&recorded);
    call_and_decline(&recorded);
    assert_null(youngest(&recorded));
    assert_null(zv_recorder_ended(recorded.recorder));
    recorded_close(&recorded);
}

static void the_call_that_a_command_ended_is_known_until_the_next(void **state)
{
    struct recorded recorded;
    (void)state;
    recorded_open(&recorded);
    desk_connect(&recorded.desk);
    assert_null(zv_recorder_ended(recorded.recorder));
    call_and_decline(&recorded);
    const struct zv_trace *first = zv_recorder_ended(recorded.recorder);
    assert_ptr_equal(first, youngest(&recorded));
    assert_string_equal(first->name, "c-0.0.1");
    desk_call(&recorded.desk, "bad", "a b"); /* refused: its end is the last command */
    assert_string_equal(zv_recorder_ended(recorded.recorder)->name, "r-1");
    desk_call(&recorded.desk, "c2", "1002");
    assert_null(zv_recorder_ended(recorded.recorder));
    desk_media(&recorded.desk, ZV_CALL_IN_MEDIA_READY);
    recorded_close(&recorded);
}

static void want_of_memory_leaves_gaps_and_nothing_else(void **state)
{
    int64_t live = zv_alloc_live();
    (void)state;
    for (int failing = 0; failing < 120; failing++) {
        struct recorded recorded;
        recorded_open(&recorded);
        struct desk_watch watch = recorded.desk.watch;
        desk_connect(&recorded.desk);
        recorded.desk.watch = (struct desk_watch){0};
        /* Each input is given to the recorder alone, so that only it runs out of memory. */
        struct zv_call_in in = {.kind = ZV_CALL_IN_CLIENT_CALL,
                                .u.call = {.conn = {DESK_CONN},
                                           .call_id = zv_str("c1"),
                                           .callee = zv_str("1002"),
                                           .sdp = zv_str(DESK_WEB_OFFER)}};
        zv_alloc_fail_after(failing % 12);
        for (int i = 0; i < 4; i++) {
            zv_recorder_input(recorded.recorder, &in, (zv_call_id){1}, NULL,
                              recorded_now(&recorded));
            zv_recorder_bind(recorded.recorder, (zv_call_id){1}, zv_str("call-id"));
        }
        zv_alloc_fail_after(-1);
        recorded.desk.watch = watch;
        recorded_close(&recorded);
        assert_int_equal(zv_alloc_live(), live);
    }
}

/* ---- SIP ---- */

#define INVITE                                                                                     \
    "INVITE sip:1002@sip.example SIP/2.0\r\nFrom: \"a;tag=no\" <sip:1001@x>;tag=ours\r\n"          \
    "To: <sip:1002@x>\r\nCall-ID: cid@x\r\nCSeq: 1 INVITE\r\n\r\n"
#define RINGING                                                                                    \
    "SIP/2.0 180 Ringing\r\nf: <sip:1001@x>;tag=ours\r\nt: <sip:1002@x>;tag=theirs\r\n"            \
    "i: cid@x\r\nCSeq: 1 INVITE\r\n\r\n"

static void give_sip(struct recorded *recorded, bool is_sent, const char *text)
{
    struct zv_recorder_sip message = {
        .is_sent = is_sent,
        .remote = {.family = ZV_ADDR_IPV4, .ip = {192, 0, 2, 9}, .port = 5060},
        .bytes = zv_str(text),
    };
    zv_call_id call;
    (void)zv_recorder_sip(recorded->recorder, &message, recorded_now(recorded), &call);
}

static void messages_find_their_call(void **state)
{
    struct recorded recorded;
    char memory[LINES_CAP];
    (void)state;
    recorded_open(&recorded);
    desk_trying(&recorded.desk);
    zv_recorder_bind(recorded.recorder, recorded.desk.call, zv_str("cid@x"));
    give_sip(&recorded, true, INVITE);
    give_sip(&recorded, false, RINGING);
    give_sip(&recorded, false, "SIP/2.0 200 OK\r\nCall-ID: other\r\nCSeq: 1 REGISTER\r\n\r\n");
    give_sip(&recorded, false, "\xff\n: \n\n");
    give_sip(&recorded, false, "BYE sip:a:hush@x SIP/2.0\r\nCall-ID: cid@x\r\nCSeq: 1 BYE\r\n\r\n");
    const char *lines = recorded_lines(youngest(&recorded), false, memory, sizeof(memory));
    assert_non_null(strstr(lines, "sip > INVITE, sip:1002@sip.example, to 192.0.2.9:5060\n"
                                  "sip < 180 Ringing, to INVITE, from 192.0.2.9:5060\n"));
    assert_null(strstr(lines, "200 OK"));
    assert_non_null(strstr(lines, "sip < BYE, sip:a:xxxx@x, from 192.0.2.9:5060\n"));
    assert_ptr_equal(zv_recorder_find(recorded.recorder, zv_str("cid@x")), youngest(&recorded));
    recorded_close(&recorded);
}

static void an_invite_waits_for_the_call_that_it_makes(void **state)
{
    struct recorded recorded;
    char memory[LINES_CAP];
    (void)state;
    recorded_open(&recorded);
    desk_connect(&recorded.desk);
    give_sip(&recorded, false, INVITE);
    give_sip(&recorded, true,
             "SIP/2.0 100 Trying\r\nFrom: x;tag=ours\r\nTo: y\r\nCall-ID: cid@x\r\n"
             "CSeq: 1 INVITE\r\n\r\n");
    recorded.desk.leg = DESK_LEG;
    desk_sip(&recorded.desk, ZV_CALL_IN_SIP_INCOMING,
             (struct zv_in_sip){.caller = zv_str("2000"),
                                .callee = zv_str("1001"),
                                .sip_call_id = zv_str("cid@x"),
                                .sdp = zv_str(DESK_SIP_BOTH)});
    const char *lines = recorded_lines(youngest(&recorded), false, memory, sizeof(memory));
    assert_ptr_equal(strstr(lines, "sip < INVITE"), lines);
    assert_non_null(strstr(lines, "sip > 100 Trying"));
    recorded_close(&recorded);
}

/* Two clients of this gateway call each other through a proxy: both legs have one Call-ID. */
static void a_call_that_comes_back_has_two_traces(void **state)
{
    struct recorded recorded;
    char memory[LINES_CAP];
    (void)state;
    recorded_open(&recorded);
    desk_trying(&recorded.desk);
    zv_call_id out = recorded.desk.call;
    zv_recorder_bind(recorded.recorder, out, zv_str("cid@x"));
    give_sip(&recorded, true, INVITE);
    give_sip(&recorded, false, INVITE); /* back from the proxy */
    recorded.desk.leg = DESK_LEG;
    desk_sip(&recorded.desk, ZV_CALL_IN_SIP_INCOMING,
             (struct zv_in_sip){.caller = zv_str("1001"),
                                .callee = zv_str("1001"),
                                .sip_call_id = zv_str("cid@x"),
                                .sdp = zv_str(DESK_SIP_BOTH)});
    give_sip(&recorded, true, RINGING);
    give_sip(&recorded, false, RINGING);
    const struct zv_trace *in = youngest(&recorded);
    const char *lines = recorded_lines(in, false, memory, sizeof(memory));
    assert_non_null(strstr(lines, "sip < INVITE"));
    assert_non_null(strstr(lines, "sip > 180 Ringing"));
    assert_null(strstr(lines, "sip < 180 Ringing"));
    lines = recorded_lines(zv_recorder_next(recorded.recorder, in), false, memory, sizeof(memory));
    assert_non_null(strstr(lines, "sip > INVITE"));
    assert_non_null(strstr(lines, "sip < 180 Ringing"));
    assert_null(strstr(lines, "sip > 180 Ringing"));
    recorded_close(&recorded);
}

#define FORK(start, branch, to_tag)                                                                \
    start "\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=" branch "\r\nVia: SIP/2.0/UDP x;branch=same\r\n" \
          "From: x;tag=theirs\r\nTo: y" to_tag "\r\nCall-ID: cid@x\r\nCSeq: 1 INVITE\r\n\r\n"

static void be_called(struct recorded *recorded, uint64_t leg)
{
    recorded->desk.leg = leg;
    desk_sip(&recorded->desk, ZV_CALL_IN_SIP_INCOMING,
             (struct zv_in_sip){.caller = zv_str("2000"),
                                .callee = zv_str("1001"),
                                .sip_call_id = zv_str("cid@x"),
                                .sdp = zv_str(DESK_SIP_BOTH)});
}

/* A proxy forks a call to two accounts of this gateway. */
static void a_call_that_is_forked_has_two_traces(void **state)
{
    struct recorded recorded;
    char memory[LINES_CAP];
    (void)state;
    recorded_open(&recorded);
    desk_connect(&recorded.desk);
    give_sip(&recorded, false, FORK("INVITE sip:first SIP/2.0", "1", ""));
    be_called(&recorded, DESK_LEG);
    give_sip(&recorded, true, FORK("SIP/2.0 100 First", "1", ""));
    give_sip(&recorded, false, FORK("INVITE sip:second SIP/2.0", "2", ""));
    be_called(&recorded, DESK_LEG + 1);
    give_sip(&recorded, true, FORK("SIP/2.0 100 Second", "2", ""));
    give_sip(&recorded, false, FORK("INVITE sip:first;again SIP/2.0", "1", ""));
    give_sip(&recorded, false, FORK("INVITE sip:merged SIP/2.0", "3", ""));
    give_sip(&recorded, true, FORK("SIP/2.0 482 Merged", "3", ";tag=none"));
    give_sip(&recorded, true, FORK("SIP/2.0 180 First", "1", ";tag=one"));
    give_sip(&recorded, true, FORK("SIP/2.0 180 Second", "2", ";tag=two"));
    give_sip(&recorded, false, FORK("ACK sip:second SIP/2.0", "4", ";tag=two"));
    const struct zv_trace *second = youngest(&recorded);
    const char *lines = recorded_lines(second, false, memory, sizeof(memory));
    assert_ptr_equal(strstr(lines, "sip < INVITE, sip:second"), lines);
    assert_non_null(strstr(lines, "sip > 100 Second"));
    assert_non_null(strstr(lines, "sip < INVITE, sip:merged"));
    assert_non_null(strstr(lines, "sip > 482 Merged"));
    assert_non_null(strstr(lines, "sip > 180 Second"));
    assert_non_null(strstr(lines, "sip < ACK"));
    assert_null(strstr(lines, "irst"));
    lines =
        recorded_lines(zv_recorder_next(recorded.recorder, second), false, memory, sizeof(memory));
    assert_ptr_equal(strstr(lines, "sip < INVITE, sip:first"), lines);
    assert_non_null(strstr(lines, "sip > 100 First"));
    assert_non_null(strstr(lines, "sip < INVITE, sip:first;again"));
    assert_non_null(strstr(lines, "sip > 180 First"));
    assert_null(strstr(lines, "econd"));
    assert_null(strstr(lines, "ACK"));
    recorded_close(&recorded);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_outgoing_call_is_told_in_order),
    cmocka_unit_test(an_incoming_call_that_nobody_answers_ends_by_its_deadline),
    cmocka_unit_test(a_call_that_was_refused_has_a_trace),
    cmocka_unit_test(a_call_that_the_door_refused_has_a_trace),
    cmocka_unit_test(nobody_takes_the_name_of_anothers_call),
    cmocka_unit_test(a_client_that_is_lost_and_returns_is_in_its_calls),
    cmocka_unit_test(a_client_that_leaves_is_in_its_calls),
    cmocka_unit_test(secrets_are_in_no_trace),
    cmocka_unit_test(digits_of_dtmf_are_not_kept),
    cmocka_unit_test(a_long_call_keeps_its_beginning_and_its_end),
    cmocka_unit_test(finished_calls_are_kept_by_number_and_age),
    cmocka_unit_test(refused_calls_do_not_push_out_calls),
    cmocka_unit_test(no_room_for_finished_calls_is_no_trouble),
    cmocka_unit_test(the_call_that_a_command_ended_is_known_until_the_next),
    cmocka_unit_test(want_of_memory_leaves_gaps_and_nothing_else),
    cmocka_unit_test(messages_find_their_call),
    cmocka_unit_test(an_invite_waits_for_the_call_that_it_makes),
    cmocka_unit_test(a_call_that_comes_back_has_two_traces),
    cmocka_unit_test(a_call_that_is_forked_has_two_traces),
};
ZV_TEST_MAIN(tests)
