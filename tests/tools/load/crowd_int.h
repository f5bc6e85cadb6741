/*
 * What the files of a crowd share:
 *   crowd.c   its course: clients begin, talk, end
 *   member.c  one client of it, its sockets in the loop
 *   result.c  what is told
 */
#ifndef ZV_TESTS_LOAD_CROWD_INT_H
#define ZV_TESTS_LOAD_CROWD_INT_H

#include "tools/load/crowd.h"
#include "tools/load/usage.h"

struct zv_load_member {
    struct zv_load_crowd *crowd; /* borrowed: its owner */
    unsigned number;
    struct zv_wc_client *client; /* owned; NULL: not begun */
    char login[16];
    char password[64];
    struct zv_load_voice voice;
    struct zv_wc_voice wc_voice;
    struct zv_load_probe video;
    struct zv_wc_picture picture;
    struct zv_load_timer timer;
    struct zv_load_watch signalling;
    struct zv_load_watch media;
    struct pollfd fds[ZV_WC_CLIENT_MAX_FDS]; /* as the loop knows them */
    size_t fd_count;
    bool was_talking;
    bool is_done;
    json_t *result; /* owned; the client's own, NULL: not yet */
};

enum zv_load_phase {
    ZV_LOAD_SETTING_UP,
    ZV_LOAD_WARMING_UP,
    ZV_LOAD_MEASURING,
    ZV_LOAD_SETTLING, /* the last packets of the window arrive */
    ZV_LOAD_ENDING,
};

struct zv_load_crowd {
    struct zv_load_crowd_cfg cfg;
    enum zv_load_phase phase;
    struct zv_load_member *members; /* owned */
    unsigned begun;
    unsigned talking; /* that ever did */
    unsigned done;
    struct zv_load_timer beginner;       /* the next client begins */
    struct zv_load_timer course;         /* the phase's end */
    struct zv_load_delays *delays;       /* owned */
    struct zv_load_delays *video_delays; /* owned */
    int64_t started_us;
    int64_t all_talking_us;
    int64_t window_began_us;
    int64_t window_ended_us;
    struct zv_load_usage before; /* any call */
    struct zv_load_usage at_begin;
    struct zv_load_usage at_end;
    bool was_cut_short; /* patience ended, or a call ended by itself */
};

/* member.c */
/* The client begins. False: it could not even do that. */
bool zv_load_member_begin(struct zv_load_member *member, int64_t now_us);
void zv_load_member_hang_up(struct zv_load_member *member, int64_t now_us);
void zv_load_member_fini(struct zv_load_member *member);

/* crowd.c; from within a member's turn. */
void zv_load_crowd_on_talking(struct zv_load_crowd *crowd, int64_t now_us);
void zv_load_crowd_on_done(struct zv_load_crowd *crowd, int64_t now_us);

#endif
