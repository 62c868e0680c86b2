/* Opening a store: who may, with which modes, and what is refused rather than touched. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/schema.h"
#include "support.h"

static void a_second_opener_is_told_the_pid_of_the_first(void **state)
{
    bench *b = *state, other = *b;
    char pid[32];

    other.arena = vg_arena_new(1 << 20);
    assert_int_equal(bench_try_open(&other), VG_CONFLICT);
    snprintf(pid, sizeof pid, "pid %ld", (long)getpid());
    must_say(&other, pid);
    vg_arena_free(other.arena);
    bench_close(b);
    bench_open(b); /* the lock went with the first */
}

static int modes_are_right(const bench *b)
{
    const char *const names[] = {"default/points.db", "default/points.db-wal", "LOCK", "default"};
    const mode_t modes[] = {0600, 0600, 0600, 0700};
    char path[128];
    struct stat found;

    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/%s", b->dir, names[i]);
        if (stat(path, &found) != 0 || (found.st_mode & 0777) != modes[i])
            return 0;
    }
    return 1;
}

static void files_are_their_owners_alone_whatever_the_umask(void **state)
{
    bench *b = *state;
    mode_t before;

    bench_close(b);
    remove_directory(b->dir);
    before = umask(0);
    bench_open(b);
    assert_true(modes_are_right(b));
    bench_close(b);
    remove_directory(b->dir);
    umask(0377);
    bench_open(b);
    umask(before);
    assert_true(modes_are_right(b));
}

static void a_newer_format_is_refused_and_left_alone(void **state)
{
    bench *b = *state;

    create(b, "c", 2, VG_DOT);
    change_file(b, "PRAGMA user_version=4;UPDATE meta SET value='4' WHERE key='format'");
    assert_int_equal(bench_try_open(b), VG_CONFLICT);
    must_say(b, "format 4, written by a newer vecgate");
    change_file(b, "PRAGMA user_version=3;UPDATE meta SET value='3' WHERE key='format'");
    bench_open(b);
    assert_int_equal(count_points(b, "c"), 0);
}

static void a_file_of_another_program_is_refused(void **state)
{
    bench *b = *state;

    change_file(b, "PRAGMA application_id=1");
    assert_int_equal(bench_try_open(b), VG_CONFLICT);
    must_say(b, "another program");
    change_file(b, "PRAGMA user_version=1");
    assert_int_equal(bench_try_open(b), VG_CONFLICT);
}

static void damage_is_told_not_skipped(void **state)
{
    bench *b = *state;
    const float east[] = {1, 0};
    const given point = {1, east, "{}"};

    create(b, "c", 2, VG_DOT);
    upsert(b, "c", &point, 1, NULL);
    change_file(b, "UPDATE points_1 SET vector=x'00'");
    assert_int_equal(bench_try_open(b), VG_BACKEND_ERROR);
    must_say(b, "collection `c` has a vector of another length");
}

static const char *const three_steps[] = {
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL);CREATE TABLE t(a)",
    "ALTER TABLE t ADD COLUMN b DEFAULT 5",
    "CREATE TABLE u(a);INSERT INTO nowhere VALUES(1)",
};

static void an_older_format_is_brought_up_whole_or_not_at_all(void **state)
{
    bench *b = *state;
    vg_schema schema = {.file = "x.db", .application = 7, .steps = three_steps, .version = 1};
    vg_status status = {0};
    uint64_t found;
    char path[128];
    vg_sql *sql;

    snprintf(path, sizeof path, "%s/x.db", b->dir);
    sql = vg_sql_open_writer(path, b->arena, &status);
    assert_int_equal(vg_schema_apply(sql, &schema, b->arena, &status), VG_OK);
    assert_true(vg_sql_run(sql, "INSERT INTO t VALUES(1)"));
    schema.version = 2;
    assert_int_equal(vg_schema_apply(sql, &schema, b->arena, &status), VG_OK);
    assert_true(vg_sql_ask_u64(sql, "SELECT b FROM t", &found));
    assert_int_equal(found, 5);
    schema.version = 3;
    assert_int_equal(vg_schema_apply(sql, &schema, b->arena, &status), VG_BACKEND_ERROR);
    assert_false(vg_sql_ask_u64(sql, "SELECT count(*) FROM u", &found));
    assert_true(vg_sql_ask_u64(sql, "PRAGMA user_version", &found));
    assert_int_equal(found, 2);
    vg_sql_close(sql);
}

static void a_store_of_the_first_format_is_brought_up_with_all_that_is_in_it(void **state)
{
    bench *b = *state;
    const float east[] = {1, 0};
    const given point = {8, east, "{}"};
    uint64_t operation;

    make_format_1(b);
    bench_open(b);
    expect_format_1(b);
    assert_int_equal(upsert(b, "dot", &point, 1, &operation), VG_OK);
    assert_int_equal(operation, 6);
    bench_close(b);
    bench_open(b);
    assert_int_equal(count_points(b, "dot"), 3);
}

int main(void)
{
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, bench_up, bench_down)
    const struct CMUnitTest tests[] = {
        WITH_STORE(a_second_opener_is_told_the_pid_of_the_first),
        WITH_STORE(files_are_their_owners_alone_whatever_the_umask),
        WITH_STORE(an_older_format_is_brought_up_whole_or_not_at_all),
        WITH_STORE(a_newer_format_is_refused_and_left_alone),
        WITH_STORE(a_file_of_another_program_is_refused),
        WITH_STORE(a_store_of_the_first_format_is_brought_up_with_all_that_is_in_it),
        WITH_STORE(damage_is_told_not_skipped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
