/* Captures on a loop of their own; the test plays workers and call control. */
#define _GNU_SOURCE
#include "support/test.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/time.h"
#include "gateway/capture.h"
#include "io/clock.h"
#include "support/tshark.h"
#include "worker/worker.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#define PATIENCE_US ZV_SECONDS(30)

static const zv_call_id call_1 = {(UINT64_C(2) << 56) | (UINT64_C(5) << 32) | 7}; /* c-2.5.7 */
static const zv_call_id call_2 = {(UINT64_C(2) << 56) | (UINT64_C(6) << 32) | 1};

struct stage {
    uv_loop_t loop;
    struct zv_captures *captures;
    struct zv_worker_tapped next; /* what the worker gives `waiting` times */
    size_t waiting;
    int set_err; /* what the worker says to commands */
    int commands;
    enum zv_worker_tap tap; /* of the last command it took */
    int ended;
    struct zv_capture_end end; /* of the last */
};

static int set_tap(void *arg, zv_call_id call, enum zv_worker_tap tap)
{
    struct stage *stage = arg;
    (void)call;
    stage->commands++;
    if (!stage->set_err)
        stage->tap = tap;
    return stage->set_err;
}

static bool drain_tap(void *arg, struct zv_worker_tapped *ret_packet)
{
    struct stage *stage = arg;
    if (!stage->waiting)
        return false;
    stage->waiting--;
    stage->next.at_us = zv_clock_now_us();
    *ret_packet = stage->next;
    return true;
}

static void on_ended(void *arg, const struct zv_capture_end *end)
{
    struct stage *stage = arg;
    stage->ended++;
    stage->end = *end;
}

static struct zv_addr at(const char *text)
{
    struct zv_addr addr;
    assert_int_equal(zv_addr_parse(zv_str(text), &addr), 0);
    return addr;
}

static struct zv_captures_cfg cfg_of(struct stage *stage)
{
    return (struct zv_captures_cfg){
        .loop = &stage->loop,
        .max = 2,
        .max_bytes = 64 << 20,
        .set_tap_fn = set_tap,
        .drain_fn = drain_tap,
        .arg = stage,
    };
}

static void open_stage(struct stage *stage)
{
    *stage = (struct stage){0};
    signal(SIGPIPE, SIG_IGN); /* as zvonokd does */
    assert_int_equal(uv_loop_init(&stage->loop), 0);
    stage->next = (struct zv_worker_tapped){
        .call = call_1,
        .leg = ZV_WORKER_LEG_WEB,
        .local = at("192.0.2.1:30000"),
        .remote = at("198.51.100.9:4000"),
        .captured_len = 172,
        .original_len = 172,
        .rtp = {0x80, 0, 0, 1, 0, 0, 0, 160, 0, 0, 0, 77, 0xd5, 0xd5},
    };
}

static void open_captures(struct stage *stage, const struct zv_captures_cfg *cfg)
{
    assert_int_equal(zv_captures_new(&stage->captures, cfg), 0);
}

static void start(struct stage *stage, zv_call_id call, int fd)
{
    assert_int_equal(zv_capture_start(stage->captures, call, fd, on_ended, stage), 0);
}

/* Turns of the loop until `*value` has reached `wanted`. */
static void wait_for(struct stage *stage, const int *value, int wanted)
{
    int64_t give_up_us = zv_clock_now_us() + PATIENCE_US;
    while (*value < wanted) {
        if (zv_clock_now_us() >= give_up_us)
            fail_msg("waited for nothing");
        uv_run(&stage->loop, UV_RUN_ONCE);
    }
}

static void close_stage(struct stage *stage)
{
    stage->captures = zv_captures_close(stage->captures);
    uv_run(&stage->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&stage->loop), 0); /* nothing is left */
}

static void say(struct stage *stage, bool is_outbound, const char *text)
{
    const struct zv_capture_message message = {
        .call = call_1,
        .is_outbound = is_outbound,
        .local = at("192.0.2.1:5066"),
        .remote = at("198.51.100.2:5060"),
        .wall_us = zv_clock_wall_us(),
        .text = zv_str(text),
    };
    zv_capture_sip(stage->captures, &message);
}

static void stop(struct stage *stage)
{
    int before = stage->ended;
    assert_int_equal(zv_capture_stop(stage->captures, call_1), 0);
    wait_for(stage, &stage->ended, before + 1);
}

static int open_file(char path[ZV_TEMP_PATH_CAP], const struct zv_captures_cfg *cfg,
                     struct stage *stage)
{
    int fd = zv_temp_file(path);
    open_captures(stage, cfg);
    start(stage, call_1, fd);
    return fd;
}

static size_t size_of(const char *path)
{
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    return (size_t)info.st_size;
}

/* ---- Tests ---- */

static void sip_and_rtp_of_a_call_are_in_the_file(void **state)
{
    (void)state;
    struct stage stage;
    char path[ZV_TEMP_PATH_CAP], text[4096];
    open_stage(&stage);
    struct zv_captures_cfg cfg = cfg_of(&stage);
    int fd = open_file(path, &cfg, &stage);
    say(&stage, true, "BYE sip:b@198.51.100.2 SIP/2.0\r\nCall-ID: x\r\n\r\n");
    say(&stage, false, "SIP/2.0 200 OK\r\nCSeq: 1 BYE\r\nCall-ID: x\r\n\r\n");
    stage.waiting = 3;
    stop(&stage);
    assert_int_equal(fcntl(fd, F_GETFD), -1); /* closed */
    assert_int_equal(stage.end.reason, ZV_CAPTURE_STOPPED);
    assert_int_equal(stage.end.packets, 5);
    assert_int_equal(stage.end.dropped, 0);
    assert_int_equal(stage.end.bytes, size_of(path));
    assert_true(zv_call_id_eq(stage.end.call, call_1));
    if (zv_tshark_is_installed()) {
        zv_tshark_read(path,
                       "-d udp.port==30000,rtp -T fields -E separator='|' -e frame.interface_name "
                       "-e ip.src -e ip.dst -e frame.comment -e sip.Method -e sip.Status-Code "
                       "-e rtp.ssrc -e rtp.p_type",
                       text, sizeof(text));
        assert_string_equal(text, "sip|192.0.2.1|198.51.100.2|call c-2.5.7|BYE|||\n"
                                  "sip|198.51.100.2|192.0.2.1|call c-2.5.7||200||\n"
                                  "rtp-web|198.51.100.9|192.0.2.1||||0x0000004d|0\n"
                                  "rtp-web|198.51.100.9|192.0.2.1||||0x0000004d|0\n"
                                  "rtp-web|198.51.100.9|192.0.2.1||||0x0000004d|0\n");
    }
    unlink(path);
    close_stage(&stage);
}

static void consent_decides_what_the_worker_is_asked_for(void **state)
{
    (void)state;
    struct stage stage;
    for (int has_media = 0; has_media < 2; has_media++) {
        open_stage(&stage);
        struct zv_captures_cfg cfg = cfg_of(&stage);
        cfg.has_media = has_media;
        open_captures(&stage, &cfg);
        start(&stage, call_1, open("/dev/null", O_WRONLY));
        assert_int_equal(stage.tap, has_media ? ZV_WORKER_TAP_WHOLE : ZV_WORKER_TAP_HEADERS);
        assert_true(zv_capture_is_running(stage.captures, call_1));
        stop(&stage);
        assert_int_equal(stage.tap, ZV_WORKER_TAP_OFF);
        assert_false(zv_capture_is_running(stage.captures, call_1));
        close_stage(&stage);
    }
}

static void a_full_disk_ends_a_capture_and_is_named(void **state)
{
    (void)state;
    struct stage stage;
    open_stage(&stage);
    struct zv_captures_cfg cfg = cfg_of(&stage);
    open_captures(&stage, &cfg);
    start(&stage, call_1, open("/dev/full", O_WRONLY));
    wait_for(&stage, &stage.ended, 1);
    assert_int_equal(stage.end.reason, ZV_CAPTURE_FAILED);
    assert_string_equal(stage.end.error, "no space left on device");
    assert_int_equal(stage.end.bytes, 0);
    assert_int_equal(stage.tap, ZV_WORKER_TAP_OFF);
    close_stage(&stage);
}

static void a_reader_that_left_ends_a_capture(void **state)
{
    (void)state;
    struct stage stage;
    int ends[2];
    open_stage(&stage);
    struct zv_captures_cfg cfg = cfg_of(&stage);
    open_captures(&stage, &cfg);
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    start(&stage, call_1, ends[1]);
    wait_for(&stage, &stage.ended, 1);
    assert_int_equal(stage.end.reason, ZV_CAPTURE_FAILED);
    assert_string_equal(stage.end.error, "broken pipe");
    close_stage(&stage);
}

static void a_reader_that_does_not_read_holds_nobody_up(void **state)
{
    (void)state;
    struct stage stage;
    int ends[2];
    open_stage(&stage);
    struct zv_captures_cfg cfg = cfg_of(&stage);
    open_captures(&stage, &cfg);
    assert_int_equal(pipe(ends), 0);
    start(&stage, call_1, ends[1]);
    for (int i = 0; i < 10; i++) { /* some 2.5 MB: more than the pipe and both buffers */
        stage.waiting = 1000;
        zv_captures_drain(stage.captures);
        uv_run(&stage.loop, UV_RUN_NOWAIT);
    }
    stage.captures = zv_captures_close(stage.captures);
    assert_int_equal(stage.ended, 1); /* told before close returns */
    assert_int_equal(stage.end.reason, ZV_CAPTURE_CLOSING);
    assert_true(stage.end.dropped > 0);
    assert_int_equal(stage.end.packets + stage.end.dropped, 10000);
    close_stage(&stage); /* which returns */
    assert_int_equal(stage.ended, 1);
    close(ends[0]);
}

static void a_slow_reader_gets_all_of_it(void **state)
{
    (void)state;
    struct stage stage;
    static char bytes[4 << 20];
    size_t len = 0;
    int ends[2];
    open_stage(&stage);
    struct zv_captures_cfg cfg = cfg_of(&stage);
    open_captures(&stage, &cfg);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    start(&stage, call_1, ends[1]);
    stage.waiting = 2000; /* eight times what the pipe holds */
    zv_captures_drain(stage.captures);
    assert_int_equal(zv_capture_stop(stage.captures, call_1), 0);
    while (!stage.ended) {
        uv_run(&stage.loop, UV_RUN_ONCE);
        ssize_t got = read(ends[0], bytes + len, sizeof(bytes) - len);
        len += got > 0 ? (size_t)got : 0;
    }
    for (ssize_t got; (got = read(ends[0], bytes + len, sizeof(bytes) - len)) > 0;)
        len += (size_t)got;
    assert_int_equal(stage.end.reason, ZV_CAPTURE_STOPPED);
    assert_int_equal(stage.end.packets, 2000);
    assert_int_equal(len, stage.end.bytes);
    size_t blocks = 0;
    for (size_t i = 0; i < len; i += zv_get_u32((const uint8_t *)bytes + i + 4))
        blocks++;
    assert_int_equal(blocks, 1 + 3 + 2000 + 3); /* section, interfaces, packets, statistics */
    close(ends[0]);
    close_stage(&stage);
}

static void a_capture_stops_at_its_greatest_size(void **state)
{
    (void)state;
    struct stage stage;
    char path[ZV_TEMP_PATH_CAP];
    open_stage(&stage);
    struct zv_captures_cfg cfg = cfg_of(&stage);
    cfg.max_bytes = 65536;
    open_file(path, &cfg, &stage);
    stage.waiting = 1000;
    wait_for(&stage, &stage.ended, 1);
    assert_int_equal(stage.end.reason, ZV_CAPTURE_FULL);
    assert_true(stage.end.bytes <= 65536 && stage.end.bytes > 64000);
    assert_int_equal(size_of(path), stage.end.bytes);
    unlink(path);
    close_stage(&stage);
}

static void captures_are_bounded_and_one_for_each_call(void **state)
{
    (void)state;
    struct stage stage;
    open_stage(&stage);
    struct zv_captures_cfg cfg = cfg_of(&stage);
    open_captures(&stage, &cfg);
    int reading = open("/dev/null", O_RDONLY), third = open("/dev/null", O_WRONLY);
    assert_int_equal(zv_capture_start(stage.captures, call_1, reading, NULL, NULL), ZV_E_INVAL);
    assert_int_equal(fcntl(reading, F_GETFD), -1); /* taken all the same */
    assert_int_equal(zv_capture_start(stage.captures, call_1, -1, NULL, NULL), ZV_E_INVAL);
    start(&stage, call_1, open("/dev/null", O_WRONLY));
    assert_int_equal(zv_capture_start(stage.captures, call_1, third, NULL, NULL), ZV_E_EXISTS);
    start(&stage, call_2, open("/dev/null", O_WRONLY));
    third = open("/dev/null", O_WRONLY);
    const zv_call_id call_3 = {call_1.v + 1};
    assert_int_equal(zv_capture_start(stage.captures, call_3, third, NULL, NULL), ZV_E_LIMIT);
    assert_int_equal(fcntl(third, F_GETFD), -1);
    assert_int_equal(zv_capture_stop(stage.captures, call_3), ZV_E_NOTFOUND);
    stop(&stage);
    start(&stage, call_3, open("/dev/null", O_WRONLY)); /* there is room again */
    close_stage(&stage);
    assert_int_equal(stage.ended, 3);
}

static void a_worker_without_room_is_asked_again(void **state)
{
    (void)state;
    struct stage stage;
    open_stage(&stage);
    struct zv_captures_cfg cfg = cfg_of(&stage);
    open_captures(&stage, &cfg);
    stage.set_err = ZV_E_LIMIT;
    start(&stage, call_1, open("/dev/null", O_WRONLY));
    wait_for(&stage, &stage.commands, 3);
    stage.set_err = 0;
    int before = stage.commands;
    wait_for(&stage, &stage.commands, before + 1);
    assert_int_equal(stage.tap, ZV_WORKER_TAP_HEADERS);
    stage.set_err = ZV_E_LIMIT; /* and the end waits until the tap is off */
    assert_int_equal(zv_capture_stop(stage.captures, call_1), 0);
    before = stage.commands;
    wait_for(&stage, &stage.commands, before + 3);
    assert_int_equal(stage.ended, 0);
    stage.set_err = 0;
    wait_for(&stage, &stage.ended, 1);
    assert_int_equal(stage.tap, ZV_WORKER_TAP_OFF);
    close_stage(&stage);
}

static void a_tap_that_came_before_the_media_is_set_again(void **state)
{
    (void)state;
    struct stage stage;
    open_stage(&stage);
    struct zv_captures_cfg cfg = cfg_of(&stage);
    open_captures(&stage, &cfg);
    start(&stage, call_1, open("/dev/null", O_WRONLY));
    stage.tap = ZV_WORKER_TAP_OFF; /* the worker did not know the call */
    zv_capture_on_media(stage.captures, call_2);
    assert_int_equal(stage.tap, ZV_WORKER_TAP_OFF);
    zv_capture_on_media(stage.captures, call_1);
    assert_int_equal(stage.tap, ZV_WORKER_TAP_HEADERS);
    close_stage(&stage);
}

static void the_end_of_a_call_waits_for_the_last_words(void **state)
{
    (void)state;
    struct stage stage;
    char path[ZV_TEMP_PATH_CAP];
    size_t len;
    open_stage(&stage);
    struct zv_captures_cfg cfg = cfg_of(&stage);
    open_file(path, &cfg, &stage);
    zv_capture_on_ended(stage.captures, call_2); /* somebody else's */
    zv_capture_on_ended(stage.captures, call_1);
    say(&stage, false, "SIP/2.0 200 Last words\r\n\r\n");
    stage.waiting = 1;
    wait_for(&stage, &stage.ended, 1);
    assert_int_equal(stage.end.reason, ZV_CAPTURE_CALL_ENDED);
    assert_int_equal(stage.end.packets, 2);
    char *bytes = zv_file_read(path, &len);
    assert_non_null(memmem(bytes, len, "Last words", 10));
    free(bytes);
    unlink(path);
    close_stage(&stage);
}

static void other_calls_are_left_out(void **state)
{
    (void)state;
    struct stage stage;
    open_stage(&stage);
    struct zv_captures_cfg cfg = cfg_of(&stage);
    open_captures(&stage, &cfg);
    start(&stage, call_2, open("/dev/null", O_WRONLY));
    say(&stage, true, "OPTIONS sip:a SIP/2.0\r\n\r\n"); /* of call_1, as all below */
    stage.waiting = 10;
    zv_captures_drain(stage.captures);
    assert_int_equal(stage.waiting, 0);
    close_stage(&stage);
    assert_int_equal(stage.end.packets, 0);
    assert_int_equal(stage.end.dropped, 0);
}

static void what_the_worker_lost_is_said(void **state)
{
    (void)state;
    struct stage stage;
    open_stage(&stage);
    struct zv_captures_cfg cfg = cfg_of(&stage);
    open_captures(&stage, &cfg);
    start(&stage, call_1, open("/dev/null", O_WRONLY));
    stage.next.lost = 12;
    stage.waiting = 3;
    stop(&stage);
    assert_int_equal(stage.end.packets, 3);
    assert_int_equal(stage.end.dropped, 12);
    close_stage(&stage);
}

static void without_memory_a_capture_does_not_begin(void **state)
{
    (void)state;
    struct stage stage;
    int err = ZV_E_NOMEM, tries = 0;
    open_stage(&stage);
    struct zv_captures_cfg cfg = cfg_of(&stage);
    for (; err == ZV_E_NOMEM; tries++) {
        zv_alloc_fail_after(tries);
        err = zv_captures_new(&stage.captures, &cfg);
    }
    zv_alloc_fail_after(-1);
    assert_int_equal(err, 0);
    assert_int_equal(tries, 3); /* itself, its timer */
    for (tries = 0, err = ZV_E_NOMEM; err == ZV_E_NOMEM; tries++) {
        zv_alloc_fail_after(tries);
        err = zv_capture_start(stage.captures, call_1, open("/dev/null", O_WRONLY), NULL, NULL);
    }
    zv_alloc_fail_after(-1);
    assert_int_equal(err, 0);
    assert_int_equal(tries, 4); /* itself, two buffers */
    close_stage(&stage);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(sip_and_rtp_of_a_call_are_in_the_file),
    cmocka_unit_test(consent_decides_what_the_worker_is_asked_for),
    cmocka_unit_test(a_full_disk_ends_a_capture_and_is_named),
    cmocka_unit_test(a_reader_that_left_ends_a_capture),
    cmocka_unit_test(a_reader_that_does_not_read_holds_nobody_up),
    cmocka_unit_test(a_slow_reader_gets_all_of_it),
    cmocka_unit_test(a_capture_stops_at_its_greatest_size),
    cmocka_unit_test(captures_are_bounded_and_one_for_each_call),
    cmocka_unit_test(a_worker_without_room_is_asked_again),
    cmocka_unit_test(a_tap_that_came_before_the_media_is_set_again),
    cmocka_unit_test(the_end_of_a_call_waits_for_the_last_words),
    cmocka_unit_test(other_calls_are_left_out),
    cmocka_unit_test(what_the_worker_lost_is_said),
    cmocka_unit_test(without_memory_a_capture_does_not_begin),
};

ZV_TEST_MAIN(tests)
