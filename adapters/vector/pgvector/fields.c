/* What changes of a collection while it is used: its declared fields and its settings. Both are in
 * its row, and that is all that is done here: the indexes that come of it, or go, are a job's
 * (build.c), for a table may be large.
 *
 *     fields, settings   ASK ──► READ ──► done */
#include "adapters/vector/pgvector/pgvector.h"
#include "base/spec.h"

enum stage { ASK, READ };

/* ---- the row ---- */

static bool add_spec(vg_pgvector_job *job, const vg_collection_spec *spec, vg_slice name)
{
    vg_slice text = vg_spec_write(job->t->scratch, spec);

    if (text.len == 0)
        return vg_pgvector_spent(job->t);
    vg_pg_sql_text(&job->sql, "UPDATE vecgate.collections SET spec=");
    vg_pg_sql_bind_as(&job->sql, text, "json");
    vg_pg_sql_text(&job->sql, " WHERE tenant=");
    vg_pg_sql_bind_text(&job->sql, job->op->who->name);
    vg_pg_sql_text(&job->sql, " AND name=");
    vg_pg_sql_bind_text(&job->sql, name);
    return vg_pgvector_end_statement(job);
}

static bool add_number(vg_pgvector_job *job)
{
    vg_pg_sql_text(&job->sql, "SELECT nextval(");
    vg_pgvector_bind_name(job, job->numbers);
    vg_pg_sql_text(&job->sql, "::regclass)");
    return vg_pgvector_end_statement(job);
}

/* ---- fields ---- */

/* The spec without that field, and with it as it is to be. */
static bool change_fields(vg_pgvector_job *job, vg_collection_spec *spec)
{
    const vg_op *op = job->op;
    const vg_indexes *old = &op->collection->spec.indexes;
    vg_index *at = VG_TAKE_N(job->t->scratch, vg_index, (size_t)old->count + 1);
    uint32_t count = 0;

    if (!at)
        return vg_pgvector_spent(job->t);
    *spec = op->collection->spec;
    for (uint32_t i = 0; i < old->count; i++)
        if (!vg_slice_is(old->at[i].key, op->in.index.index.key))
            at[count++] = old->at[i];
    if (op->kind == VG_OP_CREATE_INDEX)
        at[count++] = op->in.index.index;
    spec->indexes = (vg_indexes){at, count};
    return true;
}

static vg_next ask(vg_pgvector_job *job, vg_exchange *out)
{
    vg_collection_spec spec = {0};

    if (!change_fields(job, &spec) || !add_spec(job, &spec, job->op->collection->physical) ||
        !add_number(job))
        return VG_FAIL;
    job->t->stage = READ;
    return vg_pgvector_send(job, vg_pgvector_names[job->op->kind], out);
}

static vg_next read_change(vg_try *t, const vg_reply *reply)
{
    const vg_pg_rows *rows = vg_pgvector_rows(t, reply, 1, 1);
    int64_t number = 0;

    if (!rows)
        return VG_FAIL;
    if (rows->rows != 1 || !vg_cell_i64(vg_pgvector_cell(rows, 0, 0), &number))
        return vg_pgvector_misread(t, "a change has no number");
    t->result.written.operation_id = (uint64_t)number;
    t->result.written.completed = true;
    return VG_DONE;
}

vg_next vg_pgvector_change_fields(const vg_backend *self, const vg_op *op, vg_try *t,
                                  const vg_reply *reply, vg_exchange *out)
{
    vg_pgvector_job *job;

    if (reply && reply->pg.error)
        return vg_pgvector_fail(op, t, reply->pg.error);
    if (t->stage == READ)
        return read_change(t, reply);
    job = vg_pgvector_begin(self, op, t);
    return job ? ask(job, out) : VG_FAIL;
}

/* ---- settings ---- */

vg_next vg_pgvector_update_collection(const vg_backend *self, const vg_op *op, vg_try *t,
                                      const vg_reply *reply, vg_exchange *out)
{
    vg_pgvector_job *job;

    if (reply && reply->pg.error)
        return vg_pgvector_fail(op, t, reply->pg.error);
    if (t->stage == READ) {
        t->result.did = vg_pgvector_affected(t, reply, 0) > 0;
        return t->result.did ? VG_DONE : vg_pgvector_no_collection(op, t);
    }
    job = vg_pgvector_begin(self, op, t);
    if (!job || !add_spec(job, &op->in.change.spec, op->in.change.physical))
        return VG_FAIL;
    t->stage = READ;
    return vg_pgvector_send(job, vg_pgvector_names[op->kind], out);
}
