/* The graph beside hnswlib: the same vectors, m 16 and ef_construct 200, one thread. For each ef
 * the recall@10 of both and their queries a second; these at recall 0.95 and 0.99, between the two
 * nearest ef; and slots inserted a second. Time is the thread's own, so that other programs count
 * only by what they leave of the caches.
 *
 *     bench_hnsw words FILE COUNT [ours]       rows of 100 floats (loadtest/fetch-data.sh), cosine
 *     bench_hnsw clusters SIZE COUNT [ours]    a hundred vectors a cluster, L2
 *     bench_hnsw rows FILE SIZE QUESTIONS [ours]    files of rows of SIZE floats, cosine
 *
 * A question is the sum of two words, or another vector of a cluster. Truth is exact search. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "engine/hnsw.h"
#ifdef VG_HAS_HNSWLIB
#    include "tests/support/hnswlib_peer.h"
#endif

enum { TOP = 10, QUERIES = 1000, M = 16, EF_CONSTRUCT = 200, WORD_SIZE = 100, ROUNDS = 3 };

static const uint32_t efs[] = {10,  12,  16,  20,  24,  32,   48,   64,   96,   128,
                               192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096};
static const double enough = 0.999; /* recall of both: a larger ef need not be measured */
enum { EFS = sizeof efs / sizeof *efs };

/* One engine's figures. */
typedef struct figures {
    double recall[EFS], rate[EFS]; /* queries a second */
    double insert_rate;
} figures;

typedef struct bench {
    uint32_t size, count;
    bool is_l2;
    float *vectors, *queries; /* rows of `size` */
    const float *padded[QUERIES];
    uint32_t truth[QUERIES][TOP];
    uint32_t truth_count;
    vg_arena *arena;
    vg_dense *dense;
    vg_hnsw *graph;
    struct hnswlib_peer *peer; /* NULL: there is none */
} bench;

typedef uint32_t search_fn(bench *b, uint32_t query, uint32_t ef, uint32_t *slots);

static uint64_t chance = 42;

static uint64_t next_chance(void)
{
    chance = chance * 6364136223846793005U + 1442695040888963407U;
    return chance >> 33;
}

/* Near enough to a normal distribution. */
static float next_normal(void)
{
    float sum = 0;

    for (int i = 0; i < 4; i++)
        sum += (float)next_chance() / (float)(1U << 30) - 1.0F;
    return sum * 0.866F;
}

static double thread_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void *take(size_t count, size_t size)
{
    void *at = calloc(count, size);

    if (!at) {
        fputs("bench_hnsw: no memory\n", stderr);
        exit(1);
    }
    return at;
}

/* ---- vectors ---- */

static void read_rows(float *rows, uint32_t count, uint32_t size, const char *path)
{
    FILE *file = fopen(path, "rb");
    size_t floats = (size_t)count * size;

    if (!file || fread(rows, sizeof(float), floats, file) != floats) {
        fprintf(stderr, "bench_hnsw: %s: not so many rows (loadtest/fetch-data.sh)\n", path);
        exit(1);
    }
    fclose(file);
    for (uint32_t i = 0; i < count; i++)
        vg_exact_normalise(rows + (size_t)i * size, size);
}

static uint32_t rows_in(const char *path, uint32_t size)
{
    struct stat about;

    return stat(path, &about) == 0 ? (uint32_t)((size_t)about.st_size / sizeof(float) / size) : 0;
}

/* Fewer questions than QUERIES are asked over and over. */
static void read_questions(bench *b, const char *path)
{
    uint32_t count = rows_in(path, b->size);

    if (count > QUERIES)
        count = QUERIES;
    read_rows(b->queries, count, b->size, path);
    for (uint32_t i = count; i < QUERIES && count > 0; i++)
        memcpy(b->queries + (size_t)i * b->size, b->queries + (size_t)(i - count) * b->size,
               b->size * sizeof(float));
}

static void read_words(bench *b, const char *path)
{
    read_rows(b->vectors, b->count, b->size, path);
    for (uint32_t i = 0; i < QUERIES; i++) {
        const float *one = b->vectors + next_chance() % b->count * b->size;
        const float *other = b->vectors + next_chance() % b->count * b->size;
        float *query = b->queries + (size_t)i * b->size;

        for (uint32_t k = 0; k < b->size; k++)
            query[k] = one[k] + other[k];
        vg_exact_normalise(query, b->size);
    }
}

static void make_clusters(bench *b)
{
    uint32_t clusters = b->count / 100 + 1;
    float *centres = take((size_t)clusters * b->size, sizeof(float));

    for (size_t i = 0; i < (size_t)clusters * b->size; i++)
        centres[i] = next_normal();
    for (uint32_t i = 0; i < b->count + QUERIES; i++) {
        const float *centre = centres + next_chance() % clusters * b->size;
        float *to = i < b->count ? b->vectors + (size_t)i * b->size
                                 : b->queries + (size_t)(i - b->count) * b->size;

        for (uint32_t k = 0; k < b->size; k++)
            to[k] = centre[k] + next_normal();
    }
    free(centres);
}

/* ---- ours ---- */

static vg_distance distance_of(const bench *b)
{
    return b->is_l2 ? VG_EUCLID : VG_COSINE;
}

static void put_vectors(bench *b)
{
    uint8_t room[VG_ID_KEY_MAX];

    b->dense = vg_dense_new(b->size);
    if (!b->dense || !vg_dense_reserve(b->dense, b->count, 0))
        exit(1);
    for (uint32_t i = 0; i < b->count; i++) {
        vg_point_id id = {.kind = VG_ID_NUM, .num = i};

        vg_dense_put(b->dense, vg_slice_of((const char *)room, vg_point_id_key(&id, room)), i + 1,
                     b->vectors + (size_t)i * b->size, 1);
    }
    for (uint32_t i = 0; i < QUERIES; i++)
        b->padded[i] =
            vg_exact_query(b->arena, b->queries + (size_t)i * b->size, b->dense, distance_of(b));
}

static void find_truth(bench *b)
{
    vg_view view = {.dense = b->dense, .operation = 1, .used = b->count};
    vg_hit hits[TOP];

    for (uint32_t i = 0; i < QUERIES; i++) {
        vg_nearest nearest = {
            .query = b->padded[i], .distance = distance_of(b), .hits = hits, .limit = TOP};

        vg_exact_search(&view, &nearest, 1);
        b->truth_count = nearest.count;
        for (uint32_t k = 0; k < nearest.count; k++)
            b->truth[i][k] = hits[k].slot;
    }
}

static double insert_ours(bench *b)
{
    vg_hnsw_conf conf = {.distance = distance_of(b), .m = M, .ef_construct = EF_CONSTRUCT};
    double begin = thread_seconds();

    b->graph = vg_hnsw_new(b->dense, &conf);
    if (!b->graph)
        exit(1);
    for (uint32_t i = 0; i < b->count; i++)
        if (!vg_hnsw_insert(b->graph, 1))
            exit(1);
    return (double)b->count / (thread_seconds() - begin);
}

static uint32_t search_ours(bench *b, uint32_t query, uint32_t ef, uint32_t *slots)
{
    vg_view view = {.dense = b->dense, .operation = 1, .used = b->count};
    vg_hit hits[TOP];
    vg_walk walk = {.view = &view,
                    .before = b->count,
                    .query = b->padded[query],
                    .ef = ef,
                    .hits = hits,
                    .limit = TOP};

    if (!vg_hnsw_search(b->graph, &walk))
        exit(1);
    for (uint32_t i = 0; i < walk.count; i++)
        slots[i] = hits[i].slot;
    return walk.count;
}

/* ---- the peer: rows padded to whole lines as ours are, which its kernels are fastest with ---- */

#ifdef VG_HAS_HNSWLIB
static double insert_peer(bench *b)
{
    hnswlib_conf conf = {vg_dense_stride(b->dense), b->count, M, EF_CONSTRUCT, b->is_l2};
    double begin = thread_seconds();

    b->peer = hnswlib_peer_new(&conf);
    if (!b->peer)
        exit(1);
    for (uint32_t i = 0; i < b->count; i++)
        hnswlib_peer_add(b->peer, vg_dense_row(b->dense, i), i);
    return (double)b->count / (thread_seconds() - begin);
}

static uint32_t search_peer(bench *b, uint32_t query, uint32_t ef, uint32_t *slots)
{
    size_t labels[TOP], count;

    hnswlib_peer_set_ef(b->peer, ef);
    count = hnswlib_peer_search(b->peer, b->padded[query], TOP, labels);
    for (size_t i = 0; i < count; i++)
        slots[i] = (uint32_t)labels[i];
    return (uint32_t)count;
}
#endif

/* ---- figures ---- */

static uint32_t count_true(const bench *b, uint32_t query, const uint32_t *slots, uint32_t count)
{
    uint32_t found = 0;

    for (uint32_t i = 0; i < count; i++)
        for (uint32_t k = 0; k < b->truth_count; k++)
            found += slots[i] == b->truth[query][k];
    return found;
}

static double rate_of(bench *b, search_fn *search, uint32_t ef, double *recall)
{
    uint32_t slots[TOP], found = 0;
    double begin = thread_seconds(), passed;

    for (uint32_t i = 0; i < QUERIES; i++)
        found += count_true(b, i, slots, search(b, i, ef, slots));
    passed = thread_seconds() - begin;
    *recall = (double)found / ((double)QUERIES * b->truth_count);
    return QUERIES / passed;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double values[ROUNDS])
{
    qsort(values, ROUNDS, sizeof *values, by_value);
    return values[ROUNDS / 2];
}

/* Rounds of both take turns. */
static void measure(bench *b, search_fn *const engines[2], figures out[2], uint32_t at)
{
    double rates[2][ROUNDS];

    for (int round = 0; round < ROUNDS; round++)
        for (int i = 0; i < 2 && engines[i]; i++)
            rates[i][round] = rate_of(b, engines[i], efs[at], &out[i].recall[at]);
    for (int i = 0; i < 2 && engines[i]; i++)
        out[i].rate[at] = median(rates[i]);
}

/* Between the two ef that are around this recall; 0: none is. */
static double rate_at(const figures *f, double recall)
{
    for (uint32_t i = 1; i < EFS; i++) {
        double share = (recall - f->recall[i - 1]) / (f->recall[i] - f->recall[i - 1]);

        if (f->recall[i] >= recall && f->recall[i - 1] < recall)
            return 1 / ((1 - share) / f->rate[i - 1] + share / f->rate[i]);
    }
    return f->recall[0] >= recall ? f->rate[0] : 0;
}

static void show_pair(const char *what, double ours, double peer, const char *unit)
{
    printf("%-22s ours %9.0f %s", what, ours, unit);
    if (peer > 0)
        printf("   hnswlib %9.0f %s   %5.2f x", peer, unit, ours / peer);
    putchar('\n');
}

static void show_ef(const figures f[2], uint32_t at, bool has_peer)
{
    printf("ef %3" PRIu32 "   ours %.4f %7.0f/s", efs[at], f[0].recall[at], f[0].rate[at]);
    if (has_peer)
        printf("   hnswlib %.4f %7.0f/s", f[1].recall[at], f[1].rate[at]);
    putchar('\n');
}

static void run(bench *b, bool has_peer)
{
    search_fn *engines[2] = {search_ours};
    figures f[2] = {0};

    put_vectors(b);
    find_truth(b);
    f[0].insert_rate = insert_ours(b);
#ifdef VG_HAS_HNSWLIB
    if (has_peer) {
        f[1].insert_rate = insert_peer(b);
        engines[1] = search_peer;
        printf("hnswlib's kernels: %s\n", hnswlib_peer_kernel());
    }
#endif
    show_pair("inserted", f[0].insert_rate, f[1].insert_rate, "slots/s");
    for (uint32_t i = 0; i < EFS; i++) {
        measure(b, engines, f, i);
        show_ef(f, i, has_peer);
        if (f[0].recall[i] >= enough && (!has_peer || f[1].recall[i] >= enough))
            break;
    }
    show_pair("at recall@10 of 0.95", rate_at(&f[0], 0.95), rate_at(&f[1], 0.95), "queries/s");
    show_pair("at recall@10 of 0.99", rate_at(&f[0], 0.99), rate_at(&f[1], 0.99), "queries/s");
}

/* False: nobody knows what is meant. */
static bool read_arguments(bench *b, int argc, char **argv)
{
    bool is_rows = argc > 4 && strcmp(argv[1], "rows") == 0;

    b->is_l2 = argc > 3 && strcmp(argv[1], "clusters") == 0;
    if (!is_rows && !b->is_l2 && (argc < 4 || strcmp(argv[1], "words") != 0))
        return false;
    b->size = WORD_SIZE;
    if (is_rows || b->is_l2)
        b->size = (uint32_t)strtoul(argv[is_rows ? 3 : 2], NULL, 10);
    if (b->size == 0)
        return false;
    b->count = is_rows ? rows_in(argv[2], b->size) : (uint32_t)strtoul(argv[3], NULL, 10);
    return b->count > 0;
}

static void make_vectors(bench *b, char **argv)
{
    b->vectors = take((size_t)b->count * b->size, sizeof(float));
    b->queries = take((size_t)QUERIES * b->size, sizeof(float));
    if (b->is_l2) {
        make_clusters(b);
    } else if (strcmp(argv[1], "words") == 0) {
        read_words(b, argv[2]);
    } else {
        read_rows(b->vectors, b->count, b->size, argv[2]);
        read_questions(b, argv[4]);
    }
}

int main(int argc, char **argv)
{
    static bench b;
    bool has_peer = strcmp(argv[argc - 1], "ours") != 0;

#ifndef VG_HAS_HNSWLIB
    has_peer = false;
#endif
    if (!read_arguments(&b, argc, argv)) {
        fputs("bench_hnsw words FILE COUNT [ours] | clusters SIZE COUNT [ours] |"
              " rows FILE SIZE QUESTIONS [ours]\n",
              stderr);
        return 2;
    }
    vg_arena_set_total_cap((size_t)1 << 30);
    b.arena = vg_arena_new(64 << 20);
    make_vectors(&b, argv);
    printf("%s %" PRIu32 " x %" PRIu32 ", %s; our kernels: %s\n", argv[1], b.count, b.size,
           vg_distance_name(distance_of(&b)), vg_kernel_best()->name);
    run(&b, has_peer);
    vg_hnsw_let(b.graph);
    vg_dense_let(b.dense);
    vg_arena_free(b.arena);
    return 0;
}
