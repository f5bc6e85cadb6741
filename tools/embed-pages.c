/*
 * embed-pages DIR OUT: writes the files below DIR as a C table of struct zv_page (http/pages.h) to
 * OUT, so that one binary carries the phone page. Without a DIR that exists the table has one page
 * that says how to build them.
 *
 * Built and run by cmake/pages.cmake at build time; plain POSIX, no library of the project. Bytes
 * are written as octal escapes in string literals, which compilers read far faster than arrays of
 * numbers. The order is sorted, so that the same input yields the same binary.
 */
#define _POSIX_C_SOURCE 200809L

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_PAGES     512
#define MAX_DEPTH     8
#define BYTES_PER_ROW 64

struct page {
    char *path; /* "/assets/a.js" */
    size_t len;
    uint64_t hash;
};

static struct page pages[MAX_PAGES];
static size_t page_count;

static const char no_pages[] =
    "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Zvonok</title>\n"
    "<h1>The phone page is not in this build</h1>\n"
    "<p>The gateway works, but its pages were not built before it. Build them with\n"
    "<pre>cd apps/web-phone &amp;&amp; npm ci &amp;&amp; npm run build</pre>\n"
    "<p>and then build zvonokd again; or let <code>./do demo</code> do both.\n</html>\n";

static void die(const char *what, const char *name)
{
    fprintf(stderr, "embed-pages: %s %s: %s\n", what, name, strerror(errno));
    exit(1);
}

static const char *content_type(const char *path)
{
    static const struct {
        const char *extension;
        const char *type;
    } types[] = {
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".mjs", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".json", "application/json"},
        {".map", "application/json"},
        {".webmanifest", "application/manifest+json"},
        {".txt", "text/plain; charset=utf-8"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".ico", "image/x-icon"},
        {".webp", "image/webp"},
        {".jpg", "image/jpeg"},
        {".woff2", "font/woff2"},
        {".wav", "audio/wav"},
        {".mp3", "audio/mpeg"},
        {".ogg", "audio/ogg"},
        {".wasm", "application/wasm"},
    };
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof types / sizeof types[0]; i++)
        if (!strcmp(dot, types[i].extension))
            return types[i].type;
    return "application/octet-stream";
}

/* FNV-1a: tells one version of a file from another, nothing more. */
static uint64_t hash_more(uint64_t hash, const unsigned char *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ data[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static void write_row(FILE *out, const unsigned char *row, size_t len)
{
    fputs("    \"", out);
    for (size_t i = 0; i < len; i++)
        fprintf(out, "\\%03o", row[i]);
    fputs("\"\n", out);
}

static struct page *add_page(const char *path)
{
    if (page_count == MAX_PAGES) {
        errno = EFBIG;
        die("too many files at", path);
    }
    struct page *page = &pages[page_count++];
    *page = (struct page){.path = strdup(path), .hash = UINT64_C(0xcbf29ce484222325)};
    if (!page->path)
        die("cannot keep", path);
    return page;
}

static void embed_file(FILE *out, const char *file, const char *path)
{
    FILE *in = fopen(file, "rb");
    if (!in)
        die("cannot read", file);
    struct page *page = add_page(path);
    fprintf(out, "static const char page_%zu[] =\n    \"\"\n", page_count - 1);
    unsigned char row[BYTES_PER_ROW];
    size_t len;
    while ((len = fread(row, 1, sizeof row, in)) > 0) {
        write_row(out, row, len);
        page->hash = hash_more(page->hash, row, len);
        page->len += len;
    }
    if (ferror(in))
        die("cannot read", file);
    fclose(in);
    fputs("    ;\n", out);
}

static void embed_text(FILE *out, const char *text, const char *path)
{
    struct page *page = add_page(path);
    page->len = strlen(text);
    page->hash = hash_more(page->hash, (const unsigned char *)text, page->len);
    fprintf(out, "static const char page_%zu[] =\n", page_count - 1);
    write_row(out, (const unsigned char *)text, page->len);
    fputs("    ;\n", out);
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void embed_folder(FILE *out, const char *folder, const char *path, int depth)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_visible, alphasort);
    if (count < 0)
        die("cannot list", folder);
    for (int i = 0; i < count; i++) {
        char file[4096], sub[1024];
        struct stat info;
        if (snprintf(file, sizeof file, "%s/%s", folder, entries[i]->d_name) >= (int)sizeof file ||
            snprintf(sub, sizeof sub, "%s/%s", path, entries[i]->d_name) >= (int)sizeof sub) {
            errno = ENAMETOOLONG;
            die("cannot embed", folder);
        }
        if (stat(file, &info) != 0)
            die("cannot read", file);
        if (S_ISREG(info.st_mode))
            embed_file(out, file, sub);
        else if (S_ISDIR(info.st_mode) && depth < MAX_DEPTH)
            embed_folder(out, file, sub, depth + 1);
        free(entries[i]);
    }
    free(entries);
}

/* A file name that needs an escape in a C literal does not come out of a web build. */
static void write_table(FILE *out)
{
    fputs("const struct zv_page zv_pages[] = {\n", out);
    for (size_t i = 0; i < page_count; i++) {
        if (strpbrk(pages[i].path, "\"\\\n\r")) {
            errno = EINVAL;
            die("cannot embed", pages[i].path);
        }
        fprintf(out,
                "    {\"%s\", \"%s\", \"\\\"%016" PRIx64
                "\\\"\", (const uint8_t *)page_%zu, %zu},\n",
                pages[i].path, content_type(pages[i].path), pages[i].hash, i, pages[i].len);
        free(pages[i].path);
    }
    fprintf(out, "};\nconst size_t zv_page_count = %zu;\n", page_count);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: embed-pages DIR OUT\n", stderr);
        return 2;
    }
    FILE *out = fopen(argv[2], "wb");
    if (!out)
        die("cannot write", argv[2]);
    fputs("/* Written by tools/embed-pages; do not edit. */\n#include \"http/pages.h\"\n\n", out);
    struct stat info;
    if (stat(argv[1], &info) == 0 && S_ISDIR(info.st_mode))
        embed_folder(out, argv[1], "", 0);
    if (!page_count)
        embed_text(out, no_pages, "/index.html");
    write_table(out);
    if (fclose(out) != 0)
        die("cannot write", argv[2]);
    return 0;
}
