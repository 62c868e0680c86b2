/* Growing bytes: doubled by realloc, bounded by the buffer's own cap and the process's. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vecgate/arena.h"

enum { FIRST_ROOM = 256, LARGE_BYTES = 1024 * 1024 };

void vg_buf_init(vg_buf *buf, size_t cap_bytes)
{
    *buf = (vg_buf){.cap_bytes = cap_bytes};
}

void vg_buf_fini(vg_buf *buf)
{
    free(buf->at);
    vg_arena_total_give(buf->room);
    vg_buf_init(buf, buf->cap_bytes);
}

static bool resize(vg_buf *buf, size_t room)
{
    size_t more = room - buf->room;
    char *at;

    if (!vg_arena_total_take(more))
        return false;
    at = realloc(buf->at, room);
    if (at == NULL) {
        vg_arena_total_give(more);
        return false;
    }
    buf->at = at;
    buf->room = room;
    return true;
}

/* Twice as much, or what is needed, but not beyond the cap. */
static bool grow(vg_buf *buf, size_t need)
{
    size_t cap = buf->cap_bytes != 0 ? buf->cap_bytes : SIZE_MAX / 2;
    size_t want = buf->room != 0 ? 2 * buf->room : FIRST_ROOM;

    if (need > cap)
        return false;
    if (want < need)
        want = need;
    return resize(buf, want < cap ? want : cap);
}

char *vg_buf_make_room(vg_buf *buf, size_t n)
{
    if (buf->spent)
        return NULL;
    if (n <= buf->room - buf->len && buf->at != NULL)
        return buf->at + buf->len;
    if (n > SIZE_MAX / 2 || !grow(buf, buf->len + n)) {
        buf->spent = true;
        return NULL;
    }
    return buf->at + buf->len;
}

void vg_buf_put_u64(vg_buf *buf, uint64_t value)
{
    char text[20];
    char *end = text + sizeof(text), *at = end;

    do
        *--at = (char)('0' + value % 10);
    while ((value /= 10) != 0);
    vg_buf_put(buf, vg_slice_of(at, (size_t)(end - at)));
}

void vg_buf_printf(vg_buf *buf, const char *format, ...)
{
    va_list args;
    char *to;
    int len;

    va_start(args, format);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    to = len > 0 ? vg_buf_reserve(buf, (size_t)len + 1) : NULL;
    if (to == NULL)
        return;
    va_start(args, format);
    vsnprintf(to, (size_t)len + 1, format, args);
    va_end(args);
    buf->len += (size_t)len;
}

void vg_buf_drop(vg_buf *buf, size_t n)
{
    if (n >= buf->len) {
        buf->len = 0;
        return;
    }
    buf->len -= n;
    memmove(buf->at, buf->at + n, buf->len);
}

/* The page that holds `from` was kept for its other half: it goes now. */
void vg_buf_release(vg_buf *buf, size_t from, size_t end)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t start = (uintptr_t)buf->at;
    uintptr_t first = (start + page - 1) / page * page;
    uintptr_t at = (start + from) / page * page;
    uintptr_t to = (start + end) / page * page;

    if (buf->room < LARGE_BYTES || from >= end)
        return;
    at = at > first ? at : first;
    if (at < to)
        madvise(buf->at + (at - start), to - at, MADV_DONTNEED);
}

void vg_buf_clear(vg_buf *buf)
{
    buf->len = 0;
    buf->spent = false;
}

char *vg_buf_detach(vg_buf *buf, size_t *len, size_t *room)
{
    char *at = buf->at;

    *len = buf->len;
    *room = buf->room;
    vg_buf_init(buf, buf->cap_bytes);
    return at;
}
