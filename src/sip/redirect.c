/*
 * A call that is sent elsewhere: 300, 301 and 302 to our INVITE (RFC 3261 §8.1.3.4), where the
 * operator wants them followed. 305 and 380 are not: neither names a callee.
 *
 * Contacts are tried by their q, each once, three in all: what was tried is not tried again, so
 * that no loop goes round. Whoever answers an INVITE may name anybody, so that the edge judges such
 * a target like one that a client names (ZV_SIP_FOR_REDIRECT), and its challenges are answered only
 * where the request went to the account's own server.
 */
#include "base/alloc.h"
#include "base/err.h"
#include "sip/leg.h"

#include <string.h>

/* "0.75" as 750; what is no q counts as absent: 1 (§20.10). */
static uint32_t q_of(const struct zv_sip_name_addr *contact)
{
    uint32_t whole, part = 0;
    struct zv_str text;
    if (!zv_sip_name_addr_param(contact, "q", &text))
        return 1000;
    ptrdiff_t dot = zv_str_find(text, '.');
    struct zv_str digits = dot < 0 ? zv_str("") : zv_str_tail(text, (size_t)dot + 1);
    if (zv_str_to_u32(dot < 0 ? text : zv_str_head(text, (size_t)dot), &whole) || digits.len > 3 ||
        (digits.len && zv_str_to_u32(digits, &part)))
        return 1000;
    for (size_t i = digits.len; i < 3; i++)
        part *= 10;
    return ZV_MIN(whole * 1000 + part, 1000u);
}

static bool is_target(const struct zv_sip_name_addr *contact)
{
    const struct zv_sip_uri *uri = &contact->uri;
    return !contact->is_star && !uri->headers.len && !uri->password.len &&
           (uri->scheme == ZV_SIP_SCHEME_SIP || uri->scheme == ZV_SIP_SCHEME_SIPS) &&
           !zv_sip_uri_param(uri, "maddr", NULL) && !zv_sip_uri_param(uri, "method", NULL);
}

static bool is_same(const struct zv_sip_uri *uri, const char *other)
{
    struct zv_sip_uri parsed;
    return zv_sip_uri_parse(zv_str(other), &parsed) == 0 && zv_sip_uri_eq(uri, &parsed);
}

/* It was tried, or waits for its turn. */
static bool is_known(const struct zv_sip_redirects *list, const struct zv_sip_uri *uri)
{
    for (size_t i = 0; i < list->count; i++) {
        if (is_same(uri, list->of[i].uri))
            return true;
    }
    return false;
}

/* Behind those of at least its q that this answer brought. */
static void add(struct zv_sip_redirects *list, size_t first, const struct zv_sip_name_addr *contact)
{
    struct zv_sip_redirect target = {.q = q_of(contact)};
    if (list->count == ZV_SIP_MAX_REDIRECT_TARGETS || is_known(list, &contact->uri) ||
        zv_str_copy(contact->uri.text, target.uri, sizeof(target.uri)))
        return;
    size_t at = list->count++;
    for (; at > first && list->of[at - 1].q < target.q; at--)
        list->of[at] = list->of[at - 1];
    list->of[at] = target;
}

static void learn(struct zv_sip_leg *leg, const struct zv_sip_msg *msg)
{
    struct zv_sip_iter iter = zv_sip_iter(msg, ZV_SIP_HEADER_CONTACT);
    struct zv_sip_name_addr contact;
    if (!leg->redirects)
        leg->redirects = zv_zalloc(sizeof(*leg->redirects));
    if (!leg->redirects)
        return;
    struct zv_sip_redirects *list = leg->redirects;
    if (!list->count) { /* the callee himself: tried already */
        if (zv_str_copy(leg->invitation->uri, list->of[0].uri, sizeof(list->of[0].uri)))
            return;
        list->count = list->next = 1;
    }
    size_t first = list->count;
    for (int err; (err = zv_sip_iter_addr(&iter, &contact)) != ZV_E_NOTFOUND;) {
        if (!err && is_target(&contact))
            add(list, first, &contact);
    }
}

/* The account's own server by its name or address: the request goes the usual way. */
static bool is_home(const struct zv_sip_account *account, const struct zv_sip_uri *uri)
{
    struct zv_addr addr;
    if (zv_str_eqi(uri->host, account->domain))
        return !uri->port || uri->port == account->domain_port;
    if (!account->has_flow || zv_addr_parse_ip(uri->host, &addr))
        return false;
    addr.port = zv_sip_uri_port(uri);
    return zv_addr_eq(&addr, &account->flow.remote);
}

static bool follow(struct zv_sip_leg *leg, int64_t now_us)
{
    struct zv_sip_redirects *list = leg->redirects;
    struct zv_sip_uri uri;
    if (!list || list->next > leg->sip->cfg.max_redirects || list->next >= list->count)
        return false;
    if (zv_sip_uri_parse(zv_str(list->of[list->next].uri), &uri))
        return false;
    struct zv_sip_hop hop = zv_sip_account_call_hop(leg->account);
    list->is_direct = !is_home(leg->account, &uri);
    if (list->is_direct)
        hop = (struct zv_sip_hop){.host = uri.host,
                                  .port = uri.port,
                                  .transport = zv_sip_account_transport_to(leg->account, &uri),
                                  .purpose = ZV_SIP_FOR_REDIRECT};
    list->next++;
    leg->invite->auth_rounds = 0;
    return zv_sip_request_start(leg->invite, &hop, now_us + 64 * leg->sip->cfg.t1_us, now_us) == 0;
}

bool zv_sip_leg_redirect(struct zv_sip_leg *leg, const struct zv_sip_msg *msg, int64_t now_us)
{
    bool is_redirection = msg && msg->status >= 300 && msg->status <= 302;
    if (!leg->sip->cfg.max_redirects || leg->end_cause != ZV_SIP_CAUSE_NONE ||
        (msg && msg->status >= 600))
        return false;
    if (is_redirection)
        learn(leg, msg);
    return follow(leg, now_us);
}

struct zv_str zv_sip_leg_request_uri(const struct zv_sip_leg *leg)
{
    const struct zv_sip_redirects *list = leg->redirects;
    return list && list->next > 1 ? zv_str(list->of[list->next - 1].uri) : leg->invitation->uri;
}

bool zv_sip_leg_is_elsewhere(const struct zv_sip_leg *leg)
{
    return leg->redirects && leg->redirects->is_direct;
}

struct zv_str zv_sip_leg_elsewhere(const struct zv_sip_leg *leg)
{
    struct zv_sip_uri uri;
    if (!zv_sip_leg_is_elsewhere(leg) ||
        zv_sip_uri_parse(zv_str(leg->redirects->of[leg->redirects->next - 1].uri), &uri))
        return zv_str("");
    return uri.host;
}
