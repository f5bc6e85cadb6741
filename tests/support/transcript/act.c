/* Inputs of a stack, done and written down. */
#include "support/transcript/act.h"

#include "base/err.h"
#include "sip/stranger.h"

/* ---- the stack ---- */

int transcript_new(struct transcript *transcript, struct zv_sip **ret_sip,
                   const struct zv_sip_cfg *cfg)
{
    struct zv_sip_cfg seeded = *cfg;
    transcript_begin(transcript, "new");
    transcript_put_id(transcript, "seed", transcript->seed.state);
    transcript_put_str(transcript, "user_agent", cfg->user_agent);
    transcript_put_uint(transcript, "t1", (uint64_t)cfg->t1_us);
    transcript_put_uint(transcript, "t2", (uint64_t)cfg->t2_us);
    transcript_put_uint(transcript, "t4", (uint64_t)cfg->t4_us);
    transcript_put_uint(transcript, "register_timeout", (uint64_t)cfg->register_timeout_us);
    transcript_put_uint(transcript, "max_ringing", (uint64_t)cfg->max_ringing_us);
    transcript_put_uint(transcript, "default_expires", cfg->default_expires_s);
    transcript_put_uint(transcript, "session_expires", cfg->session_expires_s);
    transcript_put_uint(transcript, "max_redirects", cfg->max_redirects);
    transcript_put_uint(transcript, "udp_max_request", cfg->udp_max_request_bytes);
    transcript_put_uint(transcript, "max_transactions", cfg->max_transactions);
    transcript_put_uint(transcript, "max_legs", cfg->max_legs);
    transcript_put_uint(transcript, "max_accounts", cfg->max_accounts);
    transcript_end(transcript);
    seeded.rand = zv_rand_seeded_source(&transcript->seed);
    int err = zv_sip_new(ret_sip, &seeded);
    transcript_put_result(transcript, err);
    return err;
}

struct zv_sip *transcript_free(struct transcript *transcript, struct zv_sip *sip)
{
    struct zv_sip_counts counts;
    if (!sip)
        return NULL;
    zv_sip_counts(sip, &counts);
    transcript_begin(transcript, "free");
    transcript_put_uint(transcript, "accounts", counts.accounts);
    transcript_put_uint(transcript, "legs", counts.legs);
    transcript_put_uint(transcript, "dialogs", counts.dialogs);
    transcript_put_uint(transcript, "client_transactions", counts.client_transactions);
    transcript_put_uint(transcript, "server_transactions", counts.server_transactions);
    transcript_put_uint(transcript, "resolutions", counts.resolutions);
    transcript_put_uint(transcript, "received", counts.received);
    transcript_put_uint(transcript, "sent", counts.sent);
    transcript_put_uint(transcript, "malformed", counts.malformed);
    transcript_put_uint(transcript, "unmatched", counts.unmatched);
    transcript_put_uint(transcript, "refused", counts.refused);
    transcript_put_uint(transcript, "strangers", counts.strangers);
    transcript_put_uint(transcript, "foreign_realm", counts.foreign_realm);
    transcript_put_uint(transcript, "retransmissions", counts.retransmissions);
    transcript_put_uint(transcript, "failovers", counts.failovers);
    transcript_end(transcript);
    return zv_sip_free(sip);
}

/* ---- what comes from the network ---- */

static void put_bool(struct transcript *transcript, bool value)
{
    transcript_begin(transcript, value ? "= true" : "= false");
    transcript_end(transcript);
}

static void put_message(struct transcript *transcript, const struct zv_sip_flow *flow,
                        const char *drops, struct zv_str bytes, int64_t now_us)
{
    transcript_begin(transcript, drops ? "stranger" : "message");
    transcript_put_time(transcript, "at", now_us);
    transcript_put_flow(transcript, "flow", flow);
    transcript_put_str(transcript, "drops", zv_str(drops));
    transcript_end(transcript);
    transcript_put_lines(transcript, "data", bytes);
}

bool transcript_on_message(struct transcript *transcript, struct zv_sip *sip,
                           const struct zv_sip_flow *flow, struct zv_str bytes, int64_t now_us)
{
    put_message(transcript, flow, NULL, bytes, now_us);
    bool is_taken = zv_sip_on_message(sip, flow, bytes.p, bytes.len, now_us);
    put_bool(transcript, is_taken);
    return is_taken;
}

bool transcript_on_stranger(struct transcript *transcript, struct zv_sip *sip,
                            const struct zv_sip_flow *flow, struct zv_str bytes, bool drops,
                            int64_t now_us)
{
    put_message(transcript, flow, drops ? "yes" : "no", bytes, now_us);
    bool is_taken = zv_sip_on_stranger(sip, flow, bytes, drops, now_us);
    put_bool(transcript, is_taken);
    return is_taken;
}

void transcript_on_resolved(struct transcript *transcript, struct zv_sip *sip, uint64_t resolve_id,
                            int err, const struct zv_sip_flow *targets, size_t count,
                            int64_t now_us)
{
    transcript_begin(transcript, "resolved");
    transcript_put_time(transcript, "at", now_us);
    transcript_put_id(transcript, "id", resolve_id);
    if (err)
        transcript_put_str(transcript, "err", zv_str(zv_err_name(err)));
    for (size_t i = 0; i < count; i++)
        transcript_put_flow(transcript, "flow", &targets[i]);
    transcript_end(transcript);
    zv_sip_on_resolved(sip, resolve_id, err, targets, count, now_us);
}

void transcript_on_flow_failed(struct transcript *transcript, struct zv_sip *sip,
                               const struct zv_sip_flow *flow, bool is_untrusted, int64_t now_us)
{
    transcript_begin(transcript, is_untrusted ? "flow_untrusted" : "flow_failed");
    transcript_put_time(transcript, "at", now_us);
    transcript_put_flow(transcript, "flow", flow);
    transcript_end(transcript);
    if (is_untrusted)
        zv_sip_on_flow_untrusted(sip, flow, now_us);
    else
        zv_sip_on_flow_failed(sip, flow, now_us);
}

void transcript_on_timeout(struct transcript *transcript, struct zv_sip *sip, int64_t now_us)
{
    transcript_begin(transcript, "timeout");
    transcript_put_time(transcript, "at", now_us);
    transcript_end(transcript);
    zv_sip_on_timeout(sip, now_us);
}

int64_t transcript_deadline_us(struct transcript *transcript, const struct zv_sip *sip)
{
    int64_t deadline_us = zv_sip_deadline_us(sip);
    transcript_put_deadline(transcript, deadline_us);
    return deadline_us;
}

/* ---- commands ---- */

int transcript_account_add(struct transcript *transcript, struct zv_sip *sip, uint64_t account,
                           const struct zv_sip_account_cfg *cfg)
{
    transcript_begin(transcript, "account_add");
    transcript_put_id(transcript, "id", account);
    transcript_put_str(transcript, "user", cfg->user);
    transcript_put_str(transcript, "auth_name", cfg->auth_name);
    transcript_put_str(transcript, "password", cfg->password);
    transcript_put_str(transcript, "realm", cfg->realm);
    transcript_put_str(transcript, "domain", cfg->domain);
    transcript_put_uint(transcript, "port", cfg->port);
    transcript_put_str(transcript, "proxy", cfg->proxy);
    transcript_put_uint(transcript, "proxy_port", cfg->proxy_port);
    transcript_put_uint(transcript, "proxy_route", cfg->proxy_route);
    transcript_put_uint(transcript, "transport", cfg->transport);
    transcript_put_str(transcript, "display", cfg->display);
    transcript_put_uint(transcript, "expires", cfg->expires_s);
    transcript_put_str(transcript, "contact_params", cfg->contact_params);
    transcript_end(transcript);
    int err = zv_sip_account_add(sip, account, cfg);
    transcript_put_result(transcript, err);
    return err;
}

int transcript_invite(struct transcript *transcript, struct zv_sip *sip, uint64_t leg,
                      const struct zv_sip_invite_cfg *cfg, int64_t now_us)
{
    transcript_begin(transcript, "invite");
    transcript_put_time(transcript, "at", now_us);
    transcript_put_id(transcript, "id", leg);
    transcript_put_id(transcript, "account", cfg->account);
    transcript_put_str(transcript, "callee", cfg->callee);
    transcript_put_str(transcript, "callee_uri", cfg->callee_uri);
    transcript_put_str(transcript, "display", cfg->display);
    transcript_put_str(transcript, "again", cfg->again);
    for (size_t i = 0; i < cfg->extra_count; i++)
        transcript_put_pair(transcript, "extra", cfg->extra[i].name, cfg->extra[i].value);
    transcript_end(transcript);
    transcript_put_lines(transcript, "sdp", cfg->sdp);
    int err = zv_sip_invite(sip, leg, cfg, now_us);
    transcript_put_result(transcript, err);
    return err;
}

const char *transcript_command_name(enum transcript_command_kind kind)
{
    static const char *const names[TRANSCRIPT_COMMANDS] = {
        "account_remove", "register", "unregister",  "ring", "accept",      "reject",
        "hangup",         "reoffer",  "reply_offer", "info", "send_digits",
    };
    return names[kind];
}

static int perform(struct zv_sip *sip, const struct transcript_command *command)
{
    uint64_t id = command->id;
    int64_t now_us = command->now_us;
    switch (command->kind) {
    case TRANSCRIPT_ACCOUNT_REMOVE:
        return zv_sip_account_remove(sip, id);
    case TRANSCRIPT_REGISTER:
        return zv_sip_register(sip, id, now_us);
    case TRANSCRIPT_UNREGISTER:
        return zv_sip_unregister(sip, id, now_us);
    case TRANSCRIPT_RING:
        return zv_sip_ring(sip, id, command->status, command->text, now_us);
    case TRANSCRIPT_ACCEPT:
        return zv_sip_accept(sip, id, command->text, now_us);
    case TRANSCRIPT_REJECT:
        return zv_sip_reject(sip, id, command->status, now_us);
    case TRANSCRIPT_HANGUP:
        return zv_sip_hangup(sip, id, now_us);
    case TRANSCRIPT_REOFFER:
        return zv_sip_reoffer(sip, id, command->text, now_us);
    case TRANSCRIPT_REPLY_OFFER:
        return zv_sip_reply_offer(sip, id, command->status, command->text, now_us);
    case TRANSCRIPT_INFO:
        return zv_sip_info(sip, id, (enum zv_sip_info_type)command->mode, command->text, now_us);
    default:
        return zv_sip_send_digits(sip, id, (enum zv_sip_digit_mode)command->mode, command->text,
                                  now_us);
    }
}

int transcript_command(struct transcript *transcript, struct zv_sip *sip,
                       const struct transcript_command *command)
{
    transcript_begin(transcript, transcript_command_name(command->kind));
    if (command->kind != TRANSCRIPT_ACCOUNT_REMOVE)
        transcript_put_time(transcript, "at", command->now_us);
    transcript_put_id(transcript, "id", command->id);
    transcript_put_uint(transcript, "status", command->status);
    transcript_put_uint(transcript, "mode", (uint64_t)command->mode);
    transcript_end(transcript);
    transcript_put_lines(transcript, "text", command->text);
    int err = perform(sip, command);
    transcript_put_result(transcript, err);
    return err;
}
