/*
 * Any bytes as a request of the admin socket. What is accepted keeps the parser's promises: a known
 * verb, texts of one line that end.
 */
#include "admin/request.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_be_one_line(const char *text, size_t cap)
{
    if (!memchr(text, 0, cap) || !zv_str_is_utf8(zv_str(text)))
        abort();
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zv_admin_request request;
    char error[ZV_ADMIN_ERROR_CAP];
    int err = zv_admin_parse_request(zv_str_n((const char *)data, size), &request, error);
    if (err) {
        must_be_one_line(error, sizeof(error));
        return 0;
    }
    if ((unsigned)request.verb >= ZV_ADMIN_VERB_COUNT)
        abort();
    must_be_one_line(request.id, sizeof(request.id));
    must_be_one_line(request.levels, sizeof(request.levels));
    return 0;
}
