/* How many points have each value of an indexed field; a value counts once a point. Exact or not:
 * it is counted exactly.
 *
 *     ASK ──► READ ──► done                                                                    */
#include "adapters/vector/pgvector/filter_parts.h"
#include "adapters/vector/pgvector/pgvector.h"

/* A text in one of the four forms of a UUID, as PostgreSQL writes it. */
#define HEX(n) "[0-9a-f]{" n "}"
#define UUID   HEX("8") "-" HEX("4") "-" HEX("4") "-" HEX("4") "-" HEX("12")
static const char uuid_text[] = "CASE WHEN x.text ~* '^(?:" HEX(
    "32") "|(?:urn:uuid:)?" UUID "|[{]" UUID "[}])$' "
          "THEN (replace(lower(x.text),'urn:uuid:','')::uuid::text) COLLATE \"C\" END";

static const struct {
    const char *column; /* NULL: no facets of this kind */
    vg_pg_values values;
} kinds[VG_INDEX_KINDS] = {
    [VG_INDEX_KEYWORD] = {"x.text", VG_PG_VALUES_TEXT},
    [VG_INDEX_INTEGER] = {"x.whole", VG_PG_VALUES_WHOLE},
    [VG_INDEX_BOOL] = {"x.truth::int8", VG_PG_VALUES_TRUTH},
    [VG_INDEX_UUID] = {uuid_text, VG_PG_VALUES_TEXT},
};

static const vg_index *find_field(vg_pgvector_job *job)
{
    vg_slice key = job->op->in.facet.key;
    const vg_index *index = vg_index_find(&job->op->collection->spec.indexes, key);

    if (index && kinds[index->kind].column &&
        (index->kind != VG_INDEX_INTEGER || !index->no_lookup))
        return index;
    vg_status_setf(&job->t->status, job->t->scratch, VG_INVALID, VG_LIT("key"),
                   "No appropriate index for faceting: `" VG_FMT "`. Please create one to facet on "
                   "this field: a keyword, bool or uuid index, or an integer index that has "
                   "lookups",
                   VG_ARG(key));
    return NULL;
}

static bool ask(vg_pgvector_job *job)
{
    const vg_op_input *in = &job->op->in;
    const vg_index *index = find_field(job);
    vg_pg_sql *sql = &job->sql;
    vg_path path;

    if (!index)
        return false;
    if (vg_path_read(job->t->scratch, index->key, &path) != VG_PATH_OK)
        return vg_pgvector_spent(job->t);
    vg_pg_sql_text(sql, "SELECT o.v,count(*) AS n FROM ");
    vg_pgvector_put_table(job);
    vg_pg_sql_text(sql, " CROSS JOIN LATERAL (SELECT DISTINCT ");
    vg_pg_sql_text(sql, kinds[index->kind].column);
    vg_pg_sql_text(sql, " FROM ");
    vg_pg_write_values(sql, &path, kinds[index->kind].values);
    job->is_costly = true;
    vg_pg_sql_text(sql, " x) o(v) WHERE o.v IS NOT NULL AND ");
    if (!vg_pgvector_put_filter(job, in->facet.filter))
        return false;
    vg_pg_sql_text(sql, " GROUP BY o.v ORDER BY n DESC,o.v LIMIT ");
    vg_pg_sql_bind_int(sql, in->facet.limit);
    return vg_pgvector_end_statement(job);
}

static bool read_hit(vg_pgvector_job *job, const vg_pg_rows *rows, uint32_t i, vg_facet_hit *out)
{
    const vg_index *index = find_field(job);
    vg_slice cell = vg_pgvector_cell(rows, i, 0);
    int64_t count = 0;

    if (!index)
        return false;
    if (kinds[index->kind].values == VG_PG_VALUES_TEXT) {
        out->value.kind = VG_MATCH_TEXT;
        out->value.text = vg_arena_copy(job->t->scratch, cell);
    } else {
        out->value.kind = index->kind == VG_INDEX_BOOL ? VG_MATCH_BOOL : VG_MATCH_INTEGER;
        if (!vg_cell_i64(cell, &out->value.integer))
            return vg_pgvector_misread(job->t, "a value is no number") == VG_DONE;
    }
    if (!vg_cell_i64(vg_pgvector_cell(rows, i, 1), &count))
        return vg_pgvector_misread(job->t, "a count is no number") == VG_DONE;
    out->count = (uint64_t)count;
    return !vg_arena_is_spent(job->t->scratch) || vg_pgvector_spent(job->t);
}

static vg_next read_hits(vg_pgvector_job *job, const vg_reply *reply)
{
    const vg_pg_rows *rows = vg_pgvector_rows(job->t, reply, 0, 2);
    vg_facet_hit *hits =
        rows ? VG_TAKE_N(job->t->scratch, vg_facet_hit, (size_t)rows->rows + 1) : NULL;

    if (!rows)
        return VG_FAIL;
    if (!hits)
        return vg_pgvector_spent(job->t) ? VG_DONE : VG_FAIL;
    for (uint32_t i = 0; i < rows->rows; i++)
        if (!read_hit(job, rows, i, &hits[i]))
            return VG_FAIL;
    job->t->result.facet.at = hits;
    job->t->result.facet.count = rows->rows;
    return VG_DONE;
}

vg_next vg_pgvector_facet(const vg_backend *self, const vg_op *op, vg_try *t, const vg_reply *reply,
                          vg_exchange *out)
{
    enum stage { ASK, READ };
    vg_pgvector_job *job = t->state;

    switch ((enum stage)t->stage) {
    case ASK:
        job = vg_pgvector_begin(self, op, t);
        if (!job || !ask(job))
            return VG_FAIL;
        t->stage = READ;
        return vg_pgvector_send(job, vg_pgvector_names[op->kind], out);
    case READ:
        return reply->pg.error ? vg_pgvector_fail(op, t, reply->pg.error) : read_hits(job, reply);
    }
    return vg_try_fail(t, VG_INTERNAL, VG_LIT("pgvector: unknown stage"));
}
