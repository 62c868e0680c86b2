/* What a gateway left half-made or half-deleted is tidied up at the start of the next. */
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
static const vg_tenant sole = {.name = VG_LIT_INIT("default"), .is_sole = true};

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

static void sweep(struct fixture *f)
{
    toy_fixture_restart(f);
    toy_log(f->toy);
    vg_catalog_sweep(f->world->catalog, &sole);
    toy_settle(f->world);
}

static void end(struct fixture *f)
{
    vg_catalog_stop_sweep(f->world->catalog);
    toy_settle(f->world);
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
    sweep(f);
    now = toy_row(f->toy, "a");
    if ((now != NULL) != row->is_there || (now && now->state != VG_META_READY))
        fail_msg("%s: it is not so", row->says);
    if (!row->is_there)
        assert_int_equal(toy_collections(f->toy), 0);
    assert_string_equal(toy_log(f->toy), row->exchanges);
    fake_loop_advance(f->world->fake, 600 * second_ns);
    assert_string_equal(toy_log(f->toy), ""); /* nothing is left to look for */
    end(f);
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
    end(f);
}

static void many_are_tidied_up_in_several_passes(void **state)
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
    assert_int_equal(toy_rows(f->toy), 601 - 256);
    fake_loop_advance(f->world->fake, 61 * second_ns);
    assert_int_equal(toy_rows(f->toy), 601 - 512);
    fake_loop_advance(f->world->fake, 61 * second_ns);
    assert_int_equal(toy_rows(f->toy), 1);
    end(f);
}

/* ---- whose it may be ---- */

static void what_another_gateway_may_be_at_is_left_for_later(void **state)
{
    struct fixture *f = *state;

    leave(f, "a", VG_META_CREATING, false);
    leave(f, "b", VG_META_DELETING, true);
    sweep(f);
    assert_int_equal(toy_rows(f->toy), 2);
    fake_loop_advance(f->world->fake, 300 * second_ns);
    assert_int_equal(toy_rows(f->toy), 2);
    fake_loop_advance(f->world->fake, 400 * second_ns);
    assert_int_equal(toy_rows(f->toy) + toy_collections(f->toy), 0);
    end(f);
}

static void what_a_client_is_at_is_waited_for(void **state)
{
    struct fixture *f = *state;
    toy_ask *create;
    vg_code code;

    toy_make_local(f->toy);
    toy_fixture_hold(f, 3, TOY_HOLD_BEFORE); /* its row is written, its object is not made */
    create = toy_begin_create(f->world, "a", 5);
    toy_settle(f->world);
    toy_unscript(f->toy);
    vg_catalog_sweep(f->world->catalog, &sole);
    toy_settle(f->world);
    assert_int_equal(create->done, 0);
    toy_fixture_release(f);
    assert_int_equal(toy_end(create), VG_OK);
    assert_int_equal(toy_find(f->world, "a", &code), 5);
    assert_int_equal(toy_row(f->toy, "a")->state, VG_META_READY);
    end(f);
}

static void clients_wait_for_the_name_and_not_for_the_pass(void **state)
{
    struct fixture *f = *state;
    toy_ask *same, *other;

    toy_make_local(f->toy);
    leave(f, "a", VG_META_DELETING, true);
    leave(f, "b", VG_META_DELETING, true);
    toy_fixture_restart(f);
    toy_script(f->toy, (toy_rule){VG_OP_DROP_COLLECTION, 0, 1, TOY_HOLD_BEFORE, VG_OK});
    vg_catalog_sweep(f->world->catalog, &sole);
    toy_settle(f->world);
    same = toy_begin_create(f->world, "a", 6);
    other = toy_begin_create(f->world, "b", 7);
    toy_settle(f->world);
    assert_int_equal(same->done, 0);
    assert_int_equal(toy_end(other), VG_OK);
    toy_fixture_release(f);
    assert_int_equal(toy_end(same), VG_OK);
    assert_int_equal(toy_collections(f->toy), 2);
    end(f);
}

/* ---- when it does not work ---- */

static void what_fails_is_tried_again_and_stops_nobody_else(void **state)
{
    struct fixture *f = *state;

    toy_make_local(f->toy);
    leave(f, "a", VG_META_DELETING, true);
    leave(f, "b", VG_META_DELETING, true);
    toy_script(f->toy, (toy_rule){VG_OP_DROP_COLLECTION, 0, 1, TOY_REFUSE, VG_BACKEND_AUTH});
    sweep(f);
    assert_non_null(toy_row(f->toy, "a"));
    assert_null(toy_row(f->toy, "b"));
    fake_loop_advance(f->world->fake, 61 * second_ns);
    assert_int_equal(toy_rows(f->toy), 0);
    end(f);
}

static void a_store_that_is_down_is_asked_again(void **state)
{
    struct fixture *f = *state;

    toy_make_local(f->toy);
    leave(f, "a", VG_META_DELETING, true);
    toy_script(f->toy, (toy_rule){VG_OP_META_LIST, 0, 5, TOY_FAULT_BEFORE, VG_OK});
    sweep(f);
    assert_int_equal(toy_rows(f->toy), 1);
    fake_loop_advance(f->world->fake, 400 * second_ns);
    assert_int_equal(toy_rows(f->toy), 0);
    end(f);
}

static void a_pass_ends_at_its_time(void **state)
{
    struct fixture *f = *state;

    toy_make_local(f->toy);
    leave(f, "a", VG_META_DELETING, true);
    toy_script(f->toy, (toy_rule){VG_OP_DROP_COLLECTION, 0, TOY_FOREVER, TOY_WAIT, VG_OK});
    sweep(f);
    assert_int_equal(vg_catalog_busy(f->world->catalog), 1);
    fake_loop_advance(f->world->fake, 31 * second_ns);
    assert_int_equal(vg_catalog_busy(f->world->catalog), 0);
    toy_unscript(f->toy);
    fake_loop_advance(f->world->fake, 61 * second_ns);
    assert_int_equal(toy_rows(f->toy), 0);
    end(f);
}

static void a_shutdown_ends_it_wherever_it_is(void **state)
{
    struct fixture *f = *state;

    toy_make_local(f->toy);
    for (unsigned at = 0; at < 6; at++) {
        leave(f, "a", VG_META_DELETING, true);
        toy_fixture_restart(f);
        toy_fixture_hold(f, at, TOY_HOLD_BEFORE);
        vg_catalog_sweep(f->world->catalog, &sole);
        toy_settle(f->world);
        end(f);
        toy_fixture_release(f);
        assert_int_equal(vg_catalog_busy(f->world->catalog), 0);
        fake_loop_advance(f->world->fake, 300 * second_ns);
        toy_fixture_restart(f); /* with nothing left on the loop */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_left_is_finished_or_undone),
        WITH_WORLD(a_half_deleted_collection_takes_its_aliases_along),
        WITH_WORLD(many_are_tidied_up_in_several_passes),
        WITH_WORLD(what_another_gateway_may_be_at_is_left_for_later),
        WITH_WORLD(what_a_client_is_at_is_waited_for),
        WITH_WORLD(clients_wait_for_the_name_and_not_for_the_pass),
        WITH_WORLD(what_fails_is_tried_again_and_stops_nobody_else),
        WITH_WORLD(a_store_that_is_down_is_asked_again),
        WITH_WORLD(a_pass_ends_at_its_time),
        WITH_WORLD(a_shutdown_ends_it_wherever_it_is),
    };

    return cmocka_run_group_tests(tests, without_log, NULL);
}
