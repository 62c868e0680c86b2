/* A filter of a body: the whole grammar of FACTS 7, the same for Qdrant's and the native API, as
 * the tree of vecgate/filter.h. Any thread.
 *
 *     Filter = {must, should, must_not: a condition, a list of them or null;
 *               min_should: {conditions, min_count}}
 *
 * Stricter than Qdrant where silence would make a filter mean another thing: a name that comes
 * twice, a condition of two kinds at once ({"key", "has_id"}) and two forms of one match are
 * refused. Several tests of one field in one condition are ANDed: {"key", "match", "range"} becomes
 * a filter with both in its `must`. (Qdrant's answer then depends on its indexes.)
 *
 * Tests that are newer than the grammar (`text_any`, `prefix`, `slice`) are refused by name. */
#ifndef FRONT_READ_FILTER_H
#define FRONT_READ_FILTER_H

#include "vecgate/filter.h"
#include "vecgate/json.h"

/* Conditions of all levels together. Levels are bounded by the depth of the JSON (VG_JSON_DEPTH):
 * each takes one of its levels at least. */
enum { VG_FILTER_CONDITIONS = 10000 };

typedef struct vg_filter_reader {
    vg_arena *arena;
    vg_status *status;
    /* One id of `has_id`: each API has its own. (In a list of numbers only, an id is an unsigned
     * integer in all of them, and this is not asked.) */
    bool (*read_id)(vg_arena *arena, const vg_json *v, vg_point_id *out, vg_status *status);
    /* Are names that mean nothing refused within conditions too, or, as by Qdrant, only in filters?
     */
    bool refuses_unknown;
} vg_filter_reader;

/* `v`: absent (NULL) or null is no filter, and *out becomes NULL. All that the tree shows is a view
 * of the body's text or in the arena. Its `raw` is set when the JSON, given to Qdrant, means the
 * same as the tree: so not with several tests in a condition, nor with ids that Qdrant does not
 * know.
 *
 * False: FORMAT (shape, payload path, coordinates), RANGE (a condition without a test, a polygon
 * that is not closed), UNSUPPORTED (what is not built, too many conditions) or TOO_LARGE. */
bool vg_filter_read(const vg_filter_reader *r, const vg_json *v, const vg_filter **out);

#endif
