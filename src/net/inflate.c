/* zlib behind a buffer of its own. A gzip member may follow another (RFC 1952 2.2); anything behind
 * a deflate stream is refused. */
#include "net/inflate.h"

#include <stdlib.h>
#include <zlib.h>

#include "vecgate/arena.h"

/* zlib's state and window, for the process-wide cap (zconf.h: 7 KiB and 32 KiB). */
enum { STATE_BYTES = 40 * 1024, GZIP_BITS = 15 + 16, DEFLATE_BITS = 15 };

struct vg_inflate {
    z_stream z;
    vg_coding coding;
    bool ended; /* at the end of a member */
    char piece[VG_INFLATE_PIECE];
};

static const size_t counted = sizeof(struct vg_inflate) + STATE_BYTES;

vg_inflate *vg_inflate_new(vg_coding coding)
{
    vg_inflate *self;

    if (!vg_arena_total_take(counted))
        return NULL;
    self = calloc(1, sizeof(*self));
    if (self == NULL ||
        inflateInit2(&self->z, coding == VG_CODING_GZIP ? GZIP_BITS : DEFLATE_BITS) != Z_OK) {
        free(self);
        vg_arena_total_give(counted);
        return NULL;
    }
    self->coding = coding;
    return self;
}

void vg_inflate_free(vg_inflate *self)
{
    if (self == NULL)
        return;
    inflateEnd(&self->z);
    free(self);
    vg_arena_total_give(counted);
}

void vg_inflate_give(vg_inflate *self, vg_slice piece)
{
    memcpy(self->piece, piece.at, piece.len);
    self->z.next_in = (Bytef *)self->piece;
    self->z.avail_in = (uInt)piece.len;
}

/* Input is left behind the end of a member: the next one begins, or it is rubbish. */
static bool begin_member(vg_inflate *self)
{
    self->ended = false;
    return self->coding == VG_CODING_GZIP && inflateReset(&self->z) == Z_OK;
}

vg_inflated vg_inflate_run(vg_inflate *self, char *out, size_t room, size_t *made)
{
    size_t left = room < UINT32_MAX ? room : UINT32_MAX;
    int code;

    self->z.next_out = (Bytef *)out;
    self->z.avail_out = (uInt)left;
    for (;;) {
        *made = left - self->z.avail_out;
        if (self->ended && self->z.avail_in == 0)
            return VG_INFLATE_HUNGRY;
        if (self->ended && !begin_member(self))
            return VG_INFLATE_BAD;
        code = inflate(&self->z, Z_NO_FLUSH);
        *made = left - self->z.avail_out;
        if (code == Z_STREAM_END)
            self->ended = true;
        else if (code == Z_BUF_ERROR || (code == Z_OK && self->z.avail_out == 0))
            return self->z.avail_out == 0 ? VG_INFLATE_FULL : VG_INFLATE_HUNGRY;
        else if (code != Z_OK)
            return VG_INFLATE_BAD;
    }
}

bool vg_inflate_is_whole(const vg_inflate *self)
{
    return self->ended && self->z.avail_in == 0;
}
