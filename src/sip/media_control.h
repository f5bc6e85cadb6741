/*
 * The document by which a decoder asks an encoder for a key frame in a SIP INFO (RFC 5168), for
 * phones without RTCP feedback. Of its vocabulary only picture_fast_update is written and looked
 * for; the other primitives were never agreed on.
 */
#ifndef ZV_SIP_MEDIA_CONTROL_H
#define ZV_SIP_MEDIA_CONTROL_H

#include "base/attr.h"
#include "base/str.h"

#include <stdbool.h>

/* The whole document that asks for a picture. Static storage. */
struct zv_str zv_sip_media_control_fast_update(void);

/*
 * Reads such a document as phones write it: with or without XML declaration, prefixes, comments,
 * stream_id, other primitives. Elements must nest, names of closing tags are not compared.
 * *ret_wants_picture: it has a picture_fast_update. ZV_E_PARSE: not a media_control document; one
 * with a DOCTYPE is none, so there is nothing to expand.
 */
int zv_sip_media_control_parse(struct zv_str xml, bool *ret_wants_picture) ZV_MUST_CHECK;

#endif
