/* What the tests of answers stand on: an operation that ended, its route, and the exact JSON that
 * it becomes. */
#ifndef VG_TESTS_UNIT_FRONT_WRITTEN_H
#define VG_TESTS_UNIT_FRONT_WRITTEN_H

#include "tests/unit/front/ask.h"

#define END ",\"status\":\"ok\",\"time\":0.25}"

struct written {
    vg_arena *arena;
    vg_buf body;
    vg_op op;
    vg_front_in in;
    vg_front_out out;
};

/* Set-up and tear-down of a test: its state. */
int written_begin(void **state);
int written_end(void **state);
#define WRITTEN(name) cmocka_unit_test_setup_teardown(name, written_begin, written_end)

/* Writes as the route does; the answer must be JSON, whatever else it is. */
void written_check(struct written *t, const char *method, const char *path, const char *want);

#endif
