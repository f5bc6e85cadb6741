/* The list that the doctor's checks write to. */
#include "gateway/doctor_int.h"

#include <stdarg.h>
#include <stdio.h>

const char *const zv_doctor_checks[] = {
#define X(name, text) [ZV_DOCTOR_##name] = text,
    ZV_DOCTOR_CHECK_LIST(X)
#undef X
};
const size_t zv_doctor_check_count = ZV_ARRAY_LEN(zv_doctor_checks);

const char *zv_severity_name(enum zv_severity severity)
{
    static const char *const names[] = {"ok", "note", "warn", "fail"};
    return names[severity];
}

struct zv_finding *zv_findings_add(struct zv_findings *findings, enum zv_doctor_check check,
                                   enum zv_severity severity, const char *format, ...)
{
    struct zv_finding *finding = &findings->list[findings->count];
    va_list args;
    if (findings->count < ZV_DOCTOR_MAX_FINDINGS)
        findings->count++;
    *finding = (struct zv_finding){.severity = severity, .check = zv_doctor_checks[check]};
    va_start(args, format);
    vsnprintf(finding->text, sizeof(finding->text), format, args);
    va_end(args);
    return finding;
}

void zv_finding_advise(struct zv_finding *finding, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(finding->remedy, sizeof(finding->remedy), format, args);
    va_end(args);
}

void zv_examine(const struct zv_examination *examination, struct zv_findings *findings)
{
    zv_examine_media(examination, findings);
    zv_examine_trunks(examination, findings);
    zv_examine_machine(examination, findings);
    zv_examine_http(examination, findings);
}
