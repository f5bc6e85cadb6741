#include "rtc/peer/peer_int.h"

#include "base/alloc.h"
#include "base/err.h"

#include <string.h>

/* ---- Lifecycle ---- */

static int open_web(struct zv_peer *peer, const struct zv_peer_cfg *cfg)
{
    struct zv_ice_cfg ice_cfg = {
        .role = cfg->ice_controlling ? ZV_ICE_CONTROLLING : ZV_ICE_LITE,
        .rand = *cfg->rand,
    };
    struct zv_dtls_cfg dtls_cfg = {.ctx = cfg->dtls_ctx};
    if (!cfg->dtls_ctx)
        return ZV_E_INVAL;
    peer->web.ctx = zv_dtls_ctx_ref(cfg->dtls_ctx);
    int err = zv_ice_new(&peer->web.ice, &ice_cfg);
    return err ? err : zv_dtls_new(&peer->web.dtls, &dtls_cfg);
}

/* The SSRCs of video are told to the client before anybody knows whether there will be any. */
static void init_streams(struct zv_peer *peer)
{
    zv_peer_init_stream(peer, peer->medium);
    if (peer->kind == ZV_PEER_WEB) {
        zv_peer_init_stream(peer, ZV_PEER_VIDEO);
        zv_video_rtx_init(&peer->rtx, &peer->rand);
    }
}

int zv_peer_new(struct zv_peer **ret_peer, const struct zv_peer_cfg *cfg, int64_t now_us)
{
    struct zv_peer *peer = zv_zalloc(sizeof(*peer));
    if (!peer)
        return ZV_E_NOMEM;
    peer->kind = cfg->kind;
    peer->medium = cfg->kind == ZV_PEER_RTP ? cfg->medium : ZV_PEER_AUDIO;
    peer->input_us = now_us;
    peer->rand = *cfg->rand;
    peer->local_rtp = cfg->local_rtp;
    peer->local_rtcp = cfg->local_rtcp;
    peer->strict = cfg->strict;
    peer->silence_us = cfg->silence_us;
    peer->expected_us = ZV_TIME_NEVER;
    peer->last_drop = ZV_PEER_DROP_COUNT;
    peer->wall_offset_us = cfg->wall_offset_us;
    peer->rtcp_interval_us = cfg->rtcp_interval_us;
    zv_rand_token(&peer->rand, peer->cname, ZV_PEER_CNAME_BYTES);
    peer->heard = cfg->heard;
    peer->source = cfg->source;
    init_streams(peer);
    int err = peer->kind == ZV_PEER_WEB ? open_web(peer, cfg) : 0;
    if (!err)
        err = zv_peer_open_reports(peer, peer->medium, now_us);
    if (err) {
        zv_peer_free(peer);
        return err;
    }
    *ret_peer = peer;
    return 0;
}

struct zv_peer *zv_peer_free(struct zv_peer *peer)
{
    if (!peer)
        return NULL;
    for (size_t i = 0; i < ZV_PEER_MEDIA; i++)
        zv_rtcp_session_free(peer->streams[i].rtcp);
    zv_peer_free_video(peer);
    zv_srtp_free(peer->srtp_in);
    zv_srtp_free(peer->srtp_out);
    zv_srtp_free(peer->rtp.srtp_before);
    zv_dtls_free(peer->web.dtls);
    zv_ice_free(peer->web.ice);
    zv_dtls_ctx_unref(peer->web.ctx);
    return zv_free_secret(peer, sizeof(*peer));
}

void zv_peer_close(struct zv_peer *peer, int64_t now_us)
{
    if (peer->is_closed)
        return;
    peer->is_closed = true;
    peer->input_us = now_us;
    zv_peer_close_reports(peer, now_us);
    if (peer->web.dtls)
        zv_dtls_close(peer->web.dtls);
}

/* ---- Settings ---- */

void zv_peer_local(const struct zv_peer *peer, struct zv_peer_local *ret_local)
{
    *ret_local = (struct zv_peer_local){.cname = zv_str(peer->cname),
                                        .ssrc = peer->streams[peer->medium].out.ssrc};
    if (peer->kind != ZV_PEER_WEB)
        return;
    ret_local->video_ssrc = peer->streams[ZV_PEER_VIDEO].out.ssrc;
    ret_local->video_rtx_ssrc = peer->rtx.ssrc;
    ret_local->ufrag = zv_ice_local_ufrag(peer->web.ice);
    ret_local->old_ufrag = zv_ice_previous_ufrag(peer->web.ice);
    ret_local->pwd = zv_ice_local_pwd(peer->web.ice);
    ret_local->fingerprint = zv_str(zv_dtls_ctx_fingerprint(peer->web.ctx));
}

int zv_peer_set_web_remote(struct zv_peer *peer, const struct zv_peer_web_remote *remote,
                           int64_t now_us)
{
    if (peer->kind != ZV_PEER_WEB || !remote->ufrag.len || !remote->pwd.len ||
        remote->ufrag.len > ZV_ICE_MAX_CRED || remote->pwd.len > ZV_ICE_MAX_CRED)
        return ZV_E_INVAL;
    int err = zv_dtls_set_remote_fingerprint(peer->web.dtls, remote->fingerprint, now_us);
    if (!err)
        err = zv_ice_set_remote(peer->web.ice, remote->ufrag, remote->pwd, now_us);
    if (err)
        return err;
    if (zv_dtls_state(peer->web.dtls) == ZV_DTLS_NEW)
        peer->web.dtls_client = remote->dtls_client;
    peer->web.has_remote = true;
    peer->input_us = now_us;
    return 0;
}

int zv_peer_restart_ice(struct zv_peer *peer, int64_t now_us)
{
    if (peer->kind != ZV_PEER_WEB)
        return ZV_E_INVAL;
    zv_ice_restart(peer->web.ice, now_us);
    return 0;
}

void zv_peer_remove_local(struct zv_peer *peer, const struct zv_addr *local, int64_t now_us)
{
    if (peer->kind == ZV_PEER_WEB)
        zv_ice_remove_local(peer->web.ice, local, now_us);
}

int zv_peer_add_local(struct zv_peer *peer, const struct zv_addr *local, int64_t now_us)
{
    return peer->kind == ZV_PEER_WEB ? zv_ice_add_local(peer->web.ice, local, now_us) : ZV_E_INVAL;
}

int zv_peer_add_candidate(struct zv_peer *peer, const struct zv_addr *remote, uint32_t priority,
                          int64_t now_us)
{
    return peer->kind == ZV_PEER_WEB ? zv_ice_add_candidate(peer->web.ice, remote, priority, now_us)
                                     : ZV_E_INVAL;
}

static struct zv_addr rtcp_of(const struct zv_peer_rtp_remote *remote)
{
    struct zv_addr rtcp = remote->rtp;
    if (remote->rtcp_mux)
        return rtcp;
    if (remote->rtcp.family && remote->rtcp.port)
        return remote->rtcp;
    rtcp.port = rtcp.port < UINT16_MAX ? (uint16_t)(rtcp.port + 1) : rtcp.port;
    return rtcp;
}

int zv_peer_set_rtp_remote(struct zv_peer *peer, const struct zv_peer_rtp_remote *remote,
                           int64_t now_us)
{
    if (peer->kind != ZV_PEER_RTP)
        return ZV_E_INVAL;
    int err = zv_peer_take_rtp_keys(peer, remote, now_us);
    if (err)
        return err;
    struct zv_addr rtcp = rtcp_of(remote);
    bool is_new = !peer->rtp.has_remote || remote->version != peer->rtp.remote.version;
    if (is_new && peer->rtp.has_remote)
        zv_latch_restart(&peer->rtp.latch, &remote->rtp, &rtcp);
    else if (is_new)
        zv_latch_start(&peer->rtp.latch, &remote->rtp, &rtcp, peer->strict);
    if (!peer->rtp.has_remote)
        peer->expected_us = now_us;
    peer->rtp.remote = *remote;
    peer->rtp.has_remote = true;
    peer->rtp.wants_media =
        remote->rtp.family && remote->rtp.port && !zv_addr_is_unspecified(&remote->rtp);
    return 0;
}

/* ---- For the packet path ---- */

enum zv_peer_verdict zv_peer_count_drop(struct zv_peer *peer, enum zv_peer_drop drop)
{
    peer->counters.drops[drop]++;
    peer->last_drop = drop;
    return ZV_PEER_DROP;
}

bool zv_peer_take_drop(struct zv_peer *peer, enum zv_peer_drop *ret_drop)
{
    if (peer->last_drop == ZV_PEER_DROP_COUNT)
        return false;
    *ret_drop = peer->last_drop;
    peer->last_drop = ZV_PEER_DROP_COUNT;
    return true;
}

enum zv_peer_drop zv_peer_drop_of_srtp(enum zv_srtp_verdict verdict)
{
    switch (verdict) {
    case ZV_SRTP_DROP_AUTH:
    case ZV_SRTP_DROP_NOT_ENCRYPTED:
        return ZV_PEER_DROP_AUTH;
    case ZV_SRTP_DROP_REPLAYED:
    case ZV_SRTP_DROP_TOO_OLD:
        return ZV_PEER_DROP_REPLAY;
    case ZV_SRTP_DROP_STREAM_LIMIT:
        return ZV_PEER_DROP_STREAMS;
    case ZV_SRTP_DROP_NO_ROOM:
        return ZV_PEER_DROP_NO_ROOM;
    case ZV_SRTP_DROP_MALFORMED:
        return ZV_PEER_DROP_MALFORMED;
    default:
        return ZV_PEER_DROP_INTERNAL;
    }
}

enum zv_peer_drop zv_peer_drop_of_rtp(enum zv_rtp_verdict verdict)
{
    switch (verdict) {
    case ZV_RTP_DROP_DUPLICATE:
        return ZV_PEER_DROP_DUPLICATE;
    case ZV_RTP_DROP_OLD:
    case ZV_RTP_DROP_JUMP:
        return ZV_PEER_DROP_SEQUENCE;
    default:
        return ZV_PEER_DROP_MALFORMED;
    }
}
