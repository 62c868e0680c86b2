/* Answers of Qdrant's routes on points, and failures: the exact JSON that they become. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/front/written.h"

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

static void set_points(struct written *t, vg_op_kind kind, vg_points points)
{
    t->op.kind = kind;
    if (kind == VG_OP_GET)
        t->op.out.points = points;
    else
        t->op.out.page.points = points;
}

static void a_write_is_acknowledged_or_completed(void **state)
{
    struct written *t = *state;
    static const char path[] = "/collections/c/points";

    t->op.kind = VG_OP_UPSERT;
    t->op.out.written.operation_id = 7;
    t->op.out.written.completed = true;
    written_check(t, "PUT", path,
                  "{\"result\":{\"operation_id\":7,\"status\":\"acknowledged\"}" END);
    t->op.in.update.wait = true;
    written_check(t, "PUT", path, "{\"result\":{\"operation_id\":7,\"status\":\"completed\"}" END);
    t->op.out.written.completed = false;
    written_check(t, "PUT", path,
                  "{\"result\":{\"operation_id\":7,\"status\":\"acknowledged\"}" END);

    t->op = (vg_op){.kind = VG_OP_DELETE, .arena = t->arena};
    t->op.out.written.completed = t->op.in.update.wait = true;
    written_check(t, "POST", "/collections/c/points/delete",
                  "{\"result\":{\"operation_id\":0,\"status\":\"completed\"}" END);
}

static void an_index_takes_its_own_wait(void **state)
{
    struct written *t = *state;

    t->op.kind = VG_OP_CREATE_INDEX;
    t->op.out.written.operation_id = 9;
    t->op.out.written.completed = true;
    written_check(t, "PUT", "/collections/c/index",
                  "{\"result\":{\"operation_id\":9,\"status\":\"acknowledged\"}" END);
    t->op.in.index.wait = true;
    written_check(t, "DELETE", "/collections/c/index/a",
                  "{\"result\":{\"operation_id\":9,\"status\":\"completed\"}" END);
}

static void a_batch_has_a_result_for_each(void **state)
{
    struct written *t = *state;
    static const uint64_t ids[] = {4, 5};
    static const char path[] = "/collections/c/points/batch";

    t->op.kind = VG_OP_BATCH;
    t->op.out.batch.operation_ids = ids;
    t->op.out.batch.count = 2;
    t->op.out.batch.completed = true;
    written_check(t, "POST", path,
                  "{\"result\":[{\"operation_id\":4,\"status\":\"acknowledged\"},"
                  "{\"operation_id\":5,\"status\":\"acknowledged\"}]" END);
    t->op.in.update.wait = true;
    t->op.out.batch.count = 1;
    written_check(t, "POST", path,
                  "{\"result\":[{\"operation_id\":4,\"status\":\"completed\"}]" END);
    t->op.out.batch.count = 0;
    written_check(t, "POST", path, "{\"result\":[]" END);
}

static void a_record_has_what_was_asked_for(void **state)
{
    struct written *t = *state;

    set_points(t, VG_OP_GET, (vg_points){&whole, 1});
    written_check(t, "GET", "/collections/c/points/1",
                  "{\"result\":{\"id\":1,\"payload\":{\"b\": 1.0, \"a\": 9007199254740993},"
                  "\"vector\":[0.10, 2]}" END);
    set_points(t, VG_OP_GET, (vg_points){(vg_point[]){bare, empty, hit}, 3});
    written_check(t, "POST", "/collections/c/points",
                  "{\"result\":[{\"id\":18446744073709551615},"
                  "{\"id\":\"doc \\\"7\\\"\",\"payload\":{},\"vector\":{}},"
                  "{\"id\":2,\"vector\":[0.5,-1.0,0.00003]}]" END);
    set_points(t, VG_OP_GET, (vg_points){0});
    written_check(t, "POST", "/collections/c/points", "{\"result\":[]" END);
}

/* FACTS 4: a list for the unnamed vector alone, else a map. */
static void vectors_with_names_are_a_map(void **state)
{
    struct written *t = *state;
    vg_vector both[] = {as_text, as_text};
    vg_point point = {.id = {.kind = VG_ID_NUM, .num = 1}, .has_vectors = true, .vectors = both};

    both[1].name = VG_LIT("a \"b\"");
    point.vector_count = 2;
    set_points(t, VG_OP_GET, (vg_points){&point, 1});
    written_check(
        t, "GET", "/collections/c/points/1",
        "{\"result\":{\"id\":1,\"vector\":{\"\":[0.10, 2],\"a \\\"b\\\"\":[0.10, 2]}}" END);
    point.vectors = &both[1];
    point.vector_count = 1;
    written_check(t, "GET", "/collections/c/points/1",
                  "{\"result\":{\"id\":1,\"vector\":{\"a \\\"b\\\"\":[0.10, 2]}}" END);
}

static void a_record_tells_the_value_it_is_ordered_by(void **state)
{
    struct written *t = *state;
    vg_point points[] = {bare, bare};

    points[0].has_order = points[1].has_order = true;
    points[0].order = (vg_order_value){.is_integer = true, .integer = -9007199254740993};
    points[1].order = (vg_order_value){.real = 2};
    set_points(t, VG_OP_SCROLL, (vg_points){points, 2});
    written_check(
        t, "POST", "/collections/c/points/scroll",
        "{\"result\":{\"points\":["
        "{\"id\":18446744073709551615,\"order_value\":-9007199254740993},"
        "{\"id\":18446744073709551615,\"order_value\":2.0}],\"next_page_offset\":null}" END);
}

static void one_point_that_is_missing_is_not_found(void **state)
{
    struct written *t = *state;

    t->op.kind = VG_OP_GET;
    t->op.in.get.ids = &uuid;
    written_check(
        t, "GET", "/collections/c/points/5",
        "{\"status\":{\"error\":\"Not found: Point with id 550e8400-e29b-41d4-a716-446655440000 "
        "does not exists!\"},\"time\":0.25}");
    assert_int_equal(t->out.status, 404);
}

static void a_page_says_where_the_next_begins(void **state)
{
    struct written *t = *state;

    set_points(t, VG_OP_SCROLL, (vg_points){&bare, 1});
    written_check(t, "POST", "/collections/c/points/scroll",
                  "{\"result\":{\"points\":[{\"id\":18446744073709551615}],"
                  "\"next_page_offset\":null}" END);
    t->op.out.page.next = uuid;
    written_check(t, "POST", "/collections/c/points/scroll",
                  "{\"result\":{\"points\":[{\"id\":18446744073709551615}],"
                  "\"next_page_offset\":\"550e8400-e29b-41d4-a716-446655440000\"}" END);
}

static void a_count_is_a_number(void **state)
{
    struct written *t = *state;

    t->op.kind = VG_OP_COUNT;
    t->op.out.count = 12;
    written_check(t, "POST", "/collections/c/points/count", "{\"result\":{\"count\":12}" END);
}

static void a_facet_is_a_list_of_values_and_counts(void **state)
{
    struct written *t = *state;
    static const vg_facet_hit hits[] = {
        {{.kind = VG_MATCH_TEXT, .text = VG_LIT_INIT("x \"y\"")}, 3},
        {{.kind = VG_MATCH_INTEGER, .integer = -9223372036854775807 - 1}, 2},
        {{.kind = VG_MATCH_BOOL, .integer = 1}, 1},
    };

    t->op.kind = VG_OP_FACET;
    written_check(t, "POST", "/collections/c/facet", "{\"result\":{\"hits\":[]}" END);
    t->op.out.facet.at = hits;
    t->op.out.facet.count = 3;
    written_check(
        t, "POST", "/collections/c/facet",
        "{\"result\":{\"hits\":[{\"value\":\"x \\\"y\\\"\",\"count\":3},"
        "{\"value\":-9223372036854775808,\"count\":2},{\"value\":true,\"count\":1}]}" END);
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
    struct written *t = *state;

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
    const struct CMUnitTest tests[] = {
        WRITTEN(a_write_is_acknowledged_or_completed),
        WRITTEN(an_index_takes_its_own_wait),
        WRITTEN(a_batch_has_a_result_for_each),
        WRITTEN(a_record_has_what_was_asked_for),
        WRITTEN(vectors_with_names_are_a_map),
        WRITTEN(a_record_tells_the_value_it_is_ordered_by),
        WRITTEN(one_point_that_is_missing_is_not_found),
        WRITTEN(a_page_says_where_the_next_begins),
        WRITTEN(a_count_is_a_number),
        WRITTEN(a_facet_is_a_list_of_values_and_counts),
        WRITTEN(failures_are_said_as_qdrant_says_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
