/* What tests of several workers share: catalogs of their own on the same stores, with generations
 * and holds between them. */
#ifndef VG_TESTS_UNIT_CATALOG_GROUP_H
#define VG_TESTS_UNIT_CATALOG_GROUP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/toy_change.h"

enum { WORKERS = 3 };

struct group {
    toys *toy;
    vg_generations *generations;
    vg_holds *holds;
    toy_world *at[WORKERS];
};

int group_set_up(void **state);
int group_tear_down(void **state);
#define WITH_GROUP(test) cmocka_unit_test_setup_teardown(test, group_set_up, group_tear_down)

/* The size of its vectors; 0: not found. */
uint32_t group_find(struct group *g, int worker, const char *name);
void group_all_find(struct group *g, const char *name, uint32_t size);

#endif
