/*
 * A far end that refuses what an INVITE of ours offers (RFC 3261 §21.4.13, §21.4.26, §21.6.4) may
 * say why: a Warning (§20.43), a description of what it would take, the types of body that it
 * reads (Accept). Our caller may then offer something else, in an INVITE that repeats this one
 * under its Call-ID, From tag and next CSeq (§8.1.3.5): to the far end it is the same call.
 */
#include "base/err.h"
#include "sip/leg.h"

/* "call-id tag cseq" */
#define MAX_AGAIN_BYTES (ZV_SIP_MAX_KEY_BYTES + 12)

static bool is_of_offer(uint16_t status)
{
    return status == 415 || status == 488 || status == 606;
}

/* The first warn-code of 3xx, which are those about a session description. */
static uint16_t warning_of(const struct zv_sip_msg *msg)
{
    struct zv_sip_iter iter = zv_sip_iter(msg, ZV_SIP_HEADER_WARNING);
    struct zv_str element;
    uint32_t code;
    while (zv_sip_iter_text(&iter, &element)) {
        if (element.len > 3 && element.p[3] == ' ' &&
            !zv_str_to_u32(zv_str_head(element, 3), &code) && code >= 300 && code <= 399)
            return (uint16_t)code;
    }
    return 0;
}

/* An Accept without our type (§20.1); none says nothing here. */
static bool has_no_sdp_in_accept(const struct zv_sip_msg *msg)
{
    struct zv_sip_iter iter = zv_sip_iter(msg, ZV_SIP_HEADER_ACCEPT);
    struct zv_str element, type;
    bool is_there = false;
    while (zv_sip_iter_text(&iter, &element)) {
        is_there = true;
        if (zv_sip_split(&element, ';', &type) &&
            (zv_str_is_i(type, "application/sdp") || zv_str_is_i(type, "application/*") ||
             zv_str_is_i(type, "*/*")))
            return false;
    }
    return is_there;
}

/* With room for their description as well; what there is stays where there is no memory. */
static void make_room(struct zv_sip_leg *leg, size_t len)
{
    struct zv_sip_out_node *node = zv_sip_out_node_new(
        ZV_SIP_OUT_ENDED,
        ZV_SIP_MAX_REASON_BYTES + ZV_SIP_MAX_REASON_HEADER_BYTES + MAX_AGAIN_BYTES + len);
    if (!node)
        return;
    zv_sip_out_node_free(leg->ended);
    leg->ended = node;
}

static struct zv_str write_again(struct zv_sip_leg *leg)
{
    char memory[MAX_AGAIN_BYTES];
    struct zv_buf text = zv_buf(memory, sizeof(memory));
    zv_buf_printf(&text, "%.*s %.*s %u", ZV_STR_ARG(leg->call_id), ZV_STR_ARG(leg->local_tag),
                  (unsigned)leg->cseq);
    if (text.overflow)
        return (struct zv_str){0};
    return zv_sip_out_node_text(leg->ended, zv_buf_str(&text));
}

void zv_sip_leg_note_refusal(struct zv_sip_leg *leg, const struct zv_sip_msg *msg)
{
    struct zv_str sdp = {0};
    if (!leg->invite || msg->is_request || !is_of_offer(msg->status))
        return;
    if (zv_sip_msg_sdp(msg, &sdp)) /* a page that explains it, perhaps */
        sdp = (struct zv_str){0};
    make_room(leg, sdp.len);
    struct zv_sip_out *out = &leg->ended->out;
    out->refusal.warning = warning_of(msg);
    out->refusal.refuses_sdp = msg->status == 415 && has_no_sdp_in_accept(msg);
    out->sdp = zv_sip_out_node_text(leg->ended, sdp);
    out->refusal.again = write_again(leg);
}

int zv_sip_again_parse(struct zv_str text, struct zv_sip_again *ret_again)
{
    struct zv_sip_again again;
    if (!zv_sip_split(&text, ' ', &again.call_id) || !zv_sip_split(&text, ' ', &again.tag) ||
        !again.call_id.len || !zv_sip_is_token(again.tag) || zv_str_to_u32(text, &again.cseq) ||
        again.cseq >= ZV_SIP_MAX_CSEQ)
        return ZV_E_PARSE;
    *ret_again = again;
    return 0;
}
