/* See ready.h. Inside a nested object the index that counts is that of the whole way: nested key,
 * a dot, the key inside. */
#include "filter/ready.h"

#include <stdlib.h>

#include "filter/fold.h"

typedef struct making {
    vg_arena *arena;
    const vg_indexes *indexes;
    vg_status *status;
    vg_slice prefix; /* "a[]." inside a nested object; else empty */
} making;

static const vg_ready *make(const making *m, const vg_filter *filter);

/* ---- lists ---- */

static int compare_texts(const void *a, const void *b)
{
    return vg_slice_cmp(*(const vg_slice *)a, *(const vg_slice *)b);
}

static int compare_wholes(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

    return (left > right) - (left < right);
}

static bool make_set(const making *m, vg_ask *ask)
{
    const vg_match_value *at = ask->condition->as.list.at;
    uint32_t count = ask->condition->as.list.count;
    vg_slice *texts = VG_TAKE_N(m->arena, vg_slice, (size_t)count + 1);
    int64_t *wholes = VG_TAKE_N(m->arena, int64_t, (size_t)count + 1);

    if (!texts || !wholes)
        return false;
    ask->set = (vg_match_set){.texts = texts, .wholes = wholes};
    for (uint32_t i = 0; i < count; i++) {
        if (at[i].kind == VG_MATCH_TEXT)
            texts[ask->set.text_count++] = at[i].text;
        else if (at[i].kind == VG_MATCH_INTEGER)
            wholes[ask->set.whole_count++] = at[i].integer;
        else
            ask->set.has_bool[at[i].integer != 0] = true;
    }
    qsort(texts, ask->set.text_count, sizeof *texts, compare_texts);
    qsort(wholes, ask->set.whole_count, sizeof *wholes, compare_wholes);
    return true;
}

bool vg_match_set_has_text(const vg_match_set *set, vg_slice text)
{
    return set->text_count > 0 &&
           bsearch(&text, set->texts, set->text_count, sizeof text, compare_texts) != NULL;
}

bool vg_match_set_has_whole(const vg_match_set *set, int64_t whole)
{
    return set->whole_count > 0 &&
           bsearch(&whole, set->wholes, set->whole_count, sizeof whole, compare_wholes) != NULL;
}

/* ---- what an index changes ---- */

static vg_index_kind kind_of(const vg_ask *ask)
{
    return ask->index ? ask->index->kind : VG_INDEX_NONE;
}

/* An index answers for the values that it holds, and it holds one kind. */
static vg_among among_of(const vg_ask *ask)
{
    vg_index_kind kind = kind_of(ask);

    if ((kind == VG_INDEX_KEYWORD || kind == VG_INDEX_UUID) && ask->set.whole_count == 0)
        return VG_AMONG_TEXTS;
    if (kind == VG_INDEX_INTEGER && !ask->index->no_lookup && ask->set.whole_count > 0 &&
        ask->set.text_count == 0)
        return VG_AMONG_WHOLES;
    return VG_AMONG_ALL;
}

/* Towards zero, and to the nearest i64 there is. */
static int64_t whole_of(double bound)
{
    if (bound >= 0x1p63)
        return INT64_MAX;
    return bound <= -0x1p63 ? INT64_MIN : (int64_t)bound;
}

static void cut_bounds(vg_ask *ask)
{
    vg_range *range = &ask->range;

    ask->is_whole = kind_of(ask) == VG_INDEX_INTEGER && !ask->index->no_range;
    if (!ask->is_whole)
        return;
    range->lt_us = whole_of(range->lt);
    range->gt_us = whole_of(range->gt);
    range->lte_us = whole_of(range->lte);
    range->gte_us = whole_of(range->gte);
}

static bool cut_text(const making *m, vg_ask *ask)
{
    bool is_phrase = ask->condition->test == VG_TEST_MATCH_PHRASE;

    ask->by_tokens = kind_of(ask) == VG_INDEX_TEXT && (!is_phrase || ask->index->text.has_phrases);
    return !ask->by_tokens || vg_tokens_read(m->arena, &ask->index->text, ask->condition->as.text,
                                             is_phrase, &ask->tokens);
}

/* ---- conditions ---- */

static bool read_path(const making *m, vg_slice key, vg_path *path)
{
    vg_path_end end = vg_path_read(m->arena, key, path);

    if (end == VG_PATH_WRONG)
        vg_status_setf(m->status, m->arena, VG_INVALID, VG_LIT("filter"),
                       "Invalid json path: '" VG_FMT "'", VG_ARG(key));
    return end == VG_PATH_OK;
}

static vg_slice join(const making *m, vg_slice a, vg_slice b)
{
    return a.len == 0 ? b : vg_arena_printf(m->arena, VG_FMT VG_FMT, VG_ARG(a), VG_ARG(b));
}

/* The elements of the array at `key`: [] is appended if it is lacking. */
static bool make_object(const making *m, vg_ask *ask)
{
    vg_slice key = ask->condition->key;
    making inner = *m;

    if (!vg_slice_ends(key, VG_LIT("[]")))
        key = vg_arena_printf(m->arena, VG_FMT "[]", VG_ARG(key));
    if (!key.at || !vg_path_is(ask->condition->key))
        return read_path(m, ask->condition->key, &ask->path) && key.at;
    inner.prefix = vg_arena_printf(m->arena, VG_FMT VG_FMT ".", VG_ARG(m->prefix), VG_ARG(key));
    if (!read_path(m, key, &ask->path) || !inner.prefix.at)
        return false;
    ask->filter = make(&inner, ask->condition->as.filter);
    return ask->filter != NULL;
}

static bool make_field(const making *m, vg_ask *ask)
{
    const vg_condition *c = ask->condition;
    vg_slice whole_key = join(m, m->prefix, c->key);

    if (!whole_key.at || !read_path(m, c->key, &ask->path))
        return false;
    ask->index = vg_index_find(m->indexes, whole_key);
    switch (c->test) {
    case VG_TEST_MATCH_ANY:
    case VG_TEST_MATCH_EXCEPT:
        if (!make_set(m, ask))
            return false;
        ask->among = among_of(ask);
        return true;
    case VG_TEST_MATCH_TEXT:
    case VG_TEST_MATCH_PHRASE:
        return cut_text(m, ask);
    case VG_TEST_RANGE:
        ask->range = c->as.range;
        cut_bounds(ask);
        return true;
    case VG_TEST_DATETIME_RANGE:
    case VG_TEST_VALUES_COUNT:
        ask->range = c->as.range;
        return true;
    case VG_TEST_IS_NULL:
        ask->sees_inside = ask->index || c->as.is.sees_inside;
        return true;
    default:
        return true;
    }
}

static bool make_ask(const making *m, const vg_condition *condition, vg_ask *ask)
{
    *ask = (vg_ask){.condition = condition, .in_object = m->prefix.len > 0};
    switch (condition->test) {
    case VG_TEST_NESTED_FILTER:
        ask->filter = make(m, condition->as.filter);
        return ask->filter != NULL;
    case VG_TEST_HAS_ID:
    case VG_TEST_HAS_VECTOR:
        return true;
    case VG_TEST_NESTED_OBJECT:
        return make_object(m, ask);
    default:
        return make_field(m, ask);
    }
}

static int compare_depths(const void *a, const void *b)
{
    const vg_ask *left = a, *right = b;

    if (left->depth != right->depth)
        return left->depth > right->depth ? -1 : 1;
    return (left->condition > right->condition) - (left->condition < right->condition);
}

static bool make_clause(const making *m, const vg_clause *clause, vg_asks *out, uint32_t *depth)
{
    vg_ask *asks = VG_TAKE_N(m->arena, vg_ask, (size_t)clause->count + 1);

    if (!asks)
        return false;
    for (uint32_t i = 0; i < clause->count; i++) {
        if (!make_ask(m, &clause->at[i], &asks[i]))
            return false;
        asks[i].depth = asks[i].filter ? asks[i].filter->depth + 1 : 0;
        *depth = asks[i].depth > *depth ? asks[i].depth : *depth;
    }
    qsort(asks, clause->count, sizeof *asks, compare_depths);
    *out = (vg_asks){asks, clause->count};
    return true;
}

/* Of which one is enough, or none may hold. */
static bool make_any(const making *m, const vg_clause *clause, vg_asks *out, uint32_t *depth)
{
    vg_clause fewer;

    return vg_fold_any(m->arena, clause, &fewer) && make_clause(m, &fewer, out, depth);
}

static const vg_ready *make(const making *m, const vg_filter *filter)
{
    vg_ready *ready = VG_TAKE(m->arena, vg_ready);

    if (!ready || !filter)
        return ready;
    ready->min_count = filter->min_count;
    if (make_clause(m, &filter->must, &ready->must, &ready->depth) &&
        make_any(m, &filter->should, &ready->should, &ready->depth) &&
        make_any(m, &filter->must_not, &ready->must_not, &ready->depth) &&
        make_clause(m, &filter->min_should, &ready->min_should, &ready->depth))
        return ready;
    return NULL;
}

const vg_ready *vg_ready_make(vg_arena *arena, const vg_filter *filter, const vg_indexes *indexes,
                              vg_status *status)
{
    const making m = {.arena = arena, .indexes = indexes, .status = status};
    const vg_ready *ready = make(&m, filter);

    /* the first story stands: a wrong path's */
    if (!ready)
        vg_status_set(status, VG_TOO_LARGE,
                      VG_LIT("the filter is larger than one request may hold"), VG_LIT("filter"));
    return ready;
}
