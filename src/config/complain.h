/* What is wrong with a configuration: collected, one line each, so that all of it is told at once.
 */
#ifndef CONFIG_COMPLAIN_H
#define CONFIG_COMPLAIN_H

#include "vecgate/arena.h"

#include "base/buf.h"

typedef struct vg_complaints {
    vg_arena *arena;
    vg_buf *to;
    uint32_t count;
} vg_complaints;

/* "<place>: <sentence>". Control bytes become blanks: what is quoted cannot write to a terminal. */
void vg_complain(vg_complaints *complaints, vg_slice place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* `"text"`, cut at 60 bytes, for sentences. Never of a secret. */
vg_slice vg_complain_quote(vg_arena *arena, vg_slice text);

#endif
