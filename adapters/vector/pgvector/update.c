/* Changes of points: one statement each, all of an op in one transaction, in their order.
 *
 *     ASK ──► READ ──► done
 *
 * Every statement is of this form and answers one row: the operation's number, and the first of the
 * ids that were not there, where that matters.
 *
 *     WITH op AS MATERIALIZED (SELECT nextval(…) AS n), done AS (<change> RETURNING p.id)
 *     SELECT n, m.id, <stop> FROM op LEFT JOIN (<first of the ids that is not in done>) m ON true
 *
 * A batch ends at the first change that misses a point, and what was changed before stays (FACTS
 * 5): that change sets vecgate.stop for the rest of the transaction, and those behind it look. */
#include "adapters/vector/pgvector/update.h"

static const char go_on[] = " AND current_setting('vecgate.stop', true) IS DISTINCT FROM 'on'";

static bool tells_missing(const vg_op *op, const vg_update *update)
{
    switch (update->kind) {
    case VG_OP_UPSERT:
    case VG_OP_DELETE:
    case VG_OP_DELETE_VECTORS:
        return false;
    case VG_OP_UPDATE_VECTORS:
        return op->in.update.wait;
    default:
        return op->in.update.wait && update->id_count > 0;
    }
}

void vg_pgvector_open_change(vg_pgvector_change *c)
{
    vg_pg_sql *sql = &c->job->sql;

    vg_pg_sql_text(sql, "WITH op AS MATERIALIZED (SELECT nextval(");
    vg_pgvector_bind_name(c->job, c->job->numbers);
    vg_pg_sql_text(sql, "::regclass) AS n), done AS (");
}

void vg_pgvector_open_update(vg_pgvector_change *c)
{
    vg_pgvector_open_change(c);
    vg_pg_sql_text(&c->job->sql, "UPDATE ");
    vg_pgvector_put_target(c->job);
    vg_pg_sql_text(&c->job->sql, " SET ver=(SELECT n FROM op)");
}

void vg_pgvector_put_go_on(vg_pgvector_change *c)
{
    if (c->may_be_stopped)
        vg_pg_sql_text(&c->job->sql, go_on);
}

bool vg_pgvector_put_selection(vg_pgvector_change *c)
{
    vg_pg_sql *sql = &c->job->sql;

    vg_pg_sql_text(sql, " WHERE ");
    if (c->update->id_count > 0) {
        vg_pg_sql_text(sql, "p.id=ANY(");
        vg_pg_sql_bind_ids(sql, c->update->ids, c->update->id_count);
        c->ids = sql->count;
        vg_pg_sql_text(sql, ")");
    } else if (!vg_pgvector_put_filter(c->job, c->update->filter)) {
        return false;
    }
    vg_pgvector_put_own(c->job);
    vg_pgvector_put_go_on(c);
    return true;
}

static void put_missing(vg_pgvector_change *c)
{
    vg_pg_sql *sql = &c->job->sql;

    vg_pg_sql_text(sql, " SELECT n, m.id, CASE WHEN m.id IS NOT NULL THEN "
                        "set_config('vecgate.stop', 'on', true) END FROM op LEFT JOIN "
                        "(SELECT w.id FROM unnest($");
    vg_pg_sql_u64(sql, c->ids);
    vg_pg_sql_text(sql, "::bytea[]) WITH ORDINALITY w(id, i) WHERE NOT EXISTS (SELECT FROM done d "
                        "WHERE d.id=w.id) ORDER BY w.i LIMIT 1) m ON true");
}

bool vg_pgvector_close_change(vg_pgvector_change *c)
{
    vg_pg_sql_text(&c->job->sql, " RETURNING p.id)");
    if (tells_missing(c->job->op, c->update))
        put_missing(c);
    else
        vg_pg_sql_text(&c->job->sql, " SELECT n, NULL::bytea, NULL::text FROM op");
    return vg_pgvector_end_statement(c->job);
}

static bool add_change(vg_pgvector_change *c)
{
    switch (c->update->kind) {
    case VG_OP_UPSERT:
        return vg_pgvector_add_upsert(c);
    case VG_OP_UPDATE_VECTORS:
        return vg_pgvector_add_vectors(c);
    case VG_OP_DELETE:
        return vg_pgvector_add_delete(c);
    case VG_OP_DELETE_VECTORS:
        return vg_pgvector_add_delete_vectors(c);
    default:
        return vg_pgvector_add_payload(c);
    }
}

static bool add_changes(vg_pgvector_job *job)
{
    vg_pgvector_change c = {.job = job};

    for (uint32_t i = 0; i < job->op->in.update.count; i++) {
        c.update = &job->op->in.update.at[i];
        if (!add_change(&c))
            return false;
        c.may_be_stopped |= tells_missing(job->op, c.update);
    }
    return true;
}

/* ---- the answer ---- */

static bool tell_missing(vg_try *t, vg_slice cell)
{
    vg_point_id id;

    if (!vg_pg_read_id(cell, &id))
        return vg_pgvector_misread(t, "an id has no known form") == VG_DONE;
    vg_status_setf(&t->status, t->scratch, VG_NOT_FOUND, VG_LIT("point"),
                   "No point with id " VG_FMT " found", VG_ARG(vg_point_id_text(t->scratch, &id)));
    return false;
}

static bool read_change(vg_try *t, const vg_reply *reply, uint32_t i, uint64_t *number)
{
    const vg_pg_rows *rows = vg_pgvector_rows(t, reply, i, 3);
    int64_t n = 0;

    if (!rows)
        return false;
    if (rows->rows != 1 || !vg_cell_i64(vg_pgvector_cell(rows, 0, 0), &n))
        return vg_pgvector_misread(t, "a change has no number") == VG_DONE;
    *number = (uint64_t)n;
    return !vg_pgvector_cell(rows, 0, 1).at || tell_missing(t, vg_pgvector_cell(rows, 0, 1));
}

static vg_next read_changes(const vg_op *op, vg_try *t, const vg_reply *reply)
{
    uint32_t count = op->in.update.count;
    uint64_t *numbers = VG_TAKE_N(t->scratch, uint64_t, (size_t)count + 1);

    if (!numbers)
        return vg_pgvector_spent(t) ? VG_DONE : VG_FAIL;
    for (uint32_t i = 0; i < count; i++)
        if (!read_change(t, reply, i, &numbers[i]))
            return VG_FAIL;
    if (op->kind == VG_OP_BATCH) {
        t->result.batch.operation_ids = numbers;
        t->result.batch.count = count;
        t->result.batch.completed = true;
    } else {
        t->result.written.operation_id = numbers[0];
        t->result.written.completed = true;
    }
    return VG_DONE;
}

vg_next vg_pgvector_update(const vg_backend *self, const vg_op *op, vg_try *t,
                           const vg_reply *reply, vg_exchange *out)
{
    enum stage { ASK, READ };
    vg_pgvector_job *job;

    switch ((enum stage)t->stage) {
    case ASK:
        job = vg_pgvector_begin(self, op, t);
        if (!job || !add_changes(job))
            return VG_FAIL;
        t->stage = READ;
        return vg_pgvector_send(job, vg_pgvector_names[op->kind], out);
    case READ:
        return reply->pg.error ? vg_pgvector_fail(op, t, reply->pg.error)
                               : read_changes(op, t, reply);
    }
    return vg_try_fail(t, VG_INTERNAL, VG_LIT("pgvector: unknown stage"));
}
