/* What PostgreSQL's jsonb cannot hold of a payload that is JSON all the same, found before anything
 * is written, so that the answer can say where it is: texts and names with a NUL, and numbers of
 * more digits than a numeric has. All else is stored as it was written. Inside this adapter only.
 */
#ifndef ADAPTERS_VECTOR_PGVECTOR_STORABLE_H
#define ADAPTERS_VECTOR_PGVECTOR_STORABLE_H

#include "vecgate/arena.h"
#include "vecgate/status.h"

/* What a text with NUL is refused with: VG_UNSUPPORTED, by the capability's name. */
#define VG_PG_NO_NUL \
    "supports_nul_in_texts: this backend stores no text with a NUL character (\\u0000)"

/* The manual's "Numeric Types": of a decimal number. */
enum { VG_PG_MOST_WHOLE_DIGITS = 131072, VG_PG_MOST_FRACTION_DIGITS = 16383 };

/* `payload` is a JSON object, as text; `at` what it is called ("points[3].payload"). False:
 * UNSUPPORTED (NUL) or INVALID, with its place in `where`, or memory is gone. What needs a second
 * look is read anew, into the arena; the first is a walk over its bytes. */
bool vg_pg_check_storable(vg_arena *arena, vg_slice payload, vg_slice at, vg_status *status);

#endif
