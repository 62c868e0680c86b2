/* A world for each test, and nothing left of it behind. */
#ifndef VG_TESTS_SUPPORT_TOY_FIXTURE_H
#define VG_TESTS_SUPPORT_TOY_FIXTURE_H

#include "tests/support/toy_world.h"

struct fixture {
    toys *toy;
    toy_world *world;
    toy_ask *found; /* a test's own */
};

int toy_fixture_set_up(void **state);
int toy_fixture_tear_down(void **state);
/* A gateway that knows nothing, on the same stores. */
void toy_fixture_restart(struct fixture *f);

/* The n-th exchange from now on is done, or not, and then nothing moves until the release. */
void toy_fixture_hold(struct fixture *f, unsigned n, toy_fate fate);
void toy_fixture_release(struct fixture *f);

#define WITH_WORLD(test) \
    cmocka_unit_test_setup_teardown(test, toy_fixture_set_up, toy_fixture_tear_down)

#endif
