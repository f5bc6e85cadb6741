/*
 * Session descriptions (RFC 8866) as structs: a tolerant, bounded parser. CRLF and LF may be mixed,
 * blanks may trail, unknown lines and attributes are skipped. Session-level values are inherited by
 * each media description that has none of its own.
 *
 * All texts are views into the description that was parsed. Limits: ZV_MAX_SDP_BYTES,
 * ZV_MAX_SDP_MEDIA, ZV_MAX_SDP_CODECS per media and twice as many in all (more are counted and left
 * out).
 */
#ifndef ZV_SDP_SDP_H
#define ZV_SDP_SDP_H

#include "base/addr.h"
#include "base/attr.h"
#include "base/limits.h"
#include "base/str.h"
#include "sdp/codec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum zv_sdp_kind {
    ZV_SDP_AUDIO,
    ZV_SDP_VIDEO,
    ZV_SDP_OTHER,
};

/* Bits: what the author of the description does. */
enum zv_sdp_direction {
    ZV_SDP_INACTIVE = 0,
    ZV_SDP_SENDONLY = 1,
    ZV_SDP_RECVONLY = 2,
    ZV_SDP_SENDRECV = 3,
};

/* a=setup (RFC 4145 §4). */
enum zv_sdp_setup {
    ZV_SDP_SETUP_NONE,
    ZV_SDP_SETUP_ACTIVE,
    ZV_SDP_SETUP_PASSIVE,
    ZV_SDP_SETUP_ACTPASS,
    ZV_SDP_SETUP_HOLDCONN,
};

struct zv_sdp_codec {
    uint8_t pt;
    uint8_t kind;       /* enum zv_codec_kind; NONE: not one that we relay */
    uint8_t channels;   /* 1 when not said */
    uint8_t feedback;   /* bits of zv_video_feedback: a=rtcp-fb for it or for all */
    uint32_t clock_hz;  /* 0: no a=rtpmap and not static */
    struct zv_str name; /* encoding name */
    struct zv_str fmtp; /* the last a=fmtp of it */
    /* What that says of H.264, or what RFC 6184 §8.1 has where it does not. */
    uint32_t profile_level_id;
    uint8_t packetization_mode; /* UINT8_MAX: one that we cannot relay, or malformed */
    bool level_asymmetry;
    int16_t apt; /* rtx: the payload type that it repeats; ZV_PT_NONE */
};

/* RTP header extensions that we know (a=extmap, RFC 8285). */
#define ZV_SDP_URI_TRANSPORT_CC                                                                    \
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
#define ZV_SDP_URI_ORIENTATION "urn:3gpp:video-orientation"

#define ZV_SDP_MAX_FINGERPRINTS 4
#define ZV_SDP_MAX_CRYPTO       8

struct zv_sdp_media {
    enum zv_sdp_kind kind;
    struct zv_str kind_text; /* "audio" */
    uint16_t port;           /* 0: rejected */
    struct zv_str proto;     /* "RTP/AVP" */
    struct zv_str formats;   /* as written */
    enum zv_sdp_direction direction;
    struct zv_addr addr; /* of c=, port 0; family NONE: absent or a host name */
    struct zv_str host;  /* of c= when it is a host name */
    uint16_t rtcp_port;  /* of a=rtcp; 0: absent */
    struct zv_addr rtcp_addr;
    bool rtcp_mux;
    bool is_bundle_only;
    struct zv_str ufrag;
    struct zv_str pwd;
    struct zv_str fingerprints[ZV_SDP_MAX_FINGERPRINTS]; /* values: "sha-256 AB:…" */
    uint8_t fingerprint_count;
    enum zv_sdp_setup setup;
    struct zv_str mid;
    struct zv_str crypto[ZV_SDP_MAX_CRYPTO]; /* values of a=crypto, unparsed: sdp/crypto.h */
    uint8_t crypto_count;
    uint16_t ptime_ms;       /* 0: absent */
    uint32_t bandwidth_kbps; /* b=AS; 0: absent */
    uint32_t bandwidth_bps;  /* b=TIAS (RFC 3890); 0: absent */
    uint8_t cc_id;           /* a=extmap of transport-wide-cc, 1-14; 0: absent */
    uint8_t orientation_id;  /* of urn:3gpp:video-orientation */
    uint32_t candidate_count;
    uint16_t first_codec; /* in zv_sdp.codecs */
    uint16_t codec_count;
};

struct zv_sdp {
    struct zv_str origin; /* value of o= */
    struct zv_str bundle; /* mids of the first a=group:BUNDLE */
    bool is_ice_lite;
    struct zv_sdp_media media[ZV_MAX_SDP_MEDIA];
    uint8_t media_count;
    struct zv_sdp_codec codecs[2 * ZV_MAX_SDP_CODECS]; /* of all media, in order */
    uint16_t codec_count;
    uint32_t codecs_left_out;
};

/*
 * ZV_E_PARSE: not a session description, a control character, or a media line that makes no sense;
 * ZV_E_LIMIT: too long, or too many media.
 */
int zv_sdp_parse(struct zv_str text, struct zv_sdp *ret_sdp) ZV_MUST_CHECK;

/* The place of a media description in the BUNDLE group, from 0; -1: not in it. */
int zv_sdp_bundle_place(const struct zv_sdp *sdp, const struct zv_sdp_media *media);
/* The first audio description that is not rejected, or NULL. One of the BUNDLE group that says
 * bundle-only is none that is rejected (RFC 9143 §6). */
const struct zv_sdp_media *zv_sdp_audio(const struct zv_sdp *sdp);
/* The first video description that is not rejected, or NULL. */
const struct zv_sdp_media *zv_sdp_video(const struct zv_sdp *sdp);
/* The i-th codec of a media description. */
static inline const struct zv_sdp_codec *
zv_sdp_codec_at(const struct zv_sdp *sdp, const struct zv_sdp_media *media, uint16_t i)
{
    return &sdp->codecs[media->first_codec + i];
}
/* "sendrecv" … Static storage. */
const char *zv_sdp_direction_name(enum zv_sdp_direction direction);

#endif
