/*
 * Two user agents and a registrar under a fake clock and an emulated network: accounts register,
 * then call each other, and both sides do what people do: ring, answer, decline, change the
 * session, hang up early or late. Every leg's events are checked as they come: none before its
 * birth, none after its one ENDED.
 */
#ifndef ZV_TESTS_SIM_SIP_WORLD_H
#define ZV_TESTS_SIM_SIP_WORLD_H

#include "support/netem.h"
#include "support/test.h"

#include "base/alloc.h"
#include "base/err.h"
#include "sip/build.h"
#include "sip/media_control.h"
#include "sip/msg.h"
#include "sip/sip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORLD_AGENTS 2
#define WORLD_SDP    "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"

enum world_act { /* what somebody is going to do */
                 WORLD_CALL,
                 WORLD_RING,
                 WORLD_ACCEPT,
                 WORLD_REJECT,
                 WORLD_HANGUP,
                 WORLD_REOFFER,
                 WORLD_REPLY_OFFER,
                 WORLD_INFO,
};

struct world_plan {
    struct world_plan *next; /* in order of time */
    int64_t at_us;
    enum world_act act;
    size_t agent;
    uint64_t leg;
};

struct world_leg {
    uint64_t id;
    size_t agent;
    int64_t born_us;
    bool is_answered;
    bool is_ended;
    enum zv_sip_cause cause;
};

/* What calls are like, beside what people do. */
struct world_ways {
    bool requires_reliable;     /* each INVITE requires 100rel, and who is called rings by 183 */
    bool hides_update;          /* no Allow names UPDATE, so that refreshes are re-INVITEs */
    uint32_t session_expires_s; /* asked for and given; 0: none */
    int64_t talk_us;            /* calls last so long at least */
};

struct world {
    struct world_ways ways;
    size_t pracks;  /* sent, repetitions and all */
    size_t updates; /* likewise */
    struct zv_sip *agents[WORLD_AGENTS];
    struct zv_addr addrs[WORLD_AGENTS];
    struct zv_addr registrar;
    char contacts[WORLD_AGENTS][128]; /* as the registrar saw them; empty: not registered */
    struct zv_rand_seeded seeds[WORLD_AGENTS];
    struct zv_rand_seeded seed;
    struct zv_rand rand;
    struct zv_netem *net;
    int64_t now_us;
    struct world_plan *plans;
    struct world_leg *legs;
    size_t leg_count;
    size_t leg_cap;
    size_t calls_made;  /* zv_sip_invite returned 0 */
    size_t infos_sent;  /* zv_sip_info returned 0 */
    size_t infos_heard; /* never more of them: none comes twice */
    bool does_hesitate; /* false: everything goes as quickly and as well as it can */
};

static ZV_UNUSED uint32_t world_lot(struct world *w, uint32_t below)
{
    return zv_rand_u32(&w->rand) % below;
}

static ZV_UNUSED void world_plan(struct world *w, int64_t after_us, enum world_act act,
                                 size_t agent, uint64_t leg)
{
    struct world_plan *plan = calloc(1, sizeof(*plan));
    assert_non_null(plan);
    plan->at_us = w->now_us + after_us;
    plan->act = act;
    plan->agent = agent;
    plan->leg = leg;
    struct world_plan **at = &w->plans;
    while (*at && (*at)->at_us <= plan->at_us)
        at = &(*at)->next;
    plan->next = *at;
    *at = plan;
}

static ZV_UNUSED struct world_leg *world_leg(struct world *w, size_t agent, uint64_t id)
{
    for (size_t i = w->leg_count; i-- > 0;) {
        if (w->legs[i].id == id && w->legs[i].agent == agent)
            return &w->legs[i];
    }
    return NULL;
}

static ZV_UNUSED void world_add_leg(struct world *w, size_t agent, uint64_t id)
{
    assert_null(world_leg(w, agent, id));
    if (w->leg_count == w->leg_cap) {
        w->leg_cap = w->leg_cap ? 2 * w->leg_cap : 64;
        w->legs = realloc(w->legs, w->leg_cap * sizeof(*w->legs));
        assert_non_null(w->legs);
    }
    w->legs[w->leg_count++] = (struct world_leg){.id = id, .agent = agent, .born_us = w->now_us};
}

/* The network rewrites a text by one of the same length: the other side is another kind of peer. */
static ZV_UNUSED void world_edit(char *bytes, size_t len, const char *from, const char *to)
{
    struct zv_str text = zv_str_n(bytes, len);
    size_t size = strlen(from);
    assert_int_equal(size, strlen(to));
    for (size_t at = 0; at + size <= text.len; at++) {
        if (memcmp(bytes + at, from, size) == 0)
            memcpy(bytes + at, to, size);
    }
}

static ZV_UNUSED void world_send(struct world *w, const struct zv_addr *from,
                                 const struct zv_addr *to, struct zv_str bytes)
{
    char edited[4096];
    assert_true(bytes.len <= sizeof(edited));
    memcpy(edited, bytes.p, bytes.len);
    w->pracks += zv_str_has_prefix(bytes, "PRACK ");
    w->updates += zv_str_has_prefix(bytes, "UPDATE ");
    if (w->ways.requires_reliable && zv_str_has_prefix(bytes, "INVITE "))
        world_edit(edited, bytes.len, "Supported: 100rel", "Require:   100rel");
    if (w->ways.hides_update)
        world_edit(edited, bytes.len, ", UPDATE", ", NOTHER");
    struct zv_dgram dgram = {
        .data = (uint8_t *)edited, .len = bytes.len, .local = *from, .remote = *to};
    zv_netem_send(w->net, &dgram, w->now_us);
}

/* An agent is about to change its mind, sometimes. */
static ZV_UNUSED void world_maybe_hang_up(struct world *w, size_t agent, uint64_t leg,
                                          uint32_t percent, uint32_t within_ms)
{
    if (w->does_hesitate && world_lot(w, 100) < percent)
        world_plan(w, ZV_MS(world_lot(w, within_ms)), WORLD_HANGUP, agent, leg);
}

static ZV_UNUSED void world_on_incoming(struct world *w, size_t agent, const struct zv_sip_out *out)
{
    world_add_leg(w, agent, out->leg);
    if (!w->does_hesitate) {
        world_plan(w, 0, WORLD_RING, agent, out->leg);
        world_plan(w, ZV_MS(10), WORLD_ACCEPT, agent, out->leg);
        return;
    }
    uint32_t lot = world_lot(w, 100);
    if (lot < 80)
        world_plan(w, ZV_MS(world_lot(w, 200)), WORLD_RING, agent, out->leg);
    if (lot < 70)
        world_plan(w, ZV_MS(world_lot(w, 15000)), WORLD_ACCEPT, agent, out->leg);
    else if (lot < 90)
        world_plan(w, ZV_MS(world_lot(w, 5000)), WORLD_REJECT, agent, out->leg);
    world_maybe_hang_up(w, agent, out->leg, 10, 20000);
}

static ZV_UNUSED void world_on_talk(struct world *w, size_t agent, struct world_leg *leg)
{
    if (leg->is_answered)
        return;
    leg->is_answered = true;
    if (!w->does_hesitate) {
        bool is_callee = leg->id & ZV_SIP_LEG_INCOMING;
        if (!is_callee) {
            world_plan(w, ZV_MS(100), WORLD_REOFFER, agent, leg->id);
            world_plan(w, ZV_MS(100), WORLD_INFO, agent, leg->id);
        }
        /* The callee too, in case the caller could not say it. */
        world_plan(w, w->ways.talk_us + ZV_SECONDS(is_callee ? 10 : 2), WORLD_HANGUP, agent,
                   leg->id);
        return;
    }
    if (world_lot(w, 100) < 40)
        world_plan(w, ZV_MS(world_lot(w, 5000)), WORLD_REOFFER, agent, leg->id);
    for (uint32_t infos = world_lot(w, 4); infos; infos--)
        world_plan(w, ZV_MS(world_lot(w, 30000)), WORLD_INFO, agent, leg->id);
    world_plan(w, w->ways.talk_us + ZV_MS(world_lot(w, 30000)), WORLD_HANGUP, agent, leg->id);
}

static ZV_UNUSED void world_on_event(struct world *w, size_t agent, const struct zv_sip_out *out)
{
    if (out->kind == ZV_SIP_OUT_INCOMING) {
        world_on_incoming(w, agent, out);
        return;
    }
    if (!out->leg)
        return;
    struct world_leg *leg = world_leg(w, agent, out->leg);
    assert_non_null(leg);
    if (leg->is_ended)
        fail_msg("leg %llx: %s after its end", (unsigned long long)leg->id,
                 zv_sip_out_kind_name(out->kind));
    switch (out->kind) {
    case ZV_SIP_OUT_ENDED:
        leg->is_ended = true;
        leg->cause = out->cause;
        break;
    case ZV_SIP_OUT_PROGRESS:
        world_maybe_hang_up(w, agent, out->leg, 5, 3000);
        break;
    case ZV_SIP_OUT_ANSWERED:
    case ZV_SIP_OUT_CONFIRMED:
        world_on_talk(w, agent, leg);
        break;
    case ZV_SIP_OUT_OFFER:
        world_plan(w, w->does_hesitate ? ZV_MS(world_lot(w, 800)) : 0, WORLD_REPLY_OFFER, agent,
                   out->leg);
        break;
    case ZV_SIP_OUT_INFO:
        w->infos_heard++;
        break;
    default:
        break;
    }
}

static ZV_UNUSED void world_resolve(struct world *w, size_t agent, const struct zv_sip_out *out)
{
    struct zv_sip_flow flow = {.transport = ZV_SIP_UDP, .local = w->addrs[agent]};
    int err = 0;
    if (zv_str_is(out->host, "registrar.test"))
        flow.remote = w->registrar;
    else
        err = zv_addr_parse_ip(out->host, &flow.remote);
    if (!flow.remote.port)
        flow.remote.port = out->port ? out->port : 5060;
    zv_sip_on_resolved(w->agents[agent], out->resolve_id, err ? ZV_E_NOTFOUND : 0, &flow,
                       err ? 0 : 1, w->now_us);
}

static ZV_UNUSED void world_drain(struct world *w, size_t agent)
{
    struct zv_sip_out out;
    while (zv_sip_poll(w->agents[agent], &out) != ZV_SIP_OUT_NONE) {
        if (out.kind == ZV_SIP_OUT_SEND)
            world_send(w, &out.flow.local, &out.flow.remote, out.data);
        else if (out.kind == ZV_SIP_OUT_RESOLVE)
            world_resolve(w, agent, &out);
        else
            world_on_event(w, agent, &out);
    }
}

/* The registrar: grants everything, remembers the Contact; to an INVITE it is a proxy that sends
 * the request on as it is, which suffices for agents that answer to its source. */
static ZV_UNUSED void world_register(struct world *w, const struct zv_dgram *dgram)
{
    char memory[4096];
    struct zv_sip_msg msg;
    struct zv_sip_builder b;
    struct zv_str message;
    if (zv_sip_msg_parse(dgram->data, dgram->len, &msg) || msg.method != ZV_SIP_METHOD_REGISTER)
        return;
    for (size_t i = 0; i < WORLD_AGENTS; i++) {
        struct zv_sip_iter iter = zv_sip_iter(&msg, ZV_SIP_HEADER_CONTACT);
        struct zv_sip_name_addr contact;
        if (zv_addr_eq(&dgram->remote, &w->addrs[i]) && !zv_sip_iter_addr(&iter, &contact))
            snprintf(w->contacts[i], sizeof(w->contacts[i]), "%.*s", ZV_STR_ARG(contact.uri.text));
    }
    struct zv_sip_build_reply reply = {
        .request = &msg, .status = 200, .to_tag = ZV_STR_LIT("registrar")};
    zv_sip_build_init(&b, memory, sizeof(memory));
    zv_sip_build_reply(&b, &reply);
    zv_sip_build_u32(&b, ZV_SIP_HEADER_EXPIRES, 3600);
    assert_int_equal(zv_sip_build_finish(&b, (struct zv_str){0}, (struct zv_str){0}, &message), 0);
    world_send(w, &dgram->local, &dgram->remote, message);
}

static ZV_UNUSED void world_deliver(struct world *w)
{
    struct zv_dgram dgram;
    while (zv_netem_poll(w->net, w->now_us, &dgram)) {
        if (zv_addr_eq(&dgram.local, &w->registrar))
            world_register(w, &dgram);
        for (size_t i = 0; i < WORLD_AGENTS; i++) {
            if (!zv_addr_eq(&dgram.local, &w->addrs[i]))
                continue;
            struct zv_sip_flow flow = {
                .transport = ZV_SIP_UDP, .local = dgram.local, .remote = dgram.remote};
            zv_sip_on_message(w->agents[i], &flow, dgram.data, dgram.len, w->now_us);
            world_drain(w, i);
        }
    }
}

static ZV_UNUSED void world_call(struct world *w, size_t agent, uint64_t leg)
{
    const char *callee = w->contacts[1 - agent];
    struct zv_sip_invite_cfg cfg = {
        .account = 2, .callee_uri = zv_str(callee), .sdp = ZV_STR_LIT(WORLD_SDP)};
    if (!callee[0] || zv_sip_invite(w->agents[agent], leg, &cfg, w->now_us))
        return;
    w->calls_made++;
    world_add_leg(w, agent, leg);
    world_maybe_hang_up(w, agent, leg, 10, 20000);
}

/* Results are of no interest: a plan may come too late, and then is refused. */
static ZV_UNUSED void world_do(struct world *w, const struct world_plan *plan)
{
    struct zv_sip *sip = w->agents[plan->agent];
    struct zv_str sdp = ZV_STR_LIT(WORLD_SDP);
    int err = 0;
    switch (plan->act) {
    case WORLD_CALL:
        world_call(w, plan->agent, plan->leg);
        break;
    case WORLD_RING:
        err = w->ways.requires_reliable
                  ? zv_sip_ring(sip, plan->leg, 183, sdp, w->now_us)
                  : zv_sip_ring(sip, plan->leg, 180, (struct zv_str){0}, w->now_us);
        break;
    case WORLD_ACCEPT:
        err = zv_sip_accept(sip, plan->leg, sdp, w->now_us);
        break;
    case WORLD_REJECT:
        err = zv_sip_reject(sip, plan->leg, 486, w->now_us);
        break;
    case WORLD_HANGUP:
        err = zv_sip_hangup(sip, plan->leg, w->now_us);
        break;
    case WORLD_REOFFER:
        err = zv_sip_reoffer(sip, plan->leg, sdp, w->now_us);
        break;
    case WORLD_REPLY_OFFER:
        err = zv_sip_reply_offer(
            sip, plan->leg, w->does_hesitate && world_lot(w, 100) < 20 ? 488 : 200, sdp, w->now_us);
        break;
    case WORLD_INFO:
        err = zv_sip_info(sip, plan->leg, ZV_SIP_INFO_MEDIA_CONTROL,
                          zv_sip_media_control_fast_update(), w->now_us);
        w->infos_sent += !err;
        break;
    }
    (void)err;
    world_drain(w, plan->agent);
}

static ZV_UNUSED int64_t world_deadline_us(const struct world *w)
{
    int64_t at_us = zv_netem_deadline_us(w->net);
    for (size_t i = 0; i < WORLD_AGENTS; i++)
        at_us = zv_time_min(at_us, zv_sip_deadline_us(w->agents[i]));
    return w->plans ? zv_time_min(at_us, w->plans->at_us) : at_us;
}

static ZV_UNUSED void world_run(struct world *w, int64_t until_us)
{
    while (world_deadline_us(w) <= until_us) {
        w->now_us = ZV_MAX(w->now_us, world_deadline_us(w));
        world_deliver(w);
        while (w->plans && w->plans->at_us <= w->now_us) {
            struct world_plan *plan = w->plans;
            w->plans = plan->next;
            world_do(w, plan);
            free(plan);
        }
        for (size_t i = 0; i < WORLD_AGENTS; i++) {
            zv_sip_on_timeout(w->agents[i], w->now_us);
            world_drain(w, i);
        }
    }
    w->now_us = until_us;
}

static ZV_UNUSED int world_add_accounts(struct world *w, size_t agent)
{
    /* One that registers and is called; one without a registrar, to call the other from. */
    struct zv_sip_account_cfg called = {
        .user = ZV_STR_LIT("1001"), .domain = ZV_STR_LIT("registrar.test"), .expires_s = 3600};
    char ip[ZV_ADDR_TEXT_CAP];
    struct zv_sip_account_cfg calling = {.user = ZV_STR_LIT("1001"),
                                         .domain =
                                             zv_str(zv_addr_write_ip(&w->addrs[1 - agent], ip)),
                                         .port = 5060};
    int err = zv_sip_account_add(w->agents[agent], 1, &called);
    if (!err)
        err = zv_sip_account_add(w->agents[agent], 2, &calling);
    if (!err)
        err = zv_sip_register(w->agents[agent], 1, w->now_us);
    world_drain(w, agent);
    return err;
}

/* ZV_E_NOMEM only when memory is made to fail. */
static ZV_UNUSED int world_init_ways(struct world *w, uint64_t seed,
                                     const struct zv_netem_link *link,
                                     const struct world_ways *ways)
{
    static const char *const addrs[WORLD_AGENTS] = {"192.0.2.1:5060", "192.0.2.2:5060"};
    int err = 0;
    memset(w, 0, sizeof(*w));
    w->ways = *ways;
    w->now_us = ZV_SECONDS(1000);
    w->seed.state = seed;
    w->rand = zv_rand_seeded_source(&w->seed);
    w->net = zv_netem_new(seed, link);
    assert_int_equal(zv_addr_parse(ZV_STR_LIT("192.0.2.9:5060"), &w->registrar), 0);
    for (size_t i = 0; i < WORLD_AGENTS; i++) {
        assert_int_equal(zv_addr_parse(zv_str(addrs[i]), &w->addrs[i]), 0);
        w->seeds[i].state = seed + 1000 + i;
        struct zv_sip_cfg cfg = {.rand = zv_rand_seeded_source(&w->seeds[i]),
                                 .session_expires_s = ways->session_expires_s};
        if (!err)
            err = zv_sip_new(&w->agents[i], &cfg);
    }
    return err;
}

static ZV_UNUSED int world_init(struct world *w, uint64_t seed, const struct zv_netem_link *link)
{
    return world_init_ways(w, seed, link, &(struct world_ways){.requires_reliable = false});
}

static ZV_UNUSED void world_fini(struct world *w)
{
    for (size_t i = 0; i < WORLD_AGENTS; i++)
        w->agents[i] = zv_sip_free(w->agents[i]);
    for (struct world_plan *plan; (plan = w->plans);) {
        w->plans = plan->next;
        free(plan);
    }
    zv_netem_free(w->net);
    free(w->legs);
}

/* Everything that calls need is gone; accounts and their refreshes are left. */
static ZV_UNUSED void world_assert_quiet(const struct world *w)
{
    for (size_t i = 0; i < WORLD_AGENTS; i++) {
        struct zv_sip_counts counts;
        zv_sip_counts(w->agents[i], &counts);
        if (counts.legs || counts.dialogs || counts.client_transactions ||
            counts.server_transactions || counts.resolutions) {
            char dump[4096];
            zv_sip_dump(w->agents[i], dump, sizeof(dump));
            fail_msg("agent %zu: legs %zu, dialogs %zu, transactions %zu + %zu, names %zu\n%s", i,
                     counts.legs, counts.dialogs, counts.client_transactions,
                     counts.server_transactions, counts.resolutions, dump);
        }
    }
    for (size_t i = 0; i < w->leg_count; i++) {
        if (!w->legs[i].is_ended)
            fail_msg("leg %llx of agent %zu never ended", (unsigned long long)w->legs[i].id,
                     w->legs[i].agent);
    }
}

#endif
