/* Names of a backend's objects, derived from tenant and collection where the two cannot simply have
 * the collection's own name. Equal input gives equal names, different input different ones, on
 * backends that fold case or forbid punctuation too: a name is made of a-z, 0-9, `_`, `-`, `~` and
 * `.` only, and begins with `vg~`.
 *
 *     vg~own.<tenant>.<collection>   each byte that is not a-z, 0-9, `_`, `-` as ~ and two digits
 *     vg~long.<SHA-256, as hex>      of the two, when the first would be too long
 *     vg~shared.<SHA-256, as hex>    of what objects that are shared have in common
 *
 * What begins with `vg~` is the gateway's: a collection that has such a name of its own is derived
 * from as if it had none. */
#ifndef BASE_PHYSICAL_NAME_H
#define BASE_PHYSICAL_NAME_H

#include <stdint.h>

#include "vecgate/arena.h"
#include "vecgate/slice.h"

enum {
    VG_SHA256_BYTES = 32,
    VG_PHYSICAL_LEAST = 75, /* bytes that every derived name of the two hashed forms fits into */
};

/* Does it begin as derived names do? */
bool vg_physical_is_derived(vg_slice name);
/* … and as those of shared objects do? */
bool vg_physical_is_shared(vg_slice name);
/* One object for one collection of one tenant, of at most `most` bytes (VG_PHYSICAL_LEAST at
 * least). The name is in the arena; empty: memory is gone. */
vg_slice vg_physical_own(vg_arena *arena, vg_slice tenant, vg_slice collection, size_t most);
/* What all names of the first form begin with that are one tenant's, and no other name does. */
vg_slice vg_physical_own_prefix(vg_arena *arena, vg_slice tenant);
/* One object for all that say the same. */
vg_slice vg_physical_shared(vg_arena *arena, vg_slice common);

/* The SHA-256 of some texts: of their lengths, too, so that no two lists are alike. False: memory
 * is gone. */
bool vg_digest_texts(const vg_slice *texts, uint32_t count, uint8_t digest[VG_SHA256_BYTES]);

#endif
