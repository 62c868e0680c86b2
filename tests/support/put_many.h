/* Long bodies of one thing again and again. */
#ifndef VG_TESTS_SUPPORT_PUT_MANY_H
#define VG_TESTS_SUPPORT_PUT_MANY_H

#include "base/buf.h"

/* `before`, then `count` times `one` with commas between, then `after`. */
static inline void put_many(vg_buf *to, const char *before, const char *one, uint32_t count,
                            const char *after)
{
    vg_buf_printf(to, "%s", before);
    for (uint32_t i = 0; i < count; i++)
        vg_buf_printf(to, "%s%s", i > 0 ? "," : "", one);
    vg_buf_printf(to, "%s", after);
}

#endif
