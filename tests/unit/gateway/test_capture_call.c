/*
 * The capture of a call through a real worker: a client behind DTLS-SRTP says one tone, a SIP phone
 * another, both as PCMU. tshark reads the file; the tones are found in what it calls the payload,
 * or, without consent, no byte of them is.
 */
#define _GNU_SOURCE
#include "support/test.h"

#include "gateway/capture.h"
#include "support/tone.h"
#include "support/tshark.h"
#include "unit/worker/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#define FRAMES        60 /* of 20 ms, from each end */
#define FRAME_SAMPLES 160
#define RATE_HZ       8000
#define CLIENT_HZ     600
#define FAR_HZ        1000

struct stage {
    struct world world;
    struct end client;
    struct end far;
    uv_loop_t loop;
    struct zv_captures *captures;
    int ended;
    struct zv_capture_end end;
    char path[ZV_TEMP_PATH_CAP];
    uint8_t said[2][FRAMES * FRAME_SAMPLES]; /* by the client, by the far end */
};

static int set_tap(void *arg, zv_call_id call, enum zv_worker_tap tap)
{
    struct stage *stage = arg;
    const struct zv_worker_cmd cmd = {.kind = ZV_WORKER_SET_TAP, .call = call, .tap = (uint8_t)tap};
    return zv_worker_post(stage->world.worker, &cmd);
}

static bool drain_tap(void *arg, struct zv_worker_tapped *ret_packet)
{
    struct stage *stage = arg;
    return zv_worker_drain_tap(stage->world.worker, ret_packet);
}

static void on_ended(void *arg, const struct zv_capture_end *end)
{
    struct stage *stage = arg;
    stage->end = *end;
    stage->ended++;
}

static void open_stage(struct stage *stage, bool has_media)
{
    *stage = (struct stage){0};
    open_world(&stage->world, "127.0.0.1", make_ports(20, 0));
    connect_call(&stage->world, call_1, &stage->client, &stage->far, "127.0.0.1");
    stage->client.pt = stage->far.pt = 0; /* PCMU, which is in their lists */
    assert_int_equal(uv_loop_init(&stage->loop), 0);
    const struct zv_captures_cfg cfg = {
        .loop = &stage->loop,
        .has_media = has_media,
        .max = 1,
        .max_bytes = 1 << 20,
        .set_tap_fn = set_tap,
        .drain_fn = drain_tap,
        .arg = stage,
    };
    assert_int_equal(zv_captures_new(&stage->captures, &cfg), 0);
    int fd = zv_temp_file(stage->path);
    assert_int_equal(zv_capture_start(stage->captures, call_1, fd, on_ended, stage), 0);
    /* Commands are run in order: this one's answer says that the tap is on. */
    post(&stage->world, &(struct zv_worker_cmd){.kind = ZV_WORKER_GET_STATS, .call = call_1});
    wait_for(&stage->world, &stage->world.seen[ZV_WORKER_STATS], 1);
}

/* An INVITE as call control would have it sent, so that tshark knows where RTP is. */
static void invite(struct stage *stage)
{
    char body[512], text[1024];
    const struct zv_addr *rtp = &stage->world.ready.ready.legs[ZV_WORKER_LEG_SIP].rtp;
    int len = snprintf(body, sizeof(body),
                       "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                       "m=audio %u RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n",
                       rtp->port);
    snprintf(text, sizeof(text),
             "INVITE sip:1002@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5066;branch=z9hG4bK1"
             "\r\nFrom: <sip:1001@127.0.0.1>;tag=1\r\nTo: <sip:1002@127.0.0.1>\r\nCall-ID: one\r\n"
             "CSeq: 1 INVITE\r\nContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s",
             len, body);
    struct zv_capture_message message = {
        .call = call_1,
        .is_outbound = true,
        .local = ip("127.0.0.1"),
        .remote = ip("127.0.0.1"),
        .wall_us = zv_clock_wall_us(),
        .text = zv_str(text),
    };
    message.local.port = 5066;
    message.remote.port = 5060;
    zv_capture_sip(stage->captures, &message);
}

static void say_frame(struct stage *stage, size_t frame, size_t who, struct zv_tone *tone)
{
    uint8_t *payload = stage->said[who] + frame * FRAME_SAMPLES;
    for (size_t i = 0; i < FRAME_SAMPLES; i++)
        payload[i] = zv_g711_encode(ZV_G711_ULAW, zv_tone_next(tone));
    say(&stage->world, who ? &stage->far : &stage->client, payload, FRAME_SAMPLES, FRAME_SAMPLES);
}

static void converse_in_tones(struct stage *stage)
{
    struct zv_tone tones[] = {{.hz = CLIENT_HZ, .rate_hz = RATE_HZ, .amplitude = 12000},
                              {.hz = FAR_HZ, .rate_hz = RATE_HZ, .amplitude = 12000}};
    for (size_t frame = 0; frame < FRAMES; frame++) {
        for (size_t who = 0; who < 2; who++)
            say_frame(stage, frame, who, &tones[who]);
        wait_for_packets(&stage->world, &stage->far, frame + 1);
        wait_for_packets(&stage->world, &stage->client, frame + 1);
        zv_captures_drain(stage->captures);
        uv_run(&stage->loop, UV_RUN_NOWAIT);
    }
}

static void record(struct stage *stage, bool has_media)
{
    open_stage(stage, has_media);
    invite(stage);
    converse_in_tones(stage);
    assert_int_equal(zv_capture_stop(stage->captures, call_1), 0);
    while (!stage->ended)
        uv_run(&stage->loop, UV_RUN_ONCE);
    assert_int_equal(stage->end.packets, 1 + 4 * FRAMES); /* each goes in here and out there */
    assert_int_equal(stage->end.dropped, 0);
}

static void close_stage(struct stage *stage)
{
    stage->captures = zv_captures_close(stage->captures);
    uv_run(&stage->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&stage->loop), 0);
    close_world(&stage->world);
    unlink(stage->path);
}

/* What tshark prints of the packets of one leg in one direction; RTP at the web port is named, that
 * of the SIP leg it finds by the INVITE's session description. */
static void ask(struct stage *stage, const char *interface, int direction, const char *field,
                char *text, size_t cap)
{
    char options[256];
    snprintf(options, sizeof(options),
             "-d udp.port==%u,rtp -Y 'rtp && frame.interface_name == \"%s\" && "
             "frame.packet_flags_direction == %d' -T fields -e %s",
             zv_worker_web_port(stage->world.worker), interface, direction, field);
    zv_tshark_read(stage->path, options, text, cap);
}

/* Lines of hexadecimal digits as PCMU. */
static size_t decode(const char *text, int16_t *samples, size_t cap)
{
    size_t count = 0;
    for (; *text; text++) {
        if (*text == '\n')
            continue;
        int high = zv_hex_value(text[0]), low = zv_hex_value(text[1]);
        assert_true(high >= 0 && low >= 0 && count < cap);
        samples[count++] = zv_g711_decode(ZV_G711_ULAW, (uint8_t)(high << 4 | low));
        text++;
    }
    return count;
}

/* 1 is inbound, 2 outbound (epb_flags). */
static void assert_tone(struct stage *stage, const char *interface, int direction, double hz)
{
    static char text[FRAMES * FRAME_SAMPLES * 2 + FRAMES + 1];
    static int16_t samples[FRAMES * FRAME_SAMPLES];
    ask(stage, interface, direction, "rtp.payload", text, sizeof(text));
    assert_int_equal(decode(text, samples, ZV_ARRAY_LEN(samples)), ZV_ARRAY_LEN(samples));
    assert_true(zv_goertzel(samples, ZV_ARRAY_LEN(samples), hz, RATE_HZ) > 0.95);
    double other_hz = CLIENT_HZ + FAR_HZ - hz;
    assert_true(zv_goertzel(samples, ZV_ARRAY_LEN(samples), other_hz, RATE_HZ) < 0.01);
}

static void with_consent_the_tones_are_in_the_file(void **state)
{
    (void)state;
    static struct stage stage;
    char text[4096];
    if (!zv_tshark_is_installed())
        skip();
    record(&stage, true);
    assert_tone(&stage, "rtp-web", 1, CLIENT_HZ);
    assert_tone(&stage, "rtp-sip", 2, CLIENT_HZ);
    assert_tone(&stage, "rtp-sip", 1, FAR_HZ);
    assert_tone(&stage, "rtp-web", 2, FAR_HZ);
    zv_tshark_read(stage.path, "-Y sip -T fields -e sip.Method -e sip.Call-ID -e frame.comment",
                   text, sizeof(text));
    assert_string_equal(text, "INVITE\tone\tcall c-3.2.1\n");
    close_stage(&stage);
}

/* Every run of eight bytes that somebody said. */
static void assert_nothing_was_kept(struct stage *stage)
{
    size_t len;
    char *bytes = zv_file_read(stage->path, &len);
    for (size_t who = 0; who < 2; who++) {
        for (size_t i = 0; i + 8 <= sizeof(stage->said[who]); i += 8)
            assert_null(memmem(bytes, len, stage->said[who] + i, 8));
    }
    free(bytes);
}

static void without_consent_headers_are_in_the_file_and_nothing_of_what_was_said(void **state)
{
    (void)state;
    static struct stage stage;
    char text[8192];
    if (!zv_tshark_is_installed())
        skip();
    record(&stage, false);
    static const char *const interfaces[] = {"rtp-web", "rtp-sip"};
    for (size_t i = 0; i < 4; i++) { /* 28 bytes of IP and UDP, 12 of RTP; 160 are missing */
        size_t lines = 0;
        ask(&stage, interfaces[i / 2], (int)(i % 2) + 1, "frame.cap_len -e frame.len -e rtp.p_type",
            text, sizeof(text));
        for (const char *line = text; *line; line = strchr(line, '\n') + 1, lines++)
            assert_memory_equal(line, "40\t200\t0\n", 9);
        assert_int_equal(lines, FRAMES);
    }
    assert_nothing_was_kept(&stage);
    close_stage(&stage);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(with_consent_the_tones_are_in_the_file),
    cmocka_unit_test(without_consent_headers_are_in_the_file_and_nothing_of_what_was_said),
};

ZV_TEST_MAIN(tests)
