/*
 * webload: many calls of web clients at once in one process, against a gateway and a sipfarm behind
 * it. Prints the result as a JSON line; the exit status is 0 when every call was, and was heard.
 */
#define _GNU_SOURCE
#include "base/err.h"
#include "io/clock.h"
#include "io/random.h"
#include "rtc/dtls/dtls.h"
#include "tools/load/crowd.h"
#include "tools/number.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
    "usage: webload --url ws://HOST:PORT --domain NAME [--port PORT] --call WHOM --calls N\n"
    "               [--first-login USER] [--password-prefix TEXT] [--register]\n"
    "               [--rate CALLS/S] [--warm-up S] [--seconds S] [--patience S]\n"
    "               [--mode tones|probes] [--codec PCMU|PCMA] [--video] [--in-step]\n"
    "               [--gateway-pid PID]\n"
    "User names are numbers: the one of --first-login (1001) and the next ones.\n";

enum choice {
    URL = 1,
    DOMAIN,
    PORT,
    CALL,
    CALLS,
    FIRST_LOGIN,
    PASSWORD_PREFIX,
    REGISTER,
    RATE,
    WARM_UP,
    SECONDS,
    PATIENCE,
    MODE,
    CODEC,
    VIDEO,
    IN_STEP,
    GATEWAY_PID,
    HELP,
};

static const struct option options[] = {
    {"url", required_argument, NULL, URL},
    {"domain", required_argument, NULL, DOMAIN},
    {"port", required_argument, NULL, PORT},
    {"call", required_argument, NULL, CALL},
    {"calls", required_argument, NULL, CALLS},
    {"first-login", required_argument, NULL, FIRST_LOGIN},
    {"password-prefix", required_argument, NULL, PASSWORD_PREFIX},
    {"register", no_argument, NULL, REGISTER},
    {"rate", required_argument, NULL, RATE},
    {"warm-up", required_argument, NULL, WARM_UP},
    {"seconds", required_argument, NULL, SECONDS},
    {"patience", required_argument, NULL, PATIENCE},
    {"mode", required_argument, NULL, MODE},
    {"codec", required_argument, NULL, CODEC},
    {"video", no_argument, NULL, VIDEO},
    {"in-step", no_argument, NULL, IN_STEP},
    {"gateway-pid", required_argument, NULL, GATEWAY_PID},
    {"help", no_argument, NULL, HELP},
    {0},
};

static bool read_seconds(const char *text, int64_t *ret_us)
{
    double seconds;
    if (!read_number(text, 0, 86400, &seconds))
        return false;
    *ret_us = (int64_t)(seconds * ZV_US_PER_S);
    return true;
}

static bool read_unsigned(const char *text, unsigned least, unsigned most, unsigned *ret_number)
{
    uint32_t number;
    if (zv_str_to_u32(zv_str(text), &number) || number < least || number > most)
        return false;
    *ret_number = number;
    return true;
}

static bool read_pid(const char *text, pid_t *ret_pid)
{
    unsigned pid;
    if (!read_unsigned(text, 1, INT32_MAX, &pid))
        return false;
    *ret_pid = (pid_t)pid;
    return true;
}

static bool read_port(const char *text, uint16_t *ret_port)
{
    unsigned port;
    if (!read_unsigned(text, 1, UINT16_MAX, &port))
        return false;
    *ret_port = (uint16_t)port;
    return true;
}

static bool read_option(int choice, const char *value, struct zv_load_crowd_cfg *cfg)
{
    struct zv_wc_client_cfg *client = &cfg->client;
    const char **texts[] = {[URL] = &client->url,
                            [DOMAIN] = &client->domain,
                            [CALL] = &client->callee,
                            [PASSWORD_PREFIX] = &cfg->password_prefix,
                            [HELP] = NULL};
    if (choice < URL || choice > HELP)
        return false;
    if (texts[choice]) {
        *texts[choice] = value;
        return true;
    }
    switch (choice) {
    case PORT:
        return read_port(value, &client->port);
    case CALLS:
        return read_unsigned(value, 1, 100000, &cfg->calls);
    case FIRST_LOGIN:
        return read_unsigned(value, 0, 1000000000, &cfg->first_login);
    case REGISTER:
        client->is_registering = true;
        return true;
    case RATE:
        return read_number(value, 0.01, 10000, &cfg->rate);
    case WARM_UP:
        return read_seconds(value, &cfg->warm_up_us);
    case SECONDS:
        return read_seconds(value, &cfg->window_us);
    case PATIENCE:
        return read_seconds(value, &cfg->patience_us);
    case MODE:
        return zv_load_mode_of(value, &cfg->mode) == 0;
    case CODEC:
        return zv_load_law_of(value, &cfg->law) == 0 &&
               zv_wc_codecs_of(value, &client->codecs) == 0;
    case VIDEO:
        cfg->has_video = true;
        return true;
    case IN_STEP:
        client->is_in_step = true;
        return true;
    case GATEWAY_PID:
        return read_pid(value, &cfg->gateway);
    default:
        return false;
    }
}

static bool read_arguments(int argc, char **argv, struct zv_load_crowd_cfg *cfg, bool *ret_help)
{
    int choice;
    int err = zv_wc_codecs_of("PCMU", &cfg->client.codecs);
    while (!err && (choice = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (choice == HELP) {
            *ret_help = true;
            return true;
        }
        if (!read_option(choice, optarg, cfg))
            return false;
    }
    return !err && optind == argc && cfg->client.url && cfg->client.domain && cfg->client.callee &&
           cfg->calls;
}

static int play(struct zv_load_crowd_cfg *cfg)
{
    struct zv_load_crowd *crowd = NULL;
    const struct zv_dtls_ctx_cfg dtls = {.now_unix_s = zv_clock_wall_us() / ZV_US_PER_S};
    bool is_ok = false;
    /* A client's two sockets and what the course needs. */
    int err = zv_load_loop_init(cfg->loop, cfg->calls + 2);
    if (!err)
        err = zv_dtls_ctx_new(&cfg->client.dtls_ctx, &dtls);
    if (!err)
        err = zv_load_crowd_new(&crowd, cfg, zv_clock_now_us());
    if (!err)
        err = zv_load_loop_run(cfg->loop);
    if (err)
        fprintf(stderr, "webload: %s\n", zv_err_text(err));
    else
        is_ok = zv_load_crowd_report(crowd);
    zv_load_crowd_free(crowd);
    zv_dtls_ctx_unref(cfg->client.dtls_ctx);
    zv_load_loop_fini(cfg->loop);
    return is_ok ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct zv_load_loop loop;
    struct zv_load_crowd_cfg cfg = {
        .loop = &loop,
        .client = {.rand = zv_rand_os(),
                   .goal = ZV_WC_CALL,
                   .talk_us = ZV_TIME_NEVER,
                   .needs_media = true,
                   .timeout_us = ZV_SECONDS(86400)},
        .first_login = 1001,
        .rate = 20,
        .warm_up_us = ZV_SECONDS(2),
        .window_us = ZV_SECONDS(10),
        .patience_us = ZV_SECONDS(60),
    };
    bool wants_help = false;
    if (!read_arguments(argc, argv, &cfg, &wants_help)) {
        fputs(usage, stderr);
        return 2;
    }
    if (wants_help) {
        fputs(usage, stdout);
        return 0;
    }
    return play(&cfg);
}
