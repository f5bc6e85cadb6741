/*
 * Parameters of a format, "packetization-mode=1; profile-level-id=42e01f": what the planners need
 * of them, and what may pass from leg to leg as text. For the files of sdp/ only.
 */
#ifndef ZV_SDP_FMTP_H
#define ZV_SDP_FMTP_H

#include "sdp/sdp.h"

/* The value of the first parameter of that name, in any case; an empty view: not there. */
struct zv_str zv_fmtp_find(struct zv_str fmtp, const char *name);
/* Fills in what the codec's fmtp says of H.264 and rtx. */
void zv_fmtp_read(struct zv_sdp_codec *codec);
/* Not empty, and nothing that could end the line or grow without bound. */
bool zv_fmtp_is_safe(struct zv_str text);

#endif
