/*
 * Shared by the files that read messages: msg.c, fields.c, frame.c, multipart.c, media_control.c.
 */
#ifndef ZV_SIP_MSG_INT_H
#define ZV_SIP_MSG_INT_H

#include "sip/msg.h"

/*
 * Takes one header off `*rest`, folds included, up to the CRLF that ends it. 0; ZV_E_NOTFOUND when
 * `*rest` is used up; ZV_E_PARSE for a line that is no header, which is taken off nevertheless.
 */
int zv_sip_take_field(struct zv_str *rest, struct zv_sip_field *ret_field) ZV_MUST_CHECK;
/* Offset of the first occurrence of `what`, or -1. */
ptrdiff_t zv_sip_find_text(struct zv_str text, struct zv_str what);
/* Takes digits and the blanks behind them off `*rest`. Values above UINT32_MAX read as UINT32_MAX.
 * ZV_E_PARSE when there is no digit. */
int zv_sip_take_u32(struct zv_str *rest, uint32_t *ret_value) ZV_MUST_CHECK;
/* "application / sdp;charset=x" is `media_type`, whatever its case. */
bool zv_sip_is_media_type(struct zv_str content_type, const char *media_type);

#endif
