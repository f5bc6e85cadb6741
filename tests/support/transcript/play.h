/*
 * A transcript, played: its inputs to a new stack, without a network or a clock, and what comes of
 * them as a transcript again. Where the stack does what it did then, both are the same.
 */
#ifndef ZV_TESTS_SUPPORT_TRANSCRIPT_PLAY_H
#define ZV_TESTS_SUPPORT_TRANSCRIPT_PLAY_H

#include "support/transcript/act.h"

/* Where two transcripts part for the first time. */
struct transcript_difference {
    size_t line;           /* from 1; 0: they are the same */
    struct zv_str was, is; /* that line in each; empty: it ended before */
};

/* False: a record cannot be read, *ret_record says which. */
bool transcript_play(struct zv_str text, struct transcript *ret_played, struct zv_str *ret_record);
struct transcript_difference transcript_compare(struct zv_str was, struct zv_str is);

#endif
