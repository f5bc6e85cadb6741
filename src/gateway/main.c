/* zvonokd: what its command line asks for. */
#define _GNU_SOURCE
#include "base/err.h"
#include "gateway/cert.h"
#include "gateway/check.h"
#include "gateway/config.h"
#include "gateway/daemon.h"
#include "gateway/lifeline.h"
#include "gateway/options.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Exit codes: 0 done, 1 could not start or run, 2 the command line is wrong, 78 (EX_CONFIG of
 * sysexits.h) the configuration is: another start would find either as it is, and the unit for
 * systemd does not try. */
enum { EXIT_USAGE = 2, EXIT_CONFIG = 78 };

static int make_cert(const struct zv_options *options)
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
    if (!err && error[0])
        fprintf(stderr, "zvonokd: %s\n", error);
    return EXIT_SUCCESS;
}

static void print_text(void *arg, const char *text)
{
    fputs(text, arg);
}

/* Where nobody has configured it yet, a service manager is to raise no alarm: for it this is a
 * start and an orderly stop. */
static bool stays_stopped(const struct zv_config_source *source, const struct zv_service *service)
{
    char sentence[ZV_CONFIG_ERROR_CAP];
    snprintf(sentence, sizeof(sentence),
             "zvonokd stays stopped until sip.allow in %s says where clients may send SIP, such as "
             "allow: [sip.example.org]",
             source->file);
    if (!zv_check_is_fresh(source) || !zv_lifeline_stay_stopped(service, sentence))
        return false;
    fprintf(stderr, "%s\n", sentence);
    return true;
}

static int refuse(const struct zv_config_source *source, const struct zv_service *service,
                  const char *error)
{
    if (stays_stopped(source, service))
        return EXIT_SUCCESS;
    fprintf(stderr, "zvonokd: %s\n", error);
    zv_lifeline_refuse(service, error);
    return EXIT_CONFIG;
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

static int status_of(int err)
{
    if (err == ZV_E_INVAL)
        return EXIT_CONFIG;
    return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Where one of the three is closed the next file that is opened would take its place: the log would
 * go into a socket, and libuv ends a process that closes one of them. */
static void fill_standard_files(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0)
            (void)open("/dev/null", O_RDWR);
    }
}

int main(int argc, char **argv)
{
    struct zv_options options;
    struct zv_config config;
    struct zv_service service;
    char error[ZV_CONFIG_ERROR_CAP];
    fill_standard_files();
    if (zv_options_parse(&options, argc, argv))
        return EXIT_USAGE;
    if (options.wants_help) {
        fputs(zv_options_help, stdout);
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
#ifndef __SANITIZE_ADDRESS__   /* the leak checker attaches as a debugger does */
    prctl(PR_SET_DUMPABLE, 0); /* passwords and keys must not reach a core file */
#endif
    const struct zv_config_source source = zv_options_source(&options);
    if (options.wants_check)
        return check_config(&source);
    zv_daemon_hold_signals();
    zv_lifeline_open_service(&service);
    int status = zv_config_source_read(&source, &config, error)
                     ? refuse(&source, &service, error)
                     : status_of(zv_daemon_run(&source, &service, &config));
    zv_config_fini(&config);
    zv_service_close(&service);
    return status;
}
