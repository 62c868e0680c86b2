/* See say_filter.h. */
#include "tests/unit/front/say_filter.h"

#include <inttypes.h>

static const char *const words[VG_TESTS] = {
    [VG_TEST_MATCH_VALUE] = "value",     [VG_TEST_MATCH_ANY] = "any",
    [VG_TEST_MATCH_EXCEPT] = "except",   [VG_TEST_MATCH_TEXT] = "text",
    [VG_TEST_MATCH_PHRASE] = "phrase",   [VG_TEST_RANGE] = "range",
    [VG_TEST_DATETIME_RANGE] = "time",   [VG_TEST_GEO_BOX] = "box",
    [VG_TEST_GEO_RADIUS] = "radius",     [VG_TEST_GEO_POLYGON] = "polygon",
    [VG_TEST_VALUES_COUNT] = "count",    [VG_TEST_IS_EMPTY] = "empty",
    [VG_TEST_IS_NULL] = "null",          [VG_TEST_HAS_ID] = "has_id",
    [VG_TEST_HAS_VECTOR] = "has_vector", [VG_TEST_NESTED_OBJECT] = "nested",
};

static void say_value(vg_buf *to, const vg_match_value *value)
{
    if (value->kind == VG_MATCH_TEXT)
        vg_buf_printf(to, "\"" VG_FMT "\"", VG_ARG(value->text));
    else if (value->kind == VG_MATCH_BOOL)
        vg_buf_printf(to, "%s", value->integer ? "true" : "false");
    else
        vg_buf_printf(to, "%" PRId64, value->integer);
}

static void say_list(vg_buf *to, const vg_match_value *at, uint32_t count)
{
    vg_buf_put(to, VG_LIT("["));
    for (uint32_t i = 0; i < count; i++) {
        vg_buf_printf(to, "%s", i > 0 ? "," : "");
        say_value(to, &at[i]);
    }
    vg_buf_put(to, VG_LIT("]"));
}

static void say_range(vg_buf *to, const vg_range *range, bool is_time)
{
    const struct {
        const char *name;
        bool has;
        double number;
        int64_t us;
    } bounds[] = {{"lt", range->has_lt, range->lt, range->lt_us},
                  {"gt", range->has_gt, range->gt, range->gt_us},
                  {"lte", range->has_lte, range->lte, range->lte_us},
                  {"gte", range->has_gte, range->gte, range->gte_us}};

    for (int i = 0; i < 4; i++) {
        if (bounds[i].has && is_time)
            vg_buf_printf(to, " %s=%" PRId64, bounds[i].name, bounds[i].us);
        else if (bounds[i].has)
            vg_buf_printf(to, " %s=%.17g", bounds[i].name, bounds[i].number);
    }
}

static void say_place(vg_buf *to, vg_geo at)
{
    vg_buf_printf(to, "(%g %g)", at.lon, at.lat);
}

static void say_ring(vg_buf *to, const vg_geo_ring *ring)
{
    vg_buf_put(to, VG_LIT(" <"));
    for (uint32_t i = 0; i < ring->count; i++)
        say_place(to, ring->points[i]);
    vg_buf_put(to, VG_LIT(">"));
}

static void say_geo(vg_buf *to, const vg_condition *c)
{
    if (c->test == VG_TEST_GEO_RADIUS) {
        say_place(to, c->as.radius.center);
        vg_buf_printf(to, " %g", c->as.radius.radius_m);
    } else if (c->test == VG_TEST_GEO_BOX) {
        say_place(to, c->as.box.top_left);
        say_place(to, c->as.box.bottom_right);
    } else {
        say_ring(to, &c->as.polygon.exterior);
        for (uint32_t i = 0; i < c->as.polygon.count; i++)
            say_ring(to, &c->as.polygon.interiors[i]);
    }
}

static void say_ids(vg_buf *to, vg_arena *arena, const vg_condition *c)
{
    for (uint32_t i = 0; i < c->as.ids.count; i++)
        vg_buf_printf(to, " " VG_FMT, VG_ARG(vg_point_id_text(arena, &c->as.ids.at[i])));
}

static void say_operands(vg_buf *to, vg_arena *arena, const vg_condition *c)
{
    switch (c->test) {
    case VG_TEST_MATCH_VALUE:
        say_value(to, &c->as.value);
        break;
    case VG_TEST_MATCH_ANY:
    case VG_TEST_MATCH_EXCEPT:
        say_list(to, c->as.list.at, c->as.list.count);
        break;
    case VG_TEST_MATCH_TEXT:
    case VG_TEST_MATCH_PHRASE:
    case VG_TEST_HAS_VECTOR:
        vg_buf_printf(to, "\"" VG_FMT "\"", VG_ARG(c->as.text));
        break;
    case VG_TEST_RANGE:
    case VG_TEST_VALUES_COUNT:
    case VG_TEST_DATETIME_RANGE:
        say_range(to, &c->as.range, c->test == VG_TEST_DATETIME_RANGE);
        break;
    case VG_TEST_IS_EMPTY:
    case VG_TEST_IS_NULL:
        vg_buf_printf(to, "%s%s", c->as.is.wanted ? "yes" : "no",
                      c->as.is.sees_inside ? " inside" : "");
        break;
    case VG_TEST_HAS_ID:
        say_ids(to, arena, c);
        break;
    case VG_TEST_NESTED_FILTER:
    case VG_TEST_NESTED_OBJECT:
        say_filter(to, arena, c->as.filter);
        break;
    default:
        say_geo(to, c);
    }
}

static void say_condition(vg_buf *to, vg_arena *arena, const vg_condition *c)
{
    if (c->test != VG_TEST_NESTED_FILTER)
        vg_buf_printf(to, VG_FMT "%s%s ", VG_ARG(c->key), c->key.len > 0 ? " " : "",
                      words[c->test]);
    say_operands(to, arena, c);
}

static void say_clause(vg_buf *to, vg_arena *arena, const char *name, const vg_clause *clause)
{
    if (clause->count == 0)
        return;
    vg_buf_printf(to, "%s(", name);
    for (uint32_t i = 0; i < clause->count; i++) {
        vg_buf_printf(to, "%s", i > 0 ? "; " : "");
        say_condition(to, arena, &clause->at[i]);
    }
    vg_buf_put(to, VG_LIT(")"));
}

void say_filter(vg_buf *to, vg_arena *arena, const vg_filter *filter)
{
    if (!filter) {
        vg_buf_put(to, VG_LIT("-"));
        return;
    }
    vg_buf_put(to, VG_LIT("{"));
    say_clause(to, arena, "must", &filter->must);
    say_clause(to, arena, "should", &filter->should);
    say_clause(to, arena, "must_not", &filter->must_not);
    if (filter->min_should.count > 0)
        vg_buf_printf(to, "min %" PRIu32 " of", filter->min_count);
    say_clause(to, arena, "", &filter->min_should);
    vg_buf_put(to, VG_LIT("}"));
}
