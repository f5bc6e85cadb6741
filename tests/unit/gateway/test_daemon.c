/* The process: what signals do to it before its loop runs and after. Each is a child's. */
#define _GNU_SOURCE
#include "support/test.h"

#include "base/err.h"
#include "gateway/config_source.h"
#include "gateway/daemon.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONFIG                                                                                     \
    "sip: {listen: '127.0.0.1:0', allow: [127.0.0.0/8]}\n"                                         \
    "http: {wss_listen: [], https_listen: [], ws_listen: [], admin_listen: []}\n"                  \
    "media: {web_port: 0, workers: 1}\n"                                                           \
    "admin: {socket: ''}\n"                                                                        \
    "...\n"
#define RETURNED 42

struct child {
    pid_t pid;
    FILE *log;
    char file[32];
};

static void run(const char *file)
{
    struct zv_config_source source = {.file = file};
    struct zv_service service = {.fd = -1};
    struct zv_config config;
    char error[ZV_CONFIG_ERROR_CAP];
    alarm(60); /* whoever waits for a line of it waits no longer */
    zv_daemon_hold_signals();
    raise(SIGHUP);
    if (zv_config_source_read(&source, &config, error) || zv_daemon_run(&source, &service, &config))
        _exit(EXIT_FAILURE);
    raise(SIGHUP);
    raise(SIGUSR1);
    _exit(RETURNED);
}

static void start(struct child *child)
{
    int ends[2];
    strcpy(child->file, "/tmp/zvonok-XXXXXX");
    int fd = mkstemp(child->file);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, CONFIG, strlen(CONFIG)), strlen(CONFIG));
    close(fd);
    assert_int_equal(pipe(ends), 0);
    child->pid = fork();
    assert_true(child->pid >= 0);
    if (child->pid == 0) {
        dup2(ends[1], STDERR_FILENO);
        run(child->file);
    }
    close(ends[1]);
    child->log = fdopen(ends[0], "r");
    assert_non_null(child->log);
}

static void expect_line(struct child *child, const char *part)
{
    char line[1024];
    do {
        if (!fgets(line, sizeof(line), child->log))
            fail_msg("it ended without: %s", part);
    } while (!strstr(line, part));
}

static void a_reload_waits_for_the_loop_and_does_no_harm_behind_it(void **state)
{
    (void)state;
    struct child child;
    int status;
    start(&child);
    expect_line(&child, "is ready");
    expect_line(&child, "the configuration was read anew");
    assert_int_equal(kill(child.pid, SIGTERM), 0);
    assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
    assert_false(WIFSIGNALED(status));
    assert_int_equal(WEXITSTATUS(status), RETURNED);
    fclose(child.log);
    unlink(child.file);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_reload_waits_for_the_loop_and_does_no_harm_behind_it),
};

ZV_TEST_MAIN(tests)
