#include "sdp/fmtp.h"

#include "sdp/h264.h"

#define MAX_FMTP_BYTES 200

struct zv_str zv_fmtp_find(struct zv_str fmtp, const char *name)
{
    struct zv_str rest = fmtp, parameter, key;
    while (zv_str_split(&rest, ';', &parameter)) {
        struct zv_str value = parameter;
        if (zv_str_split(&value, '=', &key) && zv_str_is_i(zv_str_trim(key), name))
            return zv_str_trim(value);
    }
    return (struct zv_str){0};
}

/* Six hexadecimal digits. */
static bool read_profile(struct zv_str text, uint32_t *ret_profile)
{
    uint32_t profile = 0;
    if (text.len != 6)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        int digit = zv_hex_value(text.p[i]);
        if (digit < 0)
            return false;
        profile = profile << 4 | (uint32_t)digit;
    }
    *ret_profile = profile;
    return true;
}

static void read_h264(struct zv_sdp_codec *codec)
{
    struct zv_str profile = zv_fmtp_find(codec->fmtp, "profile-level-id");
    struct zv_str mode = zv_fmtp_find(codec->fmtp, "packetization-mode");
    uint32_t number = 0;
    codec->profile_level_id = ZV_H264_DEFAULT_PROFILE_LEVEL;
    codec->level_asymmetry = zv_str_is(zv_fmtp_find(codec->fmtp, "level-asymmetry-allowed"), "1");
    if ((mode.len && zv_str_to_u32(mode, &number)) || number > ZV_H264_MAX_PACKETIZATION ||
        (profile.len && !read_profile(profile, &codec->profile_level_id)))
        codec->packetization_mode = UINT8_MAX;
    else
        codec->packetization_mode = (uint8_t)number;
}

void zv_fmtp_read(struct zv_sdp_codec *codec)
{
    uint32_t apt;
    codec->apt = ZV_PT_NONE;
    if (codec->kind == ZV_CODEC_H264)
        read_h264(codec);
    else if (codec->kind == ZV_CODEC_RTX &&
             !zv_str_to_u32(zv_fmtp_find(codec->fmtp, "apt"), &apt) && apt < 128)
        codec->apt = (int16_t)apt;
}

bool zv_fmtp_is_safe(struct zv_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.p[i] < ' ' || text.p[i] > '~')
            return false;
    }
    return text.len > 0 && text.len <= MAX_FMTP_BYTES;
}
