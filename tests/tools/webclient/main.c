/*
 * webclient: a call of one client against a gateway, told in JSON lines on standard output. The
 * last line has the event "result"; the exit status is 0 only when what was asked for happened.
 */
#define _GNU_SOURCE
#include "tools/number.h"
#include "tools/webclient/client.h"

#include "base/err.h"
#include "base/time.h"
#include "io/clock.h"
#include "io/random.h"
#include "rtc/dtls/dtls.h"
#include "tools/webclient/orders.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_TONE_HZ   440.0
#define DEFAULT_SECONDS   5.0
#define DEFAULT_TIMEOUT_S 30.0
#define MAX_SECONDS       86400.0

static const char usage[] =
    "usage: webclient --url ws://HOST:PORT --login USER --password WORD --domain NAME\n"
    "                 [--auth-name NAME] [--proxy HOST[:PORT]] [--port PORT] [--no-register]\n"
    "                 [--call WHOM [--cancel-when-ringing] | --wait-call [--decline]]\n"
    "                 [--codec PCMU|PCMA] [--tone HZ] [--hear HZ [--presence]]\n"
    "                 [--seconds S] [--hangup-after-answer S] [--timeout S] [--follow]\n"
    "                 [--cut-at POINT [--cut-by reset|silence|reload] [--away S]]\n"
    "                 [--digits] [--orders]\n"
    "--seconds 0: talk until the other side hangs up. Without --call and --wait-call it "
    "registers.\n"
    "--presence: tells when the tone comes and goes. --follow: media goes on when the host gets\n"
    "another address. --cut-at: the connection is lost there, once, and taken up again after\n"
    "--away; POINT: registered, called, trying, ringing, accepted, described, answered, ice, "
    "dtls,\n"
    "heard, talking.\n"
    "--digits: tells the keys that the far end presses. --orders: reads what its user does from\n"
    "standard input: hold, unhold, hangup, sendDtmf {\"dtmf\": \"5\"}, listen {\"hz\": 700} (it "
    "tells\n"
    "what it hears from then on).\n";

enum choice {
    URL = 1,
    LOGIN,
    AUTH_NAME,
    PASSWORD,
    DOMAIN,
    PROXY,
    PORT,
    NO_REGISTER,
    CALL,
    CANCEL_WHEN_RINGING,
    WAIT_CALL,
    DECLINE,
    CODEC,
    TONE,
    HEAR,
    PRESENCE,
    FOLLOW,
    SECONDS,
    HANGUP_AFTER_ANSWER,
    TIMEOUT,
    CUT_AT,
    CUT_BY,
    AWAY,
    DIGITS,
    ORDERS,
    HELP,
};

static const struct option options[] = {
    {"url", required_argument, NULL, URL},
    {"login", required_argument, NULL, LOGIN},
    {"auth-name", required_argument, NULL, AUTH_NAME},
    {"password", required_argument, NULL, PASSWORD},
    {"domain", required_argument, NULL, DOMAIN},
    {"proxy", required_argument, NULL, PROXY},
    {"port", required_argument, NULL, PORT},
    {"no-register", no_argument, NULL, NO_REGISTER},
    {"call", required_argument, NULL, CALL},
    {"cancel-when-ringing", no_argument, NULL, CANCEL_WHEN_RINGING},
    {"wait-call", no_argument, NULL, WAIT_CALL},
    {"decline", no_argument, NULL, DECLINE},
    {"codec", required_argument, NULL, CODEC},
    {"tone", required_argument, NULL, TONE},
    {"hear", required_argument, NULL, HEAR},
    {"presence", no_argument, NULL, PRESENCE},
    {"follow", no_argument, NULL, FOLLOW},
    {"seconds", required_argument, NULL, SECONDS},
    {"hangup-after-answer", required_argument, NULL, HANGUP_AFTER_ANSWER},
    {"timeout", required_argument, NULL, TIMEOUT},
    {"cut-at", required_argument, NULL, CUT_AT},
    {"cut-by", required_argument, NULL, CUT_BY},
    {"away", required_argument, NULL, AWAY},
    {"digits", no_argument, NULL, DIGITS},
    {"orders", no_argument, NULL, ORDERS},
    {"help", no_argument, NULL, HELP},
    {0},
};

struct arguments {
    struct zv_wc_client_cfg cfg;
    char proxy_host[256];
    const char *codec;
    bool waits;
    bool declines;
    bool cancels;
    bool takes_orders;
    bool wants_help;
};

static bool read_seconds(const char *text, int64_t *ret_us)
{
    double seconds;
    if (!read_number(text, 0, MAX_SECONDS, &seconds))
        return false;
    *ret_us = (int64_t)(seconds * ZV_US_PER_S);
    return true;
}

static bool read_port(struct zv_str text, uint16_t *ret_port)
{
    uint32_t port;
    if (zv_str_to_u32(text, &port) || port == 0 || port > UINT16_MAX)
        return false;
    *ret_port = (uint16_t)port;
    return true;
}

/* "host", "host:port", "[::1]:port": the host goes into one field of `connection`, the port into
 * another. */
static bool read_proxy(const char *text, struct arguments *arguments)
{
    struct zv_str host = zv_str(text);
    const char *bracket = strrchr(text, ']'), *colon = strrchr(text, ':');
    if (colon && (!bracket || colon > bracket)) {
        if (!read_port(zv_str(colon + 1), &arguments->cfg.port))
            return false;
        host = zv_str_head(host, (size_t)(colon - text));
    }
    arguments->cfg.proxy = arguments->proxy_host;
    return zv_str_copy(host, arguments->proxy_host, sizeof(arguments->proxy_host)) == 0;
}

static bool read_value(int choice, const char *value, struct arguments *arguments)
{
    struct zv_wc_client_cfg *cfg = &arguments->cfg;
    switch (choice) {
    case PROXY:
        return read_proxy(value, arguments);
    case PORT:
        return read_port(zv_str(value), &cfg->port);
    case TONE:
        return read_number(value, 0, 4000, &cfg->tone_hz);
    case HEAR:
        return read_number(value, 20, 3900, &cfg->hear_hz);
    case SECONDS:
        if (!read_seconds(value, &cfg->talk_us))
            return false;
        cfg->talk_us = cfg->talk_us ? cfg->talk_us : ZV_TIME_NEVER;
        return true;
    case HANGUP_AFTER_ANSWER:
        cfg->needs_media = false;
        return read_seconds(value, &cfg->talk_us);
    case TIMEOUT:
        return read_seconds(value, &cfg->timeout_us);
    case CUT_AT:
        return zv_wc_point_of(value, &cfg->cut.point) == 0;
    case CUT_BY:
        return zv_wc_loss_of(value, &cfg->cut.loss) == 0;
    case AWAY:
        return read_seconds(value, &cfg->cut.away_us);
    default:
        return false;
    }
}

static bool read_option(int choice, const char *value, struct arguments *arguments)
{
    struct zv_wc_client_cfg *cfg = &arguments->cfg;
    const char **texts[] = {[URL] = &cfg->url,
                            [LOGIN] = &cfg->login,
                            [AUTH_NAME] = &cfg->auth_name,
                            [PASSWORD] = &cfg->password,
                            [DOMAIN] = &cfg->domain,
                            [CALL] = &cfg->callee,
                            [CODEC] = &arguments->codec,
                            [HELP] = NULL};
    bool *flags[] = {[WAIT_CALL] = &arguments->waits,
                     [DECLINE] = &arguments->declines,
                     [CANCEL_WHEN_RINGING] = &arguments->cancels,
                     [FOLLOW] = &cfg->follows_host,
                     [PRESENCE] = &cfg->tells_presence,
                     [DIGITS] = &cfg->wants_digits,
                     [ORDERS] = &arguments->takes_orders,
                     [HELP] = &arguments->wants_help};
    if (choice < URL || choice > HELP)
        return false;
    if (choice == NO_REGISTER)
        cfg->is_registering = false;
    else if (texts[choice])
        *texts[choice] = value;
    else if (flags[choice])
        *flags[choice] = true;
    else
        return read_value(choice, value, arguments);
    return true;
}

/* The parts that depend on each other. */
static bool combine(struct arguments *arguments)
{
    struct zv_wc_client_cfg *cfg = &arguments->cfg;
    if (!cfg->url || (cfg->callee && arguments->waits) ||
        (arguments->declines && !arguments->waits) || (arguments->cancels && !cfg->callee))
        return false;
    if (cfg->callee)
        cfg->goal = arguments->cancels ? ZV_WC_CANCEL : ZV_WC_CALL;
    else if (arguments->waits)
        cfg->goal = arguments->declines ? ZV_WC_WAIT_DECLINE : ZV_WC_WAIT_CALL;
    return zv_wc_codecs_of(arguments->codec, &cfg->codecs) == 0;
}

static bool read_arguments(int argc, char **argv, struct arguments *arguments)
{
    int choice;
    arguments->cfg = (struct zv_wc_client_cfg){
        .is_registering = true,
        .goal = ZV_WC_REGISTER,
        .tone_hz = DEFAULT_TONE_HZ,
        .talk_us = (int64_t)(DEFAULT_SECONDS * ZV_US_PER_S),
        .needs_media = true,
        .cut.away_us = ZV_MS(300),
        .timeout_us = (int64_t)(DEFAULT_TIMEOUT_S * ZV_US_PER_S),
    };
    while ((choice = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (!read_option(choice, optarg, arguments)) {
            if (choice != '?')
                fprintf(stderr, "webclient: wrong value: %s\n", optarg ? optarg : argv[optind - 1]);
            return false;
        }
    }
    return arguments->wants_help || (optind == argc && combine(arguments));
}

static void print_line(void *arg, json_t *line)
{
    (void)arg;
    json_dumpf(line, stdout, JSON_COMPACT);
    putchar('\n');
    fflush(stdout);
    json_decref(line);
}

static int wait_ms(const struct zv_wc_client *client)
{
    int64_t left_us = zv_wc_client_deadline_us(client) - zv_clock_now_us();
    if (left_us <= 0)
        return 0;
    return (int)ZV_MIN((left_us + ZV_US_PER_MS - 1) / ZV_US_PER_MS, INT64_C(60000));
}

static void run(struct zv_wc_client *client, bool takes_orders)
{
    struct zv_wc_orders orders = {.is_over = !takes_orders};
    while (!zv_wc_client_is_done(client)) {
        struct pollfd fds[ZV_WC_CLIENT_MAX_FDS + 1];
        size_t count = zv_wc_client_fds(client, fds);
        if (!orders.is_over)
            fds[count++] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
        int ready = poll(fds, count, wait_ms(client));
        (void)ready; /* the client looks for itself, and so do orders */
        zv_wc_client_run(client, zv_clock_now_us());
        if (!zv_wc_client_is_done(client))
            zv_wc_orders_read(&orders, client, zv_clock_now_us());
    }
}

int main(int argc, char **argv)
{
    struct arguments arguments = {0};
    struct zv_dtls_ctx *dtls_ctx = NULL;
    struct zv_wc_client *client = NULL;
    if (!read_arguments(argc, argv, &arguments)) {
        fputs(usage, stderr);
        return 2;
    }
    if (arguments.wants_help) {
        fputs(usage, stdout);
        return 0;
    }
    signal(SIGPIPE, SIG_IGN);
    const struct zv_dtls_ctx_cfg dtls = {.now_unix_s = zv_clock_wall_us() / ZV_US_PER_S};
    int err = zv_dtls_ctx_new(&dtls_ctx, &dtls);
    arguments.cfg.rand = zv_rand_os();
    arguments.cfg.dtls_ctx = dtls_ctx;
    arguments.cfg.on_report_fn = print_line;
    arguments.cfg.now_unix_s = dtls.now_unix_s;
    if (!err)
        err = zv_wc_client_new(&client, &arguments.cfg, zv_clock_now_us());
    if (err)
        print_line(NULL, json_pack("{s:s, s:i, s:b, s:s, s:s}", "event", "result", "ms", 0, "ok", 0,
                                   "cause", "disconnected", "info", zv_err_text(err)));
    else
        run(client, arguments.takes_orders);
    bool is_ok = client && zv_wc_client_is_ok(client);
    zv_wc_client_free(client);
    zv_dtls_ctx_unref(dtls_ctx);
    return is_ok ? 0 : 1;
}
