/*
 * register: one registration by the SIP half of the gateway alone, without its switchboard. Prints
 * the result as a JSON object a line; the exit status is 0 when it was registered and, at the end,
 * taken off the registrar again.
 */
#define _GNU_SOURCE
#include "base/attr.h"
#include "base/err.h"
#include "base/time.h"
#include "io/clock.h"
#include "io/loop.h"
#include "io/random.h"
#include "sip/sip.h"
#include "sipnet/sipnet.h"

#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#define MAX_LIST 8

static const char usage[] =
    "usage: register --user USER --password WORD --domain NAME [--auth-name NAME]\n"
    "                [--proxy HOST] [--port PORT] [--allow ENTRY,…] [--dns ADDRESS:PORT]\n"
    "                [--listen ADDRESS:PORT] [--timeout SECONDS]\n"
    "The domain and 127.0.0.0/8 are allowed unless --allow names others.\n";

struct tool {
    uv_loop_t loop;
    struct zv_sipnet *net;
    struct zv_loop_timer *limit;
    int64_t started_us;
    bool is_registered;
    bool is_answered; /* registered or failed */
    bool is_late;     /* the time limit passed */
};

struct arguments {
    const char *user, *password, *domain, *auth_name, *proxy, *listen;
    char *allow[MAX_LIST];
    size_t allow_count;
    char *dns[1];
    uint32_t port, timeout_s;
};

/* ---- What is told ---- */

static const char *end_name(enum zv_sip_end end)
{
    static const char *const names[ZV_SIP_END_COUNT] = {
        [ZV_SIP_END_REJECTED] = "rejected",   [ZV_SIP_END_AUTH] = "auth",
        [ZV_SIP_END_TIMEOUT] = "timeout",     [ZV_SIP_END_UNREACHABLE] = "unreachable",
        [ZV_SIP_END_UNTRUSTED] = "untrusted", [ZV_SIP_END_UNKNOWN_DOMAIN] = "unknown_domain",
        [ZV_SIP_END_DENIED] = "denied",       [ZV_SIP_END_BYE] = "bye",
        [ZV_SIP_END_CANCEL] = "cancel",       [ZV_SIP_END_NO_ACK] = "no_ack",
        [ZV_SIP_END_LOST] = "lost",           [ZV_SIP_END_INTERNAL] = "internal",
    };
    return names[end];
}

static void print(const struct tool *tool, const char *event, json_t *fields)
{
    json_t *line = json_pack("{s:s, s:I}", "event", event, "ms",
                             (json_int_t)((zv_clock_now_us() - tool->started_us) / ZV_US_PER_MS));
    json_object_update_missing_new(line, fields ? fields : json_object());
    json_dumpf(line, stdout, JSON_COMPACT);
    putchar('\n');
    fflush(stdout);
    json_decref(line);
}

static json_t *text_of(struct zv_str text)
{
    json_t *value = text.p ? json_stringn(text.p, text.len) : NULL;
    return value ? value : json_null();
}

static void on_input(void *arg, const struct zv_call_in *in)
{
    struct tool *tool = arg;
    const struct zv_in_sip *sip = &in->u.sip;
    json_t *fields = json_pack("{s:i, s:o, s:o}", "status", sip->status, "reason",
                               text_of(sip->reason), "remedy", text_of(sip->remedy));
    if (in->kind == ZV_CALL_IN_SIP_REGISTERED)
        tool->is_registered = true;
    else if (in->kind == ZV_CALL_IN_SIP_REGISTER_FAILED)
        json_object_set_new(fields, "end", json_string(end_name(sip->end)));
    tool->is_answered = true;
    print(tool, tool->is_registered ? "registered" : "failed", fields);
}

static void on_address(void *arg, zv_session_id session)
{
    (void)arg;
    (void)session;
}

static void on_limit(void *arg, int64_t now_us)
{
    struct tool *tool = arg;
    (void)now_us;
    tool->is_late = true;
    uv_stop(&tool->loop);
}

/* ---- What is done ---- */

static void execute(struct tool *tool, enum zv_call_cmd_kind kind)
{
    struct zv_call_cmd cmd = {.kind = kind, .u.sip.session = {1}};
    zv_sipnet_execute(tool->net, &cmd);
    zv_sipnet_flush(tool->net);
}

static void begin(struct tool *tool, const struct arguments *arguments)
{
    struct zv_call_cmd cmd = {.kind = ZV_CALL_CMD_SIP_ACCOUNT_ADD};
    cmd.u.account = (struct zv_cmd_account){
        .session = {1},
        .user = zv_str(arguments->user),
        .auth_name = zv_str(arguments->auth_name ? arguments->auth_name : arguments->user),
        .password = zv_str(arguments->password),
        .domain = zv_str(arguments->domain),
        .proxy_host = zv_str(arguments->proxy ? arguments->proxy : arguments->domain),
        .proxy_port = (uint16_t)arguments->port,
    };
    zv_sipnet_execute(tool->net, &cmd);
    execute(tool, ZV_CALL_CMD_SIP_REGISTER);
    while (!tool->is_answered && !tool->is_late)
        uv_run(&tool->loop, UV_RUN_ONCE);
}

/* Off the registrar, and until the stack has forgotten the account. */
static void leave(struct tool *tool)
{
    struct zv_sip_counts counts;
    size_t lookups;
    execute(tool, ZV_CALL_CMD_SIP_UNREGISTER);
    execute(tool, ZV_CALL_CMD_SIP_ACCOUNT_REMOVE);
    for (;;) {
        zv_sipnet_counts(tool->net, &counts, &lookups);
        if (!counts.accounts || tool->is_late)
            break;
        uv_run(&tool->loop, UV_RUN_ONCE);
    }
    print(tool, counts.accounts ? "still_registered" : "left", NULL);
}

static int open_tool(struct tool *tool, const struct arguments *arguments)
{
    const struct zv_rand *rand = zv_rand_os();
    struct zv_sipnet_cfg cfg = {
        .loop = &tool->loop,
        .rand = *rand,
        .user_agent = "register",
        .register_expires_us = ZV_SECONDS(300),
        .register_timeout_us = ZV_SECONDS(arguments->timeout_s),
        .max_sessions = 1,
        .max_calls = 1,
        .allow = arguments->allow,
        .allow_count = arguments->allow_count,
        .dns_servers = arguments->dns,
        .dns_server_count = arguments->dns[0] ? 1 : 0,
        .dns_timeout_us = ZV_MS(1500),
        .dns_tries = 2,
        .dns_total_us = ZV_SECONDS(6),
        .on_input_fn = on_input,
        .on_address_fn = on_address,
        .arg = tool,
    };
    if (uv_loop_init(&tool->loop))
        return ZV_E_NOMEM;
    int err = zv_addr_parse(zv_str(arguments->listen), &cfg.listen);
    if (!err)
        err = zv_sipnet_new(&tool->net, &cfg);
    if (!err)
        err = zv_loop_timer_open(&tool->limit, &tool->loop, on_limit, tool);
    if (!err) /* twice: registering and leaving are bounded each */
        zv_loop_timer_arm(tool->limit, tool->started_us + ZV_SECONDS(2 * arguments->timeout_s + 5));
    return err;
}

static int close_tool(struct tool *tool)
{
    zv_loop_timer_close(tool->limit);
    zv_sipnet_free(tool->net);
    uv_run(&tool->loop, UV_RUN_DEFAULT);
    return uv_loop_close(&tool->loop) ? ZV_E_INTERNAL : 0;
}

/* ---- Command line ---- */

static int add_allowed(struct arguments *arguments, char *list)
{
    char *rest = list, *entry;
    while ((entry = strsep(&rest, ","))) {
        if (arguments->allow_count == MAX_LIST)
            return ZV_E_LIMIT;
        arguments->allow[arguments->allow_count++] = entry;
    }
    return 0;
}

static int read_option(struct arguments *arguments, int option, char *value)
{
    switch (option) {
    case 'u':
        arguments->user = value;
        return 0;
    case 'w':
        arguments->password = value;
        return 0;
    case 'd':
        arguments->domain = value;
        return 0;
    case 'n':
        arguments->auth_name = value;
        return 0;
    case 'x':
        arguments->proxy = value;
        return 0;
    case 'l':
        arguments->listen = value;
        return 0;
    case 's':
        arguments->dns[0] = value;
        return 0;
    case 'a':
        return add_allowed(arguments, value);
    case 'p':
        return zv_str_to_u32(zv_str(value), &arguments->port);
    case 't':
        return zv_str_to_u32(zv_str(value), &arguments->timeout_s);
    default:
        return ZV_E_INVAL;
    }
}

static int read_arguments(int argc, char **argv, struct arguments *arguments)
{
    static char loopback[] = "127.0.0.0/8";
    static const struct option options[] = {
        {"user", required_argument, NULL, 'u'},   {"password", required_argument, NULL, 'w'},
        {"domain", required_argument, NULL, 'd'}, {"auth-name", required_argument, NULL, 'n'},
        {"proxy", required_argument, NULL, 'x'},  {"port", required_argument, NULL, 'p'},
        {"allow", required_argument, NULL, 'a'},  {"dns", required_argument, NULL, 's'},
        {"listen", required_argument, NULL, 'l'}, {"timeout", required_argument, NULL, 't'},
        {"help", no_argument, NULL, 'h'},         {0},
    };
    int option;
    *arguments = (struct arguments){.listen = "0.0.0.0:0", .timeout_s = 32};
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        int err = read_option(arguments, option, optarg);
        if (err)
            return err;
    }
    if (!arguments->user || !arguments->password || !arguments->domain || optind != argc ||
        arguments->port > UINT16_MAX || !arguments->timeout_s || arguments->timeout_s > 3600)
        return ZV_E_INVAL;
    if (!arguments->allow_count) {
        arguments->allow[arguments->allow_count++] = (char *)(uintptr_t)arguments->domain;
        arguments->allow[arguments->allow_count++] = loopback;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct arguments arguments;
    struct tool tool = {.started_us = zv_clock_now_us()};
    if (read_arguments(argc, argv, &arguments)) {
        fputs(usage, stderr);
        return 2;
    }
    int err = open_tool(&tool, &arguments);
    if (!err) {
        begin(&tool, &arguments);
        if (tool.is_registered)
            leave(&tool);
    }
    int close_err = close_tool(&tool);
    bool is_ok = !err && !close_err && tool.is_registered && !tool.is_late;
    print(&tool, "result",
          json_pack("{s:b, s:s}", "ok", is_ok, "error", zv_err_name(err ? err : close_err)));
    return is_ok ? 0 : 1;
}
