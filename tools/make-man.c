/*
 * make-man <docs/man/zvonok.yaml.5.in >docs/man/zvonok.yaml.5: puts the table of configuration keys
 * into the manual page. A unit test compares (tests/unit/gateway/test_config_man.c).
 */
#include "gateway/config.h"

#include <stdio.h>
#include <stdlib.h>

#define MAX_FRAME_BYTES 65536

static void print(void *arg, const char *text)
{
    fputs(text, arg);
}

int main(void)
{
    static char frame[MAX_FRAME_BYTES];
    size_t len = fread(frame, 1, sizeof(frame) - 1, stdin);
    if (!len || !feof(stdin)) {
        fprintf(stderr, "make-man: standard input is empty or too long\n");
        return EXIT_FAILURE;
    }
    zv_config_write_man(frame, print, stdout);
    return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
