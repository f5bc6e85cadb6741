/*
 * zvonokd --check-config: all that can be found wrong without starting. The configuration with its
 * secrets, the files that it names, its ports on this machine, and what the doctor sees from
 * outside.
 */
#ifndef ZV_GATEWAY_CHECK_H
#define ZV_GATEWAY_CHECK_H

#include "gateway/config_source.h"
#include "gateway/doctor.h"

#include <stdbool.h>

/* `severity` is WARN or FAIL; `text` names key and value, `remedy` may be "". */
typedef void zv_check_tell_fn(void *arg, enum zv_severity severity, const char *text,
                              const char *remedy);

struct zv_check_counts {
    size_t warnings;
    size_t failures; /* it would not start, or not work */
};

/* Looks at everything, whatever was wrong before. */
void zv_check_configuration(const struct zv_config_source *source, zv_check_tell_fn *tell_fn,
                            void *arg, struct zv_check_counts *ret_counts);

/* A fresh installation, in which nobody has said yet where SIP may go: the file is whole, with the
 * line "..." at its end, and sets nothing but, as the package does, http.certificate and
 * http.private_key. A file that somebody has emptied, cut or changed is none. */
bool zv_check_is_fresh(const struct zv_config_source *source);

#endif
