#include "rtc/dtmf/digit.h"

#include "base/attr.h"
#include "rtc/rtp/rtp.h"

#include <string.h>

static const char keys[ZV_DTMF_CODES + 1] = "0123456789*#ABCD";

int zv_dtmf_code_of(char digit)
{
    if (digit >= 'a' && digit <= 'd')
        digit = (char)(digit - 'a' + 'A');
    const char *key = digit ? strchr(keys, digit) : NULL;
    return key ? (int)(key - keys) : -1;
}

char zv_dtmf_digit_of(uint8_t code)
{
    return code < ZV_DTMF_CODES ? keys[code] : '\0';
}

void zv_dtmf_convert(uint8_t *payload, size_t len, uint32_t from_hz, uint32_t to_hz)
{
    struct zv_rtp_event event;
    if (zv_rtp_parse_event(payload, len, &event) != ZV_RTP_PASS)
        return;
    uint64_t duration_ts = (uint64_t)event.duration_ts * to_hz / from_hz;
    event.duration_ts = (uint16_t)ZV_MIN(duration_ts, (uint64_t)UINT16_MAX);
    zv_rtp_write_event(payload, &event);
}
