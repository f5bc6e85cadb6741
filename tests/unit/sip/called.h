/* The far end calls: an account that can be found, and the requests of a call to it. */
#ifndef ZV_TESTS_UNIT_SIP_CALLED_H
#define ZV_TESTS_UNIT_SIP_CALLED_H

#include "rig.h"

static char contact_uri[160];

/* A registered account; contact_uri is what its registrar would call. */
static ZV_UNUSED void open_rig_cfg(struct rig *rig, struct zv_sip_cfg cfg)
{
    rig_init_cfg(rig, cfg);
    rig_register(rig);
    char contact[160];
    rig_header(&rig->sent[0], ZV_SIP_HEADER_CONTACT, contact, sizeof(contact));
    snprintf(contact_uri, sizeof(contact_uri), "%.*s", (int)strcspn(contact + 1, ">"), contact + 1);
}

static ZV_UNUSED void open_rig(struct rig *rig)
{
    open_rig_cfg(rig, (struct zv_sip_cfg){.user_agent = ZV_STR_LIT("zvonok/test")});
}

static ZV_UNUSED struct rig_request an_invite(void)
{
    return (struct rig_request){.method = "INVITE",
                                .uri = contact_uri,
                                .branch = "i1",
                                .from_tag = "f",
                                .call_id = "call-1@host",
                                .cseq = 10,
                                .extra = RIG_CONTACT,
                                .sdp = SDP_B};
}

static ZV_UNUSED uint64_t ring_in(struct rig *rig)
{
    struct rig_request invite = an_invite();
    rig_request(rig, &invite);
    rig_next_sent(rig, "SIP/2.0 100 Trying");
    return rig_next_event(rig, ZV_SIP_OUT_INCOMING)->leg;
}

/* Tag that we put into To of what we sent last. */
static ZV_UNUSED const char *our_tag(const struct rig *rig)
{
    static char tag[64];
    struct zv_sip_msg msg;
    const struct rig_sent *sent = &rig->sent[rig->sent_count - 1];
    assert_int_equal(zv_sip_msg_parse(sent->text, sent->len, &msg), 0);
    snprintf(tag, sizeof(tag), "%.*s", ZV_STR_ARG(msg.to_tag));
    return tag;
}

static ZV_UNUSED struct rig_request within(const char *method, const char *branch, unsigned cseq,
                                           const char *tag)
{
    struct rig_request r = an_invite();
    r.method = method;
    r.branch = branch;
    r.cseq = cseq;
    r.to_tag = tag;
    r.extra = NULL;
    r.sdp = NULL;
    return r;
}

/* A call that stands; returns the leg. */
static ZV_UNUSED uint64_t talk_in(struct rig *rig, char tag[64])
{
    uint64_t leg = ring_in(rig);
    assert_int_equal(zv_sip_accept(rig->sip, leg, zv_str(SDP_A), rig->now_us), 0);
    rig_drain(rig);
    rig_next_sent(rig, "SIP/2.0 200 ");
    snprintf(tag, 64, "%s", our_tag(rig));
    struct rig_request ack = within("ACK", "ack1", 10, tag);
    rig_request(rig, &ack);
    assert_int_equal(rig_next_event(rig, ZV_SIP_OUT_CONFIRMED)->leg, leg);
    return leg;
}

#endif
