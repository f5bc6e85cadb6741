#include "base/err.h"

const char *zv_err_name(int err)
{
    switch (err) {
    case ZV_OK:
        return "ZV_OK";
#define X(number, name, text)                                                                      \
    case (number):                                                                                 \
        return "ZV_E_" #name;
        ZV_ERR_LIST(X)
#undef X
    default:
        return "ZV_E_UNKNOWN";
    }
}

const char *zv_err_text(int err)
{
    switch (err) {
    case ZV_OK:
        return "success";
#define X(number, name, text)                                                                      \
    case (number):                                                                                 \
        return text;
        ZV_ERR_LIST(X)
#undef X
    default:
        return "unknown error";
    }
}
