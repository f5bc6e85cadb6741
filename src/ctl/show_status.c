/* status, as a page. */
#include "base/buf.h"
#include "ctl/screen.h"
#include "ctl/verbs.h"

static const struct zv_ctl_column fields[] = {{.title = ""}, {.title = "", .is_flexible = true}};

static unsigned long long count(const json_t *object, const char *key)
{
    return (unsigned long long)zv_ctl_count(object, key);
}

/* "3 of 1000; ACTIVE 2, OUT_RINGING 1" */
static void add_use(struct zv_ctl_table *table, const char *name, const json_t *use,
                    const char *parts_key)
{
    char memory[512];
    struct zv_buf text = zv_buf(memory, sizeof(memory));
    const json_t *parts = json_object_get(use, parts_key);
    zv_buf_printf(&text, "%llu of %llu", count(use, "now"), count(use, "limit"));
    const char *separator = "; ";
    for (void *at = json_object_iter((json_t *)(uintptr_t)parts); at;
         at = json_object_iter_next((json_t *)(uintptr_t)parts, at)) {
        const char *key = json_object_iter_key(at);
        zv_buf_printf(&text, "%s%s %llu", separator, key, count(parts, key));
        separator = ", ";
    }
    const char *whole = zv_buf_cstr(&text);
    zv_ctl_table_add(table, name);
    zv_ctl_table_add(table, whole ? whole : "too much to show: see --json");
}

static void add_ports(struct zv_ctl_table *table, const json_t *ports)
{
    zv_ctl_table_add(table, "media ports");
    zv_ctl_table_printf(table, "%llu of %llu pairs (%llu-%llu), %llu resting", count(ports, "used"),
                        count(ports, "pairs"), count(ports, "from"), count(ports, "to"),
                        count(ports, "resting"));
}

static void add_times(struct zv_ctl_table *table, const json_t *answer)
{
    char since[ZV_CTL_TEXT_CAP], uptime[ZV_CTL_TEXT_CAP];
    zv_ctl_table_add(table, "running");
    zv_ctl_table_printf(table, "for %s, since %s",
                        zv_ctl_write_duration(zv_ctl_seconds(answer, "uptimeMs"), uptime),
                        zv_ctl_write_time(zv_ctl_number(answer, "startedWallUs") / 1e6, since));
}

static void add_calls_so_far(struct zv_ctl_table *table, const json_t *calls)
{
    zv_ctl_table_add(table, "since start");
    zv_ctl_table_printf(table, "%llu call%s, %llu more refused", count(calls, "sinceStart"),
                        count(calls, "sinceStart") == 1 ? "" : "s", count(calls, "refused"));
}

static void add_count(struct zv_ctl_table *table, unsigned long long value)
{
    zv_ctl_table_printf(table, "%llu", value);
}

static void show_workers(const json_t *workers, FILE *out)
{
    static const struct zv_ctl_column columns[] = {
        {.title = "WORKER"},
        {.title = "PORT", .is_right = true},
        {.title = "CALLS", .is_right = true},
        {.title = "BY TCP", .is_right = true},
        {.title = "PACKETS IN", .is_right = true},
        {.title = "OUT", .is_right = true},
        {.title = "FORWARDED", .is_right = true},
        {.title = "DROPPED", .is_right = true},
        {.title = "NOT SENT", .is_right = true},
    };
    struct zv_ctl_table *table = zv_ctl_table_new(columns, ZV_ARRAY_LEN(columns));
    const json_t *worker;
    size_t i;
    json_array_foreach(workers, i, worker)
    {
        const json_t *gauges = json_object_get(worker, "gauges");
        add_count(table, count(worker, "index"));
        add_count(table, count(worker, "webPort"));
        add_count(table, count(gauges, "calls"));
        add_count(table, count(gauges, "streams"));
        add_count(table, count(gauges, "rx_datagrams"));
        add_count(table, count(gauges, "tx_datagrams"));
        add_count(table, count(gauges, "forwarded"));
        add_count(table, count(gauges, "dropped_unknown") + count(gauges, "dropped_size") +
                             count(gauges, "dropped_by_legs"));
        add_count(table, count(gauges, "tx_failures"));
    }
    fputc('\n', out);
    (void)zv_ctl_table_print(table, out, 0, true);
}

static void show_warnings(const json_t *warnings, FILE *out)
{
    const json_t *warning;
    size_t i;
    json_array_foreach(warnings, i, warning)
    {
        fputc('\n', out);
        zv_ctl_print_in(out, ZV_CTL_YELLOW, "warning");
        fprintf(out, ": %s\n", json_string_value(warning) ? json_string_value(warning) : "");
    }
}

/* ", 24 s left", where it drains. */
static const char *write_left(const json_t *answer, char dst[ZV_CTL_TEXT_CAP + 16])
{
    char duration[ZV_CTL_TEXT_CAP];
    dst[0] = 0;
    if (zv_ctl_has(answer, "drainLeftMs"))
        snprintf(dst, ZV_CTL_TEXT_CAP + 16, ", %s left",
                 zv_ctl_write_duration(zv_ctl_seconds(answer, "drainLeftMs"), duration));
    return dst;
}

void zv_ctl_show_status(const json_t *answer, FILE *out)
{
    struct zv_ctl_table *table = zv_ctl_table_new(fields, ZV_ARRAY_LEN(fields));
    const json_t *calls = json_object_get(answer, "calls");
    char left[ZV_CTL_TEXT_CAP + 16];
    fprintf(out, "zvonokd %s, process %llu, %s%s\n", zv_ctl_text(answer, "version"),
            count(answer, "pid"), zv_ctl_text(answer, "phase"), write_left(answer, left));
    add_times(table, answer);
    zv_ctl_table_add(table, "SIP");
    zv_ctl_table_printf(table, "UDP %s", zv_ctl_text(json_object_get(answer, "sip"), "listen"));
    add_use(table, "connections", json_object_get(answer, "connections"), "");
    add_use(table, "sessions", json_object_get(answer, "sessions"), "registrations");
    add_use(table, "calls", calls, "states");
    add_calls_so_far(table, calls);
    add_ports(table, json_object_get(answer, "ports"));
    (void)zv_ctl_table_print(table, out, 2, false);
    show_workers(json_object_get(answer, "workers"), out);
    show_warnings(json_object_get(answer, "warnings"), out);
}
