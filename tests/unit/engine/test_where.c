/* Filters as SQL over points: indexes are used, answers are right, and nothing of a client gets
 * into the text. What is too large for SQL is in test_holds.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "database.h"
#include "engine/where.h"

enum { POINTS = 300, KINDS = 8 };

static const vg_vector_params vectors[] = {{.size = 1}, {.name = VG_LIT_INIT("second"), .size = 1}};
static const vg_collection_spec spec = {.vectors = vectors, .vector_count = 2};

#define FIELD(n, k, name)                                                                          \
    {                                                                                              \
        .index = {.key = VG_LIT_INIT(name), .kind = VG_INDEX_##k}, .number = (n), .is_ready = true \
    }
static const vg_field all_fields[KINDS] = {
    FIELD(11, KEYWORD, "word"), FIELD(12, INTEGER, "whole"), FIELD(13, FLOAT, "real"),
    FIELD(14, BOOL, "truth"),   FIELD(15, DATETIME, "day"),  FIELD(16, UUID, "name"),
    FIELD(17, GEO, "place"),    FIELD(18, TEXT, "text"),
};
static const vg_fields fields = {all_fields, KINDS};
static const vg_where_over all_over = {&spec, &fields, 1};

static void run(database *w, const char *text)
{
    if (!vg_sql_run(w->sql, text))
        fail_msg("%s", text);
}

/* Point i: every tenth is "seven" in all its fields. 70.0 is there to be taken for 70. */
static vg_slice payload_of(database *w, int i)
{
    int of_ten = i % 10;
    vg_slice text = vg_arena_printf(
        w->arena,
        "{\"word\":[\"w%d\",\"also\"],\"whole\":[%d,70.0],\"real\":%d.5,\"truth\":%s,"
        "\"day\":\"2024-01-0%d\",\"name\":\"00000000-0000-0000-0000-00000000000%d\","
        "\"place\":{\"lon\":%d,\"lat\":%d},\"text\":\"The %s of "
        "%d\",\"o\":[{\"k\":%d},{\"k\":-1}]}",
        of_ten, of_ten, of_ten, of_ten == 7 ? "true" : "false", of_ten + 1 > 9 ? 9 : of_ten + 1,
        of_ten, of_ten, of_ten, of_ten == 7 ? "Seven" : "rest", i, of_ten);
    char *padded = vg_arena_take_zero(w->arena, 1, text.len + VG_JSON_PAD);

    return vg_slice_of(memcpy(padded, text.at, text.len), text.len);
}

static void put_point(database *w, int i)
{
    struct sqlite3_stmt *stmt =
        vg_sql_use(w->sql, "INSERT INTO points_%llu VALUES(?1,?2,0,?3,?4,NULL)", 1);
    const vg_point_id id = {.kind = VG_ID_NUM, .num = (uint64_t)i};
    vg_slice payload = payload_of(w, i);
    const vg_json *root = vg_json_read(w->arena, payload, VG_JSON_DEPTH, NULL);
    uint8_t key[VG_ID_KEY_MAX];

    assert_non_null(stmt);
    assert_non_null(root);
    vg_sql_put_u64(stmt, 1, (uint64_t)i);
    vg_sql_put_blob(stmt, 2, vg_slice_of((char *)key, vg_point_id_key(&id, key)));
    vg_sql_put_text(stmt, 3, payload);
    vg_sql_put_blob(stmt, 4, VG_LIT("1234"));
    assert_true(vg_sql_finish(stmt));
    for (size_t f = 0; f < KINDS; f++)
        assert_true(vg_field_put(w->sql, &all_fields[f], (uint64_t)i, root, w->arena));
}

static int up(void **state)
{
    database *w = database_new();

    run(w, "BEGIN;CREATE TABLE points_1(row INTEGER PRIMARY KEY,id BLOB NOT NULL UNIQUE,version,"
           "payload TEXT NOT NULL,vector BLOB,vector_1 BLOB)");
    for (size_t f = 0; f < KINDS; f++)
        assert_true(vg_field_make(w->sql, &all_fields[f]));
    for (int i = 0; i < POINTS; i++)
        put_point(w, i);
    run(w, "COMMIT");
    *state = w;
    return 0;
}

static int down(void **state)
{
    database_free(*state);
    return 0;
}

/* ---- asking ---- */

static const char count_shape[] = "SELECT count(*) FROM points_1 p WHERE %.*s";
static const char scroll_shape[] =
    "SELECT count(*),p.version,p.payload,p.id FROM points_1 p WHERE %.*s AND p.id>=x'' "
    "ORDER BY p.id LIMIT 100000";

static struct sqlite3_stmt *prepare_where(database *w, const char *shape, const vg_where *where,
                                          vg_slice text)
{
    struct sqlite3_stmt *stmt =
        vg_sql_prepare(w->sql, vg_arena_printf(w->arena, shape, VG_ARG(text)));

    if (!stmt)
        fail_msg(VG_FMT, VG_ARG(text));
    vg_where_bind(where, stmt);
    return stmt;
}

static struct sqlite3_stmt *prepare(database *w, const char *shape, const vg_filter *filter,
                                    const vg_fields *by)
{
    vg_where *where = VG_TAKE(w->arena, vg_where);

    if (!vg_where_make(w->arena, filter, &(vg_where_over){&spec, by, 1}, where, &w->status))
        fail_msg(VG_FMT, VG_ARG(vg_status_what(&w->status)));
    return prepare_where(w, shape, where, where->text);
}

static uint64_t count_of(struct sqlite3_stmt *stmt)
{
    uint64_t found;

    assert_int_equal(vg_sql_next(stmt), VG_SQL_ROW);
    found = vg_sql_u64(stmt, 0);
    vg_sql_drop(stmt);
    return found;
}

static uint64_t count(database *w, const vg_filter *filter, const vg_fields *by)
{
    return count_of(prepare(w, count_shape, filter, by));
}

/* The lines of the plan, one behind the other. */
static vg_slice plan(database *w, const char *shape, const vg_filter *filter, const vg_fields *by)
{
    const char *explain = (char *)vg_arena_printf(w->arena, "EXPLAIN QUERY PLAN %s", shape).at;
    struct sqlite3_stmt *stmt = prepare(w, explain, filter, by);
    vg_slice all = VG_LIT("");

    while (vg_sql_next(stmt) == VG_SQL_ROW)
        all = vg_arena_printf(w->arena, VG_FMT VG_FMT "\n", VG_ARG(all),
                              VG_ARG(vg_sql_text(stmt, 3)));
    vg_sql_drop(stmt);
    return all;
}

static bool holds(vg_slice text, const char *part)
{
    return memmem(text.at, text.len, part, strlen(part)) != NULL;
}

static vg_filter must(const vg_condition *conditions, uint32_t n)
{
    return (vg_filter){.must = {conditions, n}};
}

/* ---- every kind of index ---- */

static const vg_geo ring[] = {{6.5, 6.5}, {7.5, 6.5}, {7.5, 7.5}, {6.5, 7.5}, {6.5, 6.5}};
static const vg_match_value sevens[] = {{.kind = VG_MATCH_INTEGER, .integer = 7},
                                        {.kind = VG_MATCH_INTEGER, .integer = 70}};

#define KEY(name) .key = VG_LIT_INIT(name)
/* clang-format off */
static const struct {
    const char *says;
    vg_condition condition;
    const char *searches; /* what the plan says */
} rows[] = {
    {"a keyword", {VG_TEST_MATCH_VALUE, KEY("word"), .as.value = {VG_MATCH_TEXT, VG_LIT_INIT("w7"), 0}}, "SEARCH field_11 USING PRIMARY KEY (value=?)"},
    {"a uuid", {VG_TEST_MATCH_VALUE, KEY("name"), .as.value = {VG_MATCH_TEXT, VG_LIT_INIT("00000000-0000-0000-0000-000000000007"), 0}}, "SEARCH field_16 USING PRIMARY KEY (value=?)"},
    {"an integer", {VG_TEST_MATCH_VALUE, KEY("whole"), .as.value = {.kind = VG_MATCH_INTEGER, .integer = 7}}, "SEARCH field_12 USING PRIMARY KEY (value=?)"},
    {"one of some", {VG_TEST_MATCH_ANY, KEY("whole"), .as.list = {sevens, 2}}, "SEARCH field_12 USING PRIMARY KEY (value=?)"},
    {"a range of integers", {VG_TEST_RANGE, KEY("whole"), .as.range = {.has_gt = true, .gt = 6.9, .has_lt = true, .lt = 8}}, "SEARCH field_12 USING PRIMARY KEY (value>? AND value<?)"},
    {"a range of floats", {VG_TEST_RANGE, KEY("real"), .as.range = {.has_gt = true, .gt = 7, .has_lte = true, .lte = 7.5}}, "SEARCH field_13 USING PRIMARY KEY (value>? AND value<?)"},
    {"a truth", {VG_TEST_MATCH_VALUE, KEY("truth"), .as.value = {.kind = VG_MATCH_BOOL, .integer = 1}}, "SEARCH field_14 USING PRIMARY KEY (value=?)"},
    {"a day", {VG_TEST_DATETIME_RANGE, KEY("day"), .as.range = {.has_gte = true, .gte_us = INT64_C(1704672000000000), .has_lt = true, .lt_us = INT64_C(1704672000000001)}}, "SEARCH field_15 USING PRIMARY KEY (value>? AND value<?)"},
    {"a box", {VG_TEST_GEO_BOX, KEY("place"), .as.box = {{6.5, 7.5}, {7.5, 6.5}}}, "SEARCH field_17 USING PRIMARY KEY (lat>? AND lat<?)"},
    {"a circle", {VG_TEST_GEO_RADIUS, KEY("place"), .as.radius = {{7, 7}, 1000}}, "SEARCH field_17 USING PRIMARY KEY (lat>? AND lat<?)"},
    {"a polygon", {VG_TEST_GEO_POLYGON, KEY("place"), .as.polygon = {{ring, 5}, NULL, 0}}, "SEARCH field_17 USING PRIMARY KEY (lat>? AND lat<?)"},
    {"a text", {VG_TEST_MATCH_TEXT, KEY("text"), .as.text = VG_LIT_INIT("of SEVEN")}, "SCAN field_18 VIRTUAL TABLE INDEX 0:M1"},
};
/* clang-format on */

static void every_kind_of_index_is_used(void **state)
{
    const char *const shapes[] = {count_shape, scroll_shape};
    database *w = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t s = 0; s < 2; s++) {
            vg_filter filter = must(&rows[i].condition, 1);
            vg_slice said = plan(w, shapes[s], &filter, &fields);

            if (!holds(said, rows[i].searches) || holds(said, "SCAN p"))
                fail_msg("%s: " VG_FMT, rows[i].says, VG_ARG(said));
        }
}

static void with_and_without_an_index_the_same_is_found(void **state)
{
    database *w = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        vg_filter filter = must(&rows[i].condition, 1);
        bool is_text = rows[i].condition.test == VG_TEST_MATCH_TEXT; /* without: a part of a text */
        uint64_t by_index = count(w, &filter, &fields), by_scan = count(w, &filter, NULL);

        if (by_index != POINTS / 10 || by_scan != (is_text ? 0 : POINTS / 10))
            fail_msg("%s: %llu by index, %llu without", rows[i].says, (unsigned long long)by_index,
                     (unsigned long long)by_scan);
    }
}

static void an_index_that_is_being_filled_is_not_used(void **state)
{
    database *w = *state;
    vg_field half[KINDS];
    const vg_fields filling = {half, KINDS};

    memcpy(half, all_fields, sizeof half);
    for (size_t i = 0; i < KINDS; i++)
        half[i].is_ready = false;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        vg_filter filter = must(&rows[i].condition, 1);

        assert_int_equal(count(w, &filter, &filling), POINTS / 10);
        assert_false(holds(plan(w, count_shape, &filter, &filling), "field_"));
    }
}

static void what_an_index_finds_is_listed_or_looked_up(void **state)
{
    database *w = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        vg_filter filter = must(&rows[i].condition, 1);
        vg_where by;

        assert_true(vg_where_make(w->arena, &filter, &all_over, &by, &w->status));
        if (!holds(by.text, "p.row IN(") || !holds(by.each, "EXISTS("))
            fail_msg("%s: " VG_FMT "\n" VG_FMT, rows[i].says, VG_ARG(by.text), VG_ARG(by.each));
        assert_int_equal(count_of(prepare_where(w, count_shape, &by, by.text)), POINTS / 10);
        assert_int_equal(count_of(prepare_where(w, count_shape, &by, by.each)), POINTS / 10);
        assert_int_equal(count_of(prepare_where(w, "SELECT count(*) FROM %.*s", &by, by.rows)),
                         POINTS / 10);
    }
}

/* ---- points ---- */

static void ids_and_vectors_are_columns(void **state)
{
    const vg_point_id ids[] = {{.kind = VG_ID_NUM, .num = 3},
                               {.kind = VG_ID_NUM, .num = 299},
                               {.kind = VG_ID_NUM, .num = 300},
                               {.kind = VG_ID_UUID}};
    const vg_condition by_id[] = {{.test = VG_TEST_HAS_ID, .as.ids = {ids, 4}}};
    const vg_condition by_vector[] = {{.test = VG_TEST_HAS_VECTOR, .as.text = VG_LIT("")},
                                      {.test = VG_TEST_HAS_VECTOR, .as.text = VG_LIT("second")},
                                      {.test = VG_TEST_HAS_VECTOR, .as.text = VG_LIT("third")}};
    const uint64_t wanted[] = {POINTS, 0, 0};
    database *w = *state;
    vg_filter filter = must(by_id, 1);

    assert_int_equal(count(w, &filter, &fields), 2);
    assert_true(holds(plan(w, count_shape, &filter, &fields),
                      "SEARCH p USING COVERING INDEX sqlite_autoindex_points_1_1 (id=?)"));
    for (size_t i = 0; i < 3; i++) {
        filter = must(&by_vector[i], 1);
        assert_int_equal(count(w, &filter, &fields), wanted[i]);
        filter = (vg_filter){.must_not = {&by_vector[i], 1}};
        assert_int_equal(count(w, &filter, &fields), POINTS - wanted[i]);
    }
}

static void lists_may_hold_thousands(void **state)
{
    enum { MANY = 20000 };
    database *w = *state;
    vg_match_value *values = VG_TAKE_N(w->arena, vg_match_value, MANY);
    vg_point_id *ids = VG_TAKE_N(w->arena, vg_point_id, MANY);
    vg_condition conditions[] = {
        {VG_TEST_MATCH_ANY, KEY("whole"), .as.list = {values, MANY}},
        {VG_TEST_MATCH_ANY, KEY("o[].k"), .as.list = {values, MANY}},
        {VG_TEST_HAS_ID, .as.ids = {ids, MANY}},
    };
    vg_filter filter = must(conditions, 3);

    for (int i = 0; i < MANY; i++) {
        values[i] = (vg_match_value){.kind = VG_MATCH_INTEGER, .integer = MANY - i};
        ids[i] = (vg_point_id){.kind = VG_ID_NUM, .num = (uint64_t)i};
    }
    assert_int_equal(count(w, &filter, &fields), POINTS / 10 * 9);
}

static void no_filter_matches_all(void **state)
{
    database *w = *state;
    vg_where where;

    assert_true(
        vg_where_make(w->arena, NULL, &(vg_where_over){&spec, NULL, 5}, &where, &w->status));
    assert_true(vg_slice_is_str(where.text, "1"));
    assert_int_equal(where.count, 0);
}

/* ---- what clients may send ---- */

static void no_byte_of_a_client_is_in_the_text(void **state)
{
    static const char evil[] = "\"x' OR 1=1; DROP TABLE points_1; --\"";
    const vg_match_value value = {VG_MATCH_TEXT, VG_LIT_INIT("');DROP TABLE points_1;--"), 0};
    const vg_condition conditions[] = {
        {VG_TEST_MATCH_VALUE, VG_LIT_INIT(evil), .as.value = value},
        {VG_TEST_MATCH_VALUE, KEY("word"), .as.value = value},
        {VG_TEST_MATCH_ANY, KEY("word"), .as.list = {&value, 1}},
        {VG_TEST_MATCH_TEXT, KEY("text"), .as.text = VG_LIT_INIT("\" OR * DROP\" NEAR(")},
        {VG_TEST_MATCH_TEXT, KEY("word"), .as.text = VG_LIT_INIT("%s%n' DROP")},
        {VG_TEST_HAS_VECTOR, .as.text = VG_LIT_INIT("vector; DROP TABLE points_1")},
    };
    database *w = *state;
    vg_filter filter = {.should = {conditions, 6}};
    vg_where where;

    assert_true(vg_where_make(w->arena, &filter, &all_over, &where, &w->status));
    assert_false(holds(where.text, "DROP"));
    assert_int_equal(count(w, &filter, &fields), 0);
}

static void a_wrong_path_is_named(void **state)
{
    const vg_filter everything = {.min_count = 0};
    const vg_condition wrong[] = {
        {VG_TEST_IS_EMPTY, KEY("a..b"), .as = {.is = {true, false}}},
        {VG_TEST_NESTED_OBJECT, KEY("a[x]"), .as.filter = &everything},
    };
    database *w = *state;
    vg_where where;

    for (size_t i = 0; i < 2; i++) {
        vg_filter filter = must(&wrong[i], 1);

        w->status = (vg_status){0};
        assert_false(vg_where_make(w->arena, &filter, &all_over, &where, &w->status));
        assert_int_equal(w->status.code, VG_INVALID);
        assert_true(vg_slice_is_str(w->status.what, i == 0 ? "Invalid json path: 'a..b'"
                                                           : "Invalid json path: 'a[x]'"));
    }
}

static const vg_condition seven = {VG_TEST_MATCH_VALUE, KEY("o[].k"),
                                   .as.value = {.kind = VG_MATCH_INTEGER, .integer = 7}};

/* Each level: seven, or not the level below. An even one is seven. */
static const vg_filter *deep(database *w, int levels)
{
    vg_filter *filter = VG_TAKE(w->arena, vg_filter);
    vg_condition *both = VG_TAKE_N(w->arena, vg_condition, 2);

    both[0] = seven;
    both[1] = (vg_condition){.test = VG_TEST_NESTED_FILTER};
    filter->should = (vg_clause){both, levels > 0 ? 2 : 1};
    if (levels > 0) {
        vg_filter *inner = VG_TAKE(w->arena, vg_filter);
        vg_condition *one = VG_TAKE(w->arena, vg_condition);

        *one = (vg_condition){.test = VG_TEST_NESTED_FILTER, .as.filter = deep(w, levels - 1)};
        inner->must_not = (vg_clause){one, 1};
        both[1].as.filter = inner;
    }
    return filter;
}

/* As deep as the JSON of a body goes: a filter takes two levels of it. */
static void filters_nest_as_deep_as_bodies_do(void **state)
{
    database *w = *state;

    assert_int_equal(count(w, deep(w, VG_JSON_DEPTH / 4), &fields), POINTS / 10);
}

static const vg_filter *nested(database *w, int levels)
{
    vg_filter *filter = VG_TAKE(w->arena, vg_filter);
    vg_condition *one = VG_TAKE(w->arena, vg_condition);

    *one = (vg_condition){VG_TEST_NESTED_OBJECT, KEY("o"), .as.filter = NULL};
    if (levels > 1)
        one->as.filter = nested(w, levels - 1);
    else
        *one = (vg_condition){VG_TEST_MATCH_VALUE, KEY("k"),
                              .as.value = {.kind = VG_MATCH_INTEGER, .integer = 7}};
    filter->must = (vg_clause){one, 1};
    return filter;
}

static void objects_nest(void **state)
{
    database *w = *state;

    assert_int_equal(count(w, nested(w, 2), &fields), POINTS / 10);
    assert_int_equal(count(w, nested(w, 3), &fields), 0);
}

static void filters_may_have_thousands_of_conditions(void **state)
{
    enum { MANY = 2000 };
    database *w = *state;
    const vg_point_id ids[] = {{.kind = VG_ID_NUM, .num = 7}, {.kind = VG_ID_NUM, .num = 8}};
    const vg_condition few = {.test = VG_TEST_HAS_ID, .as.ids = {ids, 2}};
    vg_condition *many = VG_TAKE_N(w->arena, vg_condition, MANY);
    vg_filter filter = {.must = {&few, 1}, .should = {many, MANY}};

    for (int i = 0; i < MANY; i++) {
        many[i] = seven;
        many[i].key = i % 2 ? VG_LIT("o[].k") : VG_LIT("whole");
    }
    assert_int_equal(count(w, &filter, &fields), 1);
    filter = (vg_filter){.must = {&few, 1}, .min_should = {many, MANY}, .min_count = MANY};
    assert_int_equal(count(w, &filter, &fields), 1);
}

static void a_damaged_payload_is_told(void **state)
{
    const vg_condition any[] = {{VG_TEST_IS_NULL, KEY("a"), .as = {.is = {true, false}}}};
    database *w = *state;
    vg_filter filter = must(any, 1);
    struct sqlite3_stmt *stmt = prepare(w, count_shape, &filter, NULL);

    run(w, "BEGIN;UPDATE points_1 SET payload='{' WHERE row=5");
    assert_int_equal(vg_sql_next(stmt), VG_SQL_FAILED);
    w->status = (vg_status){0};
    assert_int_equal(vg_sql_trouble(w->sql, "it cannot be read", w->arena, &w->status),
                     VG_BACKEND_ERROR);
    assert_true(holds(w->status.what, "a stored payload is no JSON"));
    vg_sql_drop(stmt);
    run(w, "ROLLBACK");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_index_is_used),
        cmocka_unit_test(with_and_without_an_index_the_same_is_found),
        cmocka_unit_test(an_index_that_is_being_filled_is_not_used),
        cmocka_unit_test(what_an_index_finds_is_listed_or_looked_up),
        cmocka_unit_test(ids_and_vectors_are_columns),
        cmocka_unit_test(lists_may_hold_thousands),
        cmocka_unit_test(no_filter_matches_all),
        cmocka_unit_test(no_byte_of_a_client_is_in_the_text),
        cmocka_unit_test(a_wrong_path_is_named),
        cmocka_unit_test(filters_nest_as_deep_as_bodies_do),
        cmocka_unit_test(objects_nest),
        cmocka_unit_test(filters_may_have_thousands_of_conditions),
        cmocka_unit_test(a_damaged_payload_is_told),
    };

    return cmocka_run_group_tests(tests, up, down);
}
