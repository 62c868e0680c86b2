/* Growing bodies. A large block is moved by the allocator without copying (mremap). */
#include "net/body.h"

#include <stdlib.h>

static char *take_first(vg_body_stock *stock)
{
    char *at;

    if (stock->count > 0)
        return stock->blocks[--stock->count];
    if (!vg_arena_total_take(VG_BODY_FIRST + VG_JSON_PAD))
        return NULL;
    at = malloc(VG_BODY_FIRST + VG_JSON_PAD);
    if (at == NULL)
        vg_arena_total_give(VG_BODY_FIRST + VG_JSON_PAD);
    return at;
}

/* Doubling, so that a body costs at most twice its bytes, unless more of them are here; never
 * beyond `most`, unless that is less than the block that every body begins with. */
static size_t next_room(const vg_body *body, size_t most, size_t here)
{
    size_t room = body->room == 0 ? VG_BODY_FIRST : body->room * 2;
    size_t wanted = body->len + here + 1; /* when they are in, there is room */

    if (wanted > most)
        wanted = most;
    if (room < wanted)
        room = wanted;
    return room > most && most > VG_BODY_FIRST ? most : room;
}

/* Counted before it is taken: two bodies at once must not both get the last bytes of the cap. */
bool vg_body_grow(vg_body *body, size_t most, size_t here, vg_body_stock *stock)
{
    size_t room = next_room(body, most, here), more;
    char *at;

    if (body->len < body->room)
        return true;
    if (body->room == 0 && room == VG_BODY_FIRST) {
        body->at = take_first(stock);
        body->room = body->at == NULL ? 0 : VG_BODY_FIRST;
        return body->at != NULL;
    }
    more = room - body->room + (body->room == 0 ? VG_JSON_PAD : 0);
    if (!vg_arena_total_take(more))
        return false;
    at = realloc(body->at, room + VG_JSON_PAD);
    if (at == NULL) {
        vg_arena_total_give(more);
        return false;
    }
    body->at = at;
    body->room = room;
    return true;
}

vg_slice vg_body_end(vg_body *body)
{
    if (body->at == NULL)
        return VG_LIT("");
    memset(body->at + body->len, 0, VG_JSON_PAD); /* readers look there, in words and lines */
    return vg_slice_of(body->at, body->len);
}

void vg_body_move(vg_body *body, vg_buf *to)
{
    vg_buf_init(to, 0);
    if (body->at == NULL)
        return;
    to->at = body->at;
    to->len = body->len;
    to->room = body->room + VG_JSON_PAD;
    *body = (vg_body){0};
}

static void release(char *at, size_t room)
{
    free(at);
    vg_arena_total_give(room + VG_JSON_PAD);
}

void vg_body_fini(vg_body *body, vg_body_stock *stock)
{
    if (body->at != NULL) {
        if (body->room == VG_BODY_FIRST && stock->count < sizeof(stock->blocks) / sizeof(char *))
            stock->blocks[stock->count++] = body->at;
        else
            release(body->at, body->room);
    }
    *body = (vg_body){0};
}

void vg_body_stock_fini(vg_body_stock *stock)
{
    while (stock->count > 0)
        release(stock->blocks[--stock->count], VG_BODY_FIRST);
}
