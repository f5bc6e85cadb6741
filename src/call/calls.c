/* The table of calls, and what the phases of a call share. */
#include "base/alloc.h"
#include "base/err.h"
#include "call/notify.h"
#include "call/phases.h"
#include "call/switch_int.h"

/* sip/ numbers incoming legs with this bit set; ids of ours never have it (workers are below 64).
 */
#define LEG_INCOMING (UINT64_C(1) << 63)

const char *zv_call_state_name(enum zv_call_state state)
{
    static const char *const names[] = {
#define X(name) #name,
        ZV_CALL_STATE_LIST(X)
#undef X
    };
    return (unsigned)state < ZV_CALL_STATE_COUNT ? names[state] : "unknown";
}

/* ---- finding ---- */

struct zv_call *zv_call_by_id(const struct zv_switch *sw, zv_call_id id)
{
    uint32_t worker = zv_call_id_worker(id);
    if (worker >= sw->cfg.worker_count)
        return NULL;
    return zv_slots_find(&sw->call_slots[worker], zv_call_id_slot(id), zv_call_id_generation(id));
}

struct zv_call *zv_call_by_leg(const struct zv_switch *sw, uint64_t leg)
{
    if (leg & LEG_INCOMING) {
        struct zv_map_node *node = zv_map_find(&sw->legs, ZV_MAP_KEY_OF(leg));
        return node ? ZV_CONTAINER_OF(node, struct zv_call, by_leg) : NULL;
    }
    struct zv_call *call = zv_call_by_id(sw, (zv_call_id){leg});
    return call && !call->incoming && call->is_leg_open ? call : NULL;
}

struct zv_call *zv_call_by_name(const struct zv_session *session, struct zv_str name)
{
    ZV_LIST_EACH (node, &session->calls) {
        struct zv_call *call = ZV_CONTAINER_OF(node, struct zv_call, session_node);
        if (zv_str_is(name, call->name))
            return call;
    }
    return NULL;
}

/* ---- creating ---- */

static uint32_t least_loaded(const struct zv_switch *sw)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < sw->cfg.worker_count; i++) {
        if (sw->call_slots[i].used < sw->call_slots[best].used)
            best = i;
    }
    return best;
}

static int take_slot(struct zv_switch *sw, struct zv_call *call)
{
    uint32_t worker = least_loaded(sw), slot, generation;
    int err = zv_timers_reserve(&sw->call_timers, (size_t)sw->call_count + 1);
    if (!err)
        err = zv_slots_take(&sw->call_slots[worker], call, &slot, &generation);
    if (!err)
        call->id = zv_call_id_make(worker, slot, generation);
    return err;
}

static int take_leg(struct zv_switch *sw, struct zv_call *call, uint64_t leg)
{
    if (!call->incoming) {
        call->leg = call->id.v;
        return 0;
    }
    call->leg = leg;
    call->is_leg_open = true;
    return zv_map_insert(&sw->legs, ZV_MAP_KEY_OF(call->leg), &call->by_leg);
}

static struct zv_trunk_settings find_trunk(const struct zv_switch *sw,
                                           const struct zv_session *session)
{
    const struct zv_account *account = &session->account;
    return zv_trunk_settings_of(&sw->cfg.trunks,
                                &(struct zv_trunk_account){.user = zv_str(account->login),
                                                           .domain = zv_str(account->domain),
                                                           .proxy = zv_str(account->proxy_host)});
}

int zv_call_new(struct zv_switch *sw, const struct zv_call_new_cfg *cfg, struct zv_call **ret_call)
{
    struct zv_call *call = zv_zalloc(sizeof(*call));
    if (!call)
        return ZV_E_NOMEM;
    call->incoming = cfg->incoming;
    call->state = cfg->incoming ? ZV_CALL_IN_SETUP : ZV_CALL_OUT_SETUP;
    call->session = cfg->session;
    call->session_id = cfg->session->id;
    call->created_us = sw->now_us;
    call->plan.committed = call->plan.video.committed = -1;
    call->trunk = find_trunk(sw, cfg->session);
    for (int i = 0; i < ZV_CALL_TIMER_COUNT; i++)
        call->deadlines[i] = ZV_TIME_NEVER;
    int err = zv_str_copy(cfg->name, call->name, sizeof(call->name));
    if (!err)
        err = take_slot(sw, call);
    if (err) {
        zv_free(call);
        return err;
    }
    err = take_leg(sw, call, cfg->leg);
    if (err) {
        zv_slots_release(&sw->call_slots[zv_call_id_worker(call->id)], zv_call_id_slot(call->id));
        zv_free(call);
        return err;
    }
    zv_list_append(&sw->calls, &call->node);
    zv_list_append(&cfg->session->calls, &call->session_node);
    cfg->session->call_count++;
    sw->call_count++;
    sw->stats.calls_created++;
    sw->subject = call->id;
    *ret_call = call;
    return 0;
}

static void free_texts(struct zv_call *call)
{
    struct zv_text *const texts[] = {
        call->callee_user,
        call->headers,
        call->web_sdp,
        call->video.about,
        call->video.offer,
        call->hold.offer,
        call->sip_sdp,
        call->web_local,
        call->sip_local,
        call->text,
        call->remedy,
        call->verdict_text[0],
        call->verdict_text[1],
        call->verdict_remedy[0],
        call->verdict_remedy[1],
        call->web_ufrag,
        call->web_pwd,
        call->web_fingerprint,
        call->web_cname,
        call->web_remote_fingerprint,
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(texts); i++)
        zv_text_free(texts[i]);
}

void zv_call_destroy(struct zv_call *call)
{
    free_texts(call);
    zv_free_secret(call, sizeof(*call));
}

/* ---- states ---- */

void zv_call_set_state(struct zv_switch *sw, struct zv_call *call, enum zv_call_state state)
{
    struct zv_cmd_call_log *log = &zv_switch_push(sw, ZV_CALL_CMD_CALL_LOG)->u.call_log;
    log->call = call->id;
    log->session = call->session_id;
    log->conn = call->session ? call->session->conn : (zv_conn_id){0};
    log->call_id = zv_str(call->name);
    log->sip_call_id = zv_str(call->sip_call_id);
    log->caller = zv_str(call->caller);
    log->callee = zv_str(call->callee);
    log->incoming = call->incoming;
    log->old_state = zv_str(zv_call_state_name(call->state));
    log->new_state = zv_str(zv_call_state_name(state));
    log->cause = call->cause;
    call->state = state;
    zv_call_arm(sw, call, ZV_CALL_TIMER_STATE, zv_call_state_deadline(sw, call, state));
}

void zv_call_establish(struct zv_switch *sw, struct zv_call *call)
{
    if (!call->answered_us)
        call->answered_us = sw->now_us;
    call->sip_status = 200;
    zv_call_set_state(sw, call, ZV_CALL_ACTIVE);
    zv_call_watch_media(sw, call);
    zv_notify_call(sw, call, ZV_MSG_TALK, "ESTABLISHED", 200);
    zv_hold_tell_change(sw, call);
    zv_call_ask_keyframes(sw, call, true, true);
    zv_video_settle(sw, call);
    zv_hold_settle(sw, call);
}

/* ---- the SIP leg ---- */

struct zv_cmd_sip *zv_call_push_sip(struct zv_switch *sw, enum zv_call_cmd_kind kind,
                                    const struct zv_call *call)
{
    struct zv_cmd_sip *sip = &zv_switch_push(sw, kind)->u.sip;
    sip->leg = call->leg;
    sip->session = call->session_id;
    return sip;
}

void zv_switch_name_leg(struct zv_switch *sw, uint64_t leg, struct zv_str sip_call_id)
{
    struct zv_call *call = zv_call_by_leg(sw, leg);
    if (call)
        zv_account_clean_name(sip_call_id, call->sip_call_id, sizeof(call->sip_call_id));
}

void zv_call_close_leg(struct zv_switch *sw, struct zv_call *call)
{
    if (!call->is_leg_open)
        return;
    call->is_leg_open = false;
    if (call->incoming)
        zv_map_remove(&sw->legs, &call->by_leg);
}
