/* Clients that go, gateways that shut down, deadlines that pass, at every exchange. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/check.h"
#include "tests/support/toy_change.h"
#include "tests/support/toy_fixture.h"

enum { MOST_EXCHANGES = 12 };

static const uint64_t second_ns = 1000000000;

static void settle(struct fixture *f)
{
    toy_settle(f->world);
}

enum { CREATE, DROP, FIND, LIST, ALIAS, UPDATE, DEEDS };

static toy_ask *begin_update(struct fixture *f)
{
    toy_ask *ask = toy_make_ask(f->world, VG_OP_CREATE_INDEX, "a");

    ask->op.in.index.index = (vg_index){.key = VG_LIT("k"), .kind = VG_INDEX_BOOL};
    ask->op.collection = f->found->op.collection;
    assert_true(vg_catalog_update(f->world->catalog, &ask->op));
    return ask;
}

static toy_ask *begin(struct fixture *f, int which)
{
    switch (which) {
    case CREATE:
        return toy_begin_create(f->world, "a", 4);
    case DROP:
        return toy_begin_drop(f->world, "a");
    case FIND:
        return toy_begin_find(f->world, "old");
    case LIST:
        return toy_begin_list(f->world);
    case ALIAS:
        return toy_begin_aliases(f->world, "x=a y=old !x");
    default:
        return begin_update(f);
    }
}

static void prepare(struct fixture *f, int which)
{
    f->found = NULL;
    if (which == DROP || which == ALIAS || which == UPDATE)
        toy_create(f->world, "a", 4);
    if (which == DROP)
        toy_change_aliases(f->world, "x=a");
    if (which == FIND || which == ALIAS)
        toy_set_collection(f->toy, "old", 6);
    if (which == UPDATE)
        f->found = toy_begin_find(f->world, "a");
}

static void tidy(struct fixture *f)
{
    if (f->found)
        toy_end(f->found);
    f->found = NULL;
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
    assert_int_equal(toy_drop(f->world, "old", &did), VG_OK);
    assert_int_equal(toy_change_aliases(f->world, "!x !y"), VG_OK);
    assert_int_equal(toy_rows(f->toy), toy_row(f->toy, "/aliases") ? 1 : 0);
    assert_int_equal(toy_collections(f->toy), 0);
}

static void cancel_at(struct fixture *f, int which, unsigned at, toy_fate fate, vg_code why)
{
    toy_ask *ask;
    vg_code code;

    prepare(f, which);
    toy_fixture_hold(f, at, fate);
    ask = begin(f, which);
    settle(f);
    vg_catalog_cancel(f->world->catalog, &ask->op, why);
    assert_int_equal(toy_held(f->toy) + (unsigned)ask->done <= 1, 1);
    settle(f);
    toy_fixture_release(f);
    code = toy_end(ask);
    assert_true(code == VG_OK || code == why);
    assert_int_equal(vg_catalog_busy(f->world->catalog), 0);
    tidy(f);
    check_usable(f, which == FIND ? "old" : "a");
}

static void every_errand_can_be_cancelled_at_every_exchange(void **state)
{
    static const vg_code reasons[] = {VG_CANCELLED, VG_UNAVAILABLE, VG_DEADLINE};
    struct fixture *f = *state;

    for (int which = 0; which < DEEDS; which++)
        for (unsigned at = 0; at < MOST_EXCHANGES; at++)
            for (int k = 0; k < 6; k++)
                cancel_at(f, which, at, k % 2 ? TOY_HOLD_AFTER : TOY_HOLD_BEFORE, reasons[k / 2]);
}

static void what_has_begun_to_change_goes_on_without_its_client(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;
    vg_code code;

    toy_fixture_hold(f, 2, TOY_HOLD_BEFORE); /* the row is being written */
    ask = toy_begin_create(f->world, "a", 4);
    settle(f);
    vg_catalog_cancel(f->world->catalog, &ask->op, VG_CANCELLED);
    toy_fixture_release(f);
    assert_int_equal(toy_end(ask), VG_OK);
    assert_int_equal(toy_find(f->world, "a", &code), 4);
}

static void what_has_not_begun_to_change_stops_with_its_client(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;

    toy_fixture_hold(f, 0, TOY_HOLD_BEFORE);
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

    toy_fixture_hold(f, 0, TOY_HOLD_BEFORE);
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

    toy_fixture_hold(f, 0, TOY_HOLD_BEFORE);
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

    toy_fixture_hold(f, 2, TOY_HOLD_BEFORE);
    first = toy_begin_create(f->world, "a", 4);
    settle(f);
    second = toy_make_ask(f->world, VG_OP_DROP_COLLECTION, "a");
    second->op.deadline_ns -= 25 * second_ns;
    vg_catalog_drop(f->world->catalog, &second->op);
    third = toy_begin_drop(f->world, "a");
    fake_loop_advance(f->world->fake, 6 * second_ns);
    assert_int_equal(toy_end(second), VG_DEADLINE);
    assert_int_equal(first->done + third->done, 0);
    toy_fixture_release(f);
    assert_int_equal(toy_end(first), VG_OK);
    assert_int_equal(toy_end(third), VG_OK);
    assert_int_equal(toy_collections(f->toy) + toy_rows(f->toy), 0);
}

static void who_waits_for_a_name_can_go(void **state)
{
    struct fixture *f = *state;
    toy_ask *asks[4];

    toy_fixture_hold(f, 2, TOY_HOLD_BEFORE);
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
    toy_fixture_release(f);
    assert_int_equal(toy_end(asks[0]), VG_OK);
    assert_int_equal(toy_end(asks[2]), VG_EXISTS);
}

static void who_was_first_and_goes_hands_the_name_on(void **state)
{
    struct fixture *f = *state;
    toy_ask *first, *second;
    vg_code code;

    toy_fixture_hold(f, 0, TOY_HOLD_BEFORE);
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

    for (int which = 0; which < UPDATE; which++) {
        for (int again = 0; again < 2; again++) { /* the second time without asking for aliases */
            toy_ask *ask = begin(f, which);

            assert_int_equal(ask->done, 0);
            settle(f);
            toy_end(ask);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
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
