/*
 * The ICE machine as text, for admin views and crash reports, and the names of its enums.
 */
#include "rtc/ice/ice_int.h"

#include <inttypes.h>

static const char *const out_names[] = {
    [ZV_ICE_OUT_NONE] = "NONE",
    [ZV_ICE_OUT_SEND] = "SEND",
    [ZV_ICE_OUT_VALIDATED] = "VALIDATED",
    [ZV_ICE_OUT_INVALIDATED] = "INVALIDATED",
    [ZV_ICE_OUT_NOMINATED] = "NOMINATED",
    [ZV_ICE_OUT_CONSENT_LOST] = "CONSENT_LOST",
    [ZV_ICE_OUT_CONSENT_BACK] = "CONSENT_BACK",
    [ZV_ICE_OUT_RESTARTED] = "RESTARTED",
    [ZV_ICE_OUT_FAILED] = "FAILED",
};
_Static_assert(ZV_ARRAY_LEN(out_names) == ZV_ICE_OUT_FAILED + 1, "a name for each kind");

static const char *const verdict_names[] = {
    [ZV_ICE_PASS] = "pass",
    [ZV_ICE_DROP_MALFORMED] = "malformed",
    [ZV_ICE_DROP_USERNAME] = "username",
    [ZV_ICE_DROP_INTEGRITY] = "integrity",
    [ZV_ICE_DROP_REPLAY] = "replay",
    [ZV_ICE_DROP_STRAY] = "stray",
    [ZV_ICE_REFUSED] = "refused",
};
_Static_assert(ZV_ARRAY_LEN(verdict_names) == ZV_ICE_VERDICT_COUNT, "a name for each verdict");

static const char *const check_names[] = {
    [ZV_ICE_CHECK_WAITING] = "waiting",
    [ZV_ICE_CHECK_IN_PROGRESS] = "in progress",
    [ZV_ICE_CHECK_SUCCEEDED] = "succeeded",
    [ZV_ICE_CHECK_FAILED] = "failed",
};

const char *zv_ice_out_name(enum zv_ice_out_kind kind)
{
    return (size_t)kind < ZV_ARRAY_LEN(out_names) ? out_names[kind] : "UNKNOWN";
}

const char *zv_ice_verdict_name(enum zv_ice_verdict verdict)
{
    return (size_t)verdict < ZV_ARRAY_LEN(verdict_names) ? verdict_names[verdict] : "unknown";
}

static void dump_pair(struct zv_buf *buf, const struct zv_ice *ice, const struct zv_ice_pair *pair)
{
    char local[ZV_ADDR_TEXT_CAP], remote[ZV_ADDR_TEXT_CAP];
    bool is_selected = ice->has_selected && zv_ice_pair_eq(&ice->selected, pair);
    zv_buf_printf(buf, "  %s -> %s%s", zv_addr_write(&pair->local, local),
                  zv_addr_write(&pair->remote, remote), is_selected ? " selected" : "");
}

static void dump_pairs(struct zv_buf *buf, const struct zv_ice *ice)
{
    for (size_t i = 0; i < ice->lite.valid_count; i++) {
        const struct zv_ice_valid *valid = &ice->lite.valid[i];
        dump_pair(buf, ice, &valid->pair);
        zv_buf_printf(buf, " checked %" PRId64 " ms ago\n",
                      (ice->now_us - valid->checked_us) / ZV_US_PER_MS);
    }
    for (size_t i = 0; ice->agent && i < ice->agent->check_count; i++) {
        const struct zv_ice_check *check = &ice->agent->checks[i];
        dump_pair(buf, ice, &check->pair);
        zv_buf_printf(buf, " %s\n", check_names[check->state]);
    }
}

static void dump_counters(struct zv_buf *buf, const struct zv_ice_counters *counters)
{
    zv_buf_printf(buf, "  requests %" PRIu64 " sent %" PRIu64 " consent losses %" PRIu64,
                  counters->requests, counters->checks_sent, counters->consent_losses);
    for (size_t i = 0; i < ZV_ICE_VERDICT_COUNT; i++)
        zv_buf_printf(buf, " %s %" PRIu64, verdict_names[i], counters->verdicts[i]);
    zv_buf_put_char(buf, '\n');
}

size_t zv_ice_dump(const struct zv_ice *ice, char *dst, size_t cap)
{
    if (!cap)
        return 0;
    struct zv_buf buf = zv_buf(dst, cap - 1);
    zv_buf_printf(&buf, "ice %s ufrag %s%s%s\n", ice->agent ? "controlling" : "lite",
                  ice->current.ufrag, ice->is_nominated ? " nominated" : "",
                  ice->has_consent ? " consent" : "");
    dump_pairs(&buf, ice);
    dump_counters(&buf, &ice->counters);
    dst[buf.len] = 0;
    return buf.len;
}
