#include "base/time.h"
#include "io/clock.h"
#include "tools/load/farm_int.h"

void zv_load_farm_send_frame(struct zv_load_farm_call *call, int64_t now_us)
{
    struct zv_load_farm *farm = call->farm;
    struct zv_udp_packet *frame[ZV_WC_PICTURE_PARTS], *out;
    size_t count = 0;
    for (int i = 0; i < ZV_WC_PICTURE_PARTS && (out = zv_load_farm_take_packet(farm)); i++) {
        struct zv_peer_packet packet = {
            .data = out->bytes, .cap = sizeof(out->bytes), .medium = ZV_PEER_VIDEO};
        packet.len = zv_wc_camera_shoot(&call->camera, out->bytes);
        if (zv_rtp_parse(out->bytes, packet.len, &packet.header) == ZV_RTP_PASS &&
            zv_peer_send_rtp(call->video_peer, &packet, call->video.pt, now_us, &out->dgram) ==
                ZV_PEER_PACKET)
            frame[count++] = out;
        else
            zv_udp_pool_give(farm->pool, out);
    }
    if (count)
        zv_udp_send(farm->pool, &farm->video, frame, count);
}

/* What the offer has of VP8. False: nothing. */
static bool read_video(const struct zv_sdp *sdp, struct zv_load_farm_call *call)
{
    const struct zv_sdp_media *media = zv_sdp_video(sdp);
    for (uint16_t i = 0; media && i < media->codec_count; i++) {
        const struct zv_sdp_codec *codec = zv_sdp_codec_at(sdp, media, i);
        if (codec->kind != ZV_CODEC_VP8)
            continue;
        call->video = (struct zv_load_uas_video){.pt = codec->pt,
                                                 .feedback = codec->feedback,
                                                 .rtp = call->farm->video.local,
                                                 .rtcp = call->farm->video_rtcp.local};
        if (zv_str_copy(media->proto, call->video_proto, sizeof(call->video_proto)))
            return false;
        call->video.proto = zv_str(call->video_proto);
        return true;
    }
    return false;
}

static int open_peer(struct zv_load_farm_call *call, const struct zv_plan_sip_remote *plan,
                     int64_t now_us)
{
    struct zv_load_farm *farm = call->farm;
    const struct zv_peer_cfg cfg = {.kind = ZV_PEER_RTP,
                                    .medium = ZV_PEER_VIDEO,
                                    .rand = farm->cfg.rand,
                                    .local_rtp = farm->video.local,
                                    .local_rtcp = farm->video_rtcp.local,
                                    .wall_offset_us = zv_clock_wall_offset_us()};
    const struct zv_peer_video_cfg video = {.codec = ZV_VIDEO_VP8,
                                            .feedback = call->video.feedback,
                                            .tx_pt = call->video.pt,
                                            .rx_pt = call->video.pt,
                                            .rtx_pt = ZV_PT_NONE};
    const struct zv_peer_rtp_remote remote = {
        .rtp = plan->video.rtp, .rtcp = plan->video.rtcp, .version = 1};
    int err = zv_peer_new(&call->video_peer, &cfg, now_us);
    if (!err)
        err = zv_peer_set_video(call->video_peer, &video, now_us);
    if (!err)
        err = zv_peer_set_rtp_remote(call->video_peer, &remote, now_us);
    if (!err)
        zv_load_farm_listen_to(farm, &remote, call);
    return err;
}

int zv_load_farm_open_video(struct zv_load_farm_call *call, const struct zv_sdp *sdp,
                            const struct zv_plan_sip_remote *plan, int64_t now_us)
{
    bool is_wanted = call->farm->cfg.has_video && plan->has_video && read_video(sdp, call);
    return is_wanted ? open_peer(call, plan, now_us) : 0;
}

void zv_load_farm_begin_video(struct zv_load_farm_call *call, int64_t now_us)
{
    call->video_probe = (struct zv_load_probe){
        .call = (uint16_t)call->number, .follows = true, .delays = call->farm->video_delays};
    call->picture =
        (struct zv_wc_picture){zv_load_picture_show, zv_load_picture_see, &call->video_probe};
    zv_wc_camera_init(&call->camera, &call->picture, call->video.pt);
    call->next_frame_us = call->video_peer
                              ? zv_load_farm_first_us(call->farm, ZV_WC_PICTURE_US, now_us)
                              : ZV_TIME_NEVER;
}
