/* The loops over pairs and rows, once for every instruction set. Included at the end of
 * kernel_<isa>.c, which defines before: the type `v` of WIDTH floats, INLINE and TARGET, zero(),
 * load(), part() for an end shorter than WIDTH, step(), add(), total().
 *
 * A row is summed in two accumulators, even and odd parts apart, so that additions need not wait
 * for each other; four rows share the loads of the query. Each row's sum is made in the same order
 * alone and among others: equal vectors are equally far, however they were come by. Accumulators
 * are written out: plain loops are not vectorised without -ffast-math. The metric is a constant
 * wherever it is given, so no branch is left. */

INLINE float pair(vg_metric metric, const float *a, const float *b, size_t count)
{
    v s = zero(), t = zero();
    size_t i = 0;

    for (; i + 2 * WIDTH <= count; i += 2 * WIDTH) {
        s = step(metric, s, load(a + i), load(b + i));
        t = step(metric, t, load(a + i + WIDTH), load(b + i + WIDTH));
    }
    for (; i < count; i += WIDTH) {
        size_t left = count - i < WIDTH ? count - i : WIDTH;

        s = step(metric, s, part(a + i, left), part(b + i, left));
    }
    return total(add(s, t));
}

INLINE void four(vg_metric metric, const float *query, const float *const row[4], size_t count,
                 float *out)
{
    v s0 = zero(), s1 = zero(), s2 = zero(), s3 = zero();
    v t0 = zero(), t1 = zero(), t2 = zero(), t3 = zero();
    size_t i = 0;

    for (; i + 2 * WIDTH <= count; i += 2 * WIDTH) {
        v q = load(query + i), p = load(query + i + WIDTH);

        s0 = step(metric, s0, q, load(row[0] + i));
        s1 = step(metric, s1, q, load(row[1] + i));
        s2 = step(metric, s2, q, load(row[2] + i));
        s3 = step(metric, s3, q, load(row[3] + i));
        t0 = step(metric, t0, p, load(row[0] + i + WIDTH));
        t1 = step(metric, t1, p, load(row[1] + i + WIDTH));
        t2 = step(metric, t2, p, load(row[2] + i + WIDTH));
        t3 = step(metric, t3, p, load(row[3] + i + WIDTH));
    }
    for (; i < count; i += WIDTH) {
        size_t left = count - i < WIDTH ? count - i : WIDTH;
        v q = part(query + i, left);

        s0 = step(metric, s0, q, part(row[0] + i, left));
        s1 = step(metric, s1, q, part(row[1] + i, left));
        s2 = step(metric, s2, q, part(row[2] + i, left));
        s3 = step(metric, s3, q, part(row[3] + i, left));
    }
    out[0] = total(add(s0, t0));
    out[1] = total(add(s1, t1));
    out[2] = total(add(s2, t2));
    out[3] = total(add(s3, t3));
}

INLINE void all(vg_metric metric, const float *query, const vg_rows *r, float *out)
{
    size_t i = 0;

    for (; i + 4 <= r->rows; i += 4) {
        const float *at = r->at + i * r->stride;
        const float *row[4] = {at, at + r->stride, at + 2 * r->stride, at + 3 * r->stride};

        four(metric, query, row, r->count, out + i);
    }
    for (; i < r->rows; i++)
        out[i] = pair(metric, query, r->at + i * r->stride, r->count);
}

enum { AHEAD = 4, FETCHED_LINES = 12, LINE_FLOATS = 16 };

/* The head of each of these rows; what is behind it the memory fetches by itself, once the head is
 * read. */
INLINE void fetch(const vg_scattered *r, size_t first, size_t rows)
{
    size_t lines = (r->count + LINE_FLOATS - 1) / LINE_FLOATS;
    size_t last = first + rows < r->rows ? first + rows : r->rows;

    if (lines > FETCHED_LINES)
        lines = FETCHED_LINES;
    for (size_t i = first; i < last; i++)
        for (size_t k = 0; k < lines; k++)
            __builtin_prefetch(r->at[i] + k * LINE_FLOATS);
}

INLINE void scattered(vg_metric metric, const float *query, const vg_scattered *r, float *out)
{
    size_t i = 0;

    fetch(r, 0, AHEAD);
    for (; i + 4 <= r->rows; i += 4) {
        fetch(r, i + AHEAD, 4);
        four(metric, query, r->at + i, r->count, out + i);
    }
    for (; i < r->rows; i++)
        out[i] = pair(metric, query, r->at[i], r->count);
}

TARGET static float dot(const float *a, const float *b, size_t count)
{
    return pair(VG_METRIC_DOT, a, b, count);
}

TARGET static float l2(const float *a, const float *b, size_t count)
{
    return pair(VG_METRIC_L2, a, b, count);
}

TARGET static float l1(const float *a, const float *b, size_t count)
{
    return pair(VG_METRIC_L1, a, b, count);
}

TARGET static void rows_dot(const float *query, const vg_rows *r, float *out)
{
    all(VG_METRIC_DOT, query, r, out);
}

TARGET static void rows_l2(const float *query, const vg_rows *r, float *out)
{
    all(VG_METRIC_L2, query, r, out);
}

TARGET static void rows_l1(const float *query, const vg_rows *r, float *out)
{
    all(VG_METRIC_L1, query, r, out);
}

TARGET static void scattered_dot(const float *query, const vg_scattered *r, float *out)
{
    scattered(VG_METRIC_DOT, query, r, out);
}

TARGET static void scattered_l2(const float *query, const vg_scattered *r, float *out)
{
    scattered(VG_METRIC_L2, query, r, out);
}

TARGET static void scattered_l1(const float *query, const vg_scattered *r, float *out)
{
    scattered(VG_METRIC_L1, query, r, out);
}
