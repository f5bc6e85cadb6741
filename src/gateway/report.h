/*
 * The report of an ended call for its client (zvReport): cause, remedy, the call's number, and the
 * ladder as the recorder has it, without addresses. Only for a client that was granted `report`;
 * nothing waits for it, so what cannot be had is left out.
 */
#ifndef ZV_GATEWAY_REPORT_H
#define ZV_GATEWAY_REPORT_H

#include "base/id.h"
#include "base/limits.h"
#include "call/command.h"
#include "trace/trace.h"
#include "wire/event.h"

struct zv_gateway;

struct zv_report {
    struct zv_wire_report wire; /* borrows from below, from the command and from the trace */
    char trace_id[ZV_ID_TEXT_CAP];
    char ladder[ZV_MAX_LADDER_BYTES];
};

/* `trace`: of the call; NULL: none is kept, then there is no ladder. */
void zv_report_compose(const struct zv_cmd_call_ended *ended, const struct zv_trace *trace,
                       struct zv_report *ret_report);
/* To the client that was told of this end, if it takes reports; after the recorder took the
 * command. */
void zv_gateway_report(struct zv_gateway *gateway, const struct zv_cmd_call_ended *ended);

#endif
