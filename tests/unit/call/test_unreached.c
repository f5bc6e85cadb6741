/* A call whose media never came up says which of ICE and DTLS it was, what came, and what to do. */
#include "unit/call/desk.h"

static struct desk desk;

static struct zv_addr addr_of(const char *text)
{
    struct zv_addr addr;
    assert_int_equal(zv_addr_parse(zv_str(text), &addr), 0);
    return addr;
}

struct row {
    struct zv_in_media_path path;
    const char *checked_by; /* NULL: none, likewise below */
    const char *refused_by;
    const char *nominated;
    const char *cause;
    const char *text;
    const char *remedy;
};

static const struct row rows[] = {
    {.cause = "ice_failed",
     .text = "no ICE check came from the client in 15 s",
     .remedy = "open UDP ports 30000-30001 and TCP ports 30000-30001 at 203.0.113.5, 192.0.2.1 in "
               "every firewall on the way"},
    {.path = {.checks = 12, .checked_age_us = ZV_SECONDS(3)},
     .checked_by = "198.51.100.7:4000",
     .cause = "ice_failed",
     .text = "12 ICE checks came from 198.51.100.7:4000, the last 3 s ago, and the client chose "
             "none of its ways (no nomination)",
     .remedy = "let the answers of UDP ports 30000-30001 and TCP ports 30000-30001 back to the "
               "client, at 203.0.113.5, 192.0.2.1"},
    {.path = {.refused = 1, .refused_age_us = ZV_MS(1400)},
     .refused_by = "[2001:db8::7]:4000",
     .cause = "ice_failed",
     .text = "1 ICE check came from [2001:db8::7]:4000, the last 1 s ago, none of them authentic",
     .remedy = "reload the page: the client used the description of another call, or something on "
               "the way changes its packets"},
    {.path = {.checks = 5},
     .checked_by = "198.51.100.7:4000",
     .nominated = "198.51.100.7:4000",
     .cause = "dtls_failed",
     .text = "ICE is up with 198.51.100.7:4000, but no DTLS packet came from there",
     .remedy = "look for a firewall or VPN on the client's side that lets STUN through and not "
               "DTLS"},
    {.path = {.checks = 5, .dtls_out = 6},
     .checked_by = "198.51.100.7:4000",
     .nominated = "198.51.100.7:4000",
     .cause = "dtls_failed",
     .text = "ICE is up with 198.51.100.7:4000, DTLS got no answer: 6 packets sent, none came",
     .remedy = "look for a firewall or VPN on the client's side that lets STUN through and not "
               "DTLS"},
    {.path = {.checks = 5, .dtls_in = 1, .dtls_out = 9},
     .checked_by = "198.51.100.7:4000",
     .nominated = "198.51.100.7:4000",
     .cause = "dtls_failed",
     .text = "ICE is up with 198.51.100.7:4000, the DTLS handshake did not end: 1 packet came, 9 "
             "sent",
     .remedy = "let UDP packets of 1500 bytes through both ways: small ones pass"},
    {.path = {.checks = 5, .dtls_in = 3, .dtls_out = 2, .dtls_failure = {"timeout", 7}},
     .checked_by = "198.51.100.7:4000",
     .nominated = "198.51.100.7:4000",
     .cause = "dtls_failed",
     .text = "ICE is up with 198.51.100.7:4000, the DTLS handshake did not end: 3 packets came, 2 "
             "sent",
     .remedy = "let UDP packets of 1500 bytes through both ways: small ones pass"},
    {.path = {.checks = 5, .dtls_in = 3, .dtls_out = 2, .dtls_failure = {"alert", 5}},
     .checked_by = "198.51.100.7:4000",
     .nominated = "198.51.100.7:4000",
     .cause = "dtls_failed",
     .text = "ICE is up with 198.51.100.7:4000, the DTLS handshake failed, alert: 3 packets came, "
             "2 sent",
     .remedy = "use a browser of today; its own log says what it refused"},
};

static const struct zv_switch_cfg two_ports = {.web_port_first = 30000, .web_port_last = 30001};

static void open_call(const struct zv_switch_cfg *cfg)
{
    struct zv_switch_cfg filled = *cfg;
    filled.public_addresses[0] = addr_of("203.0.113.5:0");
    filled.media_addresses[0] = addr_of("10.0.0.5:0");
    filled.media_address_count = 1;
    desk_open_with(&desk, filled);
    desk.has_tcp = true;
    desk_active_without_media(&desk);
    desk_wait(&desk, ZV_SECONDS(15));
    EXPECT(&desk, "MEDIA_ASK_PATH\n");
}

static void answer(const struct row *row)
{
    struct zv_call_in in = {.kind = ZV_CALL_IN_MEDIA_PATH,
                            .u.media = {.call = desk.call, .path = row->path}};
    if (row->checked_by)
        in.u.media.path.checked_by = addr_of(row->checked_by);
    if (row->refused_by)
        in.u.media.path.refused_by = addr_of(row->refused_by);
    if (row->nominated)
        in.u.media.path.nominated = addr_of(row->nominated);
    desk_input(&desk, &in);
}

static void the_sentence_says_what_came_and_what_to_open(void **state)
{
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(rows); i++) {
        char lines[128];
        open_call(&two_ports);
        if (rows[i].nominated)
            desk_media(&desk, ZV_CALL_IN_MEDIA_ICE_CONNECTED);
        answer(&rows[i]);
        snprintf(lines, sizeof(lines), "SIP_HANGUP\n> finish FAILED 200 %s\nMEDIA_CLOSE\n",
                 rows[i].cause);
        EXPECT(&desk, lines);
        assert_string_equal(desk.text, rows[i].text);
        assert_string_equal(desk.remedy, rows[i].remedy);
        desk_media(&desk, ZV_CALL_IN_MEDIA_CLOSED);
        assert_string_equal(desk.ended_text, rows[i].text);
        assert_string_equal(desk.ended_remedy, rows[i].remedy);
        desk_forget(&desk);
        desk_end_all(&desk);
    }
}

static void tcp_is_said_of_a_source_and_not_asked_for_where_it_is_off(void **state)
{
    (void)state;
    static const struct row none = {.cause = NULL};
    struct row tcp = rows[1];
    struct zv_call_in in = {.kind = ZV_CALL_IN_MEDIA_PATH};
    open_call(&two_ports);
    in.u.media = (struct zv_in_media){.call = desk.call, .path = tcp.path};
    in.u.media.path.checked_by = addr_of(tcp.checked_by);
    in.u.media.path.checked_by.transport = ZV_ADDR_TCP;
    desk_input(&desk, &in);
    assert_non_null(strstr(desk.text, "198.51.100.7:4000/tcp"));
    desk_forget(&desk);
    desk_end_all(&desk);

    desk_open_with(&desk, (struct zv_switch_cfg){.media_addresses = {addr_of("10.0.0.5:0")},
                                                 .media_address_count = 1});
    desk.is_proxied = true;
    desk_active_without_media(&desk);
    desk_wait(&desk, ZV_SECONDS(15));
    answer(&none);
    assert_string_equal(desk.remedy, "open UDP port 30000 at 10.0.0.5, or set "
                                     "media.public_address: all of these are private");
    desk_forget(&desk);
    desk_end_all(&desk);
}

static void a_worker_that_does_not_answer_leaves_the_causes_own_words(void **state)
{
    (void)state;
    const struct zv_cause_info *info = zv_cause_info(ZV_CAUSE_ICE_FAILED);
    open_call(&two_ports);
    desk_wait(&desk, ZV_MS(500));
    EXPECT(&desk, "SIP_HANGUP\n> finish FAILED 200 ice_failed\nMEDIA_CLOSE\n");
    assert_string_equal(desk.text, info->text);
    assert_string_equal(desk.remedy, info->remedy);
    answer(&rows[0]); /* too late: of a call that is over */
    EXPECT(&desk, "");
    desk_forget(&desk);
    desk_end_all(&desk);
}

static void a_handshake_that_fails_before_its_time_is_explained_at_once(void **state)
{
    (void)state;
    const struct row *row = &rows[ZV_ARRAY_LEN(rows) - 1];
    struct zv_call_in in = {.kind = ZV_CALL_IN_MEDIA_DTLS_FAILED,
                            .u.media = {.failure = ZV_MEDIA_FAILURE_HANDSHAKE}};
    desk_open(&desk);
    desk_active_without_media(&desk);
    in.u.media.call = desk.call;
    desk_input(&desk, &in);
    EXPECT(&desk, "MEDIA_ASK_PATH\n");
    desk_input(&desk, &in); /* once is enough */
    EXPECT(&desk, "");
    answer(row);
    EXPECT(&desk, "SIP_HANGUP\n> finish FAILED 200 dtls_failed\nMEDIA_CLOSE\n");
    assert_string_equal(desk.text, row->text);
    desk_end_all(&desk);
}

static void what_comes_up_while_the_worker_is_asked_is_in_time(void **state)
{
    (void)state;
    open_call(&two_ports);
    desk_media(&desk, ZV_CALL_IN_MEDIA_DTLS_CONNECTED);
    answer(&rows[0]); /* it is not waited for any more */
    EXPECT(&desk, "");
    desk_wait(&desk, ZV_SECONDS(1));
    EXPECT(&desk, "");
    desk_end_all(&desk);
}

static void nobody_is_asked_for_an_answer_that_was_not_waited_for(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_active(&desk);
    answer(&rows[0]);
    EXPECT(&desk, "");
    desk_end_all(&desk);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_sentence_says_what_came_and_what_to_open),
    cmocka_unit_test(tcp_is_said_of_a_source_and_not_asked_for_where_it_is_off),
    cmocka_unit_test(a_worker_that_does_not_answer_leaves_the_causes_own_words),
    cmocka_unit_test(a_handshake_that_fails_before_its_time_is_explained_at_once),
    cmocka_unit_test(what_comes_up_while_the_worker_is_asked_is_in_time),
    cmocka_unit_test(nobody_is_asked_for_an_answer_that_was_not_waited_for),
};
ZV_TEST_MAIN(tests)
