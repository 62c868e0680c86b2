/* Several clients on one name at once, clients that go, deadlines that pass, at every exchange. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "tests/support/toy_world.h"

enum { MOST_EXCHANGES = 8 };

static const uint64_t second_ns = 1000000000;

struct fixture {
    toys *toy;
    toy_world *world;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    f->toy = toy_new();
    f->world = toy_world_new(f->toy);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    toy_world_free(f->world);
    toy_free(f->toy);
    free(f);
    assert_int_equal(vg_arena_total_bytes(), 0);
    return 0;
}

/* The n-th exchange from now on is done, or not, and then nothing moves until the release. */
static void hold(struct fixture *f, unsigned n, toy_fate fate)
{
    toy_unscript(f->toy);
    toy_script(f->toy, (toy_rule){TOY_ANY, n, 1, fate, VG_OK});
}

static void settle(struct fixture *f)
{
    toy_settle(f->world);
}

static void release(struct fixture *f)
{
    toy_unscript(f->toy);
    toy_release(f->toy);
    settle(f);
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
        hold(f, at, TOY_HOLD_BEFORE);
        for (uint32_t i = 0; i < 6; i++) {
            asks[i] = toy_begin_create(f->world, "a", i + 1);
            settle(f);
        }
        release(f);
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
        hold(f, at, TOY_HOLD_BEFORE);
        create = toy_begin_create(f->world, "a", 4);
        settle(f);
        drop = toy_begin_drop(f->world, "a");
        settle(f);
        assert_int_equal(create->done + drop->done, 0);
        release(f);
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
        hold(f, at, TOY_HOLD_AFTER);
        drop = toy_begin_drop(f->world, "a");
        settle(f);
        create = toy_begin_create(f->world, "a", 5 + at % 2);
        release(f);
        assert_int_equal(toy_end(drop), VG_OK);
        assert_int_equal(toy_end(create), VG_OK);
        assert_int_equal(toy_find(f->world, "a", &code), 5 + at % 2);
    }
}

static void other_names_do_not_wait(void **state)
{
    struct fixture *f = *state;
    toy_ask *create;

    hold(f, 2, TOY_HOLD_BEFORE);
    create = toy_begin_create(f->world, "a", 4);
    settle(f);
    assert_int_equal(toy_create(f->world, "b", 4), VG_OK);
    assert_int_equal(create->done, 0);
    release(f);
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
        hold(f, at / 2, at % 2 ? TOY_HOLD_AFTER : TOY_HOLD_BEFORE);
        create = toy_begin_create(f->world, "a", 4);
        settle(f);
        find = toy_begin_find(f->world, "a");
        settle(f);
        release(f);
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
    hold(f, 0, TOY_HOLD_AFTER);
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
    hold(f, 0, TOY_HOLD_AFTER);
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
        hold(f, at / 2, at % 2 ? TOY_HOLD_AFTER : TOY_HOLD_BEFORE);
        find = toy_begin_find(f->world, "old");
        settle(f);
        drop = toy_begin_drop(f->world, "old");
        settle(f);
        release(f);
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
        hold(f, at, at ? TOY_HOLD_BEFORE : TOY_HOLD_AFTER);
        create = toy_begin_create(f->world, "a", 4);
        settle(f);
        toy_unscript(f->toy);
        second = toy_create(other, "a", 5);
        release(f);
        first = toy_end(create);
        assert_int_equal(second, VG_OK);
        assert_int_equal(first, VG_EXISTS);
        assert_int_equal(toy_collections(f->toy), 1);
        toy_drop(other, "a", &did);
    }
    toy_world_free(other);
}

/* ---- clients that go, gateways that shut down, deadlines ---- */

static toy_ask *begin(struct fixture *f, int which)
{
    if (which == 0)
        return toy_begin_create(f->world, "a", 4);
    if (which == 1)
        return toy_begin_drop(f->world, "a");
    return which == 2 ? toy_begin_find(f->world, "old") : toy_begin_list(f->world);
}

static void prepare(struct fixture *f, int which)
{
    if (which == 1)
        toy_create(f->world, "a", 4);
    if (which == 2)
        toy_set_collection(f->toy, "old", 6);
}

/* Whatever happened, the next clients find a name that can be used. */
static void check_usable(struct fixture *f, const char *name)
{
    vg_code code;
    bool did;

    assert_int_equal(toy_drop(f->world, name, &did), VG_OK);
    assert_int_equal(toy_create(f->world, name, 3), VG_OK);
    assert_int_equal(toy_find(f->world, name, &code), 3);
    assert_int_equal(toy_drop(f->world, name, &did), VG_OK);
    assert_int_equal(toy_rows(f->toy) + toy_collections(f->toy), 0);
}

static void cancel_at(struct fixture *f, int which, unsigned at, toy_fate fate, vg_code why)
{
    toy_ask *ask;
    vg_code code;

    prepare(f, which);
    hold(f, at, fate);
    ask = begin(f, which);
    settle(f);
    vg_catalog_cancel(f->world->catalog, &ask->op, why);
    assert_int_equal(toy_held(f->toy) + (unsigned)ask->done <= 1, 1);
    settle(f);
    release(f);
    code = toy_end(ask);
    assert_true(code == VG_OK || code == why);
    assert_int_equal(vg_catalog_busy(f->world->catalog), 0);
    check_usable(f, which == 2 ? "old" : "a");
}

static void every_errand_can_be_cancelled_at_every_exchange(void **state)
{
    static const vg_code reasons[] = {VG_CANCELLED, VG_UNAVAILABLE, VG_DEADLINE};
    struct fixture *f = *state;

    for (int which = 0; which < 4; which++)
        for (unsigned at = 0; at < MOST_EXCHANGES; at++)
            for (int k = 0; k < 6; k++)
                cancel_at(f, which, at, k % 2 ? TOY_HOLD_AFTER : TOY_HOLD_BEFORE, reasons[k / 2]);
}

static void what_has_begun_to_change_goes_on_without_its_client(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;
    vg_code code;

    hold(f, 1, TOY_HOLD_BEFORE); /* the row is being written */
    ask = toy_begin_create(f->world, "a", 4);
    settle(f);
    vg_catalog_cancel(f->world->catalog, &ask->op, VG_CANCELLED);
    release(f);
    assert_int_equal(toy_end(ask), VG_OK);
    assert_int_equal(toy_find(f->world, "a", &code), 4);
}

static void what_has_not_begun_to_change_stops_with_its_client(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;

    hold(f, 0, TOY_HOLD_BEFORE);
    ask = toy_begin_create(f->world, "a", 4);
    settle(f);
    vg_catalog_cancel(f->world->catalog, &ask->op, VG_CANCELLED);
    settle(f);
    assert_int_equal(toy_end(ask), VG_CANCELLED);
    assert_int_equal(toy_rows(f->toy), 0);
    assert_string_equal(toy_log(f->toy), "meta_get");
}

/* A reply that is there already when the client goes leads to nothing new. */
static void a_reply_after_the_client_went_begins_nothing(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;

    hold(f, 0, TOY_HOLD_BEFORE);
    ask = toy_begin_create(f->world, "a", 4);
    settle(f);
    toy_release(f->toy); /* on its way … */
    vg_catalog_cancel(f->world->catalog, &ask->op, VG_CANCELLED);
    settle(f);
    assert_int_equal(toy_end(ask), VG_CANCELLED);
    assert_int_equal(toy_rows(f->toy), 0);
}

struct leaver {
    vg_task task;
    toy_ask *ask;
};

static void leave(vg_task *task)
{
    toy_ask *ask = vg_container_of(task, struct leaver, task)->ask;

    vg_catalog_cancel(ask->world->catalog, &ask->op, VG_CANCELLED);
}

/* Between the end of an exchange and the step that follows it. */
static void nor_does_one_that_was_read_as_the_client_went(void **state)
{
    struct fixture *f = *state;
    struct leaver leaver = {.task = {.run = leave}};

    hold(f, 0, TOY_HOLD_BEFORE);
    leaver.ask = toy_begin_create(f->world, "a", 4);
    settle(f);
    toy_release(f->toy);
    vg_loop_post(fake_loop_loop(f->world->fake), &leaver.task);
    settle(f);
    assert_int_equal(toy_end(leaver.ask), VG_CANCELLED);
    assert_string_equal(toy_log(f->toy), "meta_get");
}

static void a_hung_backend_ends_at_the_deadline(void **state)
{
    static const int kinds[] = {VG_OP_META_GET, VG_OP_META_CREATE, VG_OP_CREATE_COLLECTION,
                                VG_OP_META_UPDATE};
    struct fixture *f = *state;
    toy_ask *ask;

    for (size_t i = 0; i < 4; i++) {
        toy_script(f->toy, (toy_rule){kinds[i], 0, TOY_FOREVER, TOY_WAIT, VG_OK});
        ask = toy_begin_create(f->world, "a", 4);
        fake_loop_advance(f->world->fake, 29 * second_ns);
        assert_int_equal(ask->done, 0);
        fake_loop_advance(f->world->fake, 2 * second_ns);
        toy_unscript(f->toy);
        assert_int_equal(toy_end(ask), VG_DEADLINE);
        check_usable(f, "a");
    }
}

static void waiting_for_a_name_ends_at_ones_own_deadline(void **state)
{
    struct fixture *f = *state;
    toy_ask *first, *second, *third;

    hold(f, 2, TOY_HOLD_BEFORE);
    first = toy_begin_create(f->world, "a", 4);
    settle(f);
    second = toy_make_ask(f->world, VG_OP_DROP_COLLECTION, "a");
    second->op.deadline_ns -= 25 * second_ns;
    vg_catalog_drop(f->world->catalog, &second->op);
    third = toy_begin_drop(f->world, "a");
    fake_loop_advance(f->world->fake, 6 * second_ns);
    assert_int_equal(toy_end(second), VG_DEADLINE);
    assert_int_equal(first->done + third->done, 0);
    release(f);
    assert_int_equal(toy_end(first), VG_OK);
    assert_int_equal(toy_end(third), VG_OK);
    assert_int_equal(toy_collections(f->toy) + toy_rows(f->toy), 0);
}

static void who_waits_for_a_name_can_go(void **state)
{
    struct fixture *f = *state;
    toy_ask *asks[4];

    hold(f, 2, TOY_HOLD_BEFORE);
    for (uint32_t i = 0; i < 4; i++) {
        asks[i] = toy_begin_create(f->world, "a", i + 1);
        settle(f);
    }
    vg_catalog_cancel(f->world->catalog, &asks[1]->op, VG_CANCELLED); /* the first that waits */
    vg_catalog_cancel(f->world->catalog, &asks[3]->op, VG_UNAVAILABLE);
    assert_int_equal(asks[1]->done + asks[3]->done, 0); /* never within the call */
    settle(f);
    assert_int_equal(toy_end(asks[1]), VG_CANCELLED);
    assert_int_equal(toy_end(asks[3]), VG_UNAVAILABLE);
    release(f);
    assert_int_equal(toy_end(asks[0]), VG_OK);
    assert_int_equal(toy_end(asks[2]), VG_EXISTS);
}

static void who_was_first_and_goes_hands_the_name_on(void **state)
{
    struct fixture *f = *state;
    toy_ask *first, *second;
    vg_code code;

    hold(f, 0, TOY_HOLD_BEFORE);
    first = toy_begin_create(f->world, "a", 4);
    settle(f);
    second = toy_begin_create(f->world, "a", 5);
    vg_catalog_cancel(f->world->catalog, &first->op, VG_CANCELLED);
    settle(f);
    assert_int_equal(toy_end(first), VG_CANCELLED);
    assert_int_equal(toy_end(second), VG_OK);
    assert_int_equal(toy_find(f->world, "a", &code), 5);
}

static void nothing_ends_within_the_call_that_began_it(void **state)
{
    struct fixture *f = *state;

    for (int which = 0; which < 4; which++) {
        toy_ask *ask = begin(f, which);

        assert_int_equal(ask->done, 0);
        settle(f);
        toy_end(ask);
    }
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

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
        WITH_WORLD(every_errand_can_be_cancelled_at_every_exchange),
        WITH_WORLD(what_has_begun_to_change_goes_on_without_its_client),
        WITH_WORLD(what_has_not_begun_to_change_stops_with_its_client),
        WITH_WORLD(a_reply_after_the_client_went_begins_nothing),
        WITH_WORLD(nor_does_one_that_was_read_as_the_client_went),
        WITH_WORLD(a_hung_backend_ends_at_the_deadline),
        WITH_WORLD(waiting_for_a_name_ends_at_ones_own_deadline),
        WITH_WORLD(who_waits_for_a_name_can_go),
        WITH_WORLD(who_was_first_and_goes_hands_the_name_on),
        WITH_WORLD(nothing_ends_within_the_call_that_began_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
