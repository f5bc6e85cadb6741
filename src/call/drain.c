#include "call/drain.h"

#include "call/notify.h"
#include "call/switch_int.h"

static void tell_later(struct zv_switch *sw, struct zv_session *session)
{
    if (!zv_list_has(&session->telling_node))
        zv_list_append(&sw->telling, &session->telling_node);
}

void zv_drain_begin(struct zv_switch *sw, const struct zv_in_drain *in)
{
    if (sw->is_shutting_down)
        return;
    sw->is_draining = true;
    sw->drained_us = sw->now_us + in->left_us;
    ZV_LIST_EACH (node, &sw->sessions) {
        struct zv_session *session = ZV_CONTAINER_OF(node, struct zv_session, node);
        if (session->call_count)
            tell_later(sw, session);
        else
            zv_session_end(sw, session, ZV_CAUSE_DRAINING);
    }
}

void zv_drain_cancel(struct zv_switch *sw)
{
    if (!sw->is_draining || sw->is_shutting_down)
        return;
    sw->is_draining = false;
    ZV_LIST_EACH (node, &sw->sessions) {
        struct zv_session *session = ZV_CONTAINER_OF(node, struct zv_session, node);
        if (!session->is_ending)
            tell_later(sw, session);
    }
}

bool zv_drain_step(struct zv_switch *sw)
{
    struct zv_list_node *first = zv_list_first(&sw->telling);
    if (!first)
        return false;
    zv_list_remove(first);
    zv_notify_drain(sw, ZV_CONTAINER_OF(first, struct zv_session, telling_node), false);
    return true;
}

void zv_drain_call_gone(struct zv_switch *sw, zv_session_id id)
{
    struct zv_session *session = sw->is_draining ? zv_session_by_id(sw, id) : NULL;
    if (session && !session->call_count)
        zv_session_end(sw, session, ZV_CAUSE_DRAINING);
}
