/*
 * The table of causes is complete: each entry is usable as it stands, and every answer of SIP leads
 * to one.
 */
#include "support/test.h"

#include "base/str.h"
#include "call/cause.h"

#include <string.h>

static const struct zv_cause_info *info_of(int cause)
{
    return zv_cause_info((enum zv_cause)cause);
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_snake_case(const char *name)
{
    for (size_t i = 0; name[i]; i++) {
        bool is_joint = name[i] == '_' && i > 0 && is_lower(name[i - 1]) && is_lower(name[i + 1]);
        if (!is_lower(name[i]) && !is_joint)
            return false;
    }
    return name[0] != '\0';
}

/* Fits into a log line: no capital, no full stop, printable ASCII. A word of ours may come first
 * and hold capitals (sipDomain). */
static bool is_sentence(const char *text)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++)
        if (text[i] < ' ' || text[i] > '~')
            return false;
    return len && !(text[0] >= 'A' && text[0] <= 'Z') && !strchr(" .!?", text[len - 1]);
}

static void names_are_distinct_and_snake_case(void **state)
{
    (void)state;
    for (int cause = 0; cause < ZV_CAUSE_COUNT; cause++) {
        const char *name = info_of(cause)->name;
        if (!is_snake_case(name))
            fail_msg("\"%s\" is not snake_case", name);
        for (int other = 0; other < cause; other++)
            assert_string_not_equal(name, info_of(other)->name);
        assert_string_equal(zv_cause_name((enum zv_cause)cause), name);
    }
}

static void every_cause_says_what_happened_and_what_to_do(void **state)
{
    (void)state;
    for (int cause = 0; cause < ZV_CAUSE_COUNT; cause++) {
        const struct zv_cause_info *info = info_of(cause);
        if (!is_sentence(info->text))
            fail_msg("%s: the text \"%s\" is no sentence", info->name, info->text);
        if (info->remedy[0] && !is_sentence(info->remedy))
            fail_msg("%s: the remedy \"%s\" is no sentence", info->name, info->remedy);
        if (info->outcome == ZV_OUTCOME_FAILED && !info->remedy[0] &&
            cause != ZV_CAUSE_NO_SUCH_CALL)
            fail_msg("%s: a failure without a remedy", info->name);
    }
}

static void what_sip_and_the_client_are_told_is_possible(void **state)
{
    (void)state;
    for (int cause = ZV_CAUSE_NONE + 1; cause < ZV_CAUSE_COUNT; cause++) {
        const struct zv_cause_info *info = info_of(cause);
        if (info->sip_status < 400 || info->sip_status > 699)
            fail_msg("%s: %d rejects no INVITE", info->name, info->sip_status);
        assert_in_range(info->outcome, ZV_OUTCOME_FINISH, ZV_OUTCOME_FAILED);
        assert_int_equal(info->outcome == ZV_OUTCOME_BUSY, cause == ZV_CAUSE_BUSY);
        assert_non_null(info->info);
    }
    assert_int_equal(info_of(ZV_CAUSE_NONE)->sip_status, 0);
}

static void every_failure_names_the_hop(void **state)
{
    (void)state;
    static const char *const names[] = {"", "client", "gateway", "sip_server", "far_end"};
    for (int cause = 0; cause < ZV_CAUSE_COUNT; cause++) {
        const struct zv_cause_info *info = info_of(cause);
        assert_in_range(info->hop, ZV_HOP_NONE, ZV_HOP_FAR_END);
        assert_string_equal(zv_cause_hop_name(info->hop), names[info->hop]);
        bool may_be_either = cause == ZV_CAUSE_NO_MEDIA;
        if (info->outcome == ZV_OUTCOME_FAILED && !info->hop != may_be_either)
            fail_msg("%s: which hop failed?", info->name);
    }
    assert_string_equal(zv_cause_hop_name((enum zv_cause_hop)99), "");
}

static void every_final_answer_of_sip_is_a_cause(void **state)
{
    (void)state;
    for (int status = 300; status < 700; status++) {
        enum zv_cause cause = zv_cause_of_sip_status(status);
        assert_in_range(cause, ZV_CAUSE_NONE + 1, ZV_CAUSE_COUNT - 1);
        enum zv_cause_hop hop = info_of((int)cause)->hop;
        bool is_theirs = hop == ZV_HOP_SIP_SERVER || hop == ZV_HOP_FAR_END;
        assert_true(is_theirs || cause == ZV_CAUSE_NO_COMMON_CODEC);
        if (status >= 500 && status < 600)
            assert_int_equal(cause, ZV_CAUSE_SIP_SERVER_ERROR);
    }
}

static void a_number_out_of_range_is_a_fault_of_ours(void **state)
{
    (void)state;
    assert_string_equal(zv_cause_name(ZV_CAUSE_COUNT), "internal_error");
    assert_string_equal(zv_cause_name((enum zv_cause) - 1), "internal_error");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(names_are_distinct_and_snake_case),
    cmocka_unit_test(every_cause_says_what_happened_and_what_to_do),
    cmocka_unit_test(what_sip_and_the_client_are_told_is_possible),
    cmocka_unit_test(every_failure_names_the_hop),
    cmocka_unit_test(every_final_answer_of_sip_is_a_cause),
    cmocka_unit_test(a_number_out_of_range_is_a_fault_of_ours),
};
ZV_TEST_MAIN(tests)
