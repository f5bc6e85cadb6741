/*
 * A world of clients, SIP legs and workers around a switchboard, in which anything may happen at
 * any time, sensible or not, and a book-keeper who aborts when the switchboard breaks its promises:
 *
 *   - a call that a client was told of gets exactly one last event, and none after it, whether the
 *     client is there or, being able to return, away;
 *   - one setRemoteSDP per call, but for a client that returned while it rings; no event to a
 *     connection that is closed;
 *   - a client returns by the newest token of its session, or by the one before as long as it has
 *     said nothing, and by no other; it finds its calls as they are;
 *   - a SIP leg ends exactly once, by the far end or by us, and nothing is said on it afterwards;
 *   - keys for SRTP come in twos, of one suite;
 *   - an offer of ours to a SIP side is out once, unless one of theirs made it old in between;
 *   - each offer of a SIP side has one answer, within a bounded time; none that was taken back;
 *   - an offer of ours goes to a client that answers such ones, one at a time;
 *   - digits go one way, and none without any; those of a SIP side go to who asked for them;
 *   - video is for calls that have a port for it, key frames for video that flows;
 *   - MEDIA_CREATE and MEDIA_CLOSE come in pairs, CALL_ENDED once per call;
 *   - whoever hears of the end of a call hears the same cause;
 *   - accounts are added and removed once; with calls alive there is a deadline.
 *
 * What happens is decided by a source of numbers: a seed (tests/sim) or a fuzzer's bytes.
 */
#ifndef ZV_TESTS_UNIT_CALL_WALK_H
#define ZV_TESTS_UNIT_CALL_WALK_H

#include "unit/call/video.h"

#define WALK_CONNS    24
#define WALK_CALLS    96 /* remembered: living and late ones */
#define WALK_SESSIONS 64

#define WALK_CHECK(condition)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

enum walk_end {
    WALK_NEVER,
    WALK_OPEN,
    WALK_CLOSED,
};

struct walk_call {
    zv_call_id id;
    uint64_t leg;
    char name[80]; /* empty: incoming, and it does not ring yet */
    uint64_t session;
    uint32_t readies_due; /* MEDIA_WEB_RESTART and _RENEW not answered */
    uint32_t updates;     /* offers in mid-call not answered */
    uint32_t sip_offers;  /* of the SIP side, likewise: one, but in the step that brings another */
    int64_t sip_offer_us; /* when the last of them came */
    bool is_offer_out;    /* of ours, to the client */
    bool is_reoffer_out;  /* of ours, to the SIP side */
    bool is_reoffer_old;  /* what it is made of may have changed */
    bool is_opening;      /* MEDIA_OPEN_VIDEO not answered */
    bool has_video_port;
    bool video_flows[2];
    enum walk_end leg_state;
    enum walk_end media_state;
    enum walk_end client_state;
    int invites; /* of ours */
    bool is_ready;
    bool incoming;
    bool is_accepted;
    bool is_sdp_sent;
    bool is_over;   /* CALL_ENDED came */
    char cause[32]; /* that one of the sides was told */
};

struct walk_session {
    uint64_t id;
    uint64_t conn; /* 0: its client is away */
    bool can_resume;
    bool can_reoffer;
    bool wants_digits;
    bool has_account;
    char token[24];
    char token_before[24]; /* empty: void */
};

struct walk {
    uint32_t (*next_fn)(void *arg, uint32_t limit); /* in [0, limit) */
    void *arg;
    struct zv_rand_seeded seed;
    struct zv_switch *sw;
    int64_t now_us;
    uint64_t conns[WALK_CONNS]; /* 0: free */
    uint64_t next_conn;
    uint64_t next_leg;
    uint64_t next_name;
    struct walk_session sessions[WALK_SESSIONS];
    struct walk_call calls[WALK_CALLS];
    bool is_refusing; /* the current input is a `call`: its `finish` may be of a refused call */
    struct walk_call *current;       /* whom the current input is about */
    struct zv_in_connect connecting; /* the current `connection` */
    uint64_t greeted;                /* whose getUserData it brought */
    char stale_token[24];            /* of before */
    uint64_t returns;
    uint64_t ended;
    uint64_t talks;
    uint64_t videos; /* calls that ended with video */
    uint64_t our_offers;
    uint64_t reoffers;
    uint64_t holds; /* events */
    uint64_t digits;
    uint64_t commands;
};

static inline uint32_t walk_next(struct walk *walk, uint32_t limit)
{
    return walk->next_fn(walk->arg, limit);
}

/* ---- the book-keeper ---- */

static inline bool walk_is_conn(const struct walk *walk, uint64_t conn)
{
    for (int i = 0; i < WALK_CONNS; i++) {
        if (walk->conns[i] == conn)
            return conn != 0;
    }
    return false;
}

static inline struct walk_call *walk_by_leg(struct walk *walk, uint64_t leg)
{
    for (int i = 0; i < WALK_CALLS; i++) {
        if (walk->calls[i].leg == leg && walk->calls[i].leg_state != WALK_NEVER)
            return &walk->calls[i];
    }
    return NULL;
}

static inline struct walk_call *walk_by_id(struct walk *walk, uint64_t id)
{
    for (int i = 0; i < WALK_CALLS; i++) {
        if (walk->calls[i].id.v == id && id)
            return &walk->calls[i];
    }
    return NULL;
}

static inline struct walk_call *walk_by_name(struct walk *walk, uint64_t session,
                                             struct zv_str name)
{
    for (int i = 0; i < WALK_CALLS; i++) {
        struct walk_call *call = &walk->calls[i];
        if (call->session == session && call->name[0] && zv_str_is(name, call->name))
            return call;
    }
    return NULL;
}

static inline struct walk_session *walk_session_by_id(struct walk *walk, uint64_t id)
{
    for (int i = 0; i < WALK_SESSIONS; i++) {
        if (walk->sessions[i].id == id)
            return &walk->sessions[i];
    }
    return NULL;
}

static inline struct walk_session *walk_session_by_conn(struct walk *walk, uint64_t conn)
{
    for (int i = 0; i < WALK_SESSIONS; i++) {
        if (walk->sessions[i].id && walk->sessions[i].conn == conn)
            return conn ? &walk->sessions[i] : NULL;
    }
    return NULL;
}

static inline bool walk_is_done(const struct walk_call *call)
{
    return call->leg_state != WALK_OPEN && call->media_state != WALK_OPEN &&
           (call->is_over || !call->id.v);
}

/* Room for a call: an unused record, or one whose story is complete. */
static inline struct walk_call *walk_new_call(struct walk *walk)
{
    for (int i = 0; i < WALK_CALLS; i++) {
        struct walk_call *call = &walk->calls[i];
        if (!call->id.v && !call->leg && !call->name[0])
            return call;
    }
    uint32_t from = walk_next(walk, WALK_CALLS);
    for (uint32_t i = 0; i < WALK_CALLS; i++) {
        struct walk_call *call = &walk->calls[(from + i) % WALK_CALLS];
        if (walk_is_done(call)) {
            *call = (struct walk_call){0};
            return call;
        }
    }
    WALK_CHECK(!"more living calls than the limit allows");
    return NULL;
}

static inline void walk_note_cause(struct walk_call *call, struct zv_str cause)
{
    WALK_CHECK(cause.len && (!call->cause[0] || zv_str_is(cause, call->cause)));
    desk_keep(cause, call->cause, sizeof(call->cause));
}

static inline void walk_on_call_event(struct walk *walk, const struct zv_cmd_client *client)
{
    struct walk_call *call = walk_by_name(walk, client->session.v, client->call_id);
    bool is_last = client->message == ZV_MSG_FINISH;
    if (client->message == ZV_MSG_TRYING || client->message == ZV_MSG_INCOMING_CALL) {
        WALK_CHECK(call && call->client_state != WALK_CLOSED);
        call->client_state = WALK_OPEN;
        return;
    }
    if (walk->is_refusing && (!call || is_last))
        return;
    WALK_CHECK(call && call->client_state == WALK_OPEN);
    walk->talks += client->message == ZV_MSG_TALK;
    walk->holds += client->message == ZV_MSG_HOLD;
    if (is_last || client->message == ZV_MSG_BUSY)
        walk_note_cause(call, client->cause);
    if (is_last)
        call->client_state = WALK_CLOSED;
}

static inline void walk_on_description(struct walk *walk, const struct zv_cmd_client *client)
{
    struct walk_call *call = walk_by_name(walk, client->session.v, client->call_id);
    WALK_CHECK(client->sdp.len);
    if (client->message == ZV_MSG_UPDATE && client->is_offer) {
        const struct walk_session *session = walk_session_by_id(walk, client->session.v);
        WALK_CHECK(call && call->client_state == WALK_OPEN && !call->is_offer_out);
        WALK_CHECK(session && session->can_reoffer);
        call->is_offer_out = true;
        walk->our_offers++;
        return;
    }
    if (client->message == ZV_MSG_UPDATE) {
        WALK_CHECK(call && call->client_state == WALK_OPEN && call->updates);
        call->updates = 0;
        call->is_offer_out = false; /* it is void */
        return;
    }
    if (!call) { /* the first that a client hears of an incoming call */
        call = walk->current;
        WALK_CHECK(call && call->incoming && !call->name[0]);
        WALK_CHECK(call->session == client->session.v && call->media_state == WALK_OPEN);
        desk_keep(client->call_id, call->name, sizeof(call->name));
    }
    WALK_CHECK(client->is_again ? call->incoming && walk->greeted == call->session
                                : !call->is_sdp_sent);
    call->is_sdp_sent = true;
}

static inline void walk_on_greeting(struct walk *walk, const struct zv_cmd_client *client)
{
    struct walk_session *session = walk_session_by_id(walk, client->session.v);
    if (!session)
        session = walk_session_by_id(walk, 0);
    WALK_CHECK(session && client->session.v && client->conn.v == walk->connecting.conn.v);
    WALK_CHECK(!walk->connecting.auth_token.len || session->id);
    session->id = walk->greeted = client->session.v;
    session->conn = client->conn.v;
    session->can_resume = walk->connecting.can_resume;
    session->can_reoffer = walk->connecting.can_reoffer;
    session->wants_digits = walk->connecting.wants_digits;
    desk_keep(walk->connecting.auth_token, session->token_before, sizeof(session->token_before));
    desk_keep(client->auth_token, session->token, sizeof(session->token));
}

/* The client has heard of it; one that was away and cannot resume, at least of an incoming one,
 * would have. */
static inline bool walk_is_known(const struct walk_call *call)
{
    bool is_rung = call->incoming && call->client_state == WALK_NEVER;
    return call->name[0] && call->media_state == WALK_OPEN &&
           (call->client_state == WALK_OPEN || is_rung);
}

/* The calls that the client finds are those that it would hear of. */
static inline void walk_on_resumed(struct walk *walk, const struct zv_cmd_client *client)
{
    uint32_t open = 0;
    for (int i = 0; i < WALK_CALLS; i++)
        open += walk->calls[i].session == client->session.v && walk_is_known(&walk->calls[i]);
    WALK_CHECK(open == client->call_count);
    for (uint8_t i = 0; i < client->call_count; i++) {
        struct walk_call *call = walk_by_name(walk, client->session.v, client->calls[i].call_id);
        WALK_CHECK(call && walk_is_known(call) && client->calls[i].status.len);
        WALK_CHECK(call->incoming == client->calls[i].incoming && client->calls[i].since_us >= 0);
    }
}

static inline void walk_on_client(struct walk *walk, const struct zv_cmd_client *client)
{
    struct walk_session *session = walk_session_by_id(walk, client->session.v);
    if (client->message == ZV_MSG_GET_USER_DATA) {
        walk_on_greeting(walk, client);
        return;
    }
    if (client->session.v) /* where the client is now, or for a client that may return */
        WALK_CHECK(session && session->conn == client->conn.v &&
                   (client->conn.v || session->can_resume));
    WALK_CHECK(client->session.v || client->message == ZV_MSG_FAIL || walk->is_refusing);
    WALK_CHECK(!client->conn.v || walk_is_conn(walk, client->conn.v));
    if (client->message == ZV_MSG_FAIL || client->message == ZV_MSG_REGISTERED)
        return;
    if (client->message == ZV_MSG_DIGIT)
        WALK_CHECK(session && session->wants_digits && client->digit.len == 1 && client->via.len);
    if (client->message == ZV_MSG_RESUMED)
        walk_on_resumed(walk, client);
    else if (client->message == ZV_MSG_SET_REMOTE_SDP || client->message == ZV_MSG_UPDATE)
        walk_on_description(walk, client);
    else
        walk_on_call_event(walk, client);
}

static inline void walk_on_digits(struct walk *walk, const struct zv_call_cmd *cmd)
{
    const struct zv_cmd_digits *digits = &cmd->u.digits;
    struct walk_call *call = walk_by_id(walk, digits->call.v);
    WALK_CHECK(call && call->leg_state == WALK_OPEN && call->leg == digits->leg);
    WALK_CHECK(call->media_state == WALK_OPEN && zv_str_is(digits->digits, "1#"));
    WALK_CHECK(cmd->kind == ZV_CALL_CMD_SIP_SEND_DIGITS || digits->mode == ZV_DTMF_AUTO);
    walk->digits++;
}

static inline void walk_on_sip(struct walk *walk, const struct zv_call_cmd *cmd)
{
    const struct zv_cmd_sip *sip = &cmd->u.sip;
    struct walk_call *call = walk_by_leg(walk, sip->leg);
    WALK_CHECK(call && call->leg_state == WALK_OPEN);
    if (cmd->kind == ZV_CALL_CMD_SIP_ACCEPT) {
        WALK_CHECK(call->incoming && !call->is_accepted && sip->sdp.len);
        call->is_accepted = true;
    } else if (cmd->kind == ZV_CALL_CMD_SIP_REPLY_OFFER) {
        WALK_CHECK(call->sip_offers && (sip->status == 200) == (sip->sdp.p != NULL));
        call->sip_offers--;
        call->is_reoffer_old = true;
    } else if (cmd->kind == ZV_CALL_CMD_SIP_REOFFER) {
        WALK_CHECK(sip->sdp.len && (!call->is_reoffer_out || call->is_reoffer_old));
        call->is_reoffer_out = true;
        call->is_reoffer_old = false;
        walk->reoffers++;
    } else if (cmd->kind == ZV_CALL_CMD_SIP_ASK_KEYFRAME) {
        WALK_CHECK(call->video_flows[1]);
    } else if (cmd->kind == ZV_CALL_CMD_SIP_REJECT) {
        WALK_CHECK(call->incoming && !call->is_accepted && sip->status >= 400);
        walk_note_cause(call, sip->reason);
        call->leg_state = WALK_CLOSED;
    } else if (cmd->kind == ZV_CALL_CMD_SIP_HANGUP) {
        WALK_CHECK(!call->incoming || call->is_accepted);
        call->leg_state = WALK_CLOSED;
    }
}

static inline void walk_on_account(struct walk *walk, const struct zv_call_cmd *cmd)
{
    bool is_add = cmd->kind == ZV_CALL_CMD_SIP_ACCOUNT_ADD;
    uint64_t id = is_add ? cmd->u.account.session.v : cmd->u.sip.session.v;
    struct walk_session *session = walk_session_by_id(walk, id);
    WALK_CHECK(id && session && session->has_account == !is_add);
    if (is_add)
        session->has_account = true;
    else if (cmd->kind == ZV_CALL_CMD_SIP_ACCOUNT_REMOVE)
        session->has_account = false;
}

static inline void walk_on_forget(struct walk *walk, zv_session_id id)
{
    struct walk_session *session = walk_session_by_id(walk, id.v);
    WALK_CHECK(id.v && session && !session->has_account);
    desk_keep(zv_str(session->token), walk->stale_token, sizeof(walk->stale_token));
    *session = (struct walk_session){0};
}

static inline void walk_on_close(struct walk *walk, zv_conn_id conn)
{
    WALK_CHECK(walk_is_conn(walk, conn.v));
    for (int i = 0; i < WALK_CONNS; i++) {
        if (walk->conns[i] == conn.v)
            walk->conns[i] = 0;
    }
    struct walk_session *session = walk_session_by_conn(walk, conn.v);
    if (session)
        session->conn = 0;
}

static inline void walk_on_create(struct walk *walk, const struct zv_cmd_media_create *create)
{
    struct walk_call *call = walk->current;
    WALK_CHECK(call && !call->id.v && !walk_by_id(walk, create->call.v));
    WALK_CHECK(call->incoming == create->is_incoming);
    WALK_CHECK(call->incoming ? call->leg_state == WALK_OPEN : call->client_state == WALK_OPEN);
    call->id = create->call;
    call->media_state = WALK_OPEN;
    call->is_opening = create->has_video;
}

static inline bool walk_has_listener(struct walk *walk, const struct walk_call *call)
{
    const struct walk_session *session =
        call->session ? walk_session_by_id(walk, call->session) : NULL;
    return session && (session->conn || session->can_resume);
}

static inline void walk_on_video(struct walk_call *call, const struct zv_call_cmd *cmd)
{
    const struct zv_cmd_media_flow *flow = &cmd->u.flow;
    if (cmd->kind == ZV_CALL_CMD_MEDIA_OPEN_VIDEO) {
        WALK_CHECK(!call->has_video_port && !call->is_opening);
        call->is_opening = true;
    } else if (cmd->kind == ZV_CALL_CMD_MEDIA_FLOW) {
        WALK_CHECK(call->has_video_port || !(flow->video_web_to_sip || flow->video_sip_to_web));
        call->video_flows[0] = flow->video_web_to_sip;
        call->video_flows[1] = flow->video_sip_to_web;
    } else if (cmd->kind == ZV_CALL_CMD_MEDIA_SIP_REMOTE) {
        WALK_CHECK(call->has_video_port || !cmd->u.sip_remote.is_video);
    } else if (cmd->kind == ZV_CALL_CMD_MEDIA_ASK_KEYFRAME) {
        WALK_CHECK(call->video_flows[cmd->u.keyframe.leg == ZV_CALL_LEG_VIDEO]);
    }
}

static inline void walk_on_media(struct walk *walk, const struct zv_call_cmd *cmd)
{
    zv_call_id id = cmd->kind == ZV_CALL_CMD_MEDIA_CLOSE          ? cmd->u.media_close.call
                    : cmd->kind == ZV_CALL_CMD_MEDIA_CODECS       ? cmd->u.codecs.call
                    : cmd->kind == ZV_CALL_CMD_MEDIA_FLOW         ? cmd->u.flow.call
                    : cmd->kind == ZV_CALL_CMD_MEDIA_SIP_REMOTE   ? cmd->u.sip_remote.call
                    : cmd->kind == ZV_CALL_CMD_MEDIA_WEB_REMOTE   ? cmd->u.web.call
                    : cmd->kind == ZV_CALL_CMD_MEDIA_OPEN_VIDEO   ? cmd->u.open_video.call
                    : cmd->kind == ZV_CALL_CMD_MEDIA_ASK_KEYFRAME ? cmd->u.keyframe.call
                                                                  : cmd->u.web_again.call;
    struct walk_call *call = walk_by_id(walk, id.v);
    WALK_CHECK(call && call->media_state == WALK_OPEN);
    if (cmd->kind == ZV_CALL_CMD_MEDIA_SIP_REMOTE && cmd->u.sip_remote.srtp)
        WALK_CHECK(cmd->u.sip_remote.srtp->tx.suite &&
                   cmd->u.sip_remote.srtp->tx.suite == cmd->u.sip_remote.srtp->rx.suite);
    if (cmd->kind == ZV_CALL_CMD_MEDIA_CLOSE) {
        call->media_state = WALK_CLOSED;
        if (!walk_has_listener(walk, call)) /* nobody is told */
            call->client_state = WALK_CLOSED;
    } else
        WALK_CHECK(call->is_ready);
    call->readies_due += cmd->kind == ZV_CALL_CMD_MEDIA_WEB_RESTART ||
                         cmd->kind == ZV_CALL_CMD_MEDIA_WEB_RENEW ||
                         cmd->kind == ZV_CALL_CMD_MEDIA_OPEN_VIDEO;
    walk_on_video(call, cmd);
}

static inline void walk_on_ended(struct walk *walk, const struct zv_cmd_call_ended *ended)
{
    WALK_CHECK(ended->cause != ZV_CAUSE_NONE && !(ended->video && ended->no_video));
    walk->ended++;
    walk->videos += ended->video != ZV_CODEC_NONE;
    if (!ended->call.v)
        return;
    struct walk_call *call = walk_by_id(walk, ended->call.v);
    WALK_CHECK(call && !call->is_over);
    walk_note_cause(call, zv_str(zv_cause_name(ended->cause)));
    WALK_CHECK(call->leg_state != WALK_OPEN && call->media_state != WALK_OPEN);
    WALK_CHECK(call->client_state != WALK_OPEN || !walk_has_listener(walk, call));
    call->is_over = true;
}

static inline void walk_on_state(struct walk *walk, const struct zv_cmd_call_log *log)
{
    struct walk_call *call = walk_by_id(walk, log->call.v);
    WALK_CHECK(log->new_state.len);
    if (call && zv_str_is(log->new_state, "IN_RINGING"))
        desk_keep(log->call_id, call->name, sizeof(call->name));
}

static inline void walk_on_command(struct walk *walk, const struct zv_call_cmd *cmd)
{
    switch (cmd->kind) {
    case ZV_CALL_CMD_CLIENT_EVENT:
        walk_on_client(walk, &cmd->u.client);
        break;
    case ZV_CALL_CMD_CLIENT_CLOSE:
        walk_on_close(walk, cmd->u.close.conn);
        break;
    case ZV_CALL_CMD_CLIENT_FORGET:
        walk_on_forget(walk, cmd->u.forget.session);
        break;
    case ZV_CALL_CMD_SIP_ACCOUNT_ADD:
    case ZV_CALL_CMD_SIP_ACCOUNT_REMOVE:
    case ZV_CALL_CMD_SIP_REGISTER:
    case ZV_CALL_CMD_SIP_UNREGISTER:
        walk_on_account(walk, cmd);
        break;
    case ZV_CALL_CMD_SIP_INVITE: {
        struct walk_call *call = walk_by_id(walk, cmd->u.invite.leg);
        /* Once more where the first offer was refused. */
        WALK_CHECK(call && call->leg_state != WALK_OPEN && cmd->u.invite.sdp.len);
        WALK_CHECK(call->invites++ < 2);
        call->leg = cmd->u.invite.leg;
        call->leg_state = WALK_OPEN;
        break;
    }
    case ZV_CALL_CMD_MEDIA_CREATE:
        walk_on_create(walk, &cmd->u.create);
        break;
    case ZV_CALL_CMD_MEDIA_SEND_DIGITS:
    case ZV_CALL_CMD_SIP_SEND_DIGITS:
        walk_on_digits(walk, cmd);
        break;
    case ZV_CALL_CMD_SESSION_LOG:
        break;
    case ZV_CALL_CMD_CALL_LOG:
        walk_on_state(walk, &cmd->u.call_log);
        break;
    case ZV_CALL_CMD_CALL_ENDED:
        walk_on_ended(walk, &cmd->u.ended);
        break;
    default:
        if (cmd->kind >= ZV_CALL_CMD_MEDIA_CREATE)
            walk_on_media(walk, cmd);
        else
            walk_on_sip(walk, cmd);
    }
}

static inline void walk_drain(struct walk *walk)
{
    struct zv_call_cmd cmd;
    while (zv_switch_poll(walk->sw, &cmd) != ZV_CALL_CMD_NONE) {
        walk->commands++;
        walk_on_command(walk, &cmd);
    }
    if (zv_switch_call_count(walk->sw))
        WALK_CHECK(zv_switch_deadline_us(walk->sw) != ZV_TIME_NEVER);
}

/* What a client says voids the token by which it came. */
static inline void walk_note_voice(struct walk *walk, const struct zv_call_in *in)
{
    uint64_t conn = in->kind == ZV_CALL_IN_CLIENT_CONNECT   ? in->u.connect.conn.v
                    : in->kind == ZV_CALL_IN_CLIENT_CALL    ? in->u.call.conn.v
                    : in->kind == ZV_CALL_IN_CLIENT_REFUSED ? in->u.refused.conn.v
                                                            : in->u.client.conn.v;
    struct walk_session *session = walk_session_by_conn(walk, conn);
    if (in->kind > ZV_CALL_IN_CLIENT_ALIVE || in->kind == ZV_CALL_IN_CLIENT_CLOSED || !session)
        return;
    if (session->token_before[0])
        memcpy(walk->stale_token, session->token_before, sizeof(walk->stale_token));
    session->token_before[0] = 0;
}

static inline void walk_input(struct walk *walk, const struct zv_call_in *in)
{
    walk_note_voice(walk, in);
    walk->greeted = 0;
    walk->is_refusing = in->kind == ZV_CALL_IN_CLIENT_CALL || in->kind == ZV_CALL_IN_CLIENT_REFUSED;
    WALK_CHECK(zv_switch_input(walk->sw, in, walk->now_us) == 0);
    walk_drain(walk);
    walk->is_refusing = false;
}

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
