/* Checks that need more than one value, or know what a text means. */
#include "admin/socket.h"
#include "base/addr.h"
#include "base/err.h"
#include "base/log.h"
#include "base/time.h"
#include "gateway/config_int.h"
#include "http/http.h"

#include <stdio.h>
#include <string.h>

/* Ways to one TURN server: browsers try each, and are slow with many. */
#define MAX_TURN_URLS 8

/* Every check looks at all that it is about, whatever was wrong before. */
static void refuse(struct zv_config_faults *faults, const char *key, const char *value,
                   const char *sentence)
{
    char text[ZV_CONFIG_ERROR_CAP];
    snprintf(text, sizeof(text), "%s: %s%s%s", key, value, value[0] ? ": " : "", sentence);
    faults->fault_fn(faults->arg, text);
    faults->count++;
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

static void check_allow(const struct zv_config *config, struct zv_config_faults *faults)
{
    const struct zv_config_list *allow = &config->sip_allow;
    struct zv_cidr cidr;
    if (allow->count == 0)
        refuse(faults, "sip.allow", "",
               "say where clients may send SIP, for example\n"
               "  sip:\n    allow: [sip.example.org, 192.0.2.0/24]\n"
               "or [public] for every public address");
    for (size_t i = 0; i < allow->count; i++) {
        struct zv_str item = zv_str(allow->items[i]);
        if (zv_cidr_parse(item, &cidr) != 0 && !is_domain(item))
            refuse(faults, "sip.allow", allow->items[i],
                   "neither a domain nor a network such as 192.0.2.0/24");
    }
}

/* It stands in every SIP message as it is. */
static void check_user_agent(const struct zv_config *config, struct zv_config_faults *faults)
{
    struct zv_str text = zv_str(config->sip_user_agent);
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f)
            refuse(faults, "sip.user_agent", "", "must hold no control character");
    }
    if (!zv_str_is_utf8(text))
        refuse(faults, "sip.user_agent", "", "must be UTF-8");
}

/* RFC 4028 §4 */
static void check_session(const struct zv_config *config, struct zv_config_faults *faults)
{
    bool is_short = config->sip_session_expires && config->sip_session_expires < ZV_SECONDS(90);
    if (is_short)
        refuse(faults, "sip.session_expires", "", "must be 90s or longer, or 0s for none");
}

static void check_listen(const char *key, const struct zv_config_list *list,
                         struct zv_config_faults *faults)
{
    struct zv_addr addr;
    for (size_t i = 0; i < list->count; i++) {
        if (zv_addr_parse(zv_str(list->items[i]), &addr))
            refuse(faults, key, list->items[i],
                   "not address:port, such as 0.0.0.0:8443 or [::]:8443");
    }
}

/* Who may connect there may read it: nobody is asked who he is. */
static void check_admin_listen(const struct zv_config *config, struct zv_config_faults *faults)
{
    const struct zv_config_list *list = &config->http_admin_listen;
    struct zv_addr addr;
    check_listen("http.admin_listen", list, faults);
    for (size_t i = 0; i < list->count; i++) {
        if (!zv_addr_parse(zv_str(list->items[i]), &addr) && !zv_addr_is_loopback(&addr))
            refuse(faults, "http.admin_listen", list->items[i],
                   "must be a loopback address, such as 127.0.0.1:8081 or [::1]:8081, since "
                   "no password is asked for there; for others put a proxy before it that "
                   "asks for one");
    }
}

/* Who is in there may say that he is anybody. */
static void check_proxies(const struct zv_config *config, struct zv_config_faults *faults)
{
    const struct zv_config_list *list = &config->http_trusted_proxies;
    struct zv_cidr cidr;
    for (size_t i = 0; i < list->count; i++) {
        if (zv_cidr_parse(zv_str(list->items[i]), &cidr))
            refuse(faults, "http.trusted_proxies", list->items[i],
                   "neither an address nor a network, such as 10.0.0.5 or 10.0.0.0/28");
        else if (!cidr.prefix_bits)
            refuse(faults, "http.trusted_proxies", list->items[i],
                   "trusts everybody: name the proxies in front of this gateway");
    }
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

static void check_media(const struct zv_config *config, struct zv_config_faults *faults)
{
    struct zv_addr addr, public_addrs[ZV_MAX_PUBLIC_ADDRESSES];
    if (config->media_port_to <= config->media_port_from)
        refuse(faults, "media.port_to", "", "must be greater than media.port_from");
    if (config->media_web_port >= config->media_port_from &&
        config->media_web_port <= config->media_port_to)
        refuse(faults, "media.web_port", "", "must lie outside media.port_from to media.port_to");
    for (size_t i = 0; i < config->media_addresses.count; i++) {
        if (zv_addr_parse_ip(zv_str(config->media_addresses.items[i]), &addr))
            refuse(faults, "media.addresses", config->media_addresses.items[i],
                   "not an IP address");
    }
    if (zv_config_read_public(config, public_addrs))
        refuse(faults, "media.public_address", config->media_public_address,
               "not an IP address, nor one of each family with a comma between");
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

static void check_turn(const struct zv_config *config, struct zv_config_faults *faults)
{
    const struct zv_config_list *urls = &config->turn_urls;
    if (urls->count > MAX_TURN_URLS)
        refuse(faults, "turn.urls", "", "at most 8 of one server");
    for (size_t i = 0; i < urls->count; i++) {
        if (!is_turn_url(zv_str(urls->items[i])))
            refuse(faults, "turn.urls", urls->items[i],
                   "not the address of a TURN server, such as "
                   "turn:turn.example.org:3478?transport=udp");
    }
    if (config->turn_secret[0] && config->turn_secret_file[0])
        refuse(faults, "turn.secret", "", "stands beside turn.secret_file: give one");
    if (!urls->count != !(config->turn_secret_file[0] || config->turn_secret[0]))
        refuse(faults, config->turn_secret[0] ? "turn.secret" : "turn.secret_file", "",
               "goes with turn.urls: give both");
    if (config->turn_secret[0] && !zv_turn_is_secret(zv_str(config->turn_secret)))
        refuse(faults, "turn.secret", "", "must be 1 to 256 printable characters");
}

static void check_listener_count(const struct zv_config *config, struct zv_config_faults *faults)
{
    char sentence[160];
    size_t count = config->http_wss_listen.count + config->http_https_listen.count +
                   config->http_ws_listen.count + config->http_admin_listen.count;
    if (count <= ZV_HTTP_MAX_LISTENERS)
        return;
    snprintf(sentence, sizeof(sentence),
             "with http.https_listen, ws_listen and admin_listen these are %zu addresses, and at "
             "most %d can be listened on; [::] takes all of this machine",
             count, ZV_HTTP_MAX_LISTENERS);
    refuse(faults, "http.wss_listen", "", sentence);
}

static void check_http(const struct zv_config *config, struct zv_config_faults *faults)
{
    bool has_tls = config->http_wss_listen.count || config->http_https_listen.count;
    if (!config->http_certificate[0] != !config->http_private_key[0])
        refuse(faults, "http.certificate", "", "goes with http.private_key: give both");
    if (has_tls && !config->http_certificate[0])
        refuse(
            faults, "http.certificate", "",
            "missing; `zvonokd --make-cert DIR` makes a certificate and prints the lines to add");
    check_listen("http.wss_listen", &config->http_wss_listen, faults);
    check_listen("http.https_listen", &config->http_https_listen, faults);
    check_listen("http.ws_listen", &config->http_ws_listen, faults);
    check_listener_count(config, faults);
    check_proxies(config, faults);
    check_admin_listen(config, faults);
}

static void check_dns(const struct zv_config *config, struct zv_config_faults *faults)
{
    struct zv_addr addr;
    for (size_t i = 0; i < config->dns_servers.count; i++) {
        struct zv_str item = zv_str(config->dns_servers.items[i]);
        if (zv_addr_parse_ip(item, &addr) && zv_addr_parse(item, &addr))
            refuse(faults, "dns.servers", config->dns_servers.items[i],
                   "not an IP address, with or without :port");
    }
}

static void check_sip_tls(const struct zv_config *config, struct zv_config_faults *faults)
{
    struct zv_addr addr;
    if (!config->sip_tls_certificate[0] != !config->sip_tls_private_key[0])
        refuse(faults, "sip.tls_certificate", "", "goes with sip.tls_private_key: give both");
    if (!config->sip_tls_listen[0])
        return;
    if (zv_addr_parse(zv_str(config->sip_tls_listen), &addr))
        refuse(faults, "sip.tls_listen", config->sip_tls_listen,
               "not address:port, such as 0.0.0.0:5061");
    if (!config->sip_tls_certificate[0])
        refuse(faults, "sip.tls_certificate", "",
               "missing; sip.tls_listen needs one: `zvonokd --make-cert DIR` makes one");
}

static void check_admin(const struct zv_config *config, struct zv_config_faults *faults)
{
    const char *path = config->admin_socket;
    if (path[0] && (path[0] != '/' || strlen(path) > ZV_ADMIN_MAX_PATH_BYTES))
        refuse(faults, "admin.socket", path, "must be a path from / on of at most 107 bytes");
}

static void check_levels(const struct zv_config_list *list, struct zv_config_faults *faults)
{
#define X(name, text) text ", "
    static const char no_module[] = "no such module; there are " ZV_LOG_MODULES(X) "and all";
#undef X
    struct zv_log_setting setting;
    for (size_t i = 0; i < list->count; i++) {
        int err = zv_log_parse_setting(zv_str(list->items[i]), &setting);
        if (err)
            refuse(faults, "log.levels", list->items[i],
                   err == ZV_E_NOTFOUND
                       ? no_module
                       : "not MODULE=LEVEL with a level error, warn, info or debug");
    }
}

static void check_log(const struct zv_config *config, struct zv_config_faults *faults)
{
    enum zv_log_level level;
    if (zv_log_parse_level(zv_str(config->log_level), &level))
        refuse(faults, "log.level", config->log_level, "must be error, warn, info or debug");
    if (strcmp(config->log_format, "text") != 0 && strcmp(config->log_format, "json") != 0)
        refuse(faults, "log.format", config->log_format, "must be text or json");
    check_levels(&config->log_levels, faults);
}

static void check_sip(const struct zv_config *config, struct zv_config_faults *faults)
{
    struct zv_addr addr;
    if (zv_addr_parse(zv_str(config->sip_listen), &addr))
        refuse(faults, "sip.listen", config->sip_listen, "not address:port, such as 0.0.0.0:5066");
    if (strcmp(config->sip_unknown_sources, "answer") != 0 &&
        strcmp(config->sip_unknown_sources, "drop") != 0)
        refuse(faults, "sip.unknown_sources", config->sip_unknown_sources,
               "must be answer or drop");
}

void zv_config_check_all(const struct zv_config *config, struct zv_config_faults *faults)
{
    static void (*const checks[])(const struct zv_config *config,
                                  struct zv_config_faults *faults) = {
        check_allow, check_sip,  check_sip_tls, check_user_agent, check_session, check_http,
        check_media, check_turn, check_dns,     check_admin,      check_log};
    for (size_t i = 0; i < ZV_ARRAY_LEN(checks); i++)
        checks[i](config, faults);
}

static void keep_first(void *arg, const char *text)
{
    char *first = arg;
    if (!first[0])
        snprintf(first, ZV_CONFIG_ERROR_CAP, "%s", text);
}

int zv_config_check(const struct zv_config *config, char ret_error[ZV_CONFIG_ERROR_CAP])
{
    char first[ZV_CONFIG_ERROR_CAP] = "";
    struct zv_config_faults faults = {.fault_fn = keep_first, .arg = first};
    zv_config_check_all(config, &faults);
    if (!faults.count)
        return 0;
    memcpy(ret_error, first, sizeof(first));
    return ZV_E_INVAL;
}
