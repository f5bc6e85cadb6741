/*
 * Descriptions with video for the desk (desk.h), and the way to a call that has it: of a client
 * that answers offers in mid-call, unless desk.can_reoffer was taken back.
 */
#ifndef ZV_TESTS_UNIT_CALL_VIDEO_H
#define ZV_TESTS_UNIT_CALL_VIDEO_H

#include "unit/call/desk.h"

#define VIDEO_WEB_HEAD "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n"
#define VIDEO_WEB_TRANSPORT(mid, direction, setup)                                                 \
    "c=IN IP4 0.0.0.0\r\na=ice-ufrag:8hhY\r\na=ice-pwd:asd88fds9s8d7f6g5h4j3k2l\r\n"               \
    "a=fingerprint:" DESK_FINGERPRINT "\r\na=mid:" mid "\r\na=" direction                          \
    "\r\na=rtcp-mux\r\na=setup:" setup "\r\n"
#define VIDEO_WEB_AUDIO(setup)                                                                     \
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 0 8 126\r\n" VIDEO_WEB_TRANSPORT(                             \
        "0", "sendrecv",                                                                           \
        setup) "a=rtpmap:111 opus/48000/2\r\na=rtpmap:126 telephone-event/8000\r\n"
#define VIDEO_WEB_PICTURE(direction, setup)                                                        \
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103\r\n" VIDEO_WEB_TRANSPORT(                           \
        "1", direction,                                                                            \
        setup) "a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\n"           \
               "a=rtcp-fb:96 ccm fir\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"             \
               "a=rtpmap:102 H264/90000\r\na=rtcp-fb:102 nack\r\na=rtcp-fb:102 nack pli\r\n"       \
               "a=rtcp-fb:102 ccm fir\r\n"                                                         \
               "a=fmtp:102 "                                                                       \
               "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n"        \
               "a=rtpmap:103 rtx/90000\r\na=fmtp:103 apt=102\r\n"

/* Of a client: with video, with video that it refuses. */
#define VIDEO_WEB_OFFER                                                                            \
    VIDEO_WEB_HEAD VIDEO_WEB_AUDIO("actpass") VIDEO_WEB_PICTURE("sendrecv", "actpass")
#define VIDEO_WEB_ANSWER                                                                           \
    VIDEO_WEB_HEAD VIDEO_WEB_AUDIO("active") VIDEO_WEB_PICTURE("sendrecv", "active")
#define VIDEO_WEB_WATCHES                                                                          \
    VIDEO_WEB_HEAD VIDEO_WEB_AUDIO("active") VIDEO_WEB_PICTURE("recvonly", "active")
#define VIDEO_WEB_REFUSES                                                                          \
    VIDEO_WEB_HEAD VIDEO_WEB_AUDIO("active") "m=video 0 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n"

/* Of the SIP side: PCMA, and H.264 or none. */
#define VIDEO_SIP_HEAD(version)                                                                    \
    "v=0\r\no=- 1 " version " IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\nt=0 0\r\n"
#define VIDEO_SIP_AUDIO "m=audio 20010 RTP/AVP 8\r\n"
#define VIDEO_SIP_PICTURE(port)                                                                    \
    "m=video " port " RTP/AVP 99\r\na=rtpmap:99 H264/90000\r\n"                                    \
    "a=fmtp:99 profile-level-id=42e01f;packetization-mode=1\r\n"
#define VIDEO_SIP(version, port) VIDEO_SIP_HEAD(version) VIDEO_SIP_AUDIO VIDEO_SIP_PICTURE(port)
#define VIDEO_SIP_HELD(version)                                                                    \
    VIDEO_SIP_HEAD(version)                                                                        \
    VIDEO_SIP_AUDIO "a=inactive\r\n" VIDEO_SIP_PICTURE("20020") "a=inactive\r\n"
#define VIDEO_SIP_REFUSED(version)                                                                 \
    VIDEO_SIP_HEAD(version) VIDEO_SIP_AUDIO "m=video 0 RTP/AVP 99\r\n"

#define VIDEO_REMOTES                                                                              \
    "MEDIA_SIP_REMOTE\nMEDIA_SIP_REMOTE video\nMEDIA_FLOW 1 1 video 1 1\nMEDIA_CODECS\n"
#define VIDEO_ASKS "MEDIA_ASK_KEYFRAME client\nMEDIA_ASK_KEYFRAME sip\n"

static inline void video_open(struct desk *desk)
{
    desk_open_with(desk, (struct zv_switch_cfg){.has_video = true, .video_kbps = 2000});
    desk->can_reoffer = true;
}

static inline void video_trying(struct desk *desk)
{
    desk_connect(desk);
    desk_call_with(desk, "c1", "1002", VIDEO_WEB_OFFER);
    desk_media(desk, ZV_CALL_IN_MEDIA_READY);
    desk_forget(desk);
}

static inline void video_media(struct desk *desk)
{
    desk_media(desk, ZV_CALL_IN_MEDIA_ICE_CONNECTED);
    desk_media(desk, ZV_CALL_IN_MEDIA_DTLS_CONNECTED);
    desk_media_leg(desk, ZV_CALL_IN_MEDIA_FIRST, ZV_CALL_LEG_WEB, 0);
    desk_media_leg(desk, ZV_CALL_IN_MEDIA_FIRST, ZV_CALL_LEG_SIP, 0);
    desk_forget(desk);
}

/* An outgoing call with video both ways. */
static inline void video_active(struct desk *desk)
{
    video_trying(desk);
    desk_sip(desk, ZV_CALL_IN_SIP_ANSWERED,
             (struct zv_in_sip){.status = 200, .sdp = zv_str(VIDEO_SIP("1", "20020"))});
    video_media(desk);
    desk_media_leg(desk, ZV_CALL_IN_MEDIA_FIRST, ZV_CALL_LEG_VIDEO, 0);
}

/* An outgoing call of a page with microphone only. */
static inline void video_active_audio(struct desk *desk)
{
    desk_active(desk);
}

static inline void video_reinvite(struct desk *desk, const char *sdp)
{
    desk_sip(desk, ZV_CALL_IN_SIP_OFFER, (struct zv_in_sip){.sdp = zv_str(sdp)});
}

#endif
