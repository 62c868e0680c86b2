/* See toy_fixture.h. */
#include "tests/support/toy_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

int toy_fixture_set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    f->toy = toy_new();
    f->world = toy_world_new(f->toy);
    *state = f;
    return 0;
}

int toy_fixture_tear_down(void **state)
{
    struct fixture *f = *state;

    toy_world_free(f->world);
    toy_free(f->toy);
    free(f);
    assert_int_equal(vg_arena_total_bytes(), 0);
    return 0;
}

void toy_fixture_restart(struct fixture *f)
{
    toy_world_free(f->world);
    f->world = toy_world_new(f->toy);
}

void toy_fixture_hold(struct fixture *f, unsigned n, toy_fate fate)
{
    toy_unscript(f->toy);
    toy_script(f->toy, (toy_rule){TOY_ANY, n, 1, fate, VG_OK});
}

void toy_fixture_release(struct fixture *f)
{
    toy_unscript(f->toy);
    toy_release(f->toy);
    toy_settle(f->world);
}
