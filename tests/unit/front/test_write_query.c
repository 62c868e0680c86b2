/* Answers of Qdrant's queries, groups and matrices: the exact JSON that they become. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/front/written.h"

#define HIT "{\"id\":2,\"version\":17,\"score\":0.1,\"vector\":[0.5,-1.0]}"
#define NUM(n)                        \
    {                                 \
        .kind = VG_ID_NUM, .num = (n) \
    }

static const float floats[] = {0.5f, -1.0f};
static const vg_vector as_floats = {
    .form = VG_VECTOR_F32, .bytes = {(const char *)floats, sizeof floats}, .count = 2};

static const vg_point bare = {.id = NUM(18446744073709551615u)};
static const vg_point record = {.id = NUM(1)};
static const vg_point hit = {
    .id = NUM(2),
    .has_score = true,
    .score = 0.1f,
    .version = 17,
    .has_vectors = true,
    .vectors = &as_floats,
    .vector_count = 1,
};

static void a_hit_has_id_version_and_score(void **state)
{
    struct written *t = *state;
    vg_point points[] = {hit};
    vg_points lists[] = {{points, 1}, {0}};

    t->op.kind = VG_OP_SEARCH;
    t->op.out.searches.at = lists;
    t->op.out.searches.count = 2;
    written_check(t, "POST", "/collections/c/points/query",
                  "{\"result\":{\"points\":[" HIT "]}" END);
    written_check(t, "POST", "/collections/c/points/query/batch",
                  "{\"result\":[{\"points\":[" HIT "]},{\"points\":[]}]" END);
    written_check(t, "POST", "/collections/c/points/search", "{\"result\":[" HIT "]" END);
    written_check(t, "POST", "/collections/c/points/search/batch",
                  "{\"result\":[[" HIT "],[]]" END);
    t->op.out.searches.count = 0;
    written_check(t, "POST", "/collections/c/points/search/batch", "{\"result\":[]" END);
    t->op.out.searches.count = 2;
    written_check(t, "POST", "/collections/c/points/recommend", "{\"result\":[" HIT "]" END);
    written_check(t, "POST", "/collections/c/points/discover/batch",
                  "{\"result\":[[" HIT "],[]]" END);
}

/* A query without `query`: points by id, without what the offset leaves out. */
static void a_query_without_score_leaves_out_its_offset(void **state)
{
    struct written *t = *state;
    vg_point points[] = {bare, record};

    t->op.kind = VG_OP_SCROLL;
    t->op.out.page.points = (vg_points){points, 2};
    points[1].version = 9;
    t->in.body =
        vg_json_read(t->arena, ask_padded(t->arena, VG_LIT("{\"offset\":1}")), VG_JSON_DEPTH, NULL);
    written_check(t, "POST", "/collections/c/points/query",
                  "{\"result\":{\"points\":[{\"id\":1,\"version\":0,\"score\":0.0}]}" END);
    t->in.body =
        vg_json_read(t->arena, ask_padded(t->arena, VG_LIT("{\"offset\":3}")), VG_JSON_DEPTH, NULL);
    written_check(t, "POST", "/collections/c/points/query", "{\"result\":{\"points\":[]}" END);
}

/* FACTS 8: version and score 0, and the value. */
static void a_hit_in_an_order_tells_its_value(void **state)
{
    struct written *t = *state;
    vg_point point = {.id = NUM(3), .version = 9, .has_order = true};
    vg_points list = {&point, 1};

    point.order = (vg_order_value){.is_integer = true, .integer = -5};
    t->op.kind = VG_OP_QUERY;
    t->op.out.searches.at = &list;
    t->op.out.searches.count = 1;
    written_check(t, "POST", "/collections/c/points/query",
                  "{\"result\":{\"points\":[{\"id\":3,\"version\":0,\"score\":0.0,"
                  "\"order_value\":-5}]}" END);
}

static void groups_have_an_id_hits_and_perhaps_a_record(void **state)
{
    struct written *t = *state;
    const vg_point found = {
        .id = NUM(7), .has_payload = true, .payload = VG_LIT_INIT("{\"a\":1}"), .version = 4};
    const vg_group groups[] = {
        {.id = {.kind = VG_MATCH_TEXT, .text = VG_LIT_INIT("x \"y\"")}, .hits = {&hit, 1}},
        {.id = {.kind = VG_MATCH_INTEGER, .integer = -7}, .hits = {0}, .lookup = &found},
    };

    t->op.kind = VG_OP_GROUPS;
    written_check(t, "POST", "/collections/c/points/query/groups",
                  "{\"result\":{\"groups\":[]}" END);
    t->op.out.groups.at = groups;
    t->op.out.groups.count = 2;
    written_check(t, "POST", "/collections/c/points/search/groups",
                  "{\"result\":{\"groups\":[{\"hits\":[" HIT "],\"id\":\"x \\\"y\\\"\"},"
                  "{\"hits\":[],\"id\":-7,\"lookup\":{\"id\":7,\"payload\":{\"a\":1}}}]}" END);
}

static void a_matrix_is_told_as_pairs_or_as_parts(void **state)
{
    struct written *t = *state;
    const vg_point first[] = {{.id = NUM(1)}, {.id = NUM(9), .score = 0.5f}, {.id = NUM(4)}};
    const vg_point second[] = {{.id = NUM(4)}, {.id = NUM(1), .score = -2}};
    const vg_point third[] = {{.id = NUM(9)}};
    const vg_points rows[] = {{first, 3}, {second, 2}, {third, 1}};

    t->op.kind = VG_OP_MATRIX;
    written_check(t, "POST", "/collections/c/points/search/matrix/pairs",
                  "{\"result\":{\"pairs\":[]}" END);
    written_check(
        t, "POST", "/collections/c/points/search/matrix/offsets",
        "{\"result\":{\"offsets_row\":[],\"offsets_col\":[],\"scores\":[],\"ids\":[]}" END);
    t->op.out.searches.at = rows;
    t->op.out.searches.count = 3;
    written_check(t, "POST", "/collections/c/points/search/matrix/pairs",
                  "{\"result\":{\"pairs\":[{\"a\":1,\"b\":9,\"score\":0.5},"
                  "{\"a\":1,\"b\":4,\"score\":0.0},{\"a\":4,\"b\":1,\"score\":-2.0}]}" END);
    written_check(t, "POST", "/collections/c/points/search/matrix/offsets",
                  "{\"result\":{\"offsets_row\":[0,0,1],\"offsets_col\":[2,1,0],"
                  "\"scores\":[0.5,0.0,-2.0],\"ids\":[1,4,9]}" END);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WRITTEN(a_hit_has_id_version_and_score),
        WRITTEN(a_query_without_score_leaves_out_its_offset),
        WRITTEN(a_hit_in_an_order_tells_its_value),
        WRITTEN(groups_have_an_id_hits_and_perhaps_a_record),
        WRITTEN(a_matrix_is_told_as_pairs_or_as_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
