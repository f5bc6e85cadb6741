/*
 * What the files of a farm share:
 *   farm.c        sockets, messages, calls and their sound
 *   farm_video.c  the video of a call
 */
#ifndef ZV_TESTS_LOAD_FARM_INT_H
#define ZV_TESTS_LOAD_FARM_INT_H

#include "io/udp.h"
#include "rtc/peer/peer.h"
#include "sdp/plan.h"
#include "sdp/sdp.h"
#include "tools/load/farm.h"
#include "tools/load/uas.h"
#include "tools/webclient/picture.h"

#define ZV_LOAD_FARM_MAX_SEND    256 /* packets that leave in one turn, at most */
#define ZV_LOAD_FARM_MAX_CALL_ID 256
#define ZV_LOAD_FARM_PORTS       65536

struct zv_load_farm_call {
    struct zv_load_farm *farm; /* borrowed: its owner */
    unsigned number;
    bool is_over;
    char call_id[ZV_LOAD_FARM_MAX_CALL_ID];
    struct zv_peer *peer; /* owned; NULL: over */
    struct zv_load_voice voice;
    struct zv_load_timer timer;
    int64_t next_packet_us;
    uint16_t seq;
    uint32_t ts;
    struct zv_peer *video_peer; /* owned; NULL: no video, or over */
    struct zv_load_uas_video video;
    char video_proto[32];
    struct zv_load_probe video_probe;
    struct zv_wc_picture picture;
    struct zv_wc_camera camera;
    int64_t next_frame_us; /* ZV_TIME_NEVER: no video */
};

struct zv_load_farm {
    struct zv_load_farm_cfg cfg;
    enum zv_g711_law law;
    uint8_t pt;
    struct zv_udp_socket sip;
    struct zv_udp_socket rtp;
    struct zv_udp_socket rtcp;
    struct zv_udp_socket video;
    struct zv_udp_socket video_rtcp;
    struct zv_load_watch sip_watch;
    struct zv_load_watch rtp_watch;
    struct zv_load_watch rtcp_watch;
    struct zv_load_watch video_watch;
    struct zv_load_watch video_rtcp_watch;
    struct zv_udp_pool *pool;            /* owned */
    struct zv_load_delays *delays;       /* owned */
    struct zv_load_delays *video_delays; /* owned */
    struct zv_load_farm_call **calls;    /* owned, and each of them */
    struct zv_load_farm_call
        *by_port[ZV_LOAD_FARM_PORTS]; /* of the gateway: whose packets come from there */
    struct zv_udp_packet *out[ZV_LOAD_FARM_MAX_SEND]; /* to leave at the end of the turn */
    size_t out_count;
    unsigned call_count;
    unsigned refused;
    uint64_t unknown; /* datagrams that belong to no call */
    uint64_t late;
    int64_t latest_us;
};

/* farm.c */
/* NULL: none is free. */
struct zv_udp_packet *zv_load_farm_take_packet(struct zv_load_farm *farm);
/* What the gateway's leg sends is this call's. */
void zv_load_farm_listen_to(struct zv_load_farm *farm, const struct zv_peer_rtp_remote *remote,
                            struct zv_load_farm_call *call);
/* When a call sends first what it sends every `interval_us`. */
int64_t zv_load_farm_first_us(const struct zv_load_farm *farm, int64_t interval_us, int64_t now_us);

/* farm_video.c */
/*
 * A peer for the video of the offer, if there is VP8 in it and the farm takes video; else nothing.
 * ZV_E_NOMEM and what zv_peer_new gives.
 */
int zv_load_farm_open_video(struct zv_load_farm_call *call, const struct zv_sdp *sdp,
                            const struct zv_plan_sip_remote *plan, int64_t now_us);
void zv_load_farm_begin_video(struct zv_load_farm_call *call, int64_t now_us);
/* It leaves at once. */
void zv_load_farm_send_frame(struct zv_load_farm_call *call, int64_t now_us);

#endif
