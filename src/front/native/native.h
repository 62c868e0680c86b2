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

/* Most of one object. */
enum { VG_NATIVE_FIELDS = 32 };

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
/* Exactly one of the two (NULL: not given); else INVALID at the first: give one of them. */
typedef struct either {
    const char *one, *other;
    const vg_json *at_one, *at_other;
} either;
bool vg_native_is_one(vg_arena *arena, const vg_json *object, either of, vg_status *status);
/* "this field is required" at the object's member of that name; answers false. */
bool vg_native_missing(vg_arena *arena, const vg_json *object, const char *name, vg_status *status);
/* The place of an object's member that is not there. */
vg_slice vg_native_place(vg_arena *arena, const vg_json *object, const char *name);
/* INVALID at v; answers false. */
bool vg_native_wrong(vg_arena *arena, const vg_json *v, const char *what, vg_status *status);
/* The query: `timeout`, in seconds, and what `read` knows; it tells of what it does not. */
typedef struct vg_native_parameter {
    vg_slice name, value;
} vg_native_parameter;
typedef struct vg_native_parameters {
    bool (*read)(void *arg, vg_op *op, const vg_native_parameter *of, vg_status *status);
    void *arg;
} vg_native_parameters;
bool vg_native_read_parameters(const vg_front_in *in, vg_op *op, const vg_native_parameters *known,
                               vg_status *status);
/* The query: only `timeout`. */
bool vg_native_read_query(const vg_front_in *in, vg_op *op, vg_status *status);
/* The same, and `explain`: true or false. NULL: it is not known here. */
bool vg_native_read_search_query(const vg_front_in *in, vg_op *op, bool *explains,
                                 vg_status *status);
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

/* ---- read_parts.c: what bodies are made of; absent values leave `to` alone ---- */
bool vg_native_read_vector(vg_arena *arena, const vg_json *v, vg_vector *out, vg_status *status);
/* Of a point: `vector` or `vectors`, a map of names to such; one of the two is needed. */
bool vg_native_read_vectors(vg_arena *arena, const vg_json *point, either of, vg_point *to,
                            vg_status *status);
/* An object, as its text. */
bool vg_native_read_payload(vg_arena *arena, const vg_json *v, vg_slice *out, vg_status *status);
bool vg_native_read_path(vg_arena *arena, const vg_json *v, vg_slice *out, vg_status *status);
/* Where a list of texts goes. */
typedef struct text_list {
    const vg_slice **at;
    uint32_t *count;
} text_list;
/* A list that is not empty, of texts or of payload paths. */
bool vg_native_read_names(vg_arena *arena, const vg_json *list, const text_list *to,
                          vg_status *status);
bool vg_native_read_paths(vg_arena *arena, const vg_json *list, const text_list *to,
                          vg_status *status);
bool vg_native_read_filter(vg_arena *arena, const vg_json *v, const vg_filter **out,
                           vg_status *status);
/* Which parts of points come back: `with_payload` (all, unless said otherwise), `with_vector`. */
bool vg_native_read_with_payload(vg_arena *arena, const vg_json *v, vg_payload_selector *out,
                                 vg_status *status);
bool vg_native_read_with_vector(vg_arena *arena, const vg_json *v, vg_vector_selector *out,
                                vg_status *status);

/* `order_by`. */
bool vg_native_read_order(vg_arena *arena, const vg_json *v, vg_order_by *to, vg_status *status);
/* A text; absent leaves `out` alone. */
bool vg_native_read_text(vg_arena *arena, const vg_json *v, vg_slice *out, vg_status *status);
/* One of `known`, which ends with NULL, by its place there; else INVALID that names them. */
bool vg_native_read_word(vg_arena *arena, const vg_json *v, const char *const *known, uint32_t *out,
                         vg_status *status);

/* ---- read_examples.c: what points are compared with ---- */
/* An id, or a vector. */
bool vg_native_read_example(vg_arena *arena, const vg_json *v, vg_example *out, vg_status *status);
/* {"positive", "negative", "strategy"}, {"target", "context"}, a list of pairs. */
bool vg_native_read_recommend(vg_arena *arena, const vg_json *v, vg_search *out, vg_status *status);
bool vg_native_read_discover(vg_arena *arena, const vg_json *v, vg_search *out, vg_status *status);
bool vg_native_read_pairs(vg_arena *arena, const vg_json *list, vg_search *out, vg_status *status);

/* ---- read_search.c ---- */
typedef struct searched {
    const vg_json *group_by, *group_size, *with_lookup; /* of groups alone */
} searched;
/* A search with its prefetches. With `groups`: it has their fields too, and no offset. */
bool vg_native_read_one_search(vg_arena *arena, const vg_json *v, searched *groups, vg_query *out,
                               vg_status *status);

/* ---- settings.c: how a vector is indexed and quantized ---- */
/* `index` and `quantization` of a vector; absent ones leave `to` alone. */
bool vg_native_read_settings(vg_arena *arena, const vg_json *index, const vg_json *quantization,
                             vg_vector_params *to, vg_status *status);
/* The same two members as they hold for a vector: what is said of it, else what is said of all in
 * `all`, an object with `hnsw_config` and `quantization_config`, or NULL. */
void vg_native_write_settings(vg_json_out *out, vg_arena *arena, const vg_json *all,
                              const vg_vector_params *vector);
/* A JSON text that was kept, in the arena; NULL when it is empty. */
const vg_json *vg_native_read_kept(vg_arena *arena, vg_slice text);

/* ---- write_collection.c ---- */
/* The op ended well, and there is no such thing: NOT_FOUND. */
void vg_native_write_absent(const vg_op *op, const char *where, vg_slice what, vg_front_out *out);

/* ---- write_point.c ---- */
typedef struct found {
    const vg_order_by *order; /* what the points were ordered by; NULL: by nothing */
    bool has_no_scores;       /* whatever their scores say */
} found;
/* The members of a point; named vectors as a map, unless the collection has the unnamed one only.
 */
void vg_native_write_members(vg_json_out *json, const vg_op *op, found how, const vg_point *point);
/* "points": […] */
void vg_native_write_list(vg_json_out *json, const vg_op *op, found how, const vg_points *points);
/* "explain": {…} of one search of an op, and of the whole request where it is alone; … */
void vg_native_write_explain(vg_json_out *json, const vg_op *op, uint32_t i, bool is_alone);
/* … or of the request that they came with. */
void vg_native_write_explain_all(vg_json_out *json, const vg_op *op);
/* A text, an integer or a boolean. */
void vg_native_write_value(vg_json_out *json, const vg_match_value *value);

/* ---- what the routes are made of ---- */
vg_front_read_fn vg_native_read_create, vg_native_read_none, vg_native_read_field,
    vg_native_read_undeclared, vg_native_read_aliases, vg_native_read_update, vg_native_read_batch,
    vg_native_read_search, vg_native_read_searches, vg_native_read_groups, vg_native_read_matrix,
    vg_native_read_get, vg_native_read_one, vg_native_read_scroll, vg_native_read_counting,
    vg_native_read_facet, vg_native_read_jobs, vg_native_read_job, vg_native_read_erase;
vg_front_write_fn vg_native_write_created, vg_native_write_names, vg_native_write_info,
    vg_native_write_dropped, vg_native_write_fields, vg_native_write_field, vg_native_write_aliases,
    vg_native_write_nothing, vg_native_write_written, vg_native_write_batch,
    vg_native_write_searched, vg_native_write_searches, vg_native_write_groups,
    vg_native_write_matrix, vg_native_write_points, vg_native_write_point, vg_native_write_page,
    vg_native_write_count, vg_native_write_facet, vg_native_write_backends, vg_native_write_health,
    vg_native_write_jobs, vg_native_write_job, vg_native_write_cancelled, vg_native_write_erasing;
vg_front_tell_fn vg_native_tell_capabilities, vg_native_tell_openapi;

/* ---- problem.c ---- */
void vg_native_write_problem(vg_arena *arena, const vg_status *status, vg_front_out *out);

#endif
