/*
 * Intrusive doubly linked list. The element embeds a zv_list_node; a node is in at most one list at
 * a time.
 */
#ifndef ZV_BASE_LIST_H
#define ZV_BASE_LIST_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>

struct zv_list_node {
    struct zv_list_node *prev;
    struct zv_list_node *next;
};

/* The head is a node whose neighbours are the last and the first element. */
struct zv_list {
    struct zv_list_node head;
};

static inline void zv_list_init(struct zv_list *list)
{
    list->head.prev = list->head.next = &list->head;
}

static inline bool zv_list_is_empty(const struct zv_list *list)
{
    return list->head.next == &list->head;
}

static inline void zv_list_append(struct zv_list *list, struct zv_list_node *node)
{
    node->prev = list->head.prev;
    node->next = &list->head;
    list->head.prev->next = node;
    list->head.prev = node;
}

/* A node that is in no list may be removed again: nothing happens. */
static inline void zv_list_remove(struct zv_list_node *node)
{
    if (!node->next)
        return;
    node->prev->next = node->next;
    node->next->prev = node->prev;
    node->prev = node->next = NULL;
}

static inline bool zv_list_has(const struct zv_list_node *node)
{
    return node->next != NULL;
}

static inline struct zv_list_node *zv_list_first(const struct zv_list *list)
{
    return zv_list_is_empty(list) ? NULL : list->head.next;
}

/* Removes and returns the first node, or NULL. */
static inline struct zv_list_node *zv_list_pop(struct zv_list *list)
{
    struct zv_list_node *node = zv_list_first(list);
    if (node)
        zv_list_remove(node);
    return node;
}

/* Walks the nodes; the current one may be removed inside. */
#define ZV_LIST_EACH(node, list)                                                                   \
    for (struct zv_list_node *node = (list)->head.next, *node##_next = node->next;                 \
         node != &(list)->head; node = node##_next, node##_next = node->next)

#endif
