/* What a gateway left half-made or half-deleted is tidied up, name by name. When, and how often it
 * is tried, is for jobs (tests/unit/jobs/test_repair.c). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/log.h"
#include "tests/support/toy_change.h"
#include "tests/support/toy_fixture.h"

static const uint64_t second_ns = 1000000000;

static int without_log(void **state)
{
    (void)state;
    vg_log_set_level(VG_ERROR);
    return 0;
}

static void leave(struct fixture *f, const char *name, vg_meta_state state, bool with_object)
{
    vg_meta_row row;

    toy_create(f->world, name, 4);
    row = *toy_row(f->toy, name);
    row.state = state;
    toy_set_row(f->toy, &row);
    if (!with_object)
        toy_set_collection(f->toy, name, 0);
}

static unsigned sweep(struct fixture *f)
{
    toy_fixture_restart(f);
    toy_log(f->toy);
    return toy_repair_all(f->world);
}

/* ---- what becomes of it ---- */

static const struct row {
    const char *says;
    vg_meta_state state;
    bool with_object, adopts;
    bool is_there;
    const char *exchanges;
} rows[] = {
    {"a creation whose object is there is finished", VG_META_CREATING, true, true, true,
     "meta_list meta_get describe meta_update"},
    {"a creation without one is undone", VG_META_CREATING, false, true, false,
     "meta_list meta_get describe meta_get meta_delete"},
    {"where nothing is adopted, with its object", VG_META_CREATING, true, false, false,
     "meta_list meta_get drop_collection meta_get meta_delete"},
    {"and without", VG_META_CREATING, false, false, false,
     "meta_list meta_get drop_collection meta_get meta_delete"},
    {"a deletion is finished", VG_META_DELETING, true, true, false,
     "meta_list meta_get drop_collection meta_get meta_delete"},
    {"also when only the row is left", VG_META_DELETING, false, true, false,
     "meta_list meta_get drop_collection meta_get meta_delete"},
    {"what is whole is left alone", VG_META_READY, true, true, true, "meta_list"},
    {"even when the backend lost it", VG_META_READY, false, true, true, "meta_list"},
};

static void play(const struct row *row)
{
    void *state;
    struct fixture *f;
    const vg_meta_row *now;

    toy_fixture_set_up(&state);
    f = state;
    toy_make_local(f->toy);
    toy_vectors_adapter(f->toy)->can.supports_adoption = row->adopts;
    leave(f, "a", row->state, row->with_object);
    assert_int_equal(sweep(f), 0);
    now = toy_row(f->toy, "a");
    if ((now != NULL) != row->is_there || (now && now->state != VG_META_READY))
        fail_msg("%s: it is not so", row->says);
    if (!row->is_there)
        assert_int_equal(toy_collections(f->toy), 0);
    assert_string_equal(toy_log(f->toy), row->exchanges);
    assert_int_equal(toy_repair_all(f->world), 0);
    assert_string_equal(toy_log(f->toy), "meta_list"); /* nothing is left to do */
    toy_fixture_tear_down(&state);
}

static void what_was_left_is_finished_or_undone(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        play(&rows[i]);
}

static void a_half_deleted_collection_takes_its_aliases_along(void **state)
{
    struct fixture *f = *state;
    vg_meta_row row;

    toy_make_local(f->toy);
    toy_create(f->world, "a", 4);
    toy_create(f->world, "b", 4);
    toy_change_aliases(f->world, "x=a y=b");
    row = *toy_row(f->toy, "a");
    row.state = VG_META_DELETING;
    toy_set_row(f->toy, &row);
    sweep(f);
    assert_null(toy_row(f->toy, "a"));
    assert_string_equal(toy_aliases(f->world, NULL), "y=b");
}

static void so_many_are_listed_and_no_more(void **state)
{
    struct fixture *f = *state;
    char name[16];

    toy_make_local(f->toy);
    for (unsigned i = 0; i < 600; i++) {
        snprintf(name, sizeof name, "c%04u", i);
        leave(f, name, i % 2 ? VG_META_CREATING : VG_META_DELETING, false);
    }
    toy_create(f->world, "whole", 4);
    sweep(f);
    assert_int_equal(toy_rows(f->toy), 601 - VG_UNFINISHED);
    toy_repair_all(f->world);
    assert_int_equal(toy_rows(f->toy), 601 - 2 * VG_UNFINISHED);
    toy_repair_all(f->world);
    assert_int_equal(toy_rows(f->toy), 1);
}

/* ---- whose it may be ---- */

static void what_another_gateway_may_be_at_is_left_for_later(void **state)
{
    struct fixture *f = *state;

    leave(f, "a", VG_META_CREATING, false);
    leave(f, "b", VG_META_DELETING, true);
    assert_int_equal(sweep(f), 2);
    assert_int_equal(toy_rows(f->toy), 2);
    fake_loop_advance(f->world->fake, 300 * second_ns);
    assert_int_equal(toy_repair_all(f->world), 2);
    fake_loop_advance(f->world->fake, 400 * second_ns);
    assert_int_equal(toy_repair_all(f->world), 0);
    assert_int_equal(toy_rows(f->toy) + toy_collections(f->toy), 0);
}

/* Version and time of the row, less what is to be added to them. */
static vg_repair repair_as_left(struct fixture *f, uint64_t version, uint64_t ms, uint64_t *due_ms)
{
    const vg_meta_row *row = toy_row(f->toy, "a");
    toy_ask *ask = toy_make_ask(f->world, VG_OP_REPAIR, "a");
    vg_repair what;

    ask->op.in.repair.version = row->version + version;
    ask->op.in.repair.updated_ms = row->updated_ms + ms;
    assert_true(vg_catalog_repair(f->world->catalog, &ask->op));
    toy_settle(f->world);
    what = ask->op.out.repair.what;
    *due_ms = ask->op.out.repair.due_ms;
    assert_int_equal(toy_end(ask), VG_OK);
    return what;
}

static void unless_it_is_as_somebody_left_it(void **state)
{
    struct fixture *f = *state;
    uint64_t due_ms;

    leave(f, "a", VG_META_DELETING, true);
    assert_int_equal(repair_as_left(f, 1, 0, &due_ms), VG_REPAIR_YOUNG);
    assert_int_equal(due_ms, toy_row(f->toy, "a")->updated_ms + 600 * 1000);
    assert_int_equal(repair_as_left(f, 0, 1, &due_ms), VG_REPAIR_YOUNG);
    assert_int_equal(repair_as_left(f, 0, 0, &due_ms), VG_REPAIR_UNDONE);
    assert_int_equal(toy_rows(f->toy) + toy_collections(f->toy), 0);
}

static void what_a_client_is_at_is_waited_for(void **state)
{
    struct fixture *f = *state;
    toy_ask *create, *repair;
    vg_code code;

    toy_make_local(f->toy);
    toy_fixture_hold(f, 3, TOY_HOLD_BEFORE); /* its row is written, its object is not made */
    create = toy_begin_create(f->world, "a", 5);
    toy_settle(f->world);
    toy_unscript(f->toy);
    repair = toy_begin_repair(f->world, "a");
    toy_settle(f->world);
    assert_int_equal(create->done + repair->done, 0);
    toy_fixture_release(f);
    assert_int_equal(toy_end(create), VG_OK);
    assert_int_equal(repair->op.out.repair.what, VG_REPAIR_NOTHING);
    assert_int_equal(toy_end(repair), VG_OK);
    assert_int_equal(toy_find(f->world, "a", &code), 5);
    assert_int_equal(toy_row(f->toy, "a")->state, VG_META_READY);
}

static void clients_wait_for_the_name(void **state)
{
    struct fixture *f = *state;
    toy_ask *same, *other, *repair;

    toy_make_local(f->toy);
    leave(f, "a", VG_META_DELETING, true);
    leave(f, "b", VG_META_DELETING, true);
    toy_fixture_restart(f);
    toy_script(f->toy, (toy_rule){VG_OP_DROP_COLLECTION, 0, 1, TOY_HOLD_BEFORE, VG_OK});
    repair = toy_begin_repair(f->world, "a");
    toy_settle(f->world);
    same = toy_begin_create(f->world, "a", 6);
    other = toy_begin_create(f->world, "b", 7);
    toy_settle(f->world);
    assert_int_equal(same->done, 0);
    assert_int_equal(toy_end(other), VG_OK);
    toy_fixture_release(f);
    assert_int_equal(toy_end(repair), VG_OK);
    assert_int_equal(toy_end(same), VG_OK);
    assert_int_equal(toy_collections(f->toy), 2);
}

/* ---- when it does not work ---- */

static void what_fails_stays_to_be_repaired(void **state)
{
    struct fixture *f = *state;

    toy_make_local(f->toy);
    leave(f, "a", VG_META_DELETING, true);
    leave(f, "b", VG_META_DELETING, true);
    toy_script(f->toy, (toy_rule){VG_OP_DROP_COLLECTION, 0, 1, TOY_REFUSE, VG_BACKEND_AUTH});
    assert_int_equal(sweep(f), 1);
    assert_non_null(toy_row(f->toy, "a"));
    assert_null(toy_row(f->toy, "b"));
    assert_int_equal(toy_repair_all(f->world), 0);
    assert_int_equal(toy_rows(f->toy), 0);
}

static void a_shutdown_ends_it_wherever_it_is(void **state)
{
    struct fixture *f = *state;
    toy_ask *repair;

    toy_make_local(f->toy);
    for (unsigned at = 0; at < 5; at++) {
        leave(f, "a", VG_META_DELETING, true);
        toy_fixture_restart(f);
        toy_fixture_hold(f, at, TOY_HOLD_BEFORE);
        repair = toy_begin_repair(f->world, "a");
        toy_settle(f->world);
        vg_catalog_cancel(f->world->catalog, &repair->op, VG_UNAVAILABLE);
        toy_settle(f->world);
        toy_fixture_release(f);
        assert_int_equal(vg_catalog_busy(f->world->catalog), 0);
        toy_end(repair);
        toy_fixture_restart(f); /* with nothing left on the loop */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_left_is_finished_or_undone),
        WITH_WORLD(a_half_deleted_collection_takes_its_aliases_along),
        WITH_WORLD(so_many_are_listed_and_no_more),
        WITH_WORLD(what_another_gateway_may_be_at_is_left_for_later),
        WITH_WORLD(unless_it_is_as_somebody_left_it),
        WITH_WORLD(what_a_client_is_at_is_waited_for),
        WITH_WORLD(clients_wait_for_the_name),
        WITH_WORLD(what_fails_stays_to_be_repaired),
        WITH_WORLD(a_shutdown_ends_it_wherever_it_is),
    };

    return cmocka_run_group_tests(tests, without_log, NULL);
}
