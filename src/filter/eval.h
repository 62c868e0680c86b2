/* One filter over one point, in C: for backends that cannot express all of a filter, and as the
 * meaning that SQL is held to. Pure; any thread. */
#ifndef FILTER_EVAL_H
#define FILTER_EVAL_H

#include "vecgate/json.h"

#include "filter/ready.h"

/* What a filter is asked of. */
typedef struct vg_subject {
    vg_point_id id;
    const vg_json *payload;  /* NULL: {} */
    const vg_slice *vectors; /* names of the vectors that the point holds; empty: the unnamed one */
    uint32_t vector_count;
} vg_subject;

bool vg_eval(const vg_ready *filter, const vg_subject *subject);

#endif
