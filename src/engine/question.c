/* See question.h. */
#include "engine/question.h"

#include <inttypes.h>

#include "engine/average.h"
#include "engine/examples.h"
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

typedef struct asking {
    const vg_look *look;
    const vg_view *view;
    const vg_question *question;
    vg_examples examples;
} asking;

static bool too_large(const asking *a)
{
    return vg_read_too_large(a->look->read);
}

static bool does_not_fit(const asking *a)
{
    if (a->look->read->status->code == VG_INVALID)
        a->look->read->status->where = VG_LIT("vector");
    return false;
}

static bool weigh(const asking *a, vg_compare *compare)
{
    vg_table *table = a->look->session.table;

    return !table->vectors[a->question->place].has_idf ||
           vg_compare_weigh(a->look->read->arena, a->view, vg_table_points(table), compare);
}

/* For float32 rows as the kernels take it. */
static bool make_scored(const asking *a, const vg_vector *vector, vg_scored *out)
{
    const vg_read *read = a->look->read;
    vg_compare *compare = VG_TAKE(read->arena, vg_compare);

    if (!compare)
        return too_large(a);
    if (!vg_compare_prepare(read->arena, a->view->dense, vector, compare, read->status))
        return does_not_fit(a);
    if (!weigh(a, compare))
        return too_large(a);
    if (compare->form.kind == VG_DENSE && compare->form.datatype == VG_FLOAT32)
        out->query = compare->query;
    else
        out->compare = compare;
    return true;
}

static bool ask_nearest(const asking *a, const vg_vector *vector)
{
    vg_nearest *nearest = a->question->nearest;
    const vg_sparse *sparse = vg_dense_sparse(a->view->dense);
    vg_arena *arena = a->look->read->arena;
    vg_scored with = {0};

    if (!make_scored(a, vector, &with))
        return false;
    nearest->query = with.query;
    nearest->compare = with.compare;
    if (sparse && with.compare && vg_sparse_is_whole(sparse))
        nearest->cursor = vg_sparse_begin(arena, sparse, with.compare->query);
    return !vg_arena_is_spent(arena) || too_large(a);
}

/* What is averaged stays as it was given, but it must fit as well. */
static bool do_fit(const asking *a)
{
    const vg_read *read = a->look->read;
    const vg_form *form = vg_dense_form(a->view->dense);

    for (uint32_t i = 0; i < a->examples.count; i++)
        if (!vg_form_make(read->arena, form, &a->examples.at[i], read->status))
            return does_not_fit(a);
    return true;
}

static bool ask_average(const asking *a)
{
    const vg_averaged averaged = {.kind = vg_dense_form(a->view->dense)->kind,
                                  .at = a->examples.at,
                                  .positive_count = a->examples.positive_count,
                                  .count = a->examples.count};
    const vg_read *read = a->look->read;
    vg_vector average;

    return do_fit(a) && vg_average_make(read->arena, &averaged, &average, read->status) &&
           ask_nearest(a, &average);
}

static bool ask_examples(const asking *a)
{
    vg_arena *arena = a->look->read->arena;
    vg_scorer *scorer = VG_TAKE(arena, vg_scorer);
    vg_scored *scored = VG_TAKE_N(arena, vg_scored, (size_t)a->examples.count + 1);

    if (!scorer || !scored)
        return too_large(a);
    for (uint32_t i = 0; i < a->examples.count; i++) {
        scored[i].role = a->examples.roles[i];
        if (!make_scored(a, &a->examples.at[i], &scored[i]))
            return false;
    }
    *scorer = (vg_scorer){a->question->query->scoring, scored, a->examples.count};
    a->question->nearest->scorer = scorer;
    return true;
}

static bool ask(const asking *a)
{
    switch (a->question->query->scoring) {
    case VG_BY_NEAREST:
        return ask_nearest(a, &a->examples.at[0]);
    case VG_BY_AVERAGE:
        return ask_average(a);
    default:
        return ask_examples(a);
    }
}

bool vg_question_prepare(vg_look *look, const vg_view *view, vg_question *question)
{
    const vg_search *query = question->query;
    asking a = {look, view, question, {0}};

    if (!vg_examples_find(look, query, question->place, &a.examples))
        return false;
    *question->nearest = (vg_nearest){
        .distance = look->session.table->vectors[question->place].distance,
        .has_threshold = query->has_threshold,
        .threshold = query->threshold,
        .except = a.examples.except,
        .except_count = a.examples.except_count,
        .is_stopped = look->read->is_stopped,
    };
    return ask(&a);
}
