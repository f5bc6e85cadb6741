/*
 * The SIP stack under any sequence of messages, commands, resolver answers and time. The input is a
 * list of steps; messages are either raw bytes or written around what the stack sent last (its
 * branch, tags, Call-ID, CSeq), so that the fuzzer gets past the tables and into the dialogs. After
 * every step each leg has had at most one end; at the end of the input everything is hung up, the
 * clock runs, and nothing may be left.
 */
#include "base/alloc.h"
#include "base/err.h"
#include "sip/dialog.h"
#include "sip/media_control.h"
#include "sip/msg.h"
#include "sip/sip.h"

#include "fuzz_input.h"

#include <string.h>

#define MAX_LEGS  64
#define MAX_BYTES 8192

struct leg {
    uint64_t id;
    bool is_ended;
};

struct fuzz {
    struct zv_sip *sip;
    struct zv_rand_seeded seed;
    int64_t now_us;
    struct zv_sip_flow flow;
    struct leg legs[MAX_LEGS];
    size_t leg_count;
    uint64_t next_leg;
    uint64_t resolve_id;
    bool holds_resolve;
    char request[MAX_BYTES]; /* the last that the stack sent */
    size_t request_len;
    char response[MAX_BYTES]; /* likewise */
    size_t response_len;
};

static struct zv_str take_text(struct input *in, size_t max)
{
    size_t len = take_u8(in) | (size_t)take_u8(in) << 8;
    len = ZV_MIN(ZV_MIN(len, max), in->left);
    struct zv_str text = zv_str_n((const char *)in->p, len);
    in->p += len;
    in->left -= len;
    return text;
}

static struct leg *find_leg(struct fuzz *f, uint64_t id)
{
    for (size_t i = 0; i < f->leg_count; i++) {
        if (f->legs[i].id == id)
            return &f->legs[i];
    }
    return NULL;
}

static void add_leg(struct fuzz *f, uint64_t id)
{
    CHECK(!find_leg(f, id) && f->leg_count < MAX_LEGS);
    f->legs[f->leg_count++] = (struct leg){.id = id};
}

static void keep_sent(struct fuzz *f, struct zv_str bytes)
{
    bool is_response = zv_str_has_prefix(bytes, "SIP/2.0");
    struct zv_sip_msg msg;
    CHECK(zv_sip_msg_parse(bytes.p, bytes.len, &msg) == 0); /* what we write, we can read */
    if (bytes.len > MAX_BYTES)
        return;
    memcpy(is_response ? f->response : f->request, bytes.p, bytes.len);
    *(is_response ? &f->response_len : &f->request_len) = bytes.len;
}

static void on_event(struct fuzz *f, const struct zv_sip_out *out)
{
    if (out->kind == ZV_SIP_OUT_INCOMING) {
        add_leg(f, out->leg);
        return;
    }
    if (!out->leg)
        return;
    struct leg *leg = find_leg(f, out->leg);
    CHECK(leg && !leg->is_ended);
    leg->is_ended = out->kind == ZV_SIP_OUT_ENDED;
    bool wants_picture;
    char digit;
    uint32_t duration_ms;
    if (out->kind == ZV_SIP_OUT_INFO) {
        CHECK(out->body.len && out->body.len <= ZV_SIP_MAX_INFO_BYTES);
        int err = zv_sip_media_control_parse(out->body, &wants_picture);
        CHECK(!err || err == ZV_E_PARSE);
        err = zv_sip_dtmf_parse(out->body, &digit, &duration_ms);
        CHECK(err == ZV_E_PARSE || (!err && digit && strchr("0123456789*#ABCD", digit)));
    }
}

static void drain(struct fuzz *f)
{
    struct zv_sip_out out;
    while (zv_sip_poll(f->sip, &out) != ZV_SIP_OUT_NONE) {
        if (out.kind == ZV_SIP_OUT_SEND) {
            keep_sent(f, out.data);
        } else if (out.kind == ZV_SIP_OUT_RESOLVE) {
            f->resolve_id = out.resolve_id;
            if (!f->holds_resolve)
                zv_sip_on_resolved(f->sip, out.resolve_id, 0, &f->flow, 1, f->now_us);
        } else {
            on_event(f, &out);
        }
    }
}

static void feed(struct fuzz *f, struct zv_str bytes)
{
    if (f->leg_count + 1 >= MAX_LEGS)
        return; /* no room to remember another incoming one */
    /* A copy of exactly its size, so that a read beyond it is seen. */
    char *copy = malloc(bytes.len ? bytes.len : 1);
    CHECK(copy);
    if (bytes.len)
        memcpy(copy, bytes.p, bytes.len);
    zv_sip_on_message(f->sip, &f->flow, copy, bytes.len, f->now_us);
    free(copy);
    drain(f);
}

/* An answer to the last request, with header lines and body of the fuzzer's. */
static void answer(struct fuzz *f, struct input *in)
{
    static const unsigned statuses[] = {100, 180, 183, 200, 202, 301, 401, 403, 407, 408,
                                        423, 481, 486, 487, 488, 491, 500, 503, 603, 699};
    char text[3 * MAX_BYTES];
    struct zv_sip_msg msg;
    unsigned status = statuses[take_u8(in) % ZV_ARRAY_LEN(statuses)];
    unsigned tag = take_u8(in) % 12;
    struct zv_str extra = take_text(in, 2048), body = take_text(in, 2048);
    if (zv_sip_msg_parse(f->request, f->request_len, &msg))
        return;
    struct zv_buf buf = zv_buf(text, sizeof(text));
    zv_buf_printf(&buf, "SIP/2.0 %u Reason\r\nVia: %.*s\r\nFrom: %.*s\r\nTo: %.*s", status,
                  ZV_STR_ARG(zv_sip_msg_value(&msg, ZV_SIP_HEADER_VIA)),
                  ZV_STR_ARG(zv_sip_msg_value(&msg, ZV_SIP_HEADER_FROM)),
                  ZV_STR_ARG(zv_sip_msg_value(&msg, ZV_SIP_HEADER_TO)));
    if (!msg.to_tag.len && tag)
        zv_buf_printf(&buf, ";tag=t%u", tag);
    zv_buf_printf(&buf, "\r\nCall-ID: %.*s\r\nCSeq: %u %.*s\r\n", ZV_STR_ARG(msg.call_id),
                  (unsigned)msg.cseq, ZV_STR_ARG(msg.method_name));
    if (take_u8(in) & 1)
        zv_buf_put_text(&buf, "Contact: <sip:b@192.0.2.9>\r\n");
    if (status == 401 || status == 407)
        zv_buf_printf(&buf, "%s: Digest realm=\"r%u\",nonce=\"n%u\",qop=\"auth\"\r\n",
                      status == 401 ? "WWW-Authenticate" : "Proxy-Authenticate", take_u8(in) & 1u,
                      take_u8(in) & 3u);
    zv_buf_put_str(&buf, extra);
    zv_buf_printf(&buf, "Content-Type: application/sdp\r\nContent-Length: %zu\r\n\r\n%.*s",
                  body.len, ZV_STR_ARG(body));
    feed(f, zv_buf_str(&buf));
}

/* A request: in the dialog of what the stack sent last, or a new one to its Contact. */
static void request(struct fuzz *f, struct input *in)
{
    static const char *const methods[] = {"INVITE", "ACK",  "BYE",   "CANCEL", "OPTIONS",
                                          "UPDATE", "INFO", "PRACK", "NOTIFY", "FOO"};
    char text[3 * MAX_BYTES];
    struct zv_sip_msg msg;
    const char *method = methods[take_u8(in) % ZV_ARRAY_LEN(methods)];
    uint8_t flags = take_u8(in), branch = take_u8(in);
    unsigned cseq = take_u8(in);
    struct zv_str extra = take_text(in, 2048), body = take_text(in, 2048);
    bool by_response = flags & 1, is_within = flags & 2;
    const char *from_text = by_response ? f->response : f->request;
    if (zv_sip_msg_parse(from_text, by_response ? f->response_len : f->request_len, &msg))
        return;
    struct zv_str call_id = msg.call_id;
    struct zv_str ours = by_response ? msg.to_tag : msg.from_tag;
    struct zv_str theirs = by_response ? msg.from_tag : msg.to_tag;
    struct zv_buf buf = zv_buf(text, sizeof(text));
    zv_buf_printf(&buf, "%s sip:1001@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9:5060", method);
    if (flags & 4)
        zv_buf_put_text(&buf, ";rport");
    zv_buf_printf(&buf, ";branch=%s%u\r\n", flags & 8 ? "z9hG4bKb" : "old", branch & 7u);
    zv_buf_printf(&buf, "From: <sip:b@zvonok.test>;tag=%.*s\r\nTo: <sip:1001@zvonok.test>",
                  ZV_STR_ARG(is_within && theirs.len ? theirs : ZV_STR_LIT("t1")));
    if (is_within && ours.len)
        zv_buf_printf(&buf, ";tag=%.*s", ZV_STR_ARG(ours));
    zv_buf_printf(&buf, "\r\nCall-ID: %.*s\r\nCSeq: %u %s\r\nContact: <sip:b@192.0.2.9>\r\n",
                  ZV_STR_ARG(is_within ? call_id : ZV_STR_LIT("in")), cseq, method);
    zv_buf_put_str(&buf, extra);
    zv_buf_printf(&buf, "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n%.*s",
                  strcmp(method, "INFO") ? "application/sdp"
                                         : zv_sip_info_media_type(ZV_SIP_INFO_MEDIA_CONTROL),
                  body.len, ZV_STR_ARG(body));
    feed(f, zv_buf_str(&buf));
}

static uint64_t pick_leg(const struct fuzz *f, uint8_t byte)
{
    return f->leg_count ? f->legs[byte % f->leg_count].id : 1;
}

static void invite(struct fuzz *f, struct input *in)
{
    struct zv_sip_extra_header extra;
    struct zv_sip_invite_cfg cfg = {
        .account = 1, .callee = ZV_STR_LIT("1002"), .sdp = ZV_STR_LIT("v=0\r\n")};
    uint8_t flags = take_u8(in);
    if (f->leg_count + 1 >= MAX_LEGS)
        return;
    if (flags & 1)
        cfg.callee = take_text(in, 300);
    if (flags & 16) {
        cfg.callee = (struct zv_str){0};
        cfg.callee_uri = take_text(in, 300);
    }
    if (flags & 2)
        cfg.display = take_text(in, 300);
    if (flags & 4)
        cfg.sdp = take_text(in, 2000);
    if (flags & 8) {
        extra.name = take_text(in, 100);
        extra.value = take_text(in, 300);
        cfg.extra = &extra;
        cfg.extra_count = 1;
    }
    if (!zv_sip_invite(f->sip, ++f->next_leg, &cfg, f->now_us))
        add_leg(f, f->next_leg);
}

/* A live dialog written down and read back comes out the same. */
static void check_dialog(struct fuzz *f, uint64_t leg)
{
    static struct zv_sip_dialog dialog, back;
    char text[ZV_SIP_DIALOG_TEXT_CAP], again[ZV_SIP_DIALOG_TEXT_CAP];
    if (zv_sip_leg_dialog(f->sip, leg, &dialog))
        return;
    struct zv_buf first = zv_buf(text, sizeof(text)), second = zv_buf(again, sizeof(again));
    zv_sip_dialog_write(&dialog, &first);
    CHECK(!first.overflow && zv_sip_dialog_read(zv_buf_str(&first), &back) == 0);
    zv_sip_dialog_write(&back, &second);
    CHECK(zv_str_eq(zv_buf_str(&first), zv_buf_str(&second)));
}

static void command(struct fuzz *f, struct input *in)
{
    uint8_t what = take_u8(in);
    uint64_t leg = pick_leg(f, take_u8(in));
    uint16_t status = (uint16_t)(take_u8(in) * 3);
    struct zv_str sdp = take_text(in, 2000);
    int err = 0;
    switch (what % 11) {
    case 0:
        invite(f, in);
        break;
    case 1:
        err = zv_sip_ring(f->sip, leg, status, sdp, f->now_us);
        break;
    case 2:
        err = zv_sip_accept(f->sip, leg, sdp, f->now_us);
        break;
    case 3:
        err = zv_sip_reject(f->sip, leg, status, f->now_us);
        break;
    case 4:
        err = zv_sip_hangup(f->sip, leg, f->now_us);
        break;
    case 5:
        err = zv_sip_reoffer(f->sip, leg, sdp, f->now_us);
        break;
    case 6:
        err = zv_sip_reply_offer(f->sip, leg, status, sdp, f->now_us);
        break;
    case 7:
        err = zv_sip_register(f->sip, 1, f->now_us);
        break;
    case 8:
        err = zv_sip_unregister(f->sip, 1, f->now_us);
        break;
    case 9:
        check_dialog(f, leg);
        break;
    case 10:
        err = status % 2 ? zv_sip_send_digits(f->sip, leg, status % 3, zv_str("12#"), f->now_us)
                         : zv_sip_info(f->sip, leg, ZV_SIP_INFO_MEDIA_CONTROL, sdp, f->now_us);
        break;
    }
    (void)err;
    drain(f);
}

static void advance(struct fuzz *f, int64_t by_us)
{
    int64_t until_us = f->now_us + by_us;
    for (int64_t at_us; (at_us = zv_sip_deadline_us(f->sip)) <= until_us;) {
        f->now_us = ZV_MAX(f->now_us, at_us);
        zv_sip_on_timeout(f->sip, f->now_us);
        drain(f);
    }
    f->now_us = until_us;
}

static void step(struct fuzz *f, struct input *in)
{
    switch (take_u8(in) % 8) {
    case 0:
        feed(f, take_text(in, MAX_BYTES));
        break;
    case 1:
    case 2:
        answer(f, in);
        break;
    case 3:
        request(f, in);
        break;
    case 4:
    case 5:
        command(f, in);
        break;
    case 6:
        advance(f, ZV_MS(100) << (take_u8(in) % 12));
        break;
    case 7:
        switch (take_u8(in) % 3) {
        case 0:
            f->holds_resolve = !f->holds_resolve;
            break;
        case 1:
            zv_sip_on_resolved(f->sip, f->resolve_id, take_u8(in) & 1 ? ZV_E_NOTFOUND : 0, &f->flow,
                               1, f->now_us);
            break;
        case 2:
            zv_sip_on_flow_failed(f->sip, &f->flow, f->now_us);
            break;
        }
        drain(f);
        break;
    }
}

static void open_stack(struct fuzz *f)
{
    f->seed.state = 1;
    f->now_us = ZV_SECONDS(1);
    f->flow.transport = ZV_SIP_UDP;
    CHECK(!zv_addr_parse(ZV_STR_LIT("192.0.2.1:5060"), &f->flow.local));
    CHECK(!zv_addr_parse(ZV_STR_LIT("192.0.2.9:5060"), &f->flow.remote));
    struct zv_sip_cfg cfg = {.rand = zv_rand_seeded_source(&f->seed), .max_transactions = 100};
    struct zv_sip_account_cfg account = {.user = ZV_STR_LIT("1001"),
                                         .password = ZV_STR_LIT("secret"),
                                         .domain = ZV_STR_LIT("zvonok.test")};
    CHECK(!zv_sip_new(&f->sip, &cfg));
    CHECK(!zv_sip_account_add(f->sip, 1, &account));
    CHECK(!zv_sip_register(f->sip, 1, f->now_us));
    drain(f);
}

static void close_stack(struct fuzz *f)
{
    struct zv_sip_counts counts;
    f->holds_resolve = false;
    for (size_t i = 0; i < f->leg_count; i++) {
        int err = zv_sip_hangup(f->sip, f->legs[i].id, f->now_us);
        CHECK((err == ZV_E_GONE) == f->legs[i].is_ended);
        drain(f);
    }
    CHECK(!zv_sip_account_remove(f->sip, 1));
    advance(f, ZV_SECONDS(600));
    for (size_t i = 0; i < f->leg_count; i++)
        CHECK(f->legs[i].is_ended);
    zv_sip_counts(f->sip, &counts);
    CHECK(!counts.accounts && !counts.legs && !counts.dialogs && !counts.client_transactions &&
          !counts.server_transactions && !counts.resolutions);
    zv_sip_free(f->sip);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz f;
    struct input in = {data, size};
    int64_t live = zv_alloc_live();
    memset(&f, 0, sizeof(f));
    open_stack(&f);
    for (int i = 0; in.left && i < 200; i++)
        step(&f, &in);
    close_stack(&f);
    CHECK(zv_alloc_live() == live);
    return 0;
}
