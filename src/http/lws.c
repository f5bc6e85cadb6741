/*
 * The one file that knows libwebsockets: sockets, TLS, HTTP and WebSocket framing on the foreign
 * libuv loop. What to do with any of it is decided behind edge.h.
 *
 * What has to be so with version 4.1.6 of Debian 12:
 * - ALPN offers HTTP/1.1 only, and an upgrade to h2c is refused: its HTTP/2 truncates files.
 * - Refusing an upgrade by a return value closes without an answer; the answer is written by us.
 * - A frame arrives in pieces: complete means final fragment and nothing of the payload remaining.
 * - Nor does it spare the loop from spinning on pipelined requests, nor send a close frame on
 * libuv: see pace_answer and send_close.
 * - CONNECT turns a socket into a raw one, which we drop.
 * - Destroying is done in two steps, the second once the loop has run out of the library's handles.
 * - A vhost keeps pointers to the texts of its creation info.
 */
#define _GNU_SOURCE /* SOCK_CLOEXEC; the library's header wants its types */

#include "http/edge.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/log.h"
#include "http/certificate.h"
#include "io/sockaddr.h"

#include <assert.h>
#include <errno.h>
#include <libwebsockets.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Bytes of a page per turn of the loop and socket. */
#define PART_BYTES 16384
/* How often a client that does not read its page is looked after. */
#define PACE_US 2000
/* Request heads being parsed at once; more wait their turn. Each has 4 KiB of headers at most. */
#define MAX_HEADS 4096

const size_t zv_edge_headroom = LWS_PRE;

struct listener {
    char name[24];
    char address[ZV_ADDR_TEXT_CAP];
    enum zv_http_service service;
    char *cert_path; /* owned; NULL: no TLS */
    char *key_path;
};

struct zv_edge {
    struct zv_edge_cfg cfg;
    struct lws_context *context; /* owned; set to NULL by the library when it is gone */
    struct listener listeners[ZV_HTTP_MAX_LISTENERS];
    size_t listener_count;
    struct zv_http_certificate *certificate; /* owned; NULL: the one that was there at the start */
    unsigned char part[LWS_PRE + PART_BYTES];
};

/* ------------------------------------------------------------------ log */

/* The library's last error line, for the sentence of a failed listen; it has no other channel. */
static char last_error[200];

static void on_log(int level, const char *line)
{
    size_t len = strcspn(line, "\n");
    struct zv_buf out = zv_buf(last_error, sizeof last_error);
    if (level == LLL_ERR) {
        zv_buf_put(&out, line, ZV_MIN(len, sizeof last_error - 1));
        (void)zv_buf_cstr(&out);
    }
    if (zv_log_shows_addresses()) /* it may name some */
        zv_log(ZV_LOG_HTTP, ZV_LOG_DEBUG, NULL, "libwebsockets: %.*s", (int)len, line);
}

/* ------------------------------------------------------------------ requests */

static struct zv_edge *edge_of(struct lws *wsi)
{
    return lws_context_user(lws_get_context(wsi));
}

/* A header's value, at most `cap` - 1 bytes; p == NULL: absent; ZV_E_LIMIT: too long for `cap`. */
static int read_header(struct lws *wsi, enum lws_token_indexes token, char *dst, size_t cap,
                       struct zv_str *ret_value)
{
    int len = lws_hdr_total_length(wsi, token);
    struct zv_str value = {0};
    if (len > 0) {
        int copied = lws_hdr_copy(wsi, dst, (int)cap, token);
        if (copied < 0)
            return ZV_E_LIMIT;
        value = zv_str_n(dst, (size_t)copied);
    }
    *ret_value = value;
    return 0;
}

static int write_all(struct lws *wsi, const void *data, size_t len, enum lws_write_protocol kind)
{
    unsigned char *room = edge_of(wsi)->part + LWS_PRE;
    memcpy(room, data, len);
    return lws_write(wsi, room, len, kind) < 0 ? -1 : 0;
}

/* ------------------------------------------------------------------ answers */

/* The answer is out: close, or wait for the next request. */
static int end_answer(struct lws *wsi, struct zv_link *link, bool must_close)
{
    zv_http_on_answered(link);
    lws_set_timer_usecs(wsi, LWS_SET_TIMER_USEC_CANCEL);
    (void)lws_rx_flow_control(wsi, 1);
    return must_close || lws_http_transaction_completed(wsi) ? -1 : 0;
}

static int send_head(struct lws *wsi, const struct zv_page_answer *answer)
{
    static_assert(ZV_PAGE_HEAD_CAP <= PART_BYTES, "a head goes out in one piece");
    return write_all(wsi, answer->head, answer->head_len, LWS_WRITE_HTTP_HEADERS);
}

/*
 * While an answer is on its way the library does not read, yet asks to be woken for what there is
 * to be read: a client that sends requests ahead and reads slowly would make the loop spin. So
 * reading is switched off while the socket takes no bytes. The library does not write either then,
 * so a timer looks after the socket.
 */
static void pace_answer(struct lws *wsi)
{
    struct pollfd socket = {.fd = lws_get_socket_fd(wsi), .events = POLLOUT};
    bool takes_bytes = poll(&socket, 1, 0) > 0;
    (void)lws_rx_flow_control(wsi, takes_bytes);
    if (takes_bytes)
        lws_callback_on_writable(wsi);
    lws_set_timer_usecs(wsi, PACE_US);
}

static int start_answer(struct lws *wsi, struct zv_link *link, const struct zv_page_answer *answer)
{
    if (!answer || send_head(wsi, answer) != 0)
        return -1;
    if (!answer->body_len)
        return end_answer(wsi, link, answer->must_close);
    pace_answer(wsi);
    return 0;
}

/* The socket takes more of the answer's body. A reader that stands still is dropped. */
static int on_page_writable(struct lws *wsi, struct zv_link *link)
{
    const uint8_t *part;
    size_t len;
    bool must_close;
    if (zv_http_next_part(link, PART_BYTES, &part, &len)) {
        lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, (int)edge_of(wsi)->cfg.idle_s);
        if (write_all(wsi, part, len, LWS_WRITE_HTTP) != 0)
            return -1;
        pace_answer(wsi);
        return 0;
    }
    return zv_http_is_answered(link, &must_close) ? end_answer(wsi, link, must_close) : 0;
}

static struct zv_str method_of(struct lws *wsi)
{
    char *uri;
    int len;
    switch (lws_http_get_uri_and_method(wsi, &uri, &len)) {
    case LWSHUMETH_GET:
        return ZV_STR_LIT("GET");
    case LWSHUMETH_HEAD:
        return ZV_STR_LIT("HEAD");
    default:
        return ZV_STR_LIT("other");
    }
}

static int on_request(struct lws *wsi, struct zv_link *link, struct zv_str path)
{
    char tags[512];
    struct zv_page_request request = {
        .method = method_of(wsi),
        .path = path,
        .is_forwarded = lws_hdr_total_length(wsi, WSI_TOKEN_X_FORWARDED_FOR) > 0,
    };
    /* Tags that are too long are none of ours. */
    if (read_header(wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH, tags, sizeof tags, &request.if_none_match) !=
        0)
        request.if_none_match = (struct zv_str){0};
    return start_answer(wsi, link, zv_http_on_request(link, &request));
}

/* ------------------------------------------------------------------ WebSocket */

/* The refusal goes out whole before the socket closes: it is smaller than any socket buffer. */
static int refuse(struct lws *wsi, struct zv_link *link, const struct zv_page_answer *answer)
{
    if (!answer || send_head(wsi, answer) != 0)
        return -1;
    (void)write_all(wsi, answer->body, answer->body_len, LWS_WRITE_HTTP);
    zv_http_on_answered(link);
    return -1;
}

static int on_upgrade(struct lws *wsi, struct zv_link *link, const char *protocol)
{
    char origin_text[512], host_text[300], forwarded_text[512];
    struct zv_edge_upgrade upgrade;
    struct zv_page_answer answer;
    if (!zv_str_is_i(zv_str(protocol), "websocket")) {
        zv_page_refuse(426, "Only an upgrade to WebSocket is answered here.\n", &answer);
        return refuse(wsi, link, &answer);
    }
    if (read_header(wsi, WSI_TOKEN_ORIGIN, origin_text, sizeof origin_text, &upgrade.origin) != 0 ||
        read_header(wsi, WSI_TOKEN_HOST, host_text, sizeof host_text, &upgrade.host) != 0 ||
        read_header(wsi, WSI_TOKEN_X_FORWARDED_FOR, forwarded_text, sizeof forwarded_text,
                    &upgrade.forwarded) != 0) {
        zv_page_refuse(400, "Origin, Host or X-Forwarded-For is too long.\n", &answer);
        return refuse(wsi, link, &answer);
    }
    const struct zv_page_answer *refusal = zv_http_on_upgrade(link, &upgrade);
    return refusal ? refuse(wsi, link, refusal) : 0;
}

static void on_receive(struct lws *wsi, struct zv_link *link, const void *data, size_t len)
{
    bool ends_frame = !lws_remaining_packet_payload(wsi);
    struct zv_conn_fragment fragment = {
        .data = data,
        .len = len,
        .is_binary = lws_frame_is_binary(wsi),
        .ends_frame = ends_frame,
        .ends_message = ends_frame && lws_is_final_fragment(wsi),
    };
    zv_http_on_fragment(link, &fragment);
}

/*
 * The close frame, written by us: the library's own way to it (lws_close_reason and an error) drops
 * the socket first on libuv in Debian's build. The client answers with its own close, or the grace
 * time ends.
 */
static int send_close(struct lws *wsi, uint16_t code, const char *reason)
{
    static const unsigned char final_close = 0x88; /* RFC 6455 §5.2: FIN, opcode 8 */
    unsigned char room[LWS_PRE + 4 + ZV_CLOSE_REASON_BYTES];
    unsigned char *frame = room + LWS_PRE;
    size_t len = strlen(reason);
    frame[0] = final_close;
    frame[1] = (unsigned char)(2 + len);
    zv_set_u16(frame + 2, code);
    memcpy(frame + 4, reason, len);
    return lws_write(wsi, frame, 4 + len, LWS_WRITE_RAW) < 0 ? -1 : 0;
}

/* RFC 6455 §5.5.1, §7.1.5: the first two bytes, or none. */
static uint16_t close_code(const unsigned char *payload, size_t len)
{
    return len >= 2 ? zv_get_u16(payload) : ZV_CLOSE_NO_STATUS;
}

/* One text a turn; when none is left and the connection is to end, the close frame. */
static int on_writable(struct lws *wsi, struct zv_link *link)
{
    struct zv_conn_out *out = zv_http_next_out(link);
    if (out) {
        int written =
            lws_write(wsi, (unsigned char *)out->text + LWS_PRE, out->len, LWS_WRITE_TEXT);
        (void)zv_free_secret(out, sizeof *out + LWS_PRE + out->len);
        if (written < 0)
            return -1;
        lws_callback_on_writable(wsi);
        return 0;
    }
    uint16_t code;
    const char *reason;
    return zv_http_take_close(link, &code, &reason) ? send_close(wsi, code, reason) : 0;
}

/* ------------------------------------------------------------------ sockets */

static int address_of(int fd, int (*get_fn)(int, struct sockaddr *, socklen_t *),
                      struct zv_addr *ret_addr)
{
    struct sockaddr_storage sockaddr;
    socklen_t len = sizeof sockaddr;
    if (get_fn(fd, (struct sockaddr *)&sockaddr, &len) != 0)
        return ZV_E_IO;
    return zv_sockaddr_read((const struct sockaddr *)&sockaddr, ret_addr);
}

static int local_name(int fd, struct sockaddr *sockaddr, socklen_t *len)
{
    return getsockname(fd, sockaddr, len);
}

static int peer_name(int fd, struct sockaddr *sockaddr, socklen_t *len)
{
    return getpeername(fd, sockaddr, len);
}

static int on_accept(struct lws *wsi)
{
    int fd = lws_get_socket_fd(wsi);
    const struct listener *listener = lws_vhost_user(lws_get_vhost(wsi));
    struct zv_edge_socket accepted = {.socket = wsi, .service = listener->service};
    struct zv_link *link;
    if (address_of(fd, local_name, &accepted.local) != 0 ||
        address_of(fd, peer_name, &accepted.peer) != 0 ||
        zv_http_on_accept(edge_of(wsi)->cfg.http, &accepted, &link) != 0)
        return -1;
    lws_set_opaque_user_data(wsi, link);
    return 0;
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t len)
{
    if (reason == LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED)
        return on_accept(wsi);
    if (reason == LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS) { /* a vhost begins */
        zv_http_certificate_follow(user, &edge_of(wsi)->certificate);
        return 0;
    }
    struct zv_link *link = wsi ? lws_get_opaque_user_data(wsi) : NULL;
    if (!link)
        return 0;
    switch (reason) {
    case LWS_CALLBACK_HTTP:
        return on_request(wsi, link, zv_str_n(in, len));
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return on_page_writable(wsi, link);
    case LWS_CALLBACK_TIMER:
        pace_answer(wsi);
        return 0;
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return on_upgrade(wsi, link, in);
    case LWS_CALLBACK_ESTABLISHED:
        return zv_http_on_open(link) == 0 ? 0 : -1;
    case LWS_CALLBACK_RECEIVE:
        on_receive(wsi, link, in, len);
        return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return on_writable(wsi, link);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE: /* or the answer to ours: then that was all */
        zv_http_on_peer_close(link, close_code(in, len));
        return zv_http_is_closed(link) ? -1 : 0;
    case LWS_CALLBACK_RAW_ADOPT:
    case LWS_CALLBACK_RAW_RX:
    case LWS_CALLBACK_RAW_WRITEABLE:
        return -1;
    case LWS_CALLBACK_WSI_DESTROY:
        lws_set_opaque_user_data(wsi, NULL);
        zv_http_on_gone(link);
        return 0;
    default:
        return 0;
    }
}

/* No name, so that none is offered: the first protocol serves clients that ask for none. */
static const struct lws_protocols protocols[] = {
    {.name = "", .callback = on_event, .tx_packet_size = PART_BYTES},
    {.name = NULL},
};

void zv_edge_want_write(void *socket)
{
    lws_callback_on_writable(socket);
}

void zv_edge_kill(void *socket)
{
    lws_set_timeout(socket, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
}

/* ------------------------------------------------------------------ listening */

static bool has_ipv6(void)
{
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    struct sockaddr_in6 any = {.sin6_family = AF_INET6};
    bool is_usable = bind(fd, (struct sockaddr *)&any, sizeof any) == 0;
    (void)close(fd);
    return is_usable;
}

/*
 * Binds a socket of our own first, because the library reports neither which error it met nor, for
 * an address that is missing, an error at all.
 */
static int probe(const struct zv_addr *addr)
{
    struct sockaddr_storage sockaddr;
    int family = zv_sockaddr_family(addr);
    socklen_t len = zv_sockaddr_write(addr, family, &sockaddr);
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return ZV_E_IO;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    int failure = 0;
    if (bind(fd, (struct sockaddr *)&sockaddr, len) != 0 || listen(fd, 1) != 0)
        failure = errno;
    (void)close(fd);
    switch (failure) {
    case 0:
        return 0;
    case EADDRINUSE:
        return ZV_E_INUSE;
    case EACCES:
    case EPERM:
        return ZV_E_DENIED;
    case EADDRNOTAVAIL:
        return ZV_E_NOTFOUND;
    default:
        return ZV_E_IO;
    }
}

/* The address to bind, with its port; all addresses of both families where none is named. */
static int address_to_bind(const struct zv_http_listener *listener, struct zv_addr *ret_addr)
{
    struct zv_addr addr = {.family = has_ipv6() ? ZV_ADDR_IPV6 : ZV_ADDR_IPV4};
    if (listener->address && listener->address[0]) {
        int err = zv_addr_parse_ip(zv_str(listener->address), &addr);
        if (err)
            return ZV_E_INVAL;
    }
    addr.port = listener->port;
    *ret_addr = addr;
    return 0;
}

static void fill_tls(struct lws_context_creation_info *info, const struct listener *listener)
{
    info->options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    info->ssl_cert_filepath = listener->cert_path;
    info->ssl_private_key_filepath = listener->key_path;
    info->alpn = "http/1.1";
    info->ssl_cipher_list = "ECDHE+AESGCM:ECDHE+CHACHA20";
    info->ssl_options_set = SSL_OP_NO_SSLv3 | SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 |
                            SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION;
}

static const char *listen_complaint(int err)
{
    switch (err) {
    case ZV_E_INUSE:
        return "another program uses it; `ss -lnpt` says which";
    case ZV_E_DENIED:
        return "ports below 1024 need a privilege";
    case ZV_E_NOTFOUND:
        return "this host has no such address";
    case ZV_E_INVAL:
        return "the address is not an IPv4 or IPv6 address";
    default:
        return zv_err_text(err);
    }
}

static int keep_paths(struct listener *mine, const struct zv_http_listener *listener)
{
    if (!listener->cert_path)
        return 0;
    mine->cert_path = zv_strndup(listener->cert_path, strlen(listener->cert_path));
    mine->key_path = zv_strndup(listener->key_path, strlen(listener->key_path));
    return mine->cert_path && mine->key_path ? 0 : ZV_E_NOMEM;
}

static void free_paths(struct listener *mine)
{
    mine->cert_path = zv_free(mine->cert_path);
    mine->key_path = zv_free(mine->key_path);
}

/* The vhost of a listener whose address was found to be free. */
static struct lws_vhost *create_vhost(struct zv_edge *edge, const struct zv_http_listener *listener,
                                      const struct zv_addr *addr)
{
    struct listener *mine = &edge->listeners[edge->listener_count];
    *mine = (struct listener){.service = listener->service};
    struct zv_buf name = zv_buf(mine->name, sizeof mine->name);
    zv_buf_printf(&name, "zvonok-%zu", edge->listener_count);
    (void)zv_buf_cstr(&name);
    (void)zv_addr_write_ip(addr, mine->address);

    struct lws_context_creation_info info = {
        .port = addr->port,
        .iface = zv_addr_is_unspecified(addr) ? NULL : mine->address,
        .vhost_name = mine->name,
        .protocols = protocols,
        .user = mine,
        .options = LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND,
        .timeout_secs_ah_idle = edge->cfg.idle_s,
        .keepalive_timeout = (int)edge->cfg.idle_s,
    };
    if (addr->family == ZV_ADDR_IPV4)
        info.options |= LWS_SERVER_OPTION_DISABLE_IPV6;
    last_error[0] = '\0';
    if (keep_paths(mine, listener)) {
        free_paths(mine);
        return NULL;
    }
    if (mine->cert_path)
        fill_tls(&info, mine);
    struct lws_vhost *vhost = lws_create_vhost(edge->context, &info);
    if (!vhost)
        free_paths(mine);
    return vhost;
}

int zv_edge_listen(struct zv_edge *edge, const struct zv_http_listener *listener,
                   struct zv_buf *why, uint16_t *ret_port)
{
    struct zv_addr addr;
    if (edge->listener_count == ZV_HTTP_MAX_LISTENERS) {
        zv_buf_printf(why, "No more than %d addresses can be listened on.", ZV_HTTP_MAX_LISTENERS);
        return ZV_E_LIMIT;
    }
    int err = address_to_bind(listener, &addr);
    if (!err)
        err = probe(&addr);
    if (err) {
        zv_buf_printf(why, "Port %u of %s cannot be listened on: %s.", listener->port,
                      listener->address && listener->address[0] ? listener->address : "any address",
                      listen_complaint(err));
        return err;
    }
    struct lws_vhost *vhost = create_vhost(edge, listener, &addr);
    if (!vhost) {
        zv_buf_printf(why, "Port %u cannot be listened on with certificate %s: %s.", listener->port,
                      listener->cert_path ? listener->cert_path : "(none)", last_error);
        return listener->cert_path ? ZV_E_CRYPTO : ZV_E_IO;
    }
    edge->listener_count++;
    *ret_port = (uint16_t)lws_get_vhost_listen_port(vhost);
    return 0;
}

void zv_edge_use_certificate(struct zv_edge *edge, struct zv_http_certificate *certificate)
{
    zv_http_certificate_free(edge->certificate);
    edge->certificate = certificate;
}

/* ------------------------------------------------------------------ life */

int zv_edge_new(struct zv_edge **ret_edge, const struct zv_edge_cfg *cfg)
{
    struct zv_edge *edge = zv_zalloc(sizeof *edge);
    if (!edge)
        return ZV_E_NOMEM;
    edge->cfg = *cfg;
    lws_set_log_level(LLL_ERR | LLL_WARN, on_log);
    void *loop = cfg->loop;
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
                   LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
        .foreign_loops = &loop,
        .pcontext = &edge->context,
        .user = edge,
        .uid = -1,
        .gid = -1,
        .timeout_secs = cfg->idle_s,
        .max_http_header_pool = MAX_HEADS,
    };
    edge->context = lws_create_context(&info);
    if (!edge->context) {
        zv_log(ZV_LOG_HTTP, ZV_LOG_ERROR, NULL,
               "libwebsockets does not start on libuv; is libwebsockets-evlib-uv installed? (%s)",
               last_error);
        (void)zv_free(edge);
        return ZV_E_IO;
    }
    *ret_edge = edge;
    return 0;
}

void zv_edge_close(struct zv_edge *edge)
{
    lws_context_destroy(edge->context);
}

struct zv_edge *zv_edge_free(struct zv_edge *edge)
{
    if (edge->context)
        lws_context_destroy(edge->context);
    zv_http_certificate_free(edge->certificate);
    for (size_t i = 0; i < edge->listener_count; i++)
        free_paths(&edge->listeners[i]);
    return zv_free(edge);
}
