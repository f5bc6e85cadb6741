/*
 * What is counted of one leg of a call, as one look finds it: a plain value, so that nothing here
 * knows of sockets and machines. Counts are of all since the leg began; one that goes back says
 * that the leg was made anew.
 */
#ifndef ZV_VERDICT_FIGURES_H
#define ZV_VERDICT_FIGURES_H

#include <stdint.h>

/* Of the video from that leg; zeros where there is none. */
struct zv_video_figures {
    uint64_t packets; /* RTP accepted */
    uint64_t bytes;   /* of those */
    uint64_t rtcp;    /* RTCP that is of video alone: the client's is of all that it sends, so 0 */
    uint64_t frames;
    uint64_t keyframes;
    uint64_t freezes;
    uint64_t requests;   /* for a key frame, to that leg's end */
    int64_t last_rtp_us; /* 0: never */
    int64_t keyframe_us; /* when the last one began to come; 0: never */
    uint16_t width;      /* as the last key frame told; 0: not known */
    uint16_t height;
};

/* Of audio, but for `video` and what is of the transport. */
struct zv_leg_figures {
    int64_t at_us;
    uint64_t packets;       /* RTP accepted */
    uint64_t bytes;         /* of those */
    uint64_t lost;          /* by their sequence numbers; what comes late is taken off again */
    uint64_t comfort_noise; /* part of packets (RFC 3389) */
    uint64_t rtcp;          /* RTCP accepted */
    uint64_t auth_failures; /* SRTP and SRTCP */
    uint64_t rejected;      /* by their source */
    uint64_t unknown_format;
    uint32_t checks;           /* authentic ICE checks */
    uint32_t jitter_us;        /* RFC 3550 A.8 */
    uint32_t rtt_us;           /* 0: not known */
    int64_t last_rtp_us;       /* 0: never */
    int64_t report_us;         /* when that end last reported on what it gets; 0: never */
    uint8_t report_fraction;   /* lost of 256, in its last interval */
    uint32_t report_jitter_us; /* of what it gets */
    struct zv_video_figures video;
};

#endif
