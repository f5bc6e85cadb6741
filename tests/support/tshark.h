/*
 * tshark as the reader of captures that tests write: what it says about a file, line by line.
 */
#ifndef ZV_TESTS_SUPPORT_TSHARK_H
#define ZV_TESTS_SUPPORT_TSHARK_H

#include <stdbool.h>
#include <stddef.h>

/* Where Debian's package puts it. */
#define ZV_TSHARK_PATH "/usr/bin/tshark"

bool zv_tshark_is_installed(void);
/*
 * What `tshark -r file options` prints, NUL-terminated; returns its length. IP and UDP checksums
 * are checked. The test fails when tshark does or when the text does not fit.
 */
size_t zv_tshark_read(const char *file, const char *options, char *buf, size_t cap);

/* Room for a path of zv_temp_file. */
#define ZV_TEMP_PATH_CAP 64
/* A new empty file; returns a descriptor open for writing. The caller closes it and removes the
 * file. */
int zv_temp_file(char ret_path[ZV_TEMP_PATH_CAP]);
/* All bytes of a file; free with free(). */
char *zv_file_read(const char *path, size_t *ret_len);

#endif
