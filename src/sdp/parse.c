/*
 * The parser. One pass, line by line: what precedes the first m= line makes the defaults that every
 * media description starts from. A line that we do not understand is skipped, because devices write
 * what they like; only what would make us send packets to a wrong place is an error.
 */
#include "base/err.h"
#include "sdp/fmtp.h"
#include "sdp/sdp.h"

struct parser {
    struct zv_sdp *sdp;
    struct zv_sdp_media defaults; /* session level */
    struct zv_sdp_media *media;   /* NULL: still at session level */
    bool has_version;
    bool has_own_fingerprint; /* of the current media: session-level ones are replaced */
};

/* The next word, separated by blanks; empty at the end. */
static struct zv_str next_word(struct zv_str *rest)
{
    size_t start = 0;
    while (start < rest->len && (rest->p[start] == ' ' || rest->p[start] == '\t'))
        start++;
    size_t end = start;
    while (end < rest->len && rest->p[end] != ' ' && rest->p[end] != '\t')
        end++;
    struct zv_str word = zv_str_n(rest->p + start, end - start);
    *rest = zv_str_tail(*rest, end);
    return word;
}

static struct zv_sdp_media *scope(struct parser *parser)
{
    return parser->media ? parser->media : &parser->defaults;
}

/* "IN IP4 192.0.2.1/127" */
static void read_address(struct zv_str rest, struct zv_addr *ret_addr, struct zv_str *ret_host)
{
    struct zv_str net = next_word(&rest);
    struct zv_str type = next_word(&rest);
    struct zv_str host = next_word(&rest);
    ptrdiff_t slash = zv_str_find(host, '/');
    if (slash >= 0)
        host = zv_str_head(host, (size_t)slash);
    *ret_addr = (struct zv_addr){0};
    *ret_host = (struct zv_str){0};
    if (!zv_str_is_i(net, "IN") || (!zv_str_is_i(type, "IP4") && !zv_str_is_i(type, "IP6")))
        return;
    if (zv_addr_parse_ip(host, ret_addr))
        *ret_host = host;
}

static const struct {
    uint8_t pt;
    uint8_t kind;
} static_types[] = {
    {0, ZV_CODEC_PCMU},
    {8, ZV_CODEC_PCMA},
    {9, ZV_CODEC_G722},
    {13, ZV_CODEC_CN},
};

/* RFC 3551 §6: what a number means without a=rtpmap. */
static void set_static_type(struct zv_sdp_codec *codec)
{
    for (size_t i = 0; i < ZV_ARRAY_LEN(static_types); i++) {
        if (static_types[i].pt != codec->pt)
            continue;
        codec->kind = static_types[i].kind;
        codec->name = zv_str(zv_codec_name(static_types[i].kind));
        codec->clock_hz = 8000;
    }
}

static struct zv_sdp_codec *find_codec(struct parser *parser, uint32_t pt)
{
    for (uint16_t i = 0; i < parser->media->codec_count; i++) {
        struct zv_sdp_codec *codec = &parser->sdp->codecs[parser->media->first_codec + i];
        if (codec->pt == pt)
            return codec;
    }
    return NULL;
}

static void add_codec(struct parser *parser, struct zv_str format)
{
    struct zv_sdp *sdp = parser->sdp;
    uint32_t pt;
    if (zv_str_to_u32(format, &pt) || pt > 127 || find_codec(parser, pt))
        return;
    if (parser->media->codec_count == ZV_MAX_SDP_CODECS ||
        sdp->codec_count == ZV_ARRAY_LEN(sdp->codecs)) {
        sdp->codecs_left_out++;
        return;
    }
    struct zv_sdp_codec *codec = &sdp->codecs[sdp->codec_count++];
    *codec = (struct zv_sdp_codec){.pt = (uint8_t)pt, .channels = 1};
    set_static_type(codec);
    parser->media->codec_count++;
}

static enum zv_sdp_kind kind_of(struct zv_str text)
{
    if (zv_str_is_i(text, "audio"))
        return ZV_SDP_AUDIO;
    return zv_str_is_i(text, "video") ? ZV_SDP_VIDEO : ZV_SDP_OTHER;
}

/* m=audio 49170/2 RTP/AVP 0 8 101 */
static int on_media(struct parser *parser, struct zv_str value)
{
    struct zv_sdp *sdp = parser->sdp;
    struct zv_str rest = value;
    struct zv_str kind = next_word(&rest), port_text = next_word(&rest);
    struct zv_str proto = next_word(&rest), format;
    ptrdiff_t slash = zv_str_find(port_text, '/');
    uint32_t port;
    if (sdp->media_count == ZV_MAX_SDP_MEDIA)
        return ZV_E_LIMIT;
    if (slash >= 0)
        port_text = zv_str_head(port_text, (size_t)slash);
    if (!kind.len || !proto.len || zv_str_to_u32(port_text, &port) || port > 65535)
        return ZV_E_PARSE;
    struct zv_sdp_media *media = &sdp->media[sdp->media_count++];
    *media = parser->defaults;
    media->kind = kind_of(kind);
    media->kind_text = kind;
    media->port = (uint16_t)port;
    media->proto = proto;
    media->formats = zv_str_trim(rest);
    media->first_codec = sdp->codec_count;
    parser->media = media;
    parser->has_own_fingerprint = false;
    while ((format = next_word(&rest)).len)
        add_codec(parser, format);
    return 0;
}

/* 111 opus/48000/2 */
static void on_rtpmap(struct parser *parser, struct zv_str value)
{
    struct zv_str rest = value, name, clock, channels = {0};
    uint32_t pt, clock_hz, channel_count = 1;
    if (!parser->media || zv_str_to_u32(next_word(&rest), &pt))
        return;
    struct zv_sdp_codec *codec = find_codec(parser, pt);
    struct zv_str map = next_word(&rest);
    if (!codec || !zv_str_split(&map, '/', &name) || !zv_str_split(&map, '/', &clock) ||
        zv_str_to_u32(clock, &clock_hz))
        return;
    if (zv_str_split(&map, '/', &channels) &&
        (zv_str_to_u32(channels, &channel_count) || !channel_count || channel_count > 8))
        channel_count = 1;
    codec->name = name;
    codec->clock_hz = clock_hz;
    codec->channels = (uint8_t)channel_count;
    codec->kind = (uint8_t)zv_codec_find(name, clock_hz);
}

static void on_fmtp(struct parser *parser, struct zv_str value)
{
    struct zv_str rest = value;
    uint32_t pt;
    if (!parser->media || zv_str_to_u32(next_word(&rest), &pt))
        return;
    struct zv_sdp_codec *codec = find_codec(parser, pt);
    if (codec)
        codec->fmtp = zv_str_trim(rest);
}

/* "nack pli" */
static uint8_t feedback_of(struct zv_str rest)
{
    static const struct {
        const char *type;
        const char *parameter;
        uint8_t feedback;
    } known[] = {
        {"nack", "", ZV_VIDEO_NACK},      {"nack", "pli", ZV_VIDEO_PLI},
        {"ccm", "fir", ZV_VIDEO_FIR},     {"ccm", "tmmbr", ZV_VIDEO_TMMBR},
        {"goog-remb", "", ZV_VIDEO_REMB}, {"transport-cc", "", ZV_VIDEO_TRANSPORT_CC},
    };
    struct zv_str type = next_word(&rest), parameter = next_word(&rest);
    for (size_t i = 0; i < ZV_ARRAY_LEN(known); i++) {
        if (zv_str_is_i(type, known[i].type) && zv_str_is_i(parameter, known[i].parameter))
            return known[i].feedback;
    }
    return 0;
}

static void on_feedback(struct parser *parser, struct zv_str value)
{
    struct zv_str rest = value;
    struct zv_str target = next_word(&rest);
    uint8_t feedback = feedback_of(rest);
    uint32_t pt = 0;
    bool is_all = zv_str_is(target, "*");
    if (!parser->media || (!is_all && zv_str_to_u32(target, &pt)))
        return;
    for (uint16_t i = 0; i < parser->media->codec_count; i++) {
        struct zv_sdp_codec *codec = &parser->sdp->codecs[parser->media->first_codec + i];
        if (is_all || codec->pt == pt)
            codec->feedback |= feedback;
    }
}

/* 3/recvonly URI. Numbers of the two-byte form (RFC 8285 §4.3) are not for what we relay. */
static void on_extension(struct parser *parser, struct zv_str value)
{
    struct zv_str rest = value, word = next_word(&rest), number;
    struct zv_str uri = next_word(&rest);
    struct zv_sdp_media *media = scope(parser);
    uint32_t id;
    if (!zv_str_split(&word, '/', &number) || zv_str_to_u32(number, &id) || id < 1 || id > 14)
        return;
    if (zv_str_is(uri, ZV_SDP_URI_TRANSPORT_CC))
        media->cc_id = (uint8_t)id;
    else if (zv_str_is(uri, ZV_SDP_URI_ORIENTATION))
        media->orientation_id = (uint8_t)id;
}

static void on_fingerprint(struct parser *parser, struct zv_str value)
{
    struct zv_sdp_media *media = scope(parser);
    if (parser->media && !parser->has_own_fingerprint) {
        parser->has_own_fingerprint = true;
        media->fingerprint_count = 0;
    }
    if (media->fingerprint_count < ZV_SDP_MAX_FINGERPRINTS)
        media->fingerprints[media->fingerprint_count++] = value;
}

static void on_setup(struct parser *parser, struct zv_str value)
{
    static const struct {
        const char *text;
        enum zv_sdp_setup setup;
    } values[] = {
        {"active", ZV_SDP_SETUP_ACTIVE},
        {"passive", ZV_SDP_SETUP_PASSIVE},
        {"actpass", ZV_SDP_SETUP_ACTPASS},
        {"holdconn", ZV_SDP_SETUP_HOLDCONN},
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(values); i++) {
        if (zv_str_is_i(value, values[i].text))
            scope(parser)->setup = values[i].setup;
    }
}

static void on_rtcp(struct parser *parser, struct zv_str value)
{
    struct zv_str rest = value, host;
    uint32_t port;
    if (zv_str_to_u32(next_word(&rest), &port) || port > 65535)
        return;
    scope(parser)->rtcp_port = (uint16_t)port;
    read_address(rest, &scope(parser)->rtcp_addr, &host);
}

static void on_group(struct parser *parser, struct zv_str value)
{
    struct zv_str rest = value;
    if (!parser->media && !parser->sdp->bundle.p && zv_str_is_i(next_word(&rest), "BUNDLE"))
        parser->sdp->bundle = zv_str_trim(rest);
}

static void on_ptime(struct parser *parser, struct zv_str value)
{
    uint32_t ptime_ms;
    if (zv_str_to_u32(value, &ptime_ms) == 0 && ptime_ms <= UINT16_MAX)
        scope(parser)->ptime_ms = (uint16_t)ptime_ms;
}

static void on_crypto(struct parser *parser, struct zv_str value)
{
    struct zv_sdp_media *media = parser->media; /* RFC 4568 section 5: not at session level */
    if (media && media->crypto_count < ZV_SDP_MAX_CRYPTO)
        media->crypto[media->crypto_count++] = value;
}

static bool on_direction(struct parser *parser, struct zv_str name)
{
    for (int direction = ZV_SDP_INACTIVE; direction <= ZV_SDP_SENDRECV; direction++) {
        if (zv_str_is_i(name, zv_sdp_direction_name((enum zv_sdp_direction)direction))) {
            scope(parser)->direction = (enum zv_sdp_direction)direction;
            return true;
        }
    }
    return false;
}

static void on_flag(struct parser *parser, struct zv_str name)
{
    if (on_direction(parser, name))
        return;
    if (zv_str_is_i(name, "rtcp-mux"))
        scope(parser)->rtcp_mux = true;
    else if (zv_str_is_i(name, "ice-lite"))
        parser->sdp->is_ice_lite = true;
    else if (zv_str_is_i(name, "bundle-only"))
        scope(parser)->is_bundle_only = true;
}

static const struct {
    const char *name;
    void (*on_value)(struct parser *parser, struct zv_str value);
} attributes[] = {
    {"rtpmap", on_rtpmap},    {"fmtp", on_fmtp},
    {"rtcp-fb", on_feedback}, {"fingerprint", on_fingerprint},
    {"setup", on_setup},      {"rtcp", on_rtcp},
    {"group", on_group},      {"ptime", on_ptime},
    {"crypto", on_crypto},    {"extmap", on_extension},
};

static void on_attribute(struct parser *parser, struct zv_str line)
{
    ptrdiff_t colon = zv_str_find(line, ':');
    if (colon < 0) {
        on_flag(parser, line);
        return;
    }
    struct zv_str name = zv_str_head(line, (size_t)colon);
    struct zv_str value = zv_str_trim(zv_str_tail(line, (size_t)colon + 1));
    struct zv_sdp_media *media = scope(parser);
    if (zv_str_is_i(name, "ice-ufrag"))
        media->ufrag = value;
    else if (zv_str_is_i(name, "ice-pwd"))
        media->pwd = value;
    else if (zv_str_is_i(name, "mid"))
        media->mid = next_word(&value);
    else if (zv_str_is_i(name, "candidate"))
        media->candidate_count++;
    for (size_t i = 0; i < ZV_ARRAY_LEN(attributes); i++) {
        if (zv_str_is_i(name, attributes[i].name))
            attributes[i].on_value(parser, value);
    }
}

static void on_bandwidth(struct parser *parser, struct zv_str value)
{
    uint32_t number;
    if (zv_str_has_prefix_i(value, "AS:") && zv_str_to_u32(zv_str_tail(value, 3), &number) == 0)
        scope(parser)->bandwidth_kbps = number;
    if (zv_str_has_prefix_i(value, "TIAS:") && zv_str_to_u32(zv_str_tail(value, 5), &number) == 0)
        scope(parser)->bandwidth_bps = number;
}

static int on_line(struct parser *parser, struct zv_str line)
{
    if (line.len < 2 || line.p[1] != '=')
        return 0;
    struct zv_str value = zv_str_trim(zv_str_tail(line, 2));
    switch (line.p[0]) {
    case 'v':
        parser->has_version = zv_str_is(value, "0");
        return 0;
    case 'o':
        parser->sdp->origin = value;
        return 0;
    case 'c':
        read_address(value, &scope(parser)->addr, &scope(parser)->host);
        return 0;
    case 'b':
        on_bandwidth(parser, value);
        return 0;
    case 'a':
        on_attribute(parser, value);
        return 0;
    case 'm':
        return on_media(parser, value);
    default:
        return 0;
    }
}

/* A CR may stand alone before the CRLF or at the end of the text; nothing else below blank may. */
static bool has_controls(struct zv_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if ((c < ' ' && c != '\r' && c != '\n' && c != '\t') || c == 0x7f)
            return true;
    }
    return false;
}

static struct zv_str without_cr(struct zv_str line)
{
    while (line.len && line.p[line.len - 1] == '\r')
        line.len--;
    return line;
}

int zv_sdp_parse(struct zv_str text, struct zv_sdp *ret_sdp)
{
    struct zv_sdp sdp = {0};
    struct parser parser = {.sdp = &sdp, .defaults = {.direction = ZV_SDP_SENDRECV}};
    struct zv_str rest = text, line;
    if (text.len > ZV_MAX_SDP_BYTES)
        return ZV_E_LIMIT;
    if (has_controls(text))
        return ZV_E_PARSE;
    while (zv_str_line(&rest, &line)) {
        line = without_cr(line);
        if (zv_str_find(line, '\r') >= 0) /* would be a line of its own to some other parser */
            return ZV_E_PARSE;
        int err = on_line(&parser, line);
        if (err)
            return err;
    }
    if (!parser.has_version)
        return ZV_E_PARSE;
    for (uint16_t i = 0; i < sdp.codec_count; i++)
        zv_fmtp_read(&sdp.codecs[i]);
    *ret_sdp = sdp;
    return 0;
}

int zv_sdp_bundle_place(const struct zv_sdp *sdp, const struct zv_sdp_media *media)
{
    struct zv_str rest = sdp->bundle, mid;
    for (int place = 0; media->mid.len && rest.len; place++) {
        mid = next_word(&rest);
        if (zv_str_eq(mid, media->mid))
            return place;
    }
    return -1;
}

static bool is_rejected(const struct zv_sdp *sdp, const struct zv_sdp_media *media)
{
    return !media->port && !(media->is_bundle_only && zv_sdp_bundle_place(sdp, media) >= 0);
}

static const struct zv_sdp_media *first_of(const struct zv_sdp *sdp, enum zv_sdp_kind kind)
{
    for (uint8_t i = 0; i < sdp->media_count; i++) {
        if (sdp->media[i].kind == kind && !is_rejected(sdp, &sdp->media[i]))
            return &sdp->media[i];
    }
    return NULL;
}

const struct zv_sdp_media *zv_sdp_audio(const struct zv_sdp *sdp)
{
    return first_of(sdp, ZV_SDP_AUDIO);
}

const struct zv_sdp_media *zv_sdp_video(const struct zv_sdp *sdp)
{
    return first_of(sdp, ZV_SDP_VIDEO);
}

const char *zv_sdp_direction_name(enum zv_sdp_direction direction)
{
    static const char *const names[] = {"inactive", "sendonly", "recvonly", "sendrecv"};
    return names[direction & ZV_SDP_SENDRECV];
}
