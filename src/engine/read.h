/* Reading: by id, in an order, counting, describing, searching; with a filter or without. All on a
 * pool's thread; results go into the arena. What the writer commits meanwhile is not seen half:
 * each read is one state of the collection. */
#ifndef ENGINE_READ_H
#define ENGINE_READ_H

#include "vecgate/op.h"

#include "engine/store.h"

/* What every read is given. */
typedef struct vg_read {
    vg_store *store;
    vg_slice collection;
    vg_arena *arena; /* results, and what they need until it is freed */
    vg_status *status;
    const uint8_t *chance;         /* op->chance, for what is random; NULL: zeros */
    const atomic_bool *is_stopped; /* ends it early, with CANCELLED; NULL: nobody says so */
} vg_read;

/* Answer false with the story in read->status: NOT_FOUND ("collection" in where), INVALID,
 * UNSUPPORTED, TOO_LARGE, OVERLOADED, CANCELLED, BACKEND_ERROR. `in` is the member of the
 * operation, `out` too. */
bool vg_read_get(const vg_read *read, const vg_op_input *in, vg_op_result *out);
bool vg_read_count(const vg_read *read, const vg_op_input *in, vg_op_result *out);
/* scroll.c: equal values in the order of ids, whichever way the values go. A random sample depends
 * on the chance and the state alone. */
bool vg_read_scroll(const vg_read *read, const vg_op_input *in, vg_op_result *out);
bool vg_read_facet(const vg_read *read, const vg_op_input *in, vg_op_result *out); /* facet.c */
/* A collection that is not there is no error: info.exists says so. */
bool vg_read_describe(const vg_read *read, const vg_op_input *in, vg_op_result *out);
bool vg_read_list(const vg_read *read, const vg_op_input *in, vg_op_result *out);
/* search.c: by vectors and by stored ids, several queries in one pass over each vector's floats. */
bool vg_read_search(const vg_read *read, const vg_op_input *in, vg_op_result *out);

/* The collection, held until the arena is freed; NULL with a status. */
vg_table *vg_read_table(const vg_read *read);
bool vg_read_too_large(const vg_read *read); /* tells that the arena is spent; false */

#endif
