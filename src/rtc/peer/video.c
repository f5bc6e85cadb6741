/*
 * What a video stream has beside those of sound: its settings, what one far end wishes of the
 * other, and what became of the picture.
 */
#include "rtc/peer/peer_int.h"

#include "base/alloc.h"
#include "base/err.h"
#include "sdp/codec.h"

/* ---- Settings ---- */

#define MAX_EXT_ID 14 /* of the one-byte form, RFC 8285 section 4.2 */

static bool is_pt(int16_t pt)
{
    return pt == ZV_PT_NONE || (pt >= 0 && pt <= ZV_RTP_MAX_PT);
}

static bool is_valid(const struct zv_peer *peer, const struct zv_peer_video_cfg *cfg)
{
    const struct zv_peer_stream *audio = &peer->streams[ZV_PEER_AUDIO];
    if (!is_pt(cfg->tx_pt) || !is_pt(cfg->rx_pt) || !is_pt(cfg->rtx_pt) ||
        cfg->cc_id > MAX_EXT_ID || cfg->orientation_id > MAX_EXT_ID || cfg->codec > ZV_VIDEO_H264)
        return false;
    return cfg->rtx_pt == ZV_PT_NONE || (cfg->rtx_pt != cfg->tx_pt && cfg->rtx_pt != cfg->rx_pt &&
                                         !audio->codec_index[cfg->rtx_pt]);
}

/* Both numbers are of this codec, whichever the far end uses. */
static int list_codecs(struct zv_peer *peer, const struct zv_peer_video_cfg *cfg)
{
    struct zv_peer_codec codecs[2];
    size_t count = 0;
    if (cfg->rx_pt != ZV_PT_NONE)
        codecs[count++] = (struct zv_peer_codec){(uint8_t)cfg->rx_pt, ZV_PEER_VIDEO_CLOCK_HZ};
    if (cfg->tx_pt != ZV_PT_NONE && cfg->tx_pt != cfg->rx_pt)
        codecs[count++] = (struct zv_peer_codec){(uint8_t)cfg->tx_pt, ZV_PEER_VIDEO_CLOCK_HZ};
    return zv_peer_list_codecs(peer, ZV_PEER_VIDEO, codecs, count);
}

static struct zv_peer_video *make_video(void)
{
    struct zv_peer_video *video = zv_zalloc(sizeof(*video));
    if (!video)
        return NULL;
    video->is_wanted = true;
    video->resumed_us = video->needed_us = ZV_TIME_NEVER;
    zv_video_missing_init(&video->missing, false);
    zv_video_frames_init(&video->frames);
    zv_video_keyframe_init(&video->keyframe, ZV_VIDEO_ASK_NONE);
    zv_video_limit_init(&video->limit);
    zv_video_cc_init(&video->cc);
    return video;
}

/* What can fail, before anything is changed; what it made and is not used is freed with the leg. */
static int reserve(struct zv_peer *peer, const struct zv_peer_video_cfg *cfg, int64_t now_us)
{
    if (!peer->video)
        peer->video = make_video();
    if (!peer->video)
        return ZV_E_NOMEM;
    int err = 0;
    if ((cfg->feedback & ZV_VIDEO_NACK) && !peer->video->history)
        err = zv_video_history_new(&peer->video->history, &(struct zv_video_history_cfg){0});
    if (!err && !peer->streams[ZV_PEER_VIDEO].rtcp)
        err = zv_peer_open_reports(peer, ZV_PEER_VIDEO, now_us);
    return err ? err : list_codecs(peer, cfg);
}

/* How its far end is asked for a key frame. A client that takes neither cannot be asked. */
static enum zv_video_keyframe_kind ask_kind(const struct zv_peer *peer, uint8_t feedback)
{
    if (feedback & ZV_VIDEO_PLI)
        return ZV_VIDEO_ASK_PLI;
    if (feedback & ZV_VIDEO_FIR)
        return ZV_VIDEO_ASK_FIR;
    return peer->kind == ZV_PEER_RTP ? ZV_VIDEO_ASK_INFO : ZV_VIDEO_ASK_NONE;
}

static void apply_want(struct zv_peer_video *video)
{
    video->missing.can_nack = video->is_wanted && (video->cfg.feedback & ZV_VIDEO_NACK);
}

static void begin_codec(struct zv_peer_video *video)
{
    zv_video_frames_init(&video->frames);
    zv_video_missing_init(&video->missing, false);
    zv_video_limit_init(&video->limit); /* what was asked for was about another stream */
    video->has_sent = false;
    video->needed_us = ZV_TIME_NEVER;
}

static void apply(struct zv_peer *peer, const struct zv_peer_video_cfg *cfg, int64_t now_us)
{
    struct zv_peer_video *video = peer->video;
    uint8_t telling = peer->kind == ZV_PEER_WEB ? ZV_VIDEO_REMB : ZV_VIDEO_TMMBR;
    bool is_other_repair = (cfg->rtx_pt == ZV_PT_NONE) != (video->cfg.rtx_pt == ZV_PT_NONE);
    if (cfg->codec != video->cfg.codec)
        begin_codec(video);
    if (video->history && (is_other_repair || !video->has_sent))
        zv_video_history_clear(video->history);
    video->cfg = *cfg;
    apply_want(video);
    zv_video_keyframe_set_kind(&video->keyframe, ask_kind(peer, cfg->feedback));
    uint64_t limit = cfg->feedback & telling ? cfg->max_kbps * UINT64_C(1000) : 0;
    zv_video_limit_set_own(&video->limit, limit, now_us);
}

static void turn_off(struct zv_peer *peer)
{
    struct zv_peer_video *video = peer->video;
    if (!video)
        return;
    video->cfg = (struct zv_peer_video_cfg){.tx_pt = ZV_PT_NONE, ZV_PT_NONE, ZV_PT_NONE};
    video->history = zv_video_history_free(video->history);
    video->has_sent = video->has_wish = false;
    video->answers.count = 0;
    apply_want(video);
    zv_video_keyframe_cancel(&video->keyframe);
    zv_video_limit_init(&video->limit);
    int err = zv_peer_list_codecs(peer, ZV_PEER_VIDEO, NULL, 0);
    (void)err; /* an empty list is right */
    if (peer->kind == ZV_PEER_WEB)
        peer->streams[ZV_PEER_VIDEO].rtcp = zv_rtcp_session_free(peer->streams[ZV_PEER_VIDEO].rtcp);
}

int zv_peer_set_video(struct zv_peer *peer, const struct zv_peer_video_cfg *cfg, int64_t now_us)
{
    bool is_on = cfg->codec != ZV_VIDEO_NONE;
    if (peer->kind == ZV_PEER_RTP && peer->medium != ZV_PEER_VIDEO)
        return is_on ? ZV_E_STATE : 0;
    peer->input_us = now_us;
    if (!is_on) {
        turn_off(peer);
        return 0;
    }
    if (!is_valid(peer, cfg))
        return ZV_E_INVAL;
    int err = reserve(peer, cfg, now_us);
    if (!err)
        apply(peer, cfg, now_us);
    return err;
}

void zv_peer_free_video(struct zv_peer *peer)
{
    if (!peer->video)
        return;
    zv_video_history_free(peer->video->history);
    peer->video = zv_free(peer->video);
}

bool zv_peer_has_video(const struct zv_peer *peer)
{
    return peer->video && peer->video->cfg.codec != ZV_VIDEO_NONE;
}

void zv_peer_forget_sent(struct zv_peer *peer)
{
    struct zv_peer_video *video = peer->video;
    if (!video)
        return;
    if (video->history)
        zv_video_history_clear(video->history);
    video->answers.count = 0;
    video->has_sent = false;
}

void zv_peer_want_video(struct zv_peer *peer, bool is_wanted, int64_t now_us)
{
    struct zv_peer_video *video = peer->video;
    if (!video || video->is_wanted == is_wanted)
        return;
    peer->input_us = now_us;
    video->is_wanted = is_wanted;
    apply_want(video);
    video->resumed_us = is_wanted ? now_us : ZV_TIME_NEVER;
    if (is_wanted) {
        zv_video_frames_pause(&video->frames);
        zv_video_keyframe_ask(&video->keyframe, now_us);
    } else {
        zv_video_keyframe_cancel(&video->keyframe);
    }
}

/* ---- Wishes ---- */

void zv_peer_wish_keyframe(struct zv_peer *peer)
{
    peer->video->has_wish = peer->video->wish.keyframe = true;
}

void zv_peer_wish_limit(struct zv_peer *peer, uint64_t bits_per_s)
{
    peer->video->has_wish = true;
    peer->video->wish.bits_per_s = bits_per_s;
}

bool zv_peer_poll_wish(struct zv_peer *peer, struct zv_peer_wish *ret_wish)
{
    struct zv_peer_video *video = peer->video;
    if (!video || !video->has_wish)
        return false;
    *ret_wish = video->wish;
    video->wish = (struct zv_peer_wish){0};
    video->has_wish = false;
    return true;
}

void zv_peer_take_wish(struct zv_peer *peer, const struct zv_peer_wish *wish, int64_t now_us)
{
    if (!zv_peer_has_video(peer))
        return;
    peer->input_us = now_us;
    if (wish->keyframe && peer->video->is_wanted)
        zv_video_keyframe_ask(&peer->video->keyframe, now_us);
    if (wish->bits_per_s)
        zv_video_limit_on_asked(&peer->video->limit, wish->bits_per_s, now_us);
}

/* ---- The packet path ---- */

static void note_orientation(const struct zv_peer_video *video, struct zv_peer_packet *packet)
{
    const uint8_t *value;
    size_t len;
    packet->has_orientation =
        video->cfg.orientation_id &&
        zv_rtp_find_ext(packet->data, &packet->header, video->cfg.orientation_id, &value, &len) &&
        len == 1;
    if (packet->has_orientation)
        packet->orientation = *value;
}

/* A packet without payload is padding, sent on the media's own numbers. */
static void note_payload(struct zv_peer_video *video, struct zv_peer_packet *packet, int64_t now_us)
{
    const struct zv_rtp_header *header = &packet->header;
    if (!header->payload_len)
        return;
    bool is_read =
        zv_video_inspect((enum zv_video_codec)video->cfg.codec, packet->data + header->payload_at,
                         header->payload_len, &packet->picture);
    const struct zv_video_payload *picture = is_read ? &packet->picture : NULL;
    if (!zv_video_frames_on_packet(&video->frames, header, picture, now_us))
        return;
    zv_video_missing_forget_before(&video->missing, header->seq);
    if (!video->frames.needs_keyframe) /* a part of it is lost already */
        zv_video_keyframe_on_keyframe(&video->keyframe);
}

void zv_peer_note_picture(struct zv_peer *peer, struct zv_peer_packet *packet, int64_t now_us)
{
    struct zv_peer_video *video = peer->video;
    note_orientation(video, packet);
    zv_video_missing_on_packet(&video->missing, packet->header.ssrc, packet->header.seq, now_us);
    note_payload(video, packet, now_us);
    zv_peer_ask_where_needed(peer, now_us);
}

bool zv_peer_passes_picture(struct zv_peer *peer, const struct zv_peer_packet *packet,
                            int64_t now_us)
{
    struct zv_peer_video *video = peer->video;
    if (video->resumed_us == ZV_TIME_NEVER)
        return true;
    if (!packet->picture.is_keyframe_start && now_us - video->resumed_us < ZV_PEER_RESUME_US)
        return false;
    video->resumed_us = ZV_TIME_NEVER;
    return true;
}

bool zv_peer_takes_packetization(const struct zv_peer *peer, const struct zv_peer_packet *packet)
{
    const struct zv_peer_video_cfg *cfg = &peer->video->cfg;
    return cfg->codec != ZV_VIDEO_H264 || cfg->packetization_mode ||
           zv_video_fits_mode_0(&packet->picture);
}
