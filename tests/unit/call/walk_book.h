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
 *   - while it drains no call begins and no client is taken that had no session, who has no call is
 *     sent away, and who asked is told;
 *   - digits go one way, and none without any; those of a SIP side go to who asked for them;
 *   - video is for calls that have a port for it, key frames for video that flows;
 *   - MEDIA_CREATE and MEDIA_CLOSE come in pairs, CALL_ENDED once per call;
 *   - whoever hears of the end of a call hears the same cause;
 *   - accounts are added and removed once; with calls alive there is a deadline.
 *
 * What happens is decided by a source of numbers: a seed (tests/sim) or a fuzzer's bytes.
 */
#ifndef ZV_TESTS_UNIT_CALL_WALK_BOOK_H
#define ZV_TESTS_UNIT_CALL_WALK_BOOK_H

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
    bool wants_drain;
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
    bool is_draining;
    uint64_t drains;
    char stale_token[24]; /* of before */
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
    WALK_CHECK(!walk->is_draining || session->id);
    session->id = walk->greeted = client->session.v;
    session->conn = client->conn.v;
    session->can_resume = walk->connecting.can_resume;
    session->can_reoffer = walk->connecting.can_reoffer;
    session->wants_digits = walk->connecting.wants_digits;
    session->wants_drain = walk->connecting.wants_drain;
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
    if (client->message == ZV_MSG_DRAIN)
        WALK_CHECK(session && session->wants_drain && client->is_drain_over != walk->is_draining);
    else if (client->message == ZV_MSG_RESUMED)
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
    WALK_CHECK(!walk->is_draining);
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

#endif
