/*
 * From text to a message: what every message must fulfil before its fields are looked at.
 *
 * The text is scanned once before the JSON library sees it, because the library's own depth limit
 * (2048) is far above ours and because a short text may expand into many small objects. Its error
 * texts quote the input ("near '…'"), which may be a password: the code and the position are used,
 * the text is not.
 */
#include "wire/wire_int.h"

#include "base/alloc.h"

/*
 * Everything that the JSON library frees may have been part of a password (a value, a token, the
 * lexer's buffer): each block knows its size and is wiped.
 */
struct block {
    size_t size;
    max_align_t content[];
};

/* The JSON library reports some failed allocations as syntax errors: it is noted here instead. */
static _Thread_local bool is_out_of_memory;

static void *allocate(size_t size)
{
    struct block *block = zv_zalloc(sizeof *block + size);
    if (!block) {
        is_out_of_memory = true;
        return NULL;
    }
    block->size = sizeof *block + size;
    return block->content;
}

static void release(void *ptr)
{
    if (!ptr)
        return;
    struct block *block = ZV_CONTAINER_OF(ptr, struct block, content);
    (void)zv_free_secret(block, block->size);
}

void zv_wire_init(uint32_t seed)
{
    json_set_alloc_funcs(allocate, release);
    json_object_seed(seed ? seed : 1);
}

static void say(struct zv_wire_error *error, int err, const char *sentence)
{
    error->err = err;
    struct zv_buf out = zv_buf(error->sentence, sizeof error->sentence);
    zv_buf_put_text(&out, sentence);
    (void)zv_buf_cstr(&out);
}

/* Depth and number of values of anything that looks like JSON; the library judges the rest. */
static int scan(struct zv_str text, struct zv_wire_error *error)
{
    unsigned depth = 0, values = 1;
    bool in_string = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.p[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
            continue;
        }
        if (c == '"')
            in_string = true;
        else if (c == '{' || c == '[')
            depth++, values++;
        else if (c == ',')
            values++;
        else if ((c == '}' || c == ']') && depth)
            depth--;
        if (depth > ZV_MAX_JSON_DEPTH) {
            say(error, ZV_E_LIMIT, "The message is nested deeper than 16 levels.");
            return ZV_E_LIMIT;
        }
        if (values > ZV_MAX_JSON_VALUES) {
            say(error, ZV_E_LIMIT, "The message holds more than 4096 values.");
            return ZV_E_LIMIT;
        }
    }
    return 0;
}

static const char *json_complaint(enum json_error_code code)
{
    switch (code) {
    case json_error_invalid_utf8:
        return "text that is not UTF-8";
    case json_error_premature_end_of_input:
        return "an early end";
    case json_error_end_of_input_expected:
        return "something after the closing brace";
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return "the character U+0000";
    case json_error_duplicate_key:
        return "a key that appears twice in one object";
    case json_error_numeric_overflow:
        return "a number that is too large";
    default:
        return "a syntax error";
    }
}

static json_t *load(struct zv_str text, struct zv_wire_error *error)
{
    json_error_t complaint;
    is_out_of_memory = false;
    json_t *tree = json_loadb(text.p, text.len, JSON_REJECT_DUPLICATES, &complaint);
    if (tree)
        return tree;
    enum json_error_code code = json_error_code(&complaint);
    if (is_out_of_memory || code == json_error_out_of_memory) {
        say(error, ZV_E_NOMEM, "The gateway is out of memory.");
        return NULL;
    }
    error->err = ZV_E_PARSE;
    struct zv_buf out = zv_buf(error->sentence, sizeof error->sentence);
    zv_buf_printf(&out, "The message is not valid JSON: %s at byte %d.", json_complaint(code),
                  complaint.position);
    (void)zv_buf_cstr(&out);
    return NULL;
}

/* The text of the input, checked as a whole, as a tree whose root is an object. */
static json_t *load_object(struct zv_str text, struct zv_wire_error *error)
{
    if (text.len > ZV_MAX_CLIENT_MESSAGE_BYTES) {
        say(error, ZV_E_LIMIT, "The message is larger than 256 KiB.");
        return NULL;
    }
    if (!zv_str_is_utf8(text)) {
        say(error, ZV_E_PARSE, "The message is not valid JSON: text that is not UTF-8.");
        return NULL;
    }
    if (scan(text, error) != 0)
        return NULL;
    json_t *tree = load(text, error);
    if (tree && !json_is_object(tree)) {
        say(error, ZV_E_PARSE, "The message must be a JSON object with \"message\" and \"data\".");
        json_decref(tree);
        return NULL;
    }
    return tree;
}

/* The name of the message; an empty view and an error when there is none. */
static struct zv_str envelope_name(const json_t *tree, struct zv_wire_error *error)
{
    const json_t *name = json_object_get(tree, "message");
    if (!json_is_string(name) || !json_string_length(name)) {
        say(error, ZV_E_PARSE, "The message has no name: \"message\" must be text.");
        return (struct zv_str){0};
    }
    return (struct zv_str){json_string_value(name), json_string_length(name)};
}

/* data[0] when it is an object, NULL otherwise; latches an error when `is_needed` and not there. */
static const json_t *argument(const json_t *tree, bool is_needed, struct zv_wire_error *error)
{
    const json_t *data = json_object_get(tree, "data");
    const json_t *first = json_is_array(data) ? json_array_get(data, 0) : NULL;
    if (json_is_object(first))
        return first;
    if (is_needed) {
        struct zv_wire_fields fields = {.error = error};
        zv_wire_fields_refuse(&fields, ZV_E_PARSE, "data", "must be a list with one object");
    }
    return NULL;
}

static void note_call_id(const json_t *object, struct zv_wire_error *error)
{
    const json_t *id = json_object_get(object, "callId");
    struct zv_str text = {json_string_value(id), json_string_length(id)};
    if (text.p && zv_wire_is_call_id(text))
        memcpy(error->call_id, text.p, text.len);
}

/* The message of `tree`; on failure error->err says why. */
static void parse_tree(json_t *tree, struct zv_wire_msg *msg, struct zv_wire_error *error)
{
    msg->name = envelope_name(tree, error);
    if (error->err)
        return;
    const struct zv_wire_entry *entry = zv_wire_find_entry(msg->name);
    if (!entry)
        return;
    msg->kind = error->kind = entry->kind;
    memcpy(error->message, entry->name, strlen(entry->name) + 1);
    if (!entry->parse_fn)
        return;

    struct zv_wire_fields fields = {.error = error};
    fields.object = argument(tree, entry->kind != ZV_WIRE_STREAM, error);
    note_call_id(fields.object, error);
    entry->parse_fn(&fields, msg);
}

int zv_wire_parse(const char *text, size_t len, struct zv_wire_msg **ret_msg,
                  struct zv_wire_error *error)
{
    struct zv_wire_error why = {0};
    struct zv_wire_msg *msg = zv_zalloc(sizeof *msg);
    if (!msg) {
        say(&why, ZV_E_NOMEM, "The gateway is out of memory.");
        goto fail;
    }
    msg->tree = load_object(zv_str_n(text, len), &why);
    if (!msg->tree)
        goto fail;
    parse_tree(msg->tree, msg, &why);
    if (why.err)
        goto fail;
    *ret_msg = msg;
    return 0;

fail:
    zv_wire_msg_free(msg);
    *error = why;
    return why.err;
}

struct zv_wire_msg *zv_wire_msg_free(struct zv_wire_msg *msg)
{
    if (!msg)
        return NULL;
    json_decref(msg->tree);
    return zv_free(msg);
}

const char *zv_wire_kind_name(enum zv_wire_kind kind)
{
    static const char *const names[ZV_WIRE_KIND_COUNT] = {
        [ZV_WIRE_UNKNOWN] = "UNKNOWN",
        [ZV_WIRE_CONNECTION] = "CONNECTION",
        [ZV_WIRE_CALL] = "CALL",
        [ZV_WIRE_ANSWER] = "ANSWER",
        [ZV_WIRE_HANGUP] = "HANGUP",
        [ZV_WIRE_HOLD] = "HOLD",
        [ZV_WIRE_UNHOLD] = "UNHOLD",
        [ZV_WIRE_SEND_DTMF] = "SEND_DTMF",
        [ZV_WIRE_TRANSFER] = "TRANSFER",
        [ZV_WIRE_UPDATE] = "UPDATE",
        [ZV_WIRE_PING] = "PING",
        [ZV_WIRE_PONG] = "PONG",
        [ZV_WIRE_SEND_DATA] = "SEND_DATA",
        [ZV_WIRE_SESSION_DEBUG] = "SESSION_DEBUG",
        [ZV_WIRE_BUG_REPORT] = "BUG_REPORT",
        [ZV_WIRE_PUSH_LOGS] = "PUSH_LOGS",
        [ZV_WIRE_STREAM] = "STREAM",
    };
    return kind < ZV_WIRE_KIND_COUNT ? names[kind] : "UNKNOWN";
}
