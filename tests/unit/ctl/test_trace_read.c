/* Traces back from JSON: a good one makes the same pictures, bad ones are named by their place. */
#include "../trace/golden.h"

#include "base/alloc.h"
#include "base/err.h"
#include "ctl/trace_read.h"

#include <string.h>

static struct picture json, picture;
static struct zv_ctl_trace_error error;

static struct zv_trace *read_vector(void)
{
    struct zv_trace *trace = NULL;
    int err = zv_ctl_read_trace(load_vector(&json, "everything.json"), &trace, &error);
    if (err)
        fail_msg("%s", error.sentence);
    return trace;
}

static const struct zv_trace_event *event_at(const struct zv_trace *trace, size_t index)
{
    const struct zv_list_node *node = trace->events.head.next;
    while (index--)
        node = node->next;
    return ZV_CONTAINER_OF(node, const struct zv_trace_event, node);
}

static void a_trace_is_read_whole(void **state)
{
    (void)state;
    struct zv_trace *trace = read_vector();
    assert_string_equal(trace->name, "c-0.12.3");
    assert_string_equal(trace->callee, "1002");
    assert_int_equal(trace->cause, ZV_CAUSE_BUSY);
    assert_int_equal(trace->sip_status, 486);
    assert_false(trace->is_live);
    assert_false(trace->incoming);
    assert_int_equal(trace->event_count, 21);
    assert_int_equal(trace->events_dropped, 57);
    assert_int_equal(trace->created_wall_us, INT64_C(1795726744123456));
    assert_int_equal(trace->answered_us - trace->created_us, 2345678);
    const struct zv_trace_event *invite = event_at(trace, 4);
    assert_int_equal(invite->at_us - trace->created_us, 900);
    assert_int_equal(invite->step, 2);
    assert_true(zv_str_has_prefix(invite->data, "INVITE sip:1002@zvonok.test SIP/2.0\r\n"));
    assert_true(zv_str_is(event_at(trace, 1)->data, "{\"kind\":\"CLIENT_CALL\"}"));
    assert_int_equal(event_at(trace, 15)->dropped_before, 57);
    zv_ctl_free_trace(trace);
}

static void it_makes_the_pictures_that_the_gateway_would_make(void **state)
{
    (void)state;
    struct zv_trace *trace = read_vector();
    expect_vector("everything.ladder.txt", draw(&picture, zv_trace_write_ladder, trace, false));
    expect_vector("everything.mermaid", draw(&picture, zv_trace_write_mermaid, trace, false));
    zv_ctl_free_trace(trace);
}

static void what_is_written_as_json_is_read_back(void **state)
{
    (void)state;
    static struct picture again;
    struct zv_trace *trace = read_vector();
    struct zv_buf first = zv_buf(picture.text, sizeof picture.text);
    zv_trace_write_json(trace, &first);
    assert_false(first.overflow);
    zv_ctl_free_trace(trace);
    int err = zv_ctl_read_trace(zv_buf_str(&first), &trace, &error);
    if (err)
        fail_msg("%s", error.sentence);
    struct zv_buf second = zv_buf(again.text, sizeof again.text);
    zv_trace_write_json(trace, &second);
    assert_true(zv_str_eq(zv_buf_str(&first), zv_buf_str(&second)));
    expect_vector("everything.ladder.txt", draw(&again, zv_trace_write_ladder, trace, false));
    zv_ctl_free_trace(trace);
}

#define CALL                                                                                       \
    "\"call\":{\"name\":\"c-0.1.1\",\"direction\":\"incoming\",\"live\":true,"                     \
    "\"createdWallUs\":1795726744123456}"
#define EVENT(more) "{\"version\":1," CALL ",\"events\":[{\"atMs\":1.5," more "}]}"
#define LANES       "\"kind\":\"media\",\"from\":\"client\",\"to\":\"gateway\",\"label\":\"x\""

static int read_text(const char *text)
{
    struct zv_trace *trace = NULL;
    int err = zv_ctl_read_trace(zv_str(text), &trace, &error);
    assert_true(err ? !trace : trace != NULL);
    zv_ctl_free_trace(trace);
    return err;
}

static void what_is_not_known_is_skipped_and_what_may_be_absent_is(void **state)
{
    (void)state;
    assert_int_equal(read_text("{\"version\":1," CALL ",\"events\":[]}"), 0);
    assert_int_equal(read_text(EVENT(LANES)), 0);
    assert_int_equal(read_text(EVENT(LANES ",\"colour\":[1,2]")), 0);
    assert_int_equal(read_text(EVENT("\"kind\":\"sip\",\"from\":\"sip\",\"to\":\"phone\","
                                     "\"label\":\"x\",\"data\":\"a\\u0000b\"")),
                     0);
}

static void a_bad_trace_is_refused_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *sentence;
    } cases[] = {
        {"", "line 1, column 0: this is not the JSON of a trace"},
        {"{\"version\":1,\n nonsense}", "line 2, column 9: this is not the JSON of a trace"},
        {"[]", "version: only version 1 is known"},
        {"{\"version\":2}", "version: only version 1 is known"},
        {"{\"version\":1}", "call: an object is expected"},
        {"{\"version\":1,\"call\":{}}", "call.name: the call's name is missing"},
        {"{\"version\":1,\"call\":{\"name\":7}}", "call.name: a text is expected"},
        {"{\"version\":1,\"call\":{\"name\":\"a\\nb\"}}",
         "call.name: the text has more than one line or a control"},
        {"{\"version\":1,\"call\":{\"name\":\"c-000000000000000000000000000000000000000000\"}}",
         "call.name: the text is too long"},
        {"{\"version\":1,\"call\":{\"name\":\"c\",\"direction\":\"up\"}}",
         "call.direction: one of these is expected: outgoing incoming"},
        {"{\"version\":1,\"call\":{\"name\":\"c\",\"direction\":\"incoming\"}}",
         "call.createdWallUs: the time of creation is missing"},
        {"{\"version\":1,\"call\":{\"name\":\"c\",\"direction\":\"incoming\",\"createdWallUs\":-1}"
         "}",
         "call.createdWallUs: a whole number in its range is expected"},
        {"{\"version\":1," CALL "}", "events: a list is expected"},
        {"{\"version\":1," CALL ",\"events\":[7]}", "events[0]: an object is expected"},
        {EVENT("\"kind\":\"sipp\""), "events[0].kind: one of these is expected: client sip media "
                                     "state end input command timer"},
        {EVENT("\"kind\":\"sip\",\"from\":\"moon\""),
         "events[0].from: one of these is expected: client gateway sip phone"},
        {EVENT(LANES ",\"step\":100"), "events[0].step: a whole number in its range is expected"},
        {EVENT(LANES ",\"step\":1.5"), "events[0].step: a whole number in its range is expected"},
        {EVENT(LANES ",\"data\":\"text\""), "events[0].data: an object is expected"},
        {EVENT(LANES ",\"detail\":null"), "events[0].detail: a text is expected"},
        {EVENT("\"kind\":\"sip\",\"from\":\"sip\",\"to\":\"sip\",\"data\":{}"),
         "events[0].data: a SIP message as text is expected"},
        {"{\"version\":1," CALL ",\"events\":[{\"atMs\":1e300}]}",
         "events[0].atMs: milliseconds, less than a year, are expected"},
        {"{\"version\":1," CALL ",\"events\":[{}]}",
         "events[0].atMs: milliseconds, less than a year, are expected"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(read_text(cases[i].text), ZV_E_PARSE);
        assert_string_equal(error.sentence, cases[i].sentence);
    }
}

static void too_much_is_refused(void **state)
{
    (void)state;
    static char text[ZV_CTL_MAX_TRACE_BYTES + 2];
    memset(text, ' ', sizeof text - 1);
    assert_int_equal(read_text(text), ZV_E_LIMIT);
    assert_string_equal(error.sentence, "the text is larger than a trace may be (8 MiB)");
    struct zv_buf out = zv_buf(text, sizeof text);
    zv_buf_put_text(&out, "{\"version\":1," CALL ",\"events\":[{}");
    for (int i = 0; i < ZV_CTL_MAX_TRACE_EVENTS; i++)
        zv_buf_put_text(&out, ",{}");
    zv_buf_put_text(&out, "]}");
    assert_int_equal(read_text(zv_buf_cstr(&out)), ZV_E_LIMIT);
    assert_string_equal(error.sentence, "events: more events than a trace may have");
}

/* Allocations of ours; the JSON library's are its own. */
static void without_memory_nothing_is_left_behind(void **state)
{
    (void)state;
    struct zv_str text = load_vector(&json, "everything.json");
    int64_t live = zv_alloc_live();
    for (int64_t n = 0;; n++) {
        struct zv_trace *trace = NULL;
        zv_alloc_fail_after(n);
        int err = zv_ctl_read_trace(text, &trace, &error);
        zv_alloc_fail_after(-1);
        zv_ctl_free_trace(trace);
        assert_int_equal(zv_alloc_live(), live);
        if (!err)
            break;
        assert_int_equal(err, ZV_E_NOMEM);
        assert_non_null(strstr(error.sentence, "out of memory"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trace_is_read_whole),
        cmocka_unit_test(it_makes_the_pictures_that_the_gateway_would_make),
        cmocka_unit_test(what_is_written_as_json_is_read_back),
        cmocka_unit_test(what_is_not_known_is_skipped_and_what_may_be_absent_is),
        cmocka_unit_test(a_bad_trace_is_refused_with_its_place),
        cmocka_unit_test(too_much_is_refused),
        cmocka_unit_test(without_memory_nothing_is_left_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
