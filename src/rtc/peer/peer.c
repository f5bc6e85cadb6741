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

static int open_rtcp(struct zv_peer *peer, const struct zv_peer_cfg *cfg, int64_t now_us)
{
    zv_rand_token(&peer->rand, peer->cname, ZV_PEER_CNAME_BYTES);
    struct zv_rtcp_session_cfg rtcp_cfg = {
        .out = &peer->out,
        .in = &peer->in,
        .cname = zv_str(peer->cname),
        .rand = peer->rand,
        .now_us = now_us,
        .wall_offset_us = cfg->wall_offset_us,
        .interval_us = cfg->rtcp_interval_us,
    };
    return zv_rtcp_session_new(&peer->rtcp, &rtcp_cfg);
}

int zv_peer_new(struct zv_peer **ret_peer, const struct zv_peer_cfg *cfg, int64_t now_us)
{
    struct zv_peer *peer = zv_zalloc(sizeof(*peer));
    if (!peer)
        return ZV_E_NOMEM;
    peer->kind = cfg->kind;
    peer->input_us = now_us;
    peer->rand = *cfg->rand;
    peer->local_rtp = cfg->local_rtp;
    peer->local_rtcp = cfg->local_rtcp;
    peer->strict = cfg->strict;
    peer->silence_us = cfg->silence_us;
    peer->expected_us = ZV_TIME_NEVER;
    peer->last_drop = ZV_PEER_DROP_COUNT;
    zv_rtp_in_init(&peer->in, ZV_PEER_DEFAULT_CLOCK_HZ);
    zv_rtp_out_init(&peer->out, ZV_PEER_DEFAULT_CLOCK_HZ, &peer->rand);
    int err = peer->kind == ZV_PEER_WEB ? open_web(peer, cfg) : 0;
    if (!err)
        err = open_rtcp(peer, cfg, now_us);
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
    zv_rtcp_session_free(peer->rtcp);
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
    zv_rtcp_session_close(peer->rtcp, now_us);
    if (peer->web.dtls)
        zv_dtls_close(peer->web.dtls);
}

/* ---- Settings ---- */

void zv_peer_local(const struct zv_peer *peer, struct zv_peer_local *ret_local)
{
    *ret_local = (struct zv_peer_local){.cname = zv_str(peer->cname), .ssrc = peer->out.ssrc};
    if (peer->kind != ZV_PEER_WEB)
        return;
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
    if (is_new)
        zv_latch_start(&peer->rtp.latch, &remote->rtp, &rtcp, peer->strict);
    if (!peer->rtp.has_remote)
        peer->expected_us = now_us;
    peer->rtp.remote = *remote;
    peer->rtp.has_remote = true;
    peer->rtp.wants_media =
        remote->rtp.family && remote->rtp.port && !zv_addr_is_unspecified(&remote->rtp);
    return 0;
}

static bool is_valid_codec(const struct zv_peer_codec *codec)
{
    return codec->pt <= ZV_RTP_MAX_PT && codec->clock_hz;
}

int zv_peer_set_codecs(struct zv_peer *peer, const struct zv_peer_codec *codecs, size_t count)
{
    uint8_t index[ZV_RTP_MAX_PT + 1] = {0};
    if (count > ZV_PEER_MAX_CODECS)
        return ZV_E_LIMIT;
    for (size_t i = 0; i < count; i++) {
        if (!is_valid_codec(&codecs[i]) || index[codecs[i].pt])
            return ZV_E_INVAL;
        index[codecs[i].pt] = (uint8_t)(i + 1);
    }
    if (count)
        memcpy(peer->codecs, codecs, count * sizeof(*codecs));
    memcpy(peer->codec_index, index, sizeof(index));
    return 0;
}

/* ---- For the packet path ---- */

const struct zv_peer_codec *zv_peer_find_codec(const struct zv_peer *peer, uint8_t pt)
{
    uint8_t index = peer->codec_index[pt & ZV_RTP_MAX_PT];
    return index ? &peer->codecs[index - 1] : NULL;
}

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

/* ---- Queries ---- */

static uint32_t ts_to_us(uint64_t ts, uint32_t clock_hz)
{
    return clock_hz ? (uint32_t)ZV_MIN(ts * 1000000 / clock_hz, (uint64_t)UINT32_MAX) : 0;
}

static void copy_far(const struct zv_peer *peer, struct zv_peer_counters *counters)
{
    const struct zv_rtcp_far *far = zv_rtcp_session_far(peer->rtcp);
    counters->remote_jitter_us = ts_to_us(far->jitter_ts, peer->out.clock_hz);
    counters->remote_lost = far->lost > 0 ? (uint32_t)far->lost : 0;
    counters->remote_fraction = far->fraction_lost;
    counters->remote_report_us = far->report_us == ZV_TIME_NEVER ? 0 : far->report_us;
    counters->rtt_us = far->rtt_us > 0 ? (uint32_t)ZV_MIN(far->rtt_us, (int64_t)UINT32_MAX) : 0;
}

void zv_peer_counters(const struct zv_peer *peer, struct zv_peer_counters *ret_counters)
{
    struct zv_peer_counters counters = peer->counters;
    counters.lost = zv_rtp_in_lost(&peer->in);
    counters.reordered = peer->in.reordered;
    counters.jitter_us = ts_to_us(peer->in.jitter_q4 / 16, peer->in.clock_hz);
    counters.rx_ssrc = peer->in.ssrc;
    counters.tx_ssrc = peer->out.ssrc;
    counters.srtp = peer->srtp_out ? (uint16_t)zv_srtp_profile(peer->srtp_out) : 0;
    counters.last_rtp_us = peer->in.heard_us;
    counters.is_strict = peer->strict;
    copy_far(peer, &counters);
    if (peer->kind == ZV_PEER_WEB) {
        counters.checks = (uint32_t)zv_ice_counters(peer->web.ice)->requests;
        counters.remote = peer->web.current_pair.remote;
    } else if (peer->rtp.wants_media) {
        counters.remote = *zv_latch_rtp_target(&peer->rtp.latch);
    }
    *ret_counters = counters;
}

void zv_peer_path(const struct zv_peer *peer, struct zv_peer_path *ret_path)
{
    struct zv_peer_path path = peer->web.path;
    if (peer->kind == ZV_PEER_WEB) {
        path.checks = (uint32_t)zv_ice_counters(peer->web.ice)->requests;
        if (zv_ice_is_nominated(peer->web.ice))
            path.nominated = peer->web.current_pair.remote;
    }
    *ret_path = path;
}

bool zv_peer_has_pair(const struct zv_peer *peer, const struct zv_addr *local,
                      const struct zv_addr *remote)
{
    return peer->kind == ZV_PEER_WEB && zv_ice_is_validated(peer->web.ice, local, remote);
}

bool zv_peer_uses_pair(const struct zv_peer *peer, const struct zv_addr *local,
                       const struct zv_addr *remote, int64_t now_us)
{
    return peer->kind == ZV_PEER_WEB && zv_ice_is_in_use(peer->web.ice, local, remote, now_us);
}

size_t zv_peer_dump(const struct zv_peer *peer, char *buf, size_t cap)
{
    struct zv_peer_counters c;
    char remote[ZV_ADDR_TEXT_CAP];
    if (!cap)
        return 0;
    zv_peer_counters(peer, &c);
    struct zv_buf out = zv_buf(buf, cap - 1);
    zv_buf_printf(&out, "%s remote=%s rx=%llu tx=%llu lost=%llu jitter_us=%u rtt_us=%u",
                  peer->kind == ZV_PEER_WEB ? "web" : "rtp",
                  c.remote.family ? zv_addr_write(&c.remote, remote) : "none",
                  (unsigned long long)c.rx_packets, (unsigned long long)c.tx_packets,
                  (unsigned long long)c.lost, c.jitter_us, c.rtt_us);
    if (peer->kind == ZV_PEER_WEB)
        zv_buf_printf(&out, " dtls=%s", zv_dtls_state_name(zv_dtls_state(peer->web.dtls)));
    else if (c.srtp)
        zv_buf_printf(&out, " srtp=%s", zv_srtp_profile_name((enum zv_srtp_profile)c.srtp));
    for (size_t i = 0; i < ZV_PEER_DROP_COUNT; i++) {
        if (c.drops[i])
            zv_buf_printf(&out, " drop_%s=%llu", zv_peer_drop_name((enum zv_peer_drop)i),
                          (unsigned long long)c.drops[i]);
    }
    buf[out.len] = 0;
    return out.len;
}
