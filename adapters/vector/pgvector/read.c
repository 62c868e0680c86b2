/* Points by their ids, by pages in the order of ids, and counted:
 *
 *     ASK ──► READ ──► done                                                                    */
#include "vecgate/json.h"

#include "adapters/vector/pgvector/pgvector.h"

enum stage { ASK, READ };

static bool read_points(const vg_pgvector_reading *reading, const vg_pg_rows *rows, uint32_t count,
                        vg_points *out)
{
    vg_point *points = VG_TAKE_N(reading->t->scratch, vg_point, (size_t)count + 1);

    if (!points)
        return vg_pgvector_spent(reading->t);
    for (uint32_t i = 0; i < count; i++)
        if (!vg_pgvector_read_point(reading, rows, i, &points[i]))
            return false;
    *out = (vg_points){points, count};
    return true;
}

/* ---- get ---- */

static bool ask_get(vg_pgvector_job *job)
{
    const vg_op_input *in = &job->op->in;
    vg_pgvector_reading reading;

    if (!vg_pgvector_read_begin(&reading, job, &in->get.with_payload, &in->get.with_vectors))
        return false;
    vg_pg_sql_text(&job->sql, "SELECT ");
    vg_pgvector_put_columns(&reading, &job->sql);
    vg_pg_sql_text(&job->sql, " FROM ");
    vg_pgvector_put_table(job);
    vg_pg_sql_text(&job->sql, " JOIN (SELECT u.id, min(u.i) AS i FROM unnest(");
    vg_pg_sql_bind_ids(&job->sql, in->get.ids, in->get.count);
    vg_pg_sql_text(&job->sql, ") WITH ORDINALITY u(id, i) GROUP BY u.id) w ON w.id=p.id "
                              "ORDER BY w.i");
    return vg_pgvector_end_statement(job);
}

static bool read_get(vg_pgvector_job *job, const vg_reply *reply)
{
    const vg_op_input *in = &job->op->in;
    vg_pgvector_reading reading;
    const vg_pg_rows *rows;

    if (!vg_pgvector_read_begin(&reading, job, &in->get.with_payload, &in->get.with_vectors))
        return false;
    rows = vg_pgvector_rows(job->t, reply, 0, reading.columns);
    return rows && read_points(&reading, rows, rows->rows, &job->t->result.points);
}

vg_next vg_pgvector_get(const vg_backend *self, const vg_op *op, vg_try *t, const vg_reply *reply,
                        vg_exchange *out)
{
    vg_pgvector_job *job = t->state;

    switch ((enum stage)t->stage) {
    case ASK:
        job = vg_pgvector_begin(self, op, t);
        if (!job || !ask_get(job))
            return VG_FAIL;
        t->stage = READ;
        return vg_pgvector_send(job, vg_pgvector_names[op->kind], out);
    case READ:
        if (reply->pg.error)
            return vg_pgvector_fail(op, t, reply->pg.error);
        return read_get(job, reply) ? VG_DONE : VG_FAIL;
    }
    return vg_try_fail(t, VG_INTERNAL, VG_LIT("pgvector: unknown stage"));
}

/* ---- scroll ---- */

/* One row more than the page holds: where the next page begins. */
static void put_by_id(vg_pgvector_job *job)
{
    const vg_op_input *in = &job->op->in;

    if (in->scroll.from.kind != VG_ID_NONE) {
        vg_pg_sql_text(&job->sql, " AND p.id>=");
        vg_pg_sql_bind_id(&job->sql, &in->scroll.from);
    }
    vg_pg_sql_text(&job->sql, " ORDER BY p.id LIMIT ");
    vg_pg_sql_bind_int(&job->sql, (int64_t)in->scroll.limit + 1);
}

/* The same for all tries: chance is the op's. */
static void put_by_chance(vg_pgvector_job *job)
{
    const vg_op *op = job->op;

    vg_pg_sql_text(&job->sql, " ORDER BY md5(p.id||");
    vg_pg_sql_bind_bytes(&job->sql, vg_slice_of((const char *)op->chance, sizeof op->chance));
    vg_pg_sql_text(&job->sql, ") LIMIT ");
    vg_pg_sql_bind_int(&job->sql, op->in.scroll.limit);
}

static bool ask_scroll(vg_pgvector_job *job)
{
    const vg_op_input *in = &job->op->in;
    vg_pgvector_reading reading;

    if (!vg_pgvector_read_begin(&reading, job, &in->scroll.with_payload, &in->scroll.with_vectors))
        return false;
    if (in->scroll.order.key.len > 0)
        return vg_pgvector_ask_order(job, &reading);
    vg_pg_sql_text(&job->sql, "SELECT ");
    vg_pgvector_put_columns(&reading, &job->sql);
    vg_pg_sql_text(&job->sql, " FROM ");
    vg_pgvector_put_table(job);
    vg_pg_sql_text(&job->sql, " WHERE ");
    if (!vg_pgvector_put_filter(job, in->scroll.filter))
        return false;
    if (in->scroll.is_random)
        put_by_chance(job);
    else
        put_by_id(job);
    return vg_pgvector_end_statement(job);
}

static bool read_next(vg_try *t, const vg_pg_rows *rows, uint32_t limit, vg_point_id *next)
{
    *next = (vg_point_id){0};
    if (rows->rows <= limit)
        return true;
    return vg_pg_read_id(vg_arena_copy(t->scratch, vg_pgvector_cell(rows, limit, 0)), next) ||
           vg_pgvector_misread(t, "a point's id has no known form") == VG_DONE;
}

static bool read_scroll(vg_pgvector_job *job, const vg_reply *reply)
{
    const vg_op_input *in = &job->op->in;
    bool has_order = in->scroll.order.key.len > 0;
    vg_pgvector_reading reading;
    const vg_pg_rows *rows;
    vg_points *points = &job->t->result.page.points;
    uint32_t count;

    if (!vg_pgvector_read_begin(&reading, job, &in->scroll.with_payload, &in->scroll.with_vectors))
        return false;
    rows = vg_pgvector_rows(job->t, reply, 0, reading.columns + has_order);
    if (!rows || !read_next(job->t, rows, in->scroll.limit, &job->t->result.page.next))
        return false;
    count = rows->rows < in->scroll.limit ? rows->rows : in->scroll.limit;
    return read_points(&reading, rows, count, points) &&
           (!has_order || vg_pgvector_read_order(job, rows, points));
}

vg_next vg_pgvector_scroll(const vg_backend *self, const vg_op *op, vg_try *t,
                           const vg_reply *reply, vg_exchange *out)
{
    vg_pgvector_job *job = t->state;

    switch ((enum stage)t->stage) {
    case ASK:
        job = vg_pgvector_begin(self, op, t);
        if (!job || !ask_scroll(job))
            return VG_FAIL;
        t->stage = READ;
        return vg_pgvector_send(job, vg_pgvector_names[op->kind], out);
    case READ:
        if (reply->pg.error)
            return vg_pgvector_fail(op, t, reply->pg.error);
        return read_scroll(job, reply) ? VG_DONE : VG_FAIL;
    }
    return vg_try_fail(t, VG_INTERNAL, VG_LIT("pgvector: unknown stage"));
}

/* ---- count ---- */

/* What PostgreSQL's own statistics say of a large table. They lag: a small one is counted. */
static void put_estimate(vg_pgvector_job *job)
{
    vg_pg_sql_text(&job->sql, "SELECT CASE WHEN c.reltuples>100000 THEN c.reltuples::bigint ELSE "
                              "(SELECT count(*) FROM ");
    vg_pgvector_put_table(job);
    vg_pg_sql_text(&job->sql, ") END FROM pg_class c WHERE c.oid=");
    vg_pgvector_bind_name(job, job->table);
    vg_pg_sql_text(&job->sql, "::regclass");
}

static bool ask_count(vg_pgvector_job *job)
{
    const vg_op_input *in = &job->op->in;

    if (!in->count.exact && !in->count.filter && !job->is_shared) {
        put_estimate(job);
        return vg_pgvector_end_statement(job);
    }
    vg_pg_sql_text(&job->sql, "SELECT count(*) FROM ");
    vg_pgvector_put_table(job);
    vg_pg_sql_text(&job->sql, " WHERE ");
    return vg_pgvector_put_filter(job, in->count.filter) && vg_pgvector_end_statement(job);
}

static bool read_count(vg_try *t, const vg_reply *reply)
{
    const vg_pg_rows *rows = vg_pgvector_rows(t, reply, 0, 1);
    int64_t count = 0;

    if (!rows)
        return false;
    if (rows->rows != 1 || !vg_cell_i64(vg_pgvector_cell(rows, 0, 0), &count))
        return vg_pgvector_misread(t, "a count is no number") == VG_DONE;
    t->result.count = (uint64_t)count;
    return true;
}

vg_next vg_pgvector_count(const vg_backend *self, const vg_op *op, vg_try *t, const vg_reply *reply,
                          vg_exchange *out)
{
    vg_pgvector_job *job;

    switch ((enum stage)t->stage) {
    case ASK:
        job = vg_pgvector_begin(self, op, t);
        if (!job || !ask_count(job))
            return VG_FAIL;
        t->stage = READ;
        return vg_pgvector_send(job, vg_pgvector_names[op->kind], out);
    case READ:
        if (reply->pg.error)
            return vg_pgvector_fail(op, t, reply->pg.error);
        return read_count(t, reply) ? VG_DONE : VG_FAIL;
    }
    return vg_try_fail(t, VG_INTERNAL, VG_LIT("pgvector: unknown stage"));
}
