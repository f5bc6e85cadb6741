/*
 * What the far end says: reports on what we send and on itself, and what it asks for by feedback.
 *
 * Round-trip time: the far end returns the time stamp of our SR (LSR) and how long it kept it
 * (DLSR). The stamp is looked up among those of the last SRs and the trip is measured on our
 * monotonic clock, so that neither a step of the wall clock nor an invented LSR yields a figure.
 */
#include "rtc/rtcp/session_int.h"

/* A FIR with the number of the last one is the same command for so long. */
#define FIR_REPEAT_US ZV_SECONDS(2)

/* ---- Reports ---- */

static void update_rtt(struct zv_rtcp_session *session, const struct zv_rtcp_block *block,
                       int64_t now_us)
{
    for (size_t i = 0; block->last_sr && i < ZV_RTCP_SENT_STAMPS; i++) {
        const struct zv_rtcp_stamp *stamp = &session->stamps[i];
        if (stamp->ntp_middle != block->last_sr)
            continue;
        int64_t kept_us = (int64_t)(((uint64_t)block->delay_q16 * ZV_US_PER_S) >> 16);
        int64_t rtt_us = now_us - stamp->sent_us - kept_us;
        session->far.rtt_us = ZV_MAX(rtt_us, 0); /* its clock may run faster by some ppm */
    }
}

static void on_block(struct zv_rtcp_session *session, const struct zv_rtcp_block *block,
                     int64_t now_us)
{
    if (block->ssrc != session->out->ssrc)
        return;
    session->far.report_us = now_us;
    session->far.fraction_lost = block->fraction_lost;
    session->far.lost = block->lost;
    session->far.jitter_ts = block->jitter_ts;
    update_rtt(session, block, now_us);
}

/* The report names a moment on the media clock that its packets are near to. */
static bool is_sender_plausible(const struct zv_rtp_in *in, const struct zv_rtcp_sender *sender,
                                int64_t now_us)
{
    int64_t since_us = now_us - in->heard_us;
    if (!in->has_source || !in->has_transit || since_us > ZV_SECONDS(ZV_RTCP_MAX_CLOCK_STEP_S))
        return true; /* nothing is known of it */
    int64_t ticks = since_us * in->clock_hz / ZV_US_PER_S;
    int64_t step = (int32_t)(sender->ts - in->sampled_ts - (uint32_t)ticks);
    int64_t most = (int64_t)ZV_RTCP_MAX_CLOCK_STEP_S * in->clock_hz;
    return step <= most && step >= -most;
}

/* The leg may have another stream, whose reports come here as well. */
static void on_sender(struct zv_rtcp_session *session, const struct zv_rtcp_sender *sender,
                      int64_t now_us)
{
    const struct zv_rtp_in *in = session->in;
    if (in->has_source && in->ssrc != sender->ssrc)
        return;
    session->far_ssrc = sender->ssrc;
    session->far_ntp_middle = zv_rtcp_ntp_middle(sender->ntp);
    session->far_sr_us = now_us;
    session->far.sender_packets = sender->packets;
    session->far.sender_octets = sender->octets;
    if (session->heard && in->has_source && is_sender_plausible(in, sender, now_us))
        zv_rtcp_clock_on_sender(session->heard, session->stream, sender, in->clock_hz, now_us);
}

static void on_bye(struct zv_rtcp_session *session, const struct zv_rtcp_packet *packet)
{
    if (session->far.has_left || !session->in->has_source ||
        !zv_rtcp_bye_has(packet, session->in->ssrc))
        return;
    session->far.has_left = true;
    session->left_ssrc = session->in->ssrc;
    session->is_bye_due = true;
}

/* ---- Feedback about what we send ---- */

static void ask_keyframe(struct zv_rtcp_session *session, bool is_fir)
{
    session->asked.keyframe = true;
    session->asked.is_fir = is_fir;
    *(is_fir ? &session->counters.firs_in : &session->counters.plis_in) += 1;
}

/*
 * A number that was seen is the same command, sent again lest it is lost. Some senders never count
 * up: after a while it is a command again.
 */
static bool is_fir_done(const struct zv_rtcp_session *session, uint32_t sender_ssrc, uint8_t seq,
                        int64_t now_us)
{
    const struct zv_rtcp_fir_done *done = &session->fir;
    return done->is_known && done->sender_ssrc == sender_ssrc && done->seq == seq &&
           now_us - done->heard_us < FIR_REPEAT_US;
}

static void on_firs(struct zv_rtcp_session *session, const struct zv_rtcp_packet *packet,
                    int64_t now_us)
{
    struct zv_rtcp_fir fir;
    uint32_t sender_ssrc = 0;
    zv_rtcp_ssrc(packet, &sender_ssrc);
    for (size_t i = 0; zv_rtcp_parse_fir(packet, i, &fir); i++) {
        if (fir.ssrc != session->out->ssrc || is_fir_done(session, sender_ssrc, fir.seq, now_us))
            continue;
        session->fir = (struct zv_rtcp_fir_done){true, sender_ssrc, fir.seq, now_us};
        ask_keyframe(session, true);
    }
}

static void on_nack(struct zv_rtcp_session *session, const struct zv_rtcp_packet *packet)
{
    struct zv_rtcp_asked *asked = &session->asked;
    uint32_t ssrc;
    if (!zv_rtcp_media_ssrc(packet, &ssrc) || ssrc != session->out->ssrc)
        return;
    size_t i = 0;
    while (asked->nack_count < ZV_RTCP_MAX_NACKS &&
           zv_rtcp_parse_nack(packet, i, &asked->nacks[asked->nack_count])) {
        asked->nack_count++;
        i++;
    }
    session->counters.nacks_in += i > 0;
}

/* RFC 5104 section 4.2.2: it is answered by what is in force now, with whose limit it is. */
static void on_tmmbr(struct zv_rtcp_session *session, const struct zv_rtcp_packet *packet,
                     int64_t now_us)
{
    struct zv_rtcp_tmmb entry;
    uint8_t bytes[32];
    struct zv_buf buf = zv_buf(bytes, sizeof(bytes));
    for (size_t i = 0; zv_rtcp_parse_tmmbr(packet, i, &entry); i++) {
        if (entry.ssrc != session->out->ssrc || !zv_rtcp_ssrc(packet, &entry.ssrc))
            continue;
        zv_rtcp_write_tmmbn(&buf, session->out->ssrc, &entry);
        if (zv_rtcp_session_add(session, bytes, buf.len, now_us))
            return; /* without an answer it asks again */
        session->asked.tmmbr = true;
        session->asked.tmmbr_bits_per_s = entry.bits_per_s;
        session->counters.limits_in++;
        return;
    }
}

static void on_tmmbn(struct zv_rtcp_session *session, const struct zv_rtcp_packet *packet)
{
    struct zv_rtcp_tmmb entry;
    uint32_t ssrc;
    if (!zv_rtcp_is_tmmbn(packet) || !zv_rtcp_ssrc(packet, &ssrc) || !session->in->has_source ||
        ssrc != session->in->ssrc)
        return;
    session->far.limit_bits_per_s = zv_rtcp_parse_tmmbn(packet, 0, &entry) ? entry.bits_per_s : 0;
}

static void on_remb(struct zv_rtcp_session *session, const struct zv_rtcp_packet *packet)
{
    uint64_t bits_per_s;
    if (!zv_rtcp_parse_remb(packet, &bits_per_s) || !zv_rtcp_remb_has(packet, session->out->ssrc))
        return;
    session->asked.remb = true;
    session->asked.remb_bits_per_s = bits_per_s;
    session->counters.limits_in++;
}

static void on_feedback(struct zv_rtcp_session *session, const struct zv_rtcp_packet *packet,
                        int64_t now_us)
{
    /* The old FIR names no target: whose stream it is, the port says. */
    if (packet->type == ZV_RTCP_FIR_OLD || zv_rtcp_is_pli(packet, session->out->ssrc))
        ask_keyframe(session, false);
    on_firs(session, packet, now_us);
    on_nack(session, packet);
    on_tmmbr(session, packet, now_us);
    on_tmmbn(session, packet);
    on_remb(session, packet);
}

bool zv_rtcp_session_take_heard(struct zv_rtcp_session *session, struct zv_rtcp_out *ret_out)
{
    struct zv_rtcp_asked *asked = &session->asked;
    if (asked->keyframe) {
        *ret_out = (struct zv_rtcp_out){.kind = ZV_RTCP_OUT_KEYFRAME, .is_fir = asked->is_fir};
        asked->keyframe = false;
    } else if (asked->nack_count) {
        *ret_out = (struct zv_rtcp_out){
            .kind = ZV_RTCP_OUT_NACK, .nacks = asked->nacks, .nack_count = asked->nack_count};
        asked->nack_count = 0;
    } else if (asked->tmmbr) {
        *ret_out =
            (struct zv_rtcp_out){.kind = ZV_RTCP_OUT_TMMBR, .bits_per_s = asked->tmmbr_bits_per_s};
        asked->tmmbr = false;
    } else if (asked->remb) {
        *ret_out =
            (struct zv_rtcp_out){.kind = ZV_RTCP_OUT_REMB, .bits_per_s = asked->remb_bits_per_s};
        asked->remb = false;
    } else {
        return false;
    }
    return true;
}

/* ---- The datagram ---- */

static void on_packet(struct zv_rtcp_session *session, const struct zv_rtcp_packet *packet,
                      int64_t now_us)
{
    struct zv_rtcp_sender sender;
    struct zv_rtcp_block block;
    if (zv_rtcp_parse_sender(packet, &sender))
        on_sender(session, &sender, now_us);
    for (size_t i = 0; zv_rtcp_parse_block(packet, i, &block); i++)
        on_block(session, &block, now_us);
    on_bye(session, packet);
    if (session->is_video)
        on_feedback(session, packet, now_us);
}

/* It begins with a report; or, about video, it is feedback alone. */
static bool is_accepted(const struct zv_rtcp_session *session, const uint8_t *data, size_t len)
{
    if (zv_rtcp_is_compound(data, len))
        return true;
    return session->is_video &&
           (data[1] == ZV_RTCP_RTPFB || data[1] == ZV_RTCP_PSFB || data[1] == ZV_RTCP_FIR_OLD);
}

enum zv_rtp_verdict zv_rtcp_session_on_datagram(struct zv_rtcp_session *session,
                                                const uint8_t *data, size_t len, int64_t now_us)
{
    zv_rtcp_session_begin(session);
    enum zv_rtp_verdict verdict = zv_rtcp_check(data, len);
    if (verdict == ZV_RTP_PASS && !is_accepted(session, data, len))
        verdict = ZV_RTP_DROP_TYPE;
    if (verdict != ZV_RTP_PASS) {
        session->counters.dropped++;
        return verdict;
    }
    struct zv_rtcp_cursor cursor = zv_rtcp_cursor(data, len);
    struct zv_rtcp_packet packet;
    session->counters.packets_in++;
    session->far.heard_us = now_us;
    if (session->in->ssrc != session->left_ssrc)
        session->far.has_left = false; /* another source came after the one that left */
    while (zv_rtcp_next(&cursor, &packet))
        on_packet(session, &packet, now_us);
    return ZV_RTP_PASS;
}
