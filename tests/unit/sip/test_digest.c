/* Digest authentication: the vectors of RFC 2617 and RFC 7616, choice among challenges, nonce
 * counts. */
#include "support/test.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/rand.h"
#include "sip/digest.h"

#include <stdio.h>
#include <string.h>

static const struct zv_sip_credentials mufasa = {
    .username = {"Mufasa", 6},
    .password = {"Circle of Life", 14},
};

static void expect_response(const struct zv_sip_digest_input *input,
                            const struct zv_sip_credentials *cred, const char *realm,
                            const char *expected)
{
    char ha1[ZV_SIP_DIGEST_HEX_BYTES + 1], response[ZV_SIP_DIGEST_HEX_BYTES + 1];
    struct zv_sip_digest_input in = *input;
    assert_int_equal(zv_sip_digest_ha1(in.algorithm, cred, zv_str(realm), ha1), 0);
    in.ha1 = zv_str(ha1);
    assert_int_equal(zv_sip_digest_response(&in, response), 0);
    assert_string_equal(response, expected);
}

static void rfc_2617_section_3_5(void **state)
{
    (void)state;
    const struct zv_sip_credentials cred = {.username = ZV_STR_LIT("Mufasa"),
                                            .password = ZV_STR_LIT("Circle Of Life")};
    struct zv_sip_digest_input in = {
        .algorithm = ZV_SIP_DIGEST_MD5,
        .method = ZV_STR_LIT("GET"),
        .uri = ZV_STR_LIT("/dir/index.html"),
        .nonce = ZV_STR_LIT("dcd98b7102dd2f0e8b11d0f600bfb0c093"),
        .qop_auth = true,
        .nc = 1,
        .cnonce = ZV_STR_LIT("0a4f113b"),
    };
    expect_response(&in, &cred, "testrealm@host.com", "6629fae49393a05397450978507c4ef1");
    /* The same without qop, as RFC 2069 computes it. */
    in.qop_auth = false;
    expect_response(&in, &cred, "testrealm@host.com", "670fd8c2df070c60b045671b8b24ff02");
}

static void rfc_7616_section_3_9_1(void **state)
{
    (void)state;
    struct zv_sip_digest_input in = {
        .algorithm = ZV_SIP_DIGEST_MD5,
        .method = ZV_STR_LIT("GET"),
        .uri = ZV_STR_LIT("/dir/index.html"),
        .nonce = ZV_STR_LIT("7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"),
        .qop_auth = true,
        .nc = 1,
        .cnonce = ZV_STR_LIT("f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"),
    };
    expect_response(&in, &mufasa, "http-auth@example.org", "8ca523f5e9506fed4657c9700eebdbec");
    in.algorithm = ZV_SIP_DIGEST_SHA256;
    expect_response(&in, &mufasa, "http-auth@example.org",
                    "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
}

/* With the response of erratum 4897: the one printed in the RFC comes from a draft of SHA-512/256.
 */
static void rfc_7616_section_3_9_2(void **state)
{
    (void)state;
    const struct zv_sip_credentials jason = {.username = ZV_STR_LIT("J\xc3\xa4s\xc3\xb8n Doe"),
                                             .password = ZV_STR_LIT("Secret, or not?")};
    struct zv_sip_digest_input in = {
        .algorithm = ZV_SIP_DIGEST_SHA512_256,
        .method = ZV_STR_LIT("GET"),
        .uri = ZV_STR_LIT("/doe.json"),
        .nonce = ZV_STR_LIT("5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK"),
        .qop_auth = true,
        .nc = 1,
        .cnonce = ZV_STR_LIT("NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v"),
    };
    expect_response(&in, &jason, "api@example.org",
                    "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5");
}

static struct zv_sip_challenge challenge_of(const char *value)
{
    struct zv_sip_challenge challenge;
    memset(&challenge, 0, sizeof(challenge));
    if (zv_sip_challenge_parse(zv_str(value), &challenge))
        fail_msg("refused: %s", value);
    return challenge;
}

static void a_challenge_is_taken_apart(void **state)
{
    (void)state;
    struct zv_sip_challenge c = challenge_of(
        "digest  realm = \"a, \\\"b\\\"\" ,\r\n nonce=\"n=1\", QOP=\"auth-int, auth\", stale=TRUE,"
        "opaque=\"\", algorithm=sha-256, domain=\"sip:x\", unknown=1");
    assert_true(zv_str_is(c.realm, "a, \\\"b\\\""));
    assert_true(zv_str_is(c.nonce, "n=1"));
    assert_true(c.has_opaque && c.opaque.len == 0);
    assert_true(c.stale && c.qop_auth);
    assert_int_equal(c.algorithm, ZV_SIP_DIGEST_SHA256);
    c = challenge_of("Digest realm=\"r\",nonce=\"n\"");
    assert_int_equal(c.algorithm, ZV_SIP_DIGEST_MD5);
    assert_false(c.stale || c.qop_auth || c.has_opaque);
}

static void what_cannot_be_answered_says_why(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        int err;
    } bad[] = {
        {"", ZV_E_PARSE},
        {"Basic realm=\"r\"", ZV_E_UNSUPPORTED},
        {"Digest", ZV_E_PARSE},
        {"Digest realm=\"r\"", ZV_E_PARSE},
        {"Digest nonce=\"n\"", ZV_E_PARSE},
        {"Digest realm=\"r, nonce=\"n\"", ZV_E_PARSE},
        {"Digest realm=\"r\", nonce=\"n\",", ZV_E_PARSE},
        {"Digest realm=\"r\" nonce=\"n\"", ZV_E_PARSE},
        {"Digest realm=\"r\x01\", nonce=\"n\"", ZV_E_PARSE},
        {"Digest realm=\"r\", nonce=\"n\r\n n\"", ZV_E_PARSE},
        {"Digest realm=\"r\", nonce=\"n\", algorithm=MD5-sess", ZV_E_UNSUPPORTED},
        {"Digest realm=\"r\", nonce=\"n\", algorithm=SHA-512", ZV_E_UNSUPPORTED},
        {"Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\"", ZV_E_UNSUPPORTED},
    };
    struct zv_sip_challenge challenge;
    for (size_t i = 0; i < ZV_ARRAY_LEN(bad); i++) {
        int err = zv_sip_challenge_parse(zv_str(bad[i].value), &challenge);
        if (err != bad[i].err)
            fail_msg("%d for %s", err, bad[i].value);
    }
    char text[1024];
    snprintf(text, sizeof(text), "Digest realm=\"r\", nonce=\"%0*d\"", ZV_SIP_MAX_NONCE_BYTES + 1,
             0);
    assert_int_equal(zv_sip_challenge_parse(zv_str(text), &challenge), ZV_E_LIMIT);
}

static int best_of(uint16_t status, const char *headers, const char *realm,
                   struct zv_sip_challenge *ret_challenge)
{
    static char text[2048];
    static struct zv_sip_msg msg;
    int len =
        snprintf(text, sizeof(text),
                 "SIP/2.0 %u No\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\n"
                 "To: <sip:a@h>;tag=2\r\nCall-ID: c\r\nCSeq: 1 REGISTER\r\n%s\r\n",
                 (unsigned)status, headers);
    assert_int_equal(zv_sip_msg_parse(text, (size_t)len, &msg), 0);
    return zv_sip_challenge_best(&msg, zv_str(realm), ret_challenge);
}

static void the_strongest_known_algorithm_is_chosen(void **state)
{
    (void)state;
    struct zv_sip_challenge c;
    static const char headers[] =
        "WWW-Authenticate: Digest realm=\"r\", nonce=\"1\", algorithm=MD5\r\n"
        "WWW-Authenticate: Digest realm=\"r\", nonce=\"2\", algorithm=SHA-3-1024\r\n"
        "WWW-Authenticate: Digest realm=\"r\", nonce=\"3\", algorithm=SHA-256\r\n"
        "WWW-Authenticate: Digest realm=\"r\", nonce=\"4\", algorithm=SHA-256\r\n"
        "WWW-Authenticate: Digest realm=\"s\", nonce=\"5\", algorithm=SHA-512-256\r\n"
        "Proxy-Authenticate: Digest realm=\"p\", nonce=\"6\"\r\n";
    assert_int_equal(best_of(401, headers, "", &c), 0);
    assert_true(zv_str_is(c.nonce, "5") && !c.proxy);
    assert_int_equal(best_of(401, headers, "r", &c), 0);
    assert_true(zv_str_is(c.nonce, "3"));
    assert_int_equal(best_of(407, headers, "", &c), 0);
    assert_true(zv_str_is(c.nonce, "6") && c.proxy);
}

static void a_foreign_realm_is_not_answered(void **state)
{
    (void)state;
    struct zv_sip_challenge c;
    static const char foreign[] = "WWW-Authenticate: Digest realm=\"evil\", nonce=\"1\"\r\n";
    assert_int_equal(best_of(401, foreign, "home", &c), ZV_E_NOTFOUND);
    assert_int_equal(best_of(401, "", "", &c), ZV_E_NOTFOUND);
    assert_int_equal(best_of(401, "WWW-Authenticate: Basic realm=\"home\"\r\n", "", &c),
                     ZV_E_UNSUPPORTED);
}

static struct zv_str written(struct zv_sip_auth *auth, const struct zv_sip_credentials *cred,
                             struct zv_buf *buf)
{
    static struct zv_rand_seeded seeded = {42};
    struct zv_rand rand = zv_rand_seeded_source(&seeded);
    const struct zv_sip_auth_request request = {
        .cred = cred,
        .method = ZV_STR_LIT("REGISTER"),
        .uri = ZV_STR_LIT("sip:example.com"),
        .rand = &rand,
    };
    buf->len = 0;
    assert_int_equal(zv_sip_auth_write(auth, &request, buf), 0);
    assert_false(buf->overflow);
    return zv_buf_str(buf);
}

/* As a registrar does it: computes the response from what was sent and its own password. */
static void expect_verifies(struct zv_str value, const char *nc)
{
    struct zv_sip_challenge sent;
    struct zv_str cnonce, response, params, count;
    char ha1[ZV_SIP_DIGEST_HEX_BYTES + 1], expected[ZV_SIP_DIGEST_HEX_BYTES + 1];
    char semicolons[2048];
    assert_int_equal(zv_sip_challenge_parse(value, &sent), 0);
    assert_int_equal(zv_str_copy(zv_str_tail(value, 7), semicolons, sizeof(semicolons)), 0);
    for (char *p = semicolons; *p; p++)
        *p = *p == ',' ? ';' : *p;
    params = zv_str(semicolons);
    assert_true(zv_sip_param_find(params, "cnonce", &cnonce));
    assert_true(zv_sip_param_find(params, "nc", &count) && zv_str_is(count, nc));
    assert_true(zv_sip_param_find(params, "response", &response));
    assert_int_equal(zv_sip_digest_ha1(sent.algorithm, &mufasa, sent.realm, ha1), 0);
    const struct zv_sip_digest_input in = {
        .algorithm = sent.algorithm,
        .ha1 = zv_str(ha1),
        .method = ZV_STR_LIT("REGISTER"),
        .uri = ZV_STR_LIT("sip:example.com"),
        .nonce = sent.nonce,
        .qop_auth = true,
        .nc = (uint32_t)(nc[7] - '0'),
        .cnonce = cnonce,
    };
    assert_int_equal(zv_sip_digest_response(&in, expected), 0);
    assert_true(zv_str_is(response, expected));
}

static void a_reused_nonce_is_counted_and_each_use_verifies(void **state)
{
    (void)state;
    char memory[1024];
    struct zv_buf buf = zv_buf(memory, sizeof(memory));
    struct zv_sip_auth auth = {0};
    struct zv_sip_challenge c = challenge_of(
        "Digest realm=\"r\", nonce=\"n\", qop=\"auth\", algorithm=SHA-512-256, opaque=\"o\"");
    zv_sip_auth_set(&auth, &c);
    assert_int_equal(zv_sip_auth_header(&auth), ZV_SIP_HEADER_AUTHORIZATION);
    expect_verifies(written(&auth, &mufasa, &buf), "00000001");
    expect_verifies(written(&auth, &mufasa, &buf), "00000002");
    assert_non_null(strstr(zv_buf_cstr(&buf), "opaque=\"o\""));
    zv_sip_auth_set(&auth, &c);
    expect_verifies(written(&auth, &mufasa, &buf), "00000001");
}

static void without_qop_neither_nc_nor_cnonce_is_sent(void **state)
{
    (void)state;
    char memory[1024];
    struct zv_buf buf = zv_buf(memory, sizeof(memory));
    struct zv_sip_auth auth = {0};
    struct zv_sip_challenge c = challenge_of("Digest realm=\"r\", nonce=\"n\"");
    c.proxy = true;
    zv_sip_auth_set(&auth, &c);
    assert_int_equal(zv_sip_auth_header(&auth), ZV_SIP_HEADER_PROXY_AUTHORIZATION);
    written(&auth, &mufasa, &buf);
    const char *text = zv_buf_cstr(&buf);
    assert_null(strstr(text, "nc="));
    assert_null(strstr(text, "cnonce"));
    assert_null(strstr(text, "qop"));
    assert_null(strstr(text, "opaque"));
    assert_null(strstr(text, "Circle"));
}

static void a_stored_ha1_stands_in_for_the_password(void **state)
{
    (void)state;
    char ha1[ZV_SIP_DIGEST_HEX_BYTES + 1], memory[1024];
    struct zv_buf buf = zv_buf(memory, sizeof(memory));
    struct zv_sip_auth auth = {0};
    struct zv_sip_challenge c =
        challenge_of("Digest realm=\"r\", nonce=\"n\", qop=\"auth\", algorithm=SHA-256");
    struct zv_sip_credentials stored = {.username = mufasa.username};
    assert_int_equal(zv_sip_digest_ha1(ZV_SIP_DIGEST_SHA256, &mufasa, c.realm, ha1), 0);
    stored.ha1[ZV_SIP_DIGEST_SHA256] = zv_str(ha1);
    zv_sip_auth_set(&auth, &c);
    expect_verifies(written(&auth, &stored, &buf), "00000001");
}

static void the_same_nonce_again_means_that_the_password_is_wrong(void **state)
{
    (void)state;
    char memory[1024];
    struct zv_buf buf = zv_buf(memory, sizeof(memory));
    struct zv_sip_auth auth = {0};
    struct zv_sip_challenge c = challenge_of("Digest realm=\"r\", nonce=\"n\", qop=\"auth\"");
    assert_false(zv_sip_auth_is_refused(&auth, &c));
    zv_sip_auth_set(&auth, &c);
    assert_false(zv_sip_auth_is_refused(&auth, &c));
    written(&auth, &mufasa, &buf);
    assert_true(zv_sip_auth_is_refused(&auth, &c));
    c.stale = true;
    assert_false(zv_sip_auth_is_refused(&auth, &c));
}

static void nothing_unfit_gets_between_the_quotes(void **state)
{
    (void)state;
    static const char *const names[] = {"a\"b", "a\\", "a\r\nX: y", "\xff", "a\x01"};
    struct zv_rand_seeded seeded = {1};
    struct zv_rand rand = zv_rand_seeded_source(&seeded);
    char memory[1024];
    struct zv_buf buf = zv_buf(memory, sizeof(memory));
    struct zv_sip_auth auth = {0};
    struct zv_sip_challenge c = challenge_of("Digest realm=\"r\", nonce=\"n\"");
    struct zv_sip_credentials cred = mufasa;
    struct zv_sip_auth_request request = {
        .cred = &cred, .method = ZV_STR_LIT("BYE"), .uri = ZV_STR_LIT("sip:h"), .rand = &rand};
    assert_int_equal(zv_sip_auth_write(&auth, &request, &buf), ZV_E_STATE);
    zv_sip_auth_set(&auth, &c);
    for (size_t i = 0; i < ZV_ARRAY_LEN(names); i++) {
        cred.username = zv_str(names[i]);
        assert_int_equal(zv_sip_auth_write(&auth, &request, &buf), ZV_E_INVAL);
    }
    cred.username = mufasa.username;
    request.uri = ZV_STR_LIT("sip:h\"");
    assert_int_equal(zv_sip_auth_write(&auth, &request, &buf), ZV_E_INVAL);
    assert_int_equal(buf.len, 0);
    assert_int_equal(auth.nc, 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(rfc_2617_section_3_5),
    cmocka_unit_test(rfc_7616_section_3_9_1),
    cmocka_unit_test(rfc_7616_section_3_9_2),
    cmocka_unit_test(a_challenge_is_taken_apart),
    cmocka_unit_test(what_cannot_be_answered_says_why),
    cmocka_unit_test(the_strongest_known_algorithm_is_chosen),
    cmocka_unit_test(a_foreign_realm_is_not_answered),
    cmocka_unit_test(a_reused_nonce_is_counted_and_each_use_verifies),
    cmocka_unit_test(without_qop_neither_nc_nor_cnonce_is_sent),
    cmocka_unit_test(a_stored_ha1_stands_in_for_the_password),
    cmocka_unit_test(the_same_nonce_again_means_that_the_password_is_wrong),
    cmocka_unit_test(nothing_unfit_gets_between_the_quotes),
};
ZV_TEST_MAIN(tests)
