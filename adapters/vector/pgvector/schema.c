/* Creating and dropping collections. Each is one transaction, so nothing half-made stays:
 *
 *     create   LOOK (is the tenant's schema there?) ──► MAKE ──► done
 *     drop     DROP ──► done
 *
 * The schema is looked for first because CREATE SCHEMA IF NOT EXISTS asks for the right to create
 * one even where there is one. */
#include <inttypes.h>

#include "adapters/vector/pgvector/pgvector.h"
#include "adapters/vector/pgvector/quote.h"
#include "base/spec.h"

/* ---- columns ---- */

bool vg_pgvector_is_half(const vg_vector_params *params)
{
    return params->kind != VG_SPARSE && vg_datatype_of(params->datatype) == VG_FLOAT16;
}

vg_slice vg_pgvector_type(vg_arena *arena, const vg_vector_params *params)
{
    const char *type = vg_pgvector_is_half(params) ? "halfvec" : "vector";

    if (params->kind == VG_SPARSE)
        return VG_LIT("sparsevec");
    return vg_arena_printf(arena, "%s(%" PRIu32 ")%s", type, params->size,
                           params->kind == VG_MULTI ? "[]" : "");
}

vg_slice vg_pgvector_indices_name(vg_arena *arena, vg_slice vector)
{
    return vg_pg_name(arena, "x_", &vector, 1);
}

static void put_columns(vg_pgvector_job *job, const vg_collection_spec *spec)
{
    vg_arena *arena = job->t->scratch;

    for (uint32_t i = 0; i < spec->vector_count; i++) {
        const vg_vector_params *params = &spec->vectors[i];

        vg_pg_sql_text(&job->sql, ", ");
        vg_pg_sql_name(&job->sql, vg_pg_column_name(arena, params->name));
        vg_pg_sql_text(&job->sql, " ");
        vg_pg_sql_slice(&job->sql, vg_pgvector_type(arena, params));
        if (params->kind != VG_SPARSE)
            continue;
        vg_pg_sql_text(&job->sql, ", ");
        vg_pg_sql_name(&job->sql, vg_pgvector_indices_name(arena, params->name));
        vg_pg_sql_text(&job->sql, " bigint[]");
    }
}

/* ---- create ---- */

enum create_stage { ASK_SCHEMA, MAKE, MADE };

static bool ask_schema(vg_pgvector_job *job)
{
    vg_pg_sql_text(&job->sql, "SELECT to_regnamespace(");
    vg_pg_sql_bind_text(&job->sql, vg_pg_quote(job->t->scratch, job->schema));
    vg_pg_sql_text(&job->sql, ") IS NOT NULL");
    return vg_pgvector_end_statement(job);
}

static bool add_schema(vg_pgvector_job *job, bool is_there)
{
    if (is_there)
        return true;
    vg_pg_sql_text(&job->sql, "CREATE SCHEMA IF NOT EXISTS ");
    vg_pg_sql_name(&job->sql, job->schema);
    return vg_pgvector_end_statement(job);
}

/* Whether it exists, its table says: a row without one is left from a table that somebody else
 * dropped. */
static bool add_row(vg_pgvector_job *job)
{
    const vg_op *op = job->op;
    vg_slice spec = vg_spec_write(job->t->scratch, &op->in.create.spec);

    if (spec.len == 0)
        return vg_pgvector_spent(job->t);
    vg_pg_sql_text(&job->sql, "INSERT INTO vecgate.collections (tenant, name, spec) VALUES (");
    vg_pg_sql_bind_text(&job->sql, op->who->name);
    vg_pg_sql_text(&job->sql, ", ");
    vg_pg_sql_bind_text(&job->sql, op->in.create.physical);
    vg_pg_sql_text(&job->sql, ", ");
    vg_pg_sql_bind_as(&job->sql, spec, "json");
    vg_pg_sql_text(&job->sql, ") ON CONFLICT (tenant, name) DO UPDATE SET spec=EXCLUDED.spec");
    return vg_pgvector_end_statement(job);
}

static bool add_table(vg_pgvector_job *job)
{
    vg_pg_sql_text(&job->sql, "CREATE TABLE ");
    vg_pgvector_put_name(job, job->table);
    vg_pg_sql_text(&job->sql, " (id bytea PRIMARY KEY, doc json NOT NULL, payload jsonb NOT NULL "
                              "GENERATED ALWAYS AS (doc::jsonb) STORED, ver bigint NOT NULL");
    put_columns(job, &job->op->in.create.spec);
    vg_pg_sql_text(&job->sql, ")");
    if (!vg_pgvector_end_statement(job))
        return false;
    vg_pg_sql_text(&job->sql, "CREATE SEQUENCE ");
    vg_pgvector_put_name(job, job->numbers);
    vg_pg_sql_text(&job->sql, " OWNED BY ");
    vg_pgvector_put_name(job, job->table);
    vg_pg_sql_text(&job->sql, ".id");
    return vg_pgvector_end_statement(job);
}

static vg_next make(vg_pgvector_job *job, const vg_reply *reply, vg_exchange *out)
{
    const vg_op *op = job->op;
    const vg_pg_rows *rows = vg_pgvector_rows(job->t, reply, 0, 1);
    bool is_there = false;

    if (!rows || rows->rows != 1 || !vg_cell_bool(vg_pgvector_cell(rows, 0, 0), &is_there))
        return vg_pgvector_misread(job->t, "it does not say whether there is a schema");
    vg_pgvector_anew(job);
    if (!vg_pgvector_add_migration(job) || !add_schema(job, is_there) || !add_row(job) ||
        !add_table(job) ||
        !vg_pgvector_add_indexes(job, &op->in.create.spec, op->in.create.physical))
        return VG_FAIL;
    job->t->stage = MADE;
    return vg_pgvector_send(job, "pgvector.create_collection", out);
}

static vg_next read_made(const vg_op *op, vg_try *t, const vg_reply *reply)
{
    const vg_pg_error *error = reply->pg.error;

    if (vg_pgvector_is_state(error, "42P07")) {
        vg_status_setf(&t->status, t->scratch, VG_EXISTS, VG_LIT("collection"),
                       "Collection `" VG_FMT "` already exists!", VG_ARG(op->name));
        return VG_FAIL;
    }
    if (error)
        return vg_pgvector_fail(op, t, error);
    t->result.did = true;
    return VG_DONE;
}

vg_next vg_pgvector_create(const vg_backend *self, const vg_op *op, vg_try *t,
                           const vg_reply *reply, vg_exchange *out)
{
    vg_pgvector_job *job = t->state;

    switch ((enum create_stage)t->stage) {
    case ASK_SCHEMA:
        job = vg_pgvector_begin(self, op, t);
        if (!job || !ask_schema(job))
            return VG_FAIL;
        t->stage = MAKE;
        return vg_pgvector_send(job, "pgvector.find_schema", out);
    case MAKE:
        return reply->pg.error ? vg_pgvector_fail(op, t, reply->pg.error) : make(job, reply, out);
    case MADE:
        return read_made(op, t, reply);
    }
    return vg_try_fail(t, VG_INTERNAL, VG_LIT("pgvector: unknown stage"));
}

/* ---- drop ---- */

static bool add_drop(vg_pgvector_job *job)
{
    vg_pg_sql_text(&job->sql, "DELETE FROM vecgate.collections WHERE tenant=");
    vg_pg_sql_bind_text(&job->sql, job->op->who->name);
    vg_pg_sql_text(&job->sql, " AND name=");
    vg_pg_sql_bind_text(&job->sql, job->op->in.collection.physical);
    if (!vg_pgvector_end_statement(job))
        return false;
    vg_pg_sql_text(&job->sql, "DROP TABLE IF EXISTS ");
    vg_pgvector_put_name(job, job->table);
    return vg_pgvector_end_statement(job);
}

vg_next vg_pgvector_drop(const vg_backend *self, const vg_op *op, vg_try *t, const vg_reply *reply,
                         vg_exchange *out)
{
    enum stage { DROP, READ };
    vg_pgvector_job *job;

    switch ((enum stage)t->stage) {
    case DROP:
        job = vg_pgvector_begin(self, op, t);
        if (!job || !add_drop(job))
            return VG_FAIL;
        t->stage = READ;
        return vg_pgvector_send(job, "pgvector.drop_collection", out);
    case READ:
        if (vg_pgvector_is_absent(reply->pg.error)) { /* no gateway was here yet */
            t->result.did = false;
            return VG_DONE;
        }
        if (reply->pg.error)
            return vg_pgvector_fail(op, t, reply->pg.error);
        t->result.did = reply->pg.count > 0 && reply->pg.results[0].affected > 0;
        return VG_DONE;
    }
    return vg_try_fail(t, VG_INTERNAL, VG_LIT("pgvector: unknown stage"));
}
