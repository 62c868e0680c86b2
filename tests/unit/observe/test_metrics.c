/* Counting: cells, threads, workers. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "vecgate/exchange.h"

#include "observe/table.h"

enum { THREADS = 4, ROUNDS = 20000, WORKERS = 3 };

static void every_cell_has_one_index_and_back(void **state)
{
    (void)state;
    for (int m = 0; m < VG_METRICS; m++)
        for (uint32_t i = 0; i < vg_metric_cells((vg_metric)m); i++)
            assert_int_equal(vg_metric_index((vg_metric)m, vg_metric_cell((vg_metric)m, i)), i);
}

static void labels_that_a_metric_lacks_are_ignored(void **state)
{
    vg_metrics *metrics = vg_metrics_new(1);

    (void)state;
    vg_metrics_add(metrics, VG_M_connections_total,
                   (vg_cell){.backend = 3, .operation = VG_OP_SEARCH, .pool = VG_POOL_MISC}, 5);
    assert_int_equal(vg_metrics_read(metrics, VG_M_connections_total, (vg_cell){0}), 5);
    vg_metrics_free(metrics);
}

static void neighbours_do_not_count_for_each_other(void **state)
{
    vg_metrics *metrics = vg_metrics_new(1);
    uint64_t n = 0;

    (void)state;
    for (int m = 0; m < VG_METRICS; m++)
        for (uint32_t i = 0; i < vg_metric_cells((vg_metric)m); i++) {
            vg_cell cell = vg_metric_cell((vg_metric)m, i);

            n = n % 7 + 1;
            for (uint64_t k = 0; k < n && vg_metric_rows[m].type == VG_METRIC_HISTOGRAM; k++)
                vg_metrics_observe(metrics, (vg_metric)m, cell, k);
            if (vg_metric_rows[m].type != VG_METRIC_HISTOGRAM)
                vg_metrics_set(metrics, (vg_metric)m, cell, (int64_t)n);
        }
    n = 0;
    for (int m = 0; m < VG_METRICS; m++)
        for (uint32_t i = 0; i < vg_metric_cells((vg_metric)m); i++) {
            n = n % 7 + 1;
            assert_int_equal(
                vg_metrics_read(metrics, (vg_metric)m, vg_metric_cell((vg_metric)m, i)), n);
        }
    vg_metrics_free(metrics);
}

static void a_backend_is_one_place_however_often_it_is_named(void **state)
{
    vg_metrics *metrics = vg_metrics_new(1);
    char name[2] = "a";

    (void)state;
    assert_int_equal(vg_metrics_backend(metrics, VG_LIT("embedded")), 1);
    assert_int_equal(vg_metrics_backend(metrics, VG_LIT("sqlite")), 2);
    assert_int_equal(vg_metrics_backend(metrics, VG_LIT("embedded")), 1);
    assert_string_equal(vg_metrics_backend_name(metrics, 2), "sqlite");
    assert_string_equal(vg_metrics_backend_name(metrics, 3), "");
    for (int i = 3; i < VG_METRIC_BACKENDS; i++, name[0]++)
        assert_int_equal(vg_metrics_backend(metrics, vg_slice_str(name)), i);
    assert_int_equal(vg_metrics_backend(metrics, VG_LIT("one too many")), 0);
    vg_metrics_free(metrics);
}

static const struct {
    const char *says;
    uint64_t ns;
    int bucket;
} times[] = {
    {"nothing is in the first", 0, 0},
    {"a bound is inside its bucket", 100000, 0},
    {"one more is in the next", 100001, 1},
    {"a millisecond", 1000000, 3},
    {"ten seconds are the last with a bound", 10000000000, 15},
    {"more is in the rest", 10000000001, 16},
    {"the largest there is, too", UINT64_MAX / 2, 16},
};

static void a_time_falls_into_the_bucket_that_bounds_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        vg_metrics *metrics = vg_metrics_new(1);
        vg_histogram histogram;

        vg_metrics_observe(metrics, VG_M_request_duration_seconds, (vg_cell){0}, times[i].ns);
        vg_metrics_histogram(metrics, VG_M_request_duration_seconds, 0, &histogram);
        for (int b = 0; b <= VG_METRIC_BOUNDS; b++)
            if (histogram.buckets[b] != (b == times[i].bucket))
                fail_msg("%s: bucket %d holds %d", times[i].says, b, (int)histogram.buckets[b]);
        assert_int_equal(histogram.sum_ns, times[i].ns);
        vg_metrics_free(metrics);
    }
}

static void *count(void *arg)
{
    vg_metrics *metrics = arg;

    for (int i = 0; i < ROUNDS; i++) {
        vg_metrics_add(metrics, VG_M_connections_total, (vg_cell){0}, 1);
        vg_metrics_move(metrics, VG_M_requests_in_flight, (vg_cell){.api = VG_API_QDRANT}, 1);
        vg_metrics_move(metrics, VG_M_requests_in_flight, (vg_cell){.api = VG_API_QDRANT}, -1);
        vg_metrics_observe(metrics, VG_M_request_duration_seconds, (vg_cell){0}, (uint64_t)i);
        vg_metrics_max(metrics, VG_M_loop_turn_max_seconds, (vg_cell){0}, i);
    }
    return NULL;
}

static void count_in_threads(vg_metrics *metrics)
{
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count, metrics), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static void threads_lose_no_count(void **state)
{
    vg_metrics *metrics = vg_metrics_new(1);

    (void)state;
    count_in_threads(metrics);
    assert_int_equal(vg_metrics_read(metrics, VG_M_connections_total, (vg_cell){0}),
                     THREADS * ROUNDS);
    assert_int_equal(
        vg_metrics_read(metrics, VG_M_requests_in_flight, (vg_cell){.api = VG_API_QDRANT}), 0);
    assert_int_equal(vg_metrics_read(metrics, VG_M_request_duration_seconds, (vg_cell){0}),
                     THREADS * ROUNDS);
    assert_int_equal(vg_metrics_read(metrics, VG_M_loop_turn_max_seconds, (vg_cell){0}),
                     ROUNDS - 1);
    vg_metrics_free(metrics);
}

static void any_worker_answers_for_all(void **state)
{
    vg_metrics *metrics = vg_metrics_new(WORKERS);
    int status;

    (void)state;
    for (uint32_t w = 0; w < WORKERS; w++)
        if (fork() == 0) {
            vg_metrics_set_worker(metrics, w);
            vg_metrics_add(metrics, VG_M_connections_total, (vg_cell){0}, 10 + w);
            vg_metrics_set(metrics, VG_M_connections, (vg_cell){0}, 1);
            vg_metrics_max(metrics, VG_M_loop_turn_max_seconds, (vg_cell){0}, 100 * (1 + w));
            _exit(0);
        }
    for (int w = 0; w < WORKERS; w++) {
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    assert_int_equal(vg_metrics_read(metrics, VG_M_connections_total, (vg_cell){0}), 33);
    assert_int_equal(vg_metrics_read(metrics, VG_M_connections, (vg_cell){0}), WORKERS);
    assert_int_equal(vg_metrics_read(metrics, VG_M_loop_turn_max_seconds, (vg_cell){0}), 300);
    vg_metrics_free(metrics);
}

static void count_as(vg_metrics *metrics, uint32_t worker)
{
    vg_metrics_set_worker(metrics, worker);
    vg_metrics_add(metrics, VG_M_connections_total, (vg_cell){0}, 10);
    vg_metrics_observe(metrics, VG_M_request_duration_seconds, (vg_cell){0}, 1000);
    vg_metrics_move(metrics, VG_M_connections, (vg_cell){0}, 5);
    vg_metrics_set(metrics, VG_M_calls_in_flight, (vg_cell){.backend = 1}, 3);
    vg_metrics_set(metrics, VG_M_collections, (vg_cell){.backend = 1}, 4 + worker);
    vg_metrics_set(metrics, VG_M_jobs, (vg_cell){0}, 7);
    vg_metrics_max(metrics, VG_M_loop_turn_max_seconds, (vg_cell){0}, 100 + worker);
}

static uint64_t read_of(const vg_metrics *metrics, vg_metric metric, uint8_t backend)
{
    return vg_metrics_read(metrics, metric, (vg_cell){.backend = backend});
}

static void what_workers_share_is_one_number(void **state)
{
    vg_metrics *metrics = vg_metrics_new(WORKERS);

    (void)state;
    for (uint32_t w = 0; w < WORKERS; w++)
        count_as(metrics, w);
    assert_int_equal(read_of(metrics, VG_M_jobs, 0), 7);
    assert_int_equal(read_of(metrics, VG_M_collections, 1), 4 + WORKERS - 1);
    vg_metrics_set_worker(metrics, 1);
    vg_metrics_move(metrics, VG_M_breaker_state, (vg_cell){.backend = 1}, 1);
    vg_metrics_set_worker(metrics, 2);
    vg_metrics_move(metrics, VG_M_breaker_state, (vg_cell){.backend = 1}, 1);
    vg_metrics_bury(metrics, 1);
    assert_int_equal(read_of(metrics, VG_M_breaker_state, 1), 2);
    vg_metrics_free(metrics);
}

/* What a dead worker had under way is not under way any more; what it counted was. */
static void the_dead_have_nothing_and_did_what_they_did(void **state)
{
    vg_metrics *metrics = vg_metrics_new(WORKERS);

    (void)state;
    for (uint32_t w = 0; w < WORKERS; w++)
        count_as(metrics, w);
    vg_metrics_bury(metrics, WORKERS - 1);
    assert_int_equal(read_of(metrics, VG_M_connections, 0), 5 * (WORKERS - 1));
    assert_int_equal(read_of(metrics, VG_M_calls_in_flight, 1), 3 * (WORKERS - 1));
    assert_int_equal(read_of(metrics, VG_M_collections, 1), 4 + WORKERS - 2);
    assert_int_equal(read_of(metrics, VG_M_connections_total, 0), 10 * WORKERS);
    assert_int_equal(read_of(metrics, VG_M_request_duration_seconds, 0), WORKERS);
    assert_int_equal(read_of(metrics, VG_M_loop_turn_max_seconds, 0), 100 + WORKERS - 1);
    assert_int_equal(read_of(metrics, VG_M_jobs, 0), 7);
    vg_metrics_bury(metrics, WORKERS); /* nobody */
    vg_metrics_free(metrics);
}

static void nothing_counts_nothing(void **state)
{
    (void)state;
    vg_metrics_add(NULL, VG_M_connections_total, (vg_cell){0}, 1);
    vg_metrics_set(NULL, VG_M_connections, (vg_cell){0}, 1);
    vg_metrics_max(NULL, VG_M_loop_turn_max_seconds, (vg_cell){0}, 1);
    vg_metrics_observe(NULL, VG_M_request_duration_seconds, (vg_cell){0}, 1);
    vg_metrics_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell_has_one_index_and_back),
        cmocka_unit_test(labels_that_a_metric_lacks_are_ignored),
        cmocka_unit_test(neighbours_do_not_count_for_each_other),
        cmocka_unit_test(a_backend_is_one_place_however_often_it_is_named),
        cmocka_unit_test(a_time_falls_into_the_bucket_that_bounds_it),
        cmocka_unit_test(threads_lose_no_count),
        cmocka_unit_test(any_worker_answers_for_all),
        cmocka_unit_test(what_workers_share_is_one_number),
        cmocka_unit_test(the_dead_have_nothing_and_did_what_they_did),
        cmocka_unit_test(nothing_counts_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
