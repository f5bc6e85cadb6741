/*
 * The running verdict: what is wrong with the media of a call that goes on, for each of its legs,
 * in one sentence with a code and a remedy (api/verdicts.json, of which verdict_list.h is made).
 *
 * A pure function of (what was seen before, the facts of one look): it asks nobody and keeps no
 * time. The owner looks every ZV_VERDICT_LOOK_US; with that a verdict comes at most 5 s after its
 * facts. Worse is said at once; better, when ZV_VERDICT_CALM_LOOKS in a row have found it, so that
 * nothing flaps. docs/verdicts.md has the rules in words.
 */
#ifndef ZV_VERDICT_VERDICT_H
#define ZV_VERDICT_VERDICT_H

#include "base/addr.h"
#include "base/buf.h"
#include "base/time.h"
#include "sdp/codec.h"
#include "verdict/figures.h"
#include "verdict/verdict_list.h"

#include <stdbool.h>
#include <stdint.h>

#define ZV_VERDICT_LOOK_US    ZV_MS(2500)
#define ZV_VERDICT_CALM_LOOKS 2
/* What does not come is missed after this. */
#define ZV_VERDICT_WAIT_US ZV_SECONDS(2)
/* And video after this: a camera takes seconds to open. */
#define ZV_VERDICT_VIDEO_WAIT_US ZV_SECONDS(5)
/* The longest sentence or remedy with its words filled in, and a NUL. */
#define ZV_VERDICT_TEXT_CAP 384

enum zv_verdict_code {
#define X(id, name, severity, text, client, sip) ZV_VERDICT_##id,
    ZV_VERDICT_LIST(X)
#undef X
        ZV_VERDICT_COUNT,
};

enum zv_verdict_severity {
    ZV_VERDICT_INFO,
    ZV_VERDICT_WARNING,
    ZV_VERDICT_ERROR,
};

/* "wrong_source"; "warning". Static storage. */
const char *zv_verdict_name(enum zv_verdict_code code);
enum zv_verdict_severity zv_verdict_severity(enum zv_verdict_code code);
const char *zv_verdict_severity_name(enum zv_verdict_severity severity);
/* About the picture, so that it says nothing about who is heard. */
bool zv_verdict_is_of_video(enum zv_verdict_code code);

/* ---- the facts of one look ---- */

enum zv_verdict_leg_index {
    ZV_VERDICT_CLIENT,
    ZV_VERDICT_SIP,
    ZV_VERDICT_LEGS,
};

/* Why a packet's source is not taken. */
enum zv_verdict_rule {
    ZV_VERDICT_RULE_STRICT, /* the described address and port alone */
    ZV_VERDICT_RULE_PUBLIC, /* the described host alone */
    ZV_VERDICT_RULE_LOCKED, /* another source came first */
};

struct zv_verdict_leg_facts {
    struct zv_leg_figures figures;
    int64_t due_us;           /* since when this side is to send; 0: it is not (yet, on hold) */
    struct zv_addr described; /* by its description; family NONE: it has none */
    struct zv_addr rejected;  /* the source that was refused last; likewise */
    enum zv_verdict_rule rule;
    uint8_t unknown_pt;        /* the last one, with unknown_format */
    enum zv_codec_kind agreed; /* NONE: not yet */
    enum zv_codec_kind used;   /* of its last packet of audio; NONE: none came */
    int64_t video_due_us;      /* since when this side is to send video; 0: it is not */
};

struct zv_verdict_facts {
    int64_t now_us;
    int64_t ice_wanted_us;         /* since when ICE and DTLS are waited for; 0: they are not */
    int64_t ice_up_us;             /* since when ICE is up; 0: it is not */
    uint16_t port;                 /* UDP, of the client's leg */
    bool is_client_here;           /* its socket is */
    enum zv_video_reason no_video; /* of the answered call; NONE: it has video, or none is wanted */
    struct zv_verdict_leg_facts legs[ZV_VERDICT_LEGS];
};

/* ---- the verdict ---- */

/* A verdict with what its sentence needs; only the words of its sentence are set. */
struct zv_verdict {
    enum zv_verdict_code code;
    enum zv_verdict_leg_index leg;
    int64_t since_us; /* since when it is so; OK: since when again */
    uint32_t checks;
    uint16_t port;
    struct zv_addr source;
    struct zv_addr described;
    enum zv_verdict_rule rule;
    uint8_t pt;
    uint32_t seconds;
    uint32_t percent;
    uint32_t jitter; /* ms */
    enum zv_codec_kind codec;
    enum zv_codec_kind agreed;
    bool is_comfort_noise; /* else RTCP */
    uint32_t requests;
    enum zv_video_reason why;
};

/* How an address is written, zv_addr_write or one that masks. */
typedef const char *zv_verdict_addr_fn(const struct zv_addr *addr, char dst[ZV_ADDR_TEXT_CAP]);

/* Append; with a buffer of ZV_VERDICT_TEXT_CAP both fit. The remedy may be empty. */
void zv_verdict_write_text(const struct zv_verdict *verdict, zv_verdict_addr_fn *write_addr,
                           struct zv_buf *out);
void zv_verdict_write_remedy(const struct zv_verdict *verdict, zv_verdict_addr_fn *write_addr,
                             struct zv_buf *out);

/* ---- the machine ---- */

/* Open, since the owner embeds it; zeroed it has seen nothing. */
struct zv_verdict_leg {
    struct zv_verdict said;
    struct zv_leg_figures seen[2]; /* at the last look, and at the one before; zeroed: none */
    uint8_t due_looks;  /* since the one that first found this side due to send; saturates */
    uint8_t calm_looks; /* in a row that found something better */
    int64_t due_us;     /* as at the last look */
    int64_t rtcp_us;    /* the last look that found new RTCP; 0: none */
};

struct zv_verdict_watch {
    struct zv_verdict_leg legs[ZV_VERDICT_LEGS];
};

/* One look. Bit (1 << leg) is set for each leg whose verdict has another code now. */
unsigned zv_verdict_look(struct zv_verdict_watch *watch, const struct zv_verdict_facts *facts);

#endif
