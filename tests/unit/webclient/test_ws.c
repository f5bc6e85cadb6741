/*
 * The WebSocket client over a socket pair, with a server made of bytes.
 */
#define _GNU_SOURCE
#include "support/test.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/rand.h"
#include "tools/webclient/ws.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct world {
    struct zv_rand_seeded seeded;
    struct zv_rand rand;
    struct zv_wc_ws *ws;
    int server;
    char request[2048]; /* the upgrade request */
};

static void say(struct world *world, const void *data, size_t len)
{
    assert_int_equal(send(world->server, data, len, 0), len);
}

static size_t hear(struct world *world, uint8_t *dst, size_t cap)
{
    ssize_t got = recv(world->server, dst, cap, MSG_DONTWAIT);
    return got > 0 ? (size_t)got : 0;
}

/* An unmasked frame, as servers send them. */
static void say_frame(struct world *world, uint8_t first, const void *data, size_t len)
{
    uint8_t head[10] = {first, (uint8_t)(len < 126 ? len : len < 65536 ? 126 : 127)};
    size_t head_len = len < 126 ? 2 : len < 65536 ? 4 : 10;
    for (size_t i = 2; i < head_len; i++)
        head[i] = (uint8_t)((uint64_t)len >> (8 * (head_len - 1 - i)));
    say(world, head, head_len);
    say(world, data, len);
}

static enum zv_wc_ws_out poll_ws(struct world *world, struct zv_str *ret_text)
{
    return zv_wc_ws_poll(world->ws, ret_text);
}

static void expect_text(struct world *world, const char *text)
{
    struct zv_str got;
    assert_int_equal(poll_ws(world, &got), ZV_WC_WS_TEXT);
    assert_int_equal(got.len, strlen(text));
    assert_memory_equal(got.p, text, got.len);
}

static void expect_nothing(struct world *world)
{
    struct zv_str text;
    assert_int_equal(poll_ws(world, &text), ZV_WC_WS_NONE);
}

static void expect_closed(struct world *world, uint16_t code)
{
    struct zv_str text;
    assert_int_equal(poll_ws(world, &text), ZV_WC_WS_CLOSED);
    assert_int_equal(zv_wc_ws_close_code(world->ws), code);
    assert_int_equal(poll_ws(world, &text), ZV_WC_WS_NONE);
    assert_int_equal(zv_wc_ws_fd(world->ws), -1);
}

/* The answer to a nonce, RFC 6455 §4.2.2. */
static void make_accept(const char *request, char accept[32])
{
    static const char field[] = "Sec-WebSocket-Key: ";
    const char *key = strstr(request, field);
    uint8_t digest[ZV_HASH_MAX_BYTES];
    char text[128];
    assert_non_null(key);
    key += strlen(field);
    int len = snprintf(text, sizeof(text), "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
    assert_int_equal(zv_hash(ZV_HASH_SHA1, text, (size_t)len, digest), 0);
    EVP_EncodeBlock((unsigned char *)accept, digest, ZV_SHA1_BYTES);
}

static void connect_world(struct world *world)
{
    int pair[2];
    *world = (struct world){.seeded.state = 7};
    world->rand = zv_rand_seeded_source(&world->seeded);
    const struct zv_wc_ws_cfg cfg = {.rand = &world->rand};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    world->server = pair[1];
    assert_int_equal(zv_wc_ws_new_on(&world->ws, pair[0], &cfg), 0);
    size_t got = hear(world, (uint8_t *)world->request, sizeof(world->request) - 1);
    assert_non_null(strstr(world->request, "\r\n\r\n"));
    assert_true(got > 4);
}

static void open_world(struct world *world)
{
    char accept[32], answer[256];
    struct zv_str text;
    connect_world(world);
    make_accept(world->request, accept);
    int len = snprintf(answer, sizeof(answer),
                       "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                       "Connection: Upgrade\r\nsec-websocket-accept: %s\r\n\r\n",
                       accept);
    say(world, answer, (size_t)len);
    assert_int_equal(poll_ws(world, &text), ZV_WC_WS_OPENED);
}

static void close_world(struct world *world)
{
    world->ws = zv_wc_ws_free(world->ws);
    close(world->server);
}

static void an_answer_to_our_nonce_opens(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    expect_nothing(&world);
    close_world(&world);
}

static void nothing_can_be_said_before_it_is_open(void **state)
{
    (void)state;
    struct world world;
    connect_world(&world);
    expect_nothing(&world);
    assert_int_equal(zv_wc_ws_send(world.ws, zv_str("x")), ZV_E_STATE);
    close_world(&world);
}

static void any_other_answer_closes_and_is_quoted(void **state)
{
    (void)state;
    static const char *const answers[] = {
        "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: wrong\r\n\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n\r\n",
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(answers); i++) {
        struct world world;
        connect_world(&world);
        say(&world, answers[i], strlen(answers[i]));
        expect_closed(&world, 1006);
        char first[16];
        snprintf(first, sizeof(first), "%.12s", answers[i]);
        assert_non_null(strstr(zv_wc_ws_close_reason(world.ws), first));
        close_world(&world);
    }
}

static void an_endless_answer_closes(void **state)
{
    (void)state;
    struct world world;
    char line[ZV_WC_WS_MAX_HEAD + 2];
    connect_world(&world);
    memset(line, 'x', sizeof(line));
    say(&world, line, sizeof(line));
    expect_closed(&world, 1006);
    close_world(&world);
}

static void messages_of_every_length_class_come_whole(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 1, 125, 126, 127, 65535, 65536, 100000};
    for (size_t i = 0; i < ZV_ARRAY_LEN(lengths); i++) {
        struct world world;
        struct zv_str text;
        char *message = calloc(1, lengths[i] + 1);
        open_world(&world);
        memset(message, 'a', lengths[i]);
        say_frame(&world, 0x81, message, lengths[i]);
        assert_int_equal(poll_ws(&world, &text), ZV_WC_WS_TEXT);
        assert_int_equal(text.len, lengths[i]);
        assert_memory_equal(text.p, message, text.len);
        expect_nothing(&world);
        free(message);
        close_world(&world);
    }
}

static void fragments_are_put_together_with_pings_between_them(void **state)
{
    (void)state;
    struct world world;
    uint8_t pong[64];
    open_world(&world);
    say_frame(&world, 0x01, "{\"me", 4);
    say_frame(&world, 0x89, "now", 3);
    say_frame(&world, 0x00, "ssage", 5);
    expect_nothing(&world);
    say_frame(&world, 0x80, "\":1}", 4);
    say_frame(&world, 0x81, "next", 4);
    expect_text(&world, "{\"message\":1}");
    expect_text(&world, "next");
    assert_int_equal(hear(&world, pong, sizeof(pong)), 2 + 4 + 3);
    assert_int_equal(pong[0], 0x8a);
    assert_int_equal(pong[1], 0x80 | 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pong[6 + i] ^ pong[2 + i], "now"[i]);
    close_world(&world);
}

static void bytes_may_come_one_by_one(void **state)
{
    (void)state;
    struct world world;
    struct zv_str text;
    uint8_t frame[] = {0x81, 0x03, 'o', 'n', 'e'};
    open_world(&world);
    for (size_t i = 0; i + 1 < sizeof(frame); i++) {
        say(&world, &frame[i], 1);
        assert_int_equal(poll_ws(&world, &text), ZV_WC_WS_NONE);
    }
    say(&world, &frame[sizeof(frame) - 1], 1);
    expect_text(&world, "one");
    close_world(&world);
}

static void what_is_said_is_one_masked_text_frame(void **state)
{
    (void)state;
    struct world world;
    uint8_t frame[400];
    char text[200];
    open_world(&world);
    memset(text, 'q', sizeof(text));
    assert_int_equal(zv_wc_ws_send(world.ws, zv_str_n(text, sizeof(text))), 0);
    assert_int_equal(hear(&world, frame, sizeof(frame)), 4 + 4 + sizeof(text));
    assert_int_equal(frame[0], 0x81);
    assert_int_equal(frame[1], 0x80 | 126);
    assert_int_equal(frame[2] << 8 | frame[3], sizeof(text));
    for (size_t i = 0; i < sizeof(text); i++)
        assert_int_equal(frame[8 + i] ^ frame[4 + (i & 3)], 'q');
    close_world(&world);
}

static void a_close_is_answered_with_its_code(void **state)
{
    (void)state;
    struct world world;
    uint8_t frame[16];
    open_world(&world);
    say_frame(&world, 0x81, "last", 4);
    say_frame(&world, 0x88, "\x03\xe9gone", 6);
    expect_text(&world, "last");
    expect_closed(&world, 1001);
    assert_string_equal(zv_wc_ws_close_reason(world.ws), "gone");
    assert_int_equal(hear(&world, frame, sizeof(frame)), 8);
    assert_int_equal(frame[0], 0x88);
    close_world(&world);
}

static void a_cut_connection_is_told_as_such(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    shutdown(world.server, SHUT_RDWR);
    expect_closed(&world, 1006);
    assert_int_equal(zv_wc_ws_send(world.ws, zv_str("x")), ZV_E_STATE);
    close_world(&world);
}

/* RFC 6455 §5.1, §5.2, §5.4, §5.5, §5.6. */
static void what_the_protocol_forbids_closes(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
    } wrong[] = {
        {"\x81\x81mask!", 7},                             /* masked */
        {"\xc1\x01x", 3},                                 /* reserved bit */
        {"\x82\x01x", 3},                                 /* binary */
        {"\x83\x01x", 3},                                 /* reserved opcode */
        {"\x80\x01x", 3},                                 /* continuation of nothing */
        {"\x01\x01x\x81\x01y", 6},                        /* a new text within a text */
        {"\x09\x01x", 3},                                 /* fragmented ping */
        {"\x89\x7e\x00\x7e", 4},                          /* long ping */
        {"\x81\x02\xc3\x28", 4},                          /* not UTF-8 */
        {"\x81\x7f\x00\x00\x00\x00\x00\x10\x00\x00", 10}, /* 1 MiB */
        {"\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff", 10}, /* 2^64 - 1 */
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(wrong); i++) {
        struct world world;
        open_world(&world);
        say(&world, wrong[i].bytes, wrong[i].len);
        expect_closed(&world, 1006);
        close_world(&world);
    }
}

static void an_endless_row_of_fragments_closes(void **state)
{
    (void)state;
    struct world world;
    struct zv_str text;
    static char piece[60000];
    enum zv_wc_ws_out out = ZV_WC_WS_NONE;
    open_world(&world);
    memset(piece, 'x', sizeof(piece));
    for (int i = 0; i < 10 && out == ZV_WC_WS_NONE; i++) {
        say_frame(&world, i ? 0x00 : 0x01, piece, sizeof(piece));
        out = poll_ws(&world, &text);
    }
    assert_int_equal(out, ZV_WC_WS_CLOSED);
    close_world(&world);
}

static void our_own_close_says_good_bye(void **state)
{
    (void)state;
    struct world world;
    uint8_t frame[16];
    open_world(&world);
    zv_wc_ws_close(world.ws);
    assert_int_equal(hear(&world, frame, sizeof(frame)), 8);
    assert_int_equal(frame[0], 0x88);
    assert_int_equal((frame[6] ^ frame[2]) << 8 | (frame[7] ^ frame[3]), 1000);
    close_world(&world);
}

static void addresses_that_cannot_be_are_refused(void **state)
{
    (void)state;
    static const char *const urls[] = {"http://127.0.0.1:80", "127.0.0.1:8080",   "ws://",
                                       "ws://:8080",          "ws://127.0.0.1:0", "ws://a:65536",
                                       "ws://[::1",           "ws://[::1]8080",   "ws://a:b"};
    struct zv_rand_seeded seeded = {.state = 1};
    struct zv_rand rand = zv_rand_seeded_source(&seeded);
    for (size_t i = 0; i < ZV_ARRAY_LEN(urls); i++) {
        const struct zv_wc_ws_cfg cfg = {.url = urls[i], .rand = &rand};
        struct zv_wc_ws *ws;
        assert_int_equal(zv_wc_ws_new(&ws, &cfg), ZV_E_PARSE);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_answer_to_our_nonce_opens),
    cmocka_unit_test(nothing_can_be_said_before_it_is_open),
    cmocka_unit_test(any_other_answer_closes_and_is_quoted),
    cmocka_unit_test(an_endless_answer_closes),
    cmocka_unit_test(messages_of_every_length_class_come_whole),
    cmocka_unit_test(fragments_are_put_together_with_pings_between_them),
    cmocka_unit_test(bytes_may_come_one_by_one),
    cmocka_unit_test(what_is_said_is_one_masked_text_frame),
    cmocka_unit_test(a_close_is_answered_with_its_code),
    cmocka_unit_test(a_cut_connection_is_told_as_such),
    cmocka_unit_test(what_the_protocol_forbids_closes),
    cmocka_unit_test(an_endless_row_of_fragments_closes),
    cmocka_unit_test(our_own_close_says_good_bye),
    cmocka_unit_test(addresses_that_cannot_be_are_refused),
};

ZV_TEST_MAIN(tests)
