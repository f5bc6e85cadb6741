#include "sdp/h264.h"

#include "base/attr.h"

#include <stddef.h>

#define CONSTRAINED_BASELINE 0x42c0
#define BASELINE             0x4200

#define LEVEL_1   10
#define LEVEL_1_1 11
#define LEVEL_1B  9 /* where profile_idc is 100 or more */

/* RFC 6184, table 5: which bits of profile-iop make which profile. Those that it does not name stay
 * as they are. */
static const struct {
    uint8_t idc;
    uint8_t mask; /* of profile-iop */
    uint8_t bits;
    uint16_t profile;
} profiles[] = {
    {0x42, 0x4f, 0x40, CONSTRAINED_BASELINE},
    {0x4d, 0x8f, 0x80, CONSTRAINED_BASELINE},
    {0x58, 0xcf, 0xc0, CONSTRAINED_BASELINE},
    {0x42, 0x4f, 0x00, BASELINE},
    {0x58, 0xcf, 0x80, BASELINE},
    {0x4d, 0xaf, 0x00, 0x4d00}, /* main */
    {0x58, 0xcf, 0x00, 0x5800}, /* extended */
};

uint16_t zv_h264_profile(uint32_t profile_level_id)
{
    uint8_t idc = (uint8_t)(profile_level_id >> 16), iop = (uint8_t)(profile_level_id >> 8);
    for (size_t i = 0; i < ZV_ARRAY_LEN(profiles); i++) {
        if (profiles[i].idc == idc && (iop & profiles[i].mask) == profiles[i].bits)
            return profiles[i].profile;
    }
    return (uint16_t)(profile_level_id >> 8);
}

bool zv_h264_is_baseline(uint32_t profile_level_id)
{
    uint16_t profile = zv_h264_profile(profile_level_id);
    return profile == BASELINE || profile == CONSTRAINED_BASELINE;
}

uint8_t zv_h264_level(uint32_t profile_level_id)
{
    uint8_t level = (uint8_t)profile_level_id;
    bool has_set3 = profile_level_id & 0x1000;
    if (level == LEVEL_1B || (level == LEVEL_1_1 && has_set3))
        return LEVEL_1;
    return level;
}

uint32_t zv_h264_at_level(uint32_t profile_level_id, uint8_t level)
{
    return (profile_level_id & 0xffff00) | level;
}
