/*
 * The doctor: looks at this machine, the configuration and the SIP servers, and says in prose what
 * is wrong and what mends it (`zvonokctl doctor`; docs/doctor.md lists the checks). A check that
 * finds nothing says so too, with what it looked at, so that the reader knows what was examined.
 */
#ifndef ZV_GATEWAY_DOCTOR_H
#define ZV_GATEWAY_DOCTOR_H

#include "base/attr.h"

#include <stddef.h>

struct zv_gateway;

enum zv_severity {
    ZV_SEVERITY_OK,
    ZV_SEVERITY_NOTE, /* worth knowing; nothing fails for it */
    ZV_SEVERITY_WARN, /* will hurt under load, later, or some clients */
    ZV_SEVERITY_FAIL, /* calls or connections fail now */
};
/* "ok", "note", "warn", "fail". Static storage. */
const char *zv_severity_name(enum zv_severity severity);

struct zv_finding {
    enum zv_severity severity;
    const char *check; /* "media_ports", of zv_doctor_checks; static storage */
    char text[768];    /* one or two sentences: the value seen, the place, why it matters */
    char remedy[384];  /* the line to add or the command to type; never empty from WARN on */
};

/* The names of all checks, in the order in which they are reported. */
extern const char *const zv_doctor_checks[];
extern const size_t zv_doctor_check_count;

/* Findings of one examination. */
#define ZV_DOCTOR_MAX_FINDINGS 64
/* Examinations at once. */
#define ZV_DOCTOR_MAX_RUNS 2

/* `findings` lives during the call. */
typedef void zv_doctor_done_fn(void *arg, const struct zv_finding *findings, size_t count);

/*
 * Begins an examination. On 0 `done_fn` is called once, from the loop, never before this returns,
 * within 6 s; not at all when it is cancelled or the gateway stops first. ZV_E_LIMIT:
 * ZV_DOCTOR_MAX_RUNS are under way; ZV_E_STATE: the gateway has stopped; ZV_E_NOMEM.
 */
int zv_doctor_start(struct zv_gateway *gateway, zv_doctor_done_fn *done_fn,
                    void *arg) ZV_MUST_CHECK;
/* Forgets the examinations whose callback has this argument: its owner is gone. */
void zv_doctor_cancel(struct zv_gateway *gateway, const void *arg);

#endif
