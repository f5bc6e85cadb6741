/*
 * The door's own state: which sockets and WebSockets there are, their timers, and the way of a
 * message from a socket to the switchboard and back. The server library is behind edge.h.
 */
#include "http/http.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/map.h"
#include "base/timers.h"
#include "http/admit.h"
#include "http/client.h"
#include "http/edge.h"
#include "http/journal.h"
#include "http/origin.h"
#include "http/readers.h"
#include "io/clock.h"
#include "io/loop.h"
#include "wire/event.h"

#include <assert.h>

/* The largest event: a session description, of which each byte may need an escape. */
#define EVENT_CAP ((size_t)6 * ZV_MAX_SDP_BYTES + 8192)
/* The largest answer of our own: two refusals that quote a sentence. */
#define REPLY_CAP 8192

struct zv_http {
    struct zv_http_cfg cfg;
    struct zv_conn_cfg conn_cfg;
    struct zv_edge *edge; /* owned */
    struct zv_admit admit;
    struct zv_map conns; /* by id */
    struct zv_readers readers;
    struct zv_timers timers;
    struct zv_loop_timer *timer; /* owned; follows `timers` */
    bool is_closing;
    uint64_t last_id;
    uint32_t admin_sockets;
    struct zv_http_counts counts;
    char error[256];
    char event[EVENT_CAP];
};

/* A WebSocket. */
struct session {
    struct zv_conn conn;
    zv_conn_id id;
    struct zv_map_node node;
    struct zv_timer timer;
    struct zv_link *link; /* borrowed: owns us */
    bool is_close_sent;
    bool is_announced; /* CLIENT_CONNECT was given, so CLIENT_CLOSED will be */
    bool has_spoken;   /* and something after it */
    struct zv_client_features features;
    zv_session_id reader; /* whose messages go here; 0: nobody's yet */
    uint16_t peer_code;   /* of the client's close frame; 0: none came before ours */
    int64_t kill_at_us;   /* when closing */
    char name[24];        /* "w-17", for the log */
};

struct zv_link {
    struct zv_http *http; /* borrowed */
    void *socket;         /* borrowed: the edge's */
    enum zv_http_service service;
    struct zv_addr local;
    struct zv_addr peer;
    struct zv_admit_entry *entry;  /* borrowed; ADMIN: NULL */
    struct zv_page_answer *answer; /* owned; while one is being sent */
    char *admin_body;              /* owned; ADMIN: the body of `answer` */
    size_t body_sent;
    bool is_admitted;        /* counts as a WebSocket */
    struct session *session; /* owned; once it is one */
};

/* ------------------------------------------------------------------ timers */

static void arm(struct zv_http *http)
{
    if (!http->is_closing)
        zv_loop_timer_arm(http->timer, zv_timers_next_us(&http->timers));
}

static void count_end(struct zv_http_counts *counts, enum zv_conn_end end)
{
    uint64_t *const counters[ZV_CONN_END_COUNT] = {
        [ZV_CONN_END_OVERSIZE] = &counts->closed_oversize,
        [ZV_CONN_END_BINARY] = &counts->closed_binary,
        [ZV_CONN_END_RATE] = &counts->closed_rate,
        [ZV_CONN_END_BAD] = &counts->closed_bad,
        [ZV_CONN_END_SILENT] = &counts->closed_silent,
        [ZV_CONN_END_SLOW] = &counts->closed_slow,
        [ZV_CONN_END_UNANSWERED] = &counts->closed_unanswered,
    };
    if (counters[end])
        ++*counters[end];
}

/* After anything that happened to a connection: its deadline, and bytes or a close to carry out. */
static void settle(struct session *session, int64_t now_us)
{
    struct zv_http *http = session->link->http;
    struct zv_conn *conn = &session->conn;
    int64_t at_us = zv_conn_deadline_us(conn);
    if (zv_conn_is_closing(conn)) {
        if (!session->kill_at_us) {
            session->kill_at_us = now_us + http->cfg.limits.close_grace_us;
            count_end(&http->counts, conn->end);
            zv_journal_closing(session->name, conn->close_code, conn->close_reason);
        }
        at_us = session->kill_at_us;
    }
    zv_timer_arm(&http->timers, &session->timer, at_us);
    if (!zv_list_is_empty(&conn->queue) || zv_conn_is_closing(conn))
        zv_edge_want_write(session->link->socket);
    arm(http);
}

static void send_text(struct session *session, struct zv_str text)
{
    if (zv_conn_send(&session->conn, text, zv_edge_headroom) != 0)
        zv_log(ZV_LOG_HTTP, ZV_LOG_DEBUG, session->name, "a message was not queued");
}

static void send_ping(struct session *session)
{
    char text[64];
    struct zv_buf out = zv_buf(text, sizeof text);
    if (zv_wire_write_ping(&out) == 0)
        send_text(session, zv_buf_str(&out));
}

static void on_due(void *arg, int64_t now_us)
{
    struct zv_http *http = arg;
    struct zv_timer *due;
    while ((due = zv_timers_pop_due(&http->timers, now_us))) {
        struct session *session = ZV_CONTAINER_OF(due, struct session, timer);
        if (zv_conn_is_closing(&session->conn)) {
            zv_edge_kill(session->link->socket);
            session->kill_at_us = now_us + http->cfg.limits.close_grace_us;
        } else if (zv_conn_on_timeout(&session->conn, now_us)) {
            send_ping(session);
        }
        settle(session, now_us);
    }
    arm(http);
}

/* ------------------------------------------------------------------ sockets */

/* Operators have sockets of their own, so that they see something when clients have taken all. */
static int admit(struct zv_http *http, struct zv_link *link)
{
    if (link->service != ZV_HTTP_ADMIN) {
        int err = zv_admit_socket(&http->admit, &link->peer, &link->entry);
        http->counts.refused_address += err != 0;
        return err;
    }
    if (http->admin_sockets == ZV_HTTP_ADMIN_SOCKETS)
        return ZV_E_LIMIT;
    http->admin_sockets++;
    return 0;
}

int zv_http_on_accept(struct zv_http *http, const struct zv_edge_socket *accepted,
                      struct zv_link **ret_link)
{
    struct zv_link *link = zv_zalloc(sizeof *link);
    if (!link)
        return ZV_E_NOMEM;
    *link = (struct zv_link){.http = http,
                             .socket = accepted->socket,
                             .service = accepted->service,
                             .local = accepted->local,
                             .peer = accepted->peer};
    int err = admit(http, link);
    if (err) {
        (void)zv_free(link);
        return err;
    }
    *ret_link = link;
    return 0;
}

static void free_session(struct session *session)
{
    struct zv_http *http = session->link->http;
    bool is_announced = session->is_announced;
    struct zv_in_client about = {.conn = session->id, .close_code = session->peer_code};
    zv_journal_closed(session->name);
    zv_readers_detach(&http->readers, session->reader, session->id);
    zv_timer_disarm(&http->timers, &session->timer);
    zv_map_remove(&http->conns, &session->node);
    zv_conn_fini(&session->conn);
    (void)zv_free(session);
    http->counts.closed++;
    if (is_announced && !http->is_closing) {
        struct zv_call_in in = {.kind = ZV_CALL_IN_CLIENT_CLOSED, .u.client = about};
        http->cfg.on_input_fn(http->cfg.arg, &in);
    }
}

void zv_http_on_gone(struct zv_link *link)
{
    struct zv_http *http = link->http;
    if (link->is_admitted)
        zv_admit_connection_gone(&http->admit, link->entry);
    if (link->service == ZV_HTTP_ADMIN)
        http->admin_sockets--;
    else
        zv_admit_socket_gone(&http->admit, link->entry);
    if (link->session)
        free_session(link->session);
    (void)zv_free(link->admin_body);
    (void)zv_free(link->answer);
    (void)zv_free(link);
}

/* ------------------------------------------------------------------ pages */

static struct zv_page_answer *new_answer(struct zv_link *link)
{
    link->body_sent = 0;
    if (!link->answer)
        link->answer = zv_zalloc(sizeof *link->answer);
    return link->answer;
}

static const struct zv_page_answer *answer_admin(struct zv_link *link,
                                                 const struct zv_page_request *request)
{
    struct zv_http *http = link->http;
    struct zv_http_admin_answer answer = {.status = 404, .content_type = ZV_PAGE_PLAIN_TEXT};
    http->counts.admin_requests++;
    if (zv_page_refuse_method(request, link->answer))
        return link->answer;
    if (!link->admin_body)
        link->admin_body = zv_zalloc(ZV_HTTP_ADMIN_BYTES);
    if (!link->admin_body)
        return NULL;
    struct zv_buf body = zv_buf(link->admin_body, ZV_HTTP_ADMIN_BYTES);
    http->cfg.on_admin_fn(http->cfg.arg, request->path, &body, &answer);
    if (body.overflow)
        zv_page_refuse(500, "The answer is larger than it may be.\n", link->answer);
    else
        zv_page_answer_text(request, answer.status, answer.content_type, zv_buf_str(&body),
                            link->answer);
    return link->answer;
}

const struct zv_page_answer *zv_http_on_request(struct zv_link *link,
                                                const struct zv_page_request *request)
{
    struct zv_http *http = link->http;
    if (!new_answer(link))
        return NULL;
    if (link->service == ZV_HTTP_ADMIN)
        return answer_admin(link, request);
    if (link->service == ZV_HTTP_PAGES)
        zv_page_answer(http->cfg.pages, http->cfg.page_count, request, link->answer);
    else
        zv_page_refuse(426, "This port speaks WebSocket only; the pages are on the https port.\n",
                       link->answer);
    http->counts.requests++;
    return link->answer;
}

static const struct zv_page_answer *refuse_upgrade(struct zv_link *link, int status,
                                                   const char *sentence)
{
    zv_journal_upgrade_refused(&link->peer, status, sentence);
    if (!new_answer(link))
        return NULL;
    zv_page_refuse(status, sentence, link->answer);
    return link->answer;
}

const struct zv_page_answer *zv_http_on_upgrade(struct zv_link *link, struct zv_str origin,
                                                struct zv_str host)
{
    struct zv_http *http = link->http;
    if (link->service == ZV_HTTP_ADMIN)
        return refuse_upgrade(link, 404, "There is no WebSocket on this port.\n");
    if (!zv_origin_is_allowed(origin, host, http->cfg.allowed_origins,
                              http->cfg.allowed_origin_count)) {
        http->counts.refused_origin++;
        return refuse_upgrade(link, 403,
                              "This page may not connect here: its origin is neither this host nor "
                              "in http.allowed_origins.\n");
    }
    switch (zv_admit_connection(&http->admit, link->entry)) {
    case ZV_ADMISSION_GRANTED:
        link->is_admitted = true;
        return NULL;
    case ZV_ADMISSION_FULL:
        http->counts.refused_total++;
        return refuse_upgrade(link, 503,
                              "The gateway has as many clients as it may have; "
                              "http.max_connections sets it. Try again later.\n");
    default:
        http->counts.refused_address++;
        return refuse_upgrade(link, 429,
                              "This address has as many connections as it may have; "
                              "http.max_connections_per_address sets it.\n");
    }
}

bool zv_http_next_part(struct zv_link *link, size_t max, const uint8_t **ret_part, size_t *ret_len)
{
    if (!link->answer || link->body_sent == link->answer->body_len)
        return false;
    *ret_part = link->answer->body + link->body_sent;
    *ret_len = ZV_MIN(max, link->answer->body_len - link->body_sent);
    link->body_sent += *ret_len;
    return true;
}

bool zv_http_is_answered(const struct zv_link *link, bool *ret_must_close)
{
    if (!link->answer || link->body_sent < link->answer->body_len)
        return false;
    *ret_must_close = link->answer->must_close;
    return true;
}

void zv_http_on_answered(struct zv_link *link)
{
    link->answer = zv_free(link->answer);
    link->admin_body = zv_free(link->admin_body);
}

/* ------------------------------------------------------------------ WebSockets */

static bool is_proxy(const struct zv_http *http, const struct zv_addr *peer)
{
    for (size_t i = 0; i < http->cfg.proxy_count; i++)
        if (zv_cidr_has(&http->cfg.proxies[i], peer))
            return true;
    return false;
}

int zv_http_on_open(struct zv_link *link)
{
    struct zv_http *http = link->http;
    int err = zv_timers_reserve(&http->timers, http->conns.count + 1);
    if (err)
        return err;
    struct session *session = zv_zalloc(sizeof *session);
    if (!session)
        return ZV_E_NOMEM;
    session->link = link;
    session->id.v = ++http->last_id;
    err = zv_map_insert(&http->conns, ZV_MAP_KEY_OF(session->id.v), &session->node);
    if (err) {
        (void)zv_free(session);
        return err;
    }
    int64_t now_us = zv_clock_now_us();
    zv_conn_init(&session->conn, &http->conn_cfg, now_us);
    struct zv_buf name = zv_buf(session->name, sizeof session->name);
    zv_buf_printf(&name, "w-%llu", (unsigned long long)session->id.v);
    (void)zv_buf_cstr(&name);
    link->session = session;
    http->counts.opened++;
    zv_journal_open(session->name, &link->peer);
    settle(session, now_us);
    return 0;
}

/* Sends what zv_client_take and _refuse wrote: messages that each end with a NUL. */
static void send_replies(struct session *session, const struct zv_buf *reply)
{
    if (reply->overflow) {
        zv_log(ZV_LOG_HTTP, ZV_LOG_WARN, session->name, "a reply did not fit");
        return;
    }
    struct zv_str rest = zv_buf_str(reply), one;
    while (rest.len && zv_str_split(&rest, '\0', &one))
        if (one.len)
            send_text(session, one);
}

static void give_input(struct session *session, const struct zv_client_input *input)
{
    struct zv_http *http = session->link->http;
    if (input->in.kind == ZV_CALL_IN_CLIENT_CONNECT && !session->is_announced) {
        session->is_announced = true;
        session->features = input->features; /* the first counts: a second is refused */
    }
    if (!http->is_closing)
        http->cfg.on_input_fn(http->cfg.arg, &input->in);
}

/* Whatever a client says shows that it got what it was told: call control hears of it once. */
static void note_voice(struct session *session, bool is_input)
{
    struct zv_http *http = session->link->http;
    if (!session->is_announced || session->has_spoken)
        return;
    session->has_spoken = true;
    if (!is_input && !http->is_closing) {
        struct zv_call_in in = {.kind = ZV_CALL_IN_CLIENT_ALIVE, .u.client.conn = session->id};
        http->cfg.on_input_fn(http->cfg.arg, &in);
    }
}

static struct zv_client_origin origin_of(const struct session *session)
{
    const struct zv_link *link = session->link;
    return (struct zv_client_origin){
        .conn = session->id,
        .peer = link->peer,
        .local = link->local,
        .is_proxied = is_proxy(link->http, &link->peer),
        .is_connected = session->is_announced,
        .offered = link->http->cfg.features,
    };
}

static void refuse_message(struct session *session, const struct zv_wire_error *error)
{
    zv_journal_message_refused(session->name, error);
    session->link->http->counts.bad_messages++;
    struct zv_client_origin origin = origin_of(session);
    struct zv_client_input input = {0};
    char text[REPLY_CAP];
    struct zv_buf reply = zv_buf(text, sizeof text);
    enum zv_client_verdict verdict = zv_client_refuse(&origin, error, &reply, &input);
    send_replies(session, &reply);
    zv_conn_judge(&session->conn, false);
    if (verdict == ZV_CLIENT_FORWARD)
        give_input(session, &input);
    if (error->kind == ZV_WIRE_CONNECTION && !session->is_announced)
        zv_conn_close(&session->conn, ZV_CLOSE_NORMAL, ZV_STR_LIT("the connection was refused"));
}

static void take_message(struct session *session, const struct zv_wire_msg *msg)
{
    zv_journal_message(session->name, msg);
    struct zv_client_origin origin = origin_of(session);
    struct zv_client_input input = {0};
    char text[REPLY_CAP];
    struct zv_buf reply = zv_buf(text, sizeof text);
    enum zv_client_verdict verdict = zv_client_take(&origin, msg, &reply, &input);
    zv_conn_judge(&session->conn, true);
    note_voice(session, verdict == ZV_CLIENT_FORWARD);
    if (verdict == ZV_CLIENT_REPLY)
        send_replies(session, &reply);
    else if (verdict == ZV_CLIENT_PONG)
        zv_conn_on_pong(&session->conn);
    else if (verdict == ZV_CLIENT_FORWARD)
        give_input(session, &input);
}

void zv_http_on_fragment(struct zv_link *link, const struct zv_conn_fragment *fragment)
{
    struct session *session = link->session;
    int64_t now_us = zv_clock_now_us();
    struct zv_str text;
    if (zv_conn_on_fragment(&session->conn, fragment, now_us, &text)) {
        struct zv_wire_msg *msg = NULL;
        struct zv_wire_error error;
        int err = zv_wire_parse(text.p, text.len, &msg, &error);
        zv_conn_message_done(&session->conn);
        link->http->counts.messages_in++;
        if (err)
            refuse_message(session, &error);
        else
            take_message(session, msg);
        (void)zv_wire_msg_free(msg);
    }
    settle(session, now_us);
}

void zv_http_on_peer_close(struct zv_link *link, uint16_t code)
{
    struct session *session = link->session;
    if (session && !session->is_close_sent)
        session->peer_code = code;
}

struct zv_conn_out *zv_http_next_out(struct zv_link *link)
{
    struct zv_conn_out *out = link->session ? zv_conn_next_out(&link->session->conn) : NULL;
    link->http->counts.messages_out += out != NULL;
    return out;
}

bool zv_http_take_close(struct zv_link *link, uint16_t *ret_code, const char **ret_reason)
{
    struct session *session = link->session;
    if (!session || session->is_close_sent || !zv_conn_is_closing(&session->conn))
        return false;
    session->is_close_sent = true;
    *ret_code = session->conn.close_code;
    *ret_reason = session->conn.close_reason;
    return true;
}

bool zv_http_is_closed(const struct zv_link *link)
{
    return link->session && link->session->is_close_sent;
}

/* ------------------------------------------------------------------ commands */

static struct session *find_session(const struct zv_http *http, zv_conn_id id)
{
    struct zv_map_node *node = zv_map_find(&http->conns, ZV_MAP_KEY_OF(id.v));
    return node ? ZV_CONTAINER_OF(node, struct session, node) : NULL;
}

/* The session's client is at this socket now; NULL: no memory for what it may miss. */
static struct zv_reader *attach(struct zv_http *http, const struct zv_cmd_client *event,
                                struct session *session)
{
    struct zv_reader *reader =
        zv_readers_attach(&http->readers, event->session, event->conn, session->features.granted);
    session->reader = event->session;
    zv_conn_set_ready(&session->conn);
    if (!reader)
        zv_conn_close(&session->conn, ZV_CLOSE_TRY_LATER,
                      ZV_STR_LIT("the gateway is out of memory"));
    return reader;
}

/* A message that is news gets its number and is kept; then it goes to where the client is. */
static int pass_on(struct zv_reader *reader, struct session *session, struct zv_buf *message,
                   bool is_news)
{
    if (reader && reader->outbox && is_news) {
        int err = zv_wire_write_seq(message, zv_outbox_next_seq(reader->outbox));
        if (err)
            return err;
        zv_outbox_keep(reader->outbox, zv_buf_str(message));
    }
    if (session)
        send_text(session, zv_buf_str(message));
    return 0;
}

/* zvResumed, and what the client missed, as it was. */
static int send_missed(struct zv_reader *reader, struct session *session,
                       const struct zv_cmd_client *event, struct zv_buf *out)
{
    struct zv_outbox_missed missed = {.is_complete = true};
    if (event->last_seq >= 0)
        zv_outbox_missed(reader->outbox, (uint64_t)event->last_seq, &missed);
    reader->knows_all = event->last_seq >= 0 && missed.is_complete;
    int err = zv_client_write_resumed(event, &missed, out);
    if (err)
        return err;
    send_text(session, zv_buf_str(out));
    for (size_t i = 0; i < missed.count; i++)
        send_text(session, zv_outbox_at(reader->outbox, missed.from + i));
    return 0;
}

/* Any other message. */
static int write_and_pass(struct zv_http *http, struct zv_reader *reader, struct session *session,
                          const struct zv_cmd_client *event, struct zv_buf *out)
{
    struct zv_turn_login turn = {0};
    struct zv_client_features features = {0};
    if (session)
        features = session->features;
    if (event->message == ZV_MSG_GET_USER_DATA && http->cfg.turn.url_count &&
        features.granted & ZV_WIRE_FEATURE_ICE_SERVERS) {
        zv_turn_make_login(&http->cfg.turn, event->session_id, zv_clock_wall_us(), &turn);
        features.ice_server = &turn.wire;
    }
    int err = zv_client_write_event(event, &features, out);
    zv_wipe(&turn, sizeof turn);
    return err ? err : pass_on(reader, session, out, zv_client_is_numbered(event));
}

/* A client that is away, and one that was told before, are told only what they may need. */
static bool is_wanted(const struct zv_reader *reader, const struct session *session,
                      const struct zv_cmd_client *event)
{
    bool is_known = reader && reader->knows_all && event->message != ZV_MSG_REGISTERED;
    if (event->is_again && is_known)
        return false;
    if (event->message == ZV_MSG_RESUMED)
        return session && reader && reader->outbox;
    return session || (reader && reader->outbox);
}

static void execute_event(struct zv_http *http, const struct zv_cmd_client *event)
{
    struct session *session = find_session(http, event->conn);
    struct zv_reader *reader = zv_readers_find(&http->readers, event->session);
    if (event->message == ZV_MSG_GET_USER_DATA && session)
        reader = attach(http, event, session);
    if (!is_wanted(reader, session, event))
        return;
    struct zv_buf out = zv_buf(http->event, sizeof http->event);
    int err = event->message == ZV_MSG_RESUMED ? send_missed(reader, session, event, &out)
                                               : write_and_pass(http, reader, session, event, &out);
    if (err && session)
        zv_conn_close(&session->conn, ZV_CLOSE_INTERNAL,
                      ZV_STR_LIT("a message could not be written"));
    zv_wipe(http->event, out.len);
    if (session)
        settle(session, zv_clock_now_us());
}

static void execute_close(struct zv_http *http, const struct zv_cmd_close *close)
{
    struct session *session = find_session(http, close->conn);
    if (!session)
        return;
    zv_conn_close(&session->conn, close->code, close->reason);
    settle(session, zv_clock_now_us());
}

void zv_http_execute(struct zv_http *http, const struct zv_call_cmd *cmd)
{
    if (cmd->kind == ZV_CALL_CMD_CLIENT_EVENT)
        execute_event(http, &cmd->u.client);
    else if (cmd->kind == ZV_CALL_CMD_CLIENT_CLOSE)
        execute_close(http, &cmd->u.close);
    else if (cmd->kind == ZV_CALL_CMD_CLIENT_FORGET)
        zv_readers_forget(&http->readers, cmd->u.forget.session);
}

/* ------------------------------------------------------------------ messages of others */

static bool is_reachable(const struct zv_reader *reader)
{
    return reader && (reader->conn.v || reader->outbox);
}

bool zv_http_has_feature(const struct zv_http *http, zv_session_id session, unsigned feature)
{
    const struct zv_reader *reader = zv_readers_find(&http->readers, session);
    return is_reachable(reader) && reader->features & feature;
}

void zv_http_tell(struct zv_http *http, zv_session_id session_id, struct zv_buf *message,
                  bool is_kept)
{
    struct zv_reader *reader = zv_readers_find(&http->readers, session_id);
    if (!is_reachable(reader) || message->overflow)
        return;
    struct session *session = find_session(http, reader->conn);
    if (pass_on(reader, session, message, is_kept) != 0)
        zv_log(ZV_LOG_HTTP, ZV_LOG_WARN, session ? session->name : NULL, "a message did not fit");
    if (session)
        settle(session, zv_clock_now_us());
}

/* What the client's queue, or what is kept for it, may hold of one report. */
static size_t room_for_report(const struct zv_http *http, const struct zv_reader *reader)
{
    const struct session *session = find_session(http, reader->conn);
    return session ? zv_conn_room(&session->conn) / 2 : ZV_OUTBOX_BYTES / 2;
}

void zv_http_send_report(struct zv_http *http, zv_session_id session,
                         const struct zv_wire_report *report)
{
    if (!zv_http_has_feature(http, session, ZV_WIRE_FEATURE_REPORT))
        return;
    struct zv_buf out = zv_buf(http->event, sizeof http->event);
    if (zv_wire_write_report(&out, report) != 0 ||
        out.len > room_for_report(http, zv_readers_find(&http->readers, session))) {
        http->counts.reports_dropped++;
        zv_log(ZV_LOG_HTTP, ZV_LOG_DEBUG, NULL, "the report of a call was left out");
        return;
    }
    zv_http_tell(http, session, &out, true);
}

void zv_http_send_quality(struct zv_http *http, zv_conn_id conn,
                          const struct zv_wire_quality *quality)
{
    struct session *session = find_session(http, conn);
    if (!session || !(session->features.granted & ZV_WIRE_FEATURE_QUALITY))
        return;
    struct zv_buf out = zv_buf(http->event, sizeof http->event);
    if (zv_wire_write_quality(&out, quality) != 0 || out.len > zv_conn_room(&session->conn) / 2)
        return;
    send_text(session, zv_buf_str(&out));
    settle(session, zv_clock_now_us());
}

/* ------------------------------------------------------------------ life */

static uint32_t limit_or(uint32_t value, uint32_t fallback)
{
    return value ? value : fallback;
}

static void set_limits(struct zv_http *http)
{
    struct zv_http_limits *limits = &http->cfg.limits;
    limits->connections = limit_or(limits->connections, 10000);
    limits->sessions = limit_or(limits->sessions, 10000);
    limits->connections_per_address = limit_or(limits->connections_per_address, 100);
    limits->idle_s = limit_or(limits->idle_s, 10);
    if (!limits->close_grace_us)
        limits->close_grace_us = ZV_SECONDS(5);
    uint32_t message_bytes = limit_or(limits->message_bytes, ZV_MAX_CLIENT_MESSAGE_BYTES);
    uint32_t queue_bytes = limit_or(limits->queue_bytes, ZV_MAX_CLIENT_QUEUE_BYTES);
    http->conn_cfg = (struct zv_conn_cfg){
        .message_bytes = ZV_MIN(message_bytes, (uint32_t)ZV_MAX_CLIENT_MESSAGE_BYTES),
        .queue_bytes = ZV_MIN(queue_bytes, (uint32_t)ZV_MAX_CLIENT_QUEUE_BYTES),
        .messages_per_s = limit_or(limits->messages_per_s, 50),
        .bad_messages = limit_or(limits->bad_messages, 10),
        .ping_misses = limit_or(limits->ping_misses, 10),
        .first_message_us = limits->first_message_us ? limits->first_message_us : ZV_SECONDS(10),
        .ping_interval_us = limits->ping_interval_us ? limits->ping_interval_us : ZV_SECONDS(5),
    };
}

int zv_http_new(struct zv_http **ret_http, const struct zv_http_cfg *cfg)
{
    if (!cfg->loop || !cfg->on_input_fn)
        return ZV_E_INVAL;
    struct zv_http *http = zv_zalloc(sizeof *http);
    if (!http)
        return ZV_E_NOMEM;
    http->cfg = *cfg;
    set_limits(http);
    zv_wire_init((uint32_t)cfg->seed[0]);
    const struct zv_http_limits *limits = &http->cfg.limits;
    zv_admit_init(&http->admit, limits->connections, limits->connections_per_address, cfg->seed);
    zv_map_init(&http->conns, limits->connections, cfg->seed);
    zv_readers_init(&http->readers, limits->sessions, cfg->seed);
    zv_timers_init(&http->timers);
    int err = zv_loop_timer_open(&http->timer, cfg->loop, on_due, http);
    if (err)
        goto fail;
    struct zv_edge_cfg edge_cfg = {.http = http, .loop = cfg->loop, .idle_s = limits->idle_s};
    err = zv_edge_new(&http->edge, &edge_cfg);
    if (err)
        goto fail;
    *ret_http = http;
    return 0;

fail:
    http->timer = zv_loop_timer_close(http->timer);
    (void)zv_free(http);
    return err;
}

int zv_http_listen(struct zv_http *http, const struct zv_http_listener *listener,
                   uint16_t *ret_port)
{
    assert(listener->service != ZV_HTTP_ADMIN || http->cfg.on_admin_fn);
    struct zv_buf why = zv_buf(http->error, sizeof http->error);
    http->error[0] = '\0';
    int err = zv_edge_listen(http->edge, listener, &why, ret_port);
    (void)zv_buf_cstr(&why);
    return err;
}

void zv_http_use_certificate(struct zv_http *http, struct zv_http_certificate *certificate)
{
    zv_edge_use_certificate(http->edge, certificate);
}

void zv_http_set(struct zv_http *http, const struct zv_http_settings *settings)
{
    const unsigned ice_servers = ZV_WIRE_FEATURE_ICE_SERVERS;
    http->cfg.allowed_origins = settings->allowed_origins;
    http->cfg.allowed_origin_count = settings->allowed_origin_count;
    http->cfg.turn = settings->turn;
    http->cfg.features =
        settings->has_turn ? http->cfg.features | ice_servers : http->cfg.features & ~ice_servers;
}

const char *zv_http_error(const struct zv_http *http)
{
    return http->error;
}

void zv_http_close(struct zv_http *http)
{
    if (http->is_closing)
        return;
    http->is_closing = true;
    http->timer = zv_loop_timer_close(http->timer);
    zv_edge_close(http->edge);
}

struct zv_http *zv_http_free(struct zv_http *http)
{
    if (!http)
        return NULL;
    http->edge = zv_edge_free(http->edge);
    zv_timers_fini(&http->timers);
    zv_readers_fini(&http->readers);
    zv_map_fini(&http->conns);
    zv_admit_fini(&http->admit);
    return zv_free(http);
}

void zv_http_counts(const struct zv_http *http, struct zv_http_counts *ret_counts)
{
    *ret_counts = http->counts;
    ret_counts->sockets = http->admit.sockets + http->admin_sockets;
    ret_counts->connections = (uint32_t)http->conns.count;
}
