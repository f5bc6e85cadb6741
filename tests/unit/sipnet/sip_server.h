/*
 * A scripted SIP server on a loopback socket of the test's own loop: each request goes to the
 * test's handler, which answers with sip_reply; requests of its own are texts.
 */
#ifndef ZV_TESTS_UNIT_SIPNET_SIP_SERVER_H
#define ZV_TESTS_UNIT_SIPNET_SIP_SERVER_H

#include "support/test.h"

#include "base/addr.h"
#include "base/buf.h"
#include "base/hash.h"
#include "io/udp.h"
#include "io/udp_large.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <uv.h>

struct sip_server;

/* One message that came; texts live during the call. */
struct sip_request {
    char text[8192];
    char method[16]; /* "SIP/2.0" of a response */
    struct zv_addr from;
};
typedef void sip_handler_fn(struct sip_server *server, const struct sip_request *request);

struct sip_server {
    struct zv_udp_socket socket;
    uv_poll_t poll;
    sip_handler_fn *handler_fn;
    void *arg;
    int requests;      /* all that came */
    int step;          /* the handler's own */
    char contact[256]; /* of the latest REGISTER or INVITE, without <> */
    char last[8192];   /* the latest message but ACK */
    struct zv_addr client;
};

/* The value of a header field; false: there is none. */
static inline bool sip_field(const char *text, const char *name, char *ret_value, size_t cap)
{
    struct zv_str rest = zv_str(text), line;
    while (zv_str_line(&rest, &line) && line.len) {
        ptrdiff_t colon = zv_str_find(line, ':');
        if (colon <= 0 || !zv_str_is_i(zv_str_trim(zv_str_head(line, (size_t)colon)), name))
            continue;
        assert_int_equal(
            zv_str_copy(zv_str_trim(zv_str_tail(line, (size_t)colon + 1)), ret_value, cap), 0);
        return true;
    }
    return false;
}

/* `name=value` or `name="value"` of a list of parameters. */
static inline bool sip_parameter(const char *text, const char *name, char *ret_value, size_t cap)
{
    char wanted[64];
    snprintf(wanted, sizeof(wanted), "%s=", name);
    for (const char *at = strcasestr(text, wanted); at; at = strcasestr(at + 1, wanted)) {
        if (at != text && !strchr(" ,;", at[-1]))
            continue;
        at += strlen(wanted);
        bool is_quoted = *at == '"';
        at += is_quoted;
        size_t len = strcspn(at, is_quoted ? "\"" : ",; \r\n");
        assert_int_equal(zv_str_copy(zv_str_n(at, len), ret_value, cap), 0);
        return true;
    }
    return false;
}

static inline void sip_say(const struct sip_server *server, const struct zv_addr *to,
                           const char *text)
{
    const struct zv_dgram out = {.data = (uint8_t *)(uintptr_t)text,
                                 .len = strlen(text),
                                 .local = server->socket.local,
                                 .remote = *to};
    assert_int_equal(zv_udp_send_large(&server->socket, &out), 0);
}

/* `more`: header lines, each with its CRLF, or NULL; `body` may be NULL. */
static inline void sip_reply(const struct sip_server *server, const struct sip_request *request,
                             const char *status, const char *more, const char *body)
{
    static const char *const copied[] = {"Via", "From", "Call-ID", "CSeq"};
    char memory[8192], value[1024];
    struct zv_buf out = zv_buf(memory, sizeof(memory));
    zv_buf_printf(&out, "SIP/2.0 %s\r\n", status);
    for (size_t i = 0; i < ZV_ARRAY_LEN(copied); i++) {
        assert_true(sip_field(request->text, copied[i], value, sizeof(value)));
        zv_buf_printf(&out, "%s: %s\r\n", copied[i], value);
    }
    assert_true(sip_field(request->text, "To", value, sizeof(value)));
    bool needs_tag = !strcasestr(value, ";tag=") && strncmp(status, "100", 3) != 0;
    zv_buf_printf(&out, "To: %s%s\r\n%s", value, needs_tag ? ";tag=there" : "", more ? more : "");
    zv_buf_printf(&out, "%sContent-Length: %zu\r\n\r\n%s",
                  body ? "Content-Type: application/sdp\r\n" : "", body ? strlen(body) : 0,
                  body ? body : "");
    assert_non_null(zv_buf_cstr(&out));
    sip_say(server, &request->from, memory);
}

static inline void sip_note(struct sip_server *server, const struct sip_request *request)
{
    char value[1024];
    server->client = request->from;
    if (sip_field(request->text, "Contact", value, sizeof(value)) && value[0] == '<')
        snprintf(server->contact, sizeof(server->contact), "%.*s", (int)strcspn(value + 1, ">"),
                 value + 1);
    if (strcmp(request->method, "ACK") != 0)
        snprintf(server->last, sizeof(server->last), "%s", request->text);
}

static inline void sip_on_readable(uv_poll_t *poll, int status, int events)
{
    struct sip_server *server = poll->data;
    struct sip_request request;
    struct zv_dgram in = {.data = (uint8_t *)request.text};
    (void)status;
    (void)events;
    while (zv_udp_receive_large(&server->socket, &in, sizeof(request.text) - 1) == 0) {
        request.text[in.len] = '\0';
        request.from = in.remote;
        snprintf(request.method, sizeof(request.method), "%.*s",
                 (int)ZV_MIN(strcspn(request.text, " "), sizeof(request.method) - 1), request.text);
        server->requests++;
        sip_note(server, &request);
        if (server->handler_fn)
            server->handler_fn(server, &request);
    }
}

static inline void sip_server_open(struct sip_server *server, uv_loop_t *loop,
                                   sip_handler_fn *handler_fn)
{
    struct zv_udp_cfg cfg = {0};
    *server = (struct sip_server){.handler_fn = handler_fn};
    assert_int_equal(zv_addr_parse_ip(zv_str("127.0.0.1"), &cfg.bind), 0);
    assert_int_equal(zv_udp_open(&server->socket, &cfg), 0);
    assert_int_equal(uv_poll_init(loop, &server->poll, server->socket.fd), 0);
    server->poll.data = server;
    assert_int_equal(uv_poll_start(&server->poll, UV_READABLE, sip_on_readable), 0);
}

static inline void sip_server_close(struct sip_server *server)
{
    uv_close((uv_handle_t *)&server->poll, NULL);
    zv_udp_close(&server->socket);
}

/* ---- Digest, RFC 7616 with MD5 ---- */

static inline void sip_md5(const char *text, char ret_hex[33])
{
    uint8_t digest[ZV_HASH_MAX_BYTES];
    struct zv_buf hex = zv_buf(ret_hex, 33);
    assert_int_equal(zv_hash(ZV_HASH_MD5, text, strlen(text), digest), 0);
    zv_buf_put_hex(&hex, digest, 16);
    assert_non_null(zv_buf_cstr(&hex));
}

/* The credentials of a request are right for this name and password. */
static inline bool sip_is_authorized(const struct sip_request *request, const char *user,
                                     const char *realm, const char *password)
{
    char given[1024], name[256], nonce[128], cnonce[128], count[32], uri[256], response[64];
    char text[1024], ha1[33], ha2[33], expected[33];
    if (!sip_field(request->text, "Authorization", given, sizeof(given)))
        return false;
    assert_true(sip_parameter(given, "username", name, sizeof(name)));
    assert_true(sip_parameter(given, "nonce", nonce, sizeof(nonce)));
    assert_true(sip_parameter(given, "cnonce", cnonce, sizeof(cnonce)));
    assert_true(sip_parameter(given, "nc", count, sizeof(count)));
    assert_true(sip_parameter(given, "uri", uri, sizeof(uri)));
    assert_true(sip_parameter(given, "response", response, sizeof(response)));
    snprintf(text, sizeof(text), "%s:%s:%s", user, realm, password);
    sip_md5(text, ha1);
    snprintf(text, sizeof(text), "%s:%s", request->method, uri);
    sip_md5(text, ha2);
    snprintf(text, sizeof(text), "%s:%s:%s:%s:auth:%s", ha1, nonce, count, cnonce, ha2);
    sip_md5(text, expected);
    return strcmp(name, user) == 0 && strcmp(response, expected) == 0;
}

#endif
