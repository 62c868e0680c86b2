/* Aliases when stores fail, when other gateways change them, and when several clients come at once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/support/toy_change.h"
#include "tests/support/toy_fixture.h"

static void set_stage(struct fixture *f)
{
    toy_create(f->world, "a", 4);
    toy_create(f->world, "b", 5);
    assert_int_equal(toy_change_aliases(f->world, "one=a two=b"), VG_OK);
}

/* ---- stores that fail, gateways beside this one ---- */

static void a_refused_write_changes_nothing(void **state)
{
    struct fixture *f = *state;

    set_stage(f);
    toy_script(f->toy, (toy_rule){VG_OP_META_UPDATE, 0, 1, TOY_REFUSE, VG_NO_SPACE});
    assert_int_equal(toy_change_aliases(f->world, "x=a"), VG_NO_SPACE);
    assert_string_equal(toy_aliases(f->world, NULL), "one=a two=b");
}

static void a_write_with_an_unknown_end_is_not_believed(void **state)
{
    static const toy_fate fates[] = {TOY_FAULT_BEFORE, TOY_FAULT_AFTER};
    static const char *const now[] = {"one=a two=b", "one=a two=b x=a"};
    struct fixture *f = *state;

    set_stage(f);
    for (int i = 0; i < 2; i++) {
        toy_script(f->toy, (toy_rule){VG_OP_META_UPDATE, 0, 1, fates[i], VG_OK});
        assert_int_equal(toy_change_aliases(f->world, "x=a"), VG_UNAVAILABLE);
        assert_string_equal(toy_aliases(f->world, NULL), now[i]);
    }
}

/* Another gateway changes the table between this one's reading and writing it. */
static void of_two_gateways_both_changes_stay(void **state)
{
    struct fixture *f = *state;
    toy_world *other = toy_world_new(f->toy);
    toy_ask *ask;

    toy_create(f->world, "a", 4);
    for (int i = 0; i < 2; i++) { /* the row is made, the row is changed */
        toy_unscript(f->toy);
        toy_script(f->toy, (toy_rule){i ? VG_OP_META_UPDATE : VG_OP_META_CREATE, 0, 1,
                                      TOY_HOLD_BEFORE, VG_OK});
        ask = toy_begin_aliases(f->world, i ? "p=a" : "q=a");
        toy_settle(f->world);
        assert_int_equal(toy_held(f->toy), 1);
        toy_unscript(f->toy);
        assert_int_equal(toy_change_aliases(other, i ? "x=a" : "y=a"), VG_OK);
        toy_fixture_release(f);
        toy_settle(other);
        assert_int_equal(toy_end(ask), VG_OK);
    }
    assert_string_equal(toy_aliases(f->world, NULL), "p=a q=a x=a y=a");
    toy_world_free(other);
}

static void who_is_always_second_gives_up(void **state)
{
    struct fixture *f = *state;

    set_stage(f);
    toy_script(f->toy, (toy_rule){VG_OP_META_UPDATE, 0, TOY_FOREVER, TOY_REFUSE, VG_CONFLICT});
    assert_int_equal(toy_change_aliases(f->world, "x=a"), VG_CONFLICT);
    toy_unscript(f->toy);
    assert_string_equal(toy_aliases(f->world, NULL), "one=a two=b");
}

static void a_damaged_table_is_told_and_hides_no_collection(void **state)
{
    struct fixture *f = *state;
    vg_meta_row row;
    vg_code code;

    set_stage(f);
    row = *toy_row(f->toy, "/aliases");
    row.spec = VG_LIT("{\"aliases\":7}");
    toy_set_row(f->toy, &row);
    toy_fixture_restart(f);
    assert_int_equal(toy_find(f->world, "a", &code), 4);
    toy_find(f->world, "one", &code);
    assert_int_equal(code, VG_INTERNAL);
    assert_int_equal(toy_change_aliases(f->world, "x=a"), VG_INTERNAL);
    assert_int_equal(toy_create(f->world, "d", 4), VG_INTERNAL);
}

/* ---- several at once ---- */

static void changes_at_once_happen_one_after_the_other(void **state)
{
    struct fixture *f = *state;
    toy_ask *asks[8];
    char actions[32];

    toy_create(f->world, "a", 4);
    for (int i = 0; i < 8; i++) {
        snprintf(actions, sizeof actions, "x%d=a", i);
        asks[i] = toy_begin_aliases(f->world, actions);
    }
    toy_settle(f->world);
    for (int i = 0; i < 8; i++)
        assert_int_equal(toy_end(asks[i]), VG_OK);
    assert_string_equal(toy_aliases(f->world, NULL), "x0=a x1=a x2=a x3=a x4=a x5=a x6=a x7=a");
}

/* Wherever the first is when the second comes: no name is both, no alias stands for nothing. */
static void a_name_becomes_a_collection_or_an_alias_never_both(void **state)
{
    struct fixture *f = *state;
    toy_ask *create, *alias;
    vg_code made, named;
    bool did;

    toy_create(f->world, "a", 4);
    for (unsigned at = 0; at < 24; at++) {
        toy_fixture_hold(f, at / 4, at % 2 ? TOY_HOLD_AFTER : TOY_HOLD_BEFORE);
        if (at & 2)
            create = toy_begin_create(f->world, "x", 5);
        alias = toy_begin_aliases(f->world, "x=a");
        if (!(at & 2)) {
            toy_settle(f->world);
            create = toy_begin_create(f->world, "x", 5);
        }
        toy_settle(f->world);
        toy_fixture_release(f);
        made = toy_end(create);
        named = toy_end(alias);
        assert_true((made == VG_OK && named == VG_EXISTS) ||
                    (made == VG_INVALID && named == VG_OK));
        assert_int_equal(toy_drop(f->world, "x", &did), VG_OK);
        assert_int_equal(did, made == VG_OK);
        assert_int_equal(toy_change_aliases(f->world, "!x"), VG_OK);
    }
}

static void no_alias_is_made_of_a_collection_that_goes(void **state)
{
    struct fixture *f = *state;
    toy_ask *drop, *alias;
    vg_code named, code;

    for (unsigned at = 0; at < 24; at++) {
        toy_create(f->world, "a", 4);
        toy_fixture_hold(f, at / 4, at % 2 ? TOY_HOLD_AFTER : TOY_HOLD_BEFORE);
        if (at & 2)
            drop = toy_begin_drop(f->world, "a");
        alias = toy_begin_aliases(f->world, "x=a");
        if (!(at & 2)) {
            toy_settle(f->world);
            drop = toy_begin_drop(f->world, "a");
        }
        toy_settle(f->world);
        toy_fixture_release(f);
        assert_int_equal(toy_end(drop), VG_OK);
        named = toy_end(alias);
        assert_true(named == VG_OK || named == VG_NOT_FOUND);
        assert_string_equal(toy_aliases(f->world, NULL), "");
        toy_find(f->world, "x", &code);
        assert_int_equal(code, VG_NOT_FOUND);
    }
}

/* A list that wants many names waits for all of them, and holds none while it waits. */
static void who_wants_many_names_stops_nobody(void **state)
{
    struct fixture *f = *state;
    toy_ask *create, *alias;
    vg_code code;

    toy_create(f->world, "a", 4);
    toy_fixture_hold(f, 2, TOY_HOLD_BEFORE);
    create = toy_begin_create(f->world, "x", 5);
    toy_settle(f->world);
    toy_unscript(f->toy);
    alias = toy_begin_aliases(f->world, "x=a");
    toy_settle(f->world);
    assert_int_equal(alias->done, 0);
    assert_int_equal(toy_create(f->world, "other", 6), VG_OK);
    assert_int_equal(toy_find(f->world, "other", &code), 6);
    toy_fixture_release(f);
    assert_int_equal(toy_end(create), VG_OK);
    assert_int_equal(toy_end(alias), VG_EXISTS);
}

/* One that wants a name of somebody who waits already, waits too. */
static void who_waits_longer_goes_first(void **state)
{
    struct fixture *f = *state;
    toy_ask *create, *first, *second;

    toy_create(f->world, "a", 4);
    toy_fixture_hold(f, 2, TOY_HOLD_BEFORE);
    create = toy_begin_create(f->world, "x", 5);
    toy_settle(f->world);
    toy_unscript(f->toy);
    first = toy_begin_aliases(f->world, "x=a y=a");
    second = toy_begin_aliases(f->world, "y>z");
    toy_settle(f->world);
    assert_int_equal(first->done + second->done, 0);
    toy_fixture_release(f);
    assert_int_equal(toy_end(create), VG_OK);
    assert_int_equal(toy_end(first), VG_EXISTS);
    assert_int_equal(toy_end(second), VG_NOT_FOUND);
}

static void who_leaves_the_line_lets_those_behind_pass(void **state)
{
    struct fixture *f = *state;
    toy_ask *create, *first, *second;

    toy_create(f->world, "a", 4);
    toy_fixture_hold(f, 2, TOY_HOLD_BEFORE);
    create = toy_begin_create(f->world, "x", 5);
    toy_settle(f->world);
    toy_unscript(f->toy);
    first = toy_begin_aliases(f->world, "x=a");
    second = toy_begin_aliases(f->world, "z=a"); /* it wants the table, as the first does */
    vg_catalog_cancel(f->world->catalog, &first->op, VG_CANCELLED);
    toy_settle(f->world);
    assert_int_equal(toy_end(first), VG_CANCELLED);
    assert_int_equal(toy_end(second), VG_OK);
    toy_fixture_release(f);
    assert_int_equal(toy_end(create), VG_OK);
}

/* The table was read before the change, and comes after it. */
static void an_old_table_does_not_come_back(void **state)
{
    struct fixture *f = *state;
    toy_ask *find;
    vg_code code;

    set_stage(f);
    toy_fixture_restart(f);
    toy_fixture_hold(f, 1, TOY_HOLD_AFTER);
    find = toy_begin_find(f->world, "one");
    toy_settle(f->world);
    assert_int_equal(toy_held(f->toy), 1);
    toy_unscript(f->toy);
    assert_int_equal(toy_change_aliases(f->world, "one=b"), VG_OK);
    toy_fixture_release(f);
    assert_int_equal(toy_end(find), VG_OK);
    assert_int_equal(toy_find(f->world, "one", &code), 5);
    assert_string_equal(toy_aliases(f->world, NULL), "one=b two=b");
}

static void who_goes_while_a_name_is_looked_up_is_let_go(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;

    set_stage(f);
    for (unsigned at = 1; at < 3; at++) { /* the row, the object */
        toy_fixture_hold(f, at, TOY_HOLD_BEFORE);
        ask = toy_begin_aliases(f->world, "x=a");
        toy_settle(f->world);
        assert_int_equal(toy_held(f->toy), 1);
        vg_catalog_cancel(f->world->catalog, &ask->op, VG_CANCELLED);
        toy_settle(f->world);
        assert_int_equal(toy_held(f->toy), 0);
        assert_int_equal(toy_end(ask), VG_CANCELLED);
        assert_string_equal(toy_aliases(f->world, NULL), "one=a two=b");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(a_refused_write_changes_nothing),
        WITH_WORLD(a_write_with_an_unknown_end_is_not_believed),
        WITH_WORLD(of_two_gateways_both_changes_stay),
        WITH_WORLD(who_is_always_second_gives_up),
        WITH_WORLD(a_damaged_table_is_told_and_hides_no_collection),
        WITH_WORLD(changes_at_once_happen_one_after_the_other),
        WITH_WORLD(a_name_becomes_a_collection_or_an_alias_never_both),
        WITH_WORLD(no_alias_is_made_of_a_collection_that_goes),
        WITH_WORLD(who_wants_many_names_stops_nobody),
        WITH_WORLD(who_waits_longer_goes_first),
        WITH_WORLD(who_leaves_the_line_lets_those_behind_pass),
        WITH_WORLD(an_old_table_does_not_come_back),
        WITH_WORLD(who_goes_while_a_name_is_looked_up_is_let_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
