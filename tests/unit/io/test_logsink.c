/* The log's edge: lines as text and as JSON, and what is held back when they repeat. */
#define _GNU_SOURCE
#include "support/test.h"

#include "base/time.h"
#include "io/logsink.h"
#include "io/repeats.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define WALL_US INT64_C(1795406706789000) /* 2026-11-23T04:05:06.789Z */

static const struct zv_logsink_cfg plain = {0}, journal = {.is_journal = true},
                                   json = {.is_json = true},
                                   json_journal = {.is_json = true, .is_journal = true};

static const char *written(const struct zv_logsink_cfg *cfg, const struct zv_log_line *line)
{
    static char out[ZV_LOGSINK_LINE_CAP + 1];
    size_t len = zv_logsink_write_line(out, ZV_LOGSINK_LINE_CAP, cfg, WALL_US, line);
    out[len] = 0;
    return out;
}

static void a_line_says_when_how_grave_where_and_whose(void **state)
{
    (void)state;
    assert_string_equal(written(&plain, &(struct zv_log_line){.module = ZV_LOG_CALL,
                                                              .level = ZV_LOG_INFO,
                                                              .correlation = "c-0.7.3",
                                                              .text = "outgoing call"}),
                        "2026-11-23T04:05:06.789Z info call c-0.7.3 outgoing call\n");
    assert_string_equal(written(&journal, &(struct zv_log_line){.module = ZV_LOG_SIP,
                                                                .level = ZV_LOG_WARN,
                                                                .text = "no answer"}),
                        "<4>sip no answer\n");
}

static void a_line_that_is_too_long_is_cut_and_ends_as_a_line(void **state)
{
    (void)state;
    char line[32];
    size_t len = zv_logsink_write_line(
        line, sizeof(line), &journal, 0,
        &(struct zv_log_line){.module = ZV_LOG_SIP,
                              .level = ZV_LOG_ERROR,
                              .text = "this text is longer than the line has room for"});
    assert_true(len <= sizeof(line));
    assert_int_equal(line[len - 1], '\n');
    assert_memory_equal(line, "<3>sip this text", 16);
}

static void a_json_line_has_the_sentence_and_the_fields(void **state)
{
    (void)state;
    const struct zv_log_field fields[] = {
        zv_log_text("call", "c-0.7.3"),     zv_log_text("codec", ""),
        zv_log_int("sipStatus", 486),       zv_log_int_or_absent("q850", 0),
        zv_log_seconds("seconds", 1234567), zv_log_str("caller", zv_str_n("\"\n\xff", 3)),
    };
    struct zv_log_line line = {.module = ZV_LOG_CALL,
                               .level = ZV_LOG_INFO,
                               .correlation = "c-0.7.3",
                               .text = "say \"no\"",
                               .fields = fields,
                               .field_count = ZV_ARRAY_LEN(fields)};
#define EXPECTED                                                                                   \
    "{\"time\":\"2026-11-23T04:05:06.789Z\",\"level\":\"info\",\"module\":\"call\","               \
    "\"id\":\"c-0.7.3\",\"msg\":\"say \\\"no\\\"\",\"call\":\"c-0.7.3\",\"sipStatus\":486,"        \
    "\"seconds\":1.235,\"caller\":\"\\\"\\n\xef\xbf\xbd\"}\n"
    assert_string_equal(written(&json, &line), EXPECTED);
    assert_string_equal(written(&json_journal, &line), "<6>" EXPECTED);
    line.correlation = NULL;
    assert_null(strstr(written(&json, &line), "\"id\""));
}

static void a_json_line_that_is_full_leaves_out_fields_and_stays_whole(void **state)
{
    (void)state;
    static char long_text[ZV_LOGSINK_LINE_CAP];
    memset(long_text, 'x', sizeof(long_text) - 1);
    const struct zv_log_field fields[] = {zv_log_text("call", "c-0.7.3"),
                                          zv_log_text("much", long_text), zv_log_int("after", 1)};
    struct zv_log_line line = {
        .text = "short", .fields = fields, .field_count = ZV_ARRAY_LEN(fields)};
    static const char end[] = "\"msg\":\"short\",\"call\":\"c-0.7.3\",\"cut\":true}\n";
    const char *out = written(&json, &line);
    assert_string_equal(out + strlen(out) - strlen(end), end);

    char room[256]; /* not even the sentence fits */
    line.text = long_text;
    size_t len = zv_logsink_write_line(room, sizeof(room), &json, WALL_US, &line);
    assert_memory_equal(room + len - 13, ",\"cut\":true}\n", 13);
}

static void the_longest_sentence_fits_whatever_it_holds(void **state)
{
    (void)state;
    static char quotes[1024];                 /* base/log.h: lines over 1 KiB are cut */
    memset(quotes, 0xff, sizeof(quotes) - 1); /* no UTF-8: three bytes each */
    assert_null(strstr(written(&json, &(struct zv_log_line){.correlation = "c-63.16777215.4294967",
                                                            .text = quotes}),
                       "\"cut\""));
}

static void the_journal_is_known_by_device_and_inode(void **state)
{
    (void)state;
    char named[64];
    struct stat info;
    assert_int_equal(fstat(STDERR_FILENO, &info), 0);
    unsigned long long device = info.st_dev, inode = info.st_ino;
    snprintf(named, sizeof(named), "%llu:%llu", device, inode);
    assert_true(zv_logsink_is_journal(named));
    snprintf(named, sizeof(named), "%llu:%llu", device, inode + 1);
    assert_false(zv_logsink_is_journal(named));
    snprintf(named, sizeof(named), "%llu:%llu", device + 1, inode);
    assert_false(zv_logsink_is_journal(named));
    snprintf(named, sizeof(named), "%llu:%llu:", device, inode);
    assert_false(zv_logsink_is_journal(named));
    static const char *const no_streams[] = {NULL, "", "8", ":", "a:b"};
    for (size_t i = 0; i < ZV_ARRAY_LEN(no_streams); i++)
        assert_false(zv_logsink_is_journal(no_streams[i]));
}

/* ---- repeats ---- */

static const char flood[] = "WebSocket refused", other[] = "no answer";

static bool admit(struct zv_repeats *repeats, const char *place, enum zv_log_level level,
                  int64_t now_us)
{
    return zv_repeats_admit(
        repeats, &(struct zv_log_line){.place = place, .level = level, .text = place}, now_us);
}

static void warnings_of_one_place_are_held_back_and_reported_once(void **state)
{
    (void)state;
    struct zv_repeats repeats = {.allowed = 3};
    struct zv_repeats_report report;
    int passed = 0;
    for (int i = 0; i < 135; i++)
        passed += admit(&repeats, flood, ZV_LOG_WARN, ZV_MS(i));
    assert_int_equal(passed, 3);
    assert_true(admit(&repeats, other, ZV_LOG_WARN, ZV_MS(200)));
    assert_true(admit(&repeats, flood, ZV_LOG_ERROR, ZV_MS(200)));
    assert_false(zv_repeats_report(&repeats, ZV_REPEATS_WINDOW_US - 1, &report));
    assert_true(zv_repeats_report(&repeats, ZV_REPEATS_WINDOW_US, &report));
    assert_int_equal(report.held, 132);
    assert_int_equal(report.level, ZV_LOG_WARN);
    assert_string_equal(report.example, flood);
    assert_false(zv_repeats_report(&repeats, ZV_TIME_NEVER, &report));
    assert_true(admit(&repeats, flood, ZV_LOG_WARN, ZV_REPEATS_WINDOW_US)); /* a new window */
}

static void the_record_of_calls_is_never_held_back(void **state)
{
    (void)state;
    struct zv_repeats repeats = {.allowed = 1};
    for (int i = 0; i < 5000; i++)
        assert_true(admit(&repeats, flood, ZV_LOG_INFO, ZV_MS(i)));
}

static void what_a_stranger_can_cause_is_held_back_at_any_level(void **state)
{
    (void)state;
    struct zv_repeats repeats = {.allowed = 1};
    struct zv_log_line line = {
        .place = flood, .level = ZV_LOG_INFO, .text = flood, .may_repeat = true};
    assert_true(zv_repeats_admit(&repeats, &line, 0));
    assert_false(zv_repeats_admit(&repeats, &line, 1));
    repeats.allowed = 0; /* log.repeats: 0 */
    assert_true(zv_repeats_admit(&repeats, &line, 2));
}

static void a_full_table_lets_lines_pass(void **state)
{
    (void)state;
    static char places[ZV_REPEATS_PLACES + 1][2];
    struct zv_repeats repeats = {.allowed = 1};
    struct zv_repeats_report report;
    for (size_t i = 0; i < ZV_ARRAY_LEN(places); i++)
        assert_true(admit(&repeats, places[i], ZV_LOG_WARN, 0));
    assert_true(admit(&repeats, places[ZV_REPEATS_PLACES], ZV_LOG_WARN, 1));
    assert_false(admit(&repeats, places[0], ZV_LOG_WARN, 1));
    assert_true(zv_repeats_report(&repeats, ZV_TIME_NEVER, &report));
    assert_int_equal(report.held, 1);
    assert_false(zv_repeats_report(&repeats, ZV_TIME_NEVER, &report));
    assert_true(admit(&repeats, places[0], ZV_LOG_WARN, 2));
}

/* What the sink writes to standard error while `act` runs. */
static const char *standard_error_of(void (*act)(void))
{
    static char out[8192];
    int ends[2], kept = dup(STDERR_FILENO);
    assert_int_equal(pipe(ends), 0);
    assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
    act();
    assert_true(dup2(kept, STDERR_FILENO) >= 0);
    close(kept);
    close(ends[1]);
    ssize_t len = read(ends[0], out, sizeof(out) - 1);
    close(ends[0]);
    out[len > 0 ? len : 0] = 0;
    return out;
}

static void log_a_flood(void)
{
    zv_logsink_open(&(struct zv_logsink_cfg){.is_journal = true, .repeats = 2});
    for (int i = 0; i < 7; i++)
        zv_log(ZV_LOG_HTTP, ZV_LOG_WARN, NULL, "refused %d", i);
    zv_logsink_close();
    zv_log_set_sink(NULL);
}

static void the_sink_reports_what_it_held_back(void **state)
{
    (void)state;
    assert_string_equal(standard_error_of(log_a_flood),
                        "<4>http refused 0\n<4>http refused 1\n"
                        "<4>http held back 5 lines like this in 10 s: refused 2\n");
}

/* ---- a full disk ---- */

static void send_errors_to(const char *path)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0 && dup2(fd, STDERR_FILENO) >= 0);
    close(fd);
}

static void lose_two_of_four(void)
{
    int pipe_end = dup(STDERR_FILENO);
    zv_logsink_open(&journal);
    zv_log(ZV_LOG_SIP, ZV_LOG_INFO, NULL, "one");
    send_errors_to("/dev/full");
    zv_log(ZV_LOG_SIP, ZV_LOG_INFO, NULL, "two");
    zv_log(ZV_LOG_SIP, ZV_LOG_INFO, NULL, "three");
    struct zv_logsink_loss loss;
    zv_logsink_loss(&loss);
    assert_true(loss.goes_on);
    assert_int_equal(loss.error, ENOSPC);
    assert_int_equal(loss.lines, 2);
    assert_true(dup2(pipe_end, STDERR_FILENO) >= 0);
    close(pipe_end);
    zv_log(ZV_LOG_SIP, ZV_LOG_INFO, NULL, "four");
    zv_logsink_loss(&loss);
    assert_false(loss.goes_on);
    assert_int_equal(loss.lines, 2); /* since the start */
    zv_logsink_close();
    zv_log_set_sink(NULL);
}

static void lines_that_a_full_disk_took_are_counted_and_told_later(void **state)
{
    (void)state;
    assert_string_equal(standard_error_of(lose_two_of_four),
                        "<6>sip one\n"
                        "<3>main 2 lines of this log were lost here: No space left on device\n"
                        "<6>sip four\n");
}

/* Writes into `ends[1]` until nothing more goes in; then its reader awakes at `ends[0]`. */
static void outlast_who_does_not_read(const int ends[2])
{
    static char out[1 << 17];
    struct zv_logsink_loss before, loss;
    int kept = dup(STDERR_FILENO);
    assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
    zv_logsink_open(&journal);
    zv_logsink_loss(&before);
    do {
        zv_log(ZV_LOG_SIP, ZV_LOG_INFO, NULL, "nobody reads this");
        zv_logsink_loss(&loss);
    } while (!loss.goes_on);
    assert_int_equal(loss.error, EAGAIN);
    assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    while (read(ends[0], out, sizeof(out)) > 0)
        continue;
    zv_log(ZV_LOG_SIP, ZV_LOG_INFO, NULL, "but this");
    ssize_t len = read(ends[0], out, sizeof(out) - 1);
    zv_logsink_close();
    zv_log_set_sink(NULL);
    assert_true(dup2(kept, STDERR_FILENO) >= 0);
    close(kept);
    close(ends[0]);
    close(ends[1]);
    out[len > 0 ? len : 0] = 0;
    assert_int_equal(loss.lines - before.lines, 1);
    assert_non_null(strstr(out, "<3>main 1 lines of this log were lost here: Resource temporarily "
                                "unavailable\n<6>sip but this\n"));
}

static void who_does_not_read_holds_nobody_up(void **state)
{
    (void)state;
    int ends[2];
    alarm(60); /* else a line that waits hangs the test */
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    outlast_who_does_not_read(ends);
    assert_int_equal(pipe(ends), 0);
    outlast_who_does_not_read(ends);
    alarm(0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_line_says_when_how_grave_where_and_whose),
    cmocka_unit_test(a_line_that_is_too_long_is_cut_and_ends_as_a_line),
    cmocka_unit_test(a_json_line_has_the_sentence_and_the_fields),
    cmocka_unit_test(a_json_line_that_is_full_leaves_out_fields_and_stays_whole),
    cmocka_unit_test(the_longest_sentence_fits_whatever_it_holds),
    cmocka_unit_test(the_journal_is_known_by_device_and_inode),
    cmocka_unit_test(warnings_of_one_place_are_held_back_and_reported_once),
    cmocka_unit_test(the_record_of_calls_is_never_held_back),
    cmocka_unit_test(what_a_stranger_can_cause_is_held_back_at_any_level),
    cmocka_unit_test(a_full_table_lets_lines_pass),
    cmocka_unit_test(the_sink_reports_what_it_held_back),
    cmocka_unit_test(lines_that_a_full_disk_took_are_counted_and_told_later),
    cmocka_unit_test(who_does_not_read_holds_nobody_up),
};
ZV_TEST_MAIN(tests)
