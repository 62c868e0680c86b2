/* How the native API tells what was said of a vector's index and its quantization. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "front/native/native.h"

enum { BYTES = 1 << 16 };

/* What a vector says of itself goes before what is said of all. */
static const struct {
    const char *says, *all, *index, *quantization, *told;
} settings[] = {
    {"nothing", "", "", "", ""},
    {"nothing but of others", "{\"wal_config\":{}}", "", "", ""},
    {"its own", "", "{\"full_scan_threshold_kb\":20,\"m\":8}", "{\"binary\":{\"always_ram\":true}}",
     "\"index\":{\"m\":8,\"full_scan_threshold\":20},\"quantization\":{\"type\":\"binary\"}"},
    {"all have it",
     "{\"hnsw_config\":{\"ef_construct\":50,\"on_disk\":true},"
     "\"quantization_config\":{\"scalar\":{\"type\":\"int8\",\"quantile\":0.99,\"always_ram\":null}"
     "}}",
     "", "",
     "\"index\":{\"ef_construct\":50},\"quantization\":{\"type\":\"int8\",\"quantile\":0.99}"},
    {"each its share",
     "{\"hnsw_config\":{\"m\":32,\"ef_construct\":50},\"quantization_config\":{\"binary\":{}}}",
     "{\"m\":0,\"ef_construct\":null}", "{\"bfloat16\":{}}",
     "\"index\":{\"m\":0,\"ef_construct\":50},\"quantization\":{\"type\":\"bfloat16\"}"},
    {"what is so by default, said of all and of itself",
     "{\"hnsw_config\":{\"m\":16,\"ef_construct\":100,\"full_scan_threshold\":10000,\"on_disk\":"
     "false}}",
     "{\"ef_construct\":100}", "", "\"index\":{\"ef_construct\":100}"},
    {"turned off", "{\"quantization_config\":\"Disabled\"}", "{\"on_disk\":true}", "", ""},
    {"a form that only Qdrant has",
     "{\"quantization_config\":{\"scalar\":null,\"product\":{\"compression\":\"x4\"}}}", "", "",
     "\"quantization\":{\"type\":\"product\"}"},
};

static void a_vector_tells_how_it_is_indexed_and_quantized(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        const vg_vector_params vector = {.hnsw_config = vg_slice_str(settings[i].index),
                                         .quantization_config =
                                             vg_slice_str(settings[i].quantization)};
        vg_arena *arena = vg_arena_new(BYTES);
        vg_buf buf;
        vg_json_out json = {.buf = &buf};
        const vg_json *all = vg_native_read_kept(arena, vg_slice_str(settings[i].all));

        vg_buf_init(&buf, 0);
        vg_native_write_settings(&json, arena, all, &vector);
        vg_buf_put_byte(&buf, 0);
        print_message("%s\n", settings[i].says);
        assert_string_equal(buf.at, settings[i].told);
        vg_buf_fini(&buf);
        vg_arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_vector_tells_how_it_is_indexed_and_quantized),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
