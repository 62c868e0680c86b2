/* Operations as cases write them: {"do":"upsert","collection":"words","wait":true,"points":[…]}.
 *
 *     every one      collection, physical (as collection), vectors: [{"name","size","distance",…}]
 *                    and settings of the collection, which is 4 × Cosine unless they say otherwise
 *     create_…       vectors, settings: what is to be made
 *     upsert         wait, points: [{"id","vector": [1, 2] or {"f32":[1, 2]},"payload"}]
 *     get, delete    ids, wait, filter, with_payload, with_vector
 *     search         searches: [{"vector" or
 * "id","filter","limit","offset","score_threshold","exact",
 *                    "params","with_payload","with_vector","using"}]
 *     scroll, count  filter, from, limit, exact, with_payload, with_vector
 *
 * A filter is passed on as it was read. */
#ifndef VG_TESTS_SUPPORT_CASE_OP_H
#define VG_TESTS_SUPPORT_CASE_OP_H

#include "vecgate/json.h"
#include "vecgate/op.h"

/* NULL and a word on stderr when the text is no such thing. */
vg_op *case_op_read(vg_arena *arena, vg_slice json);

#endif
