#include "http/outbox.h"

#include "base/alloc.h"
#include "base/attr.h"

#include <string.h>

struct zv_outbox_text {
    size_t len;
    char bytes[];
};

static void drop_oldest(struct zv_outbox *outbox)
{
    struct zv_outbox_text *text = outbox->texts[outbox->first];
    outbox->texts[outbox->first] = NULL;
    outbox->first = (outbox->first + 1) % ZV_OUTBOX_MESSAGES;
    outbox->count--;
    outbox->bytes -= text->len;
    (void)zv_free_secret(text, sizeof(*text) + text->len);
}

void zv_outbox_fini(struct zv_outbox *outbox)
{
    while (outbox->count)
        drop_oldest(outbox);
}

/* NULL: too large, or no memory. */
static struct zv_outbox_text *copy(struct zv_str text)
{
    struct zv_outbox_text *kept =
        text.len <= ZV_OUTBOX_BYTES ? zv_zalloc(sizeof(*kept) + text.len) : NULL;
    if (!kept)
        return NULL;
    kept->len = text.len;
    if (text.len)
        memcpy(kept->bytes, text.p, text.len);
    return kept;
}

void zv_outbox_keep(struct zv_outbox *outbox, struct zv_str text)
{
    struct zv_outbox_text *kept = copy(text);
    outbox->last_seq++;
    if (!kept) {
        zv_outbox_fini(outbox);
        return;
    }
    while (outbox->count == ZV_OUTBOX_MESSAGES || outbox->bytes + text.len > ZV_OUTBOX_BYTES)
        drop_oldest(outbox);
    outbox->texts[(outbox->first + outbox->count) % ZV_OUTBOX_MESSAGES] = kept;
    outbox->count++;
    outbox->bytes += text.len;
}

void zv_outbox_missed(const struct zv_outbox *outbox, uint64_t last_seq,
                      struct zv_outbox_missed *ret_missed)
{
    uint64_t missed = last_seq < outbox->last_seq ? outbox->last_seq - last_seq : 0;
    size_t count = (size_t)ZV_MIN(missed, (uint64_t)outbox->count);
    *ret_missed = (struct zv_outbox_missed){
        .from = outbox->count - count,
        .count = count,
        .is_complete = count == missed && last_seq <= outbox->last_seq,
    };
}

struct zv_str zv_outbox_at(const struct zv_outbox *outbox, size_t index)
{
    const struct zv_outbox_text *text = outbox->texts[(outbox->first + index) % ZV_OUTBOX_MESSAGES];
    return zv_str_n(text->bytes, text->len);
}
