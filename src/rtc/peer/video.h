/*
 * Video on a leg. A WEB leg has a video stream beside its audio, over the same transport (BUNDLE,
 * RFC 8843); an RTP leg has one stream, which may be of video.
 *
 * Packets pass as they are; what is done here is what keeps a picture whole on each side of the
 * gateway by itself: losses of the far end's packets are asked for again (NACK), those of ours are
 * sent again from a buffer, the far end is told what the path carries (transport-cc) and may carry
 * (REMB, TMMBR), and key frames are asked for where a picture cannot go on without one.
 *
 * What one far end wants of the other passes the owner as a wish: the leg that it came to gives it
 * by zv_peer_poll_wish, the leg that the video comes from takes it by zv_peer_take_wish.
 *
 * Memory for all that is allocated by zv_peer_set_video; packets need none.
 */
#ifndef ZV_RTC_PEER_VIDEO_H
#define ZV_RTC_PEER_VIDEO_H

#include "base/attr.h"
#include "rtc/video/payload.h"

#include <stdbool.h>
#include <stdint.h>

struct zv_peer;

/* What was agreed on with the far end of a leg. Plain value, copied across threads. */
struct zv_peer_video_cfg {
    uint8_t codec;              /* enum zv_video_codec; NONE: no video, the rest is not looked at */
    uint8_t packetization_mode; /* H.264; with 0 neither fragments nor aggregates go there */
    uint8_t feedback;           /* bits of enum zv_video_feedback (sdp/codec.h) */
    uint8_t cc_id;              /* header extensions, 1..14; 0: none. WEB: transport-cc */
    uint8_t orientation_id;     /* relayed where both legs have one */
    int16_t tx_pt;              /* what we send it as; ZV_PT_NONE: nothing is sent */
    int16_t rx_pt;              /* what the far end may send it as, beside tx_pt */
    int16_t rtx_pt;    /* RFC 4588, both ways; ZV_PT_NONE: what is sent again is as it was */
    uint32_t max_kbps; /* what the far end may send; 0: no limit */
};

/*
 * Turns video on, changes it, or ends it (codec NONE). What is the same as before goes on without a
 * gap. ZV_E_INVAL: a payload type or id out of range, or that of another stream; ZV_E_NOMEM;
 * ZV_E_STATE: an RTP leg of audio. On failure all is as before.
 */
int zv_peer_set_video(struct zv_peer *peer, const struct zv_peer_video_cfg *cfg,
                      int64_t now_us) ZV_MUST_CHECK;
bool zv_peer_has_video(const struct zv_peer *peer);
/*
 * Is what the far end sends wanted, or on hold? Wanted at first. It is asked for a key frame when
 * that begins again, and for nothing meanwhile. Then its packets pass from that key frame on (what
 * comes before it refers to pictures that nobody got), or after ZV_PEER_RESUME_US.
 */
#define ZV_PEER_RESUME_US INT64_C(1000000)
void zv_peer_want_video(struct zv_peer *peer, bool is_wanted, int64_t now_us);

/* What a far end asks of whoever sends the video that it gets. */
struct zv_peer_wish {
    bool keyframe;       /* PLI, FIR, or our own: what we send there begins */
    uint64_t bits_per_s; /* no more than that (TMMBR, REMB); 0: nothing is said about it */
};
/* Poll after polling datagrams, and after the first packets that were sent. False: none. */
bool zv_peer_poll_wish(struct zv_peer *peer, struct zv_peer_wish *ret_wish);
/* Passes a wish to the far end of this leg; poll for datagrams and events. */
void zv_peer_take_wish(struct zv_peer *peer, const struct zv_peer_wish *wish, int64_t now_us);

/* Of the video stream, since zv_peer_new. Plain value, copied across threads. */
struct zv_peer_video_counters {
    uint8_t codec; /* enum zv_video_codec; NONE: no video now */
    /* Of RTP: as their namesakes in zv_peer_counters. */
    uint64_t rx_packets; /* repairs too, once each */
    uint64_t rx_bytes;
    uint64_t tx_packets; /* without repairs */
    uint64_t tx_bytes;
    uint64_t lost;
    uint64_t reordered;
    uint32_t jitter_us;
    uint32_t remote_lost;
    uint8_t remote_fraction;
    uint32_t remote_jitter_us;
    int64_t remote_report_us;
    uint32_t rtt_us;
    uint32_t rx_ssrc;
    uint32_t tx_ssrc;
    int64_t last_rtp_us;
    /* What came: frames.h. */
    uint64_t frames;
    uint64_t keyframes;
    uint64_t freezes;
    int64_t frozen_us;
    uint64_t malformed;        /* payloads that are none of the codec */
    uint64_t reference_losses; /* times that a decoder lost what it builds on */
    uint32_t fps_x10;          /* lately, in tenths */
    uint32_t kbps;             /* likewise */
    uint16_t width;            /* of the last key frame that told; 0: none did */
    uint16_t height;
    uint32_t profile_level_id; /* H.264: likewise */
    int64_t keyframe_us;       /* when the last key frame began to come; 0: none did */
    /* Repairs. */
    uint64_t nacks_in;      /* NACK packets of the far end */
    uint64_t retransmitted; /* packets sent again for them */
    uint64_t nacks_out;     /* numbers that we asked for, repetitions too */
    uint64_t rtx_in;        /* repairs that came by RTX */
    uint64_t recovered;     /* gaps that closed */
    uint64_t given_up;      /* gaps that did not */
    /* Key frames. */
    uint64_t keyframe_requests_in;  /* PLI and FIR of the far end */
    uint64_t keyframe_requests_out; /* PLI, FIR, and events KEYFRAME_WANTED */
    uint64_t keyframe_unanswered;   /* given up after repetitions */
    uint64_t cc_reports;            /* transport-cc packets sent */
    uint32_t told_kbps;             /* the limit that the far end was told last; 0: none */
};

/* All is 0 where there never was video. */
void zv_peer_video_counters(const struct zv_peer *peer, int64_t now_us,
                            struct zv_peer_video_counters *ret_counters);

#endif
