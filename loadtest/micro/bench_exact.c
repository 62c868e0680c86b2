/* Exact search: vectors a second and GB/s, as a share of what this memory gives to one core that
 * only reads. Both in one run, since machines differ.
 *
 *     bench_exact            2 000 x 100, 100 000 x 100, 20 000 x 768; k = 10
 *
 * "8 examples" is one search by best score: per example as long as a search of eight in a pass, and
 * what the scores take. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "engine/exact.h"

enum { TOP = 10, READ_BYTES = 256 << 20, TURNS = 7 };
#define LEAST_NS 300000000U

static uint64_t chance = 42;

static float next_float(void)
{
    chance = chance * 6364136223846793005U + 1442695040888963407U;
    return (float)(chance >> 40) / (float)(1 << 23) - 1.0F;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *values)
{
    qsort(values, TURNS, sizeof *values, by_value);
    return values[TURNS / 2];
}

/* ---- how fast can one core read? ---- */

/* The kernel itself, over one row that does not fit into any cache: no heap, no ids, no marks. */
static double read_rate(void)
{
    size_t count = READ_BYTES / sizeof(float), line = 1 << 14;
    float *at = mmap(NULL, READ_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    float *query = aligned_alloc(64, line * sizeof *query), sum = 0;
    double rates[TURNS];

    if (at == MAP_FAILED || !query)
        exit(1);
    madvise(at, READ_BYTES, MADV_HUGEPAGE);
    for (size_t i = 0; i < count; i++)
        at[i] = next_float();
    for (size_t i = 0; i < line; i++)
        query[i] = 1;
    for (int turn = 0; turn < TURNS; turn++) {
        uint64_t begin = vg_clock_now_ns();

        for (size_t i = 0; i < count; i += line)
            sum += vg_kernel_best()->pair[VG_METRIC_DOT](at + i, query, line);
        rates[turn] = (double)READ_BYTES / (double)(vg_clock_now_ns() - begin);
    }
    if (sum == 12345)
        puts("");
    munmap(at, READ_BYTES);
    free(query);
    return median(rates);
}

/* ---- search ---- */

static void fill(vg_dense *dense, uint32_t size, uint32_t count)
{
    float *vector = malloc(size * sizeof *vector);
    uint8_t room[VG_ID_KEY_MAX];

    if (!vector || !vg_dense_reserve(dense, count, 0))
        exit(1);
    for (uint32_t i = 0; i < count; i++) {
        vg_point_id id = {.kind = VG_ID_NUM, .num = i};

        for (uint32_t k = 0; k < size; k++)
            vector[k] = next_float();
        vg_dense_put(dense, vg_slice_of((const char *)room, vg_point_id_key(&id, room)), i + 1,
                     vector, 1);
    }
    free(vector);
}

/* Nanoseconds for one query of `queries` that share a pass. */
static double time_search(const vg_view *view, vg_nearest *nearest, size_t queries)
{
    double each[TURNS];

    for (int turn = 0; turn < TURNS; turn++) {
        uint64_t begin = vg_clock_now_ns(), passed = 0, done = 0;

        while (passed < LEAST_NS / TURNS) {
            vg_exact_search(view, nearest, queries);
            done += queries;
            passed = vg_clock_now_ns() - begin;
        }
        each[turn] = (double)passed / (double)done;
    }
    return median(each);
}

static void show(const char *what, double ns, const vg_view *view, double rate)
{
    double bytes = (double)view->used * (double)vg_dense_stride(view->dense) * sizeof(float);

    printf("%7" PRIu32 " x %3" PRIu32 "  %-22s %9.1f us  %7.1f M vectors/s  %6.2f GB/s  %3.0f %%\n",
           view->used, vg_dense_dimension(view->dense), what, ns / 1e3,
           (double)view->used / ns * 1e3, bytes / ns, 100 * bytes / ns / rate);
}

enum { BATCH = 8 };

/* One search whose examples are the queries of the batch, half of them negative; ns an example. */
static double time_examples(const vg_view *view, const vg_nearest *batch)
{
    vg_scored examples[BATCH];
    vg_scorer scorer = {VG_BY_BEST_SCORE, examples, BATCH};
    vg_nearest one = batch[0];

    for (int i = 0; i < BATCH; i++)
        examples[i] =
            (vg_scored){.role = i % 2 ? VG_NEGATIVE : VG_POSITIVE, .query = batch[i].query};
    one.scorer = &scorer;
    return time_search(view, &one, 1) / BATCH;
}

static void measure(uint32_t count, uint32_t size, double rate)
{
    static const vg_distance distances[] = {VG_COSINE, VG_EUCLID, VG_MANHATTAN};
    vg_dense *dense = vg_dense_new(size);
    vg_arena *arena = vg_arena_new(64 << 20);
    vg_nearest nearest[BATCH];
    vg_view view;
    char what[32];

    if (!dense || !arena)
        exit(1);
    fill(dense, size, count);
    view = (vg_view){dense, 1, count};
    for (int d = 0; d < 3; d++) {
        for (int i = 0; i < BATCH; i++) {
            float *vector = VG_TAKE_N(arena, float, size);

            for (uint32_t k = 0; k < size; k++)
                vector[k] = next_float();
            nearest[i] = (vg_nearest){.distance = distances[d], .limit = TOP};
            nearest[i].query = vg_exact_query(arena, vector, dense, distances[d]);
            nearest[i].hits = VG_TAKE_N(arena, vg_hit, TOP);
        }
        show(vg_distance_name(distances[d]), time_search(&view, nearest, 1), &view, rate);
        snprintf(what, sizeof what, "%s, %d a pass", vg_distance_name(distances[d]), BATCH);
        show(what, time_search(&view, nearest, BATCH), &view, rate);
        snprintf(what, sizeof what, "%s, %d examples", vg_distance_name(distances[d]), BATCH);
        show(what, time_examples(&view, nearest), &view, rate);
    }
    vg_arena_free(arena);
    vg_dense_let(dense);
}

int main(void)
{
    double rate = read_rate();

    vg_arena_set_total_cap((size_t)1 << 30);
    printf("kernels: %s; one core reads %.2f GB/s from memory\n", vg_kernel_best()->name, rate);
    measure(2000, 100, rate);
    measure(100000, 100, rate);
    measure(20000, 768, rate);
    return 0;
}
