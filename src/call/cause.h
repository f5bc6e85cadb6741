/*
 * The one table of causes: why a session or a call ended, or a request was refused. Each has what
 * the client is told (status, CALL_STATUS_INFO text, sentence, remedy), what the SIP side is told,
 * and the hop that failed. A unit test checks it for completeness.
 */
#ifndef ZV_CALL_CAUSE_H
#define ZV_CALL_CAUSE_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* What a client is told as the last status of a call: WCS CALL_STATUS. */
enum zv_cause_outcome {
    ZV_OUTCOME_FINISH, /* normal end, or the peer's own decision */
    ZV_OUTCOME_BUSY,   /* `busy` with BUSY, then `finish` with FINISH */
    ZV_OUTCOME_FAILED, /* a fault of server, network or media */
};

/* Where it failed. */
enum zv_cause_hop {
    ZV_HOP_NONE, /* nothing failed */
    ZV_HOP_CLIENT,
    ZV_HOP_GATEWAY,
    ZV_HOP_SIP_SERVER,
    ZV_HOP_FAR_END,
};

/*
 * name, status, SIP status towards an unanswered caller, CALL_STATUS_INFO text ("" where WCS has
 * none: then the SIP reason phrase or the sentence is sent), hop, sentence, remedy ("" where there
 * is nothing to do).
 */
#define ZV_CAUSE_LIST(X)                                                                           \
    X(NONE, none, FINISH, 0, "", NONE, "nothing happened", "")                                     \
    X(NORMAL, normal, FINISH, 480, "Normal call clearing", NONE, "the call was hung up", "")       \
    X(CANCELLED, cancelled, FINISH, 487, "Normal call clearing", NONE,                             \
      "the caller gave up before an answer", "")                                                   \
    X(DECLINED, declined, FINISH, 603, "", CLIENT, "the called client declined", "")               \
    X(NO_ANSWER, no_answer, FINISH, 480, "", CLIENT, "nobody answered in time", "try again later") \
    X(RING_TIMEOUT, ring_timeout, FAILED, 480, "Failed by request timeout", FAR_END,               \
      "the far end rang too long without an answer", "try again later")                            \
    X(ADMIN_HANGUP, admin_hangup, FINISH, 480, "Normal call clearing", GATEWAY,                    \
      "an administrator ended the call", "")                                                       \
    X(SHUTDOWN, shutdown, FAILED, 503, "Failed by error", GATEWAY, "the gateway is shutting down", \
      "connect again in a minute")                                                                 \
    X(BUSY, busy, BUSY, 486, "", FAR_END, "the far end is busy", "try again later")                \
    X(SIP_REJECTED, sip_rejected, FINISH, 480, "", FAR_END, "the far end rejected the call", "")   \
    X(SIP_NOT_FOUND, sip_not_found, FINISH, 404, "", SIP_SERVER,                                   \
      "the SIP server knows no such number or account", "check the number and sipLogin")           \
    X(SIP_UNAVAILABLE, sip_unavailable, FINISH, 480, "", FAR_END,                                  \
      "the far end is not reachable now", "is the called phone switched on and registered?")       \
    X(SIP_FORBIDDEN, sip_forbidden, FINISH, 403, "", SIP_SERVER, "the SIP server forbids this",    \
      "ask the operator of the SIP server what this account may do")                               \
    X(SIP_REDIRECTED, sip_redirected, FINISH, 480, "", SIP_SERVER,                                 \
      "the SIP server redirects the call elsewhere, which is not followed",                        \
      "dial the new number directly")                                                              \
    X(SIP_AUTH_FAILED, sip_auth_failed, FINISH, 480, "", SIP_SERVER,                               \
      "the SIP server refused the login or the password",                                          \
      "check sipLogin, sipAuthenticationName and sipPassword")                                     \
    X(SIP_SERVER_ERROR, sip_server_error, FAILED, 480, "Failed by error", SIP_SERVER,              \
      "the SIP server failed", "see the SIP status and the SIP server's log")                      \
    X(SIP_TIMEOUT, sip_timeout, FAILED, 480, "Failed by request timeout", SIP_SERVER,              \
      "the SIP server did not answer",                                                             \
      "check sipDomain, sipOutboundProxy and sipPort, and that the server is running and "         \
      "reachable "                                                                                 \
      "over UDP")                                                                                  \
    X(SIP_UNREACHABLE, sip_unreachable, FAILED, 480, "Failed by error", SIP_SERVER,                \
      "the SIP server cannot be reached", "check sipOutboundProxy and sipPort, and the network")   \
    X(SIP_UNKNOWN_DOMAIN, sip_unknown_domain, FAILED, 480, "Failed by error", SIP_SERVER,          \
      "the SIP domain has no address in DNS", "check the spelling of sipDomain")                   \
    X(SIP_TARGET_DENIED, sip_target_denied, FAILED, 403, "Failed by error", GATEWAY,               \
      "this gateway may not send SIP there",                                                       \
      "the operator can add the domain or the address to sip.allow in zvonok.yaml")                \
    X(SIP_LOST, sip_lost, FAILED, 480, "Failed by request timeout", FAR_END,                       \
      "the far end of the call no longer answers", "")                                             \
    X(NO_ACK, no_ack, FAILED, 480, "Failed by request timeout", FAR_END,                           \
      "the caller never confirmed the answer", "check the caller's NAT and SIP routing")           \
    X(NO_COMMON_CODEC, no_common_codec, FAILED, 488, "No common codecs", GATEWAY,                  \
      "the two sides have no codec in common", "enable opus, G.722, PCMU or PCMA on the far end")  \
    X(BAD_SIP_SDP, bad_sip_sdp, FAILED, 488, "Failed by session creation", FAR_END,                \
      "the far end's session description cannot be used", "")                                      \
    X(BAD_CLIENT_SDP, bad_client_sdp, FAILED, 480, "Failed by session creation", CLIENT,           \
      "the client's session description cannot be used",                                           \
      "send an audio offer with ICE, DTLS and rtcp-mux, as browsers do")                           \
    X(ICE_FAILED, ice_failed, FAILED, 480, "Failed by ICE error", CLIENT,                          \
      "no media path between client and gateway came up",                                          \
      "open the gateway's UDP media port in the firewall, and set media.public_address behind "    \
      "NAT")                                                                                       \
    X(DTLS_FAILED, dtls_failed, FAILED, 480, "Failed by DTLS error", CLIENT,                       \
      "the encryption of the client's media could not be agreed on",                               \
      "let UDP packets of 1500 bytes through")                                                     \
    X(DTLS_FINGERPRINT, dtls_fingerprint, FAILED, 480, "Failed by DTLS fingerprint error", CLIENT, \
      "the client's certificate is not the one that it announced", "")                             \
    X(NO_MEDIA, no_media, FAILED, 480, "Failed by RTP activity", NONE,                             \
      "no sound arrived from one side for too long",                                               \
      "check the firewall for UDP between the gateway and that side")                              \
    X(MAX_DURATION, max_duration, FINISH, 480, "Normal call clearing", GATEWAY,                    \
      "the call reached the longest duration allowed", "timers.max_duration sets it")              \
    X(CLIENT_GONE, client_gone, FAILED, 480, "Failed by error", CLIENT,                            \
      "the client lost its connection and did not return", "")                                     \
    X(CLIENT_OFFLINE, client_offline, FINISH, 480, "", CLIENT,                                     \
      "the called client is not connected", "")                                                    \
    X(BAD_ACCOUNT, bad_account, FAILED, 480, "", CLIENT,                                           \
      "a field of the SIP account is malformed", "correct the named field")                        \
    X(BAD_CALLEE, bad_callee, FAILED, 480, "Failed by session creation", CLIENT,                   \
      "the number or address to call is malformed", "")                                            \
    X(BAD_REQUEST, bad_request, FAILED, 400, "Failed by session creation", CLIENT,                 \
      "the request is malformed", "")                                                              \
    X(NO_ACCOUNT, no_account, FAILED, 480, "Failed by session creation", CLIENT,                   \
      "this session has no SIP account", "connect with sipLogin and sipDomain")                    \
    X(ALREADY_CONNECTED, already_connected, FAILED, 480, "", CLIENT,                               \
      "this connection has a session already", "open a new WebSocket for another account")         \
    X(NOT_CONNECTED, not_connected, FAILED, 480, "", CLIENT, "this connection has no session yet", \
      "send `connection` first")                                                                   \
    X(RESUME_UNKNOWN_TOKEN, resume_unknown_token, FAILED, 480, "", CLIENT,                         \
      "the session of this token no longer exists", "connect with the SIP account again")          \
    X(DUPLICATE_CALL_ID, duplicate_call_id, FAILED, 480, "Failed by session creation", CLIENT,     \
      "this session has a call with that callId already", "use a new callId for each call")        \
    X(LIMIT_CLIENTS, limit_clients, FAILED, 503, "", GATEWAY,                                      \
      "the gateway has as many clients as it may have", "limits.clients sets it; try again later") \
    X(LIMIT_CALLS, limit_calls, FAILED, 503, "Failed by session creation", GATEWAY,                \
      "the gateway has as many calls as it may have", "limits.calls sets it; try again later")     \
    X(LIMIT_CLIENT_CALLS, limit_client_calls, FAILED, 486, "Failed by session creation", CLIENT,   \
      "this client has as many calls as it may have",                                              \
      "hang up another call first; limits.calls_per_client sets it")                               \
    X(NO_PORTS, no_ports, FAILED, 503, "Failed by session creation", GATEWAY,                      \
      "the gateway has no media port left",                                                        \
      "media.port_from and media.port_to set the range; try again later")                          \
    X(MEDIA_SETUP, media_setup, FAILED, 500, "Failed by session creation", GATEWAY,                \
      "the gateway could not set up the media of the call", "see the gateway's log")               \
    X(NOT_SUPPORTED, not_supported, FAILED, 501, "", GATEWAY, "this gateway cannot do that yet",   \
      "")                                                                                          \
    X(NO_SUCH_CALL, no_such_call, FAILED, 481, "", CLIENT, "there is no such call", "")            \
    X(INTERNAL_ERROR, internal_error, FAILED, 500, "Failed by error", GATEWAY,                     \
      "the gateway made a mistake", "please report it with the gateway's log")

enum zv_cause {
#define X(id, name, status, sip, info, hop, text, remedy) ZV_CAUSE_##id,
    ZV_CAUSE_LIST(X)
#undef X
        ZV_CAUSE_COUNT,
};

struct zv_cause_info {
    const char *name; /* "no_common_codec": the `cause` of the API, logs and metrics */
    enum zv_cause_outcome outcome;
    uint16_t sip_status; /* 0: none */
    const char *info;    /* CALL_STATUS_INFO text, or "" */
    enum zv_cause_hop hop;
    const char *text;   /* a sentence without capital and full stop */
    const char *remedy; /* likewise, or "" */
};

/* Never NULL; a number out of range yields INTERNAL_ERROR. Static storage. */
const struct zv_cause_info *zv_cause_info(enum zv_cause cause);
/* "no_common_codec". */
const char *zv_cause_name(enum zv_cause cause);
/* "client", "gateway", "sip_server", "far_end"; "" for none. */
const char *zv_cause_hop_name(enum zv_cause_hop hop);
/* The cause of a final SIP response to an INVITE of ours. `status` 300-699. */
enum zv_cause zv_cause_of_sip_status(int status);

#endif
