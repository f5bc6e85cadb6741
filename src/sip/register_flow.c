/*
 * The way to the registrar as a registration sees it. A server that ends a stream has lost its way
 * to us, so that the account registers again at once (RFC 5626 §4.2); but one that ends each of
 * them soon would be asked for ever, so the pauses grow until a stream lasts (§4.5).
 *
 * Where Contact names the port of a connection, the next one makes another Contact. The binding
 * that nobody answers at any more goes with the request that makes the new one (RFC 3261 §10.2.2):
 * a registrar that keeps one alone would refuse it else, and others would let calls run into the
 * void.
 */
#include "sip/account.h"

/* A lost flow is made good after half a second at least, and within a second more or as long as its
 * accounts take at this rate: when a server ends, all of its clients lose one. */
#define FLOW_LOST_LEAST_US ZV_MS(500)
#define FLOW_LOST_SPAN_US  ZV_SECONDS(1)
#define FLOW_LOST_PER_S    200
/* Both times double for each flow in a row that lasted less than that, up to 128 and 256 s. Who
 * ends a connection behind his answer is meant, and not a balancer or NAT that forgets one within a
 * minute of silence: after it an account may not stay away for longer than it was there. */
#define FLOW_LASTS_US   ZV_SECONDS(10)
#define MAX_BRIEF_FLOWS 8

bool zv_sip_register_leaves_contact(const struct zv_sip_account *account,
                                    const struct zv_sip_flow *flow)
{
    char memory[2][ZV_SIP_MAX_KEY_BYTES];
    struct zv_buf uri = zv_buf(memory[0], sizeof(memory[0]));
    struct zv_buf old = zv_buf(memory[1], sizeof(memory[1]));
    if (!account->was_registered || !account->names_old_contact)
        return false;
    zv_sip_write_contact(&uri, zv_str(account->contact_user), flow, false);
    zv_sip_write_contact(&old, zv_str(account->contact_user), &account->flow, false);
    return !zv_str_eq(zv_buf_str(&uri), zv_buf_str(&old));
}

static void build_contact(const struct zv_sip_account *account, const struct zv_sip_flow *flow,
                          struct zv_str params, struct zv_sip_builder *b)
{
    char memory[ZV_SIP_MAX_KEY_BYTES];
    struct zv_buf uri = zv_buf(memory, sizeof(memory));
    zv_sip_write_contact(&uri, zv_str(account->contact_user), flow, false);
    struct zv_sip_build_addr contact = {.uri = zv_buf_str(&uri), .params = params};
    zv_sip_build_addr(b, ZV_SIP_HEADER_CONTACT, &contact);
}

/* The new one is the first: some registrars read no further. */
void zv_sip_register_build_contacts(const struct zv_sip_account *account,
                                    const struct zv_sip_flow *flow, struct zv_sip_builder *b)
{
    build_contact(account, flow, account->contact_params, b);
    if (zv_sip_register_leaves_contact(account, flow))
        build_contact(account, &account->flow, ZV_STR_LIT("expires=0"), b);
}

void zv_sip_register_take_flow(struct zv_sip_account *account, const struct zv_sip_flow *flow,
                               int64_t now_us)
{
    account->flow = *flow;
    account->has_flow = account->names_old_contact = true;
    if (!account->flow_since_us)
        account->flow_since_us = now_us;
}

/* How many brief ones came before; this one may be the next. */
static unsigned count_brief(struct zv_sip_account *account, int64_t now_us)
{
    bool is_brief = now_us - account->flow_since_us < FLOW_LASTS_US;
    unsigned before = account->brief_flows;
    if (!account->flow_since_us) /* nothing came of the flow before it was lost again */
        return before;
    account->flow_since_us = 0;
    if (!is_brief)
        before = account->brief_flows = 0;
    account->brief_flows += is_brief && account->brief_flows < MAX_BRIEF_FLOWS;
    return before;
}

void zv_sip_register_flow_lost(struct zv_sip_account *account, size_t sharing, int64_t now_us)
{
    unsigned doubled = count_brief(account, now_us);
    int64_t span_us =
        ZV_MAX(FLOW_LOST_SPAN_US << doubled, ZV_US_PER_S / FLOW_LOST_PER_S * (int64_t)sharing);
    int64_t at_us = now_us + (FLOW_LOST_LEAST_US << doubled) +
                    (int64_t)(zv_rand_u64(&account->sip->cfg.rand) % (uint64_t)(span_us + 1));
    /* Neither a refresh nor the lot of an earlier loss is put off. */
    if (account->state == ZV_SIP_ACCOUNT_REGISTERED && at_us < account->timer.timer.at_us)
        zv_sip_timer_arm(account->sip, &account->timer, at_us);
}
