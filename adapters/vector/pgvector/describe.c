/* Which collections there are, what each is, and whether PostgreSQL can be used at all.
 *
 *     list, health   ASK ──► READ ──► done
 *     describe       ASK_SPEC ──► READ_SPEC ──► (its numbers, and how far its indexes are)
 *                    READ_ALL ──► done
 *
 * How far an index is: it is there and valid, it is being built (PostgreSQL says how far), or it is
 * missing, broken or of another form, and then a job builds it. */
#include <inttypes.h>

#include "adapters/vector/pgvector/pgvector.h"
#include "adapters/vector/pgvector/quote.h"
#include "base/spec.h"

/* ---- list ---- */

static vg_next read_names(vg_try *t, const vg_reply *reply)
{
    const vg_pg_rows *rows = vg_pgvector_rows(t, reply, 0, 1);
    vg_slice *names = rows ? VG_TAKE_N(t->scratch, vg_slice, (size_t)rows->rows + 1) : NULL;

    if (!rows)
        return VG_FAIL;
    for (uint32_t i = 0; names && i < rows->rows; i++)
        names[i] = vg_arena_copy(t->scratch, vg_pgvector_cell(rows, i, 0));
    if (vg_arena_is_spent(t->scratch))
        return vg_pgvector_spent(t) ? VG_DONE : VG_FAIL;
    t->result.names.at = names;
    t->result.names.count = rows->rows;
    return VG_DONE;
}

vg_next vg_pgvector_list(const vg_backend *self, const vg_op *op, vg_try *t, const vg_reply *reply,
                         vg_exchange *out)
{
    enum stage { ASK, READ };
    vg_pgvector_job *job;

    switch ((enum stage)t->stage) {
    case ASK:
        job = vg_pgvector_begin(self, op, t);
        if (!job)
            return VG_FAIL;
        vg_pg_sql_text(&job->sql, "SELECT name FROM vecgate.collections WHERE tenant=");
        vg_pg_sql_bind_text(&job->sql, op->who->name);
        vg_pg_sql_text(&job->sql, " ORDER BY name COLLATE \"C\"");
        if (!vg_pgvector_end_statement(job))
            return VG_FAIL;
        t->stage = READ;
        return vg_pgvector_send(job, vg_pgvector_names[op->kind], out);
    case READ:
        if (vg_pgvector_is_absent(reply->pg.error))
            return VG_DONE; /* no gateway was here yet: none */
        return reply->pg.error ? vg_pgvector_fail(op, t, reply->pg.error) : read_names(t, reply);
    }
    return vg_try_fail(t, VG_INTERNAL, VG_LIT("pgvector: unknown stage"));
}

/* ---- health ---- */

/* An extension that is only available counts: the first collection creates it. The last column is
 * the schema of one whose names are not found: search_path lacks it, or the role may not use it. */
static const char ask_health[] =
    "SELECT current_setting('server_version'), v.version, v.version IS NOT NULL AND "
    "string_to_array(split_part(v.version, '-', 1), '.')::int[] >= ARRAY[0, "
    "8], " VG_PGVECTOR_BYPASSES
    ", (SELECT extnamespace::regnamespace::text FROM pg_extension WHERE extname='vector' AND "
    "to_regtype('vector') IS NULL) FROM (SELECT "
    "coalesce((SELECT extversion FROM pg_extension WHERE extname='vector'), (SELECT "
    "default_version FROM pg_available_extensions WHERE name='vector')) AS version) v";

static vg_next read_health(vg_try *t, const vg_reply *reply)
{
    const vg_pgvector_job *job = t->state;
    const vg_pg_rows *rows = vg_pgvector_rows(t, reply, 0, 5);
    vg_slice unseen;
    bool is_new = false, bypasses = false;

    if (!rows || rows->rows != 1)
        return vg_pgvector_misread(t, "it does not say what it is");
    if (!vg_pgvector_cell(rows, 0, 1).at)
        return vg_try_fail(t, VG_UNAVAILABLE,
                           VG_LIT("PostgreSQL is up but not ready: it has no pgvector, which is to "
                                  "be installed on its server"));
    if (!vg_cell_bool(vg_pgvector_cell(rows, 0, 2), &is_new) || !is_new)
        return vg_try_failf(t, VG_UNAVAILABLE,
                            "PostgreSQL is up but not ready: pgvector " VG_FMT
                            " is too old, 0.8.0 or newer is needed (ALTER EXTENSION vector UPDATE)",
                            VG_ARG(vg_pgvector_cell(rows, 0, 1)));
    if (job->is_shared && (!vg_cell_bool(vg_pgvector_cell(rows, 0, 3), &bypasses) || bypasses))
        return vg_pgvector_bypasses(t);
    unseen = vg_pgvector_cell(rows, 0, 4);
    if (unseen.at)
        return vg_try_failf(t, VG_BACKEND_AUTH,
                            "pgvector is in schema " VG_FMT
                            ", which this role does not see: it needs "
                            "USAGE there, and the schema in its search_path",
                            VG_ARG(unseen));
    t->result.health.title = VG_LIT("PostgreSQL with pgvector");
    t->result.health.version =
        vg_arena_printf(t->scratch, VG_FMT ", pgvector " VG_FMT,
                        VG_ARG(vg_pgvector_cell(rows, 0, 0)), VG_ARG(vg_pgvector_cell(rows, 0, 1)));
    return VG_DONE;
}

vg_next vg_pgvector_health(const vg_backend *self, const vg_op *op, vg_try *t,
                           const vg_reply *reply, vg_exchange *out)
{
    enum stage { ASK, READ };
    vg_pgvector_job *job;

    switch ((enum stage)t->stage) {
    case ASK:
        job = vg_pgvector_begin(self, op, t);
        if (!job || !vg_pgvector_add(job, ask_health))
            return VG_FAIL;
        t->stage = READ;
        return vg_pgvector_send(job, vg_pgvector_names[op->kind], out);
    case READ:
        return reply->pg.error ? vg_pgvector_fail(op, t, reply->pg.error) : read_health(t, reply);
    }
    return vg_try_fail(t, VG_INTERNAL, VG_LIT("pgvector: unknown stage"));
}

/* ---- describe: what it is ---- */

enum describe_stage { ASK_SPEC, READ_SPEC, READ_ALL };

bool vg_pgvector_ask_spec(vg_pgvector_job *job)
{
    vg_pg_sql_text(&job->sql, "SELECT spec::text FROM vecgate.collections WHERE tenant=");
    vg_pg_sql_bind_text(&job->sql, job->op->who->name);
    vg_pg_sql_text(&job->sql, " AND name=");
    vg_pg_sql_bind_text(&job->sql, job->collection);
    return vg_pgvector_end_statement(job);
}

bool vg_pgvector_read_spec(vg_pgvector_job *job, const vg_reply *reply, uint32_t statement,
                           vg_collection_spec *spec)
{
    const vg_pg_rows *rows = vg_pgvector_rows(job->t, reply, statement, 1);

    return rows && (rows->rows == 0 || vg_spec_read(job->t->scratch, vg_pgvector_cell(rows, 0, 0),
                                                    spec, &job->t->status));
}

static bool read_spec(vg_pgvector_job *job, const vg_reply *reply, vg_collection_info *info)
{
    const vg_pg_rows *rows = vg_pgvector_rows(job->t, reply, 0, 1);

    if (!rows || !vg_pgvector_read_spec(job, reply, 0, &info->spec))
        return false;
    info->exists = rows->rows == 1;
    info->segments_count = 1;
    if (info->exists)
        vg_pgvector_place(job, &info->spec);
    return true;
}

/* ---- its numbers ---- */

static bool ask_counts(vg_pgvector_job *job, const vg_collection_info *info)
{
    job->is_costly = info->spec.indexes.count > 0;
    vg_pg_sql_text(&job->sql, "SELECT count(*)");
    for (uint32_t i = 0; i < info->spec.vector_count; i++) {
        vg_pg_sql_text(&job->sql, ",count(p.");
        vg_pg_sql_name(&job->sql, vg_pg_column_name(job->t->scratch, info->spec.vectors[i].name));
        vg_pg_sql_text(&job->sql, ")");
    }
    for (uint32_t i = 0; i < info->spec.indexes.count; i++) {
        const vg_condition filled = {.test = VG_TEST_IS_EMPTY, .key = info->spec.indexes.at[i].key};
        vg_filter *filter = VG_TAKE(job->t->scratch, vg_filter);
        vg_condition *condition = VG_TAKE(job->t->scratch, vg_condition);

        if (!filter || !condition)
            return vg_pgvector_spent(job->t);
        *condition = filled;
        filter->must = (vg_clause){condition, 1};
        vg_pg_sql_text(&job->sql, ",count(*) FILTER (WHERE ");
        if (!vg_pg_write_filter(&job->sql, filter, &info->spec, &job->t->status))
            return false;
        vg_pg_sql_text(&job->sql, ")");
    }
    vg_pg_sql_text(&job->sql, " FROM ");
    vg_pgvector_put_table(job);
    return vg_pgvector_end_statement(job);
}

/* Is there to be an index of it? */
static bool is_indexed(vg_pgvector_job *job, const vg_collection_spec *spec, uint32_t vector)
{
    const vg_vector_params *params = &spec->vectors[vector];
    vg_pgvector_index index;

    return vg_pgvector_index_of(job, spec, params, &index) &&
           (index.is_there || params->kind == VG_SPARSE);
}

static bool read_counts(vg_pgvector_job *job, const vg_reply *reply, vg_collection_info *info)
{
    vg_try *t = job->t;
    uint32_t vectors = info->spec.vector_count, fields = info->spec.indexes.count;
    const vg_pg_rows *rows = vg_pgvector_rows(t, reply, 1, 1 + vectors + fields);
    uint64_t *points = VG_TAKE_N(t->scratch, uint64_t, (size_t)fields + 1);
    uint64_t indexed = 0;
    int64_t count = 0;

    if (!points)
        return vg_pgvector_spent(t);
    if (!rows || rows->rows != 1)
        return vg_pgvector_misread(t, "it counts nothing") == VG_DONE;
    for (uint32_t i = 0; i < 1 + vectors + fields; i++) {
        if (!vg_cell_i64(vg_pgvector_cell(rows, 0, i), &count))
            return vg_pgvector_misread(t, "a count is no number") == VG_DONE;
        if (i == 0)
            info->points_count = (uint64_t)count;
        else if (i <= vectors)
            indexed += is_indexed(job, &info->spec, i - 1) ? (uint64_t)count : 0;
        else
            points[i - 1 - vectors] = (uint64_t)count;
    }
    info->index_points = points;
    if (!job->lacks_vectors) /* all that is to be indexed is */
        info->indexed_vectors_count = indexed;
    return true;
}

/* How many points its table is thought to have; a table that others share is counted. */
static bool ask_estimate(vg_pgvector_job *job)
{
    if (job->is_shared) {
        vg_pg_sql_text(&job->sql, "SELECT count(*) FROM ");
        vg_pgvector_put_table(job);
    } else {
        vg_pg_sql_text(&job->sql, "SELECT greatest(c.reltuples,0)::bigint FROM pg_class c WHERE "
                                  "c.oid=");
        vg_pgvector_bind_name(job, job->table);
        vg_pg_sql_text(&job->sql, "::regclass");
    }
    return vg_pgvector_end_statement(job);
}

static bool read_estimate(vg_try *t, const vg_reply *reply, vg_collection_info *info)
{
    const vg_pg_rows *rows = vg_pgvector_rows(t, reply, 1, 1);
    int64_t count = 0;

    if (!rows || rows->rows != 1 || !vg_cell_i64(vg_pgvector_cell(rows, 0, 0), &count))
        return vg_pgvector_misread(t, "an estimate is no number") == VG_DONE;
    info->points_count = (uint64_t)count;
    return true;
}

static vg_next go_on(vg_pgvector_job *job, const vg_reply *reply, vg_exchange *out)
{
    vg_try *t = job->t;
    vg_collection_info *info = &t->result.info;

    *info = (vg_collection_info){0};
    if (!read_spec(job, reply, info))
        return VG_FAIL;
    if (!info->exists)
        return VG_DONE;
    vg_pgvector_anew(job);
    vg_pgvector_put_states(job);
    if (!vg_pgvector_end_statement(job) ||
        !(job->op->in.collection.is_brief ? ask_estimate(job) : ask_counts(job, info)))
        return VG_FAIL;
    t->stage = READ_ALL;
    return vg_pgvector_send(job, "pgvector.look_at_collection", out);
}

static bool read_all(vg_pgvector_job *job, const vg_reply *reply, vg_collection_info *info)
{
    return vg_pgvector_read_states(job, reply, 0, info) &&
           (job->op->in.collection.is_brief ? read_estimate(job->t, reply, info)
                                            : read_counts(job, reply, info));
}

vg_next vg_pgvector_describe(const vg_backend *self, const vg_op *op, vg_try *t,
                             const vg_reply *reply, vg_exchange *out)
{
    vg_pgvector_job *job = t->state;

    if (reply && vg_pgvector_is_absent(reply->pg.error)) { /* it is not there, or not any more */
        t->result.info = (vg_collection_info){0};
        return VG_DONE;
    }
    if (reply && reply->pg.error)
        return vg_pgvector_fail(op, t, reply->pg.error);
    switch ((enum describe_stage)t->stage) {
    case ASK_SPEC:
        job = vg_pgvector_begin(self, op, t);
        if (!job || !vg_pgvector_ask_spec(job))
            return VG_FAIL;
        t->stage = READ_SPEC;
        return vg_pgvector_send(job, vg_pgvector_names[op->kind], out);
    case READ_SPEC:
        return go_on(job, reply, out);
    case READ_ALL:
        return read_all(job, reply, &t->result.info) ? VG_DONE : VG_FAIL;
    }
    return vg_try_fail(t, VG_INTERNAL, VG_LIT("pgvector: unknown stage"));
}
