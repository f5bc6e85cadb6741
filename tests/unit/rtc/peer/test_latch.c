/*
 * The source rule of SIP legs as a table: which packet of whom passes, and where we send.
 */
#include "support/test.h"

#include "base/attr.h"
#include "base/str.h"
#include "rtc/peer/latch.h"

enum expect { PASS = ZV_LATCH_PASS, LOCKED = ZV_LATCH_LOCKED, REJECT = ZV_LATCH_REJECT };

struct step {
    int at_ms;
    const char *source;
    uint32_t ssrc;
    uint16_t seq;
    enum expect expect;
    const char *target; /* of RTP, afterwards */
};

struct scene {
    const char *name;
    const char *announced;
    bool strict;
    struct step steps[12];
};

#define PUB  "203.0.113.5:9000"
#define PRIV "192.168.1.7:4000"

static const struct scene scenes[] = {
    {"a private address: the first three consistent packets lock their source",
     PRIV,
     false,
     {{0, "203.0.113.9:5000", 1, 10, PASS, PRIV},
      {20, "203.0.113.9:5000", 1, 11, PASS, PRIV},
      {40, "203.0.113.9:5000", 1, 12, LOCKED, "203.0.113.9:5000"},
      {60, "203.0.113.10:5000", 2, 13, REJECT, "203.0.113.9:5000"},
      {80, "203.0.113.9:5002", 1, 13, REJECT, "203.0.113.9:5000"}}},
    {"a public address: that IP with any port, nobody else",
     PUB,
     false,
     {{0, "203.0.113.6:9000", 1, 10, REJECT, PUB},
      {0, "203.0.113.5:1234", 1, 10, PASS, PUB},
      {20, "203.0.113.6:9000", 1, 11, REJECT, PUB},
      {20, "203.0.113.5:1234", 1, 11, PASS, PUB},
      {40, "203.0.113.5:1234", 1, 12, LOCKED, "203.0.113.5:1234"},
      {60, "203.0.113.5:9000", 1, 13, REJECT, "203.0.113.5:1234"}}},
    {"inconsistent packets lock nothing: another SSRC each time, or no step forward",
     PRIV,
     false,
     {{0, PRIV, 1, 10, PASS, PRIV},
      {20, PRIV, 2, 11, PASS, PRIV},
      {40, PRIV, 3, 12, PASS, PRIV},
      {60, PRIV, 3, 12, PASS, PRIV},
      {80, PRIV, 3, 5000, PASS, PRIV},
      {100, PRIV, 3, 5001, PASS, PRIV},
      {120, PRIV, 3, 5003, LOCKED, PRIV}}},
    {"a loss between the first packets does not hinder the lock, the wrap neither",
     PRIV,
     false,
     {{0, PRIV, 1, 65530, PASS, PRIV},
      {60, PRIV, 1, 65534, PASS, PRIV},
      {200, PRIV, 1, 3, LOCKED, PRIV}}},
    {"strict: the announced address and port only, with no lock and no move",
     PRIV,
     true,
     {{0, PRIV, 1, 10, PASS, PRIV},
      {20, "192.168.1.7:4002", 1, 11, REJECT, PRIV},
      {40, "192.168.1.8:4000", 1, 12, REJECT, PRIV},
      {60, PRIV, 1, 13, PASS, PRIV},
      {9000, "192.168.1.7:4002", 1, 14, REJECT, PRIV}}},
    {"after two seconds of silence the same stream may move to another port of its IP",
     PUB,
     false,
     {{0, PUB, 1, 10, PASS, PUB},
      {20, PUB, 1, 11, PASS, PUB},
      {40, PUB, 1, 12, LOCKED, PUB},
      {2039, "203.0.113.5:7777", 1, 112, REJECT, PUB},
      {2040, "203.0.113.6:7777", 1, 112, REJECT, PUB},
      {2040, "203.0.113.5:7777", 2, 112, REJECT, PUB},
      {2040, "203.0.113.5:7777", 1, 12, REJECT, PUB},
      {2040, "203.0.113.5:7777", 1, 4000, REJECT, PUB},
      {2040, "203.0.113.5:7777", 1, 112, LOCKED, "203.0.113.5:7777"},
      {2060, PUB, 1, 113, REJECT, "203.0.113.5:7777"}}},
    {"the locked source may begin a new stream, and may move only in that one afterwards",
     PUB,
     false,
     {{0, PUB, 1, 10, PASS, PUB},
      {20, PUB, 1, 11, PASS, PUB},
      {40, PUB, 1, 12, LOCKED, PUB},
      {60, PUB, 9, 40000, PASS, PUB},
      {3000, "203.0.113.5:1", 1, 13, REJECT, PUB},
      {3000, "203.0.113.5:1", 9, 40001, LOCKED, "203.0.113.5:1"}}},
    {"before the lock only the first in line passes, but the quicker one is locked",
     PRIV,
     false,
     {{0, "203.0.113.66:1", 66, 1, PASS, PRIV},
      {10, PRIV, 1, 10, REJECT, PRIV},
      {30, PRIV, 1, 11, REJECT, PRIV},
      {50, PRIV, 1, 12, LOCKED, PRIV},
      {60, "203.0.113.66:1", 66, 2, REJECT, PRIV}}},
    {"strangers fill the line, and the one in it is locked all the same",
     PRIV,
     false,
     {{0, PRIV, 1, 10, PASS, PRIV},
      {1, "203.0.113.66:1", 1, 1, REJECT, PRIV},
      {2, "203.0.113.66:2", 1, 1, REJECT, PRIV},
      {3, "203.0.113.66:3", 1, 1, REJECT, PRIV},
      {4, "203.0.113.66:4", 1, 1, REJECT, PRIV},
      {20, PRIV, 1, 11, PASS, PRIV},
      {40, PRIV, 1, 12, LOCKED, PRIV}}},
    {"a source that stopped before the lock gives its place up",
     PRIV,
     false,
     {{0, "203.0.113.66:1", 66, 1, PASS, PRIV},
      {2500, PRIV, 1, 10, PASS, PRIV},
      {2520, PRIV, 1, 11, PASS, PRIV},
      {2540, PRIV, 1, 12, LOCKED, PRIV}}},
    {"an IPv6 unique local address is private, a global one is not",
     "[fd00::1]:4000",
     false,
     {{0, "[2001:db8::1]:4000", 1, 1, PASS, "[fd00::1]:4000"}}},
    {"a global IPv6 address accepts itself alone",
     "[2001:db8::1]:4000",
     false,
     {{0, "[2001:db8::2]:4000", 1, 1, REJECT, "[2001:db8::1]:4000"},
      {0, "[2001:db8::1]:4002", 1, 1, PASS, "[2001:db8::1]:4000"}}},
};

static struct zv_addr addr(const char *text)
{
    struct zv_addr parsed;
    assert_int_equal(zv_addr_parse(zv_str(text), &parsed), 0);
    return parsed;
}

static void play(const struct scene *scene)
{
    struct zv_latch latch;
    char target[ZV_ADDR_TEXT_CAP];
    struct zv_addr announced = addr(scene->announced);
    zv_latch_start(&latch, &announced, &announced, scene->strict);
    for (size_t i = 0; i < ZV_ARRAY_LEN(scene->steps) && scene->steps[i].source; i++) {
        const struct step *step = &scene->steps[i];
        const struct zv_latch_packet packet = {
            .source = addr(step->source), .ssrc = step->ssrc, .seq = step->seq};
        enum zv_latch_verdict verdict = zv_latch_on_rtp(&latch, &packet, step->at_ms * 1000);
        zv_addr_write(zv_latch_rtp_target(&latch), target);
        if ((int)verdict != (int)step->expect || strcmp(target, step->target))
            fail_msg("%s: step %zu: verdict %d, target %s", scene->name, i, (int)verdict, target);
    }
}

static void every_scene_ends_as_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(scenes); i++)
        play(&scenes[i]);
}

static void lock_to(struct zv_latch *latch, const char *source)
{
    for (uint16_t seq = 1; seq <= ZV_LATCH_CONSISTENT; seq++) {
        const struct zv_latch_packet packet = {.source = addr(source), .ssrc = 1, .seq = seq};
        zv_latch_on_rtp(latch, &packet, seq * 20000);
    }
    assert_true(latch->locked);
}

static enum zv_latch_verdict come(struct zv_latch *latch, const char *source, uint16_t seq,
                                  int at_ms)
{
    const struct zv_latch_packet packet = {.source = addr(source), .ssrc = 1, .seq = seq};
    return zv_latch_on_rtp(latch, &packet, at_ms * INT64_C(1000));
}

/* A few packets on their way from the old place, after a re-INVITE that names another. */
static void stragglers_of_a_far_end_that_moves_lock_nothing(void **state)
{
    (void)state;
    struct zv_latch latch;
    struct zv_addr before = addr(PRIV), after = addr("192.168.1.7:4010");
    zv_latch_start(&latch, &before, &before, false);
    lock_to(&latch, PRIV); /* the last came after 60 ms */
    zv_latch_restart(&latch, &after, &after);
    for (uint16_t seq = 4; seq < 20; seq++)
        assert_int_equal(come(&latch, PRIV, seq, 20 * seq), ZV_LATCH_PASS);
    assert_true(zv_addr_eq(zv_latch_rtp_target(&latch), &after));
    for (uint16_t seq = 20; seq < 22; seq++)
        assert_int_equal(come(&latch, "192.168.1.7:4010", seq, 20 * seq), ZV_LATCH_PASS);
    assert_int_equal(come(&latch, "192.168.1.7:4010", 22, 440), ZV_LATCH_LOCKED);
    assert_int_equal(come(&latch, PRIV, 23, 460), ZV_LATCH_REJECT);
}

/* Who names another address and stays where he was is sent to again after a while. */
static void a_source_that_stays_is_locked_again_in_the_end(void **state)
{
    (void)state;
    struct zv_latch latch;
    struct zv_addr before = addr(PRIV), after = addr("192.168.1.7:4010");
    zv_latch_start(&latch, &before, &before, false);
    lock_to(&latch, PRIV);
    zv_latch_restart(&latch, &after, &after);
    assert_int_equal(come(&latch, PRIV, 4, 2059), ZV_LATCH_PASS);
    for (uint16_t seq = 5; seq < 7; seq++)
        assert_int_equal(come(&latch, PRIV, seq, 2060), ZV_LATCH_PASS);
    assert_int_equal(come(&latch, PRIV, 7, 2080), ZV_LATCH_LOCKED);
}

/* Hold and its end name the same address again: a phone behind a NAT is found as fast as at first.
 */
static void a_far_end_that_does_not_move_is_locked_at_once(void **state)
{
    (void)state;
    struct zv_latch latch;
    struct zv_addr announced = addr(PRIV);
    zv_latch_start(&latch, &announced, &announced, false);
    lock_to(&latch, "203.0.113.9:5000");
    zv_latch_restart(&latch, &announced, &announced);
    for (uint16_t seq = 4; seq < 6; seq++)
        assert_int_equal(come(&latch, "203.0.113.9:5000", seq, 20 * seq), ZV_LATCH_PASS);
    assert_int_equal(come(&latch, "203.0.113.9:5000", 6, 120), ZV_LATCH_LOCKED);
}

static void rtcp_follows_the_ip_that_rtp_is_locked_to(void **state)
{
    (void)state;
    struct zv_latch latch;
    struct zv_addr rtp = addr(PRIV), rtcp = addr("192.168.1.7:4001");
    struct zv_addr outside = addr("203.0.113.9:5001"), stranger = addr("203.0.113.66:1");
    zv_latch_start(&latch, &rtp, &rtcp, false);
    assert_true(zv_addr_eq(zv_latch_rtcp_target(&latch), &rtcp));
    lock_to(&latch, "203.0.113.9:5000");
    assert_int_equal(zv_latch_on_rtcp(&latch, &stranger), ZV_LATCH_REJECT);
    assert_true(zv_addr_eq(zv_latch_rtcp_target(&latch), &rtcp));
    assert_int_equal(zv_latch_on_rtcp(&latch, &outside), ZV_LATCH_PASS);
    assert_true(zv_addr_eq(zv_latch_rtcp_target(&latch), &outside));
}

static void rtcp_of_a_stranger_gets_no_answer_before_the_lock(void **state)
{
    (void)state;
    struct zv_latch latch;
    struct zv_addr rtp = addr(PUB), rtcp = addr("203.0.113.5:9001");
    struct zv_addr stranger = addr("203.0.113.66:1"), other_port = addr("203.0.113.5:77");
    zv_latch_start(&latch, &rtp, &rtcp, false);
    assert_int_equal(zv_latch_on_rtcp(&latch, &stranger), ZV_LATCH_REJECT);
    assert_int_equal(zv_latch_on_rtcp(&latch, &other_port), ZV_LATCH_PASS);
    assert_true(zv_addr_eq(zv_latch_rtcp_target(&latch), &rtcp));
}

static void strict_rtcp_comes_from_the_announced_port_only(void **state)
{
    (void)state;
    struct zv_latch latch;
    struct zv_addr rtp = addr(PRIV), rtcp = addr("192.168.1.7:4001");
    struct zv_addr other = addr("192.168.1.7:4003");
    zv_latch_start(&latch, &rtp, &rtcp, true);
    assert_int_equal(zv_latch_on_rtcp(&latch, &other), ZV_LATCH_REJECT);
    assert_int_equal(zv_latch_on_rtcp(&latch, &rtcp), ZV_LATCH_PASS);
    assert_true(zv_addr_eq(zv_latch_rtcp_target(&latch), &rtcp));
}

/* SRTP: no line, no silence to wait for. */
static void a_proven_packet_locks_and_moves_at_once(void **state)
{
    (void)state;
    struct zv_latch latch;
    struct zv_addr announced = addr(PUB), elsewhere = addr("198.51.100.9:7"), target;
    struct zv_latch_packet packet = {.source = elsewhere, .ssrc = 1, .seq = 10};
    zv_latch_start(&latch, &announced, &announced, false);
    assert_true(zv_latch_may_come(&latch, &elsewhere, false));
    assert_int_equal(zv_latch_on_authentic_rtp(&latch, &packet, 0), ZV_LATCH_LOCKED);
    assert_true(zv_addr_eq(zv_latch_rtp_target(&latch), &elsewhere));
    packet.source = announced;
    assert_int_equal(zv_latch_on_authentic_rtp(&latch, &packet, 0), ZV_LATCH_PASS); /* late */
    assert_true(zv_addr_eq(zv_latch_rtp_target(&latch), &elsewhere));
    packet.seq = 11;
    assert_int_equal(zv_latch_on_authentic_rtp(&latch, &packet, 0), ZV_LATCH_LOCKED);
    assert_true(zv_addr_eq(zv_latch_rtp_target(&latch), &announced));
    packet.source = elsewhere;
    packet.seq = 50000; /* behind, but nothing came for so long that the numbers may have wrapped */
    assert_int_equal(zv_latch_on_authentic_rtp(&latch, &packet, ZV_LATCH_SILENCE_US),
                     ZV_LATCH_LOCKED);
    zv_latch_on_authentic_rtcp(&latch, &elsewhere);
    target = *zv_latch_rtcp_target(&latch);
    assert_true(zv_addr_eq(&target, &elsewhere));
}

static void a_strict_leg_is_not_moved_by_proof(void **state)
{
    (void)state;
    struct zv_latch latch;
    struct zv_addr rtp = addr(PUB), rtcp = addr("203.0.113.5:9001");
    zv_latch_start(&latch, &rtp, &rtcp, true);
    assert_true(zv_latch_may_come(&latch, &rtp, false));
    assert_false(zv_latch_may_come(&latch, &rtcp, false));
    assert_true(zv_latch_may_come(&latch, &rtcp, true));
    assert_false(zv_latch_may_come(&latch, &rtp, true));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_proven_packet_locks_and_moves_at_once),
    cmocka_unit_test(a_strict_leg_is_not_moved_by_proof),
    cmocka_unit_test(every_scene_ends_as_told),
    cmocka_unit_test(stragglers_of_a_far_end_that_moves_lock_nothing),
    cmocka_unit_test(a_source_that_stays_is_locked_again_in_the_end),
    cmocka_unit_test(a_far_end_that_does_not_move_is_locked_at_once),
    cmocka_unit_test(rtcp_follows_the_ip_that_rtp_is_locked_to),
    cmocka_unit_test(rtcp_of_a_stranger_gets_no_answer_before_the_lock),
    cmocka_unit_test(strict_rtcp_comes_from_the_announced_port_only),
};

ZV_TEST_MAIN(tests)
