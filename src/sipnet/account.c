/* Sessions' accounts at the edge: the way to their servers, and leaving in order. */
#define _GNU_SOURCE
#include "base/alloc.h"
#include "base/err.h"
#include "base/log.h"
#include "io/clock.h"
#include "sip/uri.h"
#include "sipnet/sipnet_int.h"

#include <string.h>

struct zv_sipnet_account *zv_sipnet_find_account(const struct zv_sipnet *net, uint64_t session)
{
    struct zv_map_node *node = zv_map_find(&net->accounts, ZV_MAP_KEY_OF(session));
    return node ? ZV_CONTAINER_OF(node, struct zv_sipnet_account, node) : NULL;
}

static void free_account(struct zv_sipnet_account *account)
{
    zv_free(account->names);
    zv_free(account);
}

static void forget(struct zv_sipnet *net, struct zv_sipnet_account *account)
{
    int err = zv_sip_account_remove(net->sip, account->session);
    if (err) /* adding it had failed */
        zv_log(ZV_LOG_SIP, ZV_LOG_DEBUG, NULL, "account was not known to the stack: %s",
               zv_err_name(err));
    zv_map_remove(&net->accounts, &account->node);
    free_account(account);
}

/* "[2001:db8::1]" without its brackets. */
static struct zv_str bare_host(struct zv_str host)
{
    if (host.len >= 2 && host.p[0] == '[' && host.p[host.len - 1] == ']')
        return zv_str_n(host.p + 1, host.len - 2);
    return host;
}

/* Clients have no say in it: the operator's word for this account, its domain, its proxy, or all.
 */
static struct zv_trunk_settings settings_of(const struct zv_sipnet *net,
                                            const struct zv_trunk_account *whose)
{
    return zv_trunk_settings_of(&net->trunks, whose);
}

static enum zv_sip_transport transport_of(const struct zv_trunk_settings *settings)
{
    static const enum zv_sip_transport transports[] = {[ZV_TRUNK_ANY] = ZV_SIP_ANY,
                                                       [ZV_TRUNK_UDP] = ZV_SIP_UDP,
                                                       [ZV_TRUNK_TCP] = ZV_SIP_TCP,
                                                       [ZV_TRUNK_TLS] = ZV_SIP_TLS};
    return transports[settings->transport];
}

enum zv_sip_transport zv_sipnet_transport_to(const struct zv_sipnet *net, struct zv_str domain)
{
    struct zv_trunk_settings settings =
        settings_of(net, &(struct zv_trunk_account){.domain = domain});
    return transport_of(&settings);
}

struct zv_str zv_sipnet_ca_of(const struct zv_sipnet *net, const struct zv_sipnet_account *account,
                              struct zv_str host)
{
    return account ? account->ca : settings_of(net, &(struct zv_trunk_account){.domain = host}).ca;
}

static int keep_whose(struct zv_sipnet_account *account, const struct zv_trunk_account *whose)
{
    size_t len = whose->user.len + whose->domain.len + whose->proxy.len;
    char *text = zv_zalloc(len + 1);
    if (!text)
        return ZV_E_NOMEM;
    struct zv_buf out = zv_buf(text, len);
    zv_buf_put_str(&out, whose->user);
    zv_buf_put_str(&out, whose->domain);
    zv_buf_put_str(&out, whose->proxy);
    account->names = text;
    account->whose.user = zv_str_n(text, whose->user.len);
    account->whose.domain = zv_str_n(text + whose->user.len, whose->domain.len);
    account->whose.proxy = zv_str_n(text + len - whose->proxy.len, whose->proxy.len);
    return 0;
}

static int set_transport(const struct zv_sipnet *net, struct zv_sipnet_account *account,
                         const struct zv_cmd_account *cmd, struct zv_str user)
{
    struct zv_trunk_account whose = {.user = user, .domain = cmd->domain, .proxy = cmd->proxy_host};
    struct zv_trunk_settings settings = settings_of(net, &whose);
    account->transport = transport_of(&settings);
    account->ca = settings.ca;
    return keep_whose(account, &whose);
}

/* What TLS trusts follows the trunks at once; the transport is what the account registered by. */
void zv_sipnet_accounts_revise(struct zv_sipnet *net)
{
    struct zv_map_node *node = NULL;
    while ((node = zv_map_next(&net->accounts, node))) {
        struct zv_sipnet_account *account = ZV_CONTAINER_OF(node, struct zv_sipnet_account, node);
        account->ca = settings_of(net, &account->whose).ca;
    }
}

static int add_to_stack(struct zv_sipnet *net, struct zv_sipnet_account *account,
                        const struct zv_cmd_account *cmd)
{
    char text[ZV_MAX_SIP_USER_BYTES + 1];
    struct zv_buf user = zv_buf(text, sizeof(text));
    int err = zv_sip_user_unescape(cmd->user, &user);
    if (err || user.overflow)
        return err ? err : ZV_E_LIMIT;
    err = set_transport(net, account, cmd, zv_buf_str(&user));
    if (err)
        return err;
    struct zv_sip_account_cfg cfg = {
        .user = zv_buf_str(&user),
        .auth_name = cmd->auth_name,
        .password = cmd->password,
        .domain = cmd->domain,
        .proxy = cmd->proxy_host,
        .proxy_port = cmd->proxy_port,
        .transport = account->transport,
        .display = cmd->display,
        .contact_params = cmd->contact_params,
        .expires_s = cmd->expires_s ? cmd->expires_s
                                    : (uint32_t)(net->cfg.register_expires_us / ZV_US_PER_S),
    };
    return zv_sip_account_add(net->sip, cmd->session.v, &cfg);
}

void zv_sipnet_account_add(struct zv_sipnet *net, const struct zv_cmd_account *cmd)
{
    struct zv_sipnet_account *account = zv_zalloc(sizeof(*account));
    int err = account ? 0 : ZV_E_NOMEM;
    if (!err)
        err = zv_str_copy(bare_host(cmd->proxy_host.len ? cmd->proxy_host : cmd->domain),
                          account->host, sizeof(account->host));
    if (!err) {
        account->session = cmd->session.v;
        account->port = cmd->proxy_port;
        err = zv_map_insert(&net->accounts, ZV_MAP_KEY_OF(account->session), &account->node);
    }
    if (err) {
        zv_free(account);
        zv_sipnet_fail(net, ZV_CALL_IN_SIP_REGISTER_FAILED, cmd->session.v, 0, ZV_SIP_END_INTERNAL);
        return;
    }
    if (add_to_stack(net, account, cmd)) {
        forget(net, account);
        zv_sipnet_fail(net, ZV_CALL_IN_SIP_REGISTER_FAILED, cmd->session.v, 0, ZV_SIP_END_INTERNAL);
    }
}

void zv_sipnet_account_leave(struct zv_sipnet *net, uint64_t session)
{
    struct zv_sipnet_account *account = zv_sipnet_find_account(net, session);
    if (!account)
        return;
    account->is_leaving = true;
    if (!account->is_unregistering)
        forget(net, account);
}

void zv_sipnet_account_left(struct zv_sipnet *net, uint64_t session)
{
    struct zv_sipnet_account *account = zv_sipnet_find_account(net, session);
    if (!account)
        return;
    account->is_unregistering = false;
    if (account->is_leaving)
        forget(net, account);
}

void zv_sipnet_accounts_fini(struct zv_sipnet *net)
{
    struct zv_map_node *node;
    while ((node = zv_map_next(&net->accounts, NULL))) {
        zv_map_remove(&net->accounts, node);
        free_account(ZV_CONTAINER_OF(node, struct zv_sipnet_account, node));
    }
    zv_map_fini(&net->accounts);
}

void zv_sipnet_account_resolved(struct zv_sipnet *net, uint64_t session,
                                const struct zv_sip_flow *flow)
{
    struct zv_sipnet_account *account = zv_sipnet_find_account(net, session);
    if (!account)
        return;
    bool was_asked = account->way == ZV_WAY_ASKING;
    account->way = flow ? ZV_WAY_KNOWN : ZV_WAY_NONE;
    if (flow) {
        account->local = flow->local;
        account->local.port = 0;
    }
    if (was_asked)
        net->cfg.on_address_fn(net->cfg.arg, (zv_session_id){session});
}

static void on_way(void *arg, uint64_t session, int err, const struct zv_target *targets,
                   size_t count)
{
    struct zv_sipnet *net = arg;
    struct zv_sip_flow flow;
    const struct zv_sipnet_account *account = zv_sipnet_find_account(net, session);
    if (account)
        zv_sipnet_learn_servers(net, targets, count,
                                zv_policy_has_domain(&net->policy, zv_str(account->host)));
    /* Media has nothing to do with SIP's transport: any flow there has the local address. */
    bool is_known = !err && count && zv_sipnet_flow_to(net, &targets[0].addr, &flow) == 0;
    zv_sipnet_account_resolved(net, session, is_known ? &flow : NULL);
}

int zv_sipnet_media_address(const struct zv_sipnet *net, zv_session_id session,
                            struct zv_addr *ret_addr)
{
    struct zv_sipnet_account *account = zv_sipnet_find_account(net, session.v);
    if (!account)
        return ZV_E_GONE;
    if (account->way == ZV_WAY_KNOWN) {
        *ret_addr = account->local;
        return 0;
    }
    return account->way == ZV_WAY_NONE ? ZV_E_NOTFOUND : ZV_E_AGAIN;
}

void zv_sipnet_find_way(struct zv_sipnet *net, zv_session_id session)
{
    struct zv_sipnet_account *account = zv_sipnet_find_account(net, session.v);
    if (!account || account->way == ZV_WAY_ASKING)
        return;
    account->way = ZV_WAY_ASKING;
    zv_targets_find(net->targets, &(struct zv_target_query){.id = account->session,
                                                            .host = zv_str(account->host),
                                                            .port = account->port,
                                                            .transport = account->transport,
                                                            .purpose = ZV_SIP_FOR_ACCOUNT,
                                                            .done = on_way,
                                                            .arg = net});
}

void zv_sipnet_account_note(struct zv_sipnet *net, const struct zv_sip_out *out)
{
    struct zv_sipnet_account *account = zv_sipnet_find_account(net, out->account);
    if (!account)
        return;
    if (out->kind == ZV_SIP_OUT_REGISTERED) {
        account->is_registered = true;
        account->refresh_cause = ZV_SIP_CAUSE_NONE;
    } else if (out->kind == ZV_SIP_OUT_REGISTER_FAILED) {
        account->is_registered = false;
        account->refresh_cause = out->retrying ? out->cause : ZV_SIP_CAUSE_NONE;
    } else if (out->kind == ZV_SIP_OUT_UNREGISTERED) {
        account->is_registered = false;
        account->refresh_cause = ZV_SIP_CAUSE_NONE;
    }
}

static struct zv_sipnet_account *next_account(const struct zv_sipnet *net,
                                              const struct zv_sipnet_account *account)
{
    struct zv_map_node *node = zv_map_next(&net->accounts, account ? &account->node : NULL);
    return node ? ZV_CONTAINER_OF(node, struct zv_sipnet_account, node) : NULL;
}

void zv_sipnet_registrations(const struct zv_sipnet *net,
                             struct zv_sipnet_registrations *ret_registrations)
{
    struct zv_sipnet_registrations sum = {0};
    for (const struct zv_sipnet_account *account = next_account(net, NULL); account;
         account = next_account(net, account)) {
        sum.registered += account->is_registered;
        if (account->refresh_cause == ZV_SIP_CAUSE_NONE)
            continue;
        sum.failing++;
        sum.failing_by_cause[account->refresh_cause]++;
    }
    *ret_registrations = sum;
}

static bool has_server(const struct zv_sipnet_server *servers, size_t count,
                       const struct zv_sipnet_account *account)
{
    for (size_t i = 0; i < count; i++) {
        if (servers[i].port == account->port && servers[i].transport == account->transport &&
            zv_str_eqi(zv_str(servers[i].host), zv_str(account->host)))
            return true;
    }
    return false;
}

size_t zv_sipnet_servers(const struct zv_sipnet *net, struct zv_sipnet_server *ret_servers,
                         size_t cap)
{
    size_t count = 0;
    for (const struct zv_sipnet_account *account = next_account(net, NULL); account && count < cap;
         account = next_account(net, account)) {
        if (has_server(ret_servers, count, account))
            continue;
        struct zv_sipnet_server *server = &ret_servers[count++];
        memcpy(server->host, account->host, sizeof(server->host));
        server->port = account->port;
        server->transport = account->transport;
    }
    return count;
}
