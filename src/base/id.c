#include "base/id.h"

#include "base/buf.h"

const char *zv_call_id_write(zv_call_id id, char dst[ZV_ID_TEXT_CAP])
{
    struct zv_buf out = zv_buf(dst, ZV_ID_TEXT_CAP);
    if (id.v)
        zv_buf_printf(&out, "c-%u.%u.%u", zv_call_id_worker(id), zv_call_id_slot(id),
                      zv_call_id_generation(id));
    else
        zv_buf_put_text(&out, "c-none"); /* refused before it had an id */
    return zv_buf_cstr(&out);
}

const char *zv_session_id_write(zv_session_id id, char dst[ZV_ID_TEXT_CAP])
{
    struct zv_buf out = zv_buf(dst, ZV_ID_TEXT_CAP);
    zv_buf_printf(&out, "s-%u.%u", (unsigned)(id.v >> 32), (unsigned)id.v);
    return zv_buf_cstr(&out);
}
