/* Filters that are too large for SQL: a function asks them, and answers what SQL would. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "database.h"
#include "engine/where.h"

enum { BOUND = 8, MANY = 1024, POINTS = 7, DEEP = 30 };

static const vg_vector_params vectors[] = {{.size = 1}, {.name = VG_LIT_INIT("second"), .size = 1}};
static const vg_collection_spec spec = {.vectors = vectors, .vector_count = 2};

/* `whole` is being filled: it decides what ranges mean, and nobody looks into it. */
static const vg_field all_fields[] = {
    {.index = {.key = VG_LIT_INIT("word"), .kind = VG_INDEX_KEYWORD},
     .number = 11,
     .is_ready = true},
    {.index = {.key = VG_LIT_INIT("whole"), .kind = VG_INDEX_INTEGER}, .number = 12},
    {.index = {.key = VG_LIT_INIT("text"), .kind = VG_INDEX_TEXT}, .number = 13},
};
static const vg_fields fields = {all_fields, 3};

static const char *const payloads[POINTS - 1] = {
    "",
    "{\"word\":\"a\",\"whole\":6,\"text\":\"The Quick fox\",\"o\":[{\"k\":1,\"l\":2}]}",
    "{\"word\":[\"b\",\"a\"],\"whole\":7,\"text\":[\"quick\",\"fox\"],\"o\":[{\"k\":1},{\"l\":2}]}",
    "{\"word\":7,\"whole\":[6.5,null],\"text\":\"quick\"}",
    "{\"word\":null,\"whole\":\"7\",\"o\":{\"k\":1,\"l\":2}}",
    "{\"word\":[],\"whole\":8.5,\"n\":{\"x\":true}}",
};

/* {"d":[{"d":[…{"k":7}…]}]} */
static vg_slice deep_payload(database *w)
{
    vg_slice text = VG_LIT("{\"k\":7}");

    for (int i = 0; i < DEEP; i++)
        text = vg_arena_printf(w->arena, "{\"d\":[" VG_FMT "]}", VG_ARG(text));
    return text;
}

static void put_point(database *w, uint64_t i)
{
    struct sqlite3_stmt *stmt =
        vg_sql_use(w->sql, "INSERT INTO points_%llu VALUES(?1,?2,0,?3,?4,?5)", 1);
    const vg_point_id id = {.kind = VG_ID_NUM, .num = i};
    vg_slice text = i < POINTS - 1 ? vg_slice_str(payloads[i]) : deep_payload(w);
    char *padded = vg_arena_take_zero(w->arena, 1, text.len + VG_JSON_PAD);
    uint8_t key[VG_ID_KEY_MAX];

    memcpy(padded, text.at, text.len);
    vg_sql_put_u64(stmt, 1, i);
    vg_sql_put_blob(stmt, 2, vg_slice_of((char *)key, vg_point_id_key(&id, key)));
    vg_sql_put_text(stmt, 3, text);
    for (int v = 0; v < 2; v++) {
        if ((i + 1) >> v & 1)
            vg_sql_put_blob(stmt, 4 + v, VG_LIT("1234"));
        else
            vg_sql_put_null(stmt, 4 + v);
    }
    assert_true(vg_sql_finish(stmt));
    assert_true(vg_field_put(
        w->sql, &all_fields[0], i,
        text.len ? vg_json_read(w->arena, vg_slice_of(padded, text.len), VG_JSON_DEPTH, NULL)
                 : NULL,
        w->arena));
}

static int up(void **state)
{
    database *w = database_new();

    assert_true(vg_sql_run(w->sql, "CREATE TABLE points_1(row INTEGER PRIMARY KEY,id BLOB NOT NULL "
                                   "UNIQUE,version,payload TEXT NOT NULL,vector BLOB,"
                                   "vector_1 BLOB)"));
    assert_true(vg_field_make(w->sql, &all_fields[0]));
    for (uint64_t i = 0; i < POINTS; i++)
        put_point(w, i);
    *state = w;
    return 0;
}

static int down(void **state)
{
    database_free(*state);
    return 0;
}

/* ---- asking ---- */

/* A condition that is true of all: `n` times the same, and its negation. */
static vg_condition padding(database *w, uint32_t n)
{
    vg_condition *many = VG_TAKE_N(w->arena, vg_condition, (size_t)n + 1);
    vg_filter *either = VG_TAKE(w->arena, vg_filter);

    for (uint32_t i = 0; i < n; i++)
        many[i] =
            (vg_condition){VG_TEST_IS_EMPTY, VG_LIT("whole"), .as = {.is = {.wanted = i % 2 != 0}}};
    *either = (vg_filter){.should = {many, n}};
    return (vg_condition){.test = VG_TEST_NESTED_FILTER, .as.filter = either};
}

static vg_filter padded(database *w, const vg_filter *filter, uint32_t n)
{
    vg_condition *must = VG_TAKE_N(w->arena, vg_condition, (size_t)filter->must.count + 1);
    vg_filter large = *filter;

    for (uint32_t i = 0; i < filter->must.count; i++)
        must[i] = filter->must.at[i];
    must[filter->must.count] = padding(w, n);
    large.must = (vg_clause){must, filter->must.count + 1};
    return large;
}

static vg_where where_of(database *w, const vg_filter *filter, int first_place)
{
    const vg_where_over over = {&spec, &fields, first_place};
    vg_where where;

    if (!vg_where_make(w->arena, filter, &over, &where, &w->status))
        fail_msg(VG_FMT, VG_ARG(vg_status_what(&w->status)));
    return where;
}

/* The rows that are found, a digit each. */
static const char *find(database *w, const vg_where *where, vg_slice text)
{
    struct sqlite3_stmt *stmt = vg_sql_prepare(
        w->sql,
        vg_arena_printf(w->arena, "SELECT p.row FROM points_1 p WHERE " VG_FMT, VG_ARG(text)));
    char *found = vg_arena_take_zero(w->arena, 1, POINTS + 1);
    vg_sql_step step;

    memset(found, '-', POINTS);
    if (!stmt)
        fail_msg(VG_FMT, VG_ARG(text));
    vg_where_bind(where, stmt);
    while ((step = vg_sql_next(stmt)) == VG_SQL_ROW)
        found[vg_sql_u64(stmt, 0)] = (char)('0' + vg_sql_u64(stmt, 0));
    assert_int_equal(step, VG_SQL_END);
    vg_sql_drop(stmt);
    return found;
}

static bool has(vg_slice text, const char *part)
{
    return memmem(text.at, text.len, part, strlen(part)) != NULL;
}

/* ---- the same answers ---- */

static const vg_point_id ids[] = {{.kind = VG_ID_NUM, .num = 2}, {.kind = VG_ID_NUM, .num = 5}};
static const vg_match_value words[] = {{VG_MATCH_TEXT, VG_LIT_INIT("a"), 0},
                                       {VG_MATCH_TEXT, VG_LIT_INIT("z"), 0}};
static const vg_condition one_and_two[] = {
    {VG_TEST_MATCH_VALUE, VG_LIT_INIT("k"), .as.value = {.kind = VG_MATCH_INTEGER, .integer = 1}},
    {VG_TEST_MATCH_VALUE, VG_LIT_INIT("l"), .as.value = {.kind = VG_MATCH_INTEGER, .integer = 2}},
};
static const vg_filter both = {.must = {one_and_two, 2}};

#define KEY(name) .key = VG_LIT_INIT(name)
/* clang-format off */
static const struct {
    vg_condition condition;
    const char *finds;
} rows[] = {
    {{VG_TEST_HAS_ID, .as.ids = {ids, 2}}, "--2--5-"},
    {{VG_TEST_HAS_VECTOR, .as.text = VG_LIT_INIT("")}, "0-2-4-6"},
    {{VG_TEST_HAS_VECTOR, .as.text = VG_LIT_INIT("second")}, "-12--56"},
    {{VG_TEST_HAS_VECTOR, .as.text = VG_LIT_INIT("third")}, "-------"},
    {{VG_TEST_MATCH_VALUE, KEY("word"), .as.value = {VG_MATCH_TEXT, VG_LIT_INIT("a"), 0}}, "-12----"},
    {{VG_TEST_MATCH_ANY, KEY("word"), .as.list = {words, 2}}, "-12----"},
    {{VG_TEST_MATCH_EXCEPT, KEY("word"), .as.list = {words, 2}}, "--2----"}, /* a keyword's: texts */
    {{VG_TEST_RANGE, KEY("whole"), .as.range = {.has_gt = true, .gt = 6.9}}, "--23-5-"}, /* cut to 6 */
    {{VG_TEST_MATCH_TEXT, KEY("text"), .as.text = VG_LIT_INIT("FOX quick")}, "-12----"},
    {{VG_TEST_IS_NULL, KEY("whole"), .as = {.is = {true, false}}}, "---3---"},
    {{VG_TEST_IS_EMPTY, KEY("word"), .as = {.is = {true, false}}}, "0---456"},
    {{VG_TEST_VALUES_COUNT, KEY("word"), .as.range = {.has_gte = true, .gte = 2}}, "--2----"},
    {{VG_TEST_NESTED_OBJECT, KEY("o"), .as.filter = &both}, "-1-----"},
    {{VG_TEST_NESTED_FILTER, .as.filter = &both}, "-------"},
};
/* clang-format on */
enum { ROWS = sizeof rows / sizeof *rows };

static void expect_same(database *w, const vg_filter *filter, const char *finds)
{
    const vg_filter large = padded(w, filter, BOUND + 1);
    vg_where small_where = where_of(w, filter, 1), large_where = where_of(w, &large, 1);

    assert_null(small_where.holds);
    assert_non_null(large_where.holds);
    if (finds)
        assert_string_equal(find(w, &small_where, small_where.text), finds);
    finds = find(w, &small_where, small_where.text);
    assert_string_equal(find(w, &large_where, large_where.text), finds);
    assert_string_equal(find(w, &large_where, large_where.each), finds);
}

static void every_condition_answers_the_same(void **state)
{
    database *w = *state;

    for (size_t i = 0; i < ROWS; i++) {
        expect_same(w, &(vg_filter){.must = {&rows[i].condition, 1}}, rows[i].finds);
        expect_same(w, &(vg_filter){.should = {&rows[i].condition, 1}}, rows[i].finds);
        expect_same(w, &(vg_filter){.min_should = {&rows[i].condition, 1}, .min_count = 1},
                    rows[i].finds);
        expect_same(w, &(vg_filter){.must_not = {&rows[i].condition, 1}}, NULL);
    }
}

static void clauses_together_answer_the_same(void **state)
{
    database *w = *state;

    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < ROWS; j++) {
            const vg_condition two[] = {rows[i].condition, rows[j].condition};

            expect_same(w, &(vg_filter){.must = {two, 2}}, NULL);
            expect_same(w, &(vg_filter){.must = {two, 1}, .must_not = {two + 1, 1}}, NULL);
            expect_same(w, &(vg_filter){.min_should = {two, 2}, .min_count = 2}, NULL);
        }
}

/* ---- when, and how ---- */

static void the_function_is_for_what_exceeds_the_bound(void **state)
{
    database *w = *state;
    const vg_filter all = {.min_count = 0};
    const vg_filter at = padded(w, &all, BOUND), above = padded(w, &all, BOUND + 1);

    assert_null(where_of(w, &at, 1).holds);
    assert_non_null(where_of(w, &above, 1).holds);
}

static void what_an_index_answers_is_not_counted(void **state)
{
    database *w = *state;
    vg_condition *many = VG_TAKE_N(w->arena, vg_condition, BOUND + 1);
    const vg_filter filter = {.must = {many, BOUND + 1}};

    for (size_t i = 0; i < BOUND + 1; i++)
        many[i] = rows[4].condition;
    assert_null(where_of(w, &filter, 1).holds);
}

/* SQLite would take seconds to prepare them. */
static void not_many_that_indexes_answer_are_left_to_sqlite(void **state)
{
    database *w = *state;
    vg_condition *many = VG_TAKE_N(w->arena, vg_condition, MANY + 1);
    const vg_filter at = {.must = {many, MANY}}, above = {.must = {many, MANY + 1}};
    vg_where where;

    for (size_t i = 0; i < MANY + 1; i++)
        many[i] = rows[4].condition;
    assert_null(where_of(w, &at, 1).holds);
    where = where_of(w, &above, 1);
    assert_non_null(where.holds);
    assert_string_equal(find(w, &where, where.text), rows[4].finds);
}

static void one_of_many_values_is_one_condition(void **state)
{
    database *w = *state;
    vg_condition *many = VG_TAKE_N(w->arena, vg_condition, MANY + 1);
    const vg_filter any = {.should = {many, MANY + 1}}, none = {.must_not = {many, MANY + 1}};
    vg_where where;

    for (int i = 0; i < MANY + 1; i++)
        many[i] = (vg_condition){VG_TEST_MATCH_VALUE, KEY("o[].k"),
                                 .as.value = {.kind = VG_MATCH_INTEGER, .integer = MANY - i}};
    where = where_of(w, &any, 1);
    assert_null(where.holds);
    assert_int_equal(where.count, 2); /* its path and its list */
    assert_string_equal(find(w, &where, where.text), "-12----");
    where = where_of(w, &none, 1);
    assert_int_equal(where.count, 2);
    assert_string_equal(find(w, &where, where.text), "0--3456");
}

static void indexes_of_must_still_narrow(void **state)
{
    database *w = *state;
    const vg_filter by_word = {.must = {&rows[4].condition, 1}};
    const vg_filter by_none = {.should = {&rows[4].condition, 1}};
    const vg_filter narrow = padded(w, &by_word, BOUND + 1), wide = padded(w, &by_none, BOUND + 1);
    vg_where where = where_of(w, &narrow, 1);

    assert_true(has(where.text, "p.row IN(SELECT row FROM field_11"));
    assert_true(has(where.each, "EXISTS(SELECT row FROM field_11"));
    assert_int_equal(where.rows.len, 0);
    where = where_of(w, &wide, 1);
    assert_false(has(where.text, "field_"));
    assert_true(vg_slice_is(where.text, where.each));
}

static void what_no_index_answers_is_left_to_the_function(void **state)
{
    database *w = *state;

    for (size_t i = 7; i < ROWS; i++) { /* a field that is being filled, and so on */
        const vg_filter filter = {.must = {&rows[i].condition, 1}};
        const vg_filter large = padded(w, &filter, BOUND + 1);
        vg_where where = where_of(w, &large, 1);

        assert_int_equal(where.count, 1);
        assert_false(has(where.text, "SELECT"));
    }
}

static void only_vectors_that_are_asked_for_are_looked_at(void **state)
{
    database *w = *state;
    const vg_filter filter = {.must_not = {&rows[2].condition, 1}};
    const vg_filter large = padded(w, &filter, BOUND + 1);
    vg_where where = where_of(w, &large, 1);

    assert_true(has(where.text, "p.vector_1 IS"));
    assert_false(has(where.text, "p.vector IS"));
}

static void parameters_may_come_before(void **state)
{
    database *w = *state;
    const vg_filter filter = {.must = {&rows[4].condition, 1}};
    const vg_filter large = padded(w, &filter, BOUND + 1);
    vg_where where = where_of(w, &large, 5);

    assert_int_equal(where.count, 2);
    assert_true(has(where.text, "vg_holds(?6,"));
    assert_string_equal(find(w, &where, where.text), "-12----");
}

static const vg_filter *nested(database *w, int levels)
{
    vg_filter *filter = VG_TAKE(w->arena, vg_filter);
    vg_condition *one = VG_TAKE(w->arena, vg_condition);

    if (levels > 0)
        *one = (vg_condition){VG_TEST_NESTED_OBJECT, KEY("d"), .as.filter = nested(w, levels - 1)};
    else
        *one = (vg_condition){VG_TEST_MATCH_VALUE, KEY("k"),
                              .as.value = {.kind = VG_MATCH_INTEGER, .integer = 7}};
    *filter = (vg_filter){.must = {one, 1}};
    return filter;
}

static void objects_nest_deeper_than_the_parser_goes(void **state)
{
    database *w = *state;

    for (int levels = 1; levels <= VG_JSON_DEPTH / 3; levels++) {
        vg_where where = where_of(w, nested(w, levels), 1);

        assert_int_equal(where.holds != NULL, levels > 6);
        assert_string_equal(find(w, &where, where.text), levels == DEEP ? "------6" : "-------");
    }
}

static void a_damaged_payload_is_told(void **state)
{
    database *w = *state;
    const vg_filter all = {.min_count = 0}, large = padded(w, &all, BOUND + 1);
    vg_where where = where_of(w, &large, 1);
    struct sqlite3_stmt *stmt = vg_sql_prepare(
        w->sql, vg_arena_printf(w->arena, "SELECT count(*) FROM points_1 p WHERE " VG_FMT,
                                VG_ARG(where.text)));

    assert_true(vg_sql_run(w->sql, "BEGIN;UPDATE points_1 SET payload='{' WHERE row=5"));
    vg_where_bind(&where, stmt);
    assert_int_equal(vg_sql_next(stmt), VG_SQL_FAILED);
    w->status = (vg_status){0};
    assert_int_equal(vg_sql_trouble(w->sql, "it cannot be read", w->arena, &w->status),
                     VG_BACKEND_ERROR);
    assert_true(has(w->status.what, "a stored payload is no JSON"));
    vg_sql_drop(stmt);
    assert_true(vg_sql_run(w->sql, "ROLLBACK"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_condition_answers_the_same),
        cmocka_unit_test(clauses_together_answer_the_same),
        cmocka_unit_test(the_function_is_for_what_exceeds_the_bound),
        cmocka_unit_test(what_an_index_answers_is_not_counted),
        cmocka_unit_test(not_many_that_indexes_answer_are_left_to_sqlite),
        cmocka_unit_test(one_of_many_values_is_one_condition),
        cmocka_unit_test(indexes_of_must_still_narrow),
        cmocka_unit_test(what_no_index_answers_is_left_to_the_function),
        cmocka_unit_test(only_vectors_that_are_asked_for_are_looked_at),
        cmocka_unit_test(parameters_may_come_before),
        cmocka_unit_test(objects_nest_deeper_than_the_parser_goes),
        cmocka_unit_test(a_damaged_payload_is_told),
    };

    return cmocka_run_group_tests(tests, up, down);
}
