/*
 * Attacks on a running call, from strangers and from whoever can put the address of an end on a
 * datagram: each is sent between the packets of a conversation. Nothing of the conversation may be
 * missing, changed or out of order, nothing may be moved or ended, and each hostile datagram must
 * be counted, once, under the reason that names it.
 */
#define _GNU_SOURCE
#include "support/test.h"

#include "io/udp_large.h"
#include "rtc/stun/stun.h"
#include "unit/worker/world.h"

#define ROUNDS    40 /* of each attack, a packet each way in each */
#define IN_FLIGHT 4  /* rounds, before what was said must have been heard */
#define SPEECH    160
#define MAX_KEPT  1500

/* A datagram that an end once sent, for those who recorded it. */
struct kept {
    size_t len;
    uint8_t bytes[MAX_KEPT];
};

struct siege {
    struct world world;
    struct end client, far;
    struct watcher watcher;
    struct zv_udp_socket neighbour; /* a stranger at the ends' own address, on another port */
    struct zv_udp_socket outsider;  /* at another address */
    struct kept check;              /* the client's last ICE check */
    struct kept hello;              /* the first datagram of its ClientHello */
    struct kept client_rtp;         /* its last SRTP packet */
    struct kept far_rtp;            /* the SIP side's last RTP packet */
    uint32_t said[2];               /* by the client, by the far end */
    uint32_t heard[2];              /* of those, in order and unchanged, by the other one */
    bool is_spoiled;
};

/* ---- Recording ---- */

static void keep(struct kept *kept, const struct zv_dgram *dgram)
{
    kept->len = ZV_MIN(dgram->len, sizeof(kept->bytes));
    memcpy(kept->bytes, dgram->data, kept->len);
}

static void on_sent(void *siege_, const struct end *end, const struct zv_dgram *out)
{
    struct siege *siege = siege_;
    bool is_client = end == &siege->client;
    switch (zv_rtp_demux(out->data, out->len)) {
    case ZV_RTP_KIND_STUN:
        keep(&siege->check, out);
        break;
    case ZV_RTP_KIND_DTLS:
        if (!siege->hello.len)
            keep(&siege->hello, out);
        break;
    case ZV_RTP_KIND_RTP:
        keep(is_client ? &siege->client_rtp : &siege->far_rtp, out);
        break;
    default:
        break;
    }
}

/* ---- Conversation ---- */

static void write_speech(uint8_t *speech, uint32_t number)
{
    for (size_t i = 0; i < SPEECH; i++)
        speech[i] = (uint8_t)(number * 7 + i);
    zv_set_u32(speech, number);
}

static void say_next(struct siege *siege, struct end *end)
{
    uint8_t speech[SPEECH];
    uint32_t *said = &siege->said[end == &siege->far];
    write_speech(speech, (*said)++);
    say(&siege->world, end, speech, sizeof(speech), 960);
}

static void on_packet(void *siege_, const struct end *end)
{
    struct siege *siege = siege_;
    uint32_t *heard = &siege->heard[end == &siege->client];
    uint8_t speech[SPEECH];
    const struct zv_rtp_header *header = &end->last.header;
    write_speech(speech, (*heard)++);
    if (header->payload_len != SPEECH ||
        memcmp(end->last.data + header->payload_at, speech, SPEECH) != 0)
        siege->is_spoiled = true;
}

static void hear_all(struct siege *siege)
{
    wait_for_packets(&siege->world, &siege->far, siege->said[0]);
    wait_for_packets(&siege->world, &siege->client, siege->said[1]);
}

/* ---- Strangers ---- */

static void open_stranger(struct zv_udp_socket *stranger, const char *address)
{
    const struct zv_udp_cfg cfg = {.bind = ip(address)};
    assert_int_equal(zv_udp_open(stranger, &cfg), 0);
}

static void send_from(const struct zv_udp_socket *socket, const struct zv_addr *to,
                      const void *bytes, size_t len)
{
    uint8_t copy[MAX_KEPT];
    struct zv_dgram out = {.data = copy, .len = len, .local = socket->local, .remote = *to};
    memcpy(copy, bytes, len);
    assert_int_equal(zv_udp_send_large(socket, &out), 0);
}

static struct zv_addr web_port(const struct siege *siege)
{
    struct zv_addr addr = ip("127.0.0.1");
    addr.port = zv_worker_web_port(siege->world.worker);
    return addr;
}

static void to_web(struct siege *siege, const struct zv_udp_socket *from, const void *bytes,
                   size_t len)
{
    struct zv_addr to = web_port(siege);
    send_from(from, &to, bytes, len);
}

static void to_sip(struct siege *siege, const struct zv_udp_socket *from, const void *bytes,
                   size_t len)
{
    send_from(from, &siege->world.ready.ready.legs[ZV_WORKER_LEG_SIP].rtp, bytes, len);
}

static void to_sip_rtcp(struct siege *siege, const struct zv_udp_socket *from, const void *bytes,
                        size_t len)
{
    send_from(from, &siege->world.ready.ready.legs[ZV_WORKER_LEG_SIP].rtcp, bytes, len);
}

static struct kept make_rtp(uint8_t pt, uint16_t seq, uint32_t ssrc)
{
    struct kept rtp = {.len = ZV_RTP_HEADER_BYTES + SPEECH};
    const struct zv_rtp_rewrite header = {.pt = pt, .seq = seq, .ts = seq * 960u, .ssrc = ssrc};
    zv_rtp_write_header(rtp.bytes, &header);
    return rtp;
}

/* RTCP that says good-bye for `ssrc` (RFC 3550 section 6.6), behind an empty report. */
static struct kept make_bye(uint32_t ssrc)
{
    struct kept bye = {.len = 16, .bytes = {0x80, 201, 0, 1, 0, 0, 0, 0, 0x81, 203, 0, 1}};
    zv_set_u32(bye.bytes + 4, ssrc);
    zv_set_u32(bye.bytes + 12, ssrc);
    return bye;
}

/* ---- On the web leg, from elsewhere ---- */

static void stranger_sends_rtp(struct siege *siege, int round)
{
    struct kept rtp = make_rtp(OPUS_WEB, (uint16_t)round, 99);
    to_web(siege, &siege->neighbour, rtp.bytes, rtp.len);
}

static void stranger_sends_rtcp(struct siege *siege, int round)
{
    struct kept bye = make_bye(zv_get_u32(siege->client_rtp.bytes + 8));
    (void)round;
    to_web(siege, &siege->neighbour, bye.bytes, bye.len);
}

static void stranger_replays_srtp(struct siege *siege, int round)
{
    (void)round;
    to_web(siege, &siege->neighbour, siege->client_rtp.bytes, siege->client_rtp.len);
}

static void stranger_sends_client_hello(struct siege *siege, int round)
{
    (void)round;
    to_web(siege, &siege->neighbour, siege->hello.bytes, siege->hello.len);
}

/* A check that names the call's credentials and nominates the sender, with a password that is not
 * the gateway's. */
static void stranger_guesses_the_password(struct siege *siege, int round)
{
    uint8_t memory[256], tx_id[ZV_STUN_TX_ID_BYTES];
    struct zv_buf check = zv_buf(memory, sizeof(memory));
    struct zv_stun_msg recorded;
    (void)round;
    assert_int_equal(zv_stun_parse(siege->check.bytes, siege->check.len, &recorded), 0);
    zv_rand_fill(zv_rand_os(), tx_id, sizeof(tx_id));
    zv_stun_write_header(&check, ZV_STUN_REQUEST, ZV_STUN_BINDING, tx_id);
    zv_stun_write_attr(&check, ZV_STUN_ATTR_USERNAME, recorded.username.p, recorded.username.len);
    zv_stun_write_u32(&check, ZV_STUN_ATTR_PRIORITY, UINT32_MAX);
    zv_stun_write_u64(&check, ZV_STUN_ATTR_CONTROLLING, 1);
    zv_stun_write_attr(&check, ZV_STUN_ATTR_USE_CANDIDATE, NULL, 0);
    zv_stun_write_integrity(&check, ZV_STR_LIT("a password of the right length!!"));
    zv_stun_write_fingerprint(&check);
    assert_false(check.overflow);
    to_web(siege, &siege->neighbour, check.p, check.len);
}

static void stranger_replays_a_check(struct siege *siege, int round)
{
    (void)round;
    to_web(siege, &siege->neighbour, siege->check.bytes, siege->check.len);
}

/* ---- On the web leg, under the client's address ---- */

static void forger_replays_srtp(struct siege *siege, int round)
{
    (void)round;
    to_web(siege, &siege->client.rtp, siege->client_rtp.bytes, siege->client_rtp.len);
}

static void forger_changes_a_packet(struct siege *siege, int round)
{
    struct kept forged = siege->client_rtp;
    forged.bytes[ZV_RTP_HEADER_BYTES + round % SPEECH] ^= 0x01;
    zv_set_u16(forged.bytes + 2, (uint16_t)(zv_get_u16(forged.bytes + 2) + 1));
    to_web(siege, &siege->client.rtp, forged.bytes, forged.len);
}

/* Tempts the receiver to believe that the sequence has wrapped. */
static void forger_jumps(struct siege *siege, int round)
{
    struct kept forged = siege->client_rtp;
    uint16_t jump = (uint16_t)(20000 + 97 * round);
    zv_set_u16(forged.bytes + 2, (uint16_t)(zv_get_u16(forged.bytes + 2) + jump));
    to_web(siege, &siege->client.rtp, forged.bytes, forged.len);
}

static void forger_says_good_bye(struct siege *siege, int round)
{
    struct kept bye = make_bye(zv_get_u32(siege->client_rtp.bytes + 8));
    (void)round;
    bye.len += 4 + 16; /* where SRTCP has its index and its tag */
    bye.bytes[16] = 0x80;
    to_web(siege, &siege->client.rtp, bye.bytes, bye.len);
}

static void forger_sends_noise(struct siege *siege, int round)
{
    uint8_t noise[100];
    memset(noise, 0xff - round, sizeof(noise));
    to_web(siege, &siege->client.rtp, noise, sizeof(noise));
}

static void forger_sends_client_hello(struct siege *siege, int round)
{
    (void)round;
    to_web(siege, &siege->client.rtp, siege->hello.bytes, siege->hello.len);
}

/* A fatal alert in clear, handshake_failure (RFC 5246 section 7.2). */
static void forger_sends_an_alert(struct siege *siege, int round)
{
    uint8_t alert[] = {21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 40};
    alert[10] = (uint8_t)round;
    to_web(siege, &siege->client.rtp, alert, sizeof(alert));
}

/* ---- On the SIP leg ---- */

static void neighbour_sends_rtp(struct siege *siege, int round)
{
    struct kept rtp = make_rtp(OPUS_SIP, (uint16_t)round, 99);
    to_sip(siege, &siege->neighbour, rtp.bytes, rtp.len);
}

/* The very stream, one packet ahead. */
static void neighbour_goes_ahead(struct siege *siege, int round)
{
    struct kept forged = siege->far_rtp;
    (void)round;
    zv_set_u16(forged.bytes + 2, (uint16_t)(zv_get_u16(forged.bytes + 2) + 1));
    to_sip(siege, &siege->neighbour, forged.bytes, forged.len);
}

static void outsider_sends_rtp(struct siege *siege, int round)
{
    struct kept rtp = make_rtp(OPUS_SIP, (uint16_t)round, 99);
    to_sip(siege, &siege->outsider, rtp.bytes, rtp.len);
}

static void outsider_says_good_bye(struct siege *siege, int round)
{
    struct kept bye = make_bye(zv_get_u32(siege->far_rtp.bytes + 8));
    (void)round;
    to_sip_rtcp(siege, &siege->outsider, bye.bytes, bye.len);
}

static void stranger_checks_the_sip_port(struct siege *siege, int round)
{
    (void)round;
    to_sip(siege, &siege->neighbour, siege->check.bytes, siege->check.len);
}

static void stranger_greets_the_sip_port(struct siege *siege, int round)
{
    (void)round;
    to_sip(siege, &siege->neighbour, siege->hello.bytes, siege->hello.len);
}

static void forger_repeats_rtp(struct siege *siege, int round)
{
    (void)round;
    to_sip(siege, &siege->far.rtp, siege->far_rtp.bytes, siege->far_rtp.len);
}

static void forger_jumps_in_rtp(struct siege *siege, int round)
{
    struct kept forged = siege->far_rtp;
    uint16_t jump = (uint16_t)(10000 + 997 * round);
    zv_set_u16(forged.bytes + 2, (uint16_t)(zv_get_u16(forged.bytes + 2) + jump));
    to_sip(siege, &siege->far.rtp, forged.bytes, forged.len);
}

static void forger_sends_another_format(struct siege *siege, int round)
{
    struct kept forged = siege->far_rtp;
    (void)round;
    forged.bytes[1] = 55;
    to_sip(siege, &siege->far.rtp, forged.bytes, forged.len);
}

/* ---- All of them ---- */

enum counted {
    BY_WORKER, /* dropped_unknown: belongs to no call */
    BY_WEB_LEG,
    BY_SIP_LEG,
};

static const struct attack {
    const char *name;
    void (*fn)(struct siege *siege, int round);
    enum counted by;
    enum zv_peer_drop reason; /* of the leg */
} attacks[] = {
    {"RTP of a stranger", stranger_sends_rtp, BY_WORKER, 0},
    {"RTCP of a stranger", stranger_sends_rtcp, BY_WORKER, 0},
    {"SRTP replayed by a stranger", stranger_replays_srtp, BY_WORKER, 0},
    {"ClientHello of a stranger", stranger_sends_client_hello, BY_WORKER, 0},
    {"check with a wrong password", stranger_guesses_the_password, BY_WEB_LEG, ZV_PEER_DROP_STUN},
    {"check replayed by a stranger", stranger_replays_a_check, BY_WEB_LEG, ZV_PEER_DROP_STUN},
    {"SRTP replayed", forger_replays_srtp, BY_WEB_LEG, ZV_PEER_DROP_REPLAY},
    {"SRTP changed", forger_changes_a_packet, BY_WEB_LEG, ZV_PEER_DROP_AUTH},
    {"SRTP sequence jumps", forger_jumps, BY_WEB_LEG, ZV_PEER_DROP_AUTH},
    {"SRTCP forged", forger_says_good_bye, BY_WEB_LEG, ZV_PEER_DROP_AUTH},
    {"noise", forger_sends_noise, BY_WEB_LEG, ZV_PEER_DROP_MALFORMED},
    {"RTP of another port", neighbour_sends_rtp, BY_SIP_LEG, ZV_PEER_DROP_SOURCE},
    {"the stream of another port", neighbour_goes_ahead, BY_SIP_LEG, ZV_PEER_DROP_SOURCE},
    {"RTP of another address", outsider_sends_rtp, BY_SIP_LEG, ZV_PEER_DROP_SOURCE},
    {"RTCP of another address", outsider_says_good_bye, BY_SIP_LEG, ZV_PEER_DROP_SOURCE},
    {"a check at the SIP port", stranger_checks_the_sip_port, BY_SIP_LEG, ZV_PEER_DROP_MALFORMED},
    {"DTLS at the SIP port", stranger_greets_the_sip_port, BY_SIP_LEG, ZV_PEER_DROP_MALFORMED},
    {"RTP repeated", forger_repeats_rtp, BY_SIP_LEG, ZV_PEER_DROP_DUPLICATE},
    {"RTP sequence jumps", forger_jumps_in_rtp, BY_SIP_LEG, ZV_PEER_DROP_SEQUENCE},
    {"RTP of another format", forger_sends_another_format, BY_SIP_LEG, ZV_PEER_DROP_UNKNOWN_PT},
};

/* What the worker makes of them is nobody's business but its handshake's: not counted as drops. */
static const struct attack handshakes[] = {
    {"ClientHello under the client's address", forger_sends_client_hello, BY_WEB_LEG, 0},
    {"alert in clear", forger_sends_an_alert, BY_WEB_LEG, 0},
};

struct tally {
    uint64_t unknown;
    struct zv_worker_stats stats;
};

static void take_tally(struct siege *siege, struct tally *ret_tally)
{
    struct world *world = &siege->world;
    const struct zv_worker_cmd cmd = {.kind = ZV_WORKER_GET_STATS, .call = call_1};
    struct zv_worker_gauges gauges;
    int before = world->seen[ZV_WORKER_STATS];
    post(world, &cmd);
    wait_for(world, &world->seen[ZV_WORKER_STATS], before + 1);
    zv_worker_gauges(world->worker, &gauges);
    ret_tally->unknown = gauges.dropped_unknown;
    ret_tally->stats = world->last[ZV_WORKER_STATS].stats;
}

static uint64_t counted_as(const struct attack *attack, const struct tally *tally)
{
    if (attack->by == BY_WORKER)
        return tally->unknown;
    return tally->stats.legs[attack->by == BY_SIP_LEG].drops[attack->reason];
}

static uint64_t all_drops(const struct tally *tally)
{
    return tally->unknown + tally->stats.legs[0].rx_dropped + tally->stats.legs[1].rx_dropped;
}

static void converse_under(struct siege *siege, const struct attack *attack)
{
    for (int round = 0; round < ROUNDS; round++) {
        attack->fn(siege, round);
        say_next(siege, &siege->client);
        say_next(siege, &siege->far);
        if (round % IN_FLIGHT == IN_FLIGHT - 1)
            hear_all(siege);
    }
}

/* The hostile datagrams are on other sockets than the last words: they may be read later. */
static void wait_for_tally(struct siege *siege, const struct attack *attack, uint64_t wanted,
                           struct tally *ret_tally)
{
    int64_t give_up_us = zv_clock_now_us() + PATIENCE_US;
    do
        take_tally(siege, ret_tally);
    while (counted_as(attack, ret_tally) < wanted && zv_clock_now_us() < give_up_us);
}

static void assert_unharmed(const struct siege *siege)
{
    static const uint8_t never[] = {ZV_WORKER_DTLS_CLOSED, ZV_WORKER_DTLS_FAILED,
                                    ZV_WORKER_CONSENT_LOST, ZV_WORKER_SILENT, ZV_WORKER_GONE};
    const struct world *world = &siege->world;
    for (size_t i = 0; i < ZV_ARRAY_LEN(never); i++)
        assert_int_equal(world->seen[never[i]], 0);
    assert_int_equal(world->seen[ZV_WORKER_ICE_CONNECTED], 1);
    assert_int_equal(world->seen[ZV_WORKER_LATCHED], 1);
    assert_int_equal(world->seen[ZV_WORKER_DTLS_CONNECTED], 1);
    assert_false(siege->is_spoiled);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(siege->heard[i], siege->said[i]);
}

static void open_siege(struct siege *siege)
{
    *siege = (struct siege){0};
    open_world(&siege->world, "127.0.0.1", make_ports(20, 0));
    siege->watcher = (struct watcher){on_sent, on_packet, siege};
    siege->world.watcher = &siege->watcher;
    open_stranger(&siege->neighbour, "127.0.0.1");
    open_stranger(&siege->outsider, "127.0.0.2");
    connect_call(&siege->world, call_1, &siege->client, &siege->far, "127.0.0.1");
    for (int i = 0; i < 2 * IN_FLIGHT; i++) {
        say_next(siege, &siege->client);
        say_next(siege, &siege->far);
        hear_all(siege);
    }
    assert_true(siege->check.len && siege->hello.len && siege->client_rtp.len &&
                siege->far_rtp.len);
}

static void close_siege(struct siege *siege)
{
    zv_udp_close(&siege->neighbour);
    zv_udp_close(&siege->outsider);
    close_world(&siege->world);
}

static void every_attack_is_counted_and_nothing_else_happens(void **state)
{
    static struct siege siege;
    struct tally before, after;
    (void)state;
    open_siege(&siege);
    for (size_t i = 0; i < ZV_ARRAY_LEN(attacks); i++) {
        const struct attack *attack = &attacks[i];
        print_message("%s\n", attack->name);
        take_tally(&siege, &before);
        converse_under(&siege, attack);
        wait_for_tally(&siege, attack, counted_as(attack, &before) + ROUNDS, &after);
        assert_int_equal(counted_as(attack, &after), counted_as(attack, &before) + ROUNDS);
        assert_int_equal(all_drops(&after), all_drops(&before) + ROUNDS);
        assert_unharmed(&siege);
    }
    close_siege(&siege);
}

static void a_forged_handshake_changes_nothing(void **state)
{
    static struct siege siege;
    (void)state;
    open_siege(&siege);
    for (size_t i = 0; i < ZV_ARRAY_LEN(handshakes); i++) {
        print_message("%s\n", handshakes[i].name);
        converse_under(&siege, &handshakes[i]);
        assert_unharmed(&siege);
    }
    close_siege(&siege);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_attack_is_counted_and_nothing_else_happens),
    cmocka_unit_test(a_forged_handshake_changes_nothing),
};

ZV_TEST_MAIN(tests)
