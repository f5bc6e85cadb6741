/*
 * The tokens by which clients come back: random, of one session each, void with it. A return brings
 * a new one; that by which the client came stays good until the client has shown that the new one
 * reached it, since a socket may break again before that.
 */
#include "base/err.h"
#include "call/away.h"

static bool is_known(const struct zv_session_token *token)
{
    return token->text[0] != '\0';
}

static void drop(struct zv_switch *sw, struct zv_session_token *token)
{
    if (!is_known(token))
        return;
    zv_map_remove(&sw->tokens, &token->node);
    zv_wipe(token->text, sizeof(token->text));
}

static int issue(struct zv_switch *sw, struct zv_session *session, struct zv_session_token *token)
{
    drop(sw, token);
    zv_rand_token(&sw->cfg.rand, token->text, ZV_SESSION_TOKEN);
    token->session = session;
    int err = zv_map_insert(&sw->tokens, zv_str(token->text), &token->node);
    if (err)
        zv_wipe(token->text, sizeof(token->text));
    else
        session->token_now = (uint8_t)(token - session->tokens);
    return err;
}

int zv_token_issue(struct zv_switch *sw, struct zv_session *session)
{
    return issue(sw, session, &session->tokens[session->token_now]);
}

struct zv_session_token *zv_token_find(const struct zv_switch *sw, struct zv_str text)
{
    if (text.len != ZV_SESSION_TOKEN)
        return NULL;
    struct zv_map_node *node = zv_map_find(&sw->tokens, text);
    return node ? ZV_CONTAINER_OF(node, struct zv_session_token, node) : NULL;
}

int zv_token_rotate(struct zv_switch *sw, struct zv_session_token *used)
{
    struct zv_session *session = used->session;
    return issue(sw, session, &session->tokens[used == &session->tokens[0]]);
}

void zv_token_confirm(struct zv_switch *sw, struct zv_session *session)
{
    drop(sw, &session->tokens[!session->token_now]);
}

void zv_token_drop_all(struct zv_switch *sw, struct zv_session *session)
{
    drop(sw, &session->tokens[0]);
    drop(sw, &session->tokens[1]);
}
