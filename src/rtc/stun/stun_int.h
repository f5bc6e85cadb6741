/*
 * What the reader and the writer of STUN messages share.
 */
#ifndef ZV_RTC_STUN_STUN_INT_H
#define ZV_RTC_STUN_STUN_INT_H

#include <stdint.h>

#define ZV_STUN_ATTR_HEADER_BYTES 4                    /* RFC 8489 §14 */
#define ZV_STUN_FINGERPRINT_XOR   UINT32_C(0x5354554e) /* RFC 8489 §14.7 */

#endif
