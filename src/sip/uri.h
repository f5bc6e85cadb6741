/*
 * SIP URIs and the name-addr form in which From, To, Contact, Route and their like carry them
 * (RFC 3261 §19.1, §20.10, §25.1), as views into the caller's text: nothing is copied, nothing is
 * unescaped unless asked. Strict: what the grammar does not allow is ZV_E_PARSE. `tel:` (RFC 3966)
 * and any other scheme are recognised and kept opaque, so that a caller can answer 416 instead of
 * 400.
 */
#ifndef ZV_SIP_URI_H
#define ZV_SIP_URI_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"
#include "sip/flow.h"

#include <stdbool.h>
#include <stdint.h>

enum zv_sip_scheme {
    ZV_SIP_SCHEME_SIP,
    ZV_SIP_SCHEME_SIPS,
    ZV_SIP_SCHEME_TEL,   /* `user` is the number, `params` its parameters */
    ZV_SIP_SCHEME_OTHER, /* only `text` is set */
};

struct zv_sip_uri {
    enum zv_sip_scheme scheme;
    struct zv_str text;     /* the whole URI, without < > */
    struct zv_str user;     /* still escaped; empty when there is none */
    struct zv_str password; /* still escaped; empty when there is none */
    struct zv_str host;     /* an IPv6 address stands without its brackets */
    bool host_is_ipv6;
    uint16_t port;         /* 0: none was written */
    struct zv_str params;  /* after the first ';', without it: "transport=tcp;lr" */
    struct zv_str headers; /* after '?', without it */
};

/* The whole of `text` is one URI, else ZV_E_PARSE. */
int zv_sip_uri_parse(struct zv_str text, struct zv_sip_uri *ret_uri) ZV_MUST_CHECK;
/* A parameter by name, whatever its case: `transport`, `lr`, `maddr`, `user`. *ret_value (may be
 * NULL) is empty for one without value. */
bool zv_sip_uri_param(const struct zv_sip_uri *uri, const char *name, struct zv_str *ret_value);
/* Equal by RFC 3261 §19.1.4 (escapes decoded, order of parameters free, default port not assumed).
 */
bool zv_sip_uri_eq(const struct zv_sip_uri *a, const struct zv_sip_uri *b);
/* The port that is meant where none is written: 5060, for sips 5061 (RFC 3261 §19.1.2). */
uint16_t zv_sip_uri_port(const struct zv_sip_uri *uri);
/* What the scheme (sips: TLS) or the transport parameter asks for; ZV_SIP_ANY: nothing that we
 * know. */
enum zv_sip_transport zv_sip_uri_transport(const struct zv_sip_uri *uri);

struct zv_sip_hostport {
    struct zv_str host; /* an IPv6 address stands without its brackets */
    bool is_ipv6;
    uint16_t port; /* 0: none was written */
};
/* host [ ":" port ], blanks around the colon allowed (as sent-by in Via has them). ZV_E_PARSE. */
int zv_sip_hostport_parse(struct zv_str text, struct zv_sip_hostport *ret_hostport) ZV_MUST_CHECK;

/* Whole text is a hostname, an IPv4 address, or an IPv6 address in brackets (§25.1 host). */
bool zv_sip_is_host(struct zv_str text);
/* Whole text is a user part as the grammar has it, escapes included (§25.1 user). */
bool zv_sip_is_user(struct zv_str text);

/*
 * Writes raw text as a user part: all but unreserved and user-unreserved is %-escaped, and so are
 * ';' '?' '/', which the grammar would allow bare but many servers misread. ZV_E_INVAL (nothing is
 * written) when `raw` is empty, holds a control character or is not UTF-8. Too little room shows as
 * buf->overflow.
 */
int zv_sip_user_escape(struct zv_str raw, struct zv_buf *buf) ZV_MUST_CHECK;
/* The reverse. ZV_E_PARSE for a broken escape; ZV_E_INVAL where the text would hold a control
 * character or is not UTF-8: then the escaped form is all that may be shown. Nothing is written on
 * an error; too little room shows as buf->overflow. */
int zv_sip_user_unescape(struct zv_str user, struct zv_buf *buf) ZV_MUST_CHECK;

/* "Bob" <sip:bob@example.com>;tag=a6c85cf, or the same without brackets or name. */
struct zv_sip_name_addr {
    struct zv_str display; /* raw, without quotes, `\` escapes still in; empty when there is none */
    bool display_quoted;
    bool is_star; /* `Contact: *`; then nothing else is set */
    struct zv_sip_uri uri;
    struct zv_str params; /* of the header, after the first ';', without it */
};

/* The whole of `text` is one name-addr or addr-spec with parameters; "*" too. Else ZV_E_PARSE. */
int zv_sip_name_addr_parse(struct zv_str text, struct zv_sip_name_addr *ret_addr) ZV_MUST_CHECK;
/*
 * The next of a comma separated list. Start with *rest = the header's value. 0; ZV_E_NOTFOUND at
 * the end; ZV_E_PARSE for a malformed element, which is then taken off: the caller may go on.
 */
int zv_sip_name_addr_next(struct zv_str *rest, struct zv_sip_name_addr *ret_addr) ZV_MUST_CHECK;
/* A parameter of the header (`tag`, `expires`, `q`), see zv_sip_param_find. */
bool zv_sip_name_addr_param(const struct zv_sip_name_addr *addr, const char *name,
                            struct zv_str *ret_value);
/* The display name as text: `\` escapes resolved, folds become a space. ZV_E_INVAL (nothing is
 * written) when it holds a control character or is not UTF-8. */
int zv_sip_name_addr_display(const struct zv_sip_name_addr *addr, struct zv_buf *buf) ZV_MUST_CHECK;

#endif
