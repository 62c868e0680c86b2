/* The statements of one transaction while they are made, in the try's scratch. */
#include "adapters/vector/pgvector/pgvector.h"
#include "adapters/vector/pgvector/quote.h"

static vg_slice collection_of(const vg_op *op)
{
    switch (op->kind) {
    case VG_OP_CREATE_COLLECTION:
        return op->in.create.physical;
    case VG_OP_UPDATE_COLLECTION:
        return op->in.change.physical;
    case VG_OP_DROP_COLLECTION:
    case VG_OP_DESCRIBE:
        return op->in.collection.physical;
    case VG_OP_BUILD_INDEX:
        return op->in.build.physical;
    default:
        return op->collection ? op->collection->physical : (vg_slice){0};
    }
}

vg_pgvector_job *vg_pgvector_begin(const vg_backend *self, const vg_op *op, vg_try *t)
{
    vg_pgvector_job *job = VG_TAKE(t->scratch, vg_pgvector_job);
    vg_slice collection = collection_of(op);

    if (!job) {
        vg_pgvector_spent(t);
        return NULL;
    }
    *job = (vg_pgvector_job){.conf = self->conf, .op = op, .t = t, .sql.arena = t->scratch};
    job->schema = vg_pg_schema_name(t->scratch, op->who->name);
    if (collection.len > 0) {
        job->table = vg_pg_table_name(t->scratch, collection);
        job->numbers = vg_pg_name(t->scratch, "n_", &collection, 1);
    }
    t->state = job;
    return job;
}

void vg_pgvector_anew(vg_pgvector_job *job)
{
    job->statements = NULL;
    job->count = job->room = 0;
    job->sql = (vg_pg_sql){.arena = job->t->scratch};
}

bool vg_pgvector_end_statement(vg_pgvector_job *job)
{
    if (job->count == job->room) {
        uint32_t room = job->room ? job->room * 2 : 4;
        vg_pg_statement *at = VG_TAKE_N(job->t->scratch, vg_pg_statement, room);

        if (!at)
            return vg_pgvector_spent(job->t);
        if (job->count > 0)
            memcpy(at, job->statements, job->count * sizeof *at);
        job->statements = at;
        job->room = room;
    }
    job->statements[job->count] = (vg_pg_statement){.wants_binary = true, .comes_again = true};
    if (!vg_pg_sql_end(&job->sql, &job->statements[job->count], &job->t->status))
        return false;
    job->count++;
    job->sql = (vg_pg_sql){.arena = job->t->scratch};
    return true;
}

bool vg_pgvector_add(vg_pgvector_job *job, const char *text)
{
    vg_pg_sql_text(&job->sql, text);
    return vg_pgvector_end_statement(job);
}

vg_next vg_pgvector_send(vg_pgvector_job *job, const char *name, vg_exchange *out)
{
    const vg_op_row *row = vg_op_describe(job->op->kind);

    out->name = name;
    out->via = VG_VIA_PG;
    out->repeat = row->repeats ? VG_REPEAT_ALWAYS : VG_REPEAT_IF_UNSENT;
    out->writes = row->writes;
    out->as.pg.may_lag = !row->writes;
    out->as.pg.statements = job->statements;
    out->as.pg.count = job->count;
    return VG_SEND;
}

void vg_pgvector_put_name(vg_pgvector_job *job, vg_slice name)
{
    vg_pg_sql_name(&job->sql, job->schema);
    vg_pg_sql_text(&job->sql, ".");
    vg_pg_sql_name(&job->sql, name);
}

void vg_pgvector_put_table(vg_pgvector_job *job)
{
    vg_pgvector_put_name(job, job->table);
    vg_pg_sql_text(&job->sql, " p");
}

void vg_pgvector_bind_name(vg_pgvector_job *job, vg_slice name)
{
    vg_slice schema = vg_pg_quote(job->t->scratch, job->schema);
    vg_slice local = vg_pg_quote(job->t->scratch, name);

    vg_pg_sql_bind_text(&job->sql, vg_arena_printf(job->t->scratch, VG_FMT "." VG_FMT,
                                                   VG_ARG(schema), VG_ARG(local)));
}

bool vg_pgvector_put_filter(vg_pgvector_job *job, const vg_filter *filter)
{
    return vg_pg_write_filter(&job->sql, filter, &job->op->collection->spec, &job->t->status);
}

const vg_pg_rows *vg_pgvector_rows(vg_try *t, const vg_reply *reply, uint32_t i, uint32_t columns)
{
    const vg_pg_rows *rows = i < reply->pg.count ? &reply->pg.results[i] : NULL;

    if (rows && (rows->columns == columns || rows->rows == 0))
        return rows;
    vg_pgvector_misread(t, "it has another number of results or columns");
    return NULL;
}
