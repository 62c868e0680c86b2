/* See exact.h. The way of a block of 64 slots: which of them are seen is one 64-bit mask, which a
 * query's rows cut down; if many are left, the kernel runs over all rows at once, else over these;
 * the bounded heap of each query takes what is nearer than its worst. With examples that is done
 * for each of them while the block is in the cache, and the scorer makes one number of all. A query
 * with few rows does not go that way: the slot of each is looked for. */
#include "engine/exact.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "engine/sparse.h"

enum { BLOCK = VG_LANES, LINE_BYTES = 64, FEW = 16 };
enum { GATHER = 32 }; /* finding a row's slot takes as long as looking at so many slots in turn */
#define UNIT_SLACK 1e-6F

typedef struct block {
    uint32_t first; /* slot */
    uint32_t rows_here;
    uint64_t seen;  /* bit i: slot first + i */
    vg_place place; /* of the first */
} block;

/* ---- scores ---- */

vg_metric vg_exact_metric(vg_distance distance)
{
    if (distance == VG_EUCLID)
        return VG_METRIC_L2;
    return distance == VG_MANHATTAN ? VG_METRIC_L1 : VG_METRIC_DOT;
}

/* Overflow makes infinities, and their differences are no numbers: those are as far as can be. */
static float far_of(vg_distance distance, float measured)
{
    if (isnan(measured))
        return INFINITY;
    return vg_distance_descends(distance) ? -measured : measured;
}

float vg_exact_score(vg_distance distance, float far)
{
    if (vg_distance_descends(distance))
        return far == 0 ? 0 : -far;
    return distance == VG_EUCLID ? sqrtf(far) : far;
}

float vg_exact_score_of(const vg_nearest *nearest, float far)
{
    return vg_exact_score(nearest->scorer ? VG_DOT : nearest->distance, far);
}

void vg_exact_normalise(float *vector, size_t count)
{
    float square = vg_kernel_best()->pair[VG_METRIC_DOT](vector, vector, count);
    float length = sqrtf(square);

    if (square < FLT_EPSILON || fabsf(square - 1.0F) <= UNIT_SLACK)
        return;
    for (size_t i = 0; i < count; i++)
        vector[i] /= length;
}

const float *vg_exact_query(vg_arena *arena, const float *vector, const vg_dense *dense,
                            vg_distance distance)
{
    size_t stride = vg_dense_stride(dense), dimension = vg_dense_dimension(dense);
    char *at = vg_arena_take_zero(arena, 1, stride * sizeof(float) + LINE_BYTES);
    float *query;

    if (!at)
        return NULL;
    at += (LINE_BYTES - (uintptr_t)at % LINE_BYTES) % LINE_BYTES;
    query = (float *)(void *)at;
    memcpy(query, vector, dimension * sizeof *query);
    if (distance == VG_COSINE)
        vg_exact_normalise(query, dimension);
    return query;
}

/* ---- the nearest so far: a heap with the farthest on top ---- */

static bool is_nearer(const vg_dense *dense, vg_hit a, vg_hit b)
{
    vg_point_id one, other;

    if (a.far != b.far)
        return a.far < b.far;
    one = vg_dense_id(dense, a.slot);
    other = vg_dense_id(dense, b.slot);
    return vg_point_id_cmp(&one, &other) < 0;
}

static void sink(const vg_dense *dense, vg_hit *heap, uint32_t count, uint32_t at)
{
    vg_hit hit = heap[at];

    for (uint32_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && is_nearer(dense, heap[child], heap[child + 1]))
            child++;
        if (is_nearer(dense, heap[child], hit))
            break;
        heap[at] = heap[child];
    }
    heap[at] = hit;
}

static void swim(const vg_dense *dense, vg_hit *heap, uint32_t at)
{
    vg_hit hit = heap[at];

    for (uint32_t parent; at > 0; at = parent) {
        parent = (at - 1) / 2;
        if (is_nearer(dense, hit, heap[parent]))
            break;
        heap[at] = heap[parent];
    }
    heap[at] = hit;
}

static int by_id(const void *a, const void *b)
{
    return vg_point_id_cmp(a, b);
}

void vg_exact_sort_ids(vg_point_id *ids, uint32_t count)
{
    if (count > 1)
        qsort(ids, count, sizeof *ids, by_id);
}

bool vg_exact_leaves_out(const vg_nearest *nearest, const vg_point_id *id)
{
    return nearest->except_count > 0 &&
           bsearch(id, nearest->except, nearest->except_count, sizeof *id, by_id);
}

static bool passes(const vg_nearest *q, vg_hit hit)
{
    return !q->has_threshold ||
           vg_score_passes(q->distance, vg_exact_score_of(q, hit.far), q->threshold);
}

/* A scorer's threshold cuts the sorted hits. */
static bool is_wanted(const vg_dense *dense, const vg_nearest *q, vg_hit hit)
{
    vg_point_id id;

    if (!q->scorer && !passes(q, hit))
        return false;
    if (q->except_count == 0)
        return true;
    id = vg_dense_id(dense, hit.slot);
    return !vg_exact_leaves_out(q, &id);
}

static void offer(const vg_dense *dense, vg_nearest *q, vg_hit hit)
{
    bool is_full = q->count == q->limit;

    if (is_full && hit.far > q->hits[0].far)
        return;
    if (!is_wanted(dense, q, hit) || (is_full && !is_nearer(dense, hit, q->hits[0])))
        return;
    if (is_full) {
        q->hits[0] = hit;
        sink(dense, q->hits, q->count, 0);
        return;
    }
    q->hits[q->count] = hit;
    swim(dense, q->hits, q->count++);
}

static void sort(const vg_dense *dense, vg_nearest *q)
{
    for (uint32_t end = q->count; end > 1; end--) {
        vg_hit farthest = q->hits[0];

        q->hits[0] = q->hits[end - 1];
        q->hits[end - 1] = farthest;
        sink(dense, q->hits, end - 1, 0);
    }
}

/* Scores of examples descend whatever the metric, and its direction decides who passes (FACTS 8):
 * for Euclid and Manhattan, whose larger scores fail, all are gone or none is. */
static void cut(vg_nearest *q)
{
    uint32_t kept = 0;

    while (kept < q->count && passes(q, q->hits[kept]))
        kept++;
    q->count = kept;
}

/* ---- blocks ---- */

static block look(const vg_view *view, uint32_t first)
{
    vg_place p = vg_dense_place(view->dense, first);
    block b = {.first = first, .place = p};

    b.rows_here = view->used - first < BLOCK ? view->used - first : BLOCK;
    for (uint32_t i = 0; i < b.rows_here; i++, p.at++)
        b.seen |= (uint64_t)vg_place_is_seen(p, view->operation) << i;
    return b;
}

/* Those of the seen slots whose rows are in the set. */
static uint64_t admit(const block *b, const vg_rowset *rows)
{
    const uint64_t *row = b->place.chunk->rows + b->place.at;
    uint64_t admitted = 0;

    for (uint64_t left = b->seen; left != 0; left &= left - 1) {
        uint32_t i = (uint32_t)__builtin_ctzll(left);

        admitted |= (uint64_t)vg_rowset_has(rows, row[i]) << i;
    }
    return admitted;
}

/* What the kernels would have measured. */
static void measure_each(const block *b, const vg_compare *compare, float *out)
{
    bool descends = vg_distance_descends(compare->form.distance);

    for (uint64_t left = b->seen; left != 0; left &= left - 1) {
        uint32_t i = (uint32_t)__builtin_ctzll(left);
        float s = vg_compare_slot(compare, b->first + i);

        out[i] = descends ? s : 0 - s; /* not -0 */
    }
}

/* Of the seen slots; of others perhaps too, and perhaps not. */
static void measure(const vg_dense *dense, const block *b, vg_metric metric, const vg_scored *with,
                    float *out)
{
    const vg_kernels *kernels = vg_kernel_best();
    size_t stride = vg_dense_stride(dense);
    vg_rows rows = {.stride = stride, .rows = b->rows_here, .count = stride};

    if (with->compare) {
        measure_each(b, with->compare, out);
        return;
    }
    rows.at = vg_dense_row(dense, b->first);
    if (__builtin_popcountll(b->seen) > FEW) {
        kernels->rows[metric](with->query, &rows, out);
        return;
    }
    for (uint64_t left = b->seen; left != 0; left &= left - 1) {
        uint32_t i = (uint32_t)__builtin_ctzll(left);

        out[i] = kernels->pair[metric](with->query, rows.at + i * stride, stride);
    }
}

/* Of sparse vectors: those that share an index with the query. */
static uint64_t meeting(const block *b, const vg_nearest *q)
{
    uint64_t meets = 0;

    if (!q->compare || q->compare->form.kind != VG_SPARSE)
        return b->seen;
    for (uint64_t left = b->seen; left != 0; left &= left - 1) {
        uint32_t i = (uint32_t)__builtin_ctzll(left);

        meets |= (uint64_t)vg_compare_meets(q->compare, b->first + i) << i;
    }
    return meets;
}

/* From what was measured to s, where it stands. */
static void turn_similar(vg_distance distance, float *at, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        at[i] = -far_of(distance, at[i]);
}

static void score_block(const vg_dense *dense, const block *b, const vg_nearest *q, float *far)
{
    const vg_scorer *scorer = q->scorer;
    vg_lanes lanes = {.count = b->rows_here};
    float similar[BLOCK] = {0};

    vg_scorer_begin(scorer->scoring, &lanes);
    for (uint32_t e = 0; e < scorer->count; e++) {
        measure(dense, b, vg_exact_metric(q->distance), &scorer->examples[e], similar);
        turn_similar(q->distance, similar, b->rows_here);
        vg_scorer_fold(scorer->scoring, scorer->examples[e].role, similar, &lanes);
    }
    vg_scorer_end(scorer->scoring, &lanes);
    for (uint32_t i = 0; i < b->rows_here; i++)
        far[i] = -lanes.total[i];
}

static void search_nearest(const vg_dense *dense, const block *b, vg_nearest *q)
{
    const vg_scored with = {.query = q->query, .compare = q->compare};
    float measured[BLOCK];

    measure(dense, b, vg_exact_metric(q->distance), &with, measured);
    for (uint64_t left = meeting(b, q); left != 0; left &= left - 1) {
        uint32_t i = (uint32_t)__builtin_ctzll(left);

        offer(dense, q, (vg_hit){b->first + i, far_of(q->distance, measured[i])});
    }
}

static void search_block(const vg_dense *dense, const block *b, vg_nearest *q)
{
    float far[BLOCK];

    if (!q->scorer) {
        search_nearest(dense, b, q);
        return;
    }
    score_block(dense, b, q, far);
    for (uint64_t left = b->seen; left != 0; left &= left - 1) {
        uint32_t i = (uint32_t)__builtin_ctzll(left);

        offer(dense, q, (vg_hit){b->first + i, far[i]});
    }
}

static bool is_over(const vg_nearest *q)
{
    return q->is_stopped && atomic_load_explicit(q->is_stopped, memory_order_relaxed);
}

/* ---- few rows: each is looked for ---- */

static bool gathers(const vg_view *view, const vg_nearest *q)
{
    return q->rows && q->rows->count < view->used / GATHER && vg_dense_knows_rows(view->dense);
}

/* A row is as good as a block of one. */
static void gather_row(const vg_view *view, vg_nearest *q, uint64_t row)
{
    const block b = {
        .first = vg_dense_slot_of(view->dense, row, view->operation), .rows_here = 1, .seen = 1};

    if (b.first < view->used) /* else there is none, or one that this view leaves out */
        search_block(view->dense, &b, q);
}

static void gather(const vg_view *view, vg_nearest *q)
{
    for (uint64_t row = 0; !is_over(q) && vg_rowset_next(q->rows, &row); row++)
        gather_row(view, q, row);
}

/* ---- sparse vectors, by their inverted index ---- */

static void offer_word(const vg_view *view, vg_nearest *q, uint32_t first, uint64_t mask)
{
    block b = look(view, first);

    b.seen &= mask;
    if (q->rows)
        b.seen = admit(&b, q->rows);
    for (uint64_t left = b.seen; left != 0; left &= left - 1) {
        uint32_t slot = first + (uint32_t)__builtin_ctzll(left);

        offer(view->dense, q, (vg_hit){slot, -vg_sparse_sum(q->cursor, slot)});
    }
}

static void pass(const vg_view *view, vg_nearest *q)
{
    uint32_t first;

    while (!is_over(q) && vg_sparse_next(q->cursor, view->used, &first))
        for (uint32_t word = 0; word < VG_SPARSE_BLOCK / BLOCK; word++)
            if (vg_sparse_mask(q->cursor, word) != 0)
                offer_word(view, q, first + word * BLOCK, vg_sparse_mask(q->cursor, word));
}

/* ---- from end to end ---- */

/* Queries with the same rows stand together, as a rule: these are looked up once. */
static void search_all(const vg_dense *dense, const block *all, vg_nearest *queries, size_t count)
{
    const vg_rowset *rows = NULL;
    block b = *all;

    for (size_t i = 0; i < count; i++) {
        if (queries[i].is_done)
            continue;
        if (queries[i].rows != rows) {
            rows = queries[i].rows;
            b.seen = rows ? admit(all, rows) : all->seen;
        }
        if (b.seen != 0)
            search_block(dense, &b, &queries[i]);
    }
}

static void scan(const vg_view *view, vg_nearest *queries, size_t count)
{
    for (uint32_t first = 0; first < view->used && !is_over(queries);) {
        block b = look(view, first);

        if (b.seen != 0)
            search_all(view->dense, &b, queries, count);
        if (view->used - first <= BLOCK)
            break;
        first += BLOCK;
    }
}

/* Without a look at each slot; false: it cannot be. */
static bool search_short(const vg_view *view, vg_nearest *q)
{
    if (gathers(view, q))
        gather(view, q);
    else if (q->cursor)
        pass(view, q);
    else
        return false;
    return true;
}

void vg_exact_search(const vg_view *view, vg_nearest *queries, size_t count)
{
    size_t left = 0;

    for (size_t i = 0; i < count; i++) {
        queries[i].count = 0;
        queries[i].is_done = search_short(view, &queries[i]);
        left += !queries[i].is_done;
    }
    if (left > 0)
        scan(view, queries, count);
    for (size_t i = 0; i < count; i++) {
        sort(view->dense, &queries[i]);
        if (queries[i].scorer)
            cut(&queries[i]);
    }
}

/* ---- in parts ---- */

void vg_exact_begin(vg_nearest *nearest)
{
    nearest->count = 0;
}

void vg_exact_offer(const vg_view *view, vg_nearest *nearest, vg_hit hit)
{
    offer(view->dense, nearest, hit);
}

float vg_exact_far(const vg_view *view, const vg_nearest *nearest, uint32_t slot)
{
    vg_pair_fn *pair = vg_kernel_best()->pair[vg_exact_metric(nearest->distance)];

    return far_of(nearest->distance, pair(nearest->query, vg_dense_row(view->dense, slot),
                                          vg_dense_stride(view->dense)));
}

uint64_t vg_exact_scan(const vg_view *view, uint32_t first, vg_nearest *nearest)
{
    uint64_t compared = 0;

    for (uint32_t at = first / BLOCK * BLOCK; at < view->used && !is_over(nearest);) {
        block b = look(view, at);

        if (at < first)
            b.seen &= ~UINT64_C(0) << (first - at);
        if (nearest->rows)
            b.seen = admit(&b, nearest->rows);
        compared += (uint64_t)__builtin_popcountll(b.seen);
        if (b.seen != 0)
            search_block(view->dense, &b, nearest);
        if (view->used - at <= BLOCK)
            break;
        at += BLOCK;
    }
    return compared;
}

void vg_exact_end(const vg_view *view, vg_nearest *nearest)
{
    sort(view->dense, nearest);
}
