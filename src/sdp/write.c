#include "sdp/write.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

static const char *address_type(const struct zv_addr *addr)
{
    return addr->family == ZV_ADDR_IPV6 ? "IP6" : "IP4";
}

static const struct zv_sdp_out_media *media_of(const struct zv_sdp_out *out,
                                               const struct zv_sdp_out_line *line)
{
    return line->kind == ZV_SDP_OUT_VIDEO ? &out->video : &out->audio;
}

/* Our end of it on the SIP leg. */
static const struct zv_plan_sip_media *sip_media_of(const struct zv_sdp_out *out,
                                                    const struct zv_sdp_out_media *media)
{
    return media == &out->video ? &out->sip->video : &out->sip->audio;
}

/* The address that o= and c= name, and the m= lines of a web leg: of that the first candidate. */
static struct zv_addr own_address(const struct zv_sdp_out *out)
{
    if (out->sip)
        return out->sip->audio.rtp;
    if (out->web->candidate_count)
        return out->web->candidates[0];
    return (struct zv_addr){.family = ZV_ADDR_IPV4, .port = 9}; /* RFC 8829 §5.2.1: discard port */
}

static void write_connection(const struct zv_addr *addr, struct zv_buf *body)
{
    char ip[ZV_ADDR_TEXT_CAP];
    zv_buf_printf(body, "c=IN %s %s\r\n", address_type(addr), zv_addr_write_ip(addr, ip));
}

/* A repaired offer to the SIP side does without it. */
static bool is_without(const struct zv_sdp_out *out, enum zv_plan_part part)
{
    return out->sip && (out->sip->cut.parts & part);
}

static void write_bandwidth(const struct zv_sdp_out *out, uint32_t kbps, uint32_t bps,
                            struct zv_buf *body)
{
    if (is_without(out, ZV_PLAN_PART_BANDWIDTH))
        return;
    if (kbps)
        zv_buf_printf(body, "b=AS:%" PRIu32 "\r\n", kbps);
    if (bps)
        zv_buf_printf(body, "b=TIAS:%" PRIu32 "\r\n", bps);
}

static void write_session(const struct zv_sdp_out *out, struct zv_buf *body)
{
    char ip[ZV_ADDR_TEXT_CAP];
    struct zv_addr addr = own_address(out);
    uint64_t session_id = out->sip ? out->sip->session_id : out->web->session_id;
    uint32_t version = out->sip ? out->sip->version : out->web->changes + 1;
    zv_addr_write_ip(&addr, ip);
    zv_buf_printf(body, "v=0\r\no=- %" PRIu64 " %" PRIu32 " IN %s %s\r\ns=-\r\n", session_id,
                  version, address_type(&addr), ip);
    if (out->sip) {
        write_connection(&addr, body);
        write_bandwidth(out, out->sip->session_kbps, out->sip->session_bps, body);
    }
    zv_buf_put_text(body, "t=0 0\r\n");
}

/* ---- the group of a web leg ---- */

/* What is new in it comes last. */
static int group_place(const struct zv_sdp_out *out, const struct zv_sdp_out_media *media)
{
    const struct zv_sdp_media named = {.mid = media->mid};
    int place = out->bundle_like ? zv_sdp_bundle_place(out->bundle_like, &named) : -1;
    return place < 0 ? INT_MAX : place;
}

/*
 * The accepted media descriptions with a mid, which are the whole group (RFC 9143); returns their
 * number. The first one's transport is that of all, and it is the first of the offer's group too
 * (§7.3.1).
 */
static uint8_t list_group(const struct zv_sdp_out *out, const struct zv_sdp_out_media *ret_list[2])
{
    uint8_t count = 0;
    for (uint8_t i = 0; i < out->line_count && count < 2; i++) {
        const struct zv_sdp_out_media *media = media_of(out, &out->lines[i]);
        if (out->lines[i].kind != ZV_SDP_OUT_REJECTED && media->mid.len)
            ret_list[count++] = media;
    }
    if (count == 2 && group_place(out, ret_list[0]) > group_place(out, ret_list[1])) {
        const struct zv_sdp_out_media *second = ret_list[0];
        ret_list[0] = ret_list[1];
        ret_list[1] = second;
    }
    return count;
}

static bool has_transport(const struct zv_sdp_out *out, const struct zv_sdp_out_media *media)
{
    const struct zv_sdp_out_media *list[2];
    return !media->mid.len || (list_group(out, list) && list[0] == media);
}

static void write_web_session(const struct zv_sdp_out *out, struct zv_buf *body)
{
    const struct zv_sdp_out_media *list[2];
    uint8_t count = list_group(out, list);
    if (count) {
        zv_buf_put_text(body, "a=group:BUNDLE");
        for (uint8_t i = 0; i < count; i++)
            zv_buf_printf(body, " %.*s", ZV_STR_ARG(list[i]->mid));
        zv_buf_put_text(body, "\r\n");
    }
    zv_buf_put_text(body, "a=ice-lite\r\na=msid-semantic: WMS zvonok\r\n");
}

/* ---- one media ---- */

/* RFC 8839 §4.2.1: port 0, and the formats as they were. */
static void write_rejected(const struct zv_sdp_media *theirs, bool is_web, struct zv_buf *body)
{
    struct zv_str formats = theirs->formats.len ? theirs->formats : zv_str("0");
    zv_buf_printf(body, "m=%.*s 0 %.*s %.*s\r\n", ZV_STR_ARG(theirs->kind_text),
                  ZV_STR_ARG(theirs->proto), ZV_STR_ARG(formats));
    if (!is_web)
        return;
    zv_buf_put_text(body, "c=IN IP4 0.0.0.0\r\n");
    if (theirs->mid.len)
        zv_buf_printf(body, "a=mid:%.*s\r\n", ZV_STR_ARG(theirs->mid));
    zv_buf_put_text(body, "a=inactive\r\n");
}

static void write_h264_parameters(const struct zv_sdp_out_codec *codec, struct zv_buf *body)
{
    zv_buf_printf(body, "a=fmtp:%u %spacketization-mode=%u;profile-level-id=%06" PRIx32, codec->pt,
                  codec->level_asymmetry ? "level-asymmetry-allowed=1;" : "",
                  codec->packetization_mode, codec->profile_level_id);
    if (codec->sprop.len)
        zv_buf_printf(body, ";sprop-parameter-sets=%.*s", ZV_STR_ARG(codec->sprop));
    zv_buf_put_text(body, "\r\n");
}

/* Audio has its meaning without them, video does not. */
static void write_parameters(const struct zv_sdp_out *out, const struct zv_sdp_out_codec *codec,
                             struct zv_buf *body)
{
    if (codec->kind == ZV_CODEC_H264)
        write_h264_parameters(codec, body);
    else if (codec->kind == ZV_CODEC_RTX)
        zv_buf_printf(body, "a=fmtp:%u apt=%d\r\n", codec->pt, codec->apt);
    else if (codec->fmtp.len && !is_without(out, ZV_PLAN_PART_ATTRIBUTES))
        zv_buf_printf(body, "a=fmtp:%u %.*s\r\n", codec->pt, ZV_STR_ARG(codec->fmtp));
}

/* By the number of a codec, as browsers write it, or "*", which is shorter and as old. */
static void write_feedback(const char *target, uint8_t feedback, struct zv_buf *body)
{
    static const struct {
        uint8_t bit;
        const char *text;
    } lines[] = {
        {ZV_VIDEO_REMB, "goog-remb"}, {ZV_VIDEO_TRANSPORT_CC, "transport-cc"},
        {ZV_VIDEO_FIR, "ccm fir"},    {ZV_VIDEO_TMMBR, "ccm tmmbr"},
        {ZV_VIDEO_NACK, "nack"},      {ZV_VIDEO_PLI, "nack pli"},
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(lines); i++) {
        if (feedback & lines[i].bit)
            zv_buf_printf(body, "a=rtcp-fb:%s %s\r\n", target, lines[i].text);
    }
}

static void write_codecs(const struct zv_sdp_out *out, const struct zv_sdp_out_media *media,
                         struct zv_buf *body)
{
    char target[8];
    for (uint8_t i = 0; i < media->codec_count; i++) {
        const struct zv_sdp_out_codec *codec = &media->codecs[i];
        zv_buf_printf(body, "a=rtpmap:%u %s/%" PRIu32, codec->pt,
                      zv_codec_name((enum zv_codec_kind)codec->kind), codec->clock_hz);
        if (codec->channels > 1)
            zv_buf_printf(body, "/%u", codec->channels);
        zv_buf_put_text(body, "\r\n");
        write_parameters(out, codec, body);
        snprintf(target, sizeof(target), "%u", codec->pt);
        if (out->web && codec->kind != ZV_CODEC_RTX)
            write_feedback(target, media->feedback, body);
    }
    if (out->sip && !is_without(out, ZV_PLAN_PART_ATTRIBUTES))
        write_feedback("*", media->feedback, body);
}

static void write_extensions(const struct zv_sdp_out_media *media, struct zv_buf *body)
{
    if (media->cc_id)
        zv_buf_printf(body, "a=extmap:%u " ZV_SDP_URI_TRANSPORT_CC "\r\n", media->cc_id);
    if (media->orientation_id)
        zv_buf_printf(body, "a=extmap:%u " ZV_SDP_URI_ORIENTATION "\r\n", media->orientation_id);
}

static void write_media_line(const struct zv_sdp_out *out, const struct zv_sdp_out_media *media,
                             uint16_t port, struct zv_str proto, struct zv_buf *body)
{
    zv_buf_printf(body, "m=%s %u %.*s", media == &out->video ? "video" : "audio", port,
                  ZV_STR_ARG(proto));
    for (uint8_t i = 0; i < media->codec_count; i++)
        zv_buf_printf(body, " %u", media->codecs[i].pt);
    zv_buf_put_text(body, "\r\n");
}

/* ---- the SIP leg ---- */

static void write_sip_media(const struct zv_sdp_out *out, const struct zv_sdp_out_media *media,
                            struct zv_buf *body)
{
    const struct zv_plan_sip_media *local = sip_media_of(out, media);
    struct zv_addr session = own_address(out);
    struct zv_str proto =
        media->proto.len ? media->proto : zv_str(local->is_savp ? "RTP/SAVP" : "RTP/AVP");
    write_media_line(out, media, local->rtp.port, proto, body);
    if (!zv_addr_ip_eq(&local->rtp, &session))
        write_connection(&local->rtp, body);
    write_bandwidth(out, media->kbps, media->kbps * 1000, body);
    write_codecs(out, media, body);
    bool is_plain = is_without(out, ZV_PLAN_PART_ATTRIBUTES);
    if (!is_plain)
        write_extensions(media, body);
    for (uint8_t i = 0; i < local->crypto_count; i++)
        zv_crypto_write(&local->crypto[i], body);
    if (local->rtcp_mux)
        zv_buf_put_text(body, "a=rtcp-mux\r\n");
    else if (!is_plain) /* it says what holds without it */
        zv_buf_printf(body, "a=rtcp:%u\r\n", local->rtp.port + 1u);
    if (media->ptime_ms && !is_plain)
        zv_buf_printf(body, "a=ptime:%u\r\n", media->ptime_ms);
    zv_buf_printf(body, "a=%s\r\n", zv_sdp_direction_name(media->direction));
}

/* ---- the web leg ---- */

/* RFC 8445 §5.1.2.1: type preference 126 of host candidates, each next one a little lower. */
static uint32_t candidate_priority(uint8_t index)
{
    return (126u << 24) | ((65535u - index) << 8) | 255u;
}

/* RFC 6544 §4.2: below every UDP one; of passive host candidates the direction counts 4. */
static uint32_t tcp_priority(uint8_t index)
{
    return (90u << 24) | ((4u << 13 | (8191u - index)) << 8) | 255u;
}

static void write_tcp_candidates(const struct zv_plan_web *web, struct zv_buf *body)
{
    for (uint8_t i = 0; i < web->candidate_count; i++) {
        char ip[ZV_ADDR_TEXT_CAP];
        zv_buf_printf(body, "a=candidate:%u 1 tcp %" PRIu32 " %s %u typ host tcptype passive\r\n",
                      web->candidate_count + i + 1u, tcp_priority(i),
                      zv_addr_write_ip(&web->candidates[i], ip), web->candidates[i].port);
    }
}

static void write_candidates(const struct zv_plan_web *web, struct zv_buf *body)
{
    for (uint8_t i = 0; i < web->candidate_count; i++) {
        char ip[ZV_ADDR_TEXT_CAP];
        zv_buf_printf(body, "a=candidate:%u 1 udp %" PRIu32 " %s %u typ host\r\n", i + 1u,
                      candidate_priority(i), zv_addr_write_ip(&web->candidates[i], ip),
                      web->candidates[i].port);
    }
    if (web->has_tcp)
        write_tcp_candidates(web, body);
    zv_buf_put_text(body, "a=end-of-candidates\r\n");
}

static void write_transport(const struct zv_sdp_out *out, const struct zv_sdp_out_media *media,
                            struct zv_buf *body)
{
    const struct zv_plan_web *web = out->web;
    zv_buf_printf(body, "a=ice-ufrag:%.*s\r\na=ice-pwd:%.*s\r\n", ZV_STR_ARG(web->ufrag),
                  ZV_STR_ARG(web->pwd));
    zv_buf_printf(body, "a=fingerprint:%.*s\r\na=setup:%s\r\n", ZV_STR_ARG(web->fingerprint),
                  out->setup);
    if (has_transport(out, media))
        write_candidates(web, body);
}

static void write_source(uint32_t ssrc, struct zv_str cname, struct zv_buf *body)
{
    zv_buf_printf(body, "a=ssrc:%" PRIu32 " cname:%.*s\r\n", ssrc, ZV_STR_ARG(cname));
}

/* A real stream name, and one for both: with "-" browsers deliver a track without a stream. */
static void write_audio_source(const struct zv_plan_web *web, struct zv_buf *body)
{
    zv_buf_put_text(body, "a=msid:zvonok audio\r\n");
    write_source(web->ssrc, web->cname, body);
}

static bool has_rtx(const struct zv_sdp_out_media *media)
{
    for (uint8_t i = 0; i < media->codec_count; i++) {
        if (media->codecs[i].kind == ZV_CODEC_RTX)
            return true;
    }
    return false;
}

static void write_video_source(const struct zv_sdp_out *out, struct zv_buf *body)
{
    const struct zv_plan_web *web = out->web;
    bool is_repeated = has_rtx(&out->video);
    if (!(out->video.direction & ZV_SDP_SENDONLY))
        return;
    zv_buf_put_text(body, "a=msid:zvonok video\r\n");
    if (is_repeated)
        zv_buf_printf(body, "a=ssrc-group:FID %" PRIu32 " %" PRIu32 "\r\n", web->video_ssrc,
                      web->video_rtx_ssrc);
    write_source(web->video_ssrc, web->cname, body);
    if (is_repeated)
        write_source(web->video_rtx_ssrc, web->cname, body);
}

static void write_web_media(const struct zv_sdp_out *out, const struct zv_sdp_out_media *media,
                            struct zv_buf *body)
{
    struct zv_addr addr = own_address(out);
    write_media_line(out, media, addr.port, zv_str("UDP/TLS/RTP/SAVPF"), body);
    write_connection(&addr, body);
    write_bandwidth(out, media->kbps, media->kbps * 1000, body);
    if (media->mid.len)
        zv_buf_printf(body, "a=mid:%.*s\r\n", ZV_STR_ARG(media->mid));
    zv_buf_printf(body, "a=%s\r\na=rtcp-mux\r\n", zv_sdp_direction_name(media->direction));
    write_transport(out, media, body);
    write_extensions(media, body);
    write_codecs(out, media, body);
    if (media->ptime_ms)
        zv_buf_printf(body, "a=ptime:%u\r\n", media->ptime_ms);
    if (media == &out->video)
        write_video_source(out, body);
    else
        write_audio_source(out->web, body);
}

void zv_sdp_write(const struct zv_sdp_out *out, struct zv_buf *body)
{
    write_session(out, body);
    if (out->web)
        write_web_session(out, body);
    for (uint8_t i = 0; i < out->line_count; i++) {
        const struct zv_sdp_out_line *line = &out->lines[i];
        if (line->kind == ZV_SDP_OUT_REJECTED)
            write_rejected(line->rejected, out->web != NULL, body);
        else if (out->web)
            write_web_media(out, media_of(out, line), body);
        else
            write_sip_media(out, media_of(out, line), body);
    }
}
