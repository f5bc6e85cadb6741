/* Digits as telephone-events among the audio of a leg, and those that its far end presses. */
#include "support/test.h"

#include "pair.h"

#include "base/err.h"
#include "rtc/dtmf/listener.h"

/* What end 1 hears while end 0 sends audio of `pt` every 20 ms and `digits` once. */
struct heard {
    char digits[16];
    unsigned events; /* packets */
    unsigned audio;
    unsigned gaps;
    uint32_t duration_ms;
    uint8_t event_pt;
};

static void hear(struct pair *pair, struct heard *heard, uint16_t *seq)
{
    const struct zv_rtp_header *header = &pair->ends[1].packet.header;
    struct zv_dtmf_press press;
    bool is_event = header->payload_len == ZV_RTP_EVENT_BYTES;
    heard->gaps += (uint16_t)(header->seq - *seq) != 1;
    *seq = header->seq;
    heard->events += is_event;
    heard->audio += !is_event;
    if (is_event)
        heard->event_pt = header->pt;
    while (zv_peer_poll_press(pair->ends[1].peer, &press)) {
        heard->digits[strlen(heard->digits)] = press.digit;
        heard->duration_ms = press.duration_ms;
    }
}

/* Its own datagrams go at once, and the other end sees them one by one. */
static void deliver_own(struct pair *pair, struct heard *heard, uint16_t *seq)
{
    struct zv_dgram out;
    while (zv_peer_poll_dgram(pair->ends[0].peer, &out)) {
        if (deliver(pair, 1, &out) == ZV_PEER_PACKET)
            hear(pair, heard, seq);
    }
}

static struct heard dial(struct pair *pair, uint8_t pt, unsigned ts_step, const char *digits)
{
    struct heard heard = {0};
    struct zv_dgram out;
    uint16_t seq = 0;
    for (int i = 0; i < 100; i++, pair->now_us += ZV_MS(20)) {
        pair->ends[0].ts += ts_step - PAYLOAD;
        if (send_rtp(pair, 0, pt, &out) == ZV_PEER_PACKET &&
            deliver(pair, 1, &out) == ZV_PEER_PACKET) {
            if (!i)
                seq = (uint16_t)(pair->ends[1].packet.header.seq - 1);
            hear(pair, &heard, &seq);
        }
        if (i == 10)
            assert_int_equal(zv_peer_send_digits(pair->ends[0].peer, zv_str(digits), pair->now_us),
                             0);
        zv_peer_on_timeout(pair->ends[0].peer, pair->now_us);
        deliver_own(pair, &heard, &seq);
    }
    return heard;
}

static void keys_go_among_the_audio_of_either_clock(void **state)
{
    (void)state;
    struct pair pair = open_rtp_pair(NULL, false);
    struct heard heard = dial(&pair, PCMU, 160, "12#");
    assert_string_equal(heard.digits, "12#");
    assert_int_equal(heard.events, 3 * 9);
    assert_int_equal(heard.event_pt, EVENTS);
    assert_int_equal(heard.duration_ms, 120);
    assert_int_equal(heard.gaps, 0); /* nothing is missing, and what was left out leaves no hole */
    assert_int_equal(heard.audio + dropped(&pair.ends[0], ZV_PEER_DROP_KEY), 100);
    assert_true(dropped(&pair.ends[0], ZV_PEER_DROP_KEY) >= 3 * 7);
    close_pair(&pair);

    pair = open_rtp_pair(NULL, false);
    heard = dial(&pair, OPUS, 960, "5");
    assert_string_equal(heard.digits, "5");
    assert_int_equal(heard.event_pt, EVENTS48); /* that of the audio's clock */
    assert_int_equal(heard.duration_ms, 120);
    assert_int_equal(heard.gaps, 0);
    close_pair(&pair);
}

static void events_of_8000_beside_opus_do(void **state)
{
    (void)state;
    static const struct zv_peer_codec codecs[] = {{OPUS, 48000}, {EVENTS, 8000, .is_event = true}};
    struct pair pair = open_rtp_pair(NULL, false);
    for (int i = 0; i < 2; i++)
        assert_int_equal(zv_peer_set_codecs(pair.ends[i].peer, codecs, ZV_ARRAY_LEN(codecs)), 0);
    struct heard heard = dial(&pair, OPUS, 960, "59");
    assert_string_equal(heard.digits, "59");
    assert_int_equal(heard.duration_ms, 120); /* said in the clock of the event */
    assert_int_equal(heard.gaps, 0);
    close_pair(&pair);
}

static void keys_go_under_the_number_that_the_far_end_wants(void **state)
{
    (void)state;
    static const struct zv_peer_codec codecs[] = {
        {PCMU, 8000}, {127, 8000, .is_event = true}, {EVENTS, 8000, .is_event = true}};
    struct pair pair = open_rtp_pair(NULL, false);
    for (int i = 0; i < 2; i++)
        assert_int_equal(zv_peer_set_codecs(pair.ends[i].peer, codecs, ZV_ARRAY_LEN(codecs)), 0);
    struct heard heard = dial(&pair, PCMU, 160, "5");
    assert_string_equal(heard.digits, "5");
    assert_int_equal(heard.event_pt, 127);
    close_pair(&pair);
}

static void keys_need_a_codec_for_them_and_somebody_who_listens(void **state)
{
    (void)state;
    static const struct zv_peer_codec pcmu = {PCMU, 8000};
    struct pair pair = open_rtp_pair(NULL, false);
    struct zv_peer *peer = pair.ends[0].peer;
    const struct zv_addr nowhere = {0};
    struct zv_dgram out;
    assert_int_equal(zv_peer_send_digits(peer, zv_str("1x"), pair.now_us), ZV_E_INVAL);
    assert_int_equal(zv_peer_send_digits(peer, zv_str("1"), pair.now_us), 0);
    set_rtp_remote(&pair, 0, &nowhere, false, 2);
    while (zv_peer_poll_dgram(peer, &out))
        assert_int_not_equal(out.len, ZV_RTP_HEADER_BYTES + ZV_RTP_EVENT_BYTES);
    assert_int_equal(dropped(&pair.ends[0], ZV_PEER_DROP_NOT_WANTED), 1);
    assert_int_equal(zv_peer_set_codecs(peer, &pcmu, 1), 0);
    assert_int_equal(zv_peer_send_digits(peer, zv_str("1"), pair.now_us), ZV_E_UNSUPPORTED);
    close_pair(&pair);
}

static void a_key_whose_end_is_lost_is_told_by_the_clock(void **state)
{
    (void)state;
    struct pair pair = open_rtp_pair(NULL, false);
    struct zv_peer *far = pair.ends[1].peer;
    struct zv_dtmf_press press;
    struct zv_dgram out;
    assert_int_equal(zv_peer_send_digits(pair.ends[0].peer, zv_str("7"), pair.now_us), 0);
    assert_true(zv_peer_poll_dgram(pair.ends[0].peer, &out));
    assert_int_equal(deliver(&pair, 1, &out), ZV_PEER_PACKET);
    assert_true(zv_peer_hears_key(far));
    assert_false(zv_peer_poll_press(far, &press));
    pair.now_us += ZV_DTMF_SILENCE_US;
    assert_true(zv_peer_deadline_us(far) <= pair.now_us);
    zv_peer_on_timeout(far, pair.now_us);
    assert_true(zv_peer_has_event(far));
    assert_true(zv_peer_poll_press(far, &press));
    assert_int_equal(press.digit, '7');
    assert_false(zv_peer_hears_key(far));
    close_pair(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_go_among_the_audio_of_either_clock),
        cmocka_unit_test(events_of_8000_beside_opus_do),
        cmocka_unit_test(keys_go_under_the_number_that_the_far_end_wants),
        cmocka_unit_test(keys_need_a_codec_for_them_and_somebody_who_listens),
        cmocka_unit_test(a_key_whose_end_is_lost_is_told_by_the_clock),
    };
    open_rand();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
