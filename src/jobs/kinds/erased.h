/* How far the erasing of a tenant is: what the job remembers between its operations, and the
 * receipt that it ends with. Pure. */
#ifndef JOBS_KINDS_ERASED_H
#define JOBS_KINDS_ERASED_H

#include "jobs/job.h"

typedef enum vg_erase_phase {
    ERASE_MARK,    /* the row that lets nothing be made meanwhile */
    ERASE_JOBS,    /* its other jobs end */
    ERASE_ALIASES, /* from here … */
    ERASE_ROWS,    /* collections that rows tell of */
    ERASE_OBJECTS, /* those that the backend has without a row */
    ERASE_TENANT,  /* … to here as often as there was something */
    ERASE_JOB_ROWS,
    ERASE_REST, /* what other backends have is counted */
    ERASE_UNMARK,
    ERASE_PHASES,
} vg_erase_phase;

/* What is about to be deleted is written down before that (`pending`), and counted when it is seen
 * to be gone: so whatever ends the gateway in between, each is counted once. */
typedef struct vg_erased {
    uint64_t phase;
    uint64_t found; /* in this round of ALIASES to TENANT */
    uint64_t collections, points, aliases, jobs, rows;
    uint64_t pending; /* hash of its name; 0: nothing is */
    uint64_t holds;   /* so many points, or aliases */
    uint64_t is_told; /* that it is deleted */
    uint64_t rest;    /* collections of the backend that is being counted */
    uint64_t is_half; /* a creation that nobody was told of: a row, but no collection */
} vg_erased;

/* What makes no sense is the beginning. */
vg_erased vg_erased_read(vg_slice cursor);
vg_slice vg_erased_write(vg_arena *arena, const vg_erased *erased);
uint64_t vg_erased_hash(vg_slice name); /* never 0 */

/* {"tenant": …, "collections": …, "points": …, "aliases": …, "jobs": …, "rows": …, "remaining":
 * […]}, with what remained in `old` (empty: nothing). Empty: no memory. */
vg_slice vg_erased_receipt(vg_arena *arena, const vg_erased *erased, vg_slice tenant, vg_slice old);
/* The same, and so many collections of one more backend remain. */
vg_slice vg_erased_add_rest(vg_arena *arena, const vg_erased *erased, vg_slice tenant, vg_slice old,
                            vg_slice backend);

#endif
