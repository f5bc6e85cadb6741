/*
 * Our STUN codec against libnice's, both ways, with random contents: an oracle in tests, never in
 * the product. Without libnice at build time the one test says that it was skipped.
 */
#include "support/test.h"

#ifdef ZV_HAVE_NICE

#include "base/addr.h"
#include "base/rand.h"
#include "rtc/stun/stun.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <stun/stunagent.h>
#include <stun/usages/ice.h>

#define ROUNDS 2000
#define COMPAT STUN_USAGE_ICE_COMPATIBILITY_RFC5245

static const uint16_t known[] = {
    STUN_ATTRIBUTE_USERNAME,           STUN_ATTRIBUTE_MESSAGE_INTEGRITY,
    STUN_ATTRIBUTE_ERROR_CODE,         STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS,
    STUN_ATTRIBUTE_PRIORITY,           STUN_ATTRIBUTE_USE_CANDIDATE,
    STUN_ATTRIBUTE_ICE_CONTROLLED,     STUN_ATTRIBUTE_ICE_CONTROLLING,
    STUN_ATTRIBUTE_UNKNOWN_ATTRIBUTES, 0,
};

struct round {
    char username[64];
    char password[40];
    uint32_t priority;
    uint64_t tie_breaker;
    bool use_candidate;
    bool is_controlling;
    struct zv_addr addr;
};

static struct zv_rand_seeded seeded = {11};

static struct round make_round(void)
{
    struct zv_rand rand = zv_rand_seeded_source(&seeded);
    struct round round = {0};
    size_t len = 3 + zv_rand_u32(&rand) % 50;
    zv_rand_token(&rand, round.username, len);
    round.username[len / 2] = ':';
    zv_rand_token(&rand, round.password, 22 + zv_rand_u32(&rand) % 11);
    round.priority = zv_rand_u32(&rand);
    round.tie_breaker = zv_rand_u64(&rand);
    round.use_candidate = zv_rand_u32(&rand) & 1;
    round.is_controlling = round.use_candidate || (zv_rand_u32(&rand) & 1);
    round.addr.family = zv_rand_u32(&rand) & 1 ? ZV_ADDR_IPV4 : ZV_ADDR_IPV6;
    round.addr.port = (uint16_t)(1 + zv_rand_u32(&rand) % 65535);
    zv_rand_fill(&rand, round.addr.ip, round.addr.family == ZV_ADDR_IPV4 ? 4 : 16);
    return round;
}

static void init_agent(StunAgent *agent)
{
    stun_agent_init(agent, known, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
}

static StunValidationStatus validate(StunAgent *agent, const struct round *round,
                                     const uint8_t *bytes, size_t len, StunMessage *ret_msg)
{
    StunDefaultValidaterData data[] = {
        {(uint8_t *)(uintptr_t)round->username, strlen(round->username),
         (uint8_t *)(uintptr_t)round->password, strlen(round->password)},
        {NULL, 0, NULL, 0},
    };
    return stun_agent_validate(agent, ret_msg, bytes, len, stun_agent_default_validater, data);
}

static void libnice_reads_our_requests(void **state)
{
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        struct round round = make_round();
        struct zv_rand rand = zv_rand_seeded_source(&seeded);
        uint8_t bytes[512], tx_id[ZV_STUN_TX_ID_BYTES];
        struct zv_buf buf = zv_buf(bytes, sizeof(bytes));
        zv_rand_fill(&rand, tx_id, sizeof(tx_id));
        zv_stun_write_header(&buf, ZV_STUN_REQUEST, ZV_STUN_BINDING, tx_id);
        zv_stun_write_attr(&buf, ZV_STUN_ATTR_USERNAME, round.username, strlen(round.username));
        zv_stun_write_u32(&buf, ZV_STUN_ATTR_PRIORITY, round.priority);
        zv_stun_write_u64(&buf, ZV_STUN_ATTR_CONTROLLING, round.tie_breaker);
        if (round.use_candidate)
            zv_stun_write_attr(&buf, ZV_STUN_ATTR_USE_CANDIDATE, NULL, 0);
        zv_stun_write_integrity(&buf, zv_str(round.password));
        zv_stun_write_fingerprint(&buf);

        StunAgent agent;
        StunMessage msg;
        uint64_t tie_breaker;
        init_agent(&agent);
        assert_int_equal(validate(&agent, &round, bytes, buf.len, &msg), STUN_VALIDATION_SUCCESS);
        assert_int_equal(stun_message_get_class(&msg), STUN_REQUEST);
        assert_int_equal(stun_message_get_method(&msg), STUN_BINDING);
        assert_int_equal(stun_usage_ice_conncheck_priority(&msg), round.priority);
        assert_int_equal(stun_usage_ice_conncheck_use_candidate(&msg), round.use_candidate);
        assert_int_equal(stun_message_find64(&msg, STUN_ATTRIBUTE_ICE_CONTROLLING, &tie_breaker),
                         0);
        assert_true(tie_breaker == round.tie_breaker);
        bytes[30] ^= 1;
        assert_int_not_equal(validate(&agent, &round, bytes, buf.len, &msg),
                             STUN_VALIDATION_SUCCESS);
    }
}

static struct zv_addr addr_of(const struct sockaddr_storage *from)
{
    struct zv_addr addr = {0};
    if (from->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)from;
        addr.family = ZV_ADDR_IPV4;
        addr.port = ntohs(in->sin_port);
        memcpy(addr.ip, &in->sin_addr, 4);
    } else {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)from;
        addr.family = ZV_ADDR_IPV6;
        addr.port = ntohs(in6->sin6_port);
        memcpy(addr.ip, &in6->sin6_addr, 16);
    }
    return addr;
}

/* The reply to libnice's check, by our writer. */
static void assert_reply_accepted(StunAgent *agent, const struct round *round,
                                  const struct zv_stun_msg *request)
{
    uint8_t bytes[256];
    struct zv_buf buf = zv_buf(bytes, sizeof(bytes));
    zv_stun_write_header(&buf, ZV_STUN_SUCCESS, ZV_STUN_BINDING, request->tx_id);
    zv_stun_write_mapped(&buf, &round->addr);
    zv_stun_write_integrity(&buf, zv_str(round->password));
    zv_stun_write_fingerprint(&buf);
    StunMessage msg;
    struct sockaddr_storage mapped = {0};
    socklen_t len = sizeof(mapped);
    assert_int_equal(validate(agent, round, bytes, buf.len, &msg), STUN_VALIDATION_SUCCESS);
    assert_int_equal(stun_usage_ice_conncheck_process(&msg, &mapped, &len, COMPAT),
                     STUN_USAGE_ICE_RETURN_SUCCESS);
    struct zv_addr got = addr_of(&mapped);
    assert_true(zv_addr_eq(&got, &round->addr));
}

static void we_read_libnices_checks_and_it_takes_our_replies(void **state)
{
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        struct round round = make_round();
        uint8_t bytes[512];
        StunAgent agent;
        StunMessage out;
        init_agent(&agent);
        size_t len = stun_usage_ice_conncheck_create(
            &agent, &out, bytes, sizeof(bytes), (const uint8_t *)round.username,
            strlen(round.username), (const uint8_t *)round.password, strlen(round.password),
            round.use_candidate, round.is_controlling, round.priority, round.tie_breaker, NULL,
            COMPAT);
        struct zv_stun_msg msg;
        assert_int_equal(zv_stun_parse(bytes, len, &msg), 0);
        assert_true(zv_str_is(msg.username, round.username));
        assert_int_equal(msg.priority, round.priority);
        assert_int_equal(msg.use_candidate, round.use_candidate);
        assert_int_equal(msg.is_controlling, round.is_controlling);
        assert_int_equal(msg.is_controlled, !round.is_controlling);
        assert_true(msg.tie_breaker == round.tie_breaker && msg.has_fingerprint);
        assert_true(zv_stun_is_authentic(&msg, zv_str(round.password)));
        assert_false(zv_stun_is_authentic(&msg, zv_str("another password")));
        assert_reply_accepted(&agent, &round, &msg);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(libnice_reads_our_requests),
    cmocka_unit_test(we_read_libnices_checks_and_it_takes_our_replies),
};

#else

static void libnice_is_not_installed(void **state)
{
    (void)state;
    skip();
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(libnice_is_not_installed),
};

#endif

ZV_TEST_MAIN(tests)
