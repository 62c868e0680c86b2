/* See question.h. */
#include "engine/question.h"

#include <inttypes.h>

#include "engine/sparse.h"

/* ---- which vector ---- */

static vg_slice all_names(const vg_table *table, vg_arena *arena)
{
    vg_slice names = {0};

    for (uint32_t i = 0; i < table->vector_count; i++)
        names = vg_arena_printf(arena, VG_FMT "%s" VG_FMT, VG_ARG(names), i > 0 ? ", " : "",
                                VG_ARG(table->vectors[i].name));
    return names;
}

/* FACTS 1.3: three texts, and which one depends on what the collection has. */
static bool no_place(const vg_look *look, vg_slice name)
{
    const vg_table *table = look->session.table;
    vg_arena *arena = look->read->arena;
    vg_slice names = all_names(table, arena);

    if (name.len == 0)
        vg_status_setf(look->read->status, arena, VG_INVALID, VG_LIT("using"),
                       "Collection requires specified vector name in the request, available "
                       "names: " VG_FMT,
                       VG_ARG(names));
    else if (names.len == 0)
        vg_status_setf(look->read->status, arena, VG_INVALID, VG_LIT("using"),
                       "Vector with name " VG_FMT " is not configured in this collection",
                       VG_ARG(name));
    else
        vg_status_setf(look->read->status, arena, VG_INVALID, VG_LIT("using"),
                       "Vector with name `" VG_FMT "` is not configured in this collection, "
                       "available names: " VG_FMT,
                       VG_ARG(name), VG_ARG(names));
    return false;
}

bool vg_question_read(const vg_look *look, const vg_search *query, vg_question *out)
{
    const vg_table *table = look->session.table;
    vg_record_ask ask = {&query->with_payload, &query->with_vectors};
    int place = vg_table_place(table, query->using_name);

    if (place == VG_NO_PLACE)
        return no_place(look, query->using_name);
    *out = (vg_question){.query = query, .place = (uint32_t)place};
    if (!vg_record_read(look->read->arena, table, ask, &out->record, look->read->status))
        return false;
    out->row = out->record;
    if (vg_record_is_within(&out->record, out->place))
        out->row.place_count = 0;
    return true;
}

bool vg_question_needs_rows(const vg_question *question)
{
    return question->row.payload || question->row.place_count > 0;
}

bool vg_question_needs_disk(const vg_question *question)
{
    return question->query->by_id.kind != VG_ID_NONE || question->query->filter;
}

/* ---- the vector ---- */

static bool no_point(const vg_look *look, const vg_point_id *id)
{
    vg_slice text = vg_point_id_text(look->read->arena, id);

    vg_status_setf(look->read->status, look->read->arena, VG_NOT_FOUND, VG_LIT("point"),
                   "No point with id " VG_FMT " found", VG_ARG(text));
    return false;
}

static bool no_vector(const vg_look *look, vg_slice name)
{
    vg_status_setf(look->read->status, look->read->arena, VG_NOT_FOUND, VG_LIT("vector"),
                   "Vector with name \"" VG_FMT "\" for point not found", VG_ARG(name));
    return false;
}

/* Of a row that was found; false with a status: it has none, or none that can be used. */
static bool take_stored(const vg_look *look, const vg_question *question, struct sqlite3_stmt *row,
                        vg_vector *out)
{
    const vg_vector_params *params = &look->session.table->vectors[question->place];
    vg_slice stored = vg_sql_blob(row, 0);
    vg_form form = vg_form_of(params);

    if (!stored.at)
        return no_vector(look, params->name);
    if (vg_form_is(&form, stored))
        return vg_form_read(look->read->arena, &form, stored.at, out) ||
               vg_read_too_large(look->read);
    vg_status_set(look->read->status, VG_BACKEND_ERROR,
                  VG_LIT("the store is damaged: a vector has another length or form"),
                  VG_LIT("points.db"));
    return false;
}

static bool stored_vector(vg_look *look, const vg_question *question, vg_vector *out)
{
    char column[VG_COLUMN];
    const char *name = vg_column(question->place, column);
    vg_slice text =
        vg_arena_printf(look->read->arena, "SELECT %s FROM points_%" PRIu64 " WHERE id=?1", name,
                        look->session.table->number);
    struct sqlite3_stmt *stmt = vg_look_prepare(look, text, NULL);
    uint8_t key[VG_ID_KEY_MAX];
    vg_sql_step step;
    bool good = false;

    if (!stmt)
        return false;
    vg_sql_put_blob(stmt, 1,
                    vg_slice_of((const char *)key, vg_point_id_key(&question->query->by_id, key)));
    step = vg_sql_next(stmt);
    if (step == VG_SQL_FAILED)
        vg_look_trouble(look);
    else if (step == VG_SQL_END)
        no_point(look, &question->query->by_id);
    else
        good = take_stored(look, question, stmt, out);
    vg_sql_drop(stmt);
    return good;
}

/* What is compared with; for float32 rows also as the kernels take it. */
static bool make_compare(const vg_look *look, const vg_view *view, const vg_question *question,
                         const vg_vector *vector)
{
    const vg_vector_params *params = &look->session.table->vectors[question->place];
    vg_nearest *nearest = question->nearest;
    vg_arena *arena = look->read->arena;
    vg_compare *compare = VG_TAKE(arena, vg_compare);

    if (!compare)
        return vg_read_too_large(look->read);
    if (!vg_compare_prepare(arena, view->dense, vector, compare, look->read->status)) {
        if (look->read->status->code == VG_INVALID)
            look->read->status->where = VG_LIT("vector");
        return false;
    }
    if (params->has_idf &&
        !vg_compare_weigh(arena, view, vg_table_points(look->session.table), compare))
        return vg_read_too_large(look->read);
    if (compare->form.kind == VG_DENSE && compare->form.datatype == VG_FLOAT32)
        nearest->query = compare->query;
    else
        nearest->compare = compare;
    if (params->kind == VG_SPARSE && vg_sparse_is_whole(vg_dense_sparse(view->dense)))
        nearest->cursor = vg_sparse_begin(arena, vg_dense_sparse(view->dense), compare->query);
    return !vg_arena_is_spent(arena) || vg_read_too_large(look->read);
}

/* ---- the rows ---- */

static bool take_rows(vg_look *look, struct sqlite3_stmt *stmt, vg_rowset *rows)
{
    vg_sql_step step;

    while ((step = vg_sql_next(stmt)) == VG_SQL_ROW)
        if (!vg_rowset_add(rows, vg_sql_u64(stmt, 0)))
            return vg_read_too_large(look->read);
    return step == VG_SQL_END || vg_look_trouble(look);
}

static bool find_rows(vg_look *look, const vg_filter *filter, vg_rowset *rows)
{
    struct sqlite3_stmt *stmt;
    vg_where where;
    vg_slice text;
    bool good;

    if (!vg_look_where(look, filter, 1, &where))
        return false;
    text = vg_arena_printf(look->read->arena,
                           "SELECT p.row FROM points_%" PRIu64 " AS p WHERE " VG_FMT,
                           look->session.table->number, VG_ARG(where.text));
    stmt = vg_look_prepare(look, text, &where);
    good = stmt && take_rows(look, stmt, rows);
    vg_sql_drop(stmt);
    return good;
}

/* NULL with a status. */
static const vg_rowset *rows_of(vg_look *look, const vg_question *before,
                                const vg_question *question)
{
    vg_rowset *rows;

    if (before && before->query->filter == question->query->filter)
        return before->nearest->rows;
    rows = VG_TAKE(look->read->arena, vg_rowset);
    if (!rows) {
        vg_read_too_large(look->read);
        return NULL;
    }
    rows->arena = look->read->arena;
    return find_rows(look, question->query->filter, rows) ? rows : NULL;
}

/* No more room than there can be hits, whatever the client asks for. */
static uint32_t limit_of(const vg_search *query, const vg_view *view, const vg_rowset *rows)
{
    uint64_t limit = (uint64_t)query->limit + query->offset;

    if (limit > view->used)
        limit = view->used;
    if (rows && limit > rows->count)
        limit = rows->count;
    return (uint32_t)limit;
}

bool vg_question_prepare(vg_look *look, const vg_view *view, const vg_question *before,
                         vg_question *question)
{
    const vg_search *query = question->query;
    vg_nearest *nearest = question->nearest;
    const vg_rowset *rows = NULL;
    vg_vector vector = query->vector;

    if (query->by_id.kind != VG_ID_NONE) {
        vector = (vg_vector){0};
        if (!stored_vector(look, question, &vector))
            return false;
    }
    if (query->filter) {
        rows = rows_of(look, before, question);
        if (!rows)
            return false;
    }
    *nearest = (vg_nearest){
        .distance = look->session.table->vectors[question->place].distance,
        .has_threshold = query->has_threshold,
        .threshold = query->threshold,
        .except = query->by_id,
        .rows = rows,
        .limit = limit_of(query, view, rows),
    };
    nearest->hits = VG_TAKE_N(look->read->arena, vg_hit, (size_t)nearest->limit + 1);
    return nearest->hits ? make_compare(look, view, question, &vector)
                         : vg_read_too_large(look->read);
}
