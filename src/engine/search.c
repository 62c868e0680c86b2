/* Search, exactly (read.h): by vectors, and by stored points, which are left out of the answer.
 *
 *     read queries ─▶ one state: the disk's if need be, then a view of each vector that is meant
 *                  ─▶ prepare (question.h) ─▶ one pass over each of these ─▶ fill in the hits
 *
 * Compared vectors, ids and scores come from memory; filters, payloads and other vectors from disk.
 * When the disk is needed, it is asked first for the number of its state and memory is then seen at
 * that number (table.h): a hit's payload belongs to the version that was found, and none is
 * missing, however busy the writer is. */
#include <inttypes.h>

#include "engine/method.h"

static const char payload_sql[] = "SELECT version,payload FROM points_%llu WHERE row=?1";

typedef struct searching {
    const vg_read *read;
    vg_look look; /* closed when the disk is not needed */
    vg_question *questions;
    vg_nearest *nearest; /* those of one place stand together */
    uint32_t count;
    vg_view *views; /* for each place of the collection; dense NULL: nobody asks for it */
} searching;

static bool needs_disk(const searching *s)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (vg_question_needs_disk(&s->questions[i]) || vg_question_needs_rows(&s->questions[i]))
            return true;
    return false;
}

/* ---- the state that is looked at ---- */

static void give_views(searching *s)
{
    for (uint32_t i = 0; i < s->look.session.table->vector_count; i++)
        vg_table_view_give(&s->views[i]);
}

static void begin_views(searching *s)
{
    for (uint32_t i = 0; i < s->count; i++) {
        vg_view *view = &s->views[s->questions[i].place];

        if (!view->graph)
            vg_table_view_begin(s->look.session.table, s->questions[i].place, view);
    }
}

/* False: that state is gone. */
static bool take_views(searching *s, uint64_t operation)
{
    for (uint32_t i = 0; i < s->count; i++) {
        vg_view *view = &s->views[s->questions[i].place];

        if (!view->dense &&
            !vg_table_view_at(s->look.session.table, s->questions[i].place, operation, view))
            return false;
    }
    return true;
}

/* First the graphs as far as they are (table.h), then the disk's state, then memory's at the same
 * operation: the other way round a commit in between would make hits that the disk has no longer.
 */
static bool open_state(searching *s)
{
    bool has_disk = needs_disk(s);

    for (int turn = 0; turn < VG_LOOK_TURNS; turn++) {
        begin_views(s);
        if (has_disk && !vg_look_open(&s->look)) {
            give_views(s);
            return false;
        }
        if (take_views(s, has_disk ? s->look.session.operation
                                   : vg_table_operation(s->look.session.table)))
            return true;
        give_views(s);
        vg_look_close(&s->look);
    }
    return vg_look_overrun(&s->look);
}

/* ---- what is answered ---- */

/* Ids of hits are views of the vectors' memory: texts are copied. */
static bool keep_id(const searching *s, const vg_dense *dense, uint32_t slot, vg_point_id *id)
{
    *id = vg_dense_id(dense, slot);
    if (id->kind == VG_ID_TEXT)
        id->text = vg_arena_copy(s->read->arena, id->text);
    return id->kind != VG_ID_TEXT || id->text.at || vg_read_too_large(s->read);
}

static bool differ(const searching *s, const vg_point *point)
{
    vg_slice id = vg_point_id_text(s->read->arena, &point->id);

    vg_status_setf(s->read->status, s->read->arena, VG_INTERNAL, VG_LIT("points.db"),
                   "disk and memory differ about point " VG_FMT ", version %" PRIu64, VG_ARG(id),
                   point->version);
    return false;
}

/* The row's version is that of the point's last change, which may have left its vector alone. */
static bool take_row(searching *s, const vg_question *question, struct sqlite3_stmt *row,
                     vg_point *point)
{
    if (vg_sql_u64(row, 0) < point->version)
        return differ(s, point);
    return vg_record_fill(&question->row, row, s->read->arena, point, s->read->status);
}

static bool fill_row(searching *s, const vg_question *question, struct sqlite3_stmt *stmt,
                     uint64_t row, vg_point *point)
{
    vg_sql_step step;
    bool good;

    vg_sql_put_u64(stmt, 1, row);
    step = vg_sql_next(stmt);
    if (step == VG_SQL_FAILED)
        good = vg_look_trouble(&s->look);
    else
        good = step == VG_SQL_ROW ? take_row(s, question, stmt, point) : differ(s, point);
    vg_sql_done(stmt);
    return good;
}

/* `stmt` answers the row of a hit; NULL: none is needed. */
static bool fill(searching *s, const vg_question *question, vg_hit hit, struct sqlite3_stmt *stmt,
                 vg_point *point)
{
    const vg_dense *dense = s->views[question->place].dense;
    bool is_within = vg_record_is_within(&question->record, question->place);

    if (!keep_id(s, dense, hit.slot, &point->id))
        return false;
    point->score = vg_exact_score_of(question->nearest, hit.far);
    point->has_score = true;
    point->version = stmt ? vg_dense_born(dense, hit.slot) : vg_dense_version(dense, hit.slot);
    if (is_within && !vg_record_vector(&question->record, vg_dense_stored(dense, hit.slot),
                                       s->read->arena, point))
        return vg_read_too_large(s->read);
    return !stmt || fill_row(s, question, stmt, vg_dense_row_of(dense, hit.slot), point);
}

static bool fill_all(searching *s, const vg_question *question, struct sqlite3_stmt *stmt,
                     vg_points *out)
{
    const vg_nearest *nearest = question->nearest;
    uint32_t skip = question->query->offset;
    uint32_t count = nearest->count > skip ? nearest->count - skip : 0;
    vg_point *points = VG_TAKE_N(s->read->arena, vg_point, (size_t)count + 1);

    if (!points)
        return vg_read_too_large(s->read);
    for (uint32_t k = 0; k < count; k++)
        if (!fill(s, question, nearest->hits[skip + k], stmt, &points[k]))
            return false;
    *out = (vg_points){points, count};
    return true;
}

/* Vectors besides the compared one: a statement of this request's own. */
static bool answer_with_vectors(searching *s, const vg_question *question, vg_points *out)
{
    vg_arena *arena = s->read->arena;
    vg_slice columns = vg_record_columns(&question->row, arena);
    vg_slice text =
        vg_arena_printf(arena, "SELECT " VG_FMT " FROM points_%" PRIu64 " AS p WHERE p.row=?1",
                        VG_ARG(columns), s->look.session.table->number);
    struct sqlite3_stmt *stmt = vg_look_prepare(&s->look, text, NULL);
    bool good = stmt && fill_all(s, question, stmt, out);

    vg_sql_drop(stmt);
    return good;
}

static bool answer(searching *s, const vg_question *question, vg_points *out)
{
    struct sqlite3_stmt *stmt;

    if (!vg_question_needs_rows(question))
        return fill_all(s, question, NULL, out);
    if (question->row.place_count > 0)
        return answer_with_vectors(s, question, out);
    stmt = vg_sql_use(s->look.session.sql, payload_sql, s->look.session.table->number);
    return stmt ? fill_all(s, question, stmt, out) : vg_look_trouble(&s->look);
}

/* ---- from end to end ---- */

/* The queries that ask for a place, together. */
static bool compare(searching *s, uint32_t place, vg_nearest *nearest, uint32_t *count)
{
    vg_question **asked = VG_TAKE_N(s->read->arena, vg_question *, s->count);

    if (!asked)
        return vg_read_too_large(s->read);
    *count = 0;
    for (uint32_t i = 0; i < s->count; i++) {
        vg_question *question = &s->questions[i];

        if (question->place != place)
            continue;
        question->nearest = &nearest[*count];
        if (!vg_question_prepare(&s->look, &s->views[place], question))
            return false;
        asked[(*count)++] = question;
    }
    return vg_method_search(&s->look, &s->views[place], asked, *count) &&
           !vg_look_is_stopped(&s->look);
}

static bool explain(const searching *s, vg_op_result *out)
{
    vg_explain *explains = VG_TAKE_N(s->read->arena, vg_explain, s->count);
    bool is_asked = false;

    if (!explains)
        return vg_read_too_large(s->read);
    for (uint32_t i = 0; i < s->count; i++) {
        explains[i] = s->questions[i].explain;
        is_asked |= s->questions[i].query->explains;
    }
    out->searches.explains = is_asked ? explains : NULL;
    return true;
}

static bool search(searching *s, vg_points *out)
{
    uint32_t done = 0, count = 0;

    for (uint32_t place = 0; place < s->look.session.table->vector_count; place++) {
        if (!s->views[place].dense)
            continue;
        if (!compare(s, place, s->nearest + done, &count))
            return false;
        done += count;
    }
    for (uint32_t i = 0; i < s->count; i++)
        if (!answer(s, &s->questions[i], &out[i]))
            return false;
    return true;
}

static bool read_queries(searching *s, const vg_search *queries)
{
    vg_arena *arena = s->read->arena;

    s->questions = VG_TAKE_N(arena, vg_question, s->count);
    s->nearest = VG_TAKE_N(arena, vg_nearest, s->count);
    s->views = VG_TAKE_N(arena, vg_view, (size_t)s->look.session.table->vector_count + 1);
    if (!s->questions || !s->nearest || !s->views)
        return vg_read_too_large(s->read);
    for (uint32_t i = 0; i < s->count; i++)
        if (!vg_question_read(&s->look, &queries[i], &s->questions[i]))
            return false;
    return true;
}

bool vg_read_search(const vg_read *read, const vg_op_input *in, vg_op_result *out)
{
    searching s = {.read = read, .count = in->search.count};
    vg_points *lists = VG_TAKE_N(read->arena, vg_points, (size_t)s.count + 1);
    bool good;

    if (!lists)
        return vg_read_too_large(read);
    if (!vg_look_find(&s.look, read))
        return false;
    out->searches.at = lists;
    out->searches.count = s.count;
    if (s.count == 0)
        return true;
    if (!read_queries(&s, in->search.queries) || !open_state(&s))
        return false;
    good = search(&s, lists) && explain(&s, out);
    give_views(&s);
    vg_look_close(&s.look);
    return good;
}
