#include "graphs.h"

#include <math.h>

enum { ARENA = 256 << 20 };

void make_world(world *w, uint32_t size, vg_distance distance, uint32_t clusters)
{
    vg_hnsw_conf conf = {.distance = distance, .m = 16, .ef_construct = 100};

    *w = (world){.size = size, .distance = distance, .clusters = clusters, .seed = 1};
    w->arena = vg_arena_new(ARENA);
    w->dense = vg_dense_new(size);
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

uint64_t row_of_id(uint64_t id)
{
    return id * 3 + 1;
}

void put_point(world *w, uint64_t id, const float *vector)
{
    vg_point_id point = {.kind = VG_ID_NUM, .num = id};
    uint8_t room[VG_ID_KEY_MAX];
    vg_slice key = vg_slice_of((const char *)room, vg_point_id_key(&point, room));

    assert_true(vg_dense_reserve(w->dense, 1, 0));
    vg_dense_put(w->dense, key, row_of_id(id), vector, ++w->operation);
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
        put_point(w, i, draw(w));
    insert_all(w);
}

vg_view view_now(const world *w)
{
    return (vg_view){.dense = w->dense, .operation = w->operation, .used = vg_dense_used(w->dense)};
}

vg_walk walk_for(world *w, const vg_view *view, const float *query, uint32_t limit)
{
    vg_walk walk = {
        .view = view,
        .before = vg_hnsw_next(w->graph),
        .query = vg_exact_query(w->arena, query, w->dense, w->distance),
        .hits = VG_TAKE_N(w->arena, vg_hit, limit),
        .limit = limit,
    };

    assert_non_null(walk.query);
    assert_non_null(walk.hits);
    return walk;
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
        vg_walk walk = walk_for(w, &view, draw(w), limit);
        vg_nearest truth = {.query = walk.query,
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
