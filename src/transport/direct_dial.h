/* From addresses to one connected socket: the first address is tried, the next when that one fails
 * or has said nothing for a quarter of a second, beside it (RFC 8305 5). The first to answer is
 * taken, the others are closed. How long all of it may take is the owner's.
 *
 * Inside src/transport only; loop's thread only. */
#ifndef TRANSPORT_DIRECT_DIAL_H
#define TRANSPORT_DIRECT_DIAL_H

#include <uv.h>

#include "transport/direct_names.h"

enum { VG_DIRECT_NEXT_MS = 250 };

typedef struct vg_direct_dial vg_direct_dial;

/* A socket lives until libuv has closed it, whoever else is gone by then: what a write needs is
 * here for that reason. */
typedef struct vg_direct_socket {
    uv_tcp_t tcp; /* first; its `data` is its owner's, NULL once it is closed */
    uv_connect_t connect;
    uv_write_t write;
    vg_list link;         /* the dial's */
    vg_direct_dial *dial; /* NULL: it has its owner */
    void *attached;       /* freed with it, by `free_attached` */
    void (*free_attached)(void *attached);
} vg_direct_socket;

struct vg_direct_dial {
    vg_loop *loop;
    uv_loop_t *uv;
    vg_timer next; /* address */
    vg_list attempts;
    vg_direct_addresses addresses;
    uint32_t at; /* the next one */
    int error;   /* of the last that failed */
    /* From the loop, once: a socket, which is the callee's from then on, or NULL and a libuv error.
     */
    void (*dialed)(vg_direct_dial *dial, vg_direct_socket *socket, int error);
};

/* `dial` and what it points to live until `dialed` or drop. Fills all but loop, uv and dialed. */
void vg_direct_dial_start(vg_direct_dial *dial, const vg_direct_addresses *addresses);
/* No call comes any more. Also after it has come, or before the start of a cleared one. */
void vg_direct_dial_drop(vg_direct_dial *dial);

void vg_direct_socket_close(vg_direct_socket *socket);

#endif
