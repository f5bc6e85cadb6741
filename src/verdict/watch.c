/* From look to look: what was seen, and what is said. */
#include "base/attr.h"
#include "verdict/verdict_int.h"

/* The first of the table is the worst; OK is better than all. */
static bool is_worse(enum zv_verdict_code a, enum zv_verdict_code b)
{
    if (a == ZV_VERDICT_OK || b == ZV_VERDICT_OK)
        return a != ZV_VERDICT_OK && b == ZV_VERDICT_OK;
    return a < b;
}

/* A leg that was made anew is judged by what comes from now on. */
static void notice_new_leg(struct zv_verdict_leg *leg, const struct zv_leg_figures *now)
{
    if (now->packets >= leg->seen[0].packets)
        return;
    leg->seen[0] = leg->seen[1] = (struct zv_leg_figures){0};
    leg->due_looks = 0;
    leg->rtcp_us = 0;
}

/* So is the loss of a side that is to send again: what it sent on hold was not for our ears. */
static void count_due(struct zv_verdict_leg *leg, int64_t due_us)
{
    if (!due_us || due_us != leg->due_us)
        leg->due_looks = 0;
    else if (leg->due_looks < UINT8_MAX)
        leg->due_looks++;
    leg->due_us = due_us;
}

static void remember(struct zv_verdict_leg *leg, const struct zv_leg_figures *now)
{
    if (now->rtcp > leg->seen[0].rtcp)
        leg->rtcp_us = now->at_us;
    leg->seen[1] = leg->seen[0];
    leg->seen[0] = *now;
}

/* True: another code is said now. */
static bool say(struct zv_verdict_leg *leg, const struct zv_verdict *found)
{
    struct zv_verdict *said = &leg->said;
    if (found->code == said->code) { /* the figures in its sentence follow */
        int64_t since_us = said->since_us;
        leg->calm_looks = 0;
        *said = *found;
        said->since_us = since_us;
        return false;
    }
    if (!is_worse(found->code, said->code) && ++leg->calm_looks < ZV_VERDICT_CALM_LOOKS)
        return false;
    leg->calm_looks = 0;
    *said = *found;
    return true;
}

unsigned zv_verdict_look(struct zv_verdict_watch *watch, const struct zv_verdict_facts *facts)
{
    unsigned changed = 0;
    for (unsigned i = 0; i < ZV_VERDICT_LEGS; i++) {
        struct zv_verdict_leg *leg = &watch->legs[i];
        const struct zv_verdict_leg_facts *own = &facts->legs[i];
        notice_new_leg(leg, &own->figures);
        count_due(leg, own->due_us);
        struct zv_verdict found = zv_verdict_judge(leg, facts, (enum zv_verdict_leg_index)i);
        if (say(leg, &found))
            changed |= 1U << i;
        remember(leg, &own->figures);
    }
    return changed;
}
