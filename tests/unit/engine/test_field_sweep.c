/* The tables of a payload index that is gone: emptied and dropped step by step, by whichever
 * process is there. */
#include <string.h>

#include "engine/field.h"
#include "engine/payload.h"
#include "engine/sql.h"
#include "support.h"

enum { POINTS = 40, MOST_STEPS = 1000 };

typedef struct bed {
    char dir[64];
    vg_arena *arena;
    vg_status status;
    vg_sql *sql;
} bed;

static void open_file(bed *b)
{
    vg_slice path = vg_arena_printf(b->arena, "%s/points.db", b->dir);

    b->sql = vg_sql_open_writer(path.at, b->arena, &b->status);
    assert_non_null(b->sql);
}

static void reopen_file(bed *b)
{
    vg_sql_close(b->sql);
    open_file(b);
}

static int bed_up(void **state)
{
    static bed b;

    b = (bed){.arena = vg_arena_new(16 << 20)};
    make_directory(b.dir);
    open_file(&b);
    *state = &b;
    return 0;
}

static int bed_down(void **state)
{
    bed *b = *state;

    vg_sql_close(b->sql);
    vg_arena_free(b->arena);
    remove_directory(b->dir);
    return 0;
}

static void make_filled(bed *b, const vg_field *field)
{
    const vg_json *payload;

    assert_true(vg_field_make(b->sql, field));
    for (uint64_t row = 1; row <= POINTS; row++) {
        vg_slice text = vg_arena_printf(b->arena,
                                        "{\"k\":\"2024-01-01 words of row %d\",\"n\":[%d,2.5],"
                                        "\"p\":{\"lat\":%d,\"lon\":2}}",
                                        (int)row, (int)row, (int)row);

        assert_true(vg_payload_read(b->arena, text, &payload, &b->status));
        assert_true(vg_field_put(b->sql, field, row, payload, b->arena));
    }
}

static uint64_t tables_left(bed *b)
{
    uint64_t count;

    assert_true(vg_sql_ask_u64(
        b->sql, "SELECT count(*) FROM sqlite_master WHERE name LIKE 'field%'", &count));
    return count;
}

static void must_be_swept_by_many_processes(bed *b, const vg_field *field)
{
    bool is_gone = false;
    int steps = 0;

    make_filled(b, field);
    assert_true(tables_left(b) > 0);
    while (!is_gone) {
        reopen_file(b);
        assert_true(vg_field_sweep(b->sql, field->number, 3, &is_gone));
        assert_true(++steps < MOST_STEPS);
    }
    assert_true(steps > 2);
    assert_int_equal(tables_left(b), 0);
    assert_true(vg_field_sweep(b->sql, field->number, 3, &is_gone)); /* what is gone is gone */
    assert_true(is_gone);
}

static void an_index_of_texts_is_dropped_by_whichever_process_is_there(void **state)
{
    const vg_field plain = {.index = {.key = VG_LIT("k"), .kind = VG_INDEX_TEXT}, .number = 7};
    vg_field phrases = plain;

    must_be_swept_by_many_processes(*state, &plain);
    phrases.number = 8;
    phrases.index.text.has_phrases = true;
    must_be_swept_by_many_processes(*state, &phrases);
}

static void other_indexes_are_too(void **state)
{
    const vg_field numbers = {.index = {.key = VG_LIT("n"), .kind = VG_INDEX_INTEGER}, .number = 1};
    const vg_field words = {.index = {.key = VG_LIT("k"), .kind = VG_INDEX_KEYWORD}, .number = 2};
    const vg_field places = {.index = {.key = VG_LIT("p"), .kind = VG_INDEX_GEO}, .number = 3};

    must_be_swept_by_many_processes(*state, &numbers);
    must_be_swept_by_many_processes(*state, &words);
    must_be_swept_by_many_processes(*state, &places);
}

#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, bed_up, bed_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FILE(an_index_of_texts_is_dropped_by_whichever_process_is_there),
        WITH_FILE(other_indexes_are_too),
    };

    vg_arena_set_total_cap((size_t)1 << 30);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
