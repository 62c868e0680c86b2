/* See named.h. */
#include "named.h"

void create_named(bench *b)
{
    const vg_vector_params vectors[] = {
        {.name = VG_LIT("a"), .size = 2, .distance = VG_DOT, .on_disk = -1},
        {.name = VG_LIT("b"), .size = 3, .distance = VG_COSINE, .on_disk = -1},
    };
    const vg_collection_spec spec = {.vectors = vectors, .vector_count = 2};

    assert_int_equal(create_spec(b, "c", &spec), VG_OK);
}

vg_code put_named(bench *b, uint64_t num, const vg_vector *vectors, uint32_t count,
                  const char *payload)
{
    const vg_point point = {.id = number_id(num),
                            .vectors = vectors,
                            .vector_count = count,
                            .payload = vg_slice_str(payload)};

    return upsert_points(b, "c", &point, 1, NULL);
}

void expect_vector(bench *b, uint64_t num, uint32_t place, const float *wanted)
{
    const vg_point_id id = number_id(num);
    const float *got = look_at_vector(b, "c", &id, place);
    size_t size = place == 0 ? 2 : 3;

    assert_true((got != NULL) == (wanted != NULL));
    if (wanted)
        assert_memory_equal(got, wanted, size * sizeof(float));
}

void expect_payload(bench *b, uint64_t num, const char *wanted, uint64_t version)
{
    const vg_point_id id = number_id(num);
    uint64_t got_version = 0;
    vg_slice payload;

    assert_true(look_at_point(b, "c", &id, &payload, &got_version));
    must_be(payload, wanted);
    assert_int_equal(got_version, version);
}

void reopen(bench *b)
{
    bench_close(b);
    bench_open(b);
}
