/* See where.h. SQLite's dialect of filter/sql.h: sources and lists are table functions of ours, and
 * the tables of ready fields answer what their kind can. */
#include "engine/where.h"

#include <stdio.h>

#include "base/buf.h"
#include "engine/fts.h"
#include "engine/holds.h"
#include "engine/sql_values.h"
#include "filter/geo.h"

/* How an index answers. */
typedef enum way {
    LIST, /* as a list of rows */
    EACH, /* about one row at a time */
    ROWS, /* the list alone */
    WAYS,
} way;

/* What the dialect's functions see. */
typedef struct scene {
    vg_arena *arena;
    const vg_where_over *over;
    vg_indexes indexes; /* of the fields, in their order */
    way way;
} scene;

enum {
    /* SQLite's parser has 100 places; statements around a filter and what is inside a condition
     * need some. */
    MOST_OPEN = 70,
    /* Each is a walk over the payload of its own, where the function walks once: over 50 000 rows
     * 8 of them take 207 ms and the function 71, 32 take 765 and 131. And SQLite prepares n of them
     * in n * n steps, 10 000 in seconds. */
    MOST_SOURCES = 8,
    MOST_BINDS = 1024,   /* the n * n steps again, of conditions that indexes answer */
    HELD = 48,           /* bytes of "p.vector_2 IS NOT NULL" */
    MOST_NARROWING = 16, /* conditions in front of a function: a few suffice */
};

/* "p.vector_2 IS NOT NULL" */
static void write_held(char *to, size_t room, uint32_t place)
{
    if (place == 0)
        snprintf(to, room, "p.vector IS NOT NULL");
    else
        snprintf(to, room, "p.vector_%u IS NOT NULL", (unsigned)place);
}

static bool has_vector(vg_sql_writer *w, vg_slice name, const void *arg)
{
    const scene *s = arg;
    const vg_vector_params *params = vg_spec_vector(s->over->spec, name);
    char text[HELD];

    if (!params)
        return false;
    write_held(text, sizeof text, (uint32_t)(params - s->over->spec->vectors));
    vg_sql_write(w, text);
    return true;
}

/* ---- indexes ---- */

static const struct {
    const char *open, *close; /* around what is asked of a field's values */
} ways[WAYS] = {
    [LIST] = {"p.row IN(SELECT ", ")"},
    [EACH] = {"EXISTS(SELECT ", ")"},
    [ROWS] = {"(SELECT DISTINCT ", ")"},
};

/* "p.row IN(SELECT row FROM field_7 WHERE " */
static void open_field(vg_sql_writer *w, const scene *s, const vg_field *field)
{
    const char *row = field->index.kind == VG_INDEX_TEXT ? "rowid" : "row";

    vg_sql_write(w, ways[s->way].open);
    vg_sql_write(w, row);
    vg_sql_write(w, " FROM field_");
    vg_sql_write_u64(w, field->number);
    vg_sql_write(w, " WHERE ");
    if (s->way != EACH)
        return;
    vg_sql_write(w, row);
    vg_sql_write(w, "=p.row AND ");
}

static void close_field(vg_sql_writer *w, const scene *s)
{
    vg_sql_write(w, ways[s->way].close);
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

/* What a list of one kind, or one value, is compared with; {NULL}: not what the table holds. */
static const char *fragment_of(const vg_ask *ask, bool texts, vg_sql_value *value)
{
    const vg_match_value *one = &ask->condition->as.value;

    if (ask->condition->test == VG_TEST_MATCH_VALUE) {
        *value = of_match(one);
        return one->kind == (texts ? VG_MATCH_TEXT : VG_MATCH_INTEGER) ? "value=%p" : NULL;
    }
    if (!is_list_of(ask, texts))
        return NULL;
    *value = of_set(ask);
    if (ask->condition->test == VG_TEST_MATCH_ANY)
        return "value IN(SELECT value FROM vg_list(%p))";
    return ask->among == (texts ? VG_AMONG_TEXTS : VG_AMONG_WHOLES)
               ? "value NOT IN(SELECT value FROM vg_list(%p))"
               : NULL;
}

/* In a table of numbers 1.0 equals 1, for SQLite. */
static bool match_by(vg_sql_writer *w, const scene *s, const vg_field *field, const vg_ask *ask)
{
    bool texts = field->index.kind != VG_INDEX_INTEGER;
    vg_test test = ask->condition->test;
    const char *fragment;
    vg_sql_value value;

    if (test != VG_TEST_MATCH_VALUE && test != VG_TEST_MATCH_ANY && test != VG_TEST_MATCH_EXCEPT)
        return false;
    fragment = fragment_of(ask, texts, &value);
    if (!fragment)
        return false;
    open_field(w, s, field);
    vg_sql_write(w, texts ? "" : "typeof(value)='integer' AND ");
    vg_sql_write_with(w, fragment, value);
    close_field(w, s);
    return true;
}

static bool range_by(vg_sql_writer *w, const scene *s, const vg_field *field, const vg_ask *ask,
                     bool is_whole)
{
    open_field(w, s, field);
    vg_sql_write_bounds(w, "value", &ask->range, is_whole);
    close_field(w, s);
    return true;
}

static bool whole_by(vg_sql_writer *w, const scene *s, const vg_field *field, const vg_ask *ask)
{
    if (ask->condition->test == VG_TEST_RANGE)
        return ask->is_whole && range_by(w, s, field, ask, true);
    return !field->index.no_lookup && match_by(w, s, field, ask);
}

static bool bool_by(vg_sql_writer *w, const scene *s, const vg_field *field, const vg_ask *ask)
{
    const vg_match_value *value = &ask->condition->as.value;

    if (ask->condition->test != VG_TEST_MATCH_VALUE || value->kind != VG_MATCH_BOOL)
        return false;
    open_field(w, s, field);
    vg_sql_write_with(w, "value=%p", of_match(value));
    close_field(w, s);
    return true;
}

/* The index finds what lies near, the function what lies within. */
static bool geo_by(vg_sql_writer *w, const scene *s, const vg_field *field, const vg_ask *ask)
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
    open_field(w, s, field);
    vg_sql_write_bounds(w, "lat", &lat, false);
    vg_sql_write(w, " AND ");
    vg_sql_write_bounds(w, "lon", &lon, false);
    vg_sql_write_with(w, " AND vg_is_in(lat,lon,%p)",
                      (vg_sql_value){.kind = VG_SQL_VALUE_GEO, .as.ask = ask});
    close_field(w, s);
    return true;
}

static bool text_by(vg_sql_writer *w, const scene *s, const vg_field *field, const vg_ask *ask)
{
    vg_sql_value query = {.kind = VG_SQL_VALUE_TEXT};

    if (!ask->by_tokens || ask->tokens.count == 0)
        return false;
    query.as.text =
        vg_fts_query(s->arena, &ask->tokens, ask->condition->test == VG_TEST_MATCH_PHRASE);
    open_field(w, s, field);
    vg_sql_write(w, "field_");
    vg_sql_write_u64(w, field->number);
    vg_sql_write_with(w, " MATCH %p", query);
    close_field(w, s);
    return true;
}

static bool by_index(vg_sql_writer *w, const vg_ask *ask, const void *arg)
{
    const scene *s = arg;
    const vg_field *field = ask->index ? &s->over->fields->at[ask->index - s->indexes.at] : NULL;
    vg_test test = ask->condition->test;

    if (!field || !field->is_ready)
        return false;
    switch (field->index.kind) {
    case VG_INDEX_KEYWORD:
    case VG_INDEX_UUID:
        return match_by(w, s, field, ask);
    case VG_INDEX_INTEGER:
        return whole_by(w, s, field, ask);
    case VG_INDEX_FLOAT:
        return test == VG_TEST_RANGE && range_by(w, s, field, ask, false);
    case VG_INDEX_BOOL:
        return bool_by(w, s, field, ask);
    case VG_INDEX_DATETIME:
        return test == VG_TEST_DATETIME_RANGE && range_by(w, s, field, ask, true);
    case VG_INDEX_GEO:
        return geo_by(w, s, field, ask);
    case VG_INDEX_TEXT:
        return text_by(w, s, field, ask);
    default:
        return false;
    }
}

static const vg_sql_dialect dialect = {
    .parameter = "?%d",
    .next = "?", /* numbers are looked up one by one */
    .yes = "1",
    .no = "0",
    /* not NOT: the parser need not remember it while it reads what is inside */
    .not_open = "(",
    .not_close = ")=0",
    .sum_open = "(",
    .sum_close = ")",
    .payload = "p.payload",
    .in_texts = " IN(SELECT value FROM vg_list(%p))",
    .in_wholes = " IN(SELECT value FROM vg_list(%p))",
    .out_texts = " NOT IN(SELECT value FROM vg_list(%p))",
    .out_wholes = " NOT IN(SELECT value FROM vg_list(%p))",
    .has_part = "instr(%v.text,%p)>0",
    .is_listed_id = "p.id IN(SELECT value FROM vg_list(%p))",
    .source = vg_sql_values_source,
    .has_tokens = vg_sql_values_tokens,
    .in_wholes_range = vg_sql_values_range,
    .in_area = vg_sql_values_area,
    .has_vector = has_vector,
    .by_index = by_index,
};

static void refuse(vg_status *status)
{
    vg_status_set(status, VG_TOO_LARGE, VG_LIT("the filter is larger than one request may hold"),
                  VG_LIT("filter"));
}

static bool list_indexes(scene *s)
{
    const vg_fields *fields = s->over->fields;
    uint32_t count = fields ? fields->count : 0;
    vg_index *at = VG_TAKE_N(s->arena, vg_index, (size_t)count + 1);

    for (uint32_t i = 0; at && i < count; i++)
        at[i] = fields->at[i].index;
    s->indexes = (vg_indexes){at, count};
    return at != NULL;
}

static bool compile(scene *s, way how, const vg_ready *ready, vg_sql_condition *out,
                    vg_status *status)
{
    const vg_sql_target target = {&dialect, s, s->over->first_place};

    s->way = how;
    return vg_sql_compile(&target, ready, s->arena, out, status);
}

static bool is_one(const vg_ready *ready)
{
    return ready->depth == 0 && ready->must.count + ready->should.count == 1 &&
           ready->must_not.count == 0 && ready->min_should.count == 0;
}

/* ---- by a function ---- */

static void mark_asked(const vg_ready *filter, const vg_collection_spec *spec, bool *asked)
{
    const vg_asks *clauses[] = {&filter->must, &filter->should, &filter->must_not,
                                &filter->min_should};

    for (size_t c = 0; c < 4; c++)
        for (uint32_t i = 0; i < clauses[c]->count; i++) {
            const vg_ask *ask = &clauses[c]->at[i];
            const vg_vector_params *params = ask->condition->test == VG_TEST_HAS_VECTOR
                                                 ? vg_spec_vector(spec, ask->condition->as.text)
                                                 : NULL;

            if (params)
                asked[params - spec->vectors] = true;
            if (ask->filter)
                mark_asked(ask->filter, spec, asked);
        }
}

/* The names, and their digits in SQL: "''||(p.vector IS NOT NULL)". Only vectors that are asked
 * for: SQLite would read all the others of each row too. */
static vg_slice list_asked(const scene *s, const bool *asked, vg_holds *holds, vg_slice *names)
{
    const vg_collection_spec *spec = s->over->spec;
    char held[HELD];
    vg_slice digits;
    vg_buf text;

    vg_buf_init(&text, 0);
    vg_buf_put(&text, VG_LIT("''"));
    for (uint32_t i = 0; i < spec->vector_count; i++) {
        if (!asked[i])
            continue;
        names[holds->count++] = spec->vectors[i].name;
        write_held(held, sizeof held, i);
        vg_buf_printf(&text, "||(%s)", held);
    }
    digits = vg_buf_is_spent(&text) ? (vg_slice){0} : vg_arena_copy(s->arena, vg_buf_bytes(&text));
    vg_buf_fini(&text);
    return digits;
}

/* {NULL}: the arena is spent. */
static vg_slice make_holds(const scene *s, const vg_ready *ready, vg_holds **out)
{
    size_t room = (size_t)s->over->spec->vector_count + 1;
    vg_holds *holds = VG_TAKE(s->arena, vg_holds);
    vg_slice *names = VG_TAKE_N(s->arena, vg_slice, room);
    vg_slice *held = VG_TAKE_N(s->arena, vg_slice, room);
    bool *asked = VG_TAKE_N(s->arena, bool, room);

    if (!holds || !names || !held || !asked)
        return (vg_slice){0};
    memset(asked, 0, room * sizeof *asked);
    mark_asked(ready, s->over->spec, asked);
    *holds = (vg_holds){.filter = ready, .names = names, .held = held};
    *out = holds;
    return list_asked(s, asked, holds, names);
}

/* Does an index answer all of it? */
static bool narrows(scene *s, const vg_ask *ask)
{
    const vg_ready alone = {.must = {ask, 1}};
    vg_sql_condition text;

    if (ask->condition->test == VG_TEST_HAS_ID)
        return true;
    return ask->index && compile(s, LIST, &alone, &text, NULL) && text.sources == 0;
}

static const vg_ready *narrowing_of(scene *s, const vg_ready *ready)
{
    vg_ready *front = VG_TAKE(s->arena, vg_ready);
    vg_ask *asks = VG_TAKE_N(s->arena, vg_ask, MOST_NARROWING);

    if (!front || !asks)
        return NULL;
    *front = (vg_ready){.must = {asks, 0}};
    for (uint32_t i = 0; i < ready->must.count && front->must.count < MOST_NARROWING; i++)
        if (narrows(s, &ready->must.at[i]))
            asks[front->must.count++] = ready->must.at[i];
    return front;
}

/* What narrows is asked again by the function: it knows only whole filters. */
static bool make_large(scene *s, const vg_ready *ready, vg_where *out, vg_status *status)
{
    static const char shape[] = VG_FMT " AND vg_holds(?%d,p.id,p.payload," VG_FMT ")";
    const vg_ready *front = narrowing_of(s, ready);
    vg_slice held = make_holds(s, ready, &out->holds);
    vg_sql_condition list, each;
    int place;

    if (!front || !held.at) {
        refuse(status);
        return false;
    }
    if (!compile(s, LIST, front, &list, status) || !compile(s, EACH, front, &each, status))
        return false;
    place = out->first_place + (int)list.count;
    out->text = vg_arena_printf(s->arena, shape, VG_ARG(list.text), place, VG_ARG(held));
    out->each = vg_arena_printf(s->arena, shape, VG_ARG(each.text), place, VG_ARG(held));
    out->binds = list.values;
    out->count = list.count + 1;
    if (!out->text.at || !out->each.at)
        refuse(status);
    return out->text.at && out->each.at;
}

/* ---- a filter ---- */

static bool is_large(const vg_sql_condition *text)
{
    return text->sources > MOST_SOURCES || text->open > MOST_OPEN || text->count > MOST_BINDS;
}

/* The parameters are the same in all, in the same places. Where no index is used, all are equal. */
static bool make(scene *s, const vg_ready *ready, vg_where *out, vg_status *status)
{
    vg_sql_condition list, each, rows;

    if (!compile(s, LIST, ready, &list, status) || !compile(s, EACH, ready, &each, status))
        return false;
    if (is_large(&list))
        return make_large(s, ready, out, status);
    out->text = list.text;
    out->each = each.text;
    out->binds = list.values;
    out->count = list.count;
    if (!is_one(ready) || vg_slice_is(list.text, each.text))
        return true;
    if (!compile(s, ROWS, ready, &rows, status))
        return false;
    out->rows = rows.text;
    return true;
}

bool vg_where_make(vg_arena *arena, const vg_filter *filter, const vg_where_over *over,
                   vg_where *out, vg_status *status)
{
    scene s = {.arena = arena, .over = over};
    const vg_ready *ready;

    *out = (vg_where){.text = VG_LIT("1"), .each = VG_LIT("1"), .first_place = over->first_place};
    if (!filter)
        return true;
    if (!list_indexes(&s)) {
        refuse(status);
        return false;
    }
    ready = vg_ready_make(arena, filter, &s.indexes, status);
    return ready && make(&s, ready, out, status);
}

void vg_where_bind(const vg_where *where, struct sqlite3_stmt *stmt)
{
    uint32_t values = where->count - (where->holds != NULL);

    for (uint32_t i = 0; i < values; i++)
        vg_sql_values_bind(stmt, where->first_place + (int)i, &where->binds[i]);
    if (where->holds)
        vg_holds_bind(stmt, where->first_place + (int)values, where->holds);
}

bool vg_where_functions(struct sqlite3 *db)
{
    return vg_sql_values_register(db) && vg_fts_register(db);
}
