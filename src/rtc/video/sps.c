/*
 * The sequence parameter set of H.264 (ITU-T H.264 section 7.3.2.1.1), as far as the cropping of
 * the picture. Reading past the end, a code of more than 32 bits and a number outside of what the
 * standard allows make the set bad, and a bad set tells no size.
 */
#include "base/attr.h"
#include "base/buf.h"
#include "rtc/video/payload_int.h"

#define MAX_POC_CYCLE 255 /* num_ref_frames_in_pic_order_cnt_cycle */

/* Bits of a NAL unit, without the bytes that prevent start codes (section 7.4.1.1). */
struct bits {
    const uint8_t *p;
    size_t len;
    size_t at;      /* byte */
    unsigned left;  /* bits of the current byte */
    unsigned zeros; /* bytes of 0 before the current one, as they lie in the NAL unit */
    uint8_t byte;
    bool is_bad;
};

static bool load_byte(struct bits *bits)
{
    if (bits->zeros >= 2 && bits->at < bits->len && bits->p[bits->at] == 3) {
        bits->at++;
        bits->zeros = 0;
    }
    if (bits->at >= bits->len) {
        bits->is_bad = true;
        return false;
    }
    bits->byte = bits->p[bits->at++];
    bits->zeros = bits->byte ? 0 : bits->zeros + 1;
    bits->left = 8;
    return true;
}

static uint32_t take_bit(struct bits *bits)
{
    if (!bits->left && !load_byte(bits))
        return 0;
    bits->left--;
    return (bits->byte >> bits->left) & 1;
}

/* ue(v), section 9.1; at most `max`, else the set is bad. */
static uint32_t take_ue(struct bits *bits, uint32_t max)
{
    unsigned zeros = 0;
    while (!bits->is_bad && !take_bit(bits)) {
        if (++zeros > 31) {
            bits->is_bad = true;
            return 0;
        }
    }
    uint32_t rest = 0;
    for (unsigned i = 0; i < zeros; i++)
        rest = rest << 1 | take_bit(bits);
    uint32_t value = (UINT32_C(1) << zeros) - 1 + rest;
    if (value > max)
        bits->is_bad = true;
    return bits->is_bad ? 0 : value;
}

/* se(v), section 9.1.1. */
static int32_t take_se(struct bits *bits)
{
    uint32_t code = take_ue(bits, UINT32_MAX - 1);
    return code & 1 ? (int32_t)(code / 2 + 1) : -(int32_t)(code / 2);
}

/* Section 7.3.2.1.1.1. The values are of no use here; where the list ends early depends on them. */
static void skip_scaling_list(struct bits *bits, unsigned size)
{
    uint32_t last = 8, next = 8;
    for (unsigned i = 0; i < size && !bits->is_bad; i++) {
        if (next)
            next = (last + (uint32_t)take_se(bits)) & 0xff;
        last = next ? next : last;
    }
}

static void skip_scaling_matrix(struct bits *bits, unsigned chroma_format)
{
    unsigned lists = chroma_format == 3 ? 12 : 8;
    for (unsigned i = 0; i < lists && !bits->is_bad; i++) {
        if (take_bit(bits))
            skip_scaling_list(bits, i < 6 ? 16 : 64);
    }
}

static bool has_chroma_format(uint8_t profile_idc)
{
    static const uint8_t high[] = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135};
    for (size_t i = 0; i < ZV_ARRAY_LEN(high); i++) {
        if (profile_idc == high[i])
            return true;
    }
    return false;
}

/* ChromaArrayType: 0 for one plane, or three that are kept apart. */
static unsigned take_chroma_array(struct bits *bits, uint8_t profile_idc)
{
    if (!has_chroma_format(profile_idc))
        return 1;
    unsigned format = take_ue(bits, 3), array = format;
    if (format == 3 && take_bit(bits))
        array = 0;
    take_ue(bits, 6); /* bit depths of luma and chroma */
    take_ue(bits, 6);
    take_bit(bits); /* qpprime_y_zero_transform_bypass_flag */
    if (take_bit(bits))
        skip_scaling_matrix(bits, format);
    return array;
}

static void skip_picture_order(struct bits *bits)
{
    unsigned type = take_ue(bits, 2);
    if (type == 0)
        take_ue(bits, 12); /* log2_max_pic_order_cnt_lsb_minus4 */
    if (type != 1)
        return;
    take_bit(bits); /* delta_pic_order_always_zero_flag */
    take_se(bits);
    take_se(bits);
    uint32_t cycle = take_ue(bits, MAX_POC_CYCLE);
    for (uint32_t i = 0; i < cycle && !bits->is_bad; i++)
        take_se(bits);
}

/* The side in pixels once both croppings are taken off; 0: more than there is. */
static uint32_t crop(uint32_t side, uint32_t unit, uint32_t before, uint32_t behind)
{
    uint32_t cropped = unit * (before + behind);
    return cropped < side ? side - cropped : 0;
}

static void take_size(struct bits *bits, unsigned chroma_array, struct zv_video_payload *payload)
{
    const uint32_t max = ZV_VIDEO_MAX_SIDE;
    uint32_t width = 16 * (take_ue(bits, max / 16 - 1) + 1);
    uint32_t height = 16 * (take_ue(bits, max / 16 - 1) + 1);
    uint32_t fields = take_bit(bits) ? 1 : 2; /* frame_mbs_only_flag */
    if (fields == 2)
        take_bit(bits); /* mb_adaptive_frame_field_flag */
    take_bit(bits);     /* direct_8x8_inference_flag */
    height *= fields;
    if (take_bit(bits)) { /* frame_cropping_flag; units: table 6-1 */
        uint32_t unit_x = chroma_array == 1 || chroma_array == 2 ? 2 : 1;
        uint32_t unit_y = chroma_array == 1 ? 2 : 1;
        uint32_t left = take_ue(bits, max), right = take_ue(bits, max);
        uint32_t top = take_ue(bits, max), bottom = take_ue(bits, max);
        width = crop(width, unit_x, left, right);
        height = crop(height, unit_y * fields, top, bottom);
    }
    if (bits->is_bad || !width || !height || height > max)
        return;
    payload->width = (uint16_t)width;
    payload->height = (uint16_t)height;
}

void zv_video_read_sps(const uint8_t *nal, size_t len, struct zv_video_payload *payload)
{
    if (len < 4)
        return;
    struct bits bits = {.p = nal + 4, .len = len - 4};
    payload->profile_level_id = zv_get_u24(nal + 1);
    take_ue(&bits, 31); /* seq_parameter_set_id */
    unsigned chroma_array = take_chroma_array(&bits, nal[1]);
    take_ue(&bits, 12); /* log2_max_frame_num_minus4 */
    skip_picture_order(&bits);
    take_ue(&bits, 16); /* max_num_ref_frames */
    take_bit(&bits);    /* gaps_in_frame_num_value_allowed_flag */
    take_size(&bits, chroma_array, payload);
}
