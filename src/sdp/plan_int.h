/* What the planning files share. */
#ifndef ZV_SDP_PLAN_INT_H
#define ZV_SDP_PLAN_INT_H

#include "sdp/plan.h"
#include "sdp/write.h"

/* First dynamic payload type (RFC 3551 §6). */
#define ZV_PT_FIRST_DYNAMIC 96

/* Payload types taken on one leg. */
struct zv_pt_set {
    bool is_used[128];
};

/* The static number of a kind; else `wanted` where it is dynamic and free; else the next free one;
 * ZV_PT_NONE: none left. */
int16_t zv_pt_assign(struct zv_pt_set *set, enum zv_codec_kind kind, int wanted);

/* Index of the pair of this kind and clock, or -1. */
int zv_plan_find(const struct zv_media_plan *plan, uint8_t kind, uint32_t clock_hz);
/* A codec that can be relayed: not yet in the plan, and there is room. */
bool zv_plan_can_add(const struct zv_media_plan *plan, const struct zv_sdp_codec *codec);
/* Voice first, then telephone-event, then comfort noise, each in its order so far. */
void zv_plan_sort(struct zv_media_plan *plan);
/* In its order: the first pair is one. */
bool zv_plan_has_voice(const struct zv_media_plan *plan);
/* Commits the pair of that codec in a plan that was made anew; none where it is not there. */
void zv_plan_keep_commitment(const struct zv_codec_pair *committed, struct zv_media_plan *plan);
/* Drops telephone-event and comfort noise at clocks that no voice codec of the plan has. */
void zv_plan_drop_orphans(struct zv_media_plan *plan);

/* Index of the media description in `sdp`, and its codec of this kind and clock, or NULL. */
const struct zv_sdp_codec *zv_sdp_find_codec(const struct zv_sdp *sdp,
                                             const struct zv_sdp_media *media,
                                             const struct zv_codec_pair *pair);

/* Which number of a pair a description names. */
enum zv_plan_side {
    ZV_SIDE_WEB,
    ZV_SIDE_SIP, /* what we receive, since that is what a description is about */
};
/* Appends the pair to an audio description; opus takes the parameters that `theirs` (the other leg,
 * may be NULL) has. */
void zv_plan_write_pair(const struct zv_codec_pair *pair, enum zv_plan_side side,
                        const struct zv_sdp *theirs, struct zv_sdp_out_media *media);
/* One m= line of `out` for each of `like`'s: its audio as our audio, its video as our video where
 * that has a codec, the others rejected. On the web leg with its mids. */
void zv_plan_mirror(const struct zv_sdp *like, struct zv_sdp_out *out);
/* Theirs where it makes sense. */
uint16_t zv_plan_usable_ptime(uint16_t ptime_ms, uint16_t fallback);
/* What the answerer does, given what the offerer does. */
enum zv_sdp_direction zv_plan_reverse(enum zv_sdp_direction direction);
/* Less what our side holds back. */
enum zv_sdp_direction zv_plan_withhold(const struct zv_plan_sip *local,
                                       enum zv_sdp_direction direction);
/*
 * transport.c: has the client's video, which is there, the transport of its audio? Both must be in
 * the group. In an offer a video behind the audio may still have values of its own, for those who
 * do not know BUNDLE: the first one's are meant (RFC 9143 §7.3.1).
 */
bool zv_plan_is_bundled(const struct zv_sdp *sdp, bool is_offer);
/* srtp.c */
bool zv_srtp_is_avp(struct zv_str proto);
bool zv_srtp_is_savp(struct zv_str proto);
/* OK, or one of SRTP_*. */
enum zv_plan_verdict zv_srtp_read_answer(const struct zv_sdp_media *media,
                                         enum zv_srtp_policy policy,
                                         const struct zv_plan_sip_media *local,
                                         struct zv_plan_srtp *ret_srtp);
enum zv_plan_verdict zv_srtp_read_offer(const struct zv_sdp_media *media,
                                        enum zv_srtp_policy policy, struct zv_plan_srtp *ret_srtp);

/* Writes; on success the plan becomes `planned`. */
enum zv_plan_verdict zv_plan_finish(const struct zv_sdp_out *out,
                                    const struct zv_media_plan *planned,
                                    struct zv_media_plan *ret_plan, struct zv_buf *body);

#endif
