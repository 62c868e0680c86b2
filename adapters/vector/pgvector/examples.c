/* The vectors that a query asks with: its own, or those of its examples, each given in the request
 * or stored with a point; and which points are left out for that. Of an average (FACTS 9) one
 * vector is made here. */
#include <math.h>
#include <stdlib.h>

#include "adapters/vector/pgvector/quote.h"
#include "adapters/vector/pgvector/search.h"

/* What the indices of sparse vectors are worth (FACTS 9: idf), by index. */
typedef struct vg_pgvector_weights {
    int64_t *indices;
    double *of;
    uint32_t count;
} vg_pgvector_weights;

/* ---- which ---- */

static void put(vg_pgvector_question *q, vg_point_id id, const vg_vector *vector)
{
    vg_pgvector_example *to = &q->examples[q->count++];

    *to = (vg_pgvector_example){.id = id};
    if (id.kind == VG_ID_NONE)
        to->vector = *vector;
    else
        q->has_ids = true;
}

static void put_all(vg_pgvector_question *q, const vg_example *at, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        put(q, at[i].id, &at[i].vector);
}

static void put_by_scoring(vg_pgvector_question *q)
{
    const vg_search *query = q->query;

    switch (query->scoring) {
    case VG_BY_NEAREST:
        put(q, query->by_id, &query->vector);
        return;
    case VG_BY_DISCOVERY:
    case VG_BY_CONTEXT:
        for (uint32_t i = 0; i < query->positive_count; i++) {
            put(q, query->positive[i].id, &query->positive[i].vector);
            put(q, query->negative[i].id, &query->negative[i].vector);
        }
        if (query->scoring == VG_BY_DISCOVERY)
            put(q, query->by_id, &query->vector);
        return;
    default:
        put_all(q, query->positive, query->positive_count);
        put_all(q, query->negative, query->negative_count);
        q->positive_count = query->positive_count;
    }
}

static bool list_exceptions(vg_pgvector_job *job, vg_pgvector_question *q)
{
    size_t room = (size_t)q->count + q->query->except_count + 1;
    vg_point_id *ids = VG_TAKE_N(job->t->scratch, vg_point_id, room);

    if (!ids)
        return vg_pgvector_spent(job->t);
    q->except = ids;
    for (uint32_t i = 0; i < q->query->except_count; i++)
        ids[q->except_count++] = q->query->except[i];
    for (uint32_t i = 0; i < q->count; i++)
        if (q->examples[i].id.kind != VG_ID_NONE)
            ids[q->except_count++] = q->examples[i].id;
    return true;
}

bool vg_pgvector_list_examples(vg_pgvector_job *job, vg_pgvector_question *q)
{
    const vg_search *query = q->query;
    const char *lacks = vg_search_lacks(query);
    size_t room = 2 + (size_t)query->positive_count * 2 + query->negative_count;

    if (lacks) {
        vg_status_set(&job->t->status, VG_INVALID, vg_slice_str(lacks), (vg_slice){0});
        return false;
    }
    q->examples = VG_TAKE_N(job->t->scratch, vg_pgvector_example, room);
    if (!q->examples)
        return vg_pgvector_spent(job->t);
    put_by_scoring(q);
    return list_exceptions(job, q);
}

/* ---- looking ---- */

static bool bind_example_ids(vg_pgvector_job *job, const vg_pgvector_question *q)
{
    vg_point_id *ids = VG_TAKE_N(job->t->scratch, vg_point_id, (size_t)q->count + 1);
    uint32_t count = 0;

    if (!ids)
        return vg_pgvector_spent(job->t);
    for (uint32_t i = 0; i < q->count; i++)
        if (q->examples[i].id.kind != VG_ID_NONE)
            ids[count++] = q->examples[i].id;
    vg_pg_sql_bind_ids(&job->sql, ids, count);
    return true;
}

static bool add_stored(vg_pgvector_job *job, const vg_pgvector_question *q)
{
    vg_pg_sql *sql = &job->sql;

    vg_pg_sql_text(sql, "SELECT p.id,");
    vg_pg_sql_slice(sql, q->column);
    if (vg_pgvector_is_half(q->params))
        vg_pg_sql_text(sql, q->params->kind == VG_MULTI ? "::vector[]" : "::vector");
    vg_pg_sql_text(sql, ",");
    if (q->params->kind == VG_SPARSE)
        vg_pg_sql_name(sql, vg_pgvector_indices_name(sql->arena, q->params->name));
    else
        vg_pg_sql_text(sql, "NULL::bytea");
    vg_pg_sql_text(sql, " FROM ");
    vg_pgvector_put_table(job);
    vg_pg_sql_text(sql, " WHERE p.id=ANY(");
    if (!bind_example_ids(job, q))
        return false;
    vg_pg_sql_text(sql, ")");
    return vg_pgvector_end_statement(job);
}

static bool bind_given_indices(vg_pgvector_job *job, const vg_pgvector_question *q)
{
    size_t count = 0;
    int64_t *all;

    for (uint32_t i = 0; i < q->count; i++)
        count += q->examples[i].vector.count;
    all = VG_TAKE_N(job->t->scratch, int64_t, count + 1);
    if (!all)
        return vg_pgvector_spent(job->t);
    count = 0;
    for (uint32_t i = 0; i < q->count; i++)
        for (uint32_t k = 0; k < q->examples[i].vector.count; k++)
            all[count++] = q->examples[i].vector.indices[k];
    vg_pg_sql_bind_ints(&job->sql, all, (uint32_t)count);
    return true;
}

/* For each index: how many points there are, and how many have it. */
static bool add_weights(vg_pgvector_job *job, const vg_pgvector_question *q)
{
    vg_pg_sql *sql = &job->sql;
    vg_slice indices =
        vg_pg_quote(sql->arena, vg_pgvector_indices_name(sql->arena, q->params->name));

    vg_pg_sql_text(sql, "SELECT u.i,(SELECT count(*) FROM ");
    vg_pgvector_put_table(job);
    vg_pg_sql_text(sql, "),(SELECT count(*) FROM ");
    vg_pgvector_put_table(job);
    vg_pg_sql_text(sql, " WHERE p.");
    vg_pg_sql_slice(sql, indices);
    vg_pg_sql_text(sql, "@>ARRAY[u.i]) FROM (SELECT unnest(");
    if (!bind_given_indices(job, q))
        return false;
    vg_pg_sql_text(sql, ") UNION SELECT unnest(p.");
    vg_pg_sql_slice(sql, indices);
    vg_pg_sql_text(sql, ") FROM ");
    vg_pgvector_put_table(job);
    vg_pg_sql_text(sql, " WHERE p.id=ANY(");
    if (!bind_example_ids(job, q))
        return false;
    vg_pg_sql_text(sql, ")) u(i) ORDER BY u.i");
    return vg_pgvector_end_statement(job);
}

bool vg_pgvector_add_look(vg_pgvector_job *job, vg_pgvector_question *q, bool *looks)
{
    q->has_weights = q->params->kind == VG_SPARSE && q->params->has_idf;
    q->look = job->count;
    *looks |= q->has_ids || q->has_weights;
    return (!q->has_ids || add_stored(job, q)) && (!q->has_weights || add_weights(job, q));
}

/* ---- what was found ---- */

static bool is_same_id(const vg_point_id *a, const vg_point_id *b)
{
    return vg_point_id_cmp(a, b) == 0;
}

static bool no_vector(vg_pgvector_job *job, const vg_pgvector_question *q)
{
    vg_status_setf(&job->t->status, job->t->scratch, VG_NOT_FOUND, VG_LIT("vector"),
                   "Vector with name \"" VG_FMT "\" for point not found", VG_ARG(q->params->name));
    return false;
}

static bool take_row(vg_pgvector_job *job, vg_pgvector_question *q, const vg_pg_rows *rows,
                     uint32_t row)
{
    vg_vector vector = {.name = q->params->name};
    vg_point_id id;

    if (!vg_pg_read_id(vg_pgvector_cell(rows, row, 0), &id))
        return vg_pgvector_misread(job->t, "a point's id has no known form") == VG_DONE;
    if (!vg_pgvector_cell(rows, row, 1).at)
        return no_vector(job, q);
    if (!vg_cell_read_vector(job->t->scratch, q->params->kind, vg_pgvector_cell(rows, row, 1),
                             vg_pgvector_cell(rows, row, 2), &vector))
        return vg_pgvector_misread(job->t, "a vector has another form") == VG_DONE;
    for (uint32_t i = 0; i < q->count; i++)
        if (is_same_id(&q->examples[i].id, &id)) {
            q->examples[i].vector = vector;
            q->examples[i].is_found = true;
        }
    return true;
}

static bool read_stored(vg_pgvector_job *job, const vg_reply *reply, vg_pgvector_question *q)
{
    const vg_pg_rows *rows = vg_pgvector_rows(job->t, reply, q->look, 3);

    if (!rows)
        return false;
    for (uint32_t i = 0; i < rows->rows; i++)
        if (!take_row(job, q, rows, i))
            return false;
    for (uint32_t i = 0; i < q->count; i++) {
        vg_slice text = vg_point_id_text(job->t->scratch, &q->examples[i].id);

        if (q->examples[i].id.kind == VG_ID_NONE || q->examples[i].is_found)
            continue;
        vg_status_setf(&job->t->status, job->t->scratch, VG_NOT_FOUND, VG_LIT("point"),
                       "No point with id " VG_FMT " found", VG_ARG(text));
        return false;
    }
    return true;
}

static bool read_weights(vg_pgvector_job *job, const vg_reply *reply, vg_pgvector_question *q)
{
    const vg_pg_rows *rows = vg_pgvector_rows(job->t, reply, q->look + q->has_ids, 3);
    vg_pgvector_weights *weights = VG_TAKE(job->t->scratch, vg_pgvector_weights);
    int64_t all = 0, having = 0;

    if (!rows)
        return false;
    if (weights) {
        weights->indices = VG_TAKE_N(job->t->scratch, int64_t, (size_t)rows->rows + 1);
        weights->of = VG_TAKE_N(job->t->scratch, double, (size_t)rows->rows + 1);
    }
    if (vg_arena_is_spent(job->t->scratch))
        return vg_pgvector_spent(job->t);
    weights->count = rows->rows;
    for (uint32_t i = 0; i < rows->rows; i++) {
        if (!vg_cell_i64(vg_pgvector_cell(rows, i, 0), &weights->indices[i]) ||
            !vg_cell_i64(vg_pgvector_cell(rows, i, 1), &all) ||
            !vg_cell_i64(vg_pgvector_cell(rows, i, 2), &having))
            return vg_pgvector_misread(job->t, "a count is no number") == VG_DONE;
        weights->of[i] = log(((double)all - (double)having + 0.5) / ((double)having + 0.5) + 1);
    }
    q->weights = weights;
    return true;
}

bool vg_pgvector_read_look(vg_pgvector_job *job, const vg_reply *reply, vg_pgvector_question *q)
{
    return (!q->has_ids || read_stored(job, reply, q)) &&
           (!q->has_weights || read_weights(job, reply, q));
}

/* ---- averages ---- */

/* What each example counts in avg(positives) + (avg(positives) − avg(negatives)). */
static float share_of(const vg_pgvector_question *q, uint32_t i)
{
    uint32_t negatives = q->count - q->positive_count;

    if (i >= q->positive_count)
        return -1.0F / (float)negatives;
    return (negatives > 0 ? 2.0F : 1.0F) / (float)q->positive_count;
}

static float *average_dense(vg_pgvector_job *job, const vg_pgvector_question *q, vg_vector *out)
{
    float *sum = VG_TAKE_N(job->t->scratch, float, (size_t)q->params->size + 1);

    out->count = q->params->size;
    for (uint32_t i = 0; sum && i < q->count; i++)
        for (uint32_t k = 0; k < q->params->size; k++)
            sum[k] += share_of(q, i) * q->examples[i].floats[k];
    return sum;
}

/* All rows, the negatives' negated. */
static float *join_rows(vg_pgvector_job *job, const vg_pgvector_question *q, vg_vector *out)
{
    size_t count = 0;
    float *all;

    for (uint32_t i = 0; i < q->count; i++)
        count += q->examples[i].vector.count;
    all = VG_TAKE_N(job->t->scratch, float, count + 1);
    out->rows = (uint32_t)(count / q->params->size);
    out->count = 0;
    for (uint32_t i = 0; all && i < q->count; i++)
        for (uint32_t k = 0; k < q->examples[i].vector.count; k++)
            all[out->count++] =
                i < q->positive_count ? q->examples[i].floats[k] : -q->examples[i].floats[k];
    return all;
}

typedef struct part {
    uint32_t index;
    float value;
} part;

static int compare(const void *a, const void *b)
{
    const part *one = a, *other = b;

    return (one->index > other->index) - (one->index < other->index);
}

static float *average_sparse(vg_pgvector_job *job, const vg_pgvector_question *q, vg_vector *out)
{
    vg_arena *arena = job->t->scratch;
    size_t count = 0;
    uint32_t *indices, kept = 0;
    float *values;
    part *parts;

    for (uint32_t i = 0; i < q->count; i++)
        count += q->examples[i].vector.count;
    parts = VG_TAKE_N(arena, part, count + 1);
    indices = VG_TAKE_N(arena, uint32_t, count + 1);
    values = VG_TAKE_N(arena, float, count + 1);
    if (!parts || !indices || !values)
        return NULL;
    count = 0;
    for (uint32_t i = 0; i < q->count; i++)
        for (uint32_t k = 0; k < q->examples[i].vector.count; k++)
            parts[count++] =
                (part){q->examples[i].vector.indices[k], share_of(q, i) * q->examples[i].floats[k]};
    qsort(parts, count, sizeof *parts, compare);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || indices[kept - 1] != parts[i].index)
            indices[kept++] = parts[i].index;
        values[kept - 1] += parts[i].value;
    }
    out->indices = indices;
    out->count = kept;
    return values;
}

static bool average(vg_pgvector_job *job, vg_pgvector_question *q)
{
    vg_vector one = {.name = q->params->name, .form = VG_VECTOR_F32};
    float *floats;

    if (q->params->kind == VG_SPARSE)
        floats = average_sparse(job, q, &one);
    else
        floats = (q->params->kind == VG_MULTI ? join_rows : average_dense)(job, q, &one);
    if (!floats)
        return vg_pgvector_spent(job->t);
    one.bytes = vg_slice_of((const char *)floats, one.count * sizeof *floats);
    q->examples[0] = (vg_pgvector_example){.vector = one};
    q->count = 1;
    return true;
}

/* ---- their numbers ---- */

static void weigh(const vg_pgvector_weights *weights, vg_pgvector_example *example)
{
    float *floats = (float *)(uintptr_t)example->floats;
    uint32_t at = 0;

    for (uint32_t i = 0; i < example->vector.count; i++) {
        while (at < weights->count && weights->indices[at] < example->vector.indices[i])
            at++;
        if (at < weights->count && weights->indices[at] == example->vector.indices[i])
            floats[i] *= (float)weights->of[at];
    }
}

/* As they came: an average is made of those, and then normalised. */
static bool make_raw(vg_pgvector_job *job, vg_pgvector_question *q)
{
    for (uint32_t i = 0; i < q->count; i++) {
        q->examples[i].floats =
            vg_vector_floats(job->t->scratch, &q->examples[i].vector, &job->t->status);
        if (!q->examples[i].floats)
            return false;
    }
    return true;
}

bool vg_pgvector_make_examples(vg_pgvector_job *job, vg_pgvector_question *q)
{
    if (q->query->scoring == VG_BY_AVERAGE && (!make_raw(job, q) || !average(job, q)))
        return false;
    for (uint32_t i = 0; i < q->count; i++) {
        vg_pgvector_example *example = &q->examples[i];

        example->floats =
            vg_numbers_ask(job->t->scratch, q->params, &example->vector, &job->t->status);
        if (!example->floats)
            return false;
        if (q->weights)
            weigh(q->weights, example);
    }
    return true;
}
