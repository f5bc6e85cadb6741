/* Sessions whose client is away, and clients that return. Only for the files of call/. */
#ifndef ZV_CALL_AWAY_H
#define ZV_CALL_AWAY_H

#include "base/alloc.h"
#include "call/switch_int.h"

/* ---- token.c ---- */

/* The session's first. ZV_E_NOMEM, ZV_E_LIMIT. */
int zv_token_issue(struct zv_switch *sw, struct zv_session *session) ZV_MUST_CHECK;
/* NULL: no session has it, or it is void. */
struct zv_session_token *zv_token_find(const struct zv_switch *sw, struct zv_str text);
/* The session gets a new one; `used` stays good beside it, any other is void. ZV_E_NOMEM. */
int zv_token_rotate(struct zv_switch *sw, struct zv_session_token *used) ZV_MUST_CHECK;
/* The client has the newest: the one before is void. */
void zv_token_confirm(struct zv_switch *sw, struct zv_session *session);
void zv_token_drop_all(struct zv_switch *sw, struct zv_session *session);

/* ---- away.c ---- */

/* The socket is gone and nobody said good-bye. */
void zv_session_lose_client(struct zv_switch *sw, struct zv_session *session, zv_conn_id conn);
/* An account whose client is away is called all the same. */
bool zv_session_takes_calls(const struct zv_session *session);
/* Somebody is there to be told, now or later. */
bool zv_session_has_listener(const struct zv_session *session);
/* Ends the session that is missed least; false: a client or a call needs each of them. */
bool zv_session_make_room(struct zv_switch *sw);

/* ---- returning.c ---- */

/* `connection` with a token. */
void zv_session_on_return(struct zv_switch *sw, const struct zv_in_connect *in);
/* Tells the next returned client of its next ringing call again; false: nothing is due. */
bool zv_session_returning_step(struct zv_switch *sw);

#endif
