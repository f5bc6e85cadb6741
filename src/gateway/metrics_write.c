/*
 * The metrics as Prometheus' text, in one go on the signalling thread: nothing is waited for, no
 * lock is taken but that of the port pool. docs/metrics.md has the same list; a test compares.
 */
#define _GNU_SOURCE
#include "base/prom.h"
#include "gateway/gateway_int.h"
#include "gateway/process.h"
#include "io/clock.h"
#include "sip/sip.h"
#include "sipnet/dns.h"
#include "sipnet/streams.h"

static const char *const directions[2] = {"outgoing", "incoming"}; /* of calls */
static const char *const legs[2] = {"web", "sip"};
static const enum zv_worker_leg_kind leg_kinds[2] = {ZV_LEG_KIND_WEB, ZV_LEG_KIND_RTP};

/* A family of one sample without labels. */
static void put_one(struct zv_prom *prom, const char *name, enum zv_prom_type type,
                    const char *help, uint64_t value)
{
    zv_prom_family(prom, name, type, help);
    zv_prom_uint(prom, ZV_PROM_NO_LABELS, value);
}

struct row {
    const char *value; /* of the label */
    uint64_t count;
};

/* Samples of the present family that differ in one label. */
static void put_rows(struct zv_prom *prom, const char *label, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        zv_prom_uint(prom, ZV_PROM_LABELS({label, rows[i].value}), rows[i].count);
}
#define PUT_ROWS(prom, label, ...)                                                                 \
    put_rows(prom, label, (const struct row[]){__VA_ARGS__},                                       \
             ZV_ARRAY_LEN(((const struct row[]){__VA_ARGS__})))

/* ---- the process ---- */

static void put_allocator(struct zv_prom *prom)
{
    struct zv_allocator_usage usage;
    zv_allocator_usage(&usage);
    put_one(prom, "zvonok_allocator_allocated_bytes", ZV_PROM_GAUGE,
            "Memory that the program asked for and has not given back.", usage.allocated_bytes);
    if (usage.resident_bytes)
        put_one(prom, "zvonok_allocator_resident_bytes", ZV_PROM_GAUGE,
                "Memory that the allocator holds for that; only jemalloc says.",
                usage.resident_bytes);
    put_one(prom, "zvonok_allocator_mapped_bytes", ZV_PROM_GAUGE,
            "Address space that the allocator has taken for that.", usage.mapped_bytes);
}

static void put_process(struct zv_prom *prom, const struct zv_metrics *metrics)
{
    struct zv_process_usage usage;
    zv_process_usage(&usage);
    zv_prom_family(prom, "zvonok_build_info", ZV_PROM_GAUGE, "Always 1; the labels tell.");
    zv_prom_uint(prom, ZV_PROM_LABELS({"version", ZV_VERSION}, {"allocator", zv_allocator_name()}),
                 1);
    zv_prom_family(prom, "process_start_time_seconds", ZV_PROM_GAUGE,
                   "When the process started, in Unix time.");
    zv_prom_decimal(prom, ZV_PROM_NO_LABELS, (uint64_t)metrics->started_wall_us, 6);
    zv_prom_family(prom, "process_cpu_seconds_total", ZV_PROM_COUNTER,
                   "Processor time used, of user and system.");
    zv_prom_decimal(prom, ZV_PROM_NO_LABELS, usage.cpu_us, 6);
    put_one(prom, "process_resident_memory_bytes", ZV_PROM_GAUGE, "Memory in use.",
            usage.resident_bytes);
    put_one(prom, "process_open_fds", ZV_PROM_GAUGE, "Open file descriptors.", usage.open_fds);
    put_one(prom, "process_max_fds", ZV_PROM_GAUGE, "The most that there may be; 0: no limit.",
            usage.max_fds);
    put_allocator(prom);
    zv_prom_family(prom, "zvonok_loop_lag_seconds", ZV_PROM_HISTOGRAM,
                   "How late the signalling thread's loop came round, asked ten times a second.");
    zv_prom_histogram(prom, ZV_PROM_NO_LABELS, &metrics->loop_lag);
}

/* ---- sessions and calls ---- */

static void put_sessions(struct zv_prom *prom, const struct zv_gateway *gateway,
                         const struct zv_switch_gauges *gauges, const struct zv_switch_stats *stats)
{
    put_one(prom, "zvonok_sessions", ZV_PROM_GAUGE, "Clients with a session now.",
            gauges->sessions);
    put_one(prom, "zvonok_sessions_limit", ZV_PROM_GAUGE, "limits.clients.",
            (uint64_t)gateway->config->limits_clients);
    put_one(prom, "zvonok_sessions_away", ZV_PROM_GAUGE,
            "Of those now, sessions whose client lost its connection and may return.",
            gauges->sessions_away);
    put_one(prom, "zvonok_sessions_returned_total", ZV_PROM_COUNTER,
            "Clients that came back to their session by its token.", stats->sessions_returned);
    put_one(prom, "zvonok_tokens_refused_total", ZV_PROM_COUNTER,
            "Tokens of no session, or void ones, by which somebody tried to.",
            stats->tokens_refused);
    zv_prom_family(prom, "zvonok_sessions_ended_total", ZV_PROM_COUNTER,
                   "Sessions that ended or were refused, by cause.");
    for (int cause = ZV_CAUSE_NONE + 1; cause < ZV_CAUSE_COUNT; cause++)
        zv_prom_uint(prom, ZV_PROM_LABELS({"cause", zv_cause_name((enum zv_cause)cause)}),
                     gateway->metrics.sessions_ended[cause]);
    zv_prom_family(prom, "zvonok_registrations", ZV_PROM_GAUGE,
                   "Sessions that asked for a SIP registration, by what became of it.");
    PUT_ROWS(prom, "state", {"registering", gauges->registrations_registering},
             {"registered", gauges->registrations_registered},
             {"failed", gauges->registrations_failed});
}

static void put_call_states(struct zv_prom *prom, const struct zv_switch_gauges *gauges)
{
    zv_prom_family(prom, "zvonok_calls", ZV_PROM_GAUGE,
                   "Calls now, by state and who called: a client (outgoing) or the SIP side.");
    for (size_t i = 0; i < 2; i++) {
        for (int phase = 0; phase < ZV_PHASE_COUNT; phase++)
            zv_prom_uint(prom,
                         ZV_PROM_LABELS({"direction", directions[i]},
                                        {"state", zv_call_phase_name((enum zv_call_phase)phase)}),
                         gauges->calls[i][phase]);
    }
}

static void put_call_ends(struct zv_prom *prom, const struct zv_metrics *metrics)
{
    zv_prom_family(prom, "zvonok_calls_ended_total", ZV_PROM_COUNTER,
                   "Calls that ended or were refused, by cause (docs/troubleshooting.md).");
    for (size_t i = 0; i < 2; i++) {
        for (int cause = ZV_CAUSE_NONE + 1; cause < ZV_CAUSE_COUNT; cause++)
            zv_prom_uint(prom,
                         ZV_PROM_LABELS({"direction", directions[i]},
                                        {"cause", zv_cause_name((enum zv_cause)cause)}),
                         metrics->calls_ended[i][cause]);
    }
    zv_prom_family(prom, "zvonok_call_setup_seconds", ZV_PROM_HISTOGRAM,
                   "From the call to its answer, of answered calls; counted when they end.");
    for (size_t i = 0; i < 2; i++)
        zv_prom_histogram(prom, ZV_PROM_LABELS({"direction", directions[i]}),
                          &metrics->call_setup[i]);
    zv_prom_family(prom, "zvonok_call_duration_seconds", ZV_PROM_HISTOGRAM,
                   "From the answer to the end, of answered calls.");
    zv_prom_histogram(prom, ZV_PROM_NO_LABELS, &metrics->call_duration);
}

static void put_calls(struct zv_prom *prom, const struct zv_gateway *gateway,
                      const struct zv_switch_gauges *gauges)
{
    struct zv_switch_stats stats;
    zv_switch_stats(gateway->sw, &stats);
    put_call_states(prom, gauges);
    put_one(prom, "zvonok_calls_limit", ZV_PROM_GAUGE, "limits.calls.",
            (uint64_t)gateway->config->limits_calls);
    put_call_ends(prom, &gateway->metrics);
    put_one(prom, "zvonok_stale_inputs_total", ZV_PROM_COUNTER,
            "Inputs of call control about nobody, or not possible in the state.",
            stats.stale_inputs);
    put_one(prom, "zvonok_media_unanswered_total", ZV_PROM_COUNTER,
            "Calls whose media worker did not confirm their end in time.", stats.media_lost);
}

/* ---- media ---- */

/* Of all workers. */
struct media {
    struct zv_worker_gauges gauges;
    struct zv_worker_traffic traffic[2]; /* web, sip */
};

static void add_traffic(struct zv_worker_traffic *sum, const struct zv_worker_traffic *more)
{
    sum->rx_packets += more->rx_packets;
    sum->rx_bytes += more->rx_bytes;
    sum->tx_packets += more->tx_packets;
    sum->tx_bytes += more->tx_bytes;
    for (size_t i = 0; i < ZV_PEER_DROP_COUNT; i++) {
        sum->rx_drops[i] += more->rx_drops[i];
        sum->tx_drops[i] += more->tx_drops[i];
    }
}

static void add_worker(struct media *media, const struct zv_worker *worker)
{
    struct zv_worker_gauges gauges;
    zv_worker_gauges(worker, &gauges);
#define X(name) media->gauges.name += gauges.name;
    ZV_WORKER_GAUGE_LIST(X)
#undef X
    for (size_t i = 0; i < 2; i++) {
        struct zv_worker_traffic traffic;
        zv_worker_traffic(worker, leg_kinds[i], &traffic);
        add_traffic(&media->traffic[i], &traffic);
    }
}

static void put_both_ways(struct zv_prom *prom, size_t leg, uint64_t in, uint64_t out)
{
    zv_prom_uint(prom, ZV_PROM_LABELS({"leg", legs[leg]}, {"direction", "in"}), in);
    zv_prom_uint(prom, ZV_PROM_LABELS({"leg", legs[leg]}, {"direction", "out"}), out);
}

static void put_traffic(struct zv_prom *prom, const struct media *media)
{
    const struct zv_worker_traffic *traffic = media->traffic;
    zv_prom_family(prom, "zvonok_rtp_packets_total", ZV_PROM_COUNTER,
                   "RTP packets accepted (in) and sent (out) on the legs towards clients (web) and "
                   "SIP.");
    for (size_t i = 0; i < 2; i++)
        put_both_ways(prom, i, traffic[i].rx_packets, traffic[i].tx_packets);
    zv_prom_family(prom, "zvonok_rtp_bytes_total", ZV_PROM_COUNTER,
                   "Bytes of those packets, as UDP payload.");
    for (size_t i = 0; i < 2; i++)
        put_both_ways(prom, i, traffic[i].rx_bytes, traffic[i].tx_bytes);
}

static void put_drops(struct zv_prom *prom, const struct media *media)
{
    zv_prom_family(prom, "zvonok_rtp_dropped_packets_total", ZV_PROM_COUNTER,
                   "Packets that a leg did not accept (in) or could not send (out), by reason.");
    for (size_t leg = 0; leg < 2; leg++) {
        for (size_t i = 0; i < ZV_PEER_DROP_COUNT; i++) {
            const char *reason = zv_peer_drop_name((enum zv_peer_drop)i);
            const struct zv_worker_traffic *traffic = &media->traffic[leg];
            zv_prom_uint(
                prom, ZV_PROM_LABELS({"leg", legs[leg]}, {"direction", "in"}, {"reason", reason}),
                traffic->rx_drops[i]);
            zv_prom_uint(
                prom, ZV_PROM_LABELS({"leg", legs[leg]}, {"direction", "out"}, {"reason", reason}),
                traffic->tx_drops[i]);
        }
    }
    zv_prom_family(prom, "zvonok_bridge_dropped_packets_total", ZV_PROM_COUNTER,
                   "RTP packets not handed to the other leg: on hold, or no format in common.");
    PUT_ROWS(prom, "reason", {"held", media->gauges.dropped_held},
             {"no_common_format", media->gauges.dropped_format});
    zv_prom_family(prom, "zvonok_media_dropped_datagrams_total", ZV_PROM_COUNTER,
                   "Datagrams of no call (unknown_source), of an impossible size, refused by the "
                   "kernel, or by a TCP connection that was full or gone.");
    PUT_ROWS(prom, "reason", {"unknown_source", media->gauges.dropped_unknown},
             {"size", media->gauges.dropped_size}, {"not_sent", media->gauges.tx_failures},
             {"tcp_not_sent", media->gauges.stream_drops});
}

static void put_streams(struct zv_prom *prom, const struct zv_worker_gauges *gauges)
{
    put_one(prom, "zvonok_media_tcp_connections", ZV_PROM_GAUGE,
            "Clients' TCP connections for media.", gauges->streams);
    zv_prom_family(prom, "zvonok_media_tcp_closed_total", ZV_PROM_COUNTER,
                   "TCP connections that the gateway closed: beyond a limit, or for want of ICE "
                   "checks or a reader.");
    PUT_ROWS(prom, "reason", {"limit", gauges->streams_refused},
             {"expired", gauges->streams_expired});
    put_one(prom, "zvonok_media_tcp_pauses_total", ZV_PROM_COUNTER,
            "Times that no descriptor was left to accept a TCP connection.",
            gauges->streams_paused);
}

static void put_leg_histograms(struct zv_prom *prom, const char *name, const char *help,
                               const struct zv_histogram histograms[2])
{
    zv_prom_family(prom, name, ZV_PROM_HISTOGRAM, help);
    for (size_t i = 0; i < 2; i++)
        zv_prom_histogram(prom, ZV_PROM_LABELS({"leg", legs[i]}), &histograms[i]);
}

static void put_quality(struct zv_prom *prom, const struct zv_metrics *metrics)
{
    zv_prom_family(prom, "zvonok_rtp_lost_packets_total", ZV_PROM_COUNTER,
                   "RTP packets that should have come, of calls that ended.");
    PUT_ROWS(prom, "leg", {legs[0], metrics->lost[0]}, {legs[1], metrics->lost[1]});
    put_leg_histograms(prom, "zvonok_rtp_loss_ratio",
                       "Share of a call's packets that did not come; counted when it ends.",
                       metrics->loss);
    put_leg_histograms(prom, "zvonok_rtp_jitter_seconds",
                       "Interarrival jitter (RFC 3550) of a call's packets, as it was at its end.",
                       metrics->jitter);
    put_leg_histograms(prom, "zvonok_rtp_round_trip_seconds",
                       "Round trip by RTCP reports, as last known at a call's end.",
                       metrics->round_trip);
}

static void put_video_rows(struct zv_prom *prom, const char *name, const char *help, uint64_t web,
                           uint64_t sip)
{
    zv_prom_family(prom, name, ZV_PROM_COUNTER, help);
    PUT_ROWS(prom, "leg", {legs[0], web}, {legs[1], sip});
}

static void put_video(struct zv_prom *prom, const struct zv_video_tally video[2])
{
    put_video_rows(prom, "zvonok_video_frames_total", "Frames of video that came from a leg.",
                   video[0].frames, video[1].frames);
    put_video_rows(prom, "zvonok_video_key_frames_total", "Of those, key frames.",
                   video[0].keyframes, video[1].keyframes);
    put_video_rows(prom, "zvonok_video_freezes_total",
                   "Times that the frames of a leg came so late that the picture stood still.",
                   video[0].freezes, video[1].freezes);
    zv_prom_family(
        prom, "zvonok_video_nacks_total", ZV_PROM_COUNTER,
        "Video packets missed: NACKs of a leg's end (in), numbers asked for there (out).");
    for (size_t i = 0; i < 2; i++)
        put_both_ways(prom, i, video[i].nacks_in, video[i].nacks_out);
    put_video_rows(prom, "zvonok_video_retransmitted_packets_total",
                   "Video packets sent to a leg once more because its end missed them.",
                   video[0].retransmitted, video[1].retransmitted);
    zv_prom_family(prom, "zvonok_video_key_frame_requests_total", ZV_PROM_COUNTER,
                   "Key frames that a leg's end asked for (in), and was asked for (out).");
    for (size_t i = 0; i < 2; i++)
        put_both_ways(prom, i, video[i].keyframe_requests_in, video[i].keyframe_requests_out);
}

static void put_verdicts(struct zv_prom *prom, const struct zv_metrics *metrics)
{
    zv_prom_family(prom, "zvonok_verdicts_total", ZV_PROM_COUNTER,
                   "Verdicts about the media of calls that went on (docs/verdicts.md); ok: one was "
                   "taken back.");
    for (size_t leg = 0; leg < 2; leg++) {
        for (int code = 0; code < ZV_VERDICT_COUNT; code++)
            zv_prom_uint(prom,
                         ZV_PROM_LABELS({"leg", legs[leg]},
                                        {"code", zv_verdict_name((enum zv_verdict_code)code)}),
                         metrics->verdicts[leg][code]);
    }
    put_leg_histograms(prom, "zvonok_rtp_mos",
                       "Opinion score of what came from a leg, by the E-model, of each 5 s of each "
                       "answered call.",
                       metrics->mos);
}

static void put_ports(struct zv_prom *prom, const struct zv_gateway *gateway)
{
    struct zv_ports_gauges pairs;
    zv_ports_gauges(gateway->ports, zv_clock_now_us(), &pairs);
    zv_prom_family(prom, "zvonok_media_ports", ZV_PROM_GAUGE,
                   "UDP ports for media towards SIP, two a call, by state.");
    PUT_ROWS(prom, "state", {"used", 2 * pairs.used}, {"resting", 2 * pairs.resting},
             {"free", 2 * (pairs.pairs - pairs.used - pairs.resting)});
    put_one(prom, "zvonok_media_ports_limit", ZV_PROM_GAUGE, "All of them.", 2 * pairs.pairs);
}

static void put_media(struct zv_prom *prom, const struct zv_gateway *gateway)
{
    struct media media = {0};
    for (uint32_t i = 0; i < gateway->worker_count; i++)
        add_worker(&media, gateway->workers[i]);
    put_traffic(prom, &media);
    put_quality(prom, &gateway->metrics);
    put_video(prom, gateway->metrics.video);
    put_verdicts(prom, &gateway->metrics);
    put_drops(prom, &media);
    put_streams(prom, &media.gauges);
    put_ports(prom, gateway);
}

/* ---- workers ---- */

static const char *write_index(uint32_t index, char text[12])
{
    struct zv_buf out = zv_buf(text, 12);
    zv_buf_printf(&out, "%u", index);
    return zv_buf_cstr(&out);
}

static void put_queues(struct zv_prom *prom, const struct zv_worker *worker, const char *index)
{
    struct zv_worker_queues queues;
    zv_worker_queues(worker, &queues);
    zv_prom_uint(prom, ZV_PROM_LABELS({"worker", index}, {"queue", "commands"}), queues.commands);
    zv_prom_uint(prom, ZV_PROM_LABELS({"worker", index}, {"queue", "events"}), queues.events);
}

static void put_workers(struct zv_prom *prom, const struct zv_gateway *gateway)
{
    char index[12];
    zv_prom_family(prom, "zvonok_worker_calls", ZV_PROM_GAUGE, "Calls of each media thread.");
    for (uint32_t i = 0; i < gateway->worker_count; i++) {
        struct zv_worker_gauges gauges;
        zv_worker_gauges(gateway->workers[i], &gauges);
        zv_prom_uint(prom, ZV_PROM_LABELS({"worker", write_index(i, index)}), gauges.calls);
    }
    zv_prom_family(prom, "zvonok_worker_queue_length", ZV_PROM_GAUGE,
                   "What waits between signalling and a media thread.");
    for (uint32_t i = 0; i < gateway->worker_count; i++)
        put_queues(prom, gateway->workers[i], write_index(i, index));
    zv_prom_family(prom, "zvonok_worker_turn_seconds", ZV_PROM_HISTOGRAM,
                   "How long a media thread was busy from one wait to the next; its sum is the "
                   "thread's busy time.");
    for (uint32_t i = 0; i < gateway->worker_count; i++) {
        struct zv_histogram turns;
        zv_worker_turns(gateway->workers[i], &turns);
        zv_prom_histogram(prom, ZV_PROM_LABELS({"worker", write_index(i, index)}), &turns);
    }
}

/* ---- SIP ---- */

static void put_dns(struct zv_prom *prom, const struct zv_gateway *gateway)
{
    struct zv_dns_counts dns;
    zv_sipnet_dns_counts(gateway->sipnet, &dns);
    zv_prom_family(
        prom, "zvonok_dns_questions_total", ZV_PROM_COUNTER,
        "Questions for DNS records, by what became of them: answered from the cache (hit), "
        "denied from the cache (negative), waited for the same question (joined), asked "
        "(miss).");
    PUT_ROWS(prom, "cache", {"hit", dns.hits}, {"negative", dns.denied}, {"joined", dns.joined},
             {"miss", dns.misses});
    put_one(prom, "zvonok_dns_failures_total", ZV_PROM_COUNTER,
            "Questions to DNS servers that nobody answered, or with an error.", dns.failed);
    put_one(prom, "zvonok_dns_cached_answers", ZV_PROM_GAUGE, "DNS answers kept now.", dns.cached);
}

static void put_sip_streams(struct zv_prom *prom, const struct zv_gateway *gateway)
{
    struct zv_streams_counts streams;
    zv_sipnet_stream_counts(gateway->sipnet, &streams);
    zv_prom_family(prom, "zvonok_sip_connections", ZV_PROM_GAUGE,
                   "SIP connections (TCP, TLS) now, by who made them.");
    PUT_ROWS(prom, "by", {"us", streams.open - streams.accepted_open},
             {"peer", streams.accepted_open});
    zv_prom_family(prom, "zvonok_sip_connection_failures_total", ZV_PROM_COUNTER,
                   "SIP connections that came to nothing, by reason.");
    PUT_ROWS(prom, "reason", {"not_made", streams.failed}, {"over_limit", streams.refused},
             {"malformed", streams.malformed}, {"late", streams.late});
    put_one(prom, "zvonok_sip_crowded_messages_total", ZV_PROM_COUNTER,
            "SIP messages not sent since their connection's queue was full.", streams.crowded);
}

static void put_sip(struct zv_prom *prom, const struct zv_gateway *gateway)
{
    struct zv_sip_counts sip;
    struct zv_sipnet_dropped dropped;
    size_t lookups;
    zv_sipnet_counts(gateway->sipnet, &sip, &lookups);
    zv_sipnet_dropped(gateway->sipnet, &dropped);
    zv_prom_family(prom, "zvonok_sip_messages_total", ZV_PROM_COUNTER,
                   "SIP messages received (in) and sent (out).");
    PUT_ROWS(prom, "direction", {"in", sip.received}, {"out", sip.sent});
    put_one(prom, "zvonok_sip_retransmissions_total", ZV_PROM_COUNTER,
            "SIP messages sent again for want of an answer.", sip.retransmissions);
    put_one(prom, "zvonok_sip_failovers_total", ZV_PROM_COUNTER,
            "SIP requests that went on to the next server of their domain.", sip.failovers);
    zv_prom_family(prom, "zvonok_sip_rejected_messages_total", ZV_PROM_COUNTER,
                   "SIP messages received and not followed, by reason.");
    PUT_ROWS(prom, "reason", {"malformed", sip.malformed}, {"unmatched", sip.unmatched},
             {"refused", sip.refused}, {"foreign_realm", sip.foreign_realm},
             {"stranger", sip.strangers});
    zv_prom_family(prom, "zvonok_sip_dropped_messages_total", ZV_PROM_COUNTER,
                   "SIP messages dropped unread since their source sends too many, by the bound.");
    PUT_ROWS(prom, "bound", {"rate_per_source", dropped.over_rate},
             {"invites_per_source", dropped.over_invites}, {"all_strangers", dropped.over_all});
    put_one(prom, "zvonok_sip_unsent_messages_total", ZV_PROM_COUNTER,
            "SIP messages not sent for want of memory.", sip.no_memory);
    zv_prom_family(prom, "zvonok_sip_transactions", ZV_PROM_GAUGE, "SIP transactions now.");
    PUT_ROWS(prom, "side", {"client", sip.client_transactions},
             {"server", sip.server_transactions});
    put_one(prom, "zvonok_sip_accounts", ZV_PROM_GAUGE, "SIP accounts known now.", sip.accounts);
    put_one(prom, "zvonok_sip_legs", ZV_PROM_GAUGE, "SIP legs of calls now.", sip.legs);
    put_one(prom, "zvonok_sip_dialogs", ZV_PROM_GAUGE, "SIP dialogs now.", sip.dialogs);
    put_sip_streams(prom, gateway);
    put_one(prom, "zvonok_dns_lookups", ZV_PROM_GAUGE, "Names being looked up now.", lookups);
    put_dns(prom, gateway);
}

/* ---- the flight recorder ---- */

static void put_traces(struct zv_prom *prom, const struct zv_gateway *gateway)
{
    struct zv_recorder_stats stats = {0};
    if (gateway->recorder)
        zv_recorder_stats(gateway->recorder, &stats);
    zv_prom_family(prom, "zvonok_traces", ZV_PROM_GAUGE,
                   "Traces kept now, of calls that live and of finished ones.");
    PUT_ROWS(prom, "calls", {"live", stats.live}, {"finished", stats.finished});
    put_one(prom, "zvonok_trace_bytes", ZV_PROM_GAUGE, "Memory of the events in all traces.",
            stats.bytes);
    put_one(prom, "zvonok_trace_events_total", ZV_PROM_COUNTER, "Events recorded.", stats.events);
    put_one(prom, "zvonok_trace_events_dropped_total", ZV_PROM_COUNTER,
            "Events that a trace had no room for.", stats.dropped);
    zv_prom_family(prom, "zvonok_trace_recording_seconds_total", ZV_PROM_COUNTER,
                   "CPU time that the signalling thread has spent on recording, from every "
                   "eighth recording by lot.");
    zv_prom_decimal(prom, ZV_PROM_NO_LABELS, (uint64_t)gateway->recording_ns, 9);
}

/* ---- clients' connections ---- */

static void put_door_ends(struct zv_prom *prom, const struct zv_http_counts *http)
{
    zv_prom_family(prom, "zvonok_connections_refused_total", ZV_PROM_COUNTER,
                   "WebSockets and sockets refused: by origin, by http.max_connections (total), by "
                   "http.max_connections_per_address.");
    PUT_ROWS(prom, "reason", {"origin", http->refused_origin}, {"total", http->refused_total},
             {"address", http->refused_address});
    zv_prom_family(prom, "zvonok_connections_closed_total", ZV_PROM_COUNTER,
                   "WebSockets that the gateway closed for what the client did or left undone.");
    PUT_ROWS(prom, "reason", {"message_too_large", http->closed_oversize},
             {"binary", http->closed_binary}, {"rate", http->closed_rate},
             {"malformed", http->closed_bad}, {"no_connection", http->closed_silent},
             {"slow_reader", http->closed_slow}, {"no_pong", http->closed_unanswered});
}

static void put_door(struct zv_prom *prom, const struct zv_gateway *gateway)
{
    struct zv_http_counts http;
    zv_http_counts(gateway->http, &http);
    put_one(prom, "zvonok_connections", ZV_PROM_GAUGE, "WebSockets open now.", http.connections);
    put_one(prom, "zvonok_connections_limit", ZV_PROM_GAUGE, "http.max_connections.",
            (uint64_t)gateway->config->http_max_connections);
    put_one(prom, "zvonok_http_sockets", ZV_PROM_GAUGE,
            "TCP sockets of clients and operators open now.", http.sockets);
    put_one(prom, "zvonok_connections_opened_total", ZV_PROM_COUNTER, "WebSockets opened.",
            http.opened);
    put_door_ends(prom, &http);
    zv_prom_family(prom, "zvonok_client_messages_total", ZV_PROM_COUNTER,
                   "Messages of the client protocol, received (in) and sent (out).");
    PUT_ROWS(prom, "direction", {"in", http.messages_in}, {"out", http.messages_out});
    put_one(prom, "zvonok_client_messages_refused_total", ZV_PROM_COUNTER,
            "Messages of clients that were malformed.", http.bad_messages);
    zv_prom_family(prom, "zvonok_http_requests_total", ZV_PROM_COUNTER,
                   "HTTP requests answered, for pages and by operators.");
    PUT_ROWS(prom, "service", {"pages", http.requests}, {"admin", http.admin_requests});
}

void zv_gateway_write_metrics(const struct zv_gateway *gateway, struct zv_buf *out)
{
    struct zv_prom prom = zv_prom(out);
    struct zv_switch_gauges gauges;
    struct zv_switch_stats stats;
    zv_switch_gauges(gateway->sw, &gauges);
    put_process(&prom, &gateway->metrics);
    zv_switch_stats(gateway->sw, &stats);
    put_sessions(&prom, gateway, &gauges, &stats);
    put_calls(&prom, gateway, &gauges);
    put_media(&prom, gateway);
    put_workers(&prom, gateway);
    put_sip(&prom, gateway);
    put_traces(&prom, gateway);
    put_door(&prom, gateway);
}
