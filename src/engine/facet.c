/* How many points have each value of an indexed field (read.h), counted from the field's own table:
 * it holds a value of a point once, however often the point's array has it. */
#include "engine/facet.h"

#include <inttypes.h>

#include <sqlite3.h>

#include "base/id.h"
#include "engine/look.h"
#include "engine/read.h"

enum { LIMIT = 1, FIRST_OF_FILTER }; /* parameters */
enum { VALUE, COUNT };               /* columns */

typedef struct counting {
    const vg_read *read;
    vg_look look;
    const vg_field *field;
    vg_facet_hit *hits;
    uint32_t count, room;
} counting;

/* ---- UUIDs ---- */

static void canonical_uuid(sqlite3_context *context, int count, sqlite3_value **values)
{
    const char *at = (const char *)sqlite3_value_text(values[0]);
    uint8_t uuid[VG_UUID_BYTES];
    char text[VG_UUID_TEXT];

    (void)count;
    if (!at || !vg_uuid_read(vg_slice_of(at, (size_t)sqlite3_value_bytes(values[0])), uuid))
        return; /* by itself it answers NULL */
    vg_uuid_write(uuid, text);
    sqlite3_result_text(context, text, VG_UUID_TEXT, SQLITE_TRANSIENT);
}

bool vg_facet_functions(sqlite3 *db)
{
    return sqlite3_create_function_v2(db, "vg_uuid", 1,
                                      SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, NULL,
                                      canonical_uuid, NULL, NULL, NULL) == SQLITE_OK;
}

/* ---- the field ---- */

static bool has_facets(const vg_field *field)
{
    switch (field->index.kind) {
    case VG_INDEX_KEYWORD:
    case VG_INDEX_BOOL:
    case VG_INDEX_UUID:
        return true;
    case VG_INDEX_INTEGER:
        return !field->index.no_lookup;
    default:
        return false;
    }
}

static bool find_field(counting *c, vg_slice key)
{
    const vg_field *field = vg_fields_find(&c->look.shape->fields, key);
    bool is_right = field && has_facets(field);

    if (is_right && field->is_ready) {
        c->field = field;
        return true;
    }
    vg_status_setf(c->read->status, c->read->arena, VG_INVALID, VG_LIT("key"),
                   "No appropriate index for faceting: `" VG_FMT "`. %s", VG_ARG(key),
                   is_right ? "The one that was created is still being filled"
                            : "Please create one to facet on this field: a keyword, bool or uuid "
                              "index, or an integer index that has lookups");
    return false;
}

/* ---- the rows ---- */

static bool make_room(counting *c)
{
    uint32_t room = c->room ? c->room * 2 : 16;
    vg_facet_hit *hits;

    if (c->count < c->room)
        return true;
    hits = vg_arena_resize(c->read->arena, c->hits, c->room * sizeof *hits, room * sizeof *hits);
    if (!hits)
        return vg_read_too_large(c->read);
    c->hits = hits;
    c->room = room;
    return true;
}

static bool take_row(counting *c, struct sqlite3_stmt *row)
{
    vg_facet_hit *hit;

    if (!make_room(c))
        return false;
    hit = &c->hits[c->count++];
    *hit = (vg_facet_hit){.count = vg_sql_u64(row, COUNT)};
    switch (c->field->index.kind) {
    case VG_INDEX_INTEGER:
        hit->value.kind = VG_MATCH_INTEGER;
        hit->value.integer = (int64_t)vg_sql_u64(row, VALUE);
        return true;
    case VG_INDEX_BOOL:
        hit->value.kind = VG_MATCH_BOOL;
        hit->value.integer = (int64_t)vg_sql_u64(row, VALUE);
        return true;
    default:
        hit->value.kind = VG_MATCH_TEXT;
        hit->value.text = vg_arena_copy(c->read->arena, vg_sql_text(row, VALUE));
        return hit->value.text.at || vg_read_too_large(c->read);
    }
}

static bool take_rows(counting *c, struct sqlite3_stmt *stmt)
{
    vg_sql_step step;

    while ((step = vg_sql_next(stmt)) == VG_SQL_ROW)
        if (!take_row(c, stmt))
            return false;
    return step == VG_SQL_END || vg_look_trouble(&c->look);
}

/* An integer field holds other numbers too, and a UUID may have been written in several ways. Rows
 * are looked up among those that match, not each by itself: a filter is often the smaller set. */
static vg_slice facet_text(counting *c, const vg_where *where, bool has_filter)
{
    vg_index_kind kind = c->field->index.kind;
    bool is_uuid = kind == VG_INDEX_UUID;
    vg_arena *arena = c->read->arena;
    vg_slice rows = VG_LIT("1");

    if (has_filter)
        rows = vg_arena_printf(
            arena, "f.row IN(SELECT p.row FROM points_%" PRIu64 " AS p WHERE " VG_FMT ")",
            c->look.session.table->number, VG_ARG(where->text));
    return vg_arena_printf(arena,
                           "SELECT %s AS v,count(%s) AS n FROM field_%" PRIu64
                           " AS f WHERE %s AND " VG_FMT " GROUP BY v ORDER BY n DESC,v LIMIT ?1",
                           is_uuid ? "vg_uuid(f.value)" : "f.value",
                           is_uuid ? "DISTINCT f.row" : "*", c->field->number,
                           kind == VG_INDEX_INTEGER ? "typeof(f.value)='integer'"
                           : is_uuid                ? "v IS NOT NULL"
                                                    : "1",
                           VG_ARG(rows));
}

static bool count_values(counting *c, const vg_op_input *in)
{
    struct sqlite3_stmt *stmt;
    vg_where where;
    bool good;

    if (!find_field(c, in->facet.key) ||
        !vg_look_where(&c->look, in->facet.filter, FIRST_OF_FILTER, &where))
        return false;
    stmt = vg_look_prepare(&c->look, facet_text(c, &where, in->facet.filter != NULL), &where);
    if (!stmt)
        return false;
    vg_sql_put_u64(stmt, LIMIT, in->facet.limit);
    good = take_rows(c, stmt);
    vg_sql_drop(stmt);
    return good;
}

bool vg_read_facet(const vg_read *read, const vg_op_input *in, vg_op_result *out)
{
    counting c = {.read = read};
    bool good;

    /* exact or not: it is counted exactly */
    if (!vg_look_find(&c.look, read) || !vg_look_open(&c.look))
        return false;
    good = count_values(&c, in);
    vg_look_close(&c.look);
    if (!good)
        return false;
    out->facet.at = c.hits;
    out->facet.count = c.count;
    return true;
}
