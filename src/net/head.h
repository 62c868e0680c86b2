/* The memory of one request's head: its text, and the table of headers that points into it. Text
 * may move while it grows; what the head itself knows (target, headers) moves with it. */
#ifndef NET_HEAD_H
#define NET_HEAD_H

#include "vecgate/exchange.h"

typedef struct vg_head {
    char *text;
    size_t len;
    size_t room;
    vg_header *headers;
    uint32_t count;
    uint32_t header_room;
    vg_slice target;
} vg_head;

/* Small, and not counted: bounded by the number of connections. NULL when memory is gone. */
vg_head *vg_head_new(void);
void vg_head_free(vg_head *head);
/* Empty again; what it grew by is given back. */
void vg_head_clear(vg_head *head);

/* What these add is counted under the process-wide cap; false when that or memory is gone. */
bool vg_head_reserve(vg_head *head, size_t n);
/* Adds bytes to `part`, the newest thing in the text: target, or a header's name or value. */
bool vg_head_extend(vg_head *head, vg_slice *part, vg_slice bytes);
/* A new empty header at the end of the table; NULL when there is no memory. */
vg_header *vg_head_add(vg_head *head);

#endif
