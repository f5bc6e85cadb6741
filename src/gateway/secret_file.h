/*
 * A file that holds a secret, taken only as it should lie there: a regular file of root or of
 * zvonokd's own user that nobody else may read.
 */
#ifndef ZV_GATEWAY_SECRET_FILE_H
#define ZV_GATEWAY_SECRET_FILE_H

#include "base/attr.h"

#include <stddef.h>

/* Reads the whole file, or its first `cap` bytes; wiping them is the caller's. On failure
 * *ret_why (static storage) says what is wrong and what to do. ZV_E_IO, ZV_E_DENIED. */
int zv_secret_file_read(const char *path, char *buf, size_t cap, size_t *ret_len,
                        const char **ret_why) ZV_MUST_CHECK;

#endif
