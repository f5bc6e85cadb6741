/* Pictures of tests/vectors/traces, compared byte by byte; ZV_WRITE_VECTORS=1 renews them. */
#ifndef ZV_TESTS_UNIT_TRACE_GOLDEN_H
#define ZV_TESTS_UNIT_TRACE_GOLDEN_H

#include "support/test.h"

#include "trace/trace.h"

#include <stdio.h>
#include <stdlib.h>

typedef void write_fn(const struct zv_trace *trace, const struct zv_trace_style *style,
                      struct zv_buf *out);

struct picture {
    char text[64 * 1024];
};

static inline struct zv_str load_vector(struct picture *room, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/vectors/traces/%s", ZV_TEST_DIR, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t len = fread(room->text, 1, sizeof room->text, file);
    fclose(file);
    return zv_str_n(room->text, len);
}

static inline struct zv_str draw(struct picture *room, write_fn *write,
                                 const struct zv_trace *trace, bool without_addresses)
{
    struct zv_buf out = zv_buf(room->text, sizeof room->text - 1);
    write(trace, &(struct zv_trace_style){.without_addresses = without_addresses}, &out);
    assert_false(out.overflow);
    assert_non_null(zv_buf_cstr(&out));
    return zv_buf_str(&out);
}

static inline void expect_vector(const char *name, struct zv_str got)
{
    if (getenv("ZV_WRITE_VECTORS")) {
        char path[512];
        snprintf(path, sizeof path, "%s/vectors/traces/%s", ZV_TEST_DIR, name);
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(got.p, 1, got.len, file), got.len);
        assert_int_equal(fclose(file), 0);
        return;
    }
    static struct picture wanted;
    struct zv_str text = load_vector(&wanted, name);
    if (!zv_str_eq(text, got))
        fail_msg("%s is not what is written:\n%.*s", name, ZV_STR_ARG(got));
}

#endif
