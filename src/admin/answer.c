/* Answers as text: written into memory that grows until all fits. */
#define _GNU_SOURCE
#include "admin/admin_int.h"

#include "base/alloc.h"

#define FIRST_BYTES 16384
#define GROWTH      4

struct body {
    void (*write_fn)(const void *arg, struct zv_json *json);
    const void *arg;
    bool is_ok;
};

static void write_body(const struct body *body, struct zv_buf *out)
{
    struct zv_json json = zv_json(out);
    zv_json_open_object(&json, NULL);
    zv_json_bool(&json, "ok", body->is_ok);
    body->write_fn(body->arg, &json);
    zv_json_close_object(&json);
    zv_buf_put_char(out, '\n');
}

static char *write_whole(const struct body *body, size_t *ret_len, bool *ret_is_too_large)
{
    for (size_t cap = FIRST_BYTES; cap <= ZV_ADMIN_MAX_ANSWER_BYTES; cap *= GROWTH) {
        char *memory = zv_zalloc(cap);
        if (!memory)
            return NULL;
        struct zv_buf out = zv_buf(memory, cap);
        write_body(body, &out);
        if (!out.overflow) {
            *ret_len = out.len;
            return memory;
        }
        zv_free(memory);
    }
    *ret_is_too_large = true;
    return NULL;
}

static void write_refusal(const void *arg, struct zv_json *json)
{
    const struct zv_admin_refusal *refusal = arg;
    zv_json_text(json, "error", refusal->error);
    zv_json_text(json, "text", refusal->text);
    if (refusal->remedy)
        zv_json_text(json, "remedy", refusal->remedy);
}

char *zv_admin_write_refusal(const struct zv_admin_refusal *refusal, size_t *ret_len)
{
    struct body body = {.write_fn = write_refusal, .arg = refusal};
    bool is_too_large = false;
    return write_whole(&body, ret_len, &is_too_large);
}

char *zv_admin_write_answer(void (*write_fn)(const void *arg, struct zv_json *json),
                            const void *arg, size_t *ret_len)
{
    static const struct zv_admin_refusal too_large = {
        .error = "too_large",
        .text = "the answer is larger than 16 MiB",
    };
    struct body body = {.write_fn = write_fn, .arg = arg, .is_ok = true};
    bool is_too_large = false;
    char *answer = write_whole(&body, ret_len, &is_too_large);
    return is_too_large ? zv_admin_write_refusal(&too_large, ret_len) : answer;
}
