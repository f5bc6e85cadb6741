/*
 * What a SIP message says of itself in its first lines: enough to name it in a ladder and to find
 * its call. Not a parser: it takes what it finds, whatever the rest is, since broken messages
 * belong into a trace too. Views into the message.
 */
#ifndef ZV_TRACE_SIP_HEAD_H
#define ZV_TRACE_SIP_HEAD_H

#include "base/str.h"

#include <stdbool.h>

struct zv_trace_sip_head {
    bool is_request;
    struct zv_str title;       /* "INVITE", or "180 Ringing" */
    struct zv_str request_uri; /* of a request */
    struct zv_str cseq_method; /* "INVITE"; empty: no CSeq */
    struct zv_str call_id;
    struct zv_str from_tag;
    struct zv_str to_tag;
    struct zv_str branch; /* of the topmost Via */
};

/* What is not there is empty. */
void zv_trace_read_sip_head(struct zv_str message, struct zv_trace_sip_head *ret_head);

#endif
