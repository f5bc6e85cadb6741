/*
 * The SIP edge, a scripted server and a DNS server in one thread, with real sockets, and what call
 * control was told. Include it first: it asks for GNU's names.
 */
#ifndef ZV_TEST_SIPNET_WORLD_H
#define ZV_TEST_SIPNET_WORLD_H

#define _GNU_SOURCE
#include "dns_server.h"
#include "sip_server.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/rand.h"
#include "base/time.h"
#include "sip/sip.h"
#include "sipnet/sipnet_int.h"

#include <stdlib.h>

/* A test that waits longer has failed; below the 32 s of a transaction. */
#define GUARD_MS 20000
#define MAX_NEWS 32
#define REALM    "zvonok.test"

static const char offer[] = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\n"
                            "t=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
static const char challenge[] =
    "WWW-Authenticate: Digest realm=\"" REALM "\", nonce=\"n1\", qop=\"auth\", algorithm=MD5\r\n";

/* What call control was told, copied. */
struct news {
    enum zv_call_in_kind kind;
    uint64_t session, leg;
    int status;
    enum zv_sip_end end;
    char digit; /* '\0': none */
    char reason[64], remedy[256], sdp[512], caller[64], callee[64];
};

struct world {
    uv_loop_t loop;
    uv_timer_t guard;
    struct zv_rand_seeded seeded;
    struct dns_server dns;
    struct sip_server server;
    struct zv_sipnet *net;
    struct news news[MAX_NEWS];
    size_t count;
    uint64_t address_of; /* the latest session whose address became known */
    /* Runs when something is told, from within the edge, as the switchboard does. */
    void (*reaction_fn)(struct world *world, const struct news *news);
};

struct options {
    sip_handler_fn *handler_fn;
    const struct dns_record *records;
    size_t record_count;
    const char *listen; /* NULL: 127.0.0.1:0 */
    const char *allow;  /* NULL: 127.0.0.0/8 */
    int64_t register_timeout_us;
    const struct zv_trunks *trunks;
    const char *tls_ca;
    size_t udp_max_request_bytes;
};

static inline void on_guard(uv_timer_t *timer)
{
    (void)timer;
    fail_msg("nothing happened within %d ms", GUARD_MS);
}

static inline void copy_text(struct zv_str text, char *dst, size_t cap)
{
    assert_int_equal(zv_str_copy(text, dst, cap), 0);
}

static inline void on_input(void *arg, const struct zv_call_in *in)
{
    struct world *world = arg;
    const struct zv_in_sip *sip = &in->u.sip;
    assert_true(world->count < MAX_NEWS);
    struct news *news = &world->news[world->count++];
    *news = (struct news){.kind = in->kind,
                          .session = sip->session.v,
                          .leg = sip->leg,
                          .status = sip->status,
                          .end = sip->end,
                          .digit = sip->press.digit.len ? sip->press.digit.p[0] : '\0'};
    copy_text(sip->reason, news->reason, sizeof(news->reason));
    copy_text(sip->remedy, news->remedy, sizeof(news->remedy));
    copy_text(sip->sdp, news->sdp, sizeof(news->sdp));
    copy_text(sip->caller, news->caller, sizeof(news->caller));
    copy_text(sip->callee, news->callee, sizeof(news->callee));
    if (world->reaction_fn)
        world->reaction_fn(world, news);
}

static inline void on_address(void *arg, zv_session_id session)
{
    struct world *world = arg;
    world->address_of = session.v;
}

static inline struct zv_sipnet_cfg make_cfg(struct world *world, const struct options *options,
                                            char *const *servers, char *const *allow)
{
    struct zv_sipnet_cfg cfg = {
        .loop = &world->loop,
        .rand = zv_rand_seeded_source(&world->seeded),
        .user_agent = "test",
        .register_expires_us = ZV_SECONDS(300),
        .register_timeout_us =
            options->register_timeout_us ? options->register_timeout_us : ZV_SECONDS(32),
        .listens_tcp = true,
        .tls = {.ca = options->tls_ca},
        .trunks = options->trunks,
        .max_streams = 8,
        .max_streams_per_address = 8,
        .udp_max_request_bytes = options->udp_max_request_bytes,
        .max_sessions = 4,
        .max_calls = 4,
        .allow = allow,
        .allow_count = 1,
        .dns_servers = servers,
        .dns_server_count = 1,
        .dns_timeout_us = ZV_SECONDS(10),
        .dns_tries = 2,
        .dns_total_us = ZV_SECONDS(15),
        .on_input_fn = on_input,
        .on_address_fn = on_address,
        .arg = world,
    };
    const char *listen = options->listen ? options->listen : "127.0.0.1:0";
    assert_int_equal(zv_addr_parse(zv_str(listen), &cfg.listen), 0);
    return cfg;
}

static inline void open_stage(struct world *world, const struct options *options)
{
    memset(world, 0, sizeof(*world));
    world->seeded.state = 1;
    assert_int_equal(uv_loop_init(&world->loop), 0);
    uv_timer_init(&world->loop, &world->guard);
    uv_timer_start(&world->guard, on_guard, GUARD_MS, 0);
    dns_server_open(&world->dns, &world->loop, options->records, options->record_count);
    sip_server_open(&world->server, &world->loop, options->handler_fn);
    world->server.arg = world;
}

static inline int open_net(struct world *world, const struct options *options)
{
    char *servers[] = {world->dns.text};
    char *allow[] = {(char *)(uintptr_t)(options->allow ? options->allow : "127.0.0.0/8")};
    struct zv_sipnet_cfg cfg = make_cfg(world, options, servers, allow);
    return zv_sipnet_new(&world->net, &cfg);
}

static inline void open_world(struct world *world, const struct options *options)
{
    open_stage(world, options);
    assert_int_equal(open_net(world, options), 0);
}

/* The edge goes with whatever is under way; the loop holds nothing afterwards. */
static inline void close_world(struct world *world)
{
    world->net = zv_sipnet_free(world->net);
    sip_server_close(&world->server);
    dns_server_close(&world->dns);
    uv_close((uv_handle_t *)&world->guard, NULL);
    assert_int_equal(uv_run(&world->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&world->loop), 0);
}

static inline const struct news *find_news(const struct world *world, enum zv_call_in_kind kind,
                                           uint64_t session)
{
    for (size_t i = 0; i < world->count; i++) {
        if (world->news[i].kind == kind && world->news[i].session == session)
            return &world->news[i];
    }
    return NULL;
}

static inline const struct news *wait_news(struct world *world, enum zv_call_in_kind kind,
                                           uint64_t session)
{
    const struct news *news;
    while (!(news = find_news(world, kind, session)))
        uv_run(&world->loop, UV_RUN_ONCE);
    return news;
}

static inline struct zv_sip_counts counts_of(const struct world *world)
{
    struct zv_sip_counts counts;
    size_t lookups;
    zv_sipnet_counts(world->net, &counts, &lookups);
    return counts;
}

static inline void wait_requests(struct world *world, int count)
{
    while (world->server.requests < count)
        uv_run(&world->loop, UV_RUN_ONCE);
}

/* ---- Commands ---- */

static inline void execute(struct world *world, enum zv_call_cmd_kind kind, uint64_t session)
{
    const struct zv_call_cmd cmd = {.kind = kind, .u.sip.session = {session}};
    zv_sipnet_execute(world->net, &cmd);
}

static inline struct zv_cmd_account account_at(uint64_t session, const char *host, uint16_t port)
{
    return (struct zv_cmd_account){.session = {session},
                                   .user = zv_str("1001"),
                                   .auth_name = zv_str("1001"),
                                   .password = zv_str("secret"),
                                   .domain = zv_str(host),
                                   .proxy_host = zv_str(host),
                                   .proxy_port = port};
}

static inline void add(struct world *world, const struct zv_cmd_account *account)
{
    const struct zv_call_cmd cmd = {.kind = ZV_CALL_CMD_SIP_ACCOUNT_ADD, .u.account = *account};
    zv_sipnet_execute(world->net, &cmd);
}

/* An account at the scripted server, and its registration. */
static inline void begin(struct world *world, uint64_t session)
{
    struct zv_cmd_account account =
        account_at(session, "127.0.0.1", world->server.socket.local.port);
    add(world, &account);
    execute(world, ZV_CALL_CMD_SIP_REGISTER, session);
    zv_sipnet_flush(world->net);
}

static inline void begin_at(struct world *world, const char *host, uint16_t port)
{
    struct zv_cmd_account account = account_at(1, host, port);
    add(world, &account);
    execute(world, ZV_CALL_CMD_SIP_REGISTER, 1);
    zv_sipnet_flush(world->net);
}

static inline void on_leg(struct world *world, enum zv_call_cmd_kind kind, uint64_t leg, int status,
                          const char *sdp)
{
    const struct zv_call_cmd cmd = {.kind = kind,
                                    .u.sip = {.leg = leg, .status = status, .sdp = zv_str(sdp)}};
    zv_sipnet_execute(world->net, &cmd);
    zv_sipnet_flush(world->net);
}

static inline void call(struct world *world, uint64_t leg, const char *callee)
{
    const struct zv_call_cmd cmd = {.kind = ZV_CALL_CMD_SIP_INVITE,
                                    .u.invite = {.leg = leg,
                                                 .session = {1},
                                                 .callee_user = zv_str(callee),
                                                 .callee_host = zv_str("127.0.0.1"),
                                                 .sdp = zv_str(offer)}};
    zv_sipnet_execute(world->net, &cmd);
}

/* ---- Handlers ---- */

static inline void accept_all(struct sip_server *server, const struct sip_request *request)
{
    char contact[300];
    if (strcmp(request->method, "REGISTER") != 0)
        return;
    snprintf(contact, sizeof(contact), "Contact: <%s>;expires=300\r\n", server->contact);
    sip_reply(server, request, "200 OK", contact, NULL);
}

/* Whose credentials ask_for_password takes, with the password "secret". */
static const char *wanted_name = "1001";

static inline void ask_for_password(struct sip_server *server, const struct sip_request *request)
{
    if (strcmp(request->method, "REGISTER") != 0)
        return;
    if (!strcasestr(request->text, "\r\nAuthorization:"))
        sip_reply(server, request, "401 Unauthorized", challenge, NULL);
    else if (sip_is_authorized(request, wanted_name, REALM, "secret"))
        accept_all(server, request);
    else
        sip_reply(server, request, "403 Forbidden", NULL, NULL);
}

#endif
