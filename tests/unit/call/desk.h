/*
 * A switchboard on a desk: inputs by name, what it says as lines of text, a clock that the test
 * turns. Lines of one step each:
 *
 *     > finish FAILED 488 no_common_codec     to the client: message, status, SIP status, cause
 *     > setRemoteSDP answer                   or offer
 *     > zvUpdate reload                       or restart; offer: ours
 *     > ring RING video                       of a call with video
 *     > zvResumed 7: c1 ESTABLISHED           what it has seen; its calls
 *     > fail ConnectionStatusEvent bad_account sipLogin
 *     >> ring RING                            to a client that is away: kept for it
 *     > ring RING (again)                     only for a client that does not know it
 *     > zvVerdict sip error wrong_source
 *     > close 1000
 *     SIP_REJECT 480 / SIP_INVITE 1002 / MEDIA_FLOW 1 1 / CALL_ENDED busy
 *     MEDIA_CREATE video / MEDIA_SIP_REMOTE video / MEDIA_FLOW 1 1 video 1 0
 *     MEDIA_ASK_KEYFRAME client               or sip
 *     MEDIA_SEND_DIGITS 12#                   to the SIP side
 *     SIP_SEND_DIGITS 1 12#                   enum zv_dtmf_mode, digits
 *     > zvDtmf 5 120 rfc4733                  to the client
 *     > zvDrain 30000 draining                milliseconds that are left; or over
 *
 * CALL_LOG, SESSION_LOG and CLIENT_FORGET leave no line; the last states are kept.
 */
#ifndef ZV_TESTS_UNIT_CALL_DESK_H
#define ZV_TESTS_UNIT_CALL_DESK_H

#include "support/test.h"

#include "base/buf.h"
#include "call/call.h"
#include "sdp/sdp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DESK_CONN 5

/* Who else sees what goes in and comes out, as a recorder does. Each may be NULL. */
struct desk_watch {
    void (*input_fn)(void *arg, const struct zv_call_in *in); /* before its commands */
    void (*timeout_fn)(void *arg);
    void (*command_fn)(void *arg, const struct zv_call_cmd *cmd);
    void *arg;
};

struct desk {
    struct desk_watch watch;
    struct zv_rand_seeded seed;
    struct zv_switch *sw;
    int64_t now_us;
    bool can_resume;  /* of the client that desk_connect makes */
    bool can_reoffer; /* likewise */
    uint64_t conn;    /* of the client that was greeted last */
    char lines[8192];
    struct zv_buf log;
    /* of the last command of its kind */
    zv_session_id session;
    zv_call_id call;
    uint64_t leg;
    char call_id[80];
    char web_sdp[ZV_MAX_SDP_BYTES + 1];
    char sip_sdp[ZV_MAX_SDP_BYTES + 1];
    char token[64];
    char state[32];
    char info[512];
    char text[512];
    char remedy[512];
    char visible_name[300];
    struct zv_cmd_account account;
    struct zv_cmd_media_create create;
    char user[512];
    struct zv_cmd_media_web web;
    struct zv_cmd_media_sip sip_remote;
    struct zv_cmd_media_sip video_remote;
    bool has_video_port;      /* the worker was asked for one */
    struct zv_plan_srtp srtp; /* its keys */
    struct zv_media_plan plan;
    struct zv_cmd_call_ended ended;
    char ended_text[512];
    char ended_remedy[512];
    bool has_tcp;        /* the workers offer it */
    bool is_proxied;     /* the client's WebSocket */
    bool wants_verdicts; /* likewise, as the next */
    bool wants_digits;
    bool wants_drain;
    char invite_headers[512];
    char again[160]; /* of the INVITE; empty: it was the first */
};

static inline void desk_keep(struct zv_str text, char *dst, size_t cap)
{
    size_t len = text.len < cap - 1 ? text.len : cap - 1;
    if (len)
        memcpy(dst, text.p, len);
    dst[len] = 0;
}

static inline void desk_resumed_line(struct zv_buf *log, const struct zv_cmd_client *client)
{
    zv_buf_printf(log, " %lld:", (long long)client->last_seq);
    for (uint8_t i = 0; i < client->call_count; i++)
        zv_buf_printf(log, " %.*s %.*s", ZV_STR_ARG(client->calls[i].call_id),
                      ZV_STR_ARG(client->calls[i].status));
}

static inline void desk_client_line(struct desk *desk, const struct zv_cmd_client *client)
{
    struct zv_buf *log = &desk->log;
    zv_buf_printf(log, "%s %s", client->conn.v ? ">" : ">>",
                  zv_client_message_name(client->message));
    if (client->message == ZV_MSG_RESUMED) {
        desk_resumed_line(log, client);
    } else if (client->message == ZV_MSG_UPDATE) {
        zv_buf_put_text(log, client->is_offer    ? " offer"
                             : client->is_reload ? " reload"
                                                 : " restart");
        desk_keep(client->sdp, desk->web_sdp, sizeof(desk->web_sdp));
    } else if (client->message == ZV_MSG_SET_REMOTE_SDP) {
        zv_buf_put_text(log, client->is_initiator ? " answer" : " offer");
        desk_keep(client->sdp, desk->web_sdp, sizeof(desk->web_sdp));
    } else if (client->message == ZV_MSG_FAIL) {
        zv_buf_printf(log, " %.*s %.*s", ZV_STR_ARG(client->api_method), ZV_STR_ARG(client->cause));
        if (client->field.p)
            zv_buf_printf(log, " %.*s", ZV_STR_ARG(client->field));
    } else if (client->message == ZV_MSG_DIGIT) {
        zv_buf_printf(log, " %.*s %u %.*s", ZV_STR_ARG(client->digit),
                      (unsigned)client->duration_ms, ZV_STR_ARG(client->via));
    } else if (client->message == ZV_MSG_DRAIN && client->is_drain_over) {
        zv_buf_put_text(log, " over");
    } else if (client->message == ZV_MSG_DRAIN) {
        zv_buf_printf(log, " %lld %.*s", (long long)(client->left_us / ZV_US_PER_MS),
                      ZV_STR_ARG(client->cause));
    } else if (client->message == ZV_MSG_VERDICT) {
        zv_buf_printf(log, " %.*s %.*s %.*s", ZV_STR_ARG(client->leg), ZV_STR_ARG(client->severity),
                      ZV_STR_ARG(client->code));
    } else {
        zv_buf_printf(log, " %.*s", ZV_STR_ARG(client->status));
        if (client->sip_status)
            zv_buf_printf(log, " %d", client->sip_status);
        if (client->cause.p)
            zv_buf_printf(log, " %.*s", ZV_STR_ARG(client->cause));
        if (client->has_video)
            zv_buf_put_text(log, " video");
    }
    if (client->is_again)
        zv_buf_put_text(log, " (again)");
    zv_buf_put_char(log, '\n');
    if (client->call_id.p)
        desk_keep(client->call_id, desk->call_id, sizeof(desk->call_id));
    if (client->message == ZV_MSG_GET_USER_DATA)
        desk->conn = client->conn.v;
    if (client->auth_token.p)
        desk_keep(client->auth_token, desk->token, sizeof(desk->token));
    desk_keep(client->info, desk->info, sizeof(desk->info));
    desk_keep(client->text, desk->text, sizeof(desk->text));
    desk_keep(client->remedy, desk->remedy, sizeof(desk->remedy));
    desk_keep(client->visible_name, desk->visible_name, sizeof(desk->visible_name));
}

static inline void desk_invite_line(struct desk *desk, const struct zv_cmd_invite *invite)
{
    struct zv_buf headers = zv_buf(desk->invite_headers, sizeof(desk->invite_headers));
    zv_buf_printf(&desk->log, "SIP_INVITE %.*s\n", ZV_STR_ARG(invite->callee_user));
    desk->leg = invite->leg;
    desk_keep(invite->sdp, desk->sip_sdp, sizeof(desk->sip_sdp));
    desk_keep(invite->again, desk->again, sizeof(desk->again));
    for (uint8_t i = 0; i < invite->header_count; i++)
        zv_buf_printf(&headers, "%.*s=%.*s;", ZV_STR_ARG(invite->headers[i].name),
                      ZV_STR_ARG(invite->headers[i].value));
    assert_non_null(zv_buf_cstr(&headers));
}

static inline void desk_sip_line(struct desk *desk, const struct zv_call_cmd *cmd)
{
    if (cmd->kind == ZV_CALL_CMD_SIP_SEND_DIGITS) {
        zv_buf_printf(&desk->log, "SIP_SEND_DIGITS %d %.*s\n", cmd->u.digits.mode,
                      ZV_STR_ARG(cmd->u.digits.digits));
        return;
    }
    zv_buf_printf(&desk->log, "%s", zv_call_cmd_name(cmd->kind));
    if (cmd->u.sip.status)
        zv_buf_printf(&desk->log, " %d", cmd->u.sip.status);
    zv_buf_put_char(&desk->log, '\n');
    if (cmd->u.sip.sdp.p)
        desk_keep(cmd->u.sip.sdp, desk->sip_sdp, sizeof(desk->sip_sdp));
}

static inline void desk_media_line(struct desk *desk, const struct zv_call_cmd *cmd)
{
    zv_buf_printf(&desk->log, "%s", zv_call_cmd_name(cmd->kind));
    if (cmd->kind == ZV_CALL_CMD_MEDIA_CREATE) {
        desk->create = cmd->u.create;
        desk->call = cmd->u.create.call;
        desk->has_video_port = cmd->u.create.has_video;
        zv_buf_put_text(&desk->log, cmd->u.create.has_video ? " video" : "");
    } else if (cmd->kind == ZV_CALL_CMD_MEDIA_OPEN_VIDEO) {
        desk->has_video_port = true;
    } else if (cmd->kind == ZV_CALL_CMD_MEDIA_SIP_REMOTE && cmd->u.sip_remote.is_video) {
        desk->video_remote = cmd->u.sip_remote;
        zv_buf_put_text(&desk->log, " video");
    } else if (cmd->kind == ZV_CALL_CMD_MEDIA_WEB_REMOTE) {
        desk->web = cmd->u.web;
    } else if (cmd->kind == ZV_CALL_CMD_MEDIA_SIP_REMOTE) {
        desk->sip_remote = cmd->u.sip_remote;
        desk->srtp = cmd->u.sip_remote.srtp ? *cmd->u.sip_remote.srtp : (struct zv_plan_srtp){0};
    } else if (cmd->kind == ZV_CALL_CMD_MEDIA_CODECS) {
        desk->plan = cmd->u.codecs.plan;
    } else if (cmd->kind == ZV_CALL_CMD_MEDIA_FLOW) {
        zv_buf_printf(&desk->log, " %d %d", cmd->u.flow.web_to_sip, cmd->u.flow.sip_to_web);
        if (cmd->u.flow.video_web_to_sip || cmd->u.flow.video_sip_to_web)
            zv_buf_printf(&desk->log, " video %d %d", cmd->u.flow.video_web_to_sip,
                          cmd->u.flow.video_sip_to_web);
    } else if (cmd->kind == ZV_CALL_CMD_MEDIA_SEND_DIGITS) {
        zv_buf_printf(&desk->log, " %.*s", ZV_STR_ARG(cmd->u.digits.digits));
    } else if (cmd->kind == ZV_CALL_CMD_MEDIA_ASK_KEYFRAME) {
        zv_buf_put_text(&desk->log, cmd->u.keyframe.leg == ZV_CALL_LEG_WEB ? " client" : " sip");
    }
    zv_buf_put_char(&desk->log, '\n');
}

static inline void desk_on_command(struct desk *desk, const struct zv_call_cmd *cmd)
{
    switch (cmd->kind) {
    case ZV_CALL_CMD_CLIENT_EVENT:
        desk_client_line(desk, &cmd->u.client);
        break;
    case ZV_CALL_CMD_CLIENT_CLOSE:
        zv_buf_printf(&desk->log, "> close %u\n", cmd->u.close.code);
        break;
    case ZV_CALL_CMD_SIP_ACCOUNT_ADD:
        desk->account = cmd->u.account;
        desk->session = cmd->u.account.session;
        desk_keep(cmd->u.account.user, desk->user, sizeof(desk->user));
        zv_buf_put_text(&desk->log, "SIP_ACCOUNT_ADD\n");
        break;
    case ZV_CALL_CMD_SIP_INVITE:
        desk_invite_line(desk, &cmd->u.invite);
        break;
    case ZV_CALL_CMD_CALL_LOG:
        desk_keep(cmd->u.call_log.new_state, desk->state, sizeof(desk->state));
        break;
    case ZV_CALL_CMD_SESSION_LOG:
    case ZV_CALL_CMD_CLIENT_FORGET:
        break;
    case ZV_CALL_CMD_CALL_ENDED:
        desk->ended = cmd->u.ended;
        desk_keep(cmd->u.ended.text, desk->ended_text, sizeof(desk->ended_text));
        desk_keep(cmd->u.ended.remedy, desk->ended_remedy, sizeof(desk->ended_remedy));
        zv_buf_printf(&desk->log, "CALL_ENDED %s\n", zv_cause_name(cmd->u.ended.cause));
        break;
    default:
        if (cmd->kind >= ZV_CALL_CMD_MEDIA_CREATE)
            desk_media_line(desk, cmd);
        else
            desk_sip_line(desk, cmd);
    }
}

static inline void desk_drain(struct desk *desk)
{
    struct zv_call_cmd cmd;
    while (zv_switch_poll(desk->sw, &cmd) != ZV_CALL_CMD_NONE) {
        if (desk->watch.command_fn)
            desk->watch.command_fn(desk->watch.arg, &cmd);
        desk_on_command(desk, &cmd);
    }
}

static inline void desk_input(struct desk *desk, const struct zv_call_in *in)
{
    assert_int_equal(zv_switch_input(desk->sw, in, desk->now_us), 0);
    if (desk->watch.input_fn)
        desk->watch.input_fn(desk->watch.arg, in);
    desk_drain(desk);
}

/* Turns the clock to `at_us`, stopping at each deadline on the way. */
static inline void desk_wait_until(struct desk *desk, int64_t at_us)
{
    while (zv_switch_deadline_us(desk->sw) <= at_us) {
        int64_t next_us = zv_switch_deadline_us(desk->sw);
        if (next_us > desk->now_us)
            desk->now_us = next_us;
        zv_switch_on_timeout(desk->sw, desk->now_us);
        if (desk->watch.timeout_fn)
            desk->watch.timeout_fn(desk->watch.arg);
        desk_drain(desk);
    }
    desk->now_us = at_us;
}

static inline void desk_wait(struct desk *desk, int64_t us)
{
    desk_wait_until(desk, desk->now_us + us);
}

/* Compares what was said since the last time, and forgets it. */
#define EXPECT(desk, text)                                                                         \
    do {                                                                                           \
        assert_non_null(zv_buf_cstr(&(desk)->log));                                                \
        assert_string_equal((desk)->log.p, text);                                                  \
        (desk)->log.len = 0;                                                                       \
    } while (0)

static inline void desk_open_with(struct desk *desk, struct zv_switch_cfg cfg)
{
    memset(desk, 0, sizeof(*desk));
    desk->now_us = ZV_SECONDS(1000);
    desk->seed.state = 7;
    desk->conn = DESK_CONN;
    desk->log = zv_buf(desk->lines, sizeof(desk->lines));
    cfg.rand = zv_rand_seeded_source(&desk->seed);
    if (!cfg.worker_count)
        cfg.worker_count = 2;
    assert_int_equal(zv_switch_new(&cfg, &desk->sw), 0);
}

static inline void desk_open(struct desk *desk)
{
    desk_open_with(desk, (struct zv_switch_cfg){0});
}

/* Nothing may be left: the ledger is even. */
static inline void desk_close(struct desk *desk)
{
    struct zv_switch_stats stats;
    zv_switch_stats(desk->sw, &stats);
    assert_int_equal(stats.sessions_created, stats.sessions_destroyed);
    assert_int_equal(stats.calls_created, stats.calls_destroyed);
    assert_int_equal(zv_switch_session_count(desk->sw), 0);
    assert_int_equal(zv_switch_call_count(desk->sw), 0);
    assert_true(zv_switch_deadline_us(desk->sw) == ZV_TIME_NEVER);
    desk->sw = zv_switch_free(desk->sw);
}

/* ---- inputs ---- */

#define DESK_LEG (UINT64_C(1) << 63 | 77) /* incoming */

#define DESK_FINGERPRINT                                                                           \
    "sha-256 AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"                   \
    "00:11:22:33:44:55:66:77:88:99"
#define DESK_WEB_HEAD "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
#define DESK_WEB_TAIL                                                                              \
    "c=IN IP4 0.0.0.0\r\na=ice-ufrag:8hhY\r\na=ice-pwd:asd88fds9s8d7f6g5h4j3k2l\r\n"               \
    "a=fingerprint:" DESK_FINGERPRINT "\r\na=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\n"
#define DESK_WEB_OFFER                                                                             \
    DESK_WEB_HEAD "m=audio 9 UDP/TLS/RTP/SAVPF 111 0 8 126\r\n" DESK_WEB_TAIL                      \
                  "a=setup:actpass\r\na=rtpmap:111 opus/48000/2\r\n"                               \
                  "a=rtpmap:126 telephone-event/8000\r\n"
#define DESK_WEB_ANSWER                                                                            \
    DESK_WEB_HEAD "m=audio 9 UDP/TLS/RTP/SAVPF 0 8\r\n" DESK_WEB_TAIL "a=setup:active\r\n"
#define DESK_SIP_HEAD "v=0\r\no=- 1 1 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\nt=0 0\r\n"
#define DESK_SIP_PCMA DESK_SIP_HEAD "m=audio 20010 RTP/AVP 8\r\n"
#define DESK_SIP_PCMU DESK_SIP_HEAD "m=audio 20010 RTP/AVP 0\r\n"
#define DESK_SIP_BOTH DESK_SIP_HEAD "m=audio 20010 RTP/AVP 0 8\r\n"
#define DESK_SIP_G729 DESK_SIP_HEAD "m=audio 20010 RTP/AVP 18\r\n"

static inline struct zv_call_in desk_connect_input(void)
{
    return (struct zv_call_in){
        .kind = ZV_CALL_IN_CLIENT_CONNECT,
        .u.connect = {.conn = {DESK_CONN},
                      .ws_local = {.family = ZV_ADDR_IPV4, .ip = {192, 0, 2, 1}},
                      .app_key = zv_str("defaultApp"),
                      .sip_register_required = true,
                      .sip_login = zv_str("1001"),
                      .sip_password = zv_str("secret-of-1001"),
                      .sip_domain = zv_str("sip.example"),
                      .sip_port = zv_str("5060")},
    };
}

static inline void desk_close_frame(struct desk *desk, uint64_t conn, uint16_t code)
{
    desk_input(desk, &(struct zv_call_in){.kind = ZV_CALL_IN_CLIENT_CLOSED,
                                          .u.client = {.conn = {conn}, .close_code = code}});
}

/* As the web SDK closes: a good-bye. */
static inline void desk_closed(struct desk *desk)
{
    desk_close_frame(desk, desk->conn, 1005);
}

static inline void desk_lost(struct desk *desk)
{
    desk_close_frame(desk, desk->conn, 0);
}

static inline void desk_client(struct desk *desk, enum zv_call_in_kind kind, const char *call_id,
                               const char *sdp)
{
    desk_input(desk, &(struct zv_call_in){.kind = kind,
                                          .u.client = {.conn = {desk->conn},
                                                       .call_id = zv_str(call_id),
                                                       .sdp = zv_str(sdp)}});
}

/* As the same client on a new socket, unless `token` says otherwise. */
static inline void desk_return_with(struct desk *desk, const char *token, int64_t last_seq)
{
    struct zv_call_in in = {
        .kind = ZV_CALL_IN_CLIENT_CONNECT,
        .u.connect = {.conn = {desk->conn + 1},
                      .ws_local = {.family = ZV_ADDR_IPV4, .ip = {192, 0, 2, 9}},
                      .auth_token = zv_str(token),
                      .can_resume = desk->can_resume,
                      .can_reoffer = desk->can_reoffer,
                      .wants_drain = desk->wants_drain,
                      .last_seq = last_seq}};
    desk_input(desk, &in);
}

static inline void desk_return(struct desk *desk, int64_t last_seq)
{
    char token[sizeof(desk->token)];
    memcpy(token, desk->token, sizeof(token));
    desk_return_with(desk, token, last_seq);
}

static inline void desk_update(struct desk *desk, const char *call_id, const char *sdp,
                               bool is_reload)
{
    desk_input(desk, &(struct zv_call_in){.kind = ZV_CALL_IN_CLIENT_UPDATE,
                                          .u.client = {.conn = {desk->conn},
                                                       .call_id = zv_str(call_id),
                                                       .sdp = zv_str(sdp),
                                                       .is_reload = is_reload}});
}

static inline void desk_sip(struct desk *desk, enum zv_call_in_kind kind, struct zv_in_sip sip)
{
    if (!sip.leg)
        sip.leg = desk->leg;
    if (!sip.session.v)
        sip.session = desk->session;
    desk_input(desk, &(struct zv_call_in){.kind = kind, .u.sip = sip});
}

static inline void desk_media(struct desk *desk, enum zv_call_in_kind kind)
{
    struct zv_call_in in = {.kind = kind, .u.media = {.call = desk->call}};
    in.u.media.ready = (struct zv_in_media_ready){
        .web_ufrag = zv_str("gwUF"),
        .web_pwd = zv_str("gatewaypasswordgateway12"),
        .web_fingerprint = zv_str(DESK_FINGERPRINT),
        .web_cname = zv_str("gwcname"),
        .web_ssrc = 42,
        .web_port_ipv4 = 30000,
        .web_tcp = desk->has_tcp,
        .sip_rtp = {.family = ZV_ADDR_IPV4, .ip = {192, 0, 2, 1}, .port = 12000},
    };
    if (desk->has_video_port) {
        in.u.media.ready.sip_video =
            (struct zv_addr){.family = ZV_ADDR_IPV4, .ip = {192, 0, 2, 1}, .port = 12002};
        in.u.media.ready.video_ssrc = 43;
        in.u.media.ready.video_rtx_ssrc = 44;
    }
    desk_input(desk, &in);
}

static inline void desk_media_leg(struct desk *desk, enum zv_call_in_kind kind,
                                  enum zv_call_leg leg, int64_t since_us)
{
    desk_input(
        desk, &(struct zv_call_in){
                  .kind = kind, .u.media = {.call = desk->call, .leg = leg, .since_us = since_us}});
}

/* "error" and "warning" are wrong, "info" is not. */
static inline void desk_verdict(struct desk *desk, enum zv_call_leg leg, const char *code,
                                const char *severity, const char *text)
{
    desk_input(desk, &(struct zv_call_in){
                         .kind = ZV_CALL_IN_MEDIA_VERDICT,
                         .u.media = {.call = desk->call,
                                     .leg = leg,
                                     .verdict = {.code = zv_str(code),
                                                 .severity = zv_str(severity),
                                                 .text = zv_str(text),
                                                 .remedy = zv_str("mend it"),
                                                 .since_us = ZV_SECONDS(3),
                                                 .is_wrong = strcmp(severity, "info") != 0,
                                                 .is_for_client = true}}});
}

static inline void desk_call_with(struct desk *desk, const char *call_id, const char *callee,
                                  const char *sdp)
{
    desk_input(desk, &(struct zv_call_in){.kind = ZV_CALL_IN_CLIENT_CALL,
                                          .u.call = {.conn = {desk->conn},
                                                     .call_id = zv_str(call_id),
                                                     .callee = zv_str(callee),
                                                     .sdp = zv_str(sdp)}});
}

static inline void desk_call(struct desk *desk, const char *call_id, const char *callee)
{
    desk_call_with(desk, call_id, callee, DESK_WEB_OFFER);
}

/* ---- the way to a state; what was said on it is forgotten ---- */

static inline void desk_forget(struct desk *desk)
{
    desk->log.len = 0;
    desk->log.overflow = false;
}

static inline void desk_connect(struct desk *desk)
{
    struct zv_call_in in = desk_connect_input();
    in.u.connect.can_resume = desk->can_resume;
    in.u.connect.can_reoffer = desk->can_reoffer;
    in.u.connect.is_proxied = desk->is_proxied;
    in.u.connect.wants_verdicts = desk->wants_verdicts;
    in.u.connect.wants_digits = desk->wants_digits;
    in.u.connect.wants_drain = desk->wants_drain;
    desk_input(desk, &in);
    desk_sip(desk, ZV_CALL_IN_SIP_REGISTERED, (struct zv_in_sip){.status = 200});
    desk_forget(desk);
}

static inline void desk_trying(struct desk *desk)
{
    desk_connect(desk);
    desk_call(desk, "c1", "1002");
    desk_media(desk, ZV_CALL_IN_MEDIA_READY);
    desk_forget(desk);
}

static inline void desk_ringing_out(struct desk *desk)
{
    desk_trying(desk);
    desk_sip(desk, ZV_CALL_IN_SIP_PROGRESS, (struct zv_in_sip){.status = 180});
    desk_forget(desk);
}

static inline void desk_active_without_media(struct desk *desk)
{
    desk_ringing_out(desk);
    desk_sip(desk, ZV_CALL_IN_SIP_ANSWERED,
             (struct zv_in_sip){.status = 200, .sdp = zv_str(DESK_SIP_PCMA)});
    desk_forget(desk);
}

static inline void desk_active(struct desk *desk)
{
    desk_active_without_media(desk);
    desk_media(desk, ZV_CALL_IN_MEDIA_ICE_CONNECTED);
    desk_media(desk, ZV_CALL_IN_MEDIA_DTLS_CONNECTED);
    desk_media_leg(desk, ZV_CALL_IN_MEDIA_FIRST, ZV_CALL_LEG_WEB, 0);
    desk_media_leg(desk, ZV_CALL_IN_MEDIA_FIRST, ZV_CALL_LEG_SIP, 0);
    desk_forget(desk);
}

static inline void desk_incoming(struct desk *desk, const char *sdp)
{
    desk->leg = DESK_LEG;
    desk_sip(desk, ZV_CALL_IN_SIP_INCOMING,
             (struct zv_in_sip){.caller = zv_str("2000"),
                                .display = zv_str("Bob"),
                                .callee = zv_str("1001"),
                                .sdp = zv_str(sdp)});
}

static inline void desk_ringing_in(struct desk *desk)
{
    desk_connect(desk);
    desk_incoming(desk, DESK_SIP_BOTH);
    desk_media(desk, ZV_CALL_IN_MEDIA_READY);
    desk_forget(desk);
}

static inline void desk_answering(struct desk *desk)
{
    desk_ringing_in(desk);
    desk_client(desk, ZV_CALL_IN_CLIENT_ANSWER, desk->call_id, DESK_WEB_ANSWER);
    desk_forget(desk);
}

static inline void desk_confirming(struct desk *desk)
{
    desk_answering(desk);
    desk_media(desk, ZV_CALL_IN_MEDIA_DTLS_CONNECTED);
    desk_forget(desk);
}

/* The client and then everything else goes. */
static inline void desk_end_all(struct desk *desk)
{
    desk_closed(desk);
    desk_wait(desk, ZV_SECONDS(5 * 3600));
    desk_forget(desk);
    desk_close(desk);
}

/* ---- the states of a call that no other helper stops in ---- */

static inline void desk_out_setup(struct desk *d)
{
    desk_connect(d);
    desk_call(d, "c1", "1002");
}

static inline void desk_in_setup(struct desk *d)
{
    desk_connect(d);
    desk_incoming(d, DESK_SIP_BOTH);
}

static inline void desk_reoffering(struct desk *d)
{
    desk_trying(d);
    desk_sip(d, ZV_CALL_IN_SIP_PROGRESS,
             (struct zv_in_sip){.status = 183, .sdp = zv_str(DESK_SIP_PCMA)});
    desk_media(d, ZV_CALL_IN_MEDIA_DTLS_CONNECTED);
    desk_sip(d, ZV_CALL_IN_SIP_ANSWERED,
             (struct zv_in_sip){.status = 200, .sdp = zv_str(DESK_SIP_PCMU)});
}

#endif
