/* The filter tree in Qdrant's words. A filter that was read from them goes through as it came;
 * others (made by the gateway, or read from another grammar) are written out. Nothing is ever left
 * out: what cannot be said makes the writing fail. */
#include "adapters/vector/qdrant/qdrant.h"
#include "base/datetime.h"

static bool write_filter(vg_json_out *out, const vg_filter *filter);

static void put_number(vg_json_out *out, const char *key, double value)
{
    vg_json_put_key(out, vg_slice_str(key));
    vg_json_put_f64(out, value);
}

static void put_time(vg_json_out *out, const char *key, int64_t us)
{
    char text[VG_DATETIME_TEXT];

    vg_json_put_key(out, vg_slice_str(key));
    vg_json_put_text(out, vg_slice_of(text, vg_datetime_write(us, text)));
}

static void put_range(vg_json_out *out, const vg_range *range, bool is_time)
{
    const struct {
        const char *key;
        bool has;
        double number;
        int64_t us;
    } bounds[] = {{"lt", range->has_lt, range->lt, range->lt_us},
                  {"gt", range->has_gt, range->gt, range->gt_us},
                  {"lte", range->has_lte, range->lte, range->lte_us},
                  {"gte", range->has_gte, range->gte, range->gte_us}};

    vg_json_open_object(out);
    for (size_t i = 0; i < 4; i++) {
        if (bounds[i].has && is_time)
            put_time(out, bounds[i].key, bounds[i].us);
        else if (bounds[i].has)
            put_number(out, bounds[i].key, bounds[i].number);
    }
    vg_json_close_object(out);
}

static void put_count_bound(vg_json_out *out, const char *key, bool has, double value)
{
    if (!has)
        return;
    vg_json_put_key(out, vg_slice_str(key));
    vg_json_put_u64(out, value > 0 ? (uint64_t)value : 0);
}

/* Whole numbers, as Qdrant wants them here. */
static void put_values_count(vg_json_out *out, const vg_range *range)
{
    vg_json_open_object(out);
    put_count_bound(out, "lt", range->has_lt, range->lt);
    put_count_bound(out, "gt", range->has_gt, range->gt);
    put_count_bound(out, "lte", range->has_lte, range->lte);
    put_count_bound(out, "gte", range->has_gte, range->gte);
    vg_json_close_object(out);
}

static void put_match_value(vg_json_out *out, const vg_match_value *value)
{
    if (value->kind == VG_MATCH_TEXT)
        vg_json_put_text(out, value->text);
    else if (value->kind == VG_MATCH_BOOL)
        vg_json_put_bool(out, value->integer != 0);
    else
        vg_json_put_i64(out, value->integer);
}

static void put_match(vg_json_out *out, const vg_condition *c)
{
    static const char *const words[VG_TESTS] = {
        [VG_TEST_MATCH_VALUE] = "value",   [VG_TEST_MATCH_ANY] = "any",
        [VG_TEST_MATCH_EXCEPT] = "except", [VG_TEST_MATCH_TEXT] = "text",
        [VG_TEST_MATCH_PHRASE] = "phrase",
    };

    vg_json_open_object(out);
    vg_json_put_key(out, vg_slice_str(words[c->test]));
    if (c->test == VG_TEST_MATCH_VALUE) {
        put_match_value(out, &c->as.value);
    } else if (c->test == VG_TEST_MATCH_TEXT || c->test == VG_TEST_MATCH_PHRASE) {
        vg_json_put_text(out, c->as.text);
    } else {
        vg_json_open_array(out);
        for (uint32_t i = 0; i < c->as.list.count; i++)
            put_match_value(out, &c->as.list.at[i]);
        vg_json_close_array(out);
    }
    vg_json_close_object(out);
}

static void put_place(vg_json_out *out, vg_geo at)
{
    vg_json_open_object(out);
    put_number(out, "lon", at.lon);
    put_number(out, "lat", at.lat);
    vg_json_close_object(out);
}

static void put_ring(vg_json_out *out, const vg_geo_ring *ring)
{
    vg_json_open_object(out);
    vg_json_put_key(out, VG_LIT("points"));
    vg_json_open_array(out);
    for (uint32_t i = 0; i < ring->count; i++)
        put_place(out, ring->points[i]);
    vg_json_close_array(out);
    vg_json_close_object(out);
}

static void put_polygon(vg_json_out *out, const vg_condition *c)
{
    vg_json_open_object(out);
    vg_json_put_key(out, VG_LIT("exterior"));
    put_ring(out, &c->as.polygon.exterior);
    vg_json_put_key(out, VG_LIT("interiors"));
    vg_json_open_array(out);
    for (uint32_t i = 0; i < c->as.polygon.count; i++)
        put_ring(out, &c->as.polygon.interiors[i]);
    vg_json_close_array(out);
    vg_json_close_object(out);
}

static void put_box(vg_json_out *out, const vg_condition *c)
{
    vg_json_open_object(out);
    vg_json_put_key(out, VG_LIT("top_left"));
    put_place(out, c->as.box.top_left);
    vg_json_put_key(out, VG_LIT("bottom_right"));
    put_place(out, c->as.box.bottom_right);
    vg_json_close_object(out);
}

static void put_radius(vg_json_out *out, const vg_condition *c)
{
    vg_json_open_object(out);
    vg_json_put_key(out, VG_LIT("center"));
    put_place(out, c->as.radius.center);
    put_number(out, "radius", c->as.radius.radius_m);
    vg_json_close_object(out);
}

/* What stands behind the key of a condition on a field. */
static bool put_field_test(vg_json_out *out, const vg_condition *c)
{
    switch (c->test) {
    case VG_TEST_MATCH_VALUE:
    case VG_TEST_MATCH_ANY:
    case VG_TEST_MATCH_EXCEPT:
    case VG_TEST_MATCH_TEXT:
    case VG_TEST_MATCH_PHRASE:
        vg_json_put_key(out, VG_LIT("match"));
        put_match(out, c);
        return true;
    case VG_TEST_RANGE:
    case VG_TEST_DATETIME_RANGE:
        vg_json_put_key(out, VG_LIT("range"));
        put_range(out, &c->as.range, c->test == VG_TEST_DATETIME_RANGE);
        return true;
    case VG_TEST_GEO_BOX:
        vg_json_put_key(out, VG_LIT("geo_bounding_box"));
        put_box(out, c);
        return true;
    case VG_TEST_GEO_RADIUS:
        vg_json_put_key(out, VG_LIT("geo_radius"));
        put_radius(out, c);
        return true;
    case VG_TEST_GEO_POLYGON:
        vg_json_put_key(out, VG_LIT("geo_polygon"));
        put_polygon(out, c);
        return true;
    case VG_TEST_VALUES_COUNT:
        vg_json_put_key(out, VG_LIT("values_count"));
        put_values_count(out, &c->as.range);
        return true;
    default:
        return false;
    }
}

static bool put_ids(vg_json_out *out, const vg_condition *c)
{
    vg_json_put_key(out, VG_LIT("has_id"));
    vg_json_open_array(out);
    for (uint32_t i = 0; i < c->as.ids.count; i++) {
        if (c->as.ids.at[i].kind != VG_ID_NUM && c->as.ids.at[i].kind != VG_ID_UUID)
            return false;
        vg_point_id_write(out, &c->as.ids.at[i]);
    }
    vg_json_close_array(out);
    return true;
}

static void put_key_of(vg_json_out *out, vg_slice word, vg_slice key)
{
    vg_json_put_key(out, word);
    vg_json_open_object(out);
    vg_json_put_key(out, VG_LIT("key"));
    vg_json_put_text(out, key);
    vg_json_close_object(out);
}

/* {"is_null":{"key":"k"}} does not look into arrays and cannot be negated, but by a filter around
 * it; {"key":"k","is_null":true} looks into them (FACTS 7). For is_empty both are the same. */
static void put_state(vg_json_out *out, const vg_condition *c)
{
    bool is_empty = c->test == VG_TEST_IS_EMPTY;
    vg_slice word = is_empty ? VG_LIT("is_empty") : VG_LIT("is_null");

    if (c->as.is.sees_inside || (is_empty && !c->as.is.wanted)) {
        vg_json_put_key(out, VG_LIT("key"));
        vg_json_put_text(out, c->key);
        vg_json_put_key(out, word);
        vg_json_put_bool(out, c->as.is.wanted);
    } else if (c->as.is.wanted) {
        put_key_of(out, word, c->key);
    } else {
        vg_json_put_key(out, VG_LIT("must_not"));
        vg_json_open_array(out);
        vg_json_open_object(out);
        put_key_of(out, word, c->key);
        vg_json_close_object(out);
        vg_json_close_array(out);
    }
}

static bool put_nested(vg_json_out *out, const vg_condition *c)
{
    vg_json_put_key(out, VG_LIT("nested"));
    vg_json_open_object(out);
    vg_json_put_key(out, VG_LIT("key"));
    vg_json_put_text(out, c->key);
    vg_json_put_key(out, VG_LIT("filter"));
    if (!write_filter(out, c->as.filter))
        return false;
    vg_json_close_object(out);
    return true;
}

static bool put_members(vg_json_out *out, const vg_condition *c)
{
    switch (c->test) {
    case VG_TEST_IS_EMPTY:
    case VG_TEST_IS_NULL:
        put_state(out, c);
        return true;
    case VG_TEST_HAS_ID:
        return put_ids(out, c);
    case VG_TEST_HAS_VECTOR:
        vg_json_put_key(out, VG_LIT("has_vector"));
        vg_json_put_text(out, c->as.text);
        return true;
    case VG_TEST_NESTED_OBJECT:
        return put_nested(out, c);
    default:
        vg_json_put_key(out, VG_LIT("key"));
        vg_json_put_text(out, c->key);
        return put_field_test(out, c);
    }
}

static bool put_condition(vg_json_out *out, const vg_condition *c)
{
    bool good;

    if (c->test == VG_TEST_NESTED_FILTER)
        return write_filter(out, c->as.filter);
    vg_json_open_object(out);
    good = put_members(out, c);
    vg_json_close_object(out);
    return good;
}

static bool put_conditions(vg_json_out *out, const vg_clause *clause)
{
    vg_json_open_array(out);
    for (uint32_t i = 0; i < clause->count; i++) {
        if (!put_condition(out, &clause->at[i]))
            return false;
    }
    vg_json_close_array(out);
    return true;
}

static bool put_clause(vg_json_out *out, const char *key, const vg_clause *clause)
{
    if (clause->count == 0)
        return true;
    vg_json_put_key(out, vg_slice_str(key));
    return put_conditions(out, clause);
}

static bool put_min_should(vg_json_out *out, const vg_filter *filter)
{
    if (filter->min_should.count == 0)
        return true;
    vg_json_put_key(out, VG_LIT("min_should"));
    vg_json_open_object(out);
    if (!put_clause(out, "conditions", &filter->min_should))
        return false;
    vg_json_put_key(out, VG_LIT("min_count"));
    vg_json_put_u64(out, filter->min_count);
    vg_json_close_object(out);
    return true;
}

static bool write_filter(vg_json_out *out, const vg_filter *filter)
{
    bool good;

    if (filter->raw.len > 0) {
        vg_json_put_raw(out, filter->raw);
        return true;
    }
    vg_json_open_object(out);
    good = put_clause(out, "must", &filter->must) && put_clause(out, "should", &filter->should) &&
           put_clause(out, "must_not", &filter->must_not) && put_min_should(out, filter);
    vg_json_close_object(out);
    return good;
}

bool vg_qdrant_write_filter(vg_json_out *out, const vg_filter *filter)
{
    return write_filter(out, filter);
}
