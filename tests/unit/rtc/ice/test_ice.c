/* The ICE machine, request by request: who is answered, what a check validates, nominates, keeps.
 */
#include "support/test.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "rtc/ice/ice.h"
#include "rtc/stun/stun.h"

#include <stdio.h>
#include <string.h>

#define NOW ZV_SECONDS(100)

enum { NO_FINGERPRINT = 1, NO_INTEGRITY = 2, USE_CANDIDATE = 4, CONTROLLED = 8, UNKNOWN_ATTR = 16 };

static struct zv_rand_seeded seeded;

static struct zv_ice *make_lite(void)
{
    struct zv_ice *ice = NULL;
    seeded.state = 1;
    struct zv_ice_cfg cfg = {.role = ZV_ICE_LITE, .rand = zv_rand_seeded_source(&seeded)};
    assert_int_equal(zv_ice_new(&ice, &cfg), 0);
    return ice;
}

static struct zv_addr addr_of(const char *text)
{
    struct zv_addr addr = {0};
    assert_int_equal(zv_addr_parse(zv_str(text), &addr), 0);
    return addr;
}

/* Everything that one input caused. */
struct outcome {
    enum zv_ice_verdict verdict;
    size_t counts[ZV_ICE_OUT_FAILED + 1];
    struct zv_ice_pair nominated;
    struct zv_ice_pair invalidated;
    uint8_t sent[700];
    size_t sent_len;
    struct zv_addr sent_to;
};

static void drain(struct zv_ice *ice, struct outcome *outcome)
{
    struct zv_ice_out out;
    while (zv_ice_poll(ice, &out) != ZV_ICE_OUT_NONE) {
        outcome->counts[out.kind]++;
        if (out.kind == ZV_ICE_OUT_NOMINATED)
            outcome->nominated = out.pair;
        if (out.kind == ZV_ICE_OUT_INVALIDATED)
            outcome->invalidated = out.pair;
        if (out.kind == ZV_ICE_OUT_SEND) {
            assert_true(out.dgram.len && out.dgram.len <= sizeof(outcome->sent));
            memcpy(outcome->sent, out.dgram.data, out.dgram.len);
            outcome->sent_len = out.dgram.len;
            outcome->sent_to = out.dgram.remote;
        }
    }
}

/* A Binding request as a browser makes it. */
struct request {
    struct zv_str ufrag; /* of the lite agent */
    struct zv_str pwd;
    const char *local; /* NULL: a default */
    const char *remote;
    unsigned flags;
    uint8_t tx; /* 0: the next number */
    int64_t at_us;
};

static struct request request_to(const struct zv_ice *ice, const char *remote, unsigned flags)
{
    return (struct request){.ufrag = zv_ice_local_ufrag(ice),
                            .pwd = zv_ice_local_pwd(ice),
                            .remote = remote,
                            .flags = flags,
                            .at_us = NOW};
}

static size_t write_request(const struct request *request, uint8_t *dst, size_t cap)
{
    static uint8_t number;
    uint8_t tx_id[ZV_STUN_TX_ID_BYTES] = {request->tx ? request->tx : 0,
                                          request->tx ? 0 : ++number};
    char username[128];
    snprintf(username, sizeof(username), "%.*s:them", ZV_STR_ARG(request->ufrag));
    struct zv_buf buf = zv_buf(dst, cap);
    zv_stun_write_header(&buf, ZV_STUN_REQUEST, ZV_STUN_BINDING, tx_id);
    zv_stun_write_attr(&buf, ZV_STUN_ATTR_USERNAME, username, strlen(username));
    zv_stun_write_attr(&buf, (enum zv_stun_attr)0xc057, "\0\1\0\12", 4);
    zv_stun_write_u64(
        &buf, request->flags & CONTROLLED ? ZV_STUN_ATTR_CONTROLLED : ZV_STUN_ATTR_CONTROLLING, 1);
    if (request->flags & USE_CANDIDATE)
        zv_stun_write_attr(&buf, ZV_STUN_ATTR_USE_CANDIDATE, NULL, 0);
    if (request->flags & UNKNOWN_ATTR)
        zv_stun_write_attr(&buf, (enum zv_stun_attr)0x7abc, "abc", 3);
    zv_stun_write_u32(&buf, ZV_STUN_ATTR_PRIORITY, 1853824767);
    if (!(request->flags & NO_INTEGRITY))
        zv_stun_write_integrity(&buf, request->pwd);
    if (!(request->flags & NO_FINGERPRINT))
        zv_stun_write_fingerprint(&buf);
    assert_false(buf.overflow);
    return buf.len;
}

static struct outcome send_request(struct zv_ice *ice, const struct request *request)
{
    uint8_t bytes[512];
    struct outcome outcome = {0};
    struct zv_dgram in = {
        .data = bytes,
        .len = write_request(request, bytes, sizeof(bytes)),
        .local = addr_of(request->local ? request->local : "192.0.2.1:4000"),
        .remote = addr_of(request->remote),
    };
    outcome.verdict = zv_ice_on_datagram(ice, &in, request->at_us);
    drain(ice, &outcome);
    return outcome;
}

static struct outcome check(struct zv_ice *ice, const char *remote, unsigned flags, int64_t at_us)
{
    struct request request = request_to(ice, remote, flags);
    request.at_us = at_us;
    return send_request(ice, &request);
}

static bool is_selected(const struct zv_ice *ice, const char *remote)
{
    struct zv_ice_pair pair;
    struct zv_addr addr = addr_of(remote);
    return zv_ice_selected(ice, &pair) && zv_addr_eq(&pair.remote, &addr);
}

static bool is_validated(const struct zv_ice *ice, const char *local, const char *remote)
{
    struct zv_addr ours = addr_of(local), theirs = addr_of(remote);
    return zv_ice_is_validated(ice, &ours, &theirs);
}

static void credentials_are_long_and_differ(void **state)
{
    (void)state;
    struct zv_ice *a = make_lite(), *b = NULL;
    struct zv_ice_cfg cfg = {.role = ZV_ICE_LITE, .rand = zv_rand_seeded_source(&seeded)};
    assert_int_equal(zv_ice_new(&b, &cfg), 0);
    assert_true(zv_ice_local_ufrag(a).len >= 8);
    assert_int_equal(zv_ice_local_pwd(a).len, 32);
    assert_false(zv_str_eq(zv_ice_local_ufrag(a), zv_ice_local_ufrag(b)));
    assert_false(zv_str_eq(zv_ice_local_pwd(a), zv_ice_local_pwd(b)));
    assert_int_equal(zv_ice_previous_ufrag(a).len, 0);
    assert_true(zv_ice_deadline_us(a) == ZV_TIME_NEVER);
    zv_ice_free(a);
    zv_ice_free(b);
    assert_null(zv_ice_free(NULL));
}

static void one_authenticated_check_validates_its_pair_only(void **state)
{
    (void)state;
    struct zv_ice *ice = make_lite();
    struct outcome got = check(ice, "203.0.113.7:5000", 0, NOW);
    assert_int_equal(got.verdict, ZV_ICE_PASS);
    assert_int_equal(got.counts[ZV_ICE_OUT_SEND], 1);
    assert_int_equal(got.counts[ZV_ICE_OUT_VALIDATED], 1);
    assert_int_equal(got.counts[ZV_ICE_OUT_NOMINATED], 0);
    assert_true(is_validated(ice, "192.0.2.1:4000", "203.0.113.7:5000"));
    assert_false(is_validated(ice, "192.0.2.1:4000", "203.0.113.7:5001"));
    assert_false(is_validated(ice, "192.0.2.2:4000", "203.0.113.7:5000"));
    /* Usable for a DTLS reply although nothing is nominated yet. */
    assert_true(is_selected(ice, "203.0.113.7:5000"));
    assert_false(zv_ice_is_nominated(ice));
    assert_true(zv_ice_has_consent(ice));
    zv_ice_free(ice);
}

static void the_reply_is_signed_and_names_the_sender(void **state)
{
    (void)state;
    struct zv_ice *ice = make_lite();
    static const char *const remotes[] = {"203.0.113.7:5000", "[2001:db8::7]:5000"};
    for (size_t i = 0; i < 2; i++) {
        struct outcome got = check(ice, remotes[i], 0, NOW);
        struct zv_stun_msg msg;
        struct zv_addr remote = addr_of(remotes[i]);
        assert_int_equal(zv_stun_parse(got.sent, got.sent_len, &msg), 0);
        assert_int_equal(msg.cls, ZV_STUN_SUCCESS);
        assert_true(msg.has_fingerprint);
        assert_true(zv_addr_eq(&msg.mapped, &remote));
        assert_true(zv_addr_eq(&got.sent_to, &remote));
        assert_true(zv_stun_is_authentic(&msg, zv_ice_local_pwd(ice)));
    }
    zv_ice_free(ice);
}

static void strangers_get_no_reply(void **state)
{
    (void)state;
    struct zv_ice *ice = make_lite();
    struct request wrong_pwd = request_to(ice, "203.0.113.7:5000", USE_CANDIDATE);
    wrong_pwd.pwd = ZV_STR_LIT("00000000000000000000000000000000");
    struct request wrong_name = request_to(ice, "203.0.113.7:5000", USE_CANDIDATE);
    wrong_name.ufrag = ZV_STR_LIT("nobody");
    struct request prefix = request_to(ice, "203.0.113.7:5000", 0);
    prefix.ufrag.len--;
    struct request unsigned_one = request_to(ice, "203.0.113.7:5000", NO_INTEGRITY);
    struct request unprinted = request_to(ice, "203.0.113.7:5000", NO_FINGERPRINT);
    const struct request *requests[] = {&wrong_pwd, &wrong_name, &prefix, &unsigned_one,
                                        &unprinted};
    const enum zv_ice_verdict verdicts[] = {ZV_ICE_DROP_INTEGRITY, ZV_ICE_DROP_USERNAME,
                                            ZV_ICE_DROP_USERNAME, ZV_ICE_DROP_INTEGRITY,
                                            ZV_ICE_DROP_MALFORMED};
    for (size_t i = 0; i < ZV_ARRAY_LEN(requests); i++) {
        struct outcome got = send_request(ice, requests[i]);
        struct outcome nothing = {.verdict = verdicts[i]};
        assert_memory_equal(&got, &nothing, sizeof(got));
    }
    assert_false(is_validated(ice, "192.0.2.1:4000", "203.0.113.7:5000"));
    assert_int_equal(zv_ice_counters(ice)->verdicts[ZV_ICE_DROP_USERNAME], 2);
    assert_int_equal(zv_ice_counters(ice)->requests, 0);
    zv_ice_free(ice);
}

static void an_unknown_attribute_is_refused_with_its_name(void **state)
{
    (void)state;
    struct zv_ice *ice = make_lite();
    struct outcome got = check(ice, "203.0.113.7:5000", UNKNOWN_ATTR | USE_CANDIDATE, NOW);
    struct zv_stun_msg msg;
    assert_int_equal(got.verdict, ZV_ICE_REFUSED);
    assert_int_equal(zv_stun_parse(got.sent, got.sent_len, &msg), 0);
    assert_int_equal(msg.error_code, 420);
    assert_true(zv_stun_is_authentic(&msg, zv_ice_local_pwd(ice)));
    assert_false(is_validated(ice, "192.0.2.1:4000", "203.0.113.7:5000"));
    zv_ice_free(ice);
}

static void a_role_conflict_is_answered_487(void **state)
{
    (void)state;
    struct zv_ice *ice = make_lite();
    struct outcome got = check(ice, "203.0.113.7:5000", CONTROLLED, NOW);
    struct zv_stun_msg msg;
    assert_int_equal(got.verdict, ZV_ICE_REFUSED);
    assert_int_equal(zv_stun_parse(got.sent, got.sent_len, &msg), 0);
    assert_int_equal(msg.cls, ZV_STUN_ERROR);
    assert_int_equal(msg.error_code, 487);
    zv_ice_free(ice);
}

static void media_goes_to_the_pair_of_the_latest_use_candidate(void **state)
{
    (void)state;
    struct zv_ice *ice = make_lite();
    check(ice, "203.0.113.7:5000", 0, NOW);
    struct outcome got = check(ice, "203.0.113.7:6000", USE_CANDIDATE, NOW);
    assert_int_equal(got.counts[ZV_ICE_OUT_NOMINATED], 1);
    assert_true(is_selected(ice, "203.0.113.7:6000") && zv_ice_is_nominated(ice));
    got = check(ice, "203.0.113.7:6000", USE_CANDIDATE, NOW); /* the same pair: no event */
    assert_int_equal(got.counts[ZV_ICE_OUT_NOMINATED], 0);
    got = check(ice, "203.0.113.7:5000", 0, NOW); /* a check alone moves nothing */
    assert_int_equal(got.counts[ZV_ICE_OUT_NOMINATED], 0);
    got = check(ice, "203.0.113.7:5000", USE_CANDIDATE, NOW);
    assert_int_equal(got.counts[ZV_ICE_OUT_NOMINATED], 1);
    assert_true(is_selected(ice, "203.0.113.7:5000"));
    zv_ice_free(ice);
}

static void a_silent_nominated_pair_yields_to_one_that_is_checked(void **state)
{
    (void)state;
    struct zv_ice *ice = make_lite();
    check(ice, "203.0.113.7:5000", USE_CANDIDATE, NOW);
    check(ice, "203.0.113.7:6000", 0, NOW + ZV_ICE_SILENT_US);
    assert_true(is_selected(ice, "203.0.113.7:5000"));
    struct outcome got = check(ice, "203.0.113.7:6000", 0, NOW + ZV_ICE_SILENT_US + 1);
    assert_int_equal(got.counts[ZV_ICE_OUT_NOMINATED], 1);
    assert_true(is_selected(ice, "203.0.113.7:6000"));
    zv_ice_free(ice);
}

static void a_replayed_check_moves_nothing(void **state)
{
    (void)state;
    struct zv_ice *ice = make_lite();
    struct request request = request_to(ice, "203.0.113.7:5000", USE_CANDIDATE);
    request.tx = 42;
    send_request(ice, &request);
    struct request replayed = request;
    replayed.remote = "198.51.100.66:6666";
    struct outcome got = send_request(ice, &replayed);
    assert_int_equal(got.verdict, ZV_ICE_DROP_REPLAY);
    assert_int_equal(got.sent_len, 0);
    assert_false(is_validated(ice, "192.0.2.1:4000", "198.51.100.66:6666"));
    /* The client moves on; then its first check comes again, from where it was sent. */
    check(ice, "203.0.113.7:7000", USE_CANDIDATE, NOW + 1);
    request.at_us = NOW + ZV_SECONDS(20);
    got = send_request(ice, &request);
    assert_int_equal(got.counts[ZV_ICE_OUT_SEND], 1); /* as a retransmission it is answered */
    assert_int_equal(got.counts[ZV_ICE_OUT_NOMINATED], 0);
    assert_true(is_selected(ice, "203.0.113.7:7000"));
    assert_true(zv_ice_last_heard_us(ice) == NOW + 1);
    zv_ice_free(ice);
}

static void a_check_recorded_minutes_ago_moves_nothing(void **state)
{
    (void)state;
    struct zv_ice *ice = make_lite();
    struct request recorded = request_to(ice, "203.0.113.7:5000", USE_CANDIDATE);
    recorded.tx = 42;
    send_request(ice, &recorded);
    for (int i = 1; i <= 200; i++) /* a browser's checks of more than eight minutes */
        check(ice, "203.0.113.7:5000", USE_CANDIDATE, NOW + i * ZV_MS(2500));
    recorded.remote = "198.51.100.66:6666";
    recorded.at_us = NOW + 201 * ZV_MS(2500);
    assert_int_equal(send_request(ice, &recorded).verdict, ZV_ICE_DROP_REPLAY);
    assert_true(is_selected(ice, "203.0.113.7:5000"));
    zv_ice_free(ice);
}

static void the_number_of_pairs_is_bounded_and_the_selected_one_stays(void **state)
{
    (void)state;
    struct zv_ice *ice = make_lite();
    char remote[64];
    check(ice, "203.0.113.7:1", USE_CANDIDATE, NOW);
    for (unsigned i = 2; i <= ZV_ICE_MAX_VALIDATED; i++) {
        snprintf(remote, sizeof(remote), "203.0.113.7:%u", i);
        struct outcome got = check(ice, remote, 0, NOW + i);
        assert_int_equal(got.counts[ZV_ICE_OUT_INVALIDATED], 0);
    }
    check(ice, "203.0.113.7:2", 0, NOW + 50);
    struct outcome got = check(ice, "203.0.113.7:9", 0, NOW + 60);
    assert_int_equal(got.counts[ZV_ICE_OUT_INVALIDATED], 1);
    assert_int_equal(got.invalidated.remote.port, 3);
    assert_false(is_validated(ice, "192.0.2.1:4000", "203.0.113.7:3"));
    assert_true(is_validated(ice, "192.0.2.1:4000", "203.0.113.7:1"));
    assert_true(is_validated(ice, "192.0.2.1:4000", "203.0.113.7:9"));
    assert_int_equal(zv_ice_counters(ice)->evicted, 1);
    zv_ice_free(ice);
}

static void consent_ends_thirty_seconds_after_the_last_check_and_comes_back(void **state)
{
    (void)state;
    struct zv_ice *ice = make_lite();
    struct outcome got = {0};
    check(ice, "203.0.113.7:5000", USE_CANDIDATE, NOW);
    check(ice, "203.0.113.7:5000", 0, NOW + ZV_SECONDS(7));
    assert_true(zv_ice_deadline_us(ice) == NOW + ZV_SECONDS(37));
    zv_ice_on_timeout(ice, NOW + ZV_SECONDS(37) - 1);
    drain(ice, &got);
    assert_int_equal(got.counts[ZV_ICE_OUT_CONSENT_LOST], 0);
    zv_ice_on_timeout(ice, NOW + ZV_SECONDS(37));
    drain(ice, &got);
    assert_int_equal(got.counts[ZV_ICE_OUT_CONSENT_LOST], 1);
    assert_false(zv_ice_has_consent(ice));
    assert_true(zv_ice_deadline_us(ice) == ZV_TIME_NEVER);
    struct zv_ice_pair pair;
    assert_true(zv_ice_selected(ice, &pair)); /* the leg is lost, not gone */
    struct request forged = request_to(ice, "203.0.113.7:5000", 0);
    forged.pwd = ZV_STR_LIT("x");
    send_request(ice, &forged);
    assert_false(zv_ice_has_consent(ice));
    got = check(ice, "203.0.113.7:5000", 0, NOW + ZV_SECONDS(60));
    assert_int_equal(got.counts[ZV_ICE_OUT_CONSENT_BACK], 1);
    assert_true(zv_ice_has_consent(ice));
    zv_ice_free(ice);
}

static void a_restart_accepts_both_credentials_until_the_new_ones_nominate(void **state)
{
    (void)state;
    struct zv_ice *ice = make_lite();
    char ufrag[64], pwd[64];
    struct request old = request_to(ice, "203.0.113.7:5000", USE_CANDIDATE);
    assert_int_equal(zv_str_copy(old.ufrag, ufrag, sizeof(ufrag)), 0);
    assert_int_equal(zv_str_copy(old.pwd, pwd, sizeof(pwd)), 0);
    old.ufrag = zv_str(ufrag);
    old.pwd = zv_str(pwd);
    send_request(ice, &old);
    zv_ice_restart(ice, NOW);
    assert_true(zv_str_is(zv_ice_previous_ufrag(ice), ufrag));
    assert_false(zv_str_is(zv_ice_local_ufrag(ice), ufrag));
    assert_true(is_selected(ice, "203.0.113.7:5000")); /* media goes on */
    assert_int_equal(send_request(ice, &old).verdict, ZV_ICE_PASS);
    struct outcome got = check(ice, "203.0.113.7:6000", 0, NOW);
    assert_int_equal(got.counts[ZV_ICE_OUT_RESTARTED], 0);
    assert_int_equal(send_request(ice, &old).verdict, ZV_ICE_PASS);
    got = check(ice, "203.0.113.7:6000", USE_CANDIDATE, NOW);
    assert_int_equal(got.counts[ZV_ICE_OUT_RESTARTED], 1);
    assert_int_equal(got.counts[ZV_ICE_OUT_NOMINATED], 1);
    assert_int_equal(got.counts[ZV_ICE_OUT_INVALIDATED], 1);
    assert_int_equal(got.invalidated.remote.port, 5000);
    assert_int_equal(zv_ice_previous_ufrag(ice).len, 0);
    assert_int_equal(send_request(ice, &old).verdict, ZV_ICE_DROP_USERNAME);
    assert_true(is_selected(ice, "203.0.113.7:6000"));
    zv_ice_free(ice);
}

static void after_a_restart_a_path_that_was_left_yields_without_a_nomination(void **state)
{
    (void)state;
    struct zv_ice *ice = make_lite();
    check(ice, "203.0.113.7:5000", USE_CANDIDATE, NOW);
    zv_ice_restart(ice, NOW);
    struct outcome got = check(ice, "203.0.113.7:6000", 0, NOW + ZV_ICE_LEFT_US);
    assert_int_equal(got.counts[ZV_ICE_OUT_NOMINATED], 0);
    assert_true(is_selected(ice, "203.0.113.7:5000"));
    got = check(ice, "203.0.113.7:6000", 0, NOW + ZV_ICE_LEFT_US + 1);
    assert_int_equal(got.counts[ZV_ICE_OUT_NOMINATED], 1);
    assert_int_equal(got.counts[ZV_ICE_OUT_RESTARTED], 1);
    assert_true(is_selected(ice, "203.0.113.7:6000"));
    /* Under the same credentials it takes longer again. */
    got = check(ice, "203.0.113.7:7000", 0, NOW + 3 * ZV_ICE_LEFT_US);
    assert_int_equal(got.counts[ZV_ICE_OUT_NOMINATED], 0);
    zv_ice_free(ice);
}

static void a_second_restart_keeps_the_credentials_in_use(void **state)
{
    (void)state;
    struct zv_ice *ice = make_lite();
    char ufrag[64];
    assert_int_equal(zv_str_copy(zv_ice_local_ufrag(ice), ufrag, sizeof(ufrag)), 0);
    check(ice, "203.0.113.7:5000", USE_CANDIDATE, NOW);
    zv_ice_restart(ice, NOW);
    zv_ice_restart(ice, NOW);
    assert_true(zv_str_is(zv_ice_previous_ufrag(ice), ufrag));
    struct outcome got = check(ice, "203.0.113.7:5000", USE_CANDIDATE, NOW);
    assert_int_equal(got.counts[ZV_ICE_OUT_RESTARTED], 1);
    assert_int_equal(got.counts[ZV_ICE_OUT_NOMINATED], 0); /* the pair is the same */
    zv_ice_free(ice);
}

static void the_ufrag_of_a_request_is_found_without_authentication(void **state)
{
    (void)state;
    struct zv_ice *ice = make_lite();
    uint8_t bytes[512];
    struct zv_str ufrag = {0};
    struct request request = request_to(ice, "203.0.113.7:5000", NO_INTEGRITY);
    size_t len = write_request(&request, bytes, sizeof(bytes));
    assert_int_equal(zv_ice_ufrag_of(bytes, len, &ufrag), 0);
    assert_true(zv_str_eq(ufrag, zv_ice_local_ufrag(ice)));
    assert_int_equal(zv_ice_ufrag_of(bytes, len - 4, &ufrag), ZV_E_PARSE);
    struct outcome got = check(ice, "203.0.113.7:5000", 0, NOW);
    assert_int_equal(zv_ice_ufrag_of(got.sent, got.sent_len, &ufrag), ZV_E_PARSE); /* a response */
    request.ufrag = ZV_STR_LIT("");
    len = write_request(&request, bytes, sizeof(bytes));
    assert_int_equal(zv_ice_ufrag_of(bytes, len, &ufrag), ZV_E_PARSE);
    zv_ice_free(ice);
}

static void a_lite_agent_sends_nothing_unasked(void **state)
{
    (void)state;
    struct zv_ice *ice = make_lite();
    struct outcome got = {0};
    struct zv_addr remote = addr_of("203.0.113.9:9");
    assert_int_equal(zv_ice_set_remote(ice, zv_str("abcd"), zv_str("secret"), NOW), 0);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(zv_ice_add_candidate(ice, &remote, 1, NOW), 0);
    for (int64_t at_us = NOW; at_us < NOW + ZV_SECONDS(60); at_us += ZV_MS(100)) {
        zv_ice_on_timeout(ice, at_us);
        drain(ice, &got);
    }
    assert_int_equal(got.sent_len, 0);
    zv_ice_free(ice);
}

static void the_dump_is_text_without_the_password(void **state)
{
    (void)state;
    struct zv_ice *ice = make_lite();
    char text[1024], small[16];
    check(ice, "203.0.113.7:5000", USE_CANDIDATE, NOW);
    size_t len = zv_ice_dump(ice, text, sizeof(text));
    assert_int_equal(len, strlen(text));
    assert_non_null(strstr(text, "203.0.113.7:5000"));
    assert_null(strstr(text, zv_ice_local_pwd(ice).p));
    assert_true(zv_ice_dump(ice, small, sizeof(small)) < sizeof(small));
    assert_int_equal(zv_ice_dump(ice, small, 0), 0);
    zv_ice_free(ice);
}

static void without_memory_nothing_is_made_and_nothing_leaks(void **state)
{
    (void)state;
    struct zv_addr local = addr_of("10.0.0.1:1000");
    int64_t live = zv_alloc_live();
    for (int role = ZV_ICE_LITE; role <= ZV_ICE_CONTROLLING; role++) {
        struct zv_ice_cfg cfg = {.role = (enum zv_ice_role)role,
                                 .rand = zv_rand_seeded_source(&seeded),
                                 .locals = &local,
                                 .local_count = 1};
        struct zv_ice *ice = NULL;
        int err = ZV_E_NOMEM;
        int64_t step = 0;
        for (; err; step++) {
            zv_alloc_fail_after(step);
            err = zv_ice_new(&ice, &cfg);
            if (err) {
                assert_int_equal(err, ZV_E_NOMEM);
                assert_null(ice);
                assert_true(zv_alloc_live() == live);
            }
        }
        zv_alloc_fail_after(-1);
        assert_int_equal(step, role == ZV_ICE_LITE ? 2 : 3);
        zv_ice_free(ice);
        assert_true(zv_alloc_live() == live);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(credentials_are_long_and_differ),
    cmocka_unit_test(one_authenticated_check_validates_its_pair_only),
    cmocka_unit_test(the_reply_is_signed_and_names_the_sender),
    cmocka_unit_test(strangers_get_no_reply),
    cmocka_unit_test(an_unknown_attribute_is_refused_with_its_name),
    cmocka_unit_test(a_role_conflict_is_answered_487),
    cmocka_unit_test(media_goes_to_the_pair_of_the_latest_use_candidate),
    cmocka_unit_test(a_silent_nominated_pair_yields_to_one_that_is_checked),
    cmocka_unit_test(a_replayed_check_moves_nothing),
    cmocka_unit_test(a_check_recorded_minutes_ago_moves_nothing),
    cmocka_unit_test(the_number_of_pairs_is_bounded_and_the_selected_one_stays),
    cmocka_unit_test(consent_ends_thirty_seconds_after_the_last_check_and_comes_back),
    cmocka_unit_test(a_restart_accepts_both_credentials_until_the_new_ones_nominate),
    cmocka_unit_test(after_a_restart_a_path_that_was_left_yields_without_a_nomination),
    cmocka_unit_test(a_second_restart_keeps_the_credentials_in_use),
    cmocka_unit_test(the_ufrag_of_a_request_is_found_without_authentication),
    cmocka_unit_test(a_lite_agent_sends_nothing_unasked),
    cmocka_unit_test(the_dump_is_text_without_the_password),
    cmocka_unit_test(without_memory_nothing_is_made_and_nothing_leaks),
};
ZV_TEST_MAIN(tests)
