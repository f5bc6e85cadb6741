#include "rtc/peer/latch.h"

void zv_latch_start(struct zv_latch *latch, const struct zv_addr *rtp, const struct zv_addr *rtcp,
                    bool strict)
{
    *latch = (struct zv_latch){
        .announced = *rtp,
        .announced_rtcp = *rtcp,
        .strict = strict,
        .is_private = zv_addr_is_private(rtp),
    };
}

void zv_latch_restart(struct zv_latch *latch, const struct zv_addr *rtp, const struct zv_addr *rtcp)
{
    const struct zv_latch before = *latch;
    const struct zv_latch_source *source = before.locked ? &before.source : &before.left;
    zv_latch_start(latch, rtp, rtcp, before.strict);
    if (!zv_addr_eq(&before.announced, rtp) && !zv_addr_eq(&source->addr, rtp))
        latch->left = *source;
}

static bool is_straggler(const struct zv_latch *latch, const struct zv_latch_packet *packet,
                         int64_t now_us)
{
    return latch->left.count && zv_addr_eq(&packet->source, &latch->left.addr) &&
           now_us - latch->left.heard_us < ZV_LATCH_SILENCE_US;
}

static bool goes_on(const struct zv_latch_source *source, const struct zv_latch_packet *packet)
{
    uint16_t step = (uint16_t)(packet->seq - source->seq);
    return packet->ssrc == source->ssrc && step > 0 && step <= ZV_LATCH_MAX_STEP;
}

static void begin(struct zv_latch_source *source, const struct zv_latch_packet *packet)
{
    source->addr = packet->source;
    source->ssrc = packet->ssrc;
    source->seq = packet->seq;
    source->count = 1;
}

/* The packet's place in line: its own, else a free or deserted one, else NULL. */
static struct zv_latch_source *place_of(struct zv_latch *latch,
                                        const struct zv_latch_packet *packet, int64_t now_us)
{
    struct zv_latch_source *vacant = NULL;
    for (size_t i = 0; i < ZV_LATCH_MAX_SOURCES; i++) {
        struct zv_latch_source *source = &latch->line[i];
        if (source->count && now_us - source->heard_us >= ZV_LATCH_SILENCE_US)
            source->count = 0;
        if (source->count && zv_addr_eq(&source->addr, &packet->source))
            return source;
        if (!source->count && !vacant)
            vacant = source;
    }
    return vacant;
}

static bool is_first_in_line(const struct zv_latch *latch, const struct zv_latch_source *source)
{
    for (size_t i = 0; i < ZV_LATCH_MAX_SOURCES; i++) {
        if (latch->line[i].count)
            return &latch->line[i] == source;
    }
    return false;
}

static enum zv_latch_verdict before_lock(struct zv_latch *latch,
                                         const struct zv_latch_packet *packet, int64_t now_us)
{
    if (!latch->is_private && !zv_addr_ip_eq(&packet->source, &latch->announced))
        return ZV_LATCH_REJECT;
    if (is_straggler(latch, packet, now_us))
        return ZV_LATCH_PASS;
    struct zv_latch_source *source = place_of(latch, packet, now_us);
    if (!source)
        return ZV_LATCH_REJECT;
    if (source->count && goes_on(source, packet)) {
        source->seq = packet->seq;
        source->count++;
    } else {
        begin(source, packet);
    }
    source->heard_us = now_us;
    if (source->count >= ZV_LATCH_CONSISTENT) {
        latch->source = *source;
        latch->locked = true;
        return ZV_LATCH_LOCKED;
    }
    return is_first_in_line(latch, source) ? ZV_LATCH_PASS : ZV_LATCH_REJECT;
}

static void follow(struct zv_latch_source *source, const struct zv_latch_packet *packet,
                   int64_t now_us)
{
    if (packet->ssrc != source->ssrc || goes_on(source, packet)) {
        source->ssrc = packet->ssrc; /* the locked source may begin a new stream */
        source->seq = packet->seq;
    }
    source->heard_us = now_us;
}

static enum zv_latch_verdict after_lock(struct zv_latch *latch,
                                        const struct zv_latch_packet *packet, int64_t now_us)
{
    struct zv_latch_source *source = &latch->source;
    if (zv_addr_eq(&packet->source, &source->addr)) {
        follow(source, packet, now_us);
        return ZV_LATCH_PASS;
    }
    if (now_us - source->heard_us < ZV_LATCH_SILENCE_US || !goes_on(source, packet) ||
        !zv_addr_ip_eq(&packet->source, &source->addr))
        return ZV_LATCH_REJECT;
    source->addr = packet->source;
    follow(source, packet, now_us);
    return ZV_LATCH_LOCKED;
}

enum zv_latch_verdict zv_latch_on_rtp(struct zv_latch *latch, const struct zv_latch_packet *packet,
                                      int64_t now_us)
{
    if (latch->strict)
        return zv_addr_eq(&packet->source, &latch->announced) ? ZV_LATCH_PASS : ZV_LATCH_REJECT;
    if (latch->locked)
        return after_lock(latch, packet, now_us);
    return before_lock(latch, packet, now_us);
}

enum zv_latch_verdict zv_latch_on_rtcp(struct zv_latch *latch, const struct zv_addr *source)
{
    bool fits;
    if (latch->strict)
        fits = zv_addr_eq(source, &latch->announced_rtcp);
    else if (latch->locked)
        fits = zv_addr_ip_eq(source, &latch->source.addr) ||
               zv_addr_eq(source, &latch->announced_rtcp);
    else
        fits = latch->is_private || zv_addr_ip_eq(source, &latch->announced) ||
               zv_addr_ip_eq(source, &latch->announced_rtcp);
    if (!fits)
        return ZV_LATCH_REJECT;
    latch->rtcp_source = *source;
    return ZV_LATCH_PASS;
}

/* ---- SRTP ---- */

bool zv_latch_may_come(const struct zv_latch *latch, const struct zv_addr *source, bool is_rtcp)
{
    return !latch->strict ||
           zv_addr_eq(source, is_rtcp ? &latch->announced_rtcp : &latch->announced);
}

/* Of the stream that is locked, behind what came of it just now. */
static bool is_late(const struct zv_latch_source *source, const struct zv_latch_packet *packet,
                    int64_t now_us)
{
    return packet->ssrc == source->ssrc && (int16_t)(uint16_t)(packet->seq - source->seq) <= 0 &&
           now_us - source->heard_us < ZV_LATCH_SILENCE_US;
}

enum zv_latch_verdict zv_latch_on_authentic_rtp(struct zv_latch *latch,
                                                const struct zv_latch_packet *packet,
                                                int64_t now_us)
{
    struct zv_latch_source *source = &latch->source;
    if (latch->strict || (latch->locked && is_late(source, packet, now_us)))
        return ZV_LATCH_PASS;
    bool is_known = latch->locked && zv_addr_eq(&packet->source, &source->addr);
    begin(source, packet);
    source->heard_us = now_us;
    latch->locked = true;
    return is_known ? ZV_LATCH_PASS : ZV_LATCH_LOCKED;
}

void zv_latch_on_authentic_rtcp(struct zv_latch *latch, const struct zv_addr *source)
{
    latch->rtcp_source = *source;
    latch->is_rtcp_authentic = true;
}

const struct zv_addr *zv_latch_rtp_target(const struct zv_latch *latch)
{
    return latch->locked ? &latch->source.addr : &latch->announced;
}

const struct zv_addr *zv_latch_rtcp_target(const struct zv_latch *latch)
{
    bool has_moved =
        latch->is_rtcp_authentic || (latch->locked && latch->rtcp_source.family &&
                                     zv_addr_ip_eq(&latch->rtcp_source, &latch->source.addr));
    return has_moved ? &latch->rtcp_source : &latch->announced_rtcp;
}
