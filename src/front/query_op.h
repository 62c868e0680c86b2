/* Queries that were read, as an operation: the same for both APIs. Any thread. */
#ifndef FRONT_QUERY_OP_H
#define FRONT_QUERY_OP_H

#include "vecgate/op.h"

#include "front/member.h"

/* Makes the op a SEARCH when the queries are searches and no more, else a QUERY: of a list, or of
 * one. They live as long as the op. False: TOO_LARGE. */
bool vg_query_op_set_list(vg_reader r, vg_op *op, const vg_query *list, uint32_t count);
bool vg_query_op_set(vg_reader r, vg_op *op, const vg_query *query);
/* Are stored points what others are compared with? */
bool vg_query_op_has_ids(const vg_query *query);

#endif
