/*
 * Offer/answer planning (RFC 3264) between a web leg and a SIP leg: each leg's description is built
 * from the other one's, so that both end on one codec and packets pass untouched. Web legs follow
 * RFC 8829 and what WCS clients take; the SIP leg is RTP/AVP or, by policy, SDES-SRTP (RFC 4568).
 *
 * The plan is carried from step to step:
 *   outgoing   zv_plan_sip_offer (client's offer), zv_plan_web_answer (SIP answer);
 *              zv_plan_repair where the offer was refused, and then anew
 *   incoming   zv_plan_web_offer (SIP offer), zv_plan_sip_answer (client's answer)
 *   later      zv_plan_follow_answer, zv_plan_committed_offer, zv_plan_answer_again,
 *              zv_plan_rejoin, zv_plan_web_update
 *   video comes or goes by a re-INVITE
 *              zv_plan_video_change, zv_plan_web_video_offer, zv_plan_web_video_answer, and then
 *              zv_plan_answer_again
 *
 * A call has one audio and at most one video; other m-lines are refused in their places. Verdicts
 * are about the audio: whatever is wrong with the video leaves a call without, with its m-line at
 * port 0, and plan.video.reason says why. The web leg's two share one transport (BUNDLE).
 *
 * RTP header extensions but transport-wide-cc and video orientation, `red`, `ulpfec`, and comfort
 * noise that the SIP side did not offer are left out. On any verdict but OK the plan is unchanged.
 */
#ifndef ZV_SDP_PLAN_H
#define ZV_SDP_PLAN_H

#include "base/addr.h"
#include "base/buf.h"
#include "sdp/codec.h"
#include "sdp/crypto.h"
#include "sdp/sdp.h"

enum zv_plan_verdict {
    ZV_PLAN_OK,
    ZV_PLAN_NO_AUDIO,        /* no audio description, or rejected */
    ZV_PLAN_UNUSABLE,        /* transport, address, ICE or DTLS values missing or malformed */
    ZV_PLAN_NO_COMMON_CODEC, /* nothing that both sides know */
    ZV_PLAN_OTHER_CODEC,     /* the committed codec is not among theirs */
    ZV_PLAN_SRTP_REQUIRED,   /* the policy wants SRTP and they do not */
    ZV_PLAN_SRTP_OFF,        /* they want SRTP and the policy does not */
    ZV_PLAN_SRTP_UNUSABLE,   /* SRTP, but no a=crypto line that we can use */
    ZV_PLAN_TOO_LARGE,       /* the description does not fit the buffer */
};

/* Addresses; with TCP each makes two candidates. */
#define ZV_MAX_CANDIDATES 8
/* Of a NAT: one of each family. */
#define ZV_MAX_PUBLIC_ADDRESSES 2

/* Our end of the web leg. */
struct zv_plan_web {
    struct zv_str ufrag;
    struct zv_str pwd;
    struct zv_str fingerprint; /* "sha-256 AB:…" */
    struct zv_str cname;
    uint32_t ssrc;                                /* of what the client gets: its audio */
    uint32_t video_ssrc;                          /* 0: no video in offers and answers */
    uint32_t video_rtx_ssrc;                      /* 0: nothing is sent again by RTX */
    uint32_t video_kbps;                          /* our limit of its video; 0: none */
    struct zv_addr candidates[ZV_MAX_CANDIDATES]; /* with port */
    uint8_t candidate_count;
    bool has_tcp;        /* each candidate by TCP too, on the same port number */
    uint64_t session_id; /* of o= */
    uint32_t changes;    /* descriptions before this one: o= counts them */
};

/* SRTP on the SIP leg. */
enum zv_srtp_policy {
    ZV_SRTP_POLICY_OFF,      /* never */
    ZV_SRTP_POLICY_OPTIONAL, /* RFC 8643: RTP/AVP with a=crypto; plain where they do not answer it
                              */
    ZV_SRTP_POLICY_REQUIRED, /* RTP/SAVP, or no call */
};

/* "off", "optional", "required". Static storage. */
const char *zv_srtp_policy_name(enum zv_srtp_policy policy);

/* Parts of an offer of ours that a far end may refuse; bits. */
enum zv_plan_part {
    ZV_PLAN_PART_VIDEO = 1 << 0,      /* its m-line */
    ZV_PLAN_PART_SRTP = 1 << 1,       /* profile and keys */
    ZV_PLAN_PART_CODECS = 1 << 2,     /* of the audio */
    ZV_PLAN_PART_ATTRIBUTES = 1 << 3, /* those that audio can do without */
    ZV_PLAN_PART_BANDWIDTH = 1 << 4,  /* b= */
    ZV_PLAN_PART_ADDRESS = 1 << 5,    /* the kind of network or address: nothing helps */
};
#define ZV_PLAN_PART_COUNT 6
/* "the video". Static storage. */
const char *zv_plan_part_name(enum zv_plan_part part);

/* What a repaired offer says otherwise. */
struct zv_plan_cut {
    uint8_t parts;   /* bits of zv_plan_part that it does without */
    bool is_savp;    /* RTP/SAVP, where the policy alone would have RTP/AVP */
    uint32_t codecs; /* 1 << zv_codec_kind of those that stay; 0: all */
};

/* Our end of one media of the SIP leg. All but `rtp` is of the description to be written, and then
 * of the one that was written last. Holds secrets. */
struct zv_plan_sip_media {
    struct zv_addr rtp; /* RTCP at port + 1; family NONE: no port, so there is no such media */
    bool is_savp;
    bool rtcp_mux;
    struct zv_crypto crypto[ZV_CRYPTO_OFFERED];
    uint8_t crypto_count;
};

/* Our end of the SIP leg. */
struct zv_plan_sip {
    struct zv_plan_sip_media audio;
    struct zv_plan_sip_media video;
    uint64_t session_id; /* of o=, below 2^63 */
    uint32_t version;    /* of o= */
    uint8_t withheld;    /* bits of zv_sdp_direction that our description leaves out: hold */
    enum zv_srtp_policy srtp;
    struct zv_plan_cut cut; /* all 0: the whole offer */
    uint32_t video_kbps;    /* our limit, said as b= of the video; 0: none */
    uint32_t session_kbps;  /* b=AS of the session, as the client wants it; 0: none */
    uint32_t session_bps;   /* b=TIAS of the session; 0: none */
};

/* The client's end of the web leg; views into the description. */
struct zv_plan_web_remote {
    struct zv_str ufrag;
    struct zv_str pwd;
    struct zv_str fingerprint; /* "sha-256 AB:…" */
    bool is_dtls_client;       /* our role: they are a=setup:passive */
};

/* What was agreed on; without suites: plain RTP. Secrets. */
struct zv_plan_srtp {
    uint32_t tag;            /* of both sides' lines */
    struct zv_crypto_key tx; /* ours: what we send is protected by it */
    struct zv_crypto_key rx; /* theirs */
};

/* The far end of one media of the SIP leg. */
struct zv_plan_sip_remote_media {
    struct zv_addr rtp; /* family NONE: send nothing (c=0.0.0.0) */
    struct zv_addr rtcp;
    bool rtcp_mux; /* both sides said so */
    bool is_savp;  /* their profile */
    enum zv_sdp_direction direction;
    struct zv_plan_srtp srtp; /* of an offer without `tx`: zv_plan_answer_srtp */
};

/* The far end of the SIP leg. */
struct zv_plan_sip_remote {
    struct zv_plan_sip_remote_media audio;
    struct zv_plan_sip_remote_media video; /* zeros without has_video */
    bool has_video;                        /* described, not refused, and usable */
    uint8_t video_reason;                  /* enum zv_video_reason, where it is not */
};

/* What the client's description says about its transport. OK, NO_AUDIO, UNUSABLE. */
enum zv_plan_verdict zv_plan_read_web(const struct zv_sdp *sdp,
                                      struct zv_plan_web_remote *ret_remote);
/* Where the SIP side wants its packets, and by which keys. `is_answer`: to the offer that `local`
 * says. OK, NO_AUDIO, UNUSABLE, SRTP_*. A video is read whether or not we have a port for it. */
enum zv_plan_verdict zv_plan_read_sip(const struct zv_sdp *sdp, bool is_answer,
                                      const struct zv_plan_sip *local,
                                      struct zv_plan_sip_remote *ret_remote);
/* Before an offer of ours: profile and keys, as the policy says. */
void zv_plan_offer_srtp(const struct zv_rand *rand, struct zv_plan_sip *local);
/*
 * Before an answer to the offer that *remote was read of: profile, rtcp-mux and our keys. A key
 * that they repeat keeps ours, so that roll-over counters go on; with a new one begins a new one of
 * ours. `before`: what was agreed on so far.
 */
void zv_plan_answer_srtp(const struct zv_plan_sip_remote *before, const struct zv_rand *rand,
                         struct zv_plan_sip *local, struct zv_plan_sip_remote *remote);

/* The INVITE's body from the client's offer: audio, then video if the client has one and we a port.
 * Makes the plan. */
enum zv_plan_verdict zv_plan_sip_offer(const struct zv_sdp *web_offer,
                                       const struct zv_plan_sip *local,
                                       struct zv_media_plan *ret_plan, struct zv_buf *body);
/* How a far end refused an offer of ours: by 415, 488 or 606. */
struct zv_plan_refusal {
    uint16_t warning;            /* warn-code (RFC 3261 §20.43); 0: none */
    const struct zv_sdp *theirs; /* what it would take (§21.4.26); NULL: it did not say */
};
/*
 * What it refused of `ours`, as far as that can be known: bits of zv_plan_part, 0 where it cannot.
 * True: an offer with *ret_cut as `cut` of *local has a chance; where nothing is known, a guess.
 * SRTP that the policy requires is never given up, nor SRTP taken up where it is off.
 */
bool zv_plan_repair(const struct zv_sdp *ours, const struct zv_plan_refusal *refusal,
                    const struct zv_plan_sip *local, uint8_t *ret_parts,
                    struct zv_plan_cut *ret_cut);
struct zv_plan_web_answer {
    const struct zv_sdp *web_offer;
    const struct zv_sdp *sip_answer;
    const struct zv_plan_sip_remote *remote; /* of sip_answer */
    const struct zv_plan_web *local;
};
/* The client's one answer from the first SIP answer: each audio codec that it offered and we can
 * relay, those of the SIP side first; the one video codec that the SIP side prefers. */
enum zv_plan_verdict zv_plan_web_answer(const struct zv_plan_web_answer *in,
                                        struct zv_media_plan *plan, struct zv_buf *body);
/* A later SIP answer: the committed codec must be among theirs; payload types follow. Video that it
 * refuses, or has by another codec, stays on the web leg and does not flow. */
enum zv_plan_verdict zv_plan_follow_answer(const struct zv_sdp *sip_answer,
                                           const struct zv_plan_sip_remote *remote,
                                           struct zv_media_plan *plan);
/* A re-INVITE's body: the committed codec alone, with its telephone-event, and the video that is
 * agreed on. `before`: our last description, whose m-lines keep their places (RFC 3264 §8). */
enum zv_plan_verdict zv_plan_committed_offer(const struct zv_media_plan *plan,
                                             const struct zv_sdp *before,
                                             const struct zv_plan_sip *local, struct zv_buf *body);

/* The client's offer from the INVITE's: its codecs in its order. Makes the plan. */
enum zv_plan_verdict zv_plan_web_offer(const struct zv_sdp *sip_offer,
                                       const struct zv_plan_sip_remote *remote,
                                       const struct zv_plan_web *local,
                                       struct zv_media_plan *ret_plan, struct zv_buf *body);
/* The 200's body from the client's answer: the codec that the client will send, and its
 * telephone-event; its video codec. Commits the plan. */
enum zv_plan_verdict zv_plan_sip_answer(const struct zv_sdp *sip_offer,
                                        const struct zv_sdp *web_answer,
                                        const struct zv_plan_sip *local, struct zv_media_plan *plan,
                                        struct zv_buf *body);

/* The answer to a re-INVITE or UPDATE, in which addresses, payload types and direction (hold) may
 * change. OK: the committed codec stays; OTHER_CODEC, NO_COMMON_CODEC, NO_AUDIO. Video is accepted
 * as far as the web leg has it. */
enum zv_plan_verdict zv_plan_answer_again(const struct zv_sdp *sip_offer,
                                          const struct zv_plan_sip_remote *remote,
                                          const struct zv_plan_sip *local,
                                          struct zv_media_plan *plan, struct zv_buf *body);

/* What a SIP side's later offer means for the web leg's video. */
enum zv_video_change {
    ZV_VIDEO_CHANGE_NONE,
    ZV_VIDEO_CHANGE_ADD,  /* they have video that we can relay, the web leg has none */
    ZV_VIDEO_CHANGE_DROP, /* the web leg has it, they do not any more */
};
enum zv_video_change zv_plan_video_change(const struct zv_sdp *sip_offer,
                                          const struct zv_plan_sip_remote *remote,
                                          const struct zv_media_plan *plan);
struct zv_plan_web_video_offer {
    const struct zv_sdp *sip_offer;
    const struct zv_plan_sip_remote *remote; /* of sip_offer */
    const struct zv_sdp *before;             /* the web leg's last description, of either side */
    const struct zv_plan_web *local;         /* with the next number of `changes` */
};
/* An offer to a client that has its call: the audio as it is, with or without video as the SIP side
 * has it now. No ICE restart; DTLS roles stay (RFC 8842 §5.5). */
enum zv_plan_verdict zv_plan_web_video_offer(const struct zv_plan_web_video_offer *in,
                                             struct zv_media_plan *plan, struct zv_buf *body);
/* The client's answer to it: its video codec is committed, or there is no video. */
enum zv_plan_verdict zv_plan_web_video_answer(const struct zv_sdp *sip_offer,
                                              const struct zv_sdp *web_answer,
                                              struct zv_media_plan *plan);

/* A later offer of the client: payload types follow. The committed codec must be among theirs, or
 * where none is yet a codec that was offered to the SIP side; what they do not name any more cannot
 * flow. Video may be dropped so, not added. */
enum zv_plan_verdict zv_plan_rejoin(const struct zv_sdp *web_offer, struct zv_media_plan *plan);
struct zv_plan_web_update {
    const struct zv_sdp *web_offer;
    const struct zv_sdp *sip; /* the SIP side's last description, or NULL */
    const struct zv_plan_web *local;
    bool is_dtls_client; /* our role */
};
/* The answer to it: the committed codec first. */
enum zv_plan_verdict zv_plan_web_update(const struct zv_plan_web_update *in,
                                        struct zv_media_plan *plan, struct zv_buf *body);

/* The inputs for the addresses that a client is told. */
struct zv_plan_addresses {
    struct zv_addr public_addresses[ZV_MAX_PUBLIC_ADDRESSES]; /* media.public_address; NONE: none */
    struct zv_addr ws_local;         /* where the client's WebSocket came in; v4-mapped allowed */
    bool is_proxied;                 /* by a proxy: ws_local says nothing */
    const struct zv_addr *addresses; /* media.addresses */
    uint8_t address_count;
    uint16_t port_ipv4; /* of the media socket; 0: none of that family */
    uint16_t port_ipv6;
};

/* Candidates in order of preference, with ports, no address twice; returns their number. */
uint8_t zv_plan_candidates(const struct zv_plan_addresses *in,
                           struct zv_addr ret_candidates[ZV_MAX_CANDIDATES]);

#endif
