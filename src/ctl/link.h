/*
 * zvonokctl's end of the admin socket: one request, one answer.
 */
#ifndef ZV_CTL_LINK_H
#define ZV_CTL_LINK_H

#include "base/attr.h"
#include "base/str.h"

#include <stdint.h>

#define ZV_CTL_ERROR_CAP 512

struct zv_ctl_request {
    const char *socket_path;
    struct zv_str line; /* with its end */
    int fd;             /* goes along; -1: none */
    int64_t patience_s; /* for the answer; 0: for ever */
    /* A signal came while waiting for the answer; NULL: waiting goes on. */
    void (*interrupted_fn)(void *arg);
    void *arg;
};

/*
 * The whole answer on the heap, NUL-terminated (zv_free), and its length. ZV_E_GONE: nobody listens
 * there. ZV_E_IO, ZV_E_TIMEOUT, ZV_E_LIMIT, ZV_E_NOMEM. ret_error then holds a sentence with its
 * remedy.
 */
int zv_ctl_ask(const struct zv_ctl_request *request, char **ret_answer, size_t *ret_len,
               char ret_error[ZV_CTL_ERROR_CAP]) ZV_MUST_CHECK;

#endif
