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
    assert_int_equal(count_comebacks(&rig, ZV_SECONDS(10), rig.now_us + 1), 1);
    zv_sip_on_flow_failed(rig.sip, &flow, rig.now_us);
    assert_int_equal(count_due(&rig, 1, ZV_MS(500), ZV_MS(1500)), 1);
    rig_fini(&rig);
}

/* ---- Contact with the port of a connection ---- */

/* The connection is lost, and the next one has that port; returns the REGISTER over it. */
static const struct rig_sent *reconnect(struct rig *rig, uint16_t port)
{
    rig->targets[0].local.port = port;
    zv_sip_on_flow_failed(rig->sip, &flow, rig->now_us);
    rig_drain(rig);
    rig_advance_until_sent(rig);
    return rig_next_sent(rig, "REGISTER ");
}

static void expect_contacts(const struct rig_sent *sent, unsigned port, unsigned old_port)
{
    char text[64];
    const char *first = strstr(sent->text, "Contact: <sip:"), *second;
    assert_non_null(first);
    snprintf(text, sizeof(text), ":%u;transport=tcp>\r\n", port);
    assert_int_equal(strncmp(strchr(first + 14, ':'), text, strlen(text)), 0);
    second = strstr(first + 1, "Contact: <sip:");
    if (!old_port) {
        assert_null(second);
        return;
    }
    assert_non_null(second);
    snprintf(text, sizeof(text), ":%u;transport=tcp>;expires=0\r\n", old_port);
    assert_int_equal(strncmp(strchr(second + 14, ':'), text, strlen(text)), 0);
    assert_int_equal(strncmp(first, second, strcspn(first, "@")), 0);
    assert_null(strstr(second + 1, "Contact: "));
}

static void a_new_contact_takes_the_old_ones_place(void **state)
{
    struct rig rig;
    const struct rig_sent *sent;
    (void)state;
    register_many(&rig, 1);
    uint16_t port = flow.local.port;
    for (uint16_t i = 1; i <= 2; i++) {
        sent = reconnect(&rig, port + i);
        expect_contacts(sent, port + i, port + i - 1);
        rig_answer_status(&rig, sent, 200, "r");
    }
    rig_advance_until_sent(&rig); /* a refresh over the same connection */
    expect_contacts(rig_next_sent(&rig, "REGISTER "), port + 2, 0);
    rig_fini(&rig);
}

static void who_leaves_by_another_connection_takes_the_old_contact_off_too(void **state)
{
    struct rig rig;
    (void)state;
    register_many(&rig, 1);
    uint16_t port = flow.local.port;
    rig.sent_seen = rig.sent_count;
    rig.targets[0].local.port = port + 1;
    assert_int_equal(zv_sip_unregister(rig.sip, 1, rig.now_us), 0);
    rig_drain(&rig);
    const struct rig_sent *sent = rig_next_sent(&rig, "REGISTER ");
    expect_contacts(sent, port + 1, port);
    assert_non_null(strstr(sent->text, "\r\nExpires: 0\r\n"));
    rig_fini(&rig);
}

static void a_registrar_that_takes_no_second_contact_gets_the_new_one_alone(void **state)
{
    struct rig rig;
    const struct rig_sent *sent;
    (void)state;
    register_many(&rig, 1);
    uint16_t port = flow.local.port;
    sent = reconnect(&rig, port + 1);
    rig_answer_status(&rig, sent, 503, "r"); /* which says nothing of that */
    rig_advance_until_sent(&rig);
    sent = rig_next_sent(&rig, "REGISTER ");
    expect_contacts(sent, port + 1, port);
    rig_answer_status(&rig, sent, 501, "r");
    sent = rig_next_sent(&rig, "REGISTER ");
    expect_contacts(sent, port + 1, 0);
    rig_answer_status(&rig, sent, 200, "r");
    expect_contacts(reconnect(&rig, port + 2), port + 2, port + 1);
    rig_fini(&rig);
}

static void a_refusal_of_two_contacts_is_no_wrong_password(void **state)
{
    struct rig rig;
    const struct rig_sent *sent;
    (void)state;
    register_many(&rig, 1);
    uint16_t port = flow.local.port;
    sent = reconnect(&rig, port + 1);
    rig_answer(&rig, sent,
               &(struct rig_reply){.status = 401,
                                   .tag = "r",
                                   .extra = "WWW-Authenticate: Digest realm=\"zvonok.test\", "
                                            "nonce=\"n1\"\r\n"});
    sent = rig_next_sent(&rig, "REGISTER ");
    expect_contacts(sent, port + 1, port);
    rig_answer_status(&rig, sent, 403, "r");
    sent = rig_next_sent(&rig, "REGISTER ");
    expect_contacts(sent, port + 1, 0);
    rig_answer_status(&rig, sent, 403, "r");
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_REGISTER_FAILED)->cause, ZV_SIP_CAUSE_AUTH);
    rig_fini(&rig);
}

static void a_registrar_that_is_silent_is_asked_with_one_contact(void **state)
{
    struct rig rig;
    (void)state;
    register_many(&rig, 1);
    uint16_t port = flow.local.port;
    expect_contacts(reconnect(&rig, port + 1), port + 1, port);
    rig_advance(&rig, ZV_SECONDS(32)); /* Timer F */
    rig.sent_count = rig.sent_seen = 0;
    rig_advance_until_sent(&rig);
    expect_contacts(rig_next_sent(&rig, "REGISTER "), port + 1, 0);
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
        cmocka_unit_test(a_new_contact_takes_the_old_ones_place),
        cmocka_unit_test(who_leaves_by_another_connection_takes_the_old_contact_off_too),
        cmocka_unit_test(a_registrar_that_takes_no_second_contact_gets_the_new_one_alone),
        cmocka_unit_test(a_refusal_of_two_contacts_is_no_wrong_password),
        cmocka_unit_test(a_registrar_that_is_silent_is_asked_with_one_contact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
