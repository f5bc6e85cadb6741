#include "tools/load/uas.h"

#include "base/attr.h"
#include "sdp/codec.h"

#define TAG "farm"

static const char *line_of(const struct zv_sip_msg *msg)
{
    switch (msg->method) {
    case ZV_SIP_METHOD_INVITE:
    case ZV_SIP_METHOD_BYE:
    case ZV_SIP_METHOD_CANCEL:
    case ZV_SIP_METHOD_OPTIONS:
        return "SIP/2.0 200 OK";
    default:
        return "SIP/2.0 405 Method Not Allowed";
    }
}

/* What RFC 3261 §8.2.6.2 and §12.1.1 have copied. */
static void copy_fields(const struct zv_sip_msg *msg, struct zv_buf *answer)
{
    for (size_t i = 0; i < msg->field_count; i++) {
        const struct zv_sip_field *field = &msg->fields[i];
        switch (field->id) {
        case ZV_SIP_HEADER_VIA:
        case ZV_SIP_HEADER_RECORD_ROUTE:
        case ZV_SIP_HEADER_FROM:
        case ZV_SIP_HEADER_CALL_ID:
        case ZV_SIP_HEADER_CSEQ:
            zv_buf_printf(answer, "%.*s: %.*s\r\n", ZV_STR_ARG(field->name),
                          ZV_STR_ARG(field->value));
            break;
        case ZV_SIP_HEADER_TO:
            zv_buf_printf(answer, "To: %.*s%s\r\n", ZV_STR_ARG(field->value),
                          msg->to_tag.len ? "" : ";tag=" TAG);
            break;
        default:
            break;
        }
    }
}

bool zv_load_uas_answer(const struct zv_sip_msg *msg, const struct zv_addr *contact,
                        struct zv_str sdp, struct zv_buf *answer)
{
    char text[ZV_ADDR_TEXT_CAP];
    if (!msg->is_request || msg->method == ZV_SIP_METHOD_ACK)
        return false;
    zv_buf_printf(answer, "%s\r\n", line_of(msg));
    copy_fields(msg, answer);
    if (msg->method == ZV_SIP_METHOD_INVITE)
        zv_buf_printf(answer, "Contact: <sip:farm@%s>\r\nContent-Type: application/sdp\r\n",
                      zv_addr_write(contact, text));
    else
        sdp = (struct zv_str){0};
    zv_buf_printf(answer, "Content-Length: %zu\r\n\r\n", sdp.len);
    zv_buf_put_str(answer, sdp);
    return !answer->overflow;
}

void zv_load_uas_write_sdp(const struct zv_addr *rtp, const struct zv_addr *rtcp, uint8_t pt,
                           struct zv_buf *sdp)
{
    char ip[ZV_ADDR_TEXT_CAP];
    const char *family = rtp->family == ZV_ADDR_IPV6 ? "IP6" : "IP4";
    zv_addr_write_ip(rtp, ip);
    zv_buf_printf(sdp,
                  "v=0\r\no=- 1 1 IN %s %s\r\ns=-\r\nc=IN %s %s\r\nt=0 0\r\n"
                  "m=audio %u RTP/AVP %u\r\na=rtpmap:%u %s/8000\r\na=rtcp:%u\r\na=sendrecv\r\n",
                  family, ip, family, ip, rtp->port, pt, pt, pt ? "PCMA" : "PCMU", rtcp->port);
}

void zv_load_uas_write_video(const struct zv_load_uas_video *video, struct zv_buf *sdp)
{
    zv_buf_printf(sdp, "m=video %u %.*s %u\r\na=rtpmap:%u VP8/90000\r\na=rtcp:%u\r\na=sendrecv\r\n",
                  video->rtp.port, ZV_STR_ARG(video->proto), video->pt, video->pt,
                  video->rtcp.port);
    if (video->feedback & ZV_VIDEO_NACK)
        zv_buf_printf(sdp, "a=rtcp-fb:%u nack\r\n", video->pt);
    if (video->feedback & ZV_VIDEO_PLI)
        zv_buf_printf(sdp, "a=rtcp-fb:%u nack pli\r\n", video->pt);
    if (video->feedback & ZV_VIDEO_FIR)
        zv_buf_printf(sdp, "a=rtcp-fb:%u ccm fir\r\n", video->pt);
}
