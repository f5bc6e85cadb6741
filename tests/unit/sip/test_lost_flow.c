/* A stream that many accounts are registered over is lost: when each registers again. */
#include "rig.h"

#include "sip/account.h"

#define MANY 800
#define FEW  10

static struct zv_sip_flow flow;

static void register_many(struct rig *rig, uint64_t count)
{
    const struct zv_sip_account_cfg cfg = {.user = ZV_STR_LIT("1001"),
                                           .password = ZV_STR_LIT("secret1001"),
                                           .domain = ZV_STR_LIT("zvonok.test")};
    rig_init_cfg(rig, (struct zv_sip_cfg){.max_accounts = MANY});
    rig->targets[0].transport = ZV_SIP_TCP;
    rig->targets[0].conn = 7;
    flow = rig->targets[0];
    for (uint64_t id = 1; id <= count; id++) {
        rig->sent_count = rig->sent_seen = rig->event_count = rig->event_seen = 0;
        assert_int_equal(zv_sip_account_add(rig->sip, id, &cfg), 0);
        assert_int_equal(zv_sip_register(rig->sip, id, rig->now_us), 0);
        rig_drain(rig);
        rig_answer_status(rig, rig_next_sent(rig, "REGISTER "), 200, "r");
        rig_next_event(rig, ZV_SIP_OUT_REGISTERED);
    }
}

static int64_t due_us(const struct rig *rig, uint64_t id)
{
    return zv_sip_account_find(rig->sip, id)->timer.timer.at_us - rig->now_us;
}

/* How many register again in that time from now. */
static int count_due(const struct rig *rig, uint64_t count, int64_t from_us, int64_t until_us)
{
    int sum = 0;
    for (uint64_t id = 1; id <= count; id++)
        sum += due_us(rig, id) >= from_us && due_us(rig, id) <= until_us;
    return sum;
}

static void a_few_come_back_within_a_second_and_a_half(void **state)
{
    struct rig rig;
    (void)state;
    register_many(&rig, FEW);
    zv_sip_on_flow_failed(rig.sip, &flow, rig.now_us);
    assert_int_equal(count_due(&rig, FEW, ZV_MS(500), ZV_MS(1500)), FEW);
    rig_fini(&rig);
}

static void many_come_back_at_a_rate_that_a_server_bears(void **state)
{
    struct rig rig;
    (void)state;
    register_many(&rig, MANY);
    zv_sip_on_flow_failed(rig.sip, &flow, rig.now_us);
    assert_int_equal(count_due(&rig, MANY, ZV_MS(500), ZV_MS(4500)), MANY);
    for (int64_t at_us = ZV_MS(500); at_us < ZV_MS(4500); at_us += ZV_MS(1000))
        assert_in_range(count_due(&rig, MANY, at_us, at_us + ZV_MS(1000)), 150, 250);
    rig_fini(&rig);
}

static void a_second_loss_puts_nobody_off(void **state)
{
    int64_t first_us[MANY];
    struct rig rig;
    (void)state;
    register_many(&rig, MANY);
    zv_sip_on_flow_failed(rig.sip, &flow, rig.now_us);
    for (uint64_t id = 1; id <= MANY; id++)
        first_us[id - 1] = due_us(&rig, id);
    zv_sip_on_flow_failed(rig.sip, &flow, rig.now_us);
    for (uint64_t id = 1; id <= MANY; id++)
        assert_true(due_us(&rig, id) <= first_us[id - 1]);
    rig_fini(&rig);
}

/* Loses the flow, as soon as it has lasted so long, until so much time has passed; returns how
 * often the only account registered anew. */
static int count_comebacks(struct rig *rig, int64_t lasts_us, int64_t until_us)
{
    int count = 0;
    rig->sent_count = rig->sent_seen = rig->event_count = rig->event_seen = 0;
    while (rig->now_us < until_us) {
        rig_advance(rig, lasts_us);
        zv_sip_on_flow_failed(rig->sip, &flow, rig->now_us);
        rig_drain(rig);
        rig_advance_until_sent(rig);
        rig_answer_status(rig, rig_next_sent(rig, "REGISTER "), 200, "r");
        count++;
    }
    return count;
}

static void a_registrar_that_ends_each_flow_at_once_is_asked_less_and_less(void **state)
{
    struct rig rig;
    (void)state;
    register_many(&rig, 1);
    assert_in_range(count_comebacks(&rig, 0, rig.now_us + ZV_SECONDS(600)), 7, 10);
    rig_fini(&rig);
}

static void a_flow_that_lasted_makes_the_next_comeback_quick_again(void **state)
{
    struct rig rig;
    (void)state;
    register_many(&rig, 1);
    (void)count_comebacks(&rig, 0, rig.now_us + ZV_SECONDS(600));
    assert_int_equal(count_comebacks(&rig, ZV_SECONDS(120), rig.now_us + 1), 1);
    zv_sip_on_flow_failed(rig.sip, &flow, rig.now_us);
    assert_int_equal(count_due(&rig, 1, ZV_MS(500), ZV_MS(1500)), 1);
    rig_fini(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_few_come_back_within_a_second_and_a_half),
        cmocka_unit_test(many_come_back_at_a_rate_that_a_server_bears),
        cmocka_unit_test(a_second_loss_puts_nobody_off),
        cmocka_unit_test(a_registrar_that_ends_each_flow_at_once_is_asked_less_and_less),
        cmocka_unit_test(a_flow_that_lasted_makes_the_next_comeback_quick_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
