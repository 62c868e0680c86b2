/* Graphs over vectors that are not one row of float32: what they find of the truth. */
#include "graphs.h"

enum { QUERIES = 60, LIMIT = 10, EF = 100 };

static const vg_distance distances[] = {VG_COSINE, VG_DOT, VG_EUCLID, VG_MANHATTAN};

/* Every fifth is replaced, every seventh ended: what is left is found, and nothing else. */
static void change_some(world *w, uint64_t points)
{
    for (uint64_t id = 0; id < points; id += 5)
        put_point(w, id, draw_stored(w));
    for (uint64_t id = 0; id < points; id += 7)
        end_point(w, id);
    insert_all(w);
}

static void expect_recall(const vg_form *form, uint32_t clusters, double enough)
{
    /* a difference of two multivectors is many: fewer points, behind which fewer are looked at */
    const bool is_multi = form->kind == VG_MULTI;
    const uint32_t points = is_multi ? 400 : 1200, ef = is_multi ? EF / 2 : EF;
    world w;
    double at_first, later;

    make_form_world(&w, form, clusters);
    fill_world(&w, points);
    at_first = recall(&w, QUERIES, LIMIT, ef, NULL);
    change_some(&w, points);
    later = recall(&w, QUERIES, LIMIT, ef, NULL);
    if (at_first < enough || later < enough)
        fail_msg("kind %d datatype %d distance %d: %g and %g", form->kind, form->datatype,
                 form->distance, at_first, later);
    end_world(&w);
}

static void expect_recall_of_all(vg_form form, double enough)
{
    for (size_t i = 0; i < sizeof distances / sizeof *distances; i++) {
        form.distance = distances[i];
        if (form.kind != VG_MULTI || i % 2 == 0)
            expect_recall(&form, 25, enough);
        if (form.kind != VG_MULTI || i % 2 == 1)
            expect_recall(&form, 0, enough);
    }
}

static void the_nearest_of_float16_are_found(void **state)
{
    (void)state;
    expect_recall_of_all((vg_form){.datatype = VG_FLOAT16, .size = 24}, 0.95);
}

static void the_nearest_of_bytes_are_found(void **state)
{
    (void)state;
    expect_recall_of_all((vg_form){.datatype = VG_UINT8, .size = 24}, 0.95);
}

static void the_nearest_of_multivectors_are_found(void **state)
{
    (void)state;
    expect_recall_of_all((vg_form){.kind = VG_MULTI, .size = 12}, 0.96);
    expect_recall(&(vg_form){VG_MULTI, VG_FLOAT16, 12, VG_COSINE}, 0, 0.96);
    expect_recall(&(vg_form){VG_MULTI, VG_UINT8, 12, VG_EUCLID}, 0, 0.96);
}

static void walk_near(world *w, const vg_view *view, const void *query, vg_hit *hits,
                      uint32_t limit)
{
    vg_walk walk = {.view = view, .before = vg_hnsw_next(w->graph), .hits = hits, .limit = limit};

    walk.query = query;
    assert_true(vg_hnsw_search(w->graph, &walk));
    assert_int_equal(walk.count, limit);
}

static void copies_are_all_found(void **state)
{
    enum { COPIES = 200 };
    world w;
    vg_hit hits[COPIES];
    const void *one;
    vg_view view;

    (void)state;
    make_form_world(&w, &(vg_form){.kind = VG_MULTI, .size = 4, .distance = VG_EUCLID}, 0);
    fill_world(&w, COPIES);
    one = draw_stored(&w);
    for (uint64_t i = 0; i < COPIES; i++)
        put_point(&w, COPIES + i, one);
    insert_all(&w);
    view = view_now(&w);
    walk_near(&w, &view, one, hits, COPIES);
    for (uint32_t i = 0; i < COPIES; i++)
        assert_int_equal(id_of(&w, hits[i]), COPIES + i);
    end_world(&w);
}

/* The first is as near to the second as that is to itself. */
static void what_is_as_near_is_no_copy(void **state)
{
    static const uint8_t first[64] = {1, 5}, second[64] = {1, 0}, query[64] = {0, 1};
    world w;
    vg_view view;
    vg_hit hits[2];

    (void)state;
    make_form_world(&w, &(vg_form){.datatype = VG_UINT8, .size = 2, .distance = VG_DOT}, 0);
    put_point(&w, 1, first);
    put_point(&w, 2, second);
    insert_all(&w);
    view = view_now(&w);
    walk_near(&w, &view, query, hits, 2);
    assert_true(id_of(&w, hits[0]) == 1 && hits[0].far == -5);
    assert_true(id_of(&w, hits[1]) == 2 && hits[1].far == 0);
    end_world(&w);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_of_float16_are_found),
        cmocka_unit_test(the_nearest_of_bytes_are_found),
        cmocka_unit_test(the_nearest_of_multivectors_are_found),
        cmocka_unit_test(copies_are_all_found),
        cmocka_unit_test(what_is_as_near_is_no_copy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
