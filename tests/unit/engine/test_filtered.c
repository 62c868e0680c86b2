/* Reads with filters beside the plainest way: the evaluator on every point, a sort, a cut. Random
 * payloads and filters of every selectivity, without payload indexes and with. Vectors are small
 * whole numbers, so that scores are exact and ties many. VG_SEED=… repeats a run. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "vecgate/json.h"

#include "asking.h"
#include "filter/eval.h"

enum { THINGS = 2500, SIZE = 6, TURNS = 50, PAYLOAD = 160, MOST = 3, IDS = 5 };

typedef struct thing {
    float vector[SIZE];
    char payload[PAYLOAD];
    const vg_json *json;
    bool matches; /* the filter of this turn */
} thing;

typedef struct world {
    bench *bench;
    vg_arena *arena; /* of one turn */
    uint64_t seed;
    thing things[THINGS];  /* the id is the place */
    uint64_t fewest, most; /* matches of a filter so far */
} world;

static uint32_t below(world *w, uint32_t bound)
{
    return (uint32_t)(next_random(&w->seed) % bound);
}

/* ---- points ---- */

static void choose_payload(world *w, thing *t)
{
    char n[24] = "", tags[48] = "";

    if (below(w, 10) > 0)
        snprintf(n, sizeof n, ",\"n\":%" PRIu32 "%s", below(w, 100), below(w, 8) ? "" : ".5");
    if (below(w, 4) > 0)
        snprintf(tags, sizeof tags, ",\"tags\":[\"t%" PRIu32 "\",\"t%" PRIu32 "\"]", below(w, 30),
                 below(w, 30));
    else if (below(w, 2) > 0)
        snprintf(tags, sizeof tags, ",\"tags\":[]");
    snprintf(t->payload, PAYLOAD, "{\"city\":\"c%" PRIu32 "\",\"on\":%s%s%s}",
             below(w, 4) ? below(w, 3) : below(w, 400), below(w, 2) ? "true" : "false", n, tags);
}

static void fill(world *w)
{
    bench *b = w->bench;
    vg_point *points = calloc(THINGS, sizeof *points);
    vg_vector *vectors = calloc(THINGS, sizeof *vectors);
    vg_update upsert = {.kind = VG_OP_UPSERT, .points = points, .point_count = THINGS};
    vg_status status = {0};

    for (uint32_t i = 0; i < THINGS; i++) {
        thing *t = &w->things[i];

        choose_payload(w, t);
        for (int k = 0; k < SIZE; k++)
            t->vector[k] = (float)below(w, 5) - 2;
        vectors[i] = floats((vg_slice){0}, t->vector, SIZE);
        points[i] = (vg_point){.id = number(i),
                               .vectors = &vectors[i],
                               .vector_count = 1,
                               .payload = padded(b, t->payload)};
        t->json = vg_json_read(b->arena, points[i].payload, VG_JSON_DEPTH, &status);
        assert_non_null(t->json);
    }
    assert_int_equal(make_plain(b, SIZE, VG_DOT), VG_OK);
    assert_int_equal(update(b, "c", &upsert, 1, NULL), VG_OK);
    free(vectors);
    free(points);
}

/* ---- filters ---- */

static vg_slice name(world *w, const char *format, uint32_t n)
{
    return vg_arena_printf(w->arena, format, n);
}

static void choose_list(world *w, vg_condition *c)
{
    vg_match_value *values = VG_TAKE_N(w->arena, vg_match_value, MOST);

    for (int i = 0; i < MOST; i++)
        values[i] = (vg_match_value){.kind = VG_MATCH_TEXT, .text = name(w, "t%u", below(w, 40))};
    c->key = VG_LIT("tags");
    c->as.list.at = values;
    c->as.list.count = 1 + below(w, MOST);
}

static void choose_ids(world *w, vg_condition *c)
{
    vg_point_id *ids = VG_TAKE_N(w->arena, vg_point_id, IDS);

    for (int i = 0; i < IDS; i++)
        ids[i] = number(below(w, THINGS + 10));
    c->as.ids.at = ids;
    c->as.ids.count = 1 + below(w, IDS);
}

static void choose_range(world *w, vg_condition *c)
{
    c->key = VG_LIT("n");
    c->as.range.has_gte = below(w, 2);
    c->as.range.gte = below(w, 100);
    c->as.range.has_lt = !c->as.range.has_gte || below(w, 2);
    c->as.range.lt = c->as.range.gte + below(w, 40);
}

static void choose_condition(world *w, vg_condition *c)
{
    static const vg_test tests[] = {VG_TEST_MATCH_VALUE, VG_TEST_MATCH_ANY, VG_TEST_MATCH_EXCEPT,
                                    VG_TEST_RANGE,       VG_TEST_IS_EMPTY,  VG_TEST_HAS_ID,
                                    VG_TEST_VALUES_COUNT};

    *c = (vg_condition){.test = tests[below(w, sizeof tests / sizeof *tests)]};
    switch (c->test) {
    case VG_TEST_MATCH_VALUE:
        c->key = VG_LIT("city");
        c->as.value = (vg_match_value){.kind = VG_MATCH_TEXT, .text = name(w, "c%u", below(w, 40))};
        return;
    case VG_TEST_MATCH_ANY:
    case VG_TEST_MATCH_EXCEPT:
        choose_list(w, c);
        return;
    case VG_TEST_RANGE:
        choose_range(w, c);
        return;
    case VG_TEST_HAS_ID:
        choose_ids(w, c);
        return;
    case VG_TEST_IS_EMPTY:
        c->key = VG_LIT("tags");
        c->as.is.wanted = below(w, 2);
        return;
    default:
        c->key = VG_LIT("tags");
        c->as.range.has_gt = true;
        c->as.range.gt = below(w, 3);
        return;
    }
}

static vg_clause choose_clause(world *w, uint32_t most)
{
    vg_condition *conditions = VG_TAKE_N(w->arena, vg_condition, MOST);
    uint32_t count = below(w, most + 1);

    for (uint32_t i = 0; i < count; i++)
        choose_condition(w, &conditions[i]);
    return (vg_clause){conditions, count};
}

static vg_filter choose_filter(world *w)
{
    return (vg_filter){.must = choose_clause(w, 2),
                       .should = choose_clause(w, 3),
                       .must_not = choose_clause(w, 1)};
}

/* ---- the plainest way ---- */

static uint64_t evaluate(world *w, const vg_filter *filter, const vg_indexes *indexes)
{
    vg_status status = {0};
    const vg_ready *ready = vg_ready_make(w->arena, filter, indexes, &status);
    vg_slice unnamed = {0};
    uint64_t count = 0;

    assert_non_null(ready);
    for (uint32_t i = 0; i < THINGS; i++) {
        vg_subject subject = {number(i), w->things[i].json, &unnamed, 1};

        w->things[i].matches = vg_eval(ready, &subject);
        count += w->things[i].matches;
    }
    return count;
}

static float dot(const float *a, const float *b)
{
    float sum = 0;

    for (int i = 0; i < SIZE; i++)
        sum += a[i] * b[i];
    return sum;
}

typedef struct ranked {
    float score;
    uint32_t id;
} ranked;

static int by_rank(const void *a, const void *b)
{
    const ranked *one = a, *other = b;

    if (one->score != other->score)
        return one->score > other->score ? -1 : 1;
    return one->id < other->id ? -1 : 1;
}

static uint32_t rank(const world *w, const float *query, ranked *to)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < THINGS; i++)
        if (w->things[i].matches)
            to[count++] = (ranked){dot(query, w->things[i].vector), i};
    qsort(to, count, sizeof *to, by_rank);
    return count;
}

/* ---- both ---- */

static void check_search(world *w, const vg_filter *filter)
{
    ranked *all = VG_TAKE_N(w->arena, ranked, THINGS);
    const float *query = w->things[below(w, THINGS)].vector;
    vg_search question = {.vector = floats((vg_slice){0}, query, SIZE),
                          .filter = filter,
                          .limit = 1 + below(w, 60),
                          .offset = below(w, 3)};
    uint32_t count = rank(w, query, all), wanted;
    const vg_points *lists;

    question.with_payload.want = below(w, 2) ? VG_PAYLOAD_ALL : VG_PAYLOAD_NONE;
    assert_int_equal(search(w->bench, &question, 1, &lists), VG_OK);
    count = count > question.offset ? count - question.offset : 0;
    wanted = count < question.limit ? count : question.limit;
    assert_int_equal(lists[0].count, wanted);
    for (uint32_t i = 0; i < wanted; i++) {
        const ranked *r = &all[question.offset + i];

        assert_int_equal(lists[0].at[i].id.num, r->id);
        assert_true(lists[0].at[i].score == r->score);
        if (lists[0].at[i].has_payload)
            must_be(lists[0].at[i].payload, w->things[r->id].payload);
    }
}

static void check_scroll(world *w, const vg_filter *filter)
{
    vg_op_input in = {.scroll = {.limit = 100 + below(w, 2000), .filter = filter}};
    uint32_t at = 0;

    do {
        vg_read read = reading(w->bench, "c");
        vg_op_result out = {0};

        assert_true(vg_read_scroll(&read, &in, &out));
        for (uint32_t i = 0; i < out.page.points.count; i++, at++) {
            while (at < THINGS && !w->things[at].matches)
                at++;
            assert_int_equal(out.page.points.at[i].id.num, at);
        }
        in.scroll.from = out.page.next;
    } while (in.scroll.from.kind != VG_ID_NONE);
    while (at < THINGS && !w->things[at].matches)
        at++;
    assert_int_equal(at, THINGS);
}

static void check_filters(world *w)
{
    vg_collection_info info = describe(w->bench);

    for (int turn = 0; turn < TURNS; turn++) {
        vg_filter filter;
        uint64_t count;

        w->arena = vg_arena_new(64 << 20);
        filter = choose_filter(w);
        count = evaluate(w, &filter, &info.spec.indexes);
        w->fewest = count > 0 && count < w->fewest ? count : w->fewest;
        w->most = count > w->most ? count : w->most;
        assert_int_equal(count_matching(w->bench, &filter), count);
        check_search(w, &filter);
        if (turn % 4 == 0)
            check_scroll(w, &filter);
        vg_arena_free(w->arena);
    }
}

static void filtered_reads_are_what_the_evaluator_finds(void **state)
{
    world *w = calloc(1, sizeof *w);

    w->bench = *state;
    w->seed = seed_of_test();
    w->fewest = THINGS;
    fill(w);
    check_filters(w);
    assert_int_equal(declare(w->bench, "city", VG_INDEX_KEYWORD), VG_OK);
    assert_int_equal(declare(w->bench, "tags", VG_INDEX_KEYWORD), VG_OK);
    check_filters(w);
    assert_int_equal(declare(w->bench, "n", VG_INDEX_INTEGER), VG_OK);
    check_filters(w);
    bench_close(w->bench); /* what was read from the payloads' texts is gone with the arena */
    bench_open(w->bench);
    print_message("filters matched %" PRIu64 " to %" PRIu64 " of %d points\n", w->fewest, w->most,
                  THINGS);
    assert_true(w->fewest < THINGS / 100 && w->most > THINGS / 2);
    free(w);
}

/* ---- rules ---- */

static void batches_keep_their_filters_apart(void **state)
{
    bench *b = *state;
    const float one[] = {1};
    vg_vector vector = floats((vg_slice){0}, one, 1);
    vg_condition red = has_text("color", "red"), two = has_integer("n", 2);
    vg_filter filters[] = {only(&red), only(&two), {.must_not = {&red, 1}}};
    vg_search queries[5];
    const vg_points *lists;

    make_plain(b, 1, VG_DOT);
    put(b, 1, &vector, 1, "{\"color\":\"red\",\"n\":1}");
    put(b, 2, &vector, 1, "{\"color\":\"red\",\"n\":2}");
    put(b, 3, &vector, 1, "{\"color\":\"blue\",\"n\":2}");
    put(b, 4, NULL, 0, "{\"color\":\"red\",\"n\":2}"); /* nothing to compare */
    for (int i = 0; i < 5; i++)
        queries[i] = (vg_search){.vector = vector, .limit = 10, .filter = &filters[i % 3]};
    queries[4].filter = NULL;
    assert_int_equal(search(b, queries, 5, &lists), VG_OK);
    assert_int_equal(lists[0].count, 2);
    assert_int_equal(lists[1].count, 2);
    assert_int_equal(lists[1].at[0].id.num, 2);
    assert_int_equal(lists[2].count, 1);
    assert_int_equal(lists[2].at[0].id.num, 3);
    assert_int_equal(lists[3].count, 2); /* the first one's filter again */
    assert_int_equal(lists[4].count, 3);
}

static void thousands_of_conditions_are_one_filter(void **state)
{
    enum { MANY = 5000 };
    bench *b = *state;
    vg_condition *at = VG_TAKE_N(b->arena, vg_condition, MANY);
    vg_filter all = {.must = {at, MANY}}, any = {.should = {at, MANY}},
              none = {.must_not = {at, MANY}};

    make_plain(b, 1, VG_DOT);
    put(b, 1, NULL, 0, "{\"n\":4999}");
    put(b, 2, NULL, 0, "{\"n\":5000}");
    for (int i = 0; i < MANY; i++)
        at[i] = has_integer("n", i);
    assert_int_equal(count_matching(b, &all), 0);
    assert_int_equal(count_matching(b, &any), 1);
    assert_int_equal(count_matching(b, &none), 1);
    assert_int_equal(declare(b, "n", VG_INDEX_INTEGER), VG_OK);
    assert_int_equal(count_matching(b, &any), 1);
}

static void a_filter_that_cannot_be_read_is_told_by_every_read(void **state)
{
    bench *b = *state;
    const float one[] = {1};
    vg_condition wrong = has_text("a[", "x");
    vg_filter filter = only(&wrong);
    vg_search query = {.vector = floats((vg_slice){0}, one, 1), .limit = 10, .filter = &filter};
    vg_op_input in = {.count = {.filter = &filter}}, page = {0};
    const vg_points *lists;
    vg_op_result out = {0};
    vg_read read;

    make_plain(b, 1, VG_DOT);
    assert_int_equal(search(b, &query, 1, &lists), VG_INVALID);
    must_say(b, "Invalid json path: 'a['");
    read = reading(b, "c");
    assert_false(vg_read_count(&read, &in, &out));
    assert_int_equal(b->status.code, VG_INVALID);
    page.scroll.filter = &filter;
    page.scroll.limit = 1;
    read = reading(b, "c");
    assert_false(vg_read_scroll(&read, &page, &out));
    assert_int_equal(b->status.code, VG_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(filtered_reads_are_what_the_evaluator_finds, bench_up,
                                        bench_down),
        cmocka_unit_test_setup_teardown(batches_keep_their_filters_apart, bench_up, bench_down),
        cmocka_unit_test_setup_teardown(thousands_of_conditions_are_one_filter, bench_up,
                                        bench_down),
        cmocka_unit_test_setup_teardown(a_filter_that_cannot_be_read_is_told_by_every_read,
                                        bench_up, bench_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
