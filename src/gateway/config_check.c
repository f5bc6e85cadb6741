/* Checks that need more than one value, or know what a text means. */
#include "admin/socket.h"
#include "base/addr.h"
#include "base/err.h"
#include "base/log.h"
#include "base/time.h"
#include "gateway/config_int.h"

#include <stdio.h>
#include <string.h>

/* Ways to one TURN server: browsers try each, and are slow with many. */
#define MAX_TURN_URLS 8

static int refuse(char ret_error[ZV_CONFIG_ERROR_CAP], const char *key, const char *value,
                  const char *sentence)
{
    snprintf(ret_error, ZV_CONFIG_ERROR_CAP, "%s: %s%s%s", key, value, value[0] ? ": " : "",
             sentence);
    return ZV_E_INVAL;
}

static bool is_domain(struct zv_str text)
{
    if (text.len == 0 || text.len > 253 || text.p[0] == '.' || text.p[0] == '-')
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.p[i];
        if (!zv_is_alnum(c) && c != '.' && c != '-' && c != '_')
            return false;
    }
    return true;
}

static int check_allow(const struct zv_config *config, char *ret_error)
{
    const struct zv_config_list *allow = &config->sip_allow;
    struct zv_cidr cidr;
    if (allow->count == 0)
        return refuse(ret_error, "sip.allow", "",
                      "say where clients may send SIP, for example\n"
                      "  sip:\n    allow: [sip.example.org, 192.0.2.0/24]\n"
                      "or [public] for every public address");
    for (size_t i = 0; i < allow->count; i++) {
        struct zv_str item = zv_str(allow->items[i]);
        if (zv_cidr_parse(item, &cidr) != 0 && !is_domain(item))
            return refuse(ret_error, "sip.allow", allow->items[i],
                          "neither a domain nor a network such as 192.0.2.0/24");
    }
    return 0;
}

/* It stands in every SIP message as it is. */
static int check_user_agent(const struct zv_config *config, char *ret_error)
{
    struct zv_str text = zv_str(config->sip_user_agent);
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f)
            return refuse(ret_error, "sip.user_agent", "", "must hold no control character");
    }
    return zv_str_is_utf8(text) ? 0 : refuse(ret_error, "sip.user_agent", "", "must be UTF-8");
}

/* RFC 4028 §4 */
static int check_session(const struct zv_config *config, char *ret_error)
{
    bool is_short = config->sip_session_expires && config->sip_session_expires < ZV_SECONDS(90);
    return is_short ? refuse(ret_error, "sip.session_expires", "",
                             "must be 90s or longer, or 0s for none")
                    : 0;
}

static int check_listen(const char *key, const struct zv_config_list *list, char *ret_error)
{
    struct zv_addr addr;
    for (size_t i = 0; i < list->count; i++) {
        if (zv_addr_parse(zv_str(list->items[i]), &addr))
            return refuse(ret_error, key, list->items[i],
                          "not address:port, such as 0.0.0.0:8443 or [::]:8443");
    }
    return 0;
}

/* Who may connect there may read it: nobody is asked who he is. */
static int check_admin_listen(const struct zv_config *config, char *ret_error)
{
    const struct zv_config_list *list = &config->http_admin_listen;
    struct zv_addr addr;
    int err = check_listen("http.admin_listen", list, ret_error);
    for (size_t i = 0; i < list->count && !err; i++) {
        if (!zv_addr_parse(zv_str(list->items[i]), &addr) && !zv_addr_is_loopback(&addr))
            err = refuse(ret_error, "http.admin_listen", list->items[i],
                         "must be a loopback address, such as 127.0.0.1:8081 or [::1]:8081, since "
                         "no password is asked for there; for others put a proxy before it that "
                         "asks for one");
    }
    return err;
}

/* Who is in there may say that he is anybody. */
static int check_proxies(const struct zv_config *config, char *ret_error)
{
    const struct zv_config_list *list = &config->http_trusted_proxies;
    struct zv_cidr cidr;
    for (size_t i = 0; i < list->count; i++) {
        if (zv_cidr_parse(zv_str(list->items[i]), &cidr))
            return refuse(ret_error, "http.trusted_proxies", list->items[i],
                          "neither an address nor a network, such as 10.0.0.5 or 10.0.0.0/28");
        if (!cidr.prefix_bits)
            return refuse(ret_error, "http.trusted_proxies", list->items[i],
                          "trusts everybody: name the proxies in front of this gateway");
    }
    return 0;
}

int zv_config_read_public(const struct zv_config *config,
                          struct zv_addr ret_addrs[ZV_MAX_PUBLIC_ADDRESSES])
{
    struct zv_addr addrs[ZV_MAX_PUBLIC_ADDRESSES] = {{.family = ZV_ADDR_NONE}};
    struct zv_str rest = zv_str(config->media_public_address), item;
    size_t count = 0;
    if (!rest.len)
        rest.p = NULL;
    while (zv_str_split(&rest, ',', &item)) {
        if (count == ZV_MAX_PUBLIC_ADDRESSES || zv_addr_parse_ip(zv_str_trim(item), &addrs[count]))
            return ZV_E_PARSE;
        if (count && addrs[count].family == addrs[0].family)
            return ZV_E_PARSE;
        count++;
    }
    memcpy(ret_addrs, addrs, sizeof(addrs));
    return 0;
}

static int check_media(const struct zv_config *config, char *ret_error)
{
    struct zv_addr addr, public_addrs[ZV_MAX_PUBLIC_ADDRESSES];
    if (config->media_port_to <= config->media_port_from)
        return refuse(ret_error, "media.port_to", "", "must be greater than media.port_from");
    if (config->media_web_port >= config->media_port_from &&
        config->media_web_port <= config->media_port_to)
        return refuse(ret_error, "media.web_port", "",
                      "must lie outside media.port_from to media.port_to");
    for (size_t i = 0; i < config->media_addresses.count; i++) {
        if (zv_addr_parse_ip(zv_str(config->media_addresses.items[i]), &addr))
            return refuse(ret_error, "media.addresses", config->media_addresses.items[i],
                          "not an IP address");
    }
    if (zv_config_read_public(config, public_addrs))
        return refuse(ret_error, "media.public_address", config->media_public_address,
                      "not an IP address, nor one of each family with a comma between");
    return 0;
}

/* RFC 7065: what a browser would refuse is refused here, where somebody reads why. */
static bool is_turn_url(struct zv_str url)
{
    if (!zv_str_has_prefix(url, "turn:") && !zv_str_has_prefix(url, "turns:"))
        return false;
    for (size_t i = 0; i < url.len; i++) {
        if (!zv_is_alnum(url.p[i]) && !strchr(":.-?=[]", url.p[i]))
            return false;
    }
    return url.p[url.len - 1] != ':';
}

static int check_turn(const struct zv_config *config, char *ret_error)
{
    const struct zv_config_list *urls = &config->turn_urls;
    if (urls->count > MAX_TURN_URLS)
        return refuse(ret_error, "turn.urls", "", "at most 8 of one server");
    for (size_t i = 0; i < urls->count; i++) {
        if (!is_turn_url(zv_str(urls->items[i])))
            return refuse(ret_error, "turn.urls", urls->items[i],
                          "not the address of a TURN server, such as "
                          "turn:turn.example.org:3478?transport=udp");
    }
    if (!urls->count != !config->turn_secret_file[0])
        return refuse(ret_error, "turn.secret_file", "", "goes with turn.urls: give both");
    return 0;
}

static int check_http(const struct zv_config *config, char *ret_error)
{
    bool has_tls = config->http_wss_listen.count || config->http_https_listen.count;
    if (!config->http_certificate[0] != !config->http_private_key[0])
        return refuse(ret_error, "http.certificate", "", "goes with http.private_key: give both");
    if (has_tls && !config->http_certificate[0])
        return refuse(
            ret_error, "http.certificate", "",
            "missing; `zvonokd --make-cert DIR` makes a certificate and prints the lines to add");
    int err = check_listen("http.wss_listen", &config->http_wss_listen, ret_error);
    if (!err)
        err = check_listen("http.https_listen", &config->http_https_listen, ret_error);
    if (!err)
        err = check_listen("http.ws_listen", &config->http_ws_listen, ret_error);
    if (!err)
        err = check_proxies(config, ret_error);
    if (!err)
        err = check_admin_listen(config, ret_error);
    return err;
}

static int check_dns(const struct zv_config *config, char *ret_error)
{
    struct zv_addr addr;
    for (size_t i = 0; i < config->dns_servers.count; i++) {
        struct zv_str item = zv_str(config->dns_servers.items[i]);
        if (zv_addr_parse_ip(item, &addr) && zv_addr_parse(item, &addr))
            return refuse(ret_error, "dns.servers", config->dns_servers.items[i],
                          "not an IP address, with or without :port");
    }
    return 0;
}

static int check_sip_tls(const struct zv_config *config, char *ret_error)
{
    struct zv_addr addr;
    if (!config->sip_tls_certificate[0] != !config->sip_tls_private_key[0])
        return refuse(ret_error, "sip.tls_certificate", "",
                      "goes with sip.tls_private_key: give both");
    if (!config->sip_tls_listen[0])
        return 0;
    if (zv_addr_parse(zv_str(config->sip_tls_listen), &addr))
        return refuse(ret_error, "sip.tls_listen", config->sip_tls_listen,
                      "not address:port, such as 0.0.0.0:5061");
    if (!config->sip_tls_certificate[0])
        return refuse(ret_error, "sip.tls_certificate", "",
                      "missing; sip.tls_listen needs one: `zvonokd --make-cert DIR` makes one");
    return 0;
}

static int check_admin(const struct zv_config *config, char *ret_error)
{
    const char *path = config->admin_socket;
    if (path[0] && (path[0] != '/' || strlen(path) > ZV_ADMIN_MAX_PATH_BYTES))
        return refuse(ret_error, "admin.socket", path,
                      "must be a path from / on of at most 107 bytes");
    return 0;
}

static int check_levels(const struct zv_config_list *list, char *ret_error)
{
#define X(name, text) text ", "
    static const char no_module[] = "no such module; there are " ZV_LOG_MODULES(X) "and all";
#undef X
    struct zv_log_setting setting;
    for (size_t i = 0; i < list->count; i++) {
        int err = zv_log_parse_setting(zv_str(list->items[i]), &setting);
        if (err)
            return refuse(ret_error, "log.levels", list->items[i],
                          err == ZV_E_NOTFOUND
                              ? no_module
                              : "not MODULE=LEVEL with a level error, warn, info or debug");
    }
    return 0;
}

static int check_log(const struct zv_config *config, char *ret_error)
{
    enum zv_log_level level;
    if (zv_log_parse_level(zv_str(config->log_level), &level))
        return refuse(ret_error, "log.level", config->log_level,
                      "must be error, warn, info or debug");
    if (strcmp(config->log_format, "text") != 0 && strcmp(config->log_format, "json") != 0)
        return refuse(ret_error, "log.format", config->log_format, "must be text or json");
    return check_levels(&config->log_levels, ret_error);
}

int zv_config_check(const struct zv_config *config, char ret_error[ZV_CONFIG_ERROR_CAP])
{
    struct zv_addr addr;
    int err = check_allow(config, ret_error);
    if (!err && zv_addr_parse(zv_str(config->sip_listen), &addr))
        err = refuse(ret_error, "sip.listen", config->sip_listen,
                     "not address:port, such as 0.0.0.0:5066");
    if (!err && strcmp(config->sip_unknown_sources, "answer") != 0 &&
        strcmp(config->sip_unknown_sources, "drop") != 0)
        err = refuse(ret_error, "sip.unknown_sources", config->sip_unknown_sources,
                     "must be answer or drop");
    if (!err)
        err = check_sip_tls(config, ret_error);
    if (!err)
        err = check_user_agent(config, ret_error);
    if (!err)
        err = check_session(config, ret_error);
    if (!err)
        err = check_http(config, ret_error);
    if (!err)
        err = check_media(config, ret_error);
    if (!err)
        err = check_turn(config, ret_error);
    if (!err)
        err = check_dns(config, ret_error);
    if (!err)
        err = check_admin(config, ret_error);
    if (!err)
        err = check_log(config, ret_error);
    return err;
}
