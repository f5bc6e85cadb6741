#include "base/alloc.h"
#include "base/err.h"
#include "call/away.h"
#include "call/phases.h"
#include "call/switch_int.h"

#include <assert.h>

#define DEFAULT_MAX_CLIENTS          10000
#define DEFAULT_MAX_CALLS            4000
#define DEFAULT_MAX_CALLS_PER_CLIENT 8

const char *zv_call_in_name(enum zv_call_in_kind kind)
{
    static const char *const names[] = {
#define X(name) #name,
        ZV_CALL_IN_LIST(X)
#undef X
    };
    return (unsigned)kind < ZV_CALL_IN_COUNT ? names[kind] : "unknown";
}

const char *zv_call_cmd_name(enum zv_call_cmd_kind kind)
{
    static const char *const names[] = {
#define X(name) #name,
        ZV_CALL_CMD_LIST(X)
#undef X
    };
    return (unsigned)kind < ZV_CALL_CMD_COUNT ? names[kind] : "unknown";
}

const char *zv_client_message_name(enum zv_client_message message)
{
    static const char *const names[] = {
#define X(id, name) name,
        ZV_CLIENT_MESSAGE_LIST(X)
#undef X
    };
    return (unsigned)message < ZV_MSG_COUNT ? names[message] : "unknown";
}

/* ---- lifecycle ---- */

static void set_timer(int64_t *timer_us, int64_t default_us)
{
    if (!*timer_us)
        *timer_us = default_us;
    *timer_us = ZV_MAX(*timer_us, ZV_SECONDS(1));
}

static void set_timers(struct zv_call_timers *timers)
{
    set_timer(&timers->register_us, ZV_SECONDS(32));
    set_timer(&timers->trying_us, ZV_SECONDS(32));
    set_timer(&timers->ringing_out_us, ZV_SECONDS(180));
    set_timer(&timers->ringing_in_us, ZV_SECONDS(60));
    set_timer(&timers->answering_us, ZV_SECONDS(10));
    set_timer(&timers->ice_us, ZV_SECONDS(15));
    set_timer(&timers->no_media_us, ZV_SECONDS(30));
    set_timer(&timers->video_answer_us, ZV_SECONDS(5));
    set_timer(&timers->max_duration_us, ZV_SECONDS(4 * 3600));
    set_timer(&timers->client_gone_us, ZV_SECONDS(15));
    set_timer(&timers->resume_window_us, ZV_SECONDS(60));
    set_timer(&timers->keep_alive_window_us, ZV_SECONDS(3600));
    set_timer(&timers->dtls_wait_us, ZV_MS(1500));
    set_timer(&timers->media_setup_us, ZV_SECONDS(5));
}

static void set_limit(uint32_t *limit, uint32_t default_limit)
{
    if (!*limit)
        *limit = default_limit;
}

static void init_tables(struct zv_switch *sw)
{
    uint64_t seed[2] = {zv_rand_u64(&sw->cfg.rand), zv_rand_u64(&sw->cfg.rand)};
    zv_list_init(&sw->sessions);
    zv_list_init(&sw->ending);
    zv_list_init(&sw->returning);
    zv_list_init(&sw->calls);
    zv_list_init(&sw->dead_texts);
    zv_list_init(&sw->dead_sessions);
    zv_list_init(&sw->dead_calls);
    zv_slots_init(&sw->session_slots, sw->cfg.max_clients);
    for (uint32_t i = 0; i < sw->cfg.worker_count; i++)
        zv_slots_init(&sw->call_slots[i], sw->cfg.max_calls);
    zv_map_init(&sw->conns, sw->cfg.max_clients, seed);
    zv_map_init(&sw->tokens, 2 * (size_t)sw->cfg.max_clients, seed);
    zv_map_init(&sw->legs, sw->cfg.max_calls, seed);
    zv_timers_init(&sw->session_timers);
    zv_timers_init(&sw->call_timers);
    sw->scratch = zv_buf(sw->scratch_memory, sizeof(sw->scratch_memory));
    sw->due_us = INT64_MIN;
}

void zv_switch_set(struct zv_switch *sw, const struct zv_switch_settings *settings)
{
    sw->cfg.max_calls_per_client = settings->max_calls_per_client;
    sw->cfg.send_busy_when_on_call = settings->send_busy_when_on_call;
    sw->cfg.allow_space_in_auth_name = settings->allow_space_in_auth_name;
    sw->cfg.trunks = settings->trunks;
}

int zv_switch_new(const struct zv_switch_cfg *cfg, struct zv_switch **ret_sw)
{
    if (!cfg->worker_count || cfg->worker_count > ZV_MAX_WORKERS || !cfg->rand.fill_fn ||
        cfg->media_address_count > ZV_MAX_MEDIA_ADDRESSES)
        return ZV_E_INVAL;
    struct zv_switch *sw = zv_zalloc(sizeof(*sw));
    if (!sw)
        return ZV_E_NOMEM;
    sw->cfg = *cfg;
    set_timers(&sw->cfg.timers);
    set_limit(&sw->cfg.max_clients, DEFAULT_MAX_CLIENTS);
    set_limit(&sw->cfg.max_calls, DEFAULT_MAX_CALLS);
    set_limit(&sw->cfg.max_calls_per_client, DEFAULT_MAX_CALLS_PER_CLIENT);
    init_tables(sw);
    *ret_sw = sw;
    return 0;
}

static void free_dead(struct zv_switch *sw)
{
    struct zv_list_node *node;
    while ((node = zv_list_pop(&sw->dead_calls)))
        zv_call_destroy(ZV_CONTAINER_OF(node, struct zv_call, node));
    while ((node = zv_list_pop(&sw->dead_sessions)))
        zv_session_destroy(ZV_CONTAINER_OF(node, struct zv_session, node));
    while ((node = zv_list_pop(&sw->dead_texts)))
        zv_text_free(ZV_CONTAINER_OF(node, struct zv_text, node));
    sw->scratch.len = 0;
    sw->scratch.overflow = false;
}

struct zv_switch *zv_switch_free(struct zv_switch *sw)
{
    struct zv_list_node *node;
    if (!sw)
        return NULL;
    while ((node = zv_list_pop(&sw->calls)))
        zv_call_destroy(ZV_CONTAINER_OF(node, struct zv_call, node));
    while ((node = zv_list_pop(&sw->sessions)))
        zv_session_destroy(ZV_CONTAINER_OF(node, struct zv_session, node));
    free_dead(sw);
    zv_slots_fini(&sw->session_slots);
    for (uint32_t i = 0; i < sw->cfg.worker_count; i++)
        zv_slots_fini(&sw->call_slots[i]);
    zv_map_fini(&sw->conns);
    zv_map_fini(&sw->tokens);
    zv_map_fini(&sw->legs);
    zv_timers_fini(&sw->session_timers);
    zv_timers_fini(&sw->call_timers);
    zv_wipe(sw->body, sizeof(sw->body)); /* a description, perhaps with keys */
    return zv_free(sw);
}

/* ---- queue and texts ---- */

struct zv_call_cmd *zv_switch_push(struct zv_switch *sw, enum zv_call_cmd_kind kind)
{
    assert(sw->queue_count < ZV_SWITCH_QUEUE);
    if (sw->queue_count == ZV_SWITCH_QUEUE) /* a bug of ours: the last command is lost */
        sw->queue_count--;
    size_t index = (sw->queue_first + sw->queue_count) % ZV_SWITCH_QUEUE;
    sw->queue_count++;
    sw->queue[index] = (struct zv_call_cmd){.kind = kind, .about = sw->subject};
    return &sw->queue[index];
}

struct zv_str zv_switch_print(struct zv_switch *sw, const char *format, ...)
{
    size_t start = sw->scratch.len;
    va_list args;
    va_start(args, format);
    zv_buf_vprintf(&sw->scratch, format, args);
    va_end(args);
    sw->scratch.overflow = false;
    return zv_str_n(sw->scratch.p + start, sw->scratch.len - start);
}

void zv_switch_drop_text(struct zv_switch *sw, struct zv_text **text)
{
    if (*text)
        zv_list_append(&sw->dead_texts, &(*text)->node);
    *text = NULL;
}

int zv_switch_set_text(struct zv_switch *sw, struct zv_text **text, struct zv_str value)
{
    struct zv_text *copy = zv_text_new(value);
    if (!copy)
        return ZV_E_NOMEM;
    zv_switch_drop_text(sw, text);
    *text = copy;
    return 0;
}

/* ---- input ---- */

static void on_shutdown(struct zv_switch *sw)
{
    sw->is_shutting_down = true;
    ZV_LIST_EACH (node, &sw->sessions) {
        zv_session_end(sw, ZV_CONTAINER_OF(node, struct zv_session, node), ZV_CAUSE_SHUTDOWN);
    }
}

static void on_leg(struct zv_switch *sw, const struct zv_call_in *in)
{
    const struct zv_in_sip *sip = &in->u.sip;
    struct zv_call *call = zv_call_by_leg(sw, sip->leg);
    if (!call) {
        sw->stats.stale_inputs++;
        return;
    }
    sw->subject = call->id;
    switch (in->kind) {
    case ZV_CALL_IN_SIP_PROGRESS:
        zv_outgoing_on_progress(sw, call, sip);
        break;
    case ZV_CALL_IN_SIP_ANSWERED:
        zv_outgoing_on_answered(sw, call, sip);
        break;
    case ZV_CALL_IN_SIP_CONFIRMED:
        if (call->state == ZV_CALL_ACTIVE)
            zv_call_on_sip_answer(sw, call, sip->sdp);
        else
            zv_incoming_on_confirmed(sw, call, sip->sdp);
        break;
    case ZV_CALL_IN_SIP_OFFER:
        zv_call_on_sip_offer(sw, call, sip->sdp);
        break;
    case ZV_CALL_IN_SIP_OFFER_WITHDRAWN:
        zv_video_on_withdrawn(sw, call);
        break;
    case ZV_CALL_IN_SIP_REOFFER_DONE:
        if (call->state == ZV_CALL_REOFFERING)
            zv_outgoing_on_reoffer_done(sw, call, sip);
        else
            zv_hold_on_reoffer_done(sw, call, sip);
        break;
    case ZV_CALL_IN_SIP_REFRESHED:
        zv_call_on_sip_refreshed(sw, call, sip->sdp);
        break;
    case ZV_CALL_IN_SIP_KEYFRAME:
        zv_call_on_sip_keyframe(sw, call);
        break;
    case ZV_CALL_IN_SIP_DIGIT:
        zv_dtmf_on_press(sw, call, &sip->press, ZV_DTMF_BY_INFO);
        break;
    case ZV_CALL_IN_SIP_DIGITS_REFUSED:
        zv_dtmf_on_refused(sw, call, sip->status);
        break;
    default:
        zv_call_on_sip_ended(sw, call, sip);
    }
}

static void dispatch(struct zv_switch *sw, const struct zv_call_in *in)
{
    switch (in->kind) {
    case ZV_CALL_IN_CLIENT_CONNECT:
        zv_session_on_connect(sw, &in->u.connect);
        break;
    case ZV_CALL_IN_CLIENT_CALL:
        zv_call_on_client_call(sw, &in->u.call);
        break;
    case ZV_CALL_IN_CLIENT_REFUSED:
        zv_call_on_client_refused(sw, &in->u.refused);
        break;
    case ZV_CALL_IN_CLIENT_CLOSED:
        zv_session_on_closed(sw, &in->u.client);
        break;
    case ZV_CALL_IN_CLIENT_ALIVE:
        break;
    case ZV_CALL_IN_SIP_REGISTERED:
        zv_session_on_registered(sw, in->u.sip.session);
        break;
    case ZV_CALL_IN_SIP_REGISTER_FAILED:
        zv_session_on_register_failed(sw, &in->u.sip);
        break;
    case ZV_CALL_IN_SIP_INCOMING:
        zv_call_on_sip_incoming(sw, &in->u.sip);
        break;
    case ZV_CALL_IN_SHUTDOWN:
        on_shutdown(sw);
        break;
    default:
        if (in->kind > ZV_CALL_IN_NONE && in->kind < ZV_CALL_IN_CLIENT_CLOSED)
            zv_call_on_client(sw, in);
        else if (in->kind >= ZV_CALL_IN_SIP_PROGRESS && in->kind <= ZV_CALL_IN_SIP_ENDED)
            on_leg(sw, in);
        else if (in->kind >= ZV_CALL_IN_MEDIA_READY && in->kind <= ZV_CALL_IN_ADMIN_HANGUP)
            zv_call_on_media(sw, in);
        else
            sw->stats.stale_inputs++;
    }
}

/* Whatever a client says on its socket shows that its new token reached it. */
static void note_client(struct zv_switch *sw, const struct zv_call_in *in)
{
    zv_conn_id conn = in->u.client.conn;
    if (in->kind == ZV_CALL_IN_CLIENT_CALL)
        conn = in->u.call.conn;
    else if (in->kind == ZV_CALL_IN_CLIENT_REFUSED)
        conn = in->u.refused.conn;
    else if (in->kind == ZV_CALL_IN_CLIENT_CONNECT)
        conn = in->u.connect.conn;
    struct zv_session *session = zv_session_by_conn(sw, conn);
    if (session)
        zv_token_confirm(sw, session);
}

static bool is_drained(const struct zv_switch *sw)
{
    return !sw->queue_count && zv_list_is_empty(&sw->ending) && zv_list_is_empty(&sw->returning) &&
           sw->due_us == INT64_MIN;
}

static void advance(struct zv_switch *sw, int64_t now_us)
{
    sw->now_us = ZV_MAX(sw->now_us, now_us);
}

int zv_switch_input(struct zv_switch *sw, const struct zv_call_in *in, int64_t now_us)
{
    assert(is_drained(sw));
    if (!is_drained(sw))
        return ZV_E_STATE;
    free_dead(sw);
    advance(sw, now_us);
    sw->input_err = 0;
    sw->subject = (zv_call_id){0};
    if (in->kind > ZV_CALL_IN_NONE && in->kind <= ZV_CALL_IN_CLIENT_ALIVE &&
        in->kind != ZV_CALL_IN_CLIENT_CLOSED)
        note_client(sw, in);
    dispatch(sw, in);
    return sw->input_err;
}

/* ---- time ---- */

void zv_switch_on_timeout(struct zv_switch *sw, int64_t now_us)
{
    advance(sw, now_us);
    sw->due_us = sw->now_us;
}

int64_t zv_switch_deadline_us(const struct zv_switch *sw)
{
    if (!is_drained(sw))
        return sw->now_us;
    return zv_time_min(zv_timers_next_us(&sw->session_timers), zv_timers_next_us(&sw->call_timers));
}

static bool step_timers(struct zv_switch *sw)
{
    struct zv_timer *timer = zv_timers_pop_due(&sw->call_timers, sw->due_us);
    if (timer) {
        struct zv_call *call = ZV_CONTAINER_OF(timer, struct zv_call, timer);
        sw->subject = call->id;
        zv_call_on_timer(sw, call);
        return true;
    }
    timer = zv_timers_pop_due(&sw->session_timers, sw->due_us);
    if (timer) {
        zv_session_on_timer(sw, ZV_CONTAINER_OF(timer, struct zv_session, timer));
        return true;
    }
    sw->due_us = INT64_MIN;
    return false;
}

/* ---- output ---- */

enum zv_call_cmd_kind zv_switch_poll(struct zv_switch *sw, struct zv_call_cmd *ret_cmd)
{
    while (!sw->queue_count) {
        free_dead(sw);
        sw->subject = (zv_call_id){0};
        if (!zv_session_step(sw) && !zv_session_returning_step(sw) && !step_timers(sw))
            return ret_cmd->kind = ZV_CALL_CMD_NONE;
    }
    *ret_cmd = sw->queue[sw->queue_first];
    sw->queue_first = (sw->queue_first + 1) % ZV_SWITCH_QUEUE;
    sw->queue_count--;
    return ret_cmd->kind;
}

/* ---- queries ---- */

void zv_switch_stats(const struct zv_switch *sw, struct zv_switch_stats *ret_stats)
{
    *ret_stats = sw->stats;
}

uint32_t zv_switch_session_count(const struct zv_switch *sw)
{
    return sw->session_slots.used;
}

uint32_t zv_switch_call_count(const struct zv_switch *sw)
{
    return sw->call_count;
}

zv_call_id zv_switch_subject(const struct zv_switch *sw)
{
    return sw->subject;
}

bool zv_switch_is_registered(const struct zv_switch *sw, zv_session_id id)
{
    const struct zv_session *session = zv_session_by_id(sw, id);
    return session && session->is_registered;
}

size_t zv_switch_dump(const struct zv_switch *sw, char *memory, size_t cap)
{
    struct zv_buf buf = zv_buf(memory, cap);
    if (!cap)
        return 0;
    ZV_LIST_EACH (node, &sw->sessions) {
        const struct zv_session *session = ZV_CONTAINER_OF(node, struct zv_session, node);
        zv_buf_printf(&buf, "session %s %s@%s %s calls=%u%s%s\n", session->name,
                      session->account.login, session->account.domain,
                      session->is_registered ? "registered" : "not registered", session->call_count,
                      session->conn.v ? "" : " client away", session->is_ending ? " ending" : "");
    }
    ZV_LIST_EACH (node, &sw->calls) {
        const struct zv_call *call = ZV_CONTAINER_OF(node, struct zv_call, node);
        const struct zv_codec_pair *codec = zv_media_plan_committed(&call->plan);
        const struct zv_video_pair *video = zv_video_plan_committed(&call->plan.video);
        zv_buf_printf(&buf, "call %016llx %s %s %s -> %s %s video=%s ice=%d dtls=%d cause=%s\n",
                      (unsigned long long)call->id.v, call->name, zv_call_state_name(call->state),
                      call->caller, call->callee,
                      zv_codec_name(codec ? (enum zv_codec_kind)codec->kind : ZV_CODEC_NONE),
                      zv_codec_name(video ? (enum zv_codec_kind)video->kind : ZV_CODEC_NONE),
                      call->is_ice_up, call->is_dtls_up, zv_cause_name(call->cause));
    }
    size_t len = ZV_MIN(buf.len, cap - 1);
    memory[len] = 0;
    return len;
}
