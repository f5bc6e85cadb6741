/*
 * A call that goes on while peers misbehave around it, and that must be as it was afterwards.
 */
#ifndef ZV_TESTS_UNIT_SIP_VICTIM_H
#define ZV_TESTS_UNIT_SIP_VICTIM_H

#include "rig.h"

#define FLOOD 10000

/* A registered account and a call that others must not harm; everything seen. */
struct victim {
    struct rig rig;
    char call_id[64];
    char our_tag[64];
};

/* What was sent and said so far is not looked at; none of it held credentials but REGISTER. */
static ZV_UNUSED void forget(struct rig *rig)
{
    for (size_t i = 0; i < rig->sent_count; i++) {
        if (strncmp(rig->sent[i].text, "REGISTER ", 9))
            assert_null(strstr(rig->sent[i].text, "uthorization:"));
    }
    rig->sent_count = rig->sent_seen = rig->event_count = rig->event_seen = 0;
}

static ZV_UNUSED void victim_init_cfg(struct victim *v, struct zv_sip_cfg cfg)
{
    struct zv_sip_msg msg;
    rig_init_cfg(&v->rig, cfg);
    rig_register(&v->rig);
    const struct rig_sent *invite = rig_talk(&v->rig);
    assert_int_equal(zv_sip_msg_parse(invite->text, invite->len, &msg), 0);
    snprintf(v->call_id, sizeof(v->call_id), "%.*s", ZV_STR_ARG(msg.call_id));
    snprintf(v->our_tag, sizeof(v->our_tag), "%.*s", ZV_STR_ARG(msg.from_tag));
    forget(&v->rig);
}

/* Ringing ends before the registration's refresh, which nobody here answers. */
#define MAX_RINGING ZV_SECONDS(30)

static ZV_UNUSED void victim_init(struct victim *v)
{
    victim_init_cfg(v, (struct zv_sip_cfg){.max_ringing_us = MAX_RINGING});
}

static ZV_UNUSED void rest(struct rig *rig, int seconds)
{
    for (int i = 0; i < 10 * seconds; i++) {
        rig_advance(rig, ZV_MS(100));
        forget(rig);
    }
}

static ZV_UNUSED struct rig_request within_call(const struct victim *v, const char *method,
                                                unsigned cseq)
{
    return (struct rig_request){.method = method,
                                .uri = "sip:me@192.0.2.1",
                                .from_tag = "b",
                                .to_tag = v->our_tag,
                                .call_id = v->call_id,
                                .cseq = cseq};
}

/* The call still stands: its far end can hang up. Nothing is left then. */
static ZV_UNUSED void victim_fini(struct victim *v)
{
    struct rig *rig = &v->rig;
    forget(rig);
    assert_int_equal(rig_counts(rig).legs, 1);
    struct rig_request bye = within_call(v, "BYE", 2000000);
    bye.branch = "victims-bye";
    rig_request(rig, &bye);
    rig_next_sent(rig, "SIP/2.0 200 ");
    rig_ended(rig, ZV_SIP_CAUSE_REMOTE_BYE);
    rig_assert_empty(rig);
    rig_fini(rig);
}

static ZV_UNUSED const struct rig_sent *second_invite(struct rig *rig, uint64_t leg)
{
    struct zv_sip_invite_cfg cfg = {
        .account = RIG_ACCOUNT, .callee = ZV_STR_LIT("1003"), .sdp = ZV_STR_LIT(SDP_A)};
    assert_int_equal(zv_sip_invite(rig->sip, leg, &cfg, rig->now_us), 0);
    rig_drain(rig);
    return rig_next_sent(rig, "INVITE sip:1003@zvonok.test SIP/2.0");
}

/* `text` is appended to with a number, and must have room for it. */
static ZV_UNUSED const char *numbered(char text[32], const char *start, int number)
{
    snprintf(text, 32, "%s%d", start, number);
    return text;
}

#endif
