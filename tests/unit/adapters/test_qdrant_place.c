/* Which of Qdrant's collections a new one is: its own name, a derived one, or a shared object. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "vecgate/vector_backend.h"

#include "base/physical_name.h"

extern const vg_adapter vg_qdrant;

enum { BY_FILTER, BY_COLLECTION };

static const vg_tenant sole = {.name = VG_LIT_INIT("default"), .is_sole = true};
static const vg_tenant acme = {.name = VG_LIT_INIT("acme")};
static const vg_tenant other = {.name = VG_LIT_INIT("other")};
static const vg_vector_params four = {.size = 4, .distance = VG_COSINE, .on_disk = -1};
static const vg_collection_spec plain = {.vectors = &four, .vector_count = 1};

static vg_arena *arena;

static int make_arena(void **state)
{
    (void)state;
    arena = vg_arena_new(1 << 20);
    return arena == NULL;
}

static int free_arena(void **state)
{
    (void)state;
    vg_arena_free(arena);
    return 0;
}

static vg_placement place(int isolation, const vg_tenant *who, const char *name,
                          const vg_collection_spec *spec)
{
    char *conf = calloc(1, vg_qdrant.conf_size);
    const vg_backend self = {.adapter = &vg_qdrant, .conf = conf};
    const vg_option *o = vg_qdrant.options;
    vg_placement placement;
    vg_status status = {0};

    while (!vg_slice_is_str(VG_LIT("isolation"), o->name))
        o++;
    *(int *)(void *)(conf + o->at) = isolation;
    assert_true(vg_qdrant.place(&self, who, vg_slice_str(name), spec, arena, &placement, &status));
    free(conf);
    return placement;
}

static void expect_name(vg_placement got, const char *name)
{
    assert_true(vg_slice_is_str(got.physical, name));
    assert_true(got.raw_ids);
}

static void the_only_tenant_has_qdrants_own_names(void **state)
{
    (void)state;
    expect_name(place(BY_FILTER, &sole, "Words/ä", &plain), "Words/ä");
    expect_name(place(BY_COLLECTION, &sole, "words", &plain), "words");
}

static void but_none_that_are_the_gateways(void **state)
{
    (void)state;
    expect_name(place(BY_FILTER, &sole, "vg~shared.1", &plain), "vg~own.default.vg~7eshared~2e1");
    expect_name(place(BY_COLLECTION, &sole, "vg~own.a.b", &plain),
                "vg~own.default.vg~7eown~2ea~2eb");
}

static void each_has_one_of_its_own(void **state)
{
    char name[256] = {0};
    vg_placement got;

    (void)state;
    expect_name(place(BY_COLLECTION, &acme, "Words", &plain), "vg~own.acme.~57ords");
    memset(name, 'X', 255);
    got = place(BY_COLLECTION, &acme, name, &plain);
    assert_in_range(got.physical.len, 1, 200);
    assert_true(got.raw_ids);
}

static vg_slice shared(const vg_tenant *who, const char *name, const vg_collection_spec *spec)
{
    vg_placement got = place(BY_FILTER, who, name, spec);

    assert_true(vg_physical_is_shared(got.physical));
    assert_false(got.raw_ids);
    return got.physical;
}

/* One row a spec; those of one group share, those of different groups do not. */
static void what_is_alike_is_shared_and_nothing_else(void **state)
{
    static const vg_vector_params euclid = {.size = 4, .distance = VG_EUCLID, .on_disk = -1};
    static const vg_vector_params five = {.size = 5, .distance = VG_COSINE, .on_disk = -1};
    static const vg_vector_params multi = {
        .size = 4, .distance = VG_COSINE, .on_disk = -1, .kind = VG_MULTI};
    static const vg_vector_params named = {
        .name = VG_LIT_INIT("a"), .size = 4, .distance = VG_COSINE, .on_disk = -1};
    static const vg_vector_params tuned = {
        .size = 4, .distance = VG_COSINE, .on_disk = -1, .hnsw_config = VG_LIT_INIT("{\"m\":8}")};
    static const vg_vector_params small = {.size = 4,
                                           .distance = VG_COSINE,
                                           .on_disk = -1,
                                           .quantization_config = VG_LIT_INIT("{\"binary\":{}}")};
    static const vg_vector_params half = {
        .size = 4, .distance = VG_COSINE, .on_disk = -1, .datatype = VG_LIT_INIT("float16")};
    static const vg_vector_params disk = {.size = 4, .distance = VG_COSINE, .on_disk = 1};
    static const vg_vector_params pair[] = {
        {.name = VG_LIT_INIT("a"), .size = 4, .distance = VG_COSINE, .on_disk = -1},
        {.name = VG_LIT_INIT("s"), .kind = VG_SPARSE, .distance = VG_DOT, .on_disk = -1}};
    static const vg_vector_params turned[] = {
        {.name = VG_LIT_INIT("s"), .kind = VG_SPARSE, .distance = VG_DOT, .on_disk = -1},
        {.name = VG_LIT_INIT("a"), .size = 4, .distance = VG_COSINE, .on_disk = -1}};
    static const vg_index index = {.key = VG_LIT_INIT("g"), .kind = VG_INDEX_KEYWORD};
    static const struct {
        int group;
        vg_collection_spec spec;
    } rows[] = {
        {0, {.vectors = &four, .vector_count = 1}},
        {0, {.vectors = &four, .vector_count = 1, .indexes = {&index, 1}}},
        {0,
         {.vectors = &four,
          .vector_count = 1,
          .settings = VG_LIT_INIT("{\"metadata\":{\"by\":\"me\"},\"hnsw_config\":null}")}},
        {1, {.vectors = &euclid, .vector_count = 1}},
        {2, {.vectors = &five, .vector_count = 1}},
        {3, {.vectors = &multi, .vector_count = 1}},
        {4, {.vectors = &named, .vector_count = 1}},
        {5, {.vectors = &tuned, .vector_count = 1}},
        {6, {.vectors = &small, .vector_count = 1}},
        {7, {.vectors = &half, .vector_count = 1}},
        {8, {.vectors = &disk, .vector_count = 1}},
        {9, {.vectors = pair, .vector_count = 2}},
        {9, {.vectors = turned, .vector_count = 2}},
        {10, {.vector_count = 0}},
        {11,
         {.vectors = &four,
          .vector_count = 1,
          .settings = VG_LIT_INIT("{\"on_disk_payload\":true}")}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (size_t j = 0; j < sizeof rows / sizeof rows[0]; j++)
            assert_int_equal(
                vg_slice_is(shared(&acme, "a", &rows[i].spec), shared(&other, "b", &rows[j].spec)),
                rows[i].group == rows[j].group);
}

static void what_is_counted_over_an_object_is_counted_over_one_collection(void **state)
{
    static const vg_vector_params idf = {.name = VG_LIT_INIT("s"),
                                         .kind = VG_SPARSE,
                                         .distance = VG_DOT,
                                         .on_disk = -1,
                                         .has_idf = true};
    const vg_collection_spec specs[] = {
        {.vectors = &idf, .vector_count = 1},
        {.vectors = &four,
         .vector_count = 1,
         .settings = VG_LIT("{\"strict_mode_config\":{\"enabled\":true}}")}};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        vg_slice it = shared(&acme, "a", &specs[i]);

        assert_true(vg_slice_is(it, shared(&acme, "a", &specs[i])));
        assert_false(vg_slice_is(it, shared(&acme, "b", &specs[i])));
        assert_false(vg_slice_is(it, shared(&other, "a", &specs[i])));
    }
}

static void without_memory_there_is_no_place(void **state)
{
    char *conf = calloc(1, vg_qdrant.conf_size);
    const vg_backend self = {.adapter = &vg_qdrant, .conf = conf};
    vg_arena *little = vg_arena_new(1);
    vg_placement placement;
    vg_status status = {0};

    (void)state;
    assert_false(vg_qdrant.place(&self, &acme, VG_LIT("a"), &plain, little, &placement, &status));
    assert_int_equal(status.code, VG_TOO_LARGE);
    vg_arena_free(little);
    free(conf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_only_tenant_has_qdrants_own_names),
        cmocka_unit_test(but_none_that_are_the_gateways),
        cmocka_unit_test(each_has_one_of_its_own),
        cmocka_unit_test(what_is_alike_is_shared_and_nothing_else),
        cmocka_unit_test(what_is_counted_over_an_object_is_counted_over_one_collection),
        cmocka_unit_test(without_memory_there_is_no_place),
    };

    return cmocka_run_group_tests(tests, make_arena, free_arena);
}
