/* The text ladder and the Mermaid diagram: a call with everything, and texts that want to break
 * out. */
#include "golden.h"

#include "trace/picture_int.h"

#include <string.h>

#define BEGUN_US      INT64_C(5000000)
#define BEGUN_WALL_US INT64_C(1795726744123456)

#define INVITE_1 "INVITE sip:1002@zvonok.test SIP/2.0\r\nCSeq: 1 INVITE\r\n\r\n"

struct story {
    int64_t at_us;
    enum zv_trace_kind kind;
    enum zv_trace_lane from, to;
    const char *label, *detail, *data;
    uint8_t step;
    uint32_t dropped_before;
};

#define CLIENT  ZV_TRACE_LANE_CLIENT
#define GATEWAY ZV_TRACE_LANE_GATEWAY
#define SIP     ZV_TRACE_LANE_SIP
#define PHONE   ZV_TRACE_LANE_PHONE

/* As tests/vectors/traces/everything.json. */
static const struct story everything[] = {
    {0, ZV_TRACE_KIND_CLIENT, CLIENT, GATEWAY, "call", "to 1002", "{}", .step = 1},
    {50, ZV_TRACE_KIND_INPUT, GATEWAY, GATEWAY, "CLIENT_CALL", "", "{}"},
    {100, ZV_TRACE_KIND_STATE, GATEWAY, GATEWAY, "NEW -> TRYING", "", ""},
    {200, ZV_TRACE_KIND_CLIENT, GATEWAY, CLIENT, "notifyTryingResponse", "", ""},
    {900, ZV_TRACE_KIND_SIP, GATEWAY, SIP, "INVITE", "127.0.0.1:5070 to 127.0.0.1:5060", INVITE_1,
     .step = 2},
    {500900, ZV_TRACE_KIND_SIP, GATEWAY, SIP, "INVITE", "127.0.0.1:5070 to 127.0.0.1:5060",
     INVITE_1},
    {501500, ZV_TRACE_KIND_SIP, SIP, GATEWAY, "407 Proxy Authentication Required", "",
     "SIP/2.0 407 Proxy Authentication Required\r\nCSeq: 1 INVITE\r\n\r\n"},
    {502000, ZV_TRACE_KIND_SIP, GATEWAY, SIP, "ACK", "",
     "ACK sip:1002@zvonok.test SIP/2.0\r\nCSeq: 1 ACK\r\n\r\n"},
    {1500900, ZV_TRACE_KIND_SIP, GATEWAY, SIP, "INVITE", "127.0.0.1:5070 to 127.0.0.1:5060",
     INVITE_1},
    {1501100, ZV_TRACE_KIND_SIP, SIP, GATEWAY, "180 Ringing",
     "with a session description of 3 codecs, of which two are known here and one is not, so that "
     "the sentence is long",
     "SIP/2.0 180 Ringing\r\nCSeq: 2 INVITE\r\n\r\n"},
    {1501200, ZV_TRACE_KIND_STATE, GATEWAY, GATEWAY, "TRYING -> RINGING", "", ""},
    {1501300, ZV_TRACE_KIND_CLIENT, GATEWAY, CLIENT, "ring", "", ""},
    {1502300, ZV_TRACE_KIND_MEDIA, CLIENT, GATEWAY, "ICE connected", "[2001:db8::7]:40000", ""},
    {1502400, ZV_TRACE_KIND_TIMER, GATEWAY, GATEWAY, "timer", "", ""},
    {1503300, ZV_TRACE_KIND_MEDIA, CLIENT, GATEWAY, "DTLS connected", "", ""},
    {2345678, ZV_TRACE_KIND_CLIENT, GATEWAY, CLIENT, "talk", "in opus", "", .step = 6,
     .dropped_before = 57},
    {2400000, ZV_TRACE_KIND_MEDIA, SIP, GATEWAY, "first packet", "127.0.0.1:20020", ""},
    {12345500, ZV_TRACE_KIND_SIP, SIP, GATEWAY, "486 Busy Here", "",
     "SIP/2.0 486 Busy Here\r\n\r\n"},
    {12345600, ZV_TRACE_KIND_STATE, GATEWAY, GATEWAY, "RINGING -> CLOSING", "", ""},
    {12345700, ZV_TRACE_KIND_CLIENT, GATEWAY, CLIENT, "finish", "the far end is busy", ""},
    {12345778, ZV_TRACE_KIND_END, GATEWAY, GATEWAY, "busy", "the far end is busy", ""},
};

static struct zv_trace trace;
static struct zv_trace_event events[64];
static struct picture picture, other;

static void tell(const struct story *story, size_t count)
{
    trace = (struct zv_trace){
        .name = "c-0.12.3", .created_us = BEGUN_US, .created_wall_us = BEGUN_WALL_US};
    zv_list_init(&trace.events);
    assert_true(count <= sizeof events / sizeof *events);
    for (size_t i = 0; i < count; i++) {
        events[i] = (struct zv_trace_event){
            .at_us = BEGUN_US + story[i].at_us,
            .kind = (uint8_t)story[i].kind,
            .from = (uint8_t)story[i].from,
            .to = (uint8_t)story[i].to,
            .step = story[i].step,
            .dropped_before = story[i].dropped_before,
            .label = zv_str(story[i].label),
            .detail = zv_str(story[i].detail),
            .data = zv_str(story[i].data),
        };
        zv_list_append(&trace.events, &events[i].node);
        trace.event_count++;
    }
}

static void tell_everything(void)
{
    tell(everything, sizeof everything / sizeof *everything);
    strcpy(trace.session, "s-5.1");
    strcpy(trace.call_id, "8f14e45f-ceea-467a-9575-6c7f2b1e0d11");
    strcpy(trace.sip_call_id, "3c26a8d1b7f04e19@127.0.0.1");
    strcpy(trace.caller, "1001");
    strcpy(trace.callee, "1002");
    strcpy(trace.remedy, "try again later");
    strcpy(trace.codec, "opus");
    trace.cause = ZV_CAUSE_BUSY;
    trace.sip_status = 486;
    trace.answered_us = BEGUN_US + 2345678;
    trace.ended_us = BEGUN_US + 12345778;
    trace.events_dropped = 57;
}

static void a_call_with_everything_is_drawn(void **state)
{
    (void)state;
    tell_everything();
    expect_vector("everything.ladder.txt", draw(&picture, zv_trace_write_ladder, &trace, false));
    expect_vector("everything.client.txt", draw(&picture, zv_trace_write_ladder, &trace, true));
    expect_vector("everything.mermaid", draw(&picture, zv_trace_write_mermaid, &trace, false));
}

static void expect_width(struct zv_str rest, size_t most)
{
    struct zv_str line;
    while (zv_str_line(&rest, &line))
        assert_true(zv_picture_columns(line) <= most);
}

static void a_ladder_of_three_lanes_has_at_most_100_columns(void **state)
{
    (void)state;
    tell_everything();
    memset(trace.caller, 'x', sizeof trace.caller - 1);
    memset(trace.remedy, 'y', sizeof trace.remedy - 1);
    expect_width(draw(&picture, zv_trace_write_ladder, &trace, false), 100);
}

static void a_ladder_of_three_lanes_fits_a_narrow_terminal(void **state)
{
    (void)state;
    tell_everything();
    for (size_t columns = 80; columns <= 100; columns++) {
        struct zv_buf out = zv_buf(picture.text, sizeof picture.text);
        zv_trace_write_ladder(&trace, &(struct zv_trace_style){.columns = columns}, &out);
        assert_false(out.overflow);
        expect_width(zv_buf_str(&out), columns);
    }
}

static void a_buffer_that_is_too_small_overflows_and_is_not_passed(void **state)
{
    (void)state;
    tell_everything();
    write_fn *const writers[] = {zv_trace_write_ladder, zv_trace_write_mermaid};
    for (size_t w = 0; w < 2; w++) {
        struct zv_str whole = draw(&picture, writers[w], &trace, false);
        for (size_t cap = 0; cap < whole.len; cap += 7) {
            struct zv_buf out = zv_buf(other.text, cap);
            other.text[cap] = '#';
            writers[w](&trace, &(struct zv_trace_style){0}, &out);
            assert_true(out.overflow);
            assert_true(out.len <= cap);
            assert_int_equal(other.text[cap], '#');
        }
    }
}

static void a_live_call_without_events_has_a_heading(void **state)
{
    (void)state;
    tell(NULL, 0);
    trace.is_live = true;
    const char *text = draw(&picture, zv_trace_write_ladder, &trace, false).p;
    assert_string_equal(text, "Call c-0.12.3, outgoing: unknown -> unknown\n"
                              "Began at 2026-11-26T20:59:04.123456Z, not answered\n"
                              "The call is still going on.\n");
    text = draw(&picture, zv_trace_write_mermaid, &trace, false).p;
    assert_non_null(strstr(text, "sequenceDiagram\n"));
}

static void a_long_call_is_told_in_seconds(void **state)
{
    (void)state;
    const struct story story[] = {
        {0, ZV_TRACE_KIND_CLIENT, CLIENT, GATEWAY, "call", "", ""},
        {INT64_C(14400123000), ZV_TRACE_KIND_CLIENT, CLIENT, GATEWAY, "hangup", "", ""}};
    tell(story, 2);
    const char *text = draw(&picture, zv_trace_write_ladder, &trace, false).p;
    assert_non_null(strstr(text, "    14400.123    |"));
    assert_non_null(strstr(text, "        0.000    |"));
    text = draw(&picture, zv_trace_write_mermaid, &trace, false).p;
    assert_non_null(strstr(text, "hangup \xc2\xb7 14400.123 s\n"));
}

static void a_message_that_comes_again_is_one_line_whatever_stands_between(void **state)
{
    (void)state;
    const struct story story[] = {
        {0, ZV_TRACE_KIND_SIP, GATEWAY, SIP, "BYE", "", "BYE 1"},
        {1, ZV_TRACE_KIND_STATE, GATEWAY, GATEWAY, "A -> B", "", ""},
        {2, ZV_TRACE_KIND_SIP, GATEWAY, SIP, "BYE", "", "BYE 1"},
        {3, ZV_TRACE_KIND_SIP, SIP, GATEWAY, "BYE", "", "BYE 1"}, /* the other way */
        {4, ZV_TRACE_KIND_SIP, GATEWAY, SIP, "BYE", "", "BYE 2"}, /* another one */
        {5, ZV_TRACE_KIND_SIP, GATEWAY, SIP, "BYE", "", ""},      /* not known to be the same */
        {6, ZV_TRACE_KIND_SIP, GATEWAY, SIP, "BYE", "", ""}};
    tell(story, 7);
    size_t shown = 0;
    for (const struct zv_trace_event *event = NULL; (event = zv_picture_next(&trace, event));)
        shown++;
    assert_int_equal(shown, 6);
    assert_int_equal(zv_picture_times(&trace, &events[0]), 2);
    assert_int_equal(zv_picture_times(&trace, &events[5]), 1);
    assert_non_null(strstr(draw(&picture, zv_trace_write_ladder, &trace, false).p, "BYE (x2)"));
}

static void a_gap_before_an_event_that_is_not_shown_is_told_before_the_next(void **state)
{
    (void)state;
    const struct story story[] = {
        {0, ZV_TRACE_KIND_CLIENT, CLIENT, GATEWAY, "call", "", ""},
        {1, ZV_TRACE_KIND_INPUT, GATEWAY, GATEWAY, "X", "", "", .dropped_before = 3},
        {2, ZV_TRACE_KIND_CLIENT, GATEWAY, CLIENT, "ring", "", "", .dropped_before = 1},
        {3, ZV_TRACE_KIND_CLIENT, GATEWAY, CLIENT, "talk", "", ""}};
    tell(story, 4);
    assert_int_equal(zv_picture_gap(&trace, &events[2]), 4);
    assert_int_equal(zv_picture_gap(&trace, &events[3]), 0);
    const char *text = draw(&picture, zv_trace_write_mermaid, &trace, false).p;
    assert_non_null(strstr(text, "Note over gateway: 4 events left out\n"));
}

/* ---- hostile texts ---- */

static const char *const hostile[] = {
    "a\nparticipant evil",
    "a; participant evil",
    "%%{init: {'theme':'dark'}}%%",
    "$$x^2$$ \\n <script>alert(1)</script> <br/> &lt; #59; \"q\" `b`",
    ": wrap: nowrap: end loop alt",
    "style evil:x#fill;",
    "\x1b[31m red \xc2\x9b"
    "31m \x07 \x7f \xe2\x80\xae turned \xef\xbb\xbf",
    "\xff\xfe \xc3( \xe2\x82 \xf0\x9f\x98",
    "\xd0\x97\xd0\xb2\xd0\xbe\xd0\xbd\xd0\xbe\xd0\xba \xf0\x9f\x93\x9e",
    "one-word-that-is-longer-than-any-column-of-the-ladder-and-than-the-detail-beside-it-can-be-"
    "shown",
    "",
};

/* One line per event, no byte that a terminal obeys. */
static void expect_harmless(struct zv_str text)
{
    assert_true(zv_str_is_utf8(text));
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.p[i];
        assert_true(c == '\n' || (c >= 0x20 && c != 0x7f));
        assert_false(c == 0xc2 && i + 1 < text.len && (unsigned char)text.p[i + 1] < 0xa0);
    }
}

static size_t lines_of(struct zv_str text)
{
    size_t lines = 0;
    for (size_t i = 0; i < text.len; i++)
        lines += text.p[i] == '\n';
    return lines;
}

/* What stands after the first colon of a line of the diagram has only harmless characters. */
static void expect_escaped(struct zv_str diagram)
{
    struct zv_str line;
    while (zv_str_line(&diagram, &line)) {
        ptrdiff_t colon = zv_str_find(line, ':');
        if (colon < 0)
            continue;
        struct zv_str text = zv_str_tail(line, (size_t)colon + 1), rest;
        for (rest = text; rest.len; rest = zv_str_tail(rest, 1)) {
            if (zv_str_has_prefix(rest, "<br/>"))
                rest = zv_str_tail(rest, 4);
            else if (rest.p[0] == '#')
                assert_true(zv_is_digit(rest.p[1]) && zv_str_find(rest, ';') <= 4);
            else if (rest.p[0] == ';')
                assert_true(rest.p > text.p && zv_is_digit(rest.p[-1]));
            else
                assert_null(strchr("<>%$\\&`\"{}:", rest.p[0]));
        }
    }
}

static void a_text_from_outside_stays_a_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        const struct story story[] = {
            {0, ZV_TRACE_KIND_CLIENT, CLIENT, GATEWAY, hostile[i], hostile[i], ""},
            {1, ZV_TRACE_KIND_SIP, GATEWAY, PHONE, hostile[i], "", hostile[i]},
            {2, ZV_TRACE_KIND_STATE, SIP, SIP, hostile[i], hostile[i], ""},
            {3, ZV_TRACE_KIND_END, GATEWAY, GATEWAY, hostile[i], hostile[i], ""}};
        tell(story, 4);
        snprintf(trace.caller, sizeof trace.caller, "%s", hostile[i]);
        snprintf(trace.remedy, sizeof trace.remedy, "%s", hostile[i]);
        struct zv_str text = draw(&picture, zv_trace_write_ladder, &trace, false);
        expect_harmless(text);
        text = draw(&picture, zv_trace_write_mermaid, &trace, false);
        expect_harmless(text);
        expect_escaped(text);
        assert_int_equal(lines_of(text), 2 + 4 + 4); /* head, lanes, events */
    }
}

static void lanes_and_kinds_out_of_range_are_drawn(void **state)
{
    (void)state;
    const struct story story[] = {{0, ZV_TRACE_KIND_CLIENT, CLIENT, GATEWAY, "call", "", ""}};
    tell(story, 1);
    events[0].from = events[0].to = 200;
    assert_non_null(strstr(draw(&picture, zv_trace_write_ladder, &trace, false).p, "[call]"));
    assert_non_null(
        strstr(draw(&picture, zv_trace_write_mermaid, &trace, false).p, "Note over gateway: call"));
    assert_string_equal(zv_trace_lane_name((enum zv_trace_lane)200), "?");
    assert_string_equal(zv_trace_kind_name((enum zv_trace_kind)200), "?");
    assert_string_equal(zv_trace_lane_title(ZV_TRACE_LANE_SIP), "SIP server");
    assert_string_equal(zv_trace_kind_name(ZV_TRACE_KIND_TIMER), "timer");
}

/* ---- addresses ---- */

static void addresses_and_ports_are_hidden(void **state)
{
    (void)state;
    static const struct {
        const char *text, *wanted;
    } cases[] = {
        {"from 10.0.0.1:5060 to 192.0.2.7.", "from [address] to [address]."},
        {"[2001:db8::1]:5060 and 2001:db8::1, fe80::1%eth0", "[address] and [address], "
                                                             "[address]%eth0"},
        {"sip:1001@10.0.0.1:5060;transport=udp", "sip:1001@[address];transport=udp"},
        {"sip.example.org:5061 did not answer", "sip.example.org did not answer"},
        {"no packet on port 20020, ports 20000-20199", "no packet on port *, ports *"},
        {"x10.0.0.1x", "x[address]x"},
        {"b7f04e19:127.0.0.1, e19:127.0.0.1:5060", "b7f04e19:[address], e19:[address]"},
        {"sip.example.org:5061.", "sip.example.org."},
        {"::1", "[address]"},
        {"1:2:3:4:5:6:7:: ::2:3:4:5:6:7:8", "[address] [address]"},
        {"1:2:3:4:5:6:7:8:9:a:b:c", "[address]:a:b:c"},
        {"10.0.0.1-10.0.0.9", "[address]-[address]"},
        {"at 20:59:04, 12 of 34 packets, opus/48000/2, SIP 486", "at 20:59:04, 12 of 34 packets, "
                                                                 "opus/48000/2, SIP 486"},
        {"c-0.12.3 of s-5.1, a fall of faces", "c-0.12.3 of s-5.1, a fall of faces"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct zv_buf out = zv_buf(picture.text, sizeof picture.text);
        zv_picture_hide_addresses(zv_str(cases[i].text), &out);
        assert_string_equal(zv_buf_cstr(&out), cases[i].wanted);
    }
}

static void no_picture_for_a_client_has_an_address(void **state)
{
    (void)state;
    tell_everything();
    write_fn *const writers[] = {zv_trace_write_ladder, zv_trace_write_mermaid};
    for (size_t w = 0; w < 2; w++) {
        const char *text = draw(&picture, writers[w], &trace, true).p;
        assert_null(strstr(text, "127.0.0.1"));
        assert_null(strstr(text, "2001:db8"));
        assert_null(strstr(text, "5060"));
        assert_null(strstr(text, "20020"));
    }
}

static void a_long_text_is_cut_at_a_word_and_says_so(void **state)
{
    (void)state;
    static char text[2000];
    memset(text, 0, sizeof text);
    while (strlen(text) < 1500)
        strcat(text, "10.0.0.1 ");
    struct zv_picture_text room;
    for (int hidden = 0; hidden < 2; hidden++) {
        struct zv_trace_style style = {.without_addresses = hidden};
        struct zv_str clean = zv_picture_clean(zv_str(text), &style, &room);
        assert_true(clean.len <= ZV_PICTURE_TEXT_BYTES);
        assert_memory_equal(clean.p + clean.len - 2, "..", 2);
        if (hidden)
            assert_int_equal(zv_str_find(clean, '0'), -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_with_everything_is_drawn),
        cmocka_unit_test(a_ladder_of_three_lanes_has_at_most_100_columns),
        cmocka_unit_test(a_ladder_of_three_lanes_fits_a_narrow_terminal),
        cmocka_unit_test(a_buffer_that_is_too_small_overflows_and_is_not_passed),
        cmocka_unit_test(a_live_call_without_events_has_a_heading),
        cmocka_unit_test(a_long_call_is_told_in_seconds),
        cmocka_unit_test(a_message_that_comes_again_is_one_line_whatever_stands_between),
        cmocka_unit_test(a_gap_before_an_event_that_is_not_shown_is_told_before_the_next),
        cmocka_unit_test(a_text_from_outside_stays_a_text),
        cmocka_unit_test(lanes_and_kinds_out_of_range_are_drawn),
        cmocka_unit_test(addresses_and_ports_are_hidden),
        cmocka_unit_test(no_picture_for_a_client_has_an_address),
        cmocka_unit_test(a_long_text_is_cut_at_a_word_and_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
