/* The strings of a JSON text: where they end, and what they say. For json_read.c. */
#ifndef BASE_JSON_STRING_H
#define BASE_JSON_STRING_H

#include "vecgate/arena.h"

typedef struct vg_json_string {
    vg_slice text;     /* decoded: a view of the source, or made in the arena when it has escapes */
    const char *end;   /* behind the closing quote */
    const char *fault; /* what is wrong, NULL: nothing */
    const char *at;    /* where */
    bool no_memory;
} vg_json_string;

/* Reads the string whose first byte behind the opening quote is `at`. VG_JSON_PAD bytes behind
 * `end` must be readable. */
vg_json_string vg_json_string_read(vg_arena *arena, const char *at, const char *end);

#endif
