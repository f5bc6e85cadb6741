#include "base/prom.h"

static const char *const type_names[] = {
    [ZV_PROM_COUNTER] = "counter",
    [ZV_PROM_GAUGE] = "gauge",
    [ZV_PROM_HISTOGRAM] = "histogram",
};

/* Quotes are escaped in values of labels, and stand as they are in HELP. */
static void put_escaped(struct zv_buf *out, const char *text, bool is_quoted)
{
    for (; *text; text++) {
        if (*text == '\n')
            zv_buf_put_text(out, "\\n");
        else if (*text == '\\' || (*text == '"' && is_quoted))
            zv_buf_printf(out, "\\%c", *text);
        else
            zv_buf_put_char(out, *text);
    }
}

void zv_prom_family(struct zv_prom *prom, const char *name, enum zv_prom_type type,
                    const char *help)
{
    prom->family = name;
    zv_buf_printf(prom->out, "# HELP %s ", name);
    put_escaped(prom->out, help, false);
    zv_buf_printf(prom->out, "\n# TYPE %s %s\n", name, type_names[type]);
}

/* Trailing zeros are left out: 1500000 with 6 decimals is 1.5. */
static void put_decimal(struct zv_buf *out, uint64_t value, unsigned decimals)
{
    uint64_t unit = 1;
    while (decimals && value % 10 == 0) {
        value /= 10;
        decimals--;
    }
    for (unsigned i = 0; i < decimals; i++)
        unit *= 10;
    zv_buf_printf(out, "%llu", (unsigned long long)(value / unit));
    if (decimals)
        zv_buf_printf(out, ".%0*llu", (int)decimals, (unsigned long long)(value % unit));
}

static void put_label(struct zv_buf *out, char before, const char *name, const char *value)
{
    zv_buf_printf(out, "%c%s=\"", before, name);
    put_escaped(out, value, true);
    zv_buf_put_char(out, '"');
}

/* Everything of a line before its value. `le` NULL: none. */
static void open_sample(struct zv_prom *prom, const char *suffix,
                        const struct zv_prom_label *labels, const char *le)
{
    char before = '{';
    zv_buf_printf(prom->out, "%s%s", prom->family, suffix);
    for (; labels && labels->name; labels++) {
        put_label(prom->out, before, labels->name, labels->value);
        before = ',';
    }
    if (le) {
        put_label(prom->out, before, "le", le);
        before = ',';
    }
    zv_buf_put_text(prom->out, before == ',' ? "} " : " ");
}

static void put_sample(struct zv_prom *prom, const char *suffix, const struct zv_prom_label *labels,
                       const char *le, uint64_t value)
{
    open_sample(prom, suffix, labels, le);
    zv_buf_printf(prom->out, "%llu\n", (unsigned long long)value);
}

void zv_prom_uint(struct zv_prom *prom, const struct zv_prom_label *labels, uint64_t value)
{
    put_sample(prom, "", labels, NULL, value);
}

void zv_prom_decimal(struct zv_prom *prom, const struct zv_prom_label *labels, uint64_t value,
                     unsigned decimals)
{
    open_sample(prom, "", labels, NULL);
    put_decimal(prom->out, value, decimals);
    zv_buf_put_char(prom->out, '\n');
}

static void put_bucket(struct zv_prom *prom, const struct zv_prom_label *labels,
                       const struct zv_histogram_scale *scale, size_t place, uint64_t value)
{
    char text[32];
    struct zv_buf le = zv_buf(text, sizeof(text));
    if (place < scale->count)
        put_decimal(&le, (uint64_t)scale->bounds[place], scale->decimals);
    else
        zv_buf_put_text(&le, "+Inf");
    put_sample(prom, "_bucket", labels, zv_buf_cstr(&le), value);
}

void zv_prom_histogram(struct zv_prom *prom, const struct zv_prom_label *labels,
                       const struct zv_histogram *histogram)
{
    uint64_t so_far = 0;
    for (size_t i = 0; i <= histogram->scale->count; i++) {
        so_far += histogram->counts[i];
        put_bucket(prom, labels, histogram->scale, i, so_far);
    }
    open_sample(prom, "_sum", labels, NULL);
    put_decimal(prom->out, histogram->sum, histogram->scale->decimals);
    zv_buf_put_char(prom->out, '\n');
    put_sample(prom, "_count", labels, NULL, so_far);
}
