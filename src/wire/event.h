/*
 * The messages of the gateway, structs -> text.
 *
 * Writers append one whole message to `out`. Text that is no UTF-8 (a SIP side's Latin-1 name) is
 * written with U+FFFD in place of each wrong byte. ZV_E_TRUNCATED when it does not fit; `out` is
 * then useless. A zv_str with p == NULL, an int of 0 where noted and ZV_WIRE_ABSENT are left out.
 */
#ifndef ZV_WIRE_EVENT_H
#define ZV_WIRE_EVENT_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"
#include "wire/wire.h"

#include <stdbool.h>
#include <stdint.h>

/* An RTCIceServer (W3C WebRTC, section 4.2.4). */
struct zv_wire_ice_server {
    struct zv_wire_lines urls;
    struct zv_str username;
    struct zv_str credential; /* a secret: never log it */
};

/* getUserData and registered. No writer of this file ever gets to see a password. */
struct zv_wire_session {
    struct zv_str app_key;
    struct zv_str session_id;
    struct zv_str auth_token; /* getUserData only */
    struct zv_str status;     /* "ESTABLISHED", "REGISTERED" */
    struct zv_str sip_login;
    struct zv_str sip_authentication_name;
    struct zv_str sip_domain;
    struct zv_str sip_outbound_proxy;
    struct zv_str sip_visible_name;
    int32_t sip_port; /* -1: left out */
    enum zv_wire_flag sip_register_required;
    enum zv_wire_flag keep_alive;
    struct zv_wire_lines media_providers;
    unsigned features; /* granted */
    bool has_features; /* write the field: only to a client that sent one */
    const struct zv_wire_ice_server *ice_server; /* getUserData; NULL: left out */
};

/* Why something ended or was refused: the fields that finish and fail carry for every client. */
struct zv_wire_reason {
    struct zv_str cause;  /* "no_common_codec" */
    struct zv_str text;   /* one sentence */
    struct zv_str remedy; /* what to change */
    struct zv_str hop;    /* who said so: "client", "gateway", "sip" … */
};

enum zv_wire_call_event_kind {
    ZV_WIRE_TRYING,   /* notifyTryingResponse */
    ZV_WIRE_RING,     /* ring */
    ZV_WIRE_TALK,     /* talk */
    ZV_WIRE_HELD,     /* hold */
    ZV_WIRE_BUSY,     /* busy */
    ZV_WIRE_FINISH,   /* finish */
    ZV_WIRE_INCOMING, /* notifyIncomingCall */
    ZV_WIRE_CALL_EVENT_COUNT,
};

/* "notifyTryingResponse" … */
const char *zv_wire_call_event_name(enum zv_wire_call_event_kind kind);

/* The Call object. callId, status, incoming, hasAudio, hasVideo, mediaProvider are always there. */
struct zv_wire_call_event {
    enum zv_wire_call_event_kind kind;
    struct zv_str call_id;
    struct zv_str parent_call_id;
    struct zv_str
        status; /* "TRYING", "RING", "ESTABLISHED", "HOLD", "BUSY", "FINISH", "FAILED" … */
    bool incoming;
    struct zv_str caller;
    struct zv_str callee;
    struct zv_str visible_name; /* of the remote side; absent: the caller's number is written */
    bool has_audio;
    bool has_video;
    int sip_status; /* 0: left out */
    struct zv_str info;
    struct zv_wire_reason reason; /* finish */
};

struct zv_wire_fail {
    struct zv_str api_method; /* event name to raise: "RegistrationStatusEvent" … */
    struct zv_str id;         /* call id or operation id */
    struct zv_str info;       /* the sentence; what a WCS client shows */
    int sip_status;           /* 0: left out */
    struct zv_str field;      /* of the message that was refused: "sipLogin" */
    struct zv_wire_reason reason;
};

/* zvReport: what is known of a call that has ended, after its finish. */
struct zv_wire_report {
    struct zv_str call_id;
    struct zv_str trace_id; /* the call's number in the gateway: "c-0.12.3" */
    struct zv_wire_reason reason;
    int sip_status;       /* 0: left out */
    struct zv_str ladder; /* lines of text, at most ZV_MAX_LADDER_BYTES */
};

/* zvUpdate: the answer to the client's offer in mid-call, or an offer of the gateway. */
struct zv_wire_update_event {
    struct zv_str call_id;
    struct zv_str sdp;
    bool is_offer;  /* with the reason video: the far end adds or drops it */
    bool is_reload; /* the reason of an answer: a new peer connection; else an ICE restart */
};

/* A call that a returned client has. */
struct zv_wire_resumed_call {
    struct zv_str call_id;
    struct zv_str status;
    bool incoming;
    struct zv_str caller;
    struct zv_str callee;
    struct zv_str visible_name;
    bool held;
    bool has_audio;
    bool has_video;
    int64_t since_ms;
};

/* zvResumed */
struct zv_wire_resumed {
    const struct zv_wire_resumed_call *calls;
    size_t call_count;
    size_t replayed;  /* messages that follow */
    bool is_complete; /* none that the client missed is lost */
};

/* zvVerdict: what is wrong with the media of a call that goes on. */
struct zv_wire_verdict {
    struct zv_str call_id;
    struct zv_str leg;      /* "web", "sip" */
    struct zv_str code;     /* "ok" takes the last one back */
    struct zv_str severity; /* "info", "warning", "error" */
    struct zv_str text;
    struct zv_str remedy; /* absent: nothing to do */
    int64_t since_ms;     /* ago */
};

/* zvDtmf: a key that the far end pressed. */
struct zv_wire_press {
    struct zv_str call_id;
    struct zv_str digit;
    struct zv_str via; /* "rfc4733", "info" */
    uint32_t duration_ms;
};

/* zvDrain: the gateway is about to stop or to restart, or is not any more. */
struct zv_wire_drain {
    bool is_over;
    int64_t left_ms; /* until the client's calls are ended; 0: it has none */
    struct zv_wire_reason reason;
};

/* One direction, as its listener has it. */
struct zv_wire_quality_way {
    bool is_known;
    double mos;
    double loss_percent;
    double jitter_ms;
};

/* The picture, as it came from a leg. */
struct zv_wire_quality_video {
    bool is_known;
    uint16_t width; /* 0: not known */
    uint16_t height;
    double fps;
    double kbps;
    uint32_t freezes;
};

struct zv_wire_leg_quality {
    struct zv_wire_quality_way heard;    /* from that leg, by the gateway */
    struct zv_wire_quality_way reported; /* from the gateway, by that leg's end */
    double rtt_ms;                       /* 0: not known */
    double kbps;                         /* of audio */
    struct zv_wire_quality_video video;
};

/* zvQuality */
struct zv_wire_quality {
    struct zv_str call_id;
    struct zv_wire_leg_quality legs[2]; /* web, sip */
};

struct zv_wire_transfer_event {
    struct zv_str call_id;
    struct zv_str status; /* "PENDING", "COMPLETED" */
    bool incoming;
    struct zv_str target;
};

int zv_wire_write_get_user_data(struct zv_buf *out,
                                const struct zv_wire_session *session) ZV_MUST_CHECK;
int zv_wire_write_registered(struct zv_buf *out,
                             const struct zv_wire_session *session) ZV_MUST_CHECK;
int zv_wire_write_ping(struct zv_buf *out) ZV_MUST_CHECK;
int zv_wire_write_pong(struct zv_buf *out) ZV_MUST_CHECK;
int zv_wire_write_call_event(struct zv_buf *out,
                             const struct zv_wire_call_event *event) ZV_MUST_CHECK;
/* `is_initiator`: the client made the offer, this is the answer. Always three elements. */
int zv_wire_write_remote_sdp(struct zv_buf *out, struct zv_str call_id, struct zv_str sdp,
                             bool is_initiator) ZV_MUST_CHECK;
int zv_wire_write_fail(struct zv_buf *out, const struct zv_wire_fail *fail) ZV_MUST_CHECK;
int zv_wire_write_report(struct zv_buf *out, const struct zv_wire_report *report) ZV_MUST_CHECK;
int zv_wire_write_update(struct zv_buf *out,
                         const struct zv_wire_update_event *event) ZV_MUST_CHECK;
int zv_wire_write_resumed(struct zv_buf *out, const struct zv_wire_resumed *resumed) ZV_MUST_CHECK;
/* Adds `seq` to the message that `out` ends with. */
int zv_wire_write_seq(struct zv_buf *out, uint64_t seq) ZV_MUST_CHECK;
int zv_wire_write_verdict(struct zv_buf *out, const struct zv_wire_verdict *verdict) ZV_MUST_CHECK;
int zv_wire_write_press(struct zv_buf *out, const struct zv_wire_press *press) ZV_MUST_CHECK;
int zv_wire_write_drain(struct zv_buf *out, const struct zv_wire_drain *drain) ZV_MUST_CHECK;
int zv_wire_write_quality(struct zv_buf *out, const struct zv_wire_quality *quality) ZV_MUST_CHECK;
int zv_wire_write_transfer_event(struct zv_buf *out,
                                 const struct zv_wire_transfer_event *event) ZV_MUST_CHECK;
/* DataStatusEvent: "ACCEPTED" or "FAILED" with `info`. */
int zv_wire_write_data_status(struct zv_buf *out, struct zv_str operation_id, bool accepted,
                              struct zv_str info) ZV_MUST_CHECK;
/* notifyStreamStatusEvent, status FAILED: this gateway carries calls, no streams. */
int zv_wire_write_stream_refusal(struct zv_buf *out, struct zv_str media_session_id,
                                 struct zv_str info) ZV_MUST_CHECK;

#endif
