/* What the flight recorder is told, and its clock. */
#define _GNU_SOURCE
#include "base/err.h"
#include "base/log.h"
#include "gateway/gateway_int.h"
#include "io/clock.h"
#include "io/random.h"

static struct zv_recorder_now now(void)
{
    return (struct zv_recorder_now){.us = zv_clock_now_us(), .wall_us = zv_clock_wall_us()};
}

/* ---- what it costs ---- */

/*
 * Measured where it happens: docs/metrics.md has the figure. Two readings of the clock are two
 * system calls, which take as long as recording an event. So one recording of MEASURED_OF is
 * measured, by lot, since calls resemble one another, and stands for that many; the readings count
 * for what they are.
 */
#define MEASURED_OF  8
#define NOT_MEASURED INT64_C(-1)
#define CALIBRATIONS 100

static int64_t begin_cost(struct zv_gateway *gateway)
{
    gateway->recording_lot = gateway->recording_lot * 1664525 + 1013904223; /* the next of 2^32 */
    if (gateway->recording_lot >= UINT32_MAX / MEASURED_OF)
        return NOT_MEASURED;
    (void)zv_clock_thread_cpu_ns(); /* the kernel's way there is cold, and would be counted */
    return zv_clock_thread_cpu_ns();
}

static void end_cost(struct zv_gateway *gateway, int64_t begun_ns)
{
    if (begun_ns == NOT_MEASURED)
        return;
    int64_t seen_ns = zv_clock_thread_cpu_ns() - begun_ns;
    int64_t recording_ns = ZV_MAX(seen_ns - gateway->clock_ns, INT64_C(0));
    gateway->recording_ns += MEASURED_OF * recording_ns + 3 * gateway->clock_ns;
}

/* Of one reading: the least that is seen of two with nothing between them. */
static int64_t measure_clock(void)
{
    int64_t least_ns = INT64_MAX;
    for (int i = 0; i < CALIBRATIONS; i++) {
        int64_t begun_ns = zv_clock_thread_cpu_ns();
        least_ns = ZV_MIN(least_ns, zv_clock_thread_cpu_ns() - begun_ns);
    }
    return least_ns;
}

/* ---- lifecycle ---- */

static void on_expiry(void *arg, int64_t now_us)
{
    struct zv_gateway *gateway = arg;
    zv_recorder_on_timeout(gateway->recorder, now_us);
    zv_loop_timer_arm(gateway->expiry, zv_recorder_deadline_us(gateway->recorder));
}

int zv_gateway_open_recorder(struct zv_gateway *gateway)
{
    const struct zv_config *config = gateway->config;
    if (!config->trace_record)
        return 0;
    struct zv_recorder_cfg cfg = {
        .seed = {zv_rand_u64(zv_rand_os()), zv_rand_u64(zv_rand_os())},
        .bytes_per_call = (uint32_t)config->trace_bytes_per_call,
        .max_live = (uint32_t)config->limits_calls + 1, /* one that is being refused */
        .max_finished = (uint32_t)config->trace_calls,
        .keep_us = config->trace_keep,
    };
    gateway->clock_ns = measure_clock();
    int err = zv_recorder_new(&gateway->recorder, &cfg);
    return err ? err : zv_loop_timer_open(&gateway->expiry, gateway->loop, on_expiry, gateway);
}

/* ---- signalling ---- */

void zv_gateway_record_input(struct zv_gateway *gateway, const struct zv_call_in *in)
{
    struct zv_switch_connect session;
    if (!gateway->recorder)
        return;
    int64_t begun_ns = begin_cost(gateway);
    zv_call_id about = zv_switch_subject(gateway->sw);
    bool is_known = zv_switch_connect_of(gateway->sw, in, &session);
    zv_recorder_input(gateway->recorder, in, about, is_known ? &session : NULL, now());
    end_cost(gateway, begun_ns);
}

void zv_gateway_record_timeout(struct zv_gateway *gateway)
{
    if (gateway->recorder)
        zv_recorder_timeout(gateway->recorder);
}

void zv_gateway_record_command(struct zv_gateway *gateway, const struct zv_call_cmd *cmd)
{
    if (!gateway->recorder)
        return;
    int64_t begun_ns = begin_cost(gateway);
    zv_recorder_command(gateway->recorder, cmd, now());
    end_cost(gateway, begun_ns);
    if (cmd->kind == ZV_CALL_CMD_CALL_ENDED)
        zv_loop_timer_arm(gateway->expiry, zv_recorder_deadline_us(gateway->recorder));
}

/* A recorded message is redacted; one that was too large to be kept is not in captures either. */
static void capture(struct zv_gateway *gateway, zv_call_id call, const struct zv_trace_event *event,
                    int64_t wall_us)
{
    if (!event->data.len)
        return;
    zv_capture_sip(gateway->captures, &(struct zv_capture_message){
                                          .call = call,
                                          .is_outbound = event->from == ZV_TRACE_LANE_GATEWAY,
                                          .local = event->local,
                                          .remote = event->remote,
                                          .wall_us = wall_us,
                                          .text = event->data,
                                      });
}

void zv_gateway_on_sip_message(void *arg, const struct zv_sipnet_message *message)
{
    struct zv_gateway *gateway = arg;
    if (!gateway->recorder)
        return;
    struct zv_recorder_sip sip = {
        .is_sent = message->is_sent,
        .local = message->local,
        .remote = message->remote,
        .bytes = message->bytes,
    };
    zv_call_id call = {0};
    struct zv_recorder_now at = now();
    int64_t begun_ns = begin_cost(gateway);
    const struct zv_trace_event *event = zv_recorder_sip(gateway->recorder, &sip, at, &call);
    end_cost(gateway, begun_ns);
    if (event && zv_capture_is_running(gateway->captures, call))
        capture(gateway, call, event, at.wall_us);
}

void zv_gateway_capture_recorded(struct zv_gateway *gateway, zv_call_id call)
{
    char name[ZV_ID_TEXT_CAP];
    const struct zv_trace *trace =
        gateway->recorder
            ? zv_recorder_find(gateway->recorder, zv_str(zv_call_id_write(call, name)))
            : NULL;
    if (!trace)
        return;
    ZV_LIST_EACH (node, &trace->events) {
        const struct zv_trace_event *event = ZV_CONTAINER_OF(node, struct zv_trace_event, node);
        if (event->kind == ZV_TRACE_KIND_SIP)
            capture(gateway, call, event,
                    trace->created_wall_us + (event->at_us - trace->created_us));
    }
}

void zv_gateway_on_sip_leg(void *arg, uint64_t leg, struct zv_str sip_call_id)
{
    struct zv_gateway *gateway = arg;
    zv_switch_name_leg(gateway->sw, leg, sip_call_id);
    if (gateway->recorder) /* a leg that calls out has its call's number */
        zv_recorder_bind(gateway->recorder, (zv_call_id){leg}, sip_call_id);
}

/* ---- media ---- */

static const char *label_of(const struct zv_worker_event *event)
{
    switch (event->kind) {
    case ZV_WORKER_ICE_CONNECTED:
        return "ICE connected";
    case ZV_WORKER_DTLS_CONNECTED:
        return "DTLS connected";
    case ZV_WORKER_DTLS_FAILED:
        return "DTLS failed";
    case ZV_WORKER_DTLS_CLOSED:
        return "DTLS closed";
    case ZV_WORKER_CONSENT_LOST:
        return "consent lost";
    case ZV_WORKER_CONSENT_BACK:
        return "consent back";
    case ZV_WORKER_FIRST_MEDIA:
        return "first packet";
    case ZV_WORKER_LATCHED:
        return "source locked";
    case ZV_WORKER_SILENT:
        return "silent";
    case ZV_WORKER_RESUMED:
        return "heard again";
    case ZV_WORKER_FAILED:
        return "media refused";
    default:
        return NULL;
    }
}

static void describe(const struct zv_worker_event *event, struct zv_buf *detail)
{
    char local[ZV_ADDR_TEXT_CAP], remote[ZV_ADDR_TEXT_CAP];
    switch (event->kind) {
    case ZV_WORKER_ICE_CONNECTED:
    case ZV_WORKER_FIRST_MEDIA:
    case ZV_WORKER_LATCHED:
        zv_buf_printf(detail, "%s at %s", zv_addr_write(&event->pair.remote, remote),
                      zv_addr_write(&event->pair.local, local));
        break;
    case ZV_WORKER_DTLS_CONNECTED:
        zv_buf_printf(detail, "SRTP profile %u", event->dtls.profile);
        break;
    case ZV_WORKER_DTLS_FAILED:
        zv_buf_put_text(detail, event->dtls.reason ? event->dtls.reason : "no reason given");
        break;
    case ZV_WORKER_SILENT:
        zv_buf_printf(detail, "nothing came for %.1f s",
                      (double)(zv_clock_now_us() - event->since_us) / (double)ZV_US_PER_S);
        break;
    case ZV_WORKER_FAILED:
        zv_buf_printf(detail, "%s: %s", zv_worker_what_name(event->failed.what),
                      zv_err_text(event->failed.err));
        break;
    default:
        break;
    }
}

void zv_gateway_record_media(struct zv_gateway *gateway, const struct zv_worker_event *event)
{
    char memory[256];
    struct zv_buf detail = zv_buf(memory, sizeof(memory));
    const char *label = label_of(event);
    if (!gateway->recorder || !label)
        return;
    int64_t begun_ns = begin_cost(gateway);
    describe(event, &detail);
    zv_recorder_media(gateway->recorder, event->call, (enum zv_call_leg)event->leg, label,
                      zv_buf_str(&detail), now());
    end_cost(gateway, begun_ns);
}

void zv_gateway_record_keyframe(struct zv_gateway *gateway, zv_call_id call, int leg,
                                const struct zv_peer_video_counters *video)
{
    char memory[64];
    struct zv_buf detail = zv_buf(memory, sizeof(memory));
    if (!gateway->recorder)
        return;
    int64_t begun_ns = begin_cost(gateway);
    if (video->width)
        zv_buf_printf(&detail, "%ux%u", video->width, video->height);
    if (video->keyframes == 1) /* else it is the time of a later one */
        zv_buf_printf(&detail, "%s%.1f s ago", detail.len ? ", " : "",
                      (double)(zv_clock_now_us() - video->keyframe_us) / (double)ZV_US_PER_S);
    zv_recorder_media(gateway->recorder, call, (enum zv_call_leg)leg, "first key frame",
                      zv_buf_str(&detail), now());
    end_cost(gateway, begun_ns);
}

void zv_gateway_record_verdict(struct zv_gateway *gateway, zv_call_id call,
                               const struct zv_verdict *verdict, const char *text)
{
    char memory[ZV_VERDICT_TEXT_CAP + 64];
    struct zv_buf detail = zv_buf(memory, sizeof(memory));
    if (!gateway->recorder)
        return;
    int64_t begun_ns = begin_cost(gateway);
    zv_buf_printf(&detail, "%s: %s", zv_verdict_name(verdict->code), text);
    zv_recorder_media(gateway->recorder, call, (enum zv_call_leg)verdict->leg, "verdict",
                      zv_buf_str(&detail), now());
    end_cost(gateway, begun_ns);
}
