/* Native answers of searches, groups and matrices, byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "front/front.h"

#define P "/v1/collections/{collection}/points"

static const vg_front_row *row_of(const char *path)
{
    for (size_t i = 0; i < vg_front_native.count; i++) {
        const vg_front_row *row = &vg_front_native.rows[i];

        if (!strcmp(row->route.method, "POST") && !strcmp(row->route.path, path))
            return row;
    }
    fail_msg("no row POST %s", path);
    return NULL;
}

/* Runs the writer of POST …/points<path> and holds its answer to what is wanted. */
static void check(const char *path, vg_op *op, const char *want)
{
    char whole[128];
    vg_buf body;
    vg_front_out out = {.status = 200, .body = &body};

    snprintf(whole, sizeof whole, "%s%s", P, path);
    op->arena = vg_arena_new(1 << 16);
    vg_buf_init(&body, 0);
    row_of(whole)->write(op, &out);
    if (out.status != 200 || !vg_slice_is_str(vg_buf_bytes(&body), want))
        fail_msg("%s: got " VG_FMT "\nwanted %s", path, VG_ARG(vg_buf_bytes(&body)), want);
    vg_buf_fini(&body);
    vg_arena_free(op->arena);
}

static const vg_vector vector = {
    .form = VG_VECTOR_JSON, .bytes = VG_LIT_INIT("[1,2.50]"), .count = 2};
static const vg_point points[] = {
    {.id = {.kind = VG_ID_NUM, .num = UINT64_MAX},
     .has_payload = true,
     .payload = VG_LIT_INIT("{\"a\": 1.0}"),
     .has_score = true,
     .score = 0.1f},
    {.id = {.kind = VG_ID_UUID}, .vectors = &vector, .vector_count = 1, .has_vectors = true},
};

#define FIRST  "{\"id\":18446744073709551615,\"score\":0.1,\"payload\":{\"a\": 1.0}}"
#define SECOND "{\"id\":\"00000000-0000-0000-0000-000000000000\",\"vector\":[1,2.50]}"
#define BOTH   "[" FIRST "," SECOND "]"

static const vg_index declared[] = {{.key = VG_LIT_INIT("at"), .kind = VG_INDEX_DATETIME}};
static const vg_vector_params params = {.size = 4, .distance = VG_EUCLID, .on_disk = -1};
static const vg_collection with_fields = {
    .spec = {.vectors = &params, .vector_count = 1, .indexes = {declared, 1}}};

#define NO_POINTS "{\"points\":[]"
#define SHARE     "\"pushed_down\":[\"search\",\"limit\"],\"remainder\":[]"
#define EXCHANGES                                                                      \
    "\"exchanges\":[{\"name\":\"qdrant.search\",\"try\":1,\"hedge\":false,"            \
    "\"began_ms\":1.5,\"ms\":2.25,\"connect_ms\":1.0,\"outcome\":\"backend_down\","    \
    "\"fault\":\"reset\",\"request_bytes\":40,\"reply_bytes\":2},"                     \
    "{\"name\":\"embedded.get\",\"try\":2,\"hedge\":true,\"began_ms\":0.0,\"ms\":0.0," \
    "\"connect_ms\":0.0,\"outcome\":\"ok\",\"fault\":null}],\"exchanges_untold\":3"
#define PHASES                                                                \
    "\"phases_ms\":{\"receive\":0.0,\"queue\":0.5,\"read\":1.0,\"plan\":1.5," \
    "\"admission\":2.0,\"connect\":2.5,\"exchange\":3.0,\"code\":3.5,\"rest\":4.0}"

static void searches_are_explained_when_that_is_asked(void **state)
{
    const vg_points lists[] = {{points, 2}, {0}};
    const vg_explain explains[] = {{.method = "graph",
                                    .has_estimate = true,
                                    .estimate = 7,
                                    .points = 9,
                                    .compared = 8,
                                    .unindexed = 3,
                                    .ef = 64,
                                    .codes = "int8",
                                    .is_rescored = true},
                                   {.method = "exact", .points = 9}};
    vg_search asked[] = {{.limit = 1}, {.limit = 1}};
    vg_op op = {.kind = VG_OP_SEARCH,
                .in.search = {asked, 2},
                .out.searches = {.at = lists, .count = 2, .explains = explains}};

    (void)state;
    check("/search", &op, "{\"points\":" BOTH "}");
    check("/search/batch", &op, "{\"answers\":[{\"points\":" BOTH "}," NO_POINTS "}]}");
    asked[0].explains = asked[1].explains = true;
    check("/search/batch", &op,
          "{\"answers\":[{\"points\":" BOTH ",\"explain\":{\"method\":\"graph\",\"estimate\":7,"
          "\"points\":9,\"compared\":8,\"unindexed\":3,\"ef\":64,\"quantization\":\"int8\","
          "\"rescored\":true," SHARE "}}," NO_POINTS
          ",\"explain\":{\"method\":\"exact\",\"estimate\":null,\"points\":9,"
          "\"compared\":0,\"unindexed\":0,\"ef\":0,\"quantization\":null,"
          "\"rescored\":false," SHARE "}}],\"explain\":{}}");
    op.out.searches.explains = NULL; /* a backend that cannot say */
    op.out.searches.at = &lists[1];
    check("/search", &op, NO_POINTS ",\"explain\":{\"method\":null," SHARE "}}");
}

static void who_sees_a_part_is_not_told_of_all(void **state)
{
    const vg_points none = {0};
    const vg_explain explain = {.method = "exact", .points = 9, .compared = 9};
    const vg_filter only = {.must = {0}};
    const vg_claims claims = {.only = &only};
    vg_search asked = {.limit = 1, .explains = true};
    vg_op op = {.kind = VG_OP_SEARCH,
                .claims = &claims,
                .in.search = {&asked, 1},
                .out.searches = {.at = &none, .count = 1, .explains = &explain}};

    (void)state;
    check("/search", &op, NO_POINTS ",\"explain\":{\"method\":null," SHARE "}}");
}

static void exchanges_and_phases_are_of_the_request(void **state)
{
    vg_timed list[] = {{.name = "qdrant.search",
                        .began_ns = 1500000,
                        .took_ns = 2250000,
                        .connect_ns = 1000000,
                        .sent_bytes = 40,
                        .reply_bytes = 2,
                        .has_bytes = true,
                        .attempt = 1,
                        .code = "backend_down",
                        .fault = "reset"},
                       {.name = "embedded.get", .attempt = 2, .is_hedge = true, .code = "ok"}};
    vg_timing timing = {.list = list, .room = 2, .exchanges = 5};
    const vg_points none = {0};
    vg_search asked = {.limit = 1, .explains = true};
    vg_op op = {.kind = VG_OP_SEARCH,
                .timing = &timing,
                .in.search = {&asked, 1},
                .out.searches = {.at = &none, .count = 1}};

    (void)state;
    for (int i = 0; i < VG_TIMES; i++)
        timing.spent_ns[i] = (uint64_t)i * 500000;
    check("/search", &op,
          NO_POINTS ",\"explain\":{\"method\":null," SHARE "," EXCHANGES "," PHASES "}}");
    check("/search/batch", &op,
          "{\"answers\":[" NO_POINTS ",\"explain\":{\"method\":null," SHARE
          "}}],\"explain\":{" EXCHANGES "," PHASES "}}");
}

static void a_search_in_an_order_tells_its_values(void **state)
{
    const vg_point found = {
        .id = {.kind = VG_ID_NUM}, .has_order = true, .order = {true, 1, 0}, .has_score = true};
    const vg_points list = {&found, 1};
    const vg_query query = {.kind = VG_QUERY_ORDER_BY, .order.key = VG_LIT_INIT("at")};
    vg_op op = {.kind = VG_OP_QUERY,
                .collection = &with_fields,
                .in.query = {&query, 1},
                .out.searches = {.at = &list, .count = 1}};

    (void)state;
    check("/search", &op,
          "{\"points\":[{\"id\":0,\"order_value\":\"1970-01-01T00:00:00.000001Z\"}]}");
}

static void groups_have_points_and_perhaps_a_record(void **state)
{
    const vg_group found[] = {
        {.id = {.kind = VG_MATCH_TEXT, .text = VG_LIT_INIT("a\"b")}, .hits = {points, 1}},
        {.id = {.kind = VG_MATCH_INTEGER, .integer = -7}, .lookup = &points[1]}};
    vg_op op = {.kind = VG_OP_GROUPS, .out.groups = {found, 2}};

    (void)state;
    check("/search/groups", &op,
          "{\"groups\":[{\"id\":\"a\\\"b\",\"points\":[" FIRST "]},{\"id\":-7,\"points\":[]}]}");
    op.in.groups.grouping.lookup_collection = VG_LIT("d");
    check("/search/groups", &op,
          "{\"groups\":[{\"id\":\"a\\\"b\",\"points\":[" FIRST "],\"lookup\":null},"
          "{\"id\":-7,\"points\":[],\"lookup\":" SECOND "}]}");
    op.out = (vg_op_result){0};
    check("/search/groups", &op, "{\"groups\":[]}");
}

static void a_matrix_has_ids_and_pairs(void **state)
{
    const vg_point first[] = {{.id = {.kind = VG_ID_NUM, .num = 1}},
                              {.id = {.kind = VG_ID_NUM, .num = 9}, .score = 0.5f}};
    const vg_points rows[] = {{first, 2}, {&first[1], 1}};
    vg_op op = {.kind = VG_OP_MATRIX, .out.searches = {.at = rows, .count = 2}};

    (void)state;
    check("/search/matrix", &op, "{\"ids\":[1,9],\"pairs\":[{\"a\":1,\"b\":9,\"score\":0.5}]}");
    op.out = (vg_op_result){0};
    check("/search/matrix", &op, "{\"ids\":[],\"pairs\":[]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(searches_are_explained_when_that_is_asked),
        cmocka_unit_test(who_sees_a_part_is_not_told_of_all),
        cmocka_unit_test(exchanges_and_phases_are_of_the_request),
        cmocka_unit_test(a_search_in_an_order_tells_its_values),
        cmocka_unit_test(groups_have_points_and_perhaps_a_record),
        cmocka_unit_test(a_matrix_has_ids_and_pairs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
