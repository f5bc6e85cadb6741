/* The table of verdicts, as C sees it. */
#include "base/attr.h"
#include "verdict/verdict_int.h"

static const struct {
    const char *name;
    enum zv_verdict_severity severity;
    const char *text;
    const char *remedies[ZV_VERDICT_LEGS];
} table[ZV_VERDICT_COUNT] = {
#define X(id, name, severity, text, client, sip)                                                   \
    {#name, ZV_VERDICT_##severity, text, {client, sip}},
    ZV_VERDICT_LIST(X)
#undef X
};

static enum zv_verdict_code known(enum zv_verdict_code code)
{
    return (unsigned)code < ZV_VERDICT_COUNT ? code : ZV_VERDICT_OK;
}

const char *zv_verdict_name(enum zv_verdict_code code)
{
    return table[known(code)].name;
}

enum zv_verdict_severity zv_verdict_severity(enum zv_verdict_code code)
{
    return table[known(code)].severity;
}

const char *zv_verdict_severity_name(enum zv_verdict_severity severity)
{
    static const char *const names[] = {"info", "warning", "error"};
    return (unsigned)severity < ZV_ARRAY_LEN(names) ? names[severity] : "unknown";
}

bool zv_verdict_is_of_video(enum zv_verdict_code code)
{
    switch (code) {
    case ZV_VERDICT_VIDEO_NOT_SENT:
    case ZV_VERDICT_NO_KEY_FRAME:
    case ZV_VERDICT_VIDEO_PROFILE_MISMATCH:
    case ZV_VERDICT_VIDEO_PAUSED:
    case ZV_VERDICT_NO_VIDEO:
        return true;
    default:
        return false;
    }
}

const char *zv_verdict_template(enum zv_verdict_code code)
{
    return table[known(code)].text;
}

const char *zv_verdict_remedy_template(enum zv_verdict_code code, enum zv_verdict_leg_index leg)
{
    return table[known(code)].remedies[leg == ZV_VERDICT_SIP];
}
