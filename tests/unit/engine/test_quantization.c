/* Searches by codes of the vectors: what each kind finds, what is reported of it, and that it comes
 * and goes with the settings. */
#include <stdlib.h>

#include "crowd.h"

enum { POINTS = 6000 };

#define SETTINGS(quantization)                                                   \
    "{\"hnsw_config\":{\"m\":8,\"ef_construct\":60,\"full_scan_threshold\":10}," \
    "\"optimizers_config\":{\"indexing_threshold\":10},\"quantization_config\":" quantization "}"

typedef struct scene {
    crowd crowd;
    bench *b;
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_change_of_the_settings_changes_the_codes, up, down),
        cmocka_unit_test_setup_teardown(disabled_takes_the_codes_away, up, down),
        cmocka_unit_test_setup_teardown(rescored_scores_are_exact_ones, up, down),
        cmocka_unit_test_setup_teardown(ignoring_walks_by_the_floats, up, down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
