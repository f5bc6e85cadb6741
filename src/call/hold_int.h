/* Hold of a call, inside call/: what zv_call keeps of it. By way of switch_int.h. */
#ifndef ZV_CALL_HOLD_INT_H
#define ZV_CALL_HOLD_INT_H

#include "call/text.h"

#include <stdbool.h>

/* Either side may hold the call, and both may. */
struct zv_call_hold {
    bool is_wanted;        /* the client's last word */
    bool is_ours;          /* by our last description that was agreed on: the client holds it */
    bool is_theirs;        /* by theirs: the SIP side does */
    bool is_asked;         /* what `offer` says */
    struct zv_text *offer; /* of our re-INVITE that has no answer yet; NULL: none */
};

#endif
