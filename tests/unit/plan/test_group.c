/* Groups over a backend that has searches only: what is asked until they are full. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/plan/query_say.h"

static toy_ask *make(struct fixture *f, const vg_query *query, const char *by, uint32_t limit,
                     uint32_t size)
{
    toy_ask *ask = toy_make_ask(f->world, VG_OP_GROUPS, "a");

    ask->op.in.groups.query = *query;
    ask->op.in.groups.grouping =
        (vg_grouping){.by = vg_slice_str(by), .limit = limit, .size = size};
    return ask;
}

static toy_ask *run(struct fixture *f, toy_ask *ask)
{
    toy_start(ask);
    assert_int_equal(ask->done, 0);
    toy_settle(f->world);
    return ask;
}

/* "odd:1,3 7:2*", the star for a record; or what went wrong. Ends the ask. */
static const char *show(toy_ask *ask)
{
    static char text[4096];
    size_t used = 0;

    text[0] = '\0';
    if (toy_code(ask) != VG_OK)
        return query_show(ask);
    for (uint32_t i = 0; i < ask->op.out.groups.count; i++) {
        const vg_group *group = &ask->op.out.groups.at[i];
        char value[32];

        if (group->id.kind == VG_MATCH_TEXT)
            snprintf(value, sizeof value, VG_FMT, VG_ARG(group->id.text));
        else
            snprintf(value, sizeof value, "%d", (int)group->id.integer);
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s:", i > 0 ? " " : "", value);
        for (uint32_t k = 0; k < group->hits.count; k++)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%d", k > 0 ? "," : "",
                                     (int)group->hits.at[k].id.num);
        used += (size_t)snprintf(text + used, sizeof text - used, "%s", group->lookup ? "*" : "");
    }
    toy_end(ask);
    return text;
}

/* So many points of one group each, from {1, 0} away; the last `rare` are of "rare". */
static void fill_many(struct fixture *f, uint64_t count, uint64_t rare)
{
    toy_create(f->world, "a", TOY_SIZE);
    toy_make_able(f->toy);
    for (uint64_t id = 1; id <= count; id++) {
        toy_point point = {.id = id,
                           .payload = id > count - rare ? "{\"k\":\"rare\"}" : "{\"k\":\"often\"}",
                           .vectors = {{.name = ""}}};

        point.vectors[0].at[0] = -(float)id;
        toy_put_point(f->toy, "a", point);
    }
    toy_log(f->toy);
}

static void hits_are_grouped_best_first(void **state)
{
    struct fixture *f = *state;
    const vg_query query = query_near(-1, 0, 1);
    toy_ask *ask;

    query_fill(f);
    ask = run(f, make(f, &query, "kind", 2, 3));
    assert_false(ask->op.out.groups.at[0].hits.at[0].has_payload);
    assert_true(ask->op.out.groups.at[0].hits.at[0].score == 1.0f);
    assert_int_equal(ask->op.degraded.len, 0);
    assert_string_equal(show(ask), "even:10,8,6 odd:9,7,5");
    assert_string_equal(toy_log(f->toy), "search");
    assert_string_equal(show(run(f, make(f, &query, "kind", 1, 2))), "even:10,8");
    assert_string_equal(show(run(f, make(f, &query, "rank", 3, 2))), "10:10 9:9 8:8");
    assert_string_equal(show(run(f, make(f, &query, "nothing", 3, 2))), "");
}

static void payloads_and_vectors_are_fetched_for_hits_only(void **state)
{
    struct fixture *f = *state;
    vg_query query = query_near(1, 0, 1);
    toy_ask *ask;
    const vg_point *hit;

    query_fill(f);
    query.search.with_payload.want = VG_PAYLOAD_ALL;
    query.search.with_vectors.want = VG_VECTORS_ALL;
    ask = run(f, make(f, &query, "kind", 2, 2));
    assert_string_equal(toy_log(f->toy), "search get");
    hit = &ask->op.out.groups.at[1].hits.at[1];
    assert_int_equal(hit->vector_count, 1);
    assert_true(vg_slice_is_str(hit->payload, "{\"kind\":\"even\",\"size\":\"small\",\"rank\":4}"));
    assert_string_equal(show(ask), "odd:1,3 even:2,4");
}

static void a_group_whose_hits_are_gone_is_left_out(void **state)
{
    struct fixture *f = *state;
    vg_query query = query_near(1, 0, 1);
    toy_ask *ask;

    query_fill(f);
    query.search.with_payload.want = VG_PAYLOAD_ALL;
    ask = make(f, &query, "rank", 3, 1);
    toy_script(f->toy, (toy_rule){VG_OP_GET, 0, 1, TOY_HOLD_BEFORE, VG_OK});
    toy_start(ask);
    toy_settle(f->world);
    toy_drop_point(f->toy, "a", 2);
    toy_fixture_release(f);
    assert_string_equal(show(ask), "1:1 3:3");
}

static void more_is_asked_until_the_groups_are_known(void **state)
{
    struct fixture *f = *state;
    const vg_query query = query_near(1, 0, 1);

    fill_many(f, 100, 3); /* the first 97 are of one group */
    assert_string_equal(show(run(f, make(f, &query, "k", 2, 2))), "often:1,2 rare:98,99");
    assert_string_equal(toy_log(f->toy), "search search search"); /* 16, 64, 256 */
}

static void only_open_groups_are_asked_for_once_all_are_known(void **state)
{
    struct fixture *f = *state;
    const vg_query query = query_near(1, 0, 1);
    toy_point point = {.id = 200, .payload = "{\"k\":\"rare\"}", .vectors = {{.name = ""}}};

    fill_many(f, 100, 3);
    toy_put_point(f->toy, "a", point); /* the very best, and most of their like are the last */
    point.id = 201;
    toy_put_point(f->toy, "a", point);
    assert_string_equal(show(run(f, make(f, &query, "k", 2, 4))),
                        "rare:200,201,98,99 often:1,2,3,4");
    assert_string_equal(toy_log(f->toy), "search search");
}

static void what_cannot_be_filtered_is_reached_by_more_hits(void **state)
{
    struct fixture *f = *state;
    const vg_query query = query_near(1, 0, 1);
    toy_point point = {.id = 200, .payload = "{\"k\":\"rare\"}", .vectors = {{.name = ""}}};

    fill_many(f, 100, 3);
    toy_put_point(f->toy, "a", point);
    toy_vectors_adapter(f->toy)->can.filter_tests = 0;
    assert_string_equal(show(run(f, make(f, &query, "k", 2, 3))), "rare:200,98,99 often:1,2,3");
    assert_string_equal(toy_log(f->toy), "search search search");
}

static void at_the_bound_it_says_that_there_may_be_more(void **state)
{
    struct fixture *f = *state;
    const vg_query query = query_near(1, 0, 1);
    toy_ask *ask;

    fill_many(f, 100, 3);
    toy_vectors_adapter(f->toy)->can.max_top_k = 40;
    ask = run(f, make(f, &query, "k", 2, 2));
    assert_true(vg_slice_is_str(ask->op.degraded, "groups: made of the best 40 hits only"));
    assert_string_equal(show(ask), "often:1,2");
    assert_string_equal(toy_log(f->toy), "search search");
}

static void filters_hold_beside_what_is_added(void **state)
{
    struct fixture *f = *state;
    const vg_condition is_big = query_is("size", "big");
    const vg_filter big = {.must = {&is_big, 1}};
    vg_query query = query_near(1, 0, 1);

    query_fill(f);
    query.search.filter = &big;
    assert_string_equal(show(run(f, make(f, &query, "kind", 2, 2))), "even:6,8 odd:7,9");
}

static void fused_lists_are_grouped(void **state)
{
    struct fixture *f = *state;
    const vg_query prefetches[] = {query_near(1, 0, 2), query_near(-1, 0, 2)};
    const vg_query query = query_of(VG_QUERY_RRF, prefetches, 2, 1);

    query_fill(f); /* twice as many are prefetched: 1 2 3 4 and 10 9 8 7 */
    assert_string_equal(show(run(f, make(f, &query, "kind", 2, 2))), "odd:1,9 even:10,2");
    assert_string_equal(toy_log(f->toy), "search");
}

/* ---- records ---- */

static void fill_records(struct fixture *f)
{
    const vg_vector_params vector = {.size = 2, .distance = VG_DOT, .on_disk = -1};

    toy_set_spec(f->toy, "records", &(vg_collection_spec){.vectors = &vector, .vector_count = 1});
    for (uint64_t id = 2; id < 6; id++)
        toy_put_point(f->toy, "records", (toy_point){.id = id, .payload = "{\"x\":1}"});
}

static void groups_get_the_records_of_their_values(void **state)
{
    struct fixture *f = *state;
    vg_query query = query_near(1, 0, 1);
    toy_ask *ask;

    query_fill(f);
    fill_records(f);
    ask = make(f, &query, "rank", 3, 1);
    ask->op.in.groups.grouping.lookup_collection = VG_LIT("records");
    ask->op.in.groups.grouping.lookup_payload.want = VG_PAYLOAD_ALL;
    run(f, ask);
    assert_true(vg_slice_is_str(ask->op.out.groups.at[1].lookup->payload, "{\"x\":1}"));
    assert_string_equal(show(ask), "1:1 2:2* 3:3*");
    ask = make(f, &query, "kind", 3, 1); /* no ids at all */
    ask->op.in.groups.grouping.lookup_collection = VG_LIT("records");
    assert_string_equal(show(run(f, ask)), "odd:1 even:2");
    ask = make(f, &query, "rank", 3, 1);
    ask->op.in.groups.grouping.lookup_collection = VG_LIT("nope");
    assert_string_equal(show(run(f, ask)), "not_found with_lookup: Collection nope not found");
}

static void examples_of_groups_are_looked_up_too(void **state)
{
    struct fixture *f = *state;
    vg_query query = query_by_id(77, 1);

    query_fill(f);
    query_fill_other(f);
    query.lookup_collection = VG_LIT("other");
    query.lookup_vector = VG_LIT("v");
    assert_string_equal(show(run(f, make(f, &query, "rank", 2, 1))), "1:1 2:2");
}

static void a_wrong_path_is_told(void **state)
{
    struct fixture *f = *state;
    const vg_query query = query_near(1, 0, 1);

    query_fill(f);
    assert_string_equal(show(run(f, make(f, &query, "a[", 2, 1))),
                        "invalid group_by: Invalid json path: 'a['");
}

static void a_backend_with_groups_makes_them_itself(void **state)
{
    struct fixture *f = *state;
    vg_adapter *adapter = toy_vectors_adapter(f->toy);
    const vg_query query = query_near(1, 0, 1);

    query_fill(f);
    adapter->ops[VG_OP_GROUPS] = adapter->ops[VG_OP_SEARCH];
    assert_string_equal(show(run(f, make(f, &query, "kind", 2, 1))), "");
    assert_string_equal(toy_log(f->toy), "query_groups");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(hits_are_grouped_best_first),
        WITH_WORLD(payloads_and_vectors_are_fetched_for_hits_only),
        WITH_WORLD(a_group_whose_hits_are_gone_is_left_out),
        WITH_WORLD(more_is_asked_until_the_groups_are_known),
        WITH_WORLD(only_open_groups_are_asked_for_once_all_are_known),
        WITH_WORLD(what_cannot_be_filtered_is_reached_by_more_hits),
        WITH_WORLD(at_the_bound_it_says_that_there_may_be_more),
        WITH_WORLD(filters_hold_beside_what_is_added),
        WITH_WORLD(fused_lists_are_grouped),
        WITH_WORLD(groups_get_the_records_of_their_values),
        WITH_WORLD(examples_of_groups_are_looked_up_too),
        WITH_WORLD(a_wrong_path_is_told),
        WITH_WORLD(a_backend_with_groups_makes_them_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
