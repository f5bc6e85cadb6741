/*
 * A socket from accept to close: whether it may come in, the pages that it asks for, and whether it
 * may become a WebSocket.
 */
#include "base/alloc.h"
#include "base/err.h"
#include "http/http_int.h"
#include "http/journal.h"
#include "http/origin.h"

/* ------------------------------------------------------------------ sockets */

/* Operators have sockets of their own, so that they see something when clients have taken all. */
static int admit(struct zv_http *http, struct zv_link *link)
{
    if (link->service != ZV_HTTP_ADMIN) {
        int err = link->is_proxied ? zv_admit_proxied(&http->admit)
                                   : zv_admit_socket(&http->admit, &link->peer, &link->entry);
        http->counts.refused_address += err != 0;
        return err;
    }
    if (http->admin_sockets == ZV_HTTP_ADMIN_SOCKETS)
        return ZV_E_LIMIT;
    http->admin_sockets++;
    return 0;
}

int zv_http_on_accept(struct zv_http *http, const struct zv_edge_socket *accepted,
                      struct zv_link **ret_link)
{
    struct zv_link *link = zv_zalloc(sizeof *link);
    if (!link)
        return ZV_E_NOMEM;
    *link = (struct zv_link){.http = http,
                             .socket = accepted->socket,
                             .service = accepted->service,
                             .local = accepted->local,
                             .peer = accepted->peer,
                             .is_proxied = zv_proxies_has(&http->cfg.proxies, &accepted->peer)};
    int err = admit(http, link);
    if (err) {
        (void)zv_free(link);
        return err;
    }
    *ret_link = link;
    return 0;
}

void zv_http_on_gone(struct zv_link *link)
{
    struct zv_http *http = link->http;
    if (link->is_admitted)
        zv_admit_connection_gone(&http->admit, link->entry);
    if (link->service == ZV_HTTP_ADMIN)
        http->admin_sockets--;
    else
        zv_admit_socket_gone(&http->admit, link->entry);
    if (link->ws)
        zv_websocket_on_gone(link->ws);
    (void)zv_free(link->admin_body);
    (void)zv_free(link->answer);
    (void)zv_free(link);
}

/* ------------------------------------------------------------------ pages */

static struct zv_page_answer *new_answer(struct zv_link *link)
{
    link->body_sent = 0;
    if (!link->answer)
        link->answer = zv_zalloc(sizeof *link->answer);
    return link->answer;
}

static const struct zv_page_answer *answer_admin(struct zv_link *link,
                                                 const struct zv_page_request *request)
{
    struct zv_http *http = link->http;
    struct zv_http_admin_answer answer = {.status = 404, .content_type = ZV_PAGE_PLAIN_TEXT};
    http->counts.admin_requests++;
    if (zv_page_refuse_method(request, link->answer))
        return link->answer;
    if (!link->admin_body)
        link->admin_body = zv_zalloc(ZV_HTTP_ADMIN_BYTES);
    if (!link->admin_body)
        return NULL;
    struct zv_buf body = zv_buf(link->admin_body, ZV_HTTP_ADMIN_BYTES);
    http->cfg.on_admin_fn(http->cfg.arg, request->path, &body, &answer);
    if (body.overflow)
        zv_page_refuse(500, "The answer is larger than it may be.\n", link->answer);
    else
        zv_page_answer_text(request, answer.status, answer.content_type, zv_buf_str(&body),
                            link->answer);
    return link->answer;
}

/* Whether a proxy asks for itself if we take clients, and does not pass on that somebody asks. */
static bool is_proxys_own(const struct zv_link *link, const struct zv_page_request *request)
{
    return link->is_proxied && !request->is_forwarded && link->http->cfg.on_admin_fn &&
           zv_str_is(request->path, ZV_HTTP_READY_PATH);
}

const struct zv_page_answer *zv_http_on_request(struct zv_link *link,
                                                const struct zv_page_request *request)
{
    struct zv_http *http = link->http;
    if (!new_answer(link))
        return NULL;
    if (link->service == ZV_HTTP_ADMIN || is_proxys_own(link, request))
        return answer_admin(link, request);
    if (link->service == ZV_HTTP_PAGES)
        zv_page_answer(http->cfg.pages, http->cfg.page_count, request, link->answer);
    else
        zv_page_refuse(426, "This port speaks WebSocket only; the pages are on the https port.\n",
                       link->answer);
    http->counts.requests++;
    return link->answer;
}

static const struct zv_page_answer *refuse_upgrade(struct zv_link *link, int status,
                                                   const char *sentence)
{
    zv_journal_upgrade_refused(&link->peer, status, sentence);
    if (!new_answer(link))
        return NULL;
    zv_page_refuse(status, sentence, link->answer);
    return link->answer;
}

/* Who asks, through a proxy, counts from now on, and not the proxy. */
static int name_client(struct zv_link *link, struct zv_str forwarded)
{
    struct zv_http *http = link->http;
    if (!zv_forwarded_client(&http->cfg.proxies, forwarded, &link->peer))
        zv_journal_unnamed(&link->peer);
    return zv_admit_name(&http->admit, &link->peer, &link->entry);
}

static const struct zv_page_answer *refuse_address(struct zv_link *link)
{
    link->http->counts.refused_address++;
    return refuse_upgrade(link, 429,
                          "This address has as many connections as it may have; "
                          "http.max_connections_per_address sets it.\n");
}

const struct zv_page_answer *zv_http_on_upgrade(struct zv_link *link,
                                                const struct zv_edge_upgrade *upgrade)
{
    struct zv_http *http = link->http;
    if (link->service == ZV_HTTP_ADMIN)
        return refuse_upgrade(link, 404, "There is no WebSocket on this port.\n");
    if (link->is_proxied && !link->entry && name_client(link, upgrade->forwarded) != 0)
        return refuse_address(link);
    if (!zv_origin_is_allowed(upgrade->origin, upgrade->host, http->cfg.allowed_origins,
                              http->cfg.allowed_origin_count)) {
        http->counts.refused_origin++;
        return refuse_upgrade(link, 403,
                              "This page may not connect here: its origin is neither this host nor "
                              "in http.allowed_origins.\n");
    }
    switch (zv_admit_connection(&http->admit, link->entry)) {
    case ZV_ADMISSION_GRANTED:
        link->is_admitted = true;
        return NULL;
    case ZV_ADMISSION_FULL:
        http->counts.refused_total++;
        return refuse_upgrade(link, 503,
                              "The gateway has as many clients as it may have; "
                              "http.max_connections sets it. Try again later.\n");
    default:
        return refuse_address(link);
    }
}

bool zv_http_next_part(struct zv_link *link, size_t max, const uint8_t **ret_part, size_t *ret_len)
{
    if (!link->answer || link->body_sent == link->answer->body_len)
        return false;
    *ret_part = link->answer->body + link->body_sent;
    *ret_len = ZV_MIN(max, link->answer->body_len - link->body_sent);
    link->body_sent += *ret_len;
    return true;
}

bool zv_http_is_answered(const struct zv_link *link, bool *ret_must_close)
{
    if (!link->answer || link->body_sent < link->answer->body_len)
        return false;
    *ret_must_close = link->answer->must_close;
    return true;
}

void zv_http_on_answered(struct zv_link *link)
{
    link->answer = zv_free(link->answer);
    link->admin_body = zv_free(link->admin_body);
}
