/*
 * The media of a call, as its worker is told: what it is to set up, where each side wants its
 * packets, which way they may pass, by which codecs.
 */
#include "base/err.h"
#include "call/phases.h"
#include "call/switch_int.h"

/* ---- what is set up ---- */

void zv_call_open_media(struct zv_switch *sw, struct zv_call *call)
{
    struct zv_cmd_media_create *create = &zv_switch_push(sw, ZV_CALL_CMD_MEDIA_CREATE)->u.create;
    create->call = call->id;
    create->session = call->session_id;
    create->is_incoming = call->incoming;
    create->strict = call->trunk.strict;
    create->has_video = call->video.is_wanted;
    call->is_media_open = true;
}

static int take_web(struct zv_switch *sw, struct zv_call *call,
                    const struct zv_in_media_ready *ready)
{
    if (zv_switch_set_text(sw, &call->web_ufrag, ready->web_ufrag) ||
        zv_switch_set_text(sw, &call->web_pwd, ready->web_pwd) ||
        zv_switch_set_text(sw, &call->web_fingerprint, ready->web_fingerprint) ||
        zv_switch_set_text(sw, &call->web_cname, ready->web_cname))
        return ZV_E_NOMEM;
    call->web.ufrag = zv_text_str(call->web_ufrag);
    call->web.pwd = zv_text_str(call->web_pwd);
    call->web.fingerprint = zv_text_str(call->web_fingerprint);
    call->web.cname = zv_text_str(call->web_cname);
    call->web.ssrc = ready->web_ssrc;
    call->web.video_ssrc = ready->video_ssrc;
    call->web.video_rtx_ssrc = ready->video_rtx_ssrc;
    call->web.has_tcp = ready->web_tcp;
    return 0;
}

static void find_candidates(const struct zv_switch *sw, const struct zv_in_media_ready *ready,
                            struct zv_call *call)
{
    struct zv_plan_addresses in = {
        .ws_local = call->session->ws_local,
        .is_proxied = call->session->is_proxied,
        .addresses = sw->cfg.media_addresses,
        .address_count = sw->cfg.media_address_count,
        .port_ipv4 = ready->web_port_ipv4,
        .port_ipv6 = ready->web_port_ipv6,
    };
    for (size_t i = 0; i < ZV_MAX_PUBLIC_ADDRESSES; i++)
        in.public_addresses[i] = sw->cfg.public_addresses[i];
    call->web.candidate_count = zv_plan_candidates(&in, call->web.candidates);
}

int zv_call_take_ready(struct zv_switch *sw, struct zv_call *call,
                       const struct zv_in_media_ready *ready)
{
    if (take_web(sw, call, ready))
        return ZV_E_NOMEM;
    call->web.session_id = zv_rand_u64(&sw->cfg.rand) >> 2; /* RFC 9429 §5.2.1: below 2^63 */
    call->sip = (struct zv_plan_sip){
        .audio.rtp = ready->sip_rtp,
        .video.rtp = ready->sip_video,
        .session_id = zv_rand_u64(&sw->cfg.rand) >> 2,
        .version = 1,
        .srtp = call->trunk.srtp,
        .video_kbps = sw->cfg.video_kbps,
        .session_kbps = call->bandwidth.as_kbps,
        .session_bps = call->bandwidth.tias_bps,
    };
    call->web.video_kbps = sw->cfg.video_kbps;
    find_candidates(sw, ready, call);
    return 0;
}

int zv_call_take_web_again(struct zv_switch *sw, struct zv_call *call,
                           const struct zv_in_media_ready *ready)
{
    int err = take_web(sw, call, ready);
    if (err)
        return err;
    call->web.changes++;
    find_candidates(sw, ready, call);
    return 0;
}

int zv_call_send_web_remote(struct zv_switch *sw, struct zv_call *call,
                            const struct zv_plan_web_remote *remote)
{
    if (zv_switch_set_text(sw, &call->web_remote_fingerprint, remote->fingerprint))
        return ZV_E_NOMEM;
    call->is_dtls_client = remote->is_dtls_client;
    struct zv_cmd_media_web *web = &zv_switch_push(sw, ZV_CALL_CMD_MEDIA_WEB_REMOTE)->u.web;
    web->call = call->id;
    web->ufrag = remote->ufrag;
    web->pwd = remote->pwd;
    web->fingerprint = remote->fingerprint;
    web->is_dtls_client = remote->is_dtls_client;
    return 0;
}

/* ---- where to ---- */

static bool is_same_place(const struct zv_plan_sip_remote_media *a,
                          const struct zv_plan_sip_remote_media *b)
{
    return zv_addr_eq(&a->rtp, &b->rtp) && zv_addr_eq(&a->rtcp, &b->rtcp) &&
           a->rtcp_mux == b->rtcp_mux;
}

/*
 * Latching belongs to one version of their description, which o= names (RFC 3264 section 8): a
 * refresh keeps it, whatever else stands there in other words. Media that moves under an old o=, as
 * some devices have it, is a new version too.
 */
static void count_versions(struct zv_call *call, const struct zv_sdp *sdp,
                           const struct zv_plan_sip_remote *remote)
{
    bool is_other = !zv_str_eq(sdp->origin, call->sip_origin);
    call->remote_version += is_other || !is_same_place(&remote->audio, &call->sip_remote.audio);
    call->video.version += is_other || !is_same_place(&remote->video, &call->sip_remote.video);
}

int zv_call_take_sip_remote(struct zv_switch *sw, struct zv_call *call, struct zv_str text,
                            const struct zv_sdp *sdp, const struct zv_plan_sip_remote *remote)
{
    struct zv_text *copy = NULL;
    struct zv_str origin = sdp->origin;
    bool is_ours = call->sip_sdp && text.p == call->sip_sdp->p;
    if (!is_ours) {
        copy = zv_text_new(text);
        if (!copy)
            return ZV_E_NOMEM;
        if (origin.p)
            origin.p = copy->p + (origin.p - text.p);
    }
    count_versions(call, sdp, remote);
    if (!is_ours) {
        zv_switch_drop_text(sw, &call->sip_sdp);
        call->sip_sdp = copy;
    }
    call->sip_origin = origin;
    call->sip_remote = *remote;
    return 0;
}

static void send_remote(struct zv_switch *sw, const struct zv_call *call, bool is_video)
{
    const struct zv_plan_sip_remote_media *remote =
        is_video ? &call->sip_remote.video : &call->sip_remote.audio;
    struct zv_cmd_media_sip *sip = &zv_switch_push(sw, ZV_CALL_CMD_MEDIA_SIP_REMOTE)->u.sip_remote;
    sip->call = call->id;
    sip->is_video = is_video;
    sip->rtp = remote->rtp;
    sip->rtcp = remote->rtcp;
    sip->rtcp_mux = remote->rtcp_mux;
    sip->version = is_video ? call->video.version : call->remote_version;
    sip->srtp = remote->srtp.tx.suite ? &remote->srtp : NULL;
}

/* The stream has ended (RFC 3264 §8.2): its port may be another call's soon, and gets no RTCP. */
static void send_no_remote(struct zv_switch *sw, const struct zv_call *call)
{
    struct zv_cmd_media_sip *sip = &zv_switch_push(sw, ZV_CALL_CMD_MEDIA_SIP_REMOTE)->u.sip_remote;
    sip->call = call->id;
    sip->is_video = true;
    sip->version = call->video.version;
}

/* A picture that did not flow so far, or flows to another place, is new to who gets it. */
void zv_call_send_sip_remote(struct zv_switch *sw, struct zv_call *call)
{
    struct zv_call_video *video = &call->video;
    bool is_new[2] = {!video->flows[0], !video->flows[1]};
    send_remote(sw, call, false);
    if (zv_video_plan_is_agreed(&call->plan.video)) {
        send_remote(sw, call, true);
        is_new[0] = is_new[0] || video->version != video->sent_version;
        video->sent_version = video->version;
    } else if (video->sent_version) {
        send_no_remote(sw, call);
        video->sent_version = 0;
    }
    zv_call_send_flow(sw, call);
    zv_call_send_codecs(sw, call);
    zv_call_ask_keyframes(sw, call, is_new[0], is_new[1]);
}

/* ---- which way, and what ---- */

/* Music on hold is to be heard, whatever was said of directions; who holds the call is not. */
void zv_call_send_flow(struct zv_switch *sw, struct zv_call *call)
{
    const struct zv_plan_sip_remote_media *audio = &call->sip_remote.audio;
    struct zv_cmd_media_flow *flow = &zv_switch_push(sw, ZV_CALL_CMD_MEDIA_FLOW)->u.flow;
    call->video.flows[0] = zv_call_video_flows(call, ZV_CALL_LEG_WEB);
    call->video.flows[1] = zv_call_video_flows(call, ZV_CALL_LEG_VIDEO);
    flow->call = call->id;
    flow->web_to_sip =
        !call->hold.is_ours && (audio->direction & ZV_SDP_RECVONLY) && audio->rtp.family;
    flow->sip_to_web = true;
    flow->video_web_to_sip = call->video.flows[0];
    flow->video_sip_to_web = call->video.flows[1];
}

void zv_call_mend_flow(struct zv_switch *sw, struct zv_call *call)
{
    if (call->video.flows[0] != zv_call_video_flows(call, ZV_CALL_LEG_WEB) ||
        call->video.flows[1] != zv_call_video_flows(call, ZV_CALL_LEG_VIDEO))
        zv_call_send_flow(sw, call);
}

void zv_call_send_codecs(struct zv_switch *sw, const struct zv_call *call)
{
    struct zv_cmd_media_codecs *codecs = &zv_switch_push(sw, ZV_CALL_CMD_MEDIA_CODECS)->u.codecs;
    codecs->call = call->id;
    codecs->plan = call->plan;
}
