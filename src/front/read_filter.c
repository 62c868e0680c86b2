/* See read_filter.h. From the body's JSON to the tree: clauses, and conditions told apart by their
 * names; what is asked of a field's values is read_test.c's. */
#include "front/read_filter.h"

#include "front/read_test.h"

typedef struct walk {
    vg_read_test_in in;
    const vg_filter_reader *reader;
    uint32_t left;     /* how many conditions may still come */
    bool is_rewritten; /* to Qdrant, the JSON would not mean what the tree does */
} walk;

typedef struct kind {
    const char *name; /* tells a condition's kind, when it is there and not null */
    bool (*read)(walk *w, const vg_json *v, vg_condition *out); /* `v`: the whole condition */
} kind;

static bool read_condition(walk *w, const vg_json *v, vg_condition *out);

/* ---- clauses ---- */

static const char *const filter_names[] = {"must", "should", "must_not", "min_should", NULL};
static const char *const min_should_names[] = {"conditions", "min_count", NULL};

static vg_condition *take_conditions(walk *w, const vg_json *v, uint32_t count)
{
    vg_condition *list;

    if (count > w->left) {
        vg_member_wrong(w->in.r, v, VG_UNSUPPORTED,
                        "Filter condition limit reached: a filter may have %d conditions, those of "
                        "all its levels together",
                        VG_FILTER_CONDITIONS);
        return NULL;
    }
    w->left -= count;
    list = VG_TAKE_N(w->in.r.arena, vg_condition, (size_t)count + 1);
    if (!list)
        vg_member_wrong(w->in.r, v, VG_TOO_LARGE, "no memory is left for %u conditions", count);
    return list;
}

/* One condition, or a list of them; NULL: the clause is absent. */
static bool read_clause(walk *w, const vg_json *v, vg_clause *out)
{
    bool is_one = v && v->kind == VG_JSON_OBJECT;
    vg_condition *list;

    if (!v)
        return true;
    if (!is_one && v->kind != VG_JSON_ARRAY)
        return vg_json_mismatch(w->in.r.arena, v, "a condition or a list of conditions",
                                w->in.r.status);
    out->count = is_one ? 1 : v->count;
    list = take_conditions(w, v, out->count);
    if (!list)
        return false;
    out->at = list;
    if (is_one)
        return read_condition(w, v, list);
    for (const vg_json *one = v->first; one; one = one->next)
        if (!read_condition(w, one, list++))
            return false;
    return true;
}

/* More than there can be conditions is never met, as many as 32 bits hold. */
static bool read_min_should(walk *w, const vg_json *v, vg_filter *out)
{
    const vg_json *list, *count;
    vg_reader r = w->in.r;

    if (!v)
        return true;
    if (!vg_member_is_object(r, v) || !vg_read_test_names(&w->in, v, min_should_names))
        return false;
    list = vg_member_need(r, v, "conditions", NULL);
    if (!list)
        return false;
    if (list->kind != VG_JSON_ARRAY)
        return vg_json_mismatch(r.arena, list, "a list of conditions", r.status);
    count = vg_member_need(r, v, "min_count", NULL);
    return count && vg_member_count(r, count, 0, &out->min_count) &&
           read_clause(w, list, &out->min_should);
}

static bool read_clauses(walk *w, const vg_json *v, vg_filter *out)
{
    return read_clause(w, vg_member_get(v, "must", NULL), &out->must) &&
           read_clause(w, vg_member_get(v, "should", NULL), &out->should) &&
           read_clause(w, vg_member_get(v, "must_not", NULL), &out->must_not) &&
           read_min_should(w, vg_member_get(v, "min_should", NULL), out);
}

/* NULL: it is none. Unlike elsewhere, Qdrant refuses names here that it does not know (FACTS 1);
 * `meant` is what such a one is compared with. */
static vg_filter *read_filter(walk *w, const vg_json *v, const char *const *meant)
{
    const vg_json *stranger;
    vg_filter *filter;

    if (!vg_member_is_object(w->in.r, v))
        return NULL;
    stranger = vg_read_test_stranger(v, filter_names);
    if (stranger)
        vg_read_test_unknown(w->in.r, stranger, meant);
    if (stranger || !vg_read_test_names(&w->in, v, filter_names))
        return NULL;
    filter = VG_TAKE(w->in.r.arena, vg_filter);
    if (!filter)
        vg_member_wrong(w->in.r, v, VG_TOO_LARGE, "no memory is left for the filter");
    return filter && read_clauses(w, v, filter) ? filter : NULL;
}

/* ---- conditions ---- */

static bool read_inner_filter(walk *w, const vg_json *v, vg_condition *out)
{
    out->test = VG_TEST_NESTED_FILTER;
    out->as.filter = read_filter(w, v, filter_names);
    return out->as.filter != NULL;
}

static uint32_t count_tests(const vg_json *v)
{
    uint32_t count = 0;

    for (const vg_read_test *test = vg_read_tests; test->name; test++)
        count += vg_member_get(v, test->name, NULL) != NULL;
    return count;
}

static bool read_tests(walk *w, const vg_json *v, vg_slice key, vg_condition *to)
{
    for (const vg_read_test *test = vg_read_tests; test->name; test++) {
        const vg_json *given = vg_member_get(v, test->name, NULL);

        if (!given)
            continue;
        to->key = key;
        if (!test->read(&w->in, given, to++))
            return false;
    }
    return true;
}

/* All must hold: a filter in the condition's place. */
static bool read_several(walk *w, const vg_json *v, vg_slice key, vg_condition *out)
{
    vg_filter *all = VG_TAKE(w->in.r.arena, vg_filter);
    uint32_t count = count_tests(v);
    vg_condition *list = all ? take_conditions(w, v, count) : NULL;

    if (!list)
        return vg_member_wrong(w->in.r, v, VG_TOO_LARGE, "no memory is left for the condition");
    w->is_rewritten = true;
    all->must = (vg_clause){list, count};
    out->test = VG_TEST_NESTED_FILTER;
    out->as.filter = all;
    return read_tests(w, v, key, list);
}

static bool read_field(walk *w, const vg_json *v, vg_condition *out)
{
    static const char *const names[] = {
        "key",         "match",        "range",    "geo_bounding_box", "geo_radius",
        "geo_polygon", "values_count", "is_empty", "is_null",          NULL};
    vg_slice key;

    if (!vg_read_test_names(&w->in, v, names) ||
        !vg_member_path(w->in.r, vg_json_get(v, VG_LIT("key")), &key))
        return false;
    switch (count_tests(v)) {
    case 0:
        return vg_member_wrong(w->in.r, v, VG_RANGE,
                               "At least one field condition must be specified");
    case 1:
        return read_tests(w, v, key, out);
    default:
        return read_several(w, v, key, out);
    }
}

/* {"is_empty": {"key"}}, without a key beside it. */
static bool read_state(walk *w, const vg_json *v, const char *name, vg_condition *out)
{
    static const char *const names[] = {"key", NULL};
    const vg_json *field = vg_member_get(v, name, NULL), *key;
    const char *const outer[] = {name, NULL};

    out->as.is.wanted = true;
    if (!vg_read_test_names(&w->in, v, outer) || !vg_member_is_object(w->in.r, field) ||
        !vg_read_test_names(&w->in, field, names))
        return false;
    key = vg_member_need(w->in.r, field, "key", NULL);
    return key && vg_member_path(w->in.r, key, &out->key);
}

static bool read_empty(walk *w, const vg_json *v, vg_condition *out)
{
    out->test = VG_TEST_IS_EMPTY;
    return read_state(w, v, "is_empty", out);
}

static bool read_null(walk *w, const vg_json *v, vg_condition *out)
{
    out->test = VG_TEST_IS_NULL;
    return read_state(w, v, "is_null", out);
}

/* A list of numbers has no nodes of its own. */
static bool read_number_ids(walk *w, const vg_json *v, vg_point_id *to)
{
    const char *at = v->raw.at;

    for (uint32_t i = 0; i < v->count; i++) {
        vg_slice number = vg_member_next_number(&at);

        to[i].kind = VG_ID_NUM;
        if (!vg_slice_u64(number, &to[i].num))
            return vg_member_wrong(w->in.r, v, VG_FORMAT,
                                   "value " VG_FMT " is not a valid point ID, valid values are "
                                   "either an unsigned integer or a UUID",
                                   (int)(number.len < 80 ? number.len : 80), number.at);
    }
    return true;
}

static bool read_ids(walk *w, const vg_json *v, vg_point_id *to)
{
    if (v->kind == VG_JSON_VECTOR)
        return read_number_ids(w, v, to);
    for (const vg_json *id = v->first; id; id = id->next, to++) {
        if (!w->reader->read_id(w->in.r.arena, id, to, w->in.r.status))
            return false;
        w->is_rewritten |= to->kind == VG_ID_TEXT;
    }
    return true;
}

static bool read_has_id(walk *w, const vg_json *v, vg_condition *out)
{
    static const char *const names[] = {"has_id", NULL};
    const vg_json *list = vg_json_get(v, VG_LIT("has_id"));
    vg_point_id *ids;

    if (!vg_read_test_names(&w->in, v, names) || !vg_member_is_array(w->in.r, list))
        return false;
    ids = VG_TAKE_N(w->in.r.arena, vg_point_id, (size_t)list->count + 1);
    if (!ids)
        return vg_member_wrong(w->in.r, list, VG_TOO_LARGE, "no memory is left for %u ids",
                               list->count);
    out->test = VG_TEST_HAS_ID;
    out->as.ids.at = ids;
    out->as.ids.count = list->count;
    return read_ids(w, list, ids);
}

static bool read_has_vector(walk *w, const vg_json *v, vg_condition *out)
{
    static const char *const names[] = {"has_vector", NULL};

    out->test = VG_TEST_HAS_VECTOR;
    return vg_read_test_names(&w->in, v, names) &&
           vg_json_read_text(w->in.r.arena, vg_json_get(v, VG_LIT("has_vector")), &out->as.text,
                             w->in.r.status);
}

static bool read_nested(walk *w, const vg_json *v, vg_condition *out)
{
    static const char *const outer[] = {"nested", NULL}, *const names[] = {"key", "filter", NULL};
    const vg_json *nested = vg_json_get(v, VG_LIT("nested")), *key, *filter;

    out->test = VG_TEST_NESTED_OBJECT;
    if (!vg_read_test_names(&w->in, v, outer) || !vg_member_is_object(w->in.r, nested) ||
        !vg_read_test_names(&w->in, nested, names))
        return false;
    key = vg_member_need(w->in.r, nested, "key", NULL);
    if (!key || !vg_member_path(w->in.r, key, &out->key))
        return false;
    filter = vg_member_need(w->in.r, nested, "filter", NULL);
    out->as.filter = filter ? read_filter(w, filter, filter_names) : NULL;
    return out->as.filter != NULL;
}

static const kind kinds[] = {
    {"key", read_field},
    {"has_id", read_has_id},
    {"has_vector", read_has_vector},
    {"nested", read_nested},
    {"is_empty", read_empty},
    {"is_null", read_null},
    {"must", read_inner_filter},
    {"should", read_inner_filter},
    {"must_not", read_inner_filter},
    {"min_should", read_inner_filter},
    {0},
};

static const char *const kind_names[] = {"key",      "has_id",     "has_vector", "nested",
                                         "is_empty", "is_null",    "must",       "should",
                                         "must_not", "min_should", NULL};

static const vg_unbuilt unbuilt_conditions[] = {
    {"slice", NULL, "slices are"},
    {0},
};

/* `is_empty` and `is_null` are tests of the field when there is a key, else kinds of their own. */
static bool exclude_each_other(const kind *a, const kind *b)
{
    bool is_test = b->read == read_empty || b->read == read_null;

    return a->read != b->read && !(a->read == read_field && is_test);
}

/* *out: NULL when no name tells it. */
static bool find_kind(walk *w, const vg_json *v, const kind **out)
{
    *out = NULL;
    for (const kind *at = kinds; at->name; at++) {
        if (!vg_member_get(v, at->name, NULL))
            continue;
        if (*out && exclude_each_other(*out, at))
            return vg_member_wrong(w->in.r, v, VG_FORMAT,
                                   "`%s` and `%s` exclude each other in one condition",
                                   (*out)->name, at->name);
        *out = *out ? *out : at;
    }
    return true;
}

static bool read_condition(walk *w, const vg_json *v, vg_condition *out)
{
    const kind *is;

    if (!vg_member_is_object(w->in.r, v) || !vg_member_refuse(w->in.r, v, unbuilt_conditions) ||
        !find_kind(w, v, &is))
        return false;
    if (is)
        return is->read(w, v, out);
    out->test = VG_TEST_NESTED_FILTER;
    out->as.filter = read_filter(w, v, kind_names);
    return out->as.filter != NULL;
}

bool vg_filter_read(const vg_filter_reader *r, const vg_json *v, const vg_filter **out)
{
    walk w = {.in = {{r->arena, r->status}, r->refuses_unknown},
              .reader = r,
              .left = VG_FILTER_CONDITIONS};
    vg_filter *filter = NULL;

    if (!vg_json_is_null(v)) {
        filter = read_filter(&w, v, filter_names);
        if (!filter)
            return false;
        filter->raw = w.is_rewritten ? (vg_slice){0} : v->raw;
    }
    *out = filter;
    return true;
}
