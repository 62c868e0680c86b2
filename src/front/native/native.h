/* What the files of the native front share. */
#ifndef FRONT_NATIVE_NATIVE_H
#define FRONT_NATIVE_NATIVE_H

#include "vecgate/json.h"

#include "front/front.h"

/* ---- fields.c: an object whose fields are all known ---- */
typedef struct field {
    const char *name;
    const vg_json **at; /* gets the value; NULL when absent or null */
    bool need;
} field;

typedef struct bounds {
    uint32_t least, most;
} bounds;

/* Fills the fields' places. False: not an object, an unknown name (with the nearest), one that
 * comes twice, or one missing that is needed. */
bool vg_native_read_fields(vg_arena *arena, const vg_json *object, const field *fields,
                           size_t count, vg_status *status);
#define READ_FIELDS(arena, object, fields, status)                                           \
    vg_native_read_fields((arena), (object), (fields), sizeof(fields) / sizeof((fields)[0]), \
                          (status))

/* Absent leaves `out` alone. */
bool vg_native_read_bool(vg_arena *arena, const vg_json *v, bool *out, vg_status *status);
bool vg_native_read_count(vg_arena *arena, const vg_json *v, bounds within, uint32_t *out,
                          vg_status *status);
bool vg_native_read_float(vg_arena *arena, const vg_json *v, float *out, vg_status *status);
/* The query: only `timeout`, in seconds. */
bool vg_native_read_query(const vg_front_in *in, vg_op *op, vg_status *status);
/* For rows without an op: is there no query? Else the answer is a problem. */
bool vg_native_is_bare(const vg_front_in *in, vg_arena *arena, vg_front_out *out);
/* Tells that the request's memory is used up; answers false. */
bool vg_native_no_memory(vg_status *status);

/* ---- ids.c ---- */
/* A number is a u64, a text a UUID if it reads as one, else a text id of 1..512 bytes. */
bool vg_native_read_id(vg_arena *arena, const vg_json *v, vg_point_id *out, vg_status *status);
/* The same for a segment of a path, where digits are a number. */
bool vg_native_read_path_id(vg_arena *arena, vg_slice text, vg_point_id *out, vg_status *status);
/* Where a list of ids goes. */
typedef struct id_list {
    const vg_point_id **at;
    uint32_t *count;
} id_list;
/* A list that is not empty. */
bool vg_native_read_ids(vg_arena *arena, const vg_json *list, const id_list *to, vg_status *status);
/* Is it an array with something in it? */
bool vg_native_is_filled_list(vg_arena *arena, const vg_json *list, vg_status *status);

/* ---- read_collection.c, read_points.c, write.c, backends.c: what the routes are made of ---- */
vg_front_read_fn vg_native_read_create, vg_native_read_none, vg_native_read_upsert,
    vg_native_read_search, vg_native_read_get, vg_native_read_one, vg_native_read_delete,
    vg_native_read_scroll, vg_native_read_counting;
vg_front_write_fn vg_native_write_created, vg_native_write_names, vg_native_write_info,
    vg_native_write_dropped, vg_native_write_written, vg_native_write_searched,
    vg_native_write_points, vg_native_write_point, vg_native_write_page, vg_native_write_count,
    vg_native_write_backends, vg_native_write_health;
vg_front_tell_fn vg_native_tell_capabilities, vg_native_tell_openapi;

/* ---- problem.c ---- */
void vg_native_write_problem(vg_arena *arena, const vg_status *status, vg_front_out *out);

#endif
