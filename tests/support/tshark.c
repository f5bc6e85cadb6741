#define _GNU_SOURCE
#include "support/tshark.h"

#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

bool zv_tshark_is_installed(void)
{
    return access(ZV_TSHARK_PATH, X_OK) == 0;
}

size_t zv_tshark_read(const char *file, const char *options, char *buf, size_t cap)
{
    char command[1024];
    size_t len = 0, got;
    snprintf(command, sizeof(command),
             ZV_TSHARK_PATH " -n -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -r %s %s "
                            "2>%s.err",
             file, options, file);
    FILE *out = popen(command, "r");
    assert_non_null(out);
    while ((got = fread(buf + len, 1, cap - len, out)) > 0)
        len += got;
    if (pclose(out) != 0 || len == cap)
        fail_msg("tshark failed: %s (its words are in %s.err)", command, file);
    snprintf(command, sizeof(command), "%s.err", file);
    unlink(command);
    buf[len] = '\0';
    return len;
}

int zv_temp_file(char ret_path[ZV_TEMP_PATH_CAP])
{
    snprintf(ret_path, ZV_TEMP_PATH_CAP, "/tmp/zv-test-XXXXXX");
    int fd = mkstemp(ret_path);
    assert_true(fd >= 0);
    return fd;
}

char *zv_file_read(const char *path, size_t *ret_len)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    size_t len = (size_t)ftell(file);
    char *bytes = malloc(len + 1);
    assert_non_null(bytes);
    rewind(file);
    assert_int_equal(fread(bytes, 1, len, file), len);
    fclose(file);
    bytes[len] = '\0';
    *ret_len = len;
    return bytes;
}
