#define _GNU_SOURCE
#include "gateway/options.h"

#include "base/err.h"

#include <getopt.h>
#include <stdio.h>

#define DEFAULT_CONFIG "/etc/zvonok/zvonok.yaml"

const char zv_options_help[] =
    "usage: zvonokd [--config FILE] [--set KEY=VALUE ...] [--secrets FILE]\n"
    "       zvonokd --check-config [--config FILE] [--set KEY=VALUE ...] [--secrets FILE]\n"
    "       zvonokd --print-config\n"
    "       zvonokd --make-cert DIR [--name NAME ...]\n"
    "\n"
    "Zvonok's gateway: browsers and apps connect by Secure WebSocket, it makes and takes their "
    "calls\n"
    "at a SIP server and carries sound and picture between WebRTC and RTP.\n"
    "\n"
    "  --config FILE     the configuration (default " DEFAULT_CONFIG ")\n"
    "  --set KEY=VALUE   sets one key over the file, such as --set log.level=debug\n"
    "  --secrets FILE    lines NAME=VALUE for ${NAME} in the configuration (default: secrets in\n"
    "                    $CREDENTIALS_DIRECTORY, if there is one)\n"
    "  --check-config    says all that is wrong with the configuration and the files and ports "
    "that\n"
    "                    it names, and stops\n"
    "  --print-config    prints every key with its default and meaning\n"
    "  --make-cert DIR   makes a local certificate authority and a certificate for this host\n"
    "  --name NAME       a further host name or address for --make-cert\n"
    "  --version         prints the version\n"
    "  --help            prints this\n"
    "\n"
    "Signals: SIGTERM takes no new calls, waits for the last to end (drain.timeout) and stops; a\n"
    "second one, and SIGINT, ends the calls and stops, one more stops at once. SIGUSR1 writes "
    "what\n"
    "is counted to the log, SIGHUP reads the configuration and certificates anew.\n";

static int usage_error(const char *sentence, const char *detail)
{
    fprintf(stderr, "zvonokd: %s%s\nTry zvonokd --help.\n", sentence, detail);
    return ZV_E_INVAL;
}

int zv_options_parse(struct zv_options *ret_options, int argc, char **argv)
{
    struct zv_options *options = ret_options;
    enum { CONFIG = 256, SET, SECRETS, CHECK, PRINT, CERT, NAME, VERSION, HELP };
    static const struct option table[] = {
        {"config", required_argument, NULL, CONFIG},
        {"set", required_argument, NULL, SET},
        {"secrets", required_argument, NULL, SECRETS},
        {"check-config", no_argument, NULL, CHECK},
        {"print-config", no_argument, NULL, PRINT},
        {"make-cert", required_argument, NULL, CERT},
        {"name", required_argument, NULL, NAME},
        {"version", no_argument, NULL, VERSION},
        {"help", no_argument, NULL, HELP},
        {NULL, 0, NULL, 0},
    };
    int option;
    *options = (struct zv_options){0};
    while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
        if (option == CONFIG)
            options->config_file = optarg;
        else if (option == SECRETS)
            options->secrets_file = optarg;
        else if (option == CHECK)
            options->wants_check = true;
        else if (option == PRINT)
            options->wants_print = true;
        else if (option == CERT)
            options->cert_dir = optarg;
        else if (option == VERSION)
            options->wants_version = true;
        else if (option == HELP)
            options->wants_help = true;
        else if (option == SET && options->setting_count < ZV_OPTIONS_MAX_SETTINGS)
            options->settings[options->setting_count++] = optarg;
        else if (option == NAME && options->name_count < ZV_OPTIONS_MAX_NAMES)
            options->names[options->name_count++] = optarg;
        else
            return usage_error("the command line was not understood", "");
    }
    return optind < argc ? usage_error("there is no argument ", argv[optind]) : 0;
}

struct zv_config_source zv_options_source(const struct zv_options *options)
{
    return (struct zv_config_source){
        .file = options->config_file ? options->config_file : DEFAULT_CONFIG,
        .settings = options->settings,
        .setting_count = options->setting_count,
        .secrets_file = options->secrets_file,
    };
}
