/*
 * The client's end of a call's media: a peer in the controlling role, its sockets, a tone out, an
 * ear in. Never blocks; the owner polls its sockets
 * and calls zv_wc_media_run.
 */
#ifndef ZV_TESTS_WEBCLIENT_MEDIA_H
#define ZV_TESTS_WEBCLIENT_MEDIA_H

#include "base/attr.h"
#include "base/rand.h"
#include "base/time.h"
#include "rtc/peer/peer.h"
#include "tools/webclient/description.h"
#include "tools/webclient/ear.h"
#include "tools/webclient/picture.h"
#include "tools/webclient/presence.h"

#include <poll.h>

struct zv_dtls_ctx;
struct zv_wc_media;

/*
 * What is said and heard in place of this client's tone and ear: 20 ms of G.711 each time. Owners
 * of many calls give one, so that each call has a sound of its own.
 */
struct zv_wc_voice {
    void (*speak_fn)(void *arg, uint8_t *payload, size_t len);
    void (*hear_fn)(void *arg, const uint8_t *payload, size_t len);
    void *arg;
};

/* Local addresses to check from, a socket each. */
#define ZV_WC_MEDIA_MAX_SOCKETS 4

struct zv_wc_media_cfg {
    const struct zv_rand *rand;          /* borrowed */
    struct zv_dtls_ctx *dtls_ctx;        /* borrowed */
    double tone_hz;                      /* sent; 0: silence */
    double hear_hz;                      /* listened for; 0: any tone */
    const struct zv_wc_voice *voice;     /* borrowed; NULL: tone and ear */
    const struct zv_wc_picture *picture; /* borrowed; NULL: no video */
    bool follows_host;                   /* to another address, when the host gets one */
    bool is_in_step;                     /* speaks at the same moments as all others, for a load */
    /* Milestones of the peer, from within the calls below. */
    void (*on_event_fn)(void *arg, const struct zv_peer_event *event, int64_t now_us);
    /* The tone of hear_hz comes or goes; NULL: not wanted. */
    void (*on_presence_fn)(void *arg, const struct zv_wc_presence *presence, int64_t now_us);
    void *arg;
};

/* ZV_E_NOMEM, ZV_E_CRYPTO. */
int zv_wc_media_new(struct zv_wc_media **ret_media, const struct zv_wc_media_cfg *cfg,
                    int64_t now_us) ZV_MUST_CHECK;
/* NULL is allowed; returns NULL. */
struct zv_wc_media *zv_wc_media_free(struct zv_wc_media *media);

/* For our description. */
void zv_wc_media_local(const struct zv_wc_media *media, struct zv_peer_local *ret_local);
/*
 * Opens a socket per local address towards the candidates and begins. ZV_E_NOTFOUND: no candidate
 * can be reached from here; ZV_E_UNSUPPORTED: no codec; ZV_E_STATE: it was told before; ZV_E_IO and
 * those of zv_peer_set_web_remote.
 */
int zv_wc_media_set_remote(struct zv_wc_media *media, const struct zv_wc_remote *remote,
                           int64_t now_us) ZV_MUST_CHECK;
bool zv_wc_media_has_remote(const struct zv_wc_media *media);
/* New ICE credentials of ours; zv_wc_media_set_remote then takes the answer to them. */
int zv_wc_media_restart(struct zv_wc_media *media, int64_t now_us) ZV_MUST_CHECK;
/* Says good-bye (RTCP BYE, close_notify); nothing is sent or heard after it. */
void zv_wc_media_close(struct zv_wc_media *media, int64_t now_us);

/* Its sockets, to be polled for POLLIN; how many. */
size_t zv_wc_media_fds(const struct zv_wc_media *media,
                       struct pollfd ret_fds[ZV_WC_MEDIA_MAX_SOCKETS]);
int64_t zv_wc_media_deadline_us(const struct zv_wc_media *media);
/* Reads, sends and does what is due. */
void zv_wc_media_run(struct zv_wc_media *media, int64_t now_us);

#define ZV_WC_LATE_US ZV_MS(5)

struct zv_wc_media_stats {
    struct zv_peer_counters peer;
    struct zv_wc_heard heard;
    uint64_t rx_other; /* packets in another codec than the agreed one */
    uint64_t late;     /* packets that left more than ZV_WC_LATE_US after their time: our fault */
    int64_t latest_us; /* by how much the latest of all was late */
};
void zv_wc_media_stats(const struct zv_wc_media *media, struct zv_wc_media_stats *ret_stats);

/* What is heard (not with a voice of the owner's); begins anew for another tone, 0: any. */
const struct zv_wc_ear *zv_wc_media_ear(const struct zv_wc_media *media);
void zv_wc_media_listen(struct zv_wc_media *media, double hz);

#endif
