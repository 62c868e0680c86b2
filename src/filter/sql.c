/* See sql.h. The tree is written so that parsers with a fixed stack go far: deep operands first
 * (the others then wait for nothing), long rows in halves, so that neither depth nor length grows
 * with the number of conditions. */
#include "filter/sql.h"

#include <stdio.h>

#include "base/buf.h"
#include "filter/values.h"

enum {
    ROW = 8,         /* operands side by side without parentheses */
    OPEN_ROW = 2,    /* symbols that wait while a later operand is read: the first, and AND */
    OPEN_EXISTS = 8, /* EXISTS ( SELECT distinct columns from WHERE … AND */
    NAME = 24,
};

struct vg_sql_writer {
    const vg_sql_dialect *dialect;
    const void *arg;
    vg_arena *arena;
    vg_buf text;
    vg_sql_value *values;
    uint32_t count, room;
    int first;
    uint32_t names; /* given out */
    char document[NAME], name[NAME];
    int open, most_open;
};

/* ---- fragments ---- */

static void write_place(vg_sql_writer *w, vg_sql_value value)
{
    if (w->count > 0 && w->dialect->next)
        vg_sql_write(w, w->dialect->next);
    else
        vg_buf_printf(&w->text, w->dialect->parameter, w->first + (int)w->count);
    if (w->count == w->room) {
        uint32_t room = w->room ? w->room * 2 : 16;
        vg_sql_value *values =
            vg_arena_resize(w->arena, w->values, w->room * sizeof *values, room * sizeof *values);

        if (!values)
            return; /* the arena is spent: the end will tell */
        w->values = values;
        w->room = room;
    }
    w->values[w->count++] = value;
}

void vg_sql_write_with(vg_sql_writer *w, const char *fragment, vg_sql_value value)
{
    for (const char *at = fragment; *at; at++) {
        if (*at != '%') {
            vg_buf_put_byte(&w->text, *at);
            continue;
        }
        at++;
        if (*at == 'p')
            write_place(w, value);
        else
            vg_buf_put(&w->text, vg_slice_str(*at == 'd' ? w->document : w->name));
    }
}

void vg_sql_write(vg_sql_writer *w, const char *fragment)
{
    vg_sql_write_with(w, fragment, (vg_sql_value){0});
}

void vg_sql_write_plain(vg_sql_writer *w, vg_slice text)
{
    vg_buf_put(&w->text, text);
}

void vg_sql_write_u64(vg_sql_writer *w, uint64_t number)
{
    vg_buf_printf(&w->text, "%llu", (unsigned long long)number);
}

static vg_sql_value of_ask(int kind, const vg_ask *ask)
{
    vg_sql_value value = {.as.ask = ask};

    value.kind = kind;
    return value;
}

static vg_sql_value of_text(vg_slice text)
{
    return (vg_sql_value){.kind = VG_SQL_VALUE_TEXT, .as.text = text};
}

static vg_sql_value of_whole(int64_t whole)
{
    return (vg_sql_value){.kind = VG_SQL_VALUE_WHOLE, .as.whole = whole};
}

void vg_sql_write_bounds(vg_sql_writer *w, const char *name, const vg_range *range, bool is_whole)
{
    const struct {
        const char *fragment;
        bool has;
        double real;
        int64_t whole;
    } bounds[] = {{"<%p", range->has_lt, range->lt, range->lt_us},
                  {">%p", range->has_gt, range->gt, range->gt_us},
                  {"<=%p", range->has_lte, range->lte, range->lte_us},
                  {">=%p", range->has_gte, range->gte, range->gte_us}};
    bool is_first = true;

    for (size_t i = 0; i < 4; i++) {
        vg_sql_value real = {.kind = VG_SQL_VALUE_REAL, .as.real = bounds[i].real};

        if (!bounds[i].has)
            continue;
        vg_sql_write(w, is_first ? "" : " AND ");
        vg_sql_write(w, name);
        vg_sql_write_with(w, bounds[i].fragment, is_whole ? of_whole(bounds[i].whole) : real);
        is_first = false;
    }
    if (is_first) {
        vg_sql_write(w, name);
        vg_sql_write(w, " IS NOT NULL");
    }
}

/* ---- lists ---- */

static void write_or(vg_sql_writer *w, bool *is_first)
{
    vg_sql_write(w, *is_first ? "" : " OR ");
    *is_first = false;
}

void vg_sql_write_listed(vg_sql_writer *w, const char *text, const char *whole, const char *truth,
                         const vg_ask *ask)
{
    const vg_match_set *set = &ask->set;
    bool is_first = true;

    if (text && set->text_count > 0) {
        write_or(w, &is_first);
        vg_sql_write(w, text);
        vg_sql_write_with(w, w->dialect->in_texts, of_ask(VG_SQL_VALUE_TEXTS, ask));
    }
    if (whole && set->whole_count > 0) {
        write_or(w, &is_first);
        vg_sql_write(w, whole);
        vg_sql_write_with(w, w->dialect->in_wholes, of_ask(VG_SQL_VALUE_WHOLES, ask));
    }
    for (int i = 0; truth && i < 2; i++) {
        if (!set->has_bool[i])
            continue;
        write_or(w, &is_first);
        vg_sql_write(w, truth);
        vg_sql_write_with(w, "=%p", of_whole(i));
    }
    if (is_first)
        vg_sql_write(w, w->dialect->no);
}

/* No part of it is NULL, but where the kind is one that does not count. */
static void write_excepted(vg_sql_writer *w, const vg_ask *ask)
{
    if (ask->among == VG_AMONG_TEXTS) {
        vg_sql_write(w, "%v.text IS NOT NULL");
    } else if (ask->among == VG_AMONG_WHOLES) {
        vg_sql_write(w, "%v.whole IS NOT NULL");
    } else {
        vg_sql_write(w, w->dialect->not_open);
        vg_sql_write(w, "%v.is_null");
        vg_sql_write(w, w->dialect->not_close);
    }
    if (ask->set.text_count > 0) {
        vg_sql_write(w, " AND (%v.text IS NULL OR %v.text");
        vg_sql_write_with(w, w->dialect->out_texts, of_ask(VG_SQL_VALUE_TEXTS, ask));
        vg_sql_write(w, ")");
    }
    if (ask->set.whole_count > 0) {
        vg_sql_write(w, " AND (%v.whole IS NULL OR %v.whole");
        vg_sql_write_with(w, w->dialect->out_wholes, of_ask(VG_SQL_VALUE_WHOLES, ask));
        vg_sql_write(w, ")");
    }
    for (int i = 0; i < 2; i++)
        if (ask->set.has_bool[i])
            vg_sql_write_with(w, " AND (%v.truth IS NULL OR %v.truth<>%p)", of_whole(i));
}

/* ---- fields ---- */

static void write_equals(vg_sql_writer *w, const vg_match_value *value)
{
    if (value->kind == VG_MATCH_TEXT)
        vg_sql_write_with(w, "%v.text=%p", of_text(value->text));
    else if (value->kind == VG_MATCH_BOOL)
        vg_sql_write_with(w, "%v.truth=%p", of_whole(value->integer != 0));
    else
        vg_sql_write_with(w, "%v.whole=%p", of_whole(value->integer));
}

static void write_box(vg_sql_writer *w, const vg_condition *c)
{
    vg_geo top_left = c->as.box.top_left, bottom_right = c->as.box.bottom_right;
    const vg_range lat = {
        .has_lt = true, .has_gt = true, .lt = top_left.lat, .gt = bottom_right.lat};
    const vg_range lon = {
        .has_lt = true, .has_gt = true, .lt = bottom_right.lon, .gt = top_left.lon};
    const vg_range west = {.has_lt = true, .lt = bottom_right.lon};
    const vg_range east = {.has_gt = true, .gt = top_left.lon};

    vg_sql_write_bounds(w, "%v.lat", &lat, false);
    vg_sql_write(w, " AND (");
    if (top_left.lon > bottom_right.lon) {
        vg_sql_write_bounds(w, "%v.lon", &west, false);
        vg_sql_write(w, " OR ");
        vg_sql_write_bounds(w, "%v.lon", &east, false);
    } else {
        vg_sql_write_bounds(w, "%v.lon", &lon, false);
    }
    vg_sql_write(w, ")");
}

static void write_text_test(vg_sql_writer *w, const vg_ask *ask, vg_tokens tokens)
{
    if (ask->by_tokens)
        w->dialect->has_tokens(w, &tokens, w->arg);
    else
        vg_sql_write_with(w, w->dialect->has_part, of_text(ask->condition->as.text));
}

/* What the row %v has to meet. */
static void write_test(vg_sql_writer *w, const vg_ask *ask)
{
    const vg_condition *c = ask->condition;

    switch (c->test) {
    case VG_TEST_MATCH_VALUE:
        write_equals(w, &c->as.value);
        return;
    case VG_TEST_MATCH_ANY:
        vg_sql_write_listed(w, "%v.text", "%v.whole", "%v.truth", ask);
        return;
    case VG_TEST_MATCH_EXCEPT:
        write_excepted(w, ask);
        return;
    case VG_TEST_MATCH_TEXT:
    case VG_TEST_MATCH_PHRASE:
        write_text_test(w, ask, ask->tokens);
        return;
    case VG_TEST_RANGE:
        if (ask->is_whole)
            w->dialect->in_wholes_range(w, &ask->range, w->arg);
        else
            vg_sql_write_bounds(w, "%v.real", &ask->range, false);
        return;
    case VG_TEST_DATETIME_RANGE:
        vg_sql_write_bounds(w, "%v.us", &ask->range, true);
        return;
    case VG_TEST_VALUES_COUNT:
        vg_sql_write_bounds(w, "%v.count", &ask->range, false);
        return;
    case VG_TEST_IS_EMPTY:
        vg_sql_write(w, "%v.count>0");
        return;
    case VG_TEST_IS_NULL:
        vg_sql_write(w, "%v.is_null");
        return;
    case VG_TEST_GEO_BOX:
        write_box(w, c);
        return;
    default:
        w->dialect->in_area(w, ask, w->arg);
    }
}

static void open_exists(vg_sql_writer *w, const vg_ask *ask, vg_reach reach)
{
    snprintf(w->name, sizeof w->name, "v%u", (unsigned)++w->names);
    vg_sql_write(w, "EXISTS(SELECT 1 FROM ");
    w->dialect->source(w, ask, reach, w->arg);
    vg_sql_write(w, " WHERE ");
}

static void write_exists(vg_sql_writer *w, const vg_ask *ask, vg_reach reach)
{
    open_exists(w, ask, reach);
    write_test(w, ask);
    vg_sql_write(w, ")");
}

/* Each token may be in another element. In halves: there may be thousands. */
static void write_tokens(vg_sql_writer *w, const vg_ask *ask, vg_tokens tokens)
{
    vg_tokens half = tokens;

    half.count = tokens.count / 2;
    if (tokens.count <= 1) {
        open_exists(w, ask, VG_REACH_ELEMENTS);
        write_text_test(w, ask, tokens);
        vg_sql_write(w, ")");
        return;
    }
    vg_sql_write(w, "(");
    write_tokens(w, ask, half);
    vg_sql_write(w, " AND ");
    half.at += half.count;
    half.count = tokens.count - half.count;
    write_tokens(w, ask, half);
    vg_sql_write(w, ")");
}

static void write_not(vg_sql_writer *w, bool is_not, const vg_ask *ask, vg_reach reach)
{
    vg_sql_write(w, is_not ? w->dialect->not_open : "");
    write_exists(w, ask, reach);
    vg_sql_write(w, is_not ? w->dialect->not_close : "");
}

static void write_field(vg_sql_writer *w, const vg_ask *ask)
{
    const vg_condition *c = ask->condition;

    if (!ask->in_object && w->dialect->by_index && w->dialect->by_index(w, ask, w->arg))
        return;
    switch (c->test) {
    case VG_TEST_IS_EMPTY:
        write_not(w, c->as.is.wanted, ask, VG_REACH_VALUES);
        return;
    case VG_TEST_IS_NULL:
        write_not(w, !c->as.is.wanted, ask, ask->sees_inside ? VG_REACH_ELEMENTS : VG_REACH_VALUES);
        return;
    case VG_TEST_VALUES_COUNT:
        write_exists(w, ask, VG_REACH_VALUES);
        return;
    case VG_TEST_MATCH_TEXT:
        if (ask->by_tokens)
            write_tokens(w, ask, ask->tokens);
        else
            write_exists(w, ask, VG_REACH_ELEMENTS);
        return;
    default:
        write_exists(w, ask, VG_REACH_ELEMENTS);
    }
}

/* ---- the tree ---- */

static void write_filter(vg_sql_writer *w, const vg_ready *ready);

static void open_by(vg_sql_writer *w, int symbols)
{
    w->open += symbols;
    if (w->open > w->most_open)
        w->most_open = w->open;
}

static void write_object(vg_sql_writer *w, const vg_ask *ask)
{
    char document[NAME];

    memcpy(document, w->document, sizeof document);
    open_exists(w, ask, VG_REACH_VALUES);
    vg_sql_write(w, "%v.is_object AND (");
    snprintf(w->document, sizeof w->document, "v%u.document", (unsigned)w->names);
    open_by(w, OPEN_EXISTS);
    write_filter(w, ask->filter);
    w->open -= OPEN_EXISTS;
    vg_sql_write(w, "))");
    memcpy(w->document, document, sizeof document);
}

static void write_ask(vg_sql_writer *w, const vg_ask *ask)
{
    switch (ask->condition->test) {
    case VG_TEST_NESTED_FILTER:
        write_filter(w, ask->filter);
        return;
    case VG_TEST_NESTED_OBJECT:
        write_object(w, ask);
        return;
    case VG_TEST_HAS_ID:
        if (ask->in_object || ask->condition->as.ids.count == 0)
            vg_sql_write(w, w->dialect->no);
        else
            vg_sql_write_with(w, w->dialect->is_listed_id, of_ask(VG_SQL_VALUE_IDS, ask));
        return;
    case VG_TEST_HAS_VECTOR:
        if (ask->in_object || !w->dialect->has_vector(w, ask->condition->as.text, w->arg))
            vg_sql_write(w, w->dialect->no);
        return;
    default:
        write_field(w, ask);
    }
}

/* How the operands of a row are joined, and what stands around each. */
typedef struct joint {
    const char *between, *open, *close;
} joint;

static void write_row(vg_sql_writer *w, const vg_asks *asks, const joint *by)
{
    const vg_asks head = {asks->at, asks->count / 2};
    const vg_asks tail = {asks->at + head.count, asks->count - head.count};

    if (asks->count > ROW) {
        open_by(w, 1);
        vg_sql_write(w, "(");
        write_row(w, &head, by);
        vg_sql_write(w, ")");
        vg_sql_write(w, by->between);
        open_by(w, OPEN_ROW);
        vg_sql_write(w, "(");
        write_row(w, &tail, by);
        vg_sql_write(w, ")");
        w->open -= 1 + OPEN_ROW;
        return;
    }
    for (uint32_t i = 0; i < asks->count; i++) {
        vg_sql_write(w, i > 0 ? by->between : "");
        open_by(w, i == 1 ? 1 + OPEN_ROW : i == 0);
        vg_sql_write(w, by->open);
        write_ask(w, &asks->at[i]);
        vg_sql_write(w, by->close);
    }
    w->open -= asks->count > 1 ? 2 + OPEN_ROW : asks->count > 0;
}

static void write_clause(vg_sql_writer *w, const vg_asks *asks, const joint *by, bool *is_first)
{
    if (asks->count == 0)
        return;
    vg_sql_write(w, *is_first ? "(" : " AND (");
    open_by(w, *is_first ? 1 : 1 + OPEN_ROW);
    write_row(w, asks, by);
    w->open -= *is_first ? 1 : 1 + OPEN_ROW;
    vg_sql_write(w, ")");
    *is_first = false;
}

static void write_min_should(vg_sql_writer *w, const vg_ready *ready, bool *is_first)
{
    const joint plus = {"+", w->dialect->sum_open, w->dialect->sum_close};

    if (ready->min_should.count == 0)
        return;
    vg_sql_write(w, *is_first ? "(" : " AND (");
    write_clause(w, &ready->min_should, &plus, &(bool){true});
    vg_sql_write_with(w, ">=%p)", of_whole(ready->min_count));
    *is_first = false;
}

static void write_filter(vg_sql_writer *w, const vg_ready *ready)
{
    const joint and = {" AND ", "(", ")"}, or = {" OR ", "(", ")"};
    const joint nor = {" AND ", w->dialect->not_open, w->dialect->not_close};
    bool is_first = true;

    write_clause(w, &ready->must, &and, &is_first);
    write_clause(w, &ready->should, & or, &is_first);
    write_clause(w, &ready->must_not, &nor, &is_first);
    write_min_should(w, ready, &is_first);
    if (is_first)
        vg_sql_write(w, w->dialect->yes);
}

bool vg_sql_compile(const vg_sql_target *target, const vg_ready *ready, vg_arena *arena,
                    vg_sql_condition *out, vg_status *status)
{
    vg_sql_writer w = {
        .dialect = target->dialect, .arg = target->arg, .arena = arena, .first = target->first};
    bool good;

    vg_buf_init(&w.text, 0);
    snprintf(w.document, sizeof w.document, "%s", target->dialect->payload);
    write_filter(&w, ready);
    *out = (vg_sql_condition){.text = vg_arena_copy(arena, vg_buf_bytes(&w.text)),
                              .values = w.values,
                              .count = w.count,
                              .sources = w.names,
                              .open = w.most_open};
    good = !vg_buf_is_spent(&w.text) && !vg_arena_is_spent(arena);
    vg_buf_fini(&w.text);
    if (!good)
        vg_status_set(status, VG_TOO_LARGE,
                      VG_LIT("the filter is larger than one request may hold"), VG_LIT("filter"));
    return good;
}
