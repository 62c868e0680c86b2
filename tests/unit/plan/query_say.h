/* What tests of queries, groups and matrices share: points to ask about, queries, and answers as
 * words. */
#ifndef VG_TESTS_UNIT_PLAN_QUERY_SAY_H
#define VG_TESTS_UNIT_PLAN_QUERY_SAY_H

#include "tests/support/toy_fixture.h"
#include "tests/support/toy_points.h"

/* Collection "a", ten points of two numbers: 1 is {1, 0}, 5 and 6 are next to {0, 1}, 10 is
 * {-1, 0}, each a step of 20 degrees further. Payload: kind "odd" or "even", size "small" or, from
 * 6 on, "big", rank the id. The backend can do everything. */
void query_fill(struct fixture *f);
/* Collection "other" with vectors "v" of 2 numbers and "long" of 3: 1 and 77 are {1, 0}, 78 is
 * {0, 1} by "v", 79 has none. All but 79 have "long". */
void query_fill_other(struct fixture *f);

vg_vector query_vector(int x, int y);
vg_query query_near(int x, int y, uint32_t limit);
vg_query query_by_id(uint64_t id, uint32_t limit);
vg_query query_of(vg_query_kind kind, const vg_query *prefetches, uint32_t count, uint32_t limit);
vg_condition query_is(const char *key, const char *value);

/* A QUERY on "a", not begun; begun and ended. */
toy_ask *query_make(struct fixture *f, const vg_query *queries, uint32_t count);
toy_ask *query_ask(struct fixture *f, const vg_query *queries, uint32_t count);
/* "1 2 | 3", the ids of each list; or "<code> <where>: <what>". Ends the ask. Valid until the next.
 */
const char *query_show(toy_ask *ask);
/* Asked and shown. */
const char *query_say(struct fixture *f, const vg_query *queries, uint32_t count);

#endif
