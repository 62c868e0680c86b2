/* Memory that is not there while a tenant's store is made, opened, closed for another, or dropped:
 * each allocation fails once. Who asked is told, or it did not matter; asked again it is done, and
 * the other tenants have what they had. */
#include <semaphore.h>
#include <stdlib.h>

#include "guests.h"
#include "tests/support/failing_malloc.h"

enum { MOST = 3000 };

static const float east[] = {1, 0};

static void on_finished(vg_work *work)
{
    sem_post(work->carrier);
}

/* False: it is not taken, not there, or refused. */
static bool enter(vg_visit *visit)
{
    vg_queue *queue = vg_stores_queue(visit->stores);
    sem_t ended;

    if (vg_stores_enter(visit))
        return true;
    sem_init(&ended, 0, 0);
    visit->work.finished = on_finished;
    visit->work.carrier = &ended;
    if (!queue->post(queue, &visit->work))
        visit->status.code = VG_OVERLOADED; /* as the transport would say */
    else
        while (sem_wait(&ended) != 0)
            continue;
    sem_destroy(&ended);
    return visit->store != NULL;
}

static void settle_in(const bench *home, const char *tenant)
{
    const given point = {1, east, "{}"};
    guest g;

    assert_true(guest_enter(&g, home, tenant, VG_AIM_MAKE));
    create(&g.b, "c", 2, VG_DOT);
    assert_int_equal(upsert(&g.b, "c", &point, 1, NULL), VG_OK);
    guest_leave(&g);
}

static void expect_whole(const bench *home, const char *tenant)
{
    guest g;

    assert_true(guest_enter(&g, home, tenant, VG_AIM_USE));
    assert_int_equal(count_points(&g.b, "c"), 1);
    guest_leave(&g);
}

/* Whether the n-th allocation failed. "a" and "b" are open, and there is room for two. */
static bool try_one(bench *b, const char *tenant, vg_aim aim, size_t n)
{
    vg_arena *arena = vg_arena_new(1 << 20);
    vg_visit visit = {
        .stores = b->stores, .tenant = vg_slice_str(tenant), .aim = aim, .arena = arena};
    bool enters, failed;

    failing_malloc_set(n);
    enters = enter(&visit);
    failed = failing_malloc_hit();
    failing_malloc_set(0);
    if (!failed)
        assert_int_equal(visit.status.code, VG_OK);
    if (!enters && aim != VG_AIM_DROP)
        assert_int_equal(visit.status.code, VG_OVERLOADED);
    vg_stores_leave(&visit);
    vg_arena_free(arena);
    return failed;
}

static void drop_tenant(const bench *b, const char *tenant)
{
    guest g;

    assert_false(guest_enter(&g, b, tenant, VG_AIM_DROP));
    assert_int_equal(g.b.status.code, VG_OK);
    guest_leave(&g);
}

static void restart(bench *b)
{
    bench_close(b);
    bench_open(b);
}

static const struct {
    const char *says, *tenant;
    vg_aim aim;
    bool is_made; /* before */
} rows[] = {
    {"made", "new", VG_AIM_MAKE, false},
    {"opened", "old", VG_AIM_USE, true},
    {"dropped", "old", VG_AIM_DROP, true},
};

static void each_allocation_that_fails_is_told_and_does_no_harm(void **state)
{
    bench *b = *state;

    bench_close(b);
    b->open_max = 2;
    bench_open(b);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t n = 0;
        bool failed = true;

        while (failed && n < MOST) {
            if (rows[i].is_made)
                settle_in(b, rows[i].tenant);
            restart(b); /* it is not open */
            settle_in(b, "a");
            settle_in(b, "b");
            failed = try_one(b, rows[i].tenant, rows[i].aim, ++n);
            expect_whole(b, "a");
            expect_whole(b, "b");
            drop_tenant(b, rows[i].tenant);
        }
        print_message("%s: %zu allocations\n", rows[i].says, n - 1);
        assert_in_range(n, 2, MOST - 1); /* one at least */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_allocation_that_fails_is_told_and_does_no_harm,
                                        bench_up, bench_down),
    };

    setenv("TMPDIR", "/dev/shm", 0); /* no fault of the disk is looked for */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
