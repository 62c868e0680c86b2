/* What the tests of reading share, on top of support.h: collections of any shape, updates that are
 * waited for, questions with filters. "c" is the collection, always. */
#ifndef TESTS_ENGINE_ASKING_H
#define TESTS_ENGINE_ASKING_H

#include "support.h"

vg_code make(bench *b, const vg_collection_spec *spec);
/* One unnamed vector. */
vg_code make_plain(bench *b, uint32_t size, vg_distance distance);
/* Ids are numbers. `vectors` may be NULL. */
vg_code put(bench *b, uint64_t id, const vg_vector *vectors, uint32_t count, const char *payload);
vg_code declare(bench *b, const char *key, vg_index_kind kind); /* waits until it is filled */
vg_code declare_as(bench *b, vg_index index, bool wait);

vg_vector floats(vg_slice name, const float *at, uint32_t count);
vg_point_id number(uint64_t num);
/* A copy that may be read behind, in the bench's arena. */
vg_slice padded(bench *b, const char *text);

/* Reads of the whole: everything that is asked, NULL for no filter. They must succeed. */
uint64_t count_matching(bench *b, const vg_filter *filter);
vg_points scroll_by(bench *b, const vg_order_by *order, const vg_filter *filter, uint32_t limit);
vg_op_result facet_of(bench *b, const char *key, const vg_filter *filter, uint32_t limit);
vg_collection_info describe(bench *b);
/* One that may fail: its code, the story in b->status. */
vg_code search(bench *b, const vg_search *queries, uint32_t count, const vg_points **lists);

/* Filters of one condition. */
vg_condition has_text(const char *key, const char *text);
vg_condition has_integer(const char *key, int64_t value);
vg_filter only(const vg_condition *condition); /* must */

#endif
