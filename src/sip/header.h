/*
 * What all SIP header fields share (RFC 3261 §7.3, §25.1): names with their compact forms, methods,
 * tokens, quoted strings, parameters, comma separated lists.
 *
 * Values are raw text as received: a folded line (CR LF followed by a blank) still holds its fold,
 * and every function here takes it for blank space, as the grammar's LWS says. Text that leaves the
 * parser's reach goes through zv_sip_unfold.
 */
#ifndef ZV_SIP_HEADER_H
#define ZV_SIP_HEADER_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/* X(ID, "Name", compact form or 0, single): `single` names may stand once in a message. */
#define ZV_SIP_HEADER_LIST(X)                                                                      \
    X(VIA, "Via", 'v', 0)                                                                          \
    X(FROM, "From", 'f', 1)                                                                        \
    X(TO, "To", 't', 1)                                                                            \
    X(CALL_ID, "Call-ID", 'i', 1)                                                                  \
    X(CSEQ, "CSeq", 0, 1)                                                                          \
    X(MAX_FORWARDS, "Max-Forwards", 0, 1)                                                          \
    X(CONTACT, "Contact", 'm', 0)                                                                  \
    X(CONTENT_LENGTH, "Content-Length", 'l', 1)                                                    \
    X(CONTENT_TYPE, "Content-Type", 'c', 1)                                                        \
    X(CONTENT_ENCODING, "Content-Encoding", 'e', 0)                                                \
    X(CONTENT_DISPOSITION, "Content-Disposition", 0, 1)                                            \
    X(CONTENT_LANGUAGE, "Content-Language", 0, 0)                                                  \
    X(MIME_VERSION, "MIME-Version", 0, 0)                                                          \
    X(ROUTE, "Route", 0, 0)                                                                        \
    X(RECORD_ROUTE, "Record-Route", 0, 0)                                                          \
    X(PATH, "Path", 0, 0)                                                                          \
    X(SERVICE_ROUTE, "Service-Route", 0, 0)                                                        \
    X(EXPIRES, "Expires", 0, 1)                                                                    \
    X(MIN_EXPIRES, "Min-Expires", 0, 1)                                                            \
    X(SESSION_EXPIRES, "Session-Expires", 'x', 1)                                                  \
    X(MIN_SE, "Min-SE", 0, 1)                                                                      \
    X(REQUIRE, "Require", 0, 0)                                                                    \
    X(PROXY_REQUIRE, "Proxy-Require", 0, 0)                                                        \
    X(SUPPORTED, "Supported", 'k', 0)                                                              \
    X(UNSUPPORTED, "Unsupported", 0, 0)                                                            \
    X(ALLOW, "Allow", 0, 0)                                                                        \
    X(ALLOW_EVENTS, "Allow-Events", 'u', 0)                                                        \
    X(ACCEPT, "Accept", 0, 0)                                                                      \
    X(ACCEPT_ENCODING, "Accept-Encoding", 0, 0)                                                    \
    X(ACCEPT_LANGUAGE, "Accept-Language", 0, 0)                                                    \
    X(ACCEPT_CONTACT, "Accept-Contact", 'a', 0)                                                    \
    X(REJECT_CONTACT, "Reject-Contact", 'j', 0)                                                    \
    X(REQUEST_DISPOSITION, "Request-Disposition", 'd', 0)                                          \
    X(AUTHORIZATION, "Authorization", 0, 0)                                                        \
    X(PROXY_AUTHORIZATION, "Proxy-Authorization", 0, 0)                                            \
    X(WWW_AUTHENTICATE, "WWW-Authenticate", 0, 0)                                                  \
    X(PROXY_AUTHENTICATE, "Proxy-Authenticate", 0, 0)                                              \
    X(AUTHENTICATION_INFO, "Authentication-Info", 0, 0)                                            \
    X(RETRY_AFTER, "Retry-After", 0, 1)                                                            \
    X(RSEQ, "RSeq", 0, 1)                                                                          \
    X(RACK, "RAck", 0, 1)                                                                          \
    X(EVENT, "Event", 'o', 1)                                                                      \
    X(SUBSCRIPTION_STATE, "Subscription-State", 0, 1)                                              \
    X(REFER_TO, "Refer-To", 'r', 1)                                                                \
    X(REFERRED_BY, "Referred-By", 'b', 1)                                                          \
    X(REFER_SUB, "Refer-Sub", 0, 1)                                                                \
    X(REPLACES, "Replaces", 0, 1)                                                                  \
    X(JOIN, "Join", 0, 1)                                                                          \
    X(TARGET_DIALOG, "Target-Dialog", 0, 1)                                                        \
    X(P_ASSERTED_IDENTITY, "P-Asserted-Identity", 0, 0)                                            \
    X(P_PREFERRED_IDENTITY, "P-Preferred-Identity", 0, 0)                                          \
    X(REMOTE_PARTY_ID, "Remote-Party-ID", 0, 0)                                                    \
    X(IDENTITY, "Identity", 'y', 0)                                                                \
    X(IDENTITY_INFO, "Identity-Info", 'n', 0)                                                      \
    X(DIVERSION, "Diversion", 0, 0)                                                                \
    X(HISTORY_INFO, "History-Info", 0, 0)                                                          \
    X(PRIVACY, "Privacy", 0, 0)                                                                    \
    X(REASON, "Reason", 0, 0)                                                                      \
    X(WARNING, "Warning", 0, 0)                                                                    \
    X(USER_AGENT, "User-Agent", 0, 0)                                                              \
    X(SERVER, "Server", 0, 0)                                                                      \
    X(SUBJECT, "Subject", 's', 0)                                                                  \
    X(DATE, "Date", 0, 0)                                                                          \
    X(TIMESTAMP, "Timestamp", 0, 0)                                                                \
    X(ORGANIZATION, "Organization", 0, 0)                                                          \
    X(PRIORITY, "Priority", 0, 0)                                                                  \
    X(IN_REPLY_TO, "In-Reply-To", 0, 0)                                                            \
    X(ALERT_INFO, "Alert-Info", 0, 0)                                                              \
    X(CALL_INFO, "Call-Info", 0, 0)                                                                \
    X(ERROR_INFO, "Error-Info", 0, 0)                                                              \
    X(INFO_PACKAGE, "Info-Package", 0, 0)                                                          \
    X(RECV_INFO, "Recv-Info", 0, 0)                                                                \
    X(SIP_ETAG, "SIP-ETag", 0, 0)                                                                  \
    X(SIP_IF_MATCH, "SIP-If-Match", 0, 0)

enum zv_sip_header {
    ZV_SIP_HEADER_OTHER, /* a name that is not in the list */
#define X(id, name, compact, single) ZV_SIP_HEADER_##id,
    ZV_SIP_HEADER_LIST(X)
#undef X
        ZV_SIP_HEADER_COUNT,
};

#define ZV_SIP_METHOD_LIST(X)                                                                      \
    X(INVITE)                                                                                      \
    X(ACK)                                                                                         \
    X(BYE)                                                                                         \
    X(CANCEL)                                                                                      \
    X(REGISTER)                                                                                    \
    X(OPTIONS)                                                                                     \
    X(PRACK)                                                                                       \
    X(UPDATE)                                                                                      \
    X(INFO)                                                                                        \
    X(REFER)                                                                                       \
    X(NOTIFY)                                                                                      \
    X(SUBSCRIBE)                                                                                   \
    X(MESSAGE)                                                                                     \
    X(PUBLISH)

enum zv_sip_method {
    ZV_SIP_METHOD_OTHER, /* an extension method: its name is kept beside */
#define X(name) ZV_SIP_METHOD_##name,
    ZV_SIP_METHOD_LIST(X)
#undef X
};

/* "Call-ID"; "" for OTHER. Static storage. */
const char *zv_sip_header_name(enum zv_sip_header id);
/* By full name or compact form, whatever its case; OTHER when unknown. */
enum zv_sip_header zv_sip_header_find(struct zv_str name);
/* May stand once only (RFC 3261 §7.3.1, table 2 and later RFCs). */
bool zv_sip_header_is_single(enum zv_sip_header id);
/* "INVITE"; "" for OTHER. Static storage. */
const char *zv_sip_method_name(enum zv_sip_method method);
/* Methods are case-sensitive (RFC 3261 §7.1): "invite" is OTHER. */
enum zv_sip_method zv_sip_method_find(struct zv_str name);

/* §25.1 token, not empty. */
bool zv_sip_is_token(struct zv_str text);
/* §25.1 word, not empty: what a Call-ID consists of on each side of its '@'. */
bool zv_sip_is_word(struct zv_str text);
/* §25.1 callid: word [ "@" word ]. */
bool zv_sip_is_call_id(struct zv_str text);
/* No control character (C0, DEL), UTF-8 throughout: fit to stand in a header's value. */
bool zv_sip_is_text(struct zv_str text);

/* Without blanks, tabs and folds at both ends. */
struct zv_str zv_sip_trim(struct zv_str text);
/* Copies with each fold and the blanks around it as one space. */
void zv_sip_unfold(struct zv_str value, struct zv_buf *buf);
/*
 * Takes the next element up to `sep` (',' or ';') off `*rest`, not looking inside quoted strings
 * and < >; trimmed. False when used up. Start with *rest = the value; afterwards rest->p is NULL.
 */
bool zv_sip_split(struct zv_str *rest, char sep, struct zv_str *ret_element);
/*
 * A parameter of a ";name=value;name" list, by name whatever its case; the first if there are
 * several. *ret_value (may be NULL) is trimmed, without quotes (escapes stay), empty for one
 * without value. `params` stands without its first ';'.
 */
bool zv_sip_param_find(struct zv_str params, const char *name, struct zv_str *ret_value);
/* Each element is a token with nothing, a token, a host or a quoted string as its value; no name
 * stands twice. An empty list is fine. */
bool zv_sip_is_params(struct zv_str params);
/* The whole text is one quoted string: 0 and what stands between the quotes (escapes stay). */
int zv_sip_unquote(struct zv_str text, struct zv_str *ret_inner) ZV_MUST_CHECK;

#endif
