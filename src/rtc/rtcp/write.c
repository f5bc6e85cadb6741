/*
 * Writing RTCP packets (RFC 3550 §6.4, §6.5, §6.6) into a bounded buffer.
 */
#include "rtc/rtcp/rtcp.h"

#define BLOCK_WORDS     6
#define SENDER_WORDS    6 /* SSRC and sender information */
#define SDES_CNAME      1
#define MAX_CNAME_BYTES 255

static void write_head(struct zv_buf *buf, enum zv_rtcp_type type, size_t count, size_t body_words)
{
    zv_buf_put_u8(buf, (uint8_t)(0x80 | count));
    zv_buf_put_u8(buf, (uint8_t)type);
    zv_buf_put_u16(buf, (uint16_t)body_words);
}

static void write_block(struct zv_buf *buf, const struct zv_rtcp_block *block)
{
    zv_buf_put_u32(buf, block->ssrc);
    zv_buf_put_u32(buf,
                   ((uint32_t)block->fraction_lost << 24) | ((uint32_t)block->lost & 0xffffff));
    zv_buf_put_u32(buf, block->highest_seq);
    zv_buf_put_u32(buf, block->jitter_ts);
    zv_buf_put_u32(buf, block->last_sr);
    zv_buf_put_u32(buf, block->delay_q16);
}

static void write_blocks(struct zv_buf *buf, const struct zv_rtcp_block *blocks, size_t count)
{
    for (size_t i = 0; i < count; i++)
        write_block(buf, &blocks[i]);
}

void zv_rtcp_write_sr(struct zv_buf *buf, const struct zv_rtcp_sender *sender,
                      const struct zv_rtcp_block *blocks, size_t count)
{
    count = ZV_MIN(count, (size_t)ZV_RTCP_MAX_BLOCKS);
    write_head(buf, ZV_RTCP_SR, count, SENDER_WORDS + BLOCK_WORDS * count);
    zv_buf_put_u32(buf, sender->ssrc);
    zv_buf_put_u64(buf, sender->ntp);
    zv_buf_put_u32(buf, sender->ts);
    zv_buf_put_u32(buf, sender->packets);
    zv_buf_put_u32(buf, sender->octets);
    write_blocks(buf, blocks, count);
}

void zv_rtcp_write_rr(struct zv_buf *buf, uint32_t ssrc, const struct zv_rtcp_block *blocks,
                      size_t count)
{
    count = ZV_MIN(count, (size_t)ZV_RTCP_MAX_BLOCKS);
    write_head(buf, ZV_RTCP_RR, count, 1 + BLOCK_WORDS * count);
    zv_buf_put_u32(buf, ssrc);
    write_blocks(buf, blocks, count);
}

void zv_rtcp_write_cname(struct zv_buf *buf, uint32_t ssrc, struct zv_str cname)
{
    static const uint8_t zeros[4];
    struct zv_str name = zv_str_head(cname, MAX_CNAME_BYTES);
    size_t item = 2 + name.len;
    size_t end = 4 - item % 4; /* one to four zeros end the chunk */
    write_head(buf, ZV_RTCP_SDES, 1, 1 + (item + end) / 4);
    zv_buf_put_u32(buf, ssrc);
    zv_buf_put_u8(buf, SDES_CNAME);
    zv_buf_put_u8(buf, (uint8_t)name.len);
    zv_buf_put_str(buf, name);
    zv_buf_put(buf, zeros, end);
}

void zv_rtcp_write_bye(struct zv_buf *buf, uint32_t ssrc)
{
    write_head(buf, ZV_RTCP_BYE, 1, 1);
    zv_buf_put_u32(buf, ssrc);
}
