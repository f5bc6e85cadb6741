/*
 * RTP and RTCP: the parsers on the whole input, the rewrite of whatever parses, and both streams
 * and the RTCP session on a sequence of packets cut from the input.
 */
#include "base/buf.h"
#include "rtc/rtcp/session.h"
#include "rtc/rtp/rtp.h"
#include "rtc/rtp/stream.h"

#include <stdlib.h>
#include <string.h>

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void run_extensions(const uint8_t *data, size_t size, const struct zv_rtp_header *header)
{
    for (unsigned id = 0; id < 256; id++) {
        const uint8_t *value;
        size_t len;
        if (zv_rtp_find_ext(data, header, (uint8_t)id, &value, &len))
            require(value >= data && value + len <= data + size);
    }
}

/* What was kept reads back; what was not is gone. */
static void run_rewrite(const uint8_t *data, size_t size, const struct zv_rtp_header *before)
{
    for (unsigned keep = 0; keep < 8; keep++) {
        uint8_t *copy = malloc(size), *p = copy;
        size_t len = size;
        struct zv_rtp_header after;
        struct zv_rtp_rewrite rewrite = {.pt = 8,
                                         .seq = 9,
                                         .keep_ext = keep & 1,
                                         .keep_csrc = keep & 2,
                                         .keep_padding = keep & 4};
        require(copy != NULL);
        memcpy(copy, data, size);
        zv_rtp_rewrite_header(before, &rewrite, &p, &len);
        require(p >= copy && p + len <= copy + size);
        require(zv_rtp_parse(p, len, &after) == ZV_RTP_PASS);
        require(after.payload_len == before->payload_len && after.seq == 9);
        require(after.has_ext == (before->has_ext && rewrite.keep_ext));
        require(memcmp(p + after.payload_at, data + before->payload_at, after.payload_len) == 0);
        free(copy);
    }
}

static void run_rtp(const uint8_t *data, size_t size)
{
    struct zv_rtp_header header;
    struct zv_rtp_event event;
    zv_rtp_demux(data, size);
    if (zv_rtp_parse(data, size, &header) != ZV_RTP_PASS)
        return;
    require(header.payload_at + header.payload_len + header.padding_len == size);
    if (zv_rtp_parse_event(data + header.payload_at, header.payload_len, &event) == ZV_RTP_PASS)
        require(event.volume < 64);
    run_extensions(data, size, &header);
    run_rewrite(data, size, &header);
}

static void run_rtcp_packet(const struct zv_rtcp_packet *packet)
{
    struct zv_rtcp_sender sender;
    struct zv_rtcp_block block;
    struct zv_str cname;
    uint32_t ssrc = 0;
    zv_rtcp_ssrc(packet, &ssrc);
    zv_rtcp_parse_sender(packet, &sender);
    for (size_t i = 0; i < 40; i++)
        zv_rtcp_parse_block(packet, i, &block);
    zv_rtcp_bye_has(packet, ssrc);
    if (zv_rtcp_find_cname(packet, ssrc, &cname))
        require((const uint8_t *)cname.p >= packet->body &&
                (const uint8_t *)cname.p + cname.len <= packet->body + packet->len);
}

static void run_rtcp(const uint8_t *data, size_t size)
{
    struct zv_rtcp_cursor cursor = zv_rtcp_cursor(data, size);
    struct zv_rtcp_packet packet;
    bool passes = zv_rtcp_check(data, size) == ZV_RTP_PASS;
    while (zv_rtcp_next(&cursor, &packet))
        run_rtcp_packet(&packet);
    require(!passes || !cursor.left);
}

/* Every sequence number that leaves is new: kept as one bit each, until the number comes again. */
static void require_fresh(uint64_t sent[1024], uint16_t *highest, bool *has_sent, uint16_t seq)
{
    int step = *has_sent ? (int16_t)(uint16_t)(seq - *highest) : 1;
    for (int i = 0; *has_sent && i < step; i++) {
        uint16_t passed = (uint16_t)(*highest + 1 + i);
        sent[passed / 64] &= ~(UINT64_C(1) << (passed % 64));
    }
    require(!(sent[seq / 64] & UINT64_C(1) << (seq % 64)));
    sent[seq / 64] |= UINT64_C(1) << (seq % 64);
    if (step > 0)
        *highest = seq;
    *has_sent = true;
}

static void run_streams(const uint8_t *data, size_t size)
{
    struct zv_rand_seeded seeded = {5};
    struct zv_rand rand = zv_rand_seeded_source(&seeded);
    struct zv_rtp_out out;
    struct zv_rtp_in in;
    struct zv_rtcp_session *session = NULL;
    uint64_t sent[1024] = {0};
    uint16_t highest = 0;
    bool has_sent = false;
    int64_t now_us = ZV_SECONDS(1);
    zv_rtp_out_init(&out, 8000, &rand);
    zv_rtp_in_init(&in, 8000);
    struct zv_rtcp_session_cfg cfg = {
        .out = &out, .in = &in, .cname = ZV_STR_LIT("x"), .rand = rand, .now_us = now_us};
    if (zv_rtcp_session_new(&session, &cfg) < 0)
        return;
    /* Eight bytes a packet: SSRC, time, sequence, timestamp; now and then RTCP from the rest. */
    for (; size >= 8; data += 8, size -= 8) {
        struct zv_rtp_header header = {
            .ssrc = data[0] & 3, .seq = zv_get_u16(data + 2), .ts = zv_get_u32(data + 4)};
        struct zv_rtp_source source = {header.ssrc, header.seq, header.ts, false, 160};
        struct zv_rtp_rewrite rewrite;
        struct zv_rtcp_out got;
        now_us += data[1] * ZV_MS(5);
        if (data[0] & 0x80)
            zv_rtp_out_set_clock(&out, data[0] & 0x40 ? 48000 : 8000);
        if (zv_rtp_in_update(&in, &header, now_us) == ZV_RTP_PASS)
            require(zv_rtp_in_lost(&in) <= in.packets * ZV_RTP_MAX_DROPOUT);
        if (zv_rtp_out_map(&out, &source, now_us, &rewrite) == ZV_RTP_PASS)
            require_fresh(sent, &highest, &has_sent, rewrite.seq);
        if (data[0] & 0x20)
            zv_rtcp_session_on_datagram(session, data + 8, ZV_MIN(size - 8, 64), now_us);
        else
            zv_rtcp_session_on_timeout(session, now_us);
        while (zv_rtcp_session_poll(session, &got) != ZV_RTCP_OUT_NONE)
            require(got.kind != ZV_RTCP_OUT_SEND ||
                    zv_rtcp_check(got.data, got.len) == ZV_RTP_PASS);
    }
    zv_rtcp_session_free(session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    run_rtp(data, size);
    run_rtcp(data, size);
    run_streams(data, size);
    return 0;
}
