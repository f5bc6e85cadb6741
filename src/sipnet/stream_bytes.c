/* Bytes that wait, of a message or for a peer: memory is held only while some do. */
#define _GNU_SOURCE
#include "base/alloc.h"
#include "base/err.h"
#include "sipnet/streams_int.h"

#include <string.h>

void zv_stream_bytes_fini(struct zv_stream_bytes *bytes)
{
    zv_free(bytes->data);
    *bytes = (struct zv_stream_bytes){0};
}

int zv_stream_bytes_append(struct zv_stream_bytes *bytes, const void *data, size_t len)
{
    if (len > bytes->cap - bytes->len) {
        size_t cap = ZV_MAX(bytes->len + len, 2 * bytes->cap);
        uint8_t *grown = zv_realloc(bytes->data, cap);
        if (!grown)
            return ZV_E_NOMEM;
        bytes->data = grown;
        bytes->cap = cap;
    }
    if (len)
        memcpy(bytes->data + bytes->len, data, len);
    bytes->len += len;
    return 0;
}

void zv_stream_bytes_drop_front(struct zv_stream_bytes *bytes, size_t len)
{
    bytes->len -= len;
    if (bytes->len && len)
        memmove(bytes->data, bytes->data + len, bytes->len);
    else if (!bytes->len)
        zv_stream_bytes_fini(bytes);
}
