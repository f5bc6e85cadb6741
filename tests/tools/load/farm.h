/*
 * The SIP side of many calls: takes each at once, speaks and listens in each on one pair of UDP
 * ports that all share, as a large switch does.
 */
#ifndef ZV_TESTS_LOAD_FARM_H
#define ZV_TESTS_LOAD_FARM_H

#include "base/addr.h"
#include "base/rand.h"
#include "tools/load/loop.h"
#include "tools/load/voice.h"

struct zv_load_farm;

struct zv_load_farm_cfg {
    struct zv_load_loop *loop;  /* borrowed */
    const struct zv_rand *rand; /* borrowed */
    struct zv_addr sip;         /* to listen on; port 0: a free one */
    unsigned max_calls;
    unsigned first_caller; /* user name of the caller of call 0; the next is call 1 … */
    enum zv_load_mode mode;
    const char *codec; /* "PCMU", "PCMA" */
    bool has_video;    /* VP8 is taken as well, where it is offered */
    bool is_in_step;   /* all calls speak at the same moments, so packets come in bursts */
};

/* ZV_E_NOMEM, ZV_E_INUSE, ZV_E_IO, ZV_E_UNSUPPORTED (codec). */
int zv_load_farm_new(struct zv_load_farm **ret_farm,
                     const struct zv_load_farm_cfg *cfg) ZV_MUST_CHECK;
/* NULL is allowed; returns NULL. */
struct zv_load_farm *zv_load_farm_free(struct zv_load_farm *farm);
/* Where it listens. */
struct zv_addr zv_load_farm_address(const struct zv_load_farm *farm);
/* Prints a line for each call that heard something wrong, and the result. True: all was right. */
bool zv_load_farm_report(const struct zv_load_farm *farm);

#endif
