/*
 * What a client says about its SIP account and whom to call, judged before anything of it can reach
 * SIP: each field against its own grammar, with the place of the first offence and a value to try
 * instead. Pure text in, text out.
 */
#ifndef ZV_CALL_ACCOUNT_H
#define ZV_CALL_ACCOUNT_H

#include "base/attr.h"
#include "base/limits.h"
#include "base/str.h"
#include "call/cause.h"
#include "call/input.h"

#include <stdbool.h>
#include <stdint.h>

/* Escaping can triple a text. */
#define ZV_ACCOUNT_USER_CAP   (3 * ZV_MAX_SIP_USER_BYTES + 1)
#define ZV_ACCOUNT_CALLEE_CAP (3 * ZV_MAX_CALLEE_BYTES + 1)

/* Validated fields, NUL-terminated. */
struct zv_account {
    char login[ZV_MAX_SIP_USER_BYTES + 1];          /* as the client wrote it */
    char user[ZV_ACCOUNT_USER_CAP];                 /* for SIP: `;` `?` `/` and others %-escaped */
    char auth_name[ZV_MAX_SIP_AUTH_NAME_BYTES + 1]; /* the login when none was given */
    char password[ZV_MAX_SIP_PASSWORD_BYTES + 1];   /* a secret: wiped with the session */
    char display[ZV_MAX_VISIBLE_NAME_BYTES + 1];    /* may be empty */
    char contact_params[ZV_MAX_VISIBLE_NAME_BYTES + 1]; /* of REGISTER; may be empty */
    char domain[ZV_MAX_SIP_HOST_BYTES + 3];             /* IPv6 in brackets */
    char proxy_host[ZV_MAX_SIP_HOST_BYTES + 3];         /* the domain when none was given */
    uint32_t expires_s;                                 /* of the registration; 0: as configured */
    uint16_t proxy_port;                                /* 0: to be resolved */
};

/* Why a field was refused. */
struct zv_account_fault {
    enum zv_cause cause;
    const char *field; /* of the message: "sipLogin"; static */
    char text[400];    /* a sentence: field, character, position */
    char remedy[400];  /* may be empty */
};

/* No SIP fields at all: a session without an account. */
bool zv_account_is_absent(const struct zv_in_connect *in);
/* False: *ret_fault says why, *ret_account is undefined. The password is never quoted. */
bool zv_account_read(const struct zv_in_connect *in, bool allow_space_in_auth_name,
                     struct zv_account *ret_account,
                     struct zv_account_fault *ret_fault) ZV_MUST_CHECK;
/*
 * Whom to call: a user part, or a SIP URI of the account's own domain without parameters. Blanks,
 * brackets, dots and dashes of a written telephone number are left out. `ret_user` is %-escaped.
 */
bool zv_account_read_callee(struct zv_str callee, struct zv_str domain,
                            char ret_user[ZV_ACCOUNT_CALLEE_CAP],
                            struct zv_account_fault *ret_fault) ZV_MUST_CHECK;
/* contact_params.c: sipContactParams into contact_params and expires_s; of zv_account_read. */
bool zv_account_read_contact_params(struct zv_str params, struct zv_account *account,
                                    struct zv_account_fault *fault) ZV_MUST_CHECK;
/* Any text as a name to show: controls become blanks, "null" and malformed UTF-8 nothing, what is
 * too long is cut at a character. `cap` counts the NUL. */
void zv_account_clean_name(struct zv_str name, char *dst, size_t cap);
/* X-… headers with a value on one line. */
bool zv_account_is_header_allowed(const struct zv_call_header *header);

#endif
