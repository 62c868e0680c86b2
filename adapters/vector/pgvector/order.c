/* A scroll by the values of an indexed field: a point comes once for each of its values, and not at
 * all without one. No next page: `start` is the way on. */
#include <math.h>

#include "adapters/vector/pgvector/filter_parts.h"
#include "adapters/vector/pgvector/pgvector.h"

/* ---- the field ---- */

static bool has_order(const vg_index *index)
{
    switch (index->kind) {
    case VG_INDEX_INTEGER:
        return !index->no_range;
    case VG_INDEX_FLOAT:
    case VG_INDEX_DATETIME:
        return true;
    default:
        return false;
    }
}

static const vg_index *find_field(vg_pgvector_job *job)
{
    vg_slice key = job->op->in.scroll.order.key;
    const vg_index *index = vg_index_find(&job->op->collection->spec.indexes, key);

    if (index && has_order(index))
        return index;
    vg_status_setf(&job->t->status, job->t->scratch, VG_INVALID, VG_LIT("order_by"),
                   "No range index for `order_by` key: `" VG_FMT "`. Please create one to use "
                   "`order_by`: an integer index that has ranges, a float or a datetime index",
                   VG_ARG(key));
    return NULL;
}

static vg_pg_values values_of(const vg_index *index)
{
    if (index->kind == VG_INDEX_INTEGER)
        return VG_PG_VALUES_WHOLE;
    return index->kind == VG_INDEX_FLOAT ? VG_PG_VALUES_REAL : VG_PG_VALUES_US;
}

static const char *column_of(const vg_index *index)
{
    if (index->kind == VG_INDEX_INTEGER)
        return "whole";
    return index->kind == VG_INDEX_FLOAT ? "real" : "us";
}

/* ---- asking ---- */

/* An integer index cuts bounds to whole numbers (FACTS 7); what is beyond 64 bits is beyond all. */
static int64_t cut(double real)
{
    if (real >= 0x1p63)
        return INT64_MAX;
    if (real < -0x1p63 || isnan(real))
        return INT64_MIN;
    return (int64_t)real;
}

static void put_start(vg_pgvector_job *job, const vg_order_by *order, const vg_index *index)
{
    vg_order_value start = order->start;

    if (!order->has_start)
        return;
    vg_pg_sql_text(&job->sql, order->descends ? " AND o.v<=" : " AND o.v>=");
    if (index->kind == VG_INDEX_FLOAT)
        vg_pg_sql_bind_float(&job->sql, start.is_integer ? (double)start.integer : start.real);
    else
        vg_pg_sql_bind_int(&job->sql, start.is_integer ? start.integer : cut(start.real));
}

bool vg_pgvector_ask_order(vg_pgvector_job *job, const vg_pgvector_reading *reading)
{
    const vg_op_input *in = &job->op->in;
    const vg_index *index = find_field(job);
    vg_pg_sql *sql = &job->sql;
    vg_path path;

    if (!index)
        return false;
    if (vg_path_read(job->t->scratch, index->key, &path) != VG_PATH_OK)
        return vg_pgvector_spent(job->t);
    vg_pg_sql_text(sql, "SELECT ");
    vg_pgvector_put_columns(reading, sql);
    vg_pg_sql_text(sql, ",o.v FROM ");
    vg_pgvector_put_table(job);
    vg_pg_sql_text(sql, " CROSS JOIN LATERAL (SELECT DISTINCT x.");
    vg_pg_sql_text(sql, column_of(index));
    vg_pg_sql_text(sql, " FROM ");
    vg_pg_write_values(sql, &path, values_of(index));
    job->is_costly = true;
    vg_pg_sql_text(sql, " x) o(v) WHERE o.v IS NOT NULL");
    put_start(job, &in->scroll.order, index);
    vg_pg_sql_text(sql, " AND ");
    if (!vg_pgvector_put_filter(job, in->scroll.filter))
        return false;
    vg_pg_sql_text(sql, in->scroll.order.descends ? " ORDER BY o.v DESC,p.id LIMIT "
                                                  : " ORDER BY o.v,p.id LIMIT ");
    vg_pg_sql_bind_int(sql, in->scroll.limit);
    return vg_pgvector_end_statement(job);
}

/* ---- the answer ---- */

bool vg_pgvector_read_order(vg_pgvector_job *job, const vg_pg_rows *rows, const vg_points *points)
{
    const vg_index *index = find_field(job);
    vg_point *at = (vg_point *)(uintptr_t)points->at;
    bool is_read = index != NULL;

    for (uint32_t i = 0; is_read && i < points->count; i++) {
        vg_slice cell = vg_pgvector_cell(rows, i, rows->columns - 1);

        at[i].has_order = true;
        at[i].order.is_integer = index->kind != VG_INDEX_FLOAT;
        is_read = at[i].order.is_integer ? vg_cell_i64(cell, &at[i].order.integer)
                                         : vg_cell_f64(cell, &at[i].order.real);
    }
    return is_read || vg_pgvector_misread(job->t, "a value of the order is none") == VG_DONE;
}
