/*
 * The last messages to one session's client, numbered from 1, so that a client that returns gets
 * those that it missed. Without gaps: a message that could not be kept takes what was kept before
 * it along. Pure.
 */
#ifndef ZV_HTTP_OUTBOX_H
#define ZV_HTTP_OUTBOX_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZV_OUTBOX_MESSAGES 64
#define ZV_OUTBOX_BYTES    65536

struct zv_outbox_text;

/* Open, since the owner embeds it; zeroed at first, written by the functions only. */
struct zv_outbox {
    struct zv_outbox_text *texts[ZV_OUTBOX_MESSAGES]; /* owned; a ring */
    size_t first;
    size_t count;
    size_t bytes;
    uint64_t last_seq; /* 0: none yet */
};

/* Wipes what was kept. */
void zv_outbox_fini(struct zv_outbox *outbox);
/* The number that the next message has to have. */
static inline uint64_t zv_outbox_next_seq(const struct zv_outbox *outbox)
{
    return outbox->last_seq + 1;
}
/* Keeps a copy of the next message, which has its number; the oldest make room. */
void zv_outbox_keep(struct zv_outbox *outbox, struct zv_str text);

/* What a client that saw `last_seq` missed. */
struct zv_outbox_missed {
    size_t from; /* index of the first, for zv_outbox_text */
    size_t count;
    bool is_complete; /* none of them is lost */
};
void zv_outbox_missed(const struct zv_outbox *outbox, uint64_t last_seq,
                      struct zv_outbox_missed *ret_missed);
/* The kept message of this index, 0 being the oldest. */
struct zv_str zv_outbox_at(const struct zv_outbox *outbox, size_t index);

#endif
