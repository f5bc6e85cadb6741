#include "call/cause.h"

#include "base/attr.h"

static const struct zv_cause_info causes[] = {
#define X(id, name, outcome, sip, info, hop, text, remedy)                                         \
    [ZV_CAUSE_##id] = {#name, ZV_OUTCOME_##outcome, sip, info, ZV_HOP_##hop, text, remedy},
    ZV_CAUSE_LIST(X)
#undef X
};

const struct zv_cause_info *zv_cause_info(enum zv_cause cause)
{
    if ((unsigned)cause >= ZV_CAUSE_COUNT)
        cause = ZV_CAUSE_INTERNAL_ERROR;
    return &causes[cause];
}

const char *zv_cause_name(enum zv_cause cause)
{
    return zv_cause_info(cause)->name;
}

const char *zv_cause_hop_name(enum zv_cause_hop hop)
{
    static const char *const names[] = {
        [ZV_HOP_NONE] = "",           [ZV_HOP_CLIENT] = "client",
        [ZV_HOP_GATEWAY] = "gateway", [ZV_HOP_SIP_SERVER] = "sip_server",
        [ZV_HOP_FAR_END] = "far_end",
    };
    return (unsigned)hop < ZV_ARRAY_LEN(names) ? names[hop] : "";
}

const char *zv_cause_hop_name_of(enum zv_cause cause, enum zv_cause_hop particular)
{
    return zv_cause_hop_name(particular != ZV_HOP_NONE ? particular : zv_cause_info(cause)->hop);
}

enum zv_cause zv_cause_of_sip_status(int status)
{
    switch (status) {
    case 486:
    case 600:
        return ZV_CAUSE_BUSY;
    case 401:
    case 407:
        return ZV_CAUSE_SIP_AUTH_FAILED;
    case 403:
        return ZV_CAUSE_SIP_FORBIDDEN;
    case 404:
    case 410:
    case 484: /* address incomplete */
    case 604:
        return ZV_CAUSE_SIP_NOT_FOUND;
    case 408:
        return ZV_CAUSE_SIP_TIMEOUT;
    case 415:
    case 488:
    case 606:
        return ZV_CAUSE_NO_COMMON_CODEC;
    case 430:
    case 480:
        return ZV_CAUSE_SIP_UNAVAILABLE;
    default:
        break;
    }
    if (status >= 300 && status < 400)
        return ZV_CAUSE_SIP_REDIRECTED;
    if (status >= 500 && status < 600)
        return ZV_CAUSE_SIP_SERVER_ERROR;
    return ZV_CAUSE_SIP_REJECTED;
}
