/*
 * What comes in. One function per protocol of RFC 7983; the order of the checks is the order of
 * trust: validated source, then keys, then header, then payload type, then sequence.
 */
#include "rtc/peer/peer_int.h"

static enum zv_peer_verdict drop_received(struct zv_peer *peer, enum zv_peer_drop drop)
{
    peer->counters.rx_dropped++;
    return zv_peer_count_drop(peer, drop);
}

static enum zv_peer_verdict reject_source(struct zv_peer *peer, const struct zv_addr *source)
{
    peer->counters.last_rejected = *source;
    return drop_received(peer, ZV_PEER_DROP_SOURCE);
}

static enum zv_peer_verdict drop_format(struct zv_peer *peer, uint8_t pt)
{
    peer->counters.unknown_pt = pt;
    return drop_received(peer, ZV_PEER_DROP_UNKNOWN_PT);
}

static bool is_from_validated(const struct zv_peer *peer, const struct zv_dgram *in)
{
    const struct zv_ice_pair *current = &peer->web.current_pair;
    if (zv_addr_eq(&in->remote, &current->remote) && zv_addr_eq(&in->local, &current->local))
        return true;
    return zv_ice_is_validated(peer->web.ice, &in->local, &in->remote);
}

/* ---- Control ---- */

static void note_check(struct zv_peer *peer, const struct zv_dgram *in, bool is_authentic,
                       int64_t now_us)
{
    struct zv_peer_path *path = &peer->web.path;
    path->refused += !is_authentic;
    *(is_authentic ? &path->checked_by : &path->refused_by) = in->remote;
    *(is_authentic ? &path->checked_us : &path->refused_us) = now_us;
}

static enum zv_peer_verdict receive_stun(struct zv_peer *peer, const struct zv_dgram *in,
                                         int64_t now_us)
{
    enum zv_ice_verdict verdict = zv_ice_on_datagram(peer->web.ice, in, now_us);
    bool is_authentic = verdict == ZV_ICE_PASS || verdict == ZV_ICE_REFUSED;
    note_check(peer, in, is_authentic, now_us);
    if (is_authentic)
        return ZV_PEER_CONSUMED;
    return drop_received(peer, ZV_PEER_DROP_STUN);
}

static enum zv_peer_verdict receive_dtls(struct zv_peer *peer, const struct zv_dgram *in,
                                         int64_t now_us)
{
    if (!is_from_validated(peer, in))
        return drop_received(peer, ZV_PEER_DROP_UNVALIDATED);
    peer->web.dtls_pair = (struct zv_ice_pair){.local = in->local, .remote = in->remote};
    peer->web.path.dtls_in++;
    if (zv_dtls_on_datagram(peer->web.dtls, in->data, in->len, now_us))
        (void)drop_received(peer, ZV_PEER_DROP_INTERNAL); /* and polled like any input of DTLS */
    return ZV_PEER_CONSUMED;
}

/* The keys are proven on both sides: OpenSSL's object is not needed any more. */
static void note_authentic(struct zv_peer *peer)
{
    if (peer->web.dtls_released)
        return;
    zv_dtls_release(peer->web.dtls);
    peer->web.dtls_released = true;
}

static enum zv_peer_verdict take_rtcp(struct zv_peer *peer, const uint8_t *data, size_t len,
                                      int64_t now_us)
{
    if (!zv_peer_take_rtcp(peer, data, len, now_us))
        return drop_received(peer, ZV_PEER_DROP_MALFORMED);
    peer->counters.rx_rtcp++;
    zv_peer_note_report(peer, now_us);
    return ZV_PEER_CONSUMED;
}

/* ---- RTP of both kinds, plain ---- */

static enum zv_peer_verdict take_rtp(struct zv_peer *peer, struct zv_peer_packet *packet,
                                     const struct zv_dgram *in, int64_t now_us)
{
    zv_peer_note_life(peer, now_us);
    if (!zv_peer_unwrap(peer, packet, now_us))
        return ZV_PEER_CONSUMED;
    struct zv_peer_stream *stream = zv_peer_find_stream(peer, packet->header.pt);
    if (!stream)
        return drop_format(peer, packet->header.pt);
    const struct zv_peer_codec *codec = zv_peer_find_codec(stream, packet->header.pt);
    if (codec->clock_hz != stream->in.clock_hz && !codec->is_event)
        zv_rtp_in_set_clock(&stream->in, codec->clock_hz);
    packet->medium = (enum zv_peer_medium)(stream - peer->streams);
    bool is_video = packet->medium == ZV_PEER_VIDEO;
    if (is_video && zv_peer_is_too_late(&stream->in, &packet->header))
        return drop_received(peer, ZV_PEER_DROP_SEQUENCE);
    enum zv_rtp_verdict verdict = zv_rtp_in_update(&stream->in, &packet->header, now_us);
    if (verdict != ZV_RTP_PASS)
        return drop_received(peer, zv_peer_drop_of_rtp(verdict));
    if (!peer->has_media)
        zv_peer_emit_pair(peer, ZV_PEER_EVENT_FIRST_MEDIA, &in->local, &in->remote);
    peer->has_media = true;
    stream->rx_packets++;
    stream->rx_bytes += in->len;
    if (!is_video) {
        zv_peer_note_key(peer, packet, codec, now_us);
        return ZV_PEER_PACKET;
    }
    zv_peer_note_picture(peer, packet, now_us);
    return zv_peer_passes_picture(peer, packet, now_us) ? ZV_PEER_PACKET : ZV_PEER_CONSUMED;
}

static void note_locked(struct zv_peer *peer, const struct zv_dgram *in, bool had_lock)
{
    peer->counters.moves += had_lock;
    zv_peer_emit_pair(peer, ZV_PEER_EVENT_LATCHED, &in->local, &in->remote);
}

/* A packet that proved itself shows where its sender is. */
static void follow_authentic(struct zv_peer *peer, const struct zv_dgram *in,
                             const struct zv_peer_packet *packet, int64_t now_us)
{
    bool had_lock = peer->rtp.latch.locked;
    const struct zv_latch_packet seen = {
        .source = in->remote, .ssrc = packet->header.ssrc, .seq = packet->header.seq};
    if (zv_latch_on_authentic_rtp(&peer->rtp.latch, &seen, now_us) == ZV_LATCH_LOCKED)
        note_locked(peer, in, had_lock);
}

static enum zv_peer_verdict receive_srtp(struct zv_peer *peer, const struct zv_dgram *in,
                                         struct zv_peer_packet *packet, int64_t now_us)
{
    struct zv_peer_unprotected plain;
    enum zv_srtp_verdict verdict = zv_peer_unprotect(peer, in, false, now_us, &plain);
    if (verdict != ZV_SRTP_PASS)
        return drop_received(peer, zv_peer_drop_of_srtp(verdict));
    packet->len = plain.len;
    if (peer->kind == ZV_PEER_WEB)
        note_authentic(peer);
    if (zv_rtp_parse(packet->data, packet->len, &packet->header) != ZV_RTP_PASS)
        return drop_received(peer, ZV_PEER_DROP_MALFORMED);
    if (peer->kind == ZV_PEER_RTP && !plain.is_before)
        follow_authentic(peer, in, packet, now_us);
    return take_rtp(peer, packet, in, now_us);
}

static enum zv_peer_verdict receive_srtcp(struct zv_peer *peer, const struct zv_dgram *in,
                                          int64_t now_us)
{
    struct zv_peer_unprotected plain;
    enum zv_srtp_verdict verdict = zv_peer_unprotect(peer, in, true, now_us, &plain);
    if (verdict != ZV_SRTP_PASS)
        return drop_received(peer, zv_peer_drop_of_srtp(verdict));
    if (peer->kind == ZV_PEER_WEB)
        note_authentic(peer);
    else if (!plain.is_before)
        zv_latch_on_authentic_rtcp(&peer->rtp.latch, &in->remote);
    return take_rtcp(peer, in->data, plain.len, now_us);
}

/* ---- A WEB leg ---- */

static enum zv_peer_verdict receive_web_media(struct zv_peer *peer, const struct zv_dgram *in,
                                              enum zv_rtp_kind kind, struct zv_peer_packet *packet,
                                              int64_t now_us)
{
    if (!is_from_validated(peer, in))
        return drop_received(peer, ZV_PEER_DROP_UNVALIDATED);
    if (!peer->srtp_in)
        return drop_received(peer, ZV_PEER_DROP_NO_KEYS);
    if (kind == ZV_RTP_KIND_RTCP)
        return receive_srtcp(peer, in, now_us);
    return receive_srtp(peer, in, packet, now_us);
}

static enum zv_peer_verdict receive_web(struct zv_peer *peer, const struct zv_dgram *in,
                                        struct zv_peer_packet *packet, int64_t now_us)
{
    enum zv_rtp_kind kind = zv_rtp_demux(in->data, in->len);
    switch (kind) {
    case ZV_RTP_KIND_STUN:
        return receive_stun(peer, in, now_us);
    case ZV_RTP_KIND_DTLS:
        return receive_dtls(peer, in, now_us);
    case ZV_RTP_KIND_RTP:
    case ZV_RTP_KIND_RTCP:
        return receive_web_media(peer, in, kind, packet, now_us);
    default:
        return drop_received(peer, ZV_PEER_DROP_MALFORMED);
    }
}

/* ---- An RTP leg ---- */

static enum zv_peer_verdict receive_plain_rtcp(struct zv_peer *peer, const struct zv_dgram *in,
                                               int64_t now_us)
{
    if (zv_rtcp_check(in->data, in->len) != ZV_RTP_PASS)
        return drop_received(peer, ZV_PEER_DROP_MALFORMED);
    if (zv_latch_on_rtcp(&peer->rtp.latch, &in->remote) == ZV_LATCH_REJECT)
        return reject_source(peer, &in->remote);
    return take_rtcp(peer, in->data, in->len, now_us);
}

static enum zv_peer_verdict receive_plain_rtp(struct zv_peer *peer, const struct zv_dgram *in,
                                              struct zv_peer_packet *packet, int64_t now_us)
{
    struct zv_latch *latch = &peer->rtp.latch;
    bool had_lock = latch->locked;
    if (zv_rtp_parse(packet->data, packet->len, &packet->header) != ZV_RTP_PASS)
        return drop_received(peer, ZV_PEER_DROP_MALFORMED);
    if (!had_lock && !latch->strict && !zv_peer_find_stream(peer, packet->header.pt))
        return drop_format(peer, packet->header.pt); /* says nothing about its source */
    const struct zv_latch_packet seen = {
        .source = in->remote, .ssrc = packet->header.ssrc, .seq = packet->header.seq};
    switch (zv_latch_on_rtp(latch, &seen, now_us)) {
    case ZV_LATCH_REJECT:
        return reject_source(peer, &in->remote);
    case ZV_LATCH_LOCKED:
        note_locked(peer, in, had_lock);
        break;
    case ZV_LATCH_PASS:
        break;
    }
    return take_rtp(peer, packet, in, now_us);
}

/* Once keys are agreed on nothing passes without them; a strict leg looks at the source besides. */
static enum zv_peer_verdict receive_keyed(struct zv_peer *peer, const struct zv_dgram *in,
                                          enum zv_rtp_kind kind, struct zv_peer_packet *packet,
                                          int64_t now_us)
{
    bool is_rtcp = kind == ZV_RTP_KIND_RTCP;
    if (!zv_latch_may_come(&peer->rtp.latch, &in->remote, is_rtcp))
        return reject_source(peer, &in->remote);
    return is_rtcp ? receive_srtcp(peer, in, now_us) : receive_srtp(peer, in, packet, now_us);
}

static enum zv_peer_verdict receive_rtp(struct zv_peer *peer, const struct zv_dgram *in,
                                        struct zv_peer_packet *packet, int64_t now_us)
{
    enum zv_rtp_kind kind = zv_rtp_demux(in->data, in->len);
    if (kind != ZV_RTP_KIND_RTP && kind != ZV_RTP_KIND_RTCP)
        return drop_received(peer, ZV_PEER_DROP_MALFORMED);
    if (!peer->rtp.wants_media)
        return drop_received(peer, ZV_PEER_DROP_NOT_WANTED);
    if (peer->srtp_in)
        return receive_keyed(peer, in, kind, packet, now_us);
    if (kind == ZV_RTP_KIND_RTCP)
        return receive_plain_rtcp(peer, in, now_us);
    return receive_plain_rtp(peer, in, packet, now_us);
}

enum zv_peer_verdict zv_peer_receive(struct zv_peer *peer, const struct zv_dgram *in, size_t cap,
                                     int64_t now_us, struct zv_peer_packet *ret_packet)
{
    struct zv_peer_packet packet = {.data = in->data, .len = in->len, .cap = cap};
    peer->input_us = now_us;
    if (peer->is_closed)
        return drop_received(peer, ZV_PEER_DROP_NOT_WANTED);
    enum zv_peer_verdict verdict = peer->kind == ZV_PEER_WEB
                                       ? receive_web(peer, in, &packet, now_us)
                                       : receive_rtp(peer, in, &packet, now_us);
    if (verdict == ZV_PEER_PACKET)
        *ret_packet = packet;
    return verdict;
}
