/*
 * The transaction layer under any order of requests, responses, repetitions, time and failing
 * flows. Messages are written so that they meet a transaction: the branch of one that there is (or
 * was), sometimes another's. What each must bring about is said here a second time, by the rules of
 * RFC 3261 §17 and RFC 6026 and not by the table under test:
 *
 * - a user hears a final response or a failure once, and nothing after its transaction's end;
 * - to each final refusal of an INVITE goes one ACK, also long after its user left;
 * - a request that comes again gets the last response again, or nothing where there is none yet;
 * - over TCP nothing is repeated, over UDP no more often than the timers say;
 * - in the end nothing is left.
 */
#include "fuzz_input.h"

#include "base/alloc.h"
#include "sip/reply.h"

#include <string.h>

#define MAX_EACH    12
#define ACCOUNT     7 /* that all requests are for */
#define MAX_STEPS   100
#define MAX_REQUEST 512

struct client {
    struct zv_sip_client *tx; /* while is_heard */
    char branch[ZV_SIP_BRANCH_BYTES + 1];
    const char *method;
    struct zv_sip_flow flow;
    bool is_invite;
    bool is_heard; /* its user is there, and it has not ended for him */
    bool has_provisional;
    unsigned finals, failures, passed, sent, acks;
};

struct server {
    char request[MAX_REQUEST];
    struct zv_sip_flow flow;
    bool is_invite;
};

struct fuzz {
    struct zv_sip *sip;
    struct zv_rand_seeded seed;
    int64_t now_us;
    struct zv_sip_flow flows[2]; /* UDP, TCP */
    struct client clients[MAX_EACH];
    size_t client_count;
    struct server servers[MAX_EACH];
    size_t server_count;
    unsigned responses; /* sent by the latest step */
};

static struct fuzz f;

/* ---- what comes out ---- */

static void on_request_sent(const struct zv_sip_msg *msg)
{
    for (size_t i = 0; i < f.client_count; i++) {
        struct client *client = &f.clients[i];
        if (!zv_str_is(msg->via.branch, client->branch))
            continue;
        if (msg->method == ZV_SIP_METHOD_ACK) {
            client->acks++;
            return;
        }
        CHECK(!client->is_invite || !client->has_provisional);
        client->sent++;
        CHECK(client->sent <= (zv_sip_flow_is_reliable(&client->flow) ? 1u
                               : client->is_invite                    ? 7u
                                                                      : 11u));
        return;
    }
    CHECK(!"a request that nobody sent");
}

static void drain(void)
{
    struct zv_sip_out out;
    struct zv_sip_msg msg;
    zv_sip_sweep(f.sip);
    while (zv_sip_poll(f.sip, &out) != ZV_SIP_OUT_NONE) {
        CHECK(out.kind == ZV_SIP_OUT_SEND);
        CHECK(!zv_sip_msg_parse(out.data.p, out.data.len, &msg));
        if (msg.is_request)
            on_request_sent(&msg);
        else
            f.responses++;
    }
}

static void feed(const struct zv_sip_flow *flow, struct zv_str text)
{
    f.responses = 0;
    zv_sip_on_message(f.sip, flow, text.p, text.len, f.now_us);
    drain();
}

/* ---- clients ---- */

static void on_response(void *user, const struct zv_sip_msg *msg, int64_t now_us)
{
    struct client *client = user;
    (void)now_us;
    CHECK(client->is_heard && !client->failures);
    client->passed++;
    if (msg->status < 200) {
        CHECK(!client->finals);
        client->has_provisional = true;
        return;
    }
    client->finals++;
    CHECK(client->finals == 1 || (client->is_invite && msg->status < 300));
}

static void on_failed(void *user, enum zv_sip_cause cause, int64_t now_us)
{
    struct client *client = user;
    (void)now_us;
    CHECK(cause == ZV_SIP_CAUSE_TIMEOUT || cause == ZV_SIP_CAUSE_TRANSPORT);
    CHECK(client->is_heard && !client->failures && !client->finals);
    client->failures++;
    client->is_heard = false;
}

static void on_over(void *user, int64_t now_us)
{
    struct client *client = user;
    (void)now_us;
    CHECK(client->is_heard && client->finals);
    client->is_heard = false;
}

static const struct zv_sip_client_ops ops = {
    .on_response = on_response, .on_failed = on_failed, .on_over = on_over};

static void new_client(struct input *in)
{
    static const enum zv_sip_method methods[] = {ZV_SIP_METHOD_INVITE, ZV_SIP_METHOD_BYE,
                                                 ZV_SIP_METHOD_OPTIONS, ZV_SIP_METHOD_INVITE};
    char text[MAX_REQUEST];
    if (f.client_count == MAX_EACH)
        return;
    struct client *client = &f.clients[f.client_count];
    enum zv_sip_method method = methods[take_u8(in) % ZV_ARRAY_LEN(methods)];
    *client = (struct client){.method = zv_sip_method_name(method),
                              .flow = f.flows[take_u8(in) & 1],
                              .is_invite = method == ZV_SIP_METHOD_INVITE,
                              .is_heard = true};
    snprintf(client->branch, sizeof(client->branch), "z9hG4bKc%zu", f.client_count);
    snprintf(text, sizeof(text),
             "%s sip:b@192.0.2.9 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=%s\r\n"
             "Route: <sip:192.0.2.9;lr>\r\nFrom: <sip:a@x>;tag=a\r\nTo: <sip:b@y>\r\n"
             "Call-ID: c\r\nCSeq: 1 %s\r\nContent-Length: 0\r\n\r\n",
             client->method, client->branch, client->method);
    struct zv_sip_packet *packet = zv_sip_packet_new(zv_str(text));
    CHECK(packet);
    struct zv_sip_client_cfg cfg = {.method = method,
                                    .branch = zv_str(client->branch),
                                    .flow = client->flow,
                                    .packet = packet,
                                    .timeout_us = ZV_MS(500) << (take_u8(in) % 7),
                                    .ops = &ops,
                                    .user = client};
    f.client_count++;
    CHECK(!zv_sip_client_new(f.sip, &cfg, f.now_us, &client->tx));
    zv_sip_packet_unref(packet);
    drain();
    CHECK(client->sent == 1);
}

/* What the RFCs say of a response in that state: whether the user hears it, and whether it is
 * acknowledged. */
static bool is_passed(const struct client *client, enum zv_sip_tx_state state, unsigned status)
{
    bool is_open = state == ZV_SIP_TX_TRYING || state == ZV_SIP_TX_PROCEEDING;
    bool is_success = status >= 200 && status < 300;
    return is_open || (client->is_invite && is_success && state == ZV_SIP_TX_ACCEPTED);
}

static bool is_acked(const struct client *client, enum zv_sip_tx_state state, unsigned status)
{
    return client->is_invite && status >= 300 &&
           (state == ZV_SIP_TX_TRYING || state == ZV_SIP_TX_PROCEEDING ||
            state == ZV_SIP_TX_COMPLETED);
}

static void response(struct input *in)
{
    static const unsigned statuses[] = {100, 180, 200, 202, 302, 401, 486, 503, 603, 199};
    char text[MAX_REQUEST];
    struct zv_sip_msg msg;
    if (!f.client_count)
        return;
    struct client *client = &f.clients[take_u8(in) % f.client_count];
    unsigned status = statuses[take_u8(in) % ZV_ARRAY_LEN(statuses)];
    bool is_other = take_u8(in) % 8 == 7; /* its branch with another method */
    const char *method = is_other ? "UPDATE" : client->method;
    snprintf(text, sizeof(text),
             "SIP/2.0 %u X\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=%s\r\nFrom: <sip:a@x>;tag=a\r\n"
             "To: <sip:b@y>;tag=b%u\r\nCall-ID: c\r\nCSeq: 1 %s\r\nContent-Length: 0\r\n\r\n",
             status, client->branch, take_u8(in) % 3u, method);
    CHECK(!zv_sip_msg_parse(text, strlen(text), &msg));
    const struct zv_sip_client *tx = zv_sip_client_find(f.sip, &msg);
    CHECK(!is_other || !tx);
    unsigned passed = client->passed, acks = client->acks;
    bool is_heard = tx && client->is_heard && is_passed(client, tx->tx.state, status);
    bool is_answered = tx && is_acked(client, tx->tx.state, status);
    feed(&client->flow, zv_str(text));
    CHECK(client->passed == passed + is_heard);
    CHECK(client->acks == acks + is_answered);
    CHECK(!f.responses);
}

/* In the middle or at the end: it is not heard of again, but what it owes goes on. */
enum manner { ABANDON, KILL, LEAVE, MANNER_COUNT };

static void leave_client(struct client *client, enum manner manner)
{
    if (!client->is_heard)
        return;
    client->is_heard = false;
    if (manner == KILL)
        zv_sip_client_kill(f.sip, client->tx);
    else if (manner == ABANDON)
        zv_sip_client_abandon(f.sip, client->tx);
    else
        zv_sip_client_leave(f.sip, client->tx, f.now_us);
    drain();
}

/* ---- servers ---- */

static void write_request(struct server *server, struct input *in, size_t number)
{
    static const char *const methods[] = {"INVITE", "BYE", "OPTIONS", "INVITE"};
    const char *method = methods[take_u8(in) % ZV_ARRAY_LEN(methods)];
    uint8_t flags = take_u8(in);
    server->is_invite = !strcmp(method, "INVITE");
    server->flow = f.flows[flags & 1];
    snprintf(server->request, sizeof(server->request),
             "%s sip:a@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9%s;branch=%s%zu%s\r\n"
             "From: <sip:b@y>;tag=b\r\nTo: <sip:a@x>\r\nCall-ID: s%zu\r\nCSeq: %zu %s\r\n"
             "Content-Length: 0\r\n\r\n",
             method, flags & 2 ? ":5070" : "", flags & 4 ? "old" : "z9hG4bKs", number,
             flags & 8 ? ";rport" : "", number, number + 1, method);
}

static struct zv_sip_server *find_server(const struct server *server)
{
    struct zv_sip_msg msg;
    CHECK(!zv_sip_msg_parse(server->request, strlen(server->request), &msg));
    return zv_sip_server_find(f.sip, &msg);
}

/* Whether that INVITE by another way would be told so. */
static bool is_merged(const struct server *server)
{
    struct zv_sip_msg msg;
    CHECK(!zv_sip_msg_parse(server->request, strlen(server->request), &msg));
    CHECK(!zv_sip_server_is_merged(f.sip, &msg, ACCOUNT + 1));
    return zv_sip_server_is_merged(f.sip, &msg, ACCOUNT);
}

static void new_server(struct input *in)
{
    struct zv_sip_msg msg;
    struct zv_sip_server *tx;
    if (f.server_count == MAX_EACH)
        return;
    struct server *server = &f.servers[f.server_count];
    write_request(server, in, f.server_count);
    CHECK(!zv_sip_msg_parse(server->request, strlen(server->request), &msg));
    CHECK(!is_merged(server));
    CHECK(!zv_sip_server_new(f.sip, &msg, &server->flow, ACCOUNT, &tx));
    CHECK(find_server(server) == tx);
    CHECK(is_merged(server) == server->is_invite);
    f.server_count++;
}

static void repeat_request(const struct server *server)
{
    const struct zv_sip_server *tx = find_server(server);
    if (!tx)
        return; /* over: it would be a new request */
    bool is_repeated =
        tx->tx.packet && tx->tx.state != ZV_SIP_TX_CONFIRMED && tx->tx.state != ZV_SIP_TX_ACCEPTED;
    feed(&server->flow, zv_str(server->request));
    CHECK(f.responses == is_repeated);
}

/* The request with another method, as ACK and CANCEL of an INVITE are. */
static void feed_as(const struct server *server, const char *method)
{
    char text[MAX_REQUEST];
    struct zv_sip_msg msg;
    CHECK(!zv_sip_msg_parse(server->request, strlen(server->request), &msg));
    struct zv_buf buf = zv_buf(text, sizeof(text));
    zv_buf_printf(&buf,
                  "%s %.*s SIP/2.0\r\nVia: %.*s\r\nFrom: <sip:b@y>;tag=b\r\nTo: <sip:a@x>\r\n"
                  "Call-ID: %.*s\r\nCSeq: %u %s\r\nContent-Length: 0\r\n\r\n",
                  method, ZV_STR_ARG(msg.uri.text),
                  ZV_STR_ARG(zv_sip_msg_value(&msg, ZV_SIP_HEADER_VIA)), ZV_STR_ARG(msg.call_id),
                  (unsigned)msg.cseq, method);
    CHECK(!buf.overflow);
    feed(&server->flow, zv_buf_str(&buf));
}

static void acknowledge(const struct server *server)
{
    const struct zv_sip_server *tx = find_server(server);
    bool is_awaited = tx && server->is_invite && tx->tx.state == ZV_SIP_TX_COMPLETED;
    feed_as(server, "ACK");
    CHECK(!f.responses);
    if (is_awaited)
        CHECK(tx->tx.state == ZV_SIP_TX_CONFIRMED);
}

static void cancel(const struct server *server)
{
    feed_as(server, "CANCEL");
    CHECK(f.responses == 1);
}

static void respond(const struct server *server, unsigned status)
{
    struct zv_sip_server *tx = find_server(server);
    struct zv_sip_reply reply = {.status = (uint16_t)status, .to_tag = ZV_STR_LIT("mine")};
    f.responses = 0;
    if (!tx || !tx->request)
        return; /* it was answered for good: nobody has it any more */
    CHECK(!zv_sip_reply_send(f.sip, tx, &reply, f.now_us, NULL));
    drain();
    CHECK(f.responses == 1);
    CHECK(is_merged(server) == (server->is_invite && status < 300));
}

/* ---- all together ---- */

static void advance(int64_t by_us)
{
    int64_t until_us = f.now_us + by_us;
    for (int64_t at_us; (at_us = zv_sip_deadline_us(f.sip)) <= until_us;) {
        f.now_us = ZV_MAX(f.now_us, at_us);
        zv_sip_on_timeout(f.sip, f.now_us);
        drain();
    }
    f.now_us = until_us;
}

static void step_server(struct input *in, uint8_t what)
{
    static const unsigned statuses[] = {100, 180, 183, 200, 302, 404, 486, 500, 603};
    if (!f.server_count)
        return;
    const struct server *server = &f.servers[take_u8(in) % f.server_count];
    if (what == 0)
        repeat_request(server);
    else if (what == 1)
        acknowledge(server);
    else if (what == 2)
        cancel(server);
    else
        respond(server, statuses[take_u8(in) % ZV_ARRAY_LEN(statuses)]);
}

static void step(struct input *in)
{
    uint8_t what = take_u8(in) % 12;
    if (what == 0) {
        new_client(in);
    } else if (what <= 3) {
        response(in);
    } else if (what == 4 && f.client_count) {
        struct client *client = &f.clients[take_u8(in) % f.client_count];
        leave_client(client, (enum manner)(take_u8(in) % MANNER_COUNT));
    } else if (what == 5) {
        new_server(in);
    } else if (what <= 9) {
        step_server(in, what - 6);
    } else if (what == 10) {
        advance(ZV_MS(50) << (take_u8(in) % 12));
    } else if (what == 11 && take_u8(in) % 4 == 0) {
        zv_sip_on_flow_failed(f.sip, &f.flows[take_u8(in) & 1], f.now_us);
        drain();
    }
}

static void open_stack(void)
{
    memset(&f, 0, sizeof(f));
    f.seed.state = 1;
    f.now_us = ZV_SECONDS(1);
    CHECK(!zv_addr_parse(ZV_STR_LIT("192.0.2.1:5060"), &f.flows[0].local));
    CHECK(!zv_addr_parse(ZV_STR_LIT("192.0.2.9:5060"), &f.flows[0].remote));
    f.flows[1] = f.flows[0];
    f.flows[0].transport = ZV_SIP_UDP;
    f.flows[1].transport = ZV_SIP_TCP;
    struct zv_sip_cfg cfg = {.rand = zv_rand_seeded_source(&f.seed)};
    CHECK(!zv_sip_new(&f.sip, &cfg));
}

static void close_stack(void)
{
    struct zv_sip_counts counts;
    for (size_t i = 0; i < f.client_count; i++)
        leave_client(&f.clients[i], i % 2 ? LEAVE : ABANDON);
    for (size_t i = 0; i < f.server_count; i++)
        respond(&f.servers[i], 500);
    advance(ZV_SECONDS(200));
    zv_sip_counts(f.sip, &counts);
    CHECK(!counts.client_transactions && !counts.server_transactions);
    CHECK(zv_sip_deadline_us(f.sip) == ZV_TIME_NEVER);
    zv_sip_free(f.sip);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    int64_t live = zv_alloc_live();
    open_stack();
    for (int i = 0; in.left && i < MAX_STEPS; i++)
        step(&in);
    close_stack();
    CHECK(zv_alloc_live() == live);
    return 0;
}
