/* A slice is a view: pointer and length, never NUL-terminated by promise, never owning.
 * {NULL, 0} is a valid "nothing"; {"", 0} is an empty text that was given. */
#ifndef VECGATE_SLICE_H
#define VECGATE_SLICE_H

#include <string.h>

#include "vecgate/types.h"

struct vg_slice {
    const char *at;
    size_t len;
};

/* A slice of a string literal, in expressions; VG_LIT_INIT is for static tables. */
#define VG_LIT(text) ((vg_slice){(text), sizeof(text) - 1})
/* clang-format off */
#define VG_LIT_INIT(text) {(text), sizeof(text) - 1}
/* clang-format on */

/* printf("%d: " VG_FMT "\n", n, VG_ARG(name)): the slice must be shorter than INT_MAX. */
#define VG_FMT        "%.*s"
#define VG_ARG(slice) (int)(slice).len, (slice).at

static inline vg_slice vg_slice_of(const char *at, size_t len)
{
    return (vg_slice){at, len};
}

/* Of a NUL-terminated string; NULL becomes the empty slice. */
static inline vg_slice vg_slice_str(const char *text)
{
    return (vg_slice){text, text ? strlen(text) : 0};
}

static inline bool vg_slice_is(vg_slice a, vg_slice b)
{
    if (a.len != b.len || a.len == 0)
        return a.len == b.len;
    return a.at[0] == b.at[0] && memcmp(a.at, b.at, a.len) == 0; /* most differ there */
}

static inline bool vg_slice_is_str(vg_slice a, const char *text)
{
    return vg_slice_is(a, vg_slice_str(text));
}

/* ASCII letters alike in either case; other bytes as they are. */
bool vg_slice_is_nocase(vg_slice a, vg_slice b);
bool vg_slice_starts(vg_slice a, vg_slice prefix);
bool vg_slice_ends(vg_slice a, vg_slice suffix);
/* Bytes as memcmp orders them; a prefix sorts first. */
int vg_slice_cmp(vg_slice a, vg_slice b);
/* Position of the first `byte`, or a.len. */
size_t vg_slice_find(vg_slice a, char byte);
/* Without the first n bytes (n > len: empty, at the end). */
vg_slice vg_slice_skip(vg_slice a, size_t n);
/* Without leading and trailing blanks and tabs. */
vg_slice vg_slice_trim(vg_slice a);
/* Whole slice as a decimal number: no sign, no blanks, no overflow; false otherwise. */
bool vg_slice_u64(vg_slice a, uint64_t *out);

#endif
