/*
 * Files of certificates that may still be written. PEM says where an entry ends, not whether
 * another should follow: what is cut behind the first certificate is a shorter chain in which
 * nothing is wrong. What can be seen is a line that has begun behind it.
 */
#include "gateway/config_int.h"

#include <stdio.h>
#include <sys/stat.h>

/* The file of this number, from 0. False: there are no more. */
static bool file_at(const struct zv_config *config, size_t number, struct zv_config_file *ret_file)
{
    const struct zv_config_file fixed[] = {
        {"http.certificate", config->http_certificate},
        {"sip.tls_certificate", config->sip_tls_certificate},
        {"sip.tls_ca", config->sip_tls_ca},
    };
    size_t fixed_count = ZV_ARRAY_LEN(fixed);
    if (number >= fixed_count + config->trunks.count)
        return false;
    *ret_file =
        number < fixed_count
            ? fixed[number]
            : (struct zv_config_file){"trunks: ca", config->trunks.items[number - fixed_count].ca};
    return true;
}

/* An entry's last line says by itself that it is whole; editors and tools that write certificates
 * often leave out the newline behind it. */
static bool is_end_of_entry(struct zv_str line)
{
    static const char dashes[] = "-----";
    size_t len = sizeof(dashes) - 1;
    return zv_str_has_prefix(line, "-----END ") &&
           zv_str_is(zv_str_tail(line, line.len - len), dashes);
}

/* False as well: it cannot be read, which whoever reads it says; or it is a pipe, which gives what
 * it has once. */
static bool ends_within_line(const char *path)
{
    char tail[256];
    struct stat status;
    FILE *file = stat(path, &status) == 0 && S_ISREG(status.st_mode) ? fopen(path, "re") : NULL;
    if (!file)
        return false;
    if (fseek(file, -(long)sizeof(tail), SEEK_END)) /* it is shorter */
        rewind(file);
    size_t len = fread(tail, 1, sizeof(tail), file), begin = len;
    fclose(file);
    while (begin > 0 && tail[begin - 1] != '\n')
        begin--;
    struct zv_str line = zv_str_trim(zv_str_n(tail + begin, len - begin));
    return line.len && !is_end_of_entry(line);
}

bool zv_config_next_cut_file(const struct zv_config *config, size_t *number,
                             struct zv_config_file *ret_file)
{
    struct zv_config_file file;
    while (file_at(config, *number, &file)) {
        ++*number;
        if (file.path && file.path[0] && ends_within_line(file.path)) {
            *ret_file = file;
            return true;
        }
    }
    return false;
}
