/* The sixteen keys: as characters, and as event codes (RFC 4733 §3.2). */
#ifndef ZV_RTC_DTMF_DIGIT_H
#define ZV_RTC_DTMF_DIGIT_H

#include <stdint.h>

#define ZV_DTMF_CODES 16

/* 0-9, *, #, A-D in either case; -1: no key. */
int zv_dtmf_code_of(char digit);
/* '0' …; '\0': no key, as the flash (16) and what else a telephone-event may be. */
char zv_dtmf_digit_of(uint8_t code);

#endif
