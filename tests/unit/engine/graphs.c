#include "graphs.h"

#include <math.h>

enum { ARENA = 256 << 20 };

void make_world(world *w, uint32_t size, vg_distance distance, uint32_t clusters)
{
    make_form_world(w, &(vg_form){.size = size, .distance = distance}, clusters);
}

void make_form_world(world *w, const vg_form *form, uint32_t clusters)
{
    vg_hnsw_conf conf = {.distance = form->distance, .m = 16, .ef_construct = 100};

    *w = (world){.size = form->size, .distance = form->distance, .clusters = clusters};
    w->form = *form;
    w->seed = 1;
    w->arena = vg_arena_new(ARENA);
    w->dense = vg_dense_make(form);
    assert_non_null(w->arena);
    assert_non_null(w->dense);
    w->graph = vg_hnsw_new(w->dense, &conf);
    assert_non_null(w->graph);
}

void end_world(world *w)
{
    vg_hnsw_let(w->graph);
    vg_dense_let(w->dense);
    vg_arena_free(w->arena);
}

/* Its own random numbers, so that a cluster stays where it is. */
static float centre(const world *w, uint64_t cluster, uint32_t i)
{
    uint64_t state = (cluster * 65536 + i + 1) * 0x9E3779B97F4A7C15U;

    return w->clusters > 0 ? random_float(&state) : 0;
}

const float *draw(world *w)
{
    float *vector = VG_TAKE_N(w->arena, float, w->size);
    uint64_t cluster = w->clusters > 0 ? next_random(&w->seed) % w->clusters : 0;
    float spread = w->clusters > 0 ? 0.3F : 1;

    assert_non_null(vector);
    for (uint32_t i = 0; i < w->size; i++)
        vector[i] = centre(w, cluster, i) + spread * random_float(&w->seed);
    if (w->distance == VG_COSINE)
        vg_exact_normalise(vector, w->size);
    return vector;
}

/* Numbers that a byte can hold differ by 1 at least, and are not below 0. */
static float number_of(world *w, uint64_t cluster, uint32_t i)
{
    float spread = w->clusters > 0 ? 0.3F : 1;
    float number = centre(w, cluster, i) + spread * random_float(&w->seed);

    return w->form.datatype == VG_UINT8 ? 128 + 90 * number : number;
}

vg_vector draw_vector(world *w)
{
    uint32_t rows = w->form.kind == VG_MULTI ? 1 + next_random(&w->seed) % WORLD_ROWS : 0;
    uint32_t count = w->size * (rows > 0 ? rows : 1);
    uint64_t cluster = w->clusters > 0 ? next_random(&w->seed) % w->clusters : 0;
    float *floats = VG_TAKE_N(w->arena, float, count);

    assert_non_null(floats);
    for (uint32_t i = 0; i < count; i++)
        floats[i] = number_of(w, cluster, i % w->size);
    return (vg_vector){.form = VG_VECTOR_F32,
                       .bytes = vg_slice_of((const char *)floats, count * sizeof *floats),
                       .count = count,
                       .rows = rows};
}

static bool is_plain(const world *w)
{
    return w->form.kind == VG_DENSE && w->form.datatype == VG_FLOAT32;
}

const void *draw_stored(world *w)
{
    const void *stored;
    vg_vector vector;

    if (is_plain(w))
        return draw(w);
    vector = draw_vector(w);
    stored = vg_form_make(w->arena, &w->form, &vector, NULL);
    assert_non_null(stored);
    return stored;
}

uint64_t row_of_id(uint64_t id)
{
    return id * 3 + 1;
}

void put_point(world *w, uint64_t id, const void *stored)
{
    vg_point_id point = {.kind = VG_ID_NUM, .num = id};
    uint8_t room[VG_ID_KEY_MAX];
    vg_slice key = vg_slice_of((const char *)room, vg_point_id_key(&point, room));

    assert_true(vg_dense_reserve(w->dense, 1, vg_dense_blob_bytes(w->dense, stored)));
    vg_dense_put(w->dense, key, row_of_id(id), stored, ++w->operation);
}

void end_point(world *w, uint64_t id)
{
    vg_point_id point = {.kind = VG_ID_NUM, .num = id};
    uint8_t room[VG_ID_KEY_MAX];

    vg_dense_end(w->dense, vg_slice_of((const char *)room, vg_point_id_key(&point, room)),
                 ++w->operation);
}

void insert_all(world *w)
{
    while (vg_hnsw_next(w->graph) < vg_dense_used(w->dense))
        assert_true(vg_hnsw_insert(w->graph, w->operation));
}

void fill_world(world *w, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        put_point(w, i, draw_stored(w));
    insert_all(w);
}

vg_view view_now(const world *w)
{
    return (vg_view){.dense = w->dense, .operation = w->operation, .used = vg_dense_used(w->dense)};
}

static vg_walk walk_to(const world *w, const vg_view *view, const void *query, uint32_t limit)
{
    vg_walk walk = {
        .view = view,
        .before = vg_hnsw_next(w->graph),
        .query = query,
        .hits = VG_TAKE_N(w->arena, vg_hit, limit),
        .limit = limit,
    };

    assert_non_null(walk.query);
    assert_non_null(walk.hits);
    return walk;
}

vg_walk walk_for(world *w, const vg_view *view, const float *query, uint32_t limit)
{
    return walk_to(w, view, vg_exact_query(w->arena, query, w->dense, w->distance), limit);
}

/* NULL: exact.h has another way. */
static const vg_compare *draw_compare(world *w)
{
    vg_compare *compare = VG_TAKE(w->arena, vg_compare);
    vg_vector vector;

    if (is_plain(w))
        return NULL;
    vector = draw_vector(w);
    assert_true(vg_compare_prepare(w->arena, w->dense, &vector, compare, NULL));
    return compare;
}

uint64_t id_of(const world *w, vg_hit hit)
{
    return vg_dense_id(w->dense, hit.slot).num;
}

static void check_hit(const world *w, const vg_walk *walk, uint32_t i)
{
    vg_hit hit = walk->hits[i];
    vg_place p = vg_dense_place(w->dense, hit.slot);

    assert_true(hit.slot < walk->before);
    assert_true(vg_place_is_seen(p, walk->view->operation));
    assert_true(!walk->rows || vg_rowset_has(walk->rows, p.chunk->rows[p.at]));
    assert_true(i == 0 || walk->hits[i - 1].far <= hit.far);
    for (uint32_t k = 0; k < i; k++)
        assert_int_not_equal(walk->hits[k].slot, hit.slot);
}

static uint32_t count_true(const vg_walk *walk, const vg_nearest *truth)
{
    uint32_t found = 0;

    for (uint32_t i = 0; i < walk->count; i++)
        for (uint32_t k = 0; k < truth->count; k++)
            if (truth->hits[k].slot == walk->hits[i].slot) {
                assert_true(truth->hits[k].far == walk->hits[i].far);
                found++;
            }
    return found;
}

double recall(world *w, uint32_t queries, uint32_t limit, uint32_t ef, const vg_rowset *rows)
{
    vg_view view = view_now(w);
    uint32_t found = 0, there = 0;

    for (uint32_t i = 0; i < queries; i++) {
        const vg_compare *compare = draw_compare(w);
        vg_walk walk =
            compare ? walk_to(w, &view, compare->query, limit) : walk_for(w, &view, draw(w), limit);
        vg_nearest truth = {.query = walk.query,
                            .compare = compare,
                            .distance = w->distance,
                            .rows = rows,
                            .hits = VG_TAKE_N(w->arena, vg_hit, limit),
                            .limit = limit};

        walk.ef = ef;
        walk.rows = rows;
        vg_exact_search(&view, &truth, 1);
        assert_true(vg_hnsw_search(w->graph, &walk));
        assert_true(walk.count <= limit);
        for (uint32_t k = 0; k < walk.count; k++)
            check_hit(w, &walk, k);
        found += count_true(&walk, &truth);
        there += truth.count;
    }
    return there > 0 ? (double)found / (double)there : 1;
}
