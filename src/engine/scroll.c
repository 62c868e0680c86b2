/* Points in an order (read.h): by id, or by the values of an indexed field.
 *
 *     by id      points, from an id on                            next: the id of the following
 * page by values  field_<n> in the order (value, id) ⋈ points      no next: `start` is the way on
 *
 * Walking by values, a point comes once for each of its values and not at all without one. */
#include <inttypes.h>
#include <math.h>

#include "engine/look.h"
#include "engine/read.h"
#include "engine/record.h"

enum { START = 1, LIMIT, FIRST_OF_FILTER }; /* parameters */

typedef struct scrolling {
    const vg_read *read;
    vg_look look;
    vg_record record;
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
    return step == VG_SQL_END || vg_look_trouble(&s->look);
}

/* ---- by id ---- */

static bool walk_ids(scrolling *s, const vg_op_input *in)
{
    vg_arena *arena = s->read->arena;
    const vg_point_id *from = &in->scroll.from;
    vg_slice columns = vg_record_columns(&s->record, arena);
    uint8_t key[VG_ID_KEY_MAX];
    struct sqlite3_stmt *stmt;
    vg_where where;
    bool good;

    if (!vg_look_where(&s->look, in->scroll.filter, FIRST_OF_FILTER, &where))
        return false;
    stmt = vg_look_prepare(
        &s->look,
        vg_arena_printf(arena,
                        "SELECT " VG_FMT ",p.id FROM points_%" PRIu64
                        " AS p WHERE p.id>=?1 AND (" VG_FMT ") ORDER BY p.id LIMIT ?2",
                        VG_ARG(columns), s->look.session.table->number, VG_ARG(where.text)),
        &where);
    if (!stmt)
        return false;
    /* an empty key is smaller than all: NONE begins at the first */
    vg_sql_put_blob(
        stmt, START,
        vg_slice_of((const char *)key, from->kind == VG_ID_NONE ? 0 : vg_point_id_key(from, key)));
    good = take_rows(s, stmt);
    vg_sql_drop(stmt);
    return good;
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

static bool find_order(scrolling *s, vg_slice key)
{
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

static void bind_start(const scrolling *s, struct sqlite3_stmt *stmt, const vg_order_by *order)
{
    vg_order_value start = order->start;

    if (!order->has_start)
        return;
    if (s->by->index.kind == VG_INDEX_FLOAT)
        vg_sql_put_real(stmt, START, start.is_integer ? (double)start.integer : start.real);
    else
        vg_sql_put_u64(stmt, START, (uint64_t)(start.is_integer ? start.integer : cut(start.real)));
}

/* The field is walked and each of its rows looked up, whatever the planner would guess: the order
 * is there for nothing, and a page ends the walk. Only integers are an integer index's values. */
static vg_slice order_text(const scrolling *s, const vg_order_by *order, const vg_where *where)
{
    vg_arena *arena = s->read->arena;
    vg_slice columns = vg_record_columns(&s->record, arena);
    const char *kind = s->by->index.kind == VG_INDEX_INTEGER ? "typeof(f.value)='integer'" : "1";
    const char *start = order->descends ? "f.value<=?1" : "f.value>=?1";

    return vg_arena_printf(arena,
                           "SELECT " VG_FMT ",p.id,f.value FROM field_%" PRIu64
                           " AS f CROSS JOIN points_%" PRIu64 " AS p ON p.row=f.row"
                           " WHERE %s AND %s AND (" VG_FMT ") ORDER BY f.value%s,p.id LIMIT ?2",
                           VG_ARG(columns), s->by->number, s->look.session.table->number, kind,
                           order->has_start ? start : "1", VG_ARG(where->text),
                           order->descends ? " DESC" : "");
}

static bool walk_values(scrolling *s, const vg_op_input *in)
{
    const vg_order_by *order = &in->scroll.order;
    struct sqlite3_stmt *stmt;
    vg_where where;
    bool good;

    if (!find_order(s, order->key) ||
        !vg_look_where(&s->look, in->scroll.filter, FIRST_OF_FILTER, &where))
        return false;
    stmt = vg_look_prepare(&s->look, order_text(s, order, &where), &where);
    if (!stmt)
        return false;
    bind_start(s, stmt, order);
    good = take_rows(s, stmt);
    vg_sql_drop(stmt);
    return good;
}

bool vg_read_scroll(const vg_read *read, const vg_op_input *in, vg_op_result *out)
{
    scrolling s = {.read = read, .limit = in->scroll.limit};
    vg_record_ask ask = {&in->scroll.with_payload, &in->scroll.with_vectors};
    bool good;

    if (!vg_look_find(&s.look, read) ||
        !vg_record_read(read->arena, s.look.session.table, ask, &s.record, read->status) ||
        !vg_look_open(&s.look))
        return false;
    good = in->scroll.order.key.len > 0 ? walk_values(&s, in) : walk_ids(&s, in);
    vg_look_close(&s.look);
    if (!good)
        return false;
    out->page.points = (vg_points){s.points, s.count};
    out->page.next = s.next;
    return true;
}
