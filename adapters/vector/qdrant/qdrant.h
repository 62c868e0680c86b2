/* What the files of this adapter share. adapter.c holds the table and the steps. Requests are
 * written by encode.c (reading points), encode_query.c (queries), encode_update.c (changing points)
 * and encode_collection.c, of the parts in body.c; filter.c writes filters. Replies are read by
 * decode.c (points), decode_query.c (queries), describe.c (collections, and Qdrant itself) and
 * schema.c (indexes); errors.c says what went wrong. Where collections share one of Qdrant's,
 * shared*.c stand between the client's op and these (shared.h); place.c says where that is. */
#ifndef ADAPTERS_VECTOR_QDRANT_H
#define ADAPTERS_VECTOR_QDRANT_H

#include "vecgate/json.h"
#include "vecgate/vector_backend.h"

enum {
    VG_QDRANT_REQUEST_BYTES = 32 * 1024 * 1024, /* service.max_request_size_mb as Qdrant ships */
    VG_QDRANT_FRAME_BYTES = 64 * 1024,          /* of it: around what an op is weighed as */
};

/* What Qdrant is told of the deadline: reads end then, collections are made and changed until then,
 * and a write (as of 1.17; older ones do not look at it) waits no longer to be applied. */
#define VG_QDRANT_TIMEOUT "timeout"

/* Fills the request from op->in. False: the try has failed and says why. */
typedef bool vg_qdrant_encode_fn(const vg_op *op, vg_try *t, vg_http_request *out);
vg_qdrant_encode_fn vg_qdrant_encode_create, vg_qdrant_encode_drop, vg_qdrant_encode_describe,
    vg_qdrant_encode_list, vg_qdrant_encode_update_collection, vg_qdrant_encode_create_index,
    vg_qdrant_encode_drop_index, vg_qdrant_encode_change, vg_qdrant_encode_batch,
    vg_qdrant_encode_get, vg_qdrant_encode_search, vg_qdrant_encode_query, vg_qdrant_encode_groups,
    vg_qdrant_encode_matrix, vg_qdrant_encode_scroll, vg_qdrant_encode_sample,
    vg_qdrant_encode_count, vg_qdrant_encode_facet;
/* The i-th of the indexes that a collection is created with. */
bool vg_qdrant_encode_first_index(const vg_op *op, vg_try *t, uint32_t i, vg_http_request *out);

/* Fills t->result from a reply: VG_DONE, or VG_FAIL. */
typedef vg_next vg_qdrant_decode_fn(const vg_op *op, vg_try *t, const vg_http_reply *reply);
vg_qdrant_decode_fn vg_qdrant_decode_did, vg_qdrant_decode_drop, vg_qdrant_decode_describe,
    vg_qdrant_decode_list, vg_qdrant_decode_derived, vg_qdrant_decode_written,
    vg_qdrant_decode_batch, vg_qdrant_decode_get, vg_qdrant_decode_search, vg_qdrant_decode_query,
    vg_qdrant_decode_groups, vg_qdrant_decode_matrix, vg_qdrant_decode_scroll,
    vg_qdrant_decode_count, vg_qdrant_decode_facet, vg_qdrant_decode_version;

/* The whole reply as JSON in the scratch, or `result` of its envelope. NULL: the try has failed,
 * also when the reply tells of a failure. */
const vg_json *vg_qdrant_read_document(const vg_op *op, vg_try *t, const vg_http_reply *reply);
const vg_json *vg_qdrant_read_result(const vg_op *op, vg_try *t, const vg_http_reply *reply);

/* Which parts of points were asked for. What was found without a score is told one by Qdrant all
 * the same, which then means nothing. */
struct wanted {
    bool payload;
    bool vectors;
    bool score;
};
/* False: the try has failed. A `list` that is NULL is none. Where the collection shares an object
 * (shared.h), t->state is its share, and points have their own ids and payloads. */
bool vg_qdrant_read_points(vg_try *t, const vg_json *list, struct wanted wanted, vg_points *out);
/* A point's id; a text, a number or a boolean of a payload. False: it is none. */
bool vg_qdrant_read_id(vg_try *t, const vg_json *from, vg_point_id *to);
bool vg_qdrant_read_value(vg_try *t, const vg_json *from, vg_match_value *to);

/* The `payload_schema` of a description, which may be NULL. False: it is not of the form it should
 * have, or the scratch is spent. A kind of index that is not known here is left out. */
bool vg_qdrant_read_schema(vg_try *t, const vg_json *schema, vg_collection_info *info);

/* What a collection's color means; "" of VG_GREEN. */
const char *vg_qdrant_color_trouble(int color);

/* One filter as Qdrant's JSON, its own words where it has them. False: it holds what cannot be
 * said. */
bool vg_qdrant_write_filter(vg_json_out *out, const vg_filter *filter);

/* Are stored points among what others are compared with? */
bool vg_qdrant_names_points(const vg_search *search);

/* Is this an error that says that the thing asked for is not there? (A 404 without Qdrant's
 * envelope comes from somewhere else.) */
bool vg_qdrant_is_absent(vg_try *t, const vg_http_reply *reply);
/* Qdrant's last word, not worth another try? */
bool vg_qdrant_is_refusal(vg_code code);
/* Fails the try as the reply's HTTP status and text say. */
vg_next vg_qdrant_fail(const vg_op *op, vg_try *t, const vg_http_reply *reply);
/* The reply says OK but its body is not what it must be. */
vg_next vg_qdrant_misread(vg_try *t, const char *what);

#endif
