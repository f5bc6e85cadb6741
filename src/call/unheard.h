/* What is wrong with the media of a call, as its verdicts say, and its end when it stays so. Only
 * for the files of call/. */
#ifndef ZV_CALL_UNHEARD_H
#define ZV_CALL_UNHEARD_H

#include "call/switch_int.h"

/* Tells the client that asked for verdicts, and keeps the words for the end. */
void zv_call_on_verdict(struct zv_switch *sw, struct zv_call *call, enum zv_call_leg leg,
                        const struct zv_in_verdict *verdict);
/* Nothing came from that side for all of timers.no_media: why, as far as a verdict said. */
void zv_call_end_unheard(struct zv_switch *sw, struct zv_call *call, enum zv_call_leg leg);

#endif
