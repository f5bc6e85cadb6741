/*
 * The dialog layer: one call, ours or theirs, and a far end that knows its tags and says within it
 * whatever the input wants: re-INVITE, UPDATE, INFO, BYE, CANCEL and the rest in any order of CSeq,
 * answers of any status to what we ask, of up to four forks, with Contacts and Record-Routes that
 * move, provisionals that must be acknowledged, session timers. What the far end then may expect of
 * us is checked message by message:
 *
 * - our requests carry the dialog's Call-ID and tags, and each new one a higher CSeq; an ACK has
 *   that of its INVITE; nothing new follows a BYE; two re-INVITEs of ours are never under way;
 * - each request of theirs gets one final status, and all its repetitions the same one;
 * - the leg ends once and says nothing afterwards; the dialog written down and read back is the
 *   same, and another stack can hang it up; in the end nothing is left.
 */
#include "fuzz_input.h"

#include "base/alloc.h"
#include "base/err.h"
#include "sip/dialog.h"
#include "sip/msg.h"
#include "sip/sip.h"

#include <stdlib.h>
#include <string.h>

#define MAX_STEPS  60
#define MAX_THEIRS 160
#define MAX_OURS   256 /* more than a run can cause */
#define ANSWERABLE 4   /* the last requests of ours, which may be answered */
#define FORKS      4
#define MAX_TEXT   4096
#define LEG        5
#define SDP        "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"

/* A request of theirs; its branch is its place. */
struct theirs {
    const char *method;
    uint32_t cseq;
    uint16_t status; /* final; 0: not answered yet */
    unsigned fork;
    bool has_to_tag;
};

/* A request of ours: what is sent under its branch again is the same one. */
struct ours {
    char branch[64];
    enum zv_sip_method method;
    bool is_within; /* the dialog: it has a To tag */
    bool is_final;
};

/* As it was sent, for as long as it may be answered. */
struct text {
    char p[MAX_TEXT];
    size_t len;
};

struct fork {
    uint32_t cseq; /* of our latest request in it; 0: none */
    bool has_bye;
};

struct fuzz {
    struct zv_sip *sip;
    struct zv_rand_seeded seed;
    int64_t now_us;
    struct zv_sip_flow flow;
    bool is_outgoing;
    uint64_t leg; /* 0: none yet */
    bool is_ended;
    char call_id[128];
    char our_tag[128];
    unsigned long rseq; /* of our last reliable provisional */
    struct theirs theirs[MAX_THEIRS];
    size_t theirs_count;
    struct ours ours[MAX_OURS];
    size_t ours_count;
    struct text texts[ANSWERABLE]; /* a ring */
    struct fork forks[FORKS];
};

static struct fuzz f;

/* ---- what we send ---- */

static struct ours *find_ours(const struct zv_sip_msg *msg)
{
    for (size_t i = 0; i < f.ours_count; i++) {
        if (f.ours[i].method == msg->method && zv_str_is(msg->via.branch, f.ours[i].branch))
            return &f.ours[i];
    }
    return NULL;
}

static struct fork *fork_of(struct zv_str tag)
{
    CHECK(tag.len == 2 && tag.p[0] == 'f' && tag.p[1] >= '0' && tag.p[1] < '0' + FORKS);
    return &f.forks[tag.p[1] - '0'];
}

static void check_within(const struct zv_sip_msg *msg)
{
    struct fork *fork = fork_of(msg->to_tag);
    CHECK(!fork->has_bye && msg->cseq > fork->cseq);
    fork->cseq = msg->cseq;
    fork->has_bye = msg->method == ZV_SIP_METHOD_BYE;
    if (msg->method != ZV_SIP_METHOD_INVITE)
        return;
    for (size_t i = 0; i < f.ours_count; i++)
        CHECK(f.ours[i].method != ZV_SIP_METHOD_INVITE || !f.ours[i].is_within ||
              f.ours[i].is_final);
}

static void on_request_sent(const struct zv_sip_msg *msg, struct zv_str bytes)
{
    if (!f.our_tag[0]) {
        CHECK(!zv_str_copy(msg->call_id, f.call_id, sizeof(f.call_id)));
        CHECK(!zv_str_copy(msg->from_tag, f.our_tag, sizeof(f.our_tag)));
    }
    CHECK(zv_str_is(msg->call_id, f.call_id) && zv_str_is(msg->from_tag, f.our_tag));
    if (msg->method == ZV_SIP_METHOD_ACK || find_ours(msg))
        return;
    if (msg->to_tag.len && msg->method != ZV_SIP_METHOD_CANCEL)
        check_within(msg);
    struct text *text = &f.texts[f.ours_count % ANSWERABLE];
    CHECK(bytes.len <= sizeof(text->p) && f.ours_count < MAX_OURS);
    memcpy(text->p, bytes.p, bytes.len);
    text->len = bytes.len;
    struct ours *ours = &f.ours[f.ours_count++];
    ours->method = msg->method;
    ours->is_within = msg->to_tag.len && msg->method != ZV_SIP_METHOD_CANCEL;
    ours->is_final = false;
    CHECK(!zv_str_copy(msg->via.branch, ours->branch, sizeof(ours->branch)));
}

static void on_response_sent(const struct zv_sip_msg *msg)
{
    uint32_t place;
    struct zv_str number = zv_str_tail(msg->via.branch, sizeof("z9hG4bKt") - 1);
    CHECK(!zv_str_to_u32(number, &place) && place < f.theirs_count);
    struct theirs *theirs = &f.theirs[place];
    bool is_cancel = zv_str_is(msg->method_name, "CANCEL"); /* which shares its INVITE's branch */
    if (!f.our_tag[0] && msg->to_tag.len)
        CHECK(!zv_str_copy(msg->to_tag, f.our_tag, sizeof(f.our_tag)));
    if (is_cancel)
        return;
    if (zv_sip_msg_find(msg, ZV_SIP_HEADER_RSEQ))
        f.rseq = strtoul(zv_sip_msg_value(msg, ZV_SIP_HEADER_RSEQ).p, NULL, 10);
    CHECK(msg->cseq == theirs->cseq && zv_str_is(msg->method_name, theirs->method));
    CHECK(!theirs->status || theirs->status == msg->status);
    if (msg->status >= 200)
        theirs->status = msg->status;
}

static void on_event(const struct zv_sip_out *out)
{
    if (!out->leg)
        return;
    if (out->kind == ZV_SIP_OUT_INCOMING) {
        CHECK(!f.leg);
        f.leg = out->leg;
    }
    CHECK(out->leg == f.leg && !f.is_ended);
    f.is_ended = out->kind == ZV_SIP_OUT_ENDED;
}

static void drain(void)
{
    struct zv_sip_out out;
    struct zv_sip_msg msg;
    while (zv_sip_poll(f.sip, &out) != ZV_SIP_OUT_NONE) {
        if (out.kind == ZV_SIP_OUT_RESOLVE) {
            zv_sip_on_resolved(f.sip, out.resolve_id, 0, &f.flow, 1, f.now_us);
        } else if (out.kind != ZV_SIP_OUT_SEND) {
            on_event(&out);
        } else {
            CHECK(!zv_sip_msg_parse(out.data.p, out.data.len, &msg));
            if (zv_str_is(msg.method_name, "REGISTER"))
                continue;
            if (msg.is_request)
                on_request_sent(&msg, out.data);
            else
                on_response_sent(&msg);
        }
    }
}

/* ---- what they say ---- */

static void feed(const struct zv_buf *buf)
{
    CHECK(!buf->overflow);
    zv_sip_on_message(f.sip, &f.flow, buf->p, buf->len, f.now_us);
    drain();
}

/* 100rel, timers: RFC 3262, RFC 4028. */
static void put_extension(struct zv_buf *buf, size_t which)
{
    static const char *const extensions[] = {
        "",
        "Require: 100rel\r\nRSeq: 1\r\n",
        "Require: 100rel\r\nRSeq: 2\r\n",
        "Supported: timer\r\nSession-Expires: 90;refresher=uac\r\nAllow: UPDATE\r\n",
        "Supported: timer\r\nSession-Expires: 90\r\n",
        "Session-Expires: 120;refresher=uas\r\nAllow: INVITE\r\n",
        "Supported: timer\r\nSession-Expires: 10\r\nMin-SE: 300\r\n",
    };
    if (which < ZV_ARRAY_LEN(extensions))
        zv_buf_put_text(buf, extensions[which]);
    else if (f.theirs_count)
        zv_buf_printf(buf, "RAck: %lu %u INVITE\r\n", f.rseq, (unsigned)f.theirs[0].cseq);
}

/* Where the dialog leads next: the same place, another, one that cannot be, none. */
static void put_contact(struct zv_buf *buf, uint8_t which)
{
    static const char *const contacts[] = {
        "Contact: <sip:b@192.0.2.9>\r\n",
        "Contact: <sip:b@192.0.2.9>\r\n",
        "Contact: <sip:c@192.0.2.77:5070;transport=udp>;q=1\r\n",
        "Contact: <sips:d@far.example?Route=x>, <sip:e@192.0.2.9>\r\n",
        "Contact: <tel:+123>\r\n",
        "",
        "Record-Route: <sip:p1@192.0.2.9;lr>,<sip:p2@x>\r\nContact: <sip:b@192.0.2.9>\r\n",
        "Contact: *\r\n",
    };
    zv_buf_put_text(buf, contacts[which % ZV_ARRAY_LEN(contacts)]);
    put_extension(buf, which / ZV_ARRAY_LEN(contacts));
}

static void put_body(struct zv_buf *buf, uint8_t which, const char *method)
{
    bool is_info = !strcmp(method, "INFO");
    const char *type = is_info ? "application/dtmf-relay" : "application/sdp";
    const char *body = is_info ? "Signal=5\r\nDuration=160\r\n" : SDP;
    if (which % 4 == 1)
        type = "text/plain";
    else if (which % 4 == 2)
        body = "";
    if (body[0])
        zv_buf_printf(buf, "Content-Type: %s\r\n", type);
    zv_buf_printf(buf, "Content-Length: %zu\r\n\r\n%s", strlen(body), body);
}

static void write_theirs(struct zv_buf *buf, size_t place, const char *method)
{
    const struct theirs *t = &f.theirs[place];
    zv_buf_printf(buf,
                  "%s sip:x@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9:5060;rport;"
                  "branch=z9hG4bKt%zu\r\nFrom: <sip:b@y>;tag=f%u\r\nTo: <sip:1001@x>%s%s\r\n"
                  "Call-ID: %s\r\nCSeq: %u %s\r\n",
                  method, place, t->fork, t->has_to_tag ? ";tag=" : "",
                  t->has_to_tag ? f.our_tag : "", f.call_id, (unsigned)t->cseq, method);
}

static void ask(struct input *in, const char *method, bool is_first)
{
    char text[MAX_TEXT];
    struct zv_buf buf = zv_buf(text, sizeof(text));
    size_t place = f.theirs_count;
    if (place == MAX_THEIRS || (!is_first && !f.our_tag[0]))
        return;
    uint8_t flags = take_u8(in);
    struct theirs *theirs = &f.theirs[f.theirs_count++];
    *theirs = (struct theirs){.method = method,
                              .cseq = flags & 0x80 ? (uint32_t)(flags & 15) : (uint32_t)place + 10,
                              .fork = flags & 0x40 ? flags % FORKS : 0,
                              .has_to_tag = !is_first};
    write_theirs(&buf, place, method);
    put_contact(&buf, take_u8(in));
    put_body(&buf, take_u8(in), method);
    feed(&buf);
}

/* One of theirs once more; of an INVITE also its CANCEL, or its ACK under a branch of its own. */
static void ask_again(struct input *in)
{
    char text[MAX_TEXT];
    struct zv_buf buf = zv_buf(text, sizeof(text));
    if (!f.theirs_count)
        return;
    size_t place = f.theirs_count - 1 - take_u8(in) % ZV_MIN(f.theirs_count, (size_t)8);
    bool is_invite = !strcmp(f.theirs[place].method, "INVITE");
    const char *method = f.theirs[place].method;
    uint8_t how = take_u8(in) % 4;
    if (is_invite && how == 1)
        method = "CANCEL";
    else if (is_invite && how >= 2)
        method = "ACK";
    struct theirs kept = f.theirs[place];
    if (is_invite && how == 3)
        f.theirs[place].has_to_tag = f.our_tag[0] != '\0';
    write_theirs(&buf, place, method);
    f.theirs[place] = kept;
    put_contact(&buf, 0);
    put_body(&buf, is_invite && how >= 2 ? take_u8(in) : 2, method);
    /* After its transaction's end it is another request with the same numbers. */
    if (!strcmp(method, "CANCEL") || !strcmp(method, "ACK") || !f.theirs[place].status)
        feed(&buf);
}

static void answer(struct input *in)
{
    static const unsigned statuses[] = {100, 180, 183, 200, 200, 200, 202, 302, 401, 403,
                                        408, 481, 486, 488, 491, 500, 503, 603, 422};
    char text[MAX_TEXT];
    struct zv_buf buf = zv_buf(text, sizeof(text));
    struct zv_sip_msg msg;
    if (!f.ours_count)
        return;
    size_t place = f.ours_count - 1 - take_u8(in) % ZV_MIN(f.ours_count, (size_t)ANSWERABLE);
    const struct text *asked = &f.texts[place % ANSWERABLE];
    unsigned status = statuses[take_u8(in) % ZV_ARRAY_LEN(statuses)];
    CHECK(!zv_sip_msg_parse(asked->p, asked->len, &msg));
    zv_buf_printf(&buf, "SIP/2.0 %u X\r\nVia: %.*s\r\nFrom: %.*s\r\nTo: %.*s", status,
                  ZV_STR_ARG(zv_sip_msg_value(&msg, ZV_SIP_HEADER_VIA)),
                  ZV_STR_ARG(zv_sip_msg_value(&msg, ZV_SIP_HEADER_FROM)),
                  ZV_STR_ARG(zv_sip_msg_value(&msg, ZV_SIP_HEADER_TO)));
    if (!msg.to_tag.len && status > 100)
        zv_buf_printf(&buf, ";tag=f%u", take_u8(in) % FORKS);
    zv_buf_printf(&buf, "\r\nCall-ID: %s\r\nCSeq: %u %.*s\r\n", f.call_id, (unsigned)msg.cseq,
                  ZV_STR_ARG(msg.method_name));
    put_contact(&buf, take_u8(in));
    put_body(&buf, take_u8(in), "");
    f.ours[place].is_final |= status >= 200;
    feed(&buf);
}

/* ---- what the caller does ---- */

/* Written down, read back, taken up by another process, hung up there. */
static void hand_over(void)
{
    static struct zv_sip_dialog dialog, back;
    char text[ZV_SIP_DIALOG_TEXT_CAP], again[ZV_SIP_DIALOG_TEXT_CAP];
    struct zv_buf first = zv_buf(text, sizeof(text)), second = zv_buf(again, sizeof(again));
    struct zv_sip *other;
    struct zv_sip_out out;
    struct zv_rand_seeded seed = {2};
    struct zv_sip_cfg cfg = {.rand = zv_rand_seeded_source(&seed)};
    if (zv_sip_leg_dialog(f.sip, f.leg, &dialog))
        return;
    zv_sip_dialog_write(&dialog, &first);
    CHECK(!first.overflow && !zv_sip_dialog_read(zv_buf_str(&first), &back));
    zv_sip_dialog_write(&back, &second);
    CHECK(zv_str_eq(zv_buf_str(&first), zv_buf_str(&second)));
    CHECK(!zv_sip_new(&other, &cfg));
    CHECK(!zv_sip_restore_leg(other, LEG, 0, &back, f.now_us));
    CHECK(!zv_sip_hangup(other, LEG, f.now_us));
    while (zv_sip_poll(other, &out) != ZV_SIP_OUT_NONE)
        ;
    zv_sip_free(other);
}

static void command(struct input *in)
{
    struct zv_str sdp = ZV_STR_LIT(SDP);
    uint8_t what = take_u8(in), how = take_u8(in);
    int err = 0;
    if (what % 10 == 0)
        err = zv_sip_ring(f.sip, f.leg, 180 + how % 4, sdp, f.now_us);
    else if (what % 10 == 1)
        err = zv_sip_accept(f.sip, f.leg, sdp, f.now_us);
    else if (what % 10 == 2 && how % 4 == 0)
        err = zv_sip_reject(f.sip, f.leg, 486, f.now_us);
    else if (what % 10 == 3 && how % 4 == 0)
        err = zv_sip_hangup(f.sip, f.leg, f.now_us);
    else if (what % 10 <= 5)
        err = zv_sip_reoffer(f.sip, f.leg, sdp, f.now_us);
    else if (what % 10 == 6)
        err = zv_sip_reply_offer(f.sip, f.leg, how & 1 ? 200 : 488, sdp, f.now_us);
    else if (what % 10 == 7)
        err = zv_sip_info(f.sip, f.leg, ZV_SIP_INFO_DTMF_RELAY, sdp, f.now_us);
    else if (what % 10 == 8)
        err = zv_sip_send_digits(f.sip, f.leg, how % 2, ZV_STR_LIT("12"), f.now_us);
    else
        hand_over();
    (void)err; /* it may come at any time, and be refused */
    drain();
}

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

static void step(struct input *in)
{
    static const char *const methods[] = {"INVITE", "INVITE",  "UPDATE", "INFO",
                                          "BYE",    "OPTIONS", "PRACK",  "NOTIFY"};
    switch (take_u8(in) % 8) {
    case 0:
    case 1:
        answer(in);
        break;
    case 2:
    case 3:
        ask(in, methods[take_u8(in) % ZV_ARRAY_LEN(methods)], false);
        break;
    case 4:
        ask_again(in);
        break;
    case 5:
    case 6:
        command(in);
        break;
    default:
        advance(ZV_MS(20) << (take_u8(in) % 12));
        break;
    }
}

/* ---- the call ---- */

static void open_stack(struct input *in)
{
    memset(&f, 0, sizeof(f));
    f.seed.state = 1;
    f.now_us = ZV_SECONDS(1);
    f.flow.transport = ZV_SIP_UDP;
    uint8_t how = take_u8(in);
    f.is_outgoing = how & 1;
    CHECK(!zv_addr_parse(ZV_STR_LIT("192.0.2.1:5060"), &f.flow.local));
    CHECK(!zv_addr_parse(ZV_STR_LIT("192.0.2.9:5060"), &f.flow.remote));
    struct zv_sip_cfg cfg = {.rand = zv_rand_seeded_source(&f.seed),
                             .session_expires_s = how & 2 ? 90 : 0};
    struct zv_sip_account_cfg account = {.user = ZV_STR_LIT("x"), .domain = ZV_STR_LIT("y")};
    CHECK(!zv_sip_new(&f.sip, &cfg));
    CHECK(!zv_sip_account_add(f.sip, 1, &account));
}

/* Registered, so that a call may come: the REGISTER is answered with what it was made of. */
static void register_account(void)
{
    struct zv_sip_out out;
    struct zv_sip_msg msg;
    char text[MAX_TEXT];
    struct zv_buf buf = zv_buf(text, sizeof(text));
    CHECK(!zv_sip_register(f.sip, 1, f.now_us));
    CHECK(zv_sip_poll(f.sip, &out) == ZV_SIP_OUT_RESOLVE);
    zv_sip_on_resolved(f.sip, out.resolve_id, 0, &f.flow, 1, f.now_us);
    CHECK(zv_sip_poll(f.sip, &out) == ZV_SIP_OUT_SEND);
    CHECK(!zv_sip_msg_parse(out.data.p, out.data.len, &msg));
    zv_buf_printf(&buf,
                  "SIP/2.0 200 OK\r\nVia: %.*s\r\nFrom: %.*s\r\nTo: <sip:x@y>;tag=r\r\n"
                  "Call-ID: %.*s\r\nCSeq: 1 REGISTER\r\nExpires: 3600\r\n\r\n",
                  ZV_STR_ARG(zv_sip_msg_value(&msg, ZV_SIP_HEADER_VIA)),
                  ZV_STR_ARG(zv_sip_msg_value(&msg, ZV_SIP_HEADER_FROM)), ZV_STR_ARG(msg.call_id));
    feed(&buf);
}

static void begin_call(struct input *in)
{
    struct zv_sip_invite_cfg cfg = {
        .account = 1, .callee = ZV_STR_LIT("b"), .sdp = ZV_STR_LIT(SDP)};
    if (f.is_outgoing) {
        f.leg = LEG;
        CHECK(!zv_sip_invite(f.sip, LEG, &cfg, f.now_us));
        drain();
        return;
    }
    register_account();
    memcpy(f.call_id, "in", 3);
    ask(in, "INVITE", true);
}

static void close_stack(void)
{
    struct zv_sip_counts counts;
    if (f.leg) {
        int err = zv_sip_hangup(f.sip, f.leg, f.now_us);
        CHECK((err == ZV_E_GONE) == f.is_ended);
        drain();
    }
    CHECK(!zv_sip_account_remove(f.sip, 1));
    drain();
    advance(ZV_SECONDS(600));
    CHECK(!f.leg || f.is_ended);
    for (size_t i = 0; i < f.theirs_count; i++)
        CHECK(f.theirs[i].status);
    zv_sip_counts(f.sip, &counts);
    CHECK(!counts.accounts && !counts.legs && !counts.dialogs && !counts.client_transactions &&
          !counts.server_transactions && !counts.resolutions);
    zv_sip_free(f.sip);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    int64_t live = zv_alloc_live();
    open_stack(&in);
    begin_call(&in);
    for (int i = 0; in.left && i < MAX_STEPS; i++)
        step(&in);
    close_stack();
    CHECK(zv_alloc_live() == live);
    return 0;
}
