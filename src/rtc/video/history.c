#include "rtc/video/history.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/time.h"

#include <stdbool.h>
#include <string.h>

/* A packet in the arena. Positions count all bytes ever written: modulo the size they are places,
 * and what lies further back than the size is overwritten. */
struct slot {
    uint64_t start;
    int64_t repaired_us;
    uint16_t seq;
    uint16_t len; /* 0: never used */
    bool is_repaired;
};

struct zv_video_history {
    uint8_t *arena; /* behind the slots, in the same block */
    size_t arena_bytes;
    uint64_t written;
    size_t slot_mask;
    size_t budget_bytes;
    uint64_t counts[ZV_VIDEO_REPAIR_COUNT];
    struct slot slots[];
};

int zv_video_history_new(struct zv_video_history **ret_history,
                         const struct zv_video_history_cfg *cfg)
{
    size_t slots = cfg->packets ? cfg->packets : ZV_VIDEO_HISTORY_PACKETS;
    size_t bytes = cfg->bytes ? cfg->bytes : ZV_VIDEO_HISTORY_BYTES;
    if (slots & (slots - 1) || slots > ZV_VIDEO_HISTORY_MAX_PACKETS ||
        bytes < ZV_MAX_MEDIA_DGRAM_BYTES || bytes > ZV_VIDEO_HISTORY_MAX_BYTES)
        return ZV_E_INVAL;
    size_t head = sizeof(struct zv_video_history) + slots * sizeof(struct slot);
    struct zv_video_history *history = zv_zalloc(head + bytes);
    if (!history)
        return ZV_E_NOMEM;
    history->arena = (uint8_t *)history + head;
    history->arena_bytes = bytes;
    history->slot_mask = slots - 1;
    history->budget_bytes = ZV_VIDEO_REPAIR_BURST_BYTES;
    *ret_history = history;
    return 0;
}

struct zv_video_history *zv_video_history_free(struct zv_video_history *history)
{
    return zv_free(history);
}

void zv_video_history_clear(struct zv_video_history *history)
{
    memset(history->slots, 0, (history->slot_mask + 1) * sizeof(history->slots[0]));
}

void zv_video_history_put(struct zv_video_history *history, uint16_t seq, const uint8_t *packet,
                          size_t len)
{
    if (!len || len > ZV_MAX_MEDIA_DGRAM_BYTES)
        return;
    size_t place = history->written % history->arena_bytes;
    if (place + len > history->arena_bytes) { /* no packet lies across the end */
        history->written += history->arena_bytes - place;
        place = 0;
    }
    memcpy(history->arena + place, packet, len);
    history->slots[seq & history->slot_mask] =
        (struct slot){.start = history->written, .seq = seq, .len = (uint16_t)len};
    history->written += len;
    history->budget_bytes = ZV_MIN(history->budget_bytes + len / ZV_VIDEO_REPAIR_SHARE,
                                   (size_t)ZV_VIDEO_REPAIR_BURST_BYTES);
}

static bool is_kept(const struct zv_video_history *history, const struct slot *slot, uint16_t seq)
{
    return slot->len && slot->seq == seq && history->written - slot->start <= history->arena_bytes;
}

static enum zv_video_repair judge(const struct zv_video_history *history, const struct slot *slot,
                                  uint16_t seq, int64_t rtt_us, int64_t now_us)
{
    int64_t apart_us = ZV_MIN(ZV_MAX(rtt_us, ZV_VIDEO_REPAIR_MIN_US), ZV_VIDEO_REPAIR_MAX_US);
    if (!is_kept(history, slot, seq))
        return ZV_VIDEO_REPAIR_GONE;
    if (slot->is_repaired && now_us - slot->repaired_us < apart_us)
        return ZV_VIDEO_REPAIR_SOON;
    if (slot->len > history->budget_bytes)
        return ZV_VIDEO_REPAIR_LIMITED;
    return ZV_VIDEO_REPAIR_FOUND;
}

enum zv_video_repair zv_video_history_get(struct zv_video_history *history, uint16_t seq,
                                          int64_t rtt_us, int64_t now_us,
                                          const uint8_t **ret_packet, size_t *ret_len)
{
    struct slot *slot = &history->slots[seq & history->slot_mask];
    enum zv_video_repair repair = judge(history, slot, seq, rtt_us, now_us);
    history->counts[repair]++;
    if (repair != ZV_VIDEO_REPAIR_FOUND)
        return repair;
    slot->is_repaired = true;
    slot->repaired_us = now_us;
    history->budget_bytes -= slot->len;
    *ret_packet = history->arena + slot->start % history->arena_bytes;
    *ret_len = slot->len;
    return repair;
}

uint64_t zv_video_history_count(const struct zv_video_history *history, enum zv_video_repair repair)
{
    return history->counts[repair];
}
