/*
 * profile-level-id of H.264 (RFC 6184 §8.1): which profile it is, and its level. A profile has
 * several names, which table 5 there lists; the level is what whoever says it can receive.
 * For the files of sdp/ only.
 */
#ifndef ZV_SDP_H264_H
#define ZV_SDP_H264_H

#include <stdbool.h>
#include <stdint.h>

/* What a description means that does not say it: baseline, level 1. */
#define ZV_H264_DEFAULT_PROFILE_LEVEL 0x42000a
#define ZV_H264_MAX_PACKETIZATION     1 /* 2, interleaved, is nowhere to be found */

/* profile_idc and profile-iop in the one form that stands for all names of a profile. */
uint16_t zv_h264_profile(uint32_t profile_level_id);
/* Baseline or constrained baseline, which everybody has. */
bool zv_h264_is_baseline(uint32_t profile_level_id);
/* level_idc; 1b, which has several forms, counts as 1. */
uint8_t zv_h264_level(uint32_t profile_level_id);
/* The same profile by the same name, at another level. */
uint32_t zv_h264_at_level(uint32_t profile_level_id, uint8_t level);

#endif
