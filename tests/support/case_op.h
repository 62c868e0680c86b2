/* Operations as cases write them: {"do":"upsert","collection":"words","wait":true,"points":[…]}.
 *
 *     every one      collection, physical (as collection), vectors: [{"name","size","distance",…}]
 *                    and settings of the collection, which is 4 × Cosine unless they say otherwise
 *                    tenant: who asks (else it is the only one), shared: the collection's object
 *                    is not its own, alias: what the client calls it, unknown: the catalog has no
 *                    such collection
 *     create_…       vectors, settings, indexes: what is to be made
 *     …_index        wait, key, kind, params, and the options by their fields
 *     build_index    looks, cursor
 *     update_coll…   raw
 *     upsert, …      wait, points: [{"id","vector","payload"}], ids, filter, payload, key, names. A
 *                    vector is [1, 2], {"f32":[1, 2]}, or a map of names to such
 *     batch          wait, operations: [{"do",…}]
 *     get            ids, with_payload, with_vector
 *     search         searches: [{"vector" or "id","filter","limit","offset","score_threshold",
 *                    "exact","params","how","with_payload","with_vector","using","except",
 *                    "scoring" with "positive" and "negative": lists of ids and vectors}]
 *     query          queries: the same with "kind", "order_by", "lookup" and "prefetch": a list
 *     query_groups   query: one of these; by, limit, size
 *     search_matrix  sample, limit, filter, using
 *     scroll, count  filter, from, limit, exact, is_random, with_payload, with_vector,
 *                    order_by: {"key","descends","start"}
 *     facet          key, filter, limit, exact
 *
 * A filter is passed on as it was read; case_filters.h makes a tree of it. */
#ifndef VG_TESTS_SUPPORT_CASE_OP_H
#define VG_TESTS_SUPPORT_CASE_OP_H

#include "vecgate/json.h"
#include "vecgate/op.h"

/* NULL and a word on stderr when the text is no such thing. */
vg_op *case_op_read(vg_arena *arena, vg_slice json);

#endif
