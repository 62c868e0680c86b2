/* The tables of payload indexes: which values they hold, how they are emptied, and what FTS5 finds
 * through our tokenizer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "database.h"
#include "engine/field.h"
#include "engine/fts.h"

static int up(void **state)
{
    database *w = database_new();

    assert_true(vg_sql_run(w->sql, "BEGIN"));
    *state = w;
    return 0;
}

static int down(void **state)
{
    database_free(*state);
    return 0;
}

static bool put(database *w, const vg_field *field, uint64_t row, const char *payload)
{
    size_t len = strlen(payload);
    char *at = memcpy(vg_arena_take_zero(w->arena, 1, len + VG_JSON_PAD), payload, len);
    const vg_json *root = vg_json_read(w->arena, vg_slice_of(at, len), VG_JSON_DEPTH, NULL);

    assert_non_null(root);
    return vg_field_put(w->sql, field, row, root, w->arena);
}

/* The first column of all rows, each followed by | */
static vg_slice ask(database *w, const char *text)
{
    struct sqlite3_stmt *stmt = vg_sql_prepare(w->sql, vg_slice_str(text));
    vg_slice all = VG_LIT("");

    if (!stmt)
        fail_msg("%s", text);
    while (vg_sql_next(stmt) == VG_SQL_ROW)
        all =
            vg_arena_printf(w->arena, VG_FMT VG_FMT "|", VG_ARG(all), VG_ARG(vg_sql_text(stmt, 0)));
    vg_sql_drop(stmt);
    return all;
}

static const struct {
    vg_index_kind kind;
    const char *payload; /* its field is "a" */
    const char *held;    /* each with its type, in their order */
} rows[] = {
    {VG_INDEX_KEYWORD, "{\"a\":[\"y\",\"x\",\"x\",5,null,[\"z\"]]}", "text x|text y|"},
    {VG_INDEX_UUID, "{\"a\":\"no uuid\"}", "text no uuid|"},
    {VG_INDEX_INTEGER, "{\"a\":[2,1.0,1,1.5,\"3\",true]}", "integer 1|real 1.5|integer 2|"},
    {VG_INDEX_INTEGER, "{\"a\":[1,1.0]}", "integer 1|"},
    {VG_INDEX_INTEGER, "{\"a\":[9007199254740993,9007199254740992.0]}",
     "real 9007199254740992.0|integer 9007199254740993|"},
    {VG_INDEX_FLOAT, "{\"a\":[3,0.5,9007199254740993]}",
     "real 0.5|integer 3|real 9007199254740992.0|"},
    {VG_INDEX_FLOAT, "{\"a\":9223372036854775807}", "real 9.2233720368547758e+18|"},
    {VG_INDEX_BOOL, "{\"a\":[true,false,true,1]}", "integer 0|integer 1|"},
    {VG_INDEX_DATETIME, "{\"a\":[\"1970-01-01T00:00:01Z\",\"1970-01-01 00:00:01\",\"soon\",7]}",
     "integer 1000000|"},
    {VG_INDEX_KEYWORD, "{\"b\":\"x\"}", ""},
};

static void a_table_holds_the_values_of_its_kind(void **state)
{
    database *w = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const vg_field field = {.index = {.key = VG_LIT("a"), .kind = rows[i].kind},
                                .number = i + 1};
        char text[160];
        uint64_t points;
        vg_slice got;

        assert_true(vg_field_make(w->sql, &field));
        assert_true(put(w, &field, 7, rows[i].payload));
        snprintf(text, sizeof text,
                 "SELECT typeof(value)||' '||CASE typeof(value) WHEN 'real' THEN "
                 "printf('%%!.17g',value) ELSE value END FROM field_%zu WHERE row=7 ORDER BY value",
                 i + 1);
        got = ask(w, text);
        if (!vg_slice_is_str(got, rows[i].held))
            fail_msg("%s: " VG_FMT, rows[i].payload, VG_ARG(got));
        assert_true(vg_field_points(w->sql, &field, &points));
        assert_int_equal(points, rows[i].held[0] != '\0');
        assert_true(vg_field_remove(w->sql, &field, 7));
        assert_true(vg_field_remove(w->sql, &field, 8));
        assert_int_equal(ask(w, text).len, 0);
    }
}

static void places_have_two_columns(void **state)
{
    const vg_field field = {.index = {.key = VG_LIT("a"), .kind = VG_INDEX_GEO}, .number = 30};
    database *w = *state;

    assert_true(vg_field_make(w->sql, &field));
    assert_true(put(w, &field, 1,
                    "{\"a\":[{\"lon\":1,\"lat\":2},{\"lon\":1.0,\"lat\":2},"
                    "{\"lon\":200,\"lat\":2}]}"));
    assert_true(
        vg_slice_is_str(ask(w, "SELECT lat||' '||lon||' '||row FROM field_30"), "2.0 1.0 1|"));
}

/* ---- texts ---- */

static const vg_field text_field = {
    .index = {.key = VG_LIT_INIT("a"), .kind = VG_INDEX_TEXT, .text = {.has_phrases = true}},
    .number = 40};
static const vg_field prefix_field = {.index = {.key = VG_LIT_INIT("a"),
                                                .kind = VG_INDEX_TEXT,
                                                .text = {.tokenizer = VG_TOKENIZER_PREFIX,
                                                         .min_token_len = 2,
                                                         .max_token_len = 4,
                                                         .has_phrases = true}},
                                      .number = 41};
static const vg_field raw_field = {
    .index = {.key = VG_LIT_INIT("a"),
              .kind = VG_INDEX_TEXT,
              .text = {.tokenizer = VG_TOKENIZER_WHITESPACE, .keeps_case = true}},
    .number = 42};

static const struct {
    const char *says;
    const vg_field *field;
    const char *query;
    bool is_phrase;
    const char *found;
} queries[] = {
    {"a word, in lower case", &text_field, "HELLO", false, "1|2|"},
    {"all words", &text_field, "world hello", false, "1|2|"},
    {"a phrase", &text_field, "hello world", true, "1|"},
    {"a letter of another script", &text_field, "ÜBER", false, "3|"},
    {"a beginning", &prefix_field, "hel", false, "1|2|"},
    {"cut to the longest there is", &prefix_field, "wormhole", false, ""},
    {"which others have too", &prefix_field, "worlds", false, "1|2|"},
    {"beginnings side by side", &prefix_field, "hel wor", true, "1|"},
    {"with its case", &raw_field, "Hello", false, "2|"},
    {"with its marks", &raw_field, "\"quoted\"*", false, "3|"},
    {"in another case", &raw_field, "hello", false, ""},
};

static void must_find(database *w, size_t i)
{
    const vg_field *field = queries[i].field;
    vg_tokens tokens;
    char text[80];
    struct sqlite3_stmt *stmt;
    vg_slice found = VG_LIT("");

    assert_true(vg_tokens_read(w->arena, &field->index.text, vg_slice_str(queries[i].query),
                               queries[i].is_phrase, &tokens));
    snprintf(text, sizeof text, "SELECT rowid FROM field_%d WHERE field_%d MATCH ?1",
             (int)field->number, (int)field->number);
    stmt = vg_sql_prepare(w->sql, vg_slice_str(text));
    assert_non_null(stmt);
    vg_sql_put_text(stmt, 1, vg_fts_query(w->arena, &tokens, queries[i].is_phrase));
    while (vg_sql_next(stmt) == VG_SQL_ROW)
        found = vg_arena_printf(w->arena, VG_FMT "%d|", VG_ARG(found), (int)vg_sql_u64(stmt, 0));
    vg_sql_drop(stmt);
    if (!vg_slice_is_str(found, queries[i].found))
        fail_msg("%s: " VG_FMT, queries[i].says, VG_ARG(found));
}

static void texts_are_found_by_their_tokens(void **state)
{
    const vg_field *const all[] = {&text_field, &prefix_field, &raw_field};
    database *w = *state;
    uint64_t points;

    for (size_t i = 0; i < 3; i++) {
        assert_true(vg_field_make(w->sql, all[i]));
        assert_true(put(w, all[i], 1, "{\"a\":\"Hello, World!\"}"));
        assert_true(put(w, all[i], 2, "{\"a\":[\"Hello\",5,\"World\"]}"));
        assert_true(put(w, all[i], 3, "{\"a\":\"über \\\"quoted\\\"*\"}"));
        assert_true(put(w, all[i], 4, "{\"a\":5}"));
        assert_true(vg_field_points(w->sql, all[i], &points));
        assert_int_equal(points, 3);
    }
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++)
        must_find(w, i);
    assert_true(vg_field_remove(w->sql, &text_field, 1));
    assert_true(vg_slice_is_str(ask(w, "SELECT rowid FROM field_40('hello')"), "2|"));
}

/* ---- the end ---- */

static void fields_are_swept_step_by_step(void **state)
{
    const vg_index_kind kinds[] = {VG_INDEX_KEYWORD, VG_INDEX_GEO, VG_INDEX_TEXT};
    database *w = *state;

    for (size_t i = 0; i < 3; i++) {
        const vg_field field = {.index = {.key = VG_LIT("a"), .kind = kinds[i]}, .number = 50 + i};
        char text[80];
        bool is_gone = false;
        int steps = 0;

        assert_true(vg_field_make(w->sql, &field));
        for (uint64_t row = 1; row <= 25; row++)
            assert_true(put(w, &field, row, "{\"a\":[\"x\",\"y z\",{\"lon\":1,\"lat\":1}]}"));
        assert_true(vg_sql_run(w->sql, "COMMIT;BEGIN"));
        while (!is_gone) {
            if (!vg_field_sweep(w->sql, field.number, 10, &is_gone))
                fail_msg("%s", sqlite3_errmsg(vg_sql_db(w->sql)));
            steps++;
        }
        assert_true(steps >= 4);
        snprintf(text, sizeof text, "SELECT name FROM sqlite_master WHERE name GLOB 'field_%zu*'",
                 50 + i);
        assert_int_equal(ask(w, text).len, 0);
        assert_true(vg_field_sweep(w->sql, field.number, 10, &is_gone));
        assert_true(is_gone);
    }
}

static void fields_are_found_by_their_key(void **state)
{
    const vg_field two[] = {{.index = {.key = VG_LIT("a")}}, {.index = {.key = VG_LIT("b")}}};
    const vg_fields fields = {two, 2};

    (void)state;
    assert_ptr_equal(vg_fields_find(&fields, VG_LIT("b")), &two[1]);
    assert_null(vg_fields_find(&fields, VG_LIT("c")));
    assert_null(vg_fields_find(NULL, VG_LIT("a")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_holds_the_values_of_its_kind),
        cmocka_unit_test(places_have_two_columns),
        cmocka_unit_test(texts_are_found_by_their_tokens),
        cmocka_unit_test(fields_are_swept_step_by_step),
        cmocka_unit_test(fields_are_found_by_their_key),
    };

    return cmocka_run_group_tests(tests, up, down);
}
