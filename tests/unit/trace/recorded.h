/*
 * The desk of tests/unit/call with a flight recorder beside it, wired as the gateway does.
 */
#ifndef ZV_TESTS_UNIT_TRACE_RECORDED_H
#define ZV_TESTS_UNIT_TRACE_RECORDED_H

#include "unit/call/desk.h"

#include "trace/recorder.h"

#define RECORDED_WALL_US INT64_C(1790000000000000)

struct recorded {
    struct desk desk;
    struct zv_recorder *recorder;
};

static inline struct zv_recorder_now recorded_now(const struct recorded *recorded)
{
    return (struct zv_recorder_now){.us = recorded->desk.now_us,
                                    .wall_us = RECORDED_WALL_US + recorded->desk.now_us};
}

static inline void recorded_on_input(void *arg, const struct zv_call_in *in)
{
    struct recorded *recorded = arg;
    struct zv_switch_connect session;
    zv_call_id about = zv_switch_subject(recorded->desk.sw);
    bool is_known = zv_switch_connect_of(recorded->desk.sw, in, &session);
    zv_recorder_input(recorded->recorder, in, about, is_known ? &session : NULL,
                      recorded_now(recorded));
}

static inline void recorded_on_timeout(void *arg)
{
    zv_recorder_timeout(((struct recorded *)arg)->recorder);
}

static inline void recorded_on_command(void *arg, const struct zv_call_cmd *cmd)
{
    struct recorded *recorded = arg;
    zv_recorder_command(recorded->recorder, cmd, recorded_now(recorded));
}

static inline void recorded_open_with(struct recorded *recorded, struct zv_recorder_cfg cfg)
{
    desk_open(&recorded->desk);
    assert_int_equal(zv_recorder_new(&recorded->recorder, &cfg), 0);
    recorded->desk.watch = (struct desk_watch){
        .input_fn = recorded_on_input,
        .timeout_fn = recorded_on_timeout,
        .command_fn = recorded_on_command,
        .arg = recorded,
    };
}

static inline void recorded_open(struct recorded *recorded)
{
    recorded_open_with(recorded, (struct zv_recorder_cfg){
                                     .seed = {1, 2},
                                     .bytes_per_call = 65536,
                                     .max_live = 100,
                                     .max_finished = 10,
                                     .keep_us = ZV_SECONDS(3600),
                                 });
}

/* Before anything happened: another configuration. */
static inline void recorded_set(struct recorded *recorded, struct zv_switch_cfg cfg)
{
    struct desk_watch watch = recorded->desk.watch;
    recorded->desk.sw = zv_switch_free(recorded->desk.sw);
    desk_open_with(&recorded->desk, cfg);
    recorded->desk.watch = watch;
}

static inline void recorded_close(struct recorded *recorded)
{
    recorded->recorder = zv_recorder_free(recorded->recorder);
    recorded->desk.watch = (struct desk_watch){0};
    desk_end_all(&recorded->desk);
}

/* The youngest trace as lines "kind label detail"; `hidden` ones too or not. */
static inline const char *recorded_lines(const struct zv_trace *trace, bool with_hidden,
                                         char *memory, size_t cap)
{
    struct zv_buf out = zv_buf(memory, cap);
    ZV_LIST_EACH (node, &trace->events) {
        const struct zv_trace_event *event = ZV_CONTAINER_OF(node, struct zv_trace_event, node);
        enum zv_trace_kind kind = (enum zv_trace_kind)event->kind;
        if (zv_trace_kind_is_hidden(kind) && !with_hidden)
            continue;
        zv_buf_printf(&out, "%s %s %.*s%s%.*s\n", zv_trace_kind_name(kind),
                      event->from == event->to  ? "*"
                      : event->from < event->to ? ">"
                                                : "<",
                      ZV_STR_ARG(event->label), event->detail.len ? ", " : "",
                      ZV_STR_ARG(event->detail));
    }
    const char *text = zv_buf_cstr(&out);
    assert_non_null(text);
    return text;
}

#endif
