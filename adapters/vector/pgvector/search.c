/* Points by their vectors:
 *
 *     ASK ──► (when points are named, or weights asked for) EXAMPLES ──► READ ──► done
 *                                                                         │  ▲
 *                                       (a filter left too few) AGAIN ◄───┘  │
 *                                                                 └──────────┘
 *
 * Each query is a statement, or two: what an index is walked with, and the query. A dense vector
 * that points are to be near to is in the form that its index answers; all other scorings are
 * numbers of score.c, made of every point that the filter lets through.
 *
 * A small table is faster scanned than walked, and exactly: then the setting that goes before says
 * so to the planner.
 *
 * A walk over a graph ends at hnsw.max_scan_tuples; lists are looked into until there are enough.
 * What a filter left may then be less than there is: such queries are asked once more, of all
 * points. */
#include "adapters/vector/pgvector/search.h"

#include <math.h>

#include "adapters/vector/pgvector/quote.h"

enum { MOST_EF = 1000, SETTINGS = 4 };

/* ---- what a query is ---- */

static bool is_walk(const vg_pgvector_question *q)
{
    return q->is_near && q->params->kind == VG_DENSE;
}

static uint64_t wanted(const vg_search *query)
{
    return (uint64_t)query->limit + query->offset;
}

/* ---- statements ---- */

static void put_setting(vg_pg_sql *sql, const char *name, vg_slice value)
{
    vg_pg_sql_text(sql, "set_config('");
    vg_pg_sql_text(sql, name);
    vg_pg_sql_text(sql, "',");
    vg_pg_sql_bind_text(sql, value);
    vg_pg_sql_text(sql, ",true)");
}

static vg_slice number(vg_arena *arena, uint64_t value)
{
    return vg_arena_printf(arena, "%llu", (unsigned long long)value);
}

/* The size of all of a table takes PostgreSQL ten looks at files, that of its rows one, which is
 * enough for a table that is large by them alone. */
static void put_scan(vg_pgvector_job *job)
{
    vg_pg_sql *sql = &job->sql;
    uint32_t table, most;

    vg_pg_sql_text(sql, "set_config('enable_indexscan',CASE WHEN pg_relation_size(");
    vg_pgvector_bind_name(job, job->table);
    table = sql->count;
    vg_pg_sql_text(sql, "::regclass)>=");
    vg_pg_sql_bind_int(sql, (int64_t)job->conf->hnsw_full_scan_bytes);
    most = sql->count;
    vg_pg_sql_text(sql, " THEN 'on' WHEN pg_table_size($");
    vg_pg_sql_u64(sql, table);
    vg_pg_sql_text(sql, "::regclass)<$");
    vg_pg_sql_u64(sql, most);
    vg_pg_sql_text(sql, " THEN 'off' ELSE 'on' END,true)");
}

/* So many lists as the options say, or by those that the index has (index.c). */
static void put_probes(vg_pgvector_job *job, const vg_pgvector_question *q)
{
    vg_pg_sql *sql = &job->sql;

    if (job->conf->ivfflat_probes > 0) {
        put_setting(sql, "ivfflat.probes", number(sql->arena, job->conf->ivfflat_probes));
        return;
    }
    vg_pg_sql_text(sql,
                   "set_config('ivfflat.probes',coalesce((SELECT ceil(sqrt(substr(o,7)::int))"
                   "::int::text FROM pg_class c,unnest(c.reloptions) o WHERE c.oid=to_regclass(");
    vg_pgvector_bind_name(
        job, vg_pg_index_name(sql->arena, job->owner, VG_LIT("vector"), q->params->name));
    vg_pg_sql_text(sql, ") AND o LIKE 'lists=%'),'1'),true)");
}

static void put_lists_settings(vg_pgvector_job *job, const vg_pgvector_question *q)
{
    put_probes(job, q);
    vg_pg_sql_text(&job->sql, ",set_config('ivfflat.iterative_scan','relaxed_order',true),"
                              "set_config('ivfflat.max_probes','32768',true)");
}

static void put_graph_settings(vg_pgvector_job *job, const vg_search *query)
{
    vg_arena *arena = job->t->scratch;
    uint64_t ef = query->how.hnsw_ef > 0 ? query->how.hnsw_ef : job->conf->hnsw_ef_search;
    uint64_t tuples = job->conf->hnsw_max_scan_tuples;

    ef = ef < wanted(query) ? wanted(query) : ef;
    ef = ef > MOST_EF ? MOST_EF : ef;
    tuples = tuples < 2 * wanted(query) ? 2 * wanted(query) : tuples;
    tuples = tuples > INT32_MAX ? INT32_MAX : tuples;
    put_setting(&job->sql, "hnsw.ef_search", number(arena, ef));
    vg_pg_sql_text(&job->sql, ",");
    put_setting(&job->sql, "hnsw.iterative_scan", VG_LIT("strict_order"));
    vg_pg_sql_text(&job->sql, ",");
    put_setting(&job->sql, "hnsw.max_scan_tuples", number(arena, tuples));
}

static bool add_settings(vg_pgvector_job *job, const vg_pgvector_question *q)
{
    vg_pg_sql_text(&job->sql, "SELECT ");
    if (q->index.is_lists)
        put_lists_settings(job, q);
    else
        put_graph_settings(job, q->query);
    vg_pg_sql_text(&job->sql, ",");
    put_scan(job);
    return vg_pgvector_end_statement(job);
}

static bool put_conditions(vg_pgvector_job *job, const vg_pgvector_question *q)
{
    vg_pg_sql *sql = &job->sql;

    vg_pg_sql_text(sql, " FROM ");
    vg_pgvector_put_table(job);
    vg_pg_sql_text(sql, " WHERE ");
    vg_pg_sql_slice(sql, q->column);
    vg_pg_sql_text(sql, " IS NOT NULL AND ");
    if (!vg_pgvector_put_filter(job, q->query->filter))
        return false;
    if (q->except_count > 0) {
        vg_pg_sql_text(sql, " AND p.id<>ALL(");
        vg_pg_sql_bind_ids(sql, q->except, q->except_count);
        vg_pg_sql_text(sql, ")");
    }
    if (is_walk(q) && strcmp(vg_pgvector_operator(q->params), "<=>") == 0) {
        vg_pg_sql_text(sql, " AND vector_norm("); /* a graph by angles has no vectors of zeros */
        vg_pg_sql_slice(sql, q->column);
        vg_pg_sql_text(sql, ")>0");
    }
    if (q->is_near && q->params->kind == VG_SPARSE) {
        vg_pg_sql_text(sql, " AND p.");
        vg_pg_sql_name(sql, vg_pgvector_indices_name(sql->arena, q->params->name));
        vg_pg_sql_text(sql, "&&");
        vg_pg_sql_bind_as(sql, vg_numbers_indices_text(sql->arena, &q->examples[0].vector),
                          "bigint[]");
    }
    return true;
}

static void put_page(vg_pgvector_job *job, const vg_pgvector_question *q)
{
    vg_pg_sql_text(&job->sql, " LIMIT ");
    vg_pg_sql_bind_int(&job->sql, q->query->limit);
    vg_pg_sql_text(&job->sql, " OFFSET ");
    vg_pg_sql_bind_int(&job->sql, q->query->offset);
}

/* What the column is compared with, bound once. */
static void put_asked(vg_pgvector_job *job, const vg_pgvector_question *q, bool is_cast)
{
    vg_pg_sql_text(&job->sql, "$");
    vg_pg_sql_u64(&job->sql, q->asked);
    vg_pg_sql_text(&job->sql, "::vector");
    if (is_cast || vg_pgvector_is_half(q->params)) {
        vg_pg_sql_text(&job->sql, "::");
        vg_pg_sql_slice(&job->sql, q->index.cast);
    }
}

static void put_distance(vg_pgvector_job *job, vg_pgvector_question *q)
{
    vg_pg_sql *sql = &job->sql;
    vg_cells cells = {.arena = sql->arena};

    vg_cells_vector(&cells, q->examples[0].floats, q->params->size);
    vg_pg_sql_slice(sql, q->column);
    vg_pg_sql_text(sql, vg_pgvector_operator(q->params));
    vg_pg_sql_bind(sql, vg_cells_value(&cells));
    q->asked = sql->count;
    vg_pg_sql_text(sql, "::vector");
    if (vg_pgvector_is_half(q->params)) {
        vg_pg_sql_text(sql, "::");
        vg_pg_sql_slice(sql, q->index.cast);
    }
}

/* By an index that does not give them quite in order: lists, and one that knows fewer bits, of
 * which more than are wanted are asked for. What it gives is put in order. */
static bool add_loose_walk(vg_pgvector_job *job, vg_pgvector_question *q)
{
    vg_pg_sql *sql = &job->sql;

    vg_pg_sql_text(sql, "SELECT * FROM (SELECT ");
    vg_pgvector_put_columns(&q->reading, sql);
    vg_pg_sql_text(sql, ",");
    put_distance(job, q);
    vg_pg_sql_text(sql, " AS d");
    if (!put_conditions(job, q))
        return false;
    vg_pg_sql_text(sql, " ORDER BY ");
    vg_pg_sql_slice(sql, q->index.expression);
    vg_pg_sql_text(sql, vg_pgvector_operator(q->params));
    put_asked(job, q, q->index.is_cast);
    vg_pg_sql_text(sql, " LIMIT ");
    vg_pg_sql_bind_int(sql,
                       (int64_t)(q->index.is_cast ? 2 * wanted(q->query) + 10 : wanted(q->query)));
    vg_pg_sql_text(sql, ") s ORDER BY s.d");
    put_page(job, q);
    return vg_pgvector_end_statement(job);
}

/* An index answers an order by the bare distance, and not by the distance plus nothing. */
static bool add_walk(vg_pgvector_job *job, vg_pgvector_question *q, bool is_exact)
{
    vg_pg_sql *sql = &job->sql;

    vg_pg_sql_text(sql, "SELECT ");
    vg_pgvector_put_columns(&q->reading, sql);
    vg_pg_sql_text(sql, ",");
    put_distance(job, q);
    vg_pg_sql_text(sql, " AS d");
    if (!put_conditions(job, q))
        return false;
    vg_pg_sql_text(sql, " ORDER BY ");
    if (is_exact)
        vg_pg_sql_text(sql, "(");
    vg_pg_sql_slice(sql, q->column);
    vg_pg_sql_text(sql, vg_pgvector_operator(q->params));
    put_asked(job, q, false);
    if (is_exact)
        vg_pg_sql_text(sql, ")+0,p.id");
    put_page(job, q);
    return vg_pgvector_end_statement(job);
}

static bool add_scored(vg_pgvector_job *job, vg_pgvector_question *q)
{
    vg_pg_sql *sql = &job->sql;

    vg_pg_sql_text(sql, "SELECT ");
    vg_pgvector_put_columns(&q->reading, sql);
    vg_pg_sql_text(sql, ",");
    vg_pgvector_put_score(job, q);
    job->is_costly = true;
    vg_pg_sql_text(sql, " AS d");
    if (!put_conditions(job, q))
        return false;
    vg_pg_sql_text(sql, " ORDER BY d DESC,p.id");
    put_page(job, q);
    return vg_pgvector_end_statement(job);
}

static bool add_query(vg_pgvector_job *job, vg_pgvector_question *q, bool is_exact)
{
    bool by_index = is_walk(q) && q->index.is_there && !q->query->exact && !is_exact;

    q->is_walked = by_index;
    if (by_index && !add_settings(job, q))
        return false;
    q->statement = job->count;
    if (!is_walk(q))
        return add_scored(job, q);
    if (by_index && (q->index.is_cast || q->index.is_lists))
        return add_loose_walk(job, q);
    return add_walk(job, q, !by_index);
}

static vg_next ask(vg_pgvector_job *job, bool is_exact, vg_exchange *out)
{
    vg_pgvector_search_state *s = job->state;

    vg_pgvector_anew(job);
    for (uint32_t i = 0; i < s->count; i++)
        if (!add_query(job, &s->at[i], is_exact))
            return VG_FAIL;
    s->is_exact = is_exact;
    job->t->stage = VG_PGVECTOR_READ;
    return vg_pgvector_send(job, vg_pgvector_names[job->op->kind], out);
}

/* ---- answers ---- */

/* As FACTS 9 reports it: `d` is a distance of pgvector's or a score of score.c's. */
static float score_of(const vg_pgvector_question *q, double d)
{
    if (!is_walk(q) && (!q->is_near || vg_distance_descends(q->params->distance)))
        return (float)d;
    if (!is_walk(q)) /* a multivector's: −Σ d² or −Σ d */
        return (float)(q->params->distance == VG_EUCLID ? sqrt(fabs(d)) : fabs(d));
    if (strcmp(vg_pgvector_operator(q->params), "<=>") == 0)
        return isnan(d) ? 0 : (float)(1 - d);
    return vg_distance_descends(q->params->distance) ? (float)-d : (float)d;
}

/* Which of equal hits comes first, a graph leaves to chance. */
static void settle(const vg_points *hits)
{
    vg_point *at = (vg_point *)(uintptr_t)hits->at;

    for (uint32_t i = 1; i < hits->count; i++) {
        vg_point moved = at[i];
        uint32_t k = i;

        for (; k > 0 && at[k - 1].score == moved.score &&
               vg_point_id_cmp(&at[k - 1].id, &moved.id) > 0;
             k--)
            at[k] = at[k - 1];
        at[k] = moved;
    }
}

static bool read_hits(vg_try *t, const vg_reply *reply, const vg_pgvector_question *q,
                      vg_points *out)
{
    const vg_pg_rows *rows = vg_pgvector_rows(t, reply, q->statement, q->reading.columns + 1);
    vg_point *points = rows ? VG_TAKE_N(t->scratch, vg_point, (size_t)rows->rows + 1) : NULL;
    double d = 0;

    if (!rows)
        return false;
    if (!points)
        return vg_pgvector_spent(t);
    *out = (vg_points){points, 0};
    for (uint32_t i = 0; i < rows->rows; i++) {
        if (!vg_pgvector_read_point(&q->reading, rows, i, &points[i]))
            return false;
        if (!vg_cell_f64(vg_pgvector_cell(rows, i, q->reading.columns), &d))
            return vg_pgvector_misread(t, "a score is no number") == VG_DONE;
        points[i].has_score = true;
        points[i].score = score_of(q, d);
        if (q->query->has_threshold &&
            !vg_score_passes(q->params->distance, points[i].score, q->query->threshold))
            break; /* they come in their order */
        out->count++;
    }
    settle(out);
    return true;
}

/* The statement before it answers whether the graph was walked, or the small table scanned. */
static bool was_walked(vg_try *t, const vg_reply *reply, const vg_pgvector_question *q)
{
    const vg_pg_rows *rows;

    if (!q->is_walked)
        return false;
    rows = vg_pgvector_rows(t, reply, q->statement - 1, SETTINGS);
    return rows && rows->rows == 1 &&
           vg_slice_is(vg_pgvector_cell(rows, 0, SETTINGS - 1), VG_LIT("on"));
}

static bool is_short(vg_try *t, const vg_reply *reply, const vg_pgvector_question *q)
{
    const vg_pg_rows *rows = vg_pgvector_rows(t, reply, q->statement, q->reading.columns + 1);

    return rows && q->query->filter && was_walked(t, reply, q) && rows->rows < q->query->limit;
}

static vg_next read_answers(vg_pgvector_job *job, const vg_reply *reply, vg_exchange *out)
{
    vg_pgvector_search_state *s = job->state;
    vg_try *t = job->t;
    vg_points *lists = VG_TAKE_N(t->scratch, vg_points, (size_t)s->count + 1);

    if (!lists)
        return vg_pgvector_spent(t) ? VG_DONE : VG_FAIL;
    for (uint32_t i = 0; i < s->count; i++)
        if (!s->is_exact && is_short(t, reply, &s->at[i]))
            return ask(job, true, out);
    for (uint32_t i = 0; i < s->count; i++)
        if (!read_hits(t, reply, &s->at[i], &lists[i]))
            return VG_FAIL;
    t->result.searches.at = lists;
    t->result.searches.count = s->count;
    return VG_DONE;
}

/* ---- the steps ---- */

static bool read_question(vg_pgvector_job *job, const vg_search *query, vg_pgvector_question *q)
{
    const vg_collection_spec *spec = &job->op->collection->spec;
    vg_arena *arena = job->t->scratch;

    q->query = query;
    q->params = vg_spec_vector(spec, query->using_name);
    if (!q->params) {
        vg_status_setf(&job->t->status, arena, VG_INVALID, VG_LIT("using"),
                       "Not existing vector name error: " VG_FMT, VG_ARG(query->using_name));
        return false;
    }
    q->column =
        vg_arena_printf(arena, "p." VG_FMT,
                        VG_ARG(vg_pg_quote(arena, vg_pg_column_name(arena, query->using_name))));
    q->is_near = query->scoring == VG_BY_NEAREST || query->scoring == VG_BY_AVERAGE;
    return vg_pgvector_index_of(job, spec, q->params, &q->index) &&
           vg_pgvector_read_begin(&q->reading, job, &query->with_payload, &query->with_vectors) &&
           vg_pgvector_list_examples(job, q);
}

static vg_next take_examples(vg_pgvector_job *job, const vg_reply *reply, vg_exchange *out)
{
    vg_pgvector_search_state *s = job->state;

    for (uint32_t i = 0; i < s->count; i++)
        if ((reply && !vg_pgvector_read_look(job, reply, &s->at[i])) ||
            !vg_pgvector_make_examples(job, &s->at[i]))
            return VG_FAIL;
    return ask(job, false, out);
}

static vg_next begin(vg_pgvector_job *job, vg_exchange *out)
{
    const vg_op *op = job->op;
    uint32_t count = op->in.search.count;
    vg_pgvector_search_state *s = VG_TAKE(job->t->scratch, vg_pgvector_search_state);
    bool looks = false;

    if (s)
        s->at = VG_TAKE_N(job->t->scratch, vg_pgvector_question, (size_t)count + 1);
    if (!s || !s->at)
        return vg_pgvector_spent(job->t) ? VG_DONE : VG_FAIL;
    s->count = count;
    job->state = s;
    for (uint32_t i = 0; i < count; i++)
        if (!read_question(job, &op->in.search.queries[i], &s->at[i]) ||
            !vg_pgvector_add_look(job, &s->at[i], &looks))
            return VG_FAIL;
    job->t->stage = VG_PGVECTOR_EXAMPLES;
    if (count == 0) {
        job->t->result.searches.count = 0;
        return VG_DONE;
    }
    return looks ? vg_pgvector_send(job, "pgvector.examples", out) : take_examples(job, NULL, out);
}

vg_next vg_pgvector_search(const vg_backend *self, const vg_op *op, vg_try *t,
                           const vg_reply *reply, vg_exchange *out)
{
    vg_pgvector_job *job = t->state;

    if (reply && reply->pg.error)
        return vg_pgvector_fail(op, t, reply->pg.error);
    switch ((enum vg_pgvector_search_stage)t->stage) {
    case VG_PGVECTOR_ASK:
        job = vg_pgvector_begin(self, op, t);
        return job ? begin(job, out) : VG_FAIL;
    case VG_PGVECTOR_EXAMPLES:
        return take_examples(job, reply, out);
    case VG_PGVECTOR_READ:
        return read_answers(job, reply, out);
    }
    return vg_try_fail(t, VG_INTERNAL, VG_LIT("pgvector: unknown stage"));
}
