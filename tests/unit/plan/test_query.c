/* Queries of every kind over a backend that has the primitive reads only: what is asked of it, and
 * what is made of its answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "call/weigh.h"
#include "plan/queries.h"
#include "tests/unit/plan/query_say.h"

/* Ten points on a half circle: the dot product with {1, 0} falls from 1 to 10, with {0, 1} it rises
 * and falls. Odd ones are "odd". */

/* ---- one query ---- */

static void a_search_goes_as_a_search(void **state)
{
    struct fixture *f = *state;
    const vg_query query = query_near(1, 0, 3);

    query_fill(f);
    assert_string_equal(query_say(f, &query, 1), "1 2 3");
    assert_string_equal(toy_log(f->toy), "search");
}

static void a_search_comes_back_as_the_query_that_it_was(void **state)
{
    struct fixture *f = *state;
    const vg_query queries[] = {query_near(1, 0, 3), query_near(0, 1, 1)};
    toy_ask *ask;

    query_fill(f);
    ask = query_ask(f, queries, 2);
    assert_int_equal(toy_code(ask), VG_OK);
    assert_int_equal(ask->op.kind, VG_OP_QUERY);
    assert_ptr_equal(ask->op.in.query.at, queries);
    assert_int_equal(ask->op.in.query.count, 2);
    assert_int_equal(ask->op.out.searches.count, 2);
    toy_end(ask);
}

static void a_list_of_searches_stays_one_exchange(void **state)
{
    struct fixture *f = *state;
    vg_query queries[3] = {query_near(1, 0, 2), query_near(0, 1, 1), query_near(-1, 0, 2)};

    query_fill(f);
    assert_string_equal(query_say(f, queries, 3), "1 2 | 5 | 10 9");
    assert_string_equal(toy_log(f->toy), "search");
    queries[2].kind = VG_QUERY_SCROLL; /* the others stay together */
    assert_string_equal(query_say(f, queries, 3), "1 2 | 5 | 1 2");
    assert_string_equal(toy_log(f->toy), "search scroll");
}

static void a_backend_that_takes_few_is_asked_more_often(void **state)
{
    struct fixture *f = *state;
    const vg_query queries[3] = {query_near(1, 0, 2), query_near(0, 1, 1), query_near(-1, 0, 2)};

    query_fill(f);
    toy_vectors_adapter(f->toy)->can.max_queries_per_call = 2;
    assert_string_equal(query_say(f, queries, 3), "1 2 | 5 | 10 9");
    assert_string_equal(toy_log(f->toy), "search search");
    toy_vectors_adapter(f->toy)->can.max_queries_per_call = 0;
    toy_vectors_adapter(f->toy)->can.max_bytes_per_call =
        (uint32_t)(vg_weigh_query(&queries[0]) + vg_weigh_query(&queries[1]));
    assert_string_equal(query_say(f, queries, 3), "1 2 | 5 | 10 9");
    assert_string_equal(toy_log(f->toy), "search search");
    toy_vectors_adapter(f->toy)->can.supports_batch_search = false;
    assert_string_equal(query_say(f, queries, 3), "1 2 | 5 | 10 9");
    assert_string_equal(toy_log(f->toy), "search search search");
}

static void the_whole_is_paid_for_once(void **state)
{
    struct fixture *f = *state;
    const vg_query queries[3] = {query_near(1, 0, 2), query_near(0, 1, 1), query_near(-1, 0, 2)};
    const vg_resilience conf = {.quota = {.tenant_rate = 1, .tenant_burst = 1}};
    vg_shared *shared = vg_shared_new(1);

    query_fill(f);
    toy_vectors_adapter(f->toy)->can.supports_batch_search = false;
    toy_world_free(f->world);
    f->world = toy_world_new_capped(
        f->toy, (toy_caps){.resilience = &conf, .shared = vg_shared_at(shared, 0)});
    assert_string_equal(query_say(f, queries, 3), "1 2 | 5 | 10 9");
    toy_log(f->toy);
    assert_string_equal(query_say(f, queries, 3),
                        "throttled toy: the quota of this backend is used up for the moment");
    assert_string_equal(toy_log(f->toy), "");
    toy_fixture_restart(f);
    vg_shared_free(shared);
}

static void without_a_vector_points_come_in_their_order(void **state)
{
    struct fixture *f = *state;
    vg_query query = {.kind = VG_QUERY_SCROLL, .search = {.limit = 3, .offset = 2}};
    toy_ask *ask;

    query_fill(f);
    assert_string_equal(query_say(f, &query, 1), "3 4 5");
    query.kind = VG_QUERY_ORDER_BY;
    query.order = (vg_order_by){.key = VG_LIT("rank"), .descends = true};
    assert_string_equal(query_say(f, &query, 1), "8 7 6");
    query.kind = VG_QUERY_SAMPLE;
    query.search.offset = 9;
    assert_string_equal(toy_log(f->toy), "scroll scroll");
    ask = query_ask(f, &query, 1);
    assert_int_equal(ask->op.out.searches.at[0].count, 3); /* the offset is not obeyed */
    assert_true(ask->op.out.searches.at[0].at[0].has_score);
    assert_int_equal(ask->op.out.searches.at[0].at[0].version, 0);
    toy_end(ask);
}

/* ---- prefetches ---- */

static void lists_are_fused_by_rank(void **state)
{
    struct fixture *f = *state;
    const vg_query prefetches[] = {query_near(1, 0, 3), query_near(0, 1, 4)};
    vg_query query = query_of(VG_QUERY_RRF, prefetches, 2, 10);
    toy_ask *ask;

    query_fill(f); /* 1 2 3 and 5 6 4 7 */
    assert_string_equal(query_say(f, &query, 1), "1 5 2 6 3 4 7");
    assert_string_equal(toy_log(f->toy), "search");
    query.search.limit = 2;
    query.search.offset = 1;
    assert_string_equal(query_say(f, &query, 1), "5 2");
    query.search.has_threshold = true;
    query.search.threshold = 0.5f; /* equal passes */
    ask = query_ask(f, &query, 1);
    assert_int_equal(ask->op.out.searches.at[0].count, 1);
    assert_true(ask->op.out.searches.at[0].at[0].score == 0.5f);
    toy_end(ask);
}

static void only_so_many_hits_are_merged(void **state)
{
    enum { HITS = 20, ENOUGH = VG_QUERIES_MOST_HITS / HITS + 1 };
    const toy_caps roomy = {
        .op_bytes = 64 << 20, .child_bytes = 64 << 20, .scratch_bytes = 64 << 20};
    struct fixture *f = *state;
    vg_query *prefetches = calloc(ENOUGH, sizeof *prefetches);
    vg_query query = query_of(VG_QUERY_RRF, prefetches, ENOUGH - 1, 2);

    toy_world_free(f->world);
    f->world = toy_world_new_capped(f->toy, roomy);
    query_fill(f);
    for (unsigned id = 11; id <= HITS; id++)
        toy_put_point(f->toy, "a", (toy_point){.id = id, .vectors = {{"", {-1, -1}, 0}}});
    for (int i = 0; i < ENOUGH; i++)
        prefetches[i] = query_near(1, 0, HITS);
    assert_string_equal(query_say(f, &query, 1), "1 2");
    query.prefetch_count = ENOUGH;
    assert_string_equal(query_say(f, &query, 1),
                        "too_large prefetch: the prefetches found 65540 points: one request may "
                        "merge 65536; give them smaller limits");
    free(prefetches);
}

static void a_root_looks_at_the_union_only(void **state)
{
    struct fixture *f = *state;
    const vg_query prefetches[] = {query_near(1, 0, 3), query_near(-1, 0, 2)};
    vg_query query = query_near(0, 1, 3);

    query_fill(f);
    query.prefetch = prefetches;
    query.prefetch_count = 2;
    assert_string_equal(query_say(f, &query, 1), "3 2 9");
    assert_string_equal(toy_log(f->toy), "search search");
    query.kind = VG_QUERY_ORDER_BY;
    query.order = (vg_order_by){.key = VG_LIT("rank"), .descends = true};
    assert_string_equal(query_say(f, &query, 1), "10 9 3");
    assert_string_equal(toy_log(f->toy), "search scroll");
}

static void nothing_is_asked_over_an_empty_union(void **state)
{
    struct fixture *f = *state;
    vg_query prefetch = query_near(1, 0, 3), query = query_near(0, 1, 3);

    query_fill(f);
    prefetch.search.has_threshold = true;
    prefetch.search.threshold = 100;
    query.prefetch = &prefetch;
    query.prefetch_count = 1;
    assert_string_equal(query_say(f, &query, 1), "");
    assert_string_equal(toy_log(f->toy), "search");
    query.kind = VG_QUERY_RRF;
    assert_string_equal(query_say(f, &query, 1), "");
}

static void the_filter_of_a_root_holds_for_its_prefetches(void **state)
{
    struct fixture *f = *state;
    const vg_condition is_odd = query_is("kind", "odd"), is_big = query_is("size", "big");
    const vg_filter odd = {.must = {&is_odd, 1}}, big = {.must = {&is_big, 1}};
    vg_query prefetch = query_near(1, 0, 3), query = query_of(VG_QUERY_RRF, &prefetch, 1, 10);

    query_fill(f);
    query.search.filter = &odd;
    assert_string_equal(query_say(f, &query, 1), "1 3 5");
    prefetch.search.filter = &big; /* from 6 on */
    assert_string_equal(query_say(f, &query, 1), "7 9");
    query.search.filter = NULL;
    assert_string_equal(query_say(f, &query, 1), "6 7 8");
}

static void examples_are_in_no_list_of_their_query(void **state)
{
    struct fixture *f = *state;
    vg_query prefetches[] = {query_near(1, 0, 3), query_near(0, 1, 2), query_near(-1, 0, 2)};
    vg_query query = query_of(VG_QUERY_RRF, prefetches, 3, 10);

    query_fill(f);
    prefetches[1] = query_by_id(2, 2); /* near to 2 are 1 and 3 */
    assert_string_equal(query_say(f, &query, 1), "1 3 10 9 4");
    query = query_by_id(3, 9);
    query.prefetch = prefetches;
    query.prefetch_count = 3; /* 1 4 5, 1 4, 10 9: but neither 2 nor 3 */
    assert_string_equal(query_say(f, &query, 1), "4 1 5 9 10");
}

static void a_scroll_leaves_examples_out_too(void **state)
{
    struct fixture *f = *state;
    vg_query prefetches[] = {{.kind = VG_QUERY_SCROLL, .search = {.limit = 3}}, query_by_id(2, 1)};
    const vg_query query = query_of(VG_QUERY_RRF, prefetches, 2, 10);

    query_fill(f);
    assert_string_equal(query_say(f, &query, 1), "1 3 4");
}

/* ---- payloads and vectors ---- */

static void few_fused_hits_bring_their_payloads(void **state)
{
    struct fixture *f = *state;
    const vg_query prefetch = query_near(1, 0, 3);
    vg_query query = query_of(VG_QUERY_RRF, &prefetch, 1, 2);
    toy_ask *ask;

    query_fill(f);
    query.search.with_payload.want = VG_PAYLOAD_ALL;
    ask = query_ask(f, &query, 1);
    assert_string_equal(toy_log(f->toy), "search");
    assert_true(ask->op.out.searches.at[0].at[1].has_payload);
    assert_true(vg_slice_is_str(ask->op.out.searches.at[0].at[1].payload,
                                "{\"kind\":\"even\",\"size\":\"small\",\"rank\":2}"));
    toy_end(ask);
}

static void many_are_fetched_when_it_is_known_which(void **state)
{
    struct fixture *f = *state;
    const vg_query prefetch = query_near(1, 0, 1000);
    vg_query query = query_of(VG_QUERY_RRF, &prefetch, 1, 3);
    toy_ask *ask;

    query_fill(f);
    query.search.with_payload.want = VG_PAYLOAD_ALL;
    query.search.with_vectors.want = VG_VECTORS_ALL;
    ask = query_ask(f, &query, 1);
    assert_string_equal(toy_log(f->toy), "search get");
    assert_int_equal(ask->op.out.searches.at[0].at[2].id.num, 3);
    assert_int_equal(ask->op.out.searches.at[0].at[2].vector_count, 1);
    assert_true(ask->op.out.searches.at[0].at[2].payload.len > 0);
    assert_int_equal(ask->op.out.searches.at[0].at[2].version, 7);
    assert_true(ask->op.out.searches.at[0].at[0].score == 0.5f);
    toy_end(ask);
    toy_vectors_adapter(f->toy)->can.max_ids_per_call = 2;
    assert_string_equal(query_say(f, &query, 1), "1 2 3");
    assert_string_equal(toy_log(f->toy), "search get get");
}

static void a_hit_that_is_gone_is_left_out(void **state)
{
    struct fixture *f = *state;
    const vg_query prefetch = query_near(1, 0, 1000);
    vg_query query = query_of(VG_QUERY_RRF, &prefetch, 1, 3);
    toy_ask *ask;

    query_fill(f);
    query.search.with_payload.want = VG_PAYLOAD_ALL;
    ask = query_make(f, &query, 1);
    toy_script(f->toy, (toy_rule){VG_OP_GET, 0, 1, TOY_HOLD_BEFORE, VG_OK});
    toy_start(ask);
    toy_settle(f->world);
    toy_drop_point(f->toy, "a", 2);
    toy_fixture_release(f);
    assert_string_equal(query_show(ask), "1 3");
}

/* ---- lookups ---- */

static void examples_elsewhere_become_vectors(void **state)
{
    struct fixture *f = *state;
    vg_query queries[] = {query_by_id(77, 2), query_near(1, 0, 1), query_by_id(78, 1)};

    query_fill(f);
    query_fill_other(f); /* 77 is {1, 0} by "v", 78 is {0, 1} */
    queries[0].lookup_collection = queries[2].lookup_collection = VG_LIT("other");
    queries[0].lookup_vector = queries[2].lookup_vector = VG_LIT("v");
    assert_string_equal(query_say(f, queries, 3), "1 2 | 1 | 5");
    toy_log(f->toy);
    assert_string_equal(query_say(f, queries, 3), "1 2 | 1 | 5");
    assert_string_equal(toy_log(f->toy), "get get search");
}

static void an_example_elsewhere_is_not_left_out(void **state)
{
    struct fixture *f = *state;
    vg_query query = query_by_id(1, 2);

    query_fill(f);
    query_fill_other(f);
    query.lookup_collection = VG_LIT("other");
    query.lookup_vector = VG_LIT("v");
    assert_string_equal(query_say(f, &query, 1), "1 2"); /* other's 1 is {1, 0} */
    query.lookup_collection = VG_LIT("a");
    query.lookup_vector = (vg_slice){0};
    assert_string_equal(query_say(f, &query, 1), "2 3"); /* elsewhere is here */
}

static void all_kinds_of_examples_are_looked_up(void **state)
{
    struct fixture *f = *state;
    const vg_example examples[] = {{.id = {.kind = VG_ID_NUM, .num = 77}},
                                   {.vector = query_vector(0, 1)},
                                   {.id = {.kind = VG_ID_NUM, .num = 78}}};
    vg_query query = {.kind = VG_QUERY_SEARCH,
                      .lookup_collection = VG_LIT_INIT("other"),
                      .lookup_vector = VG_LIT_INIT("v"),
                      .search = {.scoring = VG_BY_BEST_SCORE,
                                 .positive = examples,
                                 .positive_count = 2,
                                 .negative = examples + 2,
                                 .negative_count = 1,
                                 .limit = 1}};
    toy_ask *ask;
    const vg_search *search;

    query_fill(f);
    query_fill_other(f);
    ask = query_ask(f, &query, 1);
    search = &ask->op.in.query.at[0].search;
    assert_int_equal(search->positive[0].id.kind, VG_ID_NONE);
    assert_int_equal(search->positive[0].vector.count, 2);
    assert_int_equal(search->positive[1].vector.form, VG_VECTOR_JSON);
    assert_int_equal(search->negative[0].id.kind, VG_ID_NONE);
    assert_int_equal(search->except_count, 0);
    toy_end(ask);
}

static const struct {
    const char *says;
    const char *collection, *vector;
    uint64_t id;
    const char *told;
} wrong_lookups[] = {
    {"no such collection", "nope", "v", 77, "not_found lookup_from: Collection nope not found"},
    {"no such vector there", "other", "w", 77,
     "invalid lookup_from.vector: Not existing vector name error: w"},
    {"nor the unnamed one", "other", "", 77,
     "invalid lookup_from.vector: Not existing vector name error: "},
    {"no such point", "other", "v", 5, "not_found point: No point with id 5 found"},
    {"a point without the vector", "other", "v", 79,
     "not_found vector: Vector with name \"v\" for point not found"},
    {"a vector of another size", "other", "long", 77,
     "invalid lookup_from: Vector dimension error: expected dim: 2, got 3"},
};

static void a_lookup_that_finds_nothing_says_so(void **state)
{
    struct fixture *f = *state;

    query_fill(f);
    query_fill_other(f);
    for (size_t i = 0; i < sizeof wrong_lookups / sizeof wrong_lookups[0]; i++) {
        vg_query query = query_by_id(wrong_lookups[i].id, 2);

        query.lookup_collection = vg_slice_str(wrong_lookups[i].collection);
        query.lookup_vector = vg_slice_str(wrong_lookups[i].vector);
        assert_string_equal(query_say(f, &query, 1), wrong_lookups[i].told);
    }
}

static void a_backend_with_queries_gets_them_whole(void **state)
{
    struct fixture *f = *state;
    vg_adapter *adapter = toy_vectors_adapter(f->toy);
    vg_query query = query_by_id(77, 2);
    toy_ask *ask;

    query_fill(f);
    query_fill_other(f);
    adapter->ops[VG_OP_QUERY] = adapter->ops[VG_OP_SEARCH];
    query.lookup_collection = VG_LIT("other");
    query.lookup_vector = VG_LIT("v");
    query_say(f, &query, 1);
    toy_log(f->toy);
    ask = query_ask(f, &query, 1);
    assert_int_equal(toy_code(ask), VG_OK);
    assert_string_equal(toy_log(f->toy), "get query");
    assert_int_equal(ask->op.in.query.at[0].search.vector.count, 2);
    assert_int_equal(ask->op.in.query.at[0].search.by_id.kind, VG_ID_NONE);
    assert_int_equal(ask->op.in.query.at[0].lookup_collection.len, 0);
    toy_end(ask);
    query = query_near(1, 0, 2); /* no id to look up: the place does not matter */
    query.lookup_collection = VG_LIT("nope");
    ask = query_ask(f, &query, 1);
    assert_int_equal(toy_code(ask), VG_OK);
    assert_int_equal(ask->op.in.query.at[0].lookup_collection.len, 0);
    toy_end(ask);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(a_search_goes_as_a_search),
        WITH_WORLD(a_search_comes_back_as_the_query_that_it_was),
        WITH_WORLD(a_list_of_searches_stays_one_exchange),
        WITH_WORLD(a_backend_that_takes_few_is_asked_more_often),
        WITH_WORLD(the_whole_is_paid_for_once),
        WITH_WORLD(without_a_vector_points_come_in_their_order),
        WITH_WORLD(lists_are_fused_by_rank),
        WITH_WORLD(only_so_many_hits_are_merged),
        WITH_WORLD(a_root_looks_at_the_union_only),
        WITH_WORLD(nothing_is_asked_over_an_empty_union),
        WITH_WORLD(the_filter_of_a_root_holds_for_its_prefetches),
        WITH_WORLD(examples_are_in_no_list_of_their_query),
        WITH_WORLD(a_scroll_leaves_examples_out_too),
        WITH_WORLD(few_fused_hits_bring_their_payloads),
        WITH_WORLD(many_are_fetched_when_it_is_known_which),
        WITH_WORLD(a_hit_that_is_gone_is_left_out),
        WITH_WORLD(examples_elsewhere_become_vectors),
        WITH_WORLD(an_example_elsewhere_is_not_left_out),
        WITH_WORLD(all_kinds_of_examples_are_looked_up),
        WITH_WORLD(a_lookup_that_finds_nothing_says_so),
        WITH_WORLD(a_backend_with_queries_gets_them_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
