/* Names of lanes and kinds. */
#include "trace/trace.h"

static const char *const lane_names[] = {
#define X(id, name, title) name,
    ZV_TRACE_LANE_LIST(X)
#undef X
};

static const char *const lane_titles[] = {
#define X(id, name, title) title,
    ZV_TRACE_LANE_LIST(X)
#undef X
};

static const char *const kind_names[] = {
#define X(id, name) name,
    ZV_TRACE_KIND_LIST(X)
#undef X
};

const char *zv_trace_lane_name(enum zv_trace_lane lane)
{
    return (unsigned)lane < ZV_TRACE_LANE_COUNT ? lane_names[lane] : "?";
}

const char *zv_trace_lane_title(enum zv_trace_lane lane)
{
    return (unsigned)lane < ZV_TRACE_LANE_COUNT ? lane_titles[lane] : "?";
}

const char *zv_trace_kind_name(enum zv_trace_kind kind)
{
    return (unsigned)kind < ZV_TRACE_KIND_COUNT ? kind_names[kind] : "?";
}
