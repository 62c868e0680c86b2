/* What the files of the native front share. */
#ifndef FRONT_NATIVE_NATIVE_H
#define FRONT_NATIVE_NATIVE_H

#include "front/front.h"
#include "vecgate/json.h"

/* ---- fields.c: an object whose fields are all known ---- */
typedef struct field {
    const char *name;
    const vg_json **at; /* gets the value; NULL when absent or null */
    bool need;
} field;

/* Fills the fields' places. False: not an object, an unknown name (with the nearest), one that comes twice,
 * or one missing that is needed. */
bool read_fields(vg_arena *arena, const vg_json *object, const field *fields, size_t count,
                 vg_status *status);
#define READ_FIELDS(arena, object, fields, status)                                                 \
    read_fields((arena), (object), (fields), sizeof(fields) / sizeof((fields)[0]), (status))

/* Absent leaves `out` alone. */
bool read_bool(vg_arena *arena, const vg_json *v, bool *out, vg_status *status);
/* From `least` to `most`. */
bool read_count(vg_arena *arena, const vg_json *v, uint32_t least, uint32_t most, uint32_t *out,
                vg_status *status);
/* A number is a u64, a text a UUID if it reads as one, else a text id of 1..512 bytes. */
bool read_id(vg_arena *arena, const vg_json *v, vg_point_id *out, vg_status *status);
/* The query: only `timeout` (seconds), and what `extra` names. */
bool read_query(const vg_front_in *in, vg_op *op, vg_status *status);

/* ---- read.c, write.c: what the routes are made of ---- */
vg_front_read_fn read_create, read_none, read_upsert, read_search, read_get, read_one, read_delete,
    read_scroll, read_counting;
vg_front_write_fn write_created, write_names, write_info, write_dropped, write_written,
    write_searched, write_points, write_point, write_page, write_count, write_backends,
    write_health;
vg_front_tell_fn tell_capabilities, tell_openapi;
void write_problem(vg_arena *arena, const vg_status *status, vg_front_out *out);

#endif
