/*
 * A stack under a fake clock with a scripted far end: what it sends and says is collected as text,
 * names resolve at once to the configured targets (or wait), and the far end's messages are written
 * from the stack's own.
 */
#ifndef ZV_TESTS_UNIT_SIP_RIG_H
#define ZV_TESTS_UNIT_SIP_RIG_H

#include "support/test.h"

#include "base/alloc.h"
#include "base/err.h"
#include "sip/build.h"
#include "sip/dialog.h"
#include "sip/msg.h"
#include "sip/sip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RIG_MAX   256
#define RIG_BYTES 4096
#define SDP_A     "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
#define SDP_B     "v=0\r\no=- 2 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"

struct rig_sent {
    struct zv_sip_flow flow;
    int64_t at_us;
    size_t len;
    char text[RIG_BYTES];
};

struct rig_event {
    struct zv_sip_out out; /* its views point into text */
    int64_t at_us;
    char text[RIG_BYTES];
};

struct rig {
    struct zv_sip *sip;
    struct zv_rand_seeded seed;
    int64_t now_us;
    struct rig_sent *sent; /* RIG_MAX */
    size_t sent_count;
    size_t sent_seen;
    struct rig_event *events; /* RIG_MAX, without RESOLVE and TARGET_DOWN */
    size_t event_count;
    size_t event_seen;
    struct zv_sip_flow targets[ZV_SIP_MAX_TARGETS];
    size_t target_count;
    int resolve_err;
    bool holds_resolve; /* names wait for rig_resolve */
    uint64_t resolve_id;
    size_t resolve_count;
    struct zv_sip_out resolve; /* the last; its host lies in resolve_host */
    char resolve_host[256];
    struct zv_sip_out down; /* the last TARGET_DOWN, without its texts */
    size_t down_count;
    int64_t live_before;
};

static ZV_UNUSED struct zv_addr rig_addr(const char *text)
{
    struct zv_addr addr;
    assert_int_equal(zv_addr_parse(zv_str(text), &addr), 0);
    return addr;
}

static ZV_UNUSED struct zv_sip_flow rig_flow(const char *remote)
{
    return (struct zv_sip_flow){
        .transport = ZV_SIP_UDP, .local = rig_addr("192.0.2.1:5060"), .remote = rig_addr(remote)};
}

static struct zv_str rig_keep(char *text, size_t *at, struct zv_str value)
{
    assert_true(*at + value.len < RIG_BYTES);
    if (value.len)
        memcpy(text + *at, value.p, value.len);
    struct zv_str kept = zv_str_n(text + *at, value.len);
    *at += value.len;
    return kept;
}

static void rig_on_event(struct rig *rig, const struct zv_sip_out *out)
{
    assert_true(rig->event_count < RIG_MAX);
    struct rig_event *event = &rig->events[rig->event_count++];
    size_t at = 0;
    event->out = *out;
    event->at_us = rig->now_us;
    event->out.reason = rig_keep(event->text, &at, out->reason);
    event->out.reason_header = rig_keep(event->text, &at, out->reason_header);
    event->out.sdp = rig_keep(event->text, &at, out->sdp);
    event->out.caller = rig_keep(event->text, &at, out->caller);
    event->out.caller_display = rig_keep(event->text, &at, out->caller_display);
    event->out.callee = rig_keep(event->text, &at, out->callee);
    event->out.body = rig_keep(event->text, &at, out->body);
    event->out.call_id = rig_keep(event->text, &at, out->call_id);
    event->out.host = rig_keep(event->text, &at, out->host);
    event->out.refusal.again = rig_keep(event->text, &at, out->refusal.again);
}

static void rig_on_sent(struct rig *rig, const struct zv_sip_out *out)
{
    struct zv_sip_msg msg;
    assert_true(rig->sent_count < RIG_MAX);
    assert_true(out->data.len < RIG_BYTES);
    struct rig_sent *sent = &rig->sent[rig->sent_count++];
    sent->flow = out->flow;
    sent->at_us = rig->now_us;
    sent->len = out->data.len;
    memcpy(sent->text, out->data.p, out->data.len);
    sent->text[sent->len] = '\0';
    assert_int_equal(zv_sip_msg_parse(sent->text, sent->len, &msg), 0);
}

static ZV_UNUSED void rig_drain(struct rig *rig)
{
    struct zv_sip_out out;
    while (zv_sip_poll(rig->sip, &out) != ZV_SIP_OUT_NONE) {
        if (out.kind == ZV_SIP_OUT_SEND) {
            rig_on_sent(rig, &out);
        } else if (out.kind == ZV_SIP_OUT_RESOLVE) {
            rig->resolve = out;
            snprintf(rig->resolve_host, sizeof(rig->resolve_host), "%.*s", ZV_STR_ARG(out.host));
            rig->resolve_id = out.resolve_id;
            rig->resolve_count++;
            if (!rig->holds_resolve)
                zv_sip_on_resolved(rig->sip, out.resolve_id, rig->resolve_err, rig->targets,
                                   rig->resolve_err ? 0 : rig->target_count, rig->now_us);
        } else if (out.kind == ZV_SIP_OUT_TARGET_DOWN) {
            rig->down = out;
            rig->down_count++;
        } else {
            rig_on_event(rig, &out);
        }
    }
}

static ZV_UNUSED void rig_init_cfg(struct rig *rig, struct zv_sip_cfg cfg)
{
    memset(rig, 0, sizeof(*rig));
    rig->live_before = zv_alloc_live();
    rig->sent = calloc(RIG_MAX, sizeof(*rig->sent));
    rig->events = calloc(RIG_MAX, sizeof(*rig->events));
    assert_non_null(rig->sent);
    assert_non_null(rig->events);
    rig->seed.state = 42;
    rig->now_us = ZV_SECONDS(1000);
    rig->targets[0] = rig_flow("192.0.2.9:5060");
    rig->target_count = 1;
    cfg.rand = zv_rand_seeded_source(&rig->seed);
    assert_int_equal(zv_sip_new(&rig->sip, &cfg), 0);
}

static ZV_UNUSED void rig_init(struct rig *rig)
{
    rig_init_cfg(rig, (struct zv_sip_cfg){.user_agent = ZV_STR_LIT("zvonok/test")});
}

static ZV_UNUSED void rig_fini(struct rig *rig)
{
    rig->sip = zv_sip_free(rig->sip);
    free(rig->sent);
    free(rig->events);
    assert_int_equal(zv_alloc_live(), rig->live_before);
}

static ZV_UNUSED void rig_resolve(struct rig *rig, int err)
{
    zv_sip_on_resolved(rig->sip, rig->resolve_id, err, rig->targets, err ? 0 : rig->target_count,
                       rig->now_us);
    rig_drain(rig);
}

/* Runs the clock, stopping at each deadline on the way. */
static ZV_UNUSED void rig_advance(struct rig *rig, int64_t by_us)
{
    int64_t until_us = rig->now_us + by_us;
    for (;;) {
        int64_t deadline_us = zv_sip_deadline_us(rig->sip);
        if (deadline_us > until_us)
            break;
        rig->now_us = ZV_MAX(rig->now_us, deadline_us);
        zv_sip_on_timeout(rig->sip, rig->now_us);
        rig_drain(rig);
    }
    rig->now_us = until_us;
}

/* Runs the clock until something was sent that nobody looked at yet. */
static ZV_UNUSED void rig_advance_until_sent(struct rig *rig)
{
    while (rig->sent_seen == rig->sent_count) {
        int64_t deadline_us = zv_sip_deadline_us(rig->sip);
        assert_true(deadline_us != ZV_TIME_NEVER);
        rig_advance(rig, ZV_MAX(deadline_us - rig->now_us, 0));
    }
}

static ZV_UNUSED void rig_feed_from(struct rig *rig, const char *remote, const char *text)
{
    struct zv_sip_flow flow = rig_flow(remote);
    zv_sip_on_message(rig->sip, &flow, text, strlen(text), rig->now_us);
    rig_drain(rig);
}

static ZV_UNUSED void rig_feed(struct rig *rig, const char *text)
{
    rig_feed_from(rig, "192.0.2.9:5060", text);
}

/* The next message that was sent and not looked at; it must begin like that. */
static ZV_UNUSED const struct rig_sent *rig_next_sent(struct rig *rig, const char *start)
{
    if (rig->sent_seen >= rig->sent_count)
        fail_msg("nothing more was sent, expected %s", start);
    const struct rig_sent *sent = &rig->sent[rig->sent_seen++];
    if (strncmp(sent->text, start, strlen(start)))
        fail_msg("expected %s, got %.60s", start, sent->text);
    return sent;
}

static ZV_UNUSED void rig_no_more_sent(struct rig *rig)
{
    if (rig->sent_seen < rig->sent_count)
        fail_msg("unexpected: %.60s", rig->sent[rig->sent_seen].text);
}

static ZV_UNUSED const struct zv_sip_out *rig_next_event(struct rig *rig, enum zv_sip_out_kind kind)
{
    if (rig->event_seen >= rig->event_count)
        fail_msg("no more events, expected %s", zv_sip_out_kind_name(kind));
    const struct zv_sip_out *out = &rig->events[rig->event_seen++].out;
    if (out->kind != kind)
        fail_msg("expected %s, got %s", zv_sip_out_kind_name(kind),
                 zv_sip_out_kind_name(out->kind));
    return out;
}

static ZV_UNUSED void rig_no_more_events(struct rig *rig)
{
    if (rig->event_seen < rig->event_count)
        fail_msg("unexpected event %s",
                 zv_sip_out_kind_name(rig->events[rig->event_seen].out.kind));
}

static ZV_UNUSED const struct zv_sip_out *rig_ended(struct rig *rig, enum zv_sip_cause cause)
{
    const struct zv_sip_out *out = rig_next_event(rig, ZV_SIP_OUT_ENDED);
    if (out->cause != cause)
        fail_msg("ended by %s, expected %s", zv_sip_cause_name(out->cause),
                 zv_sip_cause_name(cause));
    rig_no_more_events(rig);
    return out;
}

static ZV_UNUSED bool rig_has(const struct rig_sent *sent, const char *text)
{
    return strstr(sent->text, text) != NULL;
}

/* The value of the first header of that name in a message that was sent; NUL-terminated, in `dst`.
 */
static ZV_UNUSED const char *rig_header(const struct rig_sent *sent, enum zv_sip_header id,
                                        char *dst, size_t cap)
{
    struct zv_sip_msg msg;
    assert_int_equal(zv_sip_msg_parse(sent->text, sent->len, &msg), 0);
    snprintf(dst, cap, "%.*s", ZV_STR_ARG(zv_sip_msg_value(&msg, id)));
    return dst;
}

struct rig_reply {
    uint16_t status;
    const char *tag;    /* of To; NULL: none */
    const char *extra;  /* whole header lines with CRLF; may be NULL */
    const char *sdp;    /* may be NULL */
    const char *from;   /* the address it comes from; NULL: where the request went */
    const char *reason; /* NULL: the usual one */
};

/* The far end answers a request that was sent. */
static ZV_UNUSED void rig_answer(struct rig *rig, const struct rig_sent *request,
                                 const struct rig_reply *reply)
{
    char memory[8192], text[8192 + 2048];
    struct zv_sip_msg msg;
    struct zv_sip_builder b;
    struct zv_str head;
    assert_int_equal(zv_sip_msg_parse(request->text, request->len, &msg), 0);
    zv_sip_build_init(&b, memory, sizeof(memory));
    struct zv_sip_build_reply r = {.request = &msg,
                                   .status = reply->status,
                                   .reason = zv_str(reply->reason),
                                   .to_tag = zv_str(reply->tag)};
    zv_sip_build_reply(&b, &r);
    assert_int_equal(zv_sip_build_finish(&b, (struct zv_str){0}, (struct zv_str){0}, &head), 0);
    const char *end = strstr(memory, "Content-Length");
    assert_non_null(end);
    snprintf(text, sizeof(text), "%.*s%s%sContent-Length: %zu\r\n\r\n%s", (int)(end - memory),
             memory, reply->extra ? reply->extra : "",
             reply->sdp ? "Content-Type: application/sdp\r\n" : "",
             reply->sdp ? strlen(reply->sdp) : 0, reply->sdp ? reply->sdp : "");
    struct zv_sip_flow flow = request->flow;
    if (reply->from)
        flow.remote = rig_addr(reply->from);
    zv_sip_on_message(rig->sip, &flow, text, strlen(text), rig->now_us);
    rig_drain(rig);
}

static ZV_UNUSED void rig_answer_status(struct rig *rig, const struct rig_sent *request,
                                        uint16_t status, const char *tag)
{
    rig_answer(rig, request, &(struct rig_reply){.status = status, .tag = tag});
}

#define RIG_ACCOUNT 7
#define RIG_CALL    11

static ZV_UNUSED void rig_add_account(struct rig *rig)
{
    struct zv_sip_account_cfg cfg = {
        .user = ZV_STR_LIT("1001"),
        .password = ZV_STR_LIT("secret1001"),
        .domain = ZV_STR_LIT("zvonok.test"),
        .proxy = ZV_STR_LIT("proxy.zvonok.test"),
        .proxy_port = 5060,
        .display = ZV_STR_LIT("Anna"),
    };
    assert_int_equal(zv_sip_account_add(rig->sip, RIG_ACCOUNT, &cfg), 0);
}

#define RIG_CHALLENGE(header, realm, nonce, more)                                                  \
    header ": Digest realm=\"" realm "\", nonce=\"" nonce "\", qop=\"auth\"" more "\r\n"

/* Registered at 192.0.2.9:5060 in the realm zvonok.test; everything seen. */
static ZV_UNUSED void rig_register(struct rig *rig)
{
    rig_add_account(rig);
    assert_int_equal(zv_sip_register(rig->sip, RIG_ACCOUNT, rig->now_us), 0);
    rig_drain(rig);
    rig_answer(
        rig, rig_next_sent(rig, "REGISTER "),
        &(struct rig_reply){.status = 401,
                            .tag = "r",
                            .extra = RIG_CHALLENGE("WWW-Authenticate", "zvonok.test", "n1", "")});
    rig_answer(rig, rig_next_sent(rig, "REGISTER "),
               &(struct rig_reply){.status = 200, .tag = "r", .extra = "Expires: 300\r\n"});
    rig_next_event(rig, ZV_SIP_OUT_REGISTERED);
}

static ZV_UNUSED const struct rig_sent *rig_invite(struct rig *rig)
{
    struct zv_sip_invite_cfg cfg = {
        .account = RIG_ACCOUNT, .callee = ZV_STR_LIT("1002"), .sdp = ZV_STR_LIT(SDP_A)};
    assert_int_equal(zv_sip_invite(rig->sip, RIG_CALL, &cfg, rig->now_us), 0);
    rig_drain(rig);
    return rig_next_sent(rig, "INVITE sip:1002@zvonok.test SIP/2.0");
}

#define RIG_CONTACT "Contact: <sip:1002@192.0.2.9:5060>\r\n"

/* An answered call, everything seen; returns the INVITE. */
static ZV_UNUSED const struct rig_sent *rig_talk(struct rig *rig)
{
    const struct rig_sent *invite = rig_invite(rig);
    rig_answer(rig, invite,
               &(struct rig_reply){.status = 200, .tag = "b", .extra = RIG_CONTACT, .sdp = SDP_B});
    rig_next_sent(rig, "ACK ");
    rig_next_event(rig, ZV_SIP_OUT_ANSWERED);
    return invite;
}

struct rig_request {
    const char *method;
    const char *uri;    /* NULL: our Contact of the last REGISTER or INVITE */
    const char *branch; /* after the cookie */
    const char *from_tag;
    const char *to_tag; /* NULL: none */
    const char *call_id;
    unsigned cseq;
    const char *extra;
    const char *sdp;
    const char *body_type; /* what `sdp` is; NULL: application/sdp */
    const char *from;      /* address */
};

/* The far end sends a request of its own. */
static ZV_UNUSED void rig_request(struct rig *rig, const struct rig_request *r)
{
    char text[8192];
    const char *from = r->from ? r->from : "192.0.2.9:5060";
    snprintf(text, sizeof(text),
             "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s;rport\r\nMax-Forwards: 70\r\n"
             "From: \"B\\\"ob\" <sip:1002@zvonok.test>;tag=%s\r\nTo: <sip:1001@zvonok.test>%s%s\r\n"
             "Call-ID: %s\r\nCSeq: %u %s\r\n%s%s%s%sContent-Length: %zu\r\n\r\n%s",
             r->method, r->uri, from, r->branch, r->from_tag, r->to_tag ? ";tag=" : "",
             r->to_tag ? r->to_tag : "", r->call_id, r->cseq, r->method, r->extra ? r->extra : "",
             r->sdp ? "Content-Type: " : "",
             r->sdp ? r->body_type ? r->body_type : "application/sdp" : "", r->sdp ? "\r\n" : "",
             r->sdp ? strlen(r->sdp) : 0, r->sdp ? r->sdp : "");
    rig_feed_from(rig, from, text);
}

static ZV_UNUSED struct zv_sip_counts rig_counts(const struct rig *rig)
{
    struct zv_sip_counts counts;
    zv_sip_counts(rig->sip, &counts);
    return counts;
}

/* After all timers of a finished call: nothing but accounts is left. */
static ZV_UNUSED void rig_assert_empty(struct rig *rig)
{
    rig_advance(rig, ZV_SECONDS(64));
    struct zv_sip_counts counts = rig_counts(rig);
    assert_int_equal(counts.legs, 0);
    assert_int_equal(counts.dialogs, 0);
    assert_int_equal(counts.client_transactions, 0);
    assert_int_equal(counts.server_transactions, 0);
    assert_int_equal(counts.resolutions, 0);
}

#endif
