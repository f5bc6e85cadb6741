/*
 * Any bytes as the JSON of a trace. What is accepted makes pictures of printable UTF-8, without an
 * address where none is wanted, and JSON that is accepted again.
 */
#include "base/addr.h"
#include "ctl/trace_read.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define OUT_BYTES (16 * 1024 * 1024)

static char *memory;

static void must_be_printable(struct zv_str text)
{
    if (!zv_str_is_utf8(text))
        abort();
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if ((c < 0x20 && c != '\n') || c == 0x7f)
            abort();
    }
}

/* Words of digits and dots are what a reader would take for an address. */
static void must_have_no_ipv4(struct zv_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        size_t len = 0;
        while (i + len < text.len && (zv_is_digit(text.p[i + len]) || text.p[i + len] == '.'))
            len++;
        struct zv_addr addr;
        if (len && zv_addr_parse_ip(zv_str_n(text.p + i, len), &addr) == 0)
            abort();
        i += len;
    }
}

static struct zv_str draw(void (*write)(const struct zv_trace *, const struct zv_trace_style *,
                                        struct zv_buf *),
                          const struct zv_trace *trace, bool without_addresses)
{
    struct zv_trace_style style = {.without_addresses = without_addresses};
    struct zv_buf out = zv_buf(memory, OUT_BYTES);
    write(trace, &style, &out);
    return zv_buf_str(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zv_ctl_trace_error error;
    struct zv_trace *trace, *again;
    if (!memory && !(memory = malloc(OUT_BYTES)))
        abort();
    if (zv_ctl_read_trace(zv_str_n((const char *)data, size), &trace, &error) != 0)
        return 0;
    must_be_printable(draw(zv_trace_write_ladder, trace, false));
    must_be_printable(draw(zv_trace_write_mermaid, trace, false));
    must_have_no_ipv4(draw(zv_trace_write_ladder, trace, true));
    struct zv_buf out = zv_buf(memory, OUT_BYTES);
    zv_trace_write_json(trace, &out);
    if (!out.overflow && zv_ctl_read_trace(zv_buf_str(&out), &again, &error) != 0)
        abort();
    if (!out.overflow)
        zv_ctl_free_trace(again);
    zv_ctl_free_trace(trace);
    return 0;
}
