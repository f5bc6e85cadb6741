/*
 * A small HTTP and WebSocket client over a socket, for tests that run the server in the same
 * thread: while it waits it pumps the server's loop. Frames are made by hand, so that wrong ones
 * can be made too. Every wait is bounded; running out of time fails the test.
 */
#ifndef ZV_TESTS_SUPPORT_WSCLIENT_H
#define ZV_TESTS_SUPPORT_WSCLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Runs the server until `fd` is ready for `events` (poll.h) or `wait_ms` have passed. fd -1: the
 * server alone, one turn. */
typedef void zv_ws_pump_fn(void *arg, int fd, short events, int wait_ms);

struct zv_ws_client {
    int fd;    /* -1: closed */
    pid_t pid; /* of the TLS helper process; 0: none */
    zv_ws_pump_fn *pump_fn;
    void *arg;
    char *in; /* received, not yet taken */
    size_t in_len;
    size_t in_cap;
    bool is_closed; /* the other side closed */
};

#define ZV_WS_TEXT   1
#define ZV_WS_BINARY 2
#define ZV_WS_CLOSE  8
#define ZV_WS_PING   9
#define ZV_WS_PONG   10

/* address: "127.0.0.1" or "::1". */
void zv_ws_connect(struct zv_ws_client *client, const char *address, uint16_t port,
                   zv_ws_pump_fn *pump_fn, void *arg);
/* The same through `openssl s_client`, which offers h2 and http/1.1; false: no such program. */
bool zv_ws_connect_tls(struct zv_ws_client *client, uint16_t port, zv_ws_pump_fn *pump_fn,
                       void *arg);
void zv_ws_close(struct zv_ws_client *client);

void zv_ws_write(struct zv_ws_client *client, const void *data, size_t len);
/* Sends as much as goes without waiting; false: the other side takes no more. */
bool zv_ws_try_write(struct zv_ws_client *client, const void *data, size_t len);
/* Waits until the other side has closed. */
void zv_ws_wait_closed(struct zv_ws_client *client);

struct zv_ws_response {
    int status;
    char head[4096]; /* the whole head, NUL-terminated */
    char *body;      /* owned; NUL-terminated */
    size_t body_len;
};
/* Reads one response; `is_head`: to a HEAD request. Its body has Content-Length bytes. */
void zv_ws_read_response(struct zv_ws_client *client, bool is_head,
                         struct zv_ws_response *ret_response);
void zv_ws_response_fini(struct zv_ws_response *response);

/* Sends an upgrade request with these header lines added ("" or "Origin: …\r\n"); the status. */
int zv_ws_upgrade(struct zv_ws_client *client, const char *path, const char *headers);
/* As above; the refusal's body is kept. */
void zv_ws_upgrade_full(struct zv_ws_client *client, const char *path, const char *headers,
                        struct zv_ws_response *ret_response);
void zv_ws_send_frame(struct zv_ws_client *client, bool is_final, int opcode, const void *data,
                      size_t len);
void zv_ws_send_text(struct zv_ws_client *client, const char *text);
/* The next frame: its opcode; the payload is NUL-terminated and owned by the caller. */
int zv_ws_read_frame(struct zv_ws_client *client, char **ret_payload, size_t *ret_len);
/* The next text frame, owned; pings of the protocol are skipped. Fails on a close. */
char *zv_ws_read_text(struct zv_ws_client *client);
/* Reads up to the close frame and returns its code (1005: none); texts before it are dropped. */
int zv_ws_read_close(struct zv_ws_client *client);

#endif
