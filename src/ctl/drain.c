/* drain: asks for it and, with --wait, looks every so often whether the gateway is still there. */
#define _GNU_SOURCE
#include "ctl/verbs.h"

#include "base/alloc.h"
#include "base/err.h"
#include "ctl/link.h"

#include <string.h>
#include <time.h>

#define PATIENCE_S 10
#define LOOK_MS    200
/* In a row; a gateway that is busy, or closes its socket just now, fails to answer once or twice.
 */
#define MOST_FAILURES 10

static int ask_status(const struct zv_ctl_args *args, json_t **ret_answer, char *ret_error)
{
    char *text = NULL;
    size_t len = 0;
    struct zv_ctl_request request = {
        .socket_path = args->socket_path,
        .line = zv_str("{\"version\":1,\"verb\":\"status\"}\n"),
        .fd = -1,
        .patience_s = PATIENCE_S,
    };
    int err = zv_ctl_ask(&request, &text, &len, ret_error);
    if (err)
        return err;
    json_t *answer = json_loadb(text, len, JSON_ALLOW_NUL, NULL);
    zv_free(text);
    if (zv_ctl_is(answer, "ok")) {
        *ret_answer = answer;
        return 0;
    }
    json_decref(answer);
    snprintf(ret_error, ZV_CTL_ERROR_CAP, "the gateway does not say how it is; its log says more");
    return ZV_E_PARSE;
}

/* Else says what has come between. */
static bool is_leaving(const json_t *answer, uint64_t pid)
{
    uint64_t now = zv_ctl_count(answer, "pid");
    bool is_running = strcmp(zv_ctl_text(answer, "phase"), "running") == 0;
    if (now != pid)
        zv_ctl_complain("another gateway answers, process %llu: the one that drained has stopped",
                        (unsigned long long)now);
    else if (is_running)
        zv_ctl_complain("the gateway takes calls: its drain was cancelled, or it was started anew");
    return now == pid && !is_running;
}

/* The gateway says for itself how long it takes at most: drain.timeout. */
static enum zv_ctl_status wait_for_end(const struct zv_ctl_args *args, uint64_t pid)
{
    const struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
    char error[ZV_CTL_ERROR_CAP];
    for (int failures = 0; failures < MOST_FAILURES; nanosleep(&pause, NULL)) {
        json_t *answer = NULL;
        int err = ask_status(args, &answer, error);
        if (err == ZV_E_GONE)
            return ZV_CTL_DONE;
        failures = err ? failures + 1 : 0;
        bool goes_on = err || is_leaving(answer, pid);
        json_decref(answer);
        if (!goes_on)
            return ZV_CTL_REFUSED;
    }
    zv_ctl_complain("%s", error);
    return ZV_CTL_UNREACHED;
}

static enum zv_ctl_status ask_pid(const struct zv_ctl_args *args, uint64_t *ret_pid)
{
    struct zv_ctl_question question = {.fd = -1, .patience_s = PATIENCE_S};
    json_t *answer = NULL;
    enum zv_ctl_status status =
        zv_ctl_exchange(zv_ctl_find_verb("status"), args, &question, &answer);
    if (status != ZV_CTL_DONE)
        return status;
    *ret_pid = zv_ctl_count(answer, "pid");
    json_decref(answer);
    return ZV_CTL_DONE;
}

enum zv_ctl_status zv_ctl_run_drain(const struct zv_ctl_verb *verb, const struct zv_ctl_args *args)
{
    struct zv_ctl_question question = {
        .has_on = true, .on = !args->wants_cancel, .fd = -1, .patience_s = PATIENCE_S};
    json_t *answer = NULL;
    uint64_t pid = 0;
    enum zv_ctl_status status = args->wants_wait ? ask_pid(args, &pid) : ZV_CTL_DONE;
    if (status == ZV_CTL_DONE)
        status = zv_ctl_exchange(verb, args, &question, &answer);
    if (status != ZV_CTL_DONE)
        return status;
    zv_ctl_show(verb, args, answer);
    json_decref(answer);
    if (!args->wants_wait)
        return ZV_CTL_DONE;
    fflush(stdout);
    return wait_for_end(args, pid);
}
