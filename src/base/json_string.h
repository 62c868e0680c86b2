/* The strings of a JSON text: where they end, and what they say. For json_read.c. */
#ifndef BASE_JSON_STRING_H
#define BASE_JSON_STRING_H

#include "vecgate/arena.h"

#include "base/text_scan.h"

/* Where a string begins and, once it is read, what it says. */
typedef struct vg_json_string {
    const char *at; /* behind the opening quote; then behind the closing one, or at the fault */
    const char
        *special; /* the first special byte from there on (text_scan.h), or `end` or behind */
    vg_text_window window; /* at or before `special`, as far as that is before `end` */
    const char *end;       /* of the document; VG_JSON_PAD bytes behind it must be readable */
    vg_slice *text;        /* gets it decoded: a view of the source, or made in the arena */
    const char *fault;     /* what is wrong */
    bool no_memory;        /* is that it? */
} vg_json_string;

/* False: there is a fault. */
bool vg_json_string_read(vg_arena *arena, vg_json_string *string);

#endif
