/*
 * Binding requests of the far end: who sent it, and the reply (RFC 8445 §7.3, RFC 8489 §9.1.3).
 *
 * RFC 8489 answers an unauthenticated request with 400 or 401. We answer nothing: a socket that
 * replies to strangers is a reflector, and an honest peer whose credentials are wrong is told by
 * signalling, not here.
 */
#include "base/err.h"
#include "rtc/ice/ice_int.h"

/* USERNAME is "ours:theirs" (RFC 8445 §7.2.2). */
static bool split_username(struct zv_str username, struct zv_str *ret_ours)
{
    ptrdiff_t colon = username.p ? zv_str_find(username, ':') : -1;
    if (colon <= 0)
        return false;
    *ret_ours = zv_str_head(username, (size_t)colon);
    return true;
}

int zv_ice_ufrag_of(const uint8_t *data, size_t len, struct zv_str *ret_ufrag)
{
    struct zv_stun_msg msg;
    if (zv_stun_parse(data, len, &msg) < 0)
        return ZV_E_PARSE;
    if (msg.cls != ZV_STUN_REQUEST || msg.method != ZV_STUN_BINDING)
        return ZV_E_PARSE;
    return split_username(msg.username, ret_ufrag) ? 0 : ZV_E_PARSE;
}

/* Which of our credentials the request was made with. The far end's half is not compared: its
 * checks may overtake the signalling that tells us its ufrag. */
static enum zv_ice_verdict authenticate(const struct zv_ice *ice, const struct zv_stun_msg *msg,
                                        const struct zv_ice_cred **ret_cred)
{
    struct zv_str ours;
    const struct zv_ice_cred *cred = NULL;
    if (!msg->has_fingerprint)
        return ZV_ICE_DROP_MALFORMED;
    if (!split_username(msg->username, &ours))
        return ZV_ICE_DROP_USERNAME;
    if (zv_str_is(ours, ice->current.ufrag))
        cred = &ice->current;
    else if (ice->has_previous && zv_str_is(ours, ice->previous.ufrag))
        cred = &ice->previous;
    if (!cred)
        return ZV_ICE_DROP_USERNAME;
    if (!zv_stun_is_authentic(msg, zv_str_n(cred->pwd, ZV_ICE_PWD_CHARS)))
        return ZV_ICE_DROP_INTEGRITY;
    *ret_cred = cred;
    return ZV_ICE_PASS;
}

static void finish_reply(struct zv_ice *ice, struct zv_buf *buf, const struct zv_ice_pair *pair,
                         const struct zv_ice_cred *cred)
{
    zv_stun_write_integrity(buf, zv_str_n(cred->pwd, ZV_ICE_PWD_CHARS));
    zv_stun_write_fingerprint(buf);
    ice->reply_len = buf->overflow ? 0 : buf->len;
    ice->reply_pair = *pair;
}

static void reply_success(struct zv_ice *ice, const struct zv_ice_pair *pair,
                          const struct zv_stun_msg *msg, const struct zv_ice_cred *cred)
{
    struct zv_buf buf = zv_buf(ice->reply, sizeof(ice->reply));
    zv_stun_write_header(&buf, ZV_STUN_SUCCESS, ZV_STUN_BINDING, msg->tx_id);
    zv_stun_write_mapped(&buf, &pair->remote);
    finish_reply(ice, &buf, pair, cred);
}

static void reply_error(struct zv_ice *ice, const struct zv_ice_pair *pair,
                        const struct zv_stun_msg *msg, const struct zv_ice_cred *cred)
{
    struct zv_buf buf = zv_buf(ice->reply, sizeof(ice->reply));
    zv_stun_write_header(&buf, ZV_STUN_ERROR, ZV_STUN_BINDING, msg->tx_id);
    if (msg->unknown_count) {
        zv_stun_write_error(&buf, 420, "Unknown Attribute");
        zv_stun_write_unknown(&buf, msg->unknown, msg->unknown_count);
    } else {
        zv_stun_write_error(&buf, 487, "Role Conflict");
    }
    finish_reply(ice, &buf, pair, cred);
}

/* RFC 8445 §7.3.1.1; a lite agent is always controlled, ours never changes its role. */
static bool is_refused(const struct zv_ice *ice, const struct zv_stun_msg *msg)
{
    bool is_conflict = ice->agent ? msg->is_controlling : msg->is_controlled;
    return msg->unknown_count || is_conflict;
}

enum zv_ice_verdict zv_ice_answer(struct zv_ice *ice, const struct zv_dgram *in,
                                  const struct zv_stun_msg *msg)
{
    const struct zv_ice_cred *cred;
    struct zv_ice_pair pair = {in->local, in->remote};
    enum zv_ice_verdict verdict = authenticate(ice, msg, &cred);
    if (verdict != ZV_ICE_PASS)
        return verdict;
    bool is_seen = zv_ice_lite_is_seen(&ice->lite, msg->tx_id);
    if (is_seen && !zv_ice_lite_find(&ice->lite, &pair))
        return ZV_ICE_DROP_REPLAY;
    ice->counters.requests++;
    if (is_refused(ice, msg)) {
        reply_error(ice, &pair, msg, cred);
        return ZV_ICE_REFUSED;
    }
    reply_success(ice, &pair, msg, cred);
    if (!ice->agent && !is_seen)
        zv_ice_lite_on_check(ice, &pair, msg, cred->generation);
    return ZV_ICE_PASS;
}
