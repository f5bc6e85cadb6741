/*
 * pcap: the file is opened here, with the rights of who asks, and its descriptor handed over; the
 * gateway opens no path that somebody names. Ctrl-C asks the gateway to end the capture, so that
 * the file is whole.
 */
#define _GNU_SOURCE
#include "ctl/verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STOP_PATIENCE_S 10

struct capture {
    const struct zv_ctl_verb *verb;
    const struct zv_ctl_args *args;
    bool is_stop_asked;
};

static enum zv_ctl_status misused(const struct zv_ctl_verb *verb)
{
    zv_ctl_complain("usage: zvonokctl %s %s", verb->name, verb->synopsis);
    return ZV_CTL_USAGE;
}

/* ---- off ---- */

static enum zv_ctl_status ask_to_stop(const struct zv_ctl_verb *verb,
                                      const struct zv_ctl_args *args, json_t **ret_answer)
{
    struct zv_ctl_question question = {
        .id = args->words[0], .has_on = true, .fd = -1, .patience_s = STOP_PATIENCE_S};
    return zv_ctl_exchange(verb, args, &question, ret_answer);
}

static enum zv_ctl_status run_off(const struct zv_ctl_verb *verb, const struct zv_ctl_args *args)
{
    json_t *answer = NULL;
    enum zv_ctl_status status = ask_to_stop(verb, args, &answer);
    if (status == ZV_CTL_DONE)
        zv_ctl_show(verb, args, answer);
    json_decref(answer);
    return status;
}

/* ---- on ---- */

static void on_signal(int number)
{
    (void)number; /* it interrupts the wait, no more */
}

/* Once; a second Ctrl-C ends this program, and the gateway notices. */
static void on_interrupted(void *arg)
{
    struct capture *capture = arg;
    json_t *answer = NULL;
    if (capture->is_stop_asked)
        return;
    capture->is_stop_asked = true;
    (void)!ask_to_stop(capture->verb, capture->args, &answer);
    json_decref(answer);
}

static void catch_interrupt(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESETHAND};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* What is said may be in it: for the owner's eyes. A file that is there stays: whether the capture
 * begins is not known yet. */
static int open_file(const char *path, bool is_stdout)
{
    if (!is_stdout)
        return open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (!isatty(STDOUT_FILENO))
        return STDOUT_FILENO;
    errno = ENOTTY;
    return -1;
}

/* It did not begin; one that was broken off is kept. */
static void unlink_if_empty(const char *path)
{
    struct stat info;
    if (stat(path, &info) == 0 && info.st_size == 0)
        unlink(path);
}

static enum zv_ctl_status run_on(const struct zv_ctl_verb *verb, const struct zv_ctl_args *args)
{
    const char *path = args->words[2];
    struct capture capture = {.verb = verb, .args = args};
    json_t *answer = NULL;
    bool is_stdout = strcmp(path, "-") == 0;
    int fd = open_file(path, is_stdout);
    if (fd < 0) {
        zv_ctl_complain("%s cannot be written: %s", is_stdout ? "a terminal" : path,
                        strerror(errno));
        return ZV_CTL_REFUSED;
    }
    struct zv_ctl_question question = {.id = args->words[0],
                                       .has_on = true,
                                       .on = true,
                                       .fd = fd,
                                       .interrupted_fn = on_interrupted,
                                       .arg = &capture};
    catch_interrupt();
    if (isatty(STDERR_FILENO))
        fputs("The capture goes on until the call ends; Ctrl-C ends it now.\n", stderr);
    enum zv_ctl_status status = zv_ctl_exchange(verb, args, &question, &answer);
    close(fd);
    if (status != ZV_CTL_DONE && !is_stdout)
        unlink_if_empty(path);
    if (status == ZV_CTL_DONE && is_stdout)
        verb->show_fn(answer, stderr);
    else if (status == ZV_CTL_DONE)
        zv_ctl_show(verb, args, answer);
    json_decref(answer);
    return status;
}

enum zv_ctl_status zv_ctl_run_pcap(const struct zv_ctl_verb *verb, const struct zv_ctl_args *args)
{
    const char *word = args->words[1];
    if (strcmp(word, "on") == 0 && args->word_count == 3)
        return run_on(verb, args);
    if (strcmp(word, "off") == 0 && args->word_count == 2)
        return run_off(verb, args);
    return misused(verb);
}
