/* The declaration of a payload index (FACTS 10.1), the same for Qdrant's and the native API: the
 * name of a type, or an object with `type` and the type's options. Any thread. */
#ifndef FRONT_READ_INDEX_H
#define FRONT_READ_INDEX_H

#include "vecgate/payload_index.h"

#include "front/member.h"

typedef struct vg_index_reader {
    vg_arena *arena;
    vg_status *status;
    bool refuses_unknown; /* options that the type does not have; Qdrant passes them over */
} vg_index_reader;

/* Sets all of *out but its key, which the caller knows. `params` becomes a new object in the arena:
 * `type`, then the options that were given. `is_tenant`, `is_principal` and `on_disk` have no
 * effect but to be told back.
 *
 * False: FORMAT (shape, unknown type or tokenizer), RANGE (an integer index for nothing),
 * TOO_LARGE, or UNSUPPORTED: no schema at all (NULL or null), or an option that is newer than what
 * is built, by name. */
bool vg_index_read(const vg_index_reader *r, const vg_json *schema, vg_index *out);

#endif
