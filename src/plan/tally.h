/* How many points tenants have, as far as this worker knows: what was counted last, and what it has
 * let through since. A bound holds by that, so that not each write counts the points. Pure but for
 * its memory: time is given. Loop's thread only.
 *
 *     admit ─┬▶ GO ──────────────────────────────▶ (the write ends) ─▶ leave
 *            ├▶ COUNT ─▶ begin ─▶ (counted) ─▶ end ─┬▶ GO … leave
 *            └▶ FULL ◀──────────────────────────────┘
 *
 * What is known is no less than what is there, but for what others write: other workers and
 * gateways, until it is counted again. It may be more: a point that takes another one's place is
 * new, until then. */
#ifndef PLAN_TALLY_H
#define PLAN_TALLY_H

#include "vecgate/slice.h"

typedef struct vg_tally vg_tally;

static const uint64_t vg_tally_fresh_ns = UINT64_C(5000000000); /* so long a count is good for */
static const uint64_t vg_tally_rest_ns = UINT64_C(1000000000);  /* between counts for refusals */

vg_tally *vg_tally_new(void); /* NULL: no memory */
void vg_tally_free(vg_tally *tally);

typedef enum vg_tally_word { VG_TALLY_GO, VG_TALLY_COUNT, VG_TALLY_FULL } vg_tally_word;

typedef struct vg_tally_ask {
    vg_slice tenant;
    uint64_t points; /* that it writes */
    uint64_t most;   /* that the tenant may have */
    uint64_t now_ns;
} vg_tally_ask;

/* GO: they are the tenant's now. FULL: `known` says how many it has. */
vg_tally_word vg_tally_admit(vg_tally *tally, const vg_tally_ask *ask, uint64_t *known);

/* What is remembered of a count that is under way. */
typedef struct vg_tally_count {
    uint64_t flying, written;
} vg_tally_count;
/* False: no memory. */
bool vg_tally_begin(vg_tally *tally, vg_slice tenant, vg_tally_count *count);
/* `counted` is NULL: it failed. Else the answer is as of vg_tally_admit(), but never COUNT. */
vg_tally_word vg_tally_end(vg_tally *tally, const vg_tally_count *count, const uint64_t *counted,
                           const vg_tally_ask *ask, uint64_t *known);
/* A write that was let through has ended. */
void vg_tally_leave(vg_tally *tally, vg_slice tenant, uint64_t points);

#endif
