/*
 * Replays a corpus folder through a fuzz target, for builds without libFuzzer: what a fuzzer once
 * found stays tested in every build, and the target itself cannot rot. Usage: fuzz_x DIR; a folder
 * that is missing or empty still runs the empty input.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run_file(const char *dir, const char *name)
{
    static uint8_t data[1 << 20];
    char path[4096];
    if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
        return 1;
    FILE *file = fopen(path, "rb");
    if (!file)
        return 1;
    size_t len = fread(data, 1, sizeof(data), file);
    fclose(file);
    LLVMFuzzerTestOneInput(data, len);
    return 0;
}

int main(int argc, char **argv)
{
    int count = 0, failed = 0;
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    DIR *dir = argc > 1 ? opendir(argv[1]) : NULL;
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        if (entry->d_name[0] == '.')
            continue;
        failed += run_file(argv[1], entry->d_name);
        count++;
    }
    if (dir)
        closedir(dir);
    printf("%d inputs replayed, %d unreadable\n", count, failed);
    return failed ? 1 : 0;
}
