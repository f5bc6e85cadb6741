/*
 * Error codes: 0 is success, failures are negative, each with a name and a sentence.
 *
 * An error is for us (a full table, a bad argument, no memory). What the network sends is judged by
 * verdicts (rtc/) and what a protocol answers by causes (call/); neither belongs here.
 */
#ifndef ZV_BASE_ERR_H
#define ZV_BASE_ERR_H

#define ZV_ERR_LIST(X)                                                                             \
    X(-1, NOMEM, "out of memory")                                                                  \
    X(-2, INVAL, "invalid argument")                                                               \
    X(-3, LIMIT, "a limit is reached")                                                             \
    X(-4, GONE, "the object no longer exists")                                                     \
    X(-5, STATE, "not possible in this state")                                                     \
    X(-6, PARSE, "malformed input")                                                                \
    X(-7, TRUNCATED, "the buffer is too small")                                                    \
    X(-8, NOTFOUND, "not found")                                                                   \
    X(-9, EXISTS, "exists already")                                                                \
    X(-10, CRYPTO, "the cryptographic library refused")                                            \
    X(-11, AUTH, "authentication failed")                                                          \
    X(-12, UNSUPPORTED, "not supported")                                                           \
    X(-13, DENIED, "forbidden by policy")                                                          \
    X(-14, IO, "the operating system refused")                                                     \
    X(-15, INUSE, "address or port is in use")                                                     \
    X(-16, TIMEOUT, "timed out")                                                                   \
    X(-17, AGAIN, "nothing to do now")                                                             \
    X(-18, INTERNAL, "internal error")                                                             \
    X(-19, NOROUTE, "no way to that address")

enum zv_err {
    ZV_OK = 0,
#define X(number, name, text) ZV_E_##name = (number),
    ZV_ERR_LIST(X)
#undef X
};

/* "ZV_E_LIMIT"; "ZV_OK" for 0; "ZV_E_UNKNOWN" for a number that is none of ours. Static storage. */
const char *zv_err_name(int err);

/* The sentence of an error, without a full stop. Static storage. */
const char *zv_err_text(int err);

#endif
