/* drain: asks for it and, with --wait, looks every so often whether the gateway is still there. */
#define _GNU_SOURCE
#include "ctl/verbs.h"

#include "base/alloc.h"
#include "ctl/link.h"

#include <time.h>

#define PATIENCE_S 10
#define LOOK_MS    200

/* The gateway says for itself how long it takes at most: drain.timeout. */
static void wait_for_end(const struct zv_ctl_args *args)
{
    const struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
    char error[ZV_CTL_ERROR_CAP], *answer = NULL;
    size_t len;
    struct zv_ctl_request request = {
        .socket_path = args->socket_path,
        .line = zv_str("{\"version\":1,\"verb\":\"status\"}\n"),
        .fd = -1,
        .patience_s = PATIENCE_S,
    };
    while (zv_ctl_ask(&request, &answer, &len, error) == 0) {
        answer = zv_free(answer);
        nanosleep(&pause, NULL);
    }
}

enum zv_ctl_status zv_ctl_run_drain(const struct zv_ctl_verb *verb, const struct zv_ctl_args *args)
{
    struct zv_ctl_question question = {
        .has_on = true, .on = !args->wants_cancel, .fd = -1, .patience_s = PATIENCE_S};
    json_t *answer = NULL;
    enum zv_ctl_status status = zv_ctl_exchange(verb, args, &question, &answer);
    if (status != ZV_CTL_DONE)
        return status;
    zv_ctl_show(verb, args, answer);
    json_decref(answer);
    if (args->wants_wait) {
        fflush(stdout);
        wait_for_end(args);
    }
    return ZV_CTL_DONE;
}
