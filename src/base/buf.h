/* Bytes that grow up to a cap. A buffer that is spent (cap or memory gone) swallows what is written
 * and says so when asked, so that a writer needs to check only once, at its end.
 * Its memory counts under the process-wide cap of vecgate/arena.h. One thread at a time. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "vecgate/slice.h"

struct vg_buf {
    char *at;
    size_t len;
    size_t room;      /* allocated */
    size_t cap_bytes; /* never more than this; 0: no cap but the process's */
    bool spent;
};

void vg_buf_init(vg_buf *buf, size_t cap_bytes);
void vg_buf_fini(vg_buf *buf);
/* What vg_buf_reserve() does when it has to grow or to refuse. */
char *vg_buf_make_room(vg_buf *buf, size_t n);
/* Room for n more bytes behind `len`: where to write them, or NULL (spent). */
static inline char *vg_buf_reserve(vg_buf *buf, size_t n)
{
    if (n < buf->room - buf->len && !buf->spent)
        return buf->at + buf->len;
    return vg_buf_make_room(buf, n);
}
static inline void vg_buf_put(vg_buf *buf, vg_slice bytes)
{
    char *to = bytes.len > 0 ? vg_buf_reserve(buf, bytes.len) : NULL;

    if (to == NULL)
        return;
    memcpy(to, bytes.at, bytes.len);
    buf->len += bytes.len;
}
static inline void vg_buf_put_byte(vg_buf *buf, char byte)
{
    char *to = vg_buf_reserve(buf, 1);

    if (to == NULL)
        return;
    *to = byte;
    buf->len++;
}
void vg_buf_put_u64(vg_buf *buf, uint64_t value); /* in decimal */
void vg_buf_printf(vg_buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Forgets the first n bytes. */
void vg_buf_drop(vg_buf *buf, size_t n);
/* The bytes before `end` are never read again, as was said of those before `from`: the system has
 * their pages back, so that freeing a large buffer at last costs little. They stay counted. No
 * effect on a small buffer. */
void vg_buf_release(vg_buf *buf, size_t from, size_t end);
/* Forgets all bytes, keeps the memory and clears `spent`. */
void vg_buf_clear(vg_buf *buf);
/* The bytes are the caller's now (free()); the buffer is as after init. Still counted: give them
 * back with vg_arena_total_give(*room). NULL when there are none. */
char *vg_buf_detach(vg_buf *buf, size_t *len, size_t *room);
static inline vg_slice vg_buf_bytes(const vg_buf *buf)
{
    return (vg_slice){buf->at, buf->len};
}
static inline bool vg_buf_is_spent(const vg_buf *buf)
{
    return buf->spent;
}

#endif
