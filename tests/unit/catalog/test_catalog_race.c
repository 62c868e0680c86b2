/* Several clients on one name at once, at every exchange. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/toy_fixture.h"

static void settle(struct fixture *f)
{
    toy_settle(f->world);
}

/* ---- who comes first ---- */

static void of_two_creations_one_wins(void **state)
{
    struct fixture *f = *state;
    toy_ask *first = toy_begin_create(f->world, "a", 4);
    toy_ask *second = toy_begin_create(f->world, "a", 5);
    vg_code code;

    settle(f);
    assert_int_equal(toy_end(first), VG_OK);
    assert_int_equal(toy_end(second), VG_EXISTS);
    assert_int_equal(toy_find(f->world, "a", &code), 4);
    assert_int_equal(toy_collections(f->toy), 1);
}

static void of_many_creations_one_wins_wherever_the_first_is(void **state)
{
    struct fixture *f = *state;
    toy_ask *asks[6];
    bool did;
    int won;

    for (unsigned at = 0; at < 4; at++) {
        won = 0;
        toy_fixture_hold(f, at, TOY_HOLD_BEFORE);
        for (uint32_t i = 0; i < 6; i++) {
            asks[i] = toy_begin_create(f->world, "a", i + 1);
            settle(f);
        }
        toy_fixture_release(f);
        for (uint32_t i = 0; i < 6; i++)
            won += toy_end(asks[i]) == VG_OK;
        assert_int_equal(won, 1);
        assert_int_equal(toy_drop(f->world, "a", &did), VG_OK);
    }
}

static void a_deletion_waits_for_the_creation_before_it(void **state)
{
    struct fixture *f = *state;
    toy_ask *create, *drop;

    for (unsigned at = 0; at < 4; at++) {
        toy_fixture_hold(f, at, TOY_HOLD_BEFORE);
        create = toy_begin_create(f->world, "a", 4);
        settle(f);
        drop = toy_begin_drop(f->world, "a");
        settle(f);
        assert_int_equal(create->done + drop->done, 0);
        toy_fixture_release(f);
        assert_int_equal(toy_end(create), VG_OK);
        assert_true(drop->op.out.did);
        assert_int_equal(toy_end(drop), VG_OK);
        assert_int_equal(toy_collections(f->toy) + toy_rows(f->toy), 0);
    }
}

static void a_creation_waits_for_the_deletion_before_it(void **state)
{
    struct fixture *f = *state;
    toy_ask *create, *drop;
    vg_code code;

    toy_create(f->world, "a", 4);
    for (unsigned at = 0; at < 4; at++) {
        toy_fixture_hold(f, at, TOY_HOLD_AFTER);
        drop = toy_begin_drop(f->world, "a");
        settle(f);
        create = toy_begin_create(f->world, "a", 5 + at % 2);
        toy_fixture_release(f);
        assert_int_equal(toy_end(drop), VG_OK);
        assert_int_equal(toy_end(create), VG_OK);
        assert_int_equal(toy_find(f->world, "a", &code), 5 + at % 2);
    }
}

static void other_names_do_not_wait(void **state)
{
    struct fixture *f = *state;
    toy_ask *create;

    toy_fixture_hold(f, 2, TOY_HOLD_BEFORE);
    create = toy_begin_create(f->world, "a", 4);
    settle(f);
    assert_int_equal(toy_create(f->world, "b", 4), VG_OK);
    assert_int_equal(create->done, 0);
    toy_fixture_release(f);
    toy_end(create);
}

/* ---- finding while the name changes ---- */

/* While it is made it is not there yet, or already; afterwards it is. */
static void finding_during_a_creation_is_never_half(void **state)
{
    struct fixture *f = *state;
    toy_ask *create, *find;
    vg_code code;
    bool did;

    for (unsigned at = 0; at < 8; at++) {
        toy_fixture_hold(f, at / 2, at % 2 ? TOY_HOLD_AFTER : TOY_HOLD_BEFORE);
        create = toy_begin_create(f->world, "a", 4);
        settle(f);
        find = toy_begin_find(f->world, "a");
        settle(f);
        toy_fixture_release(f);
        assert_int_equal(toy_end(create), VG_OK);
        code = toy_end(find);
        assert_true(code == VG_NOT_FOUND || code == VG_OK);
        assert_int_equal(toy_find(f->world, "a", &code), 4);
        assert_int_equal(toy_rows(f->toy), 1);
        toy_drop(f->world, "a", &did);
    }
}

/* The row was read before the deletion, and the answer comes after it. */
static void an_old_answer_does_not_bring_a_deleted_collection_back(void **state)
{
    struct fixture *f = *state;
    toy_world *other;
    toy_ask *find;
    vg_code code;
    bool did;

    toy_create(f->world, "a", 4);
    other = toy_world_new(f->toy); /* with nothing in its cache */
    toy_fixture_hold(f, 0, TOY_HOLD_AFTER);
    find = toy_begin_find(other, "a");
    toy_settle(other);
    assert_int_equal(toy_held(f->toy), 1);
    toy_unscript(f->toy);
    assert_int_equal(toy_drop(other, "a", &did), VG_OK);
    toy_release(f->toy);
    toy_settle(other);
    assert_int_equal(toy_end(find), VG_NOT_FOUND);
    toy_find(other, "a", &code);
    assert_int_equal(code, VG_NOT_FOUND);
    toy_world_free(other);
}

static void nor_the_sizes_of_the_one_before(void **state)
{
    struct fixture *f = *state;
    toy_world *other;
    toy_ask *find;
    vg_code code;
    bool did;

    toy_create(f->world, "a", 4);
    other = toy_world_new(f->toy);
    toy_fixture_hold(f, 0, TOY_HOLD_AFTER);
    find = toy_begin_find(other, "a");
    toy_settle(other);
    toy_unscript(f->toy);
    toy_drop(other, "a", &did);
    toy_create(other, "a", 7);
    toy_release(f->toy);
    toy_settle(other);
    assert_int_equal(find->op.collection->spec.vectors[0].size, 7);
    assert_int_equal(toy_end(find), VG_OK);
    assert_int_equal(toy_find(other, "a", &code), 7);
    toy_world_free(other);
}

static void many_who_adopt_at_once_make_one_row(void **state)
{
    struct fixture *f = *state;
    toy_ask *asks[10];

    toy_set_collection(f->toy, "old", 6);
    for (int i = 0; i < 10; i++)
        asks[i] = toy_begin_find(f->world, "old");
    settle(f);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(asks[i]->op.collection->spec.vectors[0].size, 6);
        assert_int_equal(toy_end(asks[i]), VG_OK);
    }
    assert_int_equal(toy_rows(f->toy), 1);
}

static void a_deletion_does_not_pass_an_adoption(void **state)
{
    struct fixture *f = *state;
    toy_ask *find, *drop;

    for (unsigned at = 0; at < 10; at++) {
        toy_set_collection(f->toy, "old", 6);
        toy_fixture_hold(f, at / 2, at % 2 ? TOY_HOLD_AFTER : TOY_HOLD_BEFORE);
        find = toy_begin_find(f->world, "old");
        settle(f);
        drop = toy_begin_drop(f->world, "old");
        settle(f);
        toy_fixture_release(f);
        toy_end(find);
        assert_int_equal(toy_end(drop), VG_OK);
        assert_int_equal(toy_rows(f->toy) + toy_collections(f->toy), 0);
        assert_int_equal(toy_create(f->world, "old", 4), VG_OK);
        toy_end(((drop = toy_begin_drop(f->world, "old")), settle(f), drop));
    }
}

/* Two gateways on the same stores, the second in between any two exchanges of the first. */
static void of_two_gateways_that_create_one_wins(void **state)
{
    struct fixture *f = *state;
    toy_world *other = toy_world_new(f->toy);
    toy_ask *create;
    vg_code first, second;
    bool did;

    for (unsigned at = 0; at < 2; at++) { /* before its row is written */
        toy_fixture_hold(f, at, at ? TOY_HOLD_BEFORE : TOY_HOLD_AFTER);
        create = toy_begin_create(f->world, "a", 4);
        settle(f);
        toy_unscript(f->toy);
        second = toy_create(other, "a", 5);
        toy_fixture_release(f);
        first = toy_end(create);
        assert_int_equal(second, VG_OK);
        assert_int_equal(first, VG_EXISTS);
        assert_int_equal(toy_collections(f->toy), 1);
        toy_drop(other, "a", &did);
    }
    toy_world_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(of_two_creations_one_wins),
        WITH_WORLD(of_many_creations_one_wins_wherever_the_first_is),
        WITH_WORLD(a_deletion_waits_for_the_creation_before_it),
        WITH_WORLD(a_creation_waits_for_the_deletion_before_it),
        WITH_WORLD(other_names_do_not_wait),
        WITH_WORLD(finding_during_a_creation_is_never_half),
        WITH_WORLD(an_old_answer_does_not_bring_a_deleted_collection_back),
        WITH_WORLD(nor_the_sizes_of_the_one_before),
        WITH_WORLD(many_who_adopt_at_once_make_one_row),
        WITH_WORLD(a_deletion_does_not_pass_an_adoption),
        WITH_WORLD(of_two_gateways_that_create_one_wins),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
