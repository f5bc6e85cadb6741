/*
 * sipfarm: the SIP side of many calls at once in one process. Prints where it listens, and when it
 * is told to end (SIGTERM) what it heard, as JSON lines; the exit status is 0 when that was right.
 */
#define _GNU_SOURCE
#include "base/err.h"
#include "io/random.h"
#include "tools/load/farm.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
    "usage: sipfarm [--listen ADDRESS:PORT] [--max-calls N] [--first-caller USER]\n"
    "               [--mode tones|probes] [--codec PCMU|PCMA] [--video] [--in-step]\n"
    "The caller's user name is a number: the one of --first-caller (1001) makes call 0.\n";

enum choice {
    LISTEN = 1,
    MAX_CALLS,
    FIRST_CALLER,
    MODE,
    CODEC,
    VIDEO,
    IN_STEP,
    HELP,
};

static const struct option options[] = {
    {"listen", required_argument, NULL, LISTEN},
    {"max-calls", required_argument, NULL, MAX_CALLS},
    {"first-caller", required_argument, NULL, FIRST_CALLER},
    {"mode", required_argument, NULL, MODE},
    {"codec", required_argument, NULL, CODEC},
    {"video", no_argument, NULL, VIDEO},
    {"in-step", no_argument, NULL, IN_STEP},
    {"help", no_argument, NULL, HELP},
    {0},
};

static bool read_unsigned(const char *text, unsigned *ret_number)
{
    uint32_t number;
    if (zv_str_to_u32(zv_str(text), &number) || !number)
        return false;
    *ret_number = number;
    return true;
}

static bool read_option(int choice, const char *value, struct zv_load_farm_cfg *cfg)
{
    switch (choice) {
    case LISTEN:
        return zv_addr_parse(zv_str(value), &cfg->sip) == 0;
    case MAX_CALLS:
        return read_unsigned(value, &cfg->max_calls);
    case FIRST_CALLER:
        return read_unsigned(value, &cfg->first_caller);
    case MODE:
        return zv_load_mode_of(value, &cfg->mode) == 0;
    case CODEC:
        cfg->codec = value;
        return true;
    case VIDEO:
        cfg->has_video = true;
        return true;
    case IN_STEP:
        cfg->is_in_step = true;
        return true;
    default:
        return false;
    }
}

static int serve(struct zv_load_farm_cfg *cfg, struct zv_load_loop *loop)
{
    struct zv_load_farm *farm = NULL;
    char text[ZV_ADDR_TEXT_CAP];
    int err = zv_load_farm_new(&farm, cfg);
    if (err) {
        fprintf(stderr, "sipfarm: %s\n", zv_err_text(err));
        return 1;
    }
    struct zv_addr at = zv_load_farm_address(farm);
    zv_load_print("listening", json_pack("{s:s, s:i}", "address", zv_addr_write(&at, text), "port",
                                         (int)at.port));
    err = zv_load_loop_run(loop);
    bool is_ok = zv_load_farm_report(farm) && !err;
    zv_load_farm_free(farm);
    return is_ok ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct zv_load_loop loop;
    struct zv_load_farm_cfg cfg = {.loop = &loop,
                                   .sip = {.family = ZV_ADDR_IPV4, .ip = {127, 0, 0, 1}},
                                   .max_calls = 1000,
                                   .first_caller = 1001,
                                   .codec = "PCMU"};
    int choice;
    while ((choice = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (choice == HELP) {
            fputs(usage, stdout);
            return 0;
        }
        if (!read_option(choice, optarg, &cfg)) {
            fputs(usage, stderr);
            return 2;
        }
    }
    cfg.rand = zv_rand_os();
    int err = zv_load_loop_init(&loop, cfg.max_calls);
    int status = 1;
    if (err)
        fprintf(stderr, "sipfarm: %s\n", zv_err_text(err));
    else
        status = serve(&cfg, &loop);
    zv_load_loop_fini(&loop);
    return status;
}
