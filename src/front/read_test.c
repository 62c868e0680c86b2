/* See read_test.h. What is no test of the grammar is refused; nothing is left out. */
#include "front/read_test.h"

#include "base/datetime.h"
#include "base/nearest.h"
#include "base/number.h"

enum { RING_POINTS = 4 };

/* ---- names ---- */

static size_t count_names(const char *const *names)
{
    size_t count = 0;

    while (names[count])
        count++;
    return count;
}

bool vg_read_test_unknown(vg_reader r, const vg_json *member, const char *const *names)
{
    size_t count = count_names(names);
    const char *near = vg_nearest(member->key, names, count);
    vg_slice list = VG_LIT("");

    for (size_t i = 0; i < count; i++)
        list = vg_arena_printf(r.arena, VG_FMT "%s`%s`", VG_ARG(list), i > 0 ? ", " : "", names[i]);
    return vg_member_wrong(
        r, member, VG_FORMAT, "unknown field `" VG_FMT "`, expected one of " VG_FMT "%s%s%s",
        (int)(member->key.len < 80 ? member->key.len : 80), member->key.at, VG_ARG(list),
        near ? "; did you mean `" : "", near ? near : "", near ? "`?" : "");
}

static bool is_name(vg_slice name, const char *const *names)
{
    while (*names && !vg_slice_is_str(name, *names))
        names++;
    return *names != NULL;
}

const vg_json *vg_read_test_stranger(const vg_json *object, const char *const *names)
{
    for (const vg_json *v = object->first; v; v = v->next)
        if (!is_name(v->key, names))
            return v;
    return NULL;
}

bool vg_read_test_names(const vg_read_test_in *in, const vg_json *object, const char *const *names)
{
    const vg_json *stranger, *twice = vg_json_repeated(object);

    if (twice)
        return vg_member_wrong(in->r, twice, VG_FORMAT, "duplicate field `" VG_FMT "`",
                               (int)(twice->key.len < 80 ? twice->key.len : 80), twice->key.at);
    stranger = in->refuses_unknown ? vg_read_test_stranger(object, names) : NULL;
    return !stranger || vg_read_test_unknown(in->r, stranger, names);
}

static bool open_object(const vg_read_test_in *in, const vg_json *v, const char *const *names)
{
    return vg_member_is_object(in->r, v) && vg_read_test_names(in, v, names);
}

/* ---- match ---- */

static bool read_value(const vg_read_test_in *in, const vg_json *v, vg_match_value *out)
{
    switch (v->kind) {
    case VG_JSON_STRING:
        *out = (vg_match_value){.kind = VG_MATCH_TEXT, .text = v->text};
        return true;
    case VG_JSON_TRUE:
    case VG_JSON_FALSE:
        *out = (vg_match_value){.kind = VG_MATCH_BOOL, .integer = v->kind == VG_JSON_TRUE};
        return true;
    case VG_JSON_NUMBER:
        out->kind = VG_MATCH_INTEGER;
        if (vg_number_i64(v->raw, &out->integer))
            return true;
        break;
    default:
        break;
    }
    return vg_json_mismatch(in->r.arena, v, "a string, a whole number of 64 bits, true or false",
                            in->r.status);
}

static bool match_value(const vg_read_test_in *in, const vg_json *v, vg_condition *out)
{
    out->test = VG_TEST_MATCH_VALUE;
    return read_value(in, v, &out->as.value);
}

/* A list of numbers has no nodes of its own. */
static bool read_integers(const vg_read_test_in *in, const vg_json *v, vg_match_value *to)
{
    const char *at = v->raw.at;

    for (uint32_t i = 0; i < v->count; i++) {
        vg_slice number = vg_member_next_number(&at);

        to[i].kind = VG_MATCH_INTEGER;
        if (!vg_number_i64(number, &to[i].integer))
            return vg_member_wrong(in->r, v, VG_FORMAT,
                                   "expected whole numbers of 64 bits, got " VG_FMT,
                                   (int)(number.len < 80 ? number.len : 80), number.at);
    }
    return true;
}

static bool read_texts(const vg_read_test_in *in, const vg_json *v, vg_match_value *to)
{
    for (const vg_json *text = v->first; text; text = text->next, to++) {
        to->kind = VG_MATCH_TEXT;
        if (!vg_json_read_text(in->r.arena, text, &to->text, in->r.status))
            return false;
    }
    return true;
}

static bool read_values(const vg_read_test_in *in, const vg_json *v, vg_condition *out)
{
    vg_match_value *values;

    if (!vg_json_is_array(v))
        return vg_json_mismatch(in->r.arena, v, "a list of strings or of whole numbers",
                                in->r.status);
    values = VG_TAKE_N(in->r.arena, vg_match_value, (size_t)v->count + 1);
    if (!values)
        return vg_member_wrong(in->r, v, VG_TOO_LARGE, "no memory is left for %u values", v->count);
    out->as.list.at = values;
    out->as.list.count = v->count;
    return (v->kind == VG_JSON_VECTOR ? read_integers : read_texts)(in, v, values);
}

static bool match_any(const vg_read_test_in *in, const vg_json *v, vg_condition *out)
{
    out->test = VG_TEST_MATCH_ANY;
    return read_values(in, v, out);
}

static bool match_except(const vg_read_test_in *in, const vg_json *v, vg_condition *out)
{
    out->test = VG_TEST_MATCH_EXCEPT;
    return read_values(in, v, out);
}

static bool match_text(const vg_read_test_in *in, const vg_json *v, vg_condition *out)
{
    out->test = VG_TEST_MATCH_TEXT;
    return vg_json_read_text(in->r.arena, v, &out->as.text, in->r.status);
}

static bool match_phrase(const vg_read_test_in *in, const vg_json *v, vg_condition *out)
{
    out->test = VG_TEST_MATCH_PHRASE;
    return vg_json_read_text(in->r.arena, v, &out->as.text, in->r.status);
}

static const vg_read_test forms[] = {
    {"value", match_value}, {"any", match_any},       {"except", match_except},
    {"text", match_text},   {"phrase", match_phrase}, {0},
};

static const char *const form_names[] = {"value",  "any",      "except", "text",
                                         "phrase", "text_any", "prefix", NULL};

static const vg_unbuilt unbuilt_forms[] = {
    {"text_any", NULL, "matches of any of several words are"},
    {"prefix", NULL, "matches of a prefix are"},
    {0},
};

static bool read_match(const vg_read_test_in *in, const vg_json *v, vg_condition *out)
{
    const vg_read_test *form = NULL;

    if (!open_object(in, v, form_names) || !vg_member_refuse(in->r, v, unbuilt_forms))
        return false;
    for (const vg_read_test *at = forms; at->name; at++) {
        if (!vg_member_get(v, at->name, NULL))
            continue;
        if (form)
            return vg_member_wrong(in->r, v, VG_FORMAT, "`%s` and `%s` exclude each other",
                                   form->name, at->name);
        form = at;
    }
    if (!form)
        return vg_member_wrong(in->r, v, VG_FORMAT,
                               "data did not match any variant of untagged enum MatchInterface: "
                               "expected one of `value`, `any`, `except`, `text`, `phrase`");
    return form->read(in, vg_member_get(v, form->name, NULL), out);
}

/* ---- ranges ---- */

typedef struct bound {
    const char *name;
    bool *has;
    double *number;
    int64_t *us;
} bound;

enum { BOUNDS = 4 };

static const char *const bound_names[] = {"lt", "gt", "lte", "gte", NULL};

static void list_bounds(vg_range *range, bound *to)
{
    to[0] = (bound){"lt", &range->has_lt, &range->lt, &range->lt_us};
    to[1] = (bound){"gt", &range->has_gt, &range->gt, &range->gt_us};
    to[2] = (bound){"lte", &range->has_lte, &range->lte, &range->lte_us};
    to[3] = (bound){"gte", &range->has_gte, &range->gte, &range->gte_us};
}

static bool read_time(const vg_read_test_in *in, const vg_json *v, int64_t *us)
{
    return vg_datetime_read(v->text, us) ||
           vg_member_wrong(in->r, v, VG_FORMAT, "`" VG_FMT "` is not a date-time of RFC 3339",
                           (int)(v->text.len < 80 ? v->text.len : 80), v->text.at);
}

/* All bounds are numbers, or all are date-times. */
static bool read_range(const vg_read_test_in *in, const vg_json *v, vg_condition *out)
{
    bound bounds[BOUNDS];
    const vg_json *first = NULL;

    if (!open_object(in, v, bound_names))
        return false;
    list_bounds(&out->as.range, bounds);
    for (int i = 0; i < BOUNDS; i++) {
        const vg_json *given = vg_member_get(v, bounds[i].name, NULL);

        if (!given)
            continue;
        first = first ? first : given;
        if ((given->kind == VG_JSON_STRING) != (first->kind == VG_JSON_STRING))
            return vg_member_wrong(in->r, v, VG_FORMAT,
                                   "expected numbers only, or date-times only");
        *bounds[i].has = true;
        if (!(given->kind == VG_JSON_STRING
                  ? read_time(in, given, bounds[i].us)
                  : vg_json_read_f64(in->r.arena, given, bounds[i].number, in->r.status)))
            return false;
    }
    out->test = first && first->kind == VG_JSON_STRING ? VG_TEST_DATETIME_RANGE : VG_TEST_RANGE;
    return true;
}

static bool read_values_count(const vg_read_test_in *in, const vg_json *v, vg_condition *out)
{
    bound bounds[BOUNDS];
    uint64_t n;

    out->test = VG_TEST_VALUES_COUNT;
    if (!open_object(in, v, bound_names))
        return false;
    list_bounds(&out->as.range, bounds);
    for (int i = 0; i < BOUNDS; i++) {
        const vg_json *given = vg_member_get(v, bounds[i].name, NULL);

        if (!given)
            continue;
        if (!vg_json_read_u64(in->r.arena, given, &n, in->r.status))
            return false;
        *bounds[i].has = true;
        *bounds[i].number = (double)n;
    }
    return true;
}

/* ---- places ---- */

static const char *const place_names[] = {"lon", "lat", NULL};
static const char *const box_names[] = {"top_left", "bottom_right", NULL};
static const char *const radius_names[] = {"center", "radius", NULL};
static const char *const polygon_names[] = {"exterior", "interiors", NULL};
static const char *const ring_names[] = {"points", NULL};

static bool need_number(const vg_read_test_in *in, const vg_json *v, const char *name, double *out)
{
    const vg_json *number = vg_member_need(in->r, v, name, NULL);

    return number && vg_json_read_f64(in->r.arena, number, out, in->r.status);
}

static bool read_place(const vg_read_test_in *in, const vg_json *v, vg_geo *out)
{
    if (!open_object(in, v, place_names) || !need_number(in, v, "lon", &out->lon) ||
        !need_number(in, v, "lat", &out->lat))
        return false;
    if (out->lon >= -180 && out->lon <= 180 && out->lat >= -90 && out->lat <= 90)
        return true;
    return vg_member_wrong(in->r, v, VG_FORMAT,
                           "Wrong format of GeoPoint payload: expected `lat` = %g within [-90;90] "
                           "and `lon` = %g within [-180;180]",
                           out->lat, out->lon);
}

static bool need_place(const vg_read_test_in *in, const vg_json *v, const char *name, vg_geo *out)
{
    const vg_json *place = vg_member_need(in->r, v, name, NULL);

    return place && read_place(in, place, out);
}

static bool read_box(const vg_read_test_in *in, const vg_json *v, vg_condition *out)
{
    out->test = VG_TEST_GEO_BOX;
    return open_object(in, v, box_names) && need_place(in, v, "top_left", &out->as.box.top_left) &&
           need_place(in, v, "bottom_right", &out->as.box.bottom_right);
}

static bool read_radius(const vg_read_test_in *in, const vg_json *v, vg_condition *out)
{
    out->test = VG_TEST_GEO_RADIUS;
    return open_object(in, v, radius_names) &&
           need_place(in, v, "center", &out->as.radius.center) &&
           need_number(in, v, "radius", &out->as.radius.radius_m);
}

static bool check_ring(const vg_read_test_in *in, const vg_json *v, const vg_geo *at,
                       uint32_t count)
{
    if (count < RING_POINTS)
        return vg_member_wrong(in->r, v, VG_RANGE,
                               "polygon invalid, the size must be at least %d, got %u", RING_POINTS,
                               count);
    return (at[0].lon == at[count - 1].lon && at[0].lat == at[count - 1].lat) ||
           vg_member_wrong(in->r, v, VG_RANGE,
                           "polygon invalid, the first and the last points should be the same to "
                           "form a closed line");
}

static bool read_ring(const vg_read_test_in *in, const vg_json *v, vg_geo_ring *out)
{
    const vg_json *list;
    vg_geo *points;

    if (!open_object(in, v, ring_names))
        return false;
    list = vg_member_need(in->r, v, "points", NULL);
    if (!list)
        return false;
    if (list->kind != VG_JSON_ARRAY)
        return vg_json_mismatch(in->r.arena, list, "a list of places", in->r.status);
    points = VG_TAKE_N(in->r.arena, vg_geo, (size_t)list->count + 1);
    if (!points)
        return vg_member_wrong(in->r, v, VG_TOO_LARGE, "no memory is left for %u places",
                               list->count);
    *out = (vg_geo_ring){points, list->count};
    for (const vg_json *place = list->first; place; place = place->next)
        if (!read_place(in, place, points++))
            return false;
    return check_ring(in, list, out->points, out->count);
}

static bool read_holes(const vg_read_test_in *in, const vg_json *v, vg_condition *out)
{
    vg_geo_ring *rings;

    if (!v)
        return true;
    if (v->kind != VG_JSON_ARRAY)
        return vg_json_mismatch(in->r.arena, v, "a list of lines", in->r.status);
    rings = VG_TAKE_N(in->r.arena, vg_geo_ring, (size_t)v->count + 1);
    if (!rings)
        return vg_member_wrong(in->r, v, VG_TOO_LARGE, "no memory is left for %u lines", v->count);
    out->as.polygon.interiors = rings;
    out->as.polygon.count = v->count;
    for (const vg_json *ring = v->first; ring; ring = ring->next)
        if (!read_ring(in, ring, rings++))
            return false;
    return true;
}

static bool read_polygon(const vg_read_test_in *in, const vg_json *v, vg_condition *out)
{
    const vg_json *exterior;

    out->test = VG_TEST_GEO_POLYGON;
    if (!open_object(in, v, polygon_names))
        return false;
    exterior = vg_member_need(in->r, v, "exterior", NULL);
    return exterior && read_ring(in, exterior, &out->as.polygon.exterior) &&
           read_holes(in, vg_member_get(v, "interiors", NULL), out);
}

/* ---- empty, null: the forms of a field, which can be negated ---- */

static bool read_is_empty(const vg_read_test_in *in, const vg_json *v, vg_condition *out)
{
    out->test = VG_TEST_IS_EMPTY;
    return vg_json_read_bool(in->r.arena, v, &out->as.is.wanted, in->r.status);
}

static bool read_is_null(const vg_read_test_in *in, const vg_json *v, vg_condition *out)
{
    out->test = VG_TEST_IS_NULL;
    out->as.is.sees_inside = true;
    return vg_json_read_bool(in->r.arena, v, &out->as.is.wanted, in->r.status);
}

const vg_read_test vg_read_tests[] = {
    {"match", read_match},       {"range", read_range},         {"geo_bounding_box", read_box},
    {"geo_radius", read_radius}, {"geo_polygon", read_polygon}, {"values_count", read_values_count},
    {"is_empty", read_is_empty}, {"is_null", read_is_null},     {0},
};
