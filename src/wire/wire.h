/*
 * The client protocol as values: the messages of a client, text -> structs. Pure: no socket, no
 * clock, no state. wire/event.h has the other direction.
 *
 * A message is one JSON object {"message": "<name>", "data": [argument, …]}, in both directions
 * (api/README.md, api/schema). Parsing is strict about JSON and types, and lenient about everything
 * that a client may add: absent and null are the same, fields that we do not know are ignored, an
 * unknown message name is a value (ZV_WIRE_UNKNOWN) and no error.
 *
 * Limits: ZV_MAX_CLIENT_MESSAGE_BYTES, ZV_MAX_JSON_DEPTH, ZV_MAX_JSON_VALUES (base/limits.h) and
 * the array sizes below. Text that is parsed has passed: strict UTF-8 (RFC 3629), no duplicate key,
 * no U+0000, no number beyond 64 bits. Whether a login or a callee makes sense is decided by call/.
 *
 * Not thread-safe as far as zv_wire_init goes; used on the signalling thread only.
 */
#ifndef ZV_WIRE_WIRE_H
#define ZV_WIRE_WIRE_H

#include "base/attr.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZV_WIRE_MAX_LINES     16 /* sipSDP, sipHeaders, mediaProviders: entries kept */
#define ZV_WIRE_MAX_PARAMS    16 /* inviteParameters: entries kept */
#define ZV_WIRE_MAX_NAME      64 /* bytes of a message name or field that an error quotes */
#define ZV_WIRE_MAX_SENTENCE  320
#define ZV_WIRE_SCRATCH       24 /* room for the digits of a number and a NUL */
#define ZV_WIRE_MAX_OPERATION 64 /* bytes of sendData's operationId */
#define ZV_WIRE_MAX_DIGITS    64 /* of one sendDtmf */

/*
 * Before anything else here, and before any other use of jansson in the process: it gets our
 * allocator (counted, wiped, made to fail by the OOM ladder) and a seed against chosen hash
 * collisions (0 is replaced by 1). Doing it again changes nothing; zv_http_new does it.
 */
void zv_wire_init(uint32_t seed);

enum zv_wire_kind {
    ZV_WIRE_UNKNOWN, /* a name that no client of ours sends: ignore */
    ZV_WIRE_CONNECTION,
    ZV_WIRE_CALL,
    ZV_WIRE_ANSWER,
    ZV_WIRE_HANGUP,
    ZV_WIRE_HOLD,
    ZV_WIRE_UNHOLD,
    ZV_WIRE_SEND_DTMF,
    ZV_WIRE_TRANSFER,
    ZV_WIRE_UPDATE,
    ZV_WIRE_PING,
    ZV_WIRE_PONG,
    ZV_WIRE_SEND_DATA,
    ZV_WIRE_SESSION_DEBUG,
    ZV_WIRE_BUG_REPORT,
    ZV_WIRE_PUSH_LOGS,
    ZV_WIRE_STREAM, /* any of the streaming messages: not offered by this gateway */
    ZV_WIRE_KIND_COUNT,
};

/* "CONNECTION"; for logs. */
const char *zv_wire_kind_name(enum zv_wire_kind kind);

/* A boolean that may be absent. JSON true/false, and the strings "true"/"false". */
enum zv_wire_flag {
    ZV_WIRE_ABSENT = -1,
    ZV_WIRE_FALSE = 0,
    ZV_WIRE_TRUE = 1,
};

static inline bool zv_wire_flag_or(enum zv_wire_flag flag, bool fallback)
{
    return flag == ZV_WIRE_ABSENT ? fallback : flag == ZV_WIRE_TRUE;
}

/* Extensions that a client may announce in connection.features. */
enum zv_wire_feature {
    ZV_WIRE_FEATURE_RESUME = 1 << 0,
    ZV_WIRE_FEATURE_REOFFER = 1 << 1,
    ZV_WIRE_FEATURE_VERDICT = 1 << 2,
    ZV_WIRE_FEATURE_DTMF = 1 << 3,
    ZV_WIRE_FEATURE_QUALITY = 1 << 4,
    ZV_WIRE_FEATURE_ICE_SERVERS = 1 << 5,
    ZV_WIRE_FEATURE_REPORT = 1 << 6,
    ZV_WIRE_FEATURE_DRAIN = 1 << 7,
};

/* In every struct below a zv_str with p == NULL is an absent field; "" has p != NULL and len 0. */

struct zv_wire_lines {
    struct zv_str line[ZV_WIRE_MAX_LINES];
    size_t count;
};

/* What `sipSDP` may say to the SIP side: its bandwidth (RFC 8866 §5.8; TIAS: RFC 3890). */
struct zv_wire_bandwidth {
    uint32_t as_kbps; /* b=AS; 0: none */
    uint32_t tias_bps;
    uint8_t dropped; /* lines that are none of these, or out of bounds */
};

struct zv_wire_bandwidth zv_wire_read_bandwidth(const struct zv_wire_lines *lines);

struct zv_wire_param {
    struct zv_str name;
    struct zv_str value;
};

struct zv_wire_params {
    struct zv_wire_param param[ZV_WIRE_MAX_PARAMS];
    size_t count;
};

struct zv_wire_connection {
    struct zv_str app_key;
    struct zv_str auth_token;
    struct zv_str client_version; /* "2.0": the web SDK of WCS */
    struct zv_str client_os_version;
    struct zv_str client_browser_version;
    struct zv_wire_lines media_providers;
    enum zv_wire_flag keep_alive;
    unsigned features; /* enum zv_wire_feature, names that we do not know are ignored */
    bool has_features; /* the field was there: not a WCS client */
    int64_t last_seq;  /* -1: absent */
    struct zv_str sip_login;
    struct zv_str sip_authentication_name;
    struct zv_str sip_password; /* a secret */
    struct zv_str sip_domain;
    struct zv_str sip_outbound_proxy;
    struct zv_str sip_proxy;
    struct zv_str sip_visible_name;
    struct zv_str sip_contact_params;
    struct zv_str sip_port; /* as text, whether text or number on the wire; not judged here */
    char port_scratch[ZV_WIRE_SCRATCH];      /* holds it when it was a number */
    enum zv_wire_flag sip_register_required; /* absent means true */
};

struct zv_wire_call {
    struct zv_str call_id; /* 1…ZV_MAX_CALL_ID_BYTES bytes, no controls; so below */
    struct zv_str callee;
    struct zv_str caller;
    struct zv_str visible_name;
    struct zv_str sdp; /* not empty, at most ZV_MAX_SDP_BYTES */
    struct zv_str media_provider;
    enum zv_wire_flag has_audio;
    enum zv_wire_flag has_video;
    enum zv_wire_flag is_msrp;
    struct zv_wire_lines sip_sdp;
    struct zv_wire_lines sip_headers;        /* "Name: value" */
    struct zv_wire_params invite_parameters; /* header name -> value */
};

struct zv_wire_answer {
    struct zv_str call_id;
    struct zv_str sdp; /* not empty, at most ZV_MAX_SDP_BYTES */
    enum zv_wire_flag has_audio;
    enum zv_wire_flag has_video;
    struct zv_wire_lines sip_sdp;
};

/* hangup, hold, unhold */
struct zv_wire_call_ref {
    struct zv_str call_id;
    enum zv_wire_flag hold_for_transfer; /* hold only */
};

enum zv_wire_dtmf_type {
    ZV_WIRE_DTMF_RFC2833, /* the default */
    ZV_WIRE_DTMF_INFO,
    ZV_WIRE_DTMF_INFO_RELAY,
};

struct zv_wire_dtmf {
    struct zv_str call_id;
    struct zv_str digits; /* 1…ZV_WIRE_MAX_DIGITS of 0-9 A-D a-d * # */
    enum zv_wire_dtmf_type type;
    char scratch[ZV_WIRE_SCRATCH]; /* holds the digits when they came as a JSON number */
};

struct zv_wire_transfer {
    struct zv_str call_id;
    struct zv_str target;
};

enum zv_wire_update_type {
    ZV_WIRE_UPDATE_OFFER,    /* a new offer for a call that there is */
    ZV_WIRE_UPDATE_ANSWER,   /* to an offer of the gateway */
    ZV_WIRE_UPDATE_ROLLBACK, /* that offer cannot be taken; all is as before */
};

/* zvUpdate */
struct zv_wire_update {
    struct zv_str call_id;
    enum zv_wire_update_type type;
    struct zv_str sdp; /* not empty, at most ZV_MAX_SDP_BYTES; absent in a ROLLBACK */
    bool is_reload;    /* reason of an OFFER: a new peer connection; else an ICE restart */
};

struct zv_wire_send_data {
    struct zv_str operation_id; /* 1…ZV_WIRE_MAX_OPERATION bytes */
};

struct zv_wire_debug {
    struct zv_str command; /* "start", "stop" */
};

struct zv_wire_bug_report {
    struct zv_str text;
    struct zv_str type;
};

struct zv_wire_logs {
    struct zv_str logs;
};

struct zv_wire_stream {
    struct zv_str media_session_id; /* may be absent */
};

/* One parsed message; owns its text: views stay valid until zv_wire_msg_free. */
struct zv_wire_msg {
    enum zv_wire_kind kind;
    struct zv_str name; /* as sent */
    union {
        struct zv_wire_connection connection;
        struct zv_wire_call call;
        struct zv_wire_answer answer;
        struct zv_wire_call_ref call_ref; /* HANGUP, HOLD, UNHOLD */
        struct zv_wire_dtmf dtmf;
        struct zv_wire_transfer transfer;
        struct zv_wire_update update;
        struct zv_wire_send_data send_data;
        struct zv_wire_debug debug;
        struct zv_wire_bug_report bug_report;
        struct zv_wire_logs logs;
        struct zv_wire_stream stream;
    };
    void *tree; /* owned; the JSON library's */
};

/* Why a message was refused. Holds copies only. */
struct zv_wire_error {
    int err;                                 /* ZV_E_PARSE, ZV_E_LIMIT, ZV_E_NOMEM */
    enum zv_wire_kind kind;                  /* UNKNOWN when it was not even an envelope */
    char message[ZV_WIRE_MAX_NAME + 1];      /* "call"; "" likewise */
    char field[ZV_WIRE_MAX_NAME + 1];        /* "sipPort"; "" when no field is to blame */
    char call_id[ZV_MAX_CALL_ID_BYTES + 1];  /* when the message named one that is well-formed */
    char sentence[ZV_WIRE_MAX_SENTENCE + 1]; /* for the user; quotes no secret */
};

/*
 * Parses one message. 0 and *ret_msg (free it), or err of `*error`, which is written on failure
 * only and may not be NULL.
 */
int zv_wire_parse(const char *text, size_t len, struct zv_wire_msg **ret_msg,
                  struct zv_wire_error *error) ZV_MUST_CHECK;
/* NULL is allowed; returns NULL. Wipes the text. */
struct zv_wire_msg *zv_wire_msg_free(struct zv_wire_msg *msg);

#endif
