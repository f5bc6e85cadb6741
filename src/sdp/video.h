/*
 * The video of a plan: which codecs both legs can have, and what a description of either side makes
 * of it. Nothing here fails: what cannot be used leaves no video, and a reason. For the files of
 * sdp/ only.
 */
#ifndef ZV_SDP_VIDEO_H
#define ZV_SDP_VIDEO_H

#include "sdp/plan_int.h"

/* What we speak on the SIP leg. */
#define ZV_VIDEO_SIP_FEEDBACK (ZV_VIDEO_NACK | ZV_VIDEO_PLI | ZV_VIDEO_FIR | ZV_VIDEO_TMMBR)

/* No video of the web leg. */
void zv_video_refuse(struct zv_video_plan *video, enum zv_video_reason reason);

/* From the first offer of one side, for an offer to the other: pairs, none of them committed. The
 * audio of *plan is there already, its payload types are kept clear of. */
void zv_video_from_client(const struct zv_sdp *web_offer, const struct zv_plan_sip *local,
                          struct zv_media_plan *plan);
void zv_video_from_sip(const struct zv_sdp *sip_offer, const struct zv_plan_sip_remote *remote,
                       const struct zv_plan_web *local, struct zv_media_plan *plan);

/* The first answer of the other side: one pair is committed, and stays alone. */
void zv_video_commit_by_sip(const struct zv_plan_web_answer *in, struct zv_video_plan *video);
void zv_video_commit_by_client(const struct zv_sdp *sip_offer, const struct zv_sdp *web_answer,
                               struct zv_media_plan *plan);

/* Later descriptions. Of the SIP side: where it does not have the committed codec, that has no
 * payload types there. `local` of an offer that is answered; NULL: it is an answer itself. */
void zv_video_follow_sip(const struct zv_sdp *sip, const struct zv_plan_sip_remote *remote,
                         const struct zv_plan_sip *local, struct zv_video_plan *video);
/* Of the client: where it does not have the committed codec, there is no video. */
void zv_video_follow_client(const struct zv_sdp *web_offer, struct zv_media_plan *plan);

/* Has the SIP side's video a codec that we can relay? */
bool zv_video_can_relay(const struct zv_sdp *sip_offer);
/* The codec of this format in the first accepted video of a description, or NULL. `sdp` may be
 * NULL. */
const struct zv_sdp_codec *zv_video_find_codec(const struct zv_sdp *sdp,
                                               const struct zv_video_pair *pair);

/*
 * video_write.c: what we say of it. `other`: the other leg's description, whose limits and
 * parameter sets pass (NULL: as the plan has them). `theirs`: the description that is answered;
 * NULL in offers. Without a pair to name nothing is written.
 */
void zv_video_describe(const struct zv_video_plan *video, enum zv_plan_side side,
                       const struct zv_sdp *other, const struct zv_sdp *theirs,
                       struct zv_sdp_out_media *media);

#endif
