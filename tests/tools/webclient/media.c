#define _GNU_SOURCE
#include "tools/webclient/media.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/time.h"
#include "io/clock.h"
#include "io/sockaddr.h"
#include "io/udp.h"
#include "io/udp_large.h"
#include "support/tone.h"

#include <string.h>

#define PACKET_US       ZV_MS(20)
#define PACKET_SAMPLES  160
#define DATAGRAM_BYTES  2048
#define TONE_AMPLITUDE  12000.0
#define MAX_LATE_US     ZV_MS(500) /* after a pause of the process the clock starts anew */
#define RX_PER_RUN      256        /* datagrams read in one go */
#define PACKETS_PER_RUN 30
#define LOOK_ROUND_US   ZV_MS(100) /* between looks at the addresses of the host */

struct zv_wc_media {
    struct zv_wc_media_cfg cfg;
    struct zv_peer *peer;
    struct zv_udp_socket sockets[ZV_WC_MEDIA_MAX_SOCKETS];
    size_t socket_count;
    bool has_remote;
    bool is_closed;
    enum zv_g711_law law;
    uint8_t pt;
    uint8_t event_pt;
    struct zv_tone tone;
    int64_t next_packet_us; /* ZV_TIME_NEVER: no keys yet */
    struct zv_wc_camera camera;
    int64_t next_frame_us; /* ZV_TIME_NEVER: no keys yet, or no video */
    uint16_t seq;
    uint32_t ts;
    struct zv_wc_ear ear;
    struct zv_wc_presence presence;
    uint64_t rx_other;
    uint64_t late;
    int64_t latest_us;
    struct zv_addr candidates[ZV_WC_MAX_CANDIDATES]; /* that could be reached at the beginning */
    size_t candidate_count;
    int64_t look_round_us;
};

int zv_wc_media_new(struct zv_wc_media **ret_media, const struct zv_wc_media_cfg *cfg,
                    int64_t now_us)
{
    struct zv_wc_media *media = zv_zalloc(sizeof(*media));
    if (!media)
        return ZV_E_NOMEM;
    const struct zv_peer_cfg peer = {.kind = ZV_PEER_WEB,
                                     .rand = cfg->rand,
                                     .wall_offset_us = zv_clock_wall_offset_us(),
                                     .dtls_ctx = cfg->dtls_ctx,
                                     .ice_controlling = true};
    media->cfg = *cfg;
    media->next_packet_us = media->next_frame_us = ZV_TIME_NEVER;
    media->tone = (struct zv_tone){.hz = cfg->tone_hz,
                                   .rate_hz = ZV_WC_EAR_RATE_HZ,
                                   .amplitude = cfg->tone_hz > 0 ? TONE_AMPLITUDE : 0};
    media->look_round_us = ZV_TIME_NEVER;
    media->presence.hz = cfg->hear_hz;
    zv_wc_ear_init(&media->ear, cfg->hear_hz);
    int err = zv_peer_new(&media->peer, &peer, now_us);
    if (err) {
        zv_wc_media_free(media);
        return err;
    }
    *ret_media = media;
    return 0;
}

struct zv_wc_media *zv_wc_media_free(struct zv_wc_media *media)
{
    if (!media)
        return NULL;
    for (size_t i = 0; i < media->socket_count; i++)
        zv_udp_close(&media->sockets[i]);
    media->peer = zv_peer_free(media->peer);
    return zv_free(media);
}

void zv_wc_media_local(const struct zv_wc_media *media, struct zv_peer_local *ret_local)
{
    zv_peer_local(media->peer, ret_local);
}

/* ---- The other end becomes known ---- */

static bool has_socket(const struct zv_wc_media *media, const struct zv_addr *local)
{
    for (size_t i = 0; i < media->socket_count; i++) {
        if (zv_addr_ip_eq(&media->sockets[i].local, local))
            return true;
    }
    return false;
}

static int add_socket(struct zv_wc_media *media, const struct zv_addr *local, int64_t now_us)
{
    struct zv_udp_socket *socket = &media->sockets[media->socket_count];
    const struct zv_udp_cfg cfg = {.bind = *local};
    if (media->socket_count == ZV_WC_MEDIA_MAX_SOCKETS)
        return ZV_E_LIMIT;
    int err = zv_udp_open(socket, &cfg);
    if (err)
        return err;
    media->socket_count++;
    return zv_peer_add_local(media->peer, &socket->local, now_us);
}

/* A candidate that no address of ours leads to is left out; true: it was added. */
static bool add_candidate(struct zv_wc_media *media, const struct zv_wc_candidate *candidate,
                          int64_t now_us)
{
    struct zv_addr local;
    if (zv_local_addr_towards(&candidate->addr, &local))
        return false;
    local.port = 0;
    if (!has_socket(media, &local) && add_socket(media, &local, now_us))
        return false;
    if (zv_peer_add_candidate(media->peer, &candidate->addr, candidate->priority, now_us))
        return false;
    media->candidates[media->candidate_count++] = candidate->addr;
    return true;
}

static int set_codecs(struct zv_wc_media *media, const struct zv_wc_remote *remote)
{
    const struct zv_peer_codec codecs[] = {{remote->pt, 8000}, {remote->event_pt, 8000}};
    if (remote->codec != ZV_CODEC_PCMU && remote->codec != ZV_CODEC_PCMA)
        return ZV_E_UNSUPPORTED;
    media->law = remote->codec == ZV_CODEC_PCMA ? ZV_G711_ALAW : ZV_G711_ULAW;
    media->pt = remote->pt;
    media->event_pt = remote->event_pt;
    return zv_peer_set_codecs(media->peer, codecs, remote->event_pt == ZV_WC_NO_PT ? 1 : 2);
}

static int set_video(struct zv_wc_media *media, const struct zv_wc_remote *remote, int64_t now_us)
{
    const struct zv_peer_video_cfg video = {
        .codec = ZV_VIDEO_VP8,
        .feedback = remote->video_feedback,
        .tx_pt = remote->video_pt,
        .rx_pt = remote->video_pt,
        .rtx_pt = remote->rtx_pt == ZV_WC_NO_PT ? ZV_PT_NONE : remote->rtx_pt};
    if (!media->cfg.picture || remote->video_pt == ZV_WC_NO_PT)
        return 0;
    zv_wc_camera_init(&media->camera, media->cfg.picture, remote->video_pt);
    return zv_peer_set_video(media->peer, &video, now_us);
}

int zv_wc_media_set_remote(struct zv_wc_media *media, const struct zv_wc_remote *remote,
                           int64_t now_us)
{
    size_t reachable = 0;
    if (media->has_remote)
        return ZV_E_STATE;
    int err = set_codecs(media, remote);
    if (!err)
        err = set_video(media, remote, now_us);
    if (!err)
        err = zv_peer_set_web_remote(media->peer, &remote->web, now_us);
    if (err)
        return err;
    media->has_remote = true;
    for (uint8_t i = 0; i < remote->candidate_count; i++)
        reachable += add_candidate(media, &remote->candidates[i], now_us);
    media->look_round_us = media->cfg.follows_host ? now_us + LOOK_ROUND_US : ZV_TIME_NEVER;
    return reachable ? 0 : ZV_E_NOTFOUND;
}

/* ---- The host moves to another address ---- */

static bool leads_somewhere(const struct zv_wc_media *media, const struct zv_addr *local)
{
    struct zv_addr now;
    for (size_t i = 0; i < media->candidate_count; i++) {
        if (zv_local_addr_towards(&media->candidates[i], &now) == 0 && zv_addr_ip_eq(&now, local))
            return true;
    }
    return false;
}

/* New ones first: without any route from here the old ones stay, for the cable may come back. */
static void look_round(struct zv_wc_media *media, int64_t now_us)
{
    size_t added = 0, kept = 0;
    for (size_t i = 0; i < media->candidate_count; i++) {
        struct zv_addr local;
        if (zv_local_addr_towards(&media->candidates[i], &local) || has_socket(media, &local))
            continue;
        local.port = 0;
        added += add_socket(media, &local, now_us) == 0;
    }
    for (size_t i = 0; added && i < media->socket_count; i++) {
        struct zv_udp_socket *socket = &media->sockets[i];
        if (leads_somewhere(media, &socket->local)) {
            media->sockets[kept++] = *socket;
            continue;
        }
        zv_peer_remove_local(media->peer, &socket->local, now_us);
        zv_udp_close(socket);
    }
    media->socket_count = added ? kept : media->socket_count;
    media->look_round_us = now_us + LOOK_ROUND_US;
}

bool zv_wc_media_has_remote(const struct zv_wc_media *media)
{
    return media->has_remote;
}

int zv_wc_media_restart(struct zv_wc_media *media, int64_t now_us)
{
    int err = zv_peer_restart_ice(media->peer, now_us);
    if (err)
        return err;
    media->has_remote = false;
    media->candidate_count = 0;
    return 0;
}

/* ---- Out ---- */

static void send_datagram(const struct zv_wc_media *media, const struct zv_dgram *out)
{
    for (size_t i = 0; i < media->socket_count; i++) {
        if (!zv_addr_eq(&media->sockets[i].local, &out->local))
            continue;
        int err = zv_udp_send_large(&media->sockets[i], out);
        (void)err; /* a lost datagram, as on any network */
    }
}

/* Sound cards and cameras keep a time of their own: of many calls no two send at once for long. */
static int64_t first_time(const struct zv_wc_media *media, int64_t interval_us, int64_t now_us)
{
    return media->cfg.is_in_step ? (now_us / interval_us + 1) * interval_us
                                 : now_us + zv_rand_u32(media->cfg.rand) % interval_us;
}

static void take_event(struct zv_wc_media *media, const struct zv_peer_event *event, int64_t now_us)
{
    if (event->kind == ZV_PEER_EVENT_DTLS_CONNECTED && !media->is_closed) {
        media->next_packet_us = first_time(media, PACKET_US, now_us);
        if (zv_peer_has_video(media->peer))
            media->next_frame_us = first_time(media, ZV_WC_PICTURE_US, now_us);
    }
    media->cfg.on_event_fn(media->cfg.arg, event, now_us);
}

static void drain(struct zv_wc_media *media, int64_t now_us)
{
    struct zv_dgram out;
    struct zv_peer_event event;
    while (zv_peer_poll_dgram(media->peer, &out))
        send_datagram(media, &out);
    while (zv_peer_poll_event(media->peer, &event))
        take_event(media, &event, now_us);
    struct zv_peer_wish wish;
    while (zv_peer_poll_wish(media->peer, &wish))
        media->camera.wants_keyframe |= wish.keyframe;
}

static void speak(struct zv_wc_media *media, uint8_t *payload)
{
    const struct zv_wc_voice *voice = media->cfg.voice;
    if (voice) {
        voice->speak_fn(voice->arg, payload, PACKET_SAMPLES);
        return;
    }
    for (size_t i = 0; i < PACKET_SAMPLES; i++)
        payload[i] = zv_g711_encode(media->law, zv_tone_next(&media->tone));
}

/* 20 ms of sound, as a packet of some source: the peer gives it a stream of its own. */
static void send_packet(struct zv_wc_media *media, int64_t now_us)
{
    uint8_t bytes[DATAGRAM_BYTES];
    struct zv_peer_packet packet = {
        .data = bytes, .len = ZV_RTP_HEADER_BYTES + PACKET_SAMPLES, .cap = sizeof(bytes)};
    const struct zv_rtp_rewrite header = {
        .pt = media->pt, .seq = media->seq++, .ts = media->ts, .ssrc = 1, .marker = !media->ts};
    struct zv_dgram out;
    zv_rtp_write_header(bytes, &header);
    speak(media, bytes + ZV_RTP_HEADER_BYTES);
    media->ts += PACKET_SAMPLES;
    if (zv_rtp_parse(bytes, packet.len, &packet.header) != ZV_RTP_PASS)
        return;
    if (zv_peer_send_rtp(media->peer, &packet, media->pt, now_us, &out) == ZV_PEER_PACKET)
        send_datagram(media, &out);
}

static void send_frame(struct zv_wc_media *media, int64_t now_us)
{
    uint8_t bytes[DATAGRAM_BYTES];
    struct zv_dgram out;
    for (int i = 0; i < ZV_WC_PICTURE_PARTS; i++) {
        struct zv_peer_packet packet = {
            .data = bytes, .cap = sizeof(bytes), .medium = ZV_PEER_VIDEO};
        packet.len = zv_wc_camera_shoot(&media->camera, bytes);
        if (zv_rtp_parse(bytes, packet.len, &packet.header) == ZV_RTP_PASS &&
            zv_peer_send_rtp(media->peer, &packet, media->camera.pt, now_us, &out) ==
                ZV_PEER_PACKET)
            send_datagram(media, &out);
    }
}

static void send_due_frames(struct zv_wc_media *media, int64_t now_us)
{
    if (media->next_frame_us > now_us)
        return;
    if (now_us - media->next_frame_us > MAX_LATE_US)
        media->next_frame_us = now_us;
    send_frame(media, now_us);
    media->next_frame_us += ZV_WC_PICTURE_US;
}

static void send_due_packets(struct zv_wc_media *media, int64_t now_us)
{
    if (media->next_packet_us != ZV_TIME_NEVER && now_us - media->next_packet_us > MAX_LATE_US)
        media->next_packet_us = now_us;
    for (int i = 0; i < PACKETS_PER_RUN && media->next_packet_us <= now_us; i++) {
        int64_t late_us = now_us - media->next_packet_us;
        media->late += late_us > ZV_WC_LATE_US;
        media->latest_us = ZV_MAX(media->latest_us, late_us);
        send_packet(media, now_us);
        media->next_packet_us += PACKET_US;
    }
}

/* ---- In ---- */

static void tell_presence(const struct zv_wc_media *media, int64_t now_us)
{
    if (media->cfg.on_presence_fn)
        media->cfg.on_presence_fn(media->cfg.arg, &media->presence, now_us);
}

static void hear(struct zv_wc_media *media, const struct zv_peer_packet *packet, int64_t now_us)
{
    int16_t samples[DATAGRAM_BYTES];
    const struct zv_rtp_header *header = &packet->header;
    if (packet->medium == ZV_PEER_VIDEO) {
        if (media->cfg.picture)
            zv_wc_picture_see(media->cfg.picture, packet->data + header->payload_at,
                              header->payload_len);
        return;
    }
    if (header->pt != media->pt) {
        media->rx_other += header->pt != media->event_pt;
        return;
    }
    if (media->cfg.voice) {
        const struct zv_wc_voice *voice = media->cfg.voice;
        voice->hear_fn(voice->arg, packet->data + header->payload_at, header->payload_len);
        return;
    }
    for (size_t i = 0; i < header->payload_len; i++)
        samples[i] = zv_g711_decode(media->law, packet->data[header->payload_at + i]);
    zv_wc_ear_take(&media->ear, samples, header->payload_len);
    if (zv_wc_presence_take(&media->presence, samples, header->payload_len, now_us))
        tell_presence(media, now_us);
}

static void read_socket(struct zv_wc_media *media, const struct zv_udp_socket *socket,
                        int64_t now_us)
{
    uint8_t bytes[DATAGRAM_BYTES];
    struct zv_peer_packet packet;
    for (int i = 0; i < RX_PER_RUN; i++) {
        struct zv_dgram in = {.data = bytes};
        int err = zv_udp_receive_large(socket, &in, sizeof(bytes));
        if (err == ZV_E_LIMIT)
            continue;
        if (err)
            return;
        if (zv_peer_receive(media->peer, &in, sizeof(bytes), now_us, &packet) == ZV_PEER_PACKET)
            hear(media, &packet, now_us);
        drain(media, now_us);
    }
}

/* ---- Machine ---- */

size_t zv_wc_media_fds(const struct zv_wc_media *media,
                       struct pollfd ret_fds[ZV_WC_MEDIA_MAX_SOCKETS])
{
    for (size_t i = 0; i < media->socket_count; i++)
        ret_fds[i] = (struct pollfd){.fd = media->sockets[i].fd, .events = POLLIN};
    return media->socket_count;
}

int64_t zv_wc_media_deadline_us(const struct zv_wc_media *media)
{
    if (media->is_closed)
        return ZV_TIME_NEVER;
    int64_t at_us = zv_time_min(zv_peer_deadline_us(media->peer), media->next_packet_us);
    return zv_time_min(zv_time_min(at_us, media->next_frame_us), media->look_round_us);
}

void zv_wc_media_run(struct zv_wc_media *media, int64_t now_us)
{
    if (media->is_closed)
        return;
    for (size_t i = 0; i < media->socket_count; i++)
        read_socket(media, &media->sockets[i], now_us);
    if (zv_peer_deadline_us(media->peer) <= now_us)
        zv_peer_on_timeout(media->peer, now_us);
    send_due_packets(media, now_us);
    send_due_frames(media, now_us);
    if (zv_wc_presence_is_lost(&media->presence, now_us))
        tell_presence(media, now_us);
    if (media->look_round_us <= now_us)
        look_round(media, now_us);
    drain(media, now_us);
}

void zv_wc_media_close(struct zv_wc_media *media, int64_t now_us)
{
    if (media->is_closed)
        return;
    media->is_closed = true;
    media->next_packet_us = media->next_frame_us = ZV_TIME_NEVER;
    zv_peer_close(media->peer, now_us);
    drain(media, now_us);
}

void zv_wc_media_stats(const struct zv_wc_media *media, struct zv_wc_media_stats *ret_stats)
{
    zv_peer_counters(media->peer, &ret_stats->peer);
    ret_stats->heard = media->ear.heard;
    ret_stats->rx_other = media->rx_other;
    ret_stats->late = media->late;
    ret_stats->latest_us = media->latest_us;
}

const struct zv_wc_ear *zv_wc_media_ear(const struct zv_wc_media *media)
{
    return &media->ear;
}

void zv_wc_media_listen(struct zv_wc_media *media, double hz)
{
    zv_wc_ear_init(&media->ear, hz);
}
