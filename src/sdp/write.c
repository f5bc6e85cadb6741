#include "sdp/write.h"

#include <inttypes.h>

static const char *address_type(const struct zv_addr *addr)
{
    return addr->family == ZV_ADDR_IPV6 ? "IP6" : "IP4";
}

/* The address that o=, c= and m= name: of a web leg the first candidate. */
static struct zv_addr own_address(const struct zv_sdp_out *out)
{
    if (out->sip)
        return out->sip->audio.rtp;
    if (out->web->candidate_count)
        return out->web->candidates[0];
    return (struct zv_addr){.family = ZV_ADDR_IPV4, .port = 9}; /* RFC 8829 §5.2.1: discard port */
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
    if (out->sip)
        zv_buf_printf(body, "c=IN %s %s\r\n", address_type(&addr), ip);
    zv_buf_put_text(body, "t=0 0\r\n");
}

/* RFC 9143: the accepted media description is the whole group. */
static void write_web_session(const struct zv_sdp_out *out, struct zv_buf *body)
{
    for (uint8_t i = 0; i < out->media_count; i++) {
        if (!out->media[i].rejected && out->media[i].mid.len)
            zv_buf_printf(body, "a=group:BUNDLE %.*s\r\n", ZV_STR_ARG(out->media[i].mid));
    }
    zv_buf_put_text(body, "a=ice-lite\r\na=msid-semantic: WMS zvonok\r\n");
}

/* RFC 8839 §4.2.1: port 0, and the formats as they were. */
static void write_rejected(const struct zv_sdp_out_media *media, bool is_web, struct zv_buf *body)
{
    const struct zv_sdp_media *theirs = media->rejected;
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

static void write_codecs(const struct zv_sdp_out_media *media, struct zv_buf *body)
{
    for (uint8_t i = 0; i < media->codec_count; i++) {
        const struct zv_sdp_out_codec *codec = &media->codecs[i];
        zv_buf_printf(body, "a=rtpmap:%u %s/%" PRIu32, codec->pt,
                      zv_codec_name((enum zv_codec_kind)codec->kind), codec->clock_hz);
        if (codec->channels > 1)
            zv_buf_printf(body, "/%u", codec->channels);
        zv_buf_put_text(body, "\r\n");
        if (codec->fmtp.len)
            zv_buf_printf(body, "a=fmtp:%u %.*s\r\n", codec->pt, ZV_STR_ARG(codec->fmtp));
    }
}

static void write_media_line(const struct zv_sdp_out *out, const struct zv_sdp_out_media *media,
                             struct zv_buf *body)
{
    struct zv_addr addr = own_address(out);
    struct zv_str proto = zv_str("UDP/TLS/RTP/SAVPF");
    if (out->sip && out->sip_proto.len)
        proto = out->sip_proto;
    else if (out->sip)
        proto = zv_str(out->sip->audio.is_savp ? "RTP/SAVP" : "RTP/AVP");
    zv_buf_printf(body, "m=audio %u %.*s", addr.port, ZV_STR_ARG(proto));
    for (uint8_t i = 0; i < media->codec_count; i++)
        zv_buf_printf(body, " %u", media->codecs[i].pt);
    zv_buf_put_text(body, "\r\n");
}

static void write_sip_media(const struct zv_sdp_out *out, const struct zv_sdp_out_media *media,
                            struct zv_buf *body)
{
    write_media_line(out, media, body);
    write_codecs(media, body);
    for (uint8_t i = 0; i < out->sip->audio.crypto_count; i++)
        zv_crypto_write(&out->sip->audio.crypto[i], body);
    if (out->sip->audio.rtcp_mux)
        zv_buf_put_text(body, "a=rtcp-mux\r\n");
    else
        zv_buf_printf(body, "a=rtcp:%u\r\n", out->sip->audio.rtp.port + 1u);
    if (media->ptime_ms)
        zv_buf_printf(body, "a=ptime:%u\r\n", media->ptime_ms);
    zv_buf_printf(body, "a=%s\r\n", zv_sdp_direction_name(media->direction));
}

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

static void write_web_media(const struct zv_sdp_out *out, const struct zv_sdp_out_media *media,
                            struct zv_buf *body)
{
    char ip[ZV_ADDR_TEXT_CAP];
    struct zv_addr addr = own_address(out);
    const struct zv_plan_web *web = out->web;
    write_media_line(out, media, body);
    zv_buf_printf(body, "c=IN %s %s\r\n", address_type(&addr), zv_addr_write_ip(&addr, ip));
    if (media->mid.len)
        zv_buf_printf(body, "a=mid:%.*s\r\n", ZV_STR_ARG(media->mid));
    zv_buf_printf(body, "a=%s\r\na=rtcp-mux\r\n", zv_sdp_direction_name(media->direction));
    zv_buf_printf(body, "a=ice-ufrag:%.*s\r\na=ice-pwd:%.*s\r\n", ZV_STR_ARG(web->ufrag),
                  ZV_STR_ARG(web->pwd));
    zv_buf_printf(body, "a=fingerprint:%.*s\r\na=setup:%s\r\n", ZV_STR_ARG(web->fingerprint),
                  out->setup);
    write_candidates(web, body);
    write_codecs(media, body);
    if (media->ptime_ms)
        zv_buf_printf(body, "a=ptime:%u\r\n", media->ptime_ms);
    /* A real stream name: with "-" browsers deliver a track without a stream. */
    zv_buf_put_text(body, "a=msid:zvonok audio\r\n");
    zv_buf_printf(body, "a=ssrc:%" PRIu32 " cname:%.*s\r\n", web->ssrc, ZV_STR_ARG(web->cname));
}

void zv_sdp_write(const struct zv_sdp_out *out, struct zv_buf *body)
{
    write_session(out, body);
    if (out->web)
        write_web_session(out, body);
    for (uint8_t i = 0; i < out->media_count; i++) {
        const struct zv_sdp_out_media *media = &out->media[i];
        if (media->rejected)
            write_rejected(media, out->web != NULL, body);
        else if (out->web)
            write_web_media(out, media, body);
        else
            write_sip_media(out, media, body);
    }
}
