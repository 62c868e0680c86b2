/* What a row's spec holds, there and back, and what is no spec. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/spec.h"
#include "catalog/catalog.h"

enum { BYTES = 1 << 20 };

static bool is_same_text(vg_slice a, vg_slice b)
{
    return vg_slice_is(a, b);
}

static void assert_same_indexes(const vg_indexes *again, const vg_indexes *indexes)
{
    assert_int_equal(again->count, indexes->count);
    for (uint32_t i = 0; i < indexes->count; i++) {
        const vg_index *a = &again->at[i], *b = &indexes->at[i];

        assert_true(is_same_text(a->key, b->key));
        assert_true(is_same_text(a->params, b->params));
        assert_int_equal(a->kind, b->kind);
        assert_int_equal(a->no_lookup, b->no_lookup);
        assert_int_equal(a->no_range, b->no_range);
        assert_int_equal(a->text.tokenizer, b->text.tokenizer);
        assert_int_equal(a->text.min_token_len, b->text.min_token_len);
        assert_int_equal(a->text.max_token_len, b->text.max_token_len);
        assert_int_equal(a->text.keeps_case, b->text.keeps_case);
        assert_int_equal(a->text.has_phrases, b->text.has_phrases);
    }
}

static void assert_there_and_back(const vg_collection_spec *spec)
{
    vg_arena *arena = vg_arena_new(BYTES);
    vg_status status = {0};
    vg_collection_spec again;

    assert_true(vg_spec_read(arena, vg_spec_write(arena, spec), &again, &status));
    assert_int_equal(again.vector_count, spec->vector_count);
    assert_true(is_same_text(again.settings, spec->settings));
    for (uint32_t i = 0; i < spec->vector_count; i++) {
        const vg_vector_params *a = &again.vectors[i], *b = &spec->vectors[i];

        assert_true(is_same_text(a->name, b->name));
        assert_true(is_same_text(a->hnsw_config, b->hnsw_config));
        assert_int_equal(a->size, b->size);
        assert_int_equal(a->distance, b->distance);
        assert_true(is_same_text(a->datatype, b->datatype));
        assert_int_equal(a->on_disk, b->on_disk);
        assert_int_equal(a->kind, b->kind);
        assert_int_equal(a->has_idf, b->has_idf);
        assert_int_equal(a->names_no_idf, b->names_no_idf);
        assert_true(is_same_text(a->sparse_index, b->sparse_index));
        assert_true(is_same_text(a->quantization_config, b->quantization_config));
    }
    assert_same_indexes(&again.indexes, &spec->indexes);
    vg_arena_free(arena);
}

static void a_spec_comes_back_as_it_was(void **state)
{
    const vg_vector_params vectors[] = {
        {.size = 1, .distance = VG_COSINE, .on_disk = -1},
        {.name = VG_LIT_INIT("sparse"),
         .kind = VG_SPARSE,
         .distance = VG_DOT,
         .has_idf = true,
         .sparse_index = VG_LIT_INIT("{\"on_disk\":true}"),
         .on_disk = -1},
        {.size = 65536,
         .kind = VG_MULTI,
         .distance = VG_MANHATTAN,
         .quantization_config = VG_LIT_INIT("{\"binary\":{}}"),
         .on_disk = 0},
        {.name = VG_LIT_INIT("plain"),
         .kind = VG_SPARSE,
         .distance = VG_DOT,
         .names_no_idf = true,
         .on_disk = -1},
        {.name = VG_LIT_INIT("im\"age\n"),
         .size = 3,
         .distance = VG_EUCLID,
         .hnsw_config = VG_LIT_INIT("{\"m\": 16,\n\"ef_construct\": 1e2}"),
         .datatype = VG_LIT_INIT("float32"),
         .on_disk = 1},
    };

    (void)state;
    assert_there_and_back(&(vg_collection_spec){.vectors = vectors, .vector_count = 1});
    assert_there_and_back(&(vg_collection_spec){
        .vectors = vectors,
        .vector_count = 5,
        .settings = VG_LIT_INIT("{\"metadata\": {\"\\u00e9\": [1, \"x\"]}}")});
    assert_there_and_back(&(vg_collection_spec){.vectors = vectors});
}

static void declared_fields_come_back_with_all_their_options(void **state)
{
    const vg_index all[] = {
        {.key = VG_LIT_INIT("a.b[].\"c\""), .kind = VG_INDEX_KEYWORD},
        {.key = VG_LIT_INIT("n"), .kind = VG_INDEX_INTEGER, .no_lookup = true},
        {.key = VG_LIT_INIT("m"),
         .kind = VG_INDEX_INTEGER,
         .no_range = true,
         .params = VG_LIT_INIT("{\"type\": \"integer\"}")},
        {.key = VG_LIT_INIT("t"), .kind = VG_INDEX_TEXT},
        {.key = VG_LIT_INIT("u"),
         .kind = VG_INDEX_TEXT,
         .text = {.tokenizer = VG_TOKENIZER_MULTILINGUAL,
                  .min_token_len = 1,
                  .max_token_len = UINT32_MAX,
                  .keeps_case = true,
                  .has_phrases = true}},
        {.key = VG_LIT_INIT("g"), .kind = VG_INDEX_GEO},
        {.key = VG_LIT_INIT("d"), .kind = VG_INDEX_DATETIME},
        {.key = VG_LIT_INIT("x"), .kind = VG_INDEX_UUID},
    };

    (void)state;
    assert_there_and_back(
        &(vg_collection_spec){.indexes = {all, sizeof all / sizeof all[0]},
                              .settings = VG_LIT_INIT("{\"on_disk_payload\":true}")});
}

/* As the first version wrote it. */
static void a_row_without_fields_reads_as_ever(void **state)
{
    vg_arena *arena = vg_arena_new(BYTES);
    vg_collection_spec spec;

    (void)state;
    assert_true(vg_spec_read(arena,
                             VG_LIT("{\"vectors\":[{\"name\":\"\",\"size\":4,\"distance\":\"Dot\","
                                    "\"hnsw_config\":{},\"on_disk\":true}],\"settings\":{}}"),
                             &spec, NULL));
    assert_int_equal(spec.vectors[0].size, 4);
    assert_int_equal(spec.vectors[0].on_disk, 1);
    assert_int_equal(spec.vectors[0].datatype.len, 0);
    assert_int_equal(spec.indexes.count, 0);
    vg_arena_free(arena);
}

static const struct damage {
    const char *says;
    const char *json;
} damaged[] = {
    {"with and without idf",
     "{\"vectors\":[{\"name\":\"s\",\"kind\":\"sparse\",\"size\":0,\"distance\":\"Dot\","
     "\"idf\":true,\"names_no_idf\":true}]}"},
    {"nothing", ""},
    {"no JSON", "{\"vectors\":["},
    {"cut in the middle of a letter", "{\"vectors\":[],\"settings\":{\"\xc3"},
    {"another kind of document", "[]"},
    {"no vectors", "{}"},
    {"vectors that are numbers", "{\"vectors\":[1,2]}"},
    {"a vector that is a text", "{\"vectors\":[\"x\"]}"},
    {"vectors that are an object", "{\"vectors\":{}}"},
    {"no size", "{\"vectors\":[{\"name\":\"\",\"distance\":\"Dot\"}]}"},
    {"no name", "{\"vectors\":[{\"size\":4,\"distance\":\"Dot\"}]}"},
    {"no distance", "{\"vectors\":[{\"name\":\"\",\"size\":4}]}"},
    {"no dimensions", "{\"vectors\":[{\"name\":\"\",\"size\":0,\"distance\":\"Dot\"}]}"},
    {"too many dimensions", "{\"vectors\":[{\"name\":\"\",\"size\":65537,\"distance\":\"Dot\"}]}"},
    {"part of a dimension", "{\"vectors\":[{\"name\":\"\",\"size\":4.5,\"distance\":\"Dot\"}]}"},
    {"an unknown distance", "{\"vectors\":[{\"name\":\"\",\"size\":4,\"distance\":\"dot\"}]}"},
    {"hnsw_config that is a list",
     "{\"vectors\":[{\"name\":\"\",\"size\":4,\"distance\":\"Dot\",\"hnsw_config\":[]}]}"},
    {"on_disk that is a text",
     "{\"vectors\":[{\"name\":\"\",\"size\":4,\"distance\":\"Dot\",\"on_disk\":\"yes\"}]}"},
    {"settings that are a number", "{\"vectors\":[],\"settings\":1}"},
    {"a datatype that is a number",
     "{\"vectors\":[{\"name\":\"\",\"size\":4,\"distance\":\"Dot\",\"datatype\":32}]}"},
    {"fields that are an object", "{\"vectors\":[],\"indexes\":{}}"},
    {"a field that is a text", "{\"vectors\":[],\"indexes\":[\"x\"]}"},
    {"a field without a key", "{\"vectors\":[],\"indexes\":[{\"kind\":\"bool\"}]}"},
    {"a field with an empty key",
     "{\"vectors\":[],\"indexes\":[{\"key\":\"\",\"kind\":\"bool\"}]}"},
    {"a field without a kind", "{\"vectors\":[],\"indexes\":[{\"key\":\"k\"}]}"},
    {"a field of an unknown kind",
     "{\"vectors\":[],\"indexes\":[{\"key\":\"k\",\"kind\":\"none\"}]}"},
    {"a field whose flag is a number",
     "{\"vectors\":[],\"indexes\":[{\"key\":\"k\",\"kind\":\"integer\",\"no_range\":1}]}"},
    {"a field whose params are a list",
     "{\"vectors\":[],\"indexes\":[{\"key\":\"k\",\"kind\":\"bool\",\"params\":[]}]}"},
    {"a text field without a tokenizer",
     "{\"vectors\":[],\"indexes\":[{\"key\":\"k\",\"kind\":\"text\"}]}"},
    {"a text field with an unknown tokenizer",
     "{\"vectors\":[],\"indexes\":[{\"key\":\"k\",\"kind\":\"text\",\"tokenizer\":\"x\"}]}"},
    {"a text field with a length below nothing",
     "{\"vectors\":[],\"indexes\":[{\"key\":\"k\",\"kind\":\"text\",\"tokenizer\":\"word\","
     "\"min_token_len\":-1}]}"},
};

static void a_damaged_row_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof damaged / sizeof damaged[0]; i++) {
        vg_arena *arena = vg_arena_new(BYTES);
        vg_status status = {0};
        vg_collection_spec spec;

        if (vg_spec_read(arena, vg_slice_str(damaged[i].json), &spec, &status))
            fail_msg("taken: %s", damaged[i].says);
        assert_int_equal(status.code, VG_INTERNAL);
        assert_true(vg_slice_is_str(status.where, "catalog"));
        vg_arena_free(arena);
    }
    assert_int_equal(vg_arena_total_bytes(), 0);
}

static void what_is_read_needs_its_text_no_more(void **state)
{
    char text[] =
        "{\"vectors\":[{\"name\":\"v\",\"size\":4,\"distance\":\"Dot\"}],\"settings\":{}}";
    vg_arena *arena = vg_arena_new(BYTES);
    vg_collection_spec spec;

    (void)state;
    assert_true(vg_spec_read(arena, vg_slice_of(text, strlen(text)), &spec, NULL));
    memset(text, '!', sizeof text);
    assert_true(vg_slice_is_str(spec.vectors[0].name, "v"));
    assert_true(vg_slice_is_str(spec.settings, "{}"));
    vg_arena_free(arena);
}

static void without_memory_it_is_not_called_damaged(void **state)
{
    const vg_slice json = VG_LIT("{\"vectors\":[{\"name\":\"\",\"size\":4,\"distance\":\"Dot\"}]}");

    (void)state;
    for (size_t bytes = 0; bytes < 512; bytes += 16) {
        vg_arena *arena = vg_arena_new(bytes);
        vg_status status = {0};
        vg_collection_spec spec;

        if (!vg_spec_read(arena, json, &spec, &status))
            assert_int_equal(status.code, VG_OVERLOADED);
        vg_arena_free(arena);
    }
}

/* ---- names ---- */

static void repeat(char *to, const char *what, size_t times)
{
    size_t len = strlen(what);

    for (size_t i = 0; i < times; i++)
        memcpy(to + i * len, what, len);
}

static vg_code check(const char *name, size_t len)
{
    vg_arena *arena = vg_arena_new(BYTES);
    vg_status status = {0};
    bool good = vg_collection_name_check(arena, vg_slice_of(name, len), &status);
    vg_code code = status.code;

    assert_int_equal(good, code == VG_OK);
    if (!good)
        assert_true(vg_slice_is_str(status.where, "name") && status.what.len > 0);
    vg_arena_free(arena);
    return code;
}

static void names_are_held_to_qdrants_rules(void **state)
{
    static const char bad[] = "<>:\"/\\|?*\x1f";
    char text[2048];

    (void)state;
    assert_int_equal(check("a", 1), VG_OK);
    assert_int_equal(check("W\xc3\xb6rter 2024.v1-x_y", 18), VG_OK);
    assert_int_equal(check("", 0), VG_RANGE_PATH);
    assert_int_equal(check(".", 1), VG_RANGE_PATH);
    assert_int_equal(check("..", 2), VG_RANGE_PATH);
    assert_int_equal(check("...", 3), VG_OK);
    assert_int_equal(check("a\0b", 3), VG_RANGE_PATH);
    for (size_t i = 0; i < sizeof bad - 1; i++) {
        char name[] = {'a', bad[i], '\0'};

        assert_int_equal(check(name, 2), VG_RANGE_PATH);
    }
    repeat(text, "\xf0\x9f\x98\x80", 255); /* four bytes each */
    assert_int_equal(check(text, 4 * 255), VG_OK);
    repeat(text, "x", 256);
    assert_int_equal(check(text, 256), VG_RANGE_PATH);
    memset(text, 0x80, sizeof text); /* no characters at all, and many bytes */
    assert_int_equal(check(text, sizeof text), VG_RANGE_PATH);
}

static void what_another_made_may_have_a_name_that_we_refuse(void **state)
{
    (void)state;
    assert_true(vg_collection_name_can_be(VG_LIT("a:b*")));
    assert_false(vg_collection_name_can_be(VG_LIT("a/b")));
    assert_false(vg_collection_name_can_be(VG_LIT("..")));
    assert_false(vg_collection_name_can_be(VG_LIT("")));
    assert_false(vg_collection_name_can_be(vg_slice_of("a\0", 2)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_spec_comes_back_as_it_was),
        cmocka_unit_test(declared_fields_come_back_with_all_their_options),
        cmocka_unit_test(a_row_without_fields_reads_as_ever),
        cmocka_unit_test(a_damaged_row_is_told),
        cmocka_unit_test(what_is_read_needs_its_text_no_more),
        cmocka_unit_test(without_memory_it_is_not_called_damaged),
        cmocka_unit_test(names_are_held_to_qdrants_rules),
        cmocka_unit_test(what_another_made_may_have_a_name_that_we_refuse),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
