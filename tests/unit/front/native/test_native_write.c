/* What native answers look like, byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "vecgate/vector_backend.h"

#include "front/front.h"

enum { BYTES = 1 << 16 };

static const vg_vector_params params = {.size = 4, .distance = VG_EUCLID, .on_disk = -1};
static const vg_collection words = {.name = VG_LIT_INIT("words"),
                                    .spec = {.vectors = &params, .vector_count = 1}};

struct answer {
    vg_arena *arena;
    vg_buf body;
    vg_front_out out;
};

/* A request for the field `n` of a collection. */
static const vg_front_in answered = {.params = {VG_LIT_INIT("words"), VG_LIT_INIT("n")}};

static void begin(struct answer *a)
{
    a->arena = vg_arena_new(BYTES);
    vg_buf_init(&a->body, 0);
    a->out =
        (vg_front_out){.status = 200, .content_type = VG_LIT("application/json"), .body = &a->body};
}

static void end(struct answer *a)
{
    vg_buf_fini(&a->body);
    vg_arena_free(a->arena);
}

static const vg_front_row *row_of(const char *method, const char *path)
{
    for (size_t i = 0; i < vg_front_native.count; i++) {
        const vg_front_row *row = &vg_front_native.rows[i];

        if (!strcmp(row->route.method, method) && !strcmp(row->route.path, path))
            return row;
    }
    fail_msg("no row %s %s", method, path);
    return NULL;
}

#define V1 "/v1/collections"
#define P  V1 "/{collection}/points"

/* Runs the row's writer and holds its answer to what is wanted. */
static void check(const char *method, const char *path, vg_op *op, int status, const char *want)
{
    const vg_front_row *row = row_of(method, path);
    struct answer a;

    begin(&a);
    a.out.in = &answered;
    op->arena = a.arena;
    op->kind = row->kind;
    (op->status.code == VG_OK ? row->write : row->write_failed)(op, &a.out);
    if (a.out.status != status || !vg_slice_is_str(vg_buf_bytes(&a.body), want))
        fail_msg("%s %s: got %d " VG_FMT "\nwanted %s", method, path, a.out.status,
                 VG_ARG(vg_buf_bytes(&a.body)), want);
    end(&a);
}

static void collections(void **state)
{
    static const vg_slice names[] = {VG_LIT_INIT("a"), VG_LIT_INIT("q\"b")};
    vg_op op = {.name = words.name, .collection = &words};

    (void)state;
    op.out.names.at = names;
    op.out.names.count = 2;
    check("GET", V1, &op, 200, "{\"collections\":[{\"name\":\"a\"},{\"name\":\"q\\\"b\"}]}");
    op.out.names.count = 0;
    check("GET", V1, &op, 200, "{\"collections\":[]}");
    op.out = (vg_op_result){
        .info = {.exists = true, .color = VG_GREEN, .points_count = 7, .indexed_vectors_count = 5}};
    check("GET", V1 "/{collection}", &op, 200,
          "{\"name\":\"words\",\"dimension\":4,\"metric\":\"Euclid\",\"fields\":[],"
          "\"status\":\"green\",\"points\":7,\"indexed_vectors\":5}");
    op.out.info.color = VG_RED;
    op.out.info.trouble = VG_LIT("a shard is dead");
    check("GET", V1 "/{collection}", &op, 200,
          "{\"name\":\"words\",\"dimension\":4,\"metric\":\"Euclid\",\"fields\":[],\"status\":"
          "\"red\","
          "\"trouble\":\"a shard is dead\",\"points\":7,\"indexed_vectors\":5}");
}

static void a_backends_own_word_on_settings_goes_before_the_catalogs(void **state)
{
    const vg_collection kept = {
        .spec = {.vectors = &params,
                 .vector_count = 1,
                 .settings = VG_LIT_INIT("{\"quantization_config\":{\"binary\":{}}}")}};
    vg_op op = {.name = words.name, .collection = &kept};

    (void)state;
#define WORDS "{\"name\":\"words\",\"dimension\":4,\"metric\":\"Euclid\""
#define EMPTY ",\"fields\":[],\"status\":\"green\",\"points\":0,\"indexed_vectors\":0}"
    check("GET", V1 "/{collection}", &op, 200,
          WORDS ",\"quantization\":{\"type\":\"binary\"}" EMPTY);
    op.out.info.config = VG_LIT("{\"hnsw_config\":{\"m\":8},\"quantization_config\":null}");
    check("GET", V1 "/{collection}", &op, 200, WORDS ",\"index\":{\"m\":8}" EMPTY);
}

static const vg_vector_params several[] = {
    {.name = VG_LIT_INIT("img"), .size = 4, .distance = VG_DOT, .on_disk = -1},
    {.size = 2, .distance = VG_COSINE, .on_disk = -1},
    {.name = VG_LIT_INIT("txt"), .kind = VG_SPARSE, .distance = VG_DOT, .on_disk = -1}};

static void a_collection_tells_its_vectors_by_their_names(void **state)
{
    const vg_collection none = {.spec = {.vector_count = 0}};
    const vg_collection many = {.spec = {.vectors = several, .vector_count = 3}};
    vg_op op = {.name = VG_LIT_INIT("odd"), .collection = &none};

    (void)state;
    op.out.info.color = VG_YELLOW;
    check("GET", V1 "/{collection}", &op, 200,
          "{\"name\":\"odd\",\"vectors\":{},\"fields\":[],\"status\":\"yellow\",\"points\":0,"
          "\"indexed_vectors\":0}");
    op.collection = &many;
    check("GET", V1 "/{collection}", &op, 200,
          "{\"name\":\"odd\",\"vectors\":{\"img\":{\"dimension\":4,\"metric\":\"Dot\"},"
          "\"\":{\"dimension\":2,\"metric\":\"Cosine\"},\"txt\":{\"kind\":\"sparse\",\"idf\":false}"
          "},\"fields\":[],"
          "\"status\":\"yellow\",\"points\":0,\"indexed_vectors\":0}");
}

static const vg_index declared[] = {
    {.key = VG_LIT_INIT("g\"h"), .kind = VG_INDEX_KEYWORD},
    {.key = VG_LIT_INIT("n"),
     .kind = VG_INDEX_INTEGER,
     .params = VG_LIT_INIT("{\"type\":\"integer\",\"range\": false,\"on_disk\":true}")},
    {.key = VG_LIT_INIT("at"), .kind = VG_INDEX_DATETIME}};
static const vg_collection with_fields = {
    .spec = {.vectors = &params, .vector_count = 1, .indexes = {declared, 3}}};

#define G "{\"key\":\"g\\\"h\",\"type\":\"keyword\""
#define N "{\"key\":\"n\",\"type\":\"integer\",\"range\":false,\"on_disk\":true"

static void fields_are_told_with_their_options_and_points(void **state)
{
    static const uint64_t counts[] = {3, UINT64_MAX};
    vg_op op = {.collection = &with_fields};

    (void)state;
    check("GET", V1 "/{collection}/fields", &op, 200,
          "{\"fields\":[" G "}," N "},{\"key\":\"at\",\"type\":\"datetime\"}]}");
    check("GET", V1 "/{collection}/fields/{key}", &op, 200, N "}");
    op.out.info.spec.indexes = (vg_indexes){declared, 2}; /* those that the backend has */
    op.out.info.index_points = counts;
    check("GET", V1 "/{collection}/fields", &op, 200,
          "{\"fields\":[" G ",\"points\":3}," N ",\"points\":18446744073709551615}]}");
    check("GET", V1 "/{collection}/fields/{key}", &op, 200, N ",\"points\":18446744073709551615}");
    op.out.info.spec.indexes.count = 1;
    check("GET", V1 "/{collection}/fields/{key}", &op, 404,
          "{\"type\":\"urn:vecgate:problem:not_found\",\"title\":\"there is no such thing\","
          "\"status\":404,\"detail\":\"Field `n` is not declared!\",\"field\":\"key\"}");
}

static void aliases(void **state)
{
    static const vg_alias list[] = {{VG_LIT_INIT("a"), VG_LIT_INIT("w\"x")}};
    vg_op op = {.out.aliases = {list, 1}};

    (void)state;
    check("GET", "/v1/aliases", &op, 200,
          "{\"aliases\":[{\"alias\":\"a\",\"collection\":\"w\\\"x\"}]}");
    op.out.aliases.count = 0;
    check("GET", "/v1/aliases", &op, 200, "{\"aliases\":[]}");
    op = (vg_op){.out.did = true};
    check("POST", "/v1/aliases", &op, 204, "");
}

static void a_created_collection_says_where_it_is(void **state)
{
    vg_op op = {.name = VG_LIT_INIT("a b"), .in.create.spec = words.spec};
    struct answer a;

    (void)state;
    check("POST", V1, &op, 201,
          "{\"name\":\"a b\",\"dimension\":4,\"metric\":\"Euclid\",\"fields\":[]}");
    op.in.create.spec.indexes = (vg_indexes){&declared[2], 1};
    check("POST", V1, &op, 201,
          "{\"name\":\"a b\",\"dimension\":4,\"metric\":\"Euclid\","
          "\"fields\":[{\"key\":\"at\",\"type\":\"datetime\"}]}");
    begin(&a);
    op.arena = a.arena;
    row_of("POST", V1)->write(&op, &a.out);
    assert_int_equal(a.out.header_count, 1);
    assert_true(vg_slice_is_str(a.out.headers[0].name, "location"));
    assert_true(vg_slice_is_str(a.out.headers[0].value, V1 "/a%20b"));
    end(&a);
}

static void a_deletion_answers_by_what_there_was(void **state)
{
    vg_op op = {.name = words.name, .out.did = true};
    struct answer a;

    (void)state;
    check("DELETE", V1 "/{collection}", &op, 204, "");
    begin(&a);
    op.arena = a.arena;
    row_of("DELETE", V1 "/{collection}")->write(&op, &a.out);
    assert_int_equal(a.out.content_type.len, 0);
    end(&a);
    op.out.did = false;
    check("DELETE", V1 "/{collection}", &op, 404,
          "{\"type\":\"urn:vecgate:problem:not_found\",\"title\":\"there is no such thing\","
          "\"status\":404,\"detail\":\"Collection `words` doesn't exist!\","
          "\"field\":\"collection\"}");
}

static void writes(void **state)
{
    vg_op op = {.out.written = {.operation_id = UINT64_MAX, .completed = true}};

    (void)state;
    check("PUT", P, &op, 200, "{\"operation_id\":18446744073709551615,\"status\":\"completed\"}");
    op.out.written.completed = false;
    check("POST", P "/delete", &op, 200,
          "{\"operation_id\":18446744073709551615,\"status\":\"acknowledged\"}");
}

static void batches_tell_each_operation(void **state)
{
    static const uint64_t ids[] = {7, 9};
    vg_op op = {.out.batch = {.operation_ids = ids, .count = 2, .completed = true}};

    (void)state;
    check("POST", P "/batch", &op, 200,
          "{\"operations\":[{\"operation_id\":7,\"status\":\"completed\"},"
          "{\"operation_id\":9,\"status\":\"completed\"}]}");
    op.out.batch.completed = false;
    op.out.batch.count = 1;
    check("POST", P "/batch", &op, 200,
          "{\"operations\":[{\"operation_id\":7,\"status\":\"acknowledged\"}]}");
}

static const float two_floats[] = {0.1f, 2.0f};
static const vg_vector json_vector = {
    .form = VG_VECTOR_JSON, .bytes = VG_LIT_INIT("[1,2.50]"), .count = 2};
static const vg_vector float_vector = {
    .form = VG_VECTOR_F32, .bytes = {(const char *)two_floats, sizeof two_floats}, .count = 2};

static const vg_point points[] = {
    {.id = {.kind = VG_ID_NUM, .num = UINT64_MAX},
     .vectors = &json_vector,
     .vector_count = 1,
     .has_vectors = true,
     .has_payload = true,
     .payload = VG_LIT_INIT("{\"a\": 1.0}"),
     .has_score = true,
     .score = 0.1f},
    {.id = {.kind = VG_ID_UUID}, .vectors = &float_vector, .vector_count = 1, .has_vectors = true},
    {.id = {.kind = VG_ID_TEXT, .text = VG_LIT_INIT("x\n")}, .has_payload = true},
    {.id = {.kind = VG_ID_NUM}, .has_vectors = true},
};

#define FIRST \
    "{\"id\":18446744073709551615,\"score\":0.1,\"payload\":{\"a\": 1.0},\"vector\":[1,2.50]}"
#define ALL                                                                              \
    "[" FIRST ",{\"id\":\"00000000-0000-0000-0000-000000000000\",\"vector\":[0.1,2.0]}," \
    "{\"id\":\"x\\n\",\"payload\":{}},{\"id\":0,\"vector\":null}]"

static void reads(void **state)
{
    const vg_points list = {.at = points, .count = 4};
    vg_op op = {.out.points = list};

    (void)state;
    check("POST", P "/get", &op, 200, "{\"points\":" ALL "}");
    check("GET", P "/{id}", &op, 200, FIRST);
    op.out = (vg_op_result){.page = {.points = list, .next = {.kind = VG_ID_NUM, .num = 9}}};
    check("POST", P "/scroll", &op, 200, "{\"points\":" ALL ",\"next\":9}");
    op.out = (vg_op_result){0};
    check("POST", P "/scroll", &op, 200, "{\"points\":[],\"next\":null}");
    op.out = (vg_op_result){.count = UINT64_MAX};
    check("POST", P "/count", &op, 200, "{\"count\":18446744073709551615}");
}

static void named_vectors_are_a_map(void **state)
{
    const vg_collection many = {.spec = {.vectors = several, .vector_count = 3}};
    const vg_collection unnamed_first = {.spec = {.vectors = &several[1], .vector_count = 2}};
    const vg_vector vectors[] = {
        {.name = VG_LIT_INIT("img"), .form = VG_VECTOR_JSON, .bytes = VG_LIT_INIT("[1]")},
        {.form = VG_VECTOR_JSON, .bytes = VG_LIT_INIT("[2]")}};
    const vg_point found[] = {
        {.id = {.kind = VG_ID_NUM}, .vectors = vectors, .vector_count = 2, .has_vectors = true},
        {.id = {.kind = VG_ID_NUM}, .vectors = &vectors[1], .vector_count = 1, .has_vectors = true},
        {.id = {.kind = VG_ID_NUM}, .has_vectors = true}};
    vg_op op = {.collection = &many, .out.points = {found, 3}};

    (void)state;
    check("POST", P "/get", &op, 200,
          "{\"points\":[{\"id\":0,\"vectors\":{\"img\":[1],\"\":[2]}},"
          "{\"id\":0,\"vectors\":{\"\":[2]}},{\"id\":0,\"vectors\":{}}]}");
    op.collection = &unnamed_first;
    op.out.points = (vg_points){&found[1], 1};
    check("POST", P "/get", &op, 200, "{\"points\":[{\"id\":0,\"vectors\":{\"\":[2]}}]}");
}

static void order_values_are_told_as_what_they_are(void **state)
{
    const vg_point found[] = {
        {.id = {.kind = VG_ID_NUM}, .has_order = true, .order = {true, INT64_MIN, 0}},
        {.id = {.kind = VG_ID_NUM}, .has_order = true, .order = {false, 0, -0.5}}};
    vg_op op = {.collection = &with_fields,
                .in.scroll.order.key = VG_LIT_INIT("n"),
                .out.page.points = {found, 2}};
    const vg_point then = {.id = {.kind = VG_ID_NUM}, .has_order = true, .order = {true, 1, 0}};

    (void)state;
    check("POST", P "/scroll", &op, 200,
          "{\"points\":[{\"id\":0,\"order_value\":-9223372036854775808},"
          "{\"id\":0,\"order_value\":-0.5}],\"next\":null}");
    op.in.scroll.order.key = VG_LIT("at");
    op.out.page.points = (vg_points){&then, 1};
    check("POST", P "/scroll", &op, 200,
          "{\"points\":[{\"id\":0,\"order_value\":\"1970-01-01T00:00:00.000001Z\"}],"
          "\"next\":null}");
}

static void facets(void **state)
{
    static const vg_facet_hit hits[] = {{{.kind = VG_MATCH_TEXT, .text = VG_LIT_INIT("a\"b")}, 3},
                                        {{.kind = VG_MATCH_INTEGER, .integer = -7}, 2},
                                        {{.kind = VG_MATCH_BOOL, .integer = 1}, 1}};
    vg_op op = {.out.facet = {hits, 3}};

    (void)state;
    check("POST", V1 "/{collection}/facets", &op, 200,
          "{\"hits\":[{\"value\":\"a\\\"b\",\"count\":3},{\"value\":-7,\"count\":2},"
          "{\"value\":true,\"count\":1}]}");
}

static void a_missing_point_is_a_problem(void **state)
{
    const vg_point_id id = {.kind = VG_ID_TEXT, .text = VG_LIT_INIT("se\"ven")};
    vg_op op = {.in.get = {.ids = &id, .count = 1}};

    (void)state;
    check("GET", P "/{id}", &op, 404,
          "{\"type\":\"urn:vecgate:problem:not_found\",\"title\":\"there is no such thing\","
          "\"status\":404,\"detail\":\"Point with id se\\\"ven doesn't exist!\",\"field\":\"id\"}");
}

/* ---- health ---- */

#define CAN                                                                                \
    "{\"supports_metadata_filter\":true,\"supports_hybrid_search\":false,"                 \
    "\"supports_batch_upsert\":false,\"supports_batch_search\":false,"                     \
    "\"supports_namespaces\":false,\"supports_named_vectors\":false,"                      \
    "\"supports_sparse_vectors\":false,\"supports_multivectors\":false,"                   \
    "\"supports_bfloat16\":false,"                                                         \
    "\"supports_text_ids\":false,\"supports_nul_in_texts\":false,"                         \
    "\"supports_search_by_id\":false,"                                                     \
    "\"supports_examples\":false,\"supports_sampling\":false,\"supports_order_by\":false," \
    "\"supports_adoption\":false,"                                                         \
    "\"is_durable\":false,\"max_vector_dimensions\":8,"                                    \
    "\"max_sparse_values\":0,\"max_sparse_index\":0,\"max_top_k\":100,"                    \
    "\"max_points_per_call\":0,\"max_ids_per_call\":0,\"max_queries_per_call\":0,"         \
    "\"max_bytes_per_call\":0,\"consistency\":\"read_after_write\","                       \
    "\"distance_metrics\":[\"Cosine\",\"Dot\"],\"operations\":[\"health_check\",\"search\"]}"

static void a_backend_tells_what_it_is(void **state)
{
    vg_op op = {.backend = VG_LIT_INIT("toy"), .out.health = {.version = VG_LIT_INIT("1.2")}};

    (void)state;
    check("GET", "/v1/health", &op, 200, "{\"status\":\"ok\",\"backend\":\"toy\"}");
    check("GET", "/v1/backends", &op, 200,
          "{\"backends\":[{\"name\":\"toy\",\"health\":\"ok\",\"version\":\"1.2\","
          "\"capabilities\":" CAN "}]}");
}

static void each_kind_of_illness_has_a_word(void **state)
{
    static const struct {
        vg_code code;
        const char *upstream;
        const char *word;
    } rows[] = {
        {VG_UNAVAILABLE, "", "down"},
        {VG_DEADLINE, "", "down"},
        {VG_UNAVAILABLE, "503", "not_ready"},
        {VG_OVERLOADED, "", "not_ready"},
        {VG_BACKEND_AUTH, "401", "unauthorised"},
        {VG_BACKEND_ERROR, "500", "not_ready"},
    };
    char health[256], backends[2048];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        vg_op op = {.backend = VG_LIT_INIT("toy"),
                    .status = {.code = rows[i].code,
                               .what = VG_LIT_INIT("it says \"no\""),
                               .upstream = vg_slice_str(rows[i].upstream)}};

        snprintf(health, sizeof health,
                 "{\"status\":\"%s\",\"backend\":\"toy\",\"detail\":\"it says \\\"no\\\"\"}",
                 rows[i].word);
        check("GET", "/v1/health", &op, 503, health);
        snprintf(backends, sizeof backends,
                 "{\"backends\":[{\"name\":\"toy\",\"health\":\"%s\",\"detail\":\"it says "
                 "\\\"no\\\"\",\"capabilities\":%s}]}",
                 rows[i].word, CAN);
        check("GET", "/v1/backends", &op, 200, backends);
    }
}

/* ---- problems ---- */

static void check_problem(vg_status status, int http, const char *want)
{
    struct answer a;

    begin(&a);
    vg_buf_put(&a.body, VG_LIT("what was half written"));
    vg_front_native.write_error(a.arena, &status, &a.out);
    assert_int_equal(a.out.status, http);
    assert_true(vg_slice_is_str(a.out.content_type, "application/problem+json"));
    if (!vg_slice_is_str(vg_buf_bytes(&a.body), want))
        fail_msg("got " VG_FMT "\nwanted %s", VG_ARG(vg_buf_bytes(&a.body)), want);
    end(&a);
}

static void a_problem_says_whose_it_is(void **state)
{
    (void)state;
    check_problem((vg_status){.code = VG_INVALID, .where = VG_LIT("points[0].id")}, 400,
                  "{\"type\":\"urn:vecgate:problem:invalid\",\"title\":\"the request is not well "
                  "formed\",\"status\":400,\"detail\":\"the request is not well formed\","
                  "\"field\":\"points[0].id\"}");
    check_problem((vg_status){.code = VG_UNAVAILABLE,
                              .what = VG_LIT("no"),
                              .where = VG_LIT("toy http://127.0.0.1:1"),
                              .upstream = VG_LIT("503")},
                  503,
                  "{\"type\":\"urn:vecgate:problem:backend_down\",\"title\":\"the backend cannot "
                  "be reached\",\"status\":503,\"detail\":\"no\",\"backend\":\"toy "
                  "http://127.0.0.1:1\",\"upstream\":\"503\"}");
    check_problem((vg_status){.code = VG_INVALID, .what = VG_LIT("no"), .where = VG_LIT("notes")},
                  400,
                  "{\"type\":\"urn:vecgate:problem:invalid\",\"title\":\"the request is not well "
                  "formed\",\"status\":400,\"detail\":\"no\",\"backend\":\"notes\"}");
    check_problem((vg_status){.code = VG_INTERNAL, .where = VG_LIT("catalog")}, 500,
                  "{\"type\":\"urn:vecgate:problem:internal\",\"title\":\"a mistake of the "
                  "gateway's own\",\"status\":500,\"detail\":\"a mistake of the gateway's "
                  "own\",\"where\":\"catalog\"}");
    check_problem((vg_status){.code = VG_NO_SPACE}, 507,
                  "{\"type\":\"urn:vecgate:problem:no_space\",\"title\":\"the disk is full\","
                  "\"status\":507,\"detail\":\"the disk is full\"}");
    check_problem((vg_status){.code = VG_READ_ONLY}, 503,
                  "{\"type\":\"urn:vecgate:problem:read_only\",\"title\":\"the store cannot be "
                  "written now\",\"status\":503,\"detail\":\"the store cannot be written now\"}");
    check_problem((vg_status){.code = VG_NO_METHOD}, 405,
                  "{\"type\":\"urn:vecgate:problem:no_method\",\"title\":\"this path does not take "
                  "that method\",\"status\":405,\"detail\":\"this path does not take that "
                  "method\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(collections),
        cmocka_unit_test(a_backends_own_word_on_settings_goes_before_the_catalogs),
        cmocka_unit_test(a_collection_tells_its_vectors_by_their_names),
        cmocka_unit_test(fields_are_told_with_their_options_and_points),
        cmocka_unit_test(aliases),
        cmocka_unit_test(batches_tell_each_operation),
        cmocka_unit_test(named_vectors_are_a_map),
        cmocka_unit_test(order_values_are_told_as_what_they_are),
        cmocka_unit_test(facets),
        cmocka_unit_test(a_created_collection_says_where_it_is),
        cmocka_unit_test(a_deletion_answers_by_what_there_was),
        cmocka_unit_test(writes),
        cmocka_unit_test(reads),
        cmocka_unit_test(a_missing_point_is_a_problem),
        cmocka_unit_test(a_backend_tells_what_it_is),
        cmocka_unit_test(each_kind_of_illness_has_a_word),
        cmocka_unit_test(a_problem_says_whose_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
