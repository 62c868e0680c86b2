/* What of a collection is on disk and in memory, place by place, without the engine's reading. */
#ifndef TESTS_ENGINE_LOOK_H
#define TESTS_ENGINE_LOOK_H

#include "support.h"

/* One number from the store's file; the text has one column, and no parameter. */
uint64_t ask_store(bench *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A point's vector at a place, NULL when it has none: disk and memory must say the same, and memory
 * the version that the disk has. In the bench's arena. */
const float *look_at_vector(bench *b, const char *name, const vg_point_id *id, uint32_t place);
/* A point's payload and version; false: it is not there. */
bool look_at_point(bench *b, const char *name, const vg_point_id *id, vg_slice *payload,
                   uint64_t *version);
/* All points, all places: what memory shows is what is on disk, neither more nor less. */
void expect_memory_to_be_the_disk(bench *b, const char *name);
/* The values of each ready index are those of the payloads. */
void expect_indexes_to_be_right(bench *b, const char *name);

#endif
