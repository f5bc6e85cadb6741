#include "rtc/peer/peer_int.h"

int zv_peer_find_way(const struct zv_peer *peer, struct zv_dgram *out)
{
    if (peer->is_closed)
        return -1 - ZV_PEER_DROP_NOT_WANTED;
    if (peer->kind == ZV_PEER_RTP) {
        if (!peer->rtp.wants_media)
            return -1 - ZV_PEER_DROP_NOT_WANTED;
        out->local = peer->local_rtp;
        out->remote = *zv_latch_rtp_target(&peer->rtp.latch);
        return 0;
    }
    if (!peer->srtp_out)
        return -1 - ZV_PEER_DROP_NO_KEYS;
    if (!zv_ice_has_consent(peer->web.ice))
        return -1 - ZV_PEER_DROP_NO_CONSENT;
    out->local = peer->web.current_pair.local;
    out->remote = peer->web.current_pair.remote;
    return 0;
}

static struct zv_rtp_source source_of(const struct zv_rtp_header *header)
{
    return (struct zv_rtp_source){.ssrc = header->ssrc,
                                  .seq = header->seq,
                                  .ts = header->ts,
                                  .marker = header->marker,
                                  .payload_len = header->payload_len};
}

/* The header that the packet leaves with: ours but for what the payload means. */
static enum zv_rtp_verdict rewrite(struct zv_peer *peer, const struct zv_peer_packet *packet,
                                   struct zv_rtp_rewrite *fields, struct zv_dgram *out,
                                   int64_t now_us)
{
    const struct zv_rtp_header *header = &packet->header;
    const struct zv_rtp_source source = source_of(header);
    enum zv_rtp_verdict verdict =
        zv_rtp_out_map(&peer->streams[packet->medium].out, &source, now_us, fields);
    if (verdict != ZV_RTP_PASS)
        return verdict;
    if (packet->medium == ZV_PEER_VIDEO) {
        fields->marker = header->marker; /* the end of a frame, whatever begins anew */
        fields->ext_id = packet->has_orientation ? peer->video->cfg.orientation_id : 0;
        fields->ext_value = packet->orientation;
    }
    out->data = packet->data;
    out->len = packet->len;
    zv_rtp_rewrite_header(header, fields, &out->data, &out->len);
    return ZV_RTP_PASS;
}

enum zv_srtp_verdict zv_peer_protect_rtp(struct zv_peer *peer, size_t cap, struct zv_dgram *out)
{
    return peer->srtp_out ? zv_srtp_protect_rtp(peer->srtp_out, out->data, out->len, cap, &out->len)
                          : ZV_SRTP_PASS;
}

void zv_peer_skip_rtp(struct zv_peer *peer, const struct zv_peer_packet *packet, int64_t now_us)
{
    const struct zv_rtp_source source = source_of(&packet->header);
    zv_rtp_out_skip(&peer->streams[packet->medium].out, &source, now_us);
}

enum zv_peer_verdict zv_peer_send_rtp(struct zv_peer *peer, const struct zv_peer_packet *packet,
                                      uint8_t payload_type, int64_t now_us,
                                      struct zv_dgram *ret_out)
{
    struct zv_dgram out = {0};
    struct zv_peer_stream *stream = &peer->streams[packet->medium];
    int refusal = zv_peer_find_way(peer, &out);
    if (refusal)
        return zv_peer_count_drop(peer, (enum zv_peer_drop)(-1 - refusal));
    const struct zv_peer_codec *codec = zv_peer_find_codec(stream, payload_type);
    if (!codec)
        return zv_peer_count_drop(peer, ZV_PEER_DROP_UNKNOWN_PT);
    bool is_video = packet->medium == ZV_PEER_VIDEO;
    if (is_video && !zv_peer_takes_packetization(peer, packet))
        return zv_peer_count_drop(peer, ZV_PEER_DROP_PACKETIZATION);
    if (!is_video && zv_dtmf_sender_sounds(&peer->sender)) {
        zv_peer_skip_rtp(peer, packet, now_us);
        return zv_peer_count_drop(peer, ZV_PEER_DROP_KEY);
    }
    if (codec->clock_hz != stream->out.clock_hz && !codec->is_event)
        zv_rtp_out_set_clock(&stream->out, codec->clock_hz);
    struct zv_rtp_rewrite fields = {.pt = payload_type};
    enum zv_rtp_verdict mapped = rewrite(peer, packet, &fields, &out, now_us);
    if (mapped != ZV_RTP_PASS)
        return zv_peer_count_drop(peer, zv_peer_drop_of_rtp(mapped));
    if (is_video)
        zv_peer_note_plain(peer, fields.seq, &out);
    size_t cap = packet->cap - (size_t)(out.data - packet->data);
    enum zv_srtp_verdict verdict = zv_peer_protect_rtp(peer, cap, &out);
    if (verdict != ZV_SRTP_PASS)
        return zv_peer_count_drop(peer, zv_peer_drop_of_srtp(verdict));
    if (is_video)
        zv_peer_note_sent(peer, fields.seq, packet, &out);
    stream->tx_packets++;
    stream->tx_bytes += out.len;
    *ret_out = out;
    return ZV_PEER_PACKET;
}
