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

#define POINT_COLUMNS                                                                     \
    ", doc json NOT NULL, payload jsonb NOT NULL GENERATED ALWAYS AS (doc::jsonb) STORED" \
    ", ver bigint NOT NULL"

enum drop_stage { DROP, READ, DROPPED };
enum create_stage { ASK_SCHEMA, MAKE, MADE };

static bool ask_schema(vg_pgvector_job *job)
{
    vg_pg_sql_text(&job->sql, "SELECT to_regnamespace(");
    vg_pg_sql_bind_text(&job->sql, vg_pg_quote(job->t->scratch, job->schema));
    vg_pg_sql_text(&job->sql, ") IS NOT NULL, to_regclass(");
    vg_pgvector_bind_name(job, job->table);
    vg_pg_sql_text(&job->sql, ") IS NOT NULL, " VG_PGVECTOR_BYPASSES);
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

/* Whether it exists, a table of its own says: a row without one is left from a table that somebody
 * else dropped. In a shared table nothing but the row says it. */
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
    vg_pg_sql_text(&job->sql, ")");
    if (!job->is_shared)
        vg_pg_sql_text(&job->sql, " ON CONFLICT (tenant, name) DO UPDATE SET spec=EXCLUDED.spec");
    return vg_pgvector_end_statement(job);
}

static bool add_own_table(vg_pgvector_job *job)
{
    vg_pg_sql_text(&job->sql, "CREATE TABLE ");
    vg_pgvector_put_name(job, job->table);
    vg_pg_sql_text(&job->sql, " (id bytea PRIMARY KEY" POINT_COLUMNS);
    put_columns(job, &job->op->in.create.spec);
    vg_pg_sql_text(&job->sql, ")");
    return vg_pgvector_end_statement(job);
}

/* With the policy that shows a tenant its own rows, to the table's owner too. */
static bool add_shared_table(vg_pgvector_job *job)
{
    static const char *const alter[] = {" ENABLE ROW LEVEL SECURITY", " FORCE ROW LEVEL SECURITY"};

    vg_pg_sql_text(&job->sql, "CREATE TABLE ");
    vg_pgvector_put_name(job, job->table);
    vg_pg_sql_text(&job->sql, " (tenant text NOT NULL DEFAULT current_setting('vecgate.tenant'), "
                              "collection text NOT NULL, id bytea NOT NULL" POINT_COLUMNS);
    put_columns(job, &job->op->in.create.spec);
    vg_pg_sql_text(&job->sql, ", PRIMARY KEY (tenant, collection, id))");
    if (!vg_pgvector_end_statement(job))
        return false;
    for (int i = 0; i < 2; i++) {
        vg_pg_sql_text(&job->sql, "ALTER TABLE ");
        vg_pgvector_put_name(job, job->table);
        vg_pg_sql_text(&job->sql, alter[i]);
        if (!vg_pgvector_end_statement(job))
            return false;
    }
    vg_pg_sql_text(&job->sql, "CREATE POLICY tenant ON ");
    vg_pgvector_put_name(job, job->table);
    vg_pg_sql_text(&job->sql, " USING (tenant = current_setting('vecgate.tenant', true)) "
                              "WITH CHECK (tenant = current_setting('vecgate.tenant', true))");
    return vg_pgvector_end_statement(job);
}

static bool add_numbers(vg_pgvector_job *job)
{
    vg_pg_sql_text(&job->sql, "CREATE SEQUENCE ");
    vg_pgvector_put_name(job, job->numbers);
    if (!job->is_shared) {
        vg_pg_sql_text(&job->sql, " OWNED BY ");
        vg_pgvector_put_name(job, job->table);
        vg_pg_sql_text(&job->sql, ".id");
    }
    return vg_pgvector_end_statement(job);
}

/* What a drop that was cut short left of another collection of the name. */
static bool add_clearing(vg_pgvector_job *job)
{
    vg_pg_sql_text(&job->sql, "DELETE FROM ");
    vg_pgvector_put_target(job);
    vg_pg_sql_text(&job->sql, " WHERE true");
    vg_pgvector_put_own(job);
    return vg_pgvector_end_statement(job);
}

static bool add_all(vg_pgvector_job *job, bool has_schema, bool has_table)
{
    bool makes_table = !job->is_shared || !has_table;

    vg_pgvector_anew(job);
    return vg_pgvector_add_migration(job) && add_schema(job, has_schema) && add_row(job) &&
           (!makes_table || (job->is_shared ? add_shared_table : add_own_table)(job)) &&
           add_numbers(job) && (makes_table || add_clearing(job)) &&
           (!makes_table || vg_pgvector_add_indexes(job, &job->op->in.create.spec));
}

static vg_next make(vg_pgvector_job *job, const vg_reply *reply, vg_exchange *out)
{
    const vg_pg_rows *rows = vg_pgvector_rows(job->t, reply, 0, 3);
    bool has_schema = false, has_table = false, bypasses = false;

    if (!rows || rows->rows != 1 || !vg_cell_bool(vg_pgvector_cell(rows, 0, 0), &has_schema) ||
        !vg_cell_bool(vg_pgvector_cell(rows, 0, 1), &has_table) ||
        !vg_cell_bool(vg_pgvector_cell(rows, 0, 2), &bypasses))
        return vg_pgvector_misread(job->t, "it does not say whether there is a schema");
    if (job->is_shared && bypasses)
        return vg_pgvector_bypasses(job->t);
    if (!add_all(job, has_schema, has_table))
        return VG_FAIL;
    job->t->stage = MADE;
    return vg_pgvector_send(job, "pgvector.create_collection", out);
}

vg_next vg_pgvector_bypasses(vg_try *t)
{
    return vg_try_fail(t, VG_BACKEND_AUTH,
                       VG_LIT("isolation rls needs a PostgreSQL role that row-level security holds "
                              "for: this one is a superuser or has BYPASSRLS"));
}

/* A table or sequence that is there: the collection's own, or one that another gateway shared in
 * the meantime. */
static vg_next read_made(const vg_op *op, vg_try *t, const vg_reply *reply)
{
    const vg_pgvector_job *job = t->state;
    const vg_pg_error *error = reply->pg.error;

    if (job->is_shared && vg_pgvector_is_state(error, "42P07"))
        return VG_AGAIN;
    if (vg_pgvector_is_state(error, "42P07") || vg_pgvector_is_state(error, "23505")) {
        vg_status_setf(&t->status, t->scratch, VG_EXISTS, VG_LIT("collection"),
                       "Collection `" VG_FMT "` already exists!", VG_ARG(op->name));
        return VG_FAIL;
    }
    if (error)
        return vg_pgvector_fail(op, t, error);
    t->result.made.did = true;
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
        return vg_pgvector_send_look(job, "pgvector.find_schema", out);
    case MAKE:
        return reply->pg.error ? vg_pgvector_fail(op, t, reply->pg.error) : make(job, reply, out);
    case MADE:
        return read_made(op, t, reply);
    }
    return vg_try_fail(t, VG_INTERNAL, VG_LIT("pgvector: unknown stage"));
}

/* ---- drop ---- */

/* Before its table goes, which would wait for the end of a build; of our own, somebody else's are
 * not ours to end. */
static bool add_end_of_builds(vg_pgvector_job *job)
{
    vg_pg_sql_text(&job->sql,
                   "SELECT pg_cancel_backend(w.pid) FROM pg_stat_progress_create_index w JOIN "
                   "pg_stat_activity a ON a.pid=w.pid AND a.usename=current_user WHERE "
                   "w.relid=to_regclass(");
    vg_pgvector_bind_name(job, job->table);
    vg_pg_sql_text(&job->sql, ")");
    return vg_pgvector_end_statement(job);
}

static bool add_drop(vg_pgvector_job *job)
{
    vg_pg_sql_text(&job->sql, "DELETE FROM vecgate.collections WHERE tenant=");
    vg_pg_sql_bind_text(&job->sql, job->op->who->name);
    vg_pg_sql_text(&job->sql, " AND name=");
    vg_pg_sql_bind_text(&job->sql, job->collection);
    vg_pg_sql_text(&job->sql, " RETURNING spec::text");
    if (!vg_pgvector_end_statement(job) || (!job->is_shared && !add_end_of_builds(job)))
        return false;
    vg_pg_sql_text(&job->sql,
                   job->is_shared ? "DROP SEQUENCE IF EXISTS " : "DROP TABLE IF EXISTS ");
    vg_pgvector_put_name(job, job->is_shared ? job->numbers : job->table);
    return vg_pgvector_end_statement(job);
}

/* The points of a shared table go after their collection, whose row told which table that is. What
 * a gateway that ends in between leaves, nobody sees; a collection of the name begins empty. */
static vg_next drop_points(vg_pgvector_job *job, const vg_reply *reply, vg_exchange *out)
{
    const vg_pg_rows *rows = vg_pgvector_rows(job->t, reply, 0, 1);
    vg_collection_spec spec = {0};

    if (!rows || !job->t->result.did || !job->is_shared)
        return rows ? VG_DONE : VG_FAIL;
    if (!vg_spec_read(job->t->scratch, vg_pgvector_cell(rows, 0, 0), &spec, &job->t->status))
        return VG_FAIL;
    vg_pgvector_place(job, &spec);
    vg_pgvector_anew(job);
    if (!add_clearing(job))
        return VG_FAIL;
    job->t->stage = DROPPED;
    return vg_pgvector_send(job, "pgvector.drop_points", out);
}

vg_next vg_pgvector_drop(const vg_backend *self, const vg_op *op, vg_try *t, const vg_reply *reply,
                         vg_exchange *out)
{
    vg_pgvector_job *job = t->state;

    if (reply && vg_pgvector_is_absent(reply->pg.error)) /* no gateway was here yet */
        return VG_DONE;
    if (reply && reply->pg.error)
        return vg_pgvector_fail(op, t, reply->pg.error);
    switch ((enum drop_stage)t->stage) {
    case DROP:
        job = vg_pgvector_begin(self, op, t);
        if (!job || !add_drop(job))
            return VG_FAIL;
        t->stage = READ;
        return vg_pgvector_send(job, "pgvector.drop_collection", out);
    case READ:
        t->result.did = vg_pgvector_affected(t, reply, 0) > 0;
        return drop_points(job, reply, out);
    case DROPPED:
        return VG_DONE;
    }
    return vg_try_fail(t, VG_INTERNAL, VG_LIT("pgvector: unknown stage"));
}
