/* What a credential asks beside the op: that a restricted one sees, finds, counts and deletes what
 * it may and nothing else, by whatever it asks. Of the ten points (query_say.h) it has the odd
 * ones: 1 3 5 7 9. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "plan/claims.h"
#include "tests/unit/plan/query_say.h"

#define DENIED                                                                               \
    "forbidden : This operation is not allowed when \"payload\" restriction is present for " \
    "collection a"

static vg_condition odd, even, big;
static vg_filter only_odd, only_even, only_big;
static vg_claims claims;

static int set_up(void **state)
{
    odd = query_is("kind", "odd");
    even = query_is("kind", "even");
    big = query_is("size", "big");
    only_odd = (vg_filter){.must = {&odd, 1}};
    only_even = (vg_filter){.must = {&even, 1}};
    only_big = (vg_filter){.must = {&big, 1}};
    claims = (vg_claims){.only = &only_odd};
    toy_fixture_set_up(state);
    query_fill(*state);
    return 0;
}

#define WITH_POINTS(test) cmocka_unit_test_setup_teardown(test, set_up, toy_fixture_tear_down)

static toy_ask *make(struct fixture *f, vg_op_kind kind)
{
    toy_ask *ask = toy_make_ask(f->world, kind, "a");

    ask->op.claims = &claims;
    return ask;
}

static void run(toy_ask *ask)
{
    toy_start(ask);
    assert_int_equal(ask->done, 0);
    toy_settle(ask->world);
}

/* "1 3 5", or how it failed. Ends the ask. */
static const char *show(toy_ask *ask, const vg_points *points)
{
    static char text[256];
    const vg_status *status = &ask->op.status;
    size_t used = 0;

    text[0] = '\0';
    run(ask);
    if (toy_code(ask) != VG_OK)
        snprintf(text, sizeof text, "%s " VG_FMT ": " VG_FMT,
                 vg_code_describe(status->code)->metric, VG_ARG(status->where),
                 VG_ARG(vg_status_what(status)));
    for (uint32_t i = 0; points && toy_code(ask) == VG_OK && i < points->count; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%d", i > 0 ? " " : "",
                                 (int)points->at[i].id.num);
    toy_end(ask);
    return text;
}

static const char *ask_query(struct fixture *f, const vg_query *queries, uint32_t count)
{
    toy_ask *ask = query_make(f, queries, count);

    ask->op.claims = &claims;
    run(ask);
    return query_show(ask);
}

/* ---- reads ---- */

static void searches_find_what_may_be_seen(void **state)
{
    struct fixture *f = *state;
    const vg_search searches[] = {
        {.vector = query_vector(1, 0), .limit = 10},
        {.vector = query_vector(1, 0), .limit = 10, .filter = &only_big},
        {.vector = query_vector(1, 0), .limit = 10, .filter = &only_even},
    };
    toy_ask *ask = make(f, VG_OP_SEARCH);

    ask->op.in.search.queries = searches;
    ask->op.in.search.count = 3;
    run(ask);
    assert_string_equal(query_show(ask), "1 3 5 7 9 | 7 9 | ");
    assert_null(searches[0].filter); /* the op's input was not written on */
}

static void queries_of_every_kind_find_what_may_be_seen(void **state)
{
    struct fixture *f = *state;
    vg_query queries[] = {query_near(1, 0, 10), query_of(VG_QUERY_SCROLL, NULL, 0, 10),
                          query_of(VG_QUERY_SAMPLE, NULL, 0, 10),
                          query_of(VG_QUERY_ORDER_BY, NULL, 0, 10)};

    queries[3].order = (vg_order_by){.key = VG_LIT("rank"), .descends = true};
    queries[1].search.filter = &only_big;
    assert_string_equal(ask_query(f, queries, 2), "1 3 5 7 9 | 7 9");
    assert_int_equal(strlen(ask_query(f, queries + 2, 1)), strlen("1 3 5 7 9"));
    queries[2].search.filter = &only_even;
    assert_string_equal(ask_query(f, queries + 2, 1), "");
}

static void prefetches_find_what_may_be_seen(void **state)
{
    struct fixture *f = *state;
    const vg_query prefetches[] = {query_near(1, 0, 4), query_near(-1, 0, 4)};
    vg_query queries[] = {query_of(VG_QUERY_RRF, prefetches, 2, 10),
                          query_of(VG_QUERY_DBSF, prefetches, 2, 10), query_near(1, 0, 10)};

    queries[2].prefetch = prefetches;
    queries[2].prefetch_count = 1; /* of odd ones: 1 3 5 7 */
    assert_string_equal(ask_query(f, queries + 2, 1), "1 3 5 7");
    assert_null(strpbrk(ask_query(f, queries, 1), "2468"));
    assert_null(strpbrk(ask_query(f, queries + 1, 1), "2468"));
}

/* By the op alone: a backend that takes the whole sees the claim at every leaf. */
static void every_leaf_has_the_claim(void **state)
{
    struct fixture *f = *state;
    const vg_query prefetches[] = {query_near(1, 0, 4), query_of(VG_QUERY_SCROLL, NULL, 0, 4)};
    const vg_query query = query_of(VG_QUERY_RRF, prefetches, 2, 10);
    toy_ask *ask = query_make(f, &query, 1);

    ask->op.claims = &claims;
    assert_true(vg_claims_apply(&ask->op));
    assert_ptr_equal(ask->op.in.query.at[0].search.filter, &only_odd);
    for (uint32_t i = 0; i < 2; i++)
        assert_ptr_equal(ask->op.in.query.at[0].prefetch[i].search.filter, &only_odd);
    assert_null(prefetches[0].search.filter);
    ask->op.claims = NULL;
    ask->op.kind = VG_OP_LIST;
    run(ask);
    toy_end(ask);
}

static void groups_are_made_of_what_may_be_seen(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask = make(f, VG_OP_GROUPS);

    ask->op.in.groups.query = query_near(1, 0, 10);
    ask->op.in.groups.grouping = (vg_grouping){.by = VG_LIT("kind"), .limit = 10, .size = 10};
    run(ask);
    assert_int_equal(toy_code(ask), VG_OK);
    assert_int_equal(ask->op.out.groups.count, 1);
    assert_true(vg_slice_is_str(ask->op.out.groups.at[0].id.text, "odd"));
    assert_int_equal(ask->op.out.groups.at[0].hits.count, 5);
    toy_end(ask);
}

static void a_matrix_is_made_of_what_may_be_seen(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask = make(f, VG_OP_MATRIX);

    ask->op.in.matrix.sample = 10;
    ask->op.in.matrix.limit = 9;
    run(ask);
    assert_string_equal(query_show(ask),
                        "1 3 5 7 9 | 3 1 5 7 9 | 5 3 7 1 9 | 7 9 5 3 1 | 9 7 5 3 1");
}

static void pages_and_counts_are_of_what_may_be_seen(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask = make(f, VG_OP_SCROLL);

    ask->op.in.scroll.limit = 10;
    assert_string_equal(show(ask, &ask->op.out.page.points), "1 3 5 7 9");
    ask = make(f, VG_OP_SCROLL);
    ask->op.in.scroll.limit = 10;
    ask->op.in.scroll.filter = &only_big;
    assert_string_equal(show(ask, &ask->op.out.page.points), "7 9");
}

/* The toys neither count nor facet: what they would be asked. */
static void the_rest_is_narrowed_too(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask = make(f, VG_OP_COUNT);

    assert_true(vg_claims_apply(&ask->op));
    assert_ptr_equal(ask->op.in.count.filter, &only_odd);
    ask->op.kind = VG_OP_FACET;
    ask->op.in.facet.filter = &only_big;
    assert_true(vg_claims_apply(&ask->op));
    assert_int_equal(ask->op.in.facet.filter->must.count, 2);
    assert_ptr_equal(ask->op.in.facet.filter->must.at[1].as.filter, &only_odd);
    ask->op.claims = NULL;
    ask->op.kind = VG_OP_LIST;
    run(ask);
    toy_end(ask);
}

/* ---- by id ---- */

static void points_are_no_examples(void **state)
{
    struct fixture *f = *state;
    const vg_example point = {.id = {.kind = VG_ID_NUM, .num = 2}};
    const vg_example vector = {.vector = query_vector(1, 0)};
    vg_query queries[] = {query_by_id(1, 3), query_near(1, 0, 3), query_near(1, 0, 3)};
    vg_query prefetching = query_of(VG_QUERY_RRF, queries, 1, 10);
    vg_query good = {
        .kind = VG_QUERY_SEARCH,
        .search = {.scoring = VG_BY_AVERAGE, .positive = &vector, .positive_count = 1, .limit = 3}};
    toy_ask *ask;

    queries[1].search.scoring = VG_BY_DISCOVERY;
    queries[1].search.positive = queries[1].search.negative = &point;
    queries[1].search.positive_count = 1;
    queries[2].search.scoring = VG_BY_AVERAGE;
    queries[2].search.negative = &point;
    queries[2].search.negative_count = 1;
    for (uint32_t i = 0; i < 3; i++) {
        assert_string_equal(ask_query(f, &queries[i], 1), DENIED);
        ask = make(f, VG_OP_SEARCH);
        ask->op.in.search.queries = &queries[i].search;
        ask->op.in.search.count = 1;
        assert_string_equal(show(ask, NULL), DENIED);
        ask = make(f, VG_OP_GROUPS);
        ask->op.in.groups.query = queries[i];
        ask->op.in.groups.grouping = (vg_grouping){.by = VG_LIT("kind"), .limit = 1, .size = 1};
        assert_string_equal(show(ask, NULL), DENIED);
    }
    assert_string_equal(ask_query(f, &prefetching, 1), DENIED);
    assert_string_equal(toy_log(f->toy), "");
    assert_null(strstr(ask_query(f, &good, 1), "restriction"));
}

/* They lie elsewhere: whether they may be seen is the gate's to say. */
static void points_of_another_collection_are_examples(void **state)
{
    struct fixture *f = *state;
    vg_query query = query_by_id(77, 10);

    query_fill_other(f);
    query.lookup_collection = VG_LIT("other");
    query.lookup_vector = VG_LIT("v");
    assert_string_equal(ask_query(f, &query, 1), "1 3 5 7 9");
}

/* ---- changes ---- */

static void what_is_not_by_a_filter_is_refused(void **state)
{
    static const vg_op_kind kinds[] = {VG_OP_UPSERT,
                                       VG_OP_SET_PAYLOAD,
                                       VG_OP_OVERWRITE_PAYLOAD,
                                       VG_OP_DELETE_PAYLOAD,
                                       VG_OP_CLEAR_PAYLOAD,
                                       VG_OP_UPDATE_VECTORS,
                                       VG_OP_GET,
                                       VG_OP_CREATE_INDEX,
                                       VG_OP_DROP_INDEX,
                                       VG_OP_UPDATE_COLLECTION,
                                       VG_OP_DROP_COLLECTION,
                                       VG_OP_CREATE_COLLECTION};
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        assert_string_equal(show(make(f, kinds[i]), NULL), DENIED);
    assert_string_equal(toy_log(f->toy), "");
    assert_string_equal(show(make(f, VG_OP_DESCRIBE), NULL), "");
}

static const vg_update *deletion(toy_ask *ask, vg_op_kind kind, const vg_point_id *ids,
                                 uint32_t count, const vg_filter *filter)
{
    vg_update *update = vg_op_update(&ask->op);

    *update = (vg_update){.kind = kind, .ids = ids, .id_count = count, .filter = filter};
    assert_true(vg_claims_apply(&ask->op));
    return ask->op.in.update.at;
}

static void deletions_are_narrowed(void **state)
{
    static const vg_op_kind kinds[] = {VG_OP_DELETE, VG_OP_DELETE_VECTORS};
    const vg_point_id ids[] = {{.kind = VG_ID_NUM, .num = 1}, {.kind = VG_ID_NUM, .num = 2}};
    struct fixture *f = *state;

    for (size_t i = 0; i < 2; i++) {
        toy_ask *ask = make(f, kinds[i]);
        const vg_update *made = deletion(ask, kinds[i], ids, 2, NULL);

        assert_int_equal(made->id_count, 0);
        assert_int_equal(made->filter->must.count, 2);
        assert_int_equal(made->filter->must.at[0].test, VG_TEST_HAS_ID);
        assert_int_equal(made->filter->must.at[0].as.ids.count, 2);
        assert_ptr_equal(made->filter->must.at[1].as.filter, &only_odd);
        made = deletion(ask, kinds[i], NULL, 0, &only_big);
        assert_int_equal(made->filter->must.count, 2);
        assert_ptr_equal(made->filter->must.at[1].as.filter, &only_odd);
        made = deletion(ask, kinds[i], NULL, 0, NULL); /* of nothing, still */
        assert_int_equal(made->filter->must.at[0].test, VG_TEST_HAS_ID);
        assert_int_equal(made->filter->must.at[0].as.ids.count, 0);
        ask->op.claims = NULL;
        ask->op.kind = VG_OP_LIST;
        run(ask);
        toy_end(ask);
    }
}

static void a_batch_is_judged_part_by_part(void **state)
{
    struct fixture *f = *state;
    vg_update updates[] = {{.kind = VG_OP_DELETE, .filter = &only_big},
                           {.kind = VG_OP_DELETE_VECTORS, .filter = &only_big}};
    toy_ask *ask = make(f, VG_OP_BATCH);

    ask->op.in.update.at = updates;
    ask->op.in.update.count = 2;
    assert_true(vg_claims_apply(&ask->op));
    for (uint32_t i = 0; i < 2; i++)
        assert_int_equal(ask->op.in.update.at[i].filter->must.count, 2);
    updates[1].kind = VG_OP_SET_PAYLOAD;
    ask->op.in.update.at = updates;
    assert_string_equal(show(ask, NULL), DENIED);
}

static void what_is_forbidden_is_so_before_it_is_looked_for(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask = toy_make_ask(f->world, VG_OP_GET, "nowhere");

    ask->op.claims = &claims;
    assert_non_null(strstr(show(ask, NULL), "forbidden"));
    assert_string_equal(toy_log(f->toy), "");
}

static void without_memory_nothing_is_widened(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask = make(f, VG_OP_COUNT);

    while (vg_arena_take(ask->op.arena, 64))
        continue;
    ask->op.in.count.filter = &only_big;
    assert_false(vg_claims_apply(&ask->op));
    assert_int_equal(ask->op.status.code, VG_TOO_LARGE);
    assert_ptr_not_equal(ask->op.in.count.filter, &only_big);
    run(ask);
    assert_int_equal(toy_code(ask), VG_TOO_LARGE);
    toy_end(ask);
}

/* ---- a point that must be there ---- */

static const char *prove(struct fixture *f, const char *collection, const vg_filter *filter)
{
    toy_ask *ask = toy_make_ask(f->world, VG_OP_LIST, "");

    claims = (vg_claims){.exists_in = vg_slice_str(collection), .exists = filter};
    ask->op.claims = &claims;
    return show(ask, NULL);
}

static void a_point_that_is_there_opens(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(prove(f, "a", &only_odd), "");
    assert_non_null(strstr(toy_log(f->toy), "scroll"));
}

static void one_that_is_not_shuts(void **state)
{
    struct fixture *f = *state;
    vg_condition nobody = query_is("kind", "neither");
    const vg_filter none = {.must = {&nobody, 1}};

    assert_string_equal(prove(f, "a", &none), "unauthenticated : Invalid API key or JWT");
    assert_string_equal(prove(f, "nowhere", &only_odd), "forbidden : Collection nowhere not found");
    assert_null(strstr(toy_log(f->toy), "list"));
}

static void a_collection_that_is_lost_is_none(void **state)
{
    struct fixture *f = *state;

    toy_set_collection(f->toy, "a", 0);
    assert_string_equal(prove(f, "a", &only_odd), "forbidden : Collection a not found");
}

static void a_backend_that_cannot_look_lets_nobody_in(void **state)
{
    struct fixture *f = *state;

    toy_script(f->toy, (toy_rule){VG_OP_SCROLL, 0, TOY_FOREVER, TOY_REFUSE, VG_UNAVAILABLE});
    assert_non_null(strstr(prove(f, "a", &only_odd), "backend_down"));
    toy_unscript(f->toy);
    toy_vectors_adapter(f->toy)->can.filter_tests = 0;
    assert_non_null(strstr(prove(f, "a", &only_odd), "unsupported"));
}

static void the_op_goes_its_own_way_then(void **state)
{
    struct fixture *f = *state;
    const vg_query query = query_near(1, 0, 10);

    claims.exists_in = VG_LIT("a");
    claims.exists = &only_even;
    assert_string_equal(ask_query(f, &query, 1), "1 3 5 7 9");
}

static void who_leaves_meanwhile_is_not_waited_for(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask = toy_make_ask(f->world, VG_OP_LIST, "");

    claims = (vg_claims){.exists_in = VG_LIT("a"), .exists = &only_odd};
    ask->op.claims = &claims;
    toy_fixture_hold(f, 0, TOY_HOLD_BEFORE);
    toy_start(ask);
    toy_settle(f->world);
    assert_int_equal(ask->done, 0);
    vg_plan_cancel(f->world->plan, &ask->op, VG_CANCELLED);
    toy_settle(f->world);
    assert_int_equal(toy_code(ask), VG_CANCELLED);
    toy_end(ask);
    toy_fixture_release(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_POINTS(searches_find_what_may_be_seen),
        WITH_POINTS(queries_of_every_kind_find_what_may_be_seen),
        WITH_POINTS(prefetches_find_what_may_be_seen),
        WITH_POINTS(every_leaf_has_the_claim),
        WITH_POINTS(groups_are_made_of_what_may_be_seen),
        WITH_POINTS(a_matrix_is_made_of_what_may_be_seen),
        WITH_POINTS(pages_and_counts_are_of_what_may_be_seen),
        WITH_POINTS(the_rest_is_narrowed_too),
        WITH_POINTS(points_are_no_examples),
        WITH_POINTS(points_of_another_collection_are_examples),
        WITH_POINTS(what_is_not_by_a_filter_is_refused),
        WITH_POINTS(deletions_are_narrowed),
        WITH_POINTS(a_batch_is_judged_part_by_part),
        WITH_POINTS(what_is_forbidden_is_so_before_it_is_looked_for),
        WITH_POINTS(without_memory_nothing_is_widened),
        WITH_POINTS(a_point_that_is_there_opens),
        WITH_POINTS(one_that_is_not_shuts),
        WITH_POINTS(a_collection_that_is_lost_is_none),
        WITH_POINTS(a_backend_that_cannot_look_lets_nobody_in),
        WITH_POINTS(the_op_goes_its_own_way_then),
        WITH_POINTS(who_leaves_meanwhile_is_not_waited_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
