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

/* ---- where a collection is ---- */

static void place_alone(vg_pgvector_job *job)
{
    vg_arena *arena = job->t->scratch;

    job->schema = vg_pg_schema_name(arena, job->op->who->name);
    if (job->collection.len == 0)
        return;
    job->table = vg_pg_table_name(arena, job->collection);
    job->numbers = vg_pg_name(arena, "n_", &job->collection, 1);
    job->owner = job->collection;
}

/* Its vectors' names, types and distances name the table. */
void vg_pgvector_place(vg_pgvector_job *job, const vg_collection_spec *spec)
{
    vg_arena *arena = job->t->scratch;
    vg_slice *parts = VG_TAKE_N(arena, vg_slice, 3 * (size_t)spec->vector_count + 2);
    uint32_t count = 0;

    if (!job->is_shared || !parts)
        return; /* memory that is gone shows at the end of the statement */
    parts[count++] = VG_LIT("vectors");
    parts[count++] = VG_LIT("1");
    for (uint32_t i = 0; i < spec->vector_count; i++) {
        parts[count++] = spec->vectors[i].name;
        parts[count++] = vg_pgvector_type(arena, &spec->vectors[i]);
        parts[count++] = vg_slice_str(vg_pgvector_operator(&spec->vectors[i]));
    }
    job->table = vg_pg_name(arena, "s_", parts, count);
    job->owner = job->table;
}

static const vg_collection_spec *spec_of(const vg_op *op)
{
    if (op->kind == VG_OP_CREATE_COLLECTION)
        return &op->in.create.spec;
    if (op->kind == VG_OP_BUILD_INDEX)
        return &op->in.build.spec;
    return op->collection ? &op->collection->spec : NULL;
}

static void place_shared(vg_pgvector_job *job)
{
    const vg_slice parts[] = {job->op->who->name, job->collection};
    bool is_by_name = job->op->kind == VG_OP_DROP_COLLECTION || job->op->kind == VG_OP_DESCRIBE ||
                      job->op->kind == VG_OP_UPDATE_COLLECTION;

    job->schema = VG_LIT("vecgate_rows");
    job->numbers = vg_pg_name(job->t->scratch, "n_", parts, 2);
    if (!is_by_name && spec_of(job->op))
        vg_pgvector_place(job, spec_of(job->op));
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
    job->collection = collection;
    job->is_shared = job->conf->isolation == VG_PGVECTOR_BY_ROWS;
    if (job->is_shared)
        place_shared(job);
    else
        place_alone(job);
    t->state = job;
    return job;
}

void vg_pgvector_anew(vg_pgvector_job *job)
{
    job->statements = NULL;
    job->count = job->room = 0;
    job->is_costly = false;
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

/* Before all others: whose rows the policies show, and that nothing is compiled, which would take
 * longer than the statements do. False: the try has failed. */
static bool add_settings(vg_pgvector_job *job)
{
    vg_pg_statement *at;

    job->has_settings = job->is_shared || job->is_costly;
    if (!job->has_settings)
        return true;
    vg_pg_sql_text(&job->sql, "SELECT set_config('jit','off',true)");
    if (job->is_shared) {
        vg_pg_sql_text(&job->sql, ",set_config('vecgate.tenant',");
        vg_pg_sql_bind_text(&job->sql, job->op->who->name);
        vg_pg_sql_text(&job->sql, ",true)");
    }
    if (!vg_pgvector_end_statement(job))
        return false;
    at = VG_TAKE_N(job->t->scratch, vg_pg_statement, job->count);
    if (!at)
        return vg_pgvector_spent(job->t);
    at[0] = job->statements[job->count - 1];
    memcpy(at + 1, job->statements, (job->count - 1) * sizeof *at);
    job->statements = at;
    job->room = job->count;
    return true;
}

static void fill(const vg_pgvector_job *job, const char *name, vg_exchange *out)
{
    const vg_op_row *row = vg_op_describe(job->op->kind);

    out->name = name;
    out->via = VG_VIA_PG;
    out->repeat = row->repeats ? VG_REPEAT_ALWAYS : VG_REPEAT_IF_UNSENT;
    out->writes = row->writes;
    out->as.pg.may_lag = !row->writes && job->op->kind != VG_OP_HEALTH; /* of the primary */
    out->as.pg.statements = job->statements;
    out->as.pg.count = job->count;
}

vg_next vg_pgvector_send_alone(vg_pgvector_job *job, const char *name, vg_exchange *out)
{
    fill(job, name, out);
    job->has_settings = false;
    out->as.pg.kind = VG_PG_ALONE;
    out->as.pg.may_lag = false;
    out->repeat = VG_REPEAT_IF_UNSENT;
    return VG_SEND;
}

vg_next vg_pgvector_send(vg_pgvector_job *job, const char *name, vg_exchange *out)
{
    if (!add_settings(job))
        return VG_FAIL;
    fill(job, name, out);
    return VG_SEND;
}

vg_next vg_pgvector_send_look(vg_pgvector_job *job, const char *name, vg_exchange *out)
{
    vg_next next = vg_pgvector_send(job, name, out);

    out->writes = false;
    out->repeat = VG_REPEAT_ALWAYS;
    return next;
}

void vg_pgvector_put_name(vg_pgvector_job *job, vg_slice name)
{
    vg_pg_sql_name(&job->sql, job->schema);
    vg_pg_sql_text(&job->sql, ".");
    vg_pg_sql_name(&job->sql, name);
}

void vg_pgvector_put_table(vg_pgvector_job *job)
{
    if (job->is_shared)
        vg_pg_sql_text(&job->sql, "(SELECT * FROM ");
    vg_pgvector_put_name(job, job->table);
    if (job->is_shared) {
        vg_pg_sql_text(&job->sql, " WHERE collection=");
        vg_pg_sql_bind_text(&job->sql, job->collection);
        vg_pg_sql_text(&job->sql, ")");
    }
    vg_pg_sql_text(&job->sql, " p");
}

void vg_pgvector_put_target(vg_pgvector_job *job)
{
    vg_pgvector_put_name(job, job->table);
    vg_pg_sql_text(&job->sql, " p");
}

void vg_pgvector_put_own(vg_pgvector_job *job)
{
    if (!job->is_shared)
        return;
    vg_pg_sql_text(&job->sql, " AND p.collection=");
    vg_pg_sql_bind_text(&job->sql, job->collection);
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
    job->is_costly |= filter != NULL;
    return vg_pg_write_filter(&job->sql, filter, &job->op->collection->spec, &job->t->status);
}

/* Behind that of the settings, where there is one. */
static const vg_pg_rows *result_of(const vg_try *t, const vg_reply *reply, uint32_t i)
{
    const vg_pgvector_job *job = t->state;
    uint32_t place = i + job->has_settings;

    return place < reply->pg.count ? &reply->pg.results[place] : NULL;
}

uint64_t vg_pgvector_affected(const vg_try *t, const vg_reply *reply, uint32_t i)
{
    const vg_pg_rows *rows = result_of(t, reply, i);

    return rows ? rows->affected : 0;
}

const vg_pg_rows *vg_pgvector_rows(vg_try *t, const vg_reply *reply, uint32_t i, uint32_t columns)
{
    const vg_pg_rows *rows = result_of(t, reply, i);

    if (rows && (rows->columns == columns || rows->rows == 0))
        return rows;
    vg_pgvector_misread(t, "it has another number of results or columns");
    return NULL;
}
