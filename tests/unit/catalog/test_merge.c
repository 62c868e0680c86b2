/* A change merged into a collection's settings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "catalog/catalog.h"

enum { BYTES = 1 << 20 };

static const vg_vector_params vectors[] = {
    {.size = 4, .distance = VG_DOT, .on_disk = -1},
    {.name = VG_LIT_INIT("v"),
     .size = 3,
     .distance = VG_COSINE,
     .hnsw_config = VG_LIT_INIT("{\"m\":8,\"ef_construct\":50}"),
     .on_disk = 0},
};

static vg_collection_spec spec_with(const char *settings)
{
    return (vg_collection_spec){
        .vectors = vectors, .vector_count = 2, .settings = vg_slice_str(settings)};
}

/* ---- settings ---- */

static const struct row {
    const char *says;
    const char *old;
    const char *patch;
    const char *now;
} rows[] = {
    {"nothing changes nothing", "{\"a\":1}", "{}", "{\"a\":1}"},
    {"null changes nothing", "{\"a\":1}", "{\"settings\":null,\"vectors\":null}", "{\"a\":1}"},
    {"a setting is replaced in its place", "{\"a\":1,\"b\":2}", "{\"settings\":{\"a\":3}}",
     "{\"a\":3,\"b\":2}"},
    {"a new one comes behind", "{\"b\":2}", "{\"settings\":{\"a\":3,\"c\":\"x\"}}",
     "{\"b\":2,\"a\":3,\"c\":\"x\"}"},
    {"null leaves it alone", "{\"a\":1}", "{\"settings\":{\"a\":null,\"b\":null}}", "{\"a\":1}"},
    {"there were none", "", "{\"settings\":{\"a\":1}}", "{\"a\":1}"},
    {"fields of a setting are merged", "{\"hnsw_config\":{\"m\":16,\"on_disk\":true}}",
     "{\"settings\":{\"hnsw_config\":{\"ef_construct\":64,\"m\":null,\"on_disk\":false}}}",
     "{\"hnsw_config\":{\"m\":16,\"on_disk\":false,\"ef_construct\":64}}"},
    {"the fields of a field are not", "{\"metadata\":{\"a\":{\"b\":1}}}",
     "{\"settings\":{\"metadata\":{\"a\":{\"c\":2}}}}", "{\"metadata\":{\"a\":{\"c\":2}}}"},
    {"nulls in a new setting are left out", "{}", "{\"settings\":{\"h\":{\"m\":1,\"x\":null}}}",
     "{\"h\":{\"m\":1}}"},
    {"an object replaces what was none", "{\"h\":7}", "{\"settings\":{\"h\":{\"m\":1}}}",
     "{\"h\":{\"m\":1}}"},
    {"and the other way round", "{\"h\":{\"m\":1}}", "{\"settings\":{\"h\":7}}", "{\"h\":7}"},
    {"one form of quantization replaces another",
     "{\"quantization_config\":{\"scalar\":{\"type\":\"int8\"}}}",
     "{\"settings\":{\"quantization_config\":{\"binary\":{}}}}",
     "{\"quantization_config\":{\"binary\":{}}}"},
    {"the last of a repeated name counts", "{\"a\":1}",
     "{\"settings\":{\"a\":2,\"a\":3,\"b\":1,\"b\":2}}", "{\"a\":3,\"b\":2}"},
};

static void settings_are_merged_field_by_field(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        vg_arena *arena = vg_arena_new(BYTES);
        vg_collection_spec old = spec_with(rows[i].old), now;
        vg_status status = {0};

        if (!vg_spec_merge(arena, &old, vg_slice_str(rows[i].patch), &now, &status) ||
            !vg_slice_is_str(now.settings, rows[i].now))
            fail_msg("%s: " VG_FMT " " VG_FMT, rows[i].says, VG_ARG(now.settings),
                     VG_ARG(status.what));
        vg_arena_free(arena);
    }
    assert_int_equal(vg_arena_total_bytes(), 0);
}

/* ---- vectors ---- */

static void a_vector_is_changed_by_its_name(void **state)
{
    vg_arena *arena = vg_arena_new(BYTES);
    vg_collection_spec old = spec_with("{\"a\":1}"), now;
    vg_status status = {0};

    (void)state;
    assert_true(vg_spec_merge(arena, &old,
                              VG_LIT("{\"vectors\":{\"v\":{\"hnsw_config\":{\"m\":9,\"ef_"
                                     "construct\":null},\"on_disk\":true},"
                                     "\"\":{\"on_disk\":false,\"hnsw_config\":null}}}"),
                              &now, &status));
    assert_true(vg_slice_is_str(now.settings, "{\"a\":1}"));
    assert_true(vg_slice_is_str(now.vectors[1].hnsw_config, "{\"m\":9,\"ef_construct\":50}"));
    assert_int_equal(now.vectors[1].on_disk, 1);
    assert_int_equal(now.vectors[1].size, 3);
    assert_int_equal(now.vectors[0].on_disk, 0);
    assert_int_equal(now.vectors[0].hnsw_config.len, 0);
    assert_int_equal(vectors[1].on_disk, 0); /* the old one is as it was */
    vg_arena_free(arena);
}

static const struct wrong {
    const char *says;
    const char *patch;
    vg_code code;
    const char *what;
    const char *where;
} wrongs[] = {
    {"an unknown vector", "{\"vectors\":{\"foo\":{}}}", VG_INVALID,
     "Not existing vector name error: foo", "vectors"},
    {"the unnamed one counts as a name", "{\"vectors\":{\"V\":{}}}", VG_INVALID,
     "Not existing vector name error: V", "vectors"},
    {"a vector that is a list", "{\"vectors\":{\"v\":[{}]}}", VG_INVALID,
     "expected an object, got an array", "vectors.v"},
    {"vectors that are a list", "{\"vectors\":[{}]}", VG_INVALID,
     "expected an object, got an array", "vectors"},
    {"settings that are a text", "{\"settings\":\"x\"}", VG_INVALID,
     "expected an object, got the string \"x\"", "settings"},
    {"on_disk that is a number", "{\"vectors\":{\"v\":{\"on_disk\":1}}}", VG_INVALID,
     "expected true or false, got the number 1", "vectors.v.on_disk"},
    {"hnsw_config that is a number", "{\"vectors\":{\"v\":{\"hnsw_config\":1}}}", VG_INVALID,
     "expected an object, got the number 1", "vectors.v.hnsw_config"},
    {"another size", "{\"vectors\":{\"v\":{\"size\":5}}}", VG_UNSUPPORTED,
     "size of a vector cannot be changed here", "vectors.v.size"},
    {"no object", "[]", VG_INVALID, "a change of a collection is a JSON object", ""},
    {"no JSON", "{", VG_INVALID, "a change of a collection is a JSON object", ""},
};

static void what_does_not_fit_is_told_with_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++) {
        vg_arena *arena = vg_arena_new(BYTES);
        vg_collection_spec old = spec_with(""), now;
        vg_status status = {0};
        bool good = vg_spec_merge(arena, &old, vg_slice_str(wrongs[i].patch), &now, &status);

        if (good || status.code != wrongs[i].code ||
            !vg_slice_is_str(status.what, wrongs[i].what) ||
            !vg_slice_is_str(status.where, wrongs[i].where))
            fail_msg("%s: %d " VG_FMT ": " VG_FMT, wrongs[i].says, status.code,
                     VG_ARG(status.where), VG_ARG(status.what));
        vg_arena_free(arena);
    }
}

static void without_memory_it_says_so(void **state)
{
    vg_collection_spec old = spec_with("{\"a\":1}"), now;

    (void)state;
    for (size_t bytes = 0; bytes < 1024; bytes += 16) {
        vg_arena *arena = vg_arena_new(bytes);
        vg_status status = {0};

        if (!vg_spec_merge(arena, &old, VG_LIT("{\"settings\":{\"b\":2},\"vectors\":{\"v\":{}}}"),
                           &now, &status))
            assert_int_equal(status.code, VG_OVERLOADED);
        vg_arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_are_merged_field_by_field),
        cmocka_unit_test(a_vector_is_changed_by_its_name),
        cmocka_unit_test(what_does_not_fit_is_told_with_its_place),
        cmocka_unit_test(without_memory_it_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
