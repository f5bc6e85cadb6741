/*
 * The causes: why a session or a call ended, or a request was refused. Each has what the client is
 * told (status, CALL_STATUS_INFO text, sentence, remedy), what the SIP side is told, and the hop
 * that failed. The one table is api/causes.json, of which call/cause_list.h is made.
 */
#ifndef ZV_CALL_CAUSE_H
#define ZV_CALL_CAUSE_H

#include "call/cause_list.h"

#include <stdbool.h>
#include <stdint.h>

/* What a client is told as the last status of a call: WCS CALL_STATUS. */
enum zv_cause_outcome {
    ZV_OUTCOME_FINISH, /* normal end, or the peer's own decision */
    ZV_OUTCOME_BUSY,   /* `busy` with BUSY, then `finish` with FINISH */
    ZV_OUTCOME_FAILED, /* a fault of server, network or media */
};

/* Where it failed. */
enum zv_cause_hop {
    ZV_HOP_NONE, /* nothing failed */
    ZV_HOP_CLIENT,
    ZV_HOP_GATEWAY,
    ZV_HOP_SIP_SERVER,
    ZV_HOP_FAR_END,
    ZV_HOP_COUNT,
};

enum zv_cause {
#define X(id, name, status, sip, info, hop, text, remedy) ZV_CAUSE_##id,
    ZV_CAUSE_LIST(X)
#undef X
        ZV_CAUSE_COUNT,
};

struct zv_cause_info {
    const char *name; /* "no_common_codec": the `cause` of the API, logs and metrics */
    enum zv_cause_outcome outcome;
    uint16_t sip_status; /* 0: none */
    const char *info;    /* CALL_STATUS_INFO text, or "" */
    enum zv_cause_hop hop;
    const char *text;   /* a sentence without capital and full stop */
    const char *remedy; /* likewise, or "" */
};

/* Never NULL; a number out of range yields INTERNAL_ERROR. Static storage. */
const struct zv_cause_info *zv_cause_info(enum zv_cause cause);
/* "no_common_codec". */
const char *zv_cause_name(enum zv_cause cause);
/* "client", "gateway", "sip_server", "far_end"; "" for none. */
const char *zv_cause_hop_name(enum zv_cause_hop hop);
/* Where an end failed that names a hop of its own, or with NONE that of its cause. */
const char *zv_cause_hop_name_of(enum zv_cause cause, enum zv_cause_hop particular);
/* The cause of a final SIP response to an INVITE of ours. `status` 300-699. */
enum zv_cause zv_cause_of_sip_status(int status);

#endif
