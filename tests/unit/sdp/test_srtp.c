/* SRTP on the SIP leg: each policy against each kind of description, both ways (T16). */
#define _GNU_SOURCE
#include "vectors.h"

#include <stdlib.h>
#include <string.h>

#define KEY30 "PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR"
#define KEY28 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw=="
#define CM80  "AES_CM_128_HMAC_SHA1_80 inline:" KEY30
#define HEAD  "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 4000 "

static struct zv_sdp sdp;
static struct zv_rand_seeded seed = {.state = 5};

static struct zv_plan_sip local_of(enum zv_srtp_policy policy)
{
    struct zv_rand rand = zv_rand_seeded_source(&seed);
    struct zv_plan_sip local = test_sip();
    local.srtp = policy;
    zv_plan_offer_srtp(&rand, &local);
    return local;
}

static enum zv_plan_verdict read(const char *text, bool is_answer, const struct zv_plan_sip *local,
                                 struct zv_plan_sip_remote *ret_remote)
{
    assert_int_equal(zv_sdp_parse(zv_str(text), &sdp), 0);
    return zv_plan_read_sip(&sdp, is_answer, local, ret_remote);
}

enum outcome { PLAIN, SRTP, REFUSED_REQUIRED, REFUSED_OFF, REFUSED_UNUSABLE };

/* Tag 3 of our offers is of this suite. */
static const char *const descriptions[] = {
    HEAD "RTP/AVP 8\r\n",
    HEAD "RTP/AVP 8\r\na=crypto:3 " CM80 "\r\n",
    HEAD "RTP/SAVP 8\r\na=crypto:3 " CM80 "\r\n",
    HEAD "RTP/SAVP 8\r\n",
    HEAD "RTP/AVP 8\r\na=crypto:3 " CM80 "|1:4\r\n",
    HEAD "RTP/SAVP 8\r\na=crypto:3 F8_128_HMAC_SHA1_80 inline:" KEY30 "\r\n",
};

static void check(bool is_answer, const enum outcome expected[3][ZV_ARRAY_LEN(descriptions)])
{
    static const enum zv_plan_verdict verdicts[] = {ZV_PLAN_OK, ZV_PLAN_OK, ZV_PLAN_SRTP_REQUIRED,
                                                    ZV_PLAN_SRTP_OFF, ZV_PLAN_SRTP_UNUSABLE};
    for (int policy = ZV_SRTP_POLICY_OFF; policy <= ZV_SRTP_POLICY_REQUIRED; policy++) {
        struct zv_plan_sip local = local_of((enum zv_srtp_policy)policy);
        for (size_t i = 0; i < ZV_ARRAY_LEN(descriptions); i++) {
            struct zv_plan_sip_remote remote = {0};
            enum outcome outcome = expected[policy][i];
            if (read(descriptions[i], is_answer, &local, &remote) != verdicts[outcome])
                fail_msg("%s, %s %zu", zv_srtp_policy_name((enum zv_srtp_policy)policy),
                         is_answer ? "answer" : "offer", i);
            assert_int_equal(remote.audio.srtp.rx.suite,
                             outcome == SRTP ? ZV_CRYPTO_AES_CM_128_HMAC_SHA1_80 : ZV_CRYPTO_NONE);
        }
    }
}

static void each_policy_judges_each_answer(void **state)
{
    (void)state;
    static const enum outcome expected[3][ZV_ARRAY_LEN(descriptions)] = {
        {PLAIN, PLAIN, REFUSED_OFF, REFUSED_OFF, PLAIN, REFUSED_OFF},
        {PLAIN, SRTP, SRTP, REFUSED_UNUSABLE, REFUSED_UNUSABLE, REFUSED_UNUSABLE},
        {REFUSED_REQUIRED, REFUSED_REQUIRED, SRTP, REFUSED_REQUIRED, REFUSED_REQUIRED,
         REFUSED_UNUSABLE},
    };
    check(true, expected);
}

static void each_policy_judges_each_offer(void **state)
{
    (void)state;
    static const enum outcome expected[3][ZV_ARRAY_LEN(descriptions)] = {
        {PLAIN, PLAIN, REFUSED_OFF, REFUSED_OFF, PLAIN, REFUSED_OFF},
        {PLAIN, SRTP, SRTP, REFUSED_UNUSABLE, PLAIN, REFUSED_UNUSABLE},
        {REFUSED_REQUIRED, SRTP, SRTP, REFUSED_UNUSABLE, REFUSED_UNUSABLE, REFUSED_UNUSABLE},
    };
    check(false, expected);
}

static void an_answer_takes_one_line_of_ours(void **state)
{
    (void)state;
    struct zv_plan_sip local = local_of(ZV_SRTP_POLICY_OPTIONAL);
    struct zv_plan_sip_remote remote;
    assert_int_equal(read(HEAD "RTP/AVP 8\r\na=crypto:1 AEAD_AES_128_GCM inline:" KEY28 "\r\n",
                          true, &local, &remote),
                     ZV_PLAN_OK);
    assert_int_equal(remote.audio.srtp.tag, 1);
    assert_true(zv_crypto_is_same_key(&remote.audio.srtp.tx, &local.audio.crypto[0].key));
    assert_int_equal(remote.audio.srtp.rx.bytes[27], 27);
    static const char *const unusable[] = {
        HEAD "RTP/AVP 8\r\na=crypto:5 " CM80 "\r\n",                        /* no tag of ours */
        HEAD "RTP/AVP 8\r\na=crypto:1 " CM80 "\r\n",                        /* another suite */
        HEAD "RTP/AVP 8\r\na=crypto:3 " CM80 "\r\na=crypto:4 " CM80 "\r\n", /* which one? */
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(unusable); i++)
        assert_int_equal(read(unusable[i], true, &local, &remote), ZV_PLAN_SRTP_UNUSABLE);
}

static void the_first_usable_line_of_an_offer_is_answered(void **state)
{
    (void)state;
    struct zv_rand rand = zv_rand_seeded_source(&seed);
    struct zv_plan_sip local = local_of(ZV_SRTP_POLICY_REQUIRED);
    struct zv_plan_sip_remote remote;
    assert_int_equal(read(HEAD "RTP/SAVP 8\r\na=crypto:1 F8_128_HMAC_SHA1_80 inline:" KEY30 "\r\n"
                               "a=crypto:2 " CM80 "|2^20|1:4\r\n"
                               "a=crypto:9 AEAD_AES_128_GCM inline:" KEY28 "\r\n"
                               "a=crypto:10 " CM80 "\r\n",
                          false, &local, &remote),
                     ZV_PLAN_OK);
    zv_plan_answer_srtp(&(struct zv_plan_sip_remote){0}, &rand, &local, &remote);
    assert_true(local.audio.is_savp);
    assert_int_equal(local.audio.crypto_count, 1);
    assert_int_equal(local.audio.crypto[0].tag, 9);
    assert_int_equal(local.audio.crypto[0].key.suite, ZV_CRYPTO_AEAD_AES_128_GCM);
    assert_true(zv_crypto_is_same_key(&local.audio.crypto[0].key, &remote.audio.srtp.tx));
    assert_false(zv_crypto_is_same_key(&remote.audio.srtp.tx, &remote.audio.srtp.rx));
}

static void a_repeated_key_keeps_ours_and_a_new_one_does_not(void **state)
{
    (void)state;
    static const char same[] = HEAD "RTP/SAVP 8\r\na=crypto:1 " CM80 "\r\n";
    static const char other[] = HEAD "RTP/SAVP 8\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 "
                                     "inline:AS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR\r\n";
    struct zv_rand rand = zv_rand_seeded_source(&seed);
    struct zv_plan_sip local = local_of(ZV_SRTP_POLICY_REQUIRED);
    struct zv_plan_sip_remote first, again, rekeyed, plain;
    assert_int_equal(read(same, false, &local, &first), ZV_PLAN_OK);
    zv_plan_answer_srtp(&(struct zv_plan_sip_remote){0}, &rand, &local, &first);
    assert_int_equal(read(same, false, &local, &again), ZV_PLAN_OK);
    zv_plan_answer_srtp(&first, &rand, &local, &again);
    assert_true(zv_crypto_is_same_key(&again.audio.srtp.tx, &first.audio.srtp.tx));
    assert_int_equal(read(other, false, &local, &rekeyed), ZV_PLAN_OK);
    zv_plan_answer_srtp(&again, &rand, &local, &rekeyed);
    assert_false(zv_crypto_is_same_key(&rekeyed.audio.srtp.tx, &first.audio.srtp.tx));
    local.srtp = ZV_SRTP_POLICY_OPTIONAL;
    assert_int_equal(read(descriptions[0], false, &local, &plain), ZV_PLAN_OK);
    zv_plan_answer_srtp(&rekeyed, &rand, &local, &plain);
    assert_int_equal(local.audio.crypto_count, 0);
    assert_false(local.audio.is_savp);
    assert_int_equal(plain.audio.srtp.tx.suite, ZV_CRYPTO_NONE);
}

static const char *offer_of(enum zv_srtp_policy policy)
{
    static char memory[ZV_MAX_SDP_BYTES];
    static struct vector text;
    static struct zv_sdp web;
    struct zv_buf body = zv_buf(memory, sizeof(memory));
    struct zv_plan_sip local = local_of(policy);
    struct zv_media_plan plan;
    load_sdp(&text, "chrome_audio.web.sdp", &web);
    assert_int_equal(zv_plan_sip_offer(&web, &local, &plan, &body), ZV_PLAN_OK);
    assert_non_null(zv_buf_cstr(&body));
    return memory;
}

static void what_we_offer_says_profile_and_keys(void **state)
{
    (void)state;
    const char *off = offer_of(ZV_SRTP_POLICY_OFF);
    assert_non_null(strstr(off, " RTP/AVP "));
    assert_null(strstr(off, "a=crypto"));
    const char *optional = offer_of(ZV_SRTP_POLICY_OPTIONAL);
    assert_non_null(strstr(optional, " RTP/AVP "));
    assert_non_null(strstr(optional, "\r\na=crypto:1 AEAD_AES_128_GCM inline:"));
    const char *required = offer_of(ZV_SRTP_POLICY_REQUIRED);
    assert_non_null(strstr(required, " RTP/SAVP "));
    assert_non_null(strstr(required, "\r\na=crypto:4 AES_CM_128_HMAC_SHA1_32 inline:"));
}

static void more_lines_than_we_read_are_left_out(void **state)
{
    (void)state;
    char text[4096] = HEAD "RTP/SAVP 8\r\n";
    struct zv_plan_sip local = local_of(ZV_SRTP_POLICY_REQUIRED);
    struct zv_plan_sip_remote remote;
    for (int i = 0; i < ZV_SDP_MAX_CRYPTO; i++)
        strcat(text, "a=crypto:1 F8_128_HMAC_SHA1_80 inline:" KEY30 "\r\n");
    strcat(text, "a=crypto:2 " CM80 "\r\n");
    assert_int_equal(read(text, false, &local, &remote), ZV_PLAN_SRTP_UNUSABLE);
    /* Only at media level (RFC 4568 section 5). */
    assert_int_equal(read("v=0\r\na=crypto:1 " CM80 "\r\nc=IN IP4 192.0.2.1\r\n"
                          "m=audio 4000 RTP/SAVP 8\r\n",
                          false, &local, &remote),
                     ZV_PLAN_SRTP_UNUSABLE);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(each_policy_judges_each_answer),
    cmocka_unit_test(each_policy_judges_each_offer),
    cmocka_unit_test(an_answer_takes_one_line_of_ours),
    cmocka_unit_test(the_first_usable_line_of_an_offer_is_answered),
    cmocka_unit_test(a_repeated_key_keeps_ours_and_a_new_one_does_not),
    cmocka_unit_test(what_we_offer_says_profile_and_keys),
    cmocka_unit_test(more_lines_than_we_read_are_left_out),
};
ZV_TEST_MAIN(tests)
