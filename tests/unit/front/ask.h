/* Asks Qdrant's routes without a front around them: what an operation a request becomes, or what is
 * said instead, as one line of text. Also the stand-ins for what the front is linked with. */
#ifndef VG_TESTS_UNIT_FRONT_ASK_H
#define VG_TESTS_UNIT_FRONT_ASK_H

#include "vecgate/json.h"

#include "front/front.h"

struct asked {
    const char *says;
    const char *method;
    const char *target; /* "/collections/c/points?wait=true" */
    const char *body;   /* NULL: none */
    const char *want;   /* "scroll from=- limit=10 …", or "400 Wrong input: …" */
};

/* Fails the test, naming the row, when the answer is another one. */
void ask_check(const struct asked *rows, size_t count);
/* The line; valid until the next call. */
const char *ask_line(const char *method, const char *target, const char *body);

/* The row of a method and a path, and its parameters, decoded. NULL: none. */
const vg_front_row *ask_row(vg_arena *arena, vg_slice method, vg_slice path, vg_slice *params);
/* A copy with VG_JSON_PAD readable bytes behind it. */
vg_slice ask_padded(vg_arena *arena, vg_slice text);

#endif
