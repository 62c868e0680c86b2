/* Upkeep step by step, without the writer's thread: what it does between two writes, and what it
 * must not lose of those. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "engine/upkeep.h"
#include "support.h"

enum { SIZE = 1024, SLOTS = 3000, WAL_BYTES = 1 << 20, MOST_STEPS = 1000 };

typedef struct scene {
    char dir[64], wal[128];
    vg_arena *arena;
    vg_sql *sql;
    vg_upkeep upkeep;
    vg_table *table;
    uint64_t operation;
    float *row;
} scene;

static vg_table *new_table(uint64_t number, const char *name)
{
    const vg_vector_params vector = {.size = SIZE, .distance = VG_DOT};
    const vg_collection_spec spec = {.vectors = &vector, .vector_count = 1};
    vg_table *table =
        vg_table_new(number, vg_slice_str(name), vg_shape_new(0, &spec, &(vg_fields){0}));

    assert_non_null(table);
    return table;
}

static int up(void **state)
{
    scene *s = calloc(1, sizeof *s);
    vg_status status = {0};
    char path[128];

    make_directory(s->dir);
    snprintf(path, sizeof path, "%s/u.db", s->dir);
    snprintf(s->wal, sizeof s->wal, "%s/u.db-wal", s->dir);
    s->arena = vg_arena_new(1 << 24);
    s->row = VG_TAKE_N(s->arena, float, SIZE);
    s->sql = vg_sql_open_writer(path, s->arena, &status);
    assert_non_null(s->sql);
    assert_true(vg_sql_run(s->sql, "PRAGMA wal_autocheckpoint=0;"
                                   "CREATE TABLE dropped(number INTEGER PRIMARY KEY);"
                                   "CREATE TABLE dropped_fields(number INTEGER PRIMARY KEY)"));
    vg_upkeep_init(&s->upkeep, s->sql, WAL_BYTES);
    s->table = new_table(1, "c");
    *state = s;
    return 0;
}

static int down(void **state)
{
    scene *s = *state;

    vg_upkeep_fini(&s->upkeep);
    vg_sql_close(s->sql);
    vg_table_let(s->table);
    vg_arena_free(s->arena);
    remove_directory(s->dir);
    free(s);
    return 0;
}

/* ---- rebuilding, as the writer drives it ---- */

static vg_slice key_of(uint64_t num, uint8_t room[VG_ID_KEY_MAX])
{
    vg_point_id id = {.kind = VG_ID_NUM, .num = num};

    return vg_slice_of((const char *)room, vg_point_id_key(&id, room));
}

static void change(scene *s, uint64_t num, bool lives)
{
    uint8_t room[VG_ID_KEY_MAX];
    vg_slice key = key_of(num, room);

    s->operation++;
    s->row[0] = (float)s->operation;
    vg_upkeep_ended(s->table, 0, key, s->operation);
    assert_true(vg_dense_reserve(s->table->dense[0], 1, 0));
    if (lives)
        vg_dense_put(s->table->dense[0], key, num + 1, s->row, s->operation);
    else
        vg_dense_end(s->table->dense[0], key, s->operation);
    vg_table_publish(s->table, s->operation, 0);
    vg_upkeep_changed(&s->upkeep, s->table);
}

/* The sum of what is seen: of first floats, which are the numbers of operations. */
static double seen(const vg_view *view, uint32_t *count)
{
    double sum = 0;

    *count = 0;
    for (uint32_t slot = 0; slot < view->used; slot++)
        if (vg_place_is_seen(vg_dense_place(view->dense, slot), view->operation)) {
            assert_true((double)vg_dense_row(view->dense, slot)[0] ==
                        (double)vg_dense_born(view->dense, slot));
            sum += (double)vg_dense_row(view->dense, slot)[0];
            ++*count;
        }
    return sum;
}

static void a_rebuild_misses_nothing_that_happens_meanwhile(void **state)
{
    scene *s = *state;
    vg_view before, after, newest;
    uint32_t count, again;
    vg_dense *old;
    double sum;

    for (uint64_t i = 0; i < SLOTS; i++)
        change(s, i, true);
    for (uint64_t i = 0; i < SLOTS / 3; i++)
        change(s, 2 * i, false); /* the last ones are marked too much */
    assert_ptr_equal(s->upkeep.rebuilding, s->table);
    assert_true(vg_upkeep_step(&s->upkeep, false));
    assert_true(s->table->copied > 0 && s->table->copied < SLOTS); /* in the middle of it */
    vg_table_view(s->table, 0, &before);
    sum = seen(&before, &count);
    assert_int_equal(count, SLOTS - SLOTS / 3);
    change(s, 1, false);         /* copied already: ends in both */
    change(s, 3, true);          /* copied already: replaced */
    change(s, SLOTS - 1, false); /* not yet copied */
    change(s, 0, true);          /* comes back */
    vg_table_view(s->table, 0, &newest);
    old = s->table->dense[0];
    for (int i = 0; i < MOST_STEPS && s->upkeep.rebuilding; i++)
        assert_true(vg_upkeep_step(&s->upkeep, false));
    assert_ptr_not_equal(s->table->dense[0], old);
    assert_int_equal(vg_dense_live(s->table->dense[0]), SLOTS - SLOTS / 3 - 1);
    vg_table_view(s->table, 0, &after);
    assert_true(seen(&after, &count) == seen(&newest, &again));
    assert_int_equal(count, again);
    assert_int_equal(count, SLOTS - SLOTS / 3 - 1);
    assert_true(seen(&before, &count) == sum); /* whoever looks at the old one still sees it */
    vg_table_view_give(&before);
    vg_table_view_give(&newest);
    vg_table_view_give(&after);
}

static void a_state_from_before_a_rebuild_is_not_shown_any_more(void **state)
{
    scene *s = *state;
    vg_view view = {0};

    for (uint64_t i = 0; i < SLOTS; i++)
        change(s, i, true);
    assert_true(vg_table_view_at(s->table, 0, 7, &view));
    vg_table_view_give(&view);
    for (uint64_t i = 0; i < SLOTS; i++)
        change(s, i, false);
    for (int i = 0; i < MOST_STEPS && s->upkeep.rebuilding; i++)
        vg_upkeep_step(&s->upkeep, false);
    assert_false(vg_table_view_at(s->table, 0, s->operation - 1, &view));
    assert_true(vg_table_view_at(s->table, 0, s->operation, &view));
    assert_int_equal(view.used, 0);
    vg_table_view_give(&view);
}

static void a_collection_that_goes_takes_its_rebuild_along(void **state)
{
    scene *s = *state;

    for (uint64_t i = 0; i < SLOTS; i++)
        change(s, i, true);
    for (uint64_t i = 0; i < SLOTS / 3 + 1; i++)
        change(s, i, false);
    assert_true(vg_upkeep_step(&s->upkeep, false));
    vg_upkeep_dropped(&s->upkeep, vg_table_hold(s->table));
    assert_null(s->upkeep.rebuilding);
    assert_int_equal(atomic_load(&s->table->holders), 2);
}

/* Two of them, so that what is left is still found. */
static void what_was_dropped_is_freed_here_when_readers_let_go(void **state)
{
    scene *s = *state;
    vg_table *other = new_table(2, "d");

    vg_upkeep_dropped(&s->upkeep, vg_table_hold(s->table));
    vg_upkeep_dropped(&s->upkeep, vg_table_hold(other));
    vg_upkeep_step(&s->upkeep, false);
    assert_int_equal(atomic_load(&s->table->holders), 2);
    assert_int_equal(atomic_load(&other->holders), 2);
    vg_table_let(s->table);
    s->table = NULL;
    vg_upkeep_step(&s->upkeep, false);
    assert_ptr_equal(s->upkeep.graves, other);
    assert_null(other->next_grave);
    assert_true(vg_upkeep_waits(&s->upkeep));
    vg_table_let(other);
    vg_upkeep_step(&s->upkeep, false);
    assert_false(vg_upkeep_waits(&s->upkeep));
}

/* ---- the WAL ---- */

static void write_rows(scene *s, int rows)
{
    for (int i = 0; i < rows; i++) {
        assert_true(vg_sql_run(s->sql, "CREATE TABLE IF NOT EXISTS t(x);"
                                       "INSERT INTO t VALUES(zeroblob(100000))"));
        vg_upkeep_committed(&s->upkeep);
    }
}

static off_t wal_length(const scene *s)
{
    struct stat found;

    assert_int_equal(stat(s->wal, &found), 0);
    return found.st_size;
}

static void a_long_wal_is_moved_at_once_and_cut_when_idle(void **state)
{
    scene *s = *state;

    write_rows(s, 5);
    s->upkeep.has_dropped = false;
    assert_false(vg_upkeep_step(&s->upkeep, false)); /* not long yet */
    write_rows(s, 10);
    assert_true(wal_length(s) > WAL_BYTES);
    assert_true(vg_upkeep_step(&s->upkeep, false));
    assert_true(s->upkeep.wal_pages > 0);
    assert_int_equal(s->upkeep.moved_pages, s->upkeep.wal_pages);
    assert_true(wal_length(s) > WAL_BYTES);
    assert_false(vg_upkeep_step(&s->upkeep, false));
    assert_true(vg_upkeep_step(&s->upkeep, true));
    assert_int_equal(wal_length(s), 0);
    assert_false(vg_upkeep_step(&s->upkeep, true));
}

/* ---- what was dropped ---- */

static void a_dropped_table_is_emptied_in_steps(void **state)
{
    scene *s = *state;
    uint64_t rows = 5000, before;
    int steps = 0;

    assert_true(vg_sql_run(s->sql, "CREATE TABLE points_7(row INTEGER PRIMARY KEY);"
                                   "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n "
                                   "LIMIT 5000) INSERT INTO points_7 SELECT i FROM n;"
                                   "INSERT INTO dropped VALUES(7)"));
    assert_false(vg_upkeep_step(&s->upkeep, false)); /* not while somebody waits */
    while (vg_sql_ask_u64(s->sql, "SELECT count(*) FROM points_7", &rows) && steps < 100) {
        before = rows;
        assert_true(vg_upkeep_step(&s->upkeep, true));
        steps++;
        if (vg_sql_ask_u64(s->sql, "SELECT count(*) FROM points_7", &rows))
            assert_true(rows < before && before - rows <= 2000);
    }
    assert_int_equal(steps, 3);
    assert_true(vg_sql_ask_u64(s->sql, "SELECT count(*) FROM dropped", &rows));
    assert_int_equal(rows, 0);
    while (vg_upkeep_step(&s->upkeep, true) && steps < 100)
        steps++;
    assert_false(s->upkeep.has_dropped);
}

int main(void)
{
#define WITH_SCENE(test) cmocka_unit_test_setup_teardown(test, up, down)
    const struct CMUnitTest tests[] = {
        WITH_SCENE(a_rebuild_misses_nothing_that_happens_meanwhile),
        WITH_SCENE(a_state_from_before_a_rebuild_is_not_shown_any_more),
        WITH_SCENE(a_collection_that_goes_takes_its_rebuild_along),
        WITH_SCENE(what_was_dropped_is_freed_here_when_readers_let_go),
        WITH_SCENE(a_long_wal_is_moved_at_once_and_cut_when_idle),
        WITH_SCENE(a_dropped_table_is_emptied_in_steps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
