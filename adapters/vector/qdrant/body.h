/* The body and the path of a request while they are made. Inside this adapter only. */
#ifndef ADAPTERS_VECTOR_QDRANT_BODY_H
#define ADAPTERS_VECTOR_QDRANT_BODY_H

#include "adapters/vector/qdrant/qdrant.h"
#include "base/buf.h"

struct body {
    vg_buf buf;
    vg_json_out out; /* onto buf; inside of one open object */
};

/* NULL: the try has failed. `expected` is a guess that saves growing. */
struct body *vg_qdrant_open_body(vg_try *t, size_t expected);
/* Closes the object and puts the body into the request, whose target is set. */
bool vg_qdrant_close_body(struct body *body, vg_try *t, vg_http_request *out);
/* A request without a body so far; false, and the try has failed, when there is no target. */
bool vg_qdrant_ask(vg_try *t, vg_http_request *out, const char *method, vg_slice target);
/* "/collections/<escaped name><suffix>"; empty when memory is gone. */
vg_slice vg_qdrant_path(vg_arena *arena, vg_slice name, vg_slice suffix);
/* "/collections/<its physical name><suffix>" of an op on a collection that was found. */
vg_slice vg_qdrant_points_path(const vg_op *op, vg_try *t, vg_slice suffix);
/* The same for a change, with `?wait=` and the client's wish behind it. */
vg_slice vg_qdrant_change_path(const vg_op *op, vg_try *t, const char *suffix, bool wait);
/* A name as one part of a path. */
vg_slice vg_qdrant_escape(vg_arena *arena, vg_slice name);
/* Fails the try; answers false. */
bool vg_qdrant_too_large(vg_try *t);

/* --- parts of bodies; false: the try has failed --- */

bool vg_qdrant_put_id(struct body *body, const vg_point_id *id, vg_try *t);
bool vg_qdrant_put_ids(struct body *body, vg_slice key, const vg_point_id *ids, uint32_t count,
                       vg_try *t);
/* As `filter`; nothing when there is none. */
bool vg_qdrant_put_filter(struct body *body, const vg_filter *filter, vg_try *t);
/* As an element of a list. */
bool vg_qdrant_put_inner_filter(struct body *body, const vg_filter *filter, vg_try *t);
void vg_qdrant_put_texts(struct body *body, const vg_slice *at, uint32_t count);
void vg_qdrant_put_text(struct body *body, vg_slice key, vg_slice text);
void vg_qdrant_put_u64(struct body *body, vg_slice key, uint64_t value);
void vg_qdrant_put_bool(struct body *body, vg_slice key, bool value);
void vg_qdrant_put_raw(struct body *body, vg_slice key, vg_slice json);
/* `with_payload` and `with_vector`. */
void vg_qdrant_put_payload_selector(struct body *body, const vg_payload_selector *want);
void vg_qdrant_put_vector_selector(struct body *body, const vg_vector_selector *want);
/* `order_by`. */
void vg_qdrant_put_order(struct body *body, const vg_order_by *order);
/* The members of a raw object, without its braces. */
vg_slice vg_qdrant_members_of(vg_slice object);

#endif
