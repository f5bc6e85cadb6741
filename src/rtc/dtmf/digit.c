#include "rtc/dtmf/digit.h"

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
