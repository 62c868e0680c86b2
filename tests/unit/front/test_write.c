/* Answers of Qdrant's routes: an operation that ended, and the exact JSON it becomes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/front/ask.h"

#define END ",\"status\":\"ok\",\"time\":0.25}"

static const float floats[] = {0.5f, -1.0f, 3.0e-5f};

static const vg_vector as_text = {
    .form = VG_VECTOR_JSON, .bytes = VG_LIT_INIT("[0.10, 2]"), .count = 2};
static const vg_vector as_floats = {
    .form = VG_VECTOR_F32, .bytes = {(const char *)floats, sizeof floats}, .count = 3};

static const vg_point_id uuid = {.kind = VG_ID_UUID,
                                 .uuid = {0x55, 0x0e, 0x84, 0x00, 0xe2, 0x9b, 0x41, 0xd4, 0xa7,
                                          0x16, 0x44, 0x66, 0x55, 0x44, 0, 0}};

static const vg_point bare = {.id = {.kind = VG_ID_NUM, .num = 18446744073709551615u}};
static const vg_point whole = {
    .id = {.kind = VG_ID_NUM, .num = 1},
    .has_payload = true,
    .payload = VG_LIT_INIT("{\"b\": 1.0, \"a\": 9007199254740993}"),
    .has_vectors = true,
    .vectors = &as_text,
    .vector_count = 1,
};
static const vg_point empty = {
    .id = {.kind = VG_ID_TEXT, .text = VG_LIT_INIT("doc \"7\"")},
    .has_payload = true,
    .has_vectors = true,
};
static const vg_point hit = {
    .id = {.kind = VG_ID_NUM, .num = 2},
    .has_score = true,
    .score = 0.1f,
    .version = 17,
    .has_vectors = true,
    .vectors = &as_floats,
    .vector_count = 1,
};

struct test {
    vg_arena *arena;
    vg_buf body;
    vg_op op;
    vg_front_in in;
    vg_front_out out;
};

static int begin(void **state)
{
    static struct test t;

    t = (struct test){.arena = vg_arena_new(1 << 20)};
    vg_buf_init(&t.body, 0);
    t.op.arena = t.arena;
    t.out = (vg_front_out){.status = 200, .body = &t.body, .seconds = 0.25, .in = &t.in};
    *state = &t;
    return 0;
}

static int end(void **state)
{
    struct test *t = *state;

    vg_buf_fini(&t->body);
    vg_arena_free(t->arena);
    return 0;
}

/* Writes as the route does; the answer must be JSON, whatever else it is. */
static void check(struct test *t, const char *method, const char *path, const char *want)
{
    vg_slice params[VG_ROUTE_PARAMS] = {0};
    const vg_front_row *row = ask_row(t->arena, vg_slice_str(method), vg_slice_str(path), params);
    vg_front_write_fn *write = t->op.status.code == VG_NOT_FOUND ? row->write_missing : row->write;

    write(&t->op, &t->out);
    vg_buf_put_byte(&t->body, '\0');
    assert_string_equal(t->body.at, want);
    t->body.len--;
    assert_non_null(
        vg_json_read(t->arena, ask_padded(t->arena, vg_buf_bytes(&t->body)), VG_JSON_DEPTH, NULL));
    vg_buf_clear(&t->body);
}

static void set_points(struct test *t, vg_op_kind kind, vg_points points)
{
    t->op.kind = kind;
    if (kind == VG_OP_GET)
        t->op.out.points = points;
    else
        t->op.out.page.points = points;
}

static void a_write_is_acknowledged_or_completed(void **state)
{
    struct test *t = *state;
    static const char path[] = "/collections/c/points";

    t->op.kind = VG_OP_UPSERT;
    t->op.out.written.operation_id = 7;
    t->op.out.written.completed = true;
    check(t, "PUT", path, "{\"result\":{\"operation_id\":7,\"status\":\"acknowledged\"}" END);
    t->op.in.update.wait = true;
    check(t, "PUT", path, "{\"result\":{\"operation_id\":7,\"status\":\"completed\"}" END);
    t->op.out.written.completed = false;
    check(t, "PUT", path, "{\"result\":{\"operation_id\":7,\"status\":\"acknowledged\"}" END);

    t->op = (vg_op){.kind = VG_OP_DELETE, .arena = t->arena};
    t->op.out.written.completed = t->op.in.update.wait = true;
    check(t, "POST", "/collections/c/points/delete",
          "{\"result\":{\"operation_id\":0,\"status\":\"completed\"}" END);
}

static void a_record_has_what_was_asked_for(void **state)
{
    struct test *t = *state;

    set_points(t, VG_OP_GET, (vg_points){&whole, 1});
    check(t, "GET", "/collections/c/points/1",
          "{\"result\":{\"id\":1,\"payload\":{\"b\": 1.0, \"a\": 9007199254740993},"
          "\"vector\":[0.10, 2]}" END);
    set_points(t, VG_OP_GET, (vg_points){(vg_point[]){bare, empty, hit}, 3});
    check(t, "POST", "/collections/c/points",
          "{\"result\":[{\"id\":18446744073709551615},"
          "{\"id\":\"doc \\\"7\\\"\",\"payload\":{},\"vector\":{}},"
          "{\"id\":2,\"vector\":[0.5,-1.0,0.00003]}]" END);
    set_points(t, VG_OP_GET, (vg_points){0});
    check(t, "POST", "/collections/c/points", "{\"result\":[]" END);
}

static void one_point_that_is_missing_is_not_found(void **state)
{
    struct test *t = *state;

    t->op.kind = VG_OP_GET;
    t->op.in.get.ids = &uuid;
    check(t, "GET", "/collections/c/points/5",
          "{\"status\":{\"error\":\"Not found: Point with id 550e8400-e29b-41d4-a716-446655440000 "
          "does not exists!\"},\"time\":0.25}");
    assert_int_equal(t->out.status, 404);
}

static void a_page_says_where_the_next_begins(void **state)
{
    struct test *t = *state;

    set_points(t, VG_OP_SCROLL, (vg_points){&bare, 1});
    check(t, "POST", "/collections/c/points/scroll",
          "{\"result\":{\"points\":[{\"id\":18446744073709551615}],"
          "\"next_page_offset\":null}" END);
    t->op.out.page.next = uuid;
    check(t, "POST", "/collections/c/points/scroll",
          "{\"result\":{\"points\":[{\"id\":18446744073709551615}],"
          "\"next_page_offset\":\"550e8400-e29b-41d4-a716-446655440000\"}" END);
}

static void a_count_is_a_number(void **state)
{
    struct test *t = *state;

    t->op.kind = VG_OP_COUNT;
    t->op.out.count = 12;
    check(t, "POST", "/collections/c/points/count", "{\"result\":{\"count\":12}" END);
}

static void a_hit_has_id_version_and_score(void **state)
{
    struct test *t = *state;
    vg_point points[] = {hit, whole};
    vg_points lists[] = {{points, 1}, {0}};

    t->op.kind = VG_OP_SEARCH;
    t->op.out.searches.at = lists;
    t->op.out.searches.count = 2;
#define HIT "{\"id\":2,\"version\":17,\"score\":0.1,\"vector\":[0.5,-1.0,0.00003]}"
    check(t, "POST", "/collections/c/points/query", "{\"result\":{\"points\":[" HIT "]}" END);
    check(t, "POST", "/collections/c/points/query/batch",
          "{\"result\":[{\"points\":[" HIT "]},{\"points\":[]}]" END);
    check(t, "POST", "/collections/c/points/search", "{\"result\":[" HIT "]" END);
    check(t, "POST", "/collections/c/points/search/batch", "{\"result\":[[" HIT "],[]]" END);
    t->op.out.searches.count = 0;
    check(t, "POST", "/collections/c/points/search/batch", "{\"result\":[]" END);
}

/* A query without `query`: points by id, without what the offset leaves out. */
static void a_query_without_score_leaves_out_its_offset(void **state)
{
    struct test *t = *state;
    vg_point points[] = {bare, whole};

    set_points(t, VG_OP_SCROLL, (vg_points){points, 2});
    points[1].has_vectors = points[1].has_payload = false;
    points[1].version = 9;
    t->in.body =
        vg_json_read(t->arena, ask_padded(t->arena, VG_LIT("{\"offset\":1}")), VG_JSON_DEPTH, NULL);
    check(t, "POST", "/collections/c/points/query",
          "{\"result\":{\"points\":[{\"id\":1,\"version\":0,\"score\":0.0}]}" END);
    t->in.body =
        vg_json_read(t->arena, ask_padded(t->arena, VG_LIT("{\"offset\":3}")), VG_JSON_DEPTH, NULL);
    check(t, "POST", "/collections/c/points/query", "{\"result\":{\"points\":[]}" END);
}

static void collections_come_and_go(void **state)
{
    struct test *t = *state;
    static const vg_slice names[] = {VG_LIT_INIT("a"), VG_LIT_INIT("b \"c\"")};

    t->op.kind = VG_OP_CREATE_COLLECTION;
    check(t, "PUT", "/collections/c", "{\"result\":true" END);
    t->op.kind = VG_OP_DROP_COLLECTION;
    check(t, "DELETE", "/collections/c", "{\"result\":false" END);
    t->op.out.did = true;
    check(t, "DELETE", "/collections/c", "{\"result\":true" END);
    t->op.kind = VG_OP_LIST;
    t->op.out.names.at = names;
    t->op.out.names.count = 2;
    check(t, "GET", "/collections",
          "{\"result\":{\"collections\":[{\"name\":\"a\"},{\"name\":\"b \\\"c\\\"\"}]}" END);
}

static void a_missing_collection_does_not_exist_without_fail(void **state)
{
    struct test *t = *state;

    t->op.kind = VG_OP_DESCRIBE;
    check(t, "GET", "/collections/c/exists", "{\"result\":{\"exists\":true}" END);
    t->op.status.code = VG_NOT_FOUND;
    check(t, "GET", "/collections/c/exists", "{\"result\":{\"exists\":false}" END);
    assert_int_equal(t->out.status, 200);
}

#define DEFAULTS                                                                                \
    "\"hnsw_config\":{\"m\":16,\"ef_construct\":100,\"full_scan_threshold\":10000,"             \
    "\"max_indexing_threads\":0,\"on_disk\":false},"                                            \
    "\"optimizer_config\":{\"deleted_threshold\":0.2,\"vacuum_min_vector_number\":1000,"        \
    "\"default_segment_number\":0,\"max_segment_size\":null,\"memmap_threshold\":null,"         \
    "\"indexing_threshold\":20000,\"flush_interval_sec\":5,\"max_optimization_threads\":null}," \
    "\"wal_config\":{\"wal_capacity_mb\":32,\"wal_segments_ahead\":0},"                         \
    "\"quantization_config\":null,\"strict_mode_config\":{\"enabled\":false}}"

static void a_description_has_every_default(void **state)
{
    struct test *t = *state;
    vg_vector_params vector = {.size = 4, .distance = VG_DOT, .on_disk = -1};

    t->op.kind = VG_OP_DESCRIBE;
    t->op.out.info = (vg_collection_info){
        .spec = {.vectors = &vector, .vector_count = 1}, .points_count = 3, .segments_count = 1};
    check(t, "GET", "/collections/c",
          "{\"result\":{\"status\":\"green\",\"optimizer_status\":\"ok\","
          "\"indexed_vectors_count\":0,\"points_count\":3,\"segments_count\":1,"
          "\"config\":{\"params\":{\"vectors\":{\"size\":4,\"distance\":\"Dot\"},"
          "\"shard_number\":1,\"replication_factor\":1,\"write_consistency_factor\":1,"
          "\"on_disk_payload\":true}," DEFAULTS ",\"payload_schema\":{}}" END);
}

static void a_description_gives_back_what_was_set(void **state)
{
    struct test *t = *state;
    vg_vector_params vector = {
        .size = 4, .distance = VG_COSINE, .on_disk = 1, .hnsw_config = VG_LIT_INIT("{\"m\":8}")};
    vg_collection collection = {.spec = {.vectors = &vector, .vector_count = 1}};

    collection.spec.settings = VG_LIT(
        "{\"datatype\":\"float32\",\"hnsw_config\":{\"m\":32,\"payload_m\":4,\"full_scan_threshold_"
        "kb\":50,\"x\":1},"
        "\"optimizers_config\":{\"max_optimization_threads\":\"auto\",\"memmap_threshold\":7},"
        "\"wal_config\":{\"wal_capacity_mb\":64},\"shard_number\":2,\"sharding_method\":\"auto\","
        "\"strict_mode_config\":{\"enabled\":false,\"max_query_limit\":5},\"metadata\":{\"k\":1}}");
    t->op.kind = VG_OP_DESCRIBE;
    t->op.collection = &collection;
    t->op.out.info.color = VG_YELLOW;
    t->op.out.info.trouble = VG_LIT("building");
    check(t, "GET", "/collections/c",
          "{\"result\":{\"status\":\"yellow\",\"optimizer_status\":\"ok\","
          "\"indexed_vectors_count\":0,\"points_count\":0,\"segments_count\":0,"
          "\"config\":{\"params\":{\"vectors\":{\"size\":4,\"distance\":\"Cosine\","
          "\"hnsw_config\":{\"m\":8},\"on_disk\":true,\"datatype\":\"float32\"},\"shard_number\":2,"
          "\"sharding_method\":\"auto\",\"replication_factor\":1,\"write_consistency_factor\":1,"
          "\"on_disk_payload\":true},"
          "\"hnsw_config\":{\"m\":32,\"ef_construct\":100,\"full_scan_threshold\":50,"
          "\"max_indexing_threads\":0,\"on_disk\":false,\"payload_m\":4},"
          "\"optimizer_config\":{\"deleted_threshold\":0.2,\"vacuum_min_vector_number\":1000,"
          "\"default_segment_number\":0,\"max_segment_size\":null,\"memmap_threshold\":7,"
          "\"indexing_threshold\":20000,\"flush_interval_sec\":5,"
          "\"max_optimization_threads\":null},"
          "\"wal_config\":{\"wal_capacity_mb\":64,\"wal_segments_ahead\":0},"
          "\"quantization_config\":null,"
          "\"strict_mode_config\":{\"enabled\":false,\"max_query_limit\":5},"
          "\"metadata\":{\"k\":1}},\"payload_schema\":{}}" END);
}

static void a_backend_that_speaks_qdrant_is_handed_through(void **state)
{
    struct test *t = *state;

    t->op.kind = VG_OP_DESCRIBE;
    t->op.out.info.color = VG_RED;
    t->op.out.info.trouble = VG_LIT("disk");
    t->op.out.info.config = VG_LIT("{\"params\":{}}");
    t->op.out.info.payload_schema = VG_LIT("{\"a\":{\"data_type\":\"keyword\",\"points\":1}}");
    check(t, "GET", "/collections/c",
          "{\"result\":{\"status\":\"red\",\"optimizer_status\":{\"error\":\"disk\"},"
          "\"indexed_vectors_count\":0,\"points_count\":0,\"segments_count\":0,"
          "\"config\":{\"params\":{}},"
          "\"payload_schema\":{\"a\":{\"data_type\":\"keyword\",\"points\":1}}}" END);
}

struct failure {
    const char *says;
    vg_status status;
    int http;
    const char *body;
};

#define FAILED(text, time) "{\"status\":{\"error\":\"" text "\"},\"time\":" time "}"
#define IS(c, w, at)                                                  \
    {                                                                 \
        .code = (c), .what = VG_LIT_INIT(w), .where = VG_LIT_INIT(at) \
    }

/* clang-format off */
static const struct failure failures[] = {
    {"bad input keeps its place to itself", IS(VG_INVALID, "Vector dimension error: expected dim: 4, got 3", "points[0].vector"), 400,
     FAILED("Wrong input: Vector dimension error: expected dim: 4, got 3", "0.25")},
    {"a format error tells its place", IS(VG_FORMAT, "missing field `id`", "points[0]"), 400,
     FAILED("Format error in JSON body: points[0]: missing field `id`", "0.0")},
    {"a format error without a place", IS(VG_FORMAT, "Invalid PointInsertOperations format", ""), 400,
     FAILED("Format error in JSON body: Invalid PointInsertOperations format", "0.0")},
    {"a range", IS(VG_RANGE, "value 0 invalid, must be 1 or larger", "limit"), 422,
     FAILED("Validation error in JSON body: [limit: value 0 invalid, must be 1 or larger]", "0.0")},
    {"a parameter's range", IS(VG_RANGE_QUERY, "value 0 invalid, must be 1 or larger", "timeout"), 422,
     FAILED("Validation error in query parameters: [timeout: value 0 invalid, must be 1 or larger]", "0.0")},
    {"a path's range", IS(VG_RANGE_PATH, "x", "name"), 422, FAILED("Validation error in path parameters: [name: x]", "0.0")},
    {"a path", IS(VG_PATH, "x", ""), 400, FAILED("Deserialize error in path parameters: x", "0.0")},
    {"a parameter", IS(VG_QUERY, "wait: x", "wait"), 400, FAILED("Deserialize error in query parameters: wait: x", "0.0")},
    {"what is not built", IS(VG_UNSUPPORTED, "x", "y"), 400, FAILED("Bad request: x", "0.25")},
    {"a missing collection", IS(VG_NOT_FOUND, "Collection `c` doesn't exist!", "collection"), 404, FAILED("Not found: Collection `c` doesn't exist!", "0.25")},
    {"a name that is taken", IS(VG_EXISTS, "Collection `c` already exists!", ""), 409, FAILED("Wrong input: Collection `c` already exists!", "0.25")},
    {"a backend keeps its address to itself", IS(VG_UNAVAILABLE, "the backend cannot be reached", "qdrant http://10.0.0.7:6333"), 503,
     FAILED("Shard temporarily unavailable: the backend cannot be reached", "0.25")},
    {"too late", IS(VG_DEADLINE, "x", ""), 408, FAILED("Timeout: x", "0.25")},
    {"too many", IS(VG_THROTTLED, "x", ""), 429, FAILED("Rate limiting exceeded: x", "0.25")},
    {"too large", IS(VG_TOO_LARGE, "x", ""), 400, FAILED("Payload error: x", "0.25")},
    {"nobody knew better", IS(VG_INTERNAL, "", ""), 500, FAILED("Service internal error: a mistake of the gateway's own", "0.25")},
    {"text is escaped", IS(VG_INVALID, "a \"b\"\n", ""), 400, FAILED("Wrong input: a \\\"b\\\"\\n", "0.25")},
    {"no such path: nothing", IS(VG_NO_ROUTE, "", ""), 404, ""},
    {"no such method: nothing", IS(VG_NO_METHOD, "", ""), 404, ""},
    {"no credential: plain text", IS(VG_UNAUTHENTICATED, "Invalid API key or JWT", ""), 401, "Invalid API key or JWT"},
};
/* clang-format on */

static void failures_are_said_as_qdrant_says_them(void **state)
{
    struct test *t = *state;

    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        const struct failure *row = &failures[i];

        vg_buf_put(&t->body, VG_LIT("half an answer"));
        vg_front_qdrant.write_error(t->arena, &row->status, &t->out);
        if (t->out.status != row->http || !vg_slice_is_str(vg_buf_bytes(&t->body), row->body))
            fail_msg("%s: %d " VG_FMT, row->says, t->out.status, VG_ARG(vg_buf_bytes(&t->body)));
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_write_is_acknowledged_or_completed),
        TEST(a_record_has_what_was_asked_for),
        TEST(one_point_that_is_missing_is_not_found),
        TEST(a_page_says_where_the_next_begins),
        TEST(a_count_is_a_number),
        TEST(a_hit_has_id_version_and_score),
        TEST(a_query_without_score_leaves_out_its_offset),
        TEST(collections_come_and_go),
        TEST(a_missing_collection_does_not_exist_without_fail),
        TEST(a_description_has_every_default),
        TEST(a_description_gives_back_what_was_set),
        TEST(a_backend_that_speaks_qdrant_is_handed_through),
        TEST(failures_are_said_as_qdrant_says_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
