/* Members of a body's objects, as Qdrant takes them (FACTS 1): an absent member and null are alike,
 * an unknown one is no fault, some have a second spelling. Used by Qdrant's API and by the readers
 * that both APIs share. A false answer has told its story in the reader's status, with the value's
 * path. Any thread. */
#ifndef FRONT_MEMBER_H
#define FRONT_MEMBER_H

#include "vecgate/json.h"

/* What every reader of a body is given. */
typedef struct vg_reader {
    vg_arena *arena;
    vg_status *status;
} vg_reader;

/* The member, or NULL when it is absent or null. `other`: a second spelling, or NULL. */
const vg_json *vg_member_get(const vg_json *object, const char *name, const char *other);
/* The same; FORMAT "missing field `name`" when there is none. */
const vg_json *vg_member_need(vg_reader r, const vg_json *object, const char *name,
                              const char *other);

/* A body that must be there and be an object. */
bool vg_member_body(vg_reader r, const vg_json *body);
bool vg_member_is_object(vg_reader r, const vg_json *v);
bool vg_member_is_array(vg_reader r, const vg_json *v);

/* A value that may be NULL: then `out` stays as it is. */
bool vg_member_bool(vg_reader r, const vg_json *v, bool *out);
/* `least` or more, else RANGE. What 32 bits cannot hold becomes the most they can: no collection
 * has as many points. */
bool vg_member_count(vg_reader r, const vg_json *v, uint32_t least, uint32_t *out);

/* Fields that are known and not built: the first that is there ends the reading. A table of these
 * ends with {NULL}. */
typedef struct vg_unbuilt {
    const char *name;
    const char *other; /* second spelling, or NULL */
    const char *what;  /* "filters are" */
} vg_unbuilt;
bool vg_member_refuse(vg_reader r, const vg_json *object, const vg_unbuilt *fields);

/* Is there not more than may be asked at once? Else UNSUPPORTED "`<path of v>`: 5000 searches are
 * more than the 4096 that one request may ask for". */
bool vg_member_bounded(vg_reader r, const vg_json *v, uint64_t count, uint32_t most,
                       const char *what);

/* UNSUPPORTED: "<path of v>: <what> not supported yet"; answers false. */
bool vg_member_unbuilt(vg_reader r, const vg_json *v, const char *what);
/* The next number of "[1, 2]", a text known to be a list of numbers, behind `*at`, which moves. */
vg_slice vg_member_next_number(const char **at);

/* A payload path; else FORMAT "Invalid json path: 'x'". */
bool vg_member_path(vg_reader r, const vg_json *v, vg_slice *out);

/* FORMAT or another code at `v`; answers false. */
bool vg_member_wrong(vg_reader r, const vg_json *v, vg_code code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
