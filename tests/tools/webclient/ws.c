#define _GNU_SOURCE
#include "tools/webclient/ws.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "io/sockaddr.h"
#include "tools/webclient/stream.h"

#include <netdb.h>
#include <openssl/evp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

/* RFC 6455 §5.2. */
enum opcode {
    CONTINUATION = 0,
    TEXT = 1,
    CLOSE = 8,
    PING = 9,
    PONG = 10,
};
#define FINAL          0x80
#define MASKED         0x80
#define MAX_CONTROL    125 /* §5.5 */
#define MAX_FRAME_HEAD 14
/* §7.4.1 */
#define CODE_NORMAL   1000
#define CODE_NONE     1005
#define CODE_ABNORMAL 1006
/* §1.3 */
#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

enum state {
    UPGRADING,
    OPEN,
    CLOSED,
};

struct zv_wc_ws {
    struct zv_wc_stream stream;
    const struct zv_rand *rand;
    enum state state;
    bool is_told; /* CLOSED was reported */
    char host[256];
    char accept[32]; /* what the server must answer to our nonce */
    uint8_t *in;     /* owned; ZV_WC_WS_MAX_MESSAGE + MAX_FRAME_HEAD */
    size_t in_len;
    uint8_t *message; /* owned; ZV_WC_WS_MAX_MESSAGE: the fragments so far */
    size_t message_len;
    bool has_message; /* a first fragment came */
    uint16_t close_code;
    char close_reason[128];
};

/* ---- Address ---- */

static int resolve(struct zv_str host, uint16_t port, struct zv_addr *ret_addr)
{
    char name[256];
    struct addrinfo *found, hints = {.ai_socktype = SOCK_STREAM};
    if (zv_str_is(host, "localhost")) /* not ::1: the plain port listens on IPv4 */
        host = ZV_STR_LIT("127.0.0.1");
    if (zv_addr_parse_ip(host, ret_addr) == 0) {
        ret_addr->port = port;
        return 0;
    }
    if (zv_str_copy(host, name, sizeof(name)) || getaddrinfo(name, NULL, &hints, &found))
        return ZV_E_NOTFOUND;
    int err = zv_sockaddr_read(found->ai_addr, ret_addr);
    freeaddrinfo(found);
    ret_addr->port = port;
    return err;
}

/* "host:port" or "[::1]:port". */
static int split_authority(struct zv_str text, bool is_tls, struct zv_str *ret_host,
                           uint16_t *ret_port)
{
    struct zv_str host = text, rest = {0};
    uint32_t port = is_tls ? 443 : 80;
    ptrdiff_t end = text.len && text.p[0] == '[' ? zv_str_find(text, ']') : zv_str_find(text, ':');
    if (text.len && text.p[0] == '[') {
        if (end < 0)
            return ZV_E_PARSE;
        host = zv_str_n(text.p + 1, (size_t)end - 1);
        rest = zv_str_tail(text, (size_t)end + 1);
    } else if (end >= 0) {
        host = zv_str_head(text, (size_t)end);
        rest = zv_str_tail(text, (size_t)end);
    }
    if (rest.len && (rest.p[0] != ':' || zv_str_to_u32(zv_str_tail(rest, 1), &port)))
        return ZV_E_PARSE;
    if (!host.len || !port || port > UINT16_MAX)
        return ZV_E_PARSE;
    *ret_host = host;
    *ret_port = (uint16_t)port;
    return 0;
}

static int connect_to(struct zv_wc_ws *ws, struct zv_str url, struct zv_str *ret_path)
{
    struct zv_addr server;
    struct zv_str host;
    uint16_t port;
    bool is_tls = zv_str_has_prefix_i(url, "wss://");
    if (!is_tls && !zv_str_has_prefix_i(url, "ws://"))
        return ZV_E_PARSE;
    struct zv_str rest = zv_str_tail(url, is_tls ? 6 : 5);
    ptrdiff_t slash = zv_str_find(rest, '/');
    struct zv_str authority = slash < 0 ? rest : zv_str_head(rest, (size_t)slash);
    int err = split_authority(authority, is_tls, &host, &port);
    if (!err)
        err = zv_str_copy(authority, ws->host, sizeof(ws->host));
    if (!err)
        err = resolve(host, port, &server);
    if (err)
        return err;
    *ret_path = slash < 0 ? ZV_STR_LIT("/") : zv_str_tail(rest, (size_t)slash);
    return zv_wc_stream_connect(&ws->stream, &server, is_tls);
}

/* ---- Upgrade, RFC 6455 §4.1 ---- */

static int request_upgrade(struct zv_wc_ws *ws, struct zv_str path)
{
    uint8_t nonce[16], digest[ZV_HASH_MAX_BYTES];
    unsigned char key[32];
    char text[128], memory[1024];
    struct zv_buf request = zv_buf(memory, sizeof(memory));
    zv_rand_fill(ws->rand, nonce, sizeof(nonce));
    EVP_EncodeBlock(key, nonce, sizeof(nonce));
    int len = snprintf(text, sizeof(text), "%s%s", (const char *)key, GUID);
    int err = zv_hash(ZV_HASH_SHA1, text, (size_t)len, digest);
    if (err)
        return err;
    EVP_EncodeBlock((unsigned char *)ws->accept, digest, ZV_SHA1_BYTES);
    zv_buf_printf(&request,
                  "GET %.*s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n\r\n",
                  ZV_STR_ARG(path), ws->host, (const char *)key);
    if (request.overflow)
        return ZV_E_PARSE;
    return zv_wc_stream_write(&ws->stream, request.p, request.len);
}

static int open_memory(struct zv_wc_ws **ret_ws, const struct zv_wc_ws_cfg *cfg)
{
    struct zv_wc_ws *ws = zv_zalloc(sizeof(*ws));
    if (!ws)
        return ZV_E_NOMEM;
    ws->stream.fd = -1;
    ws->rand = cfg->rand;
    ws->close_code = CODE_ABNORMAL;
    ws->in = zv_zalloc(ZV_WC_WS_MAX_MESSAGE + MAX_FRAME_HEAD);
    ws->message = zv_zalloc(ZV_WC_WS_MAX_MESSAGE);
    if (!ws->in || !ws->message) {
        zv_wc_ws_free(ws);
        return ZV_E_NOMEM;
    }
    *ret_ws = ws;
    return 0;
}

int zv_wc_ws_new(struct zv_wc_ws **ret_ws, const struct zv_wc_ws_cfg *cfg)
{
    struct zv_wc_ws *ws;
    struct zv_str path;
    int err = open_memory(&ws, cfg);
    if (err)
        return err;
    err = connect_to(ws, zv_str(cfg->url), &path);
    if (!err)
        err = request_upgrade(ws, path);
    if (err) {
        zv_wc_ws_free(ws);
        return err;
    }
    *ret_ws = ws;
    return 0;
}

int zv_wc_ws_new_on(struct zv_wc_ws **ret_ws, int fd, const struct zv_wc_ws_cfg *cfg)
{
    struct zv_wc_ws *ws;
    int err = open_memory(&ws, cfg);
    if (err)
        return err;
    zv_wc_stream_adopt(&ws->stream, fd);
    snprintf(ws->host, sizeof(ws->host), "localhost");
    err = request_upgrade(ws, ZV_STR_LIT("/"));
    if (err) {
        zv_wc_ws_free(ws);
        return err;
    }
    *ret_ws = ws;
    return 0;
}

struct zv_wc_ws *zv_wc_ws_free(struct zv_wc_ws *ws)
{
    if (!ws)
        return NULL;
    zv_wc_stream_close(&ws->stream);
    zv_free(ws->in);
    zv_free(ws->message);
    return zv_free(ws);
}

int zv_wc_ws_fd(const struct zv_wc_ws *ws)
{
    return ws->stream.fd;
}

short zv_wc_ws_events(const struct zv_wc_ws *ws)
{
    return zv_wc_stream_events(&ws->stream);
}

/* ---- Input ---- */

static void end(struct zv_wc_ws *ws, uint16_t code, const char *reason)
{
    if (ws->state == CLOSED)
        return;
    ws->state = CLOSED;
    ws->close_code = code;
    snprintf(ws->close_reason, sizeof(ws->close_reason), "%s", reason);
    zv_wc_stream_close(&ws->stream);
}

static void take(struct zv_wc_ws *ws, size_t len)
{
    ws->in_len -= len;
    memmove(ws->in, ws->in + len, ws->in_len);
}

static struct zv_str find_field(struct zv_str head, const char *name)
{
    struct zv_str line;
    while (zv_str_line(&head, &line)) {
        ptrdiff_t colon = zv_str_find(line, ':');
        if (colon > 0 && zv_str_is_i(zv_str_head(line, (size_t)colon), name))
            return zv_str_trim(zv_str_tail(line, (size_t)colon + 1));
    }
    return (struct zv_str){0};
}

static void judge_answer(struct zv_wc_ws *ws, struct zv_str head)
{
    struct zv_str rest = head, line;
    char reason[128];
    if (zv_str_has_prefix(head, "HTTP/1.1 101 ") &&
        zv_str_is(find_field(head, "Sec-WebSocket-Accept"), ws->accept)) {
        ws->state = OPEN;
        return;
    }
    if (!zv_str_line(&rest, &line))
        line = head;
    snprintf(reason, sizeof(reason), "no upgrade: %.*s", (int)ZV_MIN(line.len, (size_t)100),
             line.p);
    end(ws, CODE_ABNORMAL, reason);
}

static enum zv_wc_ws_out take_answer(struct zv_wc_ws *ws)
{
    const uint8_t *found = memmem(ws->in, ws->in_len, "\r\n\r\n", 4);
    if (!found) {
        if (ws->in_len > ZV_WC_WS_MAX_HEAD)
            end(ws, CODE_ABNORMAL, "the answer to the upgrade request is too long");
        return ZV_WC_WS_NONE;
    }
    size_t len = (size_t)(found - ws->in) + 4;
    judge_answer(ws, zv_str_n((const char *)ws->in, len));
    if (ws->state != OPEN)
        return ZV_WC_WS_NONE;
    take(ws, len);
    return ZV_WC_WS_OPENED;
}

struct frame {
    uint8_t opcode;
    bool is_final;
    size_t head_len;
    size_t len; /* payload */
};

/* False: more bytes are needed, or the connection was ended. */
static bool read_frame(struct zv_wc_ws *ws, struct frame *ret_frame)
{
    const uint8_t *p = ws->in;
    if (ws->in_len < 2)
        return false;
    struct frame frame = {.opcode = p[0] & 0x0f, .is_final = p[0] & FINAL, .head_len = 2};
    uint64_t len = p[1] & 0x7f;
    frame.head_len = len == 127 ? 10 : len == 126 ? 4 : 2;
    if (p[0] & 0x70 || p[1] & MASKED) {
        end(ws, CODE_ABNORMAL, "a frame with reserved bits or a mask"); /* §5.2, §5.1 */
        return false;
    }
    if (ws->in_len < frame.head_len)
        return false;
    if (frame.head_len == 4)
        len = zv_get_u16(p + 2);
    if (frame.head_len == 10)
        len = zv_get_u64(p + 2);
    bool is_control = frame.opcode & 0x08;
    if (len > ZV_WC_WS_MAX_MESSAGE || (is_control && (len > MAX_CONTROL || !frame.is_final))) {
        end(ws, CODE_ABNORMAL, "a frame that is too long, or a control frame in pieces");
        return false;
    }
    frame.len = (size_t)len;
    *ret_frame = frame;
    return ws->in_len >= frame.head_len + frame.len;
}

static int send_frame(struct zv_wc_ws *ws, uint8_t opcode, const void *data, size_t len)
{
    uint8_t memory[MAX_FRAME_HEAD], mask[4];
    struct zv_buf head = zv_buf(memory, sizeof(memory));
    uint8_t *masked = zv_zalloc(len + MAX_FRAME_HEAD);
    if (!masked)
        return ZV_E_NOMEM;
    zv_rand_fill(ws->rand, mask, sizeof(mask));
    zv_buf_put_u8(&head, FINAL | opcode);
    zv_buf_put_u8(&head, (uint8_t)(MASKED | (len < 126 ? len : len <= UINT16_MAX ? 126 : 127)));
    if (len > UINT16_MAX)
        zv_buf_put_u64(&head, len);
    else if (len >= 126)
        zv_buf_put_u16(&head, (uint16_t)len);
    zv_buf_put(&head, mask, sizeof(mask));
    memcpy(masked, head.p, head.len);
    for (size_t i = 0; i < len; i++)
        masked[head.len + i] = ((const uint8_t *)data)[i] ^ mask[i & 3];
    int err = zv_wc_stream_write(&ws->stream, masked, head.len + len);
    zv_free(masked);
    return err;
}

static void take_close(struct zv_wc_ws *ws, const uint8_t *data, size_t len)
{
    uint16_t code = len >= 2 ? zv_get_u16(data) : CODE_NONE;
    char reason[MAX_CONTROL + 1];
    snprintf(reason, sizeof(reason), "%.*s", len > 2 ? (int)len - 2 : 0,
             len > 2 ? (const char *)data + 2 : "");
    int err = send_frame(ws, CLOSE, data, len >= 2 ? 2 : 0); /* §5.5.1: answered in kind */
    (void)err;
    end(ws, code, reason);
}

/* A piece of a text; true when it was the last one. */
static bool take_piece(struct zv_wc_ws *ws, const struct frame *frame, const uint8_t *data)
{
    bool is_first = frame->opcode == TEXT;
    if (is_first == ws->has_message || ws->message_len + frame->len > ZV_WC_WS_MAX_MESSAGE) {
        end(ws, CODE_ABNORMAL, "fragments out of order, or a message that is too long");
        return false;
    }
    memcpy(ws->message + ws->message_len, data, frame->len);
    ws->message_len += frame->len;
    ws->has_message = !frame->is_final;
    return frame->is_final;
}

static enum zv_wc_ws_out take_frame(struct zv_wc_ws *ws, const struct frame *frame,
                                    struct zv_str *ret_text)
{
    const uint8_t *data = ws->in + frame->head_len;
    bool is_whole = false;
    if (frame->opcode == TEXT || frame->opcode == CONTINUATION)
        is_whole = take_piece(ws, frame, data);
    else if (frame->opcode == CLOSE)
        take_close(ws, data, frame->len);
    else if (frame->opcode == PING && send_frame(ws, PONG, data, frame->len))
        end(ws, CODE_ABNORMAL, "a pong could not be sent");
    else if (frame->opcode != PING && frame->opcode != PONG)
        end(ws, CODE_ABNORMAL, "a frame that is neither text nor control");
    if (ws->state == CLOSED)
        return ZV_WC_WS_NONE;
    take(ws, frame->head_len + frame->len);
    if (!is_whole)
        return ZV_WC_WS_NONE;
    *ret_text = zv_str_n((const char *)ws->message, ws->message_len);
    ws->message_len = 0;
    if (!zv_str_is_utf8(*ret_text)) {
        end(ws, CODE_ABNORMAL, "a text that is not UTF-8");
        return ZV_WC_WS_NONE;
    }
    return ZV_WC_WS_TEXT;
}

/* What lies in `in`, up to the first that is worth telling. */
static enum zv_wc_ws_out take_input(struct zv_wc_ws *ws, struct zv_str *ret_text)
{
    struct frame frame;
    enum zv_wc_ws_out out = ZV_WC_WS_NONE;
    if (ws->state == UPGRADING)
        return take_answer(ws);
    while (out == ZV_WC_WS_NONE && ws->state == OPEN && read_frame(ws, &frame))
        out = take_frame(ws, &frame, ret_text);
    return out;
}

enum zv_wc_ws_out zv_wc_ws_poll(struct zv_wc_ws *ws, struct zv_str *ret_text)
{
    enum zv_wc_ws_out out = ZV_WC_WS_NONE;
    if (ws->state != CLOSED && zv_wc_stream_turn(&ws->stream))
        end(ws, CODE_ABNORMAL, "the connection failed");
    while (ws->state != CLOSED) {
        out = take_input(ws, ret_text);
        if (out != ZV_WC_WS_NONE)
            return out;
        if (ws->state == CLOSED)
            break;
        size_t got = 0, room = ZV_WC_WS_MAX_MESSAGE + MAX_FRAME_HEAD - ws->in_len;
        int err = zv_wc_stream_read(&ws->stream, ws->in + ws->in_len, room, &got);
        if (err == ZV_E_AGAIN)
            return ZV_WC_WS_NONE;
        if (err)
            end(ws, CODE_ABNORMAL, "the connection was cut");
        else
            ws->in_len += got;
    }
    if (ws->is_told)
        return ZV_WC_WS_NONE;
    ws->is_told = true;
    return ZV_WC_WS_CLOSED;
}

int zv_wc_ws_send(struct zv_wc_ws *ws, struct zv_str text)
{
    if (ws->state != OPEN)
        return ZV_E_STATE;
    if (text.len > ZV_WC_WS_MAX_MESSAGE)
        return ZV_E_LIMIT;
    return send_frame(ws, TEXT, text.p, text.len);
}

void zv_wc_ws_leave(struct zv_wc_ws *ws, uint16_t code)
{
    uint8_t payload[2];
    zv_set_u16(payload, code);
    if (ws->state == OPEN && send_frame(ws, CLOSE, payload, sizeof(payload)) == 0)
        end(ws, code, "closed by us");
    end(ws, CODE_ABNORMAL, "closed by us");
}

void zv_wc_ws_close(struct zv_wc_ws *ws)
{
    zv_wc_ws_leave(ws, CODE_NORMAL);
}

uint16_t zv_wc_ws_close_code(const struct zv_wc_ws *ws)
{
    return ws->close_code;
}

const char *zv_wc_ws_close_reason(const struct zv_wc_ws *ws)
{
    return ws->close_reason;
}
