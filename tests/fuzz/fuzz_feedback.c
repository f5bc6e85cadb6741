/*
 * RTCP feedback: the readers on any packet, writers of what they read, and a session of video that
 * hears datagrams cut from the input while it sends feedback of its own, clocks on both sides.
 */
#include "base/buf.h"
#include "rtc/rtcp/session.h"

#include <stdlib.h>
#include <string.h>

static void require(bool holds)
{
    if (!holds)
        abort();
}

static struct zv_rtcp_packet only(const struct zv_buf *buf)
{
    struct zv_rtcp_cursor cursor = zv_rtcp_cursor((const uint8_t *)buf->p, buf->len);
    struct zv_rtcp_packet packet;
    require(zv_rtcp_check(cursor.p, cursor.left) == ZV_RTP_PASS);
    require(zv_rtcp_next(&cursor, &packet) && !cursor.left);
    return packet;
}

/* A limit that was read is written and read again: rounding happens once. */
static void run_limit(const struct zv_rtcp_tmmb *entry)
{
    uint8_t bytes[64];
    struct zv_buf buf = zv_buf(bytes, sizeof(bytes));
    struct zv_rtcp_tmmb again, more;
    uint64_t rate;
    zv_rtcp_write_tmmbr(&buf, 1, entry);
    struct zv_rtcp_packet packet = only(&buf);
    require(zv_rtcp_parse_tmmbr(&packet, 0, &again) && !zv_rtcp_parse_tmmbr(&packet, 1, &more));
    require(again.ssrc == entry->ssrc && again.overhead_bytes == entry->overhead_bytes);
    require(again.bits_per_s == entry->bits_per_s || entry->bits_per_s == UINT64_MAX);
    buf = zv_buf(bytes, sizeof(bytes));
    zv_rtcp_write_remb(&buf, 1, entry->bits_per_s, &entry->ssrc, 1);
    packet = only(&buf);
    require(zv_rtcp_parse_remb(&packet, &rate) && zv_rtcp_remb_has(&packet, entry->ssrc));
    require(rate == entry->bits_per_s || entry->bits_per_s == UINT64_MAX);
}

static void run_packet(const struct zv_rtcp_packet *packet)
{
    struct zv_rtcp_tmmb entry;
    struct zv_rtcp_fir fir;
    struct zv_rtcp_nack nack;
    uint32_t ssrc = 0;
    uint64_t rate;
    size_t entries = 0;
    zv_rtcp_media_ssrc(packet, &ssrc);
    zv_rtcp_is_pli(packet, ssrc);
    while (zv_rtcp_parse_tmmbr(packet, entries, &entry) ||
           zv_rtcp_parse_tmmbn(packet, entries, &entry)) {
        run_limit(&entry);
        entries++;
    }
    while (zv_rtcp_parse_fir(packet, entries, &fir) || zv_rtcp_parse_nack(packet, entries, &nack))
        entries++;
    require(entries <= packet->len / 4);
    if (zv_rtcp_remb_has(packet, ssrc))
        require(zv_rtcp_parse_remb(packet, &rate));
}

static void run_readers(const uint8_t *data, size_t size)
{
    struct zv_rtcp_cursor cursor = zv_rtcp_cursor(data, size);
    struct zv_rtcp_packet packet;
    while (zv_rtcp_next(&cursor, &packet))
        run_packet(&packet);
}

/* A session and what it stands on. */
struct end {
    struct zv_rtp_out out;
    struct zv_rtp_in in;
    struct zv_rtcp_clock clock;
    struct zv_rtcp_session *session;
    int64_t now_us;
};

static void drain(struct end *end)
{
    struct zv_rtcp_out out;
    while (zv_rtcp_session_poll(end->session, &out) != ZV_RTCP_OUT_NONE) {
        require(out.kind < ZV_RTCP_OUT_COUNT);
        require(out.nack_count <= ZV_RTCP_MAX_NACKS);
        if (out.kind != ZV_RTCP_OUT_SEND)
            continue;
        require(zv_rtcp_check(out.data, out.len) == ZV_RTP_PASS);
        require(zv_rtcp_is_compound(out.data, out.len));
    }
}

/* A packet of media each way, so that there are sources. */
static void move_media(struct end *end, uint16_t seq)
{
    const struct zv_rtp_header header = {.ssrc = 2, .seq = seq, .ts = seq * 3000U};
    const struct zv_rtp_source source = {2, seq, seq * 3000U, false, 100};
    struct zv_rtp_rewrite rewrite;
    if (zv_rtp_in_update(&end->in, &header, end->now_us) != ZV_RTP_PASS)
        return;
    if (zv_rtp_out_map(&end->out, &source, end->now_us, &rewrite) != ZV_RTP_PASS)
        return;
}

static void add(struct end *end, unsigned kind)
{
    uint8_t bytes[256];
    struct zv_buf buf = zv_buf(bytes, sizeof(bytes));
    const struct zv_rtcp_nack items[4] = {{1, 2}};
    const struct zv_rtcp_fir fir = {2, (uint8_t)kind};
    if (kind & 1)
        zv_rtcp_write_pli(&buf, end->out.ssrc, end->in.ssrc);
    if (kind & 2)
        zv_rtcp_write_nack(&buf, end->out.ssrc, end->in.ssrc, items, kind >> 2 & 3);
    if (kind & 16)
        zv_rtcp_write_fir(&buf, end->out.ssrc, &fir);
    if (zv_rtcp_session_room(end->session) < ZV_RTCP_FEEDBACK_BYTES / 2)
        return; /* few packets enough for one compound */
    require(zv_rtcp_session_add(end->session, bytes, buf.len, end->now_us) == 0);
}

/* Three bytes before each step: time, what happens, length. SSRCs are small, to be met. */
static void run_session(const uint8_t *data, size_t size)
{
    struct zv_rand_seeded seeded = {5};
    struct zv_rand rand = zv_rand_seeded_source(&seeded);
    struct end end = {.now_us = ZV_SECONDS(1)};
    zv_rtp_out_init(&end.out, 90000, &rand);
    end.out.ssrc = 1;
    zv_rtp_in_init(&end.in, 90000);
    zv_rtcp_clock_init(&end.clock);
    const struct zv_rtcp_session_cfg cfg = {.out = &end.out,
                                            .in = &end.in,
                                            .cname = ZV_STR_LIT("x"),
                                            .rand = rand,
                                            .now_us = end.now_us,
                                            .is_video = true,
                                            .stream = 1,
                                            .heard = &end.clock,
                                            .source = &end.clock};
    if (zv_rtcp_session_new(&end.session, &cfg))
        return;
    for (uint16_t seq = 0; size >= 3; seq++) {
        size_t len = ZV_MIN((size_t)data[2], size - 3);
        end.now_us += data[0] * ZV_MS(1) / 4;
        if (data[1] & 0x80)
            move_media(&end, seq);
        if (data[1] & 0x40)
            add(&end, data[1]);
        drain(&end);
        if (zv_rtcp_session_deadline_us(end.session) <= end.now_us)
            zv_rtcp_session_on_timeout(end.session, end.now_us);
        drain(&end);
        if (zv_rtcp_session_on_datagram(end.session, data + 3, len, end.now_us) == ZV_RTP_PASS)
            drain(&end);
        data += 3 + len;
        size -= 3 + len;
    }
    zv_rtcp_session_close(end.session, end.now_us);
    drain(&end);
    zv_rtcp_session_free(end.session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    run_readers(data, size);
    run_session(data, size);
    return 0;
}
