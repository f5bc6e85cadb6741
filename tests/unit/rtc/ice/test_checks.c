/* The controlling agent, check by check: pacing, retransmission, which responses count. */
#include "support/test.h"

#include "base/buf.h"
#include "base/err.h"
#include "rtc/ice/ice.h"
#include "rtc/stun/stun.h"

#include <string.h>

#define NOW      ZV_SECONDS(100)
#define UFRAG    "gate"
#define PASSWORD "the password of the gateway 0123"

static struct zv_rand_seeded seeded;

/* A request that the agent sent. */
struct request {
    uint8_t bytes[700];
    struct zv_stun_msg msg;
    struct zv_ice_pair pair;
};

struct agent {
    struct zv_ice *ice;
    int64_t now_us;
    size_t counts[ZV_ICE_OUT_FAILED + 1];
    struct request sent[64]; /* since the last input */
    size_t sent_count;
};

static struct zv_addr addr_of(const char *text)
{
    struct zv_addr addr = {0};
    assert_int_equal(zv_addr_parse(zv_str(text), &addr), 0);
    return addr;
}

static void drain(struct agent *agent)
{
    struct zv_ice_out out;
    agent->sent_count = 0;
    while (zv_ice_poll(agent->ice, &out) != ZV_ICE_OUT_NONE) {
        agent->counts[out.kind]++;
        if (out.kind != ZV_ICE_OUT_SEND)
            continue;
        assert_true(agent->sent_count < ZV_ARRAY_LEN(agent->sent));
        struct request *request = &agent->sent[agent->sent_count++];
        memcpy(request->bytes, out.dgram.data, out.dgram.len);
        assert_int_equal(zv_stun_parse(request->bytes, out.dgram.len, &request->msg), 0);
        request->pair = (struct zv_ice_pair){out.dgram.local, out.dgram.remote};
    }
}

static void open_agent(struct agent *agent, const char *const *locals, size_t count)
{
    struct zv_addr addrs[ZV_ICE_MAX_LOCALS];
    for (size_t i = 0; i < count; i++)
        addrs[i] = addr_of(locals[i]);
    seeded.state = 9;
    struct zv_ice_cfg cfg = {.role = ZV_ICE_CONTROLLING,
                             .rand = zv_rand_seeded_source(&seeded),
                             .locals = addrs,
                             .local_count = count};
    *agent = (struct agent){.now_us = NOW};
    assert_int_equal(zv_ice_new(&agent->ice, &cfg), 0);
}

static void tell_remote(struct agent *agent, const char *const *remotes, size_t count)
{
    assert_int_equal(zv_ice_set_remote(agent->ice, zv_str(UFRAG), zv_str(PASSWORD), agent->now_us),
                     0);
    for (size_t i = 0; i < count; i++) {
        struct zv_addr remote = addr_of(remotes[i]);
        assert_int_equal(
            zv_ice_add_candidate(agent->ice, &remote, 1000 - (uint32_t)i, agent->now_us), 0);
    }
}

/* Lets time pass up to the agent's deadline. */
static void tick(struct agent *agent)
{
    int64_t deadline_us = zv_ice_deadline_us(agent->ice);
    assert_true(deadline_us != ZV_TIME_NEVER);
    agent->now_us = deadline_us > agent->now_us ? deadline_us : agent->now_us;
    zv_ice_on_timeout(agent->ice, agent->now_us);
    drain(agent);
}

struct response {
    enum zv_stun_class cls;
    const char *password;
    struct zv_ice_pair pair;
};

static enum zv_ice_verdict respond(struct agent *agent, const struct request *request,
                                   const struct response *response)
{
    uint8_t bytes[256];
    struct zv_buf buf = zv_buf(bytes, sizeof(bytes));
    zv_stun_write_header(&buf, response->cls, ZV_STUN_BINDING, request->msg.tx_id);
    if (response->cls == ZV_STUN_ERROR)
        zv_stun_write_error(&buf, 487, "Role Conflict");
    else
        zv_stun_write_mapped(&buf, &request->pair.local);
    zv_stun_write_integrity(&buf, zv_str(response->password));
    zv_stun_write_fingerprint(&buf);
    struct zv_dgram in = {bytes, buf.len, response->pair.local, response->pair.remote};
    enum zv_ice_verdict verdict = zv_ice_on_datagram(agent->ice, &in, agent->now_us);
    drain(agent);
    return verdict;
}

static enum zv_ice_verdict accept_check(struct agent *agent, const struct request *request)
{
    struct response response = {ZV_STUN_SUCCESS, PASSWORD, request->pair};
    struct request copy = *request; /* draining overwrites the list that it may be in */
    copy.msg.tx_id = copy.bytes + 8;
    return respond(agent, &copy, &response);
}

static const char *const local[] = {"10.0.0.2:5000", "10.7.0.2:5000"};
static const char *const remote[] = {"192.0.2.1:4000", "192.0.2.2:4000"};

/* One local and one remote address, nominated. */
static void open_nominated(struct agent *agent)
{
    open_agent(agent, local, 1);
    tell_remote(agent, remote, 1);
    tick(agent);
    assert_int_equal(accept_check(agent, &agent->sent[0]), ZV_ICE_PASS);
    assert_int_equal(accept_check(agent, &agent->sent[0]), ZV_ICE_PASS);
    assert_true(zv_ice_is_nominated(agent->ice));
}

static void a_check_carries_what_the_rfc_asks_for(void **state)
{
    (void)state;
    struct agent agent;
    open_agent(&agent, local, 1);
    tell_remote(&agent, remote, 1);
    tick(&agent);
    assert_int_equal(agent.sent_count, 1);
    const struct zv_stun_msg *msg = &agent.sent[0].msg;
    assert_true(zv_stun_is_authentic(msg, zv_str(PASSWORD)));
    assert_true(zv_str_has_prefix(msg->username, UFRAG ":"));
    assert_true(zv_str_eq(zv_str_tail(msg->username, 5), zv_ice_local_ufrag(agent.ice)));
    assert_true(msg->has_fingerprint && msg->has_priority && msg->is_controlling);
    assert_false(msg->use_candidate);
    zv_ice_free(agent.ice);
}

static void nothing_is_sent_before_the_credentials_are_known(void **state)
{
    (void)state;
    struct agent agent;
    struct zv_addr to = addr_of(remote[0]);
    open_agent(&agent, local, 1);
    assert_int_equal(zv_ice_add_candidate(agent.ice, &to, 1, NOW), 0);
    assert_true(zv_ice_deadline_us(agent.ice) == ZV_TIME_NEVER);
    assert_int_equal(zv_ice_set_remote(agent.ice, zv_str(""), zv_str("x"), NOW), ZV_E_INVAL);
    assert_int_equal(zv_ice_set_remote(agent.ice, zv_str("x"), zv_str(PASSWORD), NOW), 0);
    assert_true(zv_ice_deadline_us(agent.ice) <= NOW);
    zv_ice_free(agent.ice);
}

static void checks_start_fifty_milliseconds_apart_best_pair_first(void **state)
{
    (void)state;
    struct agent agent;
    open_agent(&agent, local, 2);
    tell_remote(&agent, remote, 2);
    for (int i = 0; i < 4; i++) {
        tick(&agent);
        assert_true(agent.now_us == NOW + i * ZV_MS(50));
        assert_int_equal(agent.sent_count, 1);
        struct zv_addr to = addr_of(remote[i / 2]); /* the remote priority is the lower one */
        assert_true(zv_addr_eq(&agent.sent[0].pair.remote, &to));
    }
    zv_ice_free(agent.ice);
}

static void an_unanswered_check_is_sent_seven_times_then_fails(void **state)
{
    (void)state;
    struct agent agent;
    open_agent(&agent, local, 1);
    tell_remote(&agent, remote, 1);
    static const int at_rtos[] = {0, 1, 3, 7, 15, 31, 63};
    uint8_t tx_id[ZV_STUN_TX_ID_BYTES] = {0};
    for (size_t i = 0; i < ZV_ARRAY_LEN(at_rtos); i++) {
        tick(&agent);
        assert_int_equal(agent.sent_count, 1);
        assert_true(agent.now_us == NOW + at_rtos[i] * ZV_MS(500));
        if (i)
            assert_memory_equal(agent.sent[0].msg.tx_id, tx_id, sizeof(tx_id));
        memcpy(tx_id, agent.sent[0].msg.tx_id, sizeof(tx_id));
    }
    tick(&agent);
    assert_true(agent.now_us == NOW + (63 + 16) * ZV_MS(500));
    assert_int_equal(agent.counts[ZV_ICE_OUT_FAILED], 1);
    assert_true(zv_ice_deadline_us(agent.ice) == ZV_TIME_NEVER);
    zv_ice_free(agent.ice);
}

static void the_first_answer_validates_and_the_second_nominates(void **state)
{
    (void)state;
    struct agent agent;
    open_agent(&agent, local, 1);
    tell_remote(&agent, remote, 1);
    tick(&agent);
    assert_int_equal(accept_check(&agent, &agent.sent[0]), ZV_ICE_PASS);
    assert_int_equal(agent.counts[ZV_ICE_OUT_VALIDATED], 1);
    assert_int_equal(agent.counts[ZV_ICE_OUT_NOMINATED], 0);
    assert_int_equal(agent.sent_count, 1);
    assert_true(agent.sent[0].msg.use_candidate);
    assert_int_equal(accept_check(&agent, &agent.sent[0]), ZV_ICE_PASS);
    assert_int_equal(agent.counts[ZV_ICE_OUT_NOMINATED], 1);
    assert_true(zv_ice_has_consent(agent.ice));
    zv_ice_free(agent.ice);
}

static void forged_and_stray_responses_validate_nothing(void **state)
{
    (void)state;
    struct agent agent;
    open_agent(&agent, local, 1);
    tell_remote(&agent, remote, 1);
    tick(&agent);
    struct request request = agent.sent[0], unknown = request;
    request.msg.tx_id = request.bytes + 8;
    unknown.bytes[8] ^= 1;
    unknown.msg.tx_id = unknown.bytes + 8;
    struct zv_ice_pair from_elsewhere = {request.pair.local, addr_of(remote[1])};
    struct zv_ice_pair to_elsewhere = {addr_of(local[1]), request.pair.remote};
    struct response forged = {ZV_STUN_SUCCESS, "guessed", request.pair};
    struct response forged_error = {ZV_STUN_ERROR, "guessed", request.pair};
    struct response other_source = {ZV_STUN_SUCCESS, PASSWORD, from_elsewhere};
    struct response other_target = {ZV_STUN_SUCCESS, PASSWORD, to_elsewhere};
    struct response right = {ZV_STUN_SUCCESS, PASSWORD, request.pair};
    assert_int_equal(respond(&agent, &request, &forged), ZV_ICE_DROP_INTEGRITY);
    assert_int_equal(respond(&agent, &request, &forged_error), ZV_ICE_DROP_INTEGRITY);
    assert_int_equal(respond(&agent, &request, &other_source), ZV_ICE_DROP_STRAY);
    assert_int_equal(respond(&agent, &request, &other_target), ZV_ICE_DROP_STRAY);
    assert_int_equal(respond(&agent, &unknown, &right), ZV_ICE_DROP_STRAY);
    assert_int_equal(agent.counts[ZV_ICE_OUT_VALIDATED], 0);
    assert_int_equal(agent.counts[ZV_ICE_OUT_FAILED], 0);
    assert_int_equal(respond(&agent, &request, &right), ZV_ICE_PASS);
    assert_int_equal(respond(&agent, &request, &right), ZV_ICE_DROP_STRAY); /* it was answered */
    assert_int_equal(agent.counts[ZV_ICE_OUT_VALIDATED], 1);
    zv_ice_free(agent.ice);
}

static void a_signed_error_fails_the_pair(void **state)
{
    (void)state;
    struct agent agent;
    open_agent(&agent, local, 1);
    tell_remote(&agent, remote, 1);
    tick(&agent);
    struct request request = agent.sent[0];
    request.msg.tx_id = request.bytes + 8;
    struct response conflict = {ZV_STUN_ERROR, PASSWORD, request.pair};
    assert_int_equal(respond(&agent, &request, &conflict), ZV_ICE_PASS);
    assert_int_equal(agent.counts[ZV_ICE_OUT_FAILED], 1);
    zv_ice_free(agent.ice);
}

static void consent_is_refreshed_every_five_seconds_with_a_spread(void **state)
{
    (void)state;
    struct agent agent;
    open_nominated(&agent);
    for (int i = 0; i < 200; i++) {
        int64_t before_us = agent.now_us;
        tick(&agent);
        assert_in_range(agent.now_us - before_us, ZV_SECONDS(4), ZV_SECONDS(6));
        assert_int_equal(agent.sent_count, 1);
        assert_true(agent.sent[0].msg.use_candidate);
        assert_int_equal(accept_check(&agent, &agent.sent[0]), ZV_ICE_PASS);
    }
    assert_int_equal(agent.counts[ZV_ICE_OUT_CONSENT_LOST], 0);
    assert_int_equal(agent.counts[ZV_ICE_OUT_NOMINATED], 1);
    zv_ice_free(agent.ice);
}

static void any_refresh_of_the_last_half_minute_may_be_answered(void **state)
{
    (void)state;
    struct agent agent;
    open_nominated(&agent);
    tick(&agent);
    struct request early = agent.sent[0];
    early.msg.tx_id = early.bytes + 8;
    while (agent.now_us < NOW + ZV_SECONDS(20))
        tick(&agent);
    struct response forged = {ZV_STUN_SUCCESS, "guessed", early.pair};
    assert_int_equal(respond(&agent, &early, &forged), ZV_ICE_DROP_INTEGRITY);
    assert_true(zv_ice_last_heard_us(agent.ice) < NOW + ZV_SECONDS(1));
    assert_int_equal(accept_check(&agent, &early), ZV_ICE_PASS);
    assert_true(zv_ice_last_heard_us(agent.ice) == agent.now_us);
    zv_ice_free(agent.ice);
}

static void consent_is_lost_thirty_seconds_after_the_last_answer(void **state)
{
    (void)state;
    struct agent agent;
    open_nominated(&agent);
    int64_t heard_us = zv_ice_last_heard_us(agent.ice);
    while (!agent.counts[ZV_ICE_OUT_CONSENT_LOST])
        tick(&agent);
    assert_true(agent.now_us == heard_us + ZV_SECONDS(30));
    assert_false(zv_ice_has_consent(agent.ice));
    while (!agent.sent_count)
        tick(&agent);
    assert_int_equal(accept_check(&agent, &agent.sent[0]), ZV_ICE_PASS);
    assert_int_equal(agent.counts[ZV_ICE_OUT_CONSENT_BACK], 1);
    assert_true(zv_ice_has_consent(agent.ice));
    zv_ice_free(agent.ice);
}

static void with_the_selected_address_gone_another_valid_pair_is_nominated(void **state)
{
    (void)state;
    struct agent agent;
    open_agent(&agent, local, 2);
    tell_remote(&agent, remote, 1);
    tick(&agent);
    struct request first = agent.sent[0];
    tick(&agent);
    struct request second = agent.sent[0];
    accept_check(&agent, &first);
    struct request nomination = agent.sent[0];
    accept_check(&agent, &second); /* both answered, the first one is being nominated */
    accept_check(&agent, &nomination);
    struct zv_ice_pair pair;
    assert_true(zv_ice_selected(agent.ice, &pair));
    assert_true(zv_addr_eq(&pair.local, &first.pair.local));
    zv_ice_remove_local(agent.ice, &pair.local, agent.now_us);
    drain(&agent);
    assert_false(zv_ice_selected(agent.ice, &pair));
    assert_int_equal(agent.sent_count, 1);
    assert_true(agent.sent[0].msg.use_candidate);
    accept_check(&agent, &agent.sent[0]);
    assert_true(zv_ice_selected(agent.ice, &pair));
    assert_true(zv_addr_eq(&pair.local, &second.pair.local));
    zv_ice_free(agent.ice);
}

static void a_restart_during_nomination_still_checks_the_new_candidates(void **state)
{
    (void)state;
    struct agent agent;
    open_agent(&agent, local, 1);
    tell_remote(&agent, remote, 1);
    tick(&agent);
    accept_check(&agent, &agent.sent[0]);
    struct request nomination = agent.sent[0]; /* under way when the restart comes */
    zv_ice_restart(agent.ice, agent.now_us);
    tell_remote(&agent, &remote[1], 1);
    drain(&agent);
    accept_check(&agent, &nomination);
    assert_int_equal(agent.counts[ZV_ICE_OUT_NOMINATED], 1);
    assert_int_equal(agent.counts[ZV_ICE_OUT_RESTARTED], 0);
    do
        tick(&agent);
    while (!agent.sent_count);
    struct zv_addr to = addr_of(remote[1]);
    assert_true(zv_addr_eq(&agent.sent[0].pair.remote, &to));
    accept_check(&agent, &agent.sent[0]);
    accept_check(&agent, &agent.sent[0]);
    assert_int_equal(agent.counts[ZV_ICE_OUT_RESTARTED], 1);
    assert_int_equal(agent.counts[ZV_ICE_OUT_NOMINATED], 2);
    zv_ice_free(agent.ice);
}

static void pairs_are_of_one_transport(void **state)
{
    (void)state;
    struct agent agent;
    struct zv_addr tcp_local = addr_of(local[0]), tcp_remote = addr_of(remote[0]);
    tcp_local.transport = tcp_remote.transport = ZV_ADDR_TCP;
    open_agent(&agent, local, 1);
    tell_remote(&agent, remote, 1);
    drain(&agent);
    assert_int_equal(zv_ice_add_candidate(agent.ice, &tcp_remote, 10, agent.now_us), 0);
    drain(&agent);
    assert_int_equal(zv_ice_add_local(agent.ice, &tcp_local, agent.now_us), 0);
    drain(&agent);
    size_t sent[2] = {0};
    for (int i = 0; i < 4; i++) {
        tick(&agent);
        for (size_t k = 0; k < agent.sent_count; k++) {
            const struct zv_ice_pair *pair = &agent.sent[k].pair;
            assert_int_equal(pair->local.transport, pair->remote.transport);
            sent[pair->local.transport]++;
        }
    }
    assert_true(sent[ZV_ADDR_UDP] > 0 && sent[ZV_ADDR_TCP] > 0);
    zv_ice_free(agent.ice);
}

static void candidates_and_addresses_are_bounded(void **state)
{
    (void)state;
    struct agent agent;
    open_agent(&agent, local, 2);
    struct zv_addr addr = addr_of("192.0.2.1:1");
    for (; addr.port <= ZV_ICE_MAX_REMOTES; addr.port++)
        assert_int_equal(zv_ice_add_candidate(agent.ice, &addr, 1, NOW), 0);
    assert_int_equal(zv_ice_add_candidate(agent.ice, &addr, 1, NOW), ZV_E_LIMIT);
    addr.port = 1;
    assert_int_equal(zv_ice_add_candidate(agent.ice, &addr, 1, NOW), 0); /* known */
    addr = addr_of("10.1.1.1:1");
    assert_int_equal(zv_ice_add_local(agent.ice, &addr, NOW), 0);
    addr.port++;
    assert_int_equal(zv_ice_add_local(agent.ice, &addr, NOW), 0);
    addr.port++;
    assert_int_equal(zv_ice_add_local(agent.ice, &addr, NOW), ZV_E_LIMIT);
    zv_ice_free(agent.ice);
    struct zv_ice_cfg cfg = {.role = ZV_ICE_CONTROLLING,
                             .rand = zv_rand_seeded_source(&seeded),
                             .local_count = ZV_ICE_MAX_LOCALS + 1};
    assert_int_equal(zv_ice_new(&agent.ice, &cfg), ZV_E_INVAL);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_check_carries_what_the_rfc_asks_for),
    cmocka_unit_test(nothing_is_sent_before_the_credentials_are_known),
    cmocka_unit_test(checks_start_fifty_milliseconds_apart_best_pair_first),
    cmocka_unit_test(an_unanswered_check_is_sent_seven_times_then_fails),
    cmocka_unit_test(the_first_answer_validates_and_the_second_nominates),
    cmocka_unit_test(forged_and_stray_responses_validate_nothing),
    cmocka_unit_test(a_signed_error_fails_the_pair),
    cmocka_unit_test(consent_is_refreshed_every_five_seconds_with_a_spread),
    cmocka_unit_test(any_refresh_of_the_last_half_minute_may_be_answered),
    cmocka_unit_test(consent_is_lost_thirty_seconds_after_the_last_answer),
    cmocka_unit_test(with_the_selected_address_gone_another_valid_pair_is_nominated),
    cmocka_unit_test(a_restart_during_nomination_still_checks_the_new_candidates),
    cmocka_unit_test(pairs_are_of_one_transport),
    cmocka_unit_test(candidates_and_addresses_are_bounded),
};
ZV_TEST_MAIN(tests)
