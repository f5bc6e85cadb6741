/* Video of a call, inside call/: what zv_call keeps of it. By way of switch_int.h. */
#ifndef ZV_CALL_VIDEO_INT_H
#define ZV_CALL_VIDEO_INT_H

#include "call/text.h"
#include "sdp/codec.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * A call has at most one offer of ours to its client (zvUpdate). It is out until the client answers
 * it or makes one of its own; whoever waits for that on the SIP side waits for a shorter time.
 */
struct zv_call_video {
    bool is_wanted;        /* by who calls, and allowed: a port is set up with the call's media */
    uint8_t voided;        /* offers of ours that the client's own made void: rollbacks to come */
    bool is_opening;       /* MEDIA_OPEN_VIDEO has no answer yet */
    bool is_sip_waiting;   /* the SIP side's offer `about` has no answer yet */
    struct zv_text *about; /* their description that our offer is made of, or will be */
    struct zv_text *offer; /* ours that is out; NULL: none */
    struct zv_video_plan plan; /* that it makes, if the client takes it */
    const char *note;          /* why there is none, where the plan does not say it; static */
    uint32_t version;          /* as zv_call.remote_version */
    uint32_t sent_version;     /* that the worker was told; 0: none */
    bool flows[2];             /* as the worker was told: from the client, from the SIP side */
};

#endif
