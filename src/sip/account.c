/*
 * The accounts' table and texts. Everything that an account was configured with is checked here by
 * writing it as it will be written into messages, so that later no field can fail.
 */
#include "sip/account.h"

#include "base/alloc.h"
#include "base/err.h"

#include <string.h>

static void account_free(struct zv_sip *sip, struct zv_sip_grave *grave)
{
    struct zv_sip_account *account = ZV_CONTAINER_OF(grave, struct zv_sip_account, grave);
    zv_sip_timer_close(sip, &account->timer);
    zv_sip_out_node_free(account->result);
    zv_sip_auths_fini(&account->auths);
    zv_free_secret(account->texts, account->texts_size);
    zv_free(account->realm);
    zv_free(account->service_routes);
    zv_free(account->aor_key);
    zv_free(account);
}

struct zv_sip_account *zv_sip_account_find(const struct zv_sip *sip, uint64_t id)
{
    struct zv_map_node *node = zv_map_find(&sip->accounts, ZV_MAP_KEY_OF(id));
    return node ? ZV_CONTAINER_OF(node, struct zv_sip_account, by_id) : NULL;
}

static void release(struct zv_sip_account *account)
{
    if (account->is_removed && !account->legs)
        zv_sip_bury(account->sip, &account->grave, account_free);
}

void zv_sip_account_ref(struct zv_sip_account *account)
{
    account->legs++;
}

void zv_sip_account_unref(struct zv_sip_account *account)
{
    if (!account)
        return;
    account->legs--;
    release(account);
}

static struct zv_str without_brackets(struct zv_str host)
{
    if (host.len > 2 && host.p[0] == '[')
        return zv_str_n(host.p + 1, host.len - 2);
    return host;
}

/* A view of what `buf` gained since `at`. */
static struct zv_str since(const struct zv_buf *buf, size_t at)
{
    return zv_str_n(buf->p + at, buf->len - at);
}

static struct zv_str keep(struct zv_buf *buf, struct zv_str text)
{
    size_t at = buf->len;
    zv_buf_put_str(buf, text);
    return since(buf, at);
}

static int write_uris(struct zv_sip_account *account, const struct zv_sip_account_cfg *cfg,
                      struct zv_buf *buf)
{
    struct zv_sip_build_uri aor = {.user = cfg->user, .host = account->domain};
    struct zv_sip_build_uri registrar = {.host = account->domain, .port = cfg->port};
    struct zv_sip_build_uri proxy = {
        .host = account->proxy, .port = cfg->proxy_port, .params = ZV_STR_LIT("lr")};
    size_t at = buf->len;
    int err = zv_sip_user_escape(cfg->user, buf);
    account->user = since(buf, at);
    at = buf->len;
    if (!err)
        err = zv_sip_write_uri(&aor, buf);
    account->aor = since(buf, at);
    at = buf->len;
    if (!err)
        err = zv_sip_write_uri(&registrar, buf);
    account->registrar = since(buf, at);
    if (err || !cfg->proxy_route || !cfg->proxy.len)
        return err;
    at = buf->len;
    zv_buf_put_char(buf, '<');
    err = zv_sip_write_uri(&proxy, buf);
    zv_buf_put_char(buf, '>');
    account->route = since(buf, at);
    return err;
}

static bool is_quotable(struct zv_str text)
{
    return zv_sip_is_text(text) && zv_str_find(text, '"') < 0 && zv_str_find(text, '\\') < 0;
}

static bool is_host(struct zv_str host)
{
    struct zv_addr addr;
    return host.len <= ZV_MAX_SIP_HOST_BYTES &&
           (zv_sip_is_host(host) || !zv_addr_parse_ip(host, &addr));
}

static bool is_sound(const struct zv_sip_account_cfg *cfg)
{
    return cfg->user.len && cfg->user.len <= ZV_MAX_SIP_USER_BYTES &&
           cfg->auth_name.len <= ZV_MAX_SIP_AUTH_NAME_BYTES && is_quotable(cfg->auth_name) &&
           cfg->password.len <= ZV_MAX_SIP_PASSWORD_BYTES && is_host(cfg->domain) &&
           (!cfg->proxy.len || is_host(cfg->proxy)) && cfg->realm.len <= ZV_SIP_MAX_REALM_BYTES &&
           is_quotable(cfg->realm) && cfg->display.len <= ZV_MAX_VISIBLE_NAME_BYTES &&
           zv_sip_is_text(cfg->display) && cfg->contact_params.len <= ZV_MAX_VISIBLE_NAME_BYTES &&
           (!cfg->contact_params.len || zv_sip_is_params(cfg->contact_params));
}

static int set_texts(struct zv_sip_account *account, const struct zv_sip_account_cfg *cfg)
{
    char memory[4096];
    struct zv_buf draft = zv_buf(memory, sizeof(memory));
    account->domain = without_brackets(cfg->domain);
    account->proxy = without_brackets(cfg->proxy);
    /* Once to see how long it is and whether it can be written, once for good. */
    int err = is_sound(cfg) ? write_uris(account, cfg, &draft) : ZV_E_INVAL;
    if (err || draft.overflow)
        return err ? err : ZV_E_INVAL;
    account->texts_size = draft.len + cfg->auth_name.len + cfg->user.len + cfg->password.len +
                          account->domain.len + account->proxy.len + cfg->display.len +
                          cfg->contact_params.len + 1;
    account->texts = zv_zalloc(account->texts_size);
    if (!account->texts)
        return ZV_E_NOMEM;
    struct zv_buf buf = zv_buf(account->texts, account->texts_size);
    err = write_uris(account, cfg, &buf);
    account->auth_name = keep(&buf, cfg->auth_name.len ? cfg->auth_name : cfg->user);
    account->password = keep(&buf, cfg->password);
    account->domain = keep(&buf, account->domain);
    account->proxy = keep(&buf, account->proxy);
    account->display = keep(&buf, cfg->display);
    account->contact_params = keep(&buf, cfg->contact_params);
    if (!err && cfg->realm.len) {
        account->realm = zv_strndup(cfg->realm.p, cfg->realm.len);
        err = account->realm ? 0 : ZV_E_NOMEM;
    }
    return err;
}

static int enter(struct zv_sip *sip, struct zv_sip_account *account)
{
    int err = zv_map_insert(&sip->accounts, ZV_MAP_KEY_OF(account->id), &account->by_id);
    if (err)
        return err;
    err = zv_map_insert(&sip->contacts, zv_str(account->contact_user), &account->by_contact);
    if (err)
        zv_map_remove(&sip->accounts, &account->by_id);
    return err;
}

int zv_sip_account_add(struct zv_sip *sip, uint64_t id, const struct zv_sip_account_cfg *cfg)
{
    if (!id)
        return ZV_E_INVAL;
    struct zv_sip_account *account = zv_zalloc(sizeof(*account));
    if (!account)
        return ZV_E_NOMEM;
    account->sip = sip;
    account->id = id;
    account->transport = cfg->transport;
    account->domain_port = cfg->port;
    account->realm_is_fixed = cfg->realm.len != 0;
    account->port = cfg->proxy.len ? cfg->proxy_port : cfg->port;
    account->expires_s = cfg->expires_s ? cfg->expires_s : sip->cfg.default_expires_s;
    zv_rand_token(&sip->cfg.rand, account->contact_user, ZV_SIP_CONTACT_USER_BYTES);
    int err = set_texts(account, cfg);
    if (!err)
        err = zv_sip_register_open(account);
    if (!err)
        err = enter(sip, account);
    if (err)
        account_free(sip, &account->grave);
    return err;
}

int zv_sip_account_remove(struct zv_sip *sip, uint64_t id)
{
    struct zv_sip_account *account = zv_sip_account_find(sip, id);
    if (!account)
        return ZV_E_GONE;
    zv_sip_register_stop(account);
    zv_sip_account_unpublish(account);
    zv_map_remove(&sip->accounts, &account->by_id);
    zv_map_remove(&sip->contacts, &account->by_contact);
    account->is_removed = true;
    release(account);
    zv_sip_sweep(sip);
    return 0;
}

struct zv_sip_hop zv_sip_account_hop(const struct zv_sip_account *account)
{
    return (struct zv_sip_hop){
        .host = account->proxy.len ? account->proxy : account->domain,
        .port = account->port,
        .transport = account->transport,
        .purpose = ZV_SIP_FOR_ACCOUNT,
        .known = account->has_flow ? &account->flow : NULL,
    };
}

/* "user 192.0.2.1:5060": a user name means something only towards the registrar that knows it. */
static struct zv_str write_aor_key(struct zv_str user, const struct zv_addr *remote,
                                   struct zv_buf *buf)
{
    char addr[ZV_ADDR_TEXT_CAP];
    zv_buf_put_str(buf, user);
    zv_buf_put_char(buf, ' ');
    zv_buf_put_text(buf, zv_addr_write(remote, addr));
    return buf->overflow ? (struct zv_str){0} : zv_buf_str(buf);
}

void zv_sip_account_publish(struct zv_sip_account *account)
{
    char memory[ZV_SIP_MAX_KEY_BYTES];
    struct zv_buf buf = zv_buf(memory, sizeof(memory));
    struct zv_str key = write_aor_key(account->user, &account->flow.remote, &buf);
    if (!key.len || (account->aor_key && zv_str_is(key, account->aor_key)))
        return;
    zv_sip_account_unpublish(account);
    account->aor_key = zv_strndup(key.p, key.len);
    if (account->aor_key &&
        zv_map_insert(&account->sip->aors, zv_str(account->aor_key), &account->by_aor))
        account->aor_key = zv_free(account->aor_key);
}

void zv_sip_account_unpublish(struct zv_sip_account *account)
{
    if (!account->aor_key)
        return;
    zv_map_remove(&account->sip->aors, &account->by_aor);
    account->aor_key = zv_free(account->aor_key);
}

struct zv_sip_account *zv_sip_account_match(const struct zv_sip *sip, const struct zv_sip_msg *msg,
                                            const struct zv_sip_flow *flow)
{
    char memory[ZV_SIP_MAX_KEY_BYTES];
    struct zv_buf buf = zv_buf(memory, sizeof(memory));
    struct zv_map_node *node = zv_map_find(&sip->contacts, msg->uri.user);
    if (node)
        return ZV_CONTAINER_OF(node, struct zv_sip_account, by_contact);
    struct zv_str key = write_aor_key(msg->uri.user, &flow->remote, &buf);
    node = key.len ? zv_map_find(&sip->aors, key) : NULL;
    return node ? ZV_CONTAINER_OF(node, struct zv_sip_account, by_aor) : NULL;
}
