/*
 * The story of a call, told look by look: what each leg counts and what is known of it, and what is
 * said of that.
 */
#ifndef ZV_TESTS_UNIT_VERDICT_STORY_H
#define ZV_TESTS_UNIT_VERDICT_STORY_H

#include "support/test.h"

#include "base/str.h"
#include "verdict/verdict.h"

#include <string.h>

/* A call from its answer on, looked at every ZV_VERDICT_LOOK_US. */
struct story {
    struct zv_verdict_watch watch;
    struct zv_verdict_facts facts;
    unsigned changed; /* by the last look */
    int changes;      /* in all */
};

#define ANSWERED ZV_SECONDS(100)
/* The looks of a call fall anywhere: here, as late after the answer as they can. */
#define FIRST_LOOK (ANSWERED + ZV_VERDICT_WAIT_US - ZV_MS(10))
#define PER_LOOK   125 /* packets of 20 ms */

static ZV_UNUSED struct zv_addr addr(const char *text)
{
    struct zv_addr parsed;
    assert_int_equal(zv_addr_parse(zv_str(text), &parsed), 0);
    return parsed;
}

static ZV_UNUSED struct story begin(void)
{
    struct story story = {
        .facts = {.now_us = FIRST_LOOK - ZV_VERDICT_LOOK_US, .is_client_here = true, .port = 3478}};
    for (int i = 0; i < ZV_VERDICT_LEGS; i++) {
        struct zv_verdict_leg_facts *leg = &story.facts.legs[i];
        leg->due_us = ANSWERED;
        leg->agreed = ZV_CODEC_PCMU;
        leg->described = addr("192.0.2.1:9000");
    }
    return story;
}

static ZV_UNUSED struct zv_leg_figures *figures(struct story *story, int leg)
{
    return &story->facts.legs[leg].figures;
}

/* `count` packets of sound come in the time up to the next look. */
static ZV_UNUSED void hear(struct story *story, int leg, unsigned count)
{
    struct zv_leg_figures *now = figures(story, leg);
    now->packets += count;
    now->bytes += 172 * count;
    if (count) {
        now->last_rtp_us = story->facts.now_us + ZV_VERDICT_LOOK_US - ZV_MS(10);
        story->facts.legs[leg].used = ZV_CODEC_PCMU;
    }
}

static ZV_UNUSED void look(struct story *story)
{
    story->facts.now_us += ZV_VERDICT_LOOK_US;
    for (int i = 0; i < ZV_VERDICT_LEGS; i++)
        figures(story, i)->at_us = story->facts.now_us;
    story->changed = zv_verdict_look(&story->watch, &story->facts);
    story->changes += (story->changed & 1) + (story->changed >> 1);
}

/* Both sides are heard well for `looks` looks. */
static ZV_UNUSED void talk(struct story *story, int looks)
{
    for (int i = 0; i < looks; i++) {
        hear(story, ZV_VERDICT_CLIENT, PER_LOOK);
        hear(story, ZV_VERDICT_SIP, PER_LOOK);
        look(story);
    }
}

static ZV_UNUSED enum zv_verdict_code code_of(const struct story *story, int leg)
{
    return story->watch.legs[leg].said.code;
}

static ZV_UNUSED const char *text_of(const struct story *story, int leg)
{
    static char text[ZV_VERDICT_TEXT_CAP];
    struct zv_buf out = zv_buf(text, sizeof(text) - 1);
    zv_verdict_write_text(&story->watch.legs[leg].said, zv_addr_write, &out);
    assert_false(out.overflow);
    text[out.len] = 0;
    return text;
}

static ZV_UNUSED const char *remedy_of(const struct story *story, int leg)
{
    static char text[ZV_VERDICT_TEXT_CAP];
    struct zv_buf out = zv_buf(text, sizeof(text) - 1);
    zv_verdict_write_remedy(&story->watch.legs[leg].said, zv_addr_write, &out);
    text[out.len] = 0;
    return text;
}

#define ASSERT_SAYS(story, leg, expected)                                                          \
    do {                                                                                           \
        if (code_of(story, leg) != ZV_VERDICT_##expected)                                          \
            fail_msg("leg %d: %s", leg, zv_verdict_name(code_of(story, leg)));                     \
    } while (0)

#endif
