/* Statements: values get into no text, in the forms that PostgreSQL reads; filters as conditions.
 * What the conditions answer is tests/property's to show. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/vector/pgvector/filter.h"

static vg_arena *arena;
static vg_status status;

static int open_arena(void **state)
{
    (void)state;
    arena = vg_arena_new((size_t)1 << 26);
    status = (vg_status){0};
    return arena ? 0 : -1;
}

static int close_arena(void **state)
{
    (void)state;
    vg_arena_free(arena);
    return 0;
}

static void must_be(vg_pg_param param, uint32_t type, bool is_binary, vg_slice bytes)
{
    assert_int_equal(param.type, type);
    assert_int_equal(param.is_binary, is_binary);
    assert_non_null(param.value.at);
    assert_int_equal(param.value.len, bytes.len);
    assert_memory_equal(param.value.at, bytes.at, bytes.len);
}

/* ---- values ---- */

static void values_have_their_binary_forms(void **state)
{
    const vg_slice texts[] = {VG_LIT("a"), VG_LIT("")};
    const int64_t wholes[] = {-2};

    (void)state;
    must_be(vg_pg_param_of((vg_slice){0}, VG_PG_TEXT), VG_PG_TEXT, false, VG_LIT(""));
    must_be(vg_pg_param_int(arena, -2), VG_PG_INT8, true,
            VG_LIT("\xff\xff\xff\xff\xff\xff\xff\xfe"));
    must_be(vg_pg_param_float(arena, 1.5), VG_PG_FLOAT8, true, VG_LIT("\x3f\xf8\0\0\0\0\0\0"));
    must_be(vg_pg_param_bool(true), VG_PG_BOOL, true, VG_LIT("\1"));
    must_be(vg_pg_param_texts(arena, texts, 2), VG_PG_TEXTS, true,
            VG_LIT("\0\0\0\1\0\0\0\0\0\0\0\x19\0\0\0\2\0\0\0\1\0\0\0\1"
                   "a\0\0\0\0"));
    must_be(vg_pg_param_ints(arena, wholes, 1), VG_PG_INT8S, true,
            VG_LIT("\0\0\0\1\0\0\0\0\0\0\0\x14\0\0\0\1\0\0\0\1\0\0\0\x8"
                   "\xff\xff\xff\xff\xff\xff\xff\xfe"));
    must_be(vg_pg_param_floats(arena, NULL, 0), VG_PG_FLOAT8S, true,
            VG_LIT("\0\0\0\1\0\0\0\0\0\0\2\xbd\0\0\0\0\0\0\0\1"));
}

static const vg_point_id ids[] = {
    {.kind = VG_ID_NUM, .num = 0},
    {.kind = VG_ID_NUM, .num = 0x0102030405060708},
    {.kind = VG_ID_NUM, .num = UINT64_MAX},
    {.kind = VG_ID_UUID, .uuid = {0x55, 0x0e, 0x84, 0, 0xe2, 0x9b, 0x41, 0xd4, 0xa7, 0x16, 0x44}},
    {.kind = VG_ID_TEXT, .text = VG_LIT_INIT("a")},
    {.kind = VG_ID_TEXT, .text = VG_LIT_INIT("ab")},
};
enum { IDS = sizeof ids / sizeof *ids };

static void ids_keep_their_order_and_come_back(void **state)
{
    uint8_t bytes[2][VG_ID_KEY_MAX];
    size_t len[2] = {0, 0};
    vg_point_id back;

    (void)state;
    for (int i = 0; i < IDS; i++) {
        len[i % 2] = vg_pg_write_id(&ids[i], bytes[i % 2]);
        assert_true(vg_pg_read_id(vg_slice_of((char *)bytes[i % 2], len[i % 2]), &back));
        assert_int_equal(vg_point_id_cmp(&back, &ids[i]), 0);
        if (i > 0)
            assert_true(vg_slice_cmp(vg_slice_of((char *)bytes[(i + 1) % 2], len[(i + 1) % 2]),
                                     vg_slice_of((char *)bytes[i % 2], len[i % 2])) < 0);
    }
    must_be(vg_pg_param_id(arena, &ids[1]), VG_PG_BYTEA, true, VG_LIT("\0\1\2\3\4\5\6\7\x8"));
    must_be(vg_pg_param_ids(arena, &ids[4], 2), VG_PG_BYTEAS, true,
            VG_LIT("\0\0\0\1\0\0\0\0\0\0\0\x11\0\0\0\2\0\0\0\1\0\0\0\2\2"
                   "a\0\0\0\3\2"
                   "ab"));
    assert_false(vg_pg_read_id(VG_LIT(""), &back));
    assert_false(vg_pg_read_id(VG_LIT("\xff"), &back));
    assert_false(vg_pg_read_id(VG_LIT("\0\1"), &back));
}

/* ---- statements ---- */

static void places_are_counted(void **state)
{
    vg_pg_sql sql = {.arena = arena};
    vg_pg_statement out = {.comes_again = true};

    (void)state;
    vg_pg_sql_text(&sql, "SELECT ");
    vg_pg_sql_bind_text(&sql, VG_LIT("'; DROP TABLE x --"));
    vg_pg_sql_text(&sql, ",");
    vg_pg_sql_bind_as(&sql, VG_LIT("[1,2]"), "vector");
    vg_pg_sql_text(&sql, " FROM ");
    vg_pg_sql_name(&sql, VG_LIT("a\"b"));
    vg_pg_sql_text(&sql, " LIMIT ");
    vg_pg_sql_u64(&sql, 10);
    assert_true(vg_pg_sql_end(&sql, &out, &status));
    assert_true(vg_slice_is(out.sql, VG_LIT("SELECT $1,$2::vector FROM \"a\"\"b\" LIMIT 10")));
    assert_int_equal(out.param_count, 2);
    assert_true(out.comes_again);
    must_be(out.params[1], 0, false, VG_LIT("[1,2]"));
}

static void more_values_than_the_wire_can_count_are_refused(void **state)
{
    vg_pg_sql sql = {.arena = arena};
    vg_pg_statement out;

    (void)state;
    for (uint32_t i = 0; i < VG_PG_MOST_PARAMS; i++)
        vg_pg_sql_bind_text(&sql, VG_LIT("x"));
    assert_true(vg_pg_sql_end(&sql, &out, &status));
    assert_int_equal(out.param_count, 65535);
    vg_pg_sql_bind_text(&sql, VG_LIT("x"));
    assert_false(vg_pg_sql_end(&sql, &out, &status));
    assert_int_equal(status.code, VG_TOO_LARGE);
}

static void memory_that_is_gone_shows_at_the_end(void **state)
{
    vg_arena *small = vg_arena_new(65536);
    vg_pg_sql sql = {.arena = small};
    vg_pg_statement out;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        vg_pg_sql_bind_int(&sql, i);
        vg_pg_sql_text(&sql, ",");
    }
    assert_false(vg_pg_sql_end(&sql, &out, &status));
    assert_int_equal(status.code, VG_TOO_LARGE);
    vg_arena_free(small);
}

/* ---- filters ---- */

static const vg_vector_params vectors[] = {{.name = VG_LIT_INIT("a\"%p"), .size = 1}};
static const vg_collection_spec spec = {.vectors = vectors, .vector_count = 1};

static vg_pg_statement compile(const vg_condition *condition)
{
    const vg_filter filter = {.must = {condition, 1}};
    vg_pg_sql sql = {.arena = arena};
    vg_pg_statement out = {.comes_again = false};

    vg_pg_sql_bind_int(&sql, 1);
    vg_pg_sql_text(&sql, " AND ");
    assert_true(vg_pg_write_filter(&sql, &filter, &spec, &status));
    assert_true(vg_pg_sql_end(&sql, &out, &status));
    return out;
}

static void no_filter_is_true(void **state)
{
    vg_pg_sql sql = {.arena = arena};
    vg_pg_statement out;

    (void)state;
    assert_true(vg_pg_write_filter(&sql, NULL, &spec, &status));
    assert_true(vg_pg_sql_end(&sql, &out, &status));
    assert_true(vg_slice_is(out.sql, VG_LIT("true")));
}

static void a_condition_goes_on_counting(void **state)
{
    const vg_condition condition = {
        .test = VG_TEST_MATCH_VALUE, .key = VG_LIT("a.b[]"), .as.value = {.text = VG_LIT("x\"y")}};
    vg_pg_statement out = compile(&condition);

    (void)state;
    assert_true(vg_slice_is(out.sql, VG_LIT("$1 AND ((((p.payload@>$2 OR p.payload@>$3))))")));
    must_be(out.params[1], VG_PG_JSONB, false, VG_LIT("{\"a\":{\"b\":[\"x\\\"y\"]}}"));
    must_be(out.params[2], VG_PG_JSONB, false, VG_LIT("{\"a\":{\"b\":[[\"x\\\"y\"]]}}"));
}

static void vectors_are_columns(void **state)
{
    const vg_condition known = {.test = VG_TEST_HAS_VECTOR, .as.text = VG_LIT("a\"%p")};
    const vg_condition unknown = {.test = VG_TEST_HAS_VECTOR, .as.text = VG_LIT("b")};

    (void)state;
    assert_true(
        vg_slice_is(compile(&known).sql, VG_LIT("$1 AND (((p.\"v_a\"\"%p\" IS NOT NULL)))")));
    assert_true(vg_slice_is(compile(&unknown).sql, VG_LIT("$1 AND (((false)))")));
}

/* Of every test a condition whose key and values hold a word that the text must not. */
static void no_value_gets_into_the_text(void **state)
{
    static const vg_match_value evil = {.text = VG_LIT_INIT("evil")};
    static const vg_condition inner = {
        .test = VG_TEST_IS_NULL, .key = VG_LIT_INIT("evil"), .as.is = {.wanted = true}};
    static const vg_filter filter = {.must = {&inner, 1}};
    static const vg_geo points[] = {{0, 0}, {1, 0}, {1, 1}, {0, 0}};
    static const vg_geo_ring ring = {points, 4};

    (void)state;
    for (int test = 0; test < VG_TESTS; test++) {
        vg_condition c = {.test = (vg_test)test, .key = VG_LIT("evil[].\"e'v\\il\"")};
        vg_pg_statement out;

        if (test == VG_TEST_MATCH_VALUE)
            c.as.value = evil;
        else if (test == VG_TEST_MATCH_ANY || test == VG_TEST_MATCH_EXCEPT) {
            c.as.list.at = &evil;
            c.as.list.count = 1;
        } else if (test == VG_TEST_MATCH_TEXT || test == VG_TEST_MATCH_PHRASE)
            c.as.text = evil.text;
        else if (test == VG_TEST_GEO_POLYGON) {
            c.as.polygon.exterior = ring;
            c.as.polygon.interiors = &ring;
            c.as.polygon.count = 1;
        } else if (test == VG_TEST_NESTED_FILTER || test == VG_TEST_NESTED_OBJECT)
            c.as.filter = &filter;
        out = compile(&c);
        if (memmem(out.sql.at, out.sql.len, "evil", 4) || memchr(out.sql.at, '\\', out.sql.len))
            fail_msg("test %d: " VG_FMT, test, VG_ARG(out.sql));
    }
}

static void a_wrong_path_is_told(void **state)
{
    const vg_condition condition = {.test = VG_TEST_MATCH_VALUE, .key = VG_LIT("a[")};
    const vg_filter filter = {.must = {&condition, 1}};
    vg_pg_sql sql = {.arena = arena};

    (void)state;
    assert_false(vg_pg_write_filter(&sql, &filter, &spec, &status));
    assert_int_equal(status.code, VG_INVALID);
    assert_true(vg_slice_is(status.what, VG_LIT("Invalid json path: 'a['")));
}

/* PostgreSQL refuses long expressions; a phrase of beginnings needs one. */
static void a_phrase_that_is_too_long_is_refused(void **state)
{
    enum { BYTES = 12000 };
    static const vg_index index = {.key = VG_LIT_INIT("a"),
                                   .kind = VG_INDEX_TEXT,
                                   .text = {.tokenizer = VG_TOKENIZER_PREFIX, .has_phrases = true}};
    const vg_collection_spec with_index = {.indexes = {&index, 1}};
    char *words = vg_arena_take(arena, BYTES);
    const vg_condition condition = {
        .test = VG_TEST_MATCH_PHRASE, .key = VG_LIT("a"), .as.text = vg_slice_of(words, BYTES)};
    const vg_filter filter = {.must = {&condition, 1}};
    vg_pg_sql sql = {.arena = arena};

    (void)state;
    for (size_t i = 0; i < BYTES; i += 4)
        memcpy(words + i, "abc ", 4);
    assert_false(vg_pg_write_filter(&sql, &filter, &with_index, &status));
    assert_int_equal(status.code, VG_TOO_LARGE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(values_have_their_binary_forms),
        TEST(ids_keep_their_order_and_come_back),
        TEST(places_are_counted),
        TEST(more_values_than_the_wire_can_count_are_refused),
        TEST(memory_that_is_gone_shows_at_the_end),
        TEST(no_filter_is_true),
        TEST(a_condition_goes_on_counting),
        TEST(vectors_are_columns),
        TEST(no_value_gets_into_the_text),
        TEST(a_wrong_path_is_told),
        TEST(a_phrase_that_is_too_long_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
