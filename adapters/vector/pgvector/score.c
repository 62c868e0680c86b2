/* Scores that are more than one distance, as SQL over a row p (FACTS 9). s is the raw similarity,
 * larger for what is nearer:
 *
 *     Cosine, Dot  −(a <#> b)      Euclid  −(a <-> b)²      Manhattan  −(a <+> b)
 *     of multivectors: the sum over the rows asked with of the largest over the point's rows
 *
 *     f(x) = x / (1 + |x|)         σ(x) = (f(x) + 1) / 2                                        */
#include "adapters/vector/pgvector/search.h"

/* What stands around "a operator b" to make s of it. */
static const char *before(const vg_vector_params *params)
{
    if (strcmp(vg_pgvector_operator(params), "<=>") == 0)
        return "coalesce(nullif(1-(";
    return params->distance == VG_EUCLID ? "(-power(" : "(-(";
}

static const char *behind(const vg_vector_params *params)
{
    if (strcmp(vg_pgvector_operator(params), "<=>") == 0)
        return "),'NaN'),0)"; /* of a vector of zeros */
    return params->distance == VG_EUCLID ? ",2))" : "))";
}

static void put_one(vg_pgvector_job *job, vg_pgvector_question *q, const vg_pgvector_example *e)
{
    vg_pg_sql *sql = &job->sql;
    vg_cells cells = {.arena = sql->arena};

    vg_numbers_put(&cells, q->params, &e->vector, e->floats);
    vg_pg_sql_text(sql, before(q->params));
    vg_pg_sql_slice(sql, q->column);
    vg_pg_sql_text(sql, vg_pgvector_operator(q->params));
    vg_pg_sql_bind(sql, vg_cells_value(&cells));
    vg_pg_sql_text(sql, q->params->kind == VG_SPARSE ? "::sparsevec" : "::vector");
    if (vg_pgvector_is_half(q->params))
        vg_pg_sql_text(sql, "::halfvec");
    vg_pg_sql_text(sql, behind(q->params));
}

static void put_rows(vg_pgvector_job *job, vg_pgvector_question *q, const vg_pgvector_example *e)
{
    vg_pg_sql *sql = &job->sql;
    vg_cells cells = {.arena = sql->arena};

    vg_numbers_put_rows(&cells, &e->vector, e->floats);
    vg_pg_sql_text(sql, "(SELECT sum(m.s) FROM (SELECT (SELECT max(");
    vg_pg_sql_text(sql, before(q->params));
    vg_pg_sql_text(sql, "d.r");
    vg_pg_sql_text(sql, vg_pgvector_operator(q->params));
    vg_pg_sql_text(sql, vg_pgvector_is_half(q->params) ? "a.r::halfvec" : "a.r");
    vg_pg_sql_text(sql, behind(q->params));
    vg_pg_sql_text(sql, ") FROM unnest(");
    vg_pg_sql_slice(sql, q->column);
    vg_pg_sql_text(sql, ") d(r)) AS s FROM unnest(");
    vg_pg_sql_bind(sql, vg_cells_array(&cells));
    vg_pg_sql_text(sql, "::vector[]) a(r)) m)");
}

/* s of the point and an example. */
static void put_s(vg_pgvector_job *job, vg_pgvector_question *q, uint32_t i)
{
    (q->params->kind == VG_MULTI ? put_rows : put_one)(job, q, &q->examples[i]);
}

/* greatest(s, …), −∞ when there is none */
static void put_best_of(vg_pgvector_job *job, vg_pgvector_question *q, uint32_t from, uint32_t to)
{
    vg_pg_sql_text(&job->sql, "greatest('-Infinity'::float8");
    for (uint32_t i = from; i < to; i++) {
        vg_pg_sql_text(&job->sql, ",");
        put_s(job, q, i);
    }
    vg_pg_sql_text(&job->sql, ")");
}

/* The inner SELECT stays apart (OFFSET 0), or each distance would be computed again wherever it is
 * named. */
static void put_best(vg_pgvector_job *job, vg_pgvector_question *q)
{
    vg_pg_sql *sql = &job->sql;

    vg_pg_sql_text(sql, "(SELECT CASE WHEN b.p>b.n THEN (b.p/(1+abs(b.p))+1)/2 ELSE "
                        "-(b.n/(1+abs(b.n))+1)/2 END FROM (SELECT ");
    put_best_of(job, q, 0, q->positive_count);
    vg_pg_sql_text(sql, " AS p,");
    put_best_of(job, q, q->positive_count, q->count);
    vg_pg_sql_text(sql, " AS n OFFSET 0) b)");
}

static void put_sum(vg_pgvector_job *job, vg_pgvector_question *q)
{
    vg_pg_sql_text(&job->sql, "(0::float8");
    for (uint32_t i = 0; i < q->count; i++) {
        vg_pg_sql_text(&job->sql, i < q->positive_count ? "+" : "-");
        put_s(job, q, i);
    }
    vg_pg_sql_text(&job->sql, ")");
}

/* Pair by pair, s(p⁺) − s(p⁻). */
static void put_difference(vg_pgvector_job *job, vg_pgvector_question *q, uint32_t pair)
{
    put_s(job, q, 2 * pair);
    vg_pg_sql_text(&job->sql, "-");
    put_s(job, q, 2 * pair + 1);
}

static void put_discovery(vg_pgvector_job *job, vg_pgvector_question *q)
{
    vg_pg_sql *sql = &job->sql;

    vg_pg_sql_text(sql, "(SELECT (t.s/(1+abs(t.s))+1)/2 FROM (SELECT ");
    put_s(job, q, q->count - 1);
    vg_pg_sql_text(sql, " AS s OFFSET 0) t)");
    for (uint32_t pair = 0; pair < q->count / 2; pair++) {
        vg_pg_sql_text(sql, "+sign(");
        put_difference(job, q, pair);
        vg_pg_sql_text(sql, ")");
    }
}

static void put_context(vg_pgvector_job *job, vg_pgvector_question *q)
{
    vg_pg_sql *sql = &job->sql;

    vg_pg_sql_text(sql, "(SELECT sum(c.x/(1+abs(c.x))) FROM (VALUES ");
    for (uint32_t pair = 0; pair < q->count / 2; pair++) {
        vg_pg_sql_text(sql, pair == 0 ? "(least(" : ",(least(");
        put_difference(job, q, pair);
        vg_pg_sql_text(sql, "-1.1920929e-7::float8,0::float8))");
    }
    vg_pg_sql_text(sql, ") c(x))");
}

void vg_pgvector_put_score(vg_pgvector_job *job, vg_pgvector_question *q)
{
    switch (q->query->scoring) {
    case VG_BY_BEST_SCORE:
        put_best(job, q);
        return;
    case VG_BY_SUM_SCORES:
        put_sum(job, q);
        return;
    case VG_BY_DISCOVERY:
        put_discovery(job, q);
        return;
    case VG_BY_CONTEXT:
        put_context(job, q);
        return;
    default:
        put_s(job, q, 0);
    }
}
