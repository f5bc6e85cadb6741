/*
 * A seeded walk of a million events through the switchboard, sensible and not: no call is stuck,
 * leaked or ended twice (tests/unit/call/walk.h keeps the books). ZV_TEST_EVENTS sets the number,
 * ZV_TEST_SEED another walk.
 */
#include "unit/call/walk.h"

#include "base/alloc.h"
#include "call/switch_int.h"

static struct zv_rand_seeded chance;
static struct walk walk;

static uint32_t by_chance(void *arg, uint32_t limit)
{
    return zv_rand_u32(arg) % limit;
}

static uint64_t number_of(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : otherwise;
}

static void a_million_events_leave_no_call_stuck_leaked_or_ended_twice(void **state)
{
    (void)state;
    uint64_t events = number_of("ZV_TEST_EVENTS", 1000000);
    int64_t live = zv_alloc_live();
    chance.state = number_of("ZV_TEST_SEED", 20261123);
    struct zv_rand source = zv_rand_seeded_source(&chance);
    struct zv_switch_stats stats;
    walk_open(&walk, by_chance, &source);
    for (uint64_t i = 1; i <= events; i++) {
        walk_step(&walk);
        if (i % 50000 == 40000) /* now and then nobody moves any more */
            walk_abandon(&walk);
    }
    walk_shut_down(&walk);
    zv_switch_stats(walk.sw, &stats);
    walk_close_all(&walk);
    assert_int_equal(zv_alloc_live(), live);
    printf("%llu events, %llu commands, %llu sessions, %llu returns, %llu calls, %llu talks, "
           "%llu with video, %llu offers to clients, %llu re-INVITEs, %llu holds\n",
           (unsigned long long)events, (unsigned long long)walk.commands,
           (unsigned long long)stats.sessions_created, (unsigned long long)walk.returns,
           (unsigned long long)stats.calls_created, (unsigned long long)walk.talks,
           (unsigned long long)walk.videos, (unsigned long long)walk.our_offers,
           (unsigned long long)walk.reoffers, (unsigned long long)walk.holds);
    assert_int_equal(walk.returns, stats.sessions_returned);
    assert_int_equal(walk.ended, stats.calls_created + stats.calls_refused);
    uint64_t counted = 0;
    for (int cause = 0; cause < ZV_CAUSE_COUNT; cause++)
        counted += stats.ended_by[cause];
    assert_int_equal(counted, walk.ended);
    assert_int_equal(stats.ended_by[ZV_CAUSE_NONE], 0);
    if (events < 500000)
        return;
    assert_true(walk.videos && walk.our_offers && walk.reoffers && walk.holds && walk.digits &&
                walk.drains);
    /* The walk went everywhere: but for these, each way to end a call was taken. */
    static const bool is_no_end[ZV_CAUSE_COUNT] = {
        [ZV_CAUSE_NONE] = true,
        [ZV_CAUSE_INTERNAL_ERROR] = true, /* taken as well, but by no right */
        [ZV_CAUSE_BAD_ACCOUNT] = true,
        [ZV_CAUSE_LIMIT_CLIENTS] = true,
        [ZV_CAUSE_ALREADY_CONNECTED] = true,
        [ZV_CAUSE_RESUME_UNKNOWN_TOKEN] = true,
        [ZV_CAUSE_NOT_SUPPORTED] = true,
        [ZV_CAUSE_HOLD_REFUSED] = true,
        [ZV_CAUSE_DTMF_REFUSED] = true,
        [ZV_CAUSE_NO_SUCH_CALL] = true,
        [ZV_CAUSE_DUPLICATE_CALL_ID] = true,
    };
    for (int cause = 0; cause < ZV_CAUSE_COUNT; cause++) {
        if (!is_no_end[cause] && !stats.ended_by[cause])
            fail_msg("no call ended by %s", zv_cause_name((enum zv_cause)cause));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_million_events_leave_no_call_stuck_leaked_or_ended_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
