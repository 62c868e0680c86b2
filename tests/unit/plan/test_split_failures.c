/* A change of which a part fails: what is told of the points is what became of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/plan/split_say.h"

#define CONNECT "the backend could not be connected to"
#define RESET                                                                                  \
    "the connection to the backend ended before its reply was whole; it is not known whether " \
    "the write was done, repeating it is safe"

static void fill(struct fixture *f, uint32_t points, uint32_t ids)
{
    split_fill(f->toy, f->world);
    toy_vectors_adapter(f->toy)->can.max_points_per_call = points;
    toy_vectors_adapter(f->toy)->can.max_ids_per_call = ids;
}

static const char *say_with(struct fixture *f, const char *text, unsigned n, toy_fate fate)
{
    toy_unscript(f->toy);
    toy_script(f->toy, (toy_rule){TOY_ANY, n, 1, fate, VG_INVALID});
    return split_say(f->world, text);
}

/* ---- each row fails at an exchange ---- */

static const struct {
    const char *says;
    const char *before; /* done first */
    const char *asks;
    uint32_t most;
    unsigned n;
    toy_fate fate;
    const char *told;
    const char *store;
} rows[] = {
    {"those beside it run to their end", "", "upsert=1 1 2 3 4 5 6 7 8 9 10", 1, 0, TOY_REFUSE,
     "invalid : the toy refuses; not applied: 1, 5, 6, 7, 8 and 2 more; all other points "
     "are applied",
     "2=1/1 3=1/1 4=1/1"},
    {"none beside it", "", "upsert=1 1 2 3 4", 2, 1, TOY_REFUSE,
     "invalid : the toy refuses; not applied: 3, 4; all other points are applied", "1=1/1 2=1/1"},
    {"what never left", "", "upsert=1 1 2 3", 2, 0, TOY_FAULT_BEFORE,
     "backend_down toy: " CONNECT "; not applied: 1, 2; all other points are applied", "3=1/1"},
    {"what left and was not answered", "", "upsert=1 1 2 3", 2, 0, TOY_FAULT_AFTER,
     "backend_down toy: " RESET "; perhaps applied: 1, 2; all other points are applied",
     "1=1/1 2=1/1 3=1/1"},
    {"both", "", "upsert=1 1 2 3 4 5 6", 1, 0, TOY_FAULT_AFTER,
     "backend_down toy: " RESET
     "; not applied: 5, 6; perhaps applied: 1; all other points are applied",
     "1=1/1 2=1/1 3=1/1 4=1/1"},
    {"a deletion", "upsert=1 1 2 3 4", "delete 4 3 2", 2, 0, TOY_REFUSE,
     "invalid : the toy refuses; not applied: 4, 3; all other points are applied",
     "1=1/1 3=1/1 4=1/1"},
    {"in order nothing is beside it", "upsert=1 1; upsert=1 2", "update_vectors=2 1 2 1", 1, 0,
     TOY_REFUSE, "invalid : the toy refuses; not applied: 1, 2, 1", "1=1/1 2=1/1"},
    {"a piece of a batch", "", "upsert=1 1; upsert=2 2 3; upsert=3 4; delete 1", 1, 2, TOY_REFUSE,
     "invalid : the toy refuses; of operations[1] not applied: 3; all other points are applied; "
     "those before operations[1] are applied; operations[2] and those behind it are not begun",
     "1=1/1 2=2/2"},
    {"one of a batch as a whole", "", "upsert=1 1 2; upsert=2 3 4; upsert=3 5 6", 2, 1, TOY_REFUSE,
     "invalid : the toy refuses; operations[1] is not applied; those before operations[1] are "
     "applied; operations[2] and those behind it are not begun",
     "1=1/1 2=1/1"},
    {"perhaps", "", "upsert=1 1 2; upsert=2 3 4; upsert=3 5 6", 2, 0, TOY_FAULT_AFTER,
     "backend_down toy: " RESET
     "; operations[0] is perhaps applied; operations[1] and those behind it are not begun",
     "1=1/1 2=1/1"},
    {"several that go together", "", "upsert=1 1 2; upsert=2 3; delete 1; upsert=3 5 6", 2, 1,
     TOY_REFUSE,
     "invalid : the toy refuses; operations[1] to [2] are perhaps applied in part; those before "
     "operations[1] are applied; operations[3] and those behind it are not begun",
     "1=1/1 2=1/1"},
};

static void what_is_told_is_what_became_of_the_points(void **state)
{
    struct fixture *f = *state;

    fill(f, 0, 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print_message("%s\n", rows[i].says);
        toy_unscript(f->toy);
        toy_vectors_adapter(f->toy)->can.max_points_per_call = 0;
        toy_vectors_adapter(f->toy)->can.max_ids_per_call = 0;
        split_say(f->world, "delete");
        if (rows[i].before[0] != '\0')
            split_say(f->world, rows[i].before);
        toy_vectors_adapter(f->toy)->can.max_points_per_call = rows[i].most;
        toy_vectors_adapter(f->toy)->can.max_ids_per_call = rows[i].most;
        assert_string_equal(say_with(f, rows[i].asks, rows[i].n, rows[i].fate), rows[i].told);
        assert_string_equal(split_store(f->toy), rows[i].store);
    }
}

static void a_collection_that_is_gone_is_told_as_that(void **state)
{
    struct fixture *f = *state;

    fill(f, 1, 0);
    toy_set_collection(f->toy, "a", 0);
    assert_string_equal(split_say(f->world, "upsert=1 1 2 3"),
                        "not_found collection: Collection `a` doesn't exist!");
    assert_int_equal(toy_rows(f->toy), 0);
}

static void a_read_fails_with_its_part(void **state)
{
    struct fixture *f = *state;

    fill(f, 0, 1);
    split_say(f->world, "upsert=1 1 2 3");
    assert_string_equal(say_with(f, "get 1 2 3", 1, TOY_REFUSE), "invalid : the toy refuses");
    assert_string_equal(say_with(f, "get 1 2 3", 9, TOY_REFUSE), "1 2 3");
}

/* ---- early ends ---- */

static toy_ask *begin(struct fixture *f, const char *text)
{
    toy_ask *ask = split_make(f->world, text);

    assert_non_null(ask);
    toy_start(ask);
    return ask;
}

static void nothing_new_is_sent_when_the_client_goes(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;

    fill(f, 1, 0);
    toy_script(f->toy, (toy_rule){VG_OP_UPSERT, 0, TOY_FOREVER, TOY_HOLD_BEFORE, VG_OK});
    ask = begin(f, "upsert=1 1 2 3 4 5 6");
    toy_settle(f->world);
    vg_plan_cancel(f->world->plan, &ask->op, VG_CANCELLED);
    toy_settle(f->world);
    assert_int_equal(ask->done, 0); /* what was sent runs to its end */
    toy_fixture_release(f);
    assert_string_equal(split_show(ask), "cancelled : the client has gone; not applied: 5, 6; all "
                                         "other points are applied");
    assert_string_equal(split_store(f->toy), "1=1/1 2=1/1 3=1/1 4=1/1");
}

static void what_was_cancelled_too_late_is_done(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;

    fill(f, 1, 0);
    toy_script(f->toy, (toy_rule){VG_OP_UPSERT, 0, TOY_FOREVER, TOY_HOLD_BEFORE, VG_OK});
    ask = begin(f, "upsert=1 1 2 3");
    toy_settle(f->world);
    vg_plan_cancel(f->world->plan, &ask->op, VG_CANCELLED);
    toy_fixture_release(f);
    assert_string_equal(split_show(ask), "ok");
    toy_script(f->toy, (toy_rule){VG_OP_UPSERT, 0, TOY_FOREVER, TOY_HOLD_BEFORE, VG_OK});
    ask = begin(f, "upsert=1 1 2 3 4 5");
    toy_settle(f->world);
    vg_plan_cancel(f->world->plan, &ask->op, VG_UNAVAILABLE);
    toy_fixture_release(f);
    assert_string_equal(split_show(ask), "backend_down : the gateway is shutting down; not "
                                         "applied: 5; all other points are applied");
}

static void the_deadline_is_that_of_all_parts(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;

    fill(f, 1, 0);
    toy_script(f->toy, (toy_rule){VG_OP_UPSERT, 1, 1, TOY_HOLD_AFTER, VG_OK});
    ask = begin(f, "upsert=1 1 2 3");
    toy_settle(f->world);
    fake_loop_advance(f->world->fake, 31000000000);
    assert_string_equal(split_show(ask),
                        "deadline toy: the deadline has passed; it is not known whether the write "
                        "was done, repeating it is safe; perhaps applied: 2; all other points are "
                        "applied");
}

static vg_code cancel_at(struct fixture *f, const char *text, unsigned n, toy_fate fate)
{
    toy_ask *ask;

    toy_unscript(f->toy);
    toy_script(f->toy, (toy_rule){TOY_ANY, n, 1, fate, VG_OK});
    ask = begin(f, text);
    toy_settle(f->world);
    if (ask->done == 0)
        vg_plan_cancel(f->world->plan, &ask->op, VG_UNAVAILABLE);
    toy_settle(f->world);
    toy_fixture_release(f);
    return toy_end(ask);
}

static const char *const asks[] = {"upsert=1 1 2 3 4 5 6 7", "delete 1 2; upsert=3 4 5; delete 4",
                                   "get 1 2 3 4 5 6", "search=5", "update_vectors=1 1 1 2"};
enum { ASKS = sizeof asks / sizeof asks[0] };

static void it_can_be_cancelled_at_every_exchange(void **state)
{
    struct fixture *f = *state;

    fill(f, 1, 1);
    toy_vectors_adapter(f->toy)->can.max_queries_per_call = 1;
    for (int i = 0; i < ASKS; i++) {
        for (unsigned n = 0; n < 9; n++) {
            vg_code code = cancel_at(f, asks[i], n, n % 2 ? TOY_HOLD_BEFORE : TOY_HOLD_AFTER);

            /* A write that was sent, and was the last, has its true result. */
            assert_true(code == VG_UNAVAILABLE || code == VG_OK || code == VG_NOT_FOUND);
        }
    }
}

static void it_can_be_cancelled_at_every_turn(void **state)
{
    struct fixture *f = *state;

    fill(f, 1, 1);
    toy_vectors_adapter(f->toy)->can.max_queries_per_call = 1;
    for (int i = 0; i < ASKS; i++) {
        for (int turns = 0; turns < 30; turns++) {
            toy_ask *ask = begin(f, asks[i]);

            for (int t = 0; t < turns; t++)
                vg_loop_turn(fake_loop_loop(f->world->fake));
            if (ask->done == 0)
                vg_plan_cancel(f->world->plan, &ask->op, VG_CANCELLED);
            toy_settle(f->world);
            toy_end(ask);
        }
    }
}

static void it_waits_for_the_pool_that_cuts_it(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;

    fill(f, 1, 0);
    f->world->pool.holds = 0; /* it is cut there */
    ask = begin(f, "upsert=1 1 2 3");
    toy_settle(f->world);
    vg_plan_cancel(f->world->plan, &ask->op, VG_CANCELLED);
    toy_settle(f->world);
    assert_int_equal(ask->done, 0);
    toy_pool_release(f->world);
    toy_settle(f->world);
    assert_string_equal(split_show(ask), "cancelled : the client has gone");
    assert_string_equal(toy_log(f->toy), "");
    f->world->pool.refuses = f->world->pool.lent;
    assert_string_equal(split_say(f->world, "upsert=1 1 2"),
                        "overloaded : the queue for large answers is full, try again soon");
    assert_string_equal(toy_log(f->toy), "");
}

/* ---- no memory ---- */

static void without_memory_it_ends_as_that(void **state)
{
    struct fixture *f = *state;
    int failures = 0, successes = 0;

    fill(f, 1, 1);
    toy_vectors_adapter(f->toy)->can.max_queries_per_call = 1;
    for (size_t bytes = 512; bytes < 16384; bytes += 64) {
        toy_world_free(f->world);
        f->world = toy_world_new_capped(f->toy, (toy_caps){.op_bytes = bytes});
        for (int i = 0; i < ASKS; i++) {
            toy_ask *ask = split_make(f->world, asks[i]);
            vg_code code;

            if (!ask)
                continue;
            toy_start(ask);
            toy_settle(f->world);
            code = toy_end(ask);
            assert_true(code == VG_OK || code == VG_TOO_LARGE || code == VG_OVERLOADED ||
                        code == VG_NOT_FOUND);
            failures += code == VG_TOO_LARGE || code == VG_OVERLOADED;
            successes += code == VG_OK;
        }
    }
    assert_true(failures > 50 && successes > 50);
}

static void parts_without_memory_are_not_applied(void **state)
{
    struct fixture *f = *state;
    const char *told = "";
    int failures = 0;

    fill(f, 1, 1);
    for (size_t bytes = 256; bytes < 4096; bytes += 64) {
        toy_world_free(f->world);
        f->world = toy_world_new_capped(f->toy, (toy_caps){.child_bytes = bytes});
        told = split_say(f->world, "upsert=1 1 2 3");
        failures += told[0] != 'o';
    }
    assert_string_equal(told, "ok");
    assert_true(failures > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(what_is_told_is_what_became_of_the_points),
        WITH_WORLD(a_collection_that_is_gone_is_told_as_that),
        WITH_WORLD(a_read_fails_with_its_part),
        WITH_WORLD(nothing_new_is_sent_when_the_client_goes),
        WITH_WORLD(what_was_cancelled_too_late_is_done),
        WITH_WORLD(the_deadline_is_that_of_all_parts),
        WITH_WORLD(it_can_be_cancelled_at_every_exchange),
        WITH_WORLD(it_can_be_cancelled_at_every_turn),
        WITH_WORLD(it_waits_for_the_pool_that_cuts_it),
        WITH_WORLD(without_memory_it_ends_as_that),
        WITH_WORLD(parts_without_memory_are_not_applied),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
