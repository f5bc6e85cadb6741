/*
 * Named caps of every queue, table and string. Reaching one yields ZV_E_LIMIT, a counter and a
 * sentence that names it. What an operator may set lies in the config table (gateway/config); these
 * are the bounds that code relies on.
 */
#ifndef ZV_BASE_LIMITS_H
#define ZV_BASE_LIMITS_H

/* Largest UDP payload accepted on a media port; larger ones are dropped and counted. */
#define ZV_MAX_MEDIA_DGRAM_BYTES 1500
/* Largest SIP message, any transport (reliability: 64 KiB). */
#define ZV_MAX_SIP_MESSAGE_BYTES 65535
/* What a stream may bring as one message: what is too large is refused, and read past up to here.
 */
#define ZV_MAX_SIP_PASSED_BYTES 1048576
#define ZV_MAX_SIP_HEADERS      128
/* Largest session description parsed or written. */
#define ZV_MAX_SDP_BYTES  16384
#define ZV_MAX_SDP_MEDIA  8
#define ZV_MAX_SDP_CODECS 64
/* Largest WebSocket message from a client, and its JSON depth. */
#define ZV_MAX_CLIENT_MESSAGE_BYTES 262144
#define ZV_MAX_JSON_DEPTH           16
/* Values in one message: bounds what a small text of "[[],[],…" may cost in memory. */
#define ZV_MAX_JSON_VALUES 4096
/* Bytes queued to one client before it counts as too slow and is closed. */
#define ZV_MAX_CLIENT_QUEUE_BYTES 262144
/* The ladder of a call in a message to its client. */
#define ZV_MAX_LADDER_BYTES 32768
/* Client-chosen call ids. */
#define ZV_MAX_CALL_ID_BYTES 64
/* SIP account fields. */
#define ZV_MAX_SIP_USER_BYTES      128
#define ZV_MAX_SIP_AUTH_NAME_BYTES 128
#define ZV_MAX_SIP_PASSWORD_BYTES  128
#define ZV_MAX_SIP_HOST_BYTES      253
#define ZV_MAX_VISIBLE_NAME_BYTES  256
#define ZV_MAX_CALLEE_BYTES        256
/* Media workers: one per core, and the most that an id has room for. */
#define ZV_MAX_WORKERS 64

#endif
