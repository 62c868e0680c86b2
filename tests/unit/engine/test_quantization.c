/* Searches by codes of the vectors: what each kind finds, what is reported of it, and that it comes
 * and goes with the settings. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "crowd.h"
#include "engine/codes.h"
#include "engine/hnsw.h"

enum { POINTS = 6000 };
static const double enough = 0.95;

#define SETTINGS(quantization)                                                   \
    "{\"hnsw_config\":{\"m\":8,\"ef_construct\":60,\"full_scan_threshold\":10}," \
    "\"optimizers_config\":{\"indexing_threshold\":10},\"quantization_config\":" quantization "}"

typedef struct scene {
    crowd crowd;
    bench *b;
    bool is_coded; /* all that is there has been */
} scene;

static int up(void **state)
{
    scene *s = calloc(1, sizeof *s);
    void *b;

    bench_up(&b);
    s->b = b;
    crowd_make(&s->crowd, s->b, VG_EUCLID, SETTINGS("{\"scalar\":{\"type\":\"int8\"}}"));
    crowd_put(&s->crowd, 1, POINTS);
    expect_all_indexed(&s->crowd);
    s->is_coded = true;
    *state = s;
    return 0;
}

static int down(void **state)
{
    scene *s = *state;
    void *b = s->b;

    bench_down(&b);
    free(s);
    return 0;
}

static const struct kind {
    const char *word, *settings;
    double recall; /* of 10, with oversampling */
} kinds[] = {
    {"int8", SETTINGS("{\"scalar\":{\"type\":\"int8\",\"quantile\":0.99}}"), 0.95},
    {"bfloat16", SETTINGS("{\"bfloat16\":{}}"), 0.95},
    {"binary", SETTINGS("{\"binary\":{}}"), 0},
};

static void a_change_of_the_settings_changes_the_codes(void **state)
{
    scene *s = *state;
    vg_search search = near_to(NULL, NULL);

    search.how.oversampling = 4;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        vg_explain explain;

        crowd_change(&s->crowd, kinds[i].settings);
        expect_all_indexed(&s->crowd);
        assert_true(crowd_recall(&s->crowd, &search, -1, &explain) >= kinds[i].recall);
        assert_string_equal(explain.codes, kinds[i].word);
        assert_true(explain.is_rescored);
    }
}

/* The builder goes on with the graph when the codes are gone. */
static void disabled_takes_the_codes_away(void **state)
{
    scene *s = *state;
    vg_search search = near_to(crowd_draw(&s->crowd, 0), NULL);
    vg_explain explain;

    crowd_put(&s->crowd, 1 + POINTS, POINTS);
    crowd_change(&s->crowd, SETTINGS("\"Disabled\""));
    expect_all_indexed(&s->crowd);
    ask(&s->crowd, &search, &explain);
    assert_string_equal(explain.method, "graph");
    assert_null(explain.codes);
    assert_false(explain.is_rescored);
}

static void rescored_scores_are_exact_ones(void **state)
{
    scene *s = *state;
    vg_search search = near_to(crowd_draw(&s->crowd, 3), NULL), exact = search, rough = search;
    vg_points found, truth, by_codes;

    exact.exact = true;
    rough.how.rescore = VG_RESCORE_NO;
    found = ask(&s->crowd, &search, NULL);
    truth = ask(&s->crowd, &exact, NULL);
    by_codes = ask(&s->crowd, &rough, NULL);
    assert_int_equal(vg_point_id_cmp(&found.at[0].id, &truth.at[0].id), 0);
    assert_true(found.at[0].score == truth.at[0].score);
    assert_true(by_codes.at[0].score != truth.at[0].score);
}

static void ignoring_walks_by_the_floats(void **state)
{
    scene *s = *state;
    vg_search search = near_to(crowd_draw(&s->crowd, 3), NULL);
    vg_explain explain;

    search.how.ignores_quantization = true;
    ask(&s->crowd, &search, &explain);
    assert_string_equal(explain.method, "graph");
    assert_null(explain.codes);
}

/* ---- through restarts, rebuilds and while they grow ---- */

static void must_be_int8(scene *s)
{
    vg_search search = near_to(NULL, NULL);
    vg_explain explain;

    assert_true(crowd_recall(&s->crowd, &search, -1, &explain) >= enough);
    assert_string_equal(explain.method, "graph");
    assert_string_equal(explain.codes, "int8");
    assert_true(explain.is_rescored);
}

static void a_store_that_opens_again_has_codes_again(void **state)
{
    scene *s = *state;

    bench_close(s->b);
    bench_open(s->b);
    expect_all_indexed(&s->crowd);
    must_be_int8(s);
}

/* The codes are of the vectors that are shown, and the graph has nothing that is not coded. Answers
 * how many slots there are. */
static uint32_t look_at_codes(scene *s)
{
    vg_table *table = vg_store_find(s->b->store, VG_LIT("c"), s->b->arena, &s->b->status);
    uint32_t used, inserted;
    vg_view view;

    vg_table_view(table, 0, &view);
    used = view.used;
    if (view.codes) {
        inserted = vg_hnsw_next(view.graph);
        assert_ptr_equal(vg_codes_dense(view.codes), view.dense);
        if (s->is_coded)
            assert_true(vg_codes_next(view.codes) >= inserted);
    }
    vg_table_view_give(&view);
    vg_table_let(table);
    return used;
}

/* The vectors that take the place of the old ones have no codes at first. */
static void a_rebuild_of_the_vectors_gets_codes_again(void **state)
{
    scene *s = *state;
    vg_search search = near_to(crowd_draw(&s->crowd, 0), NULL);
    int turns = 0;

    s->is_coded = false;
    crowd_delete(&s->crowd, 1, POINTS / 2);
    while (look_at_codes(s) > POINTS / 2 + POINTS / 10) {
        assert_int_equal(ask(&s->crowd, &search, NULL).count, 10);
        usleep(1000);
        assert_true(turns++ < 60000);
    }
    search.vector = (vg_vector){0};
    assert_true(crowd_recall(&s->crowd, &search, -1, NULL) >= enough); /* coded or not */
    expect_all_indexed(&s->crowd);
    s->is_coded = true;
    look_at_codes(s);
    must_be_int8(s);
}

/* A builder that was at work when they were replaced comes too late. */
static void codes_of_other_vectors_are_not_shown(void **state)
{
    scene *s = *state;
    vg_table *table = vg_store_find(s->b->store, VG_LIT("c"), s->b->arena, &s->b->status);
    vg_dense *other = vg_dense_new(CROWD_SIZE);
    vg_codes *stale = vg_codes_new(other, (vg_coding){VG_CODE_INT8, 1}, 0);

    assert_non_null(stale);
    vg_table_show_codes(table, 0, stale);
    vg_dense_let(other);
    vg_table_let(table);
    look_at_codes(s);
    must_be_int8(s);
}

/* Whatever the builder has done by then. */
static void only_what_is_indexed_is_walked_by_codes_too(void **state)
{
    scene *s = *state;
    vg_search search = near_to(NULL, NULL);
    vg_explain explain;

    search.how.indexed_only = true;
    for (uint32_t i = 0; i < 20; i++) {
        crowd_put(&s->crowd, 1 + POINTS + i * 100, 100);
        look_at_codes(s);
        search.vector =
            floats((vg_slice){0}, crowd_draw(&s->crowd, i % CROWD_CLUSTERS), CROWD_SIZE);
        assert_int_equal(ask(&s->crowd, &search, &explain).count, 10);
        assert_string_equal(explain.method, "graph");
        assert_int_equal(explain.unindexed, 0);
        assert_true(!explain.is_rescored == !explain.codes);
        look_at_codes(s);
    }
    expect_all_indexed(&s->crowd);
    assert_true(crowd_recall(&s->crowd, &search, -1, &explain) >= enough);
    assert_string_equal(explain.codes, "int8");
}

/* ---- with filters ---- */

static const struct row {
    const char *says;
    double below; /* of CROWD_PARTS */
    uint32_t limit;
    bool exact;
    const char *method;
    const char *codes; /* NULL: nothing is walked */
} rows[] = {
    {"no filter", -1, 10, false, "graph", "int8"},
    {"no filter, exactly", -1, 10, true, "exact", NULL},
    {"nearly all pass", 990, 10, false, "traverse_then_check", "int8"},
    {"half of them pass", 500, 10, false, "traverse_then_check", "int8"},
    {"a fifth, and many are wanted", 200, 200, false, "filtered_traversal", "int8"},
    {"a hundredth", 10, 10, false, "filter_then_exact", NULL},
    {"none", 0, 10, false, "filter_then_exact", NULL},
};

static void every_method_finds_by_codes_what_there_is(void **state)
{
    scene *s = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        vg_condition condition = part_below(rows[i].below);
        vg_filter filter = only(&condition);
        vg_search search = near_to(NULL, rows[i].below < 0 ? NULL : &filter);
        vg_explain explain;
        double recall;

        search.limit = rows[i].limit;
        search.exact = rows[i].exact;
        search.how.hnsw_ef = 50 + rows[i].limit;
        recall = crowd_recall(&s->crowd, &search, -1, &explain);
        printf("%s: %s, recall %.3f\n", rows[i].says, explain.method, recall);
        assert_string_equal(explain.method, rows[i].method);
        assert_true(recall >= enough);
        assert_true(!explain.codes == !rows[i].codes);
        if (rows[i].codes)
            assert_string_equal(explain.codes, rows[i].codes);
        assert_true(explain.is_rescored == (rows[i].codes != NULL));
    }
}

/* ---- binary ---- */

enum { WIDE = 256, LATENT = 12, WIDE_POINTS = 3000, WIDE_BATCH = 250, WIDE_QUERIES = 50 };

/* As embeddings are: many numbers that come from few. */
static const float *draw_wide(bench *b, uint64_t *chance)
{
    float latent[LATENT], *vector = VG_TAKE_N(b->arena, float, WIDE);
    uint64_t fixed = 7;

    assert_non_null(vector);
    for (uint32_t k = 0; k < LATENT; k++)
        latent[k] = random_float(chance);
    for (uint32_t i = 0; i < WIDE; i++) {
        vector[i] = 0.1F * random_float(chance);
        for (uint32_t k = 0; k < LATENT; k++)
            vector[i] += latent[k] * random_float(&fixed);
    }
    return vector;
}

static void put_wide(bench *b, uint64_t *chance)
{
    given points[WIDE_BATCH];

    for (uint64_t id = 0; id < WIDE_POINTS; id += WIDE_BATCH) {
        for (uint64_t i = 0; i < WIDE_BATCH; i++)
            points[i] = (given){.id = id + i, .vector = draw_wide(b, chance), .payload = "{}"};
        assert_int_equal(upsert(b, "c", points, WIDE_BATCH, NULL), VG_OK);
    }
    vg_store_settle(b->store);
}

static uint32_t common(const vg_points *a, const vg_points *b)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < a->count; i++)
        for (uint32_t k = 0; k < b->count; k++)
            count += vg_point_id_cmp(&a->at[i].id, &b->at[k].id) == 0;
    return count;
}

/* Of 10, walking with this many candidates for each. */
static double wide_recall(bench *b, uint64_t *chance, float oversampling, bool rescores)
{
    crowd c = {.b = b};
    uint32_t found = 0;

    for (int i = 0; i < WIDE_QUERIES; i++) {
        vg_search search = {.vector = floats((vg_slice){0}, draw_wide(b, chance), WIDE),
                            .limit = 10,
                            .explains = true,
                            .how = {.oversampling = oversampling,
                                    .rescore = rescores ? VG_RESCORE_YES : VG_RESCORE_NO}};
        vg_search exact = search;
        vg_points truth, answer;
        vg_explain explain;

        exact.exact = true;
        truth = ask(&c, &exact, NULL);
        answer = ask(&c, &search, &explain);
        assert_string_equal(explain.codes, "binary");
        assert_int_equal(explain.is_rescored, rescores);
        found += common(&answer, &truth);
    }
    return found / (10.0 * WIDE_QUERIES);
}

static void bits_of_many_numbers_find_most_of_the_nearest(void **state)
{
    bench *b = *state;
    vg_vector_params vector = {.size = WIDE, .distance = VG_COSINE, .on_disk = -1};
    vg_collection_spec spec = {.vectors = &vector,
                               .vector_count = 1,
                               .settings = vg_slice_str(SETTINGS("{\"binary\":{}}"))};
    uint64_t chance = seed_of_test();
    double rough, good;

    assert_int_equal(make(b, &spec), VG_OK);
    put_wide(b, &chance);
    rough = wide_recall(b, &chance, 1, false);
    good = wide_recall(b, &chance, 4, true);
    printf("binary: recall %.3f, rescored %.3f\n", rough, good);
    assert_true(good >= 0.8 && good > rough);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_change_of_the_settings_changes_the_codes, up, down),
        cmocka_unit_test_setup_teardown(disabled_takes_the_codes_away, up, down),
        cmocka_unit_test_setup_teardown(rescored_scores_are_exact_ones, up, down),
        cmocka_unit_test_setup_teardown(ignoring_walks_by_the_floats, up, down),
        cmocka_unit_test_setup_teardown(a_store_that_opens_again_has_codes_again, up, down),
        cmocka_unit_test_setup_teardown(a_rebuild_of_the_vectors_gets_codes_again, up, down),
        cmocka_unit_test_setup_teardown(codes_of_other_vectors_are_not_shown, up, down),
        cmocka_unit_test_setup_teardown(only_what_is_indexed_is_walked_by_codes_too, up, down),
        cmocka_unit_test_setup_teardown(every_method_finds_by_codes_what_there_is, up, down),
        cmocka_unit_test_setup_teardown(bits_of_many_numbers_find_most_of_the_nearest, bench_up,
                                        bench_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
