/*
 * Streams over TLS: whom we trust and whom not, and what is said about it. The peers are OpenSSL's,
 * in the same thread.
 */
#define _GNU_SOURCE
#include "tls_peer.h"

#include "base/err.h"
#include "base/time.h"
#include "io/sockaddr.h"
#include "sipnet/streams_int.h"
#include "support/flow.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>

#define GUARD_MS 20000
#define NAME     "sip.test"

static const char options[] = "OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 4\r\n\r\nbody";

/* Made once, for all tests. */
static char dir[] = "/tmp/zvonok-tls-XXXXXX";
static struct tls_identity ca, other_ca, good, expired, other_name, self_signed, by_address,
    by_other_ca, wildcard, half_wildcard;

struct world {
    uv_loop_t loop;
    uv_timer_t guard;
    struct zv_rand_seeded seeded;
    struct zv_tls *tls;
    struct zv_streams *streams;
    struct zv_tcp_socket listener; /* the peer's */
    SSL_CTX *server;               /* the peer's */
    size_t messages, failures;
    char text[256];
    struct zv_sip_flow flow;
    int err;        /* of the latest failure */
    int handshakes; /* that peers may still begin */
};

static void on_guard(uv_timer_t *timer)
{
    (void)timer;
    fail_msg("nothing happened within %d ms", GUARD_MS);
}

static bool on_message(void *arg, const struct zv_sip_flow *flow, struct zv_str data)
{
    struct world *world = arg;
    world->messages++;
    world->flow = *flow;
    assert_int_equal(zv_str_copy(data, world->text, sizeof(world->text)), 0);
    return true;
}

static void on_failed(void *arg, const struct zv_sip_flow *flow, int err)
{
    struct world *world = arg;
    (void)flow;
    world->failures++;
    world->err = err;
}

static enum zv_sip_flow_use find_use(void *arg, const struct zv_sip_flow *flow)
{
    (void)arg;
    (void)flow;
    return ZV_SIP_FLOW_OF_LEG;
}

static struct zv_addr loopback(uint16_t port)
{
    struct zv_addr addr;
    assert_int_equal(zv_addr_parse_ip(zv_str("127.0.0.1"), &addr), 0);
    addr.port = port;
    return addr;
}

static bool may_shake_hands(void *arg, const struct zv_addr *remote)
{
    struct world *world = arg;
    assert_true(zv_addr_is_loopback(remote));
    return world->handshakes-- > 0;
}

struct wishes {
    const struct tls_identity *server; /* NULL: `good` */
    int max_version;
    const char *ca_path; /* NULL: that of `ca` */
    const struct zv_trunks *trunks;
    bool listens;
    int64_t handshake_us;
    int handshakes; /* of peers that may begin; 0: all */
};

static void open_world(struct world *world, struct wishes wishes)
{
    char error[ZV_TLS_ERROR_CAP];
    const struct zv_addr any_port = loopback(0);
    memset(world, 0, sizeof(*world));
    world->seeded.state = 1;
    assert_int_equal(uv_loop_init(&world->loop), 0);
    uv_timer_init(&world->loop, &world->guard);
    uv_timer_start(&world->guard, on_guard, GUARD_MS, 0);
    assert_int_equal(zv_tcp_listen(&world->listener, &any_port), 0);
    world->server = tls_server(wishes.server ? wishes.server : &good, wishes.max_version);
    const struct zv_tls_cfg tls = {.ca = wishes.ca_path ? wishes.ca_path : ca.cert_path,
                                   .certificate = wishes.listens ? good.cert_path : NULL,
                                   .private_key = wishes.listens ? good.key_path : NULL,
                                   .trunks = wishes.trunks};
    assert_int_equal(zv_tls_new(&world->tls, &tls, error), 0);
    const struct zv_streams_cfg cfg = {
        .loop = &world->loop,
        .rand = zv_rand_seeded_source(&world->seeded),
        .tls = world->tls,
        .tls_listen = wishes.listens ? any_port : (struct zv_addr){0},
        .max_streams = 8,
        .max_per_address = 8,
        .handshake_us = wishes.handshake_us,
        .on_message_fn = on_message,
        .on_failed_fn = on_failed,
        .use_fn = find_use,
        .may_shake_hands_fn = wishes.handshakes ? may_shake_hands : NULL,
        .arg = world};
    world->handshakes = wishes.handshakes;
    assert_int_equal(zv_streams_new(&world->streams, &cfg), 0);
}

static void close_world(struct world *world)
{
    world->streams = zv_streams_free(world->streams);
    world->tls = zv_tls_free(world->tls);
    SSL_CTX_free(world->server);
    zv_tcp_close(&world->listener);
    uv_close((uv_handle_t *)&world->guard, NULL);
    assert_int_equal(uv_run(&world->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&world->loop), 0);
}

static struct zv_sip_flow flow_for(struct world *world, const char *name, const char *trunk_ca)
{
    struct zv_sip_flow flow;
    const struct zv_stream_target target = {.transport = ZV_SIP_TLS,
                                            .local = loopback(0),
                                            .remote = loopback(world->listener.local.port),
                                            .server_name = zv_str(name),
                                            .ca = zv_str(trunk_ca)};
    assert_int_equal(zv_streams_find_flow(world->streams, &target, &flow), 0);
    return flow;
}

static int send_options(struct world *world, const struct zv_sip_flow *flow)
{
    return zv_streams_send(world->streams, flow, zv_str(options));
}

/* ---- the peer ---- */

struct peer {
    struct zv_tcp_socket socket;
    SSL *ssl;
    int is_done; /* of its handshake: 1 yes, -1 it failed */
};

static void accept_peer(struct world *world, struct peer *peer)
{
    int err;
    while ((err = zv_tcp_accept(&world->listener, &peer->socket)) == ZV_E_AGAIN)
        uv_run(&world->loop, UV_RUN_NOWAIT);
    assert_int_equal(err, 0);
    peer->is_done = 0;
    peer->ssl = SSL_new(world->server);
    SSL_set_fd(peer->ssl, peer->socket.fd);
    SSL_set_accept_state(peer->ssl);
}

static void shake_hands(struct world *world, struct peer *peer)
{
    while (!peer->is_done) {
        ERR_clear_error();
        int result = SSL_do_handshake(peer->ssl);
        int why = result == 1 ? 0 : SSL_get_error(peer->ssl, result);
        if (result == 1)
            peer->is_done = 1;
        else if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
            peer->is_done = -1;
        uv_run(&world->loop, UV_RUN_NOWAIT);
    }
}

static void hear(struct world *world, struct peer *peer, char *ret_text, size_t len)
{
    size_t had = 0, got;
    while (had < len) {
        had += SSL_read_ex(peer->ssl, ret_text + had, len - had, &got) == 1 ? got : 0;
        uv_run(&world->loop, UV_RUN_NOWAIT);
    }
    ret_text[len] = '\0';
}

static void close_peer(struct peer *peer)
{
    SSL_free(peer->ssl);
    zv_tcp_close(&peer->socket);
}

/* ---- towards a server ---- */

static void expect_trust(struct world *world, const char *name, const char *trunk_ca)
{
    struct peer peer;
    char text[256];
    struct zv_sip_flow flow = flow_for(world, name, trunk_ca);
    assert_int_equal(send_options(world, &flow), 0);
    accept_peer(world, &peer);
    shake_hands(world, &peer);
    hear(world, &peer, text, strlen(options));
    assert_string_equal(text, options);
    assert_true(SSL_version(peer.ssl) >= TLS1_2_VERSION);
    close_peer(&peer);
}

static void expect_refusal(struct world *world, const char *name, const char *trunk_ca, int err,
                           const char *words)
{
    struct peer peer;
    struct zv_sip_flow flow = flow_for(world, name, trunk_ca);
    size_t failures = world->failures;
    assert_int_equal(send_options(world, &flow), 0);
    accept_peer(world, &peer);
    shake_hands(world, &peer);
    while (world->failures == failures)
        uv_run(&world->loop, UV_RUN_ONCE);
    assert_int_equal(world->err, err);
    assert_int_equal(send_options(world, &flow), err); /* at once, for a while */
    if (err == ZV_E_DENIED)
        assert_non_null(strstr(zv_streams_trouble(world->streams, zv_str(name)), words));
    else
        assert_null(zv_streams_trouble(world->streams, zv_str(name)));
    char byte;
    assert_int_not_equal(SSL_read(peer.ssl, &byte, 1), 1); /* nothing was sent */
    close_peer(&peer);
}

static void a_server_that_our_ca_vouches_for_is_spoken_to_by_its_name(void **state)
{
    struct world world;
    struct peer peer;
    char text[256];
    (void)state;
    open_world(&world, (struct wishes){0});
    struct zv_sip_flow flow = flow_for(&world, NAME, "");
    assert_int_not_equal(flow.local.port, 0); /* nobody listens: the connection's own */
    assert_int_equal(send_options(&world, &flow), 0);
    accept_peer(&world, &peer);
    assert_int_equal(peer.socket.remote.port, flow.local.port);
    shake_hands(&world, &peer);
    assert_string_equal(SSL_get_servername(peer.ssl, TLSEXT_NAMETYPE_host_name), NAME);
    hear(&world, &peer, text, strlen(options));
    for (size_t i = 0; i < sizeof(options) - 1; i++) { /* and back, a record a byte */
        assert_int_equal(SSL_write(peer.ssl, options + i, 1), 1);
        uv_run(&world.loop, UV_RUN_NOWAIT);
    }
    while (!world.messages)
        uv_run(&world.loop, UV_RUN_ONCE);
    assert_string_equal(world.text, options);
    assert_true(flow_eq(&world.flow, &flow));
    close_peer(&peer);
    close_world(&world);
}

static void a_certificate_may_name_an_address(void **state)
{
    struct world world;
    (void)state;
    open_world(&world, (struct wishes){.server = &by_address});
    expect_trust(&world, "127.0.0.1", "");
    close_world(&world);
}

static void certificates_that_prove_nothing_are_refused_with_reason_and_remedy(void **state)
{
    static const struct {
        const struct tls_identity *server;
        const char *name, *words;
    } cases[] = {{&self_signed, NAME, "sip.tls_ca"},
                 {&by_other_ca, NAME, "sip.tls_ca"},
                 {&expired, NAME, "expired); have the server renew it"},
                 {&other_name, NAME, "name the server as its certificate does"},
                 {&good, "127.0.0.1", "name the server as its certificate does"}};
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++) {
        struct world world;
        open_world(&world, (struct wishes){.server = cases[i].server});
        expect_refusal(&world, cases[i].name, "", ZV_E_DENIED, cases[i].words);
        close_world(&world);
    }
}

/* docs/decisions/021-sip-over-connections-again.md */
static void a_wildcard_stands_for_one_whole_label(void **state)
{
    static const struct {
        const struct tls_identity *server;
        const char *name;
        bool is_trusted;
    } cases[] = {{&wildcard, "sip1.carrier.test", true},
                 {&wildcard, "carrier.test", false},
                 {&wildcard, "a.sip1.carrier.test", false},
                 {&half_wildcard, "sip1.carrier.test", false}};
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++) {
        struct world world;
        open_world(&world, (struct wishes){.server = cases[i].server});
        if (cases[i].is_trusted)
            expect_trust(&world, cases[i].name, "");
        else
            expect_refusal(&world, cases[i].name, "", ZV_E_DENIED, "as its certificate does");
        close_world(&world);
    }
}

static void old_versions_of_tls_are_refused(void **state)
{
    struct world world;
    (void)state;
    open_world(&world, (struct wishes){.max_version = TLS1_1_VERSION});
    expect_refusal(&world, NAME, "", ZV_E_IO, NULL);
    close_world(&world);
}

static void a_trunk_has_its_own_ca(void **state)
{
    const struct zv_trunk entries[] = {{.host = zv_str(NAME), .ca = zv_str(other_ca.cert_path)}};
    const struct zv_trunks trunks = {.entries = entries, .count = 1};
    struct world world;
    (void)state;
    open_world(&world, (struct wishes){.server = &by_other_ca, .trunks = &trunks});
    expect_trust(&world, NAME, other_ca.cert_path);
    expect_refusal(&world, NAME, "", ZV_E_DENIED, "sip.tls_ca"); /* for others it proves nothing */
    close_world(&world);
}

/* What was verified for one name says nothing about another at the same address. */
static void two_names_at_one_address_share_no_connection(void **state)
{
    struct world world;
    struct peer peer;
    char text[256];
    (void)state;
    open_world(&world, (struct wishes){0});
    struct zv_sip_flow flow = flow_for(&world, NAME, "");
    assert_int_equal(send_options(&world, &flow), 0);
    accept_peer(&world, &peer);
    shake_hands(&world, &peer);
    hear(&world, &peer, text, strlen(options));
    expect_refusal(&world, "victim.test", "", ZV_E_DENIED, "name the server");
    assert_int_equal(send_options(&world, &flow), 0); /* which goes on */
    hear(&world, &peer, text, strlen(options));
    close_peer(&peer);
    close_world(&world);
}

static void a_reload_reads_the_files_anew_and_a_broken_one_changes_nothing(void **state)
{
    struct world world;
    char path[160], error[ZV_TLS_ERROR_CAP];
    (void)state;
    snprintf(path, sizeof(path), "%s/changing.crt", dir);
    const struct zv_tls_cfg cfg = {.ca = path};
    assert_int_equal(link(other_ca.cert_path, path), 0);
    open_world(&world, (struct wishes){.ca_path = path});
    expect_refusal(&world, NAME, "", ZV_E_DENIED, "sip.tls_ca");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(zv_tls_reload(world.tls, &cfg, error), ZV_E_CRYPTO);
    assert_non_null(strstr(error, "sip.tls_ca"));
    assert_non_null(strstr(error, path));
    assert_int_equal(link(ca.cert_path, path), 0);
    assert_int_equal(zv_tls_reload(world.tls, &cfg, error), 0);
    zv_streams_forgive(world.streams);
    expect_trust(&world, NAME, "");
    unlink(path);
    close_world(&world);
}

static void files_that_are_no_certificates_are_told_with_their_keys(void **state)
{
    const struct {
        struct zv_tls_cfg cfg;
        const char *words;
    } cases[] = {
        {{.ca = "/nonexistent"}, "sip.tls_ca: /nonexistent"},
        {{.certificate = "/nonexistent", .private_key = good.key_path}, "sip.tls_certificate"},
        {{.certificate = good.cert_path, .private_key = expired.key_path}, "sip.tls_private_key"},
    };
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++) {
        struct zv_tls *tls;
        char error[ZV_TLS_ERROR_CAP];
        assert_int_equal(zv_tls_new(&tls, &cases[i].cfg, error), ZV_E_CRYPTO);
        assert_non_null(strstr(error, cases[i].words));
    }
}

static void a_server_that_never_finishes_the_handshake_is_given_up(void **state)
{
    struct world world;
    struct peer peer;
    (void)state;
    open_world(&world, (struct wishes){.handshake_us = ZV_MS(50)});
    struct zv_sip_flow flow = flow_for(&world, NAME, "");
    assert_int_equal(send_options(&world, &flow), 0);
    accept_peer(&world, &peer);
    while (!world.failures)
        uv_run(&world.loop, UV_RUN_ONCE);
    assert_int_equal(world.err, ZV_E_TIMEOUT);
    close_peer(&peer);
    close_world(&world);
}

/* ---- peers that connect ---- */

static int dial(struct world *world)
{
    const struct zv_addr to = loopback(zv_streams_port(world->streams, ZV_SIP_TLS));
    struct sockaddr_storage name;
    socklen_t len = zv_sockaddr_write(&to, AF_INET, &name);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&name, len), 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

static void a_peer_that_connects_gets_our_certificate_and_is_heard(void **state)
{
    struct world world;
    (void)state;
    open_world(&world, (struct wishes){.listens = true});
    SSL_CTX *client = SSL_CTX_new(TLS_client_method());
    assert_int_equal(SSL_CTX_load_verify_file(client, ca.cert_path), 1);
    SSL_CTX_set_verify(client, SSL_VERIFY_PEER, NULL);
    struct peer peer = {.socket.fd = dial(&world), .ssl = SSL_new(client)};
    SSL_set1_host(peer.ssl, NAME);
    SSL_set_fd(peer.ssl, peer.socket.fd);
    SSL_set_connect_state(peer.ssl);
    shake_hands(&world, &peer);
    assert_int_equal(peer.is_done, 1);
    assert_int_equal(SSL_write(peer.ssl, options, sizeof(options) - 1), sizeof(options) - 1);
    while (!world.messages)
        uv_run(&world.loop, UV_RUN_ONCE);
    assert_string_equal(world.text, options);
    assert_int_equal(world.flow.transport, ZV_SIP_TLS);
    assert_int_equal(send_options(&world, &world.flow), 0);
    char text[256];
    hear(&world, &peer, text, strlen(options));
    close_peer(&peer);
    SSL_CTX_free(client);
    close_world(&world);
}

static void a_peer_that_speaks_no_tls_or_says_nothing_is_dropped(void **state)
{
    static const char *const texts[] = {options, ""};
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(texts); i++) {
        struct world world;
        open_world(&world, (struct wishes){.listens = true, .handshake_us = ZV_MS(50)});
        int fd = dial(&world);
        size_t len = strlen(texts[i]);
        assert_int_equal(send(fd, texts[i], len, MSG_NOSIGNAL), (ssize_t)len);
        while (!world.failures)
            uv_run(&world.loop, UV_RUN_ONCE);
        struct zv_streams_counts counts;
        zv_streams_counts(world.streams, &counts);
        assert_int_equal(counts.streams, 0);
        assert_int_equal(world.messages, 0);
        close(fd);
        close_world(&world);
    }
}

/* Who is over his rate is closed before anything is computed for him, and the next one is not. */
static void a_peer_whose_handshakes_come_too_fast_is_closed(void **state)
{
    struct world world;
    struct zv_streams_counts counts = {0};
    char byte;
    (void)state;
    open_world(&world, (struct wishes){.listens = true, .handshakes = 1});
    int first = dial(&world), second = dial(&world);
    while (!counts.refused) {
        uv_run(&world.loop, UV_RUN_ONCE);
        zv_streams_counts(world.streams, &counts);
    }
    assert_int_equal(counts.streams, 1);
    assert_int_equal(recv(first, &byte, 1, 0), -1); /* it waits for the peer's hello */
    assert_int_equal(errno, EAGAIN);
    assert_int_equal(recv(second, &byte, 1, 0), 0);
    close(first);
    close(second);
    close_world(&world);
}

/* ---- */

static int make_certificates(void **state)
{
    const long day = 86400;
    (void)state;
    signal(SIGPIPE, SIG_IGN); /* as zvonokd does */
    assert_non_null(mkdtemp(dir));
    ca = tls_make(dir, (struct tls_wish){.file = "ca", .from_s = -day, .until_s = day});
    other_ca = tls_make(dir, (struct tls_wish){.file = "other-ca", .from_s = -day, .until_s = day});
    good = tls_make(dir, (struct tls_wish){"good", "DNS:" NAME, &ca, -day, day});
    expired = tls_make(dir, (struct tls_wish){"expired", "DNS:" NAME, &ca, -2 * day, -day});
    other_name = tls_make(dir, (struct tls_wish){"other", "DNS:other.test", &ca, -day, day});
    self_signed = tls_make(dir, (struct tls_wish){"self", "DNS:" NAME, NULL, -day, day});
    by_address = tls_make(dir, (struct tls_wish){"address", "IP:127.0.0.1", &ca, -day, day});
    wildcard = tls_make(dir, (struct tls_wish){"wild", "DNS:*.carrier.test", &ca, -day, day});
    half_wildcard =
        tls_make(dir, (struct tls_wish){"half-wild", "DNS:sip*.carrier.test", &ca, -day, day});
    by_other_ca = tls_make(dir, (struct tls_wish){"by-other", "DNS:" NAME, &other_ca, -day, day});
    return 0;
}

static int discard_certificates(void **state)
{
    struct tls_identity *const all[] = {&ca,         &other_ca,     &good,       &expired,
                                        &other_name, &self_signed,  &by_address, &by_other_ca,
                                        &wildcard,   &half_wildcard};
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(all); i++)
        tls_discard(all[i]);
    return rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_that_our_ca_vouches_for_is_spoken_to_by_its_name),
        cmocka_unit_test(a_certificate_may_name_an_address),
        cmocka_unit_test(certificates_that_prove_nothing_are_refused_with_reason_and_remedy),
        cmocka_unit_test(a_wildcard_stands_for_one_whole_label),
        cmocka_unit_test(old_versions_of_tls_are_refused),
        cmocka_unit_test(a_trunk_has_its_own_ca),
        cmocka_unit_test(two_names_at_one_address_share_no_connection),
        cmocka_unit_test(a_reload_reads_the_files_anew_and_a_broken_one_changes_nothing),
        cmocka_unit_test(files_that_are_no_certificates_are_told_with_their_keys),
        cmocka_unit_test(a_server_that_never_finishes_the_handshake_is_given_up),
        cmocka_unit_test(a_peer_that_connects_gets_our_certificate_and_is_heard),
        cmocka_unit_test(a_peer_that_speaks_no_tls_or_says_nothing_is_dropped),
        cmocka_unit_test(a_peer_whose_handshakes_come_too_fast_is_closed),
    };
    return cmocka_run_group_tests(tests, make_certificates, discard_certificates);
}
