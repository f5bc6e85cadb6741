#include "call/text.h"

#include "base/alloc.h"

#include <string.h>

struct zv_text *zv_text_new(struct zv_str value)
{
    struct zv_text *text = zv_zalloc(sizeof(*text) + value.len + 1);
    if (!text)
        return NULL;
    text->len = value.len;
    if (value.len)
        memcpy(text->p, value.p, value.len);
    return text;
}

void zv_text_free(struct zv_text *text)
{
    if (text)
        zv_free_secret(text, sizeof(*text) + text->len + 1);
}
