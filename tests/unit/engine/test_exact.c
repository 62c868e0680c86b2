/* Vectors in memory and exact search over them, without a store. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "support.h"

enum { ARENA = 64 << 20 };

typedef struct memory {
    vg_arena *arena;
    vg_dense *dense;
    uint64_t operation;
    uint32_t size;
} memory;

static memory made_for(uint32_t size)
{
    memory m = {.arena = vg_arena_new(ARENA), .dense = vg_dense_new(size), .size = size};

    assert_non_null(m.arena);
    assert_non_null(m.dense);
    return m;
}

static void done_with(memory *m)
{
    vg_dense_let(m->dense);
    vg_arena_free(m->arena);
}

static vg_point_id number(uint64_t num)
{
    return (vg_point_id){.kind = VG_ID_NUM, .num = num};
}

/* Rows of SQL are no slots. */
static uint64_t row_of(uint64_t num)
{
    return num * 3 + 1;
}

static void put_id(memory *m, vg_point_id id, const float *vector)
{
    uint8_t room[VG_ID_KEY_MAX];
    vg_slice key = vg_slice_of((const char *)room, vg_point_id_key(&id, room));

    assert_true(vg_dense_reserve(m->dense, 1, vg_dense_text_bytes(key)));
    vg_dense_put(m->dense, key, row_of(id.num), vector, m->operation);
}

static void end_id(memory *m, vg_point_id id)
{
    uint8_t room[VG_ID_KEY_MAX];

    vg_dense_end(m->dense, vg_slice_of((const char *)room, vg_point_id_key(&id, room)),
                 m->operation);
}

static vg_view view_at(const memory *m, uint64_t operation)
{
    return (vg_view){.dense = m->dense, .operation = operation, .used = vg_dense_used(m->dense)};
}

static vg_nearest asking(memory *m, vg_distance distance, const float *query, uint32_t limit)
{
    vg_nearest nearest = {
        .distance = distance,
        .query = vg_exact_query(m->arena, query, m->dense, distance),
        .hits = VG_TAKE_N(m->arena, vg_hit, limit),
        .limit = limit,
    };

    return nearest;
}

static uint64_t id_of_hit(const memory *m, const vg_nearest *nearest, uint32_t i)
{
    return vg_dense_id(m->dense, nearest->hits[i].slot).num;
}

/* ---- against the plainest way ---- */

static double score_of(vg_distance distance, const float *a, const float *b, uint32_t size)
{
    double dot = 0, square = 0, sum = 0;

    for (uint32_t i = 0; i < size; i++) {
        double d = (double)a[i] - (double)b[i];

        dot += (double)a[i] * (double)b[i];
        square += d * d;
        sum += fabs(d);
    }
    if (distance == VG_EUCLID)
        return sqrt(square);
    return distance == VG_MANHATTAN ? sum : dot;
}

static void check_hits(const memory *m, const vg_nearest *nearest, const float *vectors,
                       uint32_t count)
{
    bool descends = vg_distance_descends(nearest->distance);
    double last = (double)vg_exact_score(nearest->distance, nearest->hits[nearest->count - 1].far);
    uint32_t better = 0;

    for (uint32_t i = 0; i < nearest->count; i++) {
        const float *v = vectors + id_of_hit(m, nearest, i) * m->size;
        double got = (double)vg_exact_score(nearest->distance, nearest->hits[i].far);

        assert_true(fabs(got - score_of(nearest->distance, nearest->query, v, m->size)) < 1e-4);
        assert_true(i == 0 || nearest->hits[i - 1].far <= nearest->hits[i].far);
    }
    for (uint32_t i = 0; i < count; i++) {
        double score = score_of(nearest->distance, nearest->query, vectors + i * m->size, m->size);

        better += descends ? score > last + 1e-4 : score < last - 1e-4;
    }
    assert_true(better < nearest->count);
}

static void the_nearest_are_found_for_every_distance(void **state)
{
    enum { COUNT = 3000, MOST_SIZE = 70 };
    static float vectors[COUNT * MOST_SIZE];
    const uint32_t sizes[] = {1, 3, 16, 33, MOST_SIZE};
    uint64_t seed = seed_of_test();

    (void)state;
    for (uint32_t turn = 0; turn < 5 * 4; turn++) {
        vg_distance distance = (vg_distance)(VG_COSINE + turn % 4);
        memory m = made_for(sizes[turn / 4]);
        vg_nearest nearest[2];
        vg_view view;

        m.operation = 1;
        for (uint32_t i = 0; i < COUNT; i++) {
            float *v = vectors + i * m.size;

            for (uint32_t k = 0; k < m.size; k++)
                v[k] = random_float(&seed);
            if (distance == VG_COSINE)
                vg_exact_normalise(v, m.size);
            put_id(&m, number(i), v);
        }
        nearest[0] = asking(&m, distance, vectors + 17 * m.size, 1 + turn * 7);
        nearest[1] = asking(&m, distance, vectors + 400 * m.size, COUNT + 5);
        view = view_at(&m, 1);
        vg_exact_search(&view, nearest, 2);
        assert_int_equal(nearest[0].count, 1 + turn * 7);
        assert_int_equal(nearest[1].count, COUNT);
        check_hits(&m, &nearest[0], vectors, COUNT);
        check_hits(&m, &nearest[1], vectors, COUNT);
        done_with(&m);
    }
}

/* ---- rules ---- */

static void equally_near_ones_come_by_id(void **state)
{
    memory m = made_for(2);
    const float same[] = {1, 0};
    vg_nearest nearest;
    vg_view view;

    (void)state;
    m.operation = 1;
    put_id(&m, (vg_point_id){.kind = VG_ID_TEXT, .text = VG_LIT("b")}, same);
    put_id(&m, (vg_point_id){.kind = VG_ID_TEXT, .text = VG_LIT("a")}, same);
    put_id(&m, (vg_point_id){.kind = VG_ID_UUID, .uuid = {9}}, same);
    for (uint64_t i = 0; i < 100; i++)
        put_id(&m, number(i * 37 % 100), same);
    view = view_at(&m, 1);
    nearest = asking(&m, VG_EUCLID, same, 5);
    vg_exact_search(&view, &nearest, 1);
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(id_of_hit(&m, &nearest, i), i);
    nearest = asking(&m, VG_EUCLID, same, 200);
    vg_exact_search(&view, &nearest, 1);
    assert_int_equal(nearest.count, 103);
    assert_int_equal(vg_dense_id(m.dense, nearest.hits[100].slot).kind, VG_ID_UUID);
    assert_true(vg_slice_is_str(vg_dense_id(m.dense, nearest.hits[101].slot).text, "a"));
    assert_true(vg_slice_is_str(vg_dense_id(m.dense, nearest.hits[102].slot).text, "b"));
    done_with(&m);
}

static const struct {
    const char *says;
    vg_distance distance;
    float threshold;
    uint32_t kept;
} thresholds[] = {
    {"a dot product must be greater", VG_DOT, 2, 1},
    {"and cosine too", VG_COSINE, 1.5F, 0},
    {"a Euclidean distance must be smaller", VG_EUCLID, 2, 2},
    {"and Manhattan too", VG_MANHATTAN, 1, 1},
    {"what is no number keeps nothing", VG_DOT, NAN, 0},
};

static void a_threshold_is_strict_and_on_scores(void **state)
{
    memory m = made_for(1);
    const float query[] = {1}, one[] = {1}, two[] = {2}, three[] = {3};

    (void)state;
    m.operation = 1;
    put_id(&m, number(1), one);
    put_id(&m, number(2), two);
    put_id(&m, number(3), three);
    for (size_t i = 0; i < sizeof thresholds / sizeof *thresholds; i++) {
        vg_nearest nearest = asking(&m, thresholds[i].distance, query, 10);
        vg_view view = view_at(&m, 1);

        nearest.has_threshold = true;
        nearest.threshold = thresholds[i].threshold;
        if (thresholds[i].distance == VG_COSINE)
            nearest.threshold = 3; /* rows here are not normalised */
        vg_exact_search(&view, &nearest, 1);
        if (nearest.count != thresholds[i].kept)
            fail_msg("%s: %u kept", thresholds[i].says, nearest.count);
    }
    done_with(&m);
}

static void what_is_no_number_is_farthest(void **state)
{
    memory m = made_for(2);
    const float huge[] = {FLT_MAX, -FLT_MAX}, query[] = {FLT_MAX, FLT_MAX},
                plain[] = {-0.25F, -0.25F};
    vg_nearest nearest;
    vg_view view;

    (void)state;
    m.operation = 1;
    put_id(&m, number(1), huge); /* infinity minus infinity */
    put_id(&m, number(2), plain);
    view = view_at(&m, 1);
    nearest = asking(&m, VG_DOT, query, 2);
    vg_exact_search(&view, &nearest, 1);
    assert_int_equal(nearest.count, 2);
    assert_false(isnan(nearest.hits[0].far) || isnan(nearest.hits[1].far));
    assert_int_equal(id_of_hit(&m, &nearest, 1), 1);
    done_with(&m);
}

static void points_can_be_left_out(void **state)
{
    memory m = made_for(1);
    const float one[] = {1};
    vg_point_id except[] = {number(5), number(1), number(5), number(3)};
    vg_nearest nearest;
    vg_view view;

    (void)state;
    m.operation = 1;
    for (uint64_t i = 0; i < 6; i++)
        put_id(&m, number(i), one);
    view = view_at(&m, 1);
    nearest = asking(&m, VG_DOT, one, 2);
    vg_exact_sort_ids(except, 4);
    nearest.except = except;
    nearest.except_count = 4;
    vg_exact_search(&view, &nearest, 1);
    assert_int_equal(nearest.count, 2);
    assert_int_equal(id_of_hit(&m, &nearest, 0), 0);
    assert_int_equal(id_of_hit(&m, &nearest, 1), 2);
    done_with(&m);
}

/* ---- rows ---- */

enum { MANY = 5000 };

static vg_rowset every_nth(memory *m, uint64_t n)
{
    vg_rowset rows = {.arena = m->arena};

    for (uint64_t i = 0; i < MANY; i += n)
        assert_true(vg_rowset_add(&rows, row_of(i)));
    return rows;
}

/* Values rise with ids, so that the nearest of a set are its last. */
static void must_be_last_of(const memory *m, const vg_nearest *nearest, uint64_t n)
{
    uint64_t last = (MANY - 1) / n * n, all = (MANY - 1) / n + 1;

    assert_int_equal(nearest->count, all < nearest->limit ? all : nearest->limit);
    for (uint32_t i = 0; i < nearest->count; i++)
        assert_int_equal(id_of_hit(m, nearest, i), last - i * n);
}

/* One pass for queries with several sets and without: each gets its own, whether its rows are a
 * block of slots or one in hundreds. */
static void only_admitted_rows_are_found(void **state)
{
    static const uint64_t steps[] = {1, 2, 3, 3, 9, 64, 700, MANY};
    enum { QUERIES = sizeof steps / sizeof *steps };
    memory m = made_for(1);
    const float one[] = {1};
    vg_rowset sets[QUERIES];
    vg_nearest nearest[QUERIES];
    vg_view view;

    (void)state;
    m.operation = 1;
    for (uint64_t i = 0; i < MANY; i++)
        put_id(&m, number(i), (const float[]){(float)i + 1});
    for (size_t i = 0; i < QUERIES; i++) {
        nearest[i] = asking(&m, VG_DOT, one, i % 2 ? 10 : MANY);
        sets[i] = every_nth(&m, steps[i]);
        nearest[i].rows = steps[i] == 1 ? NULL : &sets[i]; /* NULL: all */
    }
    nearest[3].rows = nearest[2].rows;
    view = view_at(&m, 1);
    vg_exact_search(&view, nearest, QUERIES);
    for (size_t i = 0; i < QUERIES; i++)
        must_be_last_of(&m, &nearest[i], steps[i]);
    done_with(&m);
}

/* A row says which point it is, not which of its versions. */
static void an_admitted_row_is_seen_in_its_version(void **state)
{
    memory m = made_for(1);
    const float one[] = {1}, two[] = {2};
    vg_rowset rows = {.arena = m.arena}, none = {.arena = m.arena};
    vg_nearest nearest[2];
    vg_view view;

    (void)state;
    for (m.operation = 1; m.operation <= 2; m.operation++)
        for (uint64_t i = 0; i < 3; i++)
            put_id(&m, number(i), m.operation == 1 ? one : two);
    assert_true(vg_rowset_add(&rows, row_of(1)));
    view = view_at(&m, 1);
    nearest[0] = asking(&m, VG_DOT, one, 5);
    nearest[0].rows = &rows;
    nearest[1] = asking(&m, VG_DOT, one, 5);
    nearest[1].rows = &none;
    vg_exact_search(&view, nearest, 2);
    assert_int_equal(nearest[0].count, 1);
    assert_int_equal(id_of_hit(&m, &nearest[0], 0), 1);
    assert_true(vg_exact_score(VG_DOT, nearest[0].hits[0].far) == 1);
    assert_int_equal(nearest[1].count, 0);
    done_with(&m);
}

static void normalising_spares_zero_and_what_is_normal(void **state)
{
    float zero[] = {1e-5F, 0}, nearly[] = {1.0000002F, 0}, plain[] = {3, 4};

    (void)state;
    vg_exact_normalise(zero, 2);
    assert_true(zero[0] == 1e-5F);
    vg_exact_normalise(nearly, 2);
    assert_true(nearly[0] == 1.0000002F);
    vg_exact_normalise(plain, 2);
    assert_true(plain[0] == 3.0F / 5.0F && plain[1] == 4.0F / 5.0F);
}

/* ---- versions ---- */

static uint32_t seen_at(memory *m, uint64_t operation, float *first)
{
    const float query[] = {1};
    vg_nearest nearest = asking(m, VG_DOT, query, 10);
    vg_view view = view_at(m, operation);

    vg_exact_search(&view, &nearest, 1);
    *first = nearest.count > 0 ? vg_exact_score(VG_DOT, nearest.hits[0].far) : 0;
    return nearest.count;
}

static void a_view_shows_its_own_operation(void **state)
{
    memory m = made_for(1);
    const float one[] = {1}, two[] = {2};
    float first;

    (void)state;
    m.operation = 1;
    put_id(&m, number(7), one);
    m.operation = 2;
    put_id(&m, number(7), two);
    m.operation = 3;
    end_id(&m, number(7));
    end_id(&m, number(8)); /* there is none */
    m.operation = 4;
    put_id(&m, number(7), one);
    assert_int_equal(seen_at(&m, 0, &first), 0);
    assert_int_equal(seen_at(&m, 1, &first), 1);
    assert_true(first == 1);
    assert_int_equal(seen_at(&m, 2, &first), 1);
    assert_true(first == 2);
    assert_int_equal(seen_at(&m, 3, &first), 0);
    assert_int_equal(seen_at(&m, 4, &first), 1);
    assert_int_equal(vg_dense_live(m.dense), 1);
    assert_int_equal(vg_dense_used(m.dense), 3);
    done_with(&m);
}

static vg_point_id id_of_kind(uint64_t i, char text[24])
{
    vg_point_id id = number(i);

    id.kind = (vg_id_kind)(VG_ID_NUM + i % 3);
    memcpy(id.uuid, &i, sizeof i);
    snprintf(text, 24, "text %llu", (unsigned long long)i);
    id.text = vg_slice_str(text);
    return id;
}

/* Random puts and ends of 500 ids of all kinds, against a plain array; then all of it copied. */
static void ids_find_their_slots(void **state)
{
    enum { IDS = 500, TURNS = 40000 };
    static float now[IDS]; /* 0: not there */
    memory m = made_for(1);
    vg_dense *copy = vg_dense_new(1);
    uint64_t seed = seed_of_test();
    uint32_t live = 0, from = 0;
    char text[24];

    (void)state;
    for (int turn = 0; turn < TURNS; turn++) {
        uint64_t i = next_random(&seed) % IDS;
        float value = (float)(turn + 1);

        bool puts = next_random(&seed) % 3 != 0;

        m.operation++;
        live += puts ? now[i] == 0 : 0U - (now[i] != 0);
        now[i] = puts ? value : 0;
        if (puts)
            put_id(&m, id_of_kind(i, text), &value);
        else
            end_id(&m, id_of_kind(i, text));
        assert_int_equal(vg_dense_live(m.dense), live);
    }
    while (from < vg_dense_used(m.dense))
        assert_true(vg_dense_copy(copy, m.dense, &from, 1000));
    assert_int_equal(vg_dense_used(copy), live);
    for (uint32_t slot = 0; slot < live; slot++) {
        vg_point_id id = vg_dense_id(copy, slot);
        uint64_t i = id.num;

        if (id.kind == VG_ID_UUID)
            memcpy(&i, id.uuid, sizeof i);
        if (id.kind == VG_ID_TEXT)
            assert_true(vg_slice_u64(vg_slice_skip(id.text, 5), &i));
        assert_true(vg_dense_row(copy, slot)[0] == now[i]);
        assert_true((float)vg_dense_born(copy, slot) == now[i]);
    }
    vg_dense_let(copy);
    done_with(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_are_found_for_every_distance),
        cmocka_unit_test(equally_near_ones_come_by_id),
        cmocka_unit_test(a_threshold_is_strict_and_on_scores),
        cmocka_unit_test(what_is_no_number_is_farthest),
        cmocka_unit_test(points_can_be_left_out),
        cmocka_unit_test(only_admitted_rows_are_found),
        cmocka_unit_test(an_admitted_row_is_seen_in_its_version),
        cmocka_unit_test(normalising_spares_zero_and_what_is_normal),
        cmocka_unit_test(a_view_shows_its_own_operation),
        cmocka_unit_test(ids_find_their_slots),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
