/*
 * The built pages, carried inside the binary: a table of files, found by their exact path, and what
 * to answer to a request. Pure. There is no file system behind it, so there is no path to traverse.
 */
#ifndef ZV_HTTP_PAGES_H
#define ZV_HTTP_PAGES_H

#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One file; the table is written by tools/embed-pages at build time. */
struct zv_page {
    const char *path;         /* "/index.html" */
    const char *content_type; /* "text/html; charset=utf-8" */
    const char *etag;         /* with its quotes: "\"5d41…\"" */
    const uint8_t *bytes;
    size_t len;
};

/* Defined by the generated file that cmake/pages.cmake adds to a program. */
extern const struct zv_page zv_pages[];
extern const size_t zv_page_count;

#define ZV_PAGE_PLAIN_TEXT "text/plain; charset=utf-8"

struct zv_page_request {
    struct zv_str method; /* "GET" */
    struct zv_str path;   /* decoded, without the query: "/", "/assets/a.js" */
    struct zv_str if_none_match;
    bool is_forwarded; /* it has X-Forwarded-For: somebody asks through a proxy */
};

/* A whole answer: `head` is complete with the empty line at its end. */
#define ZV_PAGE_HEAD_CAP 1536
struct zv_page_answer {
    int status;
    char head[ZV_PAGE_HEAD_CAP];
    size_t head_len;
    const uint8_t *body; /* borrowed: the table's, static, or its maker's; NULL with body_len 0 */
    size_t body_len;
    bool must_close; /* the request cannot be followed by another */
};

/* 200, 304, 404 or 405. */
void zv_page_answer(const struct zv_page *pages, size_t count,
                    const struct zv_page_request *request, struct zv_page_answer *ret_answer);
/* A text of this moment, which nobody keeps; `body` is borrowed. To HEAD without the body. */
void zv_page_answer_text(const struct zv_page_request *request, int status,
                         const char *content_type, struct zv_str body,
                         struct zv_page_answer *ret_answer);
/* True: neither GET nor HEAD; 405 was written. */
bool zv_page_refuse_method(const struct zv_page_request *request,
                           struct zv_page_answer *ret_answer);
/* A refusal in plain text: `sentence` is static and ends with a full stop. The socket closes. */
void zv_page_refuse(int status, const char *sentence, struct zv_page_answer *ret_answer);

#endif
