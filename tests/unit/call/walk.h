/*
 * What may happen in the world of walk_book.h, at random or by a fuzzer's bytes, and the whole of a
 * walk: open it, take steps, and at the end let everything go.
 */
#ifndef ZV_TESTS_UNIT_CALL_WALK_H
#define ZV_TESTS_UNIT_CALL_WALK_H

#include "walk_book.h"

/* ---- what may happen ---- */

/* Of the third line that we offer. */
#define WALK_CRYPTO(letter)                                                                        \
    "a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:" letter "S1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR"  \
    "\r\n"

static inline const char *walk_sip_sdp(struct walk *walk)
{
    static const char *const choices[] = {
        DESK_SIP_PCMA,
        DESK_SIP_PCMA,
        DESK_SIP_BOTH,
        DESK_SIP_PCMU,
        DESK_SIP_PCMA "a=sendonly\r\n",
        DESK_SIP_G729,
        NULL,
        "nonsense",
        "v=0\r\nc=IN IP4 0.0.0.0\r\nm=audio 1 RTP/AVP 8\r\n",
        DESK_SIP_PCMA WALK_CRYPTO("A"),
        DESK_SIP_PCMA WALK_CRYPTO("B"),
        DESK_SIP_HEAD "m=audio 20012 RTP/SAVP 8\r\n" WALK_CRYPTO("A"),
        DESK_SIP_PCMA "a=crypto:3 F8_128_HMAC_SHA1_80 inline:AAAA\r\n",
        VIDEO_SIP("1", "20020"),
        VIDEO_SIP("2", "20020"),
        VIDEO_SIP("3", "30020"),
        VIDEO_SIP("4", "20020") "a=sendonly\r\n",
        VIDEO_SIP_HELD("5"),
        VIDEO_SIP_REFUSED("6"),
        VIDEO_SIP_HEAD("7") VIDEO_SIP_AUDIO
        "m=video 20020 RTP/AVP 34\r\na=rtpmap:34 H263/90000\r\n",
    };
    return choices[walk_next(walk, ZV_ARRAY_LEN(choices))];
}

static inline const char *walk_web_sdp(struct walk *walk)
{
    static const char *const choices[] = {DESK_WEB_OFFER,
                                          DESK_WEB_OFFER,
                                          DESK_WEB_ANSWER,
                                          DESK_WEB_ANSWER,
                                          "nonsense",
                                          "v=0\r\n",
                                          VIDEO_WEB_OFFER,
                                          VIDEO_WEB_OFFER,
                                          VIDEO_WEB_ANSWER,
                                          VIDEO_WEB_ANSWER,
                                          VIDEO_WEB_WATCHES,
                                          VIDEO_WEB_REFUSES,
                                          ""};
    return choices[walk_next(walk, ZV_ARRAY_LEN(choices))];
}

static inline uint64_t walk_any_conn(struct walk *walk)
{
    uint32_t from = walk_next(walk, WALK_CONNS);
    for (uint32_t i = 0; i < WALK_CONNS; i++) {
        uint64_t conn = walk->conns[(from + i) % WALK_CONNS];
        if (conn)
            return conn;
    }
    return 0;
}

static inline void walk_connect(struct walk *walk)
{
    static const char *const logins[] = {"1001", "1002", "Ralf C", "", "a;b"};
    int free_at = -1;
    for (int i = 0; i < WALK_CONNS; i++) {
        if (!walk->conns[i])
            free_at = i;
    }
    struct zv_call_in in = desk_connect_input();
    in.u.connect.sip_login = zv_str(logins[walk_next(walk, ZV_ARRAY_LEN(logins))]);
    in.u.connect.sip_register_required = walk_next(walk, 2);
    in.u.connect.can_resume = walk_next(walk, 2);
    in.u.connect.can_reoffer = walk_next(walk, 4) != 0;
    in.u.connect.keep_alive = walk_next(walk, 8) == 0;
    in.u.connect.wants_verdicts = walk_next(walk, 2);
    in.u.connect.wants_digits = walk_next(walk, 2);
    in.u.connect.wants_drain = walk_next(walk, 2);
    in.u.connect.conn.v = walk_any_conn(walk); /* again, unless there is room for another */
    if (free_at >= 0)
        in.u.connect.conn.v = walk->conns[free_at] = ++walk->next_conn;
    if (walk_next(walk, 20) == 0)
        in.u.connect = (struct zv_in_connect){.conn = in.u.connect.conn}; /* no account */
    walk->connecting = in.u.connect;
    if (in.u.connect.conn.v && walk_next(walk, 20)) /* else it says nothing yet */
        walk_input(walk, &in);
}

/* A client comes back, or somebody else with something like its token. */
static inline void walk_return(struct walk *walk)
{
    struct walk_session *session = &walk->sessions[walk_next(walk, WALK_SESSIONS)];
    const char *const tokens[] = {session->token,        session->token,    session->token,
                                  session->token_before, walk->stale_token, "no token at all 123"};
    char token[24];
    uint64_t *conn = NULL;
    for (int i = 0; i < WALK_CONNS; i++) {
        if (!walk->conns[i])
            conn = &walk->conns[i];
    }
    desk_keep(zv_str(tokens[walk_next(walk, ZV_ARRAY_LEN(tokens))]), token, sizeof(token));
    if (!conn || !session->id || !token[0])
        return;
    uint64_t id = session->id;
    bool is_good = !strcmp(token, session->token) || !strcmp(token, session->token_before);
    *conn = ++walk->next_conn;
    struct zv_call_in in = desk_connect_input();
    in.u.connect.conn.v = *conn;
    in.u.connect.auth_token = zv_str(token);
    in.u.connect.can_resume = walk_next(walk, 4) != 0;
    in.u.connect.can_reoffer = walk_next(walk, 4) != 0;
    in.u.connect.last_seq = (int64_t)walk_next(walk, 3) - 1;
    walk->connecting = in.u.connect;
    walk_input(walk, &in);
    WALK_CHECK(walk->greeted == (is_good ? id : 0));
    walk->returns += is_good;
}

static inline void walk_close(struct walk *walk)
{
    uint64_t conn = walk_any_conn(walk);
    for (int i = 0; i < WALK_CONNS; i++) {
        if (walk->conns[i] == conn)
            walk->conns[i] = 0;
    }
    static const uint16_t codes[] = {0, 0, 1000, 1001, 1005};
    struct walk_session *session = walk_session_by_conn(walk, conn);
    if (session)
        session->conn = 0;
    walk_input(walk, &(struct zv_call_in){
                         .kind = ZV_CALL_IN_CLIENT_CLOSED,
                         .u.client = {.conn = {conn},
                                      .close_code = codes[walk_next(walk, ZV_ARRAY_LEN(codes))]}});
}

static inline void walk_new_outgoing(struct walk *walk)
{
    static const char *const callees[] = {"1002", "+7 495 1234567", "bob@evil.example", ""};
    char name[32];
    uint64_t conn = walk_any_conn(walk);
    if (!conn)
        return;
    snprintf(name, sizeof(name), "c%llu", (unsigned long long)++walk->next_name);
    struct walk_call *call = walk_new_call(walk);
    struct walk_session *session = walk_session_by_conn(walk, conn);
    *call = (struct walk_call){.session = session ? session->id : 0};
    desk_keep(zv_str(name), call->name, sizeof(call->name));
    struct zv_call_in in = {.kind = ZV_CALL_IN_CLIENT_CALL,
                            .u.call = {.conn = {conn},
                                       .call_id = zv_str(name),
                                       .callee = zv_str(callees[walk_next(walk, 8) & 3]),
                                       .sdp = zv_str(walk_web_sdp(walk))}};
    uint32_t chance = walk_next(walk, 32);
    if (chance & 3)
        in.u.call.callee = zv_str("1002");
    if (chance == 31)
        in = (struct zv_call_in){.kind = ZV_CALL_IN_CLIENT_REFUSED,
                                 .u.refused = {.conn = {conn},
                                               .call_id = zv_str(name),
                                               .cause = ZV_CAUSE_BAD_REQUEST,
                                               .text = zv_str("sdp is missing")}};
    walk->current = call;
    walk_input(walk, &in);
    if (!call->id.v) /* refused */
        *call = (struct walk_call){0};
}

static inline void walk_new_incoming(struct walk *walk)
{
    struct walk_session *session = &walk->sessions[walk_next(walk, WALK_SESSIONS)];
    struct walk_call *call = walk_new_call(walk);
    *call = (struct walk_call){
        .incoming = true, .leg = UINT64_C(1) << 63 | ++walk->next_leg, .leg_state = WALK_OPEN};
    struct zv_call_in in = {.kind = ZV_CALL_IN_SIP_INCOMING,
                            .u.sip = {.session = {session->id},
                                      .leg = call->leg,
                                      .caller = zv_str(walk_next(walk, 3) ? "2000" : ""),
                                      .sdp = zv_str(walk_sip_sdp(walk))}};
    call->session = session->id;
    walk->current = call;
    walk_input(walk, &in);
    if (!call->id.v) {
        WALK_CHECK(call->leg_state == WALK_CLOSED);
        *call = (struct walk_call){0};
    }
}

static inline void walk_client_message(struct walk *walk, struct walk_call *call)
{
    static const enum zv_call_in_kind kinds[] = {
        ZV_CALL_IN_CLIENT_ANSWER,       ZV_CALL_IN_CLIENT_ANSWER,   ZV_CALL_IN_CLIENT_ANSWER,
        ZV_CALL_IN_CLIENT_HANGUP,       ZV_CALL_IN_CLIENT_HOLD,     ZV_CALL_IN_CLIENT_UNHOLD,
        ZV_CALL_IN_CLIENT_DTMF,         ZV_CALL_IN_CLIENT_TRANSFER, ZV_CALL_IN_CLIENT_UPDATE,
        ZV_CALL_IN_CLIENT_UPDATE,       ZV_CALL_IN_CLIENT_ALIVE,    ZV_CALL_IN_CLIENT_UPDATE_ANSWER,
        ZV_CALL_IN_CLIENT_UPDATE_ANSWER};
    const struct walk_session *session =
        call->session ? walk_session_by_id(walk, call->session) : NULL;
    uint64_t conn = session && walk_next(walk, 8) ? session->conn : walk_any_conn(walk);
    if (!walk_is_conn(walk, conn))
        return;
    struct zv_call_in in = {.kind = kinds[walk_next(walk, ZV_ARRAY_LEN(kinds))],
                            .u.client = {.conn = {conn},
                                         .call_id = zv_str(call->name),
                                         .sdp = zv_str(walk_web_sdp(walk)),
                                         .text = zv_str("1#"),
                                         .dtmf = (enum zv_dtmf_mode)walk_next(walk, 3),
                                         .is_reload = walk_next(walk, 2)}};
    call->updates += in.kind == ZV_CALL_IN_CLIENT_UPDATE;
    if (session && conn == session->conn && in.kind == ZV_CALL_IN_CLIENT_UPDATE_ANSWER)
        call->is_offer_out = false;
    walk_input(walk, &in);
}

static inline void walk_sip_event(struct walk *walk, struct walk_call *call)
{
    static const int statuses[] = {100, 180, 183, 199, 200, 302, 403, 404, 480, 486, 488, 500, 603};
    static const enum zv_call_in_kind kinds[] = {
        ZV_CALL_IN_SIP_PROGRESS,     ZV_CALL_IN_SIP_PROGRESS,  ZV_CALL_IN_SIP_PROGRESS,
        ZV_CALL_IN_SIP_ANSWERED,     ZV_CALL_IN_SIP_ANSWERED,  ZV_CALL_IN_SIP_ANSWERED,
        ZV_CALL_IN_SIP_CONFIRMED,    ZV_CALL_IN_SIP_CONFIRMED, ZV_CALL_IN_SIP_OFFER,
        ZV_CALL_IN_SIP_REOFFER_DONE, ZV_CALL_IN_SIP_OFFER,     ZV_CALL_IN_SIP_OFFER_WITHDRAWN,
        ZV_CALL_IN_SIP_KEYFRAME,     ZV_CALL_IN_SIP_DIGIT,     ZV_CALL_IN_SIP_DIGITS_REFUSED,
        ZV_CALL_IN_SIP_REFRESHED};
    struct zv_call_in in = {.kind = kinds[walk_next(walk, ZV_ARRAY_LEN(kinds))],
                            .u.sip = {.leg = call->leg,
                                      .status = statuses[walk_next(walk, ZV_ARRAY_LEN(statuses))],
                                      .sdp = zv_str(walk_sip_sdp(walk)),
                                      .press = {.digit = zv_str("5")}}};
    if (walk_next(walk, 16) == 0) {
        in.kind = ZV_CALL_IN_SIP_ENDED;
        in.u.sip.end = (enum zv_sip_end)walk_next(walk, ZV_SIP_END_COUNT + 1);
        in.u.sip.refusal.warning = 299 + (int)walk_next(walk, 10);
        if (in.u.sip.end == ZV_SIP_END_REJECTED && walk_next(walk, 2))
            in.u.sip.status = 488;
        if (call->leg_state == WALK_OPEN)
            call->leg_state = WALK_CLOSED;
    }
    if (in.kind == ZV_CALL_IN_SIP_OFFER && call->leg_state == WALK_OPEN) {
        call->sip_offer_us = call->sip_offers++ ? call->sip_offer_us : walk->now_us;
    } else if (in.kind == ZV_CALL_IN_SIP_OFFER_WITHDRAWN) {
        call->sip_offers = 0;
        call->is_reoffer_old = true;
    } else if (in.kind == ZV_CALL_IN_SIP_CONFIRMED) {
        call->is_reoffer_old = true; /* with an answer to what our 200 offered */
    } else if (in.kind == ZV_CALL_IN_SIP_REOFFER_DONE) {
        call->is_reoffer_out = false;
    }
    walk_input(walk, &in);
    WALK_CHECK(call->sip_offers <= 1 || call->leg_state != WALK_OPEN);
}

/* What a worker has that answers: as a video port it may have found none. */
static inline void walk_on_ready(struct walk *walk, struct walk_call *call,
                                 struct zv_in_media_ready *ready)
{
    if (call->is_opening && walk_next(walk, 8))
        call->has_video_port = true;
    call->is_opening = false;
    if (!call->has_video_port)
        return;
    ready->sip_video =
        (struct zv_addr){.family = ZV_ADDR_IPV4, .ip = {192, 0, 2, 1}, .port = 12002};
    ready->video_ssrc = 43;
    ready->video_rtx_ssrc = 44;
}

static inline void walk_media_event(struct walk *walk, struct walk_call *call)
{
    static const enum zv_call_in_kind kinds[] = {ZV_CALL_IN_MEDIA_ICE_CONNECTED,
                                                 ZV_CALL_IN_MEDIA_DTLS_CONNECTED,
                                                 ZV_CALL_IN_MEDIA_DTLS_CONNECTED,
                                                 ZV_CALL_IN_MEDIA_CONSENT_LOST,
                                                 ZV_CALL_IN_MEDIA_CONSENT_BACK,
                                                 ZV_CALL_IN_MEDIA_FIRST,
                                                 ZV_CALL_IN_MEDIA_FIRST,
                                                 ZV_CALL_IN_MEDIA_SILENT,
                                                 ZV_CALL_IN_MEDIA_RESUMED,
                                                 ZV_CALL_IN_MEDIA_READY,
                                                 ZV_CALL_IN_MEDIA_PATH,
                                                 ZV_CALL_IN_MEDIA_VERDICT,
                                                 ZV_CALL_IN_MEDIA_KEYFRAME_WANTED,
                                                 ZV_CALL_IN_MEDIA_DIGIT,
                                                 ZV_CALL_IN_MEDIA_DIGITS_REFUSED};
    struct zv_call_in in = {.kind = kinds[walk_next(walk, ZV_ARRAY_LEN(kinds))],
                            .u.media = {.call = call->id,
                                        .leg = (enum zv_call_leg)walk_next(walk, 4),
                                        .since_us = walk->now_us - ZV_SECONDS(5),
                                        .press = {.digit = zv_str("5"), .duration_ms = 100},
                                        .path = {.checks = walk_next(walk, 2)}}};
    in.u.media.verdict = (struct zv_in_verdict){.code = zv_str("loss"),
                                                .severity = zv_str("warning"),
                                                .text = zv_str("a tenth is lost"),
                                                .remedy = zv_str("mend it"),
                                                .is_wrong = walk_next(walk, 2),
                                                .is_for_client = true};
    in.u.media.ready = (struct zv_in_media_ready){
        .web_ufrag = zv_str("gwUF"),
        .web_pwd = zv_str("gatewaypasswordgateway12"),
        .web_fingerprint = zv_str(DESK_FINGERPRINT),
        .web_cname = zv_str("gwcname"),
        .web_port_ipv4 = 30000,
        .sip_rtp = {.family = ZV_ADDR_IPV4, .ip = {192, 0, 2, 1}, .port = 12000}};
    if (call->media_state == WALK_OPEN && !call->is_ready && walk_next(walk, 4))
        in.kind = ZV_CALL_IN_MEDIA_READY;
    uint32_t rare = walk_next(walk, 64);
    if (rare == 0)
        in.kind = ZV_CALL_IN_MEDIA_DTLS_FAILED;
    else if (rare == 1)
        in.kind = ZV_CALL_IN_ADMIN_HANGUP;
    else if (rare == 2 && !call->is_ready)
        in.kind = ZV_CALL_IN_MEDIA_FAILED;
    else if (rare == 3 || (call->media_state == WALK_CLOSED && walk_next(walk, 2)))
        in.kind = ZV_CALL_IN_MEDIA_CLOSED;
    if (call->readies_due && call->media_state == WALK_OPEN && walk_next(walk, 3) == 0) {
        call->readies_due--;
        in.kind = walk_next(walk, 4) ? ZV_CALL_IN_MEDIA_READY : ZV_CALL_IN_MEDIA_UPDATE_FAILED;
    }
    in.u.media.failure = (enum zv_media_failure)walk_next(walk, 5);
    if (in.kind == ZV_CALL_IN_MEDIA_FAILED || in.kind == ZV_CALL_IN_MEDIA_CLOSED)
        call->media_state = call->media_state == WALK_NEVER ? WALK_NEVER : WALK_CLOSED;
    if (in.kind == ZV_CALL_IN_MEDIA_READY && call->media_state != WALK_NEVER)
        call->is_ready = true;
    if (in.kind == ZV_CALL_IN_MEDIA_READY && call->media_state == WALK_OPEN)
        walk_on_ready(walk, call, &in.u.media.ready);
    else if (in.kind == ZV_CALL_IN_MEDIA_UPDATE_FAILED && call->media_state == WALK_OPEN)
        call->is_opening = false;
    walk->current = call;
    walk_input(walk, &in);
}

static inline void walk_register_event(struct walk *walk)
{
    struct walk_session *session = &walk->sessions[walk_next(walk, WALK_SESSIONS)];
    struct zv_call_in in = {.kind = walk_next(walk, 4) ? ZV_CALL_IN_SIP_REGISTERED
                                                       : ZV_CALL_IN_SIP_REGISTER_FAILED,
                            .u.sip = {.session = {session->id},
                                      .end = (enum zv_sip_end)walk_next(walk, ZV_SIP_END_COUNT)}};
    walk_input(walk, &in);
}

static inline void walk_time(struct walk *walk, int64_t us)
{
    walk->now_us += us;
    zv_switch_on_timeout(walk->sw, walk->now_us);
    walk_drain(walk);
    WALK_CHECK(zv_switch_deadline_us(walk->sw) > walk->now_us);
    for (int i = 0; i < WALK_CALLS; i++) {
        const struct walk_call *call = &walk->calls[i];
        WALK_CHECK(call->leg_state != WALK_OPEN || !call->sip_offers ||
                   walk->now_us - call->sip_offer_us < ZV_SECONDS(6));
    }
}

/* A drain begins, or is taken back. */
static inline void walk_turn_drain(struct walk *walk)
{
    struct zv_call_in in = {.kind = ZV_CALL_IN_DRAIN, .u.drain = {.left_us = ZV_SECONDS(30)}};
    walk->is_draining = !walk->is_draining;
    walk->drains += walk->is_draining;
    if (!walk->is_draining)
        in = (struct zv_call_in){.kind = ZV_CALL_IN_DRAIN_CANCELLED};
    walk_input(walk, &in);
    if (walk->is_draining) /* a client with several calls is one */
        WALK_CHECK(zv_switch_session_count(walk->sw) <= zv_switch_call_count(walk->sw));
}

static inline void walk_step(struct walk *walk)
{
    struct walk_call *call = &walk->calls[walk_next(walk, WALK_CALLS)];
    uint32_t what = walk_next(walk, 32);
    if (what == 0)
        walk_connect(walk);
    else if (what == 1)
        walk_next(walk, 2) ? walk_return(walk) : walk_connect(walk);
    else if (what == 2 && walk_next(walk, 4) == 0)
        walk_close(walk);
    else if (what < 5)
        walk_new_outgoing(walk);
    else if (what < 7)
        walk_new_incoming(walk);
    else if (what < 10)
        walk_client_message(walk, call);
    else if (what < 18)
        walk_sip_event(walk, call);
    else if (what < 27)
        walk_media_event(walk, call);
    else if (what < 29)
        walk_register_event(walk);
    else if (what == 29 && walk_next(walk, walk->is_draining ? 4 : 1000) == 0)
        walk_turn_drain(walk);
    else
        walk_time(walk, walk_next(walk, 100) ? ZV_MS(walk_next(walk, 400))
                                             : ZV_SECONDS(walk_next(walk, 60)));
}

/* ---- the whole ---- */

static inline void walk_open(struct walk *walk, uint32_t (*next_fn)(void *, uint32_t), void *arg)
{
    static const struct zv_trunk trunks[] = {
        {ZV_STR_LIT("1002"), ZV_STR_LIT("sip.example"), .has_srtp = true,
         .srtp = ZV_SRTP_POLICY_REQUIRED},
        {ZV_STR_LIT("a;b"), ZV_STR_LIT("sip.example"), .has_srtp = true,
         .srtp = ZV_SRTP_POLICY_OFF},
    };
    memset(walk, 0, sizeof(*walk));
    walk->next_fn = next_fn;
    walk->arg = arg;
    walk->now_us = ZV_SECONDS(1000);
    struct zv_switch_cfg cfg = {
        .rand = zv_rand_seeded_source(&walk->seed),
        .timers = {.max_duration_us = ZV_SECONDS(400), .keep_alive_window_us = ZV_SECONDS(600)},
        .worker_count = 3,
        .max_clients = WALK_CONNS,
        .max_calls = WALK_CALLS / 2,
        .max_calls_per_client = 4,
        .has_video = true,
        .trunks = {.entries = trunks,
                   .count = ZV_ARRAY_LEN(trunks),
                   .defaults.srtp = ZV_SRTP_POLICY_OPTIONAL},
    };
    WALK_CHECK(zv_switch_new(&cfg, &walk->sw) == 0);
}

/* Everything that lives is left alone, and must be gone by its own deadlines: 32 s to try, 180 s to
 * ring, 400 s to talk, 5 s to close, 600 s to return, with some room. */
static inline void walk_abandon(struct walk *walk)
{
    int64_t start_us = walk->now_us;
    while (zv_switch_deadline_us(walk->sw) != ZV_TIME_NEVER) {
        walk_time(walk, zv_switch_deadline_us(walk->sw) - walk->now_us);
        WALK_CHECK(walk->now_us - start_us <= ZV_SECONDS(700));
    }
    WALK_CHECK(zv_switch_call_count(walk->sw) == 0);
    for (int i = 0; i < WALK_CALLS; i++)
        WALK_CHECK(walk_is_done(&walk->calls[i]));
}

static inline void walk_shut_down(struct walk *walk)
{
    walk_input(walk, &(struct zv_call_in){.kind = ZV_CALL_IN_SHUTDOWN});
    WALK_CHECK(zv_switch_session_count(walk->sw) == 0);
    for (int i = 0; i < WALK_SESSIONS; i++)
        WALK_CHECK(walk->sessions[i].id == 0);
    walk_abandon(walk);
}

static inline void walk_close_all(struct walk *walk)
{
    struct zv_switch_stats stats;
    zv_switch_stats(walk->sw, &stats);
    WALK_CHECK(stats.calls_created == stats.calls_destroyed);
    WALK_CHECK(stats.sessions_created == stats.sessions_destroyed);
    WALK_CHECK(zv_switch_deadline_us(walk->sw) == ZV_TIME_NEVER);
    walk->sw = zv_switch_free(walk->sw);
}

#endif
