#define _GNU_SOURCE
#include "gateway/truth.h"

#include "base/alloc.h"
#include "base/log.h"
#include "gateway/gateway_int.h"
#include "io/clock.h"
#include "io/random.h"
#include "wire/event.h"

#include <assert.h>

#define SPOKE_US (ZV_VERDICT_LOOK_US / ZV_TRUTH_SPOKES)
/* Looks from one report of quality to the next: 5 s. */
#define QUALITY_LOOKS 2

static_assert(ZV_VERDICT_CLIENT == (int)ZV_CALL_LEG_WEB && ZV_VERDICT_SIP == (int)ZV_CALL_LEG_SIP,
              "one index of legs for verdicts and calls");

/* A call that is looked at. */
struct watched {
    struct zv_map_node by_id;
    struct zv_list_node node; /* in its spoke */
    zv_call_id call;
    bool is_asked; /* its figures are on their way */
    int64_t ice_up_us;
    int64_t video_due_us[ZV_VERDICT_LEGS];
    bool has_keyframe[ZV_VERDICT_LEGS];
    struct zv_video_tally counted[ZV_VERDICT_LEGS]; /* in the metrics */
    struct zv_verdict_watch watch;
    uint32_t looks;                               /* of the answered call */
    struct zv_leg_figures rated[ZV_VERDICT_LEGS]; /* figures at the last quality */
    bool has_quality;
    struct zv_leg_quality quality[ZV_VERDICT_LEGS];
};

/* ---- the table ---- */

static struct watched *find(const struct zv_truth *truth, zv_call_id call)
{
    struct zv_map_node *node = zv_map_find(&truth->calls, ZV_MAP_KEY_OF(call.v));
    return node ? ZV_CONTAINER_OF(node, struct watched, by_id) : NULL;
}

static void drop(struct zv_truth *truth, struct watched *watched)
{
    zv_map_remove(&truth->calls, &watched->by_id);
    zv_list_remove(&watched->node);
    zv_free(watched);
}

static void begin(struct zv_truth *truth, zv_call_id call)
{
    struct watched *watched = zv_zalloc(sizeof(*watched));
    if (!watched)
        return; /* the call goes on unjudged */
    watched->call = call;
    if (zv_map_insert(&truth->calls, ZV_MAP_KEY_OF(watched->call.v), &watched->by_id)) {
        zv_free(watched);
        return;
    }
    zv_list_append(&truth->spokes[truth->next], &watched->node);
    truth->next = (truth->next + 1) % ZV_TRUTH_SPOKES;
    if (truth->calls.count > 1)
        return;
    truth->due_us = zv_clock_now_us() + SPOKE_US;
    zv_loop_timer_arm(truth->timer, truth->due_us);
}

void zv_truth_forget(struct zv_gateway *gateway, zv_call_id call)
{
    struct watched *watched = find(&gateway->truth, call);
    if (watched)
        drop(&gateway->truth, watched);
}

/* ---- the wheel ---- */

/* A worker that has no room for the question is asked again when the call comes round. */
static void ask(struct zv_gateway *gateway, struct watched *watched)
{
    const struct zv_worker_cmd cmd = {.kind = ZV_WORKER_GET_STATS, .call = watched->call};
    uint32_t worker = zv_call_id_worker(watched->call);
    watched->is_asked =
        worker < gateway->worker_count && zv_worker_post(gateway->workers[worker], &cmd) == 0;
}

static void on_spoke(void *arg, int64_t now_us)
{
    struct zv_gateway *gateway = arg;
    struct zv_truth *truth = &gateway->truth;
    ZV_LIST_EACH (node, &truth->spokes[truth->now_at])
        ask(gateway, ZV_CONTAINER_OF(node, struct watched, node));
    truth->now_at = (truth->now_at + 1) % ZV_TRUTH_SPOKES;
    truth->due_us += SPOKE_US;
    if (now_us - truth->due_us > ZV_VERDICT_LOOK_US) /* a whole turn was slept through */
        truth->due_us = now_us + SPOKE_US;
    if (truth->calls.count)
        zv_loop_timer_arm(truth->timer, truth->due_us);
}

int zv_truth_open(struct zv_gateway *gateway)
{
    struct zv_truth *truth = &gateway->truth;
    const uint64_t seed[2] = {zv_rand_u64(zv_rand_os()), zv_rand_u64(zv_rand_os())};
    zv_map_init(&truth->calls, (size_t)gateway->config->limits_calls, seed);
    for (size_t i = 0; i < ZV_TRUTH_SPOKES; i++)
        zv_list_init(&truth->spokes[i]);
    return zv_loop_timer_open(&truth->timer, gateway->loop, on_spoke, gateway);
}

void zv_truth_stop(struct zv_gateway *gateway)
{
    gateway->truth.timer = zv_loop_timer_close(gateway->truth.timer);
}

void zv_truth_close(struct zv_gateway *gateway)
{
    struct zv_truth *truth = &gateway->truth;
    struct zv_map_node *node;
    while ((node = zv_map_next(&truth->calls, NULL)))
        drop(truth, ZV_CONTAINER_OF(node, struct watched, by_id));
    zv_map_fini(&truth->calls);
}

/* ---- a verdict ---- */

/* A verdict in words, for one kind of reader. */
struct words {
    char text[ZV_VERDICT_TEXT_CAP];
    char remedy[ZV_VERDICT_TEXT_CAP];
};

static void put_in_words(const struct zv_verdict *verdict, zv_verdict_addr_fn *write_addr,
                         struct words *words)
{
    struct zv_buf text = zv_buf(words->text, sizeof(words->text)),
                  remedy = zv_buf(words->remedy, sizeof(words->remedy));
    zv_verdict_write_text(verdict, write_addr, &text);
    zv_verdict_write_remedy(verdict, write_addr, &remedy);
    (void)zv_buf_cstr(&text);
    (void)zv_buf_cstr(&remedy);
}

static void log_verdict(zv_call_id call, const struct zv_verdict *verdict)
{
    struct words words;
    char correlation[ZV_ID_TEXT_CAP];
    const char *code = zv_verdict_name(verdict->code);
    const char *leg = verdict->leg == ZV_VERDICT_SIP ? "sip" : "web";
    bool is_wrong = zv_verdict_severity(verdict->code) != ZV_VERDICT_INFO;
    put_in_words(verdict, zv_log_addr, &words);
    const struct zv_log_field fields[] = {
        zv_log_text("call", zv_call_id_write(call, correlation)),
        zv_log_text("leg", leg),
        zv_log_text("verdict", code),
        zv_log_text("text", words.text),
        zv_log_text("remedy", words.remedy),
    };
    zv_log_line(
        ZV_LOG_STRANGER(ZV_LOG_MEDIA, is_wrong ? ZV_LOG_WARN : ZV_LOG_INFO, correlation, fields),
        "%s verdict %s: %s%s%s", leg, code, words.text, words.remedy[0] ? "; " : "", words.remedy);
}

/* Whoever is away cannot be told of it. */
static bool is_for_client(const struct zv_verdict *verdict)
{
    return verdict->code != ZV_VERDICT_CLIENT_AWAY;
}

static void tell(struct zv_gateway *gateway, zv_call_id call, const struct zv_verdict *verdict,
                 int64_t now_us)
{
    struct words words;
    enum zv_verdict_severity severity = zv_verdict_severity(verdict->code);
    put_in_words(verdict, zv_addr_write, &words);
    const struct zv_call_in in = {
        .kind = ZV_CALL_IN_MEDIA_VERDICT,
        .u.media = {.call = call,
                    .leg = (enum zv_call_leg)verdict->leg,
                    .verdict = {.code = zv_str(zv_verdict_name(verdict->code)),
                                .severity = zv_str(zv_verdict_severity_name(severity)),
                                .text = zv_str(words.text),
                                .remedy = zv_str(words.remedy),
                                .since_us = now_us - verdict->since_us,
                                .is_wrong = severity != ZV_VERDICT_INFO &&
                                            !zv_verdict_is_of_video(verdict->code),
                                .is_for_client = is_for_client(verdict)}},
    };
    log_verdict(call, verdict);
    zv_metrics_note_verdict(&gateway->metrics, verdict);
    zv_gateway_record_verdict(gateway, call, verdict, words.text);
    zv_gateway_input(gateway, &in);
}

/* ---- quality ---- */

static struct zv_wire_quality_way wire_way(const struct zv_quality_way *way)
{
    return (struct zv_wire_quality_way){.is_known = way->is_known,
                                        .mos = way->mos,
                                        .loss_percent = way->loss_percent,
                                        .jitter_ms = way->jitter_ms};
}

static struct zv_wire_quality_video wire_video(const struct zv_video_quality *video)
{
    return (struct zv_wire_quality_video){.is_known = video->is_known,
                                          .width = video->width,
                                          .height = video->height,
                                          .fps = video->fps,
                                          .kbps = video->kbps,
                                          .freezes = video->freezes};
}

static void send_quality(struct zv_gateway *gateway, const struct watched *watched,
                         const struct zv_call_view *view)
{
    struct zv_wire_quality wire = {.call_id = zv_str(view->call_id)};
    for (int leg = 0; leg < ZV_VERDICT_LEGS; leg++) {
        const struct zv_leg_quality *quality = &watched->quality[leg];
        wire.legs[leg] = (struct zv_wire_leg_quality){.heard = wire_way(&quality->heard),
                                                      .reported = wire_way(&quality->reported),
                                                      .rtt_ms = quality->rtt_ms,
                                                      .kbps = quality->kbps,
                                                      .video = wire_video(&quality->video)};
    }
    zv_http_send_quality(gateway->http, view->conn, &wire);
}

static void rate(struct zv_gateway *gateway, struct watched *watched,
                 const struct zv_call_view *view, const struct zv_verdict_facts *facts)
{
    bool is_first = watched->looks++ == 0;
    if (!is_first && watched->looks % QUALITY_LOOKS != 1)
        return;
    for (int leg = 0; leg < ZV_VERDICT_LEGS && !is_first; leg++) {
        zv_quality_of(&watched->rated[leg], &facts->legs[leg].figures, facts->legs[leg].agreed,
                      &watched->quality[leg]);
        zv_metrics_note_quality(&gateway->metrics, leg, &watched->quality[leg]);
    }
    for (int leg = 0; leg < ZV_VERDICT_LEGS; leg++)
        watched->rated[leg] = facts->legs[leg].figures;
    watched->has_quality = !is_first;
    if (!is_first)
        send_quality(gateway, watched, view);
}

/* ---- video ---- */

static void note_video_due(struct watched *watched, const struct zv_call_view *view, int64_t now_us)
{
    for (int leg = 0; leg < ZV_VERDICT_LEGS; leg++) {
        int64_t *due_us = &watched->video_due_us[leg];
        if (!zv_truth_wants_video(view, leg))
            *due_us = 0;
        else if (!*due_us)
            *due_us = now_us;
    }
}

static void count_video(struct zv_gateway *gateway, struct watched *watched,
                        const struct zv_worker_stats *stats)
{
    for (int leg = 0; leg < ZV_VERDICT_LEGS; leg++) {
        const struct zv_peer_video_counters *video = &stats->video[leg];
        zv_metrics_note_video(&gateway->metrics, leg, video, &watched->counted[leg]);
        if (!video->keyframes || watched->has_keyframe[leg])
            continue;
        watched->has_keyframe[leg] = true;
        zv_gateway_record_keyframe(gateway, watched->call, leg, video);
    }
}

/* ---- a look ---- */

/* Telling may end the call, so what is told is copied before. */
static void look(struct zv_gateway *gateway, struct watched *watched,
                 const struct zv_worker_stats *stats)
{
    struct zv_call_view view;
    struct zv_verdict_facts facts;
    struct zv_verdict said[ZV_VERDICT_LEGS];
    zv_call_id call = watched->call;
    if (!zv_switch_view_call(gateway->sw, call, &view) || view.is_over)
        return;
    const struct zv_worker *worker = gateway->workers[zv_call_id_worker(call)];
    note_video_due(watched, &view, stats->at_us);
    const struct zv_truth_sources sources = {
        .view = &view,
        .stats = stats,
        .ice_up_us = watched->ice_up_us,
        .video_due_us = {watched->video_due_us[0], watched->video_due_us[1]},
        .web_port = zv_worker_web_port(worker)};
    zv_truth_facts(&sources, &facts);
    if (view.answered_us)
        rate(gateway, watched, &view, &facts);
    unsigned changed = zv_verdict_look(&watched->watch, &facts);
    for (int leg = 0; leg < ZV_VERDICT_LEGS; leg++)
        said[leg] = watched->watch.legs[leg].said;
    for (int leg = 0; leg < ZV_VERDICT_LEGS; leg++) {
        if (changed & (1U << leg))
            tell(gateway, call, &said[leg], facts.now_us);
    }
}

void zv_truth_on_event(struct zv_gateway *gateway, const struct zv_worker_event *event)
{
    struct watched *watched = find(&gateway->truth, event->call);
    switch (event->kind) {
    case ZV_WORKER_READY:
        if (!watched)
            begin(&gateway->truth, event->call);
        else if (event->ready.cmd != ZV_WORKER_OPEN_VIDEO)
            watched->ice_up_us = 0; /* new ICE credentials */
        break;
    case ZV_WORKER_ICE_CONNECTED:
        if (watched && !watched->ice_up_us)
            watched->ice_up_us = zv_clock_now_us();
        break;
    case ZV_WORKER_STATS:
        if (!watched || !watched->is_asked) /* an operator asked */
            break;
        watched->is_asked = false;
        count_video(gateway, watched, &event->stats);
        look(gateway, watched, &event->stats);
        break;
    case ZV_WORKER_CLOSED:
        if (!watched)
            break;
        count_video(gateway, watched, &event->stats);
        drop(&gateway->truth, watched);
        break;
    default:
        break;
    }
}

bool zv_truth_view(const struct zv_gateway *gateway, zv_call_id call,
                   struct zv_truth_view *ret_view)
{
    const struct watched *watched = find(&gateway->truth, call);
    if (!watched)
        return false;
    *ret_view = (struct zv_truth_view){.has_quality = watched->has_quality};
    for (int leg = 0; leg < ZV_VERDICT_LEGS; leg++) {
        ret_view->verdicts[leg] = &watched->watch.legs[leg].said;
        ret_view->quality[leg] = watched->quality[leg];
    }
    return true;
}
