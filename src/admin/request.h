/*
 * A request of the admin socket, from its line of text. Pure.
 */
#ifndef ZV_ADMIN_REQUEST_H
#define ZV_ADMIN_REQUEST_H

#include "admin/protocol.h"
#include "base/attr.h"
#include "base/str.h"

#include <stdbool.h>

/* Ids of calls as people give them; a SIP Call-ID is the longest. */
#define ZV_ADMIN_ID_CAP     257
#define ZV_ADMIN_LEVELS_CAP 129
#define ZV_ADMIN_ERROR_CAP  160

/* Texts are UTF-8 without control characters; "" and false where the request has none. */
struct zv_admin_request {
    enum zv_admin_verb verb;
    char id[ZV_ADMIN_ID_CAP];
    char levels[ZV_ADMIN_LEVELS_CAP];
    bool on;
    bool ended;
};

/*
 * `line` without its end. Fields that no verb knows are left out, so that a newer zvonokctl may say
 * more. ZV_E_PARSE, ZV_E_UNSUPPORTED (another version, an unknown verb), ZV_E_NOMEM; ret_error then
 * holds a sentence.
 */
int zv_admin_parse_request(struct zv_str line, struct zv_admin_request *ret_request,
                           char ret_error[ZV_ADMIN_ERROR_CAP]) ZV_MUST_CHECK;

/* "status". Static storage. */
const char *zv_admin_verb_name(enum zv_admin_verb verb);

#endif
