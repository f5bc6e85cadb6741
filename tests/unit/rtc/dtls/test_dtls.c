/*
 * Connections against each other: the handshake, who is accepted, and how it ends.
 */
#include "pair.h"

/* A context with settings of its own, but the same certificate unless `has_certificate` is false.
 */
static void replace_settings(struct zv_dtls_ctx *ctx, const char *profiles, const char *ciphers,
                             bool has_certificate)
{
    SSL_CTX *ssl = SSL_CTX_new(DTLS_method());
    SSL_CTX_set_options(ssl, SSL_OP_NO_QUERY_MTU);
    SSL_CTX_set_verify(ssl, SSL_VERIFY_NONE, NULL);
    if (profiles)
        assert_int_equal(SSL_CTX_set_tlsext_use_srtp(ssl, profiles), 0);
    if (ciphers)
        assert_int_equal(SSL_CTX_set_cipher_list(ssl, ciphers), 1);
    if (has_certificate) {
        assert_int_equal(SSL_CTX_use_certificate(ssl, SSL_CTX_get0_certificate(ctx->ssl)), 1);
        assert_int_equal(SSL_CTX_use_PrivateKey(ssl, SSL_CTX_get0_privatekey(ctx->ssl)), 1);
    }
    SSL_CTX_free(ctx->ssl);
    ctx->ssl = ssl;
}

static void two_ends_connect_and_hold_mirrored_keys(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair);
    pair_start(&pair);
    run(&pair);
    assert_connected(&pair);
    assert_int_equal(pair.client.keys.profile, 7);
    assert_int_equal(pair.client.keys.key_len, 16);
    assert_int_equal(pair.client.keys.salt_len, 12);
    assert_int_equal(zv_dtls_state(pair.client.dtls), ZV_DTLS_CONNECTED);
    assert_int_equal(zv_dtls_role(pair.client.dtls), ZV_DTLS_ROLE_CLIENT);
    assert_int_equal(zv_dtls_role(pair.server.dtls), ZV_DTLS_ROLE_SERVER);
    assert_int_equal(zv_dtls_deadline_us(pair.client.dtls), ZV_TIME_NEVER);
    assert_int_equal(zv_dtls_deadline_us(pair.server.dtls), ZV_TIME_NEVER);
    assert_true(zv_fake_wall_clock_reads() > 0);
    pair_fini(&pair);
}

static void the_profile_is_the_first_of_ours_that_the_client_offers(void **state)
{
    (void)state;
    static const struct {
        const char *offer;
        uint16_t profile;
        uint8_t key_len, salt_len;
    } cases[] = {
        {"SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_256_GCM:SRTP_AEAD_AES_128_GCM", 7, 16, 12},
        {"SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_256_GCM", 8, 32, 12},
        {"SRTP_AES128_CM_SHA1_32:SRTP_AES128_CM_SHA1_80", 1, 16, 14},
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++) {
        struct pair pair;
        pair_init(&pair);
        replace_settings(pair.client.ctx, cases[i].offer, NULL, true);
        pair_start(&pair);
        run(&pair);
        assert_connected(&pair);
        assert_int_equal(pair.server.keys.profile, cases[i].profile);
        assert_int_equal(pair.server.keys.key_len, cases[i].key_len);
        assert_int_equal(pair.server.keys.salt_len, cases[i].salt_len);
        pair_fini(&pair);
    }
}

static void without_a_common_srtp_profile_no_keys_come_out(void **state)
{
    (void)state;
    static const char *const offers[] = {NULL, "SRTP_AES128_CM_SHA1_32"};
    for (size_t i = 0; i < ZV_ARRAY_LEN(offers); i++) {
        struct pair pair;
        pair_init(&pair);
        replace_settings(pair.client.ctx, offers[i], NULL, true);
        pair_start(&pair);
        run(&pair);
        assert_int_equal(pair.server.connected, 0);
        assert_int_equal(pair.server.failed, 1);
        assert_int_equal(pair.server.failure.failure, ZV_DTLS_FAIL_NO_SRTP_PROFILE);
        pair_fini(&pair);
    }
}

static void another_fingerprint_fails_and_tells_the_peer_goodbye(void **state)
{
    (void)state;
    struct pair pair;
    struct zv_dtls_ctx *stranger = new_ctx();
    pair_init(&pair);
    expect_fingerprint(&pair, &pair.client, zv_dtls_ctx_fingerprint(pair.server.ctx));
    expect_fingerprint(&pair, &pair.server, zv_dtls_ctx_fingerprint(stranger));
    start(&pair, &pair.server, ZV_DTLS_ROLE_SERVER);
    start(&pair, &pair.client, ZV_DTLS_ROLE_CLIENT);
    run(&pair);
    assert_int_equal(pair.server.connected, 0);
    assert_int_equal(pair.server.failure.failure, ZV_DTLS_FAIL_FINGERPRINT_MISMATCH);
    assert_int_equal(zv_dtls_state(pair.server.dtls), ZV_DTLS_FAILED);
    assert_int_equal(pair.client.closed, 1);
    assert_int_equal(zv_dtls_deadline_us(pair.server.dtls), ZV_TIME_NEVER);
    zv_dtls_ctx_unref(stranger);
    pair_fini(&pair);
}

static void the_client_checks_the_fingerprint_too(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair);
    expect_fingerprint(&pair, &pair.client, zv_dtls_ctx_fingerprint(pair.client.ctx));
    expect_fingerprint(&pair, &pair.server, zv_dtls_ctx_fingerprint(pair.client.ctx));
    start(&pair, &pair.server, ZV_DTLS_ROLE_SERVER);
    start(&pair, &pair.client, ZV_DTLS_ROLE_CLIENT);
    run(&pair);
    assert_int_equal(pair.client.connected, 0);
    assert_int_equal(pair.client.failure.failure, ZV_DTLS_FAIL_FINGERPRINT_MISMATCH);
    pair_fini(&pair);
}

static void a_client_without_certificate_is_refused(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair);
    replace_settings(pair.client.ctx, "SRTP_AEAD_AES_128_GCM", NULL, false);
    pair_start(&pair);
    run(&pair);
    assert_int_equal(pair.server.connected, 0);
    assert_int_equal(pair.server.failure.failure, ZV_DTLS_FAIL_REFUSED);
    assert_string_equal(pair.server.failure.detail, "peer did not return a certificate");
    pair_fini(&pair);
}

static void a_client_that_only_speaks_cbc_is_refused(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair);
    replace_settings(pair.client.ctx, "SRTP_AEAD_AES_128_GCM", "ECDHE-ECDSA-AES128-SHA", true);
    pair_start(&pair);
    run(&pair);
    assert_int_equal(pair.server.failure.failure, ZV_DTLS_FAIL_REFUSED);
    assert_string_equal(pair.server.failure.detail, "no shared cipher");
    assert_int_equal(pair.server.sent, 0); /* not even an alert */
    pair_fini(&pair);
}

static void dtls_1_0_is_refused(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair);
    replace_settings(pair.client.ctx, "SRTP_AEAD_AES_128_GCM", "ALL:@SECLEVEL=0", true);
    assert_int_equal(SSL_CTX_set_max_proto_version(pair.client.ctx->ssl, DTLS1_VERSION), 1);
    pair_start(&pair);
    run(&pair);
    assert_int_equal(pair.server.connected, 0);
    assert_int_equal(pair.server.failure.failure, ZV_DTLS_FAIL_REFUSED);
    pair_fini(&pair);
}

static void keys_wait_for_a_fingerprint_that_comes_late(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair);
    start(&pair, &pair.server, ZV_DTLS_ROLE_SERVER);
    start(&pair, &pair.client, ZV_DTLS_ROLE_CLIENT);
    settle(&pair);
    assert_int_equal(zv_dtls_state(pair.server.dtls), ZV_DTLS_UNVERIFIED);
    assert_int_equal(pair.server.connected + pair.client.connected, 0);
    expect_fingerprint(&pair, &pair.client, zv_dtls_ctx_fingerprint(pair.server.ctx));
    set_clock(&pair, pair.now_us + ZV_SECONDS(5));
    expect_fingerprint(&pair, &pair.server, zv_dtls_ctx_fingerprint(pair.client.ctx));
    assert_connected(&pair);
    pair_fini(&pair);
}

static void a_late_and_wrong_fingerprint_fails(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair);
    start(&pair, &pair.server, ZV_DTLS_ROLE_SERVER);
    start(&pair, &pair.client, ZV_DTLS_ROLE_CLIENT);
    settle(&pair);
    expect_fingerprint(&pair, &pair.server, zv_dtls_ctx_fingerprint(pair.server.ctx));
    assert_int_equal(pair.server.connected, 0);
    assert_int_equal(pair.server.failure.failure, ZV_DTLS_FAIL_FINGERPRINT_MISMATCH);
    pair_fini(&pair);
}

static void a_fingerprint_that_never_comes_fails_at_the_limit(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair);
    int64_t begin_us = pair.now_us;
    start(&pair, &pair.server, ZV_DTLS_ROLE_SERVER);
    start(&pair, &pair.client, ZV_DTLS_ROLE_CLIENT);
    run(&pair);
    assert_int_equal(pair.server.connected, 0);
    assert_int_equal(pair.server.failure.failure, ZV_DTLS_FAIL_FINGERPRINT_MISSING);
    assert_int_equal(pair.now_us, begin_us + ZV_DTLS_HANDSHAKE_LIMIT_US);
    pair_fini(&pair);
}

static void digests_of_other_lengths_identify_the_peer_as_well(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const EVP_MD *(*md_fn)(void);
    } cases[] = {{"sha-384", EVP_sha384}, {"sha-512", EVP_sha512}};
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++) {
        struct pair pair;
        uint8_t digest[EVP_MAX_MD_SIZE];
        unsigned len;
        char text[256];
        pair_init(&pair);
        X509_digest(SSL_CTX_get0_certificate(pair.client.ctx->ssl), cases[i].md_fn(), digest, &len);
        struct zv_buf out = zv_buf(text, sizeof(text));
        zv_buf_printf(&out, "%s ", cases[i].name);
        for (unsigned n = 0; n < len; n++)
            zv_buf_printf(&out, n ? ":%02x" : "%02x", digest[n]);
        expect_fingerprint(&pair, &pair.client, zv_dtls_ctx_fingerprint(pair.server.ctx));
        expect_fingerprint(&pair, &pair.server, zv_buf_cstr(&out));
        start(&pair, &pair.server, ZV_DTLS_ROLE_SERVER);
        start(&pair, &pair.client, ZV_DTLS_ROLE_CLIENT);
        run(&pair);
        assert_connected(&pair);
        pair_fini(&pair);
    }
}

static void a_verified_fingerprint_cannot_be_replaced(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair);
    pair_start(&pair);
    run(&pair);
    const char *same = zv_dtls_ctx_fingerprint(pair.client.ctx);
    const char *other = zv_dtls_ctx_fingerprint(pair.server.ctx);
    struct zv_dtls *dtls = pair.server.dtls;
    assert_int_equal(zv_dtls_set_remote_fingerprint(dtls, zv_str(same), pair.now_us), 0);
    assert_int_equal(zv_dtls_set_remote_fingerprint(dtls, zv_str(other), pair.now_us), ZV_E_STATE);
    assert_int_equal(zv_dtls_set_remote_fingerprint(dtls, zv_str("md5 00"), pair.now_us),
                     ZV_E_UNSUPPORTED);
    assert_int_equal(zv_dtls_start(dtls, ZV_DTLS_ROLE_SERVER, pair.now_us), ZV_E_STATE);
    assert_int_equal(zv_dtls_start(dtls, ZV_DTLS_ROLE_NONE, pair.now_us), ZV_E_INVAL);
    pair_fini(&pair);
}

static void a_hello_that_comes_before_the_start_is_kept(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair);
    expect_fingerprint(&pair, &pair.client, zv_dtls_ctx_fingerprint(pair.server.ctx));
    start(&pair, &pair.client, ZV_DTLS_ROLE_CLIENT);
    settle(&pair);
    assert_int_equal(pair.server.sent, 0);
    for (int i = 0; i < 20; i++)
        give(&pair, &pair.server, (const uint8_t *)"\x16 noise", 7);
    expect_fingerprint(&pair, &pair.server, zv_dtls_ctx_fingerprint(pair.client.ctx));
    start(&pair, &pair.server, ZV_DTLS_ROLE_SERVER);
    assert_true(pair.server.sent > 0);
    settle(&pair);
    assert_connected(&pair);
    pair_fini(&pair);
}

static int add_padding(SSL *ssl, unsigned type, const unsigned char **ret_data, size_t *ret_len,
                       int *ret_alert, void *arg)
{
    static const unsigned char padding[1300];
    (void)ssl, (void)type, (void)ret_alert, (void)arg;
    *ret_data = padding;
    *ret_len = sizeof(padding);
    return 1;
}

/* A browser's ClientHello with a post-quantum key share takes two datagrams. */
static void a_client_hello_in_two_datagrams_is_put_together_in_any_order(void **state)
{
    (void)state;
    for (int is_reversed = 0; is_reversed < 2; is_reversed++) {
        struct pair pair;
        pair_init(&pair);
        assert_int_equal(SSL_CTX_add_client_custom_ext(pair.client.ctx->ssl, 65280, add_padding,
                                                       NULL, NULL, NULL, NULL),
                         1);
        pair_start(&pair);
        assert_int_equal(pair.client.out_count, 2);
        if (is_reversed) {
            struct dgram first = pair.client.out[0];
            pair.client.out[0] = pair.client.out[1];
            pair.client.out[1] = first;
        }
        settle(&pair);
        assert_connected(&pair);
        pair_fini(&pair);
    }
}

static void silence_fails_at_the_time_limit_and_not_before(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair);
    int64_t begin_us = pair.now_us;
    pair_start(&pair);
    do
        lose(&pair.client);
    while (advance_to_deadline(&pair));
    assert_int_equal(pair.now_us, begin_us + ZV_DTLS_HANDSHAKE_LIMIT_US);
    assert_int_equal(pair.client.failure.failure, ZV_DTLS_FAIL_TIMEOUT);
    assert_int_equal(pair.server.failure.failure, ZV_DTLS_FAIL_TIMEOUT);
    /* 0.1, 0.2, 0.4, 0.8, 1.6 s apart and then every 2 s */
    assert_int_equal(zv_dtls_stats(pair.client.dtls)->retransmits, 10);
    assert_int_equal(zv_dtls_stats(pair.client.dtls)->clock_fallbacks, 0);
    pair_fini(&pair);
}

static void the_time_limit_is_the_one_configured(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair);
    zv_dtls_free(pair.server.dtls);
    const struct zv_dtls_cfg cfg = {.ctx = pair.server.ctx, .handshake_limit_us = ZV_MS(700)};
    assert_int_equal(zv_dtls_new(&pair.server.dtls, &cfg), 0);
    start(&pair, &pair.server, ZV_DTLS_ROLE_SERVER);
    assert_int_equal(zv_dtls_deadline_us(pair.server.dtls), pair.now_us + ZV_MS(700));
    pair_fini(&pair);
}

static void close_reaches_the_peer(void **state)
{
    (void)state;
    for (int is_released = 0; is_released < 2; is_released++) {
        struct pair pair;
        pair_init(&pair);
        pair_start(&pair);
        settle(&pair);
        if (is_released)
            zv_dtls_release(pair.server.dtls);
        drain(&pair.server);
        assert_int_equal(pair.server.out_count, 0);
        zv_dtls_close(pair.server.dtls);
        drain(&pair.server);
        settle(&pair);
        assert_int_equal(zv_dtls_state(pair.server.dtls), ZV_DTLS_CLOSED);
        assert_int_equal(pair.server.closed, 0);
        assert_int_equal(pair.client.closed, 1);
        assert_int_equal(zv_dtls_state(pair.client.dtls), ZV_DTLS_CLOSED);
        zv_dtls_close(pair.server.dtls);
        drain(&pair.server);
        assert_int_equal(pair.server.out_count, 0);
        pair_fini(&pair);
    }
}

static void close_before_the_handshake_is_silent(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair);
    zv_dtls_close(pair.client.dtls);
    drain(&pair.client);
    start(&pair, &pair.server, ZV_DTLS_ROLE_SERVER);
    zv_dtls_close(pair.server.dtls);
    drain(&pair.server);
    assert_int_equal(pair.client.sent + pair.server.sent, 0);
    assert_int_equal(zv_dtls_deadline_us(pair.server.dtls), ZV_TIME_NEVER);
    assert_int_equal(zv_dtls_start(pair.client.dtls, ZV_DTLS_ROLE_SERVER, 0), ZV_E_STATE);
    pair_fini(&pair);
}

static void certificates_differ_and_are_shared_by_reference(void **state)
{
    (void)state;
    struct zv_dtls_ctx *a = new_ctx(), *b = new_ctx();
    assert_string_not_equal(zv_dtls_ctx_fingerprint(a), zv_dtls_ctx_fingerprint(b));
    assert_int_equal(strlen(zv_dtls_ctx_fingerprint(a)), 8 + 32 * 3 - 1);
    assert_memory_equal(zv_dtls_ctx_fingerprint(a), "sha-256 ", 8);
    struct zv_dtls *dtls = NULL;
    assert_int_equal(zv_dtls_new(&dtls, &(struct zv_dtls_cfg){.ctx = a}), 0);
    zv_dtls_ctx_unref(a);
    assert_int_equal(zv_dtls_start(dtls, ZV_DTLS_ROLE_CLIENT, 1), 0);
    zv_dtls_free(dtls);
    zv_dtls_ctx_unref(b);
    assert_null(zv_dtls_ctx_unref(NULL));
    assert_null(zv_dtls_free(NULL));
}

/* Each allocation of ours in a whole call fails once. What it costs is a retransmission. */
static void the_handshake_survives_the_failure_of_any_one_allocation(void **state)
{
    (void)state;
    for (int64_t n = 0; n < 40; n++) {
        int64_t live = zv_alloc_live();
        struct pair pair;
        pair_init(&pair);
        expect_fingerprint(&pair, &pair.client, zv_dtls_ctx_fingerprint(pair.server.ctx));
        expect_fingerprint(&pair, &pair.server, zv_dtls_ctx_fingerprint(pair.client.ctx));
        zv_alloc_fail_after(n);
        start(&pair, &pair.client, ZV_DTLS_ROLE_CLIENT);
        settle(&pair);
        start(&pair, &pair.server, ZV_DTLS_ROLE_SERVER);
        run(&pair);
        zv_dtls_release(pair.client.dtls);
        zv_alloc_fail_after(-1);
        assert_connected(&pair);
        pair_fini(&pair);
        assert_int_equal(zv_alloc_live(), live);
    }
}

static void creation_without_memory_leaves_nothing_behind(void **state)
{
    (void)state;
    int64_t live = zv_alloc_live();
    struct zv_dtls_ctx *ctx = NULL;
    zv_alloc_fail_after(0);
    assert_int_equal(zv_dtls_ctx_new(&ctx, &(struct zv_dtls_ctx_cfg){0}), ZV_E_NOMEM);
    ctx = new_ctx();
    struct zv_dtls *dtls = NULL;
    zv_alloc_fail_after(0);
    assert_int_equal(zv_dtls_new(&dtls, &(struct zv_dtls_cfg){.ctx = ctx}), ZV_E_NOMEM);
    assert_null(dtls);
    zv_dtls_ctx_unref(ctx);
    assert_int_equal(zv_alloc_live(), live);
}

static void the_dump_says_where_the_handshake_stands(void **state)
{
    (void)state;
    struct pair pair;
    char text[512], tiny[8];
    pair_init(&pair);
    pair_start(&pair);
    run(&pair);
    size_t len = zv_dtls_dump(pair.server.dtls, text, sizeof(text));
    assert_int_equal(len, strlen(text));
    assert_non_null(strstr(text, "dtls connected role=server"));
    assert_true(zv_dtls_dump(pair.server.dtls, tiny, sizeof(tiny)) < sizeof(tiny));
    for (int i = ZV_DTLS_NEW; i <= ZV_DTLS_FAILED; i++)
        assert_string_not_equal(zv_dtls_state_name(i), "unknown");
    for (int i = ZV_DTLS_FAIL_NONE; i <= ZV_DTLS_FAIL_INTERNAL; i++)
        assert_string_not_equal(zv_dtls_failure_name(i), "unknown");
    pair_fini(&pair);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(two_ends_connect_and_hold_mirrored_keys),
    cmocka_unit_test(the_profile_is_the_first_of_ours_that_the_client_offers),
    cmocka_unit_test(without_a_common_srtp_profile_no_keys_come_out),
    cmocka_unit_test(another_fingerprint_fails_and_tells_the_peer_goodbye),
    cmocka_unit_test(the_client_checks_the_fingerprint_too),
    cmocka_unit_test(a_client_without_certificate_is_refused),
    cmocka_unit_test(a_client_that_only_speaks_cbc_is_refused),
    cmocka_unit_test(dtls_1_0_is_refused),
    cmocka_unit_test(keys_wait_for_a_fingerprint_that_comes_late),
    cmocka_unit_test(a_late_and_wrong_fingerprint_fails),
    cmocka_unit_test(a_fingerprint_that_never_comes_fails_at_the_limit),
    cmocka_unit_test(digests_of_other_lengths_identify_the_peer_as_well),
    cmocka_unit_test(a_verified_fingerprint_cannot_be_replaced),
    cmocka_unit_test(a_hello_that_comes_before_the_start_is_kept),
    cmocka_unit_test(a_client_hello_in_two_datagrams_is_put_together_in_any_order),
    cmocka_unit_test(silence_fails_at_the_time_limit_and_not_before),
    cmocka_unit_test(the_time_limit_is_the_one_configured),
    cmocka_unit_test(close_reaches_the_peer),
    cmocka_unit_test(close_before_the_handshake_is_silent),
    cmocka_unit_test(certificates_differ_and_are_shared_by_reference),
    cmocka_unit_test(the_handshake_survives_the_failure_of_any_one_allocation),
    cmocka_unit_test(creation_without_memory_leaves_nothing_behind),
    cmocka_unit_test(the_dump_says_where_the_handshake_stands),
};

ZV_TEST_MAIN(tests)
