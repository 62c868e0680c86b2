/* What is made of children ends once, whatever happens to one of them, and leaves nothing behind:
 * each row is run with a failure, a cancellation and too little memory at every exchange. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/plan/query_say.h"

enum { PLENTY = 1 << 20, MOST_EXCHANGES = 40 };

/* ---- what is asked ---- */

static vg_query fused[2], looked_up, rooted;

static void make_queries(void)
{
    fused[0] = query_near(1, 0, 100);
    fused[1] = (vg_query){.kind = VG_QUERY_SCROLL, .search = {.limit = 5}};
    looked_up = query_by_id(77, 2);
    looked_up.lookup_collection = VG_LIT("other");
    looked_up.lookup_vector = VG_LIT("v");
    rooted = query_near(0, 1, 3);
    rooted.prefetch = &looked_up;
    rooted.prefetch_count = 1;
}

/* Every stage at once: lookups, leaves of two kinds, a root, parts. */
static void fill_query(toy_ask *ask)
{
    vg_query *queries = VG_TAKE_N(ask->op.arena, vg_query, 2);

    ask->op.in.query.at = queries;
    ask->op.in.query.count = 2;
    if (!queries) {
        ask->op.in.query.count = 0;
        return;
    }
    queries[0] = query_of(VG_QUERY_DBSF, fused, 2, 3);
    queries[0].search.with_payload.want = VG_PAYLOAD_ALL;
    queries[1] = rooted;
}

static void fill_groups(toy_ask *ask)
{
    ask->op.in.groups.query = looked_up;
    ask->op.in.groups.query.search.with_payload.want = VG_PAYLOAD_ALL;
    ask->op.in.groups.grouping = (vg_grouping){.by = VG_LIT_INIT("rank"),
                                               .limit = 3,
                                               .size = 2,
                                               .lookup_collection = VG_LIT_INIT("other")};
}

static void fill_matrix(toy_ask *ask)
{
    ask->op.in.matrix.sample = 5;
    ask->op.in.matrix.limit = 2;
}

static const struct row {
    const char *says;
    vg_op_kind kind;
    void (*fill)(toy_ask *ask);
    unsigned works; /* of the pool's */
} rows[] = {
    {"a query", VG_OP_QUERY, fill_query, 2},
    {"groups", VG_OP_GROUPS, fill_groups, 3},
    {"a matrix", VG_OP_MATRIX, fill_matrix, 2},
};

static toy_ask *begin(struct fixture *f, const struct row *row)
{
    toy_ask *ask = toy_make_ask(f->world, row->kind, "a");

    if (!ask)
        return NULL;
    row->fill(ask);
    toy_start(ask);
    assert_int_equal(ask->done, 0);
    return ask;
}

static void fill(struct fixture *f)
{
    make_queries();
    query_fill(f);
    query_fill_other(f);
}

/* ---- at every exchange ---- */

/* What `fate` at the n-th exchange leads to; toy_met() is 0 when there is no n-th any more. */
static vg_code run_with(struct fixture *f, const struct row *row, unsigned n, toy_fate fate)
{
    toy_ask *ask;

    toy_fixture_restart(f); /* the collections are to be found again */
    toy_unscript(f->toy);
    toy_script(f->toy, (toy_rule){TOY_ANY, n, 1, fate, VG_THROTTLED});
    toy_log(f->toy);
    ask = begin(f, row);
    toy_settle(f->world);
    return toy_end(ask);
}

/* Was it a row that was asked for, of a collection which somebody beside had just read? Then there
 * is no failure. */
static bool was_nth_a_row(struct fixture *f, unsigned n)
{
    const char *at = toy_log(f->toy);

    while (n-- > 0 && (at = strchr(at, ' ')) != NULL)
        at++;
    return at && strncmp(at, "meta_get", strlen("meta_get")) == 0;
}

static void a_failure_is_the_ops(void **state)
{
    static const struct {
        toy_fate fate;
        vg_code code;
    } fates[] = {{TOY_REFUSE, VG_THROTTLED}, {TOY_FAULT_BEFORE, VG_UNAVAILABLE}};
    struct fixture *f = *state;

    fill(f);
    for (size_t i = 0; i < (size_t)3 * 2; i++) {
        unsigned n = 0;
        vg_code code = run_with(f, &rows[i / 2], n, fates[i % 2].fate);

        for (; toy_met(f->toy) > 0; code = run_with(f, &rows[i / 2], n, fates[i % 2].fate)) {
            if (code != fates[i % 2].code && !(code == VG_OK && was_nth_a_row(f, n)))
                fail_msg("%s, exchange %u: %s", rows[i / 2].says, n, vg_code_describe(code)->name);
            n++;
        }
        assert_int_equal(code, VG_OK);
        assert_in_range(n, 3, MOST_EXCHANGES);
    }
}

/* Was a collection about to be kept, which runs to its end? */
static bool is_adopting(struct fixture *f)
{
    return strstr(toy_log(f->toy), "meta_create") != NULL;
}

static vg_code cancel_at(struct fixture *f, const struct row *row, unsigned n, vg_code why)
{
    toy_ask *ask;

    toy_fixture_restart(f);
    toy_fixture_hold(f, n, TOY_HOLD_BEFORE);
    toy_log(f->toy);
    ask = begin(f, row);
    toy_settle(f->world);
    if (!ask->done) {
        vg_plan_cancel(f->world->plan, &ask->op, why);
        vg_plan_cancel(f->world->plan, &ask->op, VG_INTERNAL); /* the first reason stands */
    }
    toy_settle(f->world);
    assert_true(ask->done || is_adopting(f)); /* it does not wait for what is held, but for a row */
    toy_fixture_release(f);
    return toy_end(ask);
}

static void a_failure_ends_the_others(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;

    fill(f);
    toy_script(f->toy, (toy_rule){VG_OP_SCROLL, 0, 1, TOY_HOLD_BEFORE, VG_OK});
    toy_script(f->toy, (toy_rule){VG_OP_SEARCH, 0, 1, TOY_REFUSE, VG_THROTTLED});
    ask = begin(f, &rows[0]);
    toy_settle(f->world);
    assert_int_equal(toy_end(ask), VG_THROTTLED);
}

static void a_cancellation_ends_it_at_every_exchange(void **state)
{
    struct fixture *f = *state;
    vg_code code;

    fill(f);
    for (size_t i = 0; i < (size_t)3 * 2; i++) {
        vg_code why = i % 2 ? VG_UNAVAILABLE : VG_CANCELLED;
        unsigned n = 0;

        while ((code = cancel_at(f, &rows[i / 2], n, why)) != VG_OK) {
            assert_int_equal(code, why);
            n++;
        }
        assert_in_range(n, 3, MOST_EXCHANGES);
    }
}

/* After so many turns of the loop; OK when it has ended before. */
static vg_code cancel_after(struct fixture *f, const struct row *row, unsigned turns)
{
    toy_ask *ask;

    toy_fixture_restart(f);
    ask = begin(f, row);
    for (unsigned i = 0; !ask->done && i < turns; i++)
        vg_loop_turn(fake_loop_loop(f->world->fake));
    if (!ask->done)
        vg_plan_cancel(f->world->plan, &ask->op, VG_CANCELLED);
    toy_settle(f->world);
    return toy_end(ask);
}

static void it_can_be_cancelled_at_every_turn(void **state)
{
    struct fixture *f = *state;

    fill(f);
    for (size_t i = 0; i < 3; i++) {
        unsigned turns = 0, late = 0;

        for (; late < 3; turns++) { /* what is about to end may end well */
            vg_code code = cancel_after(f, &rows[i], turns);

            assert_true(code == VG_OK || code == VG_CANCELLED);
            late = code == VG_OK ? late + 1 : 0;
        }
        assert_in_range(turns, 6, 100);
    }
}

static void the_deadline_is_the_ops(void **state)
{
    struct fixture *f = *state;

    fill(f);
    for (size_t i = 0; i < 3; i++) {
        toy_ask *ask;

        toy_fixture_restart(f);
        toy_fixture_hold(f, 6, TOY_HOLD_BEFORE);
        ask = begin(f, &rows[i]);
        toy_settle(f->world);
        if (!ask->done)
            fake_loop_advance(f->world->fake, 31000000000);
        toy_settle(f->world);
        toy_fixture_release(f);
        assert_true(toy_code(ask) == VG_DEADLINE || toy_code(ask) == VG_OK);
        toy_end(ask);
    }
}

/* ---- on the pool ---- */

/* Held at the n-th work of the pool: cancelled while it is there, or after it was computed and
 * before the loop has it back. OK when there is no n-th any more. */
static vg_code cancel_lent(struct fixture *f, const struct row *row, unsigned n, bool is_computed)
{
    toy_ask *ask;

    toy_fixture_restart(f);
    f->world->pool.holds = n;
    ask = begin(f, row);
    toy_settle(f->world);
    if (!ask->done) {
        assert_non_null(f->world->pool.held);
        if (is_computed)
            toy_pool_release(f->world);
        vg_plan_cancel(f->world->plan, &ask->op, VG_CANCELLED);
        vg_plan_cancel(f->world->plan, &ask->op, VG_INTERNAL);
        if (!is_computed)
            toy_settle(f->world);
        assert_int_equal(ask->done, 0); /* the pool has its memory, or the loop is to turn first */
        assert_int_equal(ask->op.status.code, VG_OK);
        toy_log(f->toy);
        toy_pool_release(f->world);
        toy_settle(f->world);
        assert_string_equal(toy_log(f->toy), ""); /* nothing more is asked */
    }
    return toy_end(ask);
}

static void what_is_cancelled_on_the_pool_ends_when_it_is_back(void **state)
{
    struct fixture *f = *state;
    vg_code code;

    fill(f);
    for (size_t i = 0; i < (size_t)3 * 2; i++) {
        unsigned n = 0;

        while ((code = cancel_lent(f, &rows[i / 2], n, i % 2)) != VG_OK) {
            assert_int_equal(code, VG_CANCELLED);
            n++;
        }
        assert_int_equal(n, rows[i / 2].works);
    }
}

static void what_waits_on_the_pool_goes_on_after_it(void **state)
{
    struct fixture *f = *state;

    fill(f);
    for (size_t i = 0; i < (size_t)3 * 2; i++) {
        toy_ask *ask;

        toy_fixture_restart(f);
        f->world->pool.holds = i % 2;
        ask = begin(f, &rows[i / 2]);
        toy_settle(f->world);
        assert_int_equal(ask->done, 0);
        toy_pool_release(f->world);
        assert_int_equal(ask->done, 0);
        toy_settle(f->world);
        assert_int_equal(toy_end(ask), VG_OK);
    }
}

static void a_full_pool_refuses_it(void **state)
{
    struct fixture *f = *state;

    fill(f);
    for (size_t i = 0; i < (size_t)3 * 2; i++) {
        toy_ask *ask;

        toy_fixture_restart(f);
        f->world->pool.refuses = i % 2;
        ask = begin(f, &rows[i / 2]);
        toy_settle(f->world);
        assert_int_equal(toy_end(ask), VG_OVERLOADED);
    }
}

static void few_hits_stay_on_the_loop(void **state)
{
    struct fixture *f = *state;

    fill(f);
    for (size_t i = 0; i < 3; i++) {
        toy_ask *ask;

        toy_world_free(f->world);
        f->world = toy_world_new_capped(f->toy, (toy_caps){.inline_hits = 20});
        ask = begin(f, &rows[i]);
        toy_settle(f->world);
        assert_int_equal(f->world->pool.lent, 0);
        assert_int_equal(toy_end(ask), VG_OK);
    }
}

/* ---- memory ---- */

static vg_code squeeze(struct fixture *f, const struct row *row, toy_caps caps)
{
    toy_world *world = toy_world_new_capped(f->toy, caps);
    struct fixture small = {.toy = f->toy, .world = world};
    toy_ask *ask = begin(&small, row);
    vg_code code = VG_TOO_LARGE;

    toy_settle(world);
    if (ask)
        code = toy_end(ask);
    toy_world_free(world);
    return code;
}

static void without_memory_it_ends_as_that(void **state)
{
    struct fixture *f = *state;

    fill(f);
    for (size_t i = 0; i < 3; i++) {
        vg_code code = VG_TOO_LARGE;
        size_t bytes = 2048;

        for (; bytes < PLENTY && code != VG_OK; bytes += 256) {
            code = squeeze(f, &rows[i], (toy_caps){.op_bytes = bytes});
            if (code != VG_OK && code != VG_TOO_LARGE && code != VG_OVERLOADED)
                fail_msg("%s, %zu bytes: %s", rows[i].says, bytes, vg_code_describe(code)->name);
        }
        assert_int_equal(code, VG_OK);
    }
}

static void without_memory_for_children_it_ends_as_that(void **state)
{
    struct fixture *f = *state;

    fill(f);
    for (size_t i = 0; i < 3; i++) {
        vg_code code = VG_TOO_LARGE;

        for (size_t bytes = 256; bytes < PLENTY && code != VG_OK; bytes += 256) {
            code = squeeze(f, &rows[i], (toy_caps){.child_bytes = bytes});
            if (code != VG_OK && code != VG_TOO_LARGE && code != VG_OVERLOADED)
                fail_msg("%s, %zu bytes: %s", rows[i].says, bytes, vg_code_describe(code)->name);
        }
        assert_int_equal(code, VG_OK);
    }
}

/* Each has enough for itself. */
static void children_together_hold_no_more_than_one_op(void **state)
{
    enum { PAGES = 16 };
    struct fixture *f = *state;
    toy_caps caps = {.child_bytes = 0};
    vg_query pages[PAGES];
    const char *said;

    query_fill(f);
    for (int i = 0; i < PAGES; i++)
        pages[i] = (vg_query){.kind = VG_QUERY_SCROLL, .search = {.limit = 10}};
    do {
        caps.child_bytes += 1024;
        toy_world_free(f->world);
        f->world = toy_world_new_capped(f->toy, caps);
        said = query_say(f, pages, 1);
    } while (said[0] != '1');
    assert_string_equal(query_say(f, pages, 1), "1 2 3 4 5 6 7 8 9 10");
    assert_string_equal(query_say(f, pages, PAGES),
                        "too_large : the request needs more memory than one may have");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(a_failure_is_the_ops),
        WITH_WORLD(a_failure_ends_the_others),
        WITH_WORLD(a_cancellation_ends_it_at_every_exchange),
        WITH_WORLD(it_can_be_cancelled_at_every_turn),
        WITH_WORLD(the_deadline_is_the_ops),
        WITH_WORLD(what_is_cancelled_on_the_pool_ends_when_it_is_back),
        WITH_WORLD(what_waits_on_the_pool_goes_on_after_it),
        WITH_WORLD(a_full_pool_refuses_it),
        WITH_WORLD(few_hits_stay_on_the_loop),
        WITH_WORLD(without_memory_it_ends_as_that),
        WITH_WORLD(without_memory_for_children_it_ends_as_that),
        WITH_WORLD(children_together_hold_no_more_than_one_op),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
