/* What check.c, check_update.c and check_query.c share. Inside src/plan only. */
#ifndef PLAN_CHECK_PARTS_H
#define PLAN_CHECK_PARTS_H

#include "plan/check.h"

/* What is checked, against what. `at` is the place in the request that all of it begins with:
 * empty, or "operations[2]." in a batch. */
typedef struct vg_checking {
    const vg_op *op;
    const vg_adapter *adapter;
    vg_slice at;
    vg_status *status;
} vg_checking;

/* All answer false with a status. `where` comes behind `c->at`. */
bool vg_check_refuse(const vg_checking *c, const char *where, const char *capability);
bool vg_check_id(const vg_checking *c, const vg_point_id *id, const char *list, uint32_t i);
bool vg_check_point_id(const vg_checking *c, const vg_point_id *id, vg_slice where);
bool vg_check_ids(const vg_checking *c, const vg_point_id *ids, uint32_t count);
bool vg_check_filter(const vg_checking *c, const vg_filter *filter);
/* Names of vectors that the collection is to have. */
bool vg_check_names(const vg_checking *c, const vg_slice *names, uint32_t count, const char *where);
bool vg_check_selector(const vg_checking *c, const vg_vector_selector *selector);
/* Leaves where it is to the caller. */
bool vg_check_fits(const vg_checking *c, const vg_vector_params *params, const vg_vector *vector);
bool vg_check_vector(const vg_checking *c, const vg_vector_params *params, const vg_vector *vector,
                     vg_slice where);
/* `c->at` and this, in the op's arena. */
vg_slice vg_check_place(const vg_checking *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* check_update.c: UPSERT to BATCH. */
bool vg_check_updates(const vg_checking *c);
/* check_query.c: SEARCH, QUERY, GROUPS, MATRIX. */
bool vg_check_queries(const vg_checking *c);

#endif
