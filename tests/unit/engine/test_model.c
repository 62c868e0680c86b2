/* Random operations on the store and on a plain array beside it, with restarts in between: both
 * must say the same, always. VG_SEED=… repeats a run. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "support.h"

enum { IDS = 90, SIZE = 5, TURNS = 1500, TEXT = 40 };

typedef struct kept {
    bool exists, has_vector;
    float vector[SIZE]; /* as it is stored */
    char payload[TEXT];
    uint64_t version;
} kept;

typedef struct model {
    bench *bench;
    uint64_t seed;
    vg_distance distance;
    uint64_t operation;
    kept points[IDS];
} model;

/* A third of each kind, so that their order is the order of places. */
static vg_point_id id_at(uint32_t place)
{
    static const char texts[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    vg_point_id id = {.kind = VG_ID_NUM, .num = place};

    if (place >= IDS / 3) {
        id.kind = VG_ID_UUID;
        memset(id.uuid, (int)place, sizeof id.uuid);
    }
    if (place >= IDS / 3 * 2) {
        id.kind = VG_ID_TEXT;
        id.text = vg_slice_of(texts, 1 + place - IDS / 3 * 2);
    }
    return id;
}

static uint32_t random_below(model *m, uint32_t bound)
{
    return (uint32_t)(next_random(&m->seed) % bound);
}

static uint64_t count_model(const model *m)
{
    uint64_t count = 0;

    for (uint32_t i = 0; i < IDS; i++)
        count += m->points[i].exists;
    return count;
}

/* ---- changes ---- */

static void choose_point(model *m, uint32_t place, vg_point *point, vg_vector *vector)
{
    kept *k = &m->points[place];
    float *floats = VG_TAKE_N(m->bench->arena, float, SIZE);

    *k = (kept){.exists = true, .has_vector = random_below(m, 8) > 0, .version = m->operation};
    for (int i = 0; i < SIZE; i++)
        floats[i] = k->vector[i] = (float)random_below(m, 5) - 2; /* ties are wanted */
    if (m->distance == VG_COSINE)
        vg_exact_normalise(k->vector, SIZE);
    snprintf(k->payload, TEXT, "{\"v\":%" PRIu64 ",\"p\":%" PRIu32 "}", m->operation, place);
    *vector = (vg_vector){.form = VG_VECTOR_F32,
                          .bytes = {(const char *)floats, SIZE * sizeof(float)},
                          .count = SIZE};
    *point = (vg_point){.id = id_at(place), .vectors = vector, .vector_count = k->has_vector};
    point->payload = vg_arena_copy(m->bench->arena, vg_slice_str(k->payload));
}

static void upsert_some(model *m)
{
    uint32_t count = 1 + random_below(m, 12);
    vg_point points[12];
    vg_vector vectors[12];
    uint64_t operation;

    m->operation++;
    for (uint32_t i = 0; i < count; i++)
        choose_point(m, random_below(m, IDS), &points[i], &vectors[i]);
    assert_int_equal(upsert_points(m->bench, "c", points, count, &operation), VG_OK);
    assert_int_equal(operation, m->operation);
}

static void delete_some(model *m)
{
    uint32_t count = 1 + random_below(m, 6);
    vg_point_id ids[6];
    const vg_update one = {.kind = VG_OP_DELETE, .ids = ids, .id_count = count};
    uint64_t operation;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t place = random_below(m, IDS);

        ids[i] = id_at(place);
        m->points[place].exists = false;
    }
    assert_int_equal(update(m->bench, "c", &one, 1, &operation), VG_OK);
    assert_int_equal(operation, ++m->operation);
}

static void begin_anew(model *m)
{
    drop(m->bench, "c", NULL);
    m->distance = (vg_distance)(VG_COSINE + random_below(m, 4));
    m->operation = 0;
    memset(m->points, 0, sizeof m->points);
    assert_int_equal(create(m->bench, "c", SIZE, m->distance), VG_OK);
}

static void restart(model *m)
{
    bench_close(m->bench);
    bench_open(m->bench);
}

/* ---- looks ---- */

static void check_point(const model *m, uint32_t place, const vg_point *got)
{
    const kept *k = &m->points[place];
    vg_point_id id = id_at(place);

    assert_true(k->exists);
    assert_int_equal(vg_point_id_cmp(&got->id, &id), 0);
    assert_int_equal(got->version, k->version);
    must_be(got->payload, k->payload);
    assert_int_equal(got->vector_count, k->has_vector);
    if (k->has_vector)
        assert_memory_equal(got->vectors[0].bytes.at, k->vector, sizeof k->vector);
}

static void scroll_some(model *m)
{
    vg_read read = reading(m->bench, "c");
    uint32_t from = random_below(m, IDS), limit = 1 + random_below(m, IDS), found = 0;
    vg_op_input in = {0};
    vg_op_result out = {0};

    in.scroll.from = id_at(from);
    in.scroll.limit = limit;
    in.scroll.with_payload.want = VG_PAYLOAD_ALL;
    in.scroll.with_vectors.want = VG_VECTORS_ALL;
    assert_true(vg_read_scroll(&read, &in, &out));
    for (; from < IDS && found < limit; from++)
        if (m->points[from].exists)
            check_point(m, from, &out.page.points.at[found++]);
    assert_int_equal(out.page.points.count, found);
    while (from < IDS && !m->points[from].exists)
        from++;
    assert_int_equal(out.page.next.kind, from < IDS ? id_at(from).kind : VG_ID_NONE);
}

static void get_some(model *m)
{
    vg_read read = reading(m->bench, "c");
    bool seen[IDS] = {false};
    uint32_t places[20], found = 0;
    vg_point_id ids[20];
    vg_op_input in = {0};
    vg_op_result out = {0};

    for (uint32_t i = 0; i < 20; i++) {
        places[i] = random_below(m, IDS);
        ids[i] = id_at(places[i]);
    }
    in.get.ids = ids;
    in.get.count = 20;
    in.get.with_payload.want = VG_PAYLOAD_ALL;
    in.get.with_vectors.want = VG_VECTORS_ALL;
    assert_true(vg_read_get(&read, &in, &out));
    for (uint32_t i = 0; i < 20; i++) {
        if (m->points[places[i]].exists && !seen[places[i]])
            check_point(m, places[i], &out.points.at[found++]);
        seen[places[i]] = true;
    }
    assert_int_equal(out.points.count, found);
}

static float score_of(const model *m, const float *query, const float *v)
{
    float dot = 0, square = 0, sum = 0;

    for (int i = 0; i < SIZE; i++) {
        dot += query[i] * v[i];
        square += (query[i] - v[i]) * (query[i] - v[i]);
        sum += fabsf(query[i] - v[i]);
    }
    if (m->distance == VG_EUCLID)
        return sqrtf(square);
    return m->distance == VG_MANHATTAN ? sum : dot;
}

static uint32_t place_of(const vg_point_id *id)
{
    for (uint32_t place = 0; place < IDS; place++) {
        vg_point_id one = id_at(place);

        if (vg_point_id_cmp(&one, id) == 0)
            return place;
    }
    fail_msg("an id that nobody put");
    return 0;
}

/* Every hit is right and in order, and nobody who was left out is better than the last. */
static void check_search(const model *m, const vg_search *query, const float *vector,
                         uint32_t except, vg_points got)
{
    bool is_hit[IDS] = {false};
    float sign = vg_distance_descends(m->distance) ? -1 : 1;
    uint32_t others = 0;

    for (uint32_t i = 0; i < got.count; i++) {
        uint32_t place = place_of(&got.at[i].id);
        float score = score_of(m, vector, m->points[place].vector);

        check_point(m, place, &got.at[i]);
        assert_true(fabsf(score - got.at[i].score) < 1e-5F);
        assert_true(i == 0 || sign * got.at[i - 1].score <= sign * got.at[i].score);
        assert_false(is_hit[place] || place == except);
        is_hit[place] = true;
    }
    for (uint32_t place = 0; place < IDS; place++) {
        if (!m->points[place].exists || !m->points[place].has_vector || is_hit[place] ||
            place == except)
            continue;
        others++;
        if (query->offset == 0 && got.count > 0)
            assert_true(sign * score_of(m, vector, m->points[place].vector) >
                        sign * got.at[got.count - 1].score - 1e-5F);
    }
    if (others > query->offset)
        assert_int_equal(got.count, query->limit);
}

static void search_some(model *m)
{
    vg_read read = reading(m->bench, "c");
    float vector[SIZE];
    uint32_t by = random_below(m, IDS * 2);
    bool by_id = by < IDS && m->points[by].exists && m->points[by].has_vector;
    vg_search query = {
        .vector = {.form = VG_VECTOR_F32, .bytes = {(char *)vector, sizeof vector}, .count = SIZE},
        .by_id = by_id ? id_at(by) : (vg_point_id){0},
        .limit = 1 + random_below(m, IDS),
        .offset = random_below(m, 3),
        .with_payload = {.want = VG_PAYLOAD_ALL},
        .with_vectors = {.want = VG_VECTORS_ALL},
    };
    vg_op_input in = {0};
    vg_op_result out = {0};

    for (int i = 0; i < SIZE; i++)
        vector[i] = by_id ? m->points[by].vector[i] : (float)random_below(m, 5) - 2;
    in.search.queries = &query;
    in.search.count = 1;
    assert_true(vg_read_search(&read, &in, &out));
    if (m->distance == VG_COSINE)
        vg_exact_normalise(vector, SIZE);
    check_search(m, &query, vector, by_id ? by : IDS, out.searches.at[0]);
}

static void the_store_and_the_model_agree(void **state)
{
    model *m = calloc(1, sizeof *m);

    m->bench = *state;
    m->seed = seed_of_test();
    begin_anew(m);
    for (int turn = 0; turn < TURNS; turn++) {
        uint32_t what = random_below(m, 100);

        if (what < 35)
            upsert_some(m);
        else if (what < 50)
            delete_some(m);
        else if (what < 60)
            get_some(m);
        else if (what < 75)
            scroll_some(m);
        else if (what < 97)
            search_some(m);
        else if (what < 99)
            restart(m);
        else
            begin_anew(m);
        assert_int_equal(count_points(m->bench, "c"), count_model(m));
    }
    free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_store_and_the_model_agree, bench_up, bench_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
