/*
 * Base64 (RFC 4648 section 4), with padding.
 */
#ifndef ZV_BASE_BASE64_H
#define ZV_BASE_BASE64_H

#include "base/buf.h"

#include <stddef.h>

/* Characters for `len` bytes. */
#define ZV_BASE64_CHARS(len) (((len) + 2) / 3 * 4)

void zv_base64_write(struct zv_buf *out, const void *data, size_t len);

#endif
