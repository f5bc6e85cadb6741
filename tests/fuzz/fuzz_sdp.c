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
    "a=rtpmap:126 telephone-event/8000\r\na=mid:0\r\na=setup:actpass\r\n";
static const char usual_sip[] =
    "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 96 0 8 9 13 101\r\n"
    "a=rtpmap:96 opus/48000/2\r\na=rtpmap:101 telephone-event/8000\r\n";

static char memory[ZV_MAX_SDP_BYTES];

static void require(int is_true)
{
    if (!is_true)
        abort();
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
                                    .candidates = {addr},
                                    .candidate_count = 1};
    struct zv_rand_seeded seed = {.state = size};
    struct zv_rand rand = zv_rand_seeded_source(&seed);
    struct zv_plan_sip sip_local = {
        .audio.rtp = addr, .version = 1, .srtp = (enum zv_srtp_policy)(size % 3)};
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
    return 0;
}
