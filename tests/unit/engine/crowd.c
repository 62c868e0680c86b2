/* See crowd.h. */
#include "crowd.h"

#include <stdio.h>

enum { QUERIES = 40, LIMIT = 10, BATCH = 500, ROWS = 3 };
#define SPREAD 0.35F

const char crowd_settings[] =
    "{\"hnsw_config\":{\"m\":8,\"ef_construct\":60,\"full_scan_threshold\":10},"
    "\"optimizers_config\":{\"indexing_threshold\":10}}";

static vg_collection_spec spec_of(crowd *c, vg_distance distance, const char *settings)
{
    vg_vector_params *vector = VG_TAKE(c->b->arena, vg_vector_params);

    *vector = c->params;
    vector->distance = distance;
    return (vg_collection_spec){
        .vectors = vector, .vector_count = 1, .settings = vg_slice_str(settings)};
}

static void make_crowd(crowd *c, bench *b, const vg_vector_params *params, const char *settings)
{
    vg_collection_spec spec;

    *c = (crowd){.b = b, .params = *params, .chance = seed_of_test()};
    c->params.size = CROWD_SIZE;
    c->params.on_disk = -1;
    c->rows = params->kind == VG_MULTI ? ROWS : 0;
    for (uint32_t i = 0; i < CROWD_CLUSTERS; i++)
        for (uint32_t k = 0; k < CROWD_SIZE; k++)
            c->centers[i][k] = random_float(&c->chance);
    spec = spec_of(c, params->distance, settings ? settings : crowd_settings);
    assert_int_equal(make(b, &spec), VG_OK);
    assert_int_equal(declare(b, "part", VG_INDEX_INTEGER), VG_OK);
}

void crowd_make(crowd *c, bench *b, vg_distance distance, const char *settings)
{
    make_crowd(c, b, &(vg_vector_params){.distance = distance}, settings);
}

void crowd_make_of(crowd *c, bench *b, const vg_vector_params *params)
{
    make_crowd(c, b, params, NULL);
}

void crowd_change(crowd *c, const char *settings)
{
    vg_table *table = vg_store_find(c->b->store, VG_LIT("c"), c->b->arena, &c->b->status);
    vg_collection_spec spec = spec_of(c, VG_DISTANCE_NONE, settings);
    vg_write write = {.arena = c->b->arena};

    assert_non_null(table);
    assert_true(vg_write_prepare_change(&write, table, &spec));
    assert_int_equal(finish(c->b, &write), VG_OK);
    vg_table_let(table);
}

const float *crowd_draw(crowd *c, uint32_t cluster)
{
    uint32_t numbers = CROWD_SIZE * (c->rows > 0 ? c->rows : 1);
    float *vector = VG_TAKE_N(c->b->arena, float, numbers);
    bool is_byte = vg_datatype_of(c->params.datatype) == VG_UINT8;

    assert_non_null(vector);
    for (uint32_t k = 0; k < numbers; k++) {
        vector[k] = c->centers[cluster][k % CROWD_SIZE] + SPREAD * random_float(&c->chance);
        if (is_byte)
            vector[k] = 128 + 90 * vector[k];
    }
    return vector;
}

/* The same as a request has it. */
static vg_vector draw_query(crowd *c, uint32_t cluster)
{
    uint32_t numbers = CROWD_SIZE * (c->rows > 0 ? c->rows : 1);
    vg_vector vector = floats((vg_slice){0}, crowd_draw(c, cluster), numbers);

    vector.rows = c->rows;
    return vector;
}

static vg_point draw_point(crowd *c, uint64_t id)
{
    vg_vector *vector = VG_TAKE(c->b->arena, vg_vector);
    uint32_t cluster = (uint32_t)(next_random(&c->chance) % CROWD_CLUSTERS);
    uint32_t part = (uint32_t)(next_random(&c->chance) % CROWD_PARTS);
    vg_slice payload = vg_arena_printf(c->b->arena, "{\"cluster\":%u,\"part\":%u}", cluster, part);

    *vector = draw_query(c, cluster);
    return (vg_point){.id = {.kind = VG_ID_NUM, .num = id},
                      .vectors = vector,
                      .vector_count = 1,
                      .payload = padded(c->b, payload.at)};
}

void crowd_put(crowd *c, uint64_t from, uint32_t count)
{
    vg_point points[BATCH];

    for (uint32_t done = 0, some; done < count; done += some) {
        some = count - done < BATCH ? count - done : BATCH;
        for (uint32_t i = 0; i < some; i++)
            points[i] = draw_point(c, from + done + i);
        assert_int_equal(upsert_points(c->b, "c", points, some, NULL), VG_OK);
    }
}

void crowd_delete(crowd *c, uint64_t from, uint32_t count)
{
    uint64_t *ids = VG_TAKE_N(c->b->arena, uint64_t, count + 1U);

    for (uint32_t i = 0; i < count; i++)
        ids[i] = from + i;
    assert_int_equal(delete_ids(c->b, "c", ids, count, NULL), VG_OK);
}

/* ---- asking ---- */

vg_condition part_below(double below)
{
    return (vg_condition){
        .test = VG_TEST_RANGE, .key = VG_LIT("part"), .as.range = {.has_lt = true, .lt = below}};
}

vg_condition of_cluster(int64_t cluster)
{
    return has_integer("cluster", cluster);
}

vg_search near_to(const float *vector, const vg_filter *filter)
{
    return (vg_search){.vector = floats((vg_slice){0}, vector, CROWD_SIZE),
                       .filter = filter,
                       .limit = LIMIT,
                       .explains = true};
}

vg_points ask(crowd *c, const vg_search *search, vg_explain *explain)
{
    vg_read read = reading(c->b, "c");
    vg_op_input in = {0};
    vg_op_result out = {0};

    in.search.queries = search;
    in.search.count = 1;
    if (!vg_read_search(&read, &in, &out))
        fail_msg(VG_FMT, VG_ARG(vg_status_what(&c->b->status)));
    assert_non_null(out.searches.explains);
    if (explain)
        *explain = out.searches.explains[0];
    return out.searches.at[0];
}

static bool has(const vg_points *points, const vg_point_id *id)
{
    for (uint32_t i = 0; i < points->count; i++)
        if (vg_point_id_cmp(&points->at[i].id, id) == 0)
            return true;
    return false;
}

static uint32_t count_found(const vg_points *found, const vg_points *truth)
{
    uint32_t count = 0;

    assert_int_equal(found->count, truth->count);
    for (uint32_t i = 0; i < truth->count; i++) {
        count += has(found, &truth->at[i].id);
        for (uint32_t k = i + 1; k < found->count; k++)
            assert_int_not_equal(vg_point_id_cmp(&found->at[i].id, &found->at[k].id), 0);
    }
    return count;
}

double crowd_recall(crowd *c, const vg_search *like, int cluster, vg_explain *explain)
{
    uint32_t found = 0, all = 0;

    for (int i = 0; i < QUERIES; i++) {
        uint64_t any = next_random(&c->chance) % CROWD_CLUSTERS;
        vg_search search = *like, exact;
        vg_points truth, answer;

        search.vector = draw_query(c, cluster < 0 ? (uint32_t)any : (uint32_t)cluster);
        search.explains = true;
        exact = search;
        exact.exact = true;
        truth = ask(c, &exact, NULL);
        answer = ask(c, &search, explain);
        found += count_found(&answer, &truth);
        all += truth.count;
    }
    return all > 0 ? (double)found / all : 1;
}

/* ---- what is there ---- */

vg_collection_info describe_crowd(crowd *c)
{
    return describe(c->b);
}

void expect_all_indexed(crowd *c)
{
    vg_collection_info info;

    vg_store_settle(c->b->store);
    info = describe(c->b);
    assert_int_equal(info.indexed_vectors_count, info.points_count);
    assert_int_equal(info.color, VG_GREEN);
}
