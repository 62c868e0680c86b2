/* Points going in, whole or their vectors alone, and going away. Points go as one array for each
 * column, so the statement is the same for any number of them; sorted by id, so that two batches
 * never wait for each other's rows; each id once, its last point.
 *
 * Arrays go in their binary forms: 100 000 points of 384 dimensions, 1000 at once, cost PostgreSQL
 * 1.0 s of CPU so, and 6.2 s as text, of which there is three times as much (163 and 476 MB).
 *
 * COPY is not used. The same points cost 0.8 s by it, but only the first batch of a hundred finds
 * the table empty; all others may meet points that are there, which COPY cannot replace. And where
 * there is a graph, which a table has from the start, that takes about 100 s of these: what is
 * saved is less than 1 % either way. */
#include <stdlib.h>

#include "adapters/vector/pgvector/numbers.h"
#include "adapters/vector/pgvector/quote.h"
#include "adapters/vector/pgvector/storable.h"
#include "adapters/vector/pgvector/update.h"

enum { JSON = 114, JSON_ARRAY = 199 }; /* oids, the same everywhere */

/* ---- which points ---- */

typedef struct entry {
    vg_slice id; /* its bytes */
    const vg_point *point;
} entry;

typedef struct batch {
    entry *at;
    uint32_t count;
} batch;

static int compare(const void *a, const void *b)
{
    const entry *one = a, *other = b;
    int order = vg_slice_cmp(one->id, other->id);

    return order ? order : (one->point > other->point) - (one->point < other->point);
}

static bool choose(vg_pgvector_change *c, batch *out)
{
    vg_arena *arena = c->job->t->scratch;
    const vg_update *update = c->update;
    entry *at = VG_TAKE_N(arena, entry, (size_t)update->point_count + 1);
    uint32_t kept = 0;

    for (uint32_t i = 0; at && i < update->point_count; i++) {
        const vg_point_id *id = &update->points[i].id;
        uint8_t *key = vg_arena_take(arena, 1 + VG_UUID_BYTES + id->text.len);

        if (!key)
            return vg_pgvector_spent(c->job->t);
        at[i] = (entry){vg_slice_of((char *)key, vg_pg_write_id(id, key)), &update->points[i]};
    }
    if (!at)
        return vg_pgvector_spent(c->job->t);
    qsort(at, update->point_count, sizeof *at, compare);
    for (uint32_t i = 0; i < update->point_count; i++)
        if (i + 1 == update->point_count || !vg_slice_is(at[i].id, at[i + 1].id))
            at[kept++] = at[i];
    *out = (batch){at, kept};
    return true;
}

static bool bind_ids(vg_pgvector_change *c, const batch *points)
{
    vg_slice *ids = VG_TAKE_N(c->job->t->scratch, vg_slice, (size_t)points->count + 1);

    if (!ids)
        return vg_pgvector_spent(c->job->t);
    for (uint32_t i = 0; i < points->count; i++)
        ids[i] = points->at[i].id;
    vg_pg_sql_bind_bytes_array(&c->job->sql, ids, points->count);
    c->ids = c->job->sql.count;
    return true;
}

static vg_slice payload_of(const vg_point *point)
{
    return point->payload.len > 0 ? point->payload : VG_LIT("{}");
}

static bool check_payload(const vg_pgvector_change *c, const vg_point *point)
{
    vg_try *t = c->job->t;
    vg_slice at;

    if (vg_pg_check_storable(t->scratch, payload_of(point), (vg_slice){0}, &t->status))
        return true;
    at = vg_arena_printf(t->scratch, "points[%zu].payload%s" VG_FMT,
                         (size_t)(point - c->update->points),
                         t->status.where.len > 0 && t->status.where.at[0] != '[' ? "." : "",
                         VG_ARG(t->status.where));
    t->status.where = at;
    t->status.what =
        vg_arena_printf(t->scratch, VG_FMT " (point " VG_FMT ")", VG_ARG(t->status.what),
                        VG_ARG(vg_point_id_text(t->scratch, &point->id)));
    return false;
}

static bool bind_payloads(vg_pgvector_change *c, const batch *points)
{
    vg_cells cells = {.arena = c->job->t->scratch};
    vg_pg_param param;

    vg_cells_open_array(&cells, JSON, points->count);
    for (uint32_t i = 0; i < points->count; i++) {
        if (!check_payload(c, points->at[i].point))
            return false;
        vg_cells_bytes(&cells, payload_of(points->at[i].point));
    }
    param = vg_cells_array(&cells);
    param.type = JSON_ARRAY;
    vg_pg_sql_bind(&c->job->sql, param);
    return true;
}

/* ---- their vectors ---- */

static const vg_vector *vector_of(const vg_point *point, vg_slice name)
{
    for (uint32_t i = 0; i < point->vector_count; i++)
        if (vg_slice_is(point->vectors[i].name, name))
            return &point->vectors[i];
    return NULL;
}

static bool misfits(vg_pgvector_change *c, const vg_point *point, vg_slice name)
{
    vg_try *t = c->job->t;

    if (t->status.code == VG_INVALID)
        t->status.where = vg_arena_printf(t->scratch, "points[%zu].vector%s" VG_FMT,
                                          (size_t)(point - c->update->points),
                                          name.len > 0 ? "." : "", VG_ARG(name));
    return false;
}

/* An array of dense or sparse vectors, NULL where a point has none. */
static bool bind_vectors(vg_pgvector_change *c, const batch *points, const vg_vector_params *params)
{
    vg_try *t = c->job->t;
    vg_cells cells = {.arena = t->scratch};

    vg_cells_open_array(&cells, VG_CELLS_EXTENSION, points->count);
    for (uint32_t i = 0; i < points->count; i++) {
        const vg_vector *vector = vector_of(points->at[i].point, params->name);
        const float *floats;

        if (!vector) {
            vg_cells_null(&cells);
            continue;
        }
        floats = vg_numbers_make(t->scratch, params, vector, &t->status);
        if (!floats)
            return misfits(c, points->at[i].point, params->name);
        vg_numbers_put(&cells, params, vector, floats);
    }
    vg_pg_sql_bind(&c->job->sql, vg_cells_array(&cells));
    return true;
}

/* What is an array itself goes as text: multivectors, and the indices beside a sparse vector. */
static bool bind_texts(vg_pgvector_change *c, const batch *points, const vg_vector_params *params)
{
    vg_try *t = c->job->t;
    vg_cells cells = {.arena = t->scratch};

    vg_cells_open_array(&cells, VG_PG_TEXT, points->count);
    for (uint32_t i = 0; i < points->count; i++) {
        const vg_vector *vector = vector_of(points->at[i].point, params->name);
        const float *floats;

        if (!vector) {
            vg_cells_null(&cells);
        } else if (params->kind == VG_SPARSE) {
            vg_cells_bytes(&cells, vg_numbers_indices_text(t->scratch, vector));
        } else {
            floats = vg_numbers_make(t->scratch, params, vector, &t->status);
            if (!floats)
                return misfits(c, points->at[i].point, params->name);
            vg_cells_bytes(&cells, vg_numbers_rows_text(t->scratch, vector, floats));
        }
    }
    vg_pg_sql_bind(&c->job->sql, vg_cells_array(&cells));
    vg_pg_sql_text(&c->job->sql, "::text[]");
    return true;
}

static bool bind_columns(vg_pgvector_change *c, const batch *points)
{
    const vg_collection_spec *spec = &c->job->op->collection->spec;
    vg_pg_sql *sql = &c->job->sql;

    for (uint32_t i = 0; i < spec->vector_count; i++) {
        const vg_vector_params *params = &spec->vectors[i];

        vg_pg_sql_text(sql, ",");
        if (params->kind != VG_MULTI) {
            if (!bind_vectors(c, points, params))
                return false;
            vg_pg_sql_text(sql, params->kind == VG_SPARSE ? "::sparsevec[]" : "::vector[]");
        }
        if (params->kind == VG_SPARSE)
            vg_pg_sql_text(sql, ",");
        if (params->kind != VG_DENSE && !bind_texts(c, points, params))
            return false;
    }
    return true;
}

/* ---- columns ---- */

typedef struct column {
    const vg_vector_params *params;
    vg_slice name; /* the identifier */
    bool is_indices;
    uint32_t number; /* u.c<number> */
} column;

typedef void put_column(vg_pg_sql *sql, const column *col);

static void each_column(vg_pgvector_change *c, put_column *put)
{
    const vg_collection_spec *spec = &c->job->op->collection->spec;
    vg_arena *arena = c->job->t->scratch;
    column col = {0};

    for (uint32_t i = 0; i < spec->vector_count; i++) {
        col.params = &spec->vectors[i];
        col.is_indices = false;
        col.name = vg_pg_column_name(arena, col.params->name);
        put(&c->job->sql, &col);
        col.number++;
        if (col.params->kind != VG_SPARSE)
            continue;
        col.is_indices = true;
        col.name = vg_pgvector_indices_name(arena, col.params->name);
        put(&c->job->sql, &col);
        col.number++;
    }
}

static void put_name(vg_pg_sql *sql, const column *col)
{
    vg_pg_sql_text(sql, ",");
    vg_pg_sql_name(sql, col->name);
}

static void put_alias(vg_pg_sql *sql, const column *col)
{
    vg_pg_sql_text(sql, ",c");
    vg_pg_sql_u64(sql, col->number);
}

static void put_value(vg_pg_sql *sql, const column *col)
{
    bool is_half = vg_pgvector_is_half(col->params);

    vg_pg_sql_text(sql, "u.c");
    vg_pg_sql_u64(sql, col->number);
    if (col->is_indices)
        vg_pg_sql_text(sql, "::bigint[]");
    else if (col->params->kind == VG_MULTI)
        vg_pg_sql_text(sql, is_half ? "::halfvec[]" : "::vector[]");
    else if (is_half)
        vg_pg_sql_text(sql, "::halfvec");
}

static void put_next_value(vg_pg_sql *sql, const column *col)
{
    vg_pg_sql_text(sql, ",");
    put_value(sql, col);
}

static void put_excluded(vg_pg_sql *sql, const column *col)
{
    put_name(sql, col);
    vg_pg_sql_text(sql, "=EXCLUDED.");
    vg_pg_sql_name(sql, col->name);
}

/* What is not given stays. */
static void put_given(vg_pg_sql *sql, const column *col)
{
    put_name(sql, col);
    vg_pg_sql_text(sql, "=coalesce(");
    put_value(sql, col);
    vg_pg_sql_text(sql, ",p.");
    vg_pg_sql_name(sql, col->name);
    vg_pg_sql_text(sql, ")");
}

/* ---- statements ---- */

bool vg_pgvector_add_upsert(vg_pgvector_change *c)
{
    vg_pg_sql *sql = &c->job->sql;
    batch points = {0};

    if (!choose(c, &points))
        return false;
    vg_pgvector_open_change(c);
    vg_pg_sql_text(sql, "INSERT INTO ");
    vg_pgvector_put_name(c->job, c->job->table);
    vg_pg_sql_text(sql, " AS p (id,doc,ver");
    each_column(c, put_name);
    vg_pg_sql_text(sql, c->job->is_shared ? ",collection" : "");
    vg_pg_sql_text(sql, ") SELECT u.id,u.doc,(SELECT n FROM op)");
    each_column(c, put_next_value);
    if (c->job->is_shared) {
        vg_pg_sql_text(sql, ",");
        vg_pg_sql_bind_text(sql, c->job->collection);
    }
    vg_pg_sql_text(sql, " FROM unnest(");
    if (!bind_ids(c, &points))
        return false;
    vg_pg_sql_text(sql, ",");
    if (!bind_payloads(c, &points) || !bind_columns(c, &points))
        return false;
    vg_pg_sql_text(sql, ") u(id,doc");
    each_column(c, put_alias);
    vg_pg_sql_text(sql, ") WHERE true");
    vg_pgvector_put_go_on(c);
    vg_pg_sql_text(sql,
                   c->job->is_shared ? " ON CONFLICT (tenant,collection,id)" : " ON CONFLICT (id)");
    vg_pg_sql_text(sql, " DO UPDATE SET doc=EXCLUDED.doc,ver=EXCLUDED.ver");
    each_column(c, put_excluded);
    return vg_pgvector_close_change(c);
}

bool vg_pgvector_add_vectors(vg_pgvector_change *c)
{
    vg_pg_sql *sql = &c->job->sql;
    batch points = {0};

    if (!choose(c, &points))
        return false;
    vg_pgvector_open_update(c);
    each_column(c, put_given);
    vg_pg_sql_text(sql, " FROM unnest(");
    if (!bind_ids(c, &points) || !bind_columns(c, &points))
        return false;
    vg_pg_sql_text(sql, ") u(id");
    each_column(c, put_alias);
    vg_pg_sql_text(sql, ") WHERE p.id=u.id");
    vg_pgvector_put_own(c->job);
    vg_pgvector_put_go_on(c);
    return vg_pgvector_close_change(c);
}

bool vg_pgvector_add_delete(vg_pgvector_change *c)
{
    vg_pgvector_open_change(c);
    vg_pg_sql_text(&c->job->sql, "DELETE FROM ");
    vg_pgvector_put_target(c->job);
    return vg_pgvector_put_selection(c) && vg_pgvector_close_change(c);
}

bool vg_pgvector_add_delete_vectors(vg_pgvector_change *c)
{
    const vg_collection_spec *spec = &c->job->op->collection->spec;
    vg_pg_sql *sql = &c->job->sql;

    vg_pgvector_open_update(c);
    for (uint32_t i = 0; i < c->update->name_count; i++) {
        vg_slice name = c->update->names[i];
        const vg_vector_params *params = vg_spec_vector(spec, name);
        bool is_again = false;

        for (uint32_t k = 0; k < i; k++)
            is_again |= vg_slice_is(c->update->names[k], name);
        if (!params || is_again)
            continue;
        vg_pg_sql_text(sql, ",");
        vg_pg_sql_name(sql, vg_pg_column_name(sql->arena, name));
        vg_pg_sql_text(sql, "=NULL");
        if (params->kind != VG_SPARSE)
            continue;
        vg_pg_sql_text(sql, ",");
        vg_pg_sql_name(sql, vg_pgvector_indices_name(sql->arena, name));
        vg_pg_sql_text(sql, "=NULL");
    }
    return vg_pgvector_put_selection(c) && vg_pgvector_close_change(c);
}
