/*
 * What zvonokctl and the gateway say to each other over the admin socket (a Unix stream socket).
 *
 * One request a connection: one JSON object in one line,
 * {"version":1,"verb":"call","id":"c-0.1.2"}, of texts, numbers and truth values only; with it at
 * most one file descriptor (SCM_RIGHTS). One answer: a JSON object and a line end, then the gateway
 * closes. It holds "ok": true and what the verb gives, or "ok": false with error    a word for
 * programs, such as "unknown_call" text     a sentence for people remedy   what to do about it; may
 * be absent
 */
#ifndef ZV_ADMIN_PROTOCOL_H
#define ZV_ADMIN_PROTOCOL_H

#define ZV_ADMIN_VERSION        1
#define ZV_ADMIN_DEFAULT_SOCKET "/run/zvonok/admin.sock"

#define ZV_ADMIN_MAX_REQUEST_BYTES 4096 /* the line with its end */
#define ZV_ADMIN_MAX_ANSWER_BYTES  (16 * 1024 * 1024)

/* name, word on the command line and in requests. */
#define ZV_ADMIN_VERB_LIST(X)                                                                      \
    X(STATUS, "status")                                                                            \
    X(CALLS, "calls") /* ended: those that are over */                                             \
    X(CALL, "call")   /* id */                                                                     \
    X(TRACE, "trace") /* id */                                                                     \
    X(SESSIONS, "sessions")                                                                        \
    X(HANGUP, "hangup")     /* id */                                                               \
    X(LOGLEVEL, "loglevel") /* levels: "media=debug" */                                            \
    X(DOCTOR, "doctor")                                                                            \
    X(RELOAD, "reload")                                                                            \
    X(PCAP, "pcap") /* id, on, and a file descriptor with on=true */

enum zv_admin_verb {
#define X(id, name) ZV_ADMIN_##id,
    ZV_ADMIN_VERB_LIST(X)
#undef X
        ZV_ADMIN_VERB_COUNT,
};

#endif
