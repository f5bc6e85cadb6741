/*
 * Answers to requests for pages (RFC 9110, RFC 9111). The header block is composed here in full, so
 * that nothing depends on the defaults of the server library.
 *
 * The policy lets the page talk to a gateway that the user names (wss: anywhere, ws: to this
 * machine), play what it receives, install itself, and nothing else: no inline script, no frame, no
 * third party.
 */
#include "http/pages.h"

#include "base/attr.h"

#define CONTENT_SECURITY_POLICY                                                                    \
    "default-src 'none'; script-src 'self'; style-src 'self'; "                                    \
    "connect-src 'self' wss: ws://localhost:* ws://127.0.0.1:*; "                                  \
    "img-src 'self' data:; media-src 'self' blob: mediastream:; font-src 'self'; "                 \
    "manifest-src 'self'; worker-src 'self'; "                                                     \
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

/* Vite names what it puts there after its content: a changed file is another file. */
#define HASHED_FOLDER "/assets/"

static const char *phrase(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 304:
        return "Not Modified";
    case 400:
        return "Bad Request";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 426:
        return "Upgrade Required";
    case 429:
        return "Too Many Requests";
    case 500:
        return "Internal Server Error";
    case 503:
        return "Service Unavailable";
    default:
        return "Error";
    }
}

static struct zv_buf open_head(int status, struct zv_page_answer *answer)
{
    *answer = (struct zv_page_answer){.status = status};
    struct zv_buf head = zv_buf(answer->head, sizeof answer->head);
    zv_buf_printf(&head, "HTTP/1.1 %d %s\r\n", status, phrase(status));
    zv_buf_put_text(&head, "Server: zvonokd\r\n"
                           "Content-Security-Policy: " CONTENT_SECURITY_POLICY "\r\n"
                           "X-Content-Type-Options: nosniff\r\n"
                           "Referrer-Policy: no-referrer\r\n"
                           "Permissions-Policy: microphone=(self), camera=(self)\r\n");
    return head;
}

static void close_head(struct zv_buf *head, struct zv_page_answer *answer)
{
    zv_buf_put_text(head, "\r\n");
    answer->head_len = head->len;
}

static void refuse(int status, const char *extra, const char *sentence,
                   struct zv_page_answer *answer)
{
    struct zv_buf head = open_head(status, answer);
    zv_buf_printf(&head,
                  "Content-Type: " ZV_PAGE_PLAIN_TEXT "\r\nCache-Control: no-store\r\n"
                  "Content-Length: %zu\r\n%s",
                  strlen(sentence), extra);
    close_head(&head, answer);
    answer->body = (const uint8_t *)sentence;
    answer->body_len = strlen(sentence);
}

void zv_page_refuse(int status, const char *sentence, struct zv_page_answer *ret_answer)
{
    refuse(status, "Connection: close\r\n", sentence, ret_answer);
    ret_answer->must_close = true;
}

/* "/" stands for its index, as does any path that ends in a slash. */
static bool is_path(struct zv_str path, const char *file)
{
    if (!path.len || path.p[path.len - 1] != '/')
        return zv_str_is(path, file);
    struct zv_str name = zv_str(file);
    return name.len >= path.len && zv_str_eq(zv_str_head(name, path.len), path) &&
           zv_str_is(zv_str_tail(name, path.len), "index.html");
}

static const struct zv_page *find_page(const struct zv_page *pages, size_t count,
                                       struct zv_str path)
{
    for (size_t i = 0; i < count; i++)
        if (is_path(path, pages[i].path))
            return &pages[i];
    return NULL;
}

/* If-None-Match (RFC 9110 §13.1.2): a list of tags, compared weakly, or "*". */
static bool is_known(struct zv_str if_none_match, const char *etag)
{
    struct zv_str tag;
    while (zv_str_split(&if_none_match, ',', &tag)) {
        tag = zv_str_trim(tag);
        if (zv_str_has_prefix(tag, "W/"))
            tag = zv_str_tail(tag, 2);
        if (zv_str_is(tag, "*") || zv_str_is(tag, etag))
            return true;
    }
    return false;
}

static void answer_page(const struct zv_page *page, const struct zv_page_request *request,
                        struct zv_page_answer *answer)
{
    bool is_unchanged = is_known(request->if_none_match, page->etag);
    struct zv_buf head = open_head(is_unchanged ? 304 : 200, answer);
    bool is_hashed = zv_str_has_prefix(zv_str(page->path), HASHED_FOLDER);
    zv_buf_printf(&head, "ETag: %s\r\nCache-Control: %s\r\n", page->etag,
                  is_hashed ? "public, max-age=31536000, immutable" : "no-cache");
    if (!is_unchanged) {
        zv_buf_printf(&head, "Content-Type: %s\r\nContent-Length: %zu\r\n", page->content_type,
                      page->len);
        if (!zv_str_is(request->method, "HEAD")) {
            answer->body = page->bytes;
            answer->body_len = page->len;
        }
    }
    close_head(&head, answer);
}

void zv_page_answer_text(const struct zv_page_request *request, int status,
                         const char *content_type, struct zv_str body,
                         struct zv_page_answer *ret_answer)
{
    struct zv_buf head = open_head(status, ret_answer);
    zv_buf_printf(&head, "Content-Type: %s\r\nCache-Control: no-store\r\nContent-Length: %zu\r\n",
                  content_type, body.len);
    close_head(&head, ret_answer);
    if (zv_str_is(request->method, "HEAD"))
        return;
    ret_answer->body = (const uint8_t *)body.p;
    ret_answer->body_len = body.len;
}

bool zv_page_refuse_method(const struct zv_page_request *request, struct zv_page_answer *ret_answer)
{
    if (zv_str_is(request->method, "HEAD") || zv_str_is(request->method, "GET"))
        return false;
    refuse(405, "Allow: GET, HEAD\r\nConnection: close\r\n",
           "Only GET and HEAD are answered here.\n", ret_answer);
    ret_answer->must_close = true;
    return true;
}

void zv_page_answer(const struct zv_page *pages, size_t count,
                    const struct zv_page_request *request, struct zv_page_answer *ret_answer)
{
    if (zv_page_refuse_method(request, ret_answer))
        return;
    const struct zv_page *page = find_page(pages, count, request->path);
    if (page) {
        answer_page(page, request, ret_answer);
        return;
    }
    refuse(404, "", "There is no such page.\n", ret_answer);
    if (zv_str_is(request->method, "HEAD"))
        ret_answer->body_len = 0;
}
