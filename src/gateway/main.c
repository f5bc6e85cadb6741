/* zvonokd: the command line, signals, the loop. */
#define _GNU_SOURCE
#include "base/err.h"
#include "base/log.h"
#include "gateway/cert.h"
#include "gateway/check.h"
#include "gateway/config.h"
#include "gateway/config_source.h"
#include "gateway/gateway.h"
#include "gateway/lifeline.h"
#include "gateway/logging.h"
#include "gateway/reload.h"
#include "io/clock.h"
#include "io/logsink.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <uv.h>

#define DEFAULT_CONFIG "/etc/zvonok/zvonok.yaml"
#define MAX_SETTINGS   64
#define MAX_NAMES      32

/* Exit codes: 0 done, 1 could not start or run, 2 the command line is wrong, 78 (EX_CONFIG of
 * sysexits.h) the configuration is: another start would find it as it is, and the unit for systemd
 * does not try. */
enum { EXIT_USAGE = 2, EXIT_CONFIG = 78 };

struct options {
    const char *config_file; /* NULL: DEFAULT_CONFIG */
    const char *secrets_file;
    const char *cert_dir;
    const char *settings[MAX_SETTINGS]; /* "key=value" */
    size_t setting_count;
    const char *names[MAX_NAMES];
    size_t name_count;
    bool wants_check;
    bool wants_set_up;
    bool wants_print;
    bool wants_help;
    bool wants_version;
};

static const char help_text[] =
    "usage: zvonokd [--config FILE] [--set KEY=VALUE ...] [--secrets FILE]\n"
    "       zvonokd --check-config [--config FILE]\n"
    "       zvonokd --is-set-up [--config FILE]\n"
    "       zvonokd --print-config\n"
    "       zvonokd --make-cert DIR [--name NAME ...]\n"
    "\n"
    "Zvonok's gateway: browsers and apps connect by Secure WebSocket, it makes and takes their "
    "calls\n"
    "at a SIP server and carries the sound between WebRTC and RTP.\n"
    "\n"
    "  --config FILE     the configuration (default " DEFAULT_CONFIG ")\n"
    "  --set KEY=VALUE   sets one key over the file, such as --set log.level=debug\n"
    "  --secrets FILE    lines NAME=VALUE for ${NAME} in the configuration (default: secrets in\n"
    "                    $CREDENTIALS_DIRECTORY, if there is one)\n"
    "  --check-config    says all that is wrong with the configuration and the files and ports "
    "that\n"
    "                    it names, and stops\n"
    "  --is-set-up       exit status 1, with a sentence, while the file leaves out sip.allow\n"
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
    return EXIT_USAGE;
}

static int parse_options(int argc, char **argv, struct options *options)
{
    enum { CONFIG = 256, SET, SECRETS, CHECK, SET_UP, PRINT, CERT, NAME, VERSION, HELP };
    static const struct option table[] = {
        {"config", required_argument, NULL, CONFIG},
        {"set", required_argument, NULL, SET},
        {"secrets", required_argument, NULL, SECRETS},
        {"check-config", no_argument, NULL, CHECK},
        {"is-set-up", no_argument, NULL, SET_UP}, /* the unit asks */
        {"print-config", no_argument, NULL, PRINT},
        {"make-cert", required_argument, NULL, CERT},
        {"name", required_argument, NULL, NAME},
        {"version", no_argument, NULL, VERSION},
        {"help", no_argument, NULL, HELP},
        {NULL, 0, NULL, 0},
    };
    int option;
    while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
        if (option == CONFIG)
            options->config_file = optarg;
        else if (option == SECRETS)
            options->secrets_file = optarg;
        else if (option == CHECK)
            options->wants_check = true;
        else if (option == SET_UP)
            options->wants_set_up = true;
        else if (option == PRINT)
            options->wants_print = true;
        else if (option == CERT)
            options->cert_dir = optarg;
        else if (option == VERSION)
            options->wants_version = true;
        else if (option == HELP)
            options->wants_help = true;
        else if (option == SET && options->setting_count < MAX_SETTINGS)
            options->settings[options->setting_count++] = optarg;
        else if (option == NAME && options->name_count < MAX_NAMES)
            options->names[options->name_count++] = optarg;
        else
            return usage_error("the command line was not understood", "");
    }
    return optind < argc ? usage_error("there is no argument ", argv[optind]) : 0;
}

static int make_cert(const struct options *options)
{
    char error[ZV_CERT_ERROR_CAP] = "";
    struct zv_cert_cfg cfg = {
        .dir = options->cert_dir, .names = options->names, .name_count = options->name_count};
    int err = zv_cert_make(&cfg, error);
    if (err && err != ZV_E_EXISTS) {
        fprintf(stderr, "zvonokd: %s\n", error);
        return EXIT_FAILURE;
    }
    printf("%s\n\nTrust %s/ca.crt on the devices that will connect, and add to zvonok.yaml:\n\n"
           "http:\n  certificate: %s/server.crt\n  private_key: %s/server.key\n",
           err ? "The certificate that is there is current; nothing was changed." : "Made.",
           options->cert_dir, options->cert_dir, options->cert_dir);
    return EXIT_SUCCESS;
}

static void print_text(void *arg, const char *text)
{
    fputs(text, arg);
}

static struct zv_config_source source_of(const struct options *options)
{
    return (struct zv_config_source){
        .file = options->config_file ? options->config_file : DEFAULT_CONFIG,
        .settings = options->settings,
        .setting_count = options->setting_count,
        .secrets_file = options->secrets_file,
    };
}

static int load_config(const struct zv_config_source *source, const struct zv_service *service,
                       struct zv_config *config)
{
    char error[ZV_CONFIG_ERROR_CAP];
    int err = zv_config_source_read(source, config, error);
    if (err) {
        fprintf(stderr, "zvonokd: %s\n", error);
        zv_lifeline_refuse(service, error);
    }
    return err;
}

static void print_finding(void *arg, enum zv_severity severity, const char *text,
                          const char *remedy)
{
    bool is_failure = severity >= ZV_SEVERITY_FAIL;
    (void)arg;
    fprintf(is_failure ? stderr : stdout, "%s: %s%s%s\n", is_failure ? "error" : "warning", text,
            remedy[0] ? "\n  What to do: " : "", remedy);
}

static int check_config(const struct zv_config_source *source)
{
    struct zv_check_counts counts;
    zv_check_configuration(source, print_finding, NULL, &counts);
    if (counts.failures) {
        fprintf(stderr, "zvonokd: errors: %zu, warnings: %zu\n", counts.failures, counts.warnings);
        return EXIT_FAILURE;
    }
    printf(counts.warnings ? "The configuration is right; warnings: %zu.\n"
                           : "The configuration is right.\n",
           counts.warnings);
    return EXIT_SUCCESS;
}

/* For ExecCondition= of a unit: what is not set up is not started, and has not failed. */
static int is_set_up(const char *file)
{
    if (!zv_check_is_fresh(file))
        return EXIT_SUCCESS;
    fprintf(stderr,
            "zvonokd stays stopped until sip.allow in %s says where clients may send SIP, such "
            "as allow: [sip.example.org]\n",
            file);
    return EXIT_FAILURE;
}

/* ---- running ---- */

struct daemon {
    struct zv_gateway *gateway;
    struct zv_lifeline *lifeline;
    uv_signal_t signals[4];
    uv_timer_t log_timer;
};

static void reload(struct daemon *daemon)
{
    struct zv_reload done;
    zv_lifeline_begin_reload(daemon->lifeline);
    int err = zv_gateway_reload(daemon->gateway, &done);
    (void)err; /* it has logged what came of it */
    zv_lifeline_end_reload(daemon->lifeline);
    zv_reload_fini(&done);
}

/* SIGTERM is for who restarts a gateway, and drains at first; SIGINT is for who sits before it. */
static void on_stop_signal(struct daemon *daemon, int number)
{
    zv_log(ZV_LOG_MAIN, ZV_LOG_INFO, NULL, "signal %d: stopping", number);
    if (number != SIGTERM || !zv_gateway_drain(daemon->gateway))
        zv_gateway_stop(daemon->gateway);
    zv_lifeline_look(daemon->lifeline);
}

static void on_signal(uv_signal_t *signal, int number)
{
    struct daemon *daemon = signal->data;
    char counts[1024];
    if (number == SIGUSR1) {
        if (zv_gateway_write_counts(daemon->gateway, counts, sizeof(counts)))
            zv_log(ZV_LOG_MAIN, ZV_LOG_INFO, NULL, "counts: %s", counts);
        return;
    }
    if (number == SIGHUP) {
        reload(daemon);
        return;
    }
    on_stop_signal(daemon, number);
}

static void watch_signals(struct daemon *daemon, uv_loop_t *loop)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGUSR1, SIGHUP};
    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < ZV_ARRAY_LEN(numbers); i++) {
        uv_signal_init(loop, &daemon->signals[i]);
        daemon->signals[i].data = daemon;
        uv_signal_start(&daemon->signals[i], on_signal, numbers[i]);
        uv_unref((uv_handle_t *)&daemon->signals[i]); /* the gateway decides when the loop ends */
    }
}

static void close_handles(struct daemon *daemon)
{
    for (size_t i = 0; i < ZV_ARRAY_LEN(daemon->signals); i++)
        uv_close((uv_handle_t *)&daemon->signals[i], NULL);
    uv_close((uv_handle_t *)&daemon->log_timer, NULL);
}

/* ---- the log ---- */

/* A flood that ended in silence is reported no later than this after its window. */
#define LOG_TURN_MS 1000

static void on_log_turn(uv_timer_t *timer)
{
    (void)timer;
    zv_logsink_on_timeout(zv_clock_now_us());
}

static void start_log_timer(struct daemon *daemon, uv_loop_t *loop)
{
    uv_timer_init(loop, &daemon->log_timer);
    uv_timer_start(&daemon->log_timer, on_log_turn, LOG_TURN_MS, LOG_TURN_MS);
    uv_unref((uv_handle_t *)&daemon->log_timer);
}

/*
 * As many descriptors as the configuration can use, if this user may have them; what is still too
 * few the doctor tells. Not more: libwebsockets sets memory aside for each that there may be, and
 * where there may be more than ten million, as in many containers, it makes do with 2560.
 */
#define LEAST_DESCRIPTORS 65536
#define MOST_DESCRIPTORS  (1 << 23)

static void set_descriptors(const struct zv_config *config)
{
    struct rlimit limit;
    rlim_t used = (rlim_t)(config->http_max_connections + config->sip_max_connections +
                           4 * config->limits_calls);
    rlim_t wanted = ZV_MAX((rlim_t)LEAST_DESCRIPTORS, 2 * used); /* TLS to be set up, DNS, files */
    if (getrlimit(RLIMIT_NOFILE, &limit) ||
        (limit.rlim_cur >= wanted && limit.rlim_cur <= MOST_DESCRIPTORS))
        return;
    limit.rlim_cur = ZV_MIN(ZV_MIN(wanted, (rlim_t)MOST_DESCRIPTORS), limit.rlim_max);
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* The user is for the unit to choose (deploy/systemd); by hand it is easily root. */
static void warn_of_root(void)
{
    if (geteuid() == 0)
        zv_log(ZV_LOG_MAIN, ZV_LOG_WARN, NULL,
               "zvonokd runs as root, which it has no need of: run it as a user of its own, as "
               "deploy/systemd/zvonokd.service does");
}

static int run(const struct zv_config_source *source, const struct zv_service *service,
               struct zv_config *config)
{
    struct daemon daemon = {0};
    uv_loop_t loop;
    char error[ZV_GATEWAY_ERROR_CAP];
    zv_gateway_open_log(config);
    set_descriptors(config);
    warn_of_root();
    if (uv_loop_init(&loop) < 0) {
        fprintf(stderr, "zvonokd: the event loop cannot start\n");
        return EXIT_FAILURE;
    }
    int err = zv_gateway_new(&daemon.gateway, &loop, config, error);
    if (err) {
        zv_log(ZV_LOG_MAIN, ZV_LOG_ERROR, NULL, "%s", error);
        zv_lifeline_refuse(service, error);
    } else {
        zv_gateway_allow_reload(daemon.gateway, source, config);
        watch_signals(&daemon, &loop);
        start_log_timer(&daemon, &loop);
        zv_log(ZV_LOG_MAIN, ZV_LOG_INFO, NULL, "zvonokd " ZV_VERSION " is ready");
        if (zv_lifeline_new(&daemon.lifeline, service, daemon.gateway, &loop))
            zv_log(ZV_LOG_MAIN, ZV_LOG_WARN, NULL, "the service manager is told nothing: %s",
                   zv_err_text(ZV_E_NOMEM));
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    daemon.lifeline = zv_lifeline_close(daemon.lifeline);
    zv_gateway_free(daemon.gateway);
    if (!err)
        close_handles(&daemon);
    uv_run(&loop, UV_RUN_DEFAULT);
    if (uv_loop_close(&loop) < 0)
        zv_log(ZV_LOG_MAIN, ZV_LOG_ERROR, NULL, "the event loop still held something at the end");
    if (!err)
        zv_log(ZV_LOG_MAIN, ZV_LOG_INFO, NULL, "stopped");
    zv_logsink_close();
    return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    struct options options = {0};
    struct zv_config config;
    struct zv_service service;
    int status = parse_options(argc, argv, &options);
    if (status)
        return status;
    if (options.wants_help) {
        fputs(help_text, stdout);
        return EXIT_SUCCESS;
    }
    if (options.wants_version) {
        printf("zvonokd %s\n", ZV_VERSION);
        return EXIT_SUCCESS;
    }
    if (options.wants_print) {
        zv_config_write_sample(print_text, stdout);
        return EXIT_SUCCESS;
    }
    if (options.cert_dir)
        return make_cert(&options);
    if (options.wants_set_up)
        return is_set_up(source_of(&options).file);
#ifndef __SANITIZE_ADDRESS__   /* the leak checker attaches as a debugger does */
    prctl(PR_SET_DUMPABLE, 0); /* passwords and keys must not reach a core file */
#endif
    const struct zv_config_source source = source_of(&options);
    if (options.wants_check)
        return check_config(&source);
    zv_lifeline_open_service(&service);
    status =
        load_config(&source, &service, &config) ? EXIT_CONFIG : run(&source, &service, &config);
    zv_config_fini(&config);
    zv_service_close(&service);
    return status;
}
