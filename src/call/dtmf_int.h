/* Digits of the SIP side, inside call/: what zv_call keeps of them. By way of switch_int.h. */
#ifndef ZV_CALL_DTMF_INT_H
#define ZV_CALL_DTMF_INT_H

#include <stdint.h>

enum zv_dtmf_way {
    ZV_DTMF_BY_EVENT, /* RFC 4733 */
    ZV_DTMF_BY_INFO,
};

/* The last press, and how many there were of late. */
struct zv_call_dtmf {
    char digit; /* a secret; '\0': there was none */
    enum zv_dtmf_way way;
    uint8_t in_second;
    int64_t second_us; /* when that second began */
    int64_t pressed_us;
};

#endif
