/*
 * The inside of a worker, for the files of this folder:
 *   worker.c    lifecycle, the thread's loop, queues
 *   commands.c  what signalling asks for
 *   calls.c     calls: slots, their legs, their figures
 *   figures.c   what a call counted
 *   legs.c      legs: sockets, peers, timers
 *   video.c     video of calls: what commands and far ends want of it
 *   demux.c     whose is a datagram on the shared web sockets
 *   relay.c     the packet path
 *   pace.c      how long packets may gather before they are looked at
 *   streams.c   clients' TCP connections
 *   tap.c       copies of packets for captures
 *   events.c    what signalling is told
 *   ports.c     the RTP port pool
 *   gauges.c    what other threads may read
 *
 * All but the queues, the gauges and `is_stopping` belongs to the worker's thread once it runs.
 */
#ifndef ZV_WORKER_WORKER_INT_H
#define ZV_WORKER_WORKER_INT_H

#include "base/list.h"
#include "base/map.h"
#include "base/timers.h"
#include "io/poller.h"
#include "io/queue.h"
#include "io/thread.h"
#include "io/udp.h"
#include "rtc/ice/ice.h"
#include "rtc/rtcp/clock.h"
#include "worker/pace.h"
#include "worker/streams.h"
#include "worker/tap.h"
#include "worker/worker.h"

#include <stdatomic.h>

/* Datagrams in flight inside one turn of the loop. */
#define ZV_WORKER_PACKETS 512
/* Commands waiting, beyond one CLOSE for each call. */
#define ZV_WORKER_MAX_COMMANDS 1024
/* Room for events beyond one CLOSED for each call. */
#define ZV_WORKER_MAX_EVENTS 1024
/* What the sockets of a SIP leg ask for: a stranger's flood at one must not push the leg's own
 * packets out before the worker comes round. The kernel may give less. */
#define ZV_WORKER_SIP_BUFFER_BYTES (1 << 20)
/* recvmmsg calls on one socket in one turn, so that a flood at one cannot starve the others. */
#define ZV_WORKER_MAX_READS 4
/* The first of them on a leg's own socket, where seldom more than one datagram waits. */
#define ZV_WORKER_LEG_BATCH 4
/* Ports tried for one call before it fails. */
#define ZV_WORKER_MAX_PORT_TRIES 16
/* When events found no room, or commands had to wait for it: look again after that long. */
#define ZV_WORKER_RETRY_US INT64_C(10000)

/* A socket and what waits to leave through it. */
struct zv_worker_socket {
    struct zv_udp_socket udp;
    struct zv_udp_packet *first; /* owned until the flush */
    struct zv_udp_packet *last;
    struct zv_list_node dirty; /* in worker.dirty while something waits */
};

struct zv_worker_leg;

struct zv_worker_tuple {
    struct zv_map_node node; /* in worker.tuples while `leg` is set */
    struct zv_worker_tuple_key key;
    struct zv_worker_leg *leg; /* NULL: free */
    struct zv_addr local;
    struct zv_addr remote;
};

struct zv_worker_ufrag {
    struct zv_map_node node; /* in worker.ufrags while `leg` is set */
    struct zv_worker_leg *leg;
    char text[ZV_ICE_UFRAG_CHARS + 1];
};

struct zv_worker_call;

struct zv_worker_leg {
    struct zv_worker_call *call; /* borrowed: its owner */
    uint8_t index;               /* ZV_WORKER_LEG_* */
    uint8_t kind;                /* enum zv_worker_leg_kind */
    struct zv_peer *peer;        /* owned; NULL: no such leg */
    struct zv_timer timer;
    struct zv_list_node noisy; /* in worker.noisy while events wait in the peer */
    int64_t silence_us;
    uint32_t tap_lost; /* copies of its packets that found no room */
    /* RTP */
    struct zv_worker_socket rtp;
    struct zv_worker_socket rtcp;
    uint16_t port; /* taken from the pool; 0: none */
    /* WEB: the present ufrag, and the one of before an ICE restart */
    struct zv_worker_ufrag ufrags[2];
    struct zv_worker_tuple tuples[ZV_ICE_MAX_VALIDATED];
    struct zv_peer_counters past; /* of peers before this one; only what can be added up */
};

struct zv_worker_call {
    zv_call_id id;
    uint8_t tap;                             /* enum zv_worker_tap */
    struct zv_bridge bridges[ZV_PEER_MEDIA]; /* payload types of one may mean others in the other */
    struct zv_worker_leg legs[ZV_WORKER_LEGS];
    struct zv_rtcp_clock clocks[2];           /* of the SIP side, of the web leg's far end */
    struct zv_peer_video_counters past_video; /* as `past` of the web leg */
};

/* As struct zv_worker_traffic. */
struct zv_worker_atomic_traffic {
    _Atomic uint64_t rx_packets;
    _Atomic uint64_t rx_bytes;
    _Atomic uint64_t tx_packets;
    _Atomic uint64_t tx_bytes;
    _Atomic uint64_t rx_drops[ZV_PEER_DROP_COUNT];
    _Atomic uint64_t tx_drops[ZV_PEER_DROP_COUNT];
};

struct zv_worker_atomic_gauges {
#define X(name) _Atomic uint64_t name;
    ZV_WORKER_GAUGE_LIST(X)
#undef X
    struct zv_worker_atomic_traffic traffic[ZV_LEG_KIND_COUNT];
    _Atomic uint64_t turns[ZV_HISTOGRAM_MAX_BOUNDS + 1];
    _Atomic uint64_t turns_us; /* sum */
};

struct zv_worker {
    struct zv_worker_cfg cfg;
    struct zv_worker_socket web[ZV_WORKER_MAX_BINDS];
    size_t web_count;
    uint16_t web_port;
    struct zv_poller *poller;  /* owned, as all pointers below */
    struct zv_queue *commands; /* of struct zv_worker_cmd */
    struct zv_queue *events;   /* of struct zv_worker_event */
    struct zv_queue *tap;      /* of struct zv_worker_tapped */
    struct zv_thread *thread;  /* NULL: not running */
    struct zv_udp_pool *pool;
    struct zv_worker_call **calls; /* cfg.max_calls slots */
    size_t call_count;
    struct zv_map ufrags;
    struct zv_map tuples;
    struct zv_timers timers;
    struct zv_list dirty;
    struct zv_list noisy;
    struct zv_worker_streams streams;
    int64_t now_us; /* of this turn */
    struct zv_pace pace;
    size_t turn_datagrams;          /* read in this turn */
    bool is_behind;                 /* this turn left something unread */
    struct zv_worker_tapped tapped; /* the copy that is being made */
    _Atomic bool is_stopping;
    struct zv_worker_atomic_gauges gauges;
};

/* One writer, so a plain sum is enough; readers see whole values. */
#define ZV_WORKER_COUNT(worker, name, n)                                                           \
    atomic_store_explicit(&(worker)->gauges.name,                                                  \
                          atomic_load_explicit(&(worker)->gauges.name, memory_order_relaxed) +     \
                              (uint64_t)(n),                                                       \
                          memory_order_relaxed)

/* commands.c */
void zv_worker_run_commands(struct zv_worker *worker);

/* calls.c */
struct zv_worker_call *zv_worker_find_call(struct zv_worker *worker, zv_call_id id);
/* Where what `leg` gets of that medium goes. */
struct zv_worker_leg *zv_worker_far_leg(struct zv_worker_leg *leg, enum zv_peer_medium medium);
int zv_worker_open_call(struct zv_worker *worker, const struct zv_worker_cmd *cmd,
                        enum zv_worker_what *ret_what) ZV_MUST_CHECK;
/* Last words are sent, everything is freed, CLOSED is pushed. */
void zv_worker_close_call(struct zv_worker *worker, struct zv_worker_call *call);
void zv_worker_close_all(struct zv_worker *worker);
/* legs.c */
int zv_worker_open_leg(struct zv_worker *worker, struct zv_worker_leg *leg,
                       const struct zv_worker_leg_cfg *cfg,
                       enum zv_worker_what *ret_what) ZV_MUST_CHECK;
void zv_worker_close_leg(struct zv_worker *worker, struct zv_worker_leg *leg);
int zv_worker_open_web_sockets(struct zv_worker *worker) ZV_MUST_CHECK;
void zv_worker_arm_leg(struct zv_worker *worker, struct zv_worker_leg *leg);
/* Another peer takes the place of a web leg's. ZV_E_INVAL (no web leg), ZV_E_NOMEM, ZV_E_CRYPTO:
 * all is as before. */
int zv_worker_renew_leg(struct zv_worker *worker, struct zv_worker_leg *leg) ZV_MUST_CHECK;
/* figures.c */
/* `peer` is about to go: what it counted stays with the leg. */
void zv_worker_keep_figures(struct zv_worker_leg *leg, const struct zv_peer *peer, int64_t now_us);
void zv_worker_fill_stats(const struct zv_worker *worker, const struct zv_worker_call *call,
                          struct zv_worker_stats *ret_stats);
/* The tags that the poller gives back. */
uint64_t zv_worker_tag_of(const struct zv_worker_leg *leg, bool is_rtcp);

/* demux.c */
void zv_worker_make_key(struct zv_worker_tuple_key *key, const struct zv_addr *local,
                        const struct zv_addr *remote);
/* By which ufrags the leg is found: the peer's present one, and that of before an ICE restart for
 * as long as it counts. */
int zv_worker_note_ufrags(struct zv_worker *worker, struct zv_worker_leg *leg) ZV_MUST_CHECK;
/* After a check that the peer took: its 5-tuple leads to this leg from now on. */
void zv_worker_note_tuple(struct zv_worker *worker, struct zv_worker_leg *leg,
                          const struct zv_dgram *in);
/* The 5-tuples alone. */
void zv_worker_forget_tuples(struct zv_worker *worker, struct zv_worker_leg *leg);
void zv_worker_forget_leg(struct zv_worker *worker, struct zv_worker_leg *leg);
/* What comes from there is a stranger's again, until the next check. */
void zv_worker_forget_path(struct zv_worker *worker, const struct zv_worker_tuple_key *key);
/* NULL: nobody's. *ret_is_check: a Binding request. */
struct zv_worker_leg *zv_worker_find_leg(struct zv_worker *worker, const struct zv_dgram *in,
                                         bool *ret_is_check);

/* video.c */
/* Both legs get what was agreed on; as zv_peer_set_video. */
int zv_worker_set_video(struct zv_worker *worker, struct zv_worker_call *call,
                        const struct zv_peer_video_cfg video[2]) ZV_MUST_CHECK;
void zv_worker_set_video_flow(struct zv_worker *worker, struct zv_worker_call *call,
                              const bool from[2]);
void zv_worker_ask_keyframe(struct zv_worker *worker, struct zv_worker_leg *leg);
/* What the far end of `leg` wishes of the other one is passed on. */
void zv_worker_pass_wishes(struct zv_worker *worker, struct zv_worker_leg *leg);

/* gauges.c */
/* A turn of the loop took that long, without its wait. */
void zv_worker_note_turn(struct zv_worker *worker, int64_t busy_us);
void zv_worker_note_received(struct zv_worker *worker, const struct zv_worker_leg *leg,
                             size_t bytes);
void zv_worker_note_sent(struct zv_worker *worker, const struct zv_worker_leg *leg, size_t bytes);
/* If the leg has just dropped something, its reason. */
void zv_worker_note_rx_drop(struct zv_worker *worker, const struct zv_worker_leg *leg);
void zv_worker_note_tx_drop(struct zv_worker *worker, const struct zv_worker_leg *leg);

/* relay.c */
/* All that waits at one socket, as its tag says. */
void zv_worker_read(struct zv_worker *worker, uint64_t tag);
/* A datagram of a client, or of a stranger; the packet is not the caller's any more. */
void zv_worker_receive_web(struct zv_worker *worker, struct zv_udp_packet *packet);
/* From the pool, where need be after a flush. NULL: none is left. */
struct zv_udp_packet *zv_worker_take_packet(struct zv_worker *worker);
/* What a peer has to say after an input other than a media packet. */
void zv_worker_drain_leg(struct zv_worker *worker, struct zv_worker_leg *leg);
void zv_worker_flush(struct zv_worker *worker);

/* tap.c: for calls whose tap is on. */
/* A packet that `leg` accepted, before anything else is done to it. */
void zv_worker_tap_received(struct zv_worker *worker, struct zv_worker_leg *leg,
                            const struct zv_dgram *dgram, const struct zv_peer_packet *rtp);
/* The same packet, on its way out of `leg` as `dgram`. */
void zv_worker_tap_sent(struct zv_worker *worker, struct zv_worker_leg *leg,
                        const struct zv_dgram *dgram, const struct zv_peer_packet *rtp);

/* events.c */
/* There is room for an answer to a command, and still for one CLOSED of each call. */
bool zv_worker_has_room(struct zv_worker *worker);
void zv_worker_emit(struct zv_worker *worker, const struct zv_worker_event *event);
void zv_worker_note_events(struct zv_worker *worker, struct zv_worker_leg *leg);
/* Moves what waits in the noisy legs to the queue, as far as there is room. */
void zv_worker_collect_events(struct zv_worker *worker);

#endif
