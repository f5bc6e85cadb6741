/*
 * The SDP parser and the planners: any bytes as a client's offer and as a SIP side's answer, and
 * the other way round. What is written must be parsed again, and a plan must hold no payload type
 * twice.
 */
#include "base/err.h"
#include "sdp/plan.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char usual_web[] =
    "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111 9 0 8 13 110 126\r\nc=IN IP4 0.0.0.0\r\n"
    "a=rtpmap:111 opus/48000/2\r\na=rtpmap:110 telephone-event/48000\r\n"
    "a=rtpmap:126 telephone-event/8000\r\na=mid:0\r\na=setup:actpass\r\na=group:BUNDLE 0 1\r\n"
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103 104 105\r\na=mid:1\r\n"
    "a=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"
    "a=rtpmap:102 H264/90000\r\na=fmtp:102 packetization-mode=1;profile-level-id=42e01f\r\n"
    "a=rtpmap:103 H264/90000\r\na=fmtp:103 packetization-mode=0;profile-level-id=42001f\r\n"
    "a=rtcp-fb:102 nack pli\r\na=extmap:3 urn:3gpp:video-orientation\r\n";
static const char usual_sip[] =
    "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 96 0 8 9 13 101\r\n"
    "a=rtpmap:96 opus/48000/2\r\na=rtpmap:101 telephone-event/8000\r\n"
    "m=video 4002 RTP/AVP 99 100 34\r\nb=AS:512\r\na=rtpmap:99 H264/90000\r\n"
    "a=rtpmap:100 VP8/90000\r\na=rtcp-fb:* ccm fir\r\na=extmap:1 urn:3gpp:video-orientation\r\n";

static char memory[ZV_MAX_SDP_BYTES];

static void require(int is_true)
{
    if (!is_true)
        abort();
}

static void check_type(int16_t pt, int used[128])
{
    require(pt >= ZV_PT_NONE && pt < 128);
    require(pt == ZV_PT_NONE || !used[pt]++);
}

/* `web` has the payload types of the audio, which share a transport with these. */
static void check_video(const struct zv_video_plan *video, int web[128])
{
    int sip[128] = {0};
    require(video->pair_count <= ZV_MAX_VIDEO_PAIRS);
    require(!zv_video_plan_committed(video) || video->pair_count == 1);
    require(video->web_cc_id < 15 && video->web_orientation_id < 15);
    require(!video->web_orientation_id == !video->sip_orientation_id);
    require((video->direction & video->web_direction) == video->direction);
    require(!video->max_kbps ||
            (video->web_kbps <= video->max_kbps && video->sip_kbps <= video->max_kbps));
    for (int i = 0; i < video->pair_count; i++) {
        const struct zv_video_pair *pair = &video->pairs[i];
        require(zv_codec_is_video((enum zv_codec_kind)pair->kind));
        require(pair->packetization_mode <= 1);
        require(pair->web_pt >= 0);
        check_type(pair->web_pt, web);
        check_type(pair->web_rtx_pt, web);
        check_type(pair->sip_rx_pt, sip);
        require(pair->sip_tx_pt >= ZV_PT_NONE && pair->sip_tx_pt < 128);
    }
}

static void check_plan(const struct zv_media_plan *plan)
{
    int web[128] = {0}, sip[128] = {0};
    require(plan->pair_count <= ZV_MAX_PLAN_PAIRS && plan->committed < plan->pair_count);
    for (int i = 0; i < plan->pair_count; i++) {
        const struct zv_codec_pair *pair = &plan->pairs[i];
        require(pair->web_pt >= 0 && pair->web_pt < 128 && !web[pair->web_pt]++);
        require(pair->sip_tx_pt >= ZV_PT_NONE && pair->sip_tx_pt < 128);
        require(pair->sip_rx_pt >= ZV_PT_NONE && pair->sip_rx_pt < 128);
        require(pair->sip_rx_pt == ZV_PT_NONE || !sip[pair->sip_rx_pt]++);
        require(pair->clock_hz == 8000 || pair->clock_hz == 48000);
    }
    check_video(&plan->video, web);
}

static void check(enum zv_plan_verdict verdict, const struct zv_media_plan *plan,
                  const struct zv_buf *body)
{
    struct zv_sdp written;
    check_plan(plan);
    if (verdict != ZV_PLAN_OK)
        return;
    require(zv_sdp_parse(zv_buf_str(body), &written) == 0);
    require(zv_sdp_audio(&written) != NULL);
    require(!zv_sdp_video(&written) || plan->video.pair_count);
    require(written.codecs_left_out == 0 || written.media_count > 1);
}

/* Both keys or none, of one suite; none where the policy is off. */
static void check_srtp(const struct zv_plan_srtp *srtp, const struct zv_plan_sip *local)
{
    require(srtp->tx.suite == srtp->rx.suite);
    require(!srtp->tx.suite || local->srtp != ZV_SRTP_POLICY_OFF);
    require(!srtp->tx.suite || zv_crypto_key_bytes((enum zv_crypto_suite)srtp->tx.suite));
}

/* What was parsed as a key is written so that it is the same key again. */
static void check_crypto(struct zv_str value)
{
    char line[256];
    struct zv_buf buf = zv_buf(line, sizeof(line));
    struct zv_crypto crypto, again;
    if (zv_crypto_parse(value, &crypto))
        return;
    zv_crypto_write(&crypto, &buf);
    struct zv_str written = zv_str_tail(zv_buf_str(&buf), strlen("a=crypto:"));
    written.len -= strlen("\r\n");
    require(!buf.overflow && !zv_crypto_parse(written, &again));
    require(again.tag == crypto.tag && zv_crypto_is_same_key(&again.key, &crypto.key));
}

static struct zv_buf fresh(void)
{
    return zv_buf(memory, sizeof(memory));
}

/* What comes later in a call: another offer of either side, video that comes or goes. */
static void plan_later(const struct zv_sdp *web, const struct zv_sdp *sip,
                       const struct zv_plan_web *web_local, const struct zv_plan_sip *sip_local,
                       struct zv_media_plan plan)
{
    struct zv_plan_sip_remote remote = {0};
    struct zv_media_plan before = plan;
    struct zv_buf body = fresh();
    const struct zv_plan_web_update update = {.web_offer = web, .sip = sip, .local = web_local};
    check(zv_plan_web_update(&update, &plan, &body), &plan, &body);
    if (zv_plan_read_sip(sip, false, sip_local, &remote))
        return;
    if (zv_plan_video_change(sip, &remote, &before) == ZV_VIDEO_CHANGE_NONE)
        before.video = (struct zv_video_plan){.committed = -1};
    const struct zv_plan_web_video_offer offer = {
        .sip_offer = sip, .remote = &remote, .before = web, .local = web_local};
    body = fresh();
    check(zv_plan_web_video_offer(&offer, &before, &body), &before, &body);
    zv_plan_web_video_answer(sip, web, &before);
    check_plan(&before);
    body = fresh();
    check(zv_plan_answer_again(sip, &remote, sip_local, &before, &body), &before, &body);
}

/* An offer that is refused is made again as it may be, and the policy stands. */
static void plan_repaired(const struct zv_sdp *web, const struct zv_sdp *theirs,
                          const struct zv_plan_sip *before, uint16_t warning)
{
    static char first_memory[ZV_MAX_SDP_BYTES];
    struct zv_buf first = zv_buf(first_memory, sizeof(first_memory)), body = fresh();
    struct zv_plan_sip local = *before;
    struct zv_media_plan plan = {.committed = -1};
    struct zv_rand_seeded seed = {.state = warning};
    struct zv_rand rand = zv_rand_seeded_source(&seed);
    struct zv_plan_refusal refusal = {.warning = warning, .theirs = theirs};
    struct zv_sdp ours;
    uint8_t parts;
    if (zv_plan_sip_offer(web, &local, &plan, &first) != ZV_PLAN_OK ||
        zv_sdp_parse(zv_buf_str(&first), &ours) ||
        !zv_plan_repair(&ours, &refusal, &local, &parts, &local.cut))
        return;
    zv_plan_offer_srtp(&rand, &local);
    enum zv_plan_verdict verdict = zv_plan_sip_offer(web, &local, &plan, &body);
    check(verdict, &plan, &body);
    require(verdict == ZV_PLAN_OK || verdict == ZV_PLAN_TOO_LARGE);
    require(local.srtp != ZV_SRTP_POLICY_REQUIRED ||
            (local.audio.is_savp && local.audio.crypto_count));
    require(local.srtp != ZV_SRTP_POLICY_OFF ||
            (!local.audio.is_savp && !local.audio.crypto_count));
}

static void plan_outgoing(const struct zv_sdp *web, const struct zv_sdp *sip,
                          const struct zv_plan_web *web_local, const struct zv_plan_sip *sip_local)
{
    struct zv_media_plan plan = {.committed = -1};
    struct zv_plan_sip_remote remote = {.audio.direction = ZV_SDP_SENDRECV};
    struct zv_buf body = fresh();
    enum zv_plan_verdict verdict = zv_plan_sip_offer(web, sip_local, &plan, &body);
    check(verdict, &plan, &body);
    body = fresh();
    zv_plan_read_sip(sip, true, sip_local, &remote);
    check_srtp(&remote.audio.srtp, sip_local);
    const struct zv_plan_web_answer in = {
        .web_offer = web, .sip_answer = sip, .remote = &remote, .local = web_local};
    verdict = zv_plan_web_answer(&in, &plan, &body);
    check(verdict, &plan, &body);
    require(verdict != ZV_PLAN_OK || zv_media_plan_committed(&plan));
    zv_plan_follow_answer(sip, &remote, &plan);
    check_plan(&plan);
    body = fresh();
    verdict = zv_plan_answer_again(sip, &remote, sip_local, &plan, &body);
    check(verdict, &plan, &body);
    body = fresh();
    verdict = zv_plan_committed_offer(&plan, sip, sip_local, &body);
    check(verdict, &plan, &body);
    plan_later(web, sip, web_local, sip_local, plan);
}

static void plan_incoming(const struct zv_sdp *web, const struct zv_sdp *sip,
                          const struct zv_plan_web *web_local, const struct zv_plan_sip *sip_local)
{
    struct zv_media_plan plan = {.committed = -1};
    struct zv_plan_web_remote remote;
    struct zv_plan_sip_remote caller = {0};
    struct zv_plan_sip answering = *sip_local;
    struct zv_rand_seeded seed = {.state = 1};
    struct zv_rand rand = zv_rand_seeded_source(&seed);
    struct zv_buf body = fresh();
    zv_plan_read_sip(sip, false, sip_local, &caller);
    zv_plan_answer_srtp(&(struct zv_plan_sip_remote){0}, &rand, &answering, &caller);
    check_srtp(&caller.audio.srtp, &answering);
    check(zv_plan_web_offer(sip, &caller, web_local, &plan, &body), &plan, &body);
    body = fresh();
    check(zv_plan_sip_answer(sip, web, &answering, &plan, &body), &plan, &body);
    plan_later(web, sip, web_local, &answering, plan);
    zv_plan_read_web(web, &remote);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zv_sdp theirs, web, sip;
    struct zv_addr addr = {.family = ZV_ADDR_IPV4, .ip = {192, 0, 2, 5}, .port = 12000};
    struct zv_plan_web web_local = {.ufrag = zv_str("gwUF"),
                                    .pwd = zv_str("gatewaypasswordgateway12"),
                                    .fingerprint = zv_str("sha-256 AA"),
                                    .cname = zv_str("c"),
                                    .video_ssrc = size % 5 ? 1 : 0,
                                    .video_rtx_ssrc = size % 7 ? 2 : 0,
                                    .video_kbps = 1000,
                                    .candidates = {addr},
                                    .candidate_count = 1};
    struct zv_rand_seeded seed = {.state = size};
    struct zv_rand rand = zv_rand_seeded_source(&seed);
    struct zv_plan_sip sip_local = {.audio.rtp = addr,
                                    .video.rtp = addr,
                                    .video_kbps = 1000,
                                    .version = 1,
                                    .srtp = (enum zv_srtp_policy)(size % 3)};
    check_crypto(zv_str_n((const char *)data, size));
    zv_plan_offer_srtp(&rand, &sip_local);
    if (zv_sdp_parse(zv_str_n((const char *)data, size), &theirs))
        return 0;
    require(zv_sdp_parse(zv_str(usual_web), &web) == 0);
    require(zv_sdp_parse(zv_str(usual_sip), &sip) == 0);
    plan_outgoing(&theirs, &sip, &web_local, &sip_local);
    plan_outgoing(&web, &theirs, &web_local, &sip_local);
    plan_outgoing(&theirs, &theirs, &web_local, &sip_local);
    plan_incoming(&theirs, &sip, &web_local, &sip_local);
    plan_incoming(&web, &theirs, &web_local, &sip_local);
    plan_incoming(&theirs, &theirs, &web_local, &sip_local);
    plan_repaired(&theirs, NULL, &sip_local, (uint16_t)(299 + size % 9));
    plan_repaired(&web, &theirs, &sip_local, 0);
    plan_repaired(&theirs, &sip, &sip_local, 0);
    return 0;
}
