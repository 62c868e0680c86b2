/* A matrix over a backend that samples and searches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/plan/query_say.h"

static toy_ask *make(struct fixture *f, uint32_t sample, uint32_t limit, const vg_filter *filter)
{
    toy_ask *ask = toy_make_ask(f->world, VG_OP_MATRIX, "a");

    ask->op.in.matrix.sample = sample;
    ask->op.in.matrix.limit = limit;
    ask->op.in.matrix.filter = filter;
    return ask;
}

static const char *say(struct fixture *f, uint32_t sample, uint32_t limit, const vg_filter *filter)
{
    toy_ask *ask = make(f, sample, limit, filter);

    toy_start(ask);
    assert_int_equal(ask->done, 0);
    toy_settle(f->world);
    return query_show(ask);
}

static void each_of_the_sample_has_its_neighbours_among_it(void **state)
{
    struct fixture *f = *state;
    const vg_condition is_odd = query_is("kind", "odd");
    const vg_filter odd = {.must = {&is_odd, 1}};

    query_fill(f);
    toy_put_point(f->toy, "a", (toy_point){.id = 11, .payload = "{\"kind\":\"odd\"}"});
    assert_string_equal(say(f, 100, 2, &odd), "1 3 5 | 3 1 5 | 5 3 7 | 7 9 5 | 9 7 5");
    assert_string_equal(toy_log(f->toy), "scroll search");
}

static void a_sample_is_as_large_as_asked_and_in_order(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;

    query_fill(f);
    ask = make(f, 4, 9, NULL);
    toy_start(ask);
    toy_settle(f->world);
    assert_int_equal(ask->op.out.searches.count, 4);
    for (uint32_t i = 0; i < 4; i++) {
        const vg_points *list = &ask->op.out.searches.at[i];

        assert_int_equal(list->count, 4); /* itself, and the other three */
        assert_true(i == 0 || list[-1].at[0].id.num < list->at[0].id.num);
    }
    toy_end(ask);
}

static void one_point_has_no_neighbours(void **state)
{
    struct fixture *f = *state;
    const vg_condition is_one = query_is("rank", "none"), *none = &is_one;
    const vg_filter nobody = {.must = {none, 1}};

    query_fill(f);
    assert_string_equal(say(f, 10, 2, &nobody), "");
    assert_string_equal(toy_log(f->toy), "scroll");
}

static void more_pairs_than_one_can_hold_are_not_looked_for(void **state)
{
    enum { POINTS = 1026 };
    const toy_caps roomy = {
        .op_bytes = 64 << 20, .child_bytes = 64 << 20, .scratch_bytes = 64 << 20};
    struct fixture *f = *state;

    toy_world_free(f->world);
    f->world = toy_world_new_capped(f->toy, roomy);
    query_fill(f);
    for (unsigned id = 11; id <= POINTS; id++)
        toy_put_point(f->toy, "a", (toy_point){.id = id, .vectors = {{"", {1, 0}, 0}}});
    assert_string_equal(say(f, POINTS, POINTS, NULL),
                        "too_large sample: 1026 points with 1025 neighbours each: one request may "
                        "ask for 1048576 pairs");
    assert_string_equal(toy_log(f->toy), "scroll");
}

static void a_point_that_is_gone_makes_another_sample(void **state)
{
    struct fixture *f = *state;
    const vg_condition is_odd = query_is("kind", "odd");
    const vg_filter odd = {.must = {&is_odd, 1}};
    toy_ask *ask;

    query_fill(f);
    ask = make(f, 100, 1, &odd);
    toy_script(f->toy, (toy_rule){VG_OP_SEARCH, 0, 1, TOY_HOLD_BEFORE, VG_OK});
    toy_start(ask);
    toy_settle(f->world);
    toy_drop_point(f->toy, "a", 3);
    toy_fixture_release(f);
    assert_string_equal(query_show(ask), "1 5 | 5 7 | 7 9 | 9 7");
    assert_string_equal(toy_log(f->toy), "scroll search scroll search");
}

static void it_does_not_try_for_ever(void **state)
{
    struct fixture *f = *state;

    query_fill(f);
    toy_script(f->toy, (toy_rule){VG_OP_SEARCH, 0, TOY_FOREVER, TOY_REFUSE, VG_NOT_FOUND});
    assert_string_equal(say(f, 10, 2, NULL), "not_found : the toy refuses");
    assert_string_equal(toy_log(f->toy), "scroll search scroll search scroll search");
}

static void a_backend_with_matrices_makes_them_itself(void **state)
{
    struct fixture *f = *state;
    vg_adapter *adapter = toy_vectors_adapter(f->toy);

    query_fill(f);
    adapter->ops[VG_OP_MATRIX] = adapter->ops[VG_OP_SEARCH];
    say(f, 10, 2, NULL);
    assert_string_equal(toy_log(f->toy), "search_matrix");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(each_of_the_sample_has_its_neighbours_among_it),
        WITH_WORLD(a_sample_is_as_large_as_asked_and_in_order),
        WITH_WORLD(one_point_has_no_neighbours),
        WITH_WORLD(more_pairs_than_one_can_hold_are_not_looked_for),
        WITH_WORLD(a_point_that_is_gone_makes_another_sample),
        WITH_WORLD(it_does_not_try_for_ever),
        WITH_WORLD(a_backend_with_matrices_makes_them_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
