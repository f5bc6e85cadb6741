#include "base/alloc.h"
#include "base/err.h"
#include "worker/worker_int.h"

static void answer_failed(struct zv_worker *worker, const struct zv_worker_cmd *cmd, int err,
                          enum zv_worker_what what)
{
    struct zv_worker_event event = {
        .kind = ZV_WORKER_FAILED,
        .leg = cmd->leg,
        .call = cmd->call,
        .failed = {.err = err, .cmd = cmd->kind, .what = (uint8_t)what},
    };
    zv_worker_emit(worker, &event);
}

static void answer_gone(struct zv_worker *worker, const struct zv_worker_cmd *cmd)
{
    struct zv_worker_event event = {
        .kind = ZV_WORKER_GONE,
        .leg = cmd->leg,
        .call = cmd->call,
        .failed = {.err = ZV_E_GONE, .cmd = cmd->kind},
    };
    ZV_WORKER_COUNT(worker, commands_gone, 1);
    zv_worker_emit(worker, &event);
}

/* ---- READY ---- */

/* Our own texts, of known length: they fit (see ZV_ICE_UFRAG_CHARS). */
static void copy_text(struct zv_str from, char *dst, size_t cap)
{
    int err = zv_str_copy(from, dst, cap);
    (void)err;
}

static void fill_ready(const struct zv_worker *worker, const struct zv_worker_leg *leg,
                       struct zv_worker_leg_ready *ready)
{
    struct zv_peer_local local;
    if (!leg->peer)
        return;
    zv_peer_local(leg->peer, &local);
    ready->ssrc = local.ssrc;
    ready->video_ssrc = local.video_ssrc;
    ready->video_rtx_ssrc = local.video_rtx_ssrc;
    copy_text(local.cname, ready->cname, sizeof(ready->cname));
    if (leg->kind == ZV_LEG_KIND_RTP) {
        ready->rtp = leg->rtp.udp.local;
        ready->rtcp = leg->rtcp.udp.local;
        return;
    }
    ready->rtp.port = ready->rtcp.port = worker->web_port;
    copy_text(local.ufrag, ready->ufrag, sizeof(ready->ufrag));
    copy_text(local.pwd, ready->pwd, sizeof(ready->pwd));
}

static void answer_ready(struct zv_worker *worker, const struct zv_worker_call *call,
                         enum zv_worker_cmd_kind cmd)
{
    struct zv_worker_event event = {.kind = ZV_WORKER_READY, .call = call->id};
    event.ready.cmd = (uint8_t)cmd;
    for (size_t i = 0; i < ZV_WORKER_LEGS; i++)
        fill_ready(worker, &call->legs[i], &event.ready.legs[i]);
    zv_worker_emit(worker, &event);
}

/* ---- Commands ---- */

static void create(struct zv_worker *worker, const struct zv_worker_cmd *cmd)
{
    enum zv_worker_what what;
    int err = zv_worker_open_call(worker, cmd, &what);
    if (err)
        answer_failed(worker, cmd, err, what);
    else
        answer_ready(worker, zv_worker_find_call(worker, cmd->call), ZV_WORKER_CREATE);
}

static int open_video(struct zv_worker *worker, struct zv_worker_call *call,
                      const struct zv_worker_cmd *cmd, enum zv_worker_what *ret_what)
{
    struct zv_worker_leg *leg = &call->legs[ZV_WORKER_LEG_VIDEO];
    if (leg->peer)
        return ZV_E_EXISTS;
    if (cmd->open_video.kind != ZV_LEG_KIND_RTP)
        return ZV_E_INVAL;
    int err = zv_worker_open_leg(worker, leg, &cmd->open_video, ret_what);
    if (err)
        zv_worker_close_leg(worker, leg);
    else
        answer_ready(worker, call, ZV_WORKER_OPEN_VIDEO);
    return err;
}

static int set_web_remote(struct zv_worker *worker, struct zv_worker_leg *leg,
                          const struct zv_worker_cmd *cmd)
{
    const struct zv_peer_web_remote remote = {
        .ufrag = zv_str(cmd->web_remote.ufrag),
        .pwd = zv_str(cmd->web_remote.pwd),
        .fingerprint = zv_str(cmd->web_remote.fingerprint),
        .dtls_client = cmd->web_remote.dtls_client,
    };
    return zv_peer_set_web_remote(leg->peer, &remote, worker->now_us);
}

static int restart_ice(struct zv_worker *worker, struct zv_worker_leg *leg)
{
    int err = zv_peer_restart_ice(leg->peer, worker->now_us);
    if (!err)
        err = zv_worker_note_ufrags(worker, leg);
    if (!err)
        answer_ready(worker, leg->call, ZV_WORKER_RESTART_ICE);
    return err;
}

static int renew_web(struct zv_worker *worker, struct zv_worker_leg *leg)
{
    int err = zv_worker_renew_leg(worker, leg);
    if (!err)
        answer_ready(worker, leg->call, ZV_WORKER_RENEW_WEB);
    return err;
}

/* One entry for each payload type of the leg: the first pair that names it counts. */
static size_t codecs_of(const struct zv_worker_cmd *cmd, size_t leg,
                        struct zv_peer_codec ret_codecs[ZV_BRIDGE_MAX_PAIRS])
{
    size_t count = 0;
    for (size_t i = 0; i < cmd->codecs.count; i++) {
        const struct zv_bridge_pair *pair = &cmd->codecs.pairs[i];
        size_t known = 0;
        while (known < count && ret_codecs[known].pt != pair->pt[leg])
            known++;
        if (known == count)
            ret_codecs[count++] = (struct zv_peer_codec){
                .pt = pair->pt[leg],
                .clock_hz = leg && pair->far_hz ? pair->far_hz : pair->clock_hz,
                .is_event = pair->kind == ZV_BRIDGE_TELEPHONE_EVENT};
    }
    return count;
}

static int set_codecs(struct zv_worker_call *call, const struct zv_worker_cmd *cmd)
{
    struct zv_peer_codec codecs[ZV_BRIDGE_MAX_PAIRS];
    int err =
        zv_bridge_set_pairs(&call->bridges[ZV_PEER_AUDIO], cmd->codecs.pairs, cmd->codecs.count);
    for (size_t i = ZV_WORKER_LEG_WEB; i <= ZV_WORKER_LEG_SIP && !err; i++) {
        if (call->legs[i].peer)
            err = zv_peer_set_codecs(call->legs[i].peer, codecs, codecs_of(cmd, i, codecs));
    }
    return err;
}

static void answer_stats(struct zv_worker *worker, const struct zv_worker_call *call)
{
    struct zv_worker_event event = {.kind = ZV_WORKER_STATS, .call = call->id};
    zv_worker_fill_stats(worker, call, &event.stats);
    zv_worker_emit(worker, &event);
}

static void answer_path(struct zv_worker *worker, const struct zv_worker_leg *leg)
{
    struct zv_worker_event event = {
        .kind = ZV_WORKER_PATH, .leg = leg->index, .call = leg->call->id};
    zv_peer_path(leg->peer, &event.path.is);
    event.path.at_us = worker->now_us;
    zv_worker_emit(worker, &event);
}

static int set_tap(struct zv_worker_call *call, uint8_t tap)
{
    if (tap > ZV_WORKER_TAP_WHOLE)
        return ZV_E_INVAL;
    for (size_t i = 0; i < ZV_WORKER_LEGS && !call->tap; i++)
        call->legs[i].tap_lost = 0; /* of this capture, not of one before */
    call->tap = tap;
    return 0;
}

/* Commands that concern one leg. */
static int run_leg_command(struct zv_worker *worker, struct zv_worker_call *call,
                           const struct zv_worker_cmd *cmd)
{
    if (cmd->leg >= ZV_WORKER_LEGS || !call->legs[cmd->leg].peer)
        return ZV_E_INVAL;
    struct zv_worker_leg *leg = &call->legs[cmd->leg];
    int err = 0;
    if (cmd->kind == ZV_WORKER_SET_WEB_REMOTE)
        err = set_web_remote(worker, leg, cmd);
    else if (cmd->kind == ZV_WORKER_SET_SIP_REMOTE)
        err = zv_peer_set_rtp_remote(leg->peer, &cmd->sip_remote, worker->now_us);
    else if (cmd->kind == ZV_WORKER_RENEW_WEB)
        err = renew_web(worker, leg);
    else if (cmd->kind == ZV_WORKER_ASK_KEYFRAME)
        zv_worker_ask_keyframe(worker, leg);
    else if (cmd->kind == ZV_WORKER_SEND_DIGITS)
        err = zv_peer_send_digits(leg->peer, zv_str(cmd->digits), worker->now_us);
    else if (cmd->kind == ZV_WORKER_GET_PATH)
        answer_path(worker, leg);
    else
        err = restart_ice(worker, leg);
    zv_worker_drain_leg(worker, leg);
    return err;
}

static int run_call_command(struct zv_worker *worker, struct zv_worker_call *call,
                            const struct zv_worker_cmd *cmd, enum zv_worker_what *ret_what)
{
    switch (cmd->kind) {
    case ZV_WORKER_SET_WEB_REMOTE:
    case ZV_WORKER_SET_SIP_REMOTE:
    case ZV_WORKER_RESTART_ICE:
    case ZV_WORKER_RENEW_WEB:
    case ZV_WORKER_GET_PATH:
    case ZV_WORKER_ASK_KEYFRAME:
    case ZV_WORKER_SEND_DIGITS:
        return run_leg_command(worker, call, cmd);
    case ZV_WORKER_OPEN_VIDEO:
        return open_video(worker, call, cmd, ret_what);
    case ZV_WORKER_SET_CODECS:
        return set_codecs(call, cmd);
    case ZV_WORKER_SET_VIDEO:
        return zv_worker_set_video(worker, call, cmd->video);
    case ZV_WORKER_SET_FLOW:
        for (unsigned i = 0; i < 2; i++)
            zv_bridge_set_flow(&call->bridges[ZV_PEER_AUDIO], i, cmd->flow.from[i]);
        zv_worker_set_video_flow(worker, call, cmd->flow.video_from);
        return 0;
    case ZV_WORKER_GET_STATS:
        answer_stats(worker, call);
        return 0;
    case ZV_WORKER_SET_TAP:
        return set_tap(call, cmd->tap);
    case ZV_WORKER_CLOSE:
        zv_worker_close_call(worker, call);
        return 0;
    default:
        return ZV_E_INVAL;
    }
}

static void run_command(struct zv_worker *worker, const struct zv_worker_cmd *cmd)
{
    if (cmd->kind == ZV_WORKER_CREATE) {
        create(worker, cmd);
        return;
    }
    struct zv_worker_call *call = zv_worker_find_call(worker, cmd->call);
    if (!call) {
        answer_gone(worker, cmd);
        return;
    }
    enum zv_worker_what what = ZV_WORKER_WHAT_COMMAND;
    int err = run_call_command(worker, call, cmd, &what);
    if (err)
        answer_failed(worker, cmd, err, what);
}

/* A command has at most one answer; without room for it commands wait. */
void zv_worker_run_commands(struct zv_worker *worker)
{
    struct zv_worker_cmd cmd;
    for (size_t i = 0; i < ZV_WORKER_MAX_COMMANDS && zv_worker_has_room(worker); i++) {
        if (!zv_queue_pop(worker->commands, &cmd))
            return;
        run_command(worker, &cmd);
        if (cmd.kind == ZV_WORKER_SET_SIP_REMOTE || cmd.kind == ZV_WORKER_SEND_DIGITS)
            zv_wipe(&cmd, sizeof(cmd)); /* keys of either kind */
    }
}
