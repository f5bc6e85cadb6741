/*
 * The ICE machine's frame: lifecycle, credentials and their restart, which input goes where, output
 * queue, queries. What an agent decides is in lite.c and checks.c.
 */
#include "rtc/ice/ice_int.h"

#include "base/alloc.h"
#include "base/err.h"

#include <assert.h>
#include <string.h>

static void make_cred(struct zv_ice *ice, uint32_t generation)
{
    ice->current.generation = generation;
    zv_rand_token(&ice->rand, ice->current.ufrag, ZV_ICE_UFRAG_CHARS);
    zv_rand_token(&ice->rand, ice->current.pwd, ZV_ICE_PWD_CHARS);
}

static int make_agent(struct zv_ice *ice, const struct zv_ice_cfg *cfg)
{
    if (cfg->local_count > ZV_ICE_MAX_LOCALS)
        return ZV_E_INVAL;
    ice->agent = zv_zalloc(sizeof(*ice->agent));
    if (!ice->agent)
        return ZV_E_NOMEM;
    for (size_t i = 0; i < cfg->local_count; i++)
        ice->agent->locals[i] = cfg->locals[i];
    ice->agent->local_count = cfg->local_count;
    ice->agent->consent.next_us = ZV_TIME_NEVER;
    return 0;
}

int zv_ice_new(struct zv_ice **ret_ice, const struct zv_ice_cfg *cfg)
{
    struct zv_ice *ice = zv_zalloc(sizeof(*ice));
    if (!ice)
        return ZV_E_NOMEM;
    ice->role = cfg->role;
    ice->rand = cfg->rand;
    ice->heard_us = ZV_TIME_NEVER;
    int err = cfg->role == ZV_ICE_CONTROLLING ? make_agent(ice, cfg) : 0;
    if (err) {
        zv_ice_free(ice);
        return err;
    }
    ice->tie_breaker = zv_rand_u64(&ice->rand);
    make_cred(ice, 0);
    *ret_ice = ice;
    return 0;
}

struct zv_ice *zv_ice_free(struct zv_ice *ice)
{
    if (!ice)
        return NULL;
    if (ice->agent)
        zv_free_secret(ice->agent, sizeof(*ice->agent));
    return zv_free_secret(ice, sizeof(*ice));
}

bool zv_ice_pair_eq(const struct zv_ice_pair *a, const struct zv_ice_pair *b)
{
    return zv_addr_eq(&a->remote, &b->remote) && zv_addr_eq(&a->local, &b->local);
}

/* Output. */

void zv_ice_push(struct zv_ice *ice, enum zv_ice_out_kind kind, const struct zv_ice_pair *pair)
{
    assert(ice->event_count < ZV_ICE_MAX_EVENTS);
    if (ice->event_count == ZV_ICE_MAX_EVENTS)
        return;
    struct zv_ice_event *event =
        &ice->events[(ice->event_first + ice->event_count++) % ZV_ICE_MAX_EVENTS];
    *event = (struct zv_ice_event){.kind = kind};
    if (pair)
        event->pair = *pair;
}

static bool poll_reply(struct zv_ice *ice, struct zv_dgram *ret_dgram)
{
    if (!ice->reply_len)
        return false;
    *ret_dgram = (struct zv_dgram){ice->reply, ice->reply_len, ice->reply_pair.local,
                                   ice->reply_pair.remote};
    ice->reply_len = 0;
    return true;
}

/* The reply goes first: the events may make the owner send more over the same pair. */
enum zv_ice_out_kind zv_ice_poll(struct zv_ice *ice, struct zv_ice_out *ret_out)
{
    struct zv_ice_out out = {.kind = ZV_ICE_OUT_NONE};
    if (poll_reply(ice, &out.dgram)) {
        out.kind = ZV_ICE_OUT_SEND;
    } else if (ice->event_count) {
        const struct zv_ice_event *event = &ice->events[ice->event_first];
        ice->event_first = (ice->event_first + 1) % ZV_ICE_MAX_EVENTS;
        ice->event_count--;
        out.kind = event->kind;
        out.pair = event->pair;
    } else if (ice->agent &&
               (zv_ice_checks_poll(ice, &out.dgram) || zv_ice_consent_poll(ice, &out.dgram))) {
        out.kind = ZV_ICE_OUT_SEND;
    }
    *ret_out = out;
    return out.kind;
}

int64_t zv_ice_deadline_us(const struct zv_ice *ice)
{
    int64_t deadline_us = ice->has_consent ? ice->heard_us + ZV_ICE_CONSENT_US : ZV_TIME_NEVER;
    if (!ice->agent)
        return deadline_us;
    deadline_us = zv_time_min(deadline_us, ice->agent->consent.next_us);
    return zv_time_min(deadline_us, zv_ice_checks_deadline_us(ice->agent));
}

/* Input. */

/* The drain rule: what the last input caused was polled. */
static void begin(struct zv_ice *ice, int64_t now_us)
{
    assert(ice->event_count == 0 && ice->reply_len == 0);
    ice->now_us = now_us;
}

static enum zv_ice_verdict dispatch(struct zv_ice *ice, const struct zv_dgram *in)
{
    struct zv_stun_msg msg;
    if (zv_stun_parse(in->data, in->len, &msg) < 0 || msg.method != ZV_STUN_BINDING)
        return ZV_ICE_DROP_MALFORMED;
    if (msg.cls == ZV_STUN_REQUEST)
        return zv_ice_answer(ice, in, &msg);
    if (msg.cls == ZV_STUN_INDICATION || !ice->agent)
        return ZV_ICE_DROP_STRAY;
    struct zv_ice_pair pair = {in->local, in->remote};
    return zv_ice_checks_on_response(ice, &pair, &msg);
}

enum zv_ice_verdict zv_ice_on_datagram(struct zv_ice *ice, const struct zv_dgram *in,
                                       int64_t now_us)
{
    begin(ice, now_us);
    enum zv_ice_verdict verdict = dispatch(ice, in);
    ice->counters.verdicts[verdict]++;
    return verdict;
}

void zv_ice_on_timeout(struct zv_ice *ice, int64_t now_us)
{
    begin(ice, now_us);
    zv_ice_check_consent(ice);
    if (!ice->agent)
        return;
    zv_ice_checks_on_timeout(ice);
    zv_ice_consent_on_timeout(ice);
}

int zv_ice_set_remote(struct zv_ice *ice, struct zv_str ufrag, struct zv_str pwd, int64_t now_us)
{
    begin(ice, now_us);
    if (!ufrag.len || !pwd.len || ufrag.len > ZV_ICE_MAX_CRED || pwd.len > ZV_ICE_MAX_CRED)
        return ZV_E_INVAL;
    if (!ice->agent)
        return 0;
    struct zv_ice_remote_cred *remote = &ice->agent->remote;
    int err = zv_str_copy(ufrag, remote->ufrag, sizeof(remote->ufrag));
    if (!err)
        err = zv_str_copy(pwd, remote->pwd, sizeof(remote->pwd));
    return err;
}

int zv_ice_add_candidate(struct zv_ice *ice, const struct zv_addr *remote, uint32_t priority,
                         int64_t now_us)
{
    begin(ice, now_us);
    struct zv_ice_agent *agent = ice->agent;
    if (!agent)
        return 0;
    for (size_t i = 0; i < agent->remote_count; i++) {
        if (zv_addr_eq(&agent->remotes[i].addr, remote))
            return 0;
    }
    if (agent->remote_count == ZV_ICE_MAX_REMOTES)
        return ZV_E_LIMIT;
    agent->remotes[agent->remote_count++] = (struct zv_ice_remote_cand){*remote, priority};
    zv_ice_checks_form_pairs(ice);
    return 0;
}

int zv_ice_add_local(struct zv_ice *ice, const struct zv_addr *local, int64_t now_us)
{
    begin(ice, now_us);
    struct zv_ice_agent *agent = ice->agent;
    if (!agent)
        return 0;
    for (size_t i = 0; i < agent->local_count; i++) {
        if (zv_addr_eq(&agent->locals[i], local))
            return 0;
    }
    if (agent->local_count == ZV_ICE_MAX_LOCALS)
        return ZV_E_LIMIT;
    agent->locals[agent->local_count++] = *local;
    zv_ice_checks_form_pairs(ice);
    return 0;
}

void zv_ice_remove_local(struct zv_ice *ice, const struct zv_addr *local, int64_t now_us)
{
    begin(ice, now_us);
    struct zv_ice_agent *agent = ice->agent;
    for (size_t i = 0; agent && i < agent->local_count; i++) {
        if (!zv_addr_eq(&agent->locals[i], local))
            continue;
        struct zv_addr gone = *local; /* may point into what is moved */
        agent->locals[i] = agent->locals[--agent->local_count];
        zv_ice_checks_remove_local(ice, &gone);
        return;
    }
}

static void restart_agent(struct zv_ice_agent *agent, bool keep_previous)
{
    if (!keep_previous)
        agent->previous_remote = agent->remote;
    agent->remote = (struct zv_ice_remote_cred){.ufrag = ""};
    agent->remote_count = 0;
    agent->has_failed = false;
}

void zv_ice_restart(struct zv_ice *ice, int64_t now_us)
{
    begin(ice, now_us);
    uint32_t generation = ice->current.generation + 1;
    bool is_under_way = ice->has_previous;
    if (!is_under_way)
        ice->previous = ice->current;
    ice->has_previous = true;
    make_cred(ice, generation);
    if (!ice->agent)
        return;
    restart_agent(ice->agent, is_under_way);
    zv_ice_checks_retire(ice);
}

/* State that both roles share. */

void zv_ice_hear(struct zv_ice *ice)
{
    ice->heard_us = ice->now_us;
    if (ice->has_consent)
        return;
    ice->has_consent = true;
    if (ice->counters.consent_losses)
        zv_ice_push(ice, ZV_ICE_OUT_CONSENT_BACK, NULL);
}

void zv_ice_check_consent(struct zv_ice *ice)
{
    if (!ice->has_consent || ice->now_us - ice->heard_us < ZV_ICE_CONSENT_US)
        return;
    ice->has_consent = false;
    ice->counters.consent_losses++;
    zv_ice_push(ice, ZV_ICE_OUT_CONSENT_LOST, NULL);
}

static void end_restart(struct zv_ice *ice)
{
    ice->has_previous = false;
    zv_wipe(&ice->previous, sizeof(ice->previous));
    zv_ice_push(ice, ZV_ICE_OUT_RESTARTED, NULL);
    if (ice->agent)
        zv_ice_checks_retire(ice);
    else
        zv_ice_lite_retire(ice);
}

void zv_ice_nominate(struct zv_ice *ice, const struct zv_ice_pair *pair, bool is_current)
{
    bool is_change = !ice->is_nominated || !zv_ice_pair_eq(&ice->selected, pair);
    ice->selected = *pair;
    ice->has_selected = ice->is_nominated = true;
    if (is_change) {
        ice->counters.nominations++;
        zv_ice_push(ice, ZV_ICE_OUT_NOMINATED, pair);
    }
    if (is_current && ice->has_previous)
        end_restart(ice);
}

/* Queries. */

struct zv_str zv_ice_local_ufrag(const struct zv_ice *ice)
{
    return zv_str_n(ice->current.ufrag, ZV_ICE_UFRAG_CHARS);
}

struct zv_str zv_ice_local_pwd(const struct zv_ice *ice)
{
    return zv_str_n(ice->current.pwd, ZV_ICE_PWD_CHARS);
}

struct zv_str zv_ice_previous_ufrag(const struct zv_ice *ice)
{
    return zv_str_n(ice->previous.ufrag, ice->has_previous ? ZV_ICE_UFRAG_CHARS : 0);
}

bool zv_ice_is_validated(const struct zv_ice *ice, const struct zv_addr *local,
                         const struct zv_addr *remote)
{
    struct zv_ice_pair pair = {*local, *remote};
    return ice->agent ? zv_ice_checks_is_validated(ice->agent, &pair)
                      : zv_ice_lite_find(&ice->lite, &pair) != NULL;
}

bool zv_ice_is_in_use(const struct zv_ice *ice, const struct zv_addr *local,
                      const struct zv_addr *remote, int64_t now_us)
{
    struct zv_ice_pair pair = {*local, *remote};
    const struct zv_ice_valid *valid = zv_ice_lite_find(&ice->lite, &pair);
    return valid && now_us - valid->checked_us <= ZV_ICE_SILENT_US;
}

bool zv_ice_selected(const struct zv_ice *ice, struct zv_ice_pair *ret_pair)
{
    if (ice->has_selected)
        *ret_pair = ice->selected;
    return ice->has_selected;
}

bool zv_ice_is_nominated(const struct zv_ice *ice)
{
    return ice->is_nominated;
}

bool zv_ice_has_consent(const struct zv_ice *ice)
{
    return ice->has_selected && ice->has_consent;
}

int64_t zv_ice_last_heard_us(const struct zv_ice *ice)
{
    return ice->heard_us;
}

const struct zv_ice_counters *zv_ice_counters(const struct zv_ice *ice)
{
    return &ice->counters;
}
