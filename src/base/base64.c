#include "base/base64.h"

#include <stdint.h>

void zv_base64_write(struct zv_buf *out, const void *data, size_t len)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *p = data;
    for (size_t i = 0; i < len; i += 3) {
        size_t count = len - i < 3 ? len - i : 3;
        uint32_t group = (uint32_t)p[i] << 16;
        group |= count > 1 ? (uint32_t)p[i + 1] << 8 : 0;
        group |= count > 2 ? p[i + 2] : 0;
        for (size_t k = 0; k < 4; k++)
            zv_buf_put_char(out, k <= count ? alphabet[group >> (18 - 6 * k) & 63] : '=');
    }
}
