/*
 * Keys: those that are sent among the audio of a leg, and those that its far end presses. The
 * machines are rtc/dtmf's; here they meet the stream, its payload types and its way out.
 */
#include "rtc/peer/peer_int.h"

#include "base/err.h"

/* ---- ours ---- */

/*
 * At the clock of the audio; the SIP side of old says 8000 beside opus. Of two numbers for one, the
 * first of the list is the one that the far end wants. NULL: none.
 */
static const struct zv_peer_codec *event_codec(const struct zv_peer_stream *stream)
{
    const struct zv_peer_codec *other = NULL;
    for (size_t i = 0; i < ZV_PEER_MAX_CODECS; i++) {
        const struct zv_peer_codec *codec = &stream->codecs[i];
        if (zv_peer_find_codec(stream, codec->pt) != codec || !codec->is_event)
            continue;
        if (codec->clock_hz == stream->out.clock_hz)
            return codec;
        if (!other)
            other = codec;
    }
    return other;
}

int zv_peer_send_digits(struct zv_peer *peer, struct zv_str digits, int64_t now_us)
{
    if (!event_codec(&peer->streams[ZV_PEER_AUDIO]))
        return ZV_E_UNSUPPORTED;
    peer->input_us = now_us;
    return zv_dtmf_sender_add(&peer->sender, digits, now_us);
}

/*
 * A stream from which nothing has left yet takes the clock of the event. Where the audio's is
 * another one, the timestamp is in that and the duration in the event's, as browsers have it.
 */
static void write_key(struct zv_peer_stream *stream, const struct zv_peer_codec *codec,
                      const struct zv_dtmf_packet *key, int64_t now_us, uint8_t *data)
{
    const struct zv_rtp_event event = {
        .code = key->code,
        .is_end = key->is_end,
        .volume = 10, /* -10 dBm0; down to -36 is a key (RFC 2833 §3.5) */
        .duration_ts = (uint16_t)(key->duration_ms * (codec->clock_hz / 1000)),
    };
    struct zv_rtp_rewrite fields = {.pt = codec->pt};
    if (!stream->out.has_source)
        zv_rtp_out_set_clock(&stream->out, codec->clock_hz);
    zv_rtp_out_insert(&stream->out, key->begins, ZV_RTP_EVENT_BYTES, now_us, &fields);
    zv_rtp_write_header(data, &fields);
    zv_rtp_write_event(data + ZV_RTP_HEADER_BYTES, &event);
}

/* 0, or why it does not leave, as -1 - drop. */
static int make_datagram(struct zv_peer *peer, const struct zv_dtmf_packet *key,
                         struct zv_dgram *out)
{
    struct zv_peer_stream *stream = &peer->streams[ZV_PEER_AUDIO];
    const struct zv_peer_codec *codec = event_codec(stream);
    int refusal = zv_peer_find_way(peer, out);
    if (refusal)
        return refusal;
    if (!codec) /* taken back since */
        return -1 - ZV_PEER_DROP_UNKNOWN_PT;
    out->data = peer->scratch;
    out->len = ZV_RTP_HEADER_BYTES + ZV_RTP_EVENT_BYTES;
    write_key(stream, codec, key, peer->input_us, out->data);
    enum zv_srtp_verdict verdict = zv_peer_protect_rtp(peer, sizeof(peer->scratch), out);
    if (verdict != ZV_SRTP_PASS)
        return -1 - (int)zv_peer_drop_of_srtp(verdict);
    stream->tx_packets++;
    stream->tx_bytes += out->len;
    return 0;
}

bool zv_peer_poll_key(struct zv_peer *peer, struct zv_dgram *ret_out)
{
    struct zv_dtmf_packet key;
    while (!peer->is_closed && zv_dtmf_sender_poll(&peer->sender, peer->input_us, &key)) {
        struct zv_dgram out = {0};
        int refusal = make_datagram(peer, &key, &out);
        if (!refusal) {
            *ret_out = out;
            return true;
        }
        (void)zv_peer_count_drop(peer, (enum zv_peer_drop)(-1 - refusal));
    }
    return false;
}

/* ---- the far end's ---- */

void zv_peer_note_key(struct zv_peer *peer, const struct zv_peer_packet *packet,
                      const struct zv_peer_codec *codec, int64_t now_us)
{
    const struct zv_rtp_header *header = &packet->header;
    if (peer->kind == ZV_PEER_RTP && codec->is_event)
        zv_dtmf_listener_on_packet(&peer->listener, header, packet->data + header->payload_at,
                                   codec->clock_hz, now_us);
}

bool zv_peer_poll_press(struct zv_peer *peer, struct zv_dtmf_press *ret_press)
{
    return zv_dtmf_listener_poll(&peer->listener, ret_press);
}

bool zv_peer_hears_key(const struct zv_peer *peer)
{
    return peer->listener.is_on;
}

int64_t zv_peer_keys_deadline_us(const struct zv_peer *peer)
{
    int64_t sender_us = peer->is_closed ? ZV_TIME_NEVER : zv_dtmf_sender_deadline_us(&peer->sender);
    return zv_time_min(sender_us, zv_dtmf_listener_deadline_us(&peer->listener));
}
