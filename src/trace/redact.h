/*
 * Blanks what must not be kept of a message: every secret character is replaced, none removed, so
 * that lengths (Content-Length, a capture's headers) stay right.
 *
 *   SIP   response and cnonce of Authorization and Proxy-Authorization, rspauth and cnonce of
 *         (Proxy-)Authentication-Info (RFC 8760: enough to guess a weak password offline), the
 *         credentials of every other scheme; passwords in addresses (sip:user:password@host);
 *         bodies but session descriptions and sipfrag: MESSAGE has what people write, INFO and
 *         NOTIFY what they dial
 *
 *   SDP   a=ice-pwd (RFC 8839), keys of a=crypto (RFC 4568), a=key-mgmt (RFC 4567), k= (RFC 8866)
 */
#ifndef ZV_TRACE_REDACT_H
#define ZV_TRACE_REDACT_H

#include "base/str.h"

#include <stddef.h>

/* What stands instead. */
#define ZV_TRACE_BLANK 'x'

/* A whole SIP message with its body, or a session description alone; in place. */
void zv_trace_redact(char *text, size_t len);

#endif
