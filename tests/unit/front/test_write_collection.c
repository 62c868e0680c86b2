/* Answers of Qdrant's routes on collections and aliases: the exact JSON that they become. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/front/written.h"

static void collections_come_and_go(void **state)
{
    struct written *t = *state;
    static const vg_slice names[] = {VG_LIT_INIT("a"), VG_LIT_INIT("b \"c\"")};

    t->op.kind = VG_OP_CREATE_COLLECTION;
    written_check(t, "PUT", "/collections/c", "{\"result\":true" END);
    t->op.kind = VG_OP_DROP_COLLECTION;
    written_check(t, "DELETE", "/collections/c", "{\"result\":false" END);
    t->op.out.did = true;
    written_check(t, "DELETE", "/collections/c", "{\"result\":true" END);
    t->op.kind = VG_OP_LIST;
    t->op.out.names.at = names;
    t->op.out.names.count = 2;
    written_check(
        t, "GET", "/collections",
        "{\"result\":{\"collections\":[{\"name\":\"a\"},{\"name\":\"b \\\"c\\\"\"}]}" END);
}

static void changes_of_collections_and_aliases_are_done(void **state)
{
    struct written *t = *state;
    static const vg_alias aliases[] = {{VG_LIT_INIT("a"), VG_LIT_INIT("c \"d\"")}};

    written_check(t, "PATCH", "/collections/c", "{\"result\":true" END);
    written_check(t, "POST", "/collections/aliases", "{\"result\":true" END);
    written_check(t, "GET", "/aliases", "{\"result\":{\"aliases\":[]}" END);
    t->op.out.aliases.at = aliases;
    t->op.out.aliases.count = 1;
    written_check(t, "GET", "/collections/c/aliases",
                  "{\"result\":{\"aliases\":[{\"alias_name\":\"a\","
                  "\"collection_name\":\"c \\\"d\\\"\"}]}" END);
}

static void a_missing_collection_does_not_exist_without_fail(void **state)
{
    struct written *t = *state;

    t->op.kind = VG_OP_DESCRIBE;
    written_check(t, "GET", "/collections/c/exists", "{\"result\":{\"exists\":true}" END);
    t->op.status.code = VG_NOT_FOUND;
    written_check(t, "GET", "/collections/c/exists", "{\"result\":{\"exists\":false}" END);
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
    struct written *t = *state;
    vg_vector_params vector = {.size = 4, .distance = VG_DOT, .on_disk = -1};

    t->op.kind = VG_OP_DESCRIBE;
    t->op.out.info = (vg_collection_info){
        .spec = {.vectors = &vector, .vector_count = 1}, .points_count = 3, .segments_count = 1};
    written_check(t, "GET", "/collections/c",
                  "{\"result\":{\"status\":\"green\",\"optimizer_status\":\"ok\","
                  "\"indexed_vectors_count\":0,\"points_count\":3,\"segments_count\":1,"
                  "\"config\":{\"params\":{\"vectors\":{\"size\":4,\"distance\":\"Dot\"},"
                  "\"shard_number\":1,\"replication_factor\":1,\"write_consistency_factor\":1,"
                  "\"on_disk_payload\":true}," DEFAULTS ",\"payload_schema\":{}}" END);
}

static void a_description_gives_back_what_was_set(void **state)
{
    struct written *t = *state;
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
    written_check(
        t, "GET", "/collections/c",
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

static void a_description_has_vectors_by_name_and_fields(void **state)
{
    struct written *t = *state;
    static const vg_vector_params vectors[] = {
        {.name = VG_LIT_INIT("a"),
         .size = 4,
         .distance = VG_DOT,
         .on_disk = -1,
         .datatype = VG_LIT_INIT("float32")},
        {.size = 2, .distance = VG_COSINE, .on_disk = 0},
    };
    static const vg_index fields[] = {
        {.key = VG_LIT_INIT("city"), .kind = VG_INDEX_KEYWORD},
        {.key = VG_LIT_INIT("\"a b\".n"),
         .kind = VG_INDEX_INTEGER,
         .params = VG_LIT_INIT("{\"type\":\"integer\",\"range\":false}")},
    };
    static const uint64_t points[] = {3, 0};

    t->op.kind = VG_OP_DESCRIBE;
    t->op.out.info = (vg_collection_info){
        .spec = {.vectors = vectors, .vector_count = 2, .indexes = {fields, 2}},
        .index_points = points};
#define NAMED                                                                                 \
    "{\"result\":{\"status\":\"green\",\"optimizer_status\":\"ok\","                          \
    "\"indexed_vectors_count\":0,\"points_count\":0,\"segments_count\":0,"                    \
    "\"config\":{\"params\":{\"vectors\":{\"a\":{\"size\":4,\"distance\":\"Dot\","            \
    "\"datatype\":\"float32\"},\"\":{\"size\":2,\"distance\":\"Cosine\",\"on_disk\":false}}," \
    "\"shard_number\":1,\"replication_factor\":1,\"write_consistency_factor\":1,"             \
    "\"on_disk_payload\":true}," DEFAULTS ",\"payload_schema\":{"                             \
    "\"city\":{\"data_type\":\"keyword\",\"points\":"
    written_check(
        t, "GET", "/collections/c",
        NAMED "3},\"\\\"a b\\\".n\":{\"data_type\":\"integer\",\"params\":{\"type\":\"integer\","
              "\"range\":false},\"points\":0}}}" END);
    t->op.out.info.index_points = NULL;
    t->op.out.info.spec.indexes.count = 1;
    written_check(t, "GET", "/collections/c", NAMED "0}}}" END);
}

/* Its words are the catalog's: a backend may not keep them all. */
static void a_description_tells_of_vectors_what_clients_know(void **state)
{
    struct written *t = *state;
    static const vg_vector_params vectors[] = {
        {.name = VG_LIT_INIT("a"),
         .size = 4,
         .distance = VG_DOT,
         .on_disk = -1,
         .quantization_config = VG_LIT_INIT(VG_BFLOAT16_CONFIG)},
        {.name = VG_LIT_INIT("b"),
         .size = 2,
         .distance = VG_DOT,
         .on_disk = -1,
         .quantization_config = VG_LIT_INIT("{\"binary\":{}}")},
        {.name = VG_LIT_INIT("s"), .kind = VG_SPARSE, .distance = VG_DOT, .names_no_idf = true},
        {.name = VG_LIT_INIT("t"), .kind = VG_SPARSE, .distance = VG_DOT},
    };
    static const vg_vector_params stored[] = {{.name = VG_LIT_INIT("s"), .kind = VG_SPARSE}};
    static const vg_collection collection = {.spec = {.vectors = vectors, .vector_count = 4}};

    t->op.kind = VG_OP_DESCRIBE;
    t->op.collection = &collection;
    t->op.out.info.spec = (vg_collection_spec){.vectors = stored, .vector_count = 1};
    written_check(t, "GET", "/collections/c",
                  "{\"result\":{\"status\":\"green\",\"optimizer_status\":\"ok\","
                  "\"indexed_vectors_count\":0,\"points_count\":0,\"segments_count\":0,"
                  "\"config\":{\"params\":{\"vectors\":{\"a\":{\"size\":4,\"distance\":\"Dot\","
                  "\"quantization_config\":null},\"b\":{\"size\":2,\"distance\":\"Dot\","
                  "\"quantization_config\":{\"binary\":{}}}},"
                  "\"shard_number\":1,\"replication_factor\":1,\"write_consistency_factor\":1,"
                  "\"on_disk_payload\":true,\"sparse_vectors\":{\"s\":{\"modifier\":\"none\"},"
                  "\"t\":{}}}," DEFAULTS ",\"payload_schema\":{}}" END);
}

static void a_description_of_no_vectors_has_an_empty_map(void **state)
{
    struct written *t = *state;

    t->op.kind = VG_OP_DESCRIBE;
    written_check(t, "GET", "/collections/c",
                  "{\"result\":{\"status\":\"green\",\"optimizer_status\":\"ok\","
                  "\"indexed_vectors_count\":0,\"points_count\":0,\"segments_count\":0,"
                  "\"config\":{\"params\":{\"vectors\":{},"
                  "\"shard_number\":1,\"replication_factor\":1,\"write_consistency_factor\":1,"
                  "\"on_disk_payload\":true}," DEFAULTS ",\"payload_schema\":{}}" END);
}

static void a_backend_that_speaks_qdrant_is_handed_through(void **state)
{
    struct written *t = *state;

    t->op.kind = VG_OP_DESCRIBE;
    t->op.out.info.color = VG_RED;
    t->op.out.info.trouble = VG_LIT("disk");
    t->op.out.info.config = VG_LIT("{\"params\":{}}");
    t->op.out.info.payload_schema = VG_LIT("{\"a\":{\"data_type\":\"keyword\",\"points\":1}}");
    written_check(t, "GET", "/collections/c",
                  "{\"result\":{\"status\":\"red\",\"optimizer_status\":{\"error\":\"disk\"},"
                  "\"indexed_vectors_count\":0,\"points_count\":0,\"segments_count\":0,"
                  "\"config\":{\"params\":{}},"
                  "\"payload_schema\":{\"a\":{\"data_type\":\"keyword\",\"points\":1}}}" END);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WRITTEN(collections_come_and_go),
        WRITTEN(changes_of_collections_and_aliases_are_done),
        WRITTEN(a_missing_collection_does_not_exist_without_fail),
        WRITTEN(a_description_has_every_default),
        WRITTEN(a_description_gives_back_what_was_set),
        WRITTEN(a_description_has_vectors_by_name_and_fields),
        WRITTEN(a_description_tells_of_vectors_what_clients_know),
        WRITTEN(a_description_of_no_vectors_has_an_empty_map),
        WRITTEN(a_backend_that_speaks_qdrant_is_handed_through),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
