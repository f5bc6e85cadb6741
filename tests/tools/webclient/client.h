/*
 * A client of the gateway as a browser with the web SDK is one: WebSocket, call messages, media.
 * It does one thing (registers, calls, or waits for a call), reports each step as a JSON object,
 * and ends with one of the event `result`. Several may live in one process: a client holds all of
 * its state, never blocks, and is bounded by its time limit.
 */
#ifndef ZV_TESTS_WEBCLIENT_CLIENT_H
#define ZV_TESTS_WEBCLIENT_CLIENT_H

#include "base/attr.h"
#include "base/rand.h"
#include "tools/webclient/description.h"
#include "tools/webclient/media.h"
#include "tools/webclient/returning.h"

#include <jansson.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

struct zv_dtls_ctx;
struct zv_wc_client;

#define ZV_WC_CLIENT_MAX_FDS (1 + ZV_WC_MEDIA_MAX_SOCKETS)

enum zv_wc_goal {
    ZV_WC_REGISTER,     /* be registered (or merely connected), then leave */
    ZV_WC_CALL,         /* call, talk, hang up */
    ZV_WC_CANCEL,       /* call, hang up while it rings */
    ZV_WC_WAIT_CALL,    /* wait for a call, answer, talk, hang up */
    ZV_WC_WAIT_DECLINE, /* wait for a call and decline it */
};

/* Texts are borrowed while the client lives; NULL: the field is left out of `connection`. */
struct zv_wc_client_cfg {
    const struct zv_rand *rand;   /* borrowed */
    struct zv_dtls_ctx *dtls_ctx; /* borrowed */
    const char *url;
    const char *login;
    const char *auth_name;
    const char *password;
    const char *domain;
    const char *proxy; /* host */
    uint16_t port;     /* of proxy or domain; 0: left out */
    bool is_registering;
    enum zv_wc_goal goal;
    const char *callee;
    struct zv_wc_codecs codecs;
    double tone_hz;
    double hear_hz;                      /* 0: whatever comes */
    const struct zv_wc_voice *voice;     /* borrowed; NULL: tone_hz and hear_hz */
    const struct zv_wc_picture *picture; /* borrowed; NULL: no video. Of calls that it makes */
    int64_t talk_us;     /* hang up so long after `talk`; ZV_TIME_NEVER: wait for the other side */
    bool is_in_step;     /* as zv_wc_media_cfg */
    bool follows_host;   /* media goes on when the host gets another address */
    bool tells_presence; /* of the tone of hear_hz, with the wall clock's time */
    bool wants_digits;   /* the keys that the far end presses are told */
    bool needs_media;    /* false: an answered call is enough, with or without sound */
    int64_t timeout_us;
    struct zv_wc_cut cut; /* the connection is lost once, and the client returns */
    int64_t now_unix_s;   /* for a certificate of its own after a reload */
    /* Takes over the reference to `line`. */
    void (*on_report_fn)(void *arg, json_t *line);
    void *arg;
};

/* ZV_E_NOMEM and those of zv_wc_ws_new. */
int zv_wc_client_new(struct zv_wc_client **ret_client, const struct zv_wc_client_cfg *cfg,
                     int64_t now_us) ZV_MUST_CHECK;
/* NULL is allowed; returns NULL. */
struct zv_wc_client *zv_wc_client_free(struct zv_wc_client *client);

/* What to poll for; how many. */
size_t zv_wc_client_fds(const struct zv_wc_client *client,
                        struct pollfd ret_fds[ZV_WC_CLIENT_MAX_FDS]);
int64_t zv_wc_client_deadline_us(const struct zv_wc_client *client);
void zv_wc_client_run(struct zv_wc_client *client, int64_t now_us);
/* The part of zv_wc_client_run for its media alone, without a look at the WebSocket. */
void zv_wc_client_run_media(struct zv_wc_client *client, int64_t now_us);
/*
 * A message about its call, as its user brings it about: "hold", "unhold", "sendDtmf" … Takes over
 * `argument`, an object that gets the callId; NULL: nothing but that. Two are no messages:
 * "hangup", and "listen" {hz}, after which it tells what it hears, half a second at a time; 0: any
 * tone.
 */
void zv_wc_client_order(struct zv_wc_client *client, const char *message, json_t *argument,
                        int64_t now_us);
/* Ends the call as its user does. */
void zv_wc_client_hang_up(struct zv_wc_client *client, int64_t now_us);
/* The call is up. */
bool zv_wc_client_is_talking(const struct zv_wc_client *client);
/* Of its media; all 0 before the call. */
void zv_wc_client_stats(const struct zv_wc_client *client, struct zv_wc_media_stats *ret_stats);
/* The result was reported. */
bool zv_wc_client_is_done(const struct zv_wc_client *client);
/* What was asked for happened. */
bool zv_wc_client_is_ok(const struct zv_wc_client *client);

#endif
