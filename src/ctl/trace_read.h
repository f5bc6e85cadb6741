/*
 * A trace back from its JSON (zv_trace_write_json): for programs that show what a gateway has
 * recorded, now or from a file. What is there must be right in type and range, and texts of one
 * line; members that are not known are skipped, so that a newer gateway may say more.
 */
#ifndef ZV_CTL_TRACE_READ_H
#define ZV_CTL_TRACE_READ_H

#include "base/attr.h"
#include "base/str.h"
#include "trace/trace.h"

/* Larger than any trace that a gateway may be configured to keep. */
#define ZV_CTL_MAX_TRACE_BYTES  (8 * 1024 * 1024)
#define ZV_CTL_MAX_TRACE_EVENTS 8192

/* Names the place: "events[3].kind: there is no kind \"sipp\"". */
struct zv_ctl_trace_error {
    char sentence[256];
};

/*
 * ZV_E_PARSE, ZV_E_LIMIT, ZV_E_NOMEM, with a sentence. Times become relative to the call's creation
 * on the Unix clock. The trace is the caller's: zv_ctl_free_trace.
 */
int zv_ctl_read_trace(struct zv_str json, struct zv_trace **ret_trace,
                      struct zv_ctl_trace_error *ret_error) ZV_MUST_CHECK;
/* NULL allowed, returns NULL. */
struct zv_trace *zv_ctl_free_trace(struct zv_trace *trace);

#endif
