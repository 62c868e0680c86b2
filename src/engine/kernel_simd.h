/* The loops over pairs and rows, once for every instruction set. Included at the end of
 * kernel_<isa>.c, which defines before: the type `v` of WIDTH floats, INLINE and TARGET, zero(),
 * load(), part() for an end shorter than WIDTH, step(), add(), total().
 *
 * A pair runs in four accumulators, so that additions need not wait for each other; four rows share
 * the loads of the query and have two accumulators each. Accumulators are written out: plain loops
 * are not vectorised without -ffast-math. The metric is a constant wherever it is given, so no
 * branch is left. */

INLINE float pair(vg_metric metric, const float *a, const float *b, size_t count)
{
    v s0 = zero(), s1 = zero(), s2 = zero(), s3 = zero();
    size_t i = 0;

    for (; i + 4 * WIDTH <= count; i += 4 * WIDTH) {
        s0 = step(metric, s0, load(a + i), load(b + i));
        s1 = step(metric, s1, load(a + i + WIDTH), load(b + i + WIDTH));
        s2 = step(metric, s2, load(a + i + 2 * WIDTH), load(b + i + 2 * WIDTH));
        s3 = step(metric, s3, load(a + i + 3 * WIDTH), load(b + i + 3 * WIDTH));
    }
    for (; i + WIDTH <= count; i += WIDTH)
        s0 = step(metric, s0, load(a + i), load(b + i));
    if (i < count)
        s1 = step(metric, s1, part(a + i, count - i), part(b + i, count - i));
    return total(add(add(s0, s1), add(s2, s3)));
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
