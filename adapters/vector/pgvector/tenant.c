/* A tenant is erased: what is kept of it beyond its collections, or of those whose row is lost.
 *
 *     ASK ──► DROP ──► done
 *
 * Its schema goes with all that is in it, if the role owns it; one that somebody else made for it
 * stays as an empty shell, for its collections are dropped before. Of tables that tenants share its
 * rows go, and with the names in vecgate.collections their sequences. */
#include "adapters/vector/pgvector/pgvector.h"
#include "adapters/vector/pgvector/quote.h"

enum stage { ASK, DROP, DROPPED };

/* ---- what is there? ---- */

static bool ask_schema(vg_pgvector_job *job)
{
    vg_pg_sql_text(&job->sql, "SELECT n.oid IS NOT NULL AND pg_has_role(n.nspowner, 'USAGE'), "
                              "to_regclass('vecgate.collections') IS NOT NULL FROM (SELECT ");
    vg_pg_sql_bind_text(&job->sql, job->schema);
    vg_pg_sql_text(&job->sql, "::text AS name) w LEFT JOIN pg_namespace n ON n.nspname=w.name");
    return vg_pgvector_end_statement(job);
}

/* Tables that the role may not change are no gateway's. */
static bool ask_shared(vg_pgvector_job *job)
{
    if (!vg_pgvector_add(job, "SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON "
                              "n.oid=c.relnamespace WHERE n.nspname='vecgate_rows' AND "
                              "c.relkind='r' AND c.relname LIKE 's\\_%' AND "
                              "has_table_privilege(c.oid, 'DELETE') ORDER BY 1"))
        return false;
    vg_pg_sql_text(&job->sql, "SELECT name FROM vecgate.collections WHERE tenant=");
    vg_pg_sql_bind_text(&job->sql, job->op->who->name);
    return vg_pgvector_end_statement(job);
}

static vg_next ask(const vg_backend *self, const vg_op *op, vg_try *t, vg_exchange *out)
{
    vg_pgvector_job *job = vg_pgvector_begin(self, op, t);

    if (!job || !(job->is_shared ? ask_shared : ask_schema)(job))
        return VG_FAIL;
    t->stage = DROP;
    return vg_pgvector_send_look(job, "pgvector.find_tenant", out);
}

/* ---- it goes ---- */

static bool add_schema(vg_pgvector_job *job)
{
    vg_pg_sql_text(&job->sql, "DROP SCHEMA IF EXISTS ");
    vg_pg_sql_name(&job->sql, job->schema);
    vg_pg_sql_text(&job->sql, " CASCADE");
    return vg_pgvector_end_statement(job);
}

/* `table`: quoted, and where it is. */
static bool add_rows(vg_pgvector_job *job, vg_slice table)
{
    vg_pg_sql_text(&job->sql, "DELETE FROM ");
    vg_pg_sql_slice(&job->sql, table);
    vg_pg_sql_text(&job->sql, " WHERE tenant=");
    vg_pg_sql_bind_text(&job->sql, job->op->who->name);
    return vg_pgvector_end_statement(job);
}

static bool add_collections(vg_pgvector_job *job)
{
    return add_rows(job, VG_LIT("vecgate.collections"));
}

static bool add_sequence(vg_pgvector_job *job, vg_slice collection)
{
    const vg_slice parts[] = {job->op->who->name, collection};

    vg_pg_sql_text(&job->sql, "DROP SEQUENCE IF EXISTS ");
    vg_pgvector_put_name(job, vg_pg_name(job->t->scratch, "n_", parts, 2));
    return vg_pgvector_end_statement(job);
}

static bool add_shared(vg_pgvector_job *job, const vg_pg_rows *tables, const vg_pg_rows *names)
{
    vg_arena *arena = job->t->scratch;

    for (uint32_t i = 0; i < tables->rows; i++) {
        vg_slice local = vg_pg_quote(arena, vg_pgvector_cell(tables, i, 0));

        if (!add_rows(job, vg_arena_printf(arena, "vecgate_rows." VG_FMT, VG_ARG(local))))
            return false;
    }
    for (uint32_t i = 0; i < names->rows; i++)
        if (!add_sequence(job, vg_arena_copy(arena, vg_pgvector_cell(names, i, 0))))
            return false;
    return names->rows == 0 || add_collections(job);
}

static bool make_shared(vg_pgvector_job *job, const vg_reply *reply)
{
    const vg_pg_rows *tables = vg_pgvector_rows(job->t, reply, 0, 1);
    const vg_pg_rows *names = tables ? vg_pgvector_rows(job->t, reply, 1, 1) : NULL;

    if (!names)
        return false;
    vg_pgvector_anew(job);
    return add_shared(job, tables, names);
}

static bool make_own(vg_pgvector_job *job, const vg_reply *reply)
{
    const vg_pg_rows *rows = vg_pgvector_rows(job->t, reply, 0, 2);
    bool has_schema = false, has_rows = false;

    if (!rows)
        return false;
    if (rows->rows != 1 || !vg_cell_bool(vg_pgvector_cell(rows, 0, 0), &has_schema) ||
        !vg_cell_bool(vg_pgvector_cell(rows, 0, 1), &has_rows)) {
        vg_pgvector_misread(job->t, "it does not say what there is of the tenant");
        return false;
    }
    job->t->result.did = has_schema;
    vg_pgvector_anew(job);
    return (!has_rows || add_collections(job)) && (!has_schema || add_schema(job));
}

static vg_next drop(vg_pgvector_job *job, const vg_reply *reply, vg_exchange *out)
{
    if (!(job->is_shared ? make_shared : make_own)(job, reply))
        return VG_FAIL;
    if (job->count == 0)
        return VG_DONE;
    job->t->stage = DROPPED;
    return vg_pgvector_send(job, "pgvector.drop_tenant", out);
}

/* Of a schema that went nobody counts rows. */
static vg_next read_dropped(vg_pgvector_job *job, const vg_reply *reply)
{
    for (uint32_t i = 0; i < job->count - job->has_settings; i++)
        job->t->result.did |= vg_pgvector_affected(job->t, reply, i) > 0;
    return VG_DONE;
}

vg_next vg_pgvector_drop_tenant(const vg_backend *self, const vg_op *op, vg_try *t,
                                const vg_reply *reply, vg_exchange *out)
{
    vg_pgvector_job *job = t->state;

    if (reply && vg_pgvector_is_absent(reply->pg.error)) /* no gateway was here yet */
        return VG_DONE;
    if (reply && reply->pg.error)
        return vg_pgvector_fail(op, t, reply->pg.error);
    switch ((enum stage)t->stage) {
    case ASK:
        return ask(self, op, t, out);
    case DROP:
        return drop(job, reply, out);
    case DROPPED:
        return read_dropped(job, reply);
    }
    return vg_try_fail(t, VG_INTERNAL, VG_LIT("pgvector: unknown stage"));
}
