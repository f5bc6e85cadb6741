/*
 * Two legs, wired to each other without a network between them (loss and delay: tests/sim).
 */
#include "support/test.h"

#include "pair.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/time.h"
#include "rtc/dtls/dtls.h"
#include "rtc/peer/peer.h"

#include <string.h>

static struct zv_dtls_ctx *dtls_ctx;

static void what_leaves_has_this_legs_ssrc_and_goes_on_in_sequence(void **state)
{
    (void)state;
    struct pair pair = open_rtp_pair(NULL, false);
    struct zv_peer_local local;
    zv_peer_local(pair.ends[0].peer, &local);
    uint16_t seq = 0;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(relay(&pair, 0, PCMU), ZV_PEER_PACKET);
        const struct zv_rtp_header *header = &pair.ends[1].packet.header;
        assert_int_equal(header->ssrc, local.ssrc);
        assert_int_equal(header->payload_len, PAYLOAD);
        if (i)
            assert_int_equal(header->seq, (uint16_t)(seq + 1));
        seq = header->seq;
    }
    assert_int_equal(pair.ends[1].seen[ZV_PEER_EVENT_FIRST_MEDIA], 1);
    assert_int_equal(pair.ends[1].seen[ZV_PEER_EVENT_LATCHED], 1);
    close_pair(&pair);
}

static void header_extensions_and_csrcs_do_not_leave(void **state)
{
    (void)state;
    struct pair pair = open_rtp_pair(NULL, false);
    uint8_t bytes[200] = {
        0x91, PCMU, 0, 1, 0,    0,    0, 1, 0,    0,    0, 7, /* one CSRC, extension */
        1,    2,    3, 4, 0xbe, 0xde, 0, 1, 0x10, 0x33, 0, 0, 'v', 'o', 'x'};
    struct zv_peer_packet packet = {.data = bytes, .len = 27, .cap = sizeof(bytes)};
    struct zv_dgram out;
    assert_int_equal(zv_rtp_parse(bytes, packet.len, &packet.header), ZV_RTP_PASS);
    assert_int_equal(zv_peer_send_rtp(pair.ends[0].peer, &packet, PCMU, 0, &out), ZV_PEER_PACKET);
    assert_int_equal(out.len, ZV_RTP_HEADER_BYTES + 3);
    assert_int_equal(out.data[0], 0x80);
    assert_memory_equal(out.data + ZV_RTP_HEADER_BYTES, "vox", 3);
    close_pair(&pair);
}

static void before_the_remote_is_known_nothing_comes_in_or_goes_out(void **state)
{
    (void)state;
    struct pair pair = open_rtp_pair(NULL, false);
    struct end fresh = {0};
    struct zv_dgram out;
    assert_int_equal(send_rtp(&pair, 0, PCMU, &out), ZV_PEER_PACKET);
    open_rtp_end(&fresh, "192.168.0.2:5000", "192.168.0.2:5001", NULL);
    zv_peer_free(pair.ends[1].peer);
    pair.ends[1] = fresh;
    assert_int_equal(deliver(&pair, 1, &out), ZV_PEER_DROP);
    assert_int_equal(send_rtp(&pair, 1, PCMU, &out), ZV_PEER_DROP);
    assert_int_equal(dropped(&pair.ends[1], ZV_PEER_DROP_NOT_WANTED), 2);
    close_pair(&pair);
}

static void a_remote_without_address_or_port_wants_no_media(void **state)
{
    (void)state;
    struct pair pair = open_rtp_pair(NULL, false);
    struct zv_dgram out;
    struct zv_addr held = addr("0.0.0.0:4000"), no_port = addr("192.168.0.2:5000");
    no_port.port = 0;
    set_rtp_remote(&pair, 0, &held, false, 2);
    assert_int_equal(send_rtp(&pair, 0, PCMU, &out), ZV_PEER_DROP);
    set_rtp_remote(&pair, 0, &no_port, false, 3);
    assert_int_equal(send_rtp(&pair, 0, PCMU, &out), ZV_PEER_DROP);
    set_rtp_remote(&pair, 0, &pair.ends[1].addr, false, 4);
    assert_int_equal(send_rtp(&pair, 0, PCMU, &out), ZV_PEER_PACKET);
    close_pair(&pair);
}

static void unknown_payload_types_are_counted_and_dropped_both_ways(void **state)
{
    (void)state;
    struct pair pair = open_rtp_pair(NULL, false);
    struct zv_dgram out;
    assert_int_equal(send_rtp(&pair, 0, 99, &out), ZV_PEER_DROP);
    assert_int_equal(dropped(&pair.ends[0], ZV_PEER_DROP_UNKNOWN_PT), 1);
    const struct zv_peer_codec more[] = {{PCMU, 8000}, {99, 8000}};
    assert_int_equal(zv_peer_set_codecs(pair.ends[0].peer, more, 2), 0);
    assert_int_equal(relay(&pair, 0, 99), ZV_PEER_DROP);
    assert_int_equal(dropped(&pair.ends[1], ZV_PEER_DROP_UNKNOWN_PT), 1);
    assert_int_equal(pair.ends[1].seen[ZV_PEER_EVENT_LATCHED], 0);
    close_pair(&pair);
}

static void a_bad_codec_list_is_refused_and_the_old_one_stays(void **state)
{
    (void)state;
    struct pair pair = open_rtp_pair(NULL, false);
    const struct zv_peer_codec twice[] = {{8, 8000}, {8, 8000}}, no_clock[] = {{8, 0}};
    const struct zv_peer_codec wide[] = {{128, 8000}};
    struct zv_peer_codec many[ZV_PEER_MAX_CODECS + 1] = {0};
    struct zv_peer *peer = pair.ends[0].peer;
    assert_int_equal(zv_peer_set_codecs(peer, twice, 2), ZV_E_INVAL);
    assert_int_equal(zv_peer_set_codecs(peer, no_clock, 1), ZV_E_INVAL);
    assert_int_equal(zv_peer_set_codecs(peer, wide, 1), ZV_E_INVAL);
    assert_int_equal(zv_peer_set_codecs(peer, many, ZV_ARRAY_LEN(many)), ZV_E_LIMIT);
    assert_int_equal(relay(&pair, 0, PCMU), ZV_PEER_PACKET);
    close_pair(&pair);
}

static void a_stranger_is_rejected_and_remembered_and_a_new_description_starts_anew(void **state)
{
    (void)state;
    struct pair pair = open_rtp_pair(NULL, false);
    struct zv_dgram out;
    struct zv_peer_counters counters;
    struct zv_addr stranger = addr("203.0.113.66:6666");
    for (int i = 0; i < 3; i++)
        assert_int_equal(relay(&pair, 0, PCMU), ZV_PEER_PACKET);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(send_rtp(&pair, 0, PCMU, &out), ZV_PEER_PACKET);
        out.local = stranger;
        assert_int_equal(deliver(&pair, 1, &out), ZV_PEER_DROP);
    }
    zv_peer_counters(pair.ends[1].peer, &counters);
    assert_int_equal(counters.drops[ZV_PEER_DROP_SOURCE], 4);
    assert_true(zv_addr_eq(&counters.last_rejected, &stranger));
    assert_true(zv_addr_eq(&counters.remote, &pair.ends[0].addr));
    set_rtp_remote(&pair, 1, &pair.ends[0].addr, false, 1); /* same version: nothing changes */
    assert_int_equal(deliver(&pair, 1, &out), ZV_PEER_DROP);
    set_rtp_remote(&pair, 1, &pair.ends[0].addr, false, 2);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(send_rtp(&pair, 0, PCMU, &out), ZV_PEER_PACKET);
        out.local = stranger;
        assert_int_equal(deliver(&pair, 1, &out), ZV_PEER_PACKET);
    }
    zv_peer_counters(pair.ends[1].peer, &counters);
    assert_true(zv_addr_eq(&counters.remote, &stranger));
    assert_int_equal(pair.ends[1].seen[ZV_PEER_EVENT_LATCHED], 2);
    close_pair(&pair);
}

static void a_strict_leg_takes_the_announced_port_only(void **state)
{
    (void)state;
    const struct zv_peer_cfg strict = {.strict = true};
    struct pair pair = open_rtp_pair(&strict, false);
    struct zv_dgram out;
    assert_int_equal(relay(&pair, 0, PCMU), ZV_PEER_PACKET);
    assert_int_equal(send_rtp(&pair, 0, PCMU, &out), ZV_PEER_PACKET);
    out.local.port++;
    assert_int_equal(deliver(&pair, 1, &out), ZV_PEER_DROP);
    assert_int_equal(dropped(&pair.ends[1], ZV_PEER_DROP_SOURCE), 1);
    close_pair(&pair);
}

static void duplicates_are_dropped_and_losses_counted(void **state)
{
    (void)state;
    struct pair pair = open_rtp_pair(NULL, false);
    struct zv_dgram out;
    struct zv_peer_counters counters;
    enum zv_peer_drop reason;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(send_rtp(&pair, 0, PCMU, &out), ZV_PEER_PACKET);
        if (i == 4 || i == 5)
            continue; /* lost */
        assert_int_equal(deliver(&pair, 1, &out), ZV_PEER_PACKET);
    }
    assert_int_equal(deliver(&pair, 1, &out), ZV_PEER_DROP);
    zv_peer_counters(pair.ends[1].peer, &counters);
    assert_int_equal(counters.drops[ZV_PEER_DROP_DUPLICATE], 1);
    assert_int_equal(counters.rx_packets, 8);
    assert_true(zv_peer_take_drop(pair.ends[1].peer, &reason));
    assert_int_equal(reason, ZV_PEER_DROP_DUPLICATE);
    assert_false(zv_peer_take_drop(pair.ends[1].peer, &reason)); /* told once */
    assert_false(zv_peer_take_drop(pair.ends[0].peer, &reason));
    close_pair(&pair);
}

static void reports_go_to_the_rtcp_port_and_muxed_ones_to_the_rtp_port(void **state)
{
    (void)state;
    for (int mux = 0; mux < 2; mux++) {
        struct pair pair = open_rtp_pair(NULL, mux);
        struct zv_dgram out;
        for (int i = 0; i < 5; i++)
            relay(&pair, 0, PCMU);
        pair.now_us += ZV_SECONDS(10);
        zv_peer_on_timeout(pair.ends[0].peer, pair.now_us);
        assert_true(zv_peer_poll_dgram(pair.ends[0].peer, &out));
        assert_int_equal(out.local.port, mux ? 4000 : 4001);
        assert_int_equal(out.remote.port, mux ? 5000 : 5001);
        assert_int_equal(out.data[1], 200); /* SR: this leg sends */
        assert_int_equal(deliver(&pair, 1, &out), ZV_PEER_CONSUMED);
        close_pair(&pair);
    }
}

static void a_report_alone_is_a_sign_of_life(void **state)
{
    (void)state;
    const struct zv_peer_cfg extra = {.silence_us = ZV_SECONDS(5)};
    struct pair pair = open_rtp_pair(&extra, false);
    struct end *end = &pair.ends[1];
    struct zv_peer_counters counters;
    int64_t report_us = zv_peer_deadline_us(pair.ends[0].peer);
    run_until(&pair, report_us);
    assert_int_equal(end->seen[ZV_PEER_EVENT_RESUMED], 1);
    assert_int_equal(end->seen[ZV_PEER_EVENT_FIRST_MEDIA], 0);
    zv_peer_counters(end->peer, &counters);
    assert_int_equal(counters.last_rx_us, report_us);
    assert_int_equal(counters.last_rtp_us, 0);
    assert_int_equal(counters.rx_rtcp, 1);
    close_pair(&pair);
}

static void what_the_other_end_reports_is_counted(void **state)
{
    (void)state;
    struct pair pair = open_rtp_pair(NULL, false);
    struct zv_peer_counters counters;
    struct zv_dgram out;
    zv_peer_counters(pair.ends[0].peer, &counters);
    assert_int_equal(counters.remote_report_us, 0);
    pair.now_us += ZV_SECONDS(10); /* the first report, of nothing, is behind us */
    run_until(&pair, pair.now_us);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(send_rtp(&pair, 0, PCMU, &out), ZV_PEER_PACKET);
        if (i % 4 != 2)
            assert_int_equal(deliver(&pair, 1, &out), ZV_PEER_PACKET);
        pair.now_us += ZV_MS(20);
    }
    zv_peer_counters(pair.ends[1].peer, &counters);
    assert_int_equal(counters.lost, 25);
    assert_true(counters.last_rtp_us == pair.now_us - ZV_MS(20));
    run_until(&pair, pair.now_us + ZV_MS(7500));
    zv_peer_counters(pair.ends[0].peer, &counters);
    assert_int_equal(counters.remote_lost, 25);
    assert_true(counters.remote_report_us > 0);
    assert_false(counters.is_strict);
    close_pair(&pair);
}

static void silence_is_told_once_and_so_is_its_end(void **state)
{
    (void)state;
    const struct zv_peer_cfg extra = {.silence_us = ZV_SECONDS(5),
                                      .rtcp_interval_us = ZV_SECONDS(1000)};
    struct pair pair = open_rtp_pair(&extra, false);
    struct end *end = &pair.ends[1];
    for (int i = 0; i < 5; i++)
        relay(&pair, 0, PCMU);
    int64_t last_us = pair.now_us - ZV_MS(20);
    run_until(&pair, last_us + ZV_SECONDS(5) - 1);
    assert_int_equal(end->seen[ZV_PEER_EVENT_SILENT], 0);
    run_until(&pair, last_us + ZV_SECONDS(60));
    assert_int_equal(end->seen[ZV_PEER_EVENT_SILENT], 1);
    assert_int_equal(end->last[ZV_PEER_EVENT_SILENT].since_us, last_us);
    relay(&pair, 0, PCMU);
    assert_int_equal(end->seen[ZV_PEER_EVENT_RESUMED], 1);
    assert_int_equal(end->last[ZV_PEER_EVENT_RESUMED].since_us, last_us);
    close_pair(&pair);
}

static void a_leg_that_never_hears_anything_is_silent_since_it_was_expected_to(void **state)
{
    (void)state;
    const struct zv_peer_cfg extra = {.silence_us = ZV_SECONDS(5),
                                      .rtcp_interval_us = ZV_SECONDS(1000)};
    struct pair pair = open_rtp_pair(&extra, false);
    run_until(&pair, ZV_SECONDS(6));
    assert_int_equal(pair.ends[0].seen[ZV_PEER_EVENT_SILENT], 1);
    assert_int_equal(pair.ends[0].last[ZV_PEER_EVENT_SILENT].since_us, ZV_SECONDS(1));
    close_pair(&pair);
}

static void opposite_events_that_nobody_fetched_cancel_each_other(void **state)
{
    (void)state;
    const struct zv_peer_cfg extra = {.silence_us = ZV_SECONDS(5),
                                      .rtcp_interval_us = ZV_SECONDS(1000)};
    struct pair pair = open_rtp_pair(&extra, false);
    struct zv_dgram out;
    struct zv_peer_packet packet;
    zv_peer_on_timeout(pair.ends[1].peer, ZV_SECONDS(10));
    assert_true(zv_peer_has_event(pair.ends[1].peer));
    pair.now_us = ZV_SECONDS(11);
    assert_int_equal(send_rtp(&pair, 0, PCMU, &out), ZV_PEER_PACKET);
    const struct zv_dgram in = {
        .data = out.data, .len = out.len, .local = out.remote, .remote = out.local};
    assert_int_equal(zv_peer_receive(pair.ends[1].peer, &in, 1600, pair.now_us, &packet),
                     ZV_PEER_PACKET);
    collect_events(&pair.ends[1]);
    assert_int_equal(pair.ends[1].seen[ZV_PEER_EVENT_SILENT], 0);
    assert_int_equal(pair.ends[1].seen[ZV_PEER_EVENT_RESUMED], 0);
    assert_int_equal(pair.ends[1].seen[ZV_PEER_EVENT_FIRST_MEDIA], 1);
    close_pair(&pair);
}

static void a_closed_leg_says_goodbye_and_takes_nothing_more(void **state)
{
    (void)state;
    struct pair pair = open_rtp_pair(NULL, true);
    struct zv_dgram out;
    for (int i = 0; i < 5; i++)
        relay(&pair, 0, PCMU);
    zv_peer_close(pair.ends[0].peer, pair.now_us);
    settle(&pair);
    assert_int_equal(pair.ends[1].seen[ZV_PEER_EVENT_RTCP_BYE], 1);
    assert_int_equal(send_rtp(&pair, 0, PCMU, &out), ZV_PEER_DROP);
    assert_int_equal(send_rtp(&pair, 1, PCMU, &out), ZV_PEER_PACKET);
    assert_int_equal(deliver(&pair, 0, &out), ZV_PEER_DROP);
    close_pair(&pair);
}

/* ---- WEB legs: end 0 is the gateway (lite), end 1 the client (controlling) ---- */

static void open_web_end(struct end *end, bool is_controlling, const char *text)
{
    const struct zv_peer_cfg cfg = {
        .kind = ZV_PEER_WEB,
        .rand = &rand_source,
        .dtls_ctx = dtls_ctx,
        .ice_controlling = is_controlling,
        .silence_us = ZV_SECONDS(5),
    };
    end->addr = addr(text);
    assert_int_equal(zv_peer_new(&end->peer, &cfg, 0), 0);
    set_codecs(end);
}

static int set_web_remote(struct pair *pair, int i, bool dtls_client, struct zv_str fingerprint)
{
    struct zv_peer_local local;
    zv_peer_local(pair->ends[!i].peer, &local);
    const struct zv_peer_web_remote remote = {
        .ufrag = local.ufrag,
        .pwd = local.pwd,
        .fingerprint = fingerprint.len ? fingerprint : local.fingerprint,
        .dtls_client = dtls_client,
    };
    return zv_peer_set_web_remote(pair->ends[i].peer, &remote, pair->now_us);
}

static struct pair open_web_pair(void)
{
    struct pair pair = new_pair();
    open_web_end(&pair.ends[0], false, "203.0.113.1:9000");
    open_web_end(&pair.ends[1], true, "198.51.100.7:50000");
    struct zv_peer *client = pair.ends[1].peer;
    assert_int_equal(zv_peer_add_local(client, &pair.ends[1].addr, pair.now_us), 0);
    assert_int_equal(zv_peer_add_candidate(client, &pair.ends[0].addr, 1, pair.now_us), 0);
    return pair;
}

static void start_web(struct pair *pair, bool gateway_is_dtls_client)
{
    const struct zv_str same = {0};
    assert_int_equal(set_web_remote(pair, 0, gateway_is_dtls_client, same), 0);
    assert_int_equal(set_web_remote(pair, 1, !gateway_is_dtls_client, same), 0);
    run_until(pair, pair->now_us + ZV_SECONDS(3));
}

static struct pair connected_web_pair(void)
{
    struct pair pair = open_web_pair();
    start_web(&pair, false);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pair.ends[i].seen[ZV_PEER_EVENT_DTLS_CONNECTED], 1);
    return pair;
}

static void a_client_connects_and_media_flows_both_ways(void **state)
{
    (void)state;
    struct pair pair = connected_web_pair();
    for (int i = 0; i < 2; i++) {
        struct end *end = &pair.ends[i];
        assert_int_equal(end->seen[ZV_PEER_EVENT_ICE_VALIDATED], 1);
        assert_int_equal(end->seen[ZV_PEER_EVENT_ICE_NOMINATED], 1);
        assert_true(
            zv_addr_eq(&end->last[ZV_PEER_EVENT_ICE_NOMINATED].remote, &pair.ends[!i].addr));
        uint16_t profile = end->last[ZV_PEER_EVENT_DTLS_CONNECTED].profile;
        assert_true(profile == 7 || profile == 8);
    }
    for (int i = 0; i < 100; i++) {
        assert_int_equal(relay(&pair, 0, OPUS), ZV_PEER_PACKET);
        assert_int_equal(relay(&pair, 1, OPUS), ZV_PEER_PACKET);
        assert_int_equal(pair.ends[0].packet.len, ZV_RTP_HEADER_BYTES + PAYLOAD);
        assert_int_equal(pair.ends[0].packet.data[ZV_RTP_HEADER_BYTES], 0x55);
    }
    close_pair(&pair);
}

static void the_gateway_may_be_the_dtls_client(void **state)
{
    (void)state;
    struct pair pair = open_web_pair();
    start_web(&pair, true);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pair.ends[i].seen[ZV_PEER_EVENT_DTLS_CONNECTED], 1);
    assert_int_equal(relay(&pair, 0, OPUS), ZV_PEER_PACKET);
    assert_int_equal(relay(&pair, 1, OPUS), ZV_PEER_PACKET);
    close_pair(&pair);
}

static void a_handshake_may_begin_before_the_answer_is_known(void **state)
{
    (void)state;
    struct pair pair = open_web_pair();
    const struct zv_str same = {0};
    assert_int_equal(set_web_remote(&pair, 1, true, same), 0);
    run_until(&pair, pair.now_us + ZV_MS(50));
    assert_int_equal(pair.ends[0].seen[ZV_PEER_EVENT_ICE_VALIDATED], 1);
    assert_int_equal(set_web_remote(&pair, 0, false, same), 0);
    run_until(&pair, pair.now_us + ZV_SECONDS(2));
    assert_int_equal(pair.ends[0].seen[ZV_PEER_EVENT_DTLS_CONNECTED], 1);
    assert_int_equal(relay(&pair, 1, OPUS), ZV_PEER_PACKET);
    close_pair(&pair);
}

static void a_client_whose_checks_come_late_has_the_whole_time_for_its_handshake(void **state)
{
    (void)state;
    struct pair pair = open_web_pair();
    const struct zv_str same = {0};
    assert_int_equal(set_web_remote(&pair, 0, false, same), 0);
    run_until(&pair, pair.now_us + ZV_SECONDS(20));
    assert_int_equal(pair.ends[0].seen[ZV_PEER_EVENT_DTLS_FAILED], 0);
    assert_int_equal(set_web_remote(&pair, 1, true, same), 0);
    run_until(&pair, pair.now_us + ZV_SECONDS(2));
    assert_int_equal(pair.ends[0].seen[ZV_PEER_EVENT_DTLS_CONNECTED], 1);
    close_pair(&pair);
}

static void a_wrong_fingerprint_fails_and_no_media_passes(void **state)
{
    (void)state;
    struct pair pair = open_web_pair();
    struct zv_dgram out;
    const struct zv_str other =
        ZV_STR_LIT("sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"
                   "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF");
    const struct zv_str same = {0};
    assert_int_equal(set_web_remote(&pair, 0, false, other), 0);
    assert_int_equal(set_web_remote(&pair, 1, true, same), 0);
    run_until(&pair, pair.now_us + ZV_SECONDS(20));
    assert_int_equal(pair.ends[0].seen[ZV_PEER_EVENT_DTLS_FAILED], 1);
    assert_string_equal(pair.ends[0].last[ZV_PEER_EVENT_DTLS_FAILED].reason,
                        zv_dtls_failure_name(ZV_DTLS_FAIL_FINGERPRINT_MISMATCH));
    uint64_t before = dropped(&pair.ends[0], ZV_PEER_DROP_NO_KEYS);
    assert_int_equal(send_rtp(&pair, 0, OPUS, &out), ZV_PEER_DROP);
    assert_int_equal(send_rtp(&pair, 1, OPUS, &out), ZV_PEER_PACKET); /* it was not deceived */
    assert_int_equal(deliver(&pair, 0, &out), ZV_PEER_DROP);
    assert_int_equal(dropped(&pair.ends[0], ZV_PEER_DROP_NO_KEYS), before + 2);
    close_pair(&pair);
}

static void weak_or_broken_fingerprints_are_refused(void **state)
{
    (void)state;
    struct pair pair = open_web_pair();
    assert_int_equal(set_web_remote(&pair, 0, false, ZV_STR_LIT("md5 00:11")), ZV_E_UNSUPPORTED);
    assert_int_equal(set_web_remote(&pair, 0, false, ZV_STR_LIT("sha-256 00:1")), ZV_E_PARSE);
    close_pair(&pair);
}

static void media_and_dtls_of_a_source_without_a_check_are_dropped(void **state)
{
    (void)state;
    struct pair pair = connected_web_pair();
    struct zv_dgram out;
    uint8_t hello[60] = {22, 0xfe, 0xff};
    assert_int_equal(send_rtp(&pair, 1, OPUS, &out), ZV_PEER_PACKET);
    out.local = addr("203.0.113.66:6666");
    assert_int_equal(deliver(&pair, 0, &out), ZV_PEER_DROP);
    out.data = hello;
    out.len = sizeof(hello);
    assert_int_equal(deliver(&pair, 0, &out), ZV_PEER_DROP);
    assert_int_equal(dropped(&pair.ends[0], ZV_PEER_DROP_UNVALIDATED), 2);
    assert_false(zv_peer_poll_dgram(pair.ends[0].peer, &out));
    close_pair(&pair);
}

static void a_replayed_and_a_forged_packet_are_dropped_and_change_nothing(void **state)
{
    (void)state;
    struct pair pair = connected_web_pair();
    struct zv_dgram out;
    assert_int_equal(send_rtp(&pair, 1, OPUS, &out), ZV_PEER_PACKET);
    assert_int_equal(deliver(&pair, 0, &out), ZV_PEER_PACKET);
    assert_int_equal(deliver(&pair, 0, &out), ZV_PEER_DROP);
    assert_int_equal(dropped(&pair.ends[0], ZV_PEER_DROP_REPLAY), 1);
    assert_int_equal(send_rtp(&pair, 1, OPUS, &out), ZV_PEER_PACKET);
    out.data[20] ^= 1;
    assert_int_equal(deliver(&pair, 0, &out), ZV_PEER_DROP);
    out.data[20] ^= 1;
    assert_int_equal(deliver(&pair, 0, &out), ZV_PEER_PACKET);
    assert_int_equal(dropped(&pair.ends[0], ZV_PEER_DROP_AUTH), 1);
    close_pair(&pair);
}

static void without_consent_nothing_is_sent_and_with_it_again(void **state)
{
    (void)state;
    struct pair pair = connected_web_pair();
    struct zv_dgram out;
    pair.is_cut[1] = true;
    run_until(&pair, pair.now_us + ZV_SECONDS(35));
    assert_int_equal(pair.ends[0].seen[ZV_PEER_EVENT_CONSENT_LOST], 1);
    assert_int_equal(pair.ends[0].seen[ZV_PEER_EVENT_SILENT], 1);
    assert_int_equal(send_rtp(&pair, 0, OPUS, &out), ZV_PEER_DROP);
    assert_int_equal(dropped(&pair.ends[0], ZV_PEER_DROP_NO_CONSENT), 1);
    int control = pair.control[0];
    run_until(&pair, pair.now_us + ZV_SECONDS(60));
    assert_int_equal(pair.control[0], control); /* no report either */
    pair.is_cut[1] = false;
    run_until(&pair, pair.now_us + ZV_SECONDS(60));
    assert_int_equal(pair.ends[0].seen[ZV_PEER_EVENT_CONSENT_BACK], 1);
    assert_int_equal(relay(&pair, 0, OPUS), ZV_PEER_PACKET);
    close_pair(&pair);
}

static void an_ice_restart_keeps_keys_and_media(void **state)
{
    (void)state;
    struct pair pair = connected_web_pair();
    struct zv_peer_local before, after;
    const struct zv_str same = {0};
    char old_ufrag[64];
    zv_peer_local(pair.ends[0].peer, &before);
    assert_int_equal(zv_str_copy(before.ufrag, old_ufrag, sizeof(old_ufrag)), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(zv_peer_restart_ice(pair.ends[i].peer, pair.now_us), 0);
    zv_peer_local(pair.ends[0].peer, &after);
    assert_false(zv_str_is(after.ufrag, old_ufrag));
    assert_int_equal(relay(&pair, 0, OPUS), ZV_PEER_PACKET);
    assert_int_equal(set_web_remote(&pair, 0, false, same), 0);
    assert_int_equal(set_web_remote(&pair, 1, true, same), 0);
    assert_int_equal(zv_peer_add_candidate(pair.ends[1].peer, &pair.ends[0].addr, 1, pair.now_us),
                     0);
    run_until(&pair, pair.now_us + ZV_SECONDS(3));
    assert_int_equal(pair.ends[0].seen[ZV_PEER_EVENT_ICE_RESTARTED], 1);
    assert_int_equal(pair.ends[0].seen[ZV_PEER_EVENT_DTLS_CONNECTED], 1);
    assert_int_equal(relay(&pair, 0, OPUS), ZV_PEER_PACKET);
    assert_int_equal(relay(&pair, 1, OPUS), ZV_PEER_PACKET);
    close_pair(&pair);
}

static void reports_are_exchanged_encrypted_and_give_a_round_trip(void **state)
{
    (void)state;
    struct pair pair = connected_web_pair();
    struct zv_peer_counters counters;
    for (int i = 0; i < 1500; i++) {
        relay(&pair, 0, OPUS);
        relay(&pair, 1, OPUS);
        run_until(&pair, pair.now_us);
    }
    for (int i = 0; i < 2; i++) {
        zv_peer_counters(pair.ends[i].peer, &counters);
        assert_true(counters.rx_rtcp >= 2);
        assert_true(counters.tx_rtcp >= 2);
        assert_int_equal(counters.remote_lost, 0);
        assert_int_equal(counters.lost, 0);
        assert_int_equal(counters.rx_packets, 1500);
        assert_int_equal(counters.rx_dropped, 0);
    }
    close_pair(&pair);
}

static void goodbye_of_a_web_leg_is_heard_by_the_other(void **state)
{
    (void)state;
    struct pair pair = connected_web_pair();
    relay(&pair, 0, OPUS);
    relay(&pair, 1, OPUS);
    zv_peer_close(pair.ends[1].peer, pair.now_us);
    settle(&pair);
    assert_int_equal(pair.ends[0].seen[ZV_PEER_EVENT_RTCP_BYE], 1);
    close_pair(&pair);
}

/* ---- Both ---- */

/* Noise, and noise that begins like something real. */
static void garbage_is_dropped_and_counted_whatever_it_looks_like(void **state)
{
    (void)state;
    struct pair web = connected_web_pair(), rtp = open_rtp_pair(NULL, false);
    static const uint8_t first[] = {0x00, 0x01, 0x14, 0x16, 0x17, 0x3f, 0x40, 0x80, 0x90, 0xbf};
    uint8_t bytes[300];
    for (int i = 0; i < 20000; i++) {
        struct pair *pair = i % 2 ? &web : &rtp;
        zv_rand_fill(&rand_source, bytes, sizeof(bytes));
        bytes[0] = first[(size_t)i / 2 % sizeof(first)];
        if (i % 3 == 0)
            bytes[1] = (uint8_t)(200 + i % 8);
        struct zv_dgram out = {.data = bytes,
                               .len = 1 + zv_rand_u32(&rand_source) % sizeof(bytes),
                               .local = pair->ends[1].addr,
                               .remote = pair->ends[0].addr};
        deliver(pair, 0, &out);
        drain(pair, 0);
    }
    struct zv_peer_counters counters;
    zv_peer_counters(web.ends[0].peer, &counters);
    assert_true(counters.rx_dropped > 1000);
    assert_int_equal(counters.rx_packets, 0);
    assert_int_equal(relay(&web, 1, OPUS), ZV_PEER_PACKET);
    close_pair(&web);
    close_pair(&rtp);
}

static void settings_for_the_other_kind_are_refused(void **state)
{
    (void)state;
    struct pair web = open_web_pair(), rtp = open_rtp_pair(NULL, false);
    struct zv_peer_rtp_remote rtp_remote = {.rtp = web.ends[0].addr};
    struct zv_peer_web_remote web_remote = {
        .ufrag = zv_str("user"), .pwd = zv_str("password"), .fingerprint = zv_str("sha-256 00")};
    assert_int_equal(zv_peer_set_rtp_remote(web.ends[0].peer, &rtp_remote, 0), ZV_E_INVAL);
    assert_int_equal(zv_peer_set_web_remote(rtp.ends[0].peer, &web_remote, 0), ZV_E_INVAL);
    assert_int_equal(zv_peer_restart_ice(rtp.ends[0].peer, 0), ZV_E_INVAL);
    assert_int_equal(zv_peer_add_local(rtp.ends[0].peer, &web.ends[0].addr, 0), ZV_E_INVAL);
    close_pair(&web);
    close_pair(&rtp);
}

static void every_allocation_may_fail_without_a_leak(void **state)
{
    (void)state;
    const struct zv_peer_cfg cfg = {
        .kind = ZV_PEER_WEB, .rand = &rand_source, .dtls_ctx = dtls_ctx};
    int64_t live = zv_alloc_live();
    int failures = 0, err;
    do {
        struct zv_peer *peer = NULL;
        zv_alloc_fail_after(failures);
        err = zv_peer_new(&peer, &cfg, 0);
        zv_alloc_fail_after(-1);
        failures += err != 0;
        if (err)
            assert_null(peer);
        zv_peer_free(peer);
        assert_int_equal(zv_alloc_live(), live);
    } while (err && failures < 100);
    assert_in_range(failures, 3, 50);
}

static void names_and_the_dump_tell_no_keys(void **state)
{
    (void)state;
    struct pair pair = connected_web_pair();
    struct zv_peer_local local;
    char text[512], pwd[300], tiny[8];
    zv_peer_local(pair.ends[0].peer, &local);
    assert_int_equal(zv_str_copy(local.pwd, pwd, sizeof(pwd)), 0);
    size_t len = zv_peer_dump(pair.ends[0].peer, text, sizeof(text));
    assert_int_equal(len, strlen(text));
    assert_non_null(strstr(text, "web remote=198.51.100.7:50000"));
    assert_null(strstr(text, pwd));
    assert_true(zv_peer_dump(pair.ends[0].peer, tiny, sizeof(tiny)) < sizeof(tiny));
    assert_string_equal(zv_peer_drop_name(ZV_PEER_DROP_SOURCE), "rejected_source");
    assert_string_equal(zv_peer_event_name(ZV_PEER_EVENT_LATCHED), "latched");
    close_pair(&pair);
}

static int set_up(void **state)
{
    (void)state;
    const struct zv_dtls_ctx_cfg cfg = {.now_unix_s = 1795406706};
    open_rand();
    return zv_dtls_ctx_new(&dtls_ctx, &cfg);
}

static int tear_down(void **state)
{
    (void)state;
    dtls_ctx = zv_dtls_ctx_unref(dtls_ctx);
    return 0;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_leaves_has_this_legs_ssrc_and_goes_on_in_sequence),
    cmocka_unit_test(header_extensions_and_csrcs_do_not_leave),
    cmocka_unit_test(before_the_remote_is_known_nothing_comes_in_or_goes_out),
    cmocka_unit_test(a_remote_without_address_or_port_wants_no_media),
    cmocka_unit_test(unknown_payload_types_are_counted_and_dropped_both_ways),
    cmocka_unit_test(a_bad_codec_list_is_refused_and_the_old_one_stays),
    cmocka_unit_test(a_stranger_is_rejected_and_remembered_and_a_new_description_starts_anew),
    cmocka_unit_test(a_strict_leg_takes_the_announced_port_only),
    cmocka_unit_test(duplicates_are_dropped_and_losses_counted),
    cmocka_unit_test(reports_go_to_the_rtcp_port_and_muxed_ones_to_the_rtp_port),
    cmocka_unit_test(a_report_alone_is_a_sign_of_life),
    cmocka_unit_test(what_the_other_end_reports_is_counted),
    cmocka_unit_test(silence_is_told_once_and_so_is_its_end),
    cmocka_unit_test(a_leg_that_never_hears_anything_is_silent_since_it_was_expected_to),
    cmocka_unit_test(opposite_events_that_nobody_fetched_cancel_each_other),
    cmocka_unit_test(a_closed_leg_says_goodbye_and_takes_nothing_more),
    cmocka_unit_test(a_client_connects_and_media_flows_both_ways),
    cmocka_unit_test(the_gateway_may_be_the_dtls_client),
    cmocka_unit_test(a_handshake_may_begin_before_the_answer_is_known),
    cmocka_unit_test(a_client_whose_checks_come_late_has_the_whole_time_for_its_handshake),
    cmocka_unit_test(a_wrong_fingerprint_fails_and_no_media_passes),
    cmocka_unit_test(weak_or_broken_fingerprints_are_refused),
    cmocka_unit_test(media_and_dtls_of_a_source_without_a_check_are_dropped),
    cmocka_unit_test(a_replayed_and_a_forged_packet_are_dropped_and_change_nothing),
    cmocka_unit_test(without_consent_nothing_is_sent_and_with_it_again),
    cmocka_unit_test(an_ice_restart_keeps_keys_and_media),
    cmocka_unit_test(reports_are_exchanged_encrypted_and_give_a_round_trip),
    cmocka_unit_test(goodbye_of_a_web_leg_is_heard_by_the_other),
    cmocka_unit_test(garbage_is_dropped_and_counted_whatever_it_looks_like),
    cmocka_unit_test(settings_for_the_other_kind_are_refused),
    cmocka_unit_test(every_allocation_may_fail_without_a_leak),
    cmocka_unit_test(names_and_the_dump_tell_no_keys),
};

int main(void)
{
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
