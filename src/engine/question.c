/* See question.h. */
#include "engine/question.h"

#include <inttypes.h>

#include "engine/average.h"
#include "engine/examples.h"

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

static bool lacks_examples(const vg_look *look, const vg_search *query)
{
    const char *what = vg_search_lacks(query);

    if (what)
        vg_status_set(look->read->status, VG_INVALID, vg_slice_str(what), VG_LIT("query"));
    return what != NULL;
}

bool vg_question_read(const vg_look *look, const vg_search *query, vg_question *out)
{
    const vg_table *table = look->session.table;
    vg_record_ask ask = {&query->with_payload, &query->with_vectors};
    int place = vg_table_place(table, query->using_name);

    if (place == VG_NO_PLACE)
        return no_place(look, query->using_name);
    if (lacks_examples(look, query))
        return false;
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
    return question->query->filter || vg_examples_need_disk(question->query);
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

bool vg_question_find_rows(vg_look *look, vg_question *question, const vg_rowset *known)
{
    vg_rowset *rows;

    question->nearest->rows = known;
    if (known)
        return true;
    rows = VG_TAKE(look->read->arena, vg_rowset);
    if (!rows)
        return vg_read_too_large(look->read);
    rows->arena = look->read->arena;
    question->nearest->rows = rows;
    return find_rows(look, question->query->filter, rows);
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

bool vg_question_make_room(const vg_look *look, const vg_view *view, vg_question *question)
{
    vg_nearest *nearest = question->nearest;

    nearest->limit = limit_of(question->query, view, nearest->rows);
    nearest->hits = VG_TAKE_N(look->read->arena, vg_hit, (size_t)nearest->limit + 1);
    return nearest->hits || vg_read_too_large(look->read);
}

/* ---- what is asked with ---- */

static const float *query_of(const vg_look *look, const vg_view *view, const vg_vector *vector,
                             vg_distance distance)
{
    const vg_read *read = look->read;
    const float *query, *numbers = vg_vector_floats(read->arena, vector, read->status);

    if (!numbers)
        return NULL;
    query = vg_exact_query(read->arena, numbers, view->dense, distance);
    if (!query)
        vg_read_too_large(read);
    return query;
}

static bool ask_average(const vg_look *look, const vg_view *view, const vg_examples *examples,
                        vg_question *question)
{
    const vg_averaged averaged = {.kind = look->session.table->vectors[question->place].kind,
                                  .at = examples->at,
                                  .positive_count = examples->positive_count,
                                  .count = examples->count};
    vg_nearest *nearest = question->nearest;
    vg_vector average;

    if (!vg_average_make(look->read->arena, &averaged, &average, look->read->status))
        return false;
    nearest->query = query_of(look, view, &average, nearest->distance);
    return nearest->query != NULL;
}

static bool ask_examples(const vg_look *look, const vg_view *view, const vg_examples *examples,
                         vg_question *question)
{
    vg_nearest *nearest = question->nearest;
    vg_arena *arena = look->read->arena;
    vg_scorer *scorer = VG_TAKE(arena, vg_scorer);
    vg_scored *scored = VG_TAKE_N(arena, vg_scored, (size_t)examples->count + 1);

    if (!scorer || !scored)
        return vg_read_too_large(look->read);
    for (uint32_t i = 0; i < examples->count; i++) {
        scored[i].role = examples->roles[i];
        scored[i].query = query_of(look, view, &examples->at[i], nearest->distance);
        if (!scored[i].query)
            return false;
    }
    *scorer = (vg_scorer){question->query->scoring, scored, examples->count};
    nearest->scorer = scorer;
    return true;
}

static bool ask(const vg_look *look, const vg_view *view, const vg_examples *examples,
                vg_question *question)
{
    vg_nearest *nearest = question->nearest;

    switch (question->query->scoring) {
    case VG_BY_NEAREST:
        nearest->query = query_of(look, view, &examples->at[0], nearest->distance);
        return nearest->query != NULL;
    case VG_BY_AVERAGE:
        return ask_average(look, view, examples, question);
    default:
        return ask_examples(look, view, examples, question);
    }
}

bool vg_question_prepare(vg_look *look, const vg_view *view, vg_question *question)
{
    const vg_search *query = question->query;
    vg_examples examples;

    if (!vg_examples_find(look, query, question->place, &examples))
        return false;
    *question->nearest = (vg_nearest){
        .distance = look->session.table->vectors[question->place].distance,
        .has_threshold = query->has_threshold,
        .threshold = query->threshold,
        .except = examples.except,
        .except_count = examples.except_count,
        .is_stopped = look->read->is_stopped,
    };
    return ask(look, view, &examples, question);
}
