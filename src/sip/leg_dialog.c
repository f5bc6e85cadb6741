/*
 * The dialogs of a leg: most have one; forking makes several, of which one becomes the call. Here:
 * finding them, their next hop, and the ACK, which is sent once and then repeated as often as its
 * 2xx is (RFC 3261 §13.2.2.4). Nobody answers it, so that it has no transaction which could go on
 * to the next target: a flow that has failed is remembered, and counts when the 2xx comes again.
 */
#include "base/alloc.h"
#include "base/err.h"
#include "sip/leg.h"

static void dialog_free(struct zv_sip *sip, struct zv_sip_grave *grave)
{
    struct zv_sip_leg_dialog *dialog = ZV_CONTAINER_OF(grave, struct zv_sip_leg_dialog, grave);
    (void)sip;
    zv_sip_packet_unref(dialog->ack);
    zv_free(dialog->sdp);
    zv_free(dialog->said);
    zv_free(dialog);
}

struct zv_sip_leg_dialog *zv_sip_leg_dialog_new(struct zv_sip_leg *leg,
                                                const struct zv_sip_dialog *value)
{
    struct zv_sip_leg_dialog *dialog = zv_zalloc(sizeof(*dialog));
    if (!dialog)
        return NULL;
    dialog->leg = leg;
    dialog->value = *value;
    zv_list_append(&leg->dialogs, &dialog->node);
    leg->dialog_count++;
    leg->sip->counts.dialogs++;
    return dialog;
}

struct zv_sip_leg_dialog *zv_sip_leg_dialog_find(const struct zv_sip_leg *leg,
                                                 struct zv_str remote_tag)
{
    ZV_LIST_EACH (node, &leg->dialogs) {
        struct zv_sip_leg_dialog *dialog = ZV_CONTAINER_OF(node, struct zv_sip_leg_dialog, node);
        if (zv_str_is(remote_tag, dialog->value.remote_tag))
            return dialog;
    }
    return NULL;
}

void zv_sip_leg_dialog_over(struct zv_sip_leg_dialog *dialog)
{
    if (!dialog->is_over)
        dialog->leg->sip->counts.dialogs--;
    dialog->is_over = true;
}

void zv_sip_leg_dialog_drop(struct zv_sip_leg_dialog *dialog)
{
    if (zv_sip_is_buried(&dialog->grave))
        return;
    zv_sip_leg_dialog_over(dialog);
    dialog->leg->dropped_cseq = ZV_MAX(dialog->leg->dropped_cseq, dialog->value.local_cseq);
    if (dialog->leg->heard == dialog)
        dialog->leg->heard = NULL;
    zv_list_remove(&dialog->node);
    dialog->leg->dialog_count--;
    dialog->ack_req = zv_sip_request_drop(dialog->ack_req);
    dialog->bye = zv_sip_request_drop(dialog->bye);
    dialog->prack = zv_sip_request_drop(dialog->prack);
    zv_sip_bury(dialog->leg->sip, &dialog->grave, dialog_free);
}

/* Of forks that are tried one after the other it is the one that is over. One that has said its
 * answer may say it no more when it is taken (§13.2.1). */
void zv_sip_leg_drop_oldest(struct zv_sip_leg *leg)
{
    ZV_LIST_EACH (node, &leg->dialogs) {
        struct zv_sip_leg_dialog *dialog = ZV_CONTAINER_OF(node, struct zv_sip_leg_dialog, node);
        bool is_offerer = leg->offer == ZV_SIP_OFFER_REMOTE && leg->offerer == dialog;
        if (!dialog->is_early || dialog->has_answer || is_offerer || leg->heard == dialog)
            continue;
        zv_sip_leg_dialog_drop(dialog);
        return;
    }
}

void zv_sip_leg_dialog_refresh(struct zv_sip_leg_dialog *dialog, const struct zv_sip_msg *msg)
{
    if (zv_sip_dialog_refresh(&dialog->value, msg))
        dialog->has_hop = false;
}

bool zv_sip_leg_dialog_keep_sdp(struct zv_sip_leg_dialog *dialog, struct zv_str sdp)
{
    if (dialog->sdp && zv_str_eq(sdp, zv_str_n(dialog->sdp, dialog->sdp_len)))
        return false;
    char *copy = zv_strndup(sdp.p, sdp.len);
    if (!copy)
        return false;
    zv_free(dialog->sdp);
    dialog->sdp = copy;
    dialog->sdp_len = sdp.len;
    return true;
}

int zv_sip_leg_dialog_start(struct zv_sip_leg_dialog *dialog, struct zv_sip_request *req,
                            int64_t now_us)
{
    struct zv_sip_dialog_hop next;
    int64_t give_up_us = now_us + 64 * dialog->leg->sip->cfg.t1_us;
    req->leg = dialog->leg->id;
    req->account = dialog->leg->account ? dialog->leg->account->id : 0;
    if (dialog->has_hop) {
        zv_sip_request_start_at(req, &dialog->hop, give_up_us, now_us);
        return 0;
    }
    if (zv_sip_dialog_next_hop(&dialog->value, &next) || next.is_flow) {
        zv_sip_request_start_at(req, &dialog->value.flow, give_up_us, now_us);
        return 0;
    }
    struct zv_sip_hop hop = {
        .host = next.host,
        .port = next.port,
        .transport = next.transport,
        .purpose = ZV_SIP_FOR_DIALOG,
        .known = &dialog->value.flow,
    };
    return zv_sip_request_start(req, &hop, give_up_us, now_us);
}

/* A connection that was closed can be made again; a datagram's target has just been seen to fail.
 */
bool zv_sip_leg_dialog_go_elsewhere(struct zv_sip_leg_dialog *dialog, struct zv_sip_request *req,
                                    enum zv_sip_cause cause, int64_t now_us)
{
    struct zv_sip_dialog_hop next;
    struct zv_sip_flow failed = dialog->hop;
    bool is_silent = cause == ZV_SIP_CAUSE_TIMEOUT;
    if (!dialog->has_hop || (cause != ZV_SIP_CAUSE_TRANSPORT && !is_silent))
        return false;
    dialog->has_hop = false;
    if (zv_sip_dialog_next_hop(&dialog->value, &next) || next.is_flow)
        return false;
    struct zv_sip_hop hop = {
        .host = next.host,
        .port = next.port,
        .transport = next.transport,
        .purpose = ZV_SIP_FOR_DIALOG,
        .failed = is_silent || !zv_sip_flow_is_reliable(&failed) ? &failed : NULL,
        .failed_cause = cause,
    };
    int64_t give_up_us = is_silent ? now_us + 64 * dialog->leg->sip->cfg.t1_us : req->give_up_us;
    return !zv_sip_request_start(req, &hop, give_up_us, now_us);
}

void zv_sip_leg_dialog_build_contact(const struct zv_sip_leg_dialog *dialog,
                                     const struct zv_sip_flow *flow, struct zv_sip_builder *b)
{
    char memory[ZV_SIP_MAX_KEY_BYTES];
    struct zv_buf uri = zv_buf(memory, sizeof(memory));
    bool is_sips = zv_str_has_prefix_i(zv_str(dialog->value.remote_target), "sips:");
    zv_sip_write_contact(&uri, zv_str(dialog->value.contact_user), flow, is_sips);
    struct zv_sip_build_addr contact = {.uri = zv_buf_str(&uri)};
    zv_sip_build_addr(b, ZV_SIP_HEADER_CONTACT, &contact);
}

/* Without the INVITE's credentials, which §22.1 wants repeated: nobody can challenge an ACK, and it
 * may go straight to a far end that has no business with them. */
static void build_ack(struct zv_sip_request *req, struct zv_sip_builder *b, struct zv_str *ret_body)
{
    const struct zv_sip_leg_dialog *dialog = req->owner;
    zv_sip_request_head(req, b, zv_str(dialog->value.remote_target));
    zv_sip_dialog_build(&dialog->value, b, ZV_SIP_METHOD_ACK, dialog->ack_cseq);
    zv_sip_build_user_agent(req->sip, b, ZV_SIP_HEADER_USER_AGENT);
    *ret_body = (struct zv_str){0};
}

static void ack_over(struct zv_sip_leg_dialog *dialog)
{
    dialog->ack_req = zv_sip_request_drop(dialog->ack_req);
    zv_sip_leg_settle(dialog->leg);
}

static void ack_sent(struct zv_sip_request *req, struct zv_sip_packet *packet)
{
    struct zv_sip_leg_dialog *dialog = req->owner;
    dialog->ack = zv_sip_packet_ref(packet);
    dialog->ack_flow = req->flow;
    dialog->has_ack_flow_failed = false;
    dialog->hop = req->flow;
    dialog->has_hop = true;
    ack_over(dialog);
}

/* Without its ACK there is no call, and what kept the ACK from going keeps a BYE: the far end gives
 * up by itself after 64*T1 (§13.3.1.4). A dialog that is to end anyhow is left to its BYE. */
static void ack_lost(struct zv_sip_leg_dialog *dialog, enum zv_sip_cause cause, int64_t now_us)
{
    struct zv_sip_leg *leg = dialog->leg;
    if (leg->end_cause != ZV_SIP_CAUSE_NONE)
        cause = leg->end_cause;
    dialog->ack_req = zv_sip_request_drop(dialog->ack_req);
    if (leg->dialog == dialog && leg->state == ZV_SIP_LEG_CONFIRMED)
        zv_sip_leg_end(leg, cause, NULL, now_us);
    else
        zv_sip_leg_settle(leg);
}

static void ack_failed(struct zv_sip_request *req, enum zv_sip_cause cause, int64_t now_us)
{
    ack_lost(req->owner, cause, now_us);
}

static const struct zv_sip_request_ops ack_ops = {
    .build = build_ack,
    .on_failed = ack_failed,
    .on_sent = ack_sent,
};

/* RFC 3263 §4.3: the next hop is resolved once more, and that server comes last. */
static void leave_ack_flow(struct zv_sip_leg_dialog *dialog, int64_t now_us)
{
    if (dialog->has_hop && zv_sip_flow_is_same_way(&dialog->hop, &dialog->ack_flow))
        dialog->has_hop = false;
    zv_sip_note_outage(dialog->leg->sip, &dialog->ack_flow, ZV_SIP_CAUSE_TRANSPORT, NULL, now_us);
}

void zv_sip_leg_dialog_ack(struct zv_sip_leg_dialog *dialog, uint32_t cseq, int64_t now_us)
{
    struct zv_sip *sip = dialog->leg->sip;
    /* A dialog that ended without its ACK gets none later: that would revive it at the far end. */
    bool is_repeated =
        dialog->ack_cseq == cseq && (dialog->ack || dialog->ack_req || dialog->is_over);
    bool is_lost = is_repeated && dialog->ack && dialog->has_ack_flow_failed && !dialog->is_over;
    if (is_repeated && !is_lost) {
        if (dialog->ack)
            zv_sip_send(sip, &dialog->ack_flow, dialog->ack);
        return;
    }
    if (is_lost)
        leave_ack_flow(dialog, now_us);
    dialog->ack = zv_sip_packet_unref(dialog->ack);
    dialog->ack_req = zv_sip_request_drop(dialog->ack_req);
    dialog->ack_cseq = cseq;
    struct zv_sip_request *req = zv_sip_request_new(sip, &ack_ops, dialog, ZV_SIP_METHOD_ACK);
    dialog->ack_req = req;
    if (!req || zv_sip_leg_dialog_start(dialog, req, now_us))
        ack_lost(dialog, ZV_SIP_CAUSE_INTERNAL, now_us);
}
