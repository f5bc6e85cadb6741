#define _GNU_SOURCE

#include "support/wsclient.h"

#include "support/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WAIT_MS 20000

extern char **environ;

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void start(struct zv_ws_client *client, int fd, zv_ws_pump_fn *pump_fn, void *arg)
{
    *client = (struct zv_ws_client){.fd = fd, .pump_fn = pump_fn, .arg = arg};
}

void zv_ws_connect(struct zv_ws_client *client, const char *address, uint16_t port,
                   zv_ws_pump_fn *pump_fn, void *arg)
{
    struct sockaddr_in6 to6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    struct sockaddr_in to4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    bool is_v6 = inet_pton(AF_INET6, address, &to6.sin6_addr) == 1;
    if (!is_v6)
        assert_int_equal(inet_pton(AF_INET, address, &to4.sin_addr), 1);
    int fd = socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    /* The kernel completes the handshake with a listening socket: no pumping is needed. */
    int failed = is_v6 ? connect(fd, (struct sockaddr *)&to6, sizeof to6)
                       : connect(fd, (struct sockaddr *)&to4, sizeof to4);
    if (failed)
        fail_msg("connect to %s port %u: %s", address, port, strerror(errno));
    start(client, fd, pump_fn, arg);
}

bool zv_ws_connect_tls(struct zv_ws_client *client, uint16_t port, zv_ws_pump_fn *pump_fn,
                       void *arg)
{
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    char to[64];
    snprintf(to, sizeof to, "127.0.0.1:%u", port);
    char program[] = "openssl", command[] = "s_client", option[] = "-connect", quiet[] = "-quiet",
         alpn[] = "-alpn", protocols[] = "h2,http/1.1", plain[] = "-nocommands";
    char *const argv[] = {program, command, option, to, quiet, alpn, protocols, plain, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pair[1], 0);
    posix_spawn_file_actions_adddup2(&actions, pair[1], 1);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", 1 /* O_WRONLY */, 0);
    pid_t pid = 0;
    int err = posix_spawnp(&pid, "openssl", &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(pair[1]);
    if (err) {
        close(pair[0]);
        return false;
    }
    start(client, pair[0], pump_fn, arg);
    client->pid = pid;
    return true;
}

void zv_ws_close(struct zv_ws_client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
    if (client->pid) {
        kill(client->pid, SIGTERM);
        waitpid(client->pid, NULL, 0);
    }
    client->pid = 0;
    free(client->in);
    client->in = NULL;
    client->in_len = client->in_cap = 0;
}

/* Waits for the socket; fails the test at the end of time. */
static void wait_for(struct zv_ws_client *client, short events, int64_t until_ms)
{
    int64_t left_ms = until_ms - now_ms();
    if (left_ms <= 0)
        fail_msg("nothing came within %d ms", WAIT_MS);
    client->pump_fn(client->arg, client->fd, events, (int)left_ms);
}

void zv_ws_write(struct zv_ws_client *client, const void *data, size_t len)
{
    const char *p = data;
    int64_t until_ms = now_ms() + WAIT_MS;
    while (len) {
        ssize_t sent = send(client->fd, p, len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && (errno == EPIPE || errno == ECONNRESET))
            return; /* the other side closed while we wrote: what it said is still to be read */
        if (sent < 0) {
            assert_true(errno == EAGAIN);
            wait_for(client, POLLOUT, until_ms);
            continue;
        }
        p += sent;
        len -= (size_t)sent;
    }
}

bool zv_ws_try_write(struct zv_ws_client *client, const void *data, size_t len)
{
    client->pump_fn(client->arg, -1, 0, 0);
    return send(client->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)len;
}

/* Takes in what there is; false: nothing, or the other side closed. */
static bool read_some(struct zv_ws_client *client)
{
    if (client->in_cap - client->in_len < 65536) {
        client->in_cap = 2 * client->in_cap + 65536;
        client->in = realloc(client->in, client->in_cap);
        assert_non_null(client->in);
    }
    ssize_t got = recv(client->fd, client->in + client->in_len, client->in_cap - client->in_len - 1,
                       MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN))
        client->is_closed = true;
    if (got <= 0)
        return false;
    client->in_len += (size_t)got;
    client->in[client->in_len] = '\0';
    return true;
}

/* Until `len` bytes are there. */
static void need(struct zv_ws_client *client, size_t len)
{
    int64_t until_ms = now_ms() + WAIT_MS;
    while (client->in_len < len) {
        if (read_some(client))
            continue;
        if (client->is_closed)
            fail_msg("closed after %zu of %zu bytes", client->in_len, len);
        wait_for(client, POLLIN, until_ms);
    }
}

static void take(struct zv_ws_client *client, size_t len)
{
    client->in_len -= len;
    memmove(client->in, client->in + len, client->in_len + 1);
}

void zv_ws_wait_closed(struct zv_ws_client *client)
{
    int64_t until_ms = now_ms() + WAIT_MS;
    for (;;) {
        if (!read_some(client) && client->is_closed)
            return;
        wait_for(client, POLLIN, until_ms);
    }
}

/* ------------------------------------------------------------------ HTTP */

static const char *find_header(const char *head, const char *name)
{
    size_t len = strlen(name);
    for (const char *line = strstr(head, "\r\n"); line; line = strstr(line + 2, "\r\n"))
        if (!strncasecmp(line + 2, name, len) && line[2 + len] == ':')
            return line + 2 + len + 1;
    return NULL;
}

void zv_ws_read_response(struct zv_ws_client *client, bool is_head,
                         struct zv_ws_response *ret_response)
{
    size_t head_len = 0;
    need(client, 1);
    while (!head_len) {
        char *end = strstr(client->in, "\r\n\r\n");
        if (end)
            head_len = (size_t)(end - client->in) + 4;
        else
            need(client, client->in_len + 1);
    }
    struct zv_ws_response *r = ret_response;
    *r = (struct zv_ws_response){0};
    assert_true(head_len < sizeof r->head);
    memcpy(r->head, client->in, head_len);
    take(client, head_len);
    assert_int_equal(strncmp(r->head, "HTTP/1.1 ", 9), 0);
    r->status = atoi(r->head + 9);
    const char *length = find_header(r->head, "Content-Length");
    r->body_len = length && !is_head && r->status != 304 ? (size_t)atol(length) : 0;
    r->body = calloc(1, r->body_len + 1);
    assert_non_null(r->body);
    need(client, r->body_len);
    if (r->body_len) {
        memcpy(r->body, client->in, r->body_len);
        take(client, r->body_len);
    }
}

void zv_ws_response_fini(struct zv_ws_response *response)
{
    free(response->body);
    response->body = NULL;
}

/* ------------------------------------------------------------------ WebSocket (RFC 6455) */

void zv_ws_upgrade_full(struct zv_ws_client *client, const char *path, const char *headers,
                        struct zv_ws_response *ret_response)
{
    char request[2048];
    int len = snprintf(request, sizeof request,
                       "GET %s HTTP/1.1\r\nHost: localhost:8443\r\nUpgrade: websocket\r\n"
                       "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                       "Sec-WebSocket-Version: 13\r\n%s\r\n",
                       path, headers);
    assert_true(len < (int)sizeof request);
    zv_ws_write(client, request, (size_t)len);
    zv_ws_read_response(client, false, ret_response);
    /* The answer to the nonce of RFC 6455 §1.3. */
    if (ret_response->status == 101)
        assert_non_null(strstr(ret_response->head, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
}

int zv_ws_upgrade(struct zv_ws_client *client, const char *path, const char *headers)
{
    struct zv_ws_response response;
    zv_ws_upgrade_full(client, path, headers, &response);
    zv_ws_response_fini(&response);
    return response.status;
}

void zv_ws_send_frame(struct zv_ws_client *client, bool is_final, int opcode, const void *data,
                      size_t len)
{
    static const unsigned char mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    unsigned char *frame = malloc(len + 14);
    assert_non_null(frame);
    size_t at = 0;
    frame[at++] = (unsigned char)((is_final ? 0x80 : 0) | opcode);
    if (len < 126) {
        frame[at++] = (unsigned char)(0x80 | len);
    } else if (len < 65536) {
        frame[at++] = 0x80 | 126;
        frame[at++] = (unsigned char)(len >> 8);
        frame[at++] = (unsigned char)len;
    } else {
        frame[at++] = 0x80 | 127;
        for (int shift = 56; shift >= 0; shift -= 8)
            frame[at++] = (unsigned char)((uint64_t)len >> shift);
    }
    memcpy(frame + at, mask, sizeof mask);
    at += sizeof mask;
    for (size_t i = 0; i < len; i++)
        frame[at++] = (unsigned char)(((const unsigned char *)data)[i] ^ mask[i & 3]);
    zv_ws_write(client, frame, at);
    free(frame);
}

void zv_ws_send_text(struct zv_ws_client *client, const char *text)
{
    zv_ws_send_frame(client, true, ZV_WS_TEXT, text, strlen(text));
}

int zv_ws_read_frame(struct zv_ws_client *client, char **ret_payload, size_t *ret_len)
{
    need(client, 2);
    const unsigned char *head = (const unsigned char *)client->in;
    assert_int_equal(head[0] & 0x80, 0x80); /* the server never fragments */
    assert_int_equal(head[0] & 0x70, 0);    /* nor uses extensions */
    assert_int_equal(head[1] & 0x80, 0);    /* nor masks */
    int opcode = head[0] & 0x0f;
    size_t len = head[1] & 0x7f, head_len = len == 127 ? 10 : len == 126 ? 4 : 2;
    need(client, head_len);
    head = (const unsigned char *)client->in;
    if (head_len > 2) {
        len = 0;
        for (size_t i = 2; i < head_len; i++)
            len = len << 8 | head[i];
    }
    need(client, head_len + len);
    char *payload = calloc(1, len + 1);
    assert_non_null(payload);
    memcpy(payload, client->in + head_len, len);
    take(client, head_len + len);
    *ret_payload = payload;
    *ret_len = len;
    return opcode;
}

char *zv_ws_read_text(struct zv_ws_client *client)
{
    for (;;) {
        char *payload;
        size_t len;
        int opcode = zv_ws_read_frame(client, &payload, &len);
        if (opcode == ZV_WS_TEXT)
            return payload;
        if (opcode == ZV_WS_CLOSE)
            fail_msg("closed: %s", payload + (len >= 2 ? 2 : 0));
        free(payload);
    }
}

int zv_ws_read_close(struct zv_ws_client *client)
{
    for (;;) {
        char *payload;
        size_t len;
        int opcode = zv_ws_read_frame(client, &payload, &len);
        int code = len >= 2 ? ((unsigned char)payload[0] << 8 | (unsigned char)payload[1]) : 1005;
        free(payload);
        if (opcode == ZV_WS_CLOSE)
            return code;
    }
}
