/*
 * Any bytes as a client's message. What is accepted is checked against the parser's promises, and
 * its texts go back out through the writers, whose result must be JSON again.
 */
#include "wire/event.h"

#include <jansson.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char out_memory[8 * ZV_MAX_SDP_BYTES];

static void must_be_json(const struct zv_buf *out)
{
    json_t *tree = json_loadb(out->p, out->len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    if (!tree)
        abort();
    json_decref(tree);
}

static void write_back(struct zv_str id, struct zv_str text)
{
    struct zv_wire_call_event event = {
        .kind = ZV_WIRE_FINISH,
        .call_id = id,
        .status = ZV_STR_LIT("FAILED"),
        .visible_name = zv_str_head(text, 4096),
        .info = zv_str_head(text, 2048),
    };
    struct zv_buf out = zv_buf(out_memory, sizeof out_memory);
    if (zv_wire_write_call_event(&out, &event) == 0 && zv_wire_write_seq(&out, text.len) == 0)
        must_be_json(&out);
    const struct zv_wire_update_event update = {.call_id = id,
                                                .sdp = zv_str_head(text, ZV_MAX_SDP_BYTES)};
    out = zv_buf(out_memory, sizeof out_memory);
    if (zv_wire_write_update(&out, &update) == 0)
        must_be_json(&out);
    const struct zv_wire_resumed_call call = {
        .call_id = id, .status = id, .caller = zv_str_head(text, 256)};
    const struct zv_wire_resumed resumed = {.calls = &call, .call_count = 1};
    out = zv_buf(out_memory, sizeof out_memory);
    if (zv_wire_write_resumed(&out, &resumed) == 0)
        must_be_json(&out);
    out = zv_buf(out_memory, sizeof out_memory);
    if (zv_wire_write_remote_sdp(&out, id, zv_str_head(text, ZV_MAX_SDP_BYTES), false) == 0)
        must_be_json(&out);
}

static void check_call_id(struct zv_str id)
{
    if (!id.len || id.len > ZV_MAX_CALL_ID_BYTES || !zv_str_is_utf8(id))
        abort();
}

static void check(const struct zv_wire_msg *msg)
{
    switch (msg->kind) {
    case ZV_WIRE_CALL:
        check_call_id(msg->call.call_id);
        if (!msg->call.sdp.len || msg->call.sdp.len > ZV_MAX_SDP_BYTES)
            abort();
        write_back(msg->call.call_id, msg->call.sdp);
        break;
    case ZV_WIRE_ANSWER:
        check_call_id(msg->answer.call_id);
        write_back(msg->answer.call_id, msg->answer.sdp);
        break;
    case ZV_WIRE_UPDATE:
        check_call_id(msg->update.call_id);
        if ((!msg->update.sdp.len && msg->update.type != ZV_WIRE_UPDATE_ROLLBACK) ||
            msg->update.sdp.len > ZV_MAX_SDP_BYTES)
            abort();
        break;
    case ZV_WIRE_HANGUP:
    case ZV_WIRE_HOLD:
    case ZV_WIRE_UNHOLD:
        check_call_id(msg->call_ref.call_id);
        break;
    case ZV_WIRE_SEND_DTMF:
        check_call_id(msg->dtmf.call_id);
        if (!msg->dtmf.digits.len || msg->dtmf.digits.len > ZV_WIRE_MAX_DIGITS)
            abort();
        break;
    case ZV_WIRE_CONNECTION:
        if (msg->connection.last_seq < -1)
            abort();
        write_back(ZV_STR_LIT("c"), msg->connection.sip_visible_name);
        break;
    default:
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zv_wire_msg *msg = NULL;
    struct zv_wire_error error;
    if (zv_wire_parse((const char *)data, size, &msg, &error) == 0)
        check(msg);
    else if (!error.err || !error.sentence[0])
        abort();
    zv_wire_msg_free(msg);
    write_back(ZV_STR_LIT("c"), zv_str_n((const char *)data, size)); /* as a SIP side's text */
    return 0;
}
