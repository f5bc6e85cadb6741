/*
 * The secrets file (--secrets FILE): lines NAME=VALUE, for ${NAME} in the configuration. Empty
 * lines and lines that begin with # say nothing; a value is all behind the first =, as it is.
 * A name stands once. The last line has its newline as well: a file that somebody is writing is
 * refused.
 *
 * Its entries go into keys of the type SECRET and nowhere else, so that none is ever in a log, in
 * an answer or in an error.
 */
#ifndef ZV_GATEWAY_SECRETS_H
#define ZV_GATEWAY_SECRETS_H

#include "base/attr.h"
#include "base/str.h"

#include <stdbool.h>

#define ZV_SECRETS_MAX_BYTES      65536
#define ZV_SECRETS_MAX_NAME_BYTES 64
#define ZV_SECRETS_ERROR_CAP      512

struct zv_secrets;

/* On failure ret_error holds "file: sentence" or "file:line: sentence", without any value.
 * ZV_E_IO, ZV_E_DENIED (others may read it), ZV_E_PARSE, ZV_E_LIMIT, ZV_E_NOMEM. */
int zv_secrets_load(struct zv_secrets **ret_secrets, const char *path,
                    char ret_error[ZV_SECRETS_ERROR_CAP]) ZV_MUST_CHECK;
/* Wipes them. NULL is allowed; returns NULL. */
struct zv_secrets *zv_secrets_free(struct zv_secrets *secrets);
/* The view lives as long as `secrets`, which may be NULL. */
bool zv_secrets_find(const struct zv_secrets *secrets, struct zv_str name,
                     struct zv_str *ret_value);

/* A letter or _, then letters, digits and _. */
bool zv_secrets_is_name(struct zv_str name);

#endif
