/* kill -9 in the middle of writing, again and again: what was answered is there, each write whole
 * or not at all, numbers go on where they were, and the lock does not stay. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

enum { CYCLES = 5, BATCH = 40, ANSWERS = 25 };

/* Every write puts BATCH new points and replaces point 0, which counts the writes. */
static vg_code write_batch(bench *b, uint64_t n)
{
    const float vector[] = {(float)n, 1};
    given points[BATCH + 1];
    char payload[32];

    snprintf(payload, sizeof payload, "{\"n\":%" PRIu64 "}", n);
    points[0] = (given){0, vector, payload};
    for (uint64_t i = 0; i < BATCH; i++)
        points[i + 1] = (given){1 + (n - 1) * BATCH + i, vector, payload};
    return upsert(b, "c", points, BATCH + 1, NULL);
}

/* In the child, which is killed while it does this. */
static void write_for_ever(bench *b, int answers)
{
    vg_table *table;
    uint64_t n;

    bench_open(b);
    table = vg_store_find(b->store, VG_LIT("c"), b->arena, &b->status);
    n = table->operation;
    vg_table_let(table);
    for (;;) {
        vg_arena *arena = b->arena;

        b->arena = vg_arena_new(1 << 20);
        if (write_batch(b, ++n) != VG_OK || write(answers, &n, sizeof n) != sizeof n)
            _exit(1);
        vg_arena_free(b->arena);
        b->arena = arena;
    }
}

/* The last write that was answered before the child died. */
static uint64_t run_until_killed(bench *b, int answers_wanted)
{
    int ends[2], status;
    uint64_t n = 0, last = 0;
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[0]);
        write_for_ever(b, ends[1]);
    }
    close(ends[1]);
    for (int i = 0; i < answers_wanted && read(ends[0], &n, sizeof n) == sizeof n; i++)
        last = n;
    kill(child, SIGKILL);
    while (read(ends[0], &n, sizeof n) == sizeof n)
        last = n; /* answered before the signal came */
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    return last;
}

static void what_was_answered_survives_kill_9(void **state)
{
    bench *b = *state;
    const uint64_t first = 0;
    uint64_t answered = 0;

    create(b, "c", 2, VG_DOT);
    bench_close(b);
    for (int cycle = 0; cycle < CYCLES; cycle++) {
        uint64_t last = run_until_killed(b, ANSWERS + cycle * 7);
        vg_points points;
        char payload[32];

        assert_true(last > answered);
        bench_open(b); /* at once: the lock went with the process */
        points = get(b, "c", &first, 1);
        assert_int_equal(points.count, 1);
        answered = points.at[0].version;
        assert_true(answered == last ||
                    answered == last + 1); /* one more may have been under way */
        snprintf(payload, sizeof payload, "{\"n\":%" PRIu64 "}", answered);
        must_be(points.at[0].payload, payload);
        assert_int_equal(count_points(b, "c"), 1 + answered * BATCH); /* none half */
        assert_int_equal(nearest(b, "c", (const float[]){1, 0}, 2, 1).at[0].version, answered);
        bench_close(b);
    }
    bench_open(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_answered_survives_kill_9, bench_up, bench_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
