/* See where.h. SQLite's dialect of filter/sql.h: sources and lists are table functions of ours, and
 * the tables of ready fields answer what their kind can. */
#include "engine/where.h"

#include "base/check.h"
#include "engine/fts.h"
#include "engine/sql_values.h"
#include "filter/geo.h"

/* What the dialect's functions see. */
typedef struct scene {
    vg_arena *arena;
    const vg_collection_spec *spec;
    const vg_fields *fields;
    vg_indexes indexes; /* of the fields, in their order */
    bool asks_each;     /* vg_where.each is being written */
    bool *uses_index;
} scene;

/* A field, and how it is asked. */
typedef struct source {
    vg_field field;
    bool asks_each;
} source;

/* SQLite's parser has 100 places; statements around a filter and what is inside a condition need
 * some. */
enum { MOST_OPEN = 70 };

static bool has_vector(vg_sql_writer *w, vg_slice name, const void *arg)
{
    const scene *s = arg;
    const vg_vector_params *params = vg_spec_vector(s->spec, name);

    if (!params)
        return false;
    vg_sql_write(w, "p.vector");
    if (params != s->spec->vectors) {
        vg_sql_write(w, "_");
        vg_sql_write_u64(w, (uint64_t)(params - s->spec->vectors));
    }
    vg_sql_write(w, " IS NOT NULL");
    return true;
}

/* ---- indexes ---- */

/* "p.row IN(SELECT row FROM field_7 WHERE ", or "EXISTS(SELECT 1 FROM field_7 WHERE row=p.row AND
 * ". The field is a source's. */
static void open_field(vg_sql_writer *w, const vg_field *field, const char *row)
{
    bool each = vg_container_of(field, source, field)->asks_each;

    vg_sql_write(w, each ? "EXISTS(SELECT 1" : "p.row IN(SELECT ");
    vg_sql_write(w, each ? "" : row);
    vg_sql_write(w, " FROM field_");
    vg_sql_write_u64(w, field->number);
    vg_sql_write(w, " WHERE ");
    if (!each)
        return;
    vg_sql_write(w, row);
    vg_sql_write(w, "=p.row AND ");
}

static vg_sql_value of_match(const vg_match_value *value)
{
    if (value->kind == VG_MATCH_TEXT)
        return (vg_sql_value){.kind = VG_SQL_VALUE_TEXT, .as.text = value->text};
    return (vg_sql_value){.kind = VG_SQL_VALUE_WHOLE, .as.whole = value->integer};
}

static vg_sql_value of_set(const vg_ask *ask)
{
    if (ask->set.text_count > 0)
        return (vg_sql_value){.kind = VG_SQL_VALUE_TEXTS, .as.ask = ask};
    return (vg_sql_value){.kind = VG_SQL_VALUE_WHOLES, .as.ask = ask};
}

/* Is the list of one kind, this one, and not empty? */
static bool is_list_of(const vg_ask *ask, bool texts)
{
    const vg_match_set *set = &ask->set;

    return !set->has_bool[0] && !set->has_bool[1] && (set->text_count > 0) == texts &&
           (set->whole_count > 0) == !texts;
}

/* What a table of values of this kind answers. In a table of numbers 1.0 equals 1, for SQLite. */
static bool match_by(vg_sql_writer *w, const vg_field *field, const vg_ask *ask, bool texts)
{
    const vg_condition *c = ask->condition;
    const char *only = texts ? "" : "typeof(value)='integer' AND ";

    switch (c->test) {
    case VG_TEST_MATCH_VALUE:
        if ((c->as.value.kind == VG_MATCH_TEXT) != texts || c->as.value.kind == VG_MATCH_BOOL)
            return false;
        open_field(w, field, "row");
        vg_sql_write(w, only);
        vg_sql_write_with(w, "value=%p)", of_match(&c->as.value));
        return true;
    case VG_TEST_MATCH_ANY:
        if (!is_list_of(ask, texts))
            return false;
        open_field(w, field, "row");
        vg_sql_write(w, only);
        vg_sql_write_with(w, "value IN(SELECT value FROM vg_list(%p)))", of_set(ask));
        return true;
    case VG_TEST_MATCH_EXCEPT:
        if (!is_list_of(ask, texts) || ask->among != (texts ? VG_AMONG_TEXTS : VG_AMONG_WHOLES))
            return false;
        open_field(w, field, "row");
        vg_sql_write(w, only);
        vg_sql_write_with(w, "value NOT IN(SELECT value FROM vg_list(%p)))", of_set(ask));
        return true;
    default:
        return false;
    }
}

static bool range_by(vg_sql_writer *w, const vg_field *field, const vg_ask *ask, bool is_whole)
{
    open_field(w, field, "row");
    vg_sql_write_bounds(w, "value", &ask->range, is_whole);
    vg_sql_write(w, ")");
    return true;
}

static bool whole_by(vg_sql_writer *w, const vg_field *field, const vg_ask *ask)
{
    if (ask->condition->test == VG_TEST_RANGE)
        return ask->is_whole && range_by(w, field, ask, true);
    return !field->index.no_lookup && match_by(w, field, ask, false);
}

static bool bool_by(vg_sql_writer *w, const vg_field *field, const vg_ask *ask)
{
    const vg_match_value *value = &ask->condition->as.value;

    if (ask->condition->test != VG_TEST_MATCH_VALUE || value->kind != VG_MATCH_BOOL)
        return false;
    open_field(w, field, "row");
    vg_sql_write_with(w, "value=%p)", of_match(value));
    return true;
}

/* The index finds what lies near, the function what lies within. */
static bool geo_by(vg_sql_writer *w, const vg_field *field, const vg_ask *ask)
{
    vg_geo_bounds bounds;
    vg_range lat = {.has_lte = true, .has_gte = true}, lon = lat;

    if (ask->condition->test != VG_TEST_GEO_BOX && ask->condition->test != VG_TEST_GEO_RADIUS &&
        ask->condition->test != VG_TEST_GEO_POLYGON)
        return false;
    bounds = vg_geo_bounds_of(ask->condition);
    lat.gte = bounds.min_lat;
    lat.lte = bounds.max_lat;
    lon.gte = bounds.min_lon;
    lon.lte = bounds.max_lon;
    open_field(w, field, "row");
    vg_sql_write_bounds(w, "lat", &lat, false);
    vg_sql_write(w, " AND ");
    vg_sql_write_bounds(w, "lon", &lon, false);
    vg_sql_write_with(w, " AND vg_is_in(lat,lon,%p))",
                      (vg_sql_value){.kind = VG_SQL_VALUE_GEO, .as.ask = ask});
    return true;
}

static bool text_by(vg_sql_writer *w, const scene *s, const vg_field *field, const vg_ask *ask)
{
    vg_sql_value query = {.kind = VG_SQL_VALUE_TEXT};

    if (!ask->by_tokens || ask->tokens.count == 0)
        return false;
    query.as.text =
        vg_fts_query(s->arena, &ask->tokens, ask->condition->test == VG_TEST_MATCH_PHRASE);
    open_field(w, field, "rowid");
    vg_sql_write(w, "field_");
    vg_sql_write_u64(w, field->number);
    vg_sql_write_with(w, " MATCH %p)", query);
    return true;
}

static bool ask_field(vg_sql_writer *w, const scene *s, const vg_field *field, const vg_ask *ask)
{
    vg_test test = ask->condition->test;

    switch (field->index.kind) {
    case VG_INDEX_KEYWORD:
    case VG_INDEX_UUID:
        return match_by(w, field, ask, true);
    case VG_INDEX_INTEGER:
        return whole_by(w, field, ask);
    case VG_INDEX_FLOAT:
        return test == VG_TEST_RANGE && range_by(w, field, ask, false);
    case VG_INDEX_BOOL:
        return bool_by(w, field, ask);
    case VG_INDEX_DATETIME:
        return test == VG_TEST_DATETIME_RANGE && range_by(w, field, ask, true);
    case VG_INDEX_GEO:
        return geo_by(w, field, ask);
    case VG_INDEX_TEXT:
        return text_by(w, s, field, ask);
    default:
        return false;
    }
}

static bool by_index(vg_sql_writer *w, const vg_ask *ask, const void *arg)
{
    const scene *s = arg;
    source from = {.asks_each = s->asks_each};

    if (!ask->index)
        return false;
    from.field = s->fields->at[ask->index - s->indexes.at];
    if (!from.field.is_ready || !ask_field(w, s, &from.field, ask))
        return false;
    *s->uses_index = true;
    return true;
}

static const vg_sql_dialect dialect = {
    .parameter = "?%d",
    .yes = "1",
    .no = "0",
    /* not NOT: the parser need not remember it while it reads what is inside */
    .not_open = "(",
    .not_close = ")=0",
    .sum_open = "(",
    .sum_close = ")",
    .payload = "p.payload",
    .elements = "vg_elements(%d,%p) %v",
    .values = "vg_values(%d,%p) %v",
    .in_texts = "(SELECT value FROM vg_list(%p))",
    .in_wholes = "(SELECT value FROM vg_list(%p))",
    .has_part = "instr(%v.text,%p)>0",
    .has_tokens = "vg_has_tokens(%v.text,%p)",
    .in_radius = "vg_is_in(%v.lat,%v.lon,%p)",
    .in_polygon = "vg_is_in(%v.lat,%v.lon,%p)",
    .is_listed_id = "p.id IN(SELECT value FROM vg_list(%p))",
    .most_open = MOST_OPEN,
    .has_vector = has_vector,
    .by_index = by_index,
};

static bool list_indexes(scene *s)
{
    uint32_t count = s->fields ? s->fields->count : 0;
    vg_index *at = VG_TAKE_N(s->arena, vg_index, (size_t)count + 1);

    for (uint32_t i = 0; at && i < count; i++)
        at[i] = s->fields->at[i].index;
    s->indexes = (vg_indexes){at, count};
    return at != NULL;
}

static bool write_each(scene *s, const vg_ready *ready, vg_where *out, vg_status *status)
{
    vg_sql_condition condition;

    s->asks_each = true;
    if (!vg_sql_compile(s->arena, &dialect, s, ready, out->first_place, &condition, status))
        return false;
    out->each = condition.text; /* with the same parameters in the same places */
    return true;
}

bool vg_where_make(vg_arena *arena, const vg_filter *filter, const vg_collection_spec *spec,
                   const vg_fields *fields, int first_place, vg_where *out, vg_status *status)
{
    bool uses_index = false;
    scene s = {.arena = arena, .spec = spec, .fields = fields, .uses_index = &uses_index};
    const vg_ready *ready = NULL;
    vg_sql_condition condition;

    *out = (vg_where){.text = VG_LIT("1"), .first_place = first_place};
    out->each = out->text;
    if (!filter)
        return true;
    if (list_indexes(&s))
        ready = vg_ready_make(arena, filter, &s.indexes, status);
    else
        vg_status_set(status, VG_TOO_LARGE, (vg_slice){0}, VG_LIT("filter"));
    if (!ready || !vg_sql_compile(arena, &dialect, &s, ready, first_place, &condition, status))
        return false;
    out->text = out->each = condition.text;
    out->binds = condition.values;
    out->count = condition.count;
    return !uses_index || write_each(&s, ready, out, status);
}

void vg_where_bind(const vg_where *where, struct sqlite3_stmt *stmt)
{
    for (uint32_t i = 0; i < where->count; i++)
        vg_sql_values_bind(stmt, where->first_place + (int)i, &where->binds[i]);
}

bool vg_where_functions(struct sqlite3 *db)
{
    return vg_sql_values_register(db) && vg_fts_register(db);
}
