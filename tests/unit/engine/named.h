/* A collection `c` with two vectors, `a` of two numbers (Dot) and `b` of three (Cosine), places 0
 * and 1; points put into it, and looked at. */
#ifndef TESTS_ENGINE_NAMED_H
#define TESTS_ENGINE_NAMED_H

#include "look.h"

void create_named(bench *b);
vg_code put_named(bench *b, uint64_t num, const vg_vector *vectors, uint32_t count,
                  const char *payload);
/* NULL: it has none. */
void expect_vector(bench *b, uint64_t num, uint32_t place, const float *wanted);
void expect_payload(bench *b, uint64_t num, const char *wanted, uint64_t version);
void reopen(bench *b);

#endif
