/* A doubly linked list through its members. A vg_list is a head or a link, the same struct; a head
 * is a ring of its own when empty. Nothing is allocated; a link is in one list at a time.
 *
 *     for (vg_list *at = head.next; at != &head; at = at->next)
 *         use(vg_container_of(at, thing, link));
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include "vecgate/types.h"

typedef struct vg_list vg_list;
struct vg_list {
    vg_list *next; /* of a head: the first */
    vg_list *prev; /* of a head: the last */
};

/* A head, or a link that is in no list: both point to themselves. */
static inline void vg_list_init(vg_list *list)
{
    list->next = list->prev = list;
}

/* Of a head: has it no links? Of a link: is it in no list? */
static inline bool vg_list_is_empty(const vg_list *list)
{
    return list->next == list;
}

static inline void vg_list_link(vg_list *prev, vg_list *link, vg_list *next)
{
    link->prev = prev;
    link->next = next;
    prev->next = link;
    next->prev = link;
}

/* At the end: first in, first out. */
static inline void vg_list_push(vg_list *head, vg_list *link)
{
    vg_list_link(head->prev, link, head);
}

/* At the front: with vg_list_shift() it makes a stack. */
static inline void vg_list_push_front(vg_list *head, vg_list *link)
{
    vg_list_link(head, link, head->next);
}

/* Takes a link out of whatever list it is in; it may be put into another, or removed again. */
static inline void vg_list_remove(vg_list *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    vg_list_init(link);
}

/* Takes the first out; NULL when there is none. */
static inline vg_list *vg_list_shift(vg_list *head)
{
    vg_list *first = head->next;

    if (first == head)
        return NULL;
    head->next = first->next; /* not by way of `first`: an analyser then sees that it is out */
    first->next->prev = head;
    vg_list_init(first);
    return first;
}

#endif
