#include "sip/dtmf.h"

#include "base/err.h"

#include <string.h>

/* How long a key is said to sound. */
#define DURATION_MS 250
/* More than that is no duration of a key. */
#define MAX_DURATION_MS 60000

void zv_sip_dtmf_write(enum zv_sip_info_type type, char digit, struct zv_buf *body)
{
    if (type == ZV_SIP_INFO_DTMF)
        zv_buf_put_char(body, digit);
    else
        zv_buf_printf(body, "Signal=%c\r\nDuration=%d\r\n", digit, DURATION_MS);
}

/* A key as it is, or by the number of its event (RFC 4733 §3.2). */
static int read_key(struct zv_str text, char *ret_digit)
{
    static const char keys[] = "0123456789*#ABCDabcd";
    static const char numbered[] = "*#ABCD"; /* from 10 on */
    if (text.len == 1 && text.p[0] && strchr(keys, text.p[0])) {
        char key = text.p[0];
        *ret_digit = key >= 'a' ? (char)(key - 'a' + 'A') : key;
        return 0;
    }
    if (text.len != 2 || text.p[0] != '1' || text.p[1] < '0' || text.p[1] > '5')
        return ZV_E_PARSE;
    *ret_digit = numbered[text.p[1] - '0'];
    return 0;
}

static uint32_t read_duration(struct zv_str text)
{
    uint64_t number;
    return zv_str_to_u64(text, &number) || number > MAX_DURATION_MS ? 0 : (uint32_t)number;
}

static void read_line(struct zv_str line, struct zv_str *signal, uint32_t *duration_ms)
{
    ptrdiff_t equals = zv_str_find(line, '=');
    if (equals < 0)
        return;
    struct zv_str name = zv_str_trim(zv_str_head(line, (size_t)equals));
    struct zv_str value = zv_str_trim(zv_str_tail(line, (size_t)equals + 1));
    if (zv_str_is_i(name, "signal"))
        *signal = value;
    else if (zv_str_is_i(name, "duration"))
        *duration_ms = read_duration(value);
}

int zv_sip_dtmf_parse(struct zv_str body, char *ret_digit, uint32_t *ret_duration_ms)
{
    struct zv_str rest = body, line = {0}, signal = {0};
    uint32_t duration_ms = 0;
    char digit;
    if (zv_str_line(&rest, &line) && zv_str_find(line, '=') < 0)
        signal = zv_str_trim(line);
    for (rest = body; zv_str_line(&rest, &line);)
        read_line(line, &signal, &duration_ms);
    if (read_key(signal, &digit))
        return ZV_E_PARSE;
    *ret_digit = digit;
    *ret_duration_ms = duration_ms;
    return 0;
}
