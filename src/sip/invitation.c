/*
 * What an INVITE of ours is written from: whom it calls, as whom, with what. It is kept until the
 * final answer, since each target and each round of authentication has it written anew.
 */
#include "base/alloc.h"
#include "base/err.h"
#include "sip/leg.h"

/* A URI that names no way of its own: the request goes to the account's proxy or domain whatever it
 * says. */
static int write_callee_uri(struct zv_str callee, struct zv_buf *buf)
{
    static const char *const refused_params[] = {"maddr", "transport", "ttl", "method", "lr"};
    struct zv_sip_uri uri;
    if (zv_sip_uri_parse(callee, &uri) || uri.headers.len || uri.password.len ||
        (uri.scheme != ZV_SIP_SCHEME_SIP && uri.scheme != ZV_SIP_SCHEME_SIPS))
        return ZV_E_INVAL;
    for (size_t i = 0; i < ZV_ARRAY_LEN(refused_params); i++) {
        if (zv_sip_uri_param(&uri, refused_params[i], NULL))
            return ZV_E_INVAL;
    }
    zv_buf_put_str(buf, callee);
    return 0;
}

static int write_callee(const struct zv_sip_account *account, const struct zv_sip_invite_cfg *cfg,
                        struct zv_buf *buf)
{
    struct zv_sip_build_uri at_home = {
        .user = cfg->callee, .host = account->domain, .port = account->domain_port};
    if (!cfg->callee.len == !cfg->callee_uri.len) /* one of them, not both */
        return ZV_E_INVAL;
    return cfg->callee_uri.len ? write_callee_uri(cfg->callee_uri, buf)
                               : zv_sip_write_uri(&at_home, buf);
}

static struct zv_str keep(struct zv_buf *buf, struct zv_str text)
{
    size_t at = buf->len;
    zv_buf_put_str(buf, text);
    return zv_str_n(buf->p + at, buf->len - at);
}

int zv_sip_leg_plan_invitation(struct zv_sip_leg *leg, const struct zv_sip_invite_cfg *cfg)
{
    char memory[ZV_SIP_MAX_DIALOG_URI_BYTES];
    struct zv_buf uri = zv_buf(memory, sizeof(memory));
    int err = write_callee(leg->account, cfg, &uri);
    if (err || uri.overflow)
        return ZV_E_INVAL;
    struct zv_str display = cfg->display.len ? cfg->display : leg->account->display;
    size_t size = uri.len + display.len + cfg->sdp.len;
    for (size_t i = 0; i < cfg->extra_count; i++)
        size += cfg->extra[i].name.len + cfg->extra[i].value.len;
    struct zv_sip_invitation *plan = zv_zalloc(sizeof(*plan) + size);
    if (!plan)
        return ZV_E_NOMEM;
    struct zv_buf buf = zv_buf(plan->memory, size);
    plan->uri = keep(&buf, zv_buf_str(&uri));
    plan->display = keep(&buf, display);
    plan->sdp = keep(&buf, cfg->sdp);
    for (size_t i = 0; i < cfg->extra_count; i++) {
        plan->extra[i].name = keep(&buf, cfg->extra[i].name);
        plan->extra[i].value = keep(&buf, cfg->extra[i].value);
    }
    plan->extra_count = cfg->extra_count;
    leg->invitation = plan;
    return 0;
}
