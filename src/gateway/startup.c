/* What the operator should know at start: what the doctor finds wrong without asking anybody. */
#define _GNU_SOURCE
#include "base/alloc.h"
#include "base/err.h"
#include "base/log.h"
#include "gateway/doctor_int.h"
#include "gateway/gateway_int.h"

void zv_gateway_warn_of_machine(const struct zv_gateway *gateway)
{
    struct zv_findings *findings = zv_zalloc(sizeof(*findings));
    int err = findings ? zv_gateway_examine(gateway, findings) : ZV_E_NOMEM;
    if (err)
        zv_log(ZV_LOG_MAIN, ZV_LOG_WARN, NULL, "the machine was not examined: %s",
               zv_err_text(err));
    for (size_t i = 0; !err && i < findings->count; i++) {
        const struct zv_finding *finding = &findings->list[i];
        if (finding->severity >= ZV_SEVERITY_WARN)
            zv_log(ZV_LOG_MAIN, ZV_LOG_WARN, NULL, "%s: %s What to do: %s", finding->check,
                   finding->text, finding->remedy);
    }
    zv_free(findings);
}
