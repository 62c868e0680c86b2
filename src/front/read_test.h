/* The tests of a payload field: what stands beside `key` in a condition (FACTS 7). Private to
 * read_filter.c, which leaves to it all that is about one field's values. Any thread. */
#ifndef FRONT_READ_TEST_H
#define FRONT_READ_TEST_H

#include "vecgate/filter.h"

#include "front/member.h"

typedef struct vg_read_test_in {
    vg_reader r;
    bool refuses_unknown; /* names that mean nothing, in a test's object */
} vg_read_test_in;

typedef struct vg_read_test {
    const char *name; /* "match" */
    /* Sets the test and its operands; the key is set already. */
    bool (*read)(const vg_read_test_in *in, const vg_json *v, vg_condition *out);
} vg_read_test;

/* Ends with {NULL}. */
extern const vg_read_test vg_read_tests[];

/* Refuses what comes twice in an object; and, when that is asked for, what is not among `names`,
 * which end with NULL. */
bool vg_read_test_names(const vg_read_test_in *in, const vg_json *object, const char *const *names);
/* The first member that is not among the names, or NULL. */
const vg_json *vg_read_test_stranger(const vg_json *object, const char *const *names);
/* FORMAT "unknown field `x`, expected one of …" with the nearest; answers false. */
bool vg_read_test_unknown(vg_reader r, const vg_json *member, const char *const *names);

#endif
