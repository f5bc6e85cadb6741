/*
 * One connection without a socket: fragments, rate, pings, queue, closing.
 */
#include "support/test.h"

#include "base/alloc.h"
#include "base/err.h"
#include "http/admit.h"
#include "http/conn.h"

#include <string.h>

static const struct zv_conn_cfg cfg = {
    .message_bytes = 100,
    .queue_bytes = 100,
    .messages_per_s = 10,
    .bad_messages = 3,
    .ping_misses = 2,
    .first_message_us = ZV_SECONDS(10),
    .ping_interval_us = ZV_SECONDS(5),
};

static bool feed(struct zv_conn *conn, const char *text, bool ends_message, int64_t now_us,
                 struct zv_str *ret_message)
{
    struct zv_conn_fragment fragment = {
        .data = text,
        .len = strlen(text),
        .ends_frame = true,
        .ends_message = ends_message,
    };
    return zv_conn_on_fragment(conn, &fragment, now_us, ret_message);
}

static void fragments_become_one_message(void **state)
{
    (void)state;
    int64_t live = zv_alloc_live();
    struct zv_conn conn;
    struct zv_str message;
    zv_conn_init(&conn, &cfg, 0);
    assert_false(feed(&conn, "one ", false, 0, &message));
    assert_false(feed(&conn, "", false, 0, &message));
    assert_false(feed(&conn, "two ", false, 0, &message));
    assert_true(feed(&conn, "three", true, 0, &message));
    assert_true(zv_str_is(message, "one two three"));
    zv_conn_message_done(&conn);
    assert_true(feed(&conn, "", true, 0, &message));
    assert_int_equal(message.len, 0);
    assert_false(feed(&conn, "left over", false, 0, &message));
    zv_conn_fini(&conn);
    assert_int_equal(zv_alloc_live(), live);
}

static void a_message_may_be_as_large_as_the_cap(void **state)
{
    (void)state;
    char text[102];
    memset(text, 'x', sizeof text);
    text[100] = '\0';
    struct zv_conn conn;
    struct zv_str message;
    zv_conn_init(&conn, &cfg, 0);
    assert_true(feed(&conn, text, true, 0, &message));
    zv_conn_message_done(&conn);
    text[100] = 'x';
    text[101] = '\0';
    assert_false(feed(&conn, text, false, 0, &message));
    assert_int_equal(conn.end, ZV_CONN_END_OVERSIZE);
    assert_non_null(strstr(conn.close_reason, "http.max_message_bytes"));
    assert_int_equal(conn.close_code, 1009);
    assert_false(feed(&conn, "more", true, 0, &message)); /* closing: nothing is taken */
    zv_conn_fini(&conn);
}

static void a_message_has_a_bounded_number_of_frames(void **state)
{
    (void)state;
    struct zv_conn conn;
    struct zv_str message;
    zv_conn_init(&conn, &cfg, 0);
    for (int i = 0; i < ZV_CONN_MAX_FRAMES; i++)
        assert_false(feed(&conn, "", false, 0, &message));
    assert_false(zv_conn_is_closing(&conn));
    assert_false(feed(&conn, "", false, 0, &message));
    assert_int_equal(conn.end, ZV_CONN_END_OVERSIZE);
    zv_conn_fini(&conn);
}

static void the_rate_allows_a_burst_and_refills(void **state)
{
    (void)state;
    struct zv_conn conn;
    struct zv_str message;
    zv_conn_init(&conn, &cfg, 0);
    for (int i = 0; i < 20; i++) { /* two seconds' worth at once */
        assert_true(feed(&conn, "x", true, 0, &message));
        zv_conn_message_done(&conn);
    }
    int64_t now_us = ZV_MS(500); /* five more */
    for (int i = 0; i < 5; i++) {
        assert_true(feed(&conn, "x", true, now_us, &message));
        zv_conn_message_done(&conn);
    }
    assert_false(feed(&conn, "x", true, now_us, &message));
    assert_int_equal(conn.end, ZV_CONN_END_RATE);
    assert_non_null(strstr(conn.close_reason, "http.max_messages_per_second"));
    assert_int_equal(conn.close_code, 1008);
    zv_conn_fini(&conn);
}

static void a_steady_client_at_the_rate_is_never_stopped(void **state)
{
    (void)state;
    struct zv_conn conn;
    struct zv_str message;
    zv_conn_init(&conn, &cfg, 0);
    for (int64_t now_us = 0; now_us < ZV_SECONDS(3600); now_us += ZV_MS(100)) {
        assert_true(feed(&conn, "x", true, now_us, &message));
        zv_conn_message_done(&conn);
    }
    zv_conn_fini(&conn);
}

static void pings_are_sent_every_interval_and_counted(void **state)
{
    (void)state;
    struct zv_conn conn;
    zv_conn_init(&conn, &cfg, 0);
    zv_conn_set_ready(&conn);
    assert_int_equal(zv_conn_deadline_us(&conn), ZV_SECONDS(5));
    assert_false(zv_conn_on_timeout(&conn, ZV_SECONDS(5) - 1));
    assert_true(zv_conn_on_timeout(&conn, ZV_SECONDS(5)));
    assert_true(zv_conn_on_timeout(&conn, ZV_SECONDS(10)));
    zv_conn_on_pong(&conn);
    assert_true(zv_conn_on_timeout(&conn, ZV_SECONDS(15)));
    assert_true(zv_conn_on_timeout(&conn, ZV_SECONDS(20)));
    assert_false(zv_conn_on_timeout(&conn, ZV_SECONDS(25)));
    assert_int_equal(conn.end, ZV_CONN_END_UNANSWERED);
    assert_int_equal(conn.close_code, 1001);
    assert_true(zv_conn_deadline_us(&conn) == ZV_TIME_NEVER);
    zv_conn_fini(&conn);
}

static void silence_at_the_start_is_closed_after_ten_seconds(void **state)
{
    (void)state;
    struct zv_conn conn;
    zv_conn_init(&conn, &cfg, 0);
    assert_true(zv_conn_on_timeout(&conn, ZV_SECONDS(5)));
    zv_conn_on_pong(&conn);
    assert_int_equal(zv_conn_deadline_us(&conn), ZV_SECONDS(10));
    assert_false(zv_conn_on_timeout(&conn, ZV_SECONDS(10)));
    assert_int_equal(conn.end, ZV_CONN_END_SILENT);
    zv_conn_fini(&conn);
}

static void bad_messages_in_a_row_close(void **state)
{
    (void)state;
    struct zv_conn conn;
    zv_conn_init(&conn, &cfg, 0);
    zv_conn_judge(&conn, false);
    zv_conn_judge(&conn, false);
    zv_conn_judge(&conn, true);
    zv_conn_judge(&conn, false);
    zv_conn_judge(&conn, false);
    assert_false(zv_conn_is_closing(&conn));
    zv_conn_judge(&conn, false);
    assert_int_equal(conn.end, ZV_CONN_END_BAD);
    zv_conn_fini(&conn);
}

static void texts_are_queued_in_order_with_room_before_them(void **state)
{
    (void)state;
    int64_t live = zv_alloc_live();
    struct zv_conn conn;
    zv_conn_init(&conn, &cfg, 0);
    assert_int_equal(zv_conn_send(&conn, ZV_STR_LIT("first"), 16), 0);
    assert_int_equal(zv_conn_send(&conn, ZV_STR_LIT("second"), 16), 0);
    assert_int_equal(conn.queued_bytes, 11);
    struct zv_conn_out *out = zv_conn_next_out(&conn);
    assert_int_equal(out->len, 5);
    assert_memory_equal(out->text + 16, "first", 5);
    zv_free(out);
    assert_int_equal(conn.queued_bytes, 6);
    zv_conn_close(&conn, 1000, ZV_STR_LIT("bye"));
    assert_int_equal(zv_conn_send(&conn, ZV_STR_LIT("late"), 16), ZV_E_STATE);
    out = zv_conn_next_out(&conn); /* what was queued before still goes out */
    assert_memory_equal(out->text + 16, "second", 6);
    zv_free(out);
    assert_null(zv_conn_next_out(&conn));
    zv_conn_fini(&conn);
    assert_int_equal(zv_alloc_live(), live);
}

static void a_full_queue_closes_and_is_dropped(void **state)
{
    (void)state;
    int64_t live = zv_alloc_live();
    char text[60];
    memset(text, 't', sizeof text);
    struct zv_conn conn;
    zv_conn_init(&conn, &cfg, 0);
    assert_int_equal(zv_conn_send(&conn, zv_str_n(text, 60), 0), 0);
    assert_int_equal(zv_conn_send(&conn, zv_str_n(text, 40), 0), 0);
    assert_int_equal(zv_conn_send(&conn, ZV_STR_LIT("!"), 0), ZV_E_LIMIT);
    assert_int_equal(conn.end, ZV_CONN_END_SLOW);
    assert_int_equal(conn.close_code, 1013);
    assert_null(zv_conn_next_out(&conn));
    assert_int_equal(zv_alloc_live(), live);
    zv_conn_fini(&conn);
}

static void the_first_reason_to_close_counts(void **state)
{
    (void)state;
    struct zv_conn conn;
    zv_conn_init(&conn, &cfg, 0);
    zv_conn_close(&conn, 1000, ZV_STR_LIT("first"));
    zv_conn_close(&conn, 1008, ZV_STR_LIT("second"));
    assert_int_equal(conn.close_code, 1000);
    assert_string_equal(conn.close_reason, "first");
    zv_conn_fini(&conn);
}

static void a_long_reason_is_cut_between_characters(void **state)
{
    (void)state;
    char reason[200] = "x";
    for (size_t i = 1; i + 1 < sizeof reason; i += 2)
        memcpy(reason + i, "\xd0\x96", 2);
    struct zv_conn conn;
    zv_conn_init(&conn, &cfg, 0);
    zv_conn_close(&conn, 1000, zv_str_n(reason, 199));
    assert_int_equal(strlen(conn.close_reason), 123);
    assert_true(zv_str_is_utf8(zv_str(conn.close_reason)));
    zv_conn_fini(&conn);
    zv_conn_init(&conn, &cfg, 0);
    zv_conn_close(&conn, 1000, zv_str_n(reason + 1, 199 - 1));
    assert_int_equal(strlen(conn.close_reason), 122);
    zv_conn_fini(&conn);
}

static void no_memory_closes_instead_of_losing_a_message(void **state)
{
    (void)state;
    struct zv_conn conn;
    struct zv_str message;
    zv_conn_init(&conn, &cfg, 0);
    zv_alloc_fail_after(0);
    assert_int_equal(zv_conn_send(&conn, ZV_STR_LIT("x"), 0), ZV_E_NOMEM);
    zv_alloc_fail_after(-1);
    assert_int_equal(conn.close_code, 1013);
    zv_conn_fini(&conn);
    zv_conn_init(&conn, &cfg, 0);
    zv_alloc_fail_after(0);
    assert_false(feed(&conn, "x", true, 0, &message));
    zv_alloc_fail_after(-1);
    assert_int_equal(conn.close_code, 1013);
    zv_conn_fini(&conn);
}

/* ------------------------------------------------------------------ admission */

static const uint64_t seed[2] = {1, 2};

static struct zv_addr addr_of(const char *text)
{
    struct zv_addr addr;
    assert_int_equal(zv_addr_parse_ip(zv_str(text), &addr), 0);
    return addr;
}

static void connections_are_counted_in_all_and_per_address(void **state)
{
    (void)state;
    int64_t live = zv_alloc_live();
    struct zv_admit admit;
    struct zv_admit_entry *a, *b;
    zv_admit_init(&admit, 3, 2, seed);
    struct zv_addr one = addr_of("192.0.2.1"), two = addr_of("192.0.2.2");
    for (int i = 0; i < 3; i++)
        assert_int_equal(zv_admit_socket(&admit, &one, &a), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(zv_admit_socket(&admit, &two, &b), 0);
    assert_int_equal(zv_admit_connection(&admit, a), ZV_ADMISSION_GRANTED);
    assert_int_equal(zv_admit_connection(&admit, a), ZV_ADMISSION_GRANTED);
    assert_int_equal(zv_admit_connection(&admit, a), ZV_ADMISSION_ADDRESS_FULL);
    assert_int_equal(zv_admit_connection(&admit, b), ZV_ADMISSION_GRANTED);
    assert_int_equal(zv_admit_connection(&admit, b), ZV_ADMISSION_FULL);
    zv_admit_connection_gone(&admit, a);
    assert_int_equal(zv_admit_connection(&admit, b), ZV_ADMISSION_GRANTED);
    for (int i = 0; i < 3; i++)
        zv_admit_socket_gone(&admit, a);
    for (int i = 0; i < 2; i++)
        zv_admit_socket_gone(&admit, b);
    assert_int_equal(admit.sockets, 0);
    assert_int_equal(admit.by_address.count, 0);
    zv_admit_fini(&admit);
    assert_int_equal(zv_alloc_live(), live);
}

static void an_ipv6_network_counts_as_one_address(void **state)
{
    (void)state;
    struct zv_admit admit;
    struct zv_admit_entry *a, *b, *c;
    zv_admit_init(&admit, 10, 2, seed);
    struct zv_addr one = addr_of("2001:db8:1:2::1"), two = addr_of("2001:db8:1:2:ffff::9"),
                   other = addr_of("2001:db8:1:3::1");
    assert_int_equal(zv_admit_socket(&admit, &one, &a), 0);
    assert_int_equal(zv_admit_socket(&admit, &two, &b), 0);
    assert_int_equal(zv_admit_socket(&admit, &other, &c), 0);
    assert_ptr_equal(a, b);
    assert_ptr_not_equal(a, c);
    zv_admit_socket_gone(&admit, a);
    zv_admit_socket_gone(&admit, a);
    zv_admit_socket_gone(&admit, c);
    zv_admit_fini(&admit);
}

static void a_proxys_socket_counts_for_its_client_once_that_is_known(void **state)
{
    (void)state;
    struct zv_admit admit;
    struct zv_admit_entry *entry = NULL;
    zv_admit_init(&admit, 3, 1, seed);
    struct zv_addr one = addr_of("192.0.2.1");
    uint32_t most = 3 + 256;
    for (uint32_t i = 0; i < most; i++)
        assert_int_equal(zv_admit_proxied(&admit), 0);
    assert_int_equal(zv_admit_proxied(&admit), ZV_E_LIMIT);
    assert_int_equal(admit.by_address.count, 0);
    for (int i = 0; i < 33; i++)
        assert_int_equal(zv_admit_name(&admit, &one, &entry), 0);
    assert_int_equal(zv_admit_name(&admit, &one, &entry), ZV_E_LIMIT);
    assert_int_equal(zv_admit_connection(&admit, entry), ZV_ADMISSION_GRANTED);
    assert_int_equal(zv_admit_connection(&admit, entry), ZV_ADMISSION_ADDRESS_FULL);
    zv_admit_connection_gone(&admit, entry);
    for (int i = 0; i < 33; i++)
        zv_admit_socket_gone(&admit, entry);
    assert_int_equal(admit.by_address.count, 0);
    for (uint32_t i = 33; i < most; i++)
        zv_admit_socket_gone(&admit, NULL);
    assert_int_equal(admit.sockets, 0);
    zv_admit_fini(&admit);
}

static void sockets_that_are_no_websocket_are_bounded_too(void **state)
{
    (void)state;
    struct zv_admit admit;
    struct zv_admit_entry *entry = NULL;
    zv_admit_init(&admit, 10, 1, seed);
    struct zv_addr one = addr_of("192.0.2.1");
    int count = 0;
    while (zv_admit_socket(&admit, &one, &entry) == 0)
        count++;
    assert_int_equal(count, 33);
    for (; count; count--)
        zv_admit_socket_gone(&admit, entry);
    zv_alloc_fail_after(0);
    assert_int_equal(zv_admit_socket(&admit, &one, &entry), ZV_E_NOMEM);
    zv_alloc_fail_after(1);
    assert_int_equal(zv_admit_socket(&admit, &one, &entry), 0); /* the table exists by now */
    zv_alloc_fail_after(-1);
    zv_admit_socket_gone(&admit, entry);
    zv_admit_fini(&admit);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(fragments_become_one_message),
    cmocka_unit_test(a_message_may_be_as_large_as_the_cap),
    cmocka_unit_test(a_message_has_a_bounded_number_of_frames),
    cmocka_unit_test(the_rate_allows_a_burst_and_refills),
    cmocka_unit_test(a_steady_client_at_the_rate_is_never_stopped),
    cmocka_unit_test(pings_are_sent_every_interval_and_counted),
    cmocka_unit_test(silence_at_the_start_is_closed_after_ten_seconds),
    cmocka_unit_test(bad_messages_in_a_row_close),
    cmocka_unit_test(texts_are_queued_in_order_with_room_before_them),
    cmocka_unit_test(a_full_queue_closes_and_is_dropped),
    cmocka_unit_test(the_first_reason_to_close_counts),
    cmocka_unit_test(a_long_reason_is_cut_between_characters),
    cmocka_unit_test(no_memory_closes_instead_of_losing_a_message),
    cmocka_unit_test(connections_are_counted_in_all_and_per_address),
    cmocka_unit_test(an_ipv6_network_counts_as_one_address),
    cmocka_unit_test(a_proxys_socket_counts_for_its_client_once_that_is_known),
    cmocka_unit_test(sockets_that_are_no_websocket_are_bounded_too),
};
ZV_TEST_MAIN(tests)
