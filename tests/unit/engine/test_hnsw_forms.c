/* Graphs over vectors that are not one row of float32: what they find of the truth. */
#include "graphs.h"

enum { POINTS = 1000, QUERIES = 40, LIMIT = 10, EF = 100 };

static const vg_distance distances[] = {VG_COSINE, VG_DOT, VG_EUCLID, VG_MANHATTAN};

/* Every fifth is replaced, every seventh ended: what is left is found, and nothing else. */
static void change_some(world *w)
{
    for (uint64_t id = 0; id < POINTS; id += 5)
        put_point(w, id, draw_stored(w));
    for (uint64_t id = 0; id < POINTS; id += 7)
        end_point(w, id);
    insert_all(w);
}

static void expect_recall(const vg_form *form, uint32_t clusters, double enough)
{
    world w;
    double at_first, later;

    make_form_world(&w, form, clusters);
    fill_world(&w, POINTS);
    at_first = recall(&w, QUERIES, LIMIT, EF, NULL);
    change_some(&w);
    later = recall(&w, QUERIES, LIMIT, EF, NULL);
    if (at_first < enough || later < enough)
        fail_msg("kind %d datatype %d distance %d: %g and %g", form->kind, form->datatype,
                 form->distance, at_first, later);
    end_world(&w);
}

static void expect_recall_of_all(vg_form form, double enough)
{
    for (size_t i = 0; i < sizeof distances / sizeof *distances; i++) {
        form.distance = distances[i];
        expect_recall(&form, 25, enough);
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
    expect_recall_of_all((vg_form){.kind = VG_MULTI, .size = 12}, 0.9);
    for (int i = 0; i < 2; i++) {
        const vg_form narrow = {.kind = VG_MULTI,
                                .datatype = i == 0 ? VG_FLOAT16 : VG_UINT8,
                                .size = 12,
                                .distance = i == 0 ? VG_COSINE : VG_EUCLID};

        expect_recall(&narrow, 25, 0.9);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_of_float16_are_found),
        cmocka_unit_test(the_nearest_of_bytes_are_found),
        cmocka_unit_test(the_nearest_of_multivectors_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
