/* What a body selects: point ids, filters, parts of a payload, vectors (FACTS 3, 6 and 7); and the
 * vectors that it gives (FACTS 4). Used by every reader of a body. Any thread. */
#ifndef FRONT_QDRANT_REST_READ_SELECT_H
#define FRONT_QDRANT_REST_READ_SELECT_H

#include "vecgate/op.h"

#include "front/member.h"

/* ---- read_select.c ---- */

/* An unsigned integer or a UUID; FORMAT otherwise. */
bool vg_read_select_id(vg_reader r, const vg_json *v, vg_point_id *out);
/* An array of ids, in the arena. */
bool vg_read_select_ids(vg_reader r, const vg_json *v, const vg_point_id **out, uint32_t *count);
/* `with_payload` and `with_vector` of `body`; what is not given stays as `out` has it. */
bool vg_read_select_payload(vg_reader r, const vg_json *body, vg_payload_selector *out);
bool vg_read_select_vectors(vg_reader r, const vg_json *body, vg_vector_selector *out);

/* `filter` of `body`; NULL when there is none. */
bool vg_read_select_filter(vg_reader r, const vg_json *body, const vg_filter **out);

/* ---- read_order.c ---- */

/* A key, or {"key", "direction", "start_from"}; no order when `v` is NULL. */
bool vg_read_order(vg_reader r, const vg_json *v, vg_order_by *out);

/* ---- read_vector.c ---- */

typedef enum vg_shape {
    VG_SHAPE_DENSE,     /* numbers, perhaps none */
    VG_SHAPE_MULTI,     /* rows */
    VG_SHAPE_SPARSE,    /* {"indices", "values"} */
    VG_SHAPE_INFERENCE, /* {"model", "text" | "image" | "object"} */
    VG_SHAPE_OBJECT,    /* another object */
    VG_SHAPE_OTHER,
} vg_shape;

/* By the first look: elements are not checked. */
vg_shape vg_read_vector_shape(const vg_json *v);
/* A dense vector or a multivector, as a view of the body; or a sparse one. Inference is refused by
 * name; what is no vector at all is FORMAT. */
bool vg_read_vector(vg_reader r, const vg_json *v, vg_vector *out);
/* A point's vectors: a dense one, a multivector, or a map of any by their names, which may be
 * empty. `one` is room for a single one. */
bool vg_read_vector_of_point(vg_reader r, const vg_json *v, vg_vector *one, vg_point *out);
/* Two members of that name: FORMAT. */
bool vg_read_vector_names(vg_reader r, const vg_json *map);

#endif
