/* What changes of a collection while it is used: its declared fields and its settings. Both are in
 * its row; an index of the payloads is built for the first field that is looked up by value, and
 * goes with the last.
 *
 *     fields     ASK ──► READ ──► (an index is to come or go) ACTED ──► done
 *     settings   ASK ──► READ ──► done                                                          */
#include "adapters/vector/pgvector/pgvector.h"
#include "base/spec.h"

enum stage { ASK, READ, ACTED };

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

static const vg_pgvector_wanted *find_payload(vg_pgvector_job *job, const vg_collection_spec *spec)
{
    vg_pgvector_wanted *wanted =
        VG_TAKE_N(job->t->scratch, vg_pgvector_wanted, (size_t)spec->vector_count + 1);
    uint32_t count = 0;

    if (!wanted)
        vg_pgvector_spent(job->t);
    else if (vg_pgvector_list_wanted(job, spec, wanted, &count))
        for (uint32_t i = 0; i < count; i++)
            if (wanted[i].kind == VG_PGVECTOR_PAYLOAD)
                return &wanted[i];
    return NULL;
}

static vg_next ask(vg_pgvector_job *job, vg_exchange *out)
{
    vg_collection_spec spec = {0};

    if (!change_fields(job, &spec) || !add_spec(job, &spec, job->op->collection->physical) ||
        !add_number(job))
        return VG_FAIL;
    vg_pgvector_put_states(job);
    if (!vg_pgvector_end_statement(job))
        return VG_FAIL;
    job->t->stage = READ;
    return vg_pgvector_send(job, vg_pgvector_names[job->op->kind], out);
}

/* An index that comes too, or goes. */
static vg_next act(vg_pgvector_job *job, const vg_pgvector_wanted *index, const char *drop,
                   vg_exchange *out)
{
    vg_pgvector_anew(job);
    if (drop) {
        vg_pg_sql_text(&job->sql, drop);
        vg_pgvector_put_name(job, index->name);
    } else {
        vg_pgvector_put_index(job, index, "CREATE INDEX CONCURRENTLY ", index->name);
    }
    if (!vg_pgvector_end_statement(job))
        return VG_FAIL;
    job->t->stage = ACTED;
    return vg_pgvector_send_alone(job, "pgvector.build_payload_index", out);
}

static vg_next read_change(vg_pgvector_job *job, const vg_reply *reply, vg_exchange *out)
{
    vg_try *t = job->t;
    const vg_collection_spec *before = &job->op->collection->spec;
    const vg_pg_rows *rows = vg_pgvector_rows(t, reply, 1, 1);
    const vg_pg_rows *states = vg_pgvector_rows(t, reply, 2, VG_PGVECTOR_STATE_COLUMNS);
    const vg_pgvector_wanted *old, *wanted;
    vg_collection_spec after = {0};
    vg_pgvector_state state = {0};
    int64_t number = 0;

    if (!rows || !states || !change_fields(job, &after))
        return VG_FAIL;
    if (rows->rows != 1 || !vg_cell_i64(vg_pgvector_cell(rows, 0, 0), &number))
        return vg_pgvector_misread(t, "a change has no number");
    t->result.written.operation_id = (uint64_t)number;
    t->result.written.completed = true;
    old = find_payload(job, before);
    wanted = find_payload(job, &after);
    if (t->status.code != VG_OK)
        return VG_FAIL;
    if (wanted || old) {
        if (!vg_pgvector_find_state(t, states, (wanted ? wanted : old)->name, &state))
            return VG_FAIL;
        if (wanted && !state.is_there)
            return act(job, wanted, NULL, out);
        if (!wanted && state.is_there && !state.is_built_now)
            return act(job, old, "DROP INDEX CONCURRENTLY IF EXISTS ", out);
    }
    return VG_DONE;
}

vg_next vg_pgvector_change_fields(const vg_backend *self, const vg_op *op, vg_try *t,
                                  const vg_reply *reply, vg_exchange *out)
{
    vg_pgvector_job *job = t->state;
    const vg_pg_error *error = reply ? reply->pg.error : NULL;

    if (error && !(t->stage == ACTED && vg_pgvector_is_state(error, "42P07")))
        return vg_pgvector_fail(op, t, error);
    switch ((enum stage)t->stage) {
    case ASK:
        job = vg_pgvector_begin(self, op, t);
        return job ? ask(job, out) : VG_FAIL;
    case READ:
        return read_change(job, reply, out);
    case ACTED:
        return VG_DONE;
    }
    return vg_try_fail(t, VG_INTERNAL, VG_LIT("pgvector: unknown stage"));
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
