#include "call/trunk.h"

#include "base/addr.h"
#include "base/err.h"
#include "base/limits.h"
#include "call/field.h"

/* ---- names ---- */

static bool is_address(struct zv_str host)
{
    struct zv_addr addr;
    bool is_bracketed = host.len > 2 && host.p[0] == '[' && host.p[host.len - 1] == ']';
    struct zv_str inner = is_bracketed ? zv_str_n(host.p + 1, host.len - 2) : host;
    return !zv_addr_parse_ip(inner, &addr) && (addr.family == ZV_ADDR_IPV6) == is_bracketed;
}

static bool is_host(struct zv_str host)
{
    if (!host.len || host.len > ZV_MAX_SIP_HOST_BYTES)
        return false;
    if (is_address(host))
        return true;
    return host.p[0] != '.' && host.p[0] != '-' &&
           zv_field_first_offence(host, zv_field_is_host_char, false) == host.len;
}

/* As a client may write sipLogin. */
static bool is_user(struct zv_str user)
{
    for (size_t i = 0; i < user.len; i++) {
        if (zv_field_is_control(user.p[i]))
            return false;
    }
    return user.len > 0 && user.len <= ZV_MAX_SIP_USER_BYTES;
}

int zv_trunk_parse_name(struct zv_str name, struct zv_str *ret_user, struct zv_str *ret_host)
{
    struct zv_str user = {0}, host = name;
    size_t at = name.len;
    while (at > 0 && name.p[at - 1] != '@')
        at--;
    if (at > 0) {
        user = zv_str_head(name, at - 1);
        host = zv_str_tail(name, at);
        if (!is_user(user))
            return ZV_E_PARSE;
    }
    if (!is_host(host))
        return ZV_E_PARSE;
    *ret_user = user;
    *ret_host = host;
    return 0;
}

/* ---- settings ---- */

const char *zv_trunk_transport_name(enum zv_trunk_transport transport)
{
    static const char *const names[] = {"any", "udp", "tcp", "tls"};
    return names[transport];
}

/* How special the entry is to this account; 0: it is about others. */
static int rank_of(const struct zv_trunk *trunk, const struct zv_trunk_account *account)
{
    bool is_domain = zv_str_eqi(trunk->host, account->domain);
    bool is_theirs = !trunk->user.len || zv_str_eq(trunk->user, account->user);
    if (!is_theirs || (!is_domain && !zv_str_eqi(trunk->host, account->proxy)))
        return 0;
    return 1 + is_domain + (trunk->user.len ? 2 : 0);
}

struct zv_trunk_settings zv_trunk_settings_of(const struct zv_trunks *trunks,
                                              const struct zv_trunk_account *account)
{
    struct zv_trunk_settings settings = trunks->defaults;
    int strict_rank = 0, srtp_rank = 0, transport_rank = 0, ca_rank = 0;
    for (size_t i = 0; i < trunks->count; i++) {
        const struct zv_trunk *trunk = &trunks->entries[i];
        int rank = rank_of(trunk, account);
        if (trunk->has_strict && rank > strict_rank) {
            settings.strict = trunk->strict;
            strict_rank = rank;
        }
        if (trunk->has_srtp && rank > srtp_rank) {
            settings.srtp = trunk->srtp;
            srtp_rank = rank;
        }
        if (trunk->has_transport && rank > transport_rank) {
            settings.transport = trunk->transport;
            transport_rank = rank;
        }
        if (trunk->ca.len && rank > ca_rank) {
            settings.ca = trunk->ca;
            ca_rank = rank;
        }
    }
    return settings;
}
