/* Points in an order (read.h): by id, by the values of an indexed field, or in none.
 *
 *     by id        points, from an id on                      next: the following page's first id
 *     by values    field_<n> by (value, id), with its points  no next: `start` is the way on
 *     random       the points of a sample (sample.h)          no next
 *
 * Walking by values, a point comes once for each of its values and not at all without one.
 *
 * With a filter that payload indexes answer there are two ways: to walk and ask the indexes about
 * each point, which is short when many match, or to gather all that match and sort them, which is
 * short when few do. A walk is given a third of the steps that it would take where both are as
 * long; one that does not fill its page with these is given up, and little is lost. */
#include <inttypes.h>
#include <limits.h>
#include <math.h>

#include "engine/look.h"
#include "engine/read.h"
#include "engine/record.h"
#include "engine/sample.h"

enum { START = 1, LIMIT, FIRST_OF_FILTER }; /* parameters */
enum { STEPS_OF_ROW = 5 }; /* of SQLite's machine: a third of what a walk does at a point */

typedef struct scrolling {
    const vg_read *read;
    vg_look look;
    vg_record record;
    const vg_point_id *from;
    const vg_order_by *order;
    const vg_field *by; /* NULL: by id */
    vg_point *points;
    uint32_t count, room, limit;
    vg_point_id next;
} scrolling;

/* ---- rows ---- */

static bool read_id(const scrolling *s, struct sqlite3_stmt *row, vg_point_id *id)
{
    vg_slice key = vg_arena_copy(s->read->arena, vg_sql_blob(row, vg_record_width(&s->record)));

    if (!key.at)
        return vg_read_too_large(s->read);
    if (vg_point_id_of_key((const uint8_t *)key.at, key.len, id))
        return true;
    vg_status_set(s->read->status, VG_BACKEND_ERROR,
                  VG_LIT("the store is damaged: a point's id has no known form"),
                  VG_LIT("points.db"));
    return false;
}

/* By what comes, not by the limit: that is the client's number. */
static bool make_room(scrolling *s)
{
    uint32_t room = s->room ? s->room * 2 : 16;
    vg_point *points;

    if (s->count < s->room)
        return true;
    points =
        vg_arena_resize(s->read->arena, s->points, s->room * sizeof *points, room * sizeof *points);
    if (!points)
        return vg_read_too_large(s->read);
    s->points = points;
    s->room = room;
    return true;
}

static void read_value(const scrolling *s, struct sqlite3_stmt *row, vg_point *point)
{
    int column = vg_record_width(&s->record) + 1;

    point->has_order = true;
    point->order.is_integer = s->by->index.kind != VG_INDEX_FLOAT;
    if (point->order.is_integer)
        point->order.integer = (int64_t)vg_sql_u64(row, column);
    else
        point->order.real = vg_sql_real(row, column);
}

/* By id, one row more than the page holds was asked for: it is where the next page begins. */
static bool take_row(scrolling *s, struct sqlite3_stmt *row)
{
    vg_point_id id;
    vg_point *point;

    if (!read_id(s, row, &id))
        return false;
    if (s->count == s->limit) {
        s->next = id;
        return true;
    }
    if (!make_room(s))
        return false;
    point = &s->points[s->count++];
    *point = (vg_point){.id = id};
    if (s->by)
        read_value(s, row, point);
    return vg_record_fill(&s->record, row, s->read->arena, point, s->read->status);
}

static bool take_rows(scrolling *s, struct sqlite3_stmt *stmt)
{
    vg_sql_step step;

    vg_sql_put_u64(stmt, LIMIT, (uint64_t)s->limit + (s->by ? 0 : 1));
    while ((step = vg_sql_next(stmt)) == VG_SQL_ROW)
        if (!take_row(s, stmt))
            return false;
    return step == VG_SQL_END ||
           (!vg_sql_is_spent(s->look.session.sql) && vg_look_trouble(&s->look));
}

/* ---- by id ---- */

static vg_slice text_by_id(const scrolling *s, vg_slice condition)
{
    vg_slice columns = vg_record_columns(&s->record, s->read->arena);

    return vg_arena_printf(s->read->arena,
                           "SELECT " VG_FMT ",p.id FROM points_%" PRIu64
                           " AS p WHERE p.id>=?1 AND (" VG_FMT ") ORDER BY p.id LIMIT ?2",
                           VG_ARG(columns), s->look.session.table->number, VG_ARG(condition));
}

/* An empty key is smaller than all: NONE begins at the first. */
static void bind_id(const scrolling *s, struct sqlite3_stmt *stmt, uint8_t key[VG_ID_KEY_MAX])
{
    size_t len = s->from->kind == VG_ID_NONE ? 0 : vg_point_id_key(s->from, key);

    vg_sql_put_blob(stmt, START, vg_slice_of((const char *)key, len));
}

/* ---- by values ---- */

static bool has_order(const vg_field *field)
{
    switch (field->index.kind) {
    case VG_INDEX_INTEGER:
        return !field->index.no_range;
    case VG_INDEX_FLOAT:
    case VG_INDEX_DATETIME:
        return true;
    default:
        return false;
    }
}

static bool find_order(scrolling *s)
{
    vg_slice key = s->order->key;
    const vg_field *field = vg_fields_find(&s->look.shape->fields, key);
    bool is_right = field && has_order(field);

    if (is_right && field->is_ready) {
        s->by = field;
        return true;
    }
    vg_status_setf(s->read->status, s->read->arena, VG_INVALID, VG_LIT("order_by"),
                   "No range index for `order_by` key: `" VG_FMT "`. %s", VG_ARG(key),
                   is_right ? "The one that was created is still being filled"
                            : "Please create one to use `order_by`: an integer index that has "
                              "ranges, a float or a datetime index");
    return false;
}

/* An integer index cuts bounds to whole numbers (FACTS 7); what is beyond 64 bits is beyond all. */
static int64_t cut(double real)
{
    if (real >= 0x1p63)
        return INT64_MAX;
    if (real < -0x1p63 || isnan(real))
        return INT64_MIN;
    return (int64_t)real;
}

static void bind_value(const scrolling *s, struct sqlite3_stmt *stmt)
{
    vg_order_value start = s->order->start;

    if (!s->order->has_start)
        return;
    if (s->by->index.kind == VG_INDEX_FLOAT)
        vg_sql_put_real(stmt, START, start.is_integer ? (double)start.integer : start.real);
    else
        vg_sql_put_u64(stmt, START, (uint64_t)(start.is_integer ? start.integer : cut(start.real)));
}

/* The field comes first, whatever the planner would guess: walked, it has the order already. Only
 * integers are an integer index's values. */
static vg_slice text_by_value(const scrolling *s, vg_slice condition)
{
    vg_arena *arena = s->read->arena;
    vg_slice columns = vg_record_columns(&s->record, arena);
    const char *kind = s->by->index.kind == VG_INDEX_INTEGER ? "typeof(f.value)='integer'" : "1";
    const char *start = s->order->descends ? "f.value<=?1" : "f.value>=?1";

    return vg_arena_printf(arena,
                           "SELECT " VG_FMT ",p.id,f.value FROM field_%" PRIu64
                           " AS f CROSS JOIN points_%" PRIu64 " AS p ON p.row=f.row"
                           " WHERE %s AND %s AND (" VG_FMT ") ORDER BY f.value%s,p.id LIMIT ?2",
                           VG_ARG(columns), s->by->number, s->look.session.table->number, kind,
                           s->order->has_start ? start : "1", VG_ARG(condition),
                           s->order->descends ? " DESC" : "");
}

/* ---- both ---- */

/* `steps` 0: as many as it takes. */
static bool fill_page(scrolling *s, const vg_where *where, vg_slice condition, int steps)
{
    vg_slice text = s->by ? text_by_value(s, condition) : text_by_id(s, condition);
    struct sqlite3_stmt *stmt = vg_look_prepare(&s->look, text, where);
    vg_sql *sql = s->look.session.sql;
    uint8_t key[VG_ID_KEY_MAX];
    bool good;

    if (!stmt)
        return false;
    if (s->by)
        bind_value(s, stmt);
    else
        bind_id(s, stmt, key);
    vg_sql_bound(sql, s->read->is_stopped, steps);
    good = take_rows(s, stmt);
    vg_sql_drop(stmt);
    return good;
}

/* With m of n points matching, a walk passes limit * n / m points and gathering m: as many when m
 * is the root of limit * n. */
static int steps_of_walk(scrolling *s)
{
    double points = (double)vg_table_points(s->look.session.table);
    double steps = sqrt(points * ((double)s->limit + 1)) * STEPS_OF_ROW;

    return steps < INT_MAX ? (int)steps + 1 : INT_MAX;
}

static bool scroll(scrolling *s, const vg_filter *filter)
{
    vg_where where;

    if ((s->order->key.len > 0 && !find_order(s)) ||
        !vg_look_where(&s->look, filter, FIRST_OF_FILTER, &where))
        return false;
    if (vg_slice_is(where.text, where.each)) /* no index: there is nothing to gather by */
        return fill_page(s, &where, where.text, 0);
    if (fill_page(s, &where, where.each, steps_of_walk(s)))
        return true;
    if (!vg_sql_is_spent(s->look.session.sql))
        return false;
    s->count = 0;
    s->next = (vg_point_id){0};
    return fill_page(s, &where, where.text, 0);
}

/* ---- random ---- */

static bool show_row(scrolling *s, struct sqlite3_stmt *stmt, uint64_t row)
{
    vg_sql_step step;
    bool good;

    vg_sql_put_u64(stmt, 1, row);
    step = vg_sql_next(stmt);
    good = step == VG_SQL_ROW ? take_row(s, stmt) : step == VG_SQL_END || vg_look_trouble(&s->look);
    vg_sql_done(stmt);
    return good;
}

static bool show_rows(scrolling *s, const vg_sample *sample)
{
    vg_slice columns = vg_record_columns(&s->record, s->read->arena);
    vg_slice text = vg_arena_printf(
        s->read->arena, "SELECT " VG_FMT ",p.id FROM points_%" PRIu64 " AS p WHERE p.row=?1",
        VG_ARG(columns), s->look.session.table->number);
    struct sqlite3_stmt *stmt = vg_look_prepare(&s->look, text, NULL);
    bool good = stmt != NULL;

    for (uint32_t i = 0; good && i < sample->count; i++)
        good = show_row(s, stmt, sample->rows[i]);
    vg_sql_drop(stmt);
    return good;
}

static bool pick(scrolling *s, const vg_filter *filter)
{
    vg_where where;
    vg_sample sample;

    return vg_look_where(&s->look, filter, VG_SAMPLE_FIRST, &where) &&
           vg_sample_take(&s->look, &where, s->limit, &sample) && show_rows(s, &sample);
}

bool vg_read_scroll(const vg_read *read, const vg_op_input *in, vg_op_result *out)
{
    scrolling s = {.read = read,
                   .limit = in->scroll.limit,
                   .from = &in->scroll.from,
                   .order = &in->scroll.order};
    vg_record_ask ask = {&in->scroll.with_payload, &in->scroll.with_vectors};
    bool good;

    if (!vg_look_find(&s.look, read) ||
        !vg_record_read(read->arena, s.look.session.table, ask, &s.record, read->status) ||
        !vg_look_open(&s.look))
        return false;
    good = in->scroll.is_random ? pick(&s, in->scroll.filter) : scroll(&s, in->scroll.filter);
    vg_look_close(&s.look);
    if (!good)
        return false;
    out->page.points = (vg_points){s.points, s.count};
    out->page.next = s.next;
    return true;
}
