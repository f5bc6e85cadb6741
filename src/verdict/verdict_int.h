/* Only for the files of verdict/. */
#ifndef ZV_VERDICT_VERDICT_INT_H
#define ZV_VERDICT_VERDICT_INT_H

#include "verdict/verdict.h"

/* The text of the table with its words in braces; remedies by leg. */
const char *zv_verdict_template(enum zv_verdict_code code);
const char *zv_verdict_remedy_template(enum zv_verdict_code code, enum zv_verdict_leg_index leg);
/* What holds now, the worst of it; OK: nothing. `leg` as the looks before have left it. */
struct zv_verdict zv_verdict_judge(const struct zv_verdict_leg *leg,
                                   const struct zv_verdict_facts *facts,
                                   enum zv_verdict_leg_index index);

#endif
