/* A request's body while it comes in: one block that grows as bytes arrive, never by what the
 * client announces, so that a promise alone costs nothing. Counted under the process-wide cap;
 * VG_JSON_PAD readable bytes are behind it. */
#ifndef NET_BODY_H
#define NET_BODY_H

#include "vecgate/json.h"

#include "base/buf.h"

typedef struct vg_body {
    char *at;
    size_t len;
    size_t room; /* without the bytes behind */
} vg_body;

enum { VG_BODY_FIRST = 8192 }; /* the smallest block, and the only one that is kept for the next */

/* Blocks of the smallest size between two uses; one loop's. */
typedef struct vg_body_stock {
    char *blocks[64];
    uint32_t count;
} vg_body_stock;

/* At least one byte of room, doubling up to `most`; when there is none, at once for `here` bytes
 * that have arrived. False: the cap or memory is gone, try later. */
bool vg_body_grow(vg_body *body, size_t most, size_t here, vg_body_stock *stock);
/* The whole body, bytes behind it cleared. */
vg_slice vg_body_end(vg_body *body);
/* The block is `to`'s now, counted as before; the body is empty. */
void vg_body_move(vg_body *body, vg_buf *to);
void vg_body_fini(vg_body *body, vg_body_stock *stock);
void vg_body_stock_fini(vg_body_stock *stock);

#endif
