/*
 * A text on the heap that belongs to a call. It is put aside before it is freed, since commands
 * borrow it, and wiped then: descriptions hold keys.
 */
#ifndef ZV_CALL_TEXT_H
#define ZV_CALL_TEXT_H

#include "base/list.h"
#include "base/str.h"

#include <stddef.h>

struct zv_text {
    struct zv_list_node node; /* while it is aside */
    size_t len;
    char p[];
};

/* NULL: no memory. */
struct zv_text *zv_text_new(struct zv_str text);
/* NULL is allowed. */
void zv_text_free(struct zv_text *text);
/* Empty for NULL. */
static inline struct zv_str zv_text_str(const struct zv_text *text)
{
    return text ? zv_str_n(text->p, text->len) : (struct zv_str){0};
}

#endif
