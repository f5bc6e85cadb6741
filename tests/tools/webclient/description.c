#include "tools/webclient/description.h"

#include "base/err.h"
#include "sdp/plan.h"
#include "sdp/sdp.h"

#include <inttypes.h>

/* What browsers name it. */
#define EVENT_PT 126
#define VP8_PT   96
#define RTX_PT   97
#define FEEDBACK (ZV_VIDEO_NACK | ZV_VIDEO_PLI | ZV_VIDEO_FIR)

int zv_wc_codecs_of(const char *name, struct zv_wc_codecs *ret_codecs)
{
    struct zv_str text = zv_str(name);
    struct zv_wc_codecs codecs = {.kinds = {ZV_CODEC_PCMU, ZV_CODEC_PCMA}, .count = 2};
    if (name && zv_str_is_i(text, "PCMU"))
        codecs = (struct zv_wc_codecs){.kinds = {ZV_CODEC_PCMU}, .count = 1};
    else if (name && zv_str_is_i(text, "PCMA"))
        codecs = (struct zv_wc_codecs){.kinds = {ZV_CODEC_PCMA}, .count = 1};
    else if (name)
        return ZV_E_UNSUPPORTED;
    *ret_codecs = codecs;
    return 0;
}

/* ---- ours ---- */

/* RFC 3551 §6. */
static uint8_t static_pt(enum zv_codec_kind kind)
{
    return kind == ZV_CODEC_PCMA ? 8 : 0;
}

struct listed {
    enum zv_codec_kind kinds[ZV_WC_MAX_CODECS + 1];
    uint8_t pts[ZV_WC_MAX_CODECS + 1];
    uint8_t count;
};

static void list(struct listed *listed, enum zv_codec_kind kind, uint8_t pt)
{
    if (pt == ZV_WC_NO_PT)
        return;
    listed->kinds[listed->count] = kind;
    listed->pts[listed->count++] = pt;
}

/* An offer names all of ours, an answer the chosen one by the numbers of the offer (RFC 3264
 * §6.1). */
static struct listed list_codecs(const struct zv_wc_local *local)
{
    struct listed listed = {0};
    if (local->remote) {
        list(&listed, local->remote->codec, local->remote->pt);
        list(&listed, ZV_CODEC_TELEPHONE_EVENT, local->remote->event_pt);
        return listed;
    }
    for (uint8_t i = 0; i < local->codecs.count; i++)
        list(&listed, local->codecs.kinds[i], static_pt(local->codecs.kinds[i]));
    list(&listed, ZV_CODEC_TELEPHONE_EVENT, EVENT_PT);
    return listed;
}

static const char *setup_of(const struct zv_wc_local *local)
{
    if (!local->remote)
        return "actpass";
    return local->remote->web.dtls_client ? "active" : "passive";
}

/* What both m-lines of a bundle say (RFC 9143 section 7.1). */
static void write_transport(const struct zv_wc_local *local, struct zv_str mid, struct zv_buf *text)
{
    const struct zv_peer_local *peer = &local->peer;
    zv_buf_printf(text,
                  "\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\na=ice-ufrag:%.*s\r\n"
                  "a=ice-pwd:%.*s\r\na=ice-options:trickle\r\na=fingerprint:%.*s\r\n",
                  ZV_STR_ARG(peer->ufrag), ZV_STR_ARG(peer->pwd), ZV_STR_ARG(peer->fingerprint));
    zv_buf_printf(text, "a=setup:%s\r\na=mid:%.*s\r\na=sendrecv\r\n", setup_of(local),
                  ZV_STR_ARG(mid));
}

static void write_video(const struct zv_wc_local *local, struct zv_buf *text)
{
    const struct zv_peer_local *peer = &local->peer;
    zv_buf_printf(text, "m=video 9 UDP/TLS/RTP/SAVPF %u %u", VP8_PT, RTX_PT);
    write_transport(local, ZV_STR_LIT("1"), text);
    zv_buf_printf(text,
                  "a=msid:webclient camera\r\na=rtcp-mux\r\na=rtpmap:%u VP8/90000\r\n"
                  "a=rtcp-fb:%u nack\r\na=rtcp-fb:%u nack pli\r\na=rtcp-fb:%u ccm fir\r\n"
                  "a=rtpmap:%u rtx/90000\r\na=fmtp:%u apt=%u\r\n",
                  VP8_PT, VP8_PT, VP8_PT, VP8_PT, RTX_PT, RTX_PT, VP8_PT);
    zv_buf_printf(text,
                  "a=ssrc-group:FID %" PRIu32 " %" PRIu32 "\r\na=ssrc:%" PRIu32 " cname:%.*s\r\n"
                  "a=ssrc:%" PRIu32 " cname:%.*s\r\n",
                  peer->video_ssrc, peer->video_rtx_ssrc, peer->video_ssrc, ZV_STR_ARG(peer->cname),
                  peer->video_rtx_ssrc, ZV_STR_ARG(peer->cname));
}

void zv_wc_write_description(const struct zv_wc_local *local, struct zv_buf *text)
{
    const struct zv_peer_local *peer = &local->peer;
    struct zv_str mid = local->remote ? local->remote->mid : ZV_STR_LIT("0");
    struct listed codecs = list_codecs(local);
    zv_buf_printf(text,
                  "v=0\r\no=- %" PRIu64 " 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
                  "a=group:BUNDLE %.*s%s\r\na=msid-semantic: WMS webclient\r\n"
                  "m=audio 9 UDP/TLS/RTP/SAVPF",
                  local->session_id, ZV_STR_ARG(mid), local->has_video ? " 1" : "");
    for (uint8_t i = 0; i < codecs.count; i++)
        zv_buf_printf(text, " %u", codecs.pts[i]);
    write_transport(local, mid, text);
    zv_buf_put_text(text, "a=msid:webclient microphone\r\na=rtcp-mux\r\n");
    for (uint8_t i = 0; i < codecs.count; i++)
        zv_buf_printf(text, "a=rtpmap:%u %s/8000\r\n", codecs.pts[i],
                      zv_codec_name(codecs.kinds[i]));
    zv_buf_printf(text, "a=ssrc:%" PRIu32 " cname:%.*s\r\n", peer->ssrc, ZV_STR_ARG(peer->cname));
    if (local->has_video)
        write_video(local, text);
}

/* ---- theirs ---- */

/* "candidate:1 1 udp 2130706431 192.0.2.1 31002 typ host …" (RFC 8839 §5.1). */
static bool read_candidate(struct zv_str value, struct zv_wc_candidate *ret_candidate)
{
    struct zv_str token[8];
    struct zv_wc_candidate candidate;
    uint32_t port;
    for (size_t i = 0; i < ZV_ARRAY_LEN(token); i++) {
        if (!zv_str_split(&value, ' ', &token[i]))
            return false;
    }
    if (!zv_str_is(token[1], "1") || !zv_str_is_i(token[2], "udp") || !zv_str_is(token[6], "typ") ||
        !zv_str_is(token[7], "host"))
        return false;
    if (zv_str_to_u32(token[3], &candidate.priority) ||
        zv_addr_parse_ip(token[4], &candidate.addr) || zv_str_to_u32(token[5], &port) || !port ||
        port > UINT16_MAX)
        return false;
    candidate.addr.port = (uint16_t)port;
    *ret_candidate = candidate;
    return true;
}

static void read_candidates(struct zv_str text, struct zv_wc_remote *remote)
{
    static const char prefix[] = "a=candidate:";
    struct zv_str line;
    while (zv_str_line(&text, &line) && remote->candidate_count < ZV_WC_MAX_CANDIDATES) {
        struct zv_str value = zv_str_trim(zv_str_tail(line, sizeof(prefix) - 1));
        if (zv_str_has_prefix(line, prefix) &&
            read_candidate(value, &remote->candidates[remote->candidate_count]))
            remote->candidate_count++;
    }
}

static bool is_ours(const struct zv_wc_codecs *codecs, uint8_t kind)
{
    for (uint8_t i = 0; i < codecs->count; i++) {
        if (codecs->kinds[i] == (enum zv_codec_kind)kind)
            return true;
    }
    return false;
}

static void read_codecs(const struct zv_sdp *sdp, const struct zv_sdp_media *audio,
                        const struct zv_wc_codecs *codecs, struct zv_wc_remote *remote)
{
    remote->event_pt = ZV_WC_NO_PT;
    for (uint16_t i = 0; i < audio->codec_count; i++) {
        const struct zv_sdp_codec *codec = zv_sdp_codec_at(sdp, audio, i);
        if (remote->codec == ZV_CODEC_NONE && is_ours(codecs, codec->kind)) {
            remote->codec = (enum zv_codec_kind)codec->kind;
            remote->pt = codec->pt;
        }
        if (codec->kind == ZV_CODEC_TELEPHONE_EVENT && codec->clock_hz == 8000)
            remote->event_pt = codec->pt;
    }
}

static void read_video(const struct zv_sdp *sdp, struct zv_wc_remote *remote)
{
    const struct zv_sdp_media *video = zv_sdp_video(sdp);
    remote->video_pt = remote->rtx_pt = ZV_WC_NO_PT;
    for (uint16_t i = 0; video && i < video->codec_count; i++) {
        const struct zv_sdp_codec *codec = zv_sdp_codec_at(sdp, video, i);
        if (codec->kind == ZV_CODEC_VP8) {
            remote->video_pt = codec->pt;
            remote->video_feedback = codec->feedback & FEEDBACK;
        } else if (codec->apt == VP8_PT) {
            remote->rtx_pt = codec->pt;
        }
    }
}

int zv_wc_read_description(struct zv_str text, const struct zv_wc_codecs *codecs,
                           struct zv_wc_remote *ret_remote)
{
    struct zv_sdp sdp;
    struct zv_plan_web_remote web;
    struct zv_wc_remote remote = {0};
    int err = zv_sdp_parse(text, &sdp);
    if (err)
        return err;
    if (zv_plan_read_web(&sdp, &web) != ZV_PLAN_OK)
        return ZV_E_PARSE;
    const struct zv_sdp_media *audio = zv_sdp_audio(&sdp);
    /* To actpass a browser answers active (RFC 8842 §5.3). */
    remote.web = (struct zv_peer_web_remote){.ufrag = web.ufrag,
                                             .pwd = web.pwd,
                                             .fingerprint = web.fingerprint,
                                             .dtls_client = audio->setup != ZV_SDP_SETUP_ACTIVE};
    remote.mid = audio->mid.len ? audio->mid : ZV_STR_LIT("0");
    read_candidates(text, &remote);
    read_codecs(&sdp, audio, codecs, &remote);
    read_video(&sdp, &remote);
    *ret_remote = remote;
    return 0;
}
