/* A disk that takes no more: writes fail with the right code, reading goes on, nothing answered is
 * lost, and when there is room again writing goes on. A limit on the size of files stands in for
 * the disk. */
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

#include "engine/sql.h"
#include "support.h"

enum { SIZE = 256, BATCH = 64 };

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes == 0 ? limit.rlim_max : bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static vg_code write_batch(bench *b, uint64_t n)
{
    float *vector = VG_TAKE_N(b->arena, float, SIZE);
    given points[BATCH];

    vector[0] = (float)n;
    for (uint64_t i = 0; i < BATCH; i++)
        points[i] = (given){n * BATCH + i, vector, "{\"some\":\"payload\"}"};
    return upsert(b, "c", points, BATCH, NULL);
}

static void a_full_disk_stops_writes_and_nothing_else(void **state)
{
    bench *b = *state;
    float query[SIZE] = {1};
    uint64_t good = 0;
    vg_status stuck = {0};
    vg_code code = VG_OK;

    signal(SIGXFSZ, SIG_IGN);
    create(b, "c", SIZE, VG_DOT);
    limit_files(1 << 20);
    while (good < 1000 && (code = write_batch(b, good)) == VG_OK)
        good++;
    assert_int_equal(code, VG_NO_SPACE);
    assert_true(good > 0);
    assert_int_equal(write_batch(b, good), VG_NO_SPACE);
    assert_true(vg_store_is_stuck(b->store, b->arena, &stuck));
    assert_int_equal(stuck.code, VG_NO_SPACE);
    assert_non_null(memmem(stuck.what.at, stuck.what.len, "(File too large)", 16));
    assert_int_equal(count_points(b, "c"), good * BATCH);
    assert_int_equal(nearest(b, "c", query, SIZE, 1000000).count, good * BATCH);
    limit_files(4096); /* not even a small one fits */
    assert_int_equal(create(b, "d", SIZE, VG_DOT), VG_NO_SPACE);
    assert_null(vg_store_find(b->store, VG_LIT("d"), b->arena, &b->status));
    limit_files(0);
    assert_int_equal(write_batch(b, good), VG_OK);
    assert_false(vg_store_is_stuck(b->store, b->arena, &stuck));
    bench_close(b);
    bench_open(b);
    assert_int_equal(count_points(b, "c"), (good + 1) * BATCH);
    assert_int_equal(nearest(b, "c", query, SIZE, 1000000).count, (good + 1) * BATCH);
}

static const struct {
    const char *says;
    const char *before, *fails;
    vg_code code;
} troubles[] = {
    {"a database that must not be written", "PRAGMA query_only=1", "CREATE TABLE t(x)",
     VG_READ_ONLY},
    {"one with no page left", "PRAGMA max_page_count=1", "CREATE TABLE t(x)", VG_NO_SPACE},
    {"a mistake of ours", "SELECT 1", "SELECT nothing", VG_BACKEND_ERROR},
};

static void each_trouble_has_its_code_and_sqlites_words(void **state)
{
    bench *b = *state;
    char path[128];

    for (size_t i = 0; i < sizeof troubles / sizeof *troubles; i++) {
        vg_status status = {0};
        vg_sql *sql;

        snprintf(path, sizeof path, "%s/%zu.db", b->dir, i);
        sql = vg_sql_open_writer(path, b->arena, &status);
        assert_non_null(sql);
        assert_true(vg_sql_run(sql, troubles[i].before));
        assert_false(vg_sql_run(sql, troubles[i].fails));
        if (vg_sql_trouble(sql, "about", b->arena, &status) != troubles[i].code)
            fail_msg("%s: " VG_FMT, troubles[i].says, VG_ARG(status.what));
        assert_true(vg_slice_starts(status.what, VG_LIT("about: ")));
        assert_true(vg_slice_starts(status.upstream, VG_LIT("SQLITE ")));
        vg_sql_close(sql);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_full_disk_stops_writes_and_nothing_else, bench_up,
                                        bench_down),
        cmocka_unit_test_setup_teardown(each_trouble_has_its_code_and_sqlites_words, bench_up,
                                        bench_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
