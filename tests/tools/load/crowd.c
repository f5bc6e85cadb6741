#include "tools/load/crowd_int.h"

#include "base/alloc.h"
#include "base/err.h"

/* After the window, so that its last packets arrive. */
#define SETTLE_US ZV_MS(300)

/* ---- Course ---- */

static void enter(struct zv_load_crowd *crowd, enum zv_load_phase phase, int64_t until_us)
{
    crowd->phase = phase;
    zv_load_loop_arm(crowd->cfg.loop, &crowd->course, until_us);
}

static void measure(struct zv_load_crowd *crowd, bool is_measured, struct zv_load_usage *ret_usage)
{
    for (unsigned i = 0; i < crowd->cfg.calls; i++) {
        crowd->members[i].voice.probe.is_measured = is_measured;
        crowd->members[i].video.is_measured = is_measured;
    }
    if (crowd->cfg.gateway && zv_load_usage_read(crowd->cfg.gateway, ret_usage))
        crowd->was_cut_short = true;
}

static void hang_up_all(struct zv_load_crowd *crowd, int64_t now_us)
{
    enter(crowd, ZV_LOAD_ENDING, now_us + crowd->cfg.patience_us);
    for (unsigned i = 0; i < crowd->cfg.calls; i++)
        zv_load_member_hang_up(&crowd->members[i], now_us);
}

static void cut_short(struct zv_load_crowd *crowd, int64_t now_us)
{
    crowd->was_cut_short = true;
    zv_timer_disarm(&crowd->cfg.loop->timers, &crowd->beginner.timer);
    hang_up_all(crowd, now_us);
}

static void on_course(void *crowd_, int64_t now_us)
{
    struct zv_load_crowd *crowd = crowd_;
    switch (crowd->phase) {
    case ZV_LOAD_SETTING_UP:
        cut_short(crowd, now_us);
        break;
    case ZV_LOAD_WARMING_UP:
        measure(crowd, true, &crowd->at_begin);
        crowd->window_began_us = now_us;
        enter(crowd, ZV_LOAD_MEASURING, now_us + crowd->cfg.window_us);
        break;
    case ZV_LOAD_MEASURING:
        measure(crowd, false, &crowd->at_end);
        crowd->window_ended_us = now_us;
        enter(crowd, ZV_LOAD_SETTLING, now_us + SETTLE_US);
        break;
    case ZV_LOAD_SETTLING:
        hang_up_all(crowd, now_us);
        break;
    case ZV_LOAD_ENDING:
        crowd->was_cut_short = true;
        crowd->cfg.loop->is_stopped = true;
        break;
    }
}

void zv_load_crowd_on_talking(struct zv_load_crowd *crowd, int64_t now_us)
{
    crowd->talking++;
    if (crowd->talking < crowd->cfg.calls || crowd->phase != ZV_LOAD_SETTING_UP)
        return;
    crowd->all_talking_us = now_us;
    enter(crowd, ZV_LOAD_WARMING_UP, now_us + crowd->cfg.warm_up_us);
}

void zv_load_crowd_on_done(struct zv_load_crowd *crowd, int64_t now_us)
{
    crowd->done++;
    if (crowd->phase != ZV_LOAD_ENDING)
        cut_short(crowd, now_us);
    if (crowd->done == crowd->begun)
        crowd->cfg.loop->is_stopped = true;
}

static void on_beginner(void *crowd_, int64_t now_us)
{
    struct zv_load_crowd *crowd = crowd_;
    struct zv_load_member *member = &crowd->members[crowd->begun];
    crowd->begun++;
    if (!zv_load_member_begin(member, now_us)) {
        crowd->done++;
        cut_short(crowd, now_us);
        return;
    }
    if (crowd->begun < crowd->cfg.calls && crowd->phase == ZV_LOAD_SETTING_UP)
        zv_load_loop_arm(crowd->cfg.loop, &crowd->beginner,
                         now_us + (int64_t)((double)ZV_US_PER_S / crowd->cfg.rate));
}

/* ---- Lifecycle ---- */

static void init_members(struct zv_load_crowd *crowd)
{
    const struct zv_load_voice_cfg voice = {.mode = crowd->cfg.mode,
                                            .end = ZV_LOAD_CLIENT,
                                            .law = crowd->cfg.law,
                                            .delays = crowd->delays};
    for (unsigned i = 0; i < crowd->cfg.calls; i++) {
        crowd->members[i].crowd = crowd;
        crowd->members[i].number = i;
        zv_load_voice_init(&crowd->members[i].voice, &voice, i);
        crowd->members[i].video =
            (struct zv_load_probe){.call = (uint16_t)i, .delays = crowd->video_delays};
    }
}

int zv_load_crowd_new(struct zv_load_crowd **ret_crowd, const struct zv_load_crowd_cfg *cfg,
                      int64_t now_us)
{
    struct zv_load_crowd *crowd = zv_zalloc(sizeof(*crowd));
    if (!crowd)
        return ZV_E_NOMEM;
    crowd->cfg = *cfg;
    crowd->started_us = now_us;
    crowd->beginner = (struct zv_load_timer){.fn = on_beginner, .arg = crowd};
    crowd->course = (struct zv_load_timer){.fn = on_course, .arg = crowd};
    crowd->members = zv_calloc(cfg->calls, sizeof(*crowd->members));
    crowd->delays = zv_zalloc(sizeof(*crowd->delays));
    crowd->video_delays = zv_zalloc(sizeof(*crowd->video_delays));
    int err = crowd->members && crowd->delays && crowd->video_delays ? 0 : ZV_E_NOMEM;
    if (!err && cfg->gateway)
        err = zv_load_usage_read(cfg->gateway, &crowd->before);
    if (err) {
        zv_load_crowd_free(crowd);
        return err;
    }
    init_members(crowd);
    enter(crowd, ZV_LOAD_SETTING_UP, now_us + cfg->patience_us);
    zv_load_loop_arm(cfg->loop, &crowd->beginner, now_us);
    *ret_crowd = crowd;
    return 0;
}

struct zv_load_crowd *zv_load_crowd_free(struct zv_load_crowd *crowd)
{
    if (!crowd)
        return NULL;
    for (unsigned i = 0; crowd->members && i < crowd->cfg.calls; i++)
        zv_load_member_fini(&crowd->members[i]);
    zv_free(crowd->members);
    zv_free(crowd->delays);
    zv_free(crowd->video_delays);
    return zv_free(crowd);
}
