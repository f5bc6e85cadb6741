/*
 * flood: hostile datagrams at one UDP port, so many a second, for so long: RTP, RTCP, STUN, DTLS
 * and noise in turn, or one of them. Prints how many the kernel took, as one JSON line.
 */
#define _GNU_SOURCE
#include "base/err.h"
#include "base/time.h"
#include "io/clock.h"
#include "io/random.h"
#include "io/udp.h"
#include "tools/load/voice.h"
#include "tools/number.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TURN_US       ZV_MS(1)
#define MAX_BEHIND_US ZV_MS(50) /* what could not be sent in that time is not made up for */
#define PACKETS       64

static const char usage[] =
    "usage: flood --to ADDRESS:PORT [--from ADDRESS] [--kind rtp|rtcp|stun|dtls|noise]\n"
    "             [--rate DATAGRAMS/S] [--seconds S]\n";

enum kind {
    RTP,
    RTCP,
    STUN,
    DTLS,
    NOISE,
    KINDS,
};

static const char *const kind_names[KINDS] = {"rtp", "rtcp", "stun", "dtls", "noise"};

struct flood {
    struct zv_addr to;
    struct zv_addr from;
    int kind; /* enum kind; KINDS: each in turn */
    double rate;
    int64_t lasts_us;
    struct zv_udp_socket socket;
    struct zv_udp_pool *pool; /* owned */
    uint64_t made;
    uint64_t sent;
};

/* ---- Datagrams ---- */

struct sample {
    uint8_t head[28];
    size_t head_len;
    size_t len;
};

/* Each as it would begin a packet of its kind; what follows is random. */
static const struct sample samples[KINDS] = {
    [RTP] = {{0x80, 0x00}, 2, 172},
    [RTCP] = {{0x81, 203, 0, 1}, 4, 8},
    /* A Binding request with a USERNAME of four bytes (RFC 8489 section 5). */
    [STUN] = {{0, 1, 0, 8,  0x21, 0x12, 0xa4, 0x42, 1, 2, 3,   4,   5,   6,
               7, 8, 9, 10, 11,   12,   0,    6,    0, 4, 'a', ':', 'b', 'c'},
              28,
              28},
    /* The record and the message of a ClientHello (RFC 6347 section 4.3.2). */
    [DTLS] = {{22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 100, 1, 0, 0, 88}, 17, 113},
    [NOISE] = {{0xff}, 1, 200},
};

static void make_datagram(struct flood *flood, struct zv_udp_packet *packet)
{
    unsigned kind = flood->kind == KINDS ? flood->made % KINDS : (unsigned)flood->kind;
    const struct sample *sample = &samples[kind];
    zv_rand_fill(zv_rand_os(), packet->bytes + sample->head_len, sample->len - sample->head_len);
    memcpy(packet->bytes, sample->head, sample->head_len);
    packet->dgram.len = sample->len;
    packet->dgram.local = flood->socket.local;
    packet->dgram.remote = flood->to;
    flood->made++;
}

static void send_some(struct flood *flood, uint64_t count)
{
    struct zv_udp_packet *batch[ZV_UDP_BATCH];
    while (count) {
        size_t now = (size_t)ZV_MIN(count, (uint64_t)ZV_UDP_BATCH);
        for (size_t i = 0; i < now; i++) {
            batch[i] = zv_udp_pool_take(flood->pool);
            make_datagram(flood, batch[i]);
        }
        flood->sent += zv_udp_send(flood->pool, &flood->socket, batch, now);
        count -= now;
    }
}

static void run(struct flood *flood)
{
    int64_t begun_us = zv_clock_now_us(), from_us = begun_us, now_us;
    uint64_t done = 0; /* since from_us */
    while ((now_us = zv_clock_now_us()) < begun_us + flood->lasts_us) {
        uint64_t due = (uint64_t)((double)(now_us - from_us) * flood->rate / ZV_US_PER_S);
        if ((double)(due - done) > flood->rate * MAX_BEHIND_US / ZV_US_PER_S) {
            from_us = now_us;
            due = done = 0;
        }
        send_some(flood, due - done);
        done = due;
        zv_clock_sleep_until(now_us + TURN_US);
    }
    double seconds = (double)(now_us - begun_us) / ZV_US_PER_S;
    zv_load_print("result", json_pack("{s:b, s:I, s:I, s:f}", "ok", 1, "made",
                                      (json_int_t)flood->made, "sent", (json_int_t)flood->sent,
                                      "perSecond", (double)flood->sent / seconds));
}

/* ---- Arguments ---- */

enum choice {
    TO = 1,
    FROM,
    KIND,
    RATE,
    SECONDS,
};

static const struct option options[] = {
    {"to", required_argument, NULL, TO},           {"from", required_argument, NULL, FROM},
    {"kind", required_argument, NULL, KIND},       {"rate", required_argument, NULL, RATE},
    {"seconds", required_argument, NULL, SECONDS}, {0},
};

static bool read_kind(const char *text, int *ret_kind)
{
    for (int i = 0; i < KINDS; i++) {
        if (strcmp(text, kind_names[i]) == 0) {
            *ret_kind = i;
            return true;
        }
    }
    return false;
}

static bool read_option(int choice, const char *value, struct flood *flood)
{
    double seconds;
    switch (choice) {
    case TO:
        return zv_addr_parse(zv_str(value), &flood->to) == 0;
    case FROM:
        return zv_addr_parse_ip(zv_str(value), &flood->from) == 0;
    case KIND:
        return read_kind(value, &flood->kind);
    case RATE:
        return read_number(value, 1, 1e6, &flood->rate);
    case SECONDS:
        if (!read_number(value, 0.1, 3600, &seconds))
            return false;
        flood->lasts_us = (int64_t)(seconds * ZV_US_PER_S);
        return true;
    default:
        return false;
    }
}

int main(int argc, char **argv)
{
    struct flood flood = {.from = {.family = ZV_ADDR_IPV4, .ip = {127, 0, 0, 1}},
                          .kind = KINDS,
                          .rate = 50000,
                          .lasts_us = ZV_SECONDS(5)};
    int choice;
    while ((choice = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (!read_option(choice, optarg, &flood)) {
            fputs(usage, stderr);
            return 2;
        }
    }
    if (!flood.to.port || optind != argc) {
        fputs(usage, stderr);
        return 2;
    }
    const struct zv_udp_cfg cfg = {.bind = flood.from};
    int err = zv_udp_open(&flood.socket, &cfg);
    if (!err)
        err = zv_udp_pool_new(&flood.pool, PACKETS);
    if (err) {
        fprintf(stderr, "flood: %s\n", zv_err_text(err));
        return 1;
    }
    run(&flood);
    zv_udp_pool_free(flood.pool);
    zv_udp_close(&flood.socket);
    return 0;
}
