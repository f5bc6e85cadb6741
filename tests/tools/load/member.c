#include "tools/load/crowd_int.h"

#include "base/alloc.h"
#include "base/err.h"

#include <stdio.h>
#include <string.h>

/* ---- In the loop ---- */

static bool is_known(const struct pollfd *fds, size_t count, const struct pollfd *wanted)
{
    for (size_t i = 0; i < count; i++) {
        if (fds[i].fd == wanted->fd && fds[i].events == wanted->events)
            return true;
    }
    return false;
}

static bool has_fd(const struct pollfd *fds, size_t count, int fd)
{
    for (size_t i = 0; i < count; i++) {
        if (fds[i].fd == fd)
            return true;
    }
    return false;
}

/* The client's sockets may have changed with any turn of it; most turns change none. POLLIN and
 * POLLOUT have the values of EPOLLIN and EPOLLOUT (poll.h, epoll(7)). */
static void follow_fds(struct zv_load_member *member)
{
    struct zv_load_loop *loop = member->crowd->cfg.loop;
    struct pollfd fds[ZV_WC_CLIENT_MAX_FDS];
    size_t count = 0;
    if (!zv_wc_client_is_done(member->client))
        count = zv_wc_client_fds(member->client, fds);
    for (size_t i = 0; i < member->fd_count; i++) {
        if (!has_fd(fds, count, member->fds[i].fd))
            zv_load_loop_unwatch(loop, member->fds[i].fd);
    }
    for (size_t i = 0; i < count; i++) {
        struct zv_load_watch *watch = i == 0 ? &member->signalling : &member->media;
        if (is_known(member->fds, member->fd_count, &fds[i]))
            continue;
        int err = zv_load_loop_watch(loop, fds[i].fd, (uint32_t)fds[i].events, watch);
        member->crowd->was_cut_short |= err != 0;
    }
    memcpy(member->fds, fds, count * sizeof(fds[0]));
    member->fd_count = count;
}

static void after_turn(struct zv_load_member *member, int64_t now_us)
{
    follow_fds(member);
    zv_load_loop_arm(member->crowd->cfg.loop, &member->timer,
                     zv_wc_client_deadline_us(member->client));
    if (!member->was_talking && zv_wc_client_is_talking(member->client)) {
        member->was_talking = true;
        zv_load_crowd_on_talking(member->crowd, now_us);
    }
    if (!member->is_done && zv_wc_client_is_done(member->client)) {
        member->is_done = true;
        zv_load_crowd_on_done(member->crowd, now_us);
    }
}

static void on_signalling(void *member_, int64_t now_us)
{
    struct zv_load_member *member = member_;
    zv_wc_client_run(member->client, now_us);
    after_turn(member, now_us);
}

static void on_media(void *member_, int64_t now_us)
{
    struct zv_load_member *member = member_;
    zv_wc_client_run_media(member->client, now_us);
    after_turn(member, now_us);
}

/* Nearly always a packet that is due; what else may be due looks at the WebSocket as well. */
static void on_timer(void *member_, int64_t now_us)
{
    struct zv_load_member *member = member_;
    zv_wc_client_run_media(member->client, now_us);
    if (zv_wc_client_deadline_us(member->client) <= now_us)
        zv_wc_client_run(member->client, now_us);
    after_turn(member, now_us);
}

/* ---- The client ---- */

static void take_report(void *member_, json_t *line)
{
    struct zv_load_member *member = member_;
    const char *event = json_string_value(json_object_get(line, "event"));
    if (event && strcmp(event, "result") == 0 && !member->result)
        member->result = json_incref(line);
    json_decref(line);
}

static void make_account(struct zv_load_member *member, struct zv_wc_client_cfg *cfg)
{
    const struct zv_load_crowd_cfg *crowd = &member->crowd->cfg;
    snprintf(member->login, sizeof(member->login), "%u", crowd->first_login + member->number);
    cfg->login = member->login;
    if (!crowd->password_prefix)
        return;
    snprintf(member->password, sizeof(member->password), "%s%s", crowd->password_prefix,
             member->login);
    cfg->password = member->password;
}

bool zv_load_member_begin(struct zv_load_member *member, int64_t now_us)
{
    struct zv_wc_client_cfg cfg = member->crowd->cfg.client;
    member->timer = (struct zv_load_timer){.fn = on_timer, .arg = member};
    member->signalling = (struct zv_load_watch){on_signalling, member};
    member->media = (struct zv_load_watch){on_media, member};
    member->wc_voice =
        (struct zv_wc_voice){zv_load_voice_speak, zv_load_voice_hear, &member->voice};
    make_account(member, &cfg);
    cfg.voice = &member->wc_voice;
    member->picture =
        (struct zv_wc_picture){zv_load_picture_show, zv_load_picture_see, &member->video};
    cfg.picture = member->crowd->cfg.has_video ? &member->picture : NULL;
    cfg.on_report_fn = take_report;
    cfg.arg = member;
    if (zv_wc_client_new(&member->client, &cfg, now_us))
        return false;
    after_turn(member, now_us);
    return true;
}

void zv_load_member_hang_up(struct zv_load_member *member, int64_t now_us)
{
    if (!member->client)
        return;
    zv_wc_client_hang_up(member->client, now_us);
    after_turn(member, now_us);
}

void zv_load_member_fini(struct zv_load_member *member)
{
    member->client = zv_wc_client_free(member->client);
    json_decref(member->result);
    member->result = NULL;
}
