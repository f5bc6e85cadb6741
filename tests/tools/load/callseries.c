/*
 * callseries: calls in a row, a few side by side, each by a client of its own with real media,
 * which connects, calls, talks for a moment, hangs up and leaves. Prints what went wrong and the
 * result as JSON lines; the exit status is 0 when every call was, and was heard.
 */
#define _GNU_SOURCE
#include "base/alloc.h"
#include "base/err.h"
#include "io/clock.h"
#include "io/random.h"
#include "rtc/dtls/dtls.h"
#include "tools/load/voice.h"
#include "tools/number.h"
#include "tools/webclient/client.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_AT_ONCE 64
#define MAX_TOLD    20 /* calls that went wrong */
#define ACCOUNTS    8  /* user names: that of --first-login and the next ones */
#define TIMEOUT_US  ZV_SECONDS(30)

static const char usage[] =
    "usage: callseries --url ws://HOST:PORT --domain NAME [--port PORT] --call WHOM --calls N\n"
    "                  [--at-once N] [--first-login USER] [--password-prefix TEXT] [--seconds S]\n";

enum choice { URL = 1, DOMAIN, PORT, CALL, CALLS, AT_ONCE, FIRST_LOGIN, PASSWORD_PREFIX, SECONDS };

static const struct option options[] = {
    {"url", required_argument, NULL, URL},
    {"domain", required_argument, NULL, DOMAIN},
    {"port", required_argument, NULL, PORT},
    {"call", required_argument, NULL, CALL},
    {"calls", required_argument, NULL, CALLS},
    {"at-once", required_argument, NULL, AT_ONCE},
    {"first-login", required_argument, NULL, FIRST_LOGIN},
    {"password-prefix", required_argument, NULL, PASSWORD_PREFIX},
    {"seconds", required_argument, NULL, SECONDS},
    {0},
};

struct line {
    struct series *series; /* borrowed */
    struct zv_wc_client *client;
    int64_t hangup_us; /* ZV_TIME_NEVER: nothing was heard yet */
    char login[16];
    char password[48];
};

struct series {
    struct zv_wc_client_cfg cfg;
    const char *password_prefix;
    unsigned first_login;
    unsigned calls;
    int64_t talk_us; /* from the first sound on */
    unsigned at_once;
    unsigned started;
    unsigned good;
    unsigned wrong;
    struct line lines[MAX_AT_ONCE];
};

/* ---- options ---- */

static bool read_option(int choice, const char *value, struct series *series)
{
    const char **texts[] = {[URL] = &series->cfg.url,
                            [DOMAIN] = &series->cfg.domain,
                            [CALL] = &series->cfg.callee,
                            [PASSWORD_PREFIX] = &series->password_prefix,
                            [SECONDS] = NULL};
    double number;
    if (choice < URL || choice > SECONDS)
        return false;
    if (texts[choice]) {
        *texts[choice] = value;
        return true;
    }
    if (!read_number(value, 0, 1e9, &number))
        return false;
    switch (choice) {
    case PORT:
        series->cfg.port = (uint16_t)number;
        return number >= 1 && number <= UINT16_MAX;
    case CALLS:
        series->calls = (unsigned)number;
        return number >= 1;
    case AT_ONCE:
        series->at_once = (unsigned)number;
        return number >= 1 && number <= MAX_AT_ONCE;
    case FIRST_LOGIN:
        series->first_login = (unsigned)number;
        return true;
    default: /* SECONDS */
        series->talk_us = (int64_t)(number * ZV_US_PER_S);
        return number <= 3600;
    }
}

static bool read_arguments(int argc, char **argv, struct series *series)
{
    int choice;
    while ((choice = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (!read_option(choice, optarg, series))
            return false;
    }
    return optind == argc && series->cfg.url && series->cfg.domain && series->cfg.callee &&
           series->calls && zv_wc_codecs_of("PCMU", &series->cfg.codecs) == 0;
}

/* ---- calls ---- */

/* The result of a call that went wrong, the first few. */
static void on_report(void *arg, json_t *report)
{
    struct series *series = ((struct line *)arg)->series;
    const char *event = json_string_value(json_object_get(report, "event"));
    bool is_told = event && strcmp(event, "result") == 0 &&
                   !json_is_true(json_object_get(report, "ok")) && series->wrong < MAX_TOLD;
    json_object_del(report, "event");
    if (is_told)
        zv_load_print("wrong", json_incref(report));
    json_decref(report);
}

static void start(struct series *series, struct line *line, int64_t now_us)
{
    struct zv_wc_client_cfg cfg = series->cfg;
    unsigned user = series->first_login + series->started % ACCOUNTS;
    snprintf(line->login, sizeof(line->login), "%u", user);
    snprintf(line->password, sizeof(line->password), "%.32s%u", series->password_prefix, user);
    cfg.login = line->login;
    cfg.password = line->password;
    cfg.on_report_fn = on_report;
    cfg.arg = line;
    line->hangup_us = ZV_TIME_NEVER;
    series->started++;
    if (zv_wc_client_new(&line->client, &cfg, now_us))
        series->wrong++;
}

static void finish(struct series *series, struct line *line)
{
    if (zv_wc_client_is_ok(line->client))
        series->good++;
    else
        series->wrong++;
    line->client = zv_wc_client_free(line->client);
}

/* A moment after the first sound: how long DTLS takes is the machine's business. */
static void run(struct series *series, struct line *line, int64_t now_us)
{
    struct zv_wc_media_stats stats;
    zv_wc_client_run(line->client, now_us);
    if (line->hangup_us == ZV_TIME_NEVER && zv_wc_client_is_talking(line->client)) {
        zv_wc_client_stats(line->client, &stats);
        if (stats.peer.rx_packets > 0)
            line->hangup_us = now_us + series->talk_us;
    }
    if (line->hangup_us <= now_us)
        zv_wc_client_hang_up(line->client, now_us);
}

static void turn(struct series *series)
{
    int64_t now_us = zv_clock_now_us();
    for (unsigned i = 0; i < series->at_once; i++) {
        struct line *line = &series->lines[i];
        if (line->client)
            run(series, line, now_us);
        if (line->client && zv_wc_client_is_done(line->client))
            finish(series, line);
        if (!line->client && series->started < series->calls)
            start(series, line, now_us);
    }
}

static void wait_for_something(const struct series *series)
{
    struct pollfd fds[MAX_AT_ONCE * ZV_WC_CLIENT_MAX_FDS];
    int64_t now_us = zv_clock_now_us(), at_us = now_us + ZV_SECONDS(1);
    size_t count = 0;
    for (unsigned i = 0; i < series->at_once; i++) {
        if (!series->lines[i].client)
            continue;
        count += zv_wc_client_fds(series->lines[i].client, fds + count);
        at_us = zv_time_min(at_us, zv_wc_client_deadline_us(series->lines[i].client));
        if (series->lines[i].hangup_us > now_us)
            at_us = zv_time_min(at_us, series->lines[i].hangup_us);
    }
    int wait_ms = at_us <= now_us ? 0 : (int)((at_us - now_us + ZV_US_PER_MS - 1) / ZV_US_PER_MS);
    int ready = poll(fds, count, wait_ms);
    (void)ready; /* clients look for themselves */
}

static void play(struct series *series)
{
    int64_t begun_us = zv_clock_now_us();
    for (unsigned i = 0; i < series->at_once; i++)
        series->lines[i].series = series;
    while (series->good + series->wrong < series->calls) {
        turn(series);
        wait_for_something(series);
    }
    zv_load_print("result",
                  json_pack("{s:b, s:I, s:I, s:f}", "ok", series->wrong == 0, "good",
                            (json_int_t)series->good, "wrong", (json_int_t)series->wrong, "seconds",
                            (double)(zv_clock_now_us() - begun_us) / ZV_US_PER_S));
}

int main(int argc, char **argv)
{
    static struct series series = {
        .cfg = {.goal = ZV_WC_CALL,
                .tone_hz = 440,
                .talk_us = ZV_TIME_NEVER,
                .needs_media = true,
                .timeout_us = TIMEOUT_US},
        .password_prefix = "secret",
        .first_login = 1001,
        .talk_us = ZV_MS(200),
        .at_once = 8,
    };
    struct zv_dtls_ctx *dtls_ctx = NULL;
    const struct zv_dtls_ctx_cfg dtls = {.now_unix_s = zv_clock_wall_us() / ZV_US_PER_S};
    if (!read_arguments(argc, argv, &series)) {
        fputs(usage, stderr);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    int err = zv_dtls_ctx_new(&dtls_ctx, &dtls);
    if (err) {
        fprintf(stderr, "callseries: %s\n", zv_err_text(err));
        return 1;
    }
    series.cfg.rand = zv_rand_os();
    series.cfg.dtls_ctx = dtls_ctx;
    series.cfg.now_unix_s = dtls.now_unix_s;
    play(&series);
    zv_dtls_ctx_unref(dtls_ctx);
    return series.wrong ? 1 : 0;
}
