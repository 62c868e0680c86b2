/* The graph beside exact search: how much of the truth it finds, and what it must not find. */
#include <stdlib.h>

#include "graphs.h"

static const struct {
    const char *says;
    uint32_t size;
    vg_distance distance;
    uint32_t clusters, ef;
} shapes[] = {
    {"few random numbers, L2", 16, VG_EUCLID, 0, 64},
    {"few random numbers, L1", 16, VG_MANHATTAN, 0, 64},
    {"few random numbers, cosine", 16, VG_COSINE, 0, 64},
    {"few random numbers, dot", 16, VG_DOT, 0, 64},
    {"clusters, L2", 48, VG_EUCLID, 30, 48},
    {"clusters, L1", 48, VG_MANHATTAN, 30, 48},
    {"clusters, cosine", 48, VG_COSINE, 30, 48},
    {"clusters, dot", 48, VG_DOT, 30, 128},
    {"many random numbers, cosine", 96, VG_COSINE, 0, 400},
};

static void the_nearest_are_found_for_every_distance(void **state)
{
    uint64_t seed = seed_of_test();

    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        double found;
        world w;

        make_world(&w, shapes[i].size, shapes[i].distance, shapes[i].clusters);
        w.seed = seed;
        fill_world(&w, 1500);
        found = recall(&w, 30, 10, shapes[i].ef, NULL);
        print_message("%s: recall %.3f\n", shapes[i].says, found);
        if (found < 0.95)
            fail_msg("%s: %.3f", shapes[i].says, found);
        end_world(&w);
    }
}

static void a_few_slots_are_all_found(void **state)
{
    (void)state;
    for (uint32_t count = 0; count < 4; count++) {
        world w;
        vg_view view;
        vg_walk walk;

        make_world(&w, 8, VG_EUCLID, 0);
        fill_world(&w, count);
        view = view_now(&w);
        walk = walk_for(&w, &view, draw(&w), 10);
        assert_true(vg_hnsw_search(w.graph, &walk));
        assert_int_equal(walk.count, count);
        end_world(&w);
    }
}

static void all_are_found_when_more_are_asked_for(void **state)
{
    world w;
    vg_view view;
    vg_walk walk;

    (void)state;
    make_world(&w, 8, VG_EUCLID, 0);
    fill_world(&w, 300);
    view = view_now(&w);
    walk = walk_for(&w, &view, draw(&w), 1000);
    assert_true(vg_hnsw_search(w.graph, &walk));
    assert_int_equal(walk.count, 300);
    end_world(&w);
}

/* A third of the points is replaced, a third of the rest ended: what was there before is not found,
 * and what is there now is. */
static void what_died_is_walked_through_and_not_found(void **state)
{
    enum { POINTS = 1500 };
    world w;

    (void)state;
    make_world(&w, 24, VG_EUCLID, 20);
    w.seed = seed_of_test();
    fill_world(&w, POINTS);
    for (uint64_t id = 0; id < POINTS; id += 3)
        put_point(&w, id, draw(&w));
    insert_all(&w);
    for (uint64_t id = 1; id < POINTS; id += 9)
        end_point(&w, id);
    assert_true(recall(&w, 50, 10, 64, NULL) >= 0.95);
    end_world(&w);
}

/* The whole neighbourhood of the questions is gone. */
static void a_walk_leaves_a_place_where_all_is_dead(void **state)
{
    enum { POINTS = 2000 };
    const float here[2] = {0, 0};
    world w;
    vg_view view;
    vg_walk walk;

    (void)state;
    make_world(&w, 2, VG_EUCLID, 0);
    for (uint64_t id = 0; id < POINTS; id++)
        put_point(&w, id, (const float[]){(float)id, 1});
    insert_all(&w);
    for (uint64_t id = 0; id < POINTS / 2; id++)
        end_point(&w, id);
    view = view_now(&w);
    walk = walk_for(&w, &view, here, 5);
    assert_true(vg_hnsw_search(w.graph, &walk));
    assert_int_equal(walk.count, 5);
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(id_of(&w, walk.hits[i]), POINTS / 2 + i);
    end_world(&w);
}

static void a_view_shows_its_own_operation(void **state)
{
    const float one[] = {1, 0}, two[] = {2, 0}, three[] = {3, 0};
    world w;
    vg_view view;
    vg_walk walk;

    (void)state;
    make_world(&w, 2, VG_EUCLID, 0);
    put_point(&w, 7, one);
    put_point(&w, 8, two);
    insert_all(&w);
    put_point(&w, 7, three);
    insert_all(&w);
    view = (vg_view){.dense = w.dense, .operation = 2, .used = 2};
    walk = walk_for(&w, &view, one, 5);
    assert_true(vg_hnsw_search(w.graph, &walk));
    assert_int_equal(walk.count, 2);
    assert_int_equal(walk.hits[0].slot, 0);
    view.operation = 3;
    assert_true(vg_hnsw_search(w.graph, &walk));
    assert_int_equal(walk.count, 2);
    assert_int_equal(walk.hits[0].slot, 1);
    assert_int_equal(walk.hits[1].slot, 2);
    end_world(&w);
}

/* Left out, and never found: the graph holds nothing of it. */
static void what_died_before_takes_no_place(void **state)
{
    uint32_t words[1000];
    world w;

    (void)state;
    make_world(&w, 4, VG_EUCLID, 0);
    put_point(&w, 1, draw(&w));
    put_point(&w, 1, draw(&w));
    put_point(&w, 2, draw(&w));
    insert_all(&w);
    assert_true(vg_hnsw_node_most(w.graph) <= sizeof words / sizeof *words);
    assert_int_equal(vg_hnsw_node_write(w.graph, 0, words), 0);
    assert_true(vg_hnsw_node_write(w.graph, 1, words) > 0);
    assert_true(recall(&w, 5, 5, 5, NULL) == 1);
    end_world(&w);
}

static void only_slots_before_the_tail_are_found(void **state)
{
    world w;
    vg_view view;
    vg_walk walk;

    (void)state;
    make_world(&w, 8, VG_DOT, 0);
    fill_world(&w, 500);
    view = view_now(&w);
    walk = walk_for(&w, &view, draw(&w), 500);
    walk.before = 200;
    assert_true(vg_hnsw_search(w.graph, &walk));
    assert_true(walk.count > 180 && walk.count <= 200);
    for (uint32_t i = 0; i < walk.count; i++)
        assert_true(walk.hits[i].slot < 200);
    end_world(&w);
}

/* ---- equal vectors ---- */

static void equal_vectors_are_all_found_and_come_by_id(void **state)
{
    enum { EQUAL = 1500, OTHERS = 500 };
    const float *same;
    world w;
    vg_view view;
    vg_walk walk;

    (void)state;
    make_world(&w, 20, VG_COSINE, 0);
    same = draw(&w);
    for (uint32_t i = 0; i < EQUAL + OTHERS; i++)
        put_point(&w, (uint64_t)(EQUAL + OTHERS - i), i % 4 == 3 ? draw(&w) : same);
    insert_all(&w);
    end_point(&w, EQUAL + OTHERS); /* the first of them */
    view = view_now(&w);
    walk = walk_for(&w, &view, same, EQUAL + OTHERS);
    assert_true(vg_hnsw_search(w.graph, &walk));
    assert_int_equal(walk.count, EQUAL + OTHERS - 1);
    for (uint32_t i = 1; i < EQUAL - 1; i++) {
        assert_true(walk.hits[i].far == walk.hits[0].far);
        assert_true(id_of(&w, walk.hits[i - 1]) < id_of(&w, walk.hits[i]));
    }
    assert_true(walk.hits[EQUAL - 1].far > walk.hits[0].far);
    assert_true(recall(&w, 30, 10, 40, NULL) >= 0.95);
    end_world(&w);
}

static void a_point_that_is_written_again_as_it_was_is_found_once(void **state)
{
    enum { POINTS = 400 };
    static const float *vectors[POINTS];
    world w;

    (void)state;
    make_world(&w, 16, VG_EUCLID, 0);
    for (uint64_t id = 0; id < POINTS; id++)
        put_point(&w, id, vectors[id] = draw(&w));
    insert_all(&w);
    for (uint64_t id = 0; id < 5 * (uint64_t)POINTS; id++) {
        put_point(&w, id % POINTS, vectors[id % POINTS]);
        insert_all(&w);
    }
    assert_true(recall(&w, 50, 10, 50, NULL) >= 0.98);
    end_world(&w);
}

static void one_point_can_be_left_out(void **state)
{
    const float *mine;
    world w;
    vg_view view;
    vg_walk walk;

    (void)state;
    make_world(&w, 8, VG_EUCLID, 0);
    fill_world(&w, 500);
    put_point(&w, 9999, mine = draw(&w));
    insert_all(&w);
    view = view_now(&w);
    walk = walk_for(&w, &view, mine, 10);
    assert_true(vg_hnsw_search(w.graph, &walk));
    assert_int_equal(id_of(&w, walk.hits[0]), 9999);
    walk.except = (vg_point_id){.kind = VG_ID_NUM, .num = 9999};
    assert_true(vg_hnsw_search(w.graph, &walk));
    assert_int_equal(walk.count, 10);
    for (uint32_t i = 0; i < 10; i++)
        assert_int_not_equal(id_of(&w, walk.hits[i]), 9999);
    end_world(&w);
}

/* ---- rows ---- */

static void only_admitted_rows_are_found_and_nearly_all_of_these(void **state)
{
    static const uint32_t percents[] = {60, 30, 10, 4, 1, 0};
    enum { POINTS = 2000 };
    world w;

    (void)state;
    make_world(&w, 24, VG_COSINE, 20);
    w.seed = seed_of_test();
    fill_world(&w, POINTS);
    for (size_t i = 0; i < sizeof percents / sizeof *percents; i++) {
        vg_rowset rows = {.arena = w.arena};
        double found;

        for (uint64_t id = 0; id < POINTS; id++)
            if (next_random(&w.seed) % 100 < percents[i])
                assert_true(vg_rowset_add(&rows, row_of_id(id)));
        found = recall(&w, 40, 10, 64, &rows);
        print_message("%u %% of the rows: recall %.3f\n", percents[i], found);
        if (found < 0.95)
            fail_msg("%u %%: %.3f", percents[i], found);
    }
    end_world(&w);
}

/* ---- another measure ---- */

/* Only the first number counts. */
static void first_far(const vg_measure *self, const void *query, const uint32_t *slots,
                      uint32_t count, float *far)
{
    const vg_dense *dense = *(vg_dense *const *)(const void *)(self + 1);
    const float *first = query;

    for (uint32_t i = 0; i < count; i++) {
        far[i] = vg_dense_row(dense, slots[i])[0] - *first;
        far[i] *= far[i];
    }
}

static const void *first_query(const vg_measure *self, uint32_t slot)
{
    return vg_dense_row(*(vg_dense *const *)(const void *)(self + 1), slot);
}

static void another_measure_can_take_the_place_of_the_floats(void **state)
{
    struct {
        vg_measure measure;
        const vg_dense *dense;
    } mine = {.measure = {.far = first_far, .query_of = first_query}};
    vg_hnsw_conf conf = {.m = 8, .ef_construct = 40, .measure = &mine.measure};
    const float asked = 700.25F;
    world w;
    vg_view view;
    vg_walk walk;

    (void)state;
    make_world(&w, 2, VG_EUCLID, 0);
    vg_hnsw_let(w.graph);
    mine.dense = w.dense;
    w.graph = vg_hnsw_new(w.dense, &conf);
    for (uint64_t id = 0; id < 1000; id++)
        put_point(&w, id, (const float[]){(float)(id * 7919 % 1000), 1e6F * random_float(&w.seed)});
    insert_all(&w);
    view = view_now(&w);
    walk = walk_for(&w, &view, (const float[]){0, 0}, 3);
    walk.query = &asked;
    walk.ef = 20;
    assert_true(vg_hnsw_search(w.graph, &walk));
    assert_int_equal(walk.count, 3);
    assert_true(vg_dense_row(w.dense, walk.hits[0].slot)[0] == 700);
    assert_true(vg_dense_row(w.dense, walk.hits[1].slot)[0] == 701);
    assert_true(vg_dense_row(w.dense, walk.hits[2].slot)[0] == 699);
    end_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_are_found_for_every_distance),
        cmocka_unit_test(a_few_slots_are_all_found),
        cmocka_unit_test(all_are_found_when_more_are_asked_for),
        cmocka_unit_test(what_died_is_walked_through_and_not_found),
        cmocka_unit_test(a_walk_leaves_a_place_where_all_is_dead),
        cmocka_unit_test(a_view_shows_its_own_operation),
        cmocka_unit_test(what_died_before_takes_no_place),
        cmocka_unit_test(only_slots_before_the_tail_are_found),
        cmocka_unit_test(equal_vectors_are_all_found_and_come_by_id),
        cmocka_unit_test(a_point_that_is_written_again_as_it_was_is_found_once),
        cmocka_unit_test(one_point_can_be_left_out),
        cmocka_unit_test(only_admitted_rows_are_found_and_nearly_all_of_these),
        cmocka_unit_test(another_measure_can_take_the_place_of_the_floats),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
