/* Ids in order, as text and as keys; vectors in both forms; the names of distances. */
#include <stdlib.h>

#include "vecgate/json.h"
#include "vecgate/point.h"

#include "base/buf.h"
#include "tests/unit/base/unit.h"

enum { BYTES = 1 << 20 };

/* In their order. */
static const struct known_id {
    const char *text;
    vg_id_kind kind;
    const char *json;
} in_order[] = {
    {"0", VG_ID_NUM, "0"},
    {"1", VG_ID_NUM, "1"},
    {"255", VG_ID_NUM, "255"},
    {"256", VG_ID_NUM, "256"},
    {"9007199254740993", VG_ID_NUM, "9007199254740993"},
    {"18446744073709551615", VG_ID_NUM, "18446744073709551615"},
    {"00000000-0000-0000-0000-000000000000", VG_ID_UUID,
     "\"00000000-0000-0000-0000-000000000000\""},
    {"550e8400-e29b-41d4-a716-446655440000", VG_ID_UUID,
     "\"550e8400-e29b-41d4-a716-446655440000\""},
    {"ffffffff-ffff-ffff-ffff-ffffffffffff", VG_ID_UUID,
     "\"ffffffff-ffff-ffff-ffff-ffffffffffff\""},
    {"\x01", VG_ID_TEXT, "\"\\u0001\""},
    {"a", VG_ID_TEXT, "\"a\""},
    {"a\"b", VG_ID_TEXT, "\"a\\\"b\""},
    {"aa", VG_ID_TEXT, "\"aa\""},
    {"\xc3\xa9", VG_ID_TEXT, "\"\xc3\xa9\""},
};

static vg_point_id make(const struct known_id *from)
{
    vg_point_id id = {.kind = from->kind, .text = vg_slice_str(from->text)};

    if (from->kind == VG_ID_NUM)
        id = (vg_point_id){.kind = VG_ID_NUM, .num = strtoull(from->text, NULL, 10)};
    if (from->kind == VG_ID_UUID)
        assert_true(vg_point_id_read_uuid(vg_slice_str(from->text), &id));
    return id;
}

static int sign(int n)
{
    return (n > 0) - (n < 0);
}

static int compare_keys(const vg_point_id *a, const vg_point_id *b)
{
    uint8_t x[VG_ID_KEY_MAX], y[VG_ID_KEY_MAX];
    size_t n = vg_point_id_key(a, x), m = vg_point_id_key(b, y);

    return vg_slice_cmp(vg_slice_of((char *)x, n), vg_slice_of((char *)y, m));
}

static void numbers_come_first_then_uuids_then_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(in_order); i++) {
        for (size_t k = 0; k < ROWS(in_order); k++) {
            vg_point_id a = make(&in_order[i]), b = make(&in_order[k]);
            int want = (i > k) - (i < k);

            expect(in_order[i].text, sign(vg_point_id_cmp(&a, &b)) == want);
            expect(in_order[i].text, sign(compare_keys(&a, &b)) == want);
        }
    }
}

static void an_id_is_said_as_it_was_given(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(in_order); i++) {
        vg_arena *arena = vg_arena_new(BYTES);
        vg_point_id id = make(&in_order[i]);
        vg_buf buf;
        vg_json_out out = {.buf = &buf};

        vg_buf_init(&buf, 0);
        vg_point_id_write(&out, &id);
        expect_text("as JSON", vg_buf_bytes(&buf), in_order[i].json);
        expect_text("as text", vg_point_id_text(arena, &id), in_order[i].text);
        vg_buf_fini(&buf);
        vg_arena_free(arena);
    }
}

static void no_id_is_null(void **state)
{
    const vg_point_id none = {0};
    vg_buf buf;
    vg_json_out out = {.buf = &buf};
    uint8_t key[VG_ID_KEY_MAX];

    (void)state;
    vg_buf_init(&buf, 0);
    vg_point_id_write(&out, &none);
    expect_text("as JSON", vg_buf_bytes(&buf), "null");
    assert_int_equal(vg_point_id_key(&none, key), 0);
    vg_buf_fini(&buf);
}

static void a_key_gives_its_id_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(in_order); i++) {
        vg_point_id id = make(&in_order[i]), again;
        uint8_t key[VG_ID_KEY_MAX];
        size_t len = vg_point_id_key(&id, key);

        assert_true(vg_point_id_of_key(key, len, &again));
        assert_int_equal(again.kind, id.kind);
        assert_int_equal(vg_point_id_cmp(&id, &again), 0);
    }
}

static void what_is_no_key_is_refused(void **state)
{
    static const struct {
        const char *says;
        const char *key;
        size_t len;
    } rows[] = {
        {"nothing", "", 0},
        {"no kind", "\0", 1},
        {"an unknown kind", "\x07xxx", 4},
        {"a number cut", "\x01\0\0\0\0\0\0\0", 8},
        {"a number too long", "\x01\0\0\0\0\0\0\0\0\0", 10},
        {"a UUID cut", "\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16},
        {"an empty text", "\x03", 1},
    };
    char longest[VG_ID_KEY_MAX + 1] = {VG_ID_TEXT};
    vg_point_id id;

    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++)
        expect(rows[i].says, !vg_point_id_of_key((const uint8_t *)rows[i].key, rows[i].len, &id));
    assert_true(vg_point_id_of_key((const uint8_t *)longest, VG_ID_KEY_MAX, &id));
    assert_int_equal(id.text.len, VG_ID_TEXT_MAX);
    assert_false(vg_point_id_of_key((const uint8_t *)longest, VG_ID_KEY_MAX + 1, &id));
}

static void only_a_uuid_reads_as_one(void **state)
{
    vg_point_id id = {.kind = VG_ID_NUM, .num = 7};

    (void)state;
    assert_false(vg_point_id_read_uuid(VG_LIT("550e8400"), &id));
    assert_int_equal(id.num, 7);
    assert_true(vg_point_id_read_uuid(VG_LIT("{550E8400-E29B-41D4-A716-446655440000}"), &id));
    assert_int_equal(id.kind, VG_ID_UUID);
    assert_int_equal(id.uuid[0], 0x55);
}

/* ---- vectors ---- */

static vg_vector as_json(vg_arena *arena, const char *text, uint32_t count)
{
    char *padded = vg_arena_take_zero(arena, strlen(text) + VG_JSON_PAD, 1);

    memcpy(padded, text, strlen(text));
    return (vg_vector){
        .form = VG_VECTOR_JSON, .bytes = vg_slice_of(padded, strlen(text)), .count = count};
}

/* At an odd address. */
static vg_vector as_floats(vg_arena *arena, const float *values, uint32_t count)
{
    char *at = (char *)vg_arena_take(arena, count * sizeof *values + 1) + 1;

    memcpy(at, values, count * sizeof *values);
    return (vg_vector){
        .form = VG_VECTOR_F32, .bytes = vg_slice_of(at, count * sizeof *values), .count = count};
}

static void both_forms_give_the_same_floats(void **state)
{
    static const float values[] = {0.1f, -2.0f, 3.5e-9f};
    vg_arena *arena = vg_arena_new(BYTES);
    vg_vector forms[] = {as_json(arena, "[0.1, -2,3.5e-9]", 3), as_floats(arena, values, 3)};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const float *floats = vg_vector_floats(arena, &forms[i], NULL);

        assert_non_null(floats);
        assert_int_equal((uintptr_t)floats % sizeof(float), 0);
        assert_memory_equal(floats, values, sizeof values);
    }
    vg_arena_free(arena);
}

static void a_number_beyond_a_float_is_named(void **state)
{
    vg_arena *arena = vg_arena_new(BYTES);
    vg_vector vector = as_json(arena, "[1, 1e39, 2]", 3);
    vg_status status = {0};

    (void)state;
    assert_null(vg_vector_floats(arena, &vector, &status));
    assert_int_equal(status.code, VG_INVALID);
    expect_text("what", status.what, "number 1 of a vector is beyond what a 32-bit float can hold");
    vg_arena_free(arena);
}

static void without_memory_there_are_no_floats(void **state)
{
    vg_arena *arena = vg_arena_new(256);
    vg_vector vector = {.form = VG_VECTOR_F32, .count = 1000};
    vg_status status = {0};

    (void)state;
    assert_null(vg_vector_floats(arena, &vector, &status));
    assert_int_equal(status.code, VG_TOO_LARGE);
    vg_arena_free(arena);
}

static void json_goes_through_and_floats_are_written_short(void **state)
{
    static const float values[] = {0.1f, -2.0f};
    vg_arena *arena = vg_arena_new(BYTES);
    vg_vector forms[] = {
        as_json(arena, "[0.10,  -2]", 2), as_floats(arena, values, 2), {.form = VG_VECTOR_F32}};
    static const char *const texts[] = {"[0.10,  -2]", "[0.1,-2.0]", "[]"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        vg_buf buf;
        vg_json_out out = {.buf = &buf};

        vg_buf_init(&buf, 0);
        vg_vector_write(&out, &forms[i]);
        expect_text("as JSON", vg_buf_bytes(&buf), texts[i]);
        vg_buf_fini(&buf);
    }
    vg_arena_free(arena);
}

/* ---- distances ---- */

static void a_distance_has_one_name(void **state)
{
    (void)state;
    for (int i = VG_COSINE; i < VG_DISTANCES; i++) {
        vg_slice name = vg_slice_str(vg_distance_name((vg_distance)i));

        assert_true(name.len > 0);
        assert_int_equal(vg_distance_of(name, false), i);
        assert_int_equal(vg_distance_of(name, true), i);
    }
    assert_int_equal(vg_distance_of(VG_LIT("EUCLID"), true), VG_EUCLID);
    assert_int_equal(vg_distance_of(VG_LIT("EUCLID"), false), VG_DISTANCE_NONE);
    assert_int_equal(vg_distance_of(VG_LIT(""), true), VG_DISTANCE_NONE);
    assert_int_equal(vg_distance_of(VG_LIT("Hamming"), true), VG_DISTANCE_NONE);
    assert_string_equal(vg_distance_name((vg_distance)99), "");
}

static void a_threshold_is_strict_in_the_distances_own_direction(void **state)
{
    (void)state;
    assert_true(vg_score_passes(VG_DOT, 1.5f, 1.0f));
    assert_false(vg_score_passes(VG_COSINE, 1.0f, 1.0f));
    assert_true(vg_score_passes(VG_EUCLID, 0.5f, 1.0f));
    assert_false(vg_score_passes(VG_MANHATTAN, 1.0f, 1.0f));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_come_first_then_uuids_then_texts),
        cmocka_unit_test(an_id_is_said_as_it_was_given),
        cmocka_unit_test(no_id_is_null),
        cmocka_unit_test(a_key_gives_its_id_back),
        cmocka_unit_test(what_is_no_key_is_refused),
        cmocka_unit_test(only_a_uuid_reads_as_one),
        cmocka_unit_test(both_forms_give_the_same_floats),
        cmocka_unit_test(a_number_beyond_a_float_is_named),
        cmocka_unit_test(without_memory_there_are_no_floats),
        cmocka_unit_test(json_goes_through_and_floats_are_written_short),
        cmocka_unit_test(a_distance_has_one_name),
        cmocka_unit_test(a_threshold_is_strict_in_the_distances_own_direction),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
