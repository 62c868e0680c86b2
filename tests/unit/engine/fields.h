/* Payload indexes of tests: declared, looked at, and points in `c` whose payloads have something
 * for them. */
#ifndef TESTS_ENGINE_FIELDS_H
#define TESTS_ENGINE_FIELDS_H

#include "look.h"

vg_index index_of(const char *key, vg_index_kind kind);
vg_code index_field(bench *b, const char *name, const vg_index *index, bool wait,
                    uint64_t *operation);
/* Held. */
vg_shape *shape_of(bench *b, const char *name);
/* These are the keys, in order and with blanks between, and so many are ready. */
void expect_fields(bench *b, const char *name, const char *keys, uint32_t ready);
/* Numbers in `n`, texts in `s`, a text of two words in `t`. */
void put_payloads(bench *b, uint64_t from, uint64_t count);

#endif
