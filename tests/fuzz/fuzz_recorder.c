/*
 * Any bytes as SIP messages of two calls that share a Call-ID (0xff ends a message, alternately
 * sent and received): the recorder stays within its bounds, what it keeps can be drawn and is JSON,
 * and blanking changes nothing the second time.
 */
#include "base/alloc.h"
#include "trace/recorder.h"
#include "trace/redact.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define OUT_BYTES (4 * 1024 * 1024)
#define MAX_BYTES 16384

static char *memory;

static const struct zv_recorder_now now = {.us = 1000000, .wall_us = INT64_C(1790000000000000)};

static struct zv_recorder *make_recorder(void)
{
    struct zv_recorder *recorder;
    struct zv_recorder_cfg cfg = {
        .seed = {1, 2}, .bytes_per_call = MAX_BYTES, .max_live = 4, .max_finished = 4};
    struct zv_call_in out = {.kind = ZV_CALL_IN_CLIENT_CALL,
                             .u.call = {.call_id = zv_str("c1"), .callee = zv_str("1002")}};
    struct zv_call_in in = {
        .kind = ZV_CALL_IN_SIP_INCOMING,
        .u.sip = {.leg = UINT64_C(1) << 63 | 1, .sip_call_id = zv_str("cid@x")}};
    if (zv_recorder_new(&recorder, &cfg))
        abort();
    zv_recorder_input(recorder, &out, (zv_call_id){1}, NULL, now);
    zv_recorder_bind(recorder, (zv_call_id){1}, zv_str("cid@x"));
    zv_recorder_input(recorder, &in, (zv_call_id){2}, NULL, now);
    return recorder;
}

static void redact_twice(const uint8_t *data, size_t size)
{
    char *once = malloc(2 * size + 2), *twice = once + size + 1;
    if (!once)
        abort();
    memcpy(once, data, size);
    zv_trace_redact(once, size);
    memcpy(twice, once, size);
    zv_trace_redact(twice, size);
    if (memcmp(once, twice, size) != 0)
        abort();
    free(once);
}

static void draw(const struct zv_trace *trace)
{
    struct zv_trace_style style = {.without_addresses = true};
    struct zv_buf out = zv_buf(memory, OUT_BYTES);
    zv_trace_write_json(trace, &out);
    json_t *tree = json_loadb(out.p, out.len, JSON_ALLOW_NUL, NULL);
    if (out.overflow || !tree)
        abort();
    json_decref(tree);
    out = zv_buf(memory, OUT_BYTES);
    zv_trace_write_ladder(trace, &style, &out);
    zv_trace_write_mermaid(trace, &style, &out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zv_recorder_stats stats;
    const struct zv_trace *trace = NULL;
    bool is_sent = false;
    if (!memory && !(memory = malloc(OUT_BYTES)))
        abort();
    redact_twice(data, size);
    struct zv_recorder *recorder = make_recorder();
    for (size_t at = 0; at < size; is_sent = !is_sent) {
        const uint8_t *end = memchr(data + at, 0xff, size - at);
        size_t len = end ? (size_t)(end - data) - at : size - at;
        struct zv_recorder_sip message = {.is_sent = is_sent,
                                          .bytes = zv_str_n((const char *)data + at, len)};
        zv_call_id call;
        (void)zv_recorder_sip(recorder, &message, now, &call);
        at += len + 1;
    }
    zv_recorder_stats(recorder, &stats);
    if (stats.bytes > 2 * MAX_BYTES)
        abort();
    while ((trace = zv_recorder_next(recorder, trace)))
        draw(trace);
    zv_recorder_free(recorder);
    return 0;
}
