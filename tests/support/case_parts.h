/* What operations of cases are made of. For case_op.c and case_query.c. Absent members (NULL) give
 * nothing. */
#ifndef VG_TESTS_SUPPORT_CASE_PARTS_H
#define VG_TESTS_SUPPORT_CASE_PARTS_H

#include "vecgate/json.h"
#include "vecgate/op.h"

const vg_json *case_get(const vg_json *from, const char *key);
vg_slice case_text(const vg_json *from, const char *key);
vg_slice case_raw(const vg_json *from, const char *key);
bool case_flag(const vg_json *from, const char *key);
uint32_t case_number(vg_arena *arena, const vg_json *from, const char *key, uint32_t otherwise);

vg_point_id case_id(vg_arena *arena, const vg_json *from);
vg_vector case_vector(vg_arena *arena, const vg_json *from);
/* Lists; how long they are. */
uint32_t case_texts(vg_arena *arena, const vg_json *list, const vg_slice **out);
uint32_t case_ids(vg_arena *arena, const vg_json *list, const vg_point_id **out);

/* Members of `from` by their usual names. */
const vg_filter *case_filter(vg_arena *arena, const vg_json *from);
vg_payload_selector case_payload_selector(vg_arena *arena, const vg_json *from);
vg_vector_selector case_vector_selector(vg_arena *arena, const vg_json *from);
void case_order(vg_arena *arena, const vg_json *from, vg_order_by *to);

/* case_query.c: the inputs of SEARCH, QUERY, GROUPS and MATRIX. */
void case_searches(vg_op *op, const vg_json *from);
void case_queries(vg_op *op, const vg_json *from);
void case_groups(vg_op *op, const vg_json *from);
void case_matrix(vg_op *op, const vg_json *from);

#endif
