/*
 * OPTIONS from outside any dialog (RFC 3261 §11.2): registrars and NAT helpers ask so whether we
 * are alive. A user that is nobody's is answered like an INVITE for it would be.
 */
#include "sip/leg.h"

void zv_sip_on_options(struct zv_sip *sip, const struct zv_sip_msg *msg,
                       const struct zv_sip_flow *flow)
{
    struct zv_sip_reply reply = {.status = 200};
    if (msg->uri.user.len && !zv_sip_account_match(sip, msg, flow))
        reply.status = 404;
    zv_sip_reply_stateless(sip, msg, flow, &reply);
}
