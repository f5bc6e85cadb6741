#include "rtc/dtmf/listener.h"

#include "base/attr.h"
#include "rtc/dtmf/digit.h"

/* What is so far behind the present press came late; further behind, the sender began anew. */
#define LATE_S 5
/* The ends of a press are told again within that time, by some under other timestamps. */
#define ENDS_US ZV_MS(200)

static uint32_t duration_ms(const struct zv_dtmf_listener *listener)
{
    uint64_t ticks = (uint64_t)listener->before_ts + listener->duration_ts;
    return (uint32_t)(ticks * 1000 / listener->clock_hz);
}

static void tell(struct zv_dtmf_listener *listener)
{
    if (!listener->is_on)
        return;
    listener->is_on = false;
    if (listener->count == ZV_DTMF_MAX_PRESSES) {
        listener->lost++;
        return;
    }
    unsigned at = (listener->first + listener->count++) % ZV_DTMF_MAX_PRESSES;
    listener->presses[at] = (struct zv_dtmf_press){
        .digit = zv_dtmf_digit_of(listener->code),
        .duration_ms = duration_ms(listener),
    };
}

static void begin(struct zv_dtmf_listener *listener, const struct zv_rtp_header *header,
                  const struct zv_rtp_event *event, uint32_t clock_hz)
{
    tell(listener); /* the end of the one before was lost */
    listener->is_on = listener->has_heard = true;
    listener->code = event->code;
    listener->ssrc = header->ssrc;
    listener->ts = header->ts;
    listener->clock_hz = clock_hz;
    listener->duration_ts = event->duration_ts;
    listener->before_ts = 0;
}

static bool is_same_source(const struct zv_dtmf_listener *listener,
                           const struct zv_rtp_header *header)
{
    return listener->has_heard && listener->ssrc == header->ssrc;
}

/* Of a press that is over, or told twice. */
static bool is_late(const struct zv_dtmf_listener *listener, const struct zv_rtp_header *header)
{
    uint32_t behind = listener->ts - header->ts;
    return is_same_source(listener, header) && behind - 1 < LATE_S * listener->clock_hz;
}

/* The same press under another timestamp. */
static bool is_continued(const struct zv_dtmf_listener *listener,
                         const struct zv_rtp_header *header, const struct zv_rtp_event *event)
{
    return listener->is_on && is_same_source(listener, header) && !header->marker &&
           event->code == listener->code &&
           (event->duration_ts > listener->duration_ts || listener->duration_ts == UINT16_MAX);
}

/* Of a sender that moves the timestamp with every packet: the end of what was told. */
static bool is_end_again(const struct zv_dtmf_listener *listener,
                         const struct zv_rtp_header *header, const struct zv_rtp_event *event,
                         int64_t now_us)
{
    return !listener->is_on && is_same_source(listener, header) && !header->marker &&
           event->is_end && event->code == listener->code &&
           event->duration_ts >= listener->duration_ts && now_us - listener->heard_us < ENDS_US;
}

static void go_on(struct zv_dtmf_listener *listener, const struct zv_rtp_header *header,
                  const struct zv_rtp_event *event)
{
    if (header->ts != listener->ts && listener->duration_ts == UINT16_MAX)
        listener->before_ts += UINT16_MAX;
    else if (event->duration_ts < listener->duration_ts)
        return; /* reordered */
    listener->ts = header->ts;
    listener->duration_ts = event->duration_ts;
}

void zv_dtmf_listener_on_packet(struct zv_dtmf_listener *listener,
                                const struct zv_rtp_header *header, const uint8_t *payload,
                                uint32_t clock_hz, int64_t now_us)
{
    struct zv_rtp_event event;
    if (zv_rtp_parse_event(payload, header->payload_len, &event) != ZV_RTP_PASS ||
        !zv_dtmf_digit_of(event.code) || is_late(listener, header))
        return;
    bool is_known = is_same_source(listener, header) && header->ts == listener->ts;
    if ((is_known && !listener->is_on) || is_end_again(listener, header, &event, now_us))
        return;
    if (is_known || is_continued(listener, header, &event))
        go_on(listener, header, &event);
    else
        begin(listener, header, &event, clock_hz);
    listener->heard_us = now_us;
    if (event.is_end)
        tell(listener);
}

void zv_dtmf_listener_on_timeout(struct zv_dtmf_listener *listener, int64_t now_us)
{
    if (now_us >= zv_dtmf_listener_deadline_us(listener))
        tell(listener);
}

int64_t zv_dtmf_listener_deadline_us(const struct zv_dtmf_listener *listener)
{
    return listener->is_on ? listener->heard_us + ZV_DTMF_SILENCE_US : ZV_TIME_NEVER;
}

bool zv_dtmf_listener_poll(struct zv_dtmf_listener *listener, struct zv_dtmf_press *ret_press)
{
    if (!listener->count)
        return false;
    *ret_press = listener->presses[listener->first];
    listener->first = (uint8_t)((listener->first + 1) % ZV_DTMF_MAX_PRESSES);
    listener->count--;
    return true;
}
