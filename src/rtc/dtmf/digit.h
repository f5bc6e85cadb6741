/* The sixteen keys: as characters, as event codes (RFC 4733 §3.2), and how long they are. */
#ifndef ZV_RTC_DTMF_DIGIT_H
#define ZV_RTC_DTMF_DIGIT_H

#include <stddef.h>
#include <stdint.h>

#define ZV_DTMF_CODES 16

/* 0-9, *, #, A-D in either case; -1: no key. */
int zv_dtmf_code_of(char digit);
/* '0' …; '\0': no key, as the flash (16) and what else a telephone-event may be. */
char zv_dtmf_digit_of(uint8_t code);
/* The duration in a telephone-event, in another clock; what is too short to be one stays. */
void zv_dtmf_convert(uint8_t *payload, size_t len, uint32_t from_hz, uint32_t to_hz);

#endif
